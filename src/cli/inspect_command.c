/* `arclight inspect`. */
#include "base/platform.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/values.h"
#include "data/inspect.h"

#include <stdio.h>

static enum base_status print_text(const struct cli_values *values)
{
    for (uint32_t i = 0; i < values->n_arguments; i++) {
        enum base_status status =
            data_inspect(values->arguments[i], cli_flag(values, "check"), false, stdout);
        if (status == BASE_ERROR_FILE_SYSTEM && base_reader_is_gone(1))
            return BASE_OK;
        BASE_TRY(status);
    }
    return BASE_OK;
}

static enum base_status print_documents(const struct cli_values *values)
{
    json_t *files = json_array();
    for (uint32_t i = 0; i < values->n_arguments; i++) {
        json_t *file = NULL;
        enum base_status status = data_inspect_json(values->arguments[i], cli_flag(values, "check"), &file);
        if (status != BASE_OK) {
            json_decref(files);
            return status;
        }
        json_array_append_new(files, file);
    }
    return cli_print_json(json_pack("{s:s, s:o}", "schema", "arclight.inspect-files/1", "files", files));
}

enum base_status cli_run_inspect(const struct cli_values *values)
{
    return cli_flag(values, "json") ? print_documents(values) : print_text(values);
}
