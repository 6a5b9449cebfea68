/* A plot in a person's hands: what each movement of mouse and keys does to what is shown, and that the values
 * read are those drawn. */
#include "support/test.h"

#include "support/device.h"

#include "live/plot.h"
#include "picture.h"

enum { SAMPLES = 72, ROWS = 6, COLUMNS = 9 };

static float host[SAMPLES];

struct scene {
    struct view_canvas *canvas;
    struct live_probe *probe;
    struct live_plot plot;
    struct view_axis x, y;
    struct gpu_buffer *cells;
    bool heat, field, fixed, long_title;
    uint32_t asked; /* how often the field was read */
};

/* Ten times the place, and a place that nothing is known of. */
static uint32_t read_tens(const struct live_field *field, struct live_probe *probe, double x, double y,
                          struct live_field_number numbers[LIVE_FIELD_NUMBERS])
{
    (void)probe;
    *(uint32_t *)(uintptr_t)field->context += 1;
    numbers[0] = (struct live_field_number){"tens", false, LIVE_KNOWN, 10 * round(x + y)};
    numbers[1] = (struct live_field_number){"later", false, LIVE_AWAITED, 0};
    return 2;
}

static struct scene scene_of(struct view_axis x, struct view_axis y)
{
    struct scene scene = {.x = x, .y = y};
    scene.canvas = picture_canvas(640, 400, 1, &view_theme_dark);
    assert_ok(live_probe_create(test_gpu(), &scene.probe));
    for (int k = 0; k < SAMPLES; k++)
        host[k] = 1.5f + sinf(0.3f * (float)k);
    return scene;
}

static void frame(struct scene *scene)
{
    static const struct view_legend_entry legend[] = {{"first", {200, 90, 20, 255}, VIEW_LEGEND_LINE},
                                                      {"second", {20, 90, 200, 255}, VIEW_LEGEND_LINE}};
    static const char LONG[] =
        "A plot with a title so long that there is no room for the legend beside it, but "
        "below it there is";
    view_canvas_begin(scene->canvas);
    live_probe_frame(scene->probe);
    const struct live_plot_parameters parameters = {
        .frame = {.rect = {10, 10, 600, 380},
                  .title = scene->long_title ? LONG : "A plot",
                  .x = scene->x,
                  .y = scene->y},
        .may_log_y = true,
        .positive_y = 0.01,
        .fixed = scene->fixed,
        .legend = legend,
        .n_legend = 2,
    };
    live_plot_begin(&scene->plot, scene->canvas, &parameters);
    struct view_values values = view_host_values(scene->canvas, host, SAMPLES);
    const struct live_series series[] = {
        {"first", {200, 90, 20, 255}, values, .host = host, .step = 5, .closed = true, .entry = 1}};
    const struct view_heat_parameters heat = {
        .values = {.buffer = scene->cells, .count = ROWS * COLUMNS, .number = VIEW_F32},
        .rows = ROWS,
        .columns = COLUMNS,
        .colours = {.map = VIEW_MAP_GREY, .axis = {0, ROWS * COLUMNS}},
    };
    static const uint32_t numbers[COLUMNS] = {3, 14, 15, 92, 65, 35, 89, 79, 323};
    const struct live_cells cells = {.heat = &heat, .numbers = numbers};
    const struct live_field field = {
        .x = "along",
        .y = "up",
        .snap = {.columns = SAMPLES, .step_x = 5, .closed = true, .free_y = true},
        .read = read_tens,
        .context = &scene->asked};
    if (scene->field) {
        live_plot_end(&scene->plot, scene->canvas,
                      &(struct live_reading){.probe = scene->probe, .field = &field});
    } else if (scene->heat) {
        live_plot_heat(&scene->plot, scene->canvas, &heat);
        live_plot_end(&scene->plot, scene->canvas,
                      &(struct live_reading){.probe = scene->probe, .cells = &cells});
    } else {
        live_plot_end(&scene->plot, scene->canvas,
                      &(struct live_reading){.probe = scene->probe, .series = series, .n_series = 1});
    }
    live_plot_draw_cards(&scene->plot, scene->canvas);
    assert_ok(view_canvas_finish(scene->canvas));
}

