/* The double reference of a training step: every gradient of every parameter of every kind by differences,
 * straight-through terms by their formula, each term of the loss written out again, and selections. */
#include "sae/reference.h"
#include "support/autoencoder.h"
#include "support/test.h"
#include "support/training_step.h"

#include <stdlib.h>

/* ---- gradients ---- */

/* dL/d value by differences of fourth order, everything that the gradient takes as constant held. The error
 * is h^4/30 of the fifth derivative and a rounding of 1e-16 L/h, both under 1e-9 here. */
static double difference(const struct test_step *step, float *value)
{
    const float h = 0x1p-13f, start = *value;
    double losses[5];
    for (int s = -2; s <= 2; s++) {
        struct sae_reference_loss loss;
        *value = start + (float)s * h;
        assert_true((double)*value - start == s * (double)h);
        assert_ok(sae_reference_loss_of(&step->config, &step->model, &step->batch, &loss));
        losses[s + 2] = loss.total;
    }
    *value = start;
    return (8 * (losses[3] - losses[1]) - (losses[4] - losses[0])) / (12 * h);
}

/* Straight-through terms, element by element, as sae.md section 2.4 has them: what the threshold gets is
 * minus these, and what pi gets with gradient_to_input is these. terms [rows, d_sae], pi's. */
static void straight_through(const struct test_step *step, double *terms)
{
    const struct sae_config *config = &step->config;
    const struct sae_architecture *of = &config->architecture;
    const struct sae_model *model = &step->model;
    uint32_t n = of->d_sae, rows = step->batch.rows, block = of->d_out / of->n_inputs;
    double *f = calloc(n, sizeof *f), *y = calloc(of->d_out, sizeof *y);
    for (uint32_t r = 0; r < rows; r++) {
        const float *x = step->x + (size_t)r * of->d_in;
        double l0 = 0, lambda = step->batch.sparsity_coefficient;
        sae_reference_encode(model, x, f);
        sae_reference_decode(model, f, x, y);
        for (uint32_t i = 0; i < n; i++)
            l0 += f[i] > 0;
        for (uint32_t i = 0; i < n; i++) {
            double pi = model->b_enc[i], by_f = 0, by_step = 0, weight = 0;
            for (uint32_t j = 0; j < of->d_in; j++)
                pi += (x[j] - (double)(of->apply_b_dec_to_input ? model->b_dec[j] : 0)) *
                      model->W_enc[i * of->d_in + j];
            for (uint32_t j = 0; j < of->d_out; j++)
                by_f += 2 * (y[j] - step->y[r * of->d_out + j]) * model->W_dec[i * of->d_out + j] / rows;
            for (uint32_t b = 0; b < of->n_inputs; b++) {
                double square = 0;
                for (uint32_t j = b * block; j < (b + 1) * block; j++)
                    square += pow(model->W_dec[i * of->d_out + j], 2);
                weight += sqrt(square);
            }
            if (config->decoder_norm == SAE_NORM_UNIT)
                weight = 1;
            if (config->sparsity == SAE_SPARSITY_TANH)
                by_f += lambda / rows * 4 * weight / pow(cosh(4 * f[i] * weight), 2);
            else if (config->sparsity == SAE_SPARSITY_STEP)
                by_step = lambda / rows;
            else
                by_step = lambda / rows * 4 * (l0 - config->target_l0) / config->target_l0;
            double threshold = model->threshold[i];
            bool inside = fabs(pi - threshold) < config->bandwidth / 2;
            terms[r * n + i] = inside ? (threshold * by_f + by_step) / config->bandwidth : 0;
        }
    }
    free(f), free(y);
}

/* What straight-through terms add to element `e` of a tensor. */
static double straight_through_part(const struct test_step *step, const char *tensor, uint64_t e,
                                    const double *terms)
{
    const struct sae_architecture *of = &step->config.architecture;
    uint64_t n = of->d_sae, d = of->d_in;
    bool threshold = strcmp(tensor, "threshold") == 0, b_enc = strcmp(tensor, "b_enc") == 0;
    bool W_enc = strcmp(tensor, "W_enc") == 0, b_dec = strcmp(tensor, "b_dec") == 0;
    double sum = 0;
    if (!threshold && !step->config.gradient_to_input)
        return 0;
    for (uint64_t r = 0; r < step->batch.rows; r++) {
        if (threshold)
            sum -= terms[r * n + e];
        if (b_enc)
            sum += terms[r * n + e];
        if (W_enc)
            sum += terms[r * n + e / d] * ((double)step->x[r * d + e % d] -
                                           (of->apply_b_dec_to_input ? step->model.b_dec[e % d] : 0));
        for (uint64_t i = 0; b_dec && of->apply_b_dec_to_input && i < n; i++)
            sum -= terms[r * n + i] * step->model.W_enc[i * d + e];
    }
    return sum;
}

