/* import_apply.c - what comes from the manager, applied in one transaction. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "lic/account.h"
#include "lic/alert.h"
#include "lic/compliance.h"
#include "lic/event.h"
#include "lic/export.h"
#include "lic/instance.h"
#include "lic/site.h"
#include "sync/bundle.h"
#include "sync/import_inside.h"
#include "sync/keep.h"
#include "sync/record.h"

struct apply {
	struct tx *tx;
	struct sync_import *import;
	const struct manifest *manifest;
	bool dry_run, done;
	struct exchange_row exchange; /* what is answered */
	struct account_row account;
	struct account_exchange state;
	struct identity *identity; /* the new one; NULL = as it was */
	json_t *summary;
	json_t *tags; /* of the answer's catalogue */
	json_t *removed;
	int accounts;
	bool catalogue_changed;
};

/* ---- certificates ---- */

/* A new signer of answers, issued by the sub-CA and as long-lived as it. */
static int store_identity(struct apply *a, struct err *e)
{
	struct tx *tx = a->tx;
	struct sync_import *s = a->import;
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
			rc = identity_read(tx, &a->identity, e) == 1 ? 0 : -1;
	}
	cert_free(signer);
	key_free(signer_key);
	key_free(ca_key);
	return rc;
}

/* Is the present certificate as good as the one that came? The manager sends it again until it is time for the next one;
 * an answer for another account, made before that, must not take the next one away. */
static bool is_kept(const struct apply *a, const struct cert *present)
{
	return cert_equal(present, a->import->sub_ca) ||
	       (a->manifest->kind == MANIFEST_RESPONSE && cert_not_after(present) >= cert_not_after(a->import->sub_ca));
}

static int apply_chain(struct apply *a, struct err *e)
{
	struct cert *sub_ca = NULL, *signer = NULL;
	json_t *detail;
	bool same;

	if (authority_read(a->tx, AUTHORITY_SUB_CA, &sub_ca, NULL, e) < 0 ||
	    authority_read(a->tx, AUTHORITY_SATELLITE_SIGNER, &signer, NULL, e) < 0) {
		cert_free(sub_ca);
		return -1;
	}
	same = sub_ca && signer && is_kept(a, sub_ca);
	cert_free(sub_ca);
	cert_free(signer);
	if (same)
		return 0;
	if (store_identity(a, e))
		return -1;
	detail = json_object();
	json_set_time(detail, "notAfter", cert_not_after(a->import->sub_ca));
	return event_add(a->tx, "authority.create", a->account.name, AUTHORITY_SUB_CA, detail, e);
}

/* ---- the account ---- */

/* Which virtual account the answer is about: by its identifier, known since the authorization; its name may change. */
static int check_virtual_account(const struct apply *a, const struct record_account *r, struct err *e)
{
	char theirs[NAME_KEY_SIZE], ours[NAME_KEY_SIZE];
	bool known = a->manifest->kind == MANIFEST_RESPONSE && *a->account.upstream_uuid;

	if (known ? strcmp(r->id, a->account.upstream_uuid) == 0
		  : str_fold(theirs, r->virtual_account) == 0 && str_fold(ours, a->account.virtual_account) == 0 &&
			    strcmp(theirs, ours) == 0)
		return 0;
	return err_set(
		e, E_SYNC_WRONG_SATELLITE,
		"The file is for the virtual account “%.128s” (%s); “%s” is bound to “%s”%s%s%s. Nothing was changed.",
		r->virtual_account, r->id, a->account.name, a->account.virtual_account, known ? " (" : "",
		known ? a->account.upstream_uuid : "", known ? ")" : "");
}

static void tell_text(json_t *changes, const char *name, const char *before, const char *after)
{
	json_t *v;

	if (strcmp(before, after) == 0)
		return;
	v = json_object();
	json_set_text(v, "before", before);
	json_set_text(v, "after", after);
	json_object_set_new(changes, name, v);
}

static void tell_bool(json_t *changes, const char *name, bool before, bool after)
{
	tell_text(changes, name, before ? "yes" : "no", after ? "yes" : "no");
}

