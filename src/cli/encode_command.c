/* `arclight encode`: activations into active latents.
 *
 * A .safetensors says in its header how long each tensor is, and how many latents are active is known only at
 * the end. The header's room is kept free, row_offsets and indices are written to their places as they come,
 * the values go into a temporary file beside, and are appended when the last index is known: nothing but a
 * block of rows is ever in memory, and each row is encoded once. */
#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/sae_input.h"
#include "cli/text.h"
#include "io/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HEADER_BYTES = 1024, COPY_BYTES = 1 << 20 };

struct encoding {
    const char *path;
    struct base_output *output, *values; /* values: the temporary file */
    uint64_t rows, d_in, d_sae;
    uint64_t entries;
    int64_t *offsets; /* of a block, [rows + 1] */
    int32_t *indices; /* a piece of a block */
    float *dense;     /* a row */
    bool is_dense;
};

/* ---- what both forms have ---- */

struct metadata {
    char rows[24], width[24], d_sae[24], non_finite[24];
    const char *pairs[12];
};

static void fill_metadata(const struct encoding *encoding, uint64_t non_finite, struct metadata *metadata)
{
    snprintf(metadata->rows, sizeof metadata->rows, "%" PRIu64, encoding->rows);
    snprintf(metadata->width, sizeof metadata->width, "%" PRIu64, encoding->d_in);
    snprintf(metadata->d_sae, sizeof metadata->d_sae, "%" PRIu64, encoding->d_sae);
    snprintf(metadata->non_finite, sizeof metadata->non_finite, "%" PRIu64, non_finite);
    const char *pairs[] = {"rows",  metadata->rows,  "width",           metadata->width,
                           "d_sae", metadata->d_sae, "non_finite_rows", metadata->non_finite};
    memcpy(metadata->pairs, pairs, sizeof pairs);
}
enum { METADATA_PAIRS = 4 };

static enum base_status put_header(const struct encoding *encoding, uint64_t non_finite,
                                   const struct io_named_array *arrays, uint64_t n_arrays)
{
    struct metadata metadata;
    char *header;
    uint64_t bytes = HEADER_BYTES;
    fill_metadata(encoding, non_finite, &metadata);
    BASE_TRY(io_safetensors_header(encoding->path, arrays, n_arrays, metadata.pairs, METADATA_PAIRS, &header,
                                   &bytes));
    enum base_status status = base_output_write_at(encoding->output, 0, header, (size_t)bytes);
    base_free(header);
    return status;
}

/* ---- compressed sparse rows ---- */

static uint64_t indices_at(const struct encoding *encoding)
{
    return HEADER_BYTES + (encoding->rows + 1) * sizeof(int64_t);
}

static enum base_status put_indices(struct encoding *encoding, const struct sae_latents *latents,
                                    uint32_t count)
{
    enum { PIECE = 1 << 16 };
    for (uint32_t from = 0; from < count; from += PIECE) {
        uint32_t n = (uint32_t)base_minimum(PIECE, count - from);
        for (uint32_t i = 0; i < n; i++)
            encoding->indices[i] = (int32_t)latents->indices[from + i];
        BASE_TRY(base_output_write_at(encoding->output,
                                      indices_at(encoding) + (encoding->entries + from) * sizeof(int32_t),
                                      encoding->indices, n * sizeof(int32_t)));
    }
    return BASE_OK;
}

/* Offsets of all rows of the block, those that were left out too: they have no entries. */
static enum base_status put_block(struct encoding *encoding, const struct sae_walk_block *block)
{
    const uint32_t *starts = block->latents.row_offsets;
    uint32_t used = 0;
    for (uint64_t r = 0; r < block->count; r++) {
        used += used < block->rows && block->numbers[used] == block->from + r;
        encoding->offsets[r] = (int64_t)(encoding->entries + (used > 0 ? starts[used] : 0));
    }
    BASE_TRY(base_output_write_at(encoding->output, HEADER_BYTES + (block->from + 1) * sizeof(int64_t),
                                  encoding->offsets, (size_t)block->count * sizeof(int64_t)));
    uint32_t count = block->rows > 0 ? starts[block->rows] : 0;
    BASE_TRY(put_indices(encoding, &block->latents, count));
    BASE_TRY(base_output_write(encoding->values, block->latents.values, count * sizeof(float)));
    encoding->entries += count;
    return BASE_OK;
}

static enum base_status append_values(struct encoding *encoding)
{
    const uint64_t bytes = encoding->entries * sizeof(float), start = indices_at(encoding) + bytes;
    char *piece;
    enum base_status status = BASE_OK;
    BASE_TRY(base_allocate(&piece, COPY_BYTES, 1, "values"));
    for (uint64_t at = 0; at < bytes && status == BASE_OK; at += COPY_BYTES) {
        size_t n = (size_t)base_minimum(COPY_BYTES, bytes - at);
        status = base_output_read_at(encoding->values, at, piece, n);
        if (status == BASE_OK)
            status = base_output_write_at(encoding->output, start + at, piece, n);
    }
    base_free(piece);
    return status;
}

static enum base_status finish_sparse(struct encoding *encoding, uint64_t non_finite)
{
    const int64_t zero = 0;
    const struct io_named_array arrays[] = {
        {.name = "row_offsets", .dtype = IO_I64, .rank = 1, .shape = {encoding->rows + 1}},
        {.name = "indices", .dtype = IO_I32, .rank = 1, .shape = {encoding->entries}},
        {.name = "values", .dtype = IO_F32, .rank = 1, .shape = {encoding->entries}},
    };
    BASE_TRY(base_output_write_at(encoding->output, HEADER_BYTES, &zero, sizeof zero));
    BASE_TRY(append_values(encoding));
    return put_header(encoding, non_finite, arrays, 3);
}

