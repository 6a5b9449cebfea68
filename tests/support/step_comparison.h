/* A training step on the device beside the double reference's, for tests. */
#ifndef ARCLIGHT_TEST_STEP_COMPARISON_H
#define ARCLIGHT_TEST_STEP_COMPARISON_H

#include "sae/trainer_internal.h"
#include "support/training_step.h"

/* A trainer whose dead latents are the step's, and whose way through a step is chosen; the step's
 * configuration becomes the trainer's. Destroyed by the caller. */
struct sae_trainer *test_step_trainer(struct gpu *gpu, struct test_step *step, bool dense);

/* The rows of a step as the trainer takes them: a transcoder's targets beside its inputs. Freed with
 * base_free. */
float *test_step_rows(const struct test_step *step);

/* After a step of the trainer; `way` in words for the message of what differs. */
void test_compare_gradients(struct gpu *gpu, struct sae_trainer *trainer, const struct test_step *step,
                            const struct sae_reference_gradients *expected, const char *way);
void test_compare_losses(const struct test_step *step, const struct sae_record *record,
                         const struct sae_reference_loss *loss, const char *way);

/* One step, on dense blocks or on pairs: losses and gradients are the reference's. `aux_cols`: dead latents
 * that AuxK takes at once, 0: all that there are. */
void test_compare_step(struct gpu *gpu, struct test_step *step, bool dense, uint32_t aux_cols);

#endif
