/* Activations as a film: sets of rows that follow each other. A tensor [steps, rows, width] is one over its
 * steps, a file with several matrices of one shape is one over these, and a set of more rows than are shown
 * at once is one over stretches of its rows. */
#ifndef ARCLIGHT_LIVE_FILM_H
#define ARCLIGHT_LIVE_FILM_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct live_film;

struct live_film_parameters {
    const char *const *arguments; /* as struct data_open_parameters */
    uint32_t n_arguments;
    uint64_t rows_from, rows_to; /* of each set; rows_to 0: to the end */
    uint64_t step;               /* UINT64_MAX: all; else only this one of a tensor [steps, rows, width] */
    uint64_t most_rows;          /* shown at once; 0: as many as take `most_bytes` as f32 */
    uint64_t most_bytes;
};

/* BASE_ERROR_INPUT as data_open. The caller closes. */
enum base_status live_film_open(const struct live_film_parameters *parameters, struct live_film **out);
void live_film_close(struct live_film **film); /* NULL-safe */

uint32_t live_film_width(const struct live_film *film);
uint64_t live_film_steps(const struct live_film *film);
uint64_t live_film_most_rows(const struct live_film *film); /* of any step */
/* True when each step has other rows (stretches of one set): what is shown then slides. */
bool live_film_slides(const struct live_film *film);
/* Rows of a step, and what it is called: "epoch_010", "step 3 of 10", "rows 8 192 to 16 383 of 60 000"; ""
 * for the only one. BASE_ERROR_INPUT when the step's file has changed. */
enum base_status live_film_seek(struct live_film *film, uint64_t step, uint64_t *rows, char name[160]);
/* Rows [from, from + count) of the step sought last, without those that have NaN or Inf: rows [*kept, width].
 */
enum base_status live_film_read(struct live_film *film, uint64_t from, uint64_t count, float *rows,
                                uint32_t *kept);
/* The first file, for titles. */
const char *live_film_path(const struct live_film *film);

#ifdef __cplusplus
}
#endif
#endif
