/* Draws: where the rectangles are, blending, scissor, order with dispatches and transfers, sizes. */
#include "support/device.h"
#include "support/kernels.h"
#include "support/test.h"

#include "base/memory.h"
#include "gpu/internal.h"
#include "test_params.h"

#include <stdlib.h>

static struct gpu *gpu;
static const float grey[4] = {0.2f, 0.4f, 0.6f, 1.0f};

struct scene {
    struct gpu_image *image;
    struct gpu_buffer *rectangles, *colours;
    uint32_t width, height, count;
    uint8_t *pixels;
};

static struct scene make_scene(uint32_t width, uint32_t height, const float (*rectangles)[4],
                               const float (*colours)[4], uint32_t count)
{
    struct scene scene = {.width = width, .height = height, .count = count};
    assert_ok(gpu_image_create(gpu, width, height, &scene.image));
    assert_ok(gpu_buffer_create(gpu, "rectangles", count * 16u, GPU_DEVICE, &scene.rectangles));
    assert_ok(gpu_buffer_create(gpu, "colours", count * 16u, GPU_DEVICE, &scene.colours));
    assert_ok(gpu_upload(gpu, scene.rectangles, 0, rectangles, count * 16u));
    assert_ok(gpu_upload(gpu, scene.colours, 0, colours, count * 16u));
    assert_ok(base_allocate(&scene.pixels, (size_t)width * height, 4, "pixels"));
    return scene;
}

static void free_scene(struct scene *scene)
{
    gpu_image_destroy(gpu, &scene->image);
    gpu_buffer_destroy(gpu, &scene->rectangles);
    gpu_buffer_destroy(gpu, &scene->colours);
    base_free(scene->pixels);
}

static enum base_status draw_rectangles(const struct scene *scene, float alpha, const uint32_t *scissor)
{
    const struct test_rectangles_params params = {scene->width, scene->height, alpha};
    const struct gpu_range ranges[] = {gpu_whole(scene->rectangles), gpu_whole(scene->colours)};
    return gpu_draw(gpu, &(struct gpu_draw_parameters){.kernel = &test_rectangles_kernel,
                                                       .params = &params,
                                                       .ranges = ranges,
                                                       .vertices = 6,
                                                       .instances = scene->count,
                                                       .scissor = scissor});
}

static void render(const struct scene *scene, float alpha, const uint32_t *scissor)
{
    assert_ok(gpu_draw_begin(gpu, scene->image, grey));
    assert_ok(draw_rectangles(scene, alpha, scissor));
    assert_ok(gpu_draw_end(gpu));
    assert_ok(gpu_image_download(gpu, scene->image, scene->pixels));
}

static void assert_pixel(const struct scene *scene, uint32_t x, uint32_t y, const int colour[4])
{
    const uint8_t *pixel = scene->pixels + 4 * ((size_t)y * scene->width + x);
    for (int c = 0; c < 4; c++)
        if (abs(pixel[c] - colour[c]) > 1)
            fail_msg("pixel %u, %u is %d %d %d %d, expected %d %d %d %d", x, y, pixel[0], pixel[1], pixel[2],
                     pixel[3], colour[0], colour[1], colour[2], colour[3]);
}

static const int background[4] = {51, 102, 153, 255}, red[4] = {255, 0, 0, 255}, green[4] = {0, 255, 0, 255};

static void rectangles_are_where_they_belong(void **state)
{
    (void)state;
    static const float rectangles[][4] = {{3, 2, 10, 5}, {8, 4, 12, 20}};
    static const float colours[][4] = {{1, 0, 0, 0}, {0, 1, 0, 0}};
    struct scene scene = make_scene(31, 23, rectangles, colours, 2);
    render(&scene, 1, NULL);
    for (uint32_t y = 0; y < scene.height; y++)
        for (uint32_t x = 0; x < scene.width; x++) {
            bool in_red = x >= 3 && x < 10 && y >= 2 && y < 5,
                 in_green = x >= 8 && x < 12 && y >= 4 && y < 20;
            assert_pixel(&scene, x, y, in_green ? green : in_red ? red : background);
        }
    free_scene(&scene);
}

