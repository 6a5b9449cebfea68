#include "cli/training_page.h"

#include "cli/page_parts.h"
#include "cli/text.h"
#include "cli/version.h"
#include "live/training.h"
#include "view/png.h"

#include <math.h>
#include <stdio.h>

/* As on the other pages, a unit is 1.5 pixels at scale 1, so that text of 9.5 units can be read at 100 %. */
#define PIXELS_A_UNIT 1.5f
enum { WIDTH = 1600, HEIGHT = 1180, MARGIN = 36, GAP = 30, COLUMN_GAP = 20 };

/* ---- heading and footing ---- */

static void say_autoencoder(const struct live_training_history *history, struct cli_line *line)
{
    char number[VIEW_LABEL_BYTES];
    cli_line_add(line, "%s", history->kind ? history->kind : "autoencoder");
    if (history->d_in > 0 && history->d_sae > 0) {
        view_format_count(history->d_in, number);
        cli_line_add(line, "   \u00b7   %s \u2192 ", number);
        view_format_count(history->d_sae, number);
        cli_line_add(line, "%s", number);
    }
    if (history->k > 0) {
        view_format_number(history->k, 4, number);
        cli_line_add(line, "   \u00b7   k %s", number);
    }
}

static void say_rows(const struct live_training_history *history, struct cli_line *line)
{
    char number[VIEW_LABEL_BYTES];
    if (history->input)
        cli_line_add(line, "%s   \u00b7   ", history->input);
    if (history->n_records == 0) {
        cli_line_add(line, "no step recorded");
        return;
    }
    view_format_count(history->records[history->n_records - 1].rows, number);
    cli_line_add(line, "%s rows trained on", number);
}

/* A number of the result, large, under its name; gives the left end for the next one on its left. */
static float draw_result(const struct live_training *picture, float right, float y, const char *name,
                         const char *number, const char *note)
{
    const struct view_theme *theme = picture->theme;
    struct view_text_style style = {
        .size = theme->size_label, .colour = theme->text_muted, .anchor = VIEW_TOP, .align = VIEW_START};
    float width = fmaxf(
        view_text_width(name, theme->size_label, VIEW_REGULAR),
        fmaxf(view_text_width(number, 22, VIEW_BOLD), view_text_width(note, theme->size_tick, VIEW_REGULAR)));
    float left = right - width;
    view_text(picture->canvas, left, y, name, &style);
    style.size = theme->size_tick;
    view_text(picture->canvas, left, y + 54, note, &style);
    style = (struct view_text_style){.size = 22, .weight = VIEW_BOLD, .anchor = VIEW_TOP};
    view_text(picture->canvas, left, y + 22, number, &style);
    return left - 44;
}

/* Where training stands: held-out numbers where there are some, otherwise means over the last batches. */
static void draw_results(const struct live_training *picture, float right, float y)
{
    const struct live_training_history *history = picture->history;
    char number[VIEW_LABEL_BYTES], note[VIEW_LABEL_BYTES] = "";
    double dead = live_training_value(&history->records[history->n_records - 1], LIVE_TRAINING_DEAD);
    double fvu = live_training_last(picture, LIVE_TRAINING_FVU),
           l0 = live_training_last(picture, LIVE_TRAINING_L0);
    const char *fvu_note = "last batches", *l0_note = fvu_note;
    if (history->n_held_out > 0) {
        const struct live_training_held_out *last = &history->held_out[history->n_held_out - 1];
        fvu_note = isfinite(last->fvu) ? "rows held out" : fvu_note;
        l0_note = isfinite(last->l0) ? "rows held out" : l0_note;
        fvu = isfinite(last->fvu) ? last->fvu : fvu;
        l0 = isfinite(last->l0) ? last->l0 : l0;
    }
    view_format_number(dead, 6, number);
    if (history->d_sae > 0 && dead >= 0)
        snprintf(note, sizeof note, "%.3g %% of all", 100 * dead / (double)history->d_sae);
    right = draw_result(picture, right, y, "Dead latents", number, note);
    view_format_number(l0, 3, number);
    right = draw_result(picture, right, y, "L0", number, l0_note);
    view_format_number(fvu, 3, number);
    right = draw_result(picture, right, y, "FVU", number, fvu_note);
    view_format_number(live_training_last(picture, LIVE_TRAINING_LOSS), 3, number);
    draw_result(picture, right, y, "Loss", number, "last batches");
}

