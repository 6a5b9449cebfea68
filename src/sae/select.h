/* Which latents of a row are active: the thresholds that TopK and BatchTopK select by. */
#ifndef ARCLIGHT_SAE_SELECT_H
#define ARCLIGHT_SAE_SELECT_H

#include "linalg/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Both look at v[r, i] = pi[r, i] * weights[i] (one f32 multiplication; weights empty: v = pi) and give for
 * each row r a pair of words, selection[r] = {threshold as f32 bits, quota}: entry i is selected when v >
 * threshold, or when v == threshold and fewer than `quota` entries before it in the row equal the threshold.
 * NaN is never selected, and neither is a v that is not above 2^-126, the smallest normal number: what is no
 * number or nearly denormal counts as 0, factors too, because devices differ in it. Whoever acts on a
 * selection asks sae_is_selected of shaders/sae/key.glsl about sae_key or sae_weighted_key of the entry.
 * Where fewer positive entries exist than were asked for, all are selected. The threshold is above 0 (but
 * for a row without entries); where nothing at all is selected it is infinite. counts[r] is how many are
 * selected.
 *
 *   pi         [rows, n] f32 (any stride), n up to 2^20
 *   weights    a vector [1, n] f32, or a matrix without elements
 *   selection  a vector [1, 2 rows] of words
 *   counts     a vector [1, rows] uint32
 *   chosen     [rows, room] of words, its stride its width, or without elements; room is at least k or n.
 *              sae_select_rows alone writes it: the selected columns of a row in any order, or
 *              SAE_SELECT_UNLISTED in a row's first word where it did not have them at hand (many equal
 *              values, or k of several hundred)
 *
 * The same selections on every device for the same pi and weights. BASE_ERROR_INTERNAL for shapes that do not
 * fit each other or their buffers. Strides, offsets and n that are multiples of four are read faster. */
struct sae_select_call {
    struct linalg_matrix pi, weights, selection, counts, chosen;
    uint64_t candidates; /* about how many entries of a row can be selected, where that is known and fewer
                            than n; 0: n. No result depends on it */
};

/* The k greatest positive entries of each row; ties go to the lower index. A k above n is n. */
enum base_status sae_select_rows(struct gpu *gpu, const struct sae_select_call *call, uint64_t k);

/* The `total` greatest positive entries of all blocks together (blocks of rows of one batch, in order); ties
 * go to the lower row, then the lower index. All blocks together have fewer than 2^32 entries. `smallest` a
 * vector [1, 1] f32: the smallest selected v, or 0 when none is.
 *
 * `scratch` begins as zeros, is made by the first call (33 KiB and 4 bytes a row, growing with the number of
 * rows: BASE_ERROR_DEVICE_MEMORY), kept by the caller between calls and freed with sae_select_scratch_free.
 */
struct sae_select_scratch {
    struct gpu_buffer *histogram, *ties;
};
enum base_status sae_select_batch(struct gpu *gpu, const struct sae_select_call *blocks, uint32_t n_blocks,
                                  uint64_t total, const struct linalg_matrix *smallest,
                                  struct sae_select_scratch *scratch);
void sae_select_scratch_free(struct gpu *gpu, struct sae_select_scratch *scratch); /* NULL-safe members */

/* The same at a given level, where the kernels have it and the shapes allow it; for self-tests. */
enum base_status sae_select_rows_at(struct gpu *gpu, enum gpu_level level, const struct sae_select_call *call,
                                    uint64_t k);
enum base_status sae_select_batch_at(struct gpu *gpu, enum gpu_level level,
                                     const struct sae_select_call *blocks, uint32_t n_blocks, uint64_t total,
                                     const struct linalg_matrix *smallest,
                                     struct sae_select_scratch *scratch);

#ifdef __cplusplus
}
#endif
#endif
