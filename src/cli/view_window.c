#include "cli/view_window.h"

#include "base/attend.h"
#include "base/memory.h"
#include "base/platform.h"
#include "cli/sae_input.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the window ---- */

static enum base_status read_size(const struct cli_values *values, struct live_stage_parameters *stage)
{
    const char *text = cli_text(values, "size");
    unsigned width, height;
    char rest;
    if (!text)
        return BASE_OK;
    if (sscanf(text, "%5ux%5u%c", &width, &height, &rest) != 2 || width < 160 || height < 120 ||
        width > 16384 || height > 16384)
        return base_fail(BASE_ERROR_USAGE, "%s: \"%s\" is not WIDTHxHEIGHT, 160x120 to 16384x16384",
                         cli_label(values, "size"), text);
    stage->width = (float)width;
    stage->height = (float)height;
    return BASE_OK;
}

static enum base_status read_frames_folder(const struct cli_values *values,
                                           struct live_stage_parameters *stage, char **owned)
{
    const char *out = cli_text(values, cli_given(values, "resume") ? "resume" : "out");
    if (!stage->headless)
        return BASE_OK;
    if (!out)
        return base_fail(BASE_ERROR_USAGE, "view --headless: --out DIR is missing: where to put the frames");
    stage->frames_folder = out;
    if (!cli_flag(values, "train"))
        return BASE_OK;
    *owned = base_path_join(out, "frames");
    stage->frames_folder = *owned;
    return *owned ? BASE_OK : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
}

static enum base_status open_app(const struct cli_values *values, struct gpu *gpu, struct live_app *app)
{
    bool headless = cli_flag(values, "headless"), scripted = cli_given(values, "script");
    const bool trains = cli_flag(values, "train");
    char *owned = NULL;
    enum base_status status;
    struct live_app_parameters parameters = {
        .gpu = gpu,
        .stage = {.headless = headless,
                  .title = "Arclight",
                  .scale = headless ? (float)cli_real(values, "scale") : 0,
                  .fullscreen = cli_flag(values, "full-screen"),
                  .present_device = cli_text(values, "present-device"),
                  .frames = cli_given(values, "frames")        ? (uint64_t)cli_integer(values, "frames")
                            : headless && !scripted && !trains ? 1
                                                               : 0,
                  .script = cli_text(values, "script"),
                  .keep_script = cli_text(values, "keep-script"),
                  .most_frames_a_second = cli_real(values, "frame-rate")},
        .theme = cli_given(values, "theme") || headless || scripted ? cli_text(values, "theme") : NULL,
        .page = cli_text(values, "page"),
        .folder = trains ? NULL : cli_text(values, "out"),
        .shaders = cli_text(values, "shaders"),
        .forgetful = headless || scripted,
        .finished = headless && !scripted && !cli_given(values, "frames"),
    };
    *app = (struct live_app){0};
    BASE_CHECK(read_size(values, &parameters.stage));
    BASE_CHECK(read_frames_folder(values, &parameters.stage, &owned));
    if (headless) /* pictures and numbers that are asked for go where the frames do */
        parameters.folder = parameters.stage.frames_folder;
    else if (parameters.folder)
        BASE_CHECK(base_folder_make(parameters.folder));
    status = live_app_open(app, &parameters);
    if (status == BASE_OK)
        app->owned_folder = owned;
    else
        base_free(owned);
    owned = NULL;
error:
    base_free(owned);
    return status;
}

/* ---- before there is anything to show ---- */

enum { PATIENCE_MS = 250 };

enum base_status cli_view_enter(struct cli_view_entry *entry)
{
    if (entry->open)
        return entry->opened;
    entry->open = true;
    entry->opened = open_app(entry->values, entry->gpu, &entry->app);
    return entry->opened;
}

