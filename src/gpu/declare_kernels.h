/* Declares the kernels of the room whose rows stand in the file GPU_ROWS names ("<room>/kernels.def": with
 * its folder, because this folder has such a file too), and their list. No include guard: each room's
 * kernels.h includes this once, after defining GPU_ROOM and GPU_ROWS. */
#include "gpu/kernel.h"

#define GPU_KERNEL GPU_ROW_DECLARE
#define GPU_DRAW GPU_ROW_DECLARE
#include GPU_ROWS
#undef GPU_KERNEL
#undef GPU_DRAW
GPU_LIST_DECLARE(GPU_ROOM)
#undef GPU_ROOM
#undef GPU_ROWS
