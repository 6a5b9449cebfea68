/* Which device is chosen, what `limits` forces down, and what the memory plan refuses. */
#include "support/device.h"
#include "support/kernels.h"
#include "support/test.h"

#include "base/memory.h"
#include "gpu/internal.h"

#include <ctype.h>

/* ---- choice ---- */

/* As a machine might have them, sorted. */
static struct gpu_candidate machine[] = {
    {.information = {.index = 0,
                     .name = "Radeon Alpha",
                     .uuid = "00000000-0000-0000-0000-00000000000a",
                     .type = GPU_DISCRETE}},
    {.information = {.index = 1,
                     .name = "Radeon Beta",
                     .uuid = "00000000-0000-0000-0000-00000000000b",
                     .type = GPU_DISCRETE,
                     .unusable = "its driver is older than Vulkan 1.2"}},
    {.information =
         {.index = 2, .name = "Soft 1", .uuid = "00000000-0000-0000-0000-00000000000c", .type = GPU_CPU}},
    {.information =
         {.index = 3, .name = "Soft 12", .uuid = "00000000-0000-0000-0000-00000000000d", .type = GPU_CPU}},
};

static void assert_chosen(const char *wanted, uint32_t expected)
{
    uint32_t chosen = UINT32_MAX;
    assert_ok(
        gpu_choose(machine, 4, &(struct gpu_open_parameters){.device = wanted, .quiet = true}, &chosen));
    assert_int_equal(chosen, expected);
}

static void a_device_is_named(void **state)
{
    (void)state;
    assert_chosen(NULL, 0);
    assert_chosen("0", 0);
    assert_chosen("3", 3);
    assert_chosen("alpha", 0);
    assert_chosen("SOFT 12", 3);
    assert_chosen("00000000-0000-0000-0000-00000000000D", 3);
}

static enum base_status choose(const char *wanted)
{
    uint32_t chosen;
    return gpu_choose(machine, 4, &(struct gpu_open_parameters){.device = wanted, .quiet = true}, &chosen);
}

static void a_wrong_name_is_refused(void **state)
{
    (void)state;
    assert_fails(choose("4"), BASE_ERROR_USAGE, "no device is called \"4\"");
    assert_fails(choose("gamma"), BASE_ERROR_USAGE, "Radeon Alpha");
    assert_fails(choose(""), BASE_ERROR_USAGE, "no device");
    assert_fails(choose("99999999999999999999"), BASE_ERROR_USAGE, "no device");
    assert_fails(choose("radeon"), BASE_ERROR_USAGE, "fits 2 devices");
    assert_fails(choose("Soft 1"), BASE_ERROR_USAGE, "fits 2 devices");
    assert_fails(choose("beta"), BASE_ERROR_NO_DEVICE, "older than Vulkan 1.2");
    assert_fails(choose("1"), BASE_ERROR_NO_DEVICE, "older than Vulkan 1.2");
}

static void a_cpu_device_is_never_a_silent_default_of_benchmarks(void **state)
{
    (void)state;
    uint32_t chosen = 9;
    const struct gpu_open_parameters careful = {.quiet = true, .refuse_default_cpu = true};
    assert_fails(gpu_choose(machine + 2, 2, &careful, &chosen), BASE_ERROR_NO_DEVICE, "runs on the CPU");
    assert_ok(gpu_choose(machine, 4, &careful, &chosen));
    assert_int_equal(chosen, 0);
    const struct gpu_open_parameters named = {.quiet = true, .refuse_default_cpu = true, .device = "soft 12"};
    assert_ok(gpu_choose(machine, 4, &named, &chosen));
    assert_int_equal(chosen, 3);
}

static void no_device_at_all(void **state)
{
    (void)state;
    uint32_t chosen;
    const struct gpu_open_parameters any = {.quiet = true}, named = {.quiet = true, .device = "x"};
    assert_fails(gpu_choose(machine, 0, &any, &chosen), BASE_ERROR_NO_DEVICE, "install a driver");
    assert_fails(gpu_choose(machine, 0, &named, &chosen), BASE_ERROR_NO_DEVICE, "install a driver");
    assert_fails(gpu_choose(machine + 1, 1, &any, &chosen), BASE_ERROR_NO_DEVICE,
                 "none of the Vulkan devices");
}

