#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypt/csr.h"
#include "lic/account.h"
#include "lic/event.h"
#include "lic/site.h"
#include "sync/bundle.h"
#include "sync/exchange.h"
#include "sync/keep.h"
#include "sync/request.h"
#include "sync/spool.h"

#define SIGNER_MS (365 * DAY_MS) /* of the self-signed certificate that a registration file carries */
#define STALE_MS \
	(30 * DAY_MS) /* an unanswered registration this old is made anew: its answer would soon be worth nothing */
#define EXCHANGES_KEPT 200

struct export
{
	struct work *work;
	const char *name;
	const struct sync_ask *ask;
	struct sync_file *out;

	struct account_row account;
	struct account_exchange state;
	bool registration; /* what is to be sent */

	/* a new request */
	struct identity *identity;
	struct manifest manifest;
	int64_t change_number;
	struct bundle_writer *bundle;
	struct keep keep;
};

/* ---- registration ---- */

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

/* The bytes as a file that can be read from its beginning. */
static int give_bytes(struct tx *tx, const void *p, size_t n, struct sync_file *out, struct err *e)
{
	struct spool spool;
	int rc = -1;

	spool_open(&spool, tx->site->spool_dir);
	if (spool_add(&spool, p, n, e) == 0 && spool_to_file(&spool, &out->fd, e) == 0)
		rc = 0;
	spool_close(&spool);
	return rc;
}

static void tell(struct sync_file *out, const struct exchange_row *row, bool again)
{
	out->kind = strcmp(row->kind, "registration") == 0 ? MANIFEST_REGISTRATION : MANIFEST_REQUEST;
	out->mode = strcmp(row->mode, "full") == 0 ? MANIFEST_FULL : MANIFEST_STANDARD;
	out->sequence = row->sequence;
	out->bytes = row->bytes;
	out->records = row->records;
	out->created_at = row->created_at;
	out->again = again;
	memcpy(out->digest, row->request_sha256, SHA256_SIZE);
}

static int add_event(struct tx *tx, const struct account_row *account, const struct sync_file *file, struct err *e)
{
	json_t *detail = json_object();

	json_set_text(detail, "kind", manifest_kind_name(file->kind));
	if (file->kind == MANIFEST_REQUEST) {
		json_set_int(detail, "sequence", file->sequence);
		json_set_text(detail, "mode", manifest_mode_name(file->mode));
		json_set_int(detail, "records", file->records);
	}
	json_set_int(detail, "bytes", file->bytes);
	return event_add(tx, "sync.export", account->name, account->name, detail, e);
}

static int registration(struct tx *tx, void *arg, struct err *e)
{
	struct export *x = arg;
	unsigned char digest[SHA256_SIZE];
	AUTO_BUF file = BUF_INIT;
	struct exchange_row last, row;
	struct key *key = NULL;
	int rc = q_exchange_last(tx->db, tx->arena, x->account.id, &last, e);

	if (rc < 0)
		return -1;
	if (rc == 1 && last.file && !x->ask->fresh && tx->now - last.created_at < STALE_MS) {
		tell(x->out, &last, true);
		return give_bytes(tx, last.file, last.file_n, x->out, e);
	}
	if (sub_ca_key(tx, &key, e))
		return -1;
	rc = write_registration(tx, &x->account, key, &file, digest, e);
	key_free(key);
	if (rc)
		return -1;
	row = (struct exchange_row){ .account_id = x->account.id,
				     .kind = "registration",
				     .mode = "full",
				     .request_sha256 = digest,
				     .file = file.data,
				     .file_n = file.n,
				     .bytes = (int64_t)file.n,
				     .created_at = tx->now,
				     .created_by = tx->actor->name };
	tell(x->out, &row, false);
	return q_exchange_add(tx->db, &row, e) || add_event(tx, &x->account, x->out, e)
		     ? -1
		     : give_bytes(tx, file.data, file.n, x->out, e);
}

/* ---- requests ---- */

/* Is there one that waits, and is still there: 1 and its file, 0, -1. */
static int waiting(struct tx *tx, struct export *x, struct err *e)
{
	struct exchange_row last;
	int64_t waits = 0;
	int rc = q_exchange_last_request(tx->db, tx->arena, x->account.id, &last, e);

	if (rc < 0 || (rc == 1 && q_exchange_waits(tx->db, last.request_sha256, &waits, e)))
		return -1;
	if (!waits || x->ask->fresh || (x->ask->full && strcmp(last.mode, "full") != 0))
		return 0;
	rc = keep_open(tx->site, last.request_sha256, &x->out->fd, e);
	if (rc == 1)
		tell(x->out, &last, true);
	return rc;
}

static int look(struct tx *tx, void *arg, struct err *e)
{
	struct export *x = arg;

	if (account_find(tx, x->name, &x->account, e))
		return -1;
	x->registration = x->ask->registration || x->account.authority_valid_until == 0;
	return x->registration ? 0 : waiting(tx, x, e);
}

/* The next number of the sequence, and a line under what changed so far: later changes go into the next request. What has
 * lapsed by now was swept at the beginning of this transaction. */
