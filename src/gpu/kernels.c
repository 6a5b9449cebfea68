#include "gpu/kernels.h"

#include "gpu/params.h"

#define GPU_ROOM gpu
#define GPU_ROWS "gpu/kernels.def"
#include "gpu/define_kernels.h"
