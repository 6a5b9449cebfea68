/* `arclight train` as its user meets it: every kind, the same bits from the same words, from a file of them,
 * after Ctrl-C and after SIGKILL; sweeps; where rows come from and which are left out. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "cli/train.h"
#include "support/device.h"

#include <jansson.h>
#include <math.h>

#define STEPS "--total-rows 960 --log-every 1 --eval-every 8 --checkpoint-every 128r --keep 1000 "

static int set_up(void **state)
{
    (void)state;
    train_inputs();
    return 0;
}

/* ---- the same bits ---- */

static void every_kind_gives_the_same_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < TRAIN_KINDS; i++) {
        const struct train_kind *kind = &train_kinds[i];
        in_folder(0, "$A train %s " TRAIN_SMALL STEPS "--out %s", kind->options, kind->name);
        in_folder(0,
                  "cd %s && for f in cfg.json sae_weights.safetensors sparsity.safetensors config.json "
                  "metrics.jsonl checkpoint-000000004.arclight checkpoint-000000028.arclight "
                  "checkpoint-000000030.arclight; do test -s $f || { echo no $f; exit 1; }; done; "
                  "test $(wc -l <metrics.jsonl) -ge 30",
                  kind->name);
        in_folder(0, "$A train %s " TRAIN_SMALL STEPS "--out again", kind->options);
        assert_same_runs(kind->name, "again");
        in_folder(0, "rm -r again && $A train --config %s/config.json -q --out again", kind->name);
        assert_same_runs(kind->name, "again");
        in_folder(0, "rm -r again");
    }
}

/* Each line of metrics is a step: killed at a step that is drawn, a few milliseconds into it. */
static void a_killed_run_ends_the_same(void **state)
{
    (void)state;
    enum { KILLS = 3 };
    char command[1000];
    for (size_t i = 0; i < TRAIN_KINDS; i++) {
        const struct train_kind *kind = &train_kinds[i];
        snprintf(command, sizeof command, "%s " TRAIN_SMALL STEPS, kind->options);
        int done = 0;
        for (uint64_t kill = 0; kill < KILLS; kill++) {
            done += 1 + (int)base_random_below(7, BASE_STREAM_TEST, i * KILLS + kill, 9);
            if (kill == 0)
                train_until("killed", "killed/metrics.jsonl", done, "kill -KILL $p", command);
            else
                in_folder(0,
                          "$A train --resume killed -q & p=$!; while kill -0 $p 2>/dev/null && "
                          "[ $(wc -l <killed/metrics.jsonl) -lt %d ]; do sleep 0.01; done; "
                          "kill -KILL $p; wait $p; true",
                          done);
        }
        in_folder(0, "$A train --resume killed -q");
        assert_same_runs(kind->name, "killed");
        in_folder(0, "rm -r killed");
    }
}

static void an_interrupted_run_goes_on(void **state)
{
    (void)state;
    struct run run = train_until("stopped", "stopped/metrics.jsonl", 3, "kill -INT $p",
                                 "a.npy --arch topk --k 4 " TRAIN_SMALL
                                 "--total-rows 96000 --log-every 1 --checkpoint-every 0 --keep 9");
    assert_contains(run, "code 130");
    assert_contains(run, "a checkpoint is written");
    assert_contains(run, "--resume stopped");
    assert_contains(run, "interrupted; every file that is there is whole");
    run = in_folder(0, "ls stopped");
    assert_contains(run, "checkpoint-");
    assert_lacks(run, "cfg.json");
    assert_contains(in_folder(3, "$A eval stopped a.npy"), "has not ended");
    in_folder(0, "$A train a.npy --arch topk --k 4 " TRAIN_SMALL
                 "--total-rows 96000 --log-every 1 --checkpoint-every 0 --keep 9 --out unbroken");
    in_folder(0, "$A train --resume stopped -q");
    in_folder(0, "ls stopped/checkpoint-* | head -n 1 | xargs rm"); /* which the unbroken run has not */
    assert_same_runs("unbroken", "stopped");
}

/* A step that takes long enough for a second signal to find it: the first one waits for its end. */
static void a_second_interrupt_leaves_at_once(void **state)
{
    (void)state;
    struct run run = train_until("left", "left/metrics.jsonl", 1, "kill -INT $p; sleep 0.1; kill -INT $p",
                                 "a.npy --arch standard --d-sae 4096 --batch 12288 --total-rows 9000000 "
                                 "--log-every 1 --no-picture -q");
    assert_contains(run, "code 130");
    if (strstr(run.text, "a checkpoint is written")) {
        fprintf(stderr, "skipped: a step ended sooner than a tenth of a second\n");
        skip();
    }
    assert_lacks(in_folder(0, "ls left"), "checkpoint-");
    assert_lacks(in_folder(0, "ls -a left"), "tmp");
}