static int apply_account(void *ctx, const json_t *v, int64_t line, struct err *e)
{
	struct apply *a = ctx;
	struct account_row *row = &a->account;
	const struct account_row before = *row;
	json_t *changes = json_object();
	struct record_account r;

	(void)line;
	json_object_set_new(a->summary, "accountChanges", changes);
	if (record_account_decode(v, &r, e) || check_virtual_account(a, &r, e))
		return -1;
	row->deactivated &= ~ACCOUNT_OFF_UPSTREAM;
	if (strcmp(r.status, ACCOUNT_ACTIVE) != 0)
		row->deactivated |= ACCOUNT_OFF_UPSTREAM;
	row->status = row->deactivated ? ACCOUNT_INACTIVE : ACCOUNT_ACTIVE;
	row->domain = arena_strdup(a->tx->arena, r.domain);
	row->smart_account = arena_strdup(a->tx->arena, r.smart_account);
	row->virtual_account = arena_strdup(a->tx->arena, r.virtual_account);
	row->upstream_uuid = arena_strdup(a->tx->arena, r.id);
	row->export_permitted = r.export_control_permitted;
	row->reservation_permitted = r.reservation_permitted;
	row->last_sync_at = a->tx->now;
	row->authority_valid_until = a->manifest->authority_valid_until;
	tell_text(changes, "status", before.status, row->status);
	tell_text(changes, "smartAccount", before.smart_account, row->smart_account);
	tell_text(changes, "virtualAccount", before.virtual_account, row->virtual_account);
	tell_bool(changes, "exportControlPermitted", before.export_permitted, row->export_permitted);
	tell_bool(changes, "reservationPermitted", before.reservation_permitted, row->reservation_permitted);
	a->accounts++;
	return q_account_synchronized(a->tx->db, row, e);
}

/* ---- the catalogue ---- */

static const char *withdrawn_subject(const struct apply *a, const char *tag)
{
	return arena_printf(a->tx->arena, "%s/%s", a->account.uuid, tag);
}

static bool same_kind(const struct entitlement_row *a, const struct entitlement_row *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->display_name, b->display_name) == 0 &&
	       strcmp(a->description, b->description) == 0 && strcmp(a->version, b->version) == 0 &&
	       strcmp(a->family, b->family) == 0 && a->tier == b->tier && a->restricted == b->restricted;
}

/* Its id must not be another one's. */
static int check_new_kind(const struct apply *a, const struct record_entitlement *r, struct err *e)
{
	struct entitlement_row other;
	int rc = q_entitlement_by_uuid(a->tx->db, a->tx->arena, r->id, &other, e);

	if (rc == 1)
		return err_field(e, E_SYNC_DAMAGED, "id", "The id %s of the tag %.128s is that of the tag %.128s.", r->id,
				 r->tag, other.tag);
	return rc;
}

static int apply_entitlement(void *ctx, const json_t *v, int64_t line, struct err *e)
{
	struct apply *a = ctx;
	struct record_entitlement r;
	struct entitlement_row row, old;
	char key[NAME_KEY_SIZE];
	int rc;

	(void)line;
	if (record_entitlement_decode(v, &r, e))
		return -1;
	if (str_fold(key, r.name))
		return err_field(e, E_SYNC_DAMAGED, "name", "The license '%.60s' has a name that cannot be used.", r.name);
	if (json_object_get(a->tags, r.tag))
		return err_field(e, E_SYNC_DAMAGED, "tag", "The tag %.128s is there twice.", r.tag);
	json_object_set_new(a->tags, r.tag, json_true());
	row = (struct entitlement_row){ .uuid = r.id,
					.tag = r.tag,
					.name = r.name,
					.display_name = r.display_name,
					.description = r.description,
					.version = r.version,
					.family = r.family,
					.tier = r.tier,
					.restricted = r.restricted };
	rc = q_entitlement_by_tag(a->tx->db, a->tx->arena, r.tag, &old, e);
	if (rc < 0 || alert_clear(a->tx, ALERT_LICENSE_WITHDRAWN, withdrawn_subject(a, r.tag), e))
		return -1;
	if (rc == 1 && same_kind(&old, &row))
		return 0;
	if (rc == 0 && check_new_kind(a, &r, e))
		return -1;
	a->catalogue_changed = true;
	return q_entitlement_set(a->tx->db, &row, key, e);
}

/* A kind of license that the account had, and the manager no longer knows. */
static int tell_withdrawn(struct apply *a, const char *tag, int64_t had, struct err *e)
{
	struct entitlement_row ent;
	const char *message;

	if (q_entitlement_by_tag(a->tx->db, a->tx->arena, tag, &ent, e) != 1)
		return -1;
	message = arena_printf(
		a->tx->arena,
		"The cloud manager no longer knows the license '%s': %" PRId64
		" of '%s' are gone with this synchronization. Products that use it stay registered and are out "
		"of compliance. Ask the administrator of the cloud manager.",
		ent.display_name, had, a->account.name);
	return alert_raise(a->tx, ALERT_LICENSE_WITHDRAWN, &a->account, NULL, withdrawn_subject(a, tag), ent.display_name,
			   message, e);
}

static int tell_all_withdrawn(struct apply *a, struct err *e)
{
	const char *tag;
	json_t *n;

	json_object_foreach (a->import->lots.before, tag, n) {
		if (json_integer_value(n) && json_object_get(a->tags, tag) == NULL &&
		    tell_withdrawn(a, tag, json_integer_value(n), e))
			return -1;
	}
	return 0;
}

