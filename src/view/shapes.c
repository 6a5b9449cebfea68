#include "view/internal.h"

#include <math.h>

/* ---- the pixels of a shape ---- */

static void span(float a, float b, float more, float *low, float *high)
{
    *low = fminf(a, b) - more;
    *high = fmaxf(a, b) + more;
}

static void glyph_box(const struct view_shape *shape, float low[2], float high[2])
{
    const float *origin = shape->first, *scale = shape->first + 2, more = 0.51f;
    const float left = shape->second[0] * scale[0], bottom = shape->second[1] * scale[1];
    const float right = shape->second[2] * scale[0], top = shape->second[3] * scale[1];
    const bool upwards = shape->words[2] != 0;
    span(origin[0] + (upwards ? -bottom : left), origin[0] + (upwards ? -top : right), more, &low[0],
         &high[0]);
    span(origin[1] - (upwards ? left : bottom), origin[1] - (upwards ? right : top), more, &low[1], &high[1]);
}

void view_shape_box(const struct view_shape *shape, float low[2], float high[2])
{
    const uint32_t kind = shape->kind & VIEW_SHAPE_KIND_MASK;
    const float *first = shape->first, *second = shape->second;
    const float corner = 1.4143f; /* of a square, from its middle */
    if (kind == VIEW_SHAPE_GLYPH) {
        glyph_box(shape, low, high);
        return;
    }
    for (int c = 0; c < 2; c++) {
        if (kind == VIEW_SHAPE_SEGMENT) {
            span(first[c], first[c + 2], corner * (shape->third[0] + 1), &low[c], &high[c]);
        } else if (kind == VIEW_SHAPE_TRIANGLE) {
            span(first[c], first[c + 2], 1, &low[c], &high[c]);
            low[c] = fminf(low[c], second[c] - 1);
            high[c] = fmaxf(high[c], second[c] + 1);
        } else {
            const float half = (kind == VIEW_SHAPE_DIAMOND ? first[2] : first[c + 2]) + 1;
            span(first[c] - half, first[c] + half, 0, &low[c], &high[c]);
        }
    }
}

/* ---- shapes ---- */

static struct view_shape box_shape(const struct view_canvas *canvas, uint32_t kind, struct view_rect rect,
                                   struct view_colour colour)
{
    float s = view_canvas_scale(canvas), half_width = 0.5f * rect.width * s,
          half_height = 0.5f * rect.height * s;
    return (struct view_shape){
        .kind = kind,
        .colour = view_pack_colour(colour),
        .first = {rect.x * s + half_width, rect.y * s + half_height, half_width, half_height},
    };
}

void view_box(struct view_canvas *canvas, struct view_rect rect, struct view_colour colour)
{
    view_rounded_box(canvas, rect, 0, 0, colour);
}

void view_rounded_box(struct view_canvas *canvas, struct view_rect rect, float radius, float stroke,
                      struct view_colour colour)
{
    if (!(rect.width > 0) || !(rect.height > 0))
        return;
    struct view_shape shape = box_shape(canvas, VIEW_SHAPE_BOX, rect, colour);
    float s = view_canvas_scale(canvas);
    shape.second[0] = fminf(radius * s, fminf(shape.first[2], shape.first[3]));
    shape.second[1] = stroke * s;
    view_push_shape(canvas, &shape);
}

void view_disc(struct view_canvas *canvas, struct view_point centre, float radius, float stroke,
               struct view_colour colour)
{
    struct view_rect around = {centre.x - radius, centre.y - radius, 2 * radius, 2 * radius};
    view_rounded_box(canvas, around, radius, stroke, colour);
}

void view_gradient(struct view_canvas *canvas, struct view_rect rect, enum view_map map, bool vertical)
{
    struct view_shape shape =
        box_shape(canvas, VIEW_SHAPE_GRADIENT, rect, (struct view_colour){0, 0, 0, 255});
    shape.words[0] = (uint32_t)map;
    shape.words[1] = vertical;
    view_push_shape(canvas, &shape);
}

void view_triangle(struct view_canvas *canvas, struct view_point a, struct view_point b, struct view_point c,
                   struct view_colour colour)
{
    float s = view_canvas_scale(canvas);
    view_push_shape(canvas, &(struct view_shape){
                                .kind = VIEW_SHAPE_TRIANGLE,
                                .colour = view_pack_colour(colour),
                                .first = {a.x * s, a.y * s, b.x * s, b.y * s},
                                .second = {c.x * s, c.y * s},
                            });
}

