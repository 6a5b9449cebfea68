/* The commands: one function a command, one file a function. Each prints its results with cli_print and
 * returns the status that becomes the exit code. */
#ifndef ARCLIGHT_CLI_COMMANDS_H
#define ARCLIGHT_CLI_COMMANDS_H

#include "base/status.h"

#include <stdbool.h>

struct cli_values;
struct gpu;
struct sae_hands;

enum base_status cli_run_srm(const struct cli_values *values);
enum base_status cli_run_train(const struct cli_values *values);
enum base_status cli_run_view(const struct cli_values *values);
enum base_status cli_run_convert(const struct cli_values *values);
enum base_status cli_run_inspect(const struct cli_values *values);
enum base_status cli_run_eval(const struct cli_values *values);
enum base_status cli_run_encode(const struct cli_values *values);
enum base_status cli_run_decode(const struct cli_values *values);
enum base_status cli_run_latents(const struct cli_values *values);
enum base_status cli_run_devices(const struct cli_values *values);
enum base_status cli_run_selftest(const struct cli_values *values);
enum base_status cli_run_bench(const struct cli_values *values);
enum base_status cli_run_completion(const struct cli_values *values);
enum base_status cli_run_man(const struct cli_values *values);
enum base_status cli_run_help(const struct cli_values *values);
enum base_status cli_run_version(const struct cli_values *values);

/* `arclight train` with hands on it, for a window. `gpu` NULL: opened here; otherwise it is the caller's, and
 * is not closed. `kept` false: its folder goes when this returns, so nothing is said of what is in there.
 * BASE_INTERRUPTED when it was stopped, with a checkpoint written. */
enum base_status cli_train(const struct cli_values *values, struct gpu *gpu, const struct sae_hands *hands,
                           bool kept);

#endif
