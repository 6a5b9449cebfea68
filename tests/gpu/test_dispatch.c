/* Dispatches: every group exactly once whatever the count and however it is folded and cut, nothing outside
 * the binding touched, order between commands, refusals. */
#include "support/device.h"
#include "support/kernels.h"
#include "support/test.h"

#include "base/memory.h"
#include "gpu/internal.h"
#include "test_params.h"

static struct gpu *shared;

/* `count` words between two runs of guard words, which every download checks. */
struct guarded {
    struct gpu *gpu;
    struct gpu_buffer *buffer;
    uint32_t *words; /* of the host: guards, words, guards */
    uint64_t count;
};
enum { GUARD = 64 }; /* words; 256 bytes, so the binding's offset suits every device */

static uint32_t guard_word(uint64_t i)
{
    return 0xdeadbeefu ^ (uint32_t)i;
}

static struct guarded make_guarded(struct gpu *gpu, uint64_t count, uint32_t value)
{
    struct guarded made = {.gpu = gpu, .count = count};
    uint64_t all = count + 2 * GUARD;
    assert_ok(base_allocate(&made.words, all, sizeof *made.words, "guarded words"));
    for (uint64_t i = 0; i < all; i++)
        made.words[i] = i < GUARD || i >= GUARD + count ? guard_word(i) : value;
    assert_ok(gpu_buffer_create(gpu, "guarded", 4 * all, GPU_DEVICE, &made.buffer));
    assert_ok(gpu_upload(gpu, made.buffer, 0, made.words, 4 * all));
    return made;
}

static struct gpu_range inner(const struct guarded *guarded)
{
    return (struct gpu_range){guarded->buffer, 4 * GUARD, 4 * guarded->count};
}

static const uint32_t *fetch(struct guarded *guarded)
{
    uint64_t all = guarded->count + 2 * GUARD;
    assert_ok(gpu_download(guarded->gpu, guarded->buffer, 0, guarded->words, 4 * all));
    for (uint64_t i = 0; i < all; i++)
        if ((i < GUARD || i >= GUARD + guarded->count) && guarded->words[i] != guard_word(i))
            fail_msg("guard word %lld of %llu words is 0x%08x", (long long)i - GUARD,
                     (unsigned long long)guarded->count, guarded->words[i]);
    return guarded->words + GUARD;
}

static void free_guarded(struct guarded *guarded)
{
    gpu_buffer_destroy(guarded->gpu, &guarded->buffer);
    base_free(guarded->words);
}

static enum base_status run(struct gpu *gpu, const struct gpu_kernel *kernel, uint32_t group_size,
                            const void *params, const struct gpu_range *ranges, uint64_t n_groups)
{
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){.kernel = kernel,
                                                               .constants = {group_size},
                                                               .n_constants = 1,
                                                               .params = params,
                                                               .ranges = ranges,
                                                               .n_groups = n_groups});
}

/* ---- counts and folding ---- */

static void visit_all(struct gpu *gpu, uint32_t group_size, uint64_t n_groups)
{
    struct guarded visits = make_guarded(gpu, n_groups ? n_groups : 1, 0);
    const struct test_visit_params params = {(uint32_t)n_groups};
    const struct gpu_range range = inner(&visits);
    assert_ok(run(gpu, &test_visit_kernel, group_size, &params, &range, n_groups));
    const uint32_t *words = fetch(&visits);
    for (uint64_t i = 0; i < n_groups; i++)
        if (words[i] != group_size)
            fail_msg("group %llu of %llu was visited by %u invocations, expected %u", (unsigned long long)i,
                     (unsigned long long)n_groups, words[i], group_size);
    if (n_groups == 0)
        assert_int_equal(words[0], 0);
    free_guarded(&visits);
}

static void every_group_is_visited_once(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, 2, 63, 64, 65, 127, 128, 129, 1009};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        visit_all(shared, 128, counts[i]);
    visit_all(shared, 1, 65535);
    visit_all(shared, 4, 65536);
    visit_all(shared, 4, 70001);
    visit_all(shared, 1, 131071);
    visit_all(shared, 1, 200003);
}

