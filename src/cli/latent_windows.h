/* The stretches of rows around examples, and how active the latent is within them. */
#ifndef ARCLIGHT_CLI_LATENT_WINDOWS_H
#define ARCLIGHT_CLI_LATENT_WINDOWS_H

#include "cli/positions.h"
#include "sae/contexts.h"

enum { CLI_SHADE_FULL = 100 };

struct cli_window {
    uint32_t slot, latent;
    uint64_t start;        /* row */
    uint32_t length, mark; /* rows; the example is row start + mark */
    uint8_t *shades; /* [length] the latent's value, CLI_SHADE_FULL at its greatest anywhere; 0: not active */
    uint64_t at;     /* place of the window's first token in the stream */
};

struct cli_windows {
    struct cli_window *windows; /* [slots, 2, count]: top, then examples; length 0: none */
    uint32_t slots, count;
    uint8_t *shades;
    int64_t *stream; /* [n_stream] tokens of all rows in windows, each row once, in order */
    uint64_t n_stream;
};

struct cli_windows_parameters {
    const struct sae_contexts *contexts; /* finished */
    const uint32_t *latents;             /* [slots] */
    uint32_t slots, count;
    uint32_t before, behind; /* rows on either side of an example */
    uint64_t rows;           /* of the set */
    struct cli_positions *tokens;
    struct cli_positions *positions; /* NULL: the set is one document */
};

/* Cuts the windows, within documents, and reads their tokens. cli_windows_free in every case. */
enum base_status cli_windows_make(const struct cli_windows_parameters *parameters,
                                  struct cli_windows *windows);
/* Walks once more over the rows that lie in windows, and takes the values of their latents. */
enum base_status cli_windows_shade(struct cli_windows *windows, const struct sae_contexts *contexts,
                                   struct sae_walk *walk, uint64_t rows);
void cli_windows_free(struct cli_windows *windows);

/* Window `index` of the top (`examples` false) or the examples of a latent. */
const struct cli_window *cli_windows_at(const struct cli_windows *windows, uint32_t slot, bool examples,
                                        uint32_t index);

#endif
