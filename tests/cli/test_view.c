/* `arclight view --headless`: every page and view, in both themes and the same each time; the training in it
 * is that of arclight train; hands are recorded and can be gone on with; and what is said of mistakes. */
#define _GNU_SOURCE
#include "support/device.h"
#include "support/test.h"

#define STB_IMAGE_IMPLEMENTATION
#include "cli/view.h"

enum { WIDE = 560, HIGH = 360, FIRST = 4, EACH = 2 };

/* Frames from one to the other of two folders are the same files, byte for byte. */
static void assert_same_frames(const char *a, const char *b, int from, int to)
{
    struct run run = in_folder(0,
                               "i=%d; while [ $i -lt %d ]; do f=$(printf 'frame-%%06d.png' $i); "
                               "cmp '%s'/$f '%s'/$f; i=$((i+1)); done; true",
                               from, to, a, b);
    if (run.bytes > 0)
        fail_msg("%s and %s differ: %s", a, b, run.text);
}

/* Each of `pages` pages for EACH frames, in the dark theme, then in the light one. */
static void keys_of_pages(struct view_keys *keys, int pages)
{
    for (int theme = 0; theme < 2; theme++) {
        if (theme)
            press(keys, "t", 1);
        for (int page = 1; page <= pages; page++) {
            char key[2] = {(char)('0' + page), '\0'};
            press(keys, key, EACH);
        }
    }
}

static int last_of_page(int first, int pages, int theme, int page)
{
    return first + theme * (EACH * pages + 1) + EACH * page + EACH - 1;
}

static void assert_pages(const char *folder, int first, int pages)
{
    for (int page = 0; page < pages; page++) {
        int dark = last_of_page(first, pages, 0, page), light = last_of_page(first, pages, 1, page);
        assert_drawn(folder, dark, WIDE, HIGH, false);
        assert_drawn(folder, light, WIDE, HIGH, true);
        if (page > 0 && frames_differ(folder, dark, dark - EACH) < WIDE * HIGH / 100)
            fail_msg("%s: pages %d and %d are the same", folder, page, page + 1);
    }
}

static void every_page_of_a_film(void **state)
{
    (void)state;
    enum { PAGES = 8 }; /* the dashboard, seven views; the last are timings, which no two runs share */
    struct view_keys keys = {.frame = FIRST};
    keys_of_pages(&keys, PAGES);
    script_of(&keys, "film.keys");
    for (int run = 0; run < 2; run++)
        in_folder(0,
                  VIEW_PROGRAM
                  "film.npy --headless --script film.keys --out film-%d --size %dx%d --frames %d -q",
                  run, WIDE, HIGH, keys.frame);
    assert_pages("film-0", FIRST, PAGES);
    assert_same_frames("film-0", "film-1", 0, last_of_page(FIRST, PAGES, 0, PAGES - 2) + 1);
    assert_same_frames("film-0", "film-1", last_of_page(FIRST, PAGES, 0, PAGES - 1) + 2,
                       last_of_page(FIRST, PAGES, 1, PAGES - 2) + 1);
}

static void sizes_are_those_asked_for(void **state)
{
    (void)state;
    in_folder(0, VIEW_PROGRAM "flat.npy --headless --out one --size 300x200 --scale 1.5 --theme light "
                              "--page rose --epsilon 0.4 -q");
    assert_drawn("one", 0, 450, 300, true);
    /* A picture alone is of all rows: that of other ones when they are counted. */
    in_folder(0, VIEW_PROGRAM "b.npy --headless --out alone --size 300x200 -q");
    in_folder(0, VIEW_PROGRAM "b.npy --headless --out late --size 300x200 --frames 30 -q");
    in_folder(0, "cmp alone/frame-000000.png late/frame-000029.png");
    in_folder(0, "test $(ls one | wc -l) = 1");
    test_file("resize.keys", "2 resize 333 251 1\n3 release left 1 1 2\n4 resize 400 300 2\n", 59);
    in_folder(0, VIEW_PROGRAM
              "flat.npy --headless --script resize.keys --out sized --size 300x200 --frames 6 -q");
    assert_drawn("sized", 1, 300, 200, false);
    assert_drawn("sized", 2, 333, 251, false);
    assert_drawn("sized", 5, 800, 600, false);
}

