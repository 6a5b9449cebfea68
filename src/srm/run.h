/* One counting run: every block of a stream against every chosen plane, in sets of planes that fit the
 * device. */
#ifndef ARCLIGHT_SRM_RUN_H
#define ARCLIGHT_SRM_RUN_H

#include "srm/counter.h"
#include "srm/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The geometry of planes first … first + n of the run, [n][2] (struct srm_pair_constants), for bases that are
 * not orthonormal. */
typedef enum base_status srm_geometry_function(void *context, uint64_t first, uint32_t n, float *geometry);
/* A set of planes is counted and finished: the planes from position `first` on. */
typedef enum base_status srm_finished_function(void *context, const struct srm_target *target,
                                               uint64_t first);

struct srm_run {
    struct gpu *gpu;
    const struct srm_counter *counter;
    struct srm_stream *stream;
    const struct srm_plane
        *list;         /* [n_planes], in any order, also i > j; NULL: all planes of the counter's vectors */
    uint64_t n_planes; /* of a list */
    srm_geometry_function *geometry; /* NULL for an orthonormal basis */
    srm_finished_function *finished;
    void *context; /* for both */
    enum srm_method method;
    uint64_t most_bytes;  /* of device memory for targets; at least one is always held */
    const char *progress; /* what the progress line calls this run; NULL: no line */
};

/* The sets are taken in lexicographic order of planes (or the list's). With one block each set is counted and
 * finished before the next; with several, as many sets as fit are kept, so that the rows are read as few
 * times as possible. BASE_ERROR_DEVICE_MEMORY when the planes of four vectors do not fit one binding. */
enum base_status srm_run(const struct srm_run *run);

#ifdef __cplusplus
}
#endif
#endif
