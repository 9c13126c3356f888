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
#include "sync/exchange.h"
#include "tests/lib/scenario.h"

/* ---- files as bytes in the story ---- */

static int read_all(int fd, struct buf *file, struct err *e)
{
	ssize_t n;

	while ((n = read(fd, buf_room(file, 65536), 65536)) > 0)
		file->n += (size_t)n;
	close(fd);
	return n < 0 ? err_set(e, E_FILE_ERROR, "cannot read a file: %s", strerror(errno)) : 0;
}

static int as_file(struct server *s, const struct buf *file, int *fd, struct err *e)
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
	return read_all(out.fd, file, e);
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

	if (as_file(s, file, &fd, e))
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

int sync_now(struct world *w, struct server *satellite, struct err *e)
{
	const struct sync_ask ask = { .registration = true };
	char fingerprint[96];
	AUTO_BUF request = BUF_INIT;
	AUTO_BUF answer = BUF_INIT;

	cert_fingerprint_text(w->root, fingerprint);
	if (export_file(w, satellite, ACCOUNT, &ask, &request, e) || authorize_file(w, w->servers, &request, &answer, e))
		return -1;
	return import_file(w, satellite, ACCOUNT, &answer, satellite->site.identity ? NULL : fingerprint, false, NULL, e);
}

/* ---- verbs ---- */

static int result_of(struct result *out, int rc, const struct err *e)
{
	return rc ? result_refused(out, e) : result_code(out, "OK");
}

/* `sync` now, `sync every 30d`, `sync stop`. */
static int run_sync(struct world *w, struct words *in, struct result *out)
{
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
	}
	return result_of(out, sync_now(w, s, &e), &e);
}

static struct named_bytes *file_named(struct world *w, struct words *in)
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
	{ "remove-satellite", run_remove_satellite, false },
	{ NULL, NULL, false },
};
