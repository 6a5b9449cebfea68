#include "base/memory.h"
#include "linalg/matmul.h"
#include "srm/kernels.h"
#include "srm/live_state.h"
#include "srm/params.h"

#include <math.h>
#include <string.h>

enum { WORKGROUP = 64 };

enum base_status live_begin(struct srm_live *live, const char *call)
{
    if (live->busy)
        return base_fail(BASE_ERROR_INTERNAL, "%s: called from within another change of the same rows", call);
    live->busy = true;
    return BASE_OK;
}

enum base_status live_end(struct srm_live *live, enum base_status status)
{
    live->busy = false;
    return status;
}

bool srm_live_busy(const struct srm_live *live)
{
    return live->busy;
}

/* ---- counting ---- */

enum base_status live_count(struct srm_live *live, const struct srm_counter *counter,
                            struct srm_target *target, uint32_t first, uint32_t rows, enum srm_change change)
{
    return srm_target_change(live->gpu, counter, &live->ring, first, rows, change, target);
}

enum base_status live_recount(struct srm_live *live, const struct srm_counter *counter,
                              struct srm_target *target)
{
    BASE_TRY(gpu_fill(live->gpu, target->counts, 0, gpu_buffer_bytes(target->counts), 0));
    BASE_TRY(gpu_fill(live->gpu, target->stats, 0, gpu_buffer_bytes(target->stats), 0));
    return live_count(live, counter, target, 0, live->held, SRM_ROWS_COME);
}

enum base_status live_recount_all(struct srm_live *live, bool rows_changed)
{
    live->version++;
    live->typed_current = false;
    BASE_TRY(live_recount(live, &live->counter, &live->target));
    return rows_changed ? live_control_recount(live) : BASE_OK;
}

/* Places [place, place + n) of the ring, going on at its beginning, as at most two runs. */
struct places {
    uint32_t first[2], rows[2];
};

static struct places places_of(const struct srm_live *live, uint32_t place, uint32_t n)
{
    uint32_t until_end = live->parameters.ring_rows - place;
    uint32_t rows = n < until_end ? n : until_end;
    return (struct places){{place, 0}, {rows, n - rows}};
}

static enum base_status change(struct srm_live *live, struct places places, enum srm_change change)
{
    for (int part = 0; part < 2; part++) {
        BASE_TRY(
            live_count(live, &live->counter, &live->target, places.first[part], places.rows[part], change));
        if (live->typed_current)
            BASE_TRY(live_count(live, &live->typed, &live->typed_target, places.first[part],
                                places.rows[part], change));
        BASE_TRY(live_control_change(live, places.first[part], places.rows[part], change));
    }
    return BASE_OK;
}

/* ---- rows ---- */

enum base_status live_prepare(struct gpu *gpu, struct gpu_buffer *rows, struct gpu_buffer *norms,
                              uint32_t first, uint32_t n, uint32_t width)
{
    const struct srm_prepare_params params = {first, first + n, width, srm_stride(width)};
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &srm_prepare_kernel,
                                 .constants = {WORKGROUP},
                                 .n_constants = 1,
                                 .params = &params,
                                 .ranges = (struct gpu_range[]){gpu_whole(rows), gpu_whole(norms)},
                                 .n_groups = base_divide_up(n, WORKGROUP),
                             });
}

/* Coordinates of rows [first, first + n) in a basis that is not the standard one. */
enum base_status live_project(struct srm_live *live, uint32_t first, uint32_t n)
{
    struct srm_block *ring = &live->ring;
    uint32_t width = ring->width, stride = srm_stride(width);
    if (ring->standard || n == 0)
        return BASE_OK;
    return linalg_matmul(live->gpu, &(struct linalg_matmul_call){
                                        .a = {ring->prepared, (uint64_t)first * stride, n, width, stride},
                                        .b = {live->vectors, 0, ring->stride, width, stride},
                                        .b_is_rows = true,
                                        .c = {ring->coordinates, (uint64_t)first * ring->stride, n,
                                              ring->stride, ring->stride},
                                    });
}

/* f32 rows [n, width] at any element of a buffer into rows of srm's stride, from row `row_first` on. */
enum base_status live_take(struct gpu *gpu, struct gpu_buffer *source, uint64_t first, uint32_t stride,
                           uint32_t n, uint32_t width, struct gpu_buffer *rows, uint32_t row_first)
{
    struct linalg_matrix matrix = {source, first, n, width, stride};
    if (n == 0)
        return BASE_OK;
    BASE_TRY(linalg_matrix_check(&matrix, "srm_live", "rows"));
    uint64_t most = base_maximum(1, linalg_largest_span(gpu) / base_maximum(stride, 1));
    for (uint32_t done = 0; done < n;) {
        uint32_t piece = (uint32_t)base_minimum(n - done, most);
        struct linalg_window window = linalg_window_of(gpu, &matrix, done, piece, 0, width);
        const struct srm_take_params params = {
            piece, width, window.base, stride, row_first + done, srm_stride(width)};
        BASE_TRY(gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                       .kernel = &srm_take_kernel,
                                       .constants = {WORKGROUP},
                                       .n_constants = 1,
                                       .params = &params,
                                       .ranges = (struct gpu_range[]){window.range, gpu_whole(rows)},
                                       .n_groups = base_divide_up(piece, WORKGROUP),
                                   }));
        done += piece;
    }
    return BASE_OK;
}

