#include "sync/trouble.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "json/json.h"

/* Reasons of OpenSSL's verification, by their numbers (openssl-verify(1)). */
enum { VERIFY_NOT_YET = 9, VERIFY_EXPIRED = 10, VERIFY_SELF_SIGNED = 18, VERIFY_NO_LEAF_ISSUER = 21 };

static long number(const struct trouble *t, CURLINFO what)
{
	long v = 0;

	curl_easy_getinfo(t->curl, what, &v);
	return v;
}

/* Did the proxy open the way? Without one there is nothing to open. */
static bool way_open(const struct trouble *t)
{
	return t->proxy == NULL || number(t, CURLINFO_HTTP_CONNECTCODE) / 100 == 2;
}

/* `manager.example.com:443 through the proxy proxy.example.net:3128` */
static const char *where(const struct trouble *t)
{
	return t->proxy ? arena_printf(t->arena, "%.140s through the proxy %.140s", t->place, t->proxy)
			: arena_printf(t->arena, "%.255s", t->place);
}

/* ---- connecting ---- */

static int not_resolved(const struct trouble *t, bool proxy, struct err *e)
{
	return err_set(e, E_SYNC_UNREACHABLE,
		       "The name of the %s in %.255s cannot be resolved. Check the spelling (sync configure) and this "
		       "server's name service (DNS), or use an IP address.",
		       proxy ? "proxy" : "cloud manager", proxy ? t->proxy : t->place);
}

static int not_connected(const struct trouble *t, struct err *e)
{
	long os = number(t, CURLINFO_OS_ERRNO);

	if (t->proxy)
		return err_set(
			e, E_SYNC_UNREACHABLE,
			"The cloud manager was not reached: connecting to the proxy %.200s failed: %.120s. Check its "
			"address and port (sync configure), and that it runs.",
			t->proxy, os ? strerror((int)os) : t->why);
	return err_set(
		e, E_SYNC_UNREACHABLE,
		"The cloud manager was not reached: connecting to %.200s failed: %.120s. Check address and port (sync "
		"configure), firewalls, and that it runs.",
		t->place, os ? strerror((int)os) : t->why);
}

static int login(const struct trouble *t, long status, struct err *e)
{
	if (*t->user)
		return err_set(e, E_SYNC_UNREACHABLE,
			       "The proxy %.200s refused the login of “%.80s” (it answered %ld). Check user and password: "
			       "sync configure --proxy-user U --proxy-password-file F",
			       t->proxy, t->user, status);
	return err_set(e, E_SYNC_UNREACHABLE,
		       "The proxy %.200s answered %ld: it wants a login. Give one: sync configure --proxy-user U "
		       "--proxy-password-file F",
		       t->proxy, status);
}

/* What the proxy said instead of opening the way. */
static int refused_by_proxy(const struct trouble *t, long status, struct err *e)
{
	if (status == 407 || status == 401) /* some proxies confuse them */
		return login(t, status, e);
	if (status >= 500)
		return err_set(e, E_SYNC_UNREACHABLE,
			       "The proxy %.180s cannot reach %.180s (it answered %ld). Check the cloud manager's address, "
			       "and that it runs and the proxy may connect to it.",
			       t->proxy, t->place, status);
	return err_set(e, E_SYNC_UNREACHABLE,
		       "The proxy %.180s does not let through to %.180s (it answered %ld). Have this host and port allowed "
		       "there.",
		       t->proxy, t->place, status);
}

/* ---- TLS ---- */

/* The names that the server's certificate carries, as `localhost, 127.0.0.1`; "" if the library does not tell. */
static const char *certificate_names(const struct trouble *t)
{
	static const char label[] = "X509v3 Subject Alternative Name:";
	struct curl_certinfo *info = NULL;
	const char *from = "";
	AUTO_BUF names = BUF_INIT;

	buf_adds(&names, "");
	if (curl_easy_getinfo(t->curl, CURLINFO_CERTINFO, &info) == CURLE_OK && info && info->num_of_certs > 0)
		for (const struct curl_slist *l = info->certinfo[0]; l; l = l->next)
			if (str_prefix(l->data, label))
				from = l->data + strlen(label);
	for (; *from && names.n < 160; from++) {
		if (str_prefix(from, "DNS:"))
			from += 4;
		else if (str_prefix(from, "IP Address:"))
			from += 11;
		buf_addc(&names, *from);
	}
	return arena_strdup(t->arena, names.data);
}

