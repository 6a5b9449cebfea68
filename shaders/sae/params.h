/* Parameter structs of sae/ kernels. Strides and bases count elements of 4 bytes; a base is where the matrix
 * begins within the range that is bound. "Rows" are rows of activations, "pairs" are active (row, latent)
 * pairs, row by row in ascending order of latent. */
#ifndef ARCLIGHT_SAE_PARAMS_H
#define ARCLIGHT_SAE_PARAMS_H
#include "common/types.h"

/* The cases of enum sae_activation (src/sae/kinds.h). */
#define SAE_ACTIVATION_RELU 0u
#define SAE_ACTIVATION_GATED 1u
#define SAE_ACTIVATION_JUMPRELU 2u
#define SAE_ACTIVATION_TOPK 3u
#define SAE_ACTIVATION_BATCHTOPK 4u

/* What a pair's gradient goes to; `terms` holds SAE_TERMS words a pair, `sums` a row of them a term. */
#define SAE_TERMS 5u
#define SAE_TERM_ENCODER 0u   /* pre-activation: b_enc, and the row of W_enc */
#define SAE_TERM_THRESHOLD 1u /* threshold; gated: b_gate */
#define SAE_TERM_MAGNITUDE 2u /* gated: b_mag */
#define SAE_TERM_SCALE 3u     /* gated: r_mag */
#define SAE_TERM_NORM 4u      /* |D_i| */

/* The cases of enum sae_sparsity (src/sae/config.h). */
#define SAE_PENALTY_STEP 0u
#define SAE_PENALTY_TANH 1u
#define SAE_PENALTY_QUADRATIC 2u

/* Rows as they come -> scaled rows, and these less b_dec; see prepare.comp. */
struct sae_prepare_params {
    uint rows;
    uint cols;
    uint source_base;
    uint source_stride;
    float factor;
    float root; /* sqrt(cols) */
};

/* marks[row] = a bit for each active entry of pi [rows, cols], counts[first_row + row] = how many; see
 * mark.comp. */
struct sae_mark_params {
    uint rows;
    uint cols;
    uint pi_base;
    uint pi_stride;
    uint first_row;
    float half_window; /* JumpReLU: entries within it of the threshold count as well */
};

/* offsets[first + 1 + i] = offsets[first] + counts[first] + … + counts[first + i], the first of all 0. */
struct sae_offsets_params {
    uint first;
    uint rows;
};

/* Active entries of pi [rows, cols], which are rows [first_row, …) of the batch, into the list. */
struct sae_fill_params {
    uint rows;
    uint cols;
    uint pi_base;
    uint pi_stride;
    uint first_row;
    uint capacity;    /* of the list: pairs behind it are not written */
    uint chosen_base; /* TopK: columns of the batch's rows as selected */
    uint room;        /* of them, for a row; 0: none were written */
};

/* out[row] (+)= the sum over the row's pairs with latents in [low, high) of values * W[latent - low]. */
struct sae_decode_params {
    uint rows;
    uint cols; /* d_out */
    uint low;
    uint high;
    uint w_base;
    uint go_on; /* 0: starts from the bias, 1: from what stands in `out` */
    uint w_low; /* address of W's range; read on the level subgroup, as below */
    uint w_high;
};

/* error[row] = scale * (decoded[row] - target[row]), and the squared length without the scale. */
struct sae_residual_params {
    uint first_row; /* rows [first_row, first_row + rows) of all four */
    uint rows;
    uint cols;
    float scale;
};

/* dots[pair] = scale * <error[row], W[latent - low]> for pairs with latents in [low, high). */
struct sae_latent_gradients_params {
    uint rows;
    uint cols; /* d_out */
    uint low;
    uint high;
    uint w_base;
    float scale;
    uint parts; /* workgroups a row; more than 1 only where kernels are not staged */
    uint error_low;
    uint error_high;
    uint w_low;
    uint w_high;
};

/* values and gates of a gated kind's pairs; see pairs_gate.comp. */
struct sae_pairs_gate_params {
    uint rows;
    uint n; /* d_sae */
    uint capacity;
};

/* row_l0[pair] = pairs of the same row with a value above 0; penalties[row]; see row_penalty.comp. */
struct sae_row_penalty_params {
    uint rows;
    uint penalty; /* SAE_PENALTY_…, JumpReLU */
    float target; /* of L0, quadratic */
    uint weighted;
};

