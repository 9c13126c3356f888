/* compare.c - a request against what is known of its virtual account, record by record.
 *
 * However many records there are, memory holds one of them, one product instance's usage and the catalogue. Which records
 * were seen, and in which order the product instances came, is kept in temporary files. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/inside.h"
#include "base/mem.h"
#include "db/idset.h"
#include "lic/site.h"
#include "sync/record.h"

#define CHUNK 256   /* rows read at a time */
#define CHECK 0x3ff /* records between questions whether to stop */
#define NAMED 'a'   /* kinds of the set of identifiers: what the parts name, */
#define REMOVED 'A' /* and what removed.ndjson does; the kind of record is added */

enum { PLACE, INSTANCE, RESERVATION, KINDS };

static const char *const kind_names[KINDS] = { "virtual_account", "product_instance", "reservation" };
static const char *const kind_words[KINDS] = { "virtual account", "product instance", "reservation" };

/* A product instance of the file, for the usage that follows in the same order. */
struct ordered {
	char uuid[UUID_SIZE];
	bool authorized;
	int64_t id; /* 0 = not known yet */
};

struct use {
	int64_t entitlement, quantity;
};

struct comparing {
	struct work *work;
	struct tx tx; /* with an arena of its own, for one record */
	struct arena arena;
	const struct asked *asked;
	int64_t va;
	struct changes *changes;
	struct idset *ids;
	struct entitlement_row *kinds; /* by tag */
	size_t kinds_n;
	char place[UUID_SIZE]; /* the virtual account that was good last */

	struct spool order;
	struct ordered chunk[CHUNK];
	size_t chunk_at, chunk_n;
	int64_t order_at;
	struct ordered *at; /* whose usage is read; NULL = none yet */
	struct use *use;    /* room for the whole catalogue */
	size_t use_n;
};

static bool full(const struct comparing *c)
{
	return c->asked->manifest->mode == MANIFEST_FULL;
}

static int change(struct comparing *c, enum change what, const json_t *record, struct err *e)
{
	return changes_add(c->changes, what, record, e);
}

static int change_id(struct comparing *c, enum change what, const char *id, struct err *e)
{
	AUTO_JSON *record = json_object();

	json_set_text(record, "id", id);
	return change(c, what, record, e);
}

/* ---- walking through parts ---- */

struct walk {
	struct comparing *c;
	int (*one)(struct comparing *c, const json_t *v, struct err *e);
};

static int one_record(void *ctx, const json_t *v, int64_t line, struct err *e)
{
	struct walk *w = ctx;
	int rc;

	if ((line & CHECK) == 0 && work_check(w->c->work, e))
		return -1;
	rc = w->one(w->c, v, e);
	arena_fini(&w->c->arena);
	return rc;
}

static int walk(struct comparing *c, const char *part, int (*one)(struct comparing *, const json_t *, struct err *),
		struct err *e)
{
	struct walk w = { .c = c, .one = one };

	return bundle_part_each(c->asked->bundle, part, one_record, &w, e);
}

static int wrong(const char *member, struct err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int wrong(const char *member, struct err *e, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_field(e, E_SYNC_DAMAGED, member, "%s", text);
}

/* The file names it once, and not as removed. */
static int name_once(struct comparing *c, int kind, const char *id, struct err *e)
{
	int rc = idset_add(c->ids, (char)(NAMED + kind), id, e);

	if (rc == 0)
		return wrong("id", e, "The %s %s is there twice.", kind_words[kind], id);
	if (rc > 0)
		rc = idset_has(c->ids, (char)(REMOVED + kind), id, e);
	if (rc == 1)
		return wrong("id", e, "The %s %s is also among those that were removed.", kind_words[kind], id);
	return rc < 0 ? -1 : 0;
}

/* ---- removed ---- */

static int kind_of(const struct record_removed *r, struct err *e)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (strcmp(r->kind, kind_names[kind]) == 0)
			return kind;
	return wrong("kind", e, "The kind '%s' is not known.", r->kind);
}