/* While the training is paused its pictures stand still: pages, and each view of each page at full size. */
static void every_view_of_a_training(void **state)
{
    (void)state;
    static const int views[] = {7, 5, 6, 1}; /* training, latents, resonance, timings */
    enum { PAGES = sizeof views / sizeof *views };
    struct view_keys keys = {.frame = 6};
    press(&keys, "space", 2);
    const int pages = keys.frame;
    keys_of_pages(&keys, PAGES);
    const int tiles = keys.frame;
    for (int page = 0; page + 1 < PAGES; page++) {
        char key[2] = {(char)('1' + page), '\0'};
        press(&keys, key, 1);
        for (int view = 0; view < views[page]; view++) {
            press(&keys, "enter", 1);
            press(&keys, "enter", 1);
            press(&keys, "tab", 1);
        }
    }
    press(&keys, "space", 1);
    script_of(&keys, "train.keys");
    for (int run = 0; run < 2; run++)
        in_folder(0,
                  VIEW_PROGRAM VIEW_TRAIN "a.npy --arch topk --k 4 --total-rows 640 --headless --script "
                                          "train.keys --out train-%d --size %dx%d",
                  run, WIDE, HIGH);
    assert_pages("train-0/frames", pages, PAGES);
    assert_same_frames("train-0/frames", "train-1/frames", 0, last_of_page(pages, PAGES, 0, PAGES - 2) + 1);
    assert_same_frames("train-0/frames", "train-1/frames", tiles, keys.frame + 4);
    for (int page = 0, at = tiles; page + 1 < PAGES; at += 1 + 3 * views[page], page++)
        for (int view = 0; view < views[page]; view++) {
            assert_drawn("train-0/frames", at + 1 + 3 * view, WIDE, HIGH, true);
            if (frames_differ("train-0/frames", at + 1 + 3 * view, at + 2 + 3 * view) < WIDE * HIGH / 50)
                fail_msg("page %d, view %d: full size changes nothing", page + 1, view + 1);
        }
    /* 20 steps, some of them before and the others behind the pause; and the run is whole. */
    assert_same_runs("train-0", "train-1");
    in_folder(0, "test -e train-0/sae_weights.safetensors");
}

/* ---- training ---- */

static void weights_are_those_without_a_window(void **state)
{
    (void)state;
    static const char *const kinds[] = {"--arch topk --k 4",
                                        "--arch standard --resample-every 7 --dead-after 96"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        in_folder(0, "rm -rf seen plain");
        in_folder(0, VIEW_PROGRAM VIEW_TRAIN "a.npy %s --total-rows 640 --headless --out seen --size 160x120",
                  kinds[i]);
        struct run frames = in_folder(0, "ls seen/frames | wc -l; rm -r seen/frames");
        assert_int_equal(atoi(frames.text), 20); /* one a step, to the end */
        in_folder(0,
                  "$A train --d-sae 24 --batch 32 --holdout 100 --log-every 5 -q a.npy %s --total-rows 640 "
                  "--out plain",
                  kinds[i]);
        assert_same_runs("seen", "plain");
    }
}

