/* Checkpoints as files, without a device: what is read back, every kind of damage, which one is found in a
 * folder, what stays, and processes that are killed while they write. */
#define _GNU_SOURCE
#include "support/files.h"
#include "support/memory_file.h"
#include "support/test.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "base/random.h"
#include "sae/checkpoint_file.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char head[] = "{\"inputs\":[\"a.npy\"]}", run_name[] = "run-1";

struct image {
    struct sae_checkpoint_layout layout;
    uint8_t *bytes;
};

static struct sae_trainer_state state_of(uint64_t step)
{
    return (struct sae_trainer_state){.step = step,
                                      .updates = step - step / 4,
                                      .rows = 32 * step,
                                      .dead = 3,
                                      .dense = step % 2,
                                      .pairs_again = step + 1,
                                      .coefficient = 0.125,
                                      .l0_first = 7.5,
                                      .l0_smoothed = 3.25,
                                      .threshold_sum = 0.5,
                                      .threshold_weight = -0.0,
                                      .scale_in = 1e-300,
                                      .scale_out = 1e300,
                                      .rate_factor = 0.25,
                                      .sparsity_factor = 2,
                                      .most_k = 7,
                                      .bad_steps = 4};
}

static const struct data_shuffle_position position = {
    .epoch = 2, .index = UINT64_MAX, .rows = 1234, .left_out_norm = 5, .left_out_non_finite = 6};

/* Sections of lengths that are and are not multiples of 8, one of them empty; contents are arbitrary. */
static struct image image_of(uint64_t step, const char *run, uint64_t weights)
{
    static const char config[] = "{\"arch\":\"topk\"}";
    struct sae_trainer_state state = state_of(step);
    struct image image = {.layout = {.step = step, .head_bytes = strlen(head), .n_sections = 6}};
    static const char *const names[] = {"config", "state", "position", "W_enc", "b_enc", "silent"};
    const uint64_t lengths[] = {
        strlen(config), SAE_CHECKPOINT_STATE_BYTES, SAE_CHECKPOINT_POSITION_BYTES, weights, 0, 12};
    snprintf(image.layout.run, sizeof image.layout.run, "%s", run);
    for (int i = 0; i < 6; i++) {
        snprintf(image.layout.sections[i].name, SAE_CHECKPOINT_NAME, "%s", names[i]);
        image.layout.sections[i].bytes = lengths[i];
    }
    assert_ok(sae_checkpoint_lay_out(&image.layout));
    assert_ok(base_allocate(&image.bytes, image.layout.file_bytes, 1, "test"));
    for (uint64_t i = 0; i < image.layout.file_bytes; i += 8) {
        uint64_t word = (i + 1) * 0x9E3779B97F4A7C15u ^ step;
        memcpy(image.bytes + i, &word, 8);
    }
    sae_checkpoint_put_frame(&image.layout, head, image.bytes);
    memcpy(image.bytes + image.layout.sections[0].offset, config, strlen(config));
    sae_checkpoint_put_state(&state, image.bytes + image.layout.sections[1].offset);
    sae_checkpoint_put_position(&position, image.bytes + image.layout.sections[2].offset);
    sae_checkpoint_seal(&image.layout, image.bytes);
    return image;
}

static const char *folder_of(const char *name)
{
    const char *folder = test_path(name);
    assert_ok(base_folder_make(folder));
    return folder;
}

static void store(const char *folder, uint64_t step, const char *run)
{
    struct image image = image_of(step, run, 100);
    assert_ok(sae_checkpoint_store(folder, &image.layout, image.bytes));
    base_free(image.bytes);
}

