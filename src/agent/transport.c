#include "agent/transport.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define ANSWER_MAX ((size_t)(1 << 20) + 65536)
#define CONNECT_TIMEOUT_S 10L
#define TOTAL_TIMEOUT_S 60L
#define LOW_SPEED_S 20L
#define HOST_MAX 253

struct transport {
	CURL *curl;
	char *ca_pem; /* NULL: the system's */
};

struct transport *transport_new(void)
{
	return mem_alloc(sizeof(struct transport));
}

void transport_free(struct transport *t)
{
	if (t == NULL)
		return;
	if (t->curl)
		curl_easy_cleanup(t->curl);
	free(t->ca_pem);
	free(t);
}

void transport_set_ca(struct transport *t, const char *ca_pem)
{
	free(t->ca_pem);
	t->ca_pem = mem_strdup(ca_pem);
	if (t->curl)
		curl_easy_cleanup(t->curl); /* connections were made under the old one */
	t->curl = NULL;
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

static int set_options(CURL *c, const struct transport *t, const char *url, const char *body, size_t n,
		       const struct curl_slist *headers, struct sink *sink, char *why)
{
	CURLcode rc = CURLE_OK;
	struct curl_blob ca = { .data = t->ca_pem, .len = t->ca_pem ? strlen(t->ca_pem) : 0, .flags = CURL_BLOB_COPY };

#define SET(option, value) rc = rc ? rc : curl_easy_setopt(c, option, value)
	SET(CURLOPT_ERRORBUFFER, why);
	SET(CURLOPT_URL, url);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CERTINFO, 1L);
	if (t->ca_pem) {
		SET(CURLOPT_CAINFO_BLOB, &ca);
		SET(CURLOPT_CAPATH, NULL);
	}
	SET(CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	SET(CURLOPT_TIMEOUT, TOTAL_TIMEOUT_S);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, LOW_SPEED_S);
	SET(CURLOPT_USERAGENT, "product-agent");
	SET(CURLOPT_HTTPHEADER, headers);
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDS, body);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
	SET(CURLOPT_WRITEFUNCTION, on_data);
	SET(CURLOPT_WRITEDATA, sink);
#undef SET
	return rc ? -1 : 0;
}

/* The names that the server's certificate carries, as curl shows them; "" if it does not. */
static void certificate_names(CURL *c, char *out, size_t size)
{
	struct curl_certinfo *info = NULL;
	const char *names = "";

	if (curl_easy_getinfo(c, CURLINFO_CERTINFO, &info) == CURLE_OK && info && info->num_of_certs > 0)
		for (const struct curl_slist *l = info->certinfo[0]; l; l = l->next)
			if (str_prefix(l->data, "X509v3 Subject Alternative Name:"))
				names = l->data + strlen("X509v3 Subject Alternative Name:");
	str_copy(out, size, names);
}

/* The chain is verified in the handshake and leaves OpenSSL's reason; the name is looked at after it, and leaves what
 * the library begins with (1). */
static int verification_failed(CURL *c, const char *url, const char *why, struct err *e)
{
	char names[200];
	long verified = 0;

	curl_easy_getinfo(c, CURLINFO_SSL_VERIFYRESULT, &verified);
	if (verified > 1)
		return err_set(
			e, E_CONNECT_FAILED,
			"The certificate of %.150s is not trusted: %.150s. Give the CA that issued it with --ca-file, and check the product's clock.",
			url, why);
	certificate_names(c, names, sizeof(names));
	return err_set(
		e, E_CONNECT_FAILED,
		"The certificate of %.120s is for another name: %.100s%s%s. Use a name that the certificate carries, or have the server's certificate extended.",
		url, why, *names ? "; it carries " : "", names);
}

static int failed(CURL *c, CURLcode rc, const char *url, const char *why, const struct sink *sink, struct err *e)
{
	long os = 0;

	if (sink->too_large)
		return err_set(e, E_ANSWER_INVALID,
			       "The answer of %.200s is larger than %zu bytes. Is this the address of a license server?",
			       url, ANSWER_MAX);
	if (*why == '\0')
		why = curl_easy_strerror(rc);
	curl_easy_getinfo(c, CURLINFO_OS_ERRNO, &os);
	if (rc == CURLE_COULDNT_RESOLVE_HOST)
		return err_set(e, E_CONNECT_FAILED,
			       "The name in %.200s cannot be resolved. Check it, or use the server's IP address.", url);
	if (rc == CURLE_COULDNT_CONNECT)
		return err_set(e, E_CONNECT_FAILED,
			       "Cannot connect to %.200s: %s. Check address and port, and that the server runs.", url,
			       os ? strerror((int)os) : why);
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return err_set(e, E_CONNECT_FAILED, "%.200s does not answer: %.150s. Check address, port and firewalls.",
			       url, why);
	if (rc == CURLE_PEER_FAILED_VERIFICATION)
		return verification_failed(c, url, why, e);
	if (rc == CURLE_SSL_CONNECT_ERROR)
		return err_set(e, E_CONNECT_FAILED, "%.200s does not speak HTTPS as it should: %.150s. Check the port.",
			       url, why);
	return err_set(e, E_CONNECT_FAILED, "The connection to %.200s broke: %.150s. Try again.", url, why);
}

