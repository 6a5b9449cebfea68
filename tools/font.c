/* Build tool: writes the outlines, advances and kerning that text needs from TrueType files as one C file.
 *   font OUT.c REGULAR.ttf BOLD.ttf
 * The files are those the build found, never a user's. See src/view/font.h for the layout of what is written.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define STB_TRUETYPE_IMPLEMENTATION
#define STBTT_STATIC
#include <stb_truetype.h>

enum { EM = 8192, WEIGHTS = 2, DETAILS = 3, BANDS = 16 /* as in src/view/font.h and shapes.frag */ };

/* A curve is cut into lines that stay within this distance of it: a twentieth of a pixel where an em has 16
 * or 48 pixels, and a tenth where it has 200. What small text costs goes by the number of lines. */
static const float tolerances[DETAILS] = {EM / 320.0f, EM / 960.0f, EM / 2000.0f};

/* Code points, as inclusive ranges in ascending order. Every font must have every one. */
static const uint32_t ranges[][2] = {
    {0x20, 0x7e},     /* ASCII */
    {0xa0, 0xff},     /* Latin-1: degree, plus-minus, superscripts, middle dot, multiplication, accents */
    {0x394, 0x394},   /* capital delta */
    {0x3a3, 0x3a3},   /* capital sigma */
    {0x3b1, 0x3c9},   /* Greek */
    {0x1d62, 0x1d62}, /* subscript i */
    {0x2009, 0x2009}, /* thin space */
    {0x2013, 0x2014}, /* dashes */
    {0x2016, 0x2016}, /* norm */
    {0x2018, 0x2019}, /* quotes */
    {0x201c, 0x201d}, /* double quotes */
    {0x2026, 0x2026}, /* ellipsis */
    {0x2032, 0x2032}, /* prime */
    {0x2070, 0x2070}, /* superscript zero */
    {0x2074, 0x207b}, /* superscripts, plus and minus among them */
    {0x2080, 0x208b}, /* subscripts */
    {0x2190, 0x2193}, /* arrows */
    {0x2208, 0x2208}, /* element of */
    {0x2211, 0x2212}, /* sum, minus */
    {0x221a, 0x221a}, /* root */
    {0x221e, 0x221e}, /* infinity */
    {0x2248, 0x2248}, /* about */
    {0x2260, 0x2260}, /* unequal */
    {0x2264, 0x2265}, /* at most, at least */
    {0x2c7c, 0x2c7c}, /* subscript j */
};

struct outline {
    uint32_t first, count, tall; /* see src/view/font.h */
};

struct font {
    const char *path;
    unsigned char *bytes;
    stbtt_fontinfo information;
    float scale; /* from the file's units to EM */
};

static void fail(const char *what, const char *where)
{
    fprintf(stderr, "font: %s %s\n", what, where);
    exit(1);
}

static void read_font(const char *path, struct font *font)
{
    font->path = path;
    FILE *in = fopen(path, "rb");
    if (!in || fseek(in, 0, SEEK_END) != 0)
        fail("cannot open", path);
    long size = ftell(in);
    rewind(in);
    font->bytes = malloc((size_t)size);
    if (!font->bytes || fread(font->bytes, 1, (size_t)size, in) != (size_t)size)
        fail("cannot read", path);
    fclose(in);
    if (!stbtt_InitFont(&font->information, font->bytes, stbtt_GetFontOffsetForIndex(font->bytes, 0)))
        fail("not a TrueType font:", path);
    font->scale = stbtt_ScaleForMappingEmToPixels(&font->information, (float)EM);
}

static uint32_t next_code(size_t *range, uint32_t code)
{
    if (code < ranges[*range][1])
        return code + 1;
    (*range)++;
    if (*range == sizeof ranges / sizeof *ranges)
        return 0;
    if (ranges[*range][0] <= code)
        fail("the ranges are not in ascending order", "here");
    return ranges[*range][0];
}

static uint32_t pack(float x, float y)
{
    return (uint32_t)(uint16_t)lroundf(x) | (uint32_t)(uint16_t)lroundf(y) << 16;
}

/* ---- an outline's segments, and which of them a row of pixels meets ---- */

static uint32_t written; /* pairs of words so far, over all fonts */

static void write_pair(FILE *out, uint32_t first, uint32_t second)
{
    fprintf(out, "%s0x%08x, 0x%08x,", written % 4 ? " " : "\n    ", first, second);
    written++;
}

static struct segment {
    uint32_t from, to;
    int low, high; /* in y */
    int rank;      /* 0: tall; 1: others; 2: level ones, which bound no area */
} segments[4096];
static uint32_t n_segments;

