#include "live/probe.h"

#include "base/memory.h"

#include <string.h>

enum { ANSWERS = 256, NUMBER_BYTES = 8 };

struct place {
    struct gpu_buffer *buffer;
    uint64_t offset, high_offset;
    enum view_number number;
};

struct answer {
    struct place place;
    bool known;
    double raw;
    uint64_t frame; /* in which it was asked for last */
};

struct question {
    struct place place;
};

struct flight {
    struct question questions[LIVE_PROBE_REQUESTS];
    uint32_t count;
    uint64_t mark;
};

struct live_probe {
    struct gpu *gpu;
    struct gpu_buffer *ring; /* [LIVE_PROBE_FRAMES, LIVE_PROBE_REQUESTS] of 8 bytes */
    struct flight flights[LIVE_PROBE_FRAMES];
    uint64_t first,
        next;  /* flights under way: first … next - 1, modulo LIVE_PROBE_FRAMES; next: being filled */
    bool open; /* there is room for this frame's questions */
    uint64_t frame, bytes;
    struct answer answers[ANSWERS];
    enum base_status status;
};

enum base_status live_probe_create(struct gpu *gpu, struct live_probe **out)
{
    struct live_probe *probe = NULL;
    *out = NULL;
    enum base_status status = base_allocate(&probe, 1, sizeof *probe, "a probe");
    if (status != BASE_OK)
        return status;
    probe->gpu = gpu;
    BASE_CHECK(gpu_buffer_create(gpu, "values under the cursor",
                                 LIVE_PROBE_FRAMES * LIVE_PROBE_REQUESTS * NUMBER_BYTES, GPU_HOST,
                                 &probe->ring));
    *out = probe;
    return BASE_OK;
error:
    live_probe_destroy(&probe);
    return status;
}

void live_probe_destroy(struct live_probe **probe)
{
    if (!*probe)
        return;
    gpu_buffer_destroy((*probe)->gpu, &(*probe)->ring);
    base_free(*probe);
    *probe = NULL;
}

/* ---- answers ---- */

static bool same_place(const struct place *a, const struct place *b)
{
    return a->buffer == b->buffer && a->offset == b->offset && a->number == b->number &&
           (a->number != VIEW_U64 || a->high_offset == b->high_offset);
}

static struct answer *find(struct live_probe *probe, const struct place *place)
{
    for (uint32_t i = 0; i < ANSWERS; i++)
        if (probe->answers[i].place.buffer && same_place(&probe->answers[i].place, place))
            return &probe->answers[i];
    return NULL;
}

/* The answer of this place, or room for one: that which was asked for longest ago. */
static struct answer *find_or_make(struct live_probe *probe, const struct place *place)
{
    struct answer *answer = find(probe, place), *oldest = &probe->answers[0];
    if (answer)
        return answer;
    for (uint32_t i = 1; i < ANSWERS; i++)
        if (probe->answers[i].frame < oldest->frame)
            oldest = &probe->answers[i];
    *oldest = (struct answer){.place = *place};
    return oldest;
}

static double number_at(const void *memory, enum view_number number)
{
    uint32_t words[2];
    float real;
    memcpy(words, memory, sizeof words);
    memcpy(&real, memory, sizeof real);
    switch (number) {
    case VIEW_F32:
        return (double)real;
    case VIEW_U64:
        return (double)((uint64_t)words[1] << 32 | words[0]);
    default:
        return (double)words[0];
    }
}

static void take_in(struct live_probe *probe, const struct flight *flight, uint64_t slot)
{
    const uint8_t *memory = gpu_map(probe->ring);
    memory += slot * LIVE_PROBE_REQUESTS * NUMBER_BYTES;
    for (uint32_t i = 0; i < flight->count; i++) {
        struct answer *answer = find(probe, &flight->questions[i].place);
        if (!answer) /* pushed out, or forgotten */
            continue;
        answer->known = true;
        answer->raw = number_at(memory + (uint64_t)i * NUMBER_BYTES, answer->place.number);
    }
}

