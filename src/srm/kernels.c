#include "srm/kernels.h"

#include "srm/params.h"

#define GPU_ROOM srm
#define GPU_ROWS "srm/kernels.def"
#include "gpu/define_kernels.h"
