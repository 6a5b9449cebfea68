/* The self-tests that users run on their own devices pass on this one. */
#include "support/test.h"

#include "support/device.h"

#include "view/kernels.h"
#include "view/selftest.h"

static void every_draw_passes(void **state)
{
    (void)state;
    for (const struct gpu_selftest *test = view_selftests; test->name; test++)
        assert_ok(test->run(test_gpu(), GPU_LEVEL_FLOOR));
}

static void every_draw_has_one(void **state)
{
    (void)state;
    uint32_t tests = 0, draws = 0;
    for (const struct gpu_selftest *test = view_selftests; test->name; test++)
        tests++;
    for (const struct gpu_kernel *const *draw = view_kernels; *draw; draw++)
        draws++;
    assert_int_equal(tests, draws);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_draw_passes),
        cmocka_unit_test(every_draw_has_one),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
