/* What the self-tests of srm/ share: a small set of rows with its exact counts, on the host and on the
 * device. Only for the files selftest*.c. */
#ifndef ARCLIGHT_SRM_SELFTEST_BENCH_H
#define ARCLIGHT_SRM_SELFTEST_BENCH_H

#include "srm/counter.h"
#include "srm/reference.h"
#include "srm/stream.h"

enum {
    SELFTEST_ROWS = 131,   /* one more than two workgroups, and some */
    SELFTEST_VECTORS = 19, /* the last word of four is not full */
    SELFTEST_ANGLES = 72,
    SELFTEST_EPSILONS = 2,
    SELFTEST_PLANES = SELFTEST_VECTORS * (SELFTEST_VECTORS - 1) / 2,
    SELFTEST_CURVES = SELFTEST_EPSILONS * SELFTEST_PLANES,
};

struct srm_selftest_bench {
    struct gpu *gpu;
    float *rows, *prepared, *norms; /* [ROWS, VECTORS] as read and as scaled; [ROWS] of the scaled */
    struct srm_pair *pairs;         /* [PLANES] */
    struct srm_reference_input input;
    uint32_t *counts; /* [EPSILONS, PLANES, ANGLES] by the reference */
    struct srm_counter counter;
    struct srm_stream stream; /* one block, which stands on the device */
};

/* Makes rows of every kind (normal, sparse, zero, tiny), their reference counts, and the block. On failure
 * nothing is left. */
enum base_status srm_selftest_bench_create(struct gpu *gpu, struct srm_selftest_bench *bench);
void srm_selftest_bench_destroy(struct srm_selftest_bench *bench);

/* A target over all planes with the block's rows counted and finished; the caller destroys it. */
enum base_status srm_selftest_count(struct srm_selftest_bench *bench, enum srm_method method, bool listed,
                                    struct srm_target *target);

/* Kernels that walk the rows again, and the ring's: selftest_walk.c. */
enum base_status srm_selftest_members(struct gpu *gpu, enum gpu_level level);
enum base_status srm_selftest_project(struct gpu *gpu, enum gpu_level level);
enum base_status srm_selftest_axis(struct gpu *gpu, enum gpu_level level);
enum base_status srm_selftest_ring(struct gpu *gpu, enum gpu_level level);

/* The kernels of live resonance: selftest_live.c. */
enum base_status srm_selftest_live(struct gpu *gpu, enum gpu_level level);

#endif
