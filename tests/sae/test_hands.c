/* Hands on a run: what is ordered holds from the step it says, is written down, and is kept in checkpoints;
 * hands that change nothing, and slices of any length, change no bit. */
#include "sae/hands.h"

#include "base/memory.h"
#include "base/platform.h"
#include "linalg/sum.h"
#include "sae/checkpoint_file.h"
#include "sae/inference.h"
#include "sae/run.h"
#include "sae/start.h"
#include "support/autoencoder.h"
#include "support/device.h"
#include "support/files.h"
#include "support/test.h"

#include <stdlib.h>

enum { ROWS = 200, D_IN = 11, D_SAE = 37, BATCH = 48, STEPS = 12, MOST_PARTS = 2 };

/* ---- a run ---- */

static struct sae_config config_of(const char *kind)
{
    struct sae_config config = {.kind = sae_kind_find(kind), .total_rows = STEPS * BATCH, .batch = BATCH};
    assert_non_null(config.kind);
    config.architecture.d_in = config.architecture.d_out = D_IN;
    config.architecture.d_sae = D_SAE;
    config.architecture.n_inputs = 1;
    enum sae_activation activation = config.kind->activation;
    config.architecture.k = activation == SAE_TOPK || activation == SAE_BATCHTOPK ? 6 : 0;
    config.target_l0 = activation == SAE_JUMPRELU ? 5 : 0;
    sae_config_defaults(&config);
    config.learning_rate = 1e-2;
    config.dead_after = 2 * BATCH;
    return config;
}

/* A name for each use, for a checkpoint of another run is refused. */
static const char *new_folder(void)
{
    static int count;
    char name[32];
    snprintf(name, sizeof name, "run-%d", count++);
    const char *folder = test_path(name);
    assert_ok(base_folder_make(folder));
    return folder;
}

/* Goes on from the folder's checkpoint when there is one. */
static enum base_status train(struct gpu *gpu, const struct sae_config *config, const char *const *folders,
                              uint32_t n_parts, const struct sae_hands *hands, struct sae_run_part *parts)
{
    struct data_activations *set;
    struct sae_run_figures figures;
    float *rows = test_rows(ROWS, D_IN, 5);
    const char *path = test_npy("rows.npy", "<f4", 0, "(200, 11)", rows, (size_t)ROWS * D_IN * sizeof *rows);
    assert_ok(data_open(
        &(struct data_open_parameters){.arguments = &path, .n_arguments = 1, .step = UINT64_MAX}, &set));
    bool resumes = sae_checkpoint_exists(folders[0]);
    for (uint32_t i = 0; i < n_parts; i++) {
        parts[i] = (struct sae_run_part){.folder = folders[i],
                                         .head = "{}",
                                         .config = *config,
                                         .metadata = {.prepend_bos = -1, .l0 = -1, .n_dead = -1}};
        struct sae_checkpoint_place place = {folders[i], NULL};
        if (resumes)
            assert_ok(sae_checkpoint_find(&place, 1, &parts[i].checkpoint));
        else
            assert_ok(sae_start_model(config, NULL, 0, 0, &parts[i].start));
    }
    enum base_status status = sae_run(&(struct sae_run_parameters){.gpu = gpu,
                                                                   .name = "hands",
                                                                   .data = {.sets = &set,
                                                                            .n_sets = 1,
                                                                            .seed = 3,
                                                                            .buffer_bytes = 1 << 20,
                                                                            .batch = BATCH,
                                                                            .norm_bound = INFINITY},
                                                                   .holdout = {rows, 50},
                                                                   .scale_in = 1.25,
                                                                   .scale_out = 1.25,
                                                                   .log_every = 1,
                                                                   .eval_every = 4,
                                                                   .keep_last = 9,
                                                                   .hands = hands},
                                      parts, n_parts, &figures);
    for (uint32_t i = 0; i < n_parts; i++) {
        sae_model_free(&parts[i].start);
        sae_checkpoint_free(&parts[i].checkpoint);
    }
    data_close(&set);
    free(rows);
    return status;
}

