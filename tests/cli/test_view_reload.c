/* Shaders that are edited while a picture is shown: what is saved is drawn with, what is broken is told in
 * red and changes nothing, and what is mended is drawn with again. */
#define _GNU_SOURCE
#include "support/device.h"
#include "support/files.h"
#include "support/test.h"

#define STB_IMAGE_IMPLEMENTATION
#include "cli/show.h"
#include "cli/view.h"

#include "base/memory.h"
#include "base/platform.h"
#include "gpu/kernels.h"
#include "gpu/params.h"
#include "linalg/kernels.h"
#include "live/compile.h"
#include "live/kernels.h"
#include "view/kernels.h"

enum { WIDE = 640, HIGH = 420 };

static uint8_t now[4 * WIDE * HIGH], before[sizeof now];

static void look(struct show *show, uint8_t *pixels)
{
    show->app.dirty = true;
    for (int i = 0; i < 6; i++) {
        turn(show);
        assert_ok(gpu_wait(test_gpu()));
    }
    assert_ok(gpu_image_download(test_gpu(), view_canvas_image(show->app.stage.canvas), pixels));
}

/* Above the footing, which the badge covers. */
static bool same_but_badge(void)
{
    for (int y = 0; y < HIGH; y++)
        if (y < HIGH - 40 && memcmp(now + (size_t)y * 4 * WIDE, before + (size_t)y * 4 * WIDE, 4 * WIDE) != 0)
            return false;
    return true;
}

static int reds(void)
{
    int count = 0;
    for (int i = 0; i < WIDE * HIGH; i++)
        count += now[4 * i] == 200 && now[4 * i + 1] == 30 && now[4 * i + 2] == 45;
    return count;
}

#define TURN_UNTIL(show, condition)                                                                          \
    do {                                                                                                     \
        const uint64_t end_ = base_clock_ns() + UINT64_C(120000000000);                                      \
        while (!(condition)) {                                                                               \
            turn(show);                                                                                      \
            assert_ok(gpu_wait(test_gpu()));                                                                 \
            if (base_clock_ns() > end_)                                                                      \
                fail_msg("in two minutes not: %s; %s", #condition, live_reload_fault((show)->app.reload));   \
        }                                                                                                    \
    } while (0)

/* Replaces the first `from` of a file by `to`. */
static void edit(const char *name, const char *from, const char *to)
{
    size_t bytes;
    char path[512], text[65536];
    snprintf(path, sizeof path, "shaders/%s", name);
    uint8_t *old = test_read_file(test_path(path), &bytes);
    char *whole = NULL;
    assert_ok(base_allocate(&whole, bytes + 1, 1, name));
    memcpy(whole, old, bytes);
    char *at = strstr(whole, from);
    assert_non_null(at);
    const int length =
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - whole), whole, to, at + strlen(from));
    assert_true(length > 0 && (size_t)length < sizeof text);
    test_file(path, text, (size_t)length);
    base_free(whole);
    base_free(old);
}

static void copy_shaders(void)
{
    char words[1024];
    snprintf(words, sizeof words, "rm -rf %s && cp -r %s/shaders %s", test_path("shaders"),
             ARCLIGHT_SOURCE_FOLDER, test_path("shaders"));
    assert_int_equal(system(words), 0);
}

