/* How often latents fire: a histogram of log densities for each stretch of training, and the last one. */
#include "cli/training_panels.h"

#include "cli/page_parts.h"

#include <math.h>

/* Below the bins stands a strip for latents that never fired. */
enum { STRIP = 18, STRIP_GAP = 7, STRIP_BOTTOM = 40 };

struct parts {
    struct view_rect map, strip;
};

/* A panel's two plots, the margins of the strip included. */
static struct parts divide(struct view_rect rect)
{
    struct parts parts;
    parts.strip = view_cut_bottom(&rect, STRIP + STRIP_BOTTOM, STRIP_GAP);
    parts.map = rect;
    return parts;
}

/* The first bin that is shown: full decades, from the lowest that any latent was in, two at least. */
static uint32_t first_bin(const struct cli_training_history *history)
{
    uint32_t lowest = SAE_DENSITY_NEVER - 2 * SAE_DENSITY_A_DECADE;
    for (size_t s = 0; s < history->n_snapshots; s++)
        for (uint32_t b = 0; b < lowest; b++)
            if (history->snapshots[s].latents[b] > 0)
                lowest = b;
    return lowest / SAE_DENSITY_A_DECADE * SAE_DENSITY_A_DECADE;
}

static struct view_axis density_axis(const struct cli_training_history *history, const char *label)
{
    double decade = SAE_DENSITY_LOW + (double)first_bin(history) / SAE_DENSITY_A_DECADE;
    return (struct view_axis){.low = pow(10, decade), .high = 1, .scale = VIEW_LOG10, .label = label};
}

static double most_latents(const struct cli_training_history *history)
{
    uint32_t most = 1;
    for (size_t s = 0; s < history->n_snapshots; s++)
        for (uint32_t b = 0; b < SAE_DENSITY_BINS; b++)
            most = most < history->snapshots[s].latents[b] ? history->snapshots[s].latents[b] : most;
    return most;
}

/* Columns of equal width from 0 to the axis's end; each takes the snapshot that counted its rows. A column
 * behind the last one keeps 0. */
static void fill_cells(const struct cli_training_picture *picture)
{
    const struct cli_training_history *history = picture->history;
    size_t s = 0;
    for (uint32_t column = 0; column < CLI_TRAINING_COLUMNS; column++) {
        double rows = picture->rows.high * (column + 0.5) / CLI_TRAINING_COLUMNS;
        while (s < history->n_snapshots && (double)history->snapshots[s].rows < rows)
            s++;
        for (uint32_t b = 0; b < SAE_DENSITY_BINS; b++)
            picture->cells[(size_t)b * CLI_TRAINING_COLUMNS + column] =
                s < history->n_snapshots ? (float)history->snapshots[s].latents[b] : 0;
    }
}

static void draw_heat(const struct cli_training_picture *picture, const struct view_frame *frame,
                      uint32_t first, uint32_t rows, const struct view_colour_scale *colours)
{
    view_heat(
        picture->canvas, frame,
        &(struct view_heat_parameters){
            .values = view_host_values(picture->canvas, picture->cells + (size_t)first * CLI_TRAINING_COLUMNS,
                                       rows * CLI_TRAINING_COLUMNS),
            .rows = rows,
            .columns = CLI_TRAINING_COLUMNS,
            .colours = *colours,
        });
}

static void name_strip(const struct cli_training_picture *picture, const struct view_frame *strip)
{
    view_text(picture->canvas, strip->plot.x - 8, strip->plot.y + 0.5f * strip->plot.height, "never",
              &(struct view_text_style){.size = picture->theme->size_tick,
                                        .colour = picture->theme->text_muted,
                                        .align = VIEW_END,
                                        .anchor = VIEW_MIDDLE});
}

void cli_training_density(const struct cli_training_picture *picture, struct view_rect rect,
                          const char *letter)
{
    const struct cli_training_history *history = picture->history;
    struct parts parts = divide(rect);
    struct view_frame_parameters parameters = {
        .rect = parts.map,
        .x = picture->rows,
        .y = density_axis(history, "share of rows"),
        .letter = letter,
        .title = "How often latents fire",
        .margins = {.left = CLI_TRAINING_LEFT, .right = CLI_TRAINING_RIGHT, .bottom = 1e-3f},
        .no_grid = true,
        .boxed = true,
    };
    parameters.x.no_numbers = true;
    struct view_frame map = view_frame_draw(picture->canvas, &parameters);
    parameters = (struct view_frame_parameters){
        .rect = parts.strip,
        .x = picture->rows,
        .y = {.high = 1, .no_numbers = true, .step = 2},
        .margins = {.left = CLI_TRAINING_LEFT,
                    .right = CLI_TRAINING_RIGHT,
                    .top = 1e-3f,
                    .bottom = STRIP_BOTTOM},
        .no_grid = true,
        .boxed = true,
    };
    parameters.x.label = "rows trained on";
    struct view_frame strip = view_frame_draw(picture->canvas, &parameters);
    name_strip(picture, &strip);
    if (history->n_snapshots > 0) {
        struct view_colour_scale colours = {
            .map = picture->theme->sequential,
            .axis = {.low = 1,
                     .high = fmax(2, most_latents(history)),
                     .scale = VIEW_LOG10,
                     .label = "latents in a fifth of a decade"},
            .hide_below = true,
        };
        uint32_t first = first_bin(history);
        fill_cells(picture);
        draw_heat(picture, &map, first, SAE_DENSITY_NEVER - first, &colours);
        draw_heat(picture, &strip, SAE_DENSITY_NEVER, 1, &colours);
        cli_heading_bar(picture->canvas, rect.x + rect.width - CLI_TRAINING_RIGHT, rect.y, &colours);
    } else {
        cli_training_note(picture, map.plot, "not counted yet");
    }
    view_frame_outline(picture->canvas, &map);
    view_frame_outline(picture->canvas, &strip);
}

