#include "data/vocabulary.h"

#include "base/memory.h"
#include "base/platform.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MOST_BYTES = 256 << 20, MOST_TOKENS = 1 << 24 };

struct text {
    const char *start;
    uint32_t bytes;
};

struct data_vocabulary {
    json_t *document; /* holds the texts */
    struct text *texts;
    uint32_t count;
};

/* ---- bytes that jansson would refuse ---- */

/* Bytes of the well-formed UTF-8 character at `text` (Unicode 15, table 3-7), 0 for none. */
static size_t character(const unsigned char *text, size_t left)
{
    unsigned char first = text[0];
    if (first < 0x80)
        return 1;
    size_t bytes = first >= 0xc2 && first <= 0xdf   ? 2
                   : first >= 0xe0 && first <= 0xef ? 3
                   : first >= 0xf0 && first <= 0xf4 ? 4
                                                    : 0;
    if (bytes == 0 || bytes > left)
        return 0;
    for (size_t i = 1; i < bytes; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    bool too_short = (first == 0xe0 && text[1] < 0xa0) || (first == 0xf0 && text[1] < 0x90);
    bool surrogate = first == 0xed && text[1] > 0x9f, too_far = first == 0xf4 && text[1] > 0x8f;
    return too_short || surrogate || too_far ? 0 : bytes;
}

/* The number of "\uXXXX" at `text`, or -1. */
static int escape_at(const unsigned char *text, size_t left)
{
    int number = 0;
    if (left < 6 || text[0] != '\\' || text[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        const char *digits = "0123456789abcdef",
                   *digit = strchr(digits, text[i] | (text[i] > '9' ? 0x20 : 0));
        if (!digit || text[i] == '\0')
            return -1;
        number = number * 16 + (int)(digit - digits);
    }
    return number;
}

/* Copies one escape sequence, "\n" or "\uXXXX"; a surrogate without its other half becomes U+FFFD. Gives the
 * bytes read; *used counts those written. */
static size_t copy_escape(const unsigned char *from, size_t left, char *to, size_t *used)
{
    int number = escape_at(from, left);
    size_t bytes = number >= 0 ? 6 : left < 2 ? left : 2;
    if (number >= 0xd800 && number <= 0xdbff) {
        int low = escape_at(from + 6, left - 6);
        if (low >= 0xdc00 && low <= 0xdfff)
            bytes = 12;
    }
    if (number >= 0xd800 && number <= 0xdfff && bytes == 6) {
        memcpy(to + *used, "\\ufffd", 6);
        *used += 6;
        return 6;
    }
    memcpy(to + *used, from, bytes);
    *used += bytes;
    return bytes;
}

/* `to` has room for three times `count` bytes. */
static size_t repair(const unsigned char *from, size_t count, char *to)
{
    size_t used = 0;
    for (size_t i = 0; i < count;) {
        size_t bytes = character(from + i, count - i);
        if (from[i] == '\\') {
            i += copy_escape(from + i, count - i, to, &used);
        } else if (bytes == 0) {
            memcpy(to + used, "\xef\xbf\xbd", 3);
            used += 3;
            i++;
        } else {
            memcpy(to + used, from + i, bytes);
            used += bytes;
            i += bytes;
        }
    }
    return used;
}

static enum base_status load(const char *path, json_t **document)
{
    enum base_status status;
    struct base_file *file = NULL;
    char *bytes = NULL, *repaired = NULL;
    json_error_t error;
    BASE_CHECK(base_file_open(path, &file));
    const uint64_t size = base_file_size(file);
    if (size > MOST_BYTES)
        BASE_CHECK(base_fail(BASE_ERROR_INPUT, "%s: %llu bytes; a vocabulary has at most 256 MiB", path,
                             (unsigned long long)size));
    BASE_CHECK(base_allocate(&bytes, (size_t)size + 1, 1, path));
    BASE_CHECK(base_allocate(&repaired, 3 * (size_t)size + 1, 1, path));
    BASE_CHECK(base_file_read(file, 0, bytes, (size_t)size));
    size_t used = repair((const unsigned char *)bytes, (size_t)size, repaired);
    *document = json_loadb(repaired, used, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    if (!*document)
        status =
            base_fail(BASE_ERROR_INPUT, "%s: not a vocabulary: line %d: %s", path, error.line, error.text);
error:
    base_file_close(&file);
    base_free(bytes);
    base_free(repaired);
    return status;
}

/* ---- both forms ---- */

static enum base_status make_room(struct data_vocabulary *vocabulary, uint64_t count, const char *path)
{
    if (count == 0 || count > MOST_TOKENS)
        return base_fail(BASE_ERROR_INPUT, "%s: %llu tokens; 1 to 16,777,216 can be read", path,
                         (unsigned long long)count);
    vocabulary->count = (uint32_t)count;
    BASE_TRY(base_allocate(&vocabulary->texts, (size_t)count, sizeof *vocabulary->texts, path));
    for (uint32_t i = 0; i < vocabulary->count; i++)
        vocabulary->texts[i].start = "";
    return BASE_OK;
}

static enum base_status take_array(struct data_vocabulary *vocabulary, const char *path)
{
    BASE_TRY(make_room(vocabulary, json_array_size(vocabulary->document), path));
    for (uint32_t i = 0; i < vocabulary->count; i++) {
        const json_t *text = json_array_get(vocabulary->document, i);
        if (!json_is_string(text))
            return base_fail(BASE_ERROR_INPUT, "%s: entry %u is not a text", path, i);
        vocabulary->texts[i] = (struct text){json_string_value(text), (uint32_t)json_string_length(text)};
    }
    return BASE_OK;
}

static enum base_status take_object(struct data_vocabulary *vocabulary, const char *path)
{
    const char *key;
    json_t *value;
    json_int_t greatest = -1;
    json_object_foreach(vocabulary->document, key, value)
    {
        json_int_t number = json_integer_value(value);
        if (!json_is_integer(value) || number < 0 || number >= MOST_TOKENS)
            return base_fail(BASE_ERROR_INPUT, "%s: the number of a token is negative, too large, or none",
                             path);
        greatest = number > greatest ? number : greatest;
    }
    BASE_TRY(make_room(vocabulary, (uint64_t)(greatest + 1), path));
    json_object_foreach(vocabulary->document, key, value) vocabulary->texts[json_integer_value(value)] =
        (struct text){key, (uint32_t)strlen(key)};
    return BASE_OK;
}

enum base_status data_vocabulary_read(const char *path, struct data_vocabulary **out)
{
    enum base_status status;
    struct data_vocabulary *vocabulary;
    *out = NULL;
    BASE_TRY(base_allocate(&vocabulary, 1, sizeof *vocabulary, path));
    BASE_CHECK(load(path, &vocabulary->document));
    if (json_is_array(vocabulary->document))
        BASE_CHECK(take_array(vocabulary, path));
    else if (json_is_object(vocabulary->document))
        BASE_CHECK(take_object(vocabulary, path));
    else
        BASE_CHECK(base_fail(BASE_ERROR_INPUT,
                             "%s: neither an array of texts nor an object from text to number", path));
    *out = vocabulary;
    return BASE_OK;
error:
    data_vocabulary_free(&vocabulary);
    return status;
}

void data_vocabulary_free(struct data_vocabulary **vocabulary)
{
    if (!*vocabulary)
        return;
    json_decref((*vocabulary)->document);
    base_free((*vocabulary)->texts);
    base_free(*vocabulary);
    *vocabulary = NULL;
}

uint32_t data_vocabulary_count(const struct data_vocabulary *vocabulary)
{
    return vocabulary->count;
}

const char *data_vocabulary_text(const struct data_vocabulary *vocabulary, uint32_t token, uint32_t *bytes)
{
    *bytes = vocabulary->texts[token].bytes;
    return vocabulary->texts[token].start;
}
