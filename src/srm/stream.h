/* The rows of a source as a sequence of device blocks for one basis. A set that fits one block is read once
 * and stays there, however often it is walked. */
#ifndef ARCLIGHT_SRM_STREAM_H
#define ARCLIGHT_SRM_STREAM_H

#include "srm/block.h"
#include "srm/source.h"

#ifdef __cplusplus
extern "C" {
#endif

struct srm_stream_parameters {
    struct srm_source source;
    uint32_t vectors;     /* m */
    const double *basis;  /* [m, width] unit rows, or NULL for the standard basis; used during create only */
    float quantise_scale; /* of the counter */
    uint64_t most_bytes;  /* of device memory for a block; at least one row is always held */
};

struct srm_stream {
    struct srm_source source;
    struct gpu_buffer *basis; /* NULL for the standard basis */
    float quantise_scale;
    struct srm_block block; /* rows of the block loaded last */
    uint64_t *numbers;      /* [block.rows] their places in the set */
    float *host;            /* [capacity, width] */
    uint64_t rows;          /* of the set */
    uint32_t blocks;
    uint32_t loaded; /* which block stands there; UINT32_MAX: none */
    uint64_t taken;  /* rows of all blocks that were finite (and carried the label): after the first walk */
    uint32_t walked; /* blocks that `taken` covers */
};

/* BASE_ERROR_DEVICE_MEMORY when not even one row fits one binding. */
enum base_status srm_stream_create(struct gpu *gpu, const struct srm_stream_parameters *parameters,
                                   struct srm_stream *stream);
void srm_stream_destroy(struct gpu *gpu, struct srm_stream *stream);

/* Makes block `index` < stream->blocks the one that stands in stream->block. */
enum base_status srm_stream_load(struct gpu *gpu, struct srm_stream *stream, uint32_t index);

#ifdef __cplusplus
}
#endif
#endif
