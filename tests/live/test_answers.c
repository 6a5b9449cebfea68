/* How hands are answered: what only follows the data gives way half drawn, answers do not and come one after
 * the other, and a hand's picture is made of what it touches. All by events at given looks, no clocks. */
#include "support/device.h"
#include "support/test.h"

#include "base/memory.h"
#include "gpu/internal.h"
#include "live/app.h"
#include "live/resonance.h"
#include "live/run.h"

#include <stdio.h>

enum { WIDTH = 6, ROWS = 500, ACROSS = 1280, DOWN = 720 };

/* ---- a scene that stands still ---- */

static enum base_status advance(struct live_scene *scene, double seconds)
{
    (void)scene;
    (void)seconds;
    return BASE_OK;
}

static enum base_status prepare(struct live_scene *scene)
{
    return live_resonance_prepare(&scene->model.resonance);
}

static void destroy(struct live_scene *scene)
{
    live_resonance_release(&scene->model.resonance);
}

static const struct live_scene_kind kind = {advance, prepare, NULL, destroy};

/* ---- hands ---- */

/* Looks are counted; an event comes at those from `first` on, `every` so many. */
struct hands {
    uint64_t looks, first, every, given;
    bool fresh;      /* this look has given its event */
    uint64_t losing; /* the event with this number loses the device; 0: none */
    float x, y;
};

static bool give(void *context, struct view_event *event)
{
    struct hands *hands = context;
    if (hands->fresh) {
        hands->fresh = false;
        return false;
    }
    const uint64_t look = hands->looks++;
    if (hands->every == 0 || look < hands->first || (look - hands->first) % hands->every != 0)
        return false;
    hands->x += 1;
    hands->given++;
    if (hands->given == hands->losing)
        gpu_break(test_gpu(), BASE_ERROR_DEVICE_LOST);
    hands->fresh = true;
    *event = (struct view_event){.kind = VIEW_EVENT_MOVE, .x = hands->x, .y = hands->y};
    return true;
}

struct fixture {
    struct live_scene scene;
    struct live_app app;
    struct hands hands;
    struct live_stage_hands source;
};

static void turn(struct fixture *f)
{
    assert_ok(live_app_pump(&f->app));
    assert_ok(gpu_wait(test_gpu()));
}

static void open_fixture(struct fixture *f)
{
    static float rows[ROWS * WIDTH];
    const struct live_resonance_parameters resonance = {.width = WIDTH,
                                                        .vectors = WIDTH,
                                                        .orthonormal = true,
                                                        .basis_name = "standard basis",
                                                        .subject = "activations",
                                                        .rows = ROWS,
                                                        .epsilon = 0.5};
    *f = (struct fixture){.hands = {.x = 120, .y = 200}};
    f->source = (struct live_stage_hands){give, &f->hands};
    const struct live_app_parameters parameters = {
        .gpu = test_gpu(),
        .stage = {.headless = true, .width = ACROSS, .height = DOWN, .scale = 1, .hands = &f->source},
        .theme = "dark",
        .page = "resonance",
        .forgetful = true};
    f->scene = (struct live_scene){.kind = &kind};
    f->scene.model.gpu = test_gpu();
    for (int i = 0; i < ROWS * WIDTH; i++)
        rows[i] = (float)((i * 37 + i / 7) % 101) / 50 - 1;
    assert_ok(live_app_open(&f->app, &parameters));
    assert_ok(live_resonance_create(test_gpu(), &resonance, &f->scene.model.resonance));
    f->scene.model.resonance.total_rows = ROWS;
    assert_ok(srm_live_push(f->scene.model.resonance.counts, rows, ROWS));
    live_app_show(&f->app, &f->scene);
    gpu_set_submission_limit(test_gpu(), 1); /* each area is a piece */
    for (int i = 0; i < 12; i++)
        turn(f);
}

static void close_fixture(struct fixture *f)
{
    gpu_set_submission_limit(test_gpu(), 6000000);
    live_app_show(&f->app, NULL);
    destroy(&f->scene);
    live_app_close(&f->app);
}

static uint8_t *pixels_of(struct fixture *f)
{
    uint8_t *pixels;
    assert_ok(base_allocate(&pixels, ACROSS * DOWN, 4, "pixels"));
    assert_ok(gpu_image_download(test_gpu(), view_canvas_image(f->app.stage.canvas), pixels));
    return pixels;
}

/* The picture stands as it would when it was drawn at once: on a canvas that was of another size. */
static void assert_whole(struct fixture *f)
{
    f->hands.every = 0;
    for (int i = 0; i < 8; i++)
        turn(f);
    uint8_t *kept = pixels_of(f);
    f->app.stage.parameters.width -= 8;
    f->app.dirty = true;
    turn(f);
    f->app.stage.parameters.width += 8;
    f->app.dirty = true;
    for (int i = 0; i < 8; i++)
        turn(f);
    uint8_t *anew = pixels_of(f);
    assert_memory_equal(kept, anew, (size_t)ACROSS * DOWN * 4);
    base_free(kept);
    base_free(anew);
}

static void change_the_data(struct fixture *f)
{
    const double epsilon = f->scene.model.resonance.epsilon;
    f->scene.model.resonance.epsilon = epsilon > 0.6 ? 0.4 : epsilon + 0.05;
    f->app.epsilon.value = f->scene.model.resonance.epsilon;
    f->scene.changed = true;
}

/* ---- the tests ---- */

