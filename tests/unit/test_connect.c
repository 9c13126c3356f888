/* test_connect.c - synchronization over the network: when it is due, what runs, addresses, and exchanges with a server
 * that does not behave. */
#include <arpa/inet.h>
#include <check.h>
#include <curl/curl.h>
#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypt/cert.h"
#include "lic/site.h"
#include "sync/client.h"
#include "sync/place.h"
#include "sync/running.h"
#include "sync/schedule.h"
#include "tests/lib/clock_fake.h"

static struct err e;

/* ---- when ---- */

static int64_t at(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute };

	return (int64_t)timegm(&tm) * 1000;
}

static struct schedule of(const char *text)
{
	struct schedule s;

	ck_assert_msg(schedule_parse(text, &s, &e) == 0, "%s", e.text);
	return s;
}

#define NEXT(text, jitter, after, expected)                                     \
	do {                                                                    \
		struct schedule s_ = of(text);                                  \
		char got_[CLOCK_ISO_SIZE], want_[CLOCK_ISO_SIZE];               \
		clock_iso(schedule_next(&s_, (jitter)*MINUTE_MS, after), got_); \
		ck_assert_str_eq(got_, clock_iso(expected, want_));             \
	} while (0)

START_TEST(test_schedule_text)
{
	static const char *const good[] = { "off",
					    "daily@00:00",
					    "daily@23:59",
					    "weekly:mon@02:30",
					    "weekly:sun@12:00",
					    "monthly:1@02:30",
					    "monthly:31@23:59" };
	static const char *const bad[] = { "",
					   "on",
					   "daily",
					   "daily@24:00",
					   "daily@2:30",
					   "daily@02:60",
					   "daily@02:30:00",
					   "daily:mon@02:30",
					   "weekly@02:30",
					   "weekly:1@02:30",
					   "weekly:monday@02:30",
					   "monthly@02:30",
					   "monthly:0@02:30",
					   "monthly:32@02:30",
					   "monthly:x@02:30",
					   "off@02:30",
					   "yearly@02:30",
					   "daily@-1:30",
					   "daily@02:3x",
					   "daily@+2:30" };
	char text[SCHEDULE_TEXT_SIZE], words[SCHEDULE_WORDS_SIZE];
	struct schedule s;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		s = of(good[i]);
		ck_assert_str_eq(schedule_format(&s, text), good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_msg(schedule_parse(bad[i], &s, &e) == -1, "%s", bad[i]);
		ck_assert_str_eq(e.field, "schedule");
	}
	s = of("WEEKLY:Tue@02:30");
	ck_assert_str_eq(schedule_format(&s, text), "weekly:tue@02:30");
	ck_assert_str_eq(schedule_words(&s, 17 * MINUTE_MS, words), "every Tuesday at 02:30 UTC plus 17 min");
	s = of("monthly:30@02:30");
	ck_assert_str_eq(schedule_words(&s, 0, words), "on day 30 of every month (or the last one) at 02:30 UTC");
}
END_TEST

