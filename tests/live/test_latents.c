/* What is drawn of latents: counts, rates, values and cosines from a step's buffers are those of a reference
 * in double, and axes get their numbers without waiting. */
#include "live/latents.h"

#include "base/memory.h"
#include "base/random.h"
#include "linalg/matmul.h"
#include "live/kernels.h"
#include "support/autoencoder.h"
#include "support/device.h"
#include "support/test.h"

#include <stdlib.h>

enum { D_SAE = 203, D_OUT = 19, ROWS = 61, STEPS = 7, GRAM = 31 };

/* ---- a step's buffers, made up ---- */

struct step {
    struct gpu *gpu;
    struct sae_config config;
    struct sae_record record;
    struct sae_glimpse glimpse;
    uint32_t fired[D_SAE];
    float sums[D_SAE], norms[D_SAE], values[ROWS];
    float *W_dec; /* [D_SAE, D_OUT] */
};

static struct gpu_buffer *new_buffer(struct gpu *gpu, uint64_t bytes)
{
    struct gpu_buffer *buffer;
    assert_ok(gpu_buffer_create(gpu, "test", bytes, GPU_DEVICE, &buffer));
    return buffer;
}

static void begin(struct step *step)
{
    struct gpu *gpu = test_gpu();
    *step = (struct step){.gpu = gpu};
    step->config.architecture = test_architecture(SAE_TOPK, D_OUT, D_SAE);
    step->glimpse = (struct sae_glimpse){.record = &step->record,
                                         .config = &step->config,
                                         .rows = ROWS,
                                         .scale_in = 1.5,
                                         .scale_out = 2.5,
                                         .W_dec = new_buffer(gpu, D_SAE * D_OUT * 4),
                                         .W_dec_stride = D_OUT,
                                         .norms = new_buffer(gpu, D_SAE * 4),
                                         .fired = new_buffer(gpu, D_SAE * 4),
                                         .sums = new_buffer(gpu, D_SAE * 4),
                                         .values = new_buffer(gpu, ROWS * 4),
                                         .watched = 5};
    step->W_dec = test_rows(D_SAE, D_OUT, 9);
    assert_ok(gpu_upload(gpu, step->glimpse.W_dec, 0, step->W_dec, D_SAE * D_OUT * 4));
    for (uint32_t i = 0; i < D_SAE; i++)
        step->norms[i] = 0.25f + 0.01f * (float)i;
    assert_ok(gpu_upload(gpu, step->glimpse.norms, 0, step->norms, sizeof step->norms));
}

static void end(struct step *step)
{
    gpu_buffer_destroy(step->gpu, &step->glimpse.W_dec);
    gpu_buffer_destroy(step->gpu, &step->glimpse.norms);
    gpu_buffer_destroy(step->gpu, &step->glimpse.fired);
    gpu_buffer_destroy(step->gpu, &step->glimpse.sums);
    gpu_buffer_destroy(step->gpu, &step->glimpse.values);
    free(step->W_dec);
}

/* A seventh of the latents never fire, others in a few rows or in most. */
static void draw_step(struct step *step, uint64_t number)
{
    step->record = (struct sae_record){.step = number, .rows = (number + 1) * ROWS};
    for (uint32_t i = 0; i < D_SAE; i++) {
        uint64_t at = number * D_SAE + i;
        double u = base_random_uniform(3, BASE_STREAM_TEST, at);
        step->fired[i] = i % 7 == 0 ? 0 : (uint32_t)(u * u * u * (ROWS + 1));
        step->sums[i] = (float)(step->fired[i] * (0.5 + base_random_uniform(4, BASE_STREAM_TEST, at)));
    }
    for (uint32_t r = 0; r < ROWS; r++)
        step->values[r] = (float)fmax(0, base_random_normal(5, BASE_STREAM_TEST, number * ROWS + r));
    assert_ok(gpu_upload(step->gpu, step->glimpse.fired, 0, step->fired, sizeof step->fired));
    assert_ok(gpu_upload(step->gpu, step->glimpse.sums, 0, step->sums, sizeof step->sums));
    assert_ok(gpu_upload(step->gpu, step->glimpse.values, 0, step->values, sizeof step->values));
}

static void download(struct gpu_buffer *buffer, void *to, uint64_t bytes)
{
    assert_ok(gpu_download(test_gpu(), buffer, 0, to, bytes));
}

/* ---- the reference ---- */

struct reference {
    double keep, weight, share[D_SAE], value[D_SAE];
};