static int mark_removed(struct comparing *c, const json_t *v, struct err *e)
{
	struct record_removed r;
	int kind, rc;

	if (record_removed_decode(v, &r, e))
		return -1;
	kind = kind_of(&r, e);
	if (kind < 0)
		return -1;
	if (full(c))
		return wrong("id", e, "A file with everything names nothing that was removed: %s.", r.id);
	rc = idset_add(c->ids, (char)(REMOVED + kind), r.id, e);
	return rc == 0 ? wrong("id", e, "The %s %s is there twice.", kind_words[kind], r.id) : rc < 0 ? -1 : 0;
}

/* Is it known here: 1, 0, -1. */
static int known(struct comparing *c, int kind, const char *id, struct err *e)
{
	struct remote_reservation_row reservation;
	struct remote_instance_row instance;
	struct remote_place_row place;
	struct tx *tx = &c->tx;

	switch (kind) {
	case PLACE:
		return q_remote_place_get(tx->db, tx->arena, c->va, id, &place, e);
	case INSTANCE:
		return q_remote_instance_get(tx->db, tx->arena, c->va, id, &instance, e);
	default:
		return q_remote_reservation_get(tx->db, tx->arena, c->va, id, &reservation, e);
	}
}

static const enum change gone[KINDS] = { CHANGE_NO_PLACE, CHANGE_NO_INSTANCE, CHANGE_NO_RESERVATION };

/* Virtual accounts go last: by then nothing is in them. */
static int drop_removed_kind(struct comparing *c, const json_t *v, bool places, struct err *e)
{
	struct record_removed r;
	int kind, rc;

	if (record_removed_decode(v, &r, e))
		return -1;
	kind = kind_of(&r, e);
	if (kind < 0 || (kind == PLACE) != places)
		return kind < 0 ? -1 : 0;
	rc = known(c, kind, r.id, e);
	return rc == 1 ? change_id(c, gone[kind], r.id, e) : rc;
}

static int drop_removed(struct comparing *c, const json_t *v, struct err *e)
{
	return drop_removed_kind(c, v, false, e);
}

static int drop_removed_place(struct comparing *c, const json_t *v, struct err *e)
{
	return drop_removed_kind(c, v, true, e);
}

/* ---- local virtual accounts ---- */

static int compare_place(struct comparing *c, const json_t *v, struct err *e)
{
	struct record_virtual_account r;
	struct remote_place_row row;
	int rc;

	if (record_virtual_account_decode(v, &r, e) || name_once(c, PLACE, r.id, e))
		return -1;
	rc = q_remote_place_get(c->tx.db, c->tx.arena, c->va, r.id, &row, e);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return change(c, CHANGE_PLACE_NEW, v, e);
	if (strcmp(row.name, r.name) == 0 && strcmp(row.description, r.description) == 0 && row.is_default == r.is_default)
		return 0;
	return change(c, CHANGE_PLACE, v, e);
}

/* Is it one of the satellite's, when the file is applied? */
static int check_place(struct comparing *c, const char *id, struct err *e)
{
	int rc;

	if (strcmp(c->place, id) == 0)
		return 0;
	rc = idset_has(c->ids, NAMED + PLACE, id, e);
	if (rc == 0 && !full(c)) {
		rc = idset_has(c->ids, REMOVED + PLACE, id, e);
		if (rc >= 0)
			rc = rc ? 0 : known(c, PLACE, id, e);
	}
	if (rc == 0)
		return wrong("virtual_account", e, "The virtual account %s is not among those of the satellite.", id);
	if (rc < 0)
		return -1;
	str_copy(c->place, sizeof(c->place), id);
	return 0;
}

/* ---- product instances ---- */

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_instance(const struct record_instance *r, const struct remote_instance_row *row)
{
	return same(r->virtual_account, row->place) && same(r->udi_pid, row->udi.pid) &&
	       same(r->udi_serial_number, row->udi.serial) && same(r->uuid, row->udi.uuid) &&
	       same(r->software_tag_identifier, row->udi.software_tag) && same(r->product_version, row->product_version) &&
	       same(r->hostname, row->hostname) && same(r->ip_address, row->ip_address) &&
	       same(r->mac_address, row->mac_address) && r->export_controlled == row->export_allowed &&
	       r->authorized == row->authorized && r->registered_at == row->registered_at &&
	       r->expires_at == row->expires_at;
}

