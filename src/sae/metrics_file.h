/* metrics.jsonl: one JSON object a line, written as training goes on. Everything in it but "seconds" depends
 * on configuration, data and device alone, digits too. */
#ifndef ARCLIGHT_SAE_METRICS_FILE_H
#define ARCLIGHT_SAE_METRICS_FILE_H

#include "sae/density.h"
#include "sae/holdout.h"
#include "sae/trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sae_metrics_file;

/* Opens the file for records from `step` on: what stands in it of earlier steps stays, what is of later ones
 * (an interrupted run got further than its checkpoint) or torn is dropped. BASE_ERROR_FILE_SYSTEM. The caller
 * closes. */
enum base_status sae_metrics_file_open(const char *path, uint64_t step, struct sae_metrics_file **out);
/* Flushes; NULL-safe. BASE_ERROR_FILE_SYSTEM when something could not be written. */
enum base_status sae_metrics_file_close(struct sae_metrics_file **file);

/* A line for a step; `holdout` and `density` [SAE_DENSITY_BINS] may be NULL. */
enum base_status sae_metrics_file_add(struct sae_metrics_file *file, const struct sae_record *record,
                                      double seconds, const struct sae_holdout_result *holdout,
                                      const uint32_t *density);
/* A line that says what happened at a step: {"step": …, "event": "resampled", "latents": 12}. */
enum base_status sae_metrics_file_event(struct sae_metrics_file *file, uint64_t step, const char *event,
                                        const char *key, double value);

#ifdef __cplusplus
}
#endif
#endif
