/* Which latents of a row are active: the thresholds that TopK and BatchTopK select by. */
#ifndef ARCLIGHT_SAE_SELECT_H
#define ARCLIGHT_SAE_SELECT_H

#include "linalg/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Both look at v[r, i] = pi[r, i] * weights[i] (one f32 multiplication; weights NULL: v = pi) and give for
 * each row r a pair of words, selection[r] = {threshold as f32 bits, quota}: entry i is selected when v >
 * threshold, or when v == threshold and fewer than `quota` entries before it in the row equal the threshold,
 * and always only when v > 0. Threshold is at least 0. NaN is never selected. counts[r] is how many are
 * selected.
 *
 *   pi         [rows, n] f32 (any stride)
 *   weights    a vector [1, n] f32, or a matrix without elements
 *   selection  a vector [1, 2 rows] of words
 *   counts     a vector [1, rows] uint32
 *
 * The same selections on every device for the same pi and weights. */
struct sae_select_call {
    struct linalg_matrix pi, weights, selection, counts;
};

/* The k greatest positive entries of each row; ties go to the lower index. k of 0 to n. */
enum base_status sae_select_rows(struct gpu *gpu, const struct sae_select_call *call, uint64_t k);

/* The `total` greatest positive entries of all blocks together (blocks of rows of one batch, in order); ties
 * go to the lower row, then the lower index. `scratch` (4 KiB or so, made by the first call, destroyed by
 * sae_select_scratch_free) is kept between calls. `smallest` a vector [1, 1] f32: the smallest selected v, or
 * 0 when none is. */
struct sae_select_scratch {
    struct gpu_buffer *histogram, *ties;
};
enum base_status sae_select_batch(struct gpu *gpu, const struct sae_select_call *blocks, uint32_t n_blocks,
                                  uint64_t total, const struct linalg_matrix *smallest,
                                  struct sae_select_scratch *scratch);
void sae_select_scratch_free(struct gpu *gpu, struct sae_select_scratch *scratch);

#ifdef __cplusplus
}
#endif
#endif
