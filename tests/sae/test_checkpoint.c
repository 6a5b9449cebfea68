/* Checkpoints of real trainers: training goes on with the same bits, kinds and configurations that do not go
 * together are refused, and a full disk leaves what there was. test_resume.c breaks whole runs off. */
#define _GNU_SOURCE
#include "support/autoencoder.h"
#include "support/device.h"
#include "support/files.h"
#include "support/test.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "sae/checkpoint_file.h"
#include "sae/start.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { BATCH = 32, D_IN = 12, D_OUT = 10, D_SAE = 40, STEPS = 6 };

static const char head[] = "{\"inputs\":[\"a.npy\"],\"device\":\"any\"}", run_name[] = "run-1";

/* Dead latents, steering and annealing all have something to do within six steps. */
static struct sae_config config_of(const char *kind)
{
    struct sae_config config = {.kind = sae_kind_find(kind), .total_rows = STEPS * BATCH, .batch = BATCH};
    assert_non_null(config.kind);
    config.architecture.d_in = D_IN;
    config.architecture.d_out = D_OUT;
    config.architecture.d_sae = D_SAE;
    config.architecture.n_inputs = config.kind->several_inputs ? 2 : 1;
    enum sae_activation activation = config.kind->activation;
    if (activation == SAE_TOPK || activation == SAE_BATCHTOPK)
        config.architecture.k = 4;
    if (activation == SAE_JUMPRELU)
        config.target_l0 = 5;
    sae_config_defaults(&config);
    config.learning_rate = 1e-2;
    config.warmup = 2;
    config.dead_after = 2 * BATCH;
    return config;
}

static float *rows_of(const struct sae_config *config, uint64_t step)
{
    const struct sae_architecture *a = &config->architecture;
    return test_rows(BATCH, a->d_in + (a->transcoder ? a->d_out : 0), 1000 + step);
}

static struct sae_trainer *trainer_of(struct gpu *gpu, const struct sae_config *config, uint64_t seed)
{
    struct sae_config seeded = *config;
    struct sae_model start;
    struct sae_trainer *trainer;
    float *targets = test_rows(BATCH, config->architecture.d_out, 1);
    seeded.seed = seed; /* of the start only */
    assert_ok(sae_start_model(&seeded, targets, BATCH, config->architecture.d_out, &start));
    assert_ok(sae_trainer_create(gpu, config, &start, 1.5, 0.5, &trainer));
    sae_model_free(&start);
    free(targets);
    return trainer;
}

static void train_to(struct sae_trainer *trainer, uint64_t step)
{
    for (uint64_t at = sae_trainer_state(trainer).step; at < step; at++) {
        float *rows = rows_of(sae_trainer_config(trainer), at);
        struct sae_record record;
        assert_ok(sae_trainer_step(trainer, rows, &record));
        assert_false(record.bad);
        free(rows);
    }
}

static struct data_shuffle_position position_of(uint64_t step)
{
    return (struct data_shuffle_position){.epoch = step / 4, .index = step, .rows = step * BATCH};
}

static struct sae_checkpoint_writer *writer_of(struct gpu *gpu, const struct sae_checkpoint_place *places,
                                               uint32_t n_places)
{
    struct sae_checkpoint_writer *writer;
    assert_ok(sae_checkpoint_writer_open(
        &(struct sae_checkpoint_parameters){
            .gpu = gpu, .places = places, .n_places = n_places, .keep_last = 2},
        &writer));
    return writer;
}

static enum base_status begin(struct sae_checkpoint_writer *writer, struct sae_trainer *trainer)
{
    struct data_shuffle_position position = position_of(sae_trainer_state(trainer).step);
    return sae_checkpoint_begin(writer, &(struct sae_checkpoint_content){trainer, head}, &position);
}

static const char *folder_of(const char *name)
{
    const char *folder = test_path(name);
    assert_ok(base_folder_make(folder));
    return folder;
}

/* The step's file in one folder is that of another, byte for byte. */
static void files_are_equal(const char *a, const char *b, uint64_t step)
{
    char *paths[] = {sae_checkpoint_name(a, step), sae_checkpoint_name(b, step)};
    size_t counts[2];
    uint8_t *bytes[] = {test_read_file(paths[0], &counts[0]), test_read_file(paths[1], &counts[1])};
    assert_int_equal(counts[0], counts[1]);
    assert_memory_equal(bytes[0], bytes[1], counts[0]);
    for (int i = 0; i < 2; i++) {
        base_free(paths[i]);
        base_free(bytes[i]);
    }
}

/* Half the steps, a checkpoint, the other half; and the other half from the checkpoint, in a trainer that
 * began elsewhere. */