static int apply_catalogue(struct apply *a, struct err *e)
{
	struct bundle *b = a->import->bundle;

	if (bundle_part_each(b, "entitlements.ndjson", apply_entitlement, a, e) || export_review(a->tx, &a->account, e))
		return -1;
	return a->catalogue_changed ? q_touch_all(a->tx->db, e) : 0; /* tiers may have changed */
}

/* What is owned is in the file's own catalogue, also where nothing of it changed. */
static int check_tags(const struct apply *a, struct err *e)
{
	const char *tag;
	json_t *n;

	json_object_foreach (a->import->lots.after, tag, n)
		if (json_integer_value(n) && json_object_get(a->tags, tag) == NULL)
			return err_field(
				e, E_SYNC_DAMAGED, "tag",
				"license_lots.ndjson has %" PRId64
				" licenses of the tag %.128s, which entitlements.ndjson lacks. Nothing was changed.",
				(int64_t)json_integer_value(n), tag);
	return 0;
}

/* ---- removals ---- */

static int apply_removal(void *ctx, const json_t *v, int64_t line, struct err *e)
{
	struct apply *a = ctx;
	struct virtual_account_row va;
	struct instance_row row;
	struct record_removal r;
	json_t *told;
	int rc;

	(void)line;
	if (record_removal_decode(v, &r, e))
		return -1;
	rc = q_instance_by_uuid(a->tx->db, a->tx->arena, r.piid, &row, e);
	if (rc <= 0 || strcmp(row.state, "REGISTERED") != 0) /* gone already */
		return rc < 0 ? -1 : 0;
	if (q_virtual_account_by_id(a->tx->db, a->tx->arena, row.virtual_account_id, &va, e) != 1)
		return -1;
	if (va.account_id != a->account.id)
		return err_field(e, E_SYNC_DAMAGED, "piid",
				 "The product instance %s, which is to be removed, is not of '%s'.", r.piid,
				 a->account.name);
	told = json_object();
	json_set_text(told, "productInstance", r.piid);
	json_set_text(told, "name", instance_name(a->tx->arena, &row));
	json_set_text(told, "virtualAccount", va.name);
	json_set_text(told, "reason", r.reason);
	json_array_append_new(a->removed, told);
	return instance_end(a->tx, &row, "REMOVED", e);
}

/* ---- the whole ---- */

static int take_short(struct apply *a, struct short_row **rows, size_t *n, struct err *e)
{
	return q_compliance_short(a->tx->db, a->tx->arena, a->account.id, rows, n, e);
}

static bool is_among(const struct short_row *row, const struct short_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].virtual_account, row->virtual_account) == 0 &&
		    strcmp(rows[i].display_name, row->display_name) == 0)
			return true;
	return false;
}

static void tell_compliance(json_t *list, const struct short_row *rows, size_t n, const struct short_row *others,
			    size_t others_n, bool now_short)
{
	for (size_t i = 0; i < n; i++) {
		json_t *v;

		if (is_among(&rows[i], others, others_n))
			continue;
		v = json_object();
		json_set_text(v, "license", rows[i].display_name);
		json_set_text(v, "virtualAccount", rows[i].virtual_account);
		json_set_text(v, "before", now_short ? "In Compliance" : "Out Of Compliance");
		json_set_text(v, "after", now_short ? "Out Of Compliance" : "In Compliance");
		json_array_append_new(list, v);
	}
}

static int add_event(struct apply *a, struct err *e)
{
	const struct manifest *m = a->manifest;
	json_t *detail = json_object();

	json_set_text(detail, "kind", manifest_kind_name(m->kind));
	json_set_int(detail, "sequence", m->in_reply_to);
	if (m->kind == MANIFEST_RESYNC) {
		json_set_text(detail, "reason", m->reason);
	} else {
		json_set_time(detail, "authorityValidUntil", m->authority_valid_until);
		json_object_set(detail, "licenses", json_object_get(a->summary, "licenses"));
		json_object_set(detail, "accountChanges", json_object_get(a->summary, "accountChanges"));
	}
	return event_add(a->tx, "sync.import", a->account.name, a->account.name, detail, e);
}

static int apply_content(struct apply *a, struct err *e)
{
	struct sync_import *s = a->import;
	json_t *licenses = NULL;

	if (apply_chain(a, e) || bundle_part_each(s->bundle, "account.ndjson", apply_account, a, e))
		return -1;
	if (a->accounts != 1)
		return err_set(e, E_SYNC_DAMAGED, "The file describes %d accounts instead of one. Nothing was changed.",
			       a->accounts);
	if (apply_catalogue(a, e) || check_tags(a, e) || lots_apply(a->tx, &a->account, &s->lots, e) ||
	    tell_all_withdrawn(a, e) || lots_changes(a->tx, &s->lots, &licenses, e))
		return -1;
	json_object_set_new(a->summary, "licenses", licenses);
	return a->manifest->kind == MANIFEST_RESPONSE ? bundle_part_each(s->bundle, "removals.ndjson", apply_removal, a, e)
						      : 0;
}

