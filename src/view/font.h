/* The built-in typeface: DejaVu Sans, regular and bold, as outlines that the build takes from the font file
 * (tools/font.c) and the shaders fill by exact area, so that text is as sharp as the pixels allow at any
 * size. */
#ifndef ARCLIGHT_VIEW_FONT_H
#define ARCLIGHT_VIEW_FONT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum view_weight { VIEW_REGULAR, VIEW_BOLD, VIEW_WEIGHTS };

/* Coordinates are integers, VIEW_FONT_EM to the em, y upwards from the baseline. */
enum { VIEW_FONT_EM = 8192 };

/* How finely curves are cut into segments: for letters whose em has up to 16 pixels, up to 48, and more. */
enum view_detail { VIEW_DETAIL_SMALL, VIEW_DETAIL_MIDDLE, VIEW_DETAIL_LARGE, VIEW_DETAILS };
enum view_detail view_font_detail(float em_pixels);

struct view_outline {
    uint32_t first, count; /* segments in view_font_segments */
    uint32_t tall;         /* the first of them: higher than two bands */
};

struct view_glyph {
    uint32_t code; /* Unicode */
    struct view_outline outlines[VIEW_DETAILS];
    int32_t advance;
    int32_t left, bottom, right, top; /* bounds of the outline; all 0 for a space */
};

struct view_kern {
    uint32_t left, right; /* Unicode */
    int32_t advance;      /* added between the two */
};

struct view_font {
    const struct view_glyph *glyphs; /* by code */
    uint32_t n_glyphs;
    const struct view_kern *kerns; /* by left, then right */
    uint32_t n_kerns;
    int32_t ascent, descent, cap_height, x_height; /* descent is negative */
};

extern const struct view_font view_fonts[VIEW_WEIGHTS];

/* Outline segments, two words each: x0 | y0 << 16, x1 | y1 << 16 as signed halves, closed contours, filled
 * where the winding number is not 0. They stand in three parts: the tall ones, others by their lower end,
 * level ones, which bound no area. Behind them, where there are any, VIEW_FONT_BANDS pairs of words for as
 * many bands of equal height from a glyph's bottom to its top: the first of the second part that reach into
 * the band, and the end of them, counted from the outline's first. So a pixel looks at few of many. */
enum { VIEW_FONT_BANDS = 16 };
extern const uint32_t view_font_segments[];
extern const uint32_t view_font_n_segments;

/* The glyph of a code point; that of U+FFFD's stand-in '?' when the font part lacks it. Never NULL. */
const struct view_glyph *view_font_glyph(enum view_weight weight, uint32_t code);
/* Kerning between two code points in font units; 0 for most. */
int32_t view_font_kern(enum view_weight weight, uint32_t left, uint32_t right);

/* Reads one code point of UTF-8 and moves *text behind it; 0 at the end. A malformed byte reads as '?'. */
uint32_t view_utf8_next(const char **text);

/* Width of a line of text at `size` (em height, any unit; the result is in the same unit). */
float view_text_width(const char *text, float size, enum view_weight weight);
/* `text` cut with an ellipsis so that it is at most `width` units wide. */
void view_fit_text(char *text, float width, float size, enum view_weight weight);
/* The same for what an axis or a colour bar is called: remarks in brackets, and what stands
 * behind a colon, go first and whole. */
void view_fit_label(char *text, float width, float size, enum view_weight weight);
/* Height of a capital letter at `size`. */
float view_cap_height(float size, enum view_weight weight);

#ifdef __cplusplus
}
#endif
#endif
