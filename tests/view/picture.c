#include "picture.h"

#include "support/device.h"
#include "support/test.h"

#include "base/memory.h"

#include <stdlib.h>

struct view_canvas *picture_canvas(float width, float height, float scale, const struct view_theme *theme)
{
    struct view_canvas *canvas;
    assert_ok(view_canvas_create(test_gpu(), &(struct view_canvas_parameters){width, height, scale, theme},
                                 &canvas));
    view_canvas_begin(canvas);
    return canvas;
}

struct picture picture_of(struct view_canvas *canvas)
{
    struct gpu_image *image = view_canvas_image(canvas);
    struct picture picture = {gpu_image_width(image), gpu_image_height(image), NULL};
    assert_ok(view_canvas_finish(canvas));
    assert_ok(base_allocate(&picture.pixels, (size_t)picture.width * picture.height, 4, "pixels"));
    assert_ok(gpu_image_download(view_canvas_gpu(canvas), image, picture.pixels));
    return picture;
}

void picture_release(struct picture *picture)
{
    base_free(picture->pixels);
    picture->pixels = NULL;
}

struct view_colour picture_at(const struct picture *picture, uint32_t x, uint32_t y)
{
    assert_true(x < picture->width && y < picture->height);
    const uint8_t *pixel = picture->pixels + 4 * ((size_t)y * picture->width + x);
    return (struct view_colour){pixel[0], pixel[1], pixel[2], pixel[3]};
}

void assert_pixel(const struct picture *picture, uint32_t x, uint32_t y, struct view_colour colour,
                  int tolerance)
{
    struct view_colour found = picture_at(picture, x, y);
    if (abs(found.r - colour.r) > tolerance || abs(found.g - colour.g) > tolerance ||
        abs(found.b - colour.b) > tolerance)
        fail_msg("pixel (%u, %u) is %02x%02x%02x, expected %02x%02x%02x within %d", x, y, found.r, found.g,
                 found.b, colour.r, colour.g, colour.b, tolerance);
}

double picture_ink(const struct picture *picture, uint32_t x, uint32_t y, struct view_colour ground,
                   struct view_colour ink)
{
    struct view_colour found = picture_at(picture, x, y);
    const int span[3] = {ink.r - ground.r, ink.g - ground.g, ink.b - ground.b};
    const int part[3] = {found.r - ground.r, found.g - ground.g, found.b - ground.b};
    int widest = 0;
    for (int i = 1; i < 3; i++)
        if (abs(span[i]) > abs(span[widest]))
            widest = i;
    return (double)part[widest] / span[widest];
}

double picture_ink_sum(const struct picture *picture, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1,
                       struct view_colour ground, struct view_colour ink)
{
    double sum = 0;
    for (uint32_t y = y0; y < y1; y++)
        for (uint32_t x = x0; x < x1; x++)
            sum += picture_ink(picture, x, y, ground, ink);
    return sum;
}

struct gpu_buffer *picture_upload(const void *data, size_t bytes)
{
    struct gpu_buffer *buffer;
    assert_ok(gpu_buffer_create(test_gpu(), "test data", bytes, GPU_DEVICE, &buffer));
    assert_ok(gpu_upload(test_gpu(), buffer, 0, data, bytes));
    return buffer;
}
