/* A film's scene: the name and number of a step come with its picture, and each picture stays a while. */
#include "live/film_scene.h"

#include "support/device.h"
#include "support/files.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS = 3, ROWS = 3000, WIDTH = 4 };

static struct live_scene *open_film(void)
{
    static const char *path; /* borrowed by the film */
    struct live_film *film;
    struct live_scene *scene;
    float *rows = malloc(sizeof *rows * STEPS * ROWS * WIDTH);
    assert_non_null(rows);
    for (int i = 0; i < STEPS * ROWS * WIDTH; i++)
        rows[i] = (float)((i * 37 + i / 7) % 101) / 50 - 1;
    path = test_npy("film.npy", "<f4", 0, "(3, 3000, 4)", rows, sizeof *rows * STEPS * ROWS * WIDTH);
    free(rows);
    assert_ok(live_film_open(
        &(struct live_film_parameters){
            .arguments = &path, .n_arguments = 1, .step = UINT64_MAX, .most_rows = 100000},
        &film));
    assert_ok(live_film_scene_create(
        &(struct live_film_scene_parameters){.gpu = test_gpu(),
                                             .title = "film",
                                             .film = film,
                                             .scripted = true,
                                             .playing = true,
                                             .speed = 10,
                                             .resonance = {.vectors = WIDTH,
                                                           .orthonormal = true,
                                                           .basis_name = "standard basis",
                                                           .subject = "activations",
                                                           .epsilon = 0.5}},
        &scene));
    return scene;
}

/* A scripted film counts 1,024 rows a turn. The clock goes so fast that a step's time is over before it is
 * counted. */
static void a_step_is_named_when_it_is_shown(void **state)
{
    (void)state;
    struct live_scene *scene = open_film();
    const struct live_timeline *timeline = &scene->model.timeline;
    uint64_t shown = 0, whole = 0, seen = 0;
    double seconds = 0;
    char name[LIVE_STEP_BYTES] = "";
    for (int turn = 0; turn < 60; turn++, seconds += 0.04) {
        assert_ok(scene->kind->advance(scene, seconds));
        const bool counted = srm_live_rows(scene->model.resonance.counts) == ROWS;
        assert_int_equal(timeline->step != shown, name[0] && strcmp(name, timeline->name) != 0);
        memcpy(name, timeline->name, sizeof name);
        if (timeline->step != shown) { /* it goes on only with the next one's picture */
            assert_int_equal(timeline->step, (shown + 1) % STEPS);
            assert_true(counted && !scene->model.busy);
            assert_true(whole >= 2); /* turns that the one before was seen whole */
            shown = timeline->step;
            seen |= UINT64_C(1) << shown;
            whole = 0;
        }
        whole += counted && !scene->model.busy;
    }
    assert_int_equal(seen, 7);
    live_scene_destroy(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_step_is_named_when_it_is_shown)};
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
