/* apply.c - what differs is written: in one transaction, with all that follows from a request. */
#include <inttypes.h>
#include <string.h>

#include "authority/inside.h"
#include "json/json.h"
#include "lic/event.h"
#include "lic/license.h"
#include "lic/move.h"
#include "sync/record.h"

struct applying {
	struct tx tx; /* with an arena of its own, for one change */
	struct arena arena;
	const struct asked_place *place;
	int64_t va;
	struct remote_state_row state; /* as it will be */
	struct answer_counts *counts;
	const struct entitlement_row *kinds;
	size_t kinds_n;
	int64_t *more;         /* in use of each kind; less is below 0 */
	char where[UUID_SIZE]; /* the virtual account that was looked up last, and its row */
	int64_t where_id;
};

static const char *id_of(const json_t *record)
{
	return json_string_value(json_object_get(record, "id"));
}

static int lost(const char *what, const char *id, struct err *e)
{
	return err_set(e, E_DATABASE_CORRUPT, "The %s %s of a satellite is not stored as it must be.", what, id);
}

static int find_where(struct applying *a, const char *uuid, int64_t *id, struct err *e)
{
	struct remote_place_row row;

	if (strcmp(a->where, uuid) != 0) {
		int rc = q_remote_place_get(a->tx.db, a->tx.arena, a->va, uuid, &row, e);

		if (rc != 1)
			return rc < 0 ? -1 : lost("virtual account", uuid, e);
		str_copy(a->where, sizeof(a->where), uuid);
		a->where_id = row.id;
	}
	*id = a->where_id;
	return 0;
}

static int set_place(struct applying *a, const json_t *record, bool new, struct err *e)
{
	struct record_virtual_account r;
	struct remote_place_row row;

	if (record_virtual_account_decode(record, &r, e))
		return -1;
	row = (struct remote_place_row){
		.uuid = r.id, .name = r.name, .description = r.description, .is_default = r.is_default
	};
	a->state.virtual_accounts += new;
	a->counts->virtual_accounts++;
	return q_remote_place_set(a->tx.db, a->va, &row, e);
}

static int drop_place(struct applying *a, const char *uuid, struct err *e)
{
	struct remote_place_row row;
	int64_t holds = 0;
	int rc = q_remote_place_get(a->tx.db, a->tx.arena, a->va, uuid, &row, e);

	if (rc != 1)
		return rc < 0 ? -1 : lost("virtual account", uuid, e);
	if (q_remote_place_holds(a->tx.db, row.id, &holds, e))
		return -1;
	if (holds)
		return err_field(
			e, E_SYNC_DAMAGED, "id",
			"removed.ndjson: the virtual account '%s' (%s) still has product instances or reservations. "
			"Nothing was changed.",
			row.name, uuid);
	a->state.virtual_accounts--;
	a->counts->removed++;
	return q_remote_place_drop(a->tx.db, row.id, e);
}

static int set_instance(struct applying *a, const json_t *record, bool new, struct err *e)
{
	struct remote_instance_row row;
	struct record_instance r;

	if (record_instance_decode(record, &r, e))
		return -1;
	row = (struct remote_instance_row){ .virtual_account_id = a->va,
					    .uuid = r.id,
					    .udi = { .pid = r.udi_pid,
						     .serial = r.udi_serial_number,
						     .uuid = r.uuid,
						     .software_tag = r.software_tag_identifier },
					    .product_version = r.product_version,
					    .hostname = r.hostname,
					    .ip_address = r.ip_address,
					    .mac_address = r.mac_address,
					    .export_allowed = r.export_controlled,
					    .authorized = r.authorized,
					    .registered_at = r.registered_at,
					    .expires_at = r.expires_at };
	a->state.instances += new;
	a->counts->instances++;
	return find_where(a, r.virtual_account, &row.place_id, e) || q_remote_instance_set(a->tx.db, &row, e) ? -1 : 0;
}

static int count_use(struct applying *a, int64_t entitlement, int64_t quantity, struct err *e)
{
	const struct entitlement_row *kind = entitlement_in(a->kinds, a->kinds_n, entitlement);

	if (kind == NULL)
		return err_set(e, E_DATABASE_CORRUPT, "The usage of a satellite names no license of the catalogue.");
	a->more[kind - a->kinds] += quantity;
	return 0;
}

