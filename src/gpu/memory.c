/* Device memory: few large blocks, cut into slices; and the plan made before work starts. */
#include "base/memory.h"
#include "gpu/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK_BYTES = 16 << 20, LARGEST_BLOCK_BYTES = 256 << 20 };

/* A free piece of a block; holes are sorted by offset and never touch each other. */
struct hole {
    uint64_t offset, bytes;
};

struct gpu_block {
    VkDeviceMemory memory;
    uint64_t bytes;
    uint32_t type;
    void *mapped;
    bool dedicated; /* for one slice only */
    uint64_t used;
    uint32_t n_slices;
    struct hole *holes; /* room for one more than there are slices, so that giving one back cannot fail */
    uint32_t n_holes, hole_room;
    struct gpu_block *next;
};

/* ---- which memory ---- */

/* How well a memory type suits; negative: not at all. On a device with memory of its own, device memory that
 * the host can also reach is a small or precious window, so kernels' storage stays out of it. */
static int type_score(const struct gpu *gpu, VkMemoryPropertyFlags flags, enum gpu_memory memory)
{
    const VkMemoryPropertyFlags host =
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    bool local = flags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT,
         cached = flags & VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
    bool reachable = (flags & host) == host, shared = gpu->information.capabilities.memory_shared_with_host;
    if (flags & (VK_MEMORY_PROPERTY_PROTECTED_BIT | VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT))
        return -1;
    if (memory == GPU_HOST)
        return reachable ? 4 * cached + 2 * (local == shared) : -1;
    if (shared)
        return 8 * local + 4 * reachable + 2 * cached;
    return 8 * local + 4 * !(flags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT);
}

static int choose_type(const struct gpu *gpu, uint32_t allowed, enum gpu_memory memory)
{
    int best = -1, best_score = -1;
    for (uint32_t i = 0; i < gpu->memory.memoryTypeCount; i++) {
        int score = type_score(gpu, gpu->memory.memoryTypes[i].propertyFlags, memory);
        if ((allowed & (1u << i)) && score > best_score) {
            best = (int)i;
            best_score = score;
        }
    }
    return best;
}

/* ---- blocks ---- */

static void block_free(struct gpu *gpu, struct gpu_block *block)
{
    struct gpu_block **link = &gpu->blocks;
    while (*link && *link != block)
        link = &(*link)->next;
    if (*link)
        *link = block->next;
    if (block->memory) {
        vkFreeMemory(gpu->device, block->memory, NULL); /* also unmaps */
        gpu->allocated_bytes -= block->bytes;
    }
    base_free(block->holes);
    base_free(block);
}

uint64_t gpu_memory_bytes(const struct gpu *gpu)
{
    return gpu->allocated_bytes;
}

uint64_t gpu_memory_most_bytes(const struct gpu *gpu)
{
    return gpu->most_allocated_bytes;
}

void gpu_blocks_free(struct gpu *gpu)
{
    while (gpu->blocks)
        block_free(gpu, gpu->blocks);
}

static VkResult block_allocate(struct gpu *gpu, struct gpu_block *block)
{
    const struct gpu_capabilities *capabilities = &gpu->information.capabilities;
    VkMemoryPropertyFlags flags = gpu->memory.memoryTypes[block->type].propertyFlags;
    const VkMemoryPropertyFlags host =
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    if (block->bytes > capabilities->allocation_bytes ||
        gpu->allocated_bytes + block->bytes > capabilities->memory_bytes)
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    const VkMemoryAllocateFlagsInfo addressed = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO,
                                                 .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT};
    VkResult result = vkAllocateMemory(
        gpu->device,
        &(VkMemoryAllocateInfo){.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                .pNext = gpu_level_allowed(gpu, GPU_LEVEL_SUBGROUP) ? &addressed : NULL,
                                .allocationSize = block->bytes,
                                .memoryTypeIndex = block->type},
        NULL, &block->memory);
    if (result != VK_SUCCESS) {
        block->memory = VK_NULL_HANDLE;
        return result;
    }
    gpu->allocated_bytes += block->bytes;
    gpu->most_allocated_bytes = base_maximum(gpu->most_allocated_bytes, gpu->allocated_bytes);
    if ((flags & host) == host) {
        result = vkMapMemory(gpu->device, block->memory, 0, VK_WHOLE_SIZE, 0, &block->mapped);
        if (result != VK_SUCCESS)
            block->mapped = NULL;
    }
    return result;
}