static void read_back(void **state)
{
    (void)state;
    const char *folder = folder_of("back");
    struct image image = image_of(1234, run_name, 100);
    struct sae_checkpoint *read;
    assert_ok(sae_checkpoint_store(folder, &image.layout, image.bytes));
    const char *path = test_path("back/checkpoint-000001234.arclight");
    assert_ok(sae_checkpoint_read(path, run_name, &read));
    size_t count;
    uint8_t *bytes = test_read_file(path, &count);
    assert_int_equal(count, image.layout.file_bytes);
    assert_memory_equal(bytes, image.bytes, count);
    assert_memory_equal(read->bytes, image.bytes, count);
    base_free(bytes);
    assert_string_equal(sae_checkpoint_path(read), path);
    assert_string_equal(sae_checkpoint_head(read), head);
    assert_string_equal(sae_checkpoint_run(read), run_name);
    assert_int_equal(sae_checkpoint_step(read), 1234);
    struct data_shuffle_position got = sae_checkpoint_position(read);
    assert_memory_equal(&got, &position, sizeof got);
    struct sae_trainer_state wanted = state_of(1234);
    assert_memory_equal(&read->state, &wanted, sizeof wanted);
    assert_int_equal(read->layout.n_sections, 6);
    for (int i = 0; i < 6; i++) {
        assert_string_equal(read->layout.sections[i].name, image.layout.sections[i].name);
        assert_int_equal(read->layout.sections[i].offset, image.layout.sections[i].offset);
        assert_int_equal(read->layout.sections[i].bytes, image.layout.sections[i].bytes);
        assert_int_equal(read->layout.sections[i].offset % 8, 0);
    }
    sae_checkpoint_free(&read);
    sae_checkpoint_free(&read);
    base_free(image.bytes);
}

/* What tests/corpus/generate.py writes after the format's description, checksums by its own arithmetic. Its
 * first byte is for the fuzz target. */
static void a_file_by_another_writer(void **state)
{
    (void)state;
    size_t count;
    uint8_t *bytes = test_read_file(ARCLIGHT_SOURCE_FOLDER "/tests/fuzz/seeds/checkpoint/whole", &count);
    struct sae_checkpoint *read;
    struct sae_config config;
    assert_ok(sae_checkpoint_read(test_memory_file(bytes + 1, count - 1), run_name, &read));
    assert_int_equal(sae_checkpoint_step(read), 7);
    assert_int_equal(read->state.updates, 6);
    assert_true(read->state.scale_out == 1.5 && read->state.coefficient == 0.5);
    assert_int_equal(read->state.bad_steps, 1);
    assert_int_equal(sae_checkpoint_position(read).rows, 70);
    assert_int_equal(read->layout.n_sections, 7);
    for (uint32_t i = 0; i < 40; i++)
        assert_int_equal(read->bytes[read->layout.sections[3].offset + i], i);
    assert_ok(sae_checkpoint_config(read, &config));
    assert_string_equal(config.kind->name, "topk");
    assert_true(config.architecture.k == 4 && config.learning_rate == 3e-4);
    /* It names only some of the options. */
    assert_fails(sae_checkpoint_check_config(read, &config), BASE_ERROR_INPUT, "is not set there");
    sae_checkpoint_free(&read);
    base_free(bytes);
}

/* The bytes where the format says that they are, so that a change of the format is seen. */
static void the_format_stays(void **state)
{
    (void)state;
    struct image image = image_of(0x0102030405, run_name, 100);
    const uint8_t *bytes = image.bytes;
    static const uint8_t front[16] = "ARCLCKPT\2\0\0\0\0\0\0", step[8] = {5, 4, 3, 2, 1};
    assert_memory_equal(bytes, front, 16);
    assert_memory_equal(bytes + 32, step, 8);
    assert_int_equal(bytes[40], strlen(head));
    assert_int_equal(bytes[48], 6);
    assert_string_equal((const char *)bytes + 56, run_name);
    assert_string_equal((const char *)bytes + 120, head);
    assert_string_equal((const char *)bytes + 144 + 2 * 48, "position");
    assert_int_equal(bytes[144 + 2 * 48 + 32], 40);
    assert_int_equal(image.layout.sections[0].offset, 144 + 6 * 48 + 8);
    assert_int_equal(image.layout.sections[1].offset, 144 + 6 * 48 + 8 + 16);
    assert_memory_equal(bytes + image.layout.sections[1].offset, step, 8);
    assert_memory_equal(bytes + image.layout.file_bytes - 8, "ARCLEND\n", 8);
    base_free(image.bytes);
}

static void read_fails(const uint8_t *bytes, size_t count, const char *part)
{
    struct sae_checkpoint *read;
    const char *path = test_memory_file(bytes, count);
    assert_fails(sae_checkpoint_read(path, run_name, &read), BASE_ERROR_INPUT, part);
    assert_true(strstr(base_message(), path) != NULL);
    assert_null(read);
}

