/* A training step on the device against the double reference: losses, every gradient of every kind, on pairs
 * and on dense blocks; then Adam by hand, steps that are skipped, steering, spans. */
#include "sae/trainer.h"

#include "base/memory.h"
#include "base/random.h"
#include "sae/reference.h"
#include "sae/start.h"
#include "sae/trainer_internal.h"
#include "support/device.h"
#include "support/test.h"
#include "support/training_step.h"

#include <math.h>
#include <stdlib.h>

/* The rows of a step as the trainer takes them: a transcoder's targets beside its inputs. */
static float *rows_of(const struct test_step *step)
{
    const struct sae_architecture *a = &step->config.architecture;
    uint64_t d_in = a->d_in, d_out = a->transcoder ? a->d_out : 0;
    float *rows = NULL;
    assert_ok(base_allocate(&rows, step->batch.rows * (d_in + d_out), sizeof *rows, "test"));
    for (uint64_t r = 0; r < step->batch.rows; r++) {
        memcpy(rows + r * (d_in + d_out), step->batch.x + r * d_in, d_in * sizeof *rows);
        memcpy(rows + r * (d_in + d_out) + d_in, step->batch.y + r * d_out, d_out * sizeof *rows);
    }
    return rows;
}

/* A trainer whose dead latents are the step's, and whose way through a step is chosen. */
static struct sae_trainer *trainer_of(struct gpu *gpu, struct test_step *step, bool dense)
{
    struct sae_config *config = &step->config;
    config->batch = step->batch.rows;
    config->sparsity_coefficient = step->batch.sparsity_coefficient;
    bool by_l1 = config->architecture.activation == SAE_RELU || config->architecture.activation == SAE_GATED;
    config->l1 = by_l1 ? step->batch.sparsity_coefficient : 0;
    config->architecture.k = step->batch.k;
    config->dead_after = 1000000;
    config->sparsity_warmup = config->k_anneal = config->warmup = config->decay = 0;
    config->clip = 0;
    config->decoder_start_norm = 0.1;
    config->total_rows = 1000 * config->batch;
    config->learning_rate = 1e-3;
    config->beta1 = 0.9;
    config->beta2 = 0.999;
    config->epsilon = 1e-8;
    if (config->architecture.activation != SAE_JUMPRELU || config->sparsity != SAE_SPARSITY_QUADRATIC)
        config->target_l0 = 0;
    if (config->architecture.activation != SAE_JUMPRELU) {
        config->sparsity_coefficient = config->bandwidth = config->threshold_start = 0;
        config->sparsity = SAE_SPARSITY_STEP;
        config->gradient_to_input = false;
    }
    if (config->architecture.activation == SAE_GATED)
        config->k_aux = 0;
    /* Rows are in the scaled space already. */
    config->architecture.scaling = SAE_SCALING_NONE;
    step->model.architecture = config->architecture;
    struct sae_trainer *trainer;
    assert_ok(sae_trainer_create(gpu, config, &step->model, 1, 1, &trainer));
    struct sae_section sections[SAE_MOST_SECTIONS];
    uint32_t count = sae_trainer_sections(trainer, sections), n = config->architecture.d_sae;
    uint32_t *silent = NULL;
    assert_ok(base_allocate(&silent, n, sizeof *silent, "test"));
    struct sae_trainer_state state = sae_trainer_state(trainer);
    for (uint32_t i = 0; step->batch.dead && i < n; i++) {
        silent[i] = step->batch.dead[i] ? 2000000 : 0;
        state.dead += step->batch.dead[i] != 0;
    }
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(sections[i].name, "silent") == 0)
            assert_ok(gpu_upload(gpu, sections[i].buffer, sections[i].offset, silent, sections[i].bytes));
    state.dense = dense;
    assert_ok(sae_trainer_restore(trainer, &state));
    base_free(silent);
    return trainer;
}

/* Unit norms hold before the first step, as the trainer makes them hold. */
static void make_unit(struct sae_model *model)
{
    const struct sae_architecture *a = &model->architecture;
    for (uint64_t i = 0; i < a->d_sae; i++) {
        double squares = 0;
        for (uint64_t c = 0; c < a->d_out; c++)
            squares += (double)model->W_dec[i * a->d_out + c] * model->W_dec[i * a->d_out + c];
        for (uint64_t c = 0; c < a->d_out; c++)
            model->W_dec[i * a->d_out + c] = (float)(model->W_dec[i * a->d_out + c] / sqrt(squares));
    }
}

/* Unit norms: the reference's decoder gradient without its part along the decoder's row. */
static void project(const struct test_step *step, double *gradient)
{
    const struct sae_architecture *a = &step->config.architecture;
    for (uint64_t i = 0; i < a->d_sae; i++) {
        double squares = 0, along = 0;
        for (uint64_t c = 0; c < a->d_out; c++) {
            double d = step->model.W_dec[i * a->d_out + c];
            squares += d * d;
            along += d * gradient[i * a->d_out + c];
        }
        for (uint64_t c = 0; squares > 0 && c < a->d_out; c++)
            gradient[i * a->d_out + c] -= along / squares * step->model.W_dec[i * a->d_out + c];
    }
}

