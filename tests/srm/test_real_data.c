/* Counts of real activations against the CPU reference, byte for byte: MNIST autoencoders (all rows, all
 * planes) and the neurons of a language model (a sample of planes). */
#include "base/memory.h"
#include "srm/analysis.h"
#include "srm/null.h"
#include "srm/reference.h"
#include "support/analysis.h"
#include "support/device.h"
#include "support/test.h"

#include <stdlib.h>

static struct gpu *gpu;

/* The reference's counts of the planes of a result, over all rows of the set; all of them must be finite. */
static uint32_t *reference_counts(struct data_activations *activations, const struct srm_result *result)
{
    uint64_t n = data_rows(activations), cells = result->n_epsilons * result->planes * result->angles;
    uint32_t width = data_width(activations);
    float *rows = calloc(n * width, sizeof *rows), *norms = calloc(n, sizeof *norms);
    struct srm_pair *pairs = calloc(result->planes, sizeof *pairs);
    uint32_t *counts = calloc(cells, sizeof *counts);
    assert_true(result->summary.non_finite_rows == 0);
    assert_ok(data_read(activations, 0, n, rows));
    srm_reference_prepare(rows, n, width, rows, norms);
    for (uint64_t p = 0; p < result->planes; p++) {
        struct srm_plane plane = result->list ? result->list[p] : srm_planes_of_index(width, p);
        pairs[p] = (struct srm_pair){plane.i, plane.j, 0};
    }
    assert_ok(srm_reference_counts_fast(&(struct srm_reference_input){.projections = rows,
                                                                      .squared_norms = norms,
                                                                      .n_rows = n,
                                                                      .n_vectors = width,
                                                                      .pairs = pairs,
                                                                      .n_pairs = result->planes,
                                                                      .epsilons = result->epsilons,
                                                                      .n_epsilons = result->n_epsilons,
                                                                      .n_angles = result->angles},
                                        counts));
    free(rows), free(norms), free(pairs);
    return counts;
}

static void check_file(const char *argument, uint64_t rows, struct srm_plane_choice planes)
{
    struct data_activations *activations = test_open(argument, 0, rows);
    const double epsilons[] = {srm_null_automatic_epsilon(data_width(activations)), 0.9};
    struct srm_parameters parameters = test_parameters(activations);
    parameters.epsilons = epsilons;
    parameters.n_epsilons = 2;
    parameters.planes = planes;
    parameters.folder = test_folder_named("counts");
    struct srm_result result = test_analyse(gpu, &parameters);
    uint32_t *got = test_read_counts(parameters.folder, 2, result.planes, 360);
    uint32_t *wanted = reference_counts(activations, &result);
    uint64_t all = 0;
    for (uint64_t c = 0; c < 2 * result.planes * 360; c++) {
        all += wanted[c];
        if (got[c] != wanted[c])
            fail_msg("%s: plane %llu, angle %llu: %u, expected %u", argument,
                     (unsigned long long)(c / 360 % result.planes), (unsigned long long)(c % 360), got[c],
                     wanted[c]);
    }
    assert_true(all > result.planes);
    free(wanted);
    base_free(got);
    srm_result_free(gpu, &result);
    data_close(&activations);
}

static void autoencoders_count_as_the_reference(void **state)
{
    (void)state;
    const char *const files[] = {
        test_shared_data("mnist-ae-tanh.safetensors"),
        test_shared_data("mnist-ae-relu.safetensors"),
        test_shared_data("mnist-ae-isotropic-tanh.safetensors"),
    };
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++)
        if (files[f])
            check_file(files[f], 0, (struct srm_plane_choice){.kind = SRM_PLANES_ALL});
}

static void neurons_count_as_the_reference(void **state)
{
    (void)state;
    const char *file = test_shared_data("smollm2-mlp15.safetensors");
    if (file)
        check_file(file, 2000, (struct srm_plane_choice){.kind = SRM_PLANES_SAMPLE, .count = 3000});
}

/* A basis that has nothing to do with the data must not look as if it had. The isotropic null alone would
 * call 14 to 29 % of these planes significant. */
static void check_random_basis(const char *argument, const char *basis)
{
    struct data_activations *activations = test_open(argument, 0, 2000);
    struct srm_parameters parameters = test_parameters(activations);
    parameters.basis = basis;
    parameters.planes = (struct srm_plane_choice){.kind = SRM_PLANES_SAMPLE, .count = 4000};
    parameters.controls = 1;
    struct srm_result result = test_analyse(gpu, &parameters);
    if (result.n_ranked < 500 || result.n_significant * 100 >= result.n_ranked)
        fail_msg("%s, %s: %llu of %llu ranked planes have q < 0.05", argument, basis,
                 (unsigned long long)result.n_significant, (unsigned long long)result.n_ranked);
    srm_result_free(gpu, &result);
    data_close(&activations);
}

static void random_bases_mean_nothing(void **state)
{
    (void)state;
    const char *const files[] = {
        test_shared_data("smollm2-mlp15.safetensors"),
        test_shared_data("smollm2-resid15.safetensors"),
    };
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        if (!files[f])
            continue;
        check_random_basis(files[f], "random:1");
        check_random_basis(files[f], "random:2");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(autoencoders_count_as_the_reference),
        cmocka_unit_test(neurons_count_as_the_reference),
        cmocka_unit_test(random_bases_mean_nothing),
    };
    gpu = test_gpu();
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
