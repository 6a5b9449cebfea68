/* The command line and the environment become values. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "cli/values.h"
#include "support/test.h"

#include <stdlib.h>

enum { MOST_WORDS = 24 };

/* Parses a line whose words are divided by single blanks; "\1" stands for a blank within a word. */
static enum base_status parse(const char *line, struct cli_values *values)
{
    static char copy[512];
    static char *words[MOST_WORDS];
    int count = 0;
    snprintf(copy, sizeof copy, "arclight %s", line);
    for (char *word = strtok(copy, " "); word && count < MOST_WORDS - 1; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
    for (int i = 0; i < count; i++)
        for (char *c = words[i]; *c; c++)
            *c = *c == '\1' ? ' ' : *c;
    return cli_parse(count, words, values);
}

static void assert_usage(const char *line, const char *part)
{
    struct cli_values values;
    enum base_status status = parse(line, &values);
    cli_values_free(&values);
    if (status != BASE_ERROR_USAGE)
        fail_msg("'%s' gave status %d", line, status);
    if (!strstr(base_message(), part))
        fail_msg("'%s' should name '%s': %s", line, part, base_message());
}

static void table_is_sound(void **state)
{
    (void)state;
    uint32_t count = 0;
    bool letters[128] = {false};
    for (const struct cli_option *option = cli_options; option->name; option++, count++) {
        assert_ptr_equal(cli_find_option(option->name), option);
        assert_true(strlen(option->name) < CLI_NAME_BYTES - 16);
        assert_true((option->kind == CLI_KIND_FLAG) == (option->placeholder[0] == '\0'));
        assert_true(option->help[strlen(option->help) - 1] == '.');
        assert_non_null(option->group);
        assert_true(option->commands != 0 && (option->commands & ~(uint32_t)CLI_EVERY) == 0);
        if (option->kind == CLI_KIND_INTEGER || option->kind == CLI_KIND_REAL)
            assert_true(option->minimum < option->maximum);
        if (option->letter) {
            assert_false(letters[(int)option->letter]);
            letters[(int)option->letter] = true;
        }
    }
    assert_true(count <= CLI_MAX_OPTIONS);
    for (const struct cli_command *command = cli_commands; command->name; command++) {
        assert_ptr_equal(cli_find_command(command->name), command);
        assert_non_null(command->run);
        assert_non_null(command->examples[0].says);
        assert_true(command->least_arguments <= command->most_arguments);
    }
}

/* Every default passes the check that a given value must pass. */
static void defaults_are_valid(void **state)
{
    (void)state;
    for (const struct cli_option *option = cli_options; option->name; option++) {
        char line[256];
        struct cli_values values;
        if (!option->standard)
            continue;
        snprintf(line, sizeof line, "--%s=%s", option->name, option->standard);
        assert_ok(parse(line, &values));
        assert_string_equal(cli_text(&values, option->name), option->standard);
        cli_values_free(&values);
    }
}

static void order_is_free(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "srm a.npy b.npy --out d --angles 72 --signed",    "--angles 72 srm --signed a.npy --out=d b.npy",
        "--signed --out d srm a.npy --angles=72 -- b.npy", "srm -od -a72 --signed -- a.npy b.npy",
        "srm a.npy -o d -a 72 b.npy --signed=yes",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct cli_values values;
        assert_ok(parse(lines[i], &values));
        assert_string_equal(values.command->name, "srm");
        assert_int_equal(values.n_arguments, 2);
        assert_string_equal(values.arguments[0], "a.npy");
        assert_string_equal(values.arguments[1], "b.npy");
        assert_string_equal(cli_text(&values, "out"), "d");
        assert_int_equal(cli_integer(&values, "angles"), 72);
        assert_true(cli_flag(&values, "signed"));
        assert_false(cli_flag(&values, "center"));
        assert_false(cli_given(&values, "seed"));
        cli_values_free(&values);
    }
}

