#include "data/activations.h"

#include "base/memory.h"
#include "io/tensor.h"

enum base_status data_read_labels(const struct data_activations *activations, const char *argument,
                                  int64_t **labels)
{
    enum base_status status;
    char *path = NULL, *name = NULL;
    struct io_file *file = NULL;
    const struct io_tensor *tensor;
    const uint64_t rows = data_rows(activations), all = data_all_rows(activations);
    *labels = NULL;
    BASE_CHECK(io_split_name(argument, &path, &name));
    BASE_CHECK(io_open(path, &file));
    BASE_CHECK(io_find(file, name, 1, &tensor));
    if (tensor->shape[0] != all)
        BASE_CHECK(base_fail(BASE_ERROR_INPUT,
                             "%s: %llu labels for %llu rows of activations; one a row is wanted", argument,
                             (unsigned long long)tensor->shape[0], (unsigned long long)all));
    BASE_CHECK(base_allocate(labels, rows, sizeof **labels, "the labels"));
    BASE_CHECK(io_read_integers(file, tensor, data_first_row(activations), rows, *labels));
error:
    if (status != BASE_OK) {
        base_free(*labels);
        *labels = NULL;
    }
    io_close(&file);
    base_free(path);
    base_free(name);
    return status;
}
