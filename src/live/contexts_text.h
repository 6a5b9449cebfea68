/* Where one latent is active, as lines of text: the stretches of tokens around the rows with its greatest
 * values, with how active it is at each token. Rows are walked through, a little a frame or between steps;
 * then any latent's lines are there in a moment.
 *
 *   live_contexts_open -> live_contexts_take_… -> live_contexts_work until it is done -> live_contexts_choose
 *                              live_contexts_again -^      of an autoencoder that changes
 */
#ifndef ARCLIGHT_LIVE_CONTEXTS_TEXT_H
#define ARCLIGHT_LIVE_CONTEXTS_TEXT_H

#include "gpu/gpu.h"
#include "sae/model.h"
#include "view/canvas.h"

#ifdef __cplusplus
extern "C" {
#endif

struct live_contexts;
struct sae_trainer;

struct live_contexts_parameters {
    const char *const *activations; /* as struct data_open_parameters, as the next three */
    uint32_t n_activations;
    uint64_t rows_from, rows_to, step;
    const char *tokens;     /* FILE:TENSOR, each row's token number */
    const char *positions;  /* the same, of each row's position in its document; NULL: one document */
    const char *vocabulary; /* JSON, see data/vocabulary.h */
    uint32_t count;         /* lines a latent; 0: 16 */
    uint32_t window;        /* tokens a line; 0: 36 */
    double max_norm;        /* rows above this multiple of the median norm are left out; 0: none are */
    uint64_t sample; /* the first rows, which alone are walked through while a training goes on; 0: all */
};

/* Opens and checks the files. BASE_ERROR_INPUT names file and fault. The caller closes it before the gpu is
 * closed. */
enum base_status live_contexts_open(struct gpu *gpu, const struct live_contexts_parameters *parameters,
                                    struct live_contexts **out);
void live_contexts_close(struct live_contexts **contexts); /* NULL-safe */

/* The autoencoder that rows go through; a walk begins. Of a saved one the weights are uploaded, and the model
 * is not needed afterwards. What the walks before found is forgotten, but for the lines. BASE_ERROR_INPUT
 * when the rows are of another width. */
enum base_status live_contexts_take_model(struct live_contexts *contexts, const struct sae_model *model);
/* One in training, as it stands at each block and each choice; the trainer must be there as long as there is
 * work or a choice. Walks are over the sample. */
enum base_status live_contexts_take_trainer(struct live_contexts *contexts, struct sae_trainer *trainer);

/* The autoencoder goes; the lines stay. There is no work until one is taken. */
void live_contexts_drop(struct live_contexts *contexts);

/* Walks on for about `ns`, a block at least; *share of this walk's rows are done, 1: all. Waits for the
 * device.
 */
enum base_status live_contexts_work(struct live_contexts *contexts, uint64_t ns, double *share);
/* Another walk, when the last one is done; what that one found stays until the new one is done. */
enum base_status live_contexts_again(struct live_contexts *contexts);
/* Walks that are done, since an autoencoder was taken. */
uint32_t live_contexts_walks(const struct live_contexts *contexts);
/* Rows of a block from now on: 1 to 1024, which it is at first. */
void live_contexts_set_block(struct live_contexts *contexts, uint32_t rows);

/* Makes the lines of this latent (below d_sae). Before a walk is done there are none. */
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
/* Rows in which the chosen latent fired, and of how many. */
void live_contexts_fired(const struct live_contexts *contexts, uint64_t *fired, uint64_t *rows);

/* Once a walk is done: each latent's share of rows in which it fired, and its mean value there
 * (NaN: never), [d_sae] each. */
void live_contexts_rates(const struct live_contexts *contexts, double *rates, double *values);

/* Of a latent's values: bin b holds those from b·width on. Once a walk is done. */
struct live_contexts_histogram {
    const uint32_t *bins; /* [n] */
    uint32_t n;
    double width, greatest;
};
struct live_contexts_histogram live_contexts_values(const struct live_contexts *contexts, uint32_t latent);

/* A line each, as many as fit `rect`: the value at the left, then the tokens with the marked ones below each
 * other, coloured by strength; dots stand for tokens that do not fit. Gives the height used. */
float live_contexts_draw(const struct live_contexts *contexts, struct view_canvas *canvas,
                         struct view_rect rect);

#ifdef __cplusplus
}
#endif
#endif
