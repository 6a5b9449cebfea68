/* The Vulkan instance and what validation says. */
#include "base/log.h"
#include "base/memory.h"
#include "gpu/internal.h"
#include "gpu/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static VkInstance the_instance;
static uint32_t users;
static bool validation;
static VkDebugUtilsMessengerEXT messenger;
static uint64_t n_messages;

struct gpu_testing_switches gpu_testing;

static const char *const layer_name = "VK_LAYER_KHRONOS_validation";

uint64_t gpu_validation_messages(void)
{
    return __atomic_load_n(&n_messages, __ATOMIC_RELAXED);
}

bool gpu_validation_is_on(void)
{
    return validation;
}

/* The layer speaks about its own settings through the same channel; those words are not about the program. */
static bool is_about_settings(const char *identifier)
{
    return identifier && (strstr(identifier, "VALIDATION-SETTINGS") ||
                          strstr(identifier, "WARNING-Setting-Limit-Adjusted"));
}

static VKAPI_ATTR VkBool32 VKAPI_CALL on_message(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
                                                 VkDebugUtilsMessageTypeFlagsEXT types,
                                                 const VkDebugUtilsMessengerCallbackDataEXT *data, void *user)
{
    (void)severity;
    (void)types;
    (void)user;
    if (is_about_settings(data->pMessageIdName))
        return VK_FALSE;
    __atomic_add_fetch(&n_messages, 1, __ATOMIC_RELAXED);
    if (!gpu_testing.silent)
        base_log(BASE_LOG_QUIET, "validation: %s: %s",
                 data->pMessageIdName ? data->pMessageIdName : "(no id)", data->pMessage);
    return VK_FALSE;
}

static VkDebugUtilsMessengerCreateInfoEXT messenger_info(void)
{
    return (VkDebugUtilsMessengerCreateInfoEXT){
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
        .messageSeverity =
            VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
        .messageType =
            VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT,
        .pfnUserCallback = on_message,
    };
}

static bool has_layer(void)
{
    uint32_t count = 0;
    VkLayerProperties *layers = NULL;
    bool found = false;
    if (vkEnumerateInstanceLayerProperties(&count, NULL) != VK_SUCCESS || count == 0 ||
        base_allocate(&layers, count, sizeof *layers, "the list of layers") != BASE_OK)
        return false;
    if (vkEnumerateInstanceLayerProperties(&count, layers) >= VK_SUCCESS)
        for (uint32_t i = 0; i < count; i++)
            found |= strcmp(layers[i].layerName, layer_name) == 0;
    base_free(layers);
    return found;
}

/* Extensions that are enabled where the loader has them. With those that make surfaces a window can be shown
 * later; without a window they change nothing. */
static const char *const wanted[] = {
    VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME,
    VK_KHR_SURFACE_EXTENSION_NAME,
    "VK_KHR_xlib_surface",
    "VK_KHR_xcb_surface",
    "VK_KHR_wayland_surface",
    "VK_KHR_win32_surface",
    "VK_EXT_metal_surface",
    "VK_MVK_macos_surface",
    "VK_KHR_display",
};
enum { N_WANTED = sizeof wanted / sizeof wanted[0] };

static bool surfaces;

bool gpu_surfaces_exist(void)
{
    return surfaces;
}

static uint32_t listed_extensions(const char *names[N_WANTED])
{
    uint32_t count = 0, n = 0;
    VkExtensionProperties *extensions = NULL;
    if (vkEnumerateInstanceExtensionProperties(NULL, &count, NULL) != VK_SUCCESS || count == 0 ||
        base_allocate(&extensions, count, sizeof *extensions, "the list of extensions") != BASE_OK)
        return 0;
    if (vkEnumerateInstanceExtensionProperties(NULL, &count, extensions) < VK_SUCCESS)
        count = 0;
    for (uint32_t w = 0; w < N_WANTED; w++)
        for (uint32_t i = 0; i < count; i++)
            if (strcmp(extensions[i].extensionName, wanted[w]) == 0) {
                names[n++] = wanted[w];
                break;
            }
    base_free(extensions);
    return n;
}

