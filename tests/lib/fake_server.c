#include "tests/lib/fake_server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "crypt/b64.h"
#include "crypt/csr.h"
#include "json/json.h"

/* Whatever fails here is an error of the test itself. */
static void must(int rc, const struct err *e)
{
	if (rc == 0)
		return;
	fprintf(stderr, "fake_server: %s\n", e->text);
	abort();
}

static struct cert *issue(enum cert_profile profile, const char *name, const char *serial, const struct key *k,
			  const struct fake_ca *by, int64_t from, int64_t until)
{
	struct cert_request r = { .profile = profile,
				  .common_name = name,
				  .serial_number = serial,
				  .key = k,
				  .not_before = from,
				  .not_after = until };
	struct cert *c;
	struct err e;

	must(cert_issue(&r, by ? by->cert : NULL, by ? by->key : k, &c, &e), &e);
	return c;
}

static struct key *new_key(void)
{
	struct key *k;
	struct err e;

	must(key_generate(KEY_EC_P256, &k, &e), &e);
	return k;
}

static void ca_init(struct fake_ca *ca, const char *name, const struct fake_ca *by)
{
	int64_t from = clock_now() - DAY_MS, until = clock_now() + 20 * 365 * DAY_MS;

	ca->key = new_key();
	ca->cert = issue(by ? CERT_ISSUING_CA : CERT_ROOT, name, NULL, ca->key, by, from, until);
	ca->signer_key = new_key();
	ca->signer = issue(CERT_SIGNER, "signer", NULL, ca->signer_key, ca, from, until);
}

static void ca_fini(struct fake_ca *ca)
{
	key_free(ca->key);
	key_free(ca->signer_key);
	cert_free(ca->cert);
	cert_free(ca->signer);
}

void fake_server_init(struct fake_server *s)
{
	memset(s, 0, sizeof(*s));
	ca_init(&s->root, "Licensing Root", NULL);
	ca_init(&s->issuing, "Issuing CA", &s->root);
	ca_init(&s->satellite, "Satellite", &s->root);
	ca_init(&s->stranger, "Other Satellite", &s->root);
	ca_init(&s->false_root, "Licensing Root", NULL);
	ca_init(&s->false_satellite, "Satellite", &s->false_root);
	s->expired_signer = issue(CERT_SIGNER, "signer", NULL, s->satellite.signer_key, &s->satellite,
				  clock_now() - 2 * DAY_MS, clock_now() - DAY_MS);
	s->product_signer = issue(CERT_PRODUCT, "UCM", "another-product", s->satellite.signer_key, &s->satellite,
				  clock_now() - DAY_MS, clock_now() + 20 * 365 * DAY_MS);
	s->export_allowed = true;
}

void fake_server_fini(struct fake_server *s)
{
	ca_fini(&s->root);
	ca_fini(&s->issuing);
	ca_fini(&s->satellite);
	ca_fini(&s->stranger);
	ca_fini(&s->false_root);
	ca_fini(&s->false_satellite);
	cert_free(s->expired_signer);
	cert_free(s->product_signer);
	key_free(s->product_key);
	cert_free(s->id);
	buf_fini(&s->request);
	buf_fini(&s->request_data);
	buf_fini(&s->last_request);
	buf_fini(&s->last_response);
}

char *fake_server_root(const struct fake_server *s)
{
	struct buf pem = BUF_INIT;

	cert_write_pem(s->root.cert, &pem);
	return buf_steal(&pem, NULL);
}

static const char *text(const json_t *obj, const char *name)
{
	const char *t = json_string_value(json_object_get(obj, name));

	return t ? t : "";
}

/* --- reading the request --- */

struct request {
	json_t *outer, *inner, *data; /* owned */
	const json_t *header;
	const char *type, *nonce;
	struct key *key; /* the sender's; owned */
};

static void request_fini(struct request *r)
{
	json_decref(r->outer);
	json_decref(r->inner);
	json_decref(r->data);
	key_free(r->key);
}

static int wrong(struct fake_server *s, const char *what)
{
	snprintf(s->error, sizeof(s->error), "%s", what);
	return -1;
}

static int request_signature(struct fake_server *s, const struct request *r)
{
	const json_t *signature = json_object_get(r->outer, "signature");
	const char *value = text(signature, "value"), *signed_text = text(r->outer, "request");
	AUTO_BUF raw = BUF_INIT;
	struct err e;

	if (strcmp(text(signature, "type"), "SHA-256") || b64_decode(value, strlen(value), &raw))
		return wrong(s, "signature");
	if (key_verify(r->key, signed_text, strlen(signed_text), raw.data, raw.n, &e))
		return wrong(s, "the signature does not fit");
	return 0;
}

