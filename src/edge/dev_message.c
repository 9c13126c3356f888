#include "edge/dev_message.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypt/b64.h"
#include "crypt/csr.h"
#include "edge/dev_answer.h"
#include "edge/dev_parse.h"
#include "edge/rate.h"
#include "lic/duplicate.h"
#include "lic/instance.h"
#include "lic/site.h"
#include "lic/usage.h"

#define SKEW_MS HOUR_MS   /* clocks may differ by less */
#define WINDOW_MS HOUR_MS /* a record lives until timestamp + this */
#define TRY_AGAIN_S 10

enum kind { HELLO, REGISTRATION, AUTHORIZATION, RENEW_REGISTRATION, DEREGISTRATION, UNSUPPORTED };

struct dev_message {
	struct dev_request request;
	struct dev_data data;
	enum kind kind;
	struct identity *identity;
	struct key *key;     /* that verified the signature */
	struct key *new_key; /* of the CSR: REGISTRATION, RENEW_REGISTRATION with a csr */
	unsigned char key_id[SHA256_SIZE], request_sha256[SHA256_SIZE];
	struct id_certificate ready;
	const char *pid, *serial; /* of the sender, as it registered: certificates are built from our data */
	const char *response;     /* the string that is signed; lives in the arena */
	char outcome[64];
};

static const char *const kind_names[] = { "HELLO",          "REGISTRATION", "AUTHORIZATION", "RENEW_REGISTRATION",
					  "DEREGISTRATION", "UNSUPPORTED" };

static enum kind find_kind(const char *type)
{
	enum kind k = HELLO;

	while (k < UNSUPPORTED && strcmp(kind_names[k], type) != 0)
		k++;
	return k;
}

const char *dev_message_outcome(const struct dev_message *m, char out[96])
{
	snprintf(out, 96, "%s %s", kind_names[m->kind], m->outcome);
	return out;
}

void dev_message_drop(struct dev_message *m)
{
	dev_request_fini(&m->request);
	dev_data_fini(&m->data);
	identity_put(m->identity);
	key_free(m->key);
	key_free(m->new_key);
	id_certificate_fini(&m->ready);
}

/* ---- the answer's string ---- */

static void respond(struct tx *tx, struct dev_message *m, const char *status, const struct err *e, const char *piid,
		    const char *data)
{
	struct dev_answer a = { .timestamp = tx->now,
				.nonce = m->request.header.nonce_text,
				.response_type = m->request.header.request_type,
				.piid = piid,
				.status = status,
				.error = e,
				.data = data };

	m->response = dev_answer_text(tx->arena, tx->site, &a);
	snprintf(m->outcome, sizeof(m->outcome), "%s", e ? err_name(e->code) : status);
}

static void respond_failed(struct tx *tx, struct dev_message *m, const struct err *e)
{
	respond(tx, m, "FAILED", e, m->request.header.piid, "{}");
}

static void respond_try_again(struct tx *tx, struct dev_message *m, int seconds)
{
	respond(tx, m, "OK_TRY_AGAIN", NULL, m->request.header.piid,
		arena_printf(tx->arena, "{\"retry_after\":%d}", seconds));
}

/* ---- read ---- */

/* Did the database fail, rather than the request? */
static bool is_failure_of_ours(enum err_code code)
{
	switch (err_http(code)) {
	case 500:
	case 503:
		return true;
	}
	return code == E_CONFLICT;
}

static enum dev_read refuse(struct tx *tx, struct dev_message *m, const struct err *e)
{
	if (is_failure_of_ours(e->code))
		respond_try_again(tx, m, TRY_AGAIN_S);
	else
		respond_failed(tx, m, e);
	return DEV_ANSWERED;
}

/* Whose key must have signed? The ID certificate that the header names, if it was issued to the instance that the
 * header names; for REGISTRATION the CSR's. */
