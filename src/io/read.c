/* Rows out of tensors. A tensor is seen as a matrix whose element (row, column) stands at
 * first + row * row_stride + place(column) * column_stride, in elements from the start of its data. */
#include "io/file.h"

#include "base/memory.h"

#include <string.h>

struct matrix {
    struct io_file *file;
    const struct io_tensor *tensor;
    uint64_t first, rows, columns, row_stride, column_stride;
    uint32_t column_axis; /* the first axis that counts as column */
    bool transposed;      /* the first axis varies fastest on disk */
    bool integers;        /* out is int64, not f32 */
};

enum base_status io_read_raw(struct io_file *file, const struct io_tensor *tensor, uint64_t offset,
                             void *memory, size_t bytes)
{
    if (file->archive)
        return io_archive_read(file, (uint64_t)(tensor - file->tensors), tensor->offset + offset, memory,
                               bytes);
    return base_file_read(file->file, tensor->offset + offset, memory, bytes);
}

static enum base_status convert(const struct matrix *matrix, void *raw, uint64_t count, void *out)
{
    char shown[IO_PRINTABLE];
    if (!matrix->integers)
        io_convert_to_f32(matrix->tensor, raw, count, out);
    else if (!io_convert_to_i64(matrix->tensor, raw, count, out))
        return base_fail(BASE_ERROR_INPUT,
                         "%s: tensor \"%s\" has a value above 2^63 - 1, which is no label or index",
                         io_path(matrix->file), io_printable(matrix->tensor->name, shown));
    return BASE_OK;
}

/* `count` elements from element `start` on into out. */
static enum base_status read_run(const struct matrix *matrix, uint64_t start, uint64_t count, void *out)
{
    const struct io_tensor *tensor = matrix->tensor;
    uint32_t size = io_dtype_bytes(tensor->dtype);
    if (tensor->dtype == IO_F32 && !tensor->big_endian && !matrix->integers)
        return io_read_raw(matrix->file, tensor, start * size, out, (size_t)(count * size));
    char *destination = out;
    const uint64_t piece = IO_STAGING_BYTES / size;
    for (uint64_t done = 0; done < count; done += piece) {
        uint64_t now = base_minimum(piece, count - done);
        BASE_TRY(io_read_raw(matrix->file, tensor, (start + done) * size, matrix->file->staging,
                             (size_t)(now * size)));
        BASE_TRY(convert(matrix, matrix->file->staging, now, destination));
        destination += now * (matrix->integers ? sizeof(int64_t) : sizeof(float));
    }
    return BASE_OK;
}

/* The row-major column of the k-th column on disk, where the first column axis varies fastest. */
static uint64_t logical_column(const struct matrix *matrix, uint64_t k)
{
    uint64_t column = 0;
    for (uint32_t axis = matrix->column_axis; axis < matrix->tensor->rank; axis++) {
        uint64_t size = matrix->tensor->shape[axis];
        column = column * size + k % size;
        k /= size;
    }
    return column;
}

static void scatter(const char *source, uint64_t source_stride, char *target, uint64_t target_stride,
                    uint64_t count, bool wide)
{
    if (wide)
        for (uint64_t i = 0; i < count; i++)
            memcpy(target + 8 * i * target_stride, source + 8 * i * source_stride, 8);
    else
        for (uint64_t i = 0; i < count; i++)
            memcpy(target + 4 * i * target_stride, source + 4 * i * source_stride, 4);
}

/* Column after column on disk, several in one read where what lies between them is little. */
static enum base_status read_transposed(const struct matrix *matrix, uint64_t from, uint64_t count, char *out)
{
    const uint32_t size = io_dtype_bytes(matrix->tensor->dtype), wide = matrix->integers ? 8 : 4;
    const uint64_t capacity = IO_STAGING_BYTES / 8;
    const uint64_t span =
        (count - 1) * matrix->row_stride + 1; /* from a column's first element to its last */
    const bool together = span <= capacity && matrix->column_stride / 4 <= span;
    const uint64_t group = together ? 1 + (capacity - span) / matrix->column_stride : 1;
    const uint64_t rows_at_once =
        together ? count : base_minimum(count, base_maximum(1, capacity / matrix->row_stride));
    char *converted;
    enum base_status status = BASE_OK;
    BASE_TRY(base_allocate(&converted, (size_t)capacity, wide, io_path(matrix->file)));
    for (uint64_t k = 0; k < matrix->columns; k += group) {
        uint64_t columns = base_minimum(group, matrix->columns - k);
        for (uint64_t row = 0; row < count; row += rows_at_once) {
            uint64_t rows = base_minimum(rows_at_once, count - row);
            uint64_t start = matrix->first + (from + row) * matrix->row_stride + k * matrix->column_stride;
            uint64_t elements = (columns - 1) * matrix->column_stride + (rows - 1) * matrix->row_stride + 1;
            BASE_CHECK(io_read_raw(matrix->file, matrix->tensor, start * size, matrix->file->staging,
                                   (size_t)(elements * size)));
            BASE_CHECK(convert(matrix, matrix->file->staging, elements, converted));
            for (uint64_t c = 0; c < columns; c++)
                scatter(converted + c * matrix->column_stride * wide, matrix->row_stride,
                        out + (row * matrix->columns + logical_column(matrix, k + c)) * wide, matrix->columns,
                        rows, matrix->integers);
        }
    }
error:
    base_free(converted);
    return status;
}

