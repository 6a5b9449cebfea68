/* A checkpoint back into a trainer. */
#include "sae/checkpoint_file.h"

#include <inttypes.h>

static enum base_status check_shapes(const struct sae_checkpoint *checkpoint,
                                     const struct sae_trainer *trainer, const struct sae_section *sections,
                                     uint32_t count)
{
    uint32_t d_sae = sae_trainer_config(trainer)->architecture.d_sae;
    for (uint32_t i = 0; i < count; i++) {
        const struct sae_checkpoint_entry *entry = sae_checkpoint_entry(checkpoint, sections[i].name);
        if (!entry)
            return base_fail(BASE_ERROR_INPUT, "%s: has no \"%s\", which this training needs",
                             checkpoint->path, sections[i].name);
        if (entry->bytes != sections[i].bytes)
            return base_fail(BASE_ERROR_INPUT,
                             "%s: \"%s\" has %" PRIu64 " bytes there, and %" PRIu64 " in this training",
                             checkpoint->path, entry->name, entry->bytes, sections[i].bytes);
    }
    if (checkpoint->layout.n_sections != SAE_CHECKPOINT_OWN_SECTIONS + count)
        return base_fail(BASE_ERROR_INPUT, "%s: has %u sections, and this training %u", checkpoint->path,
                         checkpoint->layout.n_sections - SAE_CHECKPOINT_OWN_SECTIONS, count);
    if (checkpoint->state.dead > d_sae)
        return base_fail(BASE_ERROR_INPUT, "%s: counts %" PRIu64 " dead latents of %u", checkpoint->path,
                         checkpoint->state.dead, d_sae);
    return BASE_OK;
}

enum base_status sae_checkpoint_restore(const struct sae_checkpoint *checkpoint, struct gpu *gpu,
                                        struct sae_trainer *trainer)
{
    struct sae_section sections[SAE_MOST_SECTIONS];
    uint32_t count = sae_trainer_sections(trainer, sections);
    BASE_TRY(sae_checkpoint_check_config(checkpoint, sae_trainer_config(trainer)));
    BASE_TRY(check_shapes(checkpoint, trainer, sections, count));
    for (uint32_t i = 0; i < count; i++)
        BASE_TRY(gpu_upload(gpu, sections[i].buffer, sections[i].offset,
                            checkpoint->bytes + sae_checkpoint_entry(checkpoint, sections[i].name)->offset,
                            sections[i].bytes));
    return sae_trainer_restore(trainer, &checkpoint->state);
}
