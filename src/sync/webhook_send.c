#include "sync/webhook_send.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "crypt/digest.h"
#include "lic/site.h"

#define CONNECT_TIMEOUT_S 10L
#define TIMEOUT_S 30L
#define ANSWER_MAX 65536 /* bytes; none of them are kept */

/* ---- where to ---- */

static bool address4_allowed(const unsigned char b[4], bool loopback, bool plain)
{
	bool local = b[0] == 127;

	if (plain || local)
		return local && loopback;
	return b[0] != 0 && b[0] < 224 && !(b[0] == 169 && b[1] == 254);
}

/* An IPv4 address inside of an IPv6 one is judged as what it is. */
static const unsigned char *inside(const unsigned char b[16])
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff }, compatible[12] = { 0 },
				   nat64[12] = { 0, 0x64, 0xff, 0x9b };

	if (memcmp(b, mapped, 12) == 0 || memcmp(b, nat64, 12) == 0)
		return b + 12;
	if (memcmp(b, compatible, 12) == 0 && (b[12] || b[13] || b[14] || b[15] > 1))
		return b + 12;
	return b[0] == 0x20 && b[1] == 0x02 ? b + 2 : NULL;
}

static bool address6_allowed(const unsigned char b[16], bool loopback, bool plain)
{
	static const unsigned char own[16] = { [15] = 1 }, none[16] = { 0 };
	/* fd00:ec2::254, where a cloud has its metadata */
	static const unsigned char metadata[16] = { 0xfd, 0, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54 };
	bool local = memcmp(b, own, 16) == 0;

	if (inside(b))
		return address4_allowed(inside(b), loopback, plain);
	if (plain || local)
		return local && loopback;
	return memcmp(b, none, 16) != 0 && memcmp(b, metadata, 16) != 0 && b[0] != 0xff &&
	       !(b[0] == 0xfe && (b[1] & 0x80) == 0x80);
}

bool webhook_address(const struct sockaddr *a, bool loopback, bool plain)
{
	unsigned char bytes[16];

	if (a->sa_family == AF_INET) {
		memcpy(bytes, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
		return address4_allowed(bytes, loopback, plain);
	}
	if (a->sa_family != AF_INET6)
		return false;
	memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, 16);
	return address6_allowed(bytes, loopback, plain);
}

static int refuse(struct err *e, const char *why)
{
	return err_field(e, E_INVALID_REQUEST, "url", "%s", why);
}

/* A host that is written as a number is judged at once; a name when it is connected to. */
static int check_host(CURLU *u, bool loopback, bool plain, struct err *e)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *found = NULL;
	char *host = NULL, bare[256] = "";
	int rc = 0;

	if (curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK)
		str_copy(bare, sizeof(bare), *host == '[' ? host + 1 : host);
	curl_free(host);
	bare[strcspn(bare, "]")] = '\0';
	if (*bare == '\0')
		return refuse(e, "The address has no host.");
	if (getaddrinfo(bare, NULL, &hints, &found) == 0 && !webhook_address(found->ai_addr, loopback, plain))
		rc = refuse(
			e,
			"Deliveries do not go to this machine itself, nor to link-local or multicast addresses. The option "
			"webhook_loopback permits this machine.");
	if (found)
		freeaddrinfo(found);
	return rc;
}

