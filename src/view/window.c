/* A window by SDL2, the only file that knows it. The library is loaded when the first window is opened, so
 * that what opens none neither needs nor waits for it. */
#include "view/window.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "view/relay.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SDL_MAIN_HANDLED
#include <SDL.h>
#include <SDL_vulkan.h>

/* ---- the library ---- */

#define SDL_FUNCTIONS(_)                                                                                     \
    _(CreateRGBSurfaceWithFormatFrom)                                                                        \
    _(CreateWindow)                                                                                          \
    _(DestroyWindow)                                                                                         \
    _(FreeSurface)                                                                                           \
    _(GetCurrentDisplayMode)                                                                                 \
    _(GetCurrentVideoDriver)                                                                                 \
    _(GetError)                                                                                              \
    _(GetModState)                                                                                           \
    _(GetWindowDisplayIndex)                                                                                 \
    _(GetWindowFlags)                                                                                        \
    _(GetWindowID)                                                                                           \
    _(GetWindowSize)                                                                                         \
    _(InitSubSystem)                                                                                         \
    _(PeepEvents)                                                                                            \
    _(PumpEvents)                                                                                            \
    _(QuitSubSystem)                                                                                         \
    _(SetHint)                                                                                               \
    _(SetMainReady)                                                                                          \
    _(SetWindowFullscreen)                                                                                   \
    _(SetWindowIcon)                                                                                         \
    _(SetWindowMinimumSize)                                                                                  \
    _(SetWindowTitle)                                                                                        \
    _(StartTextInput)                                                                                        \
    _(Vulkan_CreateSurface)                                                                                  \
    _(Vulkan_GetDrawableSize)                                                                                \
    _(WaitEventTimeout)                                                                                      \
    _(setenv)

#define SDL_MEMBER(name) __typeof__(&SDL_##name) name;
static struct {
    SDL_FUNCTIONS(SDL_MEMBER)
    void *library;
} sdl;

static enum base_status load_library(void)
{
    static const char *const names[] = {"libSDL2-2.0.so.0", "libSDL2-2.0.0.dylib", "libSDL2.so",
                                        "libSDL2.dylib"};
    bool whole = true;
    void *library = NULL;
    if (sdl.library)
        return BASE_OK;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !library; i++)
        library = base_library_load(names[i]);
    if (!library)
        return base_fail(BASE_ERROR_NO_DEVICE, "a window needs the library SDL2, which is not here; install "
                                               "libsdl2-2.0-0, or let --headless draw the frames into files");
#define SDL_FIND(name) whole &= base_library_find(library, "SDL_" #name, &sdl.name);
    SDL_FUNCTIONS(SDL_FIND)
    if (!whole)
        return base_fail(BASE_ERROR_NO_DEVICE, "the library SDL2 on this system is older than 2.0.6, which a "
                                               "window needs; --headless draws the frames into files");
    sdl.library = library;
    return BASE_OK;
}

/* Errors of the X server arrive late and would end the program; a frame that a driver could not show is no
 * reason to lose a run. */
static int on_x_error(void *display, void *event)
{
    (void)display;
    (void)event;
    base_log(BASE_LOG_VERBOSE, "the X server refused something that the window asked for");
    return 0;
}

static void survive_x_errors(void)
{
    typedef int handler(void *display, void *event);
    handler *(*set_handler)(handler *);
    const char *driver = sdl.GetCurrentVideoDriver();
    void *x11 = driver && strcmp(driver, "x11") == 0 ? base_library_load("libX11.so.6") : NULL;
    if (x11 && base_library_find(x11, "XSetErrorHandler", &set_handler))
        set_handler(on_x_error);
}

