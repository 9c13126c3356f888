/* cmd_request.c - accounts that are asked for, and one account with everything. */
#include <string.h>

#include "base/mem.h"
#include "ctl/ctl.h"

/* ---- one account ---- */

static void show_authority(struct ctl *c, const json_t *account)
{
	ctl_pair(c, "Smart account", ctl_get(account, "cssm_smart_account_name"));
	ctl_pair(c, "Virtual account", ctl_get(account, "cssm_virtual_account_name"));
	ctl_pair_when(c, "Last sync", ctl_get_time(account, "lastSyncDate"));
	ctl_pair_when(c, "Authority until", ctl_get_time(account, "authorityValidUntil"));
}

static void show_account(struct ctl *c, const json_t *account)
{
	const char *next = ctl_get(account, "nextStep");
	char status[TEXT_STATUS_SIZE];

	if (*next)
		ctl_say(c, "%s", next);
	else
		ctl_say(c, "Nothing has to be done for “%s”.", ctl_get(account, "name"));
	ctl_pair(c, "Account", ctl_get(account, "name"));
	ctl_pair(c, "Status", text_status(ctl_get(account, "accountStatus"), status));
	ctl_pair(c, "Domain", ctl_get(account, "domain"));
	if (!ctl_is_manager(c))
		show_authority(c, account);
	ctl_pair(c, "Export control", ctl_get_bool(account, "exportControlPermitted") ? "permitted" : "not permitted");
	ctl_pair(c, "Reservation", ctl_get_bool(account, "reservationPermitted") ? "permitted" : "not permitted");
	ctl_pair_when(c, "Created", ctl_get_time(account, "createdDate"));
	ctl_pair_int(c, "Products", json_object_get(account, "productInstances"));
	ctl_pair_int(c, "Reservations", json_object_get(account, "reservations"));
	ctl_pair_int(c, "Lots", json_object_get(account, "lots"));
	ctl_pair_int(c, "Tokens", json_object_get(account, "tokens"));
	if (ctl_is_manager(c))
		ctl_pair_int(c, "Satellites", json_object_get(account, "satellites"));
}

int cmd_account_show(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/accounts/{}", a->pos[0]);

	return ctl_get_show(c, path, "account", show_account, e);
}

/* ---- requests ---- */

int cmd_account_request(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;

	json_set_text(body, "name", a->pos[0]);
	ctl_put_text(body, "domain", a, "domain");
	ctl_put_text(body, "smartAccount", a, "smart-account");
	ctl_put_text(body, "virtualAccount", a, "virtual-account");
	ctl_put_text(body, "message", a, "message");
	if (ctl_post(c, "/account-requests", body, &answer, e))
		return -1;
	ctl_done(c, answer, "The account “%s” is requested. A system administrator approves it with:", a->pos[0]);
	if (!c->json)
		ctl_hint(c, "account approve {}", ctl_get(json_object_get(answer, "request"), "id"));
	return 0;
}

static const struct table_col request_cols[] = {
	{ "Identifier", 0, 0, 0 }, { "Account", 0, 10, 0 },     { "State", 0, 0, 0 },
	{ "Since", 0, 0, 1 },      { "By", TABLE_MAYBE, 6, 0 }, { "Why", TABLE_MAYBE, 10, 2 },
};

static const char *state_of(const json_t *row)
{
	const char *state = ctl_get(row, "state");

	if (strcmp(state, "PENDING") == 0)
		return "Waiting";
	if (strcmp(state, "APPROVED") == 0)
		return "Approved";
	return strcmp(state, "REJECTED") == 0 ? "Rejected" : "Cancelled";
}

static void show_requests(struct ctl *c, const json_t *rows)
{
	char count[CTL_COUNT_SIZE];
	const json_t *row;
	int64_t waiting = 0;
	AUTO_TABLE t;
	size_t i;

	table_init(&t, request_cols, sizeof(request_cols) / sizeof(*request_cols));
	json_array_foreach (rows, i, row) {
		bool decided = ctl_get_time(row, "decidedDate") != 0;
		AUTO_BUF id = BUF_INIT;

		waiting += !decided;
		text_cut(ctl_get(row, "id"), CTL_ID_SHOWN + 1, &id);
		table_text(&t, id.data);
		table_text(&t, ctl_get(row, "name"));
		table_text(&t, state_of(row));
		table_when(&t, ctl_get_time(row, decided ? "decidedDate" : "createdDate"));
		table_text(&t, ctl_get(row, decided ? "decidedBy" : "createdBy"));
		table_text(&t, ctl_get(row, *ctl_get(row, "reason") ? "reason" : "message"));
	}
	if (i == 0) {
		ctl_say(c, "There is no such request for an account.");
		return;
	}
	if (waiting)
		ctl_say(c, "%s for an answer.",
			ctl_count(waiting, "request for an account waits", "requests for accounts wait", count));
	else
		ctl_say(c, "No request for an account waits for an answer.");
	table_print(&t, c->width, c->color, &c->out);
}

int cmd_account_requests(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	const char *state = args_text(a, "state");
	AUTO_FREE char *path = client_path(state ? "/account-requests?state={}" : "/account-requests", state);

	return ctl_get_show(c, path, "requests", show_requests, e);
}

/* Posts to a request that is named by its identifier or the beginning of it. */
static int post_to(struct ctl *c, const char *typed, const char *pattern, const json_t *body, json_t **answer,
		   struct err *e)
{
	AUTO_JSON *list = NULL;
	AUTO_FREE char *id = NULL;
	AUTO_FREE char *path = NULL;
	size_t n;

	if (ctl_get_call(c, "/account-requests", &list, e))
		return -1;
	n = ctl_find_id(ctl_rows(list, "requests"), typed, &id);
	if (n != 1)
		return err_set(e, E_ACCOUNT_REQUEST_UNKNOWN,
			       "%s “%s”. Nothing was changed. satellitectl account requests shows the identifiers.",
			       n ? "More than one request has an identifier that begins with"
				 : "There is no request for an account with the identifier",
			       typed);
	path = client_path(pattern, id);
	return ctl_post(c, path, body, answer, e);
}

int cmd_account_approve(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	const char *administrator;

	if (args_flag(a, "export-controlled"))
		json_set_bool(body, "exportControlled", true);
	if (args_flag(a, "reservation"))
		json_set_bool(body, "reservation", true);
	if (post_to(c, a->pos[0], "/account-requests/{}/approve", body, &answer, e))
		return -1;
	administrator = ctl_get(answer, "administrator");
	ctl_done(c, answer, "Account “%s” is made.%s%s%s %s", ctl_get(answer, "account"), *administrator ? " " : "",
		 administrator, *administrator ? " is its account administrator." : "", ctl_get(answer, "nextStep"));
	return 0;
}

static int decide(struct ctl *c, const char *pattern, const char *id, const json_t *body, const char *text, struct err *e)
{
	AUTO_JSON *answer = NULL;

	if (post_to(c, id, pattern, body, &answer, e))
		return -1;
	ctl_done(c, answer, "The request for the account “%s” is %s.", ctl_get(json_object_get(answer, "request"), "name"),
		 text);
	return 0;
}

int cmd_account_reject(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();

	ctl_put_text(body, "reason", a, "reason");
	return decide(c, "/account-requests/{}/reject", a->pos[0], body, "rejected; who asked sees why", e);
}

int cmd_account_cancel(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return decide(c, "/account-requests/{}/cancel", a->pos[0], NULL, "cancelled", e);
}
