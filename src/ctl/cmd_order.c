/* cmd_order.c - orders: how licenses come into being at the cloud manager. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "ctl/ctl.h"

int cmd_order_add(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	char number[TEXT_INT_SIZE];

	if (args_text(a, "start") && args_text(a, "end") && args_int(a, "start") >= args_int(a, "end"))
		return err_field(e, E_USAGE, "end", "--end %s must be after --start %s.", args_text(a, "end"),
				 args_text(a, "start"));
	json_set_text(body, "account", args_text(a, "account"));
	json_set_text(body, "virtualAccount", args_text(a, "virtual-account"));
	json_set_text(body, "license", args_text(a, "license"));
	json_set_int(body, "quantity", args_int(a, "quantity"));
	ctl_put_text(body, "licenseType", a, "type");
	ctl_put_text(body, "startDate", a, "start");
	ctl_put_text(body, "endDate", a, "end");
	ctl_put_text(body, "subscriptionId", a, "subscription");
	if (ctl_post(c, "/orders", body, &answer, e))
		return -1;
	ctl_done(
		c, answer,
		"%s of “%s” booked into “%s” of “%s”. If a satellite serves that virtual account, it gets them with its next "
		"synchronization.",
		text_int(args_int(a, "quantity"), number), args_text(a, "license"), args_text(a, "virtual-account"),
		args_text(a, "account"));
	return 0;
}

/* The order whose identifier is, or begins with, what was typed. */
static int find_order(struct ctl *c, const char *typed, char **id, struct err *e)
{
	AUTO_JSON *answer = NULL;
	size_t found;

	if (ctl_get_call(c, "/orders", &answer, e))
		return -1;
	found = ctl_find_id(ctl_rows(answer, "orders"), typed, id);
	if (found == 1)
		return 0;
	return err_set(e, E_ORDER_UNKNOWN, "%s “%s”. Nothing was changed. satellitectl order list shows the identifiers.",
		       found ? "More than one order has an identifier that begins with"
			     : "There is no order with the identifier",
		       typed);
}

int cmd_order_change(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_FREE char *id = NULL;
	AUTO_FREE char *path = NULL;
	AUTO_JSON *answer = NULL;
	char number[TEXT_INT_SIZE];
	const char *added_to;

	if (args_text(a, "quantity") == NULL && args_text(a, "end") == NULL)
		return err_set(e, E_USAGE, "Change what? Give --quantity, --end or both.");
	if (args_text(a, "quantity"))
		json_set_int(body, "quantity", args_int(a, "quantity"));
	ctl_put_text(body, "endDate", a, "end");
	if (find_order(c, a->pos[0], &id, e))
		return -1;
	path = client_path("/orders/{}/change", id);
	if (ctl_post(c, path, body, &answer, e))
		return -1;
	added_to = ctl_get(answer, "addedTo");
	ctl_done(c, answer,
		 "The order has %s licenses of “%s” now%s%s%s. A satellite learns it with its next synchronization.",
		 text_int(ctl_get_int(json_object_get(answer, "order"), "quantity"), number),
		 ctl_get(json_object_get(answer, "order"), "license"), *added_to ? "; those that were added lie in “" : "",
		 added_to, *added_to ? "”" : "");
	return 0;
}

/* The manager lists the orders of all accounts. */
static void keep_account(json_t *answer, const char *account)
{
	json_t *kept = json_array(), *row;
	size_t i;

	json_array_foreach (json_object_get(answer, "orders"), i, row)
		if (strcasecmp(ctl_get(row, "account"), account) == 0)
			json_array_append(kept, row);
	json_set_int(answer, "totalRecords", (int64_t)json_array_size(kept));
	json_object_set_new(answer, "orders", kept);
}

static const struct table_col order_cols[] = {
	{ "License", 0, 16, 0 }, /* its short name, which commands take: whole */
	{ "Quantity", TABLE_RIGHT, 0, 0 },
	{ "Type", TABLE_MAYBE, 0, 1 },
	{ "Virtual account", TABLE_MAYBE, 8, 0 },
	{ "Account", TABLE_MAYBE, 8, 2 },
	{ "Starts", TABLE_MAYBE, 0, 4 },
	{ "Ends", TABLE_MAYBE, 0, 0 },
	{ "Subscription", TABLE_MAYBE, 8, 3 },
	{ "ID", 0, 0, 0 },
};

static void add_id(struct table *t, const char *id)
{
	AUTO_BUF text = BUF_INIT;

	text_cut(id, CTL_ID_SHOWN + 1, &text);
	table_text(t, text.data);
}

int cmd_order_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_TABLE t;
	AUTO_JSON *answer = NULL;
	char count[CTL_COUNT_SIZE], type[TEXT_STATUS_SIZE];
	const json_t *row;
	size_t i;

	table_init(&t, order_cols, sizeof(order_cols) / sizeof(*order_cols));
	if (ctl_get_call(c, "/orders", &answer, e))
		return -1;
	if (args_text(a, "account"))
		keep_account(answer, args_text(a, "account"));
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	json_array_foreach (ctl_rows(answer, "orders"), i, row) {
		table_text(&t, *ctl_get(row, "shortName") ? ctl_get(row, "shortName") : ctl_get(row, "license"));
		table_int(&t, ctl_get_int(row, "quantity"));
		table_text(&t, text_status(ctl_get(row, "licenseType"), type));
		table_text(&t, ctl_get(row, "virtualAccount"));
		table_text(&t, ctl_get(row, "account"));
		table_when(&t, ctl_get_time(row, "startDate"));
		table_when(&t, ctl_get_time(row, "endDate"));
		table_text(&t, ctl_get(row, "subscriptionId"));
		add_id(&t, ctl_get(row, "id"));
	}
	if (i == 0) {
		ctl_say(c, "There is no order%s yet. Book one:", args_text(a, "account") ? " for this account" : "");
		ctl_hint(c, "order add --account A --virtual-account V --license L --quantity N");
		return 0;
	}
	ctl_say(c, "%s.", ctl_count((int64_t)i, "order", "orders", count));
	table_print(&t, c->width, c->color, &c->out);
	return 0;
}
