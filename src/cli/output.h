/* Results, on standard output. */
#ifndef ARCLIGHT_CLI_OUTPUT_H
#define ARCLIGHT_CLI_OUTPUT_H

#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>

/* printf to standard output; cli_output_finish sees whether it failed. */
void cli_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Text broken at blanks so that no line is longer than `width` columns; every line begins with `indent`
 * blanks, the first one only when `column` is 0: else the cursor already stands at `column`. An empty line
 * divides paragraphs. Ends with a new line. */
void cli_print_wrapped(const char *text, int column, int indent, int width);

/* A document as every JSON output and file is laid out; freed with free. NULL for NULL, and when memory is
 * exhausted. */
char *cli_json_dump(const json_t *document);

/* A JSON document and a new line; takes the reference. NULL is BASE_ERROR_FILE_SYSTEM: out of host memory. */
enum base_status cli_print_json(json_t *document);

/* Flushes. BASE_ERROR_FILE_SYSTEM when results could not be written; a reader that closed the pipe has seen
 * what it wanted and is no failure. */
enum base_status cli_output_finish(void);

enum cli_style { CLI_PLAIN, CLI_BOLD, CLI_GOOD, CLI_BAD };

/* Colour is off from here on, terminal or not. */
void cli_style_disable(void);

/* The escape sequence that begins `style` (CLI_PLAIN ends it) on file descriptor 1 or 2; "" when that is no
 * terminal, or colour is unwanted: --no-color, NO_COLOR set and not empty (no-color.org), TERM unset or
 * "dumb". */
const char *cli_style(int descriptor, enum cli_style style);

#endif
