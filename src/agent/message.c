#include "agent/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "crypt/b64.h"

/* Root, at most one intermediate (path length 0), signer. */
#define CHAIN_MAX 2
#define RETRY_MAX_S INT64_C(86400)

char *message_nonce(char out[MESSAGE_NONCE_SIZE])
{
	uint64_t v;

	rand_bytes(&v, sizeof(v));
	snprintf(out, MESSAGE_NONCE_SIZE, "%" PRIu64, v);
	return out;
}

static json_t *connect_info(void)
{
	static const char *const capabilities[] = { "UTILITY", "DLC", "AppHA", "MULTITIER", "EXPORT_2", "OK_TRY_AGAIN" };
	json_t *info = json_object(), *list = json_array();

	json_set_text(info, "name", "C_agent");
	json_set_text(info, "version", AGENT_VERSION);
	json_set_bool(info, "production", true);
	json_set_text(info, "additional_info", "");
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		json_array_append_new(list, json_string(capabilities[i]));
	json_object_set_new(info, "capabilities", list);
	return info;
}

/* Members and order as in the sample of section 4. */
static json_t *header(const struct message_sender *from, const char *type, const char *nonce, int64_t timestamp)
{
	json_t *h = json_object(), *sudi = json_object();

	json_set_text(sudi, "suvi", NULL);
	json_set_text(sudi, "uuid", from->uuid);
	json_set_text(sudi, "host_identifier", NULL);
	json_set_text(sudi, "mac_address", NULL);
	json_set_text(sudi, "udi_pid", from->udi_pid);
	json_set_text(sudi, "udi_serial_number", from->udi_serial_number);
	json_set_text(sudi, "udi_vid", NULL);

	json_set_text(h, "version", MESSAGE_VERSION);
	json_set_text(h, "locale", "en_US.UTF-8");
	json_object_set_new(h, "sudi", sudi);
	json_set_int(h, "timestamp", timestamp);
	json_set_text(h, "nonce", nonce);
	json_set_text(h, "request_type", type);
	json_set_text(h, "agent_actions", NULL);
	json_object_set_new(h, "connect_info", connect_info());
	json_set_text(h, "product_instance_identifier", from->product_instance_identifier);
	json_set_text(h, "id_cert_serial_number", from->id_cert_serial_number);
	json_set_text(h, "signing_cert_serial_number", from->id_cert_serial_number);
	return h;
}

static void inner(const struct message_sender *from, const char *type, const char *nonce, int64_t timestamp,
		  const json_t *data, struct buf *out)
{
	AUTO_JSON *request = json_object(), *copy = json_deep_copy(data);
	AUTO_BUF text = BUF_INIT;

	json_set_int(copy, "timestamp", timestamp);
	json_set_text(copy, "nonce", nonce);
	json_write(copy, &text);
	json_object_set_new(request, "header", header(from, type, nonce, timestamp));
	json_set_text(request, "nonce", nonce);
	json_object_set_new(request, "request_data", json_stringn(text.data, text.n));
	json_write(request, out);
}

int message_build(const struct message_sender *from, const char *type, const char *nonce, int64_t timestamp,
		  const json_t *data, const struct key *k, struct buf *out, struct err *e)
{
	AUTO_BUF request = BUF_INIT, signature = BUF_INIT;

	inner(from, type, nonce, timestamp, data, &request);
	if (k && key_sign(k, request.data, request.n, &signature, e))
		return -1;
	buf_adds(out, "{\"signature\":{\"type\":\"SHA-256\",\"value\":\"");
	b64_encode(signature.data, signature.n, out);
	buf_adds(out, "\"},\"credential\":null,\"request\":");
	json_write_string(request.data, request.n, out);
	buf_addc(out, '}');
	return 0;
}

void message_answer_fini(struct message_answer *a)
{
	json_decref(a->data);
	json_decref(a->tree);
	cert_free(a->id);
	cert_free(a->issuer);
	memset(a, 0, sizeof(*a));
}

static void chain_free(struct cert **chain, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cert_free(chain[i]);
}

static int untrusted(struct err *e, const char *why)
{
	return err_set(e, E_ANSWER_INVALID, "The server's answer cannot be trusted: %s. It was not used.", why);
}

/* The envelope: signer's certificates and the signed bytes. */
struct envelope {
	json_t *tree; /* owned */
	const char *response;
	size_t response_n;
	struct cert *chain[CHAIN_MAX]; /* signer, then the intermediate; owned */
	size_t chain_n;
};

static void envelope_fini(struct envelope *v)
{
	json_decref(v->tree);
	chain_free(v->chain, v->chain_n);
}

