#include "agent/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/reserve.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "crypt/csr.h"
#include "json/json.h"
#include "xml/callhome.h"

/* A message is sent again as it is for as long as the server takes its timestamp (section 4). */
#define PENDING_MS HOUR_MS

/* Somebody waits for a registration; the others have days. With its spread a pause is a day at most. */
#define RETRY_REGISTRATION_MS MINUTE_MS
#define RETRY_FIRST_MS (5 * MINUTE_MS)
#define RETRY_MAX_MS (20 * HOUR_MS)
#define RETRY_REFUSED_MS HOUR_MS

#define HOSTNAME_SIZE 256
#define TOKEN_SHOWN 4 /* characters of a token in what is kept */

/* How an exchange that gave no OK ended. */
struct outcome {
	bool refused;    /* FAILED: the server said no */
	int64_t wait_ms; /* as the server asked; 0: by the number of failures */
};

static void attempt_succeeded(struct attempt *t, int64_t now)
{
	attempt_clear(t);
	t->at = now;
	t->ok = true;
}

/* Doubling pauses, spread by a fifth so that products that lost their server together do not return together. */
static int64_t pause_ms(int64_t first, int64_t failures)
{
	int64_t ms = first;
	uint32_t spread;

	for (; failures > 1 && ms < RETRY_MAX_MS; failures--)
		ms *= 2;
	if (ms > RETRY_MAX_MS)
		ms = RETRY_MAX_MS;
	rand_bytes(&spread, sizeof(spread));
	return ms + (int64_t)(spread % (uint64_t)(ms / 5));
}

/* The text of an error as it may be kept and shown to support: of a token only its first characters. */
static void set_reason(char **reason, const char *text, const char *token)
{
	const char *at = token && strlen(token) > TOKEN_SHOWN ? strstr(text, token) : NULL;
	AUTO_BUF masked = BUF_INIT;

	if (at == NULL) {
		state_set(reason, text);
		return;
	}
	buf_printf(&masked, "%.*s%.*s…%s", (int)(at - text), text, TOKEN_SHOWN, token, at + strlen(token));
	state_set(reason, masked.data);
}

static void attempt_failed(const struct agent *a, struct attempt *t, int64_t first_pause_ms, int64_t now,
			   const struct outcome *o, const struct err *e)
{
	t->at = now;
	t->ok = false;
	t->failures++;
	set_reason(&t->reason, e->text, a->token);
	if (o->wait_ms)
		t->next_at = now + o->wait_ms;
	else
		t->next_at = now + (o->refused ? RETRY_REFUSED_MS : pause_ms(first_pause_ms, t->failures));
}

static void pending_clear(struct agent *a)
{
	state_set(&a->pending_type, NULL);
	state_set(&a->pending_data, NULL);
	state_set(&a->pending_nonce, NULL);
	state_set(&a->pending_body, NULL);
	a->pending_at = 0;
}

static bool pending_is(const struct agent *a, const char *type, const char *data, int64_t now)
{
	int64_t age = now - a->pending_at;

	return a->pending_body && a->pending_type && a->pending_data && a->pending_nonce &&
	       strcmp(a->pending_type, type) == 0 && strcmp(a->pending_data, data) == 0 && age > -PENDING_MS &&
	       age < PENDING_MS;
}

static int pending_build(struct agent *a, const char *type, const json_t *data, const char *text, int64_t now,
			 struct err *e)
{
	bool registration = strcmp(type, "REGISTRATION") == 0;
	char serial[CERT_SERIAL_TEXT] = "", nonce[MESSAGE_NONCE_SIZE];
	struct message_sender from = {
		.udi_pid = a->product->udi_pid,
		.udi_serial_number = a->serial,
		.uuid = a->uuid,
		.product_instance_identifier = registration || a->identifier == NULL ? "" : a->identifier,
		.id_cert_serial_number = serial,
	};
	AUTO_BUF body = BUF_INIT;

	if (!registration && a->id)
		cert_serial(a->id, serial);
	if (message_build(&from, type, message_nonce(nonce), now, data, a->key, &body, e))
		return -1;
	state_set(&a->pending_type, type);
	state_set(&a->pending_data, text);
	state_set(&a->pending_nonce, nonce);
	state_set(&a->pending_body, body.data);
	mem_cleanse(body.data, body.n);
	a->pending_at = now;
	return state_save(a, e);
}

