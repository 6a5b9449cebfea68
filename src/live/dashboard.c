#include "live/dashboard.h"

#include "live/run.h"

#include <string.h>

/* ---- the panels ---- */

static bool has_anything(const struct live_model *model)
{
    (void)model;
    return true;
}

/* A matrix wants all pairs of its vectors. */
static bool has_all_pairs(const struct live_model *model)
{
    return live_has_resonance(model) && model->resonance.chosen;
}

static bool has_listed_planes(const struct live_model *model)
{
    return live_has_resonance(model) && !model->resonance.chosen;
}

const struct live_panel live_panels[LIVE_VIEWS] = {
    [LIVE_VIEW_MEAN] = {"mean", "Mean", live_has_resonance, live_draw_mean, NULL, live_save_mean},
    [LIVE_VIEW_DENSITY] = {"density", "All curves", live_has_resonance, live_draw_density, NULL,
                           live_save_density},
    [LIVE_VIEW_ROSE] = {"rose", "Rose", live_has_resonance, live_draw_rose, NULL, live_save_mean},
    [LIVE_VIEW_MATRIX] = {"matrix", "Matrix", has_all_pairs, live_draw_matrix, NULL, live_save_matrix},
    [LIVE_VIEW_PLANE] = {"plane", "Plane", live_has_resonance, live_draw_plane, NULL, live_save_plane},
    [LIVE_VIEW_CLOUD] = {"cloud", "Cloud", live_has_resonance, live_draw_cloud, live_cloud_event,
                         live_save_cloud},
    [LIVE_VIEW_LOSS] = {"loss", "Loss", live_has_training, live_draw_training, NULL, live_save_training},
    [LIVE_VIEW_FVU] = {"fvu", "FVU", live_has_training, live_draw_training, NULL, live_save_training},
    [LIVE_VIEW_L0] = {"l0", "L0", live_has_training, live_draw_training, NULL, live_save_training},
    [LIVE_VIEW_DEAD] = {"dead", "Dead", live_has_training, live_draw_training, NULL, live_save_training},
    [LIVE_VIEW_FIRING] = {"firing", "Firing", live_has_training, live_draw_firing, NULL, live_save_firing},
    [LIVE_VIEW_LATENTS] = {"latents", "Latents", live_has_training, live_draw_latents, NULL,
                           live_save_latents},
    [LIVE_VIEW_RATES] = {"rates", "Rates", live_has_training, live_draw_rates, NULL, live_save_rates},
    [LIVE_VIEW_LATENT] = {"latent", "Latent", live_has_training, live_draw_latent, NULL, live_save_latent},
    [LIVE_VIEW_CONTEXTS] = {"contexts", "Contexts", live_has_training, live_draw_contexts, NULL,
                            live_save_contexts},
    [LIVE_VIEW_GRAM] = {"gram", "Directions", live_has_training, live_draw_gram, NULL, live_save_gram},
    [LIVE_VIEW_TIMINGS] = {"timings", "Timings", has_anything, live_draw_timings, NULL, live_save_timings},
};

/* ---- the dashboards ---- */

#define WHOLE(name, title, view, has)                                                                        \
    {                                                                                                        \
        name, title, 1, 1, 1, {{view, 0, 0, 1, 1}}, has, 0,                                                  \
        {                                                                                                    \
            {                                                                                                \
                LIVE_VIEW_MEAN, 0, 0, 0, 0                                                                   \
            }                                                                                                \
        }                                                                                                    \
    }

static bool has_training_here(const struct live_model *model)
{
    return model->run && model->run->here;
}

static bool has_training_without_rows(const struct live_model *model)
{
    return has_training_here(model) && !model->run->texts;
}

static bool has_training_and_rows(const struct live_model *model)
{
    return has_training_here(model) && model->run->texts;
}

static bool has_records(const struct live_model *model)
{
    return model->run && !model->run->here && !model->run->texts;
}

static bool has_records_and_rows(const struct live_model *model)
{
    return model->run && !model->run->here && model->run->texts;
}

