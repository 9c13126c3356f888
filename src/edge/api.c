#include "edge/api.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "edge/list.h"
#include "lic/account.h"

struct reply *api_ok(struct req *r, json_t *v)
{
	json_set_text(v, "status", "SUCCESS");
	json_set_text(v, "statusMessage", "");
	return reply_json(r, 200, v);
}

struct reply *api_list(struct req *r, int rc, const struct err *e, const char *name, json_t *list)
{
	return list_reply_known(r, name, rc, e, list, NULL);
}

struct reply *api_accounts(struct req *r, api_account_fn one)
{
	json_t *list = json_array(), *v;
	struct account_row *rows;
	struct err e = ERR_INIT;
	size_t n = 0;
	int rc = q_account_list(r->tx.db, r->tx.arena, &rows, &n, &e);

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (!access_touches(&r->caller, r->route->right, rows[i].id))
			continue;
		rc = one(r, &rows[i], &v, &e);
		if (rc == 0)
			json_array_append_new(list, v);
	}
	return api_list(r, rc, &e, "accounts", list);
}

int api_account(struct req *r, struct account_row *out, struct err *e)
{
	return account_find(&r->tx, r->param[0], out, e);
}

int api_virtual_account(struct req *r, struct account_row *account, struct virtual_account_row *out, struct err *e)
{
	if (api_account(r, account, e))
		return -1;
	return virtual_account_find(&r->tx, account, r->param[1], out, e);
}

bool api_may_also(struct req *r, enum right right, int64_t account, int64_t virtual_account)
{
	return access_covers(&r->caller, right, account, virtual_account);
}

int api_account_named(struct req *r, const char *name, struct account_row *out, struct err *e)
{
	struct err unknown = ERR_INIT;
	int rc = account_find(&r->tx, name, out, &unknown);

	if ((rc == 0 && !access_touches(&r->caller, r->route->right, out->id)) ||
	    (rc && unknown.code == E_ACCOUNT_UNKNOWN && !api_may(r, 0, 0)))
		return err_set(e, E_FORBIDDEN, "Your role does not reach the account '%.128s': it takes the right '%s'.",
			       name, right_text(r->route->right));
	if (rc)
		*e = unknown;
	return rc;
}

int api_target(struct req *r, const struct account_row *account, const char *name, struct virtual_account_row *out,
	       struct err *e)
{
	struct err unknown = ERR_INIT;
	int rc = virtual_account_find(&r->tx, account, name, out, &unknown);

	/* Who does not see the whole account is not told whether there is one of this name. */
	if ((rc == 0 && !api_may(r, account->id, out->id)) ||
	    (rc && unknown.code == E_VIRTUAL_ACCOUNT_UNKNOWN && !api_may(r, account->id, 0)))
		return err_set(e, E_FORBIDDEN,
			       "Your role does not reach the virtual account '%.128s': it takes the right '%s'.", name,
			       right_text(r->route->right));
	if (rc)
		*e = unknown;
	return rc;
}

int api_all_virtual_accounts(struct req *r, const struct account_row *account, struct virtual_account_row **out, size_t *n,
			     struct err *e)
{
	size_t all, kept = 0;

	if (q_virtual_account_list(r->tx.db, r->tx.arena, account->id, out, &all, e))
		return -1;
	for (size_t i = 0; i < all; i++)
		if (api_may(r, account->id, (*out)[i].id))
			(*out)[kept++] = (*out)[i];
	*n = kept;
	return 0;
}

int api_virtual_accounts(struct req *r, const struct account_row *account, struct virtual_account_row **out, size_t *n,
			 struct err *e)
{
	const json_t *list = json_object_get(r->json, "virtualAccounts"), *name;
	size_t i;

	if (list == NULL || json_is_null(list) || (json_is_array(list) && json_array_size(list) == 0))
		return api_all_virtual_accounts(r, account, out, n, e);
	if (!json_is_array(list))
		return err_field(e, E_INVALID_REQUEST, "virtualAccounts",
				 "The member 'virtualAccounts' must be an array of names.");
	*n = json_array_size(list);
	*out = arena_alloc(r->tx.arena, *n * sizeof(**out));
	json_array_foreach ((json_t *)list, i, name) {
		if (!json_is_string(name))
			return err_field(e, E_INVALID_REQUEST, "virtualAccounts",
					 "The member 'virtualAccounts' must be an array of names.");
		if (api_target(r, account, json_string_value(name), &(*out)[i], e))
			return -1;
	}
	return 0;
}

