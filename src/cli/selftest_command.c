/* `arclight selftest`: every kernel against its reference, level by level, on the user's own devices. */
#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/rooms.h"
#include "cli/values.h"
#include "gpu/gpu.h"
#include "io/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct outcome {
    uint32_t passed, failed, untested;
    bool level_failed[GPU_LEVELS];
    json_t *cases; /* NULL unless JSON is wanted */
};

static void report_case(const struct cli_values *values, struct outcome *outcome, const char *name,
                        enum gpu_level level, enum base_status status, uint64_t ns)
{
    bool passed = status == BASE_OK;
    if (passed)
        outcome->passed++;
    else
        outcome->failed++;
    if (!passed)
        outcome->level_failed[level] = true;
    if (outcome->cases) {
        json_array_append_new(outcome->cases, json_pack("{s:s, s:s, s:b, s:f, s:o}", "name", name, "level",
                                                        gpu_level_name(level), "passed", passed,
                                                        "milliseconds", (double)ns * 1e-6, "message",
                                                        passed ? json_null() : io_json_text(base_message())));
        return;
    }
    if (!passed)
        cli_print("   %sFAILED%s  %-32s %-6s %s\n", cli_style(1, CLI_BAD), cli_style(1, CLI_PLAIN), name,
                  gpu_level_name(level), base_message());
    else if (cli_flag(values, "verbose"))
        cli_print("   %spassed%s  %-32s %-6s %.1f ms\n", cli_style(1, CLI_GOOD), cli_style(1, CLI_PLAIN),
                  name, gpu_level_name(level), (double)ns * 1e-6);
}

/* BASE_OK when the case ran, whatever it found; otherwise the device can do no more, or the user has had
 * enough. */
static enum base_status run_case(const struct cli_values *values, struct gpu *gpu,
                                 const struct gpu_selftest *test, enum gpu_level level,
                                 struct outcome *outcome)
{
    if (base_interrupted())
        return BASE_INTERRUPTED;
    base_log_progress("%s, level %s", test->name, gpu_level_name(level));
    uint64_t begin = base_clock_ns();
    enum base_status status = test->run(gpu, level);
    base_log_progress("%s", "");
    report_case(values, outcome, test->name, level, status, base_clock_ns() - begin);
    return status == BASE_ERROR_DEVICE_LOST || status == BASE_INTERRUPTED ? status : BASE_OK;
}

static bool has_selftest(const struct cli_room *room, const struct gpu_kernel *kernel)
{
    for (const struct gpu_selftest *test = room->selftests; test && test->name; test++)
        if (test->kernel == kernel)
            return true;
    return false;
}

static enum base_status run_room(const struct cli_values *values, struct gpu *gpu,
                                 const struct cli_room *room, struct outcome *outcome)
{
    for (const struct gpu_selftest *test = room->selftests; test && test->name; test++) {
        if (!test->kernel) {
            BASE_TRY(run_case(values, gpu, test, GPU_LEVEL_FLOOR, outcome));
            continue;
        }
        /* a draw's second module is its other stage */
        uint32_t n_levels = test->kernel->draw ? 1 : test->kernel->shader->n_modules;
        for (uint32_t i = 0; i < n_levels; i++) {
            enum gpu_level level = test->kernel->shader->modules[i].level;
            if (gpu_level_allowed(gpu, level))
                BASE_TRY(run_case(values, gpu, test, level, outcome));
        }
    }
    for (const struct gpu_kernel *const *kernel = room->kernels; *kernel; kernel++)
        outcome->untested += !has_selftest(room, *kernel);
    return BASE_OK;
}

/* The highest level such that it and all below passed: what a user may pass to --limits level=. */
static const char *best_passed_level(const struct gpu *gpu, const struct outcome *outcome)
{
    const char *best = NULL;
    for (int level = GPU_LEVEL_FLOOR; level < GPU_LEVELS; level++) {
        if (outcome->level_failed[level])
            break;
        if (gpu_level_allowed(gpu, (enum gpu_level)level))
            best = gpu_level_name((enum gpu_level)level);
    }
    return best;
}

