/* What the files of the device room share. Nothing outside gpu/ includes this header: it includes Vulkan. */
#ifndef ARCLIGHT_GPU_INTERNAL_H
#define ARCLIGHT_GPU_INTERNAL_H

#include "gpu/gpu.h"

#include <volk.h>

/* Submissions that may be queued at the device when the next one is begun: with gpu_set_between one, so that
 * a frame stands behind little. The places are more, because what `between` submits waits for none of them.
 */
enum { GPU_IN_FLIGHT = 2, GPU_IN_FLIGHT_BETWEEN = 1, GPU_SUBMISSIONS = 6 };
enum { GPU_MAX_RECORDS = 512, GPU_MAX_COMMANDS = 2048 }; /* in a submission */
enum { GPU_ALIGNMENT = 256 }; /* of every buffer and of the pieces of a staging buffer, bytes */

/* ---- instance.c ---- */

/* One Vulkan instance a process, counted. *instance is VK_NULL_HANDLE, with BASE_OK, when the loader finds no
 * driver. Every successful acquire with an instance is paired with a release. */
enum base_status gpu_instance_acquire(VkInstance *instance);
void gpu_instance_release(void);
bool gpu_validation_is_on(void);
/* The instance makes surfaces for windows. */
bool gpu_surfaces_exist(void);
/* Gives a Vulkan object a name in validation messages; nothing without validation. NULL takes it back: the
 * layers keep names of what was destroyed, about 60 bytes each, so objects that come and go with every step
 * are unnamed.
 */
void gpu_name_object(VkDevice device, VkObjectType type, uint64_t handle, const char *name);

/* ---- devices.c ---- */

struct gpu_candidate {
    VkPhysicalDevice physical;
    struct gpu_device_information information;
    uint32_t family;          /* queue family that computes, and draws where it can */
    bool pipeline_statistics; /* VK_KHR_pipeline_executable_properties */
    bool portability_subset;  /* must then be enabled */
    bool memory_budget;
    bool swapchain;             /* VK_KHR_swapchain */
    uint32_t subgroup_sizes[2]; /* the least and the most that a kernel may ask for; 0: no choice */
    uint32_t most_subgroups;    /* of a workgroup, where that choice is made */
    bool preserve_nan;          /* f32 SignedZeroInfNanPreserve may be asked of a module */
    uint64_t image_granularity; /* distance between buffers and images in memory, bytes */
    uint64_t timestamp_mask;    /* bits of a timestamp that count */
    uint64_t cache_key[4];      /* vendor and device number, driver version, pipeline cache UUID */
};

/* All physical devices, best first. Freed with base_free. */
enum base_status gpu_candidates(VkInstance instance, struct gpu_candidate **list, uint32_t *count);
/* Bytes of the largest device-local heap that are free, by the driver's budget; else its size. */
uint64_t gpu_free_memory(const struct gpu_candidate *candidate);

/* ---- limits.c ---- */

/* Applies "key=value,…" to `capabilities` and *best_level. */
enum base_status gpu_limits_apply(const char *limits, struct gpu_capabilities *capabilities,
                                  enum gpu_level *best_level);

/* ---- memory.c ---- */

struct gpu_block;

/* A piece of a block. `mapped` is NULL when the host cannot reach it. */
struct gpu_slice {
    struct gpu_block *block;
    VkDeviceMemory memory;
    uint64_t offset, bytes;
    void *mapped;
    bool cached; /* the host reads it at memory speed */
};

enum base_status gpu_slice_take(struct gpu *gpu, const VkMemoryRequirements *needed, enum gpu_memory memory,
                                const char *name, struct gpu_slice *slice);
void gpu_slice_give(struct gpu *gpu, struct gpu_slice *slice);
void gpu_blocks_free(struct gpu *gpu);

/* ---- buffer.c ---- */

/* Who touches memory. A barrier stands between two uses. */
enum gpu_use { GPU_USE_COMPUTE, GPU_USE_TRANSFER, GPU_USE_DRAW, GPU_USES };

struct gpu_submission;

