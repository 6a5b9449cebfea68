/* Counter-based random numbers: a pure function of (seed, stream, index), so any element can be made in any
 * order and by any thread. Philox4x32 with ten rounds (Salmon, Moraes, Dror, Shaw, "Parallel random numbers:
 * as easy as 1, 2, 3", SC 2011). */
#ifndef ARCLIGHT_BASE_RANDOM_H
#define ARCLIGHT_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Streams keep the uses of one seed apart; each use names its own. */
enum base_random_stream {
    BASE_STREAM_TEST = 0,
    BASE_STREAM_ROTATION = 1,       /* Haar rotations: bases and controls */
    BASE_STREAM_PLANES = 2,         /* sampled planes */
    BASE_STREAM_CONTROL_PLANES = 3, /* planes of the random-rotation control */
    BASE_STREAM_NULL = 4,           /* Monte-Carlo nulls */
    BASE_STREAM_PROJECTION = 5,     /* planes of the projection */
    BASE_STREAM_SHUFFLE = 6,        /* the order of training rows: runs of an epoch, rows of a window */
    BASE_STREAM_WEIGHTS = 7,        /* where training starts */
    BASE_STREAM_RESAMPLE = 8,       /* rows that dead latents are resampled from */
};

/* Four words for counter `index`. */
void base_random_words(uint64_t seed, uint64_t stream, uint64_t index, uint32_t words[4]);

/* Uniform in [0, 1), 53 bits. */
double base_random_uniform(uint64_t seed, uint64_t stream, uint64_t index);

/* Standard normal (Box and Muller), double precision. */
double base_random_normal(uint64_t seed, uint64_t stream, uint64_t index);

/* Uniform integer in [0, bound), bound > 0, without modulo bias worth naming (64 x 64 -> high 64 bits). */
uint64_t base_random_below(uint64_t seed, uint64_t stream, uint64_t index, uint64_t bound);

#ifdef __cplusplus
}
#endif
#endif
