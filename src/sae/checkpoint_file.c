#include "sae/checkpoint_file.h"

#include "base/checksum.h"
#include "base/memory.h"
#include "base/platform.h"
#include "io/tensor.h"

#include <inttypes.h>
#include <string.h>

static const char magic[] = "ARCLCKPT", end_mark[] = "ARCLEND\n";
static const char *const own_sections[SAE_CHECKPOINT_OWN_SECTIONS] = {"config", "state", "position"};

enum { AT_VERSION = 8, AT_PREAMBLE_SUM = 16, AT_FILE_BYTES = 24, AT_STEP = 32, AT_HEAD_BYTES = 40 };
enum { AT_SECTIONS = 48, AT_RUN = 56, MARK = 8 };

/* ---- numbers ---- */

static void put(uint8_t *bytes, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get(const uint8_t *bytes, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

/* Members are written one by one, so that a file does not depend on how a struct lies in memory. */
#define STATE(member) offsetof(struct sae_trainer_state, member)
static const size_t state_members[] = {
    STATE(step),
    STATE(updates),
    STATE(rows),
    STATE(dead),
    STATE(dense),
    STATE(pairs_again),
    STATE(coefficient),
    STATE(l0_first),
    STATE(l0_smoothed),
    STATE(threshold_sum),
    STATE(threshold_weight),
    STATE(scale_in),
    STATE(scale_out),
    STATE(rate_factor), /* from here on since version 2 */
    STATE(sparsity_factor),
    STATE(most_k),
    STATE(bad_steps),
};
#define POSITION(member) offsetof(struct data_shuffle_position, member)
static const size_t position_members[] = {
    POSITION(epoch), POSITION(index), POSITION(rows), POSITION(left_out_norm), POSITION(left_out_non_finite),
};
enum {
    N_STATE = sizeof state_members / sizeof state_members[0],
    N_POSITION = sizeof position_members / sizeof position_members[0],
};
_Static_assert(N_STATE * 8 == sizeof(struct sae_trainer_state) && N_STATE * 8 == SAE_CHECKPOINT_STATE_BYTES,
               "a member of the state is not in its list: add it there, and count the version up");
_Static_assert(N_POSITION * 8 == sizeof(struct data_shuffle_position) &&
                   N_POSITION * 8 == SAE_CHECKPOINT_POSITION_BYTES,
               "a member of the position is not in its list: add it there, and count the version up");

static void put_members(const void *from, const size_t *members, size_t count, uint8_t *bytes)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value;
        memcpy(&value, (const char *)from + members[i], sizeof value);
        put(bytes + 8 * i, value, 8);
    }
}

static void get_members(const uint8_t *bytes, const size_t *members, size_t count, void *to)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = get(bytes + 8 * i, 8);
        memcpy((char *)to + members[i], &value, sizeof value);
    }
}

void sae_checkpoint_put_state(const struct sae_trainer_state *state, uint8_t *bytes)
{
    put_members(state, state_members, N_STATE, bytes);
}

void sae_checkpoint_put_position(const struct data_shuffle_position *position, uint8_t *bytes)
{
    put_members(position, position_members, N_POSITION, bytes);
}

/* ---- layout ---- */

/* Graphic ASCII, at least one character, and room for the NUL. */
static bool is_word(const char *text, size_t room)
{
    size_t length = 0;
    for (; length < room && text[length] != '\0'; length++)
        if (text[length] <= ' ' || text[length] > '~')
            return false;
    return length > 0 && length < room;
}

bool sae_checkpoint_run_is_valid(const char *run)
{
    return is_word(run, SAE_CHECKPOINT_RUN);
}

/* Bytes in front of the sections; head and number of sections are bounded already. */
static uint64_t front_bytes(uint64_t head_bytes, uint64_t n_sections)
{
    return SAE_CHECKPOINT_HEAD_AT + base_round_up(head_bytes + 1, 8) + SAE_CHECKPOINT_ENTRY * n_sections + 8;
}

