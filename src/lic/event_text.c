/* event_text.c - events in words, for people who ask why. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "db/q.h"
#include "db/q_event.h"
#include "lic/event.h"

#define TAGS_MAX 3 /* that a text names */

struct teller {
	struct tx *tx;
	const struct event_row *row;
	json_t *detail;
};

static const char *member(const struct teller *t, const char *name)
{
	const char *text = json_string_value(json_object_get(t->detail, name));

	return text ? text : "";
}

static int64_t number(const struct teller *t, const char *name)
{
	return json_integer_value(json_object_get(t->detail, name));
}

/* `vm (PID UCM, SN 42)` of the host name and `PID:UCM,SN:42,UUID:`: many products share a host name. */
static const char *with_udi(const struct teller *t, const char *host, const char *udi)
{
	const char *serial = strstr(udi, ",SN:"), *end = serial ? strstr(serial, ",UUID:") : NULL;

	if (strncmp(udi, "PID:", 4) != 0 || end == NULL)
		return *udi ? arena_printf(t->tx->arena, "%s (%s)", host, udi) : host;
	return arena_printf(t->tx->arena, "%s (PID %.*s, SN %.*s)", host, (int)(serial - udi - 4), udi + 4,
			    (int)(end - serial - 4), serial + 4);
}

/* The product instance that an event is about, as administrators know it. */
static const char *product(const struct teller *t)
{
	const char *host = member(t, "hostName"), *udi = member(t, "udi");

	return *host ? with_udi(t, host, udi) : *udi ? udi : t->row->subject;
}

static int add_use(struct teller *t, struct buf *b, const char *tag, int64_t before, int64_t after, bool first,
		   struct err *e)
{
	struct entitlement_row ent;
	int rc = q_entitlement_by_tag(t->tx->db, t->tx->arena, tag, &ent, e);

	if (rc < 0)
		return -1;
	buf_printf(b, "%s%" PRId64 " instead of %" PRId64 " of %s", first ? "" : ", ", after, before,
		   rc == 1 ? ent.display_name : tag);
	return 0;
}

/* What a product reported otherwise than before: only what differs. */
static int add_usage(struct teller *t, struct buf *b, struct err *e)
{
	json_t *before = json_object_get(t->detail, "before"), *after = json_object_get(t->detail, "after"), *v;
	const char *tag;
	size_t n = 0;

	buf_printf(b, "%s uses ", product(t));
	json_object_foreach (after, tag, v) {
		int64_t was = json_integer_value(json_object_get(before, tag)), is = json_integer_value(v);

		if (was != is && n < TAGS_MAX && add_use(t, b, tag, was, is, n == 0, e))
			return -1;
		n += was != is;
	}
	json_object_foreach (before, tag, v) {
		int64_t was = json_integer_value(v);

		if (json_object_get(after, tag) || was == 0)
			continue;
		if (n < TAGS_MAX && add_use(t, b, tag, was, 0, n == 0, e))
			return -1;
		n++;
	}
	if (n > TAGS_MAX)
		buf_printf(b, " and %zu others", n - TAGS_MAX);
	if (n == 0)
		buf_adds(b, "the same as before");
	return 0;
}

static void add_lot(const struct teller *t, struct buf *b, const char *what)
{
	const char *type = member(t, "licenseType"), *subscription = member(t, "subscriptionId");
	int64_t n = number(t, "quantity");

	buf_printf(b, "%" PRId64 " %s%slicense%s of %s %s", n, type, *type ? " " : "", n == 1 ? "" : "s", t->row->subject,
		   what);
	if (*subscription)
		buf_printf(b, " (subscription %s)", subscription);
}

/* What a synchronization brought. */
static void add_import(const struct teller *t, struct buf *b)
{
	const json_t *list = json_object_get(t->detail, "licenses"), *row;
	size_t i;

	buf_adds(b, "a synchronization was imported");
	json_array_foreach (list, i, row) {
		if (i == TAGS_MAX)
			break;
		buf_printf(b, "%s%" JSON_INTEGER_FORMAT " instead of %" JSON_INTEGER_FORMAT " of %s", i ? ", " : ": ",
			   json_integer_value(json_object_get(row, "after")),
			   json_integer_value(json_object_get(row, "before")),
			   json_string_value(json_object_get(row, "license")));
	}
	if (i < json_array_size(list))
		buf_printf(b, " and %zu others", json_array_size(list) - i);
}