static void folding_on_a_small_device(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, 6, 7, 8, 13, 14, 15, 36, 42, 43, 48, 49};
    struct gpu *small = test_gpu_open("max_groups=7");
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        visit_all(small, 32, counts[i]);
    struct guarded visits = make_guarded(small, 50, 0);
    const struct test_visit_params params = {50};
    const struct gpu_range range = inner(&visits);
    assert_fails(run(small, &test_visit_kernel, 32, &params, &range, 50), BASE_ERROR_INTERNAL, "50 groups");
    assert_fails(run(small, &test_visit_kernel, 32, &params, &range, UINT64_C(1) << 40), BASE_ERROR_INTERNAL,
                 "groups");
    free_guarded(&visits);
    gpu_close(&small);
    small = test_gpu_open("max_groups=101");
    visit_all(small, 4, 9973);
    visit_all(small, 4, 10201);
    gpu_close(&small);
}

/* ---- cutting ---- */

static uint32_t spun(uint32_t seed, uint32_t steps)
{
    for (uint32_t step = 0; step < steps; step++)
        seed = seed * 1664525u + 1013904223u;
    return seed;
}

static void spin(struct gpu *gpu, struct guarded *results, uint32_t seed, uint32_t steps)
{
    const uint32_t n_groups = (uint32_t)results->count;
    const struct test_spin_params params = {n_groups, steps, seed};
    assert_ok(
        gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){.kernel = &test_spin_kernel,
                                                            .constants = {32},
                                                            .n_constants = 1,
                                                            .params = &params,
                                                            .ranges = (struct gpu_range[]){inner(results)},
                                                            .n_groups = n_groups,
                                                            .group_work = steps}));
    const uint32_t *words = fetch(results);
    for (uint32_t i = 0; i < n_groups; i++)
        assert_int_equal(words[i], spun(seed + i, steps));
}

/* Once whole, to learn what it costs, then with a limit of an eighth of that. */
static void spin_in_pieces(const char *limits, uint32_t n_groups)
{
    struct gpu *gpu = test_gpu_open(limits);
    struct guarded results = make_guarded(gpu, n_groups, 0);
    spin(gpu, &results, 17, 1000);
    const struct gpu_pipeline *pipeline = gpu->pipelines;
    assert_ptr_equal(pipeline->kernel, &test_spin_kernel);
    assert_true(pipeline->work > 0);
    gpu_set_submission_limit(gpu, (uint64_t)(pipeline->ns / pipeline->work * 1000 * n_groups / 8));
    gpu_timing_reset(gpu);
    uint64_t before = gpu->next_number;
    spin(gpu, &results, 18, 1000);
    assert_true(gpu->next_number - before >= 3);
    struct gpu_timing *timings;
    uint32_t count;
    assert_ok(gpu_timings(gpu, &timings, &count));
    assert_int_equal(count, 1);
    assert_string_equal(timings[0].kernel, "test_spin");
    assert_int_equal(timings[0].dispatches, 1);
    base_free(timings);
    free_guarded(&results);
    gpu_close(&gpu);
}

static void long_dispatches_are_cut(void **state)
{
    (void)state;
    spin_in_pieces(NULL, 6000);
    spin_in_pieces("max_groups=1000", 6001);
    spin_in_pieces("timestamps=0", 6000);
}

/* As many groups that do sixteen times as much each are known to take longer. */
static void cut_by_work_not_by_groups(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open(NULL);
    struct guarded results = make_guarded(gpu, 3000, 0);
    spin(gpu, &results, 17, 250);
    const struct gpu_pipeline *pipeline = gpu->pipelines;
    gpu_set_submission_limit(gpu, (uint64_t)(pipeline->ns / pipeline->work * 250 * 3000));
    uint64_t before = gpu->next_number;
    spin(gpu, &results, 18, 4000);
    assert_true(gpu->next_number - before >= 4);
    free_guarded(&results);
    gpu_close(&gpu);
}

/* ---- order ---- */

/* The same commands on the device and, word by word, on the host. */
struct pair {
    struct guarded device[2];
    uint32_t *host[2];
    uint32_t count;
};

