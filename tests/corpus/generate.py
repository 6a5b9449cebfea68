#!/usr/bin/env python3
"""Writes the hostile files beside this script and the fuzz targets' seeds. Needs Python's standard library only.

Each file is named after the attack; what a reader must say to it stands in tests/io/test_hostile.c.
"""
import io
import json
import os
import struct
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
SEEDS = os.path.join(HERE, "..", "fuzz", "seeds")


def write(folder, name, content):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)


# ---- .npy ----

def npy(descr="'<f4'", order="False", shape="(2, 3)", data=bytes(24), version=(1, 0), header=None, length=None,
        magic=b"\x93NUMPY"):
    text = header if header is not None else \
        "{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (descr, order, shape)
    text = text.encode("latin-1") if isinstance(text, str) else text
    preamble = 10 if version[0] == 1 else 12
    if header is None:
        text += b" " * (-(preamble + len(text) + 1) % 64) + b"\n"
    size = len(text) if length is None else length
    packed = struct.pack("<H", size) if version[0] == 1 else struct.pack("<I", size)
    return magic + bytes(version) + packed + text + data


def npy_corpus():
    good = npy()
    return {
        "empty_file": b"",
        "magic_only": b"\x93NUMPY",
        "ends_in_header_length": good[:9],
        "ends_in_header": good[:40],
        "version_4": npy(version=(4, 0)),
        "version_1_1": npy(version=(1, 1)),
        "header_longer_than_file": npy(length=9000),
        "header_of_4_gib": npy(version=(2, 0), length=0xFFFFFFFF),
        "header_cut_by_its_length": npy(length=20),
        "truncated_data": good[:-1],
        "padded_data": good + b"\0",
        "two_arrays": good + good,
        "shape_overflows_64_bits": npy(shape="(4294967296, 4294967296, 4)"),
        "shape_wraps_to_the_data": npy(shape="(4611686018427387904, 4, 6)"),
        "shape_hides_overflow_behind_zero": npy(shape="(0, 4294967296, 4294967296, 4)", data=b""),
        "size_above_64_bits": npy(shape="(18446744073709551616,)"),
        "negative_size": npy(shape="(-2, -3)"),
        "fractional_size": npy(shape="(2.0, 3)"),
        "shape_is_a_list": npy(shape="[2, 3]"),
        "shape_is_a_number": npy(shape="6"),
        "shape_is_a_number_in_brackets": npy(shape="(6)"),
        "size_with_leading_zero": npy(shape="(02, 3)"),
        "shape_holds_an_expression": npy(shape="(2*1, 3)"),
        "shape_holds_a_call": npy(shape="(__import__('os').system('id'), 3)"),
        "nine_axes": npy(shape="(1, 1, 1, 1, 1, 1, 1, 2, 3)"),
        "python_2_long_in_version_3": npy(shape="(2L, 3L)", version=(3, 0)),
        "pickled_objects": npy(descr="'|O'", data=b"\x80\x04N."),
        "structured_type": npy(descr="[('a', '<f4'), ('b', '<i4')]", shape="(3,)"),
        "structured_type_without_end": npy(header="{'descr': [('a', '<f4'"),
        "text_type": npy(descr="'<U1'"),
        "complex_type": npy(descr="'<c8'", shape="(3, 1)"),
        "date_type": npy(descr="'<M8[ns]'", shape="(3, 1)"),
        "half_of_16_bytes": npy(descr="'<f16'", shape="(1, 1)", data=bytes(16)),
        "type_unknown": npy(descr="'<q7'"),
        "type_without_order": npy(descr="'f4'"),
        "type_with_terminal_escape": npy(descr="'<U\x1b[31m'"),
        "type_is_a_number": npy(descr="4"),
        "order_is_a_number": npy(order="1"),
        "order_is_truely": npy(order="Truely"),
        "key_twice": npy(header="{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }"),
        "key_missing": npy(header="{'descr': '<f4', 'shape': (2, 3), }"),
        "key_unknown": npy(header="{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'x': 1}"),
        "key_with_escape": npy(header="{'de\\x73cr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"),
        "key_without_quotes": npy(header="{descr: '<f4', fortran_order: False, shape: (2, 3), }"),
        "string_without_end": npy(header="{'descr': '<f4"),
        "dictionary_without_end": npy(header="{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), "),
        "dictionary_without_commas": npy(header="{'descr': '<f4' 'fortran_order': False 'shape': (2, 3)}"),
        "code_behind_dictionary": npy(header="{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} or exit()"),
        "nul_behind_dictionary": npy(header="{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}\0"),
        "header_is_a_list": npy(header="['descr']"),
        "header_is_empty": npy(header=""),
        "deep_nesting": npy(header="{'descr': " + "[" * 5000),
        "git_lfs_pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 128\n",
        "bare_pickle": b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00N.",
        "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(8),
        "gzip": b"\x1f\x8b\x08" + bytes(16),
    }


