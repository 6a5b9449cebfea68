/* A training's scene that ends before its first step, as by a stop at once or with a finished run: there are
 * no latents that rows could be read for, and so it stands still. */
#include "live/training_scene.h"

#include "support/device.h"
#include "support/files.h"
#include "support/test.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_end_before_the_first_step)};
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
