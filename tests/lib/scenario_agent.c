/* scenario_agent.c - products that are left alone: src/agent over a carriage without a network. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/state.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypt/slr.h"
#include "tests/lib/scenario.h"

struct member {
	struct member *next;
	char name[64];
	char *dir;
	struct agent *agent;
	struct world *world;
	char server[64];
	int64_t sent[5]; /* messages that were answered, by type */
};

static const char *const types[5] = { "REGISTRATION", "AUTHORIZATION", "RENEW_REGISTRATION", "DEREGISTRATION", "HELLO" };

static void count_message(struct member *a, const char *body)
{
	char text[96];

	for (size_t i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "\\\"request_type\\\":\\\"%s\\\"", types[i]);
		a->sent[i] += strstr(body, text) != NULL;
	}
}

static int exchange(void *arg, const char *url, const char *body, size_t n, struct buf *answer, struct err *e)
{
	struct member *a = arg;
	struct server *s = world_find_server(a->world, a->server);
	bool readable;

	(void)url;
	if (s == NULL || s->down)
		return err_set(e, E_CONNECT_FAILED, "The server '%s' is down.", a->server);
	if (server_message(s, body, n, false, answer, &readable, e))
		return -1;
	if (!readable)
		return err_set(e, E_BUSY, "The server answered with an error.");
	count_message(a, body);
	return 0;
}

static struct member *find(struct world *w, const char *name)
{
	for (struct member *a = w->agents; a; a = a->next)
		if (name && strcmp(a->name, name) == 0)
			return a;
	world_fail(w, "there is no agent '%s'", name ? name : "");
	return NULL;
}

struct server *agent_identity(struct world *w, const char *name, const char **piid)
{
	for (const struct member *a = w->agents; a; a = a->next) {
		if (strcmp(a->name, name) != 0)
			continue;
		*piid = a->agent->identifier ? a->agent->identifier : "";
		return world_find_server(w, a->server);
	}
	return NULL;
}

static int open_agent(struct world *w, struct member *a, const struct agent_options *more)
{
	struct agent_options o = *more;
	AUTO_BUF pem = BUF_INIT;
	struct err e = ERR_INIT;

	cert_write_pem(w->root, &pem);
	o.root_pem = pem.data;
	o.exchange = exchange;
	o.arg = a;
	if (agent_open(a->dir, &o, clock_now(), &a->agent, &e))
		return world_fail(w, "the agent '%s' cannot start: %s: %s", a->name, err_name(e.code), e.text);
	return 0;
}

void agents_close(struct world *w)
{
	for (struct member *a = w->agents; a; a = a->next) {
		agent_close(a->agent);
		a->agent = NULL;
	}
}

int agents_reopen(struct world *w)
{
	const struct agent_options none = { 0 };

	for (struct member *a = w->agents; a; a = a->next)
		if (open_agent(w, a, &none))
			return -1;
	return 0;
}

void agents_free(struct world *w)
{
	agents_close(w);
	while (w->agents) {
		struct member *next = w->agents->next;

		free(w->agents->dir);
		free(w->agents);
		w->agents = next;
	}
}

int64_t agents_due(const struct world *w)
{
	int64_t due = INT64_MAX;

	for (const struct member *a = w->agents; a; a = a->next) {
		int64_t its = agent_next_due(a->agent);

		due = its < due ? its : due;
	}
	return due;
}

int agents_tick(struct world *w)
{
	struct err e = ERR_INIT;

	for (struct member *a = w->agents; a; a = a->next)
		if (agent_tick(a->agent, clock_now(), &e))
			return world_fail(w, "the agent '%s': %s: %s", a->name, err_name(e.code), e.text);
	return 0;
}

/* ---- verbs ---- */

/* `agent A [product=SME] [serial=…] [uuid=…] [at=manager]` */
static int run_agent(struct world *w, struct words *in, struct result *out)
{
	const struct agent_options o = { .product = words_value(in, "product"),
					 .serial = words_value(in, "serial"),
					 .uuid = words_value(in, "uuid"),
					 .hostname = "host.example" };
	struct server *s = world_server(w, in, SATELLITE);
	const char *name = words_next(in);
	struct member *a;
	struct err e = ERR_INIT;

	if (s == NULL || name == NULL)
		return world_fail(w, "which agent, at which server?");
	a = mem_alloc(sizeof(*a));
	str_copy(a->name, sizeof(a->name), name);
	str_copy(a->server, sizeof(a->server), s->name);
	a->dir = mem_printf("%s/agent-%s", w->dir, name);
	a->world = w;
	a->next = w->agents;
	w->agents = a;
	if (open_agent(w, a, &o))
		return -1;
	if (agent_transport_set(a->agent, AGENT_GATEWAY, "server.example:443", false, &e))
		return world_fail(w, "%s", e.text);
	return result_code(out, "OK");
}

/* A token by its name in the story, or an authorization code. */
static const char *named_text(struct world *w, const char *name)
{
	struct named_bytes *code = named_find(w->messages, name);

	return code && code->bytes.n ? code->bytes.data : world_token(w, name);
}

