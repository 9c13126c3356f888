/* api_alert.c - alerts: what is open, and that somebody has seen it. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "edge/api.h"
#include "edge/routes.h"
#include "lic/alert.h"

#define ROWS_MAX 1000000000

bool api_sees_alert(struct req *r, const struct alert *a)
{
	/* Everybody in an account sees what concerns all of it; to put it aside is for who answers for all of it. */
	if (a->virtual_account_id == 0 && a->account_id && r->route->right != RIGHT_ALERT_WRITE)
		return access_touches(&r->caller, r->route->right, a->account_id);
	return api_may(r, a->account_id, a->virtual_account_id);
}

/* ---- lists ---- */

struct filter {
	const char *severity, *type; /* NULL = any */
	const char *acknowledged;    /* "true", "false"; NULL = both */
};

static int check_filter(struct filter *f, struct err *e)
{
	if (f->severity && *f->severity == '\0')
		f->severity = NULL;
	if (f->type && *f->type == '\0')
		f->type = NULL;
	if (f->severity && strcasecmp(f->severity, "MAJOR") != 0 && strcasecmp(f->severity, "MINOR") != 0)
		return err_field(e, E_INVALID_REQUEST, "severity", "A severity is MAJOR or MINOR, not '%.32s'.",
				 f->severity);
	if (f->acknowledged && strcmp(f->acknowledged, "true") != 0 && strcmp(f->acknowledged, "false") != 0)
		return err_field(e, E_INVALID_REQUEST, "acknowledged", "'acknowledged' must be true or false.");
	return 0;
}

static bool fits(const struct filter *f, const struct alert *a)
{
	return (f->severity == NULL || strcasecmp(f->severity, a->major ? "MAJOR" : "MINOR") == 0) &&
	       (f->type == NULL || strcasecmp(f->type, alert_name(a->kind)) == 0) &&
	       (f->acknowledged == NULL || (*f->acknowledged == 't') == (a->acknowledged_at != 0));
}

static struct reply *list(struct req *r, int64_t account, const struct filter *f)
{
	json_t *rows = json_array();
	struct err e = ERR_INIT;
	struct alert *all;
	size_t n = 0;
	int rc = alert_list(&r->tx, account, &all, &n, &e);

	for (size_t i = 0; i < n && rc == 0; i++)
		if (api_sees_alert(r, &all[i]) && fits(f, &all[i]))
			json_array_append_new(rows, alert_json(&all[i]));
	return api_list(r, rc, &e, "alerts", rows);
}

static struct reply *list_account_alerts(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "severity", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct filter, severity), 0, 64 },
		{ "messageType", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct filter, type), 0, 128 },
		{ 0 },
	};
	const json_t *seen = json_object_get(r->json, "acknowledged");
	struct filter f = { .severity = NULL };
	struct account_row account;
	struct err e = ERR_INIT;

	if (r->json && json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &f, &e))
		return reply_error(r, &e);
	if (seen && !json_is_null(seen))
		f.acknowledged = json_is_true(seen) ? "true" : json_is_false(seen) ? "false" : "?";
	if (check_filter(&f, &e) || api_account(r, &account, &e))
		return reply_error(r, &e);
	return list(r, account.id, &f);
}

static struct reply *list_alerts(struct req *r)
{
	struct filter f = { .severity = req_query(r, "severity"),
			    .type = req_query(r, "messageType"),
			    .acknowledged = req_query(r, "acknowledged") };
	struct err e = ERR_INIT;

	if (check_filter(&f, &e))
		return reply_error(r, &e);
	return list(r, 0, &f);
}

/* ---- acknowledging ---- */

struct acknowledgement {
	struct alert *all;
	size_t n;
	const char *note;
};

static int acknowledge_one(struct req *r, const json_t *item, json_t *result, void *ctx, struct err *e)
{
	const struct acknowledgement *a = ctx;
	const char *id = json_string_value(item);

	if (id == NULL)
		return err_field(e, E_INVALID_REQUEST, "alerts", "Each alert is named by its id, a text.");
	json_set_text(result, "id", id);
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->all[i].id, id) != 0 || !api_sees_alert(r, &a->all[i]))
			continue;
		json_set_text(result, "messageType", alert_name(a->all[i].kind));
		return alert_acknowledge(&r->tx, &a->all[i], a->note, e);
	}
	return err_set(
		e, E_ALERT_UNKNOWN,
		"There is no open alert '%.64s': it has ended by itself, or its name is written otherwise in the list.",
		id);
}

static struct reply *acknowledge(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "note", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct acknowledgement, note), 0,
		  ALERT_NOTE_MAX },
		{ 0 },
	};
	struct acknowledgement a = { .note = NULL };
	struct err e = ERR_INIT;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &a, &e) || alert_list(&r->tx, 0, &a.all, &a.n, &e))
		return reply_error(r, &e);
	return api_each(r, json_object_get(r->json, "alerts"), NULL, acknowledge_one, &a);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route alert_routes[] = {
	{ "POST", "/api/v1/accounts/{account}/alerts", DOORS, RIGHT_ALERT_READ, IN_ACCOUNT, BODY_JSON, API_BODY_MAX,
	  list_account_alerts, NULL, NULL },
	{ "GET", "/api/v1/alerts", DOORS, RIGHT_ALERT_READ, ANYWHERE, BODY_NONE, 0, list_alerts, NULL, NULL },
	{ "POST", "/api/v1/alerts/acknowledge", DOORS, RIGHT_ALERT_WRITE, ANYWHERE, BODY_JSON, API_BODY_MAX, NULL,
	  acknowledge, NULL },
	{ 0 },
};
