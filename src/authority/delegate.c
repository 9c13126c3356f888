#include "authority/delegate.h"

#include <inttypes.h>
#include <string.h>

#include "authority/parts.h"
#include "authority/root.h"
#include "base/clock.h"
#include "crypt/csr.h"
#include "lic/account.h"
#include "lic/alert.h"
#include "lic/event.h"
#include "lic/move.h"
#include "lic/site.h"
#include "sync/bundle.h"

void delegate_request_fini(struct delegate_request *r)
{
	key_free(r->key);
	r->key = NULL;
}

/* ---- reading ---- */

static int check_signer(struct bundle *b, const struct cms_verified *by, struct delegate_request *out, struct err *e)
{
	AUTO_BUF pem = BUF_INIT;

	if (bundle_part_bytes(b, "csr.pem", BUNDLE_PEM_MAX, &pem, e) || csr_read(pem.data, pem.n, &out->key, e))
		return -1;
	if (!cert_matches(by->signer, out->key))
		return err_set(
			e, E_SYNC_UNTRUSTED,
			"The file is not signed by the key that asks for authority. Export it again at the satellite.");
	return 0;
}

static void explain_kind(const struct manifest *m, struct err *e)
{
	if (m->kind == MANIFEST_REQUEST)
		err_set(e, E_SYNC_WRONG_KIND,
			"This is a request file, of a satellite that has authority over what its account “%.128s” serves. "
			"Answer it (satellite answer); a registration file is authorized. Nothing was changed.",
			m->account);
	else if (m->kind != MANIFEST_REGISTRATION)
		err_set(e, E_SYNC_WRONG_KIND,
			"This is %s, which a cloud manager made for the account “%.128s” of the satellite with UUID %s. Import "
			"it there; bring the registration file here that the satellite exports. Nothing was changed.",
			m->kind == MANIFEST_RESPONSE ? "a response file"
			: m->kind == MANIFEST_RESYNC ? "a resync file"
						     : "an authorization file",
			m->account, m->satellite);
}

/* An authorization file that is brought to the manager again: say what it is instead of what it is not. */
static void explain_untrusted(struct tx *tx, const void *p, size_t n, struct err *e)
{
	struct identity *i = site_identity(tx->site);
	struct cms_verified by = { 0 };
	struct bundle *again = NULL;
	struct err ignored;

	if (e->code == E_SYNC_UNTRUSTED && i &&
	    bundle_open_bytes(p, n, BUNDLE_REGISTRATION_MAX, tx->site->spool_dir, &again, &ignored) == 0) {
		if (bundle_verify(again, i->root, tx->now, &by, &ignored) == 0) {
			explain_kind(bundle_manifest(again), e);
			cms_verified_fini(&by);
		}
		bundle_close(again);
	}
	identity_put(i);
}

int delegate_read(struct tx *tx, const void *p, size_t n, struct delegate_request *out, struct err *e)
{
	struct cms_verified by = { 0 };
	struct bundle *b;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (bundle_open_bytes(p, n, BUNDLE_REGISTRATION_MAX, tx->site->spool_dir, &b, e))
		return -1;
	if (bundle_verify(b, NULL, tx->now, &by, e))
		explain_untrusted(tx, p, n, e);
	else if (manifest_expect(bundle_manifest(b), MANIFEST_REGISTRATION, e) == 0 &&
		 manifest_check_clock(bundle_manifest(b), tx->now, e) == 0 && bundle_spool(b, e) == 0)
		rc = check_signer(b, &by, out, e);
	if (rc == 0) {
		out->manifest = *bundle_manifest(b);
		bundle_digest(b, out->digest);
	}
	cms_verified_fini(&by);
	bundle_close(b);
	if (rc)
		delegate_request_fini(out);
	return rc;
}

/* ---- deciding ---- */

struct grant {
	struct tx *tx;
	const struct delegate_request *request;
	struct account_row account;
	struct virtual_account_row va;
	struct satellite_row known; /* id 0: a new satellite */
	unsigned char key_id[SHA256_SIZE];
	struct cert *sub_ca, *root, *signer;
	struct key *signer_key;
	int64_t authority_valid_until;
};

static void grant_fini(struct grant *g)
{
	cert_free(g->sub_ca);
	cert_free(g->root);
	cert_free(g->signer);
	key_free(g->signer_key);
}

static int check_satellite(struct grant *g, struct err *e)
{
	int rc = q_satellite_by_uuid(g->tx->db, g->tx->arena, g->request->manifest.satellite, &g->known, e);

	if (rc < 0)
		return -1;
	key_id(g->request->key, g->key_id);
	if (rc == 1 && strcmp(g->known.status, "ACTIVE") == 0 && memcmp(g->known.key_id, g->key_id, SHA256_SIZE) != 0)
		return err_set(
			e, E_SATELLITE_KEY_CHANGED,
			"The satellite “%s” (%s) is known with another key. If it was built anew, remove it here first.",
			g->known.name, g->known.uuid);
	return 0;
}

