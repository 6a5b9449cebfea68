/* Panels of numbers over the rows. */
#include "live/training.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MARKS = 200 };

/* What a panel draws, in the order of its legend. */
enum part_kind { CURVE, HELD_OUT, BAD_STEPS };
struct part {
    enum part_kind kind;
    enum live_training_field field; /* of a curve; FVU or L0 of rows held out */
    enum live_training_smoothing smoothing;
    struct view_curve_style style;
    const char *label; /* NULL: not in the legend */
    enum view_legend_kind mark;
};
struct parts {
    struct part list[LIVE_TRAINING_LEGEND];
    uint32_t count;
    bool backwards; /* the first curve lies on top */
};

void live_training_note(const struct live_training *training, struct view_rect plot, const char *words)
{
    view_text(training->canvas, plot.x + 0.5f * plot.width, plot.y + 0.5f * plot.height, words,
              &(struct view_text_style){
                  .colour = training->theme->text_muted, .align = VIEW_CENTRE, .anchor = VIEW_MIDDLE});
}

/* ---- rows held out ---- */

static double held_out_value(const struct live_training_held_out *held_out, enum live_training_field field)
{
    double value = field == LIVE_TRAINING_FVU ? held_out->fvu : held_out->l0;
    return isfinite(value) ? value : NAN;
}

static bool has_held_out(const struct live_training *training, enum live_training_field field)
{
    for (size_t i = 0; i < training->history->n_held_out; i++)
        if (!isnan(held_out_value(&training->history->held_out[i], field)))
            return true;
    return false;
}

static void extend_held_out(const struct live_training *training, struct view_range *range,
                            enum live_training_field field)
{
    for (size_t i = 0; i < training->history->n_held_out; i++)
        view_range_extend(range, held_out_value(&training->history->held_out[i], field));
}

static bool is_within(const struct view_axis *axis, double value)
{
    double position = view_axis_position(axis, value);
    return position > -1e-6 && position < 1 + 1e-6;
}

/* A mark for each measure, the line between them; of very many, as many marks as can be told apart. */
static void draw_held_out(const struct live_training *training, const struct view_frame *frame,
                          const struct part *part)
{
    const struct live_training_history *history = training->history;
    const struct view_line_style line = {.colour = view_alpha(part->style.colour, 0.8f), .width = 1.2f};
    size_t stride = 1 + history->n_held_out / MARKS;
    struct view_point before = {NAN, NAN};
    view_clip(training->canvas, &frame->plot); /* the last mark stands on its edge */
    for (size_t i = 0; i < history->n_held_out; i++) {
        if (i % stride && i + 1 < history->n_held_out)
            continue;
        double value = held_out_value(&history->held_out[i], part->field);
        double rows = (double)history->held_out[i].rows;
        if (!is_within(&frame->y, value) || !is_within(&frame->x, rows)) {
            before.x = NAN;
            continue;
        }
        struct view_point at = view_frame_point(frame, rows, value);
        if (!isnan(before.x))
            view_line(training->canvas, before, at, &line);
        view_mark(training->canvas, at, VIEW_MARKER_DIAMOND, history->n_held_out > 40 ? 4 : 6,
                  part->style.colour);
        before = at;
    }
    view_clip(training->canvas, NULL);
}

/* ---- parts ---- */

static void add_curve(struct parts *parts, enum live_training_field field, struct view_curve_style style,
                      enum live_training_smoothing smoothing, const char *label)
{
    parts->list[parts->count++] =
        (struct part){.kind = CURVE,
                      .field = field,
                      .smoothing = smoothing,
                      .style = style,
                      .label = label,
                      .mark = style.dash > 0 ? VIEW_LEGEND_DASHED : VIEW_LEGEND_LINE};
}

static void add_held_out(const struct live_training *training, struct parts *parts,
                         enum live_training_field field)
{
    if (has_held_out(training, field))
        parts->list[parts->count++] = (struct part){.kind = HELD_OUT,
                                                    .field = field,
                                                    .style = {.colour = training->theme->series[1]},
                                                    .label = "rows held out",
                                                    .mark = VIEW_LEGEND_DIAMOND};
}

