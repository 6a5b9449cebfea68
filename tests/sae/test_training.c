/* Training on the device where the answer is known: planted dictionaries are found, L0 ends where it was
 * wanted, one step of Adam is the recurrence written out, a bad step changes nothing, and small bindings give
 * what large ones do. */
#include "base/memory.h"
#include "base/random.h"
#include "sae/holdout.h"
#include "sae/match.h"
#include "sae/start.h"
#include "support/device.h"
#include "support/step_comparison.h"
#include "support/test.h"

#include <stdlib.h>

/* ---- planted dictionaries ---- */

/* ARCLIGHT_TEST_LARGE=1: 512 directions in 128 dimensions, which takes minutes. */
struct plant {
    uint32_t width, directions, active, batch, steps;
    double rate;
    float *dictionary; /* [directions, width], of length 1 */
};

static struct plant plant_of(void)
{
    struct plant plant = {32, 96, 3, 512, 1500, 3e-3, NULL};
    if (getenv("ARCLIGHT_TEST_LARGE"))
        plant = (struct plant){128, 512, 5, 1024, 6000, 2e-3, NULL};
    assert_ok(
        base_allocate(&plant.dictionary, (uint64_t)plant.directions * plant.width, sizeof(float), "test"));
    for (uint32_t i = 0; i < plant.directions; i++) {
        float *row = plant.dictionary + (uint64_t)i * plant.width;
        double squares = 0;
        for (uint32_t c = 0; c < plant.width; c++) {
            row[c] = (float)base_random_normal(11, BASE_STREAM_TEST, (uint64_t)i * plant.width + c);
            squares += (double)row[c] * row[c];
        }
        for (uint32_t c = 0; c < plant.width; c++)
            row[c] = (float)(row[c] / sqrt(squares));
    }
    return plant;
}

/* Rows of seed `seed`: `active` directions each, drawn anew, with codes between 0.5 and 1.5; noise 0.01. */
static void grow(const struct plant *plant, uint64_t seed, uint64_t rows, float *out)
{
    for (uint64_t r = 0; r < rows; r++) {
        float *row = out + r * plant->width;
        for (uint32_t c = 0; c < plant->width; c++)
            row[c] = 0.01f * (float)base_random_normal(seed, BASE_STREAM_TEST + 1, r * plant->width + c);
        for (uint32_t a = 0; a < plant->active; a++) {
            uint64_t at = r * plant->active + a;
            uint64_t i = base_random_below(seed, BASE_STREAM_TEST + 2, at, plant->directions);
            float code = 0.5f + (float)base_random_uniform(seed, BASE_STREAM_TEST + 3, at);
            for (uint32_t c = 0; c < plant->width; c++)
                row[c] += code * plant->dictionary[i * plant->width + c];
        }
    }
}

static struct sae_config config_of(const char *kind, uint32_t d_in, uint32_t d_sae, double k, uint32_t batch,
                                   uint64_t steps)
{
    struct sae_config config = {.kind = sae_kind_find(kind)};
    assert_non_null(config.kind);
    config.architecture.d_in = config.architecture.d_out = d_in;
    config.architecture.d_sae = d_sae;
    config.architecture.n_inputs = 1;
    config.architecture.activation = config.kind->activation;
    bool steered = config.kind->activation == SAE_JUMPRELU;
    config.architecture.k =
        config.kind->activation == SAE_TOPK || config.kind->activation == SAE_BATCHTOPK ? k : 0;
    config.target_l0 = steered ? k : 0;
    config.batch = batch;
    config.total_rows = steps * batch;
    sae_config_defaults(&config);
    assert_ok(sae_config_check(&config));
    return config;
}

static struct sae_trainer *begin(struct gpu *gpu, const struct sae_config *config)
{
    struct sae_model start;
    struct sae_trainer *trainer;
    assert_ok(sae_start_model(config, NULL, 0, 0, &start));
    assert_ok(sae_trainer_create(gpu, config, &start, 1, 1, &trainer));
    sae_model_free(&start);
    return trainer;
}

