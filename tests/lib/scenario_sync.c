/* scenario_sync.c - files that are carried between satellites and the manager. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authority/delegate.h"
#include "base/file.h"
#include "base/str.h"
#include "lic/account.h"
#include "lic/event.h"
#include "sync/bundle.h"
#include "sync/exchange.h"
#include "tests/lib/scenario.h"

/* ---- files as bytes in the story ---- */

int file_read_all(int fd, struct buf *file, struct err *e)
{
	ssize_t n;

	while ((n = read(fd, buf_room(file, 65536), 65536)) > 0)
		file->n += (size_t)n;
	close(fd);
	return n < 0 ? err_set(e, E_FILE_ERROR, "cannot read a file: %s", strerror(errno)) : 0;
}

int file_of_bytes(struct server *s, const struct buf *file, int *fd, struct err *e)
{
	if (file_temporary(s->dir, fd, e))
		return -1;
	if (file_append(*fd, file->data, file->n, e) == 0 && lseek(*fd, 0, SEEK_SET) == 0)
		return 0;
	close(*fd);
	return -1;
}

static int export_file(struct world *w, struct server *s, const char *account, const struct sync_ask *ask, struct buf *file,
		       struct err *e)
{
	struct server_desk desk;
	struct sync_file out;

	if (sync_export(server_work(&desk, s, &w->arena), account, ask, &out, e))
		return -1;
	return file_read_all(out.fd, file, e);
}

struct carry {
	struct buf *file;
	struct delegate_request *request;
};

static int authorize_job(struct tx *tx, void *arg, struct err *e)
{
	struct carry *c = arg;

	return delegate_authorize(tx, c->request, c->file, e);
}

static int authorize_file(struct world *w, struct server *manager, const struct buf *file, struct buf *answer,
			  struct err *e)
{
	struct delegate_request request;
	struct tx tx = server_reader(manager, &w->arena);
	struct carry c = { .file = answer, .request = &request };
	int rc;

	if (delegate_read(&tx, file->data, file->n, &request, e))
		return -1;
	rc = server_write(manager, &story_administrator, &w->arena, authorize_job, &c, e);
	delegate_request_fini(&request);
	return rc;
}

/* summary NULL: not wanted. */
static int import_file(struct world *w, struct server *s, const char *account, const struct buf *file,
		       const char *fingerprint, bool dry_run, json_t **summary, struct err *e)
{
	struct server_desk desk;
	struct work *work = server_work(&desk, s, &w->arena);
	struct sync_import *import = NULL;
	json_t *v = NULL;
	int fd, rc;

	if (file_of_bytes(s, file, &fd, e))
		return -1;
	rc = sync_import_open(work, account, fd, fingerprint, &import, e);
	if (rc == 0)
		rc = sync_import_apply(work, import, dry_run, &v, e);
	sync_import_free(import);
	close(fd);
	if (summary)
		*summary = v;
	else
		json_decref(v);
	return rc;
}

/* The first time, and when the manager has removed it, by a registration file; else by a request, which has everything when
 * the manager asks for that. */
static int carry(struct world *w, struct server *satellite, bool *again, struct err *e)
{
	const struct sync_ask ask = { 0 };
	json_t *summary = NULL;
	char fingerprint[96];
	AUTO_BUF request = BUF_INIT;
	AUTO_BUF answer = BUF_INIT;
	bool first = satellite->site.identity == NULL;

	cert_fingerprint_text(w->root, fingerprint);
	if (export_file(w, satellite, ACCOUNT, &ask, &request, e) ||
	    (first ? authorize_file(w, w->servers, &request, &answer, e) : answer_file(w, &request, &answer, e)) ||
	    import_file(w, satellite, ACCOUNT, &answer, first ? fingerprint : NULL, false, &summary, e))
		return -1;
	*again = strcmp(json_string_value(json_object_get(summary, "kind")), "resync") == 0;
	json_decref(summary);
	return 0;
}

int sync_now(struct world *w, struct server *satellite, struct err *e)
{
	bool again;

	return carry(w, satellite, &again, e) || (again && carry(w, satellite, &again, e)) ? -1 : 0;
}

/* ---- verbs ---- */

static int result_of(struct result *out, int rc, const struct err *e)
{
	return rc ? result_refused(out, e) : result_code(out, "OK");
}

/* `sync` now, `sync every 30d`, with `only` no other satellite, `sync stop`. */
static int run_sync(struct world *w, struct words *in, struct result *out)
{
	bool only = words_flag(in, "only");
	struct server *s = world_server(w, in, SATELLITE);
	struct err e = ERR_INIT;

	if (s == NULL)
		return -1;
	w->sync_every = words_flag(in, "stop") ? 0 : w->sync_every;
	if (words_flag(in, "every")) {
		const char *span = words_next(in);

		if (span == NULL || !line_span(span, &w->sync_every))
			return world_fail(w, "sync every how long?");
		w->sync_at = clock_now() + w->sync_every;
		w->sync_only = only ? s : NULL;
	}
	return result_of(out, sync_now(w, s, &e), &e);
}