static void check_gradients(const struct test_choice *choice)
{
    struct test_step step = test_step_of(choice, 11);
    struct sae_reference_gradients gradients;
    struct sae_reference_loss loss;
    struct sae_reference_held *held;
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    double *terms = calloc((size_t)step.batch.rows * step.config.architecture.d_sae, sizeof *terms);
    assert_non_null(terms);
    if (choice->activation == SAE_JUMPRELU)
        straight_through(&step, terms);
    assert_ok(sae_reference_step(&step.config, &step.model, &step.batch, &loss, &gradients));
    assert_true(!choice->aux || loss.auxiliary > 1e-3);
    assert_ok(sae_reference_hold(&step.config, &step.model, &step.batch, &held));
    step.batch.held = held;
    uint32_t count = sae_model_tensors(&step.model, tensors);
    for (uint32_t t = 0; t < count; t++) {
        double greatest = 0;
        for (uint64_t e = 0; e < tensors[t].rows * tensors[t].cols; e++) {
            double wanted = difference(&step, tensors[t].values + e) +
                            straight_through_part(&step, tensors[t].name, e, terms);
            double got = gradients.tensors[t][e];
            if (!(fabs(got - wanted) <= 1e-6 * fabs(wanted) + 1e-9))
                fail_msg("%s: %s[%llu]: %.12g, expected %.12g", step.name, tensors[t].name,
                         (unsigned long long)e, got, wanted);
            greatest = fmax(greatest, fabs(wanted));
        }
        if (!(greatest > 1e-3))
            fail_msg("%s: %s: no gradient to compare", step.name, tensors[t].name);
    }
    sae_reference_held_free(&held);
    sae_reference_gradients_free(&gradients);
    free(terms);
    test_step_free(&step);
}

static void gradients_of_every_kind(void **state)
{
    (void)state;
    test_each_choice(check_gradients);
}

/* One latent, pi = x: rows below, on and above the window's edges and the threshold, all numbers exact. */
static void the_window_is_strict(void **state)
{
    (void)state;
    static const struct {
        float x;
        bool inside, active;
    } rows[] = {{0.25f, false, false}, {0.375f, false, false},       {0x1.800002p-2f, true, false},
                {0.5f, true, false},   {0x1.000002p-1f, true, true}, {0x1.3ffffep-1f, true, true},
                {0.625f, false, true}, {1.0f, false, true}};
    struct sae_config config = {.architecture = test_architecture(SAE_JUMPRELU, 1, 1),
                                .widths = {1},
                                .n_widths = 1,
                                .bandwidth = 0.25};
    struct sae_model model;
    assert_ok(sae_model_create(&config.architecture, &model));
    model.W_enc[0] = model.W_dec[0] = 1;
    model.threshold[0] = 0.5f;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct sae_reference_batch batch = {
            .x = &rows[r].x, .y = &rows[r].x, .rows = 1, .sparsity_coefficient = 3};
        struct sae_reference_loss loss;
        struct sae_reference_gradients gradients;
        assert_ok(sae_reference_step(&config, &model, &batch, &loss, &gradients));
        double by_f = rows[r].active ? 0 : -2 * rows[r].x;
        assert_int_equal(gradients.active[0], rows[r].active);
        assert_true(loss.l0 == rows[r].active);
        assert_true(loss.sparsity == 3 * rows[r].active);
        assert_in_double(gradients.tensors[4][0], rows[r].inside ? -(0.5 * by_f + 3) / 0.25 : 0, 1e-12);
        sae_reference_gradients_free(&gradients);
    }
    sae_model_free(&model);
}

/* ---- the loss ---- */

static double norm_of(const float *values, uint32_t count)
{
    double square = 0;
    for (uint32_t j = 0; j < count; j++)
        square += (double)values[j] * values[j];
    return sqrt(square);
}