/* Sends the JSON, in an envelope if the road is Call Home, and adds the JSON of the answer. */
static int carry(struct agent *a, struct buf *answer, struct err *e)
{
	struct callhome_session session = { .to = a->url, .message_id = a->pending_nonce };
	AUTO_BUF udi = BUF_INIT, request = BUF_INIT, reply = BUF_INIT;
	struct err why = ERR_INIT;
	int rc;

	if (!a->callhome)
		return a->exchange(a->arg, a->url, a->pending_body, strlen(a->pending_body), answer, e);
	udi_text(a, &udi);
	session.from = udi.data;
	callhome_write(&session, a->pending_body, strlen(a->pending_body), &request);
	rc = a->exchange(a->arg, a->url, request.data, request.n, &reply, e);
	mem_cleanse(request.data, request.n);
	if (rc)
		return -1;
	rc = callhome_read(reply.n ? reply.data : "", reply.n, answer, &session, &why);
	callhome_session_fini(&session);
	return rc ? err_set(e, E_ANSWER_INVALID,
			    "The server's answer cannot be read: %.300s Is this the address of a license server?", why.text)
		  : 0;
}

static int pending_exchange(struct agent *a, const char *type, int64_t now, struct message_answer *out, struct outcome *o,
			    struct err *e)
{
	struct message_expect x = {
		.type = type,
		.nonce = a->pending_nonce,
		.product_instance_identifier = a->identifier ? a->identifier : "",
		.root = a->root,
		.issuer = a->issuer,
		.server = a->server && strcmp(a->server, "manager") == 0 ? MESSAGE_MANAGER : MESSAGE_SATELLITE,
		.key = a->key,
		.now = now,
	};
	AUTO_BUF answer = BUF_INIT;

	if (carry(a, &answer, e)) {
		if (a->transport && e->code == E_BUSY)
			o->wait_ms = transport_retry_after(a->transport) * SECOND_MS;
		return -1;
	}
	return message_verify(answer.data, answer.n, &x, out, e);
}

/* Adds a sentence, if there is room for it. */
static void add_advice(struct err *e, const char *sentence)
{
	size_t n = strlen(e->text);

	if (n && n + strlen(sentence) + 3 < sizeof(e->text))
		snprintf(e->text + n, sizeof(e->text) - n, "%s %s", e->text[n - 1] == '.' ? "" : ".", sentence);
}

/* Codes that say that the server does not hold this registration any more: what was asked for is so. */
static bool is_gone(enum err_code code)
{
	return code == E_CERTIFICATE_REVOKED || code == E_UNKNOWN_INSTANCE || code == E_CERTIFICATE_EXPIRED;
}

/* The registration is worth nothing any more, or it is with another server. */
static void note_gone(struct agent *a, struct err *e)
{
	a->gone = a->gone || is_gone(e->code);
	if (e->code == E_ANSWER_INVALID)
		add_advice(e, "If this is another server than the one that registered the product, register it here: "
			      "license smart register idtoken TOKEN force");
}

static int can_send(const struct agent *a, struct err *e)
{
	if (a->url == NULL)
		return err_set(e, E_USAGE, "No server is set. Give one with: license smart transport gateway HOST:PORT");
	if (a->root == NULL)
		return err_set(
			e, E_USAGE,
			"The licensing root is not known, so no answer could be trusted. Give it once with --root-file.");
	return 0;
}

static int clock_skew(const struct message_answer *answer, int64_t now, struct err *e)
{
	char server[CLOCK_TEXT_SIZE], own[CLOCK_TEXT_SIZE], span[CLOCK_TEXT_SIZE];
	int64_t apart = answer->server_at > now ? answer->server_at - now : now - answer->server_at;

	return err_set(
		e, E_CLOCK_SKEW,
		"This product's clock says %s, the server's %s: %s apart, less than 1 h is allowed. Set the time (NTP) "
		"on the one that is wrong, then try again.",
		clock_text(now, own), clock_text(answer->server_at, server), clock_span(apart, span));
}

