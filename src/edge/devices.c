#include "edge/devices.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "edge/remote.h"
#include "edge/reserved.h"
#include "lic/license.h"

/* Parts of a virtual account's list, in this order. Without search the first of a kind's parts is all of them. */
enum part { BY_ID, BY_SERIAL, BY_UUID, RESERVED, REMOTE, PARTS };

/* Shorter beginnings of identifiers are those of too many. */
#define UUID_BEGINNING_MIN 4

struct devices {
	struct list_places places;
	struct device_filter filter;
};

static const struct device_filter *filter_of(const struct list *l)
{
	const struct list_places *p = l->ctx;

	return &((const struct devices *)p->ctx)->filter;
}

bool devices_filtered(const struct list *l)
{
	const struct device_filter *f = filter_of(l);

	return f->search || f->status || f->type || f->license;
}

static bool begins(const char *text, const char *beginning)
{
	return text && strncasecmp(text, beginning, strlen(beginning)) == 0;
}

static const char *text_of(const json_t *v, const char *name)
{
	return json_string_value(json_object_get(v, name));
}

static bool uses(const json_t *v, const char *tag)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(v, "licenseUsage"), i, one)
		if (strcmp(text_of(one, "entitlementTag"), tag) == 0 &&
		    json_integer_value(json_object_get(one, "quantity")) > 0)
			return true;
	return false;
}

static bool fits(const struct device_filter *f, const json_t *v)
{
	const json_t *sudi = json_object_get(v, "sudi");

	if (f->search && !begins(text_of(v, "hostName"), f->search) &&
	    !begins(text_of(sudi, "udiSerialNumber"), f->search) &&
	    !begins(text_of(v, "productInstanceIdentifier"), f->search))
		return false;
	if (f->type && (text_of(v, "productType") == NULL || strcasecmp(text_of(v, "productType"), f->type) != 0))
		return false;
	return (f->status == NULL || strcasecmp(text_of(v, "status"), f->status) == 0) &&
	       (f->license == NULL || uses(v, f->used.tag));
}

void devices_add(struct list *l, const struct list_at *at, json_t *v)
{
	if (devices_filtered(l)) {
		if (!fits(filter_of(l), v)) {
			list_pass(l, at);
			json_decref(v);
			return;
		}
		if (!list_takes(l, at)) {
			json_decref(v);
			return;
		}
	}
	list_add(l, v);
}

/* ---- those that are registered here ---- */

/* Was it in an earlier part of a search already? */
static bool was_listed(const struct device_filter *f, enum part part, const struct instance_row *row)
{
	return (part > BY_ID && begins(row->hostname, f->search)) ||
	       (part > BY_SERIAL && begins(row->udi.serial, f->search));
}

static int add_row(struct list *l, const struct virtual_account_row *va, enum part part, int64_t number,
		   const struct instance_row *row, struct err *e)
{
	const struct device_filter *f = filter_of(l);
	struct list_at at = { .place = va->id, .part = part, .number = number, .id = row->id };
	const char *text = part == BY_UUID   ? row->uuid
			 : part == BY_SERIAL ? row->udi.serial
			 : row->hostname     ? row->hostname
					     : "";
	json_t *one;

	if (f->search || f->by_name)
		str_copy(at.text, sizeof(at.text), text);
	if (f->search && was_listed(f, part, row)) {
		list_pass(l, &at);
		return 0;
	}
	if (!devices_filtered(l) && !list_takes(l, &at))
		return 0;
	if (device_json(l->r, row, va->name, &one, e))
		return -1;
	devices_add(l, &at, one);
	return 0;
}

static int read_chunk(struct list *l, int64_t va, enum part part, struct instance_row **rows, size_t *n, struct err *e)
{
	const struct device_filter *f = filter_of(l);
	struct tx *tx = &l->r->tx;
	const struct list_at *at = &l->at;
	const char *beginning = f->search ? f->search : "";

	if (part == BY_SERIAL)
		return q_instance_list_by_serial(tx->db, tx->arena, va, beginning, at->text, at->id, LIST_CHUNK, rows, n,
						 e);
	if (part == BY_UUID)
		return q_instance_list_by_uuid(tx->db, tx->arena, va, beginning, at->text, LIST_CHUNK, rows, n, e);
	if (f->search || f->by_name)
		return q_instance_list_by_name(tx->db, tx->arena, va, beginning, at->text, at->id, LIST_CHUNK, rows, n, e);
	if (f->license)
		return q_instance_list_by_use(tx->db, tx->arena, va, f->used.id, at->number, at->id, LIST_CHUNK, rows, n,
					      e);
	return q_instance_list(tx->db, tx->arena, va, at->id, LIST_CHUNK, rows, n, e);
}

