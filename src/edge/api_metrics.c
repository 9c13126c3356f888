/* api_metrics.c - the server in numbers, for Prometheus.
 *
 * What requests and the writer count is always there; the rest is read when somebody asks, from tables that are small
 * however many products there are. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypt/cert.h"
#include "db/q.h"
#include "db/q_event.h"
#include "db/q_metrics.h"
#include "edge/exposition.h"
#include "edge/routes.h"
#include "http/server.h"
#include "lic/alert.h"
#include "lic/identity.h"
#include "lic/site.h"

#define US 1e-6

struct scrape {
	struct req *r;
	struct buf out, labels;
};

static void gauge(struct scrape *s, const char *name, const char *help, int64_t value)
{
	exposition_begin(&s->out, name, "gauge", help);
	exposition_int(&s->out, name, "", value);
}

static void counter(struct scrape *s, const char *name, const char *help, int64_t value)
{
	exposition_begin(&s->out, name, "counter", help);
	exposition_int(&s->out, name, "", value);
}

/* ---- requests ---- */

static void add_requests(struct scrape *s, const struct counts *c)
{
	static const char name[] = "satellite_http_requests_total";

	exposition_begin(&s->out, name, "counter",
			 "Requests that are over, by kind of route, method and status; 000: it got no answer.");
	for (int class = 0; class < COUNT_CLASSES; class ++)
		for (int method = 0; method < COUNT_METHODS; method++)
			for (int status = 0; status < COUNT_STATUS; status++) {
				int64_t n = c->requests[class][method][status];
				char code[16];

				if (n == 0)
					continue;
				snprintf(code, sizeof(code), "%03d", status);
				exposition_labels(&s->labels, "route", count_class_name((enum count_class) class), "method",
						  count_method_name((enum count_method)method), "code", code, (char *)NULL);
				exposition_int(&s->out, name, s->labels.data, n);
			}
}

static void add_latencies(struct scrape *s, const struct counts *c)
{
	static const char name[] = "satellite_http_request_duration_seconds";

	exposition_begin(&s->out, name, "histogram", "From a request's first line to the end of its answer.");
	for (int class = 0; class < COUNT_CLASSES; class ++) {
		exposition_labels(&s->labels, "route", count_class_name((enum count_class) class), (char *)NULL);
		exposition_histogram(&s->out, name, s->labels.data, &c->seconds[class], US);
	}
}

static void add_http(struct scrape *s)
{
	struct server *server = req_server(s->r);
	const struct counts *c = server_counts(server);
	struct server_stats stats;

	server_stats(server, &stats);
	add_requests(s, c);
	add_latencies(s, c);
	gauge(s, "satellite_http_connections", "Connections that are open.", stats.connections);
	counter(s, "satellite_http_connections_total", "Connections that were taken.", c->connected);
	counter(s, "satellite_tls_handshake_failures_total", "Connections that ended before their TLS handshake did.",
		c->handshake_failed);
}

static void add_writer(struct scrape *s)
{
	struct writer_stats w;

	writer_stats(server_writer(req_server(s->r)), &w);
	gauge(s, "satellite_writer_queue_length", "Changes that wait for the writer.", w.queued);
	gauge(s, "satellite_writer_queue_limit", "How many may wait; more are refused.", w.queue_limit);
	counter(s, "satellite_writer_jobs_total", "Changes that the writer was given, kept or not.", w.jobs);
	counter(s, "satellite_writer_commits_total", "Transactions that were kept.", w.commits);
	counter(s, "satellite_writer_failed_commits_total", "Transactions that were not.", w.failed_commits);
	exposition_begin(&s->out, "satellite_writer_commit_jobs", "histogram", "Changes in a transaction.");
	exposition_histogram(&s->out, "satellite_writer_commit_jobs", "", w.batch, 1);
	exposition_begin(&s->out, "satellite_writer_commit_seconds", "histogram",
			 "How long a transaction took until it was on disk.");
	exposition_histogram(&s->out, "satellite_writer_commit_seconds", "", w.seconds, US);
}

/* ---- what there is ---- */

static int add_instances(struct scrape *s, struct err *e)
{
	static const char *const states[] = { "registered", "deregistered", "removed", "replaced" };
	static const char name[] = "satellite_instances";
	struct state_row *rows;
	size_t n;

	if (q_metrics_instances(s->r->tx.db, s->r->tx.arena, &rows, &n, e))
		return -1;
	exposition_begin(&s->out, name, "gauge", "Product instances by state; those that ended are forgotten in time.");
	for (size_t k = 0; k < sizeof(states) / sizeof(*states); k++) {
		int64_t count = 0;

		for (size_t i = 0; i < n; i++)
			if (strcasecmp(rows[i].state, states[k]) == 0)
				count = rows[i].n;
		exposition_labels(&s->labels, "state", states[k], (char *)NULL);
		exposition_int(&s->out, name, s->labels.data, count);
	}
	return 0;
}

