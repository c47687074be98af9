/* The compute benchmarks in C, as `benches/kernels/NAME.saw` has them: the same algorithm, the same data, the same
   order of operations, so that results are equal to the last bit. Each takes a size and writes what it gives. */
#ifndef SAWMILL_BENCH_COMPUTE_H
#define SAWMILL_BENCH_COMPUTE_H

#include <stdint.h>

void c_fib(int64_t n, double out[3]);
void c_fannkuch(int64_t n, double out[3]);
void c_mandelbrot(int64_t n, double out[3]);
void c_nbody(int64_t n, double out[3]);
void c_sieve(int64_t n, double out[3]);
void c_sort(int64_t n, double out[3]);
void c_spectral(int64_t n, double out[3]);
void c_words(int64_t n, double out[3]);

#endif
