/* Windows under Xvfb: what is drawn is on the screen; sizes, hiding, closing; keys and mouse arrive as the
 * events that they are; faults of the window system are survived; and nothing is left behind. */
#define _GNU_SOURCE
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

/* The window manager puts windows where it likes. */
static void centre(struct view_window *window)
{
    assert_true(test_display_hands("search --sync --onlyvisible --name Arclight windowmove 320 160"));
    for (int i = 0; i < 20; i++)
        view_window_wait(window, 2);
}

static struct view_window *open_window(struct gpu *gpu)
{
    struct view_window *window;
    const struct view_window_parameters parameters = {
        .title = "Arclight test", .width = WIDTH, .height = HEIGHT};
    assert_ok(view_window_create(gpu, &parameters, &window));
    centre(window);
    return window;
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

/* Beside the pointer. */
static uint32_t middle(void)
{
    return test_display_pixel(SCREEN_WIDTH / 2 - 60, SCREEN_HEIGHT / 2 - 60);
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

static void settle(struct view_window *window)
{
    for (int i = 0; i < 40; i++)
        idle(window, 5);
}

/* The copy stands behind the drawing and before other work; what was begun and never shown is no harm. */
static void the_way_to_the_screen_is_begun_early(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct view_window *window = open_window(gpu);
    struct gpu_image *image = make_image(gpu, WIDTH, HEIGHT);
    paint(gpu, image, red);
    show(window, image, 2);
    for (int frame = 0; frame < 30; frame++) {
        paint(gpu, image, frame % 3 ? green : blue);
        assert_ok(view_window_offer(window, image));
        if (frame % 5 == 4)
            gpu_testing.next_acquire = GPU_FAULT_OUT_OF_DATE;
        if (frame % 2)
            show(window, image, 1);
    }
    gpu_testing.next_acquire = GPU_FAULT_NONE;
    wait_for_middle(window, 0x00ff00);
    assert_true(test_display_hands("search --name Arclight windowsize --sync 300 260"));
    paint(gpu, image, red);
    assert_ok(view_window_offer(window, image));
    assert_true(test_display_hands("search --name Arclight windowsize --sync 640 480"));
    settle(window);
    show(window, image, 2);
    centre(window);
    wait_for_middle(window, 0xff0000);
    assert_ok(view_window_offer(window, image));
    gpu_image_destroy(gpu, &image);
    view_window_destroy(&window);
}

/* ---- sizes and states ---- */

/* Waits for an event of a kind and gives it; earlier ones of other kinds are passed over. */
static struct view_event expect(struct view_window *window, enum view_event_kind kind)
{
    struct view_event event;
    const uint64_t end = base_clock_ns() + UINT64_C(5000000000);
    while (base_clock_ns() < end) {
        while (view_window_event(window, &event))
            if (event.kind == kind)
                return event;
        view_window_wait(window, 10);
    }
    fail_msg("no event of kind %d came", kind);
    return event;
}

static void a_storm_of_sizes_is_survived(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct view_window *window = open_window(gpu);
    struct gpu_image *image = make_image(gpu, 64, 64);
    paint(gpu, image, green);
    show(window, image, 1);
    settle(window);
    struct view_event event = {0};
    for (int i = 0; i < 30; i++) {
        char words[96];
        snprintf(words, sizeof words, "search --name Arclight windowsize %d %d", 200 + 37 * (i % 13),
                 180 + 53 * (i % 7));
        assert_true(test_display_hands(words));
        for (int frame = 0; frame < 3; frame++) {
            bool shown;
            assert_ok(view_window_show(window, image, &shown));
            while (view_window_event(window, &event))
                ;
        }
    }
    assert_true(test_display_hands("search --name Arclight windowsize --sync 500 400"));
    do
        event = expect(window, VIEW_EVENT_RESIZE);
    while (event.width != 500 || event.height != 400);
    paint(gpu, image, blue);
    settle(window);
    show(window, image, 3);
    assert_true(test_display_hands("search --name Arclight windowmove --sync 100 100"));
    settle(window);
    show(window, image, 3);
    settle(window);
    assert_int_equal(test_display_pixel(110 + 480, 130 + 360), 0x0000ff); /* to the far corner */
    gpu_image_destroy(gpu, &image);
    view_window_destroy(&window);
}

static void hidden_windows_come_back(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct view_window *window = open_window(gpu);
    struct gpu_image *image = make_image(gpu, WIDTH, HEIGHT);
    bool shown;
    paint(gpu, image, green);
    show(window, image, 2);
    settle(window);
    for (int i = 0; i < 3; i++) {
        assert_true(test_display_hands("search --name Arclight windowminimize"));
        (void)expect(window, VIEW_EVENT_HIDE);
        assert_ok(view_window_show(window, image, &shown));
        assert_false(shown);
        assert_true(test_display_hands("search --name Arclight windowmap"));
        (void)expect(window, VIEW_EVENT_SHOW);
        /* What was shown before the window is there again is lost; then there is another SHOW. */
        for (int turn = 0; turn < 400 && middle() != 0x00ff00; turn++) {
            show(window, image, 1);
            idle(window, 5);
        }
        wait_for_middle(window, 0x00ff00);
    }
    assert_false(view_window_is_fullscreen(window));
    view_window_set_fullscreen(window, true);
    struct view_event event;
    do
        event = expect(window, VIEW_EVENT_RESIZE);
    while (event.width != SCREEN_WIDTH || event.height != SCREEN_HEIGHT);
    assert_true(view_window_is_fullscreen(window));
    paint(gpu, image, red);
    show(window, image, 3);
    settle(window);
    assert_int_equal(test_display_pixel(2, 2), 0xff0000);
    assert_int_equal(test_display_pixel(SCREEN_WIDTH - 3, SCREEN_HEIGHT - 3), 0xff0000);
    view_window_set_fullscreen(window, false);
    do
        event = expect(window, VIEW_EVENT_RESIZE);
    while (event.width != WIDTH || event.height != HEIGHT);
    view_window_set_title(window, "Arclight has another title");
    settle(window);
    assert_true(test_display_hands("search --name another windowminimize"));
    gpu_image_destroy(gpu, &image);
    view_window_destroy(&window);
}

/* What a window system of several displays says, and what no X server here does: by SDL itself, which the
 * window has loaded. Its events are laid out as SDL_WindowEvent: type, time, window, kind, padding, two data.
 */
static void say_of_window(uint8_t kind)
{
    void *sdl = base_library_load("libSDL2-2.0.so.0");
    int (*push)(void *event);
    void *(*window_of)(uint32_t number);
    struct {
        uint32_t type, time, window;
        uint8_t kind, padding[3];
        int32_t data[2];
        uint8_t rest[64];
    } event = {.type = 0x200, .window = 1, .kind = kind};
    assert_true(base_library_find(sdl, "SDL_PushEvent", &push));
    assert_true(base_library_find(sdl, "SDL_GetWindowFromID", &window_of));
    while (!window_of(event.window))
        assert_true(++event.window < 1000);
    assert_int_equal(push(&event), 1);
}

static void another_monitor_is_followed(void **state)
{
    (void)state;
    enum { EXPOSED = 3, MINIMIZED = 7, HIDDEN = 2, SHOWN = 1, DISPLAY_CHANGED = 18 };
    struct gpu *gpu = test_gpu();
    struct view_window *window = open_window(gpu);
    struct gpu_image *image = make_image(gpu, WIDTH, HEIGHT);
    paint(gpu, image, green);
    show(window, image, 2);
    settle(window);
    say_of_window(DISPLAY_CHANGED);
    struct view_event event = expect(window, VIEW_EVENT_RESIZE);
    assert_true(event.width == WIDTH && event.height == HEIGHT && event.scale == 1);
    (void)expect(window, VIEW_EVENT_SHOW);
    show(window, image, 1);
    say_of_window(EXPOSED);
    (void)expect(window, VIEW_EVENT_SHOW);
    say_of_window(HIDDEN);
    (void)expect(window, VIEW_EVENT_HIDE);
    say_of_window(SHOWN);
    (void)expect(window, VIEW_EVENT_SHOW);
    say_of_window(MINIMIZED);
    (void)expect(window, VIEW_EVENT_HIDE);
    show(window, image, 1); /* it is still on the screen */
    gpu_image_destroy(gpu, &image);
    view_window_destroy(&window);
}

/* ---- hands ---- */

static void keys_arrive_as_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *pressed, *key;
        uint32_t modifiers;
    } keys[] = {
        {"a", "a", 0},
        {"S", "S", 0},
        {"question", "?", 0},
        {"period", ".", 0},
        {"plus", "+", 0},
        {"numbersign", "#", 0},
        {"5", "5", 0},
        {"adiaeresis", "\u00e4", 0},
        {"ISO_Level3_Shift+q", "@", 0}, /* with the right alt key, which is the layout's */
        {"ctrl+s", "s", VIEW_CTRL},
        {"ctrl+shift+s", "s", VIEW_CTRL | VIEW_SHIFT},
        {"alt+x", "x", VIEW_ALT},
        {"space", "space", 0},
        {"shift+space", "space", VIEW_SHIFT},
        {"Return", "enter", 0},
        {"KP_Enter", "enter", 0},
        {"Escape", "escape", 0},
        {"BackSpace", "backspace", 0},
        {"Delete", "delete", 0},
        {"Tab", "tab", 0},
        {"shift+Tab", "tab", VIEW_SHIFT},
        {"Left", "left", 0},
        {"ctrl+Right", "right", VIEW_CTRL},
        {"Up", "up", 0},
        {"Down", "down", 0},
        {"Home", "home", 0},
        {"End", "end", 0},
        {"Prior", "page-up", 0},
        {"Next", "page-down", 0},
        {"F1", "f1", 0},
        {"F12", "f12", 0},
    };
    struct gpu *gpu = test_gpu();
    struct view_window *window;
    if (!test_display_layout("de"))
        skip();
    window = open_window(gpu);
    settle(window);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char words[64];
        struct view_event event;
        snprintf(words, sizeof words, "key --clearmodifiers %s", keys[i].pressed);
        assert_true(test_display_hands(words));
        event = expect(window, VIEW_EVENT_KEY);
        if (strcmp(event.key, keys[i].key) != 0 || event.modifiers != keys[i].modifiers)
            fail_msg("%s came as \"%s\" with modifiers %u", keys[i].pressed, event.key, event.modifiers);
        while (view_window_event(window, &event))
            assert_int_not_equal(event.kind, VIEW_EVENT_KEY); /* once */
    }
    assert_true(test_display_hands("type --delay 20 0.35"));
    static const char *const typed[] = {"0", ".", "3", "5"};
    for (int i = 0; i < 4; i++)
        assert_string_equal(expect(window, VIEW_EVENT_KEY).key, typed[i]);
    view_window_destroy(&window);
    assert_true(test_display_layout("us"));
}

