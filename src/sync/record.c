#include "sync/record.h"

#include <stddef.h>
#include <string.h>

#include "base/str.h"
#include "crypt/digest.h"
#include "sync/manifest.h"

#define TIME_MAX INT64_C(253402300799999) /* the end of the year 9999 */

#define ACCOUNT(member, kind, flags, least, most)                                          \
	{                                                                                  \
#member, kind, flags, offsetof(struct record_account, member), least, most \
	}
#define ENTITLEMENT(member, kind, flags, least, most)                                          \
	{                                                                                      \
#member, kind, flags, offsetof(struct record_entitlement, member), least, most \
	}
#define LOT(member, kind, flags, least, most)                                          \
	{                                                                              \
#member, kind, flags, offsetof(struct record_lot, member), least, most \
	}

#define REMOVAL(member, kind, flags, least, most)                                          \
	{                                                                                  \
#member, kind, flags, offsetof(struct record_removal, member), least, most \
	}
#define VIRTUAL_ACCOUNT(member, kind, flags, least, most)                                          \
	{                                                                                          \
#member, kind, flags, offsetof(struct record_virtual_account, member), least, most \
	}
#define INSTANCE(member, kind, flags, least, most)                                          \
	{                                                                                   \
#member, kind, flags, offsetof(struct record_instance, member), least, most \
	}
#define USAGE(member, kind, flags, least, most)                                          \
	{                                                                                \
#member, kind, flags, offsetof(struct record_usage, member), least, most \
	}
#define RESERVATION(member, kind, flags, least, most)                                          \
	{                                                                                      \
#member, kind, flags, offsetof(struct record_reservation, member), least, most \
	}
#define REMOVED(member, kind, flags, least, most)                                          \
	{                                                                                  \
#member, kind, flags, offsetof(struct record_removed, member), least, most \
	}

static const struct json_spec account_spec[] = {
	ACCOUNT(id, JSON_K_TEXT, 0, 36, 36),
	ACCOUNT(smart_account, JSON_K_TEXT, 0, 1, NAME_KEY_SIZE - 1),
	ACCOUNT(virtual_account, JSON_K_TEXT, 0, 1, NAME_KEY_SIZE - 1),
	ACCOUNT(domain, JSON_K_TEXT, 0, 0, 253),
	ACCOUNT(export_control_permitted, JSON_K_BOOL, 0, 0, 0),
	ACCOUNT(reservation_permitted, JSON_K_BOOL, 0, 0, 0),
	ACCOUNT(status, JSON_K_TEXT, 0, 1, 16),
	{ 0 },
};

static const struct json_spec entitlement_spec[] = {
	ENTITLEMENT(id, JSON_K_TEXT, 0, 36, 36),
	ENTITLEMENT(tag, JSON_K_TEXT, 0, 1, 255),
	ENTITLEMENT(name, JSON_K_TEXT, 0, 1, NAME_KEY_SIZE - 1),
	ENTITLEMENT(display_name, JSON_K_TEXT, 0, 1, NAME_KEY_SIZE - 1),
	ENTITLEMENT(description, JSON_K_TEXT, 0, 0, 1024),
	ENTITLEMENT(version, JSON_K_TEXT, 0, 0, 64),
	ENTITLEMENT(family, JSON_K_TEXT, 0, 0, 64),
	ENTITLEMENT(tier, JSON_K_INT, JSON_F_NULL, 0, RECORD_TIER_MAX),
	ENTITLEMENT(restricted, JSON_K_BOOL, 0, 0, 0),
	ENTITLEMENT(minimum, JSON_K_INT, JSON_F_NULL, 1, RECORD_COUNT_MAX),
	{ 0 },
};

static const struct json_spec lot_spec[] = {
	LOT(id, JSON_K_TEXT, 0, 36, 36),
	LOT(tag, JSON_K_TEXT, 0, 1, 255),
	{ "count", JSON_K_INT, 0, offsetof(struct record_lot, quantity), 0, RECORD_COUNT_MAX },
	LOT(license_type, JSON_K_TEXT, 0, 1, 16),
	LOT(start_at, JSON_K_INT, 0, 0, TIME_MAX),
	LOT(end_at, JSON_K_INT, JSON_F_NULL, 1, TIME_MAX),
	LOT(subscription_id, JSON_K_TEXT, 0, 0, 128),
	{ 0 },
};

