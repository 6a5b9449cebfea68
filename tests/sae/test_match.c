/* Products and matches against brute force, and dictionaries that are known to be the same. */
#include "sae/match.h"

#include "base/memory.h"
#include "base/random.h"
#include "support/device.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

static float *random_rows(uint32_t count, uint32_t width, uint64_t seed)
{
    float *rows = calloc((size_t)count * width, sizeof *rows);
    assert_non_null(rows);
    for (size_t i = 0; i < (size_t)count * width; i++)
        rows[i] = (float)base_random_normal(seed, BASE_STREAM_TEST, i);
    return rows;
}

/* ---- the assignment ---- */

/* The greatest sum over all ways, by trying them. */
static double best_sum(const float *gains, uint32_t rows, uint32_t columns, uint32_t row, uint32_t used)
{
    double best = row == rows ? 0 : -INFINITY;
    for (uint32_t j = 0; row < rows && j < columns; j++)
        if (!(used >> j & 1))
            best = fmax(best, (double)gains[row * columns + j] +
                                  best_sum(gains, rows, columns, row + 1, used | 1u << j));
    return best;
}

static void assignments_are_the_best(void **state)
{
    (void)state;
    for (uint32_t trial = 0; trial < 60; trial++) {
        uint32_t rows = 1 + trial % 6, columns = rows + trial % 3, assigned[8], used = 0;
        float *gains = random_rows(rows, columns, 100 + trial);
        double sum = 0;
        for (uint32_t i = 0; trial % 4 == 0 && i < rows * columns; i++)
            gains[i] = roundf(gains[i]); /* ties */
        assert_ok(sae_assign(gains, rows, columns, assigned));
        for (uint32_t i = 0; i < rows; i++) {
            assert_true(assigned[i] < columns && !(used >> assigned[i] & 1));
            used |= 1u << assigned[i];
            sum += (double)gains[i * columns + assigned[i]];
        }
        assert_in_double(sum, best_sum(gains, rows, columns, 0, 0), 1e-6);
        free(gains);
    }
    const float bad[4] = {1, NAN, NAN, NAN};
    uint32_t assigned[2];
    assert_fails(sae_assign(bad, 2, 2, assigned), BASE_ERROR_NUMERIC, "NaN");
}

/* ---- products ---- */

static void products_are_the_greatest(void **state)
{
    (void)state;
    enum { N_A = 530, N_B = 4200, WIDTH = 19, COUNT = 5 }; /* blocks end in the middle */
    float *a = random_rows(N_A, WIDTH, 1), *b = random_rows(N_B, WIDTH, 2);
    struct sae_product *greatest = calloc(N_A * COUNT, sizeof *greatest),
                       *least = calloc(N_A * COUNT, sizeof *least);
    memset(a + 7 * WIDTH, 0, WIDTH * sizeof *a);
    memset(b + 4000 * WIDTH, 0, WIDTH * sizeof *b);
    memcpy(b + 4100 * WIDTH, b + 50 * WIDTH, WIDTH * sizeof *b); /* a tie across blocks */
    assert_ok(sae_greatest_products(test_gpu(), &(struct sae_products_call){.a = a,
                                                                            .b = b,
                                                                            .n_a = N_A,
                                                                            .n_b = N_B,
                                                                            .width = WIDTH,
                                                                            .count = COUNT,
                                                                            .greatest = greatest,
                                                                            .least = least}));
    for (uint32_t i = 0; i < N_A; i += 23) {
        for (uint32_t k = 0; k < COUNT; k++) {
            struct sae_product got = greatest[i * COUNT + k], low = least[i * COUNT + k];
            uint32_t above = 0, below = 0;
            double value = 0, low_value = 0;
            for (uint32_t c = 0; c < WIDTH; c++) {
                value += (double)a[i * WIDTH + c] * (double)b[got.index * WIDTH + c];
                low_value += (double)a[i * WIDTH + c] * (double)b[low.index * WIDTH + c];
            }
            assert_in_double((double)got.value, value, 1e-4);
            assert_in_double((double)low.value, low_value, 1e-4);
            for (uint32_t j = 0; j < N_B; j++) {
                double other = 0;
                for (uint32_t c = 0; c < WIDTH; c++)
                    other += (double)a[i * WIDTH + c] * (double)b[j * WIDTH + c];
                above += j != 4000 && other > value + 1e-4;
                below += j != 4000 && other < low_value - 1e-4;
            }
            assert_true(above <= k && below <= k && got.index != 4000 && low.index != 4000);
            if (k > 0 && greatest[i * COUNT + k - 1].value == got.value)
                assert_true(greatest[i * COUNT + k - 1].index < got.index);
        }
    }
    assert_int_equal(greatest[7 * COUNT].index, UINT32_MAX);
    assert_true(isnan(greatest[7 * COUNT].value));
    free(a), free(b), free(greatest), free(least);
}

