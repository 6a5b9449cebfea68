#include "cli/rooms.h"

#include "gpu/benchmarks.h"
#include "gpu/kernels.h"
#include "linalg/benchmarks.h"
#include "linalg/kernels.h"
#include "linalg/selftest.h"
#include "live/benchmarks.h"
#include "live/kernels.h"
#include "sae/benchmarks.h"
#include "sae/kernels.h"
#include "sae/selftest.h"
#include "srm/benchmarks.h"
#include "srm/kernels.h"
#include "srm/selftest.h"
#include "view/kernels.h"
#include "view/selftest.h"

#include <stddef.h>

const struct cli_room cli_rooms[] = {
    {"gpu", gpu_kernels, gpu_selftests, gpu_benchmarks},
    {"linalg", linalg_kernels, linalg_selftests, linalg_benchmarks},
    {"srm", srm_kernels, srm_selftests, srm_benchmarks},
    {"sae", sae_kernels, sae_selftests, sae_benchmarks},
    {"view", view_kernels, view_selftests, NULL},
    {"live", live_kernels, NULL, live_benchmarks},
    {NULL, NULL, NULL, NULL},
};
