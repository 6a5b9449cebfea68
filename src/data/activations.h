/* A set of activation files as one stream of rows: one or many shards, files or folders of files, each
 * [rows, d] (or [steps, rows, d] with a step chosen), all of one width. */
#ifndef ARCLIGHT_DATA_ACTIVATIONS_H
#define ARCLIGHT_DATA_ACTIVATIONS_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct data_activations;

struct data_open_parameters {
    const char *const *arguments; /* FILE, FILE:TENSOR or folder (its .safetensors, .npy and .npz, by name) */
    uint32_t n_arguments;
    uint64_t rows_from, rows_to; /* half-open; rows_to 0: to the end */
    uint64_t step; /* for rank-3 tensors [steps, rows, d]; UINT64_MAX: rank 3 is refused with a hint */
    /* The arguments are inputs of the same rows, and no shards: row r is row r of the first, then row r of
     * the second, and so on. */
    bool side_by_side;
};

/* Opens every shard and checks that the widths agree, or the numbers of rows side by side. BASE_ERROR_INPUT:
 * nothing found, widths or rows differ (both files named), no rows, range outside. The caller closes. */
enum base_status data_open(const struct data_open_parameters *parameters, struct data_activations **out);
void data_close(struct data_activations **activations); /* NULL-safe */

/* Calls `visit` for each file of a folder that data_open takes (.safetensors, .npy or .npz, not hidden), in
 * its order, until one fails. BASE_ERROR_INPUT when there is none. */
typedef enum base_status data_file_visitor(void *context, const char *path);
enum base_status data_visit_folder(const char *folder, data_file_visitor *visit, void *context);

uint64_t data_rows(const struct data_activations *activations); /* after rows_from and rows_to */
uint32_t data_width(const struct data_activations *activations);
/* Values at the front of a row whose norm counts where rows of great norm are left out: all, or those of the
 * first of several inputs. */
uint32_t data_norm_width(const struct data_activations *activations);
/* The whole set's rows, and which of them row 0 of data_read is. */
uint64_t data_all_rows(const struct data_activations *activations);
uint64_t data_first_row(const struct data_activations *activations);

/* One line a shard for the run record. */
struct data_shard_information {
    const char *path;
    const char *tensor;
    const char *dtype;
    uint64_t rows;
    uint64_t bytes;   /* of the file */
    int64_t modified; /* seconds since 1970 */
};
uint32_t data_shard_count(const struct data_activations *activations);
struct data_shard_information data_shard_at(const struct data_activations *activations, uint32_t index);

/* Rows [from, from + count) of the set as f32 [count, width], across shard boundaries. */
enum base_status data_read(struct data_activations *activations, uint64_t from, uint64_t count, float *out);

/* What one pass over all rows says; in double. Rows with NaN or Inf are counted and left out of everything
 * else. */
struct data_summary {
    uint64_t rows; /* all */
    uint64_t non_finite_rows;
    uint64_t zero_rows;
    double *mean;                                            /* [width], over finite rows */
    double mean_norm;                                        /* |mean| */
    double rms;                                              /* sqrt(mean over finite rows of |x|^2) */
    double norm_minimum, norm_median, norm_99, norm_maximum; /* of finite rows; quantiles by full sort */
    uint64_t nan_values, inf_values;
};
enum base_status data_summarise(struct data_activations *activations, struct data_summary *summary);
void data_summary_free(struct data_summary *summary); /* NULL-safe members */

/* Integer labels, one a row of the set: FILE:TENSOR of rank 1 with as many elements as the set has rows
 * before rows_from and rows_to; the same range is taken. *labels [data_rows] is freed with base_free. */
enum base_status data_read_labels(const struct data_activations *activations, const char *argument,
                                  int64_t **labels);

#ifdef __cplusplus
}
#endif
#endif
