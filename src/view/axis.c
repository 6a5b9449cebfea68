#include "view/axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- positions ---- */

double view_scale_apply(enum view_scale scale, double value)
{
    switch (scale) {
    case VIEW_SQRT:
        return value > 0 ? sqrt(value) : 0;
    case VIEW_LOG10:
        return value > 0 ? log10(value) : -1e3;
    case VIEW_LOG2:
        return value > 0 ? log2(value) : -1e3;
    default:
        return value;
    }
}

static double scale_invert(enum view_scale scale, double applied)
{
    switch (scale) {
    case VIEW_SQRT:
        return applied * applied;
    case VIEW_LOG10:
        return pow(10, applied);
    case VIEW_LOG2:
        return exp2(applied);
    default:
        return applied;
    }
}

static bool is_log(enum view_scale scale)
{
    return scale == VIEW_LOG10 || scale == VIEW_LOG2;
}

double view_axis_position(const struct view_axis *axis, double value)
{
    if (is_log(axis->scale) && !(value > 0))
        return -1e3;
    double low = view_scale_apply(axis->scale, axis->low);
    double span = view_scale_apply(axis->scale, axis->high) - low;
    return span == 0 ? 0 : (view_scale_apply(axis->scale, value) - low) / span;
}

double view_axis_value(const struct view_axis *axis, double position)
{
    double low = view_scale_apply(axis->scale, axis->low);
    double high = view_scale_apply(axis->scale, axis->high);
    return scale_invert(axis->scale, low + (high - low) * position);
}

/* ---- numbers for people ---- */

static void append(char *text, size_t size, const char *more)
{
    size_t used = strlen(text);
    if (used + 1 < size)
        snprintf(text + used, size - used, "%s", more);
}

static void append_superscript(char *text, size_t size, int number)
{
    static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    char plain[16];
    snprintf(plain, sizeof plain, "%d", number);
    for (const char *c = plain; *c; c++)
        append(text, size, *c == '-' ? "⁻" : digits[*c - '0']);
}

/* Fixed decimals with a true minus sign; a value that rounds to zero has none. */
static void format_fixed(double value, int decimals, char *text, size_t size)
{
    char plain[64];
    snprintf(plain, sizeof plain, "%.*f", decimals, fabs(value));
    bool zero = strspn(plain, "0.") == strlen(plain);
    text[0] = 0;
    append(text, size, value < 0 && !zero ? "−" : "");
    append(text, size, plain);
}

static int decade(double value)
{
    return value == 0 ? 0 : (int)floor(log10(fabs(value)) + 1e-9);
}

void view_format_number(double value, int digits, char text[VIEW_LABEL_BYTES])
{
    if (!isfinite(value)) {
        snprintf(text, VIEW_LABEL_BYTES, "%s", isnan(value) ? "–" : value < 0 ? "−∞" : "∞");
        return;
    }
    int power = decade(value);
    bool split = power < -4 || power >= 6;
    double mantissa = split ? value / pow(10, power) : value;
    int decimals = digits - 1 - (split ? 0 : power);
    format_fixed(mantissa, decimals < 0 ? 0 : decimals, text, VIEW_LABEL_BYTES);
    if (strchr(text, '.')) { /* no idle zeros behind the point */
        size_t end = strlen(text);
        while (text[end - 1] == '0')
            text[--end] = 0;
        if (text[end - 1] == '.')
            text[--end] = 0;
    }
    if (split) {
        append(text, VIEW_LABEL_BYTES, "×10");
        append_superscript(text, VIEW_LABEL_BYTES, power);
    }
}

void view_format_count(uint64_t value, char text[VIEW_LABEL_BYTES])
{
    char plain[24];
    int length = snprintf(plain, sizeof plain, "%llu", (unsigned long long)value);
    text[0] = 0;
    for (int i = 0; i < length; i++) {
        char digit[2] = {plain[i], 0};
        if (i > 0 && (length - i) % 3 == 0 && length > 4)
            append(text, VIEW_LABEL_BYTES, " ");
        append(text, VIEW_LABEL_BYTES, digit);
    }
}

/* ---- ticks ---- */

