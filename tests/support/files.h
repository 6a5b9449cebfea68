/* Files for tests: a folder of its own for each test program, gone when the program ends. */
#ifndef ARCLIGHT_TEST_FILES_H
#define ARCLIGHT_TEST_FILES_H

#include <stddef.h>
#include <stdint.h>

/* The program's folder, made at the first call. */
const char *test_folder(void);

/* `name` in that folder; the string lives to the end of the program. */
const char *test_path(const char *name);

/* Writes a file of that name there and returns its path. */
const char *test_file(const char *name, const void *bytes, size_t count);

/* An .npy of this type ("<f4") and shape ("(2, 3)"), 1.0; returns its path. */
const char *test_npy(const char *name, const char *type, int fortran_order, const char *shape,
                     const void *data, size_t bytes);

/* The whole file, freed with base_free; *count its length. */
uint8_t *test_read_file(const char *path, size_t *count);

#endif
