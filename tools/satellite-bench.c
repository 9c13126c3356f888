/* satellite-bench - how fast a running satellite is, beside what the machine can do at best.
 *
 * Everything is prepared and signed before a clock starts. All figures are measured in turn, several rounds of
 * them, and the median of the rounds is told: neighbours on the machine then disturb all figures alike, and the
 * ratio of two figures of one run means something where their absolute values do not. */
#include <getopt.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "bench_day.h"
#include "bench_fleet.h"
#include "bench_limit.h"
#include "bench_net.h"
#include "ctl/client.h"
#include "json/json.h"

#define ROUNDS_MAX 25
#define CONNECTIONS 64 /* for what is not measured */
#define TOKEN_DAYS 1
#define PREPARED_MAX 400000
#define DAY_LIMIT_S 3300 /* messages are taken for an hour after they were signed */
#define DAY_US 86400e6

enum floor { NO_FLOOR, FLOOR_REGISTER_RSA, FLOOR_REGISTER_EC, FLOOR_AUTHORIZE, FLOOR_RENEW, FLOOR_HANDSHAKE };
enum fleet_kind { NO_FLEET, FRESH_RSA, FRESH_EC, STEADY, CHANGING, RENEWING, DAY };

struct figure {
	const char *name, *title;
	enum fleet_kind fleet;
	enum bench_what what;
	int connections;
	bool reconnect;
	double guess;         /* rate, for how much is prepared in the first round */
	double target;        /* a second; 0: none */
	double target_of;     /* or this part of the bare rate of new connections */
	double p50_target_ms; /* 0: none */
	double p99_target_ms;
	enum floor floor; /* what bounds it */
};

static const struct figure figures[] = {
	{ "health", "GET /healthz", NO_FLEET, 0, 64, false, 30000, 0, 0, 0, 0, NO_FLOOR },
	{ "health-new", "GET /healthz, new connection", NO_FLEET, 0, 16, true, 1500, 0, 0, 0, 0, NO_FLOOR },
	{ "registration", "REGISTRATION, RSA-2048", FRESH_RSA, BENCH_REGISTER, 16, false, 4000, 7000, 0, 0, 0,
	  FLOOR_REGISTER_RSA },
	{ "registration-ec", "REGISTRATION, P-256", FRESH_EC, BENCH_REGISTER, 16, false, 4000, 0, 0, 0, 0,
	  FLOOR_REGISTER_EC },
	{ "registration-new", "REGISTRATION, new connection", FRESH_RSA, BENCH_REGISTER, 16, true, 1500, 0, 0.85, 0, 0,
	  FLOOR_HANDSHAKE },
	{ "renewal", "RENEW_REGISTRATION, key kept", RENEWING, BENCH_RENEW, 16, false, 6000, 0, 0, 0, 0, FLOOR_RENEW },
	{ "authorization", "AUTHORIZATION, unchanged", STEADY, BENCH_AUTHORIZE, 64, false, 8000, 15000, 0, 0, 10,
	  FLOOR_AUTHORIZE },
	{ "authorization-two", "AUTHORIZATION, 2 tags changed", CHANGING, BENCH_AUTHORIZE, 64, false, 6000, 6000, 0, 0, 10,
	  FLOOR_AUTHORIZE },
	{ "authorization-one", "AUTHORIZATION, 1 connection", STEADY, BENCH_AUTHORIZE, 1, false, 1500, 0, 0, 0.5, 0,
	  NO_FLOOR },
	{ "day", "A day of all products", DAY, BENCH_AUTHORIZE, 16, true, 1500, 0, 0, 0, 0, FLOOR_HANDSHAKE },
};

#define FIGURES (sizeof(figures) / sizeof(figures[0]))

struct measured {
	struct bench_result result;
	double server_us; /* CPU for each good answer */
	double busiest;   /* thread of the server, share of a core */
	double client;    /* client's share of a core */
	double memory;    /* of the server, after it */
};