/* Panels stand in twelfths of the width. */
static const struct live_dashboard dashboards[] = {
    {"training",
     "Training",
     12,
     2,
     7,
     {{LIVE_VIEW_LOSS, 0, 0, 3, 1},
      {LIVE_VIEW_FVU, 3, 0, 3, 1},
      {LIVE_VIEW_L0, 6, 0, 3, 1},
      {LIVE_VIEW_DEAD, 9, 0, 3, 1},
      {LIVE_VIEW_LATENTS, 0, 1, 4, 1},
      {LIVE_VIEW_MEAN, 4, 1, 4, 1},
      {LIVE_VIEW_GRAM, 8, 1, 4, 1}},
     has_training_here,
     5,
     {{LIVE_VIEW_LOSS, 0, 0, 4, 1},
      {LIVE_VIEW_FVU, 4, 0, 4, 1},
      {LIVE_VIEW_L0, 8, 0, 4, 1},
      {LIVE_VIEW_MEAN, 0, 1, 6, 1},
      {LIVE_VIEW_GRAM, 6, 1, 6, 1}}},
    {"latents",
     "Latents",
     12,
     2,
     5,
     {{LIVE_VIEW_LATENTS, 0, 0, 5, 1},
      {LIVE_VIEW_RATES, 5, 0, 3, 1},
      {LIVE_VIEW_LATENT, 8, 0, 4, 1},
      {LIVE_VIEW_FIRING, 0, 1, 8, 1},
      {LIVE_VIEW_GRAM, 8, 1, 4, 1}},
     has_training_without_rows,
     4,
     {{LIVE_VIEW_LATENTS, 0, 0, 6, 1},
      {LIVE_VIEW_LATENT, 6, 0, 6, 1},
      {LIVE_VIEW_FIRING, 0, 1, 6, 1},
      {LIVE_VIEW_GRAM, 6, 1, 6, 1}}},
    {"latents",
     "Latents",
     12,
     2,
     6,
     {{LIVE_VIEW_LATENTS, 0, 0, 4, 1},
      {LIVE_VIEW_CONTEXTS, 4, 0, 8, 1},
      {LIVE_VIEW_LATENT, 0, 1, 3, 1},
      {LIVE_VIEW_RATES, 3, 1, 3, 1},
      {LIVE_VIEW_FIRING, 6, 1, 3, 1},
      {LIVE_VIEW_GRAM, 9, 1, 3, 1}},
     has_training_and_rows,
     4,
     {{LIVE_VIEW_LATENTS, 0, 0, 4, 1},
      {LIVE_VIEW_CONTEXTS, 4, 0, 8, 1},
      {LIVE_VIEW_LATENT, 0, 1, 6, 1},
      {LIVE_VIEW_GRAM, 6, 1, 6, 1}}},
    {"training",
     "Training",
     12,
     2,
     7,
     {{LIVE_VIEW_LOSS, 0, 0, 3, 1},
      {LIVE_VIEW_FVU, 3, 0, 3, 1},
      {LIVE_VIEW_L0, 6, 0, 3, 1},
      {LIVE_VIEW_DEAD, 9, 0, 3, 1},
      {LIVE_VIEW_FIRING, 0, 1, 5, 1},
      {LIVE_VIEW_RATES, 5, 1, 3, 1},
      {LIVE_VIEW_GRAM, 8, 1, 4, 1}},
     has_records,
     5,
     {{LIVE_VIEW_LOSS, 0, 0, 4, 1},
      {LIVE_VIEW_FVU, 4, 0, 4, 1},
      {LIVE_VIEW_L0, 8, 0, 4, 1},
      {LIVE_VIEW_FIRING, 0, 1, 6, 1},
      {LIVE_VIEW_GRAM, 6, 1, 6, 1}}},
    {"training",
     "Training",
     12,
     2,
     7,
     {{LIVE_VIEW_LOSS, 0, 0, 3, 1},
      {LIVE_VIEW_FVU, 3, 0, 3, 1},
      {LIVE_VIEW_L0, 6, 0, 3, 1},
      {LIVE_VIEW_DEAD, 9, 0, 3, 1},
      {LIVE_VIEW_FIRING, 0, 1, 5, 1},
      {LIVE_VIEW_LATENTS, 5, 1, 3, 1},
      {LIVE_VIEW_GRAM, 8, 1, 4, 1}},
     has_records_and_rows,
     5,
     {{LIVE_VIEW_LOSS, 0, 0, 4, 1},
      {LIVE_VIEW_FVU, 4, 0, 4, 1},
      {LIVE_VIEW_L0, 8, 0, 4, 1},
      {LIVE_VIEW_FIRING, 0, 1, 6, 1},
      {LIVE_VIEW_GRAM, 6, 1, 6, 1}}},
    {"latents",
     "Latents",
     12,
     2,
     5,
     {{LIVE_VIEW_LATENTS, 0, 0, 4, 1},
      {LIVE_VIEW_CONTEXTS, 4, 0, 8, 1},
      {LIVE_VIEW_LATENT, 0, 1, 4, 1},
      {LIVE_VIEW_RATES, 4, 1, 4, 1},
      {LIVE_VIEW_GRAM, 8, 1, 4, 1}},
     has_records_and_rows,
     4,
     {{LIVE_VIEW_LATENTS, 0, 0, 4, 1},
      {LIVE_VIEW_CONTEXTS, 4, 0, 8, 1},
      {LIVE_VIEW_LATENT, 0, 1, 6, 1},
      {LIVE_VIEW_GRAM, 6, 1, 6, 1}}},
    {"resonance",
     "Resonance",
     12,
     2,
     6,
     {{LIVE_VIEW_MEAN, 0, 0, 5, 1},
      {LIVE_VIEW_PLANE, 5, 0, 4, 1},
      {LIVE_VIEW_ROSE, 9, 0, 3, 1},
      {LIVE_VIEW_DENSITY, 0, 1, 4, 1},
      {LIVE_VIEW_MATRIX, 4, 1, 4, 1},
      {LIVE_VIEW_CLOUD, 8, 1, 4, 1}},
     has_all_pairs,
     4,
     {{LIVE_VIEW_MEAN, 0, 0, 6, 1},
      {LIVE_VIEW_PLANE, 6, 0, 6, 1},
      {LIVE_VIEW_MATRIX, 0, 1, 6, 1},
      {LIVE_VIEW_CLOUD, 6, 1, 6, 1}}},
    {"resonance",
     "Resonance",
     12,
     2,
     5,
     {{LIVE_VIEW_MEAN, 0, 0, 5, 1},
      {LIVE_VIEW_PLANE, 5, 0, 4, 1},
      {LIVE_VIEW_ROSE, 9, 0, 3, 1},
      {LIVE_VIEW_DENSITY, 0, 1, 7, 1},
      {LIVE_VIEW_CLOUD, 7, 1, 5, 1}},
     has_listed_planes,
     4,
     {{LIVE_VIEW_MEAN, 0, 0, 6, 1},
      {LIVE_VIEW_PLANE, 6, 0, 6, 1},
      {LIVE_VIEW_DENSITY, 0, 1, 6, 1},
      {LIVE_VIEW_CLOUD, 6, 1, 6, 1}}},
};

