/* `arclight completion SHELL`: completion scripts made of the option table. */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/values.h"

#include <string.h>

/* Prints `text` up to its first full stop followed by a blank, with each character of `escaped` preceded by
 * '\'. */
static void print_first_sentence(const char *text, const char *escaped)
{
    for (const char *c = text; *c; c++) {
        if (*c == '.' && (c[1] == ' ' || c[1] == '\0'))
            return;
        if (*c == '\'')
            cli_print("'\\''");
        else
            cli_print("%s%c", strchr(escaped, *c) ? "\\" : "", *c);
    }
}

static void print_choice_words(const struct cli_option *option)
{
    char word[CLI_NAME_BYTES];
    for (uint32_t i = 0; cli_choice_word(option, i, word); i++)
        cli_print("%s%s", i ? " " : "", word);
}

static void print_command_names(void)
{
    for (const struct cli_command *command = cli_commands; command->name; command++)
        cli_print("%s%s", command == cli_commands ? "" : " ", command->name);
}

/* ---- bash ---- */

static void print_bash_values(void)
{
    cli_print("    case \"$previous\" in\n");
    for (const struct cli_option *option = cli_options; option->name; option++) {
        if (option->kind == CLI_KIND_FLAG)
            continue;
        cli_print("    --%s", option->name);
        if (option->letter)
            cli_print("|-%c", option->letter);
        if (option->kind == CLI_KIND_CHOICE) {
            cli_print(") COMPREPLY=($(compgen -W \"");
            print_choice_words(option);
            cli_print("\" -- \"$current\"))");
        } else if (option->completion == CLI_COMPLETE_FOLDER) {
            cli_print(") compopt -o filenames; COMPREPLY=($(compgen -d -- \"$current\"))");
        } else if (option->completion == CLI_COMPLETE_FILE) {
            cli_print(") compopt -o filenames; COMPREPLY=($(compgen -f -- \"$current\"))");
        } else {
            cli_print(") COMPREPLY=()");
        }
        cli_print("; return ;;\n");
    }
    cli_print("    esac\n");
}

static void print_bash_command(const struct cli_command *command)
{
    cli_print("    %s)\n        if [[ \"$current\" == -* ]]; then\n            options=\"", command->name);
    const char *before = "";
    for (const struct cli_option *option = cli_options; option->name; option++) {
        if (!(option->commands & command->bit))
            continue;
        cli_print("%s--%s", before, option->name);
        before = " ";
    }
    cli_print("\"\n            COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n        else\n");
    if (command->completion == CLI_COMPLETE_FILE)
        cli_print(
            "            compopt -o filenames\n            COMPREPLY=($(compgen -f -- \"$current\"))\n");
    else
        cli_print("            COMPREPLY=($(compgen -W \"%s\" -- \"$current\"))\n",
                  command->words ? command->words : "");
    cli_print("        fi ;;\n");
}

static void print_bash(void)
{
    cli_print("# bash completion of arclight; made by `arclight completion bash`.\n"
              "_arclight() {\n"
              "    local current previous command word options\n"
              "    COMPREPLY=()\n"
              "    current=\"${COMP_WORDS[COMP_CWORD]}\"\n"
              "    previous=\"${COMP_WORDS[COMP_CWORD - 1]}\"\n"
              "    command=\"\"\n"
              "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD - 1}\"; do\n"
              "        case \" ");
    print_command_names();
    cli_print(" \" in *\" $word \"*) command=\"$word\"; break ;; esac\n    done\n");
    print_bash_values();
    cli_print("    case \"$command\" in\n");
    for (const struct cli_command *command = cli_commands; command->name; command++)
        print_bash_command(command);
    cli_print("    *) COMPREPLY=($(compgen -W \"");
    print_command_names();
    cli_print(" --help --version\" -- \"$current\")) ;;\n    esac\n}\ncomplete -F _arclight arclight\n");
}

/* ---- zsh ---- */

