#include "sae/formats.h"

#include "base/memory.h"
#include "base/platform.h"
#include "io/json.h"
#include "sae/checkpoint.h"
#include "sae/readers.h"
#include "sae/saelens.h"

#include <jansson.h>
#include <string.h>

const char *sae_architecture_name(const struct sae_architecture *architecture)
{
    const struct saelens_class *found = saelens_class_of(architecture);
    return found ? found->name : NULL;
}

/* Paths of one autoencoder's files, whatever the user named. */
struct place {
    char *folder;
    char *cfg;     /* folder/cfg.json: SAELens, sparsify */
    char *config;  /* folder/config.json: dictionary_learning */
    char *weights; /* the .safetensors or .npz; NULL: not known yet */
};

static void free_place(struct place *place)
{
    base_free(place->folder);
    base_free(place->cfg);
    base_free(place->config);
    base_free(place->weights);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static enum base_status refuse_pickle(const char *path)
{
    char shown[IO_PRINTABLE];
    size_t length = strlen(path);
    const char *dot = strrchr(path, '.');
    int stem = (int)(dot ? (size_t)(dot - path) : length);
    io_printable(path, shown);
    /* A name that ends the quotes would be run as it stands. */
    bool quotable = strchr(path, '\'') == NULL;
    const char *from = quotable ? shown : "FILE.pt", *to = quotable ? shown : "FILE";
    stem = quotable ? stem : (int)strlen(to);
    return base_fail(
        BASE_ERROR_INPUT,
        "%s: a pickle, which can run any code and is not read. Convert it, and name the result:\n"
        "  python3 -c \"import sys, torch, safetensors.torch as s; d = torch.load(sys.argv[1], "
        "map_location='cpu', weights_only=True); s.save_file({k: v.clone().contiguous() for k, v "
        "in d.items()}, sys.argv[2])\" '%s' '%.*s.safetensors'",
        shown, from, stem, to);
}

static enum base_status find_folder(const char *path, struct place *place)
{
    const char *slash = strrchr(path, '/');
    if (base_is_folder(path))
        place->folder = base_copy_string(path);
    else if (!slash)
        place->folder = base_copy_string(".");
    else if ((place->folder = base_copy_string(path)))
        place->folder[slash == path ? 1 : slash - path] = '\0';
    if (place->folder) {
        place->cfg = base_path_join(place->folder, SAELENS_CONFIG);
        place->config = base_path_join(place->folder, "config.json");
    }
    if (!place->config || !place->cfg)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", path);
    return BASE_OK;
}

/* The weights in a folder, by the names that each tool gives them. */
static enum base_status find_weights(const char *path, struct place *place)
{
    static const char *const names[] = {SAELENS_WEIGHTS, "sae.safetensors", "ae.safetensors", "params.npz"};
    static const char *const pickles[] = {"ae.pt", "sae.pt", "sae_weights.pt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        place->weights = base_path_join(path, names[i]);
        if (!place->weights)
            return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", path);
        if (base_path_exists(place->weights))
            return BASE_OK;
        base_free(place->weights);
    }
    place->weights = NULL;
    for (size_t i = 0; i < sizeof pickles / sizeof pickles[0]; i++) {
        char *pickle = base_path_join(path, pickles[i]);
        enum base_status status = pickle && base_path_exists(pickle) ? refuse_pickle(pickle) : BASE_OK;
        base_free(pickle);
        BASE_TRY(status);
    }
    if (sae_checkpoint_exists(path))
        return base_fail(
            BASE_ERROR_INPUT,
            "%s: a training run that has not ended: its autoencoder is written at the end; go on "
            "with it by arclight train --resume",
            path);
    return base_fail(
        BASE_ERROR_INPUT,
        "%s: no autoencoder in this folder: it has none of sae_weights.safetensors (SAELens), "
        "sae.safetensors (sparsify), ae.safetensors (dictionary_learning), params.npz (Gemma Scope)",
        path);
}

/* By the weights' name, else by cfg.json: SAELens's has an architecture, or at least d_sae. */
static enum base_status is_saelens(const struct place *place, bool *saelens)
{
    json_t *config;
    *saelens = ends_with(place->weights, SAELENS_WEIGHTS);
    if (*saelens)
        return BASE_OK;
    BASE_TRY(io_json_read(place->cfg, &config));
    *saelens = json_object_get(config, "architecture") || json_object_get(config, "d_sae");
    json_decref(config);
    return BASE_OK;
}

static enum base_status load(const char *path, struct place *place, struct sae_model *model)
{
    bool saelens = false;
    BASE_TRY(find_folder(path, place));
    if (base_is_folder(path))
        BASE_TRY(find_weights(path, place));
    else if (ends_with(path, ".pt") || ends_with(path, ".pth") || ends_with(path, ".bin") ||
             ends_with(path, ".pkl"))
        return refuse_pickle(path);
    else if (!(place->weights = base_copy_string(path)))
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", path);
    if (!base_path_exists(path))
        return base_fail(BASE_ERROR_INPUT, "%s: no such file or folder", path);
    if (ends_with(place->weights, ".npz"))
        return gemma_scope_read(place->weights, model);
    if (!ends_with(place->weights, ".safetensors"))
        return base_fail(BASE_ERROR_INPUT,
                         "%s: an autoencoder is a folder, a .safetensors with its JSON beside it, or a Gemma "
                         "Scope .npz",
                         path);
    if (!base_path_exists(place->cfg) && base_path_exists(place->config))
        return dictionary_learning_read(place->config, place->weights, model);
    if (!base_path_exists(place->cfg))
        return base_fail(
            BASE_ERROR_INPUT,
            "%s: neither cfg.json (SAELens, sparsify) nor config.json (dictionary_learning) stands "
            "beside it, and the tensors alone do not say what is computed",
            place->weights);
    BASE_TRY(is_saelens(place, &saelens));
    return saelens ? saelens_read(place->cfg, place->weights, model)
                   : sparsify_read(place->cfg, place->weights, model);
}

enum base_status sae_load(const char *path, struct sae_model *model)
{
    struct place place = {0};
    *model = (struct sae_model){0};
    enum base_status status = load(path, &place, model);
    free_place(&place);
    return status;
}
