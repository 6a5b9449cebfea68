/* The device room: devices, memory, kernels, commands, timing, images. The only room that calls Vulkan; none
 * of its headers includes a Vulkan header.
 *
 * One `struct gpu` is one open device with one queue. It is used from one thread. Work is recorded by
 * gpu_dispatch, gpu_upload, gpu_draw, … and submitted in short pieces by itself; nothing is waited for until
 * gpu_download, gpu_wait or the submission limit asks. After BASE_ERROR_DEVICE_LOST every call fails with it.
 */
#ifndef ARCLIGHT_GPU_GPU_H
#define ARCLIGHT_GPU_GPU_H

#include "base/status.h"
#include "gpu/kernel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gpu;

/* ---- devices ---- */

enum gpu_device_type { GPU_DISCRETE, GPU_INTEGRATED, GPU_VIRTUAL, GPU_CPU, GPU_OTHER };

/* What a device can do, read once; 0 or false: not there. Code asks this struct and never a vendor number. */
struct gpu_capabilities {
    uint32_t max_invocations; /* a workgroup */
    uint32_t max_group_size[3];
    uint32_t max_groups[3]; /* a dispatch, each axis */
    uint32_t shared_bytes;  /* a workgroup */
    uint32_t push_bytes;
    uint64_t storage_range_bytes; /* one binding */
    uint64_t allocation_bytes;    /* one allocation */
    uint64_t memory_bytes;        /* the largest device-local heap */
    uint64_t memory_free_bytes;   /* budget where the driver tells, else memory_bytes */
    uint32_t offset_alignment;    /* of a binding's start, bytes */
    uint32_t subgroup_size;
    bool subgroup_size_control; /* a kernel may ask for full subgroups of subgroup_size */
    bool subgroup_operations;   /* basic, ballot and shuffle, in compute */
    bool buffer_addresses;      /* kernels may read buffers by their addresses */
    bool storage_16bit;
    bool shader_float16;
    bool cooperative_matrix;
    bool rounding_to_nearest_even; /* may be asked of a module for f32 */
    bool timestamps;
    float timestamp_ns;           /* ns a tick */
    bool draws;                   /* gpu_image_create works */
    uint32_t max_image_size;      /* pixels a side */
    bool memory_shared_with_host; /* integrated and CPU devices */
    bool robust_access;
    bool long_loops; /* loops of over 65,535 rounds run to their end */
    bool presents;   /* has what a swapchain needs; whether to a certain window is known with a surface */
};

struct gpu_device_information {
    uint32_t index; /* in the order gpu_list gives: discrete, integrated, virtual, CPU */
    char name[256];
    char driver[256]; /* driver's name and version, as the driver words it */
    char api_version[32];
    char uuid[37]; /* 8-4-4-4-12 */
    enum gpu_device_type type;
    struct gpu_capabilities capabilities;
    const char *unusable; /* NULL, or a sentence why this device cannot be used */
};

const char *gpu_device_type_name(enum gpu_device_type type);

/* All devices of all drivers, best first. BASE_ERROR_NO_DEVICE when there is no Vulkan loader, with what to
 * install; zero devices is BASE_OK with *count 0. Freed with base_free. */
enum base_status gpu_list(struct gpu_device_information **list, uint32_t *count);

/* The Vulkan version of the loader, "1.3.239"; false and "" when there is no loader. */
bool gpu_loader_version(char text[32]);

/* `limits`: "key=value,key=value,…" forces capabilities down, to imitate a small device (see gpu_limits_help
 * for every key). A value above the device's own is refused. */
struct gpu_open_parameters {
    const char *device;      /* index, part of the name (case ignored) or UUID; NULL: the best one */
    const char *limits;      /* NULL: none */
    bool refuse_default_cpu; /* benchmarks: a CPU device must have been named */
    bool quiet;              /* do not say which CPU device was chosen */
    bool no_pipeline_cache;  /* neither read nor write the cache on disk */
    bool compile_only;       /* accept a device that executes nothing (tests on a null driver): pipelines are
                                built, every other call does nothing, and zeros come back */
};

/* Opens a device. BASE_ERROR_USAGE for an unknown or ambiguous name (the message lists the devices),
 * BASE_ERROR_NO_DEVICE when none suffices. A CPU device chosen by default is said aloud. The caller closes.
 */
