/* Activations walked through block by block: read, rows that cannot be used left out and counted, encoded. */
#ifndef ARCLIGHT_SAE_WALK_H
#define ARCLIGHT_SAE_WALK_H

#include "data/activations.h"
#include "sae/inference.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sae_walk;

/* Borrows what it points to. */
struct sae_walk_parameters {
    struct data_activations *activations;
    struct data_activations *target; /* a transcoder's, row by row beside the activations; NULL: none */
    struct sae_inference *inference; /* NULL: rows are read and not encoded */
    double norm_bound;               /* rows whose norm exceeds it are left out; INFINITY: none are */
    bool strict;                     /* rows with NaN or Inf are BASE_ERROR_INPUT instead of left out */
    const char *what;                /* of the progress line, "encoding" */
};

/* BASE_ERROR_INPUT when activations and target have different numbers of rows. The caller closes. */
enum base_status sae_walk_open(const struct sae_walk_parameters *parameters, struct sae_walk **out);
void sae_walk_close(struct sae_walk **walk); /* NULL-safe; takes the progress line away */

/* Rows at a time: as many as the inference takes. */
uint32_t sae_walk_rows(const struct sae_walk *walk);

/* Valid until the walk's next call. */
struct sae_walk_block {
    uint64_t from, count;       /* rows of the set that were read; count 0: the end */
    uint32_t rows;              /* of them that are used */
    const uint64_t *numbers;    /* [rows] their numbers within the set */
    const float *x;             /* [rows, width of the activations] */
    const float *target;        /* [rows, width of the target]; x without one */
    const double *norms;        /* [rows] |x| */
    struct sae_latents latents; /* empty without inference */
};

/* The block behind the last one; BASE_INTERRUPTED after Ctrl-C. */
enum base_status sae_walk_next(struct sae_walk *walk, struct sae_walk_block *block);
/* Rows [from, from + count) of the set, count <= sae_walk_rows; the next block is the one behind. */
enum base_status sae_walk_at(struct sae_walk *walk, uint64_t from, uint32_t count,
                             struct sae_walk_block *block);

/* Rows left out so far. */
struct sae_walk_left_out {
    uint64_t norm, non_finite;
};
struct sae_walk_left_out sae_walk_left_out(const struct sae_walk *walk);

#ifdef __cplusplus
}
#endif
#endif