/* The gradients that reach each pair's latent; see pairs_backward.comp. */
struct sae_pairs_backward_params {
    uint rows;
    uint capacity;
    uint n;         /* d_sae */
    uint gate_dots; /* where the second half of dots begins */
    float sparsity; /* the coefficient over the rows: its share for one pair */
    float bandwidth;
    uint penalty; /* enum sae_sparsity, JumpReLU */
    float target; /* of L0, quadratic */
    uint to_input;
    uint weighted; /* 0: the norms count as 1 */
};

/* gradient[latent] (+)= scale * the sum over the latent's pairs, in order, of coefficients * rows. */
struct sae_gradient_rows_params {
    uint low; /* latents [low, high); gradient and its range begin at low */
    uint high;
    uint cols;
    uint gradient_base;
    uint coefficient_stride;
    uint coefficient_first;
    uint rows_low;
    uint rows_high;
};

/* sums[term, latent] over the latent's pairs, and how often it fired; see latent_sums.comp. */
struct sae_latent_sums_params {
    uint n;
    uint sums_stride; /* words from one term's row to the next */
};

/* sums[latent] of its pairs' values, watched[row]; see watch_pairs.comp, watch_block.comp. */
struct sae_watch_pairs_params {
    uint n;
    uint watched; /* latent; none when not below n */
};
struct sae_watch_block_params {
    uint n;
    uint rows;
    uint first_row;
    uint watched;
};

/* After a batch of `rows` rows (0: only the weights are made anew); see census.comp. */
struct sae_census_params {
    uint n;
    uint rows;
    uint dead_after;
    uint weighted;
};

/* pi [rows, n] -> values, gates; see dense_activate.comp. */
struct sae_dense_activate_params {
    uint rows;
    uint n;
    uint first_row;
    uint penalty;
    float target;
    uint weighted;
};

/* See dense_backward.comp and backward.glsl. */
struct sae_dense_backward_params {
    uint rows;
    uint n;
    uint first_row;
    uint sums_stride;
    float sparsity;
    float bandwidth;
    uint penalty;
    float target;
    uint to_input;
    uint weighted;
};

/* Words of the scalars of a step, all f32. */
#define SAE_SCALAR_TARGET_SQUARES 0u
#define SAE_SCALAR_ERROR_SQUARES 1u /* of the widest decoding */
#define SAE_SCALAR_TARGET_VARIANCE 2u
#define SAE_SCALAR_ERROR_VARIANCE 3u
#define SAE_SCALAR_AUX_FACTOR 4u
#define SAE_SCALAR_AUX_SQUARES 5u
#define SAE_SCALAR_PENALTY 6u
#define SAE_SCALAR_GATE_SQUARES 7u
#define SAE_SCALAR_NESTED_SQUARES 8u /* of the narrower decodings, one behind the other: at most 15 */
#define SAE_SCALARS 24u

/* See scalars.comp. */
struct sae_scalars_params {
    uint cols;
    uint cols_stride; /* words from the targets' sums to the errors' */
    float rows;
    float error_scale;
    float coefficient;
};

/* See aux_chosen.comp. */
struct sae_aux_chosen_params {
    uint rows;
};

/* ids and slots of the latents with a weight above 0; see aux_slots.comp. */
struct sae_aux_slots_params {
    uint n;
};

/* dense[rows, cols] of the dead latents in places [first, first + cols). */
struct sae_aux_values_params {
    uint rows;
    uint cols;
    uint first;
};

/* chunk[rows, cols] from or to the rows of a matrix that ids[first], … name; see aux_rows.comp. */
struct sae_aux_rows_params {
    uint rows;
    uint cols;
    uint first;
    uint low;
    uint high;
    uint matrix_base;
};

/* See aux_mask.comp. */
struct sae_aux_mask_params {
    uint count;
};

/* See aux_residual.comp. */
struct sae_aux_residual_params {
    uint rows;
    uint cols;
    float error_scale;
};

/* to[i] += scale * from[i] */
struct sae_add_params {
    uint count;
    uint from_base;
    uint to_base;
    float scale;
};

/* How much of the decoder's row is added to its gradient; see decoder_factors.comp. */
struct sae_decoder_factors_params {
    uint low;
    uint high;
    uint cols;
    uint blocks; /* of a row, each with its own norm (crosscoder) */
    uint w_base;
    uint gradient_base;
    uint sums_base; /* of the norms' term */
    uint project;   /* unit norms: the part along D_i is taken out */
};

