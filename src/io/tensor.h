/* Tensors in files: one view of .npy, .npz and .safetensors. The parsers behind it read untrusted bytes:
 * bounded, overflow-checked, nothing mapped; data are read with base_file_read in pieces, so files may exceed
 * memory. One open file serves one thread at a time.
 *
 * Sources: .npy is NumPy's NEP 1 and lib.format (versions 1.0 to 3.0, headers of up to 10,000 characters);
 * .npz is a zip archive of .npy members, stored or deflated, of which only those named *.npy count;
 * .safetensors is the format description in the README of its repository (headers of up to 16 MiB, 100,000
 * tensors). */
#ifndef ARCLIGHT_IO_TENSOR_H
#define ARCLIGHT_IO_TENSOR_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum io_dtype {
    IO_BOOL,
    IO_U8,
    IO_I8,
    IO_U16,
    IO_I16,
    IO_F16,
    IO_BF16,
    IO_U32,
    IO_I32,
    IO_F32,
    IO_U64,
    IO_I64,
    IO_F64,
    IO_UNREADABLE, /* known by name and refused (F8_E4M3, F4, C64, …): listed by inspect, never read */
};

const char *io_dtype_name(enum io_dtype dtype); /* "F32", … in safetensors' words */
uint32_t io_dtype_bytes(enum io_dtype dtype);   /* 0 for IO_UNREADABLE */
bool io_dtype_is_integer(enum io_dtype dtype);  /* BOOL counts as integer */

enum { IO_MAX_RANK = 8 };

struct io_tensor {
    const char *name;       /* "" for the one array of a .npy; owned by the file */
    const char *dtype_name; /* as the file words it; owned by the file */
    enum io_dtype dtype;
    bool big_endian;    /* .npy only */
    bool fortran_order; /* .npy only: the first index varies fastest on disk; hidden by io_read_rows */
    uint32_t rank;
    uint64_t shape[IO_MAX_RANK];
    uint64_t elements; /* product of shape; 1 for rank 0 */
    uint64_t offset;   /* bytes from the start of the file (of the unpacked member for .npz) */
};

struct io_file;

/* Opens and checks the header. The format is found from the content, not from the name. BASE_ERROR_INPUT with
 * the file's name and the fault. The caller closes. */
enum base_status io_open(const char *path, struct io_file **out);
void io_close(struct io_file **file); /* NULL-safe */

const char *io_path(const struct io_file *file);
const char *io_format_name(const struct io_file *file); /* "npy 1.0", "npz", "safetensors" */
uint64_t io_bytes(const struct io_file *file);
int64_t io_modified(const struct io_file *file); /* seconds since 1970 */

uint64_t io_tensor_count(const struct io_file *file);
const struct io_tensor *io_tensor_at(const struct io_file *file, uint64_t index);
/* `__metadata__` pairs of a .safetensors; zero for the others. */
uint64_t io_metadata_count(const struct io_file *file);
void io_metadata_at(const struct io_file *file, uint64_t index, const char **key, const char **value);

/* The tensor called `name`; NULL or "" stands for the only tensor of rank `rank` (0: any rank). On failure
 * BASE_ERROR_INPUT and a message that lists what the file has (name, dtype, shape). */
enum base_status io_find(const struct io_file *file, const char *name, uint32_t rank,
                         const struct io_tensor **out);

/* Reads rows [from, from + count) of a tensor seen as [shape[0], product of the rest], row-major, as f32: F64
 * and wide integers round to nearest; F64 beyond f32 becomes Inf. `out` is [count, columns]. A rank-1 tensor
 * is one column. Reads only these rows from disk (a Fortran-order array costs one run of reads a column). */
enum base_status io_read_rows(struct io_file *file, const struct io_tensor *tensor, uint64_t from,
                              uint64_t count, float *out);
/* The same for integer tensors, exact; U64 above INT64_MAX is BASE_ERROR_INPUT. */
enum base_status io_read_integers(struct io_file *file, const struct io_tensor *tensor, uint64_t from,
                                  uint64_t count, int64_t *out);

/* Rows [from, from + count) of matrix `step` of a rank-3 tensor [steps, rows, columns]: out is [count,
 * columns]. */
enum base_status io_read_step_rows(struct io_file *file, const struct io_tensor *tensor, uint64_t step,
                                   uint64_t from, uint64_t count, float *out);

/* `text` (UTF-8) without the control characters that could steer a terminal, cut with "..." where it is
 * longer than the buffer; returns the buffer. For every name or value out of a file that is shown to the
 * user. */
enum { IO_PRINTABLE = 256, IO_SHAPE_TEXT = 200 };
const char *io_printable(const char *text, char buffer[IO_PRINTABLE]);
/* "[3, 4]"; returns the buffer. */
const char *io_shape_text(const struct io_tensor *tensor, char buffer[IO_SHAPE_TEXT]);

/* Splits "FILE:TENSOR" at the last colon that leaves an existing path, else at the last one, into new strings
 * (base_free both; *tensor NULL when there is none). A path that exists as a whole is taken as a path even
 * when it has a colon. */
enum base_status io_split_name(const char *argument, char **path, char **tensor);

/* ---- writing ---- */

struct base_output;
/* Writes an .npy 1.0 header (2.0 when it does not fit) for a C-order array of this dtype; the data follow by
 * base_output_write. *header_bytes, when not NULL, gets the header's length. */
enum base_status io_write_npy_header(struct base_output *output, enum io_dtype dtype, uint32_t rank,
                                     const uint64_t *shape, uint64_t *header_bytes);
/* A whole array under `path`, committed. `data` is elements x io_dtype_bytes, native order. */
enum base_status io_write_npy(const char *path, enum io_dtype dtype, uint32_t rank, const uint64_t *shape,
                              const void *data);

struct io_named_array {
    const char *name;
    enum io_dtype dtype;
    uint32_t rank;
    uint64_t shape[IO_MAX_RANK];
    const void *data; /* not owned */
};
/* A .safetensors with these tensors and metadata pairs (keys and values alternating, `n_metadata` pairs). */
enum base_status io_write_safetensors(const char *path, const struct io_named_array *arrays,
                                      uint64_t n_arrays, const char *const *metadata, uint64_t n_metadata);
/* The beginning of a .safetensors, for data that are written as they come: the header of these arrays (their
 * `data` are not looked at) in *text, to be freed with base_free, *bytes of it: the shortest, or with *bytes
 * above 0 padded with blanks to just that, which must suffice. Data stand behind it without gaps, in the
 * order of the arrays, all of which must have elements of one width or come widest first. `path` names the
 * file in messages. */
enum base_status io_safetensors_header(const char *path, const struct io_named_array *arrays,
                                       uint64_t n_arrays, const char *const *metadata, uint64_t n_metadata,
                                       char **text, uint64_t *bytes);
/* Text under `path`, committed. */
enum base_status io_write_text(const char *path, const char *text, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