static int compare_instance(struct comparing *c, const json_t *v, struct err *e)
{
	struct remote_instance_row row = { 0 };
	struct record_instance r;
	struct ordered at = { 0 };
	int rc;

	if (record_instance_decode(v, &r, e) || name_once(c, INSTANCE, r.id, e) || check_place(c, r.virtual_account, e))
		return -1;
	rc = q_remote_instance_get(c->tx.db, c->tx.arena, c->va, r.id, &row, e);
	if (rc < 0)
		return -1;
	str_copy(at.uuid, sizeof(at.uuid), r.id);
	at.authorized = r.authorized;
	at.id = row.id;
	if (spool_add(&c->order, &at, sizeof(at), e))
		return -1;
	if (rc == 0)
		return change(c, CHANGE_INSTANCE_NEW, v, e);
	return same_instance(&r, &row) ? 0 : change(c, CHANGE_INSTANCE, v, e);
}

/* ---- usage: in the order of the product instances ---- */

/* The next product instance of the file: 1, 0 at the end, -1. */
static int next_instance(struct comparing *c, struct err *e)
{
	if (c->chunk_at == c->chunk_n) {
		ssize_t n = c->order_at < c->order.bytes ? spool_read(&c->order, c->order_at, c->chunk, sizeof(c->chunk), e)
							 : 0;

		if (n <= 0)
			return (int)n;
		c->order_at += n;
		c->chunk_n = (size_t)n / sizeof(c->chunk[0]);
		c->chunk_at = 0;
	}
	c->at = &c->chunk[c->chunk_at++];
	c->use_n = 0;
	return 1;
}

static int by_entitlement(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	return (x->entitlement > y->entitlement) - (x->entitlement < y->entitlement);
}

static int change_usage(struct comparing *c, struct err *e)
{
	AUTO_JSON *record = json_object();
	json_t *list = json_array();

	json_set_text(record, "id", c->at->uuid);
	json_object_set_new(record, "use", list);
	for (size_t i = 0; i < c->use_n; i++)
		json_array_append_new(list, json_pack("[I,I]", (json_int_t)c->use[i].entitlement,
						      (json_int_t)c->use[i].quantity));
	return change(c, CHANGE_USAGE, record, e);
}

/* All usage of one product instance has been read. What does not count is not kept. */
static int compare_usage_of(struct comparing *c, struct err *e)
{
	struct remote_usage_row *rows = NULL;
	size_t n = 0, i = 0;

	if (!c->at->authorized)
		c->use_n = 0;
	if (c->at->id && q_remote_usage_list(c->tx.db, c->tx.arena, c->at->id, &rows, &n, e))
		return -1;
	qsort(c->use, c->use_n, sizeof(*c->use), by_entitlement);
	while (i < n && n == c->use_n && rows[i].entitlement_id == c->use[i].entitlement &&
	       rows[i].quantity == c->use[i].quantity)
		i++;
	arena_fini(&c->arena);
	return i == n && n == c->use_n ? 0 : change_usage(c, e);
}

/* Goes on to the product instance of this usage; those between use nothing. */
static int find_instance(struct comparing *c, const char *piid, struct err *e)
{
	int rc = 1;

	while (rc == 1 && (c->at == NULL || strcmp(c->at->uuid, piid) != 0)) {
		if (c->at && compare_usage_of(c, e))
			return -1;
		rc = next_instance(c, e);
		if (rc == 0)
			return wrong("piid", e,
				     "The product instance %s is not among those of product_instances.ndjson, or not in "
				     "their order.",
				     piid);
	}
	return rc < 0 ? -1 : 0;
}

static int by_tag(const void *a, const void *b)
{
	const struct entitlement_row *x = a, *y = b;

	return strcmp(x->tag, y->tag);
}

