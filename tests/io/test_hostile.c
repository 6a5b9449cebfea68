/* Every file under tests/corpus is named after an attack, and stands in this table with what must be said to
 * it. All are BASE_ERROR_INPUT: at opening, or when the tensor is asked for or read to its end.
 * tests/corpus/generate.py made the files. */
#include "support/files.h"
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "io/tensor.h"

#include <stdlib.h>

static const struct {
    const char *file, *said;
} attacks[] = {
    {"npy/bare_pickle", "a pickle, which Arclight never runs"},
    {"npy/code_behind_dictionary", "something follows the dictionary"},
    {"npy/complex_type", "type <c8, which Arclight cannot read"},
    {"npy/date_type", "type <M8[ns], which Arclight cannot read"},
    {"npy/deep_nesting", "its type does not end"},
    {"npy/dictionary_without_commas", "not a dictionary of descr"},
    {"npy/dictionary_without_end", "not a dictionary of descr"},
    {"npy/empty_file", "the file is empty"},
    {"npy/ends_in_header", "truncated: it ends within the .npy header"},
    {"npy/ends_in_header_length", "ends within"},
    {"npy/fractional_size", "not a tuple of non-negative integers"},
    {"npy/git_lfs_pointer", "git lfs pull"},
    {"npy/gzip", "packed with gzip"},
    {"npy/half_of_16_bytes", "type <f16, which Arclight cannot read"},
    {"npy/hdf5", "an HDF5 file"},
    {"npy/header_cut_by_its_length", "not a dictionary of descr"},
    {"npy/header_is_a_list", "it is not a dictionary"},
    {"npy/header_is_empty", "it is not a dictionary"},
    {"npy/header_longer_than_file", "truncated: it ends within the .npy header"},
    {"npy/header_of_4_gib", "claims 4294967295 bytes; at most 10000"},
    {"npy/key_missing", "descr, fortran_order or shape is missing"},
    {"npy/key_twice", "a key twice"},
    {"npy/key_unknown", "one that is not descr"},
    {"npy/key_with_escape", "not a dictionary of descr"},
    {"npy/key_without_quotes", "not a dictionary of descr"},
    {"npy/magic_only", "ends within"},
    {"npy/negative_size", "not a tuple of non-negative integers"},
    {"npy/nine_axes", "more than 8 axes"},
    {"npy/nul_behind_dictionary", "something follows the dictionary"},
    {"npy/order_is_a_number", "neither True nor False"},
    {"npy/order_is_truely", "not a dictionary of descr"},
    {"npy/padded_data", "padded: the header promises 24 bytes of data, 25 are there"},
    {"npy/pickled_objects", "pickled Python objects, which Arclight never runs"},
    {"npy/python_2_long_in_version_3", "not a tuple of non-negative integers"},
    {"npy/shape_hides_overflow_behind_zero", "larger than any file can be"},
    {"npy/shape_holds_a_call", "not a tuple of non-negative integers"},
    {"npy/shape_holds_an_expression", "not a tuple of non-negative integers"},
    {"npy/shape_is_a_list", "the shape is not a tuple"},
    {"npy/shape_is_a_number", "the shape is not a tuple"},
    {"npy/shape_is_a_number_in_brackets", "the shape is not a tuple"},
    {"npy/shape_overflows_64_bits", "larger than any file can be"},
    {"npy/shape_wraps_to_the_data", "larger than any file can be"},
    {"npy/size_above_64_bits", "integers below 2^64"},
    {"npy/size_with_leading_zero", "not a tuple of non-negative integers"},
    {"npy/string_without_end", "its type is not a string"},
    {"npy/structured_type", "save each field as an array of its own"},
    {"npy/structured_type_without_end", "its type does not end"},
    {"npy/text_type", "type <U1, which Arclight cannot read"},
    {"npy/truncated_data", "truncated: the header promises 24 bytes of data, 23 are there"},
    {"npy/two_arrays", "padded: the header promises 24 bytes of data, 176 are there"},
    {"npy/type_is_a_number", "its type is not a string"},
    {"npy/type_unknown", "its type is none of numpy's"},
    {"npy/type_with_terminal_escape", "its type is not a string"},
    {"npy/type_without_order", "its type is none of numpy's"},
    {"npy/version_1_1", "version 1.1 is not known"},
    {"npy/version_4", "version 4.0 is not known"},
    {"npz/broken_deflate_stream", "cannot be unpacked"},
    {"npz/directory_beyond_the_end", "damaged or truncated zip"},
    {"npz/directory_claims_65534_members", "damaged or truncated zip"},
    {"npz/directory_claims_expansion_of_4_gib", "claims to expand from 94 to 4294967294 bytes"},
    {"npz/directory_claims_too_little", "promises 1000000 bytes of data, 24 are there"},
    {"npz/directory_cut", "damaged or truncated zip"},
    {"npz/encrypted", "is encrypted"},
    {"npz/end_record_cut", "damaged or truncated zip"},
    {"npz/expands_beyond_its_claim", "expands beyond the size it claims"},
    {"npz/expands_to_less_than_its_claim", "it ends before the size it claims"},
    {"npz/local_header_points_outside", "cannot be unpacked"},
    {"npz/member_header_claims_more", "promises 4000000000000 bytes of data, 24 are there"},
    {"npz/member_is_empty", "not an .npy array"},
    {"npz/member_is_no_array", "not an .npy array"},
    {"npz/member_padded", "padded: the header promises 24 bytes of data, 28 are there"},
    {"npz/member_shape_overflows", "larger than any file can be"},
    {"npz/member_truncated", "promises 24 bytes of data, 20 are there"},
    {"npz/member_twice", "\"a.npy\" is there twice"},
    {"npz/name_with_terminal_escape", "[31ma.npy\": not an .npy array"},
    {"npz/no_arrays", "without .npy members"},
    {"npz/no_members", "no tensor in it; there: nothing"},
    {"npz/packed_by_method_99", "zip"},
    {"npz/packed_larger_than_archive", "claims to be larger than the archive"},
    {"npz/packed_with_bzip2", "packed by method 12"},
    {"npz/pickled_objects", "pickled Python objects, which Arclight never runs"},
    {"npz/pytorch_checkpoint", "a PyTorch checkpoint"},
    {"npz/wrong_checksum_deflated", "cannot be unpacked"},
    {"npz/wrong_checksum_stored", "cannot be unpacked"},
    {"safetensors/data_without_tensors", "padded: the tensors take 0 bytes, 8 are there"},
    {"safetensors/deep_nesting", "nests deeper than 16 levels"},
    {"safetensors/dtype_is_a_number", "missing or of the wrong kind"},
    {"safetensors/dtype_missing", "missing or of the wrong kind"},
    {"safetensors/dtype_unknown", "its dtype is none of the format's"},
    {"safetensors/entry_is_a_number", "its entry is not an object"},
    {"safetensors/f4_of_half_a_byte", "do not agree with its shape and dtype"},
    {"safetensors/f8_only", "type F8_E4M3, which Arclight cannot read (convert it to float16"},
    {"safetensors/field_twice", "duplicate object key near '\"dtype\"'"},
    {"safetensors/header_above_our_limit", "claims 17825792 bytes; at most 16777216"},
    {"safetensors/header_above_the_formats_limit", "100000001 bytes, and the format allows 100000000"},
    {"safetensors/header_has_two_objects", "not valid JSON"},
    {"safetensors/header_is_a_list", "does not begin with '{'"},
    {"safetensors/header_is_no_json", "not valid JSON"},
    {"safetensors/header_is_white_space", "does not begin with '{'"},
    {"safetensors/header_longer_than_file", "claims 3 bytes where 2 are left"},
    {"safetensors/header_of_2_64_bytes", "18446744073709551615 bytes"},
    {"safetensors/header_padded_with_nul", "not valid JSON"},
    {"safetensors/header_with_invalid_utf8", "unable to decode byte 0xff"},
    {"safetensors/header_with_overlong_utf8", "unable to decode byte 0xc0"},
    {"safetensors/hole_at_the_start", "\"a\": bytes before it belong to no tensor"},
    {"safetensors/hole_in_the_middle", "\"b\": bytes before it belong to no tensor"},
    {"safetensors/html_error_page", "neither .npy, .npz nor .safetensors"},
    {"safetensors/key_twice", "duplicate object key near '\"a\"'"},
    {"safetensors/length_only", "does not begin with '{'"},
    {"safetensors/metadata_holds_a_number", "__metadata__ \"epochs\" is not a string"},
    {"safetensors/metadata_is_a_list", "__metadata__ is not an object"},
    {"safetensors/name_of_5000_bytes", "longer than 4,096 bytes"},
    {"safetensors/name_with_nul", "not valid JSON"},
    {"safetensors/name_with_surrogate", "not valid JSON"},
    {"safetensors/name_with_terminal_escape", "\"?[31mred?\""},
    {"safetensors/nine_axes", "more than 8 axes"},
    {"safetensors/offsets_are_three", "are not [begin, end]"},
    {"safetensors/offsets_backwards", "are not [begin, end]"},
    {"safetensors/offsets_beyond_64_bits", "too big integer"},
    {"safetensors/offsets_disagree_with_shape", "do not agree with its shape and dtype"},
    {"safetensors/offsets_missing", "missing or of the wrong kind"},
    {"safetensors/offsets_negative", "are not [begin, end]"},
    {"safetensors/overlap", "\"b\": it overlaps the tensor before it"},
    {"safetensors/padded_data", "padded: the tensors take 24 bytes, 25 are there"},
    {"safetensors/same_place_twice", "it overlaps the tensor before it"},
    {"safetensors/seven_bytes", "it has 7 bytes"},
    {"safetensors/shape_above_64_bits", "too big integer"},
    {"safetensors/shape_fractional", "not a list of non-negative integers"},
    {"safetensors/shape_hides_overflow_behind_zero", "larger than any file can be"},
    {"safetensors/shape_is_text", "missing or of the wrong kind"},
    {"safetensors/shape_missing", "missing or of the wrong kind"},
    {"safetensors/shape_negative", "not a list of non-negative integers"},
    {"safetensors/shape_wraps_to_the_data", "larger than any file can be"},
    {"safetensors/truncated_data", "truncated: it ends beyond the end of the file"},
    {"safetensors/zip_hidden_behind_the_data", "padded: the tensors take 24 bytes, 46 are there"},
};

