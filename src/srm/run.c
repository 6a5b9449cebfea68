#include "srm/run.h"

#include "base/memory.h"
#include "base/platform.h"
#include "base/progress.h"

/* Sets of planes that are counted together, and where the next one begins. */
struct batch {
    struct srm_target *targets;
    uint64_t *firsts; /* position of each one's first plane */
    uint32_t n, room;
    uint32_t next_vector; /* of all planes */
    uint64_t next_plane;
    bool done;
};

/* (row, plane) tests done, and to do. */
struct tally {
    struct base_progress progress;
    uint64_t tested, all;
};

static uint64_t all_planes(const struct srm_run *run)
{
    return run->list ? run->n_planes : srm_planes_count(run->counter->parameters.vectors);
}

static enum base_status geometry_of_set(const struct srm_run *run, uint64_t first, uint32_t n,
                                        float **geometry)
{
    *geometry = NULL;
    if (!run->counter->parameters.oblique)
        return BASE_OK;
    BASE_TRY(base_allocate(geometry, n, 2 * sizeof **geometry, "geometry of planes"));
    return run->geometry(run->context, first, n, *geometry);
}

/* The next set of planes, with at most `most_planes`. */
static enum base_status add_target(const struct srm_run *run, struct batch *batch, uint32_t most_planes)
{
    const struct srm_counter *counter = run->counter;
    uint32_t vectors = counter->parameters.vectors, end = 0, n;
    if (run->list) {
        n = (uint32_t)base_minimum(most_planes, run->n_planes - batch->next_plane);
    } else {
        end = srm_target_run_end(vectors, batch->next_vector, most_planes);
        if (end == batch->next_vector)
            return base_fail(
                BASE_ERROR_DEVICE_MEMORY,
                "the planes of four of %u vectors at %u angles and %u epsilons exceed what this "
                "device can bind at once (%llu bytes); use fewer vectors, angles or epsilons, or "
                "--planes COUNT",
                vectors, counter->parameters.angles, counter->parameters.n_epsilons,
                (unsigned long long)gpu_capabilities(run->gpu)->storage_range_bytes);
        n = (uint32_t)(srm_planes_count(vectors - batch->next_vector) - srm_planes_count(vectors - end));
    }
    float *geometry;
    enum base_status status = geometry_of_set(run, batch->next_plane, n, &geometry);
    struct srm_target *target = &batch->targets[batch->n];
    if (status == BASE_OK)
        status = run->list
                     ? srm_target_create_list(run->gpu, counter, run->list + batch->next_plane, n, geometry,
                                              target)
                     : srm_target_create_run(run->gpu, counter, batch->next_vector, end, geometry, target);
    base_free(geometry);
    if (status != BASE_OK)
        return status;
    batch->firsts[batch->n++] = batch->next_plane;
    batch->next_plane += n;
    batch->next_vector = end;
    batch->done = batch->next_plane == all_planes(run);
    return BASE_OK;
}

/* One pass over the rows for the sets of a batch, which are then finished, handed over and released. */
static enum base_status count_batch(const struct srm_run *run, struct batch *batch, struct tally *tally)
{
    for (uint32_t b = 0; b < run->stream->blocks; b++) {
        BASE_TRY(srm_stream_load(run->gpu, run->stream, b));
        for (uint32_t t = 0; t < batch->n; t++) {
            if (base_interrupted())
                return base_fail(BASE_INTERRUPTED, "interrupted");
            BASE_TRY(
                srm_target_add(run->gpu, run->counter, &run->stream->block, run->method, &batch->targets[t]));
            tally->tested += (uint64_t)run->stream->block.rows * batch->targets[t].planes;
            base_progress_update(&tally->progress, tally->tested, tally->all);
        }
    }
    for (uint32_t t = 0; t < batch->n; t++) {
        BASE_TRY(srm_target_finish(run->gpu, run->counter, &batch->targets[t]));
        BASE_TRY(run->finished(run->context, &batch->targets[t], batch->firsts[t]));
        srm_target_destroy(run->gpu, &batch->targets[t]);
    }
    batch->n = 0;
    return BASE_OK;
}

enum base_status srm_run(const struct srm_run *run)
{
    uint64_t planes = all_planes(run);
    if (planes == 0)
        return BASE_OK;
    uint32_t most_planes = srm_target_most_planes(run->gpu, run->counter);
    uint64_t set_bytes = srm_target_bytes(run->counter, (uint32_t)base_minimum(most_planes, planes));
    uint64_t sets = run->stream->blocks == 1 ? 1 : base_maximum(1, run->most_bytes / set_bytes);
    struct batch batch = {.room = (uint32_t)base_minimum(sets, 4096)};
    struct tally tally = {.all = run->stream->rows * planes};
    enum base_status status;
    base_progress_begin(&tally.progress, run->progress, "tests");
    BASE_CHECK(base_allocate(&batch.targets, batch.room, sizeof *batch.targets, "sets of planes"));
    BASE_CHECK(base_allocate(&batch.firsts, batch.room, sizeof *batch.firsts, "sets of planes"));
    while (!batch.done) {
        while (!batch.done && batch.n < batch.room)
            BASE_CHECK(add_target(run, &batch, most_planes));
        BASE_CHECK(count_batch(run, &batch, &tally));
    }
error:
    base_progress_end(&tally.progress);
    for (uint32_t t = 0; batch.targets && t < batch.room; t++)
        srm_target_destroy(run->gpu, &batch.targets[t]);
    base_free(batch.targets);
    base_free(batch.firsts);
    return status;
}
