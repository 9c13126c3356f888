#include "sync/history.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

int sync_history_put(struct tx *tx, int64_t account_id, const struct sync_history_row *row, int64_t began,
		     const struct err *failed, struct err *e)
{
	struct sync_history_row full = *row;

	full.account_id = account_id;
	full.at = tx->now;
	full.duration = clock_mono() - began;
	full.by = *tx->actor->name ? tx->actor->name : "system";
	full.mode = full.mode ? full.mode : "";
	full.outcome = failed ? err_name(failed->code) : "OK";
	full.message = failed ? failed->text : full.message ? full.message : "";
	return q_sync_history_add(tx->db, &full, HISTORY_KEPT, e);
}

struct turn {
	int64_t account_id, began;
	const struct sync_history_row *row;
	const struct err *failed;
};

static int add(struct tx *tx, void *arg, struct err *e)
{
	const struct turn *t = arg;

	return sync_history_put(tx, t->account_id, t->row, t->began, t->failed, e);
}

void sync_history_add(struct work *w, int64_t account_id, struct sync_history_row *row, int64_t began,
		      const struct err *failed)
{
	struct turn t = { account_id, began, row, failed };
	struct err why = ERR_INIT;

	if (w->write(w, add, &t, &why))
		log_error("sync", "the history of synchronization has a gap: %s", why.text);
}

#define NAMED_MAX 3 /* licenses that a text names */
#define TEXT_MAX 400

static void add_licenses(struct buf *b, const json_t *list)
{
	const json_t *row;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)list, i, row) {
		if (i == NAMED_MAX)
			break;
		buf_printf(b, "%s%.60s %" JSON_INTEGER_FORMAT " instead of %" JSON_INTEGER_FORMAT, i ? ", " : "",
			   json_string_value(json_object_get(row, "license")),
			   json_integer_value(json_object_get(row, "after")),
			   json_integer_value(json_object_get(row, "before")));
	}
	if (json_array_size(list) > NAMED_MAX)
		buf_printf(b, " and %zu others", json_array_size(list) - NAMED_MAX);
}

bool sync_history_changed(const json_t *summary)
{
	return json_array_size(json_object_get(summary, "licenses")) ||
	       json_array_size(json_object_get(summary, "removed"));
}

const char *sync_history_text(struct arena *a, const json_t *summary)
{
	const json_t *licenses = json_object_get(summary, "licenses"), *removed = json_object_get(summary, "removed");
	const char *until = json_string_value(json_object_get(summary, "authorityValidUntil"));
	const char *reason = json_string_value(json_object_get(summary, "reason"));
	AUTO_BUF b = BUF_INIT;
	char *cut;

	if (reason)
		buf_printf(&b, "The cloud manager asks for everything: %s", reason);
	else if (json_array_size(licenses))
		add_licenses(&b, licenses);
	else
		buf_adds(&b, "No license changed");
	if (json_array_size(removed))
		buf_printf(&b, "; %zu product instance%s removed", json_array_size(removed),
			   json_array_size(removed) == 1 ? "" : "s");
	if (until && strlen(until) >= 10)
		buf_printf(&b, "; authority until %.10s", until);
	cut = arena_alloc(a, TEXT_MAX);
	return str_copy(cut, TEXT_MAX, b.data);
}
