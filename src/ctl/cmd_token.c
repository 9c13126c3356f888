/* cmd_token.c - registration tokens. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "ctl/ctl.h"

#define TOKEN_SHOWN 12 /* characters in the list; enough to tell tokens apart and to revoke one */
#define PREFIX_MIN 6
#define WHOLE_MIN 32 /* what is at least as long is a whole token */

int cmd_token_create(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/accounts/{}/virtual-accounts/{}/tokens", args_text(a, "account"),
					   args_text(a, "virtual-account"));
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	AUTO_JSON *brief = NULL;
	const char *token;

	ctl_put_text(body, "description", a, "description");
	json_set_int(body, "expiresAfterDays", args_int(a, "days"));
	json_set_text(body, "exportControlled", args_flag(a, "export-controlled") ? "Allowed" : "Not Allowed");
	json_set_int(body, "numberofUses", args_int(a, "uses"));
	if (ctl_post(c, path, body, &answer, e))
		return -1;
	token = ctl_get(json_object_get(answer, "tokenInfo"), "token");
	if (*token == '\0')
		return err_set(
			e, E_ANSWER_INVALID,
			"The token was created, but the answer does not hold it. This shows it: %s --json token list",
			ctl_program(c));
	if (c->json) {
		brief = json_object();
		json_set_text(brief, "token", token);
		ctl_json(c, brief);
		return 0;
	}
	text_clean(token, &c->out);
	buf_addc(&c->out, '\n');
	return 0;
}

static int list_tokens(struct ctl *c, const char *account, const char *va, json_t **out, struct err *e)
{
	AUTO_FREE char *path = va ? client_path("/accounts/{}/virtual-accounts/{}/tokens", account, va)
				  : client_path("/accounts/{}/tokens", account);

	return ctl_get_call(c, path, out, e);
}

static bool usable(const json_t *row)
{
	static const char *const over[] = { "revoked", "expired", "exhausted", "inactive" };
	int64_t ends = ctl_get_time(row, "expirationDate");

	for (size_t i = 0; i < sizeof(over) / sizeof(*over); i++)
		if (strcasecmp(ctl_get(row, "status"), over[i]) == 0)
			return false;
	if (ctl_has_int(row, "usesRemaining") && ctl_get_int(row, "usesRemaining") <= 0)
		return false;
	return ends == 0 || ends > clock_now();
}

static const struct table_col token_cols[] = {
	{ "Token", 0, 0, 0 },
	{ "Description", TABLE_MAYBE, 10, 0 },
	{ "Virtual account", TABLE_MAYBE, 10, 2 },
	{ "Account", TABLE_MAYBE, 10, 1 },
	{ "Left", TABLE_RIGHT, 0, 0 },
	{ "of", TABLE_RIGHT, 0, 3 },
	{ "Expires", 0, 0, 0 },
	{ "Export", TABLE_MAYBE, 0, 4 },
	{ "Terms accepted", TABLE_MAYBE, 0, 6 },
	{ "Status", 0, 0, 0 },
	{ "By", TABLE_MAYBE, 8, 5 },
};

static void add_uses(struct table *t, const json_t *row, const char *member)
{
	if (ctl_has_int(row, member))
		table_int(t, ctl_get_int(row, member));
	else
		table_text(t, "any");
}

static void add_token(struct table *t, const json_t *row, bool accounts)
{
	AUTO_BUF token = BUF_INIT;
	char status[TEXT_STATUS_SIZE];
	bool good = usable(row);

	text_cut(ctl_get(row, "token"), TOKEN_SHOWN + 1, &token);
	table_text(t, token.data);
	table_text(t, ctl_get(row, "description"));
	table_text(t, ctl_get(row, "virtualAccount"));
	table_text(t, accounts ? ctl_get(row, "account") : "");
	add_uses(t, row, "usesRemaining");
	add_uses(t, row, "numberOfUses");
	table_when(t, ctl_get_time(row, "expirationDate"));
	table_text(t, ctl_get_bool(row, "exportWithdrawn")    ? "withdrawn"
		      : ctl_get_bool(row, "exportControlled") ? "allowed"
							      : "");
	table_when(t, ctl_get_time(row, "termsAcceptedDate"));
	table_text(t, *ctl_get(row, "status") ? text_status(ctl_get(row, "status"), status)
		      : good                  ? "Usable"
					      : "Not usable");
	table_mood(t, good ? TABLE_PLAIN : TABLE_WARN);
	table_text(t, ctl_get(row, "createdBy"));
}

