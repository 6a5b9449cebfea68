/* Every kernel and draw of every room as the device's compiler sees it: each pipeline is built, with plain
 * constants and with those that the self-tests use, and what the compiler says of registers and spills is
 * printed. A spill fails. Nothing executes, so null drivers will do (tools/drivers run radv:NAVI21
 * build/tests/test_gpu_pipelines). */
#include "support/device.h"
#include "support/rooms.h"
#include "support/test.h"

#include "base/memory.h"
#include "gpu/benchmarks.h"
#include "linalg/selftest.h"
#include "sae/selftest.h"
#include "srm/selftest.h"
#include "view/selftest.h"

#include <stdlib.h>

static struct gpu *gpu;

static uint32_t group_size(enum gpu_level level)
{
    if (level == GPU_LEVEL_SUBGROUP)
        return gpu_capabilities(gpu)->subgroup_size;
    return level == GPU_LEVEL_FLOOR ? 128 : 256;
}

static void every_pipeline_is_built(void **state)
{
    (void)state;
    uint32_t built = 0;
    for (size_t room = 0; test_rooms[room]; room++)
        for (size_t k = 0; test_rooms[room][k]; k++) {
            const struct gpu_kernel *kernel = test_rooms[room][k];
            const uint32_t n_modules = kernel->draw ? 1 : kernel->shader->n_modules;
            for (uint32_t m = 0; m < n_modules; m++) {
                enum gpu_level level = kernel->shader->modules[m].level;
                const uint32_t constants[1] = {group_size(level)};
                if (!gpu_level_allowed(gpu, level))
                    continue;
                assert_ok(gpu_prepare(gpu, kernel, level, constants, kernel->draw ? 0 : 1));
                built++;
            }
        }
    print_message("%u pipelines\n", built);
    assert_true(built > 20);
}

/* Zeros come back, so the self-tests differ; their calls are what is wanted. */
static void run_all(const struct gpu_selftest *tests)
{
    for (const struct gpu_selftest *test = tests; test->name; test++)
        for (int level = 0; level < GPU_LEVELS; level++) {
            if (!gpu_level_allowed(gpu, (enum gpu_level)level))
                continue;
            enum base_status status = test->run(gpu, (enum gpu_level)level);
            if (status != BASE_OK && status != BASE_ERROR_NUMERIC && status != BASE_ERROR_NO_DEVICE)
                fail_msg("%s: %s", test->name, base_message());
        }
}

static void so_are_those_of_the_self_tests(void **state)
{
    (void)state;
    run_all(gpu_selftests);
    run_all(linalg_selftests);
    run_all(sae_selftests);
    run_all(srm_selftests);
    run_all(view_selftests);
}

static void none_spills(void **state)
{
    (void)state;
    struct gpu_statistic *list;
    uint32_t count, spills = 0;
    assert_ok(gpu_statistics(gpu, &list, &count));
    if (count == 0)
        print_message("this driver does not tell registers and spills\n");
    for (uint32_t i = 0; i < count; i++) {
        bool spill = strstr(list[i].name, "pill") != NULL;
        if ((spill && list[i].value > 0) || strcmp(list[i].name, "VGPRs") == 0)
            print_message("%-24s %-6s %-16s %s %llu\n", list[i].kernel, gpu_level_name(list[i].level),
                          list[i].stage, list[i].name, (unsigned long long)list[i].value);
        spills += spill && list[i].value > 0;
    }
    base_free(list);
    assert_int_equal(spills, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pipeline_is_built),
        cmocka_unit_test(so_are_those_of_the_self_tests),
        cmocka_unit_test(none_spills),
    };
    const char *named = getenv("ARCLIGHT_DEVICE");
    const struct gpu_open_parameters parameters = {.device = named && named[0] ? named : NULL,
                                                   .limits = getenv("ARCLIGHT_LIMITS"),
                                                   .quiet = true,
                                                   .no_pipeline_cache = true,
                                                   .compile_only = true};
    if (!test_gpu_exists())
        return 77;
    if (gpu_open(&parameters, &gpu) != BASE_OK) {
        fprintf(stderr, "the test device does not open: %s\n", base_message());
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    int spoke = test_gpu_close(&gpu);
    return failed ? failed : spoke;
}
