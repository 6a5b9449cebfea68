/* Histograms and quantiles found on the device against the host's. */
#include "support/test.h"

#include "support/device.h"

#include "view/histogram.h"

#include <stdlib.h>

enum { NUMBERS = 70001, HEAD = 3 };

/* `shown`: the values that count, so none of a square's diagonal. */
static void assert_histogram(const struct view_values *values, const double *shown,
                             const struct view_axis *axis, uint32_t most)
{
    struct gpu_buffer *counts;
    uint32_t found[HEAD + VIEW_BINS + 1], wanted[VIEW_BINS] = {0};
    assert_ok(gpu_buffer_create(test_gpu(), "counts", sizeof found, GPU_DEVICE, &counts));
    assert_ok(gpu_fill(test_gpu(), counts, 0, sizeof found, 77));
    assert_ok(view_histogram(test_gpu(), values, axis, most, counts, 4 * HEAD));
    assert_ok(gpu_download(test_gpu(), counts, 0, found, sizeof found));
    gpu_buffer_destroy(test_gpu(), &counts);
    const uint32_t all = values->count - values->square;
    for (uint32_t k = 0; k < all; k += (all + most - 1) / most) {
        double position = isfinite(shown[k]) ? view_axis_position(axis, shown[k]) : -1;
        if (position >= 0 && position <= 1)
            wanted[(uint32_t)fmin(position * VIEW_BINS, VIEW_BINS - 1)]++;
    }
    for (uint32_t bin = 0; bin < VIEW_BINS; bin++)
        assert_int_equal(found[HEAD + bin], wanted[bin]);
    for (uint32_t i = 0; i < HEAD; i++)
        assert_int_equal(found[i], 77);
    assert_int_equal(found[HEAD + VIEW_BINS], 77);
}

/* Values stand in the middle of bins, so that the rounding of floats moves none into another. */
static void counts(void **state)
{
    (void)state;
    static float numbers[NUMBERS];
    static double shown[NUMBERS];
    const struct view_axis axes[] = {{0, 1, .scale = VIEW_LINEAR},
                                     {5, -3, .scale = VIEW_LINEAR},
                                     {1e-3, 1e2, .scale = VIEW_LOG10},
                                     {1, 900, .scale = VIEW_SQRT},
                                     {0.25, 1024, .scale = VIEW_LOG2}};
    for (size_t a = 0; a < sizeof axes / sizeof *axes; a++) {
        uint32_t seed = 5;
        for (uint32_t k = 0; k < NUMBERS; k++) {
            seed = seed * 1664525u + 1013904223u;
            int bin = (int)(seed >> 16) % (VIEW_BINS + 20) - 10; /* some lie beyond */
            shown[k] = view_axis_value(&axes[a], (bin + 0.5) / VIEW_BINS);
            if (axes[a].scale == VIEW_SQRT && bin < 0)
                shown[k] = 0;
            if (k % 97 == 0)
                shown[k] = k % 2 ? NAN : INFINITY;
            numbers[k] = (float)((shown[k] - 0.5) / 0.25);
        }
        struct gpu_buffer *buffer;
        assert_ok(gpu_buffer_create(test_gpu(), "numbers", sizeof numbers, GPU_DEVICE, &buffer));
        assert_ok(gpu_upload(test_gpu(), buffer, 0, numbers, sizeof numbers));
        struct view_values values = {
            .buffer = buffer, .count = NUMBERS, .number = VIEW_F32, .scale = 0.25f, .bias = 0.5f};
        assert_histogram(&values, shown, &axes[a], NUMBERS);
        assert_histogram(&values, shown, &axes[a], 10000);
        values.offset = 4 * 130;
        values.count = 61;
        assert_histogram(&values, shown + 130, &axes[a], NUMBERS);
        gpu_buffer_destroy(test_gpu(), &buffer);
    }
}