static void hands_are_recorded_and_gone_on_with(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *event;
    } kinds[] = {{"--arch topk --k 4", "\"event\": \"k\""},
                 {"--arch standard", "\"event\": \"sparsity_factor\""}};
    struct view_keys keys = {.frame = 5};
    press(&keys, "d", 2);
    press(&keys, "j", 2);
    press(&keys, "k", 2);
    press(&keys, "J", 2);
    press(&keys, "D", 2);
    press(&keys, "j", 2);
    press(&keys, "ctrl+x", 1);
    script_of(&keys, "hands.keys");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        in_folder(0, "rm -rf hands");
        struct run run = in_folder(0,
                                   VIEW_PROGRAM VIEW_TRAIN "a.npy %s --total-rows 1280 --headless --script "
                                                           "hands.keys --out hands --size 160x120",
                                   kinds[i].kind);
        assert_contains(run, "train --resume hands");
        run = in_folder(0, "cat hands/metrics.jsonl; ls hands");
        assert_contains(run, "\"event\": \"rate_factor\"");
        assert_contains(run, kinds[i].event);
        assert_contains(run, "checkpoint-0000000");
        /* In a window again, which begins with the orders that hold and so gives none. */
        struct run events = in_folder(0, "grep -c event hands/metrics.jsonl");
        in_folder(0, VIEW_PROGRAM "--train --resume hands -q --headless --size 160x120");
        in_folder(0, "test -e hands/sae_weights.safetensors && test -e hands/frames/frame-000000.png");
        run = in_folder(0, "grep -c event hands/metrics.jsonl");
        assert_int_equal(atoi(run.text), atoi(events.text));
        run = in_folder(0, "grep -c '\"step\": 39' hands/metrics.jsonl");
        assert_int_equal(atoi(run.text), 1);
    }
    /* And a finished run's folder is a view of its own, the same each time. */
    struct view_keys pages = {.frame = 3};
    keys_of_pages(&pages, 8);
    script_of(&pages, "run.keys");
    for (int run = 0; run < 2; run++)
        in_folder(0,
                  VIEW_PROGRAM "hands --headless --script run.keys --out run-%d --size %dx%d --frames %d -q",
                  run, WIDE, HIGH, pages.frame);
    assert_pages("run-0", 3, 8);
    assert_same_frames("run-0", "run-1", 0, pages.frame);
}

/* A k that cannot grow says so, and writes no event of a change that was none. */
static void hands_at_the_end_of_k(void **state)
{
    (void)state;
    struct view_keys keys = {.frame = 4};
    press(&keys, "J", 6);
    script_of(&keys, "grow.keys");
    test_file("rest.keys", "4 move 1 1\n", 11);
    for (int grows = 0; grows < 2; grows++)
        in_folder(0,
                  VIEW_PROGRAM VIEW_TRAIN "a.npy --arch topk --k 4 --total-rows 640 --headless --script "
                                          "%s --out k-%d --size %dx%d",
                  grows ? "grow.keys" : "rest.keys", grows, WIDE, HIGH);
    struct run run = in_folder(0, "grep -c '\"event\": \"k\"' k-1/metrics.jsonl; true");
    assert_int_equal(atoi(run.text), 0);
    struct frame without = frame_of("k-0/frames", 6), with = frame_of("k-1/frames", 6);
    assert_true(differing(&without, &with) > 500); /* the words */
    stbi_image_free(without.rgb);
    stbi_image_free(with.rgb);
}

/* A k that only the first run of a sweep may have is no order to the others. */
static void hands_on_a_sweep(void **state)
{
    (void)state;
    struct view_keys keys = {.frame = 3};
    press(&keys, "j", 2);
    press(&keys, "d", 2);
    script_of(&keys, "sweep.keys");
    in_folder(0, VIEW_PROGRAM VIEW_TRAIN
              "a.npy --arch topk --sweep k=4,2 --total-rows 640 --headless --script sweep.keys "
              "--frames 60 --out sweep --size 160x120");
    struct run run = in_folder(0, "grep -h event sweep/*k=4*/metrics.jsonl");
    assert_contains(run, "\"event\": \"k\"");
    assert_contains(run, "\"event\": \"rate_factor\"");
    run = in_folder(0, "grep -h event sweep/*k=2*/metrics.jsonl");
    assert_contains(run, "\"event\": \"rate_factor\"");
    run = in_folder(3, VIEW_PROGRAM "sweep --headless --out no -q");
    assert_contains(run, "the folder of several runs; name one, such as k=2");
    in_folder(1, "grep '\"k\", ' sweep/*k=2*/metrics.jsonl");
}

