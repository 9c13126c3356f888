/* What an administrator sets: the way to the server, privacy, the cluster's mode. */
#include <string.h>

#include "agent/address.h"
#include "agent/state.h"
#include "base/str.h"

#define LOGIN_MAX 255

static const char *path_of(enum agent_road road, bool callhome)
{
	if (!callhome)
		return "/SmartTransport";
	return road == AGENT_DIRECT ? "/its/service/oddce/services/DDCEService"
				    : "/Transportgateway/services/DeviceRequestHandler";
}

/* Do both URLs begin with the same scheme, host and port? */
static bool same_server(const char *a, const char *b)
{
	const char *x = strstr(a, "://"), *y = strstr(b, "://");
	size_t n = x ? (size_t)(x - a) + 3 + strcspn(x + 3, "/") : strlen(a);

	return n == (y ? (size_t)(y - b) + 3 + strcspn(y + 3, "/") : strlen(b)) && strncmp(a, b, n) == 0;
}

int agent_transport_set(struct agent *a, enum agent_road road, const char *where, bool callhome, struct err *e)
{
	AUTO_BUF url = BUF_INIT;
	bool moved;

	buf_clear(&a->warning);
	if (address_server(where, path_of(road, callhome), &url, e))
		return -1;
	moved = a->id && a->url && !same_server(a->url, url.data);
	state_set(&a->url, url.data);
	a->direct = road == AGENT_DIRECT;
	a->callhome = callhome;
	if (str_prefix(url.data, "http://") && a->id)
		buf_printf(&a->warning, "%s is not encrypted: whoever is on the line can read what the product reports.",
			   url.data);
	else if (str_prefix(url.data, "http://"))
		buf_printf(
			&a->warning,
			"%s is not encrypted: whoever is on the line could read the registration token. Servers refuse to "
			"register a product there (HTTPS_REQUIRED); use https:// for it.",
			url.data);
	if (moved)
		buf_printf(
			&a->warning,
			"%sThe product is registered. If this is another server, which does not know it, register there: "
			"license smart register idtoken TOKEN force",
			a->warning.n ? "\n" : "");
	return state_save(a, e);
}

static int login_ok(const char *user, const char *password, struct err *e)
{
	if ((user == NULL) != (password == NULL))
		return err_set(e, E_USAGE, "A login at the proxy needs both, user and password.");
	if (user == NULL)
		return 0;
	/* a colon would end the name in the header of Basic (RFC 7617 section 2) */
	if (*user == '\0' || strlen(user) > LOGIN_MAX || strlen(password) > LOGIN_MAX || strchr(user, ':'))
		return err_set(
			e, E_USAGE,
			"The user of a proxy has 1 to %d characters and no colon, its password at most %d characters.",
			LOGIN_MAX, LOGIN_MAX);
	return 0;
}

int agent_proxy_set(struct agent *a, const char *where, const char *user, const char *password, struct err *e)
{
	AUTO_BUF url = BUF_INIT;

	buf_clear(&a->warning);
	if (where && (login_ok(user, password, e) || address_proxy(where, &url, e)))
		return -1;
	state_set(&a->proxy, where ? url.data : NULL);
	state_set(&a->proxy_user, where ? user : NULL);
	state_set(&a->proxy_password, where ? password : NULL);
	if (a->transport)
		transport_set_proxy(a->transport, a->proxy, a->proxy_user, a->proxy_password);
	return state_save(a, e);
}

int agent_privacy_set(struct agent *a, unsigned hide, struct err *e)
{
	buf_clear(&a->warning);
	a->hide_host = hide & AGENT_HIDE_HOST;
	a->hide_version = hide & AGENT_HIDE_VERSION;
	return state_save(a, e);
}

unsigned agent_privacy(const struct agent *a)
{
	return (a->hide_host ? AGENT_HIDE_HOST : 0u) | (a->hide_version ? AGENT_HIDE_VERSION : 0u);
}

int agent_mixed_mode_set(struct agent *a, bool on, int64_t now, struct err *e)
{
	buf_clear(&a->warning);
	if (on && a->code)
		return err_set(
			e, E_EXPORT_NOT_ALLOWED,
			"Mixed mode needs a product that is registered with export-controlled functionality; a license "
			"reservation does not give it.");
	if (on && !agent_is_registered(a, now))
		return err_set(
			e, E_EXPORT_NOT_ALLOWED,
			"Mixed mode needs a product that is registered with export-controlled functionality; this one "
			"is not registered. Register it with a token that allows it.");
	if (on && !a->export_allowed)
		return err_set(e, E_EXPORT_NOT_ALLOWED,
			       "Mixed mode needs export-controlled functionality, which is Not Allowed for this product. "
			       "Register it again with a token that allows it: license smart register idtoken TOKEN force");
	a->mixed_mode = on;
	alerts_update(a, now);
	return state_save(a, e);
}

bool agent_mixed_mode(const struct agent *a)
{
	return a->mixed_mode;
}
