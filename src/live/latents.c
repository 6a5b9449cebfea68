#include "live/latents.h"

#include "base/memory.h"
#include "linalg/matmul.h"
#include "linalg/normalise.h"
#include "live/kernels.h"

#include <math.h>
#include <string.h>

enum { SETS = 2, SLOTS = 4, RECENT = 64, RING_ROWS = 16384, GRAM_CPU = 128, GRAM = 512 };

struct set {
    struct gpu_buffer *points, *rates, *values, *gram;
};

/* Scalars on their way to the host. */
struct slot {
    uint64_t mark, step;
    bool used;
};

struct live_latents {
    struct gpu *gpu;
    uint32_t d_sae, d_out;
    uint32_t gram; /* latents at most */
    double keep;   /* of a batch by the next */
    double weight; /* what keep^… has left out, 0 at first */

    struct gpu_buffer *recent;  /* f32 [d_sae, 2] */
    struct gpu_buffer *scalars; /* LIVE_SCALARS words */
    struct gpu_buffer *host;    /* [SLOTS, LIVE_SCALARS] */
    struct gpu_buffer *units;   /* f32 [gram, d_out]: directions of length 1 */
    struct gpu_buffer *lengths; /* f32 [gram] */
    struct gpu_buffer *uploads; /* f32 [gram, d_out], made by the first show */

    struct gpu_buffer *ring; /* f32 [ring_rows] */
    uint32_t ring_rows, ring_at, ring_filled;
    uint32_t watched;

    struct set sets[SETS];
    uint32_t front;
    struct live_latents_shown shown;
    uint32_t chosen; /* first latent of the next gram */
    uint64_t gram_due;

    struct slot slots[SLOTS];
    uint32_t next_slot;
    struct live_latents_extents extents;
    bool has_extents;
};

static uint32_t gram_of(const struct gpu *gpu, const struct live_latents_parameters *parameters)
{
    uint32_t most = parameters->gram                        ? parameters->gram
                    : gpu_information(gpu)->type == GPU_CPU ? GRAM_CPU
                                                            : GRAM;
    return (uint32_t)base_minimum(most, parameters->d_sae);
}

/* Each buffer with its size in words. */
struct member {
    const char *name;
    struct gpu_buffer **buffer;
    uint64_t words;
    enum gpu_memory memory;
};
enum { MOST_MEMBERS = 6 + 4 * SETS };

static uint32_t list_members(struct live_latents *latents, struct member *list)
{
    uint64_t n = latents->d_sae, g = latents->gram;
    uint32_t count = 0;
    list[count++] = (struct member){"recent firing", &latents->recent, 2 * n, GPU_DEVICE};
    list[count++] = (struct member){"extents of latents", &latents->scalars, LIVE_SCALARS, GPU_DEVICE};
    list[count++] = (struct member){"extents for axes", &latents->host, SLOTS * LIVE_SCALARS, GPU_HOST};
    list[count++] = (struct member){"directions", &latents->units, g * latents->d_out, GPU_DEVICE};
    list[count++] = (struct member){"directions' lengths", &latents->lengths, g, GPU_DEVICE};
    list[count++] = (struct member){"values of a latent", &latents->ring, latents->ring_rows, GPU_DEVICE};
    for (int s = 0; s < SETS; s++) {
        struct set *set = &latents->sets[s];
        list[count++] = (struct member){"latents to be drawn", &set->points, 2 * n, GPU_DEVICE};
        list[count++] = (struct member){"rates to be drawn", &set->rates, LIVE_RATE_BINS, GPU_DEVICE};
        list[count++] = (struct member){"values to be drawn", &set->values, LIVE_VALUE_BINS, GPU_DEVICE};
        list[count++] = (struct member){"cosines to be drawn", &set->gram, g * g, GPU_DEVICE};
    }
    return count;
}

