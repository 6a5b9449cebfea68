/* `arclight devices`: what there is, what it can do, and at which level each kernel would run there. */
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/rooms.h"
#include "cli/values.h"
#include "gpu/gpu.h"
#include "io/json.h"

#include <inttypes.h>
#include <stdio.h>

/* Opens device `index`, or fails with the reason; a device that cannot be opened is reported, not fatal. */
static enum base_status open_device(const struct cli_values *values, uint32_t index, struct gpu **out)
{
    char number[16];
    snprintf(number, sizeof number, "%" PRIu32, index);
    struct gpu_open_parameters parameters = {
        .device = number, .limits = cli_text(values, "limits"), .quiet = true, .no_pipeline_cache = true};
    return gpu_open(&parameters, out);
}

static json_t *capabilities_json(const struct gpu_capabilities *c)
{
    return json_pack(
        "{s:I, s:[I,I,I], s:[I,I,I], s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:b, s:b, s:b, "
        "s:b, s:b, "
        "s:f, s:I, "
        "s:b, s:b, s:b, s:b, s:b}",
        "max_invocations", (json_int_t)c->max_invocations, "max_group_size", (json_int_t)c->max_group_size[0],
        (json_int_t)c->max_group_size[1], (json_int_t)c->max_group_size[2], "max_groups",
        (json_int_t)c->max_groups[0], (json_int_t)c->max_groups[1], (json_int_t)c->max_groups[2],
        "shared_bytes", (json_int_t)c->shared_bytes, "push_bytes", (json_int_t)c->push_bytes,
        "storage_range_bytes", (json_int_t)c->storage_range_bytes, "allocation_bytes",
        (json_int_t)c->allocation_bytes, "memory_bytes", (json_int_t)c->memory_bytes, "memory_free_bytes",
        (json_int_t)c->memory_free_bytes, "offset_alignment", (json_int_t)c->offset_alignment,
        "subgroup_size", (json_int_t)c->subgroup_size, "subgroup_size_control", c->subgroup_size_control,
        "subgroup_operations", c->subgroup_operations, "buffer_addresses", c->buffer_addresses,
        "storage_16bit", c->storage_16bit, "shader_float16", c->shader_float16, "cooperative_matrix",
        c->cooperative_matrix, "rounding_to_nearest_even", c->rounding_to_nearest_even, "timestamps",
        c->timestamps, "timestamp_ns", (double)c->timestamp_ns, "max_image_size",
        (json_int_t)c->max_image_size, "memory_shared_with_host", c->memory_shared_with_host, "robust_access",
        c->robust_access, "long_loops", c->long_loops, "draws", c->draws, "presents", c->presents);
}

static json_t *kernels_json(struct gpu *gpu)
{
    json_t *kernels = json_object();
    for (const struct cli_room *room = cli_rooms; room->name; room++)
        for (const struct gpu_kernel *const *kernel = room->kernels; *kernel; kernel++)
            json_object_set_new(kernels, (*kernel)->name,
                                json_string(gpu_level_name(gpu_best_level(gpu, *kernel))));
    return kernels;
}

static json_t *device_json(const struct cli_values *values, const struct gpu_device_information *device)
{
    json_t *record =
        json_pack("{s:I, s:o, s:s, s:o, s:s, s:s}", "index", (json_int_t)device->index, "name",
                  io_json_text(device->name), "type", gpu_device_type_name(device->type), "driver",
                  io_json_text(device->driver), "api_version", device->api_version, "uuid", device->uuid);
    struct gpu *gpu = NULL;
    const char *unusable = device->unusable;
    if (!unusable && open_device(values, device->index, &gpu) != BASE_OK)
        unusable = base_message();
    json_object_set_new(record, "unusable", io_json_text(unusable));
    json_object_set_new(record, "capabilities",
                        capabilities_json(gpu ? gpu_capabilities(gpu) : &device->capabilities));
    json_object_set_new(record, "kernels", gpu ? kernels_json(gpu) : json_object());
    gpu_close(&gpu);
    return record;
}

static enum base_status print_json(const struct cli_values *values,
                                   const struct gpu_device_information *devices, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(list, device_json(values, &devices[i]));
    return cli_print_json(json_pack("{s:s, s:o}", "schema", "arclight.devices/1", "devices", list));
}

