/* What is drawn of an autoencoder's latents, made on the device at the end of a step from what the step left
 * (sae/hands.h): how often each fires and with which value, a histogram of both, and how the decoder's
 * directions lie to each other. Nothing comes back to the host but a few numbers for axes.
 *
 *   live_latents_take (a step's end) -> shown buffers -> plots
 *
 * There are two sets of shown buffers: what is drawn is never half of the next. */
#ifndef ARCLIGHT_LIVE_LATENTS_H
#define ARCLIGHT_LIVE_LATENTS_H

#include "gpu/gpu.h"
#include "live/params.h"
#include "sae/hands.h"

#ifdef __cplusplus
extern "C" {
#endif

struct live_latents;

struct live_latents_parameters {
    uint32_t d_sae, d_out;
    double recent;      /* batches over which rates are smoothed; 0: 64 */
    uint32_t ring_rows; /* of one latent's values that are kept; 0: 16,384 */
    uint32_t gram;      /* most latents whose directions are compared; 0: 128 on CPU devices, else 512 */
};

/* BASE_ERROR_DEVICE_MEMORY. The caller destroys it before the gpu is closed. */
enum base_status live_latents_create(struct gpu *gpu, const struct live_latents_parameters *parameters,
                                     struct live_latents **out);
void live_latents_destroy(struct live_latents **latents); /* NULL-safe */

/* At the end of a step; it need not be each one. Records work, waits for nothing. The matrix of directions is
 * made anew so often that it costs a fiftieth of the encoder's product at most. */
enum base_status live_latents_take(struct live_latents *latents, const struct sae_glimpse *glimpse);
/* Of the same step as the last take, another latent's values alone (sae_glimpse_watch). Records work. */
enum base_status live_latents_watch(struct live_latents *latents, const struct sae_glimpse *glimpse);
/* Of the same step, the directions alone, where others were chosen since; *made says whether there was
 * anything to do. Records work. */
enum base_status live_latents_compare(struct live_latents *latents, const struct sae_glimpse *glimpse,
                                      bool *made);
/* The same as a take, of an autoencoder that stands: rates [d_sae] as shares of rows, NULL: none known; mean
 * values where active [d_sae], NULL: not known (NaN in the points); W_dec [d_sae, d_out], NULL: that of the
 * last time. On the host. */
enum base_status live_latents_show(struct live_latents *latents, const double *rates, const double *values,
                                   const float *W_dec);
/* One latent's values, which were counted elsewhere: bins [n], at most LIVE_VALUE_BINS, bin b from b·width
 * on, the greatest value, of so many rows. */
enum base_status live_latents_show_histogram(struct live_latents *latents, uint32_t latent,
                                             const uint32_t *bins, uint32_t n, double width, double greatest,
                                             uint64_t rows);

/* The latents whose directions are compared, from the next take, compare or show: of the stretches of `gram`
 * latents the one that holds this latent (the last stretch is whole as well). */
void live_latents_choose(struct live_latents *latents, uint32_t latent);

/* ---- what is drawn ---- */

struct live_latents_shown {
    uint64_t step;             /* after which; 0 before the first */
    uint32_t latents;          /* d_sae */
    struct gpu_buffer *points; /* f32 [latents, 2] for view_scatter: log10 of the rate, mean value where
                                  active, in the units of a saved autoencoder; NaN: did not fire */
    struct gpu_buffer *rates;  /* uint [LIVE_RATE_BINS]: latents by log10 of their rate, LIVE_RATE_A_DECADE
                                  bins a decade from -LIVE_RATE_DECADES to 0, the last: did not fire */
    struct gpu_buffer *values; /* uint [LIVE_VALUE_BINS] of the watched latent, from 0 on, bins of
                                  `value_width` of the extents */
    uint32_t watched;          /* SAE_WATCH_NONE: none */
    uint32_t value_rows;       /* in the ring */
    struct gpu_buffer *gram;   /* f32 [gram_latents, gram_latents]: cosines; NULL before the first */
    uint32_t gram_first, gram_latents;
};
const struct live_latents_shown *live_latents_shown(const struct live_latents *latents);

/* Numbers for axes; of the last take that the device has finished, a frame or so behind the buffers. */
struct live_latents_extents {
    uint64_t step;
    double least_rate, greatest_rate; /* log10, of latents that fired; 0 and 0: none did */
    double greatest_value;            /* of the points */
    uint32_t fired;                   /* latents that did */
    uint32_t most_rates;              /* the highest of the bins of rates but the last */
    double value_width;               /* of a bin of values, a power of two */
    double greatest_single;           /* value of the watched latent */
    uint32_t n_values;                /* of the watched latent above 0 in the ring */
    double greatest_cosine;           /* absolute, of different directions in the matrix shown; 0: none */
};
/* Never waits. False, and zeros, before the first take is finished. */
bool live_latents_extents(struct live_latents *latents, struct live_latents_extents *extents);

#ifdef __cplusplus
}
#endif
#endif
