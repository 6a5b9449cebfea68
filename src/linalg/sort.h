/* Stable sorting of small keys. */
#ifndef ARCLIGHT_LINALG_SORT_H
#define ARCLIGHT_LINALG_SORT_H

#include "linalg/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sorts places by their keys, stably, and says where each key's run begins.
 *
 *   keys    a vector [1, capacity] uint32, each below `n_keys`; only the first *count are looked at
 *   count   a vector [1, 1] uint32 on the device, at most capacity (checked: more counts as capacity)
 *   order   a vector [1, capacity] uint32: order[i] = place of the i-th key, equal keys in order of place;
 * not written from *count on starts  a vector [1, n_keys + 1] uint32: order[starts[key] .. starts[key + 1])
 * are the key's places
 *
 * n_keys up to 2^20, capacity up to 2^31. Integer arithmetic only: the same on every device.
 * BASE_ERROR_INTERNAL for vectors that do not fit; BASE_ERROR_DEVICE_MEMORY without room for the scratch: 4
 * MiB at most, 8 bytes a place for more than 256 keys (32 on a GPU) and twice that for more than 65,536
 * (1,024). It begins as zeros, is made by the first call, grows, is kept by the caller between calls, and
 * destroyed with linalg_sort_scratch_free. */
struct linalg_sort_scratch {
    struct gpu_buffer *a, *b, *table;
};
struct linalg_sort_call {
    struct linalg_matrix keys, count, order, starts;
    uint32_t n_keys;
};
enum base_status linalg_sort(struct gpu *gpu, const struct linalg_sort_call *call,
                             struct linalg_sort_scratch *scratch);
/* The scratch for sorts of up to this size ahead of the first, and its bytes. */
enum base_status linalg_sort_reserve(struct gpu *gpu, uint64_t capacity, uint32_t n_keys,
                                     struct linalg_sort_scratch *scratch);
uint64_t linalg_sort_bytes(const struct gpu *gpu, uint64_t capacity, uint32_t n_keys);
void linalg_sort_scratch_free(struct gpu *gpu, struct linalg_sort_scratch *scratch);

#ifdef __cplusplus
}
#endif
#endif