static enum base_status read_matrix(const struct matrix *matrix, uint64_t from, uint64_t count, void *out)
{
    const struct io_tensor *tensor = matrix->tensor;
    struct io_file *file = matrix->file;
    char shown[IO_PRINTABLE];
    if (tensor->dtype == IO_UNREADABLE)
        return base_fail(BASE_ERROR_INPUT, "%s: tensor \"%s\" is of type %s, which Arclight cannot read",
                         io_path(file), io_printable(tensor->name, shown), tensor->dtype_name);
    if (from > matrix->rows || count > matrix->rows - from)
        return base_fail(BASE_ERROR_INPUT, "%s: tensor \"%s\": rows %llu to %llu are wanted, it has %llu",
                         io_path(file), io_printable(tensor->name, shown), (unsigned long long)from,
                         (unsigned long long)(from + count), (unsigned long long)matrix->rows);
    if (count == 0 || matrix->columns == 0)
        return BASE_OK;
    if (!file->staging)
        BASE_TRY(base_allocate(&file->staging, IO_STAGING_BYTES, 1, io_path(file)));
    if (!matrix->transposed)
        return read_run(matrix, matrix->first + from * matrix->row_stride, count * matrix->columns, out);
    return read_transposed(matrix, from, count, out);
}

/* The tensor as [shape[0], product of the rest]. */
static struct matrix whole_matrix(struct io_file *file, const struct io_tensor *tensor, bool integers)
{
    struct matrix matrix = {.file = file, .tensor = tensor, .rows = 1, .columns = 1, .integers = integers};
    if (tensor->rank > 0)
        matrix.rows = tensor->shape[0];
    for (uint32_t axis = 1; axis < tensor->rank; axis++)
        matrix.columns *= tensor->shape[axis];
    matrix.transposed = tensor->fortran_order && tensor->rank > 1;
    matrix.row_stride = matrix.transposed ? 1 : matrix.columns;
    matrix.column_stride = matrix.transposed ? matrix.rows : 1;
    matrix.column_axis = 1;
    return matrix;
}

enum base_status io_read_rows(struct io_file *file, const struct io_tensor *tensor, uint64_t from,
                              uint64_t count, float *out)
{
    struct matrix matrix = whole_matrix(file, tensor, false);
    return read_matrix(&matrix, from, count, out);
}

enum base_status io_read_integers(struct io_file *file, const struct io_tensor *tensor, uint64_t from,
                                  uint64_t count, int64_t *out)
{
    char shown[IO_PRINTABLE];
    if (!io_dtype_is_integer(tensor->dtype))
        return base_fail(BASE_ERROR_INPUT, "%s: tensor \"%s\" is of type %s where integers are wanted",
                         io_path(file), io_printable(tensor->name, shown), tensor->dtype_name);
    struct matrix matrix = whole_matrix(file, tensor, true);
    return read_matrix(&matrix, from, count, out);
}

enum base_status io_read_step_rows(struct io_file *file, const struct io_tensor *tensor, uint64_t step,
                                   uint64_t from, uint64_t count, float *out)
{
    char shown[IO_PRINTABLE];
    if (tensor->rank != 3 || step >= tensor->shape[0])
        return base_fail(BASE_ERROR_INPUT, "%s: tensor \"%s\" has no step %llu", io_path(file),
                         io_printable(tensor->name, shown), (unsigned long long)step);
    uint64_t steps = tensor->shape[0], rows = tensor->shape[1], columns = tensor->shape[2];
    struct matrix matrix = {
        .file = file, .tensor = tensor, .rows = rows, .columns = columns, .column_axis = 2};
    matrix.transposed = tensor->fortran_order;
    matrix.first = tensor->fortran_order ? step : step * rows * columns;
    matrix.row_stride = tensor->fortran_order ? steps : columns;
    matrix.column_stride = tensor->fortran_order ? steps * rows : 1;
    return read_matrix(&matrix, from, count, out);
}
