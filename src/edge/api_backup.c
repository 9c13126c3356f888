/* api_backup.c - backups: make, list, fetch, remove. */
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "edge/api.h"
#include "edge/list.h"
#include "edge/routes.h"
#include "lic/backup.h"
#include "lic/site.h"

static json_t *backup_json(const struct backup *b)
{
	json_t *v = json_object();

	json_set_text(v, "name", b->name);
	json_set_time(v, "createdDate", b->at);
	json_set_int(v, "size", b->size);
	json_set_int(v, "schemaVersion", b->schema);
	json_set_text(v, "sha256", *b->sha256 ? b->sha256 : NULL);
	json_set_bool(v, "ok", b->fault == NULL);
	json_set_text(v, "fault", b->fault);
	return v;
}

/* With check=true every file is read, which may last. */
static struct reply *list_backups(struct req *r)
{
	const struct site *s = r->tx.site;
	const char *check = req_query(r, "check");
	struct backup *all;
	struct err e = ERR_INIT;
	json_t *list, *v;
	size_t n;

	if (check && strcmp(check, "true") != 0 && strcmp(check, "false") != 0) {
		err_field(&e, E_INVALID_REQUEST, "check", "'check' must be true or false.");
		return reply_error(r, &e);
	}
	if (backup_list(s, r->tx.arena, check && strcmp(check, "true") == 0 ? r->work : NULL, &all, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, backup_json(&all[i]));
	v = json_object();
	json_set_text(v, "folder", s->backup_dir);
	json_set_int(v, "keep", s->backup_keep);
	json_set_time(v, "nextBackupDate", backup_next(s, r->tx.arena, r->tx.now));
	return list_reply_known(r, "backups", 0, &e, list, v);
}

static struct reply *make_backup(struct req *r)
{
	const char *const *removed;
	struct err e = ERR_INIT;
	struct backup made;
	json_t *v, *list;
	size_t n;

	if (backup_make(r->work, &made, &removed, &n, &e))
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "backup", backup_json(&made));
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(removed[i]));
	json_object_set_new(v, "removed", list);
	return api_ok(r, v);
}

/* ---- fetching ---- */

struct fetch {
	int fd; /* -1 once the reply has it */
	int64_t size;
	char sha256[65];
};

static void drop_fetch(void *state)
{
	struct fetch *f = state;

	if (f->fd >= 0)
		close(f->fd);
}

static struct reply *fetch_read(struct req *r)
{
	struct fetch *f = arena_alloc(r->tx.arena, sizeof(*f));
	struct err e = ERR_INIT;

	f->fd = -1;
	r->state = f;
	r->drop = drop_fetch;
	return backup_open(&r->tx, r->param[0], &f->fd, &f->size, f->sha256, &e) ? reply_error(r, &e) : NULL;
}

static struct reply *fetch_write(struct req *r)
{
	struct err e = ERR_INIT;

	return backup_fetched(&r->tx, r->param[0], &e) ? reply_error(r, &e) : NULL;
}

static struct reply *fetch_finish(struct req *r)
{
	struct fetch *f = r->state;
	struct reply *p;

	if (r->commit_error.code)
		return reply_error(r, &r->commit_error);
	p = reply_file(r, 200, "application/vnd.sqlite3", f->fd, (uint64_t)f->size);
	f->fd = -1;
	/* Its letters are those of backup names. */
	reply_header(p, "Content-Disposition", arena_printf(r->tx.arena, "attachment; filename=\"%s\"", r->param[0]));
	if (*f->sha256)
		reply_header(p, "X-Backup-Sha256", f->sha256);
	return p;
}

static struct reply *remove_backup(struct req *r)
{
	struct err e = ERR_INIT;

	return backup_remove(&r->tx, r->param[0], &e) ? reply_error(r, &e) : api_ok(r, json_object());
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)
#define BACKUPS "/api/v1/backups"

const struct route backup_routes[] = {
	{ "GET", BACKUPS, DOORS, RIGHT_SERVER_OPERATE, OF_SERVER, BODY_NONE, 0, NULL, NULL, NULL, list_backups, NULL },
	{ "POST", BACKUPS, DOORS, RIGHT_SERVER_OPERATE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, NULL, NULL, make_backup,
	  NULL },
	{ "GET", BACKUPS "/{backup}", DOORS, RIGHT_BACKUP_READ, OF_SERVER, BODY_NONE, 0, fetch_read, fetch_write,
	  fetch_finish, NULL, NULL },
	{ "POST", BACKUPS "/{backup}/remove", DOORS, RIGHT_SERVER_OPERATE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL,
	  remove_backup, NULL, NULL, NULL },
	{ 0 },
};
