/* The pipeline cache on disk: one file a device and driver version, beside other programs' caches. What it
 * holds is untrusted: a file that is damaged, foreign or too large counts as none. */
#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "gpu/internal.h"

#include <stdio.h>
#include <string.h>

enum { CACHE_VERSION = 1, LARGEST_CACHE = 256 << 20 };

struct cache_header {
    char magic[8];
    uint64_t version;
    uint64_t key[4];
    uint64_t bytes;    /* of the driver's data behind this header */
    uint64_t checksum; /* of those */
};

static const char cache_magic[8] = "arclpipe";

/* FNV-1a, 64 bits (Fowler, Noll, Vo): against damage, not against malice. */
static uint64_t checksum(const unsigned char *data, size_t bytes)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ data[i]) * UINT64_C(1099511628211);
    return hash;
}

static char *cache_path(const struct gpu *gpu)
{
    const uint64_t *key = gpu->candidate.cache_key;
    char name[128];
    char *folder = base_cache_folder();
    if (!folder)
        return NULL;
    snprintf(name, sizeof name, "pipelines-%016llx-%08llx-%016llx%016llx", (unsigned long long)key[0],
             (unsigned long long)key[1], (unsigned long long)key[2], (unsigned long long)key[3]);
    char *path = base_path_join(folder, name);
    base_free(folder);
    return path;
}

/* The start of the driver's data must name this device and this driver's cache format (Vulkan specification,
 * "Pipeline Cache Header"); drivers are not all careful about it. */
static bool is_ours(const struct gpu *gpu, const unsigned char *data, size_t bytes)
{
    VkPipelineCacheHeaderVersionOne header;
    if (bytes < sizeof header)
        return false;
    memcpy(&header, data, sizeof header);
    const uint64_t device = (uint64_t)header.vendorID << 32 | header.deviceID;
    return header.headerVersion == VK_PIPELINE_CACHE_HEADER_VERSION_ONE &&
           device == gpu->candidate.cache_key[0] &&
           memcmp(header.pipelineCacheUUID, &gpu->candidate.cache_key[2], VK_UUID_SIZE) == 0;
}

/* The driver's data in the file; NULL when it is of no use. */
static unsigned char *read_cache(const struct gpu *gpu, const char *path, struct cache_header *header)
{
    struct base_file *file;
    unsigned char *data = NULL;
    if (base_file_open(path, &file) != BASE_OK)
        return NULL;
    bool good = base_file_size(file) >= sizeof *header && base_file_size(file) <= LARGEST_CACHE &&
                base_file_read(file, 0, header, sizeof *header) == BASE_OK &&
                memcmp(header->magic, cache_magic, sizeof cache_magic) == 0 &&
                header->version == CACHE_VERSION &&
                memcmp(header->key, gpu->candidate.cache_key, sizeof header->key) == 0 &&
                header->bytes == base_file_size(file) - sizeof *header;
    good = good && base_allocate(&data, header->bytes, 1, path) == BASE_OK &&
           base_file_read(file, sizeof *header, data, header->bytes) == BASE_OK &&
           checksum(data, header->bytes) == header->checksum && is_ours(gpu, data, header->bytes);
    base_file_close(&file);
    if (!good) {
        base_log(BASE_LOG_VERBOSE, "the pipeline cache %s is damaged or of another driver; it is made anew",
                 path);
        base_free(data);
        return NULL;
    }
    return data;
}

enum base_status gpu_cache_open(struct gpu *gpu)
{
    struct cache_header header = {0};
    unsigned char *data = NULL;
    gpu->cache_path = cache_path(gpu);
    if (gpu->cache_path)
        data = read_cache(gpu, gpu->cache_path, &header);
    gpu->cache_loaded = data ? header.checksum : 0;
    VkPipelineCacheCreateInfo info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
                                      .initialDataSize = data ? header.bytes : 0,
                                      .pInitialData = data};
    VkResult result = vkCreatePipelineCache(gpu->device, &info, NULL, &gpu->cache);
    base_free(data);
    if (result == VK_SUCCESS)
        return BASE_OK;
    gpu->cache = VK_NULL_HANDLE;
    return gpu_failed(gpu, result, "vkCreatePipelineCache", "start-up");
}

static enum base_status write_cache(const struct gpu *gpu, const unsigned char *data, size_t bytes)
{
    struct cache_header header = {
        .version = CACHE_VERSION, .bytes = bytes, .checksum = checksum(data, bytes)};
    struct base_output *output;
    if (header.checksum == gpu->cache_loaded)
        return BASE_OK;
    memcpy(header.magic, cache_magic, sizeof header.magic);
    memcpy(header.key, gpu->candidate.cache_key, sizeof header.key);
    BASE_TRY(base_output_open(gpu->cache_path, &output));
    enum base_status status = base_output_write(output, &header, sizeof header);
    if (status == BASE_OK)
        status = base_output_write(output, data, bytes);
    if (status == BASE_OK)
        return base_output_commit(&output);
    base_output_discard(&output);
    return status;
}

void gpu_cache_close(struct gpu *gpu)
{
    size_t bytes = 0;
    unsigned char *data = NULL;
    if (gpu->cache && gpu->cache_path && gpu->cache_grew && gpu->broken == BASE_OK &&
        vkGetPipelineCacheData(gpu->device, gpu->cache, &bytes, NULL) == VK_SUCCESS && bytes > 0 &&
        bytes <= LARGEST_CACHE && base_allocate(&data, bytes, 1, "the pipeline cache") == BASE_OK &&
        vkGetPipelineCacheData(gpu->device, gpu->cache, &bytes, data) == VK_SUCCESS &&
        write_cache(gpu, data, bytes) != BASE_OK)
        base_log(BASE_LOG_VERBOSE, "the pipeline cache was not written: %s", base_message());
    base_free(data);
    if (gpu->cache)
        vkDestroyPipelineCache(gpu->device, gpu->cache, NULL);
    gpu->cache = VK_NULL_HANDLE;
    base_free(gpu->cache_path);
    gpu->cache_path = NULL;
}
