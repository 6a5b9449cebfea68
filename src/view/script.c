/* Input events in a text file: reading, replaying, writing. */
#include "view/script.h"

#include "base/memory.h"
#include "base/platform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bounds on what an untrusted file may ask for. */
enum { MAX_BYTES = 16 << 20, MAX_EVENTS = 1 << 20, MAX_LINE = 4096, MAX_WORDS = 8 };
static const uint64_t max_frame = UINT64_C(1000000000000);
static const double max_length = 1e6;  /* of canvas units, notches and scales */
static const float max_pixels = 16384; /* of a picture's side */

struct timed_event {
    uint64_t frame;
    struct view_event event;
};

struct view_script {
    struct timed_event *events;
    size_t count, room, next;
};

static const struct {
    const char *word;
    enum view_event_kind kind;
    uint32_t least, most; /* words behind it */
    bool modifiers;       /* may stand before it */
} verbs[] = {
    {"key", VIEW_EVENT_KEY, 1, 1, false},     {"move", VIEW_EVENT_MOVE, 2, 2, true},
    {"press", VIEW_EVENT_PRESS, 3, 4, true},  {"release", VIEW_EVENT_RELEASE, 3, 4, true},
    {"wheel", VIEW_EVENT_WHEEL, 4, 4, true},  {"resize", VIEW_EVENT_RESIZE, 2, 3, false},
    {"leave", VIEW_EVENT_LEAVE, 0, 0, false}, {"hide", VIEW_EVENT_HIDE, 0, 0, false},
    {"show", VIEW_EVENT_SHOW, 0, 0, false},   {"close", VIEW_EVENT_CLOSE, 0, 0, false},
};
enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

static const char *const buttons[] = {
    [VIEW_BUTTON_LEFT] = "left", [VIEW_BUTTON_MIDDLE] = "middle", [VIEW_BUTTON_RIGHT] = "right"};
enum { N_BUTTONS = sizeof buttons / sizeof buttons[0] };

static const struct {
    const char *word;
    uint32_t bit;
} modifier_words[] = {{"ctrl", VIEW_CTRL}, {"alt", VIEW_ALT}, {"shift", VIEW_SHIFT}};
enum { N_MODIFIERS = sizeof modifier_words / sizeof modifier_words[0] };

static const char *const key_names[] = {
    "space", "enter", "escape", "backspace", "delete",    "tab", "left", "right", "up",
    "down",  "home",  "end",    "page-up",   "page-down", "f1",  "f2",   "f3",    "f4",
    "f5",    "f6",    "f7",     "f8",        "f9",        "f10", "f11",  "f12"};

/* ---- characters and keys ---- */

/* Bytes of the well-formed UTF-8 character at the start of `text` (Unicode standard, table 3-7); 0: none. */
static size_t character_bytes(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    const size_t length = at[0] < 0x80   ? 1
                          : at[0] < 0xc2 ? 0
                          : at[0] < 0xe0 ? 2
                          : at[0] < 0xf0 ? 3
                          : at[0] < 0xf5 ? 4
                                         : 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
        return 0;
    return length;
}

/* The same for a character that a key can stand for: no control character (C0, DEL, C1) and no space. */
static size_t key_bytes(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    const bool control = at[0] <= 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0);
    return control ? 0 : character_bytes(text);
}

/* Takes "ctrl+", "alt+" and "shift+" off the front, each once, while something is left behind. */
static const char *take_modifiers(const char *word, uint32_t *modifiers)
{
    *modifiers = 0;
    for (uint32_t i = 0; i < N_MODIFIERS; i++) {
        const size_t length = strlen(modifier_words[i].word);
        if (strncmp(word, modifier_words[i].word, length) != 0 || word[length] != '+' || !word[length + 1] ||
            (*modifiers & modifier_words[i].bit))
            continue;
        *modifiers |= modifier_words[i].bit;
        word += length + 1;
        i = UINT32_MAX; /* in any order */
    }
    return word;
}

static bool is_named_key(const char *word)
{
    for (size_t i = 0; i < sizeof key_names / sizeof key_names[0]; i++)
        if (strcmp(key_names[i], word) == 0)
            return true;
    return false;
}

