/* Values under the cursor: equal to what the buffers hold, of the place that was asked for and no other,
 * without downloads. */
#include "support/test.h"

#include "support/device.h"

#include "base/platform.h"
#include "live/probe.h"
#include "picture.h"

enum { NUMBERS = 5000 };

/* Frames until the answer is there; each hands its work to the device, as a window's frame does. The bound is
 * for a device that never answers: on a busy machine the driver's threads may not run for a while. */
static struct live_answer ask(struct live_probe *probe, const struct view_values *values, uint32_t index)
{
    const uint64_t end = base_clock_ns() + UINT64_C(60000000000);
    while (base_clock_ns() < end) {
        live_probe_frame(probe);
        struct live_answer answer = live_probe_ask(probe, values, index);
        if (answer.known)
            return answer;
        assert_ok(gpu_flush(test_gpu()));
    }
    fail_msg("no answer in a minute: %s", base_message());
    return (struct live_answer){0};
}

static void kinds(void **state)
{
    (void)state;
    struct live_probe *probe;
    assert_ok(live_probe_create(test_gpu(), &probe));
    static float reals[NUMBERS];
    static uint32_t words[NUMBERS], pairs[2 * NUMBERS];
    for (uint32_t k = 0; k < NUMBERS; k++) {
        reals[k] = k == 7 ? NAN : sinf((float)k) * 1e3f;
        words[k] = 2654435761u * k;
        pairs[k] = words[k];
        pairs[NUMBERS + k] = k & 0xfffff;
    }
    struct gpu_buffer *f = picture_upload(reals, sizeof reals), *u = picture_upload(words, sizeof words);
    struct gpu_buffer *p = picture_upload(pairs, sizeof pairs);
    struct gpu_traffic before = gpu_traffic(test_gpu());
    for (uint32_t k = 0; k < 40; k++) {
        uint32_t at = k * k * 3;
        struct view_values real = {.buffer = f,
                                   .offset = 20,
                                   .count = 2000,
                                   .stride = 2,
                                   .number = VIEW_F32,
                                   .scale = 0.5f,
                                   .bias = 3};
        struct live_answer answer = ask(probe, &real, at % 2000);
        assert_true(answer.raw == (double)reals[5 + 2 * (at % 2000)]);
        assert_true(answer.shown == 0.5 * answer.raw + 3);
        struct view_values word = {.buffer = u, .count = NUMBERS, .number = VIEW_U32};
        assert_true(ask(probe, &word, at).raw == (double)words[at]);
        struct view_values pair = {
            .buffer = p, .high_offset = 4 * NUMBERS, .count = NUMBERS, .number = VIEW_U64};
        assert_true(ask(probe, &pair, at).raw == (double)((uint64_t)(at & 0xfffff) << 32 | words[at]));
    }
    struct view_values real = {.buffer = f, .count = NUMBERS, .number = VIEW_F32};
    assert_true(isnan(ask(probe, &real, 7).raw));
    assert_false(live_probe_ask(probe, &real, NUMBERS).known);
    struct gpu_traffic after = gpu_traffic(test_gpu());
    assert_int_equal(after.buffer_bytes, before.buffer_bytes);
    assert_ok(live_probe_status(probe));
    live_probe_destroy(&probe);
    gpu_buffer_destroy(test_gpu(), &f);
    gpu_buffer_destroy(test_gpu(), &u);
    gpu_buffer_destroy(test_gpu(), &p);
}

static void places(void **state)
{
    (void)state;
    struct live_probe *probe;
    assert_ok(live_probe_create(test_gpu(), &probe));
    uint32_t words[512];
    for (uint32_t k = 0; k < 512; k++)
        words[k] = 1000 + k;
    struct gpu_buffer *buffer = picture_upload(words, sizeof words);
    const struct view_values values = {.buffer = buffer, .count = 512, .number = VIEW_U32};
    /* A cursor on the move: what is shown is right or nothing. */
    uint32_t known = 0;
    for (uint32_t frame = 0; frame < 400; frame++) {
        live_probe_frame(probe);
        for (uint32_t i = 0; i < 100; i++) { /* more than fit a frame */
            uint32_t at = (frame / 4 + 5 * i) % 512;
            struct live_answer answer = live_probe_ask(probe, &values, at);
            known += answer.known;
            if (answer.known)
                assert_true(answer.raw == (double)words[at]);
        }
        assert_true(live_probe_bytes(probe) <= 4096);
        assert_ok(gpu_flush(test_gpu()));
        if (frame % 3 == 0)
            assert_ok(gpu_wait(test_gpu()));
    }
    assert_true(known > 1000);
    /* A cursor that stays: known at every frame, and follows what the buffer holds. */
    ask(probe, &values, 9);
    for (uint32_t frame = 0; frame < 50; frame++) {
        live_probe_frame(probe);
        assert_true(live_probe_ask(probe, &values, 9).known);
        assert_ok(gpu_flush(test_gpu()));
    }
    uint32_t changed = 77;
    assert_ok(gpu_upload(test_gpu(), buffer, 36, &changed, 4));
    for (uint32_t frame = 0; frame < LIVE_PROBE_FRAMES + 2; frame++) {
        live_probe_frame(probe);
        live_probe_ask(probe, &values, 9);
        assert_ok(gpu_wait(test_gpu()));
    }
    assert_true(live_probe_ask(probe, &values, 9).raw == 77);
    live_probe_forget(probe);
    assert_false(live_probe_ask(probe, &values, 9).known);
    assert_ok(live_probe_status(probe));
    live_probe_destroy(&probe);
    gpu_buffer_destroy(test_gpu(), &buffer);
}

static void cells(void **state)
{
    (void)state;
    const uint32_t m = 23;
    uint32_t index, upper = 0, ordered = 0;
    for (uint32_t i = 0; i < m; i++)
        for (uint32_t j = 0; j < m; j++) {
            assert_true(live_cell_index(VIEW_CELLS_FULL, m, m, i, j, &index));
            assert_int_equal(index, i * m + j);
            assert_int_equal(live_cell_index(VIEW_CELLS_UPPER, m, m, i, j, &index), i != j);
            if (i < j) {
                assert_int_equal(index, upper++);
                uint32_t other;
                assert_true(live_cell_index(VIEW_CELLS_UPPER, m, m, j, i, &other));
                assert_int_equal(other, index);
            }
            assert_int_equal(live_cell_index(VIEW_CELLS_ORDERED, m, m, i, j, &index), i != j);
            if (i != j)
                assert_int_equal(index, ordered++);
            assert_int_equal(live_cell_index(VIEW_CELLS_SQUARE, m, m, i, j, &index), i != j);
            assert_true(i == j || index == i * m + j);
        }
    assert_false(live_cell_index(VIEW_CELLS_FULL, 3, 5, 3, 0, &index));
    assert_false(live_cell_index(VIEW_CELLS_FULL, 3, 5, 0, 5, &index));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(kinds), cmocka_unit_test(places),
                                       cmocka_unit_test(cells)};
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
