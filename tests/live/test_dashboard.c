/* Pages of all kinds of models: their views stand side by side and fill the page, in narrow windows too. */
#include "support/test.h"

#include "live/dashboard.h"
#include "live/run.h"

#include <string.h>

static void assert_tiled(const struct live_dashboard *page, bool narrow)
{
    uint32_t count, cells = 0;
    const struct live_place *places = live_places(page, narrow, &count);
    bool taken[8][16] = {{false}};
    assert_true(count > 0 && count <= LIVE_DASHBOARD_TILES);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t row = places[i].row; row < places[i].row + places[i].rows; row++)
            for (uint32_t column = places[i].column; column < places[i].column + places[i].columns;
                 column++) {
                if (row >= page->rows || column >= page->columns || taken[row][column])
                    fail_msg("%s: %s stands on another view or outside", page->name,
                             live_panels[places[i].view].name);
                taken[row][column] = true;
                cells++;
            }
    assert_int_equal(cells, page->rows * page->columns);
}

/* A narrow window has fewer views, all of them of the page. */
static void assert_fewer(const struct live_dashboard *page)
{
    uint32_t count, all;
    const struct live_place *places = live_places(page, true, &count);
    const struct live_place *of = live_places(page, false, &all);
    for (uint32_t i = 0; i < count; i++) {
        bool there = false;
        for (uint32_t k = 0; k < all; k++)
            there |= of[k].view == places[i].view;
        if (!there)
            fail_msg("%s: %s only in narrow windows", page->name, live_panels[places[i].view].name);
    }
    assert_true(page->n_places == 1 ? count == 1 : count < all);
}

static void pages_are_filled(void **state)
{
    (void)state;
    uint32_t dashboards = 0;
    for (int kind = 0; kind < 32; kind++) {
        static struct live_run run;
        struct live_model model = {0};
        struct live_pages pages;
        int something;
        run.here = kind & 1;
        run.texts = (kind & 2) != 0;
        model.run = kind & 4 ? &run : NULL;
        model.resonance.counts = kind & 8 ? (void *)&something : NULL;
        model.resonance.chosen = kind & 16 ? (void *)&something : NULL;
        live_pages_of(&model, &pages);
        for (uint32_t i = 0; i < pages.count; i++) {
            assert_tiled(pages.pages[i], false);
            assert_tiled(pages.pages[i], true);
            assert_fewer(pages.pages[i]);
            assert_true(live_page_is_known(pages.pages[i]->name));
            dashboards += pages.pages[i]->n_places > 1;
        }
    }
    assert_true(dashboards >= 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pages_are_filled)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
