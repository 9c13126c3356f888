/* api_reservation.c - license reservation: codes in, codes out. */
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "edge/list.h"
#include "edge/remote.h"
#include "edge/reserved.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/license.h"
#include "lic/remote.h"

#define CODE_TEXT_MAX 512 /* of what people type */

/* ---- licenses[] ---- */

struct wish {
	const char *tag, *license, *precedence;
	int64_t quantity;
};

static int read_wish(const json_t *v, struct reservation_wish *out, struct err *e)
{
	static const struct json_spec spec[] = {
		{ "entitlementTag", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct wish, tag), 0, 255 },
		{ "license", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct wish, license), 0, 255 },
		{ "quantity", JSON_K_NUMBER, 0, offsetof(struct wish, quantity), 1, LICENSE_QUANTITY_MAX },
		{ "precedence", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct wish, precedence), 0, 64 },
		{ 0 },
	};
	struct wish in = { 0 };

	if (json_decode(v, spec, "licenses.", E_INVALID_REQUEST, &in, e))
		return -1;
	out->license = in.tag && *in.tag ? in.tag : in.license;
	if (out->license == NULL || *out->license == '\0')
		return err_field(e, E_INVALID_REQUEST, "licenses.entitlementTag",
				 "Each license needs its 'entitlementTag' (or 'license', its name).");
	out->quantity = in.quantity;
	out->shortest_first = in.precedence && strcasecmp(in.precedence, "SHORTEST_TERM_FIRST") == 0;
	if (in.precedence && *in.precedence && !out->shortest_first && strcasecmp(in.precedence, "LONGEST_TERM_FIRST") != 0)
		return err_field(e, E_INVALID_REQUEST, "licenses.precedence",
				 "The precedence is LONGEST_TERM_FIRST or SHORTEST_TERM_FIRST, not '%.40s'.",
				 in.precedence);
	return 0;
}

static int read_wishes(struct req *r, const json_t *list, struct reservation_wish **out, size_t *n, struct err *e)
{
	json_t *v;
	size_t i;

	*n = json_array_size(list);
	if (*n > RESERVATION_KINDS_MAX)
		return err_field(e, E_INVALID_REQUEST, "licenses", "A reservation has at most %d kinds of licenses.",
				 RESERVATION_KINDS_MAX);
	*out = arena_alloc(r->tx.arena, (*n + 1) * sizeof(**out));
	json_array_foreach ((json_t *)list, i, v) {
		if (read_wish(v, &(*out)[i], e))
			return -1;
	}
	return 0;
}

/* ---- what existing clients call: lists of requests ---- */

struct item {
	const char *code, *type, *software_tag;
	const char *pid, *serial, *uuid;
	const json_t *sudi, *licenses;
};

static int read_item(const json_t *v, struct item *in, struct err *e)
{
	static const struct json_spec spec[] = {
		{ "reservationCode", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct item, code), 0,
		  CODE_TEXT_MAX },
		{ "reservationType", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct item, type), 0, 64 },
		{ "sudi", JSON_K_OBJECT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct item, sudi), 0, 0 },
		{ "productTagName", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct item, software_tag), 0,
		  255 },
		{ "licenses", JSON_K_ARRAY, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct item, licenses), 0, 1000 },
		{ 0 },
	};

	if (json_decode(v, spec, NULL, E_INVALID_REQUEST, in, e))
		return -1;
	if (in->type && *in->type && strcasecmp(in->type, "SPECIFIC") != 0)
		return err_field(e, E_INVALID_REQUEST, "reservationType",
				 "Only reservations of the type SPECIFIC are made here, not '%.40s'.", in->type);
	return 0;
}

/* The product of `sudi`. */
static int read_sudi(struct req *r, struct item *in, struct udi *out, struct err *e)
{
	static const struct json_spec spec[] = {
		{ "udiPid", JSON_K_TEXT, 0, offsetof(struct item, pid), 1, 128 },
		{ "udiSerialNumber", JSON_K_TEXT, 0, offsetof(struct item, serial), 1, 128 },
		{ "uuid", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct item, uuid), 0, 64 },
		{ 0 },
	};
	char *uuid = arena_alloc(r->tx.arena, 33);

	if (json_decode(in->sudi, spec, "sudi.", E_INVALID_REQUEST, in, e))
		return -1;
	if (in->uuid && *in->uuid && str_uuid_plain(uuid, in->uuid))
		return err_field(e, E_INVALID_REQUEST, "sudi.uuid", "The UUID must have 32 hexadecimal digits.");
	*out = (struct udi){ .pid = in->pid, .serial = in->serial, .uuid = uuid, .software_tag = "" };
	return 0;
}