static int compare_usage(struct comparing *c, const json_t *v, struct err *e)
{
	const struct entitlement_row *kind;
	struct entitlement_row key = { 0 };
	struct record_usage r;

	if (record_usage_decode(v, &r, e) || find_instance(c, r.piid, e))
		return -1;
	key.tag = r.tag;
	kind = bsearch(&key, c->kinds, c->kinds_n, sizeof(*c->kinds), by_tag);
	if (kind == NULL)
		return err_field(e, E_ENTITLEMENT_UNKNOWN, "tag",
				 "The catalogue of this cloud manager has no license with the tag '%.255s'.", r.tag);
	for (size_t i = 0; i < c->use_n; i++)
		if (c->use[i].entitlement == kind->id)
			return wrong("tag", e, "The tag %s of %s is there twice.", r.tag, r.piid);
	c->use[c->use_n++] = (struct use){ .entitlement = kind->id, .quantity = r.count };
	return 0;
}

/* Those behind the last usage use nothing. */
static int compare_rest(struct comparing *c, struct err *e)
{
	int rc = 1;

	while (rc == 1) {
		if (c->at && compare_usage_of(c, e))
			return -1;
		rc = next_instance(c, e);
	}
	return rc;
}

/* ---- reservations ---- */

/* The lots of a reservation, each there once, those without licenses left out. So are lots that are not the virtual
 * account's: a manager that was set back to a backup may not know them any more, and must get over it. Its answer takes
 * them from the satellite. */
static int read_lines(struct comparing *c, const struct record_reservation *r, struct use **out, size_t *n, struct err *e)
{
	size_t count = json_array_size(r->licenses);
	struct use *lines = arena_alloc(c->tx.arena, (count + 1) * sizeof(*lines));

	*n = 0;
	for (size_t i = 0; i < count; i++) {
		struct record_reserved line;
		int64_t share = 0;
		int rc;

		if (record_reserved_decode(json_array_get(r->licenses, i), &line, e))
			return -1;
		rc = q_remote_share(c->tx.db, c->va, line.lot, &share, e);
		for (size_t k = 0; rc == 1 && k < *n; k++)
			if (lines[k].entitlement == share)
				return wrong("licenses.lot", e, "The lot %s is in the reservation %s twice.", line.lot,
					     r->id);
		if (rc < 0)
			return -1;
		if (rc && line.quantity)
			lines[(*n)++] = (struct use){ .entitlement = share, .quantity = line.quantity };
	}
	qsort(lines, *n, sizeof(*lines), by_entitlement);
	*out = lines;
	return 0;
}

static int by_share(const void *a, const void *b)
{
	const struct remote_line_row *x = a, *y = b;

	return (x->share_id > y->share_id) - (x->share_id < y->share_id);
}

static int same_lines(struct comparing *c, int64_t reservation, const struct use *lines, size_t n, bool *out, struct err *e)
{
	struct remote_line_row *rows;
	size_t rows_n, i = 0;

	if (q_remote_lines(c->tx.db, c->tx.arena, reservation, &rows, &rows_n, e))
		return -1;
	qsort(rows, rows_n, sizeof(*rows), by_share);
	while (i < n && n == rows_n && rows[i].share_id == lines[i].entitlement && rows[i].blocked == lines[i].quantity)
		i++;
	*out = i == n && n == rows_n;
	return 0;
}

static int compare_reservation(struct comparing *c, const json_t *v, struct err *e)
{
	struct remote_reservation_row row;
	struct record_reservation r;
	struct use *lines = NULL;
	bool equal = false;
	size_t n = 0;
	int rc;

	if (record_reservation_decode(v, &r, e) || name_once(c, RESERVATION, r.id, e) ||
	    check_place(c, r.virtual_account, e) || read_lines(c, &r, &lines, &n, e))
		return -1;
	rc = q_remote_reservation_get(c->tx.db, c->tx.arena, c->va, r.id, &row, e);
	if (rc < 0 || (rc == 1 && same_lines(c, row.id, lines, n, &equal, e)))
		return -1;
	if (rc == 0)
		return change(c, CHANGE_RESERVATION_NEW, v, e);
	if (equal && same(row.place, r.virtual_account) && same(row.state, r.state) && same(row.udi.pid, r.udi_pid) &&
	    same(row.udi.serial, r.udi_serial_number) && same(row.udi.uuid, r.uuid) && row.created_at == r.created_at)
		return 0;
	return change(c, CHANGE_RESERVATION, v, e);
}

