#include "lic/export.h"

#include <inttypes.h>
#include <string.h>

#include "lic/alert.h"
#include "lic/instance.h"

/* The first export-controlled license that the instance uses without permission; NULL if there is none. */
static const struct usage_row *find_restricted(const struct instance_row *instance, bool account_permits,
					       const struct usage_row *rows, size_t n)
{
	if (instance->export_allowed && account_permits)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (rows[i].restricted && rows[i].asked)
			return &rows[i];
	return NULL;
}

static const char *explain(struct tx *tx, const struct instance_row *instance, const struct account_row *account,
			   const struct usage_row *row)
{
	const char *name = instance_full_name(tx->arena, instance);

	if (instance->export_allowed)
		return arena_printf(
			tx->arena,
			"'%s' is no longer permitted export-controlled functionality, and %s asks for %" PRId64
			" of %s. It keeps the %" PRId64
			" that it has and gets no more. End the use, or ask your license vendor for the permission.",
			account->name, name, row->asked, row->display_name, row->granted);
	return arena_printf(
		tx->arena,
		"%s asks for %" PRId64
		" of %s, which is export-controlled, but it is registered without export-controlled functionality "
		"and gets none. Register it again with a token that allows it%s.",
		name, row->asked, row->display_name,
		account->export_permitted ? "" : "; the account needs the permission first");
}

int export_review_instance(struct tx *tx, const struct instance_row *instance, bool account_permits, struct err *e)
{
	struct virtual_account_row va;
	const struct usage_row *found;
	struct account_row account;
	struct usage_row *rows;
	size_t n;
	int open;

	if (q_usage_list(tx->db, tx->arena, instance->id, &rows, &n, e))
		return -1;
	found = strcmp(instance->state, "REGISTERED") == 0 ? find_restricted(instance, account_permits, rows, n) : NULL;
	if (found == NULL)
		return alert_clear(tx, ALERT_RESTRICTED_LICENSE, instance->uuid, e);
	open = alert_open(tx, ALERT_RESTRICTED_LICENSE, instance->uuid, e);
	if (open)
		return open < 0 ? -1 : 0;
	if (q_virtual_account_by_id(tx->db, tx->arena, instance->virtual_account_id, &va, e) != 1 ||
	    q_account_by_id(tx->db, tx->arena, va.account_id, &account, e) != 1)
		return -1;
	return alert_raise(tx, ALERT_RESTRICTED_LICENSE, &account, &va, instance->uuid,
			   instance_udi_text(tx->arena, &instance->udi), explain(tx, instance, &account, found), e);
}

int export_review(struct tx *tx, const struct account_row *account, struct err *e)
{
	struct instance_row row;
	struct id_row *ids;
	size_t n;

	if (q_instance_restricted(tx->db, tx->arena, account->id, account->export_permitted, &ids, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (q_instance_by_id(tx->db, tx->arena, ids[i].id, &row, e) != 1 ||
		    export_review_instance(tx, &row, account->export_permitted, e))
			return -1;
	return 0;
}