START_TEST(test_schedule_next)
{
	NEXT("daily@02:30", 0, at(2026, 11, 24, 2, 29), at(2026, 11, 24, 2, 30));
	NEXT("daily@02:30", 0, at(2026, 11, 24, 2, 30), at(2026, 11, 25, 2, 30)); /* after, not at */
	NEXT("daily@02:30", 0, at(2026, 12, 31, 12, 0), at(2027, 1, 1, 2, 30));
	NEXT("daily@23:50", 59, at(2026, 11, 24, 12, 0), at(2026, 11, 25, 0, 49)); /* the jitter leads over midnight */
	NEXT("daily@23:50", 59, at(2026, 11, 25, 0, 48), at(2026, 11, 25, 0, 49));
	NEXT("daily@23:50", 59, at(2026, 11, 25, 0, 49), at(2026, 11, 26, 0, 49));
	NEXT("weekly:mon@02:30", 0, at(2026, 11, 24, 0, 0), at(2026, 11, 30, 2, 30)); /* a Tuesday */
	NEXT("weekly:tue@02:30", 0, at(2026, 11, 24, 2, 29), at(2026, 11, 24, 2, 30));
	NEXT("weekly:tue@02:30", 0, at(2026, 11, 24, 2, 30), at(2026, 12, 1, 2, 30));
	NEXT("weekly:sun@23:59", 59, at(2026, 11, 30, 0, 57), at(2026, 11, 30, 0, 58));
	NEXT("weekly:sun@23:59", 59, at(2026, 11, 30, 0, 58), at(2026, 12, 7, 0, 58));
	NEXT("monthly:1@00:00", 0, at(2026, 11, 30, 23, 59), at(2026, 12, 1, 0, 0));
	NEXT("monthly:1@00:00", 0, at(2026, 12, 1, 0, 0), at(2027, 1, 1, 0, 0));
	NEXT("monthly:31@02:30", 0, at(2026, 11, 24, 0, 0), at(2026, 11, 30, 2, 30));
	NEXT("monthly:31@02:30", 0, at(2026, 11, 30, 2, 30), at(2026, 12, 31, 2, 30));
	NEXT("monthly:30@02:30", 0, at(2027, 2, 1, 0, 0), at(2027, 2, 28, 2, 30));
	NEXT("monthly:29@02:30", 0, at(2028, 2, 1, 0, 0), at(2028, 2, 29, 2, 30)); /* a leap year */
	NEXT("monthly:29@02:30", 0, at(2028, 2, 29, 2, 30), at(2028, 3, 29, 2, 30));
	NEXT("monthly:29@02:30", 0, at(2100, 2, 1, 0, 0), at(2100, 2, 28, 2, 30)); /* none */
	NEXT("monthly:29@02:30", 0, at(2000, 2, 1, 0, 0), at(2000, 2, 29, 2, 30));
	NEXT("monthly:31@23:50", 30, at(2026, 12, 1, 0, 19), at(2026, 12, 1, 0, 20)); /* of November */
	NEXT("monthly:31@23:50", 30, at(2026, 12, 1, 0, 20), at(2027, 1, 1, 0, 20));
}
END_TEST

/* Four centuries of months: each time is the last but one minute of its month, and the months follow each other. */
START_TEST(test_schedule_centuries)
{
	struct schedule s = of("monthly:31@23:59");
	int64_t t = at(1999, 12, 15, 0, 0);

	for (int month = 0; month < 400 * 12; month++) {
		t = schedule_next(&s, 0, t);
		ck_assert_int_eq(t, at(2000, 1 + month, 1, 0, 0) - MINUTE_MS);
	}
}
END_TEST

START_TEST(test_schedule_due)
{
	struct schedule daily = of("daily@02:30"), weekly = of("weekly:mon@02:30"), off = of("off");
	int64_t now = at(2026, 11, 24, 12, 0);

	/* nothing yet; what is to come; what was missed while the satellite was off stays until it is done */
	ck_assert_int_eq(schedule_due(&daily, 0, 0, now), at(2026, 11, 25, 2, 30));
	ck_assert_int_eq(schedule_due(&daily, 0, at(2026, 11, 25, 2, 30), now), at(2026, 11, 25, 2, 30));
	ck_assert_int_eq(schedule_due(&daily, 0, at(2026, 9, 1, 2, 30), now), at(2026, 9, 1, 2, 30));
	ck_assert_int_eq(schedule_due(&daily, 0, now, now), now);
	/* another schedule; a clock that stood a year ahead; switched off */
	ck_assert_int_eq(schedule_due(&weekly, 0, at(2026, 11, 25, 2, 30), now), at(2026, 11, 30, 2, 30));
	ck_assert_int_eq(schedule_due(&daily, 0, at(2027, 11, 25, 2, 30), now), at(2026, 11, 25, 2, 30));
	ck_assert_int_eq(schedule_due(&off, 0, at(2026, 11, 25, 2, 30), now), 0);
	ck_assert_int_eq(schedule_due(&off, 0, at(2026, 9, 1, 2, 30), now), 0);
}
END_TEST

