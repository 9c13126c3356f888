/* cmd_webhook.c - alert subscriptions: receivers that are told when alerts are raised and cleared. */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "ctl/ctl.h"

#define CA_MAX 65536

/* `/webhooks` or `/accounts/A/webhooks`, and what is behind it. */
static char *path_of(const struct ctl_args *a, const char *id, const char *verb)
{
	const char *account = args_text(a, "account");
	AUTO_FREE char *base = account ? client_path("/accounts/{}/webhooks", account) : mem_strdup("/webhooks");
	AUTO_FREE char *one = id ? client_path("/{}/", id) : mem_strdup("");

	return mem_printf("%s%s%s", base, one, id ? verb : "");
}

static int put_ca(json_t *body, const struct ctl_args *a, struct err *e)
{
	const char *file = args_text(a, "ca");
	AUTO_BUF pem = BUF_INIT;

	if (file == NULL)
		return 0;
	if (file_read(file, CA_MAX, &pem, e))
		return -1;
	json_set_text(body, "caCertificate", pem.data);
	return 0;
}

static void say_secret(struct ctl *c, const json_t *answer)
{
	if (c->json || *ctl_get(answer, "secret") == '\0')
		return;
	ctl_say(c, "Its secret, shown only now, signs each delivery:");
	ctl_say(c, "%s", ctl_get(answer, "secret"));
}

int cmd_webhook_add(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = path_of(a, NULL, NULL);
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;

	json_set_text(body, "url", a->pos[0]);
	ctl_put_text(body, "severity", a, "severity");
	if (put_ca(body, a, e) || ctl_post(c, path, body, &answer, e))
		return -1;
	ctl_done(c, answer, "Alerts are delivered to %s as %s.", a->pos[0],
		 ctl_get(json_object_get(answer, "webhook"), "id"));
	say_secret(c, answer);
	return 0;
}

static const struct table_col webhook_cols[] = {
	{ "Identifier", 0, 0, 0 },          { "Address", 0, 16, 0 }, { "Alerts", TABLE_MAYBE, 0, 2 }, { "State", 0, 0, 0 },
	{ "Delivered", TABLE_MAYBE, 0, 1 },
};

static void show_webhooks(struct ctl *c, const json_t *rows)
{
	char count[CTL_COUNT_SIZE];
	const json_t *row;
	AUTO_TABLE t;
	size_t i;

	table_init(&t, webhook_cols, sizeof(webhook_cols) / sizeof(*webhook_cols));
	json_array_foreach (rows, i, row) {
		int64_t failures = ctl_get_int(row, "failures");

		table_text(&t, ctl_get(row, "id"));
		table_text(&t, ctl_get(row, "url"));
		table_text(&t, strcmp(ctl_get(row, "severity"), "MAJOR") == 0 ? "major" : "all");
		table_text(&t, !ctl_get_bool(row, "enabled") ? "Off" : failures ? "Failing" : "On");
		table_when(&t, ctl_get_time(row, "lastDelivery"));
	}
	if (i == 0) {
		ctl_say(c, "There is no alert subscription.");
		return;
	}
	ctl_say(c, "%s.", ctl_count((int64_t)i, "alert subscription", "alert subscriptions", count));
	table_print(&t, c->width, c->color, &c->out);
	json_array_foreach (rows, i, row)
		if (ctl_get_int(row, "failures"))
			ctl_say(c, "%s failed, %s: %s", ctl_get(row, "id"),
				ctl_count(ctl_get_int(row, "failures"), "attempt", "attempts", count),
				ctl_get(row, "lastError"));
}

int cmd_webhook_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = path_of(a, NULL, NULL);

	return ctl_get_show(c, path, "webhooks", show_webhooks, e);
}

int cmd_webhook_update(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = path_of(a, a->pos[0], "update");
	const char *state = args_text(a, "state");
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;

	ctl_put_text(body, "url", a, "url");
	ctl_put_text(body, "severity", a, "severity");
	if (state)
		json_set_bool(body, "enabled", strcmp(state, "on") == 0);
	if (args_flag(a, "new-secret"))
		json_set_bool(body, "newSecret", true);
	if (put_ca(body, a, e))
		return -1;
	if (json_object_size(body) == 0)
		return err_set(e, E_USAGE, "Say what to change: --url, --severity, --ca, --state or --new-secret.");
	if (ctl_post(c, path, body, &answer, e))
		return -1;
	ctl_done(c, answer, "The alert subscription is changed.");
	say_secret(c, answer);
	return 0;
}

int cmd_webhook_remove(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = path_of(a, a->pos[0], "remove");
	AUTO_JSON *answer = NULL;

	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	ctl_done(c, answer, "The alert subscription is removed: its receiver is told nothing any more.");
	return 0;
}

int cmd_webhook_test(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = path_of(a, a->pos[0], "test");
	AUTO_JSON *answer = NULL;

	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	ctl_done(c, answer, "The receiver took the test.");
	return 0;
}
