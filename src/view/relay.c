/* From the device that draws to another one that shows. */
#include "view/relay.h"

#include "base/memory.h"

struct view_relay {
    struct gpu *from, *to;
    struct gpu_buffer *pixels; /* of the first device, seen by the host */
    struct gpu_image *image;   /* of the second */
    uint32_t width, height;    /* of what is on its way */
    uint64_t mark;
    bool busy;
};

enum base_status view_relay_create(struct gpu *from, struct gpu *to, struct view_relay **out)
{
    BASE_TRY(base_allocate(out, 1, sizeof **out, "a relay between devices"));
    (*out)->from = from;
    (*out)->to = to;
    return BASE_OK;
}

void view_relay_destroy(struct view_relay **handle)
{
    struct view_relay *relay = *handle;
    if (!relay)
        return;
    *handle = NULL;
    gpu_buffer_destroy(relay->from, &relay->pixels);
    gpu_image_destroy(relay->to, &relay->image);
    base_free(relay);
}

bool view_relay_is_busy(const struct view_relay *relay)
{
    return relay->busy;
}

enum base_status view_relay_take(struct view_relay *relay, struct gpu_image *image, bool *taken)
{
    const uint32_t width = gpu_image_width(image), height = gpu_image_height(image);
    const uint64_t bytes = (uint64_t)width * height * 4;
    *taken = false;
    if (relay->busy)
        return BASE_OK;
    if (relay->pixels && gpu_buffer_bytes(relay->pixels) < bytes)
        gpu_buffer_destroy(relay->from, &relay->pixels);
    if (!relay->pixels)
        BASE_TRY(
            gpu_buffer_create(relay->from, "pixels for another device", bytes, GPU_HOST, &relay->pixels));
    BASE_TRY(gpu_image_copy(relay->from, image, relay->pixels));
    relay->mark = gpu_mark(relay->from);
    BASE_TRY(gpu_flush(relay->from));
    relay->width = width;
    relay->height = height;
    *taken = relay->busy = true;
    return BASE_OK;
}

enum base_status view_relay_arrive(struct view_relay *relay, struct gpu_image **image)
{
    *image = NULL;
    if (!relay->busy || !gpu_passed(relay->from, relay->mark))
        return BASE_OK;
    relay->busy = false;
    if (relay->image &&
        (gpu_image_width(relay->image) != relay->width || gpu_image_height(relay->image) != relay->height))
        gpu_image_destroy(relay->to, &relay->image);
    if (!relay->image)
        BASE_TRY(gpu_image_create(relay->to, relay->width, relay->height, &relay->image));
    BASE_TRY(gpu_image_upload(relay->to, relay->image, gpu_map(relay->pixels)));
    *image = relay->image;
    return BASE_OK;
}