struct gpu_buffer {
    char *name;
    VkBuffer handle;
    uint64_t bytes;
    enum gpu_memory memory;
    struct gpu_slice slice;
    void *stand_in;           /* on a device that only compiles: host memory for gpu_map */
    uint64_t submission;      /* number of the last submission that uses it */
    uint64_t wrote[GPU_USES]; /* number of the last command that wrote it so; 0: none */
    uint64_t read[GPU_USES];
    uint64_t uploaded;       /* a command's number that the last copy by the host alone took; 0: none */
    struct gpu_buffer *next; /* in the list of buffers waiting to be destroyed */
};

void gpu_buffers_collect(struct gpu *gpu); /* destroys those whose last submission is complete */
/* Takes back a staging buffer that the device and the host are done with. */
void gpu_staging_give(struct gpu *gpu, struct gpu_buffer **staging);
/* The staging buffer of the submission being recorded, with `bytes` free at *offset; made on first use. bytes
 * at most GPU_STAGING_BYTES. Submits and begins anew when the present one is full. */
enum { GPU_STAGING_BYTES = 16 << 20 };
enum base_status gpu_staging(struct gpu *gpu, uint64_t bytes, struct gpu_buffer **buffer, uint64_t *offset);
/* Brings `bytes` to the host in pieces of `piece_bytes`: `record` records the copy of a piece, `offset` into
 * the source, to `at` in the staging buffer. */
typedef void gpu_record_piece(struct gpu *gpu, struct gpu_submission *submission, void *source,
                              uint64_t offset, struct gpu_buffer *staging, uint64_t at, uint64_t bytes);
enum base_status gpu_read_back(struct gpu *gpu, gpu_record_piece *record, void *source, uint64_t offset,
                               char *data, uint64_t bytes, uint64_t piece_bytes);

/* ---- pipeline.c ---- */

struct gpu_layout {
    uint32_t n_bindings, params_bytes, draw;
    VkDescriptorSetLayout set;
    VkPipelineLayout pipeline;
};

struct gpu_pipeline {
    const struct gpu_kernel *kernel;
    enum gpu_level level;
    uint32_t constants[GPU_MAX_CONSTANTS];
    uint32_t n_constants;
    const struct gpu_layout *layout;
    VkPipeline handle;
    /* Cost, from timestamps: sums that fade, so that their quotient follows the kernel's present use. */
    double ns, work;                     /* groups · group_work */
    uint64_t timed_dispatches, timed_ns; /* for gpu_timings */
    struct gpu_pipeline *next;
};

/* The pipeline for this kernel, level and constants; built when first asked for. */
enum base_status gpu_pipeline_get(struct gpu *gpu, const struct gpu_kernel *kernel, enum gpu_level level,
                                  const uint32_t *constants, uint32_t n_constants, struct gpu_pipeline **out);
void gpu_pipelines_free(struct gpu *gpu);
/* Builds the handle of a pipeline whose other members are filled in, from the kernel's present code. */
enum base_status gpu_pipeline_build(struct gpu *gpu, struct gpu_pipeline *pipeline);
/* One stage of this kernel; a compute stage gets the float controls that the device offers. */
enum base_status gpu_module_create(struct gpu *gpu, const struct gpu_kernel *kernel,
                                   const struct gpu_module *source, VkShaderModule *out);

/* ---- replace.c ---- */

struct gpu_replacement;
struct gpu_dead_pipeline;

/* The code that stands for a kernel now: what the build embedded, or what replaced it. */
const struct gpu_shader *gpu_shader_of(const struct gpu *gpu, const struct gpu_kernel *kernel);
void gpu_pipelines_collect(struct gpu *gpu); /* destroys replaced ones, like gpu_buffers_collect */
void gpu_replacements_free(struct gpu *gpu); /* when all work is done */

/* ---- cache.c ---- */

/* Reads what an earlier run left for this device and driver; anything damaged or foreign counts as nothing.
 */
enum base_status gpu_cache_open(struct gpu *gpu);
/* Writes it back when pipelines were added. Failing to write is no failure of the program. */
void gpu_cache_close(struct gpu *gpu);

/* ---- command.c ---- */

