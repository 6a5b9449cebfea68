#include "cli/latent_source.h"

#include "base/memory.h"
#include "cli/values.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { MOST_ENTRIES = 1 << 22 /* of a block, but at least a row's */ };

/* ---- opening ---- */

static enum base_status fault(const struct cli_latent_source *source, const char *words)
{
    return base_fail(BASE_ERROR_INPUT, "%s: not a file of latents: %s; see arclight help encode",
                     io_path(source->file), words);
}

static const struct io_tensor *tensor_named(const struct io_file *file, const char *name)
{
    for (uint64_t i = 0; i < io_tensor_count(file); i++)
        if (strcmp(io_tensor_at(file, i)->name, name) == 0)
            return io_tensor_at(file, i);
    return NULL;
}

/* Metadata are a courtesy of the writer; where they are, they must fit. */
static enum base_status check_metadata(const struct cli_latent_source *source)
{
    for (uint64_t i = 0; i < io_metadata_count(source->file); i++) {
        const char *key, *value;
        int64_t number;
        io_metadata_at(source->file, i, &key, &value);
        if (strcmp(key, "d_sae") != 0)
            continue;
        if (cli_parse_integer("d_sae", value, 1, INT64_MAX, &number) != BASE_OK)
            return fault(source, "d_sae in its metadata is not a number");
        if ((uint64_t)number != source->d_sae)
            return base_fail(
                BASE_ERROR_INPUT,
                "%s: latents of an autoencoder with %lld, and this one has %u: they do not belong "
                "together",
                io_path(source->file), (long long)number, source->d_sae);
    }
    return BASE_OK;
}

static enum base_status open_sparse(struct cli_latent_source *source)
{
    const struct io_tensor *o = source->offsets = tensor_named(source->file, "row_offsets");
    const struct io_tensor *i = source->indices = tensor_named(source->file, "indices");
    const struct io_tensor *v = source->values = tensor_named(source->file, "values");
    int64_t end;
    if (!i || !v)
        return fault(source, "it has row_offsets, but not both indices and values");
    if (o->rank != 1 || i->rank != 1 || v->rank != 1 || !io_dtype_is_integer(o->dtype) ||
        !io_dtype_is_integer(i->dtype))
        return fault(source, "row_offsets and indices must be whole numbers, and all three of rank 1");
    if (o->elements < 1 || i->elements != v->elements)
        return fault(source, "row_offsets is empty, or there are not as many indices as values");
    source->rows = o->elements - 1;
    source->entries = i->elements;
    BASE_TRY(io_read_integers(source->file, o, source->rows, 1, &end));
    if (end < 0 || (uint64_t)end != source->entries)
        return fault(source, "the last of row_offsets is not the number of entries");
    return check_metadata(source);
}

enum base_status cli_latents_open(const char *argument, uint32_t d_sae, struct cli_latent_source *source)
{
    char *path = NULL, *name = NULL;
    enum base_status status;
    source->d_sae = d_sae;
    BASE_CHECK(io_split_name(argument, &path, &name));
    BASE_CHECK(io_open(path, &source->file));
    if (!name && tensor_named(source->file, "row_offsets")) {
        status = open_sparse(source);
    } else {
        BASE_CHECK(io_find(source->file, !name && tensor_named(source->file, "latents") ? "latents" : name, 2,
                           &source->matrix));
        source->rows = source->matrix->shape[0];
        if (source->matrix->shape[1] != d_sae)
            status =
                base_fail(BASE_ERROR_INPUT, "%s: rows of %" PRIu64 " latents, and the autoencoder has %u",
                          argument, source->matrix->shape[1], d_sae);
    }
    if (status == BASE_OK && source->rows == 0)
        status = base_fail(BASE_ERROR_INPUT, "%s: no rows", argument);
error:
    base_free(path);
    base_free(name);
    return status;
}

/* ---- reading a block ---- */

static enum base_status make_room(struct cli_latent_block *block, uint64_t entries)
{
    if (entries <= block->room)
        return BASE_OK;
    base_free(block->wide);
    base_free(block->indices);
    base_free(block->values);
    block->wide = NULL;
    block->indices = NULL;
    block->values = NULL;
    block->room = 0;
    BASE_TRY(base_allocate(&block->wide, (size_t)entries, sizeof *block->wide, "latents"));
    BASE_TRY(base_allocate(&block->indices, (size_t)entries, sizeof *block->indices, "latents"));
    BASE_TRY(base_allocate(&block->values, (size_t)entries, sizeof *block->values, "latents"));
    block->room = entries;
    return BASE_OK;
}

static enum base_status bad_row(const struct cli_latent_source *source, uint64_t row, const char *words)
{
    return base_fail(BASE_ERROR_INPUT, "%s: row %" PRIu64 ": %s", io_path(source->file), row, words);
}

