#include "cli/srm_document.h"

#include "base/memory.h"
#include "base/platform.h"
#include "cli/srm_tables.h"
#include "cli/timings.h"
#include "cli/version.h"
#include "io/json.h"

#include <math.h>

enum { BEST_LISTED = 64 /* planes of each list */, VECTORS_LISTED = 16 };

static json_t *whole(uint64_t number)
{
    return json_integer((json_int_t)number);
}

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

/* ---- what was analysed ---- */

static json_t *inputs(const struct srm_parameters *parameters)
{
    json_t *list = json_array();
    uint32_t count = parameters->activations ? data_shard_count(parameters->activations) : 0;
    for (uint32_t i = 0; i < count; i++) {
        struct data_shard_information shard = data_shard_at(parameters->activations, i);
        json_t *entry = json_object();
        set(entry, "path", io_json_text(shard.path));
        set(entry, "tensor", io_json_text(shard.tensor));
        set(entry, "dtype", io_json_text(shard.dtype));
        set(entry, "rows", whole(shard.rows));
        set(entry, "bytes", whole(shard.bytes));
        set(entry, "modified", json_integer(shard.modified));
        json_array_append_new(list, entry);
    }
    return list;
}

static json_t *device(struct gpu *gpu)
{
    if (!gpu)
        return json_null();
    const struct gpu_device_information *information = gpu_information(gpu);
    json_t *object = json_object();
    set(object, "name", io_json_text(information->name));
    set(object, "type", io_json_text(gpu_device_type_name(information->type)));
    set(object, "driver", io_json_text(information->driver));
    set(object, "api", io_json_text(information->api_version));
    set(object, "uuid", io_json_text(information->uuid));
    return object;
}

static json_t *rows(const struct srm_parameters *parameters, const struct srm_result *result)
{
    const struct data_summary *summary = &result->summary;
    json_t *object = json_object();
    set(object, "all", whole(summary->rows));
    set(object, "analysed", whole(result->rows));
    set(object, "finite", whole(summary->rows - summary->non_finite_rows));
    set(object, "non_finite", whole(summary->non_finite_rows));
    set(object, "zero", whole(summary->zero_rows));
    set(object, "nan_values", whole(summary->nan_values));
    set(object, "infinite_values", whole(summary->inf_values));
    set(object, "first",
        parameters->activations ? whole(data_first_row(parameters->activations)) : json_null());
    set(object, "width", whole(result->width));
    return object;
}

static json_t *norms(const struct srm_parameters *parameters, const struct srm_result *result,
                     const struct cli_finding *finding)
{
    const struct data_summary *summary = &result->summary;
    json_t *object = json_object();
    set(object, "minimum", io_json_number(summary->norm_minimum));
    set(object, "median", io_json_number(summary->norm_median));
    set(object, "quantile_99", io_json_number(summary->norm_99));
    set(object, "maximum", io_json_number(summary->norm_maximum));
    set(object, "rms", io_json_number(summary->rms));
    set(object, "of_mean", io_json_number(summary->mean_norm));
    set(object, "of_mean_over_rms", io_json_number(finding->mean_over_rms));
    set(object, "hint",
        !parameters->centre && finding->mean_over_rms > CLI_MEAN_OVER_RMS_HINT
            ? json_string("the mean of the rows is long: --center takes it away")
            : json_null());
    return object;
}

static json_t *planes(const struct srm_parameters *parameters, const struct srm_result *result)
{
    json_t *object = json_object();
    set(object, "of_basis", whole(result->all_planes));
    set(object, "analysed", whole(result->planes));
    set(object, "degenerate", whole(result->degenerate));
    set(object, "curves", whole(result->curves));
    set(object, "pairs", json_string(parameters->permutations ? "perm" : "comb"));
    set(object, "mirrored", json_boolean(result->mirrored));
    return object;
}

static json_t *basis(const struct srm_result *result)
{
    json_t *object = json_object();
    set(object, "name", io_json_text(result->basis_name));
    set(object, "vectors", whole(result->vectors));
    set(object, "standard", json_boolean(result->standard));
    set(object, "orthonormal", json_boolean(result->orthonormal));
    return object;
}

/* ---- curves ---- */

enum field { FIELD_MEAN, FIELD_DEVIATION, FIELD_LEAST, FIELD_GREATEST };

static json_t *numbers(const struct srm_curve_point *curve, uint32_t angles, enum field field)
{
    json_t *list = json_array();
    for (uint32_t k = 0; k < angles; k++) {
        const double values[] = {curve[k].mean, curve[k].deviation, curve[k].least, curve[k].greatest};
        json_array_append_new(list, io_json_number(values[field]));
    }
    return list;
}

