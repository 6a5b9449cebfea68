#include "srm/order.h"

#include "base/memory.h"

#include <stdbool.h>
#include <string.h>

enum { DIGIT_BITS = 11, DIGITS = 6, DIGIT_VALUES = 1 << DIGIT_BITS };

struct item {
    uint64_t key, position;
};

/* Ascending integers for descending doubles; -0 and 0 are one key. */
static uint64_t descending_key(double value)
{
    uint64_t bits;
    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? bits : ~(bits | UINT64_C(1) << 63);
}

static uint32_t digit_of(uint64_t key, int digit)
{
    return (uint32_t)(key >> (digit * DIGIT_BITS)) & (DIGIT_VALUES - 1);
}

/* One stable pass from `from` to `to`; false when all keys share the digit and nothing was moved. */
static bool sort_by_digit(const struct item *from, struct item *to, uint64_t n, int digit)
{
    uint64_t starts[DIGIT_VALUES] = {0}, sum = 0;
    for (uint64_t k = 0; k < n; k++)
        starts[digit_of(from[k].key, digit)]++;
    if (n == 0 || starts[digit_of(from[0].key, digit)] == n)
        return false;
    for (uint32_t value = 0; value < DIGIT_VALUES; value++) {
        uint64_t many = starts[value];
        starts[value] = sum;
        sum += many;
    }
    for (uint64_t k = 0; k < n; k++)
        to[starts[digit_of(from[k].key, digit)]++] = from[k];
    return true;
}

enum base_status srm_order_descending(const double *keys, uint64_t n, uint64_t **order, uint64_t *count)
{
    enum base_status status;
    struct item *items = NULL, *spare = NULL;
    uint64_t kept = 0;
    *order = NULL;
    BASE_CHECK(base_allocate(&items, n, sizeof *items, "sorting"));
    BASE_CHECK(base_allocate(&spare, n, sizeof *spare, "sorting"));
    for (uint64_t k = 0; k < n; k++) {
        if (keys[k] == keys[k])
            items[kept++] = (struct item){descending_key(keys[k]), k};
    }
    for (int digit = 0; digit < DIGITS; digit++) {
        if (sort_by_digit(items, spare, kept, digit)) {
            struct item *swap = items;
            items = spare;
            spare = swap;
        }
    }
    BASE_CHECK(base_allocate(order, kept, sizeof **order, "sorting"));
    for (uint64_t k = 0; k < kept; k++)
        (*order)[k] = items[k].position;
    *count = kept;
error:
    base_free(items);
    base_free(spare);
    return status;
}
