#include "sae/kernels.h"

#include "sae/params.h"

#define GPU_ROOM sae
#define GPU_ROWS "sae/kernels.def"
#include "gpu/define_kernels.h"