static void a_picture_of_data_gives_way(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    for (uint64_t after = 1; after <= 3; after++) {
        const uint64_t frames = f.app.frames, dropped = f.app.dropped, given = f.hands.given;
        change_the_data(&f);
        /* Not at the look before the picture, but when so many of its areas have been handed over. */
        f.hands.first = f.hands.looks + after;
        f.hands.every = UINT64_MAX; /* once */
        turn(&f);
        assert_int_equal(f.hands.given, given + 1);
        assert_int_equal(f.app.dropped, dropped + 1);
        assert_int_equal(f.app.frames, frames + 1); /* the answer, in the same turn */
        assert_false(f.app.stage.unfinished);
        assert_float_equal(f.app.pointer.x, f.hands.x, 0);
        assert_whole(&f);
    }
    close_fixture(&f);
}

/* A hand that never rests sees every answer finished, and the data with it. */
static void answers_are_finished(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    const uint64_t dropped = f.app.dropped;
    f.hands.first = f.hands.looks;
    f.hands.every = 1;
    for (int i = 0; i < 10; i++) {
        const uint64_t frames = f.app.frames;
        change_the_data(&f);
        turn(&f);
        assert_int_equal(f.app.frames, frames + 1);
    }
    assert_int_equal(f.app.dropped, dropped);
    assert_true(f.hands.given > 20); /* many came while an answer was drawn */
    assert_whole(&f);
    close_fixture(&f);
}

static void a_hand_draws_what_it_touches(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    const uint64_t before = test_gpu()->n_passes;
    change_the_data(&f);
    turn(&f);
    const uint64_t all = test_gpu()->n_passes - before;
    assert_true(all >= 6); /* the panels of the page */
    for (int i = 0; i < 8; i++)
        turn(&f);
    for (int i = 0; i < 5; i++) {
        const uint64_t start = test_gpu()->n_passes, given = f.hands.given;
        f.hands.first = f.hands.looks;
        f.hands.every = UINT64_MAX; /* once */
        turn(&f);
        assert_int_equal(f.hands.given, given + 1);
        assert_true(test_gpu()->n_passes > start);
        assert_true(test_gpu()->n_passes <= start + 3); /* its panel, a tip that comes or goes */
    }
    /* Nothing that moved: nothing is drawn. */
    f.hands.every = 0;
    for (int i = 0; i < 8; i++)
        turn(&f);
    const uint64_t start = test_gpu()->n_passes;
    f.scene.changed = true;
    turn(&f);
    assert_int_equal(test_gpu()->n_passes, start);
    close_fixture(&f);
}

/* Lost amid a picture that answers a hand, which is finished come what may: the turn ends, and says so. */
static void a_lost_device_ends_the_picture(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    change_the_data(&f);
    f.hands.first = f.hands.looks;
    f.hands.every = 2; /* before the picture, and when two of its areas have been handed over */
    f.hands.losing = f.hands.given + 2;
    assert_int_equal(live_app_pump(&f.app), BASE_ERROR_DEVICE_LOST);
    assert_int_equal(f.hands.given, f.hands.losing);
    assert_true(f.app.stage.unfinished);
    test_gpu()->broken = BASE_OK; /* it was not really */
    base_free(test_gpu()->broken_message);
    test_gpu()->broken_message = NULL;
    f.hands.losing = 0;
    live_stage_drop_frame(&f.app.stage);
    assert_whole(&f);
    close_fixture(&f);
}

static void answers_are_counted_in_bins(void **state)
{
    (void)state;
    struct live_answers answers = {0};
    assert_int_equal(live_answers_within_ns(&answers, 0.95), 0);
    for (int i = 0; i < 100; i++) {
        answers.n++;
        answers.bins[i < 95 ? i / 10 : LIVE_ANSWER_BINS - 1]++;
    }
    assert_int_equal(live_answers_within_ns(&answers, 0.5), 5 * LIVE_ANSWER_BIN_NS);
    assert_int_equal(live_answers_within_ns(&answers, 0.95), 10 * LIVE_ANSWER_BIN_NS);
    assert_int_equal(live_answers_within_ns(&answers, 1), LIVE_ANSWER_BINS * (uint64_t)LIVE_ANSWER_BIN_NS);
}

static bool take_any(struct live_scene *scene, enum live_action action)
{
    (void)scene;
    (void)action;
    return true;
}

/* A checkpoint of a training without --out goes with it, and a stop keeps nothing: that is what is said. */
static void a_stop_says_what_stays(void **state)
{
    (void)state;
    static const struct live_scene_kind training = {advance, prepare, take_any, destroy};
    struct live_run run = {.here = true};
    struct fixture f;
    open_fixture(&f);
    f.scene.kind = &training;
    f.scene.model.run = &run;
    live_app_act(&f.app, LIVE_ACTION_STOP);
    assert_string_equal(f.app.toast.text, "the training stops after a checkpoint");
    run.unkept = true;
    live_app_act(&f.app, LIVE_ACTION_STOP);
    assert_non_null(strstr(f.app.toast.text, "nothing of it is kept"));
    live_app_act(&f.app, LIVE_ACTION_CHECKPOINT);
    assert_non_null(strstr(f.app.toast.text, "goes with this training"));
    f.scene.model.run = NULL;
    f.scene.kind = &kind;
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_of_data_gives_way),  cmocka_unit_test(answers_are_finished),
        cmocka_unit_test(a_hand_draws_what_it_touches), cmocka_unit_test(a_lost_device_ends_the_picture),
        cmocka_unit_test(answers_are_counted_in_bins),  cmocka_unit_test(a_stop_says_what_stays),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
