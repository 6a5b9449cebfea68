/* The kernels that only tests have. */
#ifndef ARCLIGHT_TEST_KERNELS_H
#define ARCLIGHT_TEST_KERNELS_H
#define GPU_ROOM test
#define GPU_ROWS "support/kernels.def"
#include "gpu/declare_kernels.h"
#endif
