/* A block of rows on the device, ready to be counted: coordinates in the basis, norms, and a byte a
 * coordinate for the quick rejection. */
#ifndef ARCLIGHT_SRM_BLOCK_H
#define ARCLIGHT_SRM_BLOCK_H

#include "base/status.h"
#include "gpu/gpu.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct srm_block {
    uint32_t capacity;  /* rows */
    uint32_t width;     /* d */
    uint32_t vectors;   /* m */
    uint32_t stride;    /* elements between rows of coordinates, a multiple of 4 */
    uint32_t words;     /* ceil(m / 4) */
    uint32_t rows;      /* held now */
    uint32_t dominants; /* bytes >= 64 among the quantised: what the dominant kernel would start from */
    double likely_hits; /* (row, plane) pairs that pass the quick rejection, estimated from a sample of rows;
                           all planes i < j */
    bool standard;      /* the coordinates are the prepared rows themselves */
    struct gpu_buffer *prepared;    /* f32 [capacity, stride of width] */
    struct gpu_buffer *norms;       /* vec2 [capacity]: squared norm of the scaled row, scale */
    struct gpu_buffer *coordinates; /* f32 [capacity, stride]; `prepared` for the standard basis */
    struct gpu_buffer *quantised;   /* uint [capacity, words] */
    struct gpu_buffer *dominant_count;
};

/* Bytes on the device for a block. */
uint64_t srm_block_bytes(uint32_t capacity, uint32_t width, uint32_t vectors, bool standard);
/* The most rows a block may have so that each of its buffers fits one binding. */
uint32_t srm_block_most_rows(const struct gpu *gpu, uint32_t width, uint32_t vectors);

enum base_status srm_block_create(struct gpu *gpu, uint32_t capacity, uint32_t width, uint32_t vectors,
                                  bool standard, struct srm_block *block);
void srm_block_destroy(struct gpu *gpu, struct srm_block *block);

/* Fills the block from rows[n, width] on the host, n <= capacity. `basis`: f32 [m, stride of width] on the
 * device, NULL for the standard basis. `scale` as in struct srm_quantise_params. Waits, to learn the number
 * of dominants. */
enum base_status srm_block_fill(struct gpu *gpu, struct srm_block *block, struct gpu_buffer *basis,
                                float scale, const float *rows, uint32_t n);

/* Elements between rows of `width` values on the device: the next multiple of 4. */
uint32_t srm_stride(uint32_t width);

/* A vector set [m, width] in double turned, as f32 [width, srm_stride(m)] on the device; the caller destroys
 * it. */
enum base_status srm_upload_vectors(struct gpu *gpu, const double *vectors, uint32_t m, uint32_t width,
                                    struct gpu_buffer **out);

#ifdef __cplusplus
}
#endif
#endif
