/* From records to points of curves. */
#include "base/memory.h"
#include "live/training.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Records that are smoothed at all; and the smoothed curve averages over a fortieth of them. */
enum { SMOOTHED_FROM = 40, WINDOW = 80, MARKED = 32 };

/* ---- values ---- */

double live_training_value(const struct live_training_record *record, enum live_training_field field)
{
    const double values[] = {
        [LIVE_TRAINING_LOSS] = record->loss,
        [LIVE_TRAINING_RECONSTRUCTION] = record->reconstruction,
        [LIVE_TRAINING_SPARSITY] = record->sparsity,
        [LIVE_TRAINING_GATE] = record->gate,
        [LIVE_TRAINING_AUXILIARY] = record->auxiliary,
        [LIVE_TRAINING_FVU] = record->fvu,
        [LIVE_TRAINING_L0] = record->l0,
        [LIVE_TRAINING_DEAD] = record->dead,
        [LIVE_TRAINING_RATE] = record->rate,
        [LIVE_TRAINING_COEFFICIENT] = record->coefficient,
        [LIVE_TRAINING_TARGET_L0] = record->target_l0,
    };
    return view_finite(values[field]);
}

double live_training_last(const struct live_training *training, enum live_training_field field)
{
    const struct live_training_history *history = training->history;
    double sum = 0;
    size_t count = 0;
    for (size_t i = history->n_records; i > 0 && history->n_records - i <= training->window; i--) {
        double value = live_training_value(&history->records[i - 1], field);
        if (!isnan(value)) {
            sum += value;
            count++;
        }
    }
    return count > 0 ? sum / (double)count : NAN;
}

bool live_training_has(const struct live_training *training, enum live_training_field field)
{
    return training->lanes[field].range.low <= training->lanes[field].range.high;
}

struct view_range live_training_settled(struct live_training *training, enum live_training_field field)
{
    const struct live_training_history *history = training->history;
    struct live_training_lane *lane = &training->lanes[field];
    bool few = history->n_records < SMOOTHED_FROM;
    if (lane->settled_records == history->n_records && history->n_records > 0)
        return lane->settled;
    lane->settled = view_range_nothing();
    lane->settled_records = history->n_records;
    for (size_t i = 0; i < history->n_records; i++) {
        double value = live_training_value(&history->records[i], field);
        if (few || (double)history->records[i].rows > 0.1 * training->rows.high)
            view_range_extend(&lane->settled, value);
        else
            lane->settled.high = fmax(lane->settled.high, value);
    }
    return lane->settled;
}

/* ---- what is kept ---- */

static void forget(struct live_training *training)
{
    training->prepared = 0;
    training->bad = 0;
    for (int f = 0; f < LIVE_TRAINING_FIELDS; f++) {
        training->lanes[f].summed = training->lanes[f].settled_records = 0;
        training->lanes[f].range = view_range_nothing();
    }
}

static enum base_status make_room(struct live_training *training, size_t records)
{
    if (training->room >= records && training->bands)
        return BASE_OK;
    size_t room = (size_t)base_maximum(base_maximum(records, 2 * training->room), 256);
    static const char what[] = "curves of training";
    for (int f = 0; f < LIVE_TRAINING_FIELDS; f++) {
        struct live_training_lane *lane = &training->lanes[f];
        base_free(lane->sums);
        base_free(lane->counts);
        lane->sums = NULL;
        lane->counts = NULL;
        lane->summed = 0; /* they are made again */
        training->room = 0;
        BASE_TRY(base_allocate(&lane->sums, room + 1, sizeof(double), what));
        BASE_TRY(base_allocate(&lane->counts, room + 1, sizeof(size_t), what));
        if (!lane->line)
            BASE_TRY(base_allocate(&lane->line, LIVE_TRAINING_POINTS, sizeof(float), what));
    }
    if (!training->low)
        BASE_TRY(base_allocate(&training->low, LIVE_TRAINING_POINTS, sizeof(float), what));
    if (!training->high)
        BASE_TRY(base_allocate(&training->high, LIVE_TRAINING_POINTS, sizeof(float), what));
    if (!training->cells)
        BASE_TRY(base_allocate(&training->cells, (size_t)SAE_DENSITY_BINS * LIVE_TRAINING_COLUMNS,
                               sizeof(float), "densities of training"));
    if (!training->bands)
        BASE_TRY(base_allocate(&training->bands, (size_t)LIVE_TRAINING_LEVELS * LIVE_TRAINING_COLUMNS,
                               sizeof(float), "densities of training"));
    training->room = room;
    return BASE_OK;
}

