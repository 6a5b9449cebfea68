#include "cli/resonance_page.h"

#include "base/memory.h"
#include "cli/resonance_panels.h"
#include "cli/srm_words.h"
#include "cli/version.h"
#include "view/png.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Units of the canvas; a unit is 1.5 pixels at scale 1, so that text of 9.5 units can be read at 100 %. */
#define PIXELS_A_UNIT 1.5f
enum { WIDTH = 1600, HEIGHT = 1180, MARGIN = 36, GAP = 30 };

/* ---- colours and words ---- */

struct view_colour cli_colour_basis(const struct cli_page *page)
{
    return page->theme->series[2];
}

struct view_colour cli_colour_control(const struct cli_page *page)
{
    return page->theme->text_muted;
}

struct view_colour cli_colour_list(const struct cli_page *page, enum srm_list list)
{
    if (list == SRM_LIST_OBLIQUE)
        return cli_colour_basis(page);
    return view_map_colour(page->theme->diverging, list == SRM_LIST_ALIGNED ? 0.86f : 0.14f);
}

struct view_colour cli_colour_epsilon(const struct cli_page *page, uint32_t epsilon)
{
    float place = page->result->n_epsilons > 1 ? (float)epsilon / (float)(page->result->n_epsilons - 1) : 0;
    /* the end of the map that is nearest the page is left out */
    return view_map_colour(page->theme->sequential, 0.95f - 0.7f * place);
}

void cli_place_bar(const struct view_frame *frame, struct view_rect *bar)
{
    *bar = (struct view_rect){frame->plot.x + frame->plot.width + CLI_BAR_GAP, frame->plot.y, CLI_BAR_WIDTH,
                              frame->plot.height};
}

void cli_panel_note(const struct cli_page *page, struct view_rect rect, const char *words)
{
    view_note(page->canvas, rect, words);
}

/* ---- heading and footing ---- */

/* Text broken at blanks into lines of at most `width`; gives the y behind the last. */
static float draw_wrapped(const struct cli_page *page, float x, float y, float width, const char *text,
                          struct view_colour colour)
{
    char line[256] = "";
    float size = page->theme->size_label, leading = 1.45f * size;
    const struct view_text_style style = {.size = size, .colour = colour, .anchor = VIEW_TOP};
    for (const char *word = text; *word;) {
        char longer[256];
        size_t length = strcspn(word, " ");
        bool cut = snprintf(longer, sizeof longer, "%s%s%.*s", line, line[0] ? " " : "", (int)length, word) >=
                   (int)sizeof longer;
        if (line[0] && (cut || view_text_width(longer, size, VIEW_REGULAR) > width)) {
            view_text(page->canvas, x, y, line, &style);
            y += leading;
            snprintf(line, sizeof line, "%.*s", (int)length, word);
        } else {
            memcpy(line, longer, sizeof line);
        }
        word += length + (word[length] == ' ');
    }
    view_text(page->canvas, x, y, line, &style);
    return y + leading;
}

static struct view_colour verdict_colour(const struct cli_page *page)
{
    switch (page->finding->verdict) {
    case CLI_VERDICT_ALIGNED:
        return cli_colour_list(page, SRM_LIST_ALIGNED);
    case CLI_VERDICT_ANTI_ALIGNED:
        return cli_colour_list(page, SRM_LIST_ANTI_ALIGNED);
    case CLI_VERDICT_NONE:
    case CLI_VERDICT_UNSURE:
    case CLI_VERDICT_UNDECIDED:
        return page->theme->text_muted;
    case CLI_VERDICT_FEW:
    case CLI_VERDICT_MIXED:
    case CLI_VERDICT_DISTINCT:
        break;
    }
    return page->theme->text;
}

/* How the rows are, as far as it limits what the page can say. */
static void say_condition(const struct cli_page *page, struct cli_line *line)
{
    const struct srm_result *result = page->result;
    uint32_t most = 0;
    for (uint32_t v = 1; v < result->vectors; v++)
        if (result->vector_hits[v] > result->vector_hits[most])
            most = v;
    cli_line_add(line, "median plane: M = %.4g rows", result->median_hits);
    if (result->vectors > 2 && result->vector_hits[most] > 0)
        cli_line_add(line, "   \u00b7   vector %" PRIu32 " in %.3g %% of all hits", most,
                     100 * result->vector_hits[most]);
    if (isfinite(page->finding->mean_over_rms))
        cli_line_add(line, "   \u00b7   \u2016mean\u2016 / rms %.2f", page->finding->mean_over_rms);
    if (!page->parameters->centre && page->finding->mean_over_rms > CLI_MEAN_OVER_RMS_HINT)
        cli_line_add(line, ": see also --center");
}

