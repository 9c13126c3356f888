#include "bench_limit.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "db/db.h"

#define COMMITS_MS 700 /* for each size of transaction */
#define ROW_BYTES 1200 /* about what a registration writes */

void bench_limit_crypto(struct bench_limits *out)
{
	FILE *f = popen("openssl speed -seconds 1 -mr rsa2048 ecdsap256 2>/dev/null", "r");
	double sign, verify;
	char line[256];

	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "+F2:%*d:2048:%lf:%lf", &sign, &verify) == 2) {
			out->rsa_sign = sign;
			out->rsa_verify = verify;
		} else if (sscanf(line, "+F4:%*d:256:%lf:%lf", &sign, &verify) == 2) {
			out->ec_sign = sign;
			out->ec_verify = verify;
		}
	}
	pclose(f);
}

/* Rows a second. */
static int commit_rows(struct db *d, int rows, double *out, struct err *e)
{
	int64_t begun = clock_mono(), now = begun, done = 0;
	char name[64], value[ROW_BYTES + 1];

	memset(value, 'x', ROW_BYTES);
	value[ROW_BYTES] = '\0';
	for (; now - begun < COMMITS_MS; now = clock_mono()) {
		if (db_begin(d, e))
			return -1;
		for (int i = 0; i < rows; i++, done++) {
			snprintf(name, sizeof(name), "bench-%d-%012" PRId64, rows, done);
			if (db_exec(d, e, Q_SETTING_SET, "ss", name, value)) {
				db_rollback(d);
				return -1;
			}
		}
		if (db_commit(d, e))
			return -1;
		if (db_wal_pages(d) > 1000)
			db_checkpoint(d);
	}
	*out = (double)done * 1000.0 / (double)(now - begun);
	return 0;
}

int bench_limit_commits(const char *dir, struct bench_limits *out, struct err *e)
{
	AUTO_FREE char *path = mem_printf("%s/bench-%d.db", dir, (int)getpid());
	AUTO_FREE char *wal = mem_printf("%s-wal", path);
	AUTO_FREE char *shm = mem_printf("%s-shm", path);
	struct db *d = NULL;
	int rc = db_open(path, DB_WRITER, &d, e);

	if (rc == 0)
		rc = db_migrate(d, e);
	if (rc == 0)
		rc = commit_rows(d, 1, &out->rows_1, e);
	if (rc == 0)
		rc = commit_rows(d, 10, &out->rows_10, e);
	if (rc == 0)
		rc = commit_rows(d, 100, &out->rows_100, e);
	db_close(d);
	unlink(path);
	unlink(wal);
	unlink(shm);
	return rc;
}

/* ---- what a process takes ---- */

static int64_t read_number(const char *path, const char *after)
{
	FILE *f = fopen(path, "re");
	char line[256];
	int64_t v = -1;

	if (f == NULL)
		return -1;
	while (v < 0 && fgets(line, sizeof(line), f))
		if (strncmp(line, after, strlen(after)) == 0)
			v = strtoll(line + strlen(after), NULL, 10);
	fclose(f);
	return v;
}

int bench_usage_read(pid_t pid, struct bench_usage *out, struct err *e)
{
	AUTO_FREE char *tasks = mem_printf("/proc/%d/task", (int)pid);
	AUTO_FREE char *status = mem_printf("/proc/%d/status", (int)pid);
	DIR *dir = opendir(tasks);
	const struct dirent *entry;

	out->n = 0;
	if (dir == NULL)
		return err_set(e, E_FILE_ERROR, "Cannot read %s: does the server run, and as the same user?", tasks);
	while ((entry = readdir(dir)) != NULL && out->n < BENCH_THREADS) {
		AUTO_FREE char *path = mem_printf("%s/%s/schedstat", tasks, entry->d_name);
		int64_t ns = entry->d_name[0] == '.' ? -1 : read_number(path, "");

		if (ns < 0)
			continue;
		out->thread[out->n].id = (int)strtol(entry->d_name, NULL, 10);
		out->thread[out->n++].cpu_ns = ns;
	}
	closedir(dir);
	out->memory = read_number(status, "VmRSS:") * 1024;
	return 0;
}

double bench_usage_cpu(const struct bench_usage *from, const struct bench_usage *to, double *busiest)
{
	int64_t all = 0, most = 0;

	for (int i = 0; i < to->n; i++) {
		int64_t ns = to->thread[i].cpu_ns;

		for (int k = 0; k < from->n; k++)
			if (from->thread[k].id == to->thread[i].id)
				ns -= from->thread[k].cpu_ns;
		all += ns;
		if (ns > most)
			most = ns;
	}
	*busiest = (double)most / 1e9;
	return (double)all / 1e9;
}
