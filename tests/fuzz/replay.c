/* replay.c - runs a fuzzer over its corpus, in `make check`: every file as it is, cut at up to 64 places, and with up
 * to 64 of its bytes changed. What the fuzzers once found stays found. Without arguments the corpus is that of the
 * program's name in tests/fuzz/corpus; arguments are files. */
#include <dirent.h>
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/fuzz/fuzz.h"

/* With libFuzzer the main function is the library's. */
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION

#define FILE_MAX (4 << 20)
#define PLACES 64
#define WHOLE_ONLY 65536 /* longer files are read as they are */

static void run_file(const char *path)
{
	AUTO_BUF b = BUF_INIT;
	struct err e = ERR_INIT;
	unsigned char *bytes;
	size_t step;

	if (file_read(path, FILE_MAX, &b, &e)) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	bytes = (unsigned char *)b.data;
	LLVMFuzzerTestOneInput(bytes, b.n);
	if (b.n == 0 || b.n > WHOLE_ONLY)
		return;
	step = (b.n + PLACES - 1) / PLACES;
	for (size_t i = 1; i < b.n; i += step)
		LLVMFuzzerTestOneInput(bytes, i);
	for (size_t i = 1; i < b.n; i += step) {
		unsigned char was = bytes[i];

		bytes[i] = (unsigned char)(was ^ (1u << i % 8));
		LLVMFuzzerTestOneInput(bytes, b.n);
		bytes[i] = was;
	}
}

static int run_folder(const char *folder)
{
	struct dirent **list;
	int n = scandir(folder, &list, NULL, alphasort), files = 0;

	if (n < 0) {
		perror(folder);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		AUTO_FREE char *path = mem_printf("%s/%s", folder, list[i]->d_name);

		if (list[i]->d_name[0] != '.') {
			run_file(path);
			files++;
		}
		free(list[i]);
	}
	free(list);
	return files;
}

int main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir"), *name = strrchr(argv[0], '/');
	AUTO_FREE char *folder = NULL;
	int n;

	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc > 1)
		return 0;
	name = name ? name + 1 : argv[0];
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	folder = mem_printf("%s/tests/fuzz/corpus/%s", top ? top : ".", name);
	n = run_folder(folder);
	printf("%s: %d files\n", folder, n);
	return n > 0 ? 0 : 1; /* a corpus without files tests nothing */
}

#endif
