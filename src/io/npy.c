/* The .npy format, versions 1.0 to 3.0 (numpy's NEP 1 and its lib/format documentation). The header is a
 * Python literal; the parser here knows one dictionary of three keys and nothing of Python beyond it. */
#include "io/file.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

struct literal {
    const char *where; /* file, and member of an archive */
    const char *at, *end;
    bool allow_long; /* Python 2 wrote an L after integers */
};

static enum base_status header_fault(const struct literal *text, const char *what)
{
    return base_fail(BASE_ERROR_INPUT, "%s: damaged .npy header: %s; write the array again with numpy.save",
                     text->where, what);
}

static void skip_space(struct literal *text)
{
    while (text->at < text->end &&
           (*text->at == ' ' || *text->at == '\t' || *text->at == '\n' || *text->at == '\r'))
        text->at++;
}

static bool take(struct literal *text, char wanted)
{
    skip_space(text);
    if (text->at >= text->end || *text->at != wanted)
        return false;
    text->at++;
    return true;
}

/* A quoted string without escapes: no key and no type has any. */
static bool take_string(struct literal *text, const char **start, size_t *length)
{
    skip_space(text);
    if (text->at >= text->end || (*text->at != '\'' && *text->at != '"'))
        return false;
    char quote = *text->at++;
    *start = text->at;
    while (text->at < text->end && *text->at != quote) {
        unsigned char c = (unsigned char)*text->at++;
        if (c == '\\' || c < 0x20)
            return false;
    }
    *length = (size_t)(text->at - *start);
    return take(text, quote);
}

static bool take_word(struct literal *text, const char *word)
{
    skip_space(text);
    size_t length = strlen(word);
    if ((size_t)(text->end - text->at) < length || memcmp(text->at, word, length) != 0)
        return false;
    text->at += length;
    return true;
}

static bool take_integer(struct literal *text, uint64_t *value)
{
    skip_space(text);
    const char *first = text->at;
    *value = 0;
    while (text->at < text->end && *text->at >= '0' && *text->at <= '9') {
        if (BASE_MULTIPLY_OVERFLOWS(*value, (uint64_t)10, value) ||
            BASE_ADD_OVERFLOWS(*value, (uint64_t)(*text->at - '0'), value))
            return false;
        text->at++;
    }
    if (text->at == first || (*first == '0' && text->at - first > 1)) /* 010 was octal in Python 2 */
        return false;
    if (text->allow_long && text->at < text->end && *text->at == 'L')
        text->at++;
    return true;
}

static enum base_status parse_shape(struct literal *text, struct io_tensor *tensor)
{
    if (!take(text, '('))
        return header_fault(text, "the shape is not a tuple");
    bool comma = true;
    while (!take(text, ')')) {
        uint64_t size;
        if (!comma || !take_integer(text, &size))
            return header_fault(text, "the shape is not a tuple of non-negative integers below 2^64");
        if (tensor->rank == IO_MAX_RANK)
            return base_fail(BASE_ERROR_INPUT, "%s: the array has more than %d axes; reshape it", text->where,
                             IO_MAX_RANK);
        tensor->shape[tensor->rank++] = size;
        comma = take(text, ',');
    }
    if (tensor->rank == 1 && !comma)
        return header_fault(text, "the shape is not a tuple");
    return BASE_OK;
}

/* A structured or sub-array type: a list or tuple, skipped so that the array can be listed. */
static enum base_status skip_structure(struct literal *text)
{
    int depth = 0;
    do {
        const char *start;
        size_t length;
        skip_space(text);
        if (text->at >= text->end)
            return header_fault(text, "its type does not end");
        char c = *text->at;
        if (c == '\'' || c == '"') {
            if (!take_string(text, &start, &length))
                return header_fault(text, "a string in its type does not end");
            continue;
        }
        if (c == '[' || c == '(')
            depth++;
        if (c == ']' || c == ')')
            depth--;
        text->at++;
    } while (depth > 0);
    return BASE_OK;
}

static const struct {
    char kind[3];
    enum io_dtype dtype;
} readable_types[] = {
    {"b1", IO_BOOL}, {"u1", IO_U8},  {"i1", IO_I8},  {"u2", IO_U16}, {"i2", IO_I16}, {"f2", IO_F16},
    {"u4", IO_U32},  {"i4", IO_I32}, {"f4", IO_F32}, {"u8", IO_U64}, {"i8", IO_I64}, {"f8", IO_F64},
};

/* "<f4" and its like. Types that numpy has and Arclight cannot read stay IO_UNREADABLE, under their own name.
 */
static enum base_status parse_type(struct io_file *file, struct literal *text, struct io_tensor *tensor)
{
    const char *type;
    size_t length;
    tensor->dtype = IO_UNREADABLE;
    skip_space(text);
    if (text->at < text->end && (*text->at == '[' || *text->at == '(')) {
        tensor->dtype_name = "structured";
        return skip_structure(text);
    }
    if (!take_string(text, &type, &length))
        return header_fault(text, "its type is not a string");
    if (length < 2 || length > 64 || !strchr("<>|", type[0]) || !strchr("biufcmMOSUV", type[1]))
        return header_fault(text, "its type is none of numpy's");
    for (size_t i = 0; i < length; i++)
        if (type[i] < 0x21 || type[i] > 0x7e)
            return header_fault(text, "its type is none of numpy's");
    BASE_TRY(io_keep_string(file, type, length, &tensor->dtype_name));
    for (size_t i = 0; length == 3 && i < sizeof readable_types / sizeof readable_types[0]; i++) {
        bool wide = type[2] != '1';
        if (memcmp(type + 1, readable_types[i].kind, 2) != 0 || (wide && type[0] == '|'))
            continue;
        tensor->dtype = readable_types[i].dtype;
        tensor->big_endian = wide && type[0] == '>';
    }
    return BASE_OK;
}

