/* The kernels of srm/. */
#ifndef ARCLIGHT_SRM_KERNELS_H
#define ARCLIGHT_SRM_KERNELS_H
#define GPU_ROOM srm
#define GPU_ROWS "srm/kernels.def"
#include "gpu/declare_kernels.h"
#endif
