/* `arclight srm`. */
#include "cli/commands.h"
#include "cli/values.h"

enum base_status cli_run_srm(const struct cli_values *values)
{
    if (!cli_given(values, "out"))
        return base_fail(BASE_ERROR_USAGE, "srm: --out DIR is missing: where to put the results");
    return base_fail(BASE_ERROR_INTERNAL, "srm: the analysis is not in this build");
}