/* Signals stay with the program: Ctrl-C must mean the same with a window as without. */
static enum base_status start_video(void)
{
#if defined(__unix__) && !defined(__APPLE__)
    /* Without these SDL might take the console's screen. */
    if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY") && !getenv("SDL_VIDEODRIVER"))
        return base_fail(BASE_ERROR_NO_DEVICE, "no display to open a window on (neither DISPLAY nor "
                                               "WAYLAND_DISPLAY is set); with --headless the same frames are "
                                               "drawn into files");
#endif
    BASE_TRY(load_library());
    sdl.SetMainReady();
    sdl.SetHint("SDL_NO_SIGNAL_HANDLERS", "1");
    sdl.SetHint("SDL_APP_NAME", "Arclight");
    sdl.SetHint("SDL_VIDEO_ALLOW_SCREENSAVER", "1");
    sdl.SetHint("SDL_VIDEO_MINIMIZE_ON_FOCUS_LOSS", "0");
    sdl.SetHint("SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR", "0");
    sdl.SetHint("SDL_QUIT_ON_LAST_WINDOW_CLOSE", "0");
    sdl.SetHint("SDL_MOUSE_FOCUS_CLICKTHROUGH", "1");
    sdl.SetHint("SDL_WINDOWS_DPI_SCALING", "1");
    sdl.setenv("SDL_VIDEO_X11_WMCLASS", "arclight", 0);
    sdl.setenv("SDL_VIDEO_WAYLAND_WMCLASS", "arclight", 0);
    /* The name that is there without development packages. */
    sdl.setenv("SDL_X11_XCB_LIBRARY", "libX11-xcb.so.1", 0);
    if (sdl.InitSubSystem(SDL_INIT_VIDEO) == 0) {
        survive_x_errors();
        return BASE_OK;
    }
    return base_fail(
        BASE_ERROR_NO_DEVICE,
        "no display to open a window on (SDL: %s); with --headless the same frames are drawn into "
        "files",
        sdl.GetError());
}

/* ---- the window ---- */

enum { QUEUE = 64, ICON = 64 };

struct view_window {
    struct gpu *gpu;
    struct gpu *second; /* the device that shows, when gpu does not; else NULL */
    SDL_Window *window;
    struct gpu_swapchain *swapchain; /* of second, or of gpu */
    struct view_relay *relay;        /* NULL without a second device */
    struct gpu_image *arrived;       /* from the relay, and not yet shown */
    float desktop_scale;             /* of a desktop that leaves scaling to programs */
    struct view_event queue[QUEUE];
    uint32_t first, count;
    float x, y;              /* the pointer, units */
    uint16_t modifiers;      /* SDL's, as of the event that is being looked at: SDL itself is further on */
    bool text_is_key;        /* the last key pressed makes text by itself, without ctrl or alt */
    enum base_status failed; /* where it could not be said */
    char message[1024];
    char *description;
};

static struct gpu *showing(const struct view_window *window)
{
    return window->second ? window->second : window->gpu;
}

static bool make_surface(void *context, void *instance, uint64_t *surface)
{
    const struct view_window *window = context;
    VkSurfaceKHR made;
    if (!sdl.Vulkan_CreateSurface(window->window, (VkInstance)instance, &made))
        return false;
    *surface = (uint64_t)(uintptr_t)made;
    return true;
}

/* X11 desktops with many pixels an inch leave sizes to the programs and tell them so. */
static float desktop_scale(void)
{
    const char *driver = sdl.GetCurrentVideoDriver(), *wish = getenv("GDK_SCALE");
    double scale = wish && driver && strcmp(driver, "x11") == 0 ? strtod(wish, NULL) : 1;
    return scale >= 1 && scale <= 8 ? (float)scale : 1;
}

/* The program's mark, a rose of four lobes on a dark ground, as assets/arclight.svg has it. */
static void set_icon(SDL_Window *window)
{
    static uint8_t pixels[ICON][ICON][4];
    for (int row = 0; row < ICON; row++)
        for (int column = 0; column < ICON; column++) {
            float x = ((float)column + 0.5f) * 256 / ICON - 128, y = ((float)row + 0.5f) * 256 / ICON - 128;
            float across = fminf(fabsf(x), fabsf(y)), along = fmaxf(fabsf(x), fabsf(y));
            float angle = atan2f(across, along), radius = hypotf(x, y);
            float edge = 18 + 74 * expf(-angle * angle / 0.05f) - radius;
            bool ground = fmaxf(fabsf(x), fabsf(y)) < 120 &&
                          hypotf(fmaxf(fabsf(x) - 80, 0), fmaxf(fabsf(y) - 80, 0)) < 40;
            float light = edge > 5 ? 0.4f : edge > -3 ? 1 : 0;
            static const float dark[3] = {18, 21, 28}, bright[3] = {253, 231, 37};
            for (int c = 0; c < 3; c++)
                pixels[row][column][c] = (uint8_t)(dark[c] + light * (bright[c] - dark[c]));
            pixels[row][column][3] = ground ? 255 : 0;
        }
    SDL_Surface *icon =
        sdl.CreateRGBSurfaceWithFormatFrom(pixels, ICON, ICON, 32, ICON * 4, SDL_PIXELFORMAT_RGBA32);
    if (!icon)
        return;
    sdl.SetWindowIcon(window, icon);
    sdl.FreeSurface(icon);
}

