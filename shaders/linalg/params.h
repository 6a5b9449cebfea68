/* Parameter structs of linalg/ kernels. */
#ifndef ARCLIGHT_LINALG_PARAMS_H
#define ARCLIGHT_LINALG_PARAMS_H
#include "common/types.h"

/* destination[c * destination_stride + r] = source[r * source_stride + c], strides in elements. */
struct linalg_transpose_params {
    uint rows;
    uint cols;
    uint source_stride;
    uint destination_stride;
};
#endif
