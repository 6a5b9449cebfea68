/* JSON: documents out of untrusted files, and values from what C has, since jansson refuses text that is not
 * UTF-8, and JSON has no NaN. */
#ifndef ARCLIGHT_IO_JSON_H
#define ARCLIGHT_IO_JSON_H

#include "base/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_t; /* jansson's */

/* Parses untrusted text: at most 16 MiB, 64 levels and a million values, no key twice in an object, nothing
 * behind the document. BASE_ERROR_INPUT with `where`, line and fault. *json is a new reference, NULL on
 * failure. */
enum base_status io_json_parse(const char *where, const char *text, size_t length, struct json_t **json);
/* The same from a file. */
enum base_status io_json_read(const char *path, struct json_t **json);

/* A string of any bytes: where they are not UTF-8 (names of files may be anything) each byte above 127
 * becomes a '?'. NULL gives null. A new reference; NULL when memory is exhausted. */
struct json_t *io_json_text(const char *text);

/* A real number; null for NaN and infinities. A new reference; NULL when memory is exhausted. */
struct json_t *io_json_number(double number);

#ifdef __cplusplus
}
#endif
#endif
