"""Losses and gradients of the double reference against SAELens's training classes and autograd, in double precision.

    python compare_training.py SAE_REFERENCE_STEP

Weights and rows have f32 values, so that both start from the same numbers. (SAELens keeps JumpReLU's threshold, and so
its gradient, in f32.)
Where the two mean something else, this says what is done: SAELens leaves the decoder free in the gate terms (we
freeze it, as the paper does), so that part of its gradients is taken off; its AuxK is not divided by variances, so ours is
given the coefficient that makes the two the same.
"""
import os
import subprocess
import sys
import tempfile

import safetensors.torch
import torch
from sae_lens.saes.batchtopk_sae import BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig
from sae_lens.saes.gated_sae import GatedTrainingSAE, GatedTrainingSAEConfig
from sae_lens.saes.jumprelu_sae import JumpReLUTrainingSAE, JumpReLUTrainingSAEConfig
from sae_lens.saes.matryoshka_batchtopk_sae import MatryoshkaBatchTopKTrainingSAE, MatryoshkaBatchTopKTrainingSAEConfig
from sae_lens.saes.sae import TrainStepInput
from sae_lens.saes.standard_sae import StandardTrainingSAE, StandardTrainingSAEConfig
from sae_lens.saes.topk_sae import TopKTrainingSAE, TopKTrainingSAEConfig

PROGRAM = sys.argv[1]
ROWS, D, N = 40, 11, 29
COEFFICIENT = 0.37
RELU, GATED, JUMPRELU, TOPK, BATCHTOPK = range(5)
SPARSITIES = {"step": 0, "tanh": 1, "quadratic": 2}
TOLERANCE = 1e-5


def variance(z):
    return (z - z.mean(0)).pow(2).sum(-1).mean()


def random_weights(sae, seed):
    """f32 values in f64 tensors: both programs have exactly these."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sae.named_parameters():
        values = torch.randn(parameter.shape, generator=generator, dtype=torch.float32)
        if name == "threshold":
            values = 0.1 + 0.3 * values.abs()
        elif name in ("W_enc", "W_dec"):
            values = values / D**0.5 * (0.3 + 1.5 * torch.rand(N, generator=generator)[:, None] if name == "W_dec" else 1)
        else:
            values = 0.3 * values
        parameter.data = values.to(parameter.dtype)


def run_ours(sae, x, dead, settings):
    weights = {name: parameter.detach().float() for name, parameter in sae.named_parameters()}
    weights["W_enc"] = weights["W_enc"].T.contiguous()
    weights.update(x=x.float(), y=x.float().clone(), dead=dead.to(torch.uint8))
    settings = {"d_in": D, "d_out": D, "d_sae": N, "width0": N, **settings}
    with tempfile.TemporaryDirectory() as folder:
        source, out = os.path.join(folder, "in.safetensors"), os.path.join(folder, "out.safetensors")
        safetensors.torch.save_file(weights, source, {key: repr(value) for key, value in settings.items()})
        subprocess.run([PROGRAM, source, out], check=True)
        return safetensors.torch.load_file(out)


def without_free_decoder(sae, x, gradients):
    """Takes off what SAELens's gate terms give W_dec and the b_dec of their decoding."""
    gate = torch.relu((x - sae.b_dec * sae.cfg.apply_b_dec_to_input) @ sae.W_enc + sae.b_gate).detach()
    loss = (gate @ sae.W_dec + sae.b_dec - x).pow(2).sum(-1).mean()
    loss = loss + COEFFICIENT * (gate * sae.W_dec.norm(dim=1)).sum(-1).mean()
    for name, gradient in zip(("W_dec", "b_dec"), torch.autograd.grad(loss, [sae.W_dec, sae.b_dec])):
        gradients[name] = gradients[name] - gradient