enum { N_ATTACKS = sizeof attacks / sizeof attacks[0] };

/* What a program does with a file: open it, and read every tensor to its end. */
static enum base_status use(const char *path)
{
    enum base_status status;
    struct io_file *file;
    const struct io_tensor *tensor;
    float *values = NULL;
    BASE_CHECK(io_open(path, &file));
    if (io_tensor_count(file) == 0)
        BASE_CHECK(io_find(file, NULL, 0, &tensor));
    for (uint64_t i = 0; i < io_tensor_count(file); i++) {
        BASE_CHECK(io_find(file, io_tensor_at(file, i)->name, 0, &tensor));
        BASE_CHECK(base_allocate(&values, tensor->elements, sizeof *values, path));
        BASE_CHECK(io_read_rows(file, tensor, 0, tensor->rank ? tensor->shape[0] : 1, values));
        base_free(values);
        values = NULL;
    }
error:
    base_free(values);
    io_close(&file);
    return status;
}

static void every_attack_is_answered(void **state)
{
    (void)state;
    int failures = 0;
    for (int i = 0; i < N_ATTACKS; i++) {
        char path[512];
        const char *slash = strchr(attacks[i].file, '/');
        snprintf(path, sizeof path, ARCLIGHT_SOURCE_FOLDER "/tests/corpus/%s.%.*s", attacks[i].file,
                 (int)(slash - attacks[i].file), attacks[i].file);
        enum base_status status = use(path);
        bool named = strncmp(base_message(), path, strlen(path)) == 0;
        if (status == BASE_ERROR_INPUT && named && strstr(base_message(), attacks[i].said))
            continue;
        print_error("%s: status %d, message: %s\n", attacks[i].file, status,
                    status ? base_message() : "(none)");
        failures++;
    }
    assert_int_equal(failures, 0);
}

