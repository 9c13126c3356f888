#include "agent/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "agent/reserve.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "json/json.h"

#define STATE_FORMAT "product-agent/1"
#define STATE_SIZE_MAX (8 << 20)

/* One row a member; reading, writing and freeing follow the table. */
enum kind { TEXT, TIME, FLAG };

static const struct field {
	const char *name;
	enum kind kind;
	size_t offset;
} fields[] = {
#define TEXT(name, member)                                 \
	{                                                  \
		name, TEXT, offsetof(struct agent, member) \
	}
#define TIME(name, member)                                 \
	{                                                  \
		name, TIME, offsetof(struct agent, member) \
	}
#define FLAG(name, member)                                 \
	{                                                  \
		name, FLAG, offsetof(struct agent, member) \
	}
#define ATTEMPT(name, member)                                                                          \
	TIME(name "_at", member.at), FLAG(name "_ok", member.ok), TEXT(name "_reason", member.reason), \
		TIME(name "_failures", member.failures), TIME(name "_next_at", member.next_at)
	TEXT("product", product_name),
	TEXT("udi_serial_number", serial),
	TEXT("uuid", uuid),
	TEXT("hostname", hostname),
	TEXT("ip_address", ip),
	TEXT("url", url),
	FLAG("direct", direct),
	FLAG("callhome", callhome),
	TEXT("proxy", proxy),
	TEXT("proxy_user", proxy_user),
	TEXT("proxy_password", proxy_password),
	FLAG("hide_host", hide_host),
	FLAG("hide_version", hide_version),
	FLAG("mixed_mode", mixed_mode),
	TIME("export_alert_at", export_alert_at),
	TIME("seen_at", seen_at),
	TIME("clock_wrong_at", clock_wrong_at),
	TEXT("ca_file", ca_pem),
	TEXT("root_file", root_pem),
	TEXT("key", key_pem),
	TEXT("csr", csr),
	TEXT("id_certificate", id_pem),
	TEXT("ca_chain", chain_pem),
	TEXT("server", server),
	TEXT("product_instance_identifier", identifier),
	TEXT("smart_account", smart_account),
	TEXT("virtual_account", virtual_account),
	FLAG("export_allowed", export_allowed),
	TIME("registered_at", registered_at),
	TIME("renew_at", renew_at),
	TIME("expires_at", expires_at),
	FLAG("registering", registering),
	FLAG("force", force),
	TEXT("token", token),
	ATTEMPT("registration", registration),
	ATTEMPT("renewal", renewal),
	ATTEMPT("contact", contact),
	FLAG("gone", gone),
	TEXT("authorization_status", authorization_status),
	TIME("authorized_at", authorized_at),
	TIME("authorization_renew_at", authorization_renew_at),
	TIME("authorization_expires_at", authorization_expires_at),
	TIME("usage_at", usage_at),
	FLAG("reservation_enabled", reservation_enabled),
	FLAG("reservation_in_progress", reservation_in_progress),
	TIME("reservation_requested_at", requested_at),
	TEXT("reservation_code", code_text),
	TIME("reservation_reserved_at", reserved_at),
	TIME("reservation_code_at", code_at),
	TIME("reservation_newest_code", newest_code),
	TEXT("reservation_return_code", return_code),
	TIME("reservation_returned_at", returned_at),
	TIME("evaluation_used", evaluation_used),
	TIME("evaluation_counted_at", evaluation_counted_at),
	TIME("evaluation_expired_at", evaluation_expired_at),
	TEXT("pending_type", pending_type),
	TEXT("pending_data", pending_data),
	TEXT("pending_nonce", pending_nonce),
	TEXT("pending_body", pending_body),
	TIME("pending_at", pending_at),
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static const struct field usage_fields[] = {
	{ "tag", TEXT, offsetof(struct usage, tag) },
	{ "count", TIME, offsetof(struct usage, count) },
	{ 0 },
};

static const struct field granted_fields[] = {
	{ "tag", TEXT, offsetof(struct granted, tag) },
	{ "display_name", TEXT, offsetof(struct granted, display_name) },
	{ "description", TEXT, offsetof(struct granted, description) },
	{ "version", TEXT, offsetof(struct granted, version) },
	{ "status", TEXT, offsetof(struct granted, status) },
	{ "count", TIME, offsetof(struct granted, count) },
	{ 0 },
};

void state_set(char **to, const char *text)
{
	char *copy = mem_strdup(text);

	if (*to)
		mem_cleanse(*to, strlen(*to));
	free(*to);
	*to = copy;
}

void attempt_clear(struct attempt *t)
{
	state_set(&t->reason, NULL);
	memset(t, 0, sizeof(*t));
}

void granted_clear(struct agent *a)
{
	for (size_t i = 0; i < a->granted_n; i++) {
		struct granted *g = &a->granted[i];

		free(g->tag);
		free(g->display_name);
		free(g->description);
		free(g->version);
		free(g->status);
	}
	free(a->granted);
	a->granted = NULL;
	a->granted_n = 0;
}

void state_fini(struct agent *a)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (fields[i].kind == TEXT)
			state_set((char **)((char *)a + fields[i].offset), NULL);
	granted_clear(a);
	for (size_t i = 0; i < a->usage_n; i++)
		free(a->usage[i].tag);
	free(a->usage);
	buf_fini(&a->warning);
	arena_fini(&a->code_arena);
	cert_free(a->root);
	cert_free(a->id);
	cert_free(a->issuer);
	key_free(a->key);
	if (a->lock_fd >= 0)
		close(a->lock_fd);
	free(a->dir);
	a->dir = NULL;
}

