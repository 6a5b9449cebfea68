#include "live/finder.h"

#include "base/memory.h"
#include "linalg/matrix.h"
#include "live/kernels.h"
#include "live/params.h"

#include <math.h>

struct live_finder {
    struct gpu *gpu;
    struct gpu_buffer *found; /* LIVE_FOUND_WORDS words */
    enum base_status status;
};

enum base_status live_finder_create(struct gpu *gpu, struct live_finder **out)
{
    struct live_finder *finder = NULL;
    *out = NULL;
    enum base_status status = base_allocate(&finder, 1, sizeof *finder, "a finder of points");
    if (status != BASE_OK)
        return status;
    finder->gpu = gpu;
    BASE_CHECK(gpu_buffer_create(gpu, "point found", LIVE_FOUND_WORDS * 4, GPU_DEVICE, &finder->found));
    BASE_CHECK(gpu_fill(gpu, finder->found, 0, LIVE_FOUND_WORDS * 4, 0xffffffff));
    *out = finder;
    return BASE_OK;
error:
    live_finder_destroy(&finder);
    return status;
}

void live_finder_destroy(struct live_finder **finder)
{
    if (!*finder)
        return;
    gpu_buffer_destroy((*finder)->gpu, &(*finder)->found);
    base_free(*finder);
    *finder = NULL;
}

static uint32_t workgroup_of(const struct live_finder *finder)
{
    return linalg_group_size(finder->gpu, 256);
}

enum base_status live_finder_prepare(struct live_finder *finder)
{
    const uint32_t constants[] = {workgroup_of(finder)};
    return gpu_prepare(finder->gpu, &live_nearest_point_kernel, GPU_LEVEL_FLOOR, constants, 1);
}

void live_finder_ask(struct live_finder *finder, const struct view_frame *frame,
                     const struct view_values *points, double x, double y, uint32_t question)
{
    const struct live_nearest_point_params params = {
        .n = points->count / 2,
        .x = (float)x,
        .y = (float)y,
        .scale_x = (float)(frame->plot.width / (frame->x.high - frame->x.low)),
        .scale_y = (float)(frame->plot.height / (frame->y.high - frame->y.low)),
        .question = question,
    };
    if (finder->status != BASE_OK || !points->buffer)
        return;
    finder->status = gpu_dispatch(
        finder->gpu, &(struct gpu_dispatch_parameters){
                         .kernel = &live_nearest_point_kernel,
                         .constants = {workgroup_of(finder)},
                         .n_constants = 1,
                         .params = &params,
                         .ranges = (struct gpu_range[]){gpu_whole(points->buffer), gpu_whole(finder->found)},
                         .n_groups = 1,
                     });
}

bool live_finder_answer(struct live_finder *finder, struct live_probe *probe, struct live_found *found)
{
    const struct view_values words = {
        .buffer = finder->found, .count = LIVE_FOUND_WORDS, .number = VIEW_U32, .scale = 1};
    struct view_values square = words;
    square.number = VIEW_F32;
    struct live_answer index = live_probe_ask(probe, &words, LIVE_FOUND_INDEX);
    struct live_answer apart = live_probe_ask(probe, &square, LIVE_FOUND_SQUARE);
    struct live_answer question = live_probe_ask(probe, &words, LIVE_FOUND_QUESTION);
    if (!index.known || !apart.known || !question.known || index.raw >= LIVE_FOUND_NONE)
        return false;
    *found = (struct live_found){
        .question = (uint32_t)question.raw, .index = (uint32_t)index.raw, .distance = sqrt(apart.raw)};
    return true;
}

enum base_status live_finder_status(const struct live_finder *finder)
{
    return finder->status;
}