/* Reservations are looked for on the whole server; one elsewhere is as unknown as none, and of several with one serial
 * number only those are told who see them all. */
static int in_place(struct req *r, const struct virtual_account_row *va, const char *name, int rc,
		    const struct reservation_row *row, struct err *e)
{
	if (rc && (e->code != E_RESERVATION_UNKNOWN || api_may(r, 0, 0)))
		return -1;
	if (rc || row->virtual_account_id != va->id)
		return err_set(e, E_RESERVATION_UNKNOWN, "The product %.512s has no reservation in '%s'.", name, va->name);
	return 0;
}

/* The live reservation that an item names by its product, in this virtual account. */
static int find_item(struct req *r, const struct virtual_account_row *va, struct item *in, json_t *result,
		     struct reservation_row *out, struct err *e)
{
	struct udi udi;

	if (in->sudi) {
		json_object_set(result, "sudi", (json_t *)in->sudi);
		json_set_text(result, "productTagName", in->software_tag);
		return read_sudi(r, in, &udi, e) || in_place(r, va, reservation_udi_text(r->tx.arena, &udi),
							     reservation_by_udi(&r->tx, &udi, out, e), out, e)
			     ? -1
			     : 0;
	}
	if (in->code == NULL || *in->code == '\0')
		return err_field(e, E_INVALID_REQUEST, "sudi", "Name the product by its 'sudi' or its 'reservationCode'.");
	json_set_text(result, "reservationCode", in->code);
	return in_place(r, va, in->code, reservation_find(&r->tx, in->code, out, e), out, e);
}

static void put_result(json_t *result, const struct reservation_row *row, const char *code)
{
	json_set_text(result, "reservationId", row->uuid);
	json_set_text(result, "state", row->state);
	json_set_text(result, "authorizationCode", code);
}

/* Reserved all the same: the catalogue may be older than the product. */
static const char *unknown_product(struct req *r, const struct reservation_row *row)
{
	if (*row->udi.software_tag)
		return NULL;
	return arena_printf(
		r->tx.arena,
		"'%s' is no product that this server knows. If it is written otherwise on the product, the product "
		"refuses the code: compare it with what 'license smart reservation request' shows there.",
		row->udi.pid);
}

static int reserve_one(struct req *r, const json_t *item, json_t *result, void *ctx, struct err *e)
{
	struct reservation_wish *wishes;
	struct reservation_row row;
	struct item in = { 0 };
	const char *code;
	size_t n;

	if (read_item(item, &in, e))
		return -1;
	if (in.code == NULL || *in.code == '\0')
		return err_field(e, E_INVALID_REQUEST, "reservationCode",
				 "The member 'reservationCode' is missing: the request code that the product shows.");
	json_set_text(result, "reservationCode", in.code);
	json_set_text(result, "authorizationCode", NULL);
	if (read_wishes(r, in.licenses, &wishes, &n, e) ||
	    reservation_create(&r->tx, ctx, in.code, wishes, n, &row, &code, e))
		return -1;
	put_result(result, &row, code);
	json_set_text(result, "warning", unknown_product(r, &row));
	return 0;
}

static int update_one(struct req *r, const json_t *item, json_t *result, void *ctx, struct err *e)
{
	struct reservation_wish *wishes;
	struct reservation_row row;
	struct item in = { 0 };
	const char *code;
	size_t n;

	json_set_text(result, "authorizationCode", NULL);
	if (read_item(item, &in, e) || find_item(r, ctx, &in, result, &row, e) ||
	    read_wishes(r, in.licenses, &wishes, &n, e) || reservation_update(&r->tx, &row, wishes, n, &code, e))
		return -1;
	put_result(result, &row, code);
	return 0;
}

struct confirmation {
	const char *code;
};

static int confirm_one(struct req *r, const json_t *item, json_t *result, void *ctx, struct err *e)
{
	static const struct json_spec spec[] = {
		{ "confirmationCode", JSON_K_TEXT, 0, offsetof(struct confirmation, code), 0, CODE_TEXT_MAX },
		{ 0 },
	};
	struct confirmation confirmation;
	struct reservation_row row;
	struct item in = { 0 };

	if (json_decode(item, spec, NULL, E_INVALID_REQUEST, &confirmation, e) || read_item(item, &in, e) ||
	    find_item(r, ctx, &in, result, &row, e))
		return -1;
	return reservation_confirm(&r->tx, &row, confirmation.code, e);
}

static struct reply *each(struct req *r, const char *list, const char *other_name, api_each_fn fn)
{
	struct virtual_account_row va;
	struct account_row account;
	struct err e = ERR_INIT;

