/* api_certificate.c - the certificates of this server. */
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "crypt/cert.h"
#include "edge/api.h"
#include "edge/list.h"
#include "edge/routes.h"
#include "http/server.h"
#include "lic/identity.h"
#include "lic/installed_tls.h"
#include "lic/own_tls.h"
#include "lic/site.h"

static const char *const purposes[] = { AUTHORITY_TLS_SERVER,      AUTHORITY_TLS_CA,         AUTHORITY_ROOT,
					AUTHORITY_ISSUING_CA,      AUTHORITY_MANAGER_SIGNER, AUTHORITY_SUB_CA,
					AUTHORITY_SATELLITE_SIGNER };

static json_t *certificate_json(struct req *r, const char *purpose, const struct cert *cert)
{
	char text[256], serial[CERT_SERIAL_TEXT];
	AUTO_BUF names = BUF_INIT;
	json_t *v = json_object(), *list = json_array();
	char *save = NULL;

	json_set_text(v, "purpose", purpose);
	json_set_text(v, "subject", cert_common_name(cert, text));
	json_set_text(v, "issuer", cert_issuer_name(cert, text));
	json_set_text(v, "serialNumber", cert_serial(cert, serial));
	json_set_time(v, "notBefore", cert_not_before(cert));
	json_set_time(v, "notAfter", cert_not_after(cert));
	json_set_text(v, "fingerprint", cert_fingerprint_text(cert, text));
	cert_list_names(cert, &names);
	for (char *name = names.data ? strtok_r(names.data, ", ", &save) : NULL; name; name = strtok_r(NULL, ", ", &save))
		json_array_append_new(list, json_string(name));
	json_object_set_new(v, "names", list);
	json_set_int(v, "daysLeft", (cert_not_after(cert) - r->tx.now) / DAY_MS);
	return v;
}

/* The administrator's own TLS certificate stands in front: it is the one that clients see. */
static void add_own_certificate(struct req *r, json_t *list)
{
	AUTO_BUF pem = BUF_INIT;
	struct cert *cert = NULL;
	struct err ignored;

	if (site_tls_chain(r->tx.site, &pem) && cert_read_pem(pem.data, pem.n, &cert, &ignored) == 0) {
		json_array_insert_new(list, 0, certificate_json(r, "tls-installed", cert));
		cert_free(cert);
	}
}

/* Who provides the TLS certificate, and the key that waits for one. */
static int tls_json(struct req *r, json_t **out, struct err *e)
{
	static const char *const sources[] = { "OWN", "INSTALLED", "CONFIGURED" };
	struct key *key = NULL;
	char text[32];

	if (authority_read(&r->tx, AUTHORITY_TLS_REQUEST, NULL, &key, e) < 0)
		return -1;
	*out = json_object();
	json_set_text(*out, "source", sources[site_tls_source(r->tx.site)]);
	json_set_text(*out, "requestedKey", key ? key_describe(key, text) : NULL);
	key_free(key);
	return 0;
}

static struct reply *list_certificates(struct req *r)
{
	json_t *list = json_array(), *tls, *v;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++) {
		struct cert *cert = NULL;

		if (authority_read(&r->tx, purposes[i], &cert, NULL, &e) < 0)
			return api_list(r, -1, &e, "certificates", list);
		if (cert)
			json_array_append_new(list, certificate_json(r, purposes[i], cert));
		cert_free(cert);
	}
	add_own_certificate(r, list);
	if (tls_json(r, &tls, &e))
		return api_list(r, -1, &e, "certificates", list);
	v = json_object();
	json_object_set_new(v, "tls", tls);
	return list_reply_known(r, "certificates", 0, &e, list, v);
}

/* ---- trust chain ---- */

/* PEM as it is, or the last certificate of it, which is what is to be trusted. */
static struct reply *chain_reply(struct req *r, bool der, struct buf *pem)
{
	struct cert *chain[TLS_CHAIN_MAX];
	struct buf out = BUF_INIT;
	struct err e = ERR_INIT;
	size_t n = 0;
	int rc;

