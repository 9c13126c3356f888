#include "lic/session.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "crypt/digest.h"
#include "lic/event.h"
#include "lic/site.h"

#define CSRF_PREFIX "csrf:"

int session_begin(struct tx *tx, const char *kind, int64_t person, int64_t client, const char *agent,
		  char secret[SESSION_SECRET + 1], struct err *e)
{
	bool browser = strcmp(kind, SESSION_BROWSER) == 0;
	const struct site *s = tx->site;
	struct session_row row = { .kind = kind,
				   .person = person,
				   .client = client,
				   .address = tx->actor->address,
				   .agent = agent,
				   .created_at = tx->now,
				   .idle_ms = browser ? s->session_idle_ms : 0,
				   .ends_at = tx->now + (browser ? s->session_max_ms : ACCESS_TOKEN_S * SECOND_MS) };
	unsigned char hash[SHA256_SIZE];

	rand_hex(secret, SESSION_SECRET / 2);
	digest_sha256(secret, SESSION_SECRET, hash);
	if (q_session_add(tx->db, &row, hash, sizeof(hash), e))
		return -1;
	/* A script that gets a token for each call does not fill the table. */
	return browser ? 0 : q_session_keep_newest(tx->db, person, client, SESSION_TOKENS_MAX, e);
}

int session_narrow(struct tx *tx, const char *secret, const char *scope, struct err *e)
{
	unsigned char hash[SHA256_SIZE];

	digest_sha256(secret, SESSION_SECRET, hash);
	return *scope ? q_session_narrow(tx->db, hash, sizeof(hash), scope, e) : 0;
}

/* Is role one of the words of scope? "" is all. */
static bool in_scope(const char *scope, const char *role)
{
	size_t n = strlen(role);

	for (const char *at = scope; *at; at += strcspn(at, " "), at += *at == ' ')
		if (strcspn(at, " ") == n && strncmp(at, role, n) == 0)
			return true;
	return *scope == '\0';
}

static void narrow(const char *scope, struct grants *g)
{
	size_t kept = 0;

	for (size_t i = 0; i < g->n; i++)
		if (in_scope(scope, role_text(g->rows[i].role)))
			g->rows[kept++] = g->rows[i];
	g->n = kept;
}

/* Of the secret, so that nothing more is kept; and nobody finds the secret from it. */
void session_csrf(const char secret[SESSION_SECRET], char out[2 * SHA256_SIZE + 1])
{
	char text[sizeof(CSRF_PREFIX) + SESSION_SECRET];
	unsigned char hash[SHA256_SIZE];

	memcpy(text, CSRF_PREFIX, strlen(CSRF_PREFIX));
	memcpy(text + strlen(CSRF_PREFIX), secret, SESSION_SECRET);
	digest_sha256(text, strlen(CSRF_PREFIX) + SESSION_SECRET, hash);
	str_hex(out, hash, sizeof(hash));
	mem_cleanse(text, sizeof(text));
}

static int read_grants(struct tx *tx, int64_t person, int64_t client, struct grants *out, struct err *e)
{
	struct grant_row *rows;
	size_t n;

	if (person ? q_grants_of_person(tx->db, tx->arena, person, &rows, &n, e)
		   : q_grants_of_client(tx->db, tx->arena, client, &rows, &n, e))
		return -1;
	out->rows = arena_alloc(tx->arena, n * sizeof(*out->rows));
	out->n = n;
	for (size_t i = 0; i < n; i++) {
		out->rows[i].account = rows[i].account;
		out->rows[i].virtual_account = rows[i].virtual_account;
		if (role_by_text(rows[i].role, "role", &out->rows[i].role, e))
			return -1;
	}
	return 0;
}

int session_find(struct tx *tx, const char *kind, const char *secret, struct actor *who, struct caller *out, struct err *e)
{
	unsigned char hash[SHA256_SIZE];
	struct session_row row;
	int rc;

	if (strlen(secret) != SESSION_SECRET)
		return 0;
	digest_sha256(secret, SESSION_SECRET, hash);
	rc = q_session_find(tx->db, tx->arena, hash, sizeof(hash), kind, tx->now, &row, e);
	if (rc != 1)
		return rc;
	*out = (struct caller){ .person = row.person,
				.client = row.client,
				.session = row.id,
				.used_at = row.used_at,
				.browser = strcmp(row.kind, SESSION_BROWSER) == 0 };
	if (out->browser)
		session_csrf(secret, out->csrf);
	if (read_grants(tx, row.person, row.client, &out->own, e) ||
	    (row.person && row.client && read_grants(tx, 0, row.client, &out->limit, e)))
		return -1;
	narrow(row.scope, &out->own);
	who->kind = row.person ? ACTOR_USER : ACTOR_CLIENT;
	str_copy(who->name, sizeof(who->name), row.person ? row.person_name : row.client_name);
	return 1;
}

bool session_is_stale(const struct caller *c, int64_t now)
{
	return c->session && now - c->used_at >= SESSION_TOUCH_MS;
}

int session_touch(struct tx *tx, int64_t session, struct err *e)
{
	return q_session_used(tx->db, session, tx->now, e);
}

int session_end(struct tx *tx, const struct session_row *row, struct err *e)
{
	json_t *detail;

	if (q_session_end(tx->db, row->id, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "kind", row->kind);
	json_set_text(detail, "from", row->address);
	return event_add(tx, "session.end", "", row->person ? row->person_name : row->client_name, detail, e);
}

int session_end_by_secret(struct tx *tx, const char *kind, const char *secret, struct err *e)
{
	unsigned char hash[SHA256_SIZE];
	struct session_row row;
	int rc;

	if (strlen(secret) != SESSION_SECRET)
		return 0;
	digest_sha256(secret, SESSION_SECRET, hash);
	rc = q_session_find(tx->db, tx->arena, hash, sizeof(hash), kind, tx->now, &row, e);
	if (rc != 1)
		return rc;
	return row.person ? session_end(tx, &row, e) : q_session_end(tx->db, row.id, e);
}
