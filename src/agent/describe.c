/* The state as members of a JSON object, for --json. */
#include <string.h>

#include "agent/show.h"
#include "base/clock.h"

static void add_attempt(json_t *to, const char *name, const struct attempt *t)
{
	json_t *row = json_object();

	json_set_time(row, "at", t->at);
	json_set_bool(row, "succeeded", t->ok);
	json_set_text(row, "reason", t->ok ? NULL : t->reason);
	json_set_int(row, "failures", t->failures);
	json_set_time(row, "nextAt", t->next_at);
	json_object_set_new(to, name, row);
}

static void registration(const struct agent *a, int64_t now, json_t *obj)
{
	json_t *r = json_object();

	json_set_text(r, "status", agent_registration_name(agent_registration(a, now)));
	json_set_text(r, "smartAccount", a->smart_account);
	json_set_text(r, "virtualAccount", a->virtual_account);
	json_set_bool(r, "exportControlledAllowed", agent_is_registered(a, now) && a->export_allowed);
	json_set_text(r, "productInstanceIdentifier", a->identifier);
	json_set_text(r, "servedBy", a->server);
	json_set_time(r, "registeredAt", a->registered_at);
	json_set_time(r, "renewAt", a->renew_at);
	json_set_time(r, "expiresAt", a->expires_at);
	add_attempt(r, "lastAttempt", &a->registration);
	add_attempt(r, "lastRenewal", &a->renewal);
	json_object_set_new(obj, "registration", r);
}

static void authorization(const struct agent *a, int64_t now, json_t *obj)
{
	json_t *s = json_object(), *v = json_object();
	int64_t left = agent_evaluation_left(a, now);

	json_set_text(s, "status", agent_authorization_name(agent_authorization(a, now)));
	json_set_time(s, "authorizedAt", a->authorized_at);
	json_set_time(s, "renewAt", a->authorization_renew_at);
	json_set_time(s, "expiresAt", a->authorization_expires_at);
	add_attempt(s, "lastAttempt", &a->contact);
	json_object_set_new(obj, "authorization", s);
	json_set_bool(v, "inUse", agent_authorization(a, now) == AGENT_EVALUATION);
	json_set_int(v, "secondsLeft", left / SECOND_MS);
	json_set_time(v, "expiredAt", left ? 0 : a->evaluation_expired_at ? a->evaluation_expired_at : now);
	json_object_set_new(obj, "evaluation", v);
}

static void usage(const struct agent *a, int64_t now, json_t *obj)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->usage_n; i++) {
		const struct product_license *l = product_license_find(a->usage[i].tag);
		json_t *row = json_object();

		json_set_text(row, "license", l ? l->name : NULL);
		json_set_text(row, "tag", a->usage[i].tag);
		json_set_text(row, "displayName", l ? l->display_name : NULL);
		json_set_int(row, "count", a->usage[i].count);
		if (a->code)
			json_set_int(row, "reserved", reservation_count(a, a->usage[i].tag, now));
		json_set_text(row, "status", license_status(a, a->usage[i].tag, now));
		json_array_append_new(list, row);
	}
	json_object_set_new(obj, "usage", list);
}

static void udi(const struct agent *a, json_t *obj)
{
	json_t *u = json_object();

	json_set_text(u, "pid", a->product->udi_pid);
	json_set_text(u, "serialNumber", a->serial);
	json_set_text(u, "uuid", a->uuid);
	json_object_set_new(obj, "udi", u);
	json_set_text(obj, "agentVersion", AGENT_VERSION);
}

static void transport(const struct agent *a, json_t *obj)
{
	json_t *t = json_object(), *p = json_object();

	json_set_text(t, "url", a->url);
	json_set_text(t, "type", a->url == NULL ? NULL : a->direct ? "direct" : "gateway");
	json_set_bool(t, "callHome", a->callhome);
	json_set_text(t, "proxy", a->proxy);
	json_set_text(t, "proxyUser", a->proxy_user);
	json_object_set_new(obj, "transport", t);
	json_set_bool(p, "hostname", a->hide_host);
	json_set_bool(p, "version", a->hide_version);
	json_object_set_new(obj, "private", p);
}

static void certificate(const struct cert *c, const char *name, json_t *obj)
{
	char serial[CERT_SERIAL_TEXT], text[256];
	json_t *row = c ? json_object() : json_null();

	if (c) {
		json_set_text(row, "serialNumber", cert_serial(c, serial));
		json_set_text(row, "issuer", cert_issuer_name(c, text));
		json_set_time(row, "notBefore", cert_not_before(c));
		json_set_time(row, "notAfter", cert_not_after(c));
	}
	json_object_set_new(obj, name, row);
}

static void clock_state(const struct agent *a, int64_t now, json_t *obj)
{
	json_t *c = json_object();

	json_set_time(c, "now", now);
	json_set_time(c, "lastBelieved", a->seen_at);
	json_set_bool(c, "believed", !(agent_alerts(a, now) & AGENT_ALERT_CLOCK));
	json_object_set_new(obj, "clock", c);
}

void state_describe(const struct agent *a, const char *what, int64_t now, json_t *obj)
{
	bool tech = strcmp(what, "tech") == 0, all = tech || strcmp(what, "all") == 0;
	bool status = all || strcmp(what, "status") == 0 || strcmp(what, "summary") == 0;

	if (status)
		registration(a, now, obj);
	if (status || strcmp(what, "usage") == 0)
		authorization(a, now, obj);
	if (all || strcmp(what, "summary") == 0 || strcmp(what, "usage") == 0)
		usage(a, now, obj);
	if (status)
		reservation_describe(a, now, obj);
	if (all || strcmp(what, "udi") == 0)
		udi(a, obj);
	if (!tech)
		return;
	transport(a, obj);
	certificate(a->id, "idCertificate", obj);
	certificate(a->issuer, "issuerCertificate", obj);
	clock_state(a, now, obj);
	json_set_text(obj, "clusterSecurityMode", a->mixed_mode ? "mixed" : "non-secure");
}
