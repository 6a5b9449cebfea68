/* Counting on the device: blocks of rows in, counts and statistics of planes out.
 *
 *   srm_counter   what a run keeps throughout: angle table, thresholds
 *   srm_target    a set of planes with its counts; blocks are added one after another, in any number
 *   srm_sums      sums over planes, added from finished targets */
#ifndef ARCLIGHT_SRM_COUNTER_H
#define ARCLIGHT_SRM_COUNTER_H

#include "gpu/gpu.h"
#include "srm/block.h"
#include "srm/planes.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SRM_MAX_EPSILONS = 128 };

struct srm_counter_parameters {
    uint32_t vectors;       /* m */
    uint32_t angles;        /* A, SRM_MIN_ANGLES to SRM_MAX_ANGLES */
    const double *epsilons; /* [n_epsilons], each in [-1, 1] */
    uint32_t n_epsilons;    /* 1 to SRM_MAX_EPSILONS */
    bool oblique;           /* the basis is not orthonormal: geometry is needed */
    double largest_cosine;  /* max |b_i · b_j| over the pairs that will be counted; 0 for orthonormal */
    uint64_t total_rows;    /* that will be added to one target */
    bool difference;        /* peaks and sums are of f(k) - f(k + A/2); A even */
    bool mirrored;          /* planes are also seen from their second vectors: f_ji(k) = f_ij(A/4 - k), which
                               holds for orthogonal pairs; A divisible by 4. Counts stay those of (i, j). */
};

struct srm_counter {
    struct srm_counter_parameters parameters; /* epsilons: a copy owned by the counter */
    float quantise_scale;                     /* for srm_block_fill */
    float fixed_scale;                        /* sums of cosines are integers of 1 / fixed_scale */
    struct gpu_buffer *table;                 /* vec2 [A] */
    struct gpu_buffer *thresholds;            /* vec2 [epsilons] */
    struct gpu_buffer *no_geometry;           /* bound where no geometry is needed */
};

enum base_status srm_counter_create(struct gpu *gpu, const struct srm_counter_parameters *parameters,
                                    struct srm_counter *counter);
void srm_counter_destroy(struct gpu *gpu, struct srm_counter *counter);

/* A run of planes (i, j), vector_first <= i < vector_end, i < j < m, in lexicographic order; or a list. */
struct srm_target {
    bool listed;
    uint32_t vector_first, vector_end;
    uint64_t plane_first; /* lexicographic index of the first plane of a run */
    uint32_t planes;
    uint32_t together;       /* listed planes a curve; 1 but for srm_target_create_sums */
    struct gpu_buffer *list; /* uvec2 [planes, together] of a list */
    struct gpu_buffer
        *geometry; /* vec2 [planes]: c, 1/sqrt(1 - c²) or 0 for a degenerate plane; NULL when not oblique */
    struct gpu_buffer *counts; /* uint [epsilons · planes, A]; differences until srm_target_finish */
    struct gpu_buffer *stats;  /* uint [epsilons · planes, SRM_STATS] */
    struct gpu_buffer *peaks;  /* ivec2 [1, or 2 when mirrored, epsilons · planes] */
};

/* Bytes a target of this many planes takes on the device. */
uint64_t srm_target_bytes(const struct srm_counter *counter, uint32_t planes);
/* The most planes a target may have so that its counts fit one binding and leave room for everything else. */
uint32_t srm_target_most_planes(const struct gpu *gpu, const struct srm_counter *counter);

/* The end of the longest run of whole vectors from `vector_first` on that has at most `most_planes` planes;
 * the run has a multiple of four vectors unless it reaches m. Equal to vector_first when not even four
 * vectors fit. */
uint32_t srm_target_run_end(uint32_t vectors, uint32_t vector_first, uint32_t most_planes);

/* `geometry` [planes][2] on the host, NULL when the counter is not oblique. Counts start at zero. */
enum base_status srm_target_create_run(struct gpu *gpu, const struct srm_counter *counter,
                                       uint32_t vector_first, uint32_t vector_end, const float *geometry,
                                       struct srm_target *target);
