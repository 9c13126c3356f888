#include "agent/trouble.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "agent/address.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#define NAMES_SIZE 160

static long number(const struct trouble *t, CURLINFO what)
{
	long v = 0;

	curl_easy_getinfo(t->curl, what, &v);
	return v;
}

/* The names that the server's certificate carries, as `localhost, 127.0.0.1`; "" if the library does not tell. */
static void certificate_names(const struct trouble *t, char out[NAMES_SIZE])
{
	static const char label[] = "X509v3 Subject Alternative Name:";
	struct curl_certinfo *info = NULL;
	AUTO_BUF names = BUF_INIT;
	const char *from = "";

	buf_adds(&names, "");
	if (curl_easy_getinfo(t->curl, CURLINFO_CERTINFO, &info) == CURLE_OK && info && info->num_of_certs > 0)
		for (const struct curl_slist *l = info->certinfo[0]; l; l = l->next)
			if (str_prefix(l->data, label))
				from = l->data + strlen(label);
	for (; *from; from++) {
		if (str_prefix(from, "DNS:"))
			from += 4;
		else if (str_prefix(from, "IP Address:"))
			from += 11;
		buf_addc(&names, *from);
	}
	str_copy(out, NAMES_SIZE, names.data);
}

/* The chain is verified in the handshake and leaves OpenSSL's reason; the name is looked at after it, and leaves what
 * the library begins with (1). */
static int verification(const struct trouble *t, struct err *e)
{
	char names[NAMES_SIZE];
	AUTO_BUF host = BUF_INIT;

	if (t->proxy && number(t, CURLINFO_PROXY_SSL_VERIFYRESULT) > 1)
		return err_set(
			e, E_CONNECT_FAILED,
			"The certificate of the proxy %.120s is not trusted: %.150s. Add the CA that issued it to the "
			"file of --ca-file, or use the proxy by http://.",
			t->proxy, t->why);
	if (number(t, CURLINFO_SSL_VERIFYRESULT) > 1)
		return err_set(
			e, E_CONNECT_FAILED,
			"The certificate of %.150s is not trusted: %.150s. Give the CA that issued it with --ca-file, and check the product's clock.",
			t->url, t->why);
	address_host(t->url, &host);
	certificate_names(t, names);
	if (*names == '\0')
		return err_set(
			e, E_CONNECT_FAILED,
			"The certificate of %.120s is for another name than “%.100s”, which was asked for: %.100s. Use a name that the certificate carries as the server's address.",
			t->url, host.data, t->why);
	return err_set(
		e, E_CONNECT_FAILED,
		"This product asked for “%.100s”; the server's certificate names %s. Use one of these names as the server's address, or have “%.100s” added to the certificate.",
		host.data, names, host.data);
}

static int login(const struct trouble *t, long status, struct err *e)
{
	if (t->user)
		return err_set(
			e, E_CONNECT_FAILED,
			"The proxy %.150s refused the login of “%.80s” (%ld). Check user and password: license smart "
			"transport proxy HOST:PORT user NAME password PASSWORD",
			t->proxy, t->user, status);
	return err_set(e, E_CONNECT_FAILED,
		       "The proxy %.150s wants a login (%ld). Give one: license smart transport proxy HOST:PORT user NAME "
		       "password PASSWORD",
		       t->proxy, status);
}

/* What the proxy said instead of opening the way. */
static int refused_by_proxy(const struct trouble *t, long status, struct err *e)
{
	if (status == 407 || status == 401) /* some proxies confuse them */
		return login(t, status, e);
	if (status == 502 || status == 503 || status == 504)
		return err_set(
			e, E_CONNECT_FAILED,
			"The proxy %.150s cannot reach %.150s (it answered %ld). Check the server's address, and that "
			"the server runs and the proxy may connect to it.",
			t->proxy, t->url, status);
	return err_set(e, E_CONNECT_FAILED,
		       "The proxy %.150s does not let through to %.150s (it answered %ld). Have this destination and port "
		       "allowed there, or use another proxy.",
		       t->proxy, t->url, status);
}

static int timed_out(const struct trouble *t, struct err *e)
{
	curl_off_t secured = 0;
	bool connected = number(t, CURLINFO_LOCAL_PORT) != 0;
	bool https = str_prefix(t->url, "https://");

	curl_easy_getinfo(t->curl, CURLINFO_APPCONNECT_TIME_T, &secured);
	if (t->proxy && connected && https && number(t, CURLINFO_HTTP_CONNECTCODE) == 0)
		return err_set(
			e, E_CONNECT_FAILED,
			"The proxy %.150s took the connection and then did not answer: %.120s. Check that this is the "
			"proxy's address and port, and that the proxy works.",
			t->proxy, t->why);
	if (t->proxy && !connected)
		return err_set(e, E_CONNECT_FAILED,
			       "The proxy %.150s does not answer: %.150s. Check its address and port, and firewalls.",
			       t->proxy, t->why);
	if (connected && https && secured == 0)
		return err_set(
			e, E_CONNECT_FAILED,
			"%.200s took the connection and then did not answer as an HTTPS server: %.120s. Check the port.",
			t->url, t->why);
	return err_set(e, E_CONNECT_FAILED, "%.200s does not answer: %.150s. Check address, port and firewalls.", t->url,
		       t->why);
}

