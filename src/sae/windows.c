#include "sae/windows.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct sae_window *sae_windows_at(const struct sae_windows *windows, uint32_t slot, bool examples,
                                        uint32_t index)
{
    return &windows->windows[((size_t)slot * 2 + examples) * windows->count + index];
}

void sae_windows_free(struct sae_windows *windows)
{
    base_free(windows->windows);
    base_free(windows->shades);
    base_free(windows->stream);
    *windows = (struct sae_windows){0};
}

/* ---- cutting ---- */

/* Row `row` and up to `before` and `behind` rows around it, as far as its document reaches. */
static enum base_status cut(const struct sae_windows_parameters *parameters, uint64_t row,
                            struct sae_window *window)
{
    uint64_t start = row - base_minimum(row, parameters->before);
    uint64_t end = row + 1 + base_minimum(parameters->rows - row - 1, parameters->behind);
    if (parameters->positions) {
        const int64_t *positions;
        BASE_TRY(data_positions_read(parameters->positions, start, end - start, &positions));
        uint64_t here = row - start, first = here, last = here;
        while (first > 0 && (uint64_t)positions[first - 1] + 1 == (uint64_t)positions[first])
            first--;
        while (last + 1 < end - start && (uint64_t)positions[last] + 1 == (uint64_t)positions[last + 1])
            last++;
        end = start + last + 1;
        start += first;
    }
    window->start = start;
    window->length = (uint32_t)(end - start);
    window->mark = (uint32_t)(row - start);
    return BASE_OK;
}

static enum base_status cut_all(const struct sae_windows_parameters *parameters, struct sae_windows *windows)
{
    for (uint32_t slot = 0; slot < windows->slots; slot++) {
        const struct sae_record *record = sae_contexts_record(parameters->contexts, parameters->first + slot);
        for (uint32_t examples = 0; examples < 2; examples++) {
            const struct sae_example *list = examples ? record->examples : record->top;
            uint32_t n = examples ? record->n_examples : record->n_top;
            for (uint32_t i = 0; i < n; i++) {
                struct sae_window *window =
                    &windows->windows[((size_t)slot * 2 + examples) * windows->count + i];
                *window = (struct sae_window){.slot = parameters->first + slot,
                                              .latent = parameters->latents[slot]};
                BASE_TRY(cut(parameters, list[i].row, window));
            }
        }
    }
    return BASE_OK;
}

/* ---- in order of rows ---- */

static int compare_windows(const void *left, const void *right)
{
    const struct sae_window *a = *(struct sae_window *const *)left, *b = *(struct sae_window *const *)right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return (a > b) - (a < b);
}

/* Those that are there, by their first row; freed with base_free. */
static enum base_status in_order(const struct sae_windows *windows, struct sae_window ***ordered,
                                 size_t *count)
{
    const size_t most = (size_t)windows->slots * 2 * windows->count;
    *count = 0;
    BASE_TRY(base_allocate(ordered, most, sizeof **ordered, "windows"));
    for (size_t i = 0; i < most; i++)
        if (windows->windows[i].length > 0)
            (*ordered)[(*count)++] = &windows->windows[i];
    if (*count > 1)
        qsort(*ordered, *count, sizeof **ordered, compare_windows);
    return BASE_OK;
}

/* Where each window's rows stand when rows that several share are kept once; gives their number. */
static uint64_t place_windows(struct sae_window *const *ordered, size_t count)
{
    uint64_t used = 0, end = 0; /* the stream holds rows up to `end`, that is its place `used` */
    for (size_t i = 0; i < count; i++) {
        struct sae_window *window = ordered[i];
        uint64_t window_end = window->start + window->length;
        if (window->start > end)
            end = window->start;
        window->at = used - (end - window->start);
        if (window_end > end) {
            used += window_end - end;
            end = window_end;
        }
    }
    return used;
}

static enum base_status read_tokens(const struct sae_windows_parameters *parameters,
                                    struct sae_window *const *ordered, size_t count,
                                    struct sae_windows *windows)
{
    BASE_TRY(base_allocate(&windows->stream, (size_t)windows->n_stream, sizeof *windows->stream, "tokens"));
    for (size_t i = 0; i < count; i++) {
        const int64_t *tokens;
        BASE_TRY(data_positions_read(parameters->tokens, ordered[i]->start, ordered[i]->length, &tokens));
        memcpy(windows->stream + ordered[i]->at, tokens, ordered[i]->length * sizeof *tokens);
    }
    return BASE_OK;
}