struct bench {
	const char *endpoints, *key_prefix;
	double seconds;
	int64_t rounds, connections, keys_n, products_n;
	const char *only; /* comma-separated, NULL: all */
	bool json;

	json_t *where; /* endpoints.json */
	struct bench_target target;
	pid_t pid;
	char *token;
	struct bench_limits limits;
	struct bench_keys rsa, ec;
	struct bench_fleet steady, changing, renewing;
	size_t steady_next, changing_next;
	struct bench_day day;
	struct measured round[FIGURES][ROUNDS_MAX], median[FIGURES];
	int64_t memory_idle, memory_end;
};

static const char usage_text[] = "Usage: satellite-bench [options]\n"
				 "\n"
				 "  --endpoints FILE   endpoints.json of tools/run [state/endpoints.json]\n"
				 "  --seconds N        of each measurement [2]\n"
				 "  --rounds N         measurements of each figure; their median is told [5]\n"
				 "  --connections N    for all figures, instead of each one's own\n"
				 "  --only NAME,…      only these figures\n"
				 "  --keys N           different keys of products [256]\n"
				 "  --products N       products that report usage, and that live a day [2000]\n"
				 "  --key-files PREFIX keeps the RSA keys for the next time\n"
				 "  --json             one JSON object\n"
				 "  -h, --help         this text\n"
				 "\n"
				 "Figures:\n";

static int usage(FILE *to)
{
	fputs(usage_text, to);
	for (size_t i = 0; i < FIGURES; i++)
		fprintf(to, "  %-18s %s\n", figures[i].name, figures[i].title);
	return to == stdout ? 0 : 2;
}

static void say(const struct bench *b, const char *what)
{
	if (isatty(STDERR_FILENO) && !b->json)
		fprintf(stderr, "\r\033[K%s", what);
}

/* ---- the server ---- */

static int read_endpoints(struct bench *b, struct err *e)
{
	AUTO_BUF text = BUF_INIT;
	const char *url;

	if (file_read(b->endpoints, 1 << 20, &text, e) || json_read(text.data, text.n, E_FILE_ERROR, &b->where, e))
		return -1;
	url = json_string_value(json_object_get(b->where, "product_url"));
	b->pid = (pid_t)json_integer_value(json_object_get(b->where, "satellite_pid"));
	if (url == NULL || b->pid <= 0)
		return err_set(e, E_FILE_ERROR, "%s has no product_url or no satellite_pid.", b->endpoints);
	return bench_target_parse(url, &b->target, e);
}

static const char *place(const struct bench *b, const char *name)
{
	const char *text = json_string_value(json_object_get(b->where, name));

	return text ? text : "";
}

static int make_token(struct bench *b, struct err *e)
{
	const char *va = json_string_value(json_array_get(json_object_get(b->where, "virtual_accounts"), 0));
	AUTO_FREE char *path =
		client_path("/accounts/{}/virtual-accounts/{}/tokens", place(b, "account"), va ? va : "Default");
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	struct client *c = NULL;
	const char *token;

	json_set_text(body, "description", "satellite-bench");
	json_set_int(body, "expiresAfterDays", TOKEN_DAYS);
	if (client_open(place(b, "control_socket"), &c, e))
		return -1;
	if (client_call(c, "POST", path, body, &answer, e)) {
		client_close(c);
		return -1;
	}
	client_close(c);
	token = json_string_value(json_object_get(json_object_get(answer, "tokenInfo"), "token"));
	if (token == NULL)
		return err_set(e, E_ANSWER_INVALID, "The server made a token, but its answer does not hold it.");
	b->token = mem_strdup(token);
	return 0;
}

/* ---- one measurement ---- */

static bool chosen(const struct bench *b, const struct figure *f)
{
	size_t n = strlen(f->name);

	if (b->only == NULL)
		return true;
	for (const char *at = b->only; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, f->name, n) == 0 && (at[n] == '\0' || at[n] == ','))
			return true;
	}
	return false;
}

