#include "sae/holdout.h"

#include "base/memory.h"
#include "data/quantile.h"
#include "sae/inference.h"

#include <math.h>
#include <string.h>

/* Encodes the rows block by block and hands each block to `visit`. */
struct walk {
    struct gpu *gpu;
    const struct sae_model *model;
    const struct sae_holdout *holdout;
    struct sae_inference *inference;
    float *x; /* [block, d_in] */
};

static uint32_t rows_at_once(uint64_t count)
{
    enum { MOST_ROWS = 4096 };
    return (uint32_t)base_minimum(count, MOST_ROWS);
}

/* As files hold what is trained. */
static struct sae_architecture saved_of(const struct sae_architecture *architecture)
{
    struct sae_architecture saved = *architecture;
    if (saved.activation == SAE_BATCHTOPK)
        saved.activation = SAE_JUMPRELU;
    return saved;
}

uint64_t sae_holdout_bytes(const struct gpu *gpu, const struct sae_architecture *architecture, uint64_t count)
{
    struct sae_architecture saved = saved_of(architecture);
    return count > 0 ? sae_inference_bytes(gpu, &saved, rows_at_once(count)) : 0;
}

enum base_status sae_holdout_rehearse(struct gpu *gpu, const struct sae_architecture *architecture,
                                      uint64_t count)
{
    struct sae_architecture saved = saved_of(architecture);
    return count > 0 ? sae_inference_rehearse(gpu, &saved, rows_at_once(count)) : BASE_OK;
}

static enum base_status walk_open(struct walk *walk)
{
    uint32_t most = rows_at_once(walk->holdout->count);
    BASE_TRY(sae_inference_create(walk->gpu, walk->model, most, &walk->inference));
    return base_allocate(&walk->x,
                         (size_t)sae_inference_rows(walk->inference) * walk->model->architecture.d_in,
                         sizeof *walk->x, "rows");
}

static void walk_close(struct walk *walk)
{
    sae_inference_destroy(&walk->inference);
    base_free(walk->x);
}

static uint64_t width_of(const struct sae_architecture *a)
{
    return a->d_in + (a->transcoder ? (uint64_t)a->d_out : 0);
}

/* Encodes the block that begins at `from`; its number of rows into latents->rows: fewer than usual where more
 * latents are active than there is memory for. */
static enum base_status walk_block(struct walk *walk, uint64_t from, struct sae_latents *latents)
{
    const struct sae_architecture *a = &walk->model->architecture;
    uint64_t width = width_of(a);
    uint32_t rows = (uint32_t)base_minimum(sae_inference_rows(walk->inference), walk->holdout->count - from);
    for (uint32_t r = 0; r < rows; r++)
        memcpy(walk->x + (uint64_t)r * a->d_in, walk->holdout->rows + (from + r) * width,
               a->d_in * sizeof *walk->x);
    for (;; rows /= 2) {
        enum base_status status = sae_inference_encode(walk->inference, walk->x, rows, latents);
        if (status != BASE_ERROR_DEVICE_MEMORY || rows <= 1)
            return status;
    }
}

struct sums {
    double squares;  /* of errors */
    double *mean;    /* [d_out] of the targets */
    double distance; /* of the targets from it, squared */
    uint64_t pairs;
    uint8_t *fired; /* [d_sae] */
};

static const float *target_of(const struct walk *walk, uint64_t row)
{
    const struct sae_architecture *a = &walk->model->architecture;
    return walk->holdout->rows + row * width_of(a) + (a->transcoder ? a->d_in : 0);
}

static void sum_targets(const struct walk *walk, struct sums *sums)
{
    uint32_t d_out = walk->model->architecture.d_out;
    uint64_t count = walk->holdout->count;
    for (uint64_t r = 0; r < count; r++)
        for (uint32_t c = 0; c < d_out; c++)
            sums->mean[c] += target_of(walk, r)[c] / (double)count;
    for (uint64_t r = 0; r < count; r++)
        for (uint32_t c = 0; c < d_out; c++) {
            double off = target_of(walk, r)[c] - sums->mean[c];
            sums->distance += off * off;
        }
}

static enum base_status sum_block(struct walk *walk, uint64_t from, float *reconstruction, struct sums *sums,
                                  uint32_t *rows)
{
    uint32_t d_out = walk->model->architecture.d_out;
    struct sae_latents latents;
    BASE_TRY(walk_block(walk, from, &latents));
    *rows = latents.rows;
    uint32_t pairs = latents.row_offsets[latents.rows];
    sums->pairs += pairs;
    for (uint32_t at = 0; at < pairs; at++)
        sums->fired[latents.indices[at]] = 1;
    BASE_TRY(sae_inference_reconstruct(walk->inference, reconstruction));
    for (uint32_t r = 0; r < *rows; r++)
        for (uint32_t c = 0; c < d_out; c++) {
            double off = (double)reconstruction[(uint64_t)r * d_out + c] - target_of(walk, from + r)[c];
            sums->squares += off * off;
        }
    return BASE_OK;
}

