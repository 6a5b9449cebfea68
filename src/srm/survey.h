/* Counting the planes of a basis, for whichever rows and vectors: the analysis itself, its controls, its
 * labels. */
#ifndef ARCLIGHT_SRM_SURVEY_H
#define ARCLIGHT_SRM_SURVEY_H

#include "srm/counts_file.h"
#include "srm/curves.h"
#include "srm/run.h"
#include "srm/statistics.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Device memory that blocks of rows and sets of planes may take each. */
struct srm_room {
    uint64_t block_bytes, target_bytes;
};
struct srm_room srm_room_of(const struct gpu *gpu);

/* One survey: all that is borrowed stays the caller's. */
struct srm_survey {
    struct gpu *gpu;
    const struct srm_counter *counter;
    struct srm_stream *stream;
    const struct srm_plane *list; /* [n_planes] or NULL: all planes of the counter's vectors */
    uint64_t n_planes;
    const double *cosines; /* [n_planes], NaN: degenerate; NULL: orthonormal */
    bool permutations;     /* each plane also from its second vector: counted, unless the counter mirrors */
    enum srm_method method;
    uint64_t target_bytes;
    const char *progress;
    /* what is made of the counts; each may be NULL */
    struct srm_sums *sums;
    struct srm_plane_statistics *statistics; /* [n_epsilons · n_planes] */
    struct srm_plane_statistics *turned;     /* the same from the second vectors, with permutations */
    struct srm_counts_file *counts_file;
};
enum base_status srm_survey_run(const struct srm_survey *survey);

/* A counter for the planes of `vectors` vectors with these cosines; everything else as in `like`. With
 * `permutations` it mirrors where the identity holds. */
enum base_status srm_survey_counter(struct gpu *gpu, const struct srm_counter_parameters *like,
                                    uint32_t vectors, const double *cosines, uint64_t n_planes, uint64_t rows,
                                    bool permutations, struct srm_counter *counter);

#ifdef __cplusplus
}
#endif
#endif