START_TEST(test_retry)
{
	static const int64_t minutes[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360 };

	for (size_t i = 0; i < sizeof(minutes) / sizeof(*minutes); i++)
		ck_assert_int_eq(schedule_retry((int64_t)i + 1, 1000), 1000 + minutes[i] * MINUTE_MS);
	ck_assert_int_eq(schedule_retry(INT64_MAX, 0), SCHEDULE_BACKOFF_MAX_MS);
}
END_TEST

START_TEST(test_jitter)
{
	bool seen[60] = { false };
	int different = 0;

	for (int i = 0; i < 1000; i++) {
		AUTO_FREE char *account = mem_printf("account-%d", i);
		int64_t jitter = schedule_jitter("11111111-2222-4333-8444-555555555555", account);

		ck_assert_int_eq(jitter, schedule_jitter("11111111-2222-4333-8444-555555555555", account));
		ck_assert_int_eq(jitter % MINUTE_MS, 0);
		ck_assert(jitter >= 0 && jitter < HOUR_MS);
		different += !seen[jitter / MINUTE_MS];
		seen[jitter / MINUTE_MS] = true;
	}
	ck_assert_int_eq(different, 60);
}
END_TEST

/* ---- what runs ---- */

START_TEST(test_running)
{
	struct running *one, *other, *none = NULL;
	struct running_view v;
	char by[132];

	ck_assert(!sync_running_view("a", &v));
	ck_assert_int_eq(sync_running_begin("a", "Demo", RUNNING_EXCHANGE, 1000, "anna", &one, &e), 0);
	ck_assert_int_eq(sync_running_begin("b", "Other", RUNNING_IMPORT, 1000, "piet", &other, &e), 0);
	ck_assert_int_eq(sync_running_begin("a", "Demo", RUNNING_IMPORT, 1000, "piet", &none, &e), -1);
	ck_assert_int_eq(e.code, E_SYNC_RUNNING);
	ck_assert_ptr_nonnull(strstr(e.text, "A synchronization with the cloud manager is running for 'Demo', since "));
	ck_assert_ptr_nonnull(strstr(e.text, "by anna"));
	sync_running_stage(one, STAGE_SEND);
	sync_running_bytes(one, 10, 20);
	ck_assert(sync_running_view("a", &v) && v.stage == STAGE_SEND && v.bytes == 10 && v.bytes_total == 20 &&
		  v.since == 1000);
	sync_running_stage(one, STAGE_WAIT);
	ck_assert(sync_running_view("a", &v) && v.bytes == 0 && !v.cancelled);
	ck_assert(!sync_running_cancelled(one, by));
	ck_assert(sync_running_cancel("a", "piet") && sync_running_cancel("a", "otto"));
	ck_assert(sync_running_cancelled(one, by) && strcmp(by, "piet") == 0);
	ck_assert(!sync_running_cancelled(other, NULL));
	sync_running_end(one);
	ck_assert(!sync_running_cancel("a", "piet"));
	ck_assert_int_eq(sync_running_begin("a", "Demo", RUNNING_IMPORT, 1000, "piet", &one, &e), 0);
	sync_running_end(one);
	sync_running_end(other);
	ck_assert(!sync_running_view("b", &v));
}
END_TEST

/* ---- addresses ---- */

