/* The window's hands in both themes, into PNG files for people to look at (live-*.png in the build folder):
 * plots with cross-hair, pin and box, widgets, the help page. What is checked here: nothing fails, and the
 * help page has ink for every action. */
#include "support/test.h"

#include "support/device.h"

#include "live/bindings.h"
#include "live/plot.h"
#include "live/range.h"
#include "live/strip.h"
#include "live/widgets.h"
#include "picture.h"
#include "samples.h"
#include "view/png.h"

enum { WIDTH = 1280, HEIGHT = 720, CELLS = 64 };

static float mean[SAMPLE_ANGLES], low[SAMPLE_ANGLES], high[SAMPLE_ANGLES], one[SAMPLE_ANGLES];
static float scores[CELLS * (CELLS - 1) / 2];

struct page {
    struct view_canvas *canvas;
    struct live_probe *probe;
    struct live_strips *strips;
    struct gpu_buffer *curve, *cells;
    struct live_plot curves, matrix, boxed;
    struct live_range range, flat;
    struct live_tabs tabs;
    struct live_button buttons[8];
    struct live_slider epsilon, rate, smoothing;
    struct live_toast toast;
    struct live_tip tip;
};

static struct view_event at(enum view_event_kind kind, float x, float y)
{
    return (struct view_event){.kind = kind, .x = x, .y = y, .clicks = 1};
}

static void draw_widgets(struct page *page, struct view_rect bar, struct view_rect side)
{
    static const char *const views[] = {"Overview", "Resonance", "Planes", "Matrix", "Latents", "Training"};
    static const struct live_button_parameters buttons[] = {
        {.icon = LIVE_ICON_BACK, .quiet = true, .tip = "one step back  ,"},
        {.icon = LIVE_ICON_PAUSE, .on = true, .tip = "pause  Space"},
        {.icon = LIVE_ICON_FORWARD, .quiet = true, .tip = "one step forward  ."},
        {.icon = LIVE_ICON_RECORD, .quiet = true, .tip = "record  r"},
        {.icon = LIVE_ICON_CAMERA, .quiet = true, .tip = "picture  S"},
        {.icon = LIVE_ICON_FULL, .quiet = true, .tip = "full screen  f"},
        {.icon = LIVE_ICON_THEME, .quiet = true, .tip = "theme  t"},
        {.icon = LIVE_ICON_HELP, .quiet = true, .tip = "keys  ?"},
    };
    const struct view_theme *theme = view_canvas_theme(page->canvas);
    float high_line = live_widget_height(theme);
    live_tabs_draw(&page->tabs, page->canvas, bar, views, 6);
    float x = bar.x + bar.width - 8 * (high_line + 4);
    for (int i = 0; i < 8; i++) {
        struct live_button_parameters button = buttons[i];
        button.rect = (struct view_rect){x + (float)i * (high_line + 4), bar.y + 2, high_line, high_line};
        live_button_draw(&page->buttons[i], page->canvas, &button, &page->tip);
    }
    struct live_slider_parameters slider = {.label = "epsilon",
                                            .low = 0.05,
                                            .high = 0.95,
                                            .step = 0.01,
                                            .decimals = 2,
                                            .label_width = 86,
                                            .value_width = 58};
    slider.rect = view_cut_top(&side, high_line, 6);
    live_slider_draw(&page->epsilon, page->canvas, &slider, &page->tip);
    slider.label = "learning rate";
    slider.low = 1e-5;
    slider.high = 1e-2;
    slider.log = true;
    slider.decimals = -1;
    slider.rect = view_cut_top(&side, high_line, 6);
    live_slider_draw(&page->rate, page->canvas, &slider, &page->tip);
    slider = (struct live_slider_parameters){.label = "smoothing",
                                             .high = 99,
                                             .step = 1,
                                             .unit = " %",
                                             .label_width = 86,
                                             .value_width = 58,
                                             .disabled = true,
                                             .rect = view_cut_top(&side, high_line, 12)};
    live_slider_draw(&page->smoothing, page->canvas, &slider, &page->tip);
    static struct live_button words[3];
    static const char *const labels[] = {"Checkpoint", "Stop", "Fit"};
    static const enum live_icon icons[] = {LIVE_ICON_SAVE, LIVE_ICON_STOP, LIVE_ICON_FIT};
    for (int i = 0; i < 3; i++) {
        float width = 4 * theme->size_tick + view_text_width(labels[i], theme->size_tick, VIEW_REGULAR);
        struct view_rect rect = {side.x, side.y, width, high_line};
        view_cut_left(&side, width, 8);
        live_button_draw(&words[i], page->canvas,
                         &(struct live_button_parameters){
                             .rect = rect, .label = labels[i], .icon = icons[i], .disabled = i == 1},
                         NULL);
    }
}

