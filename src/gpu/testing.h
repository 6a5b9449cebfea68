/* Switches that only tests use, to prove that the checks of this room can fail. All zero in a running
 * program. */
#ifndef ARCLIGHT_GPU_TESTING_H
#define ARCLIGHT_GPU_TESTING_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the next attempt to have a window's image meets, once. */
enum gpu_testing_fault {
    GPU_FAULT_NONE,
    GPU_FAULT_NOT_READY,
    GPU_FAULT_OUT_OF_DATE,
    GPU_FAULT_SUBOPTIMAL, /* an image all the same */
    GPU_FAULT_SURFACE_LOST,
    GPU_FAULT_DEVICE_LOST,
};

struct gpu_testing_switches {
    bool no_counters; /* submissions do not write their completion counter, as if the driver had dropped them
                       */
    bool no_barriers; /* the derived barriers are left out */
    bool silent;      /* validation messages are counted and not printed */
    enum gpu_testing_fault next_acquire;
    bool no_pixels; /* surfaces say 0 x 0, as those of minimised windows do on some systems */
    /* Called whenever the Vulkan functions have been (re)loaded, so that a test can put itself between. */
    void (*functions_loaded)(void);
};

extern struct gpu_testing_switches gpu_testing;

#ifdef __cplusplus
}
#endif
#endif
