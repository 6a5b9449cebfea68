#include "sae/walk.h"

#include "base/memory.h"
#include "base/platform.h"
#include "base/progress.h"
#include "data/row_scan.h"

#include <math.h>
#include <string.h>

enum { ROWS_UNENCODED = 1024 };

struct sae_walk {
    struct sae_walk_parameters parameters;
    uint32_t most_rows, width, target_width;
    uint64_t next;
    float *x, *target; /* target is x where there is none */
    double *norms;
    uint64_t *numbers;
    struct sae_walk_left_out left_out;
    struct base_progress progress;
};

static enum base_status check_target(const struct data_activations *activations,
                                     const struct data_activations *target)
{
    if (!target || data_all_rows(target) == data_all_rows(activations))
        return BASE_OK;
    return base_fail(BASE_ERROR_INPUT,
                     "%s has %llu rows and the target %s has %llu: a target has one row for each input row",
                     data_shard_at(activations, 0).path, (unsigned long long)data_all_rows(activations),
                     data_shard_at(target, 0).path, (unsigned long long)data_all_rows(target));
}

enum base_status sae_walk_open(const struct sae_walk_parameters *parameters, struct sae_walk **out)
{
    enum base_status status;
    struct sae_walk *walk;
    *out = NULL;
    BASE_TRY(check_target(parameters->activations, parameters->target));
    BASE_TRY(base_allocate(&walk, 1, sizeof *walk, "the walk over the rows"));
    walk->parameters = *parameters;
    walk->most_rows = parameters->inference ? sae_inference_rows(parameters->inference) : ROWS_UNENCODED;
    walk->width = data_width(parameters->activations);
    BASE_CHECK(base_allocate(&walk->x, (size_t)walk->most_rows * walk->width, sizeof *walk->x, "rows"));
    BASE_CHECK(base_allocate(&walk->norms, walk->most_rows, sizeof *walk->norms, "norms"));
    BASE_CHECK(base_allocate(&walk->numbers, walk->most_rows, sizeof *walk->numbers, "row numbers"));
    walk->target = walk->x;
    if (parameters->target) {
        walk->target_width = data_width(parameters->target);
        walk->target = NULL;
        BASE_CHECK(base_allocate(&walk->target, (size_t)walk->most_rows * walk->target_width,
                                 sizeof *walk->target, "target rows"));
    }
    base_progress_begin(&walk->progress, parameters->what, "rows");
    *out = walk;
    return BASE_OK;
error:
    sae_walk_close(&walk);
    return status;
}

void sae_walk_close(struct sae_walk **walk)
{
    struct sae_walk *w = *walk;
    if (!w)
        return;
    if (w->progress.what)
        base_progress_end(&w->progress);
    if (w->target != w->x)
        base_free(w->target);
    base_free(w->x);
    base_free(w->norms);
    base_free(w->numbers);
    base_free(w);
    *walk = NULL;
}

uint32_t sae_walk_rows(const struct sae_walk *walk)
{
    return walk->most_rows;
}

struct sae_walk_left_out sae_walk_left_out(const struct sae_walk *walk)
{
    return walk->left_out;
}

static enum base_status refuse_row(const struct sae_walk *walk, uint64_t row)
{
    const struct data_activations *set = walk->parameters.activations;
    return base_fail(BASE_ERROR_INPUT,
                     "%s: row %llu of the set holds NaN or Inf, and --strict is given; without it such rows "
                     "are left out and counted",
                     data_shard_at(set, 0).path, (unsigned long long)(data_first_row(set) + row));
}

/* Moves the rows that are used to the front. */
static enum base_status keep_rows(struct sae_walk *walk, struct sae_walk_block *block)
{
    const uint32_t norm_width = data_norm_width(walk->parameters.activations);
    for (uint64_t r = 0; r < block->count; r++) {
        const float *row = walk->x + r * walk->width;
        const float *target = walk->target + r * walk->target_width;
        struct data_row_scan scan = data_row_scan(row, walk->width);
        struct data_row_scan target_scan = data_row_scan(target, walk->target_width);
        if (!data_row_is_finite(&scan) || !data_row_is_finite(&target_scan)) {
            if (walk->parameters.strict)
                return refuse_row(walk, block->from + r);
            walk->left_out.non_finite++;
            continue;
        }
        double norm = sqrt(data_row_scan(row, norm_width).square);
        if (norm > walk->parameters.norm_bound) {
            walk->left_out.norm++;
            continue;
        }
        if (block->rows != r) {
            memmove(walk->x + (size_t)block->rows * walk->width, row, walk->width * sizeof *row);
            if (walk->parameters.target)
                memmove(walk->target + (size_t)block->rows * walk->target_width, target,
                        walk->target_width * sizeof *target);
        }
        walk->norms[block->rows] = norm;
        walk->numbers[block->rows++] = block->from + r;
    }
    return BASE_OK;
}

enum base_status sae_walk_at(struct sae_walk *walk, uint64_t from, uint32_t count,
                             struct sae_walk_block *block)
{
    static const uint32_t no_offsets[1] = {0};
    *block = (struct sae_walk_block){.from = from,
                                     .count = count,
                                     .x = walk->x,
                                     .target = walk->target,
                                     .norms = walk->norms,
                                     .numbers = walk->numbers,
                                     .latents = {.row_offsets = no_offsets}};
    if (base_interrupted())
        return BASE_INTERRUPTED;
    BASE_TRY(data_read(walk->parameters.activations, from, count, walk->x));
    if (walk->parameters.target)
        BASE_TRY(data_read(walk->parameters.target, from, count, walk->target));
    BASE_TRY(keep_rows(walk, block));
    if (walk->parameters.inference && block->rows > 0)
        BASE_TRY(sae_inference_encode(walk->parameters.inference, walk->x, block->rows, &block->latents));
    walk->next = from + count;
    base_progress_update(&walk->progress, walk->next, data_rows(walk->parameters.activations));
    return BASE_OK;
}

enum base_status sae_walk_next(struct sae_walk *walk, struct sae_walk_block *block)
{
    uint64_t left = data_rows(walk->parameters.activations) - walk->next;
    return sae_walk_at(walk, walk->next, (uint32_t)base_minimum(left, walk->most_rows), block);
}
