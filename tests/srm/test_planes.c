/* Planes: the lexicographic order and back, what --planes accepts and refuses, samples, ordered pairs. */
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "srm/planes.h"
#include "support/test.h"

#include <stdlib.h>

static struct srm_planes planes_of(const char *text, uint32_t n_vectors, uint64_t seed)
{
    struct srm_plane_choice choice;
    struct srm_planes planes;
    assert_ok(srm_plane_choice_parse(text, &choice));
    assert_ok(srm_planes_make(&choice, n_vectors, seed, &planes));
    srm_plane_choice_free(&choice);
    return planes;
}

static void order_of_small_bases(void **state)
{
    (void)state;
    for (uint32_t n = 2; n <= 65; n++) {
        uint64_t index = 0;
        for (uint32_t i = 0; i < n; i++) {
            for (uint32_t j = i + 1; j < n; j++, index++) {
                struct srm_plane plane = srm_planes_of_index(n, index);
                assert_true(plane.i == i && plane.j == j);
                assert_true(srm_planes_index(n, plane) == index);
            }
        }
        assert_true(index == srm_planes_count(n));
    }
    assert_true(srm_planes_count(0) == 0 && srm_planes_count(1) == 0);
}

static void order_of_the_largest_basis(void **state)
{
    (void)state;
    const uint32_t n = SRM_MAX_VECTORS;
    assert_true(srm_planes_count(n) == 549755289600u);
    struct srm_plane last = srm_planes_of_index(n, srm_planes_count(n) - 1);
    assert_true(last.i == n - 2 && last.j == n - 1);
    for (uint64_t k = 0; k < 200000; k++) {
        /* Random planes, and both ends of random rows of the triangle. */
        uint32_t i = (uint32_t)base_random_below(1, BASE_STREAM_TEST, k, n - 1);
        uint32_t j = i + 1 + (uint32_t)base_random_below(2, BASE_STREAM_TEST, k, n - 1 - i);
        j = k % 3 == 0 ? i + 1 : k % 3 == 1 ? n - 1 : j;
        struct srm_plane plane = {i, j}, back = srm_planes_of_index(n, srm_planes_index(n, plane));
        assert_true(back.i == i && back.j == j);
    }
}

static void choice_all(void **state)
{
    (void)state;
    struct srm_planes planes = planes_of("all", 7, 0);
    struct srm_plane out[21];
    assert_true(planes.count == 21);
    srm_planes_fill(&planes, 0, 21, out);
    for (uint64_t p = 0; p < 21; p++) {
        struct srm_plane plane = srm_planes_at(&planes, p);
        assert_true(plane.i == out[p].i && plane.j == out[p].j && srm_planes_index(7, plane) == p);
    }
    srm_planes_fill(&planes, 5, 10, out);
    for (uint64_t p = 0; p < 10; p++)
        assert_true(srm_planes_index(7, out[p]) == p + 5);
    srm_planes_free(&planes);
}

static void choice_listed(void **state)
{
    (void)state;
    base_log_set_level(BASE_LOG_QUIET);
    struct srm_planes planes = planes_of("5:2,0:1,2:5,3:4", 6, 0);
    const struct srm_plane expected[] = {{0, 1}, {2, 5}, {3, 4}};
    assert_true(planes.count == 3);
    for (uint64_t p = 0; p < 3; p++) {
        struct srm_plane plane = srm_planes_at(&planes, p);
        assert_true(plane.i == expected[p].i && plane.j == expected[p].j);
    }
    srm_planes_free(&planes);
}

