#include "outside/kernels.h"

#include "outside/params.h"

#define GPU_ROOM outside
#define GPU_ROWS "outside/kernels.def"
#include "gpu/define_kernels.h"
