/* The parameter structs of every kernel of every room as C and as the shader lay them out, and the float
 * controls that are added to modules. */
#include "support/rooms.h"
#include "support/test.h"

#include "base/memory.h"
#include "gpu/spirv.h"

/* C lays out 4-byte scalars one behind the other; the struct's size is the row's params_bytes. */
static void check_module(const struct gpu_kernel *kernel, const struct gpu_module *module)
{
    struct gpu_spirv_block block;
    uint32_t bindings;
    assert_ok(gpu_spirv_bindings(module->words, module->bytes / 4, &bindings));
    if (kernel->draw ? bindings > kernel->n_bindings : bindings != kernel->n_bindings)
        fail_msg("%s: the shader has %u bindings, the row %u", kernel->name, bindings, kernel->n_bindings);
    assert_ok(gpu_spirv_push_block(module->words, module->bytes / 4, &block));
    if (kernel->draw && block.n_members == 0)
        return; /* a stage of a draw need not look at them */
    if (block.n_members * 4 != kernel->params_bytes)
        fail_msg("%s: the shader's parameters have %u members, the row says %u bytes", kernel->name,
                 block.n_members, kernel->params_bytes);
    for (uint32_t i = 0; i < block.n_members; i++)
        if (block.offsets[i] != 4 * i)
            fail_msg("%s: member %u stands at byte %u in the shader and %u in C", kernel->name, i,
                     block.offsets[i], 4 * i);
    if (!block.all_words)
        fail_msg("%s: a member is no 4-byte scalar", kernel->name);
}

static void parameters_agree_with_the_shaders(void **state)
{
    (void)state;
    uint32_t kernels = 0;
    for (size_t room = 0; test_rooms[room]; room++)
        for (size_t k = 0; test_rooms[room][k]; k++, kernels++)
            for (uint32_t m = 0; m < test_rooms[room][k]->shader->n_modules; m++)
                check_module(test_rooms[room][k], &test_rooms[room][k]->shader->modules[m]);
    print_message("%u kernels\n", kernels);
    assert_true(kernels > 20);
}

static void modules_stand_in_order(void **state)
{
    (void)state;
    for (size_t room = 0; test_rooms[room]; room++)
        for (size_t k = 0; test_rooms[room][k]; k++) {
            const struct gpu_kernel *kernel = test_rooms[room][k];
            const struct gpu_shader *shader = kernel->shader;
            assert_int_equal(shader->modules[0].level, GPU_LEVEL_FLOOR);
            for (uint32_t m = 1; m < shader->n_modules; m++)
                assert_true(kernel->draw || shader->modules[m].level > shader->modules[m - 1].level);
            if (kernel->draw)
                assert_int_equal(shader->n_modules, 2);
        }
}

/* ---- controls ---- */

/* A module of two entry points and one push-constant block, by hand. */
static const uint32_t tiny[] = {
    0x07230203,
    0x00010500,
    0,
    10,
    0,
    2u << 16 | 17,
    1, /* OpCapability Shader */
    3u << 16 | 14,
    0,
    1, /* OpMemoryModel Logical GLSL450 */
    4u << 16 | 15,
    5,
    1,
    0x00000061, /* OpEntryPoint GLCompute %1 "a" */
    4u << 16 | 15,
    5,
    2,
    0x00000062, /* OpEntryPoint GLCompute %2 "b" */
    6u << 16 | 16,
    1,
    17,
    1,
    1,
    1, /* OpExecutionMode %1 LocalSize 1 1 1 */
    5u << 16 | 72,
    5,
    0,
    35,
    0, /* OpMemberDecorate %5 0 Offset 0 */
    5u << 16 | 72,
    5,
    1,
    35,
    8, /* OpMemberDecorate %5 1 Offset 8: a hole */
    4u << 16 | 21,
    3,
    32,
    0, /* %3 = OpTypeInt 32 0 */
    3u << 16 | 22,
    4,
    64, /* %4 = OpTypeFloat 64 */
    4u << 16 | 30,
    5,
    3,
    4, /* %5 = OpTypeStruct %3 %4 */
    4u << 16 | 32,
    6,
    9,
    5, /* %6 = OpTypePointer PushConstant %5 */
    4u << 16 | 59,
    6,
    7,
    9, /* %7 = OpVariable %6 PushConstant */
};
enum { TINY_WORDS = sizeof tiny / sizeof tiny[0] };

