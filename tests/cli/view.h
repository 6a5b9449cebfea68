/* `arclight view` without a display, for its tests: inputs, scripts of keys, and the frames that came out. A
 * test program that includes this has STB_IMAGE_IMPLEMENTATION defined. */
#ifndef ARCLIGHT_TEST_CLI_VIEW_H
#define ARCLIGHT_TEST_CLI_VIEW_H

#include "cli/train.h"
#include "view/canvas.h"

#include <stdlib.h>

#define STBI_ONLY_PNG
#include <stb_image.h>

enum { VIEW_STEPS = 3, VIEW_ROWS = 200, VIEW_WIDTH = 8 };

/* A runaway is ended before it takes the machine with it. */
#define VIEW_PROGRAM "ulimit -v 16000000; timeout -s KILL 300 $A view "
#define VIEW_TRAIN "--train --d-sae 24 --batch 32 --holdout 100 --log-every 5 -q "

/* film.npy [STEPS, ROWS, WIDTH]: one direction grows from step to step; flat.npy: its first step. a.npy and
 * b.npy of train.h. */
static inline void view_inputs(void)
{
    static float rows[VIEW_STEPS * VIEW_ROWS * VIEW_WIDTH];
    for (uint64_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t step = i / (VIEW_ROWS * VIEW_WIDTH);
        double scale = i % VIEW_WIDTH == 3 ? 1 + (double)step : 1;
        rows[i] = (float)(scale * base_random_normal(7, BASE_STREAM_TEST, i));
    }
    test_npy("film.npy", "<f4", 0, "(3, 200, 8)", rows, sizeof rows);
    test_npy("flat.npy", "<f4", 0, "(200, 8)", rows, sizeof rows / VIEW_STEPS);
    train_inputs();
}

/* ---- scripts ---- */

struct view_keys {
    char text[16384];
    size_t used;
    int frame; /* of the next key */
};

/* Presses a key and lets `frames` frames pass. */
static inline void press(struct view_keys *keys, const char *key, int frames)
{
    keys->used += (size_t)snprintf(keys->text + keys->used, sizeof keys->text - keys->used, "%d key %s\n",
                                   keys->frame, key);
    assert_true(keys->used < sizeof keys->text);
    keys->frame += frames;
}

static inline void script_of(const struct view_keys *keys, const char *name)
{
    test_file(name, keys->text, keys->used);
}

/* ---- frames ---- */

struct frame {
    int width, height;
    uint8_t *rgb;
};

static inline struct frame picture_file(const char *name)
{
    struct frame frame;
    int channels;
    frame.rgb = stbi_load(test_path(name), &frame.width, &frame.height, &channels, 3);
    if (!frame.rgb)
        fail_msg("%s: no picture", name);
    return frame;
}

static inline struct frame frame_of(const char *folder, int number)
{
    char name[256];
    snprintf(name, sizeof name, "%s/frame-%06d.png", folder, number);
    return picture_file(name);
}

static inline bool is_colour(const struct frame *frame, int at, struct view_colour colour)
{
    const uint8_t *pixel = frame->rgb + 3 * at;
    return pixel[0] == colour.r && pixel[1] == colour.g && pixel[2] == colour.b;
}

/* Pixels in which two frames of one size differ. */
static inline int differing(const struct frame *a, const struct frame *b)
{
    int count = 0;
    assert_true(a->width == b->width && a->height == b->height);
    for (int i = 0; i < a->width * a->height; i++)
        count += memcmp(a->rgb + 3 * i, b->rgb + 3 * i, 3) != 0;
    return count;
}

static inline int frames_differ(const char *folder, int first, int second)
{
    struct frame a = frame_of(folder, first), b = frame_of(folder, second);
    int count = differing(&a, &b);
    stbi_image_free(a.rgb);
    stbi_image_free(b.rgb);
    return count;
}

/* Of this size, on the theme's ground, with something drawn on it. */
static inline void assert_drawn(const char *folder, int number, int width, int height, bool light)
{
    struct frame frame = frame_of(folder, number);
    struct view_colour ground = light ? view_theme_light.page : view_theme_dark.page;
    int inked = 0;
    if (frame.width != width || frame.height != height)
        fail_msg("frame %d of %s is %dx%d, not %dx%d", number, folder, frame.width, frame.height, width,
                 height);
    for (int i = 0; i < width * height; i++)
        inked += !is_colour(&frame, i, ground);
    if (!is_colour(&frame, 0, ground) || inked < width * height / 50 || inked > width * height * 9 / 10)
        fail_msg("frame %d of %s: %d of %d pixels are drawn on", number, folder, inked, width * height);
    stbi_image_free(frame.rgb);
}

#endif
