/* Copying what training holds, and a thread that writes it while training goes on. */
#include "sae/checkpoint.h"

#include "base/memory.h"
#include "base/platform.h"
#include "sae/checkpoint_file.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One run's folder, and the file that is on its way there. */
struct destination {
    char *folder;
    char run[SAE_CHECKPOINT_RUN];
    struct sae_checkpoint_layout layout;
    uint8_t *bytes; /* the file's; kept, because new memory costs as much time as the copy */
    uint64_t room;
};

struct sae_checkpoint_writer {
    struct gpu *gpu;
    uint32_t keep_last, n;
    uint64_t keep_every;
    struct destination *destinations;
    struct sae_checkpoint_figures figures;
    /* While there is a thread, it has the destinations and these; `done` is its last word. */
    struct base_thread *thread;
    uint64_t write_ns;
    bool written;
    atomic_bool done;
};

/* ---- the writer ---- */

static enum base_status open_destination(const struct sae_checkpoint_place *place, struct destination *to)
{
    if (!place->run || !sae_checkpoint_run_is_valid(place->run))
        return base_fail(BASE_ERROR_INTERNAL, "%s: the run's name is none that a checkpoint can carry",
                         place->folder);
    snprintf(to->run, sizeof to->run, "%s", place->run);
    to->folder = base_copy_string(place->folder);
    if (!to->folder)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", place->folder);
    return BASE_OK;
}

static bool is_checkpoint_name(const char *name)
{
    uint64_t step;
    return sae_checkpoint_name_step(name, &step);
}

enum base_status sae_checkpoint_writer_open(const struct sae_checkpoint_parameters *parameters,
                                            struct sae_checkpoint_writer **out)
{
    struct sae_checkpoint_writer *writer = NULL;
    enum base_status status;
    *out = NULL;
    if (parameters->n_places < 1 || parameters->n_places > SAE_CHECKPOINT_MOST_RUNS ||
        parameters->keep_last < 1)
        return base_fail(BASE_ERROR_INTERNAL, "checkpoints of %u runs of which %u are kept",
                         parameters->n_places, parameters->keep_last);
    BASE_CHECK(base_allocate(&writer, 1, sizeof *writer, "checkpoints"));
    atomic_init(&writer->done, false);
    writer->gpu = parameters->gpu;
    writer->keep_last = parameters->keep_last;
    writer->keep_every = parameters->keep_every;
    BASE_CHECK(base_allocate(&writer->destinations, parameters->n_places, sizeof *writer->destinations,
                             "checkpoints"));
    writer->n = parameters->n_places;
    for (uint32_t i = 0; i < writer->n; i++) {
        BASE_CHECK(open_destination(&parameters->places[i], &writer->destinations[i]));
        BASE_CHECK(base_outputs_sweep(parameters->places[i].folder, is_checkpoint_name));
    }
    *out = writer;
    return BASE_OK;
error:
    sae_checkpoint_writer_close(&writer);
    return status;
}

void sae_checkpoint_writer_close(struct sae_checkpoint_writer **out)
{
    struct sae_checkpoint_writer *writer = *out;
    if (!writer)
        return;
    base_thread_discard(&writer->thread);
    for (uint32_t i = 0; i < writer->n; i++) {
        base_free(writer->destinations[i].folder);
        base_free(writer->destinations[i].bytes);
    }
    base_free(writer->destinations);
    base_free(writer);
    *out = NULL;
}

/* ---- the thread ---- */

/* Older files go once every folder has the new one. */
static enum base_status write_all(struct sae_checkpoint_writer *writer)
{
    for (uint32_t i = 0; i < writer->n; i++)
        BASE_TRY(sae_checkpoint_store(writer->destinations[i].folder, &writer->destinations[i].layout,
                                      writer->destinations[i].bytes));
    writer->written = true;
    for (uint32_t i = 0; i < writer->n; i++)
        BASE_TRY(sae_checkpoint_prune(writer->destinations[i].folder, writer->destinations[i].layout.step,
                                      writer->keep_last, writer->keep_every));
    return BASE_OK;
}

static enum base_status write_body(void *context)
{
    struct sae_checkpoint_writer *writer = context;
    uint64_t start = base_clock_ns();
    enum base_status status = write_all(writer);
    writer->write_ns = base_clock_ns() - start;
    atomic_store(&writer->done, true);
    return status;
}

enum base_status sae_checkpoint_finish(struct sae_checkpoint_writer *writer)
{
    if (!writer->thread)
        return BASE_OK;
    enum base_status status = base_thread_join(&writer->thread);
    writer->figures.written = writer->written;
    writer->figures.write_ns = writer->write_ns;
    return status;
}