static enum base_status create_instance(VkInstance *out)
{
    const char *wish = getenv("ARCLIGHT_VALIDATION");
    bool validate = wish && wish[0] != '\0' && strcmp(wish, "0") != 0;
    const char *extensions[N_WANTED + 1];
    uint32_t n_extensions;
    VkInstanceCreateFlags flags = 0;
    if (validate && !has_layer())
        return base_fail(BASE_ERROR_NO_DEVICE,
                         "ARCLIGHT_VALIDATION is set but the layer %s is not installed; install "
                         "vulkan-validationlayers or unset the variable",
                         layer_name);
    n_extensions = listed_extensions(extensions);
    surfaces = false;
    for (uint32_t i = 0; i < n_extensions; i++) {
        surfaces |= strcmp(extensions[i], VK_KHR_SURFACE_EXTENSION_NAME) == 0;
        if (strcmp(extensions[i], VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME) == 0)
            flags |= VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR;
    }
    if (validate)
        extensions[n_extensions++] = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
    VkDebugUtilsMessengerCreateInfoEXT messages = messenger_info();
    VkInstanceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
        .pNext = validate ? &messages : NULL,
        .flags = flags,
        .pApplicationInfo = &(VkApplicationInfo){.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
                                                 .pApplicationName = "arclight",
                                                 .pEngineName = "arclight",
                                                 .apiVersion = VK_API_VERSION_1_2},
        .enabledLayerCount = validate ? 1 : 0,
        .ppEnabledLayerNames = &layer_name,
        .enabledExtensionCount = n_extensions,
        .ppEnabledExtensionNames = extensions,
    };
    VkResult result = vkCreateInstance(&info, NULL, out);
    if (result == VK_ERROR_INCOMPATIBLE_DRIVER) {
        *out = VK_NULL_HANDLE;
        return BASE_OK;
    }
    if (result != VK_SUCCESS) {
        *out = VK_NULL_HANDLE;
        return base_fail(BASE_ERROR_NO_DEVICE,
                         "the Vulkan loader made no instance (VkResult %d); check the "
                         "drivers with vulkaninfo",
                         result);
    }
    volkLoadInstance(*out);
    if (gpu_testing.functions_loaded)
        gpu_testing.functions_loaded();
    validation = validate;
    if (validate && vkCreateDebugUtilsMessengerEXT(*out, &messages, NULL, &messenger) != VK_SUCCESS) {
        messenger = VK_NULL_HANDLE;
        vkDestroyInstance(*out, NULL);
        *out = VK_NULL_HANDLE;
        return base_fail(BASE_ERROR_NO_DEVICE, "the validation layer gives no messages on this system");
    }
    return BASE_OK;
}

bool gpu_loader_version(char text[32])
{
    text[0] = '\0';
    if (users == 0 && volkInitialize() != VK_SUCCESS)
        return false;
    uint32_t version = volkGetInstanceVersion();
    snprintf(text, 32, "%u.%u.%u", VK_API_VERSION_MAJOR(version), VK_API_VERSION_MINOR(version),
             VK_API_VERSION_PATCH(version));
    return true;
}

enum base_status gpu_instance_acquire(VkInstance *instance)
{
    *instance = the_instance;
    if (users == 0) {
        if (volkInitialize() != VK_SUCCESS)
            return base_fail(BASE_ERROR_NO_DEVICE,
                             "no Vulkan loader (libvulkan.so.1) on this system; install libvulkan1 and a "
                             "driver (mesa-vulkan-drivers has one for the CPU too)");
        if (volkGetInstanceVersion() < VK_API_VERSION_1_1)
            return base_fail(BASE_ERROR_NO_DEVICE,
                             "the Vulkan loader is of version 1.0; Arclight needs a newer libvulkan1");
        if (gpu_testing.functions_loaded)
            gpu_testing.functions_loaded();
        BASE_TRY(create_instance(&the_instance));
        *instance = the_instance;
        if (!the_instance)
            return BASE_OK;
    }
    users++;
    return BASE_OK;
}

void gpu_instance_release(void)
{
    if (--users > 0)
        return;
    if (messenger)
        vkDestroyDebugUtilsMessengerEXT(the_instance, messenger, NULL);
    messenger = VK_NULL_HANDLE;
    vkDestroyInstance(the_instance, NULL);
    the_instance = VK_NULL_HANDLE;
    validation = false;
}

void gpu_name_object(VkDevice device, VkObjectType type, uint64_t handle, const char *name)
{
    if (!validation)
        return;
    vkSetDebugUtilsObjectNameEXT(
        device, &(VkDebugUtilsObjectNameInfoEXT){.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT,
                                                 .objectType = type,
                                                 .objectHandle = handle,
                                                 .pObjectName = name});
}