static void goes_on(struct gpu *gpu, const struct sae_config *config, uint64_t half)
{
    static int pair;
    char names[2][32];
    snprintf(names[0], sizeof names[0], "unbroken-%d", pair);
    snprintf(names[1], sizeof names[1], "broken-%d", pair++);
    const struct sae_checkpoint_place unbroken = {folder_of(names[0]), run_name},
                                      broken = {folder_of(names[1]), run_name};
    struct sae_trainer *trainer = trainer_of(gpu, config, 1);
    struct sae_checkpoint_writer *writer = writer_of(gpu, &unbroken, 1);
    struct sae_checkpoint *read;
    struct sae_config again;
    train_to(trainer, half);
    assert_ok(begin(writer, trainer));
    train_to(trainer, STEPS); /* while it is being written */
    assert_ok(sae_checkpoint_finish(writer));
    assert_ok(sae_checkpoint_find(&unbroken, 1, &read));
    assert_int_equal(sae_checkpoint_step(read), half);
    assert_string_equal(sae_checkpoint_head(read), head);
    assert_int_equal(sae_checkpoint_position(read).rows, half * BATCH);
    assert_ok(begin(writer, trainer));
    sae_checkpoint_writer_close(&writer); /* waits */
    sae_trainer_destroy(&trainer);

    assert_ok(sae_checkpoint_config(read, &again));
    trainer = trainer_of(gpu, &again, 2);
    train_to(trainer, 1); /* leaves traces everywhere */
    assert_ok(sae_checkpoint_restore(read, gpu, trainer));
    sae_checkpoint_free(&read);
    writer = writer_of(gpu, &broken, 1);
    assert_ok(begin(writer, trainer));
    assert_ok(sae_checkpoint_finish(writer));
    files_are_equal(unbroken.folder, broken.folder, half);
    train_to(trainer, STEPS);
    assert_ok(begin(writer, trainer));
    assert_ok(sae_checkpoint_finish(writer));
    files_are_equal(unbroken.folder, broken.folder, STEPS);
    sae_checkpoint_writer_close(&writer);
    sae_trainer_destroy(&trainer);
}

static void every_kind_goes_on_with_the_same_bits(void **state)
{
    (void)state;
    uint64_t half = 0;
    for (const struct sae_kind *kind = sae_kinds; kind->name; kind++) {
        struct sae_config config = config_of(kind->name);
        goes_on(test_gpu(), &config, half++ % STEPS);
        config.decoder_norm = SAE_NORM_UNIT;
        if (config.architecture.rescale_by_decoder_norm) /* by norms that rounding keeps off 1 */
            goes_on(test_gpu(), &config, STEPS / 2);
        config.architecture.rescale_by_decoder_norm = false;
        goes_on(test_gpu(), &config, half++ % STEPS);
    }
}

/* Two trainers of one stream, a folder each; the thread's figures; what is asked while it writes. */
static void several_are_written_together(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    const struct sae_checkpoint_place places[] = {{folder_of("topk"), "a"}, {folder_of("relu"), "b"}};
    const struct sae_config configs[] = {config_of("topk"), config_of("standard")};
    struct sae_trainer *trainers[] = {trainer_of(gpu, &configs[0], 1), trainer_of(gpu, &configs[1], 1)};
    const struct sae_checkpoint_content contents[] = {{trainers[0], "{\"k\":4}"}, {trainers[1], "{}"}};
    struct sae_checkpoint_writer *writer = writer_of(gpu, places, 2);
    struct sae_checkpoint *read[2];
    bool writing = false;
    assert_ok(sae_checkpoint_poll(writer, &writing));
    assert_false(writing);
    for (uint64_t step = 1; step <= 3; step++) {
        struct data_shuffle_position position = position_of(step);
        train_to(trainers[0], step);
        if (step == 2)
            assert_fails(sae_checkpoint_begin(writer, contents, &position), BASE_ERROR_INTERNAL,
                         "different steps");
        train_to(trainers[1], step);
        assert_ok(sae_checkpoint_begin(writer, contents, &position));
    }
    for (writing = true; writing;)
        assert_ok(sae_checkpoint_poll(writer, &writing));
    struct sae_checkpoint_figures figures = sae_checkpoint_figures(writer);
    assert_true(figures.written && figures.step == 3 && figures.copy_ns > 0 && figures.write_ns > 0);
    assert_ok(sae_checkpoint_find(places, 2, read));
    assert_int_equal(sae_checkpoint_step(read[0]), 3);
    assert_int_equal(figures.bytes, read[0]->layout.file_bytes + read[1]->layout.file_bytes);
    assert_string_equal(sae_checkpoint_head(read[0]), "{\"k\":4}");
    assert_string_equal(sae_checkpoint_run(read[1]), "b");
    assert_true(base_path_exists(test_path("relu/checkpoint-000000002.arclight")));
    assert_false(base_path_exists(test_path("relu/checkpoint-000000001.arclight"))); /* keep_last is 2 */
    for (int i = 0; i < 2; i++) {
        sae_checkpoint_free(&read[i]);
        sae_trainer_destroy(&trainers[i]);
    }
    sae_checkpoint_writer_close(&writer);
}

