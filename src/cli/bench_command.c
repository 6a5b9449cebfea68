/* `arclight bench`: each benchmark warmed up, repeated, and set beside the device's own floor. */
#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/rooms.h"
#include "cli/statistics.h"
#include "cli/values.h"
#include "cli/version.h"
#include "gpu/benchmarks.h"
#include "gpu/gpu.h"
#include "io/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the warm-up: at least this many runs, and this long (clocks of GPUs rise over some tens of ms). */
enum { WARM_UP_RUNS = 2 };
static const uint64_t WARM_UP_NS = 100000000;

struct floor {
    double copy_bytes_per_second;
    double operations_per_second;
};

enum { MOST_KERNELS = 128 };

struct kernel_time {
    const char *kernel;
    uint64_t dispatches, ns; /* sums over all repetitions */
    uint64_t fastest_ns;     /* of one repetition */
};

struct measurement {
    struct gpu_benchmark_work work; /* after teardown: the figures only */
    struct cli_quartiles ns;
    uint32_t repetitions;
    struct kernel_time kernels[MOST_KERNELS]; /* none without timestamps */
    uint32_t n_kernels;
};

static void add_kernel(struct measurement *m, const struct gpu_timing *timing)
{
    uint32_t i = 0;
    while (i < m->n_kernels && strcmp(m->kernels[i].kernel, timing->kernel) != 0)
        i++;
    if (i == MOST_KERNELS)
        return;
    if (i == m->n_kernels)
        m->kernels[m->n_kernels++] = (struct kernel_time){.kernel = timing->kernel, .fastest_ns = timing->ns};
    m->kernels[i].dispatches += timing->dispatches;
    m->kernels[i].ns += timing->ns;
    m->kernels[i].fastest_ns = base_minimum(m->kernels[i].fastest_ns, timing->ns);
}

static int by_time(const void *a, const void *b)
{
    const struct kernel_time *first = a, *second = b;
    if (first->ns != second->ns)
        return first->ns < second->ns ? 1 : -1;
    return strcmp(first->kernel, second->kernel);
}

/* Device time of one run: the sum over its dispatches where the device has timestamps, else the time until
 * the host knows that all is done. What each kernel took is added to `m` unless that is NULL. */
static enum base_status time_run(struct gpu *gpu, const struct gpu_benchmark *benchmark,
                                 struct gpu_benchmark_work *work, double *ns, struct measurement *m)
{
    gpu_timing_reset(gpu);
    uint64_t begin = base_clock_ns();
    BASE_TRY(benchmark->run(gpu, work));
    BASE_TRY(gpu_wait(gpu));
    *ns = (double)(base_clock_ns() - begin);
    if (!gpu_capabilities(gpu)->timestamps)
        return BASE_OK;
    struct gpu_timing *timings = NULL;
    uint32_t count = 0;
    BASE_TRY(gpu_timings(gpu, &timings, &count));
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += timings[i].ns;
        if (m)
            add_kernel(m, &timings[i]);
    }
    base_free(timings);
    if (sum > 0)
        *ns = (double)sum;
    return BASE_OK;
}

static enum base_status warm_up(struct gpu *gpu, const struct gpu_benchmark *benchmark,
                                struct gpu_benchmark_work *work)
{
    uint64_t begin = base_clock_ns();
    double ns;
    for (uint32_t i = 0; i < WARM_UP_RUNS || base_clock_ns() - begin < WARM_UP_NS; i++) {
        if (base_interrupted())
            return BASE_INTERRUPTED;
        BASE_TRY(time_run(gpu, benchmark, work, &ns, NULL));
    }
    return BASE_OK;
}

static enum base_status measure(struct gpu *gpu, const struct gpu_benchmark *benchmark, uint32_t repetitions,
                                struct measurement *measurement)
{
    double *samples = NULL;
    *measurement = (struct measurement){.repetitions = repetitions};
    BASE_TRY(base_allocate(&samples, repetitions, sizeof *samples, "the samples of a benchmark"));
    base_log_progress("%s", benchmark->name);
    enum base_status status = benchmark->setup(gpu, &measurement->work);
    if (status == BASE_OK) {
        status = warm_up(gpu, benchmark, &measurement->work);
        for (uint32_t i = 0; i < repetitions && status == BASE_OK; i++) {
            status = base_interrupted()
                         ? BASE_INTERRUPTED
                         : time_run(gpu, benchmark, &measurement->work, &samples[i], measurement);
            base_log_progress("%s  %u of %u", benchmark->name, i + 1, repetitions);
        }
        benchmark->teardown(gpu, &measurement->work);
    }
    base_log_progress("%s", "");
    if (status == BASE_OK)
        measurement->ns = cli_quartiles(samples, repetitions);
    qsort(measurement->kernels, measurement->n_kernels, sizeof measurement->kernels[0], by_time);
    base_free(samples);
    return status;
}

