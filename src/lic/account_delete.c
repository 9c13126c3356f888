/* account_delete.c - what an account has, what is to be done with it next, and its end. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "json/json.h"
#include "lic/account.h"
#include "lic/event.h"
#include "lic/site.h"

#define FORGET_AT_ONCE 500 /* product instances in a turn of the writer */

static bool is_satellite(const struct tx *tx)
{
	return tx->site->role == SITE_SATELLITE;
}

/* Nothing was ever in it, so nothing is lost. */
static int is_unused(struct tx *tx, const struct account_row *account, bool *out, struct err *e)
{
	int64_t holds = 0;

	if (q_account_holds(tx->db, account->id, &holds, e))
		return -1;
	*out = holds == 0 && (!is_satellite(tx) || strcmp(account->status, ACCOUNT_PENDING) == 0);
	return 0;
}

static void say_held(struct buf *b, int64_t n, const char *one, const char *many, const char *remedy)
{
	if (n)
		buf_printf(b, " It holds %" PRId64 " %s: %s.", n, n == 1 ? one : many, remedy);
}

static void say_reasons(struct tx *tx, const struct account_row *account, const struct account_state *s, struct buf *b)
{
	if (strcmp(account->status, ACCOUNT_INACTIVE) != 0)
		buf_adds(b, " It is active: deactivate it first (account deactivate).");
	say_held(b, s->instances, "registered product instance", "registered product instances",
		 "deregister them on the products, or remove them (instance remove)");
	say_held(b, s->reservations, "license reservation", "license reservations",
		 "return or cancel them (reservation return, reservation cancel), or remove them (reservation remove)");
	if (is_satellite(tx))
		return;
	say_held(b, s->lots, "lot of licenses", "lots of licenses",
		 "set the quantity of the orders to 0 (order list, order change), or let them end");
	if (s->satellites == 1)
		buf_printf(b, " The satellite '%s' serves a part of it: remove that satellite (satellite remove).",
			   s->satellite);
	else if (s->satellites)
		buf_printf(b,
			   " %" PRId64 " satellites serve parts of it, one is '%s': remove them (satellite list, "
			   "satellite remove).",
			   s->satellites, s->satellite);
}

int account_kept_by(struct tx *tx, const struct account_row *account, const char **out, struct err *e)
{
	struct account_state s;
	AUTO_BUF b = BUF_INIT;
	bool unused;

	*out = "";
	if (is_unused(tx, account, &unused, e) || q_account_state(tx->db, tx->arena, account->id, tx->now, &s, e))
		return -1;
	if (unused)
		return 0;
	say_reasons(tx, account, &s, &b);
	if (b.n)
		*out = arena_strdup(tx->arena, b.data + 1);
	return 0;
}

static const char *next_of_satellite(const struct tx *tx, const struct account_row *account)
{
	if (strcmp(account->status, ACCOUNT_PENDING) == 0)
		return arena_printf(
			tx->arena,
			"Register it at the cloud manager for '%s' of '%s': with a registration code from there "
			"(sync register), or by a file that is carried there and back (sync export, sync import).",
			account->virtual_account, account->smart_account);
	if (account->deactivated & ACCOUNT_OFF_UPSTREAM)
		return "It was deactivated at the cloud manager: have it activated there, then synchronize.";
	if (account->authority_valid_until && account->authority_valid_until <= tx->now)
		return "Synchronize: its authority has run out, and products can neither register nor renew (sync now, or "
		       "sync export).";
	return "";
}

int account_next_step(struct tx *tx, const struct account_row *account, const char **out, struct err *e)
{
	const char *kept = "";

	*out = is_satellite(tx) ? next_of_satellite(tx, account) : "";
	if (**out || strcmp(account->status, ACCOUNT_INACTIVE) != 0)
		return 0;
	if (account_kept_by(tx, account, &kept, e))
		return -1;
	*out = *kept ? arena_printf(tx->arena,
				    "It is deactivated: activate it (account activate), or delete it when nothing is left "
				    "in it. %s",
				    kept)
		     : "It is deactivated and nothing is left in it: activate it (account activate), or delete it (account "
		       "delete).";
	return 0;
}

static int check_confirm(const struct account_row *account, const char *confirm, bool needed, struct err *e)
{
	char said[NAME_KEY_SIZE], name[NAME_KEY_SIZE];

	if (confirm == NULL && !needed)
		return 0;
	if (confirm == NULL)
		return err_field(e, E_INVALID_REQUEST, "confirm",
				 "Everything of the account '%s' but its events will be gone. Say its name in 'confirm' to "
				 "delete it.",
				 account->name);
	if (str_fold(said, confirm) || str_fold(name, account->name) || strcmp(said, name) != 0)
		return err_field(e, E_INVALID_REQUEST, "confirm",
				 "'confirm' is '%.128s', and the account's name is '%s'. Nothing was deleted.", confirm,
				 account->name);
	return 0;
}

int account_check_delete(struct tx *tx, const char *name, const char *confirm, struct account_row *out, struct err *e)
{
	const char *kept;
	bool unused;

	if (account_find(tx, name, out, e) || is_unused(tx, out, &unused, e) || account_kept_by(tx, out, &kept, e))
		return -1;
	if (*kept)
		return err_set(e, E_CONFLICT, "The account '%s' cannot be deleted yet. %s", out->name, kept);
	return check_confirm(out, confirm, !unused, e);
}

int account_forget(struct tx *tx, const struct account_row *account, bool *more, struct err *e)
{
	size_t n;

	if (q_account_forget_instances(tx->db, tx->arena, account->id, FORGET_AT_ONCE, &n, e))
		return -1;
	*more = n == FORGET_AT_ONCE;
	return 0;
}

/* At the manager the virtual account still belongs to this satellite. */
static int say_next(struct tx *tx, const struct account_row *account, const char **out, struct err *e)
{
	const char *also = "";
	int64_t others;

	*out = "";
	if (!is_satellite(tx) || *account->upstream_uuid == '\0')
		return 0;
	if (q_account_others(tx->db, account->id, &others, e))
		return -1;
	if (others)
		also = arena_printf(tx->arena, "; the other account%s of this satellite then register%s anew, too",
				    others == 1 ? "" : "s", others == 1 ? "s" : "");
	*out = arena_printf(
		tx->arena,
		"At the cloud manager '%s' of '%s' still belongs to this satellite. An account named '%s' can register for "
		"it here again at once. To give it to another server, have this satellite removed there (satellite remove)%s.",
		account->virtual_account, account->smart_account, account->name, also);
	return 0;
}

static json_t *deleted(const struct account_row *account, const struct account_state *s)
{
	json_t *detail = json_object();

	json_set_text(detail, "smartAccount", account->smart_account);
	json_set_text(detail, "virtualAccount", account->virtual_account);
	json_set_text(detail, "before", account->status);
	json_set_int(detail, "virtualAccounts", s->virtual_accounts);
	json_set_int(detail, "tokens", s->tokens);
	json_set_int(detail, "lots", s->lots);
	return detail;
}

int account_delete(struct tx *tx, const char *name, const char *confirm, const char **next, struct err *e)
{
	struct account_row account;
	struct account_state state;
	bool more = true;

	if (account_check_delete(tx, name, confirm, &account, e) ||
	    q_account_state(tx->db, tx->arena, account.id, tx->now, &state, e) || say_next(tx, &account, next, e))
		return -1;
	while (more)
		if (account_forget(tx, &account, &more, e))
			return -1;
	if (q_account_delete(tx->db, account.id, e))
		return -1;
	return event_add(tx, "account.delete", account.name, account.name, deleted(&account, &state), e);
}
