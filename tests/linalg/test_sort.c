/* Stable sorting, place for place. */
#include "linalg/sort.h"

#include "base/memory.h"
#include "base/random.h"
#include "support/device.h"
#include "support/guarded.h"
#include "support/test.h"

enum kind { RANDOM, EQUAL, ASCENDING, DESCENDING, FEW, KINDS };

struct sort_case {
    enum kind kind;
    uint64_t capacity;
    uint32_t count; /* as the device has it: may be above the capacity */
    uint32_t n_keys;
};

static uint32_t key_at(const struct sort_case *c, uint64_t i)
{
    uint64_t last = c->n_keys - 1;
    switch (c->kind) {
    case EQUAL:
        return (uint32_t)last;
    case ASCENDING:
        return (uint32_t)(i * last / base_maximum(c->capacity - 1, 1));
    case DESCENDING:
        return (uint32_t)((c->capacity - 1 - i) * last / base_maximum(c->capacity - 1, 1));
    case FEW:
        return (uint32_t)(base_random_below(5, BASE_STREAM_TEST, i, 3) * last / 2);
    default:
        return (uint32_t)base_random_below(5, BASE_STREAM_TEST, i, c->n_keys);
    }
}

static void fail_at(const struct sort_case *c, const char *what, uint64_t i, uint32_t found, uint32_t wanted)
{
    fail_msg("kind %d, %u of %llu places, %u keys: %s %llu is %u, expected %u", c->kind, c->count,
             (unsigned long long)c->capacity, c->n_keys, what, (unsigned long long)i, found, wanted);
}

/* The reference: counts, their sums, and one walk. */
static void compare(const struct sort_case *c, struct test_matrix *keys, struct test_matrix *order,
                    struct test_matrix *starts)
{
    uint32_t *next = NULL, *wanted = NULL;
    uint64_t n = base_minimum(c->count, c->capacity);
    assert_ok(base_allocate(&next, (size_t)c->n_keys + 1, 4, "reference"));
    assert_ok(base_allocate(&wanted, n, 4, "reference"));
    for (uint64_t i = 0; i < n; i++)
        next[*test_matrix_word(keys, 0, i) + 1]++;
    for (uint32_t key = 0; key < c->n_keys; key++)
        next[key + 1] += next[key];
    for (uint64_t key = 0; key <= c->n_keys; key++)
        if (*test_matrix_word(starts, 0, key) != next[key])
            fail_at(c, "start", key, *test_matrix_word(starts, 0, key), next[key]);
    for (uint64_t i = 0; i < n; i++)
        wanted[next[*test_matrix_word(keys, 0, i)]++] = (uint32_t)i;
    for (uint64_t i = 0; i < n; i++)
        if (*test_matrix_word(order, 0, i) != wanted[i])
            fail_at(c, "place", i, *test_matrix_word(order, 0, i), wanted[i]);
    base_free(next);
    base_free(wanted);
}

static void sort_and_compare(struct gpu *gpu, struct sort_case c, struct linalg_sort_scratch *scratch)
{
    struct test_matrix keys = test_matrix_make(gpu, 1, c.capacity, 0, 3);
    struct test_matrix count = test_matrix_make(gpu, 1, 1, 0, 7);
    struct test_matrix order = test_matrix_make(gpu, 1, c.capacity, 0, 1);
    struct test_matrix starts = test_matrix_make(gpu, 1, (uint64_t)c.n_keys + 1, 0, 2);
    /* Keys beyond the count stay guard words, which are no keys. */
    for (uint64_t i = 0; i < c.capacity && i < c.count; i++)
        *test_matrix_word(&keys, 0, i) = key_at(&c, i);
    *test_matrix_word(&count, 0, 0) = c.count;
    test_matrix_upload(&keys);
    test_matrix_upload(&count);
    test_matrix_upload(&order);
    test_matrix_upload(&starts);
    struct linalg_sort_call call = {.keys = keys.matrix,
                                    .count = count.matrix,
                                    .order = order.matrix,
                                    .starts = starts.matrix,
                                    .n_keys = c.n_keys};
    assert_ok(linalg_sort(gpu, &call, scratch));
    test_matrix_download(&keys);
    test_matrix_download(&count);
    test_matrix_download(&order);
    test_matrix_download(&starts);
    compare(&c, &keys, &order, &starts);
    test_matrix_free(&keys);
    test_matrix_free(&count);
    test_matrix_free(&order);
    test_matrix_free(&starts);
}

