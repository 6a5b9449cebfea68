#include "srm/basis.h"

#include "base/memory.h"
#include "srm/dense.h"
#include "srm/eigen.h"
#include "srm/rotation.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Reads ":NUMBER" at `text` up to `most`; an empty text leaves *value alone. */
static bool read_suffix(const char *text, uint64_t most, uint64_t *value)
{
    if (*text == 0)
        return true;
    const char *digit = text + 1;
    uint64_t number = 0;
    for (; *digit >= '0' && *digit <= '9'; digit++) {
        uint64_t next = (uint64_t)(*digit - '0');
        if (number > (most - next) / 10)
            return false;
        number = number * 10 + next;
    }
    *value = number;
    return digit > text + 1 && *digit == 0;
}

/* True when `text` is `word` or `word` and ":..."; *suffix is what follows the word. */
static bool begins_with_word(const char *text, const char *word, const char **suffix)
{
    size_t length = strlen(word);
    *suffix = text + length;
    return strncmp(text, word, length) == 0 && (**suffix == 0 || **suffix == ':');
}

enum base_status srm_basis_choice_parse(const char *text, struct srm_basis_choice *choice)
{
    const char *suffix;
    uint64_t number = 0;
    *choice = (struct srm_basis_choice){.kind = SRM_BASIS_STANDARD};
    if (strcmp(text, "standard") == 0)
        return BASE_OK;
    if (begins_with_word(text, "pca", &suffix)) {
        choice->kind = SRM_BASIS_PCA;
        if (!read_suffix(suffix, UINT32_MAX, &number) || (*suffix && number < 2)) {
            return base_fail(
                BASE_ERROR_USAGE,
                "--basis: \"%s\" wants a count of at least 2 after pca: (for a file of that name write ./%s)",
                text, text);
        }
        choice->count = (uint32_t)number;
        return BASE_OK;
    }
    if (begins_with_word(text, "random", &suffix)) {
        choice->kind = SRM_BASIS_RANDOM;
        if (!read_suffix(suffix, UINT64_MAX, &choice->seed)) {
            return base_fail(
                BASE_ERROR_USAGE,
                "--basis: \"%s\" wants a whole number after random: (for a file of that name write ./%s)",
                text, text);
        }
        return BASE_OK;
    }
    if (*text == 0)
        return base_fail(BASE_ERROR_USAGE,
                         "--basis is empty; write standard, pca[:COUNT], random[:SEED] or a file");
    choice->kind = SRM_BASIS_FILE;
    choice->file = text;
    return BASE_OK;
}

static enum base_status allocate_vectors(struct srm_basis *basis)
{
    return base_allocate(&basis->vectors, (size_t)basis->n_vectors * basis->width, sizeof(double),
                         "the basis vectors");
}

void srm_basis_free(struct srm_basis *basis)
{
    base_free(basis->vectors);
    base_free(basis->variances);
    basis->vectors = NULL;
    basis->variances = NULL;
}

enum base_status srm_basis_standard(uint32_t width, struct srm_basis *basis)
{
    *basis = (struct srm_basis){.n_vectors = width, .width = width, .orthonormal = true, .name = "standard"};
    return BASE_OK;
}

/* One vector to unit length; squares of f32 values neither overflow nor vanish in double. */
static enum base_status normalise(const float *row, uint32_t width, uint32_t index, const char *source,
                                  double *out)
{
    double square = 0;
    for (uint32_t k = 0; k < width; k++) {
        out[k] = row[k];
        square += out[k] * out[k];
    }
    if (!isfinite(square)) {
        return base_fail(BASE_ERROR_INPUT,
                         "%s: row %" PRIu32 " holds NaN or Inf and cannot be a basis vector", source, index);
    }
    if (square == 0) {
        return base_fail(BASE_ERROR_INPUT,
                         "%s: row %" PRIu32 " is zero and cannot be a basis vector; leave it out", source,
                         index);
    }
    double length = sqrt(square);
    for (uint32_t k = 0; k < width; k++)
        out[k] /= length;
    return BASE_OK;
}

