/* Switches that only tests use, to prove that the checks of this room can fail. All zero in a running
 * program. */
#ifndef ARCLIGHT_GPU_TESTING_H
#define ARCLIGHT_GPU_TESTING_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gpu_testing_switches {
    bool no_counters; /* submissions do not write their completion counter, as if the driver had dropped them
                       */
    bool no_barriers; /* the derived barriers are left out */
    bool silent;      /* validation messages are counted and not printed */
    /* Called whenever the Vulkan functions have been (re)loaded, so that a test can put itself between. */
    void (*functions_loaded)(void);
};

extern struct gpu_testing_switches gpu_testing;

#ifdef __cplusplus
}
#endif
#endif
