#include "edge/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/str.h"
#include "crypt/digest.h"

#define PIECE_BYTES ((size_t)64 << 10) /* of an answer, at least */
#define LOOK_MS 8                      /* as long are elements looked for at a time */
#define LIMIT_MAX 1000000000
#define SUM_BYTES 8
#define CURSOR_MAX (SUM_BYTES + LIST_TEXT_SIZE + 96)

/* ---- cursors: the beginning of a digest over what it holds for and the place, then the place ---- */

static void cursor_sum(const char *tag, const char *place, unsigned char out[SHA256_SIZE])
{
	struct digest *d = digest_begin();

	digest_add(d, tag, strlen(tag) + 1);
	digest_add(d, place, strlen(place));
	digest_end(d, out);
}

void list_cursor_write(const struct list_at *at, const char *tag, struct buf *out)
{
	unsigned char sum[SHA256_SIZE], whole[CURSOR_MAX];
	char hex[2 * CURSOR_MAX + 1], place[CURSOR_MAX];
	int n = snprintf(place, sizeof(place), "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s", at->place, at->part,
			 at->number, at->id, at->text);

	cursor_sum(tag, place, sum);
	memcpy(whole, sum, SUM_BYTES);
	memcpy(whole + SUM_BYTES, place, (size_t)n);
	buf_adds(out, str_hex(hex, whole, SUM_BYTES + (size_t)n));
}

/* A number and the blank behind it. */
static int read_number(char **at, int64_t *out)
{
	char *end = strchr(*at, ' ');

	if (end == NULL)
		return -1;
	*end = '\0';
	if (str_int(*at, INT64_MIN, INT64_MAX, out))
		return -1;
	*at = end + 1;
	return 0;
}

int list_cursor_read(const char *text, const char *tag, struct list_at *out)
{
	unsigned char whole[CURSOR_MAX + 1], sum[SHA256_SIZE];
	char *at = (char *)whole + SUM_BYTES;
	size_t n = strlen(text);

	if (n % 2 || n / 2 <= SUM_BYTES || n / 2 > CURSOR_MAX || strspn(text, "0123456789abcdef") != n ||
	    str_unhex(whole, n / 2, text))
		return -1;
	whole[n / 2] = '\0';
	if (strlen(at) != n / 2 - SUM_BYTES)
		return -1;
	cursor_sum(tag, at, sum);
	if (memcmp(sum, whole, SUM_BYTES) != 0 || read_number(&at, &out->place) || read_number(&at, &out->part) ||
	    read_number(&at, &out->number) || read_number(&at, &out->id) || strlen(at) >= sizeof(out->text))
		return -1;
	str_copy(out->text, sizeof(out->text), at);
	return 0;
}

/* ---- CSV ---- */

/* Programs for tables take what begins so for a formula (CWE-1236): an apostrophe makes it text. */
static bool is_formula(const char *text)
{
	return *text && strchr("=+-@\t\r", *text);
}

static void csv_cell(const char *text, bool first, struct buf *out)
{
	if (!first)
		buf_addc(out, ',');
	if (text[strcspn(text, ",\"\r\n")] == '\0') {
		buf_adds(out, text);
		return;
	}
	buf_addc(out, '"');
	for (; *text; text++) {
		if (*text == '"')
			buf_addc(out, '"');
		buf_addc(out, *text);
	}
	buf_addc(out, '"');
}

static void cell_add(const json_t *v, struct buf *out)
{
	if (json_is_string(v))
		buf_adds(out, json_string_value(v));
	else if (json_is_integer(v))
		buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_boolean(v))
		buf_adds(out, json_is_true(v) ? "true" : "false");
	else if (v && !json_is_null(v))
		json_write(v, out);
}

/* A column, apart: `licenseUsage[license=quantity]` has a label and a value. */
struct column {
	char path[64], label[48], value[48];
};

/* The next of the list; false at its end. */
static bool column_next(const char **columns, struct column *c)
{
	const char *at = *columns + strspn(*columns, " ");
	size_t n = strcspn(at, " [");

	if (n == 0)
		return false;
	*c = (struct column){ 0 };
	snprintf(c->path, sizeof(c->path), "%.*s", (int)n, at);
	at += n;
	if (*at == '[') {
		size_t label = strcspn(++at, "="), value = strcspn(at + label + 1, "]");

		snprintf(c->label, sizeof(c->label), "%.*s", (int)label, at);
		snprintf(c->value, sizeof(c->value), "%.*s", (int)value, at + label + 1);
		at += label + value + 2;
	}
	*columns = at;
	return true;
}

