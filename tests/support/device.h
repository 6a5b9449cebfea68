/* The device that tests run on. ARCLIGHT_DEVICE and ARCLIGHT_LIMITS choose it, as for the program.
 *
 *   int main(void)
 *   {
 *       …
 *       return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
 *   } */
#ifndef ARCLIGHT_TEST_DEVICE_H
#define ARCLIGHT_TEST_DEVICE_H

#include "gpu/gpu.h"

/* One device for the whole test program, opened at the first call and closed by test_gpu_finish. Without a
 * Vulkan device the program says so and ends with 77 (skipped); a device that cannot be opened ends it
 * with 1. */
struct gpu *test_gpu(void);

/* A device of its own with `limits` (may be NULL) before those of ARCLIGHT_LIMITS; closed by the caller. Ends
 * the program as test_gpu does. */
struct gpu *test_gpu_open(const char *limits);

/* Closes a device (the one of test_gpu too). 0, or 1 when validation has had anything to say: what a group's
 * teardown returns. */
int test_gpu_close(struct gpu **gpu);

/* Closes the device of test_gpu; `failed` (the number of failed tests) is the result, or 1 when validation
 * has had anything to say: what main returns. */
int test_gpu_finish(int failed);

/* True when there is a Vulkan device. Otherwise says so on standard error: main then returns 77 (skipped). */
bool test_gpu_exists(void);

/* True under validation inside kernels (GPU-AV), where a pipeline takes seconds to build: tests keep to what
 * reaches each line of a shader, and leave the other combinations of constants to other runs. */
bool test_gpu_is_instrumented(void);

#endif
