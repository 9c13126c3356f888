/* `show license tech support`: everything about the state but secrets. */
#include <inttypes.h>
#include <string.h>

#include "agent/state.h"
#include "base/clock.h"

static void head(struct buf *out, const char *title)
{
	buf_printf(out, " \n%s\n", title);
	for (size_t i = strlen(title); i > 0; i--)
		buf_addc(out, '=');
	buf_addc(out, '\n');
}

static void text_line(struct buf *out, const char *label, const char *text)
{
	buf_printf(out, "  %s: %s\n", label, text && *text ? text : "none");
}

static void time_line(struct buf *out, const char *label, int64_t at)
{
	char text[SHOW_TIME_SIZE];

	text_line(out, label, at ? show_time(at, text) : NULL);
}

static void transport(const struct agent *a, struct buf *out)
{
	head(out, "Transport");
	text_line(out, "Server", a->url);
	text_line(out, "Type", a->url == NULL ? NULL : a->direct ? "Direct" : "Transport Gateway");
	text_line(out, "Message Format", a->callhome ? "Call Home" : "SmartTransport");
	text_line(out, "Proxy", a->proxy);
	if (a->proxy)
		text_line(out, "Proxy User", a->proxy_user);
	text_line(out, "TLS CA", a->ca_pem ? "from --ca-file" : "the system's");
	text_line(out, "Licensing Root", a->root_pem ? "from --root-file" : NULL);
	head(out, "Privacy");
	text_line(out, "Host Name and Addresses", a->hide_host ? "private" : "sent");
	text_line(out, "Product Version", a->hide_version ? "private" : "sent");
}

static void certificate(const char *title, const struct cert *c, struct buf *out)
{
	char serial[CERT_SERIAL_TEXT], name[256];

	head(out, title);
	if (c == NULL) {
		buf_adds(out, "  none\n");
		return;
	}
	text_line(out, "Serial Number", cert_serial(c, serial));
	text_line(out, "Subject", cert_common_name(c, name));
	text_line(out, "Issuer", cert_issuer_name(c, name));
	time_line(out, "Valid From", cert_not_before(c));
	time_line(out, "Valid Until", cert_not_after(c));
}

static void attempt(const char *what, const struct attempt *t, int64_t next, struct buf *out)
{
	char text[SHOW_TIME_SIZE];

	buf_printf(out, "  %s: ", what);
	if (t->at)
		buf_printf(out, "%s on %s", t->ok ? "SUCCEEDED" : "FAILED", show_time(t->at, text));
	else
		buf_adds(out, "None");
	if (t->failures)
		buf_printf(out, ", %" PRId64 " in a row", t->failures);
	if (next && next != INT64_MAX)
		buf_printf(out, ", next %s", show_time(next, text));
	buf_addc(out, '\n');
	if (t->at && !t->ok && t->reason)
		show_reason(out, t->reason);
}

static int64_t next_of(const struct attempt *t, int64_t otherwise)
{
	return t->next_at ? t->next_at : otherwise;
}

static void timers(const struct agent *a, int64_t now, struct buf *out)
{
	bool registered = agent_is_registered(a, now);
	int64_t usage = a->contact.at ? a->contact.at + AGENT_USAGE_MS : 0;

	head(out, "Timers and Last Attempts");
	attempt("Registration", &a->registration, a->registering ? next_of(&a->registration, 0) : 0, out);
	attempt("Registration Renewal", &a->renewal, registered ? next_of(&a->renewal, a->renew_at) : 0, out);
	attempt("Usage Report", &a->contact, registered ? next_of(&a->contact, usage) : 0, out);
	time_line(out, "Registered", a->registered_at);
	time_line(out, "Registration Expires", a->expires_at);
	time_line(out, "Authorization Renewal", a->authorization_renew_at);
	time_line(out, "Authorization Expires", a->authorization_expires_at);
	time_line(out, "Reservation Requested", a->requested_at);
	time_line(out, "Reservation Installed", a->code_at);
	time_line(out, "Newest Code Ever Used Here", a->newest_code);
	text_line(out, "Message Waiting For An Answer", a->pending_type);
	time_line(out, "Message Sent", a->pending_at);
}

static void clock_state(const struct agent *a, int64_t now, struct buf *out)
{
	bool wrong = agent_alerts(a, now) & AGENT_ALERT_CLOCK;

	head(out, "Clock");
	time_line(out, "Clock", now);
	time_line(out, "Last Time Believed", a->seen_at);
	text_line(out, "State", wrong ? "NOT BELIEVED" : "believed");
}

static void alerts(const struct agent *a, int64_t now, struct buf *out)
{
	static const enum agent_alert all[] = { AGENT_ALERT_EXPORT, AGENT_ALERT_CLOCK };
	unsigned stand = agent_alerts(a, now);
	char text[SHOW_TIME_SIZE];

	head(out, "Alerts");
	if (stand == 0)
		buf_adds(out, "  none\n");
	for (size_t i = 0; i < 2; i++) {
		int64_t since = all[i] == AGENT_ALERT_EXPORT ? a->export_alert_at : a->clock_wrong_at;

		if (!(stand & all[i]))
			continue;
		buf_printf(out, "  %s", agent_alert_name(all[i]));
		if (since)
			buf_printf(out, " since %s", show_time(since, text));
		buf_adds(out, "\n    ");
		agent_alert_text(a, all[i], now, out);
		buf_addc(out, '\n');
	}
}

void tech_show(const struct agent *a, int64_t now, struct buf *out)
{
	agent_show(a, "all", now, out);
	transport(a, out);
	head(out, "Registration Details");
	text_line(out, "Product", a->product_name);
	text_line(out, "Software Tag", a->product->software_tag);
	text_line(out, "Product Version", a->product->version);
	text_line(out, "Host Name", a->hostname ? a->hostname : "the machine's own");
	text_line(out, "IP Address", a->ip);
	text_line(out, "Product Instance", a->identifier);
	text_line(out, "Served By", a->server);
	certificate("ID Certificate", a->id, out);
	certificate("Issuer Certificate", a->issuer, out);
	timers(a, now, out);
	clock_state(a, now, out);
	head(out, "Cluster");
	text_line(out, "Cluster Security Mode", a->mixed_mode ? "mixed" : "non-secure");
	alerts(a, now, out);
	head(out, "State");
	text_line(out, "Folder", a->dir);
}