/* How many requests a measurement may use up, from the rates seen so far. */
static size_t prepare_count(const struct bench *b, size_t figure, int64_t round)
{
	double rate = figures[figure].guess;
	size_t n;

	for (int64_t i = 0; i < round; i++)
		if (b->round[figure][i].result.rate * 1.3 > rate || i == 0)
			rate = b->round[figure][i].result.rate * 1.3;
	n = (size_t)(rate * b->seconds) + 64;
	return n < PREPARED_MAX ? n : PREPARED_MAX;
}

static int clocked(struct bench *b, const struct figure *f, const struct bench_load *load, struct measured *out,
		   struct err *e)
{
	struct bench_usage before, after;
	double cpu;

	if (bench_usage_read(b->pid, &before, e) || bench_run(load, &out->result, e) || bench_usage_read(b->pid, &after, e))
		return -1;
	cpu = bench_usage_cpu(&before, &after, &out->busiest);
	if (out->result.answered == 0)
		return err_set(e, E_ANSWER_INVALID, "%s: no good answer. The first one: %.360s", f->title,
			       out->result.first_refusal);
	out->server_us = cpu * 1e6 / (double)out->result.answered;
	out->busiest /= out->result.seconds;
	out->client = out->result.client_cpu_s / out->result.seconds;
	out->memory = (double)after.memory;
	return 0;
}

static int measure_get(struct bench *b, const struct figure *f, struct bench_load load, struct measured *out, struct err *e)
{
	struct buf request = BUF_INIT;
	int rc;

	bench_request(&b->target, "/healthz", NULL, 0, f->reconnect, &request);
	load.requests = &request;
	load.n = 1;
	load.repeat = true;
	rc = clocked(b, f, &load, out, e);
	buf_fini(&request);
	return rc;
}

/* Sends n errands, and lets products have the identities that the answers bring. */
static int send_errands(struct bench *b, const struct figure *f, const struct bench_keys *keys,
			const struct bench_errand *errands, size_t n, const struct bench_load *how, struct measured *out,
			struct err *e)
{
	bool keeps = f->fleet == RENEWING || f->fleet == DAY;
	struct buf *requests = bench_requests_make(keys, errands, n, b->token, &b->target, f->reconnect);
	struct bench_load load = *how;
	struct bench_kept kept;
	int rc;

	bench_kept_init(&kept, errands, n);
	load.requests = requests;
	load.n = n;
	load.wanted = bench_answer_ok;
	load.take = keeps ? bench_keep : NULL;
	load.arg = &kept;
	rc = clocked(b, f, &load, out, e);
	if (rc == 0 && bench_kept_adopt(&kept))
		rc = err_set(e, E_ANSWER_INVALID, "%s: answers cannot be read.", f->title);
	bench_kept_fini(&kept);
	bench_requests_free(requests, n);
	return rc;
}

static int measure_messages(struct bench *b, const struct figure *f, struct bench_load *load, size_t n,
			    struct measured *out, struct err *e)
{
	bool fresh = f->fleet == FRESH_RSA || f->fleet == FRESH_EC;
	size_t *next = f->fleet == STEADY ? &b->steady_next : f->fleet == CHANGING ? &b->changing_next : NULL;
	size_t first = next ? *next : 0;
	struct bench_fleet made = { 0 };
	const struct bench_fleet *fleet = f->fleet == STEADY   ? &b->steady
					: f->fleet == CHANGING ? &b->changing
					: f->fleet == RENEWING ? &b->renewing
							       : &made;
	struct bench_errand *errands;
	int rc;

