#include "cli/rooms.h"

#include "gpu/benchmarks.h"
#include "gpu/kernels.h"
#include "linalg/kernels.h"

#include <stddef.h>

const struct cli_room cli_rooms[] = {
    {"gpu", gpu_kernels, gpu_selftests, gpu_benchmarks},
    {"linalg", linalg_kernels, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};
