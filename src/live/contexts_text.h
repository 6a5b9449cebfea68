/* Where one latent is active, as lines of text: the stretches of tokens around the rows with its greatest
 * values, with how active it is at each token. All rows are walked through once, a little a frame; then any
 * latent's lines are there in a moment. */
#ifndef ARCLIGHT_LIVE_CONTEXTS_TEXT_H
#define ARCLIGHT_LIVE_CONTEXTS_TEXT_H

#include "gpu/gpu.h"
#include "sae/model.h"
#include "view/canvas.h"

#ifdef __cplusplus
extern "C" {
#endif

struct live_contexts;

struct live_contexts_parameters {
    const char *const *activations; /* as struct data_open_parameters, as the next three */
    uint32_t n_activations;
    uint64_t rows_from, rows_to, step;
    const char *tokens;     /* FILE:TENSOR, each row's token number */
    const char *positions;  /* the same, of each row's position in its document; NULL: one document */
    const char *vocabulary; /* JSON, see data/vocabulary.h */
    uint32_t count;         /* lines a latent; 0: 12 */
    uint32_t window;        /* tokens a line; 0: 24 */
    double max_norm;        /* rows above this multiple of the median norm are left out; 0: none are */
};

/* Opens and checks the files; uploads the weights (the model is not needed afterwards). BASE_ERROR_INPUT
 * names file and fault. The caller closes it before the gpu is closed. */
enum base_status live_contexts_open(struct gpu *gpu, const struct sae_model *model,
                                    const struct live_contexts_parameters *parameters,
                                    struct live_contexts **out);
void live_contexts_close(struct live_contexts **contexts); /* NULL-safe */

/* Walks on for about `ns`, a block at least; *share of the rows are done, 1: all. Waits for the device. */
enum base_status live_contexts_work(struct live_contexts *contexts, uint64_t ns, double *share);

/* Makes the lines of this latent (below d_sae). Before all rows are walked through there are none. */
enum base_status live_contexts_choose(struct live_contexts *contexts, uint32_t latent);

struct live_context_token {
    const char *text; /* UTF-8 without control characters; a line's end is "↓" */
    uint8_t strength; /* of 100, which is the latent's greatest value anywhere; 0: not active */
};
struct live_context {
    uint64_t row; /* of the set */
    double value; /* there */
    uint32_t count, mark;
    const struct live_context_token *tokens; /* [count]; tokens[mark] is the row's */
};
/* Greatest value first; valid until the next choose. */
const struct live_context *live_contexts_lines(const struct live_contexts *contexts, uint32_t *count);
/* UINT32_MAX before the first choose. */
uint32_t live_contexts_latent(const struct live_contexts *contexts);
/* Rows in which the chosen latent fired, and in how many of all. */
void live_contexts_fired(const struct live_contexts *contexts, uint64_t *fired, uint64_t *rows);

/* Once all rows are walked through: each latent's share of rows in which it fired, and its mean value there
 * (NaN: never), [d_sae] each. */
void live_contexts_rates(const struct live_contexts *contexts, double *rates, double *values);

/* Of a latent's values: bin b holds those from b·width on. Once all rows are walked through. */
struct live_contexts_histogram {
    const uint32_t *bins; /* [n] */
    uint32_t n;
    double width, greatest;
};
struct live_contexts_histogram live_contexts_values(const struct live_contexts *contexts, uint32_t latent);

/* A line each, as many as fit `rect`: the value at the left, then the tokens with the marked ones below each
 * other, coloured by strength; what does not fit is cut at the edges. Gives the height used. */
float live_contexts_draw(const struct live_contexts *contexts, struct view_canvas *canvas,
                         struct view_rect rect);

#ifdef __cplusplus
}
#endif
#endif
