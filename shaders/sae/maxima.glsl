// The greatest keys of each of the groups that a row is dealt into: SLOTS groups a thread. After sae/keys.glsl and the
// constant THREADS, the workgroup's size.
const uint SLOTS = 8u;
const uint LOADS = SLOTS / WIDTH;
const uint ROUND = THREADS * SLOTS;

// The column of load l in the round that begins at `from`.
uint column(uint from, uint l)
{
    return from + (l * THREADS + gl_LocalInvocationIndex) * WIDTH;
}

void find_maxima(uint row_at, out uint greatest[SLOTS])
{
    [[unroll]] for (uint s = 0u; s < SLOTS; s++)
        greatest[s] = 0u;
    for (uint from = 0u; from < p.cols; from += ROUND)
        [[unroll]] for (uint l = 0u; l < LOADS; l++) {
            WORDS keys = keys_at(row_at, column(from, l));
            [[unroll]] for (uint i = 0u; i < WIDTH; i++)
                greatest[l * WIDTH + i] = max(greatest[l * WIDTH + i], WORD(keys, i));
        }
}