static int not_ok(const struct message_answer *answer, int64_t now, struct outcome *o, struct err *e)
{
	if (answer->status == MESSAGE_FAILED) {
		o->refused = true;
		if (answer->code == E_CLOCK_SKEW && answer->server_at)
			return clock_skew(answer, now, e);
		return err_set(e, answer->code, "%.400s", *answer->message ? answer->message : err_default(answer->code));
	}
	o->wait_ms = answer->retry_after_s * SECOND_MS;
	return err_set(e, E_BUSY, "The server asks to try again in %" PRId64 " seconds.", answer->retry_after_s);
}

/* Sends one message and takes its answer. 0: answer is OK and the caller's to finish, and to save with what follows
 * from it. -1: *o tells how it ended. */
static int session_send(struct agent *a, const char *type, const json_t *data, int64_t now, struct message_answer *answer,
			struct outcome *o, struct err *e)
{
	AUTO_BUF text = BUF_INIT;
	bool again;

	json_write(data, &text);
	again = pending_is(a, type, text.data, now);
	for (;;) {
		if (!again && pending_build(a, type, data, text.data, now, e))
			return -1;
		if (pending_exchange(a, type, now, answer, o, e))
			return -1;
		if (answer->status != MESSAGE_TRY_AGAIN)
			pending_clear(a);
		if (answer->status == MESSAGE_OK) {
			if (a->clock_wrong_at)
				clock_trust(a, now); /* the server has compared the clocks (section 4) */
			return 0;
		}
		not_ok(answer, now, o, e);
		message_answer_fini(answer);
		/* A repeated message can have become too old, for the server's clock or its memory: a new one settles it. */
		if (!again || (e->code != E_CLOCK_SKEW && e->code != E_REPLAY))
			return -1;
		again = false;
		o->refused = false;
	}
}

/* Saves, keeping the error that is there already; an error of saving replaces it. */
static int save_and_fail(struct agent *a, struct err *e)
{
	struct err why = ERR_INIT;

	if (state_save(a, &why))
		*e = why;
	return -1;
}

static int64_t time_of(const json_t *data, const char *name, int64_t otherwise)
{
	const json_t *v = json_object_get(data, name);

	return json_is_integer(v) && json_integer_value(v) > 0 ? json_integer_value(v) : otherwise;
}

static void take_export(struct agent *a, const json_t *data)
{
	const char *text = json_string_value(json_object_get(data, "export_controlled"));

	if (text)
		a->export_allowed = strcmp(text, "ALLOWED") == 0;
}

static void set_from(char **to, const json_t *data, const char *name)
{
	const char *text = json_string_value(json_object_get(data, name));

	state_set(to, text ? text : "");
}

/* The members of a REGISTRATION or RENEW_REGISTRATION answer; its certificates were verified. */
static void take_certificate(struct agent *a, struct message_answer *answer, int64_t now)
{
	const json_t *data = answer->data;

	set_from(&a->id_pem, data, "id_certificate");
	set_from(&a->chain_pem, data, "ca_chain");
	set_from(&a->identifier, data, "product_instance_identifier");
	set_from(&a->smart_account, data, "smart_account");
	set_from(&a->virtual_account, data, "virtual_account");
	state_set(&a->server, answer->server == MESSAGE_MANAGER ? "manager" : "satellite");
	take_export(a, data);
	cert_free(a->id);
	cert_free(a->issuer);
	a->id = answer->id;
	a->issuer = answer->issuer;
	answer->id = NULL;
	answer->issuer = NULL;
	a->expires_at = cert_not_after(a->id);
	a->renew_at = time_of(data, "renew_at", now + (a->expires_at - now) / 2);
}

static void clear_authorization(struct agent *a)
{
	a->gone = false;
	state_set(&a->authorization_status, NULL);
	a->authorized_at = a->authorization_renew_at = a->authorization_expires_at = 0;
	granted_clear(a);
	attempt_clear(&a->contact);
}

