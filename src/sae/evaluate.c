#include "sae/evaluate.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

#define SMALL_NORM 1e-4 /* SAELens's guard of l2_ratio */

/* Sums over the rows of one set. */
struct sums {
    uint64_t rows, legacy_rows, cosine_rows;
    double residual, variance, legacy, cosine, norm_in, norm_out, ratio, square_out, product, l0, l1;
};

struct sae_evaluation {
    struct sae_evaluation_parameters parameters;
    struct sums kept, all;
    struct sae_metrics metrics;
    uint64_t *last_context, *contexts_fired; /* [d_sae] */
};

/* ---- means ---- */

static void add_to_mean(double *sum, const float *row, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++)
        sum[i] += (double)row[i];
}

enum base_status sae_means_make(const struct sae_walk_parameters *parameters, struct sae_means *means)
{
    enum base_status status;
    struct sae_walk *walk = NULL;
    struct sae_walk_parameters plain = *parameters;
    const uint32_t width = data_width(parameters->target ? parameters->target : parameters->activations);
    uint64_t n_kept = 0, n_all = 0;
    plain.inference = NULL;
    plain.norm_bound = INFINITY;
    *means = (struct sae_means){0};
    BASE_CHECK(base_allocate(&means->kept, width, sizeof *means->kept, "the mean row"));
    BASE_CHECK(base_allocate(&means->all, width, sizeof *means->all, "the mean row"));
    BASE_CHECK(sae_walk_open(&plain, &walk));
    for (struct sae_walk_block block;;) {
        BASE_CHECK(sae_walk_next(walk, &block));
        if (block.count == 0)
            break;
        for (uint32_t r = 0; r < block.rows; r++) {
            bool kept = block.norms[r] <= parameters->norm_bound;
            add_to_mean(kept ? means->kept : means->all, block.target + (size_t)r * width, width);
            n_kept += kept;
            n_all++;
        }
    }
    if (n_kept == 0)
        BASE_CHECK(
            base_fail(BASE_ERROR_INPUT,
                      "%s: no row is left to evaluate: %llu are finite, and none of them is within the "
                      "bound of --max-norm",
                      data_shard_at(parameters->activations, 0).path, (unsigned long long)n_all));
    for (uint32_t i = 0; i < width; i++) {
        means->all[i] = (means->all[i] + means->kept[i]) / (double)n_all;
        means->kept[i] /= (double)n_kept;
    }
error:
    sae_walk_close(&walk);
    return status;
}

void sae_means_free(struct sae_means *means)
{
    base_free(means->kept);
    base_free(means->all);
    *means = (struct sae_means){0};
}

/* ---- rows ---- */

struct row_sums {
    double in, out, product, residual, about_kept, about_all; /* squares */
};

static struct row_sums sum_row(const struct sae_evaluation *evaluation, const float *y, const float *r)
{
    struct row_sums sums = {0};
    const double *kept = evaluation->parameters.means.kept, *all = evaluation->parameters.means.all;
    for (uint32_t i = 0; i < evaluation->parameters.d_out; i++) {
        double in = (double)y[i], out = (double)r[i];
        sums.in += in * in;
        sums.out += out * out;
        sums.product += in * out;
        sums.residual += (in - out) * (in - out);
        sums.about_kept += (in - kept[i]) * (in - kept[i]);
        sums.about_all += (in - all[i]) * (in - all[i]);
    }
    return sums;
}

static void add_row(struct sums *sums, const struct row_sums *row, double variance, double l0, double l1)
{
    double in = sqrt(row->in), out = sqrt(row->out);
    sums->rows++;
    sums->residual += row->residual;
    sums->variance += variance;
    if (variance > 0) {
        sums->legacy_rows++;
        sums->legacy += 1 - row->residual / variance;
    }
    if (in > 0 && out > 0) {
        sums->cosine_rows++;
        sums->cosine += row->product / (in * out);
    }
    sums->norm_in += in;
    sums->norm_out += out;
    sums->ratio += out / (in < SMALL_NORM ? 1 : in);
    sums->square_out += row->out;
    sums->product += row->product;
    sums->l0 += l0;
    sums->l1 += l1;
}

static uint32_t fvu_bin(double share)
{
    double place = (log10(share) - SAE_FVU_LOWEST) / (SAE_FVU_HIGHEST - SAE_FVU_LOWEST) * SAE_FVU_BINS;
    if (!(place > 0))
        return 0;
    return place >= SAE_FVU_BINS ? SAE_FVU_BINS - 1 : (uint32_t)place;
}

static void count_latents(struct sae_evaluation *evaluation, const struct sae_latents *latents, uint32_t row,
                          const uint64_t *contexts)
{
    struct sae_metrics *metrics = &evaluation->metrics;
    for (uint32_t e = latents->row_offsets[row]; e < latents->row_offsets[row + 1]; e++) {
        uint32_t latent = latents->indices[e];
        double value = (double)latents->values[e];
        metrics->fired[latent]++;
        metrics->sum[latent] += value;
        metrics->maximum[latent] = fmax(metrics->maximum[latent], value);
        if (!contexts || evaluation->last_context[latent] == contexts[row] + 1)
            continue;
        evaluation->last_context[latent] = contexts[row] + 1;
        evaluation->contexts_fired[latent]++;
    }
}

