/* The text of each token, from a JSON file of untrusted origin. */
#ifndef ARCLIGHT_DATA_VOCABULARY_H
#define ARCLIGHT_DATA_VOCABULARY_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct data_vocabulary;

/* An array of texts in order of token number, or an object from text to number (as Hugging Face's
 * vocab.json). Tokens may be pieces of characters, so bytes that are not UTF-8, and surrogates that stand
 * alone, become U+FFFD. BASE_ERROR_INPUT names the fault: not JSON, neither of both, larger than 256 MiB,
 * numbers negative or beyond 2^24. The caller frees with data_vocabulary_free. */
enum base_status data_vocabulary_read(const char *path, struct data_vocabulary **out);
void data_vocabulary_free(struct data_vocabulary **vocabulary); /* NULL-safe */

uint32_t data_vocabulary_count(const struct data_vocabulary *vocabulary);
/* UTF-8 text of *bytes bytes, in which any character may stand, U+0000 too; "" for a number without text. */
const char *data_vocabulary_text(const struct data_vocabulary *vocabulary, uint32_t token, uint32_t *bytes);

#ifdef __cplusplus
}
#endif
#endif