static void draw_header(const struct cli_page *page, struct view_rect rect)
{
    char text[512] = "";
    struct cli_line line = {.text = text, .bytes = sizeof text};
    const struct view_theme *theme = page->theme;
    struct view_rect right = view_cut_right(&rect, 640, GAP);
    view_text(page->canvas, rect.x, rect.y, "Spotlight resonance",
              &(struct view_text_style){.colour = theme->text_muted, .anchor = VIEW_TOP});
    cli_srm_say_input(page->parameters, &line);
    view_fit_text(text, rect.width, theme->size_title, VIEW_BOLD);
    view_text(page->canvas, rect.x, rect.y + 20, text,
              &(struct view_text_style){.size = theme->size_title, .weight = VIEW_BOLD, .anchor = VIEW_TOP});
    line.used = 0;
    cli_srm_say_rows(page->parameters, page->result, &line);
    cli_line_add(&line, "   \u00b7   ");
    cli_srm_say_planes(page->parameters, page->result, &line);
    cli_line_add(&line, "   \u00b7   ");
    cli_srm_say_epsilons(page->result, &line);
    view_fit_text(text, rect.width, theme->size_label, VIEW_REGULAR);
    view_text(page->canvas, rect.x, rect.y + 48, text, &(struct view_text_style){.anchor = VIEW_TOP});
    line.used = 0;
    say_condition(page, &line);
    view_fit_text(text, rect.width, theme->size_label, VIEW_REGULAR);
    view_text(page->canvas, rect.x, rect.y + 66, text,
              &(struct view_text_style){.colour = theme->text_muted, .anchor = VIEW_TOP});

    struct view_colour colour = verdict_colour(page);
    view_box(page->canvas, (struct view_rect){right.x - 16, right.y, 3, 78}, colour);
    view_text(
        page->canvas, right.x, right.y, page->finding->headline,
        &(struct view_text_style){.size = 16, .colour = colour, .weight = VIEW_BOLD, .anchor = VIEW_TOP});
    draw_wrapped(page, right.x, right.y + 26, right.width, page->finding->sentence, theme->text);
}

static void draw_footer(const struct cli_page *page, struct view_rect rect)
{
    char text[512] = "";
    struct cli_line line = {.text = text, .bytes = sizeof text};
    const struct srm_result *result = page->result;
    cli_line_add(&line, "%" PRIu32 " angles%s   \u00b7   seed %" PRIu64, result->angles,
                 page->parameters->difference ? ", signed" : "", page->parameters->seed);
    if (result->n_controls > 0) {
        char planes[BASE_COUNT_BYTES];
        cli_line_add(&line, "   \u00b7   %" PRIu32 " random rotation%s of %" PRIu32 " vectors, %s planes",
                     result->n_controls, result->n_controls > 1 ? "s" : "", result->controls[0].vectors,
                     base_count_text(result->controls[0].planes, planes));
    }
    cli_page_footer(page->canvas, rect, text);
}

/* ---- layout ---- */

static void draw_page(const struct cli_page *page)
{
    struct view_rect rect = {MARGIN, MARGIN - 4, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN + 14};
    draw_header(page, view_cut_top(&rect, 82, GAP));
    draw_footer(page, view_cut_bottom(&rect, 18, 22));
    struct view_rect best = view_cut_bottom(&rect, 292, GAP);
    struct view_rect right = view_cut_right(&rect, 372, GAP + 6);
    struct view_rect middle = view_cut_right(&rect, 420, GAP + 6);
    cli_panel_mean(page, view_cell(rect, 2, 1, 0, GAP, 0, 0), "a");
    cli_panel_polar(page, view_cell(middle, 2, 1, 0, GAP, 0, 0), "b");
    cli_panel_planes(page, view_cell(right, 2, 1, 0, GAP, 0, 0), "c");
    cli_panel_density(page, view_cell(rect, 2, 1, 0, GAP, 1, 0), "d");
    cli_panel_evidence(page, view_cell(middle, 2, 1, 0, GAP, 1, 0), "e");
    cli_panel_projection(page, view_cell(right, 2, 1, 0, GAP, 1, 0), "f");
    cli_panel_best(page, best, "g");
}

