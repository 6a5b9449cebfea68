#include "srm/planes.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Planes whose first vector is below i. */
static uint64_t planes_before(uint32_t n_vectors, uint64_t i)
{
    return i * (2 * (uint64_t)n_vectors - i - 1) / 2;
}

uint64_t srm_planes_index(uint32_t n_vectors, struct srm_plane plane)
{
    return planes_before(n_vectors, plane.i) + (plane.j - plane.i - 1);
}

struct srm_plane srm_planes_of_index(uint32_t n_vectors, uint64_t index)
{
    uint32_t low = 0, high = n_vectors - 1; /* the first vector is in [low, high) */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (planes_before(n_vectors, middle) <= index)
            low = middle;
        else
            high = middle;
    }
    return (struct srm_plane){low, low + 1 + (uint32_t)(index - planes_before(n_vectors, low))};
}

/* ---- the choice ---- */

/* A decimal number at *text, which moves behind it; false when there is none or it exceeds `most`. */
static bool read_number(const char **text, uint64_t most, uint64_t *value)
{
    const char *digit = *text;
    *value = 0;
    for (; *digit >= '0' && *digit <= '9'; digit++) {
        uint64_t next = (uint64_t)(*digit - '0');
        if (*value > (most - next) / 10)
            return false;
        *value = *value * 10 + next;
    }
    bool found = digit != *text;
    *text = digit;
    return found;
}

static int compare_planes(const void *left, const void *right)
{
    const struct srm_plane *a = left, *b = right;
    if (a->i != b->i)
        return a->i < b->i ? -1 : 1;
    return (a->j > b->j) - (a->j < b->j);
}

static void sort_listed(struct srm_plane_choice *choice)
{
    uint64_t kept = 0, given = choice->count;
    qsort(choice->listed, given, sizeof *choice->listed, compare_planes);
    for (uint64_t p = 0; p < given; p++) {
        if (kept == 0 || compare_planes(&choice->listed[kept - 1], &choice->listed[p]) != 0)
            choice->listed[kept++] = choice->listed[p];
    }
    choice->count = kept;
    if (kept < given)
        base_log(BASE_LOG_NORMAL, "--planes names %" PRIu64 " planes more than once; each is taken once",
                 given - kept);
}

static enum base_status parse_listed(const char *text, struct srm_plane_choice *choice)
{
    size_t most = 1;
    for (const char *c = text; *c; c++)
        most += *c == ',';
    choice->kind = SRM_PLANES_LISTED;
    BASE_TRY(base_allocate(&choice->listed, most, sizeof *choice->listed, "the listed planes"));
    for (const char *part = text;;) {
        const char *end = part;
        uint64_t i, j;
        bool good = read_number(&end, UINT32_MAX, &i) && *end++ == ':' && read_number(&end, UINT32_MAX, &j) &&
                    (*end == ',' || *end == 0);
        if (!good) {
            return base_fail(
                BASE_ERROR_USAGE,
                "--planes: \"%.*s\" is no plane; write all, a count, or pairs i:j separated by commas",
                (int)strcspn(part, ","), part);
        }
        if (i == j) {
            return base_fail(BASE_ERROR_USAGE,
                             "--planes: %" PRIu64 ":%" PRIu64 " names one vector twice; a plane needs two", i,
                             j);
        }
        choice->listed[choice->count++] =
            (struct srm_plane){(uint32_t)base_minimum(i, j), (uint32_t)base_maximum(i, j)};
        if (*end == 0)
            break;
        part = end + 1;
    }
    sort_listed(choice);
    return BASE_OK;
}