void live_probe_frame(struct live_probe *probe)
{
    if (probe->open && probe->flights[probe->next % LIVE_PROBE_FRAMES].count)
        probe->next++;
    while (probe->first < probe->next) {
        struct flight *flight = &probe->flights[probe->first % LIVE_PROBE_FRAMES];
        if (!gpu_passed(probe->gpu, flight->mark))
            break;
        take_in(probe, flight, probe->first % LIVE_PROBE_FRAMES);
        probe->first++;
    }
    probe->frame++;
    probe->bytes = 0;
    probe->open = probe->next - probe->first < LIVE_PROBE_FRAMES;
    if (probe->open)
        probe->flights[probe->next % LIVE_PROBE_FRAMES].count = 0;
}

/* ---- questions ---- */

static enum base_status copy(struct live_probe *probe, const struct place *place, uint64_t to)
{
    BASE_TRY(gpu_copy(probe->gpu, place->buffer, place->offset, probe->ring, to, 4));
    probe->bytes += 4;
    if (place->number == VIEW_U64) {
        BASE_TRY(gpu_copy(probe->gpu, place->buffer, place->high_offset, probe->ring, to + 4, 4));
        probe->bytes += 4;
    }
    return BASE_OK;
}

static void ask(struct live_probe *probe, const struct place *place)
{
    uint64_t slot = probe->next % LIVE_PROBE_FRAMES;
    struct flight *flight = &probe->flights[slot];
    if (!probe->open || flight->count == LIVE_PROBE_REQUESTS || probe->status != BASE_OK)
        return;
    for (uint32_t i = 0; i < flight->count; i++)
        if (same_place(&flight->questions[i].place, place))
            return;
    probe->status = copy(probe, place, (slot * LIVE_PROBE_REQUESTS + flight->count) * NUMBER_BYTES);
    if (probe->status != BASE_OK)
        return;
    flight->questions[flight->count++].place = *place;
    flight->mark = gpu_mark(probe->gpu);
}

struct live_answer live_probe_ask(struct live_probe *probe, const struct view_values *values, uint32_t index)
{
    if (!values->buffer || index >= values->count)
        return (struct live_answer){0};
    uint64_t step = 4 * (uint64_t)(values->stride ? values->stride : 1) * index;
    struct place place = {
        .buffer = values->buffer, .offset = values->offset + step, .number = values->number};
    if (values->number == VIEW_U64)
        place.high_offset = values->high_offset + step;
    ask(probe, &place);
    struct answer *answer = find_or_make(probe, &place);
    answer->frame = probe->frame;
    if (!answer->known)
        return (struct live_answer){0};
    double scale = values->scale != 0 ? (double)values->scale : 1;
    return (struct live_answer){true, answer->raw, scale * answer->raw + (double)values->bias};
}

void live_probe_forget(struct live_probe *probe)
{
    memset(probe->answers, 0, sizeof probe->answers);
    /* What is under way still holds its places; it finds no answer to fill, unless asked for anew: drop it.
     */
    for (uint32_t i = 0; i < LIVE_PROBE_FRAMES; i++)
        for (uint32_t k = 0; k < probe->flights[i].count; k++)
            probe->flights[i].questions[k].place.buffer = NULL;
}

uint64_t live_probe_bytes(const struct live_probe *probe)
{
    return probe->bytes;
}

enum base_status live_probe_status(const struct live_probe *probe)
{
    return probe->status;
}

/* ---- heat maps ---- */

bool live_cell_index(enum view_cells cells, uint32_t rows, uint32_t columns, uint32_t row, uint32_t column,
                     uint32_t *index)
{
    if (row >= rows || column >= columns)
        return false;
    uint64_t m = rows, at;
    if (cells == VIEW_CELLS_FULL || (cells == VIEW_CELLS_SQUARE && row != column)) {
        at = (uint64_t)row * columns + column;
    } else if (row == column) {
        return false;
    } else if (cells == VIEW_CELLS_ORDERED) {
        at = row * (m - 1) + column - (column > row);
    } else {
        uint64_t i = row < column ? row : column, j = row < column ? column : row;
        at = i * (2 * m - i - 1) / 2 + (j - i - 1);
    }
    *index = (uint32_t)at;
    return true;
}
