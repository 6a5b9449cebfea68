/* Statistics of curves, their ranking, and the q values. */
#include "base/memory.h"
#include "base/random.h"
#include "srm/order.h"
#include "srm/ranking.h"
#include "support/test.h"

static struct srm_plane_statistics plane_with(double z, uint32_t hits, int32_t peak)
{
    return (struct srm_plane_statistics){.z = z, .hits = hits, .peak = peak, .q = NAN};
}

/* ---- order ---- */

static void order_of_special_values(void **state)
{
    (void)state;
    const double keys[] = {0.0, -1, NAN, INFINITY, -0.0, 3, 3, -INFINITY, 1e-310, -1e-310, NAN, 1e300};
    const uint64_t expected[] = {3, 11, 5, 6, 8, 0, 4, 9, 1, 7};
    uint64_t *order, count;
    assert_ok(srm_order_descending(keys, 12, &order, &count));
    assert_int_equal(count, 10);
    for (int k = 0; k < 10; k++)
        assert_int_equal(order[k], expected[k]);
    base_free(order);
    assert_ok(srm_order_descending(keys, 0, &order, &count));
    assert_int_equal(count, 0);
    base_free(order);
}

static void order_of_many(void **state)
{
    (void)state;
    enum { n = 100000 };
    double *keys;
    uint64_t *order, count;
    uint8_t *seen;
    assert_ok(base_allocate(&keys, n, sizeof *keys, "keys"));
    assert_ok(base_allocate(&seen, n, 1, "seen"));
    for (uint64_t k = 0; k < n; k++) /* rounded, so that many are equal */
        keys[k] = floor(100 * base_random_normal(1, BASE_STREAM_TEST, k));
    assert_ok(srm_order_descending(keys, n, &order, &count));
    assert_int_equal(count, n);
    for (uint64_t k = 0; k < n; k++) {
        assert_int_equal(seen[order[k]]++, 0);
        if (k)
            assert_true(keys[order[k]] < keys[order[k - 1]] ||
                        (keys[order[k]] == keys[order[k - 1]] && order[k] > order[k - 1]));
    }
    base_free(keys);
    base_free(order);
    base_free(seen);
}

/* ---- statistics ---- */

static void statistics_of_a_curve(void **state)
{
    (void)state;
    const float scale = 16384;
    struct srm_curve_statistics found = {.hits = 50,
                                         .cosine1 = 16384 * 10,
                                         .cosine2 = -16384 * 5,
                                         .cosine4 = 16384 * 40,
                                         .sine1 = 16384 * 20,
                                         .peak = 37,
                                         .peak_angle = 45,
                                         .mirrored_angle = 44};
    struct srm_plane_statistics made = srm_statistics_make(found, scale);
    assert_in_double(made.c1, 0.2, 1e-7);
    assert_in_double(made.c2, -0.1, 1e-7);
    assert_in_double(made.c4, 0.8, 1e-7);
    assert_in_double(made.z, 0.8 * 10, 1e-12);
    assert_true(made.hits == 50 && made.peak == 37 && made.peak_angle == 45 && isnan(made.q));
    struct srm_plane_statistics turned = srm_statistics_make_mirrored(found, scale);
    assert_in_double(turned.c1, 0.4, 1e-7);
    assert_in_double(turned.c2, 0.1, 1e-7);
    assert_true(turned.c4 == made.c4 && turned.hits == 50 && turned.peak == 37 && turned.peak_angle == 44);
    assert_in_double(srm_statistics_lift(&made, 1000, 0.01), 3.7, 1e-12);
    assert_true(isinf(srm_statistics_lift(&made, 1000, 0)));
    struct srm_plane_statistics none = srm_statistics_make((struct srm_curve_statistics){0}, scale);
    assert_true(isnan(none.z) && isnan(none.c1) && isnan(none.c2) && isnan(none.c4) && none.hits == 0);
    assert_true(srm_statistics_lift(&none, 1000, 0) == 0 && srm_statistics_lift(&none, 0, 0.1) == 0);
}

static void median_of_hits(void **state)
{
    (void)state;
    struct srm_plane_statistics planes[] = {plane_with(0, 5, 0), plane_with(0, 900, 0), plane_with(0, 7, 0),
                                            plane_with(0, 0, 0), plane_with(0, 11, 0)};
    const double cosines[] = {0, NAN, 0.5, 0, 0};
    double median;
    assert_ok(srm_statistics_median_hits(planes, NULL, 5, &median));
    assert_in_double(median, 7, 0);
    assert_ok(srm_statistics_median_hits(planes, cosines, 5, &median));
    assert_in_double(median, 6, 0);
    assert_ok(srm_statistics_median_hits(planes, cosines, 0, &median));
    assert_in_double(median, 0, 0);
}

static struct srm_planes all_planes(uint32_t n_vectors)
{
    struct srm_plane_choice choice = {.kind = SRM_PLANES_ALL};
    struct srm_planes planes;
    assert_ok(srm_planes_make(&choice, n_vectors, 0, &planes));
    return planes;
}

