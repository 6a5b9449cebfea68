/* `arclight srm`: from options to an analysis to its files. */
#include "base/memory.h"
#include "base/platform.h"
#include "cli/commands.h"
#include "cli/sae_input.h"
#include "cli/srm_report.h"
#include "cli/together.h"
#include "cli/values.h"
#include "view/theme.h"

#include <string.h>

/* What the options say, with what they own. */
struct request {
    struct srm_parameters parameters;
    double *epsilons;
    struct data_activations *activations;
    struct sae_model autoencoder; /* of --basis sae:DIR */
    bool together;                /* --planes together: chosen when the device is open */
    uint64_t together_count;
    json_t *configuration;
    struct cli_srm_outputs outputs;
};

static enum base_status read_epsilons(const struct cli_values *values, struct request *request)
{
    const char *text = cli_text(values, "epsilon");
    if (strcmp(text, "auto") == 0)
        return BASE_OK;
    BASE_TRY(cli_parse_reals(cli_label(values, "epsilon"), text, -1, 1, &request->epsilons,
                             &request->parameters.n_epsilons));
    request->parameters.epsilons = request->epsilons;
    return BASE_OK;
}

static enum base_status read_parameters(const struct cli_values *values, struct request *request)
{
    struct srm_parameters *parameters = &request->parameters;
    parameters->basis = cli_text(values, "basis");
    parameters->angles = (uint32_t)cli_integer(values, "angles");
    parameters->permutations = strcmp(cli_text(values, "pairs"), "perm") == 0;
    parameters->difference = cli_flag(values, "signed");
    parameters->centre = cli_flag(values, "center");
    parameters->strict = cli_flag(values, "strict");
    parameters->seed = (uint64_t)cli_integer(values, "seed");
    parameters->controls = (uint32_t)cli_integer(values, "control");
    parameters->members = (uint32_t)cli_integer(values, "members");
    parameters->labels = cli_text(values, "labels");
    parameters->folder = cli_text(values, "out");
    BASE_TRY(read_epsilons(values, request));
    BASE_TRY(cli_together_parse(cli_text(values, "planes"), &request->together, &request->together_count));
    if (!request->together)
        BASE_TRY(srm_plane_choice_parse(cli_text(values, "planes"), &parameters->planes));
    return cli_parse_bytes(cli_label(values, "max-counts"), cli_text(values, "max-counts"),
                           &parameters->most_count_bytes);
}

static enum base_status open_activations(const struct cli_values *values, struct request *request)
{
    struct data_open_parameters parameters = {
        .arguments = values->arguments,
        .n_arguments = values->n_arguments,
        .step = cli_given(values, "step") ? (uint64_t)cli_integer(values, "step") : UINT64_MAX,
    };
    if (cli_given(values, "rows"))
        BASE_TRY(cli_parse_range(cli_label(values, "rows"), cli_text(values, "rows"), &parameters.rows_from,
                                 &parameters.rows_to));
    BASE_TRY(data_open(&parameters, &request->activations));
    request->parameters.activations = request->activations;
    return BASE_OK;
}

/* --basis sae:DIR[:decoder|encoder]: the autoencoder's directions, a vector a latent. The analysis knows no
 * autoencoders: it gets the rows. A latent without direction cannot be left out silently, since planes are
 * named by the numbers of their vectors. */
static enum base_status read_directions(const struct cli_values *values, struct request *request)
{
    const struct sae_architecture *architecture = &request->autoencoder.architecture;
    const char *text = cli_text(values, "basis");
    if (strncmp(text, "sae:", 4) != 0)
        return request->together
                   ? base_fail(BASE_ERROR_USAGE,
                               "--planes together is about an autoencoder's latents: it wants --basis "
                               "sae:DIR")
                   : BASE_OK;
    BASE_TRY(cli_sae_read_directions(text, data_width(request->activations), &request->autoencoder,
                                     &request->parameters.vectors));
    request->parameters.n_vectors = architecture->d_sae;
    if (request->together && architecture->d_in != data_width(request->activations))
        return base_fail(BASE_ERROR_INPUT, "--planes together: %s takes rows of %u values, and these have %u",
                         text, architecture->d_in, data_width(request->activations));
    return BASE_OK;
}

static void read_outputs(const struct cli_values *values, struct request *request)
{
    bool light = strcmp(cli_text(values, "theme"), "light") == 0;
    request->configuration = cli_configuration(values);
    request->outputs = (struct cli_srm_outputs){
        .folder = cli_text(values, "out"),
        .picture = !cli_flag(values, "no-picture"),
        .panels = cli_flag(values, "panels"),
        .theme = light ? &view_theme_light : &view_theme_dark,
        .scale = (float)cli_real(values, "scale"),
        .json = cli_flag(values, "json"),
        .configuration = request->configuration,
    };
}

/* The folder is made, and the files are opened, before the device: what is wrong with them is said at once.
 */
static enum base_status read_request(const struct cli_values *values, struct request *request)
{
    if (!cli_given(values, "out"))
        return base_fail(BASE_ERROR_USAGE, "srm: --out DIR is missing: where to put the results");
    BASE_TRY(read_parameters(values, request));
    BASE_TRY(open_activations(values, request));
    BASE_TRY(read_directions(values, request));
    read_outputs(values, request);
    return base_folder_make(request->outputs.folder);
}

enum base_status cli_run_srm(const struct cli_values *values)
{
    struct request request = {0};
    struct gpu *gpu = NULL;
    struct srm_result result = {0};
    enum base_status status;
    BASE_CHECK(read_request(values, &request));
    BASE_CHECK(cli_open_gpu(values, false, &gpu));
    if (request.together)
        BASE_CHECK(cli_together_choose(gpu, &request.autoencoder, request.activations, request.together_count,
                                       &request.parameters.planes));
    base_outputs_gather();
    BASE_CHECK(srm_analyse(gpu, &request.parameters, &result));
    BASE_CHECK(cli_srm_report(gpu, &request.parameters, &result, &request.outputs));
    BASE_CHECK(base_outputs_publish());
error:
    if (gpu)
        srm_result_free(gpu, &result);
    gpu_close(&gpu);
    data_close(&request.activations);
    sae_model_free(&request.autoencoder);
    srm_plane_choice_free(&request.parameters.planes);
    base_free(request.epsilons);
    json_decref(request.configuration);
    return status;
}
