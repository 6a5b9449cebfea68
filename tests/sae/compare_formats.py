"""What `arclight convert` writes is loaded by SAELens and computes what its source did.

    python compare_formats.py ARCLIGHT RUN_MODEL

Sources are autoencoders with random weights: of every class that SAELens registers and Arclight reads, saved by SAELens
itself in several types and input scalings, and files as dictionary_learning, sparsify and Gemma Scope lay them out, whose
arithmetic is written out here. RUN_MODEL is the program made of run_model.c. Each is looked at three times: the double
reference on the source, SAELens on the converted folder, the double reference on the converted folder.
"""
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile

import numpy
import torch
from safetensors.torch import load_file, save_file
from sae_lens import SAE
from sae_lens.saes import gated_sae, jumprelu_sae, standard_sae, topk_sae, transcoder

ARCLIGHT, RUN_MODEL = sys.argv[1], sys.argv[2]
D, D_OUT, N, ROWS, K = 24, 18, 96, 50, 9
TOLERANCE = 2e-5
HOOKS = ["--model-name", "gpt2", "--hook-name", "blocks.3.hook_resid_pre", "--context-size", "64", "--prepend-bos=no"]

CLASSES = {
    "standard": (standard_sae.StandardSAE, standard_sae.StandardSAEConfig),
    "gated": (gated_sae.GatedSAE, gated_sae.GatedSAEConfig),
    "jumprelu": (jumprelu_sae.JumpReLUSAE, jumprelu_sae.JumpReLUSAEConfig),
    "topk": (topk_sae.TopKSAE, topk_sae.TopKSAEConfig),
    "transcoder": (transcoder.Transcoder, transcoder.TranscoderConfig),
    "skip_transcoder": (transcoder.SkipTranscoder, transcoder.SkipTranscoderConfig),
    "jumprelu_transcoder": (transcoder.JumpReLUTranscoder, transcoder.JumpReLUTranscoderConfig),
    "jumprelu_skip_transcoder": (transcoder.JumpReLUSkipTranscoder, transcoder.JumpReLUSkipTranscoderConfig),
}


def random_weights(generator, shapes):
    """Decoder rows of norms from 0.3 to 2; thresholds above 0."""
    weights = {}
    for name, shape in shapes.items():
        value = torch.randn(shape, generator=generator)
        if name == "threshold":
            value = 0.2 + 0.5 * torch.rand(shape, generator=generator)
        elif len(shape) == 2:
            value = value / shape[0 if name == "W_enc" else 1] ** 0.5
        else:
            value = 0.3 * value
        if name == "W_dec":
            value = value * (0.3 + 1.7 * torch.rand(shape[0], 1, generator=generator))
        weights[name] = value
    return weights


def run(*arguments, code=0):
    result = subprocess.run(arguments, capture_output=True, text=True)
    assert result.returncode == code, (arguments, result.returncode, result.stderr)
    return result


def reference(path, rows, folder):
    source, target = os.path.join(folder, "rows.safetensors"), os.path.join(folder, "out.safetensors")
    save_file({"input": rows.contiguous()}, source)
    run(RUN_MODEL, path, source, target)
    out = load_file(target)
    return out["latents"], out["reconstruction"]


def computed(sae, rows):
    """A transcoder with a skip path has it in forward only."""
    with torch.no_grad():
        latents = sae.encode(rows)
        return latents, sae(rows)


def agree(what, got, wanted):
    """Row by row, relative to the row; and the same latents are active."""
    for part, a, b in zip(("latents", "reconstruction"), got, wanted):
        a, b = a.double(), b.double()
        assert a.shape == b.shape, (what, part, a.shape, b.shape)
        error = ((a - b).norm(dim=1) / b.norm(dim=1).clamp(min=1e-6)).max().item()
        assert error <= TOLERANCE, f"{what}: {part} differ by {error:.2g}"
        worst[part] = max(worst[part], error)
    assert torch.equal(got[0] > 0, wanted[0] > 0), f"{what}: other latents are active"
    share = (wanted[0] > 0).float().mean().item()
    assert 0.02 < share < 0.98, f"{what}: {share:.0%} of the latents are active, which tests little"