/* One step of Adam on rows of the decoder, and their norms; see adam_rows.comp. */
struct sae_adam_rows_params {
    uint low;
    uint high;
    uint cols;
    uint blocks; /* of a row, each with its own norm, which add up */
    uint value_base;
    uint first_base;
    uint second_base;
    uint gradient_base;
    uint with_factors; /* one a block */
    uint unit;         /* the row is made one long */
    float rate;        /* and what follows: as in sae_adam_params */
    float root;
    float beta1;
    float beta2;
    float new1;
    float new2;
    float epsilon;
};

/* norms[latent] of the decoder's rows; see decoder_norms.comp. */
struct sae_decoder_norms_params {
    uint low;
    uint high;
    uint cols;
    uint blocks;
    uint w_base;
    uint unit;   /* rows are one long: 1, or 0 for a row of zeros */
    uint divide; /* and are made so first */
};

/* control = {bad, factor}: what the step does with its gradient; see clip.comp. */
struct sae_clip_params {
    uint parts; /* squared norms of the gradient's tensors */
    float clip; /* 0: none */
};

/* One step of Adam on `count` values. */
struct sae_adam_params {
    uint count;
    uint value_base;
    uint gradient_base;
    float rate; /* learning rate over the first moment's bias correction */
    float root; /* 1 / sqrt(second moment's bias correction) */
    float beta1;
    float beta2;
    float new1; /* 1 - beta1, 1 - beta2: of the rounded beta2 it would be off by 1e-5 */
    float new2;
    float epsilon;
    uint not_negative; /* 1: values below 0 become 0 (thresholds) */
};

/* The keys of v = pi * weights that stand for numbers above 0 (shaders/sae/key.glsl): the smallest and the
 * largest, which is infinity. */
#define SAE_SMALLEST_KEY 0x00800001u
#define SAE_LARGEST_KEY 0x7f800000u

/* What sae_select_batch looks for its threshold with: words of state, then bins of a histogram of keys. */
#define SAE_SELECT_LOW 0u      /* the wanted key is at least this */
#define SAE_SELECT_HIGH 1u     /* and at most this */
#define SAE_SELECT_SHIFT 2u    /* bin of a key: (key - low) >> shift */
#define SAE_SELECT_WANTED 3u   /* rank of the wanted key among those up to high, from 1 */
#define SAE_SELECT_RESOLVED 4u /* 1: low is the threshold, and as many as wanted of its equals count */
#define SAE_SELECT_STATE 64u   /* words */
#define SAE_SELECT_BINS 8192u
#define SAE_SELECT_WHOLE_SHIFT 18u /* brings all keys into the bins */

#define SAE_SELECT_UNLISTED 0xffffffffu /* instead of a row's first chosen column: none were written */

/* selection[r] and counts[r] of the k greatest entries of each row. */
struct sae_select_rows_params {
    uint rows;
    uint cols;
    uint k;
    uint pi_base;
    uint pi_stride;
    uint weights_base;
    uint selection_base;
    uint counts_base;
    uint chosen_base;
    uint room; /* for chosen columns, a row; 0: none are wanted */
};

/* Histogram of the greatest keys of each of several groups that a row is dealt into. */
struct sae_select_maxima_params {
    uint rows;
    uint cols;
    uint pi_base;
    uint pi_stride;
    uint weights_base;
};

/* Histogram of the keys from low to high. */
struct sae_select_histogram_params {
    uint rows;
    uint cols;
    uint pi_base;
    uint pi_stride;
    uint weights_base;
};

/* State and smallest selected v from the histogram, which becomes zeros. */
struct sae_select_pick_params {
    uint of_maxima; /* 1: the histogram is that of the maxima; 0: of keys */
    uint total;     /* entries to select */
    uint smallest_base;
};

/* counts[r] = how many keys lie above the threshold, ties[r] = how many equal it. */
struct sae_select_count_params {
    uint rows;
    uint cols;
    uint pi_base;
    uint pi_stride;
    uint weights_base;
    uint counts_base;
    uint ties_base;
};

/* selection[r] from the sums of ties up to and with row r, and counts[r] += the row's quota. */
struct sae_select_quotas_params {
    uint rows;
    uint ties_base;
    uint follows; /* 0 or 1: ties[ties_base - 1] is the sum before these rows */
    uint selection_base;
    uint counts_base;
};
#endif