START_TEST(test_places)
{
	static const struct {
		const char *typed, *url, *text;
	} good[] = {
		{ "manager.example.com", "https://manager.example.com", "manager.example.com:443" },
		{ "manager.example.com:8443", "https://manager.example.com:8443", "manager.example.com:8443" },
		{ "https://manager.example.com:443/", "https://manager.example.com", "manager.example.com:443" },
		{ "HTTPS://10.1.2.3", "https://10.1.2.3", "10.1.2.3:443" },
		{ "https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443", "[2001:db8::1]:8443" },
		{ "[2001:db8::1]", "https://[2001:db8::1]", "[2001:db8::1]:443" },
	};
	static const char *const bad[] = { "http://manager.example.com",
					   "https://u:p@manager.example.com",
					   "https://u@manager.example.com",
					   "https://manager.example.com/path",
					   "https://manager.example.com?q",
					   "https://manager.example.com#f",
					   "https://manager.example.com:0",
					   "https://manager.example.com:65536",
					   "https://",
					   "ftp://manager.example.com",
					   "manager example",
					   "https://man\tager",
					   "https://x\r\nHost: y",
					   "file:///etc/passwd",
					   "https://manager.example.com:8443x" };
	struct arena a;

	arena_init(&a);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		AUTO_BUF url = BUF_INIT;

		ck_assert_msg(place_manager(good[i].typed, &url, &e) == 0, "%s", e.text);
		ck_assert_str_eq(url.data, good[i].url);
		ck_assert_str_eq(place_text(&a, url.data), good[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		AUTO_BUF url = BUF_INIT;

		ck_assert_msg(place_manager(bad[i], &url, &e) == -1, "%s", bad[i]);
		ck_assert_str_eq(e.field, "managerUrl");
	}
	arena_fini(&a);
}
END_TEST

START_TEST(test_proxies)
{
	static const char *const bad[] = { "proxy.example.net", "socks5://proxy.example.net:1080",
					   "http://u:p@proxy.example.net:3128", "http://proxy.example.net:3128/x" };
	AUTO_BUF plain = BUF_INIT;
	AUTO_BUF tls = BUF_INIT;

	ck_assert_int_eq(place_proxy("proxy.example.net:3128", &plain, &e), 0);
	ck_assert_str_eq(plain.data, "http://proxy.example.net:3128");
	ck_assert_int_eq(place_proxy("https://proxy.example.net:3129", &tls, &e), 0);
	ck_assert_str_eq(tls.data, "https://proxy.example.net:3129");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		AUTO_BUF url = BUF_INIT;

		ck_assert_msg(place_proxy(bad[i], &url, &e) == -1, "%s", bad[i]);
		ck_assert_str_eq(e.field, "proxyUrl");
	}
}
END_TEST

/* ---- exchanges ---- */

/* A server that answers one request with what it was given, and keeps what it was asked. */
struct misfit {
	int listener, port;
	pthread_t thread;
	gnutls_certificate_credentials_t tls; /* NULL: it does not speak TLS */
	const char *answer;                   /* bytes; NULL: it never answers */
	size_t answer_n;
	bool refuse_body; /* answers after the head */
	bool wait_long;   /* before it answers, more time passes than anybody waits */
	char asked[4096];
	size_t body_n;
	_Atomic bool over;
};

static struct site site;
static struct arena arena;
static struct key *ca_key, *key;
static struct cert *ca, *leaf, *expired, *other_name;
static char *ca_pem;
static _Atomic bool stop;

static struct cert *issue(enum cert_profile profile, const char *name, const struct key *k, const struct cert *by,
			  const struct key *by_key, int64_t from, int64_t until)
{
	const char *names[] = { name, NULL };
	struct cert_request r = {
		.profile = profile, .common_name = name, .key = k, .not_before = from, .not_after = until, .names = names
	};
	struct cert *c;

	ck_assert_msg(cert_issue(&r, by, by_key, &c, &e) == 0, "%s", e.text);
	return c;
}

