/* The picture of `arclight eval`: the figures on one line, and how latents and rows are spread. */
#include "base/memory.h"
#include "cli/evaluation.h"
#include "cli/resonance_panels.h"
#include "cli/text.h"
#include "cli/version.h"
#include "view/png.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Units of the canvas; a unit is 1.5 pixels at scale 1. */
#define PIXELS_A_UNIT 1.5f
enum { WIDTH = 1600, HEIGHT = 1100, MARGIN = 36, GAP = 34, MOST_BARS = 96 };

struct page {
    const struct cli_evaluation *evaluation;
    const struct view_theme *theme;
    struct view_canvas *canvas;
    float *points; /* room for two numbers a latent */
};

/* ---- histograms ---- */

/* Bars of equal width on the axis's own scale, from its `low` to its `high`. */
struct bars {
    uint32_t count;
    double heights[MOST_BARS];
    double highest, below, beyond; /* what lies outside is counted, and said */
};

static void clear_bars(struct bars *bars, uint32_t count)
{
    *bars = (struct bars){.count = count};
}

static void add_to_bars(struct bars *bars, const struct view_axis *axis, double value, double weight)
{
    double place = view_axis_position(axis, value) * bars->count;
    if (place < 0 || !isfinite(place)) {
        bars->below += weight;
        return;
    }
    if (place > bars->count) {
        bars->beyond += weight;
        return;
    }
    uint32_t bar = (uint32_t)fmin(place, bars->count - 1);
    bars->heights[bar] += weight;
    bars->highest = fmax(bars->highest, bars->heights[bar]);
}

static void draw_bars(const struct page *page, const struct view_frame *frame, const struct bars *bars,
                      struct view_colour colour)
{
    const float step = frame->plot.width / (float)bars->count, bottom = frame->plot.y + frame->plot.height;
    const float gap = step > 5 ? view_hairline(page->canvas, 1) : 0;
    for (uint32_t b = 0; b < bars->count; b++) {
        if (!(bars->heights[b] > 0))
            continue;
        float left = view_snap(page->canvas, frame->plot.x + (float)b * step);
        float right = view_snap(page->canvas, frame->plot.x + (float)(b + 1) * step) - gap;
        float top = view_frame_point(frame, frame->x.low, bars->heights[b]).y;
        view_box(page->canvas, (struct view_rect){left, top, right - left, bottom - top}, colour);
    }
}

struct histogram {
    struct view_rect rect;
    const char *letter, *title, *subtitle;
    struct view_axis x;
    const char *unit; /* of the y axis: "latents", "rows" */
    const struct bars *bars;
    struct view_colour colour;
    double mark; /* a landmark; NaN: none */
    const char *mark_label;
};

static void draw_histogram(const struct page *page, const struct histogram *histogram)
{
    struct view_axis y = {.high = histogram->bars->highest > 0 ? histogram->bars->highest * 1.06 : 1,
                          .format = VIEW_COUNT,
                          .label = histogram->unit};
    struct view_frame frame =
        view_frame_draw(page->canvas, &(struct view_frame_parameters){.rect = histogram->rect,
                                                                      .x = histogram->x,
                                                                      .y = y,
                                                                      .letter = histogram->letter,
                                                                      .title = histogram->title,
                                                                      .subtitle = histogram->subtitle,
                                                                      .margins = {.left = 66},
                                                                      .landmarks = true});
    draw_bars(page, &frame, histogram->bars, histogram->colour);
    if (isfinite(histogram->mark) && view_axis_position(&histogram->x, histogram->mark) >= 0 &&
        view_axis_position(&histogram->x, histogram->mark) <= 1)
        view_landmark(page->canvas, &frame, histogram->mark, histogram->mark_label);
    view_frame_outline(page->canvas, &frame);
}

/* ---- panels ---- */

/* From one row in all to every row. */
static struct view_axis density_axis(const struct page *page)
{
    double rows = fmax(10, (double)page->evaluation->metrics.kept.rows);
    return (struct view_axis){.low = pow(10, floor(log10(1 / rows))),
                              .high = 1,
                              .scale = VIEW_LOG10,
                              .label = "share of rows in which a latent fires"};
}

static uint32_t latents_of(const struct page *page)
{
    return page->evaluation->input.model.architecture.d_sae;
}