/* ---- texts ---- */

static void token_inputs(void)
{
    static int32_t tokens[TRAIN_ROWS], positions[TRAIN_ROWS];
    static const char words[] = "[\"a\", \" bird\", \" sings\", \".\", \"\\n\", \" of\", \" the\"]";
    for (int i = 0; i < TRAIN_ROWS; i++) {
        tokens[i] = i * 5 % 7;
        positions[i] = i % 50;
    }
    test_npy("tokens.npy", "<i4", 0, "(600,)", tokens, sizeof tokens);
    test_npy("positions.npy", "<i4", 0, "(600,)", positions, sizeof positions);
    test_file("vocab.json", words, sizeof words - 1);
    tokens[3] = 7;
    test_npy("beyond.npy", "<i4", 0, "(600,)", tokens, sizeof tokens);
}

#define VIEW_TEXTS "--tokens tokens.npy --positions positions.npy --vocab vocab.json "

/* Pixels of the panel of contexts that differ. */
static int contexts_differ(const char *folder, int a, const char *other, int b)
{
    struct frame one = frame_of(folder, a), two = frame_of(other, b);
    int count = 0;
    for (int y = HIGH / 5; y < HIGH / 2; y++)
        for (int x = WIDE * 2 / 5; x < WIDE; x++)
            count += memcmp(one.rgb + 3 * (y * WIDE + x), two.rgb + 3 * (y * WIDE + x), 3) != 0;
    stbi_image_free(one.rgb);
    stbi_image_free(two.rgb);
    return count;
}

/* While a training goes on the latents page has the lines of the latent that is shown: they come, they follow
 * the latent, they are saved; each time the same, and the weights are those without. */
static void texts_of_a_training(void **state)
{
    (void)state;
    struct view_keys keys = {.frame = 30};
    press(&keys, "n", 10);
    press(&keys, "tab", 1);
    press(&keys, "c", 3);
    script_of(&keys, "texts.keys");
    for (int run = 0; run < 2; run++)
        in_folder(0,
                  VIEW_PROGRAM VIEW_TRAIN VIEW_TEXTS "a.npy --arch topk --k 4 --total-rows 1920 --headless "
                                                     "--page latents --script texts.keys --out texts-%d "
                                                     "--size %dx%d",
                  run, WIDE, HIGH);
    assert_same_frames("texts-0/frames", "texts-1/frames", 0, keys.frame - 3); /* files have other names */
    if (contexts_differ("texts-0/frames", 1, "texts-0/frames", 29) < 500)
        fail_msg("no lines of text have come");
    if (contexts_differ("texts-0/frames", 29, "texts-0/frames", 36) < 50)
        fail_msg("the lines do not follow the latent");
    struct run run = in_folder(0, "cat texts-0/frames/arclight-contexts-step-*.csv | head -3");
    assert_contains(run, "latent,row,value,text");
    assert_contains(run, "\u27e6");
    in_folder(0, "rm -r texts-0/frames; $A train --d-sae 24 --batch 32 --holdout 100 --log-every 5 -q a.npy "
                 "--arch topk --k 4 --total-rows 1920 --out plain-texts");
    assert_same_runs("texts-0", "plain-texts");
    /* A token that has no text is no end of a training. */
    in_folder(0,
              VIEW_PROGRAM VIEW_TRAIN "a.npy --arch topk --k 4 --total-rows 640 --headless --page latents "
                                      "--tokens beyond.npy --vocab vocab.json --out beyond --size 300x200");
    in_folder(0, "test -e beyond/sae_weights.safetensors");
    in_folder(3, VIEW_PROGRAM VIEW_TRAIN "a.npy --headless --tokens none.npy --vocab vocab.json --out no");
}