static const json_t *column_find(const struct column *c, const json_t *v)
{
	const char *at = c->path;

	while (v && *at) {
		size_t n = strcspn(at, ".");
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)n, at);
		v = json_object_get(v, name);
		at += n + (at[n] == '.');
	}
	return v;
}

static void array_cell(const struct column *c, const json_t *list, struct buf *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one) {
		buf_adds(out, i ? "; " : "");
		if (!json_is_object(one) || *c->label == '\0') {
			cell_add(one, out);
			continue;
		}
		cell_add(json_object_get(one, c->label), out);
		buf_addc(out, '=');
		cell_add(json_object_get(one, c->value), out);
	}
}

void list_csv_head(const char *columns, struct buf *out)
{
	struct column c;

	for (bool first = true; column_next(&columns, &c); first = false)
		csv_cell(c.path, first, out);
	buf_adds(out, "\r\n");
}

void list_csv_row(const char *columns, const json_t *v, struct buf *out)
{
	AUTO_BUF cell = BUF_INIT;
	struct column c;

	for (bool first = true; column_next(&columns, &c); first = false) {
		const json_t *found = column_find(&c, v);

		buf_clear(&cell);
		buf_addc(&cell, '\'');
		if (json_is_array(found))
			array_cell(&c, found, &cell);
		else
			cell_add(found, &cell);
		csv_cell(cell.data + !(is_formula(cell.data + 1) && !json_is_number(found)), first, out);
	}
	buf_adds(out, "\r\n");
}

/* ---- what is asked for ---- */

/* A text that every list takes; NULL if it was left out. */
static int read_text(struct req *r, const char *name, const char **out, struct err *e)
{
	const json_t *v = json_object_get(r->json, name);

	*out = v ? json_string_value(v) : req_query(r, name);
	if (v && *out == NULL && !json_is_null(v))
		return err_field(e, E_INVALID_REQUEST, name, "The member '%s' must be a text.", name);
	if (*out && **out == '\0')
		*out = NULL;
	return 0;
}

static int query_number(struct req *r, const char *name, int64_t min, int64_t *out, struct err *e)
{
	const char *text = req_query(r, name);

	if (text && *text && str_int(text, min, LIMIT_MAX, out))
		return err_field(e, E_INVALID_REQUEST, name, "'%s' must be a whole number from %" PRId64 " to %d.", name,
				 min, LIMIT_MAX);
	return 0;
}

static int read_page(struct list *l, struct err *e)
{
	struct req *r = l->r;
	struct api_page page;

	if (api_page(r, &page, e) || query_number(r, "limit", -1, &page.limit, e) ||
	    query_number(r, "offset", 0, &page.offset, e))
		return -1;
	l->limit = page.limit;
	l->offset = page.offset;
	return 0;
}

static int read_format(struct list *l, struct err *e)
{
	const char *format, *accept = req_header(l->r, "Accept");

	if (read_text(l->r, "format", &format, e))
		return -1;
	if (format == NULL)
		format = accept && strcasecmp(accept, "text/csv") == 0             ? "csv"
		       : accept && strcasecmp(accept, "application/x-ndjson") == 0 ? "jsonl"
										   : "json";
	if (strcasecmp(format, "csv") == 0)
		l->format = LIST_CSV;
	else if (strcasecmp(format, "jsonl") == 0)
		l->format = LIST_JSONL;
	else if (strcasecmp(format, "json") != 0)
		return err_field(e, E_INVALID_REQUEST, "format", "A format is json, csv or jsonl, not '%.32s'.", format);
	return 0;
}

