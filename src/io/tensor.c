#include "io/tensor.h"

#include "base/memory.h"
#include "io/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the open file ---- */

enum base_status io_keep_string(struct io_file *file, const char *text, size_t length, const char **out)
{
    if (file->n_strings == file->strings_room) {
        size_t room = file->strings_room ? 2 * file->strings_room : 16;
        char **larger;
        BASE_TRY(base_allocate(&larger, room, sizeof *larger, "names"));
        if (file->n_strings > 0)
            memcpy(larger, file->strings, file->n_strings * sizeof *larger);
        base_free(file->strings);
        file->strings = larger;
        file->strings_room = room;
    }
    char *copy;
    BASE_TRY(base_allocate(&copy, length + 1, 1, "a name"));
    memcpy(copy, text, length);
    file->strings[file->n_strings++] = copy;
    *out = copy;
    return BASE_OK;
}

enum base_status io_reserve_tensors(struct io_file *file, uint64_t count)
{
    return base_allocate(&file->tensors, (size_t)count, sizeof *file->tensors, base_file_path(file->file));
}

/* What people hand over by mistake, by its first bytes. */
static const struct {
    const char *start;
    size_t bytes;
    const char *what;
} strangers[] = {
    {"version https://git-lfs", 23, "a Git LFS pointer, not the file itself: fetch it with git lfs pull"},
    {"\x89HDF", 4, "an HDF5 file: save the array with numpy.save"},
    {"GGUF", 4, "a GGUF model: Arclight reads recorded activations, not models"},
    {"PAR1", 4, "a Parquet file: save the columns with numpy.save"},
    {"\x80\x02", 2, "a pickle, which Arclight never runs: save the tensors with safetensors or numpy.save"},
    {"\x80\x04", 2, "a pickle, which Arclight never runs: save the tensors with safetensors or numpy.save"},
    {"\x1f\x8b", 2, "packed with gzip: unpack it first"},
};

static enum base_status open_by_content(struct io_file *file)
{
    const char *path = base_file_path(file->file);
    unsigned char start[32] = {0};
    size_t bytes = (size_t)base_minimum(base_file_size(file->file), sizeof start);
    if (bytes == 0)
        return base_fail(BASE_ERROR_INPUT, "%s: the file is empty", path);
    BASE_TRY(base_file_read(file->file, 0, start, bytes));
    if (bytes >= 6 && memcmp(start, "\x93NUMPY", 6) == 0)
        return io_open_npy(file);
    if (bytes >= 4 && (memcmp(start, "PK\3\4", 4) == 0 || memcmp(start, "PK\5\6", 4) == 0))
        return io_open_npz(file);
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++)
        if (bytes >= strangers[i].bytes && memcmp(start, strangers[i].start, strangers[i].bytes) == 0)
            return base_fail(BASE_ERROR_INPUT, "%s: %s", path, strangers[i].what);
    if (bytes < 8)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: truncated, or neither .npy, .npz nor .safetensors: it has %zu bytes", path,
                         bytes);
    return io_open_safetensors(file);
}

enum base_status io_open(const char *path, struct io_file **out)
{
    struct io_file *file = NULL;
    *out = NULL;
    BASE_TRY(base_allocate(&file, 1, sizeof *file, path));
    enum base_status status = base_file_open(path, &file->file);
    if (status == BASE_OK)
        status = open_by_content(file);
    if (status != BASE_OK)
        io_close(&file);
    *out = file;
    return status;
}

void io_close(struct io_file **file)
{
    if (!*file)
        return;
    io_archive_close(&(*file)->archive);
    base_file_close(&(*file)->file);
    for (size_t i = 0; i < (*file)->n_strings; i++)
        base_free((*file)->strings[i]);
    base_free((*file)->strings);
    base_free((*file)->metadata);
    base_free((*file)->tensors);
    base_free((*file)->staging);
    base_free(*file);
    *file = NULL;
}

