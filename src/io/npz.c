/* .npz: a zip archive of .npy members, stored or deflated, read through libzip. A member is streamed: going
 * back in a deflated one starts it anew. Its expanded size comes from its own .npy header, must agree with
 * the archive's directory, and is held to while reading, so an archive cannot expand into more than it says.
 */
#include "io/file.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

/* Deflate cannot expand further than 1,032 to 1 (zlib's technical notes). */
enum { MAX_EXPANSION = 1032, EXPANSION_SLACK = 4096, SKIP_BYTES = 64 << 10 };

struct member {
    uint64_t entry; /* in the archive's directory */
    bool stored;
};

struct io_archive {
    struct base_file *file;
    uint64_t source_position;
    zip_error_t source_error;
    zip_t *zip;
    struct member *members;  /* one a tensor, in the same order */
    zip_file_t *open_member; /* NULL or the member being read */
    uint64_t open_index;
    uint64_t position; /* in the unpacked member */
};

/* libzip reads the archive through base/'s file, so that one open file is all there is. */
static zip_int64_t serve_bytes(void *user, void *data, zip_uint64_t length, zip_source_cmd_t command)
{
    struct io_archive *archive = user;
    uint64_t size = base_file_size(archive->file);
    switch (command) {
    case ZIP_SOURCE_OPEN:
        archive->source_position = 0;
        return 0;
    case ZIP_SOURCE_READ: {
        uint64_t left = size - base_minimum(size, archive->source_position);
        size_t bytes = (size_t)base_minimum(length, left);
        if (base_file_read(archive->file, archive->source_position, data, bytes) != BASE_OK) {
            zip_error_set(&archive->source_error, ZIP_ER_READ, EIO);
            return -1;
        }
        archive->source_position += bytes;
        return (zip_int64_t)bytes;
    }
    case ZIP_SOURCE_SEEK: {
        zip_int64_t to = zip_source_seek_compute_offset(archive->source_position, size, data, length,
                                                        &archive->source_error);
        if (to < 0)
            return -1;
        archive->source_position = (uint64_t)to;
        return 0;
    }
    case ZIP_SOURCE_TELL:
        return (zip_int64_t)archive->source_position;
    case ZIP_SOURCE_STAT: {
        zip_stat_t *information = data;
        zip_stat_init(information);
        information->size = size;
        information->valid = ZIP_STAT_SIZE;
        return (zip_int64_t)sizeof *information;
    }
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&archive->source_error, data, length);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_SEEK,
                                              ZIP_SOURCE_TELL, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
                                              ZIP_SOURCE_CLOSE, ZIP_SOURCE_FREE, ZIP_SOURCE_SUPPORTS, -1);
    default:
        zip_error_set(&archive->source_error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

void io_archive_close(struct io_archive **archive)
{
    if (!*archive)
        return;
    if ((*archive)->open_member)
        zip_fclose((*archive)->open_member);
    if ((*archive)->zip)
        zip_discard((*archive)->zip);
    zip_error_fini(&(*archive)->source_error);
    base_free((*archive)->members);
    base_free(*archive);
    *archive = NULL;
}

static enum base_status open_zip(struct io_archive *archive)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_function_create(serve_bytes, archive, &error);
    archive->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    enum base_status status = BASE_OK;
    if (!archive->zip) {
        status =
            base_fail(BASE_ERROR_INPUT, "%s: damaged or truncated zip archive: %s; fetch or write it again",
                      base_file_path(archive->file), zip_error_strerror(&error));
        zip_source_free(source);
    }
    zip_error_fini(&error);
    return status;
}

/* "FILE: member NAME" for messages. */
static void describe(const struct io_archive *archive, const char *member, const char *ending, char *text,
                     size_t room)
{
    char shown[IO_PRINTABLE];
    snprintf(text, room, "%s: member \"%s%s\"", base_file_path(archive->file), io_printable(member, shown),
             ending);
}

enum { DESCRIPTION = 1024 };