def npy_seeds():
    return {
        "f2": npy("'<f2'", data=bytes(range(12))),
        "f4_fortran": npy(order="True", data=bytes(range(24))),
        "f8_big_endian_3d": npy("'>f8'", shape="(2, 3, 2)", data=bytes(96), order="True"),
        "b1": npy("'|b1'", shape="(3,)", data=b"\0\1\2"),
        "i8_scalar": npy("'<i8'", shape="()", data=bytes(8)),
        "u8_above_int64": npy("'<u8'", shape="(1,)", data=b"\xff" * 8),
        "empty": npy(shape="(0, 5)", data=b""),
        "version_2": npy(version=(2, 0)),
        "version_3": npy(version=(3, 0)),
        "python_2": npy(shape="(2L, 3L)"),
        "order_of_keys": npy(header="{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}"),
    }


# ---- .npz ----

def npz(members, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content, method)
    return buffer.getvalue()


def patched(archive, local=(), central=()):
    """The first member's local and central headers with 32-bit (or 16-bit) fields replaced: (offset, format, value)."""
    archive = bytearray(archive)
    start = archive.index(b"PK\1\2")
    for offset, form, value in local:
        struct.pack_into(form, archive, offset, value)
    for offset, form, value in central:
        struct.pack_into(form, archive, start + offset, value)
    return bytes(archive)


def sized(archive, packed=None, unpacked=None, checksum=None):
    local, central = [], []
    for value, in_local, in_central in ((checksum, 14, 16), (packed, 18, 20), (unpacked, 22, 24)):
        if value is not None:
            local.append((in_local, "<I", value))
            central.append((in_central, "<I", value))
    return patched(archive, local, central)


def npz_corpus():
    good = npz([("a.npy", npy())])
    deflated = npz([("a.npy", npy(data=bytes(range(24))))], zipfile.ZIP_DEFLATED)
    zeros = npz([("a.npy", npy(shape="(500, 500)", data=bytes(1000000)))], zipfile.ZIP_DEFLATED)
    small = npy(shape="(2, 3)")
    encrypted = patched(good, [(6, "<H", 1)], [(8, "<H", 1)])
    data_start = 30 + len("a.npy")
    broken = bytearray(deflated)
    broken[data_start + 20:data_start + 40] = b"\xff" * 20
    end = good.rindex(b"PK\5\6")
    many = bytearray(good)
    struct.pack_into("<HH", many, end + 8, 0xFFFE, 0xFFFE)
    far = bytearray(good)
    struct.pack_into("<I", far, end + 16, 0xFFFFFF00)
    return {
        "no_members": npz([]),
        "no_arrays": npz([("readme.txt", b"hello")]),
        "pytorch_checkpoint": npz([("archive/data.pkl", b"\x80\x02N."), ("archive/data/0", bytes(8))]),
        "pickled_objects": npz([("a.npy", npy("'|O'", data=b"\x80\x04N."))]),
        "member_twice": npz([("a.npy", npy()), ("b.npy", npy()), ("a.npy", npy())]),
        "member_is_no_array": npz([("a.npy", b"not an array at all")]),
        "member_is_empty": npz([("a.npy", b"")]),
        "member_truncated": npz([("a.npy", npy()[:-4])]),
        "member_padded": npz([("a.npy", npy() + bytes(4))]),
        "member_header_claims_more": npz([("a.npy", npy(shape="(1000000000, 1000)"))]),
        "member_shape_overflows": npz([("a.npy", npy(shape="(4611686018427387904, 4, 6)"))]),
        "directory_claims_expansion_of_4_gib": sized(deflated, unpacked=0xFFFFFFFE),
        "directory_claims_too_little": sized(zeros, unpacked=len(small)),
        "expands_beyond_its_claim": sized(npz([("a.npy", small + bytes(100000))], zipfile.ZIP_DEFLATED),
                                          unpacked=len(small)),
        "expands_to_less_than_its_claim": sized(
            npz([("a.npy", npy(shape="(200, 3)", data=bytes(2000)))], zipfile.ZIP_DEFLATED),
            unpacked=len(npy(shape="(200, 3)", data=bytes(2400)))),
        "wrong_checksum_stored": sized(good, checksum=0x12345678),
        "wrong_checksum_deflated": sized(deflated, checksum=0x12345678),
        "broken_deflate_stream": bytes(broken),
        "packed_larger_than_archive": sized(good, packed=0x7FFFFFFF, unpacked=0x7FFFFFFF),
        "encrypted": encrypted,
        "packed_with_bzip2": npz([("a.npy", npy())], zipfile.ZIP_BZIP2),
        "packed_by_method_99": patched(good, [(8, "<H", 99)], [(10, "<H", 99)]),
        "directory_cut": good[:-30],
        "end_record_cut": good[:-4],
        "directory_claims_65534_members": bytes(many),
        "directory_beyond_the_end": bytes(far),
        "local_header_points_outside": patched(good, [], [(42, "<I", 0x7FFFFFF0)]),
        "name_with_terminal_escape": npz([("\x1b[31ma.npy", b"bad")]),
    }