enum base_status gpu_open(const struct gpu_open_parameters *parameters, struct gpu **out);
void gpu_close(struct gpu **gpu); /* NULL-safe; waits for the device, writes the pipeline cache */

/* Compares a million integer words, products and sums of floats (a*c + b*s, squares and their sums,
 * differences, no contraction, round to nearest even) with the host's, bit for bit. gpu_open does the same
 * for a thousand. BASE_ERROR_NO_DEVICE names the first that differs. */
enum base_status gpu_self_check_arithmetic(struct gpu *gpu);

const struct gpu_device_information *gpu_information(const struct gpu *gpu);
const struct gpu_capabilities *gpu_capabilities(const struct gpu *gpu); /* after `limits` */
const char *gpu_limits_help(void); /* the table of keys, for --help and the man page */

/* Validation messages seen so far in this process (errors and warnings), 0 without a validation layer.
 * When the environment asks for validation (ARCLIGHT_VALIDATION=1) each is also printed. */
uint64_t gpu_validation_messages(void);

/* ---- memory ---- */

enum gpu_memory {
    GPU_DEVICE, /* storage for kernels; reached from the host through gpu_upload and gpu_download */
    GPU_HOST,   /* storage that the host also sees, cached; gpu_map. For results and counters. */
};

struct gpu_buffer;

/* Memory that copies between host and device may still come to take beside all buffers, for a plan; and
 * takes it now, so that no copy can fail for want of it. */
uint64_t gpu_staging_to_come(const struct gpu *gpu);
enum base_status gpu_staging_reserve(struct gpu *gpu);

/* A plan is the list of what a run will hold at once; it is checked before the first allocation. */
struct gpu_plan;
enum base_status gpu_plan_create(struct gpu_plan **out);
void gpu_plan_destroy(struct gpu_plan **plan);
enum base_status gpu_plan_add(struct gpu_plan *plan, const char *name, uint64_t bytes);
/* Several buffers under one name, the largest of which has `largest` bytes: one allocation must hold that. */
enum base_status gpu_plan_add_several(struct gpu_plan *plan, const char *name, uint64_t bytes,
                                      uint64_t largest);
uint64_t gpu_plan_bytes(const struct gpu_plan *plan);
/* Bytes that can still be had, for whoever can make do with less; and those of one buffer that is bound
 * whole. */
uint64_t gpu_room(const struct gpu *gpu);
uint64_t gpu_largest_buffer(const struct gpu *gpu);
/* BASE_ERROR_DEVICE_MEMORY when the plan does not fit: the message says which limit is exceeded (the whole
 * over what there is, or a part over one allocation), the largest items, and `advice` (what the user can
 * change). */
enum base_status gpu_plan_check(const struct gpu *gpu, const struct gpu_plan *plan, const char *advice);

/* A buffer of `bytes` (> 0; any size up to the device's allocation limit). Contents are undefined until
 * written. `name` is for messages and debuggers and is copied. Destroyed by the caller; destruction is
 * deferred until the last command that uses the buffer has completed. */
enum base_status gpu_buffer_create(struct gpu *gpu, const char *name, uint64_t bytes, enum gpu_memory memory,
                                   struct gpu_buffer **out);
void gpu_buffer_destroy(struct gpu *gpu, struct gpu_buffer **buffer); /* NULL-safe */
uint64_t gpu_buffer_bytes(const struct gpu_buffer *buffer);
/* A number that is another one whenever the device has been given something to write into the buffer. 0 where
 * nobody can say, since the host may write into it at any time (GPU_HOST). */
uint64_t gpu_buffer_version(const struct gpu_buffer *buffer);
/* Memory allocated from the device now, staging buffers included; and the most there was at once. */
uint64_t gpu_memory_bytes(const struct gpu *gpu);
uint64_t gpu_memory_most_bytes(const struct gpu *gpu);

/* Copies host memory into a buffer, in order with the dispatches; `data` may be reused on return. */
enum base_status gpu_upload(struct gpu *gpu, struct gpu_buffer *buffer, uint64_t offset, const void *data,
                            uint64_t bytes);
/* Submits what is recorded, waits for the work that uses the buffer and copies out. */
enum base_status gpu_download(struct gpu *gpu, struct gpu_buffer *buffer, uint64_t offset, void *data,
                              uint64_t bytes);
/* Fills with a 32-bit word; offset and bytes multiples of 4. */
enum base_status gpu_fill(struct gpu *gpu, struct gpu_buffer *buffer, uint64_t offset, uint64_t bytes,
                          uint32_t word);