/* Rows that no step has seen, through the model as it would be saved. */
static struct sae_holdout_result result_on(struct gpu *gpu, const struct sae_model *model, const float *rows,
                                           uint64_t count)
{
    struct sae_holdout_result result;
    const struct sae_holdout holdout = {rows, count};
    assert_ok(sae_holdout_evaluate(gpu, model, &holdout, &result));
    return result;
}

static void check_planted(const char *kind)
{
    enum { UNSEEN = 4096 };
    struct gpu *gpu = test_gpu();
    struct plant plant = plant_of();
    struct sae_config config =
        config_of(kind, plant.width, plant.directions, plant.active, plant.batch, plant.steps);
    config.learning_rate = plant.rate;
    config.decay = plant.steps / 5;
    config.dead_after = 20ull * plant.batch;
    struct sae_trainer *trainer = begin(gpu, &config);
    struct sae_record record;
    float *rows = NULL;
    assert_ok(base_allocate(&rows, (uint64_t)base_maximum(UNSEEN, plant.batch) * plant.width, sizeof *rows,
                            "test"));
    for (uint64_t s = 0; s < plant.steps; s++) {
        grow(&plant, 100 + s, plant.batch, rows);
        assert_ok(sae_trainer_step(trainer, rows, &record));
        assert_false(record.bad);
    }
    struct sae_model model;
    struct sae_match match;
    assert_ok(sae_trainer_model(trainer, 1, &model));
    assert_ok(sae_match(gpu, plant.dictionary, plant.directions, model.W_dec, plant.directions, plant.width,
                        &match));
    grow(&plant, 50, UNSEEN, rows);
    struct sae_holdout_result result = result_on(gpu, &model, rows, UNSEEN);
    printf("%s: MMCS %.4f, FVU %.4f, L0 %.3f, %u dead\n", kind, match.mmcs_a, result.fvu, result.l0,
           record.dead);
    if (!(match.mmcs_a >= 0.95))
        fail_msg("%s: MMCS %g with the planted directions", kind, match.mmcs_a);
    assert_true(result.fvu < 0.2);
    if (config.architecture.activation == SAE_BATCHTOPK)
        assert_in_double(result.l0, plant.active, 0.05 * plant.active);
    sae_match_free(&match);
    sae_model_free(&model);
    sae_trainer_destroy(&trainer);
    base_free(rows);
    base_free(plant.dictionary);
}

static void topk_finds_planted_directions(void **state)
{
    (void)state;
    check_planted("topk");
}

static void batchtopk_finds_planted_directions(void **state)
{
    (void)state;
    check_planted("batchtopk");
}

static void jumprelu_finds_planted_directions(void **state)
{
    (void)state;
    check_planted("jumprelu");
}

/* Twice as many latents as dimensions hold x = max(x, 0) - max(-x, 0) exactly. */
static void what_can_be_held_is_held(void **state)
{
    (void)state;
    enum { WIDTH = 6, BATCH = 256, STEPS = 3000 };
    static float rows[BATCH * WIDTH];
    struct sae_config config = config_of("topk", WIDTH, 4 * WIDTH, 2 * WIDTH, BATCH, STEPS);
    config.learning_rate = 5e-3;
    config.decay = STEPS / 2;
    struct sae_trainer *trainer = begin(test_gpu(), &config);
    struct sae_record record;
    for (uint64_t s = 0; s < STEPS; s++) {
        for (uint64_t i = 0; i < BATCH * WIDTH; i++)
            rows[i] = (float)base_random_normal(200 + s, BASE_STREAM_TEST, i);
        assert_ok(sae_trainer_step(trainer, rows, &record));
    }
    printf("identity: FVU %.3g\n", record.fvu);
    assert_true(record.fvu < 1e-4);
    sae_trainer_destroy(&trainer);
}

