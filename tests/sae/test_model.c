/* Weights on the host: creation, copies, and folding, which must not change what comes out. */
#include "sae/model.h"
#include "sae/reference.h"
#include "support/autoencoder.h"
#include "support/test.h"

#include <stdlib.h>

enum { ROWS = 40, D = 13, N = 36 };

static const enum sae_activation activations[] = {SAE_RELU, SAE_GATED, SAE_JUMPRELU, SAE_TOPK};
enum { N_ACTIVATIONS = sizeof activations / sizeof activations[0] };

/* Latents and reconstructions of two models on the same rows, the second taking rows[r] * in and giving what
 * is compared after * out. `latent_norms` [N]: what a latent of the second is in units of the first's; NULL:
 * 1. Counts the latents that are active, so that a test of silent models is seen. */
static void assert_same(const struct sae_model *a, const struct sae_model *b, double in, double out,
                        const double *latent_norms)
{
    uint32_t n = a->architecture.d_sae, d = a->architecture.d_in, d_out = a->architecture.d_out, active = 0;
    float *rows = test_rows(ROWS, d, 4);
    double *f = calloc(n, sizeof *f), *g = calloc(n, sizeof *g);
    double *y = calloc(d_out, sizeof *y), *z = calloc(d_out, sizeof *z);
    float *scaled = calloc(d, sizeof *scaled);
    for (uint32_t r = 0; r < ROWS; r++) {
        const float *x = rows + (size_t)r * d;
        for (uint32_t j = 0; j < d; j++)
            scaled[j] = (float)(x[j] * in);
        sae_reference_encode(a, scaled, f);
        sae_reference_encode(b, x, g);
        sae_reference_decode(a, f, scaled, y);
        sae_reference_decode(b, g, x, z);
        for (uint32_t i = 0; i < n; i++) {
            active += f[i] > 0;
            assert_in_double(g[i], f[i] * (latent_norms ? latent_norms[i] : 1), 2e-6);
        }
        for (uint32_t j = 0; j < d_out; j++)
            assert_in_double(z[j] * out, y[j], 1e-6 * (1 + fabs(y[j])));
    }
    assert_true(active > ROWS && active < ROWS * n);
    free(rows), free(scaled), free(f), free(g), free(y), free(z);
}

static void decoder_norms(const struct sae_model *model, double *norms)
{
    uint32_t d = model->architecture.d_out;
    for (uint32_t i = 0; i < model->architecture.d_sae; i++) {
        norms[i] = 0;
        for (uint32_t j = 0; j < d; j++)
            norms[i] += (double)model->W_dec[i * d + j] * model->W_dec[i * d + j];
        norms[i] = sqrt(norms[i]);
    }
}

static void copies(void **state)
{
    (void)state;
    for (int a = 0; a < N_ACTIVATIONS; a++) {
        struct sae_architecture of = test_architecture(activations[a], D, N);
        struct sae_model model = test_model(&of, 1), copy;
        assert_ok(sae_model_copy(&model, &copy));
        test_assert_models_equal(&model, &copy);
        struct sae_tensor tensors[SAE_MOST_TENSORS];
        uint32_t count = sae_model_tensors(&copy, tensors);
        assert_int_equal(count, activations[a] == SAE_GATED ? 6 : activations[a] == SAE_JUMPRELU ? 5 : 4);
        assert_string_equal(tensors[0].name, "W_enc");
        assert_int_equal(tensors[0].rows, N);
        assert_int_equal(tensors[0].cols, D);
        tensors[0].values[0] += 1;
        assert_true(model.W_enc[0] != copy.W_enc[0]);
        sae_model_free(&model);
        sae_model_free(&copy);
        sae_model_free(&copy);
    }
}

static void too_large(void **state)
{
    (void)state;
    struct sae_architecture of = test_architecture(SAE_RELU, UINT32_MAX, UINT32_MAX);
    struct sae_model model;
    assert_fails(sae_model_create(&of, &model), BASE_ERROR_FILE_SYSTEM, "an autoencoder's weights");
    assert_null(model.W_enc);
}