/* ---- the matrix ---- */

static enum base_status put_dense_block(struct encoding *encoding, const struct sae_walk_block *block)
{
    const struct sae_latents *latents = &block->latents;
    const size_t bytes = (size_t)encoding->d_sae * sizeof(float);
    uint32_t used = 0;
    for (uint64_t r = 0; r < block->count; r++) {
        memset(encoding->dense, 0, bytes);
        if (used < block->rows && block->numbers[used] == block->from + r) {
            for (uint32_t e = latents->row_offsets[used]; e < latents->row_offsets[used + 1]; e++)
                encoding->dense[latents->indices[e]] = latents->values[e];
            encoding->entries += latents->row_offsets[used + 1] - latents->row_offsets[used];
            used++;
        }
        BASE_TRY(base_output_write_at(encoding->output, HEADER_BYTES + (block->from + r) * bytes,
                                      encoding->dense, bytes));
    }
    return BASE_OK;
}

static enum base_status finish_dense(struct encoding *encoding, uint64_t non_finite)
{
    const struct io_named_array array = {
        .name = "latents", .dtype = IO_F32, .rank = 2, .shape = {encoding->rows, encoding->d_sae}};
    return put_header(encoding, non_finite, &array, 1);
}

/* ---- the command ---- */

static enum base_status open_output(struct encoding *encoding, uint32_t block_rows)
{
    enum { INDICES = 1 << 16 };
    static const char what[] = "a block of latents";
    BASE_TRY(base_output_open(encoding->path, &encoding->output));
    if (encoding->is_dense)
        return base_allocate(&encoding->dense, (size_t)encoding->d_sae, sizeof(float), what);
    size_t bytes = strlen(encoding->path) + sizeof ".values";
    char *beside;
    BASE_TRY(base_allocate(&beside, bytes, 1, what));
    snprintf(beside, bytes, "%s.values", encoding->path);
    enum base_status status = base_output_open(beside, &encoding->values);
    base_free(beside);
    BASE_TRY(status);
    BASE_TRY(base_allocate(&encoding->offsets, block_rows, sizeof(int64_t), what));
    return base_allocate(&encoding->indices, INDICES, sizeof(int32_t), what);
}

static enum base_status walk_rows(struct encoding *encoding, struct sae_walk *walk)
{
    for (struct sae_walk_block block;;) {
        BASE_TRY(sae_walk_next(walk, &block));
        if (block.count == 0)
            break;
        BASE_TRY(encoding->is_dense ? put_dense_block(encoding, &block) : put_block(encoding, &block));
    }
    uint64_t non_finite = sae_walk_left_out(walk).non_finite;
    BASE_TRY(encoding->is_dense ? finish_dense(encoding, non_finite) : finish_sparse(encoding, non_finite));
    return base_output_commit(&encoding->output);
}

static enum base_status report(const struct cli_values *values, const struct encoding *encoding,
                               uint64_t non_finite)
{
    char rows[BASE_COUNT_BYTES], entries[BASE_COUNT_BYTES];
    double l0 = (double)encoding->entries / (double)base_maximum(1, encoding->rows - non_finite);
    if (non_finite > 0)
        base_log(BASE_LOG_NORMAL, "%" PRIu64 " rows with NaN or Inf have no latents", non_finite);
    if (cli_flag(values, "json"))
        return cli_print_json(json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:f, s:b}", "schema",
                                        "arclight.encode/1", "file", encoding->path, "rows",
                                        (json_int_t)encoding->rows, "d_sae", (json_int_t)encoding->d_sae,
                                        "active", (json_int_t)encoding->entries, "non_finite_rows",
                                        (json_int_t)non_finite, "l0", l0, "dense", (int)encoding->is_dense));
    cli_print("%s: %s rows, %s active latents (L0 %.4g)\n", encoding->path,
              base_count_text(encoding->rows, rows), base_count_text(encoding->entries, entries), l0);
    return BASE_OK;
}

enum base_status cli_run_encode(const struct cli_values *values)
{
    enum base_status status;
    struct cli_sae_input input = {0};
    struct encoding encoding = {.path = cli_text(values, "out"), .is_dense = cli_flag(values, "dense")};
    struct sae_walk *walk = NULL;
    if (!encoding.path)
        return base_fail(BASE_ERROR_USAGE, "encode: --out FILE is missing: where to put the latents");
    BASE_CHECK(cli_sae_open_files(values, true, &input));
    encoding.rows = data_rows(input.activations);
    encoding.d_in = input.model.architecture.d_in;
    encoding.d_sae = input.model.architecture.d_sae;
    BASE_CHECK(cli_sae_open_device(values, &input));
    BASE_CHECK(sae_walk_open(&(struct sae_walk_parameters){.activations = input.activations,
                                                           .inference = input.inference,
                                                           .norm_bound = INFINITY,
                                                           .strict = cli_flag(values, "strict"),
                                                           .what = "encoding"},
                             &walk));
    BASE_CHECK(open_output(&encoding, sae_walk_rows(walk)));
    BASE_CHECK(walk_rows(&encoding, walk));
    BASE_CHECK(report(values, &encoding, sae_walk_left_out(walk).non_finite));
error:
    sae_walk_close(&walk);
    base_output_discard(&encoding.output);
    base_output_discard(&encoding.values);
    base_free(encoding.offsets);
    base_free(encoding.indices);
    base_free(encoding.dense);
    cli_sae_close(&input);
    return status;
}
