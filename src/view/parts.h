/* Inside view/: which areas of an image are to be drawn anew. A picture is recorded in parts, each with a
 * number that stands for its content and the pixels it may touch; compared with the parts that the image
 * holds, those that differ give areas. Where an area is drawn, all parts within it are. */
#ifndef ARCLIGHT_VIEW_PARTS_H
#define ARCLIGHT_VIEW_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { VIEW_MOST_PARTS = 64 };

struct view_box {
    uint32_t left, top, right, bottom; /* pixels; right and bottom are the first ones outside */
};

struct view_part {
    uint64_t content; /* equal numbers: equal content; 0: not known */
    struct view_box box;
};

/* Zeroed: nothing recorded, and an image that is clear. */
struct view_parts {
    struct view_part held[VIEW_MOST_PARTS]; /* what the image holds */
    struct view_part now[VIEW_MOST_PARTS];  /* what the picture wants; the caller fills it */
    uint32_t n_held, n_now;
    struct view_box areas[2 * VIEW_MOST_PARTS];
    uint32_t n_areas, next; /* those before `next` have been handed out */
};

bool view_box_is_empty(const struct view_box *box);
bool view_box_meets(const struct view_box *a, const struct view_box *b);
struct view_box view_box_around(const struct view_box *a, const struct view_box *b);
struct view_box view_box_common(const struct view_box *a, const struct view_box *b);

/* The image has been cleared. */
void view_parts_clear(struct view_parts *parts);
/* Areas for what `now` has otherwise than `held`. */
void view_parts_plan(struct view_parts *parts);
/* The next area, to be drawn before anything else is called; false: there is none left. */
bool view_parts_next(struct view_parts *parts, struct view_box *area);
/* The picture ends, though areas be left: the image holds what has been drawn. Parts that have not been, or
 * not wholly, are drawn with the next picture. */
void view_parts_settle(struct view_parts *parts);

/* Mixes bytes into a number that stands for content. */
uint64_t view_parts_mix(uint64_t content, const void *data, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
