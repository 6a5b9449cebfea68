#include "live/records_weights.h"

#include "base/memory.h"
#include "base/platform.h"
#include "io/tensor.h"
#include "sae/checkpoint_file.h"
#include "sae/formats.h"

#include <math.h>
#include <string.h>

/* ---- what is saved ---- */

static bool look_at_saved(const char *folder, struct live_records_source *now)
{
    struct base_file *file = NULL;
    char *path = base_path_join(folder, "sae_weights.safetensors"), *cfg = base_path_join(folder, "cfg.json");
    bool there = path && cfg && base_path_exists(path) && base_file_open(path, &file) == BASE_OK;
    /* cfg.json is written last; a file of nothing is none that is being written. */
    there = there && (base_path_exists(cfg) || base_file_size(file) == 0);
    if (there)
        *now = (struct live_records_source){
            .any = true, .saved = true, .modified = base_file_modified(file), .bytes = base_file_size(file)};
    base_file_close(&file);
    base_free(path);
    base_free(cfg);
    return there;
}

/* sparsity.safetensors holds log10 of each rate plus 1e-10. */
static enum base_status saved_rates(const char *folder, uint32_t d_sae, double **rates)
{
    const struct io_tensor *tensor;
    struct io_file *file = NULL;
    float *logs = NULL;
    enum base_status status = BASE_OK;
    char *path = base_path_join(folder, "sparsity.safetensors");
    if (!path || !base_path_exists(path))
        goto error;
    BASE_CHECK(io_open(path, &file));
    BASE_CHECK(io_find(file, NULL, 1, &tensor));
    if (tensor->elements != d_sae)
        goto error; /* of another autoencoder */
    BASE_CHECK(base_allocate(&logs, d_sae, sizeof *logs, "firing rates"));
    BASE_CHECK(base_allocate(rates, d_sae, sizeof **rates, "firing rates"));
    BASE_CHECK(io_read_rows(file, tensor, 0, d_sae, logs));
    for (uint32_t i = 0; i < d_sae; i++)
        (*rates)[i] =
            fmin(fmax(pow(10, (double)logs[i]) - 1e-10, 0), 1) > 1e-11 ? pow(10, (double)logs[i]) - 1e-10 : 0;
error:
    base_free(logs);
    base_free(path);
    io_close(&file);
    return status;
}

/* ---- a checkpoint ---- */

/* Counts since counting last began anew, every eval_every steps (sae/run.c). */
static enum base_status counted_rates(const struct sae_checkpoint *checkpoint,
                                      const struct sae_config *config, uint64_t eval_every, double **rates)
{
    uint32_t n = config->architecture.d_sae, *fired = NULL;
    uint64_t steps = sae_config_steps(config), step = sae_checkpoint_step(checkpoint);
    uint64_t every = eval_every ? eval_every : base_maximum(1, steps / 20);
    /* Behind the last whole stretch counting goes on. */
    uint64_t begun = base_minimum(step / every, steps / every > 0 ? steps / every - 1 : 0) * every;
    uint64_t rows = (step - begun) * config->batch;
    enum base_status status = BASE_OK;
    if (rows == 0)
        return BASE_OK;
    BASE_CHECK(base_allocate(&fired, n, sizeof *fired, "firing rates"));
    if (!sae_checkpoint_firing(checkpoint, fired, n))
        goto error;
    BASE_CHECK(base_allocate(rates, n, sizeof **rates, "firing rates"));
    for (uint32_t i = 0; i < n; i++)
        (*rates)[i] = fmin((double)fired[i] / (double)rows, 1);
error:
    base_free(fired);
    return status;
}

static enum base_status take_checkpoint(const struct sae_checkpoint *checkpoint, uint64_t eval_every,
                                        struct sae_model *model, double **rates)
{
    struct sae_config config;
    BASE_TRY(sae_checkpoint_config(checkpoint, &config));
    BASE_TRY(sae_checkpoint_model(checkpoint, model));
    return counted_rates(checkpoint, &config, eval_every, rates);
}

/* ---- the newest ---- */

static enum base_status newest_step(const char *folder, bool *any, uint64_t *step)
{
    uint64_t *steps = NULL;
    size_t count = 0;
    *any = false;
    BASE_TRY(sae_checkpoint_steps(folder, &steps, &count));
    if (count > 0) {
        *any = true;
        *step = steps[count - 1];
    }
    base_free(steps);
    return BASE_OK;
}

static bool is_same(const struct live_records_source *a, const struct live_records_source *b)
{
    return a->any == b->any && a->saved == b->saved && a->step == b->step && a->modified == b->modified &&
           a->bytes == b->bytes;
}

static enum base_status read_checkpoint(const char *folder, uint64_t step, uint64_t eval_every,
                                        struct sae_model *model, double **rates)
{
    struct sae_checkpoint *checkpoint = NULL;
    char *path = sae_checkpoint_name(folder, step);
    enum base_status status = path ? sae_checkpoint_read(path, NULL, &checkpoint)
                                   : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    if (status == BASE_OK)
        status = take_checkpoint(checkpoint, eval_every, model, rates);
    sae_checkpoint_free(&checkpoint);
    base_free(path);
    return status;
}

enum base_status live_records_weights(const char *folder, uint64_t eval_every,
                                      struct live_records_source *source, bool *changed,
                                      struct sae_model *model, double **rates)
{
    struct live_records_source now = {0};
    enum base_status status;
    *changed = false;
    *model = (struct sae_model){0};
    *rates = NULL;
    if (!look_at_saved(folder, &now))
        BASE_TRY(newest_step(folder, &now.any, &now.step));
    if (!now.any || is_same(&now, source))
        return BASE_OK;
    *source = now; /* what is damaged is said once */
    if (now.saved && now.bytes == 0)
        return base_fail(BASE_ERROR_INPUT, "%s/sae_weights.safetensors is damaged: it is empty", folder);
    if (now.saved) {
        BASE_CHECK(sae_load(folder, model));
        BASE_CHECK(saved_rates(folder, model->architecture.d_sae, rates));
    } else {
        BASE_CHECK(read_checkpoint(folder, now.step, eval_every, model, rates));
    }
    *changed = true;
    return BASE_OK;
error:
    sae_model_free(model);
    base_free(*rates);
    *rates = NULL;
    return status;
}