static void alpha_is_straight(void **state)
{
    (void)state;
    static const float rectangles[][4] = {{0, 0, 8, 8}};
    static const float colours[][4] = {{1, 0, 0, 0}};
    static const int mixed[4] = {102, 77, 115, 255}; /* a quarter of red over the background */
    struct scene scene = make_scene(16, 16, rectangles, colours, 1);
    render(&scene, 0.25f, NULL);
    assert_pixel(&scene, 4, 4, mixed);
    assert_pixel(&scene, 12, 4, background);
    free_scene(&scene);
}

static void scissor_cuts(void **state)
{
    (void)state;
    static const float rectangles[][4] = {{0, 0, 32, 32}};
    static const float colours[][4] = {{0, 1, 0, 0}};
    static const uint32_t scissor[4] = {5, 6, 1000, 3}, outside[4] = {32, 0, 4, 4};
    struct scene scene = make_scene(32, 32, rectangles, colours, 1);
    render(&scene, 1, scissor);
    for (uint32_t y = 0; y < 32; y++)
        for (uint32_t x = 0; x < 32; x++)
            assert_pixel(&scene, x, y, x >= 5 && y >= 6 && y < 9 ? green : background);
    render(&scene, 1, outside);
    assert_pixel(&scene, 31, 0, background);
    free_scene(&scene);
}

/* A dispatch fills what a draw reads, and a dispatch after the draw overwrites it. */
static void draws_and_dispatches_keep_their_order(void **state)
{
    (void)state;
    static const float rectangles[][4] = {{0, 0, 64, 64}};
    static const float colours[][4] = {{0, 0, 0, 0}};
    enum { ROUNDS = 8 };
    struct scene scenes[ROUNDS];
    struct scene scene = make_scene(64, 64, rectangles, colours, 1);
    for (int i = 0; i < ROUNDS; i++) {
        /* Float words: 0x3f800000 is 1 in each channel, 0 is 0. */
        const struct test_in_place_params params = {4, 0, i % 2 ? 0x3f800000u : 0};
        const struct gpu_range range = gpu_whole(scene.colours);
        scenes[i] = scene;
        assert_ok(gpu_image_create(gpu, 64, 64, &scenes[i].image));
        assert_ok(gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){.kernel = &test_in_place_kernel,
                                                                      .constants = {128},
                                                                      .n_constants = 1,
                                                                      .params = &params,
                                                                      .ranges = &range,
                                                                      .n_groups = 1}));
        assert_ok(gpu_draw_begin(gpu, scenes[i].image, grey));
        assert_ok(draw_rectangles(&scenes[i], 1, NULL));
        assert_ok(gpu_draw_end(gpu));
    }
    for (int i = 0; i < ROUNDS; i++) {
        const int expected[4] = {i % 2 ? 255 : 0, i % 2 ? 255 : 0, i % 2 ? 255 : 0, 255};
        assert_ok(gpu_image_download(gpu, scenes[i].image, scenes[i].pixels));
        assert_pixel(&scenes[i], 33, 7, expected);
        gpu_image_destroy(gpu, &scenes[i].image);
    }
    free_scene(&scene);
}

static void drawn_twice_gives_the_same_bytes(void **state)
{
    (void)state;
    float rectangles[200][4], colours[200][4];
    for (int i = 0; i < 200; i++)
        for (int c = 0; c < 4; c++) {
            rectangles[i][c] = (float)((i * 37 + c * 101) % 1000) * 0.317f;
            colours[i][c] = (float)((i * 11 + c * 29) % 100) / 100;
        }
    struct scene scene = make_scene(317, 211, (const float(*)[4])rectangles, (const float(*)[4])colours, 200);
    uint8_t *first = scene.pixels;
    render(&scene, 0.5f, NULL);
    assert_ok(base_allocate(&scene.pixels, (size_t)317 * 211, 4, "pixels"));
    render(&scene, 0.5f, NULL);
    assert_memory_equal(first, scene.pixels, (size_t)317 * 211 * 4);
    base_free(first);
    free_scene(&scene);
}

