/* Build tool: writes one C file that holds a text file.
 *   text OUT.c NAME FILE
 * NAME becomes `const char NAME[]` (ended by a 0) and `const size_t NAME_bytes`. */
#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: text OUT.c NAME FILE\n");
        return 2;
    }
    FILE *in = fopen(argv[3], "rb"), *out = fopen(argv[1], "w");
    if (!in || !out) {
        fprintf(stderr, "text: cannot read %s or write %s\n", argv[3], argv[1]);
        return 1;
    }
    fprintf(out, "/* Made by the build from a text file; do not edit. */\n#include <stddef.h>\n\n");
    fprintf(out, "extern const char %s[];\nextern const size_t %s_bytes;\n", argv[2], argv[2]);
    fprintf(out, "const char %s[] = {", argv[2]);
    size_t bytes = 0;
    for (int c; (c = fgetc(in)) != EOF; bytes++)
        fprintf(out, "%s%d,", bytes % 16 ? " " : "\n    ", c > 127 ? c - 256 : c);
    fprintf(out, "%s0};\nconst size_t %s_bytes = %zu;\n", bytes % 16 ? " " : "\n    ", argv[2], bytes);
    fclose(in);
    return fclose(out) == 0 ? 0 : 1;
}
