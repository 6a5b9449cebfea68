/* A training's scene at its end: before its first step, as by a stop at once or with a finished run, there
 * are no latents that rows could be read for, and so it stands still; later it shows the last step whole. */
#include "live/training_scene.h"

#include "base/platform.h"
#include "sae/run.h"
#include "sae/start.h"
#include "support/autoencoder.h"
#include "support/device.h"
#include "support/files.h"
#include "support/test.h"

#include <stdlib.h>

static void an_end_before_the_first_step(void **state)
{
    (void)state;
    enum { ROWS = 20, WIDTH = 3 };
    static const char vocabulary[] = "[\"a\", \"b\"]";
    static float rows[ROWS * WIDTH];
    static int32_t tokens[ROWS];
    static struct live_app app;
    const char *path = test_npy("rows.npy", "<f4", 0, "(20, 3)", rows, sizeof rows);
    const struct live_contexts_parameters contexts = {
        .activations = &path,
        .n_activations = 1,
        .step = UINT64_MAX,
        .tokens = test_npy("tokens.npy", "<i4", 0, "(20,)", tokens, sizeof tokens),
        .vocabulary = test_file("vocabulary.json", vocabulary, sizeof vocabulary - 1)};
    for (int texts = 0; texts < 2; texts++) {
        struct live_scene *scene;
        assert_ok(live_training_scene_create(
            &(struct live_training_scene_parameters){
                .gpu = test_gpu(), .app = &app, .title = "rows", .contexts = texts ? &contexts : NULL},
            &scene));
        assert_ok(live_training_scene_end(scene, test_path("none"), "ended"));
        for (int frame = 0; frame < 3; frame++)
            assert_ok(scene->kind->advance(scene, 0.1 * frame));
        assert_false(scene->model.working);
        assert_null(scene->model.run->contexts);
        assert_int_equal(scene->model.run->contexts_fault[0] != 0, texts); /* the panel says why, if asked */
        live_scene_destroy(&scene);
        assert_null(scene);
    }
}

/* ---- the last step ---- */

enum { D_IN = 11, BATCH = 100, STEPS = 3, A_STEP = 64 /* rows that a scripted window counts of one */ };

struct stopped {
    struct sae_hands hands; /* of the scene */
    struct live_scene *scene;
    uint64_t stop;
};

static enum base_status before(void *context, uint32_t number, uint64_t step, struct sae_orders *orders)
{
    struct stopped *stopped = context;
    if (step == stopped->stop)
        assert_true(stopped->scene->kind->act(stopped->scene, LIVE_ACTION_STOP));
    return stopped->hands.before(stopped->hands.context, number, step, orders);
}

static enum base_status after(void *context, uint32_t number, const struct sae_glimpse *glimpse)
{
    struct stopped *stopped = context;
    return stopped->hands.after(stopped->hands.context, number, glimpse);
}

static enum base_status train(const struct sae_hands *hands, const char *folder)
{
    float *rows = test_rows(4 * BATCH, D_IN, 5);
    const char *path =
        test_npy("train.npy", "<f4", 0, "(400, 11)", rows, (size_t)4 * BATCH * D_IN * sizeof *rows);
    struct sae_run_part part = {.folder = test_path(folder), .head = "{}"};
    struct sae_run_figures figures;
    struct data_activations *set;
    part.config = (struct sae_config){
        .kind = sae_kind_find("topk"), .total_rows = (uint64_t)STEPS * BATCH, .batch = BATCH};
    part.config.architecture =
        (struct sae_architecture){.d_in = D_IN, .d_out = D_IN, .d_sae = 37, .n_inputs = 1, .k = 6};
    sae_config_defaults(&part.config);
    assert_ok(base_folder_make(part.folder));
    assert_ok(sae_start_model(&part.config, NULL, 0, 0, &part.start));
    assert_ok(data_open(
        &(struct data_open_parameters){.arguments = &path, .n_arguments = 1, .step = UINT64_MAX}, &set));
    enum base_status status = sae_run(&(struct sae_run_parameters){.gpu = test_gpu(),
                                                                   .name = "scene",
                                                                   .data = {.sets = &set,
                                                                            .n_sets = 1,
                                                                            .seed = 3,
                                                                            .buffer_bytes = 1 << 20,
                                                                            .batch = BATCH,
                                                                            .norm_bound = INFINITY},
                                                                   .scale_in = 1,
                                                                   .scale_out = 1,
                                                                   .log_every = 1,
                                                                   .eval_every = 10,
                                                                   .keep_last = 1,
                                                                   .hands = hands},
                                      &part, 1, &figures);
    sae_model_free(&part.start);
    data_close(&set);
    free(rows);
    return status;
}

/* Steps before the last one are counted in part; of the last one all rows are, and counting is at its end. */
static void ends_after(uint64_t steps, const char *folder)
{
    static struct live_app app;
    struct stopped stopped = {.stop = steps < STEPS ? steps : UINT64_MAX};
    const struct live_app_parameters parameters = {
        .gpu = test_gpu(),
        .stage = {.headless = true, .width = 200, .height = 160, .scale = 1},
        .theme = "dark",
        .forgetful = true};
    assert_ok(live_app_open(&app, &parameters));
    assert_ok(live_training_scene_create(
        &(struct live_training_scene_parameters){
            .gpu = test_gpu(), .app = &app, .title = "rows", .resonance = {.epsilon = 0.5}},
        &stopped.scene));
    live_app_show(&app, stopped.scene);
    stopped.hands = live_training_scene_hands(stopped.scene);
    assert_int_equal(
        train(&(struct sae_hands){.context = &stopped, .before = before, .after = after}, folder),
        steps < STEPS ? BASE_INTERRUPTED : BASE_OK);
    assert_ok(live_training_scene_end(stopped.scene, NULL, "ended"));
    const struct live_resonance *resonance = &stopped.scene->model.resonance;
    assert_non_null(resonance->counts);
    assert_int_equal(srm_live_rows(resonance->counts), A_STEP * (steps - 1) + BATCH);
    assert_int_equal(resonance->total_rows, srm_live_rows(resonance->counts));
    live_app_show(&app, NULL);
    live_scene_destroy(&stopped.scene);
    live_app_close(&app);
}

static void the_last_step_is_shown_whole(void **state)
{
    (void)state;
    ends_after(STEPS, "whole");
    ends_after(2, "stopped");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_end_before_the_first_step),
                                       cmocka_unit_test(the_last_step_is_shown_whole)};
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
