/* `arclight train` with what it must refuse: the exit code, the words that say what and where, and nothing
 * lost or half-written. */
#define _GNU_SOURCE
#include "cli/train.h"
#include "support/device.h"

#define SMALL "--d-sae 40 --batch 32 --no-picture -q --total-rows 320 "

static int set_up(void **state)
{
    (void)state;
    static float rows[TRAIN_ROWS * TRAIN_WIDTH];
    train_inputs();
    test_npy("narrow.npy", "<f4", 0, "(600, 6)", rows, sizeof rows / 2);
    test_npy("short.npy", "<f4", 0, "(599, 12)", rows, sizeof rows - TRAIN_WIDTH * sizeof *rows);
    for (uint32_t i = 0; i < TRAIN_ROWS * TRAIN_WIDTH; i++)
        rows[i] = NAN;
    test_npy("nan.npy", "<f4", 0, "(600, 12)", rows, sizeof rows);
    test_file("no.json", "{\"k\": 4,", 8);
    test_file("unknown.json", "{\"k\": 4, \"kk\": 4}", 17);
    test_file("holdout.json", "{\"k\": 4, \"holdout\": \"100\"}", 26);
    test_file("word.json", "{\"k\": \"four\"}", 13);
    test_file("zero.json", "{\"k\": 0}", 8);
    in_folder(0, "$A train a.npy --k 4 " SMALL "--checkpoint-every 64r --keep 9 --out run");
    return 0;
}

struct refusal {
    const char *line;
    int code;
    const char *words[3];
};

static void check_refusals(const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct refusal *r = &refusals[i];
        in_folder(0, "rm -rf new; find . -type f ! -name cksum | sort | xargs cksum >cksum");
        struct run run = in_folder(r->code, "$A train %s", r->line);
        assert_lacks(run, "defect");
        for (size_t w = 0; w < 3 && r->words[w]; w++)
            assert_contains(run, r->words[w]);
        in_folder(0, "find . -type f ! -name cksum | sort | xargs cksum | cmp - cksum");
    }
}

/* ---- options ---- */

static void options_that_cannot_be_meant(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {SMALL "--k 4 --out new", 2, {"ACTIVATIONS"}},
        {"a.npy --k 4 " SMALL, 2, {"--out"}},
        {"a.npy --k 4 --total-rows 100 --out new", 2, {"--d-sae"}},
        {"a.npy " SMALL "--out new", 2, {"--k"}},
        {"a.npy " SMALL "--arch batchtopk --out new", 2, {"--k"}},
        {"a.npy --k 4 --d-sae 40 --out new", 2, {"--total-rows", "--epochs"}},
        {"a.npy " SMALL "--k 41 --out new", 2, {"--k 41", "--d-sae 40"}},
        {"a.npy " SMALL "--k 0 --out new", 2, {"--k"}},
        {"a.npy " SMALL "--k -1 --out new", 2, {"--k", "'-1'"}},
        {"a.npy " SMALL "--k nan --out new", 2, {"--k", "'nan'"}},
        {"a.npy " SMALL "--arch batchtopk --k 0.001 --out new", 2, {"--k 0.001", "no active latent"}},
        {"a.npy --k 4 --d-sae 1.5 --total-rows 100 --out new", 2, {"--d-sae", "'1.5'"}},
        {"a.npy " SMALL "--k 2.5 --out new", 2, {"--k 2.5"}},
        {"a.npy --k 4 --d-sae 1048577 --total-rows 100 --out new", 2, {"--d-sae"}},
        {"a.npy --k 4 --d-sae 0 --total-rows 100 --out new", 2, {"--d-sae"}},
        {"a.npy --k 4 --d-sae 40 --total-rows 100 --batch 0 --out new", 2, {"--batch"}},
        {"a.npy --k 4 --d-sae 40 --total-rows 100 --batch 128 --out new", 2, {"--total-rows", "--batch"}},
        {"a.npy " SMALL "--k 4 --target b.npy --out new", 2, {"--target", "transcoder"}},
        {"a.npy " SMALL "--k 4 --arch transcoder --out new", 2, {"--target"}},
        {"a.npy " SMALL "--k 4 --arch crosscoder --out new", 2, {"crosscoder", "two inputs"}},
        {"a.npy " SMALL "--arch other --out new", 2, {"--arch", "other"}},
        {"a.npy " SMALL "--arch standard --k 4 --out new", 2, {"--k", "standard"}},
        {"a.npy " SMALL "--k 4 --target-l0 4 --out new", 2, {"--target-l0", "topk"}},
        {"a.npy " SMALL "--k 4 --holdout 600 --out new", 2, {"--holdout 600", "600 rows"}},
        {"a.npy " SMALL "--k 4 --max-norm 0.5 --out new", 2, {"--max-norm"}},
        {"a.npy " SMALL "--k 4 --lr 0 --out new", 2, {"--lr"}},
        {"a.npy " SMALL "--k 4 --lr fast --out new", 2, {"lr"}},
        {"a.npy " SMALL "--k 4 --warmup 11 --out new", 2, {"--warmup"}},
        {"a.npy " SMALL "--k 4 --checkpoint-every often --out new", 2, {"--checkpoint-every", "often"}},
        {"a.npy " SMALL "--k 4 --sweep q=1,2 --out new", 2, {"--sweep q"}},
        {"a.npy " SMALL "--sweep k=1,x --out new", 2, {"--sweep k", "x"}},
        {"a.npy " SMALL "--sweep k=4,41 --out new", 2, {"--k 41"}},
        {"a.npy " SMALL "--sweep k=4,4 --out new", 2, {"--sweep", "k=4", "twice"}},
        {"a.npy " SMALL "--sweep 'k=4;k=2' --out new", 2, {"--sweep", "k", "twice"}},
        {"a.npy " SMALL "--arch matryoshka --k 4 --widths 10,20 --out new", 2, {"--widths"}},
        {"--resume run --out new", 2, {"--resume", "--out"}},
        {"--resume run --lr 1", 2, {"--lr has no part in --resume"}},
        {"--resume run --config run/config.json", 2, {"--config has no part in --resume"}},
    };
    check_refusals(refusals, sizeof refusals / sizeof *refusals);
}