/* A new block that holds at least `bytes`: twice the size of the last one of its type where memory allows, so
 * a small run takes little and a large one makes few allocations. Of what is left at most an eighth, for what
 * stays empty in it may be missing elsewhere. */
static enum base_status block_create(struct gpu *gpu, uint32_t type, uint64_t bytes, const char *name,
                                     struct gpu_block **out)
{
    uint64_t limit = gpu->information.capabilities.memory_bytes, wish = FIRST_BLOCK_BYTES;
    uint64_t left = limit > gpu->allocated_bytes ? limit - gpu->allocated_bytes : 0;
    struct gpu_block *block = NULL;
    enum base_status status = BASE_OK;
    for (const struct gpu_block *other = gpu->blocks; other; other = other->next)
        if (other->type == type && !other->dedicated && other->bytes >= wish)
            wish = base_minimum(2 * other->bytes, LARGEST_BLOCK_BYTES);
    wish = base_minimum(wish, base_round_up(left / 8, GPU_ALIGNMENT));
    BASE_TRY(base_allocate(&block, 1, sizeof *block, "a block of device memory"));
    BASE_CHECK(base_allocate(&block->holes, 8, sizeof *block->holes, "a block of device memory"));
    block->hole_room = 8;
    block->type = type;
    block->dedicated = bytes > LARGEST_BLOCK_BYTES / 4;
    block->bytes = block->dedicated ? bytes : base_maximum(wish, bytes);
    VkResult result = block_allocate(gpu, block);
    if (result != VK_SUCCESS && !block->memory && block->bytes > bytes) {
        block->bytes = bytes;
        result = block_allocate(gpu, block);
    }
    if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY) {
        const struct gpu_capabilities *capabilities = &gpu->information.capabilities;
        status = base_fail(
            BASE_ERROR_DEVICE_MEMORY,
            "%s is out of device memory: \"%s\" needs %.1f MiB, %.1f MiB of %.1f MiB are in use, and "
            "one allocation may have %.1f MiB; make the run smaller or close other programs",
            gpu->information.name, name, (double)bytes / 1048576, (double)gpu->allocated_bytes / 1048576,
            (double)capabilities->memory_bytes / 1048576, (double)capabilities->allocation_bytes / 1048576);
        goto error;
    }
    if (result != VK_SUCCESS) {
        status = gpu_failed(gpu, result, "vkAllocateMemory", name);
        goto error;
    }
    block->holes[0] = (struct hole){0, block->bytes};
    block->n_holes = 1;
    block->next = gpu->blocks;
    gpu->blocks = block;
    *out = block;
    return BASE_OK;
error:
    block_free(gpu, block);
    return status;
}

/* ---- slices ---- */

/* First fit. A hole starts at a multiple of GPU_ALIGNMENT because every slice is a multiple of it long. */
static bool block_cut(struct gpu_block *block, uint64_t bytes, uint64_t alignment, uint64_t *offset)
{
    for (uint32_t i = 0; i < block->n_holes; i++) {
        struct hole *hole = &block->holes[i];
        uint64_t start = base_round_up(hole->offset, alignment);
        uint64_t end = hole->offset + hole->bytes;
        if (start > end || end - start < bytes)
            continue;
        *offset = start;
        struct hole after = {start + bytes, end - start - bytes};
        if (start == hole->offset) {
            *hole = after;
        } else {
            hole->bytes = start - hole->offset;
            memmove(hole + 2, hole + 1, (block->n_holes - i - 1) * sizeof *hole);
            hole[1] = after;
            block->n_holes++;
            hole++;
        }
        if (hole->bytes == 0) {
            size_t index = (size_t)(hole - block->holes);
            memmove(hole, hole + 1, (block->n_holes - index - 1) * sizeof *hole);
            block->n_holes--;
        }
        block->used += bytes;
        block->n_slices++;
        return true;
    }
    return false;
}