	if (!der)
		return reply_bytes(r, 200, "application/x-pem-file", pem);
	rc = cert_read_chain(pem->data, pem->n, chain, TLS_CHAIN_MAX, &n, &e);
	buf_fini(pem);
	if (rc)
		return reply_error(r, &e);
	cert_write_der(chain[n - 1], &out);
	for (size_t i = 0; i < n; i++)
		cert_free(chain[i]);
	return reply_bytes(r, 200, "application/pkix-cert", &out);
}

/* One of two words of the query; the first without it. */
static int query_word(struct req *r, const char *name, const char *one, const char *other, bool *is_other, struct err *e)
{
	const char *word = req_query(r, name);

	*is_other = word && strcmp(word, other) == 0;
	if (word && !*is_other && strcmp(word, one) != 0)
		return err_field(e, E_INVALID_REQUEST, name, "'%s' must be %s or %s.", name, one, other);
	return 0;
}

static struct reply *show_chain(struct req *r)
{
	struct buf pem = BUF_INIT;
	struct cert *cert = NULL;
	struct err e = ERR_INIT;
	bool licensing, der;
	int rc;

	if (query_word(r, "of", "tls", "licensing", &licensing, &e) || query_word(r, "format", "pem", "der", &der, &e))
		return reply_error(r, &e);
	/* The chain of an administrator's certificate is given as he gave it. */
	if (!licensing && site_tls_chain(r->tx.site, &pem))
		return chain_reply(r, der, &pem);
	rc = authority_read(&r->tx, licensing ? AUTHORITY_ROOT : AUTHORITY_TLS_CA, &cert, NULL, &e);
	if (rc >= 0 && cert == NULL)
		rc = err_set(&e, E_NOT_READY, NULL);
	if (rc < 0)
		return reply_error(r, &e);
	cert_write_pem(cert, &pem);
	cert_free(cert);
	return chain_reply(r, der, &pem);
}

/* ---- request ---- */

struct request {
	const char *organization, *kind_word;
	const char *names[OWN_TLS_NAMES_MAX + 1];
	enum key_kind kind;
	bool renew;
	struct key *key;
	bool fresh;
};

static void drop_request(void *state)
{
	struct request *q = state;

	key_free(q->key);
}

/* The files win: what is installed beside them would never be served. */
static int not_configured(struct req *r, struct err *e)
{
	if (site_tls_source(r->tx.site) != TLS_CONFIGURED)
		return 0;
	return err_set(
		e, E_CONFLICT,
		"The options tls_certificate and tls_key of the configuration name the certificate. Replace these files and "
		"reload the server, or take both options out and reload; then it can be installed here.");
}

static int add_name(struct request *q, size_t *n, const char *name, struct err *e)
{
	for (size_t i = 0; i < *n; i++)
		if (strcasecmp(q->names[i], name) == 0)
			return 0;
	if (*n == OWN_TLS_NAMES_MAX)
		return err_field(e, E_INVALID_REQUEST, "names", "A certificate has at most %d names.", OWN_TLS_NAMES_MAX);
	q->names[(*n)++] = name;
	return 0;
}

/* Those of the body, or else the server's. */
static int read_names(struct req *r, struct request *q, struct err *e)
{
	const json_t *list = json_object_get(r->json, "names"), *one;
	AUTO_BUF own = BUF_INIT;
	size_t n = 0, i;
	char *save = NULL;

	if (list && !json_is_null(list) && !json_is_array(list))
		return err_field(e, E_INVALID_REQUEST, "names",
				 "The member 'names' must be an array of DNS names and IP addresses.");
	json_array_foreach ((json_t *)list, i, one) {
		if (!json_is_string(one) || json_string_length(one) != strlen(json_string_value(one)))
			return err_field(e, E_INVALID_REQUEST, "names",
					 "The member 'names' must be an array of DNS names and IP addresses.");
		if (add_name(q, &n, json_string_value(one), e))
			return -1;
	}
	site_tls_names(r->tx.site, &own);
	if (n == 0 && own.n) {
		char *copy = arena_strdup(r->tx.arena, own.data);

		for (char *p = strtok_r(copy, ", \t", &save); p; p = strtok_r(NULL, ", \t", &save))
			if (add_name(q, &n, p, e))
				return -1;
	}
	return n ? 0 : err_field(e, E_INVALID_REQUEST, "names", "Give at least one name of this server.");
}

