/* A window on the screen that shows a canvas's image, or what stands in its place without a display. Used
 * from the thread that uses the gpu. Nothing here waits for the device. */
#ifndef ARCLIGHT_VIEW_WINDOW_H
#define ARCLIGHT_VIEW_WINDOW_H

#include "base/status.h"
#include "gpu/gpu.h"
#include "view/event.h"

#ifdef __cplusplus
extern "C" {
#endif

struct view_window;

struct view_window_parameters {
    const char *title;
    float width, height; /* canvas units */
    bool fullscreen;
    bool no_vsync;
    const char *present_device; /* as gpu_open_parameters.device: the device that shows, when `gpu` cannot;
                                   NULL: the first that can */
};

/* Opens a window. When `gpu` cannot present to it, a second device is opened to show what `gpu` draws, and
 * which is said. BASE_ERROR_NO_DEVICE without a display (the message names --headless), without a device that
 * presents, and in a build without windows. The caller destroys it before the gpu is closed. */
enum base_status view_window_create(struct gpu *gpu, const struct view_window_parameters *parameters,
                                    struct view_window **out);
void view_window_destroy(struct view_window **window); /* NULL-safe */

/* The next event, if there is one. Never waits. The first one is a RESIZE with the window's size. */
bool view_window_event(struct view_window *window, struct view_event *event);
/* Sleeps until there is an event or `milliseconds` have passed. */
void view_window_wait(struct view_window *window, uint32_t milliseconds);

/* To be called when the image's drawing has been handed to the device: the way to the window is begun behind
 * it, before other work. Nothing depends on it but time. */
enum base_status view_window_offer(struct view_window *window, struct gpu_image *image);
/* Shows the image, stretched when the window has changed its size meanwhile. *shown false: the window could
 * not take it now (no image free, minimised, swapchain made anew); try at the next frame. Surfaces that are
 * lost are made anew. Of an image that was offered the copy is shown. BASE_ERROR_DEVICE_LOST and others are
 * passed on. */
enum base_status view_window_show(struct view_window *window, struct gpu_image *image, bool *shown);

/* ns between frames that the display wants: from its refresh rate, 60 Hz when it does not say. */
uint64_t view_window_interval_ns(const struct view_window *window);
void view_window_set_title(struct view_window *window, const char *title);
void view_window_set_fullscreen(struct view_window *window, bool fullscreen);
bool view_window_is_fullscreen(const struct view_window *window);
/* "X11, VK_PRESENT_MODE_FIFO_KHR, 3 images"; the second device's name when there is one. */
const char *view_window_description(const struct view_window *window);

#ifdef __cplusplus
}
#endif
#endif
