#include "cli/text.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

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

const char *cli_count_text(uint64_t number, char text[CLI_COUNT_BYTES])
{
    char digits[CLI_COUNT_BYTES];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number), used = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
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