static const struct live_dashboard wholes[] = {
    WHOLE("mean", "Mean", LIVE_VIEW_MEAN, live_has_resonance),
    WHOLE("density", "All curves", LIVE_VIEW_DENSITY, live_has_resonance),
    WHOLE("rose", "Rose", LIVE_VIEW_ROSE, live_has_resonance),
    WHOLE("matrix", "Matrix", LIVE_VIEW_MATRIX, has_all_pairs),
    WHOLE("plane", "Plane", LIVE_VIEW_PLANE, live_has_resonance),
    WHOLE("cloud", "Cloud", LIVE_VIEW_CLOUD, live_has_resonance),
    WHOLE("loss", "Loss", LIVE_VIEW_LOSS, has_records),
    WHOLE("fvu", "FVU", LIVE_VIEW_FVU, has_records),
    WHOLE("l0", "L0", LIVE_VIEW_L0, has_records),
    WHOLE("dead", "Dead", LIVE_VIEW_DEAD, has_records),
    WHOLE("firing", "Firing", LIVE_VIEW_FIRING, has_records),
    WHOLE("rates", "Rates", LIVE_VIEW_RATES, has_records),
    WHOLE("gram", "Directions", LIVE_VIEW_GRAM, has_records),
    WHOLE("timings", "Timings", LIVE_VIEW_TIMINGS, has_anything),
};

static void add(struct live_pages *pages, const struct live_model *model, const struct live_dashboard *list,
                size_t count)
{
    for (size_t i = 0; i < count && pages->count < LIVE_MOST_PAGES; i++)
        if (list[i].has(model))
            pages->pages[pages->count++] = &list[i];
}

void live_pages_of(const struct live_model *model, struct live_pages *pages)
{
    const size_t count = sizeof wholes / sizeof *wholes;
    pages->count = 0;
    add(pages, model, dashboards, sizeof dashboards / sizeof *dashboards);
    if (pages->count == 1)
        add(pages, model, wholes, count);
    else
        add(pages, model, wholes + count - 1, 1); /* timings */
}

bool live_page_is_known(const char *name)
{
    bool known = false;
    for (size_t i = 0; i < sizeof dashboards / sizeof *dashboards; i++)
        known |= strcmp(dashboards[i].name, name) == 0;
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++)
        known |= strcmp(wholes[i].name, name) == 0;
    return known;
}

bool live_page_is_of_training(const char *name)
{
    for (size_t i = 0; i < sizeof dashboards / sizeof *dashboards; i++)
        if (strcmp(dashboards[i].name, name) == 0 && dashboards[i].has != has_records &&
            dashboards[i].has != has_records_and_rows)
            return true;
    return strcmp(wholes[sizeof wholes / sizeof *wholes - 1].name, name) == 0; /* timings */
}

const struct live_place *live_places(const struct live_dashboard *dashboard, bool narrow, uint32_t *count)
{
    narrow &= dashboard->n_narrow > 0;
    *count = narrow ? dashboard->n_narrow : dashboard->n_places;
    return narrow ? dashboard->narrow : dashboard->places;
}

struct view_rect live_place_rect(const struct live_dashboard *dashboard, const struct live_place *place,
                                 struct view_rect rect, float gap)
{
    struct view_rect first =
        view_cell(rect, dashboard->rows, dashboard->columns, gap, gap, place->row, place->column);
    struct view_rect last = view_cell(rect, dashboard->rows, dashboard->columns, gap, gap,
                                      place->row + place->rows - 1u, place->column + place->columns - 1u);
    return (struct view_rect){first.x, first.y, last.x + last.width - first.x,
                              last.y + last.height - first.y};
}
