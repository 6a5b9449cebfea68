#include "cli/srm_tables.h"

#include "base/memory.h"
#include "cli/text.h"
#include "io/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define DEGREES_A_RADIAN 57.295779513082320877

/* Of one epsilon: with permutations a plane has a row from either of its vectors. */
static uint64_t table_rows(const struct srm_result *result)
{
    return result->turned ? 2 * result->planes : result->planes;
}

bool cli_srm_planes_are_many(const struct srm_result *result)
{
    return table_rows(result) > CLI_MOST_TABLE_ROWS / result->n_epsilons;
}

struct srm_plane cli_srm_plane_at(const struct srm_result *result, uint64_t position)
{
    return result->list ? result->list[position] : srm_planes_of_index(result->vectors, position);
}

double cli_srm_plane_degrees(const struct srm_result *result, uint64_t position)
{
    if (!result->cosines)
        return 90;
    double cosine = result->cosines[position];
    return isnan(cosine) ? NAN : DEGREES_A_RADIAN * acos(fmax(-1, fmin(1, cosine)));
}

double cli_srm_peak_share(const struct srm_result *result, const struct srm_plane_statistics *statistics)
{
    return (double)statistics->peak / (double)result->rows;
}

double cli_srm_lift(const struct srm_result *result, uint32_t epsilon,
                    const struct srm_plane_statistics *statistics)
{
    return srm_statistics_lift(statistics, result->rows, result->null_share[epsilon]);
}

double cli_srm_peak_degrees(const struct srm_result *result, const struct srm_plane_statistics *statistics)
{
    return statistics->hits > 0 ? 360.0 * statistics->peak_angle / result->angles : NAN;
}

const char *cli_srm_list_name(enum srm_list list)
{
    static const char *const names[SRM_LISTS] = {
        [SRM_LIST_ALIGNED] = "aligned",
        [SRM_LIST_ANTI_ALIGNED] = "anti-aligned",
        [SRM_LIST_OBLIQUE] = "oblique",
    };
    return names[list];
}

/* ---- planes ---- */

/* A number, or nothing where there is none. */
static void add_number(struct cli_text_file *file, double value)
{
    if (isfinite(value))
        cli_text_file_add(file, ",%.7g", value);
    else
        cli_text_file_add(file, ",");
}

/* A row of the tables: a plane seen from its first vector, or with permutations from either. */
struct row {
    uint32_t i, j;
    uint64_t position; /* of the plane */
    bool turned;       /* i > j */
};

static struct row row_of_plane(const struct srm_result *result, uint64_t position, bool turned)
{
    struct srm_plane plane = cli_srm_plane_at(result, position);
    return turned ? (struct row){plane.j, plane.i, position, true}
                  : (struct row){plane.i, plane.j, position, false};
}

static struct row row_at(const struct srm_result *result, uint64_t index)
{
    if (!result->turned)
        return row_of_plane(result, index, false);
    struct srm_ordered_plane ordered = srm_planes_ordered_at(&result->chosen, index);
    return (struct row){ordered.first, ordered.second, ordered.position, ordered.mirrored};
}

static const struct srm_plane_statistics *statistics_of(const struct srm_result *result, struct row row,
                                                        uint32_t epsilon)
{
    return (row.turned ? result->turned : result->statistics) + epsilon * result->planes + row.position;
}

/* Significance is a plane's, whichever vector it is seen from. */
static float q_of(const struct srm_result *result, struct row row, uint32_t epsilon)
{
    return result->statistics[epsilon * result->planes + row.position].q;
}