static int find_signer(struct tx *tx, struct dev_message *m, struct err *e)
{
	const struct dev_header *h = &m->request.header;
	struct certificate_row cert;
	struct instance_row instance;
	int rc = q_certificate_by_serial(tx->db, tx->arena, h->id_cert_serial, &cert, e);

	if (rc == 1)
		rc = q_instance_by_id(tx->db, tx->arena, cert.instance_id, &instance, e);
	if (rc < 0)
		return -1;
	if (rc == 0 || strcmp(instance.uuid, h->piid) != 0)
		return err_set(e, E_UNKNOWN_INSTANCE,
			       "No product instance '%.64s' with certificate '%.64s' is known here. Register the product.",
			       h->piid, h->id_cert_serial);
	m->pid = instance.udi.pid;
	m->serial = instance.udi.serial;
	return key_read_public((const char *)cert.der + cert.spki_at, (size_t)cert.spki_n, &m->key, e);
}

/* CSR of REGISTRATION and RENEW_REGISTRATION: before the signature. */
static int read_csr(struct dev_message *m, struct err *e)
{
	const char *csr = NULL;

	if (dev_data_csr(&m->data, m->kind == REGISTRATION, &csr, e))
		return -1;
	return csr ? csr_read(csr, strlen(csr), &m->new_key, e) : 0;
}

static int check_signature(struct dev_message *m, struct err *e)
{
	const struct dev_request *r = &m->request;
	AUTO_BUF sig = BUF_INIT;

	if (strcmp(r->signature_type, "SHA-256") != 0)
		return err_field(e, E_INVALID_SIGNATURE, "signature.type",
				 "The signature's type is '%.32s'; only SHA-256 is taken.", r->signature_type);
	if (r->signature_n == 0 || b64_decode(r->signature, r->signature_n, &sig))
		return err_field(e, E_INVALID_SIGNATURE, "signature.value", "The signature is missing or not base64.");
	return key_verify(m->key, r->request, r->request_n, sig.data, sig.n, e);
}

static enum dev_read read_hello(struct tx *tx, struct dev_message *m)
{
	if (rate_allow("hello", tx->actor->address, tx->site->hello_per_minute))
		respond(tx, m, "OK", NULL, "", dev_answer_hello(tx->arena, tx->site, tx->now));
	else
		respond_try_again(tx, m, 60);
	return DEV_ANSWERED;
}

static int read_udi(struct tx *tx, const struct dev_message *m, struct udi *out, struct err *e)
{
	const struct dev_header *h = &m->request.header;
	char uuid[33] = "";

	if (h->udi_pid == NULL || *h->udi_pid == '\0' || strlen(h->udi_pid) > 128)
		return err_field(e, E_INVALID_REQUEST, "header.sudi.udi_pid",
				 "The product's PID must have 1 to 128 bytes.");
	if (h->udi_serial == NULL || *h->udi_serial == '\0' || strlen(h->udi_serial) > 128)
		return err_field(e, E_INVALID_REQUEST, "header.sudi.udi_serial_number",
				 "The product's serial number must have 1 to 128 bytes.");
	if (h->udi_uuid && *h->udi_uuid && str_uuid_plain(uuid, h->udi_uuid))
		return err_field(e, E_INVALID_REQUEST, "header.sudi.uuid",
				 "The product's UUID must have 32 hexadecimal digits.");
	out->pid = h->udi_pid;
	out->serial = h->udi_serial;
	out->uuid = arena_strdup(tx->arena, uuid);
	out->software_tag = m->data.software_tag;
	return 0;
}

/* Issuing a certificate is the dearest part of a registration: done here, outside the writer, for the identifier
 * that it will most likely get. What fails here is found again, and told, in the writer. */
static void prepare_certificate(struct tx *tx, struct dev_message *m)
{
	char piid[UUID_SIZE];
	struct err ignored;
	struct udi udi;

	if (m->kind == REGISTRATION) {
		if (dev_data_registration(&m->data, &m->request, &ignored) || read_udi(tx, m, &udi, &ignored) ||
		    instance_likely_piid(tx, &udi, piid, &ignored))
			return;
		id_certificate_issue(m->identity, m->new_key, udi.pid, piid, tx->now, &m->ready, &ignored);
	} else if (m->kind == RENEW_REGISTRATION) {
		str_copy(piid, sizeof(piid), m->request.header.piid);
		id_certificate_issue(m->identity, m->new_key ? m->new_key : m->key, m->pid, piid, tx->now, &m->ready,
				     &ignored);
	}
}

