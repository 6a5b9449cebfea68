#include "sae/contexts.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The sample keeps the activations with the smallest keys; a key is a hash of row and latent, so any
 * activation is as likely to be kept as any other, whatever the order. */
struct sample {
    uint64_t key;
    struct sae_example example;
};

struct collection {
    struct sae_record record;
    struct sample *samples; /* [sample_room] a heap, the greatest key on top */
    uint32_t n_samples;
};

struct sae_contexts {
    struct sae_contexts_parameters parameters;
    uint32_t sample_room;
    uint32_t *slots; /* [d_sae] UINT32_MAX: not wanted */
    struct collection *collections;
    struct sae_example *examples; /* [n_latents, 1 or 2, count] top and examples of all records */
    struct sample *samples;
};

enum base_status sae_contexts_create(const struct sae_contexts_parameters *parameters,
                                     struct sae_contexts **out)
{
    enum base_status status;
    static const char what[] = "contexts of the latents";
    struct sae_contexts *contexts;
    const size_t n = parameters->n_latents, count = parameters->count;
    *out = NULL;
    BASE_TRY(base_allocate(&contexts, 1, sizeof *contexts, what));
    contexts->parameters = *parameters;
    const size_t lists = parameters->top_only ? 1 : 2;
    contexts->sample_room = parameters->top_only ? 0 : parameters->count * SAE_SAMPLES_AN_EXAMPLE;
    BASE_CHECK(base_allocate(&contexts->slots, parameters->d_sae, sizeof *contexts->slots, what));
    BASE_CHECK(base_allocate(&contexts->collections, n, sizeof *contexts->collections, what));
    BASE_CHECK(base_allocate(&contexts->examples, lists * n * count, sizeof *contexts->examples, what));
    BASE_CHECK(base_allocate(&contexts->samples, n * contexts->sample_room, sizeof *contexts->samples, what));
    memset(contexts->slots, 0xff, parameters->d_sae * sizeof *contexts->slots);
    for (uint32_t slot = 0; slot < n; slot++) {
        struct collection *collection = &contexts->collections[slot];
        contexts->slots[parameters->latents[slot]] = slot;
        collection->record.top = contexts->examples + lists * count * slot;
        collection->record.examples = parameters->top_only ? NULL : collection->record.top + count;
        collection->samples = contexts->samples + (size_t)contexts->sample_room * slot;
    }
    *out = contexts;
    return BASE_OK;
error:
    sae_contexts_destroy(&contexts);
    return status;
}

void sae_contexts_destroy(struct sae_contexts **contexts)
{
    if (!*contexts)
        return;
    base_free((*contexts)->slots);
    base_free((*contexts)->collections);
    base_free((*contexts)->examples);
    base_free((*contexts)->samples);
    base_free(*contexts);
    *contexts = NULL;
}

const struct sae_record *sae_contexts_record(const struct sae_contexts *contexts, uint32_t slot)
{
    return &contexts->collections[slot].record;
}

/* ---- histogram ---- */

/* The bins double in width, two becoming one, until the value fits. */
static void add_value(struct sae_record *record, float value)
{
    if (!(record->width > 0)) {
        int exponent;
        (void)frexpf(value, &exponent); /* value < 2^exponent */
        record->width = fmaxf(ldexpf(1, exponent - 5), 0x1p-140f);
    }
    while (value >= record->width * SAE_VALUE_BINS && isfinite(record->width)) {
        for (uint32_t b = 0; b < SAE_VALUE_BINS / 2; b++)
            record->bins[b] = record->bins[2 * b] + record->bins[2 * b + 1];
        memset(record->bins + SAE_VALUE_BINS / 2, 0, SAE_VALUE_BINS / 2 * sizeof *record->bins);
        record->width *= 2;
    }
    uint32_t bin = (uint32_t)fminf(value / record->width, SAE_VALUE_BINS - 1);
    record->bins[bin]++;
    record->fired++;
    record->sum += (double)value;
    record->maximum = fmaxf(record->maximum, value);
}

static float quantile_of(const struct sae_record *record, float value)
{
    double below = 0, place = (double)value / (double)record->width;
    uint32_t bin = (uint32_t)fmin(place, SAE_VALUE_BINS - 1);
    for (uint32_t b = 0; b < bin; b++)
        below += record->bins[b];
    below += fmin(place - bin, 1) * record->bins[bin];
    return (float)(below / (double)record->fired);
}

/* ---- the greatest ---- */

static bool same_context(const struct sae_example *a, const struct sae_example *b, uint32_t reach)
{
    uint64_t distance = a->row > b->row ? a->row - b->row : b->row - a->row;
    return a->document == b->document && distance <= reach;
}

/* Rows come in order, so of a tie the earlier row stays. Of neighbours only the greatest is kept: what comes
 * in drives out its smaller neighbours, and without any the smallest of all. */