/* Section 4: the key exists, on the disk, before anybody certifies it. */
static int make_key(struct agent *a, struct err *e)
{
	AUTO_BUF pem = BUF_INIT, csr = BUF_INIT;

	if (a->key)
		return 0;
	if (key_generate(KEY_EC_P256, &a->key, e) || csr_make(a->key, a->product->udi_pid, &csr, e)) {
		key_free(a->key);
		a->key = NULL;
		return -1;
	}
	key_write_private(a->key, &pem);
	state_set(&a->key_pem, pem.data);
	state_set(&a->csr, csr.data);
	mem_cleanse(pem.data, pem.n);
	return 0;
}

static json_t *registration_data(const struct agent *a)
{
	char own[HOSTNAME_SIZE] = "";
	json_t *data = json_object();

	if (a->hostname == NULL && !a->hide_host && gethostname(own, sizeof(own) - 1))
		own[0] = '\0';
	json_set_text(data, "token", a->token);
	json_set_text(data, "csr", a->csr);
	json_set_text(data, "software_tag_identifier", a->product->software_tag);
	json_set_text(data, "product_version", a->hide_version ? NULL : a->product->version);
	json_set_text(data, "hostname", a->hide_host ? NULL : a->hostname ? a->hostname : *own ? own : NULL);
	json_set_text(data, "ip_address", a->hide_host ? NULL : a->ip);
	json_set_bool(data, "force", a->force);
	return data;
}

static void registration_over(struct agent *a)
{
	a->registering = false;
	a->force = false;
	state_set(&a->token, NULL);
}

static int registered(struct agent *a, struct message_answer *answer, int64_t now, struct err *e)
{
	struct err why = ERR_INIT;

	evaluation_account(a, now);
	take_certificate(a, answer, now);
	a->registered_at = time_of(answer->data, "registered_at", now);
	evaluation_account(a, now);
	registration_over(a);
	attempt_succeeded(&a->registration, now);
	attempt_clear(&a->renewal);
	clear_authorization(a);
	if (state_save(a, e))
		return -1;
	if (agent_authorize(a, now, &why))
		return err_set(e, why.code, "Registered, but usage could not be reported: %.430s", why.text);
	return 0;
}

int session_register(struct agent *a, int64_t now, struct err *e)
{
	AUTO_JSON *data = NULL;
	struct message_answer answer;
	struct outcome o = { 0 };
	int rc;

	if (can_send(a, e) || make_key(a, e))
		return -1;
	data = registration_data(a);
	if (session_send(a, "REGISTRATION", data, now, &answer, &o, e) == 0) {
		rc = registered(a, &answer, now, e);
		message_answer_fini(&answer);
		return rc;
	}
	if (e->code == E_INVALID_TOKEN)
		add_advice(e, "Tokens belong to one server; create one there.");
	attempt_failed(a, &a->registration, RETRY_REGISTRATION_MS, now, &o, e);
	if (o.refused) {
		registration_over(a);
		a->registration.next_at = 0; /* the same token will not become good */
	}
	return save_and_fail(a, e);
}

int agent_register(struct agent *a, const char *token, bool force, int64_t now, struct err *e)
{
	size_t n = strlen(token);

	buf_clear(&a->warning);
	if (n == 0 || n > 4096)
		return err_set(e, E_USAGE, "The token has %zu characters; it must have from 1 to 4096.", n);
	if (reservation_forbids(a, e) || can_send(a, e))
		return -1;
	if (agent_is_registered(a, now) && !force && !a->gone)
		return err_set(
			e, E_ALREADY_REGISTERED,
			"This product is registered with virtual account '%.128s' already. Deregister it first, or add 'force' to move it.",
			a->virtual_account);
	attempt_clear(&a->registration);
	state_set(&a->token, token);
	a->force = force;
	a->registering = true;
	return session_register(a, now, e);
}

/* A REGISTRATION with force that has no answer yet may have superseded the certificate in use: settle it first. */
static int settle_registration(struct agent *a, int64_t now, bool *authorized, struct err *e)
{
	*authorized = false;
	if (reservation_forbids(a, e))
		return -1;
	if (!agent_is_registered(a, now))
		return err_set(e, E_NOT_REGISTERED_PRODUCT,
			       "This product is not registered. Register it with: license smart register idtoken TOKEN");
	if (can_send(a, e))
		return -1;
	if (!a->registering)
		return 0;
	if (session_register(a, now, e) == 0) {
		*authorized = true;
		return 0;
	}
	return a->registering ? -1 : 0;
}

