#include "srm/subject.h"

#include "base/memory.h"
#include "srm/angles.h"
#include "srm/covariance.h"
#include "srm/gram.h"
#include "srm/null.h"

#include <math.h>
#include <stdio.h>

enum { ROWS_AT_ONCE = 1024 };

/* ---- rows ---- */

static enum base_status survey(struct srm_subject *subject)
{
    const struct srm_parameters *parameters = subject->parameters;
    BASE_TRY(data_summarise(parameters->activations, &subject->summary));
    const struct data_summary *summary = &subject->summary;
    const char *first = data_shard_at(parameters->activations, 0).path;
    unsigned long long rows = summary->rows, bad = summary->non_finite_rows;
    if (data_width(parameters->activations) < 2)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: rows of one value have no plane; at least two columns are needed", first);
    if (parameters->strict && bad > 0)
        return base_fail(
            BASE_ERROR_INPUT,
            "%s: %llu of %llu rows hold NaN or Inf, and --strict is given; without it they are left "
            "out and counted",
            first, bad, rows);
    if (rows == bad)
        return base_fail(BASE_ERROR_INPUT, "%s: each of the %llu rows holds NaN or Inf", first, rows);
    if (rows - bad == summary->zero_rows)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: only zero rows: %llu of them, and a zero row has no direction", first,
                         (unsigned long long)summary->zero_rows);
    subject->source = (struct srm_source){
        .activations = parameters->activations,
        .centre = parameters->centre ? summary->mean : NULL,
    };
    return BASE_OK;
}

/* ---- basis ---- */

/* Principal components are those about the mean, whether or not the rows are centred for counting. */
static enum base_status basis_from_rows_themselves(const struct srm_subject *subject, uint32_t count,
                                                   struct srm_basis *basis)
{
    uint32_t width = data_width(subject->source.activations);
    uint64_t all = data_rows(subject->source.activations);
    const struct srm_source source = {.activations = subject->source.activations};
    struct srm_covariance *covariance = NULL;
    double *matrix = NULL;
    float *rows = NULL;
    enum base_status status;
    BASE_CHECK(srm_covariance_make(width, subject->summary.mean, &covariance));
    BASE_CHECK(base_allocate(&rows, (size_t)ROWS_AT_ONCE * width, sizeof *rows, "rows"));
    BASE_CHECK(base_allocate(&matrix, (size_t)width * width, sizeof *matrix, "covariance"));
    for (uint64_t from = 0; from < all; from += ROWS_AT_ONCE) {
        uint64_t kept;
        BASE_CHECK(srm_source_read(&source, from, base_minimum(ROWS_AT_ONCE, all - from), rows, NULL, &kept));
        srm_covariance_add(covariance, rows, kept);
    }
    BASE_CHECK(srm_covariance_read(covariance, matrix));
    BASE_CHECK(srm_basis_pca(matrix, width, count, basis));
error:
    srm_covariance_free(&covariance);
    base_free(rows);
    base_free(matrix);
    return status;
}

static enum base_status make_basis(struct srm_subject *subject)
{
    uint32_t width = data_width(subject->source.activations);
    struct srm_basis_choice choice;
    const struct srm_parameters *parameters = subject->parameters;
    if (parameters->vectors && (parameters->n_vectors < 2 || parameters->n_vectors > SRM_MAX_VECTORS))
        return base_fail(BASE_ERROR_INPUT, "%s: %u basis vectors; between 2 and %u are needed",
                         parameters->basis, parameters->n_vectors, SRM_MAX_VECTORS);
    if (parameters->vectors)
        return srm_basis_from_rows(parameters->vectors, parameters->n_vectors, width, parameters->basis,
                                   &subject->basis);
    BASE_TRY(srm_basis_choice_parse(subject->parameters->basis, &choice));
    switch (choice.kind) {
    case SRM_BASIS_STANDARD:
        return srm_basis_standard(width, &subject->basis);
    case SRM_BASIS_RANDOM:
        return srm_basis_random(width, choice.seed, &subject->basis);
    case SRM_BASIS_PCA:
        return basis_from_rows_themselves(subject, choice.count, &subject->basis);
    case SRM_BASIS_FILE:
        return srm_basis_from_file(choice.file, width, &subject->basis);
    }
    return base_fail(BASE_ERROR_INTERNAL, "basis of unknown kind %d", (int)choice.kind);
}

/* ---- planes ---- */