static int not_https(const struct trouble *t, struct err *e)
{
	if (t->proxy)
		return err_set(
			e, E_CONNECT_FAILED,
			"What comes through the proxy %.120s is not HTTPS of %.150s: %.120s. Check the port, and that "
			"the proxy passes HTTPS on unopened (CONNECT).",
			t->proxy, t->url, t->why);
	return err_set(e, E_CONNECT_FAILED, "%.200s does not speak HTTPS as it should: %.150s. Check the port.", t->url,
		       t->why);
}

static int broke(const struct trouble *t, struct err *e)
{
	if (t->proxy && str_prefix(t->url, "https://") && number(t, CURLINFO_HTTP_CONNECTCODE) == 0)
		return err_set(
			e, E_CONNECT_FAILED,
			"The proxy %.150s ended the connection before it opened the way to the server: %.120s. Check "
			"that this is the address of an HTTP proxy.",
			t->proxy, t->why);
	if (t->proxy)
		return err_set(
			e, E_CONNECT_FAILED,
			"The connection to %.150s through the proxy %.120s broke: %.120s. Try again; if it stays so, "
			"look into the proxy's log.",
			t->url, t->proxy, t->why);
	return err_set(e, E_CONNECT_FAILED, "The connection to %.200s broke: %.150s. Try again.", t->url, t->why);
}

static int not_connected(const struct trouble *t, struct err *e)
{
	long os = number(t, CURLINFO_OS_ERRNO);

	if (t->proxy)
		return err_set(e, E_CONNECT_FAILED,
			       "Cannot connect to the proxy %.150s: %.150s. Check its address and port, and that it runs.",
			       t->proxy, os ? strerror((int)os) : t->why);
	return err_set(e, E_CONNECT_FAILED,
		       "Cannot connect to %.200s: %.150s. Check address and port, and that the server runs.", t->url,
		       os ? strerror((int)os) : t->why);
}

int trouble_connection(const struct trouble *t, CURLcode rc, struct err *e)
{
	long through = number(t, CURLINFO_HTTP_CONNECTCODE);

	if (t->proxy && through && through / 100 != 2)
		return refused_by_proxy(t, through, e);
	if (rc == CURLE_COULDNT_RESOLVE_HOST)
		return err_set(e, E_CONNECT_FAILED,
			       "The name in %.200s cannot be resolved. Check it, or use the server's IP address.", t->url);
	if (rc == CURLE_COULDNT_RESOLVE_PROXY)
		return err_set(e, E_CONNECT_FAILED,
			       "The proxy's name in %.200s cannot be resolved. Check it, or use the proxy's IP address.",
			       t->proxy);
	if (rc == CURLE_COULDNT_CONNECT)
		return not_connected(t, e);
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return timed_out(t, e);
	if (rc == CURLE_PEER_FAILED_VERIFICATION)
		return verification(t, e);
	if (rc == CURLE_SSL_CONNECT_ERROR)
		return not_https(t, e);
	return broke(t, e);
}

static bool is_page(const char *answer)
{
	answer += strspn(answer, " \t\r\n");
	return strncasecmp(answer, "<html", 5) == 0 || strncasecmp(answer, "<!doctype", 9) == 0;
}

int trouble_status(const struct trouble *t, int64_t retry_after_s, struct err *e)
{
	long status = number(t, CURLINFO_RESPONSE_CODE);

	if (status == 407 && t->proxy)
		return login(t, status, e);
	if ((status == 503 || status == 429) && retry_after_s)
		return err_set(e, E_BUSY,
			       "The server at %.200s is busy (HTTP %ld) and asks to try again in %" PRId64 " seconds.",
			       t->url, status, retry_after_s);
	if (status == 503 || status == 429)
		return err_set(e, E_BUSY, "The server at %.200s is busy (HTTP %ld). Try again in a moment.", t->url,
			       status);
	if (is_page(t->answer))
		return err_set(
			e, E_ANSWER_INVALID,
			"%.150s answered with a web page (HTTP %ld) instead of a license server's answer%s%.100s. Check "
			"the address%s.",
			t->url, status, t->proxy ? ", through the proxy " : "", t->proxy ? t->proxy : "",
			t->proxy ? "; a proxy that shows a page of its own has to let this destination through" : "");
	if (status == 200)
		return 0;
	return err_set(e, E_ANSWER_INVALID,
		       "%.200s answered with HTTP status %ld instead of a license server's answer. Check the address.",
		       t->url, status);
}