/* Offsets and file_bytes from the lengths; false when 63 bits do not hold them. */
static bool place_sections(struct sae_checkpoint_layout *layout)
{
    uint64_t at = front_bytes(layout->head_bytes, layout->n_sections);
    for (uint32_t i = 0; i < layout->n_sections; i++) {
        struct sae_checkpoint_entry *entry = &layout->sections[i];
        entry->offset = at;
        if (entry->bytes > (uint64_t)INT64_MAX / 2 ||
            BASE_ADD_OVERFLOWS(at, base_round_up(entry->bytes, 8), &at) || at > (uint64_t)INT64_MAX / 2)
            return false;
    }
    layout->file_bytes = at + MARK;
    return true;
}

static uint64_t state_bytes(const struct sae_checkpoint_layout *layout)
{
    return layout->version == 1 ? SAE_CHECKPOINT_STATE_BYTES_1 : SAE_CHECKPOINT_STATE_BYTES;
}

/* What is wrong with names and lengths; NULL: nothing. */
static const char *sections_fault(const struct sae_checkpoint_layout *layout)
{
    if (layout->n_sections < SAE_CHECKPOINT_OWN_SECTIONS)
        return "sections are missing";
    for (uint32_t i = 0; i < layout->n_sections; i++) {
        const struct sae_checkpoint_entry *entry = &layout->sections[i];
        if (!is_word(entry->name, sizeof entry->name))
            return "the name of a section is none";
        if (i < SAE_CHECKPOINT_OWN_SECTIONS && strcmp(entry->name, own_sections[i]) != 0)
            return "the first sections are not config, state and position";
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(entry->name, layout->sections[j].name) == 0)
                return "two sections have one name";
    }
    if (layout->sections[0].bytes > SAE_CHECKPOINT_MOST_HEAD ||
        layout->sections[1].bytes != state_bytes(layout) ||
        layout->sections[2].bytes != SAE_CHECKPOINT_POSITION_BYTES)
        return "config, state or position have a length that cannot be";
    return NULL;
}

enum base_status sae_checkpoint_lay_out(struct sae_checkpoint_layout *layout)
{
    layout->version = SAE_CHECKPOINT_VERSION;
    const char *fault = layout->n_sections > SAE_CHECKPOINT_MOST_SECTIONS ? "too many sections"
                        : layout->head_bytes > SAE_CHECKPOINT_MOST_HEAD   ? "the head is too long"
                        : !is_word(layout->run, sizeof layout->run)       ? "the run's name is none"
                        : !place_sections(layout)                         ? "the sections are too long"
                                                                          : sections_fault(layout);
    return fault ? base_fail(BASE_ERROR_INTERNAL, "a checkpoint that cannot be written: %s", fault) : BASE_OK;
}

/* ---- writing ---- */

void sae_checkpoint_put_frame(const struct sae_checkpoint_layout *layout, const char *head, uint8_t *bytes)
{
    uint64_t front = front_bytes(layout->head_bytes, layout->n_sections);
    memset(bytes, 0, front);
    memcpy(bytes, magic, 8);
    put(bytes + AT_VERSION, SAE_CHECKPOINT_VERSION, 4);
    put(bytes + AT_FILE_BYTES, layout->file_bytes, 8);
    put(bytes + AT_STEP, layout->step, 8);
    put(bytes + AT_HEAD_BYTES, layout->head_bytes, 8);
    put(bytes + AT_SECTIONS, layout->n_sections, 8);
    memcpy(bytes + AT_RUN, layout->run, strlen(layout->run));
    memcpy(bytes + SAE_CHECKPOINT_HEAD_AT, head, layout->head_bytes);
    uint8_t *entries = bytes + front - 8 - SAE_CHECKPOINT_ENTRY * (uint64_t)layout->n_sections;
    for (uint32_t i = 0; i < layout->n_sections; i++) {
        const struct sae_checkpoint_entry *entry = &layout->sections[i];
        uint8_t *at = entries + SAE_CHECKPOINT_ENTRY * (uint64_t)i;
        memcpy(at, entry->name, strlen(entry->name));
        put(at + SAE_CHECKPOINT_NAME, entry->bytes, 8);
        memset(bytes + entry->offset + entry->bytes, 0, base_round_up(entry->bytes, 8) - entry->bytes);
    }
    memcpy(bytes + layout->file_bytes - MARK, end_mark, MARK);
}