def check(what, source, wanted, norms, rows, folder, architecture, options=()):
    """`wanted` is what the source computes, `norms` by what its latents grow when decoder norms are folded."""
    target = os.path.join(folder, "converted")
    agree(what + ", reference on the source", reference(source, rows, folder), wanted)
    run(ARCLIGHT, "convert", source, target, *HOOKS, *options)
    folded = (wanted[0] * norms, wanted[1])
    agree(what + ", reference on the result", reference(target, rows, folder), folded)
    config = json.load(open(os.path.join(target, "cfg.json")))
    assert config["architecture"] == architecture, (what, config["architecture"])
    sae = SAE.load_from_disk(target)
    assert type(sae) is CLASSES[architecture][0], what
    agree(what + ", SAELens on the result", computed(sae, rows), folded)
    assert sae.cfg.metadata.hook_name == "blocks.3.hook_resid_pre" and sae.cfg.metadata.model_name == "gpt2", what
    assert sae.cfg.metadata.context_size == 64 and sae.cfg.metadata.prepend_bos is False, what
    assert sae.cfg.metadata.sae_lens_version, what
    return sae


def saelens_source(generator, name, folder, dtype, scaling, subtract):
    cls, config_cls = CLASSES[name]
    transcoding = "transcoder" in name
    fields = {"d_in": D, "d_sae": N, "dtype": "float32", "device": "cpu", "normalize_activations": scaling,
              "apply_b_dec_to_input": subtract and not transcoding}
    if transcoding:
        fields["d_out"] = D_OUT
    if name == "topk":
        fields.update(k=K, rescale_acts_by_decoder_norm=subtract)
    sae = cls(config_cls(**fields))
    state = random_weights(generator, {key: value.shape for key, value in sae.state_dict().items()})
    # What the type holds is what both sides get.
    sae.load_state_dict({key: value.to(dtype).float() for key, value in state.items()})
    sae.save_model(folder)
    if dtype != torch.float32:
        save_file({key: value.to(dtype) for key, value in state.items()},
                  os.path.join(folder, "sae_weights.safetensors"))
    return sae


def check_saelens(generator):
    scalings = ["none", "layer_norm", "constant_norm_rescale"]
    for name in CLASSES:
        cases = [(dtype, "none", True) for dtype in (torch.float32, torch.float16, torch.bfloat16, torch.float64)]
        if "skip" not in name:
            cases += [(torch.float32, scaling, subtract) for scaling in scalings for subtract in (True, False)]
        for dtype, scaling, subtract in cases:
            with tempfile.TemporaryDirectory() as folder:
                source = os.path.join(folder, "source")
                sae = saelens_source(generator, name, source, dtype, scaling, subtract)
                rows = torch.randn(ROWS, D, generator=generator) * 2 + 0.5
                wanted = computed(sae, rows)
                # TopK selects by the latents themselves, or has the norms in them already.
                norms = torch.ones(N) if name == "topk" else sae.W_dec.detach().norm(dim=1)
                what = f"{name}, {dtype}, {scaling}, {'with' if subtract else 'without'} b_dec"
                result = check(what, source, wanted, norms, rows, folder, name)
                if name != "topk" or subtract:
                    assert (result.W_dec.norm(dim=1) - 1).abs().max() < 1e-5, what
                print("ok", what)


