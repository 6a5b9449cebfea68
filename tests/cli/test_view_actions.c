/* Every action of the binding table by its key, on a film, a training and a run's folder: nothing fails, what
 * is to be seen is seen, and files that are asked for are there. */
#define _GNU_SOURCE
#include "support/device.h"
#include "support/test.h"

#define STB_IMAGE_IMPLEMENTATION
#include "cli/view.h"

#include "live/bindings.h"

#include <glob.h>

enum { WIDE = 560, HIGH = 360, SETTLING = 3, AFTER = 3 };

enum effect {
    CHANGES, /* the picture within its middle, where panels are */
    SAYS,    /* somewhere: a mark, a slider, words */
    NOTHING, /* not a pixel */
    ANY
};

struct row {
    enum live_action action;
    const char *before; /* keys that are pressed first */
    enum effect effect;
    const char *file; /* pattern of a file that there is then; NULL: none */
};

#define DO(action, before, effect)                                                                           \
    {                                                                                                        \
        LIVE_ACTION_##action, before, effect, NULL                                                           \
    }
#define LEAVES(action, before, file)                                                                         \
    {                                                                                                        \
        LIVE_ACTION_##action, before, SAYS, file                                                             \
    }

static const struct row film_rows[] = {
    DO(PAUSE, "", SAYS), /* plays */
    DO(SLOWER, "", SAYS),
    DO(FASTER, "", SAYS),
    DO(STEP_FORWARD, "space ctrl+home", CHANGES),
    DO(STEP_BACK, "", CHANGES),
    DO(LAST, "", CHANGES),
    DO(FIRST, "", CHANGES),
    DO(NEXT_VIEW, "", SAYS),
    DO(PREVIOUS_VIEW, "", SAYS),
    DO(FULL_TILE, "", CHANGES),
    DO(LEAVE, "", CHANGES),
    DO(VIEW_2, "", CHANGES),
    DO(VIEW_3, "", CHANGES),
    DO(VIEW_4, "", CHANGES),
    DO(VIEW_5, "", CHANGES),
    DO(VIEW_6, "", CHANGES),
    DO(VIEW_7, "", CHANGES),
    DO(VIEW_9, "", NOTHING), /* there are eight */
    DO(VIEW_8, "", CHANGES),
    DO(VIEW_1, "", CHANGES),
    DO(ZOOM_IN, "2", CHANGES),
    DO(FIT, "", CHANGES),
    DO(ZOOM_OUT, "", CHANGES),
    DO(PAN_LEFT, "", CHANGES),
    DO(PAN_RIGHT, "", CHANGES),
    DO(PAN_UP, "", CHANGES),
    DO(PAN_DOWN, "", CHANGES),
    DO(FIT_ONCE, "z z", CHANGES),
    DO(HOLD, "0", ANY),
    DO(BOX, "0", CHANGES),
    DO(LOCK, "escape", SAYS),
    DO(LOG, "x x", CHANGES),
    DO(PIN, "l", CHANGES),
    DO(LEGEND_NEXT, "v", SAYS),
    DO(LEGEND_HIDE, "", CHANGES),
    DO(MAP, "H 5", CHANGES),
    DO(RANGE_FIT, "", ANY),
    DO(RANGE_ONCE, "", ANY),
    DO(PERCENTILES, "", CHANGES),
    DO(SMOOTHER, "1", SAYS),
    DO(ROUGHER, "", SAYS),
    DO(EPSILON_UP, "", CHANGES),
    DO(EPSILON_DOWN, "", CHANGES),
    DO(NEXT_PLANE, "", CHANGES),
    DO(PREVIOUS_PLANE, "", CHANGES),
    DO(TURN_LEFT, "", CHANGES),
    DO(TURN_RIGHT, "", CHANGES),
    DO(BRIGHTEST, "p", CHANGES),
    DO(THEME, "", CHANGES),
    DO(LARGER, "", CHANGES),
    DO(SMALLER, "", CHANGES),
    DO(HELP, "", CHANGES),
    DO(STATISTICS, "escape", CHANGES),
    DO(FULL_SCREEN, "i", ANY), /* there is no screen */
    LEAVES(SAVE_PLOT, "2", "film/arclight-mean-step-000001.png"),
    LEAVES(SAVE_WINDOW, "", "film/arclight-window-step-000001.png"),
    LEAVES(EXPORT, "", "film/arclight-mean-step-000001.csv"),
    LEAVES(RECORD, "", "film/arclight-recording/frame-00000*.png"),
    DO(RECORD, "", SAYS),
};

