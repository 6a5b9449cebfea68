#include "support/rooms.h"

#include "gpu/kernels.h"
#include "linalg/kernels.h"
#include "live/kernels.h"
#include "sae/kernels.h"
#include "srm/kernels.h"
#include "support/kernels.h"
#include "view/kernels.h"

const struct gpu_kernel *const *const test_rooms[] = {gpu_kernels,  linalg_kernels, srm_kernels,  sae_kernels,
                                                      view_kernels, live_kernels,   test_kernels, NULL};