	if (fresh)
		bench_fleet_make(f->fleet == FRESH_RSA ? &b->rsa : &b->ec, n, &made);
	else if (f->fleet == RENEWING)
		n = fleet->n;
	errands = mem_alloc(n * sizeof(*errands));
	for (size_t i = 0; i < n; i++) {
		/* Turn after turn of the fleet the counts are others than in the turn before. */
		size_t turn = (first + i) / fleet->n;

		errands[i] = (struct bench_errand){ .product = &fleet->products[(first + i) % fleet->n],
						    .what = f->what,
						    .usage = f->fleet == CHANGING ? (unsigned)(1 + turn % 2) : 0 };
	}
	rc = send_errands(b, f, fleet->keys, errands, n, load, out, e);
	if (next) /* those that were sent: what comes next is to differ from them */
		*next += (size_t)(out->result.answered + out->result.refused + out->result.lost);
	free(errands);
	bench_fleet_free(&made);
	return rc;
}

static int measure_day(struct bench *b, const struct figure *f, struct bench_load *load, struct measured *out,
		       struct err *e)
{
	bench_day_plan(&b->day);
	load->seconds = DAY_LIMIT_S;
	if (send_errands(b, f, b->day.fleet.keys, b->day.errands, b->day.n, load, out, e))
		return -1;
	if (out->result.answered + out->result.refused + out->result.lost < (int64_t)b->day.n)
		return err_set(e, E_ANSWER_INVALID, "A day of %" PRId64 " products took more than %d s. Choose fewer.",
			       b->products_n, DAY_LIMIT_S);
	bench_day_end(&b->day);
	return 0;
}

static int measure(struct bench *b, size_t figure, int64_t round, struct err *e)
{
	const struct figure *f = &figures[figure];
	struct bench_load load = { .target = &b->target,
				   .connections = b->connections ? (int)b->connections : f->connections,
				   .reconnect = f->reconnect,
				   .seconds = b->seconds };
	struct measured *out = &b->round[figure][round];
	char text[128];

	snprintf(text, sizeof(text), "round %" PRId64 " of %" PRId64 ": %s", round + 1, b->rounds, f->title);
	say(b, text);
	if (f->fleet == NO_FLEET)
		return measure_get(b, f, load, out, e);
	if (f->fleet == DAY)
		return measure_day(b, f, &load, out, e);
	return measure_messages(b, f, &load, prepare_count(b, figure, round), out, e);
}

/* The fleet that chosen figures need, registered; without them it stays empty. */
static int prepare_fleet(struct bench *b, enum fleet_kind kind, size_t n, struct bench_fleet *fleet, struct err *e)
{
	bool wanted = false;

	for (size_t i = 0; i < FIGURES; i++)
		wanted |= figures[i].fleet == kind && chosen(b, &figures[i]);
	if (!wanted)
		return 0;
	bench_fleet_make(&b->rsa, n, fleet);
	return bench_fleet_register(fleet, true, b->token, &b->target, CONNECTIONS, e);
}

static size_t renewing_count(const struct bench *b)
{
	for (size_t i = 0; i < FIGURES; i++)
		if (figures[i].fleet == RENEWING)
			return prepare_count(b, i, 0);
	return 0;
}

static int prepare(struct bench *b, struct err *e)
{
	AUTO_FREE char *file = b->key_prefix ? mem_printf("%s-rsa-%" PRId64 ".pem", b->key_prefix, b->keys_n) : NULL;
	AUTO_FREE char *dir = mem_strdup(place(b, "satellite_database"));
	char *slash = strrchr(dir, '/');
	struct bench_usage idle;

	if (bench_usage_read(b->pid, &idle, e))
		return -1;
	b->memory_idle = idle.memory;
	say(b, "the machine");
	bench_limit_crypto(&b->limits);
	if (slash) {
		*slash = '\0';
		if (bench_limit_commits(dir, &b->limits, e))
			return -1;
	}
	say(b, "keys and products");
	if (make_token(b, e) || bench_keys_make(KEY_RSA_2048, (size_t)b->keys_n, file, &b->rsa, e) ||
	    bench_keys_make(KEY_EC_P256, (size_t)b->keys_n, NULL, &b->ec, e))
		return -1;
	if (prepare_fleet(b, STEADY, (size_t)b->products_n, &b->steady, e) ||
	    prepare_fleet(b, CHANGING, (size_t)b->products_n, &b->changing, e) ||
	    prepare_fleet(b, RENEWING, renewing_count(b), &b->renewing, e) ||
	    prepare_fleet(b, DAY, (size_t)b->products_n, &b->day.fleet, e))
		return -1;
	b->steady_next = b->changing_next = 0;
	return 0;
}