/* What a run has done before it was stopped is there when it goes on in a window, and in its folder. */
static void a_resumed_run_has_its_past(void **state)
{
    (void)state;
    struct view_keys keys = {.frame = 10};
    press(&keys, "d", 3);
    press(&keys, "ctrl+x", 1);
    script_of(&keys, "first.keys");
    in_folder(
        0, VIEW_PROGRAM VIEW_TRAIN
        "a.npy --arch topk --k 4 --total-rows 1920 --log-every 1 --headless --script first.keys --out past "
        "--size 160x120");
    keys = (struct view_keys){.frame = 4};
    press(&keys, "c", 1);
    script_of(&keys, "second.keys");
    in_folder(0, VIEW_PROGRAM "--train --resume past -q --headless --script second.keys --size 160x120 "
                              "--page training");
    struct run run = in_folder(0, "sed -n 2p past/frames/arclight-loss-step-*.csv | cut -d, -f1");
    assert_int_equal(atoi(run.text), 32); /* the first step's */
    in_folder(0, VIEW_PROGRAM "past -q --headless --script second.keys --out past-frames --size 160x120 "
                              "--page loss --frames 8");
    run = in_folder(0, "sed -n 2p past-frames/arclight-loss.csv | cut -d, -f1");
    assert_int_equal(atoi(run.text), 32);
    in_folder(0, "grep '\"loss\"' past/metrics.jsonl | wc -l > lines; expr $(wc -l < "
                 "past-frames/arclight-loss.csv) - 1 | "
                 "cmp - lines");
}

/* Paused, and a checkpoint written, twice: it stays at its step. */
static void a_pause_holds(void **state)
{
    (void)state;
    struct view_keys keys = {.frame = 4};
    press(&keys, "space", 2);
    press(&keys, "k", 4);
    press(&keys, "k", 4);
    press(&keys, "ctrl+x", 1);
    script_of(&keys, "pause.keys");
    in_folder(0, VIEW_PROGRAM VIEW_TRAIN
              "a.npy --arch topk --k 4 --total-rows 1280 --headless --script pause.keys --out paused "
              "--size 160x120");
    struct run run = in_folder(0, "ls paused | grep -c checkpoint-");
    assert_int_equal(atoi(run.text), 1);
}

/* Paused: reconstructions are counted when they are asked for, not at the next step, and another latent has
 * its values at once; and the weights are those of a training without hands. */
static void a_pause_follows_its_hands(void **state)
{
    (void)state;
    static const char script[] = "6 key space\n"
                                 "12 move 1033 51\n12 press left 1033 51\n12 release left 1033 51\n"
                                 "20 move 1076 23\n20 press left 1076 23\n20 release left 1076 23\n"
                                 "24 key N\n24 key n\n24 key n\n28 key space\n";
    test_file("follow.keys", script, sizeof script - 1);
    in_folder(0, VIEW_PROGRAM VIEW_TRAIN
              "a.npy --arch topk --k 4 --total-rows 960 --headless --script follow.keys --out follows "
              "--size 1280x720 --page resonance");
    in_folder(0, "$A train a.npy --arch topk --k 4 --total-rows 960 --d-sae 24 --batch 32 --holdout 100 "
                 "--log-every 5 -q --out unfollowed");
    in_folder(0, "mv follows/frames followed");
    assert_same_runs("follows", "unfollowed");
    assert_int_equal(frames_differ("followed", 10, 11), 0);
    assert_true(frames_differ("followed", 11, 18) > 2000); /* other curves, on every panel */
    assert_int_equal(frames_differ("followed", 18, 19), 0);
    /* the histogram of the latent, at the upper right of its page */
    struct frame one = frame_of("followed", 23), other = frame_of("followed", 27);
    int moved = 0;
    for (int y = 115; y < 340; y++)
        for (int x = 925; x < 1240; x++) {
            const int at = 3 * (y * one.width + x);
            moved += memcmp(one.rgb + at, other.rgb + at, 3) != 0;
        }
    assert_true(moved > 200);
    stbi_image_free(one.rgb);
    stbi_image_free(other.rgb);
}