static void follow(struct reference *reference, const struct step *step)
{
    reference->weight = reference->keep * reference->weight + 1 - reference->keep;
    for (uint32_t i = 0; i < D_SAE; i++) {
        double fresh = (1 - reference->keep) / ROWS;
        reference->share[i] = reference->keep * reference->share[i] + fresh * step->fired[i];
        reference->value[i] = reference->keep * reference->value[i] + fresh * step->sums[i];
    }
}

/* Bins may differ where a rate lies on a border within what f32 can tell. */
static void check_points(const struct reference *reference, const struct step *step,
                         const struct live_latents_shown *shown)
{
    static float points[2 * D_SAE];
    uint32_t bins[LIVE_RATE_BINS], least[LIVE_RATE_BINS] = {0}, most[LIVE_RATE_BINS] = {0}, total = 0;
    download(shown->points, points, sizeof points);
    download(shown->rates, bins, sizeof bins);
    for (uint32_t i = 0; i < D_SAE; i++) {
        if (!(reference->share[i] > 0)) {
            assert_true(isnan(points[2 * i]) && isnan(points[2 * i + 1]));
            least[LIVE_RATE_NEVER]++, most[LIVE_RATE_NEVER]++;
            continue;
        }
        double decades = log10(reference->share[i] / reference->weight);
        double value = reference->value[i] / reference->share[i] * step->norms[i] / 2.5;
        assert_in_double(points[2 * i], decades, 1e-5);
        assert_in_double(points[2 * i + 1], value, 1e-5 * value);
        double at = (decades + LIVE_RATE_DECADES) * LIVE_RATE_A_DECADE;
        int low = (int)floor(at - 1e-3), high = (int)floor(at + 1e-3);
        low = low > (int)LIVE_RATE_NEVER - 1 ? (int)LIVE_RATE_NEVER - 1 : low;
        high = high > (int)LIVE_RATE_NEVER - 1 ? (int)LIVE_RATE_NEVER - 1 : high;
        least[low] += low == high;
        most[low]++;
        most[high] += low != high;
    }
    for (uint32_t b = 0; b < LIVE_RATE_BINS; b++) {
        assert_in_range(bins[b], least[b], most[b]);
        total += bins[b];
    }
    assert_int_equal(total, D_SAE);
}

/* The ring holds the last `count` values. */
static void check_values(const float *ring, uint32_t count, float norm,
                         const struct live_latents_shown *shown, const struct live_latents_extents *extents)
{
    uint32_t bins[LIVE_VALUE_BINS], wanted[LIVE_VALUE_BINS] = {0}, positive = 0;
    float greatest = 0, factor = (float)(1 / 2.5);
    download(shown->values, bins, sizeof bins);
    for (uint32_t r = 0; r < count; r++)
        greatest = fmaxf(greatest, ring[r] * norm * factor);
    double width = ldexp(1, (int)floor(log2(greatest)) + 1) / LIVE_VALUE_BINS;
    for (uint32_t r = 0; r < count; r++)
        if (ring[r] > 0) {
            wanted[(uint32_t)(ring[r] * norm * factor / (float)width)]++;
            positive++;
        }
    assert_in_double(extents->value_width, width, 0);
    assert_in_double(extents->greatest_single, greatest, 0);
    assert_int_equal(extents->n_values, positive);
    assert_int_equal(shown->value_rows, count);
    assert_memory_equal(bins, wanted, sizeof bins);
}

static void check_gram(struct live_latents *latents, const float *W_dec, uint32_t first)
{
    static float gram[GRAM * GRAM];
    const struct live_latents_shown *shown = live_latents_shown(latents);
    struct live_latents_extents extents;
    double reach = 0;
    assert_non_null(shown->gram);
    assert_int_equal(shown->gram_first, first);
    assert_int_equal(shown->gram_latents, GRAM);
    download(shown->gram, gram, sizeof gram);
    for (uint32_t i = 0; i < GRAM; i++)
        for (uint32_t j = 0; j < GRAM; j++) {
            double dot = 0, ii = 0, jj = 0;
            for (uint32_t c = 0; c < D_OUT; c++) {
                double x = W_dec[(first + i) * D_OUT + c], y = W_dec[(first + j) * D_OUT + c];
                dot += x * y, ii += x * x, jj += y * y;
            }
            assert_in_double(gram[i * GRAM + j], dot / sqrt(ii * jj), 1e-5);
            reach = i == j ? reach : fmax(reach, fabs((double)gram[i * GRAM + j]));
        }
    assert_ok(gpu_wait(test_gpu())); /* the cosines may be through before their reach is */
    assert_true(live_latents_extents(latents, &extents));
    assert_in_double(extents.greatest_cosine, reach, 0);
}

/* ---- tests ---- */