/* NULL, or what is wrong. */
static const char *parse_key(const char *word, struct view_event *event)
{
    const char *key = take_modifiers(word, &event->modifiers);
    const size_t length = key_bytes(key);
    const bool named = is_named_key(key);
    if (!named && (length == 0 || key[length] != '\0'))
        return "is no key: a character, or one of space, enter, escape, backspace, delete, tab, left, right, "
               "up, "
               "down, home, end, page-up, page-down, f1 to f12";
    if (!named && event->modifiers == VIEW_SHIFT)
        return "has shift, which is part of the character: write the character that it makes";
    if (!named && event->modifiers && key[0] >= 'A' && key[0] <= 'Z')
        return "with ctrl or alt is a lower-case character: ctrl+shift+s, not ctrl+S";
    memcpy(event->key, key, strlen(key) + 1);
    return NULL;
}

/* ---- reading ---- */

/* Where something was found, for messages. */
struct place {
    const char *path;
    uint64_t line;
};

static enum base_status wrong(const struct place *place, const char *word, const char *what)
{
    char shown[48];
    size_t n = 0;
    for (; word && word[n] && n < sizeof shown - 1; n++)
        shown[n] = word[n] >= ' ' && word[n] < 0x7f ? word[n] : '?';
    shown[n] = '\0';
    return base_fail(BASE_ERROR_INPUT, "%s, line %llu: %s%s%s%s", place->path,
                     (unsigned long long)place->line, word ? "\"" : "", shown, word ? "\" " : "", what);
}

static enum base_status add(struct view_script *script, const struct place *place, uint64_t frame,
                            const struct view_event *event)
{
    if (script->count == MAX_EVENTS)
        return wrong(place, NULL, "more than a million events");
    if (script->count == script->room) {
        struct timed_event *larger;
        const size_t room = script->room ? 2 * script->room : 64;
        BASE_TRY(base_allocate(&larger, room, sizeof *larger, "the script's events"));
        if (script->count > 0)
            memcpy(larger, script->events, script->count * sizeof *larger);
        base_free(script->events);
        script->events = larger;
        script->room = room;
    }
    script->events[script->count++] = (struct timed_event){frame, *event};
    return BASE_OK;
}

static bool parse_whole(const char *word, uint64_t most, uint64_t *value)
{
    *value = 0;
    for (const char *at = word; *at; at++) {
        if (*at < '0' || *at > '9' || at - word > 18)
            return false;
        *value = *value * 10 + (uint64_t)(*at - '0');
    }
    return word[0] != '\0' && *value <= most;
}

/* Numbers as people and printf write them, and neither hexadecimal nor "inf". */
static bool parse_length(const char *word, float *value)
{
    char *end;
    if (strspn(word, "+-.0123456789eE") != strlen(word))
        return false;
    const double number = strtod(word, &end);
    *value = (float)number;
    return end != word && *end == '\0' && fabs(number) <= max_length;
}

static enum base_status parse_lengths(const struct place *place, char *const *words, uint32_t n,
                                      float *const *values)
{
    for (uint32_t i = 0; i < n; i++)
        if (!parse_length(words[i], values[i]))
            return wrong(place, words[i], "is not a number up to a million");
    return BASE_OK;
}

static enum base_status parse_button(const struct place *place, const char *word, struct view_event *event)
{
    for (uint32_t i = 0; i < N_BUTTONS; i++)
        if (strcmp(word, buttons[i]) == 0) {
            event->button = (enum view_button)i;
            return BASE_OK;
        }
    return wrong(place, word, "is not left, middle or right");
}

