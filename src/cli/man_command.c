/* `arclight man`: the manual page in roff (man macros), made of the option table. */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/values.h"
#include "cli/version.h"
#include "gpu/gpu.h"
#include "live/bindings.h"

#include <stdio.h>
#include <string.h>

/* Text for roff: '-' as the hyphen-minus that is typed, '\' as itself, and a line that begins with a
 * request's sign kept from being one. An empty line divides paragraphs. Texts of the table are ASCII. */
static void print_roff(const char *text)
{
    bool line_begins = true;
    for (const char *c = text; *c; c++) {
        if (line_begins && (*c == '.' || *c == '\''))
            cli_print("\\&");
        line_begins = *c == '\n';
        if (*c == '-') {
            cli_print("\\-");
        } else if (*c == '\\') {
            cli_print("\\e");
        } else if (*c == '\n' && c[1] == '\n') {
            cli_print("\n.PP\n");
            c++;
        } else {
            cli_print("%c", *c);
        }
    }
}

static void print_line(const char *text)
{
    print_roff(text);
    cli_print("\n");
}

static void print_section(const char *name)
{
    cli_print(".SH %s\n", name);
}

/* A text whose lines are to stand as they are. */
static void print_verbatim(const char *text)
{
    cli_print(".nf\n");
    print_roff(text);
    cli_print("%s.fi\n", text[0] && text[strlen(text) - 1] == '\n' ? "" : "\n");
}

static void print_commands(void)
{
    print_section("COMMANDS");
    for (const struct cli_command *command = cli_commands; command->name; command++) {
        cli_print(".SS \"arclight %s", command->name);
        cli_print("%s", command->usage[0] ? " " : "");
        print_roff(command->usage);
        cli_print("\"\n");
        print_line(command->description);
        for (const struct cli_example *example = command->examples; example->says; example++) {
            cli_print(".PP\n");
            print_roff(example->says);
            cli_print(":\n.PP\n.RS 4\n");
            print_verbatim(example->line);
            cli_print(".RE\n");
        }
    }
}

static void print_owners(const struct cli_option *option)
{
    if (option->commands == CLI_EVERY)
        return;
    const char *before = "Of ";
    for (const struct cli_command *command = cli_commands; command->name; command++) {
        if (!(option->commands & command->bit))
            continue;
        cli_print("%s\\fB%s\\fR", before, command->name);
        before = ", ";
    }
    cli_print(".\n");
}

static void print_option(const struct cli_option *option)
{
    cli_print(".TP\n");
    if (option->letter)
        cli_print("\\fB\\-%c\\fR, ", option->letter);
    cli_print("\\fB\\-\\-");
    print_roff(option->name);
    cli_print("\\fR");
    if (option->placeholder[0]) {
        cli_print(" \\fI");
        print_roff(option->placeholder);
        cli_print("\\fR");
    }
    cli_print("\n");
    print_line(option->help);
    if (cli_default_text(option)) {
        cli_print("Default: ");
        print_roff(cli_default_text(option));
        cli_print(".\n");
    }
    print_owners(option);
}

static void print_options(void)
{
    print_section("OPTIONS");
    print_line(
        "Options may stand anywhere on the line, as --name value or --name=value. A double dash ends them. A "
        "flag takes --name=no, too.");
    for (const struct cli_option *first = cli_options; first->name; first++) {
        if (!cli_begins_group(first, CLI_EVERY))
            continue;
        cli_print(".SS %s\n", first->group);
        for (const struct cli_option *option = first; option->name; option++)
            if (strcmp(option->group, first->group) == 0)
                print_option(option);
    }
}

/* From the table of bindings, with the names that keys.conf knows. */
static void print_keys(void)
{
    print_section("KEYS");
    print_line(
        "Of the window that arclight view opens. Drag pans, the wheel zooms at the pointer (shift: x only, "
        "ctrl or alt: y only), a drag with the right button or with shift chooses a box, a double click "
        "shows everything; a click pins a value, or hides the curve of a legend's entry.");
    for (int group = 0; group < LIVE_GROUPS; group++) {
        cli_print(".SS %s\n", live_group_title((enum live_group)group));
        for (int action = 1; action < LIVE_ACTIONS; action++) {
            if (live_action_group((enum live_action)action) != (enum live_group)group)
                continue;
            cli_print(".TP\n\\fB");
            print_roff(live_action_keys((enum live_action)action));
            cli_print("\\fR\n");
            print_roff(live_action_help((enum live_action)action));
            cli_print(" (");
            print_roff(live_action_name((enum live_action)action));
            cli_print(")\n");
        }
    }
}

