/* The kernels of linalg/. */
#ifndef ARCLIGHT_LINALG_KERNELS_H
#define ARCLIGHT_LINALG_KERNELS_H
#define GPU_ROOM linalg
#define GPU_ROWS "linalg/kernels.def"
#include "gpu/declare_kernels.h"
#endif