static int add_licenses(struct scrape *s, struct err *e)
{
	static const char name[] = "satellite_licenses";
	struct pools_row p = { 0 };

	if (q_metrics_pools(s->r->tx.db, &p, e))
		return -1;
	exposition_begin(&s->out, name, "gauge", "Kinds of license that virtual accounts have or use, by status.");
	exposition_int(&s->out, name, "status=\"in_compliance\"", p.all - p.out_of_compliance - p.elsewhere);
	exposition_int(&s->out, name, "status=\"out_of_compliance\"", p.out_of_compliance);
	exposition_int(&s->out, name, "status=\"served_elsewhere\"", p.elsewhere);
	return 0;
}

static void add_since_sync(struct scrape *s, const struct account_row *rows, size_t n)
{
	static const char name[] = "satellite_seconds_since_sync";

	exposition_begin(&s->out, name, "gauge", "Since an account was synchronized last; none if it never was.");
	for (size_t i = 0; i < n; i++) {
		if (rows[i].last_sync_at == 0)
			continue;
		exposition_labels(&s->labels, "account", rows[i].name, (char *)NULL);
		exposition_real(&s->out, name, s->labels.data, (double)(s->r->tx.now - rows[i].last_sync_at) / SECOND_MS);
	}
}

static void add_authority(struct scrape *s, const struct account_row *rows, size_t n)
{
	static const char name[] = "satellite_authority_seconds_left";

	exposition_begin(&s->out, name, "gauge",
			 "Until an account's authority ends, below 0 when it did; none if it has no end.");
	for (size_t i = 0; i < n; i++) {
		if (rows[i].authority_valid_until == 0)
			continue;
		exposition_labels(&s->labels, "account", rows[i].name, (char *)NULL);
		exposition_real(&s->out, name, s->labels.data,
				(double)(rows[i].authority_valid_until - s->r->tx.now) / SECOND_MS);
	}
}

static int add_accounts(struct scrape *s, struct err *e)
{
	struct account_row *rows;
	size_t n;

	if (q_account_list(s->r->tx.db, s->r->tx.arena, &rows, &n, e))
		return -1;
	gauge(s, "satellite_accounts", "Accounts.", (int64_t)n);
	add_since_sync(s, rows, n);
	add_authority(s, rows, n);
	return 0;
}

static void add_days(struct scrape *s, const char *name, const char *purpose, const struct cert *cert)
{
	exposition_labels(&s->labels, "purpose", purpose, (char *)NULL);
	exposition_real(&s->out, name, s->labels.data, (double)(cert_not_after(cert) - s->r->tx.now) / DAY_MS);
}

static int add_certificates(struct scrape *s, struct err *e)
{
	static const char *const purposes[] = { AUTHORITY_TLS_SERVER,      AUTHORITY_TLS_CA,         AUTHORITY_ROOT,
						AUTHORITY_ISSUING_CA,      AUTHORITY_MANAGER_SIGNER, AUTHORITY_SUB_CA,
						AUTHORITY_SATELLITE_SIGNER };
	static const char name[] = "satellite_certificate_days_left";
	AUTO_BUF pem = BUF_INIT;
	struct err ignored;
	struct cert *cert;

	exposition_begin(&s->out, name, "gauge", "Until a certificate of the server ends, below 0 when it did.");
	for (size_t i = 0; i < sizeof(purposes) / sizeof(*purposes); i++) {
		cert = NULL;
		if (authority_read(&s->r->tx, purposes[i], &cert, NULL, e) < 0)
			return -1;
		if (cert)
			add_days(s, name, purposes[i], cert);
		cert_free(cert);
	}
	cert = NULL;
	if (site_tls_chain(s->r->tx.site, &pem) && cert_read_pem(pem.data, pem.n, &cert, &ignored) == 0)
		add_days(s, name, "tls-installed", cert);
	cert_free(cert);
	return 0;
}

/* Finding the alerts means to look at every product that is silent, which takes a third of a second for a million. They
 * are found anew only after a hundred times as long: however often somebody asks, it takes a hundredth of the time. Whoever
 * asks meanwhile gets those before, so that no thread waits for another. */
static struct {
	pthread_mutex_t lock; /* protects the rest; held for moments */
	bool known, finding;  /* count is of something; somebody finds them anew */
	int64_t until;        /* clock_mono_us() up to which they are good */
	int64_t count[2][2];  /* major or not; acknowledged or not */
} alerts = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Those that are good, or all that there is for now. */
static bool known_alerts(int64_t now, int64_t count[2][2])
{
	bool known;

	pthread_mutex_lock(&alerts.lock);
	known = alerts.known && (alerts.finding || now < alerts.until);
	if (known)
		memcpy(count, alerts.count, sizeof(alerts.count));
	else
		alerts.finding = true;
	pthread_mutex_unlock(&alerts.lock);
	return known;
}

