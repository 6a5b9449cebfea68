/* The files of `arclight srm`, made from a small analysis with a known outcome. */
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "cli/srm_finding.h"
#include "cli/srm_report.h"
#include "cli/srm_tables.h"
#include "io/tensor.h"
#include "support/device.h"
#include "support/synthetic_result.h"

#include <stdlib.h>

static const double one_epsilon[] = {0.6};
static const double two_epsilons[] = {0.6, 0.8};
static const char folder[] = "srm_report"; /* in the build folder; written over by the next run */

struct made {
    struct srm_parameters parameters;
    struct srm_result result;
};

static void make(struct gpu *gpu, struct made *made, struct synthetic_parameters synthetic)
{
    if (!synthetic.epsilons) {
        synthetic.epsilons = one_epsilon;
        synthetic.n_epsilons = 1;
    }
    synthetic_result_make(gpu, &synthetic, &made->parameters, &made->result);
}

static char *read_text(const char *name)
{
    char *path = base_path_join(folder, name), *text;
    struct base_file *file;
    assert_ok(base_file_open(path, &file));
    size_t bytes = (size_t)base_file_size(file);
    assert_ok(base_allocate(&text, bytes + 1, 1, "text"));
    assert_ok(base_file_read(file, 0, text, bytes));
    base_file_close(&file);
    base_free(path);
    return text;
}

static void write_report(struct gpu *gpu, const struct made *made)
{
    struct cli_srm_outputs outputs = {.folder = folder};
    assert_ok(cli_srm_report(gpu, &made->parameters, &made->result, &outputs));
}

static json_t *read_document(void)
{
    char *text = read_text("srm.json");
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    base_free(text);
    return document;
}

static json_t *at(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    if (!value)
        fail_msg("srm.json lacks \"%s\"", key);
    return value;
}

static void document_is_whole(void **state)
{
    (void)state;
    struct made made;
    make(NULL, &made, (struct synthetic_parameters){SYNTHETIC_TANH, 3000, 8, 120, two_epsilons, 2, 2, 0, 0});
    write_report(NULL, &made);
    json_t *document = read_document();
    assert_string_equal(json_string_value(at(document, "schema")), "arclight.srm");
    assert_int_equal(json_integer_value(at(document, "schema_version")), 1);
    assert_int_equal(json_integer_value(at(at(document, "rows"), "analysed")), 3000);
    assert_int_equal(json_integer_value(at(at(document, "planes"), "analysed")), 28);
    json_t *epsilons = at(document, "epsilons");
    assert_int_equal(json_array_size(epsilons), 2);
    json_t *mean = at(json_array_get(epsilons, 1), "mean");
    assert_int_equal(json_array_size(mean), 120);
    for (size_t k = 0; k < 120; k++)
        assert_in_double(json_real_value(json_array_get(mean, k)), made.result.curve[120 + k].mean, 1e-8);
    assert_int_equal(json_array_size(at(document, "controls")), 2);
    /* the synthetic result leaves this null without a value */
    assert_true(json_is_null(
        at(at(at(document, "axis_measures"), "greatest_axis_cosine"), "without_preferred_basis")));
    json_t *best = json_array_get(at(at(document, "ranking"), "best_anti_aligned"), 0);
    assert_int_equal(json_integer_value(at(best, "rank")), 1);
    assert_true(json_real_value(at(best, "C4")) < -0.5);
    assert_int_equal(json_array_size(at(document, "landmarks")), 8);
    assert_int_equal(json_array_size(at(document, "hits_by_vector")), 8);
    double before = 2;
    for (size_t v = 0; v < 8; v++) {
        double share =
            json_real_value(at(json_array_get(at(document, "hits_by_vector"), v), "share_of_hits"));
        assert_true(share <= before);
        before = share;
    }
    json_decref(document);
    synthetic_result_free(NULL, &made.result);
}