static int check_parts(CURLU *u, const char *url, bool loopback, struct err *e)
{
	char *scheme = NULL, *fragment = NULL;
	bool plain = false;
	int rc = 0;

	if (curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
		rc = refuse(e, "This is no address for deliveries: write it as https://monitor.example.net/path, without a "
			       "login.");
	else if (curl_url_get(u, CURLUPART_FRAGMENT, &fragment, 0) == CURLUE_OK)
		rc = refuse(e, "The address has a fragment (#…), which is never sent.");
	else if (strcmp(scheme, "http") == 0)
		plain = true;
	else if (strcmp(scheme, "https") != 0)
		rc = refuse(e, "Deliveries go by https:// only.");
	if (rc == 0 && plain && !loopback)
		rc = refuse(e, "Deliveries go by https:// only.");
	curl_free(scheme);
	curl_free(fragment);
	return rc ? rc : check_host(u, loopback, plain, e);
}

int webhook_target(const char *url, bool loopback, struct err *e)
{
	CURLU *u;
	int rc;

	for (const char *c = url; *c; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 127)
			return refuse(e, "An address has printable ASCII characters only; write others as %41 and hosts as "
					 "xn--….");
	/* The library forgives more and fewer strokes than two. */
	if (strstr(url, "://") == NULL || strstr(url, "://")[3] == '/')
		return refuse(e, "This is no address for deliveries: write it as https://monitor.example.net/path.");
	u = curl_url();
	rc = u ? check_parts(u, url, loopback, e) : err_set(e, E_INTERNAL, "No memory.");
	curl_url_cleanup(u);
	return rc;
}

/* ---- one transfer ---- */

struct send {
	struct work *work;
	const struct webhook_row *row;
	struct buf body, secret;
	char delivery[UUID_SIZE];
	int64_t now;
	bool loopback, plain;
	bool refused, stopped; /* an address was; the program ends */
	size_t received;
	long status;
	char why[CURL_ERROR_SIZE];
};

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct send *s = arg;

	(void)purpose;
	if (!webhook_address(&a->addr, s->loopback, s->plain)) {
		s->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
	struct send *s = arg;

	(void)data;
	s->received += size * n;
	return s->received <= ANSWER_MAX ? size * n : 0;
}

static int on_progress(void *arg, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
	struct send *s = arg;

	(void)down_total;
	(void)down;
	(void)up_total;
	(void)up;
	s->stopped = s->work->stopping && s->work->stopping(s->work);
	return s->stopped;
}

#define SET(option, value) rc = rc ? rc : curl_easy_setopt(c, option, value)

static CURLcode set_way(CURL *c, struct send *s)
{
	struct curl_blob ca = { .data = (void *)(uintptr_t)s->row->ca, .len = strlen(s->row->ca) };
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_URL, s->row->url);
	SET(CURLOPT_PROTOCOLS_STR, s->plain ? "http" : "https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_PROXY, ""); /* never what the environment says */
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, s);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (*s->row->ca) {
		SET(CURLOPT_CAINFO_BLOB, &ca);
		SET(CURLOPT_CAPATH, NULL);
	}
	return rc;
}

static CURLcode set_transfer(CURL *c, struct send *s, const struct curl_slist *headers)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_ERRORBUFFER, s->why);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L);
	SET(CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	SET(CURLOPT_TIMEOUT, TIMEOUT_S);
	SET(CURLOPT_USERAGENT, "license-satellite");
	SET(CURLOPT_HTTPHEADER, headers);
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->body.n);
	SET(CURLOPT_POSTFIELDS, s->body.data);
	SET(CURLOPT_WRITEFUNCTION, on_data);
	SET(CURLOPT_WRITEDATA, s);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, s);
	return rc;
}
#undef SET

static struct curl_slist *append(struct curl_slist *list, const char *line, bool first)
{
	return first || list ? curl_slist_append(list, line) : NULL;
}