static enum base_status check_entry(const struct io_archive *archive, const zip_stat_t *entry,
                                    const char *where)
{
    const zip_uint64_t wanted = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if ((entry->valid & wanted) != wanted)
        return base_fail(BASE_ERROR_INPUT, "%s: the archive's directory does not describe it", where);
    if ((entry->valid & ZIP_STAT_ENCRYPTION_METHOD) && entry->encryption_method != ZIP_EM_NONE)
        return base_fail(BASE_ERROR_INPUT, "%s is encrypted; write it without a password", where);
    if (entry->comp_method != ZIP_CM_STORE && entry->comp_method != ZIP_CM_DEFLATE)
        return base_fail(BASE_ERROR_INPUT,
                         "%s is packed by method %u; stored and deflated ones are read: write it "
                         "with numpy.savez or numpy.savez_compressed",
                         where, entry->comp_method);
    if (entry->comp_size > base_file_size(archive->file))
        return base_fail(BASE_ERROR_INPUT, "%s claims to be larger than the archive; fetch or write it again",
                         where);
    uint64_t most = entry->comp_method == ZIP_CM_STORE ? entry->comp_size
                                                       : entry->comp_size * MAX_EXPANSION + EXPANSION_SLACK;
    if (entry->size > most)
        return base_fail(BASE_ERROR_INPUT,
                         "%s claims to expand from %llu to %llu bytes, which its packing cannot do", where,
                         (unsigned long long)entry->comp_size, (unsigned long long)entry->size);
    return BASE_OK;
}

static enum base_status open_member(struct io_archive *archive, uint64_t entry, const char *where,
                                    zip_file_t **out)
{
    *out = zip_fopen_index(archive->zip, entry, 0);
    if (*out)
        return BASE_OK;
    return base_fail(BASE_ERROR_INPUT, "%s: cannot be unpacked: %s; fetch or write the file again", where,
                     zip_strerror(archive->zip));
}

/* What zip_fread's answer `got` means where bytes were due. */
static enum base_status read_fault(zip_file_t *member, zip_int64_t got, const char *where)
{
    return base_fail(BASE_ERROR_INPUT, "%s: cannot be unpacked: %s; fetch or write the file again", where,
                     got < 0 ? zip_error_strerror(zip_file_get_error(member))
                             : "it ends before the size it claims");
}