/* What was killed before its first checkpoint begins again; so does what has only half of them. */
static void a_run_without_checkpoints_begins_again(void **state)
{
    (void)state;
    in_folder(0, "cp -r topk early && rm early/checkpoint-* early/*.safetensors early/cfg.json");
    assert_contains(in_folder(0, "$A train --resume early"), "begins again");
    assert_same_runs("topk", "early");
}

/* ---- sweeps ---- */

static void a_sweeps_runs_are_single_runs(void **state)
{
    (void)state;
    in_folder(0, "$A train a.npy " TRAIN_SMALL STEPS "--sweep 'k=2,4;lr=0.001,0.01' --out sweep");
    in_folder(0, "$A train a.npy " TRAIN_SMALL STEPS "--k 4 --lr 0.001 --out single");
    in_folder(0, "cmp single/sae_weights.safetensors sweep/k=4,lr=0.001/sae_weights.safetensors");
    in_folder(0, "test -s sweep/sweep.json && test -d sweep/k=2,lr=0.01 && test -s sweep/config.json");
    in_folder(0, "$A train --config sweep/config.json -q --out sweep-again");
    assert_same_runs("sweep", "sweep-again");
    in_folder(0, "$A train --config sweep/k=2,lr=0.01/config.json -q --out part");
    in_folder(0, "cmp part/sae_weights.safetensors sweep/k=2,lr=0.01/sae_weights.safetensors");
    /* Seeds share one order of rows. */
    in_folder(0, "$A train a.npy --k 4 " TRAIN_SMALL STEPS "--sweep seed=3,5 --out seeds");
    in_folder(0, "$A train a.npy --k 4 " TRAIN_SMALL STEPS "--seed 5 --shuffle-seed 3 --out seed");
    in_folder(0, "cmp seed/sae_weights.safetensors seeds/seed=5/sae_weights.safetensors");
    in_folder(1, "cmp -s seeds/seed=3/sae_weights.safetensors seeds/seed=5/sae_weights.safetensors");
}

static void a_sweep_goes_on_whole(void **state)
{
    (void)state;
    train_until("torn", "'torn/k=2,lr=0.01/metrics.jsonl'", 11, "kill -KILL $p",
                "a.npy " TRAIN_SMALL STEPS "--sweep 'k=2,4;lr=0.001,0.01'");
    in_folder(0, "$A train --resume torn -q");
    assert_same_runs("sweep", "torn");
    /* Killed between the first checkpoints of two folders: none of the runs may be lost. */
    in_folder(0, "cd torn && rm k=4*/checkpoint-* k=2*/checkpoint-*[1-9][0-9].arclight");
    assert_contains(in_folder(0, "$A train --resume torn"), "begins again");
    assert_same_runs("sweep", "torn");
    /* Killed before the last run's configuration was written: nothing to go on with, nothing in the way. The
     * sweep's own is written behind them. */
    in_folder(0, "test -z \"$(find sweep-again -name config.json -newer sweep-again/config.json)\" && "
                 "rm -r torn/config.json torn/k=4* torn/k=2*/[!c]* torn/k=2*/c[!o]*");
    assert_contains(in_folder(3, "$A train --resume torn"), "there is no run to go on with");
    in_folder(0, "$A train a.npy " TRAIN_SMALL STEPS "--sweep 'k=2,4;lr=0.001,0.01' --out torn");
    assert_same_runs("sweep", "torn");
}

/* ---- rows ---- */

static json_t *trained(const char *line)
{
    struct run run = in_folder(0, "$A train %s --json -q --no-picture", line);
    json_t *document = json_loads(run.text, 0, NULL);
    if (!document)
        fail_msg("no JSON: %s", run.text);
    return document;
}

static double number(const json_t *document, const char *key)
{
    const json_t *value = json_object_get(document, key);
    if (!json_is_number(value))
        fail_msg("%s is missing", key);
    return json_number_value(value);
}

static const json_t *first_run(const json_t *document)
{
    return json_array_get(json_object_get(document, "runs"), 0);
}

