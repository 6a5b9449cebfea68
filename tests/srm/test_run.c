/* Runs cut into several blocks of rows and several sets of planes give what one block and one set give; rows
 * with NaN or Inf are left out; labels and centring choose and move rows as they say. */
#include "base/memory.h"
#include "base/random.h"
#include "srm/reference.h"
#include "srm/survey.h"
#include "support/analysis.h"
#include "support/device.h"
#include "support/files.h"
#include "support/test.h"

#include <stdlib.h>

/* Blocks of at most 1,638 rows, sets of at most 91 planes. */
#define SMALL_DEVICE "storage_range_bytes=131072"

enum { ROWS = 2000, WIDTH = 19, ANGLES = 360, PLANES = WIDTH * (WIDTH - 1) / 2, CELLS = PLANES * ANGLES };

static const double epsilon = 0.45;

static float *rows_with_faults(void)
{
    float *rows = calloc((size_t)ROWS * WIDTH, sizeof *rows);
    for (uint32_t r = 0; r < ROWS; r++) {
        for (uint32_t i = 0; i < WIDTH; i++)
            rows[r * WIDTH + i] =
                (float)base_random_normal(3, BASE_STREAM_TEST, (uint64_t)r * WIDTH + i) + (i == 2 ? 1.5f : 0);
        if (r % 101 == 4)
            rows[r * WIDTH + r % WIDTH] = r % 2 ? NAN : -INFINITY;
        if (r % 97 == 5)
            memset(rows + r * WIDTH, 0, WIDTH * sizeof *rows);
    }
    return rows;
}

static bool finite_row(const float *row)
{
    for (uint32_t i = 0; i < WIDTH; i++)
        if (!isfinite(row[i]))
            return false;
    return true;
}

/* The rows that should be counted, moved by `centre`, into kept[ROWS, WIDTH]. `label` -1: every finite row.
 */
static uint64_t keep_rows(const float *rows, const int64_t *labels, int64_t label, const double *centre,
                          float *kept)
{
    uint64_t n = 0;
    for (uint32_t r = 0; r < ROWS; r++) {
        if (!finite_row(rows + r * WIDTH) || (label >= 0 && labels[r] != label))
            continue;
        for (uint32_t i = 0; i < WIDTH; i++)
            kept[n * WIDTH + i] =
                centre ? (float)((double)rows[r * WIDTH + i] - centre[i]) : rows[r * WIDTH + i];
        n++;
    }
    return n;
}

static uint32_t *reference_counts(const float *rows, uint64_t n)
{
    float *scaled = calloc(n * WIDTH, sizeof *scaled), *norms = calloc(n, sizeof *norms);
    struct srm_pair pairs[PLANES];
    uint32_t *counts = calloc(CELLS, sizeof *counts);
    for (uint32_t p = 0; p < PLANES; p++) {
        struct srm_plane plane = srm_planes_of_index(WIDTH, p);
        pairs[p] = (struct srm_pair){plane.i, plane.j, 0};
    }
    srm_reference_prepare(rows, n, WIDTH, scaled, norms);
    assert_ok(srm_reference_counts_fast(&(struct srm_reference_input){.projections = scaled,
                                                                      .squared_norms = norms,
                                                                      .n_rows = n,
                                                                      .n_vectors = WIDTH,
                                                                      .pairs = pairs,
                                                                      .n_pairs = PLANES,
                                                                      .epsilons = &epsilon,
                                                                      .n_epsilons = 1,
                                                                      .n_angles = ANGLES},
                                        counts));
    free(scaled), free(norms);
    return counts;
}

/* ---- a run that collects its counts ---- */

struct collection {
    struct gpu *gpu;
    uint32_t *counts;
    uint32_t sets, blocks;
    uint64_t planes, taken;
};

static enum base_status collect(void *context, const struct srm_target *target, uint64_t first)
{
    struct collection *c = context;
    assert_true(first == c->planes);
    c->sets++;
    c->planes += target->planes;
    return gpu_download(c->gpu, target->counts, 0, c->counts + first * ANGLES,
                        4u * (uint64_t)target->planes * ANGLES);
}

static struct collection run(struct gpu *gpu, const struct srm_source *source, const struct srm_plane *list,
                             uint64_t block_bytes, uint64_t target_bytes)
{
    struct collection c = {.gpu = gpu, .counts = calloc(CELLS, sizeof *c.counts)};
    struct srm_counter counter;
    struct srm_stream stream;
    assert_ok(srm_counter_create(
        gpu,
        &(struct srm_counter_parameters){
            .vectors = WIDTH, .angles = ANGLES, .epsilons = &epsilon, .n_epsilons = 1, .total_rows = ROWS},
        &counter));
    assert_ok(srm_stream_create(gpu,
                                &(struct srm_stream_parameters){.source = *source,
                                                                .vectors = WIDTH,
                                                                .quantise_scale = counter.quantise_scale,
                                                                .most_bytes = block_bytes},
                                &stream));
    assert_ok(srm_run(&(struct srm_run){.gpu = gpu,
                                        .counter = &counter,
                                        .stream = &stream,
                                        .list = list,
                                        .n_planes = list ? PLANES : 0,
                                        .finished = collect,
                                        .context = &c,
                                        .most_bytes = target_bytes}));
    assert_true(c.planes == PLANES);
    c.blocks = stream.blocks;
    c.taken = stream.taken;
    srm_stream_destroy(gpu, &stream);
    srm_counter_destroy(gpu, &counter);
    return c;
}

