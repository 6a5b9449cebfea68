/* Command line and environment into values. Option names are unique over all commands, so it is known whether
 * an option takes a value before the command is, and everything may stand in any order. */
#include "base/memory.h"
#include "cli/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const yes_words[] = {"1", "yes", "true", "on"};
static const char *const no_words[] = {"0", "no", "false", "off", ""};

/* 1 yes, 0 no, -1 neither. */
static int truth(const char *text)
{
    for (size_t i = 0; i < sizeof yes_words / sizeof *yes_words; i++)
        if (strcmp(text, yes_words[i]) == 0)
            return 1;
    for (size_t i = 0; i < sizeof no_words / sizeof *no_words; i++)
        if (strcmp(text, no_words[i]) == 0)
            return 0;
    return -1;
}

static enum base_status check_choice(const struct cli_option *option, const char *label, const char *text)
{
    char word[CLI_NAME_BYTES];
    for (uint32_t i = 0; cli_choice_word(option, i, word); i++)
        if (strcmp(word, text) == 0)
            return BASE_OK;
    return base_fail(BASE_ERROR_USAGE, "%s: '%s' is not one of %s", label, text, option->placeholder);
}

static enum base_status check_value(const struct cli_option *option, const char *label, const char *text)
{
    switch (option->kind) {
    case CLI_KIND_FLAG:
        if (truth(text) < 0)
            return base_fail(BASE_ERROR_USAGE, "%s: '%s' is neither yes nor no", label, text);
        return BASE_OK;
    case CLI_KIND_CHOICE:
        return check_choice(option, label, text);
    case CLI_KIND_INTEGER: {
        int64_t value;
        return cli_parse_integer(label, text, (int64_t)option->minimum, (int64_t)option->maximum, &value);
    }
    case CLI_KIND_REAL: {
        double *list = NULL;
        uint32_t count;
        BASE_TRY(cli_parse_reals(label, text, option->minimum, option->maximum, &list, &count));
        base_free(list);
        if (count != 1)
            return base_fail(BASE_ERROR_USAGE, "%s: '%s' is not one number", label, text);
        return BASE_OK;
    }
    case CLI_KIND_TEXT:
    case CLI_KIND_LIST:
        if (text[0] == '\0')
            return base_fail(BASE_ERROR_USAGE, "%s: the value is empty; expected %s", label,
                             option->placeholder);
        return BASE_OK;
    }
    return BASE_OK;
}

static enum base_status set_value(struct cli_values *values, const struct cli_option *option,
                                  const char *label, const char *text, enum cli_source source)
{
    BASE_TRY(check_value(option, label, text));
    if (option->kind == CLI_KIND_FLAG)
        text = truth(text) ? "yes" : "no";
    uint32_t index = cli_option_index(option);
    char *copy;
    if (option->kind == CLI_KIND_LIST && values->text[index] && values->source[index] == source) {
        size_t bytes = strlen(values->text[index]) + strlen(text) + 2;
        BASE_TRY(base_allocate(&copy, bytes, 1, label));
        snprintf(copy, bytes, "%s,%s", values->text[index], text);
    } else {
        copy = base_copy_string(text);
        if (!copy)
            return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the value of %s", label);
    }
    base_free(values->text[index]);
    values->text[index] = copy;
    values->source[index] = source;
    return BASE_OK;
}

static enum base_status unknown_option(const char *word)
{
    const char *names[CLI_MAX_OPTIONS];
    uint32_t count = 0;
    for (const struct cli_option *option = cli_options; option->name; option++)
        names[count++] = option->name;
    const char *nearest = cli_suggest(word, names, count);
    if (nearest)
        return base_fail(BASE_ERROR_USAGE, "unknown option --%s; did you mean --%s?", word, nearest);
    return base_fail(BASE_ERROR_USAGE, "unknown option --%s; see arclight help", word);
}

static enum base_status unknown_command(const char *word)
{
    const char *names[32];
    uint32_t count = 0;
    for (const struct cli_command *command = cli_commands; command->name; command++)
        names[count++] = command->name;
    const char *nearest = cli_suggest(word, names, count);
    if (nearest)
        return base_fail(BASE_ERROR_USAGE, "unknown command '%s'; did you mean '%s'?", word, nearest);
    return base_fail(BASE_ERROR_USAGE, "unknown command '%s'; see arclight help", word);
}

/* `argument` is "--name" or "--name=value"; *next is the argument after it, moved on when it is the value. */
static enum base_status parse_long(struct cli_values *values, const char *argument, char *const **next)
{
    char name[CLI_NAME_BYTES], label[CLI_NAME_BYTES + 2];
    const char *equals = strchr(argument, '=');
    int length = (int)(equals ? equals - argument : (ptrdiff_t)strlen(argument)) - 2;
    snprintf(name, sizeof name, "%.*s", length, argument + 2);
    const struct cli_option *option = cli_find_option(name);
    if (!option)
        return unknown_option(name);
    snprintf(label, sizeof label, "--%s", name);
    if (equals)
        return set_value(values, option, label, equals + 1, CLI_FROM_LINE);
    if (option->kind == CLI_KIND_FLAG)
        return set_value(values, option, label, "yes", CLI_FROM_LINE);
    if (!**next || strncmp(**next, "--", 2) == 0)
        return base_fail(BASE_ERROR_USAGE, "%s wants a value: %s %s", label, label, option->placeholder);
    return set_value(values, option, label, *(*next)++, CLI_FROM_LINE);
}

