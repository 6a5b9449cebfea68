/* The kernels of sae/. */
#ifndef ARCLIGHT_SAE_KERNELS_H
#define ARCLIGHT_SAE_KERNELS_H
#define GPU_ROOM sae
#define GPU_ROWS "sae/kernels.def"
#include "gpu/declare_kernels.h"
#endif
