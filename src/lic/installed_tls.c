#include "lic/installed_tls.h"

#include <string.h>

#include "base/clock.h"
#include "crypt/csr.h"
#include "db/q.h"
#include "lic/event.h"
#include "lic/identity.h"
#include "lic/site.h"

#define CHAIN_SETTING "tls_chain"

static const struct {
	const char *word, *described;
	enum key_kind kind;
} kinds[] = {
	{ "ec-p256", "EC P-256", KEY_EC_P256 },   { "ec-p384", "EC P-384", KEY_EC_P384 },
	{ "rsa-2048", "RSA 2048", KEY_RSA_2048 }, { "rsa-3072", "RSA 3072", KEY_RSA_3072 },
	{ "rsa-4096", "RSA 4096", KEY_RSA_4096 },
};

int installed_tls_key_kind(const char *word, const char *field, enum key_kind *out, struct err *e)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].word, word) == 0) {
			*out = kinds[i].kind;
			return 0;
		}
	}
	return err_field(e, E_INVALID_REQUEST, field,
			 "'%.32s' is no kind of key: it is ec-p256, ec-p384, rsa-2048, rsa-3072 or rsa-4096.", word);
}

/* ---- request ---- */

int installed_tls_pending(struct tx *tx, enum key_kind kind, struct key **out, struct err *e)
{
	struct key *key = NULL;
	char text[32];

	*out = NULL;
	if (authority_read(tx, AUTHORITY_TLS_REQUEST, NULL, &key, e) < 0)
		return -1;
	for (size_t i = 0; key && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].kind == kind && strcmp(kinds[i].described, key_describe(key, text)) == 0) {
			*out = key;
			return 1;
		}
	}
	key_free(key);
	return 0;
}

static json_t *names_json(const char *const *names)
{
	json_t *list = json_array();

	for (; *names; names++)
		json_array_append_new(list, json_string(*names));
	return list;
}

int installed_tls_request(struct tx *tx, const struct tls_request *in, struct buf *pem, struct err *e)
{
	json_t *detail;
	char text[32];

	if (csr_make_server(in->key, in->organization, in->names, pem, e))
		return -1;
	if (in->fresh && authority_store(tx, AUTHORITY_TLS_REQUEST, NULL, in->key, e))
		return -1;
	detail = json_object();
	json_object_set_new(detail, "names", names_json(in->names));
	json_set_text(detail, "key", key_describe(in->key, text));
	json_set_bool(detail, "newKey", in->fresh);
	return event_add(tx, "certificate.request", "", AUTHORITY_TLS_REQUEST, detail, e);
}

/* ---- checks ---- */

void tls_offer_fini(struct tls_offer *o)
{
	for (size_t i = 0; i < o->n; i++)
		cert_free(o->chain[i]);
	key_free(o->key);
	*o = TLS_OFFER_INIT;
}

void tls_offer_write(const struct tls_offer *o, struct buf *chain_pem, struct buf *key_pem)
{
	for (size_t i = 0; i < o->n; i++)
		cert_write_pem(o->chain[i], chain_pem);
	key_write_private(o->key, key_pem);
}

static int check_order(const struct tls_offer *o, struct err *e)
{
	char one[256], other[256];

	if (cert_is_ca(o->chain[0]))
		return err_field(e, E_CERTIFICATE_INVALID, "chain",
				 "The first certificate, '%.128s', is that of a CA. The server's own comes first, then its "
				 "issuer's, and so on.",
				 cert_common_name(o->chain[0], one));
	if (!cert_is_server(o->chain[0]))
		return err_field(
			e, E_CERTIFICATE_INVALID, "chain",
			"The certificate '%.128s' is not for servers: its extended key usage lacks serverAuth. Ask the "
			"CA for a certificate of a TLS server.",
			cert_common_name(o->chain[0], one));
	for (size_t i = 1; i < o->n; i++)
		if (!cert_issued_by(o->chain[i - 1], o->chain[i]))
			return err_field(
				e, E_CERTIFICATE_INVALID, "chain",
				"Certificate %zu, '%.128s', did not issue the one before it, '%.128s'. The server's own comes first, "
				"then its issuer's, and so on.",
				i + 1, cert_common_name(o->chain[i], one), cert_common_name(o->chain[i - 1], other));
	return 0;
}