static void every_file_stands_in_the_table(void **state)
{
    (void)state;
    static const char *const formats[] = {"npy", "npz", "safetensors"};
    size_t found = 0;
    for (int f = 0; f < 3; f++) {
        char path[512], **names;
        size_t count;
        snprintf(path, sizeof path, ARCLIGHT_SOURCE_FOLDER "/tests/corpus/%s", formats[f]);
        assert_ok(base_folder_list(path, &names, &count));
        base_list_free(&names, count);
        found += count;
    }
    assert_int_equal(found, N_ATTACKS);
}

/* Too large to be kept as a file. */
static void a_header_of_too_many_tensors(void **state)
{
    (void)state;
    const size_t count = 100001, room = count * 70 + 16;
    char *text;
    size_t used = 8;
    assert_ok(base_allocate(&text, room, 1, "header"));
    text[used++] = '{';
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, room - used,
                                 "%s\"%zu\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}",
                                 i ? "," : "", i);
    text[used++] = '}';
    for (int i = 0; i < 8; i++)
        text[i] = (char)((used - 8) >> 8 * i);
    const char *path = test_file("many.safetensors", text, used);
    assert_fails(use(path), BASE_ERROR_INPUT, "more than 100000 tensors");
    base_free(text);
}

/* Sixteen MiB of empty lists would become gigabytes in a JSON library. */
static void a_header_of_empty_lists(void **state)
{
    (void)state;
    const size_t bytes = 15 << 20;
    char *text;
    assert_ok(base_allocate(&text, bytes + 8, 1, "header"));
    for (int i = 0; i < 8; i++)
        text[i] = (char)(bytes >> 8 * i);
    memcpy(text + 8, "{\"a\":[", 6);
    for (size_t i = 14; i + 3 <= bytes + 8; i += 3)
        memcpy(text + i, "[],", 3);
    const char *path = test_file("lists.safetensors", text, bytes + 8);
    assert_fails(use(path), BASE_ERROR_INPUT, "more than 100000 tensors");
    memset(text + 14, ',', bytes - 6);
    assert_fails(use(test_file("commas.safetensors", text, bytes + 8)), BASE_ERROR_INPUT,
                 "more than 100000 tensors");
    base_free(text);
}

static void not_a_file(void **state)
{
    (void)state;
    assert_fails(use("/nonexistent/file.npy"), BASE_ERROR_INPUT, "cannot open");
    assert_fails(use(test_folder()), BASE_ERROR_INPUT, "a folder");
    assert_fails(use("/dev/zero"), BASE_ERROR_INPUT, "not a regular file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_attack_is_answered),
        cmocka_unit_test(every_file_stands_in_the_table),
        cmocka_unit_test(a_header_of_too_many_tensors),
        cmocka_unit_test(a_header_of_empty_lists),
        cmocka_unit_test(not_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
