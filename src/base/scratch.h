/* Folders in the cache for what is not kept: gone when released, and when a process died over one, at the
 * next making of another. */
#ifndef ARCLIGHT_BASE_SCRATCH_H
#define ARCLIGHT_BASE_SCRATCH_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct base_scratch;

/* A new folder "<noun>-…" in base_cache_folder, which this process holds by a lock beside it. Folders of the
 * same noun that nobody holds any more are removed first. BASE_ERROR_FILE_SYSTEM. The caller releases. */
enum base_status base_scratch_make(const char *noun, struct base_scratch **out);
const char *base_scratch_path(const struct base_scratch *scratch);
/* Removes the folder; this thread's message stays, and what cannot be removed is said. NULL-safe. */
void base_scratch_release(struct base_scratch **scratch);

#ifdef __cplusplus
}
#endif
#endif
