/* Defines what declare_kernels.h declares; included once by each room's kernels.c after GPU_ROOM and GPU_ROWS
 * and the room's params.h. */
#include "gpu/kernel.h"

#define GPU_KERNEL(room, kernel, ...) GPU_ROW_DEFINE(room, kernel, 0, __VA_ARGS__)
#define GPU_DRAW(room, draw, ...) GPU_ROW_DEFINE(room, draw, 1, __VA_ARGS__)
#include GPU_ROWS
#undef GPU_KERNEL
#undef GPU_DRAW
#define GPU_KERNEL GPU_ROW_LIST
#define GPU_DRAW GPU_ROW_LIST
GPU_LIST_OPEN(GPU_ROOM)
#include GPU_ROWS
GPU_LIST_CLOSE
#undef GPU_KERNEL
#undef GPU_DRAW
#undef GPU_ROOM
#undef GPU_ROWS
