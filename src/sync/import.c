#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypt/cert.h"
#include "lic/account.h"
#include "lic/event.h"
#include "lic/export.h"
#include "lic/site.h"
#include "sync/bundle.h"
#include "sync/exchange.h"
#include "sync/lots.h"
#include "sync/record.h"

struct sync_import {
	struct bundle *bundle;
	struct cert *root, *sub_ca;
	int64_t account_id;
	bool spooled; /* the parts are here: the root had to be found among them */
};

void sync_import_free(struct sync_import *s)
{
	if (s == NULL)
		return;
	bundle_close(s->bundle);
	cert_free(s->root);
	cert_free(s->sub_ca);
	free(s);
}

/* ---- verifying ---- */

/* The licensing root that is trusted already: 1, 0, -1. */
static int known_root(struct tx *tx, struct cert **root, struct err *e)
{
	int rc = authority_read(tx, AUTHORITY_ROOT, root, NULL, e);

	if (rc < 0 || *root)
		return rc;
	if (tx->site->configured_root) {
		*root = cert_ref((struct cert *)tx->site->configured_root);
		return 1;
	}
	return 0;
}

static int check_fingerprint(const struct cert *root, const char *fingerprint, struct err *e)
{
	unsigned char given[SHA256_SIZE], have[SHA256_SIZE];
	char text[96];

	if (fingerprint == NULL)
		return 0;
	if (str_unhex(given, sizeof(given), fingerprint))
		return err_field(e, E_INVALID_REQUEST, "root_fingerprint",
				 "A fingerprint is 64 hexadecimal digits (SHA-256), with or without colons.");
	cert_fingerprint(root, have);
	if (!digest_equal(given, have, sizeof(have)))
		return err_set(
			e, E_SYNC_WRONG_ROOT,
			"This satellite trusts the licensing root with fingerprint %s, not the one that was given. Nothing "
			"was changed.",
			cert_fingerprint_text(root, text));
	return 0;
}

/* A registration file that comes back unanswered is the courier's most likely mistake: say so. */
static void explain_untrusted(const void *p, size_t n, const struct site *site, int64_t now, struct err *e)
{
	struct cms_verified by = { 0 };
	struct bundle *again;
	struct err ignored;

	if (e->code != E_SYNC_UNTRUSTED ||
	    bundle_open_bytes(p, n, BUNDLE_REGISTRATION_MAX, site->spool_dir, &again, &ignored))
		return;
	if (bundle_verify(again, NULL, now, &by, &ignored) == 0) {
		manifest_expect(bundle_manifest(again), MANIFEST_AUTHORIZATION, e);
		cms_verified_fini(&by);
	}
	bundle_close(again);
}

/* Opens, finds the root, verifies the signature and reads all of the file. */
static int verify(struct tx *tx, const void *p, size_t n, const char *fingerprint, struct sync_import *s, struct err *e)
{
	unsigned char digest[SHA256_SIZE];
	struct cms_verified by = { 0 };
	bool direct;
	int known;

	if (bundle_open_bytes(p, n, BUNDLE_FIRST_MAX, tx->site->spool_dir, &s->bundle, e))
		return -1;
	known = known_root(tx, &s->root, e);
	if (known < 0 || (known && check_fingerprint(s->root, fingerprint, e)))
		return -1;
	if (!known) {
		if (fingerprint == NULL)
			return err_set(
				e, E_SYNC_ROOT_UNKNOWN,
				"This is the first import: give the fingerprint of the licensing root, as the cloud manager's "
				"administrator sees it (--root-fingerprint). Nothing was changed.");
		if (str_unhex(digest, sizeof(digest), fingerprint))
			return err_field(e, E_INVALID_REQUEST, "root_fingerprint",
					 "A fingerprint is 64 hexadecimal digits (SHA-256), with or without colons.");
		if (bundle_spool(s->bundle, e) || bundle_find_root(s->bundle, digest, &s->root, e))
			return -1;
		s->spooled = true;
	}
	if (bundle_verify(s->bundle, s->root, tx->now, &by, e)) {
		explain_untrusted(p, n, tx->site, tx->now, e);
		return -1;
	}
	/* Role: the manager's signer is issued by the root itself; a satellite's signer may not authorize. */
	direct = by.intermediate == NULL && cert_issued_by(by.signer, s->root);
	cms_verified_fini(&by);
	if (!direct)
		return err_set(e, E_SYNC_UNTRUSTED,
			       "The file is signed by a satellite; only the cloud manager's signature "
			       "counts here. Nothing was changed.");
	return 0;
}