/* Around the workgroup, a thread's share, a block and a digit. */
static void sorts(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 1, 2, 7, 31, 32, 33, 127, 128, 129, 511, 512, 513, 1009, 1024, 1025};
    static const uint32_t keys[] = {1, 2, 3, 16, 31, 33, 128, 257, 4608, 1 << 15, 1 << 20};
    struct linalg_sort_scratch scratch = {0};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (size_t j = 0; j < sizeof keys / sizeof keys[0]; j++)
            sort_and_compare(test_gpu(),
                             (struct sort_case){.kind = (enum kind)((i + j) % KINDS),
                                                .capacity = sizes[i],
                                                .count = (uint32_t)sizes[i],
                                                .n_keys = keys[j]},
                             &scratch);
    linalg_sort_scratch_free(test_gpu(), &scratch);
}

static void all_kinds(struct gpu *gpu, uint64_t capacity, uint32_t n_keys)
{
    struct linalg_sort_scratch scratch = {0};
    for (int kind = 0; kind < KINDS; kind++)
        sort_and_compare(gpu, (struct sort_case){(enum kind)kind, capacity, (uint32_t)capacity, n_keys},
                         &scratch);
    linalg_sort_scratch_free(gpu, &scratch);
}

static void larger_sorts(void **state)
{
    (void)state;
    all_kinds(test_gpu(), 131072, 4608);
    all_kinds(test_gpu(), 100003, 1000003);
    all_kinds(test_gpu(), 2500009, 70001);
}

static void counts_other_than_the_capacity(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, 31, 512, 4999, 5000, 5001, UINT32_MAX};
    struct linalg_sort_scratch scratch = {0};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        sort_and_compare(test_gpu(), (struct sort_case){RANDOM, 5000, counts[i], 300}, &scratch);
    linalg_sort_scratch_free(test_gpu(), &scratch);
}

static void small_devices(void **state)
{
    (void)state;
    static const char *const limits[] = {"storage_range_bytes=65536", "max_invocations=128,max_groups=61",
                                         "offset_alignment=256"};
    for (int i = 0; i < 3; i++) {
        struct gpu *gpu = test_gpu_open(limits[i]);
        all_kinds(gpu, 60013, 4608);
        all_kinds(gpu, 3001, 1 << 17);
        assert_int_equal(test_gpu_close(&gpu), 0);
    }
}

static void refusals(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct test_matrix four = test_matrix_make(gpu, 1, 4, 0, 0);
    struct test_matrix five = test_matrix_make(gpu, 1, 5, 0, 0);
    struct test_matrix one = test_matrix_make(gpu, 1, 1, 0, 0);
    struct linalg_sort_scratch scratch = {0};
    struct linalg_sort_call call = {
        .keys = four.matrix, .count = one.matrix, .order = five.matrix, .starts = five.matrix, .n_keys = 4};
    assert_fails(linalg_sort(gpu, &call, &scratch), BASE_ERROR_INTERNAL, "the order is [1, 5], not [1, 4]");
    call.order = four.matrix;
    call.n_keys = 5;
    assert_fails(linalg_sort(gpu, &call, &scratch), BASE_ERROR_INTERNAL,
                 "the vector of starts is [1, 5], not [1, 6]");
    call.n_keys = 0;
    call.starts = one.matrix;
    assert_fails(linalg_sort(gpu, &call, &scratch), BASE_ERROR_INTERNAL,
                 "4 places for keys below 0 are too many");
    test_matrix_free(&four);
    test_matrix_free(&five);
    test_matrix_free(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts),
        cmocka_unit_test(larger_sorts),
        cmocka_unit_test(counts_other_than_the_capacity),
        cmocka_unit_test(small_devices),
        cmocka_unit_test(refusals),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
