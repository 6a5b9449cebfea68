#include "base/progress.h"

#include "base/log.h"
#include "base/platform.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Of each new sample of the rate; samples are at least SAMPLE_NS apart. */
static const double SMOOTHING = 0.3;
static const uint64_t SAMPLE_NS = 100000000;

void base_progress_begin(struct base_progress *progress, const char *what, const char *unit)
{
    *progress = (struct base_progress){.what = what, .unit = unit, .last_ns = base_clock_ns()};
}

void base_duration_text(double seconds, char *text, size_t bytes)
{
    unsigned long long whole = seconds < 1e9 ? (unsigned long long)(seconds + 0.5) : 1000000000u;
    if (whole >= 3600)
        snprintf(text, bytes, "%llu:%02llu:%02llu", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(text, bytes, "%llu:%02llu", whole / 60, whole % 60);
}

void base_quantity_text(double value, char *text, size_t bytes)
{
    static const char *const prefixes[] = {"", " k", " M", " G", " T", " P"};
    size_t i = 0;
    while (fabs(value) >= 999.5 && i + 1 < sizeof prefixes / sizeof *prefixes) {
        value /= 1000;
        i++;
    }
    if (i == 0 && value == floor(value))
        snprintf(text, bytes, "%.0f", value);
    else
        snprintf(text, bytes, "%.*f%s",
                 fabs(value) < 9.995   ? 2
                 : fabs(value) < 99.95 ? 1
                                       : 0,
                 value, prefixes[i]);
}

void base_progress_text(const struct base_progress *progress, uint64_t done, uint64_t total, char *text,
                        size_t bytes)
{
    double share = total > 0 ? (double)done / (double)total : 1;
    int used = snprintf(text, bytes, "%s  %3.0f %%", progress->what, 100 * share);
    if (progress->rate <= 0 || used < 0 || (size_t)used >= bytes)
        return;
    char rate[32], left[32];
    base_quantity_text(progress->rate, rate, sizeof rate);
    base_duration_text((double)(total - done) / progress->rate, left, sizeof left);
    snprintf(text + used, bytes - (size_t)used, "  %s %s/s  %s left", rate, progress->unit, left);
}

void base_progress_sample(struct base_progress *progress, uint64_t done, uint64_t now_ns)
{
    if (now_ns - progress->last_ns < SAMPLE_NS || done < progress->last_done)
        return;
    double sample = (double)(done - progress->last_done) / ((double)(now_ns - progress->last_ns) * 1e-9);
    progress->rate = progress->rate > 0 ? (1 - SMOOTHING) * progress->rate + SMOOTHING * sample : sample;
    progress->last_ns = now_ns;
    progress->last_done = done;
}

void base_progress_update(struct base_progress *progress, uint64_t done, uint64_t total)
{
    char text[200];
    if (!progress->what)
        return;
    done = done < total ? done : total;
    base_progress_sample(progress, done, base_clock_ns());
    base_progress_text(progress, done, total, text, sizeof text);
    base_log_progress("%s", text);
}

void base_progress_end(struct base_progress *progress)
{
    if (progress->what)
        base_log_progress("%s", "");
    progress->rate = 0;
}

const char *base_count_text(uint64_t number, char text[BASE_COUNT_BYTES])
{
    char digits[BASE_COUNT_BYTES];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number), used = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}