static void set_curve(json_t *object, const struct srm_curve_point *curve, uint32_t angles)
{
    set(object, "mean", numbers(curve, angles, FIELD_MEAN));
    set(object, "standard_deviation", numbers(curve, angles, FIELD_DEVIATION));
    set(object, "minimum", numbers(curve, angles, FIELD_LEAST));
    set(object, "maximum", numbers(curve, angles, FIELD_GREATEST));
}

/* Least and greatest of the rotated bases' mean curves, and the mean of them, at each angle. */
static json_t *envelope(const struct srm_result *result, uint32_t epsilon)
{
    if (result->n_controls == 0)
        return json_null();
    json_t *low = json_array(), *middle = json_array(), *high = json_array(), *object = json_object();
    for (uint32_t k = 0; k < result->angles; k++) {
        double least = INFINITY, greatest = -INFINITY, sum = 0;
        for (uint32_t c = 0; c < result->n_controls; c++) {
            double mean = result->controls[c].curves[(uint64_t)epsilon * result->angles + k].mean;
            least = fmin(least, mean);
            greatest = fmax(greatest, mean);
            sum += mean;
        }
        json_array_append_new(low, io_json_number(least));
        json_array_append_new(middle, io_json_number(sum / result->n_controls));
        json_array_append_new(high, io_json_number(greatest));
    }
    set(object, "mean", middle);
    set(object, "minimum", low);
    set(object, "maximum", high);
    return object;
}

static json_t *epsilons(const struct srm_result *result)
{
    json_t *list = json_array();
    for (uint32_t e = 0; e < result->n_epsilons; e++) {
        json_t *entry = json_object();
        set(entry, "epsilon", io_json_number(result->epsilons[e]));
        set(entry, "isotropic_share", io_json_number(result->null_share[e]));
        set(entry, "isotropic_99_low", io_json_number(result->null_low[e]));
        set(entry, "isotropic_99_high", io_json_number(result->null_high[e]));
        set_curve(entry, result->curve + (uint64_t)e * result->angles, result->angles);
        set(entry, "control", envelope(result, e));
        json_array_append_new(list, entry);
    }
    return list;
}

static json_t *controls(const struct srm_result *result)
{
    json_t *list = json_array();
    for (uint32_t c = 0; c < result->n_controls; c++) {
        const struct srm_control *control = &result->controls[c];
        json_t *entry = json_object(), *curves = json_array();
        set(entry, "seed", whole(control->seed));
        set(entry, "vectors", whole(control->vectors));
        set(entry, "planes", whole(control->planes));
        for (uint32_t e = 0; e < result->n_epsilons; e++) {
            json_t *curve = json_object();
            set(curve, "epsilon", io_json_number(result->epsilons[e]));
            set_curve(curve, control->curves + (uint64_t)e * result->angles, result->angles);
            json_array_append_new(curves, curve);
        }
        set(entry, "curves", curves);
        json_array_append_new(list, entry);
    }
    return list;
}

/* The vectors of a plane and what lies between them; only where every pair stands at a right angle are they
 * the same for all planes. */
static json_t *landmarks(const struct srm_result *result)
{
    static const struct {
        int degrees;
        const char *name, *kind;
    } marks[] = {
        {0, "+b_i", "vector"},          {45, "+b_i +b_j", "diagonal"},  {90, "+b_j", "vector"},
        {135, "-b_i +b_j", "diagonal"}, {180, "-b_i", "vector"},        {225, "-b_i -b_j", "diagonal"},
        {270, "-b_j", "vector"},        {315, "+b_i -b_j", "diagonal"},
    };
    if (!result->orthonormal)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        json_array_append_new(list, json_pack("{s:i, s:s, s:s}", "degrees", marks[i].degrees, "direction",
                                              marks[i].name, "kind", marks[i].kind));
    return list;
}

/* ---- planes ---- */

static json_t *best_plane(const struct srm_result *result, const struct srm_best *best)
{
    const struct srm_plane_statistics *statistics = &result->statistics[best->position];
    json_t *entry = json_object();
    set(entry, "rank", whole(best->rank));
    set(entry, "i", whole(best->plane.i));
    set(entry, "j", whole(best->plane.j));
    set(entry, "angle_deg", io_json_number(cli_srm_plane_degrees(result, best->position)));
    set(entry, "M", whole(statistics->hits));
    set(entry, "C1", io_json_number(statistics->c1));
    set(entry, "C2", io_json_number(statistics->c2));
    set(entry, "C4", io_json_number(statistics->c4));
    set(entry, "z", io_json_number(statistics->z));
    set(entry, "peak_deg", io_json_number(cli_srm_peak_degrees(result, statistics)));
    set(entry, "peak_share", io_json_number(cli_srm_peak_share(result, statistics)));
    set(entry, "lift", io_json_number(cli_srm_lift(result, 0, statistics)));
    set(entry, "q", io_json_number(statistics->q));
    return entry;
}

