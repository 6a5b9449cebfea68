#include "base/memory.h"
#include "srm/dense.h"
#include "srm/kernels.h"
#include "srm/live_state.h"
#include "srm/pair.h"
#include "srm/params.h"

#include <math.h>

enum { WORKGROUP = 64 };

/* Room for vectors and coordinates; the coordinates of the standard basis are the rows themselves. */
static enum base_status leave_standard(struct srm_live *live)
{
    struct srm_block *ring = &live->ring;
    uint64_t vectors = srm_stride(ring->vectors), bytes = 4 * vectors * srm_stride(ring->width);
    struct gpu_buffer *coordinates = NULL;
    if (!live->vectors) {
        BASE_TRY(gpu_buffer_create(live->gpu, "basis as given", bytes, GPU_DEVICE, &live->directions));
        BASE_TRY(
            gpu_buffer_create(live->gpu, "squares of the basis", 8 * vectors, GPU_DEVICE, &live->squares));
        BASE_TRY(gpu_buffer_create(live->gpu, "basis", bytes, GPU_DEVICE, &live->vectors));
        BASE_TRY(gpu_fill(live->gpu, live->vectors, 0, bytes, 0));
    }
    if (!ring->standard)
        return BASE_OK;
    BASE_TRY(gpu_buffer_create(live->gpu, "coordinates of recent rows", 4 * vectors * ring->capacity,
                               GPU_DEVICE, &coordinates));
    ring->coordinates = coordinates;
    ring->stride = (uint32_t)vectors;
    ring->standard = false;
    return BASE_OK;
}

static void return_to_standard(struct srm_live *live)
{
    struct srm_block *ring = &live->ring;
    if (!ring->standard)
        gpu_buffer_destroy(live->gpu, &ring->coordinates);
    ring->coordinates = ring->prepared;
    ring->stride = srm_stride(ring->width);
    ring->standard = true;
}

static enum base_status upload_basis(struct srm_live *live, const double *vectors)
{
    uint32_t width = live->ring.width, stride = srm_stride(width), n = live->ring.vectors;
    float *rows;
    BASE_TRY(base_allocate(&rows, (size_t)n * stride, sizeof *rows, "basis in f32"));
    for (size_t v = 0; v < n; v++)
        for (size_t i = 0; i < width; i++)
            rows[v * stride + i] = vectors ? (float)vectors[v * width + i] : (float)(v == i);
    enum base_status status = gpu_upload(live->gpu, live->vectors, 0, rows, 4 * (uint64_t)n * stride);
    base_free(rows);
    return status;
}

static double cosine_of(const double *vectors, struct srm_plane plane, uint32_t width)
{
    const double *x = vectors + (size_t)plane.i * width, *y = vectors + (size_t)plane.j * width;
    return fmin(1, fmax(-1, srm_dense_dot(x, y, width)));
}

static enum base_status upload_geometry(struct srm_live *live, const double *vectors)
{
    uint32_t n = live->parameters.n_planes, width = live->parameters.width;
    const struct srm_plane *planes = live->planes;
    struct srm_pair_constants *geometry;
    if (!live->target.geometry)
        return BASE_OK;
    BASE_TRY(base_allocate(&geometry, n, sizeof *geometry, "geometry of planes"));
    for (uint32_t p = 0; p < n; p++) {
        if (vectors)
            geometry[p] = srm_pair_constants(
                (struct srm_pair){planes[p].i, planes[p].j, cosine_of(vectors, planes[p], width)});
        else
            geometry[p].inverse_sine = planes[p].j < width ? 1.0f : 0.0f;
    }
    enum base_status status = gpu_upload(live->gpu, live->target.geometry, 0, geometry, n * sizeof *geometry);
    base_free(geometry);
    return status;
}

/* Room was planned for none other. */
static enum base_status allow(const struct srm_live *live)
{
    return live->parameters.standard
               ? base_fail(BASE_ERROR_INTERNAL, "srm_live: a basis where only the standard one was announced")
               : BASE_OK;
}

static enum base_status set_basis(struct srm_live *live, const double *vectors)
{
    if (vectors)
        BASE_TRY(allow(live));
    if (vectors || live->parameters.vectors > live->parameters.width) {
        BASE_TRY(leave_standard(live));
        BASE_TRY(upload_basis(live, vectors));
    } else {
        return_to_standard(live);
    }
    BASE_TRY(upload_geometry(live, vectors));
    BASE_TRY(live_project(live, 0, live->held));
    return live_recount_all(live, false);
}

enum base_status srm_live_set_basis(struct srm_live *live, const double *vectors)
{
    BASE_TRY(live_begin(live, "srm_live_set_basis"));
    return live_end(live, set_basis(live, vectors));
}

static enum base_status make_unit(struct srm_live *live)
{
    const struct srm_unit_params params = {live->ring.vectors, live->ring.width,
                                           srm_stride(live->ring.width)};
    return gpu_dispatch(
        live->gpu, &(struct gpu_dispatch_parameters){
                       .kernel = &srm_unit_kernel,
                       .constants = {WORKGROUP},
                       .n_constants = 1,
                       .params = &params,
                       .ranges = (struct gpu_range[]){gpu_whole(live->directions), gpu_whole(live->vectors),
                                                      gpu_whole(live->squares)},
                       .n_groups = params.vectors,
                   });
}

static enum base_status make_geometry(struct srm_live *live)
{
    const struct srm_geometry_params params = {live->parameters.n_planes, live->ring.width,
                                               srm_stride(live->ring.width)};
    if (!live->target.geometry)
        return BASE_OK;
    return gpu_dispatch(
        live->gpu,
        &(struct gpu_dispatch_parameters){
            .kernel = &srm_geometry_kernel,
            .constants = {WORKGROUP},
            .n_constants = 1,
            .params = &params,
            .ranges = (struct gpu_range[]){gpu_whole(live->target.list), gpu_whole(live->directions),
                                           gpu_whole(live->squares), gpu_whole(live->target.geometry)},
            .n_groups = params.planes,
        });
}

static enum base_status set_basis_device(struct srm_live *live, struct gpu_buffer *vectors, uint64_t first,
                                         uint32_t stride)
{
    uint32_t n = live->ring.vectors, width = live->ring.width;
    BASE_TRY(allow(live));
    BASE_TRY(leave_standard(live));
    BASE_TRY(live_take(live->gpu, vectors, first, stride, n, width, live->directions, 0));
    /* By powers of two to a length near 1, so that no square leaves f32. */
    BASE_TRY(live_prepare(live->gpu, live->directions, live->squares, 0, n, width));
    BASE_TRY(make_unit(live));
    BASE_TRY(make_geometry(live));
    BASE_TRY(live_project(live, 0, live->held));
    return live_recount_all(live, false);
}

enum base_status srm_live_set_basis_device(struct srm_live *live, struct gpu_buffer *vectors, uint64_t first,
                                           uint32_t stride)
{
    BASE_TRY(live_begin(live, "srm_live_set_basis_device"));
    return live_end(live, set_basis_device(live, vectors, first, stride));
}
