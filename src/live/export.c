#include "live/export.h"

#include "base/memory.h"
#include "base/platform.h"
#include "live/probe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

char *live_export_name(const char *folder, const char *stem, const char *word, uint64_t number,
                       const char *extension)
{
    char name[256];
    for (unsigned attempt = 1; attempt < 10000; attempt++) {
        char numbered[64] = "", again[16] = "";
        if (word)
            snprintf(numbered, sizeof numbered, "-%.30s-%06llu", word, (unsigned long long)number);
        if (attempt > 1)
            snprintf(again, sizeof again, "-%u", attempt);
        snprintf(name, sizeof name, "%.120s%s%s%s%.10s", stem, numbered, again, extension ? "." : "",
                 extension ? extension : "");
        char *path = folder ? base_path_join(folder, name) : base_copy_string(name);
        if (!path || !base_path_exists(path))
            return path;
        base_free(path);
    }
    return NULL;
}

/* ---- numbers ---- */

/* The first `count` numbers as shown, in doubles; integers and floats are exact in them (64-bit counts below
 * 2^53). */
static enum base_status download(struct gpu *gpu, const struct view_values *values, uint32_t count,
                                 double *numbers)
{
    uint32_t *low = NULL, *high = NULL;
    uint64_t stride = values->stride ? values->stride : 1;
    uint64_t words = count ? (count - 1) * stride + 1 : 0;
    enum base_status status = base_allocate(&low, words, 4, "exported numbers");
    if (status != BASE_OK)
        return status;
    BASE_CHECK(gpu_download(gpu, values->buffer, values->offset, low, 4 * words));
    if (values->number == VIEW_U64) {
        BASE_CHECK(base_allocate(&high, words, 4, "exported numbers"));
        BASE_CHECK(gpu_download(gpu, values->buffer, values->high_offset, high, 4 * words));
    }
    double scale = values->scale != 0 ? (double)values->scale : 1;
    for (uint32_t k = 0; k < count; k++) {
        uint64_t at = k * stride;
        float real;
        memcpy(&real, &low[at], 4);
        double raw = values->number == VIEW_F32 ? (double)real
                                                : (double)((high ? (uint64_t)high[at] << 32 : 0) | low[at]);
        numbers[k] = scale * raw + (double)values->bias;
    }
error:
    base_free(low);
    base_free(high);
    return status;
}

/* The fewest digits that read back as the same number, of a float where `is_float`; whole numbers without an
 * exponent; nothing for NaN. */
static void write_number(struct base_output *output, double number, bool is_float)
{
    char text[40];
    if (isnan(number))
        return;
    int length = 0;
    for (int digits = 1; digits <= 17; digits++) {
        length = snprintf(text, sizeof text, "%.*g", digits, number);
        double back = strtod(text, NULL);
        if (back == number || (is_float && (float)back == (float)number))
            break;
    }
    if (fabs(number) < 1e15 && number == floor(number))
        length = snprintf(text, sizeof text, "%.0f", number);
    base_output_write(output, text, (size_t)length);
}

static void write_text(struct base_output *output, const char *text)
{
    base_output_write(output, text, strlen(text));
}

/* Quoted where it must be. */
static void write_name(struct base_output *output, const char *name, const char *unit)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s%s%s%s", name, unit ? " (" : "", unit ? unit : "", unit ? ")" : "");
    if (!strpbrk(whole, ",\"\r\n")) {
        write_text(output, whole);
        return;
    }
    write_text(output, "\"");
    for (const char *c = whole; *c; c++) {
        base_output_write(output, c, 1);
        if (*c == '"')
            base_output_write(output, c, 1);
    }
    write_text(output, "\"");
}

/* Floats as they are, neither scaled nor moved. */
static bool plain_floats(const struct view_values *values)
{
    return values->buffer && values->number == VIEW_F32 && (values->scale == 0 || values->scale == 1) &&
           values->bias == 0;
}

static double number_of(const struct live_column *column, const double *downloaded, uint32_t row)
{
    if (downloaded)
        return downloaded[row];
    if (column->host)
        return column->host[row];
    if (column->host_float)
        return (double)column->host_float[row];
    return column->first + row * column->step;
}