/* ---- mistakes ---- */

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        int code;
        const char *arguments, *says;
    } mistakes[] = {
        {4, "flat.npy", "--headless"},
        {2, "flat.npy --headless", "--out DIR is missing"},
        {3, "flat.npy --headless --out no --script bad.keys", "bad.keys, line 2"},
        {3, "flat.npy --headless --out no --script none.keys", "none.keys"},
        {3, "nothing --headless --out no",
         "nothing: nothing to show in this folder: neither activations (.safetensors, .npy or .npz) nor"},
        {3, "bad.keys --headless --out no", "bad.keys"},
        {2, "a.npy --train --headless --out no", "--d-sae N is missing"},
        {2, "--train --headless --out no", "ACTIVATIONS are missing"},
        {2, "flat.npy --headless --out no --size 640", "\"640\" is not WIDTHxHEIGHT"},
        {2, "flat.npy --headless --out no --size 8x8", "\"8x8\" is not WIDTHxHEIGHT"},
        {2, "flat.npy --headless --out no --page pony", "there is no page \"pony\""},
        {2, "flat.npy --headless --out no --page training",
         "there is no page \"training\" here; there are resonance, mean, density"},
        {2, "--train a.npy --d-sae 4 --headless --out no --page loss", "a training has no page \"loss\""},
        {2, "flat.npy --headless --out no --present-device nope", "--present-device shows a window"},
        {3, "flat.npy --headless --out no --script large.keys", "large.keys, line 2: a picture has at most"},
        {3, "line.npy --headless --out no", "rows are a 2-D tensor, or one step of a 3-D one"},
        {2, "flat.npy --headless --out no --d-sae 4", "--d-sae is an option of a training: add --train"},
        {2, "flat.npy --headless --out no --epsilon 0.2,0.4", "one --epsilon"},
        {2, "flat.npy --headless --out no --planes 0:9", "there is no vector 9"},
        {3, "film.npy --headless --out no --step 3", "it has 3"},
        {2, "flat.npy --headless --out no --tokens t.npy", "--tokens has no part in a view of activations"},
        {2, "--train a.npy --headless --out no --tokens tokens.npy", "want both --tokens and --vocab"},
        {2, "--train a.npy --headless --out no --basis random", "--basis has no part in a training"},
        {2, "--demo flat.npy --headless --out no", "takes no ACTIVATIONS"},
        {8, "flat.npy --headless --out bad.keys", "bad.keys"},
    };
    const float values[4] = {1, 2, 3, 4};
    test_npy("line.npy", "<f4", 0, "(4,)", values, sizeof values);
    test_file("bad.keys", "1 key a\n3 kee b\n", 16);
    test_file("large.keys", "1 key a\n3 resize 99999 99999\n", 30);
    in_folder(0, "mkdir -p nothing");
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct run run =
            in_folder(mistakes[i].code, "unset DISPLAY WAYLAND_DISPLAY SDL_VIDEODRIVER; " VIEW_PROGRAM "%s",
                      mistakes[i].arguments);
        assert_contains(run, mistakes[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(sizes_are_those_asked_for),
        cmocka_unit_test(every_page_of_a_film),
        cmocka_unit_test(every_view_of_a_training),
        cmocka_unit_test(weights_are_those_without_a_window),
        cmocka_unit_test(hands_are_recorded_and_gone_on_with),
        cmocka_unit_test(hands_at_the_end_of_k),
        cmocka_unit_test(hands_on_a_sweep),
        cmocka_unit_test(a_pause_holds),
        cmocka_unit_test(a_pause_follows_its_hands),
        cmocka_unit_test(texts_of_a_training),
        cmocka_unit_test(a_resumed_run_has_its_past),
    };
    if (!test_gpu_exists())
        return 77;
    view_inputs();
    token_inputs();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
