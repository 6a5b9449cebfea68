#include "live/plot_cards.h"

#include "live/plot.h"
#include "live/widgets.h"
#include "view/font.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The magnifier: units across, cells across. */
enum { GLASS = 81, GLASS_CELLS = 9 };

#define BESIDE 12.0f        /* units from the place to its card */
#define EDGE 4.0f           /* that the window keeps free */
#define SMALL_SHARE 0.15f   /* a pin's card that takes more of the plot is written in one line */
#define DIFFERENCE "\u0394" /* of the pointer's value to the pin's */

/* ---- lines ---- */

struct live_card_line *live_cards_line(struct live_cards *cards, uint32_t index, const char *name)
{
    const uint32_t at = index < LIVE_CARD_LINES ? index : LIVE_CARD_LINES - 1;
    struct live_card_line *line = &cards->lines[at];
    if (at >= cards->count) {
        *line = (struct live_card_line){.decimals = -1};
        snprintf(line->name, sizeof line->name, "%s", name ? name : "");
        cards->count = at + 1;
    }
    return line;
}

int live_cards_decimals(const struct view_axis *axis)
{
    enum { TELLING = 3, MOST = 9 };
    const double span = fabs(axis->high - axis->low) * (axis->format == VIEW_PERCENT ? 100 : 1);
    if (axis->scale == VIEW_LOG10 || axis->scale == VIEW_LOG2 || axis->format == VIEW_DECADES ||
        !(span > 0) || !isfinite(span))
        return -1;
    const double decimals = TELLING - floor(log10(span));
    return decimals <= 0 ? 0 : decimals > MOST ? -1 : (int)decimals;
}

static const char *unit_of(enum view_format format)
{
    return format == VIEW_PERCENT || format == VIEW_DECADES ? " %" : format == VIEW_DEGREES ? "\u00b0" : "";
}

/* All of a column's numbers have their points above each other, unless one is too small or too large for it.
 */
static void write_fixed(double value, int decimals, char text[VIEW_LABEL_BYTES])
{
    const double least = 0.5 * pow(10, -decimals);
    if (decimals < 0 || !isfinite(value) || fabs(value) >= 1e6 || (value != 0 && fabs(value) < least)) {
        view_format_number(value, 4, text);
        return;
    }
    snprintf(text, VIEW_LABEL_BYTES, "%s%.*f", value < 0 ? "\u2212" : "", decimals, fabs(value));
}

/* A count; means of counts under ten thousand have decimals. */
static bool is_whole(double number)
{
    return number >= 0 && number < 1e15 && (number >= 1e4 || fabs(number - round(number)) <= 1e-5 * number);
}

void live_cards_number(const struct live_card_line *line, double number, char text[VIEW_LABEL_BYTES])
{
    const bool count = line->format == VIEW_COUNT || line->format == VIEW_SHORT;
    if (count && is_whole(number)) {
        view_format_count((uint64_t)llround(number), text);
        return;
    }
    if (count)
        view_format_number(number, 5, text);
    else
        write_fixed(line->format == VIEW_PERCENT   ? 100 * number
                    : line->format == VIEW_DECADES ? 100 * pow(10, number)
                                                   : number,
                    line->decimals, text);
    const size_t used = strlen(text);
    if (isfinite(number))
        snprintf(text + used, VIEW_LABEL_BYTES - used, "%s", unit_of(line->format));
}

static void write_value(const struct live_card_line *line, enum live_cross cross, char text[VIEW_LABEL_BYTES])
{
    if (line->words[cross][0])
        snprintf(text, VIEW_LABEL_BYTES, "%s", line->words[cross]);
    else if (line->known[cross] == LIVE_KNOWN)
        live_cards_number(line, line->numbers[cross], text);
    else
        snprintf(text, VIEW_LABEL_BYTES, "%s", line->known[cross] == LIVE_AWAITED ? "\u2026" : "\u2013");
}

