/* A training step on the device against the double reference: losses, every gradient of every kind, on pairs
 * and on dense blocks; then Adam by hand, steps that are skipped, steering, spans. */
#include "base/memory.h"
#include "base/random.h"
#include "sae/start.h"
#include "support/device.h"
#include "support/step_comparison.h"
#include "support/test.h"

#include <math.h>
#include <stdlib.h>

static void compare_step(struct gpu *gpu, const struct test_choice *choice, const struct test_sizes *sizes,
                         bool dense, uint32_t aux_cols)
{
    struct test_step step = test_step_sized(choice, sizes, 1);
    test_compare_step(gpu, &step, dense, aux_cols);
    test_step_free(&step);
}

static void visit(const struct test_choice *choice)
{
    bool gated_aux = choice->activation == SAE_GATED && choice->aux;
    if (gated_aux)
        return; /* not offered: the configuration refuses it */
    compare_step(test_gpu(), choice, &test_sizes_small, false, 0);
    if (choice->aux)
        compare_step(test_gpu(), choice, &test_sizes_small, false, 2);
    if (!sae_selects(choice->activation))
        compare_step(test_gpu(), choice, &test_sizes_small, true, 0);
    /* More dead latents than all rows together choose; and a place of theirs at a time. */
    const struct test_sizes few = {.rows = 2, .d_in = 6, .d_target = 4, .d_sae = 23, .grain = 4096};
    if (choice->aux)
        compare_step(test_gpu(), choice, &few, false, 0);
    if (choice->aux)
        compare_step(test_gpu(), choice, &few, false, 1);
}

static void test_every_gradient(void **state)
{
    (void)state;
    test_each_choice(visit);
}

/* More rows, columns and latents than a workgroup has threads, none a multiple of four; and a width that
 * is one of four, for the level that reads in fours. */
static void visit_odd(const struct test_choice *choice)
{
    const struct test_sizes odd = {.rows = 131, .d_in = 66, .d_target = 41, .d_sae = 149, .grain = 32};
    const struct test_sizes fours = {.rows = 17, .d_in = 72, .d_target = 40, .d_sae = 60, .grain = 32};
    bool selects = choice->activation == SAE_TOPK || choice->activation == SAE_BATCHTOPK;
    if ((choice->activation == SAE_GATED && choice->aux) || choice->rescale)
        return;
    compare_step(test_gpu(), choice, &fours, false, 0);
    compare_step(test_gpu(), choice, &odd, !selects, 7);
}

static void test_odd_sizes(void **state)
{
    (void)state;
    test_each_choice(visit_odd);
}

/* ---- extremes ---- */

enum { NEVER = 1, ALWAYS = 2 }; /* latents */

/* What decides over a latent's activity, in each kind. */
static float *biases_of(struct test_step *step)
{
    return step->config.architecture.activation == SAE_GATED ? step->model.b_gate : step->model.b_enc;
}

/* Latents that never fire, that fire in each row (a segment longer than any workgroup), rows of zeros, rows
 * whose values are all below 0. */
static void make_uneven(struct test_step *step)
{
    float *biases = biases_of(step);
    uint32_t d_in = step->config.architecture.d_in;
    biases[NEVER] = -4096;
    biases[ALWAYS] = 16;
    if (step->model.b_mag)
        step->model.b_mag[ALWAYS] = 16;
    for (uint32_t r = 0; r < step->batch.rows; r += 7)
        for (uint32_t c = 0; c < d_in; c++)
            step->x[r * d_in + c] = r % 2 == 0 ? 0 : -fabsf(step->x[r * d_in + c]);
}

static void check_uneven(const struct test_step *step)
{
    struct sae_reference_loss loss;
    struct sae_reference_gradients gradients;
    uint32_t d_sae = step->config.architecture.d_sae;
    assert_ok(sae_reference_step(&step->config, &step->model, &step->batch, &loss, &gradients));
    for (uint32_t r = 0; r < step->batch.rows; r++)
        if (gradients.active[r * d_sae + NEVER] || !gradients.active[r * d_sae + ALWAYS])
            fail_msg("%s: in row %u it is not as it was to be", step->name, r);
    sae_reference_gradients_free(&gradients);
}

/* Pre-activations that are all below 0: in the first rows, or in all. */
static void make_silent(struct test_step *step, uint32_t rows)
{
    float *biases = biases_of(step);
    const struct sae_architecture *a = &step->config.architecture;
    memset(step->x, 0, (size_t)rows * a->d_in * sizeof *step->x);
    if (step->model.b_dec)
        memset(step->model.b_dec, 0, a->d_out * sizeof(float));
    for (uint32_t i = 0; i < a->d_sae; i++)
        biases[i] = -1.5f - (float)i / 16;
}

