#include "lic/grant.h"

#include "lic/account.h"

/* Is the role given for places like this one? */
static int check_place(const struct grant *g, struct err *e)
{
	unsigned places = role_places(g->role);
	unsigned wanted = g->virtual_account ? PLACE_VIRTUAL : g->account ? PLACE_ACCOUNT : PLACE_SERVER;

	if (places & wanted)
		return 0;
	if (wanted != PLACE_SERVER && !(places & (PLACE_ACCOUNT | PLACE_VIRTUAL)))
		return err_field(e, E_INVALID_REQUEST, "account",
				 "The role '%s' is for the whole server: leave out the account.", role_text(g->role));
	if (wanted == PLACE_SERVER)
		return err_field(e, E_INVALID_REQUEST, "account", "The role '%s' is for one %s: name it.",
				 role_text(g->role), places & PLACE_ACCOUNT ? "account" : "virtual account of an account");
	return wanted == PLACE_ACCOUNT ? err_field(e, E_INVALID_REQUEST, "virtualAccount",
						   "The role '%s' is for one virtual account: name it.", role_text(g->role))
				       : err_field(e, E_INVALID_REQUEST, "virtualAccount",
						   "The role '%s' is for a whole account: leave out the virtual account.",
						   role_text(g->role));
}

int grant_read(struct tx *tx, const char *role, const char *account, const char *virtual_account, struct grant *out,
	       struct err *e)
{
	struct virtual_account_row va;
	struct account_row row;

	*out = (struct grant){ 0 };
	if (role_by_text(role, "role", &out->role, e))
		return -1;
	if (account == NULL && virtual_account)
		return err_field(e, E_INVALID_REQUEST, "account", "A virtual account needs the name of its account.");
	if (account) {
		if (account_find(tx, account, &row, e))
			return -1;
		out->account = row.id;
	}
	if (virtual_account) {
		if (virtual_account_find(tx, &row, virtual_account, &va, e))
			return -1;
		out->virtual_account = va.id;
	}
	return check_place(out, e);
}

int grant_json(struct tx *tx, const struct grant_row *row, json_t **out, struct err *e)
{
	struct virtual_account_row va = { 0 };
	struct account_row account = { 0 };

	if ((row->account && q_account_by_id(tx->db, tx->arena, row->account, &account, e) < 0) ||
	    (row->virtual_account && q_virtual_account_by_id(tx->db, tx->arena, row->virtual_account, &va, e) < 0))
		return -1;
	*out = json_object();
	json_set_text(*out, "role", row->role);
	json_set_text(*out, "account", account.name);
	json_set_text(*out, "virtualAccount", va.name);
	return 0;
}

/* What only shows something: auditors may do all of it, and nothing else. */
static bool reads(enum right right)
{
	return role_has(ROLE_AUDITOR, right);
}

int grant_allowed(const struct caller *by, enum right with, const struct grant *g, struct err *e)
{
	if (!access_covers(by, with, g->account, g->virtual_account))
		return err_set(e, E_FORBIDDEN, "You cannot give roles there: it takes the right '%s'.", right_text(with));
	for (int i = RIGHT_SIGNED + 1; i < RIGHT_COUNT; i++) {
		enum right right = (enum right)i;

		if (!role_has(g->role, right) || (reads(right) && g->account) ||
		    access_covers(by, right, g->account, g->virtual_account))
			continue;
		return err_set(
			e, E_FORBIDDEN,
			"You cannot give the role '%s' there: it has the right '%s', which you do not have yourself.",
			role_text(g->role), right_text(right));
	}
	return 0;
}