void sae_checkpoint_seal(const struct sae_checkpoint_layout *layout, uint8_t *bytes)
{
    uint64_t front = front_bytes(layout->head_bytes, layout->n_sections);
    uint8_t *entries = bytes + front - 8 - SAE_CHECKPOINT_ENTRY * (uint64_t)layout->n_sections;
    for (uint32_t i = 0; i < layout->n_sections; i++) {
        const struct sae_checkpoint_entry *entry = &layout->sections[i];
        put(entries + SAE_CHECKPOINT_ENTRY * (uint64_t)i + SAE_CHECKPOINT_NAME + 8,
            base_checksum(bytes + entry->offset, entry->bytes), 8);
    }
    put(bytes + AT_PREAMBLE_SUM, base_checksum(bytes, AT_PREAMBLE_SUM), 8);
    put(bytes + front - 8, base_checksum(bytes, front - 8), 8);
}

enum base_status sae_checkpoint_store(const char *folder, const struct sae_checkpoint_layout *layout,
                                      uint8_t *bytes)
{
    struct base_output *output = NULL;
    char *path = sae_checkpoint_name(folder, layout->step);
    if (!path)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for a name in %s", folder);
    enum base_status status;
    sae_checkpoint_seal(layout, bytes);
    BASE_CHECK(base_output_open_apart(path, &output));
    BASE_CHECK(base_output_write(output, bytes, layout->file_bytes));
    BASE_CHECK(base_output_commit(&output));
error:
    base_output_discard(&output);
    base_free(path);
    return status;
}

/* ---- reading ---- */

static enum base_status damaged_file(const char *path, const char *fault)
{
    return base_fail(BASE_ERROR_INPUT, "%s: a damaged checkpoint: %s; use an older one", path, fault);
}

/* Magic, version and the bounds of what follows. *damaged is true on entry. */
static enum base_status check_fixed(const char *path, uint64_t size, const uint8_t *fixed,
                                    struct sae_checkpoint_layout *layout, bool *damaged)
{
    if (memcmp(fixed, magic, 8) != 0)
        return damaged_file(path, "it does not begin as one");
    if (get(fixed + AT_PREAMBLE_SUM, 8) != base_checksum(fixed, AT_PREAMBLE_SUM))
        return damaged_file(path, "its first bytes are not those that were written");
    uint64_t version = get(fixed + AT_VERSION, 4), n_sections = get(fixed + AT_SECTIONS, 8);
    if (version < 1 || version > SAE_CHECKPOINT_VERSION || get(fixed + AT_VERSION + 4, 4) != 0) {
        *damaged = false;
        return base_fail(BASE_ERROR_INPUT,
                         "%s: a checkpoint of format version %" PRIu64
                         ", and this Arclight reads versions 1 to %d; go "
                         "on with the Arclight that wrote it",
                         path, version, SAE_CHECKPOINT_VERSION);
    }
    layout->version = (uint32_t)version;
    layout->file_bytes = get(fixed + AT_FILE_BYTES, 8);
    layout->step = get(fixed + AT_STEP, 8);
    layout->head_bytes = get(fixed + AT_HEAD_BYTES, 8);
    if (layout->head_bytes > SAE_CHECKPOINT_MOST_HEAD || n_sections > SAE_CHECKPOINT_MOST_SECTIONS)
        return damaged_file(path, "the lengths in its head cannot be");
    layout->n_sections = (uint32_t)n_sections;
    memcpy(layout->run, fixed + AT_RUN, sizeof layout->run);
    if (layout->file_bytes == size)
        return BASE_OK;
    return base_fail(BASE_ERROR_INPUT,
                     "%s: a damaged checkpoint: it has %" PRIu64 " bytes where it should have %" PRIu64
                     "; use an older one",
                     path, size, layout->file_bytes);
}