static double weight_of(const struct test_step *step, uint32_t i)
{
    const struct sae_architecture *of = &step->config.architecture;
    const float *row = step->model.W_dec + (size_t)i * of->d_out;
    if (of->activation == SAE_TOPK || of->activation == SAE_BATCHTOPK)
        return of->rescale_by_decoder_norm ? norm_of(row, of->d_out) : 1;
    if (step->config.decoder_norm == SAE_NORM_UNIT)
        return 1;
    uint32_t half = of->d_out / 2;
    return of->n_inputs == 2 ? norm_of(row, half) + norm_of(row + half, half) : norm_of(row, of->d_out);
}

/* Latents of the whole batch by sae_reference_encode, which knows no rescaled value: with rescaling f is
 * divided by the norm. BatchTopK: the ReLU's, of which the floor(k rows) greatest by value times weight stay.
 */
static double *encode_all(const struct test_step *step)
{
    const struct sae_architecture *of = &step->config.architecture;
    uint32_t n = of->d_sae, rows = step->batch.rows;
    struct sae_model model = step->model;
    double *f = calloc((size_t)rows * n, sizeof *f);
    if (of->activation == SAE_BATCHTOPK)
        model.architecture.activation = SAE_RELU, model.architecture.rescale_by_decoder_norm = false;
    for (uint32_t r = 0; r < rows; r++)
        sae_reference_encode(&model, step->x + (size_t)r * of->d_in, f + (size_t)r * n);
    for (uint32_t e = 0; of->activation == SAE_TOPK && of->rescale_by_decoder_norm && e < rows * n; e++)
        f[e] /= weight_of(step, e % n);
    if (of->activation != SAE_BATCHTOPK)
        return f;
    double *kept = calloc((size_t)rows * n, sizeof *kept);
    for (uint32_t place = 0; place < (uint32_t)(step->batch.k * rows); place++) {
        uint32_t best = 0;
        for (uint32_t e = 1; e < rows * n; e++)
            if (f[e] * weight_of(step, e % n) > f[best] * weight_of(step, best % n))
                best = e;
        kept[best] = f[best];
        f[best] = 0;
    }
    free(f);
    return kept;
}

/* y' - y of one row from the latents below `width`. */
static void error_of(const struct test_step *step, const double *latents, uint32_t width, uint32_t row,
                     double *error)
{
    const struct sae_architecture *of = &step->config.architecture;
    struct sae_model model = step->model;
    double *f = calloc(of->d_sae, sizeof *f);
    model.architecture.rescale_by_decoder_norm = false;
    memcpy(f, latents, width * sizeof *f);
    sae_reference_decode(&model, f, step->x + (size_t)row * of->d_in, error);
    for (uint32_t j = 0; j < of->d_out; j++)
        error[j] -= step->y[(size_t)row * of->d_out + j];
    free(f);
}

static double square_of(const double *values, uint32_t count)
{
    double sum = 0;
    for (uint32_t j = 0; j < count; j++)
        sum += values[j] * values[j];
    return sum;
}

/* Sum over columns of the population variance. */
static double variance_of(const double *z, uint32_t rows, uint32_t width)
{
    double sum = 0;
    for (uint32_t j = 0; j < width; j++) {
        double first = 0, second = 0;
        for (uint32_t r = 0; r < rows; r++)
            first += z[r * width + j], second += z[r * width + j] * z[r * width + j];
        sum += second / rows - first / rows * (first / rows);
    }
    return sum;
}

/* pi of one row (gated: e). */
static void preactivations(const struct test_step *step, uint32_t row, double *pi)
{
    const struct sae_architecture *of = &step->config.architecture;
    const struct sae_model *model = &step->model;
    for (uint32_t i = 0; i < of->d_sae; i++) {
        pi[i] = model->b_enc ? model->b_enc[i] : 0;
        for (uint32_t j = 0; j < of->d_in; j++)
            pi[i] += (double)model->W_enc[i * of->d_in + j] *
                     (step->x[row * of->d_in + j] - (of->apply_b_dec_to_input ? (double)model->b_dec[j] : 0));
    }
}