static int begin(struct tx *tx, void *arg, struct err *e)
{
	struct export *x = arg;
	struct manifest *m = &x->manifest;
	struct exchange_row last;
	int rc;

	if (wall_check(&tx->site->wall, e) || q_account_exchange(tx->db, x->account.id, &x->state, e) != 1 ||
	    q_sync_change(tx->db, &x->change_number, e) || q_sync_change_next(tx->db, e))
		return -1;
	rc = q_exchange_last_request(tx->db, tx->arena, x->account.id, &last, e);
	if (rc < 0)
		return -1;
	*m = (struct manifest){ .kind = MANIFEST_REQUEST,
				.mode = x->ask->full || x->state.full ? MANIFEST_FULL : MANIFEST_STANDARD,
				.sequence = ++x->state.sequence,
				.base_sequence = x->state.base,
				.created_at = tx->now };
	str_copy(m->satellite, sizeof(m->satellite), tx->site->uuid);
	str_copy(m->account, sizeof(m->account), x->account.name);
	str_copy(m->name, sizeof(m->name), tx->site->name);
	if (rc == 1)
		memcpy(m->previous_sha256, last.request_sha256, SHA256_SIZE);
	return q_account_exchange_set(tx->db, x->account.id, &x->state, e);
}

static int gather(struct tx *tx, void *arg, struct err *e)
{
	struct export *x = arg;
	int64_t after = x->manifest.mode == MANIFEST_FULL ? 0 : x->state.base_change;

	return request_write(x->work, tx, x->account.id, after, &x->state, x->bundle, &x->out->records, e);
}

static int pack(struct export *x, struct err *e)
{
	const struct identity *i = x->identity;
	struct bundle_signer by = { .cert = i->signer, .key = i->signer_key, .chain = &i->ca, .chain_n = 1 };
	off_t end;

	if (keep_begin(x->work->site, &x->keep, e) ||
	    bundle_writer_finish(x->bundle, &x->manifest, &by, x->manifest.created_at, x->keep.fd, NULL, x->out->digest, e))
		return -1;
	end = lseek(x->keep.fd, 0, SEEK_END);
	x->out->bytes = (int64_t)end;
	return keep_commit(x->work->site, &x->keep, x->out->digest, e);
}

static int note(struct tx *tx, void *arg, struct err *e)
{
	struct export *x = arg;
	struct exchange_row row = { .account_id = x->account.id,
				    .kind = "request",
				    .mode = manifest_mode_name(x->manifest.mode),
				    .sequence = x->manifest.sequence,
				    .change_number = x->change_number,
				    .request_sha256 = x->out->digest,
				    .bytes = x->out->bytes,
				    .records = x->out->records,
				    .created_at = x->manifest.created_at,
				    .created_by = tx->actor->name };

	tell(x->out, &row, false);
	return q_exchange_add(tx->db, &row, e) || q_exchange_forget(tx->db, x->account.id, EXCHANGES_KEPT, e) ||
			       add_event(tx, &x->account, x->out, e)
		     ? -1
		     : 0;
}

static int open_new(struct export *x, struct err *e)
{
	int rc = keep_open(x->work->site, x->out->digest, &x->out->fd, e);

	if (rc == 0)
		return err_set(e, E_FILE_ERROR, "The request file that was just written is not there any more.");
	return rc == 1 ? 0 : -1;
}

static int request(struct export *x, struct err *e)
{
	struct work *w = x->work;
	int rc = -1;

	x->identity = site_identity(w->site);
	x->bundle = bundle_writer_new(w->site->spool_dir);
	if (x->identity == NULL)
		err_set(e, E_NOT_REGISTERED, NULL);
	else if (w->write(w, begin, x, e) == 0 && w->read(w, gather, x, e) == 0 && pack(x, e) == 0) {
		rc = w->write(w, note, x, e);
		if (rc)
			keep_remove(w->site, x->out->digest);
		else
			rc = open_new(x, e);
	}
	bundle_writer_free(x->bundle);
	identity_put(x->identity);
	keep_end(&x->keep);
	return rc;
}

int sync_export(struct work *w, const char *account, const struct sync_ask *ask, struct sync_file *out, struct err *e)
{
	struct export x = { .work = w, .name = account, .ask = ask, .out = out, .keep = { .fd = -1 } };
	int rc;

	*out = (struct sync_file){ .fd = -1 };
	rc = w->read(w, look, &x, e);
	if (rc)
		return rc < 0 ? -1 : 0;
	return x.registration ? w->write(w, registration, &x, e) : request(&x, e);
}

/* ---- what nobody waits for any more ---- */

static int waits(void *ctx, const unsigned char digest[SHA256_SIZE], struct err *e)
{
	struct tx *tx = ctx;
	int64_t yes;

	return q_exchange_waits(tx->db, digest, &yes, e) ? -1 : yes != 0;
}

static int sweep(struct tx *tx, void *arg, struct err *e)
{
	(void)arg;
	return keep_sweep(tx->site, waits, tx, e);
}

int sync_sweep(struct work *w, struct err *e)
{
	return w->read(w, sweep, NULL, e);
}