/* ---- what a file with everything does not name is gone ---- */

/* The next rows of one kind behind `after`, which moves on: how many, -1. */
static int64_t unnamed_chunk(struct comparing *c, int kind, char after[UUID_SIZE], const char **uuids, struct err *e)
{
	struct remote_reservation_row *reservations;
	struct remote_instance_row *instances;
	struct remote_place_row *places;
	struct tx *tx = &c->tx;
	size_t n = 0;
	int rc;

	switch (kind) {
	case PLACE:
		rc = q_remote_place_list(tx->db, tx->arena, c->va, after, CHUNK, &places, &n, e);
		for (size_t i = 0; i < n; i++)
			uuids[i] = places[i].uuid;
		break;
	case INSTANCE:
		rc = q_remote_instance_list(tx->db, tx->arena, c->va, after, CHUNK, &instances, &n, e);
		for (size_t i = 0; i < n; i++)
			uuids[i] = instances[i].uuid;
		break;
	default:
		rc = q_remote_reservation_list(tx->db, tx->arena, c->va, after, CHUNK, &reservations, &n, e);
		for (size_t i = 0; i < n; i++)
			uuids[i] = reservations[i].uuid;
	}
	if (rc)
		return -1;
	if (n)
		str_copy(after, UUID_SIZE, uuids[n - 1]);
	return (int64_t)n;
}

static int drop_unnamed(struct comparing *c, int kind, struct err *e)
{
	const char *uuids[CHUNK];
	char after[UUID_SIZE] = "";
	int64_t n;

	while ((n = unnamed_chunk(c, kind, after, uuids, e)) > 0) {
		for (int64_t i = 0; i < n; i++) {
			int rc = idset_has(c->ids, (char)(NAMED + kind), uuids[i], e);

			if (rc < 0 || (rc == 0 && change_id(c, gone[kind], uuids[i], e)))
				return -1;
		}
		arena_fini(&c->arena);
		if (work_check(c->work, e))
			return -1;
	}
	return n < 0 ? -1 : 0;
}

/* ---- all of it ---- */

static int compare_all(struct comparing *c, struct err *e)
{
	if (walk(c, "removed.ndjson", mark_removed, e) || walk(c, "virtual_accounts.ndjson", compare_place, e) ||
	    walk(c, "product_instances.ndjson", compare_instance, e) || spool_end(&c->order, e) ||
	    walk(c, "usage.ndjson", compare_usage, e) || compare_rest(c, e) ||
	    walk(c, "reservations.ndjson", compare_reservation, e) || walk(c, "removed.ndjson", drop_removed, e))
		return -1;
	if (full(c) && (drop_unnamed(c, RESERVATION, e) || drop_unnamed(c, INSTANCE, e) || drop_unnamed(c, PLACE, e)))
		return -1;
	return walk(c, "removed.ndjson", drop_removed_place, e) || changes_end(c->changes, e) ? -1 : 0;
}

int compare_request(struct work *w, struct tx *tx, const struct asked *a, const struct asked_place *p, struct changes *out,
		    struct err *e)
{
	struct comparing *c = mem_alloc(sizeof(*c));
	int rc = -1;

	*c = (struct comparing){ .work = w, .tx = *tx, .asked = a, .va = p->va.id, .changes = out };
	arena_init(&c->arena);
	spool_open(&c->order, tx->site->spool_dir);
	if (q_entitlement_list(tx->db, tx->arena, &c->kinds, &c->kinds_n, e) == 0 &&
	    idset_open(tx->site->spool_dir, &c->ids, e) == 0) {
		qsort(c->kinds, c->kinds_n, sizeof(*c->kinds), by_tag);
		c->use = arena_alloc(tx->arena, (c->kinds_n + 1) * sizeof(*c->use));
		c->tx.arena = &c->arena;
		rc = compare_all(c, e);
	}
	idset_close(c->ids);
	spool_close(&c->order);
	arena_fini(&c->arena);
	free(c);
	return rc;
}
