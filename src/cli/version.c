#include "cli/version.h"

#include "base/log.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/values.h"
#include "gpu/gpu.h"
#include "io/json.h"

#include "arclight_build.h"

const char *cli_version(void)
{
    return ARCLIGHT_BUILD_VERSION;
}

const char *cli_commit(void)
{
    return ARCLIGHT_BUILD_COMMIT;
}

static json_t *version_json(const char *loader, const struct gpu_device_information *devices, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:o, s:o, s:s}", "name", io_json_text(devices[i].name),
                                              "driver", io_json_text(devices[i].driver), "api_version",
                                              devices[i].api_version));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "schema", "arclight.version/1", "version",
                     ARCLIGHT_BUILD_VERSION, "commit", ARCLIGHT_BUILD_COMMIT, "compiler",
                     ARCLIGHT_BUILD_COMPILER, "glslang", ARCLIGHT_BUILD_GLSLANG, "vulkan_headers",
                     ARCLIGHT_BUILD_VULKAN_HEADERS, "vulkan_loader", io_json_text(loader), "devices", list);
}

static void print_version(const char *loader, const struct gpu_device_information *devices, uint32_t count)
{
    cli_print("arclight %s%s%s%s\n", ARCLIGHT_BUILD_VERSION, ARCLIGHT_BUILD_COMMIT[0] ? " (commit " : "",
              ARCLIGHT_BUILD_COMMIT, ARCLIGHT_BUILD_COMMIT[0] ? ")" : "");
    cli_print("compiler        %s\n", ARCLIGHT_BUILD_COMPILER);
    cli_print("glslang         %s\n", ARCLIGHT_BUILD_GLSLANG);
    cli_print("Vulkan headers  %s\n", ARCLIGHT_BUILD_VULKAN_HEADERS);
    cli_print("Vulkan loader   %s\n", loader ? loader : "none");
    if (count == 0)
        cli_print("devices         none\n");
    for (uint32_t i = 0; i < count; i++)
        cli_print("device %-8u %s, Vulkan %s, driver %s\n", i, devices[i].name, devices[i].api_version,
                  devices[i].driver);
}

/* No device is no failure here: the command is for bug reports, also about a missing device. */
enum base_status cli_run_version(const struct cli_values *values)
{
    struct gpu_device_information *devices = NULL;
    uint32_t count = 0;
    char version[32];
    const char *loader = gpu_loader_version(version) ? version : NULL;
    enum base_status status = BASE_OK;
    if (loader && gpu_list(&devices, &count) != BASE_OK)
        base_log(BASE_LOG_NORMAL, "%s", base_message());
    if (cli_flag(values, "json"))
        status = cli_print_json(version_json(loader, devices, count));
    else
        print_version(loader, devices, count);
    base_free(devices);
    return status;
}
