"""The forward pass of a training's last step is what SAELens computes with the folder that was saved.

    python compare_saved.py TEST_SAVED_FORWARD

The program is the test made of test_saved_forward.c: given a folder, it leaves there for every kind, activation, input
scaling and decoder norm what was saved, and forward.safetensors: 4,096 rows `input`, and the `latents` and
`reconstruction` that the last training step had on the device. What SAELens has no class for is counted; the program
itself has compared it with the double reference.
"""
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file
from sae_lens import SAE

from agreement import agree


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    worst, ties, count, unknown = [0.0, 0.0], 0, 0, set()
    with tempfile.TemporaryDirectory() as folder:
        code = subprocess.run([sys.argv[1], folder], stdout=subprocess.DEVNULL).returncode
        if code != 0:
            print("skipped: no Vulkan device" if code == 77 else "the program failed")
            sys.exit(code)
        for name in sorted(os.listdir(folder)):
            saved = os.path.join(folder, name)
            architecture = json.load(open(os.path.join(saved, "cfg.json")))["architecture"]
            if architecture.startswith("arclight_"):
                unknown.add(architecture)
                continue
            forward = load_file(os.path.join(saved, "forward.safetensors"))
            rows = forward["input"]
            assert len(rows) == 4096, (name, len(rows))
            sae = SAE.load_from_disk(saved)
            off = agree(name, saved, rows, (forward["latents"], forward["reconstruction"]),
                        (sae.encode(rows), sae(rows)))
            worst, ties, count = [max(pair) for pair in zip(worst, off)], ties + off[2], count + 1
            print("ok %-60s %-26s latents %.1e, reconstruction %.1e" % (name, architecture, *off[:2]), flush=True)
    assert count == 92, (count, "cases that SAELens has a class for")
    print("not in SAELens:", ", ".join(sorted(unknown)))
    print("%d cases, relative differences: latents %.1e, reconstruction %.1e; %d near ties" % (count, *worst, ties))


with contextlib.redirect_stderr(io.StringIO()):
    main()
