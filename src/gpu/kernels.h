/* The kernels of gpu/. */
#ifndef ARCLIGHT_GPU_KERNELS_H
#define ARCLIGHT_GPU_KERNELS_H
#define GPU_ROOM gpu
#define GPU_ROWS "gpu/kernels.def"
#include "gpu/declare_kernels.h"
#endif