static int count_alerts(struct scrape *s, int64_t count[2][2], struct err *e)
{
	int64_t begun = clock_mono_us(), now;
	struct alert *all;
	size_t n;
	int rc;

	if (known_alerts(begun, count))
		return 0;
	memset(count, 0, sizeof(alerts.count));
	rc = alert_list(&s->r->tx, 0, &all, &n, e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		count[all[i].major][all[i].acknowledged_at != 0]++;
	now = clock_mono_us();
	pthread_mutex_lock(&alerts.lock);
	alerts.finding = false;
	if (rc == 0) {
		alerts.known = true;
		alerts.until = now + 100 * (now - begun);
		memcpy(alerts.count, count, sizeof(alerts.count));
	}
	pthread_mutex_unlock(&alerts.lock);
	return rc;
}

static int add_alerts(struct scrape *s, struct err *e)
{
	static const char name[] = "satellite_alerts";
	int64_t count[2][2];

	if (count_alerts(s, count, e))
		return -1;
	exposition_begin(&s->out, name, "gauge", "Alerts by severity, and whether somebody has acknowledged them.");
	exposition_int(&s->out, name, "severity=\"major\",acknowledged=\"false\"", count[1][0]);
	exposition_int(&s->out, name, "severity=\"major\",acknowledged=\"true\"", count[1][1]);
	exposition_int(&s->out, name, "severity=\"minor\",acknowledged=\"false\"", count[0][0]);
	exposition_int(&s->out, name, "severity=\"minor\",acknowledged=\"true\"", count[0][1]);
	return 0;
}

static int add_rest(struct scrape *s, struct err *e)
{
	struct event_row last = { 0 };
	int64_t sessions = 0;

	if (q_event_last(s->r->tx.db, s->r->tx.arena, &last, e) < 0 ||
	    q_metrics_sessions(s->r->tx.db, s->r->tx.now, &sessions, e))
		return -1;
	gauge(s, "satellite_sessions", "Sessions of people and API clients that are signed in.", sessions);
	counter(s, "satellite_events_total", "Events in the audit trail.", last.id);
	return 0;
}

/* ---- the machine ---- */

static int64_t file_bytes(const char *path, const char *suffix)
{
	AUTO_FREE char *name = mem_printf("%s%s", path, suffix);
	struct stat st;

	return stat(name, &st) == 0 ? (int64_t)st.st_size : 0;
}

static int64_t resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long all, resident = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%ld %ld", &all, &resident) != 2)
		resident = 0;
	fclose(f);
	return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

static double cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * US;
}

static void add_machine(struct scrape *s)
{
	struct site *site = s->r->tx.site;

	gauge(s, "satellite_database_bytes", "Size of the database file.", file_bytes(site->database, ""));
	gauge(s, "satellite_database_wal_bytes", "Size of the log of changes beside it.",
	      file_bytes(site->database, "-wal"));
	gauge(s, "satellite_clock_frozen", "1 while the wall clock is not believed and nothing expires.",
	      wall_frozen(&site->wall, NULL, NULL));
	gauge(s, "process_resident_memory_bytes", "Memory of the process that is in RAM.", resident_bytes());
	exposition_begin(&s->out, "process_cpu_seconds_total", "counter", "CPU time of the process.");
	exposition_real(&s->out, "process_cpu_seconds_total", "", cpu_seconds());
	exposition_begin(&s->out, "process_start_time_seconds", "gauge", "When the process started, Unix time.");
	exposition_real(&s->out, "process_start_time_seconds", "", (double)site->started_at / SECOND_MS);
	exposition_begin(&s->out, "satellite_build_info", "gauge", "Always 1.");
	exposition_labels(&s->labels, "version", site->version, "role", site_role_name(site), (char *)NULL);
	exposition_int(&s->out, "satellite_build_info", s->labels.data, 1);
}

static struct reply *show_metrics(struct req *r)
{
	struct scrape s = { .r = r };
	struct err e = ERR_INIT;
	struct reply *p;

	add_http(&s);
	add_writer(&s);
	if (add_instances(&s, &e) || add_licenses(&s, &e) || add_accounts(&s, &e) || add_certificates(&s, &e) ||
	    add_alerts(&s, &e) || add_rest(&s, &e)) {
		p = reply_error(r, &e);
	} else {
		add_machine(&s);
		p = reply_bytes(r, 200, EXPOSITION_TYPE, &s.out);
	}
	buf_fini(&s.out);
	buf_fini(&s.labels);
	return p;
}

const struct route metrics_routes[] = {
	{ "GET", "/metrics", DOOR_ADMIN | DOOR_CONTROL, RIGHT_METRICS_READ, OF_SERVER, BODY_NONE, 0, show_metrics, NULL,
	  NULL, .near = true },
	{ 0 },
};
