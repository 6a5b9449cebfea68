#include "view/kernels.h"

#include "view/params.h"

#define GPU_ROOM view
#define GPU_ROWS "view/kernels.def"
#include "gpu/define_kernels.h"
