/* The overlay of keys, laid out from the binding table. */
#include "live/bindings.h"

#include "view/font.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_COLUMNS = 4 };

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

/* ---- what is listed ---- */

enum { MOST_ENTRIES = LIVE_ACTIONS + LIVE_GROUPS };

/* An action's line, or one for a run of pages; action LIVE_ACTION_NONE: a group's title. */
struct entry {
    enum live_group group;
    enum live_action action, last; /* last: of the pages; otherwise LIVE_ACTION_NONE */
};

struct list {
    uint32_t count;
    struct entry entries[MOST_ENTRIES];
    uint32_t lengths[LIVE_GROUPS]; /* lines of each group, its title's included; 0: nothing of it applies */
};

static bool is_page(enum live_action action)
{
    return action >= LIVE_ACTION_VIEW_1 && action <= LIVE_ACTION_VIEW_9;
}

/* The keys 1 to 9 as they are built in say what they do in one line. */
static bool pages_are_a_row(const struct live_bindings *bindings)
{
    for (int action = LIVE_ACTION_VIEW_1; action <= LIVE_ACTION_VIEW_9; action++)
        if (strcmp(bindings->keys[action][0], live_action_keys((enum live_action)action)) != 0 ||
            bindings->keys[action][1][0])
            return false;
    return true;
}

static enum live_action last_page(const struct live_help *help)
{
    int last = LIVE_ACTION_VIEW_1;
    for (int action = last; action <= LIVE_ACTION_VIEW_9; action++)
        last = help->hidden[action] ? last : action;
    return (enum live_action)last;
}

static void list_group(const struct live_bindings *bindings, const struct live_help *help,
                       enum live_group group, struct list *list)
{
    const bool row = pages_are_a_row(bindings);
    const uint32_t before = list->count++;
    list->entries[before] = (struct entry){group, LIVE_ACTION_NONE, LIVE_ACTION_NONE};
    for (int a = 1; a < LIVE_ACTIONS; a++) {
        const enum live_action action = (enum live_action)a;
        if (live_action_group(action) != group || help->hidden[action])
            continue;
        if (row && is_page(action) && action != LIVE_ACTION_VIEW_1)
            continue;
        const bool pages = row && action == LIVE_ACTION_VIEW_1;
        list->entries[list->count++] =
            (struct entry){group, action, pages ? last_page(help) : LIVE_ACTION_NONE};
    }
    list->lengths[group] = list->count - before;
    if (list->lengths[group] == 1) { /* a title alone */
        list->lengths[group] = 0;
        list->count = before;
    }
}

static void words_of(const struct entry *entry, char text[64])
{
    const bool pages = entry->last > entry->action;
    snprintf(text, 64, "%s",
             entry->action == LIVE_ACTION_NONE ? live_group_title(entry->group)
             : pages                           ? "the pages, in their order"
                                               : live_action_help(entry->action));
}

/* ---- layout ---- */

/* In lines of text and in units; all sizes follow from the theme's. */
struct sheet {
    uint32_t columns, longest;
    uint32_t column_of[LIVE_GROUPS];
    float size, line, keys, width, gap;
    struct view_rect room; /* below the heading */
};

/* Groups go into columns in order, each column filled to about its share; a line of air behind each. */
static void share_columns(const struct list *list, struct sheet *sheet)
{
    uint32_t total = 0;
    for (int g = 0; g < LIVE_GROUPS; g++)
        total += list->lengths[g] > 0 ? list->lengths[g] + 1 : 0;
    for (uint32_t capacity = (total + sheet->columns - 1) / sheet->columns;; capacity++) {
        uint32_t column = 0, used = 0;
        sheet->longest = 0;
        for (int g = 0; g < LIVE_GROUPS; g++) {
            const uint32_t lines = list->lengths[g] > 0 ? list->lengths[g] + 1 : 0;
            if (used && used + lines > capacity + 1) {
                column++;
                used = 0;
            }
            used += lines;
            sheet->longest = used > sheet->longest ? used : sheet->longest;
            sheet->column_of[g] = column;
        }
        if (column < sheet->columns)
            return;
    }
}

