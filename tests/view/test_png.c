/* PNG files: what is written can be read back, texts and resolution are there, bytes repeat, failures leave
 * the old file. */
#include "support/test.h"

#include "base/platform.h"
#include "view/png.h"

#include <stdlib.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb_image.h>

enum { WIDTH = 37, HEIGHT = 23 };

static const char path[] = ARCLIGHT_BINARY_FOLDER "/test-png.png";

static void fill(uint8_t *rgba)
{
    for (int i = 0; i < WIDTH * HEIGHT * 4; i++)
        rgba[i] = (uint8_t)(i * i / 7 + i);
}

static uint8_t *read_all(const char *name, size_t *bytes)
{
    FILE *in = fopen(name, "rb");
    assert_non_null(in);
    uint8_t *data = malloc(1 << 20);
    assert_non_null(data);
    *bytes = fread(data, 1, 1 << 20, in);
    fclose(in);
    return data;
}

static void pixels_come_back(void **state)
{
    (void)state;
    uint8_t rgba[WIDTH * HEIGHT * 4];
    fill(rgba);
    assert_ok(view_png_write(path, rgba, WIDTH, HEIGHT, 2, NULL, 0));
    int width, height, channels;
    uint8_t *found = stbi_load(path, &width, &height, &channels, 0);
    assert_non_null(found);
    assert_int_equal(width, WIDTH);
    assert_int_equal(height, HEIGHT);
    assert_int_equal(channels, 3);
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        assert_memory_equal(found + 3 * i, rgba + 4 * i, 3);
    stbi_image_free(found);
}

/* Walks the chunks, checks each CRC against the bitwise definition, and finds `type`. */
static const uint8_t *find_chunk(const uint8_t *data, size_t bytes, const char *type, uint32_t *length)
{
    const uint8_t *found = NULL;
    for (size_t at = 8; at + 12 <= bytes;) {
        const uint8_t *c = data + at;
        uint32_t size = (uint32_t)c[0] << 24 | (uint32_t)c[1] << 16 | (uint32_t)c[2] << 8 | c[3], crc = ~0u;
        assert_true(at + 12 + size <= bytes);
        for (uint32_t i = 0; i < size + 4; i++)
            for (int bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ (((crc ^ (uint32_t)(c[4 + i] >> bit)) & 1) ? 0xedb88320u : 0);
        const uint8_t *end = c + 8 + size;
        assert_int_equal(~crc,
                         (uint32_t)end[0] << 24 | (uint32_t)end[1] << 16 | (uint32_t)end[2] << 8 | end[3]);
        if (memcmp(c + 4, type, 4) == 0 && !found) {
            found = c + 8;
            *length = size;
        }
        at += 12 + size;
    }
    return found;
}

static void texts_and_resolution(void **state)
{
    (void)state;
    uint8_t rgba[WIDTH * HEIGHT * 4];
    fill(rgba);
    const struct view_png_text texts[] = {{"Title", "θ against ε"}, {"Software", "Arclight"}};
    assert_ok(view_png_write(path, rgba, WIDTH, HEIGHT, 2, texts, 2));
    size_t bytes, again;
    uint32_t length = 0;
    uint8_t *data = read_all(path, &bytes);
    const uint8_t *text = find_chunk(data, bytes, "iTXt", &length);
    assert_non_null(text);
    assert_int_equal(length, 5 + 5 + strlen("θ against ε"));
    assert_memory_equal(text, "Title\0\0\0\0\0θ against ε", length);
    const uint8_t *resolution = find_chunk(data, bytes, "pHYs", &length);
    assert_non_null(resolution);
    assert_int_equal((uint32_t)resolution[2] << 8 | resolution[3], 7559); /* 192 pixels an inch */
    assert_ok(view_png_write(path, rgba, WIDTH, HEIGHT, 2, texts, 2));
    uint8_t *second = read_all(path, &again);
    assert_int_equal(bytes, again);
    assert_memory_equal(data, second, bytes);
    free(second);
    free(data);
}

static void failures(void **state)
{
    (void)state;
    uint8_t rgba[WIDTH * HEIGHT * 4];
    fill(rgba);
    assert_fails(
        view_png_write(ARCLIGHT_BINARY_FOLDER "/no-such-folder/a.png", rgba, WIDTH, HEIGHT, 1, NULL, 0),
        BASE_ERROR_FILE_SYSTEM, "no-such-folder");
    assert_fails(view_png_write(path, rgba, 0, HEIGHT, 1, NULL, 0), BASE_ERROR_USAGE, "0 x 23");
    assert_fails(view_png_write(path, rgba, 1u << 20, 1u << 20, 1, NULL, 0), BASE_ERROR_USAGE, "cannot");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_come_back),
        cmocka_unit_test(texts_and_resolution),
        cmocka_unit_test(failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
