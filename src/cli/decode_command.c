/* `arclight decode`: latents, as encode writes them or as a matrix, into reconstructions. */
#include "base/memory.h"
#include "base/platform.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/latent_source.h"
#include "cli/output.h"
#include "cli/sae_input.h"
#include "cli/text.h"
#include "io/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 1024 };

/* ---- the command ---- */

struct decoding {
    const char *path;
    struct cli_sae_input input;
    struct data_activations *rows; /* of --input, or NULL */
    struct cli_latent_source source;
    struct cli_latent_block block;
    struct base_output *output;
    float *x, *reconstruction;
};

static bool needs_input(const struct sae_architecture *architecture)
{
    return architecture->skip || sae_undoes_scaling(architecture);
}

static bool is_on_line(const struct cli_values *values, const char *name)
{
    uint32_t index = cli_option_index(cli_find_option(name));
    return values->text[index] && values->source[index] == CLI_FROM_LINE;
}

static enum base_status open_input(const struct cli_values *values, struct decoding *decoding)
{
    const struct sae_architecture *architecture = &decoding->input.model.architecture;
    static const char *const of_input[] = {"rows", "step"};
    const char *argument = cli_text(values, "input");
    if (!argument)
        for (size_t i = 0; i < sizeof of_input / sizeof *of_input; i++)
            if (is_on_line(values, of_input[i]))
                return base_fail(BASE_ERROR_USAGE,
                                 "decode: --%s chooses rows of --input, and there is none: all latents are "
                                 "decoded",
                                 of_input[i]);
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
    struct cli_latent_block *block = &decoding->block;
    const uint32_t width = decoding->input.model.architecture.d_out;
    if (base_interrupted())
        return BASE_INTERRUPTED;
    BASE_TRY(cli_latents_read(&decoding->source, from, block));
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
    BASE_TRY(cli_latents_make_block(&decoding->source, most, &decoding->block));
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
    BASE_CHECK(
        cli_latents_open(values->arguments[1], decoding.input.model.architecture.d_sae, &decoding.source));
    BASE_CHECK(open_input(values, &decoding));
    BASE_CHECK(cli_sae_open_device(values, &decoding.input));
    BASE_CHECK(base_output_open(decoding.path, &decoding.output));
    BASE_CHECK(put_header(&decoding));
    BASE_CHECK(decode_rows(&decoding));
    BASE_CHECK(base_output_commit(&decoding.output));
    BASE_CHECK(report(values, &decoding));
error:
    base_output_discard(&decoding.output);
    cli_latents_free_block(&decoding.block);
    base_free(decoding.x);
    base_free(decoding.reconstruction);
    cli_latents_close(&decoding.source);
    data_close(&decoding.rows);
    cli_sae_close(&decoding.input);
    return status;
}