/* One virtual account has one local account: two would own the same licenses twice. */
static int check_local_account(struct grant *g, struct err *e)
{
	char theirs[NAME_KEY_SIZE], ours[NAME_KEY_SIZE];
	const char *name;
	int rc = q_delegation_account(g->tx->db, g->tx->arena, g->va.id, g->known.id, &name, e);

	if (rc != 1)
		return rc;
	if (str_fold(theirs, name) == 0 && str_fold(ours, g->request->manifest.account) == 0 && strcmp(theirs, ours) == 0)
		return 0;
	return err_set(
		e, E_SERVED_ELSEWHERE,
		"The virtual account '%s' is served by the account “%.128s” of this satellite already. Bind “%.128s” to another.",
		g->va.name, name, g->request->manifest.account);
}

static int check_virtual_account(struct grant *g, struct err *e)
{
	const struct manifest *m = &g->request->manifest;
	int64_t instances = 0, reservations = 0;

	if (account_find(g->tx, m->smart_account, &g->account, e) ||
	    virtual_account_find(g->tx, &g->account, m->virtual_account, &g->va, e))
		return -1;
	if (strcmp(g->account.status, ACCOUNT_ACTIVE) != 0)
		return err_set(e, E_ACCOUNT_INACTIVE, "The smart account '%s' is not active.", g->account.name);
	if (g->va.satellite_id && g->va.satellite_id != g->known.id)
		return err_set(
			e, E_SERVED_ELSEWHERE,
			"The virtual account '%s' is served by the satellite “%s”. Remove that satellite first, or bind this "
			"one to another virtual account.",
			g->va.name, g->va.satellite_name);
	if (g->va.satellite_id && check_local_account(g, e))
		return -1;
	if (q_virtual_account_instances(g->tx->db, g->va.id, &instances, e) ||
	    q_reservation_count(g->tx->db, g->va.id, &reservations, e))
		return -1;
	if (reservations)
		return err_set(e, E_VIRTUAL_ACCOUNT_IN_USE,
			       "'%s' holds %" PRId64 " license reservation%s. Return or cancel %s first.", g->va.name,
			       reservations, reservations == 1 ? "" : "s", reservations == 1 ? "it" : "them");
	if (instances)
		return err_set(e, E_VIRTUAL_ACCOUNT_IN_USE,
			       "%" PRId64 " product instances are registered directly in '%s'. Move or remove them first.",
			       instances, g->va.name);
	return 0;
}

/* ---- writing the answer ---- */

static int write_answer(struct grant *g, struct buf *answer, struct err *e)
{
	struct manifest m = { .kind = MANIFEST_AUTHORIZATION, .mode = MANIFEST_FULL, .created_at = g->tx->now };
	struct bundle_signer by = { .cert = g->signer, .key = g->signer_key };
	struct bundle_writer *w = bundle_writer_new(g->tx->site->spool_dir);
	struct parts parts = {
		.tx = g->tx, .account = &g->account, .va = &g->va, .sub_ca = g->sub_ca, .root = g->root, .writer = w
	};
	int rc = -1;

	str_copy(m.satellite, sizeof(m.satellite), g->request->manifest.satellite);
	str_copy(m.account, sizeof(m.account), g->request->manifest.account);
	memcpy(m.request_sha256, g->request->digest, SHA256_SIZE);
	m.authority_valid_until = g->authority_valid_until;
	if (parts_account(&parts, e) == 0 && parts_entitlements(&parts, e) == 0 && parts_lots(&parts, e) == 0 &&
	    parts_chain(&parts, e) == 0)
		rc = bundle_writer_finish(w, &m, &by, g->tx->now, -1, answer, NULL, e);
	bundle_writer_free(w);
	return rc;
}