/* Room for the holes that one more slice may make. Between n slices and at both ends are n + 1 places. */
static enum base_status reserve_holes(struct gpu_block *block)
{
    if (block->n_slices + 2 < block->hole_room)
        return BASE_OK;
    struct hole *larger;
    BASE_TRY(
        base_allocate(&larger, 2 * (size_t)block->hole_room, sizeof *larger, "a block of device memory"));
    memcpy(larger, block->holes, block->n_holes * sizeof *larger);
    base_free(block->holes);
    block->holes = larger;
    block->hole_room *= 2;
    return BASE_OK;
}

enum base_status gpu_slice_take(struct gpu *gpu, const VkMemoryRequirements *needed, enum gpu_memory memory,
                                const char *name, struct gpu_slice *slice)
{
    uint64_t alignment = base_maximum(needed->alignment, GPU_ALIGNMENT);
    uint64_t bytes = base_round_up(needed->size, GPU_ALIGNMENT), offset = 0;
    int type = choose_type(gpu, needed->memoryTypeBits, memory);
    struct gpu_block *block;
    if (type < 0)
        return base_fail(BASE_ERROR_NO_DEVICE, "%s has no memory that suits \"%s\"", gpu->information.name,
                         name);
    for (block = gpu->blocks; block; block = block->next) {
        if (block->type != (uint32_t)type || block->dedicated)
            continue;
        BASE_TRY(reserve_holes(block));
        if (block_cut(block, bytes, alignment, &offset))
            break;
    }
    if (!block) {
        BASE_TRY(block_create(gpu, (uint32_t)type, bytes, name, &block));
        if (!block_cut(block, bytes, alignment, &offset))
            return base_fail(BASE_ERROR_INTERNAL, "a new block of device memory does not hold \"%s\"", name);
    }
    *slice = (struct gpu_slice){
        .block = block,
        .memory = block->memory,
        .offset = offset,
        .bytes = bytes,
        .mapped = block->mapped ? (char *)block->mapped + offset : NULL,
        .cached = gpu->memory.memoryTypes[type].propertyFlags & VK_MEMORY_PROPERTY_HOST_CACHED_BIT,
    };
    return BASE_OK;
}

void gpu_slice_give(struct gpu *gpu, struct gpu_slice *slice)
{
    struct gpu_block *block = slice->block;
    if (!block)
        return;
    uint32_t at = 0;
    while (at < block->n_holes && block->holes[at].offset < slice->offset)
        at++;
    struct hole *holes = block->holes;
    bool joins_before = at > 0 && holes[at - 1].offset + holes[at - 1].bytes == slice->offset;
    bool joins_after = at < block->n_holes && slice->offset + slice->bytes == holes[at].offset;
    if (joins_before && joins_after) {
        holes[at - 1].bytes += slice->bytes + holes[at].bytes;
        memmove(&holes[at], &holes[at + 1], (block->n_holes - at - 1) * sizeof *holes);
        block->n_holes--;
    } else if (joins_before) {
        holes[at - 1].bytes += slice->bytes;
    } else if (joins_after) {
        holes[at].offset = slice->offset;
        holes[at].bytes += slice->bytes;
    } else {
        memmove(&holes[at + 1], &holes[at], (block->n_holes - at) * sizeof *holes);
        holes[at] = (struct hole){slice->offset, slice->bytes};
        block->n_holes++;
    }
    block->used -= slice->bytes;
    block->n_slices--;
    if (block->used == 0 && block->bytes > FIRST_BLOCK_BYTES)
        block_free(gpu, block);
    *slice = (struct gpu_slice){0};
}

/* ---- plan ---- */

struct plan_item {
    char *name;
    uint64_t bytes, largest; /* largest: one allocation */
};

struct gpu_plan {
    struct plan_item *items;
    size_t n_items, room;
    uint64_t bytes;
    bool overflowed;
};

enum base_status gpu_plan_create(struct gpu_plan **out)
{
    return base_allocate(out, 1, sizeof **out, "the memory plan");
}

void gpu_plan_destroy(struct gpu_plan **plan)
{
    if (!*plan)
        return;
    for (size_t i = 0; i < (*plan)->n_items; i++)
        base_free((*plan)->items[i].name);
    base_free((*plan)->items);
    base_free(*plan);
    *plan = NULL;
}

