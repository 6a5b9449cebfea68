#include "cli/options.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const struct cli_option *cli_find_option(const char *name)
{
    for (const struct cli_option *option = cli_options; option->name; option++)
        if (strcmp(option->name, name) == 0)
            return option;
    return NULL;
}

const struct cli_command *cli_find_command(const char *name)
{
    for (const struct cli_command *command = cli_commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

uint32_t cli_option_index(const struct cli_option *option)
{
    return (uint32_t)(option - cli_options);
}

bool cli_begins_group(const struct cli_option *option, uint32_t commands)
{
    if (!(option->commands & commands))
        return false;
    for (const struct cli_option *before = cli_options; before < option; before++)
        if (before->commands & commands && strcmp(before->group, option->group) == 0)
            return false;
    return true;
}

const char *cli_default_text(const struct cli_option *option)
{
    return option->defaults ? option->defaults : option->standard;
}

void cli_environment_name(const struct cli_option *option, char out[CLI_NAME_BYTES])
{
    int length = snprintf(out, CLI_NAME_BYTES, "ARCLIGHT_%s", option->name);
    for (int i = 0; i < length && i < CLI_NAME_BYTES - 1; i++)
        out[i] = out[i] == '-' ? '_' : (char)toupper((unsigned char)out[i]);
}

bool cli_choice_word(const struct cli_option *option, uint32_t index, char out[CLI_NAME_BYTES])
{
    const char *word = option->placeholder;
    for (; index > 0 && word; index--) {
        word = strchr(word, '|');
        if (word)
            word++;
    }
    if (!word)
        return false;
    snprintf(out, CLI_NAME_BYTES, "%.*s", (int)strcspn(word, "|"), word);
    return true;
}

/* Optimal string alignment distance: Levenshtein's with the swap of neighbours as one edit. Words longer than
 * the rows of the table are not compared: no name is that long. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t rows[3][CLI_NAME_BYTES];
    size_t length_a = strlen(a), length_b = strlen(b);
    if (length_a >= CLI_NAME_BYTES || length_b >= CLI_NAME_BYTES)
        return CLI_NAME_BYTES;
    for (size_t j = 0; j <= length_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *above_that = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                above_that[j - 2] + 1 < best)
                best = above_that[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[length_a % 3][length_b];
}

const char *cli_suggest(const char *word, const char *const *names, uint32_t count)
{
    size_t length = strlen(word);
    const char *begun = NULL, *nearest = NULL;
    uint32_t n_begun = 0;
    size_t least = length / 3 > 1 ? length / 3 : 1;
    for (uint32_t i = 0; i < count; i++) {
        if (length >= 2 && strncmp(names[i], word, length) == 0) {
            begun = names[i];
            n_begun++;
        }
        size_t distance = edit_distance(word, names[i]);
        if (distance < least || (distance == least && !nearest)) {
            least = distance;
            nearest = names[i];
        }
    }
    return n_begun == 1 ? begun : nearest;
}