/* Where the account stands now. */
static int apply_state(struct apply *a, struct err *e)
{
	const struct manifest *m = a->manifest;
	struct account_exchange *state = &a->state;

	switch (m->kind) {
	case MANIFEST_RESPONSE:
		state->base = a->exchange.sequence;
		state->base_change = a->exchange.change_number;
		/* What a full request told that was made before a privacy switch is not forgotten yet. */
		if (strcmp(a->exchange.mode, "full") == 0 && a->exchange.sequence > state->share_sequence)
			state->full = false;
		break;
	case MANIFEST_RESYNC:
		if (state->sequence < m->next_sequence - 1)
			state->sequence = m->next_sequence - 1;
		state->full = true;
		break;
	default: /* the first answer, or the first after a removal: the manager knows nothing of this account */
		state->base = state->base_change = 0;
		state->full = true;
		break;
	}
	return q_account_exchange_set(a->tx->db, a->account.id, state, e) ||
			       q_sync_removed_forget(a->tx->db, a->account.id, state->base_change, e) ||
			       q_exchange_answered(a->tx->db, a->exchange.id, a->tx->now, a->tx->actor->name,
						   manifest_kind_name(m->kind), e)
		     ? -1
		     : 0;
}

static int apply(struct apply *a, struct err *e)
{
	struct short_row *before, *after;
	size_t before_n, after_n;
	json_t *compliance;

	if (wall_check(&a->tx->site->wall, e) ||
	    q_account_by_id(a->tx->db, a->tx->arena, a->import->account.id, &a->account, e) != 1 ||
	    import_check_address(a->tx, &a->account, a->manifest, &a->exchange, e) ||
	    q_account_exchange(a->tx->db, a->account.id, &a->state, e) != 1 || take_short(a, &before, &before_n, e))
		return -1;
	if ((a->manifest->kind != MANIFEST_RESYNC && apply_content(a, e)) || apply_state(a, e) || add_event(a, e) ||
	    compliance_settle(a->tx, e) || take_short(a, &after, &after_n, e))
		return -1;
	compliance = json_array();
	tell_compliance(compliance, after, after_n, before, before_n, true);
	tell_compliance(compliance, before, before_n, after, after_n, false);
	json_object_set_new(a->summary, "compliance", compliance);
	return 0;
}

static void fill_summary(struct apply *a)
{
	const struct manifest *m = a->manifest;
	json_t *v = a->summary;

	json_set_text(v, "account", a->import->account.name);
	json_set_text(v, "kind", manifest_kind_name(m->kind));
	json_set_int(v, "sequence", m->in_reply_to);
	json_set_bool(v, "dryRun", a->dry_run);
	json_set_time(v, "createdAt", m->created_at);
	if (m->kind == MANIFEST_RESYNC) {
		json_set_int(v, "nextSequence", m->next_sequence);
		json_set_text(v, "reason", m->reason);
	} else {
		json_set_time(v, "authorityValidUntil", m->authority_valid_until);
	}
	json_object_set_new(v, "licenses", json_array());
	json_object_set(v, "removed", a->removed);
}

static int apply_turn(struct tx *tx, void *arg, struct err *e)
{
	struct apply *a = arg;

	a->tx = tx;
	if (apply(a, e))
		return -1;
	a->done = true;
	/* What a dry run did is undone like a failure. */
	return a->dry_run ? err_set(e, E_CANCELLED, NULL) : 0;
}

int sync_import_apply(struct work *w, struct sync_import *s, bool dry_run, json_t **summary, struct err *e)
{
	struct apply a = { .import = s,
			   .manifest = bundle_manifest(s->bundle),
			   .dry_run = dry_run,
			   .summary = json_object(),
			   .tags = json_object(),
			   .removed = json_array() };
	int rc;

	fill_summary(&a);
	rc = w->write(w, apply_turn, &a, e);
	if (dry_run && a.done)
		rc = 0;
	if (rc == 0 && !dry_run) {
		/* Only what is on disk may answer products. */
		if (a.identity) {
			site_set_identity(w->site, a.identity);
			a.identity = NULL;
		}
		keep_remove(w->site, a.exchange.request_sha256);
	}
	identity_put(a.identity);
	json_decref(a.tags);
	json_decref(a.removed);
	if (rc) {
		json_decref(a.summary);
		return -1;
	}
	*summary = a.summary;
	return 0;
}
