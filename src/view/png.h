/* PNG files: the one thing that comes back from the device. */
#ifndef ARCLIGHT_VIEW_PNG_H
#define ARCLIGHT_VIEW_PNG_H

#include "base/status.h"
#include "view/canvas.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A line of text about the picture, kept in the file (iTXt chunk): "Title", "Software", "Description", … */
struct view_png_text {
    const char *keyword; /* 1 to 79 characters of ASCII */
    const char *text;    /* UTF-8 */
};

/* width x height pixels of 4 bytes, written without alpha as an 8-bit RGB PNG of scale·96 pixels an inch
 * (`scale` 0: not said) beside `path` and renamed when complete. The same pixels and texts give the same
 * bytes. */
enum base_status view_png_write(const char *path, const uint8_t *rgba, uint32_t width, uint32_t height,
                                float scale, const struct view_png_text *texts, uint32_t n_texts);

/* Waits for the canvas's image and writes it. */
enum base_status view_canvas_write_png(struct view_canvas *canvas, const char *path,
                                       const struct view_png_text *texts, uint32_t n_texts);

#ifdef __cplusplus
}
#endif
#endif
