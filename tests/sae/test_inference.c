/* Autoencoders on the device against the double reference. */
#include "sae/inference.h"

#include "base/memory.h"
#include "base/random.h"
#include "sae/holdout.h"
#include "sae/reference.h"
#include "sae/start.h"
#include "sae/trainer.h"
#include "support/autoencoder.h"
#include "support/device.h"
#include "support/forward.h"
#include "support/test.h"

#include <stdlib.h>

struct shape {
    enum sae_activation activation;
    uint32_t d_in, d_out, d_sae, rows;
    double k;
    bool rescale, skip;
    enum sae_input_scaling scaling;
};

static void fill(float *values, uint64_t count, uint64_t seed, double scale)
{
    for (uint64_t i = 0; values && i < count; i++)
        values[i] = (float)(scale * base_random_normal(seed, BASE_STREAM_TEST, i));
}

static struct sae_model model_of(const struct shape *shape, uint64_t seed)
{
    struct sae_architecture architecture = {
        .activation = shape->activation,
        .d_in = shape->d_in,
        .d_out = shape->d_out,
        .d_sae = shape->d_sae,
        .k = shape->k,
        .rescale_by_decoder_norm = shape->rescale,
        .apply_b_dec_to_input = shape->d_in == shape->d_out,
        .transcoder = shape->d_in != shape->d_out,
        .skip = shape->skip,
        .n_inputs = 1,
        .scaling = shape->scaling,
    };
    struct sae_model model;
    assert_ok(sae_model_create(&architecture, &model));
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(&model, tensors);
    for (uint32_t i = 0; i < count; i++)
        fill(tensors[i].values, tensors[i].rows * tensors[i].cols, seed + i,
             tensors[i].rows > 1 ? 1 / sqrt(shape->d_in) : 0.3);
    for (uint32_t i = 0; model.threshold && i < shape->d_sae; i++)
        model.threshold[i] = fabsf(model.threshold[i]) - 0.05f; /* a few below 0, as foreign files may have */
    return model;
}

static double latent_of(const struct sae_latents *latents, uint32_t row, uint32_t index)
{
    for (uint32_t at = latents->row_offsets[row]; at < latents->row_offsets[row + 1]; at++)
        if (latents->indices[at] == index)
            return latents->values[at];
    return 0;
}

/* A latent may be on one side of its threshold here and on the other there when rounding decides; then the
 * value is near 0 or, for TopK, near the smallest that is kept. */
static bool near_tie(const struct sae_model *model, const double *expected, double got, double wanted)
{
    double least = INFINITY;
    for (uint32_t i = 0; i < model->architecture.d_sae; i++)
        if (expected[i] > 0)
            least = fmin(least, expected[i]);
    return (got == 0 || wanted == 0) && fmax(got, wanted) < least * (1 + 1e-4) &&
           model->architecture.activation == SAE_TOPK;
}

static void check(struct sae_inference *inference, const struct sae_model *model, const struct shape *shape,
                  const float *x)
{
    struct sae_latents latents;
    float *reconstruction = NULL, *again = NULL;
    double *expected = NULL, *decoded = NULL;
    uint64_t out = (uint64_t)shape->rows * shape->d_out;
    assert_ok(base_allocate(&reconstruction, out, sizeof *reconstruction, "test"));
    assert_ok(base_allocate(&again, out, sizeof *again, "test"));
    assert_ok(base_allocate(&expected, shape->d_sae, sizeof *expected, "test"));
    assert_ok(base_allocate(&decoded, shape->d_out, sizeof *decoded, "test"));
    assert_ok(sae_inference_encode(inference, x, shape->rows, &latents));
    assert_int_equal(latents.rows, shape->rows);
    assert_ok(sae_inference_reconstruct(inference, reconstruction));
    for (uint32_t r = 0; r < shape->rows; r++) {
        sae_reference_encode(model, x + (uint64_t)r * shape->d_in, expected);
        for (uint32_t at = latents.row_offsets[r]; at < latents.row_offsets[r + 1]; at++) {
            assert_true(latents.values[at] > 0);
            assert_true(at == latents.row_offsets[r] || latents.indices[at] > latents.indices[at - 1]);
        }
        bool tie = false;
        for (uint32_t i = 0; i < shape->d_sae; i++) {
            double got = latent_of(&latents, r, i);
            if (near_tie(model, expected, got, expected[i]))
                tie = true;
            else if (model->architecture.activation == SAE_JUMPRELU && (got == 0) != (expected[i] == 0))
                tie = true; /* thresholds are drawn at random: at most one in 10^5 is met within rounding */
            else
                assert_in_double(got, expected[i], 2e-5 * (1 + fabs(expected[i])));
        }
        if (tie)
            continue;
        sae_reference_decode(model, expected, x + (uint64_t)r * shape->d_in, decoded);
        for (uint32_t c = 0; c < shape->d_out; c++)
            assert_in_double(reconstruction[(uint64_t)r * shape->d_out + c], decoded[c],
                             5e-5 * (1 + fabs(decoded[c])));
    }
    assert_ok(sae_inference_decode(inference, &latents, x, again));
    assert_memory_equal(reconstruction, again, out * sizeof *again);
    base_free(reconstruction);
    base_free(again);
    base_free(expected);
    base_free(decoded);
}

