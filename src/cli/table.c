/* The commands and the options: the only place where they are listed. */
#include "cli/commands.h"
#include "cli/options.h"

#include <stddef.h>

#define FILES CLI_COMPLETE_FILE
#define FOLDERS CLI_COMPLETE_FOLDER

const char *const cli_summary =
    "sparse autoencoders, and how activations align with a basis, on any Vulkan device";

/* clang-format off: rows that a person wraps read better */

const struct cli_command cli_commands[] = {
    {
        .bit = CLI_INSPECT,
        .name = "inspect",
        .summary = "list the tensors of files, and with --check what their values are like",
        .usage = "FILE... [--check] [options]",
        .description =
            "Prints names, shapes, types and metadata of .safetensors, .npy and .npz files, or of those in a "
            "folder. With --check "
            "every value is read: NaN, Inf, zero rows and the distribution of the rows' norms.",
        .examples = {{"What is in a file", "arclight inspect activations.safetensors"},
                     {"Are there NaN or outliers in it", "arclight inspect activations.safetensors --check"}},
        .least_arguments = 1,
        .most_arguments = UINT32_MAX,
        .completion = FILES,
        .run = cli_run_inspect,
    },
    {
        .bit = CLI_SRM,
        .name = "srm",
        .summary = "measure how activations align with a basis (spotlight resonance)",
        .usage = "ACTIVATIONS... --out DIR [options]",
        .description = "ACTIVATIONS are .safetensors, .npy or .npz files, FILE:TENSOR where a file has "
                       "several tensors, or "
                       "folders of such files; several are shards of one set. In each plane that two basis "
                       "vectors span, a "
                       "spotlight (a cone around a direction) turns once, and the rows inside are counted at "
                       "each angle. Peaks "
                       "at the basis vectors mean alignment, peaks on the diagonals anti-alignment.\n\n"
                       "Into DIR go srm.json (everything that is not per plane), counts.npy, planes.csv and "
                       "resonance.png. The "
                       "counts of the standard basis are the same on every device.",
        .examples =
            {{"Analyse a file in the standard basis", "arclight srm activations.safetensors --out result"},
             {"Two thresholds, principal axes, ten thousand planes",
              "arclight srm activations.npy --basis pca:200 --epsilon 0.3,0.5 --planes 10000 --out result"},
             {"One tensor of several, its first thousand rows, one plane",
              "arclight srm model.safetensors:mlp15 --rows 0:1000 --planes 3:7 --members 20 --out result"}},
        .least_arguments = 1,
        .most_arguments = UINT32_MAX,
        .completion = FILES,
        .run = cli_run_srm,
    },
    {
        .bit = CLI_TRAIN,
        .name = "train",
        .summary = "train a sparse autoencoder on activations",
        .usage = "ACTIVATIONS... --out DIR --d-sae N [options]",
        .description = "ACTIVATIONS are files, FILE:TENSOR or folders, as for srm; several are shards of one "
                       "set (crosscoder: one "
                       "input each). Rows come in a shuffled order that depends on the seed alone, read "
                       "while the device computes. "
                       "Only the encoder's product is dense; everything else works on the active latents.\n\n"
                       "Into DIR go the autoencoder as SAELens reads it (cfg.json, sae_weights.safetensors, "
                       "sparsity.safetensors), config.json (the options in effect, which --config reads), "
                       "metrics.jsonl, "
                       "training.png and checkpoints. Ctrl-C finishes the step and writes one; --resume goes "
                       "on with the same "
                       "bits that the unbroken run would have had.",
        .examples =
            {{"TopK, 32 of 4,608 latents",
              "arclight train acts.safetensors --arch topk --k 32 --d-sae 4608 --epochs 16 --out run"},
             {"JumpReLU that ends at an L0 of 48, ten thousand rows kept back",
              "arclight train acts/ --arch jumprelu --target-l0 48 --d-sae 4608 --total-rows 5000000 "
              "--holdout "
              "10000 --out run"},
             {"Three at once on one stream of rows",
              "arclight train acts/ --k 32 --d-sae 4608 --epochs 4 --sweep k=16,32,64 --out sweep"},
             {"Go on after Ctrl-C or a crash", "arclight train --resume run"}},
        .least_arguments = 0,
        .most_arguments = UINT32_MAX,
        .completion = FILES,
        .run = cli_run_train,
    },
    {
        .bit = CLI_VIEW,
        .name = "view",
        .summary = "open a window on activations, a run, or a training while it goes on",
        .usage = "[ACTIVATIONS... | RUN-DIR] [--train] [options]",
        .description =
            "Draws what is in the device's memory: resonance of activations (a tensor [steps, rows, width], "
            "or "
            "a file of several matrices of one shape, is a film), the records of a run's folder, finished or "
            "going on, or with --train a training in this process, with all options of arclight train. "
            "Without "
            "arguments, or with --demo, the data that come with the program.\n\n"
            "Press ? in the window for all keys. They can be changed in arclight/keys.conf in the folder of "
            "XDG_CONFIG_HOME (or ~/.config), where the window's layout is remembered too; arclight man lists "
            "the "
            "actions' names.\n\n"
            "--headless draws the same frames without a display and writes them as PNG files; --script plays "
            "keys and mouse from a file, one event a line: FRAME key KEY, FRAME move X Y, FRAME "
            "press|release "
            "left|middle|right X Y [CLICKS], FRAME wheel X Y RIGHT UP, FRAME resize WIDTH HEIGHT [SCALE], "
            "FRAME type TEXT, FRAME leave|hide|show|close.",
        .examples = {{"Resonance of a file", "arclight view activations.safetensors"},
                     {"Watch a training, and take a hand in it",
                      "arclight view --train acts/ --arch topk --k 32 --d-sae 4608 --epochs 4 --out run"},
                     {"What a run has done", "arclight view run"},
                     {"Ninety frames without a display",
                      "arclight view activations.npy --headless --frames 90 --out frames"}},
        .least_arguments = 0,
        .most_arguments = UINT32_MAX,
        .completion = FILES,
        .run = cli_run_view,
    },
    {
        .bit = CLI_EVAL,
        .name = "eval",
        .summary = "measure a sparse autoencoder on activations",
        .usage = "SAE ACTIVATIONS... [--out DIR] [options]",
        .description =
            "SAE is a folder or a file that arclight convert can read. Prints explained variance about the "
            "mean of the whole set (and FVU, which is 1 less it), the form of older tools under its own "
            "name, "
            "squared error, cosine, shrinkage, L0, L1, dead and dense latents, and what the weights say of "
            "their directions. Names are those of SAELens. Rows whose norm exceeds ten times the median are "
            "left out, counted, and the values with them are given beside. Of a crosscoder ACTIVATIONS are "
            "its "
            "inputs, an argument each, here as in encode and latents, or files of rows that hold all of "
            "them.\n\n"
            "Into DIR go eval.json, feature_densities.npy, features.safetensors (every number a latent) and "
            "eval.png; with --compare also matches.csv.",
        .examples = {{"A table", "arclight eval sae activations.safetensors:activations --rows 57344:65536"},
                     {"Files, and another autoencoder's directions beside it",
                      "arclight eval sae activations.safetensors:activations --compare sae2 --out result"}},
        .least_arguments = 2,
        .most_arguments = UINT32_MAX,
        .completion = FILES,
        .run = cli_run_eval,
    },
    {
        .bit = CLI_LATENTS,
        .name = "latents",
        .summary = "show the contexts in which each latent is active, as a page for the browser",
        .usage = "SAE ACTIVATIONS... --tokens FILE:TENSOR --vocab FILE --out DIR [options]",
        .description =
            "For each latent: density, histogram of values, the contexts where it is most active, examples "
            "from "
            "all of its range, its nearest neighbours among the decoder's directions, and with --unembed the "
            "tokens it raises and lowers most.\n\n"
            "Into DIR go latents.html, one page that needs no network, and latents.json, the same for "
            "programs. "
            "Rows above the bound of --max-norm are left out. The rows are read twice; memory goes with "
            "latents "
            "times contexts, not with rows.",
        .examples = {{"A page", "arclight latents sae rows.npy --tokens tokens.npy --positions positions.npy "
                                "--vocab vocab.json --out "
                                "result"},
                     {"Three latents", "arclight latents sae rows.npy --tokens tokens.npy --vocab vocab.json "
                                       "--latents 3,17,512 --out result"}},
        .least_arguments = 2,
        .most_arguments = UINT32_MAX,
        .completion = FILES,
        .run = cli_run_latents,
    },
    {
        .bit = CLI_ENCODE,
        .name = "encode",
        .summary = "write the active latents of activations",
        .usage = "SAE ACTIVATIONS... --out FILE [--dense] [options]",
        .description =
            "FILE is a .safetensors in compressed sparse row form: row r has the entries row_offsets[r] to "
            "row_offsets[r + 1] of indices and values, in ascending order of index; d_sae, width and rows "
            "are in "
            "its metadata. With --dense it holds one tensor, latents [rows, d_sae]. Rows are streamed; the "
            "values "
            "wait in a temporary file beside FILE until their number is known. A row with NaN or Inf has no "
            "latents, and is counted.",
        .examples = {{"Active latents",
                      "arclight encode sae activations.safetensors:activations --out latents.safetensors"},
                     {"The first thousand rows as a matrix",
                      "arclight encode sae activations.npy --rows 0:1000 --dense --out latents.safetensors"}},
        .least_arguments = 2,
        .most_arguments = UINT32_MAX,
        .completion = FILES,
        .run = cli_run_encode,
    },
    {
        .bit = CLI_DECODE,
        .name = "decode",
        .summary = "write what latents stand for",
        .usage = "SAE FILE[:TENSOR] --out FILE [options]",
        .description = "Reads what encode writes, in either form, or any matrix [rows, d_sae] as "
                       "FILE:TENSOR, and writes "
                       "the tensor reconstruction [rows, d_out]. Skip transcoders, and autoencoders whose "
                       "input is scaled row "
                       "by row, need the input rows too: --input.",
        .examples = {{"Reconstructions",
                      "arclight decode sae latents.safetensors --out reconstruction.safetensors"}},
        .least_arguments = 2,
        .most_arguments = 2,
        .completion = FILES,
        .run = cli_run_decode,
    },
    {
        .bit = CLI_CONVERT,
        .name = "convert",
        .summary = "write an autoencoder of any tool as a SAELens folder",
        .usage = "SRC DST [options]",
        .description =
            "SRC is a folder of SAELens (cfg.json, sae_weights.safetensors), sparsify (cfg.json, "
            "sae.safetensors) or dictionary_learning (config.json, ae.safetensors), the .safetensors in one, "
            "or a params.npz of Gemma Scope. Pickles (.pt) are refused, with the line that converts them.\n\n"
            "DST becomes a folder that SAELens 6 loads: weights in f32, decoder rows of norm 1 with the "
            "norms "
            "folded into the encoder, thresholds too. What SAELens has no class for (TopK and gated "
            "transcoders, crosscoders that are not ReLU) stands in the same form under an architecture that "
            "begins with arclight_. Metadata of SRC are kept; SAELens wants the hook's name to run the "
            "autoencoder in a model.",
        .examples = {{"A Gemma Scope autoencoder",
                      "arclight convert params.npz folder --model-name gemma-2-2b "
                      "--hook-name blocks.20.hook_resid_post"},
                     {"One of dictionary_learning, its ae.pt converted before",
                      "arclight convert trainer_0/ae.safetensors folder"}},
        .least_arguments = 2,
        .most_arguments = 2,
        .completion = FILES,
        .run = cli_run_convert,
    },
    {
        .bit = CLI_DEVICES,
        .name = "devices",
        .summary = "list the Vulkan devices, their limits and the level each kernel would run at",
        .usage = "[options]",
        .description =
            "The order is that of preference: discrete, integrated, virtual, CPU. The first one is used "
            "when --device names none.",
        .examples = {{"A table", "arclight devices"},
                     {"Everything, for a script", "arclight devices --json"}},
        .run = cli_run_devices,
    },
    {
        .bit = CLI_SELFTEST,
        .name = "selftest",
        .summary = "run kernels against their references on this machine's device",
        .usage = "[options]",
        .description =
            "Each kernel runs at each level that the device allows, and the result is compared with one "
            "made on the CPU. The program leaves with 4 when any differs.",
        .examples = {{"The device that would be used", "arclight selftest"},
                     {"Every device there is", "arclight selftest --device all"},
                     {"As a device with little shared memory would do",
                      "arclight selftest --limits shared_bytes=16384"}},
        .run = cli_run_selftest,
    },
    {
        .bit = CLI_BENCH,
        .name = "bench",
        .summary = "time kernels beside the device's own floor",
        .usage = "[NAME...] [options]",
        .description =
            "NAME is the beginning of a benchmark's name; all of them when none is given. Each is warmed "
            "up and repeated; median and spread (interquartile range) of the time are printed beside the "
            "floor: the time the device needs for the same bytes at its measured copy bandwidth, or for "
            "the same operations at its measured multiply-add peak. A CPU device is used only when "
            "--device names it.",
        .examples = {{"Everything", "arclight bench"},
                     {"What there is", "arclight bench --list"},
                     {"Matrix products on a CPU device", "arclight bench linalg_matmul --device llvmpipe"}},
        .most_arguments = UINT32_MAX,
        .completion = CLI_COMPLETE_NOTHING,
        .run = cli_run_bench,
    },
    {
        .bit = CLI_COMPLETION,
        .name = "completion",
        .summary = "print the completion script of a shell",
        .usage = "bash|zsh|fish",
        .description = "cmake --install puts these scripts where the shells look for them.",
        .examples = {{"In this shell, now", "source <(arclight completion bash)"}},
        .least_arguments = 1,
        .most_arguments = 1,
        .completion = CLI_COMPLETE_WORDS,
        .words = "bash zsh fish",
        .run = cli_run_completion,
    },
    {
        .bit = CLI_MAN,
        .name = "man",
        .summary = "print the manual page in roff",
        .usage = "",
        .description = "Made of the same table as this help.",
        .examples = {{"Read it without installing", "arclight man | man -l -"}},
        .run = cli_run_man,
    },
    {
        .bit = CLI_HELP,
        .name = "help",
        .summary = "explain the program or one command",
        .usage = "[COMMAND]",
        .description = "The same as --help.",
        .examples = {{"All options of a command", "arclight help srm"}},
        .most_arguments = 1,
        .completion = CLI_COMPLETE_WORDS,
        .words =
            "inspect srm train view eval latents encode decode convert devices selftest bench completion man "
            "help version",
        .run = cli_run_help,
    },
    {
        .bit = CLI_VERSION,
        .name = "version",
        .summary = "print the version, what it was built with, and the devices' drivers",
        .usage = "",
        .description = "The same as --version. With --json, for a script.",
        .examples = {{"For a bug report", "arclight version"}},
        .run = cli_run_version,
    },
    {.name = NULL},
};

