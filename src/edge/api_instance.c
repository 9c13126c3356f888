/* api_instance.c - product instances. */
#include <string.h>

#include "base/str.h"
#include "edge/api.h"
#include "edge/devices.h"
#include "edge/remote.h"
#include "edge/reserved.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/instance.h"
#include "lic/license.h"
#include "lic/remote.h"
#include "lic/reservation.h"

#define REASON_MAX 500

static json_t *sudi_json(const struct instance_row *row)
{
	json_t *v = json_object();

	json_set_text(v, "suvi", row->suvi);
	json_set_text(v, "uuid", *row->udi.uuid ? row->udi.uuid : NULL);
	json_set_text(v, "hostIdentifier", row->host_identifier);
	json_set_text(v, "udiPid", row->udi.pid);
	json_set_text(v, "udiSerialNumber", row->udi.serial);
	json_set_text(v, "udiVid", row->udi_vid);
	json_set_text(v, "macAddress", row->mac_address);
	return v;
}

static int usage_json(struct req *r, const struct instance_row *row, json_t **out, struct err *e)
{
	struct usage_row *known, *unknown;
	size_t known_n, unknown_n;

	if (q_usage_list(r->tx.db, r->tx.arena, row->id, &known, &known_n, e) ||
	    q_usage_unknown_list(r->tx.db, r->tx.arena, row->id, &unknown, &unknown_n, e))
		return -1;
	*out = json_array();
	for (size_t i = 0; i < known_n; i++) {
		json_t *v = json_object();

		json_set_text(v, "license", known[i].display_name);
		json_set_int(v, "quantity", known[i].granted);
		json_set_int(v, "requested", known[i].asked);
		json_set_text(v, "entitlementTag", known[i].tag);
		json_array_append_new(*out, v);
	}
	for (size_t i = 0; i < unknown_n; i++) {
		json_t *v = json_object();

		json_set_text(v, "license", "");
		json_set_int(v, "quantity", 0);
		json_set_int(v, "requested", unknown[i].asked);
		json_set_text(v, "entitlementTag", unknown[i].tag);
		json_array_append_new(*out, v);
	}
	return 0;
}

int device_json(struct req *r, const struct instance_row *row, const char *virtual_account, json_t **out, struct err *e)
{
	const char *name = row->hostname ? row->hostname : instance_udi_text(r->tx.arena, &row->udi), *status;
	struct product_kind kind;
	json_t *v, *usage;

	if (instance_status(&r->tx, row, &status, e) || usage_json(r, row, &usage, e))
		return -1;
	catalogue_product(row->udi.pid, &kind);
	v = json_object();
	json_set_text(v, "instanceName", name);
	json_set_text(v, "displayName", name);
	json_set_text(v, "hostName", row->hostname);
	json_set_text(v, "ipAddress", row->ip_address);
	json_set_text(v, "productInstanceIdentifier", row->uuid);
	json_set_text(v, "productTagName", row->udi.software_tag);
	json_set_text(v, "productName", kind.name);
	json_set_text(v, "productType", kind.type);
	json_set_text(v, "productVersion", row->product_version);
	json_set_text(v, "virtualAccount", virtual_account);
	json_set_text(v, "status", status);
	json_set_text(v, "exportControlled", row->export_allowed ? "Allowed" : "Not Allowed");
	json_set_time(v, "registrationDate", row->registered_at);
	json_set_time(v, "registrationExpires", row->registration_expires_at);
	json_set_time(v, "lastContactDate", row->last_contact_at);
	json_set_time(v, "authorizationDate", row->authorized_at);
	json_set_time(v, "authorizationExpires", row->authorization_expires_at);
	json_object_set_new(v, "licenseUsage", usage);
	json_object_set_new(v, "sudi", sudi_json(row));
	*out = v;
	return 0;
}

static struct reply *list_account_devices(struct req *r)
{
	struct virtual_account_row *vas;
	struct account_row account;
	struct err e = ERR_INIT;
	size_t n;

	if (api_account(r, &account, &e) || api_virtual_accounts(r, &account, &vas, &n, &e))
		return reply_error(r, &e);
	return devices_reply(r, vas, n);
}

