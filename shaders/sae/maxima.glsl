// The greatest keys of each of the groups that a row is dealt into: SLOTS groups a thread. After sae/keys.glsl and the
// constant THREADS, the workgroup's size.
const uint SLOTS = 8u;
const uint LOADS = SLOTS / WIDTH;
const uint ROUND = THREADS * SLOTS;

// The column of a thread's load l in the round that begins at `from`.
uint column_of(uint from, uint l, uint thread)
{
    return from + (l * THREADS + thread) * WIDTH;
}

uint column(uint from, uint l)
{
    return column_of(from, l, gl_LocalInvocationIndex);
}

// Takes a round's keys in; gives the greatest of them.
uint take_round(uint row_at, uint from, inout uint greatest[SLOTS])
{
    uint most = 0u;
    [[unroll]] for (uint l = 0u; l < LOADS; l++) {
        WORDS keys = keys_at(row_at, column(from, l));
        [[unroll]] for (uint i = 0u; i < WIDTH; i++) {
            greatest[l * WIDTH + i] = max(greatest[l * WIDTH + i], WORD(keys, i));
            most = max(most, WORD(keys, i));
        }
    }
    return most;
}