/* Cut at each byte, section boundaries among them, and longer than written. */
static void every_cut_is_seen(void **state)
{
    (void)state;
    struct image image = image_of(9, run_name, 100);
    uint8_t *longer = NULL;
    for (size_t count = 0; count < image.layout.file_bytes; count++)
        read_fails(image.bytes, count,
                   count < 128 ? count == 0 ? "empty" : "cut" : "bytes where it should have");
    assert_ok(base_allocate(&longer, image.layout.file_bytes + 8, 1, "test"));
    memcpy(longer, image.bytes, image.layout.file_bytes);
    for (size_t more = 1; more <= 8; more++)
        read_fails(longer, image.layout.file_bytes + more, "bytes where it should have");
    base_free(longer);
    base_free(image.bytes);
}

/* One bit flipped, at each byte of the file: in the head, in every section, in what lies between. */
static void every_flipped_bit_is_seen(void **state)
{
    (void)state;
    struct image image = image_of(9, run_name, 100);
    for (size_t i = 0; i < image.layout.file_bytes; i++)
        for (unsigned bit = i % 2; bit < 8; bit += 2) {
            image.bytes[i] ^= (uint8_t)(1u << bit);
            read_fails(image.bytes, image.layout.file_bytes, "a damaged checkpoint");
            image.bytes[i] ^= (uint8_t)(1u << bit);
        }
    for (uint32_t s = 0; s < image.layout.n_sections; s++) {
        const struct sae_checkpoint_entry *entry = &image.layout.sections[s];
        if (entry->bytes == 0)
            continue;
        image.bytes[entry->offset + entry->bytes - 1] ^= 1;
        read_fails(image.bytes, image.layout.file_bytes, entry->name);
        image.bytes[entry->offset + entry->bytes - 1] ^= 1;
    }
    base_free(image.bytes);
}

/* Files made by hand: every checksum is right, and something is wrong all the same. */
static void hostile_files(void **state)
{
    (void)state;
    const uint64_t table = 144, at_state = table + 6 * 48 + 8 + 16;
    const struct {
        uint64_t at;
        const char *bytes;
        uint64_t count;
        const char *part;
    } changes[] = {
        {120, "\0", 1, "no text"},
        {140, "x", 1, "no text"},
        {56, "\0", 1, "run's name"},
        {56, "a b", 3, "run's name"},
        {56 + 63, "x", 1, "run's name"},
        {table, "confix", 6, "config, state and position"},
        {table + 48, "config\0", 7, "config, state and position"},
        {table + 3 * 48, "silent", 7, "one name"},
        {table + 3 * 48, "\0", 1, "name of a section"},
        {table + 3 * 48, "\x1b[31m", 5, "name of a section"},
        {table + 3 * 48 + 31, "x", 1, "name of a section"},
        {table + 48 + 32, "\x60", 1, "a length that cannot be"},
        {table + 32, "\xff\xff\xff\xff", 4, "a length that cannot be"},
        {table + 3 * 48 + 32, "\0", 1, "do not fill"},
        {table + 3 * 48 + 32, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "do not fill"},
        {table + 3 * 48 + 32, "\xff\xff\xff\xff\xff\xff\xff\x3f", 8, "do not fill"},
        {40, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "lengths in its head"},
        {40, "\0\0\x10", 3, "cut"},
        {48, "\2", 1, ""},
        {48, "\xff\xff\xff\xff", 4, "lengths in its head"},
        {24, "\0", 1, "bytes where it should have"},
        {at_state, "\x0a", 1, "no training has"},     /* another step than the head's */
        {at_state + 8, "\x0a", 1, "no training has"}, /* more updates than steps */
        {at_state + 32, "\2", 1, "no training has"},
        {at_state + 48, "\0\0\0\0\0\0\xf8\x7f", 8, "no training has"},
        {at_state + 96, "\0\0\0\0\0\0\xf0\xff", 8, "no training has"},
        {at_state + 104 + 7, "\x80", 1, "no training has"}, /* factors below 0, endless k */
        {at_state + 112 + 7, "\xc0", 1, "no training has"},
        {at_state + 120, "\0\0\0\0\0\0\xf0\x7f", 8, "no training has"},
        {table + 6 * 48 + 8, "\0", 1, "no training has"}, /* config */
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct image image = image_of(9, run_name, 100);
        memcpy(image.bytes + changes[i].at, changes[i].bytes, changes[i].count);
        sae_checkpoint_seal(&image.layout, image.bytes);
        read_fails(image.bytes, image.layout.file_bytes, changes[i].part);
        base_free(image.bytes);
    }
}