/* The keys may come in any order, each once; commas may trail. */
static enum base_status parse_dictionary(struct io_file *file, struct literal *text, struct io_tensor *tensor)
{
    bool have_type = false, have_order = false, have_shape = false, comma = true;
    if (!take(text, '{'))
        return header_fault(text, "it is not a dictionary");
    while (!take(text, '}')) {
        const char *key;
        size_t length;
        if (!comma || !take_string(text, &key, &length) || !take(text, ':'))
            return header_fault(text, "it is not a dictionary of descr, fortran_order and shape");
        if (length == 5 && memcmp(key, "descr", 5) == 0 && !have_type) {
            have_type = true;
            BASE_TRY(parse_type(file, text, tensor));
        } else if (length == 13 && memcmp(key, "fortran_order", 13) == 0 && !have_order) {
            have_order = true;
            tensor->fortran_order = take_word(text, "True");
            if (!tensor->fortran_order && !take_word(text, "False"))
                return header_fault(text, "fortran_order is neither True nor False");
        } else if (length == 5 && memcmp(key, "shape", 5) == 0 && !have_shape) {
            have_shape = true;
            BASE_TRY(parse_shape(text, tensor));
        } else {
            return header_fault(text, "it has a key twice, or one that is not descr, fortran_order or shape");
        }
        comma = take(text, ',');
    }
    skip_space(text);
    if (text->at != text->end)
        return header_fault(text, "something follows the dictionary");
    if (!have_type || !have_order || !have_shape)
        return header_fault(text, "descr, fortran_order or shape is missing");
    return BASE_OK;
}

/* Magic, version and header length. */
static enum base_status parse_preamble(const char *where, const unsigned char *start, size_t available,
                                       size_t *header_start, size_t *header_bytes, int *version)
{
    if (available < 10 || memcmp(start, "\x93NUMPY", 6) != 0)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: not an .npy array: it lacks the magic bytes or ends within them", where);
    int major = start[6], minor = start[7];
    if (minor != 0 || major < 1 || major > 3)
        return base_fail(BASE_ERROR_INPUT, "%s: .npy version %d.%d is not known (1.0, 2.0 and 3.0 are)",
                         where, major, minor);
    *version = major * 10 + minor;
    *header_start = major == 1 ? 10 : 12;
    if (available < *header_start)
        return base_fail(BASE_ERROR_INPUT, "%s: truncated: it ends within the .npy header", where);
    uint64_t length = start[8] | (uint64_t)start[9] << 8;
    if (major > 1)
        length |= (uint64_t)start[10] << 16 | (uint64_t)start[11] << 24;
    if (length > IO_MAX_NPY_HEADER)
        return base_fail(BASE_ERROR_INPUT, "%s: the .npy header claims %llu bytes; at most %d are read",
                         where, (unsigned long long)length, IO_MAX_NPY_HEADER);
    if (length > available - *header_start)
        return base_fail(BASE_ERROR_INPUT, "%s: truncated: it ends within the .npy header", where);
    *header_bytes = (size_t)length;
    return BASE_OK;
}

enum base_status io_parse_npy(struct io_file *file, const char *where, const unsigned char *start,
                              size_t available, uint64_t bytes, struct io_tensor *tensor, int *version)
{
    size_t header_start = 0, header_bytes = 0;
    BASE_TRY(parse_preamble(where, start, available, &header_start, &header_bytes, version));
    const char *header = (const char *)start + header_start;
    struct literal text = {where, header, header + header_bytes, *version <= 20};
    BASE_TRY(parse_dictionary(file, &text, tensor));
    tensor->offset = header_start + header_bytes;
    uint32_t size = io_dtype_bytes(tensor->dtype);
    if (!io_count_elements(tensor->rank, tensor->shape, 8 * (size ? size : 1), &tensor->elements))
        return base_fail(BASE_ERROR_INPUT, "%s: the shape in the .npy header is larger than any file can be",
                         where);
    if (tensor->dtype == IO_UNREADABLE)
        return BASE_OK;
    uint64_t wanted = tensor->elements * size, there = bytes - tensor->offset;
    if (there < wanted)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: truncated: the header promises %llu bytes of data, %llu are there", where,
                         (unsigned long long)wanted, (unsigned long long)there);
    if (there > wanted)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: padded: the header promises %llu bytes of data, %llu are there; a file "
                         "holds one array: write each into its own, or use numpy.savez",
                         where, (unsigned long long)wanted, (unsigned long long)there);
    return BASE_OK;
}

enum base_status io_open_npy(struct io_file *file)
{
    unsigned char start[IO_MAX_NPY_HEADER + 12];
    uint64_t bytes = base_file_size(file->file);
    size_t available = (size_t)base_minimum(bytes, sizeof start);
    int version;
    BASE_TRY(io_reserve_tensors(file, 1));
    BASE_TRY(base_file_read(file->file, 0, start, available));
    BASE_TRY(
        io_parse_npy(file, base_file_path(file->file), start, available, bytes, &file->tensors[0], &version));
    file->tensors[0].name = "";
    file->n_tensors = 1;
    snprintf(file->format_name, sizeof file->format_name, "npy %u.%u", (unsigned)version / 10 % 10,
             (unsigned)version % 10);
    return BASE_OK;
}
