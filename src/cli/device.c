#include "base/log.h"
#include "cli/values.h"
#include "gpu/gpu.h"

enum base_status cli_open_gpu(const struct cli_values *values, bool benchmark, struct gpu **out)
{
    struct gpu_open_parameters parameters = {
        .device = cli_text(values, "device"),
        .limits = cli_text(values, "limits"),
        .refuse_default_cpu = benchmark,
        .quiet = base_log_level() == BASE_LOG_QUIET,
    };
    BASE_TRY(gpu_open(&parameters, out));
    gpu_set_submission_limit(*out, (uint64_t)(cli_real(values, "submission-ms") * 1e6));
    return BASE_OK;
}