static struct reply *list_devices(struct req *r)
{
	struct virtual_account_row *va = arena_alloc(r->tx.arena, sizeof(*va));
	struct account_row account;
	struct err e = ERR_INIT;

	if (api_virtual_account(r, &account, va, &e))
		return reply_error(r, &e);
	return devices_reply(r, va, 1);
}

static int certificates_json(struct req *r, const struct instance_row *row, json_t **out, struct err *e)
{
	struct certificate_row *rows;
	size_t n;

	if (q_certificate_list(r->tx.db, r->tx.arena, row->id, &rows, &n, e))
		return -1;
	*out = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *v = json_object();

		json_set_text(v, "serialNumber", rows[i].serial);
		json_set_text(v, "state", rows[i].state);
		json_set_time(v, "issuedDate", rows[i].issued_at);
		json_set_time(v, "expires", rows[i].not_after);
		json_set_time(v, "endedDate", rows[i].ended_at);
		json_array_append_new(*out, v);
	}
	return 0;
}

static struct reply *show_instance(struct req *r)
{
	struct virtual_account_row va;
	struct account_row account;
	struct instance_row row;
	struct err e = ERR_INIT;
	json_t *v, *one, *certificates;
	int rc = reserved_device(r, r->param[0], &one, &e);

	if (rc == 0)
		rc = remote_device(r, r->param[0], &one, &e);
	if (rc < 0)
		return reply_error(r, &e);
	if (rc == 1) {
		v = json_object();
		json_object_set_new(v, "productInstance", one);
		return api_ok(r, v);
	}
	rc = q_instance_by_uuid(r->tx.db, r->tx.arena, r->param[0], &row, &e);

	if (rc == 0)
		err_set(&e, E_INSTANCE_UNKNOWN, "There is no product instance '%.64s' here.", r->param[0]);
	if (rc != 1 || q_virtual_account_by_id(r->tx.db, r->tx.arena, row.virtual_account_id, &va, &e) != 1 ||
	    q_account_by_id(r->tx.db, r->tx.arena, va.account_id, &account, &e) != 1 ||
	    device_json(r, &row, va.name, &one, &e))
		return reply_error(r, &e);
	if (certificates_json(r, &row, &certificates, &e)) {
		json_decref(one);
		return reply_error(r, &e);
	}
	json_set_text(one, "account", account.name);
	json_object_set_new(one, "certificates", certificates);
	v = json_object();
	json_object_set_new(v, "productInstance", one);
	return api_ok(r, v);
}

/* `The satellite 'dc1' removes it …` */
static const char *say_ordered(struct req *r, const struct virtual_account_row *va)
{
	return arena_printf(r->tx.arena, "The satellite '%s' serves it: the removal goes with its next synchronization.",
			    va->satellite_name);
}

struct remove_body {
	const char *reason;
};

static struct reply *remove_instance(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "reason", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct remove_body, reason), 0,
		  REASON_MAX },
		{ 0 },
	};
	struct remove_body in = { 0 };
	struct remote_instance_row row;
	struct virtual_account_row va;
	struct removal_row removal;
	struct err e = ERR_INIT;
	json_t *v;
	int rc;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) ||
	    reservation_refuse_change(&r->tx, r->param[0], &e))
		return reply_error(r, &e);
	rc = remote_instance_find(&r->tx, r->param[0], &row, &va, &e);
	if (rc < 0 || (rc == 0 && instance_remove(&r->tx, r->param[0], &e)) ||
	    (rc == 1 && remote_instance_remove(&r->tx, &row, in.reason, &removal, &e)))
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "removal", remote_removal(rc ? &removal : NULL));
	json_set_text(v, "servedBy", rc ? va.satellite_name : NULL);
	json_set_text(v, "status", "SUCCESS");
	json_set_text(v, "statusMessage", rc ? say_ordered(r, &va) : "");
	return reply_json(r, 200, v);
}