static void run(const struct shape *shape, struct gpu *gpu)
{
    struct sae_model model = model_of(shape, 7 + shape->d_sae + shape->activation);
    struct sae_inference *inference;
    float *x = NULL;
    assert_ok(base_allocate(&x, (uint64_t)shape->rows * shape->d_in + 1, sizeof *x, "test"));
    fill(x, (uint64_t)shape->rows * shape->d_in, 99, 1);
    for (uint32_t c = 0; shape->rows > 2 && c < shape->d_in; c++)
        x[2 * shape->d_in + c] = 0; /* a row of zeros */
    assert_ok(sae_inference_create(gpu, &model, shape->rows > 0 ? shape->rows : 1, &inference));
    check(inference, &model, shape, x);
    sae_inference_destroy(&inference);
    sae_model_free(&model);
    base_free(x);
}

static void test_every_kind(void **state)
{
    (void)state;
    const struct shape shapes[] = {
        {SAE_RELU, 33, 33, 257, 19, 0, false, false, SAE_SCALING_NONE},
        {SAE_GATED, 32, 32, 128, 16, 0, false, false, SAE_SCALING_NONE},
        {SAE_JUMPRELU, 48, 48, 300, 20, 0, false, false, SAE_SCALING_LAYER_NORM},
        {SAE_TOPK, 64, 64, 1000, 33, 17, true, false, SAE_SCALING_CONSTANT_NORM},
        {SAE_TOPK, 5, 5, 7, 129, 1, false, false, SAE_SCALING_NONE},
        {SAE_TOPK, 5, 5, 7, 3, 7, false, false, SAE_SCALING_NONE},
        {SAE_TOPK, 6, 10, 40, 9, 4, true, true, SAE_SCALING_NONE},
        {SAE_RELU, 12, 20, 64, 9, 0, false, true, SAE_SCALING_NONE},
        {SAE_JUMPRELU, 1, 1, 1, 5, 0, false, false, SAE_SCALING_NONE},
        {SAE_RELU, 600, 600, 9000, 4, 0, false, false, SAE_SCALING_NONE},
        {SAE_RELU, 4, 4, 8, 0, 0, false, false, SAE_SCALING_NONE},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        run(&shapes[i], test_gpu());
}

/* More than 65,535 rows, and more latents active than the lists expect. */
static void test_many_rows(void **state)
{
    (void)state;
    const struct shape shape = {SAE_RELU, 3, 3, 700, 66000, 0, false, false, SAE_SCALING_NONE};
    struct sae_model model = model_of(&shape, 3);
    struct sae_inference *inference;
    struct sae_latents latents;
    assert_ok(sae_inference_create(test_gpu(), &model, shape.rows, &inference));
    uint32_t rows = sae_inference_rows(inference);
    float *x = NULL;
    assert_ok(base_allocate(&x, (uint64_t)rows * 3, sizeof *x, "test"));
    fill(x, (uint64_t)rows * 3, 5, 1);
    assert_ok(sae_inference_encode(inference, x, rows, &latents));
    double expected[700];
    for (uint32_t r = 0; r < rows; r += 997) {
        sae_reference_encode(&model, x + 3 * (uint64_t)r, expected);
        uint32_t active = 0;
        for (uint32_t i = 0; i < 700; i++)
            active += expected[i] > 1e-5;
        assert_true(latents.row_offsets[r + 1] - latents.row_offsets[r] >= active);
    }
    assert_true(latents.row_offsets[rows] > 128 * rows);
    base_free(x);
    sae_inference_destroy(&inference);
    sae_model_free(&model);
}

/* A binding too short for the weights: they are cut into spans, and the bits stay. */
static void test_spans(void **state)
{
    (void)state;
    const struct shape shape = {SAE_TOPK, 64, 64, 3000, 21, 40, false, false, SAE_SCALING_NONE};
    struct gpu *small = test_gpu_open("storage_range_bytes=262144");
    struct sae_model model = model_of(&shape, 11);
    struct sae_inference *whole, *cut;
    float x[21 * 64], a[21 * 64], b[21 * 64];
    struct sae_latents latents;
    fill(x, 21 * 64, 12, 1);
    assert_ok(sae_inference_create(test_gpu(), &model, 21, &whole));
    assert_ok(sae_inference_create(small, &model, 21, &cut));
    assert_ok(sae_inference_encode(whole, x, 21, &latents));
    assert_ok(sae_inference_reconstruct(whole, a));
    assert_ok(sae_inference_encode(cut, x, 21, &latents));
    assert_ok(sae_inference_reconstruct(cut, b));
    assert_memory_equal(a, b, sizeof a);
    /* The same from rows whose entries lie in another order, so that neighbours belong to other spans. */
    uint32_t *offsets = NULL, *indices = NULL;
    float *values = NULL;
    uint32_t count = latents.row_offsets[21];
    assert_ok(base_allocate(&offsets, 22, sizeof *offsets, "test"));
    assert_ok(base_allocate(&indices, count, sizeof *indices, "test"));
    assert_ok(base_allocate(&values, count, sizeof *values, "test"));
    memcpy(offsets, latents.row_offsets, 22 * sizeof *offsets);
    for (uint32_t r = 0; r < 21; r++) {
        uint32_t n = offsets[r + 1] - offsets[r];
        for (uint32_t j = 0; j < n; j++) {
            uint32_t from = offsets[r] + (j % 2 ? n - 1 - j / 2 : j / 2);
            indices[offsets[r] + j] = latents.indices[from];
            values[offsets[r] + j] = latents.values[from];
        }
    }
    const struct sae_latents mixed = {21, offsets, indices, values};
    assert_ok(sae_inference_decode(cut, &mixed, NULL, b));
    for (uint32_t i = 0; i < 21 * 64; i++)
        assert_in_double(b[i], a[i], 1e-4);
    base_free(offsets), base_free(indices), base_free(values);
    sae_inference_destroy(&whole);
    sae_inference_destroy(&cut);
    sae_model_free(&model);
    assert_int_equal(test_gpu_close(&small), 0);
}

static void test_refusals(void **state)
{
    (void)state;
    const struct shape shape = {SAE_RELU, 4, 4, 8, 2, 0, false, false, SAE_SCALING_NONE};
    struct sae_model model = model_of(&shape, 1);
    struct sae_inference *inference;
    assert_ok(sae_inference_create(test_gpu(), &model, 2, &inference));
    const uint32_t offsets[] = {0, 1}, indices[] = {8};
    const float values[] = {1};
    const struct sae_latents outside = {1, offsets, indices, values};
    float reconstruction[4];
    assert_fails(sae_inference_decode(inference, &outside, NULL, reconstruction), BASE_ERROR_INPUT,
                 "latent 8");
    sae_inference_destroy(&inference);
    sae_model_free(&model);
}

/* What SAELens computed with its own folders. */
static void check_example(struct test_example *example)
{
    struct test_agreement seen = {0};
    struct test_forward got =
        test_forward_on_device(test_gpu(), &example->model, example->input, example->rows);
    test_forwards_agree(example->folder, &example->model, example->input, example->rows, &got,
                        &example->wanted, &seen);
    print_message("%s: %u rows, %u near ties, relative difference at most %.2g\n", example->folder, seen.rows,
                  seen.ties, seen.worst);
    test_forward_free(&got);
}

static void test_saelens_examples(void **state)
{
    (void)state;
    if (test_gpu_is_instrumented()) /* minutes, of kernels that the tests before go through */
        skip();
    test_each_example(TEST_EXAMPLES, check_example);
}

/* ---- of a trainer ---- */

enum { T_IN = 11, T_SAE = 37, T_BATCH = 48, T_ROWS = 101, T_STEPS = 7 };

static struct sae_config config_of(const char *kind, uint32_t d_out)
{
    struct sae_config config = {.kind = sae_kind_find(kind), .total_rows = 100 * T_BATCH, .batch = T_BATCH};
    assert_non_null(config.kind);
    struct sae_architecture *a = &config.architecture;
    a->d_in = T_IN;
    a->d_out = d_out;
    a->d_sae = T_SAE;
    a->transcoder = d_out != T_IN;
    a->n_inputs = 1;
    a->k = sae_selects(config.kind->activation) ? 5 : 0;
    config.target_l0 = config.kind->activation == SAE_JUMPRELU ? 5 : 0;
    sae_config_defaults(&config);
    config.learning_rate = 2e-2;
    config.warmup = 0;
    return config;
}

static struct sae_trainer *trained(const struct sae_config *config, const float *rows)
{
    struct sae_model start;
    struct sae_trainer *trainer;
    struct sae_record record;
    const uint32_t width = T_IN + (config->architecture.transcoder ? config->architecture.d_out : 0);
    const double out = config->architecture.transcoder ? 0.75 : 1.25;
    assert_ok(sae_start_model(config, NULL, 0, 0, &start));
    assert_ok(sae_trainer_create(test_gpu(), config, &start, 1.25, out, &trainer));
    sae_trainer_order(trainer, 1, 1, config->architecture.activation == SAE_TOPK ? 3 : 0);
    for (int s = 0; s < T_STEPS; s++)
        assert_ok(sae_trainer_step(trainer, rows + (size_t)s * T_BATCH * width, &record));
    sae_model_free(&start);
    return trainer;
}

/* Pairs of both, but for those that rounding may put to either side of a threshold. */
static void same_latents(struct sae_inference *here, struct sae_inference *saved, const float *x)
{
    struct sae_latents a, b;
    uint32_t apart = 0, both = 0;
    assert_ok(sae_inference_encode(here, x, T_ROWS, &a));
    assert_ok(sae_inference_encode(saved, x, T_ROWS, &b));
    assert_int_equal(a.rows, T_ROWS);
    for (uint32_t r = 0; r < T_ROWS; r++)
        for (uint32_t i = 0; i < T_SAE; i++) {
            double one = latent_of(&a, r, i), other = latent_of(&b, r, i);
            apart += (one > 0) != (other > 0);
            both += one > 0 && other > 0;
            if (one > 0 && other > 0)
                assert_in_double(one, other, 2e-5 * (1 + other));
        }
    assert_true(both > T_ROWS && apart <= 2);
}

/* What is used where it lies gives what saving and loading gives: units, k and thresholds. */
static void test_trainers(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        uint32_t d_out;
    } cases[] = {{"standard", T_IN},  {"gated", T_IN},      {"jumprelu", T_IN}, {"topk", T_IN},
                 {"batchtopk", T_IN}, {"matryoshka", T_IN}, {"topk", 7},        {"jumprelu", 7}};
    float *rows = test_rows(T_STEPS * T_BATCH, 2 * T_IN, 21), *x = test_rows(T_ROWS, T_IN, 22);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct sae_config config = config_of(cases[c].kind, cases[c].d_out);
        struct sae_trainer *trainer = trained(&config, rows);
        struct sae_inference *here, *saved;
        struct sae_model model;
        struct sae_record record;
        assert_ok(sae_inference_of_trainer(trainer, T_ROWS, &here));
        assert_int_equal(sae_inference_architecture(here)->d_sae, T_SAE);
        for (int again = 0; again < 2; again++) { /* it goes with the weights */
            assert_ok(sae_trainer_model(trainer, 1, &model));
            assert_ok(sae_inference_create(test_gpu(), &model, T_ROWS, &saved));
            same_latents(here, saved, x);
            sae_inference_destroy(&saved);
            sae_model_free(&model);
            assert_ok(sae_trainer_step(trainer, rows, &record));
        }
        sae_trainer_destroy(&trainer);
        sae_inference_destroy(&here);
    }
    free(rows);
    free(x);
}

