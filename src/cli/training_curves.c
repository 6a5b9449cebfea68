/* Panels of numbers over the rows. */
#include "cli/training_panels.h"

#include "cli/text.h"

#include <math.h>
#include <stdio.h>

enum { MARKS = 200, NAMES = 6 };

static struct view_colour training_colour(const struct cli_training_picture *picture)
{
    return picture->theme->series[0];
}

static struct view_colour held_out_colour(const struct cli_training_picture *picture)
{
    return picture->theme->series[1];
}

void cli_training_note(const struct cli_training_picture *picture, struct view_rect plot, const char *words)
{
    view_text(picture->canvas, plot.x + 0.5f * plot.width, plot.y + 0.5f * plot.height, words,
              &(struct view_text_style){
                  .colour = picture->theme->text_muted, .align = VIEW_CENTRE, .anchor = VIEW_MIDDLE});
}

static struct view_frame draw_frame(const struct cli_training_picture *picture, struct view_rect rect,
                                    const char *letter, const char *title, struct view_axis y)
{
    return view_frame_draw(picture->canvas,
                           &(struct view_frame_parameters){
                               .rect = rect,
                               .x = picture->rows,
                               .y = y,
                               .letter = letter,
                               .title = title,
                               .margins = {.left = CLI_TRAINING_LEFT, .right = CLI_TRAINING_RIGHT},
                           });
}

static void draw_legend(const struct cli_training_picture *picture, struct view_rect rect,
                        const struct view_legend_entry *entries, uint32_t count)
{
    if (count > 0)
        view_legend(picture->canvas, rect.x + rect.width - CLI_TRAINING_RIGHT,
                    rect.y + view_legend_drop(picture->canvas), entries, count, false, VIEW_END);
}

/* ---- rows held out ---- */

static double held_out_value(const struct cli_training_held_out *held_out, bool fvu)
{
    double value = fvu ? held_out->fvu : held_out->l0;
    return isfinite(value) ? value : NAN;
}

static bool has_held_out(const struct cli_training_picture *picture, bool fvu)
{
    for (size_t i = 0; i < picture->history->n_held_out; i++)
        if (!isnan(held_out_value(&picture->history->held_out[i], fvu)))
            return true;
    return false;
}

static void extend_held_out(const struct cli_training_picture *picture, struct cli_range *range, bool fvu)
{
    for (size_t i = 0; i < picture->history->n_held_out; i++)
        cli_range_extend(range, held_out_value(&picture->history->held_out[i], fvu));
}

/* A mark for each measure, the line between them; of very many, as many marks as can be told apart. */
static void draw_held_out(const struct cli_training_picture *picture, const struct view_frame *frame,
                          bool fvu)
{
    const struct cli_training_history *history = picture->history;
    const struct view_line_style line = {.colour = view_alpha(held_out_colour(picture), 0.8f), .width = 1.2f};
    size_t stride = 1 + history->n_held_out / MARKS;
    struct view_point before = {NAN, NAN};
    for (size_t i = 0; i < history->n_held_out; i++) {
        if (i % stride && i + 1 < history->n_held_out)
            continue;
        double value = held_out_value(&history->held_out[i], fvu);
        double position = view_axis_position(&frame->y, value);
        if (!(position > -1e-6 && position < 1 + 1e-6)) {
            before.x = NAN;
            continue;
        }
        struct view_point at = view_frame_point(frame, (double)history->held_out[i].rows, value);
        if (!isnan(before.x))
            view_line(picture->canvas, before, at, &line);
        view_mark(picture->canvas, at, VIEW_MARKER_DIAMOND, history->n_held_out > 40 ? 5 : 7,
                  held_out_colour(picture));
        before = at;
    }
}

/* ---- loss ---- */

static const struct {
    enum cli_training_field field;
    const char *name;
} terms[] = {
    {CLI_TRAINING_RECONSTRUCTION, "reconstruction"},
    {CLI_TRAINING_SPARSITY, "sparsity"},
    {CLI_TRAINING_GATE, "gate"},
    {CLI_TRAINING_AUXILIARY, "auxiliary"},
};
enum { TERMS = sizeof terms / sizeof *terms };

/* A term is shown when it is somewhere above 0: at 0 throughout it is not in use. Reconstruction alone is the
 * loss itself. */
static bool term_is_shown(const struct cli_training_picture *picture, int term)
{
    struct cli_range range = cli_range_nothing();
    cli_training_extend_field(picture, &range, terms[term].field);
    if (!(range.low <= range.high) || (range.low == 0 && range.high == 0))
        return false;
    if (terms[term].field != CLI_TRAINING_RECONSTRUCTION)
        return true;
    for (int other = 1; other < TERMS; other++)
        if (term_is_shown(picture, other))
            return true;
    return !cli_training_has(picture, CLI_TRAINING_LOSS);
}