static void rows_are_chosen_and_counted(void **state)
{
    (void)state;
    /* Two epochs of 500 rows, of which one is too long each time. */
    json_t *document = trained("a.npy --k 4 --d-sae 40 --batch 25 --holdout 100 --epochs 2 --lr 0.003 "
                               "--b-dec-init mean --out rows-1");
    assert_int_equal(number(document, "rows"), 1000);
    assert_contains(in_folder(0, "grep seed rows-1/config.json"), "\"seed\": 42");
    assert_int_equal(number(document, "left_out_norm"), 2);
    assert_int_equal(number(document, "left_out_non_finite"), 0);
    assert_true(number(document, "seconds_reading_rows") > 0);
    assert_true(number(document, "seconds_waiting_for_rows") <= number(document, "seconds_reading_rows"));
    assert_true(number(document, "seconds_copying_checkpoint") > 0);
    assert_true(number(document, "seconds_writing_checkpoint") > 0);
    assert_true(number(document, "seconds_reading_rows") < number(document, "seconds"));
    assert_int_equal(number(first_run(document), "steps"), 40);
    const json_t *holdout = json_object_get(first_run(document), "holdout");
    assert_int_equal(number(holdout, "rows"), 100);
    assert_true(number(holdout, "fvu") > 0 && number(holdout, "fvu") < 1.5);
    json_decref(document);
    document = trained("faulty.npy --k 4 --d-sae 40 --batch 25 --total-rows 1200 --max-norm 0 --out rows-2");
    assert_int_equal(number(document, "left_out_norm"), 0);
    assert_in_range((uint64_t)number(document, "left_out_non_finite"), 2, 3);
    json_decref(document);
    /* A part of the rows is that part alone. */
    in_folder(0, "$A train a.npy --rows 100:200 --k 4 " TRAIN_SMALL
                 "--holdout 20 --total-rows 960 --out part-1 && cp a.npy moved.npy && "
                 "$A train moved.npy --config part-1/config.json --out part-2 -q && "
                 "cmp part-1/sae_weights.safetensors part-2/sae_weights.safetensors");
    document = trained("a.npy --rows 5:6 --k 4 --d-sae 40 --batch 8 --total-rows 64 --out rows-3");
    assert_int_equal(number(document, "left_out_norm"), 0); /* its own median */
    json_decref(document);
}

/* ---- thresholds ---- */

/* A short run's running threshold is of weights that are gone: what is saved has k on the training rows. */
static void a_batch_threshold_holds_k(void **state)
{
    (void)state;
    static const char *const runs[] = {"batchtopk", "matryoshka"};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        in_folder(0, "$A eval %s a.npy --rows 0:500 --json -q >eval.json", runs[i]);
        size_t bytes;
        char *text = (char *)test_read_file(test_path("eval.json"), &bytes);
        json_t *document = json_loadb(text, bytes, 0, NULL);
        assert_non_null(document);
        double l0 = number(json_object_get(json_object_get(document, "metrics"), "sparsity"), "l0");
        if (!(fabs(l0 - 4) <= 0.01))
            fail_msg("%s: L0 %.9g on the rows that it trained on, k 4", runs[i], l0);
        json_decref(document);
        base_free(text);
    }
}

static void copy_of_both(void)
{
    static float both[TRAIN_ROWS * 2 * TRAIN_WIDTH];
    const char *const names[] = {"a.npy", "b.npy"};
    for (uint64_t n = 0; n < 2; n++) {
        size_t bytes;
        uint8_t *file = test_read_file(test_path(names[n]), &bytes);
        const uint8_t *rows = file + bytes - sizeof both / 2;
        for (uint64_t r = 0; r < TRAIN_ROWS; r++)
            memcpy(both + (2 * r + n) * TRAIN_WIDTH, rows + r * TRAIN_WIDTH * sizeof *both,
                   TRAIN_WIDTH * sizeof *both);
        base_free(file);
    }
    test_npy("both.npy", "<f4", 0, "(600, 24)", both, sizeof both);
}

/* What it was trained on, an argument each; the same rows side by side in one file are the same. */
static void a_crosscoder_takes_its_inputs(void **state)
{
    (void)state;
    copy_of_both();
    in_folder(0, "$A encode crosscoder a.npy b.npy --out apart.safetensors -q && "
                 "$A encode crosscoder both.npy --out together.safetensors -q && "
                 "cmp apart.safetensors together.safetensors");
    in_folder(
        0,
        "$A eval crosscoder a.npy b.npy --json -q | grep -v path >apart.json; "
        "$A eval crosscoder both.npy --json -q | grep -v path >together.json; "
        "for part in '\"fvu\"' '\"l0\"' '\"evaluated\"' '\"left_out_norm\"'; do "
        "grep $part apart.json >one; grep $part together.json >other; test -s one; cmp one other || exit 1; "
        "done");
    in_folder(0, "$A encode crosscoder a.npy b.npy --rows 100:170 --dense --out some.safetensors -q");
    assert_contains(in_folder(2, "$A eval crosscoder a.npy"), "an argument each");
    assert_contains(in_folder(2, "$A eval crosscoder a.npy b.npy b.npy"), "of 2 inputs, and there are 3");
    assert_contains(in_folder(2, "$A convert topk crosscoder"), "crosscoder holds a training run");
}

