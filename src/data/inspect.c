#include "data/inspect.h"

#include "base/memory.h"
#include "io/json.h"
#include "io/tensor.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A file, opened, and what the checks of its tensors gave. */
struct inspection {
    struct io_file *file;
    uint64_t n_tensors;
    struct data_check *checks; /* one a tensor, NULL without --check */
    bool *checked;
};

static void inspection_end(struct inspection *inspection)
{
    io_close(&inspection->file);
    base_free(inspection->checks);
    base_free(inspection->checked);
}

static enum base_status inspection_begin(const char *path, const struct data_check_rows *check,
                                         struct inspection *inspection)
{
    enum base_status status;
    *inspection = (struct inspection){0};
    BASE_CHECK(io_open(path, &inspection->file));
    inspection->n_tensors = io_tensor_count(inspection->file);
    BASE_CHECK(base_allocate(&inspection->checked, inspection->n_tensors, sizeof(bool), path));
    if (!check)
        return BASE_OK;
    BASE_CHECK(base_allocate(&inspection->checks, inspection->n_tensors, sizeof *inspection->checks, path));
    uint64_t longest = 0;
    for (uint64_t i = 0; i < inspection->n_tensors; i++) {
        const struct io_tensor *tensor = io_tensor_at(inspection->file, i);
        if (tensor->dtype == IO_UNREADABLE || tensor->rank == 0)
            continue;
        BASE_CHECK(data_check_tensor(inspection->file, tensor, *check, &inspection->checks[i]));
        inspection->checked[i] = true;
        longest = base_maximum(longest, inspection->checks[i].all_rows);
    }
    if (check->from > 0 && check->from >= longest)
        BASE_CHECK(base_fail(BASE_ERROR_INPUT,
                             "%s: no tensor has a row %" PRIu64 "; the longest has %" PRIu64 " rows", path,
                             check->from, longest));
    return BASE_OK;
error:
    inspection_end(inspection);
    return status;
}

/* ---- text ---- */

static void print_check(const struct data_check *check, FILE *out)
{
    fprintf(out,
            "      values: %" PRIu64 " NaN, %" PRIu64 " Inf (in %" PRIu64 " rows); zero rows: %" PRIu64
            " of %" PRIu64 "\n",
            check->nan_values, check->inf_values, check->non_finite_rows, check->zero_rows, check->rows);
    if (check->rows < check->all_rows)
        fprintf(out, "              (rows from %" PRIu64 " on, %" PRIu64 " of %" PRIu64 ")\n", check->first,
                check->rows, check->all_rows);
    if (isnan(check->norm_mean))
        return;
    fprintf(out, "      row norms: minimum %.6g, 1 %% %.6g, median %.6g, 99 %% %.6g, maximum %.6g\n",
            check->norm_minimum, check->norm_01, check->norm_median, check->norm_99, check->norm_maximum);
    fprintf(out, "                 mean %.6g, root mean square %.6g\n", check->norm_mean, check->norm_rms);
    if (check->stride > 1)
        fprintf(out, "                 (1 %%, median and 99 %% of every %" PRIu64 "th row)\n", check->stride);
}

static void print_tensor(const struct io_tensor *tensor, int name_width, int type_width, FILE *out)
{
    char name[IO_PRINTABLE], type[IO_PRINTABLE], shape[IO_SHAPE_TEXT];
    fprintf(out, "  %-*s  %-*s  %s", name_width,
            tensor->name[0] ? io_printable(tensor->name, name) : "(array)", type_width,
            io_printable(tensor->dtype_name, type), io_shape_text(tensor, shape));
    if (tensor->fortran_order && tensor->rank > 1)
        fprintf(out, "  (Fortran order)");
    if (tensor->dtype == IO_UNREADABLE)
        fprintf(out, "  (cannot be read)");
    fprintf(out, "\n");
}

static void print_inspection(const struct inspection *inspection, FILE *out)
{
    const struct io_file *file = inspection->file;
    char first[IO_PRINTABLE], second[IO_PRINTABLE];
    int name_width = 7, type_width = 4;
    fprintf(out, "%s: %s, %" PRIu64 " bytes, %" PRIu64 " tensor%s\n", io_path(file), io_format_name(file),
            io_bytes(file), inspection->n_tensors, inspection->n_tensors == 1 ? "" : "s");
    for (uint64_t i = 0; i < io_metadata_count(file); i++) {
        const char *key, *value;
        io_metadata_at(file, i, &key, &value);
        fprintf(out, "  metadata %s: %s\n", io_printable(key, first), io_printable(value, second));
    }
    for (uint64_t i = 0; i < inspection->n_tensors; i++) {
        const struct io_tensor *tensor = io_tensor_at(file, i);
        int name = (int)strlen(io_printable(tensor->name, first));
        int type = (int)strlen(io_printable(tensor->dtype_name, second));
        name_width = name > name_width && name <= 60 ? name : name_width;
        type_width = type > type_width && type <= 20 ? type : type_width;
    }
    for (uint64_t i = 0; i < inspection->n_tensors; i++) {
        print_tensor(io_tensor_at(file, i), name_width, type_width, out);
        if (inspection->checked[i])
            print_check(&inspection->checks[i], out);
    }
}

