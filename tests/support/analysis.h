/* Whole analyses for tests: rows into a file, an analysis of it, counts.npy read back. */
#ifndef ARCLIGHT_TEST_ANALYSIS_H
#define ARCLIGHT_TEST_ANALYSIS_H

#include "srm/analysis.h"

/* rows[n, width] as an .npy of that name in the test's folder, opened. data_close when done. */
struct data_activations *test_activations(const char *name, const float *rows, uint64_t n, uint32_t width);

/* Rows [from, to) (to 0: all) of FILE or FILE:TENSOR, opened. */
struct data_activations *test_open(const char *argument, uint64_t from, uint64_t to);

/* What the program would take without options, but no control: standard basis, automatic epsilon, 360 angles,
 * all planes. */
struct srm_parameters test_parameters(struct data_activations *activations);

/* srm_analyse, which must succeed. */
struct srm_result test_analyse(struct gpu *gpu, const struct srm_parameters *parameters);

/* An empty folder of that name in the test's folder. */
const char *test_folder_named(const char *name);

/* FOLDER/counts.npy, whose shape must be [epsilons, curves, angles]; freed with base_free. */
uint32_t *test_read_counts(const char *folder, uint32_t epsilons, uint64_t curves, uint32_t angles);

/* `path`, or NULL, said aloud, when there is no such file. */
const char *test_readable(const char *path);
#define test_shared_data(name) test_readable(ARCLIGHT_SOURCE_FOLDER "/../shared/data/" name)

#endif
