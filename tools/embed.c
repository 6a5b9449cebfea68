/* Build tool: writes one C file that holds the SPIR-V modules of one shader.
 *   embed OUT.c SHADER_NAME LEVEL FILE.spv [LEVEL FILE.spv ...]
 * LEVEL is an enumerator of enum gpu_level without its prefix, in lower case; a draw gives `floor` twice, the
 * vertex stage first. */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static size_t write_words(FILE *out, const char *path, int number)
{
    FILE *in = fopen(path, "rb");
    if (!in) {
        fprintf(stderr, "embed: cannot open %s\n", path);
        exit(1);
    }
    fprintf(out, "static const uint32_t words_%d[] = {", number);
    unsigned char bytes[4];
    size_t words = 0;
    while (fread(bytes, 1, 4, in) == 4) {
        uint32_t word = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                        (uint32_t)bytes[3] << 24;
        fprintf(out, "%s0x%08x,", words % 8 ? " " : "\n    ", word);
        words++;
    }
    fprintf(out, "\n};\n\n");
    fclose(in);
    return words;
}

int main(int argc, char **argv)
{
    if (argc < 5 || argc % 2 == 0) {
        fprintf(stderr, "usage: embed OUT.c SHADER_NAME LEVEL FILE.spv [LEVEL FILE.spv ...]\n");
        return 2;
    }
    FILE *out = fopen(argv[1], "w");
    if (!out) {
        fprintf(stderr, "embed: cannot write %s\n", argv[1]);
        return 1;
    }
    fprintf(out, "/* Made by the build from the shader; do not edit. */\n#include \"gpu/kernel.h\"\n\n");
    int modules = (argc - 3) / 2;
    for (int i = 0; i < modules; i++)
        write_words(out, argv[4 + 2 * i], i);
    fprintf(out, "static const struct gpu_module modules[] = {\n");
    for (int i = 0; i < modules; i++) {
        fprintf(out, "    {GPU_LEVEL_");
        for (const char *c = argv[3 + 2 * i]; *c; c++)
            fputc(toupper((unsigned char)*c), out);
        fprintf(out, ", words_%d, sizeof words_%d},\n", i, i);
    }
    fprintf(out, "};\n\nextern const struct gpu_shader %s_shader;\n", argv[2]);
    fprintf(out, "const struct gpu_shader %s_shader = {\"%s\", modules, %d};\n", argv[2], argv[2], modules);
    return fclose(out) == 0 ? 0 : 1;
}
