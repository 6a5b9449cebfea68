/* A run's folder as it grows: lines are taken in when they are whole, files that were replaced are read anew,
 * what is no record is named, and the newest autoencoder is the one that is given. */
#include "live/records.h"

#include "base/attend.h"
#include "base/memory.h"
#include "base/platform.h"
#include "live/records_scene.h"
#include "live/run.h"
#include "sae/formats.h"
#include "support/autoencoder.h"
#include "support/files.h"
#include "support/test.h"

#include <stdlib.h>

static char folder[512], metrics[600];

static void write_text(const char *path, const char *mode, const char *text)
{
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void add_lines(uint64_t from, uint64_t to)
{
    FILE *file = fopen(metrics, "ab");
    assert_non_null(file);
    for (uint64_t s = from; s < to; s++)
        fprintf(file, "{\"step\": %llu, \"rows\": %llu, \"loss\": %g, \"seconds\": 1}\n",
                (unsigned long long)s, (unsigned long long)(32 * (s + 1)), 1.0 / (double)(s + 1));
    assert_int_equal(fclose(file), 0);
}

static struct live_records *new_run(const char *name)
{
    static const char config[] =
        "{\"arch\":\"topk\",\"d-in\":8,\"d-out\":8,\"d-sae\":16,\"k\":4.0,\"batch\":32,"
        "\"total-rows\":3200,\"dead-after\":100,\"inputs\":[\"rows.npy\"]}";
    char path[600];
    struct live_records *records;
    snprintf(folder, sizeof folder, "%s", test_path(name));
    snprintf(metrics, sizeof metrics, "%s/metrics.jsonl", folder);
    assert_ok(base_folder_make(folder));
    snprintf(path, sizeof path, "%s/config.json", folder);
    write_text(path, "wb", config);
    write_text(metrics, "wb", "");
    assert_ok(live_records_open(folder, &records));
    return records;
}

static size_t follow(struct live_records *records)
{
    bool more = true;
    while (more)
        assert_ok(live_records_follow(records, &more));
    return live_records_history(records)->n_records;
}

static void a_run_that_goes_on(void **state)
{
    (void)state;
    struct live_records *records = new_run("going-on");
    struct live_records_about about = live_records_about(records);
    assert_int_equal(about.d_sae, 16);
    assert_in_double(about.k, 4, 0);
    assert_string_equal(about.input, "rows.npy");
    assert_string_equal(live_records_history(records)->kind, about.kind);
    assert_int_equal(follow(records), 0);
    add_lines(0, 10);
    assert_int_equal(follow(records), 10);
    assert_int_equal(follow(records), 10);
    /* Torn, then whole. */
    write_text(metrics, "ab", "{\"step\": 10, \"rows\": 352, \"lo");
    assert_int_equal(follow(records), 10);
    write_text(metrics, "ab", "ss\": 7}\n{\"step\": 11, \"event\": \"k\", \"value\": 2}\n");
    assert_int_equal(follow(records), 11);
    assert_in_double(live_records_history(records)->records[10].loss, 7, 0);
    write_text(metrics, "ab", "{\"step\": 11, \"event\": \"k\", \"value\": 3}\n");
    assert_int_equal(follow(records), 11);
    const struct live_training_events *events = live_records_events(records);
    assert_int_equal(events->n, 1);
    assert_string_equal(events->list[0].name, "k");
    assert_in_double(events->list[0].value, 3, 0); /* the later one at the same step */
    assert_int_equal(events->list[0].step, 11);
    assert_false(live_records_finished(records));
    live_records_close(&records);
}

/* What the window says of a run's state. */
static const char *subtitle_of(const char *name)
{
    static char words[sizeof((struct live_model *)NULL)->subtitle];
    struct live_scene *scene;
    assert_ok(live_records_scene_create(&(struct live_records_scene_parameters){.folder = test_path(name)},
                                        &scene));
    assert_ok(scene->kind->advance(scene, 1));
    memcpy(words, scene->model.subtitle, sizeof words);
    live_scene_destroy(&scene);
    return words;
}

/* The lock of a process goes with it, however it ends: what it left is not going on. */
static void a_run_that_was_killed(void **state)
{
    (void)state;
    struct live_records *records = new_run("killed");
    struct base_lock *lock, *second;
    char path[600];
    add_lines(0, 10);
    snprintf(path, sizeof path, "%s/train.lock", folder);
    assert_false(live_records_held(records));
    assert_ok(base_lock_take(path, &lock));
    assert_non_null(lock);
    assert_true(live_records_held(records));
    assert_string_equal(subtitle_of("killed"), "going on, 320 rows \u00b7 topk, 8 \u2192 16 latents");
    assert_ok(base_lock_take(path, &second));
    assert_null(second);
    struct live_scene *scene; /* in a window that nobody touches */
    assert_ok(live_records_scene_create(&(struct live_records_scene_parameters){.folder = folder}, &scene));
    bool changes[3];
    for (int i = 0; i < 3; i++) {
        if (i == 2) {
            base_lock_release(&lock);
            write_text(path, "wb", ""); /* as SIGKILL leaves it */
        }
        scene->changed = false;
        assert_ok(scene->kind->advance(scene, 100.0 * i));
        changes[i] = scene->changed;
    }
    assert_true(changes[0] && !changes[1] && changes[2]);
    live_scene_destroy(&scene);
    assert_false(live_records_held(records));
    assert_true(base_path_exists(path));
    assert_string_equal(subtitle_of("killed"),
                        "stopped at step 10, 320 rows \u00b7 topk, 8 \u2192 16 latents");
    snprintf(path, sizeof path, "%s/config.json", folder);
    assert_int_equal(remove(path), 0);
    assert_string_equal(subtitle_of("killed"), "stopped, 320 rows \u00b7 no config.json says what it is");
    live_records_close(&records);
}

/* A weights file of nothing is damaged, not one that is yet to come. */
static void weights_that_are_damaged(void **state)
{
    (void)state;
    struct live_records *records = new_run("damaged");
    struct live_scene *scene;
    char path[600];
    snprintf(path, sizeof path, "%s/sae_weights.safetensors", folder);
    write_text(path, "wb", "");
    assert_ok(live_records_scene_create(&(struct live_records_scene_parameters){.folder = folder}, &scene));
    for (int i = 0; i < 3; i++) {
        assert_ok(scene->kind->advance(scene, 100.0 * i));
        assert_non_null(strstr(scene->model.run->weights_fault, "damaged: it is empty"));
    }
    live_scene_destroy(&scene);
    live_records_close(&records);
}

static void a_run_that_was_resumed(void **state)
{
    (void)state;
    struct live_records *records = new_run("resumed");
    add_lines(0, 100);
    assert_int_equal(follow(records), 100);
    write_text(metrics, "wb", ""); /* shorter */
    add_lines(0, 40);
    assert_int_equal(follow(records), 40);
    write_text(metrics, "wb", "{\"step\": 0, \"rows\": 1, \"loss\": 5}\n"); /* another, and longer again */
    add_lines(1, 60);
    assert_int_equal(follow(records), 60);
    assert_in_double(live_records_history(records)->records[0].loss, 5, 0);
    assert_int_equal(remove(metrics), 0);
    assert_int_equal(follow(records), 60); /* what was there stays until there is another */
    live_records_close(&records);
}

/* A window's own past of a run that goes on at step 40: what the file has of that step, and what a process
 * that was killed wrote behind it, is not there twice, and stands where it belongs. */
static void a_past_is_recalled(void **state)
{
    (void)state;
    struct live_records *records = new_run("recalled");
    struct live_training_history history = {0};
    static struct live_training_events events;
    add_lines(0, 10);
    write_text(metrics, "ab", "{\"step\": 10, \"event\": \"resampled\", \"latents\": 3}\n");
    add_lines(10, 60);
    write_text(metrics, "ab",
               "{\"step\": 60, \"event\": \"k\", \"value\": 3}\n"
               "{\"step\": 40, \"event\": \"rate_factor\", \"value\": 2}\n"
               "{\"step\": 40, \"event\": \"k\", \"value\": 2}\n");
    add_lines(40, 41);
    live_training_add_event(&events, &(struct live_training_event){40, "rate_factor", 2});
    live_training_add_event(&events, &(struct live_training_event){40, "k", 2});
    assert_ok(live_training_metrics_recall(metrics, 40, &history, &events));
    assert_int_equal(events.n, 3);
    assert_string_equal(events.list[0].name, "resampled");
    assert_int_equal(events.list[0].step, 10);
    assert_string_equal(events.list[1].name, "rate_factor");
    assert_string_equal(events.list[2].name, "k");
    assert_int_equal(events.list[2].step, 40);
    assert_ok(live_training_add_record(&history, &(struct live_training_record){.rows = UINT64_C(32) * 41}));
    assert_int_equal(history.n_records, 41);
    live_training_history_free(&history);
    live_records_close(&records);
}

static void what_is_no_record(void **state)
{
    (void)state;
    struct live_records *records = new_run("odd");
    char part[700];
    bool more;
    add_lines(0, 2);
    write_text(metrics, "ab", "nonsense\n\n[1]\n");
    add_lines(2, 4);
    snprintf(part, sizeof part, "%s: line 3 is no record", metrics);
    assert_fails(live_records_follow(records, &more), BASE_ERROR_INPUT, part);
    assert_true(more);
    assert_fails(live_records_follow(records, &more), BASE_ERROR_INPUT, "line 5 is no record");
    assert_int_equal(follow(records), 4);
    /* A line without end, in pieces. */
    char *endless = malloc((3 << 20) + 1);
    assert_non_null(endless);
    memset(endless, 'x', 3 << 20);
    endless[3 << 20] = '\0';
    write_text(metrics, "ab", endless);
    assert_fails(live_records_follow(records, &more), BASE_ERROR_INPUT, "line 8 is longer than any record");
    write_text(metrics, "ab", endless);
    assert_int_equal(follow(records), 4);
    write_text(metrics, "ab", "\n");
    add_lines(4, 6);
    assert_int_equal(follow(records), 6);
    free(endless);
    live_records_close(&records);
}

static void very_many_records(void **state)
{
    (void)state;
    struct live_records *records = new_run("many");
    add_lines(0, 3 * LIVE_RECORDS_MOST);
    size_t count = follow(records);
    const struct live_training_history *history = live_records_history(records);
    assert_in_range(count, LIVE_RECORDS_MOST / 2, LIVE_RECORDS_MOST);
    assert_int_equal(history->records[0].rows, 32);
    assert_int_equal(history->records[count - 1].rows, 32ull * 3 * LIVE_RECORDS_MOST);
    for (size_t i = 1; i < count; i++)
        assert_true(history->records[i].rows > history->records[i - 1].rows);
    live_records_close(&records);
}

static void the_newest_autoencoder(void **state)
{
    (void)state;
    struct live_records *records = new_run("weights");
    struct sae_architecture architecture = test_architecture(SAE_TOPK, 8, 16);
    struct sae_model saved = test_model(&architecture, 3), model;
    float logs[16];
    double *rates;
    bool changed;
    sae_fold_decoder_norm(&saved);
    for (int i = 0; i < 16; i++)
        logs[i] = i == 0 ? 0 : 0.05f * (float)i;
    assert_ok(live_records_autoencoder(records, &changed, &model, &rates));
    assert_false(changed);
    assert_ok(sae_save(folder, &saved, NULL, logs));
    assert_true(live_records_finished(records));
    assert_ok(live_records_autoencoder(records, &changed, &model, &rates));
    assert_true(changed);
    assert_memory_equal(model.W_dec, saved.W_dec, 16 * 8 * sizeof(float));
    assert_non_null(rates);
    assert_in_double(rates[0], 0, 0);
    assert_in_double(rates[10], 0.5, 1e-6);
    sae_model_free(&model);
    base_free(rates);
    assert_ok(live_records_autoencoder(records, &changed, &model, &rates));
    assert_false(changed);
    sae_model_free(&saved);
    live_records_close(&records);
}

static void folders_that_are_no_runs(void **state)
{
    (void)state;
    struct live_records *records = new_run("sweep/a=1");
    struct live_records *none;
    live_records_close(&records);
    assert_fails(live_records_open(test_path("sweep"), &none), BASE_ERROR_INPUT, "name one, such as a=1");
    assert_fails(live_records_open(test_path("nowhere"), &none), BASE_ERROR_INPUT, "no folder of a run");
    assert_ok(base_folder_make(test_path("empty")));
    assert_fails(live_records_open(test_path("empty"), &none), BASE_ERROR_INPUT, "no metrics.jsonl");
    assert_null(none);
    char path[600];
    assert_fails(live_records_explain(test_path("empty")), BASE_ERROR_INPUT, "neither activations");
    assert_ok(base_folder_make(test_path("begun")));
    snprintf(path, sizeof path, "%s/config.json", test_path("begun"));
    write_text(path, "wb", "{}");
    assert_fails(live_records_explain(test_path("begun")), BASE_ERROR_INPUT, "begun: this run has nothing");
    snprintf(path, sizeof path, "%s/a.npy", test_path("begun"));
    write_text(path, "wb", "");
    assert_ok(live_records_explain(test_path("begun")));
    snprintf(path, sizeof path, "%s/config.json", folder);
    write_text(path, "wb", "{\"arch\": ");
    assert_fails(live_records_open(folder, &none), BASE_ERROR_INPUT, "config.json");
    write_text(path, "wb", "{\"arch\": 7, \"d-sae\": -1, \"k\": \"x\", \"inputs\": {}}");
    assert_ok(live_records_open(folder, &records));
    assert_int_equal(live_records_about(records).d_sae, 0);
    live_records_close(&records);
}

/* Calls with words and without. */
struct words {
    int some, none;
};

static enum base_status hear(void *context, const char *what, uint64_t done, uint64_t total)
{
    struct words *words = context;
    (void)done;
    (void)total;
    words->some += what != NULL;
    words->none += what == NULL;
    return BASE_OK;
}

/* Words stand in for the heading: not at each look, once it says something. */
static void looks_leave_the_heading(void **state)
{
    (void)state;
    struct live_scene *scene;
    struct live_records *records = new_run("looked at");
    add_lines(0, 10);
    live_records_close(&records);
    assert_ok(live_records_scene_create(&(struct live_records_scene_parameters){.folder = folder}, &scene));
    for (int i = 0; i < 3; i++) {
        struct words words = {0};
        base_set_attendant(hear, &words);
        assert_ok(scene->kind->advance(scene, 100.0 * i));
        base_set_attendant(NULL, NULL);
        assert_true(i == 0 ? words.some > 0 : words.some == 0 && words.none > 0);
        assert_int_equal(scene->model.run->history->n_records, 10);
    }
    live_scene_destroy(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_goes_on),       cmocka_unit_test(a_run_that_was_resumed),
        cmocka_unit_test(a_past_is_recalled),       cmocka_unit_test(what_is_no_record),
        cmocka_unit_test(very_many_records),        cmocka_unit_test(the_newest_autoencoder),
        cmocka_unit_test(folders_that_are_no_runs), cmocka_unit_test(looks_leave_the_heading),
        cmocka_unit_test(a_run_that_was_killed),    cmocka_unit_test(weights_that_are_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