static void put(json_t *obj, const struct field *f, const void *from)
{
	const void *p = (const char *)from + f->offset;

	switch (f->kind) {
	case TEXT:
		json_set_text(obj, f->name, *(char *const *)p);
		return;
	case TIME:
		json_set_int(obj, f->name, *(const int64_t *)p);
		return;
	case FLAG:
		json_set_bool(obj, f->name, *(const bool *)p);
		return;
	}
}

static int get(const json_t *obj, const struct field *f, void *to)
{
	const json_t *v = json_object_get(obj, f->name);
	void *p = (char *)to + f->offset;

	switch (f->kind) {
	case TEXT:
		if (v && !json_is_null(v) && !json_is_string(v))
			return -1;
		state_set(p, json_string_value(v));
		return 0;
	case TIME:
		if (!json_is_integer(v))
			return v ? -1 : 0;
		*(int64_t *)p = json_integer_value(v);
		return 0;
	case FLAG:
		if (!json_is_boolean(v))
			return v ? -1 : 0;
		*(bool *)p = json_is_true(v);
		return 0;
	}
	return -1;
}

static json_t *put_rows(const struct field *f, const void *rows, size_t n, size_t size)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *row = json_object();

		for (const struct field *m = f; m->name; m++)
			put(row, m, (const char *)rows + i * size);
		json_array_append_new(list, row);
	}
	return list;
}

/* Rows of a list into new memory; those read before an error are counted too, so that they are freed. */
static int get_rows(const json_t *list, const struct field *f, void **rows, size_t *n, size_t size)
{
	size_t count = json_array_size(list);

	if (list && !json_is_array(list))
		return -1;
	*rows = mem_alloc((count ? count : 1) * size);
	for (*n = 0; *n < count; ++*n) {
		for (const struct field *m = f; m->name; m++) {
			if (get(json_array_get(list, *n), m, (char *)*rows + *n * size) == 0)
				continue;
			++*n;
			return -1;
		}
		if (*(char **)((char *)*rows + *n * size) == NULL) {
			++*n;
			return -1; /* a row without tag */
		}
	}
	return 0;
}

static char *state_path(const struct agent *a, const char *name)
{
	return mem_printf("%s/%s", a->dir, name);
}

int state_save(const struct agent *a, struct err *e)
{
	AUTO_FREE char *path = state_path(a, "state.json");
	AUTO_JSON *root = json_object();
	AUTO_BUF text = BUF_INIT;
	int rc;

	json_set_text(root, "format", STATE_FORMAT);
	for (size_t i = 0; i < FIELDS; i++)
		put(root, &fields[i], a);
	json_object_set_new(root, "usage", put_rows(usage_fields, a->usage, a->usage_n, sizeof(*a->usage)));
	json_object_set_new(root, "entitlements", put_rows(granted_fields, a->granted, a->granted_n, sizeof(*a->granted)));
	json_write(root, &text);
	buf_addc(&text, '\n');
	rc = file_write(path, 0600, text.data, text.n, e);
	mem_cleanse(text.data, text.n);
	return rc;
}

static int damaged(const char *path, const char *why, struct err *e)
{
	return err_set(
		e, E_FILE_ERROR,
		"The state in %s cannot be used: %s. Restore it from a backup, or move it away to start with a new one.",
		path, why);
}