static struct live_latents plan(struct gpu *gpu, const struct live_latents_parameters *parameters)
{
    double recent = parameters->recent > 0 ? parameters->recent : RECENT;
    return (struct live_latents){
        .gpu = gpu,
        .d_sae = parameters->d_sae,
        .d_out = parameters->d_out,
        .gram = gram_of(gpu, parameters),
        .keep = exp(-1 / recent),
        .ring_rows = parameters->ring_rows ? parameters->ring_rows : RING_ROWS,
        .watched = SAE_WATCH_NONE,
    };
}

enum base_status live_latents_create(struct gpu *gpu, const struct live_latents_parameters *parameters,
                                     struct live_latents **out)
{
    struct live_latents *latents = NULL;
    struct member list[MOST_MEMBERS];
    enum base_status status;
    *out = NULL;
    if (parameters->d_sae == 0 || parameters->d_out == 0)
        return base_fail(BASE_ERROR_INTERNAL, "live_latents_create: no latents");
    BASE_CHECK(base_allocate(&latents, 1, sizeof *latents, "latents to be drawn"));
    *latents = plan(gpu, parameters);
    uint32_t count = list_members(latents, list);
    for (uint32_t i = 0; i < count; i++) {
        BASE_CHECK(gpu_buffer_create(gpu, list[i].name, list[i].words * 4, list[i].memory, list[i].buffer));
        BASE_CHECK(gpu_fill(gpu, *list[i].buffer, 0, list[i].words * 4, 0));
    }
    latents->shown = (struct live_latents_shown){.latents = latents->d_sae,
                                                 .points = latents->sets[0].points,
                                                 .rates = latents->sets[0].rates,
                                                 .values = latents->sets[0].values,
                                                 .watched = SAE_WATCH_NONE};
    /* Until there is something, no point is drawn. */
    BASE_CHECK(gpu_fill(gpu, latents->sets[0].points, 0, (uint64_t)latents->d_sae * 8, 0x7fc00000));
    *out = latents;
    return BASE_OK;
error:
    live_latents_destroy(&latents);
    return status;
}

void live_latents_destroy(struct live_latents **out)
{
    struct live_latents *latents = *out;
    struct member list[MOST_MEMBERS];
    if (!latents)
        return;
    uint32_t count = list_members(latents, list);
    for (uint32_t i = 0; i < count; i++)
        gpu_buffer_destroy(latents->gpu, list[i].buffer);
    gpu_buffer_destroy(latents->gpu, &latents->uploads);
    base_free(latents);
    *out = NULL;
}

void live_latents_choose(struct live_latents *latents, uint32_t latent)
{
    uint32_t first =
        (uint32_t)base_minimum(latent / latents->gram * latents->gram, latents->d_sae - latents->gram);
    latents->gram_due = first != latents->chosen ? 0 : latents->gram_due;
    latents->chosen = first;
}

const struct live_latents_shown *live_latents_shown(const struct live_latents *latents)
{
    return &latents->shown;
}

/* ---- rates ---- */

static enum base_status smooth_rates(struct live_latents *latents, const struct sae_glimpse *glimpse,
                                     struct set *set)
{
    struct gpu *gpu = latents->gpu;
    uint32_t threads = linalg_group_size(gpu, 64);
    latents->weight = latents->keep * latents->weight + (1 - latents->keep);
    struct live_latent_rates_params params = {
        .n = latents->d_sae,
        .keep = (float)latents->keep,
        .fresh = (float)((1 - latents->keep) / glimpse->rows),
        .whole = (float)(1 / latents->weight),
        .factor = (float)(1 / glimpse->scale_out),
    };
    BASE_TRY(gpu_fill(gpu, set->rates, 0, LIVE_RATE_BINS * 4, 0));
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &live_latent_rates_kernel,
                 .constants = {threads},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(glimpse->fired), gpu_whole(glimpse->sums),
                                                gpu_whole(glimpse->norms), gpu_whole(latents->recent),
                                                gpu_whole(set->points), gpu_whole(set->rates)},
                 .n_groups = base_divide_up(params.n, threads),
             });
}

