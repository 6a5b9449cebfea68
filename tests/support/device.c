#include "support/device.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

static struct gpu *shared;

bool test_gpu_exists(void)
{
    struct gpu_device_information *list;
    uint32_t count = 0;
    enum base_status status = gpu_list(&list, &count);
    base_free(list);
    if (status == BASE_OK && count > 0)
        return true;
    fprintf(stderr, "SKIPPED: no Vulkan device here%s%s\n", status != BASE_OK ? ": " : "",
            status != BASE_OK ? base_message() : "");
    return false;
}

struct gpu *test_gpu_open(const char *limits)
{
    const char *forced = getenv("ARCLIGHT_LIMITS");
    const char *named = getenv("ARCLIGHT_DEVICE");
    char both[1024];
    struct gpu *gpu;
    if (!test_gpu_exists())
        exit(77);
    snprintf(both, sizeof both, "%s,%s", limits ? limits : "", forced ? forced : "");
    const struct gpu_open_parameters parameters = {.device = named && named[0] ? named : NULL,
                                                   .limits = both[0] == ',' ? both + 1 : both,
                                                   .quiet = true,
                                                   .no_pipeline_cache = true};
    if (gpu_open(&parameters, &gpu) != BASE_OK) {
        fprintf(stderr, "the test device does not open: %s\n", base_message());
        exit(1);
    }
    return gpu;
}

struct gpu *test_gpu(void)
{
    if (!shared)
        shared = test_gpu_open(NULL);
    return shared;
}

int test_gpu_close(struct gpu **gpu)
{
    if (*gpu == shared)
        shared = NULL;
    gpu_close(gpu);
    if (gpu_validation_messages() == 0)
        return 0;
    fprintf(stderr, "validation had %llu messages\n", (unsigned long long)gpu_validation_messages());
    return 1;
}

int test_gpu_finish(int failed)
{
    struct gpu *gpu = shared;
    int spoke = test_gpu_close(&gpu);
    return failed ? failed : spoke;
}

bool test_gpu_is_instrumented(void)
{
    return getenv("VK_LAYER_GPUAV_ENABLE") != NULL;
}