static enum dev_read read_signed(struct tx *tx, struct dev_message *m)
{
	bool has_csr = m->kind == REGISTRATION || m->kind == RENEW_REGISTRATION;
	struct err e = ERR_INIT;

	if (m->kind == UNSUPPORTED) {
		err_set(&e, E_UNSUPPORTED_REQUEST, "The request type '%.64s' is not supported.",
			m->request.header.request_type);
		return refuse(tx, m, &e);
	}
	if (m->kind != REGISTRATION && find_signer(tx, m, &e))
		return refuse(tx, m, &e);
	/* A request_data that is no object is told after the signature, unless the key to check it stands in it. */
	if (has_csr && dev_data_open(&m->request, &m->data, &e) == 0)
		read_csr(m, &e);
	if (m->kind == REGISTRATION ? m->new_key == NULL : e.code == E_INVALID_CSR)
		return refuse(tx, m, &e);
	if (m->kind == REGISTRATION)
		m->key = key_ref(m->new_key);
	if (check_signature(m, &e))
		return refuse(tx, m, &e);
	/* What is no object is told in the writer, in the order of the checks. */
	if (!has_csr)
		dev_data_open(&m->request, &m->data, &e);
	key_id(m->key, m->key_id);
	digest_sha256(m->request.request, m->request.request_n, m->request_sha256);
	prepare_certificate(tx, m);
	return DEV_WRITE;
}

enum dev_read dev_message_read(struct tx *tx, const char *bytes, size_t n, bool plain, struct dev_message **out,
			       struct err *e)
{
	struct dev_message *m = arena_alloc(tx->arena, sizeof(*m));

	*out = m;
	if (dev_request_read(bytes, n, &m->request, e))
		return DEV_UNREADABLE;
	m->kind = find_kind(m->request.header.request_type);
	if (m->kind == HELLO)
		return read_hello(tx, m);
	m->identity = site_identity(tx->site);
	if (m->identity == NULL) {
		err_set(e, E_NOT_READY, NULL);
		return DEV_NOT_READY;
	}
	if (plain && m->kind == REGISTRATION && !tx->site->http_registration) {
		struct err why = ERR_INIT;

		err_set(&why, E_HTTPS_REQUIRED,
			"A registration carries a token and needs HTTPS: use %s/SmartTransport. The token was sent in the clear: "
			"revoke it.",
			tx->site->product_url);
		return refuse(tx, m, &why);
	}
	return read_signed(tx, m);
}

/* ---- write ---- */

/* Section 4, retries and replays: 1 answered (a retry, or REPLAY), 0 new, -1. */
static int check_replay(struct tx *tx, struct dev_message *m, struct err *e)
{
	int64_t nonce = (int64_t)m->request.header.nonce;
	const void *before;
	const char *response;
	int rc = q_answered_find(tx->db, tx->arena, m->key_id, nonce, tx->now, &before, &response, e);

	if (rc != 1)
		return rc;
	if (memcmp(before, m->request_sha256, SHA256_SIZE) == 0) {
		if (response) {
			m->response = response;
			snprintf(m->outcome, sizeof(m->outcome), "repeated");
			return 1;
		}
		err_set(e, E_REPLAY, "This message was answered before and a later one followed it. Send a new one.");
	} else {
		err_set(e, E_REPLAY, "The nonce %" PRIu64 " was used before in another message. Send a new one.",
			m->request.header.nonce);
	}
	respond_failed(tx, m, e);
	return 1;
}

