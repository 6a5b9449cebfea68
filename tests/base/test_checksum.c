/* The checksum's known answers, and that no flipped bit escapes it. */
#include "support/test.h"

#include "base/checksum.h"

/* Of bytes (7 i + 3) mod 256; made with the xxHash library of Python, and the last two are those of the
 * specification's own samples. */
static void known_answers(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        uint64_t sum;
    } table[] = {
        {0, 0xef46db3751d8e999},   {1, 0x1f25c8d0bc1f4bb6},    {3, 0x31d2363f52e564c9},
        {4, 0x9bb64b7d66ee9fda},   {7, 0x9a7b149959ce60d8},    {8, 0xdab99d95c6f90092},
        {14, 0xc7f1d4d0acfa5a14},  {31, 0xa2aa5f33cc4a6119},   {32, 0x23c3c17ef790fd97},
        {33, 0x50a7cfc7ba588784},  {63, 0x5e3e54b431c7493c},   {64, 0x0eb64b3ef6eeb01f},
        {100, 0xa61f8d4c170fe531}, {1000, 0x5f235fa033f1a3fb},
    };
    unsigned char bytes[1001];
    for (size_t offset = 0; offset < 2; offset++) { /* alignment does not matter */
        for (size_t i = 0; i + offset < sizeof bytes; i++)
            bytes[offset + i] = (unsigned char)(7 * i + 3);
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
            assert_int_equal(base_checksum(bytes + offset, table[i].count), table[i].sum);
    }
    assert_int_equal(base_checksum("abc", 3), 0x44bc2cf5ad770999);
    assert_int_equal(base_checksum("Nobody inspects the spammish repetition", 39), 0xfbcea83c8a378bf1);
}

static void every_bit_counts(void **state)
{
    (void)state;
    unsigned char bytes[79] = {0};
    uint64_t whole = base_checksum(bytes, sizeof bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_true(base_checksum(bytes, sizeof bytes) != whole);
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    for (size_t count = 0; count < sizeof bytes; count++)
        assert_true(base_checksum(bytes, count) != whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(every_bit_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
