#include "cli/unembedding.h"

#include "base/memory.h"
#include "io/tensor.h"

#include <math.h>
#include <stdbool.h>

/* Column by column into rows, a row of the file at a time. */
static enum base_status read_turned(struct io_file *file, const struct io_tensor *tensor, uint32_t tokens,
                                    uint32_t width, float *out)
{
    float *row;
    enum base_status status = BASE_OK;
    BASE_TRY(base_allocate(&row, (size_t)tensor->shape[1], sizeof *row, "a row of the unembedding"));
    for (uint32_t i = 0; i < width && status == BASE_OK; i++) {
        status = io_read_rows(file, tensor, i, 1, row);
        for (uint32_t t = 0; t < tokens && status == BASE_OK; t++)
            out[(size_t)t * width + i] = row[t];
    }
    base_free(row);
    return status;
}

static enum base_status check_finite(const char *argument, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite((double)values[i]))
            return base_fail(BASE_ERROR_INPUT, "--unembed: %s holds NaN or Inf", argument);
    return BASE_OK;
}

enum base_status cli_unembedding_read(const char *argument, uint32_t known, uint32_t width, float **out,
                                      uint32_t *tokens)
{
    enum base_status status;
    char *path = NULL, *name = NULL;
    struct io_file *file = NULL;
    const struct io_tensor *tensor;
    *out = NULL;
    BASE_CHECK(io_split_name(argument, &path, &name));
    BASE_CHECK(io_open(path, &file));
    BASE_CHECK(io_find(file, name, 2, &tensor));
    const bool turned = tensor->shape[1] != width;
    if (turned && tensor->shape[0] != width)
        BASE_CHECK(base_fail(BASE_ERROR_INPUT,
                             "--unembed: %s is [%llu, %llu]; [tokens, %u] or [%u, tokens] is wanted",
                             argument, (unsigned long long)tensor->shape[0],
                             (unsigned long long)tensor->shape[1], width, width));
    *tokens = (uint32_t)base_minimum(tensor->shape[turned], known);
    if (*tokens == 0)
        BASE_CHECK(base_fail(BASE_ERROR_INPUT, "--unembed: %s has no tokens", argument));
    BASE_CHECK(base_allocate(out, (size_t)*tokens * width, sizeof **out, "the unembedding"));
    BASE_CHECK(turned ? read_turned(file, tensor, *tokens, width, *out)
                      : io_read_rows(file, tensor, 0, *tokens, *out));
    BASE_CHECK(check_finite(argument, *out, (size_t)*tokens * width));
error:
    if (status != BASE_OK) {
        base_free(*out);
        *out = NULL;
    }
    io_close(&file);
    base_free(path);
    base_free(name);
    return status;
}
