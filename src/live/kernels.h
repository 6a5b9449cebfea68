/* The kernels of live/. */
#ifndef ARCLIGHT_LIVE_KERNELS_H
#define ARCLIGHT_LIVE_KERNELS_H
#define GPU_ROOM live
#define GPU_ROWS "live/kernels.def"
#include "gpu/declare_kernels.h"
#endif
