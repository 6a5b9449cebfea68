/* The .safetensors format (its README, "Format", and the checks of its Rust reader): eight bytes of header
 * length, a JSON header, and the data without holes or overlaps. Everything the header says is checked
 * against the file. */
#include "io/file.h"

#include "base/log.h"
#include "base/memory.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT_MAX_HEADER = 100000000, PREAMBLE = 8 };

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Bounds what the JSON parser will be asked to build: nesting, containers and values. Says nothing about
 * syntax. */
static enum base_status bound_header(const char *path, const char *text, size_t length)
{
    uint64_t depth = 0, containers = 0, values = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            in_string = c != '"';
            continue;
        }
        in_string = c == '"';
        values += c == ',';
        containers += c == '{' || c == '[';
        depth += c == '{' || c == '[';
        depth -= (c == '}' || c == ']') && depth > 0;
        if (depth > IO_MAX_DEPTH)
            return base_fail(BASE_ERROR_INPUT,
                             "%s: the header nests deeper than %d levels; a .safetensors header has "
                             "three, so this file is damaged or hostile",
                             path, IO_MAX_DEPTH);
    }
    if (containers > 3 * IO_MAX_TENSORS + 2 || values > 16 * IO_MAX_TENSORS)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: the header describes more than %d tensors; split the file into shards", path,
                         IO_MAX_TENSORS);
    return BASE_OK;
}

/* The header as text, *length bytes of it; the caller frees. */
static enum base_status read_header(struct base_file *file, char **text, size_t *length)
{
    const char *path = base_file_path(file);
    unsigned char preamble[PREAMBLE];
    uint64_t size = base_file_size(file), claimed = 0;
    BASE_TRY(base_file_read(file, 0, preamble, PREAMBLE));
    for (int i = PREAMBLE - 1; i >= 0; i--)
        claimed = claimed << 8 | preamble[i];
    if (claimed > FORMAT_MAX_HEADER)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: neither .npy, .npz nor .safetensors: as a .safetensors its header would "
                         "have %llu bytes, and the format allows %d",
                         path, (unsigned long long)claimed, FORMAT_MAX_HEADER);
    if (claimed > IO_MAX_HEADER)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: the header claims %llu bytes; at most %d are read: split the file "
                         "into shards",
                         path, (unsigned long long)claimed, IO_MAX_HEADER);
    if (claimed > size - PREAMBLE)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: truncated, or not a .safetensors file: the header claims %llu bytes "
                         "where %llu are left; fetch the file again",
                         path, (unsigned long long)claimed, (unsigned long long)(size - PREAMBLE));
    BASE_TRY(base_allocate(text, (size_t)claimed + 1, 1, path));
    *length = (size_t)claimed;
    enum base_status status = base_file_read(file, PREAMBLE, *text, *length);
    size_t first = 0;
    while (first < *length && is_space((*text)[first]))
        first++;
    if (status == BASE_OK && (first == *length || (*text)[first] != '{'))
        status =
            base_fail(BASE_ERROR_INPUT,
                      "%s: neither .npy, .npz nor .safetensors: as a .safetensors its header does not begin "
                      "with '{'",
                      path);
    if (status == BASE_OK && first > 0)
        base_log(BASE_LOG_VERBOSE, "%s: the header begins with white space, which the format does not allow",
                 path);
    if (status == BASE_OK)
        status = bound_header(path, *text, *length);
    if (status != BASE_OK) {
        base_free(*text);
        *text = NULL;
    }
    return status;
}

static enum base_status parse_metadata(struct io_file *file, const json_t *pairs)
{
    const char *path = base_file_path(file->file), *key;
    json_t *value;
    if (!json_is_object(pairs))
        return base_fail(BASE_ERROR_INPUT, "%s: __metadata__ is not an object", path);
    BASE_TRY(base_allocate(&file->metadata, json_object_size(pairs), sizeof *file->metadata, path));
    json_object_foreach((json_t *)pairs, key, value)
    {
        char shown[IO_PRINTABLE];
        if (!json_is_string(value))
            return base_fail(BASE_ERROR_INPUT,
                             "%s: __metadata__ \"%s\" is not a string; the format allows only "
                             "strings there",
                             path, io_printable(key, shown));
        struct io_metadata *pair = &file->metadata[file->n_metadata++];
        BASE_TRY(io_keep_string(file, key, strlen(key), &pair->key));
        BASE_TRY(io_keep_string(file, json_string_value(value), json_string_length(value), &pair->value));
    }
    return BASE_OK;
}

static enum base_status entry_fault(const struct io_file *file, const char *name, const char *what)
{
    char shown[IO_PRINTABLE];
    return base_fail(BASE_ERROR_INPUT, "%s: tensor \"%s\": %s; the file is damaged, fetch or write it again",
                     base_file_path(file->file), io_printable(name, shown), what);
}