static struct view_curve_style training_style(const struct live_training *training)
{
    return (struct view_curve_style){.colour = training->theme->series[0], .width = 2};
}

static const struct {
    enum live_training_field field;
    const char *name;
} terms[] = {
    {LIVE_TRAINING_RECONSTRUCTION, "reconstruction"},
    {LIVE_TRAINING_SPARSITY, "sparsity"},
    {LIVE_TRAINING_GATE, "gate"},
    {LIVE_TRAINING_AUXILIARY, "auxiliary"},
};
enum { TERMS = sizeof terms / sizeof *terms };

/* A term is shown when it is somewhere above 0: at 0 throughout it is not in use. Reconstruction alone is the
 * loss itself. */
static bool term_is_shown(const struct live_training *training, int term)
{
    const struct view_range *range = &training->lanes[terms[term].field].range;
    if (!(range->low <= range->high) || (range->low == 0 && range->high == 0))
        return false;
    if (terms[term].field != LIVE_TRAINING_RECONSTRUCTION)
        return true;
    for (int other = 1; other < TERMS; other++)
        if (term_is_shown(training, other))
            return true;
    return !live_training_has(training, LIVE_TRAINING_LOSS);
}

static void list_losses(const struct live_training *training, struct parts *parts)
{
    /* the held-out rows' colour is left out */
    static const int colours[TERMS] = {0, 2, 3, 4};
    const struct view_curve_style total = {.colour = training->theme->text, .width = 2};
    if (live_training_has(training, LIVE_TRAINING_LOSS))
        add_curve(parts, LIVE_TRAINING_LOSS, total, LIVE_TRAINING_SMOOTHED, "loss");
    for (int t = 0; t < TERMS; t++)
        if (term_is_shown(training, t))
            add_curve(parts, terms[t].field,
                      (struct view_curve_style){.colour = training->theme->series[colours[t]], .width = 1.5f},
                      LIVE_TRAINING_SMOOTHED, terms[t].name);
    if (training->bad > 0)
        parts->list[parts->count++] = (struct part){.kind = BAD_STEPS,
                                                    .style = {.colour = training->theme->over},
                                                    .label = "skipped: not finite",
                                                    .mark = VIEW_LEGEND_CROSS};
    parts->backwards = true;
}

static struct parts parts_of(const struct live_training *training, enum live_training_panel_kind kind)
{
    struct parts parts = {.count = 0};
    const struct view_curve_style style = training_style(training);
    const struct view_curve_style target = {
        .colour = training->theme->text_muted, .width = 1.5f, .dash = 6, .gap = 4};
    enum live_training_field field = kind == LIVE_TRAINING_PANEL_FVU ? LIVE_TRAINING_FVU : LIVE_TRAINING_L0;
    switch (kind) {
    case LIVE_TRAINING_PANEL_LOSS:
        list_losses(training, &parts);
        break;
    case LIVE_TRAINING_PANEL_FVU:
    case LIVE_TRAINING_PANEL_L0:
        if (live_training_has(training, field))
            add_curve(&parts, field, style, LIVE_TRAINING_SMOOTHED, "training batches");
        add_held_out(training, &parts, field);
        parts.backwards = true;
        if (kind == LIVE_TRAINING_PANEL_L0 && live_training_has(training, LIVE_TRAINING_TARGET_L0))
            add_curve(&parts, LIVE_TRAINING_TARGET_L0, target, LIVE_TRAINING_PLAIN, "target");
        break;
    case LIVE_TRAINING_PANEL_DEAD:
        add_curve(&parts, LIVE_TRAINING_DEAD, style, LIVE_TRAINING_PLAIN, NULL);
        break;
    case LIVE_TRAINING_PANEL_RATE:
        add_curve(&parts, LIVE_TRAINING_RATE, style, LIVE_TRAINING_PLAIN, NULL);
        break;
    case LIVE_TRAINING_PANEL_COEFFICIENT:
        add_curve(&parts, LIVE_TRAINING_COEFFICIENT, style, LIVE_TRAINING_PLAIN, NULL);
        break;
    default:
        break;
    }
    return parts;
}