/* Ends at the first block with a pair that is not at a right angle, which for other bases is the first of
 * all. */
static bool all_right_angles(const struct srm_basis *basis)
{
    enum { rows = 16 };
    double cosines[rows * rows];
    if (basis->n_vectors > basis->width)
        return false;
    for (uint32_t i = 0; i < basis->n_vectors; i += rows) {
        for (uint32_t j = 0; j <= i; j += rows) {
            uint32_t n_i = basis->n_vectors - i < rows ? basis->n_vectors - i : rows;
            uint32_t n_j = basis->n_vectors - j < rows ? basis->n_vectors - j : rows;
            srm_dense_dots(basis->vectors + (uint64_t)i * basis->width, n_i,
                           basis->vectors + (uint64_t)j * basis->width, n_j, basis->width, cosines, rows);
            for (uint32_t a = 0; a < n_i; a++) {
                for (uint32_t b = 0; b < n_j; b++) {
                    if (i + a != j + b && !(fabs(cosines[a * rows + b]) <= 5e-7))
                        return false;
                }
            }
        }
    }
    return true;
}

enum base_status srm_basis_from_rows(const float *rows, uint32_t n_rows, uint32_t width, const char *source,
                                     struct srm_basis *basis)
{
    enum base_status status;
    *basis = (struct srm_basis){.n_vectors = n_rows, .width = width, .name = "file"};
    BASE_CHECK(allocate_vectors(basis));
    for (uint32_t r = 0; r < n_rows; r++) {
        uint64_t at = (uint64_t)r * width;
        BASE_CHECK(normalise(rows + at, width, r, source, basis->vectors + at));
    }
    basis->orthonormal = all_right_angles(basis);
    return BASE_OK;
error:
    srm_basis_free(basis);
    return status;
}

enum base_status srm_basis_random(uint32_t width, uint64_t seed, struct srm_basis *basis)
{
    enum base_status status;
    *basis = (struct srm_basis){.n_vectors = width, .width = width, .orthonormal = true};
    (void)snprintf(basis->name, sizeof basis->name, "random:%" PRIu64, seed);
    BASE_CHECK(allocate_vectors(basis));
    BASE_CHECK(srm_rotation_frame(seed, 0, width, width, basis->vectors));
    return BASE_OK;
error:
    srm_basis_free(basis);
    return status;
}

enum base_status srm_basis_pca(const double *covariance, uint32_t width, uint32_t count,
                               struct srm_basis *basis)
{
    enum base_status status;
    *basis = (struct srm_basis){.n_vectors = count ? count : width, .width = width, .orthonormal = true};
    if (count > width) {
        return base_fail(BASE_ERROR_USAGE,
                         "--basis pca:%" PRIu32 ": rows of width %" PRIu32 " have at most %" PRIu32
                         " principal components",
                         count, width, width);
    }
    (void)snprintf(basis->name, sizeof basis->name, "pca:%" PRIu32, basis->n_vectors);
    BASE_CHECK(allocate_vectors(basis));
    BASE_CHECK(
        base_allocate(&basis->variances, basis->n_vectors, sizeof(double), "the principal components"));
    BASE_CHECK(srm_eigen_leading(covariance, width, basis->n_vectors, basis->variances, basis->vectors));
    return BASE_OK;
error:
    srm_basis_free(basis);
    return status;
}

void srm_basis_vectors(const struct srm_basis *basis, uint32_t first, uint32_t count, float *out)
{
    for (uint64_t r = 0; r < count; r++) {
        for (uint64_t k = 0; k < basis->width; k++) {
            out[r * basis->width + k] = basis->vectors ? (float)basis->vectors[(first + r) * basis->width + k]
                                                       : (float)(first + r == k);
        }
    }
}
