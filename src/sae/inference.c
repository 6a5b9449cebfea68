#include "sae/inference.h"

#include "base/memory.h"
#include "linalg/matmul.h"
#include "sae/forward.h"
#include "sae/trainer_internal.h"

#include <math.h>
#include <string.h>

struct sae_inference {
    struct gpu *gpu;
    const struct sae_trainer *trainer; /* whose buffers the weights are; NULL: they are its own */
    struct gpu_buffer *thresholds;     /* of a trainer's BatchTopK: f32 [d_sae], else NULL */
    float *factors; /* [d_sae] a trainer's: from its units to a saved model's; NULL: none are needed */
    struct sae_weights weights;
    struct sae_forward forward;
    struct sae_lists lists;
    struct gpu_buffer *source;  /* [rows, d_in] */
    struct gpu_buffer *decoded; /* [rows, d_out] */
    struct gpu_buffer *gates;   /* gated: [capacity] */
    uint32_t rows;              /* of a block */
    uint32_t encoded;           /* rows that were encoded last */
    double k;
    /* what the last call gave: owned here */
    uint32_t *row_offsets, *indices;
    float *values;
    float *moments; /* [rows, 2] of the last block prepared */
};

/* Blocks of one buffer of pre-activations, so that the pairs can be listed again in a longer list. */
static uint32_t rows_of(const struct gpu *gpu, const struct sae_architecture *a, uint32_t most_rows)
{
    enum { MOST_BYTES = 64 << 20 };
    uint64_t span = base_minimum(linalg_largest_span(gpu), MOST_BYTES / 4);
    uint64_t widest = base_maximum(a->d_sae, base_maximum(a->d_in, a->d_out));
    return (uint32_t)base_maximum(1, base_minimum(most_rows, span / widest));
}

/* Pairs that lists begin with room for. */
static uint32_t capacity_of(const struct sae_architecture *a, uint32_t rows)
{
    uint64_t expected = a->activation == SAE_TOPK ? (uint64_t)a->k : base_minimum(a->d_sae, 128);
    /* A single row's always fit. */
    return (uint32_t)base_maximum(a->activation == SAE_TOPK ? 1 : a->d_sae, rows * expected);
}

uint64_t sae_inference_bytes(const struct gpu *gpu, const struct sae_architecture *a, uint32_t most_rows)
{
    uint32_t rows = rows_of(gpu, a, most_rows), capacity = capacity_of(a, rows);
    uint64_t gates = a->activation == SAE_GATED ? capacity : 0;
    struct sae_lists_shape lists = sae_forward_lists(gpu, a, rows, capacity);
    return sae_weights_bytes(a) + sae_forward_bytes(gpu, a, rows) + sae_lists_bytes(&lists) +
           4 * ((uint64_t)rows * (a->d_in + a->d_out) + gates);
}

static void free_lists(struct sae_inference *inference)
{
    sae_lists_destroy(inference->gpu, &inference->lists);
    gpu_buffer_destroy(inference->gpu, &inference->gates);
    base_free(inference->indices);
    base_free(inference->values);
    inference->indices = NULL;
    inference->values = NULL;
}

/* All of the lists or none. */
static enum base_status make_lists(struct sae_inference *inference, uint32_t capacity)
{
    struct gpu *gpu = inference->gpu;
    enum base_status status;
    free_lists(inference);
    struct sae_lists_shape shape =
        sae_forward_lists(gpu, &inference->weights.architecture, inference->rows, capacity);
    BASE_CHECK(sae_lists_create(gpu, &shape, &inference->lists));
    if (inference->weights.architecture.activation == SAE_GATED)
        BASE_CHECK(gpu_buffer_create(gpu, "gates", (uint64_t)capacity * 4, GPU_DEVICE, &inference->gates));
    BASE_CHECK(base_allocate(&inference->indices, capacity, 4, "active latents"));
    BASE_CHECK(base_allocate(&inference->values, capacity, 4, "active latents"));
error:
    if (status != BASE_OK)
        free_lists(inference);
    return status;
}

