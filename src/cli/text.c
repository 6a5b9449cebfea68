#include "cli/text.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { BUFFER_BYTES = 256 << 10 };

void cli_line_add(struct cli_line *line, const char *format, ...)
{
    if (line->used + 1 >= line->bytes)
        return;
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(line->text + line->used, line->bytes - line->used, format, arguments);
    va_end(arguments);
    if (more > 0)
        line->used = base_minimum(line->used + (size_t)more, line->bytes - 1);
}

enum base_status cli_text_file_open(const char *path, struct cli_text_file *file)
{
    *file = (struct cli_text_file){.status = BASE_OK};
    enum base_status status;
    BASE_CHECK(base_allocate(&file->buffer, BUFFER_BYTES, 1, path));
    BASE_CHECK(base_output_open(path, &file->output));
    return BASE_OK;
error:
    cli_text_file_discard(file);
    return status;
}

static void flush(struct cli_text_file *file)
{
    if (file->status == BASE_OK)
        file->status = base_output_write(file->output, file->buffer, file->used);
    file->used = 0;
}

void cli_text_file_add(struct cli_text_file *file, const char *format, ...)
{
    if (BUFFER_BYTES - file->used < CLI_TEXT_PIECE)
        flush(file);
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(file->buffer + file->used, CLI_TEXT_PIECE, format, arguments);
    va_end(arguments);
    if (more < 0 || more >= CLI_TEXT_PIECE)
        file->status = base_fail(BASE_ERROR_INTERNAL, "a piece of a text file is longer than its buffer");
    else
        file->used += (size_t)more;
}

void cli_text_file_put(struct cli_text_file *file, const char *bytes, size_t count)
{
    while (count > 0) {
        if (file->used == BUFFER_BYTES)
            flush(file);
        size_t now = count < BUFFER_BYTES - file->used ? count : BUFFER_BYTES - file->used;
        memcpy(file->buffer + file->used, bytes, now);
        file->used += now;
        bytes += now;
        count -= now;
    }
}

void cli_text_file_put_json(struct cli_text_file *file, const char *text, size_t count)
{
    cli_text_file_put(file, "\"", 1);
    for (size_t i = 0, from = 0; i <= count; i++) {
        unsigned char c = i < count ? (unsigned char)text[i] : 0;
        bool plain = c >= 0x20 && c != 0x7f && !strchr("\"\\<>&", c);
        if (plain)
            continue;
        cli_text_file_put(file, text + from, i - from);
        from = i + 1;
        if (i < count)
            cli_text_file_add(file, "\\u%04x", c);
    }
    cli_text_file_put(file, "\"", 1);
}

void cli_text_file_put_number(struct cli_text_file *file, double number, int digits)
{
    if (isfinite(number))
        cli_text_file_add(file, "%.*g", digits, number);
    else
        cli_text_file_put(file, "null", 4);
}

enum base_status cli_text_file_commit(struct cli_text_file *file)
{
    flush(file);
    enum base_status status = file->status;
    if (status == BASE_OK)
        status = base_output_commit(&file->output);
    cli_text_file_discard(file);
    return status;
}

void cli_text_file_discard(struct cli_text_file *file)
{
    base_output_discard(&file->output);
    base_free(file->buffer);
    file->buffer = NULL;
}