/* What stands in a panel that has no number. */
static const char *note_of(const struct live_training *training, enum live_training_panel_kind kind,
                           const struct parts *parts)
{
    switch (kind) {
    case LIVE_TRAINING_PANEL_LOSS:
        for (uint32_t i = 0; i < parts->count; i++)
            if (parts->list[i].kind == CURVE)
                return NULL;
        return "no finite loss yet";
    case LIVE_TRAINING_PANEL_FVU:
        return parts->count > 0 ? NULL : "no FVU yet";
    case LIVE_TRAINING_PANEL_L0:
        return parts->count > 0 ? NULL : "no L0 yet";
    case LIVE_TRAINING_PANEL_DEAD:
        return live_training_has(training, LIVE_TRAINING_DEAD) ? NULL : "not counted yet";
    default:
        return live_training_has(training, parts->list[0].field) ? NULL : "none";
    }
}

/* ---- axes ---- */

static struct view_range loss_range(struct live_training *training)
{
    struct view_range range = training->lanes[LIVE_TRAINING_LOSS].range;
    for (int t = 0; t < TERMS; t++) {
        if (!term_is_shown(training, t))
            continue;
        struct view_range term = live_training_settled(training, terms[t].field);
        range.low = fmin(range.low, term.low);
        range.high = fmax(range.high, term.high);
        range.least = fmin(range.least, term.least);
    }
    return range;
}

static struct view_range l0_range(const struct live_training *training)
{
    struct view_range range = training->lanes[LIVE_TRAINING_L0].range;
    const struct view_range *target = &training->lanes[LIVE_TRAINING_TARGET_L0].range;
    range.low = fmin(range.low, target->low);
    range.high = fmax(range.high, target->high);
    range.least = fmin(range.least, target->least);
    extend_held_out(training, &range, LIVE_TRAINING_L0);
    return range;
}

static void set_axis(struct live_training_plot *plot, const char *title, const struct view_range *range,
                     bool may_be_log, bool from_zero, const char *label)
{
    plot->frame.title = title;
    plot->frame.y = view_range_axis(range, may_be_log, from_zero, label);
    plot->positive_y = isfinite(range->least) ? range->least : 0;
}

static void say_dead(const struct live_training *training, struct live_training_plot *plot)
{
    const struct live_training_history *history = training->history;
    char of[VIEW_LABEL_BYTES], after[VIEW_LABEL_BYTES];
    view_format_count(history->d_sae, of);
    view_format_count(history->dead_after, after);
    if (history->d_sae > 0 && history->dead_after > 0)
        snprintf(plot->words, sizeof plot->words, "of %s \u00b7 no firing in the last %s rows", of, after);
    else if (history->d_sae > 0)
        snprintf(plot->words, sizeof plot->words, "of %s", of);
    else if (history->dead_after > 0)
        snprintf(plot->words, sizeof plot->words, "no firing in the last %s rows", after);
}