/* The objects behind the PEM texts. */
static int state_objects(struct agent *a, const char *path, struct err *e)
{
	struct err why = ERR_INIT;

	a->product = a->product_name ? product_find(a->product_name) : NULL;
	if (a->product == NULL || a->serial == NULL || a->uuid == NULL)
		return damaged(path, "product, serial number or UUID is missing", e);
	if (a->root_pem && cert_read_pem(a->root_pem, strlen(a->root_pem), &a->root, &why))
		return damaged(path, "the licensing root cannot be read", e);
	if (a->key_pem && (a->csr == NULL || key_read_private(a->key_pem, strlen(a->key_pem), &a->key, &why)))
		return damaged(path, "the key cannot be read", e);
	if (a->code_text && reservation_load(a, &why))
		return damaged(path, "the license reservation is not as it was installed", e);
	if (a->id_pem == NULL)
		return 0;
	if (a->key == NULL || a->chain_pem == NULL || a->identifier == NULL || a->server == NULL || a->root == NULL ||
	    cert_read_pem(a->id_pem, strlen(a->id_pem), &a->id, &why) ||
	    cert_read_pem(a->chain_pem, strlen(a->chain_pem), &a->issuer, &why) || !cert_matches(a->id, a->key))
		return damaged(path, "the registration is not complete", e);
	return 0;
}

int state_load(struct agent *a, bool *found, struct err *e)
{
	AUTO_FREE char *path = state_path(a, "state.json");
	AUTO_BUF text = BUF_INIT;
	AUTO_JSON *root = NULL;
	const char *format;
	struct err why = ERR_INIT;
	int rc;

	*found = access(path, F_OK) == 0 || errno != ENOENT;
	if (!*found)
		return 0;
	if (file_read(path, STATE_SIZE_MAX, &text, e))
		return -1;
	rc = json_read(text.data, text.n, E_FILE_ERROR, &root, &why);
	mem_cleanse(text.data, text.n);
	if (rc)
		return damaged(path, "it is not JSON", e);
	format = json_string_value(json_object_get(root, "format"));
	if (format == NULL || strcmp(format, STATE_FORMAT))
		return damaged(path, "its format is not " STATE_FORMAT, e);
	for (size_t i = 0; i < FIELDS; i++)
		if (get(root, &fields[i], a))
			return damaged(path, fields[i].name, e);
	if (get_rows(json_object_get(root, "usage"), usage_fields, (void **)&a->usage, &a->usage_n, sizeof(*a->usage)) ||
	    get_rows(json_object_get(root, "entitlements"), granted_fields, (void **)&a->granted, &a->granted_n,
		     sizeof(*a->granted)))
		return damaged(path, "usage or entitlements are not as they were written", e);
	return state_objects(a, path, e);
}

int state_lock(struct agent *a, struct err *e)
{
	AUTO_FREE char *path = state_path(a, "lock");

	a->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (a->lock_fd < 0)
		return err_set(e, E_FILE_ERROR, "Cannot open %s: %s.", path, strerror(errno));
	if (flock(a->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return err_set(e, E_FILE_ERROR, "Cannot lock %s: %s.", path, strerror(errno));
	return err_set(e, E_BUSY, "Another process uses the state in %s. Wait until it has ended, or use another folder.",
		       a->dir);
}

void state_tidy(const struct agent *a)
{
	DIR *d = opendir(a->dir);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		if (str_prefix(entry->d_name, "state.json."))
			unlinkat(dirfd(d), entry->d_name, 0);
	}
	if (d)
		closedir(d);
}

void evaluation_account(struct agent *a, int64_t now)
{
	/* Without license means counting; a registration that expired began to count at its end. */
	bool counting = !agent_is_licensed(a, now);
	int64_t since = a->evaluation_counted_at;

	now = agent_time(a, now);
	if (since == 0 && counting)
		since = a->id && a->expires_at < now ? a->expires_at : now;
	if (since && now > since)
		a->evaluation_used += now - since;
	if (a->evaluation_used >= AGENT_EVALUATION_MS && a->evaluation_expired_at == 0)
		a->evaluation_expired_at = now - (a->evaluation_used - AGENT_EVALUATION_MS);
	if (a->evaluation_used > AGENT_EVALUATION_MS)
		a->evaluation_used = AGENT_EVALUATION_MS;
	a->evaluation_counted_at = counting ? now : 0;
}

bool agent_is_registered(const struct agent *a, int64_t now)
{
	return a->id && agent_time(a, now) < a->expires_at;
}

bool agent_is_licensed(const struct agent *a, int64_t now)
{
	return a->code || agent_is_registered(a, now);
}

int64_t agent_usage_count(const struct agent *a, const char *tag)
{
	for (size_t i = 0; i < a->usage_n; i++)
		if (strcmp(a->usage[i].tag, tag) == 0)
			return a->usage[i].count;
	return 0;
}
