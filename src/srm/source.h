/* The rows of an analysis as the kernels get them: finite rows only, centred when asked, with their row
 * numbers. */
#ifndef ARCLIGHT_SRM_SOURCE_H
#define ARCLIGHT_SRM_SOURCE_H

#include "base/status.h"
#include "data/activations.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Borrows what it points to. */
struct srm_source {
    struct data_activations *activations;
    const double *centre;  /* [width] taken from every row before f32 rounding, or NULL */
    const int64_t *labels; /* [data_rows], or NULL */
    int64_t label;         /* with labels: only rows that carry this one */
};

/* Reads rows [from, from + count) and keeps the finite (and fitting) ones, in order: rows[*kept, width] and,
 * when not NULL, numbers[*kept], each row's place in the set. */
enum base_status srm_source_read(const struct srm_source *source, uint64_t from, uint64_t count, float *rows,
                                 uint64_t *numbers, uint64_t *kept);

#ifdef __cplusplus
}
#endif
#endif
