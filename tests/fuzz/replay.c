/* replay - a plain main for a fuzzer's function: runs it on each file named, under any compiler and sanitizer.
 * Prints TAP.  A failure ends the process, as under the fuzzer. */
#include "base/file.h"
#include "base/mem.h"

enum { INPUT_MAX_B = 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run(const char *path) {
    struct buf file;
    struct err err;

    buf_init(&file, INPUT_MAX_B);
    if (file_read(path, &file, &err) < 0) {
        fprintf(stderr, "replay: %s\n", err.text);
        buf_fini(&file);
        return -1;
    }
    /* A copy of exactly its size, so that a sanitizer sees the first byte beyond. */
    uint8_t *data = mem_zalloc(file.len);
    if (file.len > 0)
        memcpy(data, file.data, file.len);
    LLVMFuzzerTestOneInput(data, file.len);
    free(data);
    buf_fini(&file);
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fputs("replay: there is nothing to replay: name files\n", stderr);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        if (run(argv[i]) < 0)
            return 1;
        printf("ok %d - %s\n", i, argv[i]);
        fflush(stdout);
    }
    printf("1..%d\n", argc - 1);
    return 0;
}