static const struct row training_rows[] = {
    DO(PAUSE, "", SAYS),
    DO(TRAIN_STEP, "", SAYS),
    DO(STEP_FORWARD, "", SAYS),
    DO(RATE_DOWN, "", SAYS),
    DO(RATE_UP, "", SAYS),
    DO(SPARSER, "", SAYS),
    DO(DENSER, "", SAYS),
    {LIVE_ACTION_CHECKPOINT, "", ANY, "acted/checkpoint-0000000*.arclight"},
    DO(SMOOTHER, "", SAYS), /* so few steps are shown as they are */
    DO(ROUGHER, "", SAYS),
    DO(ZOOM_IN, "", CHANGES),
    DO(PAN_RIGHT, "", CHANGES),
    DO(FIT, "", CHANGES),
    DO(PIN, "", CHANGES),
    DO(FULL_TILE, "v", CHANGES),
    DO(LOG, "", CHANGES),
    LEAVES(SAVE_PLOT, "l", "acted/frames/arclight-loss-step-*.png"),
    LEAVES(EXPORT, "", "acted/frames/arclight-loss-step-*.csv"),
    DO(NEXT_LATENT, "2", CHANGES),
    DO(PREVIOUS_LATENT, "", CHANGES),
    LEAVES(SAVE_PLOT, "", "acted/frames/arclight-latents-step-*.png"),
    LEAVES(EXPORT, "", "acted/frames/arclight-latents-step-*.csv"),
    DO(EPSILON_UP, "3", CHANGES),
    DO(NEXT_PLANE, "", CHANGES),
    DO(VIEW_4, "", CHANGES),
    DO(THEME, "1", CHANGES),
    DO(HELP, "", CHANGES),
    DO(STATISTICS, "escape", CHANGES),
};

static const struct row records_rows[] = {
    DO(SMOOTHER, "", CHANGES),
    DO(ROUGHER, "", CHANGES),
    DO(ZOOM_IN, "", CHANGES),
    DO(FIT, "", CHANGES),
    DO(VIEW_2, "", CHANGES),
    DO(PIN, "", CHANGES),
    LEAVES(SAVE_PLOT, "v", "run/arclight-loss.png"),
    LEAVES(EXPORT, "", "run/arclight-loss.csv"),
    DO(VIEW_6, "", CHANGES),
    LEAVES(EXPORT, "", "run/arclight-firing.csv"),
    DO(PERCENTILES, "", CHANGES),
    LEAVES(EXPORT, "", "run/arclight-firing-2.csv"),
    DO(VIEW_7, "", CHANGES),
    DO(VIEW_8, "", CHANGES),
    DO(VIEW_1, "", CHANGES),
    DO(CHECKPOINT, "", SAYS), /* that the training is of another process */
    DO(RATE_UP, "", ANY),     /* the same words again */
    DO(THEME, "", CHANGES),
    DO(HELP, "", CHANGES),
    DO(STATISTICS, "escape", CHANGES),
};

enum { MOST_ROWS = 64 };

/* ---- scripts ---- */

/* The first of the keys that are built in. */
static const char *key_of(enum live_action action)
{
    static char key[32];
    snprintf(key, sizeof key, "%.*s", (int)strcspn(live_action_keys(action), " "), live_action_keys(action));
    return key;
}

/* Presses all keys of the rows; at[r]: the first frame that has seen row r's. */
static void press_rows(struct view_keys *keys, const struct row *rows, size_t n_rows, int *at)
{
    for (size_t r = 0; r < n_rows; r++) {
        char words[64], *word;
        snprintf(words, sizeof words, "%s", rows[r].before);
        for (word = strtok(words, " "); word; word = strtok(NULL, " "))
            press(keys, word, 0);
        keys->frame += *rows[r].before ? SETTLING : 0;
        at[r] = keys->frame;
        press(keys, key_of(rows[r].action), AFTER);
    }
}

/* Every action once more, wherever that leads; but for those that end the program. */
static void press_everything(struct view_keys *keys)
{
    for (int action = 1; action < LIVE_ACTIONS; action++)
        if (action != LIVE_ACTION_QUIT && action != LIVE_ACTION_STOP)
            press(keys, key_of((enum live_action)action), 1);
    press(keys, "escape", 1);
    press(keys, "escape", 1);
}

/* ---- what came of it ---- */