static void values_have_kinds(void **state)
{
    (void)state;
    struct cli_values values;
    assert_ok(parse("srm x --epsilon -0.3 -e 0.5,0.9 --scale 1.5 --seed 9007199254740991 -qv --planes=3:7",
                    &values));
    assert_string_equal(cli_text(&values, "epsilon"), "-0.3,0.5,0.9");
    assert_in_double(cli_real(&values, "scale"), 1.5, 0);
    assert_int_equal(cli_integer(&values, "seed"), 9007199254740991);
    assert_true(cli_flag(&values, "quiet") && cli_flag(&values, "verbose"));
    assert_string_equal(cli_text(&values, "planes"), "3:7");
    assert_string_equal(cli_text(&values, "theme"), "dark");
    assert_null(cli_text(&values, "rows"));
    cli_values_free(&values);

    assert_ok(parse("srm x --signed --signed=no --angles 8 --angles 16", &values));
    assert_false(cli_flag(&values, "signed"));
    assert_int_equal(cli_integer(&values, "angles"), 16);
    cli_values_free(&values);

    assert_ok(parse("srm -- --out", &values));
    assert_string_equal(values.arguments[0], "--out");
    cli_values_free(&values);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    assert_usage("srn x", "did you mean 'srm'");
    assert_usage("devcies", "did you mean 'devices'");
    assert_usage("frobnicate", "unknown command 'frobnicate'");
    assert_usage("srm x --epsilom 0.5", "did you mean --epsilon");
    assert_usage("srm x --eps 0.5", "did you mean --epsilon");
    assert_usage("srm x --frobnicate", "unknown option --frobnicate");
    assert_usage("srm x -Z", "unknown option -Z");
    assert_usage("srm x --angles", "--angles wants a value");
    assert_usage("srm x --angles --signed", "--angles wants a value");
    assert_usage("srm x -a", "-a wants a value");
    assert_usage("srm x --out=", "--out: the value is empty");
    assert_usage("srm", "usage: arclight srm");
    assert_usage("man page", "one argument too many");
    assert_usage("devices --angles 8", "--angles does not belong to devices (but to: srm, view)");
}

static void numbers_are_strict(void **state)
{
    (void)state;
    static const char *const wrong[] = {"3",   "4001", "36.5", "36x", "x36", "0x24",
                                        "1e2", "+",    "-",    "4 5", "",    "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char line[64];
        snprintf(line, sizeof line, "srm x --angles=%s", wrong[i]);
        for (char *c = line + 15; *c; c++)
            *c = *c == ' ' ? '\1' : *c;
        assert_usage(line, "is not a whole number from 4 to 4000");
    }
    assert_usage("srm x --scale=nan", "is not a number from 0.25 to 8");
    assert_usage("srm x --scale=inf", "is not a number from 0.25 to 8");
    assert_usage("srm x --scale=0x1", "is not a number from 0.25 to 8");
    assert_usage("srm x --scale=9", "is not a number from 0.25 to 8");
    assert_usage("srm x --scale=1,2", "is not one number");
    assert_usage("srm x --theme=grey", "is not one of dark|light");
    assert_usage("srm x --theme=dark|light", "is not one of dark|light");
    assert_usage("srm x --signed=maybe", "is neither yes nor no");
}

static void environment_has_twins(void **state)
{
    (void)state;
    struct cli_values values;
    setenv("ARCLIGHT_ANGLES", "48", 1);
    setenv("ARCLIGHT_NO_COLOR", "1", 1);
    setenv("ARCLIGHT_SIGNED", "yes", 1);
    setenv("ARCLIGHT_EPSILON", "0.1", 1);
    setenv("ARCLIGHT_THEME", "", 1);
    assert_ok(parse("srm x", &values));
    assert_int_equal(cli_integer(&values, "angles"), 48);
    assert_string_equal(cli_label(&values, "angles"), "ARCLIGHT_ANGLES");
    assert_string_equal(cli_label(&values, "rows"), "--rows");
    assert_true(cli_flag(&values, "no-color") && cli_flag(&values, "signed"));
    assert_string_equal(cli_text(&values, "theme"), "dark"); /* empty: as if not set */
    cli_values_free(&values);

    /* The command line goes before it, also to switch a flag off, and a list is replaced, not added to. */
    assert_ok(parse("srm x --angles 8 --signed=no --epsilon 0.2", &values));
    assert_int_equal(cli_integer(&values, "angles"), 8);
    assert_string_equal(cli_label(&values, "angles"), "--angles");
    assert_false(cli_flag(&values, "signed"));
    assert_string_equal(cli_text(&values, "epsilon"), "0.2");
    cli_values_free(&values);

    /* An option of another command is no mistake there. */
    assert_ok(parse("devices", &values));
    cli_values_free(&values);

    setenv("ARCLIGHT_ANGLES", "many", 1);
    assert_usage("srm x", "ARCLIGHT_ANGLES: 'many' is not a whole number");
    assert_ok(parse("srm x --angles 8", &values));
    cli_values_free(&values);
    unsetenv("ARCLIGHT_ANGLES");
    unsetenv("ARCLIGHT_NO_COLOR");
    unsetenv("ARCLIGHT_SIGNED");
    unsetenv("ARCLIGHT_EPSILON");
    unsetenv("ARCLIGHT_THEME");
}