/* "+3", "−0.02 %", "" where there is none to tell. */
static void write_difference(const struct live_card_line *line, char text[VIEW_LABEL_BYTES])
{
    double by = line->numbers[LIVE_CROSS_POINTER] - line->numbers[LIVE_CROSS_PIN];
    struct live_card_line amount = *line;
    char size[VIEW_LABEL_BYTES];
    text[0] = '\0';
    if (line->position && line->format == VIEW_COUNT) /* of rows and columns: numbers, no amounts */
        return;
    if (line->known[LIVE_CROSS_PIN] != LIVE_KNOWN || line->known[LIVE_CROSS_POINTER] != LIVE_KNOWN ||
        !isfinite(by))
        return;
    if (line->words[LIVE_CROSS_PIN][0] || line->words[LIVE_CROSS_POINTER][0])
        return;
    if (line->format == VIEW_DECADES) { /* of the shares, not of their logarithms */
        by = pow(10, line->numbers[LIVE_CROSS_POINTER]) - pow(10, line->numbers[LIVE_CROSS_PIN]);
        amount.format = VIEW_PERCENT;
    }
    live_cards_number(&amount, fabs(by), size);
    snprintf(text, VIEW_LABEL_BYTES, "%s%.34s", by < 0 ? "\u2212" : by > 0 ? "+" : "", size);
}

/* ---- the table ---- */

enum { COLUMNS = 3 }; /* pin, pointer, difference; or the one there is */

struct table {
    uint32_t rows, columns;
    bool heads, dots;
    float names, widths[COLUMNS], size, row, pad, gap;
    char cells[LIVE_CARD_LINES][COLUMNS][VIEW_LABEL_BYTES];
};

static const char *const heads[COLUMNS] = {"pin", "pointer", DIFFERENCE};

static void make_table(const struct live_cards *cards, const struct view_theme *theme, struct table *table)
{
    const bool both = cards->shown[LIVE_CROSS_PIN] && cards->shown[LIVE_CROSS_POINTER];
    const enum live_cross one = cards->shown[LIVE_CROSS_PIN] ? LIVE_CROSS_PIN : LIVE_CROSS_POINTER;
    const float size = theme->size_tick;
    memset(table, 0, sizeof *table);
    table->size = size;
    table->row = 1.55f * size;
    table->pad = 0.75f * size;
    table->gap = 1.2f * size;
    table->rows = cards->count;
    table->columns = both ? COLUMNS : 1;
    table->heads = both;
    for (uint32_t r = 0; r < cards->count; r++) {
        const struct live_card_line *line = &cards->lines[r];
        table->dots |= line->colour.a != 0;
        table->names = fmaxf(table->names, view_text_width(line->name, size, VIEW_REGULAR));
        write_value(line, both ? LIVE_CROSS_PIN : one, table->cells[r][0]);
        if (both) {
            write_value(line, LIVE_CROSS_POINTER, table->cells[r][1]);
            write_difference(line, table->cells[r][2]);
        }
    }
    for (uint32_t c = 0; c < table->columns; c++) {
        table->widths[c] = both ? view_text_width(heads[c], size, VIEW_REGULAR) : 0;
        table->widths[c] = fmaxf(table->widths[c], 3.5f * size); /* does not jump with every digit */
        for (uint32_t r = 0; r < table->rows; r++)
            table->widths[c] =
                fmaxf(table->widths[c], view_text_width(table->cells[r][c], size, VIEW_REGULAR));
    }
}

static float table_width(const struct table *table)
{
    float width = 2 * table->pad + (table->dots ? 0.9f * table->size : 0) + table->names;
    for (uint32_t c = 0; c < table->columns; c++)
        width += table->gap + table->widths[c];
    return width;
}

static float table_height(const struct table *table)
{
    const float rows = (float)(table->rows + table->heads);
    return 2 * table->pad + table->row * (rows - 1) + 0.75f * table->size;
}

static void draw_row(struct view_canvas *canvas, const struct table *table, float right, float middle,
                     const char *const cells[COLUMNS], struct view_colour ink)
{
    float at = right;
    for (uint32_t c = table->columns; c-- > 0;) {
        view_text(canvas, at, middle, cells[c],
                  &(struct view_text_style){
                      .size = table->size, .colour = ink, .align = VIEW_END, .anchor = VIEW_MIDDLE});
        at -= table->widths[c] + table->gap;
    }
}