static void files_are_equal(const char *a, const char *b, const char *name)
{
    char *paths[] = {base_path_join(a, name), base_path_join(b, name)};
    size_t counts[2];
    uint8_t *bytes[] = {test_read_file(paths[0], &counts[0]), test_read_file(paths[1], &counts[1])};
    if (counts[0] != counts[1] || memcmp(bytes[0], bytes[1], counts[0]) != 0)
        fail_msg("%s and %s are not the same", paths[0], paths[1]);
    for (int i = 0; i < 2; i++) {
        base_free(paths[i]);
        base_free(bytes[i]);
    }
}

/* The last checkpoint holds all that training has: weights, moments, counts, state. */
static void runs_are_equal(const char *a, const char *b)
{
    char *last = sae_checkpoint_name(".", STEPS);
    files_are_equal(a, b, "sae_weights.safetensors");
    files_are_equal(a, b, "cfg.json");
    files_are_equal(a, b, last);
    base_free(last);
}

static char *metrics_of(const char *folder)
{
    size_t count;
    char *path = base_path_join(folder, "metrics.jsonl"), *copy = NULL;
    uint8_t *bytes = test_read_file(path, &count);
    assert_ok(base_allocate(&copy, count + 1, 1, "test"));
    memcpy(copy, bytes, count);
    base_free(bytes);
    base_free(path);
    return copy;
}

/* The metrics are the same line for line but for their seconds. */
static void metrics_are_equal(const char *a, const char *b)
{
    char *texts[] = {metrics_of(a), metrics_of(b)};
    for (int i = 0; i < 2; i++)
        for (char *at = texts[i]; (at = strstr(at, "\"seconds\": ")) != NULL;)
            for (at += 11; *at != ',' && *at != '}'; at++)
                memmove(at, at + 1, strlen(at)), at--;
    assert_string_equal(texts[0], texts[1]);
    base_free(texts[0]), base_free(texts[1]);
}

/* ---- hands of tests ---- */

struct act {
    uint64_t step;
    double rate, sparsity, k; /* 0: as they are */
    bool checkpoint, stop;
};

struct tester {
    struct gpu *gpu;
    const struct act *acts;
    uint32_t n_acts;
    uint32_t watched;
    uint64_t looks, holdouts, densities;
    double rates[STEPS], ks[STEPS], l0s[STEPS], coefficients[STEPS];
    float *sums, *values; /* [D_SAE], [BATCH] of the last step */
    uint32_t *fired;
    const float *x; /* [BATCH, D_IN] to be encoded after each step; NULL: none */
    struct sae_inference *inference;
};

/* With the weights that the step has made. */
static enum base_status encode(struct tester *tester, const struct sae_glimpse *glimpse)
{
    struct sae_latents latents;
    if (!tester->inference)
        BASE_TRY(sae_inference_of_trainer(glimpse->trainer, BATCH, &tester->inference));
    return sae_inference_encode(tester->inference, tester->x, BATCH, &latents);
}

static enum base_status before(void *context, uint32_t run, uint64_t step, struct sae_orders *orders)
{
    struct tester *tester = context;
    assert_false(orders->stop);
    orders->watched = tester->watched;
    for (uint32_t i = 0; i < tester->n_acts; i++) {
        const struct act *act = &tester->acts[i];
        if (act->step != step || run > 0)
            continue;
        orders->rate_factor = act->rate > 0 ? act->rate : orders->rate_factor;
        orders->sparsity_factor = act->sparsity > 0 ? act->sparsity : orders->sparsity_factor;
        orders->k = act->k != 0 ? act->k : orders->k;
        orders->checkpoint = act->checkpoint;
        orders->stop = act->stop;
    }
    return BASE_OK;
}

/* As in a pause: another latent after the other, of the same step, and the one that was asked for last. */
static void look_at_all(const struct tester *tester, const struct sae_glimpse *glimpse)
{
    struct sae_glimpse other = *glimpse;
    for (uint32_t i = 0; i <= D_SAE; i++) {
        const uint32_t latent = i < D_SAE ? i : tester->watched;
        float values[BATCH];
        uint32_t count = 0;
        bool known;
        assert_ok(sae_glimpse_watch(&other, latent, &known));
        assert_int_equal(known, !glimpse->record->dense);
        if (!known)
            return;
        assert_int_equal(other.watched, latent);
        assert_ok(gpu_download(tester->gpu, other.values, 0, values, sizeof values));
        for (uint32_t r = 0; r < BATCH; r++)
            count += values[r] > 0;
        assert_int_equal(count, tester->fired[latent]);
    }
}