enum base_status gpu_copy(struct gpu *gpu, struct gpu_buffer *from, uint64_t from_offset,
                          struct gpu_buffer *to, uint64_t to_offset, uint64_t bytes);
/* The memory of a GPU_HOST buffer; valid while the buffer lives. The host may look after gpu_wait. */
void *gpu_map(struct gpu_buffer *buffer);

/* ---- work ---- */

/* A range of a buffer for one binding. bytes 0 is a mistake, not "the whole". The offset must be a multiple
 * of the device's offset_alignment (256 always is), bytes a multiple of 4 and within storage_range_bytes. */
struct gpu_range {
    struct gpu_buffer *buffer;
    uint64_t offset;
    uint64_t bytes;
};

/* The whole of a buffer as an explicit range. */
struct gpu_range gpu_whole(struct gpu_buffer *buffer);

/* Where the range begins in the device's memory, for the parameters of a kernel on GPU_LEVEL_SUBGROUP; 0
 * where that level is not allowed. The same dispatch must bind the range: its barriers and its life come from
 * that. Such reads are not checked against the range's end by any driver. */
uint64_t gpu_address(const struct gpu *gpu, const struct gpu_range *range);

/* Specialisation constants are positions in an array: constant_id = index, 32-bit each. Constant 0 is the
 * workgroup size in x by convention (`layout(local_size_x_id = 0) in;`); y and z sizes are 1. */
struct gpu_dispatch_parameters {
    const struct gpu_kernel *kernel;
    enum gpu_level level; /* from gpu_best_level, or GPU_LEVEL_FLOOR */
    uint32_t constants[GPU_MAX_CONSTANTS];
    uint32_t n_constants;
    const void *params;             /* kernel->params_bytes bytes */
    const struct gpu_range *ranges; /* kernel->n_bindings of them */
    uint64_t n_groups;              /* workgroups; 0 records nothing */
    double group_work;              /* what one of them does, in a unit of the kernel's own; 0: 1 */
};

/* The best level of this kernel that the capabilities allow. */
enum gpu_level gpu_best_level(const struct gpu *gpu, const struct gpu_kernel *kernel);
const char *gpu_level_name(enum gpu_level level);
/* True when the device (after `limits`) can run this level at all. */
bool gpu_level_allowed(const struct gpu *gpu, enum gpu_level level);

/* Records one dispatch. Checks the call against the row (bindings, sizes, alignment, limits, group size
 * against the capabilities) and refuses with BASE_ERROR_INTERNAL. Barriers come from the row's access flags
 * and each buffer's last access. Group counts of any size are folded into the device's limits: a shader asks
 * group_index() of shaders/common/group.glsl, and must do nothing for an index at or above its own bound,
 * because folding rounds up. A dispatch whose expected time exceeds the submission limit is cut between
 * groups. That time is learnt from earlier dispatches of the pipeline as proportional to n_groups ·
 * group_work: a kernel whose groups walk over few rows here and many there says how many. */
enum base_status gpu_dispatch(struct gpu *gpu, const struct gpu_dispatch_parameters *parameters);

/* Builds the pipeline without running it (start-up, tests, compile-only devices). */
enum base_status gpu_prepare(struct gpu *gpu, const struct gpu_kernel *kernel, enum gpu_level level,
                             const uint32_t *constants, uint32_t n_constants);

/* Gives a kernel other code from now on, with the same levels or stages in the same order, which is copied;
 * pipelines in use are built anew, and the old ones stay until nothing on its way uses them. When anything
 * fails all stays as it was. BASE_ERROR_INPUT for bindings or parameters that the kernel's row does not have.
 * For the development of shaders: modules must have passed spirv-val. Not between gpu_draw_begin and
 * gpu_draw_end. */
enum base_status gpu_shader_replace(struct gpu *gpu, const struct gpu_kernel *kernel,
                                    const struct gpu_shader *shader);

/* What the driver's compiler says of a pipeline: registers, spills, … by the driver's own names. */
struct gpu_statistic {
    const char *kernel;
    enum gpu_level level;
    char stage[64];
    char name[64];
    uint64_t value;
};

/* Of every pipeline built so far on a device opened with compile_only; *count is 0 where the driver tells
 * nothing (VK_KHR_pipeline_executable_properties). Freed with base_free. */