static const struct json_spec removal_spec[] = {
	REMOVAL(id, JSON_K_TEXT, 0, 36, 36),
	REMOVAL(piid, JSON_K_TEXT, 0, 36, 36),
	REMOVAL(reason, JSON_K_TEXT, 0, 0, 1024),
	{ 0 },
};

static const struct json_spec virtual_account_spec[] = {
	VIRTUAL_ACCOUNT(id, JSON_K_TEXT, 0, 36, 36),
	VIRTUAL_ACCOUNT(name, JSON_K_TEXT, 0, 1, NAME_KEY_SIZE - 1),
	VIRTUAL_ACCOUNT(description, JSON_K_TEXT, 0, 0, 4096),
	VIRTUAL_ACCOUNT(is_default, JSON_K_BOOL, 0, 0, 0),
	{ 0 },
};

static const struct json_spec instance_spec[] = {
	INSTANCE(id, JSON_K_TEXT, 0, 36, 36),
	INSTANCE(virtual_account, JSON_K_TEXT, 0, 36, 36),
	INSTANCE(udi_pid, JSON_K_TEXT, 0, 1, RECORD_TEXT_MAX),
	INSTANCE(udi_serial_number, JSON_K_TEXT, 0, 1, RECORD_TEXT_MAX),
	INSTANCE(uuid, JSON_K_TEXT, 0, 0, 32),
	INSTANCE(software_tag_identifier, JSON_K_TEXT, 0, 1, RECORD_TEXT_MAX),
	INSTANCE(product_version, JSON_K_TEXT, JSON_F_NULL, 0, RECORD_TEXT_MAX),
	INSTANCE(hostname, JSON_K_TEXT, JSON_F_NULL, 0, RECORD_TEXT_MAX),
	INSTANCE(ip_address, JSON_K_TEXT, JSON_F_NULL, 0, RECORD_TEXT_MAX),
	INSTANCE(mac_address, JSON_K_TEXT, JSON_F_NULL, 0, RECORD_TEXT_MAX),
	INSTANCE(export_controlled, JSON_K_BOOL, 0, 0, 0),
	INSTANCE(authorized, JSON_K_BOOL, 0, 0, 0),
	INSTANCE(registered_at, JSON_K_INT, 0, 0, TIME_MAX),
	INSTANCE(expires_at, JSON_K_INT, 0, 0, TIME_MAX),
	{ 0 },
};

static const struct json_spec usage_spec[] = {
	USAGE(id, JSON_K_TEXT, 0, 36, 36),
	USAGE(piid, JSON_K_TEXT, 0, 36, 36),
	USAGE(tag, JSON_K_TEXT, 0, 1, 255),
	USAGE(count, JSON_K_INT, 0, 0, RECORD_COUNT_MAX),
	{ 0 },
};

static const struct json_spec reservation_spec[] = {
	RESERVATION(id, JSON_K_TEXT, 0, 36, 36),
	RESERVATION(virtual_account, JSON_K_TEXT, 0, 36, 36),
	RESERVATION(state, JSON_K_TEXT, 0, 1, 32),
	RESERVATION(udi_pid, JSON_K_TEXT, 0, 1, RECORD_TEXT_MAX),
	RESERVATION(udi_serial_number, JSON_K_TEXT, 0, 1, RECORD_TEXT_MAX),
	RESERVATION(uuid, JSON_K_TEXT, 0, 0, 32),
	RESERVATION(created_at, JSON_K_INT, 0, 0, TIME_MAX),
	RESERVATION(licenses, JSON_K_ARRAY, 0, 0, RECORD_RESERVED_MAX),
	{ 0 },
};

static const struct json_spec reserved_spec[] = {
	{ "lot", JSON_K_TEXT, 0, offsetof(struct record_reserved, lot), 36, 36 },
	{ "count", JSON_K_INT, 0, offsetof(struct record_reserved, quantity), 0, RECORD_COUNT_MAX },
	{ 0 },
};

static const struct json_spec removed_spec[] = {
	REMOVED(id, JSON_K_TEXT, 0, 36, 36),
	REMOVED(kind, JSON_K_TEXT, 0, 1, 32),
	{ 0 },
};

static int wrong(const char *member, const char *what, struct err *e)
{
	return err_field(e, E_SYNC_DAMAGED, member, "The member '%s' %s.", member, what);
}

