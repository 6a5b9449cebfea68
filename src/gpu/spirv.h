/* A walk over SPIR-V modules: what the device room adds to them and what the tests read out of them. The
 * numbers are those of the SPIR-V specification, version 1.6, sections 2.3 and 3. */
#ifndef ARCLIGHT_GPU_SPIRV_H
#define ARCLIGHT_GPU_SPIRV_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is asked of every 32-bit float operation of a module. */
struct gpu_spirv_controls {
    bool round_to_nearest_even; /* execution mode RoundingModeRTE 32 */
    bool preserve_nan;          /* execution mode SignedZeroInfNanPreserve 32 */
};

/* A copy of the module with the controls added to each of its entry points; freed with base_free.
 * BASE_ERROR_INTERNAL for words that are no module. */
enum base_status gpu_spirv_add_controls(const uint32_t *words, size_t n_words,
                                        struct gpu_spirv_controls controls, uint32_t **out, size_t *n_out);

/* The push-constant block as the shader lays it out. A block whose only member is a struct counts as that
 * struct. */
enum { GPU_SPIRV_MAX_MEMBERS = 64 };
struct gpu_spirv_block {
    uint32_t n_members;                      /* 0: the module has no push constants */
    uint32_t offsets[GPU_SPIRV_MAX_MEMBERS]; /* bytes */
    bool all_words;                          /* every member is a 32-bit int, uint or float */
};
enum base_status gpu_spirv_push_block(const uint32_t *words, size_t n_words, struct gpu_spirv_block *block);

/* One more than the greatest binding of descriptor set 0; 0: none. BASE_ERROR_INPUT for other sets. */
enum base_status gpu_spirv_bindings(const uint32_t *words, size_t n_words, uint32_t *bindings);

#ifdef __cplusplus
}
#endif
#endif
