#include "fuzz.h"

#include "base/log.h"
#include "data/inspect.h"
#include "io/tensor.h"

#include <jansson.h>

enum { MAX_VALUES = 1 << 16, MAX_TENSORS = 8 };

static void use_tensor(struct io_file *file, const struct io_tensor *tensor)
{
    static float values[MAX_VALUES];
    static int64_t integers[MAX_VALUES];
    const struct io_tensor *found;
    uint64_t rows = tensor->rank ? tensor->shape[0] : 1;
    (void)io_find(file, tensor->name, tensor->rank, &found);
    if (tensor->dtype == IO_UNREADABLE || tensor->elements == 0 || tensor->elements / rows > MAX_VALUES / 2)
        return;
    uint64_t columns = tensor->elements / rows;
    uint64_t some = rows * columns <= MAX_VALUES ? rows : MAX_VALUES / columns;
    (void)io_read_rows(file, tensor, rows - 1, 1, values);
    (void)io_read_rows(file, tensor, 0, some, values);
    (void)io_read_rows(file, tensor, rows / 2, 1, values);
    (void)io_read_integers(file, tensor, rows - some, some, integers);
    if (tensor->rank == 3 && tensor->shape[1] > 1)
        (void)io_read_step_rows(file, tensor, rows - 1, 1, tensor->shape[1] - 1, values);
}

void fuzz_use_file(const char *path)
{
    struct io_file *file;
    const struct io_tensor *found;
    struct json_t *description;
    base_log_set_level(BASE_LOG_QUIET);
    if (io_open(path, &file) != BASE_OK)
        return;
    (void)io_find(file, NULL, 2, &found);
    for (uint64_t i = 0; i < io_tensor_count(file) && i < MAX_TENSORS; i++)
        use_tensor(file, io_tensor_at(file, i));
    uint64_t tensors = io_tensor_count(file);
    io_close(&file);
    if (tensors <= MAX_TENSORS &&
        data_inspect_json(path, &(struct data_check_rows){0}, &description) == BASE_OK)
        json_decref(description);
}