static int add_removals(struct req *r, const struct virtual_account_row *va, json_t *list, struct err *e)
{
	struct remote_instance_row instance;
	struct removal_row *rows;
	size_t n;

	if (q_removal_list(r->tx.db, r->tx.arena, va->id, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		json_t *v;

		if (q_remote_instance_get(r->tx.db, r->tx.arena, va->id, rows[i].instance, &instance, e) != 1)
			return -1;
		v = remote_removal(&rows[i]);
		json_set_text(v, "displayName",
			      instance.hostname ? instance.hostname : instance_udi_text(r->tx.arena, &instance.udi));
		json_set_text(v, "virtualAccount", va->name);
		json_set_text(v, "servedBy", va->satellite_name);
		json_array_append_new(list, v);
	}
	return 0;
}

static struct reply *list_removals(struct req *r)
{
	return api_places(r, "removals", add_removals);
}

struct transfer_body {
	const char *account, *from, *to;
	bool force;
};

/* Is it where the caller believes it to be? Whether there is another place of such names does not matter. */
static int check_place(struct req *r, const struct transfer_body *in, const struct virtual_account_row *va,
		       const struct account_row *account, const struct instance_row *row, struct err *e)
{
	struct virtual_account_row from;
	struct account_row given;
	struct err unknown = ERR_INIT;
	bool here = true;

	if (in->account)
		here = account_find(&r->tx, in->account, &given, &unknown) == 0 && given.id == account->id;
	if (in->from && here)
		here = virtual_account_find(&r->tx, account, in->from, &from, &unknown) == 0 && from.id == va->id;
	if (here)
		return 0;
	if (unknown.code != E_NONE && unknown.code != E_ACCOUNT_UNKNOWN && unknown.code != E_VIRTUAL_ACCOUNT_UNKNOWN) {
		*e = unknown;
		return -1;
	}
	return err_set(e, E_INSTANCE_UNKNOWN, "%s is in '%s' of '%s', not in '%.128s' of '%.128s'.",
		       instance_name(r->tx.arena, row), va->name, account->name, in->from ? in->from : va->name,
		       in->account ? in->account : account->name);
}

static struct reply *transfer_instance(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "account", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct transfer_body, account), 1, 512 },
		{ "virtualAccount", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct transfer_body, from), 1,
		  512 },
		{ "targetVirtualAccount", JSON_K_TEXT, 0, offsetof(struct transfer_body, to), 1, 512 },
		{ "force", JSON_K_BOOL, JSON_F_OPTIONAL, offsetof(struct transfer_body, force), 0, 0 },
		{ 0 },
	};
	struct virtual_account_row va, to;
	struct transfer_body in = { 0 };
	struct account_row account;
	struct instance_row row;
	struct err e = ERR_INIT;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) ||
	    reservation_refuse_change(&r->tx, r->param[0], &e) || remote_refuse_change(&r->tx, r->param[0], &e) ||
	    instance_find(&r->tx, r->param[0], &row, &e) ||
	    q_virtual_account_by_id(r->tx.db, r->tx.arena, row.virtual_account_id, &va, &e) != 1 ||
	    q_account_by_id(r->tx.db, r->tx.arena, va.account_id, &account, &e) != 1 ||
	    check_place(r, &in, &va, &account, &row, &e) || api_target(r, &account, in.to, &to, &e) ||
	    instance_transfer(&r->tx, &row, &to, in.force, &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

/* ---- lists of operations ---- */

struct named {
	const json_t *sudi;
	const char *software_tag;
	const char *pid, *serial, *uuid;
	const char *return_code, *to;
};

static int read_named(struct req *r, struct named *in, json_t *result, struct udi *out, struct err *e)
{
	static const struct json_spec spec[] = {
		{ "udiPid", JSON_K_TEXT, 0, offsetof(struct named, pid), 1, 128 },
		{ "udiSerialNumber", JSON_K_TEXT, 0, offsetof(struct named, serial), 1, 128 },
		{ "uuid", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct named, uuid), 0, 64 },
		{ 0 },
	};
	char *uuid = arena_alloc(r->tx.arena, 33);

	if (json_decode(in->sudi, spec, "sudi.", E_INVALID_REQUEST, in, e))
		return -1;
	json_object_set(result, "sudi", (json_t *)in->sudi);
	json_set_text(result, "productTagName", in->software_tag);
	if (in->uuid && *in->uuid && str_uuid_plain(uuid, in->uuid))
		return err_field(e, E_INVALID_REQUEST, "sudi.uuid", "The UUID must have 32 hexadecimal digits.");
	*out = (struct udi){ .pid = in->pid, .serial = in->serial, .uuid = uuid, .software_tag = in->software_tag };
	return 0;
}

