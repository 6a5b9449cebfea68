/* The one option table, and what is made of it: parser, values, help, man page, completion, environment twins
 * and the record of the configuration. A new option is one row in table.c; a new command is one row there and
 * one file. */
#ifndef ARCLIGHT_CLI_OPTIONS_H
#define ARCLIGHT_CLI_OPTIONS_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum cli_kind {
    CLI_KIND_FLAG,    /* given or not; `--name=no` takes back what the environment set */
    CLI_KIND_TEXT,    /* any text */
    CLI_KIND_CHOICE,  /* one of the words in the placeholder, which are joined by '|' */
    CLI_KIND_INTEGER, /* a whole number within minimum and maximum */
    CLI_KIND_REAL,    /* a finite number within minimum and maximum */
    CLI_KIND_LIST,    /* items joined by ','; giving the option again adds items */
};

/* What the shell completes for an option's value or for a command's arguments. */
enum cli_completion { CLI_COMPLETE_NOTHING, CLI_COMPLETE_FILE, CLI_COMPLETE_FOLDER, CLI_COMPLETE_WORDS };

/* Commands as bits, so that an option can belong to several. */
enum cli_command_bit {
    CLI_DEVICES = 1u << 0,
    CLI_INSPECT = 1u << 1,
    CLI_SRM = 1u << 2,
    CLI_SELFTEST = 1u << 3,
    CLI_BENCH = 1u << 4,
    CLI_COMPLETION = 1u << 5,
    CLI_MAN = 1u << 6,
    CLI_HELP = 1u << 7,
    CLI_VERSION = 1u << 8,
    CLI_CONVERT = 1u << 9,
    CLI_EVAL = 1u << 10,
    CLI_ENCODE = 1u << 11,
    CLI_DECODE = 1u << 12,
    CLI_LATENTS = 1u << 13,
    CLI_TRAIN = 1u << 14,
    CLI_VIEW = 1u << 15,
    CLI_EVERY = (1u << 16) - 1,
    CLI_WITH_SAE = CLI_EVAL | CLI_ENCODE | CLI_DECODE | CLI_LATENTS, /* commands that use a trained one */
    CLI_ON_ROWS = CLI_SRM | CLI_TRAIN | CLI_EVAL | CLI_ENCODE | CLI_LATENTS |
                  CLI_VIEW, /* commands that take ACTIVATIONS */
    CLI_ON_DEVICE = CLI_SRM | CLI_TRAIN | CLI_SELFTEST | CLI_BENCH | CLI_VIEW |
                    CLI_WITH_SAE, /* commands that open a device */
};

struct cli_option {
    const char *name; /* without the dashes; the environment twin is ARCLIGHT_ and the name in capitals */
    char letter;      /* short form, 0: none */
    enum cli_kind kind;
    const char *placeholder; /* of the value, as help shows it; "" for a flag */
    const char *standard;    /* the default as text, parsed like a given value; NULL: none */
    const char *defaults;    /* said in its place where commands differ; NULL: they do not */
    double minimum, maximum; /* of an integer or a real, both allowed */
    enum cli_completion completion;
    uint32_t commands;        /* bits of enum cli_command_bit */
    bool without_environment; /* no twin: --help, --version */
    const char *group;        /* heading in help */
    const char *help;         /* one or more sentences */
};

struct cli_example {
    const char *says;
    const char *line;
};

struct cli_values;

struct cli_command {
    enum cli_command_bit bit;
    const char *name;
    const char *summary;            /* one line, lower case, no full stop */
    const char *usage;              /* arguments after the name; "" for none */
    const char *description;        /* paragraphs, divided by an empty line */
    struct cli_example examples[6]; /* ended by NULL */
    uint32_t least_arguments, most_arguments;
    enum cli_completion completion;
    const char *words; /* for CLI_COMPLETE_WORDS, divided by blanks */
    enum base_status (*run)(const struct cli_values *values);
};

extern const char *const cli_summary; /* of the program, lower case, no full stop */

/* Both ended by a row whose name is NULL, in the order help shows them. */
extern const struct cli_option cli_options[];
extern const struct cli_command cli_commands[];

const struct cli_option *cli_find_option(const char *name);   /* NULL: unknown */
const struct cli_command *cli_find_command(const char *name); /* NULL: unknown */
uint32_t cli_option_index(const struct cli_option *option);
/* Whether `option`, one of those that `commands` (bits) have, is the first one of its group among these. */
bool cli_begins_group(const struct cli_option *option, uint32_t commands);

/* The default as help and manual show it; NULL: none. */
const char *cli_default_text(const struct cli_option *option);

/* ARCLIGHT_<NAME> into `out`. */
enum { CLI_NAME_BYTES = 64 };
void cli_environment_name(const struct cli_option *option, char out[CLI_NAME_BYTES]);

/* Word `index` of a choice's placeholder; false at the end. */
bool cli_choice_word(const struct cli_option *option, uint32_t index, char out[CLI_NAME_BYTES]);

/* The name among `names` (`count` of them) that a misspelt `word` most likely means, or NULL: the one it
 * begins, else the nearest by edits (insert, remove, change, swap neighbours) when at most a third of the
 * word is edited. */
const char *cli_suggest(const char *word, const char *const *names, uint32_t count);

#endif
