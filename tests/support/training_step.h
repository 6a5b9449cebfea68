/* One training step of small random autoencoders of every kind, for tests. */
#ifndef ARCLIGHT_TEST_TRAINING_STEP_H
#define ARCLIGHT_TEST_TRAINING_STEP_H

#include "sae/reference.h"

/* What is chosen beside the kind; other numbers of the configuration are fixed. */
struct test_choice {
    const struct sae_kind *kind;
    enum sae_activation activation;
    enum sae_sparsity sparsity;
    bool gradient_to_input, rescale, apply_b_dec_to_input, aux;
    enum sae_decoder_norm decoder_norm;
};

struct test_step {
    struct sae_config config;
    struct sae_model model;
    struct sae_reference_batch batch;
    char name[200]; /* the choice in words */
    float *x, *y;
    uint8_t *dead;
};

/* Weights are multiples of 1 / grain, and below 4,096 so are inputs: small grains make pre-activations exact
 * in f32, so that no selection depends on rounding. */
struct test_sizes {
    uint32_t rows, d_in, d_target, d_sae;
    float grain;
};
extern const struct test_sizes test_sizes_small;
struct test_step test_step_sized(const struct test_choice *choice, const struct test_sizes *sizes,
                                 uint64_t seed);

/* The small sizes. Weights are multiples of 2^-12. Fails the test when out of memory; freed with
 * test_step_free. */
struct test_step test_step_of(const struct test_choice *choice, uint64_t seed);
void test_step_free(struct test_step *step);

/* Calls `visit` with every choice that differs from the others for some kind. */
void test_each_choice(void (*visit)(const struct test_choice *choice));

#endif
