#include "sync/record.h"

#include <stddef.h>
#include <string.h>

#include "base/str.h"
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

static int wrong(const char *member, const char *what, struct err *e)
{
	return err_field(e, E_SYNC_DAMAGED, member, "The member '%s' %s.", member, what);
}

static int check_id(const char *id, struct err *e)
{
	return manifest_uuid_ok(id) ? 0 : wrong("id", "must be a UUID in lower case with dashes", e);
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
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
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
