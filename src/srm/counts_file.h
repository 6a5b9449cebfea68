/* counts.npy: uint32 [epsilons, planes, angles], filled while the sets of planes are finished. */
#ifndef ARCLIGHT_SRM_COUNTS_FILE_H
#define ARCLIGHT_SRM_COUNTS_FILE_H

#include "srm/counter.h"

#ifdef __cplusplus
extern "C" {
#endif

struct srm_counts_file; /* the file appears under its name with srm_counts_file_commit */

/* `permutations`: the rows are ordered pairs (i, j), i != j, in lexicographic order; else planes i < j. The
 * planes are borrowed. */
enum base_status srm_counts_file_open(const char *folder, uint32_t n_epsilons, uint32_t angles,
                                      const struct srm_planes *planes, bool permutations,
                                      struct srm_counts_file **out);
/* Bytes of the data of such a file; UINT64_MAX when more than 2^64. */
uint64_t srm_counts_file_bytes(uint32_t n_epsilons, uint32_t angles, uint64_t planes, bool permutations);

/* How the curves of a target stand to the planes' first vectors. */
enum srm_direction { SRM_FORWARD /* from i to j */, SRM_BACKWARD /* from j to i */ };

/* Adds the counts of a finished target whose first plane is at `first`. For permutations a forward target
 * also gives the backward curves when `mirrored`: f_ji(k) = f_ij(A/4 - k). */
enum base_status srm_counts_file_add(struct gpu *gpu, struct srm_counts_file *file,
                                     const struct srm_target *target, uint64_t first,
                                     enum srm_direction direction, bool mirrored);
enum base_status srm_counts_file_commit(struct srm_counts_file **file);
void srm_counts_file_discard(struct srm_counts_file **file); /* NULL-safe */

#ifdef __cplusplus
}
#endif
#endif
