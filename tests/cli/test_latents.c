/* `arclight latents`: its JSON against the double reference, hostile texts, bad input; and its page in a real
 * browser, when there is one (chromium, its headless shell, or what ARCLIGHT_TEST_BROWSER names). */
#define _GNU_SOURCE
#include "base/memory.h"
#include "cli/run.h"
#include "sae/reference.h"
#include "support/device.h"
#include "support/files.h"
#include "support/sae_inputs.h"

#include <jansson.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb_image.h>

enum { ROWS = TEST_SAE_ROWS, LATENTS = TEST_SAE_LATENTS, WINDOW = 9, BEFORE = 5, COUNT = 4 };

static const char command[] =
    "$A latents topk rows.npy --tokens tokens.npy --positions positions.npy --vocab vocab.json "
    "--unembed unembed.npy --window 9 --contexts 4 -q";

static struct run in_folder(int code, const char *line)
{
    struct run run = run_line("cd '%s' && %s", test_folder(), line);
    if (run.code != code)
        fail_msg("exit code %d, expected %d: %s\n%s", run.code, code, line, run.text);
    return run;
}

static json_t *document;
static double values[ROWS][LATENTS]; /* by the reference; the outlier's are 0 */

static json_t *read_json(const char *name)
{
    json_error_t error;
    json_t *json = json_load_file(test_path(name), JSON_ALLOW_NUL, &error);
    if (!json)
        fail_msg("%s: line %d: %s", name, error.line, error.text);
    return json;
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static const json_t *latent_at(size_t index)
{
    return json_array_get(json_object_get(document, "latents"), index);
}

/* ---- numbers ---- */

static void every_latent_is_described(void **state)
{
    (void)state;
    assert_int_equal(json_array_size(json_object_get(document, "latents")), LATENTS);
    for (uint32_t l = 0; l < LATENTS; l++) {
        const json_t *latent = latent_at(l);
        double fired = 0, sum = 0, maximum = 0, counted = 0;
        for (uint32_t r = 0; r < ROWS; r++) {
            fired += values[r][l] > 0;
            sum += values[r][l];
            maximum = fmax(maximum, values[r][l]);
        }
        assert_int_equal(number(latent, "latent"), l);
        assert_int_equal(number(latent, "fired"), fired);
        assert_in_double(number(latent, "density"), fired / (ROWS - 1), 1e-6);
        assert_in_double(number(latent, "max"), maximum, 1e-5 * fmax(1, maximum));
        assert_in_double(number(latent, "mean"), fired > 0 ? sum / fired : 0, 1e-5 * fmax(1, maximum));
        const json_t *bins = json_object_get(json_object_get(latent, "histogram"), "counts");
        for (size_t b = 0; b < json_array_size(bins); b++)
            counted += json_number_value(json_array_get(bins, b));
        assert_int_equal(counted, fired);
        assert_int_equal(json_array_size(json_object_get(latent, "neighbours")), 6);
        assert_int_equal(json_array_size(json_object_get(latent, "raised")), 10);
        assert_int_equal(json_array_size(json_object_get(latent, "lowered")), 10);
    }
}

/* A context shows the tokens around its row, within its document, and how active the latent is there. */
static void check_context(const json_t *context, uint32_t l, double maximum)
{
    const json_t *tokens = json_object_get(context, "tokens"),
                 *percents = json_object_get(context, "percent_of_max");
    uint32_t row = (uint32_t)number(context, "row"), mark = (uint32_t)number(context, "mark");
    uint32_t document_start = row / TEST_SAE_DOCUMENT * TEST_SAE_DOCUMENT,
             length = (uint32_t)json_array_size(tokens);
    uint32_t start = row - mark, end = start + length;
    assert_in_double(number(context, "value"), values[row][l], 1e-5 * fmax(1, maximum));
    assert_int_equal(start, row < document_start + BEFORE ? document_start : row - BEFORE);
    uint32_t wanted = row + WINDOW - BEFORE;
    assert_int_equal(end, wanted < document_start + TEST_SAE_DOCUMENT ? wanted
                                                                      : document_start + TEST_SAE_DOCUMENT);
    for (uint32_t t = 0; t < length; t++) {
        double percent = json_number_value(json_array_get(percents, t)), value = values[start + t][l];
        assert_int_equal(json_integer_value(json_array_get(tokens, t)), test_sae_tokens[start + t]);
        if (value > 0)
            assert_true(percent >= 1 && fabs(percent - 100 * value / maximum) < 1.01);
        else
            assert_true(percent == 0);
    }
}

static void contexts_are_those_of_the_rows(void **state)
{
    (void)state;
    uint32_t full = 0;
    for (uint32_t l = 0; l < LATENTS; l++) {
        const json_t *latent = latent_at(l), *top = json_object_get(latent, "top");
        const json_t *examples = json_object_get(latent, "examples");
        double maximum = number(latent, "max");
        for (size_t i = 0; i < json_array_size(top); i++) {
            check_context(json_array_get(top, i), l, maximum);
            if (i == 0)
                assert_in_double(number(json_array_get(top, i), "value"), maximum, 1e-6 * maximum);
        }
        for (size_t i = 0; i < json_array_size(examples); i++)
            check_context(json_array_get(examples, i), l, maximum);
        full += json_array_size(top) == COUNT && json_array_size(examples) == COUNT;
    }
    assert_true(full > LATENTS / 2);
}

static void tokens_are_those_that_a_direction_raises(void **state)
{
    (void)state;
    struct run run =
        in_folder(0, "tail -c +$(($(stat -c %s unembed.npy) - 1920 + 1)) unembed.npy | od -An -v -tf4 -w48");
    double unembedding[TEST_SAE_TOKENS][TEST_SAE_WIDTH];
    const char *text = run.text;
    for (uint32_t t = 0; t < TEST_SAE_TOKENS * TEST_SAE_WIDTH; t++) {
        int used;
        assert_int_equal(sscanf(text, "%lf%n", &unembedding[0][0] + t, &used), 1);
        text += used;
    }
    for (uint32_t l = 0; l < LATENTS; l++) {
        double greatest = -INFINITY, least = INFINITY, square = 0;
        for (uint32_t i = 0; i < TEST_SAE_WIDTH; i++)
            square += pow((double)test_sae_topk.W_dec[l * TEST_SAE_WIDTH + i], 2);
        for (uint32_t t = 0; t < TEST_SAE_TOKENS; t++) {
            double sum = 0;
            for (uint32_t i = 0; i < TEST_SAE_WIDTH; i++)
                sum += unembedding[t][i] * (double)test_sae_topk.W_dec[l * TEST_SAE_WIDTH + i];
            greatest = fmax(greatest, sum / sqrt(square));
            least = fmin(least, sum / sqrt(square));
        }
        const json_t *raised = json_array_get(json_object_get(latent_at(l), "raised"), 0);
        const json_t *lowered = json_array_get(json_object_get(latent_at(l), "lowered"), 0);
        assert_in_double(json_number_value(json_array_get(raised, 1)), greatest, 1e-3 * fabs(greatest));
        assert_in_double(json_number_value(json_array_get(lowered, 1)), least, 1e-3 * fabs(least));
    }
}

/* ---- texts ---- */

static void texts_are_data(void **state)
{
    (void)state;
    const json_t *texts = json_object_get(document, "texts");
    assert_string_equal(json_string_value(json_object_get(texts, "0")),
                        "</script><img src=x onerror=\"document.title='owned'\">");
    const json_t *controls = json_object_get(texts, "2"); /* U+0000 and U+0001 survive */
    assert_int_equal(json_string_length(controls), 7);
    assert_memory_equal(json_string_value(controls), "\0\1\x1b[31m", 7);
    assert_string_equal(json_string_value(json_object_get(texts, "3")),
                        " \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    assert_string_equal(json_string_value(json_object_get(texts, "4")), "\xef\xbf\xbd");
    assert_string_equal(json_string_value(json_object_get(texts, "9")), "\xf0\x9f\x8c\xb1\xf0\x9f\x8c\xb1");
    struct run page = in_folder(0, "cat out/latents.html");
    assert_lacks(page, "<img");
    assert_lacks(page, "<b>");
    assert_lacks(page, "<!--");
    assert_lacks(page, "https://");
    for (const char *c = page.text; *c; c++)
        assert_true((unsigned char)*c >= 0x20 || *c == '\n');
    assert_int_equal(strlen(page.text), page.bytes);
}

/* An object from text to number says the same as an array. */
static void vocabularies_have_two_forms(void **state)
{
    (void)state;
    char json[2048] = "{";
    size_t used = 1;
    for (int t = TEST_SAE_TOKENS - 1; t >= 0; t--)
        used += (size_t)snprintf(json + used, sizeof json - used, "\"w%d\":%d%s", t, t, t ? "," : "}");
    test_file("object.json", json, used);
    in_folder(
        0, "$A latents topk rows.npy --tokens tokens.npy --vocab object.json --latents 3,5:7 --out three -q");
    json_t *three = read_json("three/latents.json");
    const json_t *latents = json_object_get(three, "latents");
    assert_int_equal(json_array_size(latents), 3);
    assert_int_equal(number(json_array_get(latents, 2), "latent"), 6);
    assert_string_equal(json_string_value(json_object_get(json_object_get(three, "texts"), "17")), "w17");
    json_decref(three);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    test_file("broken.json", "[\"a\", ", 6);
    test_file("number.json", "[\"a\", 7]", 8);
    test_file("word.json", "\"a\"", 3);
    test_file("few.json", "[\"a\",\"b\"]", 9);
    test_file("none.json", "[]", 2);
    test_file("negative.json", "{\"a\":-1}", 8);
    test_file("huge.json", "{\"a\":99999999999}", 17);
    static const struct {
        int code;
        const char *line, *part;
    } cases[] = {
        {2, "--vocab vocab.json --out x", "--tokens"},
        {2, "--tokens tokens.npy --out x", "--vocab"},
        {2, "--tokens tokens.npy --vocab vocab.json", "--out"},
        {3, "--tokens tokens.npy --vocab missing.json --out x", "missing.json"},
        {3, "--tokens tokens.npy --vocab broken.json --out x", "broken.json"},
        {3, "--tokens tokens.npy --vocab number.json --out x", "entry 1"},
        {3, "--tokens tokens.npy --vocab word.json --out x", "neither"},
        {3, "--tokens tokens.npy --vocab none.json --out x", "0 tokens"},
        {3, "--tokens tokens.npy --vocab negative.json --out x", "negative"},
        {3, "--tokens tokens.npy --vocab huge.json --out x", "too large"},
        {3, "--tokens tokens.npy --vocab few.json --out x", "has 2"},
        {3, "--tokens rows.npy --vocab vocab.json --out x", "rows.npy"},
        {3, "--tokens unembed.npy --vocab vocab.json --out x", "unembed.npy"},
        {3, "--tokens tokens.npy --vocab vocab.json --positions missing.npy --out x", "missing.npy"},
        {3, "--tokens tokens.npy --vocab vocab.json --unembed tokens.npy --out x", "tokens.npy"},
        {2, "--tokens tokens.npy --vocab vocab.json --latents 20 --out x", "20"},
        {2, "--tokens tokens.npy --vocab vocab.json --latents 3:21 --out x", "21"},
        {2, "--tokens tokens.npy --vocab vocab.json --latents three --out x", "three"},
        {2, "--tokens tokens.npy --vocab vocab.json --contexts 0 --out x", "--contexts"},
        {3, "--tokens tokens.npy --vocab vocab.json --max-norm 1e-9 --out x", "no row is left"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct run run =
            run_line("cd '%s' && $A latents topk rows.npy %s 2>&1 >/dev/null", test_folder(), cases[c].line);
        if (run.code != cases[c].code || !strstr(run.text, cases[c].part))
            fail_msg("%s: exit code %d, expected %d with \"%s\":\n%s", cases[c].line, run.code, cases[c].code,
                     cases[c].part, run.text);
    }
    assert_string_equal(in_folder(0, "ls x 2>/dev/null || true").text, "");
}

/* ---- in a browser ---- */

static const char *browser(void)
{
    const char *named = getenv("ARCLIGHT_TEST_BROWSER");
    if (named)
        return named;
    static const char *const names[] = {"chromium", "chromium-headless-shell"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (run_line("command -v %s", names[i]).code == 0)
            return names[i];
    return NULL;
}

static bool has_browser(void)
{
    if (browser())
        return true;
    print_message("SKIPPED: no browser here (chromium, chromium-headless-shell, or ARCLIGHT_TEST_BROWSER)\n");
    return false;
}

/* What stands in the page after its script, and after `script` was run behind it, for address `#address`. */
static struct run page_after(const char *script, const char *address)
{
    test_file("script.html", script, strlen(script));
    in_folder(0, "cat out/latents.html script.html > page.html");
    struct run run = run_line("cd '%s' && HOME='%s' timeout 100 %s --headless=new --no-sandbox --disable-gpu "
                              "--virtual-time-budget=5000 --dump-dom 'file://%s/page.html#%s' 2>/dev/null",
                              test_folder(), test_folder(), browser(), test_folder(), address);
    assert_int_equal(run.code, 0);
    return run;
}

static void a_browser_shows_it(void **state)
{
    (void)state;
    if (!has_browser())
        skip();
    struct run run = page_after("", "3");
    assert_contains(run, "<title>Latent 3 \xe2\x80\x93 topk</title>");
    assert_contains(run, "Top contexts");
    assert_contains(run, "Across its range");
    assert_contains(run, "Raises");
    assert_contains(run, "class=\"mark\"");
    assert_contains(run, "<rect");
    assert_lacks(run, "<img");
    assert_lacks(run, "<b>bold");
}

/* Every latent is looked at, so every text that the page has is on it once; what keys do ends in the title.
 */
static void nothing_in_it_runs(void **state)
{
    (void)state;
    if (!has_browser())
        skip();
    struct run run =
        page_after("<script>\n"
                   "const press = (key, at) => (at || document.body).dispatchEvent(new "
                   "KeyboardEvent('keydown', {key, bubbles: true}));\n"
                   "const seen = [];\n"
                   "for (let i = 0; i < 25; i++) {\n"
                   "  seen.push(document.querySelector('h2').textContent);\n"
                   "  press('j');\n"
                   "}\n"
                   "const bad = document.querySelectorAll('img, main b b, iframe').length;\n"
                   "press('/');\n"
                   "const search = document.activeElement; search.value = '\\u0073cript><im'; "
                   "search.dispatchEvent(new Event('input'));\n"
                   "const found = document.querySelectorAll('.row').length;\n"
                   "search.value = '17'; search.dispatchEvent(new Event('input')); press('Enter', search);\n"
                   "const chosen = document.querySelector('h2').textContent;\n"
                   "document.getElementById('sort').value = 'id'; "
                   "document.getElementById('sort').dispatchEvent(new Event('change'));\n"
                   "const title = document.title;\n"
                   "document.body.append('RESULT ' + new Set(seen).size + ' ' + bad + ' ' + (found > 0) + ' "
                   "' + chosen + ' ' + title + ' END');\n"
                   "</script>",
                   "");
    const char *result = strstr(run.text, "RESULT ");
    while (result && strstr(result + 1, "RESULT ")) /* the script itself has the word too */
        result = strstr(result + 1, "RESULT ");
    if (!result || strncmp(result, "RESULT 20 0 true Latent 17 Latent 17 \xe2\x80\x93 topk END", 49) != 0)
        fail_msg("the page says %.120s", result ? result : "nothing");
}

static double brightness(const char *path, double *deviation)
{
    int width, height, channels;
    uint8_t *rgb = stbi_load(path, &width, &height, &channels, 3);
    double sum = 0, square = 0;
    assert_non_null(rgb);
    for (int i = 0; i < 3 * width * height; i++) {
        sum += rgb[i];
        square += (double)rgb[i] * rgb[i];
    }
    double n = 3.0 * width * height;
    stbi_image_free(rgb);
    *deviation = sqrt(square / n - sum / n * (sum / n));
    return sum / n;
}

/* Pictures stay beside the test programs, to be looked at. */
static void it_is_dark_and_light(void **state)
{
    (void)state;
    double mean[2], deviation[2];
    static const char *const names[] = {"latents-dark.png", "latents-light.png"};
    if (!has_browser())
        skip();
    for (int light = 0; light < 2; light++) {
        struct run run = run_line(
            "HOME='%s' timeout 100 %s --headless=new --no-sandbox --disable-gpu --hide-scrollbars "
            "--blink-settings=preferredColorScheme=%d --window-size=1440,1000 --virtual-time-budget=5000 "
            "--screenshot=\"$PWD/%s\" 'file://%s/out/latents.html' 2>/dev/null",
            test_folder(), browser(), light, names[light], test_folder());
        assert_int_equal(run.code, 0);
        mean[light] = brightness(names[light], &deviation[light]);
        assert_true(deviation[light] > 10); /* there is something on it */
    }
    assert_true(mean[0] < 60 && mean[1] > 200);
}

static int set_up(void **state)
{
    (void)state;
    test_sae_inputs();
    for (uint32_t r = 0; r < ROWS; r++)
        if (r != TEST_SAE_OUTLIER)
            sae_reference_encode(&test_sae_topk, test_sae_rows + r * TEST_SAE_WIDTH, values[r]);
    struct run run = run_line("cd '%s' && %s --out out 2>&1", test_folder(), command);
    if (run.code != 0)
        fail_msg("latents ends with %d: %s", run.code, run.text);
    document = read_json("out/latents.json");
    return 0;
}

int main(void)
{
    if (!test_gpu_exists())
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_latent_is_described),
        cmocka_unit_test(contexts_are_those_of_the_rows),
        cmocka_unit_test(tokens_are_those_that_a_direction_raises),
        cmocka_unit_test(texts_are_data),
        cmocka_unit_test(vocabularies_have_two_forms),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(a_browser_shows_it),
        cmocka_unit_test(nothing_in_it_runs),
        cmocka_unit_test(it_is_dark_and_light),
    };
    int failed = cmocka_run_group_tests(tests, set_up, NULL);
    json_decref(document);
    return failed;
}
