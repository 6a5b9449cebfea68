/* A program outside Arclight's tree that runs a kernel of its own through the installed library. */
#include "base/status.h"
#include "gpu/gpu.h"
#include "outside/kernels.h"
#include "outside/params.h"

#include <stdio.h>

enum { COUNT = 100003, GROUP = 64 };

static float source[COUNT], destination[COUNT], result[COUNT];

static enum base_status run(struct gpu *gpu, struct gpu_buffer *from, struct gpu_buffer *to)
{
    BASE_TRY(gpu_upload(gpu, from, 0, source, sizeof source));
    BASE_TRY(gpu_upload(gpu, to, 0, destination, sizeof destination));
    struct outside_multiply_add_params params = {.count = COUNT, .factor = 0.5f};
    BASE_TRY(gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                   .kernel = &outside_multiply_add_kernel,
                                   .level = gpu_best_level(gpu, &outside_multiply_add_kernel),
                                   .constants = {GROUP},
                                   .n_constants = 1,
                                   .params = &params,
                                   .ranges = (struct gpu_range[]){gpu_whole(from), gpu_whole(to)},
                                   .n_groups = (COUNT + GROUP - 1) / GROUP,
                               }));
    return gpu_download(gpu, to, 0, result, sizeof result);
}

int main(void)
{
    struct gpu *gpu = NULL;
    struct gpu_buffer *from = NULL, *to = NULL;
    for (int i = 0; i < COUNT; i++) {
        /* Small integers: exact whether or not the device fuses the multiplication with the addition. */
        source[i] = (float)(i % 1000);
        destination[i] = (float)(i / 1000);
    }
    int wrong = 0;
    enum base_status status = gpu_open(&(struct gpu_open_parameters){.quiet = true}, &gpu);
    if (status == BASE_OK)
        status = gpu_buffer_create(gpu, "source", sizeof source, GPU_DEVICE, &from);
    if (status == BASE_OK)
        status = gpu_buffer_create(gpu, "destination", sizeof destination, GPU_DEVICE, &to);
    if (status == BASE_OK)
        status = run(gpu, from, to);
    if (status != BASE_OK)
        fprintf(stderr, "outside: %s\n", base_message());
    for (int i = 0; status == BASE_OK && i < COUNT; i++)
        wrong += result[i] != 0.5f * source[i] + destination[i];
    if (wrong)
        fprintf(stderr, "outside: %d of %d values are wrong\n", wrong, COUNT);
    if (gpu) {
        gpu_buffer_destroy(gpu, &from);
        gpu_buffer_destroy(gpu, &to);
        gpu_close(&gpu);
    }
    return status != BASE_OK ? (int)status : wrong != 0;
}