	if (api_virtual_account(r, &account, &va, &e))
		return reply_error(r, &e);
	return api_each(r, json_object_get(r->json, list), other_name, fn, &va);
}

static struct reply *reserve_licenses(struct req *r)
{
	return each(r, "reservationRequests", "authorizationCodes", reserve_one);
}

static struct reply *update_licenses(struct req *r)
{
	return each(r, "reservationUpdateRequests", "authorizationCodes", update_one);
}

static struct reply *confirm_licenses(struct req *r)
{
	return each(r, "reservationConfirmationRequests", NULL, confirm_one);
}

/* ---- lists ---- */

/* Part 0: made here, part 1: at a satellite. */
static int add_reservations(struct list *l, const struct virtual_account_row *va, struct err *e)
{
	int rc;

	if (l->at.part == 0) {
		rc = reserved_reservations(l, va, e);
		if (rc)
			return rc;
		l->at = (struct list_at){ .place = va->id, .part = 1 };
	}
	return remote_reservations(l, va, e);
}

static int count_reservations(struct list *l, const struct virtual_account_row *va, int64_t *out, struct err *e)
{
	struct remote_state_row state = { 0 };
	struct tx *tx = &l->r->tx;

	if (q_reservation_count(tx->db, va->id, out, e) ||
	    (va->satellite_id && q_remote_state_get(tx->db, tx->arena, va->id, &state, e) < 0))
		return -1;
	*out += state.reservations;
	return 1;
}

static struct reply *list_reservations(struct req *r)
{
	static const struct list_kind kind = {
		.name = "reservations",
		.file = "reservations",
		.columns =
			"reservationId state udi account virtualAccount productTagName productName createdDate createdBy "
			"stateDate issuedDate confirmedDate reason licenses[license=quantity] sudi.udiPid "
			"sudi.udiSerialNumber servedBy localVirtualAccount",
		.next = list_places_next,
		.count = list_places_count,
	};

	return list_reply_places(r, &kind, add_reservations, count_reservations);
}

/* ---- one reservation ---- */

/* Of a reservation as it is now; code may be NULL. */
static struct reply *reservation_reply(struct req *r, const struct reservation_row *row, const char *code)
{
	struct err e = ERR_INIT;
	json_t *v, *one;

	if (reserved_json(r, row, &one, &e))
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "reservation", one);
	if (code)
		json_set_text(v, "authorizationCode", code);
	return api_ok(r, v);
}

/* Whoever holds a code can make the return code: those see it who could return the reservation. */
static json_t *codes_json(const struct reservation_code *codes, size_t n, bool shown)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *v = json_object();

		json_set_time(v, "issuedDate", codes[i].issued_at);
		json_set_text(v, "issuedBy", codes[i].issued_by);
		json_set_time(v, "confirmedDate", codes[i].confirmed_at);
		json_set_text(v, "authorizationCode", shown ? codes[i].code : NULL);
		json_array_append_new(list, v);
	}
	return list;
}

static struct reply *show_reservation(struct req *r)
{
	struct virtual_account_row va;
	struct reservation_code *codes;
	struct reservation_row row;
	struct err e = ERR_INIT;
	json_t *v, *one;
	bool shown;
	size_t n;
	int rc = remote_reservation(r, r->param[0], &one, &e);

	if (rc == 1) {
		v = json_object();
		json_object_set_new(v, "reservation", one);
		json_set_text(v, "authorizationCode", NULL);
		json_object_set_new(v, "codes", json_array());
		return api_ok(r, v);
	}
	if (rc < 0 || reservation_find(&r->tx, r->param[0], &row, &e) ||
	    q_virtual_account_by_id(r->tx.db, r->tx.arena, row.virtual_account_id, &va, &e) != 1 ||
	    q_reservation_codes(r->tx.db, r->tx.arena, row.id, &codes, &n, &e) || reserved_json(r, &row, &one, &e))
		return reply_error(r, &e);
	shown = api_may_also(r, RIGHT_RESERVATION_WRITE, va.account_id, va.id);
	v = json_object();
	json_object_set_new(v, "reservation", one);
	json_set_text(v, "authorizationCode", n && shown ? codes[0].code : NULL);
	json_object_set_new(v, "codes", codes_json(codes, n, shown));
	return api_ok(r, v);
}

/* One that is to be changed: here, and not at a satellite. */
static int find_own(struct req *r, struct reservation_row *row, struct err *e)
{
	return remote_refuse_change(&r->tx, r->param[0], e) || reservation_find(&r->tx, r->param[0], row, e) ? -1 : 0;
}

struct body {
	const json_t *licenses;
	const char *text;
};

