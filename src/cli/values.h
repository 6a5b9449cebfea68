/* What the user asked for: the values of the options after command line, environment and defaults, in this
 * order. */
#ifndef ARCLIGHT_CLI_VALUES_H
#define ARCLIGHT_CLI_VALUES_H

#include "cli/options.h"

#include <jansson.h>
#include <stddef.h>

struct gpu;

enum cli_source { CLI_FROM_DEFAULT, CLI_FROM_ENVIRONMENT, CLI_FROM_LINE };

enum { CLI_MAX_OPTIONS = 160 };

struct cli_values {
    const struct cli_command *command; /* NULL: none named */
    char *text[CLI_MAX_OPTIONS];       /* by place in cli_options; NULL: not given; owned */
    enum cli_source source[CLI_MAX_OPTIONS];
    const char **arguments; /* what is neither option nor command; the array is owned */
    uint32_t n_arguments;
};

/* Parses a command line (argv[0] is skipped) and the environment, and checks every value against its row.
 * BASE_ERROR_USAGE with a message that names the option, or the variable, and what it may be; a misspelt
 * option or command is answered with the nearest one. *values is to be freed with cli_values_free in every
 * case. */
enum base_status cli_parse(int argc, char *const *argv, struct cli_values *values);
void cli_values_free(struct cli_values *values);

/* Values by the option's name; the name must stand in the table with the kind asked for (else the program
 * aborts: a defect). A value not given and without default: NULL, 0. */
bool cli_flag(const struct cli_values *values, const char *name);
const char *cli_text(const struct cli_values *values, const char *name); /* TEXT, CHOICE and LIST */
int64_t cli_integer(const struct cli_values *values, const char *name);
double cli_real(const struct cli_values *values, const char *name);
bool cli_given(const struct cli_values *values, const char *name); /* by command line or environment */
/* "--rows" or "ARCLIGHT_ROWS", wherever the value came from, for messages. */
const char *cli_label(const struct cli_values *values, const char *name);

/* Parsers of composed values. `label` begins the message. Whole text, no blanks; BASE_ERROR_USAGE otherwise.
 */

/* "FROM:TO", half-open, FROM < TO; either may be left out. *to is 0 when left out: to the end. */
enum base_status cli_parse_range(const char *label, const char *text, uint64_t *from, uint64_t *to);
/* "0.5,0.9": one or more finite numbers within [minimum, maximum]; *values is freed with base_free. */
enum base_status cli_parse_reals(const char *label, const char *text, double minimum, double maximum,
                                 double **values, uint32_t *count);
/* "1GiB", "300MiB", "0.5KiB", "4096": bytes, above 0. */
enum base_status cli_parse_bytes(const char *label, const char *text, uint64_t *bytes);
/* A whole number within [minimum, maximum]. */
enum base_status cli_parse_integer(const char *label, const char *text, int64_t minimum, int64_t maximum,
                                   int64_t *value);

/* The effective configuration of the values' command as a JSON object, option by option, typed by kind (a
 * value not given and without default is null); a new reference, NULL when memory is exhausted. */
json_t *cli_configuration(const struct cli_values *values);

/* Opens the device that --device, --limits and --submission-ms ask for. `benchmark`: a CPU device must be
 * named. */
enum base_status cli_open_gpu(const struct cli_values *values, bool benchmark, struct gpu **out);

#endif