static void configuration_is_recorded(void **state)
{
    (void)state;
    struct cli_values values;
    assert_ok(parse("srm x --angles 8 --signed --rows 3:9", &values));
    json_t *record = cli_configuration(&values);
    assert_non_null(record);
    assert_int_equal(json_integer_value(json_object_get(record, "angles")), 8);
    assert_true(json_is_true(json_object_get(record, "signed")));
    assert_true(json_is_false(json_object_get(record, "center")));
    assert_string_equal(json_string_value(json_object_get(record, "rows")), "3:9");
    assert_string_equal(json_string_value(json_object_get(record, "epsilon")), "auto");
    assert_in_double(json_real_value(json_object_get(record, "scale")), 1, 0);
    assert_true(json_is_null(json_object_get(record, "labels")));
    assert_null(json_object_get(record, "help"));
    assert_null(json_object_get(record, "repetitions"));
    json_decref(record);
    cli_values_free(&values);
}

static void composed_values(void **state)
{
    (void)state;
    uint64_t from, to, bytes;
    assert_ok(cli_parse_range("--rows", "3:9", &from, &to));
    assert_true(from == 3 && to == 9);
    assert_ok(cli_parse_range("--rows", ":9", &from, &to));
    assert_true(from == 0 && to == 9);
    assert_ok(cli_parse_range("--rows", "3:", &from, &to));
    assert_true(from == 3 && to == 0);
    static const char *const ranges[] = {"3",     "",     "a:b", "3:9:12", "-1:9", "3:-1",
                                         "3.5:9", " 3:9", "9:3", "3:3",    "0:0"};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        assert_fails(cli_parse_range("--rows", ranges[i], &from, &to), BASE_ERROR_USAGE, "--rows: '");

    assert_ok(cli_parse_bytes("--max-counts", "4096", &bytes));
    assert_true(bytes == 4096);
    assert_ok(cli_parse_bytes("--max-counts", "1.5KiB", &bytes));
    assert_true(bytes == 1536);
    assert_ok(cli_parse_bytes("--max-counts", "3GiB", &bytes));
    assert_true(bytes == 3221225472u);
    static const char *const sizes[] = {"",  "GiB", "1GB",      "1 GiB",         "-1",
                                        "0", "1e3", "1.2.3MiB", "99999999999GiB"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_fails(cli_parse_bytes("--max-counts", sizes[i], &bytes), BASE_ERROR_USAGE, "is not a size");

    double *reals = NULL;
    uint32_t count = 0;
    assert_ok(cli_parse_reals("--epsilon", "-1,0.5,1", -1, 1, &reals, &count));
    assert_int_equal(count, 3);
    assert_in_double(reals[1], 0.5, 0);
    base_free(reals);
    static const char *const lists[] = {"",      "0.5,", ",0.5",    "0.5,,0.9", "1.01",
                                        "-1.01", "auto", "0.5;0.9", "nan"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        assert_fails(cli_parse_reals("--epsilon", lists[i], -1, 1, &reals, &count), BASE_ERROR_USAGE,
                     "is not a number from -1 to 1");
}

static void suggestions(void **state)
{
    (void)state;
    static const char *const names[] = {"epsilon", "angles", "out", "seed", "planes", "panels"};
    assert_string_equal(cli_suggest("espilon", names, 6), "epsilon"); /* neighbours swapped: one edit */
    assert_string_equal(cli_suggest("planse", names, 6), "planes");
    assert_string_equal(cli_suggest("pan", names, 6), "panels"); /* the only one it begins */
    assert_string_equal(cli_suggest("oit", names, 6), "out");
    assert_null(cli_suggest("frobnicate", names, 6));
    assert_null(cli_suggest("", names, 6));
}

int main(void)
{
    for (const struct cli_option *option = cli_options; option->name; option++) {
        char name[CLI_NAME_BYTES];
        cli_environment_name(option, name);
        unsetenv(name);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_sound),        cmocka_unit_test(defaults_are_valid),
        cmocka_unit_test(order_is_free),         cmocka_unit_test(values_have_kinds),
        cmocka_unit_test(mistakes_are_named),    cmocka_unit_test(numbers_are_strict),
        cmocka_unit_test(environment_has_twins), cmocka_unit_test(configuration_is_recorded),
        cmocka_unit_test(composed_values),       cmocka_unit_test(suggestions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
