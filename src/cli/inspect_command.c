/* `arclight inspect`. */
#include "base/platform.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/values.h"
#include "data/activations.h"
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

/* What is done with each file; `documents` NULL: printed as text. */
struct inspection {
    const struct data_check_rows *check;
    json_t *documents;
};

static enum base_status inspect_file(void *context, const char *path)
{
    const struct inspection *inspection = context;
    json_t *document = NULL;
    if (!inspection->documents)
        return data_inspect(path, inspection->check, false, stdout);
    BASE_TRY(data_inspect_json(path, inspection->check, &document));
    json_array_append_new(inspection->documents, document);
    return BASE_OK;
}

enum base_status cli_run_inspect(const struct cli_values *values)
{
    struct data_check_rows rows;
    struct inspection inspection = {0};
    enum base_status status = read_rows(values, &rows, &inspection.check);
    if (status == BASE_OK && cli_flag(values, "json"))
        inspection.documents = json_array();
    for (uint32_t i = 0; i < values->n_arguments && status == BASE_OK; i++) {
        const char *path = values->arguments[i];
        status = base_is_folder(path) ? data_visit_folder(path, inspect_file, &inspection)
                                      : inspect_file(&inspection, path);
    }
    if (!inspection.documents)
        return status == BASE_ERROR_FILE_SYSTEM && base_reader_is_gone(1) ? BASE_OK : status;
    if (status == BASE_OK)
        return cli_print_json(
            json_pack("{s:s, s:o}", "schema", "arclight.inspect-files/1", "files", inspection.documents));
    json_decref(inspection.documents);
    return status;
}