static bool all_zero(const uint8_t *bytes, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* A text field is a word with zeros behind it. */
static bool is_field(const char *text, size_t room)
{
    return is_word(text, room) && all_zero((const uint8_t *)text + strlen(text), room - strlen(text));
}

/* Everything in front of the sections. */
static enum base_status check_front(const char *path, const uint8_t *front,
                                    struct sae_checkpoint_layout *layout)
{
    uint64_t bytes = front_bytes(layout->head_bytes, layout->n_sections), claimed = layout->file_bytes;
    const uint8_t *head = front + SAE_CHECKPOINT_HEAD_AT;
    if (get(front + bytes - 8, 8) != base_checksum(front, bytes - 8))
        return damaged_file(path, "its head is not the one that was written");
    if (memchr(head, 0, layout->head_bytes) ||
        !all_zero(head + layout->head_bytes, base_round_up(layout->head_bytes + 1, 8) - layout->head_bytes))
        return damaged_file(path, "its head is no text");
    const uint8_t *at = front + bytes - 8 - SAE_CHECKPOINT_ENTRY * (uint64_t)layout->n_sections;
    for (uint32_t i = 0; i < layout->n_sections; i++, at += SAE_CHECKPOINT_ENTRY) {
        struct sae_checkpoint_entry *entry = &layout->sections[i];
        memcpy(entry->name, at, sizeof entry->name);
        entry->bytes = get(at + SAE_CHECKPOINT_NAME, 8);
        if (!is_field(entry->name, sizeof entry->name))
            return damaged_file(path, "the name of a section is none");
    }
    const char *fault = sections_fault(layout);
    if (fault)
        return damaged_file(path, fault);
    if (!is_field(layout->run, sizeof layout->run))
        return damaged_file(path, "the run's name is none");
    if (!place_sections(layout) || layout->file_bytes != claimed)
        return damaged_file(path, "its sections do not fill it");
    return BASE_OK;
}

static enum base_status check_sections(const struct sae_checkpoint *checkpoint)
{
    const struct sae_checkpoint_layout *layout = &checkpoint->layout;
    uint64_t front = front_bytes(layout->head_bytes, layout->n_sections);
    const uint8_t *sums = checkpoint->bytes + front - 8 -
                          SAE_CHECKPOINT_ENTRY * (uint64_t)layout->n_sections + SAE_CHECKPOINT_NAME + 8;
    for (uint32_t i = 0; i < layout->n_sections; i++) {
        const struct sae_checkpoint_entry *entry = &layout->sections[i];
        const uint8_t *at = checkpoint->bytes + entry->offset;
        if (get(sums + SAE_CHECKPOINT_ENTRY * (uint64_t)i, 8) != base_checksum(at, entry->bytes) ||
            !all_zero(at + entry->bytes, base_round_up(entry->bytes, 8) - entry->bytes))
            return base_fail(
                BASE_ERROR_INPUT,
                "%s: a damaged checkpoint: the bytes of \"%s\" are not those that were written; use "
                "an older one",
                checkpoint->path, entry->name);
    }
    if (memcmp(checkpoint->bytes + layout->file_bytes - MARK, end_mark, MARK) != 0)
        return damaged_file(checkpoint->path, "its end is not there");
    return BASE_OK;
}

/* Numbers that no training gives would come from a file made by hand. */
static enum base_status take_state(struct sae_checkpoint *checkpoint)
{
    const struct sae_checkpoint_layout *layout = &checkpoint->layout;
    struct sae_trainer_state *state = &checkpoint->state;
    *state = (struct sae_trainer_state){.rate_factor = 1, .sparsity_factor = 1};
    get_members(checkpoint->bytes + layout->sections[1].offset, state_members, layout->sections[1].bytes / 8,
                state);
    get_members(checkpoint->bytes + layout->sections[2].offset, position_members, N_POSITION,
                &checkpoint->position);
    const double reals[] = {state->coefficient,   state->l0_first,         state->l0_smoothed,
                            state->threshold_sum, state->threshold_weight, state->scale_in,
                            state->scale_out,     state->rate_factor,      state->sparsity_factor,
                            state->most_k};
    bool possible = state->step == layout->step && state->updates <= state->step && state->dense <= 1 &&
                    state->rate_factor >= 0 && state->rate_factor <= 1e6 && state->sparsity_factor >= 0 &&
                    state->sparsity_factor <= 1e6 && state->most_k >= 0;
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++)
        possible = possible && reals[i] - reals[i] == 0; /* finite */
    if (possible &&
        memchr(checkpoint->bytes + layout->sections[0].offset, 0, layout->sections[0].bytes) == NULL)
        return BASE_OK;
    return damaged_file(checkpoint->path, "it holds a state that no training has");
}

