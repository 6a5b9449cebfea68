#include "live/kernels.h"

#include "live/params.h"

#define GPU_ROOM live
#define GPU_ROWS "live/kernels.def"
#include "gpu/define_kernels.h"