static enum base_status measure_angles(struct srm_subject *subject)
{
    enum { PLANES_AT_ONCE = 4096 };
    static const char what[] = "angles between basis vectors";
    uint64_t n = subject->planes.count;
    struct srm_plane *planes = NULL;
    struct srm_pair *pairs = NULL;
    enum base_status status;
    BASE_CHECK(base_allocate(&subject->cosines, n, sizeof *subject->cosines, what));
    BASE_CHECK(base_allocate(&planes, PLANES_AT_ONCE, sizeof *planes, what));
    BASE_CHECK(base_allocate(&pairs, PLANES_AT_ONCE, sizeof *pairs, what));
    for (uint64_t first = 0; first < n; first += PLANES_AT_ONCE) {
        uint64_t count = base_minimum(PLANES_AT_ONCE, n - first);
        srm_planes_fill(&subject->planes, first, count, planes);
        srm_gram_pairs(&subject->basis, planes, count, pairs);
        for (uint64_t p = 0; p < count; p++) {
            bool degenerate = srm_pair_degenerate(pairs[p]);
            subject->cosines[first + p] = degenerate ? NAN : pairs[p].cosine;
            subject->degenerate += degenerate;
            if (!degenerate)
                subject->largest_cosine = fmax(subject->largest_cosine, fabs(pairs[p].cosine));
        }
    }
    if (subject->degenerate == n)
        status = base_fail(
            BASE_ERROR_INPUT,
            "basis %s: every chosen pair of vectors is parallel or antiparallel; none spans a plane",
            subject->parameters->basis);
error:
    base_free(planes);
    base_free(pairs);
    return status;
}

/* Few vectors make few planes: those are listed too, because a workgroup a plane then beats tiles. */
static bool needs_list(const struct srm_subject *subject)
{
    enum { FEW_VECTORS = 64 };
    return subject->planes.indices || subject->basis.n_vectors < FEW_VECTORS;
}

static enum base_status choose_planes(struct srm_subject *subject)
{
    const struct srm_parameters *parameters = subject->parameters;
    BASE_TRY(
        srm_planes_make(&parameters->planes, subject->basis.n_vectors, parameters->seed, &subject->planes));
    if (subject->planes.count > SRM_MOST_PLANES)
        return base_fail(
            BASE_ERROR_USAGE,
            "%llu planes of %u vectors are more than the %d whose statistics are kept; use --planes "
            "COUNT for a sample",
            (unsigned long long)subject->planes.count, subject->basis.n_vectors, SRM_MOST_PLANES);
    if (needs_list(subject)) {
        BASE_TRY(
            base_allocate(&subject->list, subject->planes.count, sizeof *subject->list, "list of planes"));
        srm_planes_fill(&subject->planes, 0, subject->planes.count, subject->list);
    }
    return subject->basis.orthonormal ? BASE_OK : measure_angles(subject);
}

/* ---- thresholds ---- */

static enum base_status choose_epsilons(struct srm_subject *subject)
{
    const struct srm_parameters *parameters = subject->parameters;
    subject->n_epsilons = parameters->n_epsilons ? parameters->n_epsilons : 1;
    if (subject->n_epsilons > SRM_MAX_EPSILONS)
        return base_fail(BASE_ERROR_USAGE, "--epsilon: %u values; at most %d can be counted in one pass",
                         subject->n_epsilons, SRM_MAX_EPSILONS);
    BASE_TRY(base_allocate(&subject->epsilons, subject->n_epsilons, sizeof(double), "epsilons"));
    subject->epsilons[0] = srm_null_automatic_epsilon(data_width(parameters->activations));
    for (uint32_t e = 0; e < parameters->n_epsilons; e++) {
        if (!(parameters->epsilons[e] >= -1 && parameters->epsilons[e] <= 1))
            return base_fail(BASE_ERROR_USAGE, "--epsilon: %g is not a cosine; it must lie in [-1, 1]",
                             parameters->epsilons[e]);
        subject->epsilons[e] = parameters->epsilons[e];
    }
    return BASE_OK;
}

static enum base_status check_angles(const struct srm_parameters *parameters)
{
    if (parameters->angles < SRM_MIN_ANGLES || parameters->angles > SRM_MAX_ANGLES)
        return base_fail(BASE_ERROR_USAGE, "--angles: %u; between %d and %d angles can be counted",
                         parameters->angles, SRM_MIN_ANGLES, SRM_MAX_ANGLES);
    if (parameters->difference && parameters->angles % 2)
        return base_fail(BASE_ERROR_USAGE,
                         "--signed takes f(θ) - f(θ + 180°), so --angles must be even; it is %u",
                         parameters->angles);
    return BASE_OK;
}

enum base_status srm_subject_make(const struct srm_parameters *parameters, struct srm_subject *subject)
{
    *subject = (struct srm_subject){.parameters = parameters};
    BASE_TRY(check_angles(parameters));
    BASE_TRY(choose_epsilons(subject));
    BASE_TRY(survey(subject));
    BASE_TRY(make_basis(subject));
    return choose_planes(subject);
}

void srm_subject_free(struct srm_subject *subject)
{
    data_summary_free(&subject->summary);
    srm_basis_free(&subject->basis);
    srm_planes_free(&subject->planes);
    base_free(subject->list);
    base_free(subject->cosines);
    base_free(subject->epsilons);
    *subject = (struct srm_subject){0};
}
