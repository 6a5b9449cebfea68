/* `arclight decode`: latents, as encode writes them or as a matrix, into reconstructions. The file may come
 * from anywhere, so every offset, index and value is checked before it reaches the device. */
#include "base/memory.h"
#include "base/platform.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/sae_input.h"
#include "cli/text.h"
#include "io/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 1024, MOST_ENTRIES = 1 << 22 /* of a block, but at least a row's */ };

/* Latents in a file, in either form. */
struct source {
    struct io_file *file;
    const struct io_tensor *matrix; /* NULL: compressed sparse rows */
    const struct io_tensor *offsets, *indices, *values;
    uint64_t rows, entries;
    uint32_t d_sae;
};

/* A block of rows on the host. */
struct block {
    uint32_t most_rows, rows;
    uint64_t room; /* entries */
    int64_t *offsets, *wide;
    uint32_t *starts, *indices;
    float *values, *dense; /* dense: a row of the matrix */
    uint64_t *seen;        /* [d_sae] the row, from 1, that named this latent last */
};

/* ---- opening ---- */

static enum base_status fault(const struct source *source, const char *words)
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
static enum base_status check_metadata(const struct source *source)
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

static enum base_status open_sparse(struct source *source)
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

static enum base_status open_source(const char *argument, uint32_t d_sae, struct source *source)
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

static enum base_status make_room(struct block *block, uint64_t entries)
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

static enum base_status bad_row(const struct source *source, uint64_t row, const char *words)
{
    return base_fail(BASE_ERROR_INPUT, "%s: row %" PRIu64 ": %s", io_path(source->file), row, words);
}

/* Offsets of rows [from, from + *rows), of which as many are kept as fit MOST_ENTRIES. */
static enum base_status read_offsets(const struct source *source, uint64_t from, struct block *block)
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

static enum base_status check_entries(const struct source *source, uint64_t from, struct block *block)
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

static enum base_status read_sparse(const struct source *source, uint64_t from, struct block *block)
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

static enum base_status read_matrix(const struct source *source, uint64_t from, struct block *block)
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

static enum base_status make_block(const struct source *source, uint32_t most_rows, struct block *block)
{
    static const char what[] = "a block of latents";
    block->most_rows = most_rows;
    BASE_TRY(base_allocate(&block->offsets, (size_t)most_rows + 1, sizeof(int64_t), what));
    BASE_TRY(base_allocate(&block->starts, (size_t)most_rows + 1, sizeof(uint32_t), what));
    BASE_TRY(base_allocate(&block->dense, source->d_sae, sizeof(float), what));
    BASE_TRY(base_allocate(&block->seen, source->d_sae, sizeof(uint64_t), what));
    return make_room(block, 1);
}

static void free_block(struct block *block)
{
    base_free(block->offsets);
    base_free(block->wide);
    base_free(block->starts);
    base_free(block->indices);
    base_free(block->values);
    base_free(block->dense);
    base_free(block->seen);
}

/* ---- the command ---- */

struct decoding {
    const char *path;
    struct cli_sae_input input;
    struct data_activations *rows; /* of --input, or NULL */
    struct source source;
    struct block block;
    struct base_output *output;
    float *x, *reconstruction;
};

static bool needs_input(const struct sae_architecture *architecture)
{
    return architecture->skip || sae_undoes_scaling(architecture);
}

static enum base_status open_input(const struct cli_values *values, struct decoding *decoding)
{
    const struct sae_architecture *architecture = &decoding->input.model.architecture;
    const char *argument = cli_text(values, "input");
    if (!needs_input(architecture))
        return BASE_OK; /* given or not, it is not needed */
    if (!argument)
        return base_fail(
            BASE_ERROR_USAGE, "decode: %s also needs the rows that were encoded (%s): give them with --input",
            decoding->input.path,
            architecture->skip ? "a skip connection" : sae_input_scaling_name(architecture->scaling));
    BASE_TRY(cli_sae_open_beside(values, "--input", argument, architecture->d_in, &decoding->rows));
    if (data_rows(decoding->rows) != decoding->source.rows)
        return base_fail(
            BASE_ERROR_INPUT, "--input: %s has %" PRIu64 " rows, and there are latents of %" PRIu64,
            data_shard_at(decoding->rows, 0).path, data_rows(decoding->rows), decoding->source.rows);
    return BASE_OK;
}

