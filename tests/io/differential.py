"""Compares the readers and writers with numpy and the safetensors package, on random arrays and on the hostile files.

    python3 differential.py DUMP_TENSOR CORPUS_FOLDER

DUMP_TENSOR is the program made of dump_tensor.c. Exit code 77 (skipped) without numpy; without safetensors that part is
skipped aloud.
"""
import os
import random
import subprocess
import sys
import tempfile

try:
    import numpy
except ImportError:
    print("skipped: numpy is not there")
    sys.exit(77)
try:
    import safetensors
    import safetensors.numpy
except ImportError:
    safetensors = None
    print("skipped in part: the safetensors package is not there")

DUMP, CORPUS = sys.argv[1], sys.argv[2]
KINDS = ["b1", "u1", "i1", "u2", "i2", "f2", "u4", "i4", "f4", "u8", "i8", "f8"]


def run(*arguments):
    return subprocess.run([DUMP, *arguments], capture_output=True, text=True)


def dump(what, argument, folder):
    out = os.path.join(folder, "dump")
    result = run(what, argument, out)
    assert result.returncode == 0, (argument, result.stderr)
    return numpy.fromfile(out, numpy.float32 if what == "values" else numpy.int64)


def random_array(chooser, kind, order="<"):
    rank = chooser.choice([0, 1, 1, 2, 2, 2, 3, 4])
    shape = tuple(chooser.choice([0, 1, 2, 3, 7, 64, 131] if rank < 3 else [1, 2, 3, 5]) for _ in range(rank))
    seed = numpy.random.default_rng(chooser.getrandbits(32))
    count = int(numpy.prod(shape, dtype=numpy.int64))
    dtype = numpy.dtype(order + kind)
    if kind == "b1":
        array = seed.integers(0, 2, count).astype(dtype)
    else:
        array = numpy.frombuffer(seed.bytes(count * dtype.itemsize), dtype).copy()
    if kind == "u8":
        array >>= numpy.array(1, dtype)
    array = array.reshape(shape)
    return numpy.asfortranarray(array) if chooser.random() < 0.4 else array


def same(ours, array):
    """Equal bits but for NaN, whose payload a conversion may change."""
    with numpy.errstate(all="ignore"):
        wanted = numpy.ascontiguousarray(array).astype(numpy.float32).ravel()
    both_nan = numpy.isnan(ours) & numpy.isnan(wanted)
    return ours.shape == wanted.shape and bool(numpy.all((ours.view("u4") == wanted.view("u4")) | both_nan))


def check_tensor(argument, array, folder):
    assert same(dump("values", argument, folder), array), (argument, array.dtype, array.shape)
    if array.dtype.kind in "biu":
        integers = dump("integers", argument, folder)
        assert numpy.array_equal(integers, array.astype(numpy.int64).ravel()), (argument, array.dtype, array.shape)


def check_npy(chooser, folder):
    for kind in KINDS:
        for order in "<>":
            for version in ((1, 0), (2, 0), (3, 0)):
                path = os.path.join(folder, "array.npy")
                array = random_array(chooser, kind, order)
                with open(path, "wb") as file:
                    numpy.lib.format.write_array(file, array, version)
                check_tensor(path, array, folder)


def check_npz(chooser, folder):
    for save in (numpy.savez, numpy.savez_compressed):
        for _ in range(3):
            path = os.path.join(folder, "arrays.npz")
            arrays = {"%s/%d:x" % (kind, i): random_array(chooser, kind) for i, kind in enumerate(KINDS)}
            save(path, **arrays)
            for name, array in arrays.items():
                check_tensor(path + ":" + name, array, folder)


def check_writers(chooser, folder):
    source, copy = os.path.join(folder, "source.npy"), os.path.join(folder, "copy.npy")
    for kind in KINDS:
        array = numpy.ascontiguousarray(random_array(chooser, kind))
        numpy.save(source, array)
        assert run("copy", source, copy).returncode == 0
        back = numpy.load(copy)
        assert back.dtype == array.dtype and back.shape == numpy.load(source).shape
        assert back.tobytes() == array.tobytes()


def check_safetensors(chooser, folder):
    source, copy = os.path.join(folder, "source.safetensors"), os.path.join(folder, "copy.safetensors")
    for _ in range(6):
        arrays = {"%s.\u00e9 %d" % (kind, i): numpy.ascontiguousarray(random_array(chooser, kind))
                  for i, kind in enumerate(KINDS)}
        safetensors.numpy.save_file(arrays, source, {"who": "a \"test\"\n"})
        for name, array in arrays.items():
            check_tensor(source + ":" + name, array, folder)
        assert run("copy", source, copy).returncode == 0
        with safetensors.safe_open(copy, "numpy") as file:
            assert file.metadata() == {"who": "a \"test\"\n"}
            assert sorted(file.keys()) == sorted(arrays)
            for name, array in arrays.items():
                back = file.get_tensor(name)
                assert back.dtype == array.dtype and back.shape == array.shape and back.tobytes() == array.tobytes()


