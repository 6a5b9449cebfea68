#include "view/canvas.h"

#include "base/memory.h"
#include "view/internal.h"
#include "view/kernels.h"

#include <math.h>
#include <string.h>

_Static_assert(sizeof(struct view_shape) == 4 * VIEW_SHAPE_WORDS, "the record the shader reads");

/* One draw: a row, its parameters and ranges as view_canvas_draw got them. */
struct draw {
    const struct gpu_kernel *kernel;
    uint32_t params[GPU_MAX_PARAMS_BYTES / 4];
    struct gpu_range ranges[GPU_MAX_BINDINGS];
    uint32_t vertices, instances;
    uint32_t scissor[4];
};

/* Host memory that grows by doubling and is kept from frame to frame, and the device buffer it is copied to.
 */
struct batch {
    void *items;
    size_t count, capacity, size;
    struct gpu_buffer *buffer;
};

struct view_canvas {
    struct gpu *gpu;
    struct gpu_image *image;
    const struct view_theme *theme;
    float width, height, scale;
    enum base_status status;
    struct view_rect clip;
    uint32_t scissor[4]; /* the clip in pixels */
    struct batch shapes, numbers, draws;
    struct gpu_buffer *font, *maps;
};

/* ---- making and unmaking ---- */

static enum base_status check_size(const struct view_canvas *canvas, float width, float height)
{
    uint32_t most = gpu_capabilities(canvas->gpu)->max_image_size;
    if (!(width >= 0.5f) || !(height >= 0.5f) || !(width < (float)most + 0.5f) ||
        !(height < (float)most + 0.5f))
        return base_fail(
            BASE_ERROR_USAGE,
            "a picture of %.0f x %.0f pixels: each side must be 1 to %u on this device; choose a "
            "smaller size or scale",
            (double)width, (double)height, most);
    return BASE_OK;
}

enum base_status view_canvas_resize(struct view_canvas *canvas,
                                    const struct view_canvas_parameters *parameters)
{
    float scale = parameters->scale > 0 ? parameters->scale : 1;
    float width = roundf(parameters->width * scale), height = roundf(parameters->height * scale);
    BASE_TRY(check_size(canvas, width, height));
    uint32_t across = (uint32_t)width, down = (uint32_t)height;
    if (!canvas->image || gpu_image_width(canvas->image) != across ||
        gpu_image_height(canvas->image) != down) {
        struct gpu_image *image = NULL;
        BASE_TRY(gpu_image_create(canvas->gpu, across, down, &image));
        gpu_image_destroy(canvas->gpu, &canvas->image);
        canvas->image = image;
    }
    canvas->width = parameters->width;
    canvas->height = parameters->height;
    canvas->scale = scale;
    canvas->theme = parameters->theme ? parameters->theme : &view_theme_dark;
    view_canvas_begin(canvas);
    return BASE_OK;
}

static enum base_status upload_tables(struct view_canvas *canvas)
{
    uint64_t font_bytes = (uint64_t)view_font_n_segments * 8;
    BASE_TRY(gpu_buffer_create(canvas->gpu, "font", font_bytes, GPU_DEVICE, &canvas->font));
    BASE_TRY(gpu_upload(canvas->gpu, canvas->font, 0, view_font_segments, font_bytes));
    uint32_t maps[VIEW_MAPS * VIEW_MAP_ENTRIES];
    view_map_table(maps);
    BASE_TRY(gpu_buffer_create(canvas->gpu, "colour maps", sizeof maps, GPU_DEVICE, &canvas->maps));
    return gpu_upload(canvas->gpu, canvas->maps, 0, maps, sizeof maps);
}

enum base_status view_canvas_create(struct gpu *gpu, const struct view_canvas_parameters *parameters,
                                    struct view_canvas **out)
{
    *out = NULL;
    struct view_canvas *canvas = NULL;
    enum base_status status = base_allocate(&canvas, 1, sizeof *canvas, "a canvas");
    if (status != BASE_OK)
        return status;
    canvas->gpu = gpu;
    canvas->shapes.size = sizeof(struct view_shape);
    canvas->numbers.size = sizeof(float);
    canvas->draws.size = sizeof(struct draw);
    BASE_CHECK(view_canvas_resize(canvas, parameters));
    BASE_CHECK(upload_tables(canvas));
    *out = canvas;
    return BASE_OK;
error:
    view_canvas_destroy(&canvas);
    return status;
}

static void batch_release(struct view_canvas *canvas, struct batch *batch)
{
    gpu_buffer_destroy(canvas->gpu, &batch->buffer);
    base_free(batch->items);
}