/* Certificates are compared with the real time: the library asks for it. */
static void setup_client(void)
{
	int64_t now = (int64_t)time(NULL) * 1000;
	struct buf pem = BUF_INIT;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	arena_init(&arena);
	stop = false;
	site_init(&site);
	site.spool_dir = "/tmp";
	key_generate(KEY_EC_P256, &ca_key, &e);
	key_generate(KEY_EC_P256, &key, &e);
	ca = issue(CERT_TLS_CA, "Test CA", ca_key, NULL, ca_key, now - DAY_MS, now + DAY_MS);
	leaf = issue(CERT_TLS_SERVER, "127.0.0.1", key, ca, ca_key, now - DAY_MS, now + DAY_MS);
	expired = issue(CERT_TLS_SERVER, "127.0.0.1", key, ca, ca_key, now - 3 * DAY_MS, now - DAY_MS);
	other_name = issue(CERT_TLS_SERVER, "elsewhere.example.com", key, ca, ca_key, now - DAY_MS, now + DAY_MS);
	cert_write_pem(ca, &pem);
	ca_pem = buf_steal(&pem, NULL);
}

static void teardown_client(void)
{
	cert_free(ca);
	cert_free(leaf);
	cert_free(expired);
	cert_free(other_name);
	key_free(ca_key);
	key_free(key);
	free(ca_pem);
	site_fini(&site);
	arena_fini(&arena);
}

static gnutls_certificate_credentials_t tls_of(const struct cert *c)
{
	gnutls_certificate_credentials_t tls;
	AUTO_BUF cert_text = BUF_INIT, key_text = BUF_INIT;
	gnutls_datum_t cert_data, key_data;

	cert_write_pem(c, &cert_text);
	key_write_private(key, &key_text);
	cert_data = (gnutls_datum_t){ (unsigned char *)cert_text.data, (unsigned)cert_text.n };
	key_data = (gnutls_datum_t){ (unsigned char *)key_text.data, (unsigned)key_text.n };
	ck_assert_int_eq(gnutls_certificate_allocate_credentials(&tls), 0);
	ck_assert_int_eq(gnutls_certificate_set_x509_key_mem(tls, &cert_data, &key_data, GNUTLS_X509_FMT_PEM), 0);
	return tls;
}

/* The head, and unless it is refused the whole body. */
static void read_request(struct misfit *m, gnutls_session_t ssl)
{
	size_t head = 0, length = 0;
	char waste[4096];

	while (head + 1 < sizeof(m->asked) && strstr(m->asked, "\r\n\r\n") == NULL) {
		ssize_t got = gnutls_record_recv(ssl, m->asked + head, 1);

		if (got <= 0)
			return;
		head += (size_t)got;
		m->asked[head] = '\0';
	}
	if (strstr(m->asked, "Content-Length: "))
		length = strtoul(strstr(m->asked, "Content-Length: ") + strlen("Content-Length: "), NULL, 10);
	while (!m->refuse_body && m->body_n < length) {
		ssize_t got = gnutls_record_recv(ssl, waste, sizeof(waste));

		if (got <= 0)
			return;
		m->body_n += (size_t)got;
	}
}

static void answer_request(struct misfit *m, gnutls_session_t ssl)
{
	for (int i = 0; i < 200 && m->answer == NULL && !m->over; i++)
		usleep(50000);
	if (m->wait_long) {
		usleep(1500000); /* until the client has seen that it waits */
		clock_fake_advance(16 * MINUTE_MS);
		for (int i = 0; i < 200 && !m->over; i++)
			usleep(50000);
	}
	for (size_t n = 0; m->answer && n < m->answer_n;) {
		ssize_t put = gnutls_record_send(ssl, m->answer + n, m->answer_n - n);

		if (put <= 0)
			return;
		n += (size_t)put;
	}
}

static void *misbehave(void *arg)
{
	struct misfit *m = arg;
	int fd = accept(m->listener, NULL, NULL);
	gnutls_session_t ssl;

	if (m->tls == NULL) {
		if (write(fd, "220 mail.example.com ESMTP\r\n", 28) < 0)
			abort();
		close(fd);
		return NULL;
	}
	gnutls_init(&ssl, GNUTLS_SERVER);
	gnutls_set_default_priority(ssl);
	gnutls_credentials_set(ssl, GNUTLS_CRD_CERTIFICATE, m->tls);
	gnutls_transport_set_int(ssl, fd);
	if (gnutls_handshake(ssl) == 0) {
		read_request(m, ssl);
		answer_request(m, ssl);
		gnutls_bye(ssl, GNUTLS_SHUT_WR);
		/* Bytes that are not read when it closes would take the answer with them. */
		while (m->refuse_body && read(fd, m->asked, sizeof(m->asked)) > 0)
			continue;
	}
	gnutls_deinit(ssl);
	close(fd);
	return NULL;
}