static void draw_densities(const struct page *page, struct view_rect rect)
{
    char subtitle[128], dead[BASE_COUNT_BYTES], all[BASE_COUNT_BYTES];
    const struct view_axis axis = density_axis(page);
    const struct sae_metrics *metrics = &page->evaluation->metrics;
    struct bars bars;
    clear_bars(&bars, 12 * (uint32_t)lround(-log10(axis.low)));
    for (uint32_t i = 0; i < latents_of(page); i++)
        if (metrics->fired[i] > 0)
            add_to_bars(&bars, &axis, cli_evaluation_density(page->evaluation, i), 1);
    snprintf(subtitle, sizeof subtitle, "%s of %s never fired", base_count_text(metrics->dead, dead),
             base_count_text(latents_of(page), all));
    draw_histogram(page, &(struct histogram){.rect = rect,
                                             .letter = "a",
                                             .title = "Density of the latents",
                                             .subtitle = subtitle,
                                             .x = axis,
                                             .unit = "latents",
                                             .bars = &bars,
                                             .colour = page->theme->series[0],
                                             .mark = metrics->kept.l0 / latents_of(page),
                                             .mark_label = "mean"});
}

static void draw_l0(const struct page *page, struct view_rect rect)
{
    const struct sae_metrics *metrics = &page->evaluation->metrics;
    const uint32_t n = latents_of(page);
    uint32_t least = 0, most = n, bars_wanted;
    char subtitle[96], label[40];
    struct bars bars;
    while (least < n && metrics->l0_rows[least] == 0)
        least++;
    while (most > least && metrics->l0_rows[most] == 0)
        most--;
    /* whole numbers a bar, from 0 unless the rows are all far from it, and never so few that a bar fills the
     * plot */
    const uint32_t around = most - least < 10 ? 10 : 2;
    uint32_t from = least * 2 < most || least < around ? 0 : least - around;
    uint32_t width = (most - from) / 80 + 1;
    bars_wanted = (most - from) / width + around;
    const struct view_axis axis = {.low = from - 0.5,
                                   .high = from - 0.5 + (double)width * bars_wanted,
                                   .format = VIEW_COUNT,
                                   .label = "active latents of a row (L0)"};
    clear_bars(&bars, bars_wanted);
    for (uint32_t l0 = least; l0 <= most; l0++)
        add_to_bars(&bars, &axis, l0, (double)metrics->l0_rows[l0]);
    snprintf(subtitle, sizeof subtitle, "from %" PRIu32 " to %" PRIu32, least, most);
    snprintf(label, sizeof label, "mean %.4g", metrics->kept.l0);
    draw_histogram(page, &(struct histogram){.rect = rect,
                                             .letter = "b",
                                             .title = "L0 of the rows",
                                             .subtitle = subtitle,
                                             .x = axis,
                                             .unit = "rows",
                                             .bars = &bars,
                                             .colour = page->theme->series[2],
                                             .mark = metrics->kept.l0,
                                             .mark_label = label});
}

static void draw_fvu(const struct page *page, struct view_rect rect)
{
    const struct sae_metrics *metrics = &page->evaluation->metrics;
    const double step = (SAE_FVU_HIGHEST - SAE_FVU_LOWEST) / SAE_FVU_BINS;
    uint32_t first = 0, last = SAE_FVU_BINS - 1;
    char label[40];
    struct bars bars;
    while (first < last && metrics->fvu_rows[first] == 0)
        first++;
    while (last > first && metrics->fvu_rows[last] == 0)
        last--;
    uint32_t from = first > 1 ? first - 2 : 0, to = last + 3 < SAE_FVU_BINS ? last + 3 : SAE_FVU_BINS;
    while (to - from > MOST_BARS)
        to--;
    const struct view_axis axis = {.low = pow(10, SAE_FVU_LOWEST + step * from),
                                   .high = pow(10, SAE_FVU_LOWEST + step * to),
                                   .scale = VIEW_LOG10,
                                   .label = "squared error of a row over its squared distance from the mean"};
    clear_bars(&bars, to - from);
    for (uint32_t b = from; b < to; b++)
        add_to_bars(&bars, &axis, pow(10, SAE_FVU_LOWEST + step * (b + 0.5)), (double)metrics->fvu_rows[b]);
    snprintf(label, sizeof label, "whole set %.3g", metrics->kept.fvu);
    draw_histogram(page, &(struct histogram){.rect = rect,
                                             .letter = "c",
                                             .title = "Variance unexplained, row by row",
                                             .subtitle = "to the right of 1 the mean would do better",
                                             .x = axis,
                                             .unit = "rows",
                                             .bars = &bars,
                                             .colour = page->theme->series[1],
                                             .mark = metrics->kept.fvu,
                                             .mark_label = label});
}