static void the_pointer_arrives_where_it_is(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct view_window *window = open_window(gpu);
    struct view_event event;
    settle(window);
    assert_true(test_display_hands("search --name Arclight mousemove --window %1 100 50"));
    do
        event = expect(window, VIEW_EVENT_MOVE);
    while (event.x != 100 || event.y != 50);
    static const enum view_button buttons[] = {VIEW_BUTTON_LEFT, VIEW_BUTTON_MIDDLE, VIEW_BUTTON_RIGHT};
    for (int i = 0; i < 3; i++) {
        char words[32];
        snprintf(words, sizeof words, "click %d", i + 1);
        assert_true(test_display_hands(words));
        event = expect(window, VIEW_EVENT_PRESS);
        assert_int_equal(event.button, buttons[i]);
        assert_int_equal(event.clicks, 1);
        assert_true(event.x == 100 && event.y == 50);
        event = expect(window, VIEW_EVENT_RELEASE);
        assert_int_equal(event.button, buttons[i]);
    }
    settle(window);
    assert_true(test_display_hands("click --repeat 2 --delay 60 1"));
    assert_int_equal(expect(window, VIEW_EVENT_PRESS).clicks, 1);
    assert_int_equal(expect(window, VIEW_EVENT_PRESS).clicks, 2);
    static const float wheel[4][2] = {{0, 1}, {0, -1}, {-1, 0}, {1, 0}};
    for (int i = 0; i < 4; i++) {
        char words[32];
        snprintf(words, sizeof words, "click %d", i + 4);
        assert_true(test_display_hands(words));
        event = expect(window, VIEW_EVENT_WHEEL);
        if (event.wheel_x != wheel[i][0] || event.wheel_y != wheel[i][1])
            fail_msg("button %d is a wheel of %g, %g", i + 4, (double)event.wheel_x, (double)event.wheel_y);
        assert_true(event.x == 100 && event.y == 50);
    }
    assert_true(
        test_display_hands("keydown shift mousedown 1 mousemove_relative 20 10 mouseup 1 keyup shift"));
    assert_int_equal(expect(window, VIEW_EVENT_PRESS).modifiers, VIEW_SHIFT);
    event = expect(window, VIEW_EVENT_MOVE);
    assert_true(event.x == 120 && event.y == 60);
    event = expect(window, VIEW_EVENT_RELEASE);
    assert_true(event.x == 120 && event.y == 60);
    assert_true(test_display_hands("mousemove 2 2"));
    (void)expect(window, VIEW_EVENT_LEAVE);
    assert_true(test_display_hands("key alt+F4"));
    (void)expect(window, VIEW_EVENT_CLOSE);
    view_window_destroy(&window);
}