static double greatest(const double *values, uint64_t count)
{
    double most = 0;
    for (uint64_t i = 0; i < count; i++)
        most = fmax(most, fabs(values[i]));
    return most;
}

/* f32 through two products of up to 2,000 terms and sums over the batch: 3e-5 of a tensor's greatest
 * gradient. */
static void compare_gradients(struct gpu *gpu, struct sae_trainer *trainer, const struct test_step *step,
                              const struct sae_reference_gradients *expected, const char *way)
{
    for (uint32_t t = 0; t < trainer->optimiser.n_parameters; t++) {
        const struct sae_parameter *parameter = &trainer->optimiser.parameters[t];
        uint64_t count = parameter->weight.rows * parameter->weight.cols;
        float *got = NULL;
        assert_ok(base_allocate(&got, count, sizeof *got, "test"));
        assert_ok(gpu_download(gpu, parameter->gradient, parameter->gradient_offset * 4, got, count * 4));
        double most = greatest(expected->tensors[t], count);
        for (uint64_t i = 0; i < count; i++)
            if (!(fabs(got[i] - expected->tensors[t][i]) <= 3e-5 * most + 1e-7))
                fail_msg("%s, %s: gradient of %s[%llu] is %.9g, expected %.9g (greatest %g)", step->name, way,
                         parameter->weight.name, (unsigned long long)i, got[i], expected->tensors[t][i],
                         most);
        base_free(got);
    }
}

static void compare_term(const struct test_step *step, const char *way, const char *term, double got,
                         double expected)
{
    if (isnan(got))
        got = 0;
    if (!(fabs(got - expected) <= 2e-5 * fabs(expected) + 1e-6))
        fail_msg("%s, %s: %s is %.9g, expected %.9g", step->name, way, term, got, expected);
}

static void compare_losses(const struct test_step *step, const struct sae_record *record,
                           const struct sae_reference_loss *loss, const char *way)
{
    compare_term(step, way, "reconstruction", record->reconstruction, loss->reconstruction);
    compare_term(step, way, "sparsity", record->sparsity, loss->sparsity);
    compare_term(step, way, "gate", record->gate, loss->gate);
    compare_term(step, way, "auxiliary", record->auxiliary, loss->auxiliary);
    compare_term(step, way, "total", record->loss, loss->total);
    compare_term(step, way, "l0", record->l0, loss->l0);
}

/* `aux_cols`: dead latents that AuxK takes at once, 0: all that there are. */
static void compare_step(struct gpu *gpu, const struct test_choice *choice, const struct test_sizes *sizes,
                         bool dense, uint32_t aux_cols)
{
    struct test_step step = test_step_sized(choice, sizes, 1);
    if (choice->decoder_norm == SAE_NORM_UNIT)
        make_unit(&step.model);
    const char *way = dense ? "on dense blocks" : "on pairs";
    struct sae_trainer *trainer = trainer_of(gpu, &step, dense);
    if (aux_cols > 0)
        trainer->step.aux_cols = aux_cols;
    float *rows = rows_of(&step);
    struct sae_record record;
    struct sae_reference_loss loss;
    struct sae_reference_gradients expected;
    assert_ok(sae_reference_step(&step.config, &step.model, &step.batch, &loss, &expected));
    assert_ok(sae_trainer_step(trainer, rows, &record));
    if (record.dense != dense)
        fail_msg("%s: went %s", step.name, record.dense ? "on dense blocks" : "on pairs");
    assert_false(record.bad);
    compare_losses(&step, &record, &loss, way);
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(&step.model, tensors);
    for (uint32_t t = 0; step.config.decoder_norm == SAE_NORM_UNIT && t < count; t++)
        if (strcmp(tensors[t].name, "W_dec") == 0)
            project(&step, expected.tensors[t]);
    compare_gradients(gpu, trainer, &step, &expected, way);
    sae_reference_gradients_free(&expected);
    sae_trainer_destroy(&trainer);
    base_free(rows);
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
    if (choice->activation != SAE_TOPK && choice->activation != SAE_BATCHTOPK)
        compare_step(test_gpu(), choice, &test_sizes_small, true, 0);
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
    struct sae_trainer *trainer = trainer_of(test_gpu(), &step, false);
    float *rows = rows_of(&step);
    struct sae_record record;
    struct sae_reference_loss loss;
    struct sae_reference_gradients expected;
    assert_ok(sae_reference_step(&step.config, &step.model, &step.batch, &loss, &expected));
    assert_ok(sae_trainer_step(trainer, rows, &record));
    compare_losses(&step, &record, &loss, "with 16 widths");
    compare_gradients(test_gpu(), trainer, &step, &expected, "with 16 widths");
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
    struct sae_trainer *trainer = trainer_of(test_gpu(), &step, dense);
    float *rows = rows_of(&step), decoder[8];
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
    struct sae_trainer *trainer = trainer_of(test_gpu(), &step, false);
    float *rows = rows_of(&step), norms[N], weights[N];
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
        cmocka_unit_test(test_most_widths),
        cmocka_unit_test(test_resampling),
        cmocka_unit_test(test_unit_norms_are_restored),
        cmocka_unit_test(test_loops_that_cannot_be),
        cmocka_unit_test(test_long_loops),
        cmocka_unit_test(test_rows_ahead),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
