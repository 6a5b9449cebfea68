/* What the window keeps from one time to the next: theme, size, page, and what hands did to each view. */
#include "live/app.h"

#include "base/log.h"
#include "base/memory.h"
#include "live/training.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The options of a view: their names and where they stand in its tile. */
enum option {
    OPTION_HIDDEN,
    OPTION_TURNED_X,
    OPTION_TURNED_Y,
    OPTION_RANGE,
    OPTION_MAP,
    OPTION_PERCENTILES,
    OPTION_BANDS,
    OPTIONS
};
static const char *const words[OPTIONS] = {"hidden", "log-x",     "log-y", "log-colours",
                                           "map",    "per-mille", "bands"};

static double option_of(const struct live_tile *tile, enum option option)
{
    switch (option) {
    case OPTION_HIDDEN:
        return (double)tile->plot.hidden;
    case OPTION_TURNED_X:
        return tile->plot.turned_x;
    case OPTION_TURNED_Y:
        return tile->plot.turned_y;
    case OPTION_RANGE:
        return tile->range.turned;
    case OPTION_MAP:
        return tile->range.chosen;
    case OPTION_PERCENTILES:
        return tile->range.per_mille;
    case OPTION_BANDS:
        return tile->bands;
    case OPTIONS:
        break;
    }
    return 0;
}

static void set_option(struct live_tile *tile, enum option option, double value)
{
    switch (option) {
    case OPTION_HIDDEN:
        tile->plot.hidden = value >= 0 && value < 0x1p32 ? (uint64_t)value : 0;
        break;
    case OPTION_TURNED_X:
        tile->plot.turned_x = value != 0;
        break;
    case OPTION_TURNED_Y:
        tile->plot.turned_y = value != 0;
        break;
    case OPTION_RANGE:
        tile->range.turned = value != 0;
        break;
    case OPTION_MAP:
        tile->range.chosen = value >= 0 && value <= VIEW_MAPS ? (uint32_t)value : 0;
        break;
    case OPTION_PERCENTILES:
        tile->range.per_mille = value == 10 || value == 50 ? (uint32_t)value : 0;
        break;
    case OPTION_BANDS:
        tile->bands = value != 0;
        break;
    case OPTIONS:
        break;
    }
}

void live_app_recall_views(struct live_app *app)
{
    char name[LIVE_NAME_BYTES];
    for (int v = 0; v < LIVE_VIEWS; v++) {
        struct live_tile *tile = &app->tiles[v];
        tile->smoothing = live_layout_option(&app->layout, "smoothing", LIVE_TRAINING_AUTOMATIC);
        tile->smoothing = fmin(tile->smoothing, 0.99);
        for (int option = 0; option < OPTIONS; option++) {
            snprintf(name, sizeof name, "%s.%s", live_panels[v].name, words[option]);
            set_option(tile, (enum option)option, live_layout_option(&app->layout, name, 0));
        }
    }
}

static void note_views(struct live_app *app)
{
    char name[LIVE_NAME_BYTES];
    app->layout.n_options = 0;
    if (app->tiles[0].smoothing >= 0)
        live_layout_set_option(&app->layout, "smoothing", app->tiles[0].smoothing);
    for (int v = 0; v < LIVE_VIEWS; v++)
        for (int option = 0; option < OPTIONS; option++) {
            double value = option_of(&app->tiles[v], (enum option)option);
            snprintf(name, sizeof name, "%s.%s", live_panels[v].name, words[option]);
            if (value != 0)
                live_layout_set_option(&app->layout, name, value);
        }
}

void live_app_remember(struct live_app *app)
{
    if (app->forgetful || !app->stage.window)
        return;
    app->layout.full_screen = view_window_is_fullscreen(app->stage.window);
    if (!app->layout.full_screen) {
        app->layout.width = app->stage.parameters.width;
        app->layout.height = app->stage.parameters.height;
    }
    note_views(app);
    char *failure = base_copy_string(base_message()); /* why the program ends, if it does so for a reason */
    if (live_layout_save(&app->layout) == BASE_OK) {
        base_free(failure);
        return;
    }
    base_log(BASE_LOG_NORMAL, "the window's layout was not kept: %s", base_message());
    if (failure)
        (void)base_fail(BASE_OK, "%s", failure);
    base_free(failure);
}
