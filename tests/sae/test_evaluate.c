/* Metrics against the same written out naively; the cut into blocks changes nothing. */
#include "sae/evaluate.h"

#include "base/memory.h"
#include "base/random.h"
#include "support/analysis.h"
#include "support/test.h"

#include <string.h>

enum { ROWS = 41, WIDTH = 7, LATENTS = 13 };
#define BOUND 4.0

static float x[ROWS * WIDTH], r[ROWS * WIDTH], f[ROWS * LATENTS];
static double norms[ROWS];
static uint64_t numbers[ROWS], contexts[ROWS];

static double normal(uint64_t index)
{
    return base_random_normal(11, BASE_STREAM_TEST, index);
}

static void make_rows(void)
{
    for (uint32_t i = 0; i < ROWS; i++) {
        double square = 0;
        for (uint32_t k = 0; k < WIDTH; k++) {
            float value = (float)(normal(i * WIDTH + k) + (k == 2 ? 0.7 : 0)) * (i % 9 == 4 ? 5.f : 1.f);
            x[i * WIDTH + k] = i == 17 ? 0 : value; /* a zero row is a row */
            r[i * WIDTH + k] = 0.8f * value + 0.2f * (float)normal(9000 + i * WIDTH + k);
            square += (double)x[i * WIDTH + k] * (double)x[i * WIDTH + k];
        }
        norms[i] = sqrt(square);
        numbers[i] = i;
        contexts[i] = i / 6;
        for (uint32_t l = 0; l < LATENTS; l++) {
            double value = normal(20000 + i * LATENTS + l) - (l == 3 ? 0 : 0.8);
            f[i * LATENTS + l] = l == 5 || value < 0 ? 0 : (float)value; /* latent 5 never fires */
        }
    }
}

/* Rows [from, to) as a block. */
static void add(struct sae_evaluation *evaluation, uint32_t from, uint32_t to)
{
    uint32_t offsets[ROWS + 1] = {0}, indices[ROWS * LATENTS], n = 0;
    float values[ROWS * LATENTS];
    for (uint32_t i = from; i < to; i++) {
        for (uint32_t l = 0; l < LATENTS; l++)
            if (f[i * LATENTS + l] > 0) {
                indices[n] = l;
                values[n++] = f[i * LATENTS + l];
            }
        offsets[i - from + 1] = n;
    }
    const struct sae_walk_block block = {.from = from,
                                         .count = to - from,
                                         .rows = to - from,
                                         .numbers = numbers + from,
                                         .x = x + from * WIDTH,
                                         .target = x + from * WIDTH,
                                         .norms = norms + from,
                                         .latents = {to - from, offsets, indices, values}};
    assert_ok(sae_evaluation_add(evaluation, &block, r + from * WIDTH, contexts + from));
}

static struct sae_metrics evaluate(struct sae_means means, uint32_t at_once)
{
    struct sae_evaluation *evaluation;
    struct sae_metrics metrics;
    assert_ok(sae_evaluation_create(
        &(struct sae_evaluation_parameters){
            .d_out = WIDTH, .d_sae = LATENTS, .means = means, .norm_bound = BOUND, .contexts = true},
        &evaluation));
    for (uint32_t from = 0; from < ROWS; from += at_once)
        add(evaluation, from, from + at_once < ROWS ? from + at_once : ROWS);
    sae_evaluation_finish(evaluation, &metrics);
    sae_evaluation_destroy(&evaluation);
    return metrics;
}

static struct sae_means means_of_file(void)
{
    struct data_activations *activations = test_activations("rows.npy", x, ROWS, WIDTH);
    struct sae_means means;
    assert_ok(sae_means_make(&(struct sae_walk_parameters){.activations = activations, .norm_bound = BOUND},
                             &means));
    data_close(&activations);
    return means;
}