static void verdicts(void **state)
{
    (void)state;
    static const struct {
        enum synthetic_kind kind;
        uint32_t controls;
        enum cli_verdict verdict;
        bool one_sided;
    } cases[] = {
        {SYNTHETIC_TANH, 1, CLI_VERDICT_ANTI_ALIGNED, false},
        {SYNTHETIC_LAPLACE, 1, CLI_VERDICT_ALIGNED, false},
        {SYNTHETIC_NORMAL, 1, CLI_VERDICT_NONE, false},
        {SYNTHETIC_RELU, 1, CLI_VERDICT_ALIGNED, true},
        {SYNTHETIC_TANH, 0, CLI_VERDICT_UNDECIDED, false},
        {SYNTHETIC_ZERO, 1, CLI_VERDICT_UNDECIDED, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct made made;
        struct cli_finding finding;
        make(NULL, &made,
             (struct synthetic_parameters){.kind = cases[i].kind,
                                           .rows = 4000,
                                           .vectors = 12,
                                           .angles = 72,
                                           .controls = cases[i].controls});
        cli_find(&made.parameters, &made.result, &finding);
        print_message("%s: %s\n", finding.headline, finding.sentence);
        assert_int_equal(finding.verdict, cases[i].verdict);
        assert_int_equal(finding.one_sided, cases[i].one_sided);
        if (cases[i].kind == SYNTHETIC_TANH)
            assert_true(finding.contrast < 0.7);
        if (cases[i].kind == SYNTHETIC_LAPLACE)
            assert_true(finding.contrast > 1.2);
        synthetic_result_free(NULL, &made.result);
    }
}

/* Field `index` of a line of CSV, into `text`. */
static const char *field(const char *line, int index, char text[64])
{
    for (; index > 0; index--)
        line = strchr(line, ',') + 1;
    size_t length = strcspn(line, ",\n");
    assert_true(length < 64);
    memcpy(text, line, length);
    text[length] = '\0';
    return text;
}

static void planes_table(void **state)
{
    (void)state;
    struct made made;
    char text[64];
    make(NULL, &made,
         (struct synthetic_parameters){SYNTHETIC_LAPLACE, 2000, 9, 40, two_epsilons, 2, 1, 0, 0.5});
    write_report(NULL, &made);
    char *table = read_text("planes.csv");
    const char *line = strchr(table, '\n') + 1;
    for (uint32_t e = 0; e < 2; e++)
        for (uint32_t p = 0; p < 36; p++, line = strchr(line, '\n') + 1) {
            const struct srm_plane_statistics *statistics = &made.result.statistics[e * 36 + p];
            struct srm_plane plane = srm_planes_of_index(9, p);
            assert_in_double(atof(field(line, 0, text)), two_epsilons[e], 0);
            assert_int_equal(atoi(field(line, 1, text)), plane.i);
            assert_int_equal(atoi(field(line, 2, text)), plane.j);
            assert_in_double(atof(field(line, 3, text)), p == 0 ? 60 : 90, 1e-5);
            assert_int_equal(atoi(field(line, 6, text)), statistics->hits);
            if (statistics->hits > 0)
                assert_in_double(atof(field(line, 10, text)), statistics->z, 1e-5 * fabs(statistics->z));
            else
                assert_string_equal(field(line, 10, text), "");
        }
    assert_int_equal(*line, '\0');
    assert_string_equal(field(strchr(table, '\n') + 1, 5, text), "oblique");
    base_free(table);
    synthetic_result_free(NULL, &made.result);
}

/* 820 planes at 128 epsilons exceed the table; the tensors have them all. */
static void many_planes_go_to_tensors(void **state)
{
    (void)state;
    enum { EPSILONS = 128, PLANES = 820 };
    double epsilons[EPSILONS];
    struct made made;
    for (int e = 0; e < EPSILONS; e++)
        epsilons[e] = 0.5 + e / 512.0;
    make(NULL, &made,
         (struct synthetic_parameters){.kind = SYNTHETIC_NORMAL,
                                       .rows = 60,
                                       .vectors = 41,
                                       .angles = 8,
                                       .epsilons = epsilons,
                                       .n_epsilons = EPSILONS});
    assert_true(cli_srm_planes_are_many(&made.result));
    write_report(NULL, &made);
    char *path = base_path_join(folder, "planes.safetensors");
    struct io_file *file;
    const struct io_tensor *tensor;
    assert_ok(io_open(path, &file));
    assert_ok(io_find(file, "z", 2, &tensor));
    assert_int_equal(tensor->shape[0], EPSILONS);
    assert_int_equal(tensor->shape[1], PLANES);
    float *z = malloc(EPSILONS * PLANES * sizeof *z);
    assert_ok(io_read_rows(file, tensor, 0, EPSILONS, z));
    for (uint64_t i = 0; i < EPSILONS * PLANES; i++) {
        double expected = made.result.statistics[i].z;
        assert_true(isnan(expected) ? isnan(z[i]) : z[i] == (float)expected);
    }
    int64_t j[PLANES];
    assert_ok(io_find(file, "j", 1, &tensor));
    assert_ok(io_read_integers(file, tensor, 0, PLANES, j));
    for (uint64_t p = 0; p < PLANES; p++)
        assert_int_equal(j[p], srm_planes_of_index(41, p).j);
    free(z);
    io_close(&file);
    base_free(path);
    char *table = read_text("planes.csv");
    size_t lines = 0;
    for (const char *c = table; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 1 + EPSILONS * (size_t)made.result.n_best);
    base_free(table);
    synthetic_result_free(NULL, &made.result);
}

static void best_counts_stand_in_for_all(void **state)
{
    (void)state;
    struct made made;
    make(NULL, &made, (struct synthetic_parameters){SYNTHETIC_TANH, 1500, 8, 24, two_epsilons, 2, 1, 0, 0});
    write_report(NULL, &made);
    char *path = base_path_join(folder, "top-counts.npy");
    struct io_file *file;
    assert_ok(io_open(path, &file));
    const struct io_tensor *tensor = io_tensor_at(file, 0);
    assert_int_equal(tensor->rank, 3);
    assert_int_equal(tensor->shape[1], made.result.n_best);
    assert_int_equal(tensor->shape[2], 24);
    io_close(&file);
    base_free(path);
    synthetic_result_free(NULL, &made.result);
}

static void labels_and_members(void **state)
{
    (void)state;
    struct made made;
    make(NULL, &made,
         (struct synthetic_parameters){.kind = SYNTHETIC_TANH, .rows = 900, .vectors = 6, .angles = 24});
    struct srm_label_curves groups[] = {{-3, 400, made.result.curve}, {5, 500, made.result.curve}};
    struct srm_member members[] = {{17, 0.99}, {3, 0.98},       {UINT64_MAX, 0},
                                   {8, 0.97},  {UINT64_MAX, 0}, {0, 0}};
    uint64_t totals[] = {2, 1};
    made.result.labels = groups;
    made.result.n_labels = 2;
    made.result.members = members;
    made.result.members_each = 3;
    made.result.n_member_planes = 2;
    made.result.member_totals = totals;
    write_report(NULL, &made);
    char text[64], *table = read_text("members.csv");
    const char *line = strchr(table, '\n') + 1;
    static const int rows[] = {17, 3, 8};
    for (int i = 0; i < 3; i++, line = strchr(line, '\n') + 1)
        assert_int_equal(atoi(field(line, 7, text)), rows[i]);
    assert_int_equal(*line, '\0');
    base_free(table);
    table = read_text("labels.csv");
    assert_int_equal(atoi(field(strchr(table, '\n') + 1, 1, text)), -3);
    base_free(table);
    char *path = base_path_join(folder, "label-curves.npy");
    struct io_file *file;
    assert_ok(io_open(path, &file));
    float curves[4 * 24];
    assert_ok(io_read_rows(file, io_tensor_at(file, 0), 0, 2, curves));
    assert_in_double(curves[24 + 7], made.result.curve[7].mean, 1e-7);
    assert_in_double(curves[72 + 7], made.result.curve[7].deviation, 1e-7);
    io_close(&file);
    base_free(path);
    made.result.labels = NULL;
    made.result.members = NULL;
    synthetic_result_free(NULL, &made.result);
}

static void projection_comes_from_the_device(void **state)
{
    (void)state;
    if (!test_gpu_exists())
        skip();
    struct gpu *gpu = test_gpu();
    struct made made;
    make(gpu, &made,
         (struct synthetic_parameters){.kind = SYNTHETIC_TANH, .rows = 900, .vectors = 6, .angles = 24});
    write_report(gpu, &made);
    char *path = base_path_join(folder, "projection.npy");
    struct io_file *file;
    assert_ok(io_open(path, &file));
    int64_t *cells = malloc(SRM_PROJECTION_CELLS * SRM_PROJECTION_CELLS * sizeof *cells);
    assert_ok(io_read_integers(file, io_tensor_at(file, 0), 0, SRM_PROJECTION_CELLS, cells));
    uint64_t sum = 0;
    for (int i = 0; i < SRM_PROJECTION_CELLS * SRM_PROJECTION_CELLS; i++)
        sum += (uint64_t)cells[i];
    assert_int_equal(sum, made.result.projection_points);
    assert_true(sum > 0);
    free(cells);
    io_close(&file);
    base_free(path);
    json_t *document = read_document();
    assert_string_equal(json_string_value(at(at(document, "device"), "name")), gpu_information(gpu)->name);
    json_decref(document);
    synthetic_result_free(gpu, &made.result);
}

static void nothing_at_all(void **state)
{
    (void)state;
    struct made made;
    make(NULL, &made,
         (struct synthetic_parameters){
             .kind = SYNTHETIC_ZERO, .rows = 50, .vectors = 2, .angles = 4, .controls = 1});
    write_report(NULL, &made);
    json_t *document = read_document();
    assert_string_equal(json_string_value(at(at(document, "finding"), "verdict")), "undecided");
    assert_true(json_is_null(at(at(document, "finding"), "axes_over_diagonals")));
    json_decref(document);
    synthetic_result_free(NULL, &made.result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_is_whole),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(planes_table),
        cmocka_unit_test(many_planes_go_to_tensors),
        cmocka_unit_test(best_counts_stand_in_for_all),
        cmocka_unit_test(labels_and_members),
        cmocka_unit_test(projection_comes_from_the_device),
        cmocka_unit_test(nothing_at_all),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
