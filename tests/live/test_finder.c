/* The point under the pointer is that of a search on the host, at odd numbers of points, with points that lie
 * nowhere and with ties. */
#include "live/finder.h"

#include "base/random.h"
#include "support/device.h"
#include "support/test.h"

#include <math.h>
#include <stdlib.h>

static uint32_t nearest(const float *points, uint32_t n, const struct view_frame *frame, double x, double y,
                        double *distance)
{
    double least = INFINITY;
    uint32_t found = UINT32_MAX;
    for (uint32_t i = 0; i < n; i++) {
        double across = (points[2 * i] - x) * frame->plot.width / (frame->x.high - frame->x.low);
        double up = (points[2 * i + 1] - y) * frame->plot.height / (frame->y.high - frame->y.low);
        double apart = hypot(across, up);
        if (isfinite(points[2 * i]) && isfinite(points[2 * i + 1]) && apart < least) {
            least = apart;
            found = i;
        }
    }
    *distance = least;
    return found;
}

static void nearest_of_many(void **state)
{
    static const uint32_t sizes[] = {1, 3, 255, 257, 1000};
    const struct view_frame frame = {.plot = {20, 30, 400, 100}, .x = {-4, 0}, .y = {0, 8}};
    struct gpu *gpu = test_gpu();
    struct live_finder *finder;
    struct live_probe *probe;
    (void)state;
    assert_ok(live_finder_create(gpu, &finder));
    assert_ok(live_probe_create(gpu, &probe));
    uint32_t question = 0;
    struct live_found found;
    live_probe_frame(probe);
    assert_false(live_finder_answer(finder, probe, &found));
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint32_t n = sizes[s];
        float *points = malloc(n * 2 * sizeof *points);
        assert_non_null(points);
        for (uint32_t i = 0; i < n; i++) {
            points[2 * i] = (float)(-4 * base_random_uniform(7, BASE_STREAM_TEST, 2 * i));
            points[2 * i + 1] =
                i % 5 == 3 ? NAN : (float)(8 * base_random_uniform(7, BASE_STREAM_TEST, 2 * i + 1));
        }
        if (n > 300) { /* the same twice: the first is meant */
            points[2 * 290] = points[2 * 11];
            points[2 * 290 + 1] = points[2 * 11 + 1];
        }
        struct gpu_buffer *buffer;
        assert_ok(gpu_buffer_create(gpu, "points", n * 8, GPU_DEVICE, &buffer));
        assert_ok(gpu_upload(gpu, buffer, 0, points, n * 8));
        const struct view_values values = {.buffer = buffer, .count = 2 * n, .number = VIEW_F32};
        for (int k = 0; k < 6; k++) {
            double x = k == 0 && n > 11 ? (double)points[22] : -0.8 * k, distance;
            double y = k == 0 && n > 11 ? (double)points[23] : 1.5 * k;
            uint32_t expected = nearest(points, n, &frame, x, y, &distance);
            live_finder_ask(finder, &frame, &values, x, y, ++question);
            for (int turn = 0; turn < 3; turn++) { /* copied in one frame, there in the next */
                (void)live_finder_answer(finder, probe, &found);
                assert_ok(gpu_wait(gpu));
                live_probe_frame(probe);
            }
            assert_true(live_finder_answer(finder, probe, &found));
            assert_int_equal(found.question, question);
            assert_int_equal(found.index, expected);
            assert_in_double(found.distance, distance, 1e-3);
        }
        gpu_buffer_destroy(gpu, &buffer);
        free(points);
    }
    assert_ok(live_finder_status(finder));
    assert_ok(live_probe_status(probe));
    live_finder_destroy(&finder);
    live_probe_destroy(&probe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nearest_of_many)};
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