/* Says how much of a list is shown and how, not what is in it. */
static bool is_page(const char *name)
{
	static const char *const names[] = { "limit", "offset", "cursor", "format", "csrf_token" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* What a cursor of this list holds for: the route, the names in its path, and all that narrows or orders the list. */
static const char *tag_of(struct list *l)
{
	struct req *r = l->r;
	AUTO_BUF tag = BUF_INIT;
	const char *name, *value;
	json_t *member;

	buf_printf(&tag, "%s\n%s", r->route->pattern, l->kind->name);
	for (size_t i = 0; i < REQ_PARAMS && r->param[i]; i++)
		buf_printf(&tag, "\n%s", r->param[i]);
	for (size_t i = 0; (name = req_query_at(r, i, &value)); i++)
		if (!is_page(name))
			buf_printf(&tag, "\n%s=%s", name, value);
	json_object_foreach (r->json, name, member) {
		if (is_page(name))
			continue;
		buf_printf(&tag, "\n%s:", name);
		json_write(member, &tag);
	}
	return arena_strdup(r->tx.arena, tag.data);
}

static int read_cursor(struct list *l, struct err *e)
{
	const char *cursor;

	l->tag = tag_of(l);
	if (read_text(l->r, "cursor", &cursor, e))
		return -1;
	if (cursor == NULL)
		return 0;
	if (l->offset)
		return err_field(e, E_INVALID_REQUEST, "offset",
				 "A cursor says where to go on: 'offset' must be left out.");
	if (list_cursor_read(cursor, l->tag, &l->at))
		return err_field(e, E_INVALID_REQUEST, "cursor",
				 "This cursor is of another list or of other filters: begin again without it.");
	l->resumed = true;
	return 0;
}

/* ---- the answer ---- */

bool list_full(struct list *l)
{
	if (l->limit >= 0 && l->added >= l->limit)
		l->more = true;
	else if (l->until == 0)
		l->until = clock_mono() + LOOK_MS; /* after the first read, so that every call gets on */
	else if (clock_mono() > l->until)
		l->late = true;
	return l->more || l->late;
}

void list_pass(struct list *l, const struct list_at *at)
{
	l->at = *at;
	l->passed = true;
}

bool list_takes(struct list *l, const struct list_at *at)
{
	l->at = *at;
	l->seen++;
	if (l->offset == 0)
		return true;
	l->offset--;
	return false;
}

void list_add(struct list *l, json_t *v)
{
	if (l->format == LIST_CSV) {
		list_csv_row(l->kind->columns, v, l->out);
	} else {
		if (l->format == LIST_JSON && l->added)
			buf_addc(l->out, ',');
		json_write(v, l->out);
		if (l->format == LIST_JSONL)
			buf_addc(l->out, '\n');
	}
	l->added++;
	json_decref(v);
}

static void begin(struct list *l)
{
	l->begun = true;
	if (l->format == LIST_CSV)
		list_csv_head(l->kind->columns, l->out);
	else if (l->format == LIST_JSON)
		buf_printf(l->out, "{\"%s\":[", l->kind->name);
}

static int add_total(struct list *l, json_t *members, struct err *e)
{
	bool whole = !l->resumed && !l->more;
	int64_t total = l->seen;
	int rc = 1;

	if (!whole)
		rc = l->kind->count ? l->kind->count(l, &total, e) : 0;
	if (rc < 0)
		return -1;
	json_object_set_new(members, "totalRecords", rc ? json_integer(total) : json_null());
	return 0;
}

static void add_cursor(struct list *l, json_t *members)
{
	AUTO_BUF cursor = BUF_INIT;

	if (l->more)
		list_cursor_write(&l->at, l->tag, &cursor);
	json_set_text(members, "nextCursor", cursor.data);
}

/* Behind the elements comes an object's rest: it begins with a comma instead of a brace. */
static int end(struct list *l, struct err *e)
{
	AUTO_JSON *members = json_object();
	size_t at = l->out->n + 1;

	if (l->format != LIST_JSON)
		return 0;
	if ((l->kind->more && l->kind->more(l, members, e)) || add_total(l, members, e) ||
	    (l->r->report && l->r->report->more(l, members, e)))
		return -1;
	add_cursor(l, members);
	json_set_text(members, "status", "SUCCESS");
	json_set_text(members, "statusMessage", "");
	buf_addc(l->out, ']');
	json_write(members, l->out);
	l->out->data[at] = ',';
	return 0;
}

/* One piece of the answer. A page whose elements are far between ends when it took too long; the whole list goes on with
 * the next piece. */
static int piece(struct req *r, void *ctx, struct buf *out, struct err *e)
{
	int64_t until = clock_mono() + LOOK_MS;
	struct list *l = ctx;
	int rc;

	(void)r;
	l->out = out;
	l->late = l->passed = false;
	if (!l->begun)
		begin(l);
	do {
		l->until = 0;
		rc = l->kind->next(l, e);
	} while (rc == 1 && !l->more && !l->late && out->n < PIECE_BYTES && clock_mono() <= until);
	if (rc < 0)
		return -1;
	if (rc == 1 && !l->more) {
		if (l->limit < 0 || !l->passed)
			return 1;
		l->more = true;
	}
	return end(l, e);
}

static void name_file(struct list *l, struct reply *p)
{
	struct req *r = l->r;
	char day[16] = "";
	time_t now = (time_t)(r->tx.now / SECOND_MS);
	struct tm tm;

	if (l->format == LIST_JSON)
		return;
	if (gmtime_r(&now, &tm))
		strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	reply_header(p, "Content-Disposition",
		     arena_printf(r->tx.arena, "attachment; filename=\"%s-%s.%s\"",
				  r->report ? r->report->file : l->kind->file, day,
				  l->format == LIST_CSV ? "csv" : "jsonl"));
}

static struct reply *reply_list(struct list *l)
{
	static const char *const types[] = { "application/json", "text/csv; charset=utf-8; header=present",
					     "application/x-ndjson" };
	struct err e = ERR_INIT;
	struct reply *p;

	if (read_page(l, &e) || read_format(l, &e) || read_cursor(l, &e))
		return reply_error(l->r, &e);
	p = reply_stream(l->r, 200, types[l->format], piece, l);
	name_file(l, p);
	return p;
}

struct reply *list_reply(struct req *r, const struct list_kind *kind, void *ctx)
{
	struct list *l = arena_alloc(r->tx.arena, sizeof(*l));

	l->r = r;
	l->kind = kind;
	l->ctx = ctx;
	return reply_list(l);
}

/* ---- short lists, which are made whole ---- */

struct whole {
	struct list_kind kind;
	json_t *list, *members;
	void (*drop)(void *state); /* the route's own */
	void *state;
};

static int whole_next(struct list *l, struct err *e)
{
	const struct whole *w = l->ctx;
	size_t n = json_array_size(w->list);

	(void)e;
	while ((size_t)l->at.id < n) {
		struct list_at at = { .id = l->at.id + 1 };

		if (list_full(l))
			return 1;
		if (list_takes(l, &at))
			list_add(l, json_incref(json_array_get(w->list, (size_t)at.id - 1)));
	}
	return 0;
}

static int whole_count(struct list *l, int64_t *out, struct err *e)
{
	const struct whole *w = l->ctx;

	(void)e;
	*out = (int64_t)json_array_size(w->list);
	return 1;
}

static int whole_more(struct list *l, json_t *members, struct err *e)
{
	const struct whole *w = l->ctx;

	(void)e;
	json_object_update(members, w->members);
	return 0;
}

static void whole_drop(void *state)
{
	struct whole *w = state;

	json_decref(w->list);
	json_decref(w->members);
	if (w->drop)
		w->drop(w->state);
}

struct reply *list_reply_array(struct req *r, const struct list_kind *kind, int rc, const struct err *e, json_t *list,
			       json_t *members)
{
	struct whole *w = arena_alloc(r->tx.arena, sizeof(*w));

	*w = (struct whole){ .kind = *kind, .list = list, .members = members, .drop = r->drop, .state = r->state };
	w->kind.next = whole_next;
	w->kind.count = whole_count;
	w->kind.more = members ? whole_more : NULL;
	r->drop = whole_drop;
	r->state = w;
	return rc ? reply_error(r, e) : list_reply(r, &w->kind, w);
}

/* ---- lists by virtual account ---- */

/* The one that the place is in, or the first; n if it is none of them any more. */
static size_t find_place(const struct list_places *p, int64_t id)
{
	size_t i = 0;

	while (id && i < p->n && p->vas[i].id != id)
		i++;
	return i;
}

int list_places_next(struct list *l, struct err *e)
{
	const struct list_places *p = l->ctx;
	size_t i = find_place(p, l->at.place);
	int rc;

	if (i == p->n)
		return l->at.place == 0 ? 0
					: err_field(e, E_INVALID_REQUEST, "cursor",
						    "The virtual account that this cursor stands in is no more among those "
						    "that are listed: begin again without it.");
	l->at.place = p->vas[i].id;
	/* While a long answer is sent, what he may can be taken from him. */
	rc = api_may(l->r, p->vas[i].account_id, p->vas[i].id) ? p->next(l, &p->vas[i], e) : 0;
	if (rc || i + 1 == p->n)
		return rc;
	l->at = (struct list_at){ .place = p->vas[i + 1].id };
	return 1;
}

int list_places_count(struct list *l, int64_t *out, struct err *e)
{
	const struct list_places *p = l->ctx;
	int64_t one;
	int rc = 1;

	*out = 0;
	for (size_t i = 0; i < p->n && rc == 1; i++) {
		one = 0;
		rc = p->count(l, &p->vas[i], &one, e);
		*out += one;
	}
	return rc;
}

struct reply *list_reply_places(struct req *r, const struct list_kind *kind,
				int (*next)(struct list *l, const struct virtual_account_row *va, struct err *e),
				int (*count)(struct list *l, const struct virtual_account_row *va, int64_t *out,
					     struct err *e))
{
	struct list_places *p = arena_alloc(r->tx.arena, sizeof(*p));
	struct account_row account;
	struct err e = ERR_INIT;

	p->next = next;
	p->count = count;
	if (api_account(r, &account, &e) || api_virtual_accounts(r, &account, &p->vas, &p->n, &e))
		return reply_error(r, &e);
	return list_reply(r, kind, p);
}
