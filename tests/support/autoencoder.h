/* Autoencoders with random weights, for tests. */
#ifndef ARCLIGHT_TEST_AUTOENCODER_H
#define ARCLIGHT_TEST_AUTOENCODER_H

#include "sae/model.h"

/* What tests begin with: d -> n -> d, b_dec subtracted from the input, one input. k is n / 4 for TopK, else
 * 0. */
struct sae_architecture test_architecture(enum sae_activation activation, uint32_t d, uint32_t n);

/* Normal weights of about 1/sqrt(d_in) with decoder rows of norms between about 0.2 and 2, thresholds between
 * 0.1 and 0.6. Fails the test when out of memory; freed with sae_model_free. */
struct sae_model test_model(const struct sae_architecture *architecture, uint64_t seed);

/* [rows, d] standard normal values from `seed`, freed with free. */
float *test_rows(uint32_t rows, uint32_t d, uint64_t seed);

/* The tensor of this name in the model; fails the test when there is none. */
float *test_tensor(struct sae_model *model, const char *name);

/* Architecture, metadata and all weights are the same, bit for bit; fails the test otherwise. */
void test_assert_models_equal(const struct sae_model *a, const struct sae_model *b);

#endif