static float cap_width(const char *key, float size)
{
    char text[48] = "";
    pretty_key(key, text, sizeof text);
    return fmaxf(view_text_width(text, size, VIEW_REGULAR) + 0.9f * size, 1.7f * size);
}

static float keys_width(const struct live_bindings *bindings, const struct entry *entry, float size)
{
    float width = 0;
    for (int k = 0; k < LIVE_KEYS_AN_ACTION; k++)
        if (bindings->keys[entry->action][k][0])
            width += cap_width(bindings->keys[entry->action][k], size) + 4;
    if (entry->last > entry->action) /* first … last */
        width += cap_width(bindings->keys[entry->last][0], size) + 4 + 1.4f * size;
    return width;
}

/* Columns as narrow as their words allow, as few as show everything, else as many as fit side by side. */
static void lay_out(const struct live_bindings *bindings, const struct list *list,
                    const struct view_theme *theme, struct view_rect room, struct sheet *sheet)
{
    char words[64];
    float texts = 0;
    *sheet = (struct sheet){.size = theme->size_tick, .room = room};
    for (uint32_t i = 0; i < list->count; i++) {
        words_of(&list->entries[i], words);
        texts = fmaxf(texts, view_text_width(words, sheet->size, VIEW_REGULAR));
        if (list->entries[i].action != LIVE_ACTION_NONE)
            sheet->keys = fmaxf(sheet->keys, keys_width(bindings, &list->entries[i], sheet->size));
    }
    const float natural = sheet->keys + sheet->size + texts;
    if (natural > room.width) { /* not even one column */
        const float shrink = room.width / natural;
        sheet->size *= shrink;
        sheet->keys *= shrink;
    }
    sheet->line = 2.1f * sheet->size;
    sheet->gap = 3 * sheet->size;
    for (sheet->columns = 1;; sheet->columns++) {
        share_columns(list, sheet);
        const float next = natural * (float)(sheet->columns + 1) + sheet->gap * (float)sheet->columns;
        if (sheet->line * (float)(sheet->longest - 1) <= room.height || next > room.width ||
            sheet->columns == MAX_COLUMNS)
            break;
    }
    sheet->width = (room.width - sheet->gap * (float)(sheet->columns - 1)) / (float)sheet->columns;
}

/* ---- drawing ---- */

/* A key as a small cap, centred on `middle`, its right end at `right`; gives its left end. */
static float draw_cap(struct view_canvas *canvas, float right, float middle, const char *key, float size)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    char text[48] = "";
    pretty_key(key, text, sizeof text);
    float width = cap_width(key, size);
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
                        const struct entry *entry, const struct sheet *sheet, float x, float middle)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const float size = sheet->size;
    float at = x + sheet->keys;
    char words[64];
    bool any = false;
    if (entry->last > entry->action) {
        at = draw_cap(canvas, at, middle, bindings->keys[entry->last][0], size) - 4;
        view_text(canvas, at - 0.5f * size, middle, "\u2026",
                  &(struct view_text_style){.size = size, .align = VIEW_CENTRE, .anchor = VIEW_MIDDLE});
        at -= 1.4f * size;
    }
    for (int k = LIVE_KEYS_AN_ACTION - 1; k >= 0; k--)
        if (bindings->keys[entry->action][k][0]) {
            at = draw_cap(canvas, at, middle, bindings->keys[entry->action][k], size) - 4;
            any = true;
        }
    words_of(entry, words);
    view_text(canvas, x + sheet->keys + size, middle, words,
              &(struct view_text_style){
                  .size = size, .colour = any ? theme->text : theme->text_muted, .anchor = VIEW_MIDDLE});
}

