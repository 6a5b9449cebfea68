/* Resonance that follows its rows: counts of chosen planes at 91 epsilons over a ring of recent rows, kept as
 * integers on the device. New rows are added, the oldest leave by subtraction; a new basis counts the ring
 * anew. What is drawn stands in device buffers; nothing comes back to the host but the extents.
 *
 *   rows -> srm_live_push -> differences [91, planes, A] -> srm_live_show(epsilon) -> shown buffers -> plots
 *
 * Counts are those of srm_analyse for the same rows, planes, angles and epsilon, count for count. */
#ifndef ARCLIGHT_SRM_LIVE_H
#define ARCLIGHT_SRM_LIVE_H

#include "gpu/gpu.h"
#include "srm/planes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Epsilon e of the grid is (5 + e) / 100: 0.05, 0.06, … 0.95. */
enum { SRM_LIVE_EPSILONS = 91 };
double srm_live_epsilon(uint32_t e);
/* The nearest of the grid to `epsilon`. */
uint32_t srm_live_nearest(double epsilon);

struct srm_live;

struct srm_live_parameters {
    uint32_t width;                 /* d of the rows */
    uint32_t vectors;               /* m of the basis */
    const struct srm_plane *planes; /* [n_planes], i < j < vectors, sorted; copied */
    uint32_t n_planes;
    uint32_t angles;     /* A */
    uint32_t ring_rows;  /* rows that are kept; older ones leave */
    uint32_t n_controls; /* Haar rotations of the same rows counted beside, for the null band; 0: none. Of
                            each as many planes as above, but at most 1,024 and d (d - 1) / 2, of the fewest
                            vectors that have them: the mean over planes has the same expectation. That does
                            not depend on the basis either, oblique or not: in its plane every row is seen
                            from two orthonormal vectors, and those of a rotation are any two. */
    uint64_t seed;       /* of the rotations */
    bool orthonormal;    /* of every basis that will be given; false: geometry is computed on the device */
    bool standard;       /* no basis but the standard one will be given: nothing grows with the square of the
                            width then. vectors <= width */
};

/* Bytes on the device; and the same as parts of a plan. */
uint64_t srm_live_bytes(const struct gpu *gpu, const struct srm_live_parameters *parameters);
enum base_status srm_live_plan(const struct srm_live_parameters *parameters, struct gpu_plan *plan);
/* The most rotations, up to n_controls, with which it takes at most `bytes` on the device and each buffer of
 * theirs fits one binding. */
uint32_t srm_live_most_controls(const struct gpu *gpu, const struct srm_live_parameters *parameters,
                                uint64_t bytes);
/* The most planes for which it takes at most `bytes` on the device and each buffer fits one binding. */
uint32_t srm_live_most_planes(const struct gpu *gpu, const struct srm_live_parameters *parameters,
                              uint64_t bytes);
/* Starts with the standard basis (vectors <= width) and no row. BASE_ERROR_DEVICE_MEMORY. The caller destroys
 * it before the gpu is closed. */
enum base_status srm_live_create(struct gpu *gpu, const struct srm_live_parameters *parameters,
                                 struct srm_live **out);
void srm_live_destroy(struct srm_live **live); /* NULL-safe */

/* Everything below only records work, which may take many submissions; the function of gpu_set_between may
 * then be called in the midst of it. From there srm_live_show and srm_live_cloud may be called, and leave
 * what they showed last while rows or basis are half changed; changes from there are BASE_ERROR_INTERNAL
 * then. */
bool srm_live_busy(const struct srm_live *live);

/* Another basis: the ring is counted anew. vectors [m, width] of length 1 on the host, NULL: standard. */
enum base_status srm_live_set_basis(struct srm_live *live, const double *vectors);
/* The same from the device: f32 [m, stride] of any length, from element `first` on. Vectors of zeros make
 * their planes degenerate, which count as left out. */
enum base_status srm_live_set_basis_device(struct srm_live *live, struct gpu_buffer *vectors, uint64_t first,
                                           uint32_t stride);

/* Rows enter the ring, the oldest leave. From the host [n, width] or the device f32 [n, stride], from element
 * `first` on. Rows with NaN or Inf are left out (host rows) or count as zero rows (device rows). More than
 * ring_rows: the last ones stay. */