static enum base_status check_plan(struct gpu *gpu, const struct sae_architecture *a, uint32_t rows,
                                   uint32_t capacity, bool own_weights)
{
    struct gpu_plan *plan;
    struct sae_lists_shape lists = sae_forward_lists(gpu, a, rows, capacity);
    uint64_t matrix = (uint64_t)a->d_sae * base_maximum(a->d_in, a->d_out) * 4;
    BASE_TRY(gpu_plan_create(&plan));
    enum base_status status;
    if (own_weights)
        BASE_CHECK(gpu_plan_add_several(plan, "weights", sae_weights_bytes(a), matrix));
    BASE_CHECK(gpu_plan_add(plan, "pre-activations and rows", sae_forward_bytes(gpu, a, rows)));
    BASE_CHECK(gpu_plan_add(plan, "active latents", sae_lists_bytes(&lists)));
    BASE_CHECK(gpu_plan_add(plan, "inputs and reconstructions", (uint64_t)rows * (a->d_in + a->d_out) * 4));
    BASE_CHECK(gpu_plan_check(gpu, plan, "use a device with more memory"));
error:
    gpu_plan_destroy(&plan);
    return status;
}

/* Latents that stand in units of pi |D_i| do so without a factor once decoder rows have length 1. */
static enum base_status prepare_model(const struct sae_model *model, struct sae_model *prepared)
{
    BASE_TRY(sae_model_copy(model, prepared));
    if (prepared->architecture.rescale_by_decoder_norm) {
        sae_fold_decoder_norm(prepared);
        prepared->architecture.rescale_by_decoder_norm = false;
    }
    /* f = max(pi, 0) [pi > threshold], and a list holds what exceeds the threshold alone. */
    for (uint32_t i = 0; prepared->threshold && i < prepared->architecture.d_sae; i++)
        prepared->threshold[i] = fmaxf(prepared->threshold[i], 0);
    return BASE_OK;
}

/* What a block of rows takes. */
static enum base_status make_room(struct sae_inference *inference, uint32_t capacity)
{
    struct gpu *gpu = inference->gpu;
    const struct sae_architecture *a = &inference->weights.architecture;
    const uint64_t rows = inference->rows;
    BASE_TRY(sae_forward_create(gpu, a, inference->rows, &inference->forward));
    BASE_TRY(make_lists(inference, capacity));
    BASE_TRY(gpu_buffer_create(gpu, "input rows", rows * a->d_in * 4, GPU_DEVICE, &inference->source));
    BASE_TRY(gpu_buffer_create(gpu, "reconstructions", rows * a->d_out * 4, GPU_DEVICE, &inference->decoded));
    BASE_TRY(base_allocate(&inference->row_offsets, (size_t)rows + 1, 4, "active latents"));
    return base_allocate(&inference->moments, 2 * (size_t)rows, 4, "moments");
}

enum base_status sae_inference_create(struct gpu *gpu, const struct sae_model *model, uint32_t most_rows,
                                      struct sae_inference **out)
{
    *out = NULL;
    if (model->architecture.activation == SAE_BATCHTOPK)
        return base_fail(BASE_ERROR_INTERNAL, "sae_inference_create: a BatchTopK model has no activation of "
                                              "its own at inference; save it as JumpReLU");
    struct sae_inference *inference = NULL;
    struct sae_model prepared = {0};
    enum base_status status;
    BASE_CHECK(base_allocate(&inference, 1, sizeof *inference, "the autoencoder"));
    inference->gpu = gpu;
    BASE_CHECK(prepare_model(model, &prepared));
    const struct sae_architecture *a = &prepared.architecture;
    inference->rows = rows_of(gpu, a, most_rows);
    inference->k = a->k;
    uint32_t capacity = capacity_of(a, inference->rows);
    BASE_CHECK(check_plan(gpu, a, inference->rows, capacity, true));
    BASE_CHECK(sae_weights_create(gpu, a, &inference->weights));
    BASE_CHECK(sae_weights_upload(gpu, &inference->weights, &prepared));
    BASE_CHECK(make_room(inference, capacity));
error:
    sae_model_free(&prepared);
    if (status != BASE_OK)
        sae_inference_destroy(&inference);
    *out = inference;
    return status;
}