void token_show(struct ctl *c, const json_t *answer)
{
	AUTO_TABLE t;
	const json_t *rows = ctl_rows(answer, "tokens"), *row;
	char all[CTL_COUNT_SIZE], good[TEXT_INT_SIZE];
	int64_t good_n = 0;
	size_t i;

	table_init(&t, token_cols, sizeof(token_cols) / sizeof(*token_cols));
	json_array_foreach (rows, i, row) {
		add_token(&t, row, ctl_many_accounts(rows));
		good_n += usable(row);
	}
	if (i == 0) {
		ctl_say(c, "There is no registration token here. A product needs one to register. Create one:");
		ctl_hint(c, "token create --account A --virtual-account V --days 30 --uses 10");
		return;
	}
	ctl_count((int64_t)i, "token", "tokens", all);
	ctl_say(c, "%s of %s can be used.", text_int(good_n, good), all);
	table_print(&t, c->width, c->color, &c->out);
	ctl_say(c, "Whole tokens:");
	ctl_hint(c, "--json token list");
}

int cmd_token_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return ctl_show_list(c, a, "tokens", list_tokens, token_show, e);
}

/* Adds the token that was meant: typed whole, or by its first characters as the list shows them. What fits none goes
 * to the server as it is, which says so. */
static int add_meant(const json_t *known, const char *typed, json_t *into, struct err *e)
{
	size_t n = strlen(typed), at, found = 0;
	const char *token = typed;
	const json_t *row;

	if (n > strlen("…") && strcmp(typed + n - strlen("…"), "…") == 0)
		n -= strlen("…");
	json_array_foreach (known, at, row) {
		const char *one = ctl_get(row, "token");

		if (strcmp(one, typed) == 0) {
			token = one;
			found = 1;
			break;
		}
		if (n >= PREFIX_MIN && strncmp(one, typed, n) == 0) {
			token = one;
			found++;
		}
	}
	if (found > 1)
		return err_set(e, E_TOKEN_UNKNOWN, "%zu tokens begin with “%.*s”. Nothing was revoked. Give more of it.",
			       found, (int)n, typed);
	json_array_append_new(into, json_string(token));
	return 0;
}

static bool whole(const struct ctl_args *a)
{
	for (size_t i = 0; i < a->pos_n; i++)
		if (strlen(a->pos[i]) < WHOLE_MIN || strstr(a->pos[i], "…"))
			return false;
	return true;
}

static size_t count_done(const json_t *rows)
{
	const json_t *row;
	size_t i, n = 0;

	json_array_foreach (rows, i, row)
		n += strcmp(ctl_get(row, "status"), "ERROR") != 0;
	return n;
}

int cmd_token_revoke(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *known = NULL;
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	json_t *tokens = json_array();
	char count[CTL_COUNT_SIZE];

	json_object_set_new(body, "tokens", tokens);
	if (!whole(a) && ctl_list_of(c, NULL, NULL, "tokens", list_tokens, &known, e))
		return -1;
	for (size_t i = 0; i < a->pos_n; i++)
		if (add_meant(ctl_rows(known, "tokens"), a->pos[i], tokens, e))
			return -1;
	if (ctl_post(c, "/tokens/revoke", body, &answer, e))
		return -1;
	ctl_count((int64_t)count_done(ctl_rows(answer, "tokens")), "token is", "tokens are", count);
	ctl_done(c, answer, "%s revoked. Products that registered before stay registered.", count);
	return ctl_each(c, answer, "tokens", e);
}