/* Takes in the records that are new. */
static void take_records(struct live_training *training)
{
    const struct live_training_history *history = training->history;
    for (; training->prepared < history->n_records; training->prepared++) {
        const struct live_training_record *record = &history->records[training->prepared];
        for (int f = 0; f < LIVE_TRAINING_FIELDS; f++)
            view_range_extend(&training->lanes[f].range,
                              live_training_value(record, (enum live_training_field)f));
        training->bad += !isfinite(record->loss);
    }
}

static uint64_t last_rows(const struct live_training_history *history)
{
    uint64_t last = 1;
    if (history->n_records > 0)
        last = base_maximum(last, history->records[history->n_records - 1].rows);
    if (history->n_held_out > 0)
        last = base_maximum(last, history->held_out[history->n_held_out - 1].rows);
    if (history->n_snapshots > 0)
        last = base_maximum(last, history->snapshots[history->n_snapshots - 1].rows);
    return last;
}

static size_t window_of(size_t records, double smoothing)
{
    if (smoothing < 0)
        return records >= SMOOTHED_FROM ? (size_t)base_maximum(2, records / WINDOW) : 0;
    double s = fmin(smoothing, 0.99);
    return (size_t)(s / (1 - s) * (double)records / (10 * WINDOW) + 0.5);
}

/* ---- places ---- */

/* Where a curve's points stand on x: at the records, when those that are to be seen are at equal distances
 * and few enough, otherwise at LIVE_TRAINING_POINTS places between. */
struct places {
    size_t from, count; /* records: those to be seen, and one to each side */
    uint32_t points;
    double first, step;
    bool at_records, crowded;
};

/* Whether all records keep one distance, as they do but for the last of a run. */
static bool equally_spaced(const struct live_training_record *records, size_t count, double first,
                           double step)
{
    for (size_t i = 0; i < count; i++)
        if (fabs((double)records[i].rows - (first + step * (double)i)) > 0.01 * step)
            return false;
    return true;
}

