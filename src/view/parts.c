#include "view/parts.h"

#include "base/memory.h"

#include <string.h>

/* ---- boxes ---- */

bool view_box_is_empty(const struct view_box *box)
{
    return box->left >= box->right || box->top >= box->bottom;
}

bool view_box_meets(const struct view_box *a, const struct view_box *b)
{
    return !view_box_is_empty(a) && !view_box_is_empty(b) && a->left < b->right && b->left < a->right &&
           a->top < b->bottom && b->top < a->bottom;
}

static bool holds(const struct view_box *outer, const struct view_box *inner)
{
    return view_box_is_empty(inner) || (outer->left <= inner->left && outer->top <= inner->top &&
                                        outer->right >= inner->right && outer->bottom >= inner->bottom);
}

struct view_box view_box_around(const struct view_box *a, const struct view_box *b)
{
    if (view_box_is_empty(a) || view_box_is_empty(b))
        return view_box_is_empty(a) ? *b : *a;
    return (struct view_box){(uint32_t)base_minimum(a->left, b->left), (uint32_t)base_minimum(a->top, b->top),
                             (uint32_t)base_maximum(a->right, b->right),
                             (uint32_t)base_maximum(a->bottom, b->bottom)};
}

struct view_box view_box_common(const struct view_box *a, const struct view_box *b)
{
    if (!view_box_meets(a, b))
        return (struct view_box){0};
    return (struct view_box){(uint32_t)base_maximum(a->left, b->left), (uint32_t)base_maximum(a->top, b->top),
                             (uint32_t)base_minimum(a->right, b->right),
                             (uint32_t)base_minimum(a->bottom, b->bottom)};
}

static bool same(const struct view_box *a, const struct view_box *b)
{
    return a->left == b->left && a->top == b->top && a->right == b->right && a->bottom == b->bottom;
}

/* ---- areas ---- */

/* No area lies within another one. */
static void add_area(struct view_parts *parts, struct view_box box)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < parts->n_areas; i++)
        if (holds(&parts->areas[i], &box))
            return;
    for (uint32_t i = 0; i < parts->n_areas; i++)
        if (!holds(&box, &parts->areas[i]))
            parts->areas[kept++] = parts->areas[i];
    parts->areas[kept] = box;
    parts->n_areas = kept + 1;
}

/* Part `i` on either side; one that is not there is empty. */
static struct view_part part_at(const struct view_part *list, uint32_t n, uint32_t i)
{
    return i < n ? list[i] : (struct view_part){.content = 1};
}

static bool differs(const struct view_part *a, const struct view_part *b)
{
    if (view_box_is_empty(&a->box) && view_box_is_empty(&b->box))
        return false;
    return a->content != b->content || a->content == 0 || !same(&a->box, &b->box);
}

void view_parts_clear(struct view_parts *parts)
{
    parts->n_held = 0;
}

void view_parts_plan(struct view_parts *parts)
{
    parts->n_areas = parts->next = 0;
    for (uint32_t i = 0; i < base_maximum(parts->n_held, parts->n_now); i++) {
        const struct view_part was = part_at(parts->held, parts->n_held, i);
        const struct view_part is = part_at(parts->now, parts->n_now, i);
        if (!differs(&was, &is))
            continue;
        if (view_box_meets(&was.box, &is.box)) {
            add_area(parts, view_box_around(&was.box, &is.box));
            continue;
        }
        add_area(parts, was.box);
        add_area(parts, is.box);
    }
}

bool view_parts_next(struct view_parts *parts, struct view_box *area)
{
    while (parts->next < parts->n_areas) {
        *area = parts->areas[parts->next++];
        if (!view_box_is_empty(area))
            return true;
    }
    return false;
}

static bool is_drawn(const struct view_parts *parts, const struct view_box *box)
{
    bool drawn = view_box_is_empty(box);
    for (uint32_t i = 0; i < parts->next && !drawn; i++)
        drawn = holds(&parts->areas[i], box);
    return drawn;
}

void view_parts_settle(struct view_parts *parts)
{
    const uint32_t n = (uint32_t)base_maximum(parts->n_held, parts->n_now);
    for (uint32_t i = 0; i < n; i++) {
        const struct view_part was = part_at(parts->held, parts->n_held, i);
        const struct view_part is = part_at(parts->now, parts->n_now, i);
        parts->held[i] = was;
        if (!differs(&was, &is))
            continue;
        parts->held[i] = is;
        if (!is_drawn(parts, &was.box) || !is_drawn(parts, &is.box))
            parts->held[i] = (struct view_part){.box = view_box_around(&was.box, &is.box)};
    }
    parts->n_held = n;
    parts->n_areas = parts->next = 0;
}

/* ---- content ---- */

uint64_t view_parts_mix(uint64_t content, const void *data, size_t bytes)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    const unsigned char *at = data;
    uint64_t word;
    for (; bytes >= sizeof word; at += sizeof word, bytes -= sizeof word) {
        memcpy(&word, at, sizeof word);
        content = (content ^ word) * odd;
        content ^= content >> 29;
    }
    word = bytes;
    memcpy(&word, at, bytes);
    content = (content ^ word ^ (uint64_t)bytes << 56) * odd;
    content ^= content >> 32;
    return content ? content : 1;
}
