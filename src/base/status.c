#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char message[4096];

enum base_status base_fail(enum base_status status, const char *format, ...)
{
    /* The arguments may quote the message that is being replaced, so it is built aside first. */
    char text[sizeof message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(message, sizeof message, "%s", text);
    return status;
}

const char *base_message(void)
{
    return message;
}