/* Offsets of rows [from, from + *rows), of which as many are kept as fit MOST_ENTRIES. */
static enum base_status read_offsets(const struct cli_latent_source *source, uint64_t from,
                                     struct cli_latent_block *block)
{
    BASE_TRY(io_read_integers(source->file, source->offsets, from, block->rows + 1, block->offsets));
    if (from == 0 && block->offsets[0] != 0)
        return bad_row(source, 0, "row_offsets does not begin with 0");
    for (uint32_t r = 0; r < block->rows; r++) {
        int64_t start = block->offsets[r], end = block->offsets[r + 1];
        if (start < 0 || end < start)
            return bad_row(source, from + r, "row_offsets falls");
        if ((uint64_t)end > source->entries)
            return bad_row(source, from + r, "row_offsets points behind the last entry");
        if ((uint64_t)(end - start) > source->d_sae)
            return bad_row(source, from + r, "more entries than there are latents");
    }
    while (block->rows > 1 && block->offsets[block->rows] - block->offsets[0] > MOST_ENTRIES)
        block->rows--;
    for (uint32_t r = 0; r <= block->rows; r++)
        block->starts[r] = (uint32_t)(block->offsets[r] - block->offsets[0]);
    return BASE_OK;
}

static enum base_status check_entries(const struct cli_latent_source *source, uint64_t from,
                                      struct cli_latent_block *block)
{
    for (uint32_t r = 0; r < block->rows; r++) {
        for (uint32_t e = block->starts[r]; e < block->starts[r + 1]; e++) {
            if (block->wide[e] < 0 || block->wide[e] >= (int64_t)source->d_sae)
                return base_fail(BASE_ERROR_INPUT,
                                 "%s: row %" PRIu64 ": latent %" PRId64
                                 " of an autoencoder with %u (0 is the first)",
                                 io_path(source->file), from + r, block->wide[e], source->d_sae);
            if (!isfinite((double)block->values[e]))
                return bad_row(source, from + r, "a value is NaN or Inf");
            uint32_t latent = block->indices[e] = (uint32_t)block->wide[e];
            if (block->seen[latent] == from + r + 1)
                return bad_row(source, from + r, "a latent stands twice");
            block->seen[latent] = from + r + 1;
        }
    }
    return BASE_OK;
}

static enum base_status read_sparse(const struct cli_latent_source *source, uint64_t from,
                                    struct cli_latent_block *block)
{
    BASE_TRY(read_offsets(source, from, block));
    uint64_t first = (uint64_t)block->offsets[0], count = block->starts[block->rows];
    BASE_TRY(make_room(block, count));
    if (count > 0) {
        BASE_TRY(io_read_integers(source->file, source->indices, first, count, block->wide));
        BASE_TRY(io_read_rows(source->file, source->values, first, count, block->values));
    }
    return check_entries(source, from, block);
}

static enum base_status read_matrix(const struct cli_latent_source *source, uint64_t from,
                                    struct cli_latent_block *block)
{
    const uint32_t at_once = (uint32_t)base_maximum(1, MOST_ENTRIES / source->d_sae);
    uint32_t used = 0;
    block->rows = (uint32_t)base_minimum(block->rows, at_once);
    BASE_TRY(make_room(block, (uint64_t)block->rows * source->d_sae));
    for (uint32_t r = 0; r < block->rows; r++) {
        block->starts[r] = used;
        BASE_TRY(io_read_rows(source->file, source->matrix, from + r, 1, block->dense));
        for (uint32_t i = 0; i < source->d_sae; i++) {
            if (!isfinite((double)block->dense[i]))
                return bad_row(source, from + r, "a value is NaN or Inf");
            if (block->dense[i] == 0)
                continue;
            block->indices[used] = i;
            block->values[used++] = block->dense[i];
        }
    }
    block->starts[block->rows] = used;
    return BASE_OK;
}

enum base_status cli_latents_make_block(const struct cli_latent_source *source, uint32_t most_rows,
                                        struct cli_latent_block *block)
{
    static const char what[] = "a block of latents";
    block->most_rows = most_rows;
    BASE_TRY(base_allocate(&block->offsets, (size_t)most_rows + 1, sizeof(int64_t), what));
    BASE_TRY(base_allocate(&block->starts, (size_t)most_rows + 1, sizeof(uint32_t), what));
    BASE_TRY(base_allocate(&block->dense, source->d_sae, sizeof(float), what));
    BASE_TRY(base_allocate(&block->seen, source->d_sae, sizeof(uint64_t), what));
    return make_room(block, 1);
}

void cli_latents_free_block(struct cli_latent_block *block)
{
    base_free(block->offsets);
    base_free(block->wide);
    base_free(block->starts);
    base_free(block->indices);
    base_free(block->values);
    base_free(block->dense);
    base_free(block->seen);
}

enum base_status cli_latents_read(const struct cli_latent_source *source, uint64_t from,
                                  struct cli_latent_block *block)
{
    block->rows = (uint32_t)base_minimum(block->most_rows, source->rows - from);
    return source->matrix ? read_matrix(source, from, block) : read_sparse(source, from, block);
}

void cli_latents_close(struct cli_latent_source *source)
{
    io_close(&source->file);
}
