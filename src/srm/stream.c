#include "srm/stream.h"

#include "base/memory.h"
#include "base/platform.h"

/* Small enough that a group of count_tiles.comp stays short, large enough that a block is worth its
 * dispatches. */
enum { MOST_ROWS_A_BLOCK = 1 << 16 };

enum base_status srm_stream_create(struct gpu *gpu, const struct srm_stream_parameters *parameters,
                                   struct srm_stream *stream)
{
    *stream = (struct srm_stream){
        .source = parameters->source,
        .quantise_scale = parameters->quantise_scale,
        .rows = data_rows(parameters->source.activations),
        .loaded = UINT32_MAX,
    };
    uint32_t width = data_width(parameters->source.activations), vectors = parameters->vectors;
    bool standard = parameters->basis == NULL;
    uint64_t capacity = srm_block_most_rows(gpu, width, vectors);
    if (capacity == 0)
        return base_fail(BASE_ERROR_DEVICE_MEMORY,
                         "one row of %u values or %u coordinates exceeds what this device can bind at once "
                         "(%llu bytes); use fewer basis vectors or another device",
                         width, vectors, (unsigned long long)gpu_capabilities(gpu)->storage_range_bytes);
    capacity = base_minimum(capacity, base_minimum(stream->rows, MOST_ROWS_A_BLOCK));
    uint64_t fitting = parameters->most_bytes / srm_block_bytes(1, width, vectors, standard);
    capacity = base_maximum(1, base_minimum(capacity, fitting));
    stream->blocks = (uint32_t)base_divide_up(stream->rows, capacity);
    enum base_status status;
    BASE_CHECK(base_allocate(&stream->host, capacity * width, sizeof *stream->host, "a block of rows"));
    BASE_CHECK(base_allocate(&stream->numbers, capacity, sizeof *stream->numbers, "row numbers"));
    if (!standard)
        BASE_CHECK(srm_upload_vectors(gpu, parameters->basis, vectors, width, &stream->basis));
    BASE_CHECK(srm_block_create(gpu, (uint32_t)capacity, width, vectors, standard, &stream->block));
    return BASE_OK;
error:
    srm_stream_destroy(gpu, stream);
    return status;
}

void srm_stream_destroy(struct gpu *gpu, struct srm_stream *stream)
{
    srm_block_destroy(gpu, &stream->block);
    gpu_buffer_destroy(gpu, &stream->basis);
    base_free(stream->numbers);
    base_free(stream->host);
    *stream = (struct srm_stream){0};
}

enum base_status srm_stream_load(struct gpu *gpu, struct srm_stream *stream, uint32_t index)
{
    if (stream->loaded == index)
        return BASE_OK;
    if (base_interrupted())
        return base_fail(BASE_INTERRUPTED, "interrupted");
    stream->loaded = UINT32_MAX;
    uint64_t from = (uint64_t)index * stream->block.capacity, kept;
    uint64_t count = base_minimum(stream->block.capacity, stream->rows - from);
    BASE_TRY(srm_source_read(&stream->source, from, count, stream->host, stream->numbers, &kept));
    BASE_TRY(srm_block_fill(gpu, &stream->block, stream->basis, stream->quantise_scale, stream->host,
                            (uint32_t)kept));
    stream->loaded = index;
    if (index == stream->walked) {
        stream->taken += kept;
        stream->walked++;
    }
    return BASE_OK;
}
