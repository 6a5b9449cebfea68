/* `arclight convert`. */
#include "base/memory.h"
#include "base/platform.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/sae_input.h"
#include "cli/text.h"
#include "cli/values.h"
#include "io/json.h"
#include "io/tensor.h"
#include "sae/checkpoint.h"
#include "sae/formats.h"

#include <math.h>

/* Norms nearer to 1 than this are taken as folded, so that converting twice changes nothing (SAEBench asks
 * for as much). */
#define UNIT_TOLERANCE 1e-5

struct conversion {
    const char *source, *destination;
    struct sae_architecture read, written;
    double least_norm, greatest_norm; /* of the decoder's rows as read */
    bool folded;
    bool selects_by_latent; /* TopK without rescaling: norms cannot be folded */
};

static bool is_unit(double norm)
{
    return fabs(norm - 1) <= UNIT_TOLERANCE;
}

static void fold(struct sae_model *model, struct conversion *conversion)
{
    const struct sae_architecture *of = &model->architecture;
    sae_decoder_norms(model, &conversion->least_norm, &conversion->greatest_norm);
    bool unit = is_unit(conversion->least_norm) && is_unit(conversion->greatest_norm);
    conversion->selects_by_latent = of->activation == SAE_TOPK && !of->rescale_by_decoder_norm;
    conversion->folded = !unit && !conversion->selects_by_latent;
    if (conversion->folded)
        sae_fold_decoder_norm(model);
    conversion->written = model->architecture;
}

/* How often each latent fires, where SAELens's folder says so: log10(rate + 1e-10). Folding changes nothing
 * about it. *rates [d_sae] is freed with base_free; NULL: not said. */
static enum base_status read_rates(const char *source, uint32_t d_sae, float **rates)
{
    enum base_status status = BASE_OK;
    struct io_file *file = NULL;
    const struct io_tensor *tensor;
    char *path = base_path_join(source, "sparsity.safetensors");
    if (!path)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", source);
    if (!base_path_exists(path))
        goto error;
    BASE_CHECK(io_open(path, &file));
    BASE_CHECK(io_find(file, "sparsity", 1, &tensor));
    if (tensor->shape[0] != d_sae)
        BASE_CHECK(base_fail(BASE_ERROR_INPUT, "%s: %llu values for %u latents", path,
                             (unsigned long long)tensor->shape[0], d_sae));
    BASE_CHECK(base_allocate(rates, d_sae, sizeof **rates, path));
    BASE_CHECK(io_read_rows(file, tensor, 0, d_sae, *rates));
    for (uint32_t i = 0; i < d_sae; i++) {
        if (!((*rates)[i] < 1e-3f)) /* a rate is at most 1; NaN comes here too */
            BASE_CHECK(base_fail(BASE_ERROR_INPUT, "%s: [%u] is no logarithm of a rate", path, i));
        (*rates)[i] = (float)fmax(0, pow(10, (*rates)[i]) - 1e-10);
    }
error:
    io_close(&file);
    base_free(path);
    return status;
}

/* Gemma Scope's files do not say whether they are transcoders when both widths are equal; a hook for the
 * output does. */
static enum base_status take_output_hook(const struct cli_values *values, struct sae_architecture *of)
{
    if (!cli_given(values, "hook-name-out") || of->transcoder)
        return BASE_OK;
    if (of->apply_b_dec_to_input || of->n_inputs > 1 || of->scaling != SAE_SCALING_NONE)
        return base_fail(BASE_ERROR_USAGE, "%s: %s is no transcoder (its architecture is %s)",
                         cli_label(values, "hook-name-out"), values->arguments[0], sae_architecture_name(of));
    of->transcoder = true;
    return BASE_OK;
}

