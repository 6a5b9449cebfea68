/* The losses train: plain Adam over sae_reference_step recovers a planted dictionary. */
#include "base/random.h"
#include "sae/reference.h"
#include "support/autoencoder.h"
#include "support/test.h"

#include <stdlib.h>

enum { D = 32, DIRECTIONS = 64, PARTS = 3, BATCH = 128, STEPS = 2000, DEAD_AFTER = 100 * BATCH };

static double normal(uint64_t seed, uint64_t index)
{
    return base_random_normal(seed, BASE_STREAM_TEST, index);
}

/* [rows, d] random unit rows. */
static float *unit_rows(uint32_t rows, uint32_t d, uint64_t seed)
{
    float *values = test_rows(rows, d, seed);
    for (uint32_t i = 0; i < rows; i++) {
        double square = 0;
        for (uint32_t j = 0; j < d; j++)
            square += (double)values[i * d + j] * values[i * d + j];
        for (uint32_t j = 0; j < d; j++)
            values[i * d + j] = (float)(values[i * d + j] / sqrt(square));
    }
    return values;
}

/* Rows that are sums of PARTS different directions with weights between 0.5 and 1.5, and noise of 0.01. */
static void fill_batch(const float *directions, uint64_t batch, float *x)
{
    for (uint64_t r = 0; r < BATCH; r++) {
        uint64_t row = batch * BATCH + r, used[PARTS];
        for (uint32_t j = 0; j < D; j++)
            x[r * D + j] = (float)(0.01 * normal(31, row * D + j));
        for (uint32_t p = 0; p < PARTS; p++) {
            bool again = true;
            for (uint64_t attempt = 0; again; attempt++) {
                used[p] =
                    base_random_below(32, BASE_STREAM_TEST, (row * PARTS + p) * 64 + attempt, DIRECTIONS);
                again = false;
                for (uint32_t q = 0; q < p; q++)
                    again = again || used[q] == used[p];
            }
            float weight = (float)(0.5 + base_random_uniform(33, BASE_STREAM_TEST, row * PARTS + p));
            for (uint32_t j = 0; j < D; j++)
                x[r * D + j] += weight * directions[used[p] * D + j];
        }
    }
}

/* Decoder rows of length 0.1 in random directions and the encoder their transpose, as SAELens starts. */
static struct sae_model starting_model(const struct sae_config *config)
{
    struct sae_model model;
    assert_ok(sae_model_create(&config->architecture, &model));
    float *rows = unit_rows(config->architecture.d_sae, D, 34);
    for (uint32_t e = 0; e < config->architecture.d_sae * D; e++)
        model.W_enc[e] = model.W_dec[e] = 0.1f * rows[e];
    for (uint32_t i = 0; model.threshold && i < config->architecture.d_sae; i++)
        model.threshold[i] = (float)config->threshold_start;
    free(rows);
    return model;
}

struct adam {
    double *first[SAE_MOST_TENSORS], *second[SAE_MOST_TENSORS];
};

static void adam_start(struct adam *adam, const struct sae_model *model)
{
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(model, tensors);
    *adam = (struct adam){{0}, {0}};
    for (uint32_t t = 0; t < count; t++) {
        adam->first[t] = calloc(tensors[t].rows * tensors[t].cols, sizeof(double));
        adam->second[t] = calloc(tensors[t].rows * tensors[t].cols, sizeof(double));
        assert_true(adam->first[t] && adam->second[t]);
    }
}

static void adam_free(struct adam *adam)
{
    for (uint32_t t = 0; t < SAE_MOST_TENSORS; t++)
        free(adam->first[t]), free(adam->second[t]);
}

/* Step `step`, from 1 (Kingma and Ba 2015, algorithm 1). */
static void adam_update(struct adam *adam, struct sae_model *model,
                        const struct sae_reference_gradients *gradients, uint64_t step, double rate)
{
    const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(model, tensors);
    for (uint32_t t = 0; t < count; t++)
        for (uint64_t e = 0; e < tensors[t].rows * tensors[t].cols; e++) {
            double g = gradients->tensors[t][e], *m = adam->first[t] + e, *v = adam->second[t] + e;
            *m = beta1 * *m + (1 - beta1) * g;
            *v = beta2 * *v + (1 - beta2) * g * g;
            double mean = *m / (1 - pow(beta1, (double)step)), square = *v / (1 - pow(beta2, (double)step));
            tensors[t].values[e] -= (float)(rate * mean / (sqrt(square) + epsilon));
        }
    for (uint32_t i = 0; model->threshold && i < model->architecture.d_sae; i++)
        model->threshold[i] = fmaxf(model->threshold[i], 0);
}

/* The mean over the planted directions of the greatest cosine with a decoder row. */
static double mean_max_cosine(const float *directions, const struct sae_model *model)
{
    double sum = 0;
    for (uint32_t k = 0; k < DIRECTIONS; k++) {
        double best = -1;
        for (uint32_t i = 0; i < model->architecture.d_sae; i++) {
            double product = 0, square = 0;
            for (uint32_t j = 0; j < D; j++) {
                double w = model->W_dec[i * D + j];
                product += w * directions[k * D + j];
                square += w * w;
            }
            best = fmax(best, product / sqrt(square));
        }
        sum += best / DIRECTIONS;
    }
    return sum;
}

