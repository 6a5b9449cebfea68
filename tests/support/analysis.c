#include "support/analysis.h"

#include "base/memory.h"
#include "base/platform.h"
#include "io/tensor.h"
#include "support/files.h"
#include "support/test.h"

#include <inttypes.h>
#include <unistd.h>

struct data_activations *test_open(const char *argument, uint64_t from, uint64_t to)
{
    struct data_activations *activations;
    assert_ok(data_open(
        &(struct data_open_parameters){
            .arguments = &argument, .n_arguments = 1, .rows_from = from, .rows_to = to, .step = UINT64_MAX},
        &activations));
    return activations;
}

struct data_activations *test_activations(const char *name, const float *rows, uint64_t n, uint32_t width)
{
    char shape[64];
    snprintf(shape, sizeof shape, "(%" PRIu64 ", %" PRIu32 ")", n, width);
    return test_open(test_npy(name, "<f4", 0, shape, rows, n * width * sizeof *rows), 0, 0);
}

struct srm_parameters test_parameters(struct data_activations *activations)
{
    return (struct srm_parameters){
        .activations = activations,
        .basis = "standard",
        .angles = 360,
        .planes = {.kind = SRM_PLANES_ALL},
        .most_count_bytes = UINT64_MAX,
    };
}

struct srm_result test_analyse(struct gpu *gpu, const struct srm_parameters *parameters)
{
    struct srm_result result;
    assert_ok(srm_analyse(gpu, parameters, &result));
    return result;
}

const char *test_folder_named(const char *name)
{
    const char *path = test_path(name);
    assert_ok(base_folder_make(path));
    return path;
}

uint32_t *test_read_counts(const char *folder, uint32_t epsilons, uint64_t curves, uint32_t angles)
{
    char *path = base_path_join(folder, "counts.npy");
    struct io_file *file;
    const struct io_tensor *tensor;
    int64_t *wide;
    uint32_t *counts;
    assert_non_null(path);
    assert_ok(io_open(path, &file));
    assert_ok(io_find(file, NULL, 3, &tensor));
    assert_int_equal(tensor->dtype, IO_U32);
    assert_int_equal(tensor->shape[0], epsilons);
    assert_int_equal(tensor->shape[1], curves);
    assert_int_equal(tensor->shape[2], angles);
    assert_ok(base_allocate(&wide, tensor->elements, sizeof *wide, "counts"));
    assert_ok(base_allocate(&counts, tensor->elements, sizeof *counts, "counts"));
    assert_ok(io_read_integers(file, tensor, 0, epsilons, wide));
    for (uint64_t c = 0; c < tensor->elements; c++)
        counts[c] = (uint32_t)wide[c];
    base_free(wide);
    base_free(path);
    io_close(&file);
    return counts;
}

const char *test_readable(const char *path)
{
    if (access(path, R_OK) == 0)
        return path;
    print_message("SKIPPED: %s is not here\n", path);
    return NULL;
}