/* Largest whole number that JSON readers keep exact (2^53 - 1). */
#define EXACT 9007199254740991.0

/* Help and manual put the options of a group under one heading, groups in the order of their first options:
 * what a command is about comes first, what all have in common last. */
const struct cli_option cli_options[] = {
/* ---- view ---- */
#include "cli/view_options.def"
/* ---- train ---- */
#include "cli/train_options.def"
    /* ---- what is written ---- */
    {.name = "out",
     .letter = 'o',
     .kind = CLI_KIND_TEXT,
     .placeholder = "DIR",
     .completion = FOLDERS,
     .commands = CLI_SRM | CLI_WITH_SAE | CLI_TRAIN | CLI_VIEW,
     .group = "Output",
     .help =
         "Folder for the results; made when missing. Of encode and decode the file; of view --headless the "
         "frames' folder, of view --train the run's, otherwise that of pictures and numbers saved in the "
         "window. Required, but not by eval and view."},
    {.name = "max-counts",
     .kind = CLI_KIND_TEXT,
     .placeholder = "BYTES",
     .standard = "1GiB",
     .commands = CLI_SRM,
     .group = "Output",
     .help = "Leave out counts.npy when it would be larger (suffixes KiB, MiB, GiB); top-counts.npy then "
             "holds the "
             "1,024 best planes."},
    {.name = "members",
     .kind = CLI_KIND_INTEGER,
     .placeholder = "COUNT",
     .standard = "0",
     .maximum = 1000000,
     .commands = CLI_SRM,
     .group = "Output",
     .help = "List up to this many row numbers in the cone at the peak of each of the 32 best "
             "planes."},
    {.name = "panels",
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_SRM,
     .group = "Output",
     .help = "Write each panel of the picture as a file of its own, too."},
    {.name = "theme",
     .kind = CLI_KIND_CHOICE,
     .placeholder = "dark|light",
     .standard = "dark",
     .commands = CLI_SRM | CLI_EVAL | CLI_TRAIN | CLI_VIEW,
     .group = "Output",
     .help = "Background of the pictures, and of the window."},
    {.name = "scale",
     .kind = CLI_KIND_REAL,
     .placeholder = "S",
     .standard = "1",
     .minimum = 0.25,
     .maximum = 8,
     .commands = CLI_SRM | CLI_EVAL | CLI_TRAIN | CLI_VIEW,
     .group = "Output",
     .help = "Size of the pictures: letters, lines and all, 0.25 to 8. Of view --headless: pixels a unit."},
    {.name = "no-picture",
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_SRM | CLI_EVAL | CLI_TRAIN,
     .group = "Output",
     .help = "Write numbers only."},
    /* ---- srm: the method ---- */
    {.name = "basis",
     .kind = CLI_KIND_TEXT,
     .placeholder = "BASIS",
     .standard = "standard",
     .completion = FILES,
     .commands = CLI_SRM | CLI_VIEW,
     .group = "Method",
     .help = "standard; FILE[:TENSOR], whose rows are the vectors (any number, normalised here); "
             "pca[:COUNT], the "
             "principal axes of the rows; random[:SEED], a Haar rotation; sae:DIR[:decoder|encoder], the "
             "directions of a sparse autoencoder, one a latent."},
    {.name = "epsilon",
     .letter = 'e',
     .kind = CLI_KIND_LIST,
     .placeholder = "auto|E[,E...]",
     .standard = "auto",
     .commands = CLI_SRM | CLI_VIEW,
     .group = "Method",
     .help = "Cosine of the spotlight's half-angle, -1 to 1; several are measured in one pass. auto, for "
             "width d, is "
             "sqrt(1 - 0.01^(2/(d-2))) held within 0.05 and 0.9: about one row in a hundred then reaches a "
             "plane."},
    {.name = "angles",
     .letter = 'a',
     .kind = CLI_KIND_INTEGER,
     .placeholder = "A",
     .standard = "360",
     .minimum = 4,
     .maximum = 4000,
     .commands = CLI_SRM | CLI_VIEW,
     .group = "Method",
     .help = "Directions a turn, 4 to 4000; the end point is not repeated. A multiple of 8 has axes and "
             "diagonals on "
             "the grid."},
    {.name = "pairs",
     .kind = CLI_KIND_CHOICE,
     .placeholder = "comb|perm",
     .standard = "comb",
     .commands = CLI_SRM,
     .group = "Method",
     .help =
         "comb: each pair of basis vectors once (i < j). perm: both orders, so that the mean is symmetric."},
    {.name = "planes",
     .letter = 'p',
     .kind = CLI_KIND_LIST,
     .placeholder = "all|COUNT|i:j[,...]|together[:COUNT]",
     .standard = "all",
     .commands = CLI_SRM | CLI_VIEW,
     .group = "Method",
     .help = "All planes, a seeded sample of COUNT, or these pairs of basis vectors (from 0). "
             "together[:COUNT], with "
             "--basis sae:, takes the pairs of latents that are active in the same rows most often, 1,000 of "
             "them "
             "unless told."},
    {.name = "signed",
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_SRM,
     .group = "Method",
     .help = "Curves and statistics subtract the rows in the opposite cone; wants an even number of angles. "
             "counts.npy stays unsigned."},
    {.name = "control",
     .kind = CLI_KIND_INTEGER,
     .placeholder = "K",
     .standard = "1",
     .defaults = "1; of view 4, where a processor follows steps 2",
     .maximum = 100,
     .commands = CLI_SRM | CLI_VIEW,
     .group = "Method",
     .help = "Random rotations of the basis to compare with, 0 to 64. Without any, no q value is given."},
    {.name = "seed",
     .kind = CLI_KIND_INTEGER,
     .placeholder = "SEED",
     .standard = "0",
     .defaults = "0; of train 42",
     .maximum = EXACT,
     .commands = CLI_SRM | CLI_TRAIN | CLI_VIEW,
     .group = "Method",
     .help = "Of sampled planes, random bases and controls. Of train: the first weights and the order of "
             "rows."},
    {.name = "labels",
     .kind = CLI_KIND_TEXT,
     .placeholder = "FILE:TENSOR",
     .completion = FILES,
     .commands = CLI_SRM,
     .group = "Method",
     .help = "Whole numbers, one a row: one mean curve a label value."},
    /* ---- rows ---- */
    {.name = "rows",
     .letter = 'r',
     .kind = CLI_KIND_TEXT,
     .placeholder = "FROM:TO",
     .commands = CLI_ON_ROWS | CLI_INSPECT | CLI_DECODE,
     .group = "Rows",
     .help =
         "Only rows FROM to TO - 1, counted from 0 over all files; either may be left out. inspect checks "
         "these rows of each tensor; of decode they are rows of --input."},
    {.name = "step",
     .kind = CLI_KIND_INTEGER,
     .placeholder = "STEP",
     .maximum = EXACT,
     .commands = CLI_ON_ROWS | CLI_DECODE,
     .group = "Rows",
     .help = "The step to take of a tensor [steps, rows, width], counted from 0."},
    {.name = "center",
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_SRM,
     .group = "Rows",
     .help = "Subtract the mean row first (made in double precision)."},
    {.name = "strict",
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_ON_ROWS & ~(CLI_TRAIN | CLI_VIEW),
     .group = "Rows",
     .help = "Refuse rows with NaN or Inf instead of leaving them out and counting them."},
    {.name = "check",
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_INSPECT,
     .group = "Rows",
     .help = "Read every value: count NaN, Inf and zero rows, and give the distribution of the norms."},
    /* ---- autoencoders' metadata ---- */
    {.name = "model-name",
     .kind = CLI_KIND_TEXT,
     .placeholder = "NAME",
     .commands = CLI_CONVERT | CLI_TRAIN | CLI_VIEW,
     .group = "Metadata",
     .help = "The language model that the activations are from, as TransformerLens names it."},
    {.name = "hook-name",
     .kind = CLI_KIND_TEXT,
     .placeholder = "HOOK",
     .commands = CLI_CONVERT | CLI_TRAIN | CLI_VIEW,
     .group = "Metadata",
     .help = "Where in the model they are from, such as blocks.15.hook_resid_post."},
    {.name = "hook-name-out",
     .kind = CLI_KIND_TEXT,
     .placeholder = "HOOK",
     .commands = CLI_CONVERT | CLI_TRAIN | CLI_VIEW,
     .group = "Metadata",
     .help = "Where a transcoder's output belongs."},
    {.name = "context-size",
     .kind = CLI_KIND_INTEGER,
     .placeholder = "TOKENS",
     .minimum = 1,
     .maximum = EXACT,
     .commands = CLI_CONVERT | CLI_TRAIN | CLI_VIEW,
     .group = "Metadata",
     .help = "Length of the contexts that the model read."},
    {.name = "prepend-bos",
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_CONVERT | CLI_TRAIN | CLI_VIEW,
     .group = "Metadata",
     .help = "Each context began with the beginning-of-sequence token; --prepend-bos=no: it did not."},
    /* ---- trained autoencoders ---- */
    {.name = "max-norm",
     .kind = CLI_KIND_REAL,
     .placeholder = "MULTIPLE",
     .standard = "10",
     .maximum = 1e30,
     .commands = CLI_EVAL | CLI_LATENTS | CLI_TRAIN | CLI_VIEW,
     .group = "Rows",
     .help =
         "Leave out rows whose norm exceeds this multiple of the median norm, and count them; 0 leaves out "
         "none. Of several inputs (crosscoder, --target) the first one's norms count."},
    {.name = "target",
     .kind = CLI_KIND_TEXT,
     .placeholder = "FILE:TENSOR",
     .completion = FILES,
     .commands = CLI_EVAL | CLI_TRAIN | CLI_VIEW,
     .group = "Rows",
     .help = "Of a transcoder: the rows to be predicted, as many as there are input rows."},
    {.name = "positions",
     .kind = CLI_KIND_TEXT,
     .placeholder = "FILE:TENSOR",
     .completion = FILES,
     .commands = CLI_EVAL | CLI_LATENTS | CLI_VIEW,
     .group = "Rows",
     .help = "Each row's position in its document: a row whose position is not one more than that of the row "
             "before begins another. Contexts do not cross documents, and eval gives "
             "consistent_activation_heuristic."},
    {.name = "compare",
     .kind = CLI_KIND_TEXT,
     .placeholder = "SAE2",
     .completion = FILES,
     .commands = CLI_EVAL,
     .group = "Method",
     .help = "Another autoencoder: mean greatest cosine of the decoders' directions (MMCS) both ways, and "
             "pairs of "
             "latents: the best assignment up to 1,024 latents, greedy above."},
    {.name = "dense",
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_ENCODE,
     .group = "Output",
     .help = "Write the whole matrix of latents."},
    {.name = "input",
     .kind = CLI_KIND_TEXT,
     .placeholder = "ACTIVATIONS",
     .completion = FILES,
     .commands = CLI_DECODE,
     .group = "Rows",
     .help = "The rows that were encoded: FILE, FILE:TENSOR or a folder."},
    {.name = "tokens",
     .kind = CLI_KIND_TEXT,
     .placeholder = "FILE:TENSOR",
     .completion = FILES,
     .commands = CLI_LATENTS | CLI_VIEW,
     .group = "Rows",
     .help = "Each row's token number. Required by latents; of view with --train, or a run's folder and its "
             "rows, for texts."},
    {.name = "vocab",
     .kind = CLI_KIND_TEXT,
     .placeholder = "FILE",
     .completion = FILES,
     .commands = CLI_LATENTS | CLI_VIEW,
     .group = "Rows",
     .help =
         "JSON with the text of each token: an array in order of number, or an object from text to number. "
         "Required by latents; of view with --tokens."},
    {.name = "latents",
     .kind = CLI_KIND_LIST,
     .placeholder = "N[:M][,...]",
     .commands = CLI_LATENTS,
     .group = "Method",
     .help = "Only these latents: numbers, and ranges whose end is not counted in."},
    {.name = "contexts",
     .kind = CLI_KIND_INTEGER,
     .placeholder = "COUNT",
     .standard = "8",
     .minimum = 1,
     .maximum = 64,
     .commands = CLI_LATENTS,
     .group = "Method",
     .help = "Top contexts of each latent, and as many examples from its range, 1 to 64."},
    {.name = "window",
     .kind = CLI_KIND_INTEGER,
     .placeholder = "TOKENS",
     .standard = "24",
     .minimum = 1,
     .maximum = 512,
     .commands = CLI_LATENTS,
     .group = "Method",
     .help = "Length of a context: two thirds of it before the token, the rest behind, 1 to 512."},
    {.name = "unembed",
     .kind = CLI_KIND_TEXT,
     .placeholder = "FILE:TENSOR",
     .completion = FILES,
     .commands = CLI_LATENTS,
     .group = "Method",
     .help =
         "The model's unembedding, [vocabulary, width] or [width, vocabulary]: which tokens each direction "
         "raises and lowers most (the model's last normalisation is left out)."},
    /* ---- bench ---- */
    {.name = "list",
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_BENCH,
     .group = "Timing",
     .help = "Print the benchmarks' names and what each does, and run none."},
    {.name = "kernels",
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_BENCH,
     .group = "Timing",
     .help = "Say what each kernel of a benchmark takes: mean time of a run, share, dispatches."},
    {.name = "repetitions",
     .letter = 'n',
     .kind = CLI_KIND_INTEGER,
     .placeholder = "N",
     .standard = "15",
     .minimum = 3,
     .maximum = 10000,
     .commands = CLI_BENCH,
     .group = "Timing",
     .help = "Timed runs of each benchmark, 3 to 10000, after the warm-up."},
    /* ---- device ---- */
    {.name = "device",
     .letter = 'd',
     .kind = CLI_KIND_TEXT,
     .placeholder = "D",
     .commands = CLI_ON_DEVICE,
     .group = "Device",
     .help =
         "Index, part of the name, or UUID of the device (see arclight devices); selftest also takes all. "
         "Without it the first one is used."},
    {.name = "limits",
     .kind = CLI_KIND_LIST,
     .placeholder = "KEY=VALUE[,...]",
     .commands = CLI_ON_DEVICE | CLI_DEVICES,
     .group = "Device",
     .help = "Force capabilities down, to imitate a smaller device or to keep a driver's path out of use. "
             "arclight "
             "help devices lists the keys."},
    {.name = "submission-ms",
     .kind = CLI_KIND_REAL,
     .placeholder = "MS",
     .standard = "50",
     .minimum = 1,
     .maximum = 250,
     .commands = CLI_ON_DEVICE,
     .group = "Device",
     .help = "Longest piece of work given to the device at once, in milliseconds, 1 to 250. Lower it when "
             "the desktop "
             "stutters or a watchdog ends the work."},
    /* ---- general ---- */
    {.name = "json",
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_INSPECT | CLI_CONVERT | CLI_ON_DEVICE | CLI_DEVICES | CLI_VERSION,
     .group = "General",
     .help = "Print results as JSON."},
    {.name = "quiet",
     .letter = 'q',
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_EVERY,
     .group = "General",
     .help = "Say nothing on standard error but errors; no progress."},
    {.name = "verbose",
     .letter = 'v',
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_EVERY,
     .group = "General",
     .help = "Say more on standard error."},
    {.name = "no-color",
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_EVERY,
     .group = "General",
     .help = "No colour; so does NO_COLOR in the environment, and output that is not a terminal."},
    {.name = "help",
     .letter = 'h',
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_EVERY,
     .without_environment = true,
     .group = "General",
     .help = "Explain the program or the command."},
    {.name = "version",
     .kind = CLI_KIND_FLAG,
     .placeholder = "",
     .commands = CLI_EVERY,
     .without_environment = true,
     .group = "General",
     .help = "Print version, build and drivers."},
    {.name = NULL},
};