static void print_zsh_option(const struct cli_option *option)
{
    bool flag = option->kind == CLI_KIND_FLAG;
    if (option->letter)
        cli_print("            {-%c%s,--%s%s}'[", option->letter, flag ? "" : "+", option->name,
                  flag ? "" : "=");
    else
        cli_print("            '--%s%s[", option->name, flag ? "" : "=");
    print_first_sentence(option->help, "[]:\\");
    cli_print("]");
    if (!flag) {
        cli_print(":%s:", option->kind == CLI_KIND_CHOICE ? "word" : option->name);
        if (option->kind == CLI_KIND_CHOICE) {
            cli_print("(");
            print_choice_words(option);
            cli_print(")");
        } else if (option->completion == CLI_COMPLETE_FOLDER) {
            cli_print("_files -/");
        } else if (option->completion == CLI_COMPLETE_FILE) {
            cli_print("_files");
        }
    }
    cli_print("' \\\n");
}

static void print_zsh(void)
{
    cli_print("#compdef arclight\n# zsh completion of arclight; made by `arclight completion zsh`.\n"
              "_arclight() {\n    local state line\n    typeset -A opt_args\n"
              "    _arguments -C '1:command:->command' '*::argument:->argument'\n"
              "    case $state in\n    command)\n        local -a commands\n        commands=(\n");
    for (const struct cli_command *command = cli_commands; command->name; command++) {
        cli_print("            '%s:", command->name);
        print_first_sentence(command->summary, ":\\");
        cli_print("'\n");
    }
    cli_print("        )\n        _describe command commands ;;\n    argument)\n        case $words[1] in\n");
    for (const struct cli_command *command = cli_commands; command->name; command++) {
        cli_print("        %s) _arguments \\\n", command->name);
        for (const struct cli_option *option = cli_options; option->name; option++)
            if (option->commands & command->bit)
                print_zsh_option(option);
        if (command->completion == CLI_COMPLETE_FILE)
            cli_print("            '*:file:_files' ;;\n");
        else
            cli_print("            '*:argument:(%s)' ;;\n", command->words ? command->words : "");
    }
    cli_print(
        "        esac ;;\n    esac\n}\n"
        "if [ \"$funcstack[1]\" = _arclight ]; then _arclight \"$@\"; else compdef _arclight arclight; fi\n");
}

/* ---- fish ---- */

static void print_fish_option(const struct cli_option *option)
{
    cli_print("complete -c arclight -l %s", option->name);
    if (option->letter)
        cli_print(" -s %c", option->letter);
    if (option->commands != CLI_EVERY) {
        cli_print(" -n '__fish_seen_subcommand_from");
        for (const struct cli_command *command = cli_commands; command->name; command++)
            if (option->commands & command->bit)
                cli_print(" %s", command->name);
        cli_print("'");
    }
    if (option->kind == CLI_KIND_CHOICE) {
        cli_print(" -x -a '");
        print_choice_words(option);
        cli_print("'");
    } else if (option->kind != CLI_KIND_FLAG) {
        cli_print(option->completion == CLI_COMPLETE_NOTHING  ? " -x"
                  : option->completion == CLI_COMPLETE_FOLDER ? " -x -a '(__fish_complete_directories)'"
                                                              : " -r -F");
    }
    cli_print(" -d '");
    print_first_sentence(option->help, "\\");
    cli_print("'\n");
}

static void print_fish(void)
{
    cli_print(
        "# fish completion of arclight; made by `arclight completion fish`.\ncomplete -c arclight -f\n");
    for (const struct cli_command *command = cli_commands; command->name; command++) {
        cli_print("complete -c arclight -n __fish_use_subcommand -a %s -d '", command->name);
        print_first_sentence(command->summary, "\\");
        cli_print("'\n");
        if (command->completion == CLI_COMPLETE_FILE)
            cli_print("complete -c arclight -n '__fish_seen_subcommand_from %s' -F\n", command->name);
        if (command->words)
            cli_print("complete -c arclight -n '__fish_seen_subcommand_from %s' -a '%s'\n", command->name,
                      command->words);
    }
    for (const struct cli_option *option = cli_options; option->name; option++)
        print_fish_option(option);
}

enum base_status cli_run_completion(const struct cli_values *values)
{
    const char *shell = values->arguments[0];
    if (strcmp(shell, "bash") == 0)
        print_bash();
    else if (strcmp(shell, "zsh") == 0)
        print_zsh();
    else if (strcmp(shell, "fish") == 0)
        print_fish();
    else
        return base_fail(BASE_ERROR_USAGE, "completion: no script for '%s'; there are bash, zsh and fish",
                         shell);
    return BASE_OK;
}
