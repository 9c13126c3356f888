/* cmd_instance.c - product instances. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "ctl/ctl.h"

#define STATES_MAX 8
#define FOUND_SHOWN 4

static int list_instances(struct ctl *c, const char *account, const char *va, json_t **out, struct err *e)
{
	AUTO_FREE char *path = client_path("/accounts/{}/devices", account);
	AUTO_JSON *body = json_object();

	if (va)
		json_object_set_new(body, "virtualAccounts", json_pack("[s]", va));
	return ctl_post_pages(c, path, body, "devices", out, e);
}

/* A product may keep its host name to itself. */
static const char *name_of(const json_t *row)
{
	static const char *const names[] = { "hostName", "displayName", "instanceName" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (*ctl_get(row, names[i]))
			return ctl_get(row, names[i]);
	return ctl_get(row, "productInstanceIdentifier");
}

static const char *sudi(const json_t *row, const char *name)
{
	return ctl_get(json_object_get(row, "sudi"), name);
}

/* `3 product instances: 2 authorized, 1 out of compliance.` */
static void say_states(struct ctl *c, const json_t *rows, int64_t total)
{
	struct {
		char name[TEXT_STATUS_SIZE];
		int64_t n;
	} states[STATES_MAX] = { 0 };
	char count[CTL_COUNT_SIZE], number[TEXT_INT_SIZE];
	AUTO_BUF list = BUF_INIT;
	const json_t *row;
	size_t i, k;

	json_array_foreach (rows, i, row) {
		char status[TEXT_STATUS_SIZE];

		text_status(ctl_get(row, "status"), status);
		for (k = 0; k < STATES_MAX - 1 && states[k].n && strcmp(states[k].name, status); k++)
			;
		str_copy(states[k].name, sizeof(states[k].name), k == STATES_MAX - 1 ? "in other states" : status);
		states[k].n++;
	}
	for (k = 0; k < STATES_MAX && states[k].n; k++) {
		if (states[k].name[0] >= 'A' && states[k].name[0] <= 'Z')
			states[k].name[0] += 'a' - 'A';
		buf_printf(&list, "%s%s %s", k ? ", " : "", text_int(states[k].n, number), states[k].name);
	}
	ctl_count(total > (int64_t)i ? total : (int64_t)i, "product instance", "product instances", count);
	ctl_say(c, "%s: %s.", count, list.data);
	if (total > (int64_t)i)
		ctl_say(c, "The first %s are shown.", text_int((int64_t)i, number));
}

static const struct table_col instance_cols[] = {
	{ "Name", 0, 14, 0 },
	{ "Product", TABLE_MAYBE, 0, 4 },
	{ "Serial number", TABLE_MAYBE, 8, 0 },
	{ "Virtual account", TABLE_MAYBE, 8, 1 },
	{ "Account", TABLE_MAYBE, 8, 2 },
	{ "Status", 0, 0, 0 },
	{ "Licenses", TABLE_RIGHT, 0, 5 },
	{ "Last contact", TABLE_MAYBE, 0, 3 },
};

static int64_t licenses_of(const json_t *row)
{
	const json_t *use;
	int64_t sum = 0;
	size_t i;

	json_array_foreach (ctl_rows(row, "licenseUsage"), i, use)
		sum += ctl_get_int(use, "quantity");
	return sum;
}

static enum table_mood mood_of(const char *status)
{
	if (strcasecmp(status, "Out of compliance") == 0 || strcasestr(status, "expired"))
		return TABLE_BAD;
	return strcasestr(status, "overdue") || strcasestr(status, "unreachable") ? TABLE_WARN : TABLE_PLAIN;
}

void instance_show_list(struct ctl *c, const json_t *answer)
{
	AUTO_TABLE t;
	const json_t *rows = ctl_rows(answer, "devices"), *row;
	bool accounts = ctl_many_accounts(rows);
	char status[TEXT_STATUS_SIZE];
	size_t i;

	table_init(&t, instance_cols, sizeof(instance_cols) / sizeof(*instance_cols));
	json_array_foreach (rows, i, row) {
		table_text(&t, name_of(row));
		table_text(&t, sudi(row, "udiPid"));
		table_text(&t, sudi(row, "udiSerialNumber"));
		table_text(&t, ctl_get(row, "virtualAccount"));
		table_text(&t, accounts ? ctl_get(row, "account") : "");
		table_text(&t, text_status(ctl_get(row, "status"), status));
		table_mood(&t, mood_of(status));
		table_int(&t, licenses_of(row));
		table_when(&t, ctl_get_time(row, "lastContactDate"));
	}
	if (i == 0) {
		ctl_say(c,
			"No product instance is registered here yet. Create a token, then run the second line on the product:");
		ctl_hint(c, "token create --account A --virtual-account V --days 30 --uses 10");
		buf_adds(&c->out, "  license smart register idtoken TOKEN\n");
		return;
	}
	say_states(c, rows, ctl_get_int(answer, "totalRecords"));
	table_print(&t, c->width, c->color, &c->out);
}

int cmd_instance_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return ctl_show_list(c, a, "devices", list_instances, instance_show_list, e);
}

