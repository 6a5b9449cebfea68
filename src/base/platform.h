/* Everything asked of the operating system: clock, files, folders, threads, signals, terminal. A port to
 * another system touches the files platform*.c, and nothing else. */
#ifndef ARCLIGHT_BASE_PLATFORM_H
#define ARCLIGHT_BASE_PLATFORM_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Monotonic time in ns. */
uint64_t base_clock_ns(void);

/* Largest resident set of this process so far, in bytes; 0 when unknown. */
uint64_t base_peak_memory_bytes(void);

/* True when file descriptor 1 (standard output) or 2 (standard error) is a terminal. */
bool base_is_terminal(int descriptor);

/* True when file descriptor 1 or 2 is a pipe whose reader has closed it: what is left to say, nobody reads.
 */
bool base_reader_is_gone(int descriptor);

/* ---- reading ---- */

struct base_file; /* a file open for reading at any offset */

/* Opens `path` for reading. Fails with BASE_ERROR_INPUT naming path and reason; folders are refused.
 * The caller closes with base_file_close. */
enum base_status base_file_open(const char *path, struct base_file **out);
void base_file_close(struct base_file **file);

/* Size in bytes when opened; modification time in seconds since 1970. */
uint64_t base_file_size(const struct base_file *file);
int64_t base_file_modified(const struct base_file *file);
const char *base_file_path(const struct base_file *file); /* owned by the file */

/* Reads exactly `bytes` at `offset`; a shorter file is BASE_ERROR_INPUT ("truncated"). Safe from many
 * threads. */
enum base_status base_file_read(struct base_file *file, uint64_t offset, void *memory, size_t bytes);

/* True when there is anything at `path`. */
bool base_path_exists(const char *path);
/* True when `path` is a folder. */
bool base_is_folder(const char *path);

/* A number that changes when the file is written or another takes its place; 0: there is none. */
uint64_t base_path_stamp(const char *path);

/* Names in a folder, sorted by byte order, without "." and ".."; freed with base_list_free. */
enum base_status base_folder_list(const char *path, char ***names, size_t *count);
void base_list_free(char ***names, size_t count);

/* ---- writing ---- */

/* A file that appears under its name only when complete: written as `path`.tmp.<pid> beside it, flushed to
 * disk and renamed by base_output_commit. */
struct base_output;

/* Fails with BASE_ERROR_FILE_SYSTEM. On success *out is owned by the caller until commit or discard. */
enum base_status base_output_open(const char *path, struct base_output **out);
/* The same for a thread that writes while others go on: none of the calls below that are about all outputs
 * see it, nor the second Ctrl-C; what a death leaves of it is for base_outputs_sweep. */
enum base_status base_output_open_apart(const char *path, struct base_output **out);
/* After a failed write the output remembers the failure; commit then fails too. */
enum base_status base_output_write(struct base_output *output, const void *memory, size_t bytes);
/* Writes at an absolute offset (for files filled out of order). */
enum base_status base_output_write_at(struct base_output *output, uint64_t offset, const void *memory,
                                      size_t bytes);
/* Reads back what was written: an output may so be the scratch of another, and be discarded in the end. */
enum base_status base_output_read_at(struct base_output *output, uint64_t offset, void *memory, size_t bytes);
/* Flush, rename, flush the folder; releases the output in every case. On failure the old file is untouched
 * and the temporary is gone. */
enum base_status base_output_commit(struct base_output **output);
/* Results of several files should be seen all or not at all: from gather on, committed outputs keep their
 * temporary names until publish renames them, oldest first. A failure before publish, with
 * base_output_discard_all on the way out, leaves every earlier file as it was. */
void base_outputs_gather(void);
enum base_status base_outputs_publish(void);
/* Ends gathering without publishing: removes the temporaries of what was committed since. */
void base_outputs_abandon(void);
/* Removes the temporary; NULL-safe. */
void base_output_discard(struct base_output **output);
/* Removes the temporaries of all outputs still open: for the way out after an error or Ctrl-C. */
void base_output_discard_all(void);

/* Removes the temporaries that processes which have ended left in `folder` of files whose names `is_ours`
 * takes. Those of a process with this one's number count among them (a container's first process always has
 * the same), so this is called before such a file is opened here. */
enum base_status base_outputs_sweep(const char *folder, bool (*is_ours)(const char *name));

/* Removes the file at `path`; none there is fine. BASE_ERROR_FILE_SYSTEM otherwise. */
enum base_status base_file_remove(const char *path);