static void draw_table(struct view_canvas *canvas, const struct live_cards *cards, const struct table *table,
                       struct view_rect card)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const float size = table->size, right = card.x + card.width - table->pad;
    const float names = card.x + table->pad + (table->dots ? 0.9f * size : 0);
    float y = card.y + table->pad + 0.375f * size;
    if (table->heads) {
        draw_row(canvas, table, right, y, heads, theme->text_muted);
        y += table->row;
    }
    for (uint32_t r = 0; r < table->rows; r++, y += table->row) {
        const struct live_card_line *line = &cards->lines[r];
        const char *const cells[COLUMNS] = {table->cells[r][0], table->cells[r][1], table->cells[r][2]};
        if (line->colour.a)
            view_disc(canvas, (struct view_point){card.x + table->pad + 0.3f * size, y}, 0.3f * size, 0,
                      line->colour);
        view_text(
            canvas, names, y, line->name,
            &(struct view_text_style){.size = size, .colour = theme->text_muted, .anchor = VIEW_MIDDLE});
        draw_row(canvas, table, right, y, cells, theme->text);
    }
}

/* ---- one line ---- */

/* Names of numbers that have no dot to tell them; the place first. */
static float draw_line(struct view_canvas *canvas, const struct live_cards *cards, float x, float middle,
                       bool ink)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const float size = theme->size_tick, from = x;
    for (uint32_t r = 0; r < cards->count; r++) {
        const struct live_card_line *line = &cards->lines[r];
        char value[VIEW_LABEL_BYTES];
        write_value(line, LIVE_CROSS_PIN, value);
        x += r > 0 ? 0.9f * size : 0;
        if (line->colour.a) {
            if (ink)
                view_disc(canvas, (struct view_point){x + 0.3f * size, middle}, 0.3f * size, 0, line->colour);
            x += 0.9f * size;
        } else if (r > 0 || !line->position || cards->magnify) {
            if (ink)
                view_text(canvas, x, middle, line->name,
                          &(struct view_text_style){
                              .size = size, .colour = theme->text_muted, .anchor = VIEW_MIDDLE});
            x += view_text_width(line->name, size, VIEW_REGULAR) + 0.4f * size;
        }
        if (ink)
            view_text(canvas, x, middle, value,
                      &(struct view_text_style){.size = size, .anchor = VIEW_MIDDLE});
        x += view_text_width(value, size, VIEW_REGULAR);
    }
    return x - from;
}

/* ---- where cards stand ---- */

/* Right of the place and below it, on the other side where the plot ends there; over what stands beside the
 * plot where neither side has room, never on the place itself and never outside the window. */
static struct view_rect place(const struct view_canvas *canvas, struct view_rect area, struct view_point at,
                              float width, float height)
{
    const struct view_rect all = view_inset(view_canvas_bounds(canvas), EDGE, EDGE, EDGE, EDGE);
    const float right = area.x + area.width, bottom = area.y + area.height;
    const bool is_left = at.x > all.x + 0.5f * all.width;
    struct view_rect card = {at.x + BESIDE, at.y + BESIDE, width, height};
    if (card.x + width > right && (at.x - BESIDE - width >= area.x || is_left))
        card.x = at.x - BESIDE - width;
    if (card.y + height > bottom)
        card.y = at.y - BESIDE - height;
    if (card.y < area.y)
        card.y = fmaxf(area.y, fminf(at.y + BESIDE, bottom - height));
    card.x = fmaxf(all.x, fminf(card.x, all.x + all.width - width));
    card.y = fmaxf(all.y, fminf(card.y, all.y + all.height - height));
    card.x = view_snap(canvas, card.x);
    card.y = view_snap(canvas, card.y);
    return card;
}

static void draw_pin_mark(struct view_canvas *canvas, struct view_rect card)
{
    view_box(canvas, (struct view_rect){card.x, card.y + 4, 2, card.height - 8},
             view_canvas_theme(canvas)->series[1]);
}

