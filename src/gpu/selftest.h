/* The self-test of one kernel: what `arclight selftest` runs on the user's own device. Each room above gpu/
 * that has kernels exports a list of them, in its own header src/<room>/selftest.h:
 *
 *   extern const struct gpu_selftest linalg_selftests[];     ended by a row whose name is NULL */
#ifndef ARCLIGHT_GPU_SELFTEST_H
#define ARCLIGHT_GPU_SELFTEST_H

#include "base/status.h"
#include "gpu/kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

struct gpu;

struct gpu_selftest {
    const char *name;                /* of the kernel or of the property checked, e.g. "linalg_transpose" */
    const struct gpu_kernel *kernel; /* its levels are run one by one; NULL: run once, with GPU_LEVEL_FLOOR */
    /* Runs a small case at this level and compares with a reference made on the CPU; takes well under a
     * second on a CPU device. A result that differs is BASE_ERROR_NUMERIC with a message that says where and
     * by how much; anything else that goes wrong keeps its own status. Leaves nothing allocated. */
    enum base_status (*run)(struct gpu *gpu, enum gpu_level level);
};

#ifdef __cplusplus
}
#endif
#endif