enum base_status sae_evaluation_add(struct sae_evaluation *evaluation, const struct sae_walk_block *block,
                                    const float *reconstruction, const uint64_t *contexts)
{
    const struct sae_latents *latents = &block->latents;
    const uint32_t width = evaluation->parameters.d_out;
    for (uint32_t r = 0; r < block->rows; r++) {
        const float *y = block->target + (size_t)r * width;
        struct row_sums row = sum_row(evaluation, y, reconstruction + (size_t)r * width);
        double l0 = latents->row_offsets[r + 1] - latents->row_offsets[r], l1 = 0;
        for (uint32_t e = latents->row_offsets[r]; e < latents->row_offsets[r + 1]; e++)
            l1 += fabs((double)latents->values[e]);
        if (!isfinite(row.out) || !isfinite(l1))
            return base_fail(
                BASE_ERROR_NUMERIC,
                "row %llu: its latents or its reconstruction hold NaN or Inf although the row is "
                "finite: the weights are damaged, or too large for f32",
                (unsigned long long)block->numbers[r]);
        add_row(&evaluation->all, &row, row.about_all, l0, l1);
        if (!(block->norms[r] <= evaluation->parameters.norm_bound))
            continue;
        add_row(&evaluation->kept, &row, row.about_kept, l0, l1);
        evaluation->metrics.l0_rows[(uint32_t)l0]++;
        if (row.about_kept > 0)
            evaluation->metrics.fvu_rows[fvu_bin(row.residual / row.about_kept)]++;
        count_latents(evaluation, latents, r, contexts);
    }
    return BASE_OK;
}

/* ---- the whole ---- */

enum base_status sae_evaluation_create(const struct sae_evaluation_parameters *parameters,
                                       struct sae_evaluation **out)
{
    enum base_status status;
    static const char what[] = "sums by latent";
    struct sae_evaluation *evaluation;
    const uint32_t n = parameters->d_sae;
    *out = NULL;
    BASE_TRY(base_allocate(&evaluation, 1, sizeof *evaluation, what));
    evaluation->parameters = *parameters;
    struct sae_metrics *metrics = &evaluation->metrics;
    BASE_CHECK(base_allocate(&metrics->fired, n, sizeof *metrics->fired, what));
    BASE_CHECK(base_allocate(&metrics->sum, n, sizeof *metrics->sum, what));
    BASE_CHECK(base_allocate(&metrics->maximum, n, sizeof *metrics->maximum, what));
    BASE_CHECK(base_allocate(&metrics->l0_rows, (size_t)n + 1, sizeof *metrics->l0_rows, what));
    if (parameters->contexts) {
        BASE_CHECK(base_allocate(&metrics->consistent, n, sizeof *metrics->consistent, what));
        BASE_CHECK(base_allocate(&evaluation->last_context, n, sizeof *evaluation->last_context, what));
        BASE_CHECK(base_allocate(&evaluation->contexts_fired, n, sizeof *evaluation->contexts_fired, what));
    }
    *out = evaluation;
    return BASE_OK;
error:
    sae_evaluation_destroy(&evaluation);
    return status;
}

void sae_evaluation_destroy(struct sae_evaluation **evaluation)
{
    if (!*evaluation)
        return;
    sae_metrics_free(&(*evaluation)->metrics);
    base_free((*evaluation)->last_context);
    base_free((*evaluation)->contexts_fired);
    base_free(*evaluation);
    *evaluation = NULL;
}

void sae_metrics_free(struct sae_metrics *metrics)
{
    base_free(metrics->fired);
    base_free(metrics->sum);
    base_free(metrics->maximum);
    base_free(metrics->consistent);
    base_free(metrics->l0_rows);
    *metrics = (struct sae_metrics){0};
}

static double quotient(double above, double below)
{
    return below != 0 ? above / below : NAN;
}

static struct sae_fit fit_of(const struct sums *sums)
{
    double n = (double)sums->rows;
    double fvu = quotient(sums->residual, sums->variance);
    return (struct sae_fit){
        .rows = sums->rows,
        .explained_variance = 1 - fvu,
        .explained_variance_legacy = quotient(sums->legacy, (double)sums->legacy_rows),
        .fvu = fvu,
        .mse = quotient(sums->residual, n),
        .cossim = quotient(sums->cosine, (double)sums->cosine_rows),
        .l2_norm_in = quotient(sums->norm_in, n),
        .l2_norm_out = quotient(sums->norm_out, n),
        .l2_ratio = quotient(sums->ratio, n),
        .relative_reconstruction_bias = quotient(sums->square_out, sums->product),
        .l0 = quotient(sums->l0, n),
        .l1 = quotient(sums->l1, n),
    };
}

void sae_evaluation_finish(struct sae_evaluation *evaluation, struct sae_metrics *metrics)
{
    *metrics = evaluation->metrics;
    evaluation->metrics = (struct sae_metrics){0};
    metrics->kept = fit_of(&evaluation->kept);
    metrics->all = fit_of(&evaluation->all);
    for (uint32_t i = 0; i < evaluation->parameters.d_sae; i++) {
        double density = quotient((double)metrics->fired[i], (double)metrics->kept.rows);
        metrics->dead += metrics->fired[i] == 0;
        metrics->dense_1 += density > 0.01;
        metrics->dense_10 += density > 0.1;
        if (metrics->consistent)
            metrics->consistent[i] =
                quotient((double)metrics->fired[i], (double)evaluation->contexts_fired[i]);
    }
}