static int check_clock(struct tx *tx, const struct dev_message *m, struct err *e)
{
	int64_t theirs = m->request.header.timestamp, apart = theirs > tx->now ? theirs - tx->now : tx->now - theirs;
	char product[CLOCK_TEXT_SIZE], server[CLOCK_TEXT_SIZE], span[CLOCK_TEXT_SIZE];

	if (apart < SKEW_MS)
		return 0;
	return err_field(
		e, E_CLOCK_SKEW, "header.timestamp",
		"The product says %s, this server %s: %s apart, less than 1 h is allowed. Set the time (NTP) on the "
		"product and try again.",
		clock_text(theirs, product), clock_text(tx->now, server), clock_span(apart, span));
}

struct sender {
	struct instance_row instance;
	struct certificate_row cert;
	struct account_row account;
	struct virtual_account_row va;
};

/* The state of sender and certificate as it is now, in the writer. */
static int check_certificate(struct tx *tx, const struct dev_message *m, struct sender *s, struct err *e)
{
	char when[CLOCK_TEXT_SIZE];

	if (q_certificate_by_serial(tx->db, tx->arena, m->request.header.id_cert_serial, &s->cert, e) != 1 ||
	    q_instance_by_id(tx->db, tx->arena, s->cert.instance_id, &s->instance, e) != 1)
		return e->code ? -1 : err_set(e, E_UNKNOWN_INSTANCE, NULL);
	if (strcmp(s->instance.state, "REGISTERED") != 0)
		return err_set(e, E_CERTIFICATE_REVOKED, "This product instance was %s on %s. Register the product again.",
			       strcmp(s->instance.state, "DEREGISTERED") == 0 ? "deregistered"
			       : strcmp(s->instance.state, "REMOVED") == 0    ? "removed by an administrator"
									      : "replaced by a new registration",
			       clock_text(s->instance.last_contact_at, when));
	if (s->cert.ended_at)
		return err_set(e, E_CERTIFICATE_REVOKED,
			       "The certificate %s was superseded on %s. Use the newest one, or register again.",
			       s->cert.serial, clock_text(s->cert.ended_at, when));
	if (s->cert.not_after <= tx->now)
		return err_set(e, E_CERTIFICATE_EXPIRED, "The ID certificate expired on %s. Register the product again.",
			       clock_text(s->cert.not_after, when));
	return 0;
}

static int do_registration(struct tx *tx, struct dev_message *m, const char **data, const char **piid, struct err *e)
{
	const struct dev_header *h = &m->request.header;
	struct registered done = { 0 };
	struct registration in = { 0 };

	if (dev_data_registration(&m->data, &m->request, e) || read_udi(tx, m, &in.udi, e))
		return -1;
	in.token = m->data.token;
	in.force = m->data.force;
	in.key = m->new_key;
	memcpy(in.key_id, m->key_id, SHA256_SIZE);
	in.product_version = m->data.product_version;
	in.hostname = m->data.hostname;
	in.ip_address = m->data.ip_address;
	in.mac_address = h->mac_address;
	in.host_identifier = h->host_identifier;
	in.suvi = h->suvi;
	in.udi_vid = h->udi_vid;
	if (instance_register(tx, m->identity, &in, &m->ready, &done, e))
		return -1;
	*data = dev_answer_registered(tx->arena, m->identity, &done);
	*piid = done.piid;
	return 0;
}

static int do_renewal(struct tx *tx, struct dev_message *m, const struct sender *s, const char **data, struct err *e)
{
	struct registered done = { 0 };

	if (dev_data_other(&m->data, &m->request, e) ||
	    instance_renew(tx, m->identity, &s->instance, &s->cert, m->new_key ? m->new_key : m->key, &m->ready, &done, e))
		return -1;
	*data = dev_answer_registered(tx->arena, m->identity, &done);
	return 0;
}

static const struct json_spec asked_spec[] = {
	{ "tag", JSON_K_TEXT, 0, offsetof(struct usage_asked, tag), 1, 255 },
	{ "count", JSON_K_INT, 0, offsetof(struct usage_asked, count), 0, INT32_MAX },
	{ 0 },
};