static void end(struct scene *scene)
{
    live_probe_destroy(&scene->probe);
    gpu_buffer_destroy(test_gpu(), &scene->cells);
    view_canvas_destroy(&scene->canvas);
}

/* ---- events at shares of the plot area ---- */

static struct view_event event_at(const struct scene *scene, enum view_event_kind kind, double x, double y)
{
    const struct view_rect area = scene->plot.frame.plot;
    return (struct view_event){.kind = kind,
                               .x = area.x + (float)x * area.width,
                               .y = area.y + (float)(1 - y) * area.height,
                               .clicks = 1};
}

static bool mouse(struct scene *scene, enum view_event_kind kind, double x, double y, enum view_button button,
                  uint32_t modifiers)
{
    struct view_event event = event_at(scene, kind, x, y);
    event.button = button;
    event.modifiers = modifiers;
    return live_plot_event(&scene->plot, &event);
}

static void drag(struct scene *scene, double x0, double y0, double x1, double y1, enum view_button button,
                 uint32_t modifiers)
{
    assert_true(mouse(scene, VIEW_EVENT_PRESS, x0, y0, button, modifiers));
    for (int i = 1; i <= 5; i++) {
        double t = 0.2 * i;
        mouse(scene, VIEW_EVENT_MOVE, x0 + t * (x1 - x0), y0 + t * (y1 - y0), button, modifiers);
        if (i % 2) /* some events share a frame */
            frame(scene);
    }
    assert_true(mouse(scene, VIEW_EVENT_RELEASE, x1, y1, button, modifiers));
    frame(scene);
}

static void click(struct scene *scene, double x, double y, uint32_t clicks)
{
    struct view_event press = event_at(scene, VIEW_EVENT_PRESS, x, y);
    press.clicks = clicks;
    live_plot_event(&scene->plot, &press);
    mouse(scene, VIEW_EVENT_RELEASE, x, y, VIEW_BUTTON_LEFT, 0);
    frame(scene);
}

static bool key(struct scene *scene, const char *name, uint32_t modifiers)
{
    struct view_event event = {.kind = VIEW_EVENT_KEY, .modifiers = modifiers};
    snprintf(event.key, sizeof event.key, "%s", name);
    bool used = live_plot_event(&scene->plot, &event);
    frame(scene);
    return used;
}

static void wheel(struct scene *scene, double x, double y, float notches, uint32_t modifiers)
{
    struct view_event event = event_at(scene, VIEW_EVENT_WHEEL, x, y);
    event.wheel_y = notches;
    event.modifiers = modifiers;
    assert_true(live_plot_event(&scene->plot, &event));
    frame(scene);
}

static double value_x(const struct scene *scene, double share)
{
    return view_axis_value(&scene->plot.frame.x, share);
}

static double value_y(const struct scene *scene, double share)
{
    return view_axis_value(&scene->plot.frame.y, share);
}

/* ---- the axes ---- */

static const struct view_axis turn = {0, 360, .format = VIEW_DEGREES};
static const struct view_axis ys[] = {
    {0, 3, VIEW_LINEAR, VIEW_PLAIN, 0, "y", false, NULL, 0},
    {1e-4, 10, VIEW_LOG10, VIEW_PLAIN, 0, "y", false, NULL, 0},
    {10, 1e-4, VIEW_LOG10, VIEW_PLAIN, 0, "y", false, NULL, 0},
    {0.5, 9, VIEW_SQRT, VIEW_PLAIN, 0, "y", false, NULL, 0},
    {3, -1, VIEW_LINEAR, VIEW_PLAIN, 0, "y", false, NULL, 0},
};

/* Plot areas lie on whole pixels and change with the labels beside them, so shares are good to a pixel or so
 * of some hundred: what is compared is compared where the pointer was in canvas units. */