static double nice_step(double span, uint32_t wanted, enum view_format format)
{
    static const double decimal[] = {1, 2, 2.5, 5, 10};
    static const double degrees[] = {1, 2, 5, 10, 15, 30, 45, 90, 180, 360};
    double raw = span / wanted;
    if (format == VIEW_DEGREES && raw > 0.7) {
        for (size_t i = 0; i < sizeof degrees / sizeof *degrees; i++)
            if (degrees[i] >= raw * 0.999)
                return degrees[i];
        return 360 * ceil(raw / 360);
    }
    double power = pow(10, decade(raw));
    const bool whole = format == VIEW_COUNT || format == VIEW_SHORT;
    double best = power;
    for (size_t i = 0; i < sizeof decimal / sizeof *decimal; i++) {
        const double step = decimal[i] * power;
        if ((whole && step > 1 && step != round(step)) || step == 2.5) /* whole numbers have whole ticks */
            continue;
        if (fabs(log(step / raw)) < fabs(log(best / raw)))
            best = step;
    }
    return whole ? fmax(1, round(best)) : best;
}

static int decimals_of(double step)
{
    for (int decimals = 0; decimals < 9; decimals++) {
        double scaled = step * pow(10, decimals);
        if (fabs(scaled - round(scaled)) < 1e-6 * scaled)
            return decimals;
    }
    return 9;
}

/* The greatest of k, M, G, T that `largest` reaches. */
static double short_unit(double largest, const char **name)
{
    static const char *const names[] = {"", " k", " M", " G", " T"};
    double unit = 1;
    int i = 0;
    for (; i < 4 && largest >= 1e3 * unit * (1 - 1e-9); i++)
        unit *= 1e3;
    *name = names[i];
    return unit;
}

/* Of a linear axis: numbers of four digits are short by themselves. */
static double axis_unit(const struct view_axis *axis, const char **name)
{
    const double largest = fmax(fabs(axis->low), fabs(axis->high));
    return short_unit(largest < 1e4 * (1 - 1e-9) ? 1 : largest, name);
}

static void format_tick(const struct view_axis *axis, const struct view_ticks *ticks, double value,
                        int decimals, char text[VIEW_LABEL_BYTES])
{
    if (axis->format == VIEW_COUNT) {
        char plain[VIEW_LABEL_BYTES];
        uint64_t number = (uint64_t)llround(fabs(value));
        view_format_count(axis->names && number < axis->n_names ? axis->names[number] : number, plain);
        text[0] = 0;
        append(text, VIEW_LABEL_BYTES, value < 0 ? "−" : "");
        append(text, VIEW_LABEL_BYTES, plain);
        return;
    }
    if (axis->format == VIEW_SHORT) {
        const char *name;
        double unit = axis_unit(axis, &name);
        format_fixed(value / unit, value == 0 ? 0 : decimals, text, VIEW_LABEL_BYTES);
        append(text, VIEW_LABEL_BYTES, value == 0 ? "" : name);
        return;
    }
    double factor = axis->format == VIEW_PERCENT ? 100 : pow(10, -ticks->exponent);
    format_fixed(value * factor, decimals, text, VIEW_LABEL_BYTES);
    if (axis->format == VIEW_DEGREES)
        append(text, VIEW_LABEL_BYTES, "°");
    if (axis->format == VIEW_PERCENT)
        append(text, VIEW_LABEL_BYTES, " %");
}

static void add_tick(struct view_ticks *ticks, double value)
{
    if (ticks->count < VIEW_MAX_TICKS)
        ticks->values[ticks->count++] = value;
}

static void linear_ticks(const struct view_axis *axis, double low, double high, uint32_t wanted,
                         struct view_ticks *ticks)
{
    double step = axis->step > 0 ? axis->step : nice_step(high - low, wanted, axis->format);
    while ((high - low) / step > VIEW_MAX_TICKS - 1)
        step *= 2;
    double first = ceil(low / step - 1e-6), last = floor(high / step + 1e-6);
    for (double k = first; k <= last; k++)
        add_tick(ticks, k * step);
    double largest = fmax(fabs(low), fabs(high));
    if (axis->format == VIEW_PLAIN && (largest < 2e-3 || largest >= 1e5))
        ticks->exponent = decade(largest);
    double shown = axis->format == VIEW_PERCENT ? step * 100 : step * pow(10, -ticks->exponent);
    const char *name;
    if (axis->format == VIEW_SHORT)
        shown = step / axis_unit(axis, &name);
    for (uint32_t i = 0; i < ticks->count; i++)
        format_tick(axis, ticks, ticks->values[i], decimals_of(shown), ticks->labels[i]);
}