static void misfit_start(struct misfit *m, const struct cert *c)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);

	m->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(m->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(m->listener, 4), 0);
	ck_assert_int_eq(getsockname(m->listener, (struct sockaddr *)&a, &n), 0);
	m->port = ntohs(a.sin_port);
	m->tls = c ? tls_of(c) : NULL;
	if (m->answer && m->answer_n == 0)
		m->answer_n = strlen(m->answer);
	ck_assert_int_eq(pthread_create(&m->thread, NULL, misbehave, m), 0);
}

static void misfit_end(struct misfit *m)
{
	m->over = true;
	pthread_join(m->thread, NULL);
	close(m->listener);
	if (m->tls)
		gnutls_certificate_free_credentials(m->tls);
}

static bool stopping(struct work *w)
{
	(void)w;
	return stop;
}

/* Sends n bytes to a port; *got gets the answer. */
static int send_to(int port, const char *trusted, size_t n, int64_t answer_max, struct running *run, struct buf *got)
{
	char name[] = "/tmp/test_connect.XXXXXX";
	struct work work = { .site = &site, .arena = &arena, .stopping = stopping };
	AUTO_FREE char *url = mem_printf("https://127.0.0.1:%d", port);
	AUTO_FREE char *bytes = mem_alloc(n);
	struct client_peer peer = { .url = url, .ca_pem = trusted, .proxy = "", .proxy_user = "", .proxy_password = "" };
	struct client_file file = { .path = "/sync/v1/exchange",
				    .bearer = "code-1",
				    .fd = mkstemp(name),
				    .bytes = (int64_t)n,
				    .answer_max = answer_max };
	int answer = -1, rc;

	unlink(name);
	memset(bytes, 'x', n);
	ck_assert_int_eq(write(file.fd, bytes, n), (ssize_t)n);
	e = ERR_INIT;
	rc = sync_post(&work, &peer, &file, run, &answer, &e);
	if (rc == 0 && got)
		got->n += (size_t)read(answer, buf_room(got, 4096), 4096);
	ck_assert_int_eq(rc == 0, answer >= 0);
	if (answer >= 0)
		close(answer);
	close(file.fd);
	return rc;
}

static void expect(struct misfit *m, const struct cert *c, const char *trusted, enum err_code code, const char *text)
{
	misfit_start(m, c);
	ck_assert_int_eq(send_to(m->port, trusted, 100000, 1000, NULL, NULL), -1);
	misfit_end(m);
	ck_assert_msg(e.code == code && strstr(e.text, text), "%s: %s", err_name(e.code), e.text);
	ck_assert_ptr_nonnull(strstr(e.text, "127.0.0.1:"));
}

#define HEAD(status, type) "HTTP/1.1 " status "\r\nContent-Type: " type "\r\nConnection: close\r\n"