static void wheel_keeps_the_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ys / sizeof *ys; i++) {
        struct scene scene = scene_of(turn, ys[i]);
        frame(&scene);
        for (int notch = 0; notch < 12; notch++) {
            struct view_event event = event_at(&scene, VIEW_EVENT_WHEEL, 0.3, 0.6);
            event.wheel_y = notch < 8 ? 1 : -0.5f;
            double x = value_x(&scene, 0.3), y = value_y(&scene, 0.6);
            assert_true(live_plot_event(&scene.plot, &event));
            assert_in_double(view_axis_position(&scene.plot.frame.x, x), 0.3, 1e-5);
            assert_in_double(view_axis_position(&scene.plot.frame.y, y), 0.6, 1e-5);
            frame(&scene);
        }
        assert_in_double(scene.plot.frame.x.high - scene.plot.frame.x.low, 360 / pow(1.1, 6), 1e-6);
        struct view_axis before = scene.plot.frame.x;
        wheel(&scene, 0.5, 0.5, 3, VIEW_CTRL);
        assert_true(scene.plot.frame.x.low == before.low && scene.plot.frame.x.high == before.high);
        before = scene.plot.frame.y;
        wheel(&scene, 0.5, 0.5, 3, VIEW_SHIFT);
        assert_true(scene.plot.frame.y.low == before.low && scene.plot.frame.y.high == before.high);
        struct view_event below = event_at(&scene, VIEW_EVENT_WHEEL, 0.5, -0.05);
        below.wheel_y = 1;
        double length = scene.plot.frame.x.high - scene.plot.frame.x.low;
        assert_true(live_plot_event(&scene.plot, &below));
        frame(&scene);
        assert_in_double(scene.plot.frame.x.high - scene.plot.frame.x.low, length / 1.1, 1e-6);
        assert_true(scene.plot.frame.y.low == before.low && scene.plot.frame.y.high == before.high);
        end(&scene);
    }
}

static void drag_takes_the_value_along(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ys / sizeof *ys; i++) {
        struct scene scene = scene_of(turn, ys[i]);
        frame(&scene);
        wheel(&scene, 0.5, 0.5, 4, 0); /* room to move on a root axis */
        struct view_rect area = scene.plot.frame.plot;
        double x = value_x(&scene, 0.6), y = value_y(&scene, 0.7);
        assert_true(mouse(&scene, VIEW_EVENT_PRESS, 0.6, 0.7, VIEW_BUTTON_LEFT, 0));
        for (int step = 1; step <= 6; step++)
            mouse(&scene, VIEW_EVENT_MOVE, 0.6 - 0.05 * step, 0.7 - 0.02 * step, VIEW_BUTTON_LEFT, 0);
        assert_true(mouse(&scene, VIEW_EVENT_RELEASE, 0.3, 0.58, VIEW_BUTTON_LEFT, 0));
        assert_in_double(view_axis_position(&scene.plot.frame.x, x), 0.3, 1 / (double)area.width);
        assert_in_double(view_axis_position(&scene.plot.frame.y, y), 0.58, 1 / (double)area.height);
        assert_false(scene.plot.pinned);
        assert_false(live_plot_is_fitted(&scene.plot));
        click(&scene, 0.5, 0.5, 2);
        assert_true(live_plot_is_fitted(&scene.plot));
        assert_true(scene.plot.frame.x.low == 0 && scene.plot.frame.x.high == 360);
        assert_true(scene.plot.frame.y.low == ys[i].low && scene.plot.frame.y.high == ys[i].high);
        end(&scene);
    }
}

static void box_shows_what_it_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ys / sizeof *ys; i++)
        for (int way = 0; way < 2; way++) {
            struct scene scene = scene_of(turn, ys[i]);
            frame(&scene);
            struct view_rect area = scene.plot.frame.plot;
            double left = value_x(&scene, 0.25), right = value_x(&scene, 0.75);
            double bottom = value_y(&scene, 0.2), top = value_y(&scene, 0.6);
            struct view_axis before = scene.plot.frame.y;
            drag(&scene, 0.75, 0.2, 0.25, 0.6, way ? VIEW_BUTTON_LEFT : VIEW_BUTTON_RIGHT,
                 way ? VIEW_SHIFT : 0);
            const struct view_frame *f = &scene.plot.frame;
            assert_in_double(f->x.low, left, 360 / (double)area.width);
            assert_in_double(f->x.high, right, 360 / (double)area.width);
            assert_in_double(view_axis_position(&before, f->y.low), view_axis_position(&before, bottom),
                             1 / (double)area.height);
            assert_in_double(view_axis_position(&before, f->y.high), view_axis_position(&before, top),
                             1 / (double)area.height);
            end(&scene);
        }
}