/* The fastest run counts here: what disturbs a run only makes it slower, and a floor is not to be crossed. */
static enum base_status measure_floor(struct gpu *gpu, uint32_t repetitions, struct floor *floor)
{
    *floor = (struct floor){0, 0};
    for (const struct gpu_benchmark *benchmark = gpu_benchmarks; benchmark->name; benchmark++) {
        struct measurement m;
        BASE_TRY(measure(gpu, benchmark, repetitions, &m));
        double seconds = m.ns.minimum * 1e-9;
        double *best = m.work.operations > 0 ? &floor->operations_per_second : &floor->copy_bytes_per_second;
        double rate = (double)m.work.items / seconds;
        *best = rate > *best ? rate : *best;
    }
    return BASE_OK;
}

/* In ns; *memory_bound tells which of the two it is. */
static double floor_of(const struct floor *floor, const struct gpu_benchmark_work *work, bool *memory_bound)
{
    double copying = (double)work->bytes / floor->copy_bytes_per_second * 1e9;
    double computing = (double)work->operations / floor->operations_per_second * 1e9;
    *memory_bound = copying >= computing;
    return *memory_bound ? copying : computing;
}

static json_t *kernels_json(const struct measurement *m)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < m->n_kernels; i++) {
        const struct kernel_time *k = &m->kernels[i];
        json_array_append_new(list, json_pack("{s:s, s:f, s:f, s:I}", "kernel", k->kernel, "dispatches",
                                              (double)k->dispatches / m->repetitions, "mean_ns",
                                              (double)k->ns / m->repetitions, "minimum_ns",
                                              (json_int_t)k->fastest_ns));
    }
    return list;
}

static json_t *measurement_json(const struct gpu_benchmark *benchmark, const struct measurement *m,
                                const struct floor *floor)
{
    bool memory_bound;
    double floor_ns = floor_of(floor, &m->work, &memory_bound);
    return json_pack("{s:s, s:s, s:i, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:s, s:f, s:f, s:s, s:f, s:o}",
                     "name", benchmark->name, "case", benchmark->help, "repetitions", (int)m->repetitions,
                     "median_ns", m->ns.median, "quartile_1_ns", m->ns.low, "quartile_3_ns", m->ns.high,
                     "minimum_ns", m->ns.minimum, "bytes", (json_int_t)m->work.bytes, "operations",
                     (json_int_t)m->work.operations, "items", (json_int_t)m->work.items, "unit", m->work.unit,
                     "items_per_second", (double)m->work.items / m->ns.median * 1e9, "floor_ns", floor_ns,
                     "floor_is", memory_bound ? "copy" : "multiply-add", "fraction_of_floor",
                     floor_ns / m->ns.median, "kernels", kernels_json(m));
}

static void print_kernels(const struct measurement *m)
{
    double all = 0;
    for (uint32_t i = 0; i < m->n_kernels; i++)
        all += (double)m->kernels[i].ns;
    for (uint32_t i = 0; i < m->n_kernels; i++)
        cli_print("    %-22s %12.3f %8.1f %%   in %.4g dispatch%s\n", m->kernels[i].kernel,
                  (double)m->kernels[i].ns / m->repetitions * 1e-6,
                  all > 0 ? 100 * (double)m->kernels[i].ns / all : 0,
                  (double)m->kernels[i].dispatches / m->repetitions,
                  m->kernels[i].dispatches == m->repetitions ? "" : "es");
}

static void print_measurement(const struct gpu_benchmark *benchmark, const struct measurement *m,
                              const struct floor *floor, bool kernels)
{
    bool memory_bound;
    double floor_ns = floor_of(floor, &m->work, &memory_bound);
    char rate[32];
    base_quantity_text((double)m->work.items / m->ns.median * 1e9, rate, sizeof rate);
    cli_print("%-26s %12.3f %8.1f %% %10.1f %%  %-13s %s %s/s\n", benchmark->name, m->ns.median * 1e-6,
              100 * (m->ns.high - m->ns.low) / m->ns.median, 100 * floor_ns / m->ns.median,
              memory_bound ? "copy" : "multiply-add", rate, m->work.unit);
    cli_print("    %s\n", benchmark->help);
    if (kernels)
        print_kernels(m);
}

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

static bool named(const struct cli_values *values, const char *name)
{
    for (uint32_t i = 0; i < values->n_arguments; i++)
        if (begins(name, values->arguments[i]))
            return true;
    return false;
}

/* Without names: all but the measures of the floor itself, which the head of the output shows. */
static bool wanted(const struct cli_values *values, const struct cli_room *room, const char *name)
{
    return values->n_arguments == 0 ? room->benchmarks != gpu_benchmarks : named(values, name);
}

