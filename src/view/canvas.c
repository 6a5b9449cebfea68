#include "view/canvas.h"

#include "base/memory.h"
#include "view/internal.h"
#include "view/kernels.h"
#include "view/parts.h"

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
    struct view_box box; /* the pixels it may touch */
};

/* Where a part of the picture begins. */
struct start {
    size_t draw, number;
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
    struct start starts[VIEW_MOST_PARTS];
    struct view_parts parts;
    uint32_t prepared;       /* kinds of draws whose pipelines stand */
    uint64_t unlike;         /* numbers for contents that are like none before */
    struct view_colour page; /* that the image was cleared to */
    bool kept;               /* the image holds what `parts` says */
    bool drawing, idle;      /* the picture's areas are known; and there was none */
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
        canvas->kept = false;
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

enum base_status view_canvas_prepare(struct view_canvas *canvas, bool *more)
{
    static const struct gpu_kernel *const draws[] = {
        &view_shapes_kernel,  &view_curve_kernel,   &view_band_kernel, &view_heat_kernel,
        &view_density_kernel, &view_scatter_kernel, &view_bars_kernel, &view_rose_kernel};
    const uint32_t count = sizeof draws / sizeof *draws;
    if (canvas->prepared < count)
        BASE_TRY(gpu_prepare(canvas->gpu, draws[canvas->prepared++], GPU_LEVEL_FLOOR, NULL, 0));
    *more = canvas->prepared < count;
    return BASE_OK;
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
    view_canvas_drop(canvas);
    canvas->status = BASE_OK;
    canvas->parts.n_now = 0;
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

/* ---- parts ---- */

/* Numbers of a part begin at a round place: draws name the places, and a few numbers more in the part before
 * would make them another picture. */
void view_canvas_part(struct view_canvas *canvas)
{
    enum { ROUND = 1024 };
    struct view_parts *parts = &canvas->parts;
    const size_t more = base_round_up(canvas->numbers.count, ROUND) - canvas->numbers.count;
    float *place = more > 0 ? batch_extend(canvas, &canvas->numbers, more) : NULL;
    if (place)
        memset(place, 0, more * sizeof *place);
    if (parts->n_now < VIEW_MOST_PARTS)
        canvas->starts[parts->n_now++] = (struct start){canvas->draws.count, canvas->numbers.count};
}

static void grow(struct view_box *box, const float low[2], const float high[2], const uint32_t scissor[4])
{
    const float left = (float)scissor[0], top = (float)scissor[1];
    const float right = left + (float)scissor[2], bottom = top + (float)scissor[3];
    const struct view_box more = {(uint32_t)fminf(fmaxf(floorf(low[0]), left), right),
                                  (uint32_t)fminf(fmaxf(floorf(low[1]), top), bottom),
                                  (uint32_t)fminf(fmaxf(ceilf(high[0]), left), right),
                                  (uint32_t)fminf(fmaxf(ceilf(high[1]), top), bottom)};
    *box = view_box_around(box, &more);
}

/* Numbers of the device stand for what was written into them last; the canvas's own are looked at. Shapes are
 * known by their records, wherever in the batch they stand. */
static uint64_t content_of(struct view_canvas *canvas, const struct draw *draw, uint64_t content)
{
    const struct gpu_kernel *kernel = draw->kernel;
    if (kernel == &view_shapes_kernel) {
        struct view_shapes_params params;
        memcpy(&params, draw->params, sizeof params);
        content = view_parts_mix(content, (struct view_shape *)canvas->shapes.items + params.first,
                                 draw->instances * sizeof(struct view_shape));
        return view_parts_mix(content, draw->scissor, sizeof draw->scissor);
    }
    const void *const name = kernel;
    content = view_parts_mix(content, &name, sizeof name);
    content = view_parts_mix(content, draw->params, kernel->params_bytes);
    content = view_parts_mix(content, draw->scissor, sizeof draw->scissor);
    content = view_parts_mix(content, &draw->instances, sizeof draw->instances);
    content = view_parts_mix(content, &draw->vertices, sizeof draw->vertices);
    for (uint32_t i = 0; i < kernel->n_bindings; i++) {
        const struct gpu_range *range = &draw->ranges[i];
        uint64_t words[] = {(uintptr_t)range->buffer, range->offset, range->bytes,
                            range->buffer ? gpu_buffer_version(range->buffer) : 1};
        if (words[3] == 0)
            words[2] = ++canvas->unlike;
        content = view_parts_mix(content, words, sizeof words);
    }
    return content;
}

static struct view_part part_of(struct view_canvas *canvas, uint32_t index)
{
    const bool last = index + 1 == canvas->parts.n_now;
    const struct start *start = &canvas->starts[index];
    const struct start end = last ? (struct start){canvas->draws.count, canvas->numbers.count} : start[1];
    const struct draw *draws = canvas->draws.items;
    struct view_part part = {.content = 1};
    for (size_t i = start->draw; i < end.draw; i++) {
        part.content = content_of(canvas, &draws[i], part.content);
        part.box = view_box_around(&part.box, &draws[i].box);
    }
    part.content = view_parts_mix(part.content, (float *)canvas->numbers.items + start->number,
                                  (end.number - start->number) * sizeof(float));
    return part;
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
    if (kernel != &view_shapes_kernel)
        draw->box = (struct view_box){draw->scissor[0], draw->scissor[1], draw->scissor[0] + draw->scissor[2],
                                      draw->scissor[1] + draw->scissor[3]};
}

/* Whether what is drawn next belongs to the same part as the last draw. */
static bool part_goes_on(const struct view_canvas *canvas)
{
    const uint32_t n = canvas->parts.n_now;
    return n == 0 || canvas->starts[n - 1].draw < canvas->draws.count;
}

static void push_draw_of_shapes(struct view_canvas *canvas)
{
    const struct view_shapes_params params = {(float)gpu_image_width(canvas->image),
                                              (float)gpu_image_height(canvas->image),
                                              (uint32_t)(canvas->shapes.count - 1)};
    const struct gpu_range ranges[] = {
        {.offset = VIEW_OWN_SHAPES}, {.offset = VIEW_OWN_FONT}, {.offset = VIEW_OWN_MAPS}};
    view_canvas_draw(canvas, &view_shapes_kernel, &params, ranges, 6, 1);
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
    if (last && last->kernel == &view_shapes_kernel && part_goes_on(canvas) &&
        memcmp(last->scissor, canvas->scissor, sizeof last->scissor) == 0)
        last->instances++;
    else
        push_draw_of_shapes(canvas);
    if (canvas->status != BASE_OK || canvas->draws.count == 0)
        return;
    float low[2], high[2];
    view_shape_box(shape, low, high);
    last = (struct draw *)canvas->draws.items + canvas->draws.count - 1;
    grow(&last->box, low, high, last->scissor);
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

static enum base_status run_draw(const struct view_canvas *canvas, const struct draw *draw,
                                 const uint32_t scissor[4])
{
    struct gpu_range ranges[GPU_MAX_BINDINGS];
    for (uint32_t i = 0; i < draw->kernel->n_bindings; i++)
        ranges[i] = draw->ranges[i].buffer ? draw->ranges[i] : own_range(canvas, draw->ranges[i].offset);
    return gpu_draw(canvas->gpu, &(struct gpu_draw_parameters){.kernel = draw->kernel,
                                                               .params = draw->params,
                                                               .ranges = ranges,
                                                               .vertices = draw->vertices,
                                                               .instances = draw->instances,
                                                               .scissor = scissor});
}

static struct view_box whole(const struct view_canvas *canvas)
{
    return (struct view_box){0, 0, gpu_image_width(canvas->image), gpu_image_height(canvas->image)};
}

/* All that meets the area; `empty`: nothing, to clear it. */
static enum base_status draw_area(struct view_canvas *canvas, const struct view_box *area, bool empty)
{
    const struct view_colour page = canvas->page;
    const float colour[4] = {page.r / 255.0f, page.g / 255.0f, page.b / 255.0f, 1};
    const uint32_t within[4] = {area->left, area->top, area->right - area->left, area->bottom - area->top};
    BASE_TRY(gpu_draw_begin_in(canvas->gpu, canvas->image, colour, canvas->kept ? within : NULL));
    enum base_status status = BASE_OK;
    const struct draw *draws = canvas->draws.items;
    for (size_t i = 0; i < canvas->draws.count && status == BASE_OK && !empty; i++) {
        const struct view_box *scissor = &(struct view_box){draws[i].scissor[0], draws[i].scissor[1],
                                                            draws[i].scissor[0] + draws[i].scissor[2],
                                                            draws[i].scissor[1] + draws[i].scissor[3]};
        if (!view_box_meets(&draws[i].box, area))
            continue;
        const struct view_box both = view_box_common(scissor, area);
        status =
            run_draw(canvas, &draws[i],
                     (const uint32_t[]){both.left, both.top, both.right - both.left, both.bottom - both.top});
    }
    enum base_status end = gpu_draw_end(canvas->gpu);
    return status != BASE_OK ? status : end;
}

static bool same_colour(struct view_colour a, struct view_colour b)
{
    return view_pack_colour(a) == view_pack_colour(b);
}

/* An image that holds another page's colour, or a picture that was not made of parts, is cleared: the parts
 * then follow one by one. A picture without parts is drawn at once. */
static enum base_status begin_drawing(struct view_canvas *canvas)
{
    struct view_parts *parts = &canvas->parts;
    const struct view_box all = whole(canvas);
    canvas->drawing = true;
    if (parts->n_now == 0 || !same_colour(canvas->page, canvas->theme->page))
        canvas->kept = false;
    canvas->page = canvas->theme->page;
    for (uint32_t i = 0; i < parts->n_now; i++)
        parts->now[i] = part_of(canvas, i);
    if (!canvas->kept)
        view_parts_clear(parts);
    view_parts_plan(parts);
    canvas->idle = canvas->kept && parts->n_areas == 0;
    if (canvas->idle)
        return BASE_OK;
    BASE_TRY(batch_upload(canvas, &canvas->shapes, "shapes"));
    BASE_TRY(batch_upload(canvas, &canvas->numbers, "plotted numbers"));
    if (canvas->kept)
        return BASE_OK;
    BASE_TRY(draw_area(canvas, &all, parts->n_now > 0));
    canvas->kept = parts->n_now > 0;
    return BASE_OK;
}

enum base_status view_canvas_go_on(struct view_canvas *canvas, bool *more)
{
    struct view_parts *parts = &canvas->parts;
    struct view_box area;
    *more = false;
    if (canvas->status != BASE_OK)
        return canvas->status;
    if (!canvas->drawing)
        BASE_TRY(begin_drawing(canvas));
    if (view_parts_next(parts, &area))
        BASE_TRY(draw_area(canvas, &area, false));
    *more = parts->next < parts->n_areas;
    if (!*more)
        view_canvas_drop(canvas);
    return BASE_OK;
}

void view_canvas_drop(struct view_canvas *canvas)
{
    if (canvas->drawing)
        view_parts_settle(&canvas->parts);
    canvas->drawing = false;
}

void view_canvas_forget(struct view_canvas *canvas)
{
    canvas->kept = false;
}

bool view_canvas_was_idle(const struct view_canvas *canvas)
{
    return canvas->idle;
}

enum base_status view_canvas_finish(struct view_canvas *canvas)
{
    bool more = true;
    while (more)
        BASE_TRY(view_canvas_go_on(canvas, &more));
    return BASE_OK;
}
