#include "cli/timings.h"

#include "base/memory.h"

json_t *cli_timings(struct gpu *gpu)
{
    struct gpu_timing *timings;
    uint32_t count;
    if (!gpu || gpu_timings(gpu, &timings, &count) != BASE_OK)
        return json_null();
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "kernel", timings[i].kernel, "dispatches",
                                              (json_int_t)timings[i].dispatches, "device_ns",
                                              (json_int_t)timings[i].ns));
    base_free(timings);
    return list;
}