/* 1, 2, 5 times powers of ten, from the largest down, as far as they keep apart; then put into ascending
 * order. */
static void sqrt_ticks(const struct view_axis *axis, double low, double high, uint32_t wanted,
                       struct view_ticks *ticks)
{
    static const double ladder[] = {5, 2, 1};
    double apart = 0.55 / wanted, before = INFINITY;
    int top = decade(high);
    double largest = high;
    if (axis->format == VIEW_PLAIN && (largest < 2e-3 || largest >= 1e5))
        ticks->exponent = decade(largest);
    double leading = floor(high / pow(10, top) + 1e-9); /* where those three leave the upper end bare */
    if ((leading == 4 || leading >= 8) && leading * pow(10, top) >= low * (1 - 1e-9)) {
        add_tick(ticks, leading * pow(10, top));
        before = fabs(view_axis_position(axis, ticks->values[0]) - view_axis_position(axis, low));
    }
    for (int power = top; power >= top - 6; power--)
        for (int i = 0; i < 3; i++) {
            double value = ladder[i] * pow(10, power);
            double position = fabs(view_axis_position(axis, value) - view_axis_position(axis, low));
            if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9) || before - position < apart ||
                (low == 0 && position < apart) || (axis->format == VIEW_COUNT && value < 1))
                continue;
            before = position;
            add_tick(ticks, value);
        }
    if (low == 0)
        add_tick(ticks, 0);
    for (uint32_t i = 0; i < ticks->count / 2; i++) {
        double swapped = ticks->values[i];
        ticks->values[i] = ticks->values[ticks->count - 1 - i];
        ticks->values[ticks->count - 1 - i] = swapped;
    }
    for (uint32_t i = 0; i < ticks->count; i++) {
        double shown = axis->format == VIEW_PERCENT ? ticks->values[i] * 100
                                                    : ticks->values[i] * pow(10, -ticks->exponent);
        format_tick(axis, ticks, ticks->values[i], shown == 0 ? 0 : decimals_of(shown), ticks->labels[i]);
    }
}

static void label_log_tick(const struct view_axis *axis, double value, bool powers,
                           char text[VIEW_LABEL_BYTES])
{
    if (axis->format == VIEW_PERCENT) {
        view_format_number(value * 100, 3, text);
        append(text, VIEW_LABEL_BYTES, " %");
    } else if (axis->scale == VIEW_LOG2 && value < 0.9 && value > 1e-4) {
        snprintf(text, VIEW_LABEL_BYTES, "1/%.0f", 1 / value);
    } else if (axis->format == VIEW_SHORT) {
        const char *name;
        double unit = short_unit(value, &name);
        view_format_number(value / unit, 3, text);
        append(text, VIEW_LABEL_BYTES, name);
    } else if (axis->format == VIEW_COUNT && value < 1e6) {
        view_format_count((uint64_t)llround(value), text);
    } else if (powers) {
        snprintf(text, VIEW_LABEL_BYTES, "%s", axis->scale == VIEW_LOG2 ? "2" : "10");
        append_superscript(text, VIEW_LABEL_BYTES, (int)lround(view_scale_apply(axis->scale, value)));
    } else {
        view_format_number(value, 3, text);
    }
}

