/* The autoencoder in a checkpoint, for those who look at it and do not train. */
#include "sae/checkpoint_file.h"

#include <string.h>

const struct sae_checkpoint_entry *sae_checkpoint_entry(const struct sae_checkpoint *checkpoint,
                                                        const char *name)
{
    for (uint32_t i = SAE_CHECKPOINT_OWN_SECTIONS; i < checkpoint->layout.n_sections; i++)
        if (strcmp(checkpoint->layout.sections[i].name, name) == 0)
            return &checkpoint->layout.sections[i];
    return NULL;
}

/* What the file's own bytes can hold bounds what is allocated for it. */
static enum base_status check_size(const struct sae_checkpoint *checkpoint, const struct sae_architecture *a)
{
    uint64_t floats = checkpoint->layout.file_bytes / 4;
    if (a->d_in <= floats / a->d_sae && a->d_out <= floats / a->d_sae &&
        (!a->skip || a->d_in <= floats / a->d_out))
        return BASE_OK;
    return base_fail(BASE_ERROR_INPUT, "%s: too short for the autoencoder that it says it holds",
                     checkpoint->path);
}

enum base_status sae_checkpoint_model(const struct sae_checkpoint *checkpoint, struct sae_model *model)
{
    struct sae_config config;
    struct sae_model trained;
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    *model = (struct sae_model){0};
    BASE_TRY(sae_checkpoint_config(checkpoint, &config));
    BASE_TRY(check_size(checkpoint, &config.architecture));
    BASE_TRY(sae_model_create(&config.architecture, &trained));
    uint32_t count = sae_model_tensors(&trained, tensors);
    for (uint32_t i = 0; i < count; i++) {
        const struct sae_checkpoint_entry *entry = sae_checkpoint_entry(checkpoint, tensors[i].name);
        uint64_t bytes = tensors[i].rows * tensors[i].cols * sizeof(float);
        if (!entry || entry->bytes != bytes) {
            sae_model_free(&trained);
            return base_fail(BASE_ERROR_INPUT, "%s: \"%s\" is missing, or not of the size it should have",
                             checkpoint->path, tensors[i].name);
        }
        memcpy(tensors[i].values, checkpoint->bytes + entry->offset, bytes);
    }
    return sae_finished_model(&checkpoint->state, 1, &trained, model);
}

bool sae_checkpoint_firing(const struct sae_checkpoint *checkpoint, uint32_t *fired, uint32_t d_sae)
{
    const struct sae_checkpoint_entry *entry = sae_checkpoint_entry(checkpoint, "fired");
    if (!entry || entry->bytes != (uint64_t)d_sae * sizeof *fired)
        return false;
    memcpy(fired, checkpoint->bytes + entry->offset, entry->bytes);
    return true;
}