static bool natural_number(const json_t *value, uint64_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

/* One tensor; *begin and *end are its place in the data, END exclusive. */
static enum base_status parse_entry(struct io_file *file, const char *name, const json_t *entry,
                                    struct io_tensor *tensor, uint64_t *begin, uint64_t *end)
{
    if (strlen(name) > IO_MAX_NAME)
        return entry_fault(file, name, "the name is longer than 4,096 bytes");
    if (!json_is_object(entry))
        return entry_fault(file, name, "its entry is not an object");
    const json_t *dtype = json_object_get(entry, "dtype");
    const json_t *shape = json_object_get(entry, "shape");
    const json_t *offsets = json_object_get(entry, "data_offsets");
    uint32_t bits;
    if (!json_is_string(dtype) || !json_is_array(shape) || !json_is_array(offsets))
        return entry_fault(file, name, "dtype, shape or data_offsets is missing or of the wrong kind");
    if (!io_dtype_parse(json_string_value(dtype), &tensor->dtype, &tensor->dtype_name, &bits))
        return entry_fault(file, name, "its dtype is none of the format's");
    if (json_array_size(shape) > IO_MAX_RANK)
        return entry_fault(file, name, "it has more than 8 axes");
    tensor->rank = (uint32_t)json_array_size(shape);
    for (uint32_t i = 0; i < tensor->rank; i++)
        if (!natural_number(json_array_get(shape, i), &tensor->shape[i]))
            return entry_fault(file, name, "its shape is not a list of non-negative integers");
    if (json_array_size(offsets) != 2 || !natural_number(json_array_get(offsets, 0), begin) ||
        !natural_number(json_array_get(offsets, 1), end) || *end < *begin)
        return entry_fault(file, name, "its data_offsets are not [begin, end] with begin <= end");
    if (!io_count_elements(tensor->rank, tensor->shape, bits, &tensor->elements))
        return entry_fault(file, name, "its shape is larger than any file can be");
    if (tensor->elements * bits % 8 != 0 || tensor->elements * bits / 8 != *end - *begin)
        return entry_fault(file, name, "its data_offsets do not agree with its shape and dtype");
    if (json_object_size(entry) > 3) {
        char shown[IO_PRINTABLE];
        base_log(BASE_LOG_VERBOSE, "%s: tensor \"%s\" has fields that the format does not know; ignored",
                 base_file_path(file->file), io_printable(name, shown));
    }
    return io_keep_string(file, name, strlen(name), &tensor->name);
}

struct place {
    uint64_t begin, end;
    struct io_tensor tensor;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->tensor.name, y->tensor.name);
}

/* The data must be tiled exactly: no hole, no overlap, nothing after the last tensor. */
static enum base_status place_tensors(struct io_file *file, struct place *places, uint64_t count,
                                      uint64_t data_start)
{
    uint64_t data_bytes = base_file_size(file->file) - data_start, filled = 0;
    qsort(places, count, sizeof *places, compare_places);
    for (uint64_t i = 0; i < count; i++) {
        if (places[i].begin > filled)
            return entry_fault(file, places[i].tensor.name, "bytes before it belong to no tensor (a hole)");
        if (places[i].begin < filled)
            return entry_fault(file, places[i].tensor.name, "it overlaps the tensor before it");
        if (places[i].end > data_bytes)
            return entry_fault(file, places[i].tensor.name, "truncated: it ends beyond the end of the file");
        filled = places[i].end;
        places[i].tensor.offset = data_start + places[i].begin;
        file->tensors[file->n_tensors++] = places[i].tensor;
    }
    if (filled < data_bytes)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: padded: the tensors take %llu bytes, %llu are there; fetch or write the "
                         "file again",
                         base_file_path(file->file), (unsigned long long)filled,
                         (unsigned long long)data_bytes);
    return BASE_OK;
}

static enum base_status parse_tensors(struct io_file *file, const json_t *root, uint64_t data_start)
{
    enum base_status status;
    const char *path = base_file_path(file->file), *name;
    struct place *places = NULL;
    uint64_t count = 0;
    json_t *value;
    if (json_object_size(root) > IO_MAX_TENSORS + 1)
        return base_fail(BASE_ERROR_INPUT, "%s: more than %d tensors; split the file into shards", path,
                         IO_MAX_TENSORS);
    BASE_CHECK(io_reserve_tensors(file, json_object_size(root)));
    BASE_CHECK(base_allocate(&places, json_object_size(root) + 1, sizeof *places, path));
    json_object_foreach((json_t *)root, name, value)
    {
        if (strcmp(name, "__metadata__") == 0) {
            BASE_CHECK(parse_metadata(file, value));
            continue;
        }
        struct place *place = &places[count++];
        BASE_CHECK(parse_entry(file, name, value, &place->tensor, &place->begin, &place->end));
    }
    status = place_tensors(file, places, count, data_start);
error:
    base_free(places);
    return status;
}

enum base_status io_open_safetensors(struct io_file *file)
{
    const char *path = base_file_path(file->file);
    char *text = NULL;
    size_t length = 0;
    json_error_t fault;
    BASE_TRY(read_header(file->file, &text, &length));
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
    base_free(text);
    if (!root && json_error_code(&fault) == json_error_out_of_memory)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: out of host memory for its header", path);
    if (!root) {
        char shown[IO_PRINTABLE];
        return base_fail(BASE_ERROR_INPUT,
                         "%s: the header is not valid JSON: %s (byte %d of the header); fetch or "
                         "write the file again",
                         path, io_printable(fault.text, shown), fault.position);
    }
    enum base_status status = parse_tensors(file, root, PREAMBLE + (uint64_t)length);
    json_decref(root);
    snprintf(file->format_name, sizeof file->format_name, "safetensors");
    return status;
}