def npz_seeds():
    arrays = [("a.npy", npy(data=bytes(range(24)))), ("labels.npy", npy("'|u1'", shape="(3,)", data=b"\0\1\2"))]
    return {
        "stored": npz(arrays),
        "deflated": npz(arrays, zipfile.ZIP_DEFLATED),
        "fortran_deflated": npz([("f.npy", npy(order="True", shape="(3, 2)"))], zipfile.ZIP_DEFLATED),
        "with_other_files": npz(arrays + [("folder/", b""), ("notes.txt", b"x")]),
        "large_deflated": npz([("z.npy", npy(shape="(100, 100)", data=bytes(40000)))], zipfile.ZIP_DEFLATED),
    }


# ---- .safetensors ----

def safetensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(dtype="F32", shape=(2, 3), offsets=(0, 24), **more):
    return dict({"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}, **more)


def raw_entry(**parts):
    values = dict(dtype='"F32"', shape="[2,3]", data_offsets="[0,24]")
    values.update(parts)
    body = ",".join('"%s":%s' % (key, value) for key, value in values.items() if value is not None)
    return ('{"a":{%s}}' % body).encode()


def safetensors_corpus():
    good = safetensors({"a": entry()}, bytes(24))
    data = bytes(24)
    return {
        "seven_bytes": b"\x02\0\0\0\0\0\0",
        "length_only": struct.pack("<Q", 0),
        "header_of_2_64_bytes": safetensors(b"{}", length=2**64 - 1),
        "header_above_the_formats_limit": safetensors(b"{}", length=100000001),
        "header_above_our_limit": safetensors(b"{}", length=17 << 20),
        "header_longer_than_file": safetensors(b"{}", length=3),
        "header_is_a_list": safetensors(b"[]"),
        "header_is_white_space": safetensors(b"    "),
        "header_is_no_json": safetensors(b"{'a': 1}"),
        "header_has_two_objects": safetensors(b"{}{}"),
        "header_padded_with_nul": safetensors(b"{}\0\0\0\0\0\0"),
        "header_with_invalid_utf8": safetensors(b'{"\xff":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', bytes(4)),
        "header_with_overlong_utf8": safetensors(b'{"\xc0\xaf":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}',
                                                 bytes(4)),
        "name_with_surrogate": safetensors(b'{"\\ud800":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', bytes(4)),
        "name_with_nul": safetensors(b'{"a\\u0000b":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', bytes(4)),
        "name_with_terminal_escape": safetensors({"\x1b[31mred\x9b": entry(dtype="F33")}, data),
        "name_of_5000_bytes": safetensors({"a" * 5000: entry()}, data),
        "deep_nesting": safetensors(b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"),
        "key_twice": safetensors(b'{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},'
                                 b'"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}', data),
        "field_twice": safetensors(b'{"a":{"dtype":"F32","dtype":"U8","shape":[24],"data_offsets":[0,24]}}', data),
        "metadata_is_a_list": safetensors(b'{"__metadata__":[]}'),
        "metadata_holds_a_number": safetensors({"__metadata__": {"epochs": 3}}),
        "entry_is_a_number": safetensors(b'{"a":1}'),
        "dtype_missing": safetensors(raw_entry(dtype=None), data),
        "dtype_unknown": safetensors({"a": entry(dtype="F33")}, data),
        "dtype_is_a_number": safetensors(raw_entry(dtype="32"), data),
        "shape_missing": safetensors(raw_entry(shape=None), data),
        "shape_is_text": safetensors(raw_entry(shape='"2,3"'), data),
        "shape_negative": safetensors(raw_entry(shape="[-2,-3]"), data),
        "shape_fractional": safetensors(raw_entry(shape="[2.0,3]"), data),
        "shape_above_64_bits": safetensors(raw_entry(shape="[18446744073709551616]"), data),
        "shape_wraps_to_the_data": safetensors(raw_entry(shape="[4611686018427387904,4,6]"), data),
        "shape_hides_overflow_behind_zero": safetensors(
            raw_entry(shape="[0,4294967296,4294967296,4]", data_offsets="[0,0]")),
        "nine_axes": safetensors({"a": entry(shape=(1, 1, 1, 1, 1, 1, 1, 2, 3))}, data),
        "offsets_missing": safetensors(raw_entry(data_offsets=None), data),
        "offsets_are_three": safetensors(raw_entry(data_offsets="[0,12,24]"), data),
        "offsets_negative": safetensors(raw_entry(data_offsets="[-24,0]"), data),
        "offsets_backwards": safetensors(raw_entry(data_offsets="[24,0]"), data),
        "offsets_disagree_with_shape": safetensors(raw_entry(data_offsets="[0,20]"), bytes(20)),
        "offsets_beyond_64_bits": safetensors(raw_entry(data_offsets="[0,99999999999999999999]"), data),
        "hole_at_the_start": safetensors({"a": entry(offsets=(8, 32))}, bytes(32)),
        "hole_in_the_middle": safetensors({"a": entry(), "b": entry(offsets=(32, 56))}, bytes(56)),
        "overlap": safetensors({"a": entry(), "b": entry(offsets=(16, 40))}, bytes(40)),
        "same_place_twice": safetensors({"a": entry(), "b": entry()}, data),
        "truncated_data": good[:-1],
        "padded_data": good + b"\0",
        "zip_hidden_behind_the_data": good + npz([]),
        "data_without_tensors": safetensors(b"{}", bytes(8)),
        "f4_of_half_a_byte": safetensors({"a": entry(dtype="F4", shape=(3,), offsets=(0, 1))}, b"\0"),
        "f8_only": safetensors({"a": entry(dtype="F8_E4M3", shape=(4, 6))}, data),
        "html_error_page": b"<!DOCTYPE html><html><body>404 not found</body></html>",
    }


def safetensors_seeds():
    two = {"__metadata__": {"format": "pt"}, "a": entry(), "tokens": entry("I32", (2,), (24, 32))}
    every = {}
    at = 0
    for dtype, size in (("F64", 8), ("U64", 8), ("I64", 8), ("C64", 8), ("F32", 4), ("I32", 4), ("U32", 4), ("F16", 2),
                        ("BF16", 2), ("I16", 2), ("U16", 2), ("U8", 1), ("I8", 1), ("BOOL", 1), ("F8_E4M3", 1)):
        every[dtype.lower()] = entry(dtype, (1, 2), (at, at + 2 * size))
        at += 2 * size
    return {
        "empty": safetensors(b"{}      "),
        "two_tensors": safetensors(two, bytes(range(32))),
        "every_dtype": safetensors(every, bytes(range(at))),
        "header_two_tensors": json.dumps(two).encode(),
        "header_every_dtype": json.dumps(every).encode(),
        "header_scalar_and_empty": json.dumps({"s": entry("F32", (), (0, 4)),
                                               "e": entry("F32", (0, 5), (4, 4))}).encode(),
        "header_extra_field": json.dumps({"a": entry(strides=[3, 1])}).encode(),
        "header_white_space": b"{ } \n\t",
        "header_three_axes": json.dumps({"a": entry("F16", (2, 3, 2), (0, 24))}).encode(),
    }


def tensor_name_seeds():
    return {str(i): text for i, text in enumerate(
        [b"file.npy", b"file.npz:a", b"folder:x:y", b":", b"::", b"/proc/self/exe:a:0", b"/tmp:b", b"a:0",
         b"b\x07\xc2\x9b\xe2\x82\xac", b"\x1b[31m", b"x" * 300, b"\xe2\x82\xac" * 90])}


# ---- checkpoints ----

def xxh64(data):
    """XXH64 with seed 0, after its specification."""
    p1, p2, p3, p4, p5 = (11400714785074694791, 14029467366897019727, 1609587929392839161, 9650029242287828579,
                          2870177450012600261)
    mask = (1 << 64) - 1

    def turn(value, by):
        return (value << by | value >> 64 - by) & mask

    def lane(sum_, word):
        return turn((sum_ + word * p2) & mask, 31) * p1 & mask

    at = len(data) // 32 * 32
    result = p5
    if at:
        lanes = [p1 + p2 & mask, p2, 0, -p1 & mask]
        for words in struct.iter_unpack("<4Q", data[:at]):
            lanes = [lane(sum_, word) for sum_, word in zip(lanes, words)]
        result = sum(turn(sum_, by) for sum_, by in zip(lanes, (1, 7, 12, 18))) & mask
        for sum_ in lanes:
            result = ((result ^ lane(0, sum_)) * p1 + p4) & mask
    result = result + len(data) & mask
    while len(data) - at >= 8:
        result = (turn(result ^ lane(0, struct.unpack_from("<Q", data, at)[0]), 27) * p1 + p4) & mask
        at += 8
    if len(data) - at >= 4:
        result = (turn(result ^ struct.unpack_from("<I", data, at)[0] * p1 & mask, 23) * p2 + p3) & mask
        at += 4
    for byte in data[at:]:
        result = turn(result ^ byte * p5 & mask, 11) * p1 & mask
    result = (result ^ result >> 33) * p2 & mask
    result = (result ^ result >> 29) * p3 & mask
    return result ^ result >> 32


def checkpoint(sections, step=7, run=b"run-1", head=b"{}", version=2):
    """As src/sae/checkpoint_file.h describes it."""
    def pad(data):
        return data + bytes(-len(data) % 8)
    body = b"".join(pad(content) for _, content in sections)
    table = b"".join(struct.pack("<32sQQ", name, len(content), xxh64(content)) for name, content in sections)
    front = struct.pack("<8sII", b"ARCLCKPT", version, 0)
    front += struct.pack("<Q", xxh64(front))
    size = 120 + len(pad(head + b"\0")) + len(table) + 8 + len(body) + 8
    front += struct.pack("<QQQQ64s", size, step, len(head), len(sections), run) + pad(head + b"\0") + table
    return front + struct.pack("<Q", xxh64(front)) + body + b"ARCLEND\n"


def checkpoint_seeds():
    config = {"arch": "topk", "activation": "topk", "d-in": 8, "d-out": 8, "d-sae": 32, "n-inputs": 1, "k": 4.0,
              "batch": 10, "total-rows": 1000, "lr": 3e-4, "adam-beta1": 0.9, "adam-beta2": 0.999, "adam-epsilon": 1e-8,
              "decoder-init-norm": 0.1, "dead-after": 50, "k-aux": 4, "widths": [32]}
    own = [(b"config", json.dumps(config).encode()),
           (b"state", struct.pack("<6Q10dQ", 7, 6, 70, 1, 0, 0, .5, 0, 0, .1, .01, 1.5, 1.5, 1, 1, 0, 1)),
           (b"position", struct.pack("<5Q", 0, 70, 70, 0, 0))]
    weights = [(b"W_enc", bytes(range(40))), (b"W_enc.first", bytes(12)), (b"silent", b""), (b"fired", bytes(4))]
    no_config = [(b"config", b"{}")] + own[1:]
    own_1 = [own[0], (b"state", own[1][1][:13 * 8]), own[2]]
    return {
        "whole": b"\0" + checkpoint(own + weights),
        "whole_of_a_run": b"\2" + checkpoint(own + weights),
        "of_another_run": b"\2" + checkpoint(own, run=b"run-2"),
        "mended": b"\1" + checkpoint(own + weights, head=b'{"inputs":["a.npy"]}'),
        "mended_without_weights": b"\1" + checkpoint(own),
        "mended_without_config": b"\1" + checkpoint(no_config + weights[:1]),
        "version_1": b"\0" + checkpoint(own_1 + weights, version=1),
        "version_3": b"\0" + checkpoint(own, version=3),
        "cut": b"\0" + checkpoint(own + weights)[:-30],
    }


# ---- what the commands read ----

def latents_seeds():
    """Behind two bytes: latents of the autoencoder, rows of a block."""
    def sparse(offsets=(0, 2, 2, 3), indices=(1, 0, 3), values=(1.5, -2.0, 0.25), d_sae="4", format_="<4q"):
        o, i = struct.pack(format_, *offsets), struct.pack("<3i", *indices)
        v, n = struct.pack("<3f", *values), len(struct.pack(format_, *offsets))
        return safetensors({"__metadata__": {"d_sae": d_sae},
                            "row_offsets": entry("I64" if format_ == "<4q" else "F64", (4,), (0, n)),
                            "indices": entry("I32", (3,), (n, n + 12)),
                            "values": entry("F32", (3,), (n + 12, n + 24))}, o + i + v)
    dense = struct.pack("<6f", 0, 1, 0, 0.5, 0, 2)
    return {
        "sparse": b"\4\1" + sparse(),
        "sparse_in_one_block": b"\4\10" + sparse(),
        "of_another_autoencoder": b"\5\1" + sparse(),
        "width_is_a_word": b"\4\1" + sparse(d_sae="four"),
        "offsets_fall": b"\4\1" + sparse(offsets=(0, 2, 1, 3)),
        "offsets_begin_late": b"\4\1" + sparse(offsets=(1, 2, 2, 3)),
        "offsets_leave": b"\4\1" + sparse(offsets=(0, 2**62, 2, 3)),
        "offsets_are_negative": b"\4\1" + sparse(offsets=(0, -1, 2, 3)),
        "offsets_are_real": b"\4\1" + sparse(format_="<4d"),
        "end_is_another": b"\4\1" + sparse(offsets=(0, 2, 2, 2)),
        "latent_twice": b"\4\1" + sparse(indices=(1, 1, 3)),
        "latent_beyond": b"\4\1" + sparse(indices=(1, 4, 3)),
        "latent_negative": b"\4\1" + sparse(indices=(1, -1, 3)),
        "value_is_nan": b"\4\1" + sparse(values=(1, float("nan"), 3)),
        "dense": b"\3\2" + safetensors({"latents": entry()}, dense),
        "dense_of_another": b"\4\2" + safetensors({"latents": entry()}, dense),
        "dense_with_inf": b"\3\2" + safetensors({"latents": entry()}, dense[:-4] + struct.pack("<f", float("inf"))),
        "values_missing": b"\4\1" + safetensors({"row_offsets": entry("I64", (1,), (0, 8)),
                                                 "indices": entry("I32", (0,), (8, 8))}, bytes(8)),
    }


def vocabulary_seeds():
    return {
        "array": b'["a", " the", "\\n", "\xe2\x82\xac", ""]',
        "object": b'{"a": 0, " the": 2, "\\u0120x": 1}',
        "halves": b'["\\ud83d", "\\ude00", "\\ud83d\\ude00", "\\ud83dx", "\\\\ud83d"]',
        "not_utf8": b'["\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"]',
        "nul": b'["a\\u0000b"]',
        "nul_in_a_key": b'{"a\\u0000b": 1}',
        "key_twice": b'{"a": 0, "a": 1}',
        "number_twice": b'{"a": 1, "b": 1}',
        "number_negative": b'{"a": -1}',
        "number_large": b'{"a": 16777216}',
        "number_real": b'{"a": 1.0}',
        "number_missing": b'["a", 1]',
        "empty_array": b"[]",
        "empty_object": b"{}",
        "neither": b'"a"',
        "cut_in_an_escape": b'["\\ud83',
        "deep": b"[" * 3000,
    }


def main():
    for kind, corpus, seeds in (("npy", npy_corpus, npy_seeds), ("npz", npz_corpus, npz_seeds),
                                ("safetensors", safetensors_corpus, safetensors_seeds),
                                ("tensor_name", dict, tensor_name_seeds), ("checkpoint", dict, checkpoint_seeds),
                                ("latents", dict, latents_seeds), ("vocabulary", dict, vocabulary_seeds)):
        for name, content in corpus().items():
            write(os.path.join(HERE, kind), name + "." + kind, content)
        for name, content in seeds().items():
            write(os.path.join(SEEDS, kind), name, content)


if __name__ == "__main__":
    main()
