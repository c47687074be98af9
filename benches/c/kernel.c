/* A compute benchmark as a process: `kernel NAME SIZE` prints what it gives. */
#include "compute.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	void (*run)(int64_t, double[3]);
	int results;
} kernels[] = {
	{ "fib", c_fib, 1 },       { "fannkuch", c_fannkuch, 2 }, { "mandelbrot", c_mandelbrot, 1 },
	{ "nbody", c_nbody, 2 },   { "sieve", c_sieve, 1 },       { "sort", c_sort, 3 },
	{ "spectral", c_spectral, 1 }, { "words", c_words, 3 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 3 && i < sizeof kernels / sizeof *kernels; i++) {
		if (strcmp(argv[1], kernels[i].name) != 0)
			continue;
		double out[3] = { 0 };
		kernels[i].run(atoll(argv[2]), out);
		for (int k = 0; k < kernels[i].results; k++)
			printf("%.17g\n", out[k]);
		return 0;
	}
	fputs("usage: kernel NAME SIZE\n", stderr);
	return 2;
}
