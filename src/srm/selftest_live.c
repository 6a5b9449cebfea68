/* Self-test of live resonance: the kernels that count at many epsilons, show one of them, and turn directions
 * into a basis. */
#include "base/memory.h"
#include "srm/live.h"
#include "srm/selftest_bench.h"

#include <math.h>

/* What is shown now, against epsilon `e` of the bench. */
static enum base_status compare_shown(const struct srm_selftest_bench *bench, struct srm_live *live,
                                      uint32_t e)
{
    enum { CELLS = SELFTEST_PLANES * SELFTEST_ANGLES };
    const struct srm_live_shown *shown = srm_live_shown(live);
    const uint32_t *wanted = bench->counts + (size_t)e * CELLS;
    uint32_t *counts = NULL;
    float mean[SELFTEST_ANGLES];
    enum base_status status;
    BASE_CHECK(base_allocate(&counts, CELLS, sizeof *counts, "self-test"));
    BASE_CHECK(srm_live_show(live, bench->input.epsilons[e]));
    BASE_CHECK(gpu_download(bench->gpu, shown->counts, 0, counts, CELLS * sizeof *counts));
    BASE_CHECK(gpu_download(bench->gpu, shown->curves, 0, mean, sizeof mean));
    for (uint32_t cell = 0; cell < CELLS && status == BASE_OK; cell++)
        if (counts[cell] != wanted[cell])
            status = base_fail(BASE_ERROR_NUMERIC,
                               "live resonance: epsilon %g, plane %u, angle %u holds %u rows, expected %u",
                               bench->input.epsilons[e], cell / SELFTEST_ANGLES, cell % SELFTEST_ANGLES,
                               counts[cell], wanted[cell]);
    for (uint32_t k = 0; k < SELFTEST_ANGLES && status == BASE_OK; k++) {
        double sum = 0;
        for (uint32_t p = 0; p < SELFTEST_PLANES; p++)
            sum += wanted[p * SELFTEST_ANGLES + k];
        sum /= (double)SELFTEST_PLANES * SELFTEST_ROWS;
        if (!(fabs((double)mean[k] - sum) <= 1e-6))
            status =
                base_fail(BASE_ERROR_NUMERIC, "live resonance: the mean at angle %u is %.9g, expected %.9g",
                          k, (double)mean[k], sum);
    }
error:
    base_free(counts);
    return status;
}

/* The axes again, as directions of odd lengths. */
static enum base_status set_axes(struct gpu *gpu, struct srm_live *live)
{
    float axes[SELFTEST_VECTORS * SELFTEST_VECTORS] = {0};
    struct gpu_buffer *buffer;
    for (uint32_t v = 0; v < SELFTEST_VECTORS; v++)
        axes[v * SELFTEST_VECTORS + v] = 0.7f * (float)(v + 1);
    BASE_TRY(gpu_buffer_create(gpu, "self-test", sizeof axes, GPU_DEVICE, &buffer));
    enum base_status status = gpu_upload(gpu, buffer, 0, axes, sizeof axes);
    if (status == BASE_OK)
        status = srm_live_set_basis_device(live, buffer, 0, SELFTEST_VECTORS);
    gpu_buffer_destroy(gpu, &buffer);
    return status;
}

/* Some rows come twice and leave once: what leaves must be what came. */
static enum base_status push_rows(const struct srm_selftest_bench *bench, struct srm_live *live)
{
    enum { TWICE = 40 };
    BASE_TRY(srm_live_push(live, bench->rows, TWICE));
    BASE_TRY(srm_live_push(live, bench->rows, TWICE));
    return srm_live_push(live, bench->rows + (size_t)TWICE * SELFTEST_VECTORS, SELFTEST_ROWS - TWICE);
}

enum base_status srm_selftest_live(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum base_status status;
    struct srm_selftest_bench bench;
    struct srm_plane planes[SELFTEST_PLANES];
    struct srm_live *live = NULL;
    for (uint32_t p = 0; p < SELFTEST_PLANES; p++)
        planes[p] = srm_planes_of_index(SELFTEST_VECTORS, p);
    const struct srm_live_parameters parameters = {
        .width = SELFTEST_VECTORS,
        .vectors = SELFTEST_VECTORS,
        .planes = planes,
        .n_planes = SELFTEST_PLANES,
        .angles = SELFTEST_ANGLES,
        .ring_rows = SELFTEST_ROWS,
    };
    BASE_TRY(srm_selftest_bench_create(gpu, &bench));
    BASE_CHECK(srm_live_create(gpu, &parameters, &live));
    BASE_CHECK(push_rows(&bench, live));
    for (uint32_t e = 0; e < SELFTEST_EPSILONS; e++)
        BASE_CHECK(compare_shown(&bench, live, e));
    BASE_CHECK(set_axes(gpu, live));
    for (uint32_t e = 0; e < SELFTEST_EPSILONS; e++)
        BASE_CHECK(compare_shown(&bench, live, e));
error:
    srm_live_destroy(&live);
    srm_selftest_bench_destroy(&bench);
    return status;
}