/* Reads the head of a member and the array's description in it. */
static enum base_status read_member_header(struct io_file *file, const zip_stat_t *entry, const char *where,
                                           struct io_tensor *tensor)
{
    unsigned char start[IO_MAX_NPY_HEADER + 12];
    size_t available = (size_t)base_minimum(entry->size, sizeof start), got = 0;
    zip_file_t *member;
    enum base_status status = open_member(file->archive, entry->index, where, &member);
    while (status == BASE_OK && got < available) {
        zip_int64_t more = zip_fread(member, start + got, available - got);
        if (more <= 0)
            status = read_fault(member, more, where);
        else
            got += (size_t)more;
    }
    int version;
    if (status == BASE_OK)
        status = io_parse_npy(file, where, start, available, entry->size, tensor, &version);
    if (member)
        zip_fclose(member);
    return status;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static enum base_status add_member(struct io_file *file, const zip_stat_t *entry)
{
    char where[DESCRIPTION];
    size_t length = strlen(entry->name) - strlen(".npy");
    describe(file->archive, entry->name, "", where, sizeof where);
    if (length > IO_MAX_NAME)
        return base_fail(BASE_ERROR_INPUT, "%s has a name longer than %d bytes", where, IO_MAX_NAME);
    struct io_tensor *tensor = &file->tensors[file->n_tensors];
    BASE_TRY(check_entry(file->archive, entry, where));
    BASE_TRY(read_member_header(file, entry, where, tensor));
    BASE_TRY(io_keep_string(file, entry->name, length, &tensor->name));
    file->archive->members[file->n_tensors] =
        (struct member){.entry = entry->index, .stored = entry->comp_method == ZIP_CM_STORE};
    file->n_tensors++;
    return BASE_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum base_status refuse_duplicates(const struct io_file *file)
{
    const char **names;
    enum base_status status = BASE_OK;
    const char *path = base_file_path(file->file);
    BASE_TRY(base_allocate(&names, file->n_tensors, sizeof *names, path));
    for (uint64_t i = 0; i < file->n_tensors; i++)
        names[i] = file->tensors[i].name;
    qsort(names, file->n_tensors, sizeof *names, compare_names);
    for (uint64_t i = 1; i < file->n_tensors && status == BASE_OK; i++) {
        char shown[IO_PRINTABLE];
        if (strcmp(names[i - 1], names[i]) == 0)
            status = base_fail(BASE_ERROR_INPUT,
                               "%s: the member \"%s.npy\" is there twice; write the archive again", path,
                               io_printable(names[i], shown));
    }
    base_free(names);
    return status;
}

enum base_status io_open_npz(struct io_file *file)
{
    const char *path = base_file_path(file->file);
    BASE_TRY(base_allocate(&file->archive, 1, sizeof *file->archive, path));
    struct io_archive *archive = file->archive;
    archive->file = file->file;
    zip_error_init(&archive->source_error);
    BASE_TRY(open_zip(archive));
    zip_int64_t entries = zip_get_num_entries(archive->zip, 0);
    bool pickle = false;
    if (entries < 0 || entries > IO_MAX_TENSORS)
        return base_fail(BASE_ERROR_INPUT, "%s: more than %d members; split the archive", path,
                         IO_MAX_TENSORS);
    BASE_TRY(io_reserve_tensors(file, (uint64_t)entries));
    BASE_TRY(base_allocate(&archive->members, (size_t)entries, sizeof *archive->members, path));
    for (zip_int64_t i = 0; i < entries; i++) {
        zip_stat_t entry;
        if (zip_stat_index(archive->zip, (zip_uint64_t)i, 0, &entry) != 0 || !(entry.valid & ZIP_STAT_NAME))
            return base_fail(BASE_ERROR_INPUT,
                             "%s: member %lld has no readable entry; write the archive again", path,
                             (long long)i);
        entry.index = (zip_uint64_t)i;
        pickle = pickle || ends_with(entry.name, "data.pkl");
        if (ends_with(entry.name, ".npy"))
            BASE_TRY(add_member(file, &entry));
    }
    if (file->n_tensors == 0 && pickle)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: a PyTorch checkpoint (pickled); Arclight runs no pickles: save the "
                         "tensors with safetensors.torch.save_file",
                         path);
    if (file->n_tensors == 0 && entries > 0)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: a zip archive without .npy members; write it with numpy.savez", path);
    snprintf(file->format_name, sizeof file->format_name, "npz");
    return refuse_duplicates(file);
}

/* Makes `index` the open member, standing at `offset` or before it. Short ways are read, not jumped, even
 * where jumping is possible: libzip compares the checksum only of what it saw from start to end. */
static enum base_status seek_member(struct io_archive *archive, uint64_t index, uint64_t offset,
                                    const char *where)
{
    if (archive->open_member && (archive->open_index != index || offset < archive->position)) {
        zip_fclose(archive->open_member);
        archive->open_member = NULL;
    }
    if (!archive->open_member) {
        BASE_TRY(open_member(archive, archive->members[index].entry, where, &archive->open_member));
        archive->open_index = index;
        archive->position = 0;
    }
    if (archive->members[index].stored && offset - archive->position > SKIP_BYTES) {
        if (offset > INT64_MAX || zip_fseek(archive->open_member, (zip_int64_t)offset, SEEK_SET) != 0)
            return read_fault(archive->open_member, -1, where);
        archive->position = offset;
    }
    return BASE_OK;
}

static enum base_status read_on(struct io_archive *archive, const char *where, void *memory, size_t bytes)
{
    char *destination = memory;
    while (bytes > 0) {
        zip_int64_t got = zip_fread(archive->open_member, destination, bytes);
        if (got <= 0)
            return read_fault(archive->open_member, got, where);
        destination += got;
        archive->position += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return BASE_OK;
}

/* At the end of the data: one byte more must not come, and asking for it makes libzip compare the checksum.
 */
static enum base_status check_end(struct io_archive *archive, const char *where)
{
    char surplus;
    zip_int64_t got = zip_fread(archive->open_member, &surplus, 1);
    if (got < 0)
        return read_fault(archive->open_member, got, where);
    if (got > 0)
        return base_fail(BASE_ERROR_INPUT,
                         "%s expands beyond the size it claims; fetch or write the file again", where);
    return BASE_OK;
}

static enum base_status skip_to(struct io_archive *archive, uint64_t offset, const char *where)
{
    char *skipped;
    if (archive->position == offset)
        return BASE_OK;
    BASE_TRY(base_allocate(&skipped, SKIP_BYTES, 1, where));
    enum base_status status = BASE_OK;
    while (status == BASE_OK && archive->position < offset)
        status =
            read_on(archive, where, skipped, (size_t)base_minimum(SKIP_BYTES, offset - archive->position));
    base_free(skipped);
    return status;
}

enum base_status io_archive_read(struct io_file *file, uint64_t index, uint64_t offset, void *memory,
                                 size_t bytes)
{
    struct io_archive *archive = file->archive;
    const struct io_tensor *tensor = &file->tensors[index];
    const uint64_t end = tensor->offset + tensor->elements * io_dtype_bytes(tensor->dtype);
    char where[DESCRIPTION];
    describe(archive, tensor->name, ".npy", where, sizeof where);
    enum base_status status = seek_member(archive, index, offset, where);
    if (status == BASE_OK)
        status = skip_to(archive, offset, where);
    if (status == BASE_OK)
        status = read_on(archive, where, memory, bytes);
    if (status == BASE_OK && archive->position == end)
        status = check_end(archive, where);
    if (status != BASE_OK && archive->open_member) {
        zip_fclose(archive->open_member); /* it does not recover: the next read starts anew */
        archive->open_member = NULL;
    }
    return status;
}