static int check_uuid(const char *uuid, const char *member, struct err *e)
{
	return manifest_uuid_ok(uuid) ? 0 : wrong(member, "must be a UUID in lower case with dashes", e);
}

static int check_id(const char *id, struct err *e)
{
	return check_uuid(id, "id", e);
}

/* The UUID of a UDI is 32 hex digits, or none. */
static int check_udi_uuid(const char *uuid, struct err *e)
{
	size_t n = strlen(uuid);

	return n == 0 || (n == 32 && strspn(uuid, "0123456789abcdef") == n)
		     ? 0
		     : wrong("uuid", "must be 32 hexadecimal digits in lower case, or empty", e);
}

static int check_word(const char *word, const char *member, const char *const *words, const char *must, struct err *e)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return 0;
	return wrong(member, must, e);
}

static int check_name(const char *text, const char *member, struct err *e)
{
	return str_name_ok(text) ? 0 : wrong(member, "must be 1 to 128 printable characters", e);
}

static int check_tag(const char *tag, struct err *e)
{
	for (; *tag; tag++)
		if (*tag < 0x21 || *tag > 0x7e)
			return wrong("tag", "must be printable ASCII without spaces", e);
	return 0;
}

/* Texts that are shown, of any length the spec allows: no line ends or escape sequences. */
static int check_text(const char *text, const char *member, struct err *e)
{
	for (; *text; text++)
		if (str_control(text))
			return wrong(member, "must not have control characters", e);
	return 0;
}

int record_account_decode(const json_t *v, struct record_account *out, struct err *e)
{
	*out = (struct record_account){ 0 };
	if (json_decode(v, account_spec, NULL, E_SYNC_DAMAGED, out, e) || check_id(out->id, e) ||
	    check_name(out->smart_account, "smart_account", e) || check_name(out->virtual_account, "virtual_account", e) ||
	    check_text(out->domain, "domain", e))
		return -1;
	if (strcmp(out->status, "ACTIVE") != 0 && strcmp(out->status, "INACTIVE") != 0)
		return wrong("status", "must be ACTIVE or INACTIVE", e);
	return 0;
}

int record_entitlement_decode(const json_t *v, struct record_entitlement *out, struct err *e)
{
	*out = (struct record_entitlement){ .tier = -1 };
	if (json_decode(v, entitlement_spec, NULL, E_SYNC_DAMAGED, out, e) || check_id(out->id, e) ||
	    check_tag(out->tag, e) || check_name(out->name, "name", e) ||
	    check_name(out->display_name, "display_name", e) || check_text(out->description, "description", e) ||
	    check_text(out->version, "version", e) || check_text(out->family, "family", e))
		return -1;
	if (out->tier >= 0 && *out->family == '\0')
		return wrong("tier", "needs a family", e);
	return 0;
}

int record_lot_decode(const json_t *v, struct record_lot *out, struct err *e)
{
	*out = (struct record_lot){ 0 };
	if (json_decode(v, lot_spec, NULL, E_SYNC_DAMAGED, out, e) || check_id(out->id, e) || check_tag(out->tag, e) ||
	    check_text(out->subscription_id, "subscription_id", e))
		return -1;
	if (strcmp(out->license_type, "PERPETUAL") != 0 && strcmp(out->license_type, "TERM") != 0 &&
	    strcmp(out->license_type, "DEMO") != 0)
		return wrong("license_type", "must be PERPETUAL, TERM or DEMO", e);
	if ((strcmp(out->license_type, "PERPETUAL") == 0) != (out->end_at == 0))
		return wrong("end_at", "must be null if the license is PERPETUAL, and only then", e);
	if (out->end_at && out->end_at <= out->start_at)
		return wrong("end_at", "must be later than start_at", e);
	return 0;
}

int record_removal_decode(const json_t *v, struct record_removal *out, struct err *e)
{
	*out = (struct record_removal){ 0 };
	return json_decode(v, removal_spec, NULL, E_SYNC_DAMAGED, out, e) || check_id(out->id, e) ||
			       check_uuid(out->piid, "piid", e) || check_text(out->reason, "reason", e)
		     ? -1
		     : 0;
}

int record_virtual_account_decode(const json_t *v, struct record_virtual_account *out, struct err *e)
{
	*out = (struct record_virtual_account){ 0 };
	return json_decode(v, virtual_account_spec, NULL, E_SYNC_DAMAGED, out, e) || check_id(out->id, e) ||
			       check_name(out->name, "name", e) || check_text(out->description, "description", e)
		     ? -1
		     : 0;
}

