/* What `arclight inspect` says of one file: format, tensors, metadata and, when asked, what the values are
 * like. */
#ifndef ARCLIGHT_DATA_INSPECT_H
#define ARCLIGHT_DATA_INSPECT_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct io_file;
struct io_tensor;
struct json_t; /* jansson's */

/* The rows [from, to) of each tensor that are checked; to 0: to the end. What lies behind a tensor's end is
 * left out. */
struct data_check_rows {
    uint64_t from, to;
};

/* The values of one tensor seen as rows [product of the rest, last axis]. Norms are Euclidean, of the rows
 * without NaN or Inf; when there are none the norms are NaN. */
struct data_check {
    uint64_t first, rows, columns; /* row `first` and those behind it, `rows` in all */
    uint64_t all_rows;             /* of the tensor */
    uint64_t nan_values, inf_values;
    uint64_t non_finite_rows, zero_rows;
    double norm_minimum, norm_maximum, norm_mean, norm_rms;
    double norm_01, norm_median, norm_99; /* quantiles, of every `stride`-th row: 1 up to 2^24 rows */
    uint64_t stride;
};

/* One pass over rows of a readable tensor of rank >= 1, block by block. BASE_ERROR_INPUT when it cannot be
 * read or when one row does not fit into 256 MiB; BASE_INTERRUPTED after Ctrl-C. */
enum base_status data_check_tensor(struct io_file *file, const struct io_tensor *tensor,
                                   struct data_check_rows rows, struct data_check *check);

/* Opens `path` and prints it as text, or as one JSON document, and a newline. With `check` these rows of
 * every readable tensor of rank >= 1 are read (NULL: nothing is); one that cannot be checked is said to be
 * so. Fails as io_open and data_check_tensor do, with BASE_ERROR_INPUT when no tensor has the first of the
 * rows, and with BASE_ERROR_FILE_SYSTEM when `out` cannot be written; nothing is printed when opening or
 * checking failed. */
enum base_status data_inspect(const char *path, const struct data_check_rows *check, bool json, FILE *out);

/* The JSON document, schema "arclight.inspect/1"; the caller releases it with json_decref. */
enum base_status data_inspect_json(const char *path, const struct data_check_rows *check,
                                   struct json_t **out);

#ifdef __cplusplus
}
#endif
#endif
