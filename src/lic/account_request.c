#include "lic/account_request.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "db/q_person.h"
#include "json/json.h"
#include "lic/event.h"
#include "lic/site.h"

static json_t *detail_of(const struct account_request_row *row, const char *after)
{
	json_t *v = json_object();

	json_set_text(v, "request", row->uuid);
	json_set_text(v, "before", after == row->state ? NULL : row->state);
	json_set_text(v, "after", after);
	return v;
}

static int check_wish(struct tx *tx, const struct account_wish *in, char key[NAME_KEY_SIZE], struct err *e)
{
	char ignored[NAME_KEY_SIZE];

	if (account_fold_name("name", in->name, key, e))
		return -1;
	if (tx->site->role != SITE_SATELLITE)
		return 0;
	if (in->smart_account == NULL || in->virtual_account == NULL)
		return err_field(
			e, E_INVALID_REQUEST, in->smart_account ? "virtualAccount" : "smartAccount",
			"A local account is bound to a virtual account at the cloud manager: name its smart account "
			"and its virtual account.");
	return account_fold_name("smartAccount", in->smart_account, ignored, e) ||
			       account_fold_name("virtualAccount", in->virtual_account, ignored, e)
		     ? -1
		     : 0;
}

/* Those of whoever asks that wait. */
static int check_waiting(struct tx *tx, const struct caller *caller, const char *key, struct err *e)
{
	char other[NAME_KEY_SIZE], when[CLOCK_TEXT_SIZE];
	struct account_request_row *rows;
	size_t n, waiting = 0;

	if (account_request_list(tx, caller, false, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].state, REQUEST_PENDING) != 0)
			continue;
		waiting++;
		if (str_fold(other, rows[i].name) == 0 && strcmp(other, key) == 0)
			return err_field(e, E_CONFLICT, "name",
					 "You asked for the account '%s' at %s already; that request waits for an answer.",
					 rows[i].name, clock_text(rows[i].created_at, when));
	}
	if (waiting >= REQUESTS_WAITING_MAX)
		return err_set(e, E_CONFLICT,
			       "%zu of your requests wait for an answer, and %d may. Wait, or cancel one of them.", waiting,
			       REQUESTS_WAITING_MAX);
	return 0;
}

int account_request_add(struct tx *tx, const struct caller *caller, bool sees_all, const struct account_wish *in,
			struct account_request_row *out, struct err *e)
{
	bool satellite = tx->site->role == SITE_SATELLITE;
	char key[NAME_KEY_SIZE], uuid[UUID_SIZE];
	struct account_row account;
	struct account_request_row row = { .name = in->name,
					   .domain = in->domain ? in->domain : "",
					   .smart_account = satellite ? in->smart_account : "",
					   .virtual_account = satellite ? in->virtual_account : "",
					   .message = in->message ? in->message : "",
					   .person = caller->person,
					   .client = caller->person ? 0 : caller->client,
					   .created_at = tx->now,
					   .created_by = tx->actor->name };
	json_t *detail;
	int rc;

	if (check_wish(tx, in, key, e) || check_waiting(tx, caller, key, e))
		return -1;
	rc = sees_all ? q_account_by_key(tx->db, tx->arena, key, &account, e) : 0;
	if (rc == 1)
		return err_field(e, E_ACCOUNT_EXISTS, "name", "There is an account '%s' already.", account.name);
	row.uuid = rand_uuid(uuid);
	if (rc < 0 || q_account_request_add(tx->db, &row, key, e) || account_request_find(tx, uuid, out, e))
		return -1;
	detail = detail_of(out, out->state);
	json_set_text(detail, "domain", out->domain);
	json_set_text(detail, "smartAccount", out->smart_account);
	json_set_text(detail, "virtualAccount", out->virtual_account);
	json_set_text(detail, "message", out->message);
	return event_add(tx, "account-request.create", "", out->name, detail, e);
}

int account_request_find(struct tx *tx, const char *uuid, struct account_request_row *out, struct err *e)
{
	int rc = q_account_request_by_uuid(tx->db, tx->arena, uuid, out, e);

	if (rc == 0)
		return err_set(e, E_ACCOUNT_REQUEST_UNKNOWN, "There is no request '%.64s' for an account.", uuid);
	return rc < 0 ? -1 : 0;
}