static enum base_status find_extents(struct live_latents *latents, const struct set *set)
{
    struct live_latent_extents_params params = {.n = latents->d_sae};
    return gpu_dispatch(latents->gpu,
                        &(struct gpu_dispatch_parameters){
                            .kernel = &live_latent_extents_kernel,
                            .constants = {linalg_group_size(latents->gpu, 256)},
                            .n_constants = 1,
                            .params = &params,
                            .ranges = (struct gpu_range[]){gpu_whole(set->points), gpu_whole(set->rates),
                                                           gpu_whole(latents->scalars)},
                            .n_groups = 1,
                        });
}

/* ---- one latent's values ---- */

static enum base_status watch(struct live_latents *latents, uint32_t latent)
{
    if (latents->watched == latent)
        return BASE_OK;
    latents->watched = latent;
    latents->ring_at = latents->ring_filled = 0;
    return gpu_fill(latents->gpu, latents->ring, 0, (uint64_t)latents->ring_rows * 4, 0);
}

/* The batch's rows behind those before them; of a batch that the ring does not hold, its first rows. */
static enum base_status take_values(struct live_latents *latents, const struct sae_glimpse *glimpse)
{
    BASE_TRY(watch(latents, glimpse->watched));
    if (glimpse->watched == SAE_WATCH_NONE)
        return BASE_OK;
    uint32_t threads = linalg_group_size(latents->gpu, 64);
    uint32_t rows = (uint32_t)base_minimum(glimpse->rows, latents->ring_rows);
    if (latents->ring_at + rows > latents->ring_rows)
        latents->ring_at = 0; /* the few rows at the end stay for another round */
    struct live_latent_ring_params params = {
        .rows = rows,
        .first = latents->ring_at,
        .latent = glimpse->watched,
        .factor = (float)(1 / glimpse->scale_out),
    };
    latents->ring_at += rows;
    latents->ring_filled = (uint32_t)base_maximum(latents->ring_filled, latents->ring_at);
    return gpu_dispatch(
        latents->gpu, &(struct gpu_dispatch_parameters){
                          .kernel = &live_latent_ring_kernel,
                          .constants = {threads},
                          .n_constants = 1,
                          .params = &params,
                          .ranges = (struct gpu_range[]){gpu_whole(glimpse->values),
                                                         gpu_whole(glimpse->norms), gpu_whole(latents->ring)},
                          .n_groups = base_divide_up(rows, threads),
                      });
}

static enum base_status count_values(struct live_latents *latents, const struct set *set)
{
    struct gpu *gpu = latents->gpu;
    uint32_t threads = linalg_group_size(gpu, 64);
    struct live_value_range_params range = {.rows = latents->ring_filled};
    struct live_value_bins_params bins = {.rows = latents->ring_filled};
    BASE_TRY(gpu_fill(gpu, set->values, 0, LIVE_VALUE_BINS * 4, 0));
    BASE_TRY(gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &live_value_range_kernel,
                 .constants = {linalg_group_size(gpu, 256)},
                 .n_constants = 1,
                 .params = &range,
                 .ranges = (struct gpu_range[]){gpu_whole(latents->ring), gpu_whole(latents->scalars)},
                 .n_groups = 1,
             }));
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &live_value_bins_kernel,
                 .constants = {threads},
                 .n_constants = 1,
                 .params = &bins,
                 .ranges = (struct gpu_range[]){gpu_whole(latents->ring), gpu_whole(latents->scalars),
                                                gpu_whole(set->values)},
                 .n_groups = base_divide_up(bins.rows, threads),
             });
}

/* ---- directions ---- */

