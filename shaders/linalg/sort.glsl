// What the kernels of a sort share: a counter for each digit and thread, so that threads count without atomics and keys
// keep their order. Before it is included: `p` with capacity, each, first_block, n_blocks, shift, keys_base and
// count_base, and the bindings `keys` and `count`.
layout(constant_id = 1) const uint THREADS = 128u; // the workgroup's size
layout(constant_id = 2) const uint BITS = 5u;      // of a digit; THREADS << BITS words are 16 KiB at most

const uint DIGITS = 1u << BITS;
// counters[digit * THREADS + thread]
shared uint counters[DIGITS * THREADS];

uint digit_of(uint key)
{
    return (key >> p.shift) & (DIGITS - 1u);
}

// Elements of this thread: first, relative to the first block, and how many. `block` is relative to it too.
uvec2 share_of(uint block)
{
    uint first = (block * THREADS + gl_LocalInvocationIndex) * p.each;
    // The host keeps all products below 2^32.
    uint place = p.first_block * THREADS * p.each + first;
    uint end = min(count[p.count_base], p.capacity);
    return uvec2(first, place < end && block < p.n_blocks ? min(p.each, end - place) : 0u);
}

void count_digits(uvec2 share)
{
    for (uint digit = 0u; digit < DIGITS; digit++)
        counters[digit * THREADS + gl_LocalInvocationIndex] = 0u;
    for (uint i = 0u; i < share.y; i++)
        counters[digit_of(keys[p.keys_base + share.x + i]) * THREADS + gl_LocalInvocationIndex]++;
    barrier();
}
