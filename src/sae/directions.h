/* What the weights alone say: norms, cosines, and which directions lie nearest to which. */
#ifndef ARCLIGHT_SAE_DIRECTIONS_H
#define ARCLIGHT_SAE_DIRECTIONS_H

#include "gpu/gpu.h"
#include "sae/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* norms[count] of rows [count, width], in double. */
void sae_row_norms(const float *rows, uint32_t count, uint32_t width, double *norms);
/* cosines[count] between rows of a and of b, both [count, width]; NaN where one is zero. */
void sae_row_cosines(const float *a, const float *b, uint32_t count, uint32_t width, double *cosines);

/* rows [count, width] over their norms, into a new array (base_free); zero rows stay zero. */
enum base_status sae_unit_rows(const float *rows, uint32_t count, uint32_t width, float **unit);

/* A direction and its product with the one asked about. */
struct sae_product {
    uint32_t index; /* UINT32_MAX: fewer than asked for */
    float value;    /* NaN then */
};

/* For each row of a [n_a, width] the `count` rows of b [n_b, width] with the greatest products, greatest
 * first, ties to the lower index: greatest[n_a, count]; and into least[n_a, count] those with the least, when
 * it is not NULL. `same`: a and b are the same rows, and none is matched with itself. Zero rows of a match
 * nothing, zero rows of b are matched with nothing. A blocked product on the device; rows of unit length give
 * cosines. */
struct sae_products_call {
    const float *a, *b;
    uint32_t n_a, n_b, width, count;
    bool same;
    struct sae_product *greatest, *least;
};
enum base_status sae_greatest_products(struct gpu *gpu, const struct sae_products_call *call);

#ifdef __cplusplus
}
#endif
#endif
