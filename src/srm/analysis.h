/* Spotlight resonance of a set of activations, whole: what `arclight srm` does between reading its options
 * and writing its files. */
#ifndef ARCLIGHT_SRM_ANALYSIS_H
#define ARCLIGHT_SRM_ANALYSIS_H

#include "data/activations.h"
#include "gpu/gpu.h"
#include "srm/curves.h"
#include "srm/planes.h"
#include "srm/ranking.h"
#include "srm/statistics.h"
#include "srm/walk.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SRM_BEST_PLANES = 1024, /* planes whose whole curves are kept */
    SRM_PANEL_PLANES = 16,  /* of each list, with no vector in common, that are among them */
    SRM_MAX_CONTROL_PLANES = 20000,
    SRM_MAX_CONTROLS = 64,
    SRM_MAX_LABELS = 256,         /* label values, a curve each */
    SRM_PROJECTION_PLANES = 1024, /* planes whose points make the projection */
    SRM_PROJECTION_CELLS = 256,   /* a side of its grid */
};

#define SRM_SIGNIFICANT_Q 0.05f

struct srm_parameters {
    struct data_activations *activations; /* borrowed */
    const char *basis;                    /* standard, FILE[:TENSOR], pca[:COUNT], random[:SEED] */
    const float *vectors;                 /* [n_vectors, width of the activations]: the basis, borrowed, which
                                             `basis` then only names; NULL: `basis` says it */
    uint32_t n_vectors;
    const double *epsilons; /* [n_epsilons]; n_epsilons 0: automatic */
    uint32_t n_epsilons;
    uint32_t angles;
    bool permutations; /* --pairs perm: every plane from either vector */
    bool difference;   /* --signed */
    struct srm_plane_choice planes;
    bool centre;
    bool strict; /* rows with NaN or Inf are an error */
    uint64_t seed;
    uint32_t controls;         /* Haar rotations */
    uint32_t members;          /* rows listed for each best plane shown; 0: none */
    const char *labels;        /* FILE:TENSOR or NULL */
    uint64_t most_count_bytes; /* of counts.npy; above it is not written */
    const char *folder;        /* where counts.npy goes, or NULL */
    enum srm_method method;    /* tests only; SRM_METHOD_AUTOMATIC */
};

/* A plane among the best, with its place in the ranking. */
struct srm_best {
    uint64_t position; /* of the plane in the analysed set */
    struct srm_plane plane;
    double cosine;      /* of its two vectors */
    enum srm_list list; /* that it is ranked in, at the first epsilon */
    uint32_t rank;      /* in that list, from 1 */
};

struct srm_control {
    uint64_t seed;
    uint32_t vectors; /* of the rotated subset */
    uint32_t planes;
    struct srm_curve_point *curves; /* [n_epsilons · angles] */
    /* [planes] at the first epsilon, as from srm_ranking_scores: of orthogonal planes, and of oblique ones */
    double *absolute_z, *peaks;
};

struct srm_label_curves {
    int64_t label;
    uint64_t rows;
    struct srm_curve_point *curves; /* [n_epsilons · angles]; only mean and deviation over planes */
};

/* A measure of how rows lie to the axes: its mean over rows and what rows without a preferred basis would
 * give. */
struct srm_axis_measure {
    double mean, null;
};

struct srm_result {
    /* what was analysed */
    uint64_t rows; /* finite rows, zero rows included: the denominator */
    uint32_t width, vectors, angles, n_epsilons;
    double *epsilons; /* [n_epsilons] */
    bool automatic_epsilon;
    struct data_summary summary;
    char *basis_name;
    bool standard, orthonormal;
    uint64_t planes;          /* analysed, i < j */
    uint64_t curves;          /* in the statistics: twice that with permutations, without degenerate ones */
    uint64_t degenerate;      /* planes left out */
    uint64_t all_planes;      /* of the basis */
    struct srm_plane *list;   /* [planes], or NULL when all planes of the basis are analysed */
    struct srm_planes chosen; /* the same planes, and their ordered pairs */
    bool mirrored;            /* permutations by the mirror identity */

    /* over planes */
    struct srm_curve_point *curve; /* [n_epsilons · angles] */
    double *null_share;            /* [n_epsilons] p0 */
    double *null_low, *null_high;  /* [n_epsilons] 99 % band of one plane's share at one angle */
    struct srm_sums sums;          /* on the device: density of curves */

    /* by plane */
    struct srm_plane_statistics *statistics; /* [n_epsilons · planes] */
    struct srm_plane_statistics *turned;     /* the same from the planes' second vectors; NULL without
                                                permutations. Ranks, lists and q are a plane's, so the first
                                                direction's hold for both; q is NaN here. */
    double *cosines;                         /* [planes], or NULL when orthonormal; NaN: degenerate */
    struct srm_best *best;                   /* [n_best] of all lists in turn, then panels beyond */
    uint32_t n_best;
    uint64_t n_ranked, n_aligned, n_anti_aligned; /* planes with rank; C4 > 0; C4 < 0 */
    uint64_t n_significant;                       /* q < SRM_SIGNIFICANT_Q */
    uint64_t n_significant_aligned, n_significant_anti_aligned;
    /* the same also if one more control plane had scored above all others */
    uint64_t n_sure_aligned, n_sure_anti_aligned, n_sure_oblique;
    double median_hits;            /* of M at the first epsilon */
    uint32_t *best_counts;         /* [n_epsilons, n_best, angles] */
    struct srm_target best_target; /* the same on the device */
    double *vector_hits;           /* [vectors] share of all hits in which a vector takes part (sum 2) */

    /* controls and measures */
    struct srm_control *controls; /* [n_controls] */
    uint32_t n_controls;
    struct srm_axis_measure kurtosis, kurtosis_uncentred, axis_cosine, participation;
    struct srm_label_curves *labels; /* [n_labels], by label */
    uint32_t n_labels;
    struct srm_member *members; /* [n_members_planes · members_each]; row UINT64_MAX: none */
    uint32_t n_member_planes, members_each;
    uint64_t *member_totals;       /* [n_member_planes] rows in each cone */
    struct gpu_buffer *projection; /* uint [cells, cells] */
    double projection_reach;       /* the grid covers [-reach, reach]² in the units of the data */
    uint64_t projection_points;
    uint32_t projection_planes;

    /* cost */
    bool counts_written;
    uint64_t count_bytes;
    const char *method;    /* tiles, dominant, list */
    uint64_t device_bytes; /* planned */
    uint64_t counting_ns, total_ns;
    uint64_t tests; /* (row, plane) pairs */
};

/* BASE_ERROR_INPUT, BASE_ERROR_USAGE, BASE_ERROR_DEVICE_MEMORY, … with a message; on success the caller
 * frees. */
enum base_status srm_analyse(struct gpu *gpu, const struct srm_parameters *parameters,
                             struct srm_result *result);
void srm_result_free(struct gpu *gpu, struct srm_result *result);

#ifdef __cplusplus
}
#endif
#endif