static enum base_status open_sdl_window(struct view_window *window,
                                        const struct view_window_parameters *parameters)
{
    const uint32_t flags = SDL_WINDOW_VULKAN | SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI |
                           (parameters->fullscreen ? (uint32_t)SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
    window->desktop_scale = desktop_scale();
    window->window = sdl.CreateWindow(parameters->title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                      (int)lroundf(parameters->width * window->desktop_scale),
                                      (int)lroundf(parameters->height * window->desktop_scale), flags);
    if (!window->window)
        return base_fail(BASE_ERROR_NO_DEVICE,
                         "no window that Vulkan can draw in (SDL: %s); with --headless the same frames are "
                         "drawn into files",
                         sdl.GetError());
    set_icon(window->window);
    sdl.SetWindowMinimumSize(window->window, 160, 120);
    sdl.StartTextInput();
    return BASE_OK;
}

/* ---- the device that shows ---- */

static enum base_status try_second(struct view_window *window, const char *device, bool vsync)
{
    const struct gpu_open_parameters parameters = {.device = device, .quiet = true};
    BASE_TRY(gpu_open(&parameters, &window->second));
    enum base_status status =
        gpu_swapchain_create(window->second, make_surface, window, vsync, &window->swapchain);
    if (status == BASE_OK)
        status = view_relay_create(window->gpu, window->second, &window->relay);
    if (status == BASE_OK)
        return BASE_OK;
    gpu_swapchain_destroy(window->second, &window->swapchain);
    gpu_close(&window->second);
    return status;
}

static enum base_status find_second(struct view_window *window,
                                    const struct view_window_parameters *parameters)
{
    struct gpu_device_information *list = NULL;
    uint32_t count = 0;
    enum base_status status = BASE_ERROR_NO_DEVICE;
    if (parameters->present_device)
        return try_second(window, parameters->present_device, !parameters->no_vsync);
    BASE_TRY(gpu_list(&list, &count));
    for (uint32_t i = 0; i < count && status != BASE_OK; i++) {
        char index[16];
        snprintf(index, sizeof index, "%u", i);
        if (!list[i].unusable && list[i].capabilities.presents)
            status = try_second(window, index, !parameters->no_vsync);
    }
    base_free(list);
    if (status == BASE_OK)
        return BASE_OK;
    return base_fail(
        BASE_ERROR_NO_DEVICE,
        "neither %s nor another Vulkan device here can show anything in a window on this display; "
        "with --headless the same frames are drawn into files",
        gpu_information(window->gpu)->name);
}

static enum base_status connect_device(struct view_window *window,
                                       const struct view_window_parameters *parameters)
{
    enum base_status status = BASE_ERROR_NO_DEVICE;
    if (gpu_can_present(window->gpu))
        status = gpu_swapchain_create(window->gpu, make_surface, window, !parameters->no_vsync,
                                      &window->swapchain);
    if (status != BASE_ERROR_NO_DEVICE)
        return status;
    BASE_TRY(find_second(window, parameters));
    base_log(BASE_LOG_NORMAL, "%s cannot show anything in a window: %s shows what it draws",
             gpu_information(window->gpu)->name, gpu_information(window->second)->name);
    return BASE_OK;
}

static void push_size(struct view_window *window);

enum base_status view_window_create(struct gpu *gpu, const struct view_window_parameters *parameters,
                                    struct view_window **out)
{
    enum base_status status;
    struct view_window *window = NULL;
    *out = NULL;
    BASE_TRY(start_video());
    BASE_CHECK(base_allocate(&window, 1, sizeof *window, "the window"));
    window->gpu = gpu;
    BASE_CHECK(base_allocate(&window->description, 1, 512, "the window"));
    BASE_CHECK(open_sdl_window(window, parameters));
    BASE_CHECK(connect_device(window, parameters));
    push_size(window);
    *out = window;
    return BASE_OK;
error:
    if (window)
        view_window_destroy(&window);
    else
        sdl.QuitSubSystem(SDL_INIT_VIDEO);
    return status;
}

void view_window_destroy(struct view_window **handle)
{
    struct view_window *window = *handle;
    if (!window)
        return;
    *handle = NULL;
    view_relay_destroy(&window->relay);
    if (window->swapchain)
        gpu_swapchain_destroy(showing(window), &window->swapchain);
    gpu_close(&window->second);
    if (window->window)
        sdl.DestroyWindow(window->window);
    base_free(window->description);
    base_free(window);
    sdl.QuitSubSystem(SDL_INIT_VIDEO);
}

/* ---- showing ---- */

static bool is_hidden(const struct view_window *window)
{
    return sdl.GetWindowFlags(window->window) & (SDL_WINDOW_HIDDEN | SDL_WINDOW_MINIMIZED);
}

/* The window's pixels; 0 x 0 when there are none to be seen. */
static void pixels_of(const struct view_window *window, uint32_t *width, uint32_t *height)
{
    int across = 0, down = 0;
    if (!is_hidden(window))
        sdl.Vulkan_GetDrawableSize(window->window, &across, &down);
    *width = across > 0 && down > 0 ? (uint32_t)across : 0;
    *height = across > 0 && down > 0 ? (uint32_t)down : 0;
}

static enum base_status present(struct view_window *window, struct gpu_image *image, bool *shown)
{
    uint32_t width, height;
    *shown = false;
    pixels_of(window, &width, &height);
    if (width == 0)
        return BASE_OK;
    return gpu_present(showing(window), window->swapchain, image, width, height, shown);
}

enum base_status view_window_offer(struct view_window *window, struct gpu_image *image)
{
    uint32_t width, height;
    pixels_of(window, &width, &height);
    if (window->relay || width == 0 || window->failed != BASE_OK)
        return BASE_OK;
    return gpu_present_begin(window->gpu, window->swapchain, image, width, height);
}

/* The copy that was begun, when it is done; else all of it. */
static enum base_status show_here(struct view_window *window, struct gpu_image *image, bool *shown)
{
    bool copied;
    if (!gpu_present_begun(window->gpu, window->swapchain, &copied))
        return present(window, image, shown);
    return copied ? gpu_present_end(window->gpu, window->swapchain, shown) : BASE_OK;
}

/* What has come over to the second device is shown as soon as that has an image free. */
static enum base_status forward(struct view_window *window)
{
    struct gpu_image *image;
    bool shown;
    if (!window->relay)
        return BASE_OK;
    BASE_TRY(view_relay_arrive(window->relay, &image));
    if (image)
        window->arrived = image;
    if (!window->arrived)
        return BASE_OK;
    BASE_TRY(present(window, window->arrived, &shown));
    if (shown)
        window->arrived = NULL;
    return BASE_OK;
}

static void keep_failure(struct view_window *window, enum base_status status)
{
    if (status == BASE_OK || window->failed != BASE_OK)
        return;
    window->failed = status;
    snprintf(window->message, sizeof window->message, "%s", base_message());
}

enum base_status view_window_show(struct view_window *window, struct gpu_image *image, bool *shown)
{
    *shown = false;
    if (window->failed != BASE_OK)
        return base_fail(window->failed, "%s", window->message);
    if (!window->relay)
        return show_here(window, image, shown);
    BASE_TRY(forward(window));
    if (is_hidden(window))
        return BASE_OK;
    return view_relay_take(window->relay, image, shown);
}

/* ---- events ---- */

static struct view_event *push(struct view_window *window, enum view_event_kind kind)
{
    static struct view_event lost; /* more than a queue full comes of no single event of SDL's */
    if (window->count == QUEUE)
        return &lost;
    struct view_event *event = &window->queue[(window->first + window->count++) % QUEUE];
    const uint16_t modifiers = window->modifiers;
    *event = (struct view_event){.kind = kind, .x = window->x, .y = window->y};
    event->modifiers = (modifiers & KMOD_SHIFT ? VIEW_SHIFT : 0u) | (modifiers & KMOD_CTRL ? VIEW_CTRL : 0u) |
                       (modifiers & KMOD_LALT ? VIEW_ALT : 0u);
    return event;
}

static void push_size(struct view_window *window)
{
    int width = 0, height = 0, across = 0, down = 0;
    sdl.GetWindowSize(window->window, &width, &height);
    sdl.Vulkan_GetDrawableSize(window->window, &across, &down);
    if (width <= 0 || height <= 0)
        return;
    struct view_event *event = push(window, VIEW_EVENT_RESIZE);
    event->width = (float)width / window->desktop_scale;
    event->height = (float)height / window->desktop_scale;
    event->scale = (float)across / event->width;
}

static const char *key_name(SDL_Keycode key, bool numbers)
{
    static const struct {
        SDL_Keycode key;
        const char *name;
    } names[] = {
        {SDLK_SPACE, "space"},
        {SDLK_RETURN, "enter"},
        {SDLK_KP_ENTER, "enter"},
        {SDLK_ESCAPE, "escape"},
        {SDLK_TAB, "tab"},
        {SDLK_BACKSPACE, "backspace"},
        {SDLK_DELETE, "delete"},
        {SDLK_LEFT, "left"},
        {SDLK_RIGHT, "right"},
        {SDLK_UP, "up"},
        {SDLK_DOWN, "down"},
        {SDLK_HOME, "home"},
        {SDLK_END, "end"},
        {SDLK_PAGEUP, "page-up"},
        {SDLK_PAGEDOWN, "page-down"},
        {SDLK_F1, "f1"},
        {SDLK_F2, "f2"},
        {SDLK_F3, "f3"},
        {SDLK_F4, "f4"},
        {SDLK_F5, "f5"},
        {SDLK_F6, "f6"},
        {SDLK_F7, "f7"},
        {SDLK_F8, "f8"},
        {SDLK_F9, "f9"},
        {SDLK_F10, "f10"},
        {SDLK_F11, "f11"},
        {SDLK_F12, "f12"},
        {SDLK_AC_BACK, "escape"},
        {SDLK_KP_TAB, "tab"},
        {SDLK_KP_BACKSPACE, "backspace"},
        /* The keypad's, without its lock. */
        {SDLK_KP_4, "left"},
        {SDLK_KP_6, "right"},
        {SDLK_KP_8, "up"},
        {SDLK_KP_2, "down"},
        {SDLK_KP_7, "home"},
        {SDLK_KP_1, "end"},
        {SDLK_KP_9, "page-up"},
        {SDLK_KP_3, "page-down"},
        {SDLK_KP_PERIOD, "delete"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].key == key)
            return numbers && key >= SDLK_KP_1 && key <= SDLK_KP_PERIOD ? NULL : names[i].name;
    return NULL;
}

/* The character of a key without modifiers, as UTF-8. */
static bool plain_character(SDL_Keycode key, char text[16])
{
    const uint32_t code = (uint32_t)key;
    if (code <= 0x20 || code == 0x7f || code >= 0x110000)
        return false;
    if (code < 0x80)
        snprintf(text, 16, "%c", (int)(code >= 'A' && code <= 'Z' ? code + 32 : code));
    else if (code < 0x800)
        snprintf(text, 16, "%c%c", (int)(0xc0 | code >> 6), (int)(0x80 | (code & 0x3f)));
    else if (code < 0x10000)
        snprintf(text, 16, "%c%c%c", (int)(0xe0 | code >> 12), (int)(0x80 | (code >> 6 & 0x3f)),
                 (int)(0x80 | (code & 0x3f)));
    else
        return false;
    return true;
}

/* Keys that make characters arrive as text, by the keyboard's layout; the others, and what is pressed with
 * ctrl or alt, arrive here. The right alt key belongs to the layout on many keyboards. */
static void on_key(struct view_window *window, const SDL_KeyboardEvent *key)
{
    const uint16_t modifiers = key->keysym.mod;
    const bool layout = (modifiers & KMOD_RALT) && !(modifiers & KMOD_LALT);
    const bool control = (modifiers & KMOD_CTRL) && !layout, alt = modifiers & KMOD_LALT;
#ifdef __APPLE__
    const bool system_key = modifiers & KMOD_GUI;
    const bool control_key = control || system_key;
#else
    const bool system_key = modifiers & KMOD_GUI;
    const bool control_key = control;
#endif
    const char *name = key_name(key->keysym.sym, modifiers & KMOD_NUM);
    char text[16];
    window->text_is_key = !control && !alt && !system_key;
    if (system_key && !control_key)
        return;
    if (!name && window->text_is_key)
        return;
    if (!name && !plain_character(key->keysym.sym, text))
        return;
    struct view_event *event = push(window, VIEW_EVENT_KEY);
    event->modifiers =
        (modifiers & KMOD_SHIFT ? VIEW_SHIFT : 0u) | (control_key ? VIEW_CTRL : 0u) | (alt ? VIEW_ALT : 0u);
    snprintf(event->key, sizeof event->key, "%s", name ? name : text);
}

static void on_text(struct view_window *window, const char *text)
{
    while (window->text_is_key && *text) {
        size_t length = 1;
        while (((unsigned char)text[length] & 0xc0) == 0x80)
            length++;
        const unsigned char first = (unsigned char)text[0];
        if (first > 0x20 && first != 0x7f && length < sizeof window->queue[0].key) {
            struct view_event *event = push(window, VIEW_EVENT_KEY);
            event->modifiers = 0;
            memset(event->key, 0, sizeof event->key);
            memcpy(event->key, text, length);
        }
        text += length;
    }
}

static void on_button(struct view_window *window, const SDL_MouseButtonEvent *button)
{
    static const struct {
        uint8_t sdl;
        enum view_button button;
    } buttons[] = {{SDL_BUTTON_LEFT, VIEW_BUTTON_LEFT},
                   {SDL_BUTTON_MIDDLE, VIEW_BUTTON_MIDDLE},
                   {SDL_BUTTON_RIGHT, VIEW_BUTTON_RIGHT}};
    window->x = (float)button->x / window->desktop_scale;
    window->y = (float)button->y / window->desktop_scale;
    for (size_t i = 0; i < sizeof buttons / sizeof buttons[0]; i++) {
        if (buttons[i].sdl != button->button)
            continue;
        const bool pressed = button->type == SDL_MOUSEBUTTONDOWN;
        struct view_event *event = push(window, pressed ? VIEW_EVENT_PRESS : VIEW_EVENT_RELEASE);
        event->button = buttons[i].button;
        event->clicks = pressed ? button->clicks : 0;
    }
}

static void on_wheel(struct view_window *window, const SDL_MouseWheelEvent *wheel)
{
    struct view_event *event = push(window, VIEW_EVENT_WHEEL);
#if SDL_VERSION_ATLEAST(2, 0, 18)
    event->wheel_x = wheel->preciseX;
    event->wheel_y = wheel->preciseY;
#else
    event->wheel_x = (float)wheel->x;
    event->wheel_y = (float)wheel->y;
#endif
}

static void on_window(struct view_window *window, const SDL_WindowEvent *event)
{
    switch (event->event) {
    case SDL_WINDOWEVENT_SIZE_CHANGED:
        push_size(window);
        break;
    case SDL_WINDOWEVENT_HIDDEN:
    case SDL_WINDOWEVENT_MINIMIZED:
        (void)push(window, VIEW_EVENT_HIDE);
        break;
    case SDL_WINDOWEVENT_SHOWN:
    case SDL_WINDOWEVENT_RESTORED:
    case SDL_WINDOWEVENT_EXPOSED: /* what it showed may be gone */
        (void)push(window, VIEW_EVENT_SHOW);
        break;
    case SDL_WINDOWEVENT_LEAVE:
        (void)push(window, VIEW_EVENT_LEAVE);
        break;
    case SDL_WINDOWEVENT_FOCUS_GAINED:
        window->modifiers = (uint16_t)sdl.GetModState();
        break;
    case SDL_WINDOWEVENT_FOCUS_LOST:
        window->modifiers = KMOD_NONE;
        break;
    case SDL_WINDOWEVENT_CLOSE:
        (void)push(window, VIEW_EVENT_CLOSE);
        break;
#if SDL_VERSION_ATLEAST(2, 0, 18)
    case SDL_WINDOWEVENT_DISPLAY_CHANGED: /* whose pixels may be smaller; frames follow its rate anyway */
        push_size(window);
        if (!is_hidden(window)) /* a minimised window may move as well */
            (void)push(window, VIEW_EVENT_SHOW);
        break;
#endif
    default:
        break;
    }
}

static void translate(struct view_window *window, const SDL_Event *event)
{
    switch (event->type) {
    case SDL_KEYDOWN:
        window->modifiers = event->key.keysym.mod;
        on_key(window, &event->key);
        break;
    case SDL_KEYUP:
        window->modifiers = event->key.keysym.mod;
        break;
    case SDL_TEXTINPUT:
        on_text(window, event->text.text);
        break;
    case SDL_MOUSEMOTION:
        window->x = (float)event->motion.x / window->desktop_scale;
        window->y = (float)event->motion.y / window->desktop_scale;
        (void)push(window, VIEW_EVENT_MOVE);
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        on_button(window, &event->button);
        break;
    case SDL_MOUSEWHEEL:
        on_wheel(window, &event->wheel);
        break;
    case SDL_WINDOWEVENT:
        if (event->window.windowID == sdl.GetWindowID(window->window))
            on_window(window, &event->window);
        break;
    case SDL_QUIT:
        (void)push(window, VIEW_EVENT_CLOSE);
        break;
    default:
        break;
    }
}

/* SDL_PollEvent may say that there is nothing, without a look, where an earlier wait ended: an event would be
 * seen a turn late. */
static bool take_raw(SDL_Event *raw)
{
    return sdl.PeepEvents(raw, 1, SDL_GETEVENT, SDL_FIRSTEVENT, SDL_LASTEVENT) > 0;
}

bool view_window_event(struct view_window *window, struct view_event *event)
{
    SDL_Event raw;
    keep_failure(window, forward(window));
    if (window->count == 0)
        sdl.PumpEvents();
    while (window->count == 0 && take_raw(&raw))
        translate(window, &raw);
    if (window->count == 0)
        return false;
    *event = window->queue[window->first];
    window->first = (window->first + 1) % QUEUE;
    window->count--;
    return true;
}

void view_window_wait(struct view_window *window, uint32_t milliseconds)
{
    const uint64_t end = base_clock_ns() + (uint64_t)milliseconds * 1000000;
    /* Where a second device shows, what comes over to it is waited for in turns. */
    for (;;) {
        const uint64_t now = base_clock_ns();
        const bool busy = window->relay && (view_relay_is_busy(window->relay) || window->arrived);
        const uint64_t left = now < end ? (end - now) / 1000000 : 0;
        if (window->count > 0)
            return;
        if (left == 0) {
            sdl.PumpEvents();
            return;
        }
        if (sdl.WaitEventTimeout(NULL, (int)(busy && left > 1 ? 1 : base_minimum(left, 60000))) ||
            window->failed != BASE_OK)
            return;
        keep_failure(window, forward(window));
    }
}

/* ---- the rest ---- */

uint64_t view_window_interval_ns(const struct view_window *window)
{
    SDL_DisplayMode mode = {0};
    const int display = sdl.GetWindowDisplayIndex(window->window);
    if (display < 0 || sdl.GetCurrentDisplayMode(display, &mode) != 0 || mode.refresh_rate <= 0)
        mode.refresh_rate = 60;
    return 1000000000u / (uint64_t)mode.refresh_rate;
}

void view_window_set_title(struct view_window *window, const char *title)
{
    sdl.SetWindowTitle(window->window, title);
}

void view_window_set_fullscreen(struct view_window *window, bool fullscreen)
{
    if (sdl.SetWindowFullscreen(window->window, fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0) != 0)
        base_log(BASE_LOG_NORMAL, "the window's size stays: %s", sdl.GetError());
}

bool view_window_is_fullscreen(const struct view_window *window)
{
    return sdl.GetWindowFlags(window->window) & SDL_WINDOW_FULLSCREEN;
}

const char *view_window_description(const struct view_window *window)
{
    const char *driver = sdl.GetCurrentVideoDriver();
    char chain[64];
    gpu_swapchain_describe(window->swapchain, chain);
    driver = driver ? driver : "";
    snprintf(window->description, 512, "%s, %s%s%s", strcmp(driver, "x11") == 0 ? "X11" : driver, chain,
             window->second ? ", shown by " : "",
             window->second ? gpu_information(window->second)->name : "");
    return window->description;
}