/* Is it the answer to what this account of this satellite asked? */
static int check_address(struct tx *tx, const struct account_row *account, const struct manifest *m, struct err *e)
{
	char when[CLOCK_TEXT_SIZE], theirs[NAME_KEY_SIZE], ours[NAME_KEY_SIZE];
	struct exchange_row x;
	int64_t applied;
	int rc;

	if (manifest_expect(m, MANIFEST_AUTHORIZATION, e))
		return -1;
	if (strcmp(m->satellite, tx->site->uuid) != 0)
		return err_set(
			e, E_SYNC_WRONG_SATELLITE,
			"This file is for the satellite with UUID %s; this one is “%s”, UUID %s. Nothing was changed.",
			m->satellite, tx->site->name, tx->site->uuid);
	if (str_fold(theirs, m->account) || str_fold(ours, account->name) || strcmp(theirs, ours) != 0)
		return err_set(
			e, E_SYNC_WRONG_SATELLITE,
			"This file is for the account “%.128s” of this satellite; “%s” was chosen. Nothing was changed.",
			m->account, account->name);
	rc = q_exchange_by_request(tx->db, tx->arena, account->id, m->request_sha256, &x, e);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(
			e, E_SYNC_OUT_OF_ORDER,
			"This file answers a registration file that this satellite does not know. Export the file again and "
			"take the answer to that one. Nothing was changed.");
	if (x.answered_at)
		return err_set(e, E_SYNC_OUT_OF_ORDER, "This file was imported on %s already. Nothing was changed.",
			       clock_text(x.answered_at, when));
	if (q_exchange_applied(tx->db, account->id, &applied, e))
		return -1;
	if (x.id < applied)
		return err_set(
			e, E_SYNC_OUT_OF_ORDER,
			"This file answers the request of %s; the answer to a newer one was imported already. Nothing was "
			"changed.",
			clock_text(x.created_at, when));
	if (m->authority_valid_until <= tx->now)
		return err_set(
			e, E_SYNC_OUT_OF_ORDER,
			"The authority in this file ended on %s. Export a new registration file and take it to the cloud "
			"manager. Nothing was changed.",
			clock_text(m->authority_valid_until, when));
	return 0;
}

/* chain.pem = our sub-CA, the root: issued for our key, by that root. */
static int check_chain(struct tx *tx, struct sync_import *s, struct err *e)
{
	struct cert *chain[2] = { NULL, NULL };
	struct key *key = NULL;
	AUTO_BUF pem = BUF_INIT;
	size_t n = 0;
	int rc = 0;

	if (bundle_part_bytes(s->bundle, "chain.pem", BUNDLE_PEM_MAX, &pem, e) ||
	    cert_read_chain(pem.data, pem.n, chain, 2, &n, e) || authority_read(tx, AUTHORITY_SUB_CA, NULL, &key, e) < 0) {
		rc = -1;
	} else if (n != 2 || !cert_equal(chain[1], s->root) || !cert_is_ca(chain[0])) {
		rc = err_set(e, E_SYNC_UNTRUSTED,
			     "The certificates in the file are not this satellite's sub-CA and the licensing "
			     "root. Nothing was changed.");
	} else if (key == NULL || !cert_matches(chain[0], key)) {
		rc = err_set(e, E_SYNC_WRONG_SATELLITE,
			     "The file gives authority to another key than this satellite's. Export the "
			     "registration file again. Nothing was changed.");
	} else {
		rc = cert_verify(chain[0], NULL, 0, s->root, tx->now, e);
	}
	if (rc == 0)
		s->sub_ca = cert_ref(chain[0]);
	for (size_t i = 0; i < n; i++)
		cert_free(chain[i]);
	key_free(key);
	return rc;
}

int sync_import_open(struct tx *tx, const struct account_row *account, const void *p, size_t n, const char *fingerprint,
		     struct sync_import **out, struct err *e)
{
	struct sync_import *s = mem_alloc(sizeof(*s));