static bool answers_to(const json_t *row, const char *typed)
{
	return strcasecmp(ctl_get(row, "hostName"), typed) == 0 || strcasecmp(sudi(row, "udiSerialNumber"), typed) == 0 ||
	       strcasecmp(ctl_get(row, "displayName"), typed) == 0 || strcasecmp(ctl_get(row, "instanceName"), typed) == 0;
}

/* The identifier of what was typed: itself, or that of the only instance with this host name or serial number, there
 * where account and va (or NULL) say. */
static int find_instance(struct ctl *c, const char *typed, const char *account, const char *va, char **id, struct err *e)
{
	AUTO_JSON *answer = NULL;
	AUTO_BUF names = BUF_INIT;
	char plain[33];
	const json_t *row;
	size_t i, found = 0;

	if (str_uuid_plain(plain, typed) == 0) {
		*id = mem_strdup(typed);
		return 0;
	}
	if (ctl_list_of(c, account, va, "devices", list_instances, &answer, e))
		return -1;
	json_array_foreach (ctl_rows(answer, "devices"), i, row) {
		if (!answers_to(row, typed))
			continue;
		if (found++ == 0)
			*id = mem_strdup(ctl_get(row, "productInstanceIdentifier"));
		if (found <= FOUND_SHOWN)
			buf_printf(&names, "%s%s (%s, SN %s)", found > 1 ? "; " : "",
				   ctl_get(row, "productInstanceIdentifier"), name_of(row), sudi(row, "udiSerialNumber"));
	}
	if (found == 1)
		return 0;
	mem_freep(id);
	*id = NULL;
	if (found == 0)
		return err_set(
			e, E_INSTANCE_UNKNOWN,
			"No product instance has the host name, serial number or identifier “%s”. This shows them all: %s "
			"instance list",
			typed, ctl_program(c));
	return err_set(e, E_INSTANCE_UNKNOWN, "“%s” fits %zu product instances: %s%s. Name one by its identifier.", typed,
		       found, names.data, found > FOUND_SHOWN ? "; …" : "");
}

static void show_certificates(struct ctl *c, const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		char status[TEXT_STATUS_SIZE];
		const char *state = *ctl_get(row, "state") ? ctl_get(row, "state") : ctl_get(row, "status");

		buf_addc(&c->out, '\n');
		ctl_pair(c, "Certificate", ctl_get(row, "serialNumber"));
		ctl_pair(c, "  State", text_status(state, status));
		ctl_pair_when(c, "  Issued", ctl_get_time(row, "issuedDate"));
		ctl_pair_when(c, "  Expires", ctl_get_time(row, "expires"));
	}
}

static void show_usage(struct ctl *c, const json_t *rows)
{
	static const struct table_col cols[] = { { "License in use", 0, 20, 0 }, { "Count", TABLE_RIGHT, 0, 0 } };
	AUTO_TABLE t;
	const json_t *row;
	size_t i;

	table_init(&t, cols, 2);
	json_array_foreach (rows, i, row) {
		table_text(&t, ctl_get(row, "license"));
		table_int(&t, ctl_get_int(row, "quantity"));
	}
	if (i) {
		buf_addc(&c->out, '\n');
		table_print(&t, c->width, c->color, &c->out);
	}
}

static void show_instance(struct ctl *c, const json_t *p)
{
	const json_t *removal = json_object_get(p, "removal");
	char status[TEXT_STATUS_SIZE];

	text_status(ctl_get(p, "status"), status);
	ctl_say(c, "%s %s in %s of %s. Its state: %s.", name_of(p),
		*ctl_get(p, "reservationState") ? "holds a reservation" : "is registered", ctl_get(p, "virtualAccount"),
		*ctl_get(p, "account") ? ctl_get(p, "account") : "its account", status);
	buf_addc(&c->out, '\n');
	ctl_pair(c, "Identifier", ctl_get(p, "productInstanceIdentifier"));
	ctl_pair(c, "Host name", ctl_get(p, "hostName"));
	ctl_pair(c, "Product", *ctl_get(p, "productName") ? ctl_get(p, "productName") : ctl_get(p, "productType"));
	ctl_pair(c, "PID", sudi(p, "udiPid"));
	ctl_pair(c, "Serial number", sudi(p, "udiSerialNumber"));
	ctl_pair(c, "UUID", sudi(p, "uuid"));
	ctl_pair(c, "Software tag", ctl_get(p, "productTagName"));
	ctl_pair(c, "Account", ctl_get(p, "account"));
	ctl_pair(c, "Virtual account", ctl_get(p, "virtualAccount"));
	ctl_pair(c, "Served by", ctl_get(p, "servedBy"));
	ctl_pair(c, "Lies there in", ctl_get(p, "localVirtualAccount"));
	ctl_pair_when(c, "Registered", ctl_get_time(p, "registrationDate"));
	ctl_pair_when(c, "Last contact", ctl_get_time(p, "lastContactDate"));
	if (json_is_object(removal))
		ctl_pair(c, "To be removed", *ctl_get(removal, "reason") ? ctl_get(removal, "reason") : "yes");
	show_usage(c, ctl_rows(p, "licenseUsage"));
	show_certificates(c, ctl_rows(p, "certificates"));
}