enum base_status sae_inference_rehearse(struct gpu *gpu, const struct sae_architecture *a, uint32_t most_rows)
{
    struct sae_inference *inference = NULL;
    enum base_status status;
    BASE_CHECK(base_allocate(&inference, 1, sizeof *inference, "the autoencoder"));
    inference->gpu = gpu;
    inference->rows = rows_of(gpu, a, most_rows);
    BASE_CHECK(sae_weights_create(gpu, a, &inference->weights));
    BASE_CHECK(make_room(inference, capacity_of(a, inference->rows)));
    BASE_CHECK(gpu_wait(gpu)); /* until then what is given back is not free */
error:
    sae_inference_destroy(&inference);
    return status;
}

void sae_inference_destroy(struct sae_inference **out)
{
    struct sae_inference *inference = *out;
    if (!inference)
        return;
    struct gpu *gpu = inference->gpu;
    if (!inference->trainer)
        sae_weights_destroy(gpu, &inference->weights);
    gpu_buffer_destroy(gpu, &inference->thresholds);
    sae_forward_destroy(gpu, &inference->forward);
    free_lists(inference);
    gpu_buffer_destroy(gpu, &inference->source);
    gpu_buffer_destroy(gpu, &inference->decoded);
    base_free(inference->row_offsets);
    base_free(inference->moments);
    base_free(inference->factors);
    base_free(inference);
    *out = NULL;
}

uint32_t sae_inference_rows(const struct sae_inference *inference)
{
    return inference->rows;
}

const struct sae_architecture *sae_inference_architecture(const struct sae_inference *inference)
{
    return &inference->weights.architecture;
}

/* ---- of a trainer ---- */

enum base_status sae_inference_of_trainer(struct sae_trainer *trainer, uint32_t most_rows,
                                          struct sae_inference **out)
{
    struct sae_inference *inference = NULL;
    struct gpu *gpu = trainer->gpu;
    enum base_status status;
    *out = NULL;
    if (trainer->config.architecture.n_inputs > 1)
        return base_fail(BASE_ERROR_USAGE, "a crosscoder is not encoded with while it trains");
    BASE_CHECK(base_allocate(&inference, 1, sizeof *inference, "the autoencoder"));
    inference->gpu = gpu;
    inference->trainer = trainer;
    inference->weights = trainer->weights;
    struct sae_architecture *a = &inference->weights.architecture;
    if (a->activation == SAE_BATCHTOPK) {
        a->activation = SAE_JUMPRELU;
        BASE_CHECK(
            gpu_buffer_create(gpu, "thresholds", (uint64_t)a->d_sae * 4, GPU_DEVICE, &inference->thresholds));
        inference->weights.latent = inference->thresholds;
    }
    inference->rows = rows_of(gpu, a, most_rows);
    uint32_t capacity = capacity_of(a, inference->rows);
    BASE_CHECK(check_plan(gpu, a, inference->rows, capacity, false));
    BASE_CHECK(base_allocate(&inference->factors, a->d_sae, sizeof *inference->factors, "latents' units"));
    BASE_CHECK(make_room(inference, capacity));
error:
    if (status != BASE_OK)
        sae_inference_destroy(&inference);
    *out = inference;
    return status;
}

/* The running threshold for pi, |D_i| being in `factors`: see sae_finished_model, and sae_fold_decoder_norm
 * for rows of norm 0. */
static enum base_status put_thresholds(struct sae_inference *inference)
{
    const struct sae_architecture *a = &inference->weights.architecture;
    const struct sae_trainer_state *state = &inference->trainer->state;
    double threshold = state->threshold_weight > 0 ? state->threshold_sum / state->threshold_weight : 0;
    float *values = NULL;
    BASE_TRY(base_allocate(&values, a->d_sae, sizeof *values, "thresholds"));
    for (uint32_t i = 0; i < a->d_sae; i++) {
        double norm = a->rescale_by_decoder_norm ? (double)inference->factors[i] : 1;
        values[i] = (float)fmin(fmax(threshold, 0) / fmax(norm, 1e-30), 3e38);
    }
    enum base_status status =
        gpu_upload(inference->gpu, inference->thresholds, 0, values, (uint64_t)a->d_sae * 4);
    base_free(values);
    return status;
}

