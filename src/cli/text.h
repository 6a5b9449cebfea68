/* Text put together piece by piece: in memory that the caller has, or into a file. */
#ifndef ARCLIGHT_CLI_TEXT_H
#define ARCLIGHT_CLI_TEXT_H

#include "base/platform.h"
#include "base/progress.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* A line being made in `text`[`bytes`]; what does not fit is cut off. Begin with text[0] = 0 and used 0. */
struct cli_line {
    char *text;
    size_t bytes, used;
};

/* printf at the end of the line. */
void cli_line_add(struct cli_line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A text file that appears when complete; written in large pieces. */
struct cli_text_file {
    struct base_output *output;
    char *buffer;
    size_t used;
    enum base_status status;
};

/* BASE_ERROR_FILE_SYSTEM. After success cli_text_file_commit or cli_text_file_discard is due. */
enum base_status cli_text_file_open(const char *path, struct cli_text_file *file);
/* printf at the end of the file, at most CLI_TEXT_PIECE - 1 bytes; a failure is kept for the commit. */
enum { CLI_TEXT_PIECE = 1024 };
void cli_text_file_add(struct cli_text_file *file, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Bytes as they are, any number of them. */
void cli_text_file_put(struct cli_text_file *file, const char *bytes, size_t count);
/* Text as a JSON string, quotes and all, fit to stand inside a <script> of a page: control characters and <,
 * > and & are escaped. `text` must be UTF-8. */
void cli_text_file_put_json(struct cli_text_file *file, const char *text, size_t count);
/* A number with `digits` significant ones; null for NaN and infinities. */
void cli_text_file_put_number(struct cli_text_file *file, double number, int digits);
enum base_status cli_text_file_commit(struct cli_text_file *file);
void cli_text_file_discard(struct cli_text_file *file); /* NULL-safe members */

#endif