/* The first record with at least so many rows. */
static size_t find_rows(const struct live_training_history *history, double rows)
{
    size_t low = 0, high = history->n_records;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((double)history->records[middle].rows < rows)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct places places_of(const struct live_training_history *history, const struct view_axis *x)
{
    struct places places = {.count = history->n_records, .points = LIVE_TRAINING_POINTS};
    if (history->n_records > 1) {
        size_t from = find_rows(history, fmin(x->low, x->high));
        size_t to = find_rows(history, fmax(x->low, x->high));
        places.from = (size_t)base_minimum(from > 0 ? from - 1 : 0, history->n_records - 2);
        to = (size_t)base_maximum(base_minimum(to, history->n_records - 1), places.from + 1);
        places.count = to - places.from + 1;
        const struct live_training_record *records = history->records + places.from;
        double span = (double)(records[places.count - 1].rows - records[0].rows);
        places.first = (double)records[0].rows;
        places.step = span / (double)(places.count - 1);
        places.at_records = places.count <= LIVE_TRAINING_POINTS &&
                            equally_spaced(records, places.count, places.first, places.step);
        if (places.at_records)
            places.points = (uint32_t)places.count;
        else
            places.step = span / (LIVE_TRAINING_POINTS - 1);
    }
    places.crowded = !places.at_records && places.count > LIVE_TRAINING_POINTS / 2;
    return places;
}

enum base_status live_training_prepare(struct live_training *training,
                                       const struct live_training_history *history,
                                       struct view_canvas *canvas, double smoothing)
{
    if (training->history != history || training->rewrites != history->rewrites ||
        training->prepared > history->n_records || training->prepared == 0)
        forget(training);
    training->history = history;
    training->rewrites = history->rewrites;
    training->canvas = canvas;
    training->theme = canvas ? view_canvas_theme(canvas) : &view_theme_dark;
    BASE_TRY(make_room(training, history->n_records));
    take_records(training);
    training->rows = (struct view_axis){.high = (double)last_rows(history), .format = VIEW_SHORT};
    training->window = window_of(history->n_records, smoothing);
    training->crowded = places_of(history, &training->rows).crowded;
    return BASE_OK;
}

void live_training_release(struct live_training *training)
{
    for (int f = 0; f < LIVE_TRAINING_FIELDS; f++) {
        base_free(training->lanes[f].sums);
        base_free(training->lanes[f].counts);
        base_free(training->lanes[f].line);
    }
    base_free(training->low);
    base_free(training->high);
    base_free(training->cells);
    base_free(training->bands);
    *training = (struct live_training){0};
}

/* ---- points ---- */

/* What a log axis has no place for breaks the curve. */
static double shown(enum view_scale scale, double value)
{
    return scale == VIEW_LOG10 && !(value > (double)FLT_MIN) ? NAN : value;
}

static void sum_lane(const struct live_training *training, struct live_training_lane *lane,
                     enum live_training_field field, enum view_scale scale)
{
    if (lane->scale != scale) {
        lane->scale = scale;
        lane->summed = 0;
    }
    if (lane->summed == 0) {
        lane->sums[0] = 0;
        lane->counts[0] = 0;
    }
    for (; lane->summed < training->history->n_records; lane->summed++) {
        size_t i = lane->summed;
        double value = shown(scale, live_training_value(&training->history->records[i], field));
        lane->sums[i + 1] = lane->sums[i] + (isnan(value) ? 0 : value);
        lane->counts[i + 1] = lane->counts[i] + !isnan(value);
    }
}

/* The mean over a window that is as wide to the left as to the right, and so narrower at the ends: a steady
 * slope, such as the loss's first fall, is not bent by it. `half` 0: the value. What the axis has no place
 * for (a term that is 0 while nothing is dead, on a log axis) is no part of the means either. */
static double smooth(const struct live_training *training, enum live_training_field field,
                     enum view_scale scale, size_t half, size_t i)
{
    const struct live_training_lane *lane = &training->lanes[field];
    size_t n = training->history->n_records;
    size_t reach = (size_t)base_minimum(half, base_minimum(i, n - 1 - i));
    if (reach == 0)
        return shown(scale, live_training_value(&training->history->records[i], field));
    size_t count = lane->counts[i + reach + 1] - lane->counts[i - reach];
    return count > 0 ? (lane->sums[i + reach + 1] - lane->sums[i - reach]) / (double)count : NAN;
}

/* The lane's line: straight on the axis between records. */
static void place(struct live_training *training, enum live_training_field field, enum view_scale scale,
                  size_t half, const struct places *places)
{
    struct live_training_lane *lane = &training->lanes[field];
    const struct live_training_record *records = training->history->records;
    size_t i = places->from, end = places->from + places->count;
    sum_lane(training, lane, field, scale);
    for (uint32_t p = 0; p < places->points; p++) {
        if (places->at_records) {
            lane->line[p] = (float)shown(scale, smooth(training, field, scale, half, places->from + p));
            continue;
        }
        double x = places->first + places->step * p;
        while (i + 2 < end && (double)records[i + 1].rows <= x)
            i++;
        double from = (double)records[i].rows, t = (x - from) / ((double)records[i + 1].rows - from);
        double a = shown(scale, smooth(training, field, scale, half, i));
        double b = shown(scale, smooth(training, field, scale, half, i + 1));
        t = fmin(fmax(t, 0), 1);
        if (scale == VIEW_LOG10)
            lane->line[p] = (float)pow(10, log10(a) + (log10(b) - log10(a)) * t);
        else
            lane->line[p] = (float)(a + (b - a) * t);
    }
}

/* Least and greatest record near each point. */
static void collect_range(struct live_training *training, enum live_training_field field,
                          enum view_scale scale, const struct places *places)
{
    const struct live_training_record *records = training->history->records;
    float *low = training->low, *high = training->high;
    for (uint32_t p = 0; p < places->points; p++)
        low[p] = high[p] = NAN;
    for (size_t i = places->from; i < places->from + places->count; i++) {
        double value = shown(scale, live_training_value(&records[i], field));
        double at = ((double)records[i].rows - places->first) / places->step;
        uint32_t p = (uint32_t)fmin(fmax(round(at), 0), places->points - 1);
        low[p] = fminf(low[p], (float)value);
        high[p] = fmaxf(high[p], (float)value);
    }
    for (uint32_t p = 1; p < places->points; p++) /* a point without record continues */
        if (isnan(low[p])) {
            low[p] = low[p - 1];
            high[p] = high[p - 1];
        }
}

static void mark_records(const struct live_training *training, const struct view_frame *frame,
                         enum live_training_field field, struct view_colour colour,
                         const struct places *places)
{
    const struct live_training_history *history = training->history;
    for (size_t i = places->from; i < places->from + places->count && places->count <= MARKED; i++) {
        const struct live_training_record *record = &history->records[i];
        double value = shown(frame->y.scale, live_training_value(record, field));
        double position = view_axis_position(&frame->y, value);
        double across = view_axis_position(&frame->x, (double)record->rows);
        if (position > -1e-6 && position < 1 + 1e-6 && across > -1e-6 && across < 1 + 1e-6)
            view_mark(training->canvas, view_frame_point(frame, (double)record->rows, value),
                      VIEW_MARKER_DISC, 5, colour);
    }
}

static void draw_raw(struct live_training *training, const struct view_frame *frame,
                     enum live_training_field field, const struct view_curve_style *line,
                     const struct places *places)
{
    struct view_curve_style faint = *line;
    faint.colour = view_alpha(line->colour, 0.3f);
    faint.width = 1;
    faint.dash = 0;
    if (places->crowded) {
        collect_range(training, field, frame->y.scale, places);
        struct view_values low = view_host_values(training->canvas, training->low, places->points);
        struct view_values high = view_host_values(training->canvas, training->high, places->points);
        view_band(training->canvas, frame, &low, &high, &faint);
    } else {
        place(training, field, frame->y.scale, 0, places);
        struct view_values raw =
            view_host_values(training->canvas, training->lanes[field].line, places->points);
        view_curve(training->canvas, frame, &raw, &faint);
    }
}

void live_training_curve(struct live_training *training, const struct view_frame *frame,
                         enum live_training_field field, const struct view_curve_style *style,
                         enum live_training_smoothing smoothing)
{
    struct live_training_lane *lane = &training->lanes[field];
    const struct places places = places_of(training->history, &frame->x);
    struct view_curve_style line = *style;
    line.first = places.first;
    line.step = places.step;
    if (line.width == 0)
        line.width = 1.8f;
    bool smoothed = smoothing == LIVE_TRAINING_SMOOTHED && training->window > 0;
    mark_records(training, frame, field, line.colour, &places);
    lane->points = 0;
    if (training->history->n_records < 2 || !live_training_has(training, field))
        return;
    if (smoothed)
        draw_raw(training, frame, field, &line, &places);
    place(training, field, frame->y.scale, smoothed ? training->window : 0, &places);
    struct view_values values = view_host_values(training->canvas, lane->line, places.points);
    view_curve(training->canvas, frame, &values, &line);
    lane->points = places.points;
    lane->first = places.first;
    lane->step = places.step;
}