enum base_status srm_target_create_list(struct gpu *gpu, const struct srm_counter *counter,
                                        const struct srm_plane *planes, uint32_t n_planes,
                                        const float *geometry, struct srm_target *target);
/* Curves each of which is the sum over `together` listed planes: pairs[n_curves, together], where i = j
 * stands for no plane. The counter's bases are orthonormal. Rows come and go by srm_target_change. */
enum base_status srm_target_create_sums(struct gpu *gpu, const struct srm_counter *counter,
                                        const struct srm_plane *pairs, uint32_t n_curves, uint32_t together,
                                        struct srm_target *target);
void srm_target_destroy(struct gpu *gpu, struct srm_target *target);

/* Which kernel counts a run: by the number of dominant coordinates of the block. Lists have their own. */
enum srm_method { SRM_METHOD_AUTOMATIC, SRM_METHOD_TILES, SRM_METHOD_DOMINANT };

/* The name of the kernel that a block with these dominants leads to, for `planes` planes: "tiles" or
 * "dominant". */
const char *srm_method_name(const struct gpu *gpu, const struct srm_counter *counter,
                            const struct srm_block *block, uint64_t planes);

/* Adds the rows of a block that was filled with counter->quantise_scale. */
enum base_status srm_target_add(struct gpu *gpu, const struct srm_counter *counter,
                                const struct srm_block *block, enum srm_method method,
                                struct srm_target *target);

/* Rows [row_first, row_first + rows) of a block come to a target of listed planes, or leave it: what they
 * added is taken away again, to the last bit, counts and statistics. */
enum srm_change { SRM_ROWS_COME, SRM_ROWS_LEAVE };
enum base_status srm_target_change(struct gpu *gpu, const struct srm_counter *counter,
                                   const struct srm_block *block, uint32_t row_first, uint32_t rows,
                                   enum srm_change change, struct srm_target *target);

/* Turns differences into counts and finds the peaks; nothing may be added afterwards. */
enum base_status srm_target_finish(struct gpu *gpu, const struct srm_counter *counter,
                                   struct srm_target *target);

/* What the device found out about one curve. */
struct srm_curve_statistics {
    uint32_t hits;                     /* M: rows with radius >= epsilon */
    int32_t cosine1, cosine2, cosine4; /* sums of cos mφ over them, integers of 1 / fixed_scale */
    int32_t sine1;                     /* the same of sin φ: cos φ from the second vector */
    int32_t peak;                      /* greatest count, or difference of counts */
    uint32_t peak_angle;               /* its index: the middle of the first run of equals; see scan.comp */
    uint32_t mirrored_angle;           /* the same of the curve from the second vector; 0 unless mirrored */
};

/* statistics[n_epsilons · planes], epsilon by epsilon, of a finished target. Waits. */
enum base_status srm_target_statistics(struct gpu *gpu, const struct srm_counter *counter,
                                       const struct srm_target *target,
                                       struct srm_curve_statistics *statistics);

/* ---- sums over planes ---- */

struct srm_sums {
    struct gpu_buffer *sums;    /* uint [epsilons, 6, A]; see accumulate.comp */
    struct gpu_buffer *density; /* uint [epsilons, A, COUNT_BINS]: planes with this count at this angle */
};

enum base_status srm_sums_create(struct gpu *gpu, const struct srm_counter *counter, struct srm_sums *sums);
void srm_sums_destroy(struct gpu *gpu, struct srm_sums *sums);
uint64_t srm_sums_bytes(const struct srm_counter *counter);

/* Adds the planes of a finished target, degenerate ones left out; twice each when the counter mirrors. */
enum base_status srm_sums_add(struct gpu *gpu, const struct srm_counter *counter,
                              const struct srm_target *target, struct srm_sums *sums);

/* One epsilon's sums at one angle, exact. */
struct srm_angle_sums {
    int64_t sum;
    uint64_t squares; /* sum of squares */
    int32_t greatest, least;
};
/* sums[n_epsilons · A]. Waits. With no plane added all fields are 0. */
enum base_status srm_sums_read(struct gpu *gpu, const struct srm_counter *counter,
                               const struct srm_sums *sums, struct srm_angle_sums *out);

#ifdef __cplusplus
}
#endif
#endif