static void keys(void **state)
{
    (void)state;
    struct scene scene = scene_of(turn, ys[0]);
    frame(&scene);
    live_plot_zoom(&scene.plot, 2, 1);
    frame(&scene);
    assert_in_double(scene.plot.frame.x.low, 90, 1e-9);
    assert_in_double(scene.plot.frame.x.high, 270, 1e-9);
    live_plot_pan(&scene.plot, 0.5, 0);
    frame(&scene);
    assert_in_double(scene.plot.frame.x.low, 180, 1e-9);
    assert_true(scene.plot.y.fit == LIVE_FIT_ALWAYS);
    live_plot_fit(&scene.plot);
    frame(&scene);
    live_plot_box(&scene.plot);
    frame(&scene);
    for (int i = 0; i < 5; i++)
        assert_true(key(&scene, "left", 0));
    for (int i = 0; i < 5; i++)
        assert_true(key(&scene, "right", VIEW_SHIFT));
    assert_true(key(&scene, "enter", 0));
    assert_in_double(scene.plot.frame.x.low, 0.15 * 360, 1);
    assert_in_double(scene.plot.frame.x.high, 0.75 * 360, 1);
    assert_in_double(scene.plot.frame.y.high, 0.75 * 3, 0.02);
    live_plot_fit(&scene.plot);
    live_plot_box(&scene.plot);
    frame(&scene);
    assert_true(key(&scene, "escape", 0));
    assert_true(live_plot_is_fitted(&scene.plot));
    assert_false(key(&scene, "escape", 0));
    assert_false(key(&scene, "left", 0));
    assert_string_equal(live_plot_next_lock(&scene.plot), "x is locked");
    live_plot_zoom(&scene.plot, 2, 2);
    frame(&scene);
    assert_true(scene.plot.frame.x.high == 360);
    assert_true(scene.plot.frame.y.high < 3);
    assert_string_equal(live_plot_next_lock(&scene.plot), "y is locked");
    assert_string_equal(live_plot_next_lock(&scene.plot), "both axes are free");
    assert_false(live_plot_toggle_log(&scene.plot, true));
    assert_true(live_plot_toggle_log(&scene.plot, false));
    frame(&scene);
    assert_int_equal(scene.plot.frame.y.scale, VIEW_LOG10);
    assert_in_double(scene.plot.frame.y.low, 0.01, 1e-12);
    live_plot_toggle_hold(&scene.plot);
    scene.y.high = 30;
    frame(&scene);
    assert_in_double(scene.plot.frame.y.high, 3, 1e-9);
    live_plot_toggle_hold(&scene.plot);
    frame(&scene);
    assert_in_double(scene.plot.frame.y.high, 30, 1e-9);
    end(&scene);
}

static void legend(void **state)
{
    (void)state;
    for (int below = 0; below < 2; below++) {
        struct scene scene = scene_of(turn, ys[0]);
        scene.long_title = below;
        frame(&scene);
        assert_true(live_plot_visible(&scene.plot, 0) && live_plot_visible(&scene.plot, 1));
        struct view_rect box = scene.plot.legend_boxes[1];
        assert_true(box.y + box.height <= scene.plot.frame.plot.y); /* never over the curves */
        struct view_event press = {.kind = VIEW_EVENT_PRESS, .x = box.x + 5, .y = box.y + 5, .clicks = 1};
        struct view_event release = press;
        release.kind = VIEW_EVENT_RELEASE;
        assert_true(live_plot_event(&scene.plot, &press));
        assert_true(live_plot_event(&scene.plot, &release));
        frame(&scene);
        assert_true(live_plot_visible(&scene.plot, 0) && !live_plot_visible(&scene.plot, 1));
        assert_false(scene.plot.pinned);
        assert_true(live_plot_event(&scene.plot, &press));
        release.x += 300; /* let go elsewhere */
        assert_true(live_plot_event(&scene.plot, &release));
        assert_false(live_plot_visible(&scene.plot, 1));
        assert_true(live_plot_mark_entry(&scene.plot, 1));
        assert_true(live_plot_mark_entry(&scene.plot, 1));
        live_plot_toggle_marked(&scene.plot);
        frame(&scene);
        assert_true(live_plot_visible(&scene.plot, 1));
        assert_true(key(&scene, "escape", 0));
        assert_int_equal(scene.plot.marked, 0);
        end(&scene);
    }
}