/* ---- faults ---- */

static void faults_of_the_window_system_are_survived(void **state)
{
    (void)state;
    static const enum gpu_testing_fault faults[] = {GPU_FAULT_NOT_READY, GPU_FAULT_OUT_OF_DATE,
                                                    GPU_FAULT_SUBOPTIMAL, GPU_FAULT_SURFACE_LOST};
    struct gpu *gpu = test_gpu();
    struct view_window *window = open_window(gpu);
    struct gpu_image *image = make_image(gpu, WIDTH, HEIGHT);
    bool shown;
    for (int i = 0; i < 24; i++) {
        gpu_testing.next_acquire = faults[i % 4];
        paint(gpu, image, i % 2 ? red : blue);
        show(window, image, 1 + i % 3);
        assert_int_equal(gpu_testing.next_acquire, GPU_FAULT_NONE);
    }
    wait_for_middle(window, 0xff0000);
    gpu_testing.no_pixels = true;
    for (int i = 0; i < 10; i++) {
        assert_ok(view_window_show(window, image, &shown));
        assert_false(shown);
        if (i == 5)
            gpu_testing.next_acquire = GPU_FAULT_SURFACE_LOST;
    }
    gpu_testing.no_pixels = false;
    gpu_testing.next_acquire = GPU_FAULT_NONE;
    paint(gpu, image, green);
    show(window, image, 2);
    wait_for_middle(window, 0x00ff00);
    gpu_image_destroy(gpu, &image);
    view_window_destroy(&window);
}

