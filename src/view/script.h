/* Input events in a text file: what `--script` replays and what a live window records. One event a line, in
 * ascending order of frames; '#' begins a comment at a line's start and behind an event that is complete (it
 * is a key, too: "12 key #"), but not behind `type`:
 *
 *   FRAME key [ctrl+][alt+][shift+]KEY        12 key ctrl+s         (keys as in view/event.h)
 *   FRAME move X Y                            14 move 400 300
 *   FRAME press|release BUTTON X Y [CLICKS]   15 press left 400 300 2     (left, middle, right; a release
 *                                                                          tells no clicks: passed over)
 *   FRAME wheel X Y WHEEL_X WHEEL_Y           20 wheel 400 300 0 -1
 *   FRAME resize WIDTH HEIGHT [SCALE]         30 resize 1920 1080 1
 *   FRAME leave | hide | show | close
 *   FRAME type TEXT                           each character as a key, to the end of the line
 *
 * ctrl+, alt+ and shift+ may stand before move, press, release and wheel: "15 shift+press left 400 300". Text
 * is UTF-8, up to 16 MiB in lines up to 4096 bytes; lengths are up to a million, events too, a picture's
 * sides up to 16384 pixels.
 *
 * An event of frame F is seen before frame F (from 0) is drawn. */
#ifndef ARCLIGHT_VIEW_SCRIPT_H
#define ARCLIGHT_VIEW_SCRIPT_H

#include "base/status.h"
#include "view/event.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct view_script;

/* BASE_ERROR_INPUT names file and line. The caller closes. */
enum base_status view_script_open(const char *path, struct view_script **out);
void view_script_close(struct view_script **script); /* NULL-safe */
/* The next event of `frame` or an earlier one that was not given yet. */
bool view_script_event(struct view_script *script, uint64_t frame, struct view_event *event);
/* The last frame that has an event; 0 without any. */
uint64_t view_script_last_frame(const struct view_script *script);

/* Writes an event as a line that is read back as the same event. BASE_ERROR_FILE_SYSTEM. */
enum base_status view_script_write(FILE *file, uint64_t frame, const struct view_event *event);

#ifdef __cplusplus
}
#endif
#endif
