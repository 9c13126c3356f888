#include "lic/client.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "crypt/digest.h"
#include "json/json.h"
#include "lic/event.h"
#include "lic/grant.h"

/* ---- events ---- */

static int put_roles(struct tx *tx, const struct client_row *client, json_t *detail, struct err *e)
{
	json_t *list = json_array(), *one;
	struct grant_row *rows;
	size_t n;

	json_object_set_new(detail, "roles", list);
	if (q_grants_of_client(tx->db, tx->arena, client->id, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (grant_json(tx, &rows[i], &one, e))
			return -1;
		json_array_append_new(list, one);
	}
	return 0;
}

/* An event about the client in the log of its account; takes over detail. */
static int tell(struct tx *tx, const char *kind, const struct client_row *client, json_t *detail, struct err *e)
{
	struct account_row account = { .name = "" };

	if (client->account && q_account_by_id(tx->db, tx->arena, client->account, &account, e) < 0) {
		json_decref(detail);
		return -1;
	}
	json_set_text(detail, "clientId", client->client_id);
	return event_add(tx, kind, account.name, client->name, detail, e);
}

static json_t *before_after(json_t **before, json_t **after)
{
	*before = json_object();
	*after = json_object();
	return json_pack("{s:o,s:o}", "before", *before, "after", *after);
}

/* ---- making and ending ---- */

/* The account in which all of them are; 0 if there is none. */
static int64_t account_of(const struct client_new *in)
{
	for (size_t i = 1; i < in->n; i++)
		if (in->grants[i].account != in->grants[0].account)
			return 0;
	return in->grants[0].account;
}

static int check_new(struct tx *tx, const struct caller *by, const struct client_new *in, int64_t account,
		     char key[NAME_KEY_SIZE], struct err *e)
{
	struct client_row known;
	int rc;

	if (str_fold(key, in->name))
		return err_field(e, E_NAME_INVALID, "name", "'%.60s' cannot be a name.", in->name);
	if (in->n < 1 || in->n > CLIENT_ROLES_MAX)
		return err_field(e, E_INVALID_REQUEST, "roles", "An API client has 1 to %d roles; %zu were given.",
				 CLIENT_ROLES_MAX, in->n);
	for (size_t i = 0; i < in->n; i++)
		if (grant_allowed(by, RIGHT_CLIENT_WRITE, &in->grants[i], e))
			return -1;
	rc = q_client_by_key(tx->db, tx->arena, key, account, &known, e);
	if (rc == 1)
		return err_field(e, E_CLIENT_EXISTS, "name", "There is an API client '%s' already.", known.name);
	return rc;
}

/* A new secret, stored as its hash. */
static int add_secret(struct tx *tx, int64_t client, char secret[CLIENT_SECRET + 1], struct err *e)
{
	unsigned char hash[SHA256_SIZE];

	rand_hex(secret, CLIENT_SECRET / 2);
	digest_sha256(secret, CLIENT_SECRET, hash);
	return q_client_secret_add(tx->db, client, hash, sizeof(hash), tx->now, tx->actor->name, e);
}

int client_add(struct tx *tx, const struct caller *by, const struct client_new *in, struct client_row *out,
	       char secret[CLIENT_SECRET + 1], struct err *e)
{
	char key[NAME_KEY_SIZE], client_id[CLIENT_SECRET + 1];
	int64_t account = in->n ? account_of(in) : 0;
	json_t *detail;

	if (check_new(tx, by, in, account, key, e))
		return -1;
	rand_hex(client_id, CLIENT_SECRET / 2);
	*out = (struct client_row){ .client_id = arena_strdup(tx->arena, client_id),
				    .account = account,
				    .name = in->name,
				    .created_at = tx->now,
				    .created_by = tx->actor->name,
				    .used_from = "" };
	if (q_client_add(tx->db, out, key, e))
		return -1;
	for (size_t i = 0; i < in->n; i++) {
		const struct grant *g = &in->grants[i];
		struct grant_row row = { role_text(g->role), g->account, g->virtual_account };

		if (q_grant_add(tx->db, 0, out->id, &row, tx->now, tx->actor->name, e) < 0)
			return -1;
	}
	if (add_secret(tx, out->id, secret, e))
		return -1;
	detail = json_object();
	if (put_roles(tx, out, detail, e)) {
		json_decref(detail);
		return -1;
	}
	return tell(tx, "client.create", out, detail, e);
}

static int find_by_name(struct tx *tx, int64_t account, const char *name, struct client_row *out, struct err *e)
{
	char key[NAME_KEY_SIZE];
	struct client_row *rows;
	size_t n;
	int rc;

	if (str_fold(key, name))
		return 0;
	rc = q_client_by_key(tx->db, tx->arena, key, account, out, e);
	if (rc || account)
		return rc;
	if (q_clients_by_key(tx->db, tx->arena, key, &rows, &n, e))
		return -1;
	if (n > 1)
		return err_set(e, E_CONFLICT,
			       "There is an API client '%.128s' in more than one account. Name the account, or take the "
			       "client id.",
			       name);
	if (n == 1)
		*out = rows[0];
	return n == 1;
}

int client_find(struct tx *tx, int64_t account, const char *text, struct client_row *out, struct err *e)
{
	int rc = 0;

	if (strlen(text) == CLIENT_SECRET)
		rc = q_client_by_client_id(tx->db, tx->arena, text, out, e);
	if (rc == 1 && account && out->account != account)
		rc = 0;
	if (rc == 0)
		rc = find_by_name(tx, account, text, out, e);
	if (rc == 0)
		return err_set(e, E_CLIENT_UNKNOWN, "There is no API client '%.128s'.", text);
	return rc < 0 ? -1 : 0;
}

/* What is before an exchange or the end: since when the secret is that counts. */
static int64_t present_since(const struct client_secret_row *rows, size_t n)
{
	return n && rows[0].expires_at == 0 ? rows[0].created_at : 0;
}

int client_rotate(struct tx *tx, const struct client_row *client, int64_t overlap_hours, char secret[CLIENT_SECRET + 1],
		  struct err *e)
{
	struct client_secret_row *rows;
	json_t *detail, *before, *after;
	size_t n;
	int rc;

	if (client->revoked_at)
		return err_set(e, E_CONFLICT, "The API client '%s' is revoked. Create another.", client->name);
	if (overlap_hours < 0 || overlap_hours > CLIENT_OVERLAP_MAX_H)
		return err_field(e, E_INVALID_REQUEST, "overlapHours",
				 "The old secret is good for 0 to %d hours more; %" PRId64 " were asked.",
				 CLIENT_OVERLAP_MAX_H, overlap_hours);
	if (q_client_secret_list(tx->db, tx->arena, client->id, &rows, &n, e))
		return -1;
	if (overlap_hours)
		rc = q_client_secret_expire(tx->db, client->id, tx->now + overlap_hours * HOUR_MS, e);
	else
		rc = q_client_secret_drop(tx->db, client->id, e) || q_sessions_end_client(tx->db, client->id, e) ? -1 : 0;
	if (rc || add_secret(tx, client->id, secret, e))
		return -1;
	detail = before_after(&before, &after);
	json_set_time(before, "secretSince", present_since(rows, n));
	json_set_time(after, "secretSince", tx->now);
	json_set_time(after, "oldSecretUntil", tx->now + overlap_hours * HOUR_MS);
	return tell(tx, "client.rotate", client, detail, e);
}

int client_revoke(struct tx *tx, const struct client_row *client, struct err *e)
{
	json_t *detail, *before, *after;

	if (client->revoked_at)
		return 0;
	if (q_client_secret_drop(tx->db, client->id, e) || q_client_revoke(tx->db, client->id, tx->now, tx->actor->name, e))
		return -1;
	detail = before_after(&before, &after);
	json_set_text(before, "status", CLIENT_ACTIVE);
	json_set_text(after, "status", CLIENT_REVOKED);
	return tell(tx, "client.revoke", client, detail, e);
}

int client_remove(struct tx *tx, const struct client_row *client, struct err *e)
{
	json_t *detail, *before, *after;

	if (!client->revoked_at)
		return err_set(e, E_CONFLICT,
			       "The API client '%s' is not revoked. Revoke it first: then whoever still uses it is seen.",
			       client->name);
	detail = before_after(&before, &after);
	json_set_text(before, "status", CLIENT_REVOKED);
	json_set_text(after, "status", NULL);
	if (put_roles(tx, client, before, e) || q_client_remove(tx->db, client->id, e)) {
		json_decref(detail);
		return -1;
	}
	return tell(tx, "client.remove", client, detail, e);
}

const char *client_status(const struct client_row *client, size_t roles)
{
	return client->revoked_at ? CLIENT_REVOKED : roles ? CLIENT_ACTIVE : CLIENT_WITHOUT_ROLE;
}

/* ---- signing in ---- */

int client_check(struct tx *tx, const char *client_id, const char *secret, struct client_row *out,
		 struct client_secret_row *used, struct err *e)
{
	struct client_row nobody = { 0 };
	struct client_secret_row *rows;
	unsigned char hash[SHA256_SIZE];
	bool fits = false;
	size_t n;
	int rc;

	*out = nobody;
	rc = q_client_by_client_id(tx->db, tx->arena, client_id, out, e);
	if (rc < 0 || q_client_secret_list(tx->db, tx->arena, out->id, &rows, &n, e))
		return -1;
	digest_sha256(secret, strlen(secret), hash);
	for (size_t i = 0; i < n; i++) {
		bool good = rows[i].expires_at == 0 || rows[i].expires_at > tx->now;

		if (digest_equal(rows[i].hash, hash, sizeof(hash)) && good) {
			*used = rows[i];
			fits = true;
		}
	}
	mem_cleanse(hash, sizeof(hash));
	return fits && out->revoked_at == 0 ? 0 : err_set(e, E_INVALID_CLIENT, NULL);
}

int client_used(struct tx *tx, const struct client_row *client, const struct client_secret_row *used, struct err *e)
{
	if (q_client_used(tx->db, client->id, used->hash, used->hash_n, tx->now, tx->actor->address, e))
		return -1;
	return client->used_at ? 0 : tell(tx, "client.sign-in", client, json_object(), e);
}
