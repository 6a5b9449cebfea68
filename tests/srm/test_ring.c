/* The density of projected points over its mean at the same radius. */
#include "support/test.h"

#include "base/memory.h"
#include "base/random.h"
#include "srm/ring.h"
#include "srm/ring_reference.h"
#include "support/device.h"

#define PI 3.14159265358979323846

static double *allocate(size_t count)
{
    double *memory;
    assert_ok(base_allocate(&memory, count, sizeof *memory, "test"));
    return memory;
}

/* Two spots of equal size on one side, and a ring of noise. */
static uint64_t fill(uint32_t *counts, int cells)
{
    uint64_t points = 0;
    for (int i = 0; i < 60 * cells; i++) {
        double angle = i % 3 ? 0.8 : 2 * PI * base_random_uniform(1, BASE_STREAM_TEST, 2 * (uint64_t)i);
        double radius = cells / 3.0 + 0.7 * base_random_normal(2, BASE_STREAM_TEST, (uint64_t)i);
        int x = (int)(0.5 * cells + radius * cos(angle)), y = (int)(0.5 * cells + radius * sin(angle));
        if (x >= 0 && y >= 0 && x < cells && y < cells) {
            counts[y * cells + x]++;
            points++;
        }
    }
    return points;
}

static void compare(struct gpu *gpu, int cells, bool empty)
{
    size_t n = (size_t)cells * (size_t)cells;
    uint32_t *counts;
    float *found;
    double *expected = allocate(n);
    assert_ok(base_allocate(&counts, n, sizeof *counts, "test"));
    assert_ok(base_allocate(&found, n, sizeof *found, "test"));
    uint64_t points = empty ? 0 : fill(counts, cells);
    struct gpu_buffer *grid, *ratio;
    assert_ok(gpu_buffer_create(gpu, "grid", n * sizeof *counts, GPU_DEVICE, &grid));
    assert_ok(gpu_upload(gpu, grid, 0, counts, n * sizeof *counts));
    assert_ok(srm_ring_ratio(gpu, grid, (uint32_t)cells, points, &ratio));
    assert_ok(gpu_download(gpu, ratio, 0, found, n * sizeof *found));
    assert_ok(srm_ring_reference(counts, (uint32_t)cells, points, expected));
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        /* device's exp, cos, sin: 2^-11 absolute at worst, and log2 turns relative into absolute differences
         */
        assert_in_double(found[i], expected[i], 5e-3);
        most = fmax(most, found[i]);
    }
    if (empty)
        assert_in_double(most, 0, 0);
    else if (cells > 40)
        assert_true(most > 1);
    gpu_buffer_destroy(gpu, &grid);
    gpu_buffer_destroy(gpu, &ratio);
    base_free(counts);
    base_free(found);
    base_free(expected);
}

static void agrees_with_double(void **state)
{
    (void)state;
    static const int sizes[] = {2, 3, 8, 31, 64, 101};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        compare(test_gpu(), sizes[i], false);
}

static void nothing_is_even(void **state)
{
    (void)state;
    compare(test_gpu(), 17, true);
}

static void the_blur_follows_the_points(void **state)
{
    (void)state;
    assert_in_double(srm_ring_sigma(256, 0), 256 / 24.0, 0);
    assert_in_double(srm_ring_sigma(256, UINT64_C(1) << 40), 1, 0);
    double sigma = srm_ring_sigma(256, 51472 / 4); /* a quarter of a point a cell */
    assert_in_double(4 * PI * sigma * sigma / 4, 20, 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_double),
        cmocka_unit_test(nothing_is_even),
        cmocka_unit_test(the_blur_follows_the_points),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