/* The definitions, a set of rows at a time. */
static void check_fit(const struct sae_fit *fit, bool with_outliers)
{
    long double mean[WIDTH] = {0}, n = 0, residual = 0, variance = 0, legacy = 0, cosine = 0, cosines = 0;
    long double in = 0, out = 0, ratio = 0, square = 0, product = 0, l0 = 0, l1 = 0;
    for (uint32_t i = 0; i < ROWS; i++)
        if (with_outliers || norms[i] <= BOUND) {
            n++;
            for (uint32_t k = 0; k < WIDTH; k++)
                mean[k] += (long double)x[i * WIDTH + k];
        }
    for (uint32_t i = 0; i < ROWS; i++) {
        long double e = 0, v = 0, a = 0, b = 0, ab = 0;
        if (!with_outliers && norms[i] > BOUND)
            continue;
        for (uint32_t k = 0; k < WIDTH; k++) {
            long double y = (long double)x[i * WIDTH + k], z = (long double)r[i * WIDTH + k];
            e += (y - z) * (y - z);
            v += (y - mean[k] / n) * (y - mean[k] / n);
            a += y * y;
            b += z * z;
            ab += y * z;
        }
        residual += e;
        variance += v;
        legacy += 1 - e / v;
        if (a > 0) {
            cosine += ab / sqrtl(a * b);
            cosines++;
        }
        in += sqrtl(a);
        out += sqrtl(b);
        ratio += sqrtl(b) / (sqrtl(a) < 1e-4L ? 1 : sqrtl(a));
        square += b;
        product += ab;
        for (uint32_t l = 0; l < LATENTS; l++) {
            l0 += f[i * LATENTS + l] > 0;
            l1 += (long double)f[i * LATENTS + l];
        }
    }
    assert_int_equal(fit->rows, (uint64_t)n);
    assert_in_double(fit->fvu, (double)(residual / variance), 1e-13);
    assert_in_double(fit->explained_variance, (double)(1 - residual / variance), 1e-13);
    assert_in_double(fit->explained_variance_legacy, (double)(legacy / n), 1e-12);
    assert_in_double(fit->mse, (double)(residual / n), 1e-12);
    assert_in_double(fit->cossim, (double)(cosine / cosines), 1e-13);
    assert_in_double(fit->l2_norm_in, (double)(in / n), 1e-12);
    assert_in_double(fit->l2_norm_out, (double)(out / n), 1e-12);
    assert_in_double(fit->l2_ratio, (double)(ratio / n), 1e-12);
    assert_in_double(fit->relative_reconstruction_bias, (double)(square / product), 1e-13);
    assert_in_double(fit->l0, (double)(l0 / n), 1e-13);
    assert_in_double(fit->l1, (double)(l1 / n), 1e-12);
}

static void metrics_are_their_definitions(void **state)
{
    (void)state;
    struct sae_means means = means_of_file();
    struct sae_metrics metrics = evaluate(means, ROWS);
    assert_true(metrics.kept.rows < metrics.all.rows);
    check_fit(&metrics.kept, false);
    check_fit(&metrics.all, true);
    sae_metrics_free(&metrics);
    sae_means_free(&means);
}

static void latents_are_counted(void **state)
{
    (void)state;
    struct sae_means means = means_of_file();
    struct sae_metrics metrics = evaluate(means, ROWS);
    uint64_t dense = 0, rows = 0, by_l0 = 0, by_fvu = 0;
    for (uint32_t l = 0; l < LATENTS; l++) {
        uint64_t fired = 0, in_contexts = 0, last = UINT64_MAX;
        double sum = 0, maximum = 0;
        for (uint32_t i = 0; i < ROWS; i++) {
            double value = (double)f[i * LATENTS + l];
            if (norms[i] > BOUND || !(value > 0))
                continue;
            fired++;
            sum += value;
            maximum = fmax(maximum, value);
            in_contexts += contexts[i] != last;
            last = contexts[i];
        }
        assert_int_equal(metrics.fired[l], fired);
        assert_in_double(metrics.sum[l], sum, 1e-12);
        assert_in_double(metrics.maximum[l], maximum, 0);
        if (fired)
            assert_in_double(metrics.consistent[l], (double)fired / (double)in_contexts, 1e-15);
        else
            assert_true(isnan(metrics.consistent[l]));
        dense += (double)fired / (double)metrics.kept.rows > 0.1;
    }
    assert_int_equal(metrics.dead, 1);
    assert_int_equal(metrics.dense_10, dense);
    for (uint32_t l0 = 0; l0 <= LATENTS; l0++) {
        rows += metrics.l0_rows[l0];
        by_l0 += l0 * metrics.l0_rows[l0];
    }
    for (uint32_t b = 0; b < SAE_FVU_BINS; b++)
        by_fvu += metrics.fvu_rows[b];
    assert_int_equal(rows, metrics.kept.rows);
    assert_int_equal(by_fvu, metrics.kept.rows);
    assert_in_double((double)by_l0 / (double)rows, metrics.kept.l0, 1e-14);
    sae_metrics_free(&metrics);
    sae_means_free(&means);
}

