/* Two dictionaries beside each other: how alike their directions are, and which belong together. */
#ifndef ARCLIGHT_SAE_MATCH_H
#define ARCLIGHT_SAE_MATCH_H

#include "sae/directions.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Up to this many directions on either side the pairs are the best assignment there is (Hungarian method,
 * Kuhn 1955, with the potentials of Jonker and Volgenant 1987); above, pairs are taken greedily from each
 * direction's SAE_MATCH_NEAREST nearest, greatest cosine first. */
enum { SAE_MATCH_OPTIMAL = 1024, SAE_MATCH_NEAREST = 16 };

struct sae_pair {
    uint32_t a, b;
    double cosine;
};

struct sae_match {
    double mmcs_a, mmcs_b; /* mean over the directions of a (of b) of the greatest cosine with one of b (of
                              a), zero directions left out (Sharkey, Braun and Millidge 2022) */
    float *greatest_a;     /* [n_a], NaN for zero directions; and [n_b] */
    float *greatest_b;
    bool optimal;           /* the pairs are the best assignment */
    struct sae_pair *pairs; /* [n_pairs] by a; no direction twice */
    uint32_t n_pairs;
    double mean_cosine; /* of the pairs */
};
void sae_match_free(struct sae_match *match); /* NULL-safe members */

/* a [n_a, width] and b [n_b, width]: directions of any length. */
enum base_status sae_match(struct gpu *gpu, const float *a, uint32_t n_a, const float *b, uint32_t n_b,
                           uint32_t width, struct sae_match *match);

/* The assignment of each of `rows` rows to one of `columns` >= rows columns, no column twice, with the
 * greatest sum of gains[rows, columns]: columns into assigned[rows]. */
enum base_status sae_assign(const float *gains, uint32_t rows, uint32_t columns, uint32_t *assigned);

#ifdef __cplusplus
}
#endif
#endif