static struct reply *update_reservation(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "licenses", JSON_K_ARRAY, 0, offsetof(struct body, licenses), 0, 1000 },
		{ 0 },
	};
	struct reservation_wish *wishes;
	struct reservation_row row;
	struct body in = { 0 };
	struct err e = ERR_INIT;
	const char *code;
	size_t n;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) || read_wishes(r, in.licenses, &wishes, &n, &e) ||
	    find_own(r, &row, &e) || reservation_update(&r->tx, &row, wishes, n, &code, &e))
		return reply_error(r, &e);
	return reservation_reply(r, &row, code);
}

static struct reply *confirm_reservation(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "confirmationCode", JSON_K_TEXT, 0, offsetof(struct body, text), 0, CODE_TEXT_MAX },
		{ 0 },
	};
	struct reservation_row row;
	struct body in = { 0 };
	struct err e = ERR_INIT;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) || find_own(r, &row, &e) ||
	    reservation_confirm(&r->tx, &row, in.text, &e))
		return reply_error(r, &e);
	return reservation_reply(r, &row, NULL);
}

static struct reply *return_reservation(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "returnCode", JSON_K_TEXT, 0, offsetof(struct body, text), 0, CODE_TEXT_MAX },
		{ 0 },
	};
	struct reservation_row row;
	struct body in = { 0 };
	struct err e = ERR_INIT;
	struct udi udi;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) ||
	    reservation_product(&r->tx, r->param[0], &udi, &e) || reservation_return(&r->tx, &udi, in.text, &row, &e))
		return reply_error(r, &e);
	return reservation_reply(r, &row, NULL);
}

static struct reply *cancel_reservation(struct req *r)
{
	struct reservation_row row;
	struct err e = ERR_INIT;
	const char *code;

	if (find_own(r, &row, &e) || reservation_cancel(&r->tx, &row, &code, &e))
		return reply_error(r, &e);
	return reservation_reply(r, &row, code);
}

static struct reply *remove_reservation(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "reason", JSON_K_TEXT, 0, offsetof(struct body, text), 0, 4096 },
		{ 0 },
	};
	struct reservation_row row;
	struct body in = { 0 };
	struct err e = ERR_INIT;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) || find_own(r, &row, &e) ||
	    reservation_remove(&r->tx, &row, in.text, &e))
		return reply_error(r, &e);
	return reservation_reply(r, &row, NULL);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)
#define VA "/api/v1/accounts/{account}/virtual-accounts/{va}"
#define ONE "/api/v1/reservations/{id}"

const struct route reservation_routes[] = {
	{ "POST", VA "/reserve-licenses", DOORS, RIGHT_RESERVATION_WRITE, OF_PLACE, BODY_JSON, API_BODY_MAX, NULL,
	  reserve_licenses, NULL },
	{ "POST", VA "/update-licenses", DOORS, RIGHT_RESERVATION_WRITE, OF_PLACE, BODY_JSON, API_BODY_MAX, NULL,
	  update_licenses, NULL },
	{ "POST", VA "/confirm-licenses", DOORS, RIGHT_RESERVATION_WRITE, OF_PLACE, BODY_JSON, API_BODY_MAX, NULL,
	  confirm_licenses, NULL },
	{ "POST", "/api/v1/accounts/{account}/reservations", DOORS, RIGHT_RESERVATION_READ, IN_ACCOUNT, BODY_JSON,
	  API_BODY_MAX, list_reservations, NULL, NULL },
	{ "GET", ONE, DOORS, RIGHT_RESERVATION_READ, OF_RESERVATION, BODY_NONE, 0, show_reservation, NULL, NULL },
	{ "POST", ONE "/update", DOORS, RIGHT_RESERVATION_WRITE, OF_RESERVATION, BODY_JSON, API_BODY_MAX, NULL,
	  update_reservation, NULL },
	{ "POST", ONE "/confirm", DOORS, RIGHT_RESERVATION_WRITE, OF_RESERVATION, BODY_JSON, API_BODY_MAX, NULL,
	  confirm_reservation, NULL },
	{ "POST", ONE "/return", DOORS, RIGHT_RESERVATION_WRITE, OF_RESERVATION, BODY_JSON, API_BODY_MAX, NULL,
	  return_reservation, NULL },
	{ "POST", ONE "/cancel", DOORS, RIGHT_RESERVATION_WRITE, OF_RESERVATION, BODY_JSON, API_BODY_MAX, NULL,
	  cancel_reservation, NULL },
	{ "POST", ONE "/remove", DOORS, RIGHT_RESERVATION_WRITE, OF_RESERVATION, BODY_JSON, API_BODY_MAX, NULL,
	  remove_reservation, NULL },
	{ 0 },
};