static void print_architecture(const char *word, const char *path, const struct sae_architecture *of)
{
    char text[256] = "", d_in[BASE_COUNT_BYTES], d_sae[BASE_COUNT_BYTES], d_out[BASE_COUNT_BYTES];
    struct cli_line line = {text, sizeof text, 0};
    cli_line_add(&line, "%s, %s -> %s", sae_architecture_name(of), base_count_text(of->d_in, d_in),
                 base_count_text(of->d_sae, d_sae));
    if (of->transcoder)
        cli_line_add(&line, " -> %s", base_count_text(of->d_out, d_out));
    if (of->activation == SAE_TOPK)
        cli_line_add(&line, ", k %.0f", of->k);
    if (of->n_inputs > 1)
        cli_line_add(&line, ", %u inputs", of->n_inputs);
    if (of->scaling != SAE_SCALING_NONE)
        cli_line_add(&line, ", input scaling %s", sae_input_scaling_name(of->scaling));
    cli_print("%-8s%s: %s\n", word, path, text);
}

static enum base_status print_text(const struct conversion *conversion)
{
    print_architecture("read", conversion->source, &conversion->read);
    print_architecture("wrote", conversion->destination, &conversion->written);
    if (conversion->folded)
        cli_print("folded  decoder norms (%.4g to %.4g) into the encoder\n", conversion->least_norm,
                  conversion->greatest_norm);
    else if (conversion->selects_by_latent)
        cli_print("kept    decoder norms (%.4g to %.4g): folded, other latents would be the k greatest\n",
                  conversion->least_norm, conversion->greatest_norm);
    else
        cli_print("kept    decoder norms, which are 1\n");
    return BASE_OK;
}

static json_t *describe(const char *path, const struct sae_architecture *of)
{
    return json_pack("{s:o, s:s, s:s, s:I, s:I, s:I, s:o, s:i, s:b, s:s}", "path", io_json_text(path),
                     "architecture", sae_architecture_name(of), "activation",
                     sae_activation_name(of->activation), "d_in", (json_int_t)of->d_in, "d_out",
                     (json_int_t)of->d_out, "d_sae", (json_int_t)of->d_sae, "k",
                     of->activation == SAE_TOPK ? json_integer((json_int_t)of->k) : json_null(), "n_inputs",
                     (int)of->n_inputs, "apply_b_dec_to_input", (int)of->apply_b_dec_to_input,
                     "input_scaling", sae_input_scaling_name(of->scaling));
}

static enum base_status print_document(const struct conversion *conversion)
{
    return cli_print_json(json_pack("{s:s, s:o, s:o, s:b, s:[f, f]}", "schema", "arclight.convert/1", "read",
                                    describe(conversion->source, &conversion->read), "wrote",
                                    describe(conversion->destination, &conversion->written),
                                    "decoder_norms_folded", (int)conversion->folded, "decoder_norms",
                                    conversion->least_norm, conversion->greatest_norm));
}

/* A run's checkpoints, metrics and options would stand beside weights that are not its own. */
static enum base_status refuse_runs(const char *folder)
{
    return sae_checkpoint_exists(folder)
               ? base_fail(BASE_ERROR_USAGE, "%s holds a training run: convert into another folder", folder)
               : BASE_OK;
}

enum base_status cli_run_convert(const struct cli_values *values)
{
    enum base_status status;
    struct sae_model model = {0};
    float *rates = NULL;
    struct conversion conversion = {.source = values->arguments[0], .destination = values->arguments[1]};
    const struct sae_save_metadata metadata = {
        .model_name = cli_text(values, "model-name"),
        .hook_name = cli_text(values, "hook-name"),
        .hook_name_out = cli_text(values, "hook-name-out"),
        .context_size = (uint64_t)cli_integer(values, "context-size"),
        .prepend_bos = cli_given(values, "prepend-bos") ? cli_flag(values, "prepend-bos") : -1,
        .l0 = -1,
        .n_dead = -1,
    };
    BASE_CHECK(refuse_runs(conversion.destination));
    BASE_CHECK(cli_sae_read(conversion.source, &model));
    BASE_CHECK(take_output_hook(values, &model.architecture));
    conversion.read = model.architecture;
    BASE_CHECK(read_rates(conversion.source, model.architecture.d_sae, &rates));
    fold(&model, &conversion);
    BASE_CHECK(sae_save(conversion.destination, &model, &metadata, rates));
    status = cli_flag(values, "json") ? print_document(&conversion) : print_text(&conversion);
error:
    base_free(rates);
    sae_model_free(&model);
    return status;
}