static enum base_status parse_arguments(const struct place *place, char *const *words, uint32_t n,
                                        struct view_event *event)
{
    float *const of_pointer[] = {&event->x, &event->y, &event->wheel_x, &event->wheel_y};
    float *const of_size[] = {&event->width, &event->height, &event->scale};
    uint64_t clicks = 1;
    const char *wrong_key;
    switch (event->kind) {
    case VIEW_EVENT_KEY:
        wrong_key = parse_key(words[0], event);
        return wrong_key ? wrong(place, words[0], wrong_key) : BASE_OK;
    case VIEW_EVENT_PRESS:
    case VIEW_EVENT_RELEASE:
        BASE_TRY(parse_button(place, words[0], event));
        if (n == 4 && (!parse_whole(words[3], 100, &clicks) || clicks == 0))
            return wrong(place, words[3], "is not a number of clicks, 1 or more");
        event->clicks = event->kind == VIEW_EVENT_PRESS ? (uint32_t)clicks : 0;
        return parse_lengths(place, words + 1, 2, of_pointer);
    case VIEW_EVENT_RESIZE:
        event->scale = 1;
        BASE_TRY(parse_lengths(place, words, n, of_size));
        if (!(event->width > 0) || !(event->height > 0) || !(event->scale > 0))
            return wrong(place, NULL, "a size and a scale are above 0");
        if (event->width * event->scale > max_pixels || event->height * event->scale > max_pixels)
            return wrong(place, NULL, "a picture has at most 16384 pixels a side");
        return BASE_OK;
    default:
        return parse_lengths(place, words, n, of_pointer);
    }
}

static enum base_status parse_type(struct view_script *script, const struct place *place, uint64_t frame,
                                   const char *text)
{
    while (*text) {
        struct view_event event = {.kind = VIEW_EVENT_KEY};
        const size_t length = key_bytes(text);
        if (*text == ' ')
            memcpy(event.key, "space", sizeof "space");
        else if (length > 0)
            memcpy(event.key, text, length);
        else
            return wrong(place, text, "begins with what is no character of UTF-8 that a key can make");
        BASE_TRY(add(script, place, frame, &event));
        text += length > 0 ? length : 1;
    }
    return BASE_OK;
}

/* Cuts the next word off; NULL at the end of the line. */
static char *next_word(char **line)
{
    char *word = *line + strspn(*line, " \t");
    if (*word == '\0')
        return NULL;
    *line = word + strcspn(word, " \t");
    if (**line)
        *(*line)++ = '\0';
    return word;
}

static enum base_status parse_event(struct view_script *script, const struct place *place, uint64_t frame,
                                    const char *verb, char *rest)
{
    struct view_event event = {0};
    char *words[MAX_WORDS], *word;
    const char *plain = take_modifiers(verb, &event.modifiers);
    uint32_t n = 0, v = 0;
    while (v < N_VERBS && strcmp(verbs[v].word, plain) != 0)
        v++;
    if (v == N_VERBS || (event.modifiers && !verbs[v].modifiers))
        return wrong(place, verb,
                     "is none of key, move, press, release, wheel, resize, leave, hide, show, close "
                     "and type");
    /* '#' is a key as well, so a comment begins only where no word need be. */
    while ((word = next_word(&rest)) != NULL && (n < verbs[v].least || word[0] != '#')) {
        if (n == verbs[v].most)
            return wrong(place, word, "is one word too many");
        words[n++] = word;
    }
    if (n < verbs[v].least)
        return wrong(place, verb, "lacks words behind it");
    event.kind = verbs[v].kind;
    BASE_TRY(parse_arguments(place, words, n, &event));
    return add(script, place, frame, &event);
}

static enum base_status parse_line(struct view_script *script, const struct place *place, char *line)
{
    uint64_t frame;
    char *first = next_word(&line), *verb;
    if (!first || first[0] == '#')
        return BASE_OK;
    if (!parse_whole(first, max_frame, &frame))
        return wrong(place, first, "is not the number of a frame");
    if (script->count > 0 && frame < script->events[script->count - 1].frame)
        return wrong(place, first, "comes after a later frame: frames stand in ascending order");
    if (!(verb = next_word(&line)))
        return wrong(place, first, "lacks an event behind it");
    if (strcmp(verb, "type") == 0)
        return parse_type(script, place, frame, line);
    return parse_event(script, place, frame, verb, line);
}