def accepted_by_safetensors(path):
    try:
        with safetensors.safe_open(path, "numpy") as file:
            for name in file.keys():
                file.get_tensor(name)
        return True
    except Exception:  # whatever it says, it refuses
        return False


def check_hostile_safetensors(folder):
    """What the package refuses we refuse. Where we are stricter is listed, so that a change shows."""
    stricter = {"key_twice", "name_of_5000_bytes", "name_with_nul", "nine_axes"}
    for name in sorted(os.listdir(os.path.join(CORPUS, "safetensors"))):
        path = os.path.join(CORPUS, "safetensors", name)
        attack = name[:-len(".safetensors")]
        assert run("copy", path, os.path.join(folder, "x.safetensors")).returncode in (0, 3), name
        if accepted_by_safetensors(path):
            print("the safetensors package accepts", attack)
            assert attack in stricter, attack


def load_safetensors(path):
    try:
        return safetensors.numpy.load_file(path)
    except Exception:
        return None


def check_mutations(chooser, folder, name, content, start, end, load):
    """One to three bytes of the header changed: whatever we then read, the package reads the same."""
    path, out = os.path.join(folder, name), os.path.join(folder, "copy" + os.path.splitext(name)[1])
    letters = b"0123456789 ,:[](){}'\"<>|fiubFTLx\0\xff"
    accepted = 0
    for _ in range(300):
        changed = bytearray(content)
        for _ in range(chooser.choice([1, 1, 2, 3])):
            changed[chooser.randrange(start, end)] = chooser.choice(letters)
        with open(path, "wb") as file:
            file.write(changed)
        if run("copy", path, out).returncode != 0:
            continue
        arrays = load(path)
        assert arrays is not None, ("accepted by us alone", bytes(changed))
        for tensor, array in arrays.items():
            if array.dtype.kind not in "biuf" or ("\0" in tensor):
                continue
            check_tensor(path + (":" + tensor if tensor else ""), array, folder)
        accepted += 1
    print(name, "changed:", accepted, "of 300 accepted, and equal")


def check_npy_headers(chooser, folder):
    """Headers spelled in odd ways: whatever we read, numpy reads the same."""
    path, out = os.path.join(folder, "spelled.npy"), os.path.join(folder, "copy.npy")
    accepted = 0
    for _ in range(300):
        quote, space = chooser.choice("'\""), chooser.choice(["", " ", "  ", "\t"])
        parts = ["%sdescr%s%s:%s%s%s%s" % (quote, quote, space, space, quote, chooser.choice(
                     ["<f4", "<i4", ">u4", "<f8", "|u1", "<c8", "f4", "=i4", "|f4", "<U3", "|O"]), quote),
                 "%sfortran_order%s:%s%s" % (quote, quote, space, chooser.choice(["True", "False", "False", "0"])),
                 "'shape':" + space + chooser.choice(["(3,4)", "( 3 , 4 )", "(3, 4,)", "(12,)", "(12)", "(3L, 4L)",
                                                      "(03, 4)", "(+3, 4)", "[3, 4]", "(3, 4, 1)", "(12)[0]", "(4, -3)"])]
        chooser.shuffle(parts)
        text = space + "{" + space + ("," + space).join(parts) + chooser.choice(["", ",", ", ", ",,"]) + "}" + \
            chooser.choice(["", "\n", " \n", "   ", "\0", "#"])
        with open(path, "wb") as file:
            file.write(b"\x93NUMPY\1\0" + bytes([len(text), 0]) + text.encode() + bytes(range(48)))
        if run("values", path, out).returncode != 0:
            continue
        array = numpy.load(path, allow_pickle=False)
        check_tensor(path, array, folder)
        accepted += 1
    print("spellings of .npy headers:", accepted, "of 300 accepted, and equal")


def check_all_mutations(chooser, folder):
    check_npy_headers(chooser, folder)
    path = os.path.join(folder, "good")
    if safetensors:
        arrays = {"a": numpy.arange(6, dtype="f4").reshape(2, 3), "b": numpy.arange(4, dtype="i2")}
        safetensors.numpy.save_file(arrays, path + ".safetensors", {"who": "me"})
        with open(path + ".safetensors", "rb") as file:
            content = file.read()
        check_mutations(chooser, folder, "changed.safetensors", content, 8, len(content) - 32, load_safetensors)


def main():
    seed = int(os.environ.get("ARCLIGHT_TEST_SEED", "20240229"))
    print("seed", seed)
    chooser = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        check_npy(chooser, folder)
        check_npz(chooser, folder)
        check_writers(chooser, folder)
        check_all_mutations(chooser, folder)
        print("numpy", numpy.__version__, "agrees")
        if safetensors:
            check_safetensors(chooser, folder)
            check_hostile_safetensors(folder)
            print("safetensors", safetensors.__version__, "agrees")


main()
