/* A history that resembles a real run's: the loss falls from 500 to 60 with noise, FVU from 1 to 0.22, L0 is
 * steered from 300 to 48, dead latents rise and are revived. */
#ifndef ARCLIGHT_TEST_SYNTHETIC_TRAINING_H
#define ARCLIGHT_TEST_SYNTHETIC_TRAINING_H

#include "live/training_history.h"

/* The words' strings are static. Freed by live_training_history_free. */
void synthetic_training(struct live_training_history *history, size_t records, size_t held_out,
                        size_t snapshots);

/* Adds the snapshot at `rows` of latents [latents] that fired in so many of `counted` rows each. */
void synthetic_firing(struct live_training_history *history, uint64_t rows, const uint32_t *fired,
                      uint32_t latents, uint64_t counted);

/* Smooth parts of what synthetic_training makes, at the share `t` of the run. */
double synthetic_training_fvu(double t);

#endif