static struct live_latents *new_latents(uint32_t ring_rows)
{
    struct live_latents *latents;
    const struct live_latents_parameters parameters = {
        .d_sae = D_SAE, .d_out = D_OUT, .recent = 3, .ring_rows = ring_rows, .gram = GRAM};
    assert_ok(live_latents_create(test_gpu(), &parameters, &latents));
    return latents;
}

static void steps_are_followed(void **state)
{
    (void)state;
    struct step step;
    struct reference reference = {.keep = exp(-1.0 / 3)};
    struct live_latents *latents = new_latents(3 * ROWS + 10); /* which hold three batches */
    struct live_latents_extents extents;
    static float ring[3 * ROWS];
    begin(&step);
    assert_false(live_latents_extents(latents, &extents));
    assert_int_equal(extents.fired, 0);
    for (uint64_t s = 0; s < STEPS; s++) {
        const struct gpu_buffer *before = live_latents_shown(latents)->points;
        draw_step(&step, s);
        follow(&reference, &step);
        assert_ok(live_latents_take(latents, &step.glimpse));
        const struct live_latents_shown *shown = live_latents_shown(latents);
        assert_true(shown->points != before);
        assert_int_equal(shown->step, s + 1);
        assert_int_equal(shown->watched, 5);
        assert_ok(gpu_wait(step.gpu));
        assert_true(live_latents_extents(latents, &extents));
        assert_int_equal(extents.step, s);
        memcpy(ring + s % 3 * ROWS, step.values, sizeof step.values);
        check_points(&reference, &step, shown);
        check_values(ring, (uint32_t)(s < 2 ? s + 1 : 3) * ROWS, step.norms[5], shown, &extents);
    }
    double least = INFINITY, greatest = -INFINITY, value = 0;
    uint32_t fired = 0;
    for (uint32_t i = 0; i < D_SAE; i++)
        if (reference.share[i] > 0) {
            least = fmin(least, log10(reference.share[i] / reference.weight));
            greatest = fmax(greatest, log10(reference.share[i] / reference.weight));
            value = fmax(value, reference.value[i] / reference.share[i] * step.norms[i] / 2.5);
            fired++;
        }
    assert_int_equal(extents.fired, fired);
    assert_in_double(extents.least_rate, least, 1e-5);
    assert_in_double(extents.greatest_rate, greatest, 1e-5);
    assert_in_double(extents.greatest_value, value, 1e-5 * value);
    live_latents_destroy(&latents);
    end(&step);
}

static void another_latent_is_watched(void **state)
{
    (void)state;
    struct step step;
    struct live_latents *latents = new_latents(ROWS - 20); /* less than a batch */
    struct live_latents_extents extents;
    begin(&step);
    for (uint64_t s = 0; s < 4; s++) {
        step.glimpse.watched = s < 2 ? 5 : 6;
        draw_step(&step, s);
        assert_ok(live_latents_take(latents, &step.glimpse));
    }
    assert_ok(gpu_wait(step.gpu));
    assert_true(live_latents_extents(latents, &extents));
    check_values(step.values, ROWS - 20, step.norms[6], live_latents_shown(latents), &extents);
    step.glimpse.watched = SAE_WATCH_NONE;
    assert_ok(live_latents_take(latents, &step.glimpse));
    assert_ok(gpu_wait(step.gpu));
    assert_true(live_latents_extents(latents, &extents));
    assert_int_equal(extents.n_values, 0);
    assert_int_equal(live_latents_shown(latents)->watched, SAE_WATCH_NONE);
    live_latents_destroy(&latents);
    end(&step);
}

static void directions_are_compared(void **state)
{
    (void)state;
    struct step step;
    struct live_latents *latents = new_latents(0);
    begin(&step);
    draw_step(&step, 0);
    assert_ok(live_latents_take(latents, &step.glimpse));
    check_gram(latents, step.W_dec, 0);
    /* Others are chosen: at once, and into the buffer that is not drawn from. */
    const struct gpu_buffer *before = live_latents_shown(latents)->gram;
    live_latents_choose(latents, D_SAE - 3);
    draw_step(&step, 1);
    assert_ok(live_latents_take(latents, &step.glimpse));
    assert_true(live_latents_shown(latents)->gram != before);
    check_gram(latents, step.W_dec, D_SAE - GRAM);
    /* So it is without another step, once. */
    bool made;
    before = live_latents_shown(latents)->gram;
    live_latents_choose(latents, GRAM + 1);
    assert_ok(live_latents_compare(latents, &step.glimpse, &made));
    assert_true(made && live_latents_shown(latents)->gram != before);
    assert_int_equal(live_latents_shown(latents)->step, 2);
    check_gram(latents, step.W_dec, GRAM);
    assert_ok(live_latents_compare(latents, &step.glimpse, &made));
    assert_false(made);
    live_latents_destroy(&latents);
    end(&step);
}

