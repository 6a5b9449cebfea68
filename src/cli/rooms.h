/* The rooms that have kernels: where devices, selftest and bench find them. */
#ifndef ARCLIGHT_CLI_ROOMS_H
#define ARCLIGHT_CLI_ROOMS_H

#include "gpu/benchmark.h"
#include "gpu/kernel.h"
#include "gpu/selftest.h"

struct cli_room {
    const char *name;
    const struct gpu_kernel *const *kernels; /* ended by NULL */
    const struct gpu_selftest *selftests;    /* ended by a NULL name; NULL: none */
    const struct gpu_benchmark *benchmarks;  /* ended by a NULL name; NULL: none */
};

extern const struct cli_room cli_rooms[]; /* ended by a NULL name */

#endif
