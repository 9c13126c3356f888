#include "lic/person.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "crypt/seal.h"
#include "json/json.h"
#include "lic/event.h"
#include "lic/grant.h"
#include "lic/session.h"
#include "lic/site.h"

/* ---- passwords ---- */

int person_secrets(struct tx *tx, const char *name, struct person_secrets *out, struct err *e)
{
	const char **former;
	size_t n;

	if (person_find(tx, name, &out->person, e) ||
	    q_person_former_passwords(tx->db, tx->arena, out->person.id, &former, &n, e))
		return -1;
	out->hashes = arena_alloc(tx->arena, (n + 1) * sizeof(*out->hashes));
	out->hashes[0] = out->person.password_hash;
	for (size_t i = 0; i < n; i++)
		out->hashes[i + 1] = former[i];
	out->n = n + 1;
	return 0;
}

int person_hash_password(const char *password, const char *name, const struct person_secrets *s, struct buf *out,
			 struct err *e)
{
	if (password_fit(password, name, e) || (s && password_is_new(password, s->hashes, s->n, e)))
		return -1;
	return password_hash(password, out, e);
}

/* The hash of no password that anybody knows, so that an unknown name takes the same time. */
#define NOBODY "scrypt$15$8$1$Tm9ib2R5IGhhcyBpdC4hIQ==$m0dxv4V1yqN1QpXH2kS0yZ6r3cJb8tFf5uLwEoGi7aA="

bool person_has_password(const struct person_row *person, const char *password)
{
	bool fits = strlen(password) <= PASSWORD_MAX;

	/* Hashed in any case: the time does not tell what was wrong. */
	return password_check(fits ? password : "", person ? person->password_hash : NOBODY) == 0 && fits && person;
}

int person_may_sign_in(const struct tx *tx, const struct person_row *person, struct err *e)
{
	int64_t max = tx->site->password_max_age_ms;

	if (strcmp(person->status, PERSON_ACTIVE) != 0)
		return err_set(e, E_USER_DISABLED, NULL);
	if (person->must_change || (max && tx->now - person->password_at >= max))
		return err_set(e, E_PASSWORD_EXPIRED, NULL);
	return 0;
}

/* ---- roles ---- */

/* Fills the names of a grant's place; "" where it is the whole of it. */
static int find_place(struct tx *tx, const struct grant *g, struct account_row *account, struct virtual_account_row *va,
		      struct err *e)
{
	account->name = va->name = "";
	if (g->account && q_account_by_id(tx->db, tx->arena, g->account, account, e) != 1)
		return -1;
	return g->virtual_account && q_virtual_account_by_id(tx->db, tx->arena, g->virtual_account, va, e) != 1 ? -1 : 0;
}

static int grant_event(struct tx *tx, const char *kind, const char *person, const struct grant *g, struct err *e)
{
	struct virtual_account_row va;
	struct account_row account;
	json_t *v;

	if (find_place(tx, g, &account, &va, e))
		return -1;
	v = json_object();
	json_set_text(v, "role", role_text(g->role));
	if (g->virtual_account)
		json_set_text(v, "virtualAccount", va.name);
	return event_add(tx, kind, account.name, person, v, e);
}

static struct grant_row row_of(const struct grant *g)
{
	return (struct grant_row){ role_text(g->role), g->account, g->virtual_account };
}