/* ---- medians ---- */

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median_of(const struct bench *b, size_t figure, size_t offset)
{
	double v[ROUNDS_MAX] = { 0 };

	for (int64_t i = 0; i < b->rounds; i++)
		memcpy(&v[i], (const char *)&b->round[figure][i] + offset, sizeof(double));
	qsort(v, (size_t)b->rounds, sizeof(double), compare_doubles);
	return v[b->rounds / 2];
}

static void take_medians(struct bench *b)
{
#define MEDIAN(member) b->median[i].member = median_of(b, i, offsetof(struct measured, member))
	for (size_t i = 0; i < FIGURES; i++) {
		MEDIAN(result.rate);
		MEDIAN(result.p50_ms);
		MEDIAN(result.p99_ms);
		MEDIAN(result.max_ms);
		MEDIAN(server_us);
		MEDIAN(busiest);
		MEDIAN(client);
		MEDIAN(memory);
		MEDIAN(result.seconds);
		for (int64_t k = 0; k < b->rounds; k++) {
			b->median[i].result.refused += b->round[i][k].result.refused;
			b->median[i].result.lost += b->round[i][k].result.lost;
		}
	}
#undef MEDIAN
}

static double rate_of(const struct bench *b, const char *name)
{
	for (size_t i = 0; i < FIGURES; i++)
		if (strcmp(figures[i].name, name) == 0)
			return b->median[i].result.rate;
	return 0;
}

static double per(double rate)
{
	return rate > 0 ? 1 / rate : 0;
}

/* The rate that no server of this kind could pass here: a bare HTTPS request and the signatures that a message needs
 * (registration: of the signing request, of the message; of the certificate, of the answer) on all cores. 0: unknown. */
static double limit(const struct bench *b, const struct figure *f)
{
	const struct bench_limits *l = &b->limits;
	double bare = rate_of(b, "health"), cores = (double)sysconf(_SC_NPROCESSORS_ONLN), crypto = 0;

	switch (f->floor) {
	case NO_FLOOR:
		return 0;
	case FLOOR_HANDSHAKE:
		return rate_of(b, "health-new");
	case FLOOR_REGISTER_RSA:
		crypto = 2 * per(l->rsa_verify) + 2 * per(l->ec_sign);
		break;
	case FLOOR_REGISTER_EC:
		crypto = 2 * per(l->ec_verify) + 2 * per(l->ec_sign);
		break;
	case FLOOR_RENEW:
		crypto = per(l->rsa_verify) + 2 * per(l->ec_sign);
		break;
	case FLOOR_AUTHORIZE:
		crypto = per(l->rsa_verify) + per(l->ec_sign);
		break;
	}
	return bare > 0 && crypto > 0 ? 1 / (1 / bare + crypto / cores) : 0;
}

/* What the figure is to be, as a rate; 0: no target, or not known. */
static double target_rate(const struct bench *b, const struct figure *f)
{
	return f->target > 0 ? f->target : f->target_of * rate_of(b, "health-new");
}

/* ---- output ---- */

/* Three digits that mean something. */
static const char *short_ms(double ms, char out[16])
{
	snprintf(out, 16, ms < 10 ? "%.2f" : ms < 100 ? "%.1f" : "%.0f", ms);
	return out;
}

static const char *percent(double part, double whole, char out[16])
{
	if (whole > 0 && part > 0)
		snprintf(out, 16, "%.0f%%", 100 * part / whole);
	else
		snprintf(out, 16, "-");
	return out;
}

