/* `arclight inspect`. */
#include "base/memory.h"
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

static enum base_status inspect_file(const struct inspection *inspection, const char *path)
{
    json_t *document = NULL;
    if (!inspection->documents)
        return data_inspect(path, inspection->check, false, stdout);
    BASE_TRY(data_inspect_json(path, inspection->check, &document));
    json_array_append_new(inspection->documents, document);
    return BASE_OK;
}

/* The same files of a folder, in the same order, as an analysis of it takes. */
static enum base_status inspect_folder(const struct inspection *inspection, const char *path)
{
    enum base_status status = BASE_OK;
    char **names;
    size_t count, used = 0;
    BASE_TRY(base_folder_list(path, &names, &count));
    for (size_t i = 0; i < count && status == BASE_OK; i++) {
        if (!data_is_activation_name(names[i]))
            continue;
        char *file = base_path_join(path, names[i]);
        status =
            file ? inspect_file(inspection, file)
                 : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of a file in %s", path);
        base_free(file);
        used++;
    }
    base_list_free(&names, count);
    if (status == BASE_OK && used == 0)
        return base_fail(BASE_ERROR_INPUT, "%s: no .safetensors, .npy or .npz in this folder", path);
    return status;
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
        status = base_is_folder(path) ? inspect_folder(&inspection, path) : inspect_file(&inspection, path);
    }
    if (!inspection.documents)
        return status == BASE_ERROR_FILE_SYSTEM && base_reader_is_gone(1) ? BASE_OK : status;
    if (status == BASE_OK)
        return cli_print_json(
            json_pack("{s:s, s:o}", "schema", "arclight.inspect-files/1", "files", inspection.documents));
    json_decref(inspection.documents);
    return status;
}