static void other_versions_and_runs(void **state)
{
    (void)state;
    struct image image = image_of(9, run_name, 100);
    struct sae_checkpoint *read;
    const char *path = test_file("other.arclight", image.bytes, image.layout.file_bytes);
    assert_ok(sae_checkpoint_read(path, NULL, &read));
    sae_checkpoint_free(&read);
    assert_fails(sae_checkpoint_read(path, "run-2", &read), BASE_ERROR_INPUT,
                 "of the run run-1, not of run-2");
    image.bytes[8] = 3;
    sae_checkpoint_seal(&image.layout, image.bytes);
    read_fails(image.bytes, image.layout.file_bytes,
               "format version 3, and this Arclight reads versions 1 to 2");
    read_fails(image.bytes, 500, "format version 3"); /* whatever else such a file holds */
    image.bytes[8] = 0;
    sae_checkpoint_seal(&image.layout, image.bytes);
    read_fails(image.bytes, image.layout.file_bytes, "format version 0");
    assert_fails(sae_checkpoint_read(test_path("none.arclight"), NULL, &read), BASE_ERROR_INPUT,
                 "cannot open");
    assert_fails(sae_checkpoint_read(test_folder(), NULL, &read), BASE_ERROR_INPUT, "a folder");
    base_free(image.bytes);
}

/* What Arclight wrote before orders could be given: a shorter state, and nothing ordered. */
static void version_1_is_read(void **state)
{
    (void)state;
    enum { LESS = SAE_CHECKPOINT_STATE_BYTES - SAE_CHECKPOINT_STATE_BYTES_1, TABLE = 144 };
    struct image image = image_of(9, run_name, 100);
    struct sae_checkpoint_layout *layout = &image.layout;
    struct sae_checkpoint *read;
    uint64_t behind = layout->sections[2].offset;
    memmove(image.bytes + behind - LESS, image.bytes + behind, layout->file_bytes - behind);
    layout->file_bytes -= LESS;
    layout->sections[1].bytes -= LESS;
    for (uint32_t s = 2; s < layout->n_sections; s++)
        layout->sections[s].offset -= LESS;
    image.bytes[8] = 1;
    image.bytes[TABLE + 48 + 32] = SAE_CHECKPOINT_STATE_BYTES_1;
    image.bytes[24] = (uint8_t)layout->file_bytes;
    image.bytes[25] = (uint8_t)(layout->file_bytes >> 8);
    sae_checkpoint_seal(layout, image.bytes);
    const char *path = test_file("first.arclight", image.bytes, layout->file_bytes);
    assert_ok(sae_checkpoint_read(path, run_name, &read));
    struct sae_trainer_state wanted = state_of(9);
    wanted.rate_factor = wanted.sparsity_factor = 1;
    wanted.most_k = 0;
    wanted.bad_steps = 0;
    assert_memory_equal(&read->state, &wanted, sizeof wanted);
    assert_memory_equal(&read->position, &position, sizeof position);
    sae_checkpoint_free(&read);
    image.bytes[8] = 2; /* whose state is longer */
    sae_checkpoint_seal(layout, image.bytes);
    read_fails(image.bytes, layout->file_bytes, "a length that cannot be");
    base_free(image.bytes);
}