static void print_capabilities(const struct gpu_capabilities *c)
{
    static const double gibibyte = 1073741824.0, mebibyte = 1048576.0;
    cli_print("   memory     %.2f GiB, %.2f GiB free%s\n", (double)c->memory_bytes / gibibyte,
              (double)c->memory_free_bytes / gibibyte,
              c->memory_shared_with_host ? ", shared with the host" : "");
    cli_print(
        "   limits     %u invocations and %u KiB shared memory a workgroup, %.0f MiB a binding, %.2f GiB an "
        "allocation\n",
        c->max_invocations, c->shared_bytes / 1024, (double)c->storage_range_bytes / mebibyte,
        (double)c->allocation_bytes / gibibyte);
    cli_print("   subgroups  %u invocations%s%s\n", c->subgroup_size,
              c->subgroup_operations ? ", with ballots and shuffles" : "",
              c->subgroup_size_control ? ", size can be set" : "");
    cli_print("   has       %s%s%s%s%s%s%s\n", c->buffer_addresses ? " buffer addresses," : "",
              c->storage_16bit ? " 16-bit storage," : "", c->shader_float16 ? " 16-bit arithmetic," : "",
              c->cooperative_matrix ? " cooperative matrices," : "",
              c->rounding_to_nearest_even ? " choice of rounding," : "", c->timestamps ? " timestamps," : "",
              c->robust_access ? " robust access" : " no robust access");
}

/* How many kernels run at each level; each by name when the user wants more words. */
static void print_levels(struct gpu *gpu, bool each)
{
    uint32_t counts[GPU_LEVELS] = {0};
    cli_print("   kernels   ");
    for (const struct cli_room *room = cli_rooms; room->name; room++)
        for (const struct gpu_kernel *const *kernel = room->kernels; *kernel; kernel++)
            counts[gpu_best_level(gpu, *kernel)]++;
    const char *before = " ";
    for (int level = GPU_LEVELS - 1; level >= 0; level--) {
        if (counts[level] == 0)
            continue;
        cli_print("%s%u at level %s", before, counts[level], gpu_level_name((enum gpu_level)level));
        before = ", ";
    }
    cli_print("\n");
    if (!each)
        return;
    for (const struct cli_room *room = cli_rooms; room->name; room++)
        for (const struct gpu_kernel *const *kernel = room->kernels; *kernel; kernel++)
            cli_print("              %-28s %s\n", (*kernel)->name,
                      gpu_level_name(gpu_best_level(gpu, *kernel)));
}

static void print_device(const struct cli_values *values, const struct gpu_device_information *device)
{
    cli_print("%s%u  %s%s\n", cli_style(1, CLI_BOLD), device->index, device->name, cli_style(1, CLI_PLAIN));
    cli_print("   type       %s\n", gpu_device_type_name(device->type));
    cli_print("   driver     %s, Vulkan %s\n", device->driver, device->api_version);
    cli_print("   uuid       %s\n", device->uuid);
    struct gpu *gpu = NULL;
    const char *unusable = device->unusable;
    if (!unusable && open_device(values, device->index, &gpu) != BASE_OK)
        unusable = base_message();
    print_capabilities(gpu ? gpu_capabilities(gpu) : &device->capabilities);
    if (unusable)
        cli_print("   %sunusable%s   %s\n", cli_style(1, CLI_BAD), cli_style(1, CLI_PLAIN), unusable);
    else
        print_levels(gpu, cli_flag(values, "verbose"));
    gpu_close(&gpu);
}

enum base_status cli_run_devices(const struct cli_values *values)
{
    struct gpu_device_information *devices = NULL;
    uint32_t count = 0;
    BASE_TRY(gpu_list(&devices, &count));
    enum base_status status = BASE_OK;
    if (cli_flag(values, "json")) {
        status = print_json(values, devices, count);
    } else {
        for (uint32_t i = 0; i < count; i++)
            print_device(values, &devices[i]);
        if (count == 0)
            cli_print(
                "no Vulkan device; the package mesa-vulkan-drivers has drivers for AMD, Intel and the CPU\n");
    }
    base_free(devices);
    return status;
}