static int check_times(const struct tx *tx, const struct tls_offer *o, struct err *e)
{
	char name[256], when[CLOCK_TEXT_SIZE], now[CLOCK_TEXT_SIZE];

	for (size_t i = 0; i < o->n; i++) {
		const struct cert *c = o->chain[i];

		clock_text(tx->now, now);
		if (cert_not_after(c) <= tx->now)
			return err_field(e, E_CERTIFICATE_INVALID, "chain",
					 "The certificate '%.128s' ended on %s; it is %s. Ask the CA for its successor.",
					 cert_common_name(c, name), clock_text(cert_not_after(c), when), now);
		if (cert_not_before(c) > tx->now)
			return err_field(
				e, E_CERTIFICATE_INVALID, "chain",
				"The certificate '%.128s' begins on %s; by this server's clock it is %s. Check the clock, or "
				"install it then.",
				cert_common_name(c, name), clock_text(cert_not_before(c), when), now);
	}
	return 0;
}

/* The names by which products and browsers reach this server. */
static int check_names(struct tx *tx, struct tls_offer *o, bool force, struct err *e)
{
	AUTO_BUF names = BUF_INIT;
	AUTO_BUF has = BUF_INIT;
	AUTO_BUF missing = BUF_INIT;
	char *save = NULL;

	site_tls_names(tx->site, &names);
	for (char *n = names.data ? strtok_r(names.data, ", \t", &save) : NULL; n; n = strtok_r(NULL, ", \t", &save))
		if (!cert_names_host(o->chain[0], n))
			buf_printf(&missing, "%s%s", missing.n ? ", " : "", n);
	o->missing = arena_strdup(tx->arena, missing.n ? missing.data : "");
	if (missing.n == 0 || force)
		return 0;
	cert_list_names(o->chain[0], &has);
	return err_field(
		e, E_CERTIFICATE_INVALID, "chain",
		"The certificate names %.160s, and not %.160s, as which this server is reached. Ask the CA for one that "
		"does, or set server_name to what clients use and reload, or install it with force.",
		has.n ? has.data : "nothing", missing.data);
}

/* The key of a row of authority if the certificate is for it. */
static int try_key(struct tx *tx, const char *purpose, struct tls_offer *o, struct err *e)
{
	struct key *key = NULL;

	if (o->key)
		return 0;
	if (authority_read(tx, purpose, NULL, &key, e) < 0)
		return -1;
	if (key && cert_matches(o->chain[0], key)) {
		o->key = key;
		o->from_request = strcmp(purpose, AUTHORITY_TLS_REQUEST) == 0;
		return 0;
	}
	key_free(key);
	return 0;
}

static int find_key(struct tx *tx, const struct tls_install *in, struct tls_offer *o, struct err *e)
{
	struct key *public_key;

	/* Of a kind that we take, whoever has the private one. */
	if (cert_key(o->chain[0], &public_key, e))
		return -1;
	key_free(public_key);
	if (in->key_pem) {
		if (key_read_private(in->key_pem, strlen(in->key_pem), &o->key, e))
			return -1;
		return cert_matches(o->chain[0], o->key)
			     ? 0
			     : err_field(
				       e, E_CERTIFICATE_INVALID, "privateKey",
				       "The private key belongs to another certificate. Give the key that the certificate was "
				       "made for.");
	}
	if (try_key(tx, AUTHORITY_TLS_REQUEST, o, e) || try_key(tx, AUTHORITY_TLS_INSTALLED, o, e))
		return -1;
	if (o->key)
		return 0;
	return err_field(
		e, E_CERTIFICATE_INVALID, "chain",
		"The certificate is for a key that this server does not have: it is not that of its request, nor that of "
		"the installed certificate. Give its private key too, or have the CA sign the request of this server.");
}

