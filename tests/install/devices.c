/* A program outside the tree that only asks the library what devices there are. */
#include "base/memory.h"
#include "base/status.h"
#include "gpu/gpu.h"

#include <stdio.h>

int main(void)
{
    struct gpu_device_information *devices = NULL;
    uint32_t count = 0;
    enum base_status status = gpu_list(&devices, &count);
    if (status != BASE_OK) {
        fprintf(stderr, "%s\n", base_message());
        return (int)status;
    }
    for (uint32_t i = 0; i < count; i++)
        printf("%s (%s)\n", devices[i].name, gpu_device_type_name(devices[i].type));
    base_free(devices);
    return count > 0 ? 0 : 1;
}
