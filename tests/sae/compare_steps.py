"""Ten training steps on the device end in the weights that SAELens's own trainer ends in.

    python compare_steps.py SAE_TRAIN_STEPS

SAELens's SAETrainer runs its training classes from its own initial weights; the program made of train_steps.c gets the
same weights and batches. Both compute in f32. What is compared is how far each weight has moved: the greatest
difference over the greatest movement of that tensor, and over all of it in the mean square. Adam divides a gradient by
its own size, so a gradient near 0 carries its rounding into a step of full length: single elements may differ by more
than f32 suggests, a tensor as a whole not. Of a selection or a straight-through window no value lies near its edge in
these data.
Where the two mean something else: SAELens leaves the decoder free in the gate terms, so its class is given a frozen
one; its AuxK is not divided by variances, so each step here has the coefficient that makes the two the same.
"""
import json
import os
import subprocess
import sys
import tempfile

import safetensors.torch
import torch
from sae_lens.config import SAETrainerConfig
from sae_lens.saes.batchtopk_sae import BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig
from sae_lens.saes.gated_sae import GatedTrainingSAE, GatedTrainingSAEConfig
from sae_lens.saes.jumprelu_sae import JumpReLUTrainingSAE, JumpReLUTrainingSAEConfig
from sae_lens.saes.matryoshka_batchtopk_sae import MatryoshkaBatchTopKTrainingSAE, MatryoshkaBatchTopKTrainingSAEConfig
from sae_lens.saes.standard_sae import StandardTrainingSAE, StandardTrainingSAEConfig
from sae_lens.saes.topk_sae import TopKTrainingSAE, TopKTrainingSAEConfig
from sae_lens.training.sae_trainer import SAETrainer

PROGRAM = sys.argv[1]
ROWS, D, N, STEPS = 64, 32, 96, 10
RATE, SMALL_RATE = 2e-3, 1e-4
WINDOW = 2  # steps without firing after which SAELens calls a latent dead in the next but one
GREATEST, MEAN_SQUARE, LOSS = 1e-3, 1e-5, 2e-6
worst = {"greatest": 0.0, "mean square": 0.0, "loss": 0.0}


class FrozenGatedSAE(GatedTrainingSAE):
    """The gate terms' decoder is held, as Rajamanoharan et al. 2024 has it, and the norms with it."""

    def calculate_aux_loss(self, step_input, feature_acts, hidden_pre, sae_out):
        centred = step_input.sae_in - self.b_dec * self.cfg.apply_b_dec_to_input
        gate = torch.relu(centred @ self.W_enc + self.b_gate)
        decoder, bias = self.W_dec.detach(), self.b_dec.detach()
        l1 = step_input.coefficients["l1"] * (gate * decoder.norm(dim=1)).sum(-1).mean()
        error = (gate @ decoder + bias - step_input.sae_in).pow(2).sum(-1).mean()
        return {"l1_loss": l1, "auxiliary_reconstruction_loss": error}


def batches():
    """Sums of few of many directions, about a mean; norms near that of the scaled space."""
    generator = torch.Generator().manual_seed(5)
    directions = torch.nn.functional.normalize(torch.randn(3 * D, D, generator=generator), dim=1)
    active = torch.rand(STEPS * ROWS, 3 * D, generator=generator) < 0.05
    values = active * (0.5 + torch.rand(STEPS * ROWS, 3 * D, generator=generator))
    rows = values @ directions + 0.3 * directions[0] + 0.05 * torch.randn(STEPS * ROWS, D, generator=generator)
    return rows * (D**0.5 / rows.norm(dim=1).mean())


def variance(z):
    return (z - z.mean(0)).pow(2).sum(-1).mean()


