/* What comes out of a trainer: the folded model, firing counts; and resampling, which works on weights on the
 * host. */
#include "base/memory.h"
#include "base/random.h"
#include "linalg/sum.h"
#include "sae/trainer_internal.h"

#include <math.h>
#include <string.h>

/* BatchTopK's one threshold as JumpReLU's, a latent each; it stands in the units that selection had. */
static enum base_status as_jumprelu(const struct sae_model *trained, float threshold, struct sae_model *model)
{
    struct sae_architecture architecture = trained->architecture;
    architecture.activation = SAE_JUMPRELU;
    architecture.k = 0;
    BASE_TRY(sae_model_create(&architecture, model));
    struct sae_tensor from[SAE_MOST_TENSORS], to[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(trained, from), n_to = sae_model_tensors(model, to);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < n_to; j++)
            if (strcmp(from[i].name, to[j].name) == 0)
                memcpy(to[j].values, from[i].values, from[i].rows * from[i].cols * sizeof(float));
    for (uint32_t i = 0; i < architecture.d_sae; i++)
        model->threshold[i] = threshold;
    return BASE_OK;
}

enum base_status sae_finished_model(const struct sae_trainer_state *state, double threshold_factor,
                                    struct sae_model *trained, struct sae_model *model)
{
    const struct sae_architecture a = trained->architecture;
    enum base_status status;
    *model = (struct sae_model){0};
    if (a.activation == SAE_BATCHTOPK) {
        double threshold = state->threshold_weight > 0 ? state->threshold_sum / state->threshold_weight : 0;
        BASE_CHECK(as_jumprelu(trained, (float)threshold, model));
    } else {
        *model = *trained;
        *trained = (struct sae_model){0};
        if (a.activation == SAE_TOPK && state->most_k > 0) /* what it has learnt to do with */
            model->architecture.k = fmin(a.k, fmax(1, round(state->most_k)));
    }
    for (uint32_t i = 0; a.activation == SAE_JUMPRELU && i < a.d_sae; i++)
        model->threshold[i] = (float)(model->threshold[i] * threshold_factor);
    sae_fold_scale(model, state->scale_in, state->scale_out);
    sae_fold_decoder_norm(model);
error:
    sae_model_free(trained);
    if (status != BASE_OK)
        sae_model_free(model);
    return status;
}

enum base_status sae_trainer_model(struct sae_trainer *trainer, double threshold_factor,
                                   struct sae_model *model)
{
    struct sae_model trained = {0};
    enum base_status status;
    *model = (struct sae_model){0};
    BASE_CHECK(sae_model_create(&trainer->config.architecture, &trained));
    BASE_CHECK(sae_weights_download(trainer->gpu, &trainer->weights, &trained));
    return sae_finished_model(&trainer->state, threshold_factor, &trained, model);
error:
    sae_model_free(&trained);
    return status;
}

enum base_status sae_trainer_firing(struct sae_trainer *trainer, uint32_t *fired, bool restart)
{
    uint64_t bytes = (uint64_t)trainer->config.architecture.d_sae * 4;
    BASE_TRY(gpu_download(trainer->gpu, trainer->step.fired_total, 0, fired, bytes));
    return restart ? gpu_fill(trainer->gpu, trainer->step.fired_total, 0, bytes, 0) : BASE_OK;
}

/* ---- resampling ---- */

/* Squared lengths of the rows' errors, times a common factor. What the step left in `squares` need not be
 * those: AuxK and gates have theirs. */
static enum base_status download_squares(struct sae_trainer *trainer, float *squares)
{
    struct sae_step *step = &trainer->step;
    uint32_t batch = trainer->config.batch;
    BASE_TRY(linalg_sum(trainer->gpu, &(struct linalg_sum_call){
                                          .source = linalg_matrix_of(step->errors[0], batch,
                                                                     trainer->config.architecture.d_out),
                                          .sums = linalg_matrix_of(step->squares, 1, batch),
                                          .direction = LINALG_ACROSS,
                                          .squared = true,
                                      }));
    return gpu_download(trainer->gpu, step->squares, 0, squares, (uint64_t)batch * 4);
}

/* Rows of the last batch drawn without replacement, with a probability proportional to their error's length
 * (Efraimidis and Spirakis 2006: the greatest of u^(1/w)); `chosen` gets `count` of them. */
static enum base_status draw_rows(struct sae_trainer *trainer, uint32_t count, uint32_t *chosen)
{
    uint32_t batch = trainer->config.batch;
    float *squares = NULL;
    double *keys = NULL;
    enum base_status status;
    BASE_CHECK(base_allocate(&squares, batch, sizeof *squares, "rows' errors"));
    BASE_CHECK(base_allocate(&keys, batch, sizeof *keys, "rows' errors"));
    BASE_CHECK(download_squares(trainer, squares));
    for (uint32_t r = 0; r < batch; r++) {
        double u =
            base_random_uniform(trainer->config.seed, BASE_STREAM_RESAMPLE, trainer->state.step * batch + r);
        double length = sqrt(squares[r]);
        keys[r] = length > 0 ? log(fmax(u, 1e-300)) / length : -INFINITY;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t best = 0;
        for (uint32_t r = 1; r < batch; r++)
            if (keys[r] > keys[best])
                best = r;
        chosen[i] = best;
        keys[best] = -INFINITY;
    }
error:
    base_free(squares);
    base_free(keys);
    return status;
}