const char *io_path(const struct io_file *file)
{
    return base_file_path(file->file);
}

const char *io_format_name(const struct io_file *file)
{
    return file->format_name;
}

uint64_t io_bytes(const struct io_file *file)
{
    return base_file_size(file->file);
}

int64_t io_modified(const struct io_file *file)
{
    return base_file_modified(file->file);
}

uint64_t io_tensor_count(const struct io_file *file)
{
    return file->n_tensors;
}

const struct io_tensor *io_tensor_at(const struct io_file *file, uint64_t index)
{
    return &file->tensors[index];
}

uint64_t io_metadata_count(const struct io_file *file)
{
    return file->n_metadata;
}

void io_metadata_at(const struct io_file *file, uint64_t index, const char **key, const char **value)
{
    *key = file->metadata[index].key;
    *value = file->metadata[index].value;
}

/* ---- words ---- */

const char *io_printable(const char *text, char buffer[IO_PRINTABLE])
{
    size_t used = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        unsigned char c = (unsigned char)text[i];
        bool after_c2 = i > 0 && (unsigned char)text[i - 1] == 0xc2;
        /* Cut between characters; a run of continuation bytes is no UTF-8 and is cut anywhere. */
        if (used >= IO_PRINTABLE - 4 || (used >= IO_PRINTABLE - 8 && (c & 0xc0) != 0x80)) {
            memcpy(buffer + used, "...", 3);
            used += 3;
            break;
        }
        /* Control characters could steer a terminal: C0, DEL, and C1, which UTF-8 writes as C2 80 to C2 9F.
         */
        bool control = c < 0x20 || c == 0x7f || (after_c2 && c >= 0x80 && c < 0xa0);
        if (control && after_c2 && used > 0)
            used--;
        buffer[used++] = control ? '?' : (char)c;
    }
    buffer[used] = '\0';
    return buffer;
}

const char *io_shape_text(const struct io_tensor *tensor, char buffer[IO_SHAPE_TEXT])
{
    int used = snprintf(buffer, IO_SHAPE_TEXT, "[");
    for (uint32_t i = 0; i < tensor->rank; i++)
        used += snprintf(buffer + used, IO_SHAPE_TEXT - (size_t)used, "%s%llu", i ? ", " : "",
                         (unsigned long long)tensor->shape[i]);
    snprintf(buffer + used, IO_SHAPE_TEXT - (size_t)used, "]");
    return buffer;
}

/* "a F32 [3, 4], b I64 [3]": what the file has, as far as a message can hold it. */
static const char *list_tensors(const struct io_file *file, char *text, size_t room)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint64_t i = 0; i < file->n_tensors; i++) {
        char name[IO_PRINTABLE], shape[IO_SHAPE_TEXT], line[IO_PRINTABLE + IO_SHAPE_TEXT + 128];
        const struct io_tensor *tensor = &file->tensors[i];
        int length =
            snprintf(line, sizeof line, "%s%s%s%.64s %s", i ? "; " : "", io_printable(tensor->name, name),
                     tensor->name[0] ? " " : "", tensor->dtype_name, io_shape_text(tensor, shape));
        if (used + (size_t)length + 48 > room) {
            snprintf(text + used, room - used, "; and %llu more", (unsigned long long)(file->n_tensors - i));
            break;
        }
        memcpy(text + used, line, (size_t)length + 1);
        used += (size_t)length;
    }
    return text[0] ? text : "nothing";
}

enum { LIST = 2048 };

/* ---- finding ---- */