static void set_axes(struct live_training *training, enum live_training_panel_kind kind,
                     struct live_training_plot *plot)
{
    struct view_range range;
    switch (kind) {
    case LIVE_TRAINING_PANEL_LOSS:
        range = loss_range(training);
        set_axis(plot, "Loss", &range, true, false, "mean over rows");
        break;
    case LIVE_TRAINING_PANEL_FVU:
        range = training->lanes[LIVE_TRAINING_FVU].range;
        extend_held_out(training, &range, LIVE_TRAINING_FVU);
        set_axis(plot, "Fraction of variance unexplained", &range, true, range.high > 2 * range.low, "FVU");
        break;
    case LIVE_TRAINING_PANEL_L0:
        range = l0_range(training);
        set_axis(plot, "L0: active latents", &range, true, true, "L0");
        break;
    case LIVE_TRAINING_PANEL_DEAD:
        range = training->lanes[LIVE_TRAINING_DEAD].range;
        view_range_extend(&range, 10); /* a few dead latents shall look like few */
        set_axis(plot, "Dead latents", &range, false, true, "latents");
        plot->frame.y.format = plot->frame.y.high < 1e6 ? VIEW_COUNT : VIEW_PLAIN;
        say_dead(training, plot);
        break;
    case LIVE_TRAINING_PANEL_RATE:
        range = training->lanes[LIVE_TRAINING_RATE].range;
        set_axis(plot, "Learning rate", &range, false, true, "rate");
        break;
    default:
        /* a warm-up is read best on a linear axis, a search over decades on a logarithmic one */
        range = live_training_settled(training, LIVE_TRAINING_COEFFICIENT);
        bool decades = range.low > 0 && range.high > 30 * range.low;
        range = training->lanes[LIVE_TRAINING_COEFFICIENT].range;
        set_axis(plot, "Coefficient of sparsity", &range, decades, true, "factor");
        break;
    }
    plot->may_log_y = plot->positive_y > 0;
}

/* ---- a panel in parts ---- */

void live_training_plot(struct live_training *training, enum live_training_panel_kind kind,
                        struct live_training_plot *plot)
{
    *plot = (struct live_training_plot){
        .frame = {.x = training->rows, .margins = {.left = LIVE_TRAINING_LEFT, .right = LIVE_TRAINING_RIGHT}},
    };
    if (kind == LIVE_TRAINING_PANEL_DENSITY) {
        live_training_density_plot(training, plot);
        return;
    }
    if (kind == LIVE_TRAINING_PANEL_HISTOGRAM) {
        live_training_histogram_plot(training, plot);
        return;
    }
    const struct parts parts = parts_of(training, kind);
    for (uint32_t i = 0; i < parts.count; i++)
        if (parts.list[i].label)
            plot->legend[plot->n_legend++] = (struct view_legend_entry){
                parts.list[i].label, parts.list[i].style.colour, parts.list[i].mark};
    set_axes(training, kind, plot);
}

/* Steps whose loss was not finite, on the base line. */
static void mark_bad_steps(const struct live_training *training, const struct view_frame *frame)
{
    const struct live_training_history *history = training->history;
    uint32_t marked = 0;
    for (size_t i = 0; i < history->n_records && marked < MARKS; i++) {
        double rows = (double)history->records[i].rows;
        if (isfinite(history->records[i].loss) || !is_within(&frame->x, rows))
            continue;
        struct view_point at = view_frame_point(frame, rows, frame->y.low);
        view_mark(training->canvas, (struct view_point){at.x, frame->plot.y + frame->plot.height - 6},
                  VIEW_MARKER_CROSS, 7, training->theme->over);
        marked++;
    }
}

static bool is_hidden(const struct parts *parts, uint32_t index, uint64_t hidden)
{
    uint32_t entry = 0;
    for (uint32_t i = 0; i < index; i++)
        entry += parts->list[i].label != NULL;
    return parts->list[index].label && (hidden >> entry & 1);
}

static void draw_part(struct live_training *training, const struct view_frame *frame, const struct part *part)
{
    if (part->kind == CURVE)
        live_training_curve(training, frame, part->field, &part->style, part->smoothing);
    else if (part->kind == HELD_OUT)
        draw_held_out(training, frame, part);
    else
        mark_bad_steps(training, frame);
}

