/* What stands for windows in a build without them. */
#include "view/window.h"

enum base_status view_window_create(struct gpu *gpu, const struct view_window_parameters *parameters,
                                    struct view_window **out)
{
    (void)gpu;
    (void)parameters;
    *out = NULL;
    return base_fail(
        BASE_ERROR_NO_DEVICE,
        "this build has no windows (it was configured with -DARCLIGHT_WINDOW=OFF); with --headless "
        "the same frames are drawn into files");
}

void view_window_destroy(struct view_window **window)
{
    *window = NULL;
}

bool view_window_event(struct view_window *window, struct view_event *event)
{
    (void)window;
    (void)event;
    return false;
}

void view_window_wait(struct view_window *window, uint32_t milliseconds)
{
    (void)window;
    (void)milliseconds;
}

enum base_status view_window_offer(struct view_window *window, struct gpu_image *image)
{
    (void)window;
    (void)image;
    return BASE_OK;
}

enum base_status view_window_show(struct view_window *window, struct gpu_image *image, bool *shown)
{
    (void)window;
    (void)image;
    *shown = false;
    return base_fail(BASE_ERROR_INTERNAL, "view_window_show without a window");
}

uint64_t view_window_interval_ns(const struct view_window *window)
{
    (void)window;
    return 1000000000 / 60;
}

void view_window_set_title(struct view_window *window, const char *title)
{
    (void)window;
    (void)title;
}

void view_window_set_fullscreen(struct view_window *window, bool fullscreen)
{
    (void)window;
    (void)fullscreen;
}

bool view_window_is_fullscreen(const struct view_window *window)
{
    (void)window;
    return false;
}

const char *view_window_description(const struct view_window *window)
{
    (void)window;
    return "";
}