/* What belongs to another kind is not passed over, not even where it says what is so anyway. */
static void options_of_other_kinds(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"a.npy " SMALL "--k 4 --bandwidth 0.05 --out new", 2, {"--bandwidth has no part in --arch topk"}},
        {"a.npy " SMALL "--k 4 --gradient-to-input no --out new", 2, {"--gradient-to-input", "topk"}},
        {"a.npy " SMALL "--k 4 --sparsity-warmup 0 --out new", 2, {"--sparsity-warmup", "topk"}},
        {"a.npy " SMALL "--k 4 --l1 0 --out new", 2, {"--l1", "topk"}},
        {"a.npy " SMALL "--k 4 --widths 40 --out new", 2, {"--widths", "topk"}},
        {"a.npy " SMALL "--arch standard --k 0 --out new", 2, {"--k has no part", "standard"}},
        {"a.npy " SMALL "--arch standard --k-aux 5 --out new", 2, {"--k-aux", "--aux-coefficient"}},
        {"a.npy " SMALL "--arch gated --k-aux 5 --out new", 2, {"--k-aux", "gated"}},
        {"a.npy " SMALL "--arch jumprelu --target-anneal 0.5 --out new",
         2,
         {"--target-anneal", "--target-l0"}},
        {"a.npy " SMALL "--arch jumprelu --k-anneal 0 --out new", 2, {"--k-anneal", "jumprelu"}},
        {"a.npy b.npy " SMALL "--arch crosscoder --bandwidth 1 --out new",
         2,
         {"--bandwidth", "activation relu"}},
        {"a.npy " SMALL "--arch jumprelu --sweep k=2,4 --out new", 2, {"--k", "jumprelu"}},
        {"a.npy " SMALL "--k 4 --sweep l1=0,1 --out new", 2, {"--l1", "topk"}},
        {"a.npy --config foreign.json " SMALL "--out new", 2, {"--bandwidth", "topk"}},
    };
    test_file("foreign.json", "{\"k\": 4, \"bandwidth\": 7}", 24);
    check_refusals(refusals, sizeof refusals / sizeof *refusals);
    /* The environment is for all runs. */
    in_folder(0, "ARCLIGHT_BANDWIDTH=0.3 ARCLIGHT_L1=2 $A train a.npy --k 4 " SMALL "--out named && "
                 "cmp named/sae_weights.safetensors run/sae_weights.safetensors && rm -r named");
    in_folder(0, "ARCLIGHT_BANDWIDTH=0.3 $A train a.npy " SMALL "--sweep k=2,4 --out swept && "
                 "$A train --config swept/config.json -q --out swept-again && rm -r swept swept-again");
}

/* ---- files ---- */

