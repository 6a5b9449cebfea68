/* The draws and kernels of view/. */
#ifndef ARCLIGHT_VIEW_KERNELS_H
#define ARCLIGHT_VIEW_KERNELS_H
#define GPU_ROOM view
#define GPU_ROWS "view/kernels.def"
#include "gpu/declare_kernels.h"
#endif
