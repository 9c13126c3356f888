/* cmd_reservation.c - license reservation: codes for products that never connect. */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "ctl/ctl.h"

#define QUANTITY_MAX 2147483647

/* ---- licenses of the command line ---- */

/* `--license NAME=N`, each one a member of licenses[]. */
static int put_licenses(json_t *body, const struct ctl_args *a, struct err *e)
{
	json_t *list = json_array();
	const char *text;

	json_object_set_new(body, "licenses", list);
	for (size_t i = 0; (text = args_each(a, "license", i)); i++) {
		const char *equals = strrchr(text, '=');
		AUTO_FREE char *name = equals ? mem_dup(text, (size_t)(equals - text)) : NULL;
		int64_t quantity;
		json_t *one;

		if (name == NULL || *name == '\0' || str_int(equals + 1, 1, QUANTITY_MAX, &quantity))
			return err_field(e, E_USAGE, "license",
					 "--license takes LICENSE=N with N from 1 to 2147483647, not “%.128s”.", text);
		one = json_object();
		json_set_text(one, "license", name);
		json_set_int(one, "quantity", quantity);
		ctl_put_text(one, "precedence", a, "precedence");
		json_array_append_new(list, one);
	}
	return 0;
}

/* The code alone, to be copied, or into the file of --out. */
static int give_code(struct ctl *c, const struct ctl_args *a, const json_t *answer, struct err *e)
{
	const char *code = ctl_get(answer, "authorizationCode"), *file = args_text(a, "out");
	AUTO_FREE char *line = mem_printf("%s\n", code);

	if (*ctl_get(answer, "warning"))
		ctl_warn(ctl_get(answer, "warning"));
	if (file && *code && file_write(file, 0600, line, strlen(line), e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	if (*code == '\0') {
		ctl_say(c, "Kept; no license is blocked yet. With licenses the same command issues the code.");
		return 0;
	}
	if (file == NULL) {
		text_clean(code, &c->out);
		buf_addc(&c->out, '\n');
		return 0;
	}
	ctl_say(c, "%s holds the authorization code. Carry it to the product and run there:", file);
	buf_adds(&c->out, "  license smart reservation install \"CODE\"\n");
	return 0;
}

/* ---- commands ---- */

static bool has_ended(const json_t *license)
{
	return strcmp(ctl_get(license, "status"), "EXPIRED") == 0;
}

/* Of licenses that have not ended. */
static int64_t sum_of(const json_t *row, const char *member)
{
	const json_t *one;
	int64_t sum = 0;
	size_t i;

	json_array_foreach (ctl_rows(row, "licenses"), i, one)
		sum += has_ended(one) ? 0 : ctl_get_int(one, member);
	return sum;
}

int cmd_reservation_create(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/accounts/{}/virtual-accounts/{}/reserve-licenses", args_text(a, "account"),
					   args_text(a, "virtual-account"));
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	json_t *one = json_object();

	json_object_set_new(body, "reservationRequests", json_pack("[o]", one));
	json_set_text(one, "reservationCode", args_text(a, "request"));
	json_set_text(one, "reservationType", "SPECIFIC");
	if (put_licenses(one, a, e) || ctl_post(c, path, body, &answer, e))
		return -1;
	if (ctl_each(c, answer, "authorizationCodes", e)) {
		if (c->json)
			ctl_json(c, answer);
		return -1;
	}
	return give_code(c, a, json_array_get(ctl_rows(answer, "authorizationCodes"), 0), e);
}

int cmd_reservation_update(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/reservations/{}/update", a->pos[0]);
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;

	if (put_licenses(body, a, e) || ctl_post(c, path, body, &answer, e))
		return -1;
	return give_code(c, a, answer, e);
}

int cmd_reservation_cancel(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/reservations/{}/cancel", a->pos[0]);
	AUTO_JSON *answer = NULL;

	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	if (*ctl_get(answer, "authorizationCode"))
		return give_code(c, a, answer, e);
	ctl_done(c, answer, "The reservation of %s is cancelled; nothing was issued for it.", a->pos[0]);
	return 0;
}

/* `confirm`, `return`: a code that the product printed. */
static int enter_code(struct ctl *c, const struct ctl_args *a, const char *pattern, const char *member, json_t **answer,
		      struct err *e)
{
	AUTO_FREE char *path = client_path(pattern, a->pos[0]);
	AUTO_JSON *body = json_object();

	json_set_text(body, member, a->pos[1]);
	return ctl_post(c, path, body, answer, e);
}

int cmd_reservation_confirm(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;

	if (enter_code(c, a, "/reservations/{}/confirm", "confirmationCode", &answer, e))
		return -1;
	ctl_done(c, answer, "Confirmed: %s holds the newest code, and nothing else is blocked for it.",
		 ctl_get(json_object_get(answer, "reservation"), "udi"));
	return 0;
}

int cmd_reservation_return(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;
	char count[CTL_COUNT_SIZE];
	const json_t *row;

	if (enter_code(c, a, "/reservations/{}/return", "returnCode", &answer, e))
		return -1;
	row = json_object_get(answer, "reservation");
	if (ctl_get_time(row, "endedDate"))
		ctl_done(c, answer, "Returned: the licenses of %s are free, and the product is no longer listed.",
			 ctl_get(row, "udi"));
	else
		ctl_done(c, answer, "Not all of it came back from %s: %s stay blocked. %s", ctl_get(row, "udi"),
			 ctl_count(sum_of(row, "blocked"), "license", "licenses", count), ctl_get(row, "nextStep"));
	return 0;
}

int cmd_reservation_remove(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/reservations/{}/remove", a->pos[0]);
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;

	json_set_text(body, "reason", args_text(a, "reason"));
	if (ctl_post(c, path, body, &answer, e))
		return -1;
	ctl_done(
		c, answer,
		"The reservation of %s is removed and its licenses are free. If the product still runs, it uses them all the "
		"same.",
		ctl_get(json_object_get(answer, "reservation"), "udi"));
	return 0;
}

/* ---- lists ---- */

static int list_reservations(struct ctl *c, const char *account, const char *va, json_t **out, struct err *e)
{
	return ctl_post_list(c, "/accounts/{}/reservations", account, va, out, e);
}

/* When the first of its licenses ends, that have not; 0 = none does. */
static int64_t first_end(const json_t *row)
{
	const json_t *one;
	int64_t first = 0;
	size_t i;

	json_array_foreach (ctl_rows(row, "licenses"), i, one) {
		int64_t at = ctl_get_time(one, "endDate");

		if (at && !has_ended(one) && (first == 0 || at < first))
			first = at;
	}
	return first;
}

static bool all_ended(const json_t *row)
{
	const json_t *one;
	size_t i;

	json_array_foreach (ctl_rows(row, "licenses"), i, one)
		if (!has_ended(one))
			return false;
	return i > 0;
}

static const char *sudi(const json_t *row, const char *name)
{
	return ctl_get(json_object_get(row, "sudi"), name);
}

static const struct table_col reservation_cols[] = {
	{ "Product", 0, 0, 0 },
	{ "Serial number", 0, 10, 0 },
	{ "Virtual account", TABLE_MAYBE, 8, 2 },
	{ "Account", TABLE_MAYBE, 8, 3 },
	{ "State", 0, 0, 0 },
	{ "Since", 0, 0, 5 },
	{ "Licenses", TABLE_RIGHT, 0, 0 },
	{ "Blocked", TABLE_RIGHT, 0, 1 },
	{ "First end", TABLE_MAYBE, 0, 4 },
};

static void show_list(struct ctl *c, const json_t *answer)
{
	AUTO_TABLE t;
	const json_t *rows = ctl_rows(answer, "reservations"), *row;
	bool accounts = ctl_many_accounts(rows);
	char count[CTL_COUNT_SIZE], state[TEXT_STATUS_SIZE];
	size_t i;

	table_init(&t, reservation_cols, sizeof(reservation_cols) / sizeof(*reservation_cols));
	json_array_foreach (rows, i, row) {
		table_text(&t, sudi(row, "udiPid"));
		table_text(&t, sudi(row, "udiSerialNumber"));
		table_text(&t, ctl_get(row, "virtualAccount"));
		table_text(&t, accounts ? ctl_get(row, "account") : "");
		table_text(&t, text_status(ctl_get(row, "state"), state));
		table_when(&t, ctl_get_time(row, "stateDate"));
		table_int(&t, sum_of(row, "quantity"));
		table_int(&t, sum_of(row, "blocked"));
		if (all_ended(row))
			table_text(&t, "ended");
		else
			table_when(&t, first_end(row));
	}
	if (i == 0) {
		ctl_say(c,
			"No reservations. Make one only for a product that can never reach this server, with the request code "
			"that it shows:");
		ctl_hint(c, "reservation create --account A --virtual-account V --request CODE --license L=N");
		return;
	}
	ctl_say(c, "%s.", ctl_count((int64_t)i, "reservation", "reservations", count));
	table_print(&t, c->width, c->color, &c->out);
}

int cmd_reservation_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return ctl_show_list(c, a, "reservations", list_reservations, show_list, e);
}