static struct pair make_pair(struct gpu *gpu, uint32_t count)
{
    struct pair pair = {.count = count};
    for (int b = 0; b < 2; b++) {
        pair.device[b] = make_guarded(gpu, count, 0);
        assert_ok(base_allocate(&pair.host[b], count, sizeof *pair.host[b], "host words"));
        for (uint32_t i = 0; i < count; i++)
            pair.host[b][i] = i * 2654435761u + (uint32_t)b;
        assert_ok(gpu_upload(gpu, pair.device[b].buffer, 4 * GUARD, pair.host[b], 4u * count));
    }
    return pair;
}

static void compare_and_free(struct pair *pair)
{
    for (int b = 0; b < 2; b++) {
        assert_memory_equal(fetch(&pair->device[b]), pair->host[b], 4u * pair->count);
        free_guarded(&pair->device[b]);
        base_free(pair->host[b]);
    }
}

static void mirror(struct pair *pair, int from, uint32_t addend)
{
    const struct test_mirror_params params = {pair->count, 3, addend};
    const struct gpu_range ranges[] = {inner(&pair->device[from]), inner(&pair->device[!from])};
    assert_ok(
        run(pair->device[0].gpu, &test_mirror_kernel, 64, &params, ranges, base_divide_up(pair->count, 64)));
    for (uint32_t i = 0; i < pair->count; i++)
        pair->host[!from][i] = pair->host[from][pair->count - 1 - i] * 3 + addend;
}

static void in_place(struct pair *pair, int which, uint32_t addend)
{
    const struct test_in_place_params params = {pair->count, 5, addend};
    const struct gpu_range range = inner(&pair->device[which]);
    assert_ok(run(pair->device[0].gpu, &test_in_place_kernel, 64, &params, &range,
                  base_divide_up(pair->count, 64)));
    for (uint32_t i = 0; i < pair->count; i++)
        pair->host[which][i] = pair->host[which][i] * 5 + addend;
}

static void transfer(struct pair *pair, uint32_t step)
{
    struct gpu *gpu = pair->device[0].gpu;
    uint32_t third = pair->count / 3;
    switch (step % 4) {
    case 0:
        assert_ok(gpu_fill(gpu, pair->device[0].buffer, 4 * GUARD, 4u * third, step));
        for (uint32_t i = 0; i < third; i++)
            pair->host[0][i] = step;
        break;
    case 1:
        assert_ok(gpu_copy(gpu, pair->device[0].buffer, 4 * GUARD, pair->device[1].buffer,
                           4 * (GUARD + third), 4u * third));
        memcpy(pair->host[1] + third, pair->host[0], 4u * third);
        break;
    case 2:
        assert_ok(gpu_upload(gpu, pair->device[1].buffer, 4 * GUARD, pair->host[0], 4u * third));
        memcpy(pair->host[1], pair->host[0], 4u * third);
        break;
    default:
        assert_ok(gpu_copy(gpu, pair->device[1].buffer, 4 * GUARD, pair->device[1].buffer,
                           4 * (GUARD + third), 4u * third));
        memcpy(pair->host[1] + third, pair->host[1], 4u * third);
        break;
    }
}

/* Read after write, write after read and write after write, between kernels and transfers, in a long mixture.
 */
static void mix_commands(struct gpu *gpu, uint32_t count, uint32_t steps)
{
    struct pair pair = make_pair(gpu, count);
    for (uint32_t step = 0; step < steps; step++) {
        mirror(&pair, step % 2, step);
        in_place(&pair, step / 2 % 2, step);
        in_place(&pair, step / 2 % 2, step + 1);
        /* What is uploaded must be known on the host only, so the reference is up to date here. */
        transfer(&pair, step);
        mirror(&pair, (step + 1) % 2, step);
    }
    compare_and_free(&pair);
}

static void commands_keep_their_order(void **state)
{
    (void)state;
    mix_commands(shared, 10007, 40);
    mix_commands(shared, 1, 10);
    struct gpu *apart = test_gpu_open("memory_shared_with_host=0");
    mix_commands(apart, 10007, 40);
    gpu_close(&apart);
}

static void buffers_live_until_their_commands_are_done(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        struct guarded results = make_guarded(shared, 100, 0);
        const struct test_spin_params params = {100, 1000, 1};
        const struct gpu_range range = inner(&results);
        assert_ok(run(shared, &test_spin_kernel, 32, &params, &range, 100));
        free_guarded(&results);
    }
    assert_ok(gpu_wait(shared));
    assert_null(shared->dead_buffers);
}