int cmd_instance_show(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *id = NULL;
	AUTO_FREE char *path = NULL;

	if (find_instance(c, a->pos[0], NULL, NULL, &id, e))
		return -1;
	path = client_path("/product-instances/{}", id);
	return ctl_get_show(c, path, "productInstance", show_instance, e);
}

int cmd_instance_remove(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *id = NULL;
	AUTO_FREE char *path = NULL;
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;

	if (find_instance(c, a->pos[0], NULL, NULL, &id, e))
		return -1;
	ctl_put_text(body, "reason", a, "reason");
	path = client_path("/product-instances/{}/remove", id);
	if (ctl_post(c, path, body, &answer, e))
		return -1;
	if (*ctl_get(answer, "servedBy")) {
		ctl_done(c, answer, "%s is to be removed: the order goes with the next synchronization of “%s”.", a->pos[0],
			 ctl_get(answer, "servedBy"));
		return 0;
	}
	ctl_done(c, answer,
		 "%s is removed: its licenses are free again and its certificate is void. To come back it registers anew.",
		 a->pos[0]);
	return 0;
}

static int list_removals(struct ctl *c, const char *account, const char *va, json_t **out, struct err *e)
{
	AUTO_FREE char *path = client_path("/accounts/{}/instance-removals", account);
	AUTO_JSON *body = json_object();

	if (va)
		json_object_set_new(body, "virtualAccounts", json_pack("[s]", va));
	return ctl_post(c, path, body, out, e);
}

static void show_removals(struct ctl *c, const json_t *answer)
{
	static const struct table_col cols[] = {
		{ "Name", 0, 14, 0 },
		{ "Identifier", 0, 0, 5 },
		{ "Virtual account", TABLE_MAYBE, 8, 2 },
		{ "Satellite", 0, 8, 0 },
		{ "Told", 0, 0, 0 },
		{ "Since", 0, 0, 1 },
		{ "Reason", TABLE_MAYBE, 8, 3 },
		{ "By", TABLE_MAYBE, 6, 4 },
	};
	const json_t *row;
	AUTO_TABLE t;
	size_t i;

	table_init(&t, cols, sizeof(cols) / sizeof(*cols));
	json_array_foreach (ctl_rows(answer, "removals"), i, row) {
		table_text(&t, ctl_get(row, "displayName"));
		table_text(&t, ctl_get(row, "productInstanceIdentifier"));
		table_text(&t, ctl_get(row, "virtualAccount"));
		table_text(&t, ctl_get(row, "servedBy"));
		table_text(&t, ctl_get_int(row, "toldWithRequest") ? "yes" : "not yet");
		table_when(&t, ctl_get_time(row, "createdDate"));
		table_text(&t, ctl_get(row, "reason"));
		table_text(&t, ctl_get(row, "createdBy"));
	}
	if (i == 0)
		ctl_say(c, "No product instance of a satellite is to be removed.");
	else
		table_print(&t, c->width, c->color, &c->out);
}

int cmd_instance_removals(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return ctl_show_list(c, a, "removals", list_removals, show_removals, e);
}

int cmd_instance_transfer(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_FREE char *id = NULL;
	AUTO_FREE char *path = NULL;
	AUTO_JSON *answer = NULL;

	if (find_instance(c, a->pos[0], args_text(a, "account"), args_text(a, "from"), &id, e))
		return -1;
	ctl_put_text(body, "account", a, "account");
	ctl_put_text(body, "virtualAccount", a, "from");
	json_set_text(body, "targetVirtualAccount", args_text(a, "to"));
	json_set_bool(body, "force", args_flag(a, "force"));
	path = client_path("/product-instances/{}/transfer", id);
	if (ctl_post(c, path, body, &answer, e))
		return -1;
	ctl_done(c, answer,
		 "%s is in “%s” now, with what it uses. The product learns it with its next renewal of the registration.",
		 a->pos[0], args_text(a, "to"));
	return 0;
}