static const struct view_axis angles = {0, 360, .format = VIEW_DEGREES, .label = "angle in the plane"};

static void draw_curves(struct page *page, struct live_plot *plot, struct view_rect rect, const char *title)
{
    const struct view_theme *theme = view_canvas_theme(page->canvas);
    const struct view_colour colours[] = {theme->series[0], theme->series[1], theme->series[2]};
    const struct view_legend_entry legend[] = {
        {"mean", colours[0], VIEW_LEGEND_LINE},
        {"one plane", colours[1], VIEW_LEGEND_LINE},
        {"± deviation", view_alpha(colours[0], 0.3f), VIEW_LEGEND_BAND}};
    struct live_plot_parameters parameters = {
        .frame = {.rect = rect,
                  .title = title,
                  .subtitle = "1500 planes, 8192 rows",
                  .x = angles,
                  .y = {0, 0.06, .format = VIEW_PERCENT, .label = "rows in the spotlight"}},
        .may_log_y = true,
        .legend = legend,
        .n_legend = 3,
    };
    struct view_frame frame = live_plot_begin(plot, page->canvas, &parameters);
    const struct view_curve_style style = {
        .colour = colours[0], .step = 360.0 / SAMPLE_ANGLES, .closed = true};
    struct view_values lower = view_host_values(page->canvas, low, SAMPLE_ANGLES);
    struct view_values upper = view_host_values(page->canvas, high, SAMPLE_ANGLES);
    struct view_values middle = {.buffer = page->curve, .count = SAMPLE_ANGLES, .number = VIEW_F32};
    struct view_values single = view_host_values(page->canvas, one, SAMPLE_ANGLES);
    struct view_curve_style band = style, other = style;
    band.colour = view_alpha(colours[0], 0.22f);
    other.colour = colours[1];
    if (live_plot_visible(plot, 2))
        view_band(page->canvas, &frame, &lower, &upper, &band);
    if (live_plot_visible(plot, 1))
        view_curve(page->canvas, &frame, &single, &other);
    if (live_plot_visible(plot, 0))
        view_curve(page->canvas, &frame, &middle, &style);
    const struct live_series series[] = {
        {"mean", colours[0], middle, .step = style.step, .closed = true, .entry = 1},
        {"one plane", colours[1], single, .host = one, .step = style.step, .closed = true, .entry = 2},
    };
    live_plot_end(plot, page->canvas,
                  &(struct live_reading){.probe = page->probe, .series = series, .n_series = 2});
}

static void draw_matrix(struct page *page, struct view_rect rect)
{
    const struct view_theme *theme = view_canvas_theme(page->canvas);
    struct view_rect bar = view_cut_right(&rect, 74, 18);
    const struct live_range_parameters parameters = {
        .full = {0, 1, .label = "strength C4"}, .missing = "none", .may_log = true};
    struct view_colour_scale scale = live_range_scale(&page->range, theme, &parameters);
    struct live_plot_parameters plot = {
        .frame = {.rect = rect,
                  .title = "Planes",
                  .subtitle = "strength of each pair",
                  .x = {0, CELLS, .format = VIEW_COUNT, .label = "j"},
                  .y = {CELLS, 0, .format = VIEW_COUNT, .label = "i"},
                  .square = true,
                  .boxed = true,
                  .no_grid = true},
    };
    live_plot_begin(&page->matrix, page->canvas, &plot);
    const struct view_heat_parameters heat = {
        .values = {.buffer = page->cells, .count = CELLS * (CELLS - 1) / 2, .number = VIEW_F32},
        .rows = CELLS,
        .columns = CELLS,
        .cells = VIEW_CELLS_UPPER,
        .colours = scale,
    };
    live_plot_heat(&page->matrix, page->canvas, &heat);
    const struct live_cells cells = {
        .heat = &heat, .row = "i", .column = "j", .value = "strength", .format = VIEW_PLAIN};
    live_plot_end(&page->matrix, page->canvas, &(struct live_reading){.probe = page->probe, .cells = &cells});
    bar.y = page->matrix.frame.plot.y;
    bar.height = page->matrix.frame.plot.height;
    live_range_draw(&page->range, page->canvas, bar, &scale);
    live_strip_draw(page->strips, page->canvas, &page->range, &heat.values);
}