static void add_change(const struct teller *t, struct buf *b)
{
	int64_t before = number(t, "before"), after = number(t, "after");

	buf_printf(b, "an order of %s was changed", t->row->subject);
	if (before != after)
		buf_printf(b, " to %" PRId64 " licenses instead of %" PRId64, after, before);
	else
		buf_printf(b, " and ends on %s", member(t, "endDate"));
}

/* Kinds whose text is the product and a phrase. */
static const struct {
	const char *kind, *phrase;
} phrases[] = {
	{ "instance.register", "registered" },
	{ "instance.taken-over", "was registered again by force" },
	{ "instance.renew", "renewed its registration" },
	{ "instance.deregister", "deregistered and gave its licenses back" },
	{ "instance.remove", "was removed and its licenses went back" },
	{ "instance.replace", "was replaced by a new registration and its licenses went back" },
	{ "instance.expire", "was silent for too long: its licenses went back" },
	{ "reservation.create", "got licenses reserved" },
	{ "reservation.update", "got another set of licenses reserved" },
	{ "reservation.confirm", "confirmed its reservation" },
	{ "reservation.cancel", "keeps what it had reserved before" },
	{ "reservation.return", "returned its reserved licenses" },
	{ "reservation.return-older", "returned what an older code reserved" },
	{ "reservation.remove", "is gone: an administrator removed its reservation" },
};

static void add_move(const struct teller *t, struct buf *b, const char *verb)
{
	buf_printf(b, "%" PRId64 " of %s %s from '%s' to '%s'", number(t, "quantity"), t->row->subject, verb,
		   member(t, "from"), member(t, "to"));
}

static int add_words(struct teller *t, struct buf *b, struct err *e)
{
	const char *kind = t->row->kind;

	if (strcmp(kind, "usage.change") == 0)
		return add_usage(t, b, e);
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (strcmp(kind, phrases[i].kind) == 0) {
			buf_printf(b, "%s %s", product(t), phrases[i].phrase);
			return 0;
		}
	if (strcmp(kind, "instance.move") == 0)
		buf_printf(b, "%s registered again, in '%s' instead of '%s'", product(t), member(t, "virtualAccount"),
			   member(t, "from"));
	else if (strcmp(kind, "instance.transfer") == 0)
		buf_printf(b, "%s was transferred from '%s' to '%s'", product(t), member(t, "before"), member(t, "after"));
	else if (strcmp(kind, "license.end") == 0)
		add_lot(t, b, "ended");
	else if (strcmp(kind, "license.start") == 0)
		add_lot(t, b, "started");
	else if (strcmp(kind, "order.create") == 0)
		add_lot(t, b, "ordered");
	else if (strcmp(kind, "license.taken") == 0)
		add_lot(t, b, "taken away by the cloud manager");
	else if (strcmp(kind, "order.change") == 0)
		add_change(t, b);
	else if (strcmp(kind, "license.transfer") == 0 || strcmp(kind, "license.move-done") == 0)
		add_move(t, b, "went");
	else if (strcmp(kind, "license.move") == 0)
		add_move(t, b, "are to go");
	else if (strcmp(kind, "sync.request") == 0)
		buf_printf(b, "the satellite '%s' synchronized '%s'", member(t, "satellite"), member(t, "virtualAccount"));
	else if (strcmp(kind, "satellite.remove") == 0)
		buf_printf(b, "the satellite %s was removed", t->row->subject);
	else if (strcmp(kind, "sync.import") == 0)
		add_import(t, b);
	else
		buf_printf(b, "%s%s%s", kind, *t->row->subject ? " of " : "", t->row->subject);
	return 0;
}

int event_text(struct tx *tx, const struct event_row *row, const char **out, struct err *e)
{
	struct teller t = { .tx = tx, .row = row, .detail = json_loads(row->detail, 0, NULL) };
	AUTO_BUF b = BUF_INIT;
	int rc = add_words(&t, &b, e);

	if (rc == 0 && (strcmp(row->actor_kind, "user") == 0 || strcmp(row->actor_kind, "local") == 0) && *row->actor)
		buf_printf(&b, ", by %s", row->actor);
	json_decref(t.detail);
	*out = arena_strdup(tx->arena, b.n ? b.data : row->kind);
	return rc;
}
