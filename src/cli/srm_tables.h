/* The tables of `arclight srm`: what is a number a plane, a row or a label, as files. Each function writes
 * one file whole or leaves the earlier one as it was. */
#ifndef ARCLIGHT_CLI_SRM_TABLES_H
#define ARCLIGHT_CLI_SRM_TABLES_H

#include "srm/analysis.h"

enum { CLI_MOST_TABLE_ROWS = 100000 }; /* of planes.csv; above it only the best planes are listed */

/* True when planes.csv would exceed CLI_MOST_TABLE_ROWS. */
bool cli_srm_planes_are_many(const struct srm_result *result);

/* Vectors of the plane at a position of the analysed set, and the angle between them in degrees: 90 for an
 * orthonormal basis, NaN for a degenerate plane. */
struct srm_plane cli_srm_plane_at(const struct srm_result *result, uint64_t position);
double cli_srm_plane_degrees(const struct srm_result *result, uint64_t position);

/* Of the statistics of a plane: its peak as a share of the rows, and where it is, in degrees. */
double cli_srm_peak_share(const struct srm_result *result, const struct srm_plane_statistics *statistics);
double cli_srm_peak_degrees(const struct srm_result *result, const struct srm_plane_statistics *statistics);
/* The same share over what isotropic rows would give at that epsilon. */
double cli_srm_lift(const struct srm_result *result, uint32_t epsilon,
                    const struct srm_plane_statistics *statistics);

/* "aligned", "anti-aligned", "oblique" (planes whose vectors are not at a right angle, ranked by lift). */
const char *cli_srm_list_name(enum srm_list list);

/* planes.csv: a row an (epsilon, plane), or the best planes alone; epsilon by epsilon, each in the order of
 * the planes, or of the ranking. With permutations a row an ordered pair, in the order of counts.npy; of the
 * best planes (i, j) and (j, i) after each other. Rank, list and q are the plane's in both. */
enum base_status cli_srm_write_planes_csv(const char *path, const struct srm_result *result);
/* planes.safetensors: a tensor a column; [planes] where an epsilon plays no part, else [epsilons, planes];
 * with permutations ordered pairs, as above. */
enum base_status cli_srm_write_planes_tensors(const char *path, const struct srm_result *result);
/* top-counts.npy: uint32 [epsilons, n_best, angles], in the order of `best`. */
enum base_status cli_srm_write_top_counts(const char *path, const struct srm_result *result);
/* members.csv: the rows in the cone at the peak of each plane listed. */
enum base_status cli_srm_write_members(const char *path, const struct srm_result *result);
/* labels.csv: a row an (epsilon, label); label-curves.npy: float64 [2, labels, epsilons, angles], mean and
 * population standard deviation over planes. */
enum base_status cli_srm_write_labels(const char *path, const struct srm_result *result);
enum base_status cli_srm_write_label_curves(const char *path, const struct srm_result *result);
/* projection.npy: uint32 [cells, cells], from the device; row 0 is the lowest along the second vector. */
enum base_status cli_srm_write_projection(struct gpu *gpu, const char *path, const struct srm_result *result);

#endif