/* Commands of one pipeline that follow each other, with a timestamp behind them. */
struct gpu_record {
    struct gpu_pipeline *pipeline; /* NULL: transfers */
    double work;                   /* groups · group_work; of draws: how many there are */
    uint64_t expected_ns;
    uint64_t dispatches; /* begun here; later slices of one that was cut do not count */
    uint32_t tick;       /* of the submission's timestamps; 0: none, the next record's stands for both */
};

struct gpu_submission {
    uint64_t number; /* 1, 2, …; also the timeline's value when done. 0: empty */
    VkCommandPool pool;
    VkCommandBuffer commands;
    VkDescriptorPool *descriptor_pools;
    uint32_t n_descriptor_pools, descriptor_pool;
    VkQueryPool queries; /* one timestamp at the start, one after each record that has its own */
    struct gpu_record records[GPU_MAX_RECORDS];
    uint32_t n_records, n_ticks;
    uint32_t n_commands;
    uint64_t expected_ns;
    uint64_t submitted_ns; /* host clock */
    bool has_dispatch;
    struct gpu_buffer *staging;
    uint64_t staging_used;
};

enum base_status gpu_commands_create(struct gpu *gpu);
void gpu_commands_destroy(struct gpu *gpu);
/* The submission being recorded, begun when there is none. */
enum base_status gpu_recording(struct gpu *gpu, struct gpu_submission **out);
/* Notes that the next command accesses `buffer` so; after all its buffers were noted, gpu_command places the
 * barrier that is needed, gives the command its number and adds it to a record. */
void gpu_note(struct gpu *gpu, struct gpu_buffer *buffer, enum gpu_access access);
void gpu_command(struct gpu *gpu, struct gpu_submission *submission, enum gpu_use use,
                 const struct gpu_record *record);
/* Inside a render pass no barrier can be placed: all that was written is made ready for draws before it. */
void gpu_barrier_before_draws(struct gpu *gpu, struct gpu_submission *submission);
enum base_status gpu_descriptor_set(struct gpu *gpu, struct gpu_submission *submission,
                                    const struct gpu_layout *layout, const struct gpu_range *ranges,
                                    VkDescriptorSet *out);
void gpu_close_record(struct gpu_submission *submission); /* the last one, by a timestamp */

/* ---- submission.c ---- */

/* Hands the device what is recorded, nothing when nothing is, and then calls `between`. */
enum base_status gpu_submit(struct gpu *gpu);
/* The same without calling `between`. The submission waits in its transfers for the binary semaphore `wait`
 * and signals the binary `signal`; both may be VK_NULL_HANDLE. */
enum base_status gpu_hand_over(struct gpu *gpu, VkSemaphore wait, VkSemaphore signal);
/* Waits until the next submission may be begun. */
enum base_status gpu_await_place(struct gpu *gpu);
/* Waits until this submission is complete, and calls `between` meanwhile. */
enum base_status gpu_reach(struct gpu *gpu, uint64_t number);
/* Refuses what waits from within `between`. */
enum base_status gpu_may_wait(const struct gpu *gpu, const char *what);
void gpu_finish(struct gpu *gpu); /* waits for the device for the last time, whatever has become of it */
enum base_status gpu_poll(struct gpu *gpu); /* takes note of what is complete */

/* ---- device.c ---- */

/* The index of the candidate that the parameters name, or the best one; see gpu_open. */
enum base_status gpu_choose(const struct gpu_candidate *list, uint32_t count,
                            const struct gpu_open_parameters *parameters, uint32_t *chosen);
/* BASE_OK, or the failure that has made the device unusable, with its message. `what` is the call. */
enum base_status gpu_usable(const struct gpu *gpu, const char *what);
/* The same, and refuses between gpu_draw_begin and gpu_draw_end. */
enum base_status gpu_idle_of_draws(const struct gpu *gpu, const char *what);
/* Makes a status and a message of a VkResult that is not VK_SUCCESS; a lost device stays lost. */
enum base_status gpu_failed(struct gpu *gpu, VkResult result, const char *call, const char *about);
/* Makes `status` and the present message what every later call gives. */
enum base_status gpu_break(struct gpu *gpu, enum base_status status);

/* ---- dispatch.c ---- */