void view_canvas_destroy(struct view_canvas **canvas)
{
    struct view_canvas *c = *canvas;
    if (!c)
        return;
    batch_release(c, &c->shapes);
    batch_release(c, &c->numbers);
    batch_release(c, &c->draws);
    gpu_buffer_destroy(c->gpu, &c->font);
    gpu_buffer_destroy(c->gpu, &c->maps);
    gpu_image_destroy(c->gpu, &c->image);
    base_free(c);
    *canvas = NULL;
}

/* ---- what it is ---- */

struct gpu *view_canvas_gpu(const struct view_canvas *canvas)
{
    return canvas->gpu;
}

struct gpu_image *view_canvas_image(const struct view_canvas *canvas)
{
    return canvas->image;
}

const struct view_theme *view_canvas_theme(const struct view_canvas *canvas)
{
    return canvas->theme;
}

float view_canvas_scale(const struct view_canvas *canvas)
{
    return canvas->scale;
}

struct view_rect view_canvas_bounds(const struct view_canvas *canvas)
{
    return (struct view_rect){0, 0, canvas->width, canvas->height};
}

float view_snap(const struct view_canvas *canvas, float units)
{
    return roundf(units * canvas->scale) / canvas->scale;
}

float view_hairline(const struct view_canvas *canvas, float units)
{
    return fmaxf(1, roundf(units * canvas->scale)) / canvas->scale;
}

uint32_t view_pack_colour(struct view_colour colour)
{
    return (uint32_t)colour.r | (uint32_t)colour.g << 8 | (uint32_t)colour.b << 16 | (uint32_t)colour.a << 24;
}

/* ---- recording ---- */

void view_keep_failure(struct view_canvas *canvas, enum base_status status)
{
    if (canvas->status == BASE_OK)
        canvas->status = status;
}

/* Room for `more` items at the end; NULL, with the failure kept, when there is none to be had. */
static void *batch_extend(struct view_canvas *canvas, struct batch *batch, size_t more)
{
    if (canvas->status != BASE_OK)
        return NULL;
    if (batch->count + more > batch->capacity) {
        size_t capacity = base_maximum(256, base_maximum(2 * batch->capacity, batch->count + more));
        void *items = NULL;
        enum base_status status = base_allocate(&items, capacity, batch->size, "a picture's parts");
        if (status != BASE_OK) {
            view_keep_failure(canvas, status);
            return NULL;
        }
        if (batch->count)
            memcpy(items, batch->items, batch->count * batch->size);
        base_free(batch->items);
        batch->items = items;
        batch->capacity = capacity;
    }
    void *end = (char *)batch->items + batch->count * batch->size;
    batch->count += more;
    return end;
}

void view_canvas_begin(struct view_canvas *canvas)
{
    canvas->status = BASE_OK;
    canvas->shapes.count = canvas->numbers.count = canvas->draws.count = 0;
    view_clip(canvas, NULL);
}

static float held(float value, float most)
{
    return value > 0 ? value < most ? value : most : 0;
}

void view_clip(struct view_canvas *canvas, const struct view_rect *rect)
{
    canvas->clip = rect ? *rect : view_canvas_bounds(canvas);
    float across = (float)gpu_image_width(canvas->image), down = (float)gpu_image_height(canvas->image);
    float left = held(roundf(canvas->clip.x * canvas->scale), across);
    float top = held(roundf(canvas->clip.y * canvas->scale), down);
    float right = rect ? held(roundf((rect->x + rect->width) * canvas->scale), across) : across;
    float bottom = rect ? held(roundf((rect->y + rect->height) * canvas->scale), down) : down;
    canvas->scissor[0] = (uint32_t)left;
    canvas->scissor[1] = (uint32_t)top;
    canvas->scissor[2] = right > left ? (uint32_t)(right - left) : 0;
    canvas->scissor[3] = bottom > top ? (uint32_t)(bottom - top) : 0;
}

struct view_rect view_current_clip(const struct view_canvas *canvas)
{
    return canvas->clip;
}

void view_narrow_clip(struct view_canvas *canvas, struct view_rect rect)
{
    const struct view_rect *now = &canvas->clip;
    float left = fmaxf(rect.x, now->x), top = fmaxf(rect.y, now->y);
    float right = fminf(rect.x + rect.width, now->x + now->width);
    float bottom = fminf(rect.y + rect.height, now->y + now->height);
    view_clip(canvas, &(struct view_rect){left, top, fmaxf(0, right - left), fmaxf(0, bottom - top)});
}

