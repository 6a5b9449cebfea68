/* What every test includes: cmocka, and a few checks it lacks. */
#ifndef ARCLIGHT_TEST_H
#define ARCLIGHT_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/status.h"

/* |a - b| <= tolerance, and neither is NaN. */
#define assert_in_double(a, b, tolerance)                                                                    \
    do {                                                                                                     \
        double a_ = (a), b_ = (b), t_ = (tolerance);                                                         \
        if (!(fabs(a_ - b_) <= t_))                                                                          \
            fail_msg("%s = %.17g, expected %.17g within %g", #a, a_, b_, t_);                                \
    } while (0)

/* The call gives BASE_OK; otherwise its message is shown. */
#define assert_ok(call)                                                                                      \
    do {                                                                                                     \
        enum base_status status_ = (call);                                                                   \
        if (status_ != BASE_OK)                                                                              \
            fail_msg("%s: status %d: %s", #call, status_, base_message());                                   \
    } while (0)

/* The call fails with this status and its message contains `part`. */
#define assert_fails(call, wanted, part)                                                                     \
    do {                                                                                                     \
        enum base_status status_ = (call);                                                                   \
        if (status_ != (wanted))                                                                             \
            fail_msg("%s: status %d, expected %d: %s", #call, status_, wanted, base_message());              \
        if (!strstr(base_message(), part))                                                                   \
            fail_msg("%s: message lacks \"%s\": %s", #call, part, base_message());                           \
    } while (0)

#include <string.h>

#endif