static int envelope_signature(const struct envelope *v, const char *base64, struct err *e)
{
	AUTO_BUF signature = BUF_INIT;
	struct key *k = NULL;
	struct err why = ERR_INIT;
	int rc;

	if (b64_decode(base64, strlen(base64), &signature))
		return untrusted(e, "its signature is not base64");
	if (cert_key(v->chain[0], &k, &why))
		return untrusted(e, "the signer's key is of an unsuitable kind");
	rc = key_verify(k, v->response, v->response_n, signature.data, signature.n, &why);
	key_free(k);
	return rc ? untrusted(e, "its signature does not fit its content") : 0;
}

static int envelope_trust(struct envelope *v, const struct message_expect *x, const char *credential, struct err *e)
{
	struct err why = ERR_INIT;

	if (cert_read_chain(credential, strlen(credential), v->chain, CHAIN_MAX, &v->chain_n, &why))
		return err_set(e, E_ANSWER_INVALID,
			       "The server's answer cannot be trusted: its credential cannot be read (%s)", why.text);
	if (v->chain_n == 0)
		return untrusted(e, "it carries no credential");
	if (!cert_is_signer(v->chain[0]))
		return untrusted(e, "its signer's certificate is not that of a server (CA:FALSE with emailProtection)");
	if (cert_verify(v->chain[0], v->chain + 1, v->chain_n - 1, x->root, x->now, &why))
		return err_set(
			e, E_ANSWER_INVALID,
			"The server's answer cannot be trusted: its signer does not lead to this product's licensing root: %s "
			"Check the product's clock and its root file.",
			why.text);
	return 0;
}

static int envelope_read(const char *body, size_t n, const struct message_expect *x, struct envelope *v, struct err *e)
{
	const json_t *signature, *type, *value, *credential, *response;
	struct err why = ERR_INIT;

	if (json_read(body, n, E_ANSWER_INVALID, &v->tree, &why))
		return err_set(e, E_ANSWER_INVALID,
			       "The server's answer cannot be read: %.300s Is this the address of a license server?",
			       why.text);
	signature = json_object_get(v->tree, "signature");
	type = json_object_get(signature, "type");
	value = json_object_get(signature, "value");
	credential = json_object_get(v->tree, "credential");
	response = json_object_get(v->tree, "response");
	if (!json_is_string(response))
		return err_set(e, E_ANSWER_INVALID,
			       "The server's answer has no 'response'. Is this the address of a license server?");
	if (!json_is_string(value) || !json_is_string(credential))
		return untrusted(e, "it is not signed");
	if (!json_is_string(type) || strcmp(json_string_value(type), "SHA-256"))
		return untrusted(e, "its signature type is not SHA-256");
	v->response = json_string_value(response);
	v->response_n = json_string_length(response);
	if (envelope_trust(v, x, json_string_value(credential), e))
		return -1;
	return envelope_signature(v, json_string_value(value), e);
}

struct response {
	const json_t *header;
	const char *nonce, *status, *status_code, *message, *data;
	const char *header_nonce, *type, *identifier;
	int64_t server_at;
};

#define AT(member) offsetof(struct response, member)
static const struct json_spec response_spec[] = {
	{ "header", JSON_K_OBJECT, 0, AT(header), 0, 0 },
	{ "nonce", JSON_K_TEXT, 0, AT(nonce), 0, 0 },
	{ "status", JSON_K_TEXT, 0, AT(status), 0, 0 },
	{ "status_code", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, AT(status_code), 0, 0 },
	{ "message", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, AT(message), 0, 0 },
	{ "response_data", JSON_K_TEXT, 0, AT(data), 0, 0 },
	{ 0 },
};

static const struct json_spec header_spec[] = {
	{ "nonce", JSON_K_TEXT, 0, AT(header_nonce), 0, 0 },
	{ "response_type", JSON_K_TEXT, 0, AT(type), 0, 0 },
	{ "product_instance_identifier", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, AT(identifier), 0, 0 },
	{ "timestamp", JSON_K_INT, JSON_F_OPTIONAL | JSON_F_NULL, AT(server_at), 0, INT64_MAX },
	{ 0 },
};
#undef AT

static int answers_this(const struct response *r, const struct message_expect *x, struct err *e)
{
	if (strcmp(r->nonce, x->nonce) || strcmp(r->header_nonce, x->nonce))
		return untrusted(e, "it belongs to another request (its nonce differs)");
	if (strcmp(r->type, x->type))
		return untrusted(e, "it answers a request of another type");
	if (strcmp(x->type, "REGISTRATION") && strcmp(r->identifier, x->product_instance_identifier))
		return untrusted(e, "it is for another product instance");
	return 0;
}