/* A user who has a wrong name is told every right one. */
static enum base_status refuse_name(const char *wrong, const char *const *names, uint32_t count)
{
    char all[3072] = "";
    const char *nearest = cli_suggest(wrong, names, count);
    for (uint32_t i = 0, used = 0; i < count && used < sizeof all; i++)
        used += (uint32_t)snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "", names[i]);
    return base_fail(
        BASE_ERROR_USAGE,
        "bench: no benchmark's name begins with '%s'%s%s%s are %s; bench --list says what each does", wrong,
        nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'? There" : "; there", all);
}

/* Each NAME must begin some benchmark's name. */
static enum base_status check_names(const struct cli_values *values)
{
    const char *names[128];
    uint32_t count = 0;
    for (const struct cli_room *room = cli_rooms; room->name; room++)
        for (const struct gpu_benchmark *b = room->benchmarks; b && b->name && count < 128; b++)
            names[count++] = b->name;
    for (uint32_t i = 0; i < values->n_arguments; i++) {
        bool found = false;
        for (uint32_t n = 0; n < count && !found; n++)
            found = begins(names[n], values->arguments[i]);
        if (!found)
            return refuse_name(values->arguments[i], names, count);
    }
    return BASE_OK;
}

static enum base_status run_all(const struct cli_values *values, struct gpu *gpu, const struct floor *floor,
                                json_t *results)
{
    uint32_t repetitions = (uint32_t)cli_integer(values, "repetitions");
    for (const struct cli_room *room = cli_rooms; room->name; room++) {
        for (const struct gpu_benchmark *b = room->benchmarks; b && b->name; b++) {
            struct measurement m;
            if (!wanted(values, room, b->name))
                continue;
            BASE_TRY(measure(gpu, b, repetitions, &m));
            if (results)
                json_array_append_new(results, measurement_json(b, &m, floor));
            else
                print_measurement(b, &m, floor, cli_flag(values, "kernels"));
        }
    }
    return BASE_OK;
}

/* The benchmarks there are, or those of the names given, measures of the floor included; opens no device. */
static enum base_status list_benchmarks(const struct cli_values *values)
{
    json_t *benchmarks = cli_flag(values, "json") ? json_array() : NULL;
    for (const struct cli_room *room = cli_rooms; room->name; room++)
        for (const struct gpu_benchmark *b = room->benchmarks; b && b->name; b++) {
            if (values->n_arguments > 0 && !named(values, b->name))
                continue;
            if (benchmarks)
                json_array_append_new(benchmarks, json_pack("{s:s, s:s}", "name", b->name, "case", b->help));
            else
                cli_print("%-26s %s\n", b->name, b->help);
        }
    if (!benchmarks)
        return BASE_OK;
    return cli_print_json(
        json_pack("{s:s, s:o}", "schema", "arclight.benchmarks/1", "benchmarks", benchmarks));
}

static void print_head(const struct gpu *gpu, const struct floor *floor)
{
    const struct gpu_device_information *device = gpu_information(gpu);
    char copy[32], peak[32];
    base_quantity_text(floor->copy_bytes_per_second, copy, sizeof copy);
    base_quantity_text(floor->operations_per_second, peak, sizeof peak);
    cli_print("%s%s%s, %s\n", cli_style(1, CLI_BOLD), device->name, cli_style(1, CLI_PLAIN), device->driver);
    cli_print("floor: copy %sB/s read and written together, multiply-add %s f32 operations/s\n\n", copy,
              peak);
    cli_print("%-26s %12s %10s %12s  %-13s %s\n", "", "median, ms", "spread", "of floor", "floor", "rate");
}

enum base_status cli_run_bench(const struct cli_values *values)
{
    struct gpu *gpu = NULL;
    json_t *results = NULL;
    struct floor floor;
    enum base_status status;
    BASE_CHECK(check_names(values));
    if (cli_flag(values, "list"))
        return list_benchmarks(values);
    BASE_CHECK(cli_open_gpu(values, true, &gpu));
    BASE_CHECK(measure_floor(gpu, (uint32_t)cli_integer(values, "repetitions"), &floor));
    if (cli_flag(values, "json"))
        results = json_array();
    else
        print_head(gpu, &floor);
    BASE_CHECK(run_all(values, gpu, &floor, results));
    if (results)
        BASE_CHECK(cli_print_json(json_pack(
            "{s:s, s:s, s:s, s:o, s:o, s:{s:f, s:f}, s:O}", "schema", "arclight.bench/1", "version",
            cli_version(), "commit", cli_commit(), "device", io_json_text(gpu_information(gpu)->name),
            "driver", io_json_text(gpu_information(gpu)->driver), "floor", "copy_bytes_per_second",
            floor.copy_bytes_per_second, "operations_per_second", floor.operations_per_second, "benchmarks",
            results)));
error:
    json_decref(results);
    gpu_close(&gpu);
    return status;
}
