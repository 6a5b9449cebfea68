/* A display of the test's own: Xvfb, what stands in it, and hands (xdotool). Nothing of the machine's own
 * display is touched. */
#ifndef ARCLIGHT_TEST_DISPLAY_H
#define ARCLIGHT_TEST_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

/* Starts Xvfb with a screen of this size and makes it the DISPLAY of this process and its children; it ends
 * with the process. False where there is no Xvfb, said on standard error: main then returns 77 (skipped). */
bool test_display_open(uint32_t width, uint32_t height);
void test_display_close(void);

/* Starts the window manager openbox in it; false where there is none, said on standard error. */
bool test_display_manage(void);

/* Runs `xdotool WORDS` and waits for its end; the words are parted by single spaces. False where there is no
 * xdotool, or it fails. */
bool test_display_hands(const char *words);

/* Gives the keyboard another layout ("de") by setxkbmap; false where there is none, said on standard error.
 */
bool test_display_layout(const char *layout);

/* A pixel of the screen as 0xRRGGBB. */
uint32_t test_display_pixel(uint32_t x, uint32_t y);

#endif
