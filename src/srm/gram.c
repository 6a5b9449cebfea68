#include "srm/gram.h"

#include "srm/dense.h"

#include <math.h>

void srm_gram_row(const struct srm_basis *basis, uint32_t i, uint32_t first, uint32_t count, double *cosines)
{
    if (!basis->orthonormal) {
        srm_dense_dots(basis->vectors + (uint64_t)i * basis->width, 1,
                       basis->vectors + (uint64_t)first * basis->width, count, basis->width, cosines, count);
    }
    for (uint32_t j = 0; j < count; j++) {
        if (basis->orthonormal || first + j == i)
            cosines[j] = first + j == i;
        else
            cosines[j] = fmin(1, fmax(-1, cosines[j]));
    }
}

double srm_gram_cosine(const struct srm_basis *basis, uint32_t i, uint32_t j)
{
    double cosine;
    srm_gram_row(basis, i, j, 1, &cosine);
    return cosine;
}

void srm_gram_pairs(const struct srm_basis *basis, const struct srm_plane *planes, uint64_t n,
                    struct srm_pair *pairs)
{
    enum { most = 256 };
    double cosines[most];
    for (uint64_t p = 0; p < n;) {
        uint32_t run = 1;
        while (run < most && p + run < n && planes[p + run].i == planes[p].i &&
               planes[p + run].j == planes[p].j + run)
            run++;
        srm_gram_row(basis, planes[p].i, planes[p].j, run, cosines);
        for (uint32_t k = 0; k < run; k++, p++)
            pairs[p] = (struct srm_pair){planes[p].i, planes[p].j, cosines[k]};
    }
}