static void add_segment(float x0, float y0, float x1, float y1)
{
    uint32_t from = pack(x0, y0), to = pack(x1, y1);
    int a = (int16_t)(from >> 16), b = (int16_t)(to >> 16);
    if (from == to)
        return;
    if (n_segments == sizeof segments / sizeof *segments)
        fail("too many segments", "in a glyph");
    segments[n_segments++] = (struct segment){from, to, a < b ? a : b, a < b ? b : a, 0};
}

static int compare_segments(const void *a, const void *b)
{
    const struct segment *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank - y->rank;
    if (x->low != y->low)
        return x->low - y->low;
    return x->from != y->from ? (x->from < y->from ? -1 : 1) : x->to < y->to ? -1 : x->to > y->to;
}

/* The bands stand behind the segments: for each, the first and the end of the sorted ones that reach into it.
 */
static void write_bands(FILE *out, uint32_t tall, uint32_t sorted, int bottom, int top)
{
    for (int band = 0; band < BANDS; band++) {
        double low = bottom + (double)(top - bottom) * band / BANDS;
        double high = bottom + (double)(top - bottom) * (band + 1) / BANDS;
        uint32_t first = sorted, end = tall;
        for (uint32_t i = sorted; i-- > tall;)
            if (segments[i].high > low || band == 0)
                first = i;
        for (uint32_t i = tall; i < sorted; i++)
            if (segments[i].low < high || band == BANDS - 1)
                end = i + 1;
        write_pair(out, first, end);
    }
}

/* Writes what was added since the last call. */
static void write_segments(FILE *out, const int box[4], struct outline *outline)
{
    uint32_t tall = 0, sorted = 0;
    for (uint32_t i = 0; i < n_segments; i++) {
        struct segment *segment = &segments[i];
        int height = segment->high - segment->low;
        segment->rank = height == 0 ? 2 : height * BANDS > 2 * (box[3] - box[1]) ? 0 : 1;
        tall += segment->rank == 0;
        sorted += segment->rank < 2;
    }
    qsort(segments, n_segments, sizeof *segments, compare_segments);
    *outline = (struct outline){written, n_segments, tall};
    for (uint32_t i = 0; i < n_segments; i++)
        write_pair(out, segments[i].from, segments[i].to);
    if (n_segments > 0)
        write_bands(out, tall, sorted, box[1], box[3]);
    n_segments = 0;
}

/* The points within are moved outwards by as much as gives the lines the area that the curve has: else small
 * letters would be thinner than large ones. Chords of n pieces miss 1/n² of the area between the curve and
 * its chord, which is 2/3 of chord times bend; points moved by v add chord times v times 1 - 1/n. */
static void add_curve(float tolerance, float x0, float y0, float cx, float cy, float x1, float y1)
{
    float bend_x = (2 * cx - x0 - x1) / 4, bend_y = (2 * cy - y0 - y1) / 4;
    int pieces = (int)ceilf(sqrtf(hypotf(bend_x, bend_y) / tolerance));
    float x = x0, y = y0, out_by = pieces > 1 ? 2.0f / 3 / (float)(pieces * (pieces - 1)) : 0;
    for (int i = 1; i <= pieces; i++) {
        float t = (float)i / (float)pieces, u = 1 - t;
        float nx = i == pieces ? x1 : u * u * x0 + 2 * u * t * cx + t * t * x1 + out_by * bend_x;
        float ny = i == pieces ? y1 : u * u * y0 + 2 * u * t * cy + t * t * y1 + out_by * bend_y;
        add_segment(x, y, nx, ny);
        x = nx;
        y = ny;
    }
    if (pieces <= 0)
        add_segment(x0, y0, x1, y1);
}

static void add_outline(const struct font *font, int glyph, float tolerance)
{
    stbtt_vertex *vertices;
    int count = stbtt_GetGlyphShape(&font->information, glyph, &vertices);
    float s = font->scale, x = 0, y = 0, start_x = 0, start_y = 0;
    for (int i = 0; i <= count; i++) {
        bool end = i == count || vertices[i].type == STBTT_vmove;
        if (end && (x != start_x || y != start_y))
            add_segment(x, y, start_x, start_y);
        if (i == count)
            break;
        float nx = s * vertices[i].x, ny = s * vertices[i].y;
        if (vertices[i].type == STBTT_vline)
            add_segment(x, y, nx, ny);
        else if (vertices[i].type == STBTT_vcurve)
            add_curve(tolerance, x, y, s * vertices[i].cx, s * vertices[i].cy, nx, ny);
        else if (vertices[i].type != STBTT_vmove)
            fail("cubic outlines in", font->path);
        x = nx;
        y = ny;
        if (vertices[i].type == STBTT_vmove) {
            start_x = x;
            start_y = y;
        }
    }
    stbtt_FreeShape(&font->information, vertices);
}

struct glyph_row {
    uint32_t code;
    struct outline outlines[DETAILS];
    int advance, box[4];
};

