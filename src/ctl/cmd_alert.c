/* cmd_alert.c - alerts: what is open, and that somebody has seen it. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ctl/ctl.h"

#define INDENT 7 /* behind `MAJOR  ` */

static bool is_major(const json_t *row)
{
	return strcmp(ctl_get(row, "severity"), "MAJOR") == 0;
}

static bool is_open(const json_t *row)
{
	return !json_is_object(json_object_get(row, "acknowledged"));
}

/* `2 major alerts and 1 minor alert are open; 3 are acknowledged.` */
void alert_say_counts(struct ctl *c, int64_t major, int64_t minor, int64_t seen)
{
	char majors[CTL_COUNT_SIZE], minors[CTL_COUNT_SIZE], number[TEXT_INT_SIZE];
	AUTO_BUF b = BUF_INIT;

	ctl_count(major, "major alert", "major alerts", majors);
	ctl_count(minor, "minor alert", "minor alerts", minors);
	if (major + minor == 0)
		buf_adds(&b, "No alert is open");
	else
		buf_printf(&b, "%s%s%s %s open", major ? majors : "", major && minor ? " and " : "", minor ? minors : "",
			   major + minor == 1 ? "is" : "are");
	if (seen)
		buf_printf(&b, "; %s %s acknowledged", text_int(seen, number), seen == 1 ? "is" : "are");
	ctl_say(c, "%s.", b.data);
}

static void add_line(struct ctl *c, const char *text)
{
	AUTO_BUF clean = BUF_INIT;

	text_clean(text, &clean);
	buf_printf(&c->out, "%*s", INDENT, "");
	text_wrap(clean.data ? clean.data : "", c->width, INDENT, INDENT, &c->out);
}

static void add_when(const json_t *row, struct buf *b)
{
	int64_t due = ctl_get_time(row, "actionDue");
	char away[CTL_AWAY_SIZE];

	if (due && due <= clock_now())
		buf_adds(b, "Due now");
	else if (due)
		buf_printf(b, "Due %s", ctl_away(due, away));
	buf_printf(b, "%s %s", b->n ? ", raised" : "Raised", ctl_away(ctl_get_time(row, "raisedAt"), away));
}

static void show_one(struct ctl *c, const json_t *row)
{
	const json_t *seen = json_object_get(row, "acknowledged");
	const char *account = ctl_get(row, "account"), *va = ctl_get(row, "virtualAccount");
	AUTO_BUF head = BUF_INIT;
	AUTO_BUF when = BUF_INIT;
	AUTO_BUF clean = BUF_INIT;
	char away[CTL_AWAY_SIZE];

	buf_adds(&head, ctl_get(row, "messageType"));
	if (*account)
		buf_printf(&head, " · %s%s%s", account, *va ? " / " : "", va);
	text_clean(head.data, &clean);
	buf_printf(&c->out, "\n%-*s", INDENT, is_major(row) ? "MAJOR" : "MINOR");
	text_wrap(clean.data, c->width, INDENT, INDENT, &c->out);
	add_line(c, ctl_get(row, "message"));
	add_when(row, &when);
	if (!is_open(row)) {
		buf_printf(&when, ", acknowledged %s by %s", ctl_away(ctl_get_time(seen, "at"), away), ctl_get(seen, "by"));
		if (*ctl_get(seen, "note"))
			buf_printf(&when, ": %s", ctl_get(seen, "note"));
	}
	add_line(c, when.data);
	add_line(c, ctl_get(row, "id"));
}

void alert_show(struct ctl *c, const json_t *answer)
{
	const json_t *rows = ctl_rows(answer, "alerts"), *row;
	int64_t major = 0, minor = 0, seen = 0;
	size_t i;

	json_array_foreach (rows, i, row) {
		seen += !is_open(row);
		major += is_open(row) && is_major(row);
		minor += is_open(row) && !is_major(row);
	}
	alert_say_counts(c, major, minor, seen);
	json_array_foreach (rows, i, row)
		show_one(c, row);
	if (major + minor) {
		buf_addc(&c->out, '\n');
		ctl_say(c, "When you have seen to one:");
		ctl_hint(c, "alert acknowledge ID --note TEXT");
	}
}

int cmd_alert_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	const char *account = args_text(a, "account"), *severity = args_text(a, "severity");
	AUTO_FREE char *path = account  ? client_path("/accounts/{}/alerts", account)
			     : severity ? client_path("/alerts?severity={}", severity)
					: mem_strdup("/alerts");
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	int rc;

	ctl_put_text(body, "severity", a, "severity");
	rc = account ? ctl_post(c, path, body, &answer, e) : ctl_get_call(c, path, &answer, e);
	if (rc)
		return -1;
	if (c->json)
		ctl_json(c, answer);
	else
		alert_show(c, answer);
	return 0;
}

int cmd_alert_acknowledge(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	json_t *ids = json_array();
	char count[CTL_COUNT_SIZE];
	const json_t *row;
	int64_t done = 0;
	size_t i;

	for (i = 0; i < a->pos_n; i++)
		json_array_append_new(ids, json_string(a->pos[i]));
	json_object_set_new(body, "alerts", ids);
	ctl_put_text(body, "note", a, "note");
	if (ctl_post(c, "/alerts/acknowledge", body, &answer, e))
		return -1;
	json_array_foreach (ctl_rows(answer, "results"), i, row)
		done += strcmp(ctl_get(row, "status"), "ERROR") != 0;
	if (done || c->json)
		ctl_done(c, answer, "%s acknowledged, until raised anew.",
			 ctl_count(done, "alert is", "alerts are", count));
	return ctl_each(c, answer, "results", e);
}
