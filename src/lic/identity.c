#include "lic/identity.h"

#include <stdlib.h>

#include "base/mem.h"
#include "db/q.h"
#include "lic/site.h"

int authority_read(struct tx *tx, const char *purpose, struct cert **cert, struct key **key, struct err *e)
{
	struct authority_row row;
	struct buf pem = BUF_INIT;
	int rc = q_authority_get(tx->db, tx->arena, purpose, &row, e);

	if (cert)
		*cert = NULL;
	if (key)
		*key = NULL;
	if (rc != 1)
		return rc;
	if (cert && row.certificate && cert_read_der(row.certificate, row.certificate_n, cert, e))
		return -1;
	if (key == NULL || row.key_box == NULL)
		return 1;
	if (seal_open(&tx->site->seal, purpose, row.key_box, row.key_box_n, &pem, e) == 0 &&
	    key_read_private(pem.data, pem.n, key, e) == 0) {
		buf_cleanse(&pem);
		return 1;
	}
	buf_cleanse(&pem);
	if (cert) {
		cert_free(*cert);
		*cert = NULL;
	}
	return -1;
}

int authority_store(struct tx *tx, const char *purpose, const struct cert *cert, const struct key *key, struct err *e)
{
	struct authority_row row = { .updated_at = tx->now };
	struct buf pem = BUF_INIT;
	AUTO_BUF box = BUF_INIT;
	AUTO_BUF der = BUF_INIT;

	if (key) {
		key_write_private(key, &pem);
		seal_close(&tx->site->seal, purpose, pem.data, pem.n, &box);
		buf_cleanse(&pem);
		row.key_box = box.data;
		row.key_box_n = box.n;
	}
	if (cert) {
		cert_write_der(cert, &der);
		row.certificate = der.data;
		row.certificate_n = der.n;
	}
	return q_authority_set(tx->db, purpose, &row, e);
}

void identity_put(struct identity *i)
{
	if (i == NULL || --i->users > 0)
		return;
	cert_free(i->root);
	cert_free(i->ca);
	cert_free(i->signer);
	key_free(i->ca_key);
	key_free(i->signer_key);
	free(i->credential);
	free(i->ca_chain);
	free(i);
}

int identity_read(struct tx *tx, struct identity **out, struct err *e)
{
	bool manager = tx->site->role == SITE_MANAGER;
	struct identity *i = mem_alloc(sizeof(*i));
	struct buf credential = BUF_INIT, chain = BUF_INIT;
	int rc;

	i->users = 1;
	rc = authority_read(tx, AUTHORITY_ROOT, &i->root, NULL, e);
	if (rc == 1)
		rc = authority_read(tx, manager ? AUTHORITY_ISSUING_CA : AUTHORITY_SUB_CA, &i->ca, &i->ca_key, e);
	if (rc == 1)
		rc = authority_read(tx, manager ? AUTHORITY_MANAGER_SIGNER : AUTHORITY_SATELLITE_SIGNER, &i->signer,
				    &i->signer_key, e);
	if (rc != 1 || i->root == NULL || i->ca == NULL || i->signer == NULL || i->ca_key == NULL ||
	    i->signer_key == NULL) {
		identity_put(i);
		return rc < 0 ? -1 : 0;
	}
	cert_write_pem(i->signer, &credential);
	cert_write_pem(i->ca, &chain);
	/* The manager's signer is issued by the root itself; a satellite's by its sub-CA. */
	if (!manager)
		buf_add(&credential, chain.data, chain.n);
	i->credential = buf_steal(&credential, NULL);
	i->ca_chain = buf_steal(&chain, NULL);
	*out = i;
	return 1;
}
