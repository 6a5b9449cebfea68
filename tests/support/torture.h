/* Makes Vulkan calls fail on purpose: every entry point that can fail is put behind a counter, and the call
 * of a chosen number returns an error without being made. Works through the function pointers that volk
 * holds. */
#ifndef ARCLIGHT_TEST_TORTURE_H
#define ARCLIGHT_TEST_TORTURE_H

#include <stdbool.h>
#include <stdint.h>

enum test_torture_kind { TEST_TORTURE_MEMORY, TEST_TORTURE_LOST };

/* From here on, from the next time the Vulkan functions are loaded, call number `first` (1, 2, …; 0: none)
 * fails, and all later ones too with `persistent`. */
void test_torture_start(uint64_t first, enum test_torture_kind kind, bool persistent);
/* No more failures; gives the number of calls counted since the start. */
uint64_t test_torture_stop(void);
/* The call that failed first, "" when none has. */
const char *test_torture_victim(void);

#endif
