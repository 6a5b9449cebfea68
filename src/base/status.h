/* Status codes and the one error message.
 *
 * Every function that can fail returns `enum base_status`. The values are the program's exit codes, so a
 * failure keeps its class all the way out. The message is made once, where the failure is seen, by
 * base_fail(); callers only pass the status on. */
#ifndef ARCLIGHT_BASE_STATUS_H
#define ARCLIGHT_BASE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

enum base_status {
    BASE_OK = 0,
    BASE_ERROR_INTERNAL = 1,      /* a defect of Arclight */
    BASE_ERROR_USAGE = 2,         /* options that cannot be meant */
    BASE_ERROR_INPUT = 3,         /* a file or value given by the user is wrong */
    BASE_ERROR_NO_DEVICE = 4,     /* no Vulkan device that suffices, or its self-check failed */
    BASE_ERROR_DEVICE_MEMORY = 5, /* the plan does not fit, or an allocation failed */
    BASE_ERROR_DEVICE_LOST = 6,   /* the driver dropped work or the device */
    BASE_ERROR_NUMERIC = 7,       /* NaN or Inf where numbers must be */
    BASE_ERROR_FILE_SYSTEM = 8,   /* cannot write, disk full, out of host memory */
    BASE_INTERRUPTED = 130,       /* Ctrl-C; nothing half-written is left */
};

/* Sets this thread's message (printf-style, one sentence or more, no final newline: what, where, what to do)
 * and returns `status`, so that a failure is one statement: `return base_fail(BASE_ERROR_INPUT, "...")`. */
enum base_status base_fail(enum base_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* This thread's last message; "" when there was none. Owned by base/, valid until the next base_fail. */
const char *base_message(void);

/* Leaves the calling function when `call` fails. For functions with nothing to release. */
#define BASE_TRY(call)                                                                                       \
    do {                                                                                                     \
        enum base_status base_try_status_ = (call);                                                          \
        if (base_try_status_ != BASE_OK)                                                                     \
            return base_try_status_;                                                                         \
    } while (0)

/* Goes to the label `error` when `call` fails, with the status in the local variable `status`. */
#define BASE_CHECK(call)                                                                                     \
    do {                                                                                                     \
        status = (call);                                                                                     \
        if (status != BASE_OK)                                                                               \
            goto error;                                                                                      \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
