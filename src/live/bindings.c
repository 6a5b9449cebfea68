#include "live/bindings.h"

#include "base/memory.h"
#include "base/platform.h"
#include "io/tensor.h"

#include <stdio.h>
#include <string.h>

struct row {
    const char *name, *keys;
    enum live_group group;
    const char *help;
};

static const struct row rows[LIVE_ACTIONS] = {
#define LIVE_BINDING(action, name_, keys_, group_, help_)                                                    \
    [LIVE_ACTION_##action] = {name_, keys_, group_, help_},
#include "live/bindings.def"
#undef LIVE_BINDING
};

static const struct row *row_of(enum live_action action)
{
    static const struct row none = {"none", "", LIVE_GROUP_WINDOW, ""};
    return action > LIVE_ACTION_NONE && action < LIVE_ACTIONS ? &rows[action] : &none;
}

const char *live_action_name(enum live_action action)
{
    return row_of(action)->name;
}

const char *live_action_keys(enum live_action action)
{
    return row_of(action)->keys;
}

enum live_group live_action_group(enum live_action action)
{
    return row_of(action)->group;
}

const char *live_action_help(enum live_action action)
{
    return row_of(action)->help;
}

const char *live_group_title(enum live_group group)
{
    static const char *const titles[LIVE_GROUPS] = {
        [LIVE_GROUP_TIME] = "Time",         [LIVE_GROUP_VIEWS] = "Views",
        [LIVE_GROUP_PLOT] = "Plot",         [LIVE_GROUP_RESONANCE] = "Resonance, latents",
        [LIVE_GROUP_TRAINING] = "Training", [LIVE_GROUP_OUTPUT] = "Files",
        [LIVE_GROUP_WINDOW] = "Window",
    };
    return group < LIVE_GROUPS ? titles[group] : "";
}

enum live_action live_action_named(const char *name)
{
    for (int action = 1; action < LIVE_ACTIONS; action++)
        if (!strcmp(rows[action].name, name))
            return (enum live_action)action;
    return LIVE_ACTION_NONE;
}

/* ---- keys ---- */

static const char *const named_keys[] = {
    "space", "enter", "escape", "backspace", "delete",    "tab", "left", "right", "up",
    "down",  "home",  "end",    "page-up",   "page-down", "f1",  "f2",   "f3",    "f4",
    "f5",    "f6",    "f7",     "f8",        "f9",        "f10", "f11",  "f12"};

static bool is_named_key(const char *key)
{
    for (size_t i = 0; i < sizeof named_keys / sizeof *named_keys; i++)
        if (!strcmp(named_keys[i], key))
            return true;
    return false;
}

static bool starts_with(const char **text, const char *start)
{
    size_t length = strlen(start);
    if (strncmp(*text, start, length) != 0 || !(*text)[length])
        return false;
    *text += length;
    return true;
}

/* One character of UTF-8, well formed. */
static bool is_character(const char *text)
{
    unsigned char first = (unsigned char)*text;
    size_t more = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first <= 0x20 || first == 0x7f || (first >= 0x80 && first < 0xc2) || first > 0xf4)
        return false;
    for (size_t i = 1; i <= more; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return false;
    return text[more + 1] == 0;
}

/* Writes "ctrl+alt+shift+" as far as they hold, and the key. Shift belongs to a character already, unless
 * ctrl or alt make the character a plain one. */
static void write_key(uint32_t modifiers, const char *key, char text[LIVE_KEY_BYTES])
{
    bool named = is_named_key(key);
    bool shift = modifiers & VIEW_SHIFT && (named || modifiers & (VIEW_CTRL | VIEW_ALT));
    snprintf(text, LIVE_KEY_BYTES, "%s%s%s%.*s", modifiers & VIEW_CTRL ? "ctrl+" : "",
             modifiers & VIEW_ALT ? "alt+" : "", shift ? "shift+" : "", 10, key);
}

/* A key as a person writes it into the form that is compared. False: none. */
static bool read_key(const char *written, char text[LIVE_KEY_BYTES])
{
    uint32_t modifiers = 0;
    for (bool more = true; more;) {
        uint32_t before = modifiers;
        modifiers |= starts_with(&written, "ctrl+") ? VIEW_CTRL : 0;
        modifiers |= starts_with(&written, "alt+") ? VIEW_ALT : 0;
        modifiers |= starts_with(&written, "shift+") ? VIEW_SHIFT : 0;
        more = modifiers != before;
    }
    bool named = is_named_key(written);
    if (!named && !is_character(written))
        return false;
    if (modifiers == VIEW_SHIFT && !named) /* "S", not "shift+s" */
        return false;
    char plain[2] = {*written, '\0'};
    if (modifiers && !named && *written >= 'A' && *written <= 'Z') { /* as it arrives: ctrl+shift+q */
        plain[0] = (char)(*written - 'A' + 'a');
        modifiers |= VIEW_SHIFT;
        written = plain;
    }
    write_key(modifiers, written, text);
    return true;
}

static enum live_action owner_of(const struct live_bindings *bindings, const char *key)
{
    for (int action = 1; action < LIVE_ACTIONS; action++)
        for (int k = 0; k < LIVE_KEYS_AN_ACTION; k++)
            if (bindings->keys[action][k][0] && !strcmp(bindings->keys[action][k], key))
                return (enum live_action)action;
    return LIVE_ACTION_NONE;
}

/* With ctrl or alt a key tells its plain character. What it makes with shift on a US keyboard is another name
 * of it; elsewhere the character may have a key of its own, and is told as such. */
static bool shifted(const struct view_event *event, char key[LIVE_KEY_BYTES])
{
    static const char plain[] = "`1234567890-=[]\\;',./", made[] = "~!@#$%^&*()_+{}|:\"<>?";
    const char *at = event->key[0] && !event->key[1] ? strchr(plain, event->key[0]) : NULL;
    if (!at || !(event->modifiers & VIEW_SHIFT) || !(event->modifiers & (VIEW_CTRL | VIEW_ALT)))
        return false;
    write_key(event->modifiers & ~(uint32_t)VIEW_SHIFT, (char[2]){made[at - plain], '\0'}, key);
    return true;
}

enum live_action live_bindings_find(const struct live_bindings *bindings, const struct view_event *event)
{
    char key[LIVE_KEY_BYTES];
    if (event->kind != VIEW_EVENT_KEY || !event->key[0])
        return LIVE_ACTION_NONE;
    write_key(event->modifiers, !strcmp(event->key, " ") ? "space" : event->key, key);
    enum live_action action = owner_of(bindings, key);
    return action == LIVE_ACTION_NONE && shifted(event, key) ? owner_of(bindings, key) : action;
}

bool live_bindings_built_in(const struct view_event *event, enum live_action action,
                            struct view_event *built_in)
{
    struct live_bindings table;
    live_bindings_default(&table);
    *built_in = *event;
    if (live_bindings_find(&table, event) == action)
        return true;
    if (action == LIVE_ACTION_NONE)
        return false;
    const char *key = table.keys[action][0];
    built_in->modifiers = (starts_with(&key, "ctrl+") ? VIEW_CTRL : 0u) |
                          (starts_with(&key, "alt+") ? VIEW_ALT : 0u) |
                          (starts_with(&key, "shift+") ? VIEW_SHIFT : 0u);
    snprintf(built_in->key, sizeof built_in->key, "%.15s", key);
    return true;
}

void live_bindings_default(struct live_bindings *bindings)
{
    memset(bindings, 0, sizeof *bindings);
    for (int action = 1; action < LIVE_ACTIONS; action++) {
        const char *keys = rows[action].keys;
        for (int k = 0; *keys && k < LIVE_KEYS_AN_ACTION; k++) {
            size_t length = strcspn(keys, " ");
            snprintf(bindings->keys[action][k], LIVE_KEY_BYTES, "%.*s", (int)length, keys);
            keys += length + strspn(keys + length, " ");
        }
    }
}

/* ---- the user's file ---- */

struct reader {
    const char *where;
    unsigned line;
    struct live_bindings bindings;
    bool given[LIVE_ACTIONS]; /* by the text */
};

/* Takes `key` from an action that has it built in; one that the text gave it to keeps it: false. */
static bool free_key(struct reader *reader, const char *key, int *owner)
{
    for (int action = 1; action < LIVE_ACTIONS; action++)
        for (int k = 0; k < LIVE_KEYS_AN_ACTION; k++) {
            char *own = reader->bindings.keys[action][k];
            if (strcmp(own, key) != 0)
                continue;
            *owner = action;
            if (reader->given[action])
                return false;
            own[0] = 0;
        }
    return true;
}

/* Cuts the next word off; NULL at the end. */
static char *next_word(char **text)
{
    char *word = *text + strspn(*text, " \t");
    size_t length = strcspn(word, " \t");
    if (!length)
        return NULL;
    *text = word + length + (word[length] != 0);
    word[length] = 0;
    return word;
}

/* The name of a key that is known elsewhere by another; NULL: none. */
static const char *meant(const char *word)
{
    static const char *const others[][2] = {
        {"esc", "escape"},         {"return", "enter"},   {"del", "delete"},     {"spacebar", "space"},
        {"pgup", "page-up"},       {"pageup", "page-up"}, {"pgdn", "page-down"}, {"pgdown", "page-down"},
        {"pagedown", "page-down"}, {"back", "backspace"}};
    const char *key = strrchr(word, '+');
    key = key ? key + 1 : word;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!strcmp(others[i][0], key))
            return others[i][1];
    return NULL;
}

