#include "lic/account.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/rand.h"
#include "base/str.h"
#include "json/json.h"
#include "lic/event.h"
#include "lic/export.h"
#include "lic/site.h"

int account_fold_name(const char *field, const char *name, char key[NAME_KEY_SIZE], struct err *e)
{
	if (str_fold(key, name))
		return err_field(e, E_NAME_INVALID, field,
				 "'%.60s' cannot be a name: a name has 1 to %d printable characters.", name,
				 NAME_MAX_CHARS);
	return 0;
}

static int add_virtual_account(struct tx *tx, const struct account_row *account, const char *name, const char *description,
			       bool is_default, struct virtual_account_row *out, struct err *e)
{
	char key[NAME_KEY_SIZE], uuid[UUID_SIZE];
	struct virtual_account_row row = { .account_id = account->id, .name = name, .is_default = is_default };
	int rc;

	if (account_fold_name("name", name, key, e))
		return -1;
	rc = q_virtual_account_by_key(tx->db, tx->arena, account->id, key, out, e);
	if (rc == 1)
		return err_field(e, E_VIRTUAL_ACCOUNT_EXISTS, "name", "'%s' has a virtual account '%s' already.",
				 account->name, out->name);
	row.uuid = rand_uuid(uuid);
	row.description = description ? description : "";
	if (rc < 0 || q_virtual_account_add(tx->db, &row, key, tx->now, e))
		return -1;
	return q_virtual_account_by_key(tx->db, tx->arena, account->id, key, out, e) == 1 ? 0 : -1;
}