static void uneven_rows(uint64_t seed, uint64_t count, uint64_t width, float *rows)
{
    for (uint64_t i = 0; i < count * width; i++)
        rows[i] = (float)(base_random_normal(seed, BASE_STREAM_TEST, i) / (1 + 0.1 * (double)(i % width)));
}

/* Rows without any structure: only the steering can bring L0 there; the last correction sets it. */
static void steered_l0_ends_at_its_target(void **state)
{
    (void)state;
    enum { WIDTH = 32, LATENTS = 128, BATCH = 256, STEPS = 1200, UNSEEN = 4096 };
    static const double target = 24;
    static float rows[UNSEEN * WIDTH], others[UNSEEN * WIDTH];
    struct gpu *gpu = test_gpu();
    struct sae_config config = config_of("jumprelu", WIDTH, LATENTS, target, BATCH, STEPS);
    config.learning_rate = 1e-3;
    struct sae_trainer *trainer = begin(gpu, &config);
    struct sae_record record;
    double last = 0;
    for (uint64_t s = 0; s < STEPS; s++) {
        uneven_rows(300 + s, BATCH, WIDTH, rows);
        assert_ok(sae_trainer_step(trainer, rows, &record));
        last += s + 50 >= STEPS ? record.l0 / 50 : 0;
    }
    struct sae_model model;
    double factor;
    assert_ok(sae_trainer_model(trainer, 1, &model));
    uneven_rows(298, UNSEEN, WIDTH, others);
    uneven_rows(299, UNSEEN, WIDTH, rows);
    const struct sae_holdout calibration = {others, UNSEEN};
    assert_ok(sae_threshold_factor(gpu, &model, &calibration, target, 0.25, &factor));
    for (uint32_t l = 0; l < LATENTS; l++)
        model.threshold[l] = (float)(model.threshold[l] * factor);
    double set = result_on(gpu, &model, others, UNSEEN).l0, unseen = result_on(gpu, &model, rows, UNSEEN).l0;
    printf("target %g: L0 %.2f over the last steps; thresholds times %.4f: %.2f, %.2f on unseen rows\n",
           target, last, factor, set, unseen);
    assert_in_double(last, target, 0.1 * target);
    assert_in_double(set, target, 0.003 * target);
    assert_in_double(unseen, target, 0.05 * target);
    sae_model_free(&model);
    sae_trainer_destroy(&trainer);
}

/* ---- one step ---- */

/* Everything that a checkpoint holds, one after the other; freed with base_free. */
static uint8_t *everything(struct gpu *gpu, const struct sae_trainer *trainer, const char *but,
                           uint64_t *bytes)
{
    struct sae_section sections[SAE_MOST_SECTIONS];
    uint32_t count = sae_trainer_sections(trainer, sections);
    uint8_t *all = NULL;
    *bytes = 0;
    for (uint32_t i = 0; i < count; i++)
        *bytes += sections[i].bytes;
    assert_ok(base_allocate(&all, *bytes, 1, "test"));
    *bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (but && strstr(but, sections[i].name))
            continue;
        assert_ok(gpu_download(gpu, sections[i].buffer, sections[i].offset, all + *bytes, sections[i].bytes));
        *bytes += sections[i].bytes;
    }
    return all;
}

enum { SMALL_WIDTH = 8, SMALL_LATENTS = 24, SMALL_BATCH = 16 };

static void small_rows(uint64_t seed, float rows[SMALL_BATCH * SMALL_WIDTH])
{
    for (uint64_t i = 0; i < SMALL_BATCH * SMALL_WIDTH; i++)
        rows[i] = (float)base_random_normal(seed, BASE_STREAM_TEST, i);
}