static void blocks_do_not_matter(void **state)
{
    (void)state;
    struct sae_means means = means_of_file();
    struct sae_metrics whole = evaluate(means, ROWS);
    static const uint32_t sizes[] = {1, 3, 40};
    for (size_t s = 0; s < 3; s++) {
        struct sae_metrics cut = evaluate(means, sizes[s]);
        assert_memory_equal(&whole.kept, &cut.kept, sizeof whole.kept);
        assert_memory_equal(&whole.all, &cut.all, sizeof whole.all);
        assert_memory_equal(whole.fired, cut.fired, LATENTS * sizeof *whole.fired);
        assert_memory_equal(whole.consistent, cut.consistent, LATENTS * sizeof *whole.consistent);
        assert_memory_equal(whole.fvu_rows, cut.fvu_rows, sizeof whole.fvu_rows);
        sae_metrics_free(&cut);
    }
    sae_metrics_free(&whole);
    sae_means_free(&means);
}

/* A perfect reconstruction, and the mean in every row's place. */
static void known_answers(void **state)
{
    (void)state;
    float kept[ROWS * WIDTH];
    struct sae_means means = means_of_file();
    memcpy(kept, r, sizeof r);
    memcpy(r, x, sizeof r);
    struct sae_metrics metrics = evaluate(means, ROWS);
    assert_true(metrics.kept.fvu == 0 && metrics.kept.explained_variance == 1 && metrics.kept.mse == 0);
    assert_in_double(metrics.kept.cossim, 1, 1e-15);
    assert_in_double(metrics.kept.relative_reconstruction_bias, 1, 1e-15);
    sae_metrics_free(&metrics);
    for (uint32_t i = 0; i < ROWS * WIDTH; i++)
        r[i] = (float)means.kept[i % WIDTH];
    metrics = evaluate(means, ROWS);
    assert_in_double(metrics.kept.fvu, 1, 1e-6); /* the mean is rounded to f32 */
    assert_in_double(metrics.kept.explained_variance_legacy, 0, 1e-6);
    sae_metrics_free(&metrics);
    memcpy(r, kept, sizeof r);
    sae_means_free(&means);
}

static void faults_are_said(void **state)
{
    (void)state;
    struct sae_means means = means_of_file();
    struct sae_evaluation *evaluation;
    assert_ok(sae_evaluation_create(
        &(struct sae_evaluation_parameters){
            .d_out = WIDTH, .d_sae = LATENTS, .means = means, .norm_bound = BOUND},
        &evaluation));
    float bad[WIDTH] = {0, 0, INFINITY};
    const uint32_t offsets[2] = {0};
    const struct sae_walk_block block = {.count = 1,
                                         .rows = 1,
                                         .numbers = numbers + 3,
                                         .x = x,
                                         .target = x,
                                         .norms = norms,
                                         .latents = {1, offsets, NULL, NULL}};
    assert_fails(sae_evaluation_add(evaluation, &block, bad, NULL), BASE_ERROR_NUMERIC, "row 3");
    sae_evaluation_destroy(&evaluation);
    sae_means_free(&means);
    struct data_activations *activations = test_activations("rows.npy", x, ROWS, WIDTH);
    assert_fails(
        sae_means_make(&(struct sae_walk_parameters){.activations = activations, .norm_bound = -1}, &means),
        BASE_ERROR_INPUT, "--max-norm");
    sae_means_free(&means);
    data_close(&activations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_are_their_definitions),
        cmocka_unit_test(latents_are_counted),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(known_answers),
        cmocka_unit_test(faults_are_said),
    };
    make_rows();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
