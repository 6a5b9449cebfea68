/* The double reference of inference, by numbers worked out by hand: everything else is compared with it. */
#include "sae/reference.h"
#include "support/autoencoder.h"
#include "support/test.h"

#include <stdlib.h>

/* Three latents over two values: pi is what the encoder's rows and biases say. */
static struct sae_model model_of(struct sae_architecture of)
{
    struct sae_model model;
    of.d_in = 2;
    of.d_out = 2;
    of.d_sae = 3;
    of.n_inputs = 1;
    assert_ok(sae_model_create(&of, &model));
    const float encoder[] = {1, 0, 0, 1, 1, 1}, decoder[] = {3, 4, 0, 2, 1, 0};
    memcpy(model.W_enc, encoder, sizeof encoder);
    memcpy(model.W_dec, decoder, sizeof decoder);
    return model;
}

static void assert_numbers(const double *got, const double *wanted, int count)
{
    for (int i = 0; i < count; i++)
        assert_in_double(got[i], wanted[i], 1e-7);
}

/* Encodes and decodes x and compares with what is expected. */
static void assert_pass(const struct sae_model *model, const float x[2], const double latents[3],
                        const double reconstruction[2])
{
    double f[3], y[2];
    sae_reference_encode(model, x, f);
    assert_numbers(f, latents, 3);
    sae_reference_decode(model, f, x, y);
    assert_numbers(y, reconstruction, 2);
}

static void relu(void **state)
{
    (void)state;
    struct sae_model model = model_of((struct sae_architecture){.apply_b_dec_to_input = true});
    model.b_dec[0] = 1;
    model.b_enc[2] = -0.5f;
    /* x - b_dec = (1, -3): pi = 1, -3, -2.5 */
    assert_pass(&model, (float[]){2, -3}, (double[]){1, 0, 0}, (double[]){4, 4});
    model.architecture.apply_b_dec_to_input = false;
    /* pi = 2, -3, -1.5 */
    assert_pass(&model, (float[]){2, -3}, (double[]){2, 0, 0}, (double[]){7, 8});
    sae_model_free(&model);
}

/* The threshold itself is not above it, and what is below 0 is no latent, whatever the threshold. */
static void jumprelu(void **state)
{
    (void)state;
    struct sae_model model = model_of((struct sae_architecture){.activation = SAE_JUMPRELU});
    model.threshold[0] = 2;
    model.threshold[1] = -9;
    model.threshold[2] = 0.5f;
    /* pi = 2, -1, 1 */
    assert_pass(&model, (float[]){2, -1}, (double[]){0, 0, 1}, (double[]){1, 0});
    model.threshold[0] = 1.5f;
    assert_pass(&model, (float[]){2, -1}, (double[]){2, 0, 1}, (double[]){7, 8});
    /* pi |D| = 10, -2, 1 against thresholds of 9, -9, 1 */
    model.architecture.rescale_by_decoder_norm = true;
    model.threshold[0] = 9;
    model.threshold[2] = 1;
    assert_pass(&model, (float[]){2, -1}, (double[]){10, 0, 0}, (double[]){6, 8});
    sae_model_free(&model);
}

static void gated(void **state)
{
    (void)state;
    struct sae_model model = model_of((struct sae_architecture){.activation = SAE_GATED});
    model.b_gate[0] = -2; /* 2 - 2 is not above 0 */
    model.b_gate[1] = 1.5f;
    model.b_mag[1] = 3; /* max(-1 + 3, 0) */
    model.b_gate[2] = 0;
    model.b_mag[2] = 0.25f;
    model.r_mag[2] = logf(2); /* 2 * 1 + 0.25 */
    assert_pass(&model, (float[]){2, -1}, (double[]){0, 2, 2.25}, (double[]){2.25, 4});
    model.b_mag[1] = 0.5f; /* open, but max(-1 + 0.5, 0) */
    assert_pass(&model, (float[]){2, -1}, (double[]){0, 0, 2.25}, (double[]){2.25, 0});
    sae_model_free(&model);
}

