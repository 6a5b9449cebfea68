/* Small training runs of the program, for its tests: inputs, the options of each kind, runs compared. */
#ifndef ARCLIGHT_TEST_CLI_TRAIN_H
#define ARCLIGHT_TEST_CLI_TRAIN_H

#include "base/random.h"
#include "cli/run.h"
#include "support/files.h"

enum { TRAIN_ROWS = 600, TRAIN_WIDTH = 12, TRAIN_OUTLIER = 5, TRAIN_NAN = 77 };

/* a.npy and b.npy [ROWS, WIDTH]; a.npy has one row a thousand times as long as the others. faulty.npy has a
 * NaN in one row more. */
static inline void train_inputs(void)
{
    static float rows[TRAIN_ROWS * TRAIN_WIDTH];
    const char *const names[] = {"a.npy", "b.npy"};
    for (uint64_t n = 0; n < 2; n++) {
        for (uint64_t i = 0; i < TRAIN_ROWS * TRAIN_WIDTH; i++)
            rows[i] = (float)(1 + base_random_normal(n + 1, BASE_STREAM_TEST, i) *
                                      (3.0 / (double)(1 + i % TRAIN_WIDTH)));
        if (n == 0)
            rows[TRAIN_OUTLIER * TRAIN_WIDTH] = 5000;
        test_npy(names[n], "<f4", 0, "(600, 12)", rows, sizeof rows);
        if (n == 0) {
            rows[TRAIN_NAN * TRAIN_WIDTH + 1] = NAN;
            test_npy("faulty.npy", "<f4", 0, "(600, 12)", rows, sizeof rows);
        }
    }
}

struct train_kind {
    const char *name;
    const char *options; /* inputs too */
};

static const struct train_kind train_kinds[] = {
    {"standard", "a.npy --arch standard --resample-every 7 --dead-after 96"},
    {"gated", "a.npy --arch gated --l1 2 --decoder-norm unit"},
    {"jumprelu", "a.npy --arch jumprelu --target-l0 4"},
    {"topk", "a.npy --arch topk --k 4 --b-dec-init geometric-median"},
    {"batchtopk", "a.npy --arch batchtopk --k 4 --k-anneal 10"},
    {"matryoshka", "a.npy --arch matryoshka --k 4 --widths 10,20,40"},
    {"transcoder", "a.npy --arch transcoder --k 4 --target b.npy --lr-schedule cosine"},
    {"skip-transcoder", "a.npy --arch skip-transcoder --activation jumprelu --target-l0 4 --target b.npy"},
    {"crosscoder", "a.npy b.npy --arch crosscoder --activation batchtopk --k 4"},
};
enum { TRAIN_KINDS = sizeof train_kinds / sizeof *train_kinds };

#define TRAIN_SMALL "--d-sae 40 --batch 32 --holdout 100 --no-picture -q "

/* Runs in the test's folder; standard error is part of the text. */
static inline struct run in_folder(int code, const char *format, ...)
{
    char line[3000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    struct run run = run_line("cd '%s' && { %s; } 2>&1", test_folder(), line);
    if (run.code != code)
        fail_msg("exit code %d, expected %d: %s\n%s", run.code, code, line, run.text);
    return run;
}

/* The same files in both folders, byte for byte but for times. */
static inline void assert_same_runs(const char *a, const char *b)
{
    struct run run = in_folder(
        0,
        "(cd '%s' && find . -type f | sort) >list-a; (cd '%s' && find . -type f | sort) >list-b; "
        "diff list-a list-b; while read f; do case $f in "
        "*metrics.jsonl) for d in '%s' '%s'; do sed 's/, \"seconds\": [^,}]*//' $d/$f >lines-$d; done; "
        "cmp 'lines-%s' 'lines-%s';; *sweep.json|*.png) ;; *) cmp '%s'/$f '%s'/$f;; esac; done <list-a; true",
        a, b, a, b, a, b, a, b);
    if (run.bytes > 0)
        fail_msg("%s and %s differ: %s", a, b, run.text);
}

/* Trains into `out`, and sends signals once metrics.jsonl has so many lines; the text ends in "code N". With
 * --log-every 1 a line is a step. */
static inline struct run train_until(const char *out, const char *metrics, int lines, const char *signals,
                                     const char *command)
{
    return in_folder(
        0,
        "$A train %s --out %s & p=$!; "
        "while kill -0 $p 2>/dev/null && [ $(cat %s 2>/dev/null | wc -l) -lt %d ]; do sleep 0.01; "
        "done; %s; wait $p; echo code $?",
        command, out, metrics, lines, signals);
}

#endif
