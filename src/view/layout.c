/* Rectangles of a layout: plain arithmetic. */
#include "view/canvas.h"

struct view_rect view_inset(struct view_rect rect, float left, float top, float right, float bottom)
{
    return (struct view_rect){rect.x + left, rect.y + top, rect.width - left - right,
                              rect.height - top - bottom};
}

struct view_rect view_cell(struct view_rect rect, uint32_t rows, uint32_t columns, float gap_x, float gap_y,
                           uint32_t row, uint32_t column)
{
    float width = (rect.width - gap_x * (float)(columns - 1)) / (float)columns;
    float height = (rect.height - gap_y * (float)(rows - 1)) / (float)rows;
    return (struct view_rect){rect.x + (float)column * (width + gap_x),
                              rect.y + (float)row * (height + gap_y), width, height};
}

struct view_rect view_cut_top(struct view_rect *rect, float height, float gap)
{
    struct view_rect cut = {rect->x, rect->y, rect->width, height};
    rect->y += height + gap;
    rect->height -= height + gap;
    return cut;
}

struct view_rect view_cut_bottom(struct view_rect *rect, float height, float gap)
{
    struct view_rect cut = {rect->x, rect->y + rect->height - height, rect->width, height};
    rect->height -= height + gap;
    return cut;
}

struct view_rect view_cut_left(struct view_rect *rect, float width, float gap)
{
    struct view_rect cut = {rect->x, rect->y, width, rect->height};
    rect->x += width + gap;
    rect->width -= width + gap;
    return cut;
}

struct view_rect view_cut_right(struct view_rect *rect, float width, float gap)
{
    struct view_rect cut = {rect->x + rect->width - width, rect->y, width, rect->height};
    rect->width -= width + gap;
    return cut;
}