/* A product that holds a reservation in this virtual account is no product instance. */
static int refuse_reserved(struct req *r, const struct virtual_account_row *va, const struct udi *udi, struct err *e)
{
	struct reservation_row row;
	int rc = q_reservation_live(r->tx.db, r->tx.arena, udi, &row, e);

	if (rc != 1 || row.virtual_account_id != va->id)
		return rc < 0 ? -1 : 0;
	return reservation_refuse_change_of(&r->tx, udi, e);
}

/* The registered instance in this virtual account: 1, 0, -1. One elsewhere is as unknown as none. */
static int find_here(struct req *r, const struct virtual_account_row *va, const struct udi *udi, struct instance_row *row,
		     struct err *e)
{
	int rc = q_instance_by_udi(r->tx.db, r->tx.arena, udi, row, e);

	return rc == 1 && row->virtual_account_id != va->id ? 0 : rc;
}

static int find_named(struct req *r, const struct virtual_account_row *va, const struct udi *udi, struct instance_row *row,
		      struct err *e)
{
	int rc = find_here(r, va, udi, row, e);

	if (rc < 0 || (rc == 0 && (refuse_reserved(r, va, udi, e) || virtual_account_served_here(va, e))))
		return -1;
	if (rc == 0)
		return err_set(e, E_INSTANCE_UNKNOWN, "There is no product instance %s in '%s'.",
			       instance_udi_text(r->tx.arena, udi), va->name);
	return 0;
}

struct transfers {
	struct account_row account;
	struct virtual_account_row from;
	bool force;
};

static int transfer_one(struct req *r, const json_t *item, json_t *result, void *ctx, struct err *e)
{
	static const struct json_spec spec[] = {
		{ "sudi", JSON_K_OBJECT, 0, offsetof(struct named, sudi), 0, 0 },
		{ "productTagName", JSON_K_TEXT, 0, offsetof(struct named, software_tag), 1, 255 },
		{ "targetVirtualAccount", JSON_K_TEXT, 0, offsetof(struct named, to), 1, 512 },
		{ 0 },
	};
	const struct transfers *t = ctx;
	struct virtual_account_row to;
	struct named in = { 0 };
	struct instance_row row;
	struct udi udi;

	if (json_decode(item, spec, NULL, E_INVALID_REQUEST, &in, e))
		return -1;
	json_set_text(result, "targetVirtualAccount", in.to);
	if (read_named(r, &in, result, &udi, e) || find_named(r, &t->from, &udi, &row, e) ||
	    api_target(r, &t->account, in.to, &to, e))
		return -1;
	return instance_transfer(&r->tx, &row, &to, t->force, e);
}

static struct reply *transfer_devices(struct req *r)
{
	struct transfers t = { .force = json_is_true(json_object_get(r->json, "force")) };
	struct err e = ERR_INIT;

	if (api_virtual_account(r, &t.account, &t.from, &e))
		return reply_error(r, &e);
	return api_each(r, json_object_get(r->json, "productInstances"), NULL, transfer_one, &t);
}

/* Of what a satellite serves: 1, 0 if it is not known, -1. */
static int order_removal(struct req *r, const struct virtual_account_row *va, const struct udi *udi, json_t *result,
			 struct err *e)
{
	struct remote_instance_row row;
	struct removal_row removal;
	int rc = q_remote_instance_by_udi(r->tx.db, r->tx.arena, va->id, udi, &row, e);

	if (rc != 1)
		return rc;
	if (remote_instance_remove(&r->tx, &row, NULL, &removal, e))
		return -1;
	json_set_text(result, "statusMessage", say_ordered(r, va));
	return 1;
}

