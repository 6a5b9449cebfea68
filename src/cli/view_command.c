/* `arclight view`: from options to a scene and a window. */
#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "cli/commands.h"
#include "cli/view_window.h"
#include "live/film_scene.h"
#include "srm/basis.h"

#include <math.h>
#include <string.h>

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
        .n_controls = cli_given(values, "control") ? (uint32_t)cli_integer(values, "control") : 4,
        .seed = (uint64_t)cli_integer(values, "seed"),
    };
    return read_epsilon(values, &resonance->epsilon);
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
    enum base_status status;
    BASE_CHECK(cli_view_resonance(values, &request.resonance));
    BASE_CHECK(read_planes(&request));
    BASE_CHECK(open_film(values, gpu, &film));
    BASE_CHECK(cli_view_basis(values, live_film_width(film), &request.resonance, &request.basis));
    request.resonance.vectors = request.basis.n_vectors;
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
    BASE_CHECK(cli_view_scene(values, gpu, scene));
error:
    live_scene_destroy(&scene);
    live_film_close(&film);
    srm_basis_free(&request.basis);
    srm_plane_choice_free(&request.planes);
    return status;
}

enum base_status cli_run_view(const struct cli_values *values)
{
    struct gpu *gpu = NULL;
    enum base_status status;
    if (values->n_arguments == 0)
        return base_fail(BASE_ERROR_USAGE, "view: ACTIVATIONS or a run's folder are missing");
    BASE_CHECK(cli_open_gpu(values, false, &gpu));
    BASE_CHECK(view_film(values, gpu));
error:
    gpu_close(&gpu);
    return status;
}