/* Mean length of the living latents' encoder rows. */
static double living_norm(const struct sae_model *model, const uint32_t *silent, uint64_t dead_after)
{
    double sum = 0;
    uint32_t count = 0, d_in = model->architecture.d_in;
    for (uint32_t i = 0; i < model->architecture.d_sae; i++) {
        double squares = 0;
        for (uint32_t c = 0; c < d_in; c++) {
            double w = model->W_enc[(uint64_t)i * d_in + c];
            squares += w * w;
        }
        if (silent[i] < dead_after) {
            sum += sqrt(squares);
            count++;
        }
    }
    return count > 0 ? sum / count : 1;
}

/* The latent's rows in weights and moments, on the device. */
static enum base_status put_latent(struct sae_trainer *trainer, uint32_t latent, const float *encoder,
                                   const float *decoder)
{
    struct gpu *gpu = trainer->gpu;
    for (uint32_t i = 0; i < trainer->optimiser.n_parameters; i++) {
        struct sae_parameter *parameter = &trainer->optimiser.parameters[i];
        const char *name = parameter->weight.name;
        bool is_row = strcmp(name, "W_enc") == 0 || strcmp(name, "W_dec") == 0;
        bool is_bias = strcmp(name, "b_enc") == 0 || strcmp(name, "b_gate") == 0 ||
                       strcmp(name, "b_mag") == 0 || strcmp(name, "r_mag") == 0;
        if (!is_row && !is_bias)
            continue;
        uint64_t cols = is_row ? parameter->weight.cols : 1, at = latent * cols * 4;
        BASE_TRY(gpu_fill(gpu, parameter->first, at, cols * 4, 0));
        BASE_TRY(gpu_fill(gpu, parameter->second, at, cols * 4, 0));
        if (is_bias)
            BASE_TRY(gpu_fill(gpu, parameter->weight.buffer, parameter->weight.offset * 4 + at, 4, 0));
        else
            BASE_TRY(gpu_upload(gpu, parameter->weight.buffer, at,
                                strcmp(name, "W_enc") == 0 ? encoder : decoder, cols * 4));
    }
    return gpu_fill(gpu, trainer->step.silent, (uint64_t)latent * 4, 4, 0);
}

/* Encoder and decoder rows of a latent that answers to one row of data. */
static void aim(const struct sae_trainer *trainer, const float *row, double encoder_norm, float *encoder,
                float *decoder)
{
    const struct sae_architecture *a = &trainer->config.architecture;
    const float *target = a->transcoder ? row + a->d_in : row;
    double in = 0, out = 0;
    for (uint32_t c = 0; c < a->d_in; c++)
        in += (double)row[c] * row[c];
    for (uint32_t c = 0; c < a->d_out; c++)
        out += (double)target[c] * target[c];
    double norm = trainer->config.decoder_norm == SAE_NORM_UNIT ? 1 : trainer->config.decoder_start_norm;
    for (uint32_t c = 0; c < a->d_in; c++)
        encoder[c] = (float)(in > 0 ? row[c] * 0.2 * encoder_norm / sqrt(in) : 0);
    for (uint32_t c = 0; c < a->d_out; c++)
        decoder[c] = (float)(out > 0 ? target[c] * norm / sqrt(out) : 0);
}

enum base_status sae_trainer_resample(struct sae_trainer *trainer, const float *rows, uint32_t *resampled)
{
    const struct sae_architecture *a = &trainer->config.architecture;
    uint32_t n = a->d_sae, width = (uint32_t)sae_trainer_row_width(a), drawn = 0;
    uint32_t *silent = NULL, *chosen = NULL;
    float *encoder = NULL, *decoder = NULL;
    struct sae_model model = {0};
    enum base_status status;
    *resampled = 0;
    if (trainer->state.dead == 0)
        return BASE_OK;
    uint32_t count = (uint32_t)base_minimum(trainer->state.dead, trainer->config.batch);
    BASE_CHECK(base_allocate(&silent, n, sizeof *silent, "silent latents"));
    BASE_CHECK(base_allocate(&chosen, count, sizeof *chosen, "rows to resample from"));
    BASE_CHECK(base_allocate(&encoder, a->d_in, sizeof *encoder, "a latent"));
    BASE_CHECK(base_allocate(&decoder, a->d_out, sizeof *decoder, "a latent"));
    BASE_CHECK(sae_model_create(a, &model));
    BASE_CHECK(sae_weights_download(trainer->gpu, &trainer->weights, &model));
    BASE_CHECK(gpu_download(trainer->gpu, trainer->step.silent, 0, silent, (uint64_t)n * 4));
    BASE_CHECK(draw_rows(trainer, count, chosen));
    double norm = living_norm(&model, silent, trainer->config.dead_after);
    for (uint32_t i = 0; i < n && drawn < count; i++) {
        if (silent[i] < trainer->config.dead_after)
            continue;
        aim(trainer, rows + (uint64_t)chosen[drawn] * width, norm, encoder, decoder);
        BASE_CHECK(put_latent(trainer, i, encoder, decoder));
        drawn++;
    }
    *resampled = drawn;
    trainer->state.dead -= drawn;
    /* As a resumed run derives them. */
    BASE_CHECK(sae_weights_refresh(trainer->gpu, &trainer->weights,
                                   trainer->config.decoder_norm == SAE_NORM_UNIT ? SAE_ROWS_ARE_UNIT
                                                                                 : SAE_ROWS_FREE));
    BASE_CHECK(sae_trainer_census(trainer, 0));
error:
    sae_model_free(&model);
    base_free(silent);
    base_free(chosen);
    base_free(encoder);
    base_free(decoder);
    return status;
}
