/* What leaves the window: numbers that read back exactly, names that do not overwrite, numbered frames. */
#include "support/test.h"

#include "support/device.h"

#include "base/memory.h"
#include "base/platform.h"
#include "live/export.h"
#include "picture.h"

#include <stdlib.h>

static char *contents(const char *path)
{
    struct base_file *file;
    char *text;
    assert_ok(base_file_open(path, &file));
    size_t bytes = (size_t)base_file_size(file);
    assert_ok(base_allocate(&text, bytes + 1, 1, path));
    assert_ok(base_file_read(file, 0, text, bytes));
    base_file_close(&file);
    return text;
}

static void assert_contents(const char *path, const char *expected)
{
    char *text = contents(path);
    assert_string_equal(text, expected);
    base_free(text);
    assert_ok(base_file_remove(path));
}

static void csv(void **state)
{
    (void)state;
    const uint32_t counts[] = {1, 2, 4000000000u, 7, 0, 1, 0, 3};
    const float reals[] = {0.1f, NAN, -1e-30f, 3};
    const double exact[] = {0.1, 1.0 / 3, -INFINITY, 1e300};
    struct gpu_buffer *buffer = picture_upload(counts, sizeof counts);
    const struct live_column columns[] = {
        {.name = "angle", .unit = "degrees", .step = 90},
        {.name = "count", .values = {.buffer = buffer, .count = 4, .number = VIEW_U32}},
        {.name = "sum", .values = {.buffer = buffer, .high_offset = 16, .count = 4, .number = VIEW_U64}},
        {.name = "share",
         .unit = "%",
         .values = {.buffer = buffer, .count = 4, .number = VIEW_U32, .scale = 0.25f}},
        {.name = "one, \"two\"", .host_float = reals},
        {.name = "exact", .host = exact},
    };
    assert_ok(live_export_csv("live-export.csv", test_gpu(), columns, 6, 4));
    assert_contents("live-export.csv", "angle (degrees),count,sum,share (%),\"one, \"\"two\"\"\",exact\n"
                                       "0,1,1,0.25,0.1,0.1\n"
                                       "90,2,4294967298,0.5,,0.3333333333333333\n"
                                       "180,4000000000,4000000000,1000000000,-1e-30,-inf\n"
                                       "270,7,12884901895,1.75,3,1e+300\n");
    assert_fails(live_export_csv("live-export.csv", test_gpu(), columns, 6, 5), BASE_ERROR_INTERNAL,
                 "4 numbers");
    assert_false(base_path_exists("live-export.csv"));
    assert_fails(live_export_csv("no-such-folder/a.csv", test_gpu(), columns, 1, 5), BASE_ERROR_FILE_SYSTEM,
                 "a.csv");
    gpu_buffer_destroy(test_gpu(), &buffer);
}

static void matrix(void **state)
{
    (void)state;
    const float numbers[] = {0.5f, 2, -3};
    struct gpu_buffer *buffer = picture_upload(numbers, sizeof numbers);
    const struct live_matrix upper = {.values = {.buffer = buffer, .count = 3, .number = VIEW_F32},
                                      .rows = 3,
                                      .columns = 3,
                                      .cells = VIEW_CELLS_UPPER,
                                      .row = "i",
                                      .column = "j"};
    assert_ok(live_export_matrix("live-matrix.csv", test_gpu(), &upper));
    assert_contents("live-matrix.csv", "i,j 0,j 1,j 2\n0,,0.5,2\n1,0.5,,-3\n2,2,-3,\n");
    gpu_buffer_destroy(test_gpu(), &buffer);
}

static void names(void **state)
{
    (void)state;
    char *first = live_export_name(NULL, "live-name", "step", 1200, "txt");
    assert_string_equal(first, "live-name-step-001200.txt");
    struct base_output *output;
    assert_ok(base_output_open(first, &output));
    assert_ok(base_output_commit(&output));
    char *second = live_export_name(".", "live-name", "step", 1200, "txt");
    assert_string_equal(second, "./live-name-step-001200-2.txt");
    assert_ok(base_file_remove(first));
    base_free(first);
    base_free(second);
    first = live_export_name("a/b", "plot", NULL, 0, "csv");
    assert_string_equal(first, "a/b/plot.csv");
    base_free(first);
    first = live_export_name("a", "recording", NULL, 0, NULL);
    assert_string_equal(first, "a/recording");
    base_free(first);
}

static void recording(void **state)
{
    (void)state;
    struct view_canvas *canvas = picture_canvas(32, 20, 1, &view_theme_dark);
    struct live_recorder recorder = {0};
    assert_ok(view_canvas_finish(canvas));
    assert_ok(live_recorder_frame(&recorder, canvas)); /* off: nothing */
    assert_ok(live_recorder_start(&recorder, "live-recording", 25));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(live_recorder_time_ns(&recorder), 40000000ull * (uint64_t)i);
        assert_ok(live_recorder_frame(&recorder, canvas));
    }
    live_recorder_stop(&recorder);
    assert_int_equal(recorder.frames, 3);
    struct live_recorder again = {0};
    assert_fails(live_recorder_start(&again, "live-recording", 25), BASE_ERROR_FILE_SYSTEM, "holds frames");
    assert_false(again.on);
    char **found;
    size_t count;
    assert_ok(base_folder_list("live-recording", &found, &count));
    assert_int_equal(count, 3);
    assert_string_equal(found[2], "frame-000003.png");
    for (size_t i = 0; i < count; i++) {
        char *path = base_path_join("live-recording", found[i]);
        assert_ok(base_file_remove(path));
        base_free(path);
    }
    base_list_free(&found, count);
    view_canvas_destroy(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(csv), cmocka_unit_test(matrix),
                                       cmocka_unit_test(names), cmocka_unit_test(recording)};
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
