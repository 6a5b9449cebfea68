#include "base/attend.h"

#include "base/platform.h"

static _Thread_local struct {
    base_attendant *attendant;
    void *context;
    bool attending;
    uint64_t last_ns;
} here;

void base_set_attendant(base_attendant *attendant, void *context)
{
    here.attendant = attendant;
    here.context = context;
    here.last_ns = 0;
}

static enum base_status call(const char *what, uint64_t done, uint64_t total)
{
    const uint64_t now = base_clock_ns();
    if (here.attending || now < here.last_ns + BASE_ATTEND_NS)
        return BASE_OK;
    here.attending = true;
    enum base_status status = here.attendant(here.context, what, done, total);
    here.attending = false;
    here.last_ns = base_clock_ns();
    return status;
}

enum base_status base_attend(const char *what, uint64_t done, uint64_t total)
{
    if (base_interrupted())
        return base_fail(BASE_INTERRUPTED, "interrupted");
    return here.attendant ? call(what, done, total) : BASE_OK;
}

void base_attend_quietly(void)
{
    if (here.attendant)
        (void)call(NULL, 0, 0);
}

bool base_is_attended(void)
{
    return here.attendant && !here.attending;
}
