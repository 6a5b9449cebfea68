#ifndef OUTSIDE_PARAMS_H
#define OUTSIDE_PARAMS_H
#include "common/types.h"

/* destination[i] = factor source[i] + destination[i] for i below count */
struct outside_multiply_add_params {
    uint count;
    float factor;
};
#endif