static enum base_status after(void *context, uint32_t run, const struct sae_glimpse *glimpse)
{
    struct tester *tester = context;
    uint64_t step = glimpse->record->step;
    assert_true(step < STEPS);
    tester->looks++;
    tester->holdouts += glimpse->holdout != NULL;
    tester->densities += glimpse->density != NULL;
    if (run > 0)
        return BASE_OK;
    if (tester->x)
        BASE_TRY(encode(tester, glimpse));
    tester->rates[step] = glimpse->record->rate;
    tester->ks[step] = glimpse->record->k;
    tester->l0s[step] = glimpse->record->l0;
    tester->coefficients[step] = glimpse->record->coefficient;
    if (!tester->sums)
        return BASE_OK;
    BASE_TRY(gpu_download(tester->gpu, glimpse->sums, 0, tester->sums, D_SAE * 4));
    BASE_TRY(gpu_download(tester->gpu, glimpse->fired, 0, tester->fired, D_SAE * 4));
    if (step == STEPS - 1)
        look_at_all(tester, glimpse);
    return gpu_download(tester->gpu, glimpse->values, 0, tester->values, BATCH * 4);
}

static struct sae_hands hands_of(struct tester *tester)
{
    return (struct sae_hands){tester, before, after};
}

static const char *const kinds[] = {"standard", "gated", "jumprelu", "topk", "batchtopk", "matryoshka"};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- tests ---- */

/* What a window does between slices: work of its own on buffers of its own. */
struct onlooker {
    struct gpu *gpu;
    struct gpu_buffer *numbers, *sum;
    uint64_t times;
};
enum { NUMBERS = 5000 };

static enum base_status look(void *context)
{
    struct onlooker *onlooker = context;
    onlooker->times++;
    BASE_TRY(linalg_sum(onlooker->gpu,
                        &(struct linalg_sum_call){.source = linalg_matrix_of(onlooker->numbers, 1, NUMBERS),
                                                  .sums = linalg_matrix_of(onlooker->sum, 1, 1),
                                                  .direction = LINALG_ACROSS}));
    return gpu_flush(onlooker->gpu);
}

static struct onlooker onlooker_of(struct gpu *gpu)
{
    struct onlooker onlooker = {.gpu = gpu};
    assert_ok(gpu_buffer_create(gpu, "numbers", NUMBERS * 4, GPU_DEVICE, &onlooker.numbers));
    assert_ok(gpu_buffer_create(gpu, "sum", 4, GPU_DEVICE, &onlooker.sum));
    assert_ok(gpu_fill(gpu, onlooker.numbers, 0, NUMBERS * 4, 0x3f800000));
    return onlooker;
}

/* With slices as a window has them, and with the shortest, between which somebody else works; and with rows
 * encoded by the trainer's weights between steps. */
static void hands_that_change_nothing(void **state)
{
    (void)state;
    static const uint64_t limits[] = {50000000, 6000000, 1};
    struct gpu *gpu = test_gpu();
    struct sae_run_part part;
    struct onlooker onlooker = onlooker_of(gpu);
    float *x = test_rows(BATCH, D_IN, 9);
    for (size_t k = 0; k < KINDS; k++) {
        struct sae_config config = config_of(kinds[k]);
        const char *plain = new_folder();
        assert_ok(train(gpu, &config, &plain, 1, NULL, &part));
        for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
            struct tester tester = {.gpu = gpu, .watched = l == 0 ? SAE_WATCH_NONE : 3};
            tester.x = l > 0 ? x : NULL;
            struct sae_hands hands = hands_of(&tester);
            const char *folder = new_folder();
            gpu_set_submission_limit(gpu, limits[l]);
            gpu_set_between(gpu, l > 0 ? look : NULL, &onlooker);
            assert_ok(train(gpu, &config, &folder, 1, &hands, &part));
            gpu_set_between(gpu, NULL, NULL);
            sae_inference_destroy(&tester.inference);
            assert_int_equal(tester.looks, STEPS);
            assert_int_equal(tester.holdouts, STEPS / 4);
            assert_int_equal(tester.densities, STEPS / 4);
            runs_are_equal(plain, folder);
            metrics_are_equal(plain, folder);
        }
        gpu_set_submission_limit(gpu, limits[0]);
    }
    free(x);
    float sum;
    assert_ok(gpu_download(gpu, onlooker.sum, 0, &sum, 4));
    assert_in_double(sum, NUMBERS, 0);
    assert_true(onlooker.times > 2 * KINDS * STEPS);
    gpu_buffer_destroy(gpu, &onlooker.numbers);
    gpu_buffer_destroy(gpu, &onlooker.sum);
}

