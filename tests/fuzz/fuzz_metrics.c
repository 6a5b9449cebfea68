/* metrics.jsonl: whatever stands in it, what is taken from it ascends, and thinning keeps that. */
#include "fuzz.h"

#include "live/training_metrics.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check(const struct live_training_history *history)
{
    for (size_t i = 0; i < history->n_records; i++)
        require(history->records[i].rows > 0 &&
                (i == 0 || history->records[i].rows > history->records[i - 1].rows));
    for (size_t i = 1; i < history->n_held_out; i++)
        require(history->held_out[i].rows > history->held_out[i - 1].rows);
    for (size_t i = 1; i < history->n_snapshots; i++)
        require(history->snapshots[i].rows > history->snapshots[i - 1].rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = 20 };
    struct live_training_history history = {0}, whole = {0};
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end ? (size_t)(end - (data + at)) : size - at;
        struct live_training_event event;
        bool is_json;
        require(live_training_metrics_line((const char *)data + at, length, &history, &event, &is_json) ==
                BASE_OK);
        require(memchr(event.name, 0, sizeof event.name) != NULL && (is_json || !event.name[0]));
        at += length + 1;
    }
    check(&history);
    live_training_thin(&history, MOST);
    require(history.n_records <= MOST && history.n_held_out <= MOST && history.n_snapshots <= MOST);
    check(&history);
    live_training_history_free(&history);
    require(live_training_metrics_read(test_memory_file(data, size), &whole, NULL) == BASE_OK);
    check(&whole);
    live_training_history_free(&whole);
    return 0;
}