static int take_use(struct applying *a, int64_t instance, struct err *e)
{
	struct remote_usage_row *rows;
	size_t n;

	if (q_remote_usage_list(a->tx.db, a->tx.arena, instance, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (count_use(a, rows[i].entitlement_id, -rows[i].quantity, e))
			return -1;
	return n ? q_remote_usage_drop(a->tx.db, instance, e) : 0;
}

static int find_instance(struct applying *a, const char *uuid, int64_t *id, struct err *e)
{
	struct remote_instance_row row;
	int rc = q_remote_instance_get(a->tx.db, a->tx.arena, a->va, uuid, &row, e);

	if (rc != 1)
		return rc < 0 ? -1 : lost("product instance", uuid, e);
	*id = row.id;
	return 0;
}

static int set_usage(struct applying *a, const json_t *record, struct err *e)
{
	const json_t *list = json_object_get(record, "use"), *one;
	int64_t id = 0;
	size_t i;

	if (find_instance(a, id_of(record), &id, e) || take_use(a, id, e))
		return -1;
	json_array_foreach (list, i, one) {
		int64_t entitlement = json_integer_value(json_array_get(one, 0));
		int64_t quantity = json_integer_value(json_array_get(one, 1));

		if (count_use(a, entitlement, quantity, e) ||
		    q_remote_usage_set(a->tx.db, a->va, id, entitlement, quantity, e))
			return -1;
	}
	a->counts->usages++;
	return 0;
}

/* It may be what the manager wanted removed. */
static int drop_instance(struct applying *a, const char *uuid, struct err *e)
{
	struct removal_row removal;
	int64_t id = 0;
	int rc;

	if (find_instance(a, uuid, &id, e) || take_use(a, id, e) || q_remote_instance_drop(a->tx.db, id, e))
		return -1;
	a->state.instances--;
	a->counts->removed++;
	rc = q_removal_get(a->tx.db, a->tx.arena, a->va, uuid, &removal, e);
	return rc == 1 ? q_removal_drop(a->tx.db, removal.id, e) : rc;
}

static int set_lines(struct applying *a, int64_t reservation, const json_t *licenses, struct err *e)
{
	const json_t *one;
	size_t i;

	if (q_remote_lines_drop(a->tx.db, reservation, e))
		return -1;
	json_array_foreach (licenses, i, one) {
		struct record_reserved r;
		int64_t share = 0;
		int rc;

		if (record_reserved_decode(one, &r, e))
			return -1;
		rc = q_remote_share(a->tx.db, a->va, r.lot, &share, e);
		/* Not all lots need be known here: compare.c, read_lines(). */
		if (rc < 0 || (rc == 1 && r.quantity && q_remote_line_set(a->tx.db, reservation, share, r.quantity, e)))
			return -1;
	}
	return 0;
}

static int set_reservation(struct applying *a, const json_t *record, bool new, struct err *e)
{
	struct remote_reservation_row row, stored;
	struct record_reservation r;

	if (record_reservation_decode(record, &r, e))
		return -1;
	row = (struct remote_reservation_row){ .virtual_account_id = a->va,
					       .uuid = r.id,
					       .state = r.state,
					       .udi = { .pid = r.udi_pid, .serial = r.udi_serial_number, .uuid = r.uuid },
					       .created_at = r.created_at };
	if (find_where(a, r.virtual_account, &row.place_id, e) || q_remote_reservation_set(a->tx.db, &row, e) ||
	    q_remote_reservation_get(a->tx.db, a->tx.arena, a->va, r.id, &stored, e) != 1 ||
	    set_lines(a, stored.id, r.licenses, e))
		return -1;
	a->state.reservations += new;
	a->counts->reservations++;
	return 0;
}

static int drop_reservation(struct applying *a, const char *uuid, struct err *e)
{
	struct remote_reservation_row row;
	int rc = q_remote_reservation_get(a->tx.db, a->tx.arena, a->va, uuid, &row, e);

	if (rc != 1)
		return rc < 0 ? -1 : lost("reservation", uuid, e);
	a->state.reservations--;
	a->counts->removed++;
	return q_remote_reservation_drop(a->tx.db, row.id, e);
}

static int apply_change(struct applying *a, enum change what, const json_t *record, struct err *e)
{
	switch (what) {
	case CHANGE_PLACE_NEW:
	case CHANGE_PLACE:
		return set_place(a, record, what == CHANGE_PLACE_NEW, e);
	case CHANGE_INSTANCE_NEW:
	case CHANGE_INSTANCE:
		return set_instance(a, record, what == CHANGE_INSTANCE_NEW, e);
	case CHANGE_USAGE:
		return set_usage(a, record, e);
	case CHANGE_RESERVATION_NEW:
	case CHANGE_RESERVATION:
		return set_reservation(a, record, what == CHANGE_RESERVATION_NEW, e);
	case CHANGE_NO_RESERVATION:
		return drop_reservation(a, id_of(record), e);
	case CHANGE_NO_INSTANCE:
		return drop_instance(a, id_of(record), e);
	case CHANGE_NO_PLACE:
		return drop_place(a, id_of(record), e);
	}
	return err_set(e, E_INTERNAL, NULL);
}

static int one_change(void *ctx, enum change what, const json_t *record, struct err *e)
{
	struct applying *a = ctx;
	int rc = apply_change(a, what, record, e);

	arena_fini(&a->arena);
	return rc;
}

static int apply_pools(struct applying *a, struct err *e)
{
	for (size_t i = 0; i < a->kinds_n; i++)
		if (q_pool_change(a->tx.db, a->va, a->kinds[i].id, a->more[i], e))
			return -1;
	return 0;
}

/* The virtual accounts as they are now: each name once, and one of them the default. While the changes were written they
 * may have had others' names. */
static int check_places(struct applying *a, struct err *e)
{
	struct remote_place_row row;
	int64_t n = 0;
	int rc = q_remote_place_twice(a->tx.db, a->tx.arena, a->va, &row, e);

	if (rc == 1)
		return err_field(
			e, E_SYNC_DAMAGED, "name",
			"virtual_accounts.ndjson: with this file two virtual accounts of the satellite have the name “%.128s”. "
			"Nothing was changed.",
			row.name);
	if (rc < 0 || q_remote_place_defaults(a->tx.db, a->va, &n, e))
		return -1;
	if (n == 1)
		return 0;
	return err_field(e, E_SYNC_DAMAGED, "is_default",
			 "virtual_accounts.ndjson: with this file the satellite has %" PRId64
			 " default virtual accounts instead of one. Nothing was changed.",
			 n);
}

/* ---- what follows ---- */

static int apply_name(struct tx *tx, const struct manifest *m, const struct asked_place *p, struct err *e)
{
	json_t *detail;

	if (*m->name == '\0' || strcmp(m->name, p->satellite.name) == 0)
		return 0;
	if (q_satellite_renamed(tx->db, p->satellite.id, m->name, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "before", p->satellite.name);
	json_set_text(detail, "after", m->name);
	return event_add(tx, "satellite.rename", p->account.name, p->satellite.uuid, detail, e);
}

static int apply_event(struct tx *tx, const struct manifest *m, const struct asked_place *p,
		       const struct answer_counts *counts, struct err *e)
{
	json_t *detail = json_object();

	json_set_text(detail, "satellite", *m->name ? m->name : p->satellite.name);
	json_set_text(detail, "virtualAccount", p->va.name);
	json_set_text(detail, "mode", m->mode == MANIFEST_FULL ? "full" : "standard");
	json_set_int(detail, "sequence", m->sequence);
	json_set_int(detail, "base", m->base_sequence);
	json_set_int(detail, "virtualAccounts", counts->virtual_accounts);
	json_set_int(detail, "productInstances", counts->instances);
	json_set_int(detail, "usages", counts->usages);
	json_set_int(detail, "reservations", counts->reservations);
	json_set_int(detail, "removed", counts->removed);
	return event_add(tx, "sync.request", p->account.name, p->satellite.uuid, detail, e);
}

static void next_state(struct applying *a, const struct asked *asked)
{
	const struct manifest *m = asked->manifest;

	a->state = a->place->state;
	a->state.virtual_account_id = a->va;
	a->state.satellite_account = m->account;
	a->state.sequence = m->sequence;
	a->state.request_sha256 = asked->digest;
	a->state.request_sha256_n = SHA256_SIZE;
	a->state.mode = m->mode == MANIFEST_FULL ? "full" : "standard";
	a->state.created_at = m->created_at;
	a->state.received_at = a->tx.now;
	/* The first one has everything, whatever it calls itself: there was nothing before. */
	if (m->mode == MANIFEST_FULL || !a->place->known) {
		a->state.full_at = a->tx.now;
		a->state.full_sequence = m->sequence;
	}
}

int apply_request(struct tx *tx, const struct asked *asked, const struct asked_place *p, struct changes *changes,
		  struct answer_counts *counts, struct err *e)
{
	const struct manifest *m = asked->manifest;
	struct applying a = { .tx = *tx, .place = p, .va = p->va.id, .counts = counts };
	struct entitlement_row *kinds;
	int rc;

	*counts = (struct answer_counts){ 0 };
	if (q_entitlement_list(tx->db, tx->arena, &kinds, &a.kinds_n, e))
		return -1;
	a.kinds = kinds;
	a.more = arena_alloc(tx->arena, (a.kinds_n + 1) * sizeof(*a.more));
	next_state(&a, asked);
	/* What left with the answer that the satellite builds on arrives before the present use is counted. */
	if (move_confirm(tx, &p->va, m->base_sequence, e))
		return -1;
	arena_init(&a.arena);
	a.tx.arena = &a.arena;
	rc = changes_each(changes, one_change, &a, e) || check_places(&a, e);
	arena_fini(&a.arena);
	if (rc || apply_pools(&a, e) || q_remote_state_set(tx->db, &a.state, e) ||
	    q_sync_answer_add(tx->db, a.va, m->sequence, asked->digest, "response", tx->now, e) ||
	    move_take(tx, &p->va, m->sequence, e) || q_removal_told(tx->db, a.va, m->sequence, e) ||
	    q_delegation_synced(tx->db, p->satellite.id, a.va, tx->now, e) || apply_name(tx, m, p, e))
		return -1;
	return apply_event(tx, m, p, counts, e);
}
