/* `arclight view`: from options to a scene and a window. */
#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "cli/commands.h"
#include "cli/view_window.h"
#include "live/dashboard.h"
#include "live/film_scene.h"
#include "live/records.h"
#include "live/records_scene.h"
#include "srm/basis.h"

#include <math.h>
#include <string.h>

/* Pieces of work with a window: a frame waits for one at most. */
#define WINDOW_SUBMISSION_NS UINT64_C(6000000)

/* ---- what is counted ---- */

struct request {
    const struct cli_values *values;
    struct live_resonance_parameters resonance;
    struct srm_plane_choice planes;
    struct srm_basis basis;
};

static enum base_status read_epsilon(const struct cli_values *values, double *epsilon)
{
    const char *text = cli_text(values, "epsilon");
    double *epsilons = NULL;
    uint32_t count;
    *epsilon = NAN;
    if (strcmp(text, "auto") == 0)
        return BASE_OK;
    BASE_TRY(cli_parse_reals(cli_label(values, "epsilon"), text, 0.05, 0.95, &epsilons, &count));
    *epsilon = epsilons[0];
    base_free(epsilons);
    return count == 1 ? BASE_OK
                      : base_fail(BASE_ERROR_USAGE, "view: one --epsilon to begin with, not %u", count);
}

/* --planes of view: all (of the chosen vectors), or a list. */
static enum base_status read_planes(struct request *request)
{
    BASE_TRY(srm_plane_choice_parse(cli_text(request->values, "planes"), &request->planes));
    if (request->planes.kind == SRM_PLANES_SAMPLE)
        return base_fail(
            BASE_ERROR_USAGE,
            "view: --planes takes all or a list i:j,…; --vectors says of how many vectors all pairs are "
            "counted");
    if (request->planes.kind == SRM_PLANES_LISTED) {
        request->resonance.listed = request->planes.listed;
        request->resonance.n_listed = (uint32_t)request->planes.count;
    }
    return BASE_OK;
}

enum base_status cli_view_resonance(const struct cli_values *values,
                                    struct live_resonance_parameters *resonance)
{
    *resonance = (struct live_resonance_parameters){
        .orthonormal = true,
        .basis_name = "standard basis",
        .subject = "activations",
        .most_vectors = cli_given(values, "vectors") ? (uint32_t)cli_integer(values, "vectors") : 0,
        .angles = (uint32_t)cli_integer(values, "angles"),
        .seed = (uint64_t)cli_integer(values, "seed"),
    };
    return read_epsilon(values, &resonance->epsilon);
}

uint32_t cli_view_rotations(const struct cli_values *values, const struct gpu *gpu, uint64_t steps)
{
    if (cli_given(values, "control"))
        return (uint32_t)cli_integer(values, "control");
    return steps > 1 && gpu_information(gpu)->type == GPU_CPU ? 2 : 4;
}

/* ---- the rows ---- */

static enum base_status open_film(const struct cli_values *values, struct gpu *gpu, struct live_film **film)
{
    const uint64_t cpu = UINT64_C(64) << 20, other = UINT64_C(512) << 20;
    struct live_film_parameters parameters = {
        .arguments = values->arguments,
        .n_arguments = values->n_arguments,
        .step = cli_given(values, "step") ? (uint64_t)cli_integer(values, "step") : UINT64_MAX,
        .most_rows = cli_given(values, "ring") ? (uint64_t)cli_integer(values, "ring") : 0,
        .most_bytes = gpu_information(gpu)->type == GPU_CPU ? cpu : other,
    };
    if (cli_given(values, "rows"))
        BASE_TRY(cli_parse_range(cli_label(values, "rows"), cli_text(values, "rows"), &parameters.rows_from,
                                 &parameters.rows_to));
    return live_film_open(&parameters, film);
}