/* A file that one process at a time holds; nobody holds it any more once that one has ended, however. */
struct base_lock;

/* Makes the file and takes hold of it: *out is NULL when another has it. Where the file system knows no
 * locks, everybody gets one. BASE_ERROR_FILE_SYSTEM when the file cannot be made. */
enum base_status base_lock_take(const char *path, struct base_lock **out);
/* False where the file system knows no locks. */
bool base_lock_is_exclusive(const struct base_lock *lock);
/* True while somebody holds the file; also where the file is there and the file system knows no locks.
 * Nothing is made or removed. */
bool base_lock_is_held(const char *path);
/* Removes the file and lets go of it; NULL-safe. */
void base_lock_release(struct base_lock **lock);

/* Removes a folder and all that is in it; a link itself, not what it leads to, be it within or `path`; a file
 * as well. BASE_ERROR_FILE_SYSTEM. */
enum base_status base_folder_remove(const char *path);

/* Makes `path` and its parents; existing folders are fine. BASE_ERROR_FILE_SYSTEM otherwise. */
enum base_status base_folder_make(const char *path);

/* `folder`/`name` into a new string (base_free); NULL when memory is exhausted. */
char *base_path_join(const char *folder, const char *name);

/* XDG cache folder of Arclight ("…/arclight"), made when missing; NULL when there is none to be had
 * (unset HOME, unwritable). Freed with base_free. */
char *base_cache_folder(void);
/* XDG configuration folder of Arclight, not made: whoever writes there makes it. NULL without HOME. Freed
 * with base_free. */
char *base_config_folder(void);

/* ---- threads ---- */

struct base_thread;
struct base_mutex;
struct base_condition;

/* Runs `body(context)` in a thread of its own, which SIGINT and SIGTERM do not visit: they stay with the
 * threads there were. BASE_ERROR_FILE_SYSTEM when the system has none left. The caller joins. */
enum base_status base_thread_start(enum base_status (*body)(void *context), void *context,
                                   struct base_thread **out);
/* Waits for the body's end and returns what it returned; when that is a failure its message becomes this
 * thread's. Releases the thread; NULL-safe (BASE_OK). */
enum base_status base_thread_join(struct base_thread **thread);
/* Waits as well, and forgets how the body ended: this thread's message stays. For ways out; NULL-safe. */
void base_thread_discard(struct base_thread **thread);

/* Not recursive. make fails with BASE_ERROR_FILE_SYSTEM; free is NULL-safe, nobody may hold or wait. */
enum base_status base_mutex_make(struct base_mutex **out);
void base_mutex_free(struct base_mutex **mutex);
void base_mutex_lock(struct base_mutex *mutex);
void base_mutex_unlock(struct base_mutex *mutex);

enum base_status base_condition_make(struct base_condition **out);
void base_condition_free(struct base_condition **condition);
/* Lets go of the mutex, sleeps until woken and takes it again. It may wake for nothing: ask again. */
void base_condition_wait(struct base_condition *condition, struct base_mutex *mutex);
/* The same, for so long at most. */
void base_condition_wait_ns(struct base_condition *condition, struct base_mutex *mutex, uint64_t ns);
void base_condition_wake_all(struct base_condition *condition);

/* ---- programs ---- */

/* True when there is a program of this name on PATH. */
bool base_program_exists(const char *name);
/* Runs a program of PATH to its end, with nothing on its standard input. `arguments` begin with its name and
 * end with NULL; what it says on standard output and error goes into said[bytes], cut where it does not fit,
 * with a 0 behind it; *code is its exit code, 128 when a signal ended it. BASE_ERROR_FILE_SYSTEM when it
 * cannot be run, or the system does not tell how it ended. May be called from any thread. */
enum base_status base_program_run(const char *const *arguments, char *said, size_t bytes, int *code);

/* ---- libraries ---- */

/* A shared library that stays loaded until the process ends; NULL when there is none of this name. */
void *base_library_load(const char *name);
/* Copies the address of a library's function to *out, a pointer to a pointer to a function. False when the
 * library has none of this name. */
bool base_library_find(void *library, const char *name, void *out);

/* ---- signals ---- */

/* From here on the first SIGINT or SIGTERM only sets a flag, the second ends the process at once. */
void base_signals_install(void);
/* True once interrupted, in any thread. Long loops ask and return BASE_INTERRUPTED. */
bool base_interrupted(void);

#ifdef __cplusplus
}
#endif
#endif