static void pin(void **state)
{
    (void)state;
    struct scene scene = scene_of(turn, ys[0]);
    double x, y;
    frame(&scene);
    click(&scene, 91.0 / 360, 0.5, 1);
    assert_true(scene.plot.pinned);
    assert_in_double(scene.plot.pin_x, 90, 1e-9);
    assert_true(live_plot_take_click(&scene.plot, &x, &y));
    assert_in_double(x, 91, 0.5);
    assert_false(live_plot_take_click(&scene.plot, &x, &y));
    assert_true(key(&scene, "right", 0));
    assert_in_double(scene.plot.pin_x, 95, 1e-9);
    for (int i = 0; i < 20; i++)
        key(&scene, "left", 0);
    assert_in_double(scene.plot.pin_x, 355, 1e-9); /* round the turn */
    assert_false(key(&scene, "left", VIEW_SHIFT));
    click(&scene, 0.5, 0.4, 1);
    click(&scene, 0.5, 0.4, 2); /* a double click is not a pin */
    assert_in_double(scene.plot.pin_x, 355, 1e-9);
    assert_true(key(&scene, "escape", 0));
    assert_false(scene.plot.pinned);
    click(&scene, 0.5, 0.5, 1);
    click(&scene, 0.5, 0.5, 1);
    assert_false(scene.plot.pinned);
    live_plot_toggle_pin(&scene.plot);
    assert_true(scene.plot.pinned);
    scene.fixed = true;
    frame(&scene);
    struct view_event event = event_at(&scene, VIEW_EVENT_WHEEL, 0.5, 0.5);
    event.wheel_y = 1;
    assert_false(live_plot_event(&scene.plot, &event));
    end(&scene);
}

/* The cell under the pointer is the one drawn there, on axes of either direction, zoomed or not: its number
 * decides the grey of the pixel. */
static void cells(void **state)
{
    (void)state;
    float numbers[ROWS * COLUMNS];
    for (int k = 0; k < ROWS * COLUMNS; k++)
        numbers[k] = (float)k + 0.5f;
    for (int variant = 0; variant < 8; variant++) {
        bool turned_x = variant & 1, turned_y = variant & 2;
        struct scene scene =
            scene_of((struct view_axis){turned_x ? COLUMNS : 0, turned_x ? 0 : COLUMNS, .format = VIEW_COUNT},
                     (struct view_axis){turned_y ? ROWS : 0, turned_y ? 0 : ROWS, .format = VIEW_COUNT});
        scene.heat = true;
        scene.cells = picture_upload(numbers, sizeof numbers);
        frame(&scene);
        if (variant & 4)
            wheel(&scene, 0.7, 0.4, 5, 0);
        const struct view_event leave = {.kind = VIEW_EVENT_LEAVE};
        live_plot_event(&scene.plot, &leave); /* no cross-hair on the picture */
        frame(&scene);
        struct picture picture = picture_of(scene.canvas);
        for (int k = 0; k < 25; k++) {
            double u = 0.11 + 0.19 * (k % 5), v = 0.13 + 0.18 * (double)(k / 5);
            struct view_event at = event_at(&scene, VIEW_EVENT_MOVE, u, v);
            live_plot_event(&scene.plot, &at);
            double x, y;
            uint32_t row, column;
            assert_true(live_plot_pointer(&scene.plot, &x, &y));
            assert_true(live_plot_cell(&scene.plot, x, y, &row, &column));
            float grey = 255 * ((float)(row * COLUMNS + column) + 0.5f) / (ROWS * COLUMNS);
            struct view_colour seen = picture_at(&picture, (uint32_t)at.x, (uint32_t)at.y);
            assert_in_double((double)seen.r, (double)grey, 1.5);
        }
        picture_release(&picture);
        click(&scene, 0.5, 0.5, 1);
        double before = scene.plot.pin_y;
        key(&scene, "up", 0);
        assert_in_double(scene.plot.pin_y - before, turned_y ? -1 : 1, 1e-9);
        before = scene.plot.pin_x;
        key(&scene, "right", 0);
        assert_in_double(scene.plot.pin_x - before, turned_x ? -1 : 1, 1e-9);
        for (int i = 0; i < 20; i++)
            key(&scene, "up", 0);
        uint32_t row, column;
        assert_true(live_plot_cell(&scene.plot, scene.plot.pin_x, scene.plot.pin_y, &row, &column));
        assert_int_equal(row, turned_y ? 0 : ROWS - 1);
        end(&scene);
    }
}