/* Mean activation of latent i over the rows in which it fires. */
static double mean_activation(const struct page *page, uint32_t i)
{
    return page->evaluation->metrics.sum[i] / (double)page->evaluation->metrics.fired[i];
}

static void draw_scatter(const struct page *page, struct view_rect rect)
{
    const struct sae_metrics *metrics = &page->evaluation->metrics;
    struct view_axis x = density_axis(page);
    x.high = 1.3; /* a point at every row is seen whole */
    double low = INFINITY, high = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < latents_of(page); i++) {
        if (metrics->fired[i] == 0)
            continue;
        double mean = mean_activation(page, i);
        low = fmin(low, mean);
        high = fmax(high, mean);
        page->points[2 * n] = (float)log10(cli_evaluation_density(page->evaluation, i));
        page->points[2 * n + 1] = (float)log10(mean);
        n++;
    }
    struct view_axis y = {.low = n ? low / 1.4 : 0.1,
                          .high = n ? high * 1.4 : 1,
                          .scale = VIEW_LOG10,
                          .label = "mean activation where it fires"};
    struct view_frame frame = view_frame_draw(
        page->canvas, &(struct view_frame_parameters){.rect = rect,
                                                      .x = x,
                                                      .y = y,
                                                      .letter = "d",
                                                      .title = "Density and strength",
                                                      .subtitle = "a point for each latent that fired",
                                                      .margins = {.left = 66},
                                                      .landmarks = true});
    /* points are drawn at linear axes: those of the logarithms */
    struct view_frame logarithmic = frame;
    logarithmic.x = (struct view_axis){.low = log10(x.low), .high = log10(x.high)};
    logarithmic.y = (struct view_axis){.low = log10(y.low), .high = log10(y.high)};
    if (n > 0) {
        const struct view_values values = view_host_values(page->canvas, page->points, 2 * n);
        const float opacity = n > 8000 ? 0.35f : n > 2000 ? 0.5f : 0.75f;
        view_scatter(page->canvas, &logarithmic, &values, n > 4000 ? 2.2f : 3.6f,
                     view_alpha(page->theme->series[0], opacity));
    }
    view_frame_outline(page->canvas, &frame);
}

static const struct view_axis cosine_axis = {.low = -1, .high = 1, .step = 0.5};

static void draw_neighbours(const struct page *page, struct view_rect rect)
{
    struct view_axis axis = {.low = 0, .high = 1, .label = "greatest cosine with another latent's direction"};
    struct bars bars;
    double sum = 0;
    uint32_t n = 0;
    char subtitle[96];
    clear_bars(&bars, 60);
    for (uint32_t i = 0; i < latents_of(page); i++) {
        double cosine = (double)page->evaluation->neighbour[i].value;
        if (!isfinite(cosine))
            continue;
        add_to_bars(&bars, &axis, cosine, 1);
        sum += cosine;
        n++;
    }
    snprintf(subtitle, sizeof subtitle, "near 1: latents that say the same%s",
             bars.below > 0 ? "; some lie below 0" : "");
    draw_histogram(page, &(struct histogram){.rect = rect,
                                             .letter = "e",
                                             .title = "Nearest decoder direction",
                                             .subtitle = subtitle,
                                             .x = axis,
                                             .unit = "latents",
                                             .bars = &bars,
                                             .colour = page->theme->series[3],
                                             .mark = n ? sum / n : NAN,
                                             .mark_label = "mean"});
}