/* The checks that dispatches and draws share. */
enum base_status gpu_check_call(const struct gpu *gpu, const struct gpu_kernel *kernel, const void *params,
                                const struct gpu_range *ranges);

/* ---- check.c ---- */

/* A small run whose integer and float words are compared with the host's. */
enum base_status gpu_self_check(struct gpu *gpu);

/* ---- draw.c ---- */

enum base_status gpu_render_pass(struct gpu *gpu); /* makes both when there are none */
void gpu_draws_destroy(struct gpu *gpu);
enum base_status gpu_draw_pipeline(struct gpu *gpu, const struct gpu_kernel *kernel,
                                   const struct gpu_layout *layout, VkPipeline *out);

/* ---- image.c ---- */

void gpu_images_collect(struct gpu *gpu); /* like gpu_buffers_collect */

/* The order of components that windows have on nearly all systems, so that an image is copied there as it is;
 * a copy that changes the order costs CPU devices more than drawing. Every device draws it (Vulkan
 * specification, "Required Format Support"). */
#define GPU_IMAGE_FORMAT VK_FORMAT_B8G8R8A8_UNORM

struct gpu_image {
    uint32_t width, height;
    VkImage handle;
    struct gpu_slice slice;
    VkImageView view;
    VkFramebuffer frame;
    bool drawn; /* its layout is then that of a transfer source */
    uint64_t submission;
    struct gpu_image *next;
};

struct gpu {
    struct gpu_candidate candidate;
    struct gpu_device_information information; /* after `limits` */
    enum gpu_level best_level;
    VkDevice device;
    VkQueue queue;
    VkPhysicalDeviceMemoryProperties memory;
    bool compile_only;

    enum base_status broken; /* BASE_OK, or why every call fails */
    char *broken_message;

    struct gpu_block *blocks;
    uint64_t allocated_bytes, most_allocated_bytes;
    struct gpu_buffer *dead_buffers;
    struct gpu_image *dead_images;

    struct gpu_layout layouts[64];
    uint32_t n_layouts;
    struct gpu_pipeline *pipelines;
    struct gpu_replacement *replacements;
    struct gpu_dead_pipeline *dead_pipelines;
    VkPipelineCache cache;
    char *cache_path; /* NULL: neither read nor written */
    bool cache_grew;
    uint64_t cache_loaded; /* checksum of what was read; 0: nothing */

    struct gpu_submission submissions[GPU_SUBMISSIONS];
    bool recording;       /* into submissions[next_number % GPU_SUBMISSIONS] */
    uint64_t next_number; /* of the submission being recorded, or of the next one */
    uint64_t completed;   /* all up to this number */
    VkSemaphore timeline;
    enum base_status (*between)(void *context);
    void *between_context;
    bool held;                  /* see gpu_set_hold */
    bool serving;               /* within `between`, or where it must not be called */
    struct gpu_buffer *staging; /* those that no submission uses, in a list */
    struct gpu_traffic traffic;
    struct gpu_slices slices;
    struct gpu_buffer *counters; /* a word a place, written last by each submission */
    uint64_t n_commands;
    uint64_t synced[GPU_USES]
                   [GPU_USES]; /* commands up to this number of use [from] precede those of use [to] */
    struct {                   /* by gpu_note, for the next command */
        struct gpu_buffer *buffer;
        enum gpu_access access;
    } noted[GPU_MAX_BINDINGS];
    uint32_t n_noted;
    uint64_t last_tick;    /* the device's clock at the end of the last complete submission */
    uint64_t last_done_ns; /* the host's clock when it was seen */
    uint64_t idle_ns;      /* the host's clock when the device is expected to be through with all it has */
    uint64_t submission_limit_ns;

    uint64_t open_ns;
    uint64_t first_dispatch_ns;

    VkRenderPass render_pass, keeping_pass; /* the latter leaves what is outside its area */
    struct gpu_image *drawing;
    uint64_t n_passes; /* begun, one in some is timed draw by draw */
    bool drawn;        /* a draw was recorded in this pass */
};

/* Where the submission of this number is or will be recorded. */
static inline struct gpu_submission *gpu_place(struct gpu *gpu, uint64_t number)
{
    return &gpu->submissions[number % GPU_SUBMISSIONS];
}

#endif