static void orders_hold_and_are_written(void **state)
{
    (void)state;
    static const struct act acts[] = {
        {.step = 3, .rate = 0.5}, {.step = 5, .k = 2}, {.step = 7, .k = NAN, .rate = 1}};
    struct sae_config config = config_of("topk");
    struct tester tester = {.acts = acts, .n_acts = 3, .watched = SAE_WATCH_NONE};
    struct sae_hands hands = hands_of(&tester);
    struct sae_run_part part;
    const char *folder = new_folder();
    config.warmup = config.decay = 0;
    config.schedule = SAE_CONSTANT;
    assert_ok(train(test_gpu(), &config, &folder, 1, &hands, &part));
    for (uint64_t s = 0; s < STEPS; s++) {
        assert_in_double(tester.rates[s], 1e-2 * (s >= 3 && s < 7 ? 0.5 : 1), 0);
        assert_in_double(tester.ks[s], s >= 5 && s < 7 ? 2 : 6, 0);
        assert_true(tester.l0s[s] <= tester.ks[s]);
    }
    char *metrics = metrics_of(folder);
    static const char *const lines[] = {"{\"step\": 3, \"event\": \"rate_factor\", \"value\": 0.5}\n",
                                        "{\"step\": 5, \"event\": \"k\", \"value\": 2}\n",
                                        "{\"step\": 7, \"event\": \"rate_factor\", \"value\": 1}\n",
                                        "{\"step\": 7, \"event\": \"k\"}\n"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(metrics, lines[i]))
            fail_msg("no line %s in\n%s", lines[i], metrics);
    base_free(metrics);
}

static void sparsity_and_the_k_that_is_saved(void **state)
{
    (void)state;
    static const struct act weaker[] = {{.step = 6, .sparsity = 0.25}}, fewer[] = {{.step = 6, .k = 2}};
    struct sae_run_part part;
    struct sae_config config = config_of("standard");
    struct tester tester = {.acts = weaker, .n_acts = 1, .watched = SAE_WATCH_NONE};
    struct sae_hands hands = hands_of(&tester);
    const char *folder = new_folder();
    config.sparsity_warmup = 0;
    assert_ok(train(test_gpu(), &config, &folder, 1, &hands, &part));
    for (uint64_t s = 0; s < STEPS; s++)
        assert_in_double(tester.coefficients[s], config.l1 * (s < 6 ? 1 : 0.25), 0);
    config = config_of("topk");
    tester = (struct tester){.acts = fewer, .n_acts = 1, .watched = SAE_WATCH_NONE};
    folder = new_folder();
    assert_ok(train(test_gpu(), &config, &folder, 1, &hands, &part));
    struct sae_model model;
    assert_ok(sae_load(folder, &model));
    assert_in_double(model.architecture.k, 2, 0);
    sae_model_free(&model);
}

/* The last checkpoint's autoencoder is the one that was saved. */
static void checkpoint_holds_what_is_saved(const char *folder)
{
    struct sae_tensor a[SAE_MOST_TENSORS], b[SAE_MOST_TENSORS];
    struct sae_model saved, model;
    struct sae_checkpoint *checkpoint;
    uint32_t fired[D_SAE];
    char *path = sae_checkpoint_name(folder, STEPS);
    assert_ok(sae_load(folder, &saved));
    assert_ok(sae_checkpoint_read(path, NULL, &checkpoint));
    assert_ok(sae_checkpoint_model(checkpoint, &model));
    uint32_t count = sae_model_tensors(&saved, a);
    assert_int_equal(sae_model_tensors(&model, b), count);
    assert_in_double(model.architecture.k, saved.architecture.k, 0);
    for (uint32_t i = 0; i < count; i++)
        assert_memory_equal(a[i].values, b[i].values, a[i].rows * a[i].cols * sizeof(float));
    assert_true(sae_checkpoint_firing(checkpoint, fired, D_SAE));
    assert_false(sae_checkpoint_firing(checkpoint, fired, D_SAE - 1));
    sae_checkpoint_free(&checkpoint);
    sae_model_free(&saved);
    sae_model_free(&model);
    base_free(path);
}