/* The front first, and only what it says is allocated. */
static enum base_status read_bytes(struct base_file *file, const char *run, struct sae_checkpoint *checkpoint,
                                   bool *damaged)
{
    struct sae_checkpoint_layout *layout = &checkpoint->layout;
    const char *path = checkpoint->path;
    uint8_t fixed[SAE_CHECKPOINT_HEAD_AT], *front = NULL;
    enum base_status status;
    uint64_t size = base_file_size(file);
    if (size < SAE_CHECKPOINT_HEAD_AT + MARK)
        return damaged_file(path, size == 0 ? "it is empty" : "it is cut");
    BASE_CHECK(base_file_read(file, 0, fixed, sizeof fixed));
    BASE_CHECK(check_fixed(path, size, fixed, layout, damaged));
    uint64_t front_size = front_bytes(layout->head_bytes, layout->n_sections);
    if (front_size > size - MARK) {
        status = damaged_file(path, "it is cut");
        goto error;
    }
    BASE_CHECK(base_allocate(&front, front_size, 1, path));
    memcpy(front, fixed, sizeof fixed);
    BASE_CHECK(base_file_read(file, sizeof fixed, front + sizeof fixed, front_size - sizeof fixed));
    BASE_CHECK(check_front(path, front, layout));
    if (run && strcmp(run, layout->run) != 0) {
        char printable[IO_PRINTABLE];
        *damaged = false;
        status =
            base_fail(BASE_ERROR_INPUT, "%s: a checkpoint of the run %s, not of %s; name that run's folder",
                      path, layout->run, io_printable(run, printable));
        goto error;
    }
    BASE_CHECK(base_allocate(&checkpoint->bytes, size, 1, path));
    memcpy(checkpoint->bytes, front, front_size);
    BASE_CHECK(base_file_read(file, front_size, checkpoint->bytes + front_size, size - front_size));
error:
    base_free(front);
    return status;
}

enum base_status sae_checkpoint_open(const char *path, const char *run, struct sae_checkpoint **out,
                                     bool *damaged)
{
    struct sae_checkpoint *checkpoint = NULL;
    struct base_file *file = NULL;
    enum base_status status;
    *out = NULL;
    *damaged = true;
    BASE_CHECK(base_allocate(&checkpoint, 1, sizeof *checkpoint, path));
    checkpoint->path = base_copy_string(path);
    if (!checkpoint->path) {
        status = base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", path);
        goto error;
    }
    BASE_CHECK(base_file_open(path, &file));
    BASE_CHECK(read_bytes(file, run, checkpoint, damaged));
    BASE_CHECK(check_sections(checkpoint));
    BASE_CHECK(take_state(checkpoint));
    *out = checkpoint;
    checkpoint = NULL;
error:
    base_file_close(&file);
    sae_checkpoint_free(&checkpoint);
    *damaged = *damaged && status == BASE_ERROR_INPUT;
    return status;
}

enum base_status sae_checkpoint_read(const char *path, const char *run, struct sae_checkpoint **out)
{
    bool damaged;
    return sae_checkpoint_open(path, run, out, &damaged);
}

void sae_checkpoint_free(struct sae_checkpoint **checkpoint)
{
    if (!*checkpoint)
        return;
    base_free((*checkpoint)->path);
    base_free((*checkpoint)->bytes);
    base_free(*checkpoint);
    *checkpoint = NULL;
}

const char *sae_checkpoint_path(const struct sae_checkpoint *checkpoint)
{
    return checkpoint->path;
}

const char *sae_checkpoint_run(const struct sae_checkpoint *checkpoint)
{
    return checkpoint->layout.run;
}

const char *sae_checkpoint_head(const struct sae_checkpoint *checkpoint)
{
    return (const char *)checkpoint->bytes + SAE_CHECKPOINT_HEAD_AT;
}

uint64_t sae_checkpoint_step(const struct sae_checkpoint *checkpoint)
{
    return checkpoint->layout.step;
}

struct data_shuffle_position sae_checkpoint_position(const struct sae_checkpoint *checkpoint)
{
    return checkpoint->position;
}
