/* `arclight inspect`. */
#include "base/platform.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/values.h"
#include "data/inspect.h"

#include <stdio.h>

/* What is to be checked; *check NULL: nothing. --rows alone asks for a check of them. */
static enum base_status read_rows(const struct cli_values *values, struct data_check_rows *rows,
                                  const struct data_check_rows **check)
{
    *rows = (struct data_check_rows){0};
    *check = cli_flag(values, "check") || cli_given(values, "rows") ? rows : NULL;
    if (!cli_given(values, "rows"))
        return BASE_OK;
    return cli_parse_range(cli_label(values, "rows"), cli_text(values, "rows"), &rows->from, &rows->to);
}

static enum base_status print_text(const struct cli_values *values, const struct data_check_rows *check)
{
    for (uint32_t i = 0; i < values->n_arguments; i++) {
        enum base_status status = data_inspect(values->arguments[i], check, false, stdout);
        if (status == BASE_ERROR_FILE_SYSTEM && base_reader_is_gone(1))
            return BASE_OK;
        BASE_TRY(status);
    }
    return BASE_OK;
}

static enum base_status print_documents(const struct cli_values *values, const struct data_check_rows *check)
{
    json_t *files = json_array();
    for (uint32_t i = 0; i < values->n_arguments; i++) {
        json_t *file = NULL;
        enum base_status status = data_inspect_json(values->arguments[i], check, &file);
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
    struct data_check_rows rows;
    const struct data_check_rows *check;
    BASE_TRY(read_rows(values, &rows, &check));
    return cli_flag(values, "json") ? print_documents(values, check) : print_text(values, check);
}