static struct view_curve_style term_style(const struct cli_training_picture *picture, int term)
{
    /* the held-out rows' colour is left out */
    static const int colours[TERMS] = {0, 2, 3, 4};
    return (struct view_curve_style){.colour = picture->theme->series[colours[term]], .width = 1.5f};
}

/* Steps whose loss was not finite, on the base line. */
static bool mark_bad_steps(const struct cli_training_picture *picture, const struct view_frame *frame)
{
    const struct cli_training_history *history = picture->history;
    uint32_t marked = 0;
    for (size_t i = 0; i < history->n_records && marked < MARKS; i++) {
        if (isfinite(history->records[i].loss))
            continue;
        struct view_point at = view_frame_point(frame, (double)history->records[i].rows, frame->y.low);
        view_mark(picture->canvas, (struct view_point){at.x, frame->plot.y + frame->plot.height - 6},
                  VIEW_MARKER_CROSS, 7, picture->theme->over);
        marked++;
    }
    return marked > 0;
}

void cli_training_loss(const struct cli_training_picture *picture, struct view_rect rect, const char *letter)
{
    struct cli_range range = cli_range_nothing();
    struct view_legend_entry entries[NAMES];
    uint32_t count = 0;
    bool terms_shown[TERMS], any = cli_training_has(picture, CLI_TRAINING_LOSS);
    cli_training_extend_field(picture, &range, CLI_TRAINING_LOSS);
    for (int t = 0; t < TERMS; t++) {
        terms_shown[t] = term_is_shown(picture, t);
        if (terms_shown[t])
            cli_training_extend_settled(picture, &range, terms[t].field);
        any = any || terms_shown[t];
    }
    struct view_frame frame =
        draw_frame(picture, rect, letter, "Loss", cli_range_axis(&range, true, false, "mean over rows"));
    struct view_curve_style total = {.colour = picture->theme->text, .width = 2};
    for (int t = TERMS - 1; t >= 0; t--) {
        struct view_curve_style style = term_style(picture, t);
        if (terms_shown[t])
            cli_training_curve(picture, &frame, terms[t].field, &style, CLI_TRAINING_SMOOTHED);
    }
    if (cli_training_has(picture, CLI_TRAINING_LOSS)) {
        cli_training_curve(picture, &frame, CLI_TRAINING_LOSS, &total, CLI_TRAINING_SMOOTHED);
        entries[count++] = (struct view_legend_entry){"loss", total.colour, VIEW_LEGEND_LINE};
    }
    for (int t = 0; t < TERMS; t++)
        if (terms_shown[t])
            entries[count++] =
                (struct view_legend_entry){terms[t].name, term_style(picture, t).colour, VIEW_LEGEND_LINE};
    if (mark_bad_steps(picture, &frame))
        entries[count++] =
            (struct view_legend_entry){"skipped: not finite", picture->theme->over, VIEW_LEGEND_CROSS};
    draw_legend(picture, rect, entries, count);
    if (!any)
        cli_training_note(picture, frame.plot, "no finite loss yet");
    view_frame_outline(picture->canvas, &frame);
}

/* ---- quality ---- */

void cli_training_fvu(const struct cli_training_picture *picture, struct view_rect rect, const char *letter)
{
    struct cli_range range = cli_range_nothing();
    struct view_legend_entry entries[NAMES];
    uint32_t count = 0;
    cli_training_extend_field(picture, &range, CLI_TRAINING_FVU);
    extend_held_out(picture, &range, true);
    struct view_frame frame = draw_frame(picture, rect, letter, "Fraction of variance unexplained",
                                         cli_range_axis(&range, true, range.high > 2 * range.low, "FVU"));
    const struct view_curve_style style = {.colour = training_colour(picture), .width = 2};
    cli_training_curve(picture, &frame, CLI_TRAINING_FVU, &style, CLI_TRAINING_SMOOTHED);
    if (cli_training_has(picture, CLI_TRAINING_FVU))
        entries[count++] = (struct view_legend_entry){"training batches", style.colour, VIEW_LEGEND_LINE};
    if (has_held_out(picture, true)) {
        draw_held_out(picture, &frame, true);
        entries[count++] =
            (struct view_legend_entry){"rows held out", held_out_colour(picture), VIEW_LEGEND_DIAMOND};
    }
    draw_legend(picture, rect, entries, count);
    if (count == 0)
        cli_training_note(picture, frame.plot, "no FVU yet");
    view_frame_outline(picture->canvas, &frame);
}

