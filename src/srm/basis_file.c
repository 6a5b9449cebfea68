/* A basis out of a file. */
#include "base/memory.h"
#include "io/tensor.h"
#include "srm/basis.h"
#include "srm/planes.h"

static enum base_status basis_from_tensor(struct io_file *file, const char *name, uint32_t width,
                                          const char *source, struct srm_basis *basis)
{
    const struct io_tensor *tensor;
    BASE_TRY(io_find(file, name, 2, &tensor));
    if (tensor->shape[1] != width)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: basis vectors of %llu values, but the rows have %u; a basis is [vectors, %u]",
                         source, (unsigned long long)tensor->shape[1], width, width);
    if (tensor->shape[0] < 2 || tensor->shape[0] > SRM_MAX_VECTORS)
        return base_fail(BASE_ERROR_INPUT, "%s: %llu basis vectors; between 2 and %u are needed", source,
                         (unsigned long long)tensor->shape[0], SRM_MAX_VECTORS);
    float *rows;
    BASE_TRY(base_allocate(&rows, (size_t)tensor->shape[0] * width, sizeof *rows, source));
    enum base_status status = io_read_rows(file, tensor, 0, tensor->shape[0], rows);
    if (status == BASE_OK)
        status = srm_basis_from_rows(rows, (uint32_t)tensor->shape[0], width, source, basis);
    base_free(rows);
    return status;
}

enum base_status srm_basis_from_file(const char *argument, uint32_t width, struct srm_basis *basis)
{
    char *path = NULL, *name = NULL;
    struct io_file *file = NULL;
    enum base_status status;
    BASE_CHECK(io_split_name(argument, &path, &name));
    BASE_CHECK(io_open(path, &file));
    BASE_CHECK(basis_from_tensor(file, name, width, argument, basis));
error:
    io_close(&file);
    base_free(path);
    base_free(name);
    return status;
}
