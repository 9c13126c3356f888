/* tls.c - the TLS certificate of a listener, which can be replaced while it serves (feasibility 3). */
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "crypt/digest.h"
#include "http/inside.h"

#define CHAIN_MAX 8
#define KEY_ID_MAX 64

struct cert {
	struct cert *next;
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned n;
	gnutls_privkey_t key;
	/* A resumed session shows no certificate. With a ticket key for each certificate every client sees
	 * the new one at its next connection. */
	gnutls_datum_t ticket_key;
	unsigned char digest[SHA256_SIZE]; /* of what it was made from */
};

struct tls {
	_Atomic(struct cert *) now;
	/* Protects all: handshakes may still use a certificate that was replaced, so none is freed before the end. */
	pthread_mutex_t lock;
	struct cert *all;
};

static void cert_free(struct cert *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < c->n; i++)
		gnutls_pcert_deinit(&c->chain[i]);
	if (c->key)
		gnutls_privkey_deinit(c->key);
	if (c->ticket_key.data)
		mem_cleanse(c->ticket_key.data, c->ticket_key.size);
	gnutls_free(c->ticket_key.data);
	free(c);
}

static gnutls_datum_t datum(const char *pem)
{
	return (gnutls_datum_t){ .data = (unsigned char *)(uintptr_t)pem, .size = (unsigned)strlen(pem) };
}

static int load_chain(struct cert *c, const char *pem, struct err *e)
{
	gnutls_datum_t d = datum(pem);
	unsigned n = CHAIN_MAX;
	int rc = gnutls_pcert_list_import_x509_raw(c->chain, &n, &d, GNUTLS_X509_FMT_PEM,
						   GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED |
							   GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);

	if (rc == GNUTLS_E_CERTIFICATE_LIST_UNSORTED)
		return err_set(e, E_CERTIFICATE_INVALID,
			       "The certificates are not in order: the server's own comes first, then each one's issuer.");
	if (rc == GNUTLS_E_SHORT_MEMORY_BUFFER)
		return err_set(e, E_CERTIFICATE_INVALID, "The chain has more than %d certificates.", CHAIN_MAX);
	if (rc < 0 || n == 0)
		return err_set(e, E_CERTIFICATE_INVALID, "The certificate file cannot be read: %s. It must be PEM.",
			       gnutls_strerror(rc));
	c->n = n;
	return 0;
}

static int load_key(struct cert *c, const char *pem, struct err *e)
{
	unsigned char of_key[KEY_ID_MAX], of_cert[KEY_ID_MAX];
	size_t key_n = sizeof(of_key), cert_n = sizeof(of_cert);
	gnutls_datum_t d = datum(pem);
	gnutls_x509_privkey_t key;
	int rc;

	if (gnutls_x509_privkey_init(&key) < 0)
		abort(); /* out of memory */
	rc = gnutls_x509_privkey_import2(key, &d, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (rc < 0) {
		gnutls_x509_privkey_deinit(key);
		return err_set(e, E_CERTIFICATE_INVALID,
			       "The private key cannot be read: %s. It must be PEM without a passphrase.",
			       gnutls_strerror(rc));
	}
	if (gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, of_key, &key_n) < 0 ||
	    gnutls_pubkey_get_key_id(c->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, of_cert, &cert_n) < 0 ||
	    key_n != cert_n || memcmp(of_key, of_cert, key_n) != 0) {
		gnutls_x509_privkey_deinit(key);
		return err_set(
			e, E_CERTIFICATE_INVALID,
			"The private key belongs to another certificate. Give the key that the certificate was made for.");
	}
	if (gnutls_privkey_init(&c->key) < 0 ||
	    gnutls_privkey_import_x509(c->key, key, GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE) < 0)
		abort(); /* out of memory */
	return 0;
}

/* What tells one pair of chain and key from another. */
static void pair_digest(const char *chain_pem, const char *key_pem, unsigned char out[SHA256_SIZE])
{
	struct digest *d = digest_begin();

	digest_add(d, chain_pem, strlen(chain_pem) + 1);
	digest_add(d, key_pem, strlen(key_pem));
	digest_end(d, out);
}

int tls_replace(struct tls *t, const char *chain_pem, const char *key_pem, struct err *e)
{
	unsigned char digest[SHA256_SIZE];
	struct cert *c;

	pair_digest(chain_pem, key_pem, digest);
	if (t->now && digest_equal(t->now->digest, digest, sizeof(digest)))
		return 0;
	c = mem_alloc(sizeof(*c));
	memcpy(c->digest, digest, sizeof(digest));
	if (load_chain(c, chain_pem, e) || load_key(c, key_pem, e)) {
		cert_free(c);
		return -1;
	}
	if (gnutls_session_ticket_key_generate(&c->ticket_key) < 0)
		abort(); /* out of memory or randomness */
	pthread_mutex_lock(&t->lock);
	c->next = t->all;
	t->all = c;
	t->now = c;
	pthread_mutex_unlock(&t->lock);
	return 0;
}

int tls_new(const char *chain_pem, const char *key_pem, struct tls **out, struct err *e)
{
	struct tls *t = mem_alloc(sizeof(*t));

	pthread_mutex_init(&t->lock, NULL);
	if (tls_replace(t, chain_pem, key_pem, e)) {
		tls_free(t);
		return -1;
	}
	*out = t;
	return 0;
}

void tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	while (t->all) {
		struct cert *c = t->all;

		t->all = c->next;
		cert_free(c);
	}
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* The client's is the last message of a handshake that gives it no chance to fail any more. */
static int finished(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
		    const gnutls_datum_t *message)
{
	struct conn *conn = gnutls_session_get_ptr(session);

	(void)type, (void)when, (void)message;
	if (incoming)
		conn->shaken = true;
	return 0;
}

void tls_session_begin(struct tls *t, gnutls_session_t session, struct conn *conn)
{
	struct cert *c = t->now;

	/* The library uses this pointer for pre-shared keys only, which we do not have. */
	gnutls_session_set_ptr(session, conn);
	gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST, finished);
	gnutls_session_ticket_enable_server(session, &c->ticket_key);
}

static int retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info, gnutls_pcert_st **chain,
		    unsigned *chain_n, gnutls_ocsp_data_st **ocsp, unsigned *ocsp_n, gnutls_privkey_t *key, unsigned *flags)
{
	struct conn *conn = gnutls_session_get_ptr(session);
	struct cert *c = conn->listener->tls->now;

	(void)info;
	*chain = c->chain;
	*chain_n = c->n;
	*key = c->key;
	*ocsp = NULL;
	*ocsp_n = 0;
	*flags = 0; /* all of it stays ours */
	return 0;
}

void *tls_callback(void)
{
	gnutls_certificate_retrieve_function3 *fn = retrieve;

	return (void *)(uintptr_t)fn;
}