static void log_ticks(const struct view_axis *axis, double low, double high, uint32_t wanted,
                      struct view_ticks *ticks)
{
    double from = view_scale_apply(axis->scale, low), to = view_scale_apply(axis->scale, high);
    int first = (int)ceil(from - 1e-6), last = (int)floor(to + 1e-6);
    int stride = 1 + (last - first) / (int)(2 * wanted);
    /* 1, 2, 5 where there is room for them, or powers alone would say too little */
    bool few = axis->scale == VIEW_LOG10 && (to - from < 2.2 || 3 * (to - from) <= wanted + 1);
    bool powers = axis->scale == VIEW_LOG10 ? high >= 1e5 || low < 1e-3 : high > 1e5 || low < 1e-4;
    /* within one power of ten all its multiples are written, where the axis is long enough for 9 and 10 */
    bool all = axis->scale == VIEW_LOG10 && to - from <= 1 + 1e-9 && wanted >= 8 * (to - from);
    const bool whole = axis->format == VIEW_COUNT; /* of less than one there is none */
    if (few &&
        (last - first < 1 || axis->format == VIEW_PERCENT ||
         axis->format == VIEW_SHORT)) /* one power of ten, or none, says too little about so short an axis */
        powers = false;
    for (int power = (int)floor(from); power <= last; power++) {
        double base = scale_invert(axis->scale, power);
        if (power >= first && (power - first) % stride == 0 && !(whole && power < 0))
            add_tick(ticks, base);
        for (int k = 2; axis->scale == VIEW_LOG10 && k < 10; k++) {
            double value = k * base;
            if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9) || (whole && value < 1))
                continue;
            if (few && !powers && (k == 2 || k == 5 || all))
                add_tick(ticks, value);
            else if (stride == 1 && ticks->n_minor < VIEW_MAX_TICKS)
                ticks->minor[ticks->n_minor++] = value;
        }
    }
    for (uint32_t i = 0; i < ticks->count; i++)
        label_log_tick(axis, ticks->values[i], powers, ticks->labels[i]);
}

/* Those of the shares themselves, at their logarithms. */
static void decade_ticks(double low, double high, uint32_t wanted, struct view_ticks *ticks)
{
    const struct view_axis shares = {
        .low = pow(10, low), .high = pow(10, high), .scale = VIEW_LOG10, .format = VIEW_PERCENT};
    if (!(shares.low > 0) || !isfinite(shares.high))
        return;
    log_ticks(&shares, shares.low, shares.high, wanted, ticks);
    for (uint32_t i = 0; i < ticks->count; i++)
        ticks->values[i] = log10(ticks->values[i]);
    for (uint32_t i = 0; i < ticks->n_minor; i++)
        ticks->minor[i] = log10(ticks->minor[i]);
}

void view_ticks_make(const struct view_axis *axis, uint32_t wanted, struct view_ticks *ticks)
{
    *ticks = (struct view_ticks){0};
    double low = fmin(axis->low, axis->high), high = fmax(axis->low, axis->high);
    if (!isfinite(low) || !isfinite(high) || !(low < high) || (is_log(axis->scale) && !(low > 0)))
        return;
    wanted = wanted ? wanted : 5;
    if (is_log(axis->scale))
        log_ticks(axis, low, high, wanted, ticks);
    else if (axis->scale == VIEW_SQRT)
        sqrt_ticks(axis, fmax(0, low), high, wanted, ticks);
    else if (axis->format == VIEW_DECADES)
        decade_ticks(low, high, wanted, ticks);
    else
        linear_ticks(axis, low, high, wanted, ticks);
    if (ticks->exponent) {
        append(ticks->unit, sizeof ticks->unit, "×10");
        append_superscript(ticks->unit, sizeof ticks->unit, ticks->exponent);
    }
}

/* ---- rounding the ends ---- */

static double ladder_up(double value)
{
    static const double ladder[] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10};
    double power = pow(10, decade(value));
    for (size_t i = 0; i < sizeof ladder / sizeof *ladder; i++)
        if (ladder[i] * power >= value * (1 - 1e-9))
            return ladder[i] * power;
    return 10 * power;
}

void view_axis_round(struct view_axis *axis, uint32_t ticks)
{
    ticks = ticks ? ticks : 5;
    if (!(axis->low < axis->high))
        return;
    if (axis->scale == VIEW_LOG10) {
        axis->low = pow(10, floor(log10(axis->low) + 1e-9));
        axis->high = ladder_up(axis->high);
    } else if (axis->scale == VIEW_LOG2) {
        axis->low = exp2(floor(log2(axis->low) + 1e-9));
        axis->high = exp2(ceil(log2(axis->high) - 1e-9));
    } else if (axis->scale == VIEW_SQRT) {
        axis->high = ladder_up(axis->high);
    } else {
        double step = axis->step > 0 ? axis->step : nice_step(axis->high - axis->low, ticks, axis->format);
        axis->low = step * floor(axis->low / step + 1e-9);
        axis->high = step * ceil(axis->high / step - 1e-9);
    }
}
