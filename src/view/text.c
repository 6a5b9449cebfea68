#include "view/internal.h"

#include <math.h>
#include <string.h>

/* Letters are stretched upwards by a few per cent at most so that their x-height is a whole number of pixels:
 * the tops of small letters are then as sharp as the baseline. */
static float fitted_height(float pixels_a_unit, enum view_weight weight)
{
    float x_height = pixels_a_unit * (float)view_fonts[weight].x_height;
    float whole = roundf(x_height);
    float stretch = whole / x_height;
    return whole >= 3 && fabsf(stretch - 1) < 0.07f ? pixels_a_unit * stretch : pixels_a_unit;
}

static void push_glyph(struct view_canvas *canvas, const struct view_glyph *glyph, struct view_point origin,
                       const float scale[2], const struct view_text_style *style)
{
    const struct view_outline *outline = &glyph->outlines[view_font_detail(scale[1] * (float)VIEW_FONT_EM)];
    if (outline->count == 0)
        return;
    view_push_shape(canvas, &(struct view_shape){
                                .kind = VIEW_SHAPE_GLYPH,
                                .colour = view_pack_colour(style->colour),
                                .first = {origin.x, origin.y, scale[0], scale[1]},
                                .second = {(float)glyph->left, (float)glyph->bottom, (float)glyph->right,
                                           (float)glyph->top},
                                .words = {outline->first, outline->count, style->upwards, outline->tall},
                            });
}

float view_text(struct view_canvas *canvas, float x, float y, const char *text,
                const struct view_text_style *style)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_text_style chosen = style ? *style : (struct view_text_style){0};
    if (chosen.colour.a == 0)
        chosen.colour = theme->text;
    if (!(chosen.size > 0))
        chosen.size = theme->size_label;
    float s = view_canvas_scale(canvas);
    float unit = chosen.size * s / (float)VIEW_FONT_EM;
    const float scale[2] = {unit, fitted_height(unit, chosen.weight)};
    float cap = scale[1] * (float)view_fonts[chosen.weight].cap_height;
    float width = view_text_width(text, chosen.size, chosen.weight);
    float back = s * width * (chosen.align == VIEW_CENTRE ? 0.5f : chosen.align == VIEW_END ? 1 : 0);
    float drop = chosen.anchor == VIEW_MIDDLE ? 0.5f * cap : chosen.anchor == VIEW_TOP ? cap : 0;
    /* The pen, in pixels; the baseline lies on a pixel's edge. */
    struct view_point pen = chosen.upwards ? (struct view_point){roundf(x * s + drop), y * s + back}
                                           : (struct view_point){x * s - back, roundf(y * s + drop)};
    uint32_t before = 0;
    for (uint32_t code; (code = view_utf8_next(&text)) != 0; before = code) {
        const struct view_glyph *glyph = view_font_glyph(chosen.weight, code);
        float kern = before ? unit * (float)view_font_kern(chosen.weight, before, code) : 0;
        if (chosen.upwards)
            pen.y -= kern;
        else
            pen.x += kern;
        push_glyph(canvas, glyph, pen, scale, &chosen);
        if (chosen.upwards)
            pen.y -= unit * (float)glyph->advance;
        else
            pen.x += unit * (float)glyph->advance;
    }
    return width;
}

void view_fit_text(char *text, float width, float size, enum view_weight weight)
{
    static const char dots[] = "\u2026";
    const size_t whole = strlen(text);
    size_t length = whole;
    if (view_text_width(text, size, weight) <= width)
        return;
    float room = width - view_text_width(dots, size, weight);
    while (length > 0 && (whole - length + 1 < sizeof dots || view_text_width(text, size, weight) > room)) {
        do
            length--;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80); /* whole characters */
        text[length] = 0;
    }
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = 0;
    if (room > 0 && length > 0)
        memcpy(text + length, dots, sizeof dots);
}

/* "rows lit (square root)": the first remark in brackets that begins with a letter, taken out; and of
 * "C: what it says" all behind the name. */
static bool drop_remark(char *text)
{
    for (char *open = strstr(text, " ("); open; open = strstr(open + 1, " (")) {
        const char *close = strchr(open, ')');
        if (close && open > text && open[2] >= 'a' && open[2] <= 'z') {
            memmove(open, close + 1, strlen(close + 1) + 1);
            return true;
        }
    }
    char *colon = strstr(text, ": ");
    if (colon && colon > text)
        *colon = '\0';
    return colon && colon > text;
}

void view_fit_label(char *text, float width, float size, enum view_weight weight)
{
    while (view_text_width(text, size, weight) > width && drop_remark(text))
        ;
    view_fit_text(text, width, size, weight);
}