enum extreme { ONE_OF_EACH, ALL_OF_EACH, UNEVEN, SILENT_ROWS, SILENT, EXTREMES };

static void make_extreme(struct test_step *step, enum extreme extreme)
{
    if (extreme == ONE_OF_EACH)
        step->batch.k = 1;
    if (extreme == ALL_OF_EACH)
        step->batch.k = step->config.architecture.d_sae;
    if (extreme == UNEVEN)
        make_uneven(step);
    if (extreme == SILENT_ROWS)
        make_silent(step, step->batch.rows / 2);
    if (extreme == SILENT)
        make_silent(step, step->batch.rows);
}

static void visit_extremes(const struct test_choice *choice)
{
    static const char *const names[] = {"k 1", "k d_sae", "uneven", "silent rows", "silent"};
    const struct test_sizes sizes = {.rows = 300, .d_in = 6, .d_target = 4, .d_sae = 9, .grain = 64};
    bool selects = sae_selects(choice->activation);
    if ((choice->activation == SAE_GATED && choice->aux) || choice->rescale || choice->gradient_to_input ||
        choice->decoder_norm == SAE_NORM_UNIT)
        return;
    for (uint32_t extreme = selects ? 0 : UNEVEN; extreme < EXTREMES; extreme++)
        for (int dense = 0; dense < (selects ? 1 : 2); dense++) {
            struct test_step step = test_step_sized(choice, &sizes, 5);
            make_extreme(&step, (enum extreme)extreme);
            size_t length = strlen(step.name);
            snprintf(step.name + length, sizeof step.name - length, ", %s", names[extreme]);
            if (extreme == UNEVEN)
                check_uneven(&step);
            test_compare_step(test_gpu(), &step, dense, 0);
            test_step_free(&step);
        }
}

static void test_extremes(void **state)
{
    (void)state;
    if (test_gpu_is_instrumented()) /* the same pipelines as in test_every_gradient, many times over */
        skip();
    test_each_choice(visit_extremes);
}

/* As many nested widths as there may be: each narrower one has its squared error. */
static void test_most_widths(void **state)
{
    (void)state;
    const struct sae_kind *kind = sae_kind_find("matryoshka");
    const struct test_choice choice = {.kind = kind, .activation = SAE_BATCHTOPK};
    const struct test_sizes sizes = {.rows = 7, .d_in = 6, .d_sae = SAE_MOST_WIDTHS + 3, .grain = 64};
    struct test_step step = test_step_sized(&choice, &sizes, 3);
    step.config.n_widths = SAE_MOST_WIDTHS;
    for (uint32_t w = 0; w < SAE_MOST_WIDTHS; w++)
        step.config.widths[w] = w + 4;
    struct sae_trainer *trainer = test_step_trainer(test_gpu(), &step, false);
    float *rows = test_step_rows(&step);
    struct sae_record record;
    struct sae_reference_loss loss;
    struct sae_reference_gradients expected;
    assert_ok(sae_reference_step(&step.config, &step.model, &step.batch, &loss, &expected));
    assert_ok(sae_trainer_step(trainer, rows, &record));
    test_compare_losses(&step, &record, &loss, "with 16 widths");
    test_compare_gradients(test_gpu(), trainer, &step, &expected, "with 16 widths");
    sae_reference_gradients_free(&expected);
    sae_trainer_destroy(&trainer);
    base_free(rows);
    test_step_free(&step);
}

/* A gated autoencoder whose gates are open for every row, and whose latents answer to none: only the row
 * `odd`, which is not zero, has an error, though the gates' own decoding has one everywhere. */
static void make_one_odd_row(struct test_step *step, uint32_t odd)
{
    const struct sae_architecture *a = &step->config.architecture;
    memset(step->model.b_dec, 0, a->d_out * sizeof(float));
    for (uint32_t i = 0; i < a->d_sae; i++) {
        step->model.b_gate[i] = 50.0f;
        step->model.b_mag[i] = i == 0 ? -1000.0f : 0.0f; /* the dead one */
    }
    for (uint32_t r = 0; r < step->batch.rows; r++)
        for (uint32_t c = 0; c < a->d_in; c++)
            step->x[r * a->d_in + c] = r == odd ? (float)(c + 1) : 0.0f;
    memset(step->dead, 0, a->d_sae);
    step->dead[0] = 1;
    step->batch.dead = step->dead;
}

