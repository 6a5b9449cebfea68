/* What the readers of autoencoder files share: a format's names for the tensors of struct sae_model, and
 * fields of its JSON. Everything comes from untrusted files. Not for other rooms. */
#ifndef ARCLIGHT_SAE_WEIGHT_FILE_H
#define ARCLIGHT_SAE_WEIGHT_FILE_H

#include "io/tensor.h"
#include "sae/model.h"

struct json_t; /* jansson's */

/* A tensor of the model under the name that a format gives it. */
struct sae_weight_name {
    const char *member;  /* "W_enc", … */
    const char *in_file; /* NULL ends a list */
    bool transposed;     /* the file has [cols, rows] */
    bool scalar;         /* the file has one number for all latents */
};

/* Makes the model of this architecture from the tensors of a file. Each tensor of the architecture must be
 * there once, of the shape that the architecture gives it, finite, of a float type; any other tensor in the
 * file that is not among `ignored` (ended by NULL; may be NULL) is refused, since it would change what the
 * autoencoder computes. Shapes are compared before memory is asked for. BASE_ERROR_INPUT names file, tensor
 * and fault, and `what` ("a topk autoencoder"). The caller frees with sae_model_free. */
enum base_status sae_weight_file_read(struct io_file *file, const struct sae_architecture *architecture,
                                      const struct sae_weight_name *names, const char *const *ignored,
                                      const char *what, struct sae_model *model);

/* The tensor of this name, NULL: none. */
const struct io_tensor *sae_weight_file_find(const struct io_file *file, const char *name);

/* Sizes of the tensor called `name`, which must be a matrix, within what Arclight can hold. */
enum base_status sae_weight_file_matrix(const struct io_file *file, const char *name, uint64_t *rows,
                                        uint64_t *cols);

/* Sizes that Arclight can hold: d_in, d_out, d_sae from 1 to 2^20. `where` begins the message. */
enum base_status sae_sizes_check(const char *where, const struct sae_architecture *architecture);

/* Fields of a JSON object; `where` is the file. Wrong types and numbers below `least` or above `most` are
 * BASE_ERROR_INPUT. A key that is not there, or null, leaves *value alone, unless it is `needed`. */
enum base_status sae_json_integer(const struct json_t *object, const char *key, const char *where,
                                  bool needed, int64_t least, int64_t most, int64_t *value);
enum base_status sae_json_flag(const struct json_t *object, const char *key, const char *where, bool *value);
/* *value is owned by the object. */
enum base_status sae_json_text(const struct json_t *object, const char *key, const char *where, bool needed,
                               const char **value);
/* The object as a model's metadata (base_free): compact JSON, NULL where it is empty. */
enum base_status sae_json_metadata(const struct json_t *object, const char *where, char **metadata);

#endif