int installed_tls_check(struct tx *tx, const struct tls_install *in, struct tls_offer *out, struct err *e)
{
	*out = TLS_OFFER_INIT;
	out->missing = "";
	if (cert_read_chain(in->chain_pem, strlen(in->chain_pem), out->chain, TLS_CHAIN_MAX, &out->n, e))
		return -1;
	if (check_order(out, e) || check_times(tx, out, e) || find_key(tx, in, out, e) ||
	    check_names(tx, out, in->force, e)) {
		tls_offer_fini(out);
		return -1;
	}
	return 0;
}

/* ---- keeping ---- */

static json_t *describe(const struct cert *c)
{
	char text[256], serial[CERT_SERIAL_TEXT];
	AUTO_BUF names = BUF_INIT;
	json_t *v;

	if (c == NULL)
		return json_null();
	v = json_object();
	json_set_text(v, "subject", cert_common_name(c, text));
	json_set_text(v, "issuer", cert_issuer_name(c, text));
	json_set_text(v, "serialNumber", cert_serial(c, serial));
	json_set_time(v, "notAfter", cert_not_after(c));
	json_set_text(v, "fingerprint", cert_fingerprint_text(c, text));
	cert_list_names(c, &names);
	json_set_text(v, "names", names.n ? names.data : "");
	return v;
}

int installed_tls_store(struct tx *tx, const struct tls_offer *o, struct err *e)
{
	AUTO_BUF chain = BUF_INIT;
	struct cert *before = NULL;
	json_t *detail;
	int rc;

	if (authority_read(tx, AUTHORITY_TLS_INSTALLED, &before, NULL, e) < 0)
		return -1;
	for (size_t i = 0; i < o->n; i++)
		cert_write_pem(o->chain[i], &chain);
	detail = json_object();
	json_object_set_new(detail, "before", describe(before));
	json_object_set_new(detail, "after", describe(o->chain[0]));
	cert_free(before);
	rc = event_add(tx, "certificate.install", "", AUTHORITY_TLS_INSTALLED, detail, e);
	if (rc == 0 && o->from_request)
		rc = q_authority_delete(tx->db, AUTHORITY_TLS_REQUEST, e);
	return rc || authority_store(tx, AUTHORITY_TLS_INSTALLED, o->chain[0], o->key, e) ||
			       q_setting_set(tx->db, CHAIN_SETTING, chain.data, e)
		     ? -1
		     : 0;
}

int installed_tls_read(struct tx *tx, struct buf *chain_pem, struct buf *key_pem, struct err *e)
{
	struct key *key = NULL;
	const char *chain;
	int rc = q_setting_get(tx->db, tx->arena, CHAIN_SETTING, &chain, e);

	if (rc <= 0 || *chain == '\0')
		return rc < 0 ? -1 : 0;
	if (authority_read(tx, AUTHORITY_TLS_INSTALLED, NULL, &key, e) < 0)
		return -1;
	if (key == NULL)
		return 0;
	buf_adds(chain_pem, chain);
	key_write_private(key, key_pem);
	key_free(key);
	return 1;
}

int installed_tls_remove(struct tx *tx, struct err *e)
{
	struct cert *before = NULL;
	json_t *detail;
	int rc = authority_read(tx, AUTHORITY_TLS_INSTALLED, &before, NULL, e);

	if (rc <= 0)
		return rc;
	detail = json_object();
	json_object_set_new(detail, "before", describe(before));
	cert_free(before);
	return event_add(tx, "certificate.remove", "", AUTHORITY_TLS_INSTALLED, detail, e) ||
			       q_authority_delete(tx->db, AUTHORITY_TLS_INSTALLED, e) ||
			       q_setting_set(tx->db, CHAIN_SETTING, "", e)
		     ? -1
		     : 1;
}