static enum base_status refuse_unreadable(const struct io_file *file, const struct io_tensor *tensor)
{
    char name[IO_PRINTABLE], type[IO_PRINTABLE];
    const char *advice = "convert it to float16 or float32 first";
    if (strchr(tensor->dtype_name, 'O') && tensor->dtype_name[0] != 'B')
        advice = "pickled Python objects, which Arclight never runs: save the numbers as a plain array";
    else if (strcmp(tensor->dtype_name, "structured") == 0)
        advice = "save each field as an array of its own";
    return base_fail(BASE_ERROR_INPUT, "%s: %s%s%sis of type %s, which Arclight cannot read (%s)",
                     io_path(file), tensor->name[0] ? "tensor \"" : "the array ",
                     io_printable(tensor->name, name), tensor->name[0] ? "\" " : "",
                     io_printable(tensor->dtype_name, type), advice);
}

static enum base_status find_by_name(const struct io_file *file, const char *name, uint32_t rank,
                                     const struct io_tensor **out)
{
    char list[LIST], shown[IO_PRINTABLE], shape[IO_SHAPE_TEXT];
    for (uint64_t i = 0; i < file->n_tensors; i++) {
        const struct io_tensor *tensor = &file->tensors[i];
        if (strcmp(tensor->name, name) != 0)
            continue;
        if (tensor->dtype == IO_UNREADABLE)
            return refuse_unreadable(file, tensor);
        if (rank != 0 && tensor->rank != rank)
            return base_fail(BASE_ERROR_INPUT,
                             "%s: tensor \"%s\" is %u-D, %s, where a %u-D one is wanted; there: %s",
                             io_path(file), io_printable(name, shown), tensor->rank,
                             io_shape_text(tensor, shape), rank, list_tensors(file, list, sizeof list));
        *out = tensor;
        return BASE_OK;
    }
    return base_fail(BASE_ERROR_INPUT, "%s: no tensor \"%s\"; there: %s", io_path(file),
                     io_printable(name, shown), list_tensors(file, list, sizeof list));
}

enum base_status io_find(const struct io_file *file, const char *name, uint32_t rank,
                         const struct io_tensor **out)
{
    char list[LIST], wanted[32] = "tensor";
    const struct io_tensor *found = NULL, *unreadable = NULL;
    uint64_t matches = 0;
    *out = NULL;
    if (name && name[0] != '\0')
        return find_by_name(file, name, rank, out);
    for (uint64_t i = 0; i < file->n_tensors; i++) {
        const struct io_tensor *tensor = &file->tensors[i];
        if (rank != 0 && tensor->rank != rank)
            continue;
        if (tensor->dtype == IO_UNREADABLE)
            unreadable = tensor;
        else
            found = tensor, matches++;
    }
    if (matches == 1) {
        *out = found;
        return BASE_OK;
    }
    if (matches == 0 && unreadable)
        return refuse_unreadable(file, unreadable);
    if (rank != 0)
        snprintf(wanted, sizeof wanted, "%u-D tensor", rank);
    if (matches == 0)
        return base_fail(BASE_ERROR_INPUT, "%s: no %s in it; there: %s", io_path(file), wanted,
                         list_tensors(file, list, sizeof list));
    return base_fail(BASE_ERROR_INPUT,
                     "%s: %llu tensors could be meant; choose one as FILE:TENSOR; there: %s", io_path(file),
                     (unsigned long long)matches, list_tensors(file, list, sizeof list));
}

enum base_status io_split_name(const char *argument, char **path, char **tensor)
{
    *tensor = NULL;
    *path = base_copy_string(argument);
    if (!*path)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name %s", argument);
    char *last = strrchr(*path, ':');
    if (!last || base_path_exists(argument))
        return BASE_OK;
    /* Names of tensors have colons too ("layer:0"), so the longest part that is there is the path. */
    char *split = last;
    for (char *colon = last; colon; colon = strrchr(*path, ':')) {
        *colon = '\0';
        if (base_path_exists(*path)) {
            split = colon;
            break;
        }
    }
    size_t at = (size_t)(split - *path);
    strcpy(*path, argument);
    (*path)[at] = '\0';
    *tensor = base_copy_string(argument + at + 1);
    if (!*tensor) {
        base_free(*path);
        *path = NULL;
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name %s", argument);
    }
    return BASE_OK;
}
