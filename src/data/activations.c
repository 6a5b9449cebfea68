#include "data/activations.h"

#include "base/attend.h"
#include "base/memory.h"
#include "base/platform.h"
#include "io/tensor.h"

#include <stdio.h>
#include <string.h>

struct shard {
    char *path;
    char *tensor; /* the name in the file, "" for a .npy */
    char *dtype;
    uint64_t index; /* of the tensor in the file */
    uint64_t first; /* the set's row that is this shard's first */
    uint64_t rows, bytes;
    int64_t modified;
};

/* One shard's file is open at a time, so that a set may have more shards than a process may have files. */
struct data_activations {
    struct shard *shards;
    uint32_t n_shards, room;
    uint32_t width;
    uint64_t step; /* UINT64_MAX: tensors are [rows, d] */
    uint64_t all_rows, from, to;
    struct io_file *open_file;
    uint32_t open_shard;
    struct data_activations **beside; /* further inputs, of as many rows; all above is the first one's own */
    uint32_t n_beside;
};

static void free_shard(struct shard *shard)
{
    base_free(shard->path);
    base_free(shard->tensor);
    base_free(shard->dtype);
}

void data_close(struct data_activations **activations)
{
    struct data_activations *set = *activations;
    if (!set)
        return;
    io_close(&set->open_file);
    for (uint32_t i = 0; i < set->n_shards; i++)
        free_shard(&set->shards[i]);
    base_free(set->shards);
    for (uint32_t i = 0; i < set->n_beside; i++)
        data_close(&set->beside[i]);
    base_free(set->beside);
    base_free(set);
    *activations = NULL;
}

static enum base_status make_room(struct data_activations *set)
{
    if (set->n_shards < set->room)
        return BASE_OK;
    uint32_t room = set->room ? 2 * set->room : 16;
    struct shard *larger;
    BASE_TRY(base_allocate(&larger, room, sizeof *larger, "the list of shards"));
    if (set->n_shards > 0)
        memcpy(larger, set->shards, set->n_shards * sizeof *larger);
    base_free(set->shards);
    set->shards = larger;
    set->room = room;
    return BASE_OK;
}

/* With a step the tensor is [steps, rows, d], without one [rows, d]; the two are not mixed up silently. */
static enum base_status find_matrix(const struct data_activations *set, const struct io_file *file,
                                    const char *name, const struct io_tensor **out)
{
    const bool stepped = set->step != UINT64_MAX;
    const struct io_tensor *other;
    enum base_status status = io_find(file, name, stepped ? 3 : 2, out);
    if (status == BASE_OK && stepped && set->step >= (*out)->shape[0])
        return base_fail(BASE_ERROR_INPUT, "%s: step %llu is wanted, and it has %llu (0 is the first)",
                         io_path(file), (unsigned long long)set->step, (unsigned long long)(*out)->shape[0]);
    if (status == BASE_OK || stepped)
        return status;
    char first_message[1024], shape[IO_SHAPE_TEXT];
    snprintf(first_message, sizeof first_message, "%s", base_message());
    if (io_find(file, name, 3, &other) == BASE_OK && other->shape[0] > 0)
        return base_fail(
            BASE_ERROR_INPUT, "%s: the tensor is 3-D, %s: choose one of its matrices with --step 0 to %llu",
            io_path(file), io_shape_text(other, shape), (unsigned long long)(other->shape[0] - 1));
    return base_fail(status, "%s; rows are a 2-D tensor, or one step of a 3-D one", first_message);
}

static enum base_status check_width(struct data_activations *set, const struct shard *shard, uint64_t width)
{
    if (width == 0 || width > UINT32_MAX)
        return base_fail(BASE_ERROR_INPUT, "%s: rows have %llu values; 1 to 4,294,967,295 can be read",
                         shard->path, (unsigned long long)width);
    if (set->n_shards > 0 && width != set->width)
        return base_fail(BASE_ERROR_INPUT,
                         "%s has rows of %llu values and %s rows of %u: shards of one set have the "
                         "same width; analyse them apart or name the right tensor as FILE:TENSOR",
                         shard->path, (unsigned long long)width, set->shards[0].path, set->width);
    set->width = (uint32_t)width;
    return BASE_OK;
}