enum base_status live_export_csv(const char *path, struct gpu *gpu, const struct live_column *columns,
                                 uint32_t n_columns, uint32_t rows)
{
    double **downloaded = NULL;
    struct base_output *output = NULL;
    enum base_status status = base_allocate(&downloaded, n_columns, sizeof *downloaded, "exported columns");
    if (status != BASE_OK)
        return status;
    for (uint32_t c = 0; c < n_columns; c++) {
        if (!columns[c].values.buffer)
            continue;
        if (columns[c].values.count < rows)
            BASE_CHECK(base_fail(BASE_ERROR_INTERNAL, "%s: %u numbers for %u rows", columns[c].name,
                                 columns[c].values.count, rows));
        BASE_CHECK(base_allocate(&downloaded[c], rows, sizeof **downloaded, "exported numbers"));
        BASE_CHECK(download(gpu, &columns[c].values, rows, downloaded[c]));
    }
    BASE_CHECK(base_output_open(path, &output));
    for (uint32_t c = 0; c < n_columns; c++) {
        write_text(output, c ? "," : "");
        write_name(output, columns[c].name, columns[c].unit);
    }
    write_text(output, "\n");
    for (uint32_t row = 0; row < rows; row++) {
        for (uint32_t c = 0; c < n_columns; c++) {
            write_text(output, c ? "," : "");
            if (columns[c].words) {
                write_name(output, columns[c].words[row], NULL);
                continue;
            }
            write_number(output, number_of(&columns[c], downloaded[c], row),
                         plain_floats(&columns[c].values) || columns[c].host_float);
        }
        write_text(output, "\n");
    }
    status = base_output_commit(&output);
error:
    for (uint32_t c = 0; c < n_columns; c++)
        base_free(downloaded[c]);
    base_free(downloaded);
    return status;
}

enum base_status live_export_matrix(const char *path, struct gpu *gpu, const struct live_matrix *matrix)
{
    double *numbers = NULL;
    struct base_output *output = NULL;
    char text[96];
    enum base_status status =
        base_allocate(&numbers, matrix->values.count, sizeof *numbers, "exported numbers");
    if (status != BASE_OK)
        return status;
    BASE_CHECK(download(gpu, &matrix->values, matrix->values.count, numbers));
    BASE_CHECK(base_output_open(path, &output));
    snprintf(text, sizeof text, "%.40s", matrix->row ? matrix->row : "row");
    write_name(output, text, NULL);
    for (uint32_t column = 0; column < matrix->columns; column++) {
        snprintf(text, sizeof text, "%.40s %u", matrix->column ? matrix->column : "column",
                 matrix->first + column);
        write_text(output, ",");
        write_name(output, text, NULL);
    }
    for (uint32_t row = 0; row < matrix->rows; row++) {
        snprintf(text, sizeof text, "\n%u", matrix->first + row);
        write_text(output, text);
        for (uint32_t column = 0; column < matrix->columns; column++) {
            uint32_t index;
            write_text(output, ",");
            if (live_cell_index(matrix->cells, matrix->rows, matrix->columns, row, column, &index) &&
                index < matrix->values.count)
                write_number(output, numbers[index], plain_floats(&matrix->values));
        }
    }
    write_text(output, "\n");
    status = base_output_commit(&output);
error:
    base_free(numbers);
    return status;
}

/* ---- recordings ---- */

static char *frame_path(const struct live_recorder *recorder, uint64_t frame)
{
    char name[40];
    snprintf(name, sizeof name, "frame-%06llu.png", (unsigned long long)frame);
    return base_path_join(recorder->folder, name);
}

enum base_status live_recorder_start(struct live_recorder *recorder, const char *folder,
                                     double frames_a_second)
{
    *recorder = (struct live_recorder){.frames_a_second = frames_a_second > 0 ? frames_a_second : 30};
    if (strlen(folder) >= sizeof recorder->folder)
        return base_fail(BASE_ERROR_USAGE, "%.60s…: the folder's name is too long", folder);
    snprintf(recorder->folder, sizeof recorder->folder, "%s", folder);
    BASE_TRY(base_folder_make(folder));
    char *first = frame_path(recorder, 1);
    bool taken = first && base_path_exists(first);
    base_free(first);
    if (taken)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "%s holds frames already; name another folder", folder);
    recorder->on = true;
    return BASE_OK;
}

enum base_status live_recorder_frame(struct live_recorder *recorder, struct view_canvas *canvas)
{
    if (!recorder->on)
        return BASE_OK;
    char *path = frame_path(recorder, recorder->frames + 1);
    enum base_status status =
        path ? view_canvas_write_png(canvas, path, NULL, 0)
             : base_fail(BASE_ERROR_FILE_SYSTEM, "%s: no memory to write a frame", recorder->folder);
    base_free(path);
    if (status == BASE_OK)
        recorder->frames++;
    else
        recorder->on = false;
    return status;
}

void live_recorder_stop(struct live_recorder *recorder)
{
    recorder->on = false;
}

uint64_t live_recorder_time_ns(const struct live_recorder *recorder)
{
    return (uint64_t)llround((double)recorder->frames * 1e9 / recorder->frames_a_second);
}
