/* The format of a checkpoint, and what is made of its bytes; nothing here asks a device. Not for other rooms.
 *
 * All numbers are little-endian, all parts begin at multiples of 8 bytes, and what is between them is 0.
 * Every byte is under a checksum (base/checksum.h) or must have one value.
 *
 *       0   8   magic "ARCLCKPT"
 *       8   4   version, 2; 1 has a shorter state
 *      12   4   0
 *      16   8   checksum of the bytes 0 to 15: up to here every version is the same
 *      24   8   bytes of the file
 *      32   8   step that comes next
 *      40   8   H, bytes of the head's text
 *      48   8   N, sections
 *      56  64   run's name, NUL behind it
 *     120   H   the head: JSON text of the caller, then at least one 0
 *           48 * N   sections: 32 bytes name with NUL behind it, 8 bytes length, 8 bytes checksum
 *           8   checksum of all bytes before this one
 *           ... the sections in that order, each padded to 8 bytes
 *           8   "ARCLEND\n"
 *
 * The first three sections are "config" (JSON text as sae/config.h has it), "state" (struct
 * sae_trainer_state) and "position" (struct data_shuffle_position), both as 8-byte numbers in the order of
 * their members, which checkpoint_file.c lists one by one: a member that is added there makes a new version.
 * Then come those of sae_trainer_sections. */
#ifndef ARCLIGHT_SAE_CHECKPOINT_FILE_H
#define ARCLIGHT_SAE_CHECKPOINT_FILE_H

#include "sae/checkpoint.h"

enum {
    SAE_CHECKPOINT_VERSION = 2,
    SAE_CHECKPOINT_PREAMBLE = 24,
    SAE_CHECKPOINT_HEAD_AT = 120,
    SAE_CHECKPOINT_ENTRY = 48,
    SAE_CHECKPOINT_NAME = 32,
    SAE_CHECKPOINT_OWN_SECTIONS = 3,
    SAE_CHECKPOINT_MOST_SECTIONS = SAE_CHECKPOINT_OWN_SECTIONS + SAE_MOST_SECTIONS,
};

struct sae_checkpoint_entry {
    char name[SAE_CHECKPOINT_NAME];
    uint64_t offset, bytes; /* of the file */
};

/* What stands in front of the sections, in the form that the program wants. */
struct sae_checkpoint_layout {
    char run[SAE_CHECKPOINT_RUN];
    uint64_t step, head_bytes, file_bytes;
    uint32_t version; /* lay_out sets it */
    uint32_t n_sections;
    struct sae_checkpoint_entry sections[SAE_CHECKPOINT_MOST_SECTIONS];
};

struct sae_checkpoint {
    char *path;
    uint8_t *bytes; /* the whole file */
    struct sae_checkpoint_layout layout;
    struct sae_trainer_state state;
    struct data_shuffle_position position;
};

/* Whether the run's name can stand in a file. */
bool sae_checkpoint_run_is_valid(const char *run);

/* Given run, step, head_bytes and the sections' names and lengths: their offsets, and file_bytes.
 * BASE_ERROR_INTERNAL for what no checkpoint may hold. */
enum base_status sae_checkpoint_lay_out(struct sae_checkpoint_layout *layout);
/* Everything but the sections' contents and the checksums into bytes [file_bytes]. */
void sae_checkpoint_put_frame(const struct sae_checkpoint_layout *layout, const char *head, uint8_t *bytes);
/* Once the contents stand there: all checksums. */
void sae_checkpoint_seal(const struct sae_checkpoint_layout *layout, uint8_t *bytes);
/* Seals, and writes the file into the folder; from any thread. BASE_ERROR_FILE_SYSTEM. */
enum base_status sae_checkpoint_store(const char *folder, const struct sae_checkpoint_layout *layout,
                                      uint8_t *bytes);

/* The sections "state" and "position", to and from their bytes. */
enum {
    SAE_CHECKPOINT_STATE_BYTES_1 = 13 * 8, /* of version 1 */
    SAE_CHECKPOINT_STATE_BYTES = 17 * 8,
    SAE_CHECKPOINT_POSITION_BYTES = 5 * 8
};
void sae_checkpoint_put_state(const struct sae_trainer_state *state, uint8_t *bytes);
void sae_checkpoint_put_position(const struct data_shuffle_position *position, uint8_t *bytes);

/* As sae_checkpoint_read; *damaged is set when the file is at fault, and not whoever asked for it: an older
 * one may do then. */
enum base_status sae_checkpoint_open(const char *path, const char *run, struct sae_checkpoint **out,
                                     bool *damaged);

/* The section of this name behind the first three; NULL when there is none (checkpoint_model.c). */
const struct sae_checkpoint_entry *sae_checkpoint_entry(const struct sae_checkpoint *checkpoint,
                                                        const char *name);

/* ---- configuration (checkpoint_config.c) ---- */

/* JSON text, the same for the same configuration; freed by free. NULL when memory is exhausted. */
char *sae_checkpoint_config_text(const struct sae_config *config);
/* BASE_ERROR_INPUT naming the first option that the checkpoint has otherwise. */
enum base_status sae_checkpoint_check_config(const struct sae_checkpoint *checkpoint,
                                             const struct sae_config *config);

/* ---- names (checkpoint_folder.c) ---- */

/* The step that a name stands for; false when it is no checkpoint's. */
bool sae_checkpoint_name_step(const char *name, uint64_t *step);
/* Path of the step's file in the folder, freed with base_free; NULL when memory is exhausted. */
char *sae_checkpoint_name(const char *folder, uint64_t step);
/* Steps of the files in the folder, ascending; freed with base_free. */
enum base_status sae_checkpoint_steps(const char *folder, uint64_t **steps, size_t *count);
/* Removes what need not stay, the file of `newest` being on disk; see struct sae_checkpoint_parameters. */
enum base_status sae_checkpoint_prune(const char *folder, uint64_t newest, uint32_t keep_last,
                                      uint64_t keep_every);

#endif