static enum base_status add_file(struct data_activations *set, const char *path, const char *name)
{
    enum base_status status;
    struct io_file *file = NULL;
    struct shard shard = {0};
    const struct io_tensor *tensor;
    BASE_CHECK(base_attend("opening files", 0, 0));
    BASE_CHECK(make_room(set));
    BASE_CHECK(io_open(path, &file));
    BASE_CHECK(find_matrix(set, file, name, &tensor));
    const uint64_t *matrix = tensor->shape + tensor->rank - 2;
    shard.path = base_copy_string(path);
    shard.tensor = base_copy_string(tensor->name);
    shard.dtype =
        base_copy_string(tensor->dtype == IO_UNREADABLE ? tensor->dtype_name : io_dtype_name(tensor->dtype));
    if (!shard.path || !shard.tensor || !shard.dtype)
        BASE_CHECK(base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", path));
    BASE_CHECK(check_width(set, &shard, matrix[1]));
    shard.index = (uint64_t)(tensor - io_tensor_at(file, 0));
    shard.first = set->all_rows;
    shard.rows = matrix[0];
    shard.bytes = io_bytes(file);
    shard.modified = io_modified(file);
    if (BASE_ADD_OVERFLOWS(set->all_rows, shard.rows, &set->all_rows))
        BASE_CHECK(base_fail(BASE_ERROR_INPUT, "%s: more than 2^64 rows in all", path));
    set->shards[set->n_shards++] = shard;
    io_close(&file);
    return BASE_OK;
error:
    free_shard(&shard);
    io_close(&file);
    return status;
}

/* Whether a folder's file of this name is taken. */
static bool is_activation_name(const char *name)
{
    static const char *const ends[] = {".safetensors", ".npy", ".npz"};
    size_t length = strlen(name);
    for (int i = 0; i < 3; i++) {
        size_t end = strlen(ends[i]);
        if (name[0] != '.' && length > end && strcmp(name + length - end, ends[i]) == 0)
            return true;
    }
    return false;
}

enum base_status data_visit_folder(const char *folder, data_file_visitor *visit, void *context)
{
    enum base_status status = BASE_OK;
    char **names;
    size_t count, used = 0;
    BASE_TRY(base_folder_list(folder, &names, &count));
    for (size_t i = 0; i < count && status == BASE_OK; i++) {
        if (!is_activation_name(names[i]))
            continue;
        char *path = base_path_join(folder, names[i]);
        status = path ? visit(context, path)
                      : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of a file in %s",
                                  folder);
        base_free(path);
        used++;
    }
    base_list_free(&names, count);
    if (status == BASE_OK && used == 0)
        return base_fail(BASE_ERROR_INPUT, "%s: no .safetensors, .npy or .npz in this folder", folder);
    return status;
}

/* Files of a folder go into a set, each by the tensor of this name. */
struct addition {
    struct data_activations *set;
    const char *tensor;
};

static enum base_status add_visited(void *context, const char *path)
{
    const struct addition *addition = context;
    return add_file(addition->set, path, addition->tensor);
}

static enum base_status add_argument(struct data_activations *set, const char *argument)
{
    char *path, *tensor;
    BASE_TRY(io_split_name(argument, &path, &tensor));
    enum base_status status = base_is_folder(path)
                                  ? data_visit_folder(path, add_visited, &(struct addition){set, tensor})
                                  : add_file(set, path, tensor);
    base_free(path);
    base_free(tensor);
    return status;
}

