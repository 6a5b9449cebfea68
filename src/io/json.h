/* JSON values from what C has: jansson refuses text that is not UTF-8, and JSON has no NaN. */
#ifndef ARCLIGHT_IO_JSON_H
#define ARCLIGHT_IO_JSON_H

#ifdef __cplusplus
extern "C" {
#endif

struct json_t; /* jansson's */

/* A string of any bytes: where they are not UTF-8 (names of files may be anything) each byte above 127
 * becomes a '?'. NULL gives null. A new reference; NULL when memory is exhausted. */
struct json_t *io_json_text(const char *text);

/* A real number; null for NaN and infinities. A new reference; NULL when memory is exhausted. */
struct json_t *io_json_number(double number);

#ifdef __cplusplus
}
#endif
#endif
