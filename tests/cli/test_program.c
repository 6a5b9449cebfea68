/* The program as its user meets it: streams, exit codes, help, colour, pipes, JSON, manual page, completion.
 */
#define _GNU_SOURCE
#include "cli/options.h"
#include "cli/run.h"

#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

/* ---- help ---- */

static void bare_call_explains_itself(void **state)
{
    (void)state;
    struct run run = expect(0, "$A 2>&1 >/dev/null");
    assert_string_equal(run.text, "");
    run = expect(0, "$A");
    for (const struct cli_command *command = cli_commands; command->name; command++)
        assert_contains(run, command->name);
    assert_true(run.bytes < 3000);
}

/* Examples, then usage, then every option of the command and no other. */
static void help_has_structure(void **state)
{
    (void)state;
    for (const struct cli_command *command = cli_commands; command->name; command++) {
        struct run run = run_line("$A help %s", command->name);
        assert_int_equal(run.code, 0);
        assert_contains(run, command->summary);
        const char *examples = strstr(run.text, "Examples:"), *usage = strstr(run.text, "Usage:");
        assert_non_null(examples);
        assert_non_null(usage);
        assert_true(examples < usage);
        assert_true(strstr(usage, "Environment:") != NULL);
        for (const struct cli_option *option = cli_options; option->name; option++) {
            /* Where help begins a line with it, alone or after its letter. */
            char alone[CLI_NAME_BYTES + 16], after_letter[CLI_NAME_BYTES + 16];
            snprintf(alone, sizeof alone, "\n      --%s ", option->name);
            snprintf(after_letter, sizeof after_letter, "\n  -%c, --%s ", option->letter, option->name);
            bool there = strstr(run.text, option->letter ? after_letter : alone) != NULL;
            if (there != ((option->commands & command->bit) != 0))
                fail_msg("help %s: --%s is %s", command->name, option->name, there ? "there" : "not there");
        }
        for (const char *line = run.text; *line; line += strcspn(line, "\n") + 1)
            if (strcspn(line, "\n") > 120)
                fail_msg("help %s has a long line: %.130s", command->name, line);
    }
}

/* Where commands differ in a default, help and manual say so. */
static void defaults_are_those_in_effect(void **state)
{
    (void)state;
    assert_contains(expect(0, "$A help train"), "[default: 0; of train 42]");
    assert_contains(expect(0, "$A help srm"), "[default: 0; of train 42]");
    assert_contains(expect(0, "$A man"), "Default: 0; of train 42.");
}

static void help_has_many_doors(void **state)
{
    (void)state;
    char *help = strdup(expect(0, "$A help srm").text);
    assert_string_equal(expect(0, "$A srm --help").text, help);
    assert_string_equal(expect(0, "$A srm x --out d -h").text, help);
    assert_string_equal(expect(0, "$A --help srm").text, help);
    free(help);
    assert_contains(expect(2, "$A help smr 2>&1"), "no command 'smr'");
}

/* ---- streams and exit codes ---- */

static void errors_go_to_standard_error(void **state)
{
    (void)state;
    assert_string_equal(expect(2, "$A frobnicate 2>/dev/null").text, "");
    struct run run = expect(2, "$A frobnicate 2>&1 >/dev/null");
    assert_int_equal(strncmp(run.text, "arclight: error: ", 17), 0);
    assert_true(strchr(run.text, '\n') == run.text + run.bytes - 1);
    char *loud = strdup(run.text);
    assert_string_equal(expect(2, "$A frobnicate --quiet 2>&1").text, loud);
    free(loud);
}

