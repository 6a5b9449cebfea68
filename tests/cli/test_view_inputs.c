/* What `arclight view` makes of inputs that are wide or have holes: it shows them, says what it left out, and
 * refuses with a word what has nothing to show. */
#define _GNU_SOURCE
#include "support/device.h"
#include "support/test.h"

#define STB_IMAGE_IMPLEMENTATION
#include "cli/view.h"

enum { FEW_ROWS = 4, MANY_VALUES = 200000 };

/* ---- wide rows ---- */

static void wide_inputs(void)
{
    static float rows[FEW_ROWS * MANY_VALUES];
    for (uint64_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rows[i] = (float)base_random_normal(3, BASE_STREAM_TEST, i);
    test_npy("wide.npy", "<f4", 0, "(4, 200000)", rows, sizeof rows);
}

/* Nothing of a view in the standard basis may grow with the square of the width: that would be 305 GB here.
 * Rotations that the device has no room for are left out with a word, and are a part of the plan. */
static void wide_rows_are_shown(void **state)
{
    (void)state;
    wide_inputs();
    struct run run = in_folder(0, VIEW_PROGRAM "wide.npy --headless --out wide --size 300x200");
    assert_lacks(run, "rotations of the control");
    assert_drawn("wide", 0, 300, 200, false);
    run = in_folder(0, VIEW_PROGRAM "wide.npy --headless --out fewer --size 300x200 --vectors 8 --control 32 "
                                    "--limits memory_bytes=96M");
    assert_contains(run,
                    "of 32 rotations of the control are counted: the device has no room for more at rows "
                    "of 200000 values");
    assert_drawn("fewer", 0, 300, 200, false);
    run = in_folder(5, VIEW_PROGRAM "wide.npy --headless --out no --vectors 64 --limits memory_bytes=96M");
    assert_contains(run, "the control is left out: the device has no room for its 4 rotations");
    assert_contains(run, "counts of planes");
    assert_contains(run, "--control need less");
}

/* ---- rows that are left out ---- */

/* What is left out is told beside the file's name; where that is all there is, the end says so. */
static void rows_with_holes(void **state)
{
    (void)state;
    static float rows[VIEW_ROWS * VIEW_WIDTH];
    for (uint64_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rows[i] = (float)base_random_normal(7, BASE_STREAM_TEST, i);
    test_npy("some.npy", "<f4", 0, "(200, 8)", rows, sizeof rows);
    in_folder(0, VIEW_PROGRAM "some.npy --headless --out same/whole --size 1280x720");
    in_folder(0, "mkdir -p holes");
    rows[5] = NAN;
    rows[90 * VIEW_WIDTH] = INFINITY;
    test_npy("holes/some.npy", "<f4", 0, "(200, 8)", rows, sizeof rows);
    in_folder(0, VIEW_PROGRAM "holes/some.npy --headless --out same/holes --size 1280x720");
    struct frame whole = frame_of("same/whole", 0), holes = frame_of("same/holes", 0);
    int words = 0;
    for (int y = 0; y < 40; y++) /* the heading */
        for (int x = 100; x < 300; x++)
            words += memcmp(whole.rgb + 3 * (y * 1280 + x), holes.rgb + 3 * (y * 1280 + x), 3) != 0;
    assert_in_range(words, 300, 4000);
    stbi_image_free(whole.rgb);
    stbi_image_free(holes.rgb);
    for (uint64_t i = 0; i < VIEW_ROWS; i++)
        rows[i * VIEW_WIDTH + i % VIEW_WIDTH] = NAN;
    test_npy("none.npy", "<f4", 0, "(200, 8)", rows, sizeof rows);
    struct run run = in_folder(3, VIEW_PROGRAM "none.npy --headless --out no --size 300x200");
    assert_contains(run, "none.npy: each of the 200 rows holds NaN or Inf");
}

/* ---- frames ---- */

/* What an earlier, longer run left in the folder is not of this one: it is told, and nothing is taken away.
 */
static void frames_of_an_earlier_run(void **state)
{
    (void)state;
    struct run run = in_folder(0, VIEW_PROGRAM "flat.npy --headless --frames 6 --out kept --size 160x120");
    assert_lacks(run, "earlier run");
    in_folder(0, "touch kept/frame-9.png kept/frame-000009.jpg kept/frames");
    run = in_folder(0, VIEW_PROGRAM "flat.npy --headless --frames 2 --out kept --size 160x120");
    assert_contains(run, "kept: 4 frames of an earlier run stay behind these, from frame-000002.png on");
    run = in_folder(0, "ls kept | wc -l");
    assert_int_equal(atoi(run.text), 9);
}

/* ---- a training ---- */

/* Rows that do not vary have no FVU; a run that ends at a number of frames was not stopped by a hand; its
 * folder has no page of resonance. */
static void words_of_a_training(void **state)
{
    (void)state;
    static const float zeros[64 * VIEW_WIDTH];
    test_npy("zeros.npy", "<f4", 0, "(64, 8)", zeros, sizeof zeros);
    struct run run = in_folder(0, VIEW_PROGRAM "--train zeros.npy --arch topk --k 2 --d-sae 16 --batch 32 "
                                               "--total-rows 320 --headless --out still --size 160x120");
    assert_lacks(run, "nan");
    assert_contains(run, "no FVU: the rows of the last step do not vary");
    run = in_folder(0, VIEW_PROGRAM "--train a.npy --arch topk --k 2 --d-sae 16 --batch 32 --total-rows 3200 "
                                    "--headless --frames 4 --out four --size 160x120");
    assert_lacks(run, "by hand");
    assert_contains(run, "stopped as asked");
    run = in_folder(2, VIEW_PROGRAM "still --headless --out no --page resonance");
    assert_contains(run, "there is no page \"resonance\" here; there are training");
    run = in_folder(2, VIEW_PROGRAM "still a.npy --headless --out no");
    assert_contains(run, "values and texts of its latents, which want all three: them, --tokens and --vocab");
    run = in_folder(0, "$A help view | tr -s ' \n' ' '");
    assert_lacks(run, "Required. ");
    assert_contains(run, "Required by train, and by view with --train");
    assert_contains(run, "Without it --headless draws one, when all rows are counted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_rows_are_shown),
        cmocka_unit_test(rows_with_holes),
        cmocka_unit_test(frames_of_an_earlier_run),
        cmocka_unit_test(words_of_a_training),
    };
    if (!test_gpu_exists())
        return 77;
    view_inputs();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
