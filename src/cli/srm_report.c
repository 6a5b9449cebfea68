#include "cli/srm_report.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "cli/output.h"
#include "cli/resonance_page.h"
#include "cli/srm_document.h"
#include "cli/srm_summary.h"
#include "cli/srm_tables.h"
#include "io/tensor.h"

#include <stdlib.h>
#include <string.h>

struct report {
    struct gpu *gpu;
    const struct srm_parameters *parameters;
    const struct srm_result *result;
    const struct cli_srm_outputs *outputs;
    struct cli_finding finding;
    json_t *files;
};

static enum base_status path_of(const struct report *report, const char *name, char **path)
{
    *path = base_path_join(report->outputs->folder, name);
    return *path ? BASE_OK : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", name);
}

static enum base_status list_file(const struct report *report, const char *name, const char *what)
{
    if (json_array_append_new(report->files, json_pack("{s:s, s:s}", "name", name, "what", what)) != 0)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the list of files");
    return BASE_OK;
}

typedef enum base_status table_writer(const char *path, const struct srm_result *result);

static enum base_status write_table(const struct report *report, const char *name, table_writer *writer,
                                    const char *what)
{
    char *path;
    BASE_TRY(path_of(report, name, &path));
    enum base_status status = writer(path, report->result);
    base_free(path);
    return status == BASE_OK ? list_file(report, name, what) : status;
}

static enum base_status write_projection(const struct report *report)
{
    static const char *const name = "projection.npy";
    char *path;
    BASE_TRY(path_of(report, name, &path));
    enum base_status status = cli_srm_write_projection(report->gpu, path, report->result);
    base_free(path);
    return status == BASE_OK ? list_file(report, name, "points of the planes on a grid (uint32)") : status;
}

static enum base_status write_tables(const struct report *report)
{
    const struct srm_result *result = report->result;
    bool many = cli_srm_planes_are_many(result);
    BASE_TRY(write_table(report, "planes.csv", cli_srm_write_planes_csv,
                         many ? "the best planes, a row each" : "a row an (epsilon, plane)"));
    if (many)
        BASE_TRY(write_table(report, "planes.safetensors", cli_srm_write_planes_tensors,
                             "every plane, a tensor a column"));
    if (result->counts_written)
        BASE_TRY(list_file(report, "counts.npy", "uint32 [epsilons, planes, angles]"));
    else if (result->n_best > 0)
        BASE_TRY(write_table(report, "top-counts.npy", cli_srm_write_top_counts,
                             "uint32 [epsilons, best planes, angles]; counts.npy would exceed --max-counts"));
    if (result->n_member_planes > 0)
        BASE_TRY(write_table(report, "members.csv", cli_srm_write_members, "rows in the cone of each peak"));
    if (result->n_labels > 0) {
        BASE_TRY(write_table(report, "labels.csv", cli_srm_write_labels, "a row an (epsilon, label)"));
        BASE_TRY(write_table(report, "label-curves.npy", cli_srm_write_label_curves,
                             "float64 [mean and deviation, labels, epsilons, angles]"));
    }
    return report->gpu && result->projection ? write_projection(report) : BASE_OK;
}

static enum base_status write_picture(const struct report *report, struct cli_page *page, const char *name,
                                      int panel, const char *what)
{
    char *path;
    BASE_TRY(path_of(report, name, &path));
    enum base_status status =
        panel < 0 ? cli_page_write(page, path) : cli_page_write_panel(page, (uint32_t)panel, path);
    base_free(path);
    return status == BASE_OK ? list_file(report, name, what) : status;
}

static enum base_status write_pictures(const struct report *report)
{
    const struct cli_srm_outputs *outputs = report->outputs;
    const struct cli_page_look look = {outputs->theme, outputs->scale};
    enum base_status status;
    struct cli_page *page = NULL;
    if (!report->gpu || !(outputs->picture || outputs->panels))
        return BASE_OK;
    BASE_CHECK(
        cli_page_open(report->gpu, report->parameters, report->result, &report->finding, &look, &page));
    if (outputs->picture)
        BASE_CHECK(write_picture(report, page, "resonance.png", -1, "the page"));
    for (int i = 0; outputs->panels && cli_page_panel_file(page, (uint32_t)i); i++)
        BASE_CHECK(write_picture(report, page, cli_page_panel_file(page, (uint32_t)i), i, "a panel of it"));
error:
    cli_page_close(&page);
    return status;
}

/* Last of all files, so that a folder with srm.json is complete. Takes nothing; *document is a new reference.
 */
static enum base_status write_document(const struct report *report, json_t **document)
{
    static const char *const name = "srm.json";
    enum base_status status = BASE_OK;
    char *path = NULL, *text = NULL;
    BASE_CHECK(list_file(report, name, "everything that is not a number a plane"));
    *document = cli_srm_document(report->gpu, report->parameters, report->result,
                                 &(struct cli_srm_record){.configuration = report->outputs->configuration,
                                                          .files = report->files,
                                                          .finding = &report->finding});
    text = cli_json_dump(*document);
    if (!text)
        BASE_CHECK(base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for %s", name));
    BASE_CHECK(path_of(report, name, &path));
    status = io_write_text(path, text, strlen(text));
error:
    free(text);
    base_free(path);
    return status;
}

static bool is_listed(const struct report *report, const char *name)
{
    size_t i;
    json_t *file;
    json_array_foreach(report->files, i, file) if (strcmp(json_string_value(json_object_get(file, "name")),
                                                          name) == 0) return true;
    return false;
}

static bool is_ours(const char *name)
{
    static const char *const names[] = {"counts.npy",     "top-counts.npy", "planes.safetensors",
                                        "members.csv",    "labels.csv",     "label-curves.npy",
                                        "projection.npy", "resonance.png"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    const char *end = strrchr(name, '.');
    return strncmp(name, "panel-", 6) == 0 && end && strcmp(end, ".png") == 0;
}

/* What an earlier run wrote into the folder and this one did not would be taken for this one's. */
static enum base_status remove_earlier(const struct report *report)
{
    char **names = NULL;
    size_t count = 0;
    enum base_status status = base_folder_list(report->outputs->folder, &names, &count);
    for (size_t i = 0; i < count && status == BASE_OK; i++) {
        char *path = NULL;
        if (!is_ours(names[i]) || is_listed(report, names[i]))
            continue;
        status = path_of(report, names[i], &path);
        if (status == BASE_OK)
            status = base_file_remove(path);
        if (status == BASE_OK)
            base_log(BASE_LOG_NORMAL, "removed %s, which an earlier run had written", path);
        base_free(path);
    }
    base_list_free(&names, count);
    return status;
}

enum base_status cli_srm_report(struct gpu *gpu, const struct srm_parameters *parameters,
                                const struct srm_result *result, const struct cli_srm_outputs *outputs)
{
    enum base_status status = BASE_OK;
    json_t *document = NULL;
    struct report report = {.gpu = gpu, .parameters = parameters, .result = result, .outputs = outputs};
    cli_find(parameters, result, &report.finding);
    report.files = json_array();
    BASE_CHECK(base_folder_make(outputs->folder));
    BASE_CHECK(write_tables(&report));
    BASE_CHECK(write_pictures(&report));
    BASE_CHECK(write_document(&report, &document));
    BASE_CHECK(remove_earlier(&report));
    if (outputs->json)
        BASE_CHECK(cli_print_json(json_incref(document)));
    else
        cli_srm_summary(gpu, parameters, result, &report.finding, outputs->folder, report.files);
    status = cli_output_finish();
error:
    json_decref(document);
    json_decref(report.files);
    return status;
}
