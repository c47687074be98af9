/* Plain C as the measure, as somebody writes it who does not mean to win a contest; compute.h says what is asked. */
#include "compute.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *need(void *memory)
{
	if (!memory) {
		fputs("no memory\n", stderr);
		abort();
	}
	return memory;
}

/* fib */

static int64_t fib(int64_t n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

void c_fib(int64_t n, double out[3])
{
	out[0] = (double)fib(n);
}

/* fannkuch */

static int64_t flips(const int64_t *p, int64_t *q, int64_t n)
{
	int64_t count = 0;
	for (int64_t i = 0; i < n; i++)
		q[i] = p[i];
	for (int64_t first; (first = q[0]) != 0; count++) {
		for (int64_t i = 0, j = first; i < j; i++, j--) {
			int64_t t = q[i];
			q[i] = q[j];
			q[j] = t;
		}
	}
	return count;
}

static bool next(int64_t *p, int64_t *counts, int64_t n)
{
	for (int64_t i = 1; i < n; i++) {
		int64_t first = p[0];
		for (int64_t j = 0; j < i; j++)
			p[j] = p[j + 1];
		p[i] = first;
		if (counts[i] < i) {
			counts[i]++;
			return true;
		}
		counts[i] = 0;
	}
	return false;
}

void c_fannkuch(int64_t n, double out[3])
{
	size_t size = (size_t)n * sizeof(int64_t);
	int64_t *p = need(malloc(size)), *q = need(malloc(size)), *counts = need(calloc(1, size));
	int64_t checksum = 0, most = 0, k = 0;
	for (int64_t i = 0; i < n; i++)
		p[i] = i;
	do {
		int64_t f = flips(p, q, n);
		checksum += k % 2 == 0 ? f : -f;
		if (f > most)
			most = f;
		k++;
	} while (next(p, counts, n));
	free(p);
	free(q);
	free(counts);
	out[0] = (double)checksum;
	out[1] = (double)most;
}

/* mandelbrot */

static int64_t escape(double cr, double ci)
{
	double zr = 0, zi = 0;
	int64_t i = 0;
	while (i < 200 && zr * zr + zi * zi <= 4.0) {
		double next = zr * zr - zi * zi + cr;
		zi = 2.0 * zr * zi + ci;
		zr = next;
		i++;
	}
	return i;
}

void c_mandelbrot(int64_t n, double out[3])
{
	double size = (double)n;
	int64_t sum = 0;
	for (int64_t y = 0; y < n; y++)
		for (int64_t x = 0; x < n; x++)
			sum += escape(3.0 * (double)x / size - 2.0, 2.0 * (double)y / size - 1.0);
	out[0] = (double)sum;
}

/* nbody */

struct bodies {
	double m[5], x[5], y[5], z[5], vx[5], vy[5], vz[5];
};

static double energy(const struct bodies *b)
{
	double e = 0;
	for (int i = 0; i < 5; i++) {
		e += 0.5 * b->m[i] * (b->vx[i] * b->vx[i] + b->vy[i] * b->vy[i] + b->vz[i] * b->vz[i]);
		for (int j = i + 1; j < 5; j++) {
			double dx = b->x[i] - b->x[j], dy = b->y[i] - b->y[j], dz = b->z[i] - b->z[j];
			e -= b->m[i] * b->m[j] / sqrt(dx * dx + dy * dy + dz * dz);
		}
	}
	return e;
}

static void advance(struct bodies *b, double dt)
{
	for (int i = 0; i < 5; i++) {
		double ax = b->vx[i], ay = b->vy[i], az = b->vz[i];
		for (int j = i + 1; j < 5; j++) {
			double dx = b->x[i] - b->x[j], dy = b->y[i] - b->y[j], dz = b->z[i] - b->z[j];
			double square = dx * dx + dy * dy + dz * dz;
			double f = dt / (square * sqrt(square));
			double mj = b->m[j] * f, mi = b->m[i] * f;
			b->vx[j] += dx * mi;
			b->vy[j] += dy * mi;
			b->vz[j] += dz * mi;
			ax -= dx * mj;
			ay -= dy * mj;
			az -= dz * mj;
		}
		b->vx[i] = ax;
		b->vy[i] = ay;
		b->vz[i] = az;
	}
	for (int i = 0; i < 5; i++) {
		b->x[i] += dt * b->vx[i];
		b->y[i] += dt * b->vy[i];
		b->z[i] += dt * b->vz[i];
	}
}

void c_nbody(int64_t n, double out[3])
{
	static const double planets[4][7] = {
		{ 4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01, 1.66007664274403694e-03,
		  7.69901118419740425e-03, -6.90460016972063023e-05, 9.54791938424326609e-04 },
		{ 8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01, -2.76742510726411021e-03,
		  4.99852801234917238e-03, 2.30417297573763929e-05, 2.85885980666130812e-04 },
		{ 1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01, 2.96460137564761618e-03,
		  2.37847173959480950e-03, -2.96589568540237556e-05, 4.36624404335156298e-05 },
		{ 1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01, 2.68067772490389322e-03,
		  1.62824170038242295e-03, -9.51592254519715870e-05, 5.15138902046611451e-05 },
	};
	const double year = 365.24, sun = 4.0 * 3.141592653589793 * 3.141592653589793;
	struct bodies b = { .m = { sun } };
	for (int k = 1; k < 5; k++) {
		const double *p = planets[k - 1];
		b.x[k] = p[0];
		b.y[k] = p[1];
		b.z[k] = p[2];
		b.vx[k] = year * p[3];
		b.vy[k] = year * p[4];
		b.vz[k] = year * p[5];
		b.m[k] = sun * p[6];
	}
	for (int j = 1; j < 5; j++) {
		b.vx[0] -= b.vx[j] * b.m[j] / sun;
		b.vy[0] -= b.vy[j] * b.m[j] / sun;
		b.vz[0] -= b.vz[j] * b.m[j] / sun;
	}
	out[0] = energy(&b);
	for (int64_t i = 0; i < n; i++)
		advance(&b, 0.01);
	out[1] = energy(&b);
}

/* sieve */

void c_sieve(int64_t n, double out[3])
{
	bool *prime = need(malloc((size_t)n));
	int64_t count = 0;
	memset(prime, true, (size_t)n);
	for (int64_t i = 2; i * i < n; i++)
		if (prime[i])
			for (int64_t j = i * i; j < n; j += i)
				prime[j] = false;
	for (int64_t i = 2; i < n; i++)
		if (prime[i])
			count++;
	free(prime);
	out[0] = (double)count;
}

/* sort */

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

void c_sort(int64_t n, double out[3])
{
	int64_t *xs = need(malloc((size_t)n * sizeof(int64_t)));
	for (int64_t i = 0; i < n; i++)
		xs[i] = i * 1103515245 % 2147483647;
	qsort(xs, (size_t)n, sizeof(int64_t), compare);
	out[0] = (double)xs[0];
	out[1] = (double)xs[n / 2];
	out[2] = (double)xs[n - 1];
	free(xs);
}

/* spectral norm */

static double element(int64_t i, int64_t j)
{
	return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1);
}

