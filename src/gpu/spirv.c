#include "gpu/spirv.h"

#include "base/memory.h"

#include <string.h>

enum {
    MAGIC = 0x07230203,
    HEADER_WORDS = 5,
    VERSION_1_4 = 0x00010400,
    OP_EXTENSION = 10,
    OP_ENTRY_POINT = 15,
    OP_EXECUTION_MODE = 16,
    OP_CAPABILITY = 17,
    OP_TYPE_INT = 21,
    OP_TYPE_FLOAT = 22,
    OP_TYPE_STRUCT = 30,
    OP_TYPE_POINTER = 32,
    OP_VARIABLE = 59,
    OP_DECORATE = 71,
    OP_MEMBER_DECORATE = 72,
    DECORATION_BINDING = 33,
    DECORATION_DESCRIPTOR_SET = 34,
    DECORATION_OFFSET = 35,
    STORAGE_PUSH_CONSTANT = 9,
    CAPABILITY_SIGNED_ZERO_INF_NAN_PRESERVE = 4466,
    CAPABILITY_ROUNDING_MODE_RTE = 4467,
    MODE_SIGNED_ZERO_INF_NAN_PRESERVE = 4461,
    MODE_ROUNDING_MODE_RTE = 4462,
};

struct instruction {
    const uint32_t *words; /* words[0] holds length and opcode */
    uint32_t length, opcode;
};

/* The instruction at *at, which is moved behind it; false at the end. */
static bool next_instruction(const uint32_t *words, size_t n_words, size_t *at, struct instruction *out)
{
    if (*at >= n_words)
        return false;
    out->words = words + *at;
    out->length = words[*at] >> 16;
    out->opcode = words[*at] & 0xffffu;
    *at += out->length;
    return true;
}

static enum base_status check_module(const uint32_t *words, size_t n_words)
{
    size_t at = HEADER_WORDS;
    if (n_words < HEADER_WORDS || words[0] != MAGIC)
        return base_fail(BASE_ERROR_INTERNAL, "not a SPIR-V module");
    while (at < n_words) {
        uint32_t length = words[at] >> 16;
        if (length == 0 || length > n_words - at)
            return base_fail(BASE_ERROR_INTERNAL, "SPIR-V module: instruction at word %zu runs over the end",
                             at);
        at += length;
    }
    return BASE_OK;
}

/* ---- adding controls ---- */

struct writer {
    uint32_t *words;
    size_t n;
};

static void put(struct writer *writer, const uint32_t *words, size_t n)
{
    memcpy(writer->words + writer->n, words, n * sizeof *words);
    writer->n += n;
}

static void put_capability(struct writer *writer, uint32_t capability)
{
    put(writer, (const uint32_t[]){2u << 16 | OP_CAPABILITY, capability}, 2);
}

static void put_mode(struct writer *writer, uint32_t entry_point, uint32_t mode)
{
    put(writer, (const uint32_t[]){4u << 16 | OP_EXECUTION_MODE, entry_point, mode, 32}, 4);
}

static void put_capabilities(struct writer *writer, struct gpu_spirv_controls controls, uint32_t version)
{
    static const char extension[24] = "SPV_KHR_float_controls"; /* core since 1.4 */
    if (controls.round_to_nearest_even)
        put_capability(writer, CAPABILITY_ROUNDING_MODE_RTE);
    if (controls.preserve_nan)
        put_capability(writer, CAPABILITY_SIGNED_ZERO_INF_NAN_PRESERVE);
    if (version < VERSION_1_4) {
        uint32_t words[1 + sizeof extension / 4] = {(uint32_t)(1 + sizeof extension / 4) << 16 |
                                                    OP_EXTENSION};
        memcpy(words + 1, extension, sizeof extension);
        put(writer, words, sizeof words / sizeof words[0]);
    }
}

/* Capabilities stand first in a module, entry points later and together; the additions go behind the last of
 * each. */