static uint32_t write_outlines(FILE *out, const struct font *font, struct glyph_row *rows)
{
    size_t range = 0;
    uint32_t n = 0;
    for (uint32_t code = ranges[0][0]; code; code = next_code(&range, code)) {
        int glyph = stbtt_FindGlyphIndex(&font->information, (int)code);
        if (!glyph) {
            char text[32];
            snprintf(text, sizeof text, "U+%04X is not in", code);
            fail(text, font->path);
        }
        struct glyph_row *row = &rows[n++];
        *row = (struct glyph_row){.code = code};
        int advance, bearing, box[4] = {0};
        stbtt_GetGlyphHMetrics(&font->information, glyph, &advance, &bearing);
        stbtt_GetGlyphBox(&font->information, glyph, &box[0], &box[1], &box[2], &box[3]);
        row->advance = (int)lroundf(font->scale * (float)advance);
        for (int i = 0; i < 4; i++)
            row->box[i] = (int)lroundf(font->scale * (float)box[i]);
        for (int detail = 0; detail < DETAILS; detail++) {
            add_outline(font, glyph, tolerances[detail]);
            write_segments(out, row->box, &row->outlines[detail]);
        }
    }
    return n;
}

static void write_glyph(FILE *out, const struct glyph_row *row)
{
    fprintf(out, "    {0x%x, {", row->code);
    for (int detail = 0; detail < DETAILS; detail++)
        fprintf(out, "{%u, %u, %u}, ", row->outlines[detail].first, row->outlines[detail].count,
                row->outlines[detail].tall);
    fprintf(out, "}, %d, %d, %d, %d, %d},\n", row->advance, row->box[0], row->box[1], row->box[2],
            row->box[3]);
}

static uint32_t write_kerns(FILE *out, const struct font *font)
{
    uint32_t n = 0;
    for (int left = '!'; left <= '~'; left++)
        for (int right = '!'; right <= '~'; right++) {
            int kern = stbtt_GetCodepointKernAdvance(&font->information, left, right);
            if (kern == 0)
                continue;
            fprintf(out, "    {%d, %d, %ld},\n", left, right, lroundf(font->scale * (float)kern));
            n++;
        }
    return n;
}

static int height_of(const struct font *font, int code)
{
    int x0, y0, x1, y1;
    stbtt_GetCodepointBox(&font->information, code, &x0, &y0, &x1, &y1);
    return (int)lroundf(font->scale * (float)y1);
}

int main(int argc, char **argv)
{
    if (argc != 2 + WEIGHTS) {
        fprintf(stderr, "usage: font OUT.c REGULAR.ttf BOLD.ttf\n");
        return 2;
    }
    struct font fonts[WEIGHTS];
    for (int i = 0; i < WEIGHTS; i++)
        read_font(argv[2 + i], &fonts[i]);
    FILE *out = fopen(argv[1], "w");
    if (!out)
        fail("cannot write", argv[1]);
    static struct glyph_row rows[WEIGHTS][1024];
    uint32_t n_glyphs[WEIGHTS], n_kerns[WEIGHTS];
    fprintf(out, "/* Made by the build from the font files; do not edit. */\n#include \"view/font.h\"\n\n");
    fprintf(out, "const uint32_t view_font_segments[] = {");
    for (int i = 0; i < WEIGHTS; i++)
        n_glyphs[i] = write_outlines(out, &fonts[i], rows[i]);
    fprintf(out, "\n};\nconst uint32_t view_font_n_segments = %u;\n", written);
    for (int i = 0; i < WEIGHTS; i++) {
        fprintf(out, "\nstatic const struct view_glyph glyphs_%d[] = {\n", i);
        for (const struct glyph_row *row = rows[i]; row < rows[i] + n_glyphs[i]; row++)
            write_glyph(out, row);
        fprintf(out, "};\n\nstatic const struct view_kern kerns_%d[] = {\n", i);
        n_kerns[i] = write_kerns(out, &fonts[i]);
        fprintf(out, "    {0, 0, 0},\n};\n");
    }
    fprintf(out, "\nconst struct view_font view_fonts[VIEW_WEIGHTS] = {\n");
    for (int i = 0; i < WEIGHTS; i++) {
        int ascent, descent, gap;
        stbtt_GetFontVMetrics(&fonts[i].information, &ascent, &descent, &gap);
        fprintf(out, "    {glyphs_%d, %u, kerns_%d, %u, %ld, %ld, %d, %d},\n", i, n_glyphs[i], i, n_kerns[i],
                lroundf(fonts[i].scale * (float)ascent), lroundf(fonts[i].scale * (float)descent),
                height_of(&fonts[i], 'H'), height_of(&fonts[i], 'x'));
        free(fonts[i].bytes);
    }
    fprintf(out, "};\n");
    return fclose(out) == 0 ? 0 : 1;
}
