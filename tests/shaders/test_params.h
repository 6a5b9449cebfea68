/* Parameter structs of the kernels that only tests have (room "test"). */
#ifndef ARCLIGHT_TEST_PARAMS_H
#define ARCLIGHT_TEST_PARAMS_H
#include "common/types.h"

/* visits[g] grows by one for each invocation of group g < groups. */
struct test_visit_params {
    uint groups;
};

/* destination[i] = source[count - 1 - i] * factor + addend, for i < count. */
struct test_mirror_params {
    uint count;
    uint factor;
    uint addend;
};

/* data[i] = data[i] * factor + addend, for i < count. */
struct test_in_place_params {
    uint count;
    uint factor;
    uint addend;
};

/* results[g] = seed + g scrambled `steps` times, by each group g < groups: work of a length to choose. */
struct test_spin_params {
    uint groups;
    uint steps;
    uint seed;
};

/* Each group reverses its run of data through shared memory. */
struct test_race_params {
    uint count;
    uint with_barrier; /* 0: the barrier between write and read is missing */
};

/* data[i + shift] = i for i < count. */
struct test_outside_params {
    uint count;
    uint shift;
};

/* Instance k is the rectangle from (x, y) = rectangles[2k] to rectangles[2k + 1] in pixels of a width x
 * height image, in colours[k] with this alpha. */
struct test_rectangles_params {
    uint width;
    uint height;
    float alpha;
};
#endif
