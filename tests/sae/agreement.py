"""Latents and reconstructions of two programs on the same rows, compared row by row; near ties are named."""
import json
import os

import torch
from safetensors.torch import load_file

TOLERANCE, TIE = 1e-4, 1e-5
TIES = 4  # rows of some thousand


def relative(a, b):
    """The greatest difference of a row, relative to its length."""
    return ((a.double() - b.double()).norm(dim=1) / b.double().norm(dim=1).clamp(min=1e-6)).max().item()


def gate(config, weights, x):
    """What opens the gates of a row."""
    scaling = config["normalize_activations"]
    if scaling == "layer_norm":
        x = (x - x.mean()) / (x.std() + 1e-5)
    elif scaling == "constant_norm_rescale":
        x = x * len(x) ** 0.5 / x.norm()
    if config["apply_b_dec_to_input"]:
        x = x - weights["b_dec"].double()
    return x @ weights["W_enc"].double() + weights["b_gate"].double()


def distances(folder, x, a, b):
    """How far each latent of a row stands from what decides whether it is active, in the row's greatest one."""
    config = json.load(open(os.path.join(folder, "cfg.json")))
    weights = load_file(os.path.join(folder, "sae_weights.safetensors"))
    largest = torch.maximum(a, b).double()
    if "threshold" in weights:
        off = largest - weights["threshold"].double()
    elif "b_gate" in weights:
        off = gate(config, weights, x.double())
    elif "k" in config:
        off = largest - torch.minimum(a[a > 0].min(), b[b > 0].min())
    else:
        off = largest
    return off.abs() / largest.max()


def agree(what, folder, rows, got, right):
    """(latents, reconstructions) of both programs; the autoencoder is in `folder`. The greatest differences, and how
    many rows are near ties."""
    differs = (got[0] > 0) != (right[0] > 0)
    other = differs.any(1)
    for row in other.nonzero()[:, 0].tolist():
        off = distances(folder, rows[row], got[0][row], right[0][row])[differs[row]].max().item()
        assert off < TIE, (what, "row", row, "has other latents", off)
        print(what, "row", row, "is a near tie of latents", differs[row].nonzero()[:, 0].tolist())
    assert other.sum() <= TIES, (what, "too many near ties")
    worst = []
    for part, a, b in zip(("latents", "reconstruction"), got, right):
        assert a.shape == b.shape, (what, part, a.shape, b.shape)
        worst.append(relative(a[~other], b[~other]))
        assert worst[-1] < TOLERANCE, (what, part, worst[-1])
    share = (right[0] > 0).float().mean().item()
    assert 0.02 < share < 0.98, (what, share, "of the latents are active, which tests little")
    return (*worst, int(other.sum()))
