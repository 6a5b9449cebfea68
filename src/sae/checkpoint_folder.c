/* Checkpoints by their names: what is there, which one to go on from, what may go. */
#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "sae/checkpoint_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "checkpoint-", suffix[] = ".arclight";
enum { DIGITS = 9 }; /* at least, so that names sort as steps do */

bool sae_checkpoint_name_step(const char *name, uint64_t *step)
{
    char again[64];
    if (strncmp(name, prefix, strlen(prefix)) != 0)
        return false;
    const char *at = name + strlen(prefix);
    *step = 0;
    for (; *at >= '0' && *at <= '9'; at++)
        if (BASE_MULTIPLY_OVERFLOWS(*step, (uint64_t)10, step) ||
            BASE_ADD_OVERFLOWS(*step, (uint64_t)(*at - '0'), step))
            return false;
    snprintf(again, sizeof again, "%s%0*" PRIu64 "%s", prefix, DIGITS, *step, suffix);
    return strcmp(name, again) == 0;
}

char *sae_checkpoint_name(const char *folder, uint64_t step)
{
    char name[64];
    snprintf(name, sizeof name, "%s%0*" PRIu64 "%s", prefix, DIGITS, step, suffix);
    return base_path_join(folder, name);
}

static int compare_steps(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

enum base_status sae_checkpoint_steps(const char *folder, uint64_t **steps, size_t *count)
{
    char **names;
    size_t n_names;
    *steps = NULL;
    *count = 0;
    BASE_TRY(base_folder_list(folder, &names, &n_names));
    enum base_status status = base_allocate(steps, n_names, sizeof **steps, folder);
    for (size_t i = 0; i < n_names && status == BASE_OK; i++)
        if (sae_checkpoint_name_step(names[i], &(*steps)[*count]))
            ++*count;
    if (*count > 0)
        qsort(*steps, *count, sizeof **steps, compare_steps);
    base_list_free(&names, n_names);
    return status;
}

bool sae_checkpoint_exists(const char *folder)
{
    uint64_t *steps = NULL;
    size_t count = 0;
    bool exists =
        base_is_folder(folder) && sae_checkpoint_steps(folder, &steps, &count) == BASE_OK && count > 0;
    base_free(steps);
    return exists;
}

enum base_status sae_checkpoint_prune(const char *folder, uint64_t newest, uint32_t keep_last,
                                      uint64_t keep_every)
{
    uint64_t *steps;
    size_t count;
    BASE_TRY(sae_checkpoint_steps(folder, &steps, &count));
    enum base_status status = BASE_OK;
    while (count > 0 && steps[count - 1] > newest)
        count--;
    for (size_t i = 0; i + keep_last < count && status == BASE_OK; i++) {
        /* The step before is of a file that stays or has just gone; either way the first file behind a
         * multiple is the same one each time, because it stays. */
        if (keep_every > 0 && steps[i] / keep_every > (i > 0 ? steps[i - 1] / keep_every : 0))
            continue;
        char *path = sae_checkpoint_name(folder, steps[i]);
        status = path ? base_file_remove(path)
                      : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for a name in %s", folder);
        base_free(path);
    }
    base_free(steps);
    return status;
}

/* ---- the one to go on from ---- */

static bool holds(const uint64_t *steps, size_t count, uint64_t step)
{
    return count > 0 && bsearch(&step, steps, count, sizeof *steps, compare_steps);
}

/* Reads the step's file in every place. *damaged names none or one of them, said aloud. */
static enum base_status read_step(const struct sae_checkpoint_place *places, uint32_t n_places, uint64_t step,
                                  struct sae_checkpoint **checkpoints, bool *damaged)
{
    enum base_status status = BASE_OK;
    *damaged = false;
    for (uint32_t i = 0; i < n_places && status == BASE_OK; i++) {
        char *path = sae_checkpoint_name(places[i].folder, step);
        status =
            path ? sae_checkpoint_open(path, places[i].run, &checkpoints[i], damaged)
                 : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for a name in %s", places[i].folder);
        if (status == BASE_OK && sae_checkpoint_step(checkpoints[i]) != step) {
            *damaged = true;
            status = base_fail(BASE_ERROR_INPUT,
                               "%s: a checkpoint of step %" PRIu64 " under another's name; rename it", path,
                               sae_checkpoint_step(checkpoints[i]));
        }
        base_free(path);
    }
    for (uint32_t i = 0; i < n_places && status != BASE_OK; i++)
        sae_checkpoint_free(&checkpoints[i]);
    return status;
}

static enum base_status list_all(const struct sae_checkpoint_place *places, uint32_t n_places,
                                 uint64_t **steps, size_t *counts)
{
    for (uint32_t i = 0; i < n_places; i++) {
        BASE_TRY(sae_checkpoint_steps(places[i].folder, &steps[i], &counts[i]));
        if (counts[i] == 0)
            return base_fail(BASE_ERROR_INPUT, "%s: no checkpoint in this folder (%s...%s)", places[i].folder,
                             prefix, suffix);
    }
    return BASE_OK;
}

/* From the newest step of the first place down; a step that another place lacks was not finished. */
static enum base_status search(const struct sae_checkpoint_place *places, uint32_t n_places,
                               uint64_t *const *steps, const size_t *counts,
                               struct sae_checkpoint **checkpoints)
{
    enum base_status fault = BASE_OK;
    for (size_t at = counts[0]; at-- > 0;) {
        uint64_t step = steps[0][at];
        bool everywhere = true, damaged;
        for (uint32_t i = 1; i < n_places; i++)
            everywhere = everywhere && holds(steps[i], counts[i], step);
        if (!everywhere)
            continue;
        enum base_status status = read_step(places, n_places, step, checkpoints, &damaged);
        if (status == BASE_OK || !damaged)
            return status;
        base_log(BASE_LOG_NORMAL, "warning: %s", base_message());
        fault = status;
    }
    if (fault != BASE_OK)
        return base_fail(fault, "%s: no valid checkpoint is left; of the oldest: %s", places[0].folder,
                         base_message());
    return base_fail(BASE_ERROR_INPUT,
                     "%s: none of its checkpoints has one of the same step in each of the %u folders",
                     places[0].folder, n_places);
}

enum base_status sae_checkpoint_find(const struct sae_checkpoint_place *places, uint32_t n_places,
                                     struct sae_checkpoint **checkpoints)
{
    uint64_t *steps[SAE_CHECKPOINT_MOST_RUNS] = {0};
    size_t counts[SAE_CHECKPOINT_MOST_RUNS] = {0};
    if (n_places < 1 || n_places > SAE_CHECKPOINT_MOST_RUNS)
        return base_fail(BASE_ERROR_INTERNAL, "checkpoints of %u runs", n_places);
    for (uint32_t i = 0; i < n_places; i++)
        checkpoints[i] = NULL;
    enum base_status status = list_all(places, n_places, steps, counts);
    if (status == BASE_OK)
        status = search(places, n_places, steps, counts, checkpoints);
    for (uint32_t i = 0; i < n_places; i++)
        base_free(steps[i]);
    return status;
}