static struct reply *request_read(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "organization", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct request, organization), 1,
		  256 },
		{ "key", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct request, kind_word), 1, 32 },
		{ 0 },
	};
	struct request *q = arena_alloc(r->tx.arena, sizeof(*q));
	struct err e = ERR_INIT;

	r->state = q;
	r->drop = drop_request;
	if (not_configured(r, &e) || json_decode(r->json, spec, NULL, E_INVALID_REQUEST, q, &e) ||
	    api_flag(r->json, "newKey", &q->renew, &e) || read_names(r, q, &e) ||
	    installed_tls_key_kind(q->kind_word ? q->kind_word : "ec-p256", "key", &q->kind, &e))
		return reply_error(r, &e);
	return NULL;
}

static int read_pending(struct tx *tx, void *arg, struct err *e)
{
	struct request *q = arg;

	return installed_tls_pending(tx, q->kind, &q->key, e) < 0 ? -1 : 0;
}

/* A large RSA key takes seconds. */
static struct reply *request_slow(struct req *r)
{
	struct request *q = r->state;
	struct err e = ERR_INIT;

	if (!q->renew && r->work->read(r->work, read_pending, q, &e))
		return reply_error(r, &e);
	if (q->key)
		return NULL;
	q->fresh = true;
	return key_generate(q->kind, &q->key, &e) ? reply_error(r, &e) : NULL;
}

static struct reply *request_write(struct req *r)
{
	struct request *q = r->state;
	struct tls_request in = { .names = q->names, .organization = q->organization, .key = q->key, .fresh = q->fresh };
	AUTO_BUF pem = BUF_INIT;
	struct err e = ERR_INIT;
	char text[32];
	json_t *v, *names;

	if (installed_tls_request(&r->tx, &in, &pem, &e))
		return reply_error(r, &e);
	names = json_array();
	for (size_t i = 0; q->names[i]; i++)
		json_array_append_new(names, json_string(q->names[i]));
	v = json_object();
	json_set_text(v, "request", pem.data);
	json_object_set_new(v, "names", names);
	json_set_text(v, "key", key_describe(q->key, text));
	json_set_bool(v, "newKey", q->fresh);
	return api_ok(r, v);
}

/* ---- installing and removing ---- */

struct change {
	const char *chain, *private_key;
	bool check, force;
	struct tls_offer offer;
	struct buf chain_pem, key_pem; /* what is served from now on */
	enum tls_source source;
	json_t *answer;
};

static void drop_change(void *state)
{
	struct change *c = state;

	tls_offer_fini(&c->offer);
	buf_fini(&c->chain_pem);
	buf_cleanse(&c->key_pem);
	json_decref(c->answer);
}

static struct change *begin_change(struct req *r)
{
	struct change *c = arena_alloc(r->tx.arena, sizeof(*c));

	r->state = c;
	r->drop = drop_change;
	return c;
}

static void describe_offer(struct req *r, struct change *c)
{
	json_t *list = json_array(), *warnings = json_array();
	int64_t days = (cert_not_after(c->offer.chain[0]) - r->tx.now) / DAY_MS;

	for (size_t i = 0; i < c->offer.n; i++)
		json_array_append_new(list,
				      certificate_json(r, i ? "tls-chain" : AUTHORITY_TLS_INSTALLED, c->offer.chain[i]));
	if (*c->offer.missing)
		json_array_append_new(warnings,
				      json_string(arena_printf(r->tx.arena,
							       "It does not name %.200s: clients that use that name "
							       "refuse it.",
							       c->offer.missing)));
	if (days < 30)
		json_array_append_new(warnings, json_string(arena_printf(r->tx.arena, "It ends in %d days.", (int)days)));
	c->answer = json_object();
	json_set_bool(c->answer, "installed", !c->check);
	json_object_set_new(c->answer, "certificates", list);
	json_object_set_new(c->answer, "warnings", warnings);
}