/* The weights as they stand on the device. */
static uint64_t sum_of(struct gpu *gpu, const struct sae_trainer *trainer)
{
    struct sae_section sections[SAE_MOST_SECTIONS];
    uint32_t count = sae_trainer_sections(trainer, sections);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *bytes;
        assert_ok(base_allocate(&bytes, sections[i].bytes, 1, "test"));
        assert_ok(gpu_download(gpu, sections[i].buffer, sections[i].offset, bytes, sections[i].bytes));
        for (uint64_t j = 0; j < sections[i].bytes; j++)
            sum = sum * 1099511628211u + bytes[j];
        base_free(bytes);
    }
    return sum;
}

static void restore_fails(const struct sae_checkpoint *checkpoint, const struct sae_config *config,
                          const char *part)
{
    struct gpu *gpu = test_gpu();
    struct sae_trainer *trainer = trainer_of(gpu, config, 3);
    uint64_t before = sum_of(gpu, trainer);
    assert_fails(sae_checkpoint_restore(checkpoint, gpu, trainer), BASE_ERROR_INPUT, part);
    assert_true(strstr(base_message(), sae_checkpoint_path(checkpoint)) != NULL);
    assert_int_equal(sum_of(gpu, trainer), before);
    sae_trainer_destroy(&trainer);
}

/* The same bytes with one thing changed, and all checksums right. */
static void changed_restore_fails(const struct sae_checkpoint *checkpoint, const struct sae_config *config,
                                  void (*change)(struct sae_checkpoint_layout *layout, uint8_t *bytes),
                                  const char *part)
{
    struct sae_checkpoint_layout layout = checkpoint->layout;
    struct sae_checkpoint *read;
    uint8_t *bytes;
    assert_ok(base_allocate(&bytes, layout.file_bytes, 1, "test"));
    memcpy(bytes, checkpoint->bytes, layout.file_bytes);
    change(&layout, bytes);
    sae_checkpoint_seal(&layout, bytes);
    assert_ok(sae_checkpoint_read(test_file("changed.arclight", bytes, layout.file_bytes), NULL, &read));
    restore_fails(read, config, part);
    sae_checkpoint_free(&read);
    base_free(bytes);
}

static void rename_section(struct sae_checkpoint_layout *layout, uint8_t *bytes)
{
    uint8_t *entries =
        bytes + layout->sections[0].offset - 8 - SAE_CHECKPOINT_ENTRY * (uint64_t)layout->n_sections;
    entries[3 * SAE_CHECKPOINT_ENTRY] ^= 32;
}

static void exchange_lengths(struct sae_checkpoint_layout *layout, uint8_t *bytes)
{
    uint32_t last = layout->n_sections - 1;
    layout->sections[last].bytes -= 4;
    layout->sections[last - 1].bytes += 8;
    layout->sections[last].bytes -= 4;
    assert_ok(sae_checkpoint_lay_out(layout));
    sae_checkpoint_put_frame(layout, head, bytes);
}

static void too_many_dead(struct sae_checkpoint_layout *layout, uint8_t *bytes)
{
    bytes[layout->sections[1].offset + 24 + 1] = 1;
}

static void break_config(struct sae_checkpoint_layout *layout, uint8_t *bytes)
{
    bytes[layout->sections[0].offset] = '[';
}

static void what_does_not_go_together(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    const struct sae_checkpoint_place place = {folder_of("other"), run_name};
    struct sae_config config = config_of("topk");
    struct sae_trainer *trainer = trainer_of(gpu, &config, 1);
    struct sae_checkpoint_writer *writer = writer_of(gpu, &place, 1);
    struct sae_checkpoint *read;
    assert_ok(begin(writer, trainer));
    assert_ok(sae_checkpoint_finish(writer));
    assert_ok(sae_checkpoint_find(&place, 1, &read));
    struct sae_config other = config;
    other.architecture.k = 5;
    restore_fails(read, &other, "\"k\" is 4.0 there and 5.0 here");
    other = config;
    other.architecture.d_sae = other.widths[0] = D_SAE + 1;
    restore_fails(read, &other, "\"d-sae\" is 40 there and 41 here");
    other = config;
    other.total_rows *= 2;
    restore_fails(read, &other, "\"total-rows\"");
    other = config_of("standard");
    restore_fails(read, &other, "of another configuration");
    changed_restore_fails(read, &config, rename_section, "which this training needs");
    changed_restore_fails(read, &config, exchange_lengths, "bytes there, and");
    changed_restore_fails(read, &config, too_many_dead, "dead latents of 40");
    changed_restore_fails(read, &config, break_config, "changed.arclight");
    assert_ok(sae_checkpoint_restore(read, gpu, trainer));
    sae_checkpoint_free(&read);
    sae_checkpoint_writer_close(&writer);
    sae_trainer_destroy(&trainer);
}