static double wanted_auxiliary(const struct test_step *step, const double *errors)
{
    const struct sae_architecture *of = &step->config.architecture;
    uint32_t rows = step->batch.rows, n = of->d_sae, d = of->d_out;
    double sum = 0, *pi = calloc(n, sizeof *pi), *a = calloc(n, sizeof *a), *y = calloc(rows * d, sizeof *y);
    double *error = calloc(d, sizeof *error);
    for (uint32_t e = 0; e < rows * d; e++)
        y[e] = step->y[e];
    for (uint32_t r = 0; r < rows; r++) {
        preactivations(step, r, pi);
        memset(a, 0, n * sizeof *a);
        for (uint32_t i = 0; i < n && of->activation == SAE_GATED; i++)
            pi[i] = pi[i] * exp(step->model.r_mag[i]) + step->model.b_mag[i];
        for (uint32_t place = 0; place < step->config.k_aux; place++) {
            uint32_t best = 0;
            for (uint32_t i = 0; i < n; i++)
                if (step->dead[i] &&
                    (!step->dead[best] || pi[i] * weight_of(step, i) > pi[best] * weight_of(step, best)))
                    best = i;
            if (pi[best] > 0)
                a[best] = pi[best];
            pi[best] = -1;
        }
        for (uint32_t j = 0; j < d; j++) {
            error[j] = errors[r * d + j]; /* A W_dec - (y - y') */
            for (uint32_t i = 0; i < n; i++)
                error[j] += a[i] * step->model.W_dec[i * d + j];
        }
        sum += square_of(error, d) / rows;
    }
    double factor = variance_of(y, rows, d) / variance_of(errors, rows, d);
    free(pi), free(a), free(y), free(error);
    return step->config.aux_coefficient * factor * sum;
}

static double wanted_sparsity_of(const struct test_step *step, uint32_t row, const double *f)
{
    const struct sae_config *config = &step->config;
    enum sae_activation activation = config->architecture.activation;
    uint32_t n = config->architecture.d_sae;
    double sum = 0, l0 = 0, *pi = calloc(n, sizeof *pi);
    preactivations(step, row, pi);
    for (uint32_t i = 0; i < n; i++) {
        double value = activation == SAE_GATED ? fmax(pi[i] + step->model.b_gate[i], 0) : f[i];
        l0 += f[i] > 0;
        sum += activation == SAE_JUMPRELU ? tanh(4 * value * weight_of(step, i)) : value * weight_of(step, i);
    }
    free(pi);
    if (activation == SAE_JUMPRELU && config->sparsity != SAE_SPARSITY_TANH)
        sum = config->sparsity == SAE_SPARSITY_STEP ? l0
                                                    : 2 / config->target_l0 * pow(l0 - config->target_l0, 2);
    return step->batch.sparsity_coefficient * sum;
}

static double wanted_gate_of(const struct test_step *step, uint32_t row)
{
    const struct sae_architecture *of = &step->config.architecture;
    double *pi = calloc(of->d_sae, sizeof *pi), *error = calloc(of->d_out, sizeof *error);
    preactivations(step, row, pi);
    for (uint32_t i = 0; i < of->d_sae; i++)
        pi[i] = fmax(pi[i] + step->model.b_gate[i], 0);
    error_of(step, pi, of->d_sae, row, error);
    double square = square_of(error, of->d_out);
    free(pi), free(error);
    return square;
}

static void check_loss(const struct test_choice *choice)
{
    struct test_step step = test_step_of(choice, 23);
    const struct sae_config *config = &step.config;
    uint32_t rows = step.batch.rows, n = config->architecture.d_sae, d = config->architecture.d_out;
    struct sae_reference_loss wanted = {0}, loss;
    double *f = encode_all(&step), *errors = calloc((size_t)rows * d, sizeof *errors);
    for (uint32_t r = 0; r < rows; r++) {
        for (uint32_t w = 0; w < config->n_widths; w++) {
            error_of(&step, f + r * n, config->widths[w], r, errors + r * d);
            wanted.reconstruction += square_of(errors + r * d, d) / rows;
        }
        wanted.sparsity += wanted_sparsity_of(&step, r, f + r * n) / rows;
        if (choice->activation == SAE_GATED)
            wanted.gate += wanted_gate_of(&step, r) / rows;
        for (uint32_t i = 0; i < n; i++)
            wanted.l0 += (f[r * n + i] > 0) / (double)rows;
    }
    if (choice->aux)
        wanted.auxiliary = wanted_auxiliary(&step, errors);
    assert_ok(sae_reference_loss_of(config, &step.model, &step.batch, &loss));
    const double pairs[][2] = {
        {loss.reconstruction, wanted.reconstruction},
        {loss.sparsity, wanted.sparsity},
        {loss.gate, wanted.gate},
        {loss.auxiliary, wanted.auxiliary},
        {loss.l0, wanted.l0},
        {loss.total, loss.reconstruction + loss.sparsity + loss.gate + loss.auxiliary}};
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++)
        if (!(fabs(pairs[p][0] - pairs[p][1]) <= 1e-12 * (1 + fabs(pairs[p][1]))))
            fail_msg("%s: term %zu: %.15g, expected %.15g", step.name, p, pairs[p][0], pairs[p][1]);
    free(f), free(errors);
    test_step_free(&step);
}