static void what_cannot_be_laid_out(void **state)
{
    (void)state;
    struct image image = image_of(9, run_name, 100);
    struct sae_checkpoint_layout layout = image.layout;
    base_free(image.bytes);
    layout.sections[3].bytes = UINT64_MAX;
    assert_fails(sae_checkpoint_lay_out(&layout), BASE_ERROR_INTERNAL, "too long");
    layout = image.layout;
    layout.sections[3].bytes = layout.sections[4].bytes = INT64_MAX / 2;
    assert_fails(sae_checkpoint_lay_out(&layout), BASE_ERROR_INTERNAL, "too long");
    layout = image.layout;
    layout.head_bytes = SAE_CHECKPOINT_MOST_HEAD + 1;
    assert_fails(sae_checkpoint_lay_out(&layout), BASE_ERROR_INTERNAL, "head is too long");
    layout = image.layout;
    strcpy(layout.sections[4].name, "W_enc");
    assert_fails(sae_checkpoint_lay_out(&layout), BASE_ERROR_INTERNAL, "one name");
    assert_true(sae_checkpoint_run_is_valid("a"));
    assert_false(sae_checkpoint_run_is_valid(""));
    assert_false(sae_checkpoint_run_is_valid("two words"));
    char longest[SAE_CHECKPOINT_RUN + 1] = {0};
    memset(longest, 'x', SAE_CHECKPOINT_RUN - 1);
    assert_true(sae_checkpoint_run_is_valid(longest));
    longest[SAE_CHECKPOINT_RUN - 1] = 'x';
    assert_false(sae_checkpoint_run_is_valid(longest));
}

static void names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool valid;
        uint64_t step;
    } table[] = {
        {"checkpoint-000000000.arclight", true, 0},
        {"checkpoint-000001234.arclight", true, 1234},
        {"checkpoint-12345678901.arclight", true, 12345678901},
        {"checkpoint-18446744073709551615.arclight", true, UINT64_MAX},
        {"checkpoint-18446744073709551616.arclight", false, 0},
        {"checkpoint-99999999999999999999.arclight", false, 0},
        {"checkpoint-1234.arclight", false, 0},
        {"checkpoint-0000001234.arclight", false, 0},
        {"checkpoint-000001234.arclight.tmp.77", false, 0},
        {"checkpoint-000001234", false, 0},
        {"checkpoint-.arclight", false, 0},
        {"checkpoint--00001234.arclight", false, 0},
        {"Checkpoint-000001234.arclight", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint64_t step;
        if (sae_checkpoint_name_step(table[i].name, &step) != table[i].valid)
            fail_msg("%s", table[i].name);
        if (!table[i].valid)
            continue;
        assert_int_equal(step, table[i].step);
        char *path = sae_checkpoint_name("f", step);
        assert_string_equal(path + 2, table[i].name);
        base_free(path);
    }
}

static void damage(const char *path)
{
    size_t count;
    uint8_t *bytes = test_read_file(path, &count);
    bytes[count - 20] ^= 4;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
    base_free(bytes);
}

static void found(const struct sae_checkpoint_place *places, uint32_t n, uint64_t step)
{
    struct sae_checkpoint *checkpoints[3];
    assert_ok(sae_checkpoint_find(places, n, checkpoints));
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(sae_checkpoint_step(checkpoints[i]), step);
        sae_checkpoint_free(&checkpoints[i]);
    }
}

static void the_newest_valid_one_is_found(void **state)
{
    (void)state;
    const char *folder = folder_of("found");
    const struct sae_checkpoint_place place = {folder, run_name};
    struct sae_checkpoint *read;
    assert_false(sae_checkpoint_exists(folder));
    assert_false(sae_checkpoint_exists(test_path("nowhere")));
    assert_fails(sae_checkpoint_find(&place, 1, &read), BASE_ERROR_INPUT, "no checkpoint in this folder");
    test_file("found/checkpoint-000000900.arclight.tmp.1", "x", 1);
    test_file("found/metrics.jsonl", "x", 1);
    assert_false(sae_checkpoint_exists(folder));
    store(folder, 100, run_name);
    store(folder, 12345678901, run_name);
    store(folder, 300, run_name);
    assert_true(sae_checkpoint_exists(folder));
    found(&place, 1, 12345678901);
    damage(test_path("found/checkpoint-12345678901.arclight"));
    found(&place, 1, 300);
    test_file("found/checkpoint-000000300.arclight", "", 0);
    found(&place, 1, 100);
    const struct sae_checkpoint_place other = {folder, "run-2"};
    assert_fails(sae_checkpoint_find(&other, 1, &read), BASE_ERROR_INPUT, "of the run run-1, not of run-2");
    assert_int_equal(rename(test_path("found/checkpoint-000000100.arclight"),
                            test_path("found/checkpoint-000000200.arclight")),
                     0);
    assert_fails(sae_checkpoint_find(&place, 1, &read), BASE_ERROR_INPUT, "under another's name");
    assert_true(strstr(base_message(), "no valid checkpoint is left") != NULL);
    assert_true(strstr(base_message(), "checkpoint-000000200.arclight") != NULL);
    assert_null(read);
}

