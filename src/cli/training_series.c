/* From records to points of curves. */
#include "cli/training_panels.h"

#include "base/memory.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Records that are smoothed at all; and the smoothed curve averages over a fortieth of them. */
enum { SMOOTHED_FROM = 40, WINDOW = 80, MARKED = 32 };

/* ---- values ---- */

double cli_training_value(const struct cli_training_record *record, enum cli_training_field field)
{
    const double values[] = {
        [CLI_TRAINING_LOSS] = record->loss,
        [CLI_TRAINING_RECONSTRUCTION] = record->reconstruction,
        [CLI_TRAINING_SPARSITY] = record->sparsity,
        [CLI_TRAINING_GATE] = record->gate,
        [CLI_TRAINING_AUXILIARY] = record->auxiliary,
        [CLI_TRAINING_FVU] = record->fvu,
        [CLI_TRAINING_L0] = record->l0,
        [CLI_TRAINING_DEAD] = record->dead,
        [CLI_TRAINING_RATE] = record->rate,
        [CLI_TRAINING_COEFFICIENT] = record->coefficient,
        [CLI_TRAINING_TARGET_L0] = record->target_l0,
    };
    return cli_finite(values[field]);
}

double cli_training_last(const struct cli_training_picture *picture, enum cli_training_field field)
{
    const struct cli_training_history *history = picture->history;
    double sum = 0;
    size_t count = 0;
    for (size_t i = history->n_records; i > 0 && history->n_records - i <= picture->window; i--) {
        double value = cli_training_value(&history->records[i - 1], field);
        if (!isnan(value)) {
            sum += value;
            count++;
        }
    }
    return count > 0 ? sum / (double)count : NAN;
}

bool cli_training_has(const struct cli_training_picture *picture, enum cli_training_field field)
{
    for (size_t i = 0; i < picture->history->n_records; i++)
        if (!isnan(cli_training_value(&picture->history->records[i], field)))
            return true;
    return false;
}

/* ---- axes ---- */

void cli_training_extend_field(const struct cli_training_picture *picture, struct cli_range *range,
                               enum cli_training_field field)
{
    for (size_t i = 0; i < picture->history->n_records; i++)
        cli_range_extend(range, cli_training_value(&picture->history->records[i], field));
}

void cli_training_extend_settled(const struct cli_training_picture *picture, struct cli_range *range,
                                 enum cli_training_field field)
{
    const struct cli_training_history *history = picture->history;
    bool few = history->n_records < SMOOTHED_FROM;
    for (size_t i = 0; i < history->n_records; i++) {
        double value = cli_training_value(&history->records[i], field);
        if (few || (double)history->records[i].rows > 0.1 * picture->rows.high)
            cli_range_extend(range, value);
        else
            range->high = fmax(range->high, value);
    }
}

/* ---- places ---- */

/* Whether all records keep one distance, as they do but for the last of a run. */
static bool equally_spaced(const struct cli_training_history *history, double first, double step)
{
    for (size_t i = 0; i < history->n_records; i++)
        if (fabs((double)history->records[i].rows - (first + step * (double)i)) > 0.01 * step)
            return false;
    return true;
}

enum base_status cli_training_prepare(struct cli_training_picture *picture)
{
    const struct cli_training_history *history = picture->history;
    size_t n = history->n_records;
    uint64_t last = 1;
    if (n > 0)
        last = base_maximum(last, history->records[n - 1].rows);
    if (history->n_held_out > 0)
        last = base_maximum(last, history->held_out[history->n_held_out - 1].rows);
    if (history->n_snapshots > 0)
        last = base_maximum(last, history->snapshots[history->n_snapshots - 1].rows);
    picture->rows = (struct view_axis){.high = (double)last, .format = VIEW_SHORT};
    picture->window = n >= SMOOTHED_FROM ? (size_t)base_maximum(2, n / WINDOW) : 0;
    picture->points = CLI_TRAINING_POINTS;
    if (n > 1) {
        double span = (double)(history->records[n - 1].rows - history->records[0].rows);
        picture->first = (double)history->records[0].rows;
        picture->step = span / (double)(n - 1);
        picture->at_records =
            n <= CLI_TRAINING_POINTS && equally_spaced(history, picture->first, picture->step);
        if (picture->at_records)
            picture->points = (uint32_t)n;
        else
            picture->step = span / (CLI_TRAINING_POINTS - 1);
    }
    picture->crowded = !picture->at_records && n > CLI_TRAINING_POINTS / 2;
    BASE_TRY(base_allocate(&picture->line, picture->points, sizeof(float), "curves of training"));
    BASE_TRY(base_allocate(&picture->low, picture->points, sizeof(float), "curves of training"));
    BASE_TRY(base_allocate(&picture->high, picture->points, sizeof(float), "curves of training"));
    BASE_TRY(base_allocate(&picture->sums, n + 1, sizeof(double), "curves of training"));
    BASE_TRY(base_allocate(&picture->counts, n + 1, sizeof(size_t), "curves of training"));
    BASE_TRY(base_allocate(&picture->smooth, n, sizeof(double), "curves of training"));
    return base_allocate(&picture->cells, (size_t)SAE_DENSITY_BINS * CLI_TRAINING_COLUMNS, sizeof(float),
                         "densities of training");
}

void cli_training_release(struct cli_training_picture *picture)
{
    base_free(picture->line);
    base_free(picture->low);
    base_free(picture->high);
    base_free(picture->sums);
    base_free(picture->counts);
    base_free(picture->smooth);
    base_free(picture->cells);
}

/* ---- points ---- */