/* ---- timing ---- */

static void timings_are_sums(void **state)
{
    (void)state;
    struct pair pair = make_pair(shared, 5000);
    struct gpu_timing *timings;
    uint32_t count;
    assert_ok(gpu_wait(shared));
    gpu_timing_reset(shared);
    assert_ok(gpu_timings(shared, &timings, &count));
    assert_int_equal(count, 0);
    base_free(timings);
    for (uint32_t i = 0; i < 1200; i++)
        mirror(&pair, i % 2, i);
    in_place(&pair, 0, 1);
    assert_ok(gpu_timings(shared, &timings, &count));
    assert_int_equal(count, 2);
    for (uint32_t i = 0; i < count; i++) {
        bool mirrored = strcmp(timings[i].kernel, "test_mirror") == 0;
        assert_int_equal(timings[i].dispatches, mirrored ? 1200 : 1);
        assert_true(mirrored || strcmp(timings[i].kernel, "test_in_place") == 0);
        assert_true(timings[i].ns > 0 || !gpu_capabilities(shared)->timestamps);
    }
    base_free(timings);
    compare_and_free(&pair);
}

/* ---- refusals ---- */

static void calls_that_break_the_row_are_refused(void **state)
{
    (void)state;
    struct guarded words = make_guarded(shared, 100, 0);
    const struct test_mirror_params params = {100, 1, 0};
    const struct gpu_range good = inner(&words);
    struct gpu_range ranges[2] = {good, good};
    const struct {
        struct gpu_range range;
        const char *part;
    } bad[] = {
        {{NULL, 0, 4}, "has no buffer"},
        {{words.buffer, 0, 0}, "0 bytes"},
        {{words.buffer, 0, 6}, "6 bytes"},
        {{words.buffer, 2, 4}, "offset 2"},
        {{words.buffer, 256, 4 * (100 + 64) + 4}, "which has"},
        {{words.buffer, 256, UINT64_MAX - 3}, "which has"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ranges[1] = bad[i].range;
        assert_fails(run(shared, &test_mirror_kernel, 64, &params, ranges, 1), BASE_ERROR_INTERNAL,
                     bad[i].part);
    }
    ranges[1] = good;
    const uint32_t too_many = gpu_capabilities(shared)->max_invocations + 1;
    assert_fails(run(shared, &test_mirror_kernel, 64, NULL, ranges, 1), BASE_ERROR_INTERNAL, "no parameters");
    assert_fails(run(shared, &test_mirror_kernel, 0, &params, ranges, 1), BASE_ERROR_INTERNAL,
                 "workgroup of 0");
    assert_fails(run(shared, &test_mirror_kernel, too_many, &params, ranges, 1), BASE_ERROR_INTERNAL,
                 "a workgroup of");
    assert_fails(run(shared, &test_rectangles_kernel, 64, &params, ranges, 1), BASE_ERROR_INTERNAL,
                 "is a draw");
    assert_fails(gpu_prepare(shared, &test_mirror_kernel, GPU_LEVEL_VEC4, (const uint32_t[]){64}, 1),
                 BASE_ERROR_INTERNAL, "no level vec4");
    assert_ok(run(shared, &test_mirror_kernel, 64, &params, ranges, 0));
    struct gpu *small = test_gpu_open("storage_range_bytes=64K");
    struct guarded large = make_guarded(small, 16385, 0);
    const struct gpu_range range = inner(&large);
    assert_fails(run(small, &test_in_place_kernel, 64, &params, &range, 1), BASE_ERROR_INTERNAL,
                 "allows 65536");
    free_guarded(&large);
    gpu_close(&small);
    free_guarded(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_group_is_visited_once),
        cmocka_unit_test(folding_on_a_small_device),
        cmocka_unit_test(long_dispatches_are_cut),
        cmocka_unit_test(cut_by_work_not_by_groups),
        cmocka_unit_test(commands_keep_their_order),
        cmocka_unit_test(buffers_live_until_their_commands_are_done),
        cmocka_unit_test(timings_are_sums),
        cmocka_unit_test(calls_that_break_the_row_are_refused),
    };
    shared = test_gpu();
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
