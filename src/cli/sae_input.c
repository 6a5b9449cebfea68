#include "cli/sae_input.h"

#include "base/memory.h"
#include "cli/text.h"
#include "data/shuffle.h"
#include "io/json.h"
#include "sae/formats.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- weights ---- */

static enum base_status check_finite(const char *path, const struct sae_model *model)
{
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(model, tensors);
    for (uint32_t t = 0; t < count; t++)
        for (uint64_t i = 0; i < tensors[t].rows * tensors[t].cols; i++)
            if (!isfinite((double)tensors[t].values[i]))
                return base_fail(BASE_ERROR_INPUT, "%s: %s holds NaN or Inf; the weights are damaged", path,
                                 tensors[t].name);
    return BASE_OK;
}

enum base_status cli_sae_read(const char *path, struct sae_model *model)
{
    *model = (struct sae_model){.W_enc = NULL};
    BASE_TRY(sae_load(path, model));
    enum base_status status = check_finite(path, model);
    if (status != BASE_OK)
        sae_model_free(model);
    return status;
}

/* Cuts ":decoder" or ":encoder" off the end; true for the latter. */
static bool cut_side(char *path)
{
    static const char *const sides[] = {":decoder", ":encoder"};
    const size_t length = strlen(path), end = strlen(sides[0]);
    for (int side = 0; side < 2; side++)
        if (length > end && strcmp(path + length - end, sides[side]) == 0) {
            path[length - end] = '\0';
            return side == 1;
        }
    return false;
}

enum base_status cli_sae_read_directions(const char *text, uint32_t width, struct sae_model *model,
                                         const float **directions)
{
    const struct sae_architecture *architecture = &model->architecture;
    *model = (struct sae_model){0};
    char *path = base_copy_string(text + strlen("sae:"));
    if (!path)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of the autoencoder");
    bool encoder = cut_side(path);
    enum base_status status = cli_sae_read(path, model);
    base_free(path);
    BASE_TRY(status);
    const uint32_t found = encoder ? architecture->d_in : architecture->d_out;
    if (found != width)
        return base_fail(BASE_ERROR_INPUT,
                         "--basis: the directions of %s have %u values, and the rows have %u", text, found,
                         width);
    *directions = encoder ? model->W_enc : model->W_dec;
    return BASE_OK;
}

/* ---- rows ---- */

static enum base_status open_set(const struct cli_values *values, const char *const *arguments,
                                 uint32_t n_arguments, bool side_by_side, struct data_activations **out)
{
    struct data_open_parameters parameters = {
        .arguments = arguments, .n_arguments = n_arguments, .side_by_side = side_by_side, .step = UINT64_MAX};
    if (values->command->bit & (CLI_ON_ROWS | CLI_DECODE)) {
        if (cli_given(values, "step"))
            parameters.step = (uint64_t)cli_integer(values, "step");
        if (cli_given(values, "rows"))
            BASE_TRY(cli_parse_range(cli_label(values, "rows"), cli_text(values, "rows"),
                                     &parameters.rows_from, &parameters.rows_to));
    }
    return data_open(&parameters, out);
}

enum base_status cli_sae_open_beside(const struct cli_values *values, const char *what, const char *argument,
                                     uint32_t width, struct data_activations **out)
{
    BASE_TRY(open_set(values, &argument, 1, false, out));
    if (data_width(*out) == width)
        return BASE_OK;
    enum base_status status = base_fail(BASE_ERROR_INPUT, "%s: %s has rows of %u values, and %u are needed",
                                        what, data_shard_at(*out, 0).path, data_width(*out), width);
    data_close(out);
    return status;
}

static enum base_status check_width(const struct cli_sae_input *input)
{
    const struct sae_architecture *a = &input->model.architecture;
    uint32_t width = data_width(input->activations);
    if (width == a->d_in)
        return BASE_OK;
    if (a->n_inputs > 1 && width == a->d_in / a->n_inputs)
        return base_fail(BASE_ERROR_USAGE,
                         "%s is a crosscoder of %" PRIu32 " inputs of %" PRIu32
                         " values: give all of them, an "
                         "argument each",
                         input->path, a->n_inputs, width);
    return base_fail(
        BASE_ERROR_INPUT, "%s has rows of %u values, and %s takes rows of %u: they do not belong together",
        data_shard_at(input->activations, 0).path, width, input->path, input->model.architecture.d_in);
}