static void what_is_saved_is_drawn_with(void **state)
{
    (void)state;
    struct show show;
    struct live_reload *reload;
    copy_shaders();
    open_show(&show, WIDE, HIGH, false);
    assert_ok(live_reload_open(test_gpu(), test_path("shaders"), &show.app.reload));
    reload = show.app.reload;
    TURN_UNTIL(&show, !show.scene->model.working && show.scene->model.resonance.known);
    look(&show, before);
    look(&show, now);
    assert_memory_equal(now, before, sizeof now);

    /* a colour */
    const char *plain = "    colour = with_coverage(p.colour, coverage);";
    const char *green = "    colour = with_coverage(p.colour, coverage); colour.rgb = vec3(0.0, 1.0, 0.0);";
    edit("view/curve.frag", plain, green);
    TURN_UNTIL(&show, live_reload_count(reload) == 1);
    look(&show, now);
    int greens = 0;
    for (int i = 0; i < WIDE * HIGH; i++)
        greens += now[4 * i] == 0 && now[4 * i + 1] == 255 && now[4 * i + 2] == 0;
    assert_true(greens > 50);
    assert_string_equal(live_reload_fault(reload), "");
    memcpy(before, now, sizeof now);

    /* a mistake: the old pipeline stays, and a badge says where it is */
    edit("view/curve.frag", "colour.rgb =", "colour.rgb = no_such_name *");
    TURN_UNTIL(&show, live_reload_fault(reload)[0] != '\0');
    assert_int_equal(strncmp(live_reload_fault(reload), "view/curve.frag:", 16), 0);
    assert_non_null(strstr(live_reload_fault(reload), "no_such_name"));
    look(&show, now);
    assert_true(reds() > 1000);
    assert_true(same_but_badge());

    /* mended, and as it was at first; what others include counts as well */
    edit("view/curve.frag", "colour.rgb = no_such_name *", "colour.rgb =");
    TURN_UNTIL(&show, live_reload_count(reload) == 2);
    look(&show, now);
    assert_int_equal(reds(), 0);
    assert_memory_equal(now, before, sizeof now);
    edit("view/curve_values.glsl", "\n", "\n\n");
    TURN_UNTIL(&show, live_reload_count(reload) >= 3);
    look(&show, now);
    assert_memory_equal(now, before, sizeof now);

    /* a file that was not there */
    const char *words = "// nothing\n";
    uint64_t count = live_reload_count(reload);
    edit("view/curve.frag", "#include \"view/", "#include \"view/later.glsl\"\n#include \"view/");
    TURN_UNTIL(&show, live_reload_fault(reload)[0] != '\0');
    test_file("shaders/view/later.glsl", words, strlen(words));
    TURN_UNTIL(&show, live_reload_fault(reload)[0] == '\0');
    assert_true(live_reload_count(reload) == count + 1);

    /* what computes is not exchanged amid a step */
    bool changed;
    count = live_reload_count(reload);
    edit("gpu/copy.comp", "\n", "\n\n");
    for (const uint64_t end = base_clock_ns() + UINT64_C(3000000000); base_clock_ns() < end;)
        assert_ok(live_reload_serve(reload, false, &changed));
    assert_true(live_reload_count(reload) == count);
    TURN_UNTIL(&show, live_reload_count(reload) == count + 1);

    /* parameters are the program's as well */
    edit("view/params.h", "\n", "\n\n");
    TURN_UNTIL(&show, live_reload_fault(reload)[0] != '\0');
    assert_non_null(strstr(live_reload_fault(reload), "view/params.h is part of the program"));
    close_show(&show);
}

/* One copy of 64 words by the kernel as it is now; the words that arrive. */
static void copy_words(uint32_t *words)
{
    enum { WORDS = 64 };
    struct gpu_buffer *from, *to;
    uint32_t source[WORDS];
    for (uint32_t i = 0; i < WORDS; i++)
        source[i] = 7 * i;
    assert_ok(gpu_buffer_create(test_gpu(), "from", sizeof source, GPU_DEVICE, &from));
    assert_ok(gpu_buffer_create(test_gpu(), "to", sizeof source, GPU_DEVICE, &to));
    assert_ok(gpu_upload(test_gpu(), from, 0, source, sizeof source));
    const struct gpu_copy_params params = {.vectors = WORDS / 4};
    assert_ok(
        gpu_dispatch(test_gpu(), &(struct gpu_dispatch_parameters){
                                     .kernel = &gpu_copy_kernel,
                                     .constants = {64},
                                     .n_constants = 1,
                                     .params = &params,
                                     .ranges = (const struct gpu_range[]){gpu_whole(from), gpu_whole(to)},
                                     .n_groups = 1}));
    assert_ok(gpu_download(test_gpu(), to, 0, words, sizeof source));
    gpu_buffer_destroy(test_gpu(), &from);
    gpu_buffer_destroy(test_gpu(), &to);
}

