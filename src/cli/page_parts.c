#include "cli/page_parts.h"

#include "cli/srm_words.h"
#include "cli/text.h"
#include "cli/version.h"

#include <float.h>
#include <math.h>
#include <string.h>

void cli_fit_text(char *text, float width, float size, enum view_weight weight)
{
    static const char ellipsis[] = "\u2026"; /* three bytes, for which as many are cut off first */
    size_t length = strlen(text);
    if (length < sizeof ellipsis || view_text_width(text, size, weight) <= width)
        return;
    for (length -= sizeof ellipsis - 1; length > 0; length--) {
        if (((unsigned char)text[length] & 0xc0) == 0x80)
            continue;
        memcpy(text + length, ellipsis, sizeof ellipsis);
        if (view_text_width(text, size, weight) <= width)
            return;
    }
}

void cli_heading_bar(struct view_canvas *canvas, float right, float y,
                     const struct view_colour_scale *colours)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    char low[VIEW_LABEL_BYTES], high[CLI_COUNT_BYTES];
    struct view_text_style style = {
        .size = theme->size_tick, .colour = theme->text_muted, .align = VIEW_END, .anchor = VIEW_MIDDLE};
    const float length = 110, middle = y + 5;
    if (colours->axis.low < 1)
        view_format_number(colours->axis.low, 1, low);
    else
        cli_count_text((uint64_t)colours->axis.low, low);
    cli_count_text((uint64_t)colours->axis.high, high);
    right -= view_text(canvas, right, middle, high, &style) + 6;
    right -= length;
    view_gradient(canvas, (struct view_rect){view_snap(canvas, right), view_snap(canvas, y), length, 10},
                  colours->map, false);
    right -= 6;
    right -= view_text(canvas, right, middle, low, &style) + 10;
    style.colour = theme->text;
    view_text(canvas, right, middle, colours->axis.label, &style);
}

void cli_page_footer(struct view_canvas *canvas, struct view_rect rect, const char *words)
{
    char text[512] = "";
    struct cli_line line = {.text = text, .bytes = sizeof text};
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_text_style style = {.size = theme->size_tick, .colour = theme->text_muted};
    float baseline = rect.y + rect.height;
    view_line_across(canvas, rect.x, rect.x + rect.width, rect.y,
                     &(struct view_line_style){.colour = theme->grid});
    cli_line_add(&line, "arclight %s", cli_version());
    if (cli_commit()[0])
        cli_line_add(&line, " (%s)", cli_commit());
    cli_line_add(&line, "   \u00b7   ");
    cli_srm_say_device(view_canvas_gpu(canvas), &line);
    cli_fit_text(text, (words && words[0] ? 0.6f : 1) * rect.width, style.size, VIEW_REGULAR);
    view_text(canvas, rect.x, baseline, text, &style);
    style.align = VIEW_END;
    if (words)
        view_text(canvas, rect.x + rect.width, baseline, words, &style);
}

/* ---- axes ---- */

double cli_finite(double value)
{
    return fabs(value) <= (double)FLT_MAX ? value : NAN;
}

struct cli_range cli_range_nothing(void)
{
    return (struct cli_range){INFINITY, -INFINITY, INFINITY};
}

void cli_range_extend(struct cli_range *range, double value)
{
    value = cli_finite(value);
    if (isnan(value))
        return;
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
    if (value > (double)FLT_MIN)
        range->least = fmin(range->least, value);
}

/* The greatest of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that is at most `value`; or, `up`, the least
 * that is at least it. */
static double round_to_ladder(double value, bool up)
{
    static const double ladder[] = {1, 1.5, 2, 3, 4, 5, 6, 8, 10};
    enum { STEPS = sizeof ladder / sizeof *ladder };
    double power = pow(10, floor(log10(value) + 1e-9));
    for (int i = 0; i < STEPS && up; i++)
        if (ladder[i] * power >= value * (1 - 1e-9))
            return ladder[i] * power;
    for (int i = STEPS - 1; i >= 0 && !up; i--)
        if (ladder[i] * power <= value * (1 + 1e-9))
            return ladder[i] * power;
    return up ? 10 * power : power;
}

struct view_axis cli_range_axis(const struct cli_range *range, bool may_be_log, bool from_zero,
                                const char *label)
{
    struct view_axis axis = {.high = 1, .label = label};
    if (!(range->low <= range->high))
        return axis;
    double least = fmax(range->least, range->high * 1e-5);
    if (may_be_log && range->low >= 0 && range->high / least >= 3) {
        axis.scale = VIEW_LOG10;
        axis.low = round_to_ladder(least / 1.03, false); /* so that no curve lies on the frame */
        axis.high = round_to_ladder(range->high * 1.03, true);
        return axis;
    }
    axis.low = from_zero ? fmin(0, range->low) : range->low;
    axis.high = from_zero ? fmax(0, range->high) : range->high;
    double size = fmax(fabs(axis.low), fabs(axis.high));
    if (!(axis.high - axis.low > 1e-6 * size)) { /* a constant stands in the middle */
        axis.low -= size > 0 ? 0.5 * size : 0;
        axis.high += size > 0 ? 0.5 * size : 1;
    }
    if (from_zero) { /* room above the greatest, none below 0 */
        axis.low *= 1.05;
        axis.high *= 1.05;
    } else {
        view_axis_round(&axis, 5);
    }
    return axis;
}