static int request_key(struct fake_server *s, struct request *r)
{
	const char *csr = text(r->data, "csr");
	struct err e;

	if (strcmp(r->type, "REGISTRATION") == 0)
		return csr_read(csr, strlen(csr), &r->key, &e) ? wrong(s, "csr") : 0;
	if (s->product_key == NULL)
		return wrong(s, "not registered here");
	r->key = key_ref(s->product_key);
	if (strcmp(text(r->header, "product_instance_identifier"), s->identifier))
		return wrong(s, "product_instance_identifier");
	if (strcmp(text(r->header, "id_cert_serial_number"), s->serial) == 0)
		s->previous[0] = '\0'; /* superseded by the first message that names the new one */
	else if (s->previous[0] == '\0' || strcmp(text(r->header, "id_cert_serial_number"), s->previous))
		return wrong(s, "id_cert_serial_number");
	return 0;
}

static int request_read(struct fake_server *s, const char *body, size_t n, struct request *r)
{
	const char *inner, *data;
	int64_t at;
	struct err e;

	if (json_read(body, n, E_BAD_REQUEST, &r->outer, &e))
		return wrong(s, "envelope");
	inner = text(r->outer, "request");
	if (json_read(inner, strlen(inner), E_BAD_REQUEST, &r->inner, &e))
		return wrong(s, "request");
	r->header = json_object_get(r->inner, "header");
	r->nonce = text(r->header, "nonce");
	r->type = text(r->header, "request_type");
	data = text(r->inner, "request_data");
	buf_clear(&s->request_data);
	buf_adds(&s->request_data, data);
	if (json_read(data, strlen(data), E_BAD_REQUEST, &r->data, &e))
		return wrong(s, "request_data");
	at = json_integer_value(json_object_get(r->header, "timestamp"));
	if (strcmp(text(r->inner, "nonce"), r->nonce) || strcmp(text(r->data, "nonce"), r->nonce) || *r->nonce == '\0' ||
	    json_integer_value(json_object_get(r->data, "timestamp")) != at)
		return wrong(s, "nonce or timestamp");
	if (strcmp(text(r->header, "version"), "1.3") || *text(json_object_get(r->header, "sudi"), "uuid") == '\0')
		return wrong(s, "header");
	snprintf(s->type, sizeof(s->type), "%s", r->type);
	return request_key(s, r) || request_signature(s, r) ? -1 : 0;
}

/* --- the answer --- */

static void pem_member(json_t *obj, const char *name, const struct cert *c)
{
	AUTO_BUF pem = BUF_INIT;

	cert_write_pem(c, &pem);
	json_set_text(obj, name, pem.data);
}

static void certify(struct fake_server *s, const struct request *r, json_t *data)
{
	const struct fake_ca *ca = s->flaw == FLAW_ID_OTHER_CA ? &s->stranger : s->manager ? &s->issuing : &s->satellite;
	struct key *other = s->flaw == FLAW_ID_OTHER_KEY ? new_key() : NULL;
	int64_t now = clock_now(), until = (now / 1000) * 1000 + 365 * DAY_MS;
	char uuid[UUID_SIZE];

	if (strcmp(r->type, "REGISTRATION") == 0) {
		if (s->product_key == NULL) {
			rand_uuid(s->identifier);
			s->registrations++;
		}
		key_free(s->product_key);
		s->product_key = key_ref(r->key);
	}
	if (strcmp(r->type, "REGISTRATION") == 0)
		s->previous[0] = '\0';
	else if (s->previous[0] == '\0') /* else the unused successor is replaced */
		memcpy(s->previous, s->serial, sizeof(s->previous));
	cert_free(s->id);
	s->id = issue(s->flaw == FLAW_ID_SIGNER ? CERT_SIGNER : CERT_PRODUCT, "UCM",
		      s->flaw == FLAW_ID_OTHER_NAME ? rand_uuid(uuid) : s->identifier, other ? other : r->key, ca,
		      now - CERT_BACKDATE_MS, until);
	cert_serial(s->id, s->serial);
	key_free(other);
	json_set_text(data, "product_instance_identifier", s->identifier);
	if (s->flaw != FLAW_ID_MISSING)
		pem_member(data, "id_certificate", s->id);
	pem_member(data, "ca_chain", ca->cert);
	json_set_text(data, "smart_account", "BU Production Test");
	json_set_text(data, "virtual_account", "TAC-CollabTesting");
	json_set_text(data, "export_controlled", s->export_allowed ? "ALLOWED" : "NOT_ALLOWED");
	json_set_int(data, "registered_at", now);
	json_set_int(data, "renew_at", now + 180 * DAY_MS);
	json_set_int(data, "expires_at", until);
}