static float *fetch(struct gpu *gpu, struct gpu_buffer *buffer, uint64_t offset, uint64_t count)
{
    float *values = NULL;
    assert_ok(base_allocate(&values, count, sizeof *values, "test"));
    assert_ok(gpu_download(gpu, buffer, offset * 4, values, count * 4));
    return values;
}

/* m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2, w <- w - rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) +
 * eps), g scaled to the greatest norm: Kingma and Ba 2015, algorithm 1, in double from the gradients that the
 * step left. Errors of f32 in m and v are of the size of 1e-7 of them. */
static void adam_is_its_recurrence(void **state)
{
    (void)state;
    static const double clips[] = {0, 0.05};
    struct gpu *gpu = test_gpu();
    float rows[SMALL_BATCH * SMALL_WIDTH];
    for (size_t c = 0; c < 2; c++) {
        struct sae_config config = config_of("topk", SMALL_WIDTH, SMALL_LATENTS, 3, SMALL_BATCH, 100);
        config.clip = clips[c];
        config.warmup = 4;
        struct sae_trainer *trainer = begin(gpu, &config);
        struct sae_parameter *parameter = sae_optimiser_find(&trainer->optimiser, "W_dec");
        assert_non_null(parameter);
        uint64_t count = parameter->weight.rows * parameter->weight.cols;
        double *m = calloc(count, sizeof *m), *v = calloc(count, sizeof *v);
        assert_true(m && v);
        for (uint64_t t = 1; t <= 6; t++) {
            struct sae_record record;
            float *before = fetch(gpu, parameter->weight.buffer, parameter->weight.offset, count);
            small_rows(t, rows);
            assert_ok(sae_trainer_step(trainer, rows, &record));
            float *after = fetch(gpu, parameter->weight.buffer, parameter->weight.offset, count);
            float *gradient = fetch(gpu, parameter->gradient, parameter->gradient_offset, count);
            double rate = 3e-4 * fmin(1, (double)t / 4), moved = 0;
            assert_in_double(record.rate, rate, 1e-12);
            double factor = clips[c] > 0 ? fmin(1, clips[c] / record.gradient_norm) : 1;
            assert_true(clips[c] == 0 || factor < 1);
            for (uint64_t i = 0; i < count; i++) {
                double g = gradient[i] * factor;
                m[i] = 0.9 * m[i] + 0.1 * g;
                v[i] = 0.999 * v[i] + 0.001 * g * g;
                double expected = before[i] - rate * m[i] / (1 - pow(0.9, (double)t)) /
                                                  (sqrt(v[i] / (1 - pow(0.999, (double)t))) + 1e-8);
                moved = fmax(moved, fabs(expected - before[i]));
                if (!(fabs(after[i] - expected) <= 1e-4 * rate + 6e-8 * fabs(expected)))
                    fail_msg("step %llu: value %llu is %.9g, expected %.9g from %.9g", (unsigned long long)t,
                             (unsigned long long)i, after[i], expected, before[i]);
            }
            assert_true(moved > 0.5 * rate);
            base_free(before), base_free(after), base_free(gradient);
        }
        free(m), free(v);
        sae_trainer_destroy(&trainer);
    }
}

static const char *const kinds[] = {"standard", "gated", "jumprelu", "topk", "batchtopk", "matryoshka"};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* After a step with NaN or Inf in one value, training is where it was, and goes on as if that had not been.
 */