/* Folding a scale: the folded model takes x and gives y where the trained one took s x and gave s y. */
static void scales(void **state)
{
    (void)state;
    for (int a = 0; a < N_ACTIVATIONS; a++)
        for (int rescaled = 0; rescaled < 2; rescaled++) {
            struct sae_architecture of = test_architecture(activations[a], D, N);
            if (rescaled && activations[a] != SAE_TOPK && activations[a] != SAE_JUMPRELU)
                continue;
            of.rescale_by_decoder_norm = rescaled;
            of.scaling = SAE_SCALING_EXPECTED_AVERAGE_NORM;
            struct sae_model model = test_model(&of, 2), folded;
            assert_ok(sae_model_copy(&model, &folded));
            sae_fold_scale(&folded, 1.7, 1.7);
            assert_int_equal(folded.architecture.scaling, SAE_SCALING_NONE);
            double norms[N];
            for (int i = 0; i < N; i++)
                norms[i] = rescaled ? 1 / 1.7 : 1;
            assert_same(&model, &folded, 1.7, 1.7, norms);
            sae_model_free(&model);
            sae_model_free(&folded);
        }
}

static void scales_of_transcoders(void **state)
{
    (void)state;
    for (int a = 0; a < N_ACTIVATIONS; a++) {
        struct sae_architecture of = test_architecture(activations[a], D, N);
        of.d_out = 9;
        of.transcoder = of.skip = true;
        of.apply_b_dec_to_input = false;
        struct sae_model model = test_model(&of, 3), folded;
        assert_ok(sae_model_copy(&model, &folded));
        sae_fold_scale(&folded, 0.4, 2.5);
        assert_same(&model, &folded, 0.4, 2.5, NULL);
        sae_model_free(&model);
        sae_model_free(&folded);
    }
}

static void norms(void **state)
{
    (void)state;
    for (int a = 0; a < N_ACTIVATIONS; a++)
        for (int rescaled = 0; rescaled < 2; rescaled++) {
            struct sae_architecture of = test_architecture(activations[a], D, N);
            if (rescaled != (activations[a] == SAE_TOPK) && activations[a] != SAE_JUMPRELU)
                continue;
            of.rescale_by_decoder_norm = rescaled;
            struct sae_model model = test_model(&of, 5), folded;
            memset(model.W_dec + 7 * D, 0, D * sizeof(float));
            assert_ok(sae_model_copy(&model, &folded));
            sae_fold_decoder_norm(&folded);
            assert_false(folded.architecture.rescale_by_decoder_norm);
            double before[N], after[N];
            decoder_norms(&model, before);
            decoder_norms(&folded, after);
            for (int i = 0; i < N; i++) {
                assert_in_double(after[i], i == 7 ? 0 : 1, 1e-6);
                before[i] = rescaled || i == 7 ? 1 : before[i];
            }
            assert_same(&model, &folded, 1, 1, before);
            sae_model_free(&model);
            sae_model_free(&folded);
        }
}

/* Scale, then norms, as training does at the end: thresholds on pi |D_i| (BatchTopK) included. */
static void both(void **state)
{
    (void)state;
    for (int a = 0; a < N_ACTIVATIONS; a++) {
        struct sae_architecture of = test_architecture(activations[a], D, N);
        of.rescale_by_decoder_norm = activations[a] == SAE_TOPK || activations[a] == SAE_JUMPRELU;
        struct sae_model model = test_model(&of, 6), folded;
        assert_ok(sae_model_copy(&model, &folded));
        sae_fold_scale(&folded, 3, 3);
        sae_fold_decoder_norm(&folded);
        double ratio[N];
        decoder_norms(&model, ratio);
        for (int i = 0; i < N; i++)
            ratio[i] = of.rescale_by_decoder_norm ? 1.0 / 3 : ratio[i] / 3;
        assert_same(&model, &folded, 3, 3, ratio);
        sae_model_free(&model);
        sae_model_free(&folded);
    }
}

/* Without rescaling the k greatest are others once norms are folded: such a model is left alone. */
static void plain_topk_stays(void **state)
{
    (void)state;
    struct sae_architecture of = test_architecture(SAE_TOPK, D, N);
    struct sae_model model = test_model(&of, 8), folded;
    assert_ok(sae_model_copy(&model, &folded));
    sae_fold_decoder_norm(&folded);
    test_assert_models_equal(&model, &folded);
    sae_model_free(&model);
    sae_model_free(&folded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies),
        cmocka_unit_test(too_large),
        cmocka_unit_test(scales),
        cmocka_unit_test(scales_of_transcoders),
        cmocka_unit_test(norms),
        cmocka_unit_test(both),
        cmocka_unit_test(plain_topk_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