static void draw_header(const struct live_training *picture, struct view_rect rect)
{
    char text[512] = "";
    struct cli_line line = {.text = text, .bytes = sizeof text};
    const struct view_theme *theme = picture->theme;
    if (picture->history->n_records > 0)
        draw_results(picture, rect.x + rect.width - 2, rect.y);
    rect.width -= 520;
    view_text(picture->canvas, rect.x, rect.y, "Training of a sparse autoencoder",
              &(struct view_text_style){.colour = theme->text_muted, .anchor = VIEW_TOP});
    say_autoencoder(picture->history, &line);
    view_fit_text(text, rect.width, theme->size_title, VIEW_BOLD);
    view_text(picture->canvas, rect.x, rect.y + 20, text,
              &(struct view_text_style){.size = theme->size_title, .weight = VIEW_BOLD, .anchor = VIEW_TOP});
    line.used = 0;
    say_rows(picture->history, &line);
    view_fit_text(text, rect.width, theme->size_label, VIEW_REGULAR);
    view_text(picture->canvas, rect.x, rect.y + 50, text, &(struct view_text_style){.anchor = VIEW_TOP});
}

/* How curves were smoothed. */
static void draw_footer(const struct live_training *picture, struct view_rect rect)
{
    char text[128] = "";
    struct cli_line line = {.text = text, .bytes = sizeof text};
    if (picture->window > 0)
        cli_line_add(&line, "bold curves: mean over %zu records; faint: %s", 2 * picture->window + 1,
                     picture->crowded ? "their range" : "each record");
    cli_page_footer(picture->canvas, rect, text);
}

/* ---- layout ---- */

static void draw_page(struct live_training *picture)
{
    struct view_rect rect = {MARGIN, MARGIN - 4, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN + 14};
    draw_header(picture, view_cut_top(&rect, 66, GAP));
    draw_footer(picture, view_cut_bottom(&rect, 18, 18));
    struct view_rect top = view_cut_top(&rect, 350, GAP - 6);
    struct view_rect middle = view_cut_top(&rect, 250, GAP - 6);
    struct view_rect bottom = rect;
    live_training_panel(picture, LIVE_TRAINING_PANEL_LOSS, view_cell(top, 1, 2, COLUMN_GAP, 0, 0, 0), "a");
    live_training_panel(picture, LIVE_TRAINING_PANEL_FVU, view_cell(top, 1, 2, COLUMN_GAP, 0, 0, 1), "b");
    live_training_panel(picture, LIVE_TRAINING_PANEL_L0, view_cell(middle, 1, 2, COLUMN_GAP, 0, 0, 0), "c");
    live_training_panel(picture, LIVE_TRAINING_PANEL_DEAD, view_cell(middle, 1, 2, COLUMN_GAP, 0, 0, 1), "d");
    live_training_panel(picture, LIVE_TRAINING_PANEL_DENSITY, view_cell(bottom, 1, 2, COLUMN_GAP, 0, 0, 0),
                        "e");
    struct view_rect right = view_cell(bottom, 1, 2, COLUMN_GAP, 0, 0, 1);
    live_training_panel(picture, LIVE_TRAINING_PANEL_HISTOGRAM,
                        view_cut_left(&right, 0.5f * (right.width - COLUMN_GAP), COLUMN_GAP), "f");
    if (live_training_has(picture, LIVE_TRAINING_COEFFICIENT)) {
        live_training_panel(picture, LIVE_TRAINING_PANEL_RATE, view_cell(right, 2, 1, 0, GAP - 8, 0, 0), "g");
        live_training_panel(picture, LIVE_TRAINING_PANEL_COEFFICIENT,
                            view_cell(right, 2, 1, 0, GAP - 8, 1, 0), "h");
    } else {
        live_training_panel(picture, LIVE_TRAINING_PANEL_RATE, right, "g");
    }
}

static enum base_status write_png(const struct live_training *picture, const char *path)
{
    char title[512] = "", software[64];
    struct cli_line line = {.text = title, .bytes = sizeof title};
    cli_line_add(&line, "Training of a sparse autoencoder: ");
    say_autoencoder(picture->history, &line);
    snprintf(software, sizeof software, "arclight %s", cli_version());
    const struct view_png_text texts[] = {{"Title", title}, {"Software", software}};
    return view_canvas_write_png(picture->canvas, path, texts, sizeof texts / sizeof *texts);
}

enum base_status cli_training_page(struct gpu *gpu, const struct live_training_history *history,
                                   const struct view_theme *theme, float scale, const char *path)
{
    enum base_status status;
    struct live_training picture = {0};
    struct view_canvas *canvas = NULL;
    const struct view_canvas_parameters size = {WIDTH, HEIGHT, PIXELS_A_UNIT * (scale > 0 ? scale : 1),
                                                theme ? theme : &view_theme_dark};
    BASE_CHECK(view_canvas_create(gpu, &size, &canvas));
    BASE_CHECK(live_training_prepare(&picture, history, canvas, LIVE_TRAINING_AUTOMATIC));
    view_canvas_begin(canvas);
    draw_page(&picture);
    BASE_CHECK(view_canvas_finish(canvas));
    status = write_png(&picture, path);
error:
    view_canvas_destroy(&canvas);
    live_training_release(&picture);
    return status;
}