static void the_list_can_be_opened(void **state)
{
    (void)state;
    struct gpu_device_information *list;
    uint32_t count;
    assert_ok(gpu_list(&list, &count));
    assert_true(count > 0);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(list[i].index, i);
        assert_int_equal(strlen(list[i].uuid), 36);
        assert_true(list[i].name[0] && list[i].driver[0] && list[i].api_version[0]);
        assert_true(i == 0 || list[i].type >= list[i - 1].type);
        if (list[i].unusable)
            continue;
        struct gpu *gpu;
        char index[16];
        snprintf(index, sizeof index, "%u", i);
        assert_ok(gpu_open(&(struct gpu_open_parameters){.device = index, .no_pipeline_cache = true}, &gpu));
        assert_string_equal(gpu_information(gpu)->name, list[i].name);
        gpu_close(&gpu);
        assert_null(gpu);
        gpu_close(&gpu);
    }
    base_free(list);
}

/* ---- limits ---- */

static const struct gpu_capabilities large = {
    .max_invocations = 1024,
    .max_group_size = {1024, 1024, 64},
    .max_groups = {65535, 65535, 65535},
    .shared_bytes = 49152,
    .push_bytes = 256,
    .storage_range_bytes = UINT64_C(1) << 32,
    .allocation_bytes = UINT64_C(1) << 32,
    .memory_bytes = UINT64_C(8) << 30,
    .memory_free_bytes = UINT64_C(7) << 30,
    .offset_alignment = 16,
    .subgroup_size = 32,
    .subgroup_size_control = true,
    .subgroup_operations = true,
    .buffer_addresses = true,
    .storage_16bit = true,
    .shader_float16 = true,
    .cooperative_matrix = true,
    .rounding_to_nearest_even = true,
    .timestamps = true,
    .max_image_size = 16384,
    .memory_shared_with_host = true,
    .robust_access = true,
    .long_loops = true,
    .draws = true,
    .presents = true,
};

/* A flag's good value is 0 and everything else is refused. */
static const struct {
    const char *key, *good, *above, *below;
} keys[] = {
    {"level", "floor", "highest", "vec"},
    {"max_invocations", "128", "1025", "127"},
    {"max_group_size", "128", "1025", "0"},
    {"max_groups", "3", "65536", "0"},
    {"shared_bytes", "16K", "49153", "16383"},
    {"push_bytes", "128", "257", "127"},
    {"storage_range_bytes", "128M", "5G", "1"},
    {"allocation_bytes", "1G", "5G", "1M"},
    {"memory_bytes", "2G", "9G", "1M"},
    {"offset_alignment", "256", "512", "8"},
    {"subgroup_size", "4", "64", "0"},
    {"max_image_size", "4096", "16385", "1"},
    {"subgroup_size_control", "0", "2", "-1"},
    {"subgroup_operations", "0", "2", "-1"},
    {"buffer_addresses", "0", "2", "-1"},
    {"storage_16bit", "0", "2", "-1"},
    {"shader_float16", "0", "2", "no"},
    {"cooperative_matrix", "0", "2", "x"},
    {"rounding_to_nearest_even", "0", "2", ""},
    {"timestamps", "0", "2", "0x0"},
    {"memory_shared_with_host", "0", "2", "1e1"},
    {"robust_access", "0", "2", "-0"},
    {"long_loops", "0", "2", "x"},
    {"draws", "0", "2", "x"},
    {"presents", "0", "2", "x"},
};
enum { N_KEYS = sizeof keys / sizeof keys[0] };

static enum base_status apply(struct gpu_capabilities *capabilities, const char *key, const char *value)
{
    char text[128];
    enum gpu_level level = (enum gpu_level)(GPU_LEVELS - 1);
    *capabilities = large;
    snprintf(text, sizeof text, "%s=%s", key, value);
    enum base_status status = gpu_limits_apply(text, capabilities, &level);
    if (status == BASE_OK && strcmp(key, "level") == 0)
        capabilities->max_invocations = (uint32_t)level; /* so that the comparison below sees it */
    return status;
}

