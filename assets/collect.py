#!/usr/bin/env python3
"""Records the activations of a Hugging Face language model as shards that Arclight reads.

    python3 collect.py --model HuggingFaceTB/SmolLM2-135M --list
    python3 collect.py --model HuggingFaceTB/SmolLM2-135M --module model.layers.15.mlp.down_proj --side input \\
            --text book.txt --rows 100000 --out activations
    arclight srm activations --out result

The text is cut into contexts of --context tokens (each begins with the tokenizer's first token, where it has one).
While the model reads them, a forward hook on --module copies what goes into it or comes out of it. The folder --out
receives shard-00000.safetensors and so on, each with

    activations   [rows, width]   float16 or float32, one row a token
    tokens        [rows]          int32, the token at that row
    positions     [rows]          int32, its place in its context, from 0

and with the model, module, side and texts as metadata. Rows of position 0 are left out unless --first-position 0
is given: many models park a vector of enormous norm there, which drowns every statistic.

Which module? The residual stream after a block is the block's output (model.layers.15 in Llama-like models,
transformer.h.15 in GPT-2). The MLP's neurons, a basis that means something by itself, are the input of the MLP's
last linear map (model.layers.15.mlp.down_proj, transformer.h.15.mlp.c_proj). --list prints every module's name.

Needs torch, transformers, safetensors and numpy; Arclight itself needs none of them, nor this file.
"""

import argparse
import pathlib
import sys

FLOAT16_MAX = 65504.0