/* `argument` is "-x", several flags "-xy", or "-xVALUE". */
static enum base_status parse_short(struct cli_values *values, const char *argument, char *const **next)
{
    for (const char *letter = argument + 1; *letter; letter++) {
        const struct cli_option *option = cli_options;
        while (option->name && option->letter != *letter)
            option++;
        if (!option->name)
            return base_fail(BASE_ERROR_USAGE, "unknown option -%c in '%s'; see arclight help", *letter,
                             argument);
        char label[CLI_NAME_BYTES + 2];
        snprintf(label, sizeof label, "--%s", option->name);
        if (option->kind == CLI_KIND_FLAG) {
            BASE_TRY(set_value(values, option, label, "yes", CLI_FROM_LINE));
            continue;
        }
        if (letter[1] != '\0')
            return set_value(values, option, label, letter + 1, CLI_FROM_LINE);
        if (!**next || strncmp(**next, "--", 2) == 0)
            return base_fail(BASE_ERROR_USAGE, "-%c wants a value: -%c %s", *letter, *letter,
                             option->placeholder);
        return set_value(values, option, label, *(*next)++, CLI_FROM_LINE);
    }
    return BASE_OK;
}

static enum base_status parse_line(int argc, char *const *argv, struct cli_values *values)
{
    BASE_TRY(
        base_allocate(&values->arguments, (size_t)argc + 1, sizeof *values->arguments, "the command line"));
    bool options_ended = false;
    for (char *const *next = argv + (argc > 0); *next;) {
        const char *argument = *next++;
        if (!options_ended && strcmp(argument, "--") == 0) {
            options_ended = true;
        } else if (!options_ended && strncmp(argument, "--", 2) == 0) {
            BASE_TRY(parse_long(values, argument, &next));
        } else if (!options_ended && argument[0] == '-' && argument[1] != '\0') {
            BASE_TRY(parse_short(values, argument, &next));
        } else if (!values->command) {
            values->command = cli_find_command(argument);
            if (!values->command)
                return unknown_command(argument);
        } else {
            values->arguments[values->n_arguments++] = argument;
        }
    }
    return BASE_OK;
}

static enum base_status foreign_option(const struct cli_values *values, const struct cli_option *option)
{
    char owners[256] = "";
    for (const struct cli_command *command = cli_commands; command->name; command++) {
        size_t used = strlen(owners);
        if (option->commands & command->bit)
            snprintf(owners + used, sizeof owners - used, "%s%s", used ? ", " : "", command->name);
    }
    return base_fail(BASE_ERROR_USAGE, "--%s does not belong to %s (but to: %s); see arclight help %s",
                     option->name, values->command->name, owners, values->command->name);
}

/* Options of other commands are refused when given, and left alone in the environment, which is shared. */
static enum base_status apply_environment(struct cli_values *values)
{
    for (const struct cli_option *option = cli_options; option->name; option++) {
        uint32_t index = cli_option_index(option);
        if (values->command && !(option->commands & values->command->bit)) {
            if (values->text[index])
                return foreign_option(values, option);
            continue;
        }
        if (values->text[index] || option->without_environment ||
            (!values->command && option->commands != CLI_EVERY))
            continue;
        char name[CLI_NAME_BYTES];
        cli_environment_name(option, name);
        const char *text = getenv(name);
        if (text && (text[0] != '\0' || option->kind == CLI_KIND_FLAG))
            BASE_TRY(set_value(values, option, name, text, CLI_FROM_ENVIRONMENT));
    }
    return BASE_OK;
}

static enum base_status check_arguments(const struct cli_values *values)
{
    const struct cli_command *command = values->command;
    if (!command || cli_flag(values, "help") || cli_flag(values, "version"))
        return BASE_OK;
    if (values->n_arguments < command->least_arguments)
        return base_fail(BASE_ERROR_USAGE, "%s: something is missing; usage: arclight %s %s", command->name,
                         command->name, command->usage);
    if (values->n_arguments > command->most_arguments)
        return base_fail(BASE_ERROR_USAGE, "%s: '%s' is one argument too many; usage: arclight %s %s",
                         command->name, values->arguments[command->most_arguments], command->name,
                         command->usage);
    return BASE_OK;
}

enum base_status cli_parse(int argc, char *const *argv, struct cli_values *values)
{
    *values = (struct cli_values){.command = NULL};
    BASE_TRY(parse_line(argc, argv, values));
    BASE_TRY(apply_environment(values));
    return check_arguments(values);
}