static void exit_codes_tell_the_class(void **state)
{
    (void)state;
    expect(0, "$A version");
    assert_contains(expect(2, "$A srm a.npy --out d --angles 3 2>&1"), "--angles");
    assert_contains(expect(2, "ARCLIGHT_ANGLES=3 $A srm a.npy --out d 2>&1"), "ARCLIGHT_ANGLES");
    assert_contains(expect(3, "$A inspect /nonexistent.npy 2>&1"), "/nonexistent.npy");
    assert_contains(expect(3, "$A inspect '" ARCLIGHT_SOURCE_FOLDER "/src' 2>&1"),
                    "no .safetensors, .npy or .npz in this folder");
    assert_contains(expect(3, "$A inspect '" ASSETS "/mnist-tanh.safetensors' --rows 50000: 2>&1"),
                    "row 50000");
    assert_contains(expect(0, "$A inspect '" ASSETS "' --rows 10:20"), "rows from 10 on, 10 of");
    assert_contains(expect(0, "$A inspect --json '" ASSETS "'"), "mnist-relu.safetensors");
    assert_contains(expect(3, "$A inspect '" ARCLIGHT_SOURCE_FOLDER "/LICENSE' 2>&1"), "LICENSE");
    assert_contains(expect(4, "VK_DRIVER_FILES=/nonexistent.json VK_ICD_FILENAMES=/nonexistent.json "
                              "$A selftest --device all 2>&1"),
                    "no Vulkan device");
    assert_contains(expect(2, "$A selftest --device no-such-device 2>&1"), "no-such-device");
    assert_contains(expect(2, "$A selftest --limits frob=1 2>&1"), "frob");
    assert_contains(expect(8, "$A man 2>&1 >/dev/full"), "standard output");
    assert_contains(expect(8, "$A version --json 2>&1 >/dev/full"), "standard output");
}

static void closed_pipe_is_no_failure(void **state)
{
    (void)state;
    static const char *const commands[] = {"man", "help srm", "devices --json",
                                           "inspect '" ASSETS "/mnist-tanh.safetensors'"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct run run =
            run_line("{ (sleep 0.2; $A %s 2>&1 >&3; echo code $? >&2) 3>&1 | true; } 2>&1", commands[i]);
        assert_string_equal(run.text, "code 0\n");
    }
    assert_contains(expect(0, "$A help | head -n 1"), "arclight");
}

/* ---- colour ---- */

/* Runs a line with standard output and error on a terminal of its own, and gives back what arrives there. */
static char *run_on_terminal(const char *line)
{
    static char text[65536];
    size_t used = 0;
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0) {
        print_message("no pseudo-terminal can be had here (is /dev/pts mounted?)\n");
        skip();
    }
    assert_true(grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    char name[128];
    snprintf(name, sizeof name, "%s", ptsname(terminal));
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int other = open(name, O_RDWR);
        dup2(other, 1);
        dup2(other, 2);
        setenv("A", PROGRAM, 1);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    for (ssize_t got; used + 1 < sizeof text; used += (size_t)got)
        if ((got = read(terminal, text + used, sizeof text - used - 1)) <= 0)
            break;
    text[used] = '\0';
    waitpid(child, NULL, 0);
    close(terminal);
    return text;
}

static void colour_only_where_wanted(void **state)
{
    (void)state;
    assert_non_null(strstr(run_on_terminal("NO_COLOR= TERM=xterm $A help"), "\x1b["));
    assert_non_null(strstr(run_on_terminal("NO_COLOR= TERM=xterm $A frobnicate"), "\x1b[31merror:"));
    static const char *const plain[] = {
        "NO_COLOR=1 TERM=xterm $A help",           "NO_COLOR= TERM=dumb $A help",
        "NO_COLOR= TERM=xterm $A help --no-color", "NO_COLOR= TERM=xterm ARCLIGHT_NO_COLOR=1 $A help",
        "NO_COLOR= TERM=xterm $A help | cat",      "NO_COLOR=1 TERM=xterm $A frobnicate",
    };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        const char *text = run_on_terminal(plain[i]);
        assert_non_null(strstr(text, "arclight"));
        if (strchr(text, '\x1b'))
            fail_msg("colour in: %s", plain[i]);
    }
}

/* ---- for machines ---- */