static enum base_status compare(struct live_latents *latents, struct linalg_matrix directions,
                                struct gpu_buffer *gram)
{
    struct gpu *gpu = latents->gpu;
    uint32_t g = latents->gram;
    struct linalg_matrix units = linalg_matrix_of(latents->units, g, latents->d_out);
    struct linalg_matrix lengths = linalg_matrix_of(latents->lengths, 1, g);
    BASE_TRY(linalg_normalise_rows(gpu, &directions, &units, &lengths));
    BASE_TRY(linalg_matmul(gpu, &(struct linalg_matmul_call){
                                    .a = units,
                                    .b = units,
                                    .b_is_rows = true,
                                    .c = linalg_matrix_of(gram, g, g),
                                }));
    struct live_gram_reach_params reach = {.n = g};
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &live_gram_reach_kernel,
                                 .constants = {linalg_group_size(gpu, 256)},
                                 .n_constants = 1,
                                 .params = &reach,
                                 .ranges = (struct gpu_range[]){gpu_whole(gram), gpu_whole(latents->scalars)},
                                 .n_groups = 1,
                             });
}

/* Steps from one comparison to the next, so that it costs a fiftieth of the encoder's product at most. */
static uint64_t steps_between(const struct live_latents *latents, const struct sae_glimpse *glimpse)
{
    const struct sae_architecture *a = &glimpse->config->architecture;
    double step = (double)glimpse->rows * a->d_sae * a->d_in;
    double gram = (double)latents->gram * latents->gram * latents->d_out;
    return (uint64_t)fmin(fmax(1, ceil(50 * gram / step)), 10000);
}

/* Where the next cosines go: either set may hold those that are shown. */
static struct gpu_buffer *free_gram(const struct live_latents *latents)
{
    struct gpu_buffer *first = latents->sets[0].gram;
    return latents->shown.gram == first ? latents->sets[1].gram : first;
}

static enum base_status take_directions(struct live_latents *latents, const struct sae_glimpse *glimpse,
                                        struct live_latents_shown *shown)
{
    uint64_t step = glimpse->record->step;
    if (latents->gram_due > step && latents->shown.gram)
        return BASE_OK;
    latents->gram_due = step + steps_between(latents, glimpse);
    struct gpu_buffer *gram = free_gram(latents);
    struct linalg_matrix directions = {.buffer = glimpse->W_dec,
                                       .offset = (uint64_t)latents->chosen * glimpse->W_dec_stride,
                                       .rows = latents->gram,
                                       .cols = latents->d_out,
                                       .stride = glimpse->W_dec_stride};
    BASE_TRY(compare(latents, directions, gram));
    shown->gram = gram;
    shown->gram_first = latents->chosen;
    shown->gram_latents = latents->gram;
    return BASE_OK;
}

/* ---- taking ---- */

/* Scalars into the next place that the host sees. One that has not arrived yet is given up. */
static enum base_status send_scalars(struct live_latents *latents, uint64_t step)
{
    uint32_t s = latents->next_slot;
    latents->next_slot = (s + 1) % SLOTS;
    latents->slots[s].used = false;
    BASE_TRY(gpu_copy(latents->gpu, latents->scalars, 0, latents->host, (uint64_t)s * LIVE_SCALARS * 4,
                      LIVE_SCALARS * 4));
    latents->slots[s] = (struct slot){gpu_mark(latents->gpu), step, true};
    return BASE_OK;
}

/* The back set, which is complete now, comes to the front. */
static void turn(struct live_latents *latents, struct live_latents_shown shown, uint32_t back)
{
    latents->front = back;
    shown.points = latents->sets[back].points;
    shown.rates = latents->sets[back].rates;
    shown.values = latents->sets[back].values;
    shown.watched = latents->watched;
    shown.value_rows = latents->ring_filled;
    latents->shown = shown;
}

enum base_status live_latents_take(struct live_latents *latents, const struct sae_glimpse *glimpse)
{
    const struct sae_architecture *a = &glimpse->config->architecture;
    uint32_t back = (latents->front + 1) % SETS;
    struct set *set = &latents->sets[back];
    struct live_latents_shown shown = latents->shown;
    if (a->d_sae != latents->d_sae || a->d_out != latents->d_out || !glimpse->sums)
        return base_fail(BASE_ERROR_INTERNAL, "live_latents_take: a step of another shape, or not watched");
    BASE_TRY(smooth_rates(latents, glimpse, set));
    BASE_TRY(find_extents(latents, set));
    BASE_TRY(take_values(latents, glimpse));
    BASE_TRY(count_values(latents, set));
    BASE_TRY(take_directions(latents, glimpse, &shown));
    BASE_TRY(send_scalars(latents, glimpse->record->step));
    shown.step = glimpse->record->step + 1;
    turn(latents, shown, back);
    return BASE_OK;
}

