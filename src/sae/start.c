#include "sae/start.h"

#include "base/attend.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

double sae_start_scale(const float *rows, uint64_t count, uint32_t width, uint64_t stride)
{
    double sum = 0;
    for (uint64_t r = 0; r < count; r++) {
        double squares = 0;
        for (uint32_t c = 0; c < width; c++) {
            double x = rows[r * stride + c];
            squares += x * x;
        }
        sum += sqrt(squares);
    }
    return sum > 0 ? sqrt(width) * (double)count / sum : 1;
}

/* A row in a direction uniform on the sphere. */
static void random_row(uint64_t seed, uint64_t first, uint32_t width, double norm, float *row)
{
    double squares = 0;
    for (uint32_t c = 0; c < width; c++) {
        double x = base_random_normal(seed, BASE_STREAM_WEIGHTS, first + c);
        squares += x * x;
        row[c] = (float)x;
    }
    for (uint32_t c = 0; c < width; c++)
        row[c] = (float)(row[c] * norm / sqrt(squares));
}

static void mean_row(const float *rows, uint64_t count, uint32_t width, uint64_t stride, double *mean)
{
    for (uint32_t c = 0; c < width; c++)
        mean[c] = 0;
    for (uint64_t r = 0; r < count; r++)
        for (uint32_t c = 0; c < width; c++)
            mean[c] += rows[r * stride + c] / (double)count;
}

/* One step of Weiszfeld's iteration for the point with the least sum of distances; returns how far it moved.
 * A row on the point itself would have infinite weight: distances are held above a thousandth of the mean
 * one. */
static double weiszfeld(const float *rows, uint64_t count, uint32_t width, uint64_t stride, double least,
                        double *point, double *next)
{
    double weights = 0, moved = 0;
    memset(next, 0, width * sizeof *next);
    for (uint64_t r = 0; r < count; r++) {
        double squares = 0;
        for (uint32_t c = 0; c < width; c++) {
            double off = rows[r * stride + c] - point[c];
            squares += off * off;
        }
        double weight = 1 / fmax(sqrt(squares), least);
        weights += weight;
        for (uint32_t c = 0; c < width; c++)
            next[c] += weight * rows[r * stride + c];
    }
    for (uint32_t c = 0; c < width; c++) {
        double value = next[c] / weights;
        moved += (value - point[c]) * (value - point[c]);
        point[c] = value;
    }
    return sqrt(moved);
}

static enum base_status geometric_median(const float *rows, uint64_t count, uint32_t width, uint64_t stride,
                                         double *point)
{
    enum { MOST_ROUNDS = 100 };
    double *next = NULL;
    BASE_TRY(base_allocate(&next, width, sizeof *next, "the geometric median"));
    mean_row(rows, count, width, stride, point);
    double least = 1e-3 * sqrt(width);
    enum base_status status = BASE_OK;
    for (uint32_t round = 0; round < MOST_ROUNDS && status == BASE_OK; round++) {
        status = base_attend("looking for the middle of the rows", round, MOST_ROUNDS);
        if (weiszfeld(rows, count, width, stride, least, point, next) < 1e-5)
            break;
    }
    base_free(next);
    return status;
}

static enum base_status start_b_dec(const struct sae_config *config, const float *targets, uint64_t count,
                                    uint64_t stride, float *b_dec)
{
    uint32_t width = config->architecture.d_out;
    double *point = NULL;
    if (config->bias_start == SAE_BIAS_ZEROS || count == 0)
        return BASE_OK;
    BASE_TRY(base_allocate(&point, width, sizeof *point, "the start of b_dec"));
    enum base_status status = BASE_OK;
    if (config->bias_start == SAE_BIAS_MEAN)
        mean_row(targets, count, width, stride, point);
    else
        status = geometric_median(targets, count, width, stride, point);
    for (uint32_t c = 0; c < width; c++)
        b_dec[c] = (float)point[c];
    base_free(point);
    return status;
}

enum base_status sae_start_model(const struct sae_config *config, const float *targets, uint64_t count,
                                 uint64_t stride, struct sae_model *model)
{
    const struct sae_architecture *a = &config->architecture;
    double norm = config->decoder_norm == SAE_NORM_UNIT ? 1 : config->decoder_start_norm;
    BASE_TRY(sae_model_create(a, model));
    uint64_t encoders = (uint64_t)a->d_sae * a->d_out; /* random numbers behind the decoder's */
    enum base_status status = BASE_OK;
    for (uint64_t i = 0; i < a->d_sae && status == BASE_OK; i++) {
        status = base_attend("drawing weights", i, a->d_sae);
        random_row(config->seed, i * a->d_out, a->d_out, norm, model->W_dec + i * a->d_out);
        if (a->transcoder)
            random_row(config->seed, encoders + i * a->d_in, a->d_in, norm, model->W_enc + i * a->d_in);
        else
            memcpy(model->W_enc + i * a->d_in, model->W_dec + i * a->d_out, a->d_in * sizeof(float));
        if (model->threshold)
            model->threshold[i] = (float)config->threshold_start;
    }
    if (status == BASE_OK)
        status = start_b_dec(config, targets, count, stride, model->b_dec);
    if (status != BASE_OK)
        sae_model_free(model);
    return status;
}
