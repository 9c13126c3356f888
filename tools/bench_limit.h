/* bench_limit.h - what this machine can do at best, measured in the same minute as the server, and what the server
 * takes of it. */
#ifndef BENCH_LIMIT_H
#define BENCH_LIMIT_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct bench_limits {
	double rsa_sign, rsa_verify, ec_sign, ec_verify; /* a second on one core, by `openssl speed`; 0: not known */
	double rows_1, rows_10, rows_100;                /* rows a second in durable transactions of as many rows */
};

/* Signatures. Without the program openssl they stay 0. */
void bench_limit_crypto(struct bench_limits *out);

/* Commits to a database of our schema in the folder dir, which is on the disk that counts. */
int bench_limit_commits(const char *dir, struct bench_limits *out, struct err *e);

#define BENCH_THREADS 128

struct bench_usage {
	struct {
		int id;
		int64_t cpu_ns;
	} thread[BENCH_THREADS];
	int n;
	int64_t memory; /* bytes in RAM */
};

/* Of a process, from /proc. E_FILE_ERROR. */
int bench_usage_read(pid_t pid, struct bench_usage *out, struct err *e);

/* CPU seconds between two readings: of all threads, and of the busiest one. */
double bench_usage_cpu(const struct bench_usage *from, const struct bench_usage *to, double *busiest);

#endif