static void times(int64_t n, const double *u, double *v)
{
	for (int64_t i = 0; i < n; i++) {
		double sum = 0;
		for (int64_t j = 0; j < n; j++)
			sum += element(i, j) * u[j];
		v[i] = sum;
	}
}

static void transposed_times(int64_t n, const double *u, double *v)
{
	for (int64_t i = 0; i < n; i++) {
		double sum = 0;
		for (int64_t j = 0; j < n; j++)
			sum += element(j, i) * u[j];
		v[i] = sum;
	}
}

static double dot(int64_t n, const double *u, const double *v)
{
	double sum = 0;
	for (int64_t i = 0; i < n; i++)
		sum += u[i] * v[i];
	return sum;
}

void c_spectral(int64_t n, double out[3])
{
	size_t size = (size_t)n * sizeof(double);
	double *u = need(malloc(size)), *v = need(malloc(size)), *t = need(malloc(size));
	for (int64_t i = 0; i < n; i++)
		u[i] = 1;
	for (int i = 0; i < 10; i++) {
		times(n, u, t);
		transposed_times(n, t, v);
		times(n, v, t);
		transposed_times(n, t, u);
	}
	out[0] = sqrt(dot(n, u, v) / dot(n, v, v));
	free(u);
	free(v);
	free(t);
}

/* words */

struct entry {
	const char *word;
	size_t len;
	uint64_t hash;
	int64_t count;
};

struct counts {
	struct entry *entries;
	size_t size, used;
};

static uint64_t hash_of(const char *word, size_t len)
{
	uint64_t hash = 14695981039346656037u;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)word[i]) * 1099511628211u;
	return hash;
}

static struct entry *find(const struct counts *c, const char *word, size_t len, uint64_t hash)
{
	for (size_t at = hash & (c->size - 1);; at = (at + 1) & (c->size - 1)) {
		struct entry *e = &c->entries[at];
		if (!e->word || (e->hash == hash && e->len == len && memcmp(e->word, word, len) == 0))
			return e;
	}
}

static void grow(struct counts *c)
{
	struct counts larger = { .size = c->size ? 2 * c->size : 64, .used = c->used };
	larger.entries = need(calloc(larger.size, sizeof(struct entry)));
	for (size_t i = 0; i < c->size; i++)
		if (c->entries[i].word)
			*find(&larger, c->entries[i].word, c->entries[i].len, c->entries[i].hash) = c->entries[i];
	free(c->entries);
	*c = larger;
}

static void count(struct counts *c, const char *word, size_t len)
{
	uint64_t hash = hash_of(word, len);
	if (2 * c->used >= c->size)
		grow(c);
	struct entry *e = find(c, word, len, hash);
	if (!e->word) {
		*e = (struct entry){ word, len, hash, 0 };
		c->used++;
	}
	e->count++;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void c_words(int64_t n, double out[3])
{
	char *text = need(malloc((size_t)n * 24 + 1)), *end = text;
	for (int64_t i = 0; i < n; i++)
		end += sprintf(end, "%sword%lld", i ? " " : "", (long long)(i * 7919 % 10007));
	struct counts c = { 0 };
	for (const char *at = text; at < end;) {
		while (at < end && is_space(*at))
			at++;
		const char *start = at;
		while (at < end && !is_space(*at))
			at++;
		if (at > start)
			count(&c, start, (size_t)(at - start));
	}
	out[0] = (double)(end - text);
	out[1] = (double)c.used;
	out[2] = c.size ? (double)find(&c, "word42", 6, hash_of("word42", 6))->count : 0;
	free(c.entries);
	free(text);
}
