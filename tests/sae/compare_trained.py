"""What `arclight train` writes is loaded by SAELens, computes what was trained, and what `encode` and `decode` compute.

    python compare_trained.py ARCLIGHT RUN_MODEL

Every kind with every input scaling and both decoder norms; of transcoders and crosscoders the further activation
functions with every scaling and one of the norms each. Kinds that SAELens has no class for are compared with the double
reference (RUN_MODEL is the program made of run_model.c).
Every step sees all rows, so that the forward pass of step S, which metrics.jsonl tells of, is the model that a run of
S steps saves. BatchTopK's thresholds are set on these rows too: they select what it selected. What a step computes row
by row is compared in compare_saved.py.
"""
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file
from sae_lens import SAE

from agreement import TOLERANCE, agree

ARCLIGHT, RUN_MODEL = sys.argv[1], sys.argv[2]
D, D_OUT, N, TRAIN, HELD = 24, 18, 64, 4096, 4096
STEPS = 10
HOOKS = ["--model-name", "gpt2", "--hook-name", "blocks.3.hook_resid_pre", "--hook-name-out", "blocks.3.hook_mlp_out",
         "--context-size", "64", "--prepend-bos=no"]
FUNCTIONS = {"relu": ["--l1", "0.3"], "gated": ["--l1", "0.3"],
             "jumprelu": ["--l0-coefficient", "0.05", "--bandwidth", "0.2"], "topk": ["--k", "7"],
             "batchtopk": ["--k", "6.5"]}
KINDS = {"standard": ["relu"], "gated": ["gated"], "jumprelu": ["jumprelu"], "topk": ["topk"],
         "batchtopk": ["batchtopk"], "matryoshka": ["batchtopk"], "transcoder": list(FUNCTIONS),
         "skip-transcoder": list(FUNCTIONS), "crosscoder": list(FUNCTIONS)}
SCALINGS = ["none", "expected-average-norm", "layer-norm", "constant-norm"]
worst = {"latents": 0.0, "reconstruction": 0.0, "fvu": 0.0, "l0": 0.0}


def run(*arguments):
    result = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True)
    if result.returncode == 4:
        print("skipped: no Vulkan device")
        sys.exit(77)
    assert result.returncode == 0, (arguments, result.returncode, result.stderr)
    return result.stdout


def make_data(folder):
    """Sparse sums of directions about a mean, of lengths that differ, and two tensors that depend on them."""
    generator = torch.Generator().manual_seed(3)
    rows = TRAIN + HELD
    directions = torch.nn.functional.normalize(torch.randn(2 * N, D, generator=generator), dim=1)
    active = torch.rand(rows, 2 * N, generator=generator) < 0.04
    x = (active * (0.5 + torch.rand(rows, 2 * N, generator=generator))) @ directions
    x = x + 0.2 * torch.randn(D, generator=generator)
    x = x * torch.exp(0.3 * torch.randn(rows, 1, generator=generator)) * 11
    x = x + 0.1 * torch.randn(rows, D, generator=generator)
    y = torch.tanh(x @ torch.randn(D, D_OUT, generator=generator) / 20) * 40 + 3
    z = torch.tanh(x @ torch.randn(D, D, generator=generator) / 20) * 20 + x
    tensors = {"x": x, "y": y, "both": torch.cat([x, z], 1), "z": z}
    for name, part in (("train", slice(0, TRAIN)), ("held", slice(TRAIN, rows))):
        cut = {key: value[part].clone() for key, value in tensors.items()}
        save_file(cut, os.path.join(folder, name + ".safetensors"))
        yield cut