/* `place`: of the plane in the ranking; UINT64_MAX: not ranked. */
static void add_row(struct cli_text_file *file, const struct srm_result *result, uint32_t epsilon,
                    struct row row, const struct srm_ranking *ranking, uint64_t place)
{
    const struct srm_plane_statistics *statistics = statistics_of(result, row, epsilon);
    cli_text_file_add(file, "%.9g,%" PRIu32 ",%" PRIu32, result->epsilons[epsilon], row.i, row.j);
    add_number(file, cli_srm_plane_degrees(result, row.position));
    int list = 0;
    while (list < SRM_LISTS && place >= ranking->starts[list + 1])
        list++;
    if (list < SRM_LISTS)
        cli_text_file_add(file, ",%" PRIu64 ",%s", place - ranking->starts[list] + 1,
                          cli_srm_list_name((enum srm_list)list));
    else
        cli_text_file_add(file, ",,");
    cli_text_file_add(file, ",%" PRIu32, statistics->hits);
    add_number(file, statistics->c1);
    add_number(file, statistics->c2);
    add_number(file, statistics->c4);
    add_number(file, statistics->z);
    add_number(file, cli_srm_peak_degrees(result, statistics));
    add_number(file, cli_srm_peak_share(result, statistics));
    add_number(file, cli_srm_lift(result, epsilon, statistics));
    add_number(file, q_of(result, row, epsilon));
    cli_text_file_add(file, "\n");
}

/* places[planes] in the ranking, UINT64_MAX for planes that are not ranked. */
static enum base_status find_places(const struct srm_result *result, const struct srm_ranking *ranking,
                                    uint64_t **places)
{
    BASE_TRY(base_allocate(places, result->planes, sizeof **places, "places of planes"));
    for (uint64_t p = 0; p < result->planes; p++)
        (*places)[p] = UINT64_MAX;
    for (uint64_t k = 0; k < ranking->starts[SRM_LISTS]; k++)
        (*places)[ranking->positions[k]] = k;
    return BASE_OK;
}

enum base_status cli_srm_write_planes_csv(const char *path, const struct srm_result *result)
{
    enum base_status status;
    struct cli_text_file file = {NULL};
    struct srm_ranking ranking = {NULL};
    uint64_t *places = NULL;
    bool best_only = cli_srm_planes_are_many(result);
    BASE_CHECK(srm_ranking_make(&(struct srm_ranking_input){.statistics = result->statistics,
                                                            .cosines = result->cosines,
                                                            .n = result->planes},
                                &ranking));
    BASE_CHECK(find_places(result, &ranking, &places));
    BASE_CHECK(cli_text_file_open(path, &file));
    cli_text_file_add(&file, "epsilon,i,j,angle_deg,rank,list,M,C1,C2,C4,z,peak_deg,peak_share,lift,q\n");
    for (uint32_t e = 0; e < result->n_epsilons; e++) {
        for (uint32_t b = 0; best_only && b < result->n_best; b++)
            for (int turned = 0; turned <= (result->turned != NULL); turned++) {
                struct row row = row_of_plane(result, result->best[b].position, turned);
                add_row(&file, result, e, row, &ranking, places[row.position]);
            }
        for (uint64_t k = 0; !best_only && k < table_rows(result); k++) {
            struct row row = row_at(result, k);
            add_row(&file, result, e, row, &ranking, places[row.position]);
        }
    }
    status = cli_text_file_commit(&file);
error:
    cli_text_file_discard(&file);
    srm_ranking_free(&ranking);
    base_free(places);
    return status;
}

enum column {
    COLUMN_I,
    COLUMN_J,
    COLUMN_ANGLE,
    COLUMN_M,
    COLUMN_C1,
    COLUMN_C2,
    COLUMN_C4,
    COLUMN_Z,
    COLUMN_PEAK,
    COLUMN_PEAK_DEGREES,
    COLUMN_LIFT,
    COLUMN_Q,
    COLUMNS
};

static const struct {
    const char *name;
    enum io_dtype dtype;
    bool by_epsilon;
} columns[COLUMNS] = {
    [COLUMN_I] = {"i", IO_U32, false},
    [COLUMN_J] = {"j", IO_U32, false},
    [COLUMN_ANGLE] = {"angle_deg", IO_F32, false},
    [COLUMN_M] = {"M", IO_U32, true},
    [COLUMN_C1] = {"C1", IO_F32, true},
    [COLUMN_C2] = {"C2", IO_F32, true},
    [COLUMN_C4] = {"C4", IO_F32, true},
    [COLUMN_Z] = {"z", IO_F32, true},
    [COLUMN_PEAK] = {"peak", IO_I32, true},
    [COLUMN_PEAK_DEGREES] = {"peak_deg", IO_F32, true},
    [COLUMN_LIFT] = {"lift", IO_F32, true},
    [COLUMN_Q] = {"q", IO_F32, true},
};

