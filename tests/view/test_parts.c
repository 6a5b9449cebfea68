/* Areas of an image that are drawn anew: those of the parts that differ and no others, and what is left of a
 * picture that was not finished is not forgotten. */
#include "support/test.h"

#include "base/random.h"
#include "view/parts.h"

#include <string.h>

static struct view_parts parts;

static void begin(void)
{
    memset(&parts, 0, sizeof parts);
}

static void want(const struct view_part *list, uint32_t n)
{
    memcpy(parts.now, list, n * sizeof *list);
    parts.n_now = n;
    view_parts_plan(&parts);
}

static void assert_area(uint32_t left, uint32_t top, uint32_t right, uint32_t bottom)
{
    struct view_box area;
    assert_true(view_parts_next(&parts, &area));
    assert_int_equal(area.left, left);
    assert_int_equal(area.top, top);
    assert_int_equal(area.right, right);
    assert_int_equal(area.bottom, bottom);
}

static void assert_none(void)
{
    struct view_box area;
    assert_false(view_parts_next(&parts, &area));
}

static void what_differs_is_drawn(void **state)
{
    (void)state;
    struct view_part list[] = {{11, {0, 0, 10, 5}}, {12, {0, 6, 10, 20}}, {13, {5, 5, 5, 9}}};
    begin();
    want(list, 3);
    assert_area(0, 0, 10, 5);
    assert_area(0, 6, 10, 20);
    assert_none(); /* an empty part has no pixels */
    view_parts_settle(&parts);
    want(list, 3);
    assert_none();
    view_parts_settle(&parts);
    list[1].content = 22;
    want(list, 3);
    assert_area(0, 6, 10, 20);
    assert_none();
    view_parts_settle(&parts);
    list[0].box = (struct view_box){2, 0, 12, 5}; /* both places, in one area where they meet */
    want(list, 3);
    assert_area(0, 0, 12, 5);
    assert_none();
    view_parts_settle(&parts);
    list[0].box = (struct view_box){20, 0, 25, 5};
    want(list, 3);
    assert_area(2, 0, 12, 5);
    assert_area(20, 0, 25, 5);
    assert_none();
}

static void parts_come_and_go(void **state)
{
    (void)state;
    const struct view_part list[] = {{11, {0, 0, 10, 5}}, {12, {1, 1, 4, 3}}};
    begin();
    want(list, 2);
    assert_area(0, 0, 10, 5); /* which holds the other one's */
    assert_none();
    view_parts_settle(&parts);
    want(list, 1);
    assert_area(1, 1, 4, 3);
    assert_none();
    view_parts_settle(&parts);
    want(list, 0);
    assert_area(0, 0, 10, 5);
    assert_none();
    view_parts_settle(&parts);
    want(list, 2);
    assert_area(0, 0, 10, 5);
    view_parts_settle(&parts);
    view_parts_clear(&parts);
    want(list, 1);
    assert_area(0, 0, 10, 5);
}

static void what_was_left_is_drawn_later(void **state)
{
    (void)state;
    struct view_part list[] = {{11, {0, 0, 10, 5}}, {12, {0, 6, 10, 9}}, {13, {0, 10, 10, 15}}};
    begin();
    want(list, 3);
    assert_area(0, 0, 10, 5);
    view_parts_settle(&parts); /* two are left */
    want(list, 3);
    assert_area(0, 6, 10, 9);
    assert_area(0, 10, 10, 15);
    assert_none();
    view_parts_settle(&parts);
    /* One that moves and is left stands in neither place, or in both. */
    list[1] = (struct view_part){12, {20, 6, 30, 9}};
    want(list, 3);
    assert_area(0, 6, 10, 9);
    view_parts_settle(&parts);
    want(list, 3);
    assert_area(0, 6, 30, 9);
    assert_none();
    view_parts_settle(&parts);
    /* Left, and then wanted as it was: the image is not known to hold it. */
    list[2].content = 33;
    want(list, 3);
    view_parts_settle(&parts);
    list[2].content = 13;
    want(list, 3);
    assert_area(0, 10, 10, 15);
    assert_none();
}

/* ---- pictures of numbers ---- */

enum { WIDE = 24, HIGH = 16, PARTS = 9, PICTURES = 4000 };

static uint64_t image[HIGH][WIDE], wanted[HIGH][WIDE];

/* A pixel is what all parts over it make of it together, in their order. */
static void paint(uint64_t pixels[HIGH][WIDE], const struct view_box *area)
{
    for (uint32_t y = area->top; y < area->bottom; y++)
        for (uint32_t x = area->left; x < area->right; x++) {
            pixels[y][x] = 1;
            for (uint32_t i = 0; i < parts.n_now; i++) {
                const struct view_box *box = &parts.now[i].box;
                if (x >= box->left && x < box->right && y >= box->top && y < box->bottom)
                    pixels[y][x] = pixels[y][x] * 31 + parts.now[i].content;
            }
        }
}

static uint64_t drawn;

static uint32_t draw_number(uint32_t below)
{
    return (uint32_t)base_random_below(9, BASE_STREAM_TEST, drawn++, below);
}

static void change_a_part(void)
{
    struct view_part *part = &parts.now[draw_number(PARTS)];
    const uint32_t left = draw_number(WIDE), top = draw_number(HIGH);
    part->content = 1 + draw_number(3);
    if (draw_number(2) == 0)
        part->box = (struct view_box){left, top, left + draw_number(WIDE - left + 1),
                                      top + draw_number(HIGH - top + 1)};
}

/* Whatever changes and however often pictures are left unfinished: one that is finished is right. */
static void a_finished_picture_is_whole(void **state)
{
    (void)state;
    const struct view_box all = {0, 0, WIDE, HIGH};
    struct view_box area;
    begin();
    paint(image, &all);
    for (int picture = 0; picture < PICTURES; picture++) {
        const uint32_t changes = draw_number(4);
        for (uint32_t i = 0; i < changes; i++)
            change_a_part();
        parts.n_now = PARTS - draw_number(3);
        view_parts_plan(&parts);
        const bool left = draw_number(3) == 0;
        uint32_t most = left ? draw_number(4) : UINT32_MAX;
        while (most-- > 0 && view_parts_next(&parts, &area))
            paint(image, &area);
        const bool whole = parts.next == parts.n_areas;
        view_parts_settle(&parts);
        if (!whole)
            continue;
        paint(wanted, &all);
        assert_memory_equal(image, wanted, sizeof image);
    }
}

static void content_tells_bytes_apart(void **state)
{
    (void)state;
    unsigned char bytes[40] = {0};
    for (size_t n = 0; n < sizeof bytes; n++) {
        const uint64_t was = view_parts_mix(1, bytes, n);
        assert_int_not_equal(was, 0);
        assert_int_not_equal(was, view_parts_mix(1, bytes, n + 1));
        assert_int_not_equal(was, view_parts_mix(2, bytes, n));
        for (size_t i = 0; i < n; i++) {
            bytes[i] = 1;
            assert_int_not_equal(was, view_parts_mix(1, bytes, n));
            bytes[i] = 0;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_differs_is_drawn),        cmocka_unit_test(parts_come_and_go),
        cmocka_unit_test(what_was_left_is_drawn_later), cmocka_unit_test(a_finished_picture_is_whole),
        cmocka_unit_test(content_tells_bytes_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