static void a_row_is_not_its_own_neighbour(void **state)
{
    (void)state;
    enum { N = 9, WIDTH = 4 };
    float *rows = random_rows(N, WIDTH, 3), *unit;
    struct sae_product found[N * N];
    assert_ok(sae_unit_rows(rows, N, WIDTH, &unit));
    assert_ok(sae_greatest_products(test_gpu(), &(struct sae_products_call){.a = unit,
                                                                            .b = unit,
                                                                            .n_a = N,
                                                                            .n_b = N,
                                                                            .width = WIDTH,
                                                                            .count = N,
                                                                            .same = true,
                                                                            .greatest = found}));
    for (uint32_t i = 0; i < N; i++) {
        for (uint32_t k = 0; k + 1 < N; k++)
            assert_true(found[i * N + k].index < N && found[i * N + k].index != i);
        assert_int_equal(found[i * N + N - 1].index, UINT32_MAX);
    }
    base_free(unit);
    free(rows);
}

/* ---- dictionaries ---- */

/* b is a in another order, with other lengths, and `more` random directions. */
static void check_shuffled(uint32_t n, uint32_t more, uint32_t width, bool optimal)
{
    float *a = random_rows(n, width, 4), *b = random_rows(n + more, width, 5);
    struct sae_match match;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < width; k++)
            b[(size_t)((i * 7 + 3) % n) * width + k] = a[(size_t)i * width + k] * (0.5f + (float)(i % 5));
    assert_ok(sae_match(test_gpu(), a, n, b, n + more, width, &match));
    assert_true(match.optimal == optimal);
    assert_in_double(match.mmcs_a, 1, 1e-5);
    assert_true(more == 0 || match.mmcs_b < 0.999);
    assert_int_equal(match.n_pairs, n);
    assert_in_double(match.mean_cosine, 1, 1e-5);
    for (uint32_t p = 0; p < n; p++) {
        assert_int_equal(match.pairs[p].a, p);
        assert_int_equal(match.pairs[p].b, (p * 7 + 3) % n);
    }
    sae_match_free(&match);
    free(a), free(b);
}

static void shuffled_dictionaries_are_recognised(void **state)
{
    (void)state;
    check_shuffled(101, 0, 16, true);
    check_shuffled(60, 41, 16, true);
    check_shuffled(1033, 20, 24, false);
}

/* The other way round, with fewer directions on the second side and a zero one. */
static void sides_may_differ(void **state)
{
    (void)state;
    enum { N_A = 40, N_B = 13, WIDTH = 8 };
    float *a = random_rows(N_A, WIDTH, 6), *b = random_rows(N_B, WIDTH, 7);
    struct sae_match match, back;
    memset(b + 5 * WIDTH, 0, WIDTH * sizeof *b);
    assert_ok(sae_match(test_gpu(), a, N_A, b, N_B, WIDTH, &match));
    assert_ok(sae_match(test_gpu(), b, N_B, a, N_A, WIDTH, &back));
    assert_in_double(match.mmcs_a, back.mmcs_b, 1e-12);
    assert_in_double(match.mmcs_b, back.mmcs_a, 1e-12);
    assert_int_equal(match.n_pairs, N_B - 1);
    assert_int_equal(back.n_pairs, N_B - 1);
    assert_in_double(match.mean_cosine, back.mean_cosine, 1e-6);
    assert_true(isnan(match.greatest_b[5]));
    sae_match_free(&match);
    sae_match_free(&back);
    free(a), free(b);
}

int main(void)
{
    if (!test_gpu_exists())
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assignments_are_the_best),
        cmocka_unit_test(products_are_the_greatest),
        cmocka_unit_test(a_row_is_not_its_own_neighbour),
        cmocka_unit_test(shuffled_dictionaries_are_recognised),
        cmocka_unit_test(sides_may_differ),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