/* ---- one ---- */

/* confirmed: what the product holds is known. */
static void show_licenses(struct ctl *c, const json_t *rows, bool confirmed)
{
	static const struct table_col cols[] = {
		{ "License", 0, 20, 0 },
		{ "In the code", TABLE_RIGHT, 0, 0 },
		{ "Confirmed", TABLE_RIGHT, 0, 2 },
		{ "Blocked", TABLE_RIGHT, 0, 0 },
		{ "Type", 0, 0, 1 },
		{ "Ends", TABLE_MAYBE, 0, 0 },
		{ "Status", TABLE_MAYBE, 0, 0 },
	};
	char type[TEXT_STATUS_SIZE];
	AUTO_TABLE t;
	const json_t *row;
	size_t i;

	table_init(&t, cols, sizeof(cols) / sizeof(*cols));
	json_array_foreach (rows, i, row) {
		table_text(&t, ctl_get(row, "license"));
		table_int(&t, ctl_get_int(row, "quantity"));
		if (confirmed)
			table_int(&t, ctl_get_int(row, "held"));
		else
			table_text(&t, "–");
		table_int(&t, ctl_get_int(row, "blocked"));
		table_text(&t, text_status(ctl_get(row, "licenseType"), type));
		table_when(&t, ctl_get_time(row, "endDate"));
		table_text(&t, has_ended(row) ? "ended" : "");
		if (has_ended(row))
			table_mood(&t, TABLE_BAD);
	}
	if (i) {
		buf_addc(&c->out, '\n');
		table_print(&t, c->width, c->color, &c->out);
	}
}

