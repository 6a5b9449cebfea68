/* A small analysis made on the CPU from rows with a known structure, with the device buffers that pictures
 * draw from: what pages and reports are tested with. */
#ifndef ARCLIGHT_TEST_SYNTHETIC_RESULT_H
#define ARCLIGHT_TEST_SYNTHETIC_RESULT_H

#include "srm/analysis.h"

enum synthetic_kind {
    SYNTHETIC_NORMAL,  /* isotropic */
    SYNTHETIC_TANH,    /* tanh of normal numbers: anti-aligned */
    SYNTHETIC_RELU,    /* the positive part of normal numbers: one-sided */
    SYNTHETIC_LAPLACE, /* aligned */
    SYNTHETIC_ZERO,    /* no row ever lit */
};

struct synthetic_parameters {
    enum synthetic_kind kind;
    uint32_t rows, vectors, angles;
    const double *epsilons;
    uint32_t n_epsilons;
    uint32_t controls;
    uint32_t planes; /* 0: all; else the first so many of the standard basis, as a list */
    double cosine;   /* between vectors 0 and 1 of a basis that is not orthonormal; 0: the standard basis */
};

/* Fills what the program would have asked for and what it would have found. `gpu` NULL: no device buffers.
 * All is freed with synthetic_result_free. Aborts the test when memory is exhausted. */
void synthetic_result_make(struct gpu *gpu, const struct synthetic_parameters *synthetic,
                           struct srm_parameters *parameters, struct srm_result *result);
void synthetic_result_free(struct gpu *gpu, struct srm_result *result);

#endif