	s->account_id = account->id;
	if (verify(tx, p, n, fingerprint, s, e) || check_address(tx, account, bundle_manifest(s->bundle), e) ||
	    (!s->spooled && bundle_spool(s->bundle, e)) || check_chain(tx, s, e)) {
		sync_import_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* ---- applying ---- */

/* A new signer of answers, issued by the sub-CA and as long-lived as it. */
static int store_identity(struct tx *tx, struct sync_import *s, struct identity **out, struct err *e)
{
	struct cert_request req = { .profile = CERT_SIGNER,
				    .common_name = tx->site->name,
				    .not_before = tx->now - CERT_BACKDATE_MS,
				    .not_after = cert_not_after(s->sub_ca) };
	struct key *ca_key = NULL, *signer_key = NULL;
	struct cert *signer = NULL;
	int rc = -1;

	if (authority_read(tx, AUTHORITY_SUB_CA, NULL, &ca_key, e) == 1 && ca_key &&
	    key_generate(tx->site->authority_key, &signer_key, e) == 0) {
		req.key = signer_key;
		if (cert_issue(&req, s->sub_ca, ca_key, &signer, e) == 0 &&
		    authority_store(tx, AUTHORITY_ROOT, s->root, NULL, e) == 0 &&
		    authority_store(tx, AUTHORITY_SUB_CA, s->sub_ca, ca_key, e) == 0 &&
		    authority_store(tx, AUTHORITY_SATELLITE_SIGNER, signer, signer_key, e) == 0)
			rc = identity_read(tx, out, e) == 1 ? 0 : -1;
	}
	cert_free(signer);
	key_free(signer_key);
	key_free(ca_key);
	return rc;
}

struct apply {
	struct tx *tx;
	struct account_row account;
	int64_t authority_valid_until;
	int records;
};

static int apply_account(void *ctx, const json_t *v, int64_t line, struct err *e)
{
	struct apply *a = ctx;
	struct record_account r;
	char theirs[NAME_KEY_SIZE], ours[NAME_KEY_SIZE];

	(void)line;
	if (record_account_decode(v, &r, e))
		return -1;
	if (str_fold(theirs, r.virtual_account) || str_fold(ours, a->account.virtual_account) || strcmp(theirs, ours) != 0)
		return err_set(e, E_SYNC_WRONG_SATELLITE,
			       "The file is for the virtual account “%.128s”; “%s” is bound to “%s”. Nothing was changed.",
			       r.virtual_account, a->account.name, a->account.virtual_account);
	a->account.status = strcmp(r.status, "ACTIVE") == 0 ? ACCOUNT_ACTIVE : ACCOUNT_INACTIVE;
	a->account.domain = r.domain;
	a->account.export_permitted = r.export_control_permitted;
	a->account.reservation_permitted = r.reservation_permitted;
	a->account.last_sync_at = a->tx->now;
	a->account.authority_valid_until = a->authority_valid_until;
	a->records++;
	return q_account_synchronized(a->tx->db, &a->account, e);
}

static int apply_entitlement(void *ctx, const json_t *v, int64_t line, struct err *e)
{
	struct apply *a = ctx;
	struct record_entitlement r;
	struct entitlement_row row;
	char key[NAME_KEY_SIZE];

	(void)line;
	if (record_entitlement_decode(v, &r, e))
		return -1;
	if (str_fold(key, r.name))
		return err_field(e, E_SYNC_DAMAGED, "name", "The license '%.60s' has a name that cannot be used.", r.name);
	row = (struct entitlement_row){ .uuid = r.id,
					.tag = r.tag,
					.name = r.name,
					.display_name = r.display_name,
					.description = r.description,
					.version = r.version,
					.family = r.family,
					.tier = r.tier,
					.restricted = r.restricted };
	return q_entitlement_set(a->tx->db, &row, key, e);
}

int sync_import_apply(struct tx *tx, struct sync_import *s, json_t **summary, struct identity **identity, struct err *e)
{
	const struct manifest *m = bundle_manifest(s->bundle);
	struct apply a = { .tx = tx, .authority_valid_until = m->authority_valid_until };
	struct exchange_row x;
	json_t *changes = NULL, *detail;

	*identity = NULL;
	if (wall_check(&tx->site->wall, e) || q_account_by_id(tx->db, tx->arena, s->account_id, &a.account, e) != 1 ||
	    check_address(tx, &a.account, m, e) || store_identity(tx, s, identity, e) ||
	    bundle_part_each(s->bundle, "account.ndjson", apply_account, &a, e) ||
	    bundle_part_each(s->bundle, "entitlements.ndjson", apply_entitlement, &a, e) ||
	    export_review(tx, &a.account, e) || lots_apply(tx, &a.account, s->bundle, &changes, e) ||
	    q_touch_all(tx->db, e) || /* tiers may have changed */
	    q_exchange_by_request(tx->db, tx->arena, s->account_id, m->request_sha256, &x, e) != 1 ||
	    q_exchange_answered(tx->db, x.id, tx->now, tx->actor->name, e))
		goto fail;
	if (a.records != 1) {
		err_set(e, E_SYNC_DAMAGED, "The file describes %d accounts instead of one. Nothing was changed.",
			a.records);
		goto fail;
	}
	detail = json_object();
	json_set_text(detail, "kind", "authorization");
	json_set_time(detail, "authorityValidUntil", m->authority_valid_until);
	json_object_set(detail, "licenses", changes);
	*summary = json_object();
	json_set_text(*summary, "account", a.account.name);
	json_set_time(*summary, "authorityValidUntil", m->authority_valid_until);
	json_object_set_new(*summary, "licenses", changes);
	if (event_add(tx, "sync.import", a.account.name, a.account.name, detail, e) == 0)
		return 0;
	json_decref(*summary);
	changes = NULL;
fail:
	json_decref(changes);
	identity_put(*identity);
	*identity = NULL;
	*summary = NULL;
	return -1;
}
