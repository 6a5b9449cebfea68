/* What the parsers of this room share: the open file behind io_open. Not for other rooms. */
#ifndef ARCLIGHT_IO_FILE_H
#define ARCLIGHT_IO_FILE_H

#include "base/platform.h"
#include "io/tensor.h"

/* Bounds on what an untrusted header may ask for, checked before memory is spent on it. */
enum {
    IO_MAX_HEADER =
        16 << 20, /* bytes of a .safetensors header that are read; the format allows 100,000,000 */
    IO_MAX_NPY_HEADER = 10000,    /* characters of an .npy header, numpy's own bound */
    IO_MAX_TENSORS = 100000,      /* a file */
    IO_MAX_NAME = 4096,           /* bytes of a tensor's name */
    IO_MAX_DEPTH = 16,            /* nesting of a JSON header; real ones have 3 */
    IO_STAGING_BYTES = 256 << 10, /* a piece read before conversion: small enough to stay in the cache */
};

struct io_metadata {
    const char *key, *value;
};

struct io_archive; /* the zip behind an .npz */

struct io_file {
    struct base_file *file;
    char format_name[16];
    struct io_tensor *tensors;
    uint64_t n_tensors;
    struct io_metadata *metadata;
    uint64_t n_metadata;
    char **strings; /* everything the const char pointers above point to */
    size_t n_strings, strings_room;
    struct io_archive *archive; /* NULL but for .npz */
    void *staging;              /* IO_STAGING_BYTES, or NULL until needed */
};

/* A copy of text[0..length) that lives as long as the file. */
enum base_status io_keep_string(struct io_file *file, const char *text, size_t length, const char **out);

/* Room for `count` tensors, zeroed; n_tensors stays 0 and is counted up by the parser. */
enum base_status io_reserve_tensors(struct io_file *file, uint64_t count);

/* The product of the shape and of its non-zero sizes times `bits`, overflow-checked: false when the tensor
 * could not be addressed with 63 bits, even with its empty axes left out. *elements gets the product. */
bool io_count_elements(uint32_t rank, const uint64_t *shape, uint32_t bits, uint64_t *elements);

/* Looks a name of safetensors' words up: false when the format does not know it. *bits is per element. */
bool io_dtype_parse(const char *name, enum io_dtype *dtype, const char **kept_name, uint32_t *bits);

/* The parsers: fill tensors, metadata and format_name of a file whose `file` is open. */
enum base_status io_open_npy(struct io_file *file);
enum base_status io_open_npz(struct io_file *file);
enum base_status io_open_safetensors(struct io_file *file);
void io_archive_close(struct io_archive **archive); /* NULL-safe */

/* Reads the header in the first `available` bytes of an array of `bytes` bytes in all (available is `bytes`,
 * or at least IO_MAX_NPY_HEADER + 12). `where` names file and member in messages. Fills *tensor but for its
 * name, and *version with major * 10 + minor. */
enum base_status io_parse_npy(struct io_file *file, const char *where, const unsigned char *start,
                              size_t available, uint64_t bytes, struct io_tensor *tensor, int *version);

/* `bytes` bytes at `offset` from the tensor's first byte. */
enum base_status io_read_raw(struct io_file *file, const struct io_tensor *tensor, uint64_t offset,
                             void *memory, size_t bytes);
/* The same for a member of an .npz. */
enum base_status io_archive_read(struct io_file *file, uint64_t index, uint64_t offset, void *memory,
                                 size_t bytes);

/* Conversion of `count` elements as they stand in the file; big-endian ones are swapped in `raw` first. Half
 * and bfloat16 widen exactly, NaN payloads included. */
void io_convert_to_f32(const struct io_tensor *tensor, void *raw, uint64_t count, float *out);
/* For integer tensors; false when a U64 is above INT64_MAX. */
bool io_convert_to_i64(const struct io_tensor *tensor, void *raw, uint64_t count, int64_t *out);

#endif