static void writers_that_cannot_be(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct sae_checkpoint_writer *writer;
    const struct sae_checkpoint_place nowhere = {test_path("no/such"), run_name},
                                      bad = {test_folder(), "a b"};
    struct sae_checkpoint_parameters parameters = {
        .gpu = gpu, .places = &nowhere, .n_places = 1, .keep_last = 1};
    assert_fails(sae_checkpoint_writer_open(&parameters, &writer), BASE_ERROR_INPUT, "cannot list");
    assert_null(writer);
    parameters.places = &bad;
    assert_fails(sae_checkpoint_writer_open(&parameters, &writer), BASE_ERROR_INTERNAL, "run's name");
    parameters.keep_last = 0;
    assert_fails(sae_checkpoint_writer_open(&parameters, &writer), BASE_ERROR_INTERNAL, "are kept");
    sae_checkpoint_writer_close(&writer);
}

/* ---- a full disk ---- */

static size_t files_in(const char *folder)
{
    char **names;
    size_t count;
    assert_ok(base_folder_list(folder, &names, &count));
    base_list_free(&names, count);
    return count;
}

/* Files may have 4,000 bytes for a while, which fails in the middle as a full disk does: said once, what was
 * there stays, training goes on, and so does writing when there is room again. */
static void a_full_disk(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    const struct sae_checkpoint_place place = {folder_of("full"), run_name};
    struct sae_config config = config_of("batchtopk");
    struct sae_trainer *trainer = trainer_of(gpu, &config, 1);
    struct sae_checkpoint_writer *writer = writer_of(gpu, &place, 1);
    struct sae_checkpoint *read;
    struct rlimit limit;
    bool writing = true;
    for (uint64_t step = 1; step <= 3; step++) {
        train_to(trainer, step);
        assert_ok(begin(writer, trainer));
        assert_ok(sae_checkpoint_finish(writer));
    }
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit small = {4000, limit.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    enum base_status statuses[4] = {0};
    char message[1000];
    train_to(trainer, 4);
    statuses[0] = begin(writer, trainer);
    train_to(trainer, 5);
    while (writing && statuses[1] == BASE_OK)
        statuses[1] = sae_checkpoint_poll(writer, &writing);
    snprintf(message, sizeof message, "%s", base_message());
    bool written = sae_checkpoint_figures(writer).written;
    statuses[2] = begin(writer, trainer);
    statuses[3] = begin(writer, trainer); /* tells what became of the one before */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(statuses[0], BASE_OK);
    assert_int_equal(statuses[1], BASE_ERROR_FILE_SYSTEM);
    assert_true(strstr(message, "full/checkpoint-000000004.arclight: cannot write") != NULL);
    assert_false(written);
    assert_int_equal(statuses[2], BASE_OK);
    assert_int_equal(statuses[3], BASE_ERROR_FILE_SYSTEM);
    assert_int_equal(files_in(place.folder), 2); /* steps 2 and 3, and nothing half-written */
    assert_ok(sae_checkpoint_finish(writer));
    assert_ok(sae_checkpoint_find(&place, 1, &read));
    assert_int_equal(sae_checkpoint_step(read), 3);
    sae_checkpoint_free(&read);
    assert_ok(begin(writer, trainer));
    assert_ok(sae_checkpoint_finish(writer));
    assert_ok(sae_checkpoint_find(&place, 1, &read));
    assert_int_equal(sae_checkpoint_step(read), 5);
    assert_true(sae_checkpoint_figures(writer).written);
    sae_checkpoint_free(&read);
    sae_checkpoint_writer_close(&writer);
    sae_trainer_destroy(&trainer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_goes_on_with_the_same_bits),
        cmocka_unit_test(several_are_written_together),
        cmocka_unit_test(what_does_not_go_together),
        cmocka_unit_test(writers_that_cannot_be),
        cmocka_unit_test(a_full_disk),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
