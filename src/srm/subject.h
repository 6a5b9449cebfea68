/* What an analysis is about: rows, basis, planes, thresholds, all checked, before anything is counted. */
#ifndef ARCLIGHT_SRM_SUBJECT_H
#define ARCLIGHT_SRM_SUBJECT_H

#include "srm/analysis.h"
#include "srm/basis.h"
#include "srm/source.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SRM_MOST_PLANES = 1 << 26 /* whose statistics the host keeps */ };

struct srm_subject {
    const struct srm_parameters *parameters; /* borrowed */
    struct data_summary summary;
    struct srm_basis basis;
    struct srm_planes planes;
    struct srm_plane *list; /* [planes.count] or NULL: all */
    double *cosines;        /* [planes.count], NaN: degenerate; NULL: orthonormal */
    double largest_cosine;  /* |c| of the planes that are not degenerate */
    uint64_t degenerate;
    double *epsilons;
    uint32_t n_epsilons;
    struct srm_source source; /* centred when asked */
};

/* Reads the rows once for their summary (and once more for a PCA basis). BASE_ERROR_INPUT for rows or a basis
 * that cannot be analysed, BASE_ERROR_USAGE for options that do not fit them. srm_subject_free in every case.
 */
enum base_status srm_subject_make(const struct srm_parameters *parameters, struct srm_subject *subject);
void srm_subject_free(struct srm_subject *subject); /* NULL-safe members */

#ifdef __cplusplus
}
#endif
#endif
