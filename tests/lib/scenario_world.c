#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "lic/account.h"
#include "lic/identity.h"
#include "lic/license.h"
#include "tests/lib/clock_fake.h"
#include "tests/lib/scenario.h"

#define DEPTH_MAX 8
#define STUCK_MS MINUTE_MS /* an agent whose due time does not move is asked again after this */

const struct actor story_administrator = { .kind = ACTOR_USER, .name = "story", .address = "192.0.2.1" };

int world_fail(struct world *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->why, sizeof(w->why), fmt, ap);
	va_end(ap);
	return -1;
}

int result_code(struct result *out, const char *code)
{
	str_copy(out->code, sizeof(out->code), code);
	return 0;
}

int result_refused(struct result *out, const struct err *e)
{
	str_copy(out->text, sizeof(out->text), e->text);
	return result_code(out, err_name(e->code));
}

/* ---- names ---- */

struct server *world_find_server(struct world *w, const char *name)
{
	for (struct server *s = w->servers; s; s = s->next)
		if (strcmp(s->name, name) == 0)
			return s;
	world_fail(w, "there is no server '%s'", name);
	return NULL;
}

struct server *world_server(struct world *w, struct words *in, const char *otherwise)
{
	const char *name = words_value(in, "at");

	return world_find_server(w, name ? name : otherwise);
}

const char *world_token(const struct world *w, const char *name)
{
	for (const struct named_token *t = w->tokens; t; t = t->next)
		if (strcmp(t->name, name) == 0)
			return t->value;
	return name;
}

void world_set_token(struct world *w, const char *name, const char *value)
{
	struct named_token *t = mem_alloc(sizeof(*t));

	str_copy(t->name, sizeof(t->name), name);
	str_copy(t->value, sizeof(t->value), value);
	t->next = w->tokens;
	w->tokens = t;
}

struct named_bytes *named_find(struct named_bytes *list, const char *name)
{
	while (list && strcmp(list->name, name) != 0)
		list = list->next;
	return list;
}

struct named_bytes *named_set(struct named_bytes **list, const char *name)
{
	struct named_bytes *n = named_find(*list, name);

	if (n == NULL) {
		n = mem_alloc(sizeof(*n));
		str_copy(n->name, sizeof(n->name), name);
		n->next = *list;
		*list = n;
	}
	buf_clear(&n->bytes);
	buf_clear(&n->answer);
	return n;
}

static void named_free(struct named_bytes *n)
{
	while (n) {
		struct named_bytes *next = n->next;

		buf_fini(&n->bytes);
		buf_fini(&n->answer);
		free(n);
		n = next;
	}
}

const char *world_tag(struct world *w, const char *name)
{
	struct tx tx = server_reader(w->servers, &w->arena);
	struct entitlement_row row;
	struct err e;

	return entitlement_find(&tx, name, &row, &e) == 0 ? row.tag : name;
}

const char *world_tag_name(struct world *w, const char *tag)
{
	struct tx tx = server_reader(w->servers, &w->arena);
	struct entitlement_row row;
	struct err e;

	return q_entitlement_by_tag(tx.db, tx.arena, tag, &row, &e) == 1 ? row.name : tag;
}

/* ---- making and ending ---- */

static int add_server(struct world *w, enum site_role role, const char *name)
{
	struct server *s = mem_alloc(sizeof(*s)), **to = &w->servers;
	struct err e = ERR_INIT;

	if (server_open(s, role, name, w->dir, &e)) {
		server_close(s);
		free(s);
		return world_fail(w, "the server '%s' cannot start: %s: %s", name, err_name(e.code), e.text);
	}
	while (*to)
		to = &(*to)->next;
	*to = s;
	return 0;
}

static int make_manager_accounts(struct tx *tx, void *arg, struct err *e)
{
	const struct account_new in = { .name = ACCOUNT, .domain = "acme.example" };
	struct virtual_account_row va;
	struct account_row account;

	(void)arg;
	if (account_add(tx, &in, &account, e))
		return -1;
	return virtual_account_add(tx, &account, SITE_ACCOUNT, "", &va, e) ||
			       virtual_account_add(tx, &account, "Direct", "", &va, e)
		     ? -1
		     : 0;
}

static int make_local_account(struct tx *tx, void *arg, struct err *e)
{
	const struct account_new in = { .name = ACCOUNT, .smart_account = ACCOUNT, .virtual_account = SITE_ACCOUNT };
	struct account_row account;

	(void)arg;
	return account_add(tx, &in, &account, e);
}