enum base_status srm_plane_choice_parse(const char *text, struct srm_plane_choice *choice)
{
    *choice = (struct srm_plane_choice){.kind = SRM_PLANES_ALL};
    if (strcmp(text, "all") == 0)
        return BASE_OK;
    if (strchr(text, ':') || strchr(text, ',')) {
        enum base_status status = parse_listed(text, choice);
        if (status != BASE_OK)
            srm_plane_choice_free(choice);
        return status;
    }
    const char *end = text;
    choice->kind = SRM_PLANES_SAMPLE;
    if (!read_number(&end, UINT64_MAX, &choice->count) || *end || choice->count == 0) {
        return base_fail(
            BASE_ERROR_USAGE,
            "--planes: \"%s\" is neither all, nor a count of at least 1, nor pairs i:j separated by commas",
            text);
    }
    return BASE_OK;
}

void srm_plane_choice_free(struct srm_plane_choice *choice)
{
    base_free(choice->listed);
    choice->listed = NULL;
    choice->count = 0;
}

/* ---- sampling ---- */

static int compare_numbers(const void *left, const void *right)
{
    uint64_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

/* Puts `value` into an open-addressing set of value + 1 (0: free); false when it was there. */
static bool insert_number(uint64_t *slots, uint64_t mask, uint64_t value)
{
    uint64_t slot = (value * 0x9E3779B97F4A7C15u) >> 20 & mask;
    for (; slots[slot]; slot = (slot + 1) & mask) {
        if (slots[slot] == value + 1)
            return false;
    }
    slots[slot] = value + 1;
    return true;
}

enum base_status srm_planes_sample(uint64_t seed, uint64_t stream, uint64_t count, uint64_t bound,
                                   uint64_t *out)
{
    uint64_t slots = 4, *taken;
    while (slots < 2 * count)
        slots *= 2;
    BASE_TRY(base_allocate(&taken, slots, sizeof *taken, "the sampled planes"));
    for (uint64_t k = 0; k < count; k++) {
        uint64_t newest = bound - count + k;
        uint64_t value = base_random_below(seed, stream, k, newest + 1);
        if (!insert_number(taken, slots - 1, value)) {
            value = newest; /* never drawn before, so always free */
            insert_number(taken, slots - 1, value);
        }
        out[k] = value;
    }
    base_free(taken);
    qsort(out, count, sizeof *out, compare_numbers);
    return BASE_OK;
}

/* ---- the planes of a basis ---- */

static enum base_status list_indices(const struct srm_plane_choice *choice, uint64_t seed,
                                     struct srm_planes *planes)
{
    BASE_TRY(base_allocate(&planes->indices, choice->count, sizeof *planes->indices, "the chosen planes"));
    planes->count = choice->count;
    if (choice->kind == SRM_PLANES_SAMPLE) {
        return srm_planes_sample(seed, BASE_STREAM_PLANES, choice->count, srm_planes_count(planes->n_vectors),
                                 planes->indices);
    }
    for (uint64_t p = 0; p < choice->count; p++) {
        struct srm_plane plane = choice->listed[p];
        if (plane.j >= planes->n_vectors) {
            return base_fail(BASE_ERROR_USAGE,
                             "--planes: %" PRIu32 ":%" PRIu32 " is out of range; the basis has %" PRIu32
                             " vectors, numbered 0 to %" PRIu32,
                             plane.i, plane.j, planes->n_vectors, planes->n_vectors - 1);
        }
        planes->indices[p] = srm_planes_index(planes->n_vectors, plane);
    }
    return BASE_OK;
}

/* Position of the ordered pair (first, second) among all ordered pairs. */
static uint64_t ordered_index(uint32_t n_vectors, uint32_t first, uint32_t second)
{
    return (uint64_t)first * (n_vectors - 1) + second - (second > first);
}

static enum base_status list_ordered(struct srm_planes *planes)
{
    BASE_TRY(
        base_allocate(&planes->ordered, planes->count, 2 * sizeof *planes->ordered, "the ordered planes"));
    for (uint64_t p = 0; p < planes->count; p++) {
        struct srm_plane plane = srm_planes_of_index(planes->n_vectors, planes->indices[p]);
        planes->ordered[2 * p] = ordered_index(planes->n_vectors, plane.i, plane.j);
        planes->ordered[2 * p + 1] = ordered_index(planes->n_vectors, plane.j, plane.i);
    }
    qsort(planes->ordered, 2 * planes->count, sizeof *planes->ordered, compare_numbers);
    return BASE_OK;
}

enum base_status srm_planes_make(const struct srm_plane_choice *choice, uint32_t n_vectors, uint64_t seed,
                                 struct srm_planes *planes)
{
    enum base_status status = BASE_OK;
    *planes = (struct srm_planes){.n_vectors = n_vectors, .count = srm_planes_count(n_vectors)};
    if (n_vectors < 2) {
        return base_fail(BASE_ERROR_INPUT, "a plane needs two basis vectors; this basis has %" PRIu32,
                         n_vectors);
    }
    if (n_vectors > SRM_MAX_VECTORS) {
        return base_fail(BASE_ERROR_INPUT, "the basis has %" PRIu32 " vectors; at most %u can be used",
                         n_vectors, SRM_MAX_VECTORS);
    }
    if (choice->kind == SRM_PLANES_SAMPLE && choice->count > planes->count)
        base_log(BASE_LOG_NORMAL,
                 "--planes %" PRIu64 ": the %" PRIu32 " basis vectors span %" PRIu64
                 " planes; all of them are taken",
                 choice->count, n_vectors, planes->count);
    if (choice->kind == SRM_PLANES_ALL ||
        (choice->kind == SRM_PLANES_SAMPLE && choice->count >= planes->count))
        return BASE_OK;
    BASE_CHECK(list_indices(choice, seed, planes));
    BASE_CHECK(list_ordered(planes));
    return BASE_OK;
error:
    srm_planes_free(planes);
    return status;
}

void srm_planes_free(struct srm_planes *planes)
{
    base_free(planes->indices);
    base_free(planes->ordered);
    planes->indices = NULL;
    planes->ordered = NULL;
    planes->count = 0;
}

struct srm_plane srm_planes_at(const struct srm_planes *planes, uint64_t position)
{
    return srm_planes_of_index(planes->n_vectors, planes->indices ? planes->indices[position] : position);
}

void srm_planes_fill(const struct srm_planes *planes, uint64_t first, uint64_t n, struct srm_plane *out)
{
    for (uint64_t p = 0; p < n; p++) {
        if (p == 0 || planes->indices) {
            out[p] = srm_planes_at(planes, first + p);
            continue;
        }
        out[p] = (struct srm_plane){out[p - 1].i, out[p - 1].j + 1};
        if (out[p].j == planes->n_vectors)
            out[p] = (struct srm_plane){out[p - 1].i + 1, out[p - 1].i + 2};
    }
}

/* Position of lexicographic index `index` among the chosen planes, which hold it. */
static uint64_t position_of(const struct srm_planes *planes, uint64_t index)
{
    if (!planes->indices)
        return index;
    const uint64_t *found = bsearch(&index, planes->indices, planes->count, sizeof index, compare_numbers);
    return (uint64_t)(found - planes->indices);
}

struct srm_ordered_plane srm_planes_ordered_at(const struct srm_planes *planes, uint64_t position)
{
    uint64_t index = planes->ordered ? planes->ordered[position] : position;
    struct srm_ordered_plane ordered;
    ordered.first = (uint32_t)(index / (planes->n_vectors - 1));
    ordered.second = (uint32_t)(index % (planes->n_vectors - 1));
    ordered.second += ordered.second >= ordered.first;
    ordered.mirrored = ordered.first > ordered.second;
    struct srm_plane plane = {ordered.first, ordered.second};
    if (ordered.mirrored)
        plane = (struct srm_plane){ordered.second, ordered.first};
    ordered.position = position_of(planes, srm_planes_index(planes->n_vectors, plane));
    return ordered;
}