def check_crosscoder(generator):
    """A ReLU crosscoder is `standard` over the inputs side by side, and stays one."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "source")
        sae = saelens_source(generator, "standard", source, torch.float32, "none", False)
        config = json.load(open(os.path.join(source, "cfg.json")))
        json.dump({**config, "n_inputs": 3}, open(os.path.join(source, "cfg.json"), "w"))
        rows = torch.randn(ROWS, D, generator=generator)
        check("crosscoder", source, computed(sae, rows), sae.W_dec.detach().norm(dim=1), rows, folder, "standard")
        assert json.load(open(os.path.join(folder, "converted", "cfg.json")))["n_inputs"] == 3
        print("ok crosscoder")


def check_dictionary_learning(generator):
    w = random_weights(generator, {"W_enc": (D, N), "b_enc": (N,), "W_dec": (N, D), "b_dec": (D,), "threshold": (N,),
                                   "b_gate": (N,), "b_mag": (N,), "r_mag": (N,)})
    layers = {"encoder.weight": w["W_enc"].T, "encoder.bias": w["b_enc"], "decoder.weight": w["W_dec"].T}
    plain = {"W_enc": w["W_enc"], "b_enc": w["b_enc"], "W_dec": w["W_dec"], "b_dec": w["b_dec"]}
    number, one = torch.tensor(K, dtype=torch.int32), torch.tensor(0.4)
    rows = torch.randn(ROWS, D, generator=generator)
    raw, centred = rows @ w["W_enc"], (rows - w["b_dec"]) @ w["W_enc"]

    def topk(values):
        best = values.topk(K, dim=1)
        return torch.zeros_like(values).scatter(1, best.indices, best.values)

    relu, pre = torch.relu, centred + w["b_enc"]
    gate = (centred + w["b_gate"] > 0) * relu(torch.exp(w["r_mag"]) * centred + w["b_mag"])
    cases = [
        ("AutoEncoder", "standard", {**layers, "bias": w["b_dec"]}, relu(pre)),
        ("AutoEncoderNew", "standard", {**layers, "decoder.bias": w["b_dec"]}, relu(raw + w["b_enc"])),
        ("GatedAutoEncoder", "gated",
         {"encoder.weight": w["W_enc"].T, "decoder.weight": w["W_dec"].T, "decoder_bias": w["b_dec"],
          "gate_bias": w["b_gate"], "mag_bias": w["b_mag"], "r_mag": w["r_mag"]}, gate),
        ("JumpReluAutoEncoder", "jumprelu", {**plain, "threshold": w["threshold"]},
         relu(raw + w["b_enc"]) * (raw + w["b_enc"] > w["threshold"])),
        ("AutoEncoderTopK", "topk", {**layers, "b_dec": w["b_dec"], "k": number, "threshold": one}, topk(relu(pre))),
        ("BatchTopKSAE", "jumprelu", {**layers, "b_dec": w["b_dec"], "k": number, "threshold": one},
         relu(pre) * (pre > 0.4)),
        ("MatryoshkaBatchTopKSAE", "jumprelu",
         {**plain, "k": number, "threshold": one, "group_sizes": torch.tensor([N // 2, N // 2])},
         relu(pre) * (pre > 0.4)),
    ]
    for name, architecture, tensors, latents in cases:
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "ae.safetensors")
            save_file({key: value.clone().contiguous() for key, value in tensors.items()}, source)
            json.dump({"trainer": {"dict_class": name, "k": K}, "buffer": {}},
                      open(os.path.join(folder, "config.json"), "w"))
            norms = torch.ones(N) if architecture == "topk" else w["W_dec"].norm(dim=1)
            check(name, source, (latents, latents @ w["W_dec"] + w["b_dec"]), norms, rows, folder, architecture)
            print("ok", name)


def check_gemma_scope(generator):
    for d_out, options in ((D, ()), (D, ("--hook-name-out", "blocks.3.hook_mlp_out")), (D_OUT, ())):
        w = random_weights(generator, {"W_enc": (D, N), "b_enc": (N,), "W_dec": (N, d_out), "b_dec": (d_out,),
                                       "threshold": (N,)})
        rows = torch.randn(ROWS, D, generator=generator)
        pre = rows @ w["W_enc"] + w["b_enc"]
        latents = torch.relu(pre) * (pre > w["threshold"])
        architecture = "jumprelu" if d_out == D and not options else "jumprelu_transcoder"
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "params.npz")
            numpy.savez(source, **{key: value.numpy() for key, value in w.items()})
            sae = check("Gemma Scope", source, (latents, latents @ w["W_dec"] + w["b_dec"]),
                        w["W_dec"].norm(dim=1), rows, folder, architecture, options)
            assert not options or sae.cfg.metadata.hook_name_out == options[1]
        print("ok Gemma Scope as", architecture)


def check_sparsify(generator):
    """SAELens has no TopK transcoder: those are compared with the reference alone."""
    for transcode, skip in ((False, False), (True, False), (True, True)):
        w = random_weights(generator, {"W_enc": (D, N), "b_enc": (N,), "W_dec": (N, D), "b_dec": (D,), "W_skip": (D, D)})
        rows = torch.randn(ROWS, D, generator=generator)
        pre = torch.relu((rows if transcode else rows - w["b_dec"]) @ w["W_enc"] + w["b_enc"])
        best = pre.topk(K, dim=1)
        latents = torch.zeros_like(pre).scatter(1, best.indices, best.values)
        result = latents @ w["W_dec"] + w["b_dec"] + (rows @ w["W_skip"].T if skip else 0)
        tensors = {"encoder.weight": w["W_enc"].T, "encoder.bias": w["b_enc"], "W_dec": w["W_dec"], "b_dec": w["b_dec"]}
        if skip:
            tensors["W_skip"] = w["W_skip"]
        with tempfile.TemporaryDirectory() as folder:
            save_file({key: value.clone().contiguous() for key, value in tensors.items()},
                      os.path.join(folder, "sae.safetensors"))
            json.dump({"activation": "topk", "expansion_factor": 4, "normalize_decoder": True, "num_latents": 0,
                       "k": K, "multi_topk": False, "skip_connection": skip, "transcode": transcode, "d_in": D},
                      open(os.path.join(folder, "cfg.json"), "w"))
            if not transcode:
                check("sparsify", folder, (latents, result), torch.ones(N), rows, folder, "topk")
            else:
                target = os.path.join(folder, "converted")
                agree("sparsify", reference(folder, rows, folder), (latents, result))
                run(ARCLIGHT, "convert", folder, target)
                agree("sparsify, converted", reference(target, rows, folder), (latents, result))
                wanted = "arclight_topk_skip_transcoder" if skip else "arclight_topk_transcoder"
                assert json.load(open(os.path.join(target, "cfg.json")))["architecture"] == wanted
        print("ok sparsify,", "transcode" if transcode else "plain", "with skip" if skip else "")


def check_pickle():
    """The line that a refused pickle's message gives is run as it stands."""
    with tempfile.TemporaryDirectory() as folder:
        pickle = os.path.join(folder, "ae.pt")
        torch.save({"bias": torch.ones(4), "k": torch.tensor(3)}, pickle)
        message = run(ARCLIGHT, "convert", pickle, os.path.join(folder, "x"), code=3).stderr
        line = message[message.index("python3 -c"):].strip().replace("python3", sys.executable, 1)
        subprocess.run(line, shell=True, check=True)
        assert sorted(load_file(os.path.join(folder, "ae.safetensors"))) == ["bias", "k"]
        print("ok the line that converts a pickle")


worst = {"latents": 0.0, "reconstruction": 0.0}
torch.set_num_threads(1)
chooser = torch.Generator().manual_seed(1)
with contextlib.redirect_stderr(io.StringIO()):
    check_saelens(chooser)
    check_crosscoder(chooser)
    check_dictionary_learning(chooser)
    check_gemma_scope(chooser)
    check_sparsify(chooser)
    check_pickle()
print("relative differences: latents %.2g, reconstructions %.2g" % (worst["latents"], worst["reconstruction"]))