void view_canvas_draw(struct view_canvas *canvas, const struct gpu_kernel *kernel, const void *params,
                      const struct gpu_range *ranges, uint32_t vertices, uint32_t instances)
{
    if (!canvas->scissor[2] || !canvas->scissor[3] || !vertices || !instances)
        return;
    struct draw *draw = batch_extend(canvas, &canvas->draws, 1);
    if (!draw)
        return;
    *draw = (struct draw){.kernel = kernel, .vertices = vertices, .instances = instances};
    memcpy(draw->params, params, kernel->params_bytes);
    memcpy(draw->ranges, ranges, kernel->n_bindings * sizeof *ranges);
    memcpy(draw->scissor, canvas->scissor, sizeof draw->scissor);
}

/* Shapes that follow each other under one clip become one draw. */
void view_push_shape(struct view_canvas *canvas, const struct view_shape *shape)
{
    if (!canvas->scissor[2] || !canvas->scissor[3])
        return;
    struct view_shape *place = batch_extend(canvas, &canvas->shapes, 1);
    if (!place)
        return;
    *place = *shape;
    struct draw *last =
        canvas->draws.count ? (struct draw *)canvas->draws.items + canvas->draws.count - 1 : NULL;
    if (last && last->kernel == &view_shapes_kernel &&
        memcmp(last->scissor, canvas->scissor, sizeof last->scissor) == 0) {
        last->instances++;
        return;
    }
    const struct view_shapes_params params = {(float)gpu_image_width(canvas->image),
                                              (float)gpu_image_height(canvas->image),
                                              (uint32_t)(canvas->shapes.count - 1)};
    const struct gpu_range ranges[] = {
        {.offset = VIEW_OWN_SHAPES}, {.offset = VIEW_OWN_FONT}, {.offset = VIEW_OWN_MAPS}};
    view_canvas_draw(canvas, &view_shapes_kernel, &params, ranges, 6, 1);
}

struct view_values view_host_values(struct view_canvas *canvas, const float *values, uint32_t count)
{
    struct view_values result = {
        .offset = (uint64_t)canvas->numbers.count * 4, .count = count, .number = VIEW_F32};
    float *place = batch_extend(canvas, &canvas->numbers, count);
    if (place && count)
        memcpy(place, values, count * sizeof *values);
    return result;
}

/* ---- drawing ---- */

static enum base_status batch_upload(struct view_canvas *canvas, struct batch *batch, const char *name)
{
    uint64_t bytes = (uint64_t)batch->count * batch->size;
    if (bytes == 0)
        return BASE_OK;
    if (!batch->buffer || gpu_buffer_bytes(batch->buffer) < bytes) {
        gpu_buffer_destroy(canvas->gpu, &batch->buffer);
        BASE_TRY(gpu_buffer_create(canvas->gpu, name, (uint64_t)batch->capacity * batch->size, GPU_DEVICE,
                                   &batch->buffer));
    }
    return gpu_upload(canvas->gpu, batch->buffer, 0, batch->items, bytes);
}

static struct gpu_range own_range(const struct view_canvas *canvas, uint64_t which)
{
    struct gpu_buffer *const own[] = {
        [VIEW_OWN_SHAPES] = canvas->shapes.buffer,
        [VIEW_OWN_FONT] = canvas->font,
        [VIEW_OWN_MAPS] = canvas->maps,
        [VIEW_OWN_NUMBERS] = canvas->numbers.buffer,
    };
    return gpu_whole(own[which]);
}

static enum base_status run_draw(const struct view_canvas *canvas, const struct draw *draw)
{
    struct gpu_range ranges[GPU_MAX_BINDINGS];
    for (uint32_t i = 0; i < draw->kernel->n_bindings; i++)
        ranges[i] = draw->ranges[i].buffer ? draw->ranges[i] : own_range(canvas, draw->ranges[i].offset);
    return gpu_draw(canvas->gpu, &(struct gpu_draw_parameters){.kernel = draw->kernel,
                                                               .params = draw->params,
                                                               .ranges = ranges,
                                                               .vertices = draw->vertices,
                                                               .instances = draw->instances,
                                                               .scissor = draw->scissor});
}

enum base_status view_canvas_finish(struct view_canvas *canvas)
{
    if (canvas->status != BASE_OK)
        return canvas->status;
    BASE_TRY(batch_upload(canvas, &canvas->shapes, "shapes"));
    BASE_TRY(batch_upload(canvas, &canvas->numbers, "plotted numbers"));
    struct view_colour page = canvas->theme->page;
    const float colour[4] = {page.r / 255.0f, page.g / 255.0f, page.b / 255.0f, 1};
    BASE_TRY(gpu_draw_begin(canvas->gpu, canvas->image, colour));
    enum base_status status = BASE_OK;
    const struct draw *draws = canvas->draws.items;
    for (size_t i = 0; i < canvas->draws.count && status == BASE_OK; i++)
        status = run_draw(canvas, &draws[i]);
    enum base_status end = gpu_draw_end(canvas->gpu);
    return status != BASE_OK ? status : end;
}
