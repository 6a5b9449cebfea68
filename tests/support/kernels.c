#include "support/kernels.h"

#include "test_params.h"

#define GPU_ROOM test
#define GPU_ROWS "support/kernels.def"
#include "gpu/define_kernels.h"
