/* Whole runs of every kind that go on from a checkpoint of any of their steps, or after SIGKILL at any
 * moment: they end with the bytes of the run that nobody disturbed. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "base/platform.h"
#include "base/random.h"
#include "sae/checkpoint_file.h"
#include "sae/run.h"
#include "sae/start.h"
#include "support/autoencoder.h"
#include "support/device.h"
#include "support/files.h"
#include "support/test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Fewer rows than eight steps take, a whole number of batches in none of the epochs. */
enum { ROWS = 240, D_IN = 11, D_TARGET = 9, D_SAE = 40, BATCH = 32, STEPS = 40, PLACES = 20, KILLS = 2 };
#define ROWS_SHAPE "(240, 11)"
#define TARGETS_SHAPE "(240, 9)"

/* ---- kinds ---- */

/* What must happen in the run, so that there are states to go on from that are no plain ones. */
enum {
    CROSSES = 1,   /* from dense blocks to pairs */
    REVIVES = 2,   /* some steps with AuxK on dead latents, some without */
    RESAMPLES = 4, /* dead latents, in the middle */
};

static void resampled(struct sae_config *config)
{
    config->l1 = 6;
    config->sparsity_warmup = 10;
    config->resample_every = 9;
    config->dead_after = 2 * BATCH;
}

static void of_unit_norm(struct sae_config *config)
{
    resampled(config);
    config->decoder_norm = SAE_NORM_UNIT;
    config->l1 = 10;
}

static void annealed(struct sae_config *config)
{
    config->k_anneal = 15;
    config->schedule = SAE_COSINE;
}

static void falling(struct sae_config *config)
{
    config->decay = 25;
    config->clip = 0.5;
}

static void weighted(struct sae_config *config)
{
    resampled(config);
    config->l1 = 3.5;
}

static void layered(struct sae_config *config)
{
    config->architecture.scaling = SAE_SCALING_LAYER_NORM;
}

static void steered(struct sae_config *config)
{
    config->sparsity_coefficient = 0.1;
    config->learning_rate = 3e-3;
    config->threshold_start = 0.05;
}

static void steered_lightly(struct sae_config *config)
{
    steered(config);
    config->sparsity_coefficient = 0.02;
}

static const struct course {
    const char *kind;
    enum sae_activation activation;
    void (*change)(struct sae_config *config);
    unsigned events;
} courses[] = {
    {"standard", SAE_RELU, resampled, CROSSES | RESAMPLES},
    {"gated", SAE_GATED, of_unit_norm, CROSSES | RESAMPLES},
    {"jumprelu", SAE_JUMPRELU, steered, CROSSES | REVIVES},
    {"topk", SAE_TOPK, annealed, REVIVES},
    {"batchtopk", SAE_BATCHTOPK, falling, REVIVES},
    {"matryoshka", SAE_BATCHTOPK, NULL, REVIVES},
    {"transcoder", SAE_TOPK, layered, REVIVES},
    {"skip-transcoder", SAE_JUMPRELU, steered_lightly, CROSSES | REVIVES},
    {"crosscoder", SAE_RELU, weighted, CROSSES | RESAMPLES},
};
enum { COURSES = sizeof courses / sizeof *courses };

static struct sae_config config_of(const struct course *course)
{
    struct sae_config config = {
        .kind = sae_kind_find(course->kind), .total_rows = STEPS * BATCH, .batch = BATCH};
    struct sae_architecture *a = &config.architecture;
    assert_non_null(config.kind);
    a->n_inputs = config.kind->several_inputs ? 2 : 1;
    a->d_in = D_IN * a->n_inputs;
    a->d_out = config.kind->target ? D_TARGET : a->d_in;
    a->d_sae = D_SAE;
    a->activation = course->activation;
    a->k = sae_selects(course->activation) ? 3 : 0;
    config.target_l0 = course->activation == SAE_JUMPRELU ? 2 : 0;
    sae_config_defaults(&config);
    config.learning_rate = 1e-2;
    config.warmup = 5;
    config.dead_after = 3 * BATCH;
    if (course->change)
        course->change(&config);
    assert_ok(sae_config_check(&config));
    return config;
}