class Recorded(Exception):
    """Raised by the hook: the rest of the forward pass would be work for nothing."""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="name on the hub, or a local folder")
    parser.add_argument("--revision", help="branch, tag or commit of the model (default: its main branch)")
    parser.add_argument("--list", action="store_true", help="print the model's module names and stop")
    parser.add_argument("--module", help="dotted name of the module to record")
    parser.add_argument("--side", choices=["output", "input"], default="output", help="what to copy (default: output)")
    parser.add_argument("--text", type=pathlib.Path, nargs="+", help="UTF-8 text files, read in this order")
    parser.add_argument("--out", type=pathlib.Path, help="folder for the shards; made if missing, must hold none yet")
    parser.add_argument("--rows", type=int, help="stop after this many rows (default: all of the text)")
    parser.add_argument("--shard-rows", type=int, default=65536, help="rows a shard (default: %(default)s)")
    parser.add_argument("--context", type=int, default=256, help="tokens a context (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=8, help="contexts a forward pass (default: %(default)s)")
    parser.add_argument("--first-position", type=int, default=1, metavar="P",
                        help="leave out positions below P of each context (default: %(default)s)")
    parser.add_argument("--dtype", choices=["float16", "float32"], default="float16",
                        help="stored type (default: %(default)s); the model itself runs in float32")
    parser.add_argument("--device", default=None, help="torch device (default: cuda where there is one, else cpu)")
    options = parser.parse_args()
    if not options.list:
        absent = [f"--{name}" for name in ("module", "text", "out") if getattr(options, name) is None]
        if absent:
            parser.error("needed unless --list is given: " + ", ".join(absent))
    for name in ("rows", "shard_rows", "context", "batch"):
        value = getattr(options, name)
        if value is not None and value < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    if not 0 <= options.first_position < options.context:
        parser.error("--first-position must lie within the context")
    return options


def contexts(tokenizer, files, length):
    """Yields lists of at most `length` token numbers. A context does not reach over the end of a file."""
    first = [tokenizer.bos_token_id] if tokenizer.bos_token_id is not None else []
    body = length - len(first)
    if body < 1:
        sys.exit("--context leaves no room beside the tokenizer's first token")
    for file in files:
        tokens = tokenizer.encode(file.read_text(encoding="utf-8"), add_special_tokens=False)
        for begin in range(0, len(tokens), body):
            yield first + tokens[begin : begin + body]


def batches(items, size):
    """Yields lists of up to `size` contexts of equal length, so that no batch needs padding."""
    batch = []
    for item in items:
        if batch and (len(batch) == size or len(item) != len(batch[0])):
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def one_tensor(value):
    """Linear maps pass a tensor; blocks pass several things of which the first is the hidden state."""
    return value if hasattr(value, "ndim") else value[0]


class Recorder:
    """A forward hook that keeps the last [contexts, tokens, width] tensor that passed its module."""

    def __init__(self, module, side):
        self.value = None
        if side == "output":
            self.handle = module.register_forward_hook(self.on_output)
        else:
            self.handle = module.register_forward_pre_hook(self.on_input)

    def on_output(self, module, inputs, output):
        self.value = one_tensor(output)
        raise Recorded

    def on_input(self, module, inputs):
        self.value = inputs[0] if inputs else None
        raise Recorded

    def record(self, model, tokens):
        import torch

        self.value = None
        with torch.inference_mode():
            try:
                model(input_ids=tokens, use_cache=False)
            except Recorded:
                pass
        if self.value is None or self.value.ndim != 3 or self.value.shape[:2] != tokens.shape:
            shape = None if self.value is None else tuple(self.value.shape)
            sys.exit(f"the module passes {shape}, expected [contexts, tokens, width]; choose another (--list)")
        return self.value.float().cpu()


class Shards:
    """Gathers rows and writes a file whenever enough are there."""

    def __init__(self, options, metadata):
        self.options = options
        self.metadata = metadata
        self.blocks = []
        self.held = 0
        self.written = 0
        self.count = 0

    def rows(self):
        return self.held + self.written

    def add(self, activations, tokens, positions):
        """activations [rows, width] float32, tokens and positions [rows] int32, all numpy."""
        self.blocks.append((activations, tokens, positions))
        self.held += len(tokens)
        while self.held >= self.options.shard_rows:
            self.write(self.options.shard_rows)

    def write(self, rows):
        import numpy
        from safetensors.numpy import save_file

        whole = [numpy.concatenate(parts) for parts in zip(*self.blocks)]
        activations, tokens, positions = (part[:rows] for part in whole)
        self.blocks = [tuple(part[rows:] for part in whole)]
        self.held -= rows
        largest = float(numpy.abs(activations).max())
        if self.options.dtype == "float16" and largest > FLOAT16_MAX:
            sys.exit(f"an activation of {largest:g} does not fit float16: use --dtype float32")
        path = self.options.out / f"shard-{self.count:05}.safetensors"
        partial = path.with_suffix(".partial")
        tensors = {
            "activations": numpy.ascontiguousarray(activations.astype(self.options.dtype)),
            "tokens": numpy.ascontiguousarray(tokens),
            "positions": numpy.ascontiguousarray(positions),
        }
        save_file(tensors, str(partial), metadata=self.metadata)
        partial.replace(path)
        self.count += 1
        self.written += rows
        print(f"{path}: {rows} rows of {activations.shape[1]}")

    def finish(self):
        if self.held:
            self.write(self.held)


def collect(options, model, tokenizer, device):
    import numpy
    import torch

    modules = dict(model.named_modules())
    if options.module not in modules:
        sys.exit(f"the model has no module {options.module!r}; --list prints their names")
    options.out.mkdir(parents=True, exist_ok=True)
    if any(options.out.glob("shard-*.safetensors")):
        sys.exit(f"{options.out} holds shards already; name another folder, or remove them")

    recorder = Recorder(modules[options.module], options.side)
    shards = Shards(options, {
        "model": options.model,
        "revision": options.revision or "main",
        "module": options.module,
        "side": options.side,
        "context": str(options.context),
        "first_position": str(options.first_position),
        "texts": ", ".join(file.name for file in options.text),
    })
    for batch in batches(contexts(tokenizer, options.text, options.context), options.batch):
        tokens = torch.tensor(batch, dtype=torch.long, device=device)
        kept = slice(options.first_position, None)
        activations = recorder.record(model, tokens)[:, kept].flatten(0, 1).numpy()
        numbers = numpy.asarray(batch, dtype=numpy.int32)
        positions = numpy.broadcast_to(numpy.arange(numbers.shape[1], dtype=numpy.int32), numbers.shape)
        left = len(activations) if options.rows is None else options.rows - shards.rows()
        shards.add(activations[:left], numbers[:, kept].reshape(-1)[:left], positions[:, kept].reshape(-1)[:left])
        if options.rows is not None and shards.rows() >= options.rows:
            break
    shards.finish()
    if shards.rows() == 0:
        sys.exit("the texts gave no rows")
    print(f"{shards.rows()} rows in {shards.count} file{'s' * (shards.count > 1)}: arclight srm {options.out} --out DIR")


def main():
    options = parse_arguments()
    try:
        import numpy  # noqa: F401
        import safetensors  # noqa: F401
        import torch
        import transformers
    except ImportError as error:
        sys.exit(f"{error}: pip install torch transformers safetensors numpy")

    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    model = transformers.AutoModelForCausalLM.from_pretrained(options.model, revision=options.revision)
    model = model.float().eval().to(device)
    if options.list:
        for name, module in model.named_modules():
            print(f"{name}  ({type(module).__name__})")
        return
    tokenizer = transformers.AutoTokenizer.from_pretrained(options.model, revision=options.revision)
    collect(options, model, tokenizer, device)


if __name__ == "__main__":
    main()