static void show_reservation(struct ctl *c, const json_t *answer)
{
	const json_t *row = json_object_get(answer, "reservation");
	const char *code = ctl_get(answer, "authorizationCode");
	char state[TEXT_STATUS_SIZE];

	text_status(ctl_get(row, "state"), state);
	ctl_say(c, "%s in %s of %s. Its state: %s.", ctl_get(row, "udi"), ctl_get(row, "virtualAccount"),
		ctl_get(row, "account"), state);
	ctl_say(c, "Next: %s", ctl_get(row, "nextStep"));
	buf_addc(&c->out, '\n');
	ctl_pair(c, "Identifier", ctl_get(row, "reservationId"));
	ctl_pair(c, "Product", ctl_get(row, "productName"));
	ctl_pair(c, "Created by", ctl_get(row, "createdBy"));
	ctl_pair_when(c, "Created", ctl_get_time(row, "createdDate"));
	ctl_pair_when(c, "In this state since", ctl_get_time(row, "stateDate"));
	ctl_pair_when(c, "Newest code", ctl_get_time(row, "issuedDate"));
	ctl_pair_when(c, "Confirmed", ctl_get_time(row, "confirmedDate"));
	ctl_pair_when(c, "Ended", ctl_get_time(row, "endedDate"));
	ctl_pair(c, "Reason", ctl_get(row, "reason"));
	show_licenses(c, ctl_rows(row, "licenses"), ctl_get_time(row, "confirmedDate") != 0);
	if (*code) {
		buf_addc(&c->out, '\n');
		ctl_say(c, "The newest authorization code:");
		text_clean(code, &c->out);
		buf_addc(&c->out, '\n');
	}
}

int cmd_reservation_show(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/reservations/{}", a->pos[0]);
	AUTO_JSON *answer = NULL;

	if (ctl_get_call(c, path, &answer, e))
		return -1;
	if (args_text(a, "out"))
		return give_code(c, a, answer, e);
	if (c->json)
		ctl_json(c, answer);
	else
		show_reservation(c, answer);
	return 0;
}