static void choice_refused(void **state)
{
    (void)state;
    const struct {
        const char *text, *part;
    } bad[] = {{"", "neither all"},
               {"0", "at least 1"},
               {"-3", "-3"},
               {"1.5", "1.5"},
               {"12x", "12x"},
               {"99999999999999999999", "9999"},
               {"3:3", "3:3"},
               {"1:2,4:", "\"4:\""},
               {"1:2,,3:4", "\"\""},
               {":2", "\":2\""},
               {"1:2;3:4", "1:2;3:4"},
               {"1:-2", "1:-2"},
               {"1:4294967296", "42949672"},
               {"All", "All"},
               {"1,2", "\"1\""},
               {" 1:2", " 1:2"},
               {"1:2,", "\"\""},
               {"0:1,2:2", "2:2"}};
    for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
        struct srm_plane_choice choice;
        assert_fails(srm_plane_choice_parse(bad[b].text, &choice), BASE_ERROR_USAGE, bad[b].part);
        srm_plane_choice_free(&choice);
    }
    struct srm_plane_choice choice;
    struct srm_planes planes;
    assert_ok(srm_plane_choice_parse("0:1,3:99999", &choice));
    assert_fails(srm_planes_make(&choice, 1536, 0, &planes), BASE_ERROR_USAGE, "3:99999 is out of range");
    assert_fails(srm_planes_make(&choice, 1536, 0, &planes), BASE_ERROR_USAGE, "1536 vectors");
    srm_planes_free(&planes);
    srm_plane_choice_free(&choice);
    assert_ok(srm_plane_choice_parse("all", &choice));
    assert_fails(srm_planes_make(&choice, 1, 0, &planes), BASE_ERROR_INPUT, "two basis vectors");
    assert_fails(srm_planes_make(&choice, SRM_MAX_VECTORS + 1, 0, &planes), BASE_ERROR_INPUT,
                 "at most 1048576");
}

static void samples(void **state)
{
    (void)state;
    const char *counts[] = {"1", "50", "1224", "1225", "1226", "2000000"};
    for (int c = 0; c < 6; c++) {
        struct srm_planes planes = planes_of(counts[c], 50, 9), again = planes_of(counts[c], 50, 9);
        uint64_t wanted = c < 3 ? strtoull(counts[c], NULL, 10) : 1225;
        assert_true(planes.count == wanted && again.count == wanted);
        for (uint64_t p = 0; p < wanted; p++) {
            uint64_t index = srm_planes_index(50, srm_planes_at(&planes, p));
            assert_true(index < 1225);
            assert_true(index == srm_planes_index(50, srm_planes_at(&again, p)));
            if (p)
                assert_true(index > srm_planes_index(50, srm_planes_at(&planes, p - 1)));
        }
        srm_planes_free(&planes);
        srm_planes_free(&again);
    }
    /* A small sample of the largest basis: memory follows the sample. */
    struct srm_planes planes = planes_of("1000", SRM_MAX_VECTORS, 1);
    assert_true(planes.count == 1000 && srm_planes_at(&planes, 999).j < SRM_MAX_VECTORS);
    srm_planes_free(&planes);
}

/* Every plane as often as any other: 4000 samples of 5 out of 15, 1333 +- 30 expected each. */
static void samples_are_uniform(void **state)
{
    (void)state;
    uint64_t seen[15] = {0}, drawn[5];
    for (uint64_t seed = 0; seed < 4000; seed++) {
        assert_ok(srm_planes_sample(seed, BASE_STREAM_PLANES, 5, 15, drawn));
        for (int k = 0; k < 5; k++)
            seen[drawn[k]]++;
    }
    for (int p = 0; p < 15; p++)
        assert_in_double((double)seen[p], 4000 / 3.0, 5 * sqrt(4000 * 2 / 9.0));
}

static void ordered_pairs(void **state)
{
    (void)state;
    const char *texts[] = {"all", "9", "0:3,2:3,1:4"};
    for (int t = 0; t < 3; t++) {
        struct srm_planes planes = planes_of(texts[t], 6, 4);
        uint32_t seen[16] = {0};
        for (uint64_t k = 0; k < 2 * planes.count; k++) {
            struct srm_ordered_plane ordered = srm_planes_ordered_at(&planes, k);
            struct srm_plane plane = srm_planes_at(&planes, ordered.position);
            assert_int_equal(ordered.mirrored, ordered.first > ordered.second);
            assert_int_equal(ordered.mirrored ? ordered.second : ordered.first, plane.i);
            assert_int_equal(ordered.mirrored ? ordered.first : ordered.second, plane.j);
            seen[ordered.position] += ordered.mirrored ? 16 : 1;
            if (k) {
                struct srm_ordered_plane before = srm_planes_ordered_at(&planes, k - 1);
                assert_true(before.first < ordered.first ||
                            (before.first == ordered.first && before.second < ordered.second));
            }
        }
        for (uint64_t p = 0; p < planes.count; p++)
            assert_int_equal(seen[p], 17);
        srm_planes_free(&planes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_small_bases), cmocka_unit_test(order_of_the_largest_basis),
        cmocka_unit_test(choice_all),           cmocka_unit_test(choice_listed),
        cmocka_unit_test(choice_refused),       cmocka_unit_test(samples),
        cmocka_unit_test(samples_are_uniform),  cmocka_unit_test(ordered_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