/* Which code of the story does what was printed confirm, or return? `confirms=C1`, `returns=C2`. */
static void name_codes(struct world *w, struct result *out)
{
	for (const struct named_bytes *b = w->messages; b && out->rows_n < 2; b = b->next) {
		char confirmation[SLR_CONFIRMATION_SIZE], back[SLR_RETURN_SIZE];
		struct slr_code c;
		struct err e;

		if (b->bytes.n == 0 || slr_read(b->bytes.data, b->bytes.n, &w->arena, &c, &e))
			continue;
		if (strstr(out->text, slr_confirmation(&c, confirmation)))
			snprintf(out->rows[out->rows_n++], sizeof(out->rows[0]), "confirms=%s", b->name);
		if (strstr(out->text, slr_return(&c, back)))
			snprintf(out->rows[out->rows_n++], sizeof(out->rows[0]), "returns=%s", b->name);
	}
}

/* `run A license smart register idtoken $T1`: a command of the product's administrator; $NAME is a token or a code.
 * `-> OK confirms=C1` or `returns=C1`: it prints the confirmation or return code of this code. */
static int run_command(struct world *w, struct words *in, struct result *out)
{
	struct member *a = find(w, words_next(in));
	AUTO_BUF line = BUF_INIT;
	AUTO_BUF text = BUF_INIT;
	struct err e = ERR_INIT;
	const char *word;

	if (a == NULL)
		return -1;
	while ((word = words_next(in)) != NULL) {
		buf_adds(&line, *word == '$' ? named_text(w, word + 1) : word);
		buf_addc(&line, ' ');
	}
	if (agent_command(a->agent, line.n ? line.data : "", &text, &e))
		return result_refused(out, &e);
	str_copy(out->text, sizeof(out->text), text.n ? text.data : "");
	name_codes(w, out);
	return result_code(out, "OK");
}

/* `alter-code C1 X1 [from=TEXT to=TEXT] [cut=N]`: a copy with the first TEXT replaced, or without its last N bytes. */
static int run_alter_code(struct world *w, struct words *in, struct result *out)
{
	const char *from = words_value(in, "from"), *to = words_value(in, "to"), *cut = words_value(in, "cut"), *at;
	const char *name = words_next(in), *new_name = words_next(in);
	struct named_bytes *code = name ? named_find(w->messages, name) : NULL;
	struct buf *copy;
	int64_t n = 0;

	if (code == NULL || new_name == NULL || (cut && str_int(cut, 1, (int64_t)code->bytes.n, &n)))
		return world_fail(w, "alter which code, into what?");
	at = from ? strstr(code->bytes.data, from) : code->bytes.data;
	if (at == NULL || (from && to == NULL))
		return world_fail(w, "there is no '%s' in the code", from);
	copy = &named_set(&w->messages, new_name)->bytes;
	buf_add(copy, code->bytes.data, (size_t)(at - code->bytes.data));
	if (from)
		buf_adds(copy, to);
	buf_adds(copy, at + (from ? strlen(from) : 0));
	copy->n -= (size_t)n;
	copy->data[copy->n] = '\0';
	return result_code(out, "OK");
}

static int differs(struct world *w, const char *what, const char *is, const char *want)
{
	if (want == NULL || strcmp(is, want) == 0)
		return 0;
	return world_fail(w, "%s is '%s', not '%s'", what, is, want);
}

static int check_sent(struct world *w, struct member *a, struct words *in)
{
	for (size_t i = 0; i < 5; i++) {
		const char *text = words_value(in, types[i]);
		int64_t n;

		if (text == NULL)
			continue;
		if (str_int(text, 0, INT32_MAX, &n))
			return world_fail(w, "%s=%s?", types[i], text);
		if (n != a->sent[i])
			return world_fail(w, "%s has sent %" PRId64 " %s, not %" PRId64, a->name, a->sent[i], types[i], n);
	}
	return 0;
}

static int check_alerts(struct world *w, const struct member *a, const char *want)
{
	unsigned bits = agent_alerts(a->agent, clock_now());

	return differs(w, "the alert",
		       bits & AGENT_ALERT_EXPORT  ? agent_alert_name(AGENT_ALERT_EXPORT)
		       : bits & AGENT_ALERT_CLOCK ? agent_alert_name(AGENT_ALERT_CLOCK)
						  : "none",
		       want);
}

/* `state A registration=… authorization=… evaluation-left=90d contains=TEXT alert=none REGISTRATION=1
 * AUTHORIZATION=…` */
static int run_state(struct world *w, struct words *in, struct result *out)
{
	const char *registration = words_value(in, "registration"), *authorization = words_value(in, "authorization");
	const char *left = words_value(in, "evaluation-left"), *contains = words_value(in, "contains");
	const char *alert = words_value(in, "alert");
	struct member *a = find(w, words_next(in));
	AUTO_BUF shown = BUF_INIT;
	int64_t now = clock_now(), ms;

	if (a == NULL ||
	    differs(w, "registration", agent_registration_name(agent_registration(a->agent, now)), registration) ||
	    differs(w, "authorization", agent_authorization_name(agent_authorization(a->agent, now)), authorization) ||
	    check_alerts(w, a, alert) || check_sent(w, a, in))
		return -1;
	if (left && (!line_span(left, &ms) || ms != agent_evaluation_left(a->agent, now)))
		return world_fail(w, "%" PRId64 " ms of evaluation are left, not %s", agent_evaluation_left(a->agent, now),
				  left);
	if (contains && (agent_show(a->agent, "all", now, &shown) || strstr(shown.data, contains) == NULL))
		return world_fail(w, "`show license all` does not contain '%s' but:\n%s", contains, shown.data);
	return result_code(out, "OK");
}

const struct verb agent_verbs[] = {
	{ "agent", run_agent, false }, { "run", run_command, false }, { "alter-code", run_alter_code, false },
	{ "state", run_state, true },  { NULL, NULL, false },
};