/* All checks; also whether TLS itself takes it. */
static int look(struct req *r, struct change *c, struct err *e)
{
	struct tls_install in = { .chain_pem = c->chain, .key_pem = c->private_key, .force = c->force };
	struct tls *tls;

	if (not_configured(r, e) || installed_tls_check(&r->tx, &in, &c->offer, e))
		return -1;
	tls_offer_write(&c->offer, &c->chain_pem, &c->key_pem);
	if (tls_new(c->chain_pem.data, c->key_pem.data, &tls, e))
		return -1;
	tls_free(tls);
	describe_offer(r, c);
	return 0;
}

static struct reply *answer_change(struct req *r, struct change *c)
{
	json_t *v = c->answer;

	c->answer = NULL;
	return api_ok(r, v);
}

static struct reply *install_read(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "chain", JSON_K_TEXT, 0, offsetof(struct change, chain), 1, API_BODY_MAX },
		{ "privateKey", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct change, private_key), 1,
		  16384 },
		{ 0 },
	};
	struct change *c = begin_change(r);
	struct err e = ERR_INIT;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, c, &e) || api_flag(r->json, "check", &c->check, &e) ||
	    api_flag(r->json, "force", &c->force, &e))
		return reply_error(r, &e);
	if (!c->check)
		return NULL;
	return look(r, c, &e) ? reply_error(r, &e) : answer_change(r, c);
}

static struct reply *install_write(struct req *r)
{
	struct change *c = r->state;
	struct err e = ERR_INIT;

	c->source = TLS_INSTALLED;
	return look(r, c, &e) || installed_tls_store(&r->tx, &c->offer, &e) ? reply_error(r, &e) : NULL;
}

/* The files of the configuration, if there are any, go on being served. */
static struct reply *remove_write(struct req *r)
{
	struct change *c = begin_change(r);
	AUTO_BUF names = BUF_INIT;
	struct err e = ERR_INIT;
	int rc = installed_tls_remove(&r->tx, &e);

	if (rc < 0)
		return reply_error(r, &e);
	c->answer = json_object();
	json_set_bool(c->answer, "removed", rc == 1);
	if (rc == 0 || site_tls_source(r->tx.site) == TLS_CONFIGURED)
		return NULL;
	site_tls_names(r->tx.site, &names);
	c->source = TLS_OWN;
	return own_tls_ensure(&r->tx, names.n ? names.data : "", &c->chain_pem, &c->key_pem, &e) ? reply_error(r, &e)
												 : NULL;
}

/* It is on disk: from the next handshake on it is shown. */
static struct reply *change_finish(struct req *r)
{
	struct change *c = r->state;
	struct site *s = r->tx.site;
	struct err e = ERR_INIT;

	if (r->commit_error.code)
		return reply_error(r, &r->commit_error);
	if (c->chain_pem.n && s->serve_tls &&
	    s->serve_tls(s->serve_tls_arg, c->chain_pem.data, c->key_pem.data, c->source, &e))
		return reply_error(r, &e);
	return answer_change(r, c);
}

#define TLS "/api/v1/certificates/tls"

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route certificate_routes[] = {
	{ "GET", "/api/v1/certificates", DOORS, RIGHT_SERVER_READ, ANYWHERE, BODY_NONE, 0, list_certificates, NULL, NULL },
	{ "GET", "/api/v1/certificates/chain", DOORS, RIGHT_OPEN, OF_SERVER, BODY_NONE, 0, show_chain, NULL, NULL },
	{ "POST", TLS "/csr", DOORS, RIGHT_SERVER_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, request_read, request_write,
	  NULL, request_slow },
	{ "POST", TLS "/install", DOORS, RIGHT_SERVER_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, install_read,
	  install_write, change_finish, NULL },
	{ "POST", TLS "/remove", DOORS, RIGHT_SERVER_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, remove_write,
	  change_finish, NULL },
	{ 0 },
};