def train(folder, out, arch, activation, scaling, norm, steps, more=()):
    data = os.path.join(folder, "train.safetensors")
    inputs = [data + ":x", data + ":z"] if arch == "crosscoder" else [data + ":x"]
    options = list(FUNCTIONS[activation])
    if "coder" in arch:
        options += ["--activation", activation]
    if "transcoder" in arch:
        options += ["--target", data + ":y"]
    if activation in ("topk", "batchtopk"):
        options += ["--dead-after", 3 * TRAIN]
    if arch == "matryoshka":
        options += ["--widths", "9,30,%d" % N]
    run(ARCLIGHT, "train", *inputs, "--out", out, "--arch", arch, "--d-sae", N, "--input-scaling", scaling,
        "--decoder-norm", norm, "--batch", TRAIN, "--total-rows", steps * TRAIN, "--lr", "0.003", "--log-every", 1,
        "--no-picture", *options, *HOOKS, *more)
    with open(os.path.join(out, "metrics.jsonl")) as lines:
        return [json.loads(line) for line in lines]


def architecture(arch, activation, scaling):
    """As SAELens calls it, or as Arclight does what SAELens has no class for."""
    saved = "jumprelu" if activation == "batchtopk" else activation
    if arch == "crosscoder":
        return "standard" if saved == "relu" else "arclight_%s_crosscoder" % saved
    if "transcoder" not in arch:
        return "standard" if saved == "relu" else saved
    name = arch.replace("-", "_") if saved == "relu" else saved + "_" + arch.replace("-", "_")
    by_row = arch == "skip-transcoder" and scaling in ("layer-norm", "constant-norm")
    return "arclight_" + name if by_row or saved in ("gated", "topk") else name


def wanted(sae, saved, rows, folder):
    """Latents and reconstructions by SAELens, or by the double reference."""
    if sae is None:
        source, target = os.path.join(folder, "rows.safetensors"), os.path.join(folder, "computed.safetensors")
        save_file({"input": rows.contiguous()}, source)
        run(RUN_MODEL, saved, source, target)
        out = load_file(target)
        return out["latents"], out["reconstruction"]
    with torch.no_grad():
        return sae.encode(rows), sae(rows)


def encode_and_decode(saved, folder, tensor):
    data, latents, out = (os.path.join(folder, name + ".safetensors") for name in ("train", "latents", "decoded"))
    run(ARCLIGHT, "encode", saved, data + ":" + tensor, "--dense", "--out", latents)
    run(ARCLIGHT, "decode", saved, latents, "--out", out, "--input", data + ":" + tensor)
    return load_file(latents)["latents"], load_file(out)["reconstruction"]


def fvu_of(reconstruction, target):
    return ((reconstruction - target).double().pow(2).sum() / (target - target.mean(0)).double().pow(2).sum()).item()


def training_figures(arch, scaling, rows, target, latents, reconstruction):
    """FVU in the space of training, and L0. One factor on all rows changes nothing; by row it does."""
    if arch not in ("transcoder", "skip-transcoder") and scaling == "layer-norm":
        mean, deviation = rows.mean(1, keepdim=True), rows.std(1, keepdim=True)
        reconstruction, target = (reconstruction - mean) / deviation, (rows - mean) / (deviation + 1e-5)
    elif arch not in ("transcoder", "skip-transcoder") and scaling == "constant-norm":
        factor = rows.shape[1] ** 0.5 / rows.norm(dim=1, keepdim=True)
        reconstruction, target = reconstruction * factor, rows * factor
    return fvu_of(reconstruction, target), (latents > 0).sum(1).double().mean().item()


def check_config(what, saved, arch, name):
    config = json.load(open(os.path.join(saved, "cfg.json")))
    assert config["architecture"] == name, (what, config["architecture"], name)
    metadata = config["metadata"]
    assert (metadata["model_name"], metadata["hook_name"]) == ("gpt2", "blocks.3.hook_resid_pre"), what
    assert (metadata["hook_name_out"], metadata["context_size"]) == ("blocks.3.hook_mlp_out", 64), what
    assert metadata["prepend_bos"] is False and metadata["training_architecture"] == arch, what
    if name.startswith("arclight_"):
        return None
    sae = SAE.load_from_disk(saved)
    assert sae.cfg.architecture() == name and sae.cfg.metadata.hook_name == "blocks.3.hook_resid_pre", what
    assert sae.cfg.metadata.model_name == "gpt2" and sae.cfg.metadata.context_size == 64, what
    assert sae.cfg.metadata.prepend_bos is False and sae.cfg.metadata.training_architecture == arch, what
    assert (sae.W_dec.norm(dim=1) - 1).abs().max() < 1e-5, (what, "decoder rows are not of norm 1")
    return sae


