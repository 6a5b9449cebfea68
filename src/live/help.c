/* The overlay of keys, laid out from the binding table. */
#include "live/bindings.h"

#include "view/font.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_COLUMNS = 3 };

static void append(char *text, size_t size, const char *more)
{
    size_t used = strlen(text);
    if (used + 1 < size)
        snprintf(text + used, size - used, "%s", more);
}

/* "shift+tab" as it stands on keyboards. */
static void pretty_key(const char *key, char *text, size_t size)
{
    static const struct {
        const char *key, *shown;
    } names[] = {{"space", "Space"},   {"enter", "Enter"},   {"escape", "Esc"}, {"backspace", "Backspace"},
                 {"delete", "Delete"}, {"tab", "Tab"},       {"left", "←"},     {"right", "→"},
                 {"up", "↑"},          {"down", "↓"},        {"home", "Home"},  {"end", "End"},
                 {"page-up", "PgUp"},  {"page-down", "PgDn"}};
    static const struct {
        const char *start, *shown;
    } modifiers[] = {{"ctrl+", "Ctrl "}, {"alt+", "Alt "}, {"shift+", "Shift "}};
    for (size_t i = 0; i < sizeof modifiers / sizeof *modifiers; i++) {
        size_t length = strlen(modifiers[i].start);
        if (!strncmp(key, modifiers[i].start, length) && key[length]) {
            append(text, size, modifiers[i].shown);
            key += length;
        }
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i].key, key)) {
            append(text, size, names[i].shown);
            return;
        }
    char plain[LIVE_KEY_BYTES];
    snprintf(plain, sizeof plain, "%s", key);
    if (plain[0] == 'f' && plain[1] >= '1' && plain[1] <= '9')
        plain[0] = 'F';
    append(text, size, plain);
}

void live_keys_text(const struct live_bindings *bindings, enum live_action action, char *text, size_t size)
{
    text[0] = 0;
    for (int k = 0; k < LIVE_KEYS_AN_ACTION; k++) {
        const char *key = bindings->keys[action][k];
        if (!key[0])
            continue;
        if (text[0])
            append(text, size, "  ");
        pretty_key(key, text, size);
    }
}

/* ---- layout ---- */

static uint32_t lines_of(enum live_group group)
{
    uint32_t lines = 2; /* title, and a line of air behind */
    for (int action = 1; action < LIVE_ACTIONS; action++)
        lines += live_action_group((enum live_action)action) == group;
    return lines;
}

/* Groups go into columns in order, each column filled to about its share. */
static uint32_t share_columns(uint32_t columns, uint32_t column_of[LIVE_GROUPS])
{
    uint32_t total = 0, longest = 0;
    for (int g = 0; g < LIVE_GROUPS; g++)
        total += lines_of((enum live_group)g);
    for (uint32_t capacity = (total + columns - 1) / columns;; capacity++) {
        uint32_t column = 0, used = 0;
        longest = 0;
        for (int g = 0; g < LIVE_GROUPS; g++) {
            uint32_t lines = lines_of((enum live_group)g);
            if (used && used + lines > capacity) {
                column++;
                used = 0;
            }
            used += lines;
            longest = used > longest ? used : longest;
            column_of[g] = column;
        }
        if (column < columns)
            return longest;
    }
}

/* A key as a small cap, centred on `middle`, its right end at `right`; gives its left end. */
static float draw_cap(struct view_canvas *canvas, float right, float middle, const char *key, float size)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    char text[48] = "";
    pretty_key(key, text, sizeof text);
    float width = fmaxf(view_text_width(text, size, VIEW_REGULAR) + 0.9f * size, 1.7f * size);
    float height = 1.5f * size;
    struct view_rect cap = {view_snap(canvas, right - width), view_snap(canvas, middle - 0.5f * height),
                            width, height};
    view_rounded_box(canvas, cap, 3, 0, view_mix(theme->panel, theme->grid, 0.75f));
    view_rounded_box(canvas, cap, 3, view_hairline(canvas, 1), view_mix(theme->grid, theme->axis, 0.5f));
    view_text(canvas, cap.x + 0.5f * width, middle, text,
              &(struct view_text_style){.size = size, .align = VIEW_CENTRE, .anchor = VIEW_MIDDLE});
    return cap.x;
}

static void draw_action(struct view_canvas *canvas, const struct live_bindings *bindings,
                        enum live_action action, struct view_rect line, float keys, float size)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    float middle = line.y + 0.5f * line.height, at = line.x + keys;
    bool any = false;
    for (int k = LIVE_KEYS_AN_ACTION - 1; k >= 0; k--)
        if (bindings->keys[action][k][0]) {
            at = draw_cap(canvas, at, middle, bindings->keys[action][k], size) - 4;
            any = true;
        }
    view_text(canvas, line.x + keys + 10, middle, live_action_help(action),
              &(struct view_text_style){
                  .size = size, .colour = any ? theme->text : theme->text_muted, .anchor = VIEW_MIDDLE});
}

void live_help_draw(struct view_canvas *canvas, const struct live_bindings *bindings)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_rect all = view_canvas_bounds(canvas);
    uint32_t columns = all.width >= 820 ? MAX_COLUMNS : all.width >= 520 ? 2 : 1;
    uint32_t column_of[LIVE_GROUPS];
    uint32_t longest = share_columns(columns, column_of);
    const float top = 3.2f * theme->size_heading;
    float line = fminf(2.1f * theme->size_tick, (all.height - top - 28) / (float)longest);
    float size = fminf(theme->size_tick, line / 1.75f);
    float keys = 9.5f * size, width = keys + 10 + 19 * size, gap = 2.2f * size;
    float whole = width * (float)columns + gap * (float)(columns - 1);
    if (whole > all.width - 48) {
        float shrink = (all.width - 48) / whole;
        size *= shrink;
        keys *= shrink;
        width *= shrink;
        gap *= shrink;
        whole = all.width - 48;
    }
    view_box(canvas, all, view_alpha(theme->page, 0.94f));
    float left = all.x + 0.5f * (all.width - whole);
    float y0 = all.y + fmaxf(14, 0.5f * (all.height - top - line * (float)longest));
    view_text(canvas, left, y0, "Keys",
              &(struct view_text_style){
                  .size = 1.35f * theme->size_heading, .weight = VIEW_BOLD, .anchor = VIEW_TOP});
    view_text(canvas, left + whole, y0,
              "Esc closes · arclight/keys.conf in the configuration folder changes them",
              &(struct view_text_style){
                  .size = size, .colour = theme->text_muted, .align = VIEW_END, .anchor = VIEW_TOP});
    float at[MAX_COLUMNS] = {0};
    for (int g = 0; g < LIVE_GROUPS; g++) {
        float x = left + (width + gap) * (float)column_of[g], *y = &at[column_of[g]];
        view_text(canvas, x, y0 + top + *y + 0.45f * line, live_group_title((enum live_group)g),
                  &(struct view_text_style){
                      .size = size, .weight = VIEW_BOLD, .colour = theme->series[0], .anchor = VIEW_MIDDLE});
        view_line_across(canvas, x, x + width, y0 + top + *y + line,
                         &(struct view_line_style){.colour = theme->grid});
        *y += 1.15f * line;
        for (int action = 1; action < LIVE_ACTIONS; action++) {
            if (live_action_group((enum live_action)action) != (enum live_group)g)
                continue;
            draw_action(canvas, bindings, (enum live_action)action,
                        (struct view_rect){x, y0 + top + *y, width, line}, keys, size);
            *y += line;
        }
        *y += 0.85f * line;
    }
}