/* Where a panel knows what stands at a place, its numbers are on the card; x snaps, y does not. */
static void fields(void **state)
{
    (void)state;
    struct scene scene = scene_of(turn, ys[0]);
    scene.field = true;
    frame(&scene);
    assert_int_equal(scene.asked, 0);
    struct view_event at = event_at(&scene, VIEW_EVENT_MOVE, 92.0 / 360, 0.4);
    live_plot_event(&scene.plot, &at);
    frame(&scene);
    const struct live_cards *cards = &scene.plot.cards;
    assert_int_equal(scene.asked, 1);
    assert_int_equal(cards->count, 4);
    assert_string_equal(cards->lines[0].name, "angle");
    assert_in_double(cards->lines[0].numbers[LIVE_CROSS_POINTER], 90, 1e-6);
    assert_string_equal(cards->lines[1].name, "up");
    assert_in_double(cards->lines[1].numbers[LIVE_CROSS_POINTER], 1.2, 0.01);
    assert_string_equal(cards->lines[2].name, "tens");
    assert_in_double(cards->lines[2].numbers[LIVE_CROSS_POINTER], 910, 0);
    assert_int_equal(cards->lines[3].known[LIVE_CROSS_POINTER], LIVE_AWAITED);
    click(&scene, 92.0 / 360, 0.4, 1); /* the pin moves by samples along, by hundredths up */
    double x = scene.plot.pin_x, y = scene.plot.pin_y;
    key(&scene, "right", 0);
    key(&scene, "up", 0);
    assert_in_double(scene.plot.pin_x - x, 5, 1e-9);
    assert_in_double(scene.plot.pin_y - y, 0.03, 1e-6);
    end(&scene);
}

/* Cells are called by the panel's numbers, not by their places. */
static void cells_have_names(void **state)
{
    (void)state;
    struct scene scene = scene_of((struct view_axis){.high = COLUMNS}, (struct view_axis){.high = ROWS});
    float values[ROWS * COLUMNS] = {0};
    scene.cells = picture_upload(values, sizeof values);
    scene.heat = true;
    frame(&scene);
    struct view_event at = event_at(&scene, VIEW_EVENT_MOVE, 8.5 / COLUMNS, 3.5 / ROWS);
    live_plot_event(&scene.plot, &at);
    frame(&scene);
    const struct live_cards *cards = &scene.plot.cards;
    assert_in_double(cards->lines[0].numbers[LIVE_CROSS_POINTER], 92, 0);
    assert_in_double(cards->lines[1].numbers[LIVE_CROSS_POINTER], 323, 0);
    end(&scene);
}

/* An axis says by its label which scale it has, where hands may turn it or shares are bent. */
static void labels_say_the_scale(void **state)
{
    (void)state;
    static const char *const words[][2] = {
        {"y", "y (log)"}, {"y (log)", "y"}, {"y (log)", "y"}, {"y (square root)", "y (log)"}};
    for (int a = 0; a < 4; a++) {
        struct scene scene = scene_of(turn, ys[a]);
        frame(&scene);
        assert_string_equal(scene.plot.frame.y.label, words[a][0]);
        assert_true(live_plot_toggle_log(&scene.plot, false));
        frame(&scene);
        assert_string_equal(scene.plot.frame.y.label, words[a][1]);
        end(&scene);
    }
}