static void print_verdict(const struct outcome *outcome, const char *level)
{
    if (outcome->failed == 0)
        cli_print("   %spassed%s  %u cases; kernels may run up to level %s\n", cli_style(1, CLI_GOOD),
                  cli_style(1, CLI_PLAIN), outcome->passed, level);
    else if (level)
        cli_print("   %u cases passed, %u failed; use this device with --limits level=%s\n", outcome->passed,
                  outcome->failed, level);
    else
        cli_print("   %u cases passed, %u failed; do not use this device: results would be wrong\n",
                  outcome->passed, outcome->failed);
    if (outcome->untested > 0)
        cli_print("   %u kernels have no self-test of their own; the test suite covers them\n",
                  outcome->untested);
}

/* Tests one open device and closes it; *failed counts the cases that failed. */
static enum base_status test_device(const struct cli_values *values, struct gpu **gpu, json_t *devices,
                                    uint32_t *failed)
{
    const struct gpu_device_information *device = gpu_information(*gpu);
    struct outcome outcome = {.cases = devices ? json_array() : NULL};
    if (!devices)
        cli_print("%s%u  %s%s, %s\n", cli_style(1, CLI_BOLD), device->index, device->name,
                  cli_style(1, CLI_PLAIN), device->driver);
    enum base_status status = BASE_OK;
    for (const struct cli_room *room = cli_rooms; room->name && status == BASE_OK; room++)
        status = run_room(values, *gpu, room, &outcome);
    const char *level = status == BASE_OK ? best_passed_level(*gpu, &outcome) : NULL;
    *failed += outcome.failed;
    if (devices)
        json_array_append_new(
            devices, json_pack("{s:I, s:o, s:o, s:i, s:i, s:s?, s:o}", "index", (json_int_t)device->index,
                               "name", io_json_text(device->name), "driver", io_json_text(device->driver),
                               "passed", (int)outcome.passed, "failed", (int)outcome.failed, "level", level,
                               "cases", outcome.cases));
    else if (status == BASE_OK)
        print_verdict(&outcome, level);
    gpu_close(gpu);
    return status;
}

/* A device of several that cannot be opened counts as a failure and does not keep the others from being
 * tested. */
static enum base_status test_every_device(const struct cli_values *values, json_t *devices, uint32_t *failed)
{
    struct gpu_device_information *list = NULL;
    uint32_t count = 0;
    BASE_TRY(gpu_list(&list, &count));
    enum base_status status = BASE_OK;
    if (count == 0)
        status = base_fail(BASE_ERROR_NO_DEVICE, "no Vulkan device; install a driver, e.g. the package "
                                                 "mesa-vulkan-drivers, which has one for the CPU too");
    for (uint32_t i = 0; i < count && status != BASE_INTERRUPTED; i++) {
        char number[16];
        snprintf(number, sizeof number, "%" PRIu32, list[i].index);
        struct gpu_open_parameters parameters = {
            .device = number, .limits = cli_text(values, "limits"), .quiet = true};
        struct gpu *gpu = NULL;
        status = gpu_open(&parameters, &gpu);
        if (status == BASE_OK)
            status = test_device(values, &gpu, devices, failed);
        if (status != BASE_OK && status != BASE_INTERRUPTED) {
            base_log(BASE_LOG_QUIET, "%s: %s", list[i].name, base_message());
            (*failed)++;
        }
    }
    base_free(list);
    return count == 0 || status == BASE_INTERRUPTED ? status : BASE_OK;
}

enum base_status cli_run_selftest(const struct cli_values *values)
{
    const char *device = cli_text(values, "device");
    json_t *devices = cli_flag(values, "json") ? json_array() : NULL;
    uint32_t failed = 0;
    enum base_status status;
    if (device && strcmp(device, "all") == 0) {
        status = test_every_device(values, devices, &failed);
    } else {
        struct gpu *gpu = NULL;
        status = cli_open_gpu(values, false, &gpu);
        if (status == BASE_OK)
            status = test_device(values, &gpu, devices, &failed);
    }
    if (devices && status == BASE_OK)
        status = cli_print_json(json_pack("{s:s, s:O}", "schema", "arclight.selftest/1", "devices", devices));
    json_decref(devices);
    if (status == BASE_OK && failed > 0)
        status =
            base_fail(BASE_ERROR_NO_DEVICE,
                      "the self-test failed (%u failures, listed above); update the driver, choose another "
                      "device with --device, or force a lower level with --limits",
                      failed);
    return status;
}
