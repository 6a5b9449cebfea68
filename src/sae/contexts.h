/* Where each latent is active: what a page about latents shows, collected in one pass over any number of rows
 * with memory that goes with latents times examples. */
#ifndef ARCLIGHT_SAE_CONTEXTS_H
#define ARCLIGHT_SAE_CONTEXTS_H

#include "sae/walk.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SAE_VALUE_BINS = 48, SAE_SAMPLES_AN_EXAMPLE = 4 };

/* A row in which a latent fired. */
struct sae_example {
    uint64_t row, document;
    float value;
    float quantile; /* share of the latent's activations that are smaller, from its histogram */
};

/* One latent's record. Bin b of the histogram holds values from b width on, below (b + 1) width; width is a
 * power of two, and the values reach into the upper half of the bins. */
struct sae_record {
    uint64_t fired;
    double sum;
    float maximum, width;
    uint32_t bins[SAE_VALUE_BINS];
    struct sae_example *top; /* [n_top] the greatest values, greatest first; of the same document no two that
                                lie within `reach` rows */
    struct sae_example *examples; /* [n_examples] evenly from its whole range, greatest first */
    uint32_t n_top, n_examples;
};

struct sae_contexts_parameters {
    uint32_t d_sae;
    const uint32_t *latents; /* [n_latents] those wanted, ascending; copied */
    uint32_t n_latents;
    uint32_t count; /* of top and of examples */
    uint32_t reach; /* rows */
    uint64_t seed;  /* which activations the examples are drawn from */
    bool top_only;  /* no examples: a latent then takes a fraction of the memory */
};

struct sae_contexts;
enum base_status sae_contexts_create(const struct sae_contexts_parameters *parameters,
                                     struct sae_contexts **out);
void sae_contexts_destroy(struct sae_contexts **contexts); /* NULL-safe */

/* Takes a block; documents [rows] number the documents, NULL: one. The same records for any cut into blocks.
 */
void sae_contexts_add(struct sae_contexts *contexts, const struct sae_walk_block *block,
                      const uint64_t *documents);
/* Sorts and chooses; afterwards record `slot` of sae_contexts_record is that of latents[slot]. Once, at the
 * end. */
void sae_contexts_finish(struct sae_contexts *contexts);
const struct sae_record *sae_contexts_record(const struct sae_contexts *contexts, uint32_t slot);

#ifdef __cplusplus
}
#endif
#endif
