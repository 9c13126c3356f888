#include "agent/transport.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/trouble.h"
#include "base/mem.h"
#include "base/str.h"

#define ANSWER_MAX ((size_t)(2 << 20) + 65536)
#define CONNECT_TIMEOUT_S 10L
#define TOTAL_TIMEOUT_S 60L
#define LOW_SPEED_S 20L
#define RETRY_MAX_S 86400

struct transport {
	CURL *curl;
	char *ca_pem;                              /* NULL: the system's */
	char *proxy, *proxy_user, *proxy_password; /* NULL: none */
	int64_t retry_after_s;
	volatile sig_atomic_t interrupted;
};

struct transport *transport_new(void)
{
	return mem_alloc(sizeof(struct transport));
}

/* Connections that were made under other settings are not used again. */
static void disconnect(struct transport *t)
{
	if (t->curl)
		curl_easy_cleanup(t->curl);
	t->curl = NULL;
}

static void forget(char **text)
{
	if (*text)
		mem_cleanse(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void transport_free(struct transport *t)
{
	if (t == NULL)
		return;
	disconnect(t);
	transport_set_proxy(t, NULL, NULL, NULL);
	free(t->ca_pem);
	free(t);
}

void transport_set_ca(struct transport *t, const char *ca_pem)
{
	free(t->ca_pem);
	t->ca_pem = mem_strdup(ca_pem);
	disconnect(t);
}

void transport_set_proxy(struct transport *t, const char *url, const char *user, const char *password)
{
	forget(&t->proxy);
	forget(&t->proxy_user);
	forget(&t->proxy_password);
	t->proxy = mem_strdup(url);
	t->proxy_user = mem_strdup(user);
	t->proxy_password = mem_strdup(password);
	disconnect(t);
}

int64_t transport_retry_after(const struct transport *t)
{
	return t->retry_after_s;
}

void transport_interrupt(struct transport *t)
{
	t->interrupted = 1;
}

/* Where the answer goes, and whether it was cut. */
struct sink {
	struct buf *to;
	size_t start;
	bool too_large;
};

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
	struct sink *s = arg;

	n *= size;
	if (s->to->n - s->start + n > ANSWER_MAX) {
		s->too_large = true;
		return 0;
	}
	buf_add(s->to, data, n);
	return n;
}

static int on_progress(void *arg, curl_off_t dl_total, curl_off_t dl, curl_off_t ul_total, curl_off_t ul)
{
	const struct transport *t = arg;

	(void)dl_total, (void)dl, (void)ul_total, (void)ul;
	return t->interrupted;
}

#define SET(option, value) rc = rc ? rc : curl_easy_setopt(c, option, value)

static CURLcode set_trust(CURL *c, const struct transport *t)
{
	struct curl_blob ca = { .data = t->ca_pem, .len = t->ca_pem ? strlen(t->ca_pem) : 0, .flags = CURL_BLOB_COPY };
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CERTINFO, 1L);
	if (t->ca_pem) {
		SET(CURLOPT_CAINFO_BLOB, &ca);
		SET(CURLOPT_CAPATH, NULL);
	}
	return rc;
}

static CURLcode set_proxy(CURL *c, const struct transport *t)
{
	struct curl_blob ca = { .data = t->ca_pem, .len = t->ca_pem ? strlen(t->ca_pem) : 0, .flags = CURL_BLOB_COPY };
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_PROXY, t->proxy ? t->proxy : ""); /* never what the environment says */
	SET(CURLOPT_NOPROXY, "");
	if (t->proxy == NULL)
		return rc;
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_PROXYAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
	SET(CURLOPT_PROXYUSERNAME, t->proxy_user);
	SET(CURLOPT_PROXYPASSWORD, t->proxy_password);
	SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (t->ca_pem && str_prefix(t->proxy, "https://")) {
		SET(CURLOPT_PROXY_CAINFO_BLOB, &ca);
		SET(CURLOPT_PROXY_CAPATH, NULL);
	}
	return rc;
}

static CURLcode set_options(CURL *c, const struct transport *t, const char *url, const char *body, size_t n,
			    const struct curl_slist *headers, struct sink *sink, char *why)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_ERRORBUFFER, why);
	SET(CURLOPT_URL, url);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, str_prefix(url, "http://") ? "http" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	rc = rc ? rc : set_trust(c, t);
	rc = rc ? rc : set_proxy(c, t);
	SET(CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	SET(CURLOPT_TIMEOUT, TOTAL_TIMEOUT_S);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, LOW_SPEED_S);
	SET(CURLOPT_USERAGENT, "product-agent");
	SET(CURLOPT_HTTPHEADER, headers);
	SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* none of them is for the proxy */
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDS, body);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
	SET(CURLOPT_WRITEFUNCTION, on_data);
	SET(CURLOPT_WRITEDATA, sink);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, t);
	return rc;
}
#undef SET

static int finish(struct transport *t, CURLcode rc, const char *url, const char *why, const struct sink *sink,
		  struct err *e)
{
	const struct trouble at = { .curl = t->curl,
				    .url = url,
				    .proxy = t->proxy,
				    .user = t->proxy_user,
				    .why = why,
				    .answer = sink->to->n > sink->start ? sink->to->data + sink->start : "" };
	curl_off_t wait = 0;

	if (t->interrupted)
		return err_set(e, E_CONNECT_FAILED, "The exchange with %.200s was interrupted.", url);
	if (sink->too_large)
		return err_set(e, E_ANSWER_INVALID,
			       "The answer of %.200s is larger than %zu bytes. Is this the address of a license server?",
			       url, ANSWER_MAX);
	if (rc)
		return trouble_connection(&at, rc, e);
	curl_easy_getinfo(t->curl, CURLINFO_RETRY_AFTER, &wait);
	t->retry_after_s = wait < 0 ? 0 : wait > RETRY_MAX_S ? RETRY_MAX_S : wait;
	return trouble_status(&at, t->retry_after_s, e);
}

int transport_exchange(void *arg, const char *url, const char *body, size_t n, struct buf *answer, struct err *e)
{
	struct transport *t = arg;
	struct sink sink = { .to = answer, .start = answer->n };
	struct curl_slist *headers = NULL;
	char why[CURL_ERROR_SIZE] = "";
	CURLcode rc;
	int result;

	t->retry_after_s = 0;
	if (t->curl == NULL)
		t->curl = curl_easy_init();
	headers = curl_slist_append(headers, n && *body == '<' ? "Content-Type: text/xml; charset=UTF-8"
							       : "Content-Type: application/json");
	headers = headers ? curl_slist_append(headers, "Expect:") : NULL;
	if (t->curl == NULL || headers == NULL || set_options(t->curl, t, url, body, n, headers, &sink, why)) {
		curl_slist_free_all(headers);
		return err_set(e, E_INTERNAL, "The HTTPS library cannot be set up: %.200s.", *why ? why : "no memory");
	}
	rc = curl_easy_perform(t->curl);
	result = finish(t, rc, url, *why ? why : curl_easy_strerror(rc), &sink, e);
	curl_easy_reset(t->curl); /* nothing of ours stays referenced; the connection does */
	curl_slist_free_all(headers);
	return result;
}
