#include "live/passes.h"

#include "base/memory.h"
#include "base/platform.h"

#include <string.h>

static bool makes_pictures(const char *kernel)
{
    static const char *const rooms[] = {"view_", "live_", "srm_"};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        if (strncmp(kernel, rooms[i], strlen(rooms[i])) == 0)
            return true;
    return false;
}

static uint64_t ns_before(const struct live_passes *passes, const char *kernel)
{
    for (uint32_t i = 0; i < passes->n_before; i++)
        if (strcmp(passes->before[i].kernel, kernel) == 0)
            return passes->before[i].ns;
    return 0;
}

/* Puts a kernel where it belongs among the greatest; the last one falls out when there are too many. */
static void insert(struct live_passes *passes, const char *kernel, double ns)
{
    uint32_t at = passes->n;
    while (at > 0 && passes->greatest[at - 1].ns < ns)
        at--;
    if (at == LIVE_PASSES)
        return;
    passes->n += passes->n < LIVE_PASSES;
    for (uint32_t i = passes->n - 1; i > at; i--)
        passes->greatest[i] = passes->greatest[i - 1];
    passes->greatest[at].kernel = kernel;
    passes->greatest[at].ns = ns;
}

enum base_status live_passes_take(struct live_passes *passes, struct gpu *gpu, uint64_t frames)
{
    static const uint64_t apart_ns = 500000000;
    const uint64_t now = base_clock_ns();
    struct gpu_timing *timings = NULL;
    uint32_t count = 0;
    if (frames == passes->frames || (passes->taken_ns > 0 && now - passes->taken_ns < apart_ns))
        return BASE_OK;
    BASE_TRY(gpu_timings_so_far(gpu, &timings, &count));
    passes->n = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t before = ns_before(passes, timings[i].kernel);
        if (makes_pictures(timings[i].kernel) && timings[i].ns > before)
            insert(passes, timings[i].kernel,
                   (double)(timings[i].ns - before) / (double)(frames - passes->frames));
    }
    passes->n_before = (uint32_t)base_minimum(count, LIVE_PASSES_MOST_KERNELS);
    for (uint32_t i = 0; i < passes->n_before; i++)
        passes->before[i] = timings[i];
    base_free(timings);
    passes->taken_ns = now;
    passes->frames = frames;
    return BASE_OK;
}