/* What a log axis has no place for breaks the curve. */
static double shown(enum view_scale scale, double value)
{
    return scale == VIEW_LOG10 && !(value > (double)FLT_MIN) ? NAN : value;
}

/* Means over a window that is as wide to the left as to the right, and so narrower at the ends: a steady
 * slope, such as the loss's first fall, is not bent by it. `half` 0: the values. What the axis has no place
 * for (a term that is 0 while nothing is dead, on a log axis) is no part of the means either. */
static void average(const struct cli_training_picture *picture, enum cli_training_field field, size_t half,
                    enum view_scale scale)
{
    size_t n = picture->history->n_records;
    for (size_t i = 0; i < n; i++) {
        double value = shown(scale, cli_training_value(&picture->history->records[i], field));
        picture->sums[i + 1] = picture->sums[i] + (isnan(value) ? 0 : value);
        picture->counts[i + 1] = picture->counts[i] + !isnan(value);
        picture->smooth[i] = value;
    }
    for (size_t i = 0; i < n && half > 0; i++) {
        size_t reach = (size_t)base_minimum(half, base_minimum(i, n - 1 - i));
        size_t count = picture->counts[i + reach + 1] - picture->counts[i - reach];
        if (reach > 0)
            picture->smooth[i] =
                count > 0 ? (picture->sums[i + reach + 1] - picture->sums[i - reach]) / (double)count : NAN;
    }
}

/* picture->line from picture->smooth: straight on the axis between records. */
static void place(const struct cli_training_picture *picture, enum view_scale scale)
{
    const struct cli_training_record *records = picture->history->records;
    size_t n = picture->history->n_records, i = 0;
    for (uint32_t p = 0; p < picture->points; p++) {
        if (picture->at_records || n < 2) {
            picture->line[p] = n > 0 ? (float)shown(scale, picture->smooth[n < 2 ? 0 : p]) : NAN;
            continue;
        }
        double x = picture->first + picture->step * p;
        while (i + 2 < n && (double)records[i + 1].rows <= x)
            i++;
        double from = (double)records[i].rows, t = (x - from) / ((double)records[i + 1].rows - from);
        double a = shown(scale, picture->smooth[i]), b = shown(scale, picture->smooth[i + 1]);
        t = fmin(fmax(t, 0), 1);
        if (scale == VIEW_LOG10)
            picture->line[p] = (float)pow(10, log10(a) + (log10(b) - log10(a)) * t);
        else
            picture->line[p] = (float)(a + (b - a) * t);
    }
}

/* Least and greatest record near each point. */
static void collect_range(const struct cli_training_picture *picture, enum cli_training_field field,
                          enum view_scale scale)
{
    const struct cli_training_history *history = picture->history;
    for (uint32_t p = 0; p < picture->points; p++)
        picture->low[p] = picture->high[p] = NAN;
    for (size_t i = 0; i < history->n_records; i++) {
        double value = shown(scale, cli_training_value(&history->records[i], field));
        double at = ((double)history->records[i].rows - picture->first) / picture->step;
        uint32_t p = (uint32_t)fmin(fmax(round(at), 0), picture->points - 1);
        picture->low[p] = fminf(picture->low[p], (float)value);
        picture->high[p] = fmaxf(picture->high[p], (float)value);
    }
    for (uint32_t p = 1; p < picture->points; p++) /* a point without record continues */
        if (isnan(picture->low[p])) {
            picture->low[p] = picture->low[p - 1];
            picture->high[p] = picture->high[p - 1];
        }
}

static void mark_records(const struct cli_training_picture *picture, const struct view_frame *frame,
                         enum cli_training_field field, struct view_colour colour)
{
    const struct cli_training_history *history = picture->history;
    for (size_t i = 0; i < history->n_records && history->n_records <= MARKED; i++) {
        const struct cli_training_record *record = &history->records[i];
        double value = shown(frame->y.scale, cli_training_value(record, field));
        double position = view_axis_position(&frame->y, value);
        if (position > -1e-6 && position < 1 + 1e-6)
            view_mark(picture->canvas, view_frame_point(frame, (double)record->rows, value), VIEW_MARKER_DISC,
                      5, colour);
    }
}

static struct view_values host(const struct cli_training_picture *picture, const float *values)
{
    return view_host_values(picture->canvas, values, picture->points);
}

void cli_training_curve(const struct cli_training_picture *picture, const struct view_frame *frame,
                        enum cli_training_field field, const struct view_curve_style *style,
                        enum cli_training_smoothing smoothing)
{
    struct view_curve_style line = *style;
    line.first = picture->first;
    line.step = picture->step;
    if (line.width == 0)
        line.width = 1.8f;
    bool smoothed = smoothing == CLI_TRAINING_SMOOTHED && picture->window > 0;
    mark_records(picture, frame, field, line.colour);
    if (picture->history->n_records < 2 || !cli_training_has(picture, field))
        return;
    if (smoothed) {
        struct view_curve_style faint = line;
        faint.colour = view_alpha(line.colour, 0.3f);
        faint.width = 1;
        faint.dash = 0;
        if (picture->crowded) {
            collect_range(picture, field, frame->y.scale);
            struct view_values low = host(picture, picture->low), high = host(picture, picture->high);
            view_band(picture->canvas, frame, &low, &high, &faint);
        } else {
            average(picture, field, 0, frame->y.scale);
            place(picture, frame->y.scale);
            struct view_values raw = host(picture, picture->line);
            view_curve(picture->canvas, frame, &raw, &faint);
        }
    }
    average(picture, field, smoothed ? picture->window : 0, frame->y.scale);
    place(picture, frame->y.scale);
    struct view_values values = host(picture, picture->line);
    view_curve(picture->canvas, frame, &values, &line);
}