/* Stopped, gone on with, stopped again, gone on with without hands: as the run that nobody stopped. */
static void stopped_runs_go_on_with_their_orders(void **state)
{
    (void)state;
    static const struct act unbroken[] = {{.step = 2, .rate = 0.5, .sparsity = 2, .k = 3},
                                          {.step = 7, .rate = 0.125, .sparsity = 0.5, .k = 4}};
    static const struct act first[] = {{.step = 2, .rate = 0.5, .sparsity = 2, .k = 3},
                                       {.step = 5, .stop = true, .rate = 9}};
    static const struct act second[] = {{.step = 7, .rate = 0.125, .sparsity = 0.5, .k = 4},
                                        {.step = 9, .stop = true}};
    struct gpu *gpu = test_gpu();
    struct sae_run_part part;
    for (size_t k = 0; k < KINDS; k++) {
        struct sae_config config = config_of(kinds[k]);
        bool selects = config.architecture.k > 0;
        struct act acts[3][2];
        memcpy(acts[0], unbroken, sizeof unbroken);
        memcpy(acts[1], first, sizeof first);
        memcpy(acts[2], second, sizeof second);
        const char *folders[] = {new_folder(), new_folder()};
        for (int run = 0; run < 3; run++) {
            for (int i = 0; i < 2; i++)
                acts[run][i].k = selects ? acts[run][i].k : 0;
            struct tester tester = {.acts = acts[run], .n_acts = 2, .watched = SAE_WATCH_NONE};
            struct sae_hands hands = hands_of(&tester);
            const char *const *folder = &folders[run > 0];
            if (run == 0)
                assert_ok(train(gpu, &config, folder, 1, &hands, &part));
            else
                assert_fails(train(gpu, &config, folder, 1, &hands, &part), BASE_INTERRUPTED,
                             run == 1 ? "stopped as asked after 240 rows; a checkpoint is written"
                                      : "stopped as asked after 432 rows");
        }
        assert_ok(train(gpu, &config, &folders[1], 1, NULL, &part));
        runs_are_equal(folders[0], folders[1]);
        metrics_are_equal(folders[0], folders[1]);
        checkpoint_holds_what_is_saved(folders[0]);
    }
}

/* A checkpoint that is asked for together with a change holds what went before. */
static void a_checkpoint_by_hand(void **state)
{
    (void)state;
    static const struct act acts[] = {{.step = 4, .rate = 0.5, .checkpoint = true}};
    struct sae_config config = config_of("batchtopk");
    struct tester tester = {.acts = acts, .n_acts = 1, .watched = SAE_WATCH_NONE};
    struct sae_hands hands = hands_of(&tester);
    struct sae_run_part parts[MOST_PARTS];
    const char *folders[] = {new_folder(), new_folder()}, *plain = new_folder();
    assert_ok(train(test_gpu(), &config, folders, 2, &hands, parts));
    assert_int_equal(tester.looks, 2 * STEPS);
    assert_ok(train(test_gpu(), &config, &plain, 1, NULL, parts));
    runs_are_equal(plain, folders[1]); /* whom the order was not given to */
    for (int i = 0; i < 2; i++) {
        char *path = sae_checkpoint_name(folders[i], 4), *last = sae_checkpoint_name(folders[i], STEPS);
        struct sae_checkpoint *checkpoint;
        assert_ok(sae_checkpoint_read(path, "hands", &checkpoint));
        assert_in_double(checkpoint->state.rate_factor, 1, 0);
        sae_checkpoint_free(&checkpoint);
        assert_ok(sae_checkpoint_read(last, "hands", &checkpoint));
        assert_in_double(checkpoint->state.rate_factor, i == 0 ? 0.5 : 1, 0);
        sae_checkpoint_free(&checkpoint);
        assert_int_equal(remove(last), 0);
        base_free(path);
        base_free(last);
    }
    /* Gone on from there with nobody's orders. */
    assert_ok(train(test_gpu(), &config, folders, 1, NULL, parts));
    runs_are_equal(plain, folders[0]);
    metrics_are_equal(plain, folders[0]);
}

