#include <string.h>
#include <unistd.h>

#include "authority/inside.h"
#include "authority/parts.h"
#include "authority/root.h"
#include "base/file.h"
#include "lic/identity.h"
#include "lic/site.h"

#define RENEW_BEFORE_MS (2 * 365 * DAY_MS) /* of a sub-CA */

void answer_file_fini(struct answer_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	cert_free(f->sub_ca);
	*f = (struct answer_file){ .fd = -1 };
}

static int rewind_file(struct answer_file *f, struct err *e)
{
	off_t end = lseek(f->fd, 0, SEEK_END);

	if (end < 0 || lseek(f->fd, 0, SEEK_SET) < 0)
		return err_set(e, E_FILE_ERROR, "A temporary file cannot be read.");
	f->bytes = (int64_t)end;
	return 0;
}

/* What both kinds of answers say. */
static void begin(struct manifest *m, const struct tx *tx, const struct asked *a, enum manifest_kind kind)
{
	*m = (struct manifest){ .kind = kind,
				.mode = MANIFEST_FULL,
				.sequence = a->manifest->sequence,
				.created_at = tx->now,
				.in_reply_to = a->manifest->sequence };
	str_copy(m->satellite, sizeof(m->satellite), a->manifest->satellite);
	str_copy(m->account, sizeof(m->account), a->manifest->account);
	memcpy(m->request_sha256, a->digest, SHA256_SIZE);
}

static int finish(struct tx *tx, struct identity *id, struct bundle_writer *w, const struct manifest *m,
		  struct answer_file *out, struct err *e)
{
	struct bundle_signer by = { .cert = id->signer, .key = id->signer_key };

	if (file_temporary(tx->site->spool_dir, &out->fd, e) ||
	    bundle_writer_finish(w, m, &by, tx->now, out->fd, NULL, NULL, e))
		return -1;
	return rewind_file(out, e);
}

/* The satellite's CA: the present one, or the next in good time. */
static int sub_ca(struct tx *tx, const struct asked *a, const struct asked_place *p, struct answer_file *out,
		  struct cert **present, struct err *e)
{
	if (cert_read_der(p->satellite.sub_ca, p->satellite.sub_ca_n, present, e))
		return -1;
	if (cert_not_after(*present) - tx->now >= RENEW_BEFORE_MS)
		return 0;
	return authority_issue_sub_ca(tx, p->satellite.uuid, a->key, &out->sub_ca, e);
}

int answer_write_response(struct tx *tx, const struct asked *a, const struct asked_place *p, struct answer_file *out,
			  struct err *e)
{
	struct bundle_writer *w = bundle_writer_new(tx->site->spool_dir);
	struct identity *id = site_identity(tx->site);
	struct cert *present = NULL;
	struct parts parts = { .tx = tx, .account = &p->account, .va = &p->va, .writer = w };
	struct manifest m;
	int rc = -1;

	*out = (struct answer_file){ .fd = -1, .authority_valid_until = tx->now + PARTS_AUTHORITY_MS };
	begin(&m, tx, a, MANIFEST_RESPONSE);
	m.base_sequence = a->manifest->base_sequence;
	m.authority_valid_until = out->authority_valid_until;
	if (sub_ca(tx, a, p, out, &present, e) == 0) {
		parts.sub_ca = out->sub_ca ? out->sub_ca : present;
		parts.root = id->root;
		if (parts_account(&parts, e) == 0 && parts_entitlements(&parts, e) == 0 && parts_lots(&parts, e) == 0 &&
		    parts_removals(&parts, e) == 0 && parts_chain(&parts, e) == 0)
			rc = finish(tx, id, w, &m, out, e);
	}
	cert_free(present);
	identity_put(id);
	bundle_writer_free(w);
	if (rc)
		answer_file_fini(out);
	return rc;
}

int answer_write_resync(struct tx *tx, const struct asked *a, const struct asked_place *p, const char *reason,
			struct answer_file *out, struct err *e)
{
	struct bundle_writer *w = bundle_writer_new(tx->site->spool_dir);
	struct identity *id = site_identity(tx->site);
	int64_t last = p->known ? p->state.sequence : 0;
	struct manifest m;
	int rc;

	*out = (struct answer_file){ .fd = -1 };
	begin(&m, tx, a, MANIFEST_RESYNC);
	m.next_sequence = (last > m.sequence ? last : m.sequence) + 1;
	str_copy(m.reason, sizeof(m.reason), reason);
	rc = finish(tx, id, w, &m, out, e);
	identity_put(id);
	bundle_writer_free(w);
	if (rc)
		answer_file_fini(out);
	return rc;
}

int answer_write_kept(struct tx *tx, const void *p, size_t n, struct answer_file *out, struct err *e)
{
	*out = (struct answer_file){ .fd = -1 };
	if (file_temporary(tx->site->spool_dir, &out->fd, e) || file_append(out->fd, p, n, e) || rewind_file(out, e)) {
		answer_file_fini(out);
		return -1;
	}
	return 0;
}