enum base_status sae_windows_make(const struct sae_windows_parameters *parameters,
                                  struct sae_windows *windows)
{
    enum base_status status;
    struct sae_window **ordered = NULL;
    size_t count, used = 0, all = 0;
    *windows = (struct sae_windows){.slots = parameters->slots, .count = parameters->count};
    BASE_CHECK(base_allocate(&windows->windows, (size_t)windows->slots * 2 * windows->count,
                             sizeof *windows->windows, "windows"));
    BASE_CHECK(cut_all(parameters, windows));
    BASE_CHECK(in_order(windows, &ordered, &count));
    windows->n_stream = place_windows(ordered, count);
    for (size_t i = 0; i < count; i++)
        all += ordered[i]->length;
    BASE_CHECK(base_allocate(&windows->shades, all, 1, "shades"));
    for (size_t i = 0; i < count; i++) {
        ordered[i]->shades = windows->shades + used;
        used += ordered[i]->length;
    }
    BASE_CHECK(read_tokens(parameters, ordered, count, windows));
error:
    base_free(ordered);
    return status;
}

/* ---- values ---- */

static float value_of(const struct sae_latents *latents, uint32_t row, uint32_t latent)
{
    uint32_t low = latents->row_offsets[row], high = latents->row_offsets[row + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (latents->indices[middle] == latent)
            return latents->values[middle];
        if (latents->indices[middle] < latent)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* `places` [block->count]: the block's row of each row of the set, UINT32_MAX when it was left out. */
static void shade(struct sae_window *window, float maximum, const struct sae_walk_block *block,
                  const uint32_t *places)
{
    for (uint32_t i = 0; i < window->length; i++) {
        uint64_t row = window->start + i;
        if (row < block->from || row >= block->from + block->count || places[row - block->from] == UINT32_MAX)
            continue;
        double value = (double)value_of(&block->latents, places[row - block->from], window->latent);
        if (value > 0)
            window->shades[i] =
                (uint8_t)fmin(SAE_SHADE_FULL, fmax(1, SAE_SHADE_FULL * value / (double)maximum));
    }
}

static void find_places(const struct sae_walk_block *block, uint32_t *places)
{
    memset(places, 0xff, (size_t)block->count * sizeof *places);
    for (uint32_t r = 0; r < block->rows; r++)
        places[block->numbers[r] - block->from] = r;
}

enum base_status sae_windows_shade(struct sae_windows *windows, const struct sae_contexts *contexts,
                                   struct sae_walk *walk, uint64_t rows)
{
    enum base_status status;
    struct sae_window **ordered = NULL;
    uint32_t *places = NULL, longest = 0;
    size_t count, first = 0;
    const uint32_t at_once = sae_walk_rows(walk);
    BASE_CHECK(in_order(windows, &ordered, &count));
    BASE_CHECK(base_allocate(&places, at_once, sizeof *places, "rows of a block"));
    for (size_t i = 0; i < count; i++)
        longest = ordered[i]->length > longest ? ordered[i]->length : longest;
    for (uint64_t from = 0; from < rows; from += at_once) {
        struct sae_walk_block block;
        uint64_t end = from + base_minimum(at_once, rows - from);
        while (first < count && ordered[first]->start + longest <= from)
            first++;
        if (first == count || ordered[first]->start >= end)
            continue;
        BASE_CHECK(sae_walk_at(walk, from, (uint32_t)(end - from), &block));
        find_places(&block, places);
        for (size_t i = first; i < count && ordered[i]->start < end; i++)
            shade(ordered[i], sae_contexts_record(contexts, ordered[i]->slot)->maximum, &block, places);
    }
error:
    base_free(ordered);
    base_free(places);
    return status;
}

enum base_status sae_windows_shade_each(struct sae_windows *windows, const struct sae_contexts *contexts,
                                        struct sae_walk *walk)
{
    const size_t most = (size_t)windows->slots * 2 * windows->count;
    uint32_t *places = NULL, longest = 1;
    enum base_status status;
    for (size_t i = 0; i < most; i++)
        longest = windows->windows[i].length > longest ? windows->windows[i].length : longest;
    BASE_CHECK(base_allocate(&places, longest, sizeof *places, "rows of a window"));
    for (size_t i = 0; i < most; i++) {
        struct sae_window *window = &windows->windows[i];
        float maximum = window->length ? sae_contexts_record(contexts, window->slot)->maximum : 0;
        for (uint32_t done = 0, rows; done < window->length; done += rows) {
            struct sae_walk_block block;
            rows = (uint32_t)base_minimum(window->length - done, sae_walk_rows(walk));
            BASE_CHECK(sae_walk_at(walk, window->start + done, rows, &block));
            find_places(&block, places);
            shade(window, maximum, &block, places);
        }
    }
error:
    base_free(places);
    return status;
}
