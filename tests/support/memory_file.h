/* A file in memory, for tests that open thousands of files. */
#ifndef ARCLIGHT_TEST_MEMORY_FILE_H
#define ARCLIGHT_TEST_MEMORY_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Puts the bytes into a file in memory and returns its path; the next call writes over it. */
const char *test_memory_file(const uint8_t *data, size_t size);

#endif