static void several_folders_go_on_together(void **state)
{
    (void)state;
    const struct sae_checkpoint_place places[] = {{folder_of("k16"), run_name}, {folder_of("k32"), NULL}};
    struct sae_checkpoint *read[2];
    store(places[0].folder, 100, run_name);
    store(places[0].folder, 200, run_name);
    store(places[0].folder, 300, run_name);
    store(places[1].folder, 400, "run-2");
    assert_fails(sae_checkpoint_find(places, 2, read), BASE_ERROR_INPUT, "one of the same step");
    store(places[1].folder, 100, "run-2");
    store(places[1].folder, 200, "run-2");
    found(places, 2, 200);
    damage(test_path("k32/checkpoint-000000200.arclight"));
    found(places, 2, 100);
    store(places[1].folder, 200, "run-2");
    damage(test_path("k16/checkpoint-000000200.arclight"));
    found(places, 2, 100);
}

static void check_steps(const char *folder, const uint64_t *wanted, size_t count)
{
    uint64_t *steps;
    size_t got;
    assert_ok(sae_checkpoint_steps(folder, &steps, &got));
    assert_int_equal(got, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(steps[i], wanted[i]);
    base_free(steps);
}

static void write_and_prune(const char *folder, uint64_t step, uint32_t keep_last, uint64_t keep_every)
{
    store(folder, step, run_name);
    assert_ok(sae_checkpoint_prune(folder, step, keep_last, keep_every));
}

/* The last two, and the first at or after each multiple of 100; what is later than the one written stays. */
static void what_stays(void **state)
{
    (void)state;
    const char *folder = folder_of("stays");
    static const uint64_t written[] = {30,  60,  90,  100, 120, 150, 180, 210, 240,
                                       270, 300, 330, 360, 390, 500, 540, 580};
    static const uint64_t before[] = {210, 240, 270}, stays[] = {100, 210, 300, 500, 540, 580},
                          next[] = {100, 210, 300, 500, 580, 620, 900}, last[] = {620, 900};
    test_file("stays/checkpoint-1.arclight", "x", 1); /* no name of ours */
    for (size_t i = 0; i < 10; i++) {
        write_and_prune(folder, written[i], 3, 0);
        assert_int_equal(base_path_exists(test_path("stays/checkpoint-000000030.arclight")), i < 3);
    }
    check_steps(folder, before, 3);
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++)
        write_and_prune(folder, written[i], 2, 100);
    check_steps(folder, stays, 6);
    store(folder, 900, run_name);
    write_and_prune(folder, 620, 2, 100);
    check_steps(folder, next, 7);
    assert_ok(sae_checkpoint_prune(folder, 620, 1, 0));
    check_steps(folder, last, 2);
    assert_true(base_path_exists(test_path("stays/checkpoint-1.arclight")));
}

/* ---- processes that are killed ---- */

enum { KILLS = 50, LARGE = 3 << 20 };

struct killed {
    const char *folder;
    uint64_t step;
    int told; /* a pipe: the steps that are on disk */
    struct image image;
};

static enum base_status store_and_tell(void *context)
{
    struct killed *killed = context;
    BASE_TRY(sae_checkpoint_store(killed->folder, &killed->image.layout, killed->image.bytes));
    if (write(killed->told, &killed->step, sizeof killed->step) != sizeof killed->step)
        return BASE_ERROR_INTERNAL;
    return sae_checkpoint_prune(killed->folder, killed->step, 2, 0);
}

static bool is_checkpoint(const char *name)
{
    uint64_t step;
    return sae_checkpoint_name_step(name, &step);
}