START_TEST(test_good)
{
	struct misfit m = { .answer = HEAD("200 OK", "application/gzip") "Content-Length: 4\r\n\r\nfile" };
	struct running *run;
	struct running_view v;
	AUTO_BUF got = BUF_INIT;

	misfit_start(&m, leaf);
	ck_assert_int_eq(sync_running_begin("a", "Demo", RUNNING_EXCHANGE, 1, "anna", &run, &e), 0);
	ck_assert_msg(send_to(m.port, ca_pem, 300000, 4, run, &got) == 0, "%s", e.text);
	misfit_end(&m);
	ck_assert(got.n == 4 && memcmp(got.data, "file", 4) == 0);
	ck_assert_int_eq(m.body_n, 300000);
	ck_assert_ptr_nonnull(strstr(m.asked, "POST /sync/v1/exchange HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(m.asked, "Content-Type: application/gzip\r\n"));
	ck_assert_ptr_nonnull(strstr(m.asked, "Authorization: Bearer code-1\r\n"));
	ck_assert_ptr_null(strstr(m.asked, "Expect"));
	ck_assert(sync_running_view("a", &v) && v.stage == STAGE_RECEIVE);
	sync_running_end(run);
}
END_TEST

START_TEST(test_not_whole)
{
	struct misfit cut = { .answer = HEAD("200 OK", "application/gzip") "Content-Length: 400\r\n\r\nfile" };
	struct misfit nothing = { .answer = "" };
	struct misfit large = { .answer = HEAD("200 OK", "application/gzip") "\r\n", .answer_n = 5000 };
	AUTO_FREE char *bytes = mem_alloc(5000);

	expect(&cut, leaf, ca_pem, E_SYNC_UNREACHABLE, "broke in the middle of the answer");
	expect(&nothing, leaf, ca_pem, E_SYNC_UNREACHABLE, "broke before the answer came");
	memcpy(bytes, large.answer, strlen(large.answer));
	large.answer = bytes;
	expect(&large, leaf, ca_pem, E_ANSWER_INVALID, "is larger than 1000 bytes");
}
END_TEST

#define ERROR_JSON(name, text) \
	"{\"status\":\"ERROR\",\"statusMessage\":\"" text "\",\"error\":{\"code\":1,\"name\":\"" name "\"}}"

START_TEST(test_refused)
{
	struct misfit refused = { .answer = HEAD("409 Conflict", "application/json") "\r\n" ERROR_JSON("SYNC_DAMAGED",
												       "It is cut.") };
	struct misfit removed = { .answer = HEAD("403 Forbidden", "application/json") "\r\n" ERROR_JSON("SATELLITE_REMOVED",
													"You are gone.") };
	struct misfit busy = { .answer = HEAD("503 Busy", "application/json") "\r\n" ERROR_JSON("BUSY", "Later.") };
	struct misfit early = { .answer = HEAD("403 Forbidden",
					       "application/json") "\r\n" ERROR_JSON("REGISTRATION_CODE_INVALID", "No."),
				.refuse_body = true };

	expect(&refused, leaf, ca_pem, E_SYNC_REFUSED, "refused the file (SYNC_DAMAGED): It is cut.");
	expect(&removed, leaf, ca_pem, E_SATELLITE_REMOVED, "You are gone.");
	expect(&busy, leaf, ca_pem, E_SYNC_REFUSED, "cannot take the file now (BUSY): Later.");
	expect(&early, leaf, ca_pem, E_REGISTRATION_CODE_INVALID, "says: No.");
}
END_TEST

START_TEST(test_somebody_else)
{
	struct misfit page = { .answer = HEAD("200 OK",
					      "text/html; charset=utf-8") "\r\n<!DOCTYPE html><html>Sign in</html>" };
	struct misfit moved = { .answer = HEAD("302 Found",
					       "text/html") "Location: https://login.example.com/\r\n\r\n<html></html>" };
	struct misfit broken = { .answer = HEAD("500 Internal Server Error", "text/plain") "\r\nTraceback" };
	struct misfit none = { .answer = HEAD("404 Not Found", "text/plain") "\r\nnothing here" };
	struct misfit empty = { .answer = HEAD("200 OK", "application/gzip") "Content-Length: 0\r\n\r\n" };
	struct misfit json = { .answer = HEAD("200 OK", "application/json") "\r\n{}" };

	expect(&page, leaf, ca_pem, E_ANSWER_INVALID, "answered with a web page (HTTP 200, text/html; charset=utf-8)");
	expect(&moved, leaf, ca_pem, E_ANSWER_INVALID, "redirects to https://login.example.com/ (HTTP 302)");
	expect(&broken, leaf, ca_pem, E_SYNC_UNREACHABLE, "error of the server (HTTP 500, text/plain)");
	expect(&none, leaf, ca_pem, E_ANSWER_INVALID, "answered with HTTP 404 (text/plain)");
	expect(&empty, leaf, ca_pem, E_ANSWER_INVALID, "answered with HTTP 200 (application/gzip)");
	expect(&json, leaf, ca_pem, E_ANSWER_INVALID, "answered with HTTP 200 (application/json)");
}
END_TEST

START_TEST(test_certificates)
{
	struct misfit unknown = { 0 }, foreign = { 0 }, old = { 0 }, name = { 0 }, none = { 0 };
	struct cert *stranger = issue(CERT_TLS_CA, "Another CA", key, NULL, key, (int64_t)time(NULL) * 1000 - DAY_MS,
				      (int64_t)time(NULL) * 1000 + DAY_MS);
	AUTO_BUF pem = BUF_INIT;

	cert_write_pem(stranger, &pem);
	cert_free(stranger);
	expect(&unknown, leaf, "", E_SYNC_UNREACHABLE, "issued by a CA that is not trusted (none is configured here)");
	expect(&foreign, leaf, pem.data, E_SYNC_UNREACHABLE, "not trusted (it is none of those configured)");
	expect(&old, expired, ca_pem, E_SYNC_UNREACHABLE, "has expired");
	expect(&name, other_name, ca_pem, E_SYNC_UNREACHABLE, "names elsewhere.example.com");
	expect(&none, NULL, ca_pem, E_SYNC_UNREACHABLE, "does not speak HTTPS");
}
END_TEST

START_TEST(test_nobody)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t n = sizeof(a);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0); /* and nobody listens */
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	ck_assert_int_eq(send_to(ntohs(a.sin_port), ca_pem, 10, 1000, NULL, NULL), -1);
	close(fd);
	ck_assert_msg(e.code == E_SYNC_UNREACHABLE && strstr(e.text, "Connection refused"), "%s", e.text);
}
END_TEST