/* More draws, alternating, than a submission otherwise holds: an image's draws stay together. */
static void thousands_of_draws_stay_together(void **state)
{
    (void)state;
    static const float rectangles[][4] = {{1, 1, 7, 7}};
    static const float colours[][4] = {{1, 0, 0, 0}}, others[][4] = {{0, 1, 0, 0}};
    struct scene one = make_scene(8, 8, rectangles, colours, 1),
                 two = make_scene(8, 8, rectangles, others, 1);
    for (int times = 0; times < 2; times++) {
        assert_ok(gpu_draw_begin(gpu, one.image, grey));
        for (int i = 0; i < GPU_MAX_COMMANDS + 100; i++)
            assert_ok(draw_rectangles(i % 2 ? &one : &two, 1, NULL));
        assert_ok(gpu_draw_end(gpu));
    }
    assert_ok(gpu_image_download(gpu, one.image, one.pixels));
    assert_pixel(&one, 3, 3, red);
    assert_pixel(&one, 0, 0, background);
    free_scene(&one);
    free_scene(&two);
}

/* More rows than one staging buffer holds. */
static void a_large_image_comes_whole(void **state)
{
    (void)state;
    static const float rectangles[][4] = {{0, 4090, 1, 4096}, {1999, 0, 2000, 5}};
    static const float colours[][4] = {{1, 0, 0, 0}, {0, 1, 0, 0}};
    if (gpu_capabilities(gpu)->max_image_size < 4096)
        skip();
    struct scene scene = make_scene(2000, 4096, rectangles, colours, 2);
    render(&scene, 1, NULL);
    assert_pixel(&scene, 0, 4095, red);
    assert_pixel(&scene, 0, 4089, background);
    assert_pixel(&scene, 1999, 4, green);
    assert_pixel(&scene, 1999, 5, background);
    free_scene(&scene);
}

/* What lies outside the area stays, what lies within it is cleared first; before anything was drawn there is
 * nothing to stay. */
static void a_part_of_an_image_is_drawn(void **state)
{
    (void)state;
    static const float rectangles[][4] = {{0, 0, 40, 30}};
    static const float colours[][4] = {{1, 0, 0, 0}};
    const float other[4] = {0, 1, 0, 1};
    const uint32_t area[4] = {5, 6, 10, 8}, corner[4] = {30, 20, 100, 100}, outside[4] = {40, 0, 1, 1};
    const int blended[4] = {128, 128, 0, 255};
    struct scene scene = make_scene(40, 30, rectangles, colours, 1);
    assert_ok(gpu_draw_begin_in(gpu, scene.image, grey, area));
    assert_ok(gpu_draw_end(gpu));
    assert_ok(gpu_draw_begin_in(gpu, scene.image, other, area));
    assert_ok(draw_rectangles(&scene, 0.5f, area));
    assert_ok(gpu_draw_end(gpu));
    assert_ok(gpu_draw_begin_in(gpu, scene.image, other, corner));
    assert_ok(gpu_draw_end(gpu));
    assert_ok(gpu_image_download(gpu, scene.image, scene.pixels));
    for (uint32_t y = 0; y < 30; y++)
        for (uint32_t x = 0; x < 40; x++) {
            const bool within = x >= 5 && x < 15 && y >= 6 && y < 14, last = x >= 30 && y >= 20;
            assert_pixel(&scene, x, y, within ? blended : last ? green : background);
        }
    assert_fails(gpu_draw_begin_in(gpu, scene.image, grey, outside), BASE_ERROR_INTERNAL, "outside");
    render(&scene, 1, NULL);
    assert_pixel(&scene, 20, 3, red);
    free_scene(&scene);
}