/* Where rows come from: padded ones on the host, or the device. */
struct rows_from {
    const float *host;
    struct gpu_buffer *buffer;
    uint64_t first;
    uint32_t stride;
};

static enum base_status write_rows(struct srm_live *live, const struct rows_from *from, struct places places)
{
    struct srm_block *ring = &live->ring;
    uint32_t stride = srm_stride(ring->width), done = 0;
    for (int part = 0; part < 2; part++) {
        uint32_t first = places.first[part], n = places.rows[part];
        if (n == 0)
            continue;
        if (from->host)
            BASE_TRY(gpu_upload(live->gpu, ring->prepared, 4u * (uint64_t)first * stride,
                                from->host + (size_t)done * stride, 4u * (uint64_t)n * stride));
        else
            BASE_TRY(live_take(live->gpu, from->buffer, from->first + (uint64_t)done * from->stride,
                               from->stride, n, ring->width, ring->prepared, first));
        BASE_TRY(live_prepare(live->gpu, ring->prepared, ring->norms, first, n, ring->width));
        BASE_TRY(live_project(live, first, n));
        BASE_TRY(live_control_project(live, first, n));
        done += n;
    }
    return BASE_OK;
}

/* n <= ring_rows. Where more rows change than stay, the ring is counted anew. */
static enum base_status push(struct srm_live *live, const struct rows_from *from, uint32_t n)
{
    uint32_t capacity = live->parameters.ring_rows;
    if (n == 0)
        return BASE_OK;
    uint32_t leaving = live->held + n > capacity ? live->held + n - capacity : 0;
    uint32_t left = live->held - leaving, oldest = (live->next + capacity - live->held) % capacity;
    struct places come = places_of(live, live->next, n);
    bool anew = leaving > left;
    live->version++;
    if (!anew && leaving > 0)
        BASE_TRY(change(live, places_of(live, oldest, leaving), SRM_ROWS_LEAVE));
    BASE_TRY(write_rows(live, from, come));
    live->next = (live->next + n) % capacity;
    live->held = left + n;
    return anew ? live_recount_all(live, true) : change(live, come, SRM_ROWS_COME);
}

enum base_status srm_live_push(struct srm_live *live, const float *rows, uint32_t n)
{
    uint32_t width = live->parameters.width, stride = srm_stride(width), most = live->parameters.ring_rows;
    float *padded;
    uint32_t kept = n, finite = 0;
    /* The last ring_rows finite ones. */
    while (kept > 0 && finite < most) {
        const float *row = rows + (size_t)(kept - 1) * width;
        bool good = true;
        for (uint32_t i = 0; i < width; i++)
            good = good && isfinite(row[i]);
        finite += good;
        kept--;
    }
    BASE_TRY(base_allocate(&padded, (size_t)finite * stride, sizeof *padded, "rows"));
    uint32_t at = 0;
    for (uint32_t r = kept; r < n; r++) {
        const float *row = rows + (size_t)r * width;
        bool good = true;
        for (uint32_t i = 0; i < width; i++)
            good = good && isfinite(row[i]);
        if (good)
            memcpy(padded + (size_t)at++ * stride, row, 4 * (size_t)width);
    }
    enum base_status status = live_begin(live, "srm_live_push");
    if (status == BASE_OK)
        status = live_end(live, push(live, &(struct rows_from){.host = padded}, finite));
    base_free(padded);
    return status;
}

enum base_status srm_live_push_device(struct srm_live *live, struct gpu_buffer *rows, uint64_t first,
                                      uint32_t stride, uint32_t n)
{
    uint32_t most = live->parameters.ring_rows, skipped = n > most ? n - most : 0;
    const struct rows_from from = {
        .buffer = rows, .first = first + (uint64_t)skipped * stride, .stride = stride};
    BASE_TRY(live_begin(live, "srm_live_push_device"));
    return live_end(live, push(live, &from, n - skipped));
}

enum base_status srm_live_clear(struct srm_live *live)
{
    BASE_TRY(live_begin(live, "srm_live_clear"));
    live->next = live->held = 0;
    return live_end(live, live_recount_all(live, true));
}

uint32_t srm_live_rows(const struct srm_live *live)
{
    return live->held;
}

uint64_t srm_live_version(const struct srm_live *live)
{
    return live->version;
}