static void authorize(struct fake_server *s, const struct request *r, json_t *data)
{
	const char *status = s->entitlement_status ? s->entitlement_status : "InCompliance";
	json_t *list = json_array();
	size_t i;
	json_t *row;

	json_set_text(data, "authorization_status", strcmp(status, "OutOfCompliance") ? "AUTHORIZED" : "OUT_OF_COMPLIANCE");
	json_set_text(data, "export_controlled", s->export_allowed ? "ALLOWED" : "NOT_ALLOWED");
	json_set_int(data, "renew_at", clock_now() + 30 * DAY_MS);
	json_set_int(data, "expires_at", clock_now() + 90 * DAY_MS);
	json_array_foreach (json_object_get(r->data, "entitlements"), i, row) {
		json_t *out = json_object();
		bool enhanced = strstr(text(row, "tag"), "UCM_Enhanced,") != NULL;

		json_set_text(out, "tag", text(row, "tag"));
		json_set_text(out, "display_name",
			      enhanced ? "UC Manager Enhanced License (12.x)" : "UC Manager Basic License (12.x)");
		json_set_text(out, "description", enhanced ? "UC Manager Enhanced License" : "UC Manager Basic License");
		json_set_text(out, "version", "12.0");
		json_object_set(out, "count", json_object_get(row, "count"));
		json_set_text(out, "status", status);
		json_array_append_new(list, out);
	}
	json_object_set_new(data, "entitlements", list);
}

static void sign(struct fake_server *s, const char *response, struct buf *answer)
{
	const struct fake_ca *ca = s->manager ? &s->root : &s->satellite;
	struct fake_ca product = { .signer_key = s->satellite.signer_key,
				   .signer = s->product_signer,
				   .cert = s->satellite.cert };
	struct fake_ca own = { .signer_key = s->satellite.key, .signer = s->satellite.cert, .cert = NULL };
	struct fake_ca expired = { .signer_key = s->satellite.signer_key,
				   .signer = s->expired_signer,
				   .cert = s->satellite.cert };
	AUTO_BUF signature = BUF_INIT, credential = BUF_INIT, base64 = BUF_INIT;
	AUTO_JSON *outer = json_object();
	json_t *sig = json_object();
	struct err e;

	if (s->flaw == FLAW_PRODUCT_SIGNS)
		ca = &product;
	else if (s->flaw == FLAW_CA_SIGNS)
		ca = &own;
	else if (s->flaw == FLAW_EXPIRED_SIGNER)
		ca = &expired;
	else if (s->flaw == FLAW_OTHER_SATELLITE)
		ca = &s->stranger;
	else if (s->flaw == FLAW_MANAGER_SIGNS)
		ca = &s->root;
	else if (s->flaw == FLAW_SATELLITE_SIGNS)
		ca = &s->satellite;
	else if (s->flaw == FLAW_OTHER_ROOT)
		ca = s->manager ? &s->false_root : &s->false_satellite;
	must(key_sign(ca->signer_key, response, strlen(response), &signature, &e), &e);
	if (s->flaw == FLAW_SIGNATURE)
		signature.data[signature.n / 2] ^= 1;
	b64_encode(signature.data, signature.n, &base64);
	cert_write_pem(ca->signer, &credential);
	if (ca != &s->root && ca != &s->false_root && ca->cert)
		cert_write_pem(ca->cert, &credential);
	json_set_text(sig, "type", "SHA-256");
	json_set_text(sig, "value", base64.data);
	if (s->flaw == FLAW_UNSIGNED) {
		json_decref(sig);
		sig = json_null();
	}
	json_object_set_new(outer, "signature", sig);
	json_set_text(outer, "credential",
		      s->flaw == FLAW_NO_CREDENTIAL || s->flaw == FLAW_UNSIGNED ? NULL : credential.data);
	if (s->flaw == FLAW_CONTENT)
		*strstr((char *)response, "\"OK\"") = ' ';
	json_set_text(outer, "response", response);
	json_write(outer, answer);
}