/* Encoder and decoder of each latent; for transcoders, whose encoders live elsewhere, the decoders' norms. */
static void draw_encoders(const struct page *page, struct view_rect rect)
{
    const struct cli_evaluation *e = page->evaluation;
    struct view_axis axis = cosine_axis;
    struct bars bars;
    double greatest = 0;
    clear_bars(&bars, 80);
    axis.label = "cosine of encoder and decoder";
    if (!e->encoder_decoder) {
        for (uint32_t i = 0; i < latents_of(page); i++)
            greatest = fmax(greatest, e->decoder_norms[i]);
        axis = (struct view_axis){.high = greatest > 0 ? 1.05 * greatest : 1, .label = "norm"};
    }
    for (uint32_t i = 0; i < latents_of(page); i++)
        add_to_bars(&bars, &axis, e->encoder_decoder ? e->encoder_decoder[i] : e->decoder_norms[i], 1);
    draw_histogram(page,
                   &(struct histogram){.rect = rect,
                                       .letter = "f",
                                       .title = e->encoder_decoder ? "Encoder against decoder"
                                                                   : "Norms of the decoder's directions",
                                       .subtitle = e->encoder_decoder ? "1: a latent writes what it reads"
                                                                      : "a transcoder writes elsewhere",
                                       .x = axis,
                                       .unit = "latents",
                                       .bars = &bars,
                                       .colour = page->theme->series[page->theme->dark ? 6 : 5],
                                       .mark = NAN});
}

/* ---- heading and footing ---- */

static void draw_figure(const struct page *page, struct view_rect rect, const char *name, const char *value,
                        const char *note)
{
    const struct view_theme *theme = page->theme;
    view_line_across(page->canvas, rect.x, rect.x + rect.width, rect.y,
                     &(struct view_line_style){.colour = theme->grid});
    view_text(page->canvas, rect.x, rect.y + 12, name,
              &(struct view_text_style){.colour = theme->text_muted, .anchor = VIEW_TOP});
    float width = view_text(page->canvas, rect.x, rect.y + 52, value,
                            &(struct view_text_style){.size = 24, .weight = VIEW_BOLD});
    view_text(page->canvas, rect.x + width + 8, rect.y + 52, note,
              &(struct view_text_style){.colour = theme->text_muted, .size = theme->size_tick});
}

static void draw_figures(const struct page *page, struct view_rect rect)
{
    enum { FIGURES = 6 };
    const struct sae_metrics *m = &page->evaluation->metrics;
    char value[64], note[96], count[BASE_COUNT_BYTES];
    struct view_rect at[FIGURES];
    for (uint32_t i = 0; i < FIGURES; i++)
        at[i] = view_cell(rect, 1, FIGURES, 28, 0, 0, i);
    snprintf(value, sizeof value, "%.3f", m->kept.fvu);
    note[0] = '\0';
    if (m->all.rows != m->kept.rows)
        snprintf(note, sizeof note, "%.3f with outlier rows", m->all.fvu);
    draw_figure(page, at[0], "variance unexplained (FVU)", value, note);
    snprintf(value, sizeof value, "%.3f", m->kept.cossim);
    draw_figure(page, at[1], "cosine with the row", value, "");
    snprintf(value, sizeof value, "%.3f", m->kept.l2_ratio);
    snprintf(note, sizeof note, "bias %.3f", m->kept.relative_reconstruction_bias);
    draw_figure(page, at[2], "norm over the row's", value, note);
    snprintf(value, sizeof value, "%.4g", m->kept.l0);
    snprintf(note, sizeof note, "L1 %.4g", m->kept.l1);
    draw_figure(page, at[3], "active latents (L0)", value, note);
    snprintf(note, sizeof note, "%.1f %%", 100.0 * (double)m->dead / latents_of(page));
    draw_figure(page, at[4], "never fired", base_count_text(m->dead, count), note);
    snprintf(note, sizeof note, "%" PRIu64 " in more than 10 %%", m->dense_10);
    draw_figure(page, at[5], "in more than 1 % of rows", base_count_text(m->dense_1, count), note);
}