static void impossible_orders_are_refused(void **state)
{
    (void)state;
    static const struct act acts[][1] = {
        {{.step = 1, .k = 7}}, {{.step = 1, .k = -1}}, {{.step = 1, .rate = INFINITY}}};
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        struct sae_config config = config_of("topk");
        struct tester tester = {.acts = acts[i], .n_acts = 1, .watched = SAE_WATCH_NONE};
        struct sae_hands hands = hands_of(&tester);
        struct sae_run_part part;
        const char *folder = new_folder();
        assert_fails(train(test_gpu(), &config, &folder, 1, &hands, &part), BASE_ERROR_INTERNAL,
                     "cannot be followed");
    }
}

/* Sums and values belong to the counts that the step has anyway, on pairs and on dense blocks. */
static void glimpses_agree_with_themselves(void **state)
{
    (void)state;
    bool dense = false, pairs = false;
    for (size_t k = 0; k < KINDS; k++) {
        float sums[D_SAE], values[BATCH];
        uint32_t fired[D_SAE];
        struct sae_config config = config_of(kinds[k]);
        for (uint32_t watched = 0; watched < D_SAE; watched += 18) {
            struct tester tester = {
                .gpu = test_gpu(), .watched = watched, .sums = sums, .values = values, .fired = fired};
            struct sae_hands hands = hands_of(&tester);
            struct sae_run_part part;
            const char *folder = new_folder();
            assert_ok(train(test_gpu(), &config, &folder, 1, &hands, &part));
            dense = dense || part.last.dense;
            pairs = pairs || !part.last.dense;
            double sum = 0;
            uint32_t count = 0;
            for (uint32_t r = 0; r < BATCH; r++) {
                sum += values[r] > 0 ? values[r] : 0;
                count += values[r] > 0;
            }
            assert_int_equal(count, fired[watched]);
            assert_in_double(sum, sums[watched], 1e-5 * fabs(sum));
        }
        for (uint32_t i = 0; i < D_SAE; i++)
            assert_true(fired[i] > 0 ? sums[i] > 0 : sums[i] == 0);
    }
    assert_true(dense && pairs);
}

/* A crosscoder's sparsity goes by the sum of its blocks' norms; what a glimpse brings is the whole row's, as
 * the saved autoencoder has it. */
static void norms_of_crosscoders(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct sae_config config = {
        .kind = sae_kind_find("crosscoder"), .total_rows = STEPS * BATCH, .batch = BATCH};
    config.architecture = (struct sae_architecture){.d_in = 12, .d_out = 12, .d_sae = D_SAE, .n_inputs = 2};
    sae_config_defaults(&config);
    config.learning_rate = 1e-2;
    struct sae_model start;
    struct sae_trainer *trainer;
    struct sae_record record;
    float *rows = test_rows(BATCH, 12, 5), W_dec[D_SAE * 12], norms[D_SAE];
    assert_ok(sae_start_model(&config, NULL, 0, 0, &start));
    assert_ok(sae_trainer_create(gpu, &config, &start, 1, 1, &trainer));
    assert_ok(sae_trainer_watch(trainer, SAE_WATCH_NONE));
    for (uint32_t s = 0; s < 2; s++)
        assert_ok(sae_trainer_step(trainer, rows, &record));
    struct sae_glimpse glimpse = sae_glimpse_of(trainer, &record, rows);
    assert_ok(gpu_download(gpu, glimpse.W_dec, 0, W_dec, sizeof W_dec));
    assert_ok(gpu_download(gpu, glimpse.norms, 0, norms, sizeof norms));
    for (uint32_t i = 0; i < D_SAE; i++) {
        double squares = 0;
        for (uint32_t c = 0; c < 12; c++)
            squares += (double)W_dec[i * 12 + c] * W_dec[i * 12 + c];
        assert_in_double(norms[i], sqrt(squares), 1e-5);
    }
    sae_trainer_destroy(&trainer);
    sae_model_free(&start);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_that_change_nothing),
        cmocka_unit_test(orders_hold_and_are_written),
        cmocka_unit_test(sparsity_and_the_k_that_is_saved),
        cmocka_unit_test(stopped_runs_go_on_with_their_orders),
        cmocka_unit_test(a_checkpoint_by_hand),
        cmocka_unit_test(impossible_orders_are_refused),
        cmocka_unit_test(glimpses_agree_with_themselves),
        cmocka_unit_test(norms_of_crosscoders),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