enum base_status gpu_plan_add(struct gpu_plan *plan, const char *name, uint64_t bytes)
{
    return gpu_plan_add_several(plan, name, bytes, bytes);
}

enum base_status gpu_plan_add_several(struct gpu_plan *plan, const char *name, uint64_t bytes,
                                      uint64_t largest)
{
    if (plan->n_items == plan->room) {
        struct plan_item *larger;
        size_t room = plan->room ? 2 * plan->room : 16;
        BASE_TRY(base_allocate(&larger, room, sizeof *larger, "the memory plan"));
        if (plan->n_items > 0)
            memcpy(larger, plan->items, plan->n_items * sizeof *larger);
        base_free(plan->items);
        plan->items = larger;
        plan->room = room;
    }
    char *copy = base_copy_string(name);
    if (!copy)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the memory plan");
    plan->items[plan->n_items++] = (struct plan_item){copy, bytes, largest};
    if (bytes > UINT64_MAX - GPU_ALIGNMENT ||
        BASE_ADD_OVERFLOWS(plan->bytes, base_round_up(bytes, GPU_ALIGNMENT), &plan->bytes))
        plan->overflowed = true;
    if (plan->overflowed)
        plan->bytes = UINT64_MAX;
    return BASE_OK;
}

uint64_t gpu_plan_bytes(const struct gpu_plan *plan)
{
    return plan->bytes;
}

static int larger_first(const void *a, const void *b)
{
    const struct plan_item *left = a, *right = b;
    return left->bytes < right->bytes ? 1 : left->bytes > right->bytes ? -1 : 0;
}

static enum base_status plan_refused(const struct gpu *gpu, const struct gpu_plan *plan, uint64_t there,
                                     const char *advice)
{
    char largest[1024] = "", exceeded[256] = "";
    size_t used = 0;
    const struct plan_item *part = NULL;
    qsort(plan->items, plan->n_items, sizeof *plan->items, larger_first);
    for (size_t i = 0; i < plan->n_items && i < 5 && used < sizeof largest; i++)
        used += (size_t)snprintf(largest + used, sizeof largest - used, "%s%s %.1f MiB", i ? ", " : "",
                                 plan->items[i].name, (double)plan->items[i].bytes / 1048576);
    for (size_t i = 0; i < plan->n_items; i++)
        if (!part || plan->items[i].largest > part->largest)
            part = &plan->items[i];
    if (plan->bytes <= there)
        snprintf(exceeded, sizeof exceeded, ": too much for one allocation is \"%s\" with %.1f MiB",
                 part->name, (double)part->largest / 1048576);
    return base_fail(
        BASE_ERROR_DEVICE_MEMORY,
        "this run needs %.1f MiB of device memory and %s has %.1f MiB free (one allocation at most "
        "%.1f MiB)%s; the largest parts: %s; %s",
        (double)plan->bytes / 1048576, gpu->information.name, (double)there / 1048576,
        (double)gpu->information.capabilities.allocation_bytes / 1048576, exceeded, largest, advice);
}

uint64_t gpu_room(const struct gpu *gpu)
{
    uint64_t limit = gpu->information.capabilities.memory_bytes, ours = gpu->allocated_bytes;
    return base_minimum(gpu_free_memory(&gpu->candidate), limit > ours ? limit - ours : 0);
}

uint64_t gpu_largest_buffer(const struct gpu *gpu)
{
    const struct gpu_capabilities *capabilities = &gpu->information.capabilities;
    return base_minimum(capabilities->allocation_bytes, capabilities->storage_range_bytes);
}

enum base_status gpu_plan_check(const struct gpu *gpu, const struct gpu_plan *plan, const char *advice)
{
    const struct gpu_capabilities *capabilities = &gpu->information.capabilities;
    uint64_t there = gpu_room(gpu);
    bool fits = plan->bytes <= there;
    for (size_t i = 0; i < plan->n_items; i++)
        fits &= plan->items[i].largest <= capabilities->allocation_bytes;
    return fits ? BASE_OK : plan_refused(gpu, plan, there, advice);
}