static void a_bad_step_changes_nothing(void **state)
{
    (void)state;
    static const float bad[] = {NAN, INFINITY, 3e38f};
    struct gpu *gpu = test_gpu();
    float rows[SMALL_BATCH * SMALL_WIDTH];
    struct sae_record record;
    for (size_t k = 0; k < KINDS; k++) {
        struct sae_config config = config_of(kinds[k], SMALL_WIDTH, SMALL_LATENTS, 3, SMALL_BATCH, 100);
        struct sae_trainer *trainer = begin(gpu, &config);
        for (uint64_t s = 0; s < 3; s++) {
            small_rows(s, rows);
            assert_ok(sae_trainer_step(trainer, rows, &record));
            assert_false(record.bad);
        }
        for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
            uint64_t bytes, again;
            uint8_t *before = everything(gpu, trainer, "silent fired", &bytes);
            struct sae_trainer_state was = sae_trainer_state(trainer);
            small_rows(10 + b, rows);
            rows[3] = bad[b];
            assert_ok(sae_trainer_step(trainer, rows, &record));
            if (!record.bad)
                fail_msg("%s: a step with %g in its rows passes as good", kinds[k], (double)bad[b]);
            uint8_t *after = everything(gpu, trainer, "silent fired", &again);
            struct sae_trainer_state is = sae_trainer_state(trainer);
            assert_int_equal(bytes, again);
            if (memcmp(before, after, bytes) != 0)
                fail_msg("%s: a bad step changed weights or moments", kinds[k]);
            assert_int_equal(is.updates, was.updates);
            assert_int_equal(is.step, was.step + 1);
            assert_int_equal(is.bad_steps, b + 1);
            assert_true(is.coefficient == was.coefficient && is.l0_smoothed == was.l0_smoothed &&
                        is.threshold_sum == was.threshold_sum);
            base_free(before), base_free(after);
        }
        small_rows(20, rows);
        assert_ok(sae_trainer_step(trainer, rows, &record));
        assert_false(record.bad);
        assert_true(isfinite(record.loss));
        assert_int_equal(sae_trainer_state(trainer).bad_steps, 0);
        sae_trainer_destroy(&trainer);
    }
}

/* ---- bindings ---- */

/* Every kind, those that take any activation with one of each way; AuxK where dead latents go side by side.
 */
static const struct binding_case {
    const char *kind;
    enum sae_activation activation;
    bool aux;
} binding_cases[] = {
    {"standard", SAE_RELU, false},
    {"gated", SAE_GATED, false},
    {"jumprelu", SAE_JUMPRELU, true},
    {"topk", SAE_TOPK, false},
    {"topk", SAE_TOPK, true},
    {"batchtopk", SAE_BATCHTOPK, false},
    {"matryoshka", SAE_BATCHTOPK, false},
    {"transcoder", SAE_RELU, false},
    {"transcoder", SAE_TOPK, false},
    {"skip-transcoder", SAE_BATCHTOPK, false},
    {"skip-transcoder", SAE_GATED, false},
    {"skip-transcoder", SAE_TOPK, true},
    {"crosscoder", SAE_RELU, false},
    {"crosscoder", SAE_TOPK, false},
    {"crosscoder", SAE_JUMPRELU, true},
};

static struct sae_config binding_config(const struct binding_case *c)
{
    enum { WIDTH = 20, TARGET = 24, LATENTS = 4096, ROWS = 8 };
    struct sae_config config = {.kind = sae_kind_find(c->kind), .batch = ROWS, .total_rows = 100 * ROWS};
    struct sae_architecture *a = &config.architecture;
    a->d_in = WIDTH;
    a->d_out = config.kind->target ? TARGET : WIDTH;
    a->d_sae = LATENTS;
    a->n_inputs = config.kind->several_inputs ? 2 : 1;
    a->activation = c->activation;
    a->k = sae_selects(c->activation) ? 8 : 0;
    config.target_l0 = c->activation == SAE_JUMPRELU ? 8 : 0;
    sae_config_defaults(&config);
    config.aux_coefficient = c->aux ? 1.0 / 32 : 0;
    config.dead_after = 2 * ROWS;
    config.clip = 0;
    assert_ok(sae_config_check(&config));
    return config;
}

struct outcome {
    uint8_t *all;
    uint64_t bytes;
    double losses[6];
    bool revived; /* AuxK had dead latents */
};