/* A column's elements are all four bytes wide. */
union cell {
    uint32_t whole;
    int32_t difference;
    float real;
};

static void fill_planes(const struct srm_result *result, union cell *const *cells)
{
    for (uint64_t k = 0; k < table_rows(result); k++) {
        struct row row = row_at(result, k);
        cells[COLUMN_I][k].whole = row.i;
        cells[COLUMN_J][k].whole = row.j;
        cells[COLUMN_ANGLE][k].real = (float)cli_srm_plane_degrees(result, row.position);
    }
}

static void fill_statistics(const struct srm_result *result, union cell *const *cells)
{
    uint64_t rows = table_rows(result);
    for (uint32_t e = 0; e < result->n_epsilons; e++)
        for (uint64_t k = 0; k < rows; k++) {
            uint64_t at = e * rows + k;
            struct row row = row_at(result, k);
            const struct srm_plane_statistics *statistics = statistics_of(result, row, e);
            cells[COLUMN_M][at].whole = statistics->hits;
            cells[COLUMN_C1][at].real = statistics->c1;
            cells[COLUMN_C2][at].real = statistics->c2;
            cells[COLUMN_C4][at].real = statistics->c4;
            cells[COLUMN_Z][at].real = (float)statistics->z;
            cells[COLUMN_PEAK][at].difference = statistics->peak;
            cells[COLUMN_PEAK_DEGREES][at].real = (float)cli_srm_peak_degrees(result, statistics);
            cells[COLUMN_LIFT][at].real = (float)cli_srm_lift(result, e, statistics);
            cells[COLUMN_Q][at].real = q_of(result, row, e);
        }
}

/* The epsilons as text, divided by commas, for the file's metadata. */
static void name_epsilons(const struct srm_result *result, struct cli_line *line)
{
    for (uint32_t e = 0; e < result->n_epsilons; e++)
        cli_line_add(line, "%s%.9g", e ? "," : "", result->epsilons[e]);
}

enum base_status cli_srm_write_planes_tensors(const char *path, const struct srm_result *result)
{
    enum base_status status;
    union cell *cells[COLUMNS] = {NULL};
    struct io_named_array arrays[COLUMNS];
    char epsilons[SRM_MAX_EPSILONS * 18], rows[24], angles[16];
    for (int c = 0; c < COLUMNS; c++) {
        uint64_t epsilons_of_column = columns[c].by_epsilon ? result->n_epsilons : 1, n = table_rows(result);
        BASE_CHECK(base_allocate(&cells[c], epsilons_of_column * n, sizeof *cells[c], path));
        arrays[c] = (struct io_named_array){.name = columns[c].name,
                                            .dtype = columns[c].dtype,
                                            .rank = columns[c].by_epsilon ? 2 : 1,
                                            .shape = {n},
                                            .data = cells[c]};
        if (columns[c].by_epsilon) {
            arrays[c].shape[0] = result->n_epsilons;
            arrays[c].shape[1] = n;
        }
    }
    fill_planes(result, cells);
    fill_statistics(result, cells);
    struct cli_line line = {.text = epsilons, .bytes = sizeof epsilons};
    name_epsilons(result, &line);
    snprintf(rows, sizeof rows, "%" PRIu64, result->rows);
    snprintf(angles, sizeof angles, "%" PRIu32, result->angles);
    const char *metadata[] = {"schema", "arclight.srm.planes", "epsilons", epsilons, "rows", rows, "angles",
                              angles};
    status = io_write_safetensors(path, arrays, COLUMNS, metadata, sizeof metadata / sizeof *metadata / 2);
error:
    for (int c = 0; c < COLUMNS; c++)
        base_free(cells[c]);
    return status;
}

