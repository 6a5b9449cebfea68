/* What is called between submissions: how often, never from within itself, what it may do and what not, that
 * results are the same bits with and without it; and marks, and what is counted of downloads. */
#include "support/device.h"
#include "support/kernels.h"
#include "support/test.h"

#include "base/memory.h"
#include "gpu/internal.h"
#include "test_params.h"

enum { COUNT = 65536, GROUP = 128 };

static struct gpu *gpu;

/* ---- the guest ---- */

/* What a window would do: work of its own on buffers and an image of its own. */
struct guest {
    struct gpu_buffer *words, *rectangles, *colours;
    struct gpu_image *image;
    uint64_t calls, depth, frames, mark;
    uint64_t refused; /* calls that wait and were refused */
    enum base_status answer;
    bool waits, leaves_recorded;
};

static enum base_status mirror(struct gpu_buffer *from, struct gpu_buffer *to)
{
    const struct test_mirror_params params = {COUNT, 3, 1};
    const struct gpu_range ranges[] = {gpu_whole(from), gpu_whole(to)};
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){.kernel = &test_mirror_kernel,
                                                               .constants = {GROUP},
                                                               .n_constants = 1,
                                                               .params = &params,
                                                               .ranges = ranges,
                                                               .n_groups = COUNT / GROUP});
}

static enum base_status draw(struct guest *guest)
{
    const float colour[4] = {0.1f, 0.2f, 0.3f, 1};
    const struct test_rectangles_params params = {64, 64, 1};
    const struct gpu_range ranges[] = {gpu_whole(guest->rectangles), gpu_whole(guest->colours)};
    BASE_TRY(gpu_draw_begin(gpu, guest->image, colour));
    BASE_TRY(gpu_draw(gpu, &(struct gpu_draw_parameters){.kernel = &test_rectangles_kernel,
                                                         .params = &params,
                                                         .ranges = ranges,
                                                         .vertices = 6,
                                                         .instances = 1}));
    return gpu_draw_end(gpu);
}

static enum base_status serve(void *context)
{
    struct guest *guest = context;
    static uint32_t words[COUNT];
    uint8_t byte;
    assert_int_equal(guest->depth, 0);
    assert_false(gpu->recording);
    guest->depth++;
    guest->calls++;
    for (uint32_t i = 0; i < COUNT; i++)
        words[i] = (uint32_t)guest->calls;
    /* The staging buffers' memory is overwritten while downloads of the host's are on their way. */
    assert_ok(gpu_upload(gpu, guest->words, 0, words, sizeof words));
    if (gpu_passed(gpu, guest->mark)) {
        guest->frames++;
        assert_ok(draw(guest));
        guest->mark = gpu_mark(gpu);
    }
    assert_ok(gpu_flush(gpu));
    if (guest->waits) {
        guest->refused += gpu_wait(gpu) == BASE_ERROR_INTERNAL;
        guest->refused += gpu_download(gpu, guest->words, 0, &byte, 1) == BASE_ERROR_INTERNAL;
    }
    if (guest->leaves_recorded)
        assert_ok(gpu_fill(gpu, guest->words, 0, 4, 7));
    guest->depth--;
    return guest->answer == BASE_OK ? BASE_OK : base_fail(guest->answer, "the guest has had enough");
}

static struct guest make_guest(void)
{
    const float rectangle[4] = {8, 8, 16, 16}, red[4] = {1, 0, 0, 1};
    struct guest guest = {0};
    assert_ok(gpu_buffer_create(gpu, "the guest's words", 4 * COUNT, GPU_DEVICE, &guest.words));
    assert_ok(gpu_buffer_create(gpu, "rectangles", 16, GPU_DEVICE, &guest.rectangles));
    assert_ok(gpu_buffer_create(gpu, "colours", 16, GPU_DEVICE, &guest.colours));
    assert_ok(gpu_upload(gpu, guest.rectangles, 0, rectangle, sizeof rectangle));
    assert_ok(gpu_upload(gpu, guest.colours, 0, red, sizeof red));
    assert_ok(gpu_image_create(gpu, 64, 64, &guest.image));
    return guest;
}

