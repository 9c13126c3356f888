#include "sync/place.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

#define HOST_MAX 253

struct form {
	const char *field, *whose, *example;
	const char *scheme; /* unless one is typed */
	bool http;          /* allowed */
	bool port;          /* needed */
};

static const struct form manager_form = { "managerUrl", "cloud manager", "https://manager.example.com or HOST:PORT",
					  "https",      false,           false };
static const struct form proxy_form = { "proxyUrl", "proxy", "http://proxy.example.com:3128", "http", true, true };

static int unusable(const struct form *f, const char *typed, const char *why, struct err *e)
{
	return err_field(e, E_INVALID_REQUEST, f->field, "'%.120s' cannot be the address of a %s: %s. Write it as %s.",
			 typed, f->whose, why, f->example);
}

static bool host_ok(const char *host)
{
	size_t n = strlen(host);

	if (n == 0 || n > HOST_MAX)
		return false;
	if (host[0] == '[')
		return n > 2 && strspn(host + 1, "0123456789abcdefABCDEF:.") == n - 2 && host[n - 1] == ']';
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)host[i]) && strchr(".-_", host[i]) == NULL)
			return false;
	return true;
}

/* Does it carry a login, a path, a query or a fragment? */
static const char *too_much(CURLU *u)
{
	static const struct {
		CURLUPart part;
		const char *why;
	} parts[] = {
		{ CURLUPART_USER, "it holds a login; that is given apart" },
		{ CURLUPART_PASSWORD, "it holds a login; that is given apart" },
		{ CURLUPART_QUERY, "it carries more than a host and a port" },
		{ CURLUPART_FRAGMENT, "it carries more than a host and a port" },
		{ CURLUPART_PATH, "it carries more than a host and a port" },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		char *text = NULL;
		bool found = curl_url_get(u, parts[i].part, &text, 0) == CURLUE_OK && strcmp(text, "/") != 0;

		curl_free(text);
		if (found)
			return parts[i].why;
	}
	return NULL;
}

static int write_parts(const struct form *f, const char *typed, CURLU *u, struct buf *out, struct err *e)
{
	char *scheme = NULL, *host = NULL, *port = NULL;
	const char *why = too_much(u);
	int64_t number = 0;

	if (why == NULL && curl_url_get(u, CURLUPART_SCHEME, &scheme, 0))
		why = "it cannot be read";
	if (why == NULL && strcmp(scheme, "https") != 0 && (!f->http || strcmp(scheme, "http") != 0))
		why = f->http ? "it must be HTTP or HTTPS" : "it must be HTTPS";
	if (why == NULL && (curl_url_get(u, CURLUPART_HOST, &host, 0) || !host_ok(host)))
		why = "the host name is none";
	if (why == NULL && curl_url_get(u, CURLUPART_PORT, &port, 0) == CURLUE_OK && str_int(port, 1, 65535, &number))
		why = "a port is a number from 1 to 65535";
	if (why == NULL && f->port && port == NULL)
		why = "its port is missing";
	if (why == NULL) {
		buf_printf(out, "%s://%s", scheme, host);
		if (f->port || (number && number != 443))
			buf_printf(out, ":%s", port);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return why ? unusable(f, typed, why, e) : 0;
}

static int normal(const struct form *f, const char *typed, struct buf *out, struct err *e)
{
	AUTO_FREE char *url = strstr(typed, "://") ? mem_strdup(typed) : mem_printf("%s://%s", f->scheme, typed);
	CURLU *u = curl_url();
	int rc;

	if (u == NULL)
		return err_set(e, E_INTERNAL, "The HTTPS library cannot be set up: no memory.");
	if (typed[strspn(typed,
			 "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz"
			 "{|}~")])
		rc = unusable(f, typed, "it has a blank or a character that is none of ASCII", e);
	else if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME))
		rc = unusable(f, typed, "it cannot be read", e);
	else
		rc = write_parts(f, typed, u, out, e);
	curl_url_cleanup(u);
	return rc;
}

int place_manager(const char *typed, struct buf *out, struct err *e)
{
	return normal(&manager_form, typed, out, e);
}

int place_proxy(const char *typed, struct buf *out, struct err *e)
{
	return normal(&proxy_form, typed, out, e);
}

const char *place_text(struct arena *a, const char *url)
{
	const char *host = strstr(url, "://"), *end;

	if (host == NULL)
		return url;
	host += 3;
	end = *host == '[' ? strchr(host, ']') : host;
	return arena_printf(a, "%s%s", host, end && strchr(end, ':') ? "" : ":443");
}
