#ifndef OUTSIDE_KERNELS_H
#define OUTSIDE_KERNELS_H
#define GPU_ROOM outside
#define GPU_ROWS "outside/kernels.def"
#include "gpu/declare_kernels.h"
#endif