enum base_status gpu_statistics(struct gpu *gpu, struct gpu_statistic **list, uint32_t *count);

/* Submits what is recorded and goes on. */
enum base_status gpu_flush(struct gpu *gpu);
/* Submits, waits for all, and verifies that every submission's completion counter was written: lost work is
 * BASE_ERROR_DEVICE_LOST. */
enum base_status gpu_wait(struct gpu *gpu);

/* `between` is called whenever the host would wait for the device (then about once a ms) or has handed it a
 * submission, with nothing half recorded: it may record, draw, submit and present, but neither download nor
 * wait (those fail with BASE_ERROR_INTERNAL). Not called from within itself. So a window is served while
 * training runs, without a second thread. A failure that it gives is passed on by the call that waited or
 * submitted. What it leaves recorded is submitted. With it, one submission at most is queued when the next
 * one is begun, and that one nearly done by what was expected of it: a frame stands behind one piece of work.
 * NULL: none. */
void gpu_set_between(struct gpu *gpu, enum base_status (*between)(void *context), void *context);

/* Calls `between` where the host is busy with other things than the device; what is recorded is handed over
 * first. Not between gpu_draw_begin and gpu_draw_end. */
enum base_status gpu_attend(struct gpu *gpu);

/* Called from within `between`: other work is not to be begun yet, because something in flight is waited for
 * that more of `between`'s own is to follow at once. Held until it is called with false, 100 ms at most. */
void gpu_set_hold(struct gpu *gpu, bool hold);

/* A place in the order of work: after all that was recorded so far. gpu_passed looks, without waiting and
 * without submitting anything (gpu_flush does), whether the device is past it: then GPU_HOST buffers that
 * were written before may be read. False on a device that was lost, which the next call says. */
uint64_t gpu_mark(const struct gpu *gpu);
bool gpu_passed(struct gpu *gpu, uint64_t mark);

/* Bytes that came from the device to the host through gpu_download and gpu_image_download since it was
 * opened.
 */
struct gpu_traffic {
    uint64_t buffer_bytes, image_bytes;
};
struct gpu_traffic gpu_traffic(const struct gpu *gpu);

/* Submissions with kernels in them that are complete, by their timestamps; zeros where the device has none.
 */
struct gpu_slices {
    uint64_t n, ns, longest_ns;
};
struct gpu_slices gpu_slices(const struct gpu *gpu);

/* Device time expected of what is recorded and not handed over, in ns: 0 when nothing is. */
uint64_t gpu_recorded_ns(const struct gpu *gpu);
uint64_t gpu_submission_limit(const struct gpu *gpu);
/* Longest submission aimed at, in ns of device time (default 50,000,000; with a window 6,000,000). */
void gpu_set_submission_limit(struct gpu *gpu, uint64_t ns);

/* ---- timing ---- */

struct gpu_timing {
    const char *kernel;
    uint64_t dispatches;
    uint64_t ns; /* device time from timestamps; 0 where the device has none */
};

/* Sums per kernel since the device was opened or gpu_timing_reset; waits first. Freed with base_free. */
enum base_status gpu_timings(struct gpu *gpu, struct gpu_timing **timings, uint32_t *count);
/* The same of what is known to be complete, without waiting. */
enum base_status gpu_timings_so_far(struct gpu *gpu, struct gpu_timing **timings, uint32_t *count);
void gpu_timing_reset(struct gpu *gpu);
/* Time from gpu_open's start to the first dispatch handed to the device, in ns; 0 before. */
uint64_t gpu_first_dispatch_ns(const struct gpu *gpu);

/* ---- images and draws ---- */

struct gpu_image; /* four components of 8 bits, values as the shaders write them (no sRGB conversion) */

/* width and height in pixels, 1 to max_image_size. Destroyed by the caller, deferred like buffers. */
enum base_status gpu_image_create(struct gpu *gpu, uint32_t width, uint32_t height, struct gpu_image **out);
void gpu_image_destroy(struct gpu *gpu, struct gpu_image **image);
uint32_t gpu_image_width(const struct gpu_image *image);
uint32_t gpu_image_height(const struct gpu_image *image);

/* Begins drawing into the image after clearing it to `colour` (rgba, 0 to 1). Between begin and end only
 * gpu_draw may be called: upload and dispatch before. */