/* Units, k and thresholds as they are now: what saving would fold into the weights. */
static enum base_status follow_trainer(struct sae_inference *inference)
{
    const struct sae_trainer *trainer = inference->trainer;
    const struct sae_architecture *trained = &trainer->config.architecture;
    const double out = trainer->state.scale_out, most_k = trainer->state.most_k;
    bool folds = !sae_selects(trained->activation) || trained->rescale_by_decoder_norm;
    inference->k =
        trained->activation == SAE_TOPK && most_k > 0 ? fmin(trained->k, fmax(1, round(most_k))) : trained->k;
    BASE_TRY(gpu_download(inference->gpu, trainer->weights.norms, 0, inference->factors,
                          (uint64_t)trained->d_sae * 4));
    if (inference->thresholds)
        BASE_TRY(put_thresholds(inference));
    for (uint32_t i = 0; i < trained->d_sae; i++) {
        bool kept = !folds || (inference->factors[i] <= 0 && !trained->rescale_by_decoder_norm);
        inference->factors[i] = kept ? 1 : (float)((double)inference->factors[i] / out);
    }
    return BASE_OK;
}

static void into_saved_units(struct sae_inference *inference, uint32_t pairs)
{
    for (uint32_t at = 0; at < pairs; at++)
        inference->values[at] *= inference->factors[inference->indices[at]];
}

/* ---- encoding ---- */

/* Rows onto the device, scaled; their moments are kept for the way back. */
static enum base_status prepare_rows(struct sae_inference *inference, const float *x, uint32_t rows)
{
    struct gpu *gpu = inference->gpu;
    uint32_t d_in = inference->weights.architecture.d_in;
    BASE_TRY(gpu_upload(gpu, inference->source, 0, x, (uint64_t)rows * d_in * 4));
    struct linalg_matrix source = linalg_matrix_of(inference->source, rows, d_in);
    float factor = inference->trainer ? (float)inference->trainer->state.scale_in : 1;
    BASE_TRY(sae_forward_prepare(gpu, &inference->forward, &inference->weights, &source, factor));
    return gpu_download(gpu, inference->forward.moments, 0, inference->moments, (uint64_t)rows * 8);
}

/* Gated kinds list every open gate; a latent is active when its magnitude is above 0 as well. */
static void drop_zeros(struct sae_inference *inference, uint32_t rows)
{
    uint32_t kept = 0, from = 0;
    for (uint32_t r = 0; r < rows; r++) {
        uint32_t to = inference->row_offsets[r + 1];
        for (uint32_t at = from; at < to; at++)
            if (inference->values[at] > 0) {
                inference->indices[kept] = inference->indices[at];
                inference->values[kept++] = inference->values[at];
            }
        from = to;
        inference->row_offsets[r + 1] = kept;
    }
}

/* Where the longer lists do not fit, those that did are made anew, for fewer rows. */
static enum base_status grow_lists(struct sae_inference *inference, uint32_t capacity)
{
    uint32_t before = inference->lists.capacity;
    enum base_status status = make_lists(inference, capacity);
    if (status == BASE_ERROR_DEVICE_MEMORY) {
        BASE_TRY(gpu_wait(inference->gpu)); /* what was taken of the longer ones is free behind their fills */
        BASE_TRY(make_lists(inference, before));
    }
    return status;
}

enum base_status sae_inference_encode(struct sae_inference *inference, const float *x, uint32_t rows,
                                      struct sae_latents *latents)
{
    struct gpu *gpu = inference->gpu;
    struct sae_weights *weights = &inference->weights;
    if (rows > inference->rows)
        return base_fail(BASE_ERROR_INTERNAL, "sae_inference_encode: %u rows, at most %u", rows,
                         inference->rows);
    if (!inference->lists.offsets)
        return base_fail(BASE_ERROR_DEVICE_MEMORY,
                         "there is no device memory left to list active latents in");
    inference->encoded = 0;
    inference->row_offsets[0] = 0;
    *latents = (struct sae_latents){.row_offsets = inference->row_offsets};
    if (rows == 0)
        return BASE_OK;
    if (inference->trainer)
        BASE_TRY(follow_trainer(inference));
    BASE_TRY(prepare_rows(inference, x, rows));
    for (;;) {
        BASE_TRY(sae_forward_encode(gpu, &inference->forward, weights, rows, inference->k, 0, NULL,
                                    &inference->lists));
        BASE_TRY(
            gpu_download(gpu, inference->lists.offsets, 0, inference->row_offsets, ((uint64_t)rows + 1) * 4));
        if (inference->row_offsets[rows] <= inference->lists.capacity)
            break;
        BASE_TRY(grow_lists(inference, inference->row_offsets[rows]));
    }
    if (weights->architecture.activation == SAE_GATED)
        BASE_TRY(sae_lists_gate(gpu, &inference->lists, weights, rows, inference->gates));
    uint64_t bytes = (uint64_t)inference->row_offsets[rows] * 4;
    if (bytes > 0) {
        BASE_TRY(gpu_download(gpu, inference->lists.latents, 0, inference->indices, bytes));
        BASE_TRY(gpu_download(gpu, inference->lists.values, 0, inference->values, bytes));
    }
    drop_zeros(inference, rows);
    if (inference->trainer)
        into_saved_units(inference, inference->row_offsets[rows]);
    inference->encoded = rows;
    latents->rows = rows;
    latents->indices = inference->indices;
    latents->values = inference->values;
    return BASE_OK;
}