enum base_status gpu_spirv_add_controls(const uint32_t *words, size_t n_words,
                                        struct gpu_spirv_controls controls, uint32_t **out, size_t *n_out)
{
    struct instruction instruction;
    size_t after_capabilities = HEADER_WORDS, after_entry_points = 0, n_entry_points = 0, at = HEADER_WORDS;
    *out = NULL;
    BASE_TRY(check_module(words, n_words));
    while (next_instruction(words, n_words, &at, &instruction)) {
        if (instruction.opcode == OP_CAPABILITY)
            after_capabilities = at;
        if (instruction.opcode == OP_ENTRY_POINT && instruction.length > 2) {
            after_entry_points = at;
            n_entry_points++;
        }
    }
    if (n_entry_points == 0)
        return base_fail(BASE_ERROR_INTERNAL, "SPIR-V module without an entry point");
    struct writer writer = {0};
    BASE_TRY(
        base_allocate(&writer.words, n_words + 16 + 8 * n_entry_points, sizeof *words, "a shader module"));
    bool any = controls.round_to_nearest_even || controls.preserve_nan;
    put(&writer, words, after_capabilities);
    if (any)
        put_capabilities(&writer, controls, words[1]);
    put(&writer, words + after_capabilities, after_entry_points - after_capabilities);
    at = HEADER_WORDS;
    while (next_instruction(words, n_words, &at, &instruction)) {
        if (instruction.opcode != OP_ENTRY_POINT)
            continue;
        if (controls.round_to_nearest_even)
            put_mode(&writer, instruction.words[2], MODE_ROUNDING_MODE_RTE);
        if (controls.preserve_nan)
            put_mode(&writer, instruction.words[2], MODE_SIGNED_ZERO_INF_NAN_PRESERVE);
    }
    put(&writer, words + after_entry_points, n_words - after_entry_points);
    *out = writer.words;
    *n_out = writer.n;
    return BASE_OK;
}

/* ---- reading the push-constant block ---- */

/* The type instruction that defines `id`; false when there is none. */
static bool find_type(const uint32_t *words, size_t n_words, uint32_t id, struct instruction *out)
{
    size_t at = HEADER_WORDS;
    while (next_instruction(words, n_words, &at, out))
        if (out->opcode >= 19 && out->opcode <= 39 && out->length > 1 && out->words[1] == id)
            return true;
    return false;
}

/* The struct type behind the push-constant variable; false when the module has no such variable. */
static bool find_block(const uint32_t *words, size_t n_words, struct instruction *type)
{
    struct instruction instruction;
    size_t at = HEADER_WORDS;
    while (next_instruction(words, n_words, &at, &instruction)) {
        struct instruction only;
        if (instruction.opcode != OP_VARIABLE || instruction.length < 4 ||
            instruction.words[3] != STORAGE_PUSH_CONSTANT)
            continue;
        if (!find_type(words, n_words, instruction.words[1], type) || type->opcode != OP_TYPE_POINTER ||
            type->length < 4 || !find_type(words, n_words, type->words[3], type) ||
            type->opcode != OP_TYPE_STRUCT)
            return false;
        if (type->length == 3 && find_type(words, n_words, type->words[2], &only) &&
            only.opcode == OP_TYPE_STRUCT)
            *type = only;
        return true;
    }
    return false;
}

enum base_status gpu_spirv_push_block(const uint32_t *words, size_t n_words, struct gpu_spirv_block *block)
{
    struct instruction type, instruction;
    size_t at = HEADER_WORDS;
    *block = (struct gpu_spirv_block){.all_words = true};
    BASE_TRY(check_module(words, n_words));
    if (!find_block(words, n_words, &type))
        return BASE_OK;
    if (type.length - 2 > GPU_SPIRV_MAX_MEMBERS)
        return base_fail(BASE_ERROR_INTERNAL, "a push-constant block has more than %d members",
                         GPU_SPIRV_MAX_MEMBERS);
    block->n_members = type.length - 2;
    for (uint32_t i = 0; i < block->n_members; i++) {
        struct instruction member;
        block->offsets[i] = UINT32_MAX;
        block->all_words &= find_type(words, n_words, type.words[2 + i], &member) &&
                            (member.opcode == OP_TYPE_INT || member.opcode == OP_TYPE_FLOAT) &&
                            member.words[2] == 32;
    }
    while (next_instruction(words, n_words, &at, &instruction))
        if (instruction.opcode == OP_MEMBER_DECORATE && instruction.length == 5 &&
            instruction.words[1] == type.words[1] && instruction.words[3] == DECORATION_OFFSET &&
            instruction.words[2] < block->n_members)
            block->offsets[instruction.words[2]] = instruction.words[4];
    return BASE_OK;
}

/* ---- reading the bindings ---- */

enum base_status gpu_spirv_bindings(const uint32_t *words, size_t n_words, uint32_t *bindings)
{
    struct instruction instruction;
    size_t at = HEADER_WORDS;
    *bindings = 0;
    BASE_TRY(check_module(words, n_words));
    while (next_instruction(words, n_words, &at, &instruction)) {
        if (instruction.opcode != OP_DECORATE || instruction.length != 4)
            continue;
        const uint32_t what = instruction.words[2], number = instruction.words[3];
        if (what == DECORATION_DESCRIPTOR_SET && number != 0)
            return base_fail(BASE_ERROR_INPUT, "a shader with descriptor set %u; there is set 0 only",
                             number);
        if (what == DECORATION_BINDING && number >= *bindings)
            *bindings = number < UINT32_MAX ? number + 1 : number;
    }
    return BASE_OK;
}