static void calls_out_of_place_are_refused(void **state)
{
    (void)state;
    static const float rectangles[][4] = {{0, 0, 1, 1}};
    static const float colours[][4] = {{1, 0, 0, 0}};
    struct gpu_image *none;
    const uint32_t most = gpu_capabilities(gpu)->max_image_size;
    struct scene scene = make_scene(8, 8, rectangles, colours, 1);
    assert_fails(gpu_image_create(gpu, 0, 8, &none), BASE_ERROR_USAGE, "0 x 8");
    assert_fails(gpu_image_create(gpu, 8, most + 1, &none), BASE_ERROR_USAGE, "along a side");
    assert_fails(gpu_image_download(gpu, scene.image, scene.pixels), BASE_ERROR_INTERNAL,
                 "nothing was drawn");
    assert_fails(draw_rectangles(&scene, 1, NULL), BASE_ERROR_INTERNAL, "not between");
    assert_fails(gpu_draw_end(gpu), BASE_ERROR_INTERNAL, "without gpu_draw_begin");
    assert_ok(gpu_draw_begin(gpu, scene.image, grey));
    assert_fails(gpu_draw_begin(gpu, scene.image, grey), BASE_ERROR_INTERNAL, "between");
    assert_fails(gpu_upload(gpu, scene.colours, 0, colours, 16), BASE_ERROR_INTERNAL, "between");
    assert_fails(gpu_wait(gpu), BASE_ERROR_INTERNAL, "between");
    assert_ok(gpu_draw_end(gpu));
    assert_ok(gpu_image_download(gpu, scene.image, scene.pixels));
    assert_pixel(&scene, 0, 0, background);
    free_scene(&scene);
}

/* In pieces of staging buffers, and of odd sizes; then copied to a buffer, drawn over, and put there again.
 */
static void pixels_of_the_host_become_an_image(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{1, 1}, {31, 17}, {2500, 2001}};
    for (size_t s = 0; s < 3; s++) {
        const uint32_t width = sizes[s][0], height = sizes[s][1];
        const size_t bytes = (size_t)width * height * 4;
        struct gpu_image *image;
        struct gpu_buffer *buffer;
        uint8_t *there, *back;
        assert_ok(base_allocate(&there, bytes, 1, "pixels"));
        assert_ok(base_allocate(&back, bytes, 1, "pixels"));
        for (size_t i = 0; i < bytes; i++)
            there[i] = (uint8_t)(i * 2654435761u >> 13);
        assert_ok(gpu_image_create(gpu, width, height, &image));
        assert_ok(gpu_buffer_create(gpu, "pixels", bytes, GPU_HOST, &buffer));
        assert_fails(gpu_image_copy(gpu, image, buffer), BASE_ERROR_INTERNAL, "nothing was drawn");
        for (int turn = 0; turn < 2; turn++) {
            assert_ok(gpu_image_upload(gpu, image, there));
            assert_ok(gpu_image_copy(gpu, image, buffer));
            assert_ok(gpu_image_download(gpu, image, back));
            assert_memory_equal(gpu_map(buffer), there, bytes);
            for (size_t i = 0; i < bytes; i += 4)
                if (back[i] != there[i + 2] || back[i + 1] != there[i + 1] || back[i + 2] != there[i] ||
                    back[i + 3] != there[i + 3])
                    fail_msg("pixel %zu is wrong", i / 4);
            assert_ok(gpu_draw_begin(gpu, image, grey));
            assert_ok(gpu_draw_end(gpu));
        }
        gpu_buffer_destroy(gpu, &buffer);
        assert_ok(gpu_buffer_create(gpu, "too small", 2, GPU_HOST, &buffer));
        assert_fails(gpu_image_copy(gpu, image, buffer), BASE_ERROR_INTERNAL, "to a buffer of 2");
        gpu_buffer_destroy(gpu, &buffer);
        gpu_image_destroy(gpu, &image);
        base_free(there);
        base_free(back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rectangles_are_where_they_belong),
        cmocka_unit_test(alpha_is_straight),
        cmocka_unit_test(scissor_cuts),
        cmocka_unit_test(draws_and_dispatches_keep_their_order),
        cmocka_unit_test(drawn_twice_gives_the_same_bytes),
        cmocka_unit_test(thousands_of_draws_stay_together),
        cmocka_unit_test(a_large_image_comes_whole),
        cmocka_unit_test(a_part_of_an_image_is_drawn),
        cmocka_unit_test(calls_out_of_place_are_refused),
        cmocka_unit_test(pixels_of_the_host_become_an_image),
    };
    gpu = test_gpu();
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