static int remove_one(struct req *r, const json_t *item, json_t *result, void *ctx, struct err *e)
{
	static const struct json_spec spec[] = {
		{ "sudi", JSON_K_OBJECT, 0, offsetof(struct named, sudi), 0, 0 },
		{ "productTagName", JSON_K_TEXT, 0, offsetof(struct named, software_tag), 0, 255 },
		{ "returnCode", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct named, return_code), 0, 255 },
		{ 0 },
	};
	const struct virtual_account_row *va = ctx;
	struct named in = { 0 };
	struct instance_row row;
	struct udi udi;
	int rc;

	if (json_decode(item, spec, NULL, E_INVALID_REQUEST, &in, e) || read_named(r, &in, result, &udi, e))
		return -1;
	rc = find_here(r, va, &udi, &row, e);
	if (rc == 0 && in.return_code && *in.return_code)
		return reserved_return(r, va, &udi, in.return_code, result, e);
	if (rc == 0 && va->satellite_id) {
		rc = order_removal(r, va, &udi, result, e);
		if (rc)
			return rc < 0 ? -1 : 0;
	}
	if (rc < 0 || find_named(r, va, &udi, &row, e))
		return -1;
	/* Perhaps another instance was meant: nothing is removed on a guess. */
	if (in.return_code && *in.return_code)
		return err_field(
			e, E_INVALID_REQUEST, "returnCode",
			"%s holds no license reservation, so there is no return code for it. Leave it out to remove "
			"the product instance.",
			instance_name(r->tx.arena, &row));
	return instance_end(&r->tx, &row, "REMOVED", e);
}

static struct reply *remove_devices(struct req *r)
{
	const json_t *list = json_object_get(r->json, "productInstanceRemoveRequests");
	struct virtual_account_row va;
	struct account_row account;
	struct err e = ERR_INIT;

	/* As some clients spell it. */
	if (list == NULL)
		list = json_object_get(r->json, "productInstacesRemoveRequests");
	if (api_virtual_account(r, &account, &va, &e))
		return reply_error(r, &e);
	return api_each(r, list, NULL, remove_one, &va);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)
#define VA "/api/v1/accounts/{account}/virtual-accounts/{va}"

const struct route instance_routes[] = {
	{ "POST", "/api/v1/accounts/{account}/devices", DOORS, RIGHT_INSTANCE_READ, IN_ACCOUNT, BODY_JSON, API_BODY_MAX,
	  list_account_devices, NULL, NULL },
	{ "POST", "/api/v1/accounts/{account}/instance-removals", DOORS, RIGHT_INSTANCE_READ, IN_ACCOUNT, BODY_JSON,
	  API_BODY_MAX, list_removals, NULL, NULL },
	{ "GET", VA "/devices", DOORS, RIGHT_INSTANCE_READ, OF_PLACE, BODY_NONE, 0, list_devices, NULL, NULL },
	{ "POST", VA "/devices/transfer", DOORS, RIGHT_INSTANCE_WRITE, OF_PLACE, BODY_JSON, API_BODY_MAX, NULL,
	  transfer_devices, NULL },
	{ "POST", VA "/devices/remove", DOORS, RIGHT_INSTANCE_WRITE, OF_PLACE, BODY_JSON, API_BODY_MAX, NULL,
	  remove_devices, NULL },
	{ "GET", "/api/v1/product-instances/{id}", DOORS, RIGHT_INSTANCE_READ, OF_INSTANCE, BODY_NONE, 0, show_instance,
	  NULL, NULL },
	{ "POST", "/api/v1/product-instances/{id}/remove", DOORS, RIGHT_INSTANCE_WRITE, OF_INSTANCE, BODY_JSON,
	  API_BODY_MAX, NULL, remove_instance, NULL },
	{ "POST", "/api/v1/product-instances/{id}/transfer", DOORS, RIGHT_INSTANCE_WRITE, OF_INSTANCE, BODY_JSON,
	  API_BODY_MAX, NULL, transfer_instance, NULL },
	{ 0 },
};