enum base_status srm_live_push(struct srm_live *live, const float *rows, uint32_t n);
enum base_status srm_live_push_device(struct srm_live *live, struct gpu_buffer *rows, uint64_t first,
                                      uint32_t stride, uint32_t n);
/* Forgets all rows. */
enum base_status srm_live_clear(struct srm_live *live);
uint32_t srm_live_rows(const struct srm_live *live);    /* in the ring now */
uint64_t srm_live_version(const struct srm_live *live); /* grows with whatever changes the counts */

/* ---- what is drawn ---- */

enum srm_live_curve {
    SRM_LIVE_MEAN, /* over the planes, as shares of the rows */
    SRM_LIVE_LOW,  /* mean less standard deviation over the planes, at least 0 */
    SRM_LIVE_HIGH,
    SRM_LIVE_LEAST,
    SRM_LIVE_GREATEST,
    SRM_LIVE_CONTROL,      /* mean of the rotations' means; NaN without rotations, as the next two */
    SRM_LIVE_CONTROL_LOW,  /* least of the rotations' means */
    SRM_LIVE_CONTROL_HIGH, /* greatest */
    SRM_LIVE_CURVES
};

/* Numbers the host needs for axes and words; of the last show that the device has finished. */
struct srm_live_extents {
    double epsilon;
    uint32_t rows, planes;              /* planes: not degenerate */
    double mean_high;                   /* greatest of the mean curve, a share */
    double band_high;                   /* greatest of SRM_LIVE_HIGH */
    double greatest;                    /* greatest share of any plane at any angle */
    uint32_t peak_plane, peak_angle;    /* where that is: the lowest such angle, there the lowest plane */
    double control_high;                /* greatest of SRM_LIVE_CONTROL_HIGH */
    double strength_low, strength_high; /* of `strength`, finite ones */
};

struct srm_live_shown {
    uint32_t angles, planes;
    uint32_t rows; /* counted in them, as soon as the show is recorded */
    double epsilon;
    struct gpu_buffer *counts;   /* uint [planes, A]; these five hold zeros before the first show */
    struct gpu_buffer *sums;     /* uint [6, A]: low and high words of the sum over planes, exact; then those
                                    of the squares, and extremes (accumulate.comp) */
    struct gpu_buffer *curves;   /* f32 [SRM_LIVE_CURVES, A] */
    struct gpu_buffer *density;  /* uint [A, COUNT_BINS] for view_density */
    struct gpu_buffer *strength; /* f32 [planes]: C4 of each plane (srm.md), NaN: no hits or degenerate */
};

/* Makes the shown buffers those of `epsilon`: of the grid (within 1e-9) from the kept differences, any other
 * by counting the ring again. Records work, waits for nothing. Cheap when nothing has changed since. */
enum base_status srm_live_show(struct srm_live *live, double epsilon);
const struct srm_live_shown *srm_live_shown(const struct srm_live *live);
/* Never waits. False, and zeros, before the first show is finished. */
bool srm_live_extents(struct srm_live *live, struct srm_live_extents *extents);
/* Extents of the shows so far are of no use: it is as before the first. srm_live_clear keeps them, so that
 * axes stand still from one set of rows to the next. */
void srm_live_forget(struct srm_live *live);

/* The ring's rows in one plane, as shares of their length: x = r·b_i / |r|, y = r·w / |r|, within the unit
 * disc. In it the spotlight at angle t is all that lies beyond the line x cos t + y sin t = epsilon. */
struct srm_live_cloud {
    uint32_t position;       /* of the plane */
    uint32_t points;         /* rows in it; zero rows are at the middle */
    struct gpu_buffer *xy;   /* f32 [points, 2] */
    struct gpu_buffer *grid; /* uint [cells, cells] over [-reach, reach]², row 0 at y = -reach */
    uint32_t cells;
    double reach;
};
/* Records; the buffers belong to `live` and stay until the next call. */
enum base_status srm_live_cloud(struct srm_live *live, uint32_t position, uint32_t cells, double reach,
                                struct srm_live_cloud *cloud);

#ifdef __cplusplus
}
#endif
#endif
