#include "io/json.h"

#include "base/memory.h"

#include <jansson.h>
#include <math.h>

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
