/* `arclight view --train` and `arclight view --demo`: training with a window on it. */
#include "base/memory.h"
#include "base/platform.h"
#include "base/scratch.h"
#include "cli/commands.h"
#include "cli/train_settings.h"
#include "cli/view_window.h"
#include "live/film_scene.h"
#include "live/training_scene.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- where a run goes that is not to be kept ---- */

/* The values with --out set to `folder`: a copy that owns nothing. */
static struct cli_values with_out(const struct cli_values *values, const char *folder)
{
    struct cli_values copy = *values;
    uint32_t out = cli_option_index(cli_find_option("out"));
    copy.text[out] = (char *)folder; /* not written to */
    copy.source[out] = CLI_FROM_LINE;
    return copy;
}

static enum base_status make_scratch(struct base_scratch **scratch)
{
    enum base_status status = base_scratch_make("view", scratch);
    return status == BASE_OK ? status : base_fail(status, "%s; give --out DIR", base_message());
}

/* ---- training ---- */

static const char *title_of(const struct cli_values *values)
{
    const char *path = values->n_arguments > 0 ? values->arguments[0] : cli_text(values, "resume");
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* What is trained on, with the tokens of its rows. */
static enum base_status create_with_texts(const struct cli_values *values,
                                          struct live_training_scene_parameters *parameters,
                                          struct live_scene **scene)
{
    struct cli_train_settings settings = {0};
    const char **arguments = NULL;
    enum base_status status;
    char *config =
        cli_given(values, "resume") ? base_path_join(cli_text(values, "resume"), "config.json") : NULL;
    BASE_CHECK(config ? cli_train_settings_resume_file(values, config, &settings)
                      : cli_train_settings_read(values, &settings));
    const size_t count = json_array_size(settings.inputs);
    BASE_CHECK(base_allocate(&arguments, count, sizeof *arguments, "inputs"));
    for (size_t i = 0; i < count; i++)
        arguments[i] = json_string_value(json_array_get(settings.inputs, i));
    struct live_contexts_parameters contexts = {
        .activations = arguments,
        .n_activations = (uint32_t)count,
        .rows_from = settings.rows_from,
        .rows_to = settings.rows_to,
        .step = settings.step,
        .tokens = cli_text(values, "tokens"),
        .positions = cli_text(values, "positions"),
        .vocabulary = cli_text(values, "vocab"),
        .max_norm = settings.max_norm,
    };
    parameters->contexts = &contexts;
    BASE_CHECK(live_training_scene_create(parameters, scene));
error:
    parameters->contexts = NULL;
    cli_train_settings_free(&settings);
    base_free(arguments);
    base_free(config);
    return status;
}

/* Trains with the open window, which then stays until it is closed. `kept`: its folder. */
static enum base_status train_in(struct live_app *app, const struct cli_values *values, struct gpu *gpu,
                                 const char *title, bool kept)
{
    struct live_training_scene_parameters parameters = {
        .gpu = gpu, .app = app, .title = title, .unkept = !kept};
    struct live_scene *scene = NULL;
    enum base_status status;
    BASE_CHECK(cli_view_resonance(values, &parameters.resonance));
    parameters.resonance.n_controls = cli_view_rotations(values, gpu, UINT64_MAX);
    BASE_CHECK(cli_given(values, "tokens") ? create_with_texts(values, &parameters, &scene)
                                           : live_training_scene_create(&parameters, &scene));
    live_app_show(app, scene);
    if (app->stage.window)
        BASE_CHECK(live_app_pump(app));
    const struct sae_hands hands = live_training_scene_hands(scene);
    gpu_set_between(gpu, live_app_serve, app);
    status = cli_train(values, gpu, &hands, kept);
    gpu_set_between(gpu, NULL, NULL);
    live_app_attend_no_more(app);
    if (status == BASE_INTERRUPTED && !base_interrupted()) /* stopped by hand, and so it was wished */
        status = BASE_OK;
    if (status == BASE_OK && app->stage.window && !live_app_is_over(app)) {
        status = live_training_scene_end(
            scene, cli_text(values, cli_given(values, "resume") ? "resume" : "out"), "ended");
        status = status == BASE_OK ? live_app_run(app) : status;
    }
error:
    live_app_show(app, NULL);
    live_scene_destroy(&scene);
    return status;
}

enum base_status cli_view_training(const struct cli_values *values, struct gpu *gpu)
{
    struct cli_view_entry entry;
    struct base_scratch *scratch = NULL;
    cli_view_begin(&entry, values, gpu);
    enum base_status status = cli_view_enter(&entry);
    bool kept = cli_given(values, "out") || cli_given(values, "resume");
    if (status == BASE_OK && !kept)
        status = make_scratch(&scratch);
    const struct cli_values inside = scratch ? with_out(values, base_scratch_path(scratch)) : *values;
    if (status == BASE_OK)
        status = train_in(&entry.app, &inside, gpu, title_of(values), kept);
    status = cli_view_leave(&entry, status);
    base_scratch_release(&scratch);
    return status;
}

/* ---- the demonstration ---- */

/* Data that come with the program: beside it as it was installed, or in the folder it was built from. */
static enum base_status find_asset(const char *name, char **path)
{
    const char *given = getenv("ARCLIGHT_ASSETS");
    const char *const folders[] = {given, ARCLIGHT_INSTALLED_ASSETS, ARCLIGHT_SOURCE_ASSETS};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        *path = folders[i] ? base_path_join(folders[i], name) : NULL;
        if (*path && base_path_exists(*path))
            return BASE_OK;
        base_free(*path);
        *path = NULL;
    }
    return base_fail(BASE_ERROR_INPUT,
                     "%s, which comes with the program, is neither in " ARCLIGHT_INSTALLED_ASSETS
                     " nor where ARCLIGHT_ASSETS says",
                     name);
}

