#include "cli/together.h"

#include "base/memory.h"
#include "cli/values.h"
#include "sae/walk.h"

#include <math.h>
#include <string.h>

enum { MOST_LATENTS = 16384, STANDARD_COUNT = 1000, ROWS_AT_ONCE = 4096 };

enum base_status cli_together_parse(const char *text, bool *together, uint64_t *count)
{
    static const char word[] = "together";
    const size_t length = sizeof word - 1;
    int64_t number = STANDARD_COUNT;
    *together = strncmp(text, word, length) == 0 && (text[length] == '\0' || text[length] == ':');
    if (*together && text[length] == ':')
        BASE_TRY(cli_parse_integer("--planes together", text + length + 1, 1, INT64_MAX, &number));
    *count = (uint64_t)number;
    return BASE_OK;
}

/* counts[srm_planes_index(i, j)]: rows in which both are active. */
static enum base_status count_pairs(struct sae_walk *walk, uint32_t n, uint32_t *counts)
{
    for (struct sae_walk_block block;;) {
        BASE_TRY(sae_walk_next(walk, &block));
        if (block.count == 0)
            return BASE_OK;
        for (uint32_t r = 0; r < block.rows; r++) {
            const uint32_t *first = block.latents.indices + block.latents.row_offsets[r];
            const uint32_t *end = block.latents.indices + block.latents.row_offsets[r + 1];
            for (const uint32_t *i = first; i < end; i++) {
                if (i + 1 == end)
                    break;
                uint32_t *row = counts + srm_planes_index(n, (struct srm_plane){*i, *i + 1});
                for (const uint32_t *j = i + 1; j < end; j++)
                    row[*j - *i - 1]++;
            }
        }
    }
}

/* The count that the last pair chosen has: *above pairs have more, which is at most `wanted`. 0: every pair
 * that is ever active together is chosen. */
static enum base_status find_threshold(const uint32_t *counts, uint64_t pairs, uint64_t rows, uint64_t wanted,
                                       uint32_t *threshold, uint64_t *above)
{
    uint64_t *having;
    BASE_TRY(base_allocate(&having, (size_t)rows + 1, sizeof *having, "counts of pairs"));
    for (uint64_t p = 0; p < pairs; p++)
        having[counts[p]]++;
    uint64_t c = rows;
    *above = 0;
    for (; c > 0 && *above + having[c] <= wanted; c--)
        *above += having[c];
    *threshold = (uint32_t)c;
    base_free(having);
    return BASE_OK;
}

static enum base_status choose(const uint32_t *counts, uint32_t n, uint64_t rows, uint64_t wanted,
                               struct srm_plane_choice *choice)
{
    const uint64_t pairs = srm_planes_count(n);
    uint32_t threshold;
    uint64_t above;
    BASE_TRY(find_threshold(counts, pairs, rows, wanted, &threshold, &above));
    uint64_t ties = threshold > 0 ? wanted - above : 0;
    if (above + ties == 0)
        return base_fail(BASE_ERROR_INPUT,
                         "--planes together: no two latents are ever active in the same row");
    *choice = (struct srm_plane_choice){.kind = SRM_PLANES_LISTED};
    BASE_TRY(
        base_allocate(&choice->listed, (size_t)(above + ties), sizeof *choice->listed, "the list of planes"));
    for (uint64_t p = 0; p < pairs; p++) {
        bool tie = threshold > 0 && counts[p] == threshold && ties > 0;
        if (counts[p] <= threshold && !tie)
            continue;
        ties -= tie;
        choice->listed[choice->count++] = srm_planes_of_index(n, p);
    }
    return BASE_OK;
}

enum base_status cli_together_choose(struct gpu *gpu, const struct sae_model *model,
                                     struct data_activations *activations, uint64_t count,
                                     struct srm_plane_choice *choice)
{
    enum base_status status;
    const uint32_t n = model->architecture.d_sae;
    struct sae_inference *inference = NULL;
    struct sae_walk *walk = NULL;
    uint32_t *counts = NULL;
    if (n > MOST_LATENTS || data_rows(activations) >= UINT32_MAX)
        return base_fail(
            BASE_ERROR_USAGE,
            "--planes together: %u latents and %llu rows; pairs are counted for up to %d latents and 2^32 "
            "rows: take a sample with --planes COUNT",
            n, (unsigned long long)data_rows(activations), MOST_LATENTS);
    BASE_CHECK(base_allocate(&counts, (size_t)srm_planes_count(n), sizeof *counts, "counts of pairs"));
    BASE_CHECK(sae_inference_create(gpu, model, ROWS_AT_ONCE, &inference));
    BASE_CHECK(sae_walk_open(&(struct sae_walk_parameters){.activations = activations,
                                                           .inference = inference,
                                                           .norm_bound = INFINITY,
                                                           .what = "pairs of latents"},
                             &walk));
    BASE_CHECK(count_pairs(walk, n, counts));
    BASE_CHECK(choose(counts, n, data_rows(activations), count, choice));
error:
    sae_walk_close(&walk);
    sae_inference_destroy(&inference);
    base_free(counts);
    return status;
}
