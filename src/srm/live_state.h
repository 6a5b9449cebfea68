/* What the files live*.c share: the state behind srm/live.h. Only for them. */
#ifndef ARCLIGHT_SRM_LIVE_STATE_H
#define ARCLIGHT_SRM_LIVE_STATE_H

#include "srm/counter.h"
#include "srm/live.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LIVE_EXTENTS = 8 /* shows that may be on their way to the device with extents of their own */ };

/* One show's extents: where the device writes them, and what the host knew then. */
struct live_report {
    uint64_t mark; /* 0: none */
    double epsilon;
    uint32_t rows;
};

struct srm_live {
    struct gpu *gpu;
    struct srm_live_parameters parameters; /* planes: NULL */
    struct srm_plane *planes;              /* [n_planes] */

    /* The ring: rows stand in its places [0, held), the next one goes to `next`. */
    struct srm_block ring; /* only its rows, norms and coordinates */
    uint32_t next, held;
    uint64_t version;
    bool busy; /* rows or basis are being changed, and gpu_set_between's function may be looking */

    struct gpu_buffer
        *directions;            /* f32 [vectors, stride of width]: a basis as it was given; NULL before one */
    struct gpu_buffer *vectors; /* the same of length 1, padded to four vectors */
    struct gpu_buffer *squares; /* vec2 [vectors] */

    struct srm_counter counter; /* the grid's epsilons */
    struct srm_target target;
    struct srm_counter typed; /* one epsilon off the grid */
    struct srm_target typed_target;
    bool typed_current; /* the ring is counted there */

    struct srm_live_shown shown;
    struct srm_target shown_target; /* its counts are shown.counts; no more than srm_sums_add needs */
    struct srm_sums sums;
    uint64_t shown_version; /* UINT64_MAX: nothing is shown */
    struct gpu_buffer *extents;
    struct gpu_buffer *no_strength; /* bound where none is wanted */
    struct live_report reports[LIVE_EXTENTS];
    uint32_t report; /* the last one */
    bool known;
    struct srm_live_extents latest;

    struct live_controls {
        uint32_t n, vectors, planes;   /* rotations; vectors and planes of each */
        struct gpu_buffer *directions; /* f32 [n · vectors padded to four, stride of width] */
        struct srm_block ring;         /* coordinates of the ring's rows in all of them */
        struct srm_target target, typed_target;
        struct gpu_buffer *counts; /* uint [n, A] */
    } controls;

    struct gpu_buffer *xy, *grid;
    uint32_t grid_cells;
    struct srm_live_cloud cloud; /* the last one */
};

/* Before rows or basis change: BASE_ERROR_INTERNAL, naming `call`, while that is under way already. */
enum base_status live_begin(struct srm_live *live, const char *call);
/* After it; gives `status` back. */
enum base_status live_end(struct srm_live *live, enum base_status status);

/* What live_show.c holds on the device, and makes. */
uint64_t live_show_bytes(const struct srm_live_parameters *parameters);
enum base_status live_show_create(struct srm_live *live);
void live_show_destroy(struct srm_live *live);

/* live_control.c: rotations of the same rows. Nothing to do without any. */
uint64_t live_control_bytes(const struct srm_live_parameters *parameters);
uint64_t live_control_largest_bytes(const struct srm_live_parameters *parameters); /* of one buffer */
enum base_status live_control_create(struct srm_live *live);
void live_control_destroy(struct srm_live *live);
/* Coordinates of rows [first, first + n) of the ring. */
enum base_status live_control_project(struct srm_live *live, uint32_t first, uint32_t n);
enum base_status live_control_change(struct srm_live *live, uint32_t first, uint32_t rows,
                                     enum srm_change change);
enum base_status live_control_recount(struct srm_live *live);
enum base_status live_control_recount_typed(struct srm_live *live);
/* live->controls.counts at epsilon e of the grid, or the typed one. */
enum base_status live_control_cumulate(struct srm_live *live, bool typed, uint32_t e);
/* cumulate.comp, with or without strengths. */
enum base_status live_cumulate(struct srm_live *live, const struct srm_target *from, uint32_t curves,
                               uint32_t together, uint32_t epsilon, struct gpu_buffer *counts,
                               struct gpu_buffer *strength);

/* Rows [first, first + rows) of the ring come to a target or leave it. */
enum base_status live_count(struct srm_live *live, const struct srm_counter *counter,
                            struct srm_target *target, uint32_t first, uint32_t rows, enum srm_change change);
/* A target forgets its counts and counts the ring; and the same of what is kept for the slider, in the basis
 * and, where the rows have changed too, in the controls. */
enum base_status live_recount(struct srm_live *live, const struct srm_counter *counter,
                              struct srm_target *target);
enum base_status live_recount_all(struct srm_live *live, bool rows_changed);

/* f32 rows [n, width] from any element of a buffer into rows of srm's stride, from row `row_first` on; those
 * with NaN or Inf as zeros. */
enum base_status live_take(struct gpu *gpu, struct gpu_buffer *source, uint64_t first, uint32_t stride,
                           uint32_t n, uint32_t width, struct gpu_buffer *rows, uint32_t row_first);
/* prepare.comp on rows [first, first + n). */
enum base_status live_prepare(struct gpu *gpu, struct gpu_buffer *rows, struct gpu_buffer *norms,
                              uint32_t first, uint32_t n, uint32_t width);
/* Coordinates of rows [first, first + n) of the ring in its basis; nothing to do for the standard one. */
enum base_status live_project(struct srm_live *live, uint32_t first, uint32_t n);

#ifdef __cplusplus
}
#endif
#endif
