#include "support/step_comparison.h"

#include "base/memory.h"
#include "support/test.h"

float *test_step_rows(const struct test_step *step)
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

struct sae_trainer *test_step_trainer(struct gpu *gpu, struct test_step *step, bool dense)
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

/* The decoder's rows times their factors, which the optimiser adds to what the passes left. */
static void add_factors(struct gpu *gpu, const struct sae_optimiser *optimiser, const struct sae_model *model,
                        float *gradient)
{
    const struct sae_architecture *a = &model->architecture;
    uint32_t blocks = optimiser->factor_blocks;
    float *factors = NULL;
    if (blocks == 0)
        return;
    assert_ok(base_allocate(&factors, (uint64_t)a->d_sae * blocks, sizeof *factors, "test"));
    assert_ok(gpu_download(gpu, optimiser->factors, 0, factors, (uint64_t)a->d_sae * blocks * 4));
    for (uint64_t i = 0; i < (uint64_t)a->d_sae * a->d_out; i++)
        gradient[i] += factors[i / (a->d_out / blocks)] * model->W_dec[i];
    base_free(factors);
}

/* f32 through two products of up to 2,000 terms and sums over the batch: 3e-5 of a tensor's greatest
 * gradient. */
void test_compare_gradients(struct gpu *gpu, struct sae_trainer *trainer, const struct test_step *step,
                            const struct sae_reference_gradients *expected, const char *way)
{
    for (uint32_t t = 0; t < trainer->optimiser.n_parameters; t++) {
        const struct sae_parameter *parameter = &trainer->optimiser.parameters[t];
        uint64_t count = parameter->weight.rows * parameter->weight.cols;
        float *got = NULL;
        assert_ok(base_allocate(&got, count, sizeof *got, "test"));
        assert_ok(gpu_download(gpu, parameter->gradient, parameter->gradient_offset * 4, got, count * 4));
        if (strcmp(parameter->weight.name, "W_dec") == 0)
            add_factors(gpu, &trainer->optimiser, &step->model, got);
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

void test_compare_losses(const struct test_step *step, const struct sae_record *record,
                         const struct sae_reference_loss *loss, const char *way)
{
    compare_term(step, way, "reconstruction", record->reconstruction, loss->reconstruction);
    compare_term(step, way, "sparsity", record->sparsity, loss->sparsity);
    compare_term(step, way, "gate", record->gate, loss->gate);
    compare_term(step, way, "auxiliary", record->auxiliary, loss->auxiliary);
    compare_term(step, way, "total", record->loss, loss->total);
    compare_term(step, way, "l0", record->l0, loss->l0);
}

void test_compare_step(struct gpu *gpu, struct test_step *step, bool dense, uint32_t aux_cols)
{
    bool unit = step->config.decoder_norm == SAE_NORM_UNIT;
    if (unit)
        make_unit(&step->model);
    const char *way = dense ? "on dense blocks" : "on pairs";
    struct sae_trainer *trainer = test_step_trainer(gpu, step, dense);
    if (aux_cols > 0)
        trainer->step.aux_cols = aux_cols;
    float *rows = test_step_rows(step);
    struct sae_record record;
    struct sae_reference_loss loss;
    struct sae_reference_gradients expected;
    assert_ok(sae_reference_step(&step->config, &step->model, &step->batch, &loss, &expected));
    assert_ok(sae_trainer_step(trainer, rows, &record));
    if (record.dense != dense)
        fail_msg("%s: went %s", step->name, record.dense ? "on dense blocks" : "on pairs");
    if (record.bad)
        fail_msg("%s, %s: loss %g and gradient norm %g", step->name, way, record.loss, record.gradient_norm);
    test_compare_losses(step, &record, &loss, way);
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(&step->model, tensors);
    for (uint32_t t = 0; unit && t < count; t++)
        if (strcmp(tensors[t].name, "W_dec") == 0)
            project(step, expected.tensors[t]);
    test_compare_gradients(gpu, trainer, step, &expected, way);
    sae_reference_gradients_free(&expected);
    sae_trainer_destroy(&trainer);
    base_free(rows);
}