enum base_status sae_checkpoint_poll(struct sae_checkpoint_writer *writer, bool *writing)
{
    *writing = writer->thread && !atomic_load(&writer->done);
    return *writing ? BASE_OK : sae_checkpoint_finish(writer);
}

struct sae_checkpoint_figures sae_checkpoint_figures(const struct sae_checkpoint_writer *writer)
{
    return writer->figures;
}

/* ---- the copy ---- */

static void add_section(struct sae_checkpoint_layout *layout, const char *name, uint64_t bytes)
{
    struct sae_checkpoint_entry *entry = &layout->sections[layout->n_sections++];
    memcpy(entry->name, name, base_minimum(strlen(name), sizeof entry->name - 1));
    entry->bytes = bytes;
}

/* Room for a file of this size, and some for a head that grows. */
static enum base_status make_room(struct destination *to)
{
    if (to->layout.file_bytes <= to->room)
        return BASE_OK;
    base_free(to->bytes);
    to->room = 0;
    uint64_t room = to->layout.file_bytes + (64 << 10);
    BASE_TRY(base_allocate(&to->bytes, room, 1, "a copy of what training holds"));
    to->room = room;
    return BASE_OK;
}

static enum base_status copy_with_config(struct gpu *gpu, const struct sae_checkpoint_content *content,
                                         const struct data_shuffle_position *position, const char *config,
                                         struct destination *to)
{
    struct sae_section sections[SAE_MOST_SECTIONS];
    struct sae_trainer_state state = sae_trainer_state(content->trainer);
    uint32_t count = sae_trainer_sections(content->trainer, sections);
    struct sae_checkpoint_layout *layout = &to->layout;
    *layout = (struct sae_checkpoint_layout){.step = state.step, .head_bytes = strlen(content->head)};
    memcpy(layout->run, to->run, sizeof layout->run);
    add_section(layout, "config", strlen(config));
    add_section(layout, "state", SAE_CHECKPOINT_STATE_BYTES);
    add_section(layout, "position", SAE_CHECKPOINT_POSITION_BYTES);
    for (uint32_t i = 0; i < count; i++)
        add_section(layout, sections[i].name, sections[i].bytes);
    BASE_TRY(sae_checkpoint_lay_out(layout));
    BASE_TRY(make_room(to));
    sae_checkpoint_put_frame(layout, content->head, to->bytes);
    memcpy(to->bytes + layout->sections[0].offset, config, layout->sections[0].bytes);
    sae_checkpoint_put_state(&state, to->bytes + layout->sections[1].offset);
    sae_checkpoint_put_position(position, to->bytes + layout->sections[2].offset);
    for (uint32_t i = 0; i < count; i++)
        BASE_TRY(gpu_download(gpu, sections[i].buffer, sections[i].offset,
                              to->bytes + layout->sections[SAE_CHECKPOINT_OWN_SECTIONS + i].offset,
                              sections[i].bytes));
    return BASE_OK;
}

static enum base_status copy(struct gpu *gpu, const struct sae_checkpoint_content *content,
                             const struct data_shuffle_position *position, struct destination *to)
{
    char *config = sae_checkpoint_config_text(sae_trainer_config(content->trainer));
    if (!config)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for a checkpoint's configuration");
    enum base_status status = copy_with_config(gpu, content, position, config, to);
    free(config);
    return status;
}

enum base_status sae_checkpoint_begin(struct sae_checkpoint_writer *writer,
                                      const struct sae_checkpoint_content *contents,
                                      const struct data_shuffle_position *position)
{
    BASE_TRY(sae_checkpoint_finish(writer));
    uint64_t start = base_clock_ns(), bytes = 0;
    for (uint32_t i = 0; i < writer->n; i++) {
        BASE_TRY(copy(writer->gpu, &contents[i], position, &writer->destinations[i]));
        if (writer->destinations[i].layout.step != writer->destinations[0].layout.step)
            return base_fail(BASE_ERROR_INTERNAL,
                             "checkpoints of different steps were to be written together");
        bytes += writer->destinations[i].layout.file_bytes;
    }
    writer->figures = (struct sae_checkpoint_figures){
        .step = writer->destinations[0].layout.step,
        .bytes = bytes,
        .copy_ns = base_clock_ns() - start,
    };
    writer->written = false;
    atomic_store(&writer->done, false);
    return base_thread_start(write_body, writer, &writer->thread);
}
