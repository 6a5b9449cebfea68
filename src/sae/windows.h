/* The stretches of rows around examples, and how active the latent is within them. */
#ifndef ARCLIGHT_SAE_WINDOWS_H
#define ARCLIGHT_SAE_WINDOWS_H

#include "data/positions.h"
#include "sae/contexts.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SAE_SHADE_FULL = 100 };

struct sae_window {
    uint32_t slot, latent; /* slot of the contexts */
    uint64_t start;        /* row */
    uint32_t length, mark; /* rows; the example is row start + mark */
    uint8_t *shades; /* [length] the latent's value, SAE_SHADE_FULL at its greatest anywhere; 0: not active */
    uint64_t at;     /* place of the window's first token in the stream */
};

struct sae_windows {
    struct sae_window *windows; /* [slots, 2, count]: top, then examples; length 0: none */
    uint32_t slots, count;
    uint8_t *shades;
    int64_t *stream; /* [n_stream] tokens of all rows in windows, each row once, in order */
    uint64_t n_stream;
};

struct sae_windows_parameters {
    const struct sae_contexts *contexts; /* finished */
    const uint32_t *latents;             /* [slots] */
    uint32_t first;                      /* slot of the contexts that latents[0] has; usually 0 */
    uint32_t slots, count;
    uint32_t before, behind; /* rows on either side of an example */
    uint64_t rows;           /* of the set */
    struct data_positions *tokens;
    struct data_positions *positions; /* NULL: the set is one document */
};

/* Cuts the windows, within documents, and reads their tokens. sae_windows_free in every case. */
enum base_status sae_windows_make(const struct sae_windows_parameters *parameters,
                                  struct sae_windows *windows);
/* Walks once more over the rows that lie in windows, and takes the values of their latents. */
enum base_status sae_windows_shade(struct sae_windows *windows, const struct sae_contexts *contexts,
                                   struct sae_walk *walk, uint64_t rows);
/* The same for few windows: the rows of each are encoded by themselves. */
enum base_status sae_windows_shade_each(struct sae_windows *windows, const struct sae_contexts *contexts,
                                        struct sae_walk *walk);
void sae_windows_free(struct sae_windows *windows);

/* Window `index` of the top (`examples` false) or the examples of a latent. */
const struct sae_window *sae_windows_at(const struct sae_windows *windows, uint32_t slot, bool examples,
                                        uint32_t index);

#ifdef __cplusplus
}
#endif
#endif