/* Decodes what the lists hold, adds the skip, brings it back and undoes the scaling. */
static enum base_status decode_lists(struct sae_inference *inference, uint32_t rows, bool undo,
                                     float *reconstruction)
{
    struct gpu *gpu = inference->gpu;
    struct sae_weights *weights = &inference->weights;
    const struct sae_architecture *a = &weights->architecture;
    BASE_TRY(sae_lists_decode(gpu, &inference->lists, weights, inference->lists.values, rows, 0, a->d_sae,
                              false, inference->decoded));
    if (a->skip)
        BASE_TRY(linalg_matmul(gpu, &(struct linalg_matmul_call){
                                        .a = linalg_matrix_of(inference->forward.scaled, rows, a->d_in),
                                        .b = linalg_matrix_of(weights->W_skip, a->d_out, a->d_in),
                                        .c = linalg_matrix_of(inference->decoded, rows, a->d_out),
                                        .b_is_rows = true,
                                        .accumulate = true,
                                    }));
    BASE_TRY(gpu_download(gpu, inference->decoded, 0, reconstruction, (uint64_t)rows * a->d_out * 4));
    if (!undo)
        return BASE_OK;
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < a->d_out; c++) {
            float *value = &reconstruction[(uint64_t)r * a->d_out + c];
            *value = *value * inference->moments[2 * r + 1] + inference->moments[2 * r];
        }
    return BASE_OK;
}

static bool is_undone(const struct sae_inference *inference)
{
    return sae_undoes_scaling(&inference->weights.architecture);
}

enum base_status sae_inference_reconstruct(struct sae_inference *inference, float *reconstruction)
{
    if (inference->encoded == 0)
        return BASE_OK;
    return decode_lists(inference, inference->encoded, is_undone(inference), reconstruction);
}

enum base_status sae_inference_decode(struct sae_inference *inference, const struct sae_latents *latents,
                                      const float *x, float *reconstruction)
{
    struct gpu *gpu = inference->gpu;
    const struct sae_architecture *a = &inference->weights.architecture;
    uint32_t rows = latents->rows;
    if (rows > inference->rows || ((a->skip || is_undone(inference)) && !x))
        return base_fail(BASE_ERROR_INTERNAL, "sae_inference_decode: %u rows, at most %u%s", rows,
                         inference->rows, x ? "" : "; and this autoencoder needs the input rows");
    inference->encoded = 0;
    if (rows == 0)
        return BASE_OK;
    uint32_t pairs = latents->row_offsets[rows];
    for (uint32_t at = 0; at < pairs; at++)
        if (latents->indices[at] >= a->d_sae)
            return base_fail(BASE_ERROR_INPUT, "latent %u at entry %u: the autoencoder has %u latents",
                             latents->indices[at], at, a->d_sae);
    if (pairs > inference->lists.capacity)
        BASE_TRY(make_lists(inference, pairs));
    if (x)
        BASE_TRY(prepare_rows(inference, x, rows));
    BASE_TRY(gpu_upload(gpu, inference->lists.offsets, 0, latents->row_offsets, ((uint64_t)rows + 1) * 4));
    if (pairs > 0) {
        BASE_TRY(gpu_upload(gpu, inference->lists.latents, 0, latents->indices, (uint64_t)pairs * 4));
        BASE_TRY(gpu_upload(gpu, inference->lists.values, 0, latents->values, (uint64_t)pairs * 4));
    }
    return decode_lists(inference, rows, is_undone(inference), reconstruction);
}