enum base_status sae_holdout_evaluate(struct gpu *gpu, const struct sae_model *model,
                                      const struct sae_holdout *holdout, struct sae_holdout_result *result)
{
    const struct sae_architecture *a = &model->architecture;
    struct walk walk = {.gpu = gpu, .model = model, .holdout = holdout};
    struct sums sums = {0};
    float *reconstruction = NULL;
    enum base_status status;
    BASE_CHECK(walk_open(&walk));
    BASE_CHECK(base_allocate(&sums.mean, a->d_out, sizeof *sums.mean, "means"));
    BASE_CHECK(base_allocate(&sums.fired, a->d_sae, 1, "latents that fire"));
    BASE_CHECK(base_allocate(&reconstruction, (size_t)sae_inference_rows(walk.inference) * a->d_out,
                             sizeof *reconstruction, "reconstructions"));
    sum_targets(&walk, &sums);
    for (uint64_t from = 0; from < holdout->count;) {
        uint32_t rows;
        BASE_CHECK(sum_block(&walk, from, reconstruction, &sums, &rows));
        from += rows;
    }
    *result = (struct sae_holdout_result){
        .fvu = sums.squares / sums.distance,
        .l0 = (double)sums.pairs / (double)holdout->count,
    };
    for (uint32_t i = 0; i < a->d_sae; i++)
        result->silent += !sums.fired[i];
error:
    walk_close(&walk);
    base_free(sums.mean);
    base_free(sums.fired);
    base_free(reconstruction);
    return status;
}

/* ---- thresholds ---- */

struct ratios {
    double *values;
    uint64_t count, room;
};

static enum base_status add_ratio(struct ratios *ratios, double value)
{
    if (ratios->count == ratios->room) {
        uint64_t room = base_maximum(1 << 16, 2 * ratios->room);
        double *grown;
        BASE_TRY(base_allocate(&grown, room, sizeof *grown, "thresholds' ratios"));
        if (ratios->count > 0)
            memcpy(grown, ratios->values, ratios->count * sizeof *grown);
        base_free(ratios->values);
        ratios->values = grown;
        ratios->room = room;
    }
    ratios->values[ratios->count++] = value;
    return BASE_OK;
}

/* Each entry above `least` thresholds, as a multiple of its threshold. */
static enum base_status find_ratios(struct walk *walk, const float *thresholds, struct ratios *ratios)
{
    for (uint64_t from = 0; from < walk->holdout->count;) {
        struct sae_latents latents;
        BASE_TRY(walk_block(walk, from, &latents));
        uint32_t pairs = latents.row_offsets[latents.rows];
        for (uint32_t at = 0; at < pairs; at++) {
            double threshold = fmax(thresholds[latents.indices[at]], 1e-30);
            BASE_TRY(add_ratio(ratios, latents.values[at] / threshold));
        }
        from += latents.rows;
    }
    return BASE_OK;
}

enum base_status sae_threshold_factor(struct gpu *gpu, const struct sae_model *model,
                                      const struct sae_holdout *rows, double l0, double least, double *factor)
{
    struct sae_model lowered = {0};
    struct walk walk = {.gpu = gpu, .model = &lowered, .holdout = rows};
    struct ratios ratios = {0};
    enum base_status status;
    *factor = 1;
    BASE_CHECK(sae_model_copy(model, &lowered));
    for (uint32_t i = 0; i < model->architecture.d_sae; i++)
        lowered.threshold[i] = (float)(lowered.threshold[i] * least);
    BASE_CHECK(walk_open(&walk));
    BASE_CHECK(find_ratios(&walk, model->threshold, &ratios));
    data_sort(ratios.values, ratios.count);
    uint64_t wanted = (uint64_t)llround(l0 * (double)rows->count);
    /* `wanted` entries lie above the factor: halfway between the last of them and the next. */
    if (wanted == 0 || wanted > ratios.count) {
        *factor = least;
    } else {
        double last = ratios.values[ratios.count - wanted];
        double next = wanted < ratios.count ? ratios.values[ratios.count - wanted - 1] : least;
        *factor = (last + next) / 2;
    }
error:
    walk_close(&walk);
    sae_model_free(&lowered);
    base_free(ratios.values);
    return status;
}