static void draw_page(struct page *page, uint64_t now)
{
    const struct view_theme *theme = view_canvas_theme(page->canvas);
    view_canvas_begin(page->canvas);
    live_probe_frame(page->probe);
    live_strips_frame(page->strips);
    live_tip_begin(&page->tip);
    struct view_rect all = view_inset(view_canvas_bounds(page->canvas), 20, 8, 20, 16);
    struct view_rect bar = view_cut_top(&all, live_widget_height(theme) + 6, 18);
    view_line_across(page->canvas, 0, WIDTH, bar.y + bar.height,
                     &(struct view_line_style){theme->grid, 1, 0, 0});
    struct view_rect top = view_cut_top(&all, 310, 22);
    struct view_rect right = view_cut_right(&top, 420, 30);
    draw_curves(page, &page->curves, top, "Spotlight resonance");
    draw_matrix(page, right);
    struct view_rect side = view_cut_right(&all, 420, 30);
    draw_curves(page, &page->boxed, all, "The same, chosen by a box");
    draw_widgets(page, bar, side);
    struct view_rect below = view_inset(side, 0, 150, 60, 0);
    below.height = 40;
    const struct live_range_parameters flat = {
        .full = {-0.4, 0.4, .label = "cosine"}, .family = LIVE_MAP_DIVERGING, .centred = true};
    struct view_colour_scale scale = live_range_scale(&page->flat, theme, &flat);
    live_range_draw(&page->flat, page->canvas, below, &scale);
    const struct view_values cosines = {.buffer = page->cells,
                                        .count = CELLS * (CELLS - 1) / 2,
                                        .number = VIEW_F32,
                                        .scale = 0.6f,
                                        .bias = -0.3f};
    live_strip_draw(page->strips, page->canvas, &page->flat, &cosines);
    live_plot_draw_cards(&page->curves, page->canvas);
    live_plot_draw_cards(&page->matrix, page->canvas);
    live_plot_draw_cards(&page->boxed, page->canvas);
    static const struct live_fact facts[] = {
        {"frame", "4.1 ms"}, {"device", "llvmpipe"}, {"step", "1 200 of 4 000"}, {"memory", "212 MiB"}};
    live_facts_draw(page->canvas, side.x + 240, side.y + 200, 0, facts, 4);
    live_toast_draw(&page->toast, page->canvas, &all, 1, now);
    live_tip_draw(&page->tip, page->canvas, now);
    assert_ok(view_canvas_finish(page->canvas));
    assert_ok(gpu_wait(test_gpu()));
    assert_ok(live_probe_status(page->probe));
}

static void make_data(struct page *page)
{
    float deviation[SAMPLE_ANGLES];
    sample_mean(1500, mean, deviation);
    for (int k = 0; k < SAMPLE_ANGLES; k++) {
        low[k] = fmaxf(0, mean[k] - deviation[k]);
        high[k] = mean[k] + deviation[k];
        one[k] = sample_curve(3, (uint32_t)k);
    }
    for (int i = 0; i < CELLS * (CELLS - 1) / 2; i++)
        scores[i] = 0.5f + 0.5f * sinf(0.137f * (float)i) * cosf(0.0011f * (float)i);
    page->curve = picture_upload(mean, sizeof mean);
    page->cells = picture_upload(scores, sizeof scores);
}

static void page_of(const struct view_theme *theme, float scale, const char *path)
{
    struct page page = {.epsilon.value = 0.45, .rate.value = 3e-4, .smoothing.value = 60};
    page.canvas = picture_canvas(WIDTH, HEIGHT, scale, theme);
    assert_ok(live_probe_create(test_gpu(), &page.probe));
    assert_ok(live_strips_create(test_gpu(), &page.strips));
    make_data(&page);
    draw_page(&page, 1);
    struct view_rect area = page.curves.frame.plot;
    const struct view_event events[] = {
        at(VIEW_EVENT_PRESS, area.x + 0.25f * area.width, area.y + 50),
        at(VIEW_EVENT_RELEASE, area.x + 0.25f * area.width, area.y + 50),
        at(VIEW_EVENT_MOVE, area.x + 0.56f * area.width, area.y + 70),
    };
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        live_plot_event(&page.curves, &events[i]);
    area = page.matrix.frame.plot;
    struct view_event move = at(VIEW_EVENT_MOVE, area.x + 0.4f * area.width, area.y + 0.3f * area.height);
    live_plot_event(&page.matrix, &move);
    area = page.boxed.frame.plot;
    struct view_event press = at(VIEW_EVENT_PRESS, area.x + 80, area.y + 40);
    press.button = VIEW_BUTTON_RIGHT;
    move = at(VIEW_EVENT_MOVE, area.x + 260, area.y + 150);
    live_plot_event(&page.boxed, &press);
    live_plot_event(&page.boxed, &move);
    live_plot_toggle_entry(&page.boxed, 1);
    page.range.reach = (struct live_reach){.fit = LIVE_FIT_HELD, .low = 0.2, .high = 0.85};
    move = at(VIEW_EVENT_MOVE, page.buttons[4].rect.x + 5, page.buttons[4].rect.y + 5);
    live_button_event(&page.buttons[4], &move);
    page.epsilon.focused = true;
    live_toast_say(&page.toast, 1000, "saved resonance-step-001200.png");
    for (uint64_t frame = 0; frame < 4; frame++)
        draw_page(&page, 1000 + 200000000 * frame);
    assert_ok(view_canvas_write_png(page.canvas, path, NULL, 0));
    assert_ok(live_strips_status(page.strips));
    live_strips_destroy(&page.strips);
    live_probe_destroy(&page.probe);
    gpu_buffer_destroy(test_gpu(), &page.curve);
    gpu_buffer_destroy(test_gpu(), &page.cells);
    view_canvas_destroy(&page.canvas);
}

