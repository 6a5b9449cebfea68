/* What the fuzz targets share. Each target is one file with libFuzzer's entry point; replay.c is the main
 * that runs files through it in the normal suite, so that seeds and past findings stay tested without clang.
 */
#ifndef ARCLIGHT_FUZZ_H
#define ARCLIGHT_FUZZ_H

#include "support/memory_file.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Opens the file and does with it all that a program would: lists, finds, reads rows from both ends, checks.
 */
void fuzz_use_file(const char *path);

#endif