enum base_status gpu_draw_begin(struct gpu *gpu, struct gpu_image *image, const float colour[4]);
/* The same in a part of the image, {x, y, width, height} in pixels; what was drawn outside it stays. Draws
 * must keep their scissors within it. Before anything was drawn into the image: all of it. */
enum base_status gpu_draw_begin_in(struct gpu *gpu, struct gpu_image *image, const float colour[4],
                                   const uint32_t area[4]);
/* A draw of `vertices` x `instances`, triangles, no vertex buffers (gl_VertexIndex pulls from the bindings),
 * source-over blending with straight alpha. `scissor` is {x, y, width, height} in pixels, NULL: the image. */
struct gpu_draw_parameters {
    const struct gpu_kernel *kernel;
    const void *params;
    const struct gpu_range *ranges;
    uint32_t vertices;
    uint32_t instances;
    const uint32_t *scissor;
};
enum base_status gpu_draw(struct gpu *gpu, const struct gpu_draw_parameters *parameters);
enum base_status gpu_draw_end(struct gpu *gpu);

/* ---- swapchains ---- */

struct gpu_swapchain;

/* Makes a surface for a window: `instance` is a VkInstance, *surface becomes a VkSurfaceKHR. False: failed.
 */
typedef bool gpu_surface_maker(void *context, void *instance, uint64_t *surface);

/* True when the device has what presenting needs (capability `presents`); whether it presents to a certain
 * window is known once there is a surface. */
bool gpu_can_present(const struct gpu *gpu);

/* A swapchain for a window, with the first frame's gpu_present. `maker` makes the surface now and again when
 * it is lost; `context` must live as long. vsync: the display's rate, else as fast as frames come, where the
 * surface allows it. BASE_ERROR_NO_DEVICE when the device cannot present to the surface. Destroyed by the
 * caller before the gpu is closed and before the window is; that waits for the device. */
enum base_status gpu_swapchain_create(struct gpu *gpu, gpu_surface_maker *maker, void *context, bool vsync,
                                      struct gpu_swapchain **out);
void gpu_swapchain_destroy(struct gpu *gpu, struct gpu_swapchain **swapchain); /* NULL-safe */

/* Present mode and images, "VK_PRESENT_MODE_FIFO_KHR, 3 images"; without pixels "no images". */
void gpu_swapchain_describe(const struct gpu_swapchain *swapchain, char text[64]);

/* Copies the image, which was drawn, to the window, stretched when sizes differ; what is recorded is
 * submitted first. Never waits for the device in the run of things (only where a surface was lost, and where
 * a storm of sizes has left many swapchains behind): *shown false means that no image was free, that the
 * window has no pixels now, or that the swapchain was made anew and has no image yet. width and height are
 * the window's pixels; the surface has the last word. May be called from within `between`. */
enum base_status gpu_present(struct gpu *gpu, struct gpu_swapchain *swapchain, struct gpu_image *image,
                             uint32_t width, uint32_t height, bool *shown);

/* The same in two parts. Begin hands over the copy, so that it stands right behind the drawing and before
 * whatever comes later; end presents it, and is called when begun's *copied says that the device is through:
 * drivers of CPU devices wait in it for what stands before. What is begun and not ended is presented by the
 * next begin. begun: false where begin found no image; then gpu_present does all. */
enum base_status gpu_present_begin(struct gpu *gpu, struct gpu_swapchain *swapchain, struct gpu_image *image,
                                   uint32_t width, uint32_t height);
bool gpu_present_begun(struct gpu *gpu, const struct gpu_swapchain *swapchain, bool *copied);
enum base_status gpu_present_end(struct gpu *gpu, struct gpu_swapchain *swapchain, bool *shown);

/* Waits and copies the image out: height x width x 4 bytes, top row first. */
enum base_status gpu_image_download(struct gpu *gpu, struct gpu_image *image, uint8_t *rgba);
/* Records a copy of the image into a buffer of at least height x width x 4 bytes (blue, green, red, alpha),
 * and waits for nothing. To a GPU_HOST buffer it counts as a download. */
enum base_status gpu_image_copy(struct gpu *gpu, struct gpu_image *image, struct gpu_buffer *buffer);
/* Records a copy of the host's pixels (blue, green, red, alpha) over the whole image, as if they had been
 * drawn; `bgra` may be reused on return. */
enum base_status gpu_image_upload(struct gpu *gpu, struct gpu_image *image, const uint8_t *bgra);

#ifdef __cplusplus
}
#endif
#endif