static void shares_of_vectors(void **state)
{
    (void)state;
    struct srm_planes planes = all_planes(4);
    struct srm_plane_statistics list[6];
    double shares[4];
    const uint32_t hits[6] = {10, 0, 30, 0, 20, 40}; /* 01 02 03 12 13 23 */
    for (int p = 0; p < 6; p++)
        list[p] = plane_with(1, hits[p], 0);
    assert_ok(srm_statistics_vector_shares(&planes, list, shares));
    const double expected[4] = {0.4, 0.3, 0.4, 0.9};
    for (int v = 0; v < 4; v++)
        assert_in_double(shares[v], expected[v], 1e-15);
    for (int p = 0; p < 6; p++)
        list[p].hits = 0;
    assert_ok(srm_statistics_vector_shares(&planes, list, shares));
    assert_true(shares[0] == 0 && shares[3] == 0);
    srm_planes_free(&planes);
}

/* ---- ranking ---- */

static void three_lists(void **state)
{
    (void)state;
    const struct srm_plane_statistics planes[] = {
        plane_with(2, 100, 9),   plane_with(-5, 100, 9), plane_with(4, 100, 9),  plane_with(9, 29, 9),
        plane_with(-5, 30, 9),   plane_with(1, 100, 50), plane_with(7, 100, 60), plane_with(NAN, 0, 0),
        plane_with(99, 100, 99), plane_with(4, 100, 9)};
    const double cosines[] = {0, 0, 1e-7, 0, 0, 0.4, -0.3, 0, NAN, 0};
    struct srm_ranking_input input = {planes, cosines, 10};
    struct srm_ranking ranking;
    assert_ok(srm_ranking_make(&input, &ranking));
    assert_int_equal(srm_ranking_count(&ranking, SRM_LIST_ALIGNED), 3);
    assert_int_equal(srm_ranking_count(&ranking, SRM_LIST_ANTI_ALIGNED), 2);
    assert_int_equal(srm_ranking_count(&ranking, SRM_LIST_OBLIQUE), 2);
    const uint64_t expected[] = {2, 9, 0, 1, 4, 6, 5};
    for (int k = 0; k < 7; k++)
        assert_int_equal(ranking.positions[k], expected[k]);
    uint32_t ranks[10];
    const uint32_t expected_ranks[] = {3, 1, 1, 0, 2, 2, 1, 0, 0, 2};
    srm_ranking_ranks(&ranking, 10, ranks);
    for (int p = 0; p < 10; p++)
        assert_int_equal(ranks[p], expected_ranks[p]);
    uint64_t positions[10];
    enum srm_list lists[10];
    assert_int_equal(srm_ranking_best(&ranking, 10, positions, lists), 7);
    const uint64_t best[] = {2, 1, 6, 9, 4, 5, 0};
    for (int k = 0; k < 7; k++)
        assert_int_equal(positions[k], best[k]);
    assert_true(lists[0] == SRM_LIST_ALIGNED && lists[1] == SRM_LIST_ANTI_ALIGNED &&
                lists[5] == SRM_LIST_OBLIQUE);
    assert_int_equal(srm_ranking_best(&ranking, 2, positions, lists), 2);
    double scores[10], oblique[10];
    srm_ranking_scores(&input, false, scores);
    srm_ranking_scores(&input, true, oblique);
    assert_true(scores[1] == 5 && isnan(scores[3]) && isnan(scores[5]) && isnan(scores[8]));
    assert_true(oblique[5] == 50 && isnan(oblique[1]) && isnan(oblique[8]));
    srm_ranking_free(&ranking);
    srm_ranking_free(&ranking);
}

/* One vector in every strong plane: after its best plane the panels go on without it, however far down. */
static void panels_share_no_vector(void **state)
{
    (void)state;
    enum { n = 40 };
    struct srm_planes planes = all_planes(n);
    struct srm_plane_statistics *list;
    assert_ok(base_allocate(&list, planes.count, sizeof *list, "planes"));
    for (uint64_t p = 0; p < planes.count; p++) {
        struct srm_plane plane = srm_planes_at(&planes, p);
        list[p] = plane_with(plane.i == 0 ? 1000 + plane.j : 100 - plane.i, 100, 1);
    }
    struct srm_ranking_input input = {list, NULL, planes.count};
    struct srm_ranking ranking;
    uint64_t positions[n];
    uint32_t count, used[n] = {0};
    assert_ok(srm_ranking_make(&input, &ranking));
    assert_ok(srm_ranking_panels(&ranking, SRM_LIST_ALIGNED, &planes, 6, positions, &count));
    assert_int_equal(count, 6);
    const struct srm_plane expected[] = {{0, 39}, {1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}};
    for (uint32_t k = 0; k < count; k++) {
        struct srm_plane plane = srm_planes_at(&planes, positions[k]);
        assert_true(plane.i == expected[k].i && plane.j == expected[k].j);
    }
    assert_ok(srm_ranking_panels(&ranking, SRM_LIST_ALIGNED, &planes, n, positions, &count));
    assert_int_equal(count, n / 2);
    for (uint32_t k = 0; k < count; k++) {
        struct srm_plane plane = srm_planes_at(&planes, positions[k]);
        assert_true(!used[plane.i]++ && !used[plane.j]++);
    }
    assert_ok(srm_ranking_panels(&ranking, SRM_LIST_OBLIQUE, &planes, n, positions, &count));
    assert_int_equal(count, 0);
    srm_ranking_free(&ranking);
    srm_planes_free(&planes);
    base_free(list);
}