/* Trains for `steps` and gives the last loss and the number of latents that count as dead. */
static void train(const struct sae_config *config, struct sae_model *model, const float *directions,
                  uint64_t steps, struct sae_reference_loss *loss, uint32_t *n_dead)
{
    uint32_t n = config->architecture.d_sae;
    float *x = calloc(BATCH * D, sizeof *x);
    uint64_t *since = calloc(n, sizeof *since);
    uint8_t *dead = calloc(n, 1);
    struct adam adam;
    adam_start(&adam, model);
    for (uint64_t step = 0; step < steps; step++) {
        struct sae_reference_gradients gradients;
        struct sae_reference_batch batch = {.x = x,
                                            .y = x,
                                            .rows = BATCH,
                                            .k = config->architecture.k,
                                            .sparsity_coefficient = config->sparsity_coefficient + config->l1,
                                            .dead = dead};
        fill_batch(directions, step, x);
        assert_ok(sae_reference_step(config, model, &batch, loss, &gradients));
        double left = (double)(steps - step) / (double)steps; /* the rate falls over the last fifth */
        adam_update(&adam, model, &gradients, step + 1, config->learning_rate * fmin(1, 5 * left));
        *n_dead = 0;
        for (uint32_t i = 0; i < n; i++) {
            since[i] += BATCH;
            for (uint32_t r = 0; r < BATCH; r++)
                since[i] = gradients.active[r * n + i] ? 0 : since[i];
            dead[i] = since[i] >= DEAD_AFTER;
            *n_dead += dead[i];
        }
        sae_reference_gradients_free(&gradients);
    }
    adam_free(&adam);
    free(x), free(since), free(dead);
}

static struct sae_config config_of(enum sae_activation activation)
{
    struct sae_config config = {.architecture = test_architecture(activation, D, DIRECTIONS),
                                .widths = {DIRECTIONS},
                                .n_widths = 1,
                                .decoder_norm = SAE_NORM_FREE,
                                .learning_rate = 3e-3,
                                .bandwidth = 0.2,
                                .threshold_start = 0.1,
                                .gradient_to_input = true,
                                .aux_coefficient = 1.0 / 32,
                                .k_aux = D / 2};
    bool selects = activation == SAE_TOPK || activation == SAE_BATCHTOPK;
    config.architecture.k = selects ? PARTS : 0;
    config.architecture.rescale_by_decoder_norm = selects;
    return config;
}

/* `wanted_l0` NAN: not looked at (an L1 keeps small activations). */
static void recovers(struct sae_config config, uint64_t steps, double wanted_l0)
{
    struct sae_reference_loss loss;
    uint32_t dead;
    float *directions = unit_rows(DIRECTIONS, D, 35);
    struct sae_model model = starting_model(&config);
    double before = mean_max_cosine(directions, &model);
    train(&config, &model, directions, steps, &loss, &dead);
    double after = mean_max_cosine(directions, &model);
    print_message("%s: MMCS %.4f (start %.4f), squared error %.4f, L0 %.2f, %u dead\n",
                  sae_activation_name(config.architecture.activation), after, before, loss.reconstruction,
                  loss.l0, dead);
    assert_true(before < 0.6);
    assert_true(after >= 0.95);
    if (!isnan(wanted_l0))
        assert_in_double(loss.l0, wanted_l0, 0.2 * wanted_l0);
    sae_model_free(&model);
    free(directions);
}

static void topk_recovers_a_planted_dictionary(void **state)
{
    (void)state;
    recovers(config_of(SAE_TOPK), STEPS, PARTS);
}

static void batchtopk_recovers_a_planted_dictionary(void **state)
{
    (void)state;
    recovers(config_of(SAE_BATCHTOPK), STEPS, PARTS);
}

static void jumprelu_recovers_a_planted_dictionary(void **state)
{
    (void)state;
    struct sae_config config = config_of(SAE_JUMPRELU);
    config.sparsity_coefficient = 0.1;
    recovers(config, STEPS, PARTS);
}

static void standard_recovers_a_planted_dictionary(void **state)
{
    (void)state;
    struct sae_config config = config_of(SAE_RELU);
    config.l1 = 0.3;
    recovers(config, STEPS, NAN);
}

static void gated_recovers_a_planted_dictionary(void **state)
{
    (void)state;
    struct sae_config config = config_of(SAE_GATED);
    config.l1 = 1;
    recovers(config, STEPS, PARTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topk_recovers_a_planted_dictionary),
        cmocka_unit_test(batchtopk_recovers_a_planted_dictionary),
        cmocka_unit_test(jumprelu_recovers_a_planted_dictionary),
        cmocka_unit_test(standard_recovers_a_planted_dictionary),
        cmocka_unit_test(gated_recovers_a_planted_dictionary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