static enum base_status read_keys(struct reader *reader, enum live_action action, char *keys)
{
    char shown[IO_PRINTABLE];
    memset(reader->bindings.keys[action], 0, sizeof reader->bindings.keys[action]);
    int count = 0;
    for (char *word; (word = next_word(&keys)) != NULL;) {
        char key[LIVE_KEY_BYTES];
        int owner = 0;
        if (!strcmp(word, "#"))
            break;
        if (!read_key(word, key) && meant(word))
            return base_fail(BASE_ERROR_INPUT, "%s, line %u: '%s' is no key; write %s", reader->where,
                             reader->line, io_printable(word, shown), meant(word));
        if (!read_key(word, key))
            return base_fail(BASE_ERROR_INPUT,
                             "%s, line %u: '%s' is no key; write a character (S, ?), or a name (space, left, "
                             "page-up, f1), with ctrl+, alt+ or shift+ before it",
                             reader->where, reader->line, io_printable(word, shown));
        if (!free_key(reader, key, &owner))
            return base_fail(BASE_ERROR_INPUT, "%s, line %u: '%s' is given to '%s' already", reader->where,
                             reader->line, io_printable(word, shown), rows[owner].name);
        if (count == LIVE_KEYS_AN_ACTION)
            return base_fail(BASE_ERROR_INPUT, "%s, line %u: at most %d keys for an action", reader->where,
                             reader->line, LIVE_KEYS_AN_ACTION);
        snprintf(reader->bindings.keys[action][count++], LIVE_KEY_BYTES, "%s", key);
    }
    return BASE_OK;
}