struct named_bytes *file_named(struct world *w, struct words *in)
{
	const char *name = words_next(in);
	struct named_bytes *f = name ? named_find(w->files, name) : NULL;

	if (f == NULL)
		world_fail(w, "there is no file '%s'", name ? name : "");
	return f;
}

static int keep_file(struct world *w, const char *name, int rc, const struct buf *bytes, struct result *out,
		     const struct err *e)
{
	struct named_bytes *f;

	if (rc == 0) {
		f = named_set(&w->files, name);
		buf_add(&f->bytes, bytes->data, bytes->n);
	}
	return result_of(out, rc, e);
}

/* `export F1 [account=…] [full] [new] [registration]`; SAME if a file of that name has these very bytes already. */
static int run_export(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const struct sync_ask ask = { .full = words_flag(in, "full"),
				      .fresh = words_flag(in, "new"),
				      .registration = words_flag(in, "registration") };
	const char *account = words_value(in, "account"), *name = words_next(in);
	struct named_bytes *old = name ? named_find(w->files, name) : NULL;
	AUTO_BUF file = BUF_INIT;
	struct err e = ERR_INIT;
	int rc;

	if (s == NULL || name == NULL)
		return world_fail(w, "export which file, from where?");
	rc = export_file(w, s, account ? account : ACCOUNT, &ask, &file, &e);
	if (rc == 0 && old && old->bytes.n == file.n && memcmp(old->bytes.data, file.data, file.n) == 0)
		return result_code(out, "SAME");
	return keep_file(w, name, rc, &file, out, &e);
}

/* `authorize F1 A1`: the manager answers file F1 with A1. */
static int run_authorize(struct world *w, struct words *in, struct result *out)
{
	struct named_bytes *from = file_named(w, in), *old;
	const char *name = words_next(in);
	AUTO_BUF answer = BUF_INIT;
	struct err e = ERR_INIT;
	int rc;

	if (from == NULL)
		return -1;
	if (name == NULL)
		return world_fail(w, "the answer needs a name");
	old = named_find(w->files, name);
	rc = authorize_file(w, w->servers, &from->bytes, &answer, &e);
	if (rc == 0 && old && old->bytes.n == answer.n && memcmp(old->bytes.data, answer.data, answer.n) == 0)
		return result_code(out, "SAME");
	return keep_file(w, name, rc, &answer, out, &e);
}

/* `first-answer F1 yes|no`: would the answer to this file be the first thing that the satellite gets? */
static int run_first_answer(struct world *w, struct words *in, struct result *out)
{
	const struct named_bytes *file = file_named(w, in);
	const char *want = words_next(in);
	struct tx tx = server_reader(w->servers, &w->arena);
	struct delegate_request request;
	struct delegate_known known;
	struct err e = ERR_INIT;
	int rc;

	if (file == NULL || want == NULL)
		return -1;
	if (delegate_read(&tx, file->bytes.data, file->bytes.n, &request, &e))
		return result_refused(out, &e);
	rc = delegate_known(&tx, &request, &known, &e);
	delegate_request_fini(&request);
	if (rc)
		return result_refused(out, &e);
	if (strcmp(known.first ? "yes" : "no", want) != 0)
		return world_fail(w, "it is %s first", known.first ? "the" : "not the");
	return result_code(out, "OK");
}

/* `import A1 [account=…] [fingerprint=root|none|HEX] [dry-run]`; left out = root's where the root is not known yet. What it
 * changes: `license:Enhanced:5:8`, `compliance:Enhanced:Default:Out Of Compliance`, `removed:NAME`. */
static int run_import(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *account = words_value(in, "account"), *given = words_value(in, "fingerprint");
	struct named_bytes *f = file_named(w, in);
	char root[96];
	struct err e = ERR_INIT;

	if (s == NULL || f == NULL)
		return -1;
	cert_fingerprint_text(w->root, root);
	if (given == NULL)
		given = s->site.identity ? "none" : "root";
	if (strcmp(given, "root") == 0)
		given = root;
	return result_of(out,
			 import_file(w, s, account ? account : ACCOUNT, &f->bytes, strcmp(given, "none") ? given : NULL,
				     words_flag(in, "dry-run"), NULL, &e),
			 &e);
}

/* `alter A1 B1 flip=N|cut=N|text=…`: B1 is A1 with a bit of byte N changed (from the end if negative), without its
 * last N bytes, or something else altogether. */
static int run_alter(struct world *w, struct words *in, struct result *out)
{
	const char *flip = words_value(in, "flip"), *cut = words_value(in, "cut"), *text = words_value(in, "text");
	struct named_bytes *from = file_named(w, in), *to;
	const char *name = words_next(in);
	int64_t n = 0;

	if (from == NULL || name == NULL)
		return world_fail(w, "alter which file into which?");
	to = named_set(&w->files, name);
	if (text) {
		buf_adds(&to->bytes, text);
		return result_code(out, "OK");
	}
	buf_add(&to->bytes, from->bytes.data, from->bytes.n);
	if (str_int(flip ? flip : cut ? cut : "", INT32_MIN, INT32_MAX, &n) || (size_t)llabs(n) >= to->bytes.n)
		return world_fail(w, "alter it how?");
	if (flip)
		to->bytes.data[n < 0 ? (int64_t)to->bytes.n + n : n] ^= 1;
	else
		to->bytes.n -= (size_t)n;
	return result_code(out, "OK");
}