static json_t *best_planes(const struct srm_result *result, enum srm_list wanted)
{
    json_t *list = json_array();
    for (uint32_t b = 0; b < result->n_best; b++)
        if (result->best[b].list == wanted && result->best[b].rank <= BEST_LISTED)
            json_array_append_new(list, best_plane(result, &result->best[b]));
    return list;
}

static json_t *ranking(const struct srm_result *result)
{
    json_t *object = json_object(), *significant = json_object();
    set(object, "least_hits", whole(SRM_LEAST_HITS));
    set(object, "by",
        json_string(result->orthonormal ? "|z|" : "|z|; lift for pairs that are not orthogonal"));
    set(object, "median_hits", io_json_number(result->median_hits));
    set(object, "ranked", whole(result->n_ranked));
    set(object, "aligned", whole(result->n_aligned));
    set(object, "anti_aligned", whole(result->n_anti_aligned));
    set(significant, "q_below", json_real(0.05));
    set(significant, "planes", whole(result->n_significant));
    set(significant, "aligned", whole(result->n_significant_aligned));
    set(significant, "anti_aligned", whole(result->n_significant_anti_aligned));
    set(significant, "sure_aligned", whole(result->n_sure_aligned));
    set(significant, "sure_anti_aligned", whole(result->n_sure_anti_aligned));
    set(significant, "sure_oblique", whole(result->n_sure_oblique));
    set(object, "significant", significant);
    set(object, "best_aligned", best_planes(result, SRM_LIST_ALIGNED));
    set(object, "best_anti_aligned", best_planes(result, SRM_LIST_ANTI_ALIGNED));
    set(object, "best_oblique", best_planes(result, SRM_LIST_OBLIQUE));
    return object;
}

/* The vectors that take part in the most hits, greatest first. */
static json_t *vector_hits(const struct srm_result *result)
{
    uint32_t chosen[VECTORS_LISTED], count = 0;
    for (uint32_t v = 0; v < result->vectors; v++) {
        uint32_t place = count;
        while (place > 0 && result->vector_hits[chosen[place - 1]] < result->vector_hits[v])
            place--;
        if (place == VECTORS_LISTED)
            continue;
        count += count < VECTORS_LISTED;
        for (uint32_t i = count - 1; i > place; i--)
            chosen[i] = chosen[i - 1];
        chosen[place] = v;
    }
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:I, s:o}", "vector", (json_int_t)chosen[i], "share_of_hits",
                                              io_json_number(result->vector_hits[chosen[i]])));
    return list;
}

static json_t *members(const struct srm_result *result)
{
    if (result->n_member_planes == 0)
        return json_null();
    json_t *list = json_array();
    for (uint32_t b = 0; b < result->n_member_planes; b++) {
        const struct srm_best *best = &result->best[b];
        const struct srm_member *of_plane = &result->members[(uint64_t)b * result->members_each];
        json_t *entry = json_object(), *nearest = json_array();
        for (uint32_t m = 0; m < result->members_each && of_plane[m].row != UINT64_MAX; m++)
            json_array_append_new(nearest, whole(of_plane[m].row));
        set(entry, "list", json_string(cli_srm_list_name(best->list)));
        set(entry, "rank", whole(best->rank));
        set(entry, "i", whole(best->plane.i));
        set(entry, "j", whole(best->plane.j));
        set(entry, "in_cone", whole(result->member_totals[b]));
        set(entry, "rows", nearest);
        json_array_append_new(list, entry);
    }
    return list;
}

/* ---- the rest ---- */

static json_t *measure(struct srm_axis_measure value)
{
    return json_pack("{s:o, s:o}", "mean", io_json_number(value.mean), "without_preferred_basis",
                     io_json_number(value.null));
}

static json_t *measures(const struct srm_result *result)
{
    json_t *object = json_object();
    set(object, "kurtosis", measure(result->kurtosis));
    set(object, "kurtosis_uncentred", measure(result->kurtosis_uncentred));
    set(object, "greatest_axis_cosine", measure(result->axis_cosine));
    set(object, "participation_ratio", measure(result->participation));
    return object;
}

static json_t *labels(const struct srm_parameters *parameters, const struct srm_result *result)
{
    if (result->n_labels == 0)
        return json_null();
    json_t *object = json_object(), *list = json_array();
    for (uint32_t l = 0; l < result->n_labels; l++) {
        const struct srm_label_curves *label = &result->labels[l];
        json_t *entry = json_object(), *means = json_array();
        for (uint32_t e = 0; e < result->n_epsilons; e++)
            json_array_append_new(
                means, numbers(label->curves + (uint64_t)e * result->angles, result->angles, FIELD_MEAN));
        set(entry, "label", json_integer(label->label));
        set(entry, "rows", whole(label->rows));
        set(entry, "mean", means);
        json_array_append_new(list, entry);
    }
    set(object, "file", io_json_text(parameters->labels));
    set(object, "groups", list);
    return object;
}