static void words_with_a_stride(void **state)
{
    (void)state;
    static uint32_t words[3 * 2048];
    static double shown[2048];
    for (uint32_t k = 0; k < 2048; k++) {
        words[3 * k + 1] = k * k % 640;
        shown[k] = words[3 * k + 1];
    }
    struct gpu_buffer *buffer;
    assert_ok(gpu_buffer_create(test_gpu(), "words", sizeof words, GPU_DEVICE, &buffer));
    assert_ok(gpu_upload(test_gpu(), buffer, 0, words, sizeof words));
    const struct view_values values = {.buffer = buffer, .offset = 4, .count = 2048, .stride = 3};
    const struct view_axis axis = {-0.5, 639.5, .scale = VIEW_LINEAR};
    assert_histogram(&values, shown, &axis, 4096);
    gpu_buffer_destroy(test_gpu(), &buffer);
}

/* ---- quantiles ---- */

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void assert_quantiles(const struct view_values *values, const float *shown, uint32_t per_mille,
                             uint32_t most)
{
    static float sorted[NUMBERS];
    float found[HEAD + 3], wanted[2] = {1, 0};
    struct gpu_buffer *buffer;
    const uint32_t all = values->count - values->square;
    uint32_t n = 0;
    for (uint32_t k = 0; k < all; k += (all + most - 1) / most)
        if (isfinite(shown[k]))
            sorted[n++] = shown[k];
    qsort(sorted, n, sizeof *sorted, ascending);
    if (n > 0) {
        const uint32_t below = (uint32_t)((uint64_t)(n - 1) * per_mille / 1000);
        wanted[0] = sorted[below];
        wanted[1] = sorted[n - 1 - below];
    }
    assert_ok(gpu_buffer_create(test_gpu(), "found", sizeof found, GPU_DEVICE, &buffer));
    assert_ok(gpu_fill(test_gpu(), buffer, 0, sizeof found, 0x40e00000));
    assert_ok(view_quantiles(test_gpu(), values, per_mille, most, buffer, 4 * HEAD));
    assert_ok(gpu_download(test_gpu(), buffer, 0, found, sizeof found));
    gpu_buffer_destroy(test_gpu(), &buffer);
    assert_true(found[HEAD] == wanted[0] && found[HEAD + 1] == wanted[1]);
    for (uint32_t i = 0; i < HEAD; i++)
        assert_true(found[i] == 7);
    assert_true(found[HEAD + 2] == 7);
}

/* The numbers themselves, to the bit: of both signs, over many decades, with ties and with some that are not
 * finite. */
static void quantiles(void **state)
{
    (void)state;
    static float numbers[NUMBERS];
    static const uint32_t counts[] = {1, 2, 3, 127, 128, 129, 255, 257, 1000, 32768, 32769, NUMBERS};
    static const uint32_t shares[] = {0, 10, 50, 250, 500};
    struct gpu_buffer *buffer;
    uint32_t seed = 11;
    for (uint32_t k = 0; k < NUMBERS; k++) {
        seed = seed * 1664525u + 1013904223u;
        const float size = exp2f((float)(seed >> 20 & 63) - 32);
        numbers[k] = (seed >> 31 ? -1.0f : 1.0f) * size * (float)(seed >> 8 & 255);
        if (k % 89 == 5)
            numbers[k] = k % 2 ? NAN : -INFINITY;
    }
    assert_ok(gpu_buffer_create(test_gpu(), "numbers", sizeof numbers, GPU_DEVICE, &buffer));
    assert_ok(gpu_upload(test_gpu(), buffer, 0, numbers, sizeof numbers));
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
            const struct view_values values = {.buffer = buffer, .count = counts[c], .number = VIEW_F32};
            assert_quantiles(&values, numbers, shares[s], NUMBERS);
            assert_quantiles(&values, numbers, shares[s], 1 << 15);
        }
    const struct view_values part = {.buffer = buffer, .offset = 4 * 131, .count = 61, .number = VIEW_F32};
    assert_quantiles(&part, numbers + 131, 100, 61);
    const struct view_values none = {.buffer = buffer, .offset = 4 * 5, .count = 1, .number = VIEW_F32};
    assert_quantiles(&none, numbers + 5, 10, 1);
    gpu_buffer_destroy(test_gpu(), &buffer);
}

