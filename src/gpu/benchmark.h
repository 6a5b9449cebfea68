/* The benchmark of one kernel or one chain of kernels: what `arclight bench` times. Each room that has
 * kernels exports a list of them, in its own header src/<room>/benchmarks.h:
 *
 *   extern const struct gpu_benchmark linalg_benchmarks[];     ended by a row whose name is NULL
 *
 * The frame around it (src/cli/bench_command.c) warms up, repeats, takes median and spread, and compares with
 * the floor: the time the device needs for the same bytes at its copy bandwidth or for the same operations at
 * its multiply-add peak, whichever is longer. */
#ifndef ARCLIGHT_GPU_BENCHMARK_H
#define ARCLIGHT_GPU_BENCHMARK_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gpu;

/* What one run does, filled in by setup. */
struct gpu_benchmark_work {
    void *context;  /* the benchmark's own; released by teardown */
    uint64_t bytes; /* least traffic of one run between memory and the device's processors: each input read
                       once, each output written once */
    uint64_t operations; /* f32 additions and multiplications of one run; 0: memory alone is the floor */
    uint64_t items;      /* things one run works off, for the rate */
    const char *unit;    /* what an item is, plural: "rows", "(row, plane) tests" */
};

struct gpu_benchmark {
    const char *name; /* room and subject, words joined by '_': "linalg_matmul" */
    const char *help; /* one line: the case, with its shape */
    /* Makes buffers and inputs. On failure it has released everything itself. */
    enum base_status (*setup)(struct gpu *gpu, struct gpu_benchmark_work *work);
    /* Records one run; the frame submits, waits and times. Must do the same work every time. */
    enum base_status (*run)(struct gpu *gpu, struct gpu_benchmark_work *work);
    void (*teardown)(struct gpu *gpu, struct gpu_benchmark_work *work);
};

#ifdef __cplusplus
}
#endif
#endif