static void add_to_top(struct sae_record *record, const struct sae_example *example, uint32_t count,
                       uint32_t reach)
{
    uint32_t kept = 0, place;
    if (record->n_top == count && !(example->value > record->top[count - 1].value))
        return;
    for (uint32_t i = 0; i < record->n_top; i++)
        if (same_context(&record->top[i], example, reach) && !(example->value > record->top[i].value))
            return;
    for (uint32_t i = 0; i < record->n_top; i++)
        if (!same_context(&record->top[i], example, reach))
            record->top[kept++] = record->top[i];
    record->n_top = kept < count ? kept + 1 : count;
    place = record->n_top - 1;
    for (; place > 0 && example->value > record->top[place - 1].value; place--)
        record->top[place] = record->top[place - 1];
    record->top[place] = *example;
}

/* ---- the sample ---- */

/* The mixing function of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
 * 2014), over row and latent. */
static uint64_t key_of(uint64_t seed, uint64_t row, uint32_t latent)
{
    uint64_t z = (seed + row) * 0x9e3779b97f4a7c15u ^ (uint64_t)latent * 0xd1342543de82ef95u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void sift_down(struct sample *heap, uint32_t count, uint32_t at)
{
    for (;;) {
        uint32_t greatest = at, left = 2 * at + 1;
        for (uint32_t child = left; child < left + 2 && child < count; child++)
            if (heap[child].key > heap[greatest].key)
                greatest = child;
        if (greatest == at)
            return;
        struct sample swapped = heap[at];
        heap[at] = heap[greatest];
        heap[greatest] = swapped;
        at = greatest;
    }
}

static void add_to_sample(struct collection *collection, uint32_t room, uint64_t key,
                          const struct sae_example *example)
{
    struct sample *heap = collection->samples;
    if (collection->n_samples < room) {
        heap[collection->n_samples++] = (struct sample){key, *example};
        for (uint32_t i = collection->n_samples == room ? room / 2 : 0; i > 0; i--)
            sift_down(heap, room, i - 1);
    } else if (key < heap[0].key) {
        heap[0] = (struct sample){key, *example};
        sift_down(heap, room, 0);
    }
}

void sae_contexts_add(struct sae_contexts *contexts, const struct sae_walk_block *block,
                      const uint64_t *documents)
{
    const struct sae_contexts_parameters *parameters = &contexts->parameters;
    const struct sae_latents *latents = &block->latents;
    for (uint32_t r = 0; r < block->rows; r++) {
        for (uint32_t e = latents->row_offsets[r]; e < latents->row_offsets[r + 1]; e++) {
            uint32_t latent = latents->indices[e], slot = contexts->slots[latent];
            if (slot == UINT32_MAX || !isfinite((double)latents->values[e]))
                continue;
            struct collection *collection = &contexts->collections[slot];
            const struct sae_example example = {.row = block->numbers[r],
                                                .document = documents ? documents[r] : 0,
                                                .value = latents->values[e]};
            add_value(&collection->record, example.value);
            add_to_top(&collection->record, &example, parameters->count, parameters->reach);
            if (!parameters->top_only)
                add_to_sample(collection, contexts->sample_room,
                              key_of(parameters->seed, example.row, latent), &example);
        }
    }
}

/* ---- the end ---- */

static int compare_values(const void *left, const void *right)
{
    const struct sae_example *a = &((const struct sample *)left)->example;
    const struct sae_example *b = &((const struct sample *)right)->example;
    if (a->value != b->value)
        return a->value < b->value ? 1 : -1;
    return (a->row > b->row) - (a->row < b->row);
}

/* `count` of the sample at equal distances of rank. */
static void choose_examples(struct collection *collection, uint32_t count)
{
    struct sae_record *record = &collection->record;
    const uint32_t n = collection->n_samples;
    if (n > 1)
        qsort(collection->samples, n, sizeof *collection->samples, compare_values);
    record->n_examples = n < count ? n : count;
    for (uint32_t i = 0; i < record->n_examples; i++)
        record->examples[i] =
            collection->samples[(uint64_t)(2 * i + 1) * n / (2 * record->n_examples)].example;
}

void sae_contexts_finish(struct sae_contexts *contexts)
{
    for (uint32_t slot = 0; slot < contexts->parameters.n_latents; slot++) {
        struct collection *collection = &contexts->collections[slot];
        struct sae_record *record = &collection->record;
        choose_examples(collection, contexts->parameters.count);
        for (uint32_t i = 0; i < record->n_top; i++)
            record->top[i].quantile = quantile_of(record, record->top[i].value);
        for (uint32_t i = 0; i < record->n_examples; i++)
            record->examples[i].quantile = quantile_of(record, record->examples[i].value);
    }
}