static void print_machine(const struct bench *b)
{
	const struct bench_limits *l = &b->limits;

	printf("%ld cores, shared by server and client; median of %" PRId64 " runs of %.1f s; %" PRId64 " product keys\n\n",
	       sysconf(_SC_NPROCESSORS_ONLN), b->rounds, b->seconds, b->keys_n);
	printf("The machine                                              a second\n");
	if (l->rsa_verify > 0) {
		printf("RSA-2048 sign, verify (openssl speed, one core)    %9.0f %9.0f\n", l->rsa_sign, l->rsa_verify);
		printf("P-256 sign, verify                                 %9.0f %9.0f\n", l->ec_sign, l->ec_verify);
	}
	if (l->rows_1 > 0)
		printf("Rows of 1.2 kB, 1, 10, 100 a durable commit        %9.0f %9.0f %8.0f\n", l->rows_1, l->rows_10,
		       l->rows_100);
	printf("\n");
}

static void print_figure(const struct bench *b, size_t i)
{
	const struct figure *f = &figures[i];
	const struct measured *m = &b->median[i];
	char p50[16], p99[16], target[16], bound[16];

	if (f->p50_target_ms > 0)
		percent(f->p50_target_ms, m->result.p50_ms, target);
	else
		percent(m->result.rate, target_rate(b, f), target);
	printf("%-29s %6.0f %5s %5s %5.0f %4.0f%% %5.0f%% %6s %5s\n", f->title, m->result.rate,
	       short_ms(m->result.p50_ms, p50), short_ms(m->result.p99_ms, p99), m->server_us, 100 * m->busiest,
	       100 * m->client, target, percent(m->result.rate, limit(b, f), bound));
}

/* The figure `day` if it was chosen, else NULL. */
static const struct measured *day_measured(const struct bench *b)
{
	for (size_t i = 0; i < FIGURES; i++)
		if (figures[i].fleet == DAY && chosen(b, &figures[i]))
			return &b->median[i];
	return NULL;
}

/* CPU microseconds of the server for what one product does in a day. */
static double product_day_us(const struct bench *b, const struct measured *m)
{
	return m->server_us * (double)b->day.n / (double)b->products_n;
}

/* Products that half a core would carry if they come evenly over the day. */
static double half_a_core(const struct bench *b, const struct measured *m)
{
	double us = product_day_us(b, m);

	return us > 0 ? DAY_US / 2 / us : 0;
}

static void print_day(const struct bench *b)
{
	const struct measured *m = day_measured(b);
	char p50[16], p99[16];

	if (m == NULL)
		return;
	printf("\nA day in the life of %" PRId64 " products, each message on a new TLS connection\n", b->products_n);
	for (int i = 0; i < DAY_KINDS; i++)
		printf("  %-42s %12zu\n", bench_day_titles[i], b->day.count[i]);
	printf("  %-42s %12zu\n", "messages", b->day.n);
	printf("  %-42s %12.2f s\n", "played in", m->result.seconds);
	printf("  %-42s %12.0f\n", "messages a second", m->result.rate);
	printf("  %-42s %12s ms\n", "p50, connection included", short_ms(m->result.p50_ms, p50));
	printf("  %-42s %12s ms\n", "p99", short_ms(m->result.p99_ms, p99));
	printf("  %-42s %12.0f us\n", "CPU of the server for a product and day", product_day_us(b, m));
	printf("  %-42s %12.0f\n", "products a day that half a core carries", half_a_core(b, m));
	printf("  %-42s %12.1f MiB\n", "memory of the server after it", m->memory / (1 << 20));
}

