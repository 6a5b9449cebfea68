/* Windows under Xvfb: what is drawn is on the screen; sizes, hiding, closing; keys and mouse arrive as the
 * events that they are; faults of the window system are survived; and nothing is left behind. */
#include "support/device.h"
#include "support/display.h"
#include "support/test.h"

#include "base/platform.h"
#include "gpu/internal.h"
#include "gpu/testing.h"
#include "view/window.h"

#include <stdlib.h>

enum { WIDTH = 640, HEIGHT = 480, SCREEN_WIDTH = 1280, SCREEN_HEIGHT = 800 };

static const float red[4] = {1, 0, 0, 1}, green[4] = {0, 1, 0, 1}, blue[4] = {0, 0, 1, 1};

static struct view_window *open_window(struct gpu *gpu)
{
    struct view_window *window;
    const struct view_window_parameters parameters = {
        .title = "Arclight test", .width = WIDTH, .height = HEIGHT};
    assert_ok(view_window_create(gpu, &parameters, &window));
    return window;
}

static struct gpu_image *make_image(struct gpu *gpu, uint32_t width, uint32_t height)
{
    struct gpu_image *image;
    assert_ok(gpu_image_create(gpu, width, height, &image));
    return image;
}

static void paint(struct gpu *gpu, struct gpu_image *image, const float colour[4])
{
    assert_ok(gpu_draw_begin(gpu, image, colour));
    assert_ok(gpu_draw_end(gpu));
}

/* Lets time pass; events are of no interest. */
static void idle(struct view_window *window, uint32_t milliseconds)
{
    struct view_event event;
    while (view_window_event(window, &event))
        ;
    view_window_wait(window, milliseconds);
}

/* Shows until the window has taken it `times` times. */
static void show(struct view_window *window, struct gpu_image *image, uint32_t times)
{
    uint64_t end = base_clock_ns() + UINT64_C(20000000000);
    for (uint32_t done = 0; done < times;) {
        bool shown;
        assert_ok(view_window_show(window, image, &shown));
        done += shown;
        if (!shown)
            idle(window, 1);
        assert_true(base_clock_ns() < end);
    }
}

static uint32_t middle(void)
{
    return test_display_pixel(SCREEN_WIDTH / 2, SCREEN_HEIGHT / 2);
}

/* The screen follows soon. */
static void wait_for_middle(struct view_window *window, uint32_t colour)
{
    for (int i = 0; i < 400 && middle() != colour; i++)
        idle(window, 5);
    if (middle() != colour)
        fail_msg("the middle of the screen is %06x, not %06x", middle(), colour);
}

static void what_is_drawn_is_on_the_screen(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct view_window *window = open_window(gpu);
    struct gpu_image *image = make_image(gpu, WIDTH, HEIGHT);
    struct view_event event;
    assert_true(view_window_event(window, &event));
    assert_int_equal(event.kind, VIEW_EVENT_RESIZE);
    assert_true(event.width == WIDTH && event.height == HEIGHT && event.scale == 1);
    paint(gpu, image, red);
    show(window, image, 1);
    wait_for_middle(window, 0xff0000);
    for (int frame = 0; frame < 100; frame++) {
        paint(gpu, image, frame % 2 ? blue : green);
        show(window, image, 1);
    }
    wait_for_middle(window, 0x0000ff);
    assert_non_null(strstr(view_window_description(window), "X11, VK_PRESENT_MODE_FIFO_KHR, "));
    assert_true(view_window_interval_ns(window) >= 1000000 && view_window_interval_ns(window) <= 1000000000);
    gpu_image_destroy(gpu, &image);
    view_window_destroy(&window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_drawn_is_on_the_screen),
    };
    if (!test_gpu_exists() || !test_display_open(SCREEN_WIDTH, SCREEN_HEIGHT))
        return 77;
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