/* Kernels are exchanged the same way, and back; other interfaces are refused, and nothing is changed. */
static void kernels_are_exchanged_too(void **state)
{
    (void)state;
    uint32_t words[64];
    struct live_compiler compiler;
    struct live_compiled compiled;
    copy_shaders();
    copy_words(words);
    assert_int_equal(words[9], 63);
    edit("gpu/copy.comp", "destination[k] = source[k];", "destination[k] = source[k] + 5u;");
    assert_ok(live_compiler_find(test_path("shaders"), &compiler));
    compiler.scratch = test_folder();
    assert_ok(live_compile(&compiler, &gpu_copy_kernel, "gpu/copy", &compiled));
    for (int i = 0; i < 3; i++) {
        assert_ok(gpu_shader_replace(test_gpu(), &gpu_copy_kernel, &compiled.shader));
        copy_words(words);
        assert_int_equal(words[9], 68);
        assert_fails(gpu_shader_replace(test_gpu(), &gpu_copy_kernel, gpu_check_kernel.shader),
                     BASE_ERROR_INPUT, "its parameters are not those");
        copy_words(words);
        assert_int_equal(words[9], 68);
        assert_ok(gpu_shader_replace(test_gpu(), &gpu_copy_kernel, gpu_copy_kernel.shader));
        copy_words(words);
        assert_int_equal(words[9], 63);
    }
    live_compiled_free(&compiled);
    edit("gpu/copy.comp", "binding = 1", "binding = 2");
    assert_ok(live_compile(&compiler, &gpu_copy_kernel, "gpu/copy", &compiled));
    assert_fails(gpu_shader_replace(test_gpu(), &gpu_copy_kernel, &compiled.shader), BASE_ERROR_INPUT,
                 "binding 2 is not in its row");
    live_compiled_free(&compiled);
    live_compiler_free(&compiler);
}

static void all_kernels_compile_as_the_build_did(void **state)
{
    (void)state;
    struct live_compiler compiler;
    struct live_compiled compiled;
    static const struct {
        const struct gpu_kernel *kernel;
        const char *path;
    } some[] = {{&view_heat_kernel, "view/heat"},
                {&linalg_sum_kernel, "linalg/sum"},
                {&live_value_bins_kernel, "live/value_bins"}};
    assert_ok(live_compiler_find(ARCLIGHT_SOURCE_FOLDER "/shaders", &compiler));
    compiler.scratch = test_folder();
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        const struct gpu_shader *built = some[i].kernel->shader;
        assert_ok(live_compile(&compiler, some[i].kernel, some[i].path, &compiled));
        assert_int_equal(compiled.shader.n_modules, built->n_modules);
        for (uint32_t m = 0; m < built->n_modules; m++) {
            assert_int_equal(compiled.modules[m].level, built->modules[m].level);
            assert_int_equal(compiled.modules[m].bytes, built->modules[m].bytes);
            assert_memory_equal(compiled.modules[m].words, built->modules[m].words, built->modules[m].bytes);
        }
        live_compiled_free(&compiled);
    }
    live_compiler_free(&compiler);
}

static void mistakes_at_the_start_are_said(void **state)
{
    (void)state;
    struct live_reload *reload;
    assert_fails(live_reload_open(test_gpu(), test_folder(), &reload), BASE_ERROR_USAGE,
                 "it has no folder common");
    char *path = base_copy_string(getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    assert_fails(live_reload_open(test_gpu(), ARCLIGHT_SOURCE_FOLDER "/shaders", &reload), BASE_ERROR_USAGE,
                 "glslang-tools");
    char words[1024];
    setenv("PATH", path, 1);
    snprintf(words, sizeof words, "mkdir %s && ln -s $(command -v glslangValidator || command -v glslang) %s",
             test_path("alone"), test_path("alone"));
    assert_int_equal(system(words), 0);
    setenv("PATH", test_path("alone"), 1);
    assert_fails(live_reload_open(test_gpu(), ARCLIGHT_SOURCE_FOLDER "/shaders", &reload), BASE_ERROR_USAGE,
                 "spirv-tools");
    setenv("PATH", path, 1);
    base_free(path);
    assert_null(reload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_saved_is_drawn_with),
        cmocka_unit_test(kernels_are_exchanged_too),
        cmocka_unit_test(all_kernels_compile_as_the_build_did),
        cmocka_unit_test(mistakes_at_the_start_are_said),
    };
    if (!test_gpu_exists())
        return 77;
    setenv("XDG_CACHE_HOME", test_path("cache"), 1);
    view_inputs();
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
