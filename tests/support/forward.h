/* What two ways of computing an autoencoder make of the same rows, compared: row by row, near ties named. */
#ifndef ARCLIGHT_TEST_FORWARD_H
#define ARCLIGHT_TEST_FORWARD_H

#include "gpu/gpu.h"
#include "sae/model.h"

#include <stdbool.h>

struct test_forward {
    float *latents;        /* [rows, d_sae] */
    float *reconstruction; /* [rows, d_out] */
};

/* Zeroed, for `rows` rows; freed with test_forward_free. */
struct test_forward test_forward_make(const struct sae_architecture *architecture, uint32_t rows);
void test_forward_free(struct test_forward *forward);

/* Of rows x [rows, d_in] by the double reference, and by sae_inference on the device. */
struct test_forward test_forward_of_reference(const struct sae_model *model, const float *x, uint32_t rows);
struct test_forward test_forward_on_device(struct gpu *gpu, const struct sae_model *model, const float *x,
                                           uint32_t rows);

/* What comparisons have seen, over as many calls as the caller likes. */
struct test_agreement {
    double worst; /* greatest difference of a row's latents or reconstruction, relative to their length */
    uint32_t rows, ties;
};

/* Fails the test when a row's latents or reconstructions differ by 1e-4 of their length or more. A latent
 * that only one of them has must stand so near what decides (1e-5 of the row's greatest latent) that rounding
 * may: such a row is a near tie, is printed by name, and there may be 1 in 1,000 and one more. */
void test_forwards_agree(const char *name, const struct sae_model *model, const float *x, uint32_t rows,
                         const struct test_forward *a, const struct test_forward *b,
                         struct test_agreement *seen);

/* ---- what SAELens wrote ---- */

/* A folder of an autoencoder with an example.safetensors: what SAELens's own encode and decode give for
 * rows. */
struct test_example {
    char *folder, *file;
    struct sae_model model; /* of the folder, as sae_load reads it */
    uint32_t rows;
    float *input;
    struct test_forward wanted;
};

/* Calls `visit` with each such folder in `root`; none: says so aloud and skips the test. */
void test_each_example(const char *root, void (*visit)(struct test_example *example));
#define TEST_EXAMPLES ARCLIGHT_SOURCE_FOLDER "/../shared/data/saelens"

#endif
