#include "base/clock.h"
#include "crypt/csr.h"
#include "lic/event.h"
#include "lic/site.h"
#include "sync/bundle.h"
#include "sync/exchange.h"

#define SIGNER_MS (365 * DAY_MS) /* of the self-signed certificate that a registration file carries */
#define STALE_MS (30 * DAY_MS)   /* an unanswered file this old is made anew: its answer would soon be worth nothing */

/* The sub-CA's key: made once, kept at renewals (section 2). */
static int sub_ca_key(struct tx *tx, struct key **out, struct err *e)
{
	int rc = authority_read(tx, AUTHORITY_SUB_CA, NULL, out, e);

	if (rc < 0)
		return -1;
	if (rc == 1 && *out)
		return 0;
	if (key_generate(tx->site->authority_key, out, e))
		return -1;
	if (authority_store(tx, AUTHORITY_SUB_CA, NULL, *out, e) == 0)
		return 0;
	key_free(*out);
	return -1;
}

static int self_signer(struct tx *tx, const struct key *key, struct cert **out, struct err *e)
{
	struct cert_request req = { .profile = CERT_SELF_SIGNER,
				    .common_name = tx->site->name,
				    .key = key,
				    .not_before = tx->now - CERT_BACKDATE_MS,
				    .not_after = tx->now + SIGNER_MS };

	return cert_issue(&req, NULL, key, out, e);
}

static int write_registration(struct tx *tx, const struct account_row *account, const struct key *key, struct buf *file,
			      unsigned char digest[SHA256_SIZE], struct err *e)
{
	struct manifest m = { .kind = MANIFEST_REGISTRATION, .mode = MANIFEST_FULL, .created_at = tx->now };
	struct bundle_writer *w = bundle_writer_new(tx->site->spool_dir);
	struct bundle_signer by = { .key = key };
	struct cert *signer = NULL;
	AUTO_BUF csr = BUF_INIT;
	int rc = -1;

	str_copy(m.satellite, sizeof(m.satellite), tx->site->uuid);
	str_copy(m.account, sizeof(m.account), account->name);
	str_copy(m.name, sizeof(m.name), tx->site->name);
	str_copy(m.smart_account, sizeof(m.smart_account), account->smart_account);
	str_copy(m.virtual_account, sizeof(m.virtual_account), account->virtual_account);
	if (self_signer(tx, key, &signer, e) == 0 && csr_make(key, tx->site->name, &csr, e) == 0 &&
	    bundle_part_begin(w, "csr.pem", e) == 0 && bundle_part_raw(w, csr.data, csr.n, e) == 0 &&
	    bundle_part_end(w, e) == 0) {
		by.cert = signer;
		rc = bundle_writer_finish(w, &m, &by, tx->now, -1, file, digest, e);
	}
	cert_free(signer);
	bundle_writer_free(w);
	return rc;
}

int sync_export(struct tx *tx, const struct account_row *account, struct buf *file, struct err *e)
{
	unsigned char digest[SHA256_SIZE];
	struct exchange_row last, row;
	struct key *key = NULL;
	json_t *detail;
	int rc = q_exchange_last(tx->db, tx->arena, account->id, &last, e);

	if (rc < 0)
		return -1;
	if (rc == 1 && last.file && tx->now - last.created_at < STALE_MS) {
		buf_add(file, last.file, last.file_n);
		return 0;
	}
	if (sub_ca_key(tx, &key, e))
		return -1;
	rc = write_registration(tx, account, key, file, digest, e);
	key_free(key);
	if (rc)
		return -1;
	row = (struct exchange_row){ .account_id = account->id,
				     .kind = "registration",
				     .sequence = 0,
				     .request_sha256 = digest,
				     .file = file->data,
				     .file_n = file->n,
				     .created_at = tx->now,
				     .created_by = tx->actor->name };
	if (q_exchange_add(tx->db, &row, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "kind", "registration");
	json_set_int(detail, "bytes", (int64_t)file->n);
	return event_add(tx, "sync.export", account->name, account->name, detail, e);
}
