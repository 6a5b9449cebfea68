// Keys of a row, WIDTH neighbours at a time. Before it is included: `p` with cols, pi_base, pi_stride and weights_base;
// the constant WEIGHTED; and the bindings below are this file's.
//
// LEVEL_VEC4 loads 16 bytes at a time: cols, strides and bases are multiples of four there.
#include "sae/key.glsl"

#ifdef LEVEL_VEC4
#define WIDTH 4u
#define WORDS uvec4
#define WORD(words, i) (words)[i]
#else
#define WIDTH 1u
#define WORDS uint
#define WORD(words, i) (words)
#endif
layout(set = 0, binding = 0) readonly buffer Pi
{
    WORDS pi[];
};
layout(set = 0, binding = 1) readonly buffer Weights
{
    WORDS weights[];
};

// Of columns col to col + WIDTH of the row that begins at `row_at`; 0 beyond its end.
WORDS keys_at(uint row_at, uint col)
{
    WORDS keys = WORDS(0u);
    if (col < p.cols) {
        WORDS bits = pi[(row_at + col) / WIDTH];
        WORDS factors = WORDS(0u);
        if (WEIGHTED != 0u)
            factors = weights[(p.weights_base + col) / WIDTH];
        [[unroll]] for (uint i = 0u; i < WIDTH; i++)
            WORD(keys, i) = WEIGHTED != 0u ? sae_weighted_key(WORD(bits, i), WORD(factors, i)) : sae_key(WORD(bits, i));
    }
    return keys;
}
