/* From the device that draws to another one that shows: copies that nobody waits for, one on its way at a
 * time. For window.c; not installed. */
#ifndef ARCLIGHT_VIEW_RELAY_H
#define ARCLIGHT_VIEW_RELAY_H

#include "gpu/gpu.h"

struct view_relay;

/* Both devices must outlive the relay. */
enum base_status view_relay_create(struct gpu *from, struct gpu *to, struct view_relay **out);
void view_relay_destroy(struct view_relay **relay); /* NULL-safe */

/* Starts to bring an image of the first device over; *taken false: the one before is still on its way. */
enum base_status view_relay_take(struct view_relay *relay, struct gpu_image *image, bool *taken);
/* True while an image is on its way. */
bool view_relay_is_busy(const struct view_relay *relay);
/* The second device's image when one has arrived since the last call, else NULL; it belongs to the relay and
 * stays until the next one arrives. */
enum base_status view_relay_arrive(struct view_relay *relay, struct gpu_image **image);

#endif