static void quantiles_of_scaled_words(void **state)
{
    (void)state;
    static uint32_t words[3 * 513];
    static float shown[513];
    struct gpu_buffer *buffer;
    for (uint32_t k = 0; k < 513; k++) {
        words[3 * k + 1] = k * k % 641;
        shown[k] = -0.5f * (float)words[3 * k + 1] + 64;
    }
    assert_ok(gpu_buffer_create(test_gpu(), "words", sizeof words, GPU_DEVICE, &buffer));
    assert_ok(gpu_upload(test_gpu(), buffer, 0, words, sizeof words));
    const struct view_values values = {
        .buffer = buffer, .offset = 4, .count = 513, .stride = 3, .scale = -0.5f, .bias = 64};
    assert_quantiles(&values, shown, 10, 1024);
    assert_quantiles(&values, shown, 50, 300);
    gpu_buffer_destroy(test_gpu(), &buffer);
}

/* ---- squares ---- */

/* The diagonal is far from all the others, and no more than them by its number: neither counted nor ranked.
 */
static void squares_without_diagonal(void **state)
{
    (void)state;
    static const uint32_t sides[] = {1, 2, 3, 64, 127, 129, 150};
    static float numbers[2 * 150 * 150], shown[150 * 150];
    static double counted[150 * 150];
    const struct view_axis axis = {0, 1, .scale = VIEW_LINEAR};
    struct gpu_buffer *buffer;
    assert_ok(gpu_buffer_create(test_gpu(), "numbers", sizeof numbers, GPU_DEVICE, &buffer));
    for (size_t s = 0; s < sizeof sides / sizeof *sides; s++) {
        const uint32_t side = sides[s];
        uint32_t n = 0;
        for (uint32_t k = 0; k < side * side; k++) {
            const bool itself = k / side == k % side;
            const uint32_t bin = k * 2654435761u >> 26;
            numbers[2 * k] = itself ? 0.9999f : ((float)(bin / 2) + 0.5f) / VIEW_BINS;
            numbers[2 * k + 1] = 0.75f;
            if (!itself) {
                shown[n] = numbers[2 * k];
                counted[n++] = (double)numbers[2 * k];
            }
        }
        assert_ok(gpu_upload(test_gpu(), buffer, 0, numbers, sizeof numbers));
        const struct view_values values = {
            .buffer = buffer, .count = side * side, .stride = 2, .square = side, .number = VIEW_F32};
        for (int share = 1; share <= 4; share += 3) { /* of them all, and of some */
            const uint32_t most = (side * side + 3) / (uint32_t)share;
            assert_histogram(&values, counted, &axis, most);
            assert_quantiles(&values, shown, 0, most);
            assert_quantiles(&values, shown, 50, most);
        }
    }
    gpu_buffer_destroy(test_gpu(), &buffer);
}

static void misuse(void **state)
{
    (void)state;
    struct gpu_buffer *buffer;
    assert_ok(gpu_buffer_create(test_gpu(), "words", 1024, GPU_DEVICE, &buffer));
    struct view_values values = {.buffer = buffer, .number = VIEW_U64, .count = 3};
    const struct view_axis axis = {0, 1, .scale = VIEW_LINEAR};
    assert_fails(view_histogram(test_gpu(), &values, &axis, 10, buffer, 0), BASE_ERROR_INTERNAL, "histogram");
    assert_fails(view_quantiles(test_gpu(), &values, 10, 10, buffer, 0), BASE_ERROR_INTERNAL, "quantiles");
    values = (struct view_values){.buffer = buffer, .count = 10, .square = 3};
    assert_fails(view_histogram(test_gpu(), &values, &axis, 10, buffer, 0), BASE_ERROR_INTERNAL, "histogram");
    values = (struct view_values){.buffer = buffer, .count = 3};
    assert_fails(view_quantiles(test_gpu(), &values, 501, 10, buffer, 0), BASE_ERROR_INTERNAL, "quantiles");
    values = (struct view_values){.count = 3};
    assert_fails(view_histogram(test_gpu(), &values, &axis, 10, buffer, 0), BASE_ERROR_INTERNAL, "histogram");
    gpu_buffer_destroy(test_gpu(), &buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts),
                                       cmocka_unit_test(words_with_a_stride),
                                       cmocka_unit_test(quantiles),
                                       cmocka_unit_test(quantiles_of_scaled_words),
                                       cmocka_unit_test(squares_without_diagonal),
                                       cmocka_unit_test(misuse)};
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