static struct curl_slist *make_headers(struct send *s)
{
	struct arena *a = s->work->arena;
	unsigned char mac[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	AUTO_BUF text = BUF_INIT;
	struct curl_slist *list;

	buf_printf(&text, "%" PRId64 ".", s->now / SECOND_MS);
	buf_add(&text, s->body.data, s->body.n);
	digest_hmac_sha256(s->secret.data, s->secret.n, text.data, text.n, mac);
	list = append(NULL, "Content-Type: application/json", true);
	list = append(list, "Expect:", false);
	list = append(list, arena_printf(a, "X-Satellite-Timestamp: %" PRId64, s->now / SECOND_MS), false);
	list = append(list, arena_printf(a, "X-Satellite-Signature: sha256=%s", str_hex(hex, mac, SHA256_SIZE)), false);
	return append(list, arena_printf(a, "X-Satellite-Delivery: %s", s->delivery), false);
}

/* E_WEBHOOK_FAILED says why it was not taken. Nothing of the answer is shown: it may be of a host that is nobody's
 * business. */
static int judge(const struct send *s, CURLcode rc, struct err *e)
{
	if (s->stopped)
		return err_set(e, E_CANCELLED, NULL);
	if (s->refused && rc)
		return err_set(
			e, E_WEBHOOK_FAILED,
			"The name leads to this machine itself, or to a link-local or multicast address; deliveries do "
			"not go there.");
	if (rc == CURLE_WRITE_ERROR)
		return err_set(e, E_WEBHOOK_FAILED, "The answer was larger than %d bytes.", ANSWER_MAX);
	if (rc)
		return err_set(e, E_WEBHOOK_FAILED, "It could not be delivered: %.200s.", curl_easy_strerror(rc));
	if (s->status / 100 == 3)
		return err_set(
			e, E_WEBHOOK_FAILED,
			"The receiver redirects (HTTP %ld), which is not followed. Set the address that it leads to.",
			s->status);
	if (s->status / 100 != 2)
		return err_set(e, E_WEBHOOK_FAILED, "The receiver answered HTTP %ld.", s->status);
	return 0;
}

static int transfer(struct send *s, struct err *e)
{
	struct curl_slist *headers = make_headers(s);
	CURL *curl = curl_easy_init();
	int result;

	if (curl == NULL || headers == NULL || set_way(curl, s) || set_transfer(curl, s, headers)) {
		result = err_set(e, E_INTERNAL, "The HTTPS library cannot be set up.");
	} else {
		CURLcode rc = curl_easy_perform(curl);

		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &s->status);
		result = judge(s, rc, e);
	}
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	return result;
}

/* ---- a delivery ---- */

struct delivery {
	struct send send;
	struct webhook_news news;
	bool test;
	const char *why; /* it failed */
};

static int prepare(struct tx *tx, void *arg, struct err *e)
{
	struct delivery *d = arg;
	struct send *s = &d->send;

	s->now = tx->now;
	s->loopback = tx->site->webhook_loopback;
	s->plain = strncmp(s->row->url, "http:", 5) == 0;
	rand_uuid(s->delivery);
	if (webhook_secret(tx, s->row, &s->secret, e) || (!d->test && webhook_news(tx, s->row, &d->news, e)))
		return -1;
	webhook_body(tx, s->row, d->test ? NULL : &d->news, s->delivery, &s->body);
	return 0;
}

static int store(struct tx *tx, void *arg, struct err *e)
{
	struct delivery *d = arg;

	return d->why ? webhook_failed(tx, d->send.row, d->why, e) : webhook_delivered(tx, d->send.row, &d->news, e);
}

static void delivery_fini(struct delivery *d)
{
	buf_cleanse(&d->send.secret);
	buf_fini(&d->send.body);
}

int webhook_deliver(struct work *w, const struct webhook_row *row, bool *more, struct err *e)
{
	struct delivery d = { .send = { .work = w, .row = row } };
	struct err why = ERR_INIT;
	int rc = w->read(w, prepare, &d, e);

	*more = false;
	if (rc == 0 && d.news.raised_n + d.news.cleared_n) {
		if (transfer(&d.send, &why))
			d.why = arena_strdup(w->arena, why.text);
		if (d.why && row->failures == 0)
			log_warning("webhook", "%s of '%s': %s", row->uuid,
				    row->account_name ? row->account_name : "the server", d.why);
		rc = why.code == E_CANCELLED ? 0 : w->write(w, store, &d, e);
		*more = rc == 0 && d.why == NULL && d.news.raised_n + d.news.cleared_n == WEBHOOK_NEWS_MAX;
	}
	delivery_fini(&d);
	return rc;
}

int webhook_try(struct work *w, const struct webhook_row *row, long *status, struct err *e)
{
	struct delivery d = { .send = { .work = w, .row = row }, .test = true };
	int rc = w->read(w, prepare, &d, e) || transfer(&d.send, e) ? -1 : 0;

	*status = d.send.status;
	delivery_fini(&d);
	return rc;
}