/* What the page looks like with these keys, at small size. */
static struct picture help_picture(const struct live_bindings *bindings)
{
    struct view_canvas *canvas = picture_canvas(WIDTH, HEIGHT, 0.5f, &view_theme_light);
    live_help_draw(canvas, bindings, &(struct live_help){0});
    struct picture picture = picture_of(canvas);
    view_canvas_destroy(&canvas);
    return picture;
}

/* The page shows each action's keys, and keeps within the canvas. */
static void help_lists_every_action(void **state)
{
    (void)state;
    struct live_bindings all;
    live_bindings_default(&all);
    struct picture whole = help_picture(&all);
    for (uint32_t y = 0; y < whole.height; y++)
        for (uint32_t x = 0; x < whole.width; x++)
            if (x < 4 || y < 4 || x + 4 >= whole.width || y + 4 >= whole.height)
                assert_pixel(&whole, x, y, view_theme_light.page, 0);
    for (int action = 1; action < LIVE_ACTIONS; action++) {
        struct live_bindings less = all;
        less.keys[action][0][0] = 0;
        struct picture picture = help_picture(&less);
        if (!memcmp(picture.pixels, whole.pixels, 4 * (size_t)whole.width * whole.height))
            fail_msg("the help page does not show '%s'", live_action_name((enum live_action)action));
        picture_release(&picture);
    }
    picture_release(&whole);
}

static void help_of(const struct view_theme *theme, const char *path)
{
    struct view_canvas *canvas = picture_canvas(WIDTH, HEIGHT, 1, theme);
    struct live_bindings bindings;
    live_bindings_default(&bindings);
    live_help_draw(canvas, &bindings, &(struct live_help){0});
    assert_ok(view_canvas_finish(canvas));
    assert_ok(view_canvas_write_png(canvas, path, NULL, 0));
    view_canvas_destroy(&canvas);
}

static void pages(void **state)
{
    (void)state;
    page_of(&view_theme_dark, 1, "live-dark.png");
    page_of(&view_theme_light, 1, "live-light.png");
    page_of(&view_theme_dark, 2, "live-dark-2x.png");
}

static void help(void **state)
{
    (void)state;
    help_of(&view_theme_dark, "live-help-dark.png");
    help_of(&view_theme_light, "live-help-light.png");
}

/* Letters keep the chosen size: what does not fit is scrolled to, and no further than its end. */
static void help_is_scrolled(void **state)
{
    (void)state;
    const struct view_theme large = live_theme_sized(&view_theme_light, 2);
    struct view_canvas *canvas = picture_canvas(WIDTH / 2, HEIGHT / 2, 1, &large);
    struct live_bindings bindings;
    struct live_help help = {0};
    struct view_event down = {.kind = VIEW_EVENT_KEY, .key = "page-down"};
    const struct view_event end = {.kind = VIEW_EVENT_KEY, .key = "end"},
                            other = {.kind = VIEW_EVENT_KEY, .key = "x"};
    live_bindings_default(&bindings);
    live_help_draw(canvas, &bindings, &help);
    assert_true(help.most > HEIGHT / 2 && help.scroll == 0);
    assert_true(live_help_event(&help, &down));
    assert_true(help.scroll > 0 && help.scroll < HEIGHT / 2);
    assert_true(live_help_event(&help, &end));
    assert_true(help.scroll == help.most);
    const struct view_event wheel = {.kind = VIEW_EVENT_WHEEL, .wheel_y = 1};
    assert_true(live_help_event(&help, &wheel));
    assert_true(help.scroll < help.most);
    assert_false(live_help_event(&help, &other)); /* which closes the page */
    const float before = help.most;
    for (int action = 1; action < LIVE_ACTIONS; action++)
        help.hidden[action] = live_action_group((enum live_action)action) == LIVE_GROUP_PLOT;
    live_help_draw(canvas, &bindings, &help);
    assert_true(help.most < before);
    view_canvas_destroy(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pages), cmocka_unit_test(help),
                                       cmocka_unit_test(help_lists_every_action),
                                       cmocka_unit_test(help_is_scrolled)};
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
