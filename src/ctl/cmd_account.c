/* cmd_account.c - accounts and virtual accounts. */
#include <string.h>

#include "base/mem.h"
#include "ctl/ctl.h"

static const struct table_col account_cols[] = {
	{ "Account", 0, 16, 0 },
	{ "Status", 0, 0, 0 },
	{ "Smart account", TABLE_MAYBE, 12, 1 },
	{ "Virtual account", TABLE_MAYBE, 12, 2 },
	{ "Domain", TABLE_MAYBE, 8, 3 },
};

static void show_accounts(struct ctl *c, const json_t *rows)
{
	AUTO_TABLE t;
	char count[CTL_COUNT_SIZE], status[TEXT_STATUS_SIZE];
	const json_t *row;
	size_t i;

	table_init(&t, account_cols, sizeof(account_cols) / sizeof(*account_cols));
	json_array_foreach (rows, i, row) {
		table_text(&t, ctl_get(row, "name"));
		table_text(&t, text_status(ctl_get(row, "accountStatus"), status));
		table_text(&t, ctl_get(row, "cssm_smart_account_name"));
		table_text(&t, ctl_get(row, "cssm_virtual_account_name"));
		table_text(&t, ctl_get(row, "domain"));
	}
	ctl_say(c, "%s.", ctl_count((int64_t)i, "account", "accounts", count));
	table_print(&t, c->width, c->color, &c->out);
}

static void say_none(struct ctl *c)
{
	ctl_say(c, "There is no account yet. Set up the first:");
	if (ctl_is_manager(c))
		ctl_hint(c, "account add NAME");
	else
		ctl_hint(c, "account add NAME --smart-account S --virtual-account V");
}

int cmd_account_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;

	(void)a;
	if (ctl_accounts(c, &answer, e))
		return -1;
	if (c->json)
		ctl_json(c, answer);
	else if (json_array_size(ctl_rows(answer, "accounts")) == 0)
		say_none(c);
	else
		show_accounts(c, ctl_rows(answer, "accounts"));
	return 0;
}

int cmd_account_add(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	const char *smart = args_text(a, "smart-account");

	if (!smart != !args_text(a, "virtual-account"))
		return err_field(e, E_USAGE, smart ? "virtual-account" : "smart-account",
				 "--smart-account and --virtual-account belong together; --%s is missing.",
				 smart ? "virtual-account" : "smart-account");
	json_set_text(body, "name", a->pos[0]);
	ctl_put_text(body, "domain", a, "domain");
	ctl_put_text(body, "smartAccount", a, "smart-account");
	ctl_put_text(body, "virtualAccount", a, "virtual-account");
	if (args_flag(a, "export-controlled"))
		json_set_bool(body, "exportControlled", true);
	if (args_flag(a, "reservation"))
		json_set_bool(body, "reservation", true);
	if (ctl_post(c, "/accounts", body, &answer, e))
		return -1;
	ctl_done(c, answer, "Account “%s” is added.%s", a->pos[0],
		 smart ? " Next, get its licenses from the cloud manager:" : "");
	if (smart && !c->json) {
		ctl_hint(c, "sync export FILE --account {}", a->pos[0]);
		ctl_say(c, "Or over the network:");
		ctl_hint(c, "sync configure --url URL --account {}", a->pos[0]);
	}
	return 0;
}

int cmd_account_delete(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/accounts/{}/delete", a->pos[0]);
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;

	ctl_put_text(body, "confirm", a, "confirm");
	if (ctl_post(c, path, body, &answer, e))
		return -1;
	ctl_done(c, answer, "Account “%s” is deleted. %s", a->pos[0], ctl_get(answer, "nextStep"));
	return 0;
}

static int switch_account(struct ctl *c, const char *pattern, const char *name, const char *text, struct err *e)
{
	AUTO_FREE char *path = client_path(pattern, name);
	AUTO_JSON *answer = NULL;

	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	ctl_done(c, answer, "Account “%s” %s", name, text);
	return 0;
}

int cmd_account_activate(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return switch_account(c, "/accounts/{}/activate", a->pos[0], "is active: its products are served.", e);
}

int cmd_account_deactivate(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return switch_account(c, "/accounts/{}/deactivate", a->pos[0],
			      "is not active any more: its products can only deregister until you activate it.", e);
}

#define EXPORT_CONTROL "/accounts/{}/export-control"
#define RESERVATION "/accounts/{}/reservation"

static int permit(struct ctl *c, const char *pattern, const char *name, bool permit, const char *text, struct err *e)
{
	AUTO_FREE char *path = client_path(pattern, name);
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;

	json_set_bool(body, "permitted", permit);
	if (ctl_post(c, path, body, &answer, e))
		return -1;
	ctl_done(c, answer, "Account “%s” %s Satellites learn it with their next synchronization.", name, text);
	return 0;
}

int cmd_account_permit_export(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return permit(c, EXPORT_CONTROL, a->pos[0], true, "may use export-controlled functionality.", e);
}

int cmd_account_withdraw_export(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return permit(c, EXPORT_CONTROL, a->pos[0], false,
		      "may no longer use export-controlled functionality: products keep what they were granted and get "
		      "no more.",
		      e);
}