/* ---- JSON ---- */

static json_t *check_value(const struct data_check *check)
{
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}}", "first_row",
        (json_int_t)check->first, "rows", (json_int_t)check->rows, "all_rows", (json_int_t)check->all_rows,
        "columns", (json_int_t)check->columns, "nan_values", (json_int_t)check->nan_values, "inf_values",
        (json_int_t)check->inf_values, "non_finite_rows", (json_int_t)check->non_finite_rows, "zero_rows",
        (json_int_t)check->zero_rows, "row_norms", "minimum", io_json_number(check->norm_minimum),
        "quantile_01", io_json_number(check->norm_01), "median", io_json_number(check->norm_median),
        "quantile_99", io_json_number(check->norm_99), "maximum", io_json_number(check->norm_maximum), "mean",
        io_json_number(check->norm_mean), "rms", io_json_number(check->norm_rms), "quantile_row_stride",
        (json_int_t)check->stride);
}

/* The two below give `value` up and NULL when a part could not be made: half a description is none. */
static json_t *whole_or_nothing(json_t *value, int failed)
{
    if (!failed)
        return value;
    json_decref(value);
    return NULL;
}

static json_t *tensor_value(const struct io_tensor *tensor, const struct data_check *check)
{
    const bool readable = tensor->dtype != IO_UNREADABLE;
    int failed = 0;
    json_t *shape = json_array();
    for (uint32_t i = 0; i < tensor->rank; i++)
        failed |= json_array_append_new(shape, json_integer((json_int_t)tensor->shape[i]));
    json_t *value = json_pack("{s:o, s:o, s:s, s:o, s:b, s:b, s:b}", "name", io_json_text(tensor->name),
                              "dtype_in_file", io_json_text(tensor->dtype_name), "dtype",
                              io_dtype_name(tensor->dtype), "shape", shape, "readable", readable,
                              "big_endian", tensor->big_endian, "fortran_order", tensor->fortran_order);
    if (check)
        failed |= json_object_set_new(value, "check", check_value(check));
    return whole_or_nothing(value, failed);
}

static json_t *inspection_value(const struct inspection *inspection)
{
    const struct io_file *file = inspection->file;
    json_t *metadata = json_object(), *tensors = json_array();
    int failed = 0;
    for (uint64_t i = 0; i < io_metadata_count(file); i++) {
        const char *key, *text;
        io_metadata_at(file, i, &key, &text);
        failed |= json_object_set_new(metadata, key, io_json_text(text));
    }
    for (uint64_t i = 0; i < inspection->n_tensors; i++)
        failed |= json_array_append_new(
            tensors,
            tensor_value(io_tensor_at(file, i), inspection->checked[i] ? &inspection->checks[i] : NULL));
    json_t *value = json_pack("{s:s, s:o, s:s, s:I, s:I, s:o, s:o}", "schema", "arclight.inspect/1", "path",
                              io_json_text(io_path(file)), "format", io_format_name(file), "bytes",
                              (json_int_t)io_bytes(file), "modified", (json_int_t)io_modified(file),
                              "metadata", metadata, "tensors", tensors);
    return whole_or_nothing(value, failed);
}

enum base_status data_inspect_json(const char *path, const struct data_check_rows *check, struct json_t **out)
{
    struct inspection inspection;
    BASE_TRY(inspection_begin(path, check, &inspection));
    *out = inspection_value(&inspection);
    inspection_end(&inspection);
    return *out ? BASE_OK
                : base_fail(BASE_ERROR_FILE_SYSTEM, "%s: out of host memory for its description", path);
}

/* The document and a newline; false when it could not be made. */
static bool print_json(json_t *value, FILE *out)
{
    char *text = value ? json_dumps(value, JSON_INDENT(2)) : NULL;
    json_decref(value);
    if (!text)
        return false;
    fprintf(out, "%s\n", text);
    free(text);
    return true;
}

enum base_status data_inspect(const char *path, const struct data_check_rows *check, bool json, FILE *out)
{
    struct inspection inspection;
    BASE_TRY(inspection_begin(path, check, &inspection));
    bool made = true;
    if (json)
        made = print_json(inspection_value(&inspection), out);
    else
        print_inspection(&inspection, out);
    inspection_end(&inspection);
    if (!made)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: out of host memory for its description", path);
    if (fflush(out) != 0 || ferror(out))
        return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: its description cannot be written: %s", path,
                         strerror(errno));
    return BASE_OK;
}