void live_training_draw(struct live_training *training, enum live_training_panel_kind kind,
                        const struct view_frame *frame, uint64_t hidden)
{
    if (kind == LIVE_TRAINING_PANEL_DENSITY) {
        live_training_density_draw(training, frame);
        return;
    }
    if (kind == LIVE_TRAINING_PANEL_HISTOGRAM) {
        live_training_histogram_draw(training, frame);
        return;
    }
    const struct parts parts = parts_of(training, kind);
    for (int f = 0; f < LIVE_TRAINING_FIELDS; f++)
        training->lanes[f].points = 0;
    for (uint32_t k = 0; k < parts.count; k++) {
        /* marks stand behind the curves in the list, and are drawn last in any case */
        uint32_t curves = parts.count - (parts.list[parts.count - 1].kind == BAD_STEPS);
        uint32_t i = parts.backwards && k < curves ? curves - 1 - k : k;
        if (!is_hidden(&parts, i, hidden))
            draw_part(training, frame, &parts.list[i]);
    }
    const char *note = note_of(training, kind, &parts);
    if (note)
        live_training_note(training, frame->plot, note);
}

uint32_t live_training_series(const struct live_training *training, enum live_training_panel_kind kind,
                              struct live_series *series, uint32_t most)
{
    if (kind == LIVE_TRAINING_PANEL_DENSITY || kind == LIVE_TRAINING_PANEL_HISTOGRAM)
        return 0;
    const struct parts parts = parts_of(training, kind);
    uint32_t count = 0, entry = 0;
    for (uint32_t i = 0; i < parts.count; i++) {
        const struct part *part = &parts.list[i];
        const struct live_training_lane *lane = &training->lanes[part->field];
        entry += part->label != NULL;
        if (part->kind != CURVE || lane->points == 0 || count == most)
            continue;
        series[count++] = (struct live_series){
            .label = part->label ? part->label : "value",
            .colour = part->style.colour,
            .values = {.count = lane->points, .number = VIEW_F32},
            .host = lane->line,
            .first = lane->first,
            .step = lane->step,
            .entry = part->label ? entry : 0,
        };
    }
    return count;
}

/* ---- a whole panel ---- */

static void draw_heading(const struct live_training *training, struct view_rect rect,
                         const struct live_training_plot *plot)
{
    float right = rect.x + rect.width - LIVE_TRAINING_RIGHT, top = rect.y;
    float drop = view_legend_drop(training->canvas);
    if (plot->n_legend > 0)
        view_legend(training->canvas, right, top + drop, plot->legend, plot->n_legend, false, VIEW_END);
    if (plot->words[0])
        view_text(training->canvas, right, top + drop, plot->words,
                  &(struct view_text_style){.size = training->theme->size_tick,
                                            .colour = training->theme->text_muted,
                                            .align = VIEW_END,
                                            .anchor = VIEW_TOP});
}

void live_training_panel(struct live_training *training, enum live_training_panel_kind kind,
                         struct view_rect rect, const char *letter)
{
    bool has_strip = kind == LIVE_TRAINING_PANEL_DENSITY || kind == LIVE_TRAINING_PANEL_HISTOGRAM;
    struct view_rect strip = {0}, whole = rect;
    struct live_training_plot plot;
    char title[64];
    if (has_strip)
        strip = live_training_cut_strip(training, &rect);
    live_training_plot(training, kind, &plot);
    if (plot.may_log_y && plot.frame.y.scale == VIEW_LOG10 && plot.frame.y.label) {
        snprintf(title, sizeof title, "%s (log)", plot.frame.y.label);
        plot.frame.y.label = title;
    }
    plot.frame.rect = rect;
    plot.frame.letter = letter;
    struct view_frame frame = view_frame_draw(training->canvas, &plot.frame);
    if (has_strip)
        live_training_strip(training, kind, strip, &plot.frame.x);
    live_training_draw(training, kind, &frame, 0);
    draw_heading(training, whole, &plot);
    if (kind == LIVE_TRAINING_PANEL_DENSITY && training->history->n_snapshots > 0) {
        const struct view_colour_scale colours = live_training_colours(training);
        view_heading_bar(training->canvas, whole.x + whole.width - LIVE_TRAINING_RIGHT, whole.y, &colours);
    }
    view_frame_outline(training->canvas, &frame);
}