static json_t *usage_data(const struct agent *a)
{
	json_t *data = json_object(), *list = json_array();

	for (size_t i = 0; i < a->usage_n; i++) {
		json_t *row;

		if (a->usage[i].count == 0)
			continue; /* left out is released */
		row = json_object();
		json_set_text(row, "tag", a->usage[i].tag);
		json_set_int(row, "count", a->usage[i].count);
		json_array_append_new(list, row);
	}
	json_object_set_new(data, "entitlements", list);
	return data;
}

static int take_granted(struct agent *a, const json_t *list, struct err *e)
{
	struct granted *rows;
	size_t n = json_array_size(list);

	for (size_t i = 0; i < n; i++) {
		const json_t *row = json_array_get(list, i);

		if (!json_is_string(json_object_get(row, "tag")) || !json_is_string(json_object_get(row, "status")) ||
		    !json_is_integer(json_object_get(row, "count")))
			return err_set(e, E_ANSWER_INVALID,
				       "The server's answer lacks tag, status or count of an entitlement.");
	}
	rows = mem_alloc((n ? n : 1) * sizeof(*rows));
	for (size_t i = 0; i < n; i++) {
		const json_t *row = json_array_get(list, i);

		set_from(&rows[i].tag, row, "tag");
		set_from(&rows[i].display_name, row, "display_name");
		set_from(&rows[i].description, row, "description");
		set_from(&rows[i].version, row, "version");
		set_from(&rows[i].status, row, "status");
		rows[i].count = json_integer_value(json_object_get(row, "count"));
	}
	granted_clear(a);
	a->granted = rows;
	a->granted_n = n;
	return 0;
}

static int take_authorization(struct agent *a, const json_t *data, int64_t now, struct err *e)
{
	const char *status = json_string_value(json_object_get(data, "authorization_status"));
	const json_t *list = json_object_get(data, "entitlements");

	if (status == NULL || (strcmp(status, "AUTHORIZED") && strcmp(status, "OUT_OF_COMPLIANCE")) || !json_is_array(list))
		return err_set(e, E_ANSWER_INVALID, "The server's answer lacks authorization_status or entitlements.");
	if (take_granted(a, list, e))
		return -1;
	a->gone = false;
	state_set(&a->authorization_status, status);
	take_export(a, data);
	a->authorized_at = now;
	a->authorization_renew_at = time_of(data, "renew_at", now + 30 * DAY_MS);
	a->authorization_expires_at = time_of(data, "expires_at", now + 90 * DAY_MS);
	attempt_succeeded(&a->contact, now);
	return 0;
}

/* The product lives on to its own 90 days, but what its registration permitted it has lost. */
static void take_refusal(struct agent *a, const struct outcome *o, const struct err *e, int64_t now)
{
	if (o->refused && is_gone(e->code)) {
		a->export_allowed = false;
		alerts_update(a, now);
	}
}

int agent_authorize(struct agent *a, int64_t now, struct err *e)
{
	AUTO_JSON *data = NULL;
	struct message_answer answer;
	struct outcome o = { 0 };
	bool done;
	int rc;

	if (settle_registration(a, now, &done, e))
		return -1;
	if (done)
		return 0;
	data = usage_data(a);
	rc = session_send(a, "AUTHORIZATION", data, now, &answer, &o, e);
	if (rc == 0) {
		rc = take_authorization(a, answer.data, now, e);
		message_answer_fini(&answer);
	}
	if (rc == 0)
		return state_save(a, e);
	note_gone(a, e);
	attempt_failed(a, &a->contact, RETRY_FIRST_MS, now, &o, e);
	take_refusal(a, &o, e, now);
	return save_and_fail(a, e);
}