static void topk(void **state)
{
    (void)state;
    struct sae_model model = model_of((struct sae_architecture){.activation = SAE_TOPK, .k = 1});
    assert_pass(&model, (float[]){2, 1}, (double[]){0, 0, 3}, (double[]){3, 0});
    /* pi = 2, 0, 2: the lower index */
    assert_pass(&model, (float[]){2, 0}, (double[]){2, 0, 0}, (double[]){6, 8});
    /* pi = 0, 2, 2 */
    assert_pass(&model, (float[]){0, 2}, (double[]){0, 2, 0}, (double[]){0, 4});
    model.architecture.k = 2;
    assert_pass(&model, (float[]){2, 0}, (double[]){2, 0, 2}, (double[]){8, 8});
    assert_pass(&model, (float[]){-1, -1}, (double[]){0, 0, 0}, (double[]){0, 0});
    model.architecture.k = 3;
    assert_pass(&model, (float[]){2, -1}, (double[]){2, 0, 1}, (double[]){7, 8});
    /* pi |D| = 5, 4, 3 where pi = 1, 2, 3 */
    model.architecture.k = 1;
    model.architecture.rescale_by_decoder_norm = true;
    assert_pass(&model, (float[]){1, 2}, (double[]){5, 0, 0}, (double[]){3, 4});
    model.architecture.k = 2;
    assert_pass(&model, (float[]){1, 2}, (double[]){5, 4, 0}, (double[]){3, 8});
    sae_model_free(&model);
}

/* Five equal entries, k of them: the first ones, wherever they stand. */
static void ties(void **state)
{
    (void)state;
    enum { N = 40 };
    struct sae_architecture of = test_architecture(SAE_TOPK, 1, N);
    of.apply_b_dec_to_input = false;
    struct sae_model model = test_model(&of, 1);
    static const int places[] = {3, 11, 12, 30, 39};
    memset(model.W_enc, 0, N * sizeof(float));
    memset(model.b_enc, 0, N * sizeof(float));
    for (int i = 0; i < 5; i++)
        model.b_enc[places[i]] = 2;
    model.b_enc[20] = 5;
    model.b_enc[21] = 1;
    double f[N];
    for (int k = 1; k <= 7; k++) {
        model.architecture.k = k;
        sae_reference_encode(&model, (float[]){0}, f);
        for (int i = 0; i < N; i++) {
            double wanted = i == 20 ? 5 : i == 21 && k == 7 ? 1 : 0;
            for (int p = 0; p < 5 && p < k - 1; p++)
                wanted = i == places[p] ? 2 : wanted;
            assert_true(f[i] == wanted);
        }
    }
    sae_model_free(&model);
}

static void scalings(void **state)
{
    (void)state;
    const struct sae_architecture layer = {.scaling = SAE_SCALING_LAYER_NORM};
    struct sae_model model = model_of(layer);
    /* Of (5, 1): mean 3, deviation sqrt((4 + 4) / 1); x' = (1, -1) / sqrt 2 but for 1e-5. */
    double deviation = sqrt(8), first = 2 / (deviation + 1e-5);
    assert_pass(&model, (float[]){5, 1}, (double[]){first, 0, 0},
                (double[]){3 * first * deviation + 3, 4 * first * deviation + 3});
    assert_pass(&model, (float[]){5, 5}, (double[]){0, 0, 0}, (double[]){5, 5});
    sae_model_free(&model);
    model = model_of((struct sae_architecture){.scaling = SAE_SCALING_CONSTANT_NORM});
    /* Of (3, 4): x' = (3, 4) sqrt 2 / 5; undone by 5 / sqrt 2. pi = 3 s, 4 s, 7 s. */
    double s = sqrt(2) / 5;
    assert_pass(&model, (float[]){3, 4}, (double[]){3 * s, 4 * s, 7 * s}, (double[]){16, 20});
    assert_pass(&model, (float[]){0, 0}, (double[]){0, 0, 0}, (double[]){0, 0});
    sae_model_free(&model);
}

/* The linear path takes the scaled row; a transcoder's output is not scaled back. */
static void skip_path(void **state)
{
    (void)state;
    struct sae_model model = model_of((struct sae_architecture){.transcoder = true, .skip = true});
    const float skip[] = {1, 2, 0, -1};
    memcpy(model.W_skip, skip, sizeof skip);
    model.b_dec[1] = 10;
    /* f = 1, 0, 0 (pi of the third is -1); y = (3, 4) + (0, 10) + (1 - 4, 2) */
    assert_pass(&model, (float[]){1, -2}, (double[]){1, 0, 0}, (double[]){0, 16});
    sae_model_free(&model);
    model = model_of(
        (struct sae_architecture){.transcoder = true, .skip = true, .scaling = SAE_SCALING_CONSTANT_NORM});
    memcpy(model.W_skip, skip, sizeof skip);
    double s = sqrt(2) / 5;
    assert_pass(&model, (float[]){-3, -4}, (double[]){0, 0, 0}, (double[]){-11 * s, 4 * s});
    sae_model_free(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relu),      cmocka_unit_test(jumprelu), cmocka_unit_test(gated),
        cmocka_unit_test(topk),      cmocka_unit_test(ties),     cmocka_unit_test(scalings),
        cmocka_unit_test(skip_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