enum base_status cli_srm_write_top_counts(const char *path, const struct srm_result *result)
{
    uint64_t shape[] = {result->n_epsilons, result->n_best, result->angles};
    return io_write_npy(path, IO_U32, 3, shape, result->best_counts);
}

/* ---- rows and labels ---- */

enum base_status cli_srm_write_members(const char *path, const struct srm_result *result)
{
    struct cli_text_file file;
    BASE_TRY(cli_text_file_open(path, &file));
    cli_text_file_add(&file, "list,rank,i,j,peak_deg,in_cone,place,row,cosine\n");
    for (uint32_t b = 0; b < result->n_member_planes; b++) {
        const struct srm_best *best = &result->best[b];
        const struct srm_member *members = &result->members[(uint64_t)b * result->members_each];
        for (uint32_t m = 0; m < result->members_each && members[m].row != UINT64_MAX; m++)
            cli_text_file_add(&file,
                              "%s,%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%.7g,%" PRIu64 ",%" PRIu32 ",%" PRIu64
                              ",%.7g\n",
                              cli_srm_list_name(best->list), best->rank, best->plane.i, best->plane.j,
                              cli_srm_peak_degrees(result, &result->statistics[best->position]),
                              result->member_totals[b], m + 1, members[m].row, members[m].cosine);
    }
    return cli_text_file_commit(&file);
}

enum base_status cli_srm_write_labels(const char *path, const struct srm_result *result)
{
    struct cli_text_file file;
    BASE_TRY(cli_text_file_open(path, &file));
    cli_text_file_add(&file, "epsilon,label,rows,mean_share,peak_share,peak_deg\n");
    for (uint32_t e = 0; e < result->n_epsilons; e++)
        for (uint32_t l = 0; l < result->n_labels; l++) {
            const struct srm_label_curves *label = &result->labels[l];
            const struct srm_curve_point *curve = &label->curves[(uint64_t)e * result->angles];
            double sum = 0;
            uint32_t peak = 0;
            for (uint32_t k = 0; k < result->angles; k++) {
                sum += curve[k].mean;
                if (curve[k].mean > curve[peak].mean)
                    peak = k;
            }
            cli_text_file_add(&file, "%.9g,%" PRId64 ",%" PRIu64 ",%.7g,%.7g,%.7g\n", result->epsilons[e],
                              label->label, label->rows, sum / result->angles, curve[peak].mean,
                              360.0 * peak / result->angles);
        }
    return cli_text_file_commit(&file);
}

enum base_status cli_srm_write_label_curves(const char *path, const struct srm_result *result)
{
    uint64_t points = (uint64_t)result->n_epsilons * result->angles, half = result->n_labels * points;
    uint64_t shape[] = {2, result->n_labels, result->n_epsilons, result->angles};
    double *values;
    BASE_TRY(base_allocate(&values, 2 * half, sizeof *values, path));
    for (uint32_t l = 0; l < result->n_labels; l++)
        for (uint64_t k = 0; k < points; k++) {
            values[l * points + k] = result->labels[l].curves[k].mean;
            values[half + l * points + k] = result->labels[l].curves[k].deviation;
        }
    enum base_status status = io_write_npy(path, IO_F64, 4, shape, values);
    base_free(values);
    return status;
}

enum base_status cli_srm_write_projection(struct gpu *gpu, const char *path, const struct srm_result *result)
{
    enum base_status status;
    const uint64_t shape[] = {SRM_PROJECTION_CELLS, SRM_PROJECTION_CELLS};
    uint32_t *cells;
    BASE_TRY(base_allocate(&cells, shape[0] * shape[1], sizeof *cells, path));
    BASE_CHECK(gpu_download(gpu, result->projection, 0, cells, shape[0] * shape[1] * sizeof *cells));
    status = io_write_npy(path, IO_U32, 2, shape, cells);
error:
    base_free(cells);
    return status;
}