static void free_guest(struct guest *guest)
{
    gpu_buffer_destroy(gpu, &guest->words);
    gpu_buffer_destroy(gpu, &guest->rectangles);
    gpu_buffer_destroy(gpu, &guest->colours);
    gpu_image_destroy(gpu, &guest->image);
}

/* ---- the host's work ---- */

/* Many dispatches and transfers, cut into many submissions; what comes back. */
static void work(uint32_t *result)
{
    static uint32_t words[COUNT];
    struct gpu_buffer *a, *b, *large;
    const uint64_t large_bytes = 2 * (uint64_t)GPU_STAGING_BYTES + 4096;
    uint32_t *back;
    for (uint32_t i = 0; i < COUNT; i++)
        words[i] = i * UINT32_C(2654435761);
    gpu_set_submission_limit(gpu, 200000);
    assert_ok(gpu_buffer_create(gpu, "a", 4 * COUNT, GPU_DEVICE, &a));
    assert_ok(gpu_buffer_create(gpu, "b", 4 * COUNT, GPU_DEVICE, &b));
    assert_ok(gpu_buffer_create(gpu, "large", large_bytes, GPU_DEVICE, &large));
    assert_ok(gpu_upload(gpu, a, 0, words, sizeof words));
    for (int i = 0; i < 40; i++) {
        assert_ok(mirror(a, b));
        assert_ok(mirror(b, a));
        if (i % 8 == 0)
            assert_ok(gpu_upload(gpu, b, 0, words, 4096));
    }
    assert_ok(gpu_fill(gpu, large, 0, large_bytes, 0x01020304));
    assert_ok(gpu_copy(gpu, a, 0, large, large_bytes - 4 * COUNT, 4 * COUNT));
    assert_ok(base_allocate(&back, large_bytes, 1, "what comes back"));
    assert_ok(gpu_download(gpu, large, 0, back, large_bytes));
    for (uint64_t i = 0; i < large_bytes / 4 - COUNT; i++)
        if (back[i] != 0x01020304)
            fail_msg("word %llu is %08x", (unsigned long long)i, back[i]);
    memcpy(result, back + large_bytes / 4 - COUNT, 4 * COUNT);
    base_free(back);
    assert_ok(gpu_wait(gpu));
    gpu_buffer_destroy(gpu, &a);
    gpu_buffer_destroy(gpu, &b);
    gpu_buffer_destroy(gpu, &large);
}

static void results_are_the_same_bits(void **state)
{
    (void)state;
    static uint32_t alone[COUNT], together[COUNT];
    static const char *const ways[] = {NULL, "memory_shared_with_host=0"};
    for (int way = 0; way < 2; way++) {
        gpu = test_gpu_open(ways[way]);
        work(alone);
        struct guest guest = make_guest();
        guest.leaves_recorded = way == 1;
        gpu_set_between(gpu, serve, &guest);
        work(together);
        gpu_set_between(gpu, NULL, NULL);
        assert_memory_equal(alone, together, sizeof alone);
        assert_true(guest.calls > 10);
        assert_true(guest.frames > 1);
        uint8_t pixels[64 * 64 * 4];
        assert_ok(gpu_image_download(gpu, guest.image, pixels));
        assert_int_equal(pixels[4 * (64 * 12 + 12)], 255);
        free_guest(&guest);
        assert_int_equal(test_gpu_close(&gpu), 0);
    }
}