static enum base_status put_header(const struct decoding *decoding)
{
    const struct io_named_array array = {
        .name = "reconstruction",
        .dtype = IO_F32,
        .rank = 2,
        .shape = {decoding->source.rows, decoding->input.model.architecture.d_out}};
    char *header;
    uint64_t bytes = HEADER_BYTES;
    BASE_TRY(io_safetensors_header(decoding->path, &array, 1, NULL, 0, &header, &bytes));
    enum base_status status = base_output_write(decoding->output, header, (size_t)bytes);
    base_free(header);
    return status;
}

static enum base_status decode_block(struct decoding *decoding, uint64_t from)
{
    struct block *block = &decoding->block;
    const uint32_t width = decoding->input.model.architecture.d_out;
    if (base_interrupted())
        return BASE_INTERRUPTED;
    block->rows = (uint32_t)base_minimum(block->most_rows, decoding->source.rows - from);
    BASE_TRY(decoding->source.matrix ? read_matrix(&decoding->source, from, block)
                                     : read_sparse(&decoding->source, from, block));
    if (decoding->rows)
        BASE_TRY(data_read(decoding->rows, from, block->rows, decoding->x));
    const struct sae_latents latents = {block->rows, block->starts, block->indices, block->values};
    BASE_TRY(
        sae_inference_decode(decoding->input.inference, &latents, decoding->x, decoding->reconstruction));
    for (size_t i = 0; i < (size_t)block->rows * width; i++)
        if (!isfinite((double)decoding->reconstruction[i]))
            return base_fail(BASE_ERROR_NUMERIC, "row %" PRIu64 ": the reconstruction holds NaN or Inf%s",
                             from + i / width, decoding->rows ? "; look at the row of --input" : "");
    return base_output_write(decoding->output, decoding->reconstruction,
                             (size_t)block->rows * width * sizeof(float));
}

static enum base_status decode_rows(struct decoding *decoding)
{
    const struct sae_architecture *architecture = &decoding->input.model.architecture;
    const uint32_t most = sae_inference_rows(decoding->input.inference);
    struct base_progress progress;
    enum base_status status = BASE_OK;
    BASE_TRY(make_block(&decoding->source, most, &decoding->block));
    BASE_TRY(
        base_allocate(&decoding->reconstruction, (size_t)most * architecture->d_out, sizeof(float), "rows"));
    if (decoding->rows)
        BASE_TRY(base_allocate(&decoding->x, (size_t)most * architecture->d_in, sizeof(float), "rows"));
    base_progress_begin(&progress, "decoding", "rows");
    for (uint64_t from = 0; from < decoding->source.rows && status == BASE_OK; from += decoding->block.rows) {
        status = decode_block(decoding, from);
        base_progress_update(&progress, from, decoding->source.rows);
    }
    base_progress_end(&progress);
    return status;
}

static enum base_status report(const struct cli_values *values, const struct decoding *decoding)
{
    char rows[BASE_COUNT_BYTES];
    if (cli_flag(values, "json"))
        return cli_print_json(json_pack("{s:s, s:s, s:I, s:I}", "schema", "arclight.decode/1", "file",
                                        decoding->path, "rows", (json_int_t)decoding->source.rows, "width",
                                        (json_int_t)decoding->input.model.architecture.d_out));
    cli_print("%s: %s rows of %u\n", decoding->path, base_count_text(decoding->source.rows, rows),
              decoding->input.model.architecture.d_out);
    return BASE_OK;
}

enum base_status cli_run_decode(const struct cli_values *values)
{
    enum base_status status;
    struct decoding decoding = {.path = cli_text(values, "out")};
    if (!decoding.path)
        return base_fail(BASE_ERROR_USAGE, "decode: --out FILE is missing: where to put the reconstructions");
    BASE_CHECK(cli_sae_open_files(values, false, &decoding.input));
    BASE_CHECK(open_source(values->arguments[1], decoding.input.model.architecture.d_sae, &decoding.source));
    BASE_CHECK(open_input(values, &decoding));
    BASE_CHECK(cli_sae_open_device(values, &decoding.input));
    BASE_CHECK(base_output_open(decoding.path, &decoding.output));
    BASE_CHECK(put_header(&decoding));
    BASE_CHECK(decode_rows(&decoding));
    BASE_CHECK(base_output_commit(&decoding.output));
    BASE_CHECK(report(values, &decoding));
error:
    base_output_discard(&decoding.output);
    free_block(&decoding.block);
    base_free(decoding.x);
    base_free(decoding.reconstruction);
    io_close(&decoding.source.file);
    data_close(&decoding.rows);
    cli_sae_close(&decoding.input);
    return status;
}