static void assert_same_counts(const uint32_t *got, const uint32_t *wanted, const char *what)
{
    for (uint32_t c = 0; c < CELLS; c++)
        if (got[c] != wanted[c])
            fail_msg("%s: plane %u, angle %u: %u, expected %u", what, c / ANGLES, c % ANGLES, got[c],
                     wanted[c]);
}

static void pieces_make_the_whole(void **state)
{
    (void)state;
    float *rows = rows_with_faults(), *kept = calloc((size_t)ROWS * WIDTH, sizeof *kept);
    uint64_t n = keep_rows(rows, NULL, -1, NULL, kept);
    assert_true(n == ROWS - 20);
    uint32_t *wanted = reference_counts(kept, n);
    struct data_activations *activations = test_activations("faults.npy", rows, ROWS, WIDTH);
    const struct srm_source source = {.activations = activations};
    struct srm_plane list[PLANES];
    for (uint32_t p = 0; p < PLANES; p++)
        list[p] = srm_planes_of_index(WIDTH, p);

    struct collection c = run(test_gpu(), &source, NULL, 1 << 24, 1 << 24);
    assert_int_equal(c.blocks, 1);
    assert_int_equal(c.sets, 1);
    assert_true(c.taken == n);
    assert_same_counts(c.counts, wanted, "one block");
    free(c.counts);

    struct gpu *small = test_gpu_open(SMALL_DEVICE);
    static const struct {
        const char *name;
        uint64_t block_bytes, target_bytes;
        bool listed;
    } ways[] = {
        {"several sets kept at once", 1 << 20, 1 << 24, false},
        {"one set at a time, rows read again", 1 << 20, 1, false},
        {"blocks of few rows", 40000, 1 << 18, false},
        {"listed planes", 1 << 20, 1 << 17, true},
    };
    for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
        c = run(small, &source, ways[w].listed ? list : NULL, ways[w].block_bytes, ways[w].target_bytes);
        assert_true(c.blocks > 1);
        assert_true(c.sets > 1);
        assert_true(c.taken == n);
        assert_same_counts(c.counts, wanted, ways[w].name);
        free(c.counts);
    }
    assert_int_equal(test_gpu_close(&small), 0);
    data_close(&activations);
    free(rows), free(kept), free(wanted);
}

/* A block in which no row is left, among others. */
static void empty_blocks_do_no_harm(void **state)
{
    (void)state;
    float *rows = rows_with_faults(), *kept = calloc((size_t)ROWS * WIDTH, sizeof *kept);
    for (uint32_t r = 500; r < 1700; r++)
        rows[r * WIDTH] = NAN;
    uint64_t n = keep_rows(rows, NULL, -1, NULL, kept);
    uint32_t *wanted = reference_counts(kept, n);
    struct data_activations *activations = test_activations("hole.npy", rows, ROWS, WIDTH);
    struct gpu *small = test_gpu_open(SMALL_DEVICE);
    struct collection c = run(small, &(struct srm_source){.activations = activations}, NULL, 30000, 1 << 24);
    assert_true(c.blocks >= 5);
    assert_true(c.taken == n);
    assert_same_counts(c.counts, wanted, "with empty blocks");
    assert_int_equal(test_gpu_close(&small), 0);
    data_close(&activations);
    free(c.counts), free(rows), free(kept), free(wanted);
}

static void labels_divide_the_rows(void **state)
{
    (void)state;
    float *rows = rows_with_faults(), *kept = calloc((size_t)ROWS * WIDTH, sizeof *kept);
    int64_t *labels = calloc(ROWS, sizeof *labels);
    for (uint32_t r = 0; r < ROWS; r++)
        labels[r] = r * 7 % 13 < 4 ? 0 : r % 3;
    uint32_t *all = reference_counts(kept, keep_rows(rows, NULL, -1, NULL, kept));
    uint32_t *sum = calloc(CELLS, sizeof *sum);
    struct data_activations *activations = test_activations("labelled.npy", rows, ROWS, WIDTH);
    for (int64_t label = 0; label < 3; label++) {
        uint64_t n = keep_rows(rows, labels, label, NULL, kept);
        uint32_t *wanted = reference_counts(kept, n);
        struct collection c = run(
            test_gpu(), &(struct srm_source){.activations = activations, .labels = labels, .label = label},
            NULL, 60000, 1 << 24);
        assert_true(c.taken == n);
        assert_same_counts(c.counts, wanted, "one label");
        for (uint32_t cell = 0; cell < CELLS; cell++)
            sum[cell] += c.counts[cell];
        free(wanted), free(c.counts);
    }
    assert_same_counts(sum, all, "all labels together");
    data_close(&activations);
    free(rows), free(kept), free(labels), free(all), free(sum);
}

static void centring_moves_every_row(void **state)
{
    (void)state;
    float *rows = rows_with_faults(), *kept = calloc((size_t)ROWS * WIDTH, sizeof *kept);
    struct data_activations *activations = test_activations("centred.npy", rows, ROWS, WIDTH);
    struct data_summary summary;
    assert_ok(data_summarise(activations, &summary));
    assert_true(summary.mean[2] > 1.3);
    uint64_t n = keep_rows(rows, NULL, -1, summary.mean, kept);
    uint32_t *wanted = reference_counts(kept, n);
    struct collection c =
        run(test_gpu(), &(struct srm_source){.activations = activations, .centre = summary.mean}, NULL, 60000,
            1 << 24);
    assert_same_counts(c.counts, wanted, "centred");
    data_summary_free(&summary);
    data_close(&activations);
    free(c.counts), free(rows), free(kept), free(wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_make_the_whole),
        cmocka_unit_test(empty_blocks_do_no_harm),
        cmocka_unit_test(labels_divide_the_rows),
        cmocka_unit_test(centring_moves_every_row),
    };
    test_gpu();
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