/* A crosscoder's inputs, an argument each as train has them; or files whose rows hold all of them. */
static enum base_status open_inputs(const struct cli_values *values, struct cli_sae_input *input)
{
    const struct sae_architecture *a = &input->model.architecture;
    const char *const *arguments = values->arguments + 1;
    uint32_t count = values->n_arguments - 1;
    if (a->n_inputs < 2 || count < 2)
        return open_set(values, arguments, count, false, &input->activations);
    BASE_TRY(open_set(values, arguments, 1, false, &input->activations));
    bool is_one_input = data_width(input->activations) == a->d_in / a->n_inputs;
    data_close(&input->activations);
    if (is_one_input && count != a->n_inputs)
        return base_fail(BASE_ERROR_USAGE, "%s is a crosscoder of %" PRIu32 " inputs, and there are %" PRIu32,
                         input->path, a->n_inputs, count);
    return open_set(values, arguments, count, is_one_input, &input->activations);
}

enum base_status cli_sae_open_files(const struct cli_values *values, bool with_rows,
                                    struct cli_sae_input *input)
{
    *input = (struct cli_sae_input){.path = values->arguments[0]};
    BASE_TRY(cli_sae_read(input->path, &input->model));
    if (!with_rows)
        return BASE_OK;
    BASE_TRY(open_inputs(values, input));
    return check_width(input);
}

enum base_status cli_sae_open_device(const struct cli_values *values, struct cli_sae_input *input)
{
    enum { MOST_ROWS = 4096 };
    BASE_TRY(cli_open_gpu(values, false, &input->gpu));
    return sae_inference_create(input->gpu, &input->model, MOST_ROWS, &input->inference);
}

void cli_sae_close(struct cli_sae_input *input)
{
    sae_inference_destroy(&input->inference);
    gpu_close(&input->gpu);
    data_close(&input->activations);
    sae_model_free(&input->model);
}

enum base_status cli_sae_norm_bound(const struct cli_values *values, struct data_activations *activations,
                                    double *bound, double *median)
{
    enum { MOST_ROWS = 65536 };
    double multiple = cli_real(values, "max-norm");
    *bound = INFINITY;
    *median = NAN;
    if (!(multiple > 0))
        return BASE_OK;
    BASE_TRY(data_median_norm(activations, 0, data_rows(activations), MOST_ROWS, median));
    *bound = multiple * *median;
    return BASE_OK;
}

/* ---- words ---- */

void cli_sae_describe(const struct sae_model *model, char *text, size_t bytes)
{
    const struct sae_architecture *a = &model->architecture;
    struct cli_line line = {.text = text, .bytes = bytes};
    char count[BASE_COUNT_BYTES];
    text[0] = '\0';
    cli_line_add(&line, "%s%s%s, width %" PRIu32, sae_activation_name(a->activation), a->skip ? " skip" : "",
                 a->transcoder     ? " transcoder"
                 : a->n_inputs > 1 ? " crosscoder"
                                   : "",
                 a->d_in);
    if (a->d_out != a->d_in)
        cli_line_add(&line, " to %" PRIu32, a->d_out);
    cli_line_add(&line, ", %s latents", base_count_text(a->d_sae, count));
    if (a->k > 0)
        cli_line_add(&line, ", k %g", a->k);
    if (a->scaling != SAE_SCALING_NONE)
        cli_line_add(&line, ", %s", sae_input_scaling_name(a->scaling));
}

json_t *cli_sae_description(const char *path, const struct sae_model *model)
{
    const struct sae_architecture *a = &model->architecture;
    return json_pack("{s:o, s:s, s:i, s:i, s:i, s:o, s:b, s:b, s:i, s:s}", "path", io_json_text(path),
                     "activation", sae_activation_name(a->activation), "d_in", (int)a->d_in, "d_out",
                     (int)a->d_out, "d_sae", (int)a->d_sae, "k", a->k > 0 ? json_real(a->k) : json_null(),
                     "transcoder", (int)a->transcoder, "skip", (int)a->skip, "inputs", (int)a->n_inputs,
                     "normalize_activations", sae_input_scaling_name(a->scaling));
}

json_t *cli_sae_shards(const struct data_activations *activations)
{
    json_t *shards = json_array();
    for (uint32_t i = 0; i < data_shard_count(activations); i++) {
        struct data_shard_information shard = data_shard_at(activations, i);
        json_array_append_new(shards, json_pack("{s:o, s:o, s:s, s:I}", "path", io_json_text(shard.path),
                                                "tensor", io_json_text(shard.tensor), "dtype", shard.dtype,
                                                "rows", (json_int_t)shard.rows));
    }
    return shards;
}