/* Texts that may be missing. */
static int check_maybe(const char *text, const char *member, struct err *e)
{
	return text ? check_text(text, member, e) : 0;
}

int record_instance_decode(const json_t *v, struct record_instance *out, struct err *e)
{
	*out = (struct record_instance){ 0 };
	return json_decode(v, instance_spec, NULL, E_SYNC_DAMAGED, out, e) || check_id(out->id, e) ||
			       check_uuid(out->virtual_account, "virtual_account", e) ||
			       check_text(out->udi_pid, "udi_pid", e) ||
			       check_text(out->udi_serial_number, "udi_serial_number", e) || check_udi_uuid(out->uuid, e) ||
			       check_text(out->software_tag_identifier, "software_tag_identifier", e) ||
			       check_maybe(out->product_version, "product_version", e) ||
			       check_maybe(out->hostname, "hostname", e) || check_maybe(out->ip_address, "ip_address", e) ||
			       check_maybe(out->mac_address, "mac_address", e)
		     ? -1
		     : 0;
}

int record_usage_decode(const json_t *v, struct record_usage *out, struct err *e)
{
	char id[UUID_SIZE];

	*out = (struct record_usage){ 0 };
	if (json_decode(v, usage_spec, NULL, E_SYNC_DAMAGED, out, e) || check_id(out->id, e) ||
	    check_uuid(out->piid, "piid", e) || check_tag(out->tag, e))
		return -1;
	return strcmp(out->id, record_usage_id(out->piid, out->tag, id)) == 0
		     ? 0
		     : wrong("id", "does not follow from piid and tag", e);
}

int record_reservation_decode(const json_t *v, struct record_reservation *out, struct err *e)
{
	static const char *const states[] = { "IN_PROGRESS", "RESERVED", "UPDATE_IN_TRANSIT", NULL };

	*out = (struct record_reservation){ 0 };
	return json_decode(v, reservation_spec, NULL, E_SYNC_DAMAGED, out, e) || check_id(out->id, e) ||
			       check_uuid(out->virtual_account, "virtual_account", e) ||
			       check_word(out->state, "state", states, "must be IN_PROGRESS, RESERVED or UPDATE_IN_TRANSIT",
					  e) ||
			       check_text(out->udi_pid, "udi_pid", e) ||
			       check_text(out->udi_serial_number, "udi_serial_number", e) || check_udi_uuid(out->uuid, e)
		     ? -1
		     : 0;
}

int record_reserved_decode(const json_t *v, struct record_reserved *out, struct err *e)
{
	*out = (struct record_reserved){ 0 };
	return json_decode(v, reserved_spec, "licenses.", E_SYNC_DAMAGED, out, e) || check_uuid(out->lot, "licenses.lot", e)
		     ? -1
		     : 0;
}

int record_removed_decode(const json_t *v, struct record_removed *out, struct err *e)
{
	static const char *const kinds[] = { "virtual_account", "product_instance", "reservation", NULL };

	*out = (struct record_removed){ 0 };
	return json_decode(v, removed_spec, NULL, E_SYNC_DAMAGED, out, e) || check_id(out->id, e) ||
			       check_word(out->kind, "kind", kinds,
					  "must be virtual_account, product_instance or reservation", e)
		     ? -1
		     : 0;
}

const char *record_usage_id(const char *piid, const char *tag, char out[UUID_SIZE])
{
	unsigned char sha256[SHA256_SIZE];
	struct digest *d = digest_begin();

	digest_add(d, piid, strlen(piid) + 1);
	digest_add(d, tag, strlen(tag));
	digest_end(d, sha256);
	return uuid_of(sha256, 8, out);
}

/* Integers that have a value for "none", which is null in the file. */
static void set_int_or_null(json_t *obj, const char *name, int64_t value, int64_t none)
{
	if (value == none)
		json_set_text(obj, name, NULL);
	else
		json_set_int(obj, name, value);
}

/* Texts whose "none" is "". */
static void set_text_or_empty(json_t *obj, const char *name, const char *text)
{
	json_set_text(obj, name, text ? text : "");
}

