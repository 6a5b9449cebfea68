/* Every kernel there is: the lists of all rooms, for tests that look at each. */
#ifndef ARCLIGHT_TEST_ROOMS_H
#define ARCLIGHT_TEST_ROOMS_H

#include "gpu/kernel.h"

/* Each a list ended by NULL; ended by NULL. */
extern const struct gpu_kernel *const *const test_rooms[];

#endif