/* ---- a run ---- */

/* Rows of uneven columns, the second set's with something of the first's. */
static struct data_activations *set_of(uint32_t width, const char *name, const char *shape, uint64_t seed)
{
    struct data_activations *set;
    float *rows = test_rows(ROWS, width, seed);
    for (uint64_t i = 0; i < (uint64_t)ROWS * width; i++)
        rows[i] = 0.5f + rows[i] / (1 + 0.3f * (float)(i % width));
    const char *path = test_npy(name, "<f4", 0, shape, rows, (size_t)ROWS * width * sizeof *rows);
    assert_ok(data_open(
        &(struct data_open_parameters){.arguments = &path, .n_arguments = 1, .step = UINT64_MAX}, &set));
    free(rows);
    return set;
}

/* What each step of a run did; may be NULL. */
struct log {
    bool seen[STEPS], dense[STEPS], revived[STEPS];
    uint32_t dead[STEPS];
};

static void note(void *context, const struct sae_run_news *news)
{
    struct log *log = context;
    const struct sae_record *record = news->record;
    if (!log)
        return;
    log->seen[record->step] = true;
    log->dense[record->step] = record->dense;
    log->revived[record->step] = record->auxiliary > 0;
    log->dead[record->step] = record->dead;
}

/* Begins in the folder, or goes on from the newest checkpoint in it, and trains to the end. */
static void train_in(const char *folder, const struct course *course, uint64_t checkpoint_rows,
                     uint32_t keep_last, struct log *log)
{
    struct sae_config config = config_of(course);
    const struct sae_architecture *a = &config.architecture;
    struct data_activations *sets[2] = {set_of(D_IN, "rows.npy", ROWS_SHAPE, 5)};
    uint32_t n_sets = 1, width = a->d_in + (a->transcoder ? a->d_out : 0);
    if (a->transcoder)
        sets[n_sets++] = set_of(D_TARGET, "targets.npy", TARGETS_SHAPE, 6);
    else if (a->n_inputs == 2)
        sets[n_sets++] = set_of(D_IN, "others.npy", ROWS_SHAPE, 7);
    struct sae_run_part part = {.folder = folder,
                                .head = "{}",
                                .config = config,
                                .metadata = {.prepend_bos = -1, .l0 = -1, .n_dead = -1}};
    const struct sae_checkpoint_place place = {folder, NULL};
    if (sae_checkpoint_exists(folder))
        assert_ok(sae_checkpoint_find(&place, 1, &part.checkpoint));
    else
        assert_ok(sae_start_model(&config, NULL, 0, 0, &part.start));
    float *others = test_rows(64, width, 9);
    struct sae_run_figures figures;
    assert_ok(sae_run(&(struct sae_run_parameters){.gpu = test_gpu(),
                                                   .name = "resume",
                                                   .data = {.sets = sets,
                                                            .n_sets = n_sets,
                                                            .seed = 3,
                                                            .buffer_bytes = 1 << 20,
                                                            .batch = BATCH,
                                                            .norm_bound = 3},
                                                   .holdout = {others, 24},
                                                   .calibration = {others, 64},
                                                   .scale_in = 1.25,
                                                   .scale_out = a->transcoder ? 0.75 : 1.25,
                                                   .log_every = 1,
                                                   .eval_every = 7,
                                                   .checkpoint_rows = checkpoint_rows,
                                                   .keep_last = keep_last,
                                                   .tell = note,
                                                   .context = log},
                      &part, 1, &figures));
    assert_true(figures.position.left_out_norm > 0);
    sae_model_free(&part.start);
    sae_checkpoint_free(&part.checkpoint);
    for (uint32_t i = 0; i < n_sets; i++)
        data_close(&sets[i]);
    free(others);
}

static const char *folder_of(const char *kind, const char *name)
{
    char text[64];
    snprintf(text, sizeof text, "%s-%s", kind, name);
    const char *folder = test_path(text);
    assert_ok(base_folder_make(folder));
    return folder;
}