static void *stop_soon(void *arg)
{
	(void)arg;
	usleep(300000);
	stop = true;
	return NULL;
}

START_TEST(test_cancelled)
{
	struct misfit m = { .answer = NULL };
	pthread_t thread;

	misfit_start(&m, leaf);
	pthread_create(&thread, NULL, stop_soon, NULL);
	ck_assert_int_eq(send_to(m.port, ca_pem, 10, 1000, NULL, NULL), -1);
	pthread_join(thread, NULL);
	misfit_end(&m);
	ck_assert_int_eq(e.code, E_CANCELLED);
}
END_TEST

START_TEST(test_stalled)
{
	struct misfit m = { .answer = NULL, .wait_long = true };

	m.answer = "";
	expect(&m, leaf, ca_pem, E_SYNC_UNREACHABLE, "took the file and did not answer for 16 min");
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("connect");
	TCase *c = tcase_create("when"), *client = tcase_create("client");

	tcase_add_test(c, test_schedule_text);
	tcase_add_test(c, test_schedule_next);
	tcase_add_test(c, test_schedule_centuries);
	tcase_add_test(c, test_schedule_due);
	tcase_add_test(c, test_retry);
	tcase_add_test(c, test_jitter);
	tcase_add_test(c, test_running);
	tcase_add_test(c, test_places);
	tcase_add_test(c, test_proxies);
	suite_add_tcase(s, c);
	tcase_add_checked_fixture(client, setup_client, teardown_client);
	tcase_set_timeout(client, 30);
	tcase_add_test(client, test_good);
	tcase_add_test(client, test_not_whole);
	tcase_add_test(client, test_refused);
	tcase_add_test(client, test_somebody_else);
	tcase_add_test(client, test_certificates);
	tcase_add_test(client, test_nobody);
	tcase_add_test(client, test_cancelled);
	tcase_add_test(client, test_stalled);
	suite_add_tcase(s, client);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(make_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