/* All latents fire in all rows, whose list does not fit the small device: it takes fewer rows at once, and
 * comes to the same. */
static void test_lists_that_do_not_fit(void **state)
{
    (void)state;
    enum { ROWS = 4096, WIDTH = 8, LATENTS = 1024, MOST = 64 << 20 };
    struct gpu *small = test_gpu_open("memory_bytes=64M");
    struct sae_architecture shape = test_architecture(SAE_RELU, WIDTH, LATENTS);
    struct sae_model model = test_model(&shape, 3);
    struct sae_holdout_result here, there;
    float *x = test_rows(ROWS, WIDTH, 4);
    const struct sae_holdout holdout = {x, ROWS};
    for (uint32_t i = 0; i < LATENTS; i++)
        model.b_enc[i] = 50;
    assert_true(16ull * ROWS * LATENTS > MOST / 2);
    assert_ok(sae_holdout_evaluate(test_gpu(), &model, &holdout, &here));
    assert_ok(sae_holdout_evaluate(small, &model, &holdout, &there));
    assert_true(gpu_memory_most_bytes(small) <= MOST && gpu_memory_most_bytes(test_gpu()) > MOST);
    assert_true(here.l0 == LATENTS && there.l0 == LATENTS);
    assert_in_double(there.fvu, here.fvu, 1e-6 * here.fvu);
    sae_model_free(&model);
    free(x);
    assert_int_equal(test_gpu_close(&small), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind), cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_spans),      cmocka_unit_test(test_lists_that_do_not_fit),
        cmocka_unit_test(test_refusals),   cmocka_unit_test(test_saelens_examples),
        cmocka_unit_test(test_trainers),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