static char *trimmed(char *text)
{
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length && strchr(" \t\r", text[length - 1]))
        text[--length] = 0;
    return text;
}

static enum base_status read_line(struct reader *reader, char *line)
{
    char shown[IO_PRINTABLE];
    line = trimmed(line);
    if (!*line || *line == '#')
        return BASE_OK;
    char *equals = strchr(line, '=');
    if (!equals)
        return base_fail(BASE_ERROR_INPUT, "%s, line %u: expected 'action = key …'", reader->where,
                         reader->line);
    *equals = 0;
    char *name = trimmed(line);
    enum live_action action = live_action_named(name);
    if (action == LIVE_ACTION_NONE)
        return base_fail(BASE_ERROR_INPUT,
                         "%s, line %u: no action is called '%s'; the names stand in parentheses under KEYS "
                         "in what 'arclight man' prints",
                         reader->where, reader->line, io_printable(name, shown));
    if (reader->given[action])
        return base_fail(BASE_ERROR_INPUT,
                         "%s, line %u: '%s' stands here twice; give all its keys in one line", reader->where,
                         reader->line, rows[action].name);
    reader->given[action] = true;
    return read_keys(reader, action, trimmed(equals + 1));
}

/* One line of the text, `used` bytes of it. A line that is wrong leaves everything as it was. */
static enum base_status take_line(struct reader *reader, const char *text, size_t used)
{
    char line[512];
    reader->line++;
    if (used >= sizeof line || memchr(text, 0, used))
        return base_fail(BASE_ERROR_INPUT, "%s, line %u: longer than %zu bytes, or not text", reader->where,
                         reader->line, sizeof line - 1);
    memcpy(line, text, used);
    line[used] = 0;
    const struct reader before = *reader;
    const enum base_status status = read_line(reader, line);
    if (status != BASE_OK)
        *reader = before;
    return status;
}

