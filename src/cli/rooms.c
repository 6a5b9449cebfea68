#include "cli/rooms.h"

#include "linalg/kernels.h"

#include <stddef.h>

const struct cli_room cli_rooms[] = {
    {"linalg", linalg_kernels, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};