static void print_files(void)
{
    print_section("FILES");
    cli_print(".TP\n\\fB~/.config/arclight/keys.conf\\fR\n");
    print_line(
        "Other keys for the window: lines of the form action = key key, where action is a name in "
        "parentheses under KEYS and key is a character (S, ?) or a name (space, left, page-up, f1), with "
        "ctrl+, alt+ or shift+ before it. No key takes the action's keys away; # begins a comment.");
    cli_print(".TP\n\\fB~/.config/arclight/layout.json\\fR\n");
    print_line("What the window remembers: view, theme, sizes, epsilon. It may be deleted at any time.");
}

static void print_environment(void)
{
    static const char *const others[][2] = {
        {"NO_COLOR", "Set and not empty: no colour."},
        {"ARCLIGHT_VALIDATION",
         "1: ask for the Vulkan validation layer and print what it says. For work on Arclight itself."},
        {"XDG_CACHE_HOME",
         "Compiled kernels are kept in the folder arclight there (or in ~/.cache). They may be "
         "deleted at any time."},
        {"XDG_CONFIG_HOME", "keys.conf and layout.json of the window are in the folder arclight there (or in "
                            "~/.config)."},
        {"VK_DRIVER_FILES", "Read by the Vulkan loader: which drivers there are. Older loaders know it as "
                            "VK_ICD_FILENAMES."},
    };
    print_section("ENVIRONMENT");
    print_line("Each option but --help and --version has a twin that is used when the command line does not "
               "give it:");
    for (const struct cli_option *option = cli_options; option->name; option++) {
        char name[CLI_NAME_BYTES];
        if (option->without_environment)
            continue;
        cli_environment_name(option, name);
        cli_print(".TP\n\\fB%s\\fR\nas \\-\\-", name);
        print_line(option->name);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        cli_print(".TP\n\\fB%s\\fR\n", others[i][0]);
        print_line(others[i][1]);
    }
}

static void print_exit_status(void)
{
    static const struct {
        enum base_status status;
        const char *says;
    } rows[] = {
        {BASE_OK, "Done."},
        {BASE_ERROR_INTERNAL, "A defect of Arclight. Please report it with the message."},
        {BASE_ERROR_USAGE, "Options or arguments that cannot be meant."},
        {BASE_ERROR_INPUT, "An input file, or a value in it, is wrong."},
        {BASE_ERROR_NO_DEVICE, "No Vulkan device that suffices, or its self-test failed."},
        {BASE_ERROR_DEVICE_MEMORY, "The device has too little memory."},
        {BASE_ERROR_DEVICE_LOST, "The driver dropped work or the device."},
        {BASE_ERROR_NUMERIC, "NaN or Inf where numbers must be."},
        {BASE_ERROR_FILE_SYSTEM, "Cannot write, disk full, or out of host memory."},
        {BASE_INTERRUPTED, "Interrupted. Every file that is there is whole."},
    };
    print_section("EXIT STATUS");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cli_print(".TP\n%d\n", rows[i].status);
        print_line(rows[i].says);
    }
}

enum base_status cli_run_man(const struct cli_values *values)
{
    (void)values;
    cli_print(".TH ARCLIGHT 1 \"\" \"arclight %s\" \"User Commands\"\n", cli_version());
    print_section("NAME");
    cli_print("arclight \\- %s\n", cli_summary);
    print_section("SYNOPSIS");
    cli_print("\\fBarclight\\fR \\fICOMMAND\\fR [\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]\n");
    print_section("DESCRIPTION");
    print_line(
        "Arclight trains and measures sparse autoencoders on activations of neural networks, and measures "
        "how activations align with a basis, on any device that has a Vulkan 1.2 driver: GPUs of "
        "AMD, Intel and NVIDIA, and drivers that compute on the CPU. Results go to standard output, "
        "everything "
        "else to standard error. A file that is written appears under its name only when complete.");
    print_commands();
    print_options();
    print_section("DEVICE LIMITS");
    print_line("Keys of --limits. A value above the device's own is refused.");
    cli_print(".PP\n");
    print_verbatim(gpu_limits_help());
    print_keys();
    print_files();
    print_environment();
    print_exit_status();
    return BASE_OK;
}
