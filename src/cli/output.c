#include "cli/output.h"

#include "base/platform.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool colour_disabled;

void cli_print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

/* Columns of UTF-8 text: bytes that do not continue a character. */
static int columns_of(const char *text, size_t bytes)
{
    int columns = 0;
    for (size_t i = 0; i < bytes; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

void cli_print_wrapped(const char *text, int column, int indent, int width)
{
    bool line_has_words = false;
    for (const char *word = text; *word;) {
        if (*word == '\n') {
            cli_print("\n");
            if (word[1] == '\n') {
                cli_print("\n");
                word++;
            }
            column = 0;
            line_has_words = false;
            word++;
            continue;
        }
        size_t bytes = strcspn(word, " \n");
        int columns = columns_of(word, bytes);
        if (line_has_words && column + 1 + columns > width) {
            cli_print("\n");
            column = 0;
            line_has_words = false;
        }
        int blanks = line_has_words ? 1 : column < indent ? indent - column : 0;
        cli_print("%*s%.*s", blanks, "", (int)bytes, word);
        column += blanks + columns;
        line_has_words = true;
        word += bytes;
        while (*word == ' ')
            word++;
    }
    cli_print("\n");
}

char *cli_json_dump(const json_t *document)
{
    return document ? json_dumps(document, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) : NULL;
}

enum base_status cli_print_json(json_t *document)
{
    char *text = cli_json_dump(document);
    json_decref(document);
    if (!text)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the JSON output");
    cli_print("%s\n", text);
    free(text);
    return BASE_OK;
}

enum base_status cli_output_finish(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return BASE_OK;
    int reason = errno ? errno : EIO;
    if (base_reader_is_gone(1))
        return BASE_OK;
    return base_fail(BASE_ERROR_FILE_SYSTEM, "standard output: cannot write the results: %s",
                     strerror(reason));
}

void cli_style_disable(void)
{
    colour_disabled = true;
}

const char *cli_style(int descriptor, enum cli_style style)
{
    static const char *const sequences[] = {
        [CLI_PLAIN] = "\x1b[0m", [CLI_BOLD] = "\x1b[1m", [CLI_GOOD] = "\x1b[32m", [CLI_BAD] = "\x1b[31m"};
    const char *unwanted = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (colour_disabled || (unwanted && unwanted[0] != '\0') || !terminal || strcmp(terminal, "dumb") == 0 ||
        !base_is_terminal(descriptor))
        return "";
    return sequences[style];
}
