#include "base/memory.h"
#include "io/tensor.h"
#include "sae/options.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

/* ---- writing ---- */

static json_t *value_to_json(const struct sae_option *option, const struct sae_config *config)
{
    const char *at = (const char *)config + option->offset;
    double value = sae_option_value(option, config);
    uint64_t wide;
    switch (option->kind) {
    case SAE_OPTION_U32:
        return json_integer((json_int_t)value);
    case SAE_OPTION_U64:
        memcpy(&wide, at, sizeof wide);
        return json_integer((json_int_t)wide);
    case SAE_OPTION_REAL:
        return json_real(value);
    case SAE_OPTION_FLAG:
        return json_boolean(value != 0);
    case SAE_OPTION_WORD:
        break;
    }
    return json_string(option->words[(unsigned)value]);
}

json_t *sae_config_to_json(const struct sae_config *config)
{
    json_t *object = json_object(), *widths = json_array();
    int failed = !object || !widths;
    failed |= json_object_set_new(object, "arch", json_string(config->kind->name));
    for (const struct sae_option *option = sae_options; option->name; option++)
        failed |= json_object_set_new(object, option->name, value_to_json(option, config));
    for (uint32_t i = 0; i < config->n_widths; i++)
        failed |= json_array_append_new(widths, json_integer(config->widths[i]));
    failed |= json_object_set(object, "widths", widths);
    json_decref(widths);
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* ---- reading ---- */

static enum base_status bad(const char *where, const char *key, const char *wanted)
{
    char printable[IO_PRINTABLE];
    return base_fail(BASE_ERROR_INPUT, "%s: \"%s\" must be %s", where, io_printable(key, printable), wanted);
}

static enum base_status word_from_json(const struct sae_option *option, const json_t *value,
                                       const char *where, char *at)
{
    char list[256] = "one of";
    size_t used = strlen(list);
    for (unsigned i = 0; option->words[i]; i++) {
        if (json_is_string(value) && strcmp(json_string_value(value), option->words[i]) == 0) {
            memcpy(at, &i, sizeof i);
            return BASE_OK;
        }
        int length = snprintf(list + used, sizeof list - used, " \"%s\"", option->words[i]);
        used += (size_t)length < sizeof list - used ? (size_t)length : 0;
    }
    return bad(where, option->name, list);
}

static enum base_status value_from_json(const struct sae_option *option, const json_t *value,
                                        const char *where, struct sae_config *config)
{
    char *at = (char *)config + option->offset, wanted[128];
    bool whole = option->kind == SAE_OPTION_U32 || option->kind == SAE_OPTION_U64;
    if (option->kind == SAE_OPTION_WORD)
        return word_from_json(option, value, where, at);
    if (option->kind == SAE_OPTION_FLAG) {
        bool flag = json_is_true(value);
        if (!json_is_boolean(value))
            return bad(where, option->name, "true or false");
        memcpy(at, &flag, sizeof flag);
        return BASE_OK;
    }
    double number = json_number_value(value);
    snprintf(wanted, sizeof wanted, "a %snumber from %.10g to %.10g", whole ? "whole " : "", option->minimum,
             option->maximum);
    if (!(whole ? json_is_integer(value) : json_is_number(value)) || !(number >= option->minimum) ||
        !(number <= option->maximum))
        return bad(where, option->name, wanted);
    uint32_t narrow = (uint32_t)json_integer_value(value);
    uint64_t wide = (uint64_t)json_integer_value(value);
    if (option->kind == SAE_OPTION_U32)
        memcpy(at, &narrow, sizeof narrow);
    else if (option->kind == SAE_OPTION_U64)
        memcpy(at, &wide, sizeof wide);
    else
        memcpy(at, &number, sizeof number);
    return BASE_OK;
}

static enum base_status widths_from_json(const json_t *value, const char *where, struct sae_config *config)
{
    size_t count = json_array_size(value);
    uint32_t widths[SAE_MOST_WIDTHS];
    if (!json_is_array(value) || count < 1 || count > SAE_MOST_WIDTHS)
        return bad(where, "widths", "an array of 1 to 16 whole numbers");
    for (size_t i = 0; i < count; i++) {
        const json_t *width = json_array_get(value, i);
        if (!json_is_integer(width) || json_integer_value(width) < 1 ||
            json_integer_value(width) > UINT32_MAX)
            return bad(where, "widths", "an array of 1 to 16 whole numbers");
        widths[i] = (uint32_t)json_integer_value(width);
    }
    memcpy(config->widths, widths, count * sizeof *widths);
    config->n_widths = (uint32_t)count;
    return BASE_OK;
}

static enum base_status kind_from_json(const json_t *value, const char *where, struct sae_config *config)
{
    const struct sae_kind *kind = json_is_string(value) ? sae_kind_find(json_string_value(value)) : NULL;
    if (!kind)
        return bad(where, "arch", "the name of a kind, as --arch has them");
    config->kind = kind;
    config->architecture.transcoder = kind->target;
    config->architecture.skip = kind->skip;
    return BASE_OK;
}

static enum base_status key_from_json(const char *key, const json_t *value, const char *where,
                                      struct sae_config *config)
{
    char printable[IO_PRINTABLE];
    if (strcmp(key, "arch") == 0)
        return kind_from_json(value, where, config);
    if (strcmp(key, "widths") == 0)
        return widths_from_json(value, where, config);
    for (const struct sae_option *option = sae_options; option->name; option++)
        if (strcmp(option->name, key) == 0)
            return value_from_json(option, value, where, config);
    return base_fail(BASE_ERROR_INPUT, "%s: \"%s\" is no option of training", where,
                     io_printable(key, printable));
}

enum base_status sae_config_from_json(const json_t *json, const char *where, struct sae_config *config)
{
    struct sae_config read = *config;
    json_t *object = (json_t *)(uintptr_t)json; /* jansson iterates over a non-const object only */
    if (!json_is_object(json))
        return base_fail(BASE_ERROR_INPUT, "%s: a configuration is a JSON object", where);
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at))
        BASE_TRY(key_from_json(json_object_iter_key(at), json_object_iter_value(at), where, &read));
    *config = read;
    return BASE_OK;
}