/* The dead latent is aimed at the row that is badly reconstructed, and nothing is dead any more. */
static void check_resampling(bool dense, uint32_t odd)
{
    const struct test_choice choice = {.kind = sae_kind_find("gated"), .activation = SAE_GATED};
    struct test_step step = test_step_of(&choice, 5);
    const struct sae_architecture *a = &step.config.architecture;
    make_one_odd_row(&step, odd);
    struct sae_trainer *trainer = test_step_trainer(test_gpu(), &step, dense);
    float *rows = test_step_rows(&step), decoder[8];
    struct sae_record record;
    uint32_t resampled;
    assert_ok(sae_trainer_step(trainer, rows, &record));
    assert_int_equal(record.dead, 1);
    assert_ok(sae_trainer_resample(trainer, rows, &resampled));
    assert_int_equal(resampled, 1);
    assert_int_equal(sae_trainer_state(trainer).dead, 0);
    assert_in_range(a->d_out, 1, sizeof decoder / sizeof decoder[0]);
    assert_ok(gpu_download(test_gpu(), trainer->weights.W_dec, 0, decoder, a->d_out * sizeof(float)));
    for (uint32_t c = 0; c < a->d_out; c++)
        assert_true(fabsf(decoder[c] / decoder[0] - (float)(c + 1)) < 1e-5f); /* false of NaN */
    sae_trainer_destroy(&trainer);
    base_free(rows);
    test_step_free(&step);
}

static void test_resampling(void **state)
{
    (void)state;
    for (uint32_t odd = 0; odd < test_sizes_small.rows; odd++) {
        check_resampling(false, odd);
        check_resampling(true, odd);
    }
}

/* Rows of length 1 count as exactly 1 after a step and after what the step left was restored. */
static void test_unit_norms_are_restored(void **state)
{
    (void)state;
    enum { N = 149 };
    const struct test_sizes sizes = {.rows = 17, .d_in = 66, .d_sae = N, .grain = 32};
    const struct test_choice choice = {.kind = sae_kind_find("topk"),
                                       .activation = SAE_TOPK,
                                       .rescale = true,
                                       .decoder_norm = SAE_NORM_UNIT};
    struct test_step step = test_step_sized(&choice, &sizes, 1);
    struct sae_trainer *trainer = test_step_trainer(test_gpu(), &step, false);
    float *rows = test_step_rows(&step), norms[N], weights[N];
    struct sae_record record;
    assert_ok(sae_trainer_step(trainer, rows, &record));
    for (int restored = 0; restored < 2; restored++) {
        assert_ok(gpu_download(test_gpu(), trainer->weights.norms, 0, norms, sizeof norms));
        assert_ok(gpu_download(test_gpu(), trainer->weights.latent, 0, weights, sizeof weights));
        for (uint32_t i = 0; i < N; i++)
            assert_true(norms[i] == 1 && weights[i] == 1);
        struct sae_trainer_state left = sae_trainer_state(trainer);
        assert_ok(sae_trainer_restore(trainer, &left));
    }
    sae_trainer_destroy(&trainer);
    base_free(rows);
    test_step_free(&step);
}