/* Pin and pointer are read side by side, and the card of both lies within the canvas wherever they are. */
static void cards(void **state)
{
    (void)state;
    struct scene scene = scene_of(turn, ys[0]);
    const struct live_cards *cards = &scene.plot.cards;
    const struct view_event leave = {.kind = VIEW_EVENT_LEAVE};
    frame(&scene);
    assert_false(cards->shown[LIVE_CROSS_PIN] || cards->shown[LIVE_CROSS_POINTER]);
    click(&scene, 91.0 / 360, 0.5, 1);
    live_plot_event(&scene.plot, &leave);
    frame(&scene);
    assert_true(cards->shown[LIVE_CROSS_PIN] && !cards->shown[LIVE_CROSS_POINTER]);
    for (int k = 0; k < 9; k++) {
        struct view_event at = event_at(&scene, VIEW_EVENT_MOVE, 0.06 + 0.11 * k, 0.05 + 0.11 * k);
        live_plot_event(&scene.plot, &at);
        frame(&scene);
        assert_int_equal(cards->count, 2); /* the angle, and the curve that is shown */
        assert_true(cards->lines[0].position && !cards->lines[1].position);
        assert_in_double(cards->lines[0].numbers[LIVE_CROSS_PIN], 90, 1e-9);
        assert_in_double(cards->lines[1].numbers[LIVE_CROSS_PIN], (double)host[18], 1e-6);
        const double angle = cards->lines[0].numbers[LIVE_CROSS_POINTER];
        assert_in_double(cards->lines[1].numbers[LIVE_CROSS_POINTER],
                         (double)host[(int)(angle / 5 + 0.5) % SAMPLES], 1e-6);
        const struct view_rect all = view_canvas_bounds(scene.canvas);
        const struct view_rect card = scene.plot.card;
        assert_true(card.width > 0 && card.x >= all.x && card.y >= all.y &&
                    card.x + card.width <= all.x + all.width && card.y + card.height <= all.y + all.height);
        assert_false(at.x > card.x && at.x < card.x + card.width && at.y > card.y &&
                     at.y < card.y + card.height); /* what is pointed at is seen */
    }
    end(&scene);
}

/* As many digits as tell neighbours on the axis apart, the same number behind each point; counts are whole.
 */
static void numbers(void **state)
{
    (void)state;
    static const struct {
        struct view_axis axis;
        double number;
        const char *text;
    } rows[] = {
        {{0, 0.0025, .scale = VIEW_SQRT, .format = VIEW_PERCENT}, 0.00003667, "0.0037 %"},
        {{0, 0.0025, .scale = VIEW_SQRT, .format = VIEW_PERCENT}, 0.001387, "0.1387 %"},
        {{-1, 1, .scale = VIEW_LINEAR}, -0.58912, "\u22120.589"},
        {{-1, 1, .scale = VIEW_LINEAR}, 0.5, "0.500"},
        {{0, 2000, .scale = VIEW_LINEAR}, 1304.4, "1304"},
        {{0, 90, .format = VIEW_COUNT}, 1234567, "1\u2009234\u2009567"},
        {{1e-6, 1, .scale = VIEW_LOG10}, 0.000123456, "0.0001235"},
        {{0, 1, .scale = VIEW_LINEAR}, 2e-9, "2\u00d710\u207b\u2079"},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        const struct live_card_line line = {.format = rows[r].axis.format,
                                            .decimals = live_cards_decimals(&rows[r].axis)};
        char text[VIEW_LABEL_BYTES];
        live_cards_number(&line, rows[r].number, text);
        assert_string_equal(text, rows[r].text);
    }
}

/* ---- what the panel says ---- */

static uint32_t say(const void *about, double x, double y, struct live_reading_fact *facts)
{
    assert_true(about == host && y > 0);
    facts[0] =
        (struct live_reading_fact){.name = "place", .format = VIEW_COUNT, .known = LIVE_KNOWN, .number = x};
    facts[1] = (struct live_reading_fact){.name = "bin", .known = LIVE_KNOWN, .words = "2 to 3 %"};
    facts[2] = (struct live_reading_fact){.name = "none"};
    return 3;
}

