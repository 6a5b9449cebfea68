/* The density of a latent, the share of rows in which it fires (is above 0), in bins of its logarithm. */
#ifndef ARCLIGHT_SAE_DENSITY_H
#define ARCLIGHT_SAE_DENSITY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bins of equal width from 10^SAE_DENSITY_LOW to 1, then one for latents that never fired. */
enum {
    SAE_DENSITY_LOW = -7,
    SAE_DENSITY_A_DECADE = 5, /* bins */
    SAE_DENSITY_NEVER = SAE_DENSITY_A_DECADE * -SAE_DENSITY_LOW,
    SAE_DENSITY_BINS = SAE_DENSITY_NEVER + 1,
};

/* The bin of a latent that fired in `fired` of `rows` rows; what is rarer than the lowest bin is in that. */
uint32_t sae_density_bin(uint64_t fired, uint64_t rows);

/* Counts latents by bin; `fired` [d_sae] as above. */
void sae_density_histogram(const uint32_t *fired, uint32_t d_sae, uint64_t rows,
                           uint32_t bins[SAE_DENSITY_BINS]);

#ifdef __cplusplus
}
#endif
#endif