/* Writes checkpoints, one a step, until it is killed. */
static void write_until_killed(struct killed *killed)
{
    struct base_thread *thread;
    const uint64_t ready = 0;
    bool good = base_outputs_sweep(killed->folder, is_checkpoint) == BASE_OK &&
                write(killed->told, &ready, sizeof ready) == sizeof ready;
    for (; good; killed->step++) {
        killed->image = image_of(killed->step, run_name, LARGE);
        good = base_thread_start(store_and_tell, killed, &thread) == BASE_OK &&
               base_thread_join(&thread) == BASE_OK;
        base_free(killed->image.bytes);
    }
    _exit(1);
}

/* How long one of them takes here, in us. */
static double usual_time(void)
{
    uint64_t start = base_clock_ns();
    for (uint64_t step = 0; step < 4; step++) {
        struct image image = image_of(step, run_name, LARGE);
        assert_ok(sae_checkpoint_store(folder_of("usual"), &image.layout, image.bytes));
        base_free(image.bytes);
    }
    return (double)(base_clock_ns() - start) / 4000;
}

/* The greatest step that was told; `before` when none was. */
static uint64_t last_told(int from, uint64_t before)
{
    uint64_t step;
    while (read(from, &step, sizeof step) == sizeof step)
        before = step;
    return before;
}

static size_t temporaries_in(const char *folder)
{
    char **list;
    size_t count, temporaries = 0;
    assert_ok(base_folder_list(folder, &list, &count));
    for (size_t i = 0; i < count; i++)
        temporaries += strstr(list[i], ".tmp.") != NULL;
    base_list_free(&list, count);
    return temporaries;
}

/* Whenever it happens, the newest one that was told to be on disk is there (or one after it), whole, and the
 * next process removes what was half-written. */
static void killed_at_any_moment(void **state)
{
    (void)state;
    const char *folder = folder_of("killed");
    const struct sae_checkpoint_place place = {folder, run_name};
    uint64_t told = 0, halves = 0, ready;
    double time = usual_time();
    for (uint32_t i = 0; i < KILLS; i++) {
        int pipes[2], how;
        assert_int_equal(pipe(pipes), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct killed killed = {.folder = folder, .step = told + 1, .told = pipes[1]};
            write_until_killed(&killed);
        }
        assert_int_equal(close(pipes[1]), 0);
        assert_int_equal(read(pipes[0], &ready, sizeof ready), sizeof ready); /* it goes to work */
        usleep((useconds_t)(base_random_uniform(17, BASE_STREAM_TEST, i) * 3 * time));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFSIGNALED(how)); /* else it failed before */
        told = last_told(pipes[0], told);
        assert_int_equal(close(pipes[0]), 0);
        size_t temporaries = temporaries_in(folder);
        assert_true(temporaries <= 1); /* a process removes what it finds before it writes */
        halves += temporaries > 0;
        if (told == 0 && !sae_checkpoint_exists(folder))
            continue;
        struct sae_checkpoint *newest;
        assert_ok(sae_checkpoint_find(&place, 1, &newest));
        assert_in_range(sae_checkpoint_step(newest), told, told + 1);
        struct image wanted = image_of(sae_checkpoint_step(newest), run_name, LARGE);
        assert_memory_equal(newest->bytes, wanted.bytes, wanted.layout.file_bytes);
        base_free(wanted.bytes);
        told = sae_checkpoint_step(newest);
        sae_checkpoint_free(&newest);
    }
    printf("%d kills, %llu checkpoints, %llu halves\n", KILLS, (unsigned long long)told,
           (unsigned long long)halves);
    assert_true(told > 0 && halves > 0);
    assert_ok(base_outputs_sweep(folder, is_checkpoint));
    assert_int_equal(temporaries_in(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_back),
        cmocka_unit_test(a_file_by_another_writer),
        cmocka_unit_test(the_format_stays),
        cmocka_unit_test(every_cut_is_seen),
        cmocka_unit_test(every_flipped_bit_is_seen),
        cmocka_unit_test(hostile_files),
        cmocka_unit_test(other_versions_and_runs),
        cmocka_unit_test(version_1_is_read),
        cmocka_unit_test(what_cannot_be_laid_out),
        cmocka_unit_test(names),
        cmocka_unit_test(the_newest_valid_one_is_found),
        cmocka_unit_test(several_folders_go_on_together),
        cmocka_unit_test(what_stays),
        cmocka_unit_test(killed_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
