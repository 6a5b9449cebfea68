/* Which planes are analysed: pairs of basis vectors, in lexicographic order of (i, j). */
#ifndef ARCLIGHT_SRM_PLANES_H
#define ARCLIGHT_SRM_PLANES_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* More vectors than this in a basis are refused. */
#define SRM_MAX_VECTORS (1u << 20)

struct srm_plane {
    uint32_t i, j; /* i < j */
};

/* Number of planes of n_vectors <= SRM_MAX_VECTORS vectors: n (n - 1) / 2. */
static inline uint64_t srm_planes_count(uint32_t n_vectors)
{
    return (uint64_t)n_vectors * (n_vectors ? n_vectors - 1 : 0) / 2;
}

/* Position of (i, j), i < j < n_vectors, among all planes in lexicographic order; and back. Integers only. */
uint64_t srm_planes_index(uint32_t n_vectors, struct srm_plane plane);
struct srm_plane srm_planes_of_index(uint32_t n_vectors, uint64_t index);

/* ---- what the user asked for ---- */

enum srm_plane_choice_kind {
    SRM_PLANES_ALL,
    SRM_PLANES_SAMPLE, /* `count` planes drawn by the seed */
    SRM_PLANES_LISTED,
};

struct srm_plane_choice {
    enum srm_plane_choice_kind kind;
    uint64_t count;           /* of SRM_PLANES_SAMPLE and SRM_PLANES_LISTED */
    struct srm_plane *listed; /* [count], each with i < j, sorted, no plane twice */
};

/* Reads the value of --planes: "all", a count, or "i:j[,i:j...]" (either order of i and j; a plane named
 * twice is taken once, and said so). BASE_ERROR_USAGE names the bad part. srm_plane_choice_free when done. */
enum base_status srm_plane_choice_parse(const char *text, struct srm_plane_choice *choice);
void srm_plane_choice_free(struct srm_plane_choice *choice); /* NULL-safe members */

/* ---- the planes of one basis ---- */

/* The chosen planes of a basis of n_vectors. All planes are not stored, only computed. */
struct srm_planes {
    uint32_t n_vectors;
    uint64_t count;
    uint64_t *indices; /* [count] lexicographic positions, ascending; NULL: all planes */
    uint64_t *ordered; /* [2 count] for srm_planes_ordered_at; NULL: all planes */
};

/* Applies a choice to a basis of n_vectors. A sample takes O(count) memory and is every plane when the count
 * reaches their number. Fails with BASE_ERROR_INPUT for fewer than two or more than SRM_MAX_VECTORS vectors,
 * BASE_ERROR_USAGE for a listed plane out of range (saying how many vectors there are). srm_planes_free when
 * done. */
enum base_status srm_planes_make(const struct srm_plane_choice *choice, uint32_t n_vectors, uint64_t seed,
                                 struct srm_planes *planes);
void srm_planes_free(struct srm_planes *planes); /* NULL-safe members */

/* Plane at position `position` in [0, count); and `n` of them from `first` on into out[n], cheaper than one
 * by one. */
struct srm_plane srm_planes_at(const struct srm_planes *planes, uint64_t position);
void srm_planes_fill(const struct srm_planes *planes, uint64_t first, uint64_t n, struct srm_plane *out);

/* Ordered pairs, for --pairs perm: each plane once from either of its vectors, 2 count of them, in
 * lexicographic order of (first, second). */
struct srm_ordered_plane {
    uint32_t first, second;
    uint64_t position; /* of the plane {first, second} among `planes` */
    bool mirrored;     /* first > second: the plane is walked from its second vector */
};
struct srm_ordered_plane srm_planes_ordered_at(const struct srm_planes *planes, uint64_t position);

/* `count` distinct numbers below `bound` >= count, ascending, drawn from (seed, stream) (Floyd's method:
 * Bentley and Floyd, "A sample of brilliance", CACM 30, 1987): any subset is as likely as any other. */
enum base_status srm_planes_sample(uint64_t seed, uint64_t stream, uint64_t count, uint64_t bound,
                                   uint64_t *out);

#ifdef __cplusplus
}
#endif
#endif