static void print_table(const struct bench *b)
{
	print_machine(b);
	printf("                                    milliseconds   CPU  busy client     of    of\n"
	       "The server over HTTPS         a sec   p50   p99    us  thrd    CPU target limit\n");
	for (size_t i = 0; i < FIGURES; i++)
		if (chosen(b, &figures[i]))
			print_figure(b, i);
	print_day(b);
	printf("\nMemory of the server: %.1f MiB before, %.1f MiB after\n", (double)b->memory_idle / (1 << 20),
	       (double)b->memory_end / (1 << 20));
	for (size_t i = 0; i < FIGURES; i++) {
		const struct measured *m = &b->median[i];

		if (chosen(b, &figures[i]) && figures[i].p99_target_ms > 0 && m->result.p99_ms > figures[i].p99_target_ms)
			printf("%s: p99 is %.1f ms, to be at most %.0f ms\n", figures[i].title, m->result.p99_ms,
			       figures[i].p99_target_ms);
		if (m->result.refused || m->result.lost)
			printf("%s: %" PRId64 " refused, %" PRId64 " connections lost\n", figures[i].title,
			       m->result.refused, m->result.lost);
	}
	printf("\nCPU: of the server for one request. Busy thrd: the busiest thread's share of a\n"
	       "core. Limit: bare HTTPS and the signatures of a message on all cores; with new\n"
	       "connections the rate of GET /healthz with new connections.\n");
}

static void set_real(json_t *o, const char *name, double v)
{
	if (v > 0)
		json_object_set_new(o, name, json_real(v));
}

static json_t *figure_json(const struct bench *b, size_t i)
{
	const struct figure *f = &figures[i];
	const struct measured *m = &b->median[i];
	json_t *o = json_object(), *rates = json_array();

	json_set_text(o, "name", f->name);
	json_set_text(o, "title", f->title);
	json_set_int(o, "connections", b->connections ? b->connections : f->connections);
	set_real(o, "rate", m->result.rate);
	set_real(o, "p50Ms", m->result.p50_ms);
	set_real(o, "p99Ms", m->result.p99_ms);
	set_real(o, "maxMs", m->result.max_ms);
	set_real(o, "serverCpuUs", m->server_us);
	set_real(o, "busiestThread", m->busiest);
	set_real(o, "clientCpu", m->client);
	set_real(o, "memory", m->memory);
	set_real(o, "target", target_rate(b, f));
	set_real(o, "targetP50Ms", f->p50_target_ms);
	set_real(o, "targetP99Ms", f->p99_target_ms);
	set_real(o, "limit", limit(b, f));
	json_set_int(o, "refused", m->result.refused);
	json_set_int(o, "lost", m->result.lost);
	for (int64_t k = 0; k < b->rounds; k++)
		json_array_append_new(rates, json_real(b->round[i][k].result.rate));
	json_object_set_new(o, "rates", rates);
	return o;
}

static json_t *day_json(const struct bench *b, const struct measured *m)
{
	json_t *o = json_object();

	json_set_int(o, "products", b->products_n);
	for (int i = 0; i < DAY_KINDS; i++)
		json_set_int(o, bench_day_names[i], (int64_t)b->day.count[i]);
	json_set_int(o, "messages", (int64_t)b->day.n);
	set_real(o, "seconds", m->result.seconds);
	set_real(o, "cpuUsPerProductDay", product_day_us(b, m));
	set_real(o, "productsAtHalfACore", half_a_core(b, m));
	return o;
}

static void print_json(const struct bench *b)
{
	AUTO_JSON *o = json_object();
	json_t *list = json_array(), *machine = json_object();
	AUTO_BUF text = BUF_INIT;

	json_set_int(machine, "cores", sysconf(_SC_NPROCESSORS_ONLN));
	set_real(machine, "rsa2048Sign", b->limits.rsa_sign);
	set_real(machine, "rsa2048Verify", b->limits.rsa_verify);
	set_real(machine, "p256Sign", b->limits.ec_sign);
	set_real(machine, "p256Verify", b->limits.ec_verify);
	set_real(machine, "rows1", b->limits.rows_1);
	set_real(machine, "rows10", b->limits.rows_10);
	set_real(machine, "rows100", b->limits.rows_100);
	json_object_set_new(o, "machine", machine);
	for (size_t i = 0; i < FIGURES; i++)
		if (chosen(b, &figures[i]))
			json_array_append_new(list, figure_json(b, i));
	json_object_set_new(o, "figures", list);
	if (day_measured(b))
		json_object_set_new(o, "day", day_json(b, day_measured(b)));
	json_set_int(o, "rounds", b->rounds);
	json_object_set_new(o, "seconds", json_real(b->seconds));
	json_set_int(o, "keys", b->keys_n);
	json_set_int(o, "products", b->products_n);
	json_set_int(o, "memoryBefore", b->memory_idle);
	json_set_int(o, "memoryAfter", b->memory_end);
	json_write(o, &text);
	printf("%s\n", text.data);
}