void cli_training_l0(const struct cli_training_picture *picture, struct view_rect rect, const char *letter)
{
    struct cli_range range = cli_range_nothing();
    struct view_legend_entry entries[NAMES];
    uint32_t count = 0;
    cli_training_extend_field(picture, &range, CLI_TRAINING_L0);
    cli_training_extend_field(picture, &range, CLI_TRAINING_TARGET_L0);
    extend_held_out(picture, &range, false);
    struct view_frame frame =
        draw_frame(picture, rect, letter, "Active latents", cli_range_axis(&range, true, true, "L0"));
    const struct view_curve_style style = {.colour = training_colour(picture), .width = 2};
    const struct view_curve_style target = {
        .colour = picture->theme->text_muted, .width = 1.5f, .dash = 6, .gap = 4};
    cli_training_curve(picture, &frame, CLI_TRAINING_L0, &style, CLI_TRAINING_SMOOTHED);
    if (cli_training_has(picture, CLI_TRAINING_L0))
        entries[count++] = (struct view_legend_entry){"training batches", style.colour, VIEW_LEGEND_LINE};
    if (has_held_out(picture, false)) {
        draw_held_out(picture, &frame, false);
        entries[count++] =
            (struct view_legend_entry){"rows held out", held_out_colour(picture), VIEW_LEGEND_DIAMOND};
    }
    if (cli_training_has(picture, CLI_TRAINING_TARGET_L0)) {
        cli_training_curve(picture, &frame, CLI_TRAINING_TARGET_L0, &target, CLI_TRAINING_PLAIN);
        entries[count++] = (struct view_legend_entry){"target", target.colour, VIEW_LEGEND_DASHED};
    }
    draw_legend(picture, rect, entries, count);
    if (count == 0)
        cli_training_note(picture, frame.plot, "no L0 yet");
    view_frame_outline(picture->canvas, &frame);
}

void cli_training_dead(const struct cli_training_picture *picture, struct view_rect rect, const char *letter)
{
    const struct cli_training_history *history = picture->history;
    struct cli_range range = cli_range_nothing();
    cli_training_extend_field(picture, &range, CLI_TRAINING_DEAD);
    bool any = range.low <= range.high;
    cli_range_extend(&range, 10); /* a few dead latents shall look like few */
    struct view_axis y = cli_range_axis(&range, false, true, "latents");
    y.format = y.high < 1e6 ? VIEW_COUNT : VIEW_PLAIN;
    struct view_frame frame = draw_frame(picture, rect, letter, "Dead latents", y);
    const struct view_curve_style style = {.colour = training_colour(picture), .width = 2};
    cli_training_curve(picture, &frame, CLI_TRAINING_DEAD, &style, CLI_TRAINING_PLAIN);
    char words[96] = "", number[VIEW_LABEL_BYTES];
    struct cli_line line = {.text = words, .bytes = sizeof words};
    if (history->d_sae > 0) {
        view_format_count(history->d_sae, number);
        cli_line_add(&line, "of %s", number);
    }
    if (history->dead_after > 0) {
        view_format_count(history->dead_after, number);
        cli_line_add(&line, "%ssilent for %s rows", words[0] ? ", " : "", number);
    }
    view_text(picture->canvas, rect.x + rect.width - CLI_TRAINING_RIGHT,
              rect.y + view_legend_drop(picture->canvas), words,
              &(struct view_text_style){.size = picture->theme->size_tick,
                                        .colour = picture->theme->text_muted,
                                        .align = VIEW_END,
                                        .anchor = VIEW_TOP});
    if (!any)
        cli_training_note(picture, frame.plot, "not counted yet");
    view_frame_outline(picture->canvas, &frame);
}

/* ---- what steers ---- */

static void draw_plain(const struct cli_training_picture *picture, struct view_rect rect, const char *letter,
                       const char *title, enum cli_training_field field, const char *label, bool may_be_log)
{
    struct cli_range range = cli_range_nothing();
    cli_training_extend_field(picture, &range, field);
    struct view_frame frame =
        draw_frame(picture, rect, letter, title, cli_range_axis(&range, may_be_log, true, label));
    const struct view_curve_style style = {.colour = training_colour(picture), .width = 2};
    cli_training_curve(picture, &frame, field, &style, CLI_TRAINING_PLAIN);
    if (!(range.low <= range.high))
        cli_training_note(picture, frame.plot, "none");
    view_frame_outline(picture->canvas, &frame);
}

void cli_training_rate(const struct cli_training_picture *picture, struct view_rect rect, const char *letter)
{
    draw_plain(picture, rect, letter, "Learning rate", CLI_TRAINING_RATE, "rate", false);
}

void cli_training_coefficient(const struct cli_training_picture *picture, struct view_rect rect,
                              const char *letter)
{
    struct cli_range range = cli_range_nothing();
    cli_training_extend_settled(picture, &range, CLI_TRAINING_COEFFICIENT);
    /* a warm-up is read best on a linear axis, a search over decades on a logarithmic one */
    draw_plain(picture, rect, letter, "Coefficient of sparsity", CLI_TRAINING_COEFFICIENT, "factor",
               range.low > 0 && range.high > 30 * range.low);
}