enum base_status live_bindings_parse(struct live_bindings *bindings, const char *where, const char *text,
                                     size_t length)
{
    struct reader reader = {.where = where, .bindings = *bindings};
    char first[400] = "";
    uint32_t wrong = 0;
    for (size_t at = 0; at < length;) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t used = end ? (size_t)(end - text) - at : length - at;
        if (take_line(&reader, text + at, used) != BASE_OK && wrong++ == 0)
            snprintf(first, sizeof first, "%s", base_message());
        at += used + 1;
    }
    *bindings = reader.bindings;
    if (wrong == 0)
        return BASE_OK;
    if (wrong == 1)
        return base_fail(BASE_ERROR_INPUT, "%s", first);
    return base_fail(BASE_ERROR_INPUT, "%s; and %u more such line%s", first, wrong - 1, wrong > 2 ? "s" : "");
}

char *live_bindings_path(void)
{
    char *folder = base_config_folder();
    char *path = folder ? base_path_join(folder, "keys.conf") : NULL;
    base_free(folder);
    return path;
}

static enum base_status read_file(const char *path, char **text, size_t *bytes)
{
    enum { MOST = 1 << 16 };
    struct base_file *file = NULL;
    enum base_status status;
    if (base_is_folder(path))
        return base_fail(BASE_ERROR_INPUT, "%s: a folder, not a file", path);
    BASE_CHECK(base_file_open(path, &file));
    if (base_file_size(file) > MOST)
        BASE_CHECK(base_fail(BASE_ERROR_INPUT, "%s: larger than %d bytes", path, MOST));
    *bytes = (size_t)base_file_size(file);
    BASE_CHECK(base_allocate(text, *bytes + 1, 1, "the key bindings"));
    BASE_CHECK(base_file_read(file, 0, *text, *bytes));
error:
    base_file_close(&file);
    return status;
}

/* Adds what became of the rest to a message. */
static enum base_status add_words(enum base_status status, const char *words)
{
    char *said = base_copy_string(base_message());
    if (said)
        status = base_fail(status, "%s; %s", said, words);
    base_free(said);
    return status;
}

enum base_status live_bindings_load(struct live_bindings *bindings)
{
    char *path = live_bindings_path(), *text = NULL;
    size_t bytes = 0;
    enum base_status status = BASE_OK;
    if (path && base_path_exists(path)) {
        status = read_file(path, &text, &bytes);
        if (status != BASE_OK) {
            status = add_words(status, "no line of it was read: the built-in keys hold");
        } else {
            status = live_bindings_parse(bindings, path, text, bytes);
            if (status != BASE_OK)
                status = add_words(status, "all other lines hold");
        }
    }
    base_free(text);
    base_free(path);
    return status;
}