/* Another system administrator who can sign in? */
static int is_administrator(struct tx *tx, int64_t person, bool *out, struct err *e)
{
	struct grant_row *rows;
	size_t n;

	*out = false;
	if (q_grants_of_person(tx->db, tx->arena, person, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		*out |= strcmp(rows[i].role, role_text(ROLE_SYSTEM_ADMINISTRATOR)) == 0;
	return 0;
}

static int check_last(struct tx *tx, const struct person_row *person, struct err *e)
{
	struct person_row *all;
	bool is, other;
	size_t n;

	if (tx->actor->kind == ACTOR_LOCAL || strcmp(person->status, PERSON_ACTIVE) != 0)
		return 0;
	if (is_administrator(tx, person->id, &is, e) || q_person_list(tx->db, tx->arena, &all, &n, e))
		return -1;
	for (size_t i = 0; i < n && is; i++) {
		if (all[i].id == person->id || strcmp(all[i].status, PERSON_ACTIVE) != 0)
			continue;
		if (is_administrator(tx, all[i].id, &other, e))
			return -1;
		is = !other;
	}
	if (!is)
		return 0;
	return err_set(e, E_CONFLICT,
		       "'%s' is the last system administrator and stays. Add another first, or use satellitectl on the "
		       "server itself.",
		       person->name);
}

int person_grant(struct tx *tx, const char *name, const struct grant *g, struct err *e)
{
	struct grant_row row = row_of(g);
	struct person_row person;
	int rc;

	if (person_find(tx, name, &person, e))
		return -1;
	rc = q_grant_add(tx->db, person.id, 0, &row, tx->now, tx->actor->name, e);
	return rc == 1 ? grant_event(tx, "person.grant", person.name, g, e) : rc;
}

int person_withdraw(struct tx *tx, const char *name, const struct grant *g, struct err *e)
{
	struct grant_row row = row_of(g);
	struct person_row person;
	int rc;

	if (person_find(tx, name, &person, e) || (g->role == ROLE_SYSTEM_ADMINISTRATOR && check_last(tx, &person, e)))
		return -1;
	rc = q_grant_remove(tx->db, person.id, 0, &row, e);
	if (rc == 1)
		return grant_event(tx, "person.withdraw", person.name, g, e);
	return rc < 0 ? -1
		      : err_field(e, E_INVALID_REQUEST, "role", "'%s' does not have the role '%s' there.", person.name,
				  role_text(g->role));
}

/* ---- users ---- */

int person_add(struct tx *tx, const struct person_new *in, struct err *e)
{
	struct grant_row grant = row_of(&in->grant);
	struct person_row known, row = { .name = in->name,
					 .full_name = in->full_name ? in->full_name : "",
					 .password_hash = in->hash,
					 .must_change = in->must_change,
					 .created_at = tx->now,
					 .created_by = tx->actor->name };
	char key[NAME_KEY_SIZE];
	int rc;

	if (str_fold(key, in->name))
		return err_field(e, E_NAME_INVALID, "name", "'%.60s' cannot be a name.", in->name);
	if (in->full_name && *in->full_name && !str_name_ok(in->full_name))
		return err_field(e, E_NAME_INVALID, "fullName", "The full name has at most 128 printable characters.");
	rc = q_person_by_key(tx->db, tx->arena, key, &known, e);
	if (rc == 1)
		return err_field(e, E_USER_EXISTS, "name", "There is a user '%s' already.", known.name);
	if (rc < 0 || q_person_add(tx->db, &row, key, e) || q_person_by_key(tx->db, tx->arena, key, &known, e) != 1 ||
	    q_grant_add(tx->db, known.id, 0, &grant, tx->now, tx->actor->name, e) < 0)
		return -1;
	return grant_event(tx, "person.create", in->name, &in->grant, e);
}

int person_find(struct tx *tx, const char *name, struct person_row *out, struct err *e)
{
	char key[NAME_KEY_SIZE];
	int rc = str_fold(key, name) ? 0 : q_person_by_key(tx->db, tx->arena, key, out, e);

	if (rc == 0)
		return err_set(e, E_USER_UNKNOWN, "There is no user '%.128s'.", name);
	return rc < 0 ? -1 : 0;
}

/* What he could do before. */
static int removed_event(struct tx *tx, const struct person_row *person, struct err *e)
{
	json_t *detail, *roles, *one;
	struct grant_row *rows;
	size_t n;

	if (q_grants_of_person(tx->db, tx->arena, person->id, &rows, &n, e))
		return -1;
	roles = json_array();
	for (size_t i = 0; i < n; i++) {
		if (grant_json(tx, &rows[i], &one, e)) {
			json_decref(roles);
			return -1;
		}
		json_array_append_new(roles, one);
	}
	detail = json_object();
	json_object_set_new(detail, "roles", roles);
	return event_add(tx, "person.remove", "", person->name, detail, e);
}

int person_remove(struct tx *tx, const char *name, struct err *e)
{
	struct person_row person;

	return person_find(tx, name, &person, e) || check_last(tx, &person, e) || removed_event(tx, &person, e)
		     ? -1
		     : q_person_remove(tx->db, person.id, e);
}

int person_set_active(struct tx *tx, const char *name, bool active, struct err *e)
{
	const char *status = active ? PERSON_ACTIVE : PERSON_DISABLED;
	struct person_row person;

	if (person_find(tx, name, &person, e))
		return -1;
	if (strcmp(person.status, status) == 0)
		return 0;
	if ((!active && check_last(tx, &person, e)) || q_person_status(tx->db, person.id, status, e))
		return -1;
	return event_add(tx, active ? "person.enable" : "person.disable", "", person.name,
			 json_pack("{s:s,s:s}", "before", person.status, "after", active ? "ACTIVE" : "DISABLED"), e);
}

/* Is he still who he was when a password was checked or made for him? 1, 0, -1. */
static int is_unchanged(struct tx *tx, const struct person_row *person, struct err *e)
{
	struct person_row now;
	struct err unknown = ERR_INIT;

	if (person_find(tx, person->name, &now, &unknown)) {
		if (unknown.code == E_USER_UNKNOWN)
			return 0;
		*e = unknown;
		return -1;
	}
	return now.id == person->id && strcmp(now.status, person->status) == 0 &&
	       strcmp(now.password_hash, person->password_hash) == 0;
}

int person_set_password(struct tx *tx, const struct person_row *person, const char *hash, bool must_change, struct err *e)
{
	int rc = is_unchanged(tx, person, e);
	json_t *detail;

	if (rc == 0)
		return err_set(e, E_CONFLICT, "The user '%s' was changed by somebody else meanwhile. Try again.",
			       person->name);
	if (rc < 0 || q_person_password(tx->db, person->id, hash, tx->now, must_change, PASSWORD_LAST - 1, e))
		return -1;
	detail = json_object();
	if (must_change)
		json_set_bool(detail, "mustChange", true);
	return event_add(tx, "person.password", "", person->name, detail, e);
}

int person_sign_in(struct tx *tx, const struct person_row *person, const char *kind, int64_t client, const char *agent,
		   char secret[65], struct err *e)
{
	int rc = is_unchanged(tx, person, e);

	if (rc != 1)
		return rc < 0 ? -1 : err_set(e, E_WRONG_PASSWORD, NULL);
	if (session_begin(tx, kind, person->id, client, agent, secret, e) ||
	    q_person_signed_in(tx->db, person->id, tx->now, tx->actor->address, e))
		return -1;
	return event_add(tx, "person.sign-in", "", person->name, NULL, e);
}
