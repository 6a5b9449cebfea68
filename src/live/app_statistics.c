/* What the window costs, beside the page: times of frames and kernels, the device, what comes back from it.
 */
#include "live/app.h"

#include "base/progress.h"
#include "live/run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_FACTS = 16 + LIVE_PASSES, GAP = 22 };

struct facts {
    uint32_t count;
    struct live_fact list[MOST_FACTS];
};

static struct live_fact *next_fact(struct facts *facts, const char *name)
{
    struct live_fact *fact = &facts->list[facts->count < MOST_FACTS - 1 ? facts->count++ : MOST_FACTS - 1];
    *fact = (struct live_fact){.name = name};
    return fact;
}

static void add_heading(struct facts *facts, const char *words)
{
    (void)next_fact(facts, words);
}

static void add_text(struct facts *facts, const char *name, const char *text)
{
    struct live_fact *fact = next_fact(facts, name);
    snprintf(fact->value, sizeof fact->value, "%.*s", (int)sizeof fact->value - 1, text);
}

static void add_time(struct facts *facts, const char *name, double ns)
{
    struct live_fact *fact = next_fact(facts, name);
    snprintf(fact->value, sizeof fact->value, "%.2f ms", ns * 1e-6);
}

/* "96 B", "51.2 MB". */
static void add_bytes(struct facts *facts, const char *name, double bytes, const char *behind)
{
    struct live_fact *fact = next_fact(facts, name);
    char text[32];
    base_quantity_text(bytes, text, sizeof text);
    snprintf(fact->value, sizeof fact->value, "%s%sB%s", text, strchr(text, ' ') ? "" : " ", behind);
}

static void gather(const struct live_app *app, struct facts *facts)
{
    const struct gpu_device_information *device = gpu_information(app->gpu);
    const struct live_run *run = app->scene->model.run;
    char count[VIEW_LABEL_BYTES];
    facts->count = 0;
    view_format_count(app->frames, count);
    add_heading(facts, "window");
    add_text(facts, "shown by", app->stage.window ? view_window_description(app->stage.window) : "none");
    add_text(facts, "frames drawn", count);
    add_time(facts, "between frames", (double)live_stage_interval_ns(&app->stage));
    add_time(facts, "host work a frame", (double)live_stage_work_ns(&app->stage));
    if (app->stage.cost_ns > 0)
        add_time(facts, "a picture on the device", (double)app->stage.cost_ns);
    if (app->passes.n > 0)
        add_heading(facts, "kernels, each picture");
    for (uint32_t i = 0; i < app->passes.n; i++)
        add_time(facts, app->passes.greatest[i].kernel, app->passes.greatest[i].ns);
    add_heading(facts, "device");
    add_text(facts, "name", device->name);
    add_text(facts, "driver", device->driver);
    add_bytes(facts, "memory free at start", (double)gpu_capabilities(app->gpu)->memory_free_bytes, "");
    add_heading(facts, "read back");
    add_bytes(facts, run && run->here ? "by the training" : "of plots",
              (double)gpu_traffic(app->gpu).buffer_bytes, "");
    add_bytes(facts, "values under the pointer", (double)live_probe_bytes(app->probe), " a frame");
}

struct view_rect live_app_place_statistics(struct live_app *app, struct view_rect *page)
{
    struct facts facts;
    if (!app->statistics)
        return (struct view_rect){0};
    gather(app, &facts);
    const float most = fmaxf(0.6f * page->width, fminf(page->width, 26 * app->theme.size_tick));
    const float step = 2 * app->theme.size_tick; /* the page does not move with every digit */
    const float natural = live_facts_width(app->stage.canvas, facts.list, facts.count);
    const float width = fminf(most, step * ceilf(natural / step));
    struct view_rect place = *page;
    if (page->width - width - GAP >= 0.55f * page->width)
        return view_cut_right(page, width, GAP);
    return view_cut_right(&place, width, 0);
}

void live_app_draw_statistics(struct live_app *app, struct view_rect place)
{
    struct facts facts;
    if (!(place.width > 0))
        return;
    gather(app, &facts);
    live_facts_draw(app->stage.canvas, place.x, place.y, place.width, facts.list, facts.count);
}
