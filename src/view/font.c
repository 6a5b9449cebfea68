#include "view/font.h"

static int compare_kern(const struct view_kern *kern, uint32_t left, uint32_t right)
{
    if (kern->left != left)
        return kern->left < left ? -1 : 1;
    if (kern->right != right)
        return kern->right < right ? -1 : 1;
    return 0;
}

static const struct view_glyph *find_glyph(const struct view_font *font, uint32_t code)
{
    uint32_t low = 0, high = font->n_glyphs;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (font->glyphs[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < font->n_glyphs && font->glyphs[low].code == code ? &font->glyphs[low] : NULL;
}

const struct view_glyph *view_font_glyph(enum view_weight weight, uint32_t code)
{
    const struct view_glyph *glyph = find_glyph(&view_fonts[weight], code);
    return glyph ? glyph : find_glyph(&view_fonts[weight], '?');
}

int32_t view_font_kern(enum view_weight weight, uint32_t left, uint32_t right)
{
    const struct view_font *font = &view_fonts[weight];
    uint32_t low = 0, high = font->n_kerns;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_kern(&font->kerns[middle], left, right);
        if (order == 0)
            return font->kerns[middle].advance;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

enum view_detail view_font_detail(float em_pixels)
{
    return em_pixels <= 16 ? VIEW_DETAIL_SMALL : em_pixels <= 48 ? VIEW_DETAIL_MIDDLE : VIEW_DETAIL_LARGE;
}

/* A sequence that is cut short, too long for its value, or outside Unicode reads as '?' and is left after its
 * first byte, so that no later character is swallowed. */
uint32_t view_utf8_next(const char **text)
{
    const unsigned char *byte = (const unsigned char *)*text;
    if (*byte == 0)
        return 0;
    (*text)++;
    if (*byte < 0x80)
        return *byte;
    static const uint32_t smallest[] = {0x80, 0x800, 0x10000};
    int more = *byte >= 0xf0 && *byte < 0xf8 ? 3 : *byte >= 0xe0 ? 2 : 1;
    if (*byte < 0xc2 || *byte >= 0xf8)
        return '?';
    uint32_t code = *byte & (0x3fu >> more);
    for (int i = 1; i <= more; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            return '?';
        code = code << 6 | (byte[i] & 0x3fu);
    }
    if (code < smallest[more - 1] || code > 0x10ffff)
        return '?';
    *text += more;
    return code;
}

float view_text_width(const char *text, float size, enum view_weight weight)
{
    int64_t width = 0;
    uint32_t before = 0;
    for (uint32_t code; (code = view_utf8_next(&text)) != 0; before = code) {
        width += view_font_glyph(weight, code)->advance;
        if (before)
            width += view_font_kern(weight, before, code);
    }
    return (float)width * size / (float)VIEW_FONT_EM;
}

float view_cap_height(float size, enum view_weight weight)
{
    return size * (float)view_fonts[weight].cap_height / (float)VIEW_FONT_EM;
}