/* ---- q ---- */

static void q_by_hand(void **state)
{
    (void)state;
    const double scores[] = {1, 4, NAN, 2, 4, 3}, control[] = {0.5, 2.5, NAN, 2, 1};
    float q[6] = {0, 0, 7, 0, 0, 0};
    assert_ok(srm_ranking_q(scores, 6, control, 5, q));
    /* Scores 1, 2, 3, 4, 4: control shares 3/4, 2/4, 0, 0 over shares 1, 4/5, 3/5, 2/5. */
    const double expected[] = {0.75, 0, 7, 0.625, 0, 0};
    for (int p = 0; p < 6; p++)
        assert_in_double(q[p], expected[p], 1e-7);
    /* At most 1: at 3 the ratio is 1/2 over 1/3. */
    const double few[] = {0, 0, 3}, high[] = {2, 4};
    assert_ok(srm_ranking_q(few, 3, high, 2, q));
    assert_in_double(q[0], 1, 0);
    assert_in_double(q[2], 1, 0);
    assert_ok(srm_ranking_q(few, 3, high, 0, q));
    assert_true(isnan(q[0]) && isnan(q[2]));
    const double nothing[] = {NAN, NAN};
    assert_ok(srm_ranking_q(few, 3, nothing, 2, q));
    assert_true(isnan(q[0]));
}

/* Against the definition, plane by plane. */
static void q_by_definition(void **state)
{
    (void)state;
    enum { n = 400, n_control = 300 };
    double scores[n], control[n_control];
    float q[n];
    for (uint64_t k = 0; k < n; k++)
        scores[k] = floor(10 * fabs(base_random_normal(2, BASE_STREAM_TEST, k)) * (k % 5 == 0 ? 2 : 1)) / 10;
    for (uint64_t k = 0; k < n_control; k++)
        control[k] = floor(10 * fabs(base_random_normal(3, BASE_STREAM_TEST, k))) / 10;
    assert_ok(srm_ranking_q(scores, n, control, n_control, q));
    for (int p = 0; p < n; p++) {
        double least = 1;
        for (int other = 0; other < n; other++) {
            if (scores[other] > scores[p])
                continue;
            double share = 0, control_share = 0;
            for (int k = 0; k < n; k++)
                share += scores[k] >= scores[other];
            for (int k = 0; k < n_control; k++)
                control_share += control[k] >= scores[other];
            least = fmin(least, control_share / n_control / (share / n));
        }
        assert_in_double(q[p], least, 1e-6);
    }
}

/* Without a difference between basis and control few planes are called; with one, the planted planes are, and
 * about a share q of what is called is false. */
static void q_of_nothing_and_of_something(void **state)
{
    (void)state;
    enum { n = 20000, n_control = 20000, planted = 2000 };
    double *scores, *control;
    float *q;
    assert_ok(base_allocate(&scores, n, sizeof *scores, "scores"));
    assert_ok(base_allocate(&control, n_control, sizeof *control, "scores"));
    assert_ok(base_allocate(&q, n, sizeof *q, "q"));
    for (uint64_t k = 0; k < n; k++) {
        scores[k] = fabs(3 * base_random_normal(4, BASE_STREAM_TEST, k));
        control[k] = fabs(3 * base_random_normal(5, BASE_STREAM_TEST, k));
    }
    assert_ok(srm_ranking_q(scores, n, control, n_control, q));
    int called = 0;
    for (int p = 0; p < n; p++)
        called += q[p] < 0.05f;
    assert_true(called < n / 100);
    for (uint64_t k = 0; k < planted; k++)
        scores[k] = fabs(12 + 3 * base_random_normal(6, BASE_STREAM_TEST, k));
    assert_ok(srm_ranking_q(scores, n, control, n_control, q));
    int found = 0, wrong = 0;
    for (int p = 0; p < n; p++) {
        found += p < planted && q[p] < 0.05f;
        wrong += p >= planted && q[p] < 0.05f;
    }
    assert_true(found > planted * 8 / 10);
    assert_true(wrong < (found + wrong) * 8 / 100); /* 5 % expected */
    base_free(scores);
    base_free(control);
    base_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_special_values), cmocka_unit_test(order_of_many),
        cmocka_unit_test(statistics_of_a_curve),   cmocka_unit_test(median_of_hits),
        cmocka_unit_test(shares_of_vectors),       cmocka_unit_test(three_lists),
        cmocka_unit_test(panels_share_no_vector),  cmocka_unit_test(q_by_hand),
        cmocka_unit_test(q_by_definition),         cmocka_unit_test(q_of_nothing_and_of_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
