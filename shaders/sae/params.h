/* Parameter structs of sae/ kernels. Strides and bases count elements of 4 bytes; a base is where the matrix
 * begins within the range that is bound. */
#ifndef ARCLIGHT_SAE_PARAMS_H
#define ARCLIGHT_SAE_PARAMS_H
#include "common/types.h"
#endif
