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


def load_npy(path):
    """The only array under its name, or None where numpy refuses the file."""
    try:
        return {"": numpy.load(path, allow_pickle=False)}
    except Exception:  # whatever it says, it refuses
        return None


def load_safetensors(path):
    try:
        return safetensors.numpy.load_file(path)
    except Exception:
        return None


def check_mutations(chooser, folder, name, content, start, end, load):
    """One to three bytes of the header changed: whatever we then read, the reference reads the same."""
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


def check_all_mutations(chooser, folder):
    path = os.path.join(folder, "good")
    numpy.save(path + ".npy", numpy.arange(12, dtype="<f4").reshape(3, 4))
    with open(path + ".npy", "rb") as file:
        check_mutations(chooser, folder, "changed.npy", file.read(), 10, 70, load_npy)
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