static void respond(struct fake_server *s, const struct request *r, const char *status, const char *code,
		    const char *message, const json_t *data, struct buf *answer)
{
	AUTO_JSON *response = json_object();
	json_t *header = json_object();
	AUTO_BUF plain = BUF_INIT, out = BUF_INIT;

	json_write(data, &plain);
	json_set_text(header, "version", "1.3");
	json_set_int(header, "timestamp", clock_now() + s->clock_offset);
	json_set_text(header, "nonce", s->flaw == FLAW_HEADER_NONCE ? "1" : r->nonce);
	json_set_text(header, "response_type", s->flaw == FLAW_TYPE ? "HELLO" : r->type);
	json_set_text(header, "product_instance_identifier", s->flaw == FLAW_IDENTIFIER ? "somebody" : s->identifier);
	json_object_set_new(response, "header", header);
	json_set_text(response, "nonce", s->flaw == FLAW_NONCE ? "1" : r->nonce);
	json_set_text(response, "status", s->flaw == FLAW_STATUS ? "PERHAPS" : status);
	json_set_text(response, "status_code", code);
	json_set_text(response, "message", message);
	json_set_text(response, "response_data", s->flaw == FLAW_DATA ? "{" : plain.data);
	json_write(response, &out);
	sign(s, out.data, answer);
}

static void refuse(struct fake_server *s, const struct request *r, const char *code, struct buf *answer)
{
	AUTO_JSON *data = json_object();
	AUTO_BUF message = BUF_INIT;

	buf_printf(&message, "The server says %s.", code);
	respond(s, r, "FAILED", code, message.data, data, answer);
}

static void answer_ok(struct fake_server *s, const struct request *r, struct buf *answer)
{
	AUTO_JSON *data = json_object();

	if (strcmp(r->type, "REGISTRATION") == 0 || strcmp(r->type, "RENEW_REGISTRATION") == 0)
		certify(s, r, data);
	else if (strcmp(r->type, "AUTHORIZATION") == 0)
		authorize(s, r, data);
	respond(s, r, "OK", "", "", data, answer);
	if (strcmp(r->type, "DEREGISTRATION") == 0) {
		key_free(s->product_key);
		s->product_key = NULL;
	}
}

static void answer_request(struct fake_server *s, const struct request *r, struct buf *answer)
{
	int64_t age = clock_now() + s->clock_offset - json_integer_value(json_object_get(r->header, "timestamp"));

	if (age > HOUR_MS || age < -HOUR_MS) {
		refuse(s, r, "CLOCK_SKEW", answer);
	} else if (s->fail) {
		refuse(s, r, s->fail, answer);
		if (!s->fail_always)
			s->fail = NULL;
	} else if (s->refuse_authorization && strcmp(r->type, "AUTHORIZATION") == 0) {
		refuse(s, r, "ACCOUNT_INACTIVE", answer);
		s->refuse_authorization = false;
	} else if (s->try_again_s) {
		AUTO_JSON *data = json_object();

		json_set_int(data, "retry_after", s->try_again_s);
		respond(s, r, "OK_TRY_AGAIN", "", "", data, answer);
		s->try_again_s = 0;
	} else {
		answer_ok(s, r, answer);
		buf_clear(&s->last_request);
		buf_add(&s->last_request, s->request.data, s->request.n);
		buf_clear(&s->last_response);
		buf_add(&s->last_response, answer->data, answer->n);
	}
}

int fake_server_exchange(void *arg, const char *url, const char *body, size_t n, struct buf *answer, struct err *e)
{
	struct fake_server *s = arg;
	struct request r = { 0 };

	s->calls++;
	snprintf(s->url, sizeof(s->url), "%s", url);
	if (s->down)
		return err_set(e, E_CONNECT_FAILED, "Cannot connect to %s: Connection refused.", url);
	s->messages++;
	buf_clear(&s->request);
	buf_add(&s->request, body, n);
	if (s->last_request.n && s->last_request.n == n && memcmp(s->last_request.data, body, n) == 0) {
		s->replays++;
		buf_add(answer, s->last_response.data, s->last_response.n);
	} else if (request_read(s, body, n, &r) == 0) {
		answer_request(s, &r, answer);
	}
	request_fini(&r);
	if (s->lose_answer) {
		s->lose_answer = false;
		buf_clear(answer);
		return err_set(e, E_CONNECT_FAILED, "The connection to %s broke.", url);
	}
	if (s->flaw == FLAW_NOT_JSON) {
		buf_clear(answer);
		buf_adds(answer, "<html>Received empty response</html>");
	}
	if (s->flaw == FLAW_CUT)
		answer->n /= 2;
	return 0;
}