/* ---- what is left ---- */

static char *text_of(const char *folder, const char *name, size_t *count)
{
    char *path = base_path_join(folder, name), *copy = NULL;
    uint8_t *bytes = test_read_file(path, count);
    assert_ok(base_allocate(&copy, *count + 1, 1, "test"));
    memcpy(copy, bytes, *count);
    base_free(bytes);
    base_free(path);
    return copy;
}

/* metrics.jsonl without its seconds. */
static char *metrics_of(const char *folder)
{
    size_t count;
    char *text = text_of(folder, "metrics.jsonl", &count), *to = text;
    for (const char *from = text; *from;) {
        static const char key[] = "\"seconds\": ";
        if (strncmp(from, key, sizeof key - 1) == 0)
            from += strcspn(from, ",}");
        else
            *to++ = *from++;
    }
    *to = '\0';
    return text;
}

/* The last checkpoint holds all that training has: weights, moments, counts, state, place in the data. */
static void runs_are_equal(const char *unbroken, const char *broken, const char *how)
{
    char *last = sae_checkpoint_name(".", STEPS);
    const char *const names[] = {last, "sae_weights.safetensors", "cfg.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t counts[2];
        char *bytes[] = {text_of(unbroken, names[i], &counts[0]), text_of(broken, names[i], &counts[1])};
        if (counts[0] != counts[1] || memcmp(bytes[0], bytes[1], counts[0]) != 0)
            fail_msg("%s: %s: %s is not what the unbroken run has", broken, how, names[i]);
        base_free(bytes[0]), base_free(bytes[1]);
    }
    char *metrics[] = {metrics_of(unbroken), metrics_of(broken)};
    assert_string_equal(metrics[0], metrics[1]);
    base_free(metrics[0]), base_free(metrics[1]);
    base_free(last);
}

static void copy_file(const char *from, const char *to, const char *name)
{
    size_t count;
    char *bytes = text_of(from, name, &count), *path = base_path_join(to, name);
    FILE *file = fopen(path, "wb");
    assert_true(file && fwrite(bytes, 1, count, file) == count && fclose(file) == 0);
    base_free(bytes);
    base_free(path);
}

/* ---- from any place ---- */

/* The first step behind which the next one is of the other way; 0: there is none. */
static uint32_t first_turn(const bool *steps)
{
    uint32_t step = 1;
    while (step < STEPS && steps[step] == steps[step - 1])
        step++;
    return step < STEPS ? step : 0;
}

/* Steps done when the run is broken off: twenty at random, and where something turns. */
static uint32_t places_of(const struct course *course, const struct log *log, uint64_t seed,
                          uint32_t places[STEPS])
{
    struct sae_config config = config_of(course);
    uint32_t all[STEPS - 1], count = 0, dead = 0;
    for (uint32_t i = 0; i < STEPS - 1; i++)
        all[i] = i + 1;
    while (count < PLACES) {
        uint64_t drawn = count + base_random_below(seed, BASE_STREAM_TEST, count, STEPS - 1 - count);
        uint32_t place = all[drawn];
        all[drawn] = all[count];
        places[count++] = place;
    }
    uint32_t crossing = first_turn(log->dense), revival = first_turn(log->revived);
    if (config.resample_every > 0)
        dead = log->dead[config.resample_every - 1];
    /* Where the two ways meet is another density on a GPU. */
    bool must_cross = (course->events & CROSSES) && gpu_information(test_gpu())->type == GPU_CPU;
    if ((must_cross && crossing == 0) || ((course->events & REVIVES) && revival == 0) ||
        ((course->events & RESAMPLES) && dead == 0))
        fail_msg(
            "%s: turns to the other way at step %u, to AuxK at %u, and has %u dead at the first resampling",
            course->kind, crossing, revival, dead);
    const uint32_t turns[] = {crossing, revival, dead ? (uint32_t)config.resample_every : 0};
    for (uint32_t i = 0; i < sizeof turns / sizeof *turns; i++) {
        bool known = turns[i] == 0;
        for (uint32_t j = 0; j < count; j++)
            known |= places[j] == turns[i];
        if (!known)
            places[count++] = turns[i];
    }
    return count;
}