static void every_key_forces_down_and_never_up(void **state)
{
    (void)state;
    struct gpu_capabilities capabilities;
    for (size_t i = 0; i < N_KEYS; i++) {
        assert_ok(apply(&capabilities, keys[i].key, keys[i].good));
        assert_memory_not_equal(&capabilities, &large, sizeof large);
        assert_fails(apply(&capabilities, keys[i].key, keys[i].above), BASE_ERROR_USAGE, keys[i].key);
        assert_fails(apply(&capabilities, keys[i].key, keys[i].below), BASE_ERROR_USAGE, keys[i].key);
        assert_fails(apply(&capabilities, keys[i].key, "18446744073709551616"), BASE_ERROR_USAGE,
                     keys[i].key);
        assert_fails(apply(&capabilities, keys[i].key, "17179869184G"), BASE_ERROR_USAGE, keys[i].key);
        assert_fails(apply(&capabilities, keys[i].key, "1Kx"), BASE_ERROR_USAGE, keys[i].key);
    }
}

static void the_help_names_the_keys_that_are_tested(void **state)
{
    (void)state;
    uint32_t lines = 0;
    for (const char *at = gpu_limits_help(); *at; at = strchr(at, '\n') + 1) {
        char key[64];
        bool tested = false;
        assert_int_equal(sscanf(at, "%63s", key), 1);
        for (size_t i = 0; i < N_KEYS; i++)
            tested |= strcmp(keys[i].key, key) == 0;
        if (!tested)
            fail_msg("the key %s is not tested", key);
        lines++;
    }
    assert_int_equal(lines, N_KEYS);
}