/* Longer loops than the driver runs to their end are refused. */
static void test_loops_that_cannot_be(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open(gpu_capabilities(test_gpu())->long_loops ? "long_loops=0" : NULL);
    struct sae_config config = {.kind = sae_kind_find("topk"), .total_rows = 1 << 20};
    struct sae_trainer *trainer = NULL;
    const struct sae_model none = {0};
    config.architecture.d_in = config.architecture.d_out = 8;
    config.architecture.d_sae = 32768;
    config.architecture.n_inputs = 1;
    config.architecture.k = 20000;
    config.batch = 64;
    sae_config_defaults(&config);
    assert_fails(sae_trainer_create(gpu, &config, &none, 1, 1, &trainer), BASE_ERROR_USAGE, "at most --k");
    config.architecture.k = 1;
    config.batch = 65536;
    assert_fails(sae_trainer_create(gpu, &config, &none, 1, 1, &trainer), BASE_ERROR_USAGE,
                 "at most --batch");
    assert_null(trainer);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

/* A latent that fires in more rows than such a driver's loops have rounds: its threads walk through all. */
static void test_long_loops(void **state)
{
    (void)state;
    enum { ROWS = 70001, WIDTH = 4 };
    struct sae_config config = {.kind = sae_kind_find("topk"), .total_rows = 1 << 20};
    struct sae_trainer *trainer = NULL;
    struct sae_record record;
    struct sae_model start;
    float *rows = NULL;
    uint32_t fired[WIDTH];
    if (!gpu_capabilities(test_gpu())->long_loops)
        skip();
    config.architecture = (struct sae_architecture){.d_in = WIDTH, .d_out = WIDTH, .d_sae = WIDTH, .k = 1};
    config.batch = ROWS;
    sae_config_defaults(&config);
    config.learning_rate = 1e-3;
    config.clip = 0;
    config.architecture.scaling = SAE_SCALING_NONE;
    assert_ok(sae_model_create(&config.architecture, &start));
    for (uint32_t i = 0; i < WIDTH; i++)
        start.W_enc[i * WIDTH + i] = start.W_dec[i * WIDTH + i] = i == 0 ? 1.0f : 0.125f;
    assert_ok(base_allocate(&rows, (uint64_t)ROWS * WIDTH, sizeof *rows, "test"));
    for (uint64_t i = 0; i < (uint64_t)ROWS * WIDTH; i++)
        rows[i] = i % WIDTH == 0 ? 1.0f : 0.5f;
    assert_ok(sae_trainer_create(test_gpu(), &config, &start, 1, 1, &trainer));
    assert_ok(sae_trainer_step(trainer, rows, &record));
    assert_ok(sae_trainer_firing(trainer, fired, false));
    assert_int_equal(fired[0], ROWS);
    assert_int_equal(fired[1], 0);
    /* d loss / d decoder row: the sum over all rows of 2 / rows * error * value, the value being 1. */
    float gradient[WIDTH];
    assert_ok(gpu_download(test_gpu(), sae_optimiser_find(&trainer->optimiser, "W_dec")->gradient, 0,
                           gradient, sizeof gradient));
    for (uint32_t c = 0; c < WIDTH; c++)
        if (fabsf(gradient[c] - (c == 0 ? 0 : -1.0f)) > 1e-2f)
            fail_msg("the gradient of column %u is %g", c, (double)gradient[c]);
    sae_trainer_destroy(&trainer);
    sae_model_free(&start);
    base_free(rows);
}

/* The next step's rows are on the device before this step is done, and change nothing of it. */
static void test_rows_ahead(void **state)
{
    (void)state;
    enum { STEPS = 12, ROWS = 256, D_IN = 64, D_SAE = 2048 };
    struct gpu *gpu = test_gpu();
    struct sae_config config = {.kind = sae_kind_find("topk"), .total_rows = 1 << 20};
    config.architecture = (struct sae_architecture){.d_in = D_IN, .d_out = D_IN, .d_sae = D_SAE, .k = 16};
    config.batch = ROWS;
    sae_config_defaults(&config);
    struct sae_trainer *apart = NULL, *together = NULL;
    struct sae_model start;
    struct sae_record one, other;
    float *rows = NULL;
    uint32_t ahead = 0;
    const uint64_t values = (uint64_t)ROWS * D_IN;
    assert_ok(base_allocate(&rows, STEPS * values, sizeof *rows, "test"));
    for (uint64_t i = 0; i < STEPS * values; i++)
        rows[i] = (float)base_random_normal(11, BASE_STREAM_TEST, i);
    assert_ok(sae_start_model(&config, NULL, 0, 0, &start));
    assert_ok(sae_trainer_create(gpu, &config, &start, 1, 1, &apart));
    assert_ok(sae_trainer_create(gpu, &config, &start, 1, 1, &together));
    assert_fails(sae_trainer_begin(apart, &one), BASE_ERROR_INTERNAL, "no rows are staged");
    assert_ok(sae_trainer_stage(apart, rows));
    for (uint32_t i = 0; i < STEPS; i++) {
        assert_ok(sae_trainer_begin(apart, &one));
        uint64_t mark = gpu_mark(gpu);
        if (i + 1 < STEPS) {
            assert_ok(sae_trainer_stage(apart, rows + (i + 1) * values));
            ahead += !gpu_passed(gpu, mark);
        }
        assert_ok(sae_trainer_end(apart, &one));
        assert_ok(sae_trainer_step(together, rows + i * values, &other));
        assert_memory_equal(&one.loss, &other.loss, sizeof one.loss);
        assert_memory_equal(&one.gradient_norm, &other.gradient_norm, sizeof one.gradient_norm);
    }
    if (gpu_information(gpu)->type == GPU_CPU) /* where such a step takes far longer than such a copy */
        assert_true(ahead > 0);
    sae_trainer_destroy(&apart);
    sae_trainer_destroy(&together);
    sae_model_free(&start);
    base_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_gradient),
        cmocka_unit_test(test_odd_sizes),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_most_widths),
        cmocka_unit_test(test_resampling),
        cmocka_unit_test(test_unit_norms_are_restored),
        cmocka_unit_test(test_loops_that_cannot_be),
        cmocka_unit_test(test_long_loops),
        cmocka_unit_test(test_rows_ahead),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