static const struct {
    const char *file;
    cli_panel *draw;
    float width, height; /* units, without the margin around */
} panels[] = {
    {"panel-mean.png", cli_panel_mean, 760, 430},
    {"panel-polar.png", cli_panel_polar, 520, 500},
    {"panel-planes.png", cli_panel_planes, 760, 690},
    {"panel-density.png", cli_panel_density, 760, 430},
    {"panel-evidence.png", cli_panel_evidence, 620, 430},
    {"panel-projection.png", cli_panel_projection, 660, 590},
    {"panel-cloud.png", cli_panel_cloud, 660, 590},
    {"panel-best.png", cli_panel_best, 1528, 300},
    {"panel-labels.png", cli_panel_labels, 760, 430},
};
enum { PANELS = sizeof panels / sizeof *panels };

/* ---- pictures ---- */

enum base_status cli_page_open(struct gpu *gpu, const struct srm_parameters *parameters,
                               const struct srm_result *result, const struct cli_finding *finding,
                               const struct cli_page_look *look, struct cli_page **out)
{
    enum base_status status;
    struct cli_page *page;
    *out = NULL;
    BASE_TRY(base_allocate(&page, 1, sizeof *page, "the page"));
    page->gpu = gpu;
    page->parameters = parameters;
    page->result = result;
    page->finding = finding;
    page->theme = look->theme ? look->theme : &view_theme_dark;
    page->scale = PIXELS_A_UNIT * (look->scale > 0 ? look->scale : 1);
    BASE_CHECK(cli_page_make_curves(page));
    BASE_CHECK(cli_page_make_cells(page));
    BASE_CHECK(cli_page_make_projection(page));
    *out = page;
    return BASE_OK;
error:
    cli_page_close(&page);
    return status;
}

void cli_page_close(struct cli_page **page)
{
    if (!*page)
        return;
    view_canvas_destroy(&(*page)->canvas);
    gpu_buffer_destroy((*page)->gpu, &(*page)->cells);
    gpu_buffer_destroy((*page)->gpu, &(*page)->ratio);
    base_free((*page)->curves);
    base_free((*page)->scratch);
    base_free(*page);
    *page = NULL;
}

/* A canvas of this size, and a frame begun on it. */
static enum base_status begin(struct cli_page *page, float width, float height)
{
    const struct view_canvas_parameters size = {width, height, page->scale, page->theme};
    if (page->canvas)
        BASE_TRY(view_canvas_resize(page->canvas, &size));
    else
        BASE_TRY(view_canvas_create(page->gpu, &size, &page->canvas));
    view_canvas_begin(page->canvas);
    return BASE_OK;
}

static enum base_status finish(struct cli_page *page, const char *path)
{
    char input[512] = "", software[64];
    struct cli_line line = {.text = input, .bytes = sizeof input};
    cli_line_add(&line, "Spotlight resonance of ");
    cli_srm_say_input(page->parameters, &line);
    snprintf(software, sizeof software, "arclight %s", cli_version());
    const struct view_png_text texts[] = {
        {"Title", input}, {"Description", page->finding->sentence}, {"Software", software}};
    BASE_TRY(view_canvas_finish(page->canvas));
    return view_canvas_write_png(page->canvas, path, texts, sizeof texts / sizeof *texts);
}

enum base_status cli_page_write(struct cli_page *page, const char *path)
{
    BASE_TRY(begin(page, WIDTH, HEIGHT));
    draw_page(page);
    return finish(page, path);
}

/* The panels that this result has stand in their order; labels come last. */
const char *cli_page_panel_file(const struct cli_page *page, uint32_t index)
{
    uint32_t count = page->result->n_labels > 0 ? PANELS : PANELS - 1;
    return index < count ? panels[index].file : NULL;
}

enum base_status cli_page_write_panel(struct cli_page *page, uint32_t index, const char *path)
{
    BASE_TRY(begin(page, panels[index].width + 2 * MARGIN, panels[index].height + 2 * MARGIN));
    panels[index].draw(page, (struct view_rect){MARGIN, MARGIN, panels[index].width, panels[index].height},
                       NULL);
    return finish(page, path);
}
