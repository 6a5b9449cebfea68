/* The program: parse, run the command, say what went wrong, leave with its status. */
#include "base/log.h"
#include "base/platform.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/values.h"
#include "gpu/gpu.h"

#include <stdio.h>

static void apply_general_options(const struct cli_values *values)
{
    if (cli_flag(values, "no-color"))
        cli_style_disable();
    if (cli_flag(values, "quiet"))
        base_log_set_level(BASE_LOG_QUIET);
    else if (cli_flag(values, "verbose"))
        base_log_set_level(BASE_LOG_VERBOSE);
}

static enum base_status run(int argc, char **argv)
{
    struct cli_values values;
    enum base_status status = cli_parse(argc, argv, &values);
    if (status == BASE_OK) {
        apply_general_options(&values);
        if (cli_flag(&values, "help"))
            status = cli_run_help(&values);
        else if (cli_flag(&values, "version"))
            status = cli_run_version(&values);
        else if (!values.command)
            status = cli_run_help(&values);
        else
            status = values.command->run(&values);
    }
    cli_values_free(&values);
    return status;
}

int main(int argc, char **argv)
{
    base_signals_install();
    enum base_status status = run(argc, argv);
    base_log_progress("%s", "");
    base_output_discard_all();
    if (status == BASE_OK && gpu_validation_messages() > 0)
        status = base_fail(BASE_ERROR_INTERNAL,
                           "the Vulkan validation layer gave %llu messages, which stand above",
                           (unsigned long long)gpu_validation_messages());
    if (status == BASE_OK)
        status = cli_output_finish();
    if (status == BASE_INTERRUPTED)
        fprintf(stderr, "arclight: interrupted; every file that is there is whole\n");
    else if (status != BASE_OK)
        fprintf(stderr, "arclight: %serror:%s %s\n", cli_style(2, CLI_BAD), cli_style(2, CLI_PLAIN),
                base_message());
    return (int)status;
}
