#include "data/positions.h"

#include "base/memory.h"
#include "io/tensor.h"

struct data_positions {
    const char *what;
    struct io_file *file;
    const struct io_tensor *tensor;
    uint64_t first; /* the tensor's element of row 0 */
    int64_t *numbers;
    uint64_t *contexts;
    uint64_t room;
    uint64_t context; /* of the row before */
    int64_t position; /* of the row before */
};

static enum base_status open_file(const struct data_activations *activations, const char *argument,
                                  struct data_positions *positions)
{
    enum base_status status;
    char *path = NULL, *name = NULL;
    const uint64_t rows = data_all_rows(activations);
    BASE_CHECK(io_split_name(argument, &path, &name));
    BASE_CHECK(io_open(path, &positions->file));
    BASE_CHECK(io_find(positions->file, name, 1, &positions->tensor));
    if (!io_dtype_is_integer(positions->tensor->dtype))
        status = base_fail(BASE_ERROR_INPUT, "%s: %s holds %s; whole numbers are wanted", positions->what,
                           argument, positions->tensor->dtype_name);
    else if (positions->tensor->elements != rows)
        status = base_fail(BASE_ERROR_INPUT,
                           "%s: %s has %llu numbers for %llu rows of activations; one a row is wanted",
                           positions->what, argument, (unsigned long long)positions->tensor->elements,
                           (unsigned long long)rows);
error:
    base_free(path);
    base_free(name);
    return status;
}

enum base_status data_positions_open(const struct data_activations *activations, const char *what,
                                     const char *argument, struct data_positions **out)
{
    struct data_positions *positions;
    BASE_TRY(base_allocate(&positions, 1, sizeof *positions, argument));
    positions->what = what;
    positions->first = data_first_row(activations);
    enum base_status status = open_file(activations, argument, positions);
    if (status != BASE_OK)
        data_positions_close(&positions);
    *out = positions;
    return status;
}

void data_positions_close(struct data_positions **positions)
{
    if (!*positions)
        return;
    io_close(&(*positions)->file);
    base_free((*positions)->numbers);
    base_free((*positions)->contexts);
    base_free(*positions);
    *positions = NULL;
}

static enum base_status make_room(struct data_positions *positions, uint64_t count)
{
    if (count <= positions->room)
        return BASE_OK;
    base_free(positions->numbers);
    base_free(positions->contexts);
    positions->numbers = NULL;
    positions->contexts = NULL;
    positions->room = 0;
    BASE_TRY(base_allocate(&positions->numbers, (size_t)count, sizeof(int64_t), positions->what));
    BASE_TRY(base_allocate(&positions->contexts, (size_t)count, sizeof(uint64_t), positions->what));
    positions->room = count;
    return BASE_OK;
}

enum base_status data_positions_read(struct data_positions *positions, uint64_t from, uint64_t count,
                                     const int64_t **numbers)
{
    BASE_TRY(make_room(positions, count));
    *numbers = positions->numbers;
    return count == 0 ? BASE_OK
                      : io_read_integers(positions->file, positions->tensor, positions->first + from, count,
                                         positions->numbers);
}

enum base_status data_positions_contexts(struct data_positions *positions, uint64_t from, uint64_t count,
                                         const uint64_t **contexts)
{
    const int64_t *numbers;
    BASE_TRY(data_positions_read(positions, from, count, &numbers));
    if (from == 0)
        positions->context = 0;
    for (uint64_t r = 0; r < count; r++) {
        bool follows = from + r > 0 && (uint64_t)numbers[r] == (uint64_t)positions->position + 1;
        positions->context += from + r > 0 && !follows;
        positions->position = numbers[r];
        positions->contexts[r] = positions->context;
    }
    *contexts = positions->contexts;
    return BASE_OK;
}