static const char *title_of(const struct live_film *film)
{
    const char *path = live_film_path(film), *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static enum base_status view_film(const struct cli_values *values, struct gpu *gpu)
{
    struct request request = {.values = values};
    struct live_film *film = NULL;
    struct live_scene *scene = NULL;
    struct cli_view_entry entry;
    enum base_status status;
    cli_view_begin(&entry, values, gpu);
    if (base_is_folder(values->arguments[0]))
        BASE_CHECK(live_records_explain(values->arguments[0]));
    BASE_CHECK(cli_view_resonance(values, &request.resonance));
    BASE_CHECK(read_planes(&request));
    BASE_CHECK(open_film(values, gpu, &film));
    BASE_CHECK(cli_view_basis(values, live_film_width(film), &request.resonance, &request.basis));
    request.resonance.vectors = request.basis.n_vectors;
    request.resonance.n_controls = cli_view_rotations(values, gpu, live_film_steps(film));
    struct live_film_scene_parameters parameters = {
        .gpu = gpu,
        .film = film,
        .resonance = request.resonance,
        .title = title_of(film),
        .playing = cli_flag(values, "play"),
        .scripted = cli_flag(values, "headless") || cli_given(values, "script"),
    };
    film = NULL;
    BASE_CHECK(live_film_scene_create(&parameters, &scene));
    BASE_CHECK(cli_view_scene(&entry, scene));
error:
    status = cli_view_leave(&entry, status);
    live_scene_destroy(&scene);
    live_film_close(&film);
    srm_basis_free(&request.basis);
    srm_plane_choice_free(&request.planes);
    return status;
}

/* ---- a run's folder ---- */

static enum base_status view_records(const struct cli_values *values, struct gpu *gpu)
{
    struct live_scene *scene = NULL;
    struct cli_view_entry entry;
    enum base_status status;
    struct live_records_scene_parameters parameters = {
        .gpu = gpu,
        .folder = values->arguments[0],
        .contexts = {.activations = values->arguments + 1,
                     .n_activations = values->n_arguments - 1,
                     .step = cli_given(values, "step") ? (uint64_t)cli_integer(values, "step") : UINT64_MAX,
                     .tokens = cli_text(values, "tokens"),
                     .positions = cli_text(values, "positions"),
                     .vocabulary = cli_text(values, "vocab"),
                     .max_norm = cli_real(values, "max-norm")},
    };
    if (!parameters.contexts.tokens != !parameters.contexts.vocabulary ||
        !parameters.contexts.tokens != (values->n_arguments < 2))
        return base_fail(BASE_ERROR_USAGE,
                         "view: ACTIVATIONS behind the run's folder are read for the values and texts of its "
                         "latents, which want all three: them, --tokens and --vocab");
    if (cli_given(values, "rows"))
        BASE_TRY(cli_parse_range(cli_label(values, "rows"), cli_text(values, "rows"),
                                 &parameters.contexts.rows_from, &parameters.contexts.rows_to));
    cli_view_begin(&entry, values, gpu);
    BASE_CHECK(live_records_scene_create(&parameters, &scene));
    BASE_CHECK(cli_view_scene(&entry, scene));
error:
    status = cli_view_leave(&entry, status);
    live_scene_destroy(&scene);
    return status;
}

/* ---- the whole ---- */

/* Options that are a training's alone say nothing of a file. */
static enum base_status check_training_options(const struct cli_values *values)
{
    for (const struct cli_option *option = cli_options; option->name; option++)
        if (option->commands == (CLI_TRAIN | CLI_VIEW) && !cli_flag(values, "train") &&
            values->source[cli_option_index(option)] == CLI_FROM_LINE)
            return base_fail(BASE_ERROR_USAGE, "view: --%s is an option of a training: add --train",
                             option->name);
    return BASE_OK;
}

enum { OF_FILES = 1, OF_RUN = 2, OF_TRAINING = 4, OF_DEMO = 8 };

static uint32_t kind_of(const struct cli_values *values)
{
    if (cli_flag(values, "train"))
        return OF_TRAINING;
    if (values->n_arguments == 0)
        return OF_DEMO;
    const char *first = values->arguments[0];
    return live_records_are_in(first) || live_records_are_below(first) ? OF_RUN : OF_FILES;
}

/* An option that would be passed over is refused. */
static enum base_status check_kind(const struct cli_values *values)
{
    static const struct {
        const char *option;
        uint32_t kinds;
    } parts[] = {
        {"basis", OF_FILES},
        {"planes", OF_FILES},
        {"ring", OF_FILES},
        {"play", OF_FILES},
        {"vectors", OF_FILES | OF_TRAINING | OF_DEMO},
        {"angles", OF_FILES | OF_TRAINING | OF_DEMO},
        {"control", OF_FILES | OF_TRAINING | OF_DEMO},
        {"epsilon", OF_FILES | OF_TRAINING | OF_DEMO},
        {"rows", OF_FILES | OF_RUN | OF_TRAINING},
        {"step", OF_FILES | OF_RUN | OF_TRAINING},
        {"tokens", OF_RUN | OF_TRAINING},
        {"vocab", OF_RUN | OF_TRAINING},
        {"positions", OF_RUN | OF_TRAINING},
        {"max-norm", OF_RUN | OF_TRAINING},
        {"target", OF_TRAINING},
    };
    const uint32_t kind = kind_of(values);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!(parts[i].kinds & kind) &&
            values->source[cli_option_index(cli_find_option(parts[i].option))] == CLI_FROM_LINE)
            return base_fail(BASE_ERROR_USAGE, "view: --%s has no part in %s", parts[i].option,
                             kind == OF_FILES      ? "a view of activations"
                             : kind == OF_RUN      ? "a view of a run's folder"
                             : kind == OF_TRAINING ? "a training"
                                                   : "the demonstration");
    return BASE_OK;
}