static int store(struct grant *g, const struct buf *answer, struct err *e)
{
	const struct manifest *m = &g->request->manifest;
	AUTO_BUF der = BUF_INIT;
	struct satellite_row row;
	struct delegation_row d;
	json_t *detail;

	cert_write_der(g->sub_ca, &der);
	row = (struct satellite_row){ .uuid = m->satellite,
				      .name = m->name,
				      .key_id = g->key_id,
				      .key_id_n = SHA256_SIZE,
				      .sub_ca = der.data,
				      .sub_ca_n = der.n,
				      .authorized_at = g->tx->now,
				      .authorized_by = g->tx->actor->name };
	if (q_satellite_set(g->tx->db, &row, e) ||
	    q_satellite_by_uuid(g->tx->db, g->tx->arena, m->satellite, &g->known, e) != 1 ||
	    q_virtual_account_served_by(g->tx->db, g->va.id, g->known.id, e) ||
	    alert_clear(g->tx, ALERT_SATELLITE_REMOVED, g->va.uuid, e))
		return -1;
	d = (struct delegation_row){ .satellite_id = g->known.id,
				     .virtual_account_id = g->va.id,
				     .satellite_account = m->account,
				     .created_by = g->tx->actor->name,
				     .request_sha256 = g->request->digest,
				     .answer = answer->data,
				     .answer_n = answer->n,
				     .authority_valid_until = g->authority_valid_until,
				     .created_at = g->tx->now };
	if (q_delegation_add(g->tx->db, &d, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "satellite", m->name);
	json_set_text(detail, "virtualAccount", g->va.name);
	json_set_time(detail, "authorityValidUntil", g->authority_valid_until);
	return event_add(g->tx, "satellite.authorize", g->account.name, m->satellite, detail, e);
}

int delegate_authorize(struct tx *tx, const struct delegate_request *r, struct buf *answer, struct err *e)
{
	struct grant g = { .tx = tx, .request = r, .authority_valid_until = tx->now + PARTS_AUTHORITY_MS };
	const void *before;
	size_t n;
	int rc = q_delegation_by_request(tx->db, tx->arena, r->digest, &before, &n, e);

	if (rc == 1)
		buf_add(answer, before, n);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (wall_check(&tx->site->wall, e) || check_satellite(&g, e) || check_virtual_account(&g, e))
		return -1;
	rc = -1;
	if (authority_issue_sub_ca(tx, r->manifest.satellite, r->key, &g.sub_ca, e) == 0 &&
	    authority_read(tx, AUTHORITY_ROOT, &g.root, NULL, e) == 1 &&
	    authority_read(tx, AUTHORITY_MANAGER_SIGNER, &g.signer, &g.signer_key, e) == 1 &&
	    write_answer(&g, answer, e) == 0)
		rc = store(&g, answer, e);
	grant_fini(&g);
	return rc;
}

/* For each virtual account that it served: from now on it has no server but this one. */
static int raise_removed(struct tx *tx, const struct satellite_row *gone, struct err *e)
{
	struct satellite_row *rows;
	size_t n;

	if (q_satellite_list(tx->db, tx->arena, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct virtual_account_row va;
		struct account_row account;
		const char *message;

		if (rows[i].id != gone->id || rows[i].virtual_account == NULL)
			continue;
		message = arena_printf(
			tx->arena,
			"Satellite '%s' was removed by %s: it gets no further authority, and '%s' of '%s' is "
			"served here again. Products that are registered there live on to their own end; register "
			"them anew, here or at another satellite.",
			gone->name, tx->actor->name, rows[i].virtual_account, rows[i].account);
		if (account_find(tx, rows[i].account, &account, e) ||
		    virtual_account_find(tx, &account, rows[i].virtual_account, &va, e) ||
		    alert_raise(tx, ALERT_SATELLITE_REMOVED, &account, &va, va.uuid, gone->name, message, e))
			return -1;
	}
	return 0;
}

/* Nobody holds the licenses of its virtual accounts any more, and what is on its way out of them arrives. */
static int forget_served(struct tx *tx, const struct satellite_row *gone, struct err *e)
{
	struct served_row *rows;
	size_t n;

	if (q_remote_served(tx->db, tx->arena, gone->id, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct virtual_account_row va;

		if (q_virtual_account_by_id(tx->db, tx->arena, rows[i].virtual_account_id, &va, e) != 1 ||
		    q_remote_forget(tx->db, va.id, e) || move_finish(tx, &va, e))
			return -1;
	}
	return 0;
}

int delegate_known(struct tx *tx, const struct delegate_request *r, struct delegate_known *out, struct err *e)
{
	struct delegation_since since = { 0 };
	int64_t before;

	if (q_delegation_since(tx->db, tx->arena, r->digest, &since, e) < 0 ||
	    q_delegation_before(tx->db, r->manifest.satellite, r->digest, &before, e))
		return -1;
	*out = (struct delegate_known){ .answered_at = since.answered_at, .orders_since = since.lots, .first = !before };
	return 0;
}

int delegate_remove(struct tx *tx, const char *uuid, struct err *e)
{
	struct satellite_row row;
	int rc = q_satellite_by_uuid(tx->db, tx->arena, uuid, &row, e);

	if (rc < 0)
		return -1;
	if (rc == 0 || strcmp(row.status, "ACTIVE") != 0)
		return err_set(e, E_SATELLITE_UNKNOWN, "There is no satellite '%.64s' here%s.", uuid,
			       rc ? ": it was removed already" : "");
	if (raise_removed(tx, &row, e) || forget_served(tx, &row, e) ||
	    q_satellite_remove(tx->db, row.id, tx->now, tx->actor->name, e))
		return -1;
	return event_add(tx, "satellite.remove", "", row.uuid, NULL, e);
}
