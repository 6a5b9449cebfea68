/* Forcing capabilities down, to imitate a small device: one table of keys. */
#include "gpu/internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum limit_kind {
    LIMIT_U32,
    LIMIT_U64,
    LIMIT_THREE,     /* three uint32, all forced down to at most the value */
    LIMIT_ALIGNMENT, /* uint32, a power of two, forced up */
    LIMIT_FLAG,      /* bool; 0 forces it off */
    LIMIT_LEVEL,     /* the highest level's name */
};

struct limit {
    const char *key;
    enum limit_kind kind;
    size_t offset;    /* into struct gpu_capabilities */
    uint64_t minimum; /* what the floor level needs */
    const char *help;
};

#define AT(member) offsetof(struct gpu_capabilities, member)
static const struct limit limits_table[] = {
    {"level", LIMIT_LEVEL, 0, 0, "highest level of kernels: floor, vec4 or subgroup"},
    {"max_invocations", LIMIT_U32, AT(max_invocations), 128, "invocations in a workgroup"},
    {"max_group_size", LIMIT_THREE, AT(max_group_size), 1, "workgroup size along each axis"},
    {"max_groups", LIMIT_THREE, AT(max_groups), 1, "workgroups of a dispatch along each axis"},
    {"shared_bytes", LIMIT_U32, AT(shared_bytes), 16384, "shared memory of a workgroup"},
    {"push_bytes", LIMIT_U32, AT(push_bytes), 128, "push constants"},
    {"storage_range_bytes", LIMIT_U64, AT(storage_range_bytes), 65536, "range of one binding"},
    {"allocation_bytes", LIMIT_U64, AT(allocation_bytes), 16 << 20, "one allocation"},
    {"memory_bytes", LIMIT_U64, AT(memory_bytes), 64 << 20, "device memory in all"},
    {"offset_alignment", LIMIT_ALIGNMENT, AT(offset_alignment), 1,
     "alignment of a binding's start, up to 256"},
    {"subgroup_size", LIMIT_U32, AT(subgroup_size), 1, "subgroup size reported"},
    {"max_image_size", LIMIT_U32, AT(max_image_size), 64, "pixels along a side of an image"},
    {"subgroup_size_control", LIMIT_FLAG, AT(subgroup_size_control), 0, "0: no choice of subgroup size"},
    {"subgroup_operations", LIMIT_FLAG, AT(subgroup_operations), 0, "0: no subgroup operations"},
    {"buffer_addresses", LIMIT_FLAG, AT(buffer_addresses), 0, "0: kernels know no addresses of buffers"},
    {"storage_16bit", LIMIT_FLAG, AT(storage_16bit), 0, "0: no 16-bit storage"},
    {"shader_float16", LIMIT_FLAG, AT(shader_float16), 0, "0: no 16-bit arithmetic"},
    {"cooperative_matrix", LIMIT_FLAG, AT(cooperative_matrix), 0, "0: no cooperative matrices"},
    {"rounding_to_nearest_even", LIMIT_FLAG, AT(rounding_to_nearest_even), 0, "0: rounding is not asked for"},
    {"timestamps", LIMIT_FLAG, AT(timestamps), 0, "0: no timestamps"},
    {"memory_shared_with_host", LIMIT_FLAG, AT(memory_shared_with_host), 0,
     "0: reach device memory through staging copies only"},
    {"draws", LIMIT_FLAG, AT(draws), 0, "0: computes and cannot draw"},
    {"robust_access", LIMIT_FLAG, AT(robust_access), 0, "0: no robust buffer access"},
    {"long_loops", LIMIT_FLAG, AT(long_loops), 0, "0: loops end after 65,535 rounds"},
    {"presents", LIMIT_FLAG, AT(presents), 0, "0: shows nothing in a window"},
};
enum { N_LIMITS = sizeof limits_table / sizeof limits_table[0] };

const char *gpu_limits_help(void)
{
    static char text[N_LIMITS * 96];
    if (text[0] == '\0') {
        size_t used = 0;
        for (size_t i = 0; i < N_LIMITS; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, "  %-26s%s\n", limits_table[i].key,
                                     limits_table[i].help);
    }
    return text;
}

const char *gpu_level_name(enum gpu_level level)
{
    static const char *const names[GPU_LEVELS] = {
        [GPU_LEVEL_FLOOR] = "floor", [GPU_LEVEL_VEC4] = "vec4", [GPU_LEVEL_SUBGROUP] = "subgroup"};
    return level >= 0 && level < GPU_LEVELS ? names[level] : "unknown";
}

/* A non-negative integer with an optional K, M or G (1024, 1024^2, 1024^3). */
static bool parse_number(const char *text, uint64_t *value)
{
    if (!isdigit((unsigned char)text[0]))
        return false;
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    int shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (errno != 0 || end[shift != 0] != '\0' || number > (UINT64_MAX >> shift))
        return false;
    *value = (uint64_t)number << shift;
    return true;
}