static int read_root(struct world *w)
{
	struct tx tx = server_reader(w->servers, &w->arena);
	struct err e = ERR_INIT;

	if (authority_read(&tx, AUTHORITY_ROOT, &w->root, NULL, &e) != 1)
		return world_fail(w, "the manager has no root: %s", e.text);
	return 0;
}

/* Memory rather than disk, if there is a file system of it: each step waits for its fsync. */
static char *make_dir(void)
{
	const char *top = getenv("TMPDIR");
	char *dir;

	if (top == NULL)
		top = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	dir = mem_printf("%s/scenario.XXXXXX", top);
	if (mkdtemp(dir) == NULL) {
		free(dir);
		return NULL;
	}
	return dir;
}

int world_open(struct world *w, bool bare)
{
	struct err e = ERR_INIT;
	struct server *satellite;

	memset(w, 0, sizeof(*w));
	arena_init(&w->arena);
	clock_fake_advance(MINUTE_MS); /* the limits by address are as if nobody had come */
	clock_fake_set(CLOCK_FAKE_START);
	w->dir = make_dir();
	if (w->dir == NULL)
		return world_fail(w, "cannot make a temporary folder");
	if (add_server(w, SITE_MANAGER, MANAGER) || add_server(w, SITE_SATELLITE, SATELLITE) || read_root(w))
		return -1;
	satellite = w->servers->next;
	if (server_write(w->servers, &story_administrator, &w->arena, make_manager_accounts, NULL, &e) ||
	    server_write(satellite, &story_administrator, &w->arena, make_local_account, NULL, &e) ||
	    (!bare && sync_now(w, satellite, &e)))
		return world_fail(w, "the world cannot be made: %s: %s", err_name(e.code), e.text);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void folder_remove(const char *dir)
{
	nftw(dir, remove_one, DEPTH_MAX, FTW_DEPTH | FTW_PHYS);
}

void world_close(struct world *w)
{
	agents_free(w);
	products_free(w);
	while (w->servers) {
		struct server *next = w->servers->next;

		server_close(w->servers);
		free(w->servers);
		w->servers = next;
	}
	while (w->tokens) {
		struct named_token *next = w->tokens->next;

		free(w->tokens);
		w->tokens = next;
	}
	named_free(w->files);
	named_free(w->messages);
	cert_free(w->root);
	arena_fini(&w->arena);
	if (w->dir)
		folder_remove(w->dir);
	free(w->dir);
}

int world_restart(struct world *w)
{
	struct err e = ERR_INIT;

	agents_close(w);
	for (struct server *s = w->servers; s; s = s->next) {
		struct server *next = s->next;
		AUTO_FREE char *name = mem_strdup(s->name);
		enum site_role role = s->site.role;
		bool down = s->down;

		server_close(s);
		if (server_open(s, role, name, w->dir, &e))
			return world_fail(w, "the server '%s' cannot start again: %s: %s", name, err_name(e.code), e.text);
		s->next = next;
		s->down = down;
	}
	return agents_reopen(w);
}

/* ---- time ---- */

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What is due now: the synchronization that the story switched on, agents that are left alone. */
static int run_due(struct world *w)
{
	struct err e = ERR_INIT;
	bool again = w->sync_every && w->sync_at <= clock_now();

	for (struct server *s = w->servers; again && s; s = s->next)
		if (s->site.role == SITE_SATELLITE && s->site.identity && (w->sync_only == NULL || w->sync_only == s) &&
		    sync_now(w, s, &e))
			return world_fail(w, "synchronizing '%s': %s: %s", s->name, err_name(e.code), e.text);
	if (again)
		w->sync_at = clock_now() + w->sync_every;
	return agents_tick(w);
}

int world_advance(struct world *w, int64_t ms)
{
	int64_t end = clock_now() + ms;

	if (ms < 0)
		return world_fail(w, "time goes forward; `clock` sets it back");
	if (run_due(w))
		return -1;
	while (clock_now() < end) {
		int64_t next = earlier(end, agents_due(w));

		if (w->sync_every)
			next = earlier(next, w->sync_at);
		if (next <= clock_now())
			next = earlier(end, clock_now() + STUCK_MS);
		clock_fake_advance(next - clock_now());
		if (run_due(w))
			return -1;
		arena_fini(&w->arena);
	}
	return 0;
}