static int not_trusted(const struct trouble *t, const char *whose, const char *at, long reason, struct err *e)
{
	if (reason == VERIFY_EXPIRED)
		return err_set(
			e, E_SYNC_UNREACHABLE,
			"The TLS certificate of the %s at %.200s has expired. Have it renewed there; if it has been, "
			"check this server's clock.",
			whose, at);
	if (reason == VERIFY_NOT_YET)
		return err_set(
			e, E_SYNC_UNREACHABLE,
			"The TLS certificate of the %s at %.200s is not valid yet. Check the clocks of both servers.",
			whose, at);
	if (reason >= VERIFY_SELF_SIGNED && reason <= VERIFY_NO_LEAF_ISSUER)
		return err_set(
			e, E_SYNC_UNREACHABLE,
			"The TLS certificate of the %s at %.180s is issued by a CA that is not trusted (%.90s). If it "
			"is the right server, set its CA: sync configure --ca FILE",
			whose, at, t->own_ca ? "it is none of those configured" : "none is configured here");
	return err_set(
		e, E_SYNC_UNREACHABLE,
		"The TLS certificate of the %s at %.180s is not trusted: %.140s. Check it, and the CA that is set with: "
		"sync configure --ca FILE",
		whose, at, t->why);
}

/* The chain is verified in the handshake and leaves OpenSSL's reason; the name is looked at after it, and leaves what
 * the library begins with (1). */
static int verification(const struct trouble *t, struct err *e)
{
	long reason = number(t, CURLINFO_PROXY_SSL_VERIFYRESULT);
	const char *names;

	if (t->proxy && !way_open(t))
		return not_trusted(t, "proxy", t->proxy, reason, e);
	reason = number(t, CURLINFO_SSL_VERIFYRESULT);
	if (reason > 1)
		return not_trusted(t, "cloud manager", t->place, reason, e);
	names = certificate_names(t);
	if (*names == '\0')
		return err_set(e, E_SYNC_UNREACHABLE,
			       "The TLS certificate of the cloud manager at %.200s is for another name than was asked for: "
			       "%.120s. Use a name that it carries (sync configure --url).",
			       t->place, t->why);
	return err_set(
		e, E_SYNC_UNREACHABLE,
		"%.160s was asked for; the certificate of the server there names %.160s. Use one of these names (sync "
		"configure --url), or have the other added to the certificate.",
		t->place, names);
}

/* ---- the transfer ---- */

static int timed_out(const struct trouble *t, struct err *e)
{
	bool connected = number(t, CURLINFO_LOCAL_PORT) != 0;

	if (t->proxy && connected && !way_open(t))
		return err_set(
			e, E_SYNC_UNREACHABLE,
			"The proxy %.200s took the connection and did not answer within 30 s. Check that this is the "
			"proxy's address and port (sync configure), and that it works.",
			t->proxy);
	if (connected)
		return err_set(
			e, E_SYNC_UNREACHABLE,
			"%.255s took the connection and did not answer as an HTTPS server within 30 s. Check the port "
			"(sync configure --url).",
			where(t));
	return err_set(
		e, E_SYNC_UNREACHABLE,
		"The cloud manager did not answer: connecting to %.255s timed out after 30 s. Check address and port "
		"(sync configure), and firewalls.",
		where(t));
}

static int stalled(const struct trouble *t, struct err *e)
{
	char span[CLOCK_TEXT_SIZE];

	clock_span(t->stalled_s * SECOND_MS, span);
	if (t->stage == STAGE_WAIT)
		return err_set(
			e, E_SYNC_UNREACHABLE,
			"%.255s took the file and did not answer for %s. Look whether the cloud manager works; the same "
			"file is sent again.",
			where(t), span);
	return err_set(
		e, E_SYNC_UNREACHABLE,
		"The connection to %.255s stood still for %s while %s. Try again; if it stays so, look at the network "
		"between.",
		where(t), span, t->stage == STAGE_SEND ? "the file was sent" : "the answer was received");
}

static int not_https(const struct trouble *t, struct err *e)
{
	return err_set(e, E_SYNC_UNREACHABLE, "%.255s does not speak HTTPS as it should: %.120s. Check the port%s.",
		       where(t), t->why, t->proxy ? ", and that the proxy passes HTTPS on unopened (CONNECT)" : "");
}