static enum base_status show_film(struct live_app *app, const struct cli_values *values, struct gpu *gpu,
                                  const char *path)
{
    struct live_film *film = NULL;
    struct live_scene *scene = NULL;
    enum base_status status;
    const struct live_film_parameters from = {
        .arguments = &path, .n_arguments = 1, .step = UINT64_MAX, .most_bytes = UINT64_C(64) << 20};
    BASE_TRY(live_film_open(&from, &film));
    struct live_film_scene_parameters parameters = {
        .gpu = gpu,
        .film = film,
        .title = "An autoencoder of digits learns",
        .playing = true,
        .once = true,
        .speed = 0.5,
        .scripted = cli_flag(values, "headless") || cli_given(values, "script"),
    };
    BASE_CHECK(cli_view_resonance(values, &parameters.resonance));
    if (isnan(parameters.resonance.epsilon)) /* the automatic one leaves few rows of so few dimensions */
        parameters.resonance.epsilon = 0.5;
    parameters.resonance.vectors = live_film_width(film);
    parameters.resonance.n_controls = cli_view_rotations(values, gpu, live_film_steps(film));
    film = NULL;
    BASE_CHECK(live_film_scene_create(&parameters, &scene));
    live_app_show(app, scene);
    BASE_CHECK(live_app_run(app));
error:
    live_app_show(app, NULL);
    live_scene_destroy(&scene);
    live_film_close(&film);
    return status;
}

static enum base_status show_training(struct live_app *app, struct gpu *gpu, char *path, char *vocabulary,
                                      const char *folder)
{
    char tokens[4096];
    if (snprintf(tokens, sizeof tokens, "%s:tokens", path) >= (int)sizeof tokens)
        return base_fail(BASE_ERROR_INPUT, "%s: the path is too long", path);
    char *arguments[] = {"arclight", "view",     "--train",      path,           "--arch",   "topk",
                         "--k",      "32",       "--d-sae",      "1024",         "--batch",  "512",
                         "--lr",     "4e-4",     "--total-rows", "262144",       "--tokens", tokens,
                         "--vocab",  vocabulary, "--out",        (char *)folder, "--quiet"};
    struct cli_values values;
    enum base_status status = cli_parse(sizeof arguments / sizeof *arguments, arguments, &values);
    if (status == BASE_OK)
        status = train_in(app, &values, gpu, "A sparse autoencoder of a language model's neurons", false);
    cli_values_free(&values);
    return status;
}

enum base_status cli_view_demo(const struct cli_values *values, struct gpu *gpu)
{
    struct cli_view_entry entry;
    struct live_app *app = &entry.app;
    struct base_scratch *scratch = NULL;
    char *epochs = NULL, *neurons = NULL, *vocabulary = NULL;
    cli_view_begin(&entry, values, gpu);
    enum base_status status = cli_view_enter(&entry);
    BASE_CHECK(status);
    BASE_CHECK(find_asset("mnist-tanh-epochs.npz", &epochs));
    BASE_CHECK(find_asset("smollm2-mlp15.safetensors", &neurons));
    BASE_CHECK(find_asset("smollm2-vocab.json", &vocabulary));
    BASE_CHECK(show_film(app, values, gpu, epochs));
    if (live_app_is_over(app))
        goto error;
    BASE_CHECK(base_scratch_make("view", &scratch));
    BASE_CHECK(show_training(app, gpu, neurons, vocabulary, base_scratch_path(scratch)));
error:
    status = cli_view_leave(&entry, status);
    base_scratch_release(&scratch);
    base_free(epochs);
    base_free(neurons);
    base_free(vocabulary);
    return status;
}