static enum base_status choose_rows(struct data_activations *set, uint64_t from, uint64_t to)
{
    if (set->all_rows == 0)
        return base_fail(BASE_ERROR_INPUT, "%s: no rows: the activations are empty", set->shards[0].path);
    set->from = from;
    set->to = to == 0 ? set->all_rows : to;
    if (set->to > set->all_rows || set->from >= set->to)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: rows %llu to %llu are wanted, there are %llu (counted from 0, the end "
                         "left out)",
                         set->shards[0].path, (unsigned long long)from, (unsigned long long)set->to,
                         (unsigned long long)set->all_rows);
    return BASE_OK;
}

/* The arguments behind the first one. */
static enum base_status open_beside(struct data_activations *set,
                                    const struct data_open_parameters *parameters)
{
    struct data_open_parameters one = *parameters;
    one.n_arguments = 1;
    one.side_by_side = false;
    BASE_TRY(
        base_allocate(&set->beside, parameters->n_arguments, sizeof(struct data_activations *), "inputs"));
    uint64_t width = set->width;
    for (uint32_t i = 1; i < parameters->n_arguments; i++) {
        one.arguments = parameters->arguments + i;
        BASE_TRY(data_open(&one, &set->beside[set->n_beside]));
        const struct data_activations *other = set->beside[set->n_beside++];
        width += other->width;
        if (other->all_rows != set->all_rows)
            return base_fail(BASE_ERROR_INPUT,
                             "%s has %llu rows and %s has %llu: inputs side by side have the same rows",
                             set->shards[0].path, (unsigned long long)set->all_rows, other->shards[0].path,
                             (unsigned long long)other->all_rows);
    }
    return width <= UINT32_MAX
               ? BASE_OK
               : base_fail(BASE_ERROR_INPUT, "%s: the inputs have more than 2^32 values a row",
                           set->shards[0].path);
}

enum base_status data_open(const struct data_open_parameters *parameters, struct data_activations **out)
{
    enum base_status status = BASE_OK;
    struct data_activations *set;
    uint32_t n_own = parameters->side_by_side ? 1 : parameters->n_arguments;
    *out = NULL;
    if (parameters->n_arguments == 0)
        return base_fail(BASE_ERROR_USAGE,
                         "no activations are named: give a .safetensors, .npy or .npz file, several, "
                         "or a folder of them");
    BASE_TRY(base_allocate(&set, 1, sizeof *set, "the activations"));
    set->step = parameters->step;
    for (uint32_t i = 0; i < n_own && status == BASE_OK; i++)
        status = add_argument(set, parameters->arguments[i]);
    if (status == BASE_OK)
        status = choose_rows(set, parameters->rows_from, parameters->rows_to);
    if (status == BASE_OK && parameters->side_by_side)
        status = open_beside(set, parameters);
    if (status != BASE_OK)
        data_close(&set);
    *out = set;
    return status;
}

uint64_t data_rows(const struct data_activations *activations)
{
    return activations->to - activations->from;
}

uint32_t data_width(const struct data_activations *activations)
{
    uint32_t width = activations->width;
    for (uint32_t i = 0; i < activations->n_beside; i++)
        width += activations->beside[i]->width;
    return width;
}

uint32_t data_norm_width(const struct data_activations *activations)
{
    return activations->width;
}

uint64_t data_first_row(const struct data_activations *activations)
{
    return activations->from;
}

uint64_t data_all_rows(const struct data_activations *activations)
{
    return activations->all_rows;
}

uint32_t data_shard_count(const struct data_activations *activations)
{
    uint32_t count = activations->n_shards;
    for (uint32_t i = 0; i < activations->n_beside; i++)
        count += activations->beside[i]->n_shards;
    return count;
}

struct data_shard_information data_shard_at(const struct data_activations *activations, uint32_t index)
{
    const struct data_activations *set = activations;
    for (uint32_t i = 0; index >= set->n_shards; i++) {
        index -= set->n_shards;
        set = activations->beside[i];
    }
    const struct shard *shard = &set->shards[index];
    return (struct data_shard_information){.path = shard->path,
                                           .tensor = shard->tensor,
                                           .dtype = shard->dtype,
                                           .rows = shard->rows,
                                           .bytes = shard->bytes,
                                           .modified = shard->modified};
}

