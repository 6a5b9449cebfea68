/* Strict parsers: the whole text or nothing. strtod and strtoll skip blanks and take hexadecimal, "inf" and
 * "nan", so the characters are looked at first; the program never calls setlocale, so the decimal sign is
 * always a point. */
#include "base/memory.h"
#include "cli/values.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A decimal number of `length` characters at `text`; false when anything else stands there. */
static bool read_real(const char *text, size_t length, double *value)
{
    char copy[64];
    if (length == 0 || length >= sizeof copy || strspn(text, "0123456789+-.eE") < length)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    char *end;
    *value = strtod(copy, &end);
    return *end == '\0' && isfinite(*value);
}

static bool read_integer(const char *text, size_t length, int64_t *value)
{
    char copy[32];
    size_t sign = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    if (length <= sign || length >= sizeof copy || strspn(text + sign, "0123456789") < length - sign)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    errno = 0;
    *value = strtoll(copy, NULL, 10);
    return errno == 0;
}

enum base_status cli_parse_integer(const char *label, const char *text, int64_t minimum, int64_t maximum,
                                   int64_t *value)
{
    if (!read_integer(text, strlen(text), value) || *value < minimum || *value > maximum)
        return base_fail(BASE_ERROR_USAGE, "%s: '%s' is not a whole number from %" PRId64 " to %" PRId64,
                         label, text, minimum, maximum);
    return BASE_OK;
}

enum base_status cli_parse_reals(const char *label, const char *text, double minimum, double maximum,
                                 double **values, uint32_t *count)
{
    *values = NULL;
    *count = 0;
    uint32_t items = 1;
    for (const char *c = text; *c; c++)
        items += *c == ',';
    double *list = NULL;
    BASE_TRY(base_allocate(&list, items, sizeof *list, label));
    const char *item = text;
    for (uint32_t i = 0; i < items; i++) {
        size_t length = strcspn(item, ",");
        if (!read_real(item, length, &list[i]) || list[i] < minimum || list[i] > maximum) {
            base_free(list);
            return base_fail(BASE_ERROR_USAGE, "%s: '%.*s' is not a number from %g to %g", label, (int)length,
                             item, minimum, maximum);
        }
        item += length + 1;
    }
    *values = list;
    *count = items;
    return BASE_OK;
}

enum base_status cli_parse_range(const char *label, const char *text, uint64_t *from, uint64_t *to)
{
    const char *colon = strchr(text, ':');
    int64_t first = 0, end = 0;
    bool understood = colon && text[0] != '-' && colon[1] != '-';
    if (understood && colon != text)
        understood = read_integer(text, (size_t)(colon - text), &first);
    if (understood && colon[1] != '\0')
        understood = read_integer(colon + 1, strlen(colon + 1), &end);
    if (!understood)
        return base_fail(
            BASE_ERROR_USAGE,
            "%s: '%s' is not a range; write FROM:TO with whole numbers, e.g. 0:1000 for the first "
            "thousand rows, or leave one of them out",
            label, text);
    if (colon[1] != '\0' && end <= first)
        return base_fail(BASE_ERROR_USAGE,
                         "%s: '%s' holds no row: TO is not counted in and must be above FROM", label, text);
    *from = (uint64_t)first;
    *to = (uint64_t)end;
    return BASE_OK;
}

enum base_status cli_parse_bytes(const char *label, const char *text, uint64_t *bytes)
{
    static const struct {
        const char *suffix;
        double factor;
    } units[] = {{"", 1}, {"B", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};
    size_t digits = strspn(text, "0123456789.");
    double number = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(text + digits, units[i].suffix) != 0 || !read_real(text, digits, &number))
            continue;
        number *= units[i].factor;
        if (number < 1 || number > 9e18)
            break;
        *bytes = (uint64_t)number;
        return BASE_OK;
    }
    return base_fail(BASE_ERROR_USAGE, "%s: '%s' is not a size; write e.g. 4096, 300MiB or 1GiB", label,
                     text);
}