int account_add(struct tx *tx, const struct account_new *in, struct account_row *out, struct err *e)
{
	bool satellite = tx->site->role == SITE_SATELLITE;
	char key[NAME_KEY_SIZE], ignored[NAME_KEY_SIZE], uuid[UUID_SIZE];
	struct virtual_account_row va;
	struct account_row row = { .name = in->name,
				   .domain = in->domain ? in->domain : "",
				   .status = satellite ? ACCOUNT_PENDING : ACCOUNT_ACTIVE,
				   .smart_account = satellite ? in->smart_account : "",
				   .virtual_account = satellite ? in->virtual_account : "",
				   .export_permitted = !satellite && in->export_permitted,
				   .reservation_permitted = !satellite && in->reservation_permitted,
				   .created_at = tx->now };
	json_t *detail;
	int rc;

	if (account_fold_name("name", in->name, key, e))
		return -1;
	if (satellite && (in->smart_account == NULL || in->virtual_account == NULL))
		return err_field(
			e, E_INVALID_REQUEST, in->smart_account ? "virtualAccount" : "smartAccount",
			"A local account is bound to a virtual account at the cloud manager: name its smart account "
			"and its virtual account.");
	if (satellite && (account_fold_name("smartAccount", in->smart_account, ignored, e) ||
			  account_fold_name("virtualAccount", in->virtual_account, ignored, e)))
		return -1;
	rc = q_account_by_key(tx->db, tx->arena, key, out, e);
	if (rc == 1)
		return err_field(e, E_ACCOUNT_EXISTS, "name", "There is an account '%s' already.", out->name);
	row.uuid = rand_uuid(uuid);
	if (rc < 0 || q_account_add(tx->db, &row, key, e) || q_account_by_key(tx->db, tx->arena, key, out, e) != 1 ||
	    add_virtual_account(tx, out, DEFAULT_VIRTUAL_ACCOUNT, "", true, &va, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "domain", row.domain);
	if (satellite) {
		json_set_text(detail, "smartAccount", row.smart_account);
		json_set_text(detail, "virtualAccount", row.virtual_account);
	} else {
		json_set_bool(detail, "exportPermitted", row.export_permitted);
		json_set_bool(detail, "reservationPermitted", row.reservation_permitted);
	}
	return event_add(tx, "account.create", out->name, out->name, detail, e);
}

int account_find(struct tx *tx, const char *name, struct account_row *out, struct err *e)
{
	char key[NAME_KEY_SIZE];
	int rc = str_fold(key, name) ? 0 : q_account_by_key(tx->db, tx->arena, key, out, e);

	if (rc == 0)
		return err_set(e, E_ACCOUNT_UNKNOWN, "There is no account '%.128s' on this server.", name);
	return rc < 0 ? -1 : 0;
}

int account_set_active(struct tx *tx, const char *name, bool active, struct err *e)
{
	struct account_row account;
	const char *before;
	json_t *detail;

	if (account_find(tx, name, &account, e))
		return -1;
	if (strcmp(account.status, ACCOUNT_PENDING) == 0)
		return err_set(e, E_NOT_REGISTERED, "The account '%s' waits for its authorization file; import that first.",
			       account.name);
	if (active && account.deactivated & ACCOUNT_OFF_UPSTREAM)
		return err_set(e, E_CONFLICT,
			       "The account '%s' was deactivated at the cloud manager. Have it activated there, then "
			       "synchronize.",
			       account.name);
	if (active == !(account.deactivated & ACCOUNT_OFF_HERE))
		return 0;
	before = account.status;
	account.deactivated = active ? account.deactivated & ~ACCOUNT_OFF_HERE : account.deactivated | ACCOUNT_OFF_HERE;
	account.status = account.deactivated ? ACCOUNT_INACTIVE : ACCOUNT_ACTIVE;
	if (q_account_set_status(tx->db, &account, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "before", before);
	json_set_text(detail, "after", account.status);
	return event_add(tx, active ? "account.activate" : "account.deactivate", account.name, account.name, detail, e);
}

/* The account whose permissions are decided here. */
static int find_own(struct tx *tx, const char *name, struct account_row *out, struct err *e)
{
	if (account_find(tx, name, out, e))
		return -1;
	if (tx->site->role == SITE_SATELLITE)
		return err_set(
			e, E_CONFLICT,
			"The cloud manager decides what '%s' is permitted. Ask there; the next synchronization tells it here.",
			out->name);
	return 0;
}

int account_permit_reservation(struct tx *tx, const char *name, bool permit, struct err *e)
{
	struct account_row account;
	json_t *detail;

	if (find_own(tx, name, &account, e))
		return -1;
	if (account.reservation_permitted == permit)
		return 0;
	account.reservation_permitted = permit;
	if (q_account_synchronized(tx->db, &account, e))
		return -1;
	detail = json_object();
	json_set_bool(detail, "before", !permit);
	json_set_bool(detail, "after", permit);
	return event_add(tx, "account.permit-reservation", account.name, account.name, detail, e);
}

int account_permit_export(struct tx *tx, const char *name, bool permit, struct err *e)
{
	struct account_row account;
	json_t *detail;

	if (find_own(tx, name, &account, e))
		return -1;
	if (account.export_permitted == permit)
		return 0;
	account.export_permitted = permit;
	if (q_account_synchronized(tx->db, &account, e))
		return -1;
	detail = json_object();
	json_set_bool(detail, "before", !permit);
	json_set_bool(detail, "after", permit);
	return event_add(tx, "account.permit-export", account.name, account.name, detail, e) ||
			       export_review(tx, &account, e)
		     ? -1
		     : 0;
}

int virtual_account_add(struct tx *tx, const struct account_row *account, const char *name, const char *description,
			struct virtual_account_row *out, struct err *e)
{
	if (add_virtual_account(tx, account, name, description, false, out, e))
		return -1;
	return event_add(tx, "virtual-account.create", account->name, out->name,
			 json_pack("{s:s}", "description", description ? description : ""), e);
}

int virtual_account_find(struct tx *tx, const struct account_row *account, const char *name,
			 struct virtual_account_row *out, struct err *e)
{
	char key[NAME_KEY_SIZE];
	int rc = str_fold(key, name) ? 0 : q_virtual_account_by_key(tx->db, tx->arena, account->id, key, out, e);

	if (rc == 0)
		return err_set(e, E_VIRTUAL_ACCOUNT_UNKNOWN, "There is no virtual account '%.128s' in '%s'.", name,
			       account->name);
	return rc < 0 ? -1 : 0;
}

int virtual_account_served_here(const struct virtual_account_row *va, struct err *e)
{
	if (va->satellite_id)
		return err_set(e, E_SERVED_ELSEWHERE,
			       "The virtual account '%s' is served by the satellite '%s'. Do this there.", va->name,
			       va->satellite_name);
	return 0;
}

/* `2 product instances, 1 license and 1 reservation` */
static void say_count(char text[192], int64_t n, const char *what, bool last)
{
	size_t at = strlen(text);

	if (n)
		snprintf(text + at, 192 - at, "%s%" PRId64 " %s%s",
			 at == 0 ? ""
			 : last  ? " and "
				 : ", ",
			 n, what, n == 1 ? "" : "s");
}

static int in_use(const struct virtual_account_row *va, int64_t instances, int64_t licenses, int64_t reservations,
		  struct err *e)
{
	char held[192] = "";

	say_count(held, instances, "product instance", false);
	say_count(held, licenses, "license", reservations == 0);
	say_count(held, reservations, "reservation", true);
	return err_set(e, E_VIRTUAL_ACCOUNT_IN_USE, "'%s' still holds %s. Move, remove or return %s first.", va->name, held,
		       instances + licenses + reservations == 1 ? "it" : "them");
}

int virtual_account_delete(struct tx *tx, const struct account_row *account, const char *name, struct err *e)
{
	struct virtual_account_row va, heir;
	int64_t instances = 0, licenses = 0, reservations = 0;

	if (virtual_account_find(tx, account, name, &va, e) || virtual_account_served_here(&va, e))
		return -1;
	if (va.is_default)
		return err_set(e, E_VIRTUAL_ACCOUNT_DEFAULT,
			       "'%s' is the default virtual account of '%s' and cannot be deleted.", va.name,
			       account->name);
	if (q_virtual_account_instances(tx->db, va.id, &instances, e) ||
	    q_virtual_account_licenses(tx->db, va.id, &licenses, e) || q_reservation_count(tx->db, va.id, &reservations, e))
		return -1;
	if (instances || licenses || reservations)
		return in_use(&va, instances, licenses, reservations, e);
	if (q_virtual_account_default(tx->db, tx->arena, account->id, &heir, e) != 1 ||
	    q_virtual_account_delete(tx->db, va.id, heir.id, tx->now, tx->actor->name, e))
		return -1;
	return event_add(tx, "virtual-account.delete", account->name, va.name,
			 json_pack("{s:s}", "description", va.description ? va.description : ""), e);
}