int agent_renew(struct agent *a, int64_t now, struct err *e)
{
	AUTO_JSON *data = json_object();
	struct message_answer answer;
	struct outcome o = { 0 };
	bool done;

	if (settle_registration(a, now, &done, e))
		return -1;
	json_set_text(data, "csr", NULL);
	if (session_send(a, "RENEW_REGISTRATION", data, now, &answer, &o, e)) {
		note_gone(a, e);
		attempt_failed(a, &a->renewal, RETRY_FIRST_MS, now, &o, e);
		take_refusal(a, &o, e, now);
		return save_and_fail(a, e);
	}
	take_certificate(a, &answer, now);
	message_answer_fini(&answer);
	attempt_succeeded(&a->renewal, now);
	return state_save(a, e);
}

int session_forget(struct agent *a, int64_t now, struct err *e)
{
	evaluation_account(a, now);
	pending_clear(a);
	registration_over(a);
	state_set(&a->id_pem, NULL);
	state_set(&a->chain_pem, NULL);
	state_set(&a->server, NULL);
	state_set(&a->identifier, NULL);
	state_set(&a->smart_account, NULL);
	state_set(&a->virtual_account, NULL);
	state_set(&a->key_pem, NULL);
	state_set(&a->csr, NULL);
	cert_free(a->id);
	cert_free(a->issuer);
	key_free(a->key);
	a->id = a->issuer = NULL;
	a->key = NULL;
	a->export_allowed = false;
	a->registered_at = a->renew_at = a->expires_at = 0;
	attempt_clear(&a->registration);
	attempt_clear(&a->renewal);
	clear_authorization(a);
	evaluation_account(a, now);
	alerts_update(a, now);
	return state_save(a, e);
}

/* Nobody there, or something else than the server there. */
static bool is_unreachable(enum err_code code)
{
	return code == E_CONNECT_FAILED || code == E_ANSWER_INVALID;
}

static void warn_left_behind(struct agent *a, const struct err *why)
{
	char until[CLOCK_TEXT_SIZE];
	AUTO_BUF udi = BUF_INIT;

	udi_text(a, &udi);
	buf_printf(
		&a->warning,
		"The server could not be told: %s\nThe product is deregistered here only. Remove it at the server by hand: "
		"server %s, smart account '%s', virtual account '%s', product instance %s, %s.",
		why->text, a->url, a->smart_account ? a->smart_account : "", a->virtual_account ? a->virtual_account : "",
		a->identifier, udi.data);
	if (a->authorized_at && a->usage_n)
		buf_printf(&a->warning, " Until then its licenses count as used there, at most until %s.",
			   clock_text(a->authorization_expires_at, until));
	buf_printf(&a->warning, "\n  satellitectl instance remove %s", a->identifier);
}

int agent_deregister(struct agent *a, int64_t now, struct err *e)
{
	AUTO_JSON *data = json_object();
	struct message_answer answer;
	struct outcome o = { 0 };
	struct err why = ERR_INIT;
	bool done;

	buf_clear(&a->warning);
	if (reservation_forbids(a, e))
		return -1;
	if (!agent_is_registered(a, now) && (a->id || a->registering))
		return session_forget(a, now, e); /* expired, or never answered: nothing to give back */
	if (settle_registration(a, now, &done, &why)) {
		if (!a->registering || !is_unreachable(why.code))
			return save_and_fail(a, memcpy(e, &why, sizeof(why)));
		warn_left_behind(a, &why);
	} else if (session_send(a, "DEREGISTRATION", data, now, &answer, &o, &why) == 0) {
		message_answer_fini(&answer);
	} else if (!o.refused && is_unreachable(why.code)) {
		warn_left_behind(a, &why);
	} else if (!o.refused || !is_gone(why.code)) { /* gone: what was asked for is so */
		return save_and_fail(a, memcpy(e, &why, sizeof(why)));
	}
	return session_forget(a, now, e);
}

int64_t session_registration_due(const struct agent *a)
{
	return a->registering ? a->registration.next_at : INT64_MAX;
}

int64_t session_renewal_due(const struct agent *a)
{
	return a->renewal.next_at ? a->renewal.next_at : a->renew_at;
}

int64_t session_contact_due(const struct agent *a)
{
	int64_t due = a->contact.at + AGENT_USAGE_MS;

	if (a->contact.next_at)
		return a->contact.next_at;
	return a->authorization_renew_at < due ? a->authorization_renew_at : due;
}