static enum base_status parse(struct view_script *script, const char *path, char *text, size_t bytes)
{
    struct place place = {path, 0};
    char *const end = text + bytes;
    while (text < end) {
        char *stop = memchr(text, '\n', (size_t)(end - text));
        char *const next = stop ? stop + 1 : end;
        stop = stop ? stop : end; /* where there is a byte more */
        *stop = '\0';
        place.line++;
        if (stop > text && stop[-1] == '\r')
            *--stop = '\0';
        if (stop - text > MAX_LINE)
            return wrong(&place, NULL, "longer than 4096 bytes");
        if (memchr(text, '\0', (size_t)(stop - text)))
            return wrong(&place, NULL, "a byte 0: this is no text");
        BASE_TRY(parse_line(script, &place, text));
        text = next;
    }
    return BASE_OK;
}

enum base_status view_script_open(const char *path, struct view_script **out)
{
    enum base_status status;
    struct base_file *file = NULL;
    struct view_script *script = NULL;
    char *text = NULL;
    uint64_t bytes;
    *out = NULL;
    BASE_CHECK(base_file_open(path, &file));
    bytes = base_file_size(file);
    if (bytes > MAX_BYTES) {
        status = base_fail(BASE_ERROR_INPUT, "%s has %llu bytes; a script of events has 16 MiB at most", path,
                           (unsigned long long)bytes);
        goto error;
    }
    BASE_CHECK(base_allocate(&text, bytes + 1, 1, path));
    BASE_CHECK(base_file_read(file, 0, text, bytes));
    BASE_CHECK(base_allocate(&script, 1, sizeof *script, path));
    BASE_CHECK(parse(script, path, text, bytes));
    *out = script;
    script = NULL;
error:
    view_script_close(&script);
    base_free(text);
    base_file_close(&file);
    return status;
}

void view_script_close(struct view_script **script)
{
    if (!*script)
        return;
    base_free((*script)->events);
    base_free(*script);
    *script = NULL;
}

bool view_script_event(struct view_script *script, uint64_t frame, struct view_event *event)
{
    if (script->next == script->count || script->events[script->next].frame > frame)
        return false;
    *event = script->events[script->next++].event;
    return true;
}

uint64_t view_script_last_frame(const struct view_script *script)
{
    return script->count ? script->events[script->count - 1].frame : 0;
}

/* ---- writing ---- */

static void write_modifiers(FILE *file, uint32_t modifiers)
{
    for (uint32_t i = 0; i < N_MODIFIERS; i++)
        if (modifiers & modifier_words[i].bit)
            fprintf(file, "%s+", modifier_words[i].word);
}

/* Nine digits bring every float back. */
enum base_status view_script_write(FILE *file, uint64_t frame, const struct view_event *event)
{
    uint32_t v = 0;
    while (v < N_VERBS && verbs[v].kind != event->kind)
        v++;
    if (v == N_VERBS)
        return base_fail(BASE_ERROR_INTERNAL, "an event of unknown kind %d", event->kind);
    fprintf(file, "%llu ", (unsigned long long)frame);
    if (verbs[v].modifiers)
        write_modifiers(file, event->modifiers);
    fprintf(file, "%s", verbs[v].word);
    switch (event->kind) {
    case VIEW_EVENT_KEY:
        fprintf(file, " ");
        write_modifiers(file, event->modifiers);
        fprintf(file, "%s", event->key);
        break;
    case VIEW_EVENT_MOVE:
        fprintf(file, " %.9g %.9g", event->x, event->y);
        break;
    case VIEW_EVENT_PRESS:
    case VIEW_EVENT_RELEASE:
        fprintf(file, " %s %.9g %.9g", buttons[event->button], event->x, event->y);
        if (event->kind == VIEW_EVENT_PRESS && event->clicks > 1)
            fprintf(file, " %u", event->clicks);
        break;
    case VIEW_EVENT_WHEEL:
        fprintf(file, " %.9g %.9g %.9g %.9g", event->x, event->y, event->wheel_x, event->wheel_y);
        break;
    case VIEW_EVENT_RESIZE:
        fprintf(file, " %.9g %.9g %.9g", event->width, event->height, event->scale);
        break;
    default:
        break;
    }
    fprintf(file, "\n");
    return ferror(file)
               ? base_fail(BASE_ERROR_FILE_SYSTEM, "the script of events cannot be written: the disk "
                                                   "may be full")
               : BASE_OK;
}