def compare(name, sae, activation, settings, dead=None):
    random_weights(sae, 1234)
    generator = torch.Generator().manual_seed(99)
    x = torch.randn(ROWS, D, generator=generator, dtype=torch.float32).double()
    if dead is not None:
        with torch.no_grad():
            # SAELens's AuxK lets values below 0 through: there are none here.
            sae.b_enc.copy_((sae.b_enc + 5.0 * dead.double()).float())
    step = TrainStepInput(x, {"l1": COEFFICIENT, "l0": COEFFICIENT}, dead, 0, False)
    output = sae.training_forward_pass(step)
    gradients = {key: torch.autograd.grad(output.loss, parameter, retain_graph=True, allow_unused=True)[0]
                 for key, parameter in sae.named_parameters()}
    losses = {key: value.item() for key, value in output.losses.items()}
    settings = {"activation": activation, "apply_b_dec_to_input": int(sae.cfg.apply_b_dec_to_input),
                "sparsity_coefficient": COEFFICIENT, **settings}
    if dead is not None:
        k_aux = D // 2
        scale = min(int(dead.sum()) / k_aux, 1.0) * sae.cfg.aux_loss_coefficient
        settings["k_aux"] = k_aux
        settings["aux_coefficient"] = (scale * variance(x - output.sae_out.detach()) / variance(x)).item()
    if activation == GATED:
        without_free_decoder(sae, x, gradients)
    ours = run_ours(sae, x, torch.zeros(N) if dead is None else dead, settings)
    wanted = [sum(value for key, value in losses.items() if "mse" in key),
              sum(value for key, value in losses.items() if key in ("l1_loss", "l0_loss")),
              losses["auxiliary_reconstruction_loss"] if activation == GATED else 0,
              losses.get("auxiliary_reconstruction_loss", 0) if activation != GATED else 0,
              output.loss.item(), (output.feature_acts > 0).sum(-1).double().mean().item()]
    worst = max(abs(a - b) / (abs(b) + 1e-12) for a, b in zip(ours["loss"].tolist(), wanted) if b or a)
    assert worst < TOLERANCE, (name, ours["loss"].tolist(), wanted)
    assert torch.equal(ours["active"].bool(), output.feature_acts > 0), name
    for key, gradient in gradients.items():
        gradient = torch.zeros_like(getattr(sae, key)) if gradient is None else gradient
        mine = ours["gradient." + key]
        mine = mine.T if key == "W_enc" else mine.reshape(gradient.shape)
        assert gradient.abs().max() > 1e-3, (name, key, "no gradient to compare")
        difference = ((mine - gradient).abs().max() / gradient.abs().max()).item()
        worst = max(worst, difference)
        assert difference < TOLERANCE, (name, key, difference)
    print("%-60s greatest relative difference %.1e" % (name, worst))


def main():
    dead = torch.arange(N) % 3 == 0
    few = torch.arange(N) < 2
    for centred in (True, False):
        common = {"d_in": D, "d_sae": N, "dtype": "float64", "apply_b_dec_to_input": centred}
        words = "" if centred else ", b_dec not in the input"
        compare("standard" + words, StandardTrainingSAE(StandardTrainingSAEConfig(**common)), RELU, {})
        compare("gated" + words, GatedTrainingSAE(GatedTrainingSAEConfig(**common)), GATED, {})
        for mode, number in SPARSITIES.items():
            for to_input in (False, True):
                config = JumpReLUTrainingSAEConfig(**common, jumprelu_sparsity_loss_mode=mode, target_l0=5.0,
                                                   jumprelu_bandwidth=0.5, jumprelu_ste_to_input=to_input)
                compare("jumprelu %s%s%s" % (mode, ", gradient to the input" if to_input else "", words),
                        JumpReLUTrainingSAE(config), JUMPRELU,
                        {"sparsity": number, "target_l0": 5.0, "bandwidth": 0.5, "gradient_to_input": int(to_input)})
        for rescale in (True, False):
            for mask in (None, dead, few):
                more = {**common, "rescale_acts_by_decoder_norm": rescale, "aux_loss_coefficient": 0.6}
                text = "%s%s%s" % (", rescale" if rescale else "",
                                   "" if mask is None else ", %d dead" % int(mask.sum()), words)
                ours = {"rescale_by_decoder_norm": int(rescale)}
                compare("topk" + text, TopKTrainingSAE(TopKTrainingSAEConfig(**more, k=4)), TOPK,
                        {**ours, "k": 4}, mask)
                compare("batchtopk" + text, BatchTopKTrainingSAE(BatchTopKTrainingSAEConfig(**more, k=3.27)),
                        BATCHTOPK, {**ours, "k": 3.27}, mask)
                config = MatryoshkaBatchTopKTrainingSAEConfig(**more, k=3.27, matryoshka_widths=[5, 13, N])
                compare("matryoshka" + text, MatryoshkaBatchTopKTrainingSAE(config), BATCHTOPK,
                        {**ours, "k": 3.27, "width0": 5, "width1": 13, "width2": N}, mask)


main()
