/* What training writes so that a run that was killed goes on with the same bits: one file a checkpoint and
 * autoencoder, `checkpoint-000001234.arclight` in the run's folder, the number being the step that comes
 * next. Several autoencoders that are trained side by side are written together, each into a folder of its
 * own. The file's format stands in sae/checkpoint_file.h. */
#ifndef ARCLIGHT_SAE_CHECKPOINT_H
#define ARCLIGHT_SAE_CHECKPOINT_H

#include "data/shuffle.h"
#include "sae/trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SAE_CHECKPOINT_MOST_RUNS = 64,      /* written together */
    SAE_CHECKPOINT_MOST_HEAD = 1 << 20, /* bytes of JSON text */
    SAE_CHECKPOINT_RUN = 64, /* bytes of a run's name with its NUL: printable ASCII without spaces */
};

/* A run's folder, and the name that its checkpoints carry, so that a folder of another run is not taken for
 * it. Where checkpoints are read, `run` may be NULL: whichever it is. Strings are not copied. */
struct sae_checkpoint_place {
    const char *folder;
    const char *run;
};

/* ---- writing ---- */

struct sae_checkpoint_writer;

struct sae_checkpoint_parameters {
    struct gpu *gpu;
    const struct sae_checkpoint_place *places; /* copied, the strings too */
    uint32_t n_places;
    /* What stays in the folders. The newest ones, at least 1. And for good the first one at or after each
     * multiple of `keep_every` steps; 0: none. What is left over is removed once a newer one is on disk in
     * every folder. Files of later steps than the newest that was written are never touched. */
    uint32_t keep_last;
    uint64_t keep_every;
};

/* The folders must exist. Temporaries that processes which were killed left there are removed.
 * BASE_ERROR_FILE_SYSTEM, or BASE_ERROR_INTERNAL for parameters that cannot be. The caller closes. */
enum base_status sae_checkpoint_writer_open(const struct sae_checkpoint_parameters *parameters,
                                            struct sae_checkpoint_writer **out);
/* NULL-safe; waits until what was begun is written, and forgets whether that failed: finish first. */
void sae_checkpoint_writer_close(struct sae_checkpoint_writer **writer);

/* What goes into one file. `head` is an object of JSON text that the caller gets back as it is. */
struct sae_checkpoint_content {
    const struct sae_trainer *trainer;
    const char *head;
};

/* Copies everything into host memory (once the size of the files, kept for the next time), which is all that
 * is waited for, and has a thread write it: `contents` [n_places], all at the same step. When the one before
 * is still being written, that is waited for; when it failed and nobody was told, its failure is returned and
 * nothing is begun: begin again to try anew. Device failures are passed on. */
enum base_status sae_checkpoint_begin(struct sae_checkpoint_writer *writer,
                                      const struct sae_checkpoint_content *contents,
                                      const struct data_shuffle_position *position);

/* Without waiting: the failure of what was begun, once (BASE_ERROR_FILE_SYSTEM: disk full and so on; older
 * checkpoints are untouched and training may go on), and whether it is still being written. */
enum base_status sae_checkpoint_poll(struct sae_checkpoint_writer *writer, bool *writing);
/* The same, and waits until nothing is being written. */
enum base_status sae_checkpoint_finish(struct sae_checkpoint_writer *writer);

/* Of the last one that was begun; write_ns and written once poll or finish has said that it ended. */
struct sae_checkpoint_figures {
    uint64_t step, bytes;       /* of all files */
    uint64_t copy_ns, write_ns; /* from the device; checksums, writing and flushing */
    bool written;
};
struct sae_checkpoint_figures sae_checkpoint_figures(const struct sae_checkpoint_writer *writer);

/* ---- reading ---- */

struct sae_checkpoint; /* one file, read wholly and verified */

/* True when there is a file named like a checkpoint in the folder. */
bool sae_checkpoint_exists(const char *folder);

/* BASE_ERROR_INPUT naming file and fault: cut, damaged, another format version, another run than `run` (NULL:
 * any). The caller frees. */
enum base_status sae_checkpoint_read(const char *path, const char *run, struct sae_checkpoint **out);
void sae_checkpoint_free(struct sae_checkpoint **checkpoint); /* NULL-safe */

/* The newest step of which every place has a valid checkpoint: into checkpoints[n_places], which the caller
 * frees. A damaged one is said aloud, and the step before is taken; one of another version or run is refused.
 * BASE_ERROR_INPUT naming file and fault when nothing is left. */
enum base_status sae_checkpoint_find(const struct sae_checkpoint_place *places, uint32_t n_places,
                                     struct sae_checkpoint **checkpoints);

/* All belong to the checkpoint. */
const char *sae_checkpoint_path(const struct sae_checkpoint *checkpoint);
const char *sae_checkpoint_run(const struct sae_checkpoint *checkpoint);
const char *sae_checkpoint_head(const struct sae_checkpoint *checkpoint); /* the caller's text */
uint64_t sae_checkpoint_step(const struct sae_checkpoint *checkpoint);
struct data_shuffle_position sae_checkpoint_position(const struct sae_checkpoint *checkpoint);

/* The configuration that was trained with: what a trainer must be created with to go on. The kind's and the
 * architecture's members that options do not name are filled in too. BASE_ERROR_INPUT when the file holds
 * none that can be meant. */
enum base_status sae_checkpoint_config(const struct sae_checkpoint *checkpoint, struct sae_config *config);

/* The autoencoder in it as files would hold it (see sae_trainer_model), without a device. BASE_ERROR_INPUT
 * names file and fault. The caller frees with sae_model_free. */
enum base_status sae_checkpoint_model(const struct sae_checkpoint *checkpoint, struct sae_model *model);
/* Rows in which each latent fired since counting began, into fired [d_sae]; false when it does not say. */
bool sae_checkpoint_firing(const struct sae_checkpoint *checkpoint, uint32_t *fired, uint32_t d_sae);

/* Puts the checkpoint into a trainer made with the same configuration. BASE_ERROR_INPUT naming file and the
 * first difference when configuration or shapes are others: nothing is uploaded then. */
enum base_status sae_checkpoint_restore(const struct sae_checkpoint *checkpoint, struct gpu *gpu,
                                        struct sae_trainer *trainer);

#ifdef __cplusplus
}
#endif
#endif
