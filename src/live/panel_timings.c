/* Where the device's time goes, kernel by kernel, since the device was opened. */
#include "live/panel.h"

#include "base/memory.h"
#include "live/export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_KERNELS = 128 };

static int by_time(const void *a, const void *b)
{
    const struct gpu_timing *x = a, *y = b;
    return (x->ns < y->ns) - (x->ns > y->ns);
}

/* Greatest first. Freed with base_free; NULL when there are none. */
static struct gpu_timing *timings_of(struct gpu *gpu, uint32_t *count, double *total)
{
    struct gpu_timing *timings = NULL;
    *total = 0;
    *count = 0;
    if (gpu_timings_so_far(gpu, &timings, count) != BASE_OK)
        return NULL;
    qsort(timings, *count, sizeof *timings, by_time);
    for (uint32_t i = 0; i < *count; i++)
        *total += (double)timings[i].ns;
    return timings;
}

/* Where columns end: names, then numbers that end at `time` and `count`, then a bar from `bar` on. */
struct columns {
    float name, time, count, bar, end;
};

static struct columns columns_of(struct view_rect rect, float size)
{
    const float wide = 10 * size;
    struct columns c = {
        .name = rect.x, .time = rect.x + 17.5f * size + wide - 10, .end = rect.x + rect.width};
    c.count = c.time + wide;
    c.bar = c.count + 16;
    return c;
}

static void draw_names(const struct live_scope *scope, struct view_rect row, const struct columns *c)
{
    const float middle = row.y + 0.5f * row.height;
    struct view_text_style style = {
        .size = scope->theme->size_tick, .colour = scope->theme->text_muted, .anchor = VIEW_MIDDLE};
    view_text(scope->canvas, c->name, middle, "kernel", &style);
    style.align = VIEW_END;
    view_text(scope->canvas, c->time, middle, "time", &style);
    view_text(scope->canvas, c->count, middle, "dispatches", &style);
    view_text(scope->canvas, c->end, middle, "share of the time", &style);
    view_line_across(scope->canvas, row.x, row.x + row.width, row.y + row.height - 2,
                     &(struct view_line_style){.colour = scope->theme->grid});
}

static void draw_row(const struct live_scope *scope, struct view_rect row, const struct columns *c,
                     const struct gpu_timing *timing, double total)
{
    const float size = scope->theme->size_label;
    const struct view_text_style name = {.anchor = VIEW_MIDDLE};
    struct view_text_style number = {
        .colour = scope->theme->text_muted, .align = VIEW_END, .anchor = VIEW_MIDDLE};
    float middle = row.y + 0.5f * row.height, share = (float)((double)timing->ns / total);
    char words[64], digits[VIEW_LABEL_BYTES];
    view_text(scope->canvas, c->name, middle, timing->kernel, &name);
    snprintf(words, sizeof words, "%.1f ms", (double)timing->ns * 1e-6);
    view_text(scope->canvas, c->time, middle, words, &number);
    view_format_count(timing->dispatches, digits);
    view_text(scope->canvas, c->count, middle, digits, &number);
    float room = c->end - c->bar - 5.5f * size;
    if (room <= 0)
        return;
    view_rounded_box(scope->canvas, (struct view_rect){c->bar, middle - 4, fmaxf(1, room * share), 8}, 2, 0,
                     scope->theme->series[0]);
    snprintf(words, sizeof words, "%.1f %%", 100.0 * (double)share);
    view_text(scope->canvas, c->end, middle, words, &number);
}

void live_draw_timings(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    uint32_t count;
    double total;
    char words[96];
    struct gpu_timing *timings = timings_of(scope->model->gpu, &count, &total);
    (void)tile;
    if (!(total > 0)) {
        base_free(timings);
        live_panel_empty(scope, rect, "Time of the device by kernel",
                         "this device has no clock for its work");
        return;
    }
    snprintf(words, sizeof words, "%.2f s in %u kernels", total * 1e-9, count);
    float taken = view_heading(scope->canvas, rect, NULL, "Time of the device by kernel", words);
    view_cut_top(&rect, taken + 10, 0);
    const float size = scope->theme->size_label;
    /* rows stand farther apart where there is height for all of them */
    const float line = fmaxf(1.75f * size, fminf(2.6f * size, rect.height / (float)(count + 1)));
    const struct columns columns = columns_of(rect, size);
    draw_names(scope, view_cut_top(&rect, 1.75f * size, 2), &columns);
    for (uint32_t i = 0; i < count && rect.height >= line; i++)
        draw_row(scope, view_cut_top(&rect, line, 0), &columns, &timings[i], total);
    base_free(timings);
}

enum base_status live_save_timings(const struct live_model *model, const struct live_tile *tile,
                                   const char *path)
{
    uint32_t count;
    double total, ns[MOST_KERNELS], dispatches[MOST_KERNELS];
    const char *names[MOST_KERNELS];
    struct gpu_timing *timings = timings_of(model->gpu, &count, &total);
    (void)tile;
    count = count > MOST_KERNELS ? MOST_KERNELS : count;
    for (uint32_t i = 0; i < count; i++) {
        names[i] = timings[i].kernel;
        ns[i] = (double)timings[i].ns;
        dispatches[i] = (double)timings[i].dispatches;
    }
    const struct live_column columns[] = {{.name = "kernel", .words = names},
                                          {.name = "time", .unit = "ns", .host = ns},
                                          {.name = "dispatches", .host = dispatches}};
    enum base_status status = count > 0 ? live_export_csv(path, model->gpu, columns, 3, count)
                                        : base_fail(BASE_ERROR_USAGE, "there are no timings to save");
    base_free(timings);
    return status;
}