def run_saelens(sae, rows, rate, schedule, scale, aux):
    """The losses of each step, the share of AuxK's coefficient that the other form has, and the trainer."""
    config = SAETrainerConfig(total_training_samples=len(rows), train_batch_size_samples=ROWS, lr=rate, lr_end=rate,
                              dead_feature_window=WINDOW, **schedule)
    trainer = SAETrainer(config, sae, iter(()))
    trainer.activation_scaler.scaling_factor = scale
    losses, shares = [], []
    for batch in rows.split(ROWS):
        mask = trainer.dead_neurons
        dead = int(mask.sum())
        if aux and dead:
            # SAELens's AuxK lets values below 0 through: there are none here.
            with torch.no_grad():
                assert sae.encode_with_hidden_pre(batch * scale)[1][:, mask].min() > 0
        output = trainer.step(batch)
        trainer.n_training_steps += 1
        x = batch * scale
        residual = x - output.sae_out.detach()
        shares.append(min(dead / (D // 2), 1.0) * (variance(residual) / variance(x)).item())
        losses.append([output.loss.item(), output.losses["mse_loss"].item(),
                       (output.feature_acts > 0).sum(-1).double().mean().item(), int(trainer.dead_neurons.sum())])
    return losses, shares


def run_ours(weights, rows, config, shares, scale):
    tensors = {**weights, "rows": rows}
    if shares is not None:
        tensors["aux_coefficient"] = torch.tensor(shares)
    with tempfile.TemporaryDirectory() as folder:
        source, out = os.path.join(folder, "in.safetensors"), os.path.join(folder, "out.safetensors")
        safetensors.torch.save_file({key: value.contiguous() for key, value in tensors.items()}, source,
                                    {"config": json.dumps(config), "scale": repr(scale)})
        result = subprocess.run([PROGRAM, source, out])
        if result.returncode == 77:
            sys.exit(77)
        assert result.returncode == 0, result.returncode
        return safetensors.torch.load_file(out)


def weights_of(sae):
    weights = {name: parameter.detach().clone().float() for name, parameter in sae.named_parameters()}
    weights["W_enc"] = weights["W_enc"].T.contiguous()
    return weights


def compare(name, sae, arch, settings, schedule=None, aux=None, scale=1.0, change=None):
    """`change` alters the initial weights; `aux` is SAELens's coefficient of AuxK."""
    schedule, rate = schedule or {}, SMALL_RATE if change else RATE
    torch.manual_seed(7)
    sae.initialize_weights()
    if change:
        with torch.no_grad():
            change(sae)
    before = weights_of(sae)
    rows = batches() / scale
    losses, shares = run_saelens(sae, rows, rate, schedule, scale, aux)
    after = weights_of(sae)
    if "threshold" in after:
        after["threshold"].clamp_(min=0)  # SAELens does this in the next forward pass
    config = {"arch": arch, "d-in": D, "d-sae": N, "batch": ROWS, "total-rows": len(rows), "lr": rate,
              "apply-b-dec-to-input": bool(sae.cfg.apply_b_dec_to_input), "dead-after": (WINDOW + 1) * ROWS,
              "aux-coefficient": 0.0, "input-scaling": "none",
              "warmup": schedule.get("lr_warm_up_steps", 0), "decay": schedule.get("lr_decay_steps", 0), **settings}
    if aux:
        assert any(shares), name + ": AuxK never took part"
        config["aux-coefficient"] = aux
        shares = [share * aux for share in shares]
    ours = run_ours(before, rows, config, shares if aux else None, scale)
    record = ours["record"]
    off = max(abs(a - b) / abs(b) for mine, theirs in zip(record.tolist(), losses)
              for a, b in ((mine[0], theirs[0]), (mine[5], theirs[2])))
    assert [int(row[7]) for row in record.tolist()] == [row[3] for row in losses], (name, "dead latents")
    assert off < LOSS, (name, "losses", record.tolist(), losses)
    greatest = mean_square = 0
    for key, wanted in after.items():
        moved, mine = (wanted - before[key]).double(), ours[key].reshape(wanted.shape).double() - before[key].double()
        assert moved.abs().max() > rate / 10, (name, key, "has not moved")
        a = ((mine - moved).abs().max() / moved.abs().max()).item()
        b = ((mine - moved).norm() / moved.norm()).item()
        assert a < GREATEST and b < MEAN_SQUARE, (name, key, a, b)
        greatest, mean_square = max(greatest, a), max(mean_square, b)
    if hasattr(sae, "topk_threshold"):
        assert abs(ours["threshold_sum"].item() / sae.topk_threshold.item() - 1) < 1e-5, (name, "threshold")
    for key, value in (("greatest", greatest), ("mean square", mean_square), ("loss", off)):
        worst[key] = max(worst[key], value)
    assert change is not sparse_start or record[:, 8].sum() < STEPS / 2, (name, "not on pairs")
    print("%-66s movement %.0e greatest, %.0e mean square; losses %.0e; L0 %.1f to %.1f, dead %d, %d steps dense"
          % (name, greatest, mean_square, off, record[0, 5], record[-1, 5], record[-1, 7], record[:, 8].sum()))


def sparse_start(sae):
    """So few latents are active that the device works on lists of pairs, but for the first step."""
    bias = sae.b_gate if hasattr(sae, "b_gate") else sae.b_enc
    bias.fill_(-0.17)
    if hasattr(sae, "b_mag"):
        sae.b_mag.fill_(-0.08)


def quiet_latents(sae):
    """A third of the latents answer to every row, always too little to be chosen: dead, twice as many as take part,
    nothing below 0, and far enough apart that the choice among them is clear."""
    quiet = torch.arange(N) % 3 == 0
    sae.W_enc[:, quiet] *= 0.01
    sae.b_enc[quiet] = torch.linspace(0.03, 0.05, N // 3)
    if sae.cfg.rescale_acts_by_decoder_norm:
        sae.b_enc[quiet] *= 10
        sae.W_dec[quiet] *= 0.1


def main():
    torch.set_num_threads(1)
    common = {"d_in": D, "d_sae": N, "dtype": "float32"}
    for centred in (True, False):
        words = "" if centred else ", b_dec not in the input"
        shape = {**common, "apply_b_dec_to_input": centred}
        start = sparse_start if centred else None
        schedule = {"lr_warm_up_steps": 3, "lr_decay_steps": 4} if centred else {}
        standard = StandardTrainingSAE(StandardTrainingSAEConfig(**shape, l1_coefficient=0.3, l1_warm_up_steps=4))
        compare("standard" + words, standard, "standard", {"l1": 0.3, "sparsity-warmup": 4}, schedule, change=start)
        gated = FrozenGatedSAE(GatedTrainingSAEConfig(**shape, l1_coefficient=0.3))
        compare("gated, frozen decoder" + words, gated, "gated", {"l1": 0.3}, schedule, change=start)
        for mode, target in (("step", 0.0), ("tanh", 0.0), ("quadratic", 9.0)):
            for to_input in (False, True):
                config = JumpReLUTrainingSAEConfig(**shape, jumprelu_sparsity_loss_mode=mode, l0_coefficient=0.2,
                                                   l0_warm_up_steps=0, target_l0=target or None, jumprelu_bandwidth=0.1,
                                                   jumprelu_init_threshold=0.01, jumprelu_ste_to_input=to_input)
                settings = {"sparsity": mode, "l0-coefficient": 0.2, "bandwidth": 0.1, "gradient-to-input": to_input,
                            "target-l0": target}
                compare("jumprelu %s%s%s" % (mode, ", gradient to the input" if to_input else "", words),
                        JumpReLUTrainingSAE(config), "jumprelu", settings, change=start)
        for rescale in (True, False):
            for aux in (None, 0.5):
                more = {**shape, "rescale_acts_by_decoder_norm": rescale, "aux_loss_coefficient": aux or 0.0}
                text = "%s%s%s" % (", rescaled" if rescale else "", ", AuxK" if aux else "", words)
                settings = {"rescale-by-decoder-norm": rescale}
                change = quiet_latents if aux else None
                compare("topk" + text, TopKTrainingSAE(TopKTrainingSAEConfig(**more, k=6)), "topk",
                        {**settings, "k": 6}, schedule, aux=aux, change=change)
                compare("batchtopk" + text, BatchTopKTrainingSAE(BatchTopKTrainingSAEConfig(**more, k=6.27)),
                        "batchtopk", {**settings, "k": 6.27}, aux=aux, change=change)
                config = MatryoshkaBatchTopKTrainingSAEConfig(**more, k=6.27, matryoshka_widths=[11, 40, N])
                compare("matryoshka" + text, MatryoshkaBatchTopKTrainingSAE(config), "matryoshka",
                        {**settings, "k": 6.27, "widths": [11, 40, N]}, aux=aux, change=change)
    plain = TopKTrainingSAE(TopKTrainingSAEConfig(**common, k=6, aux_loss_coefficient=0.0))
    compare("topk, scaled input", plain, "topk", {"k": 6}, scale=0.031)
    print("greatest: movement %.1e, in the mean square %.1e, losses %.1e"
          % (worst["greatest"], worst["mean square"], worst["loss"]))


main()