static int broke(const struct trouble *t, struct err *e)
{
	static const char *const during[] = { [STAGE_CONNECT] = "while it was made",
					      [STAGE_SEND] = "while the file was sent",
					      [STAGE_WAIT] = "before the answer came",
					      [STAGE_RECEIVE] = "in the middle of the answer" };

	if (t->proxy && !way_open(t))
		return err_set(
			e, E_SYNC_UNREACHABLE,
			"The proxy %.200s ended the connection before it opened the way to the cloud manager: %.120s. "
			"Check that this is the address of an HTTP proxy.",
			t->proxy, t->why);
	return err_set(e, E_SYNC_UNREACHABLE, "The connection to %.240s broke %s: %.120s. Nothing was changed. Try again.",
		       where(t), t->stage >= STAGE_CONNECT && t->stage <= STAGE_RECEIVE ? during[t->stage] : "off", t->why);
}

int trouble_transfer(const struct trouble *t, CURLcode rc, struct err *e)
{
	long through = number(t, CURLINFO_HTTP_CONNECTCODE);

	if (t->stalled_s)
		return stalled(t, e);
	if (t->proxy && through && through / 100 != 2)
		return refused_by_proxy(t, through, e);
	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return not_resolved(t, false, e);
	case CURLE_COULDNT_RESOLVE_PROXY:
		return not_resolved(t, true, e);
	case CURLE_COULDNT_CONNECT:
		return not_connected(t, e);
	case CURLE_OPERATION_TIMEDOUT:
		return timed_out(t, e);
	case CURLE_PEER_FAILED_VERIFICATION:
		return verification(t, e);
	case CURLE_SSL_CONNECT_ERROR:
		return not_https(t, e);
	default:
		return broke(t, e);
	}
}

/* ---- an answer that is no file ---- */

/* The manager's refusals whose names say what to do; of others the name is told in the text. */
static enum err_code own_code(const char *name)
{
	static const enum err_code own[] = { E_SATELLITE_REMOVED, E_SATELLITE_KEY_CHANGED, E_REGISTRATION_CODE_INVALID,
					     E_SERVED_ELSEWHERE };
	enum err_code code = err_by_name(name);

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (code == own[i])
			return code;
	return E_SYNC_REFUSED;
}

/* 1 and e if it is an error as our servers write it, else 0. */
static int refused(const struct trouble *t, long status, struct err *e)
{
	AUTO_JSON *answer = NULL;
	const char *name, *text;
	enum err_code code;
	struct err ignored;

	if (json_read(t->answer, t->answer_n, E_ANSWER_INVALID, &answer, &ignored))
		return 0;
	name = json_string_value(json_object_get(json_object_get(answer, "error"), "name"));
	text = json_string_value(json_object_get(answer, "statusMessage"));
	if (name == NULL || text == NULL)
		return 0;
	code = own_code(name);
	if (code != E_SYNC_REFUSED)
		err_set(e, code, "The cloud manager %.120s says: %.360s", t->place, text);
	else
		err_set(e, code, "The cloud manager %.120s %s (%.40s): %.280s", t->place,
			status >= 500 ? "cannot take the file now" : "refused the file", name, text);
	return 1;
}

static bool is_page(const char *answer)
{
	answer += strspn(answer, " \t\r\n");
	return strncasecmp(answer, "<html", 5) == 0 || strncasecmp(answer, "<!doctype", 9) == 0;
}

int trouble_answer(const struct trouble *t, struct err *e)
{
	long status = number(t, CURLINFO_RESPONSE_CODE);
	const char *type = NULL, *to = NULL;

	if (refused(t, status, e))
		return -1;
	curl_easy_getinfo(t->curl, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(t->curl, CURLINFO_REDIRECT_URL, &to);
	type = type && *type ? type : "no type";
	if (status == 407 && t->proxy)
		return login(t, status, e);
	if (to)
		return err_set(e, E_ANSWER_INVALID,
			       "%.200s redirects to %.140s (HTTP %ld); redirects are not followed. If that is the cloud "
			       "manager, set its address: sync configure --url U",
			       where(t), to, status);
	if (status >= 500)
		return err_set(
			e, E_SYNC_UNREACHABLE,
			"%.240s answered with an error of the server (HTTP %ld, %.60s). Look whether the cloud manager "
			"works; if something stands before it, look there.",
			where(t), status, type);
	if (is_page(t->answer))
		return err_set(
			e, E_ANSWER_INVALID,
			"%.240s answered with a web page (HTTP %ld, %.60s) instead of a synchronization file. Check the address "
			"(sync configure --url)%s.",
			where(t), status, type,
			t->proxy ? "; a proxy with a page of its own has to let this host through" : "");
	return err_set(
		e, E_ANSWER_INVALID,
		"%.240s answered with HTTP %ld (%.60s) instead of a synchronization file. Check that this is the cloud "
		"manager's address (sync configure --url).",
		where(t), status, type);
}