int cmd_account_permit_reservation(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return permit(c, RESERVATION, a->pos[0], true, "may reserve licenses.", e);
}

int cmd_account_withdraw_reservation(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return permit(c, RESERVATION, a->pos[0], false, "may no longer reserve licenses; what is reserved stays.", e);
}

int cmd_virtual_account_add(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/accounts/{}/virtual-accounts", args_text(a, "account"));
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;

	json_set_text(body, "name", a->pos[0]);
	ctl_put_text(body, "description", a, "description");
	if (ctl_post(c, path, body, &answer, e))
		return -1;
	ctl_done(c, answer, "Virtual account “%s” is added to “%s”.", a->pos[0], args_text(a, "account"));
	return 0;
}

static int list_virtual(struct ctl *c, const char *account, const char *va, json_t **out, struct err *e)
{
	const char *tag = args_text(c->args, "tag");
	AUTO_FREE char *path =
		client_path(tag ? "/accounts/{}/virtual-accounts?tag={}" : "/accounts/{}/virtual-accounts", account, tag);

	(void)va;
	return ctl_get_call(c, path, out, e);
}

static const struct table_col virtual_cols[] = {
	{ "Virtual account", 0, 16, 0 }, { "Account", TABLE_MAYBE, 12, 0 },     { "Default", TABLE_MAYBE, 0, 0 },
	{ "Tags", TABLE_MAYBE, 12, 1 },  { "Description", TABLE_MAYBE, 12, 2 },
};

/* `old, site=berlin` */
static void put_tags(struct table *t, const json_t *tags)
{
	AUTO_BUF b = BUF_INIT;
	const json_t *tag;
	size_t i;

	json_array_foreach (tags, i, tag)
		buf_printf(&b, "%s%s", i ? ", " : "", json_string_value(tag) ? json_string_value(tag) : "");
	table_text(t, b.n ? b.data : "");
}

int cmd_virtual_account_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_TABLE t;
	AUTO_JSON *answer = NULL;
	char count[CTL_COUNT_SIZE];
	const json_t *rows, *row;
	size_t i;

	table_init(&t, virtual_cols, sizeof(virtual_cols) / sizeof(*virtual_cols));
	c->args = a;
	if (ctl_list_of(c, args_text(a, "account"), NULL, "virtualAccounts", list_virtual, &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	rows = ctl_rows(answer, "virtualAccounts");
	json_array_foreach (rows, i, row) {
		table_text(&t, ctl_get(row, "name"));
		table_text(&t, ctl_many_accounts(rows) ? ctl_get(row, "account") : "");
		table_text(&t, ctl_get_bool(row, "isDefault") ? "yes" : "");
		put_tags(&t, ctl_rows(row, "tags"));
		table_text(&t, ctl_get(row, "description"));
	}
	if (i == 0 && args_text(a, "tag")) {
		ctl_say(c, "No virtual account has the tag “%s”.", args_text(a, "tag"));
		return 0;
	}
	if (i == 0) {
		ctl_say(c, "There is no virtual account yet. Add one:");
		ctl_hint(c, "virtual-account add NAME --account A");
		return 0;
	}
	ctl_say(c, "%s.", ctl_count((int64_t)i, "virtual account", "virtual accounts", count));
	table_print(&t, c->width, c->color, &c->out);
	return 0;
}

int cmd_virtual_account_delete(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/accounts/{}/virtual-accounts/{}/delete", args_text(a, "account"), a->pos[0]);
	AUTO_JSON *answer = NULL;

	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	ctl_done(c, answer, "Virtual account “%s” is deleted from “%s”; its tokens are revoked.", a->pos[0],
		 args_text(a, "account"));
	return 0;
}

static int update_virtual(struct ctl *c, const struct ctl_args *a, const json_t *body, json_t **out, struct err *e)
{
	AUTO_FREE char *path = client_path("/accounts/{}/virtual-accounts/{}/update", args_text(a, "account"), a->pos[0]);

	return ctl_post(c, path, body, out, e);
}

int cmd_virtual_account_update(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;

	ctl_put_text(body, "name", a, "name");
	ctl_put_text(body, "description", a, "description");
	if (json_object_size(body) == 0)
		return err_set(e, E_USAGE, "Say what to change: --name, --description or both.");
	if (update_virtual(c, a, body, &answer, e))
		return -1;
	ctl_done(c, answer, "Virtual account “%s” is changed.", ctl_get(json_object_get(answer, "virtualAccount"), "name"));
	return 0;
}

int cmd_virtual_account_tag(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	json_t *tags = json_array();
	char count[CTL_COUNT_SIZE];
	const char *tag;
	size_t n = 0;

	for (; (tag = args_each(a, "tag", n)) != NULL; n++)
		json_array_append_new(tags, json_string(tag));
	json_object_set_new(body, "tags", tags);
	if (update_virtual(c, a, body, &answer, e))
		return -1;
	ctl_done(c, answer, "Virtual account “%s” has %s.", ctl_get(json_object_get(answer, "virtualAccount"), "name"),
		 n ? ctl_count((int64_t)n, "tag", "tags", count) : "no tags any more");
	return 0;
}
