/* Parameter structs of gpu/ kernels: those that check and measure the device itself. */
#ifndef ARCLIGHT_GPU_PARAMS_H
#define ARCLIGHT_GPU_PARAMS_H
#include "common/types.h"

/* words [count, 4]: what the arithmetic of element i gives, see check.comp. */
struct gpu_check_params {
    uint count;
    uint seed;
};

/* destination[k] = source[k] for k < vectors, a vector being 16 bytes. */
struct gpu_copy_params {
    uint vectors;
};

/* Chains of x = x * factor + addend, `rounds` times as long as the shader's constant says; results[k] is the
 * sum of lane k's chains. */
struct gpu_multiply_add_params {
    uint lanes;
    uint rounds;
    float factor;
    float addend;
};
#endif