int api_page(struct req *r, struct api_page *out, struct err *e)
{
	static const struct json_spec spec[] = {
		{ "limit", JSON_K_NUMBER, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct api_page, limit), -1, 1000000000 },
		{ "offset", JSON_K_NUMBER, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct api_page, offset), 0,
		  1000000000 },
		{ 0 },
	};

	*out = (struct api_page){ .limit = -1 };
	return r->json ? json_decode(r->json, spec, NULL, E_INVALID_REQUEST, out, e) : 0;
}

struct reply *api_places(struct req *r, const char *name, api_place_fn add)
{
	struct virtual_account_row *vas;
	struct account_row account;
	struct err e = ERR_INIT;
	json_t *list;
	size_t n;
	int rc = 0;

	if (api_account(r, &account, &e) || api_virtual_accounts(r, &account, &vas, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = add(r, &vas[i], list, &e);
	return api_list(r, rc, &e, name, list);
}

static int run_one(struct req *r, const json_t *item, json_t *result, api_each_fn fn, void *ctx, struct err *e)
{
	struct err why = ERR_INIT;

	if (db_save(r->tx.db, e))
		return -1;
	if (fn(r, item, result, ctx, &why) == 0) {
		json_set_text(result, "status", "SUCCESS");
		if (json_object_get(result, "statusMessage") == NULL)
			json_set_text(result, "statusMessage", "");
		return db_keep(r->tx.db, e);
	}
	if (!db_in_transaction(r->tx.db)) {
		*e = why;
		return -1;
	}
	db_undo(r->tx.db);
	json_set_text(result, "status", "ERROR");
	json_set_text(result, "statusMessage", why.text);
	json_object_set_new(result, "error",
			    json_pack("{s:i,s:s}", "code", err_number(why.code), "name", err_name(why.code)));
	return 1;
}

struct reply *api_each(struct req *r, const json_t *list, const char *other_name, api_each_fn fn, void *ctx)
{
	bool atomic = json_is_true(json_object_get(r->json, "atomic"));
	json_t *item, *answer, *results;
	struct err e = ERR_INIT;
	size_t failed = 0, i;
	const char *status;

	if (!json_is_array(list)) {
		err_set(&e, E_INVALID_REQUEST, "The body needs the list of what is to be done.");
		return reply_error(r, &e);
	}
	if (db_save(r->tx.db, &e))
		return reply_error(r, &e);
	results = json_array();
	json_array_foreach ((json_t *)list, i, item) {
		json_t *result = json_object();
		int rc;

		json_array_append_new(results, result);
		rc = run_one(r, item, result, fn, ctx, &e);
		if (rc < 0) {
			json_decref(results);
			return reply_error(r, &e);
		}
		failed += rc == 1;
	}
	if (atomic && failed)
		db_undo(r->tx.db);
	else if (db_keep(r->tx.db, &e)) {
		json_decref(results);
		return reply_error(r, &e);
	}
	status = failed == 0 ? "SUCCESS" : (failed == i || atomic) ? "ERROR" : "PARTIAL";
	answer = json_object();
	json_set_text(answer, "status", status);
	json_set_text(answer, "statusMessage",
		      failed == 0 ? ""
		      : i == 1    ? json_string_value(json_object_get(json_array_get(results, 0), "statusMessage"))
		      : atomic    ? "Nothing was changed: at least one operation was refused."
				  : "At least one operation was refused; each result says why.");
	if (other_name)
		json_object_set(answer, other_name, results);
	json_object_set_new(answer, "results", results);
	return reply_json(r, 200, answer);
}

int api_time(const char *text, const char *field, int64_t *out, struct err *e)
{
	struct tm tm = { 0 };
	const char *end;

	if (text == NULL || *text == '\0')
		return 0;
	end = strptime(text, "%Y-%m-%d", &tm);
	if (end && *end == 'T')
		end = strptime(end, "T%H:%M:%S", &tm);
	if (end == NULL || (*end != '\0' && strcmp(end, "Z") != 0) || tm.tm_year < 70)
		return err_field(e, E_INVALID_REQUEST, field,
				 "'%.40s' is no date: write it as 2026-12-31 or 2026-12-31T00:00:00Z (UTC).", text);
	*out = (int64_t)timegm(&tm) * SECOND_MS;
	return 0;
}

const char *api_percent(struct arena *a, const char *name)
{
	char *out = arena_alloc(a, 3 * strlen(name) + 1), *at = out;

	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (isalnum(c) || strchr("-._~", c))
			*at++ = (char)c;
		else
			at += snprintf(at, 4, "%%%02X", c);
	}
	return out;
}

int api_flag(const json_t *body, const char *name, bool *out, struct err *e)
{
	const json_t *v = json_object_get(body, name);

	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_boolean(v))
		return err_field(e, E_INVALID_REQUEST, name, "The member '%s' must be true or false.", name);
	*out = json_is_true(v);
	return 0;
}