static json_t *expect_json(const char *line, const char *schema)
{
    struct run run = expect(0, line);
    json_error_t error;
    json_t *document = json_loads(run.text, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        fail_msg("%s: line %d: %s\n%s", line, error.line, error.text, run.text);
    assert_string_equal(json_string_value(json_object_get(document, "schema")), schema);
    return document;
}

static void json_is_json(void **state)
{
    (void)state;
    json_t *document = expect_json("$A version --json", "arclight.version/1");
    assert_true(json_is_string(json_object_get(document, "compiler")));
    json_decref(document);

    document = expect_json("$A devices --json", "arclight.devices/1");
    json_t *device = json_array_get(json_object_get(document, "devices"), 0);
    assert_true(json_is_string(json_object_get(device, "uuid")));
    assert_true(json_integer_value(
                    json_object_get(json_object_get(device, "capabilities"), "shared_bytes")) >= 16384);
    json_t *kernels = json_object_get(device, "kernels");
    assert_non_null(json_object_get(kernels, "linalg_matmul"));
    json_decref(document);

    document =
        expect_json("$A inspect --json '" ASSETS "/mnist-tanh.safetensors'", "arclight.inspect-files/1");
    assert_int_equal(json_array_size(json_object_get(document, "files")), 1);
    json_decref(document);
}

/* A level that is forced down shows in what would run. */
static void limits_reach_the_devices_list(void **state)
{
    (void)state;
    json_t *document = expect_json("$A devices --json --limits level=floor", "arclight.devices/1");
    json_t *kernels = json_object_get(json_array_get(json_object_get(document, "devices"), 0), "kernels");
    const char *name;
    json_t *level;
    assert_true(json_object_size(kernels) > 5);
    json_object_foreach(kernels, name, level)
    {
        assert_string_equal(json_string_value(level), "floor");
    }
    json_decref(document);
}

static void selftest_reports_every_case(void **state)
{
    (void)state;
    json_t *document = expect_json("$A selftest --json --quiet", "arclight.selftest/1");
    json_t *device = json_array_get(json_object_get(document, "devices"), 0);
    assert_int_equal(json_integer_value(json_object_get(device, "failed")), 0);
    json_t *cases = json_object_get(device, "cases");
    assert_true(json_array_size(cases) >= 8);
    assert_int_equal(json_array_size(cases), json_integer_value(json_object_get(device, "passed")));
    assert_true(json_is_string(json_object_get(device, "level")));
    json_decref(document);
    assert_contains(expect(0, "$A selftest --limits level=floor"), "kernels may run up to level floor");
}

/* Whatever devices this machine has: without a name a CPU device is refused, and with one it is measured. */
static void bench_wants_a_named_cpu(void **state)
{
    (void)state;
    json_t *document = expect_json("$A devices --json", "arclight.devices/1");
    json_t *device = json_array_get(json_object_get(document, "devices"), 0);
    bool cpu_only = strcmp(json_string_value(json_object_get(device, "type")), "CPU") == 0;
    json_decref(document);
    if (cpu_only)
        assert_contains(expect(4, "$A bench gpu_copy -n 3 2>&1"), "--device");
    document = expect_json("$A bench gpu_copy --device 0 -n 3 --json", "arclight.bench/1");
    json_t *results = json_object_get(document, "benchmarks");
    assert_int_equal(json_array_size(results), 1);
    json_t *result = json_array_get(results, 0);
    double low = json_real_value(json_object_get(result, "quartile_1_ns"));
    double median = json_real_value(json_object_get(result, "median_ns"));
    assert_true(low > 0 && low <= median &&
                median <= json_real_value(json_object_get(result, "quartile_3_ns")));
    assert_true(json_real_value(json_object_get(result, "fraction_of_floor")) > 0);
    json_decref(document);
    assert_contains(expect(2, "$A bench gpu_cpoy --device 0 2>&1"), "did you mean 'gpu_copy'");
}

static void bench_lists_what_there_is(void **state)
{
    (void)state;
    struct run list = expect(0, "$A bench --list");
    assert_contains(list, "gpu_multiply_add_fused");
    assert_contains(list, "[4096, 576] times [576, 4608]");
    list = expect(0, "$A bench --list linalg_matmul_e srm");
    assert_contains(list, "linalg_matmul_encoder");
    assert_contains(list, "srm_");
    assert_null(strstr(list.text, "gpu_"));
    json_t *document = expect_json("$A bench --list --json sae_step", "arclight.benchmarks/1");
    json_t *first = json_array_get(json_object_get(document, "benchmarks"), 0);
    assert_int_equal(strncmp(json_string_value(json_object_get(first, "name")), "sae_step", 8), 0);
    json_decref(document);
    struct run refusal = expect(2, "$A bench nothing 2>&1");
    assert_contains(refusal, "gpu_copy, gpu_multiply_add");
    assert_contains(refusal, "sae_step");
    assert_contains(refusal, "--list");
}

/* ---- manual page and completion ---- */

static void manual_page_renders(void **state)
{
    (void)state;
    struct run run = expect(0, "$A man");
    assert_int_equal(strncmp(run.text, ".TH ARCLIGHT 1", 14), 0);
    for (const struct cli_option *option = cli_options; option->name; option++) {
        char twin[CLI_NAME_BYTES];
        cli_environment_name(option, twin);
        if (!option->without_environment)
            assert_contains(run, twin);
    }
    if (run_line("command -v groff").code != 0) {
        print_message("groff is not here: the page was not rendered\n");
        return;
    }
    run = expect(0, "$A man | groff -ww -man -Tutf8 2>&1 >/dev/null");
    assert_string_equal(run.text, "");
    run = expect(0, "$A man | groff -man -Tascii -P-cbou");
    assert_contains(run, "--epsilon auto|E[,E...]");
    assert_contains(run, "EXIT STATUS");
    assert_contains(run, "ARCLIGHT_SUBMISSION_MS");
}

static void completion_scripts_parse(void **state)
{
    (void)state;
    static const char *const shells[] = {"bash", "zsh", "fish"};
    for (size_t i = 0; i < 3; i++) {
        struct run run = run_line("$A completion %s", shells[i]);
        assert_int_equal(run.code, 0);
        assert_contains(run, "submission-ms");
        if (run_line("command -v %s", shells[i]).code != 0) {
            print_message("%s is not here: its script was not parsed\n", shells[i]);
            continue;
        }
        run = run_line("$A completion %s > completion.%s && %s -n completion.%s 2>&1", shells[i], shells[i],
                       shells[i], shells[i]);
        assert_string_equal(run.text, "");
        assert_int_equal(run.code, 0);
    }
    assert_contains(expect(2, "$A completion csh 2>&1"), "bash, zsh and fish");
}

/* What bash offers after these words, the last one being completed. */
static struct run complete_in_bash(const char *words, int last)
{
    return run_line(
        "bash -c 'source <($0 completion bash); COMP_WORDS=(%s); COMP_CWORD=%d; _arclight 2>/dev/null; "
        "echo \" ${COMPREPLY[*]} \"' $A",
        words, last);
}

static void completion_completes(void **state)
{
    (void)state;
    if (run_line("command -v bash").code != 0)
        skip();
    assert_string_equal(complete_in_bash("arclight se", 1).text, " selftest \n");
    assert_string_equal(complete_in_bash("arclight srm --ang", 2).text, " --angles \n");
    assert_string_equal(complete_in_bash("arclight srm --theme d", 3).text, " dark \n");
    assert_string_equal(complete_in_bash("arclight devices --ang", 2).text, "  \n");
    assert_string_equal(complete_in_bash("arclight completion z", 2).text, " zsh \n");
}

/* README.md names no option that is not there: neither the program's nor those of the tools it shows. */
static void readme_names_true_options(void **state)
{
    (void)state;
    static const char *const others[] = {"build", "install", "prefix", "target", "help", "version"};
    FILE *file = fopen(ARCLIGHT_SOURCE_FOLDER "/README.md", "r");
    assert_non_null(file);
    char line[512];
    unsigned seen = 0;
    while (fgets(line, sizeof line, file))
        for (const char *at = line; (at = strstr(at, "--")); at += 2) {
            char name[CLI_NAME_BYTES];
            size_t length = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz0123456789-");
            bool option =
                length > 1 && at[2] != '-' && (at == line || !strchr("-abcdefghijklmnopqrstuvwxyz", at[-1]));
            if (!option || length >= sizeof name)
                continue;
            snprintf(name, sizeof name, "%.*s", (int)length, at + 2);
            bool known = cli_find_option(name) != NULL;
            for (size_t i = 0; i < sizeof others / sizeof *others; i++)
                known = known || strcmp(others[i], name) == 0;
            if (!known)
                fail_msg("README.md speaks of --%s, which is no option", name);
            seen++;
        }
    fclose(file);
    assert_true(seen > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bare_call_explains_itself),
        cmocka_unit_test(help_has_structure),
        cmocka_unit_test(defaults_are_those_in_effect),
        cmocka_unit_test(help_has_many_doors),
        cmocka_unit_test(errors_go_to_standard_error),
        cmocka_unit_test(exit_codes_tell_the_class),
        cmocka_unit_test(closed_pipe_is_no_failure),
        cmocka_unit_test(colour_only_where_wanted),
        cmocka_unit_test(json_is_json),
        cmocka_unit_test(limits_reach_the_devices_list),
        cmocka_unit_test(selftest_reports_every_case),
        cmocka_unit_test(bench_wants_a_named_cpu),
        cmocka_unit_test(bench_lists_what_there_is),
        cmocka_unit_test(manual_page_renders),
        cmocka_unit_test(completion_scripts_parse),
        cmocka_unit_test(completion_completes),
        cmocka_unit_test(readme_names_true_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