bool account_request_own(const struct account_request_row *row, const struct caller *caller)
{
	if (caller->person)
		return row->person == caller->person;
	if (caller->client)
		return row->client == caller->client;
	return caller->local && row->person == 0 && row->client == 0;
}

int account_request_list(struct tx *tx, const struct caller *caller, bool all, struct account_request_row **out, size_t *n,
			 struct err *e)
{
	size_t found, kept = 0;

	if (q_account_request_list(tx->db, tx->arena, all ? 0 : caller->person, all || caller->person ? 0 : caller->client,
				   out, &found, e))
		return -1;
	for (size_t i = 0; i < found; i++)
		if (all || account_request_own(&(*out)[i], caller))
			(*out)[kept++] = (*out)[i];
	*n = kept;
	return 0;
}

/* ---- decisions ---- */

static int find_waiting(struct tx *tx, const char *uuid, struct account_request_row *out, struct err *e)
{
	char when[CLOCK_TEXT_SIZE];

	if (account_request_find(tx, uuid, out, e))
		return -1;
	if (strcmp(out->state, REQUEST_PENDING) != 0)
		return err_set(e, E_CONFLICT, "The request for the account '%s' was decided at %s by %s: it is %s.",
			       out->name, clock_text(out->decided_at, when), out->decided_by, out->state);
	return 0;
}

static int decide(struct tx *tx, struct account_request_row *row, const char *state, const char *reason, struct err *e)
{
	row->state = state;
	row->reason = reason;
	row->decided_at = tx->now;
	row->decided_by = arena_strdup(tx->arena, tx->actor->name);
	return q_account_request_decide(tx->db, row, e) || q_account_request_forget(tx->db, REQUESTS_KEPT, e) ? -1 : 0;
}

/* A person who could not even see the account that he asked for. */
static int make_administrator(struct tx *tx, const struct account_request_row *row, const struct account_row *account,
			      const char **name, struct err *e)
{
	struct grant_row grant = { .role = role_text(ROLE_ACCOUNT_ADMINISTRATOR), .account = account->id };
	struct grant_row *rows;
	size_t n;

	*name = "";
	if (row->person == 0)
		return 0;
	if (q_grants_of_person(tx->db, tx->arena, row->person, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (rows[i].account == 0)
			return 0;
	if (q_grant_add(tx->db, row->person, 0, &grant, tx->now, tx->actor->name, e) < 0)
		return -1;
	*name = row->created_by;
	return 0;
}

int account_request_approve(struct tx *tx, const char *uuid, const struct account_permits *in,
			    struct account_request_row *out, struct account_row *account, const char **administrator,
			    struct err *e)
{
	struct account_new wish;
	json_t *detail;

	if (find_waiting(tx, uuid, out, e))
		return -1;
	wish = (struct account_new){ .name = out->name,
				     .domain = out->domain,
				     .smart_account = out->smart_account,
				     .virtual_account = out->virtual_account,
				     .export_permitted = in->export_permitted,
				     .reservation_permitted = in->reservation_permitted };
	if (account_add(tx, &wish, account, e) || make_administrator(tx, out, account, administrator, e))
		return -1;
	detail = detail_of(out, REQUEST_APPROVED);
	json_set_text(detail, "administrator", *administrator);
	if (decide(tx, out, REQUEST_APPROVED, "", e)) {
		json_decref(detail);
		return -1;
	}
	return event_add(tx, "account-request.approve", account->name, out->name, detail, e);
}

int account_request_reject(struct tx *tx, const char *uuid, const char *reason, struct account_request_row *out,
			   struct err *e)
{
	json_t *detail;

	if (find_waiting(tx, uuid, out, e))
		return -1;
	detail = detail_of(out, REQUEST_REJECTED);
	json_set_text(detail, "reason", reason);
	if (decide(tx, out, REQUEST_REJECTED, reason, e)) {
		json_decref(detail);
		return -1;
	}
	return event_add(tx, "account-request.reject", "", out->name, detail, e);
}

int account_request_cancel(struct tx *tx, const char *uuid, struct account_request_row *out, struct err *e)
{
	json_t *detail;

	if (find_waiting(tx, uuid, out, e))
		return -1;
	detail = detail_of(out, REQUEST_CANCELLED);
	if (decide(tx, out, REQUEST_CANCELLED, "", e)) {
		json_decref(detail);
		return -1;
	}
	return event_add(tx, "account-request.cancel", "", out->name, detail, e);
}