/* ---- the last one ---- */

static void draw_bars(const struct cli_training_picture *picture, const struct view_frame *map,
                      const struct view_frame *strip, const struct cli_training_snapshot *snapshot)
{
    char number[VIEW_LABEL_BYTES];
    uint32_t first = first_bin(picture->history), bins = SAE_DENSITY_NEVER - first;
    float left = map->plot.x, width = map->plot.width;
    struct view_colour colour = picture->theme->series[0];
    for (uint32_t b = 0; b < bins; b++) {
        float from = map->plot.y + map->plot.height * (1 - (float)b / (float)bins);
        float to = map->plot.y + map->plot.height * (1 - (float)(b + 1) / (float)bins);
        float length = width * (float)view_axis_position(&map->x, snapshot->latents[first + b]);
        float top = view_snap(picture->canvas, to) + view_hairline(picture->canvas, 0.5f);
        if (length > 0)
            view_box(picture->canvas,
                     (struct view_rect){left, top, length, view_snap(picture->canvas, from) - top}, colour);
    }
    uint32_t never = snapshot->latents[SAE_DENSITY_NEVER];
    float length = width * fminf(1, (float)view_axis_position(&strip->x, never));
    if (never > 0)
        view_box(picture->canvas, (struct view_rect){left, strip->plot.y + 2, length, strip->plot.height - 4},
                 picture->theme->text_muted);
    /* beside the bar, or within a long one's end */
    bool inside = length > 0.7f * width;
    view_format_count(never, number);
    view_text(picture->canvas, left + length + (inside ? -6 : 6), strip->plot.y + 0.5f * strip->plot.height,
              number,
              &(struct view_text_style){.size = picture->theme->size_tick,
                                        .colour = inside ? picture->theme->page : picture->theme->text,
                                        .align = inside ? VIEW_END : VIEW_START,
                                        .anchor = VIEW_MIDDLE});
}

void cli_training_histogram(const struct cli_training_picture *picture, struct view_rect rect,
                            const char *letter)
{
    const struct cli_training_history *history = picture->history;
    const struct cli_training_snapshot *last =
        history->n_snapshots > 0 ? &history->snapshots[history->n_snapshots - 1] : NULL;
    uint32_t most = 1;
    for (uint32_t b = 0; b < SAE_DENSITY_NEVER && last; b++)
        most = most < last->latents[b] ? last->latents[b] : most;
    struct view_axis count = {.high = 1.05 * most, .format = VIEW_COUNT};
    struct parts parts = divide(rect);
    struct view_frame_parameters parameters = {
        .rect = parts.map,
        .x = count,
        .y = density_axis(history, NULL),
        .letter = letter,
        .title = "At the end",
        .margins = {.left = CLI_TRAINING_LEFT, .right = CLI_TRAINING_RIGHT, .bottom = 1e-3f},
        .x_ticks = 4,
    };
    parameters.x.no_numbers = true;
    struct view_frame map = view_frame_draw(picture->canvas, &parameters);
    parameters = (struct view_frame_parameters){
        .rect = parts.strip,
        .x = count,
        .y = {.high = 1, .no_numbers = true, .step = 2},
        .margins = {.left = CLI_TRAINING_LEFT,
                    .right = CLI_TRAINING_RIGHT,
                    .top = 1e-3f,
                    .bottom = STRIP_BOTTOM},
        .x_ticks = 4,
    };
    parameters.x.label = "latents";
    struct view_frame strip = view_frame_draw(picture->canvas, &parameters);
    name_strip(picture, &strip);
    if (last)
        draw_bars(picture, &map, &strip, last);
    else
        cli_training_note(picture, map.plot, "not counted yet");
    view_frame_outline(picture->canvas, &map);
    view_frame_outline(picture->canvas, &strip);
}