static void files_that_do_not_suit(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"missing.npy --k 4 " SMALL "--out new", 3, {"missing.npy"}},
        {"a.npy narrow.npy --k 4 " SMALL "--out new", 3, {"narrow.npy", "6", "12"}},
        {"a.npy short.npy --arch crosscoder --k 4 " SMALL "--out new", 3, {"short.npy", "599", "600"}},
        {"a.npy narrow.npy --arch crosscoder --k 4 " SMALL "--out new", 3, {"narrow.npy", "12", "6"}},
        {"a.npy --target short.npy --arch transcoder --k 4 " SMALL "--out new",
         3,
         {"short.npy", "599", "600"}},
        {"nan.npy --k 4 " SMALL "--out new", 3, {"nan.npy", "NaN or Inf"}},
        {"a.npy --target nan.npy --arch transcoder --k 4 " SMALL "--out new", 3, {"finite"}},
        {"a.npy nan.npy --k 4 --holdout 600 " SMALL "--out new", 3, {"none of 600 rows"}},
        {"a.npy --config zero.json " SMALL "--out new", 2, {"--k"}},
        {"a.npy --k 4 --init missing " SMALL "--out new", 3, {"missing"}},
        {"narrow.npy --k 4 --init run " SMALL "--out new", 3, {"run", "12", "6"}},
        {"a.npy --k 4 --init run " SMALL "--d-sae 41 --out new", 3, {"run", "40", "41"}},
        {"narrow.npy --config run/config.json --out new", 3, {"--config", "12", "6"}},
        {"a.npy --config missing.json --out new", 3, {"missing.json"}},
        {"a.npy --config no.json " SMALL "--out new", 3, {"no.json", "line 1"}},
        {"a.npy --config unknown.json " SMALL "--out new", 3, {"kk"}},
        {"a.npy --config word.json " SMALL "--out new", 3, {"\"k\""}},
        {"a.npy --config holdout.json " SMALL "--out new", 3, {"\"holdout\"", "whole number"}},
        {"a.npy --k 4 --rows 700:800 " SMALL "--out new", 3, {"600"}},
    };
    check_refusals(refusals, sizeof refusals / sizeof *refusals);
}

/* ---- folders ---- */

static void folders_that_cannot_be_used(void **state)
{
    (void)state;
    in_folder(0, "mkdir -p empty; $A train a.npy " SMALL "--sweep k=2,4 --out sweep");
    in_folder(0, "$A train a.npy " SMALL "--sweep k=2,4 --lr 0.01 --out other && cp -r sweep mixed && "
                 "cp other/k=4/checkpoint-* mixed/k=4/");
    static const struct refusal refusals[] = {
        {"--resume mixed", 3, {"mixed/k=4/checkpoint-", "of another run than mixed/k=2"}},
        {"a.npy --k 4 " SMALL "--out run", 2, {"run holds", "--resume run"}},
        {"a.npy " SMALL "--sweep k=2,4 --out run", 2, {"run holds", "--resume run"}},
        {"a.npy --k 4 " SMALL "--out sweep", 2, {"sweep holds", "--resume sweep"}},
        {"a.npy " SMALL "--sweep k=2,8 --out sweep", 2, {"sweep holds", "--resume sweep"}},
        {"a.npy --k 4 " SMALL "--out a.npy", 8, {"a.npy"}},
        {"a.npy --k 4 " SMALL "--out /proc/no/such", 8, {"/proc/no"}},
        {"--resume empty", 3, {"empty", "no run"}},
        {"--resume missing", 3, {"missing"}},
        {"narrow.npy --resume run", 3, {"narrow.npy", "12", "6"}},
        {"b.npy --resume run", 3, {"b.npy", "not the rows"}},
    };
    check_refusals(refusals, sizeof refusals / sizeof *refusals);
    /* As long as one process trains there, no other does. */
    struct run run = in_folder(0, "$A train a.npy --k 4 " SMALL "--total-rows 320000000 --out held & p=$!; "
                                  "while [ ! -s held/metrics.jsonl ]; do sleep 0.01; done; "
                                  "$A train a.npy --k 4 " SMALL "--out held; echo first $?; "
                                  "kill -KILL $p; wait $p; rm -r held");
    assert_contains(run, "held: another process trains into this folder");
    assert_contains(run, "first 2");
    run = in_folder(0, "$A train a.npy --k 4 " SMALL
                       "--total-rows 320000000 --checkpoint-every 32r --out held & "
                       "p=$!; while ! ls held/checkpoint-* >/dev/null; do sleep 0.01; done; "
                       "$A train --resume held; echo second $?; kill -KILL $p; wait $p; "
                       "$A train --resume held -q & q=$!; sleep 0.5; kill -INT $q; wait $q; echo third $?; "
                       "rm -r held");
    assert_contains(run, "second 2");
    assert_contains(run, "third 130");
    /* The same rows under another name are the same. */
    in_folder(0, "cp a.npy c.npy && $A train c.npy --resume run -q");
}