/* The set in front is written over: pictures on their way stand before that in the queue. */
enum base_status live_latents_watch(struct live_latents *latents, const struct sae_glimpse *glimpse)
{
    BASE_TRY(take_values(latents, glimpse));
    BASE_TRY(count_values(latents, &latents->sets[latents->front]));
    BASE_TRY(send_scalars(latents, latents->shown.step));
    turn(latents, latents->shown, latents->front);
    return BASE_OK;
}

enum base_status live_latents_compare(struct live_latents *latents, const struct sae_glimpse *glimpse,
                                      bool *made)
{
    struct live_latents_shown shown = latents->shown;
    *made = shown.gram && shown.gram_first != latents->chosen;
    if (*made) {
        BASE_TRY(take_directions(latents, glimpse, &shown));
        BASE_TRY(send_scalars(latents, latents->shown.step));
    }
    latents->shown = shown;
    return BASE_OK;
}

/* ---- an autoencoder that stands ---- */

static enum base_status upload_points(struct live_latents *latents, const double *rates, const double *values,
                                      const struct set *set)
{
    uint32_t bins[LIVE_RATE_BINS] = {0};
    float *points = NULL;
    enum base_status status;
    BASE_TRY(base_allocate(&points, latents->d_sae, 2 * sizeof *points, "latents to be drawn"));
    for (uint32_t i = 0; i < latents->d_sae; i++) {
        bool fired = rates && rates[i] > 0;
        double decades = fired ? log10(fmin(rates[i], 1)) : NAN;
        double at = floor((decades + LIVE_RATE_DECADES) * LIVE_RATE_A_DECADE);
        bins[fired ? (uint32_t)fmin(fmax(at, 0), LIVE_RATE_NEVER - 1) : LIVE_RATE_NEVER]++;
        points[2 * i] = (float)decades;
        points[2 * i + 1] = fired && values ? (float)values[i] : NAN;
    }
    BASE_CHECK(gpu_upload(latents->gpu, set->points, 0, points, (uint64_t)latents->d_sae * 8));
    BASE_CHECK(gpu_upload(latents->gpu, set->rates, 0, bins, sizeof bins));
error:
    base_free(points);
    return status;
}

static enum base_status upload_directions(struct live_latents *latents, const float *W_dec,
                                          struct live_latents_shown *shown)
{
    const uint64_t words = (uint64_t)latents->gram * latents->d_out;
    struct gpu_buffer *gram = free_gram(latents);
    if (!latents->uploads)
        BASE_TRY(gpu_buffer_create(latents->gpu, "directions", words * 4, GPU_DEVICE, &latents->uploads));
    BASE_TRY(gpu_upload(latents->gpu, latents->uploads, 0, W_dec + (uint64_t)latents->chosen * latents->d_out,
                        words * 4));
    BASE_TRY(compare(latents, linalg_matrix_of(latents->uploads, latents->gram, latents->d_out), gram));
    shown->gram = gram;
    shown->gram_first = latents->chosen;
    shown->gram_latents = latents->gram;
    return BASE_OK;
}

enum base_status live_latents_show(struct live_latents *latents, const double *rates, const double *values,
                                   const float *W_dec)
{
    uint32_t back = (latents->front + 1) % SETS;
    struct set *set = &latents->sets[back];
    struct live_latents_shown shown = latents->shown;
    BASE_TRY(upload_points(latents, rates, values, set));
    BASE_TRY(find_extents(latents, set));
    BASE_TRY(count_values(latents, set));
    if (W_dec)
        BASE_TRY(upload_directions(latents, W_dec, &shown));
    BASE_TRY(send_scalars(latents, 0));
    shown.step++;
    turn(latents, shown, back);
    return BASE_OK;
}

