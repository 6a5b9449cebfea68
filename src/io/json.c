#include "io/json.h"

#include "base/memory.h"
#include "base/platform.h"
#include "io/tensor.h"

#include <jansson.h>
#include <math.h>

enum { MAX_BYTES = 16 << 20, MAX_DEPTH = 64, MAX_VALUES = 1000000 };

/* What the parser would build, bounded before it begins; says nothing about syntax. */
static enum base_status bound(const char *where, const char *text, size_t length)
{
    uint64_t depth = 0, values = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
            continue;
        }
        in_string = c == '"';
        values += c == ',' || c == '{' || c == '[';
        depth += c == '{' || c == '[';
        depth -= (c == '}' || c == ']') && depth > 0;
        if (depth > MAX_DEPTH)
            return base_fail(BASE_ERROR_INPUT, "%s: nests deeper than %d levels", where, MAX_DEPTH);
    }
    if (values > MAX_VALUES)
        return base_fail(BASE_ERROR_INPUT, "%s: more than %d values", where, MAX_VALUES);
    return BASE_OK;
}

enum base_status io_json_parse(const char *where, const char *text, size_t length, json_t **json)
{
    json_error_t error;
    char shown[IO_PRINTABLE];
    *json = NULL;
    if (length > MAX_BYTES)
        return base_fail(BASE_ERROR_INPUT, "%s: larger than the %d bytes that are read of a JSON file", where,
                         MAX_BYTES);
    BASE_TRY(bound(where, text, length));
    *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!*json)
        return base_fail(BASE_ERROR_INPUT, "%s: not valid JSON, line %d: %s", where, error.line,
                         io_printable(error.text, shown));
    return BASE_OK;
}

enum base_status io_json_read(const char *path, json_t **json)
{
    struct base_file *file;
    char *text = NULL;
    *json = NULL;
    BASE_TRY(base_file_open(path, &file));
    enum base_status status;
    uint64_t bytes = base_file_size(file);
    if (bytes > MAX_BYTES)
        BASE_CHECK(base_fail(BASE_ERROR_INPUT, "%s: larger than the %d bytes that are read of a JSON file",
                             path, MAX_BYTES));
    BASE_CHECK(base_allocate(&text, (size_t)bytes + 1, 1, path));
    BASE_CHECK(base_file_read(file, 0, text, (size_t)bytes));
    status = io_json_parse(path, text, (size_t)bytes, json);
error:
    base_free(text);
    base_file_close(&file);
    return status;
}

json_t *io_json_text(const char *text)
{
    if (!text)
        return json_null();
    json_t *value = json_string(text);
    char *copy = value ? NULL : base_copy_string(text);
    if (!copy)
        return value;
    for (char *c = copy; *c; c++)
        *c = (unsigned char)*c < 0x80 ? *c : '?';
    value = json_string(copy);
    base_free(copy);
    return value;
}

json_t *io_json_number(double number)
{
    return isfinite(number) ? json_real(number) : json_null();
}