/* Of each size about a group's threads: the diagonal does not count, nor what is no number. */
static void how_far_cosines_reach(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 2, 63, 64, 65, 255, 256, 257};
    struct gpu *gpu = test_gpu();
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const uint32_t n = sizes[s], words = n > 0 ? n * n : 1;
        struct gpu_buffer *gram, *scalars;
        float *cosines = test_rows(words, 1, (uint32_t)s), wanted = 0;
        uint32_t found[LIVE_SCALARS];
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = 0; j < n; j++) {
                float *at = &cosines[i * n + j];
                *at = i == j ? 100 : (i * 7 + j) % 11 == 0 ? NAN : *at;
                wanted = i == j || isnan(*at) ? wanted : fmaxf(wanted, fabsf(*at));
            }
        assert_ok(gpu_buffer_create(gpu, "cosines", words * 4, GPU_DEVICE, &gram));
        assert_ok(gpu_buffer_create(gpu, "scalars", sizeof found, GPU_DEVICE, &scalars));
        assert_ok(gpu_upload(gpu, gram, 0, cosines, words * 4));
        assert_ok(gpu_fill(gpu, scalars, 0, sizeof found, 0x5a5a5a5a));
        assert_ok(gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                        .kernel = &live_gram_reach_kernel,
                                        .constants = {linalg_group_size(gpu, 256)},
                                        .n_constants = 1,
                                        .params = &(struct live_gram_reach_params){.n = n},
                                        .ranges = (struct gpu_range[]){gpu_whole(gram), gpu_whole(scalars)},
                                        .n_groups = 1}));
        download(scalars, found, sizeof found);
        for (uint32_t w = 0; w < LIVE_SCALAR_GREATEST_COSINE; w++)
            assert_int_equal(found[w], 0x5a5a5a5a);
        assert_memory_equal(&found[LIVE_SCALAR_GREATEST_COSINE], &wanted, 4);
        gpu_buffer_destroy(gpu, &gram);
        gpu_buffer_destroy(gpu, &scalars);
        base_free(cosines);
    }
}

static void an_autoencoder_that_stands(void **state)
{
    (void)state;
    struct live_latents *latents = new_latents(100);
    struct live_latents_extents extents;
    float *W_dec = test_rows(D_SAE, D_OUT, 4);
    double rates[D_SAE], means[D_SAE];
    for (uint32_t i = 0; i < D_SAE; i++) {
        rates[i] = i % 5 == 0 ? 0 : pow(10, -6.05 * i / D_SAE);
        means[i] = 1 + i;
    }
    static float points[2 * D_SAE];
    uint32_t bins[LIVE_RATE_BINS], value_bins[LIVE_VALUE_BINS];
    assert_ok(live_latents_show(latents, rates, means, W_dec));
    const struct live_latents_shown *shown = live_latents_shown(latents);
    download(shown->points, points, sizeof points);
    download(shown->rates, bins, sizeof bins);
    assert_true(isnan(points[0]));
    assert_in_double(points[2 * 202], log10(rates[202]), 1e-6);
    assert_in_double(points[2 * 202 + 1], 203, 0);
    assert_int_equal(bins[LIVE_RATE_NEVER], 41);
    assert_ok(gpu_wait(test_gpu()));
    assert_true(live_latents_extents(latents, &extents));
    assert_int_equal(extents.fired, D_SAE - 41);
    check_gram(latents, W_dec, 0);
    static const uint32_t counted[] = {5, 0, 7, 1};
    assert_ok(live_latents_show_histogram(latents, 9, counted, 4, 0.25, 0.8, 90));
    download(shown->values, value_bins, sizeof value_bins);
    download(shown->points, points, sizeof points);
    assert_true(value_bins[0] == 5 && value_bins[2] == 7 && value_bins[3] == 1 && value_bins[4] == 0);
    assert_in_double(points[2 * 202 + 1], 203, 0);
    assert_true(live_latents_extents(latents, &extents));
    assert_true(extents.value_width == 0.25 && extents.n_values == 13 && shown->value_rows == 90);
    assert_true((float)extents.greatest_single == 0.8f && extents.fired == D_SAE - 41);
    assert_ok(live_latents_show(latents, rates, NULL, NULL)); /* directions stay */
    check_gram(latents, W_dec, 0);
    free(W_dec);
    live_latents_destroy(&latents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_followed),         cmocka_unit_test(another_latent_is_watched),
        cmocka_unit_test(directions_are_compared),    cmocka_unit_test(how_far_cosines_reach),
        cmocka_unit_test(an_autoencoder_that_stands),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
