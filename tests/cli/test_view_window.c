/* `arclight view` in a window, under Xvfb: hands reach it, it lives through what window managers do, shows
 * what the frames without a display hold, and a training in it ends as it should. */
#define _GNU_SOURCE
#include "support/device.h"
#include "support/display.h"
#include "support/test.h"

#define STB_IMAGE_IMPLEMENTATION
#include "cli/show.h"
#include "cli/view.h"

#include "base/memory.h"
#include "base/platform.h"

enum { SCREEN_WIDE = 1024, SCREEN_HIGH = 700, WIDE = 640, HIGH = 420 };

/* ---- in this program ---- */

/* Goes on for so long. */
static void pass(struct show *show, uint64_t milliseconds)
{
    const uint64_t end = base_clock_ns() + milliseconds * 1000000;
    while (base_clock_ns() < end) {
        turn(show);
        live_stage_wait(&show->app.stage);
    }
}

#define PASS_UNTIL(show, condition)                                                                          \
    do {                                                                                                     \
        const uint64_t end_ = base_clock_ns() + UINT64_C(60000000000);                                       \
        while (!(condition)) {                                                                               \
            turn(show);                                                                                      \
            live_stage_wait(&(show)->app.stage);                                                             \
            if (base_clock_ns() > end_)                                                                      \
                fail_msg("in a minute not: %s", #condition);                                                 \
        }                                                                                                    \
    } while (0)

static void open_window(struct show *show)
{
    open_show(show, WIDE, HIGH, true);
    PASS_UNTIL(show,
               show->app.frames > 3 && show->scene->model.resonance.known && !show->scene->model.working);
    pass(show, 200);
}

/* Places in the window; its own corner is found by its name. */
static void hand(struct show *show, const char *words)
{
    pass(show, 30);
    assert_true(test_display_hands(words));
    pass(show, 30);
}

static void move_to(struct show *show, struct view_point at)
{
    char words[96];
    snprintf(words, sizeof words, "search --onlyvisible --name Arclight mousemove --window %%1 %d %d",
             (int)at.x, (int)at.y);
    hand(show, words);
    PASS_UNTIL(show, fabsf(show->app.pointer.x - at.x) < 2 && fabsf(show->app.pointer.y - at.y) < 2);
}

static struct view_point middle_of(struct view_rect rect)
{
    return (struct view_point){rect.x + 0.5f * rect.width, rect.y + 0.5f * rect.height};
}

static void hands_reach_it(void **state)
{
    (void)state;
    struct show show;
    open_window(&show);
    struct live_app *app = &show.app;
    hand(&show, "key --clearmodifiers t");
    PASS_UNTIL(&show, app->layout.light);
    hand(&show, "key --clearmodifiers question");
    PASS_UNTIL(&show, app->help);
    hand(&show, "key --clearmodifiers Escape");
    PASS_UNTIL(&show, !app->help);
    double epsilon = show.scene->model.resonance.epsilon;
    hand(&show, "key --clearmodifiers E");
    PASS_UNTIL(&show, fabs(show.scene->model.resonance.epsilon - epsilon - 0.01) < 1e-9);
    /* the wheel over a plot zooms it, a double click shows all of it again */
    const struct live_plot *plot = &app->tiles[LIVE_VIEW_MEAN].plot;
    move_to(&show, middle_of(plot->frame.plot));
    hand(&show, "click 4");
    PASS_UNTIL(&show, !live_plot_is_fitted(plot));
    hand(&show, "click --repeat 2 --delay 60 1");
    PASS_UNTIL(&show, live_plot_is_fitted(plot));
    /* a drag moves it */
    hand(&show, "click 4");
    PASS_UNTIL(&show, !live_plot_is_fitted(plot));
    double low = plot->frame.x.low;
    hand(&show, "mousedown 1 mousemove_relative 9 0 mousemove_relative 9 0 mouseup 1");
    PASS_UNTIL(&show, plot->frame.x.low < low);
    /* the tabs choose pages, the slider an epsilon */
    move_to(&show, middle_of(app->tabs.rects[3]));
    hand(&show, "click 1");
    PASS_UNTIL(&show, app->page == 3);
    move_to(&show, middle_of(app->epsilon.track));
    hand(&show, "click 1");
    PASS_UNTIL(&show, fabs(show.scene->model.resonance.epsilon - 0.5) < 0.02);
    hand(&show, "key --clearmodifiers alt+F4");
    PASS_UNTIL(&show, live_app_is_over(app));
    close_show(&show);
}

static void sizes_and_states_are_survived(void **state)
{
    (void)state;
    struct show show;
    open_window(&show);
    struct live_app *app = &show.app;
    for (int i = 0; i < 20; i++) {
        char words[96];
        snprintf(words, sizeof words, "search --name Arclight windowsize %d %d", 200 + 41 * (i % 11),
                 160 + 53 * (i % 7));
        assert_true(test_display_hands(words));
        for (int frame = 0; frame < 3; frame++)
            turn(&show);
    }
    hand(&show, "search --name Arclight windowsize --sync 500 400");
    PASS_UNTIL(&show, app->stage.parameters.width == 500 && app->stage.parameters.height == 400);
    PASS_UNTIL(&show, gpu_image_width(view_canvas_image(app->stage.canvas)) == 500);
    for (int i = 0; i < 2; i++) {
        hand(&show, "search --name Arclight windowminimize");
        PASS_UNTIL(&show, app->stage.hidden);
        const uint64_t before = app->frames, answers = app->stage.answers.n;
        app->dirty = true;
        pass(&show, 150);
        assert_int_equal(app->frames, before); /* nobody sees them */
        assert_int_equal(app->stage.answers.n, answers);
        assert_true(app->stage.hand_ns == 0 && app->stage.answered_ns == 0);
        hand(&show, "search --name Arclight windowmap");
        PASS_UNTIL(&show, !app->stage.hidden && app->frames > before);
    }
    close_show(&show);
}

/* What the display shows is the frame, and the frame is that of a stage without a display. */
static void the_screen_shows_the_frame(void **state)
{
    (void)state;
    struct show seen, unseen;
    static uint8_t frame[4 * SCREEN_WIDE * SCREEN_HIGH], other[sizeof frame];
    open_window(&seen);
    struct live_app *app = &seen.app;
    hand(&seen, "key --clearmodifiers f");
    PASS_UNTIL(&seen,
               app->stage.parameters.width == SCREEN_WIDE && app->stage.parameters.height == SCREEN_HIGH);
    hand(&seen, "mousemove 1 1");
    pass(&seen, 500);
    const struct gpu_traffic before = gpu_traffic(test_gpu());
    app->dirty = true;
    PASS_UNTIL(&seen, !app->dirty && app->fresh == 0 && !app->stage.waiting);
    pass(&seen, 300);
    assert_int_equal(gpu_traffic(test_gpu()).buffer_bytes, before.buffer_bytes);
    assert_int_equal(gpu_traffic(test_gpu()).image_bytes, before.image_bytes);
    assert_ok(gpu_wait(test_gpu()));
    assert_ok(gpu_image_download(test_gpu(), view_canvas_image(app->stage.canvas), frame));
    open_show(&unseen, SCREEN_WIDE, SCREEN_HIGH, false);
    for (int i = 0; i < 6; i++) {
        turn(&unseen);
        assert_ok(gpu_wait(test_gpu()));
    }
    assert_ok(gpu_image_download(test_gpu(), view_canvas_image(unseen.app.stage.canvas), other));
    close_show(&unseen);
    assert_memory_equal(frame, other, sizeof frame);
    int inked = 0;
    for (uint32_t y = 8; y < SCREEN_HIGH; y += 12) /* the pointer is in a corner */
        for (uint32_t x = 24; x < SCREEN_WIDE; x += 12) {
            const uint8_t *pixel = frame + 4 * (y * SCREEN_WIDE + x);
            uint32_t wanted = (uint32_t)pixel[0] << 16 | (uint32_t)pixel[1] << 8 | pixel[2];
            if (test_display_pixel(x, y) != wanted)
                fail_msg("pixel %u, %u of the screen is %06x, and the frame's %06x", x, y,
                         test_display_pixel(x, y), wanted);
            inked += memcmp(pixel, &frame[4 * (SCREEN_WIDE + 1)], 3) != 0;
        }
    assert_true(inked > 300);
    hand(&seen, "key --clearmodifiers f");
    PASS_UNTIL(&seen, app->stage.parameters.width == WIDE);
    close_show(&seen);
}

static void no_plot_is_read_back(void **state)
{
    (void)state;
    struct show show;
    open_window(&show);
    const struct gpu_traffic before = gpu_traffic(test_gpu());
    for (int i = 0; i < 40; i++) {
        pointer(&show, VIEW_EVENT_MOVE, 60 + 14 * i, 90 + 8 * i);
        key(&show, i % 3 == 0 ? "E" : i % 3 == 1 ? "p" : ")");
        pass(&show, 20);
    }
    assert_int_equal(gpu_traffic(test_gpu()).buffer_bytes, before.buffer_bytes);
    assert_int_equal(gpu_traffic(test_gpu()).image_bytes, before.image_bytes);
    assert_true(show.app.most_probe_bytes > 0 && show.app.most_probe_bytes <= 4096);
    close_show(&show);
}

/* What a hand does is in the very next picture, which is begun at once and not at the end of an interval in
 * which nothing is drawn; and the time that it waited before anybody looked is in the figure. */
static void a_hand_is_answered_by_the_next_picture(void **state)
{
    (void)state;
    struct show show;
    open_window(&show);
    struct live_stage *stage = &show.app.stage;
    for (int i = 0; i < 5; i++) {
        PASS_UNTIL(&show, show.app.fresh == 0 && !show.app.dirty && !stage->waiting);
        const uint64_t frames = show.app.frames, answers = stage->answers.n;
        const struct view_rect plot = show.app.tiles[LIVE_VIEW_MEAN].plot.frame.plot;
        const int x = (int)plot.x + 10 + 8 * i, y = (int)middle_of(plot).y; /* where a cross-hair follows */
        char words[96];
        snprintf(words, sizeof words, "search --onlyvisible --name Arclight mousemove --window %%1 %d %d", x,
                 y);
        assert_true(test_display_hands(words));
        const uint64_t sent = base_clock_ns(), looked = stage->looked_ns;
        while (base_clock_ns() < sent + 200000000)
            ;
        stage->next_ns = sent + UINT64_C(600000000000); /* of pictures that nobody has asked for */
        while (show.app.frames == frames) {
            turn(&show);
            assert_true(base_clock_ns() < sent + UINT64_C(60000000000));
        }
        assert_true(show.app.pointer.x == (float)x);
        assert_true(stage->answered_ns == looked);
        stage->next_ns = 0;
        PASS_UNTIL(&show, stage->answers.n > answers);
        assert_true(stage->answers.longest_ns >= 200000000);
        assert_true(stage->answers.ns >= stage->answers.begun_ns + stage->answers.drawn_ns);
    }
    close_show(&show);
}

/* ---- the program itself ---- */

#define BEGIN "export XDG_CONFIG_HOME=$PWD/settings; rm -f said; { " VIEW_PROGRAM
/* Waits for the window, or for the program's end. */
#define THEN                                                                                                 \
    " --size 480x320; } >said 2>&1 & p=$!; "                                                                 \
    "until xdotool search --onlyvisible --name Arclight >window 2>/dev/null || ! kill -0 $p 2>/dev/null; "   \
    "do sleep 0.05; done; "
#define UNTIL(condition) "until " condition " || ! kill -0 $p 2>/dev/null; do sleep 0.05; done; "
#define END "wait $p; echo code $?; cat said"

static void a_training_is_closed_and_gone_on_with(void **state)
{
    (void)state;
    struct run run =
        in_folder(0, BEGIN VIEW_TRAIN "a.npy --arch topk --k 4 --total-rows 64000 --out closed" THEN UNTIL(
                         "[ $(cat closed/metrics.jsonl 2>/dev/null | wc -l) -ge 8 ]") "sleep 0.3; xdotool "
                                                                                      "key alt+F4; " END);
    assert_contains(run, "code 0");
    assert_contains(run, "train --resume closed");
    run = in_folder(0, "ls closed");
    assert_contains(run, "checkpoint-");
    assert_lacks(run, "sae_weights");
    run = in_folder(0, "$A train --resume closed -q && grep -c '\"step\": 1999' closed/metrics.jsonl");
    assert_contains(run, "1\n");
}

static void weights_are_those_without_a_window(void **state)
{
    (void)state;
    struct run run =
        in_folder(0, BEGIN VIEW_TRAIN "a.npy --arch topk --k 4 --total-rows 3200 --out shown" THEN UNTIL(
                         "[ -e shown/sae_weights.safetensors ]") "sleep 0.3; xdotool key q; " END);
    assert_contains(run, "code 0");
    in_folder(0, "$A train a.npy --arch topk --k 4 --total-rows 3200 --d-sae 24 --batch 32 --holdout 100 "
                 "--log-every 5 -q --out unshown");
    assert_same_runs("shown", "unshown");
}

/* Texts of a training that makes no step, and of one that is stopped by hand, which saves no weights. */
static void texts_live_through_every_end(void **state)
{
    (void)state;
    static const int32_t tokens[TRAIN_ROWS];
    test_npy("tokens.npy", "<i4", 0, "(600,)", tokens, sizeof tokens);
    test_file("vocab.json", "[\"a\"]", 5);
    in_folder(0, "$A train a.npy --arch topk --k 4 --total-rows 640 --d-sae 24 --batch 32 -q --out whole");
    struct run run =
        in_folder(0, BEGIN "--train --resume whole --page latents --tokens tokens.npy --vocab "
                           "vocab.json" THEN "sleep 1.5; xdotool key n; sleep 0.5; xdotool key q; " END);
    assert_contains(run, "code 0");
    run = in_folder(
        0, BEGIN VIEW_TRAIN
        "a.npy --arch topk --k 4 --total-rows 640000 --page latents --tokens "
        "tokens.npy --vocab vocab.json --out halted" THEN UNTIL(
            "[ $(cat halted/metrics.jsonl 2>/dev/null | wc -l) -ge 8 ]") "sleep 1.5; xdotool key ctrl+x; "
                                                                         "sleep 1.5; xdotool key n; sleep "
                                                                         "0.5; "
                                                                         "xdotool key c; sleep 0.5; xdotool "
                                                                         "key q; " END);
    assert_contains(run, "code 0");
    assert_lacks(run, "no contexts in the window");
    in_folder(0, "test ! -e halted/sae_weights.safetensors");
}

static void settings_are_kept_and_mistakes_in_them_named(void **state)
{
    (void)state;
    struct run run =
        in_folder(0, BEGIN "flat.npy" THEN "sleep 0.3; xdotool key t; sleep 0.3; xdotool key q; " END);
    assert_contains(run, "code 0");
    run = in_folder(0, "cat settings/arclight/layout.json");
    assert_contains(run, "\"light\": true");
    in_folder(0, "printf '{\"light\": tru' >settings/arclight/layout.json");
    run = in_folder(0, BEGIN "flat.npy" THEN "sleep 0.3; xdotool key q; " END);
    assert_contains(run, "code 0");
    assert_contains(run, "layout.json");
    assert_contains(run, "the window starts as at first");
    in_folder(0, "printf 'quti = y\\nquit = x\\n' >settings/arclight/keys.conf");
    run = in_folder(0, BEGIN "flat.npy" THEN "sleep 0.3; xdotool key x; " END);
    assert_contains(run, "code 0");
    assert_contains(run, "keys.conf, line 1");
    assert_contains(run, "all other lines hold");
    in_folder(0, "printf 'quit = x\\n' >settings/arclight/keys.conf");
    run = in_folder(0, BEGIN "flat.npy" THEN "sleep 0.3; xdotool key x; " END);
    assert_contains(run, "code 0");
    in_folder(0, "rm -r settings");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_reach_it),
        cmocka_unit_test(a_hand_is_answered_by_the_next_picture),
        cmocka_unit_test(sizes_and_states_are_survived),
        cmocka_unit_test(the_screen_shows_the_frame),
        cmocka_unit_test(no_plot_is_read_back),
        cmocka_unit_test(a_training_is_closed_and_gone_on_with),
        cmocka_unit_test(weights_are_those_without_a_window),
        cmocka_unit_test(texts_live_through_every_end),
        cmocka_unit_test(settings_are_kept_and_mistakes_in_them_named),
    };
    if (!test_gpu_exists() || !test_display_open(SCREEN_WIDE, SCREEN_HIGH) || !test_display_manage())
        return 77;
    view_inputs();
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