static void losses_of_every_kind(void **state)
{
    (void)state;
    test_each_choice(check_loss);
}

/* ---- selections ---- */

enum { TIED_ROWS = 3, TIED = 4 };

/* An identity of four latents on the positive orthant: pi = x. */
static void check_ties(enum sae_activation activation, double k, const uint8_t wanted[TIED_ROWS * TIED])
{
    static const float x[TIED_ROWS * TIED] = {1, 2, 2, 1, -1, 0, 2, 2, 1, 1, 1, 1};
    struct sae_config config = {
        .architecture = test_architecture(activation, TIED, TIED), .widths = {TIED}, .n_widths = 1};
    struct sae_model model;
    struct sae_reference_loss loss;
    struct sae_reference_gradients gradients;
    struct sae_reference_batch batch = {.x = x, .y = x, .rows = TIED_ROWS, .k = k};
    assert_ok(sae_model_create(&config.architecture, &model));
    for (uint32_t i = 0; i < TIED; i++)
        model.W_enc[i * TIED + i] = model.W_dec[i * TIED + i] = 1;
    assert_ok(sae_reference_step(&config, &model, &batch, &loss, &gradients));
    assert_memory_equal(gradients.active, wanted, TIED_ROWS * TIED);
    sae_reference_gradients_free(&gradients);
    sae_model_free(&model);
}

static void ties_go_to_the_lower_row_and_index(void **state)
{
    (void)state;
    check_ties(SAE_TOPK, 0, (const uint8_t[]){0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    check_ties(SAE_TOPK, 1, (const uint8_t[]){0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0});
    check_ties(SAE_TOPK, 3, (const uint8_t[]){1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0});
    check_ties(SAE_TOPK, 4, (const uint8_t[]){1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1});
    check_ties(SAE_BATCHTOPK, 0.3, (const uint8_t[]){0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    check_ties(SAE_BATCHTOPK, 1, (const uint8_t[]){0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0});
    check_ties(SAE_BATCHTOPK, 2, (const uint8_t[]){1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0});
    check_ties(SAE_BATCHTOPK, 2.5, (const uint8_t[]){1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0});
    check_ties(SAE_BATCHTOPK, 4, (const uint8_t[]){1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1});
}

/* Nothing dead, or a residual that is the same in every row (Var(r) = 0): no AuxK, and no NaN. */
static void no_auxiliary_without_cause(void **state)
{
    (void)state;
    struct test_step step = test_step_of(
        &(struct test_choice){.kind = sae_kind_find("topk"), .activation = SAE_TOPK, .aux = true}, 5);
    struct sae_reference_loss loss;
    uint8_t alive[9] = {0};
    assert_ok(sae_reference_loss_of(&step.config, &step.model, &step.batch, &loss));
    assert_true(loss.auxiliary > 0);
    step.batch.dead = alive;
    assert_ok(sae_reference_loss_of(&step.config, &step.model, &step.batch, &loss));
    assert_true(loss.auxiliary == 0);
    step.batch.dead = step.dead;
    step.batch.rows = 1;
    struct sae_reference_gradients gradients;
    assert_ok(sae_reference_step(&step.config, &step.model, &step.batch, &loss, &gradients));
    assert_true(loss.auxiliary == 0 && loss.total == loss.reconstruction);
    for (uint32_t e = 0; e < 9 * 6; e++)
        assert_true(isfinite(gradients.tensors[0][e]) && isfinite(gradients.tensors[2][e]));
    sae_reference_gradients_free(&gradients);
    test_step_free(&step);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_of_every_kind),    cmocka_unit_test(the_window_is_strict),
        cmocka_unit_test(losses_of_every_kind),       cmocka_unit_test(ties_go_to_the_lower_row_and_index),
        cmocka_unit_test(no_auxiliary_without_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