json_t *record_account_encode(const struct record_account *r)
{
	json_t *v = json_object();

	json_set_text(v, "id", r->id);
	json_set_text(v, "smart_account", r->smart_account);
	json_set_text(v, "virtual_account", r->virtual_account);
	set_text_or_empty(v, "domain", r->domain);
	json_set_bool(v, "export_control_permitted", r->export_control_permitted);
	json_set_bool(v, "reservation_permitted", r->reservation_permitted);
	json_set_text(v, "status", r->status);
	return v;
}

json_t *record_entitlement_encode(const struct record_entitlement *r)
{
	json_t *v = json_object();

	json_set_text(v, "id", r->id);
	json_set_text(v, "tag", r->tag);
	json_set_text(v, "name", r->name);
	json_set_text(v, "display_name", r->display_name);
	set_text_or_empty(v, "description", r->description);
	set_text_or_empty(v, "version", r->version);
	set_text_or_empty(v, "family", r->family);
	set_int_or_null(v, "tier", r->tier, -1);
	json_set_bool(v, "restricted", r->restricted);
	set_int_or_null(v, "minimum", r->minimum, 0);
	return v;
}

json_t *record_lot_encode(const struct record_lot *r)
{
	json_t *v = json_object();

	json_set_text(v, "id", r->id);
	json_set_text(v, "tag", r->tag);
	json_set_int(v, "count", r->quantity);
	json_set_text(v, "license_type", r->license_type);
	json_set_int(v, "start_at", r->start_at);
	set_int_or_null(v, "end_at", r->end_at, 0);
	set_text_or_empty(v, "subscription_id", r->subscription_id);
	return v;
}

json_t *record_removal_encode(const struct record_removal *r)
{
	json_t *v = json_object();

	json_set_text(v, "id", r->id);
	json_set_text(v, "piid", r->piid);
	set_text_or_empty(v, "reason", r->reason);
	return v;
}

json_t *record_virtual_account_encode(const struct record_virtual_account *r)
{
	json_t *v = json_object();

	json_set_text(v, "id", r->id);
	json_set_text(v, "name", r->name);
	set_text_or_empty(v, "description", r->description);
	json_set_bool(v, "is_default", r->is_default);
	return v;
}

json_t *record_instance_encode(const struct record_instance *r)
{
	json_t *v = json_object();

	json_set_text(v, "id", r->id);
	json_set_text(v, "virtual_account", r->virtual_account);
	json_set_text(v, "udi_pid", r->udi_pid);
	json_set_text(v, "udi_serial_number", r->udi_serial_number);
	set_text_or_empty(v, "uuid", r->uuid);
	json_set_text(v, "software_tag_identifier", r->software_tag_identifier);
	json_set_text(v, "product_version", r->product_version);
	json_set_text(v, "hostname", r->hostname);
	json_set_text(v, "ip_address", r->ip_address);
	json_set_text(v, "mac_address", r->mac_address);
	json_set_bool(v, "export_controlled", r->export_controlled);
	json_set_bool(v, "authorized", r->authorized);
	json_set_int(v, "registered_at", r->registered_at);
	json_set_int(v, "expires_at", r->expires_at);
	return v;
}

json_t *record_usage_encode(const struct record_usage *r)
{
	json_t *v = json_object();

	json_set_text(v, "id", r->id);
	json_set_text(v, "piid", r->piid);
	json_set_text(v, "tag", r->tag);
	json_set_int(v, "count", r->count);
	return v;
}

json_t *record_reservation_encode(const struct record_reservation *r, json_t *licenses)
{
	json_t *v = json_object();

	json_set_text(v, "id", r->id);
	json_set_text(v, "virtual_account", r->virtual_account);
	json_set_text(v, "state", r->state);
	json_set_text(v, "udi_pid", r->udi_pid);
	json_set_text(v, "udi_serial_number", r->udi_serial_number);
	set_text_or_empty(v, "uuid", r->uuid);
	json_set_int(v, "created_at", r->created_at);
	json_object_set_new(v, "licenses", licenses);
	return v;
}

json_t *record_reserved_encode(const struct record_reserved *r)
{
	json_t *v = json_object();

	json_set_text(v, "lot", r->lot);
	json_set_int(v, "count", r->quantity);
	return v;
}

json_t *record_removed_encode(const struct record_removed *r)
{
	json_t *v = json_object();

	json_set_text(v, "id", r->id);
	json_set_text(v, "kind", r->kind);
	return v;
}