static void damaged_checkpoints_are_told(void **state)
{
    (void)state;
    in_folder(0, "$A train a.npy --k 4 " SMALL "--checkpoint-every 64r --keep 9 --log-every 1 --out whole && "
                 "cp -r whole torn && cd torn && rm *.safetensors cfg.json checkpoint-000000010.arclight && "
                 "ls checkpoint-* && truncate -s -100 checkpoint-000000008.arclight && "
                 "printf X | dd of=checkpoint-000000006.arclight bs=1 seek=3000 conv=notrunc 2>/dev/null");
    struct run run = in_folder(0, "$A train --resume torn");
    assert_contains(run, "warning");
    assert_contains(run, "checkpoint-000000008.arclight");
    assert_contains(run, "checkpoint-000000006.arclight");
    assert_same_runs("whole", "torn");
    in_folder(0, "cd torn && for f in checkpoint-*; do truncate -s 1000 $f; done");
    run = in_folder(3, "$A train --resume torn");
    assert_contains(run, "no valid checkpoint is left");
    assert_contains(run, "torn/checkpoint-000000002.arclight");
}

/* ---- devices and disks ---- */

static void memory_is_planned(void **state)
{
    (void)state;
    static const char line[] = "$A train a.npy --k 4 --d-sae 4096 --total-rows 300000 --no-picture -q "
                               "--limits memory_bytes=128M --log-every 1 --out planned ";
    struct run run = in_folder(5, "%s --batch 65536", line);
    assert_contains(run, "device memory");
    const char *advice = strstr(run.text, "--batch ");
    assert_non_null(advice);
    unsigned batch = (unsigned)strtoul(advice + strlen("--batch "), NULL, 10);
    assert_true(batch > 0 && batch < 65536);
    /* What is advised fits. */
    in_folder(0, "%s --batch %u --total-rows %u", line, batch, 2 * batch);
}

/* Said before rows are read: of these none could be used. */
static void memory_is_planned_before_reading(void **state)
{
    (void)state;
    static const char limit[] = "--total-rows 300000 --no-picture --limits memory_bytes=128M --out new";
    struct run run = in_folder(5, "$A train nan.npy --k 4 --d-sae 4096 --batch 65536 %s", limit);
    assert_contains(run, "would fit");
    run = in_folder(5, "$A train nan.npy --k 4 --d-sae 1048576 --batch 256 --holdout 100 %s", limit);
    assert_contains(run, "no batch would fit: use a smaller --d-sae");
    run = in_folder(5, "$A train nan.npy --sweep k=2,4,8,16 --d-sae 16384 --batch 4096 %s", limit);
    assert_contains(run, "this run needs");
    in_folder(3, "$A train nan.npy --k 4 --d-sae 40 --batch 32 %s", limit);
    in_folder(1, "test -e new");
}

/* The quantity that the text's last `behind` ends: "1.23 GB on the device". */
static double bytes_in_front_of(const struct run *run, const char *behind)
{
    const char *at = NULL;
    for (const char *next = run->text; (next = strstr(next, behind)) != NULL; next++)
        at = next;
    if (!at || at - run->text < 8)
        fail_msg("nothing stands in front of %s: %s", behind, run->text);
    double unit = at[-1] == 'G' ? 1e9 : at[-1] == 'M' ? 1e6 : 0;
    for (at -= 2; at > run->text && at[-1] != ' '; at--)
        ;
    return strtod(at, NULL) * unit;
}

/* What is said before the first step is what the last line of progress says: blocks, copies, evaluations. */
static void planned_memory_is_what_is_taken(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "a.npy --k 4 --d-sae 40",
        "a.npy --k 4 --d-sae 65536 --holdout 300 --eval-every 1",
        "a.npy --arch jumprelu --target-l0 8 --d-sae 32768 --holdout 100",
        "a.npy b.npy --arch crosscoder --activation batchtopk --k 4 --d-sae 32768",
        "a.npy --sweep k=2,4,8 --d-sae 16384 --holdout 100",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct run run = in_folder(
            0, "$A train %s --batch 128 --total-rows 640 --no-picture --out taken; rm -r taken", lines[i]);
        double planned = bytes_in_front_of(&run, "B of device memory"),
               taken = bytes_in_front_of(&run, "B on the device");
        if (!(planned > 0 && fabs(taken / planned - 1) <= 0.05))
            fail_msg("%s: %g bytes were planned and %g taken", lines[i], planned, taken);
    }
}

/* Evaluations and the copies they take come after the first step; what they need is there before it, or the
 * run does not begin. */