static int run(struct bench *b, struct err *e)
{
	struct bench_usage end;

	if (read_endpoints(b, e) || prepare(b, e))
		return -1;
	for (int64_t round = 0; round < b->rounds; round++)
		for (size_t i = 0; i < FIGURES; i++)
			if (chosen(b, &figures[i]) && measure(b, i, round, e))
				return -1;
	if (bench_usage_read(b->pid, &end, e))
		return -1;
	b->memory_end = end.memory;
	take_medians(b);
	say(b, "");
	if (b->json)
		print_json(b);
	else
		print_table(b);
	return fflush(stdout) || ferror(stdout) ? err_set(e, E_FILE_ERROR, "The result cannot be written.") : 0;
}

static int parse(struct bench *b, int argc, char **argv)
{
	static const struct option options[] = {
		{ "endpoints", required_argument, NULL, 'e' },
		{ "seconds", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "connections", required_argument, NULL, 'c' },
		{ "only", required_argument, NULL, 'o' },
		{ "keys", required_argument, NULL, 'k' },
		{ "products", required_argument, NULL, 'p' },
		{ "key-files", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, rc = 0;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1 && rc == 0) {
		switch (c) {
		case 'e':
			b->endpoints = optarg;
			break;
		case 's':
			b->seconds = strtod(optarg, NULL);
			rc = b->seconds >= 0.1 && b->seconds <= 600 ? 0 : -1;
			break;
		case 'r':
			rc = str_int(optarg, 1, ROUNDS_MAX, &b->rounds);
			break;
		case 'c':
			rc = str_int(optarg, 1, 4096, &b->connections);
			break;
		case 'o':
			b->only = optarg;
			break;
		case 'k':
			rc = str_int(optarg, 1, 100000, &b->keys_n);
			break;
		case 'p':
			rc = str_int(optarg, 1, 2000000, &b->products_n);
			break;
		case 'f':
			b->key_prefix = optarg;
			break;
		case 'j':
			b->json = true;
			break;
		case 'h':
			exit(usage(stdout));
		default:
			return usage(stderr);
		}
	}
	if (rc || optind < argc)
		return usage(stderr);
	for (size_t i = 0; i < FIGURES; i++)
		if (chosen(b, &figures[i]))
			return 0;
	return usage(stderr);
}

int main(int argc, char **argv)
{
	static struct bench b = {
		.endpoints = "state/endpoints.json", .seconds = 2, .rounds = 5, .keys_n = 256, .products_n = 2000
	};
	struct err e = ERR_INIT;
	int rc = parse(&b, argc, argv);

	if (rc)
		return rc;
#ifdef __SANITIZE_ADDRESS__
	fprintf(stderr, "satellite-bench: built with sanitizers; its figures mean nothing.\n");
#endif
	json_init();
	log_set_level(LOG_LEVEL_WARNING);
	rc = run(&b, &e);
	if (rc) {
		say(&b, "");
		fprintf(stderr, "error: %s: %s\n", err_name(e.code), e.text);
	}
	json_decref(b.where);
	free(b.token);
	bench_fleet_free(&b.steady);
	bench_fleet_free(&b.changing);
	bench_fleet_free(&b.renewing);
	bench_day_free(&b.day);
	bench_keys_free(&b.rsa);
	bench_keys_free(&b.ec);
	return rc ? 1 : 0;
}