static void hover(struct scene *scene, double x, double y, const struct live_reading *reading)
{
    const struct live_plot_parameters parameters = {
        .frame = {.rect = {10, 10, 600, 380}, .x = scene->x, .y = scene->y}};
    for (int again = 0; again < 3; again++) { /* what is asked for is known in a later frame */
        view_canvas_begin(scene->canvas);
        live_probe_frame(scene->probe);
        live_plot_begin(&scene->plot, scene->canvas, &parameters);
        mouse(scene, VIEW_EVENT_MOVE, x, y, VIEW_BUTTON_LEFT, 0);
        live_plot_end(&scene->plot, scene->canvas, reading);
        assert_ok(view_canvas_finish(scene->canvas));
        assert_ok(gpu_wait(test_gpu()));
    }
}

static void what_the_panel_says(void **state)
{
    (void)state;
    enum { SIDE = 5 };
    float square[SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; i++)
        square[i] = (float)i;
    struct scene scene = scene_of((struct view_axis){.high = SIDE}, (struct view_axis){.low = SIDE});
    const struct live_card_line *const seen = scene.plot.cards.lines;
    char text[VIEW_LABEL_BYTES];
    scene.cells = picture_upload(square, sizeof square);
    hover(&scene, 0.5, 0.5, &(struct live_reading){.free_cross = true, .facts = say, .about = host});
    assert_int_equal(scene.plot.cards.count, 3);
    assert_string_equal(seen[0].name, "place");
    assert_int_equal(seen[0].known[LIVE_CROSS_POINTER], LIVE_KNOWN);
    assert_int_equal(seen[2].known[LIVE_CROSS_POINTER], LIVE_ABSENT);
    assert_in_double(seen[0].numbers[LIVE_CROSS_POINTER], 2.5, 0.01);
    assert_string_equal(seen[1].words[LIVE_CROSS_POINTER], "2 to 3 %");
    /* cells of a square whose diagonal is not shown, called from 128 on */
    const struct view_heat_parameters heat = {
        .values = {.buffer = scene.cells, .count = SIDE * SIDE, .number = VIEW_F32},
        .rows = SIDE,
        .columns = SIDE,
        .cells = VIEW_CELLS_SQUARE,
        .colours = {.axis = {.high = 1}},
    };
    const struct live_cells cells = {.heat = &heat, .first = 128, .none = "itself"};
    const struct live_reading reading = {.probe = scene.probe, .cells = &cells};
    hover(&scene, 0.7, 0.9, &reading); /* row 0 is at the top */
    assert_int_equal(scene.plot.cards.count, 3);
    assert_in_double(seen[0].numbers[LIVE_CROSS_POINTER], 128, 0);
    assert_in_double(seen[1].numbers[LIVE_CROSS_POINTER], 131, 0);
    assert_int_equal(seen[2].known[LIVE_CROSS_POINTER], LIVE_KNOWN);
    assert_in_double(seen[2].numbers[LIVE_CROSS_POINTER], 3, 0);
    hover(&scene, 0.3, 0.7, &reading);
    assert_in_double(seen[0].numbers[LIVE_CROSS_POINTER], 129, 0);
    assert_in_double(seen[1].numbers[LIVE_CROSS_POINTER], 129, 0);
    assert_string_equal(seen[2].words[LIVE_CROSS_POINTER], "itself");
    /* logarithms of shares are told as shares */
    live_cards_number(&(struct live_card_line){.format = VIEW_DECADES, .decimals = -1}, -2, text);
    assert_string_equal(text, "1 %");
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wheel_keeps_the_value),
        cmocka_unit_test(drag_takes_the_value_along),
        cmocka_unit_test(box_shows_what_it_holds),
        cmocka_unit_test(keys),
        cmocka_unit_test(legend),
        cmocka_unit_test(pin),
        cmocka_unit_test(cells),
        cmocka_unit_test(fields),
        cmocka_unit_test(cells_have_names),
        cmocka_unit_test(labels_say_the_scale),
        cmocka_unit_test(cards),
        cmocka_unit_test(numbers),
        cmocka_unit_test(what_the_panel_says),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