static int difference(const char *folder, int first, int second, bool all)
{
    struct frame a = frame_of(folder, first), b = frame_of(folder, second);
    int count = 0;
    for (int y = all ? 0 : HIGH / 5; y < (all ? HIGH : HIGH * 4 / 5); y++)
        for (int x = 0; x < WIDE; x++)
            count += memcmp(a.rgb + 3 * (y * WIDE + x), b.rgb + 3 * (y * WIDE + x), 3) != 0;
    stbi_image_free(a.rgb);
    stbi_image_free(b.rgb);
    return count;
}

static bool file_exists(const char *pattern)
{
    glob_t found;
    bool there = glob(test_path(pattern), 0, NULL, &found) == 0;
    globfree(&found);
    return there;
}

static int check_rows(const char *folder, const struct row *rows, size_t n_rows, const int *at)
{
    int wrong = 0;
    for (size_t r = 0; r < n_rows; r++) {
        int count = difference(folder, at[r] - 1, at[r] + AFTER - 1, rows[r].effect != CHANGES);
        bool good = rows[r].effect == ANY || (rows[r].effect == NOTHING) == (count == 0);
        if (!good)
            print_message("%s: %s at frame %d changes %d pixels\n", folder, live_action_name(rows[r].action),
                          at[r], count);
        if (rows[r].file && !file_exists(rows[r].file))
            print_message("%s: %s leaves no %s\n", folder, live_action_name(rows[r].action), rows[r].file);
        wrong += !good || (rows[r].file && !file_exists(rows[r].file));
    }
    return wrong;
}

#define ROWS(rows) rows, sizeof(rows) / sizeof *(rows)

/* ---- the three kinds ---- */

static void on_a_film(void **state)
{
    (void)state;
    int at[MOST_ROWS];
    struct view_keys keys = {.frame = 4};
    press_rows(&keys, ROWS(film_rows), at);
    press_everything(&keys);
    press(&keys, "q", 1);
    script_of(&keys, "film.keys");
    in_folder(0, VIEW_PROGRAM "film.npy --headless --script film.keys --out film --size %dx%d -q", WIDE,
              HIGH);
    assert_int_equal(check_rows("film", ROWS(film_rows), at), 0);
    char past[64];
    snprintf(past, sizeof past, "film/frame-%06d.png", keys.frame + 1);
    assert_false(file_exists(past)); /* where the script alone would have gone on */
}

static void on_a_training(void **state)
{
    (void)state;
    int at[MOST_ROWS];
    struct view_keys keys = {.frame = 12};
    press_rows(&keys, ROWS(training_rows), at);
    press_everything(&keys);
    press(&keys, "ctrl+x", 2);
    script_of(&keys, "train.keys");
    struct run run =
        in_folder(0,
                  VIEW_PROGRAM VIEW_TRAIN "a.npy --arch topk --k 4 --total-rows 32000 --headless "
                                          "--script train.keys --out acted --size %dx%d",
                  WIDE, HIGH);
    assert_contains(run, "stopped as asked");
    assert_int_equal(check_rows("acted/frames", ROWS(training_rows), at), 0);
}

static void on_a_runs_folder(void **state)
{
    (void)state;
    int at[MOST_ROWS];
    struct view_keys keys = {.frame = 4};
    press_rows(&keys, ROWS(records_rows), at);
    press_everything(&keys);
    press(&keys, "q", 1);
    script_of(&keys, "run.keys");
    in_folder(
        0, "$A train a.npy --arch topk --k 4 --d-sae 24 --batch 32 --holdout 100 --total-rows 9600 -q --out "
           "trained >/dev/null");
    in_folder(0, VIEW_PROGRAM "trained --headless --script run.keys --out run --size %dx%d -q", WIDE, HIGH);
    assert_int_equal(check_rows("run", ROWS(records_rows), at), 0);
}

static void no_action_is_left_out(void **state)
{
    (void)state;
    bool seen[LIVE_ACTIONS] = {[LIVE_ACTION_QUIT] = true, [LIVE_ACTION_STOP] = true};
    for (size_t r = 0; r < sizeof film_rows / sizeof *film_rows; r++)
        seen[film_rows[r].action] = true;
    for (size_t r = 0; r < sizeof training_rows / sizeof *training_rows; r++)
        seen[training_rows[r].action] = true;
    for (int action = 1; action < LIVE_ACTIONS; action++)
        if (!seen[action])
            fail_msg("%s has no row here", live_action_name((enum live_action)action));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_action_is_left_out),
        cmocka_unit_test(on_a_film),
        cmocka_unit_test(on_a_training),
        cmocka_unit_test(on_a_runs_folder),
    };
    if (!test_gpu_exists())
        return 77;
    view_inputs();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