/* Of those that use a license the largest users come first: on to those that use less. */
static int next_use(struct list *l, int64_t va, struct err *e)
{
	struct list_at at = l->at;
	int64_t use = at.number ? at.number : INT64_MAX;
	int rc = q_instance_next_use(l->r->tx.db, va, filter_of(l)->used.id, &use, e);

	if (rc != 1)
		return rc;
	at.number = use;
	at.id = 0;
	l->at = at;
	return 1;
}

static int add_rows(struct list *l, const struct virtual_account_row *va, enum part part, struct err *e)
{
	const struct device_filter *f = filter_of(l);
	bool by_use = f->license && f->search == NULL && !f->by_name;
	struct instance_row *rows;
	size_t n;

	if (by_use && l->at.number == 0) {
		int rc = next_use(l, va->id, e);

		if (rc != 1)
			return rc;
	}
	if (read_chunk(l, va->id, part, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (list_full(l))
			return 1;
		if (add_row(l, va, part, l->at.number, &rows[i], e))
			return -1;
	}
	return n == LIST_CHUNK ? 1 : by_use ? next_use(l, va->id, e) : 0;
}

static bool is_searched(const struct device_filter *f, enum part part)
{
	size_t n = f->search ? strlen(f->search) : 0;

	if (part == BY_UUID)
		return n >= UUID_BEGINNING_MIN && strspn(f->search, "0123456789abcdefABCDEF-") == n;
	return part != BY_SERIAL || n;
}

static int add_devices(struct list *l, const struct virtual_account_row *va, struct err *e)
{
	enum part part = (enum part)l->at.part;
	int rc = 0;

	if (l->at.part < 0 || l->at.part >= PARTS)
		return err_field(e, E_INVALID_REQUEST, "cursor", "This cursor is of no place in this list.");
	if (!is_searched(filter_of(l), part))
		rc = 0;
	else if (part == RESERVED)
		rc = reserved_devices(l, va, e);
	else if (part == REMOTE)
		rc = remote_devices(l, va, e);
	else
		rc = add_rows(l, va, part, e);
	if (rc || part + 1 == PARTS)
		return rc;
	l->at = (struct list_at){ .place = va->id, .part = part + 1 };
	return 1;
}

static int count_devices(struct list *l, const struct virtual_account_row *va, int64_t *out, struct err *e)
{
	struct remote_state_row state = { 0 };
	struct tx *tx = &l->r->tx;
	int64_t here = 0, reserved = 0;

	if (devices_filtered(l))
		return 0;
	if (q_instance_count(tx->db, va->id, &here, e) || q_reservation_count_issued(tx->db, va->id, &reserved, e) ||
	    (va->satellite_id && q_remote_state_get(tx->db, tx->arena, va->id, &state, e) < 0))
		return -1;
	*out = here + reserved + state.instances;
	return 1;
}

/* ---- what is asked for ---- */

static int read_text(struct req *r, const char *name, const char **out, struct err *e)
{
	const json_t *v = json_object_get(r->json, name);

	*out = v ? json_string_value(v) : req_query(r, name);
	if ((v && *out == NULL && !json_is_null(v)) || (*out && strlen(*out) > 255))
		return err_field(e, E_INVALID_REQUEST, name, "'%s' must be a text of at most 255 bytes.", name);
	if (*out && **out == '\0')
		*out = NULL;
	return 0;
}

static int read_filter(struct req *r, struct device_filter *f, struct err *e)
{
	if (read_text(r, "search", &f->search, e) || read_text(r, "status", &f->status, e) ||
	    read_text(r, "productType", &f->type, e) || read_text(r, "license", &f->license, e) ||
	    read_text(r, "sort", &f->sort, e))
		return -1;
	if (f->license && entitlement_find(&r->tx, f->license, &f->used, e))
		return -1;
	f->by_name = f->sort && strcasecmp(f->sort, "name") == 0;
	if (f->sort && !f->by_name && strcasecmp(f->sort, "registration") != 0)
		return err_field(e, E_INVALID_REQUEST, "sort", "The order is name or registration, not '%.32s'.", f->sort);
	return 0;
}

struct reply *devices_reply(struct req *r, struct virtual_account_row *vas, size_t n)
{
	static const struct list_kind kind = {
		.name = "devices",
		.file = "product-instances",
		.columns =
			"displayName hostName ipAddress productInstanceIdentifier productTagName productName productType "
			"productVersion virtualAccount status exportControlled registrationDate registrationExpires "
			"lastContactDate authorizationDate authorizationExpires licenseUsage[license=quantity] sudi.uuid "
			"sudi.udiPid sudi.udiSerialNumber sudi.macAddress servedBy localVirtualAccount reservationState",
		.next = list_places_next,
		.count = list_places_count,
	};
	struct devices *d = arena_alloc(r->tx.arena, sizeof(*d));
	struct err e = ERR_INIT;

	if (read_filter(r, &d->filter, &e))
		return reply_error(r, &e);
	d->places = (struct list_places){ .vas = vas, .n = n, .next = add_devices, .count = count_devices, .ctx = d };
	return list_reply(r, &kind, &d->places);
}