static void a_lost_device_is_said(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open(NULL);
    struct view_window *window = open_window(gpu);
    struct gpu_image *image = make_image(gpu, WIDTH, HEIGHT);
    bool shown;
    paint(gpu, image, red);
    show(window, image, 3);
    gpu_testing.next_acquire = GPU_FAULT_DEVICE_LOST;
    assert_fails(view_window_show(window, image, &shown), BASE_ERROR_DEVICE_LOST, "was lost");
    assert_false(shown);
    assert_fails(view_window_show(window, image, &shown), BASE_ERROR_DEVICE_LOST, "after an earlier failure");
    idle(window, 1);
    gpu_image_destroy(gpu, &image);
    view_window_destroy(&window);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

static void another_device_shows(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open("presents=0");
    struct gpu_image *image = make_image(gpu, WIDTH, HEIGHT);
    struct view_window_parameters parameters = {
        .title = "Arclight", .width = WIDTH, .height = HEIGHT, .present_device = "no such device"};
    struct view_window *window;
    assert_false(gpu_can_present(gpu));
    assert_fails(view_window_create(gpu, &parameters, &window), BASE_ERROR_USAGE, "no such device");
    parameters.present_device = NULL;
    assert_ok(view_window_create(gpu, &parameters, &window));
    assert_non_null(strstr(view_window_description(window), "shown by "));
    centre(window);
    for (int i = 0; i < 30; i++) {
        paint(gpu, image, i % 2 ? green : red);
        show(window, image, 1);
    }
    wait_for_middle(window, 0x00ff00); /* the last one arrives without another call to show */
    struct gpu_image *smaller = make_image(gpu, 31, 17);
    paint(gpu, smaller, blue);
    show(window, smaller, 1);
    wait_for_middle(window, 0x0000ff);
    assert_int_equal(gpu_traffic(gpu).image_bytes, 4u * (30 * WIDTH * HEIGHT + 31 * 17));
    gpu_image_destroy(gpu, &smaller);
    gpu_image_destroy(gpu, &image);
    view_window_destroy(&window);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

static void without_a_display_headless_is_named(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    const struct view_window_parameters parameters = {.title = "none", .width = 64, .height = 64};
    struct view_window *window;
    char display[64];
    snprintf(display, sizeof display, "%s", getenv("DISPLAY"));
    setenv("DISPLAY", ":4096", 1);
    assert_fails(view_window_create(gpu, &parameters, &window), BASE_ERROR_NO_DEVICE, "--headless");
    assert_null(window);
    unsetenv("DISPLAY");
    unsetenv("SDL_VIDEODRIVER");
    assert_fails(view_window_create(gpu, &parameters, &window), BASE_ERROR_NO_DEVICE, "--headless");
    setenv("SDL_VIDEODRIVER", "x11", 1);
    setenv("DISPLAY", display, 1);
    view_window_destroy(&window); /* NULL-safe */
}

/* ---- beside other work, and for long ---- */

struct guest {
    struct view_window *window;
    struct gpu_image *image;
    uint32_t calls, shown;
};

static enum base_status serve(void *context)
{
    struct guest *guest = context;
    struct gpu *gpu = test_gpu();
    struct view_event event;
    bool shown;
    guest->calls++;
    while (view_window_event(guest->window, &event))
        ;
    BASE_TRY(gpu_draw_begin(gpu, guest->image, guest->calls % 2 ? red : green));
    BASE_TRY(gpu_draw_end(gpu));
    BASE_TRY(view_window_show(guest->window, guest->image, &shown));
    guest->shown += shown;
    return BASE_OK;
}

static void frames_are_shown_between_submissions(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct guest guest = {open_window(gpu), make_image(gpu, WIDTH, HEIGHT), 0, 0};
    struct gpu_buffer *words;
    uint32_t word = 0;
    assert_ok(gpu_buffer_create(gpu, "words", 8 << 20, GPU_DEVICE, &words));
    gpu_set_between(gpu, serve, &guest);
    for (uint32_t i = 1; i <= 50; i++) {
        assert_ok(gpu_fill(gpu, words, 0, 8 << 20, i));
        assert_ok(gpu_download(gpu, words, 4 * i, &word, 4));
        assert_int_equal(word, i);
    }
    gpu_set_between(gpu, NULL, NULL);
    assert_true(guest.calls >= 50);
    assert_true(guest.shown >= 10);
    assert_ok(gpu_wait(gpu));
    gpu_buffer_destroy(gpu, &words);
    gpu_image_destroy(gpu, &guest.image);
    view_window_destroy(&guest.window);
}

/* Handles of the device, counted where they are made. */
static int64_t n_handles;
#define COUNT_HANDLES(type, Name)                                                                            \
    static PFN_vkCreate##Name real_create_##Name;                                                            \
    static PFN_vkDestroy##Name real_destroy_##Name;                                                          \
    static VkResult VKAPI_CALL create_##Name(VkDevice device, const Vk##Name##CreateInfo *info,              \
                                             const VkAllocationCallbacks *callbacks, type *out)              \
    {                                                                                                        \
        n_handles++;                                                                                         \
        return real_create_##Name(device, info, callbacks, out);                                             \
    }                                                                                                        \
    static void VKAPI_CALL destroy_##Name(VkDevice device, type handle,                                      \
                                          const VkAllocationCallbacks *callbacks)                            \
    {                                                                                                        \
        n_handles -= handle != VK_NULL_HANDLE;                                                               \
        real_destroy_##Name(device, handle, callbacks);                                                      \
    }