/* What the arguments mean is found out before the device is opened. */
static enum base_status check_arguments(const struct cli_values *values)
{
    const char *page = cli_text(values, "page");
    BASE_TRY(check_training_options(values));
    BASE_TRY(check_kind(values));
    if (page && !live_page_is_known(page))
        return base_fail(BASE_ERROR_USAGE, "%s: there is no page \"%s\"; arclight help view names them",
                         cli_label(values, "page"), page);
    if (page && cli_flag(values, "train") && !live_page_is_of_training(page))
        return base_fail(BASE_ERROR_USAGE,
                         "%s: a training has no page \"%s\"; there are training, latents, "
                         "resonance and timings",
                         cli_label(values, "page"), page);
    if (cli_flag(values, "headless") && cli_given(values, "present-device"))
        return base_fail(BASE_ERROR_USAGE,
                         "view: --present-device shows a window, and --headless opens none");
    if (cli_flag(values, "train") && values->n_arguments == 0 && !cli_given(values, "resume"))
        return base_fail(BASE_ERROR_USAGE,
                         "view --train: ACTIVATIONS are missing: files or folders to train on");
    if (cli_flag(values, "train") && (cli_given(values, "tokens") != cli_given(values, "vocab") ||
                                      (cli_given(values, "positions") && !cli_given(values, "tokens"))))
        return base_fail(BASE_ERROR_USAGE,
                         "view --train: texts behind latents want both --tokens and --vocab");
    if (cli_flag(values, "demo") && (values->n_arguments > 0 || cli_flag(values, "train")))
        return base_fail(BASE_ERROR_USAGE,
                         "view --demo shows the program's own data: it takes no ACTIVATIONS");
    return BASE_OK;
}

enum base_status cli_run_view(const struct cli_values *values)
{
    struct gpu *gpu = NULL;
    enum base_status status;
    BASE_CHECK(check_arguments(values));
    BASE_CHECK(cli_open_gpu(values, false, &gpu));
    if (!cli_flag(values, "headless") && !cli_given(values, "submission-ms"))
        gpu_set_submission_limit(gpu, WINDOW_SUBMISSION_NS);
    if (cli_flag(values, "train"))
        BASE_CHECK(cli_view_training(values, gpu));
    else if (values->n_arguments == 0)
        BASE_CHECK(cli_view_demo(values, gpu));
    else if (kind_of(values) == OF_RUN)
        BASE_CHECK(view_records(values, gpu));
    else
        BASE_CHECK(view_film(values, gpu));
error:
    gpu_close(&gpu);
    return status;
}
