#define _GNU_SOURCE
#include "support/display.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_WORDS = 32 };

static pid_t server, manager;
static char folder[256];

/* The child's process number, or -1. `quiet`: what it says goes nowhere. */
static pid_t start(char *const arguments[], bool quiet)
{
    const pid_t child = fork();
    if (child != 0)
        return child;
    if (quiet) {
        int nowhere = open("/dev/null", O_RDWR);
        dup2(nowhere, 1);
        dup2(nowhere, 2);
    }
    execvp(arguments[0], arguments);
    _exit(127);
}

static bool in_path(const char *program)
{
    const char *path = getenv("PATH");
    char name[1024];
    while (path && *path) {
        const int length = (int)strcspn(path, ":");
        snprintf(name, sizeof name, "%.*s/%s", length, path, program);
        if (access(name, X_OK) == 0)
            return true;
        path += length + (path[length] == ':');
    }
    fprintf(stderr, "SKIPPED: no %s here (tools/setup --tests installs it)\n", program);
    return false;
}

static void stop(pid_t *process)
{
    if (*process <= 0)
        return;
    kill(*process, SIGTERM);
    waitpid(*process, NULL, 0);
    *process = 0;
}

void test_display_close(void)
{
    char name[320];
    stop(&manager);
    stop(&server);
    if (folder[0]) {
        snprintf(name, sizeof name, "%s/Xvfb_screen0", folder);
        unlink(name);
        rmdir(folder);
    }
    folder[0] = '\0';
}

/* Xvfb chooses a display that is free and writes its number to a pipe. */
bool test_display_open(uint32_t width, uint32_t height)
{
    int ends[2];
    char screen[32], descriptor[16], number[16] = "", display[32];
    if (!in_path("Xvfb"))
        return false;
    snprintf(folder, sizeof folder, "/tmp/arclight-display-XXXXXX");
    if (!mkdtemp(folder) || pipe(ends) != 0)
        exit(1);
    snprintf(screen, sizeof screen, "%ux%ux24", width, height);
    snprintf(descriptor, sizeof descriptor, "%d", ends[1]);
    char *const arguments[] = {"Xvfb",      "-displayfd", descriptor, "-screen", "0",        screen,
                               "-nolisten", "tcp",        "-fbdir",   folder,    "-noreset", NULL};
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    server = start(arguments, true);
    close(ends[1]);
    atexit(test_display_close);
    size_t length = 0;
    struct pollfd ready = {.fd = ends[0], .events = POLLIN};
    while (length + 1 < sizeof number && !strchr(number, '\n') && poll(&ready, 1, 20000) > 0) {
        ssize_t got = read(ends[0], number + length, 1);
        if (got <= 0)
            break;
        number[++length] = '\0';
    }
    close(ends[0]);
    if (!strchr(number, '\n')) {
        fprintf(stderr, "Xvfb does not start\n");
        exit(1);
    }
    number[strcspn(number, "\n")] = '\0';
    snprintf(display, sizeof display, ":%s", number);
    setenv("DISPLAY", display, 1);
    setenv("SDL_VIDEODRIVER", "x11", 1);
    unsetenv("WAYLAND_DISPLAY");
    unsetenv("GDK_SCALE");
    return true;
}

bool test_display_manage(void)
{
    char *const arguments[] = {"openbox", "--sm-disable", NULL};
    if (!in_path("openbox"))
        return false;
    manager = start(arguments, true);
    /* It is there when it says so on the root window, which xdotool asks. */
    for (int i = 0; i < 100; i++) {
        if (test_display_hands("get_desktop"))
            return true;
        usleep(50000);
    }
    return false;
}

bool test_display_hands(const char *words)
{
    char copy[512], *arguments[MAX_WORDS + 2] = {"xdotool"};
    int n = 1, state = 1;
    if (!in_path("xdotool"))
        return false;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strtok(copy, " "); word && n <= MAX_WORDS; word = strtok(NULL, " "))
        arguments[n++] = word;
    const pid_t child = start(arguments, true);
    return child > 0 && waitpid(child, &state, 0) == child && state == 0;
}

bool test_display_layout(const char *layout)
{
    char copy[16];
    int state = 1;
    if (!in_path("setxkbmap"))
        return false;
    snprintf(copy, sizeof copy, "%s", layout);
    char *const arguments[] = {"setxkbmap", copy, NULL};
    const pid_t child = start(arguments, true);
    return child > 0 && waitpid(child, &state, 0) == child && state == 0;
}

/* The screen lies in a file as xwd writes it: a header of 32-bit numbers, high byte first, of which number 0
 * is its length, 12 the bytes of a line and 19 the entries of 12 bytes of the colour map; then the pixels. */
uint32_t test_display_pixel(uint32_t x, uint32_t y)
{
    char name[320];
    uint8_t header[80], pixel[4] = {0};
    snprintf(name, sizeof name, "%s/Xvfb_screen0", folder);
    const int file = open(name, O_RDONLY);
    if (file < 0 || read(file, header, sizeof header) != sizeof header)
        exit(1);
    uint32_t numbers[20];
    for (int i = 0; i < 20; i++)
        numbers[i] = (uint32_t)header[4 * i] << 24 | (uint32_t)header[4 * i + 1] << 16 |
                     (uint32_t)header[4 * i + 2] << 8 | header[4 * i + 3];
    const off_t at = (off_t)numbers[0] + 12 * (off_t)numbers[19] + (off_t)y * numbers[12] + 4 * (off_t)x;
    if (pread(file, pixel, sizeof pixel, at) != sizeof pixel)
        exit(1);
    close(file);
    return (uint32_t)pixel[2] << 16 | (uint32_t)pixel[1] << 8 | pixel[0];
}
