// Sums and maxima over the workgroup, which all of it calls and all of it gets. Before it is included: the constant
// THREADS, the workgroup's size.
//
// Small workgroups go through an array, because CPU devices pay for each lane of an atomic; large ones use atomics. The
// places change from call to call, so that one barrier a call is enough.
const bool BY_ATOMICS = THREADS > 32u;
shared uint reduced[2u * THREADS + 3u];
uint reductions = 0u;

void reduce_begin()
{
    if (BY_ATOMICS && gl_LocalInvocationIndex < 3u)
        reduced[gl_LocalInvocationIndex] = 0u;
    barrier();
}

uint reduce_sum(uint value)
{
    uint result = 0u;
    if (BY_ATOMICS) {
        uint place = reductions % 3u;
        atomicAdd(reduced[place], value);
        barrier();
        result = reduced[place];
        // All have read the result before this one; it is next used after another barrier.
        if (gl_LocalInvocationIndex == 0u)
            reduced[(place + 2u) % 3u] = 0u;
    } else {
        uint place = reductions % 2u * THREADS;
        reduced[place + gl_LocalInvocationIndex] = value;
        barrier();
        for (uint i = 0u; i < THREADS; i++)
            result += reduced[place + i];
    }
    reductions++;
    return result;
}

uint reduce_max(uint value)
{
    uint result = 0u;
    if (BY_ATOMICS) {
        uint place = reductions % 3u;
        atomicMax(reduced[place], value);
        barrier();
        result = reduced[place];
        if (gl_LocalInvocationIndex == 0u)
            reduced[(place + 2u) % 3u] = 0u;
    } else {
        uint place = reductions % 2u * THREADS;
        reduced[place + gl_LocalInvocationIndex] = value;
        barrier();
        for (uint i = 0u; i < THREADS; i++)
            result = max(result, reduced[place + i]);
    }
    reductions++;
    return result;
}
