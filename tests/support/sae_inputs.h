/* A small autoencoder, rows, tokens and a vocabulary as files, for tests of the commands that use them. */
#ifndef ARCLIGHT_TEST_SAE_INPUTS_H
#define ARCLIGHT_TEST_SAE_INPUTS_H

#include "sae/model.h"

enum {
    TEST_SAE_ROWS = 300,
    TEST_SAE_WIDTH = 12,
    TEST_SAE_LATENTS = 20,
    TEST_SAE_OUTLIER = 77,  /* a row a hundred times as long as the others */
    TEST_SAE_NAN = 140,     /* a row with a NaN, in faulty.npy only */
    TEST_SAE_TOKENS = 40,   /* of the vocabulary */
    TEST_SAE_DOCUMENT = 50, /* rows; positions begin with 1 */
};

/* Writes into the test's folder, once: rows.npy, faulty.npy, tokens.npy, positions.npy, vocab.json (texts
 * that would be markup, control characters, bytes that are not UTF-8), unembed.npy [TOKENS, WIDTH], and the
 * folders topk, jumprelu and layernorm. */
void test_sae_inputs(void);

/* [ROWS, WIDTH], and each row's token. */
extern const float *test_sae_rows;
extern const int32_t *test_sae_tokens;

/* The models of the folders, as they were saved. */
extern struct sae_model test_sae_topk, test_sae_layernorm;

#endif