/* The last shard whose first row is at or before `row`; empty shards share their first row with the next. */
static uint32_t shard_of_row(const struct data_activations *set, uint64_t row)
{
    uint32_t low = 0, high = set->n_shards;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (set->shards[middle].first <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static enum base_status use_shard(struct data_activations *set, uint32_t index,
                                  const struct io_tensor **tensor)
{
    const struct shard *shard = &set->shards[index];
    if (!set->open_file || set->open_shard != index) {
        io_close(&set->open_file);
        BASE_TRY(io_open(shard->path, &set->open_file));
        set->open_shard = index;
    }
    const uint64_t count = io_tensor_count(set->open_file);
    *tensor = shard->index < count ? io_tensor_at(set->open_file, shard->index) : NULL;
    const bool stepped = set->step != UINT64_MAX;
    if (!*tensor || io_bytes(set->open_file) != shard->bytes ||
        io_modified(set->open_file) != shard->modified || (*tensor)->rank != (stepped ? 3 : 2) ||
        (*tensor)->shape[stepped] != shard->rows || (*tensor)->shape[stepped + 1] != set->width ||
        strcmp((*tensor)->name, shard->tensor) != 0)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: the file was changed while it was being read; start again when it is "
                         "complete",
                         shard->path);
    return BASE_OK;
}

/* Without what stands beside; the rows are within the set. */
static enum base_status read_own(struct data_activations *set, uint64_t from, uint64_t count, float *out)
{
    uint64_t row = set->from + from;
    while (count > 0) {
        const struct io_tensor *tensor;
        uint32_t index = shard_of_row(set, row);
        uint64_t within = row - set->shards[index].first;
        uint64_t now = base_minimum(count, set->shards[index].rows - within);
        BASE_TRY(use_shard(set, index, &tensor));
        if (set->step == UINT64_MAX)
            BASE_TRY(io_read_rows(set->open_file, tensor, within, now, out));
        else
            BASE_TRY(io_read_step_rows(set->open_file, tensor, set->step, within, now, out));
        out += now * set->width;
        row += now;
        count -= now;
    }
    return BASE_OK;
}

/* Into the columns from `out` on of rows of `stride` values, through `piece` [PIECE_ROWS, width of the set].
 */
enum { PIECE_ROWS = 64 };
static enum base_status read_columns(struct data_activations *set, uint64_t from, uint64_t count,
                                     uint64_t stride, float *piece, float *out)
{
    for (uint64_t done = 0; done < count; done += PIECE_ROWS) {
        uint64_t rows = base_minimum(PIECE_ROWS, count - done);
        BASE_TRY(read_own(set, from + done, rows, piece));
        for (uint64_t r = 0; r < rows; r++)
            memcpy(out + (done + r) * stride, piece + r * set->width, set->width * sizeof *out);
    }
    return BASE_OK;
}

static enum base_status read_side_by_side(struct data_activations *set, uint64_t from, uint64_t count,
                                          float *out)
{
    const uint64_t stride = data_width(set);
    float *piece;
    BASE_TRY(base_allocate(&piece, (size_t)(PIECE_ROWS * stride), sizeof *piece, "rows"));
    enum base_status status = read_columns(set, from, count, stride, piece, out);
    out += set->width;
    for (uint32_t i = 0; i < set->n_beside && status == BASE_OK; i++) {
        status = read_columns(set->beside[i], from, count, stride, piece, out);
        out += set->beside[i]->width;
    }
    base_free(piece);
    return status;
}

enum base_status data_read(struct data_activations *activations, uint64_t from, uint64_t count, float *out)
{
    struct data_activations *set = activations;
    if (from > data_rows(set) || count > data_rows(set) - from)
        return base_fail(BASE_ERROR_INTERNAL, "rows %llu to %llu of %llu activations are asked for",
                         (unsigned long long)from, (unsigned long long)(from + count),
                         (unsigned long long)data_rows(set));
    return set->n_beside > 0 ? read_side_by_side(set, from, count, out) : read_own(set, from, count, out);
}
