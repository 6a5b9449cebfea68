#include "view/png.h"

#include "base/memory.h"
#include "base/platform.h"

#include <math.h>
#include <string.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb_image_write.h>

/* A file in pieces: stb's encoder makes signature, IHDR, IDAT and IEND; our chunks go in behind the IHDR. */
enum { HEADER_BYTES = 8 + 25 };

/* CRC-32 of ISO 3309, as the PNG specification (section 5.5) asks for each chunk's type and data. */
static uint32_t crc_of(const uint8_t *bytes, size_t count)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static void put_word(uint8_t *place, uint32_t word)
{
    for (int i = 0; i < 4; i++)
        place[i] = (uint8_t)(word >> (24 - 8 * i));
}

/* `chunk` holds 4 free bytes, the type, `bytes` of data and 4 free bytes. */
static enum base_status write_chunk(struct base_output *output, uint8_t *chunk, size_t bytes)
{
    put_word(chunk, (uint32_t)bytes);
    put_word(chunk + 8 + bytes, crc_of(chunk + 4, bytes + 4));
    return base_output_write(output, chunk, bytes + 12);
}

static enum base_status write_text(struct base_output *output, const struct view_png_text *text)
{
    size_t keyword = strlen(text->keyword), words = strlen(text->text);
    /* keyword, 0, no compression (0 0), no language, no translated keyword, text */
    size_t bytes = keyword + 5 + words;
    uint8_t *chunk = NULL;
    BASE_TRY(base_allocate(&chunk, bytes + 12, 1, "a picture's text"));
    memcpy(chunk + 4, "iTXt", 4);
    memcpy(chunk + 8, text->keyword, keyword);
    memcpy(chunk + 8 + keyword + 5, text->text, words);
    enum base_status status = write_chunk(output, chunk, bytes);
    base_free(chunk);
    return status;
}

static enum base_status write_resolution(struct base_output *output, float scale)
{
    uint8_t chunk[4 + 4 + 9 + 4] = {0, 0, 0, 0, 'p', 'H', 'Y', 's'};
    uint32_t pixels_a_metre = (uint32_t)lroundf(scale * 96 / 0.0254f);
    put_word(chunk + 8, pixels_a_metre);
    put_word(chunk + 12, pixels_a_metre);
    chunk[16] = 1;
    return write_chunk(output, chunk, 9);
}

static enum base_status write_pieces(struct base_output *output, const uint8_t *png, size_t bytes,
                                     float scale, const struct view_png_text *texts, uint32_t n_texts)
{
    BASE_TRY(base_output_write(output, png, HEADER_BYTES));
    if (scale > 0)
        BASE_TRY(write_resolution(output, scale));
    for (uint32_t i = 0; i < n_texts; i++)
        BASE_TRY(write_text(output, &texts[i]));
    return base_output_write(output, png + HEADER_BYTES, bytes - HEADER_BYTES);
}

enum base_status view_png_write(const char *path, const uint8_t *rgba, uint32_t width, uint32_t height,
                                float scale, const struct view_png_text *texts, uint32_t n_texts)
{
    enum base_status status = BASE_OK;
    uint8_t *rgb = NULL;
    unsigned char *png = NULL;
    struct base_output *output = NULL;
    size_t pixels = (size_t)width * height;
    if (width == 0 || height == 0 || pixels > INT32_MAX / 4)
        return base_fail(BASE_ERROR_USAGE, "%s: a picture of %u x %u pixels cannot be written as PNG", path,
                         width, height);
    BASE_TRY(base_allocate(&rgb, pixels, 3, "a picture's pixels"));
    for (size_t i = 0; i < pixels; i++)
        memcpy(rgb + 3 * i, rgba + 4 * i, 3);
    int bytes = 0;
    png = stbi_write_png_to_mem(rgb, (int)(3 * width), (int)width, (int)height, 3, &bytes);
    if (!png) {
        status = base_fail(BASE_ERROR_FILE_SYSTEM, "%s: out of memory while packing the picture", path);
        goto error;
    }
    BASE_CHECK(base_output_open(path, &output));
    BASE_CHECK(write_pieces(output, png, (size_t)bytes, scale, texts, n_texts));
    status = base_output_commit(&output);
error:
    base_output_discard(&output);
    STBIW_FREE(png);
    base_free(rgb);
    return status;
}

enum base_status view_canvas_write_png(struct view_canvas *canvas, const char *path,
                                       const struct view_png_text *texts, uint32_t n_texts)
{
    struct gpu_image *image = view_canvas_image(canvas);
    uint32_t width = gpu_image_width(image), height = gpu_image_height(image);
    uint8_t *rgba = NULL;
    BASE_TRY(base_allocate(&rgba, (size_t)width * height, 4, "a picture's pixels"));
    enum base_status status = gpu_image_download(view_canvas_gpu(canvas), image, rgba);
    if (status == BASE_OK)
        status = view_png_write(path, rgba, width, height, view_canvas_scale(canvas), texts, n_texts);
    base_free(rgba);
    return status;
}