static int compare_tags(const void *a, const void *b)
{
	return strcmp((*(const struct usage_asked *const *)a)->tag, (*(const struct usage_asked *const *)b)->tag);
}

static int refuse_twice(struct tx *tx, const struct usage_asked *asked, size_t n, struct err *e)
{
	const struct usage_asked **sorted = arena_alloc(tx->arena, (n + 1) * sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		sorted[i] = &asked[i];
	qsort(sorted, n, sizeof(*sorted), compare_tags);
	for (size_t i = 1; i < n; i++)
		if (strcmp(sorted[i - 1]->tag, sorted[i]->tag) == 0)
			return err_field(e, E_INVALID_REQUEST, "request_data.entitlements",
					 "The tag '%.128s' is named twice; name each tag once.", sorted[i]->tag);
	return 0;
}

static int read_asked(struct tx *tx, struct dev_message *m, struct usage_asked **out, size_t *n, struct err *e)
{
	char prefix[64];
	const json_t *v;
	size_t i;

	if (dev_data_authorization(&m->data, &m->request, e))
		return -1;
	*n = json_array_size(m->data.entitlements);
	*out = arena_alloc(tx->arena, (*n + 1) * sizeof(**out));
	json_array_foreach ((json_t *)m->data.entitlements, i, v) {
		snprintf(prefix, sizeof(prefix), "request_data.entitlements[%zu].", i);
		if (json_decode(v, asked_spec, prefix, E_INVALID_REQUEST, &(*out)[i], e))
			return -1;
	}
	return refuse_twice(tx, *out, *n, e);
}

static int do_authorization(struct tx *tx, struct dev_message *m, const struct sender *s, const char **data, struct err *e)
{
	struct authorized done = { .export_allowed = s->instance.export_allowed && s->account.export_permitted,
				   .renew_at = tx->now + AUTHORIZATION_RENEW_MS,
				   .expires_at = tx->now + AUTHORIZATION_MS };
	struct usage_asked *asked;
	size_t n;

	if (read_asked(tx, m, &asked, &n, e))
		return -1;
	done.rows = arena_alloc(tx->arena, (n + 1) * sizeof(*done.rows));
	done.n = n;
	if (usage_replace(tx, &s->instance, s->account.export_permitted, asked, n, done.rows, &done.out_of_compliance, e) ||
	    duplicate_reported(tx, &s->instance, asked, n, e))
		return -1;
	*data = dev_answer_authorized(tx->arena, &done);
	return 0;
}

static int do_deregistration(struct tx *tx, struct dev_message *m, const struct sender *s, const char **data, struct err *e)
{
	if (dev_data_other(&m->data, &m->request, e) || instance_end(tx, &s->instance, "DEREGISTERED", e))
		return -1;
	*data = "{}";
	return 0;
}

/* Account and data: everything here is undone when it fails. */
static int change(struct tx *tx, struct dev_message *m, struct sender *s, const char **data, const char **piid,
		  struct err *e)
{
	bool always = m->kind == DEREGISTRATION; /* licenses may go back whatever the state of account and authority */

	if (m->kind == REGISTRATION)
		return do_registration(tx, m, data, piid, e);
	/* Undone with the rest when the message is refused: only an accepted one supersedes the predecessor. */
	if (instance_certificate_used(tx, &s->cert, e))
		return -1;
	if (!always && (instance_account_check(tx, s->instance.virtual_account_id, true, &s->account, &s->va, e) ||
			duplicate_accepted(tx, &s->instance, &s->cert, m->request.header.timestamp, e)))
		return -1;
	if (m->data.object == NULL && dev_data_open(&m->request, &m->data, e))
		return -1;
	if (m->kind == RENEW_REGISTRATION) {
		const char *csr = NULL;

		if (dev_data_csr(&m->data, false, &csr, e))
			return -1;
		return do_renewal(tx, m, s, data, e);
	}
	if (m->kind == AUTHORIZATION)
		return do_authorization(tx, m, s, data, e);
	return do_deregistration(tx, m, s, data, e);
}

static int record(struct tx *tx, struct dev_message *m, bool ok, struct err *e)
{
	int64_t nonce = (int64_t)m->request.header.nonce, until = m->request.header.timestamp + WINDOW_MS;

	if (m->kind == REGISTRATION && !ok)
		return 0;
	return q_answered_add(tx->db, m->key_id, nonce, m->request_sha256, m->response, until, e);
}

/* Events name the product as administrators know it: PID and serial number. */
static void name_actor(const struct tx *tx, const struct dev_message *m, struct actor *out)
{
	const struct dev_header *h = &m->request.header;
	const char *pid = m->pid ? m->pid : h->udi_pid, *serial = m->serial ? m->serial : h->udi_serial;

	*out = *tx->actor;
	snprintf(out->name, sizeof(out->name), "%.60s SN %.60s", pid ? pid : "product", serial ? serial : "?");
	str_repair(out->name); /* either may have been cut in the middle of a character */
}

/* A refusal changes nothing, but may be a sign of a second product with the same identity. code: why it was refused. */
static int note_refusal(struct tx *tx, const struct dev_message *m, const struct sender *s, enum err_code code,
			struct err *e)
{
	struct udi udi;

	if (code == E_CERTIFICATE_REVOKED && s->instance.state && strcmp(s->instance.state, "REGISTERED") == 0)
		return duplicate_superseded(tx, &s->instance, &s->cert, m->request.header.timestamp, e);
	if (code == E_ALREADY_REGISTERED && read_udi(tx, m, &udi, e) == 0)
		return duplicate_refused(tx, &udi, m->key_id, e);
	return 0;
}

static int decide(struct tx *tx, struct dev_message *m, struct err *e)
{
	const char *data = "{}", *piid = m->request.header.piid;
	struct sender s = { 0 };
	int rc;

	*e = ERR_INIT;
	rc = check_replay(tx, m, e);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (check_clock(tx, m, e)) {
		respond_failed(tx, m, e);
		return 0;
	}
	if (m->kind != REGISTRATION && check_certificate(tx, m, &s, e)) {
		if (is_failure_of_ours(e->code))
			return -1;
		respond_failed(tx, m, e);
		return note_refusal(tx, m, &s, e->code, e) || record(tx, m, false, e) ? -1 : 0;
	}
	/* No certificate is issued by a clock that jumped. */
	if ((m->kind == REGISTRATION || m->kind == RENEW_REGISTRATION) && wall_check(&tx->site->wall, e))
		return -1;
	rc = change(tx, m, &s, &data, &piid, e);
	if (rc && (is_failure_of_ours(e->code) || !db_in_transaction(tx->db)))
		return -1; /* the whole job is undone by the writer */
	if (rc) {
		db_back(tx->db); /* the refusal itself is recorded */
		respond_failed(tx, m, e);
		if (note_refusal(tx, m, &s, e->code, e))
			return -1;
	} else {
		respond(tx, m, "OK", NULL, piid, data);
	}
	return record(tx, m, rc == 0, e);
}

int dev_message_write(struct tx *tx, struct dev_message *m, struct err *e)
{
	struct actor product;
	struct tx mine = *tx;

	name_actor(tx, m, &product);
	mine.actor = &product;
	return decide(&mine, m, e);
}

/* ---- finish ---- */

int dev_message_finish(struct tx *tx, struct dev_message *m, const struct err *failed, struct buf *out, struct err *e)
{
	if (failed || m->response == NULL)
		respond_try_again(tx, m, TRY_AGAIN_S);
	if (m->kind == HELLO) {
		dev_answer_envelope(m->response, NULL, NULL, out);
		return 0;
	}
	AUTO_BUF sig = BUF_INIT;
	AUTO_BUF text = BUF_INIT;

	if (key_sign(m->identity->signer_key, m->response, strlen(m->response), &sig, e))
		return -1;
	b64_encode(sig.data, sig.n, &text);
	dev_answer_envelope(m->response, text.data, m->identity->credential, out);
	return 0;
}