/* Words of instructions with this opcode whose operand number `operand` is `value`. */
static uint32_t count_instructions(const uint32_t *words, size_t n_words, uint32_t opcode, uint32_t operand,
                                   uint32_t value)
{
    uint32_t found = 0;
    for (size_t at = 5; at < n_words; at += words[at] >> 16)
        found += (words[at] & 0xffff) == opcode && words[at + operand] == value;
    return found;
}

static void controls_are_added_to_each_entry_point(void **state)
{
    (void)state;
    const struct gpu_spirv_controls both = {true, true}, rounding = {true, false}, none = {false, false};
    uint32_t *words;
    size_t n;
    assert_ok(gpu_spirv_add_controls(tiny, TINY_WORDS, both, &words, &n));
    assert_int_equal(n, TINY_WORDS + 4 + 4 * 4);
    assert_int_equal(count_instructions(words, n, 17, 1, 4466), 1); /* SignedZeroInfNanPreserve */
    assert_int_equal(count_instructions(words, n, 17, 1, 4467), 1); /* RoundingModeRTE */
    assert_int_equal(count_instructions(words, n, 16, 2, 4461), 2);
    assert_int_equal(count_instructions(words, n, 16, 2, 4462), 2);
    assert_int_equal(count_instructions(words, n, 16, 3, 32), 4);
    assert_int_equal(count_instructions(words, n, 10, 1, 0x5f565053), 0); /* no OpExtension "SPV_…": core */
    base_free(words);
    assert_ok(gpu_spirv_add_controls(tiny, TINY_WORDS, rounding, &words, &n));
    assert_int_equal(count_instructions(words, n, 16, 2, 4461), 0);
    assert_int_equal(count_instructions(words, n, 16, 2, 4462), 2);
    base_free(words);
    assert_ok(gpu_spirv_add_controls(tiny, TINY_WORDS, none, &words, &n));
    assert_int_equal(n, TINY_WORDS);
    assert_memory_equal(words, tiny, sizeof tiny);
    base_free(words);
}

static void older_modules_name_the_extension(void **state)
{
    (void)state;
    uint32_t old[TINY_WORDS], *words;
    size_t n;
    memcpy(old, tiny, sizeof tiny);
    old[1] = 0x00010300;
    assert_ok(gpu_spirv_add_controls(old, TINY_WORDS, (struct gpu_spirv_controls){true, false}, &words, &n));
    assert_int_equal(count_instructions(words, n, 10, 1, 0x5f565053), 1);
    base_free(words);
}

static void a_block_that_differs_is_seen(void **state)
{
    (void)state;
    struct gpu_spirv_block block;
    assert_ok(gpu_spirv_push_block(tiny, TINY_WORDS, &block));
    assert_int_equal(block.n_members, 2);
    assert_int_equal(block.offsets[0], 0);
    assert_int_equal(block.offsets[1], 8);
    assert_false(block.all_words);
}

static void words_that_are_no_module_are_refused(void **state)
{
    (void)state;
    const struct gpu_spirv_controls both = {true, true};
    struct gpu_spirv_block block;
    uint32_t broken[TINY_WORDS], *words;
    size_t n;
    assert_fails(gpu_spirv_add_controls(tiny, 4, both, &words, &n), BASE_ERROR_INTERNAL, "not a SPIR-V");
    assert_fails(gpu_spirv_add_controls(tiny, TINY_WORDS - 1, both, &words, &n), BASE_ERROR_INTERNAL,
                 "over the end");
    assert_fails(gpu_spirv_add_controls(tiny, 10, both, &words, &n), BASE_ERROR_INTERNAL, "entry point");
    memcpy(broken, tiny, sizeof tiny);
    broken[5] = 17; /* an instruction of length 0 */
    assert_fails(gpu_spirv_push_block(broken, TINY_WORDS, &block), BASE_ERROR_INTERNAL, "over the end");
    broken[0] = 0;
    assert_fails(gpu_spirv_push_block(broken, TINY_WORDS, &block), BASE_ERROR_INTERNAL, "not a SPIR-V");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_agree_with_the_shaders),
        cmocka_unit_test(modules_stand_in_order),
        cmocka_unit_test(controls_are_added_to_each_entry_point),
        cmocka_unit_test(older_modules_name_the_extension),
        cmocka_unit_test(a_block_that_differs_is_seen),
        cmocka_unit_test(words_that_are_no_module_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
