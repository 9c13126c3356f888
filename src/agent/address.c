#include "agent/address.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

#define HOST_MAX 253

struct address {
	const char *where;  /* as it was typed */
	const char *what;   /* `server's` or `proxy's` */
	const char *forms;  /* that can be used */
	const char *path;   /* unless given; NULL: none may be given */
	const char *scheme; /* unless given */
};

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

static int unusable(const struct address *a, const char *why, struct err *e)
{
	return err_set(e, E_USAGE, "'%.200s' cannot be used as the %s address: %s. Use %s.", a->where, a->what, why,
		       a->forms);
}

static bool carries_more(CURLU *u, bool login_only)
{
	static const CURLUPart parts[] = { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT };
	bool found = false;

	for (size_t i = 0; i < (login_only ? 2 : 4) && !found; i++) {
		char *text = NULL;

		found = curl_url_get(u, parts[i], &text, 0) == CURLUE_OK;
		curl_free(text);
	}
	return found;
}

static void write_url(const struct address *a, const char *scheme, const char *host, const char *port, int64_t number,
		      const char *path, struct buf *out)
{
	bool usual = number == (strcmp(scheme, "https") ? 80 : 443);

	buf_printf(out, "%s://%s", scheme, host);
	if (port && (!usual || a->path == NULL))
		buf_printf(out, ":%s", port);
	if (a->path)
		buf_adds(out, strcmp(path, "/") ? path : a->path);
}

static int read_parts(const struct address *a, CURLU *u, struct buf *out, struct err *e)
{
	char *scheme = NULL, *host = NULL, *port = NULL, *path = NULL;
	int64_t number = -1;
	int rc = -1;

	if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) || (strcmp(scheme, "https") && strcmp(scheme, "http")))
		unusable(a, "it must be HTTPS, or HTTP", e);
	else if (curl_url_get(u, CURLUPART_HOST, &host, 0) || !host_ok(host))
		unusable(a, "the host name is not one", e);
	else if (curl_url_get(u, CURLUPART_PORT, &port, 0) == CURLUE_OK && str_int(port, 1, 65535, &number))
		unusable(a, "a port is a number from 1 to 65535", e);
	else if (a->path == NULL && carries_more(u, true))
		unusable(a, "it holds a login, which is given behind it as: user NAME password PASSWORD", e);
	else if (carries_more(u, false))
		unusable(a, "it carries more than host, port and path", e);
	else if (curl_url_get(u, CURLUPART_PATH, &path, 0) || (a->path == NULL && strcmp(path, "/")))
		unusable(a, a->path ? "the path cannot be read" : "a proxy has no path", e);
	else
		rc = 0;
	if (rc == 0)
		write_url(a, scheme, host, port, number, path, out);
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(path);
	return rc;
}

static int complete(const struct address *a, struct buf *out, struct err *e)
{
	AUTO_FREE char *url = NULL;
	CURLU *u;
	int rc;

	if ((*a->where && a->where[strlen(a->where) - 1] == ':') ||
	    (strstr(a->where, ":/") && strstr(a->where, "://") == NULL))
		return unusable(a, "the port is missing", e);
	if (strstr(a->where, "://") && strncasecmp(a->where, "https://", 8) && strncasecmp(a->where, "http://", 7))
		return unusable(a, "it must be HTTPS, or HTTP", e);
	url = strstr(a->where, "://") ? mem_strdup(a->where) : mem_printf("%s://%s", a->scheme, a->where);
	u = curl_url();
	if (u == NULL)
		return err_set(e, E_INTERNAL, "The HTTPS library cannot be set up: no memory.");
	rc = curl_url_set(u, CURLUPART_URL, url, 0);
	rc = rc ? unusable(a, curl_url_strerror((CURLUcode)rc), e) : read_parts(a, u, out, e);
	curl_url_cleanup(u);
	return rc;
}

int address_server(const char *where, const char *path, struct buf *out, struct err *e)
{
	const struct address a = { .where = where,
				   .what = "server's",
				   .forms = "HOST:PORT, [IPv6]:PORT or https://HOST:PORT/SmartTransport",
				   .path = path,
				   .scheme = "https" };

	return complete(&a, out, e);
}

int address_proxy(const char *where, struct buf *out, struct err *e)
{
	const struct address a = { .where = where,
				   .what = "proxy's",
				   .forms = "HOST:PORT, http://HOST:PORT or https://HOST:PORT",
				   .scheme = "http" };

	return complete(&a, out, e);
}

void address_host(const char *url, struct buf *out)
{
	const char *from = strstr(url, "://");
	size_t n;

	from = from ? from + 3 : url;
	n = *from == '[' ? strcspn(from, "]") : strcspn(from, ":/");
	if (*from == '[')
		buf_add(out, from + 1, n ? n - 1 : 0);
	else
		buf_add(out, from, n);
}