void view_mark(struct view_canvas *canvas, struct view_point centre, enum view_marker marker, float size,
               struct view_colour colour)
{
    float half = 0.5f * size, x = centre.x, y = centre.y, s = view_canvas_scale(canvas);
    const struct view_line_style arm = {.colour = colour, .width = 0.22f * size};
    switch (marker) {
    case VIEW_MARKER_DISC:
        view_disc(canvas, centre, half, 0, colour);
        break;
    case VIEW_MARKER_RING:
        view_disc(canvas, centre, half, 0.22f * size, colour);
        break;
    case VIEW_MARKER_SQUARE:
        view_box(canvas, (struct view_rect){x - 0.89f * half, y - 0.89f * half, 1.78f * half, 1.78f * half},
                 colour);
        break;
    case VIEW_MARKER_DIAMOND:
        view_push_shape(canvas, &(struct view_shape){.kind = VIEW_SHAPE_DIAMOND,
                                                     .colour = view_pack_colour(colour),
                                                     .first = {x * s, y * s, 1.15f * half * s}});
        break;
    case VIEW_MARKER_TRIANGLE:
        view_triangle(canvas, (struct view_point){x, y - 1.1f * half},
                      (struct view_point){x + 1.1f * half, y + 0.8f * half},
                      (struct view_point){x - 1.1f * half, y + 0.8f * half}, colour);
        break;
    case VIEW_MARKER_CROSS:
        half *= 0.8f;
        view_line(canvas, (struct view_point){x - half, y - half}, (struct view_point){x + half, y + half},
                  &arm);
        view_line(canvas, (struct view_point){x - half, y + half}, (struct view_point){x + half, y - half},
                  &arm);
        break;
    }
}

/* ---- lines ---- */

void view_line(struct view_canvas *canvas, struct view_point from, struct view_point to,
               const struct view_line_style *style)
{
    const struct view_point points[] = {from, to};
    view_polyline(canvas, points, 2, style);
}

/* A line on whole pixels: boxes, so that its edges and its dashes are sharp. */
static void straight(struct view_canvas *canvas, struct view_rect rect, bool across,
                     const struct view_line_style *style)
{
    float length = across ? rect.width : rect.height;
    float period = style->dash + style->gap;
    if (!(style->dash > 0) || !(period > 0)) {
        view_box(canvas, rect, style->colour);
        return;
    }
    for (uint32_t i = 0; (float)i * period < length; i++) {
        float from = (float)i * period, size = fminf(style->dash, length - from);
        struct view_rect dash = rect;
        if (across) {
            dash.x = view_snap(canvas, rect.x + from);
            dash.width = view_hairline(canvas, size);
        } else {
            dash.y = view_snap(canvas, rect.y + from);
            dash.height = view_hairline(canvas, size);
        }
        view_box(canvas, dash, style->colour);
    }
}

void view_line_across(struct view_canvas *canvas, float x0, float x1, float y,
                      const struct view_line_style *style)
{
    float thick = view_hairline(canvas, style->width > 0 ? style->width : 1);
    float left = view_snap(canvas, fminf(x0, x1)), right = view_snap(canvas, fmaxf(x0, x1));
    straight(canvas, (struct view_rect){left, view_snap(canvas, y - 0.5f * thick), right - left, thick}, true,
             style);
}

void view_line_down(struct view_canvas *canvas, float x, float y0, float y1,
                    const struct view_line_style *style)
{
    float thick = view_hairline(canvas, style->width > 0 ? style->width : 1);
    float top = view_snap(canvas, fminf(y0, y1)), bottom = view_snap(canvas, fmaxf(y0, y1));
    straight(canvas, (struct view_rect){view_snap(canvas, x - 0.5f * thick), top, thick, bottom - top}, false,
             style);
}

static bool usable(struct view_point point)
{
    return isfinite(point.x) && isfinite(point.y);
}

static bool same(struct view_point a, struct view_point b)
{
    return a.x == b.x && a.y == b.y;
}

/* The next point that differs from point `i`; `count` when none does. */
static size_t next_other(const struct view_point *points, size_t count, size_t i)
{
    size_t next = i + 1;
    while (next < count && same(points[next], points[i]))
        next++;
    return next;
}

/* One run of usable points; a run that ends where it began is joined there too. */
static void push_run(struct view_canvas *canvas, const struct view_point *points, size_t count,
                     const struct view_line_style *style)
{
    float s = view_canvas_scale(canvas), phase = 0;
    size_t second = next_other(points, count, 0), last = count - 1;
    while (last > 0 && same(points[last], points[0]))
        last--;
    bool ring = count > 3 && last + 1 < count && last > second;
    struct view_point before = ring ? points[last] : points[0];
    bool has_before = ring;
    size_t i = 0;
    do {
        size_t j = next_other(points, count, i), k = j < count ? next_other(points, count, j) : count;
        struct view_point to = j < count ? points[j] : points[i];
        struct view_point after = k < count ? points[k] : ring ? points[second] : to;
        view_push_shape(canvas, &(struct view_shape){
                                    .kind = VIEW_SHAPE_SEGMENT | (has_before ? VIEW_SHAPE_HAS_BEFORE : 0u) |
                                            (k < count || ring ? VIEW_SHAPE_HAS_AFTER : 0u),
                                    .colour = view_pack_colour(style->colour),
                                    .first = {points[i].x * s, points[i].y * s, to.x * s, to.y * s},
                                    .second = {before.x * s, before.y * s, after.x * s, after.y * s},
                                    .third = {0.5f * s * (style->width > 0 ? style->width : 1),
                                              style->dash * s, style->gap * s, phase},
                                });
        phase += s * hypotf(to.x - points[i].x, to.y - points[i].y);
        before = points[i];
        has_before = true;
        i = j;
    } while (next_other(points, count, i) < count);
}

void view_polyline(struct view_canvas *canvas, const struct view_point *points, size_t count,
                   const struct view_line_style *style)
{
    for (size_t start = 0; start < count;) {
        size_t end = start;
        while (end < count && usable(points[end]))
            end++;
        if (end > start)
            push_run(canvas, points + start, end - start, style);
        start = end + 1;
    }
}
