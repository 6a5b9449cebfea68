/* What is collected of each latent, against brute force over all activations. */
#include "sae/contexts.h"

#include "base/memory.h"
#include "base/random.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 900, LATENTS = 6, COUNT = 5, REACH = 7 };

static float f[ROWS][LATENTS];
static uint64_t numbers[ROWS], documents[ROWS];

static void make_latents(void)
{
    for (uint32_t r = 0; r < ROWS; r++) {
        numbers[r] = 1000 + r;
        documents[r] = r / 50;
        for (uint32_t l = 0; l < LATENTS; l++) {
            double value = base_random_normal(5, BASE_STREAM_TEST, r * LATENTS + l);
            /* latent 1 fires once, 2 never, 3 over many powers of ten, 4 with few values, so with ties */
            f[r][l] = l == 1   ? r == 333
                      : l == 2 ? 0
                      : l == 3 ? (float)exp(6 * value)
                      : l == 4 ? (float)floor(3 * fmax(value, 0))
                               : (float)fmax(value, 0);
        }
    }
}

static void add(struct sae_contexts *contexts, uint32_t from, uint32_t to)
{
    static uint32_t offsets[ROWS + 1], indices[ROWS * LATENTS];
    static float values[ROWS * LATENTS];
    uint32_t n = 0;
    for (uint32_t r = from; r < to; r++) {
        for (uint32_t l = 0; l < LATENTS; l++)
            if (f[r][l] > 0) {
                indices[n] = l;
                values[n++] = f[r][l];
            }
        offsets[r - from + 1] = n;
    }
    const struct sae_walk_block block = {
        .rows = to - from, .numbers = numbers + from, .latents = {to - from, offsets, indices, values}};
    sae_contexts_add(contexts, &block, documents + from);
}

static struct sae_contexts *collect(const uint32_t *latents, uint32_t n, uint32_t at_once)
{
    struct sae_contexts *contexts;
    assert_ok(sae_contexts_create(
        &(struct sae_contexts_parameters){
            .d_sae = LATENTS, .latents = latents, .n_latents = n, .count = COUNT, .reach = REACH},
        &contexts));
    for (uint32_t from = 0; from < ROWS; from += at_once)
        add(contexts, from, from + at_once < ROWS ? from + at_once : ROWS);
    sae_contexts_finish(contexts);
    return contexts;
}

static const uint32_t everyone[LATENTS] = {0, 1, 2, 3, 4, 5};

static void histograms_hold_every_value(void **state)
{
    (void)state;
    struct sae_contexts *contexts = collect(everyone, LATENTS, ROWS);
    for (uint32_t l = 0; l < LATENTS; l++) {
        const struct sae_record *record = sae_contexts_record(contexts, l);
        uint32_t bins[SAE_VALUE_BINS] = {0};
        uint64_t fired = 0;
        float maximum = 0;
        for (uint32_t r = 0; r < ROWS; r++)
            if (f[r][l] > 0) {
                fired++;
                maximum = fmaxf(maximum, f[r][l]);
                bins[(uint32_t)(f[r][l] / record->width)]++;
            }
        assert_int_equal(record->fired, fired);
        assert_in_double((double)record->maximum, (double)maximum, 0);
        assert_memory_equal(record->bins, bins, sizeof bins);
        int exponent;
        if (fired > 0)
            assert_true(frexpf(record->width, &exponent) == 0.5f);
    }
    sae_contexts_destroy(&contexts);
}

/* Greedy in order of value would give the same first; and no two are neighbours. */
static void the_greatest_are_kept(void **state)
{
    (void)state;
    struct sae_contexts *contexts = collect(everyone, LATENTS, ROWS);
    for (uint32_t l = 0; l < LATENTS; l++) {
        const struct sae_record *record = sae_contexts_record(contexts, l);
        uint64_t rank = 0;
        assert_int_equal(record->n_top, l == 1 ? 1 : l == 2 ? 0 : COUNT);
        for (uint32_t i = 0; i < record->n_top; i++) {
            const struct sae_example *e = &record->top[i];
            assert_true(e->value == f[e->row - 1000][l] && e->document == documents[e->row - 1000]);
            if (i == 0)
                assert_true(e->value == record->maximum);
            else
                assert_true(e->value <= record->top[i - 1].value);
            for (uint32_t j = 0; j < i; j++)
                assert_true(record->top[j].document != e->document ||
                            llabs((long long)record->top[j].row - (long long)e->row) > REACH);
        }
        /* at most the neighbours of those kept, and what they drove out, can be greater than the last */
        for (uint32_t r = 0; r < ROWS && record->n_top == COUNT; r++)
            rank += f[r][l] > record->top[COUNT - 1].value;
        assert_true(rank <= COUNT * (2 * REACH + 1));
    }
    sae_contexts_destroy(&contexts);
}

static void examples_cover_the_range(void **state)
{
    (void)state;
    struct sae_contexts *contexts = collect(everyone, LATENTS, ROWS);
    for (uint32_t l = 0; l < LATENTS; l++) {
        const struct sae_record *record = sae_contexts_record(contexts, l);
        assert_int_equal(record->n_examples, l == 1 ? 1 : l == 2 ? 0 : COUNT);
        for (uint32_t i = 0; i < record->n_examples; i++) {
            const struct sae_example *e = &record->examples[i];
            uint64_t below = 0, within = 0;
            assert_true(e->value == f[e->row - 1000][l]);
            assert_true(i == 0 || e->value <= record->examples[i - 1].value);
            for (uint32_t r = 0; r < ROWS; r++) {
                below += f[r][l] > 0 && f[r][l] < e->value;
                within += f[r][l] > 0 && floorf(f[r][l] / record->width) == floorf(e->value / record->width);
            }
            /* known to the share of its bin */
            assert_in_double((double)e->quantile * (double)record->fired, (double)below,
                             (double)within + 1e-3);
        }
        if (l == 0 || l == 5) /* 20 drawn, of which the 2nd and the 18th: each within 0.3 but once in 10^4 */
            assert_true(record->examples[0].quantile > 0.6f && record->examples[COUNT - 1].quantile < 0.4f);
    }
    sae_contexts_destroy(&contexts);
}

static void blocks_do_not_matter(void **state)
{
    (void)state;
    struct sae_contexts *whole = collect(everyone, LATENTS, ROWS), *cut = collect(everyone, LATENTS, 11);
    const uint32_t some[] = {0, 3, 5};
    struct sae_contexts *three = collect(some, 3, 64);
    for (uint32_t l = 0; l < LATENTS; l++) {
        const struct sae_record *a = sae_contexts_record(whole, l), *b = sae_contexts_record(cut, l);
        assert_memory_equal(a->bins, b->bins, sizeof a->bins);
        assert_memory_equal(a->top, b->top, a->n_top * sizeof *a->top);
        assert_memory_equal(a->examples, b->examples, a->n_examples * sizeof *a->examples);
    }
    for (uint32_t s = 0; s < 3; s++) {
        const struct sae_record *a = sae_contexts_record(whole, some[s]), *b = sae_contexts_record(three, s);
        assert_memory_equal(a->top, b->top, a->n_top * sizeof *a->top);
        assert_memory_equal(a->examples, b->examples, a->n_examples * sizeof *a->examples);
    }
    sae_contexts_destroy(&whole);
    sae_contexts_destroy(&cut);
    sae_contexts_destroy(&three);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histograms_hold_every_value),
        cmocka_unit_test(the_greatest_are_kept),
        cmocka_unit_test(examples_cover_the_range),
        cmocka_unit_test(blocks_do_not_matter),
    };
    make_latents();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
