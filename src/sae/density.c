#include "sae/density.h"

#include <math.h>
#include <string.h>

uint32_t sae_density_bin(uint64_t fired, uint64_t rows)
{
    if (fired == 0 || rows == 0)
        return SAE_DENSITY_NEVER;
    double decades = log10((double)fired / (double)rows) - SAE_DENSITY_LOW;
    /* The small amount keeps whole powers of ten out of the bin below. */
    double bin = floor(decades * SAE_DENSITY_A_DECADE + 1e-9);
    return (uint32_t)fmin(fmax(bin, 0), SAE_DENSITY_NEVER - 1);
}

void sae_density_histogram(const uint32_t *fired, uint32_t d_sae, uint64_t rows,
                           uint32_t bins[SAE_DENSITY_BINS])
{
    memset(bins, 0, SAE_DENSITY_BINS * sizeof *bins);
    for (uint32_t i = 0; i < d_sae; i++)
        bins[sae_density_bin(fired[i], rows)]++;
}
