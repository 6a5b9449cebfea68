/* Shaders that are edited while a window shows what they draw: a folder of sources is watched, what is saved
 * there is compiled by a program (glslang) in a thread of its own and takes the place of what the build
 * embedded. What does not compile changes nothing and is told. */
#ifndef ARCLIGHT_LIVE_RELOAD_H
#define ARCLIGHT_LIVE_RELOAD_H

#include "gpu/gpu.h"

#ifdef __cplusplus
extern "C" {
#endif

struct live_reload;

/* `folder`: the source's shaders/, with its rooms. Files count as known as they are now. BASE_ERROR_USAGE
 * when it is no such folder, or no compiler or no spirv-val is on PATH. Closed by the caller before the gpu.
 */
enum base_status live_reload_open(struct gpu *gpu, const char *folder, struct live_reload **out);
void live_reload_close(struct live_reload **reload); /* NULL-safe; waits for the compiler's file at hand */

/* Looks at the files, from time to time, and takes over what has been compiled before it looks again: one
 * kernel that draws a call, and all that compute in the first call that is between_steps of a training. The
 * driver's compiler is all it waits for. Not within a frame. *changed: pictures are to be drawn anew. */
enum base_status live_reload_serve(struct live_reload *reload, bool between_steps, bool *changed);

/* What is wrong with what was saved, "view/curve.frag:12: …"; "": nothing. And how many shaders have been
 * taken over. */
const char *live_reload_fault(const struct live_reload *reload);
uint64_t live_reload_count(const struct live_reload *reload);

#ifdef __cplusplus
}
#endif
#endif