static void draw_header(const struct page *page, struct view_rect rect)
{
    const struct cli_evaluation *e = page->evaluation;
    const struct view_theme *theme = page->theme;
    char text[512], description[160], rows[BASE_COUNT_BYTES], out[BASE_COUNT_BYTES];
    const uint64_t outliers = e->metrics.all.rows - e->metrics.kept.rows;
    view_text(page->canvas, rect.x, rect.y, "Sparse autoencoder",
              &(struct view_text_style){.colour = theme->text_muted, .anchor = VIEW_TOP});
    snprintf(text, sizeof text, "%s", e->input.path);
    view_fit_text(text, rect.width, theme->size_title, VIEW_BOLD);
    view_text(page->canvas, rect.x, rect.y + 20, text,
              &(struct view_text_style){.size = theme->size_title, .weight = VIEW_BOLD, .anchor = VIEW_TOP});
    cli_sae_describe(&e->input.model, description, sizeof description);
    struct cli_line line = {.text = text, .bytes = sizeof text};
    text[0] = '\0';
    cli_line_add(&line, "%s   \u00b7   %s rows of %s", description,
                 base_count_text(e->metrics.kept.rows, rows), data_shard_at(e->input.activations, 0).path);
    if (outliers > 0)
        cli_line_add(&line, "   \u00b7   %s above %g times the median norm left out",
                     base_count_text(outliers, out), e->multiple);
    if (e->non_finite > 0)
        cli_line_add(&line, "   \u00b7   %s with NaN or Inf left out", base_count_text(e->non_finite, out));
    if (e->other)
        cli_line_add(&line, "   \u00b7   MMCS with %s %.3f, back %.3f", e->other, e->match.mmcs_a,
                     e->match.mmcs_b);
    view_fit_text(text, rect.width, theme->size_label, VIEW_REGULAR);
    view_text(page->canvas, rect.x, rect.y + 50, text, &(struct view_text_style){.anchor = VIEW_TOP});
}

static void draw_footer(const struct page *page, struct view_rect rect)
{
    const struct gpu_device_information *device = gpu_information(page->evaluation->input.gpu);
    char text[768];
    snprintf(text, sizeof text, "arclight %s   \u00b7   %s, %s", cli_version(), device->name, device->driver);
    view_fit_text(text, rect.width, page->theme->size_tick, VIEW_REGULAR);
    view_line_across(page->canvas, rect.x, rect.x + rect.width, rect.y,
                     &(struct view_line_style){.colour = page->theme->grid});
    view_text(page->canvas, rect.x, rect.y + rect.height, text,
              &(struct view_text_style){.size = page->theme->size_tick, .colour = page->theme->text_muted});
}

static void draw_page(const struct page *page)
{
    struct view_rect rect = {MARGIN, MARGIN - 4, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN + 14};
    draw_header(page, view_cut_top(&rect, 62, 22));
    draw_figures(page, view_cut_top(&rect, 62, GAP));
    draw_footer(page, view_cut_bottom(&rect, 18, 22));
    draw_densities(page, view_cell(rect, 2, 3, GAP, GAP, 0, 0));
    draw_l0(page, view_cell(rect, 2, 3, GAP, GAP, 0, 1));
    draw_fvu(page, view_cell(rect, 2, 3, GAP, GAP, 0, 2));
    draw_scatter(page, view_cell(rect, 2, 3, GAP, GAP, 1, 0));
    draw_neighbours(page, view_cell(rect, 2, 3, GAP, GAP, 1, 1));
    draw_encoders(page, view_cell(rect, 2, 3, GAP, GAP, 1, 2));
}

enum base_status cli_evaluation_picture(const struct cli_evaluation *evaluation,
                                        const struct view_theme *theme, float scale, const char *path)
{
    enum base_status status;
    char software[64];
    struct page page = {.evaluation = evaluation, .theme = theme};
    const struct view_canvas_parameters size = {WIDTH, HEIGHT, PIXELS_A_UNIT * scale, theme};
    snprintf(software, sizeof software, "arclight %s", cli_version());
    const struct view_png_text texts[] = {{"Title", "Evaluation of a sparse autoencoder"},
                                          {"Software", software}};
    BASE_CHECK(
        base_allocate(&page.points, 2 * (size_t)latents_of(&page), sizeof(float), "points of the picture"));
    BASE_CHECK(view_canvas_create(evaluation->input.gpu, &size, &page.canvas));
    view_canvas_begin(page.canvas);
    draw_page(&page);
    BASE_CHECK(view_canvas_finish(page.canvas));
    BASE_CHECK(view_canvas_write_png(page.canvas, path, texts, sizeof texts / sizeof *texts));
error:
    view_canvas_destroy(&page.canvas);
    base_free(page.points);
    return status;
}