static int read_status(const struct response *r, struct message_answer *out, struct err *e)
{
	out->status_code = r->status_code;
	out->message = r->message;
	out->server_at = r->server_at;
	if (strcmp(r->status, "OK") == 0) {
		out->status = MESSAGE_OK;
		return 0;
	}
	if (strcmp(r->status, "FAILED") == 0) {
		out->status = MESSAGE_FAILED;
		out->code = err_by_name(r->status_code);
		if (out->code == E_NONE)
			out->code = E_SERVER_FAILED;
		return 0;
	}
	if (strcmp(r->status, "OK_TRY_AGAIN") == 0) {
		json_t *after = json_object_get(out->data, "retry_after");

		out->status = MESSAGE_TRY_AGAIN;
		out->retry_after_s = json_is_integer(after) ? json_integer_value(after) : 60;
		if (out->retry_after_s < 1 || out->retry_after_s > RETRY_MAX_S)
			out->retry_after_s = out->retry_after_s < 1 ? 1 : RETRY_MAX_S;
		return 0;
	}
	return err_set(e, E_ANSWER_INVALID, "The server's answer has the unknown status '%.40s'.", r->status);
}

/* Section 2: the one right issuer of the signer. */
static int role_ok(const struct cert *signer, const struct message_expect *x, const struct cert *issuer,
		   enum message_server server)
{
	return cert_issued_by(signer, server == MESSAGE_MANAGER ? x->root : issuer) ? 0 : -1;
}

static int new_certificate(const struct envelope *v, const struct message_expect *x, struct message_answer *out,
			   struct err *e)
{
	const char *id = json_string_value(json_object_get(out->data, "id_certificate"));
	const char *pem = json_string_value(json_object_get(out->data, "ca_chain"));
	const char *identifier = json_string_value(json_object_get(out->data, "product_instance_identifier"));
	struct cert *chain[CHAIN_MAX - 1] = { NULL };
	struct err why = ERR_INIT;
	char serial[256];
	size_t n = 0;

	if (id == NULL || pem == NULL || identifier == NULL)
		return err_set(e, E_ANSWER_INVALID,
			       "The server's answer lacks id_certificate, ca_chain or product_instance_identifier.");
	if (cert_read_pem(id, strlen(id), &out->id, &why) ||
	    cert_read_chain(pem, strlen(pem), chain, CHAIN_MAX - 1, &n, &why) || n == 0) {
		chain_free(chain, n);
		return err_set(e, E_ANSWER_INVALID, "The certificates in the server's answer cannot be read: %s", why.text);
	}
	out->issuer = chain[0];
	if (!cert_is_product(out->id) || !cert_matches(out->id, x->key) || !cert_issued_by(out->id, out->issuer))
		return untrusted(e, "its ID certificate is not one for this product's key");
	if (strcmp(cert_subject_serial(out->id, serial), identifier))
		return untrusted(e, "its ID certificate names another product instance");
	if (cert_verify(out->id, chain, n, x->root, x->now, &why))
		return err_set(
			e, E_ANSWER_INVALID,
			"The server's answer cannot be trusted: the ID certificate does not lead to this product's licensing root: %s "
			"Check the product's clock and its root file.",
			why.text);
	if (x->issuer && strcmp(x->type, "REGISTRATION")) {
		/* A renewed CA has the same name and key, so the known one must fit as well. */
		if (strcmp(identifier, x->product_instance_identifier) || !cert_issued_by(out->id, x->issuer))
			return untrusted(e, "its ID certificate comes from another server");
		out->server = x->server;
	} else {
		out->server = cert_issued_by(v->chain[0], out->issuer) ? MESSAGE_SATELLITE : MESSAGE_MANAGER;
	}
	if (role_ok(v->chain[0], x, out->issuer, out->server))
		return untrusted(e, "its signer does not belong to the server that issued the ID certificate");
	return 0;
}

static int read_response(const struct envelope *v, const struct message_expect *x, struct message_answer *out,
			 struct err *e)
{
	struct response r = { .status_code = "", .message = "", .identifier = "" };
	bool registration = strcmp(x->type, "REGISTRATION") == 0;

	if (json_read(v->response, v->response_n, E_ANSWER_INVALID, &out->tree, e) ||
	    json_decode(out->tree, response_spec, NULL, E_ANSWER_INVALID, &r, e) ||
	    json_decode(r.header, header_spec, "header.", E_ANSWER_INVALID, &r, e) || answers_this(&r, x, e))
		return -1;
	if (!registration && (x->issuer == NULL || role_ok(v->chain[0], x, x->issuer, x->server)))
		return untrusted(e, "its signer does not belong to the server where this product is registered");
	if (json_read(r.data, strlen(r.data), E_ANSWER_INVALID, &out->data, e) || read_status(&r, out, e))
		return -1;
	if (out->status == MESSAGE_OK && (registration || strcmp(x->type, "RENEW_REGISTRATION") == 0))
		return new_certificate(v, x, out, e);
	return 0;
}

int message_verify(const char *body, size_t n, const struct message_expect *x, struct message_answer *out, struct err *e)
{
	struct envelope v = { 0 };
	int rc;

	memset(out, 0, sizeof(*out));
	rc = envelope_read(body, n, x, &v, e);
	if (rc == 0)
		rc = read_response(&v, x, out, e);
	if (rc)
		message_answer_fini(out);
	envelope_fini(&v);
	return rc;
}