static struct outcome steps_with(struct gpu *gpu, const struct sae_config *config)
{
    struct sae_trainer *trainer = begin(gpu, config);
    struct sae_record record;
    struct outcome outcome = {.revived = false};
    uint64_t count = (uint64_t)config->batch * sae_trainer_row_width(&config->architecture);
    float *rows = NULL;
    assert_ok(base_allocate(&rows, count, sizeof *rows, "test"));
    for (uint64_t s = 0; s < 6; s++) {
        for (uint64_t i = 0; i < count; i++)
            rows[i] = (float)base_random_normal(400 + s, BASE_STREAM_TEST, i);
        assert_ok(sae_trainer_step(trainer, rows, &record));
        assert_false(record.bad);
        outcome.losses[s] = record.loss;
        outcome.revived |= record.auxiliary > 0;
    }
    outcome.all = everything(gpu, trainer, NULL, &outcome.bytes);
    sae_trainer_destroy(&trainer);
    base_free(rows);
    return outcome;
}

/* Matrices of 320 KiB and more, pre-activations of 128 KiB. Pairs are summed in the same order whatever is
 * * bound (a column's chunk of 1,024 rows, b_dec's sum over W_enc, lies within a binding: linalg_sum); blocks
 * of dense products are as large as a binding, and their sums round apart. */
static void small_bindings_give_the_same(void **state)
{
    (void)state;
    struct gpu *small = test_gpu_open("storage_range_bytes=98304");
    for (size_t k = 0; k < sizeof binding_cases / sizeof *binding_cases; k++) {
        const struct binding_case *c = &binding_cases[k];
        struct sae_config config = binding_config(c);
        const char *activation = sae_activation_name(c->activation);
        struct outcome whole = steps_with(test_gpu(), &config), spans = steps_with(small, &config);
        assert_int_equal(whole.bytes, spans.bytes);
        assert_true(whole.revived == c->aux);
        bool pairs = !sae_step_may_be_dense(&config) && !c->aux;
        if (pairs && memcmp(whole.all, spans.all, whole.bytes) != 0)
            fail_msg("%s %s: other bits with bindings of 96 KiB", c->kind, activation);
        for (uint32_t s = 0; s < 6; s++)
            if (!(fabs(whole.losses[s] - spans.losses[s]) <= 1e-5 * whole.losses[s]))
                fail_msg("%s %s: the loss of step %u is %.9g, and %.9g with bindings of 96 KiB", c->kind,
                         activation, s, whole.losses[s], spans.losses[s]);
        base_free(whole.all), base_free(spans.all);
    }
    assert_int_equal(test_gpu_close(&small), 0);
}

/* As many latents as there may be, half of them dead: losses and all gradients are the double reference's. */
static void a_million_latents(void **state)
{
    (void)state;
    const struct test_sizes sizes = {.rows = 8, .d_in = 6, .d_sae = 1 << 20, .grain = 64};
    const struct test_choice choices[] = {
        {.kind = sae_kind_find("topk"), .activation = SAE_TOPK, .aux = true, .apply_b_dec_to_input = true},
        {.kind = sae_kind_find("standard"), .activation = SAE_RELU},
    };
    for (uint32_t i = 0; i < 2; i++) {
        struct test_step step = test_step_sized(&choices[i], &sizes, 1);
        step.batch.k = sae_selects(choices[i].activation) ? 8 : 0;
        test_compare_step(test_gpu(), &step, !sae_selects(choices[i].activation), 0);
        test_step_free(&step);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topk_finds_planted_directions),
        cmocka_unit_test(batchtopk_finds_planted_directions),
        cmocka_unit_test(jumprelu_finds_planted_directions),
        cmocka_unit_test(what_can_be_held_is_held),
        cmocka_unit_test(steered_l0_ends_at_its_target),
        cmocka_unit_test(adam_is_its_recurrence),
        cmocka_unit_test(a_bad_step_changes_nothing),
        cmocka_unit_test(small_bindings_give_the_same),
        cmocka_unit_test(a_million_latents),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