/* ---- looking into a file ---- */

static int look_parts(struct world *w, struct bundle *b, struct buf *text, struct err *e)
{
	const struct manifest *m = bundle_manifest(b);

	for (size_t i = 0; i < m->parts_n; i++)
		if (bundle_part_bytes(b, m->parts[i].name, 1 << 20, text, e))
			return world_fail(w, "%s: %s", m->parts[i].name, e->text);
	return 0;
}

/* What a word of the line says of the manifest: 1 as it is, 0 not, -1 it is no such word. */
static int look_member(const struct manifest *m, const char *name, const char *want)
{
	static const struct {
		const char *word, *part;
	} parts[] = { { "virtual", "virtual_accounts.ndjson" },
		      { "instances", "product_instances.ndjson" },
		      { "usage", "usage.ndjson" },
		      { "reservations", "reservations.ndjson" },
		      { "removed", "removed.ndjson" },
		      { "lots", "license_lots.ndjson" },
		      { "removals", "removals.ndjson" } };
	int64_t n = -1;

	if (strcmp(name, "kind") == 0)
		return strcmp(manifest_kind_name(m->kind), want) == 0;
	if (strcmp(name, "mode") == 0)
		return strcmp(manifest_mode_name(m->mode), want) == 0;
	str_int(want, 0, INT64_MAX, &n);
	if (strcmp(name, "sequence") == 0)
		return m->sequence == n;
	if (strcmp(name, "base") == 0)
		return m->base_sequence == n;
	if (strcmp(name, "next") == 0)
		return m->next_sequence == n;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct manifest_part *part = manifest_part(m, parts[i].part);

		if (strcmp(parts[i].word, name) == 0)
			return part && part->records == n;
	}
	return -1;
}

static int look_words(struct world *w, struct words *in, const struct manifest *m, const char *text)
{
	static const char *const members[] = { "kind",      "mode",  "sequence",     "base",    "next", "virtual",
					       "instances", "usage", "reservations", "removed", "lots", "removals" };
	const char *has = words_value(in, "has"), *hasnot = words_value(in, "hasnot");

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const char *want = words_value(in, members[i]);

		if (want && look_member(m, members[i], want) != 1)
			return world_fail(w, "it has another %s than %s; sequence %lld, base %lld, mode %s:\n%.1500s",
					  members[i], want, (long long)m->sequence, (long long)m->base_sequence,
					  manifest_mode_name(m->mode), text);
	}
	if (has && strstr(text, has) == NULL)
		return world_fail(w, "'%s' is not in it:\n%.1500s", has, text);
	if (hasnot && strstr(text, hasnot))
		return world_fail(w, "'%s' is in it", hasnot);
	return 0;
}

/* `inside F1 kind=request mode=full sequence=1 base=0 instances=2 usage=3 has=TEXT hasnot=TEXT`: what a file has, by its
 * manifest and its parts. */
static int run_inside(struct world *w, struct words *in, struct result *out)
{
	const struct named_bytes *file = file_named(w, in);
	struct cms_verified by = { 0 };
	AUTO_BUF text = BUF_INIT;
	struct err e = ERR_INIT;
	struct bundle *b = NULL;
	int rc = -1;

	if (file == NULL)
		return -1;
	if (bundle_open_bytes(file->bytes.data, file->bytes.n, BUNDLE_SYNC_MAX, w->dir, &b, &e) ||
	    bundle_verify(b, w->root, clock_now(), &by, &e) || bundle_spool(b, &e))
		rc = world_fail(w, "it cannot be read: %s", e.text);
	else if (look_parts(w, b, &text, &e) == 0) {
		buf_addc(&text, '\0');
		rc = look_words(w, in, bundle_manifest(b), text.data);
	}
	cms_verified_fini(&by);
	bundle_close(b);
	return rc ? -1 : result_code(out, "OK");
}

static int remove_job(struct tx *tx, void *arg, struct err *e)
{
	return delegate_remove(tx, arg, e);
}

/* `remove-satellite NAME`: the manager takes its authority away. */
static int run_remove_satellite(struct world *w, struct words *in, struct result *out)
{
	const char *name = words_next(in);
	struct server *s = world_find_server(w, name ? name : "");
	struct err e = ERR_INIT;

	if (s == NULL)
		return -1;
	return result_of(out, server_write(w->servers, &story_administrator, &w->arena, remove_job, s->site.uuid, &e), &e);
}

const struct verb sync_verbs[] = {
	{ "sync", run_sync, false },
	{ "export", run_export, false },
	{ "authorize", run_authorize, false },
	{ "first-answer", run_first_answer, true },
	{ "import", run_import, false },
	{ "alter", run_alter, false },
	{ "inside", run_inside, true },
	{ "remove-satellite", run_remove_satellite, false },
	{ NULL, NULL, false },
};
