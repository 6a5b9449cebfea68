/* How often latents fire, as bands between percentiles of those that do, over the rows trained on. */
#include "live/training.h"

#include <math.h>

/* Of a normal distribution these lie half a deviation apart: 0, ±1/2, ±1, ±3/2 deviations, and the ends. */
const double live_training_levels[LIVE_TRAINING_LEVELS] = {0, 7, 16, 31, 50, 69, 84, 93, 100};

double live_training_percentile(const struct live_training_snapshot *snapshot, double percent)
{
    double fired = 0, below = 0;
    uint32_t last = 0;
    for (uint32_t b = 0; b < SAE_DENSITY_NEVER; b++)
        fired += snapshot->latents[b];
    if (fired == 0)
        return NAN;
    const double wanted = fired * percent / 100;
    for (uint32_t b = 0; b < SAE_DENSITY_NEVER; b++) {
        const double here = snapshot->latents[b];
        if (here == 0)
            continue;
        last = b;
        if (below + here > wanted) /* evenly spread within the bin */
            return pow(10, SAE_DENSITY_LOW + (b + (wanted - below) / here) / SAE_DENSITY_A_DECADE);
        below += here;
    }
    return pow(10, SAE_DENSITY_LOW + (last + 1.0) / SAE_DENSITY_A_DECADE);
}

/* Straight on a logarithmic axis. */
static double between(double from, double to, double share)
{
    return share <= 0 ? from : share >= 1 ? to : exp(log(from) + (log(to) - log(from)) * share);
}

/* From one snapshot's rows to the next one's; the first one stands for all rows before it. */
static void fill_lines(struct live_training *training, const struct view_axis *x)
{
    const struct live_training_history *history = training->history;
    const struct live_training_snapshot *all = history->snapshots;
    for (uint32_t level = 0; level < LIVE_TRAINING_LEVELS; level++) {
        float *line = training->bands + (size_t)level * LIVE_TRAINING_COLUMNS;
        size_t s = 0, known = 0;
        double before = NAN, after = live_training_percentile(&all[0], live_training_levels[level]);
        for (uint32_t column = 0; column < LIVE_TRAINING_COLUMNS; column++) {
            double rows = x->low + (x->high - x->low) * (column + 0.5) / LIVE_TRAINING_COLUMNS;
            while (s < history->n_snapshots && (double)all[s].rows < rows)
                s++;
            line[column] = NAN;
            if (s == history->n_snapshots || !(rows > 0))
                continue;
            if (s != known) {
                before = live_training_percentile(&all[s - 1], live_training_levels[level]);
                after = live_training_percentile(&all[s], live_training_levels[level]);
                known = s;
            }
            double from = s > 0 ? (double)all[s - 1].rows : 0;
            double share = s > 0 ? (rows - from) / ((double)all[s].rows - from) : 1;
            line[column] = (float)between(before, after, share);
        }
    }
}

static struct view_values line_of(const struct live_training *training, uint32_t level)
{
    return view_host_values(training->canvas, training->bands + (size_t)level * LIVE_TRAINING_COLUMNS,
                            LIVE_TRAINING_COLUMNS);
}

static struct view_colour shade(const struct live_training *training, uint32_t band)
{
    static const float strength[LIVE_TRAINING_BANDS] = {0.16f, 0.30f, 0.46f, 0.64f};
    return view_mix(training->theme->panel, training->theme->series[0], strength[band]);
}

uint32_t live_training_bands_legend(const struct live_training *training,
                                    struct view_legend_entry legend[LIVE_TRAINING_BANDS + 1])
{
    static const char *const labels[LIVE_TRAINING_BANDS] = {"all", "7\u201393 %", "16\u201384 %",
                                                            "31\u201369 %"};
    legend[0] = (struct view_legend_entry){"median", training->theme->text, VIEW_LEGEND_LINE};
    for (uint32_t band = 0; band < LIVE_TRAINING_BANDS; band++)
        legend[LIVE_TRAINING_BANDS - band] =
            (struct view_legend_entry){labels[band], shade(training, band), VIEW_LEGEND_BAND};
    return LIVE_TRAINING_BANDS + 1;
}

void live_training_bands_draw(struct live_training *training, const struct view_frame *frame, uint64_t hidden)
{
    struct view_curve_style style = {.width = 1.6f, .colour = training->theme->text};
    const double columns = LIVE_TRAINING_COLUMNS, step = (frame->x.high - frame->x.low) / columns;
    if (training->history->n_snapshots == 0)
        return;
    fill_lines(training, &frame->x);
    style.step = training->bands_step = step;
    style.first = training->bands_first = frame->x.low + 0.5 * step;
    for (uint32_t band = 0; band < LIVE_TRAINING_BANDS; band++) {
        const struct view_values lower = line_of(training, band),
                                 upper = line_of(training, LIVE_TRAINING_LEVELS - 1 - band);
        struct view_curve_style filled = style;
        filled.colour = shade(training, band);
        if (!(hidden >> (LIVE_TRAINING_BANDS - band) & 1))
            view_band(training->canvas, frame, &lower, &upper, &filled);
    }
    const struct view_values median = line_of(training, LIVE_TRAINING_BANDS);
    if (!(hidden & 1))
        view_curve(training->canvas, frame, &median, &style);
}

uint32_t live_training_bands_series(const struct live_training *training,
                                    struct live_series series[LIVE_TRAINING_LEVELS])
{
    /* of the ends no more is known than their bins */
    static const char *const names[LIVE_TRAINING_LEVELS] = {"all below",  "93 % below", "84 % below",
                                                            "69 % below", "median",     "31 % below",
                                                            "16 % below", "7 % below",  "all from"};
    if (training->history->n_snapshots == 0)
        return 0;
    for (uint32_t i = 0; i < LIVE_TRAINING_LEVELS; i++) {
        const uint32_t level = LIVE_TRAINING_LEVELS - 1 - i;
        const uint32_t band = level < LIVE_TRAINING_BANDS ? level : i;
        series[i] = (struct live_series){
            .label = names[i],
            .colour = level == LIVE_TRAINING_BANDS ? training->theme->text : shade(training, band),
            .values = {.count = LIVE_TRAINING_COLUMNS, .number = VIEW_F32},
            .host = training->bands + (size_t)level * LIVE_TRAINING_COLUMNS,
            .first = training->bands_first,
            .step = training->bands_step,
            .entry = level == LIVE_TRAINING_BANDS ? 1 : 1 + LIVE_TRAINING_BANDS - band,
        };
    }
    return LIVE_TRAINING_LEVELS;
}