/* What a process that was killed behind that step leaves: its checkpoint, and metrics of later steps. */
static void goes_on_from(const struct course *course, const char *unbroken, uint32_t place)
{
    char name[32], *checkpoint = sae_checkpoint_name(".", place);
    snprintf(name, sizeof name, "from-%u", place);
    const char *folder = folder_of(course->kind, name);
    struct log log = {0};
    copy_file(unbroken, folder, checkpoint);
    copy_file(unbroken, folder, "metrics.jsonl");
    base_free(checkpoint);
    train_in(folder, course, 0, 2, &log);
    for (uint32_t step = 0; step < STEPS; step++)
        assert_int_equal(log.seen[step], step >= place);
    runs_are_equal(unbroken, folder, name);
}

static void every_kind_goes_on_from_any_place(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < COURSES; c++) {
        const char *unbroken = folder_of(courses[c].kind, "unbroken");
        uint32_t places[STEPS];
        struct log log = {0};
        train_in(unbroken, &courses[c], BATCH, STEPS, &log);
        uint32_t count = places_of(&courses[c], &log, 20 + c, places);
        for (uint32_t i = 0; i < count; i++)
            goes_on_from(&courses[c], unbroken, places[i]);
    }
}

/* ---- killed at any moment ---- */

/* What this program does when it is started with `--train COURSE FOLDER DESCRIPTOR`; says when the device is
 * there. */
static int train_in_own_process(char **arguments)
{
    (void)test_gpu();
    if (write(atoi(arguments[4]), "r", 1) != 1)
        return 1;
    train_in(arguments[3], &courses[atoi(arguments[2])], BATCH, 2, NULL);
    return test_gpu_finish(0);
}

/* Returns once its device is there. */
static pid_t start_training(uint32_t course, const char *folder)
{
    int pipes[2];
    char number[16], descriptor[16], ready;
    assert_int_equal(pipe(pipes), 0);
    snprintf(number, sizeof number, "%u", course);
    snprintf(descriptor, sizeof descriptor, "%d", pipes[1]);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        execl("/proc/self/exe", "test_sae_resume", "--train", number, folder, descriptor, (char *)NULL);
        _exit(99);
    }
    assert_int_equal(close(pipes[1]), 0);
    assert_int_equal(read(pipes[0], &ready, 1), 1);
    assert_int_equal(close(pipes[0]), 0);
    return child;
}

static void killed_runs_of_every_kind_end_alike(void **state)
{
    (void)state;
    uint32_t in_the_middle = 0;
    for (uint32_t c = 0; c < COURSES; c++) {
        const char *unbroken = folder_of(courses[c].kind, "whole"),
                   *folder = folder_of(courses[c].kind, "killed");
        uint64_t start = base_clock_ns();
        int how;
        train_in(unbroken, &courses[c], BATCH, 2, NULL);
        double time = (double)(base_clock_ns() - start) / 1000;
        for (uint32_t i = 0; i < KILLS; i++) {
            pid_t child = start_training(c, folder);
            usleep((useconds_t)(base_random_uniform(4 + c, BASE_STREAM_TEST, i) * time));
            assert_int_equal(kill(child, SIGKILL), 0);
            assert_int_equal(waitpid(child, &how, 0), child);
            bool killed = WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
            assert_true(killed || (WIFEXITED(how) && WEXITSTATUS(how) == 0));
            in_the_middle += killed && sae_checkpoint_exists(folder);
        }
        pid_t child = start_training(c, folder);
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
        runs_are_equal(unbroken, folder, "killed");
    }
    printf("%u of %d kills hit a run that had checkpoints and was not at its end\n", in_the_middle,
           KILLS * COURSES);
    assert_true(in_the_middle > 0);
}

int main(int count, char **arguments)
{
    if (count == 5 && strcmp(arguments[1], "--train") == 0)
        return train_in_own_process(arguments);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_goes_on_from_any_place),
        cmocka_unit_test(killed_runs_of_every_kind_end_alike),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