static int check_status(CURL *c, const char *url, struct err *e)
{
	long status = 0;

	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200)
		return 0;
	if (status == 503 || status == 429)
		return err_set(e, E_BUSY, "The server at %.200s is busy (HTTP %ld). Try again in a moment.", url, status);
	return err_set(e, E_ANSWER_INVALID,
		       "%.200s answered with HTTP status %ld instead of a license server's answer. Check the address.", url,
		       status);
}

int transport_exchange(void *arg, const char *url, const char *body, size_t n, struct buf *answer, struct err *e)
{
	struct transport *t = arg;
	struct sink sink = { .to = answer, .start = answer->n };
	struct curl_slist *headers = NULL;
	char why[CURL_ERROR_SIZE] = "";
	CURLcode rc;
	int result;

	if (t->curl == NULL)
		t->curl = curl_easy_init();
	headers = curl_slist_append(headers, "Content-Type: application/json");
	headers = headers ? curl_slist_append(headers, "Expect:") : NULL;
	if (t->curl == NULL || headers == NULL || set_options(t->curl, t, url, body, n, headers, &sink, why)) {
		curl_slist_free_all(headers);
		return err_set(e, E_INTERNAL, "The HTTPS library cannot be set up: %.200s.", *why ? why : "no memory");
	}
	rc = curl_easy_perform(t->curl);
	result = rc ? failed(t->curl, rc, url, why, &sink, e) : check_status(t->curl, url, e);
	curl_easy_reset(t->curl); /* nothing of ours stays referenced; the connection does */
	curl_slist_free_all(headers);
	return result;
}

static bool host_ok(const char *host)
{
	size_t n = strlen(host);

	if (n == 0 || n > HOST_MAX)
		return false;
	if (host[0] == '[')
		return strspn(host + 1, "0123456789abcdefABCDEF:.") == n - 2 && host[n - 1] == ']';
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)host[i]) && strchr(".-_", host[i]) == NULL)
			return false;
	return true;
}

static int bad_url(const char *where, const char *why, struct err *e)
{
	return err_set(
		e, E_USAGE,
		"'%.200s' cannot be used as the server's address: %s. Use HOST:PORT, [IPv6]:PORT or https://HOST:PORT/SmartTransport.",
		where, why);
}

static int url_parts(CURLU *u, const char *where, struct buf *out, struct err *e)
{
	char *host = NULL, *port = NULL, *path = NULL, *other = NULL;
	int64_t number = 443;
	int rc = -1;

	if (curl_url_get(u, CURLUPART_HOST, &host, 0) || !host_ok(host))
		bad_url(where, "the host name is not one", e);
	else if (curl_url_get(u, CURLUPART_PORT, &port, 0) == CURLUE_OK && str_int(port, 1, 65535, &number))
		bad_url(where, "a port is a number from 1 to 65535", e);
	else if (curl_url_get(u, CURLUPART_USER, &other, 0) == CURLUE_OK ||
		 curl_url_get(u, CURLUPART_QUERY, &other, 0) == CURLUE_OK ||
		 curl_url_get(u, CURLUPART_FRAGMENT, &other, 0) == CURLUE_OK)
		bad_url(where, "it carries more than host, port and path", e);
	else if (curl_url_get(u, CURLUPART_PATH, &path, 0))
		bad_url(where, "the path cannot be read", e);
	else
		rc = 0;
	if (rc == 0) {
		buf_printf(out, "https://%s", host);
		if (number != 443)
			buf_printf(out, ":%s", port);
		buf_adds(out, strcmp(path, "/") ? path : "/SmartTransport");
	}
	curl_free(host);
	curl_free(port);
	curl_free(path);
	curl_free(other);
	return rc;
}

int transport_url(const char *where, struct buf *out, struct err *e)
{
	AUTO_FREE char *url = NULL;
	CURLU *u;
	int rc;

	if (*where && where[strlen(where) - 1] == ':')
		return bad_url(where, "the port is missing", e);
	if (strncasecmp(where, "https://", 8) == 0)
		url = mem_strdup(where);
	else if (strstr(where, "://"))
		return bad_url(where, "it must be HTTPS", e);
	else
		url = mem_printf("https://%s", where);
	u = curl_url();
	if (u == NULL)
		return err_set(e, E_INTERNAL, "The HTTPS library cannot be set up: no memory.");
	rc = curl_url_set(u, CURLUPART_URL, url, 0);
	rc = rc ? bad_url(where, curl_url_strerror((CURLUcode)rc), e) : url_parts(u, where, out, e);
	curl_url_cleanup(u);
	return rc;
}