/* Pictures that are the same each time are not drawn by the way. */
static enum base_status attend(void *context, const char *what, uint64_t done, uint64_t total)
{
    struct cli_view_entry *entry = context;
    if (!entry->open && base_clock_ns() < entry->begun_ns + PATIENCE_MS * UINT64_C(1000000))
        return BASE_OK;
    BASE_TRY(cli_view_enter(entry));
    return live_app_attend(&entry->app, what, done, total);
}

void cli_view_begin(struct cli_view_entry *entry, const struct cli_values *values, struct gpu *gpu)
{
    const bool same = cli_flag(values, "headless") || cli_given(values, "script");
    *entry = (struct cli_view_entry){.values = values, .gpu = gpu, .begun_ns = base_clock_ns()};
    base_set_attendant(same ? NULL : attend, entry);
}

/* A page that is known but not of this scene. */
static enum base_status check_page(const struct cli_view_entry *entry)
{
    const char *page = cli_text(entry->values, "page");
    const struct live_pages *pages = &entry->app.pages;
    char names[256] = "";
    for (uint32_t i = 0; i < pages->count; i++) {
        const size_t used = strlen(names);
        if (page && strcmp(pages->pages[i]->name, page) == 0)
            return BASE_OK;
        snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", pages->pages[i]->name);
    }
    return page ? base_fail(BASE_ERROR_USAGE, "%s: there is no page \"%s\" here; there are %s",
                            cli_label(entry->values, "page"), page, names)
                : BASE_OK;
}

enum base_status cli_view_scene(struct cli_view_entry *entry, struct live_scene *scene)
{
    BASE_TRY(cli_view_enter(entry));
    live_app_show(&entry->app, scene);
    BASE_TRY(check_page(entry));
    return live_app_run(&entry->app);
}

enum base_status cli_view_leave(struct cli_view_entry *entry, enum base_status status)
{
    base_set_attendant(NULL, NULL);
    const bool by_hand = entry->open && live_app_is_over(&entry->app) && !base_interrupted();
    if (entry->open)
        live_app_close(&entry->app);
    return status == BASE_INTERRUPTED && by_hand ? BASE_OK : status;
}

/* ---- the basis ---- */

static enum base_status basis_of_sae(const char *text, uint32_t width, struct srm_basis *basis)
{
    struct sae_model model;
    const float *directions;
    enum base_status status = cli_sae_read_directions(text, width, &model, &directions);
    if (status == BASE_OK)
        status = srm_basis_from_rows(directions, model.architecture.d_sae, width, text, basis);
    sae_model_free(&model);
    return status;
}

enum base_status cli_view_basis(const struct cli_values *values, uint32_t width,
                                struct live_resonance_parameters *resonance, struct srm_basis *basis)
{
    const char *text = cli_text(values, "basis");
    struct srm_basis_choice choice;
    if (strncmp(text, "sae:", 4) == 0) {
        BASE_TRY(basis_of_sae(text, width, basis));
        resonance->basis_name = "an autoencoder's directions";
    } else {
        BASE_TRY(srm_basis_choice_parse(text, &choice));
        if (choice.kind == SRM_BASIS_PCA)
            return base_fail(BASE_ERROR_USAGE,
                             "view: --basis pca is not for the window, whose rows change; arclight "
                             "srm takes it");
        if (choice.kind == SRM_BASIS_STANDARD)
            BASE_TRY(srm_basis_standard(width, basis));
        else if (choice.kind == SRM_BASIS_RANDOM)
            BASE_TRY(srm_basis_random(width, choice.seed, basis));
        else
            BASE_TRY(srm_basis_from_file(choice.file, width, basis));
        resonance->basis_name = choice.kind == SRM_BASIS_STANDARD ? "standard basis"
                                : choice.kind == SRM_BASIS_RANDOM ? "a random basis"
                                                                  : "vectors of a file";
    }
    resonance->basis = basis->vectors;
    resonance->orthonormal = basis->orthonormal;
    return BASE_OK;
}