static enum base_status keep_points(struct live_latents *latents, const struct set *set)
{
    const struct set *front = &latents->sets[latents->front];
    BASE_TRY(gpu_copy(latents->gpu, front->points, 0, set->points, 0, (uint64_t)latents->d_sae * 8));
    return gpu_copy(latents->gpu, front->rates, 0, set->rates, 0, LIVE_RATE_BINS * 4);
}

enum base_status live_latents_show_histogram(struct live_latents *latents, uint32_t latent,
                                             const uint32_t *bins, uint32_t n, double width, double greatest,
                                             uint64_t rows)
{
    _Static_assert(LIVE_SCALAR_VALUES == LIVE_SCALAR_WIDTH + 1 &&
                       LIVE_SCALAR_GREATEST == LIVE_SCALAR_WIDTH + 2,
                   "side by side");
    uint32_t back = (latents->front + 1) % SETS, all[LIVE_VALUE_BINS] = {0}, scalars[3] = {0};
    const struct set *set = &latents->sets[back];
    struct live_latents_shown shown = latents->shown;
    const float reals[] = {(float)width, (float)greatest};
    n = (uint32_t)base_minimum(n, LIVE_VALUE_BINS);
    for (uint32_t b = 0; b < n; b++) {
        all[b] = bins[b];
        scalars[1] += bins[b];
    }
    memcpy(&scalars[0], &reals[0], 4);
    memcpy(&scalars[2], &reals[1], 4);
    latents->watched = SAE_WATCH_NONE; /* the ring is not used */
    BASE_TRY(watch(latents, latent));
    BASE_TRY(keep_points(latents, set));
    BASE_TRY(gpu_upload(latents->gpu, set->values, 0, all, sizeof all));
    BASE_TRY(gpu_upload(latents->gpu, latents->scalars, LIVE_SCALAR_WIDTH * 4, scalars, sizeof scalars));
    BASE_TRY(send_scalars(latents, 0));
    shown.step++;
    turn(latents, shown, back);
    latents->shown.value_rows = (uint32_t)base_minimum(rows, UINT32_MAX);
    return BASE_OK;
}

/* ---- extents ---- */

static double real(const uint32_t *words, uint32_t at)
{
    float value;
    memcpy(&value, &words[at], sizeof value);
    return value;
}

static void read_slot(struct live_latents *latents, uint32_t s)
{
    const uint32_t *words = (const uint32_t *)gpu_map(latents->host) + (size_t)s * LIVE_SCALARS;
    bool any = words[LIVE_SCALAR_FIRED] > 0;
    latents->extents = (struct live_latents_extents){
        .step = latents->slots[s].step,
        .least_rate = any ? real(words, LIVE_SCALAR_LEAST_RATE) : 0,
        .greatest_rate = any ? real(words, LIVE_SCALAR_GREATEST_RATE) : 0,
        .greatest_value = real(words, LIVE_SCALAR_GREATEST_VALUE),
        .fired = words[LIVE_SCALAR_FIRED],
        .most_rates = words[LIVE_SCALAR_MOST_RATES],
        .value_width = real(words, LIVE_SCALAR_WIDTH),
        .greatest_single = real(words, LIVE_SCALAR_GREATEST),
        .n_values = words[LIVE_SCALAR_VALUES],
        .greatest_cosine = real(words, LIVE_SCALAR_GREATEST_COSINE),
    };
    latents->has_extents = true;
}

bool live_latents_extents(struct live_latents *latents, struct live_latents_extents *extents)
{
    /* From the oldest to the newest, as far as the device is. */
    for (uint32_t i = 0; i < SLOTS; i++) {
        uint32_t s = (latents->next_slot + i) % SLOTS;
        if (!latents->slots[s].used)
            continue;
        if (!gpu_passed(latents->gpu, latents->slots[s].mark))
            break;
        read_slot(latents, s);
        latents->slots[s].used = false;
    }
    *extents = latents->extents;
    return latents->has_extents;
}
