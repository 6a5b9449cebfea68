/* --help and `arclight help`: examples first, then the options of the table. */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/values.h"
#include "gpu/gpu.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 100, OPTION_COLUMN = 34 };

static void print_heading(const char *text)
{
    cli_print("\n%s%s%s\n", cli_style(1, CLI_BOLD), text, cli_style(1, CLI_PLAIN));
}

static void print_option(const struct cli_option *option)
{
    char left[128];
    int used = option->letter ? snprintf(left, sizeof left, "  -%c, --%s", option->letter, option->name)
                              : snprintf(left, sizeof left, "      --%s", option->name);
    if (option->placeholder[0])
        used += snprintf(left + used, sizeof left - (size_t)used, " %s", option->placeholder);
    cli_print("%s", left);
    int column = used;
    if (used + 2 > OPTION_COLUMN) {
        cli_print("\n");
        column = 0;
    }
    char text[1024];
    const char *standard = cli_default_text(option);
    snprintf(text, sizeof text, "%s%s%s%s", option->help, standard ? " [default: " : "",
             standard ? standard : "", standard ? "]" : "");
    cli_print_wrapped(text, column, OPTION_COLUMN, WIDTH);
}

static void print_options(const struct cli_command *command)
{
    for (const struct cli_option *first = cli_options; first->name; first++) {
        if (!cli_begins_group(first, command->bit))
            continue;
        char heading[64];
        snprintf(heading, sizeof heading, "%s options:", first->group);
        print_heading(heading);
        for (const struct cli_option *option = first; option->name; option++)
            if (option->commands & command->bit && strcmp(option->group, first->group) == 0)
                print_option(option);
    }
}

static void print_command_help(const struct cli_command *command)
{
    cli_print("arclight %s: %s\n", command->name, command->summary);
    print_heading("Examples:");
    for (const struct cli_example *example = command->examples; example->says; example++)
        cli_print("  # %s\n  %s\n", example->says, example->line);
    print_heading("Usage:");
    cli_print("  arclight %s%s%s\n\n", command->name, command->usage[0] ? " " : "", command->usage);
    cli_print_wrapped(command->description, 0, 2, WIDTH);
    print_options(command);
    if (command->bit == CLI_DEVICES) {
        print_heading("Keys of --limits:");
        cli_print("%s", gpu_limits_help());
    }
    print_heading("Environment:");
    cli_print_wrapped(
        "Each option but --help and --version has a twin in the environment: ARCLIGHT_ and its name in "
        "capitals, with _ for -, e.g. ARCLIGHT_DEVICE or ARCLIGHT_NO_COLOR=1. The command line goes "
        "before it.",
        0, 2, WIDTH);
}

static void print_program_help(void)
{
    cli_print("arclight: %s\n", cli_summary);
    print_heading("Examples:");
    cli_print("  arclight inspect activations.safetensors\n"
              "  arclight srm activations.safetensors --out result\n"
              "  arclight train activations.safetensors --k 32 --d-sae 4096 --epochs 4 --out sae\n"
              "  arclight help train\n");
    print_heading("Commands:");
    for (const struct cli_command *command = cli_commands; command->name; command++)
        cli_print("  %-12s%s\n", command->name, command->summary);
    print_heading("Exit codes:");
    cli_print("  0 done, 1 internal, 2 usage, 3 bad input, 4 no suitable device, 5 out of device memory,\n"
              "  6 device lost, 7 numerical failure, 8 file system, 130 interrupted\n");
}

enum base_status cli_run_help(const struct cli_values *values)
{
    const struct cli_command *command = values->command;
    if (command && command->bit == CLI_HELP && values->n_arguments > 0 && !cli_flag(values, "help")) {
        command = cli_find_command(values->arguments[0]);
        if (!command)
            return base_fail(BASE_ERROR_USAGE, "help: there is no command '%s'; see arclight help",
                             values->arguments[0]);
    } else if (command && command->bit == CLI_HELP && !cli_flag(values, "help")) {
        command = NULL;
    }
    if (command)
        print_command_help(command);
    else
        print_program_help();
    return BASE_OK;
}
