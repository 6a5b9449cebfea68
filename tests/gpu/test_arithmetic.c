/* The arithmetic that exact counts stand on agrees with the host's on a million values, also where rounding
 * to nearest even is not asked for. */
#include "support/device.h"
#include "support/test.h"

static void a_million_values(void **state)
{
    (void)state;
    assert_ok(gpu_self_check_arithmetic(test_gpu()));
}

static void without_asking_for_rounding(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open("rounding_to_nearest_even=0");
    assert_ok(gpu_self_check_arithmetic(gpu));
    gpu_close(&gpu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_values),
        cmocka_unit_test(without_asking_for_rounding),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