static void what_waits_is_refused(void **state)
{
    (void)state;
    gpu = test_gpu_open(NULL);
    struct guest guest = make_guest();
    guest.waits = true;
    gpu_set_between(gpu, serve, &guest);
    assert_ok(gpu_fill(gpu, guest.words, 0, 4, 1));
    assert_ok(gpu_wait(gpu));
    assert_true(guest.calls > 0);
    assert_int_equal(guest.refused, 2 * guest.calls);
    assert_ok(gpu_wait(gpu)); /* for what the guest has recorded meanwhile, if anything */
    assert_int_equal(guest.refused, 2 * guest.calls);
    free_guest(&guest);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

static void its_failure_is_passed_on(void **state)
{
    (void)state;
    gpu = test_gpu_open(NULL);
    struct guest guest = make_guest();
    guest.answer = BASE_INTERRUPTED;
    assert_ok(gpu_wait(gpu));
    gpu_set_between(gpu, serve, &guest);
    assert_ok(gpu_fill(gpu, guest.words, 0, 4, 1));
    assert_fails(gpu_flush(gpu), BASE_INTERRUPTED, "had enough");
    enum base_status status = gpu_fill(gpu, guest.words, 0, 4, 1); /* which may have to wait for a place */
    assert_fails(status == BASE_OK ? gpu_wait(gpu) : status, BASE_INTERRUPTED, "had enough");
    gpu_set_between(gpu, NULL, NULL);
    assert_ok(gpu_wait(gpu)); /* the device is as well as before */
    free_guest(&guest);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

/* ---- holding ---- */

struct holder {
    uint32_t calls, holds;
    uint64_t number;   /* of the submission that was next when holding began */
    uint32_t unheeded; /* submissions of the host's while it was held */
};

static enum base_status hold(void *context)
{
    struct holder *holder = context;
    holder->calls++;
    if (holder->holds > 0)
        holder->unheeded += gpu->next_number != holder->number;
    holder->holds = holder->calls % 7 == 0 ? 3 : holder->holds - (holder->holds > 0);
    gpu_set_hold(gpu, holder->holds > 0);
    holder->number = gpu->next_number;
    return BASE_OK;
}

/* A window that waits for its picture to leave the device finds no other work between that and the next. */
static void work_is_held_back(void **state)
{
    (void)state;
    static uint32_t alone[COUNT], held[COUNT];
    struct holder holder = {0};
    gpu = test_gpu_open(NULL);
    work(alone);
    gpu_set_between(gpu, hold, &holder);
    work(held);
    gpu_set_between(gpu, NULL, NULL);
    assert_memory_equal(alone, held, sizeof alone);
    assert_true(holder.calls > 14);
    assert_int_equal(holder.unheeded, 0);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

/* ---- marks and traffic ---- */

static void marks_are_passed_in_order(void **state)
{
    (void)state;
    struct gpu_buffer *words;
    gpu = test_gpu_open(NULL);
    assert_true(gpu_passed(gpu, gpu_mark(gpu)) || gpu_wait(gpu) == BASE_OK);
    assert_true(gpu_passed(gpu, gpu_mark(gpu)));
    assert_ok(gpu_buffer_create(gpu, "words", 4096, GPU_HOST, &words));
    for (uint32_t i = 1; i <= 100; i++) {
        assert_ok(gpu_fill(gpu, words, 0, 4096, i));
        uint64_t mark = gpu_mark(gpu);
        assert_false(gpu_passed(gpu, mark)); /* not even submitted */
        assert_ok(gpu_flush(gpu));
        while (!gpu_passed(gpu, mark))
            ;
        assert_int_equal(((volatile uint32_t *)gpu_map(words))[1023], i);
        assert_true(gpu_passed(gpu, mark - 1));
    }
    gpu_buffer_destroy(gpu, &words);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

static void downloads_are_counted(void **state)
{
    (void)state;
    static uint8_t bytes[4 * COUNT];
    gpu = test_gpu_open(NULL);
    struct guest guest = make_guest();
    struct gpu_traffic start = gpu_traffic(gpu);
    assert_ok(gpu_upload(gpu, guest.words, 0, bytes, sizeof bytes));
    assert_ok(gpu_download(gpu, guest.words, 4, bytes, 1001));
    assert_int_equal(gpu_traffic(gpu).buffer_bytes - start.buffer_bytes, 1001);
    assert_int_equal(gpu_traffic(gpu).image_bytes, start.image_bytes);
    assert_ok(draw(&guest));
    assert_ok(gpu_wait(gpu));
    assert_int_equal(gpu_traffic(gpu).image_bytes, start.image_bytes);
    assert_ok(gpu_image_download(gpu, guest.image, bytes));
    assert_int_equal(gpu_traffic(gpu).image_bytes - start.image_bytes, 64 * 64 * 4);
    assert_int_equal(gpu_traffic(gpu).buffer_bytes - start.buffer_bytes, 1001);
    free_guest(&guest);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_the_same_bits), cmocka_unit_test(what_waits_is_refused),
        cmocka_unit_test(its_failure_is_passed_on),  cmocka_unit_test(work_is_held_back),
        cmocka_unit_test(marks_are_passed_in_order), cmocka_unit_test(downloads_are_counted),
    };
    if (!test_gpu_exists())
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
