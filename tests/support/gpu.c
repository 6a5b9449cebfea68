#include "support/gpu.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

static struct gpu *shared;

static void skip_without_device(void)
{
    struct gpu_device_information *list;
    uint32_t count = 0;
    enum base_status status = gpu_list(&list, &count);
    base_free(list);
    if (status == BASE_OK && count > 0)
        return;
    fprintf(stderr, "SKIPPED: no Vulkan device here%s%s\n", status != BASE_OK ? ": " : "",
            status != BASE_OK ? base_message() : "");
    exit(77);
}

struct gpu *test_gpu_open(const char *limits)
{
    const char *forced = getenv("ARCLIGHT_LIMITS");
    const char *named = getenv("ARCLIGHT_DEVICE");
    char both[1024];
    struct gpu *gpu;
    skip_without_device();
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

int test_gpu_finish(int failed)
{
    gpu_close(&shared);
    if (gpu_validation_messages() == 0)
        return failed;
    fprintf(stderr, "validation had %llu messages\n", (unsigned long long)gpu_validation_messages());
    return failed ? failed : 1;
}