/* ---- the magnifier ---- */

/* The window onto the cells stays within them. */
static float within(float start, float length, float from, float room)
{
    if (length <= room)
        return from + 0.5f * (room - length);
    return fminf(from, fmaxf(start, from + room - length));
}

/* The cells around a place, large enough to be told apart: what a magnifying glass shows. */
static void draw_magnifier(const struct live_plot *plot, struct view_canvas *canvas, struct view_rect glass,
                           enum live_cross cross)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_heat_parameters *heat = &plot->cards.heat;
    const float cell = glass.width / GLASS_CELLS;
    struct view_frame whole = plot->frame;
    whole.x = plot->full_x;
    whole.y = plot->full_y;
    whole.plot.width = cell * (float)heat->columns;
    whole.plot.height = cell * (float)heat->rows;
    const double x = plot->cards.x[cross], y = plot->cards.y[cross];
    const float over = whole.plot.width * (float)view_axis_position(&whole.x, x);
    const float down = whole.plot.height * (float)(1 - view_axis_position(&whole.y, y));
    whole.plot.x = within(glass.x + 0.5f * glass.width - over, whole.plot.width, glass.x, glass.width);
    whole.plot.y = within(glass.y + 0.5f * glass.height - down, whole.plot.height, glass.y, glass.height);
    view_box(canvas, glass, theme->page);
    view_clip(canvas, &glass);
    view_heat(canvas, &whole, heat);
    view_clip(canvas, NULL);
    struct view_rect mark = {whole.plot.x + over - 0.5f * cell, whole.plot.y + down - 0.5f * cell, cell,
                             cell};
    view_rounded_box(canvas, view_inset(mark, -1, -1, -1, -1), 1, 1, view_alpha(theme->page, 0.8f));
    view_rounded_box(canvas, mark, 1, 1, theme->text);
}

/* ---- drawing ---- */

static void draw_in_one_line(struct live_plot *plot, struct view_canvas *canvas)
{
    const struct live_cards *cards = &plot->cards;
    const float size = view_canvas_theme(canvas)->size_tick, pad = 0.9f * size;
    const float width = draw_line(canvas, cards, 0, 0, false) + 2 * pad;
    const struct view_rect card = place(canvas, cards->area, cards->at[LIVE_CROSS_PIN], width, 1.75f * size);
    plot->card = card;
    live_card(canvas, card, 0.96f);
    draw_pin_mark(canvas, card);
    (void)draw_line(canvas, cards, card.x + pad, card.y + 0.5f * card.height, true);
}

void live_plot_draw_cards(struct live_plot *plot, struct view_canvas *canvas)
{
    const struct live_cards *cards = &plot->cards;
    const bool pin = cards->shown[LIVE_CROSS_PIN], pointer = cards->shown[LIVE_CROSS_POINTER];
    const struct view_rect area = cards->area;
    const enum live_cross leads = pointer ? LIVE_CROSS_POINTER : LIVE_CROSS_PIN;
    struct table table;
    plot->card = (struct view_rect){0};
    if (cards->count == 0 || !(pin || pointer))
        return;
    make_table(cards, view_canvas_theme(canvas), &table);
    const float glass = cards->magnify ? GLASS : 0;
    float width = table_width(&table), words = table_height(&table);
    width = fmaxf(width, glass > 0 ? glass + 2 * table.pad : 0);
    const float height = words + (glass > 0 ? glass + table.pad : 0);
    if (!pointer && width * height > SMALL_SHARE * area.width * area.height) {
        draw_in_one_line(plot, canvas);
        return;
    }
    const struct view_rect card = place(canvas, area, cards->at[leads], width, height);
    plot->card = card;
    live_card(canvas, card, 0.96f);
    if (pin)
        draw_pin_mark(canvas, card);
    draw_table(canvas, cards, &table, card);
    if (glass > 0)
        draw_magnifier(plot, canvas,
                       (struct view_rect){card.x + 0.5f * (card.width - glass), card.y + words, glass, glass},
                       leads);
}