static void limits_are_read_as_a_list(void **state)
{
    (void)state;
    struct gpu_capabilities capabilities = large;
    enum gpu_level level = GPU_LEVEL_VEC4;
    char too_long[300];
    assert_ok(gpu_limits_apply(NULL, &capabilities, &level));
    assert_ok(gpu_limits_apply("", &capabilities, &level));
    assert_memory_equal(&capabilities, &large, sizeof large);
    assert_ok(gpu_limits_apply("shared_bytes=16384,level=floor,memory_bytes=1G", &capabilities, &level));
    assert_int_equal(capabilities.shared_bytes, 16384);
    assert_int_equal(capabilities.memory_bytes, 1 << 30);
    assert_int_equal(capabilities.memory_free_bytes, 1 << 30);
    assert_int_equal(capabilities.allocation_bytes, 1 << 30);
    assert_int_equal(level, GPU_LEVEL_FLOOR);
    assert_fails(gpu_limits_apply("shared_bytes", &capabilities, &level), BASE_ERROR_USAGE, "key=value");
    assert_fails(gpu_limits_apply("colour=7", &capabilities, &level), BASE_ERROR_USAGE,
                 "unknown key \"colour\"");
    assert_fails(gpu_limits_apply("=7", &capabilities, &level), BASE_ERROR_USAGE, "unknown key");
    memset(too_long, 'a', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    assert_fails(gpu_limits_apply(too_long, &capabilities, &level), BASE_ERROR_USAGE, "too long");
}

static void limits_hold_on_the_device(void **state)
{
    (void)state;
    struct gpu *gpu =
        test_gpu_open("level=floor,timestamps=0,max_image_size=64,allocation_bytes=16M,memory_bytes=64M");
    struct gpu_buffer *buffers[8] = {NULL};
    struct gpu_image *image;
    struct gpu_timing *timings;
    uint32_t count, made = 0;
    assert_false(gpu_level_allowed(gpu, GPU_LEVEL_VEC4));
    assert_true(gpu_level_allowed(gpu, GPU_LEVEL_FLOOR));
    assert_fails(gpu_image_create(gpu, 65, 1, &image), BASE_ERROR_USAGE, "1 to 64");
    assert_fails(gpu_buffer_create(gpu, "giant", (16 << 20) + 1, GPU_DEVICE, &buffers[0]),
                 BASE_ERROR_DEVICE_MEMORY, "giant");
    assert_ok(gpu_timings(gpu, &timings, &count));
    base_free(timings);
    for (; made < 8; made++)
        if (gpu_buffer_create(gpu, "part", 15 << 20, GPU_DEVICE, &buffers[made]) != BASE_OK)
            break;
    assert_true(made >= 2 && made < 5);
    assert_fails(gpu_buffer_create(gpu, "part", 15 << 20, GPU_DEVICE, &buffers[made]),
                 BASE_ERROR_DEVICE_MEMORY, "\"part\" needs 15.0 MiB");
    for (uint32_t i = 0; i < made; i++)
        gpu_buffer_destroy(gpu, &buffers[i]);
    assert_ok(
        gpu_buffer_create(gpu, "part", 15 << 20, GPU_DEVICE, &buffers[0])); /* what was given back is there */
    gpu_buffer_destroy(gpu, &buffers[0]);
    gpu_close(&gpu);
}

static void a_device_that_cannot_draw_computes(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open("draws=0");
    struct gpu_image *image;
    assert_fails(gpu_image_create(gpu, 8, 8, &image), BASE_ERROR_NO_DEVICE, "cannot draw");
    assert_ok(gpu_self_check_arithmetic(gpu));
    gpu_close(&gpu);
}

/* ---- plan ---- */

static void a_plan_that_does_not_fit_says_why(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open("allocation_bytes=100M,memory_bytes=300M");
    struct gpu_plan *plan;
    assert_ok(gpu_plan_create(&plan));
    assert_ok(gpu_plan_check(gpu, plan, "advice"));
    assert_ok(gpu_plan_add(plan, "rows", 1));
    assert_int_equal(gpu_plan_bytes(plan), 256);
    assert_ok(gpu_plan_add(plan, "planes", 90 << 20));
    assert_ok(gpu_plan_check(gpu, plan, "advice"));
    for (int i = 0; i < 20; i++)
        assert_ok(gpu_plan_add(plan, "tables", 10 << 20));
    assert_fails(gpu_plan_check(gpu, plan, "take fewer planes"), BASE_ERROR_DEVICE_MEMORY,
                 "take fewer planes");
    assert_non_null(strstr(base_message(), "planes 90.0 MiB, tables 10.0 MiB"));
    assert_non_null(strstr(base_message(), "needs 290.0 MiB"));
    gpu_plan_destroy(&plan);
    gpu_plan_destroy(&plan);
    assert_ok(gpu_plan_create(&plan));
    assert_ok(gpu_plan_add(plan, "one", 101 << 20));
    assert_fails(gpu_plan_check(gpu, plan, "advice"), BASE_ERROR_DEVICE_MEMORY,
                 "one allocation at most 100.0 MiB): too much for one allocation is \"one\" with 101.0 MiB");
    gpu_plan_destroy(&plan);
    /* Several buffers may be more together than one allocation. */
    assert_ok(gpu_plan_create(&plan));
    assert_ok(gpu_plan_add_several(plan, "some", 200 << 20, 50 << 20));
    assert_ok(gpu_plan_check(gpu, plan, "advice"));
    gpu_plan_destroy(&plan);
    assert_ok(gpu_plan_create(&plan));
    assert_ok(gpu_plan_add(plan, "all", UINT64_MAX - 5));
    assert_ok(gpu_plan_add(plan, "more", UINT64_MAX / 2));
    assert_fails(gpu_plan_check(gpu, plan, "advice"), BASE_ERROR_DEVICE_MEMORY, "all");
    gpu_plan_destroy(&plan);
    gpu_close(&gpu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_named),
        cmocka_unit_test(a_wrong_name_is_refused),
        cmocka_unit_test(a_cpu_device_is_never_a_silent_default_of_benchmarks),
        cmocka_unit_test(no_device_at_all),
        cmocka_unit_test(the_list_can_be_opened),
        cmocka_unit_test(every_key_forces_down_and_never_up),
        cmocka_unit_test(the_help_names_the_keys_that_are_tested),
        cmocka_unit_test(limits_are_read_as_a_list),
        cmocka_unit_test(limits_hold_on_the_device),
        cmocka_unit_test(a_device_that_cannot_draw_computes),
        cmocka_unit_test(a_plan_that_does_not_fit_says_why),
    };
    if (!test_gpu_exists())
        return 77;
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