COUNT_HANDLES(VkSemaphore, Semaphore)
COUNT_HANDLES(VkImage, Image)
COUNT_HANDLES(VkBuffer, Buffer)
#define PUT_BETWEEN(Name)                                                                                    \
    do {                                                                                                     \
        real_create_##Name = vkCreate##Name;                                                                 \
        real_destroy_##Name = vkDestroy##Name;                                                               \
        vkCreate##Name = create_##Name;                                                                      \
        vkDestroy##Name = destroy_##Name;                                                                    \
    } while (0)
#define TAKE_AWAY(Name)                                                                                      \
    do {                                                                                                     \
        vkCreate##Name = real_create_##Name;                                                                 \
        vkDestroy##Name = real_destroy_##Name;                                                               \
    } while (0)

static uint64_t resident_bytes(void)
{
    unsigned long long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%llu %llu", &all, &resident), 2);
    fclose(file);
    return resident * 4096;
}

static void ten_thousand_frames_leave_nothing_behind(void **state)
{
    (void)state;
    enum { FRAMES = 10000, WARM = 2000, FAULT = 1000 };
    struct gpu *gpu = test_gpu();
    const struct view_window_parameters parameters = {
        .title = "Arclight", .width = 160, .height = 120, .no_vsync = true};
    struct gpu_image *image = make_image(gpu, 160, 120);
    struct view_window *window;
    uint64_t before = 0;
    int64_t warm = 0;
    PUT_BETWEEN(Semaphore);
    PUT_BETWEEN(Image);
    PUT_BETWEEN(Buffer);
    n_handles = 0;
    assert_ok(view_window_create(gpu, &parameters, &window));
    for (uint32_t frame = 0; frame < FRAMES; frame++) {
        if (frame == WARM) {
            before = resident_bytes();
            warm = n_handles;
        }
        if (frame % FAULT == FAULT / 2)
            gpu_testing.next_acquire = frame / FAULT % 2 ? GPU_FAULT_OUT_OF_DATE : GPU_FAULT_SURFACE_LOST;
        paint(gpu, image, frame % 2 ? red : green);
        show(window, image, 1);
    }
    const uint64_t after = resident_bytes();
    print_message("10,000 frames: %llu KiB before, %llu KiB after, %lld handles\n",
                  (unsigned long long)before / 1024, (unsigned long long)after / 1024, (long long)n_handles);
    assert_int_equal(n_handles, warm);
    assert_true(after < before + (8 << 20));
    view_window_destroy(&window);
    assert_int_equal(n_handles, 0);
    TAKE_AWAY(Semaphore);
    TAKE_AWAY(Image);
    TAKE_AWAY(Buffer);
    gpu_image_destroy(gpu, &image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_drawn_is_on_the_screen),
        cmocka_unit_test(the_way_to_the_screen_is_begun_early),
        cmocka_unit_test(a_storm_of_sizes_is_survived),
        cmocka_unit_test(hidden_windows_come_back),
        cmocka_unit_test(another_monitor_is_followed),
        cmocka_unit_test(keys_arrive_as_they_are),
        cmocka_unit_test(the_pointer_arrives_where_it_is),
        cmocka_unit_test(faults_of_the_window_system_are_survived),
        cmocka_unit_test(a_lost_device_is_said),
        cmocka_unit_test(another_device_shows),
        cmocka_unit_test(without_a_display_headless_is_named),
        cmocka_unit_test(frames_are_shown_between_submissions),
        cmocka_unit_test(ten_thousand_frames_leave_nothing_behind),
    };
    if (!test_gpu_exists() || !test_display_open(SCREEN_WIDTH, SCREEN_HEIGHT) || !test_display_manage())
        return 77;
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