static void draw_lists(struct view_canvas *canvas, const struct live_bindings *bindings,
                       const struct list *list, const struct sheet *sheet, float top)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    float at[MAX_COLUMNS] = {0};
    for (uint32_t i = 0; i < list->count; i++) {
        const struct entry *entry = &list->entries[i];
        const uint32_t column = sheet->column_of[entry->group];
        const float x = sheet->room.x + (sheet->width + sheet->gap) * (float)column;
        if (entry->action == LIVE_ACTION_NONE && at[column] > 0)
            at[column] += sheet->line;
        const float middle = top + at[column] + 0.5f * sheet->line;
        at[column] += sheet->line;
        if (entry->action != LIVE_ACTION_NONE) {
            draw_action(canvas, bindings, entry, sheet, x, middle);
            continue;
        }
        view_text(
            canvas, x, middle - 0.1f * sheet->line, live_group_title(entry->group),
            &(struct view_text_style){
                .size = sheet->size, .weight = VIEW_BOLD, .colour = theme->series[0], .anchor = VIEW_MIDDLE});
        view_line_across(canvas, x, x + sheet->width, middle + 0.4f * sheet->line,
                         &(struct view_line_style){.colour = theme->grid});
    }
}

/* How much of the list is seen, and where. */
static void draw_scroll_bar(struct view_canvas *canvas, struct view_rect room, float most, float scroll)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const float length = room.height * room.height / (room.height + most);
    const float x = room.x + room.width + 10;
    view_rounded_box(canvas, (struct view_rect){x, room.y, 4, room.height}, 2, 0, theme->grid);
    view_rounded_box(canvas,
                     (struct view_rect){x, room.y + (room.height - length) * scroll / most, 4, length}, 2, 0,
                     theme->axis);
}

static void draw_heading(struct view_canvas *canvas, struct view_rect rect, bool scrolls)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    char words[128];
    const float size = 1.35f * theme->size_heading, bottom = rect.y + size;
    const float title = view_text(canvas, rect.x, bottom, "Keys",
                                  &(struct view_text_style){.size = size, .weight = VIEW_BOLD});
    snprintf(words, sizeof words,
             "%sEsc closes \u00b7 arclight/keys.conf in the configuration folder changes them",
             scrolls ? "wheel, PgUp, PgDn: more \u00b7 " : "");
    view_fit_text(words, rect.width - title - 20, theme->size_tick, VIEW_REGULAR);
    view_text(
        canvas, rect.x + rect.width, bottom, words,
        &(struct view_text_style){.size = theme->size_tick, .colour = theme->text_muted, .align = VIEW_END});
}

void live_help_draw(struct view_canvas *canvas, const struct live_bindings *bindings, struct live_help *help)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_rect room = view_inset(view_canvas_bounds(canvas), 24, 14, 24, 14);
    struct list list = {0};
    struct sheet sheet;
    for (int g = 0; g < LIVE_GROUPS; g++)
        list_group(bindings, help, (enum live_group)g, &list);
    view_box(canvas, view_canvas_bounds(canvas), theme->page);
    const struct view_rect heading = view_cut_top(&room, 1.35f * theme->size_heading, theme->size_heading);
    lay_out(bindings, &list, theme, room, &sheet);
    const float height = sheet.line * (float)(sheet.longest - 1);
    help->most = fmaxf(0, height - room.height);
    help->page = fmaxf(sheet.line, room.height - sheet.line);
    help->line = sheet.line;
    help->scroll = fmaxf(0, fminf(help->scroll, help->most));
    draw_heading(canvas, heading, help->most > 0);
    view_clip(canvas, &room);
    draw_lists(canvas, bindings, &list, &sheet, room.y - view_snap(canvas, help->scroll));
    view_clip(canvas, NULL);
    if (help->most > 0)
        draw_scroll_bar(canvas, room, help->most, help->scroll);
}

/* ---- hands ---- */

bool live_help_event(struct live_help *help, const struct view_event *event)
{
    float by = 0;
    if (event->kind == VIEW_EVENT_WHEEL)
        by = -3 * event->wheel_y * help->line;
    else if (event->kind != VIEW_EVENT_KEY || help->most <= 0)
        return false;
    else if (!strcmp(event->key, "page-down") || !strcmp(event->key, "page-up"))
        by = event->key[5] == 'd' ? help->page : -help->page;
    else if (!strcmp(event->key, "down") || !strcmp(event->key, "up"))
        by = event->key[0] == 'd' ? help->line : -help->line;
    else if (!strcmp(event->key, "home") || !strcmp(event->key, "end"))
        by = event->key[0] == 'e' ? help->most : -help->most;
    else
        return false;
    help->scroll = fmaxf(0, fminf(help->scroll + by, help->most));
    return true;
}