static enum base_status apply_level(const char *value, enum gpu_level *best_level)
{
    for (int level = 0; level < GPU_LEVELS; level++)
        if (strcmp(value, gpu_level_name((enum gpu_level)level)) == 0) {
            *best_level = (enum gpu_level)level;
            return BASE_OK;
        }
    return base_fail(BASE_ERROR_USAGE,
                     "--limits: level=%s is not a level; the levels are floor, vec4 and subgroup", value);
}

static enum base_status above_device(const struct limit *limit, uint64_t value, uint64_t own)
{
    return base_fail(
        BASE_ERROR_USAGE,
        "--limits: %s=%llu goes beyond what the device has (%llu); a limit can only be forced down",
        limit->key, (unsigned long long)value, (unsigned long long)own);
}

static enum base_status apply_number(const struct limit *limit, uint64_t value,
                                     struct gpu_capabilities *capabilities)
{
    unsigned char *place = (unsigned char *)capabilities + limit->offset;
    uint32_t three[3], one;
    uint64_t wide;
    bool flag;
    if (value < limit->minimum)
        return base_fail(BASE_ERROR_USAGE, "--limits: %s=%llu is below %llu, what every kernel may rely on",
                         limit->key, (unsigned long long)value, (unsigned long long)limit->minimum);
    switch (limit->kind) {
    case LIMIT_U32:
        memcpy(&one, place, sizeof one);
        if (value > one)
            return above_device(limit, value, one);
        one = (uint32_t)value;
        memcpy(place, &one, sizeof one);
        break;
    case LIMIT_U64:
        memcpy(&wide, place, sizeof wide);
        if (value > wide)
            return above_device(limit, value, wide);
        memcpy(place, &value, sizeof value);
        break;
    case LIMIT_THREE:
        memcpy(three, place, sizeof three);
        if (value > three[0])
            return above_device(limit, value, three[0]);
        for (int axis = 0; axis < 3; axis++)
            three[axis] = value < three[axis] ? (uint32_t)value : three[axis];
        memcpy(place, three, sizeof three);
        break;
    case LIMIT_ALIGNMENT:
        memcpy(&one, place, sizeof one);
        if (value < one || value > GPU_ALIGNMENT || (value & (value - 1)) != 0)
            return base_fail(BASE_ERROR_USAGE,
                             "--limits: %s=%llu is not a power of two from %u (the device's own) to %d",
                             limit->key, (unsigned long long)value, one, GPU_ALIGNMENT);
        one = (uint32_t)value;
        memcpy(place, &one, sizeof one);
        break;
    default:
        memcpy(&flag, place, sizeof flag);
        if (value > 1 || (value == 1 && !flag))
            return base_fail(BASE_ERROR_USAGE, "--limits: %s=%llu: only 0 forces it down%s", limit->key,
                             (unsigned long long)value, value == 1 ? ", and the device lacks it" : "");
        flag = value == 1;
        memcpy(place, &flag, sizeof flag);
        break;
    }
    return BASE_OK;
}

static enum base_status apply_one(char *item, struct gpu_capabilities *capabilities,
                                  enum gpu_level *best_level)
{
    char *value = strchr(item, '=');
    if (!value)
        return base_fail(BASE_ERROR_USAGE, "--limits: \"%s\" is not key=value", item);
    *value++ = '\0';
    for (size_t i = 0; i < N_LIMITS; i++) {
        uint64_t number;
        if (strcmp(limits_table[i].key, item) != 0)
            continue;
        if (limits_table[i].kind == LIMIT_LEVEL)
            return apply_level(value, best_level);
        if (!parse_number(value, &number))
            return base_fail(BASE_ERROR_USAGE, "--limits: %s=%s is not a number", item, value);
        return apply_number(&limits_table[i], number, capabilities);
    }
    return base_fail(BASE_ERROR_USAGE, "--limits: unknown key \"%s\"; the keys are\n%s", item,
                     gpu_limits_help());
}

enum base_status gpu_limits_apply(const char *limits, struct gpu_capabilities *capabilities,
                                  enum gpu_level *best_level)
{
    char item[128];
    for (const char *at = limits; at && *at;) {
        size_t length = strcspn(at, ",");
        if (length >= sizeof item)
            return base_fail(BASE_ERROR_USAGE, "--limits: \"%.60s...\" is too long for one key=value", at);
        memcpy(item, at, length);
        item[length] = '\0';
        BASE_TRY(apply_one(item, capabilities, best_level));
        at += length;
        at += *at == ',';
    }
    if (capabilities->memory_free_bytes > capabilities->memory_bytes)
        capabilities->memory_free_bytes = capabilities->memory_bytes;
    if (capabilities->allocation_bytes > capabilities->memory_bytes)
        capabilities->allocation_bytes = capabilities->memory_bytes;
    return BASE_OK;
}