/* The first step steers to the L0 that it finds. */
static void steering_begins_where_it_stands(void **state)
{
    (void)state;
    struct run run = in_folder(0, "head -n 1 jumprelu/metrics.jsonl");
    json_t *record = json_loads(run.text, 0, NULL);
    assert_non_null(record);
    assert_in_double(number(record, "target_l0"), number(record, "l0"), 1e-6);
    assert_true(number(record, "l0") > 5);
    json_decref(record);
}

/* ---- a start from given weights ---- */

/* Written and read back, unfolded into the scaled space: hardly trained, it is what it was. */
static void weights_are_a_start(void **state)
{
    (void)state;
    static const char *const scalings[] = {"expected-average-norm", "none", "layer-norm", "constant-norm"};
    static const char *const kinds[] = {"--arch topk --k 4", "--arch jumprelu --target-l0 6",
                                        "--arch gated --l1 2", "--arch standard --l1 2"};
    char line[500];
    for (size_t i = 0; i < sizeof scalings / sizeof *scalings; i++) {
        snprintf(line, sizeof line,
                 "a.npy %s --d-sae 40 --input-scaling %s --batch 100 --holdout 100 --lr 0.01 "
                 "--total-rows 20000 --out start-%zu",
                 kinds[i], scalings[i], i);
        json_t *first = trained(line);
        snprintf(line, sizeof line,
                 "a.npy %s --d-sae 40 --input-scaling %s --batch 100 --holdout 100 --lr 1e-9 "
                 "--total-rows 200 --init start-%zu --out started-%zu",
                 kinds[i], scalings[i], i, i);
        json_t *second = trained(line);
        double before = number(json_object_get(first_run(first), "holdout"), "fvu");
        double after = number(json_object_get(first_run(second), "holdout"), "fvu");
        /* JumpReLU's thresholds are set anew at the end. */
        if (!(before < 0.9 && fabs(after - before) <= (i == 1 ? 0.1 : 1e-4) * before))
            fail_msg("%s, %s: FVU %g before, %g after", kinds[i], scalings[i], before, after);
        json_decref(first);
        json_decref(second);
    }
}

/* Folders that SAELens wrote: their FVU on these rows is known (shared/data/README.md), about 0.25 for TopK.
 */
static void saelens_weights_are_a_start(void **state)
{
    (void)state;
    static const char data[] = ARCLIGHT_SOURCE_FOLDER "/../shared/data";
    char line[1200];
    if (run_line("test -r '%s/saelens/topk/cfg.json'", data).code != 0) {
        fprintf(stderr, "skipped: the folder with SAELens's autoencoders is not here\n");
        skip();
    }
    snprintf(line, sizeof line,
             "'%s/smollm2-resid15.safetensors:activations' --rows 57344:65536 --arch topk --k 32 --d-sae 768 "
             "--input-scaling none --init '%s/saelens/topk' --lr 1e-9 --batch 512 --holdout 4096 "
             "--total-rows 1024 --out saelens",
             data, data);
    json_t *document = trained(line);
    assert_in_double(number(json_object_get(first_run(document), "holdout"), "fvu"), 0.25, 0.03);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_gives_the_same_twice),
        cmocka_unit_test(a_killed_run_ends_the_same), /* of the runs before */
        cmocka_unit_test(a_batch_threshold_holds_k),  /* of the same */
        cmocka_unit_test(a_crosscoder_takes_its_inputs),
        cmocka_unit_test(steering_begins_where_it_stands),
        cmocka_unit_test(an_interrupted_run_goes_on),
        cmocka_unit_test(a_second_interrupt_leaves_at_once),
        cmocka_unit_test(a_run_without_checkpoints_begins_again),
        cmocka_unit_test(a_sweeps_runs_are_single_runs),
        cmocka_unit_test(a_sweep_goes_on_whole),
        cmocka_unit_test(rows_are_chosen_and_counted),
        cmocka_unit_test(weights_are_a_start),
        cmocka_unit_test(saelens_weights_are_a_start),
    };
    if (!test_gpu_exists())
        return 77;
    return cmocka_run_group_tests(tests, set_up, NULL);
}