def check(folder, arch, activation, scaling, norm, trained):
    what = "%s, %s, %s, %s" % (arch, activation, scaling, norm)
    tensor = "both" if arch == "crosscoder" else "x"
    rows, target = trained[tensor], trained["y" if "transcoder" in arch else tensor]
    with tempfile.TemporaryDirectory(dir=folder) as place:
        saved = os.path.join(place, "saved")
        train(folder, saved, arch, activation, scaling, norm, STEPS)
        name = architecture(arch, activation, scaling)
        sae = check_config(what, saved, arch, name)
        right = wanted(sae, saved, rows, place)
        off = agree(what, saved, rows, encode_and_decode(saved, folder, tensor), right)
        record = train(folder, os.path.join(place, "longer"), arch, activation, scaling, norm, STEPS + 1)[-1]
        assert record["step"] == STEPS, (what, record)
        fvu, l0 = training_figures(arch, scaling, rows, target, *right)
        off = (*off[:2], abs(fvu / record["fvu"] - 1), abs(l0 / record["l0"] - 1))
        assert off[2] < TOLERANCE and off[3] < TOLERANCE, (what, fvu, l0, record)
        for key, value in zip(worst, off):
            worst[key] = max(worst[key], value)
        print("ok %-60s %-34s FVU %.4f, L0 %.2f as in training" % (what, name, fvu, l0), flush=True)


def check_batch_threshold(folder, arch, activation, held):
    """The threshold that is set at the end holds L0 on rows that were not seen."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        saved = os.path.join(place, "saved")
        train(folder, saved, arch, activation, "expected-average-norm", "free", 800,
              ["--batch", 256, "--total-rows", 800 * 256, "--lr-schedule", "linear", "--dead-after", 10000])
        latents = SAE.load_from_disk(saved).encode(held["x"])
        l0 = (latents > 0).sum(1).double().mean().item()
        assert abs(l0 / 6.5 - 1) < 0.05, (arch, l0)
        print("ok %s: L0 %.2f on unseen rows, k 6.5" % (arch, l0), flush=True)


def check_target(folder, arch, trained):
    """Where L0 is steered, the thresholds' last correction is in what SAELens loads."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        saved = os.path.join(place, "saved")
        train(folder, saved, arch, "jumprelu", "expected-average-norm", "free", 60, ["--target-l0", 8])
        latents = SAE.load_from_disk(saved).encode(trained["x"])
        l0 = (latents > 0).sum(1).double().mean().item()
        assert abs(l0 / 8 - 1) < 0.05, (arch, l0)
        print("ok %s steered to L0 8: %.2f" % (arch, l0), flush=True)


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    with tempfile.TemporaryDirectory() as folder:
        trained, held = make_data(folder)
        for arch in ("batchtopk", "matryoshka", "transcoder"):
            check_batch_threshold(folder, arch, "batchtopk", held)
        for arch in ("jumprelu", "transcoder"):
            check_target(folder, arch, trained)
        pairs = [(arch, activation) for arch, activations in KINDS.items() for activation in activations]
        for i, (arch, activation) in enumerate(pairs):
            first = activation == KINDS[arch][0]
            for j, scaling in enumerate(SCALINGS):
                for norm in ("free", "unit") if first else ("unit" if (i + j) % 2 else "free",):
                    check(folder, arch, activation, scaling, norm, trained)
    print("relative differences: " + ", ".join("%s %.1e" % item for item in worst.items()))


with contextlib.redirect_stderr(io.StringIO()):
    main()
