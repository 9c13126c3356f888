/* cmd_client.c - API clients: programs that sign in with a secret of their own. */
#include <string.h>

#include "base/mem.h"
#include "ctl/ctl.h"

/* The path of one, in its account if that is given; verb `` or `/rotate`. Freed by the caller. */
static char *path_of(const struct ctl_args *a, const char *verb)
{
	const char *account = args_text(a, "account");
	AUTO_FREE char *base = account ? client_path("/accounts/{}/clients/{}", account, a->pos[0])
				       : client_path("/clients/{}", a->pos[0]);

	return mem_printf("%s%s", base, verb);
}

/* What is told once. */
static void show_secret(struct ctl *c, const json_t *answer)
{
	const json_t *client = json_object_get(answer, "client");
	const char *id = ctl_get(client, "clientId"), *secret = ctl_get(answer, "clientSecret");

	ctl_pair(c, "Client ID", id);
	ctl_pair(c, "Secret", secret);
	ctl_say(c,
		"The secret is shown now and never again. This gets an access token; tls-ca.pem is what satellitectl certificate "
		"chain prints:");
	buf_printf(&c->out, "  curl --cacert tls-ca.pem ");
	text_shell(ctl_get(answer, "tokenUrl"), &c->out);
	buf_printf(&c->out, " \\\n      -u ");
	text_clean(id, &c->out);
	buf_addc(&c->out, ':');
	text_clean(secret, &c->out);
	buf_adds(&c->out, " \\\n      -d grant_type=client_credentials\n");
}

int cmd_client_create(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	json_t *roles = json_array();
	const char *role;

	json_set_text(body, "name", a->pos[0]);
	json_object_set_new(body, "roles", roles);
	for (size_t i = 0; (role = args_each(a, "role", i)) != NULL; i++) {
		json_t *one = json_object();

		json_set_text(one, "role", role);
		ctl_put_text(one, "account", a, "account");
		ctl_put_text(one, "virtualAccount", a, "virtual-account");
		json_array_append_new(roles, one);
	}
	if (ctl_post(c, "/clients", body, &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	ctl_say(c, "API client “%s” is made.", a->pos[0]);
	show_secret(c, answer);
	return 0;
}

int cmd_client_rotate(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = path_of(a, "/rotate");
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	const json_t *secrets, *row;
	size_t i;

	/* Its smallest value is 0, which is also what stands for an option that was not given. */
	if (args_text(a, "overlap-hours"))
		json_set_int(body, "overlapHours", args_int(a, "overlap-hours"));
	if (ctl_post(c, path, body, &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	show_secret(c, answer);
	secrets = ctl_rows(json_object_get(answer, "client"), "secrets");
	json_array_foreach ((json_t *)secrets, i, row)
		ctl_pair_when(c, "Old secret good until", ctl_get_time(row, "expirationDate"));
	if (json_array_size(secrets) < 2)
		ctl_say(c, "The old secret, and the access tokens that it got, are void.");
	return 0;
}

static int end_one(struct ctl *c, const struct ctl_args *a, const char *verb, const char *sentence, struct err *e)
{
	AUTO_FREE char *path = path_of(a, verb);
	AUTO_JSON *answer = NULL;

	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	ctl_done(c, answer, "API client “%s” is %s.", a->pos[0], sentence);
	return 0;
}

int cmd_client_revoke(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return end_one(c, a, "/revoke", "revoked; its secrets and access tokens are void", e);
}

int cmd_client_remove(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return end_one(c, a, "/remove", "removed", e);
}

/* ---- showing ---- */

static const struct table_col client_cols[] = {
	{ "Name", 0, 14, 0 },          { "Roles", 0, 20, 0 },  { "Last used", 0, 0, 2 },
	{ "From", TABLE_MAYBE, 0, 4 }, { "Created", 0, 0, 3 }, { "Status", 0, 0, 0 },
};

static void show_clients(struct ctl *c, const json_t *answer)
{
	AUTO_TABLE t;
	char count[CTL_COUNT_SIZE], status[TEXT_STATUS_SIZE];
	const json_t *row;
	size_t i;

	table_init(&t, client_cols, sizeof(client_cols) / sizeof(*client_cols));
	json_array_foreach ((json_t *)ctl_rows(answer, "clients"), i, row) {
		AUTO_BUF roles = BUF_INIT;

		ctl_add_roles(row, &roles);
		table_text(&t, ctl_get(row, "name"));
		table_text(&t, roles.data);
		table_when(&t, ctl_get_time(row, "lastUsedDate"));
		table_text(&t, ctl_get(row, "lastUsedFrom"));
		table_when(&t, ctl_get_time(row, "createdDate"));
		table_text(&t, text_status(ctl_get(row, "clientStatus"), status));
		table_mood(&t, strcmp(ctl_get(row, "clientStatus"), "ACTIVE") == 0 ? TABLE_PLAIN : TABLE_WARN);
	}
	if (i == 0) {
		ctl_say(c, "There is no API client. A script that watches an account needs one as this:");
		ctl_hint(c, "client create monitoring --role auditor --account A");
		return;
	}
	ctl_say(c, "%s.", ctl_count((int64_t)i, "API client", "API clients", count));
	table_print(&t, c->width, c->color, &c->out);
}

int cmd_client_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	const char *account = args_text(a, "account");
	AUTO_FREE char *path = account ? client_path("/accounts/{}/clients", account) : mem_printf("/clients");

	return ctl_get_show(c, path, NULL, show_clients, e);
}

static void show_one(struct ctl *c, const json_t *client)
{
	AUTO_BUF roles = BUF_INIT;
	char status[TEXT_STATUS_SIZE];
	const json_t *row;
	size_t i;

	ctl_add_roles(client, &roles);
	ctl_pair(c, "Name", ctl_get(client, "name"));
	ctl_pair(c, "Client ID", ctl_get(client, "clientId"));
	ctl_pair(c, "Status", text_status(ctl_get(client, "clientStatus"), status));
	ctl_pair(c, "Roles", roles.n ? roles.data : "none: it can do nothing");
	ctl_pair_when(c, "Created", ctl_get_time(client, "createdDate"));
	ctl_pair(c, "By", ctl_get(client, "createdBy"));
	ctl_pair_when(c, "Last used", ctl_get_time(client, "lastUsedDate"));
	ctl_pair(c, "From", ctl_get(client, "lastUsedFrom"));
	ctl_pair_when(c, "Revoked", ctl_get_time(client, "revokedDate"));
	ctl_pair(c, "Revoked by", ctl_get(client, "revokedBy"));
	json_array_foreach ((json_t *)ctl_rows(client, "secrets"), i, row) {
		ctl_pair_when(c, i ? "Old secret of" : "Secret of", ctl_get_time(row, "createdDate"));
		ctl_pair_when(c, "  last used", ctl_get_time(row, "lastUsedDate"));
		ctl_pair_when(c, "  good until", ctl_get_time(row, "expirationDate"));
	}
}

int cmd_client_show(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = path_of(a, "");

	return ctl_get_show(c, path, "client", show_one, e);
}
