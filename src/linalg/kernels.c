#include "linalg/kernels.h"

#include "linalg/params.h"

#define GPU_ROOM linalg
#define GPU_ROWS "linalg/kernels.def"
#include "gpu/define_kernels.h"