static json_t *projection(const struct srm_result *result)
{
    if (!result->projection)
        return json_null();
    json_t *object = json_object();
    set(object, "cells", whole(SRM_PROJECTION_CELLS));
    set(object, "reach", io_json_number(result->projection_reach));
    set(object, "points", whole(result->projection_points));
    set(object, "planes", whole(result->projection_planes));
    set(object, "epsilon", io_json_number(result->epsilons[0]));
    return object;
}

static json_t *finding_object(const struct cli_finding *finding)
{
    json_t *object = json_object();
    set(object, "verdict", json_string(cli_verdict_name(finding->verdict)));
    set(object, "headline", json_string(finding->headline));
    set(object, "sentence", json_string(finding->sentence));
    set(object, "significant_share", io_json_number(finding->significant_share));
    set(object, "axes_over_diagonals", io_json_number(finding->contrast));
    set(object, "axes_over_diagonals_of_control",
        json_pack("[o, o]", io_json_number(finding->control_contrast_least),
                  io_json_number(finding->control_contrast_greatest)));
    set(object, "axes_over_diagonals_like_control",
        json_pack("[o, o]", io_json_number(finding->contrast_low), io_json_number(finding->contrast_high)));
    set(object, "first_quarter", io_json_number(finding->first_quarter));
    set(object, "one_sided", json_boolean(finding->one_sided));
    return object;
}

/* The planes of top-counts.npy, in its order: [i, j]. */
static json_t *top_counts(const struct srm_result *result)
{
    json_t *list = json_array();
    for (uint32_t b = 0; b < result->n_best; b++) {
        json_t *pair = json_array();
        json_array_append_new(pair, whole(result->best[b].plane.i));
        json_array_append_new(pair, whole(result->best[b].plane.j));
        json_array_append_new(list, pair);
    }
    return list;
}

static json_t *cost(const struct gpu *gpu, const struct srm_result *result)
{
    json_t *object = json_object();
    double seconds = (double)result->counting_ns * 1e-9;
    set(object, "method", io_json_text(result->method));
    set(object, "device_bytes", whole(result->device_bytes));
    set(object, "host_peak_bytes", whole(base_peak_memory_bytes()));
    set(object, "tests", whole(result->tests));
    set(object, "first_dispatch_ns", whole(gpu ? gpu_first_dispatch_ns(gpu) : 0));
    set(object, "counting_ns", whole(result->counting_ns));
    set(object, "analysis_ns", whole(result->total_ns));
    set(object, "tests_a_second", io_json_number(seconds > 0 ? (double)result->tests / seconds : NAN));
    return object;
}

json_t *cli_srm_document(struct gpu *gpu, const struct srm_parameters *parameters,
                         const struct srm_result *result, const struct cli_srm_record *record)
{
    json_t *root = json_object();
    set(root, "schema", json_string("arclight.srm"));
    set(root, "schema_version", json_integer(CLI_SRM_SCHEMA_VERSION));
    set(root, "program",
        json_pack("{s:s, s:s, s:s}", "name", "arclight", "version", cli_version(), "commit", cli_commit()));
    set(root, "configuration", record->configuration ? json_deep_copy(record->configuration) : json_null());
    set(root, "inputs", inputs(parameters));
    set(root, "device", device(gpu));
    set(root, "finding", finding_object(record->finding));
    set(root, "rows", rows(parameters, result));
    set(root, "centred", json_boolean(parameters->centre));
    set(root, "norms", norms(parameters, result, record->finding));
    set(root, "basis", basis(result));
    set(root, "planes", planes(parameters, result));
    set(root, "seed", whole(parameters->seed));
    set(root, "angles", whole(result->angles));
    set(root, "signed", json_boolean(parameters->difference));
    set(root, "automatic_epsilon", json_boolean(result->automatic_epsilon));
    set(root, "ranking", ranking(result));
    set(root, "hits_by_vector", vector_hits(result));
    set(root, "axis_measures", measures(result));
    set(root, "landmarks", landmarks(result));
    set(root, "epsilons", epsilons(result));
    set(root, "controls", controls(result));
    set(root, "labels", labels(parameters, result));
    set(root, "members", members(result));
    set(root, "projection", projection(result));
    if (!result->counts_written && result->n_best > 0)
        set(root, "top_counts", top_counts(result));
    set(root, "cost", cost(gpu, result));
    set(root, "kernels", cli_timings(gpu));
    set(root, "files", json_incref(record->files));
    return root;
}