static void memory_does_not_run_out_on_the_way(void **state)
{
    (void)state;
    int refused = 0, done = 0;
    for (unsigned long long mib = 64; mib <= 224; mib += 32) {
        struct run run =
            run_line("cd '%s' && rm -rf short && $A train a.npy --k 4 --d-sae 4096 --batch 256 "
                     "--total-rows 768 --holdout 300 --eval-every 1 --log-every 1 --no-picture -q "
                     "--limits memory_bytes=%llu --out short 2>&1",
                     test_folder(), mib << 20);
        if (run.code != 0 && run.code != 5)
            fail_msg("%llu MiB: exit code %d: %s", mib, run.code, run.text);
        done += run.code == 0;
        refused += run.code == 5;
        if (run.code == 5)
            in_folder(1, "cat short/metrics.jsonl 2>/dev/null | grep -q step");
    }
    assert_true(refused > 0 && done > 0);
}

/* What is bound whole must fit a binding: said before the first step, with the batch that does. */
static void bindings_are_planned(void **state)
{
    (void)state;
    static const char line[] = "$A train a.npy --k 64 --d-sae 256 --total-rows 8192 --no-picture -q "
                               "--aux-coefficient 0 --limits storage_range_bytes=1048576 --out bound";
    struct run run = in_folder(2, "%s --batch 2048", line);
    const char *advice = strstr(run.text, "at most --batch ");
    assert_non_null(advice);
    unsigned batch = (unsigned)strtoul(advice + strlen("at most --batch "), NULL, 10);
    assert_in_range(batch, 1, 2047);
    in_folder(0, "%s --batch %u", line, batch);
}

/* A step at such a rate throws the weights so far that every step after it is without a finite gradient. */
static void a_run_that_is_lost_stops(void **state)
{
    (void)state;
    struct run run =
        in_folder(7, "$A train a.npy --arch standard --l1 1 --lr 1e25 --clip 0 --d-sae 40 --batch 32 "
                     "--total-rows 9600 --checkpoint-every 1r --keep 2 --log-every 1 --no-picture "
                     "--out lost");
    assert_contains(run, "step ");
    assert_contains(run, "20 steps in a row");
    assert_contains(run, "rows between");
    assert_contains(run, "skipped");
    in_folder(
        0, "cd lost && grep -c skipped metrics.jsonl | grep -qx 20 && ls checkpoint-* && ! test -e cfg.json");
    /* It goes on from the last good step, and is lost again in the same way. */
    in_folder(0, "cp -r lost again");
    in_folder(7, "$A train --resume again -q");
    assert_same_runs("lost", "again");
}

static const char in_room[] =
    "export A; mkdir -p small; unshare -m sh -c 'mount -t tmpfs -o size=%s none small && { %s; }'";

static void a_full_disk_does_not_end_training(void **state)
{
    (void)state;
    struct run run = run_line(
        "cd '%s'; export A; mkdir -p small; unshare -m sh -c 'mount -t tmpfs -o size=64k none small' 2>&1",
        test_folder());
    if (run.code != 0) {
        fprintf(stderr, "skipped: a file system of its own cannot be mounted here\n");
        skip();
    }
    /* Room for the first checkpoints (about 20 KiB each), not for all of nine. */
    run = in_folder(0, in_room, "130k",
                    "$A train a.npy --k 4 " SMALL
                    "--checkpoint-every 32r --keep 9 --out small/run; code=$?; ls -a small/run; "
                    "test $code = 0 -o $code = 8 && ! ls small/run | grep tmp && "
                    "rm small/run/checkpoint-00000000[1-4]* && $A train --resume small/run "
                    "--keep 1 | tail -n 5");
    assert_contains(run, "warning: no checkpoint could be written, training goes on");
    assert_contains(run, "No space left");
    assert_contains(run, "checkpoint-000000001.arclight");
    assert_contains(run, "saved in small/run");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_that_cannot_be_meant),
        cmocka_unit_test(options_of_other_kinds),
        cmocka_unit_test(files_that_do_not_suit),
        cmocka_unit_test(folders_that_cannot_be_used),
        cmocka_unit_test(damaged_checkpoints_are_told),
        cmocka_unit_test(memory_is_planned),
        cmocka_unit_test(memory_is_planned_before_reading),
        cmocka_unit_test(planned_memory_is_what_is_taken),
        cmocka_unit_test(memory_does_not_run_out_on_the_way),
        cmocka_unit_test(bindings_are_planned),
        cmocka_unit_test(a_run_that_is_lost_stops),
        cmocka_unit_test(a_full_disk_does_not_end_training),
    };
    if (!test_gpu_exists())
        return 77;
    return cmocka_run_group_tests(tests, set_up, NULL);
}
