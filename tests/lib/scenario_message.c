/* scenario_message.c - one message of a product: built, altered, sent, and its answer judged. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "json/json.h"
#include "tests/lib/clock_fake.h"
#include "tests/lib/scenario_product.h"

void outgoing_fini(struct outgoing *o)
{
	json_decref(o->data);
	o->data = NULL;
}

/* ---- options ---- */

static int identity_options(struct world *w, struct words *in, struct outgoing *o)
{
	const char *cert = words_value(in, "cert"), *serial = words_value(in, "serial"), *piid = words_value(in, "piid");
	int64_t n = (int64_t)o->p->current;

	if (cert && (str_int(cert, 1, (int64_t)o->p->held_n, &n)))
		return world_fail(w, "%s has %zu certificates; cert=%s is none of them", o->p->name, o->p->held_n, cert);
	o->held = n ? &o->p->held[n - 1] : NULL;
	o->from.product_instance_identifier = o->held ? o->held->piid : "";
	o->from.id_cert_serial_number = o->held ? o->held->serial : "";
	if (o->held)
		o->sign = o->held->key;
	if (piid)
		o->from.product_instance_identifier = piid;
	if (serial && *serial == '@') {
		const struct product *other = product_find_named(w, serial + 1);

		if (other == NULL || other->current == 0)
			return world_fail(w, "%s has no certificate", serial);
		serial = other->held[other->current - 1].serial;
	}
	if (serial)
		o->from.id_cert_serial_number = serial;
	return 0;
}

static int merge_data(struct world *w, const char *text, struct outgoing *o)
{
	struct err e;
	json_t *more;

	if (text == NULL)
		return 0;
	if (json_read(text, strlen(text), E_BAD_REQUEST, &more, &e))
		return world_fail(w, "data: %s", e.text);
	json_object_update(o->data, more);
	json_decref(more);
	return 0;
}

int outgoing_options(struct world *w, struct words *in, struct outgoing *o)
{
	const char *clock = words_value(in, "clock"), *by = words_value(in, "signed-by"),
		   *without = words_value(in, "without");
	const char *at = words_value(in, "at"), *nonce = words_value(in, "nonce");
	int64_t skew = o->p->skew;
	const struct named_bytes *sent = nonce && *nonce == '@' ? named_find(w->messages, nonce + 1) : NULL;

	o->from.udi_pid = o->p->pid;
	o->from.udi_serial_number = o->p->serial;
	o->from.uuid = o->p->uuid;
	o->sign = o->p->key;
	o->server = at ? world_find_server(w, at) : o->p->server;
	if (o->server == NULL || identity_options(w, in, o) || merge_data(w, words_value(in, "data"), o))
		return -1;
	if (clock && !line_span(clock, &skew))
		return world_fail(w, "clock=%s is no span of time", clock);
	o->timestamp = clock_now() + skew;
	if (without)
		json_object_del(o->data, without);
	if (by) {
		const struct product *other = product_find_named(w, by);

		if (other == NULL)
			return -1;
		o->sign = other->key;
		o->stranger = true;
	}
	if (words_flag(in, "unsigned"))
		o->sign = NULL;
	if (nonce && *nonce == '@' && sent == NULL)
		return world_fail(w, "no message %s was sent", nonce);
	o->nonce = sent ? sent->nonce : nonce;
	o->as = words_value(in, "as");
	o->peer = words_value(in, "from");
	o->flip = words_flag(in, "flip");
	o->lost = words_flag(in, "lost");
	o->plain = words_flag(in, "plain");
	return 0;
}

/* ---- the answer ---- */

static void add_row(struct result *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add_row(struct result *out, const char *fmt, ...)
{
	va_list ap;

	if (out->rows_n == sizeof(out->rows) / sizeof(out->rows[0]))
		return;
	va_start(ap, fmt);
	vsnprintf(out->rows[out->rows_n++], sizeof(out->rows[0]), fmt, ap);
	va_end(ap);
}

static const char *text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text ? text : "";
}

/* `renew-in=180d` */
static void add_span(struct result *out, const char *name, const json_t *data, const char *member)
{
	int64_t ms = json_integer_value(json_object_get(data, member)) - clock_now();

	if (ms % DAY_MS == 0)
		add_row(out, "%s=%" PRId64 "d", name, ms / DAY_MS);
	else
		add_row(out, "%s=%" PRId64 "ms", name, ms);
}

static void authorization_rows(struct world *w, const json_t *data, struct result *out)
{
	const json_t *list = json_object_get(data, "entitlements"), *row;
	size_t i;

	result_code(out, text_of(data, "authorization_status"));
	json_array_foreach ((json_t *)list, i, row)
		add_row(out, "%s:%s:%" PRId64, world_tag_name(w, text_of(row, "tag")), text_of(row, "status"),
			(int64_t)json_integer_value(json_object_get(row, "count")));
	add_row(out, "export=%s", text_of(data, "export_controlled"));
	add_span(out, "renew-in", data, "renew_at");
	add_span(out, "expires-in", data, "expires_at");
}

static size_t find_held(const struct product *p, const char *serial)
{
	for (size_t i = 0; i < p->held_n; i++)
		if (strcmp(p->held[i].serial, serial) == 0)
			return i + 1;
	return 0;
}

/* Keeps the certificate; unless the answer was lost it is the one in use from now on. */
static int take_certificate(struct world *w, struct product *p, struct message_answer *a, bool lost, struct result *out)
{
	const char *piid = text_of(a->data, "product_instance_identifier");
	char serial[CERT_SERIAL_TEXT];
	size_t at;

	cert_serial(a->id, serial);
	at = find_held(p, serial);
	add_row(out, "certificate=%s", at ? "same" : "new");
	add_row(out, "identifier=%s", strcmp(p->piid, piid) == 0 ? "same" : "new");
	add_row(out, "account=%s", text_of(a->data, "smart_account"));
	add_row(out, "virtual-account=%s", text_of(a->data, "virtual_account"));
	add_row(out, "export=%s", text_of(a->data, "export_controlled"));
	add_span(out, "renew-in", a->data, "renew_at");
	add_span(out, "expires-in", a->data, "expires_at");
	if (cert_not_after(a->id) != json_integer_value(json_object_get(a->data, "expires_at")))
		return world_fail(w, "expires_at is not the certificate's notAfter");
	if (at == 0) {
		struct held *h = &p->held[p->held_n];

		if (p->held_n == HELD_MAX)
			return world_fail(w, "%s has got too many certificates", p->name);
		str_copy(h->serial, sizeof(h->serial), serial);
		str_copy(h->piid, sizeof(h->piid), piid);
		h->key = key_ref(p->sent_key);
		h->issuer = cert_ref(a->issuer);
		h->kind = a->server;
		at = ++p->held_n;
	}
	if (lost)
		return 0;
	p->current = at;
	key_free(p->key);
	p->key = key_ref(p->sent_key);
	if (strcmp(p->piid, piid) != 0) {
		str_copy(p->before_piid, sizeof(p->before_piid), p->piid);
		str_copy(p->piid, sizeof(p->piid), piid);
	}
	return 0;
}

static int take_answer(struct world *w, struct product *p, const char *type, struct message_answer *a, bool lost,
		       struct result *out)
{
	str_copy(out->text, sizeof(out->text), a->message);
	switch (a->status) {
	case MESSAGE_TRY_AGAIN:
		return result_code(out, "OK_TRY_AGAIN");
	case MESSAGE_FAILED:
		if (err_by_name(a->status_code) == E_NONE)
			return world_fail(w, "the answer has the unknown code '%s'", a->status_code);
		return result_code(out, a->status_code);
	case MESSAGE_OK:
		break;
	}
	result_code(out, "OK");
	if (strcmp(type, "AUTHORIZATION") == 0)
		authorization_rows(w, a->data, out);
	return a->id ? take_certificate(w, p, a, lost, out) : 0;
}

/* The `response` string of an answer into out, for comparison with a repeated one. */
static int response_of(struct world *w, const struct buf *answer, struct buf *out)
{
	struct err e;
	json_t *tree;

	if (json_read(answer->data, answer->n, E_ANSWER_INVALID, &tree, &e))
		return world_fail(w, "the answer is not JSON: %s", e.text);
	buf_clear(out);
	buf_adds(out, text_of(tree, "response"));
	json_decref(tree);
	return 0;
}

static int judge(struct world *w, struct product *p, struct server *server, const struct held *held,
		 const struct named_bytes *sent, const struct buf *answer, bool lost, struct result *out)
{
	const struct identity *own = server->site.identity;
	struct message_expect x = { .type = sent->type,
				    .nonce = sent->nonce,
				    .product_instance_identifier = sent->piid,
				    .root = w->root,
				    .key = p->sent_key,
				    .now = clock_now() + (llabs(p->skew) < HOUR_MS ? p->skew : 0) };
	struct message_answer a;
	struct err e = ERR_INIT;
	int rc;

	/* What another server says of it is judged as that server's. */
	if (server != p->server)
		held = NULL;
	if (strcmp(sent->type, "REGISTRATION") != 0) {
		x.issuer = held ? held->issuer : own->ca;
		x.server = held ? held->kind : server->site.role == SITE_MANAGER ? MESSAGE_MANAGER : MESSAGE_SATELLITE;
	}
	if (message_verify(answer->data, answer->n, &x, &a, &e))
		return world_fail(w, "the answer to %s is none: %s", sent->type, e.text);
	rc = take_answer(w, p, sent->type, &a, lost, out);
	message_answer_fini(&a);
	return rc;
}

/* ---- sending ---- */

/* One letter of a signed text that means nothing. */
static int flip_byte(struct world *w, struct buf *bytes)
{
	char *at = memmem(bytes->data, bytes->n, "en_US", 5);

	if (at == NULL)
		return world_fail(w, "nothing to alter in the message");
	at[4] = 'K';
	return 0;
}

/* The server sees the address. */
static int carry(struct server *s, const struct product *p, const char *from, const struct buf *bytes, bool plain,
		 struct buf *answer, bool *readable, struct err *e)
{
	int rc;

	s->peer = from ? from : *p->address ? p->address : NULL;
	rc = server_message(s, bytes->data, bytes->n, plain, answer, readable, e);
	s->peer = NULL;
	return rc;
}

static struct named_bytes *keep_sent(struct world *w, const struct outgoing *o, const char *name, const char *nonce,
				     const struct buf *bytes)
{
	struct named_bytes *sent = named_set(&w->messages, name);

	buf_add(&sent->bytes, bytes->data, bytes->n);
	str_copy(sent->nonce, sizeof(sent->nonce), nonce);
	str_copy(sent->type, sizeof(sent->type), o->type);
	sent->at = clock_now();
	str_copy(sent->piid, sizeof(sent->piid), o->from.product_instance_identifier);
	return sent;
}

int outgoing_send(struct world *w, struct outgoing *o, struct result *out)
{
	AUTO_FREE char *last = mem_printf("%s.last", o->p->name);
	char nonce[MESSAGE_NONCE_SIZE];
	AUTO_BUF bytes = BUF_INIT;
	AUTO_BUF answer = BUF_INIT;
	struct named_bytes *sent;
	struct err e = ERR_INIT;
	bool readable;

	if (o->nonce)
		str_copy(nonce, sizeof(nonce), o->nonce);
	else
		message_nonce(nonce);
	if (message_build(&o->from, o->type, nonce, o->timestamp, o->data, o->sign, &bytes, &e))
		return world_fail(w, "the message cannot be built: %s", e.text);
	if (o->flip && flip_byte(w, &bytes))
		return -1;
	if (carry(o->server, o->p, o->peer, &bytes, o->plain, &answer, &readable, &e))
		return world_fail(w, "the answer cannot be made: %s", e.text);
	if (!readable)
		return result_refused(out, &e);
	sent = keep_sent(w, o, last, nonce, &bytes);
	if (response_of(w, &answer, &sent->answer))
		return -1;
	if (o->as) {
		AUTO_FREE char *copy = mem_strdup(sent->answer.data);

		sent = keep_sent(w, o, o->as, nonce, &bytes);
		buf_adds(&sent->answer, copy);
	}
	return judge(w, o->p, o->server, o->held, sent, &answer, o->lost, out);
}

int outgoing_again(struct world *w, struct product *p, struct server *server, struct named_bytes *sent, const char *from,
		   struct result *out)
{
	AUTO_BUF answer = BUF_INIT;
	AUTO_BUF response = BUF_INIT;
	struct err e = ERR_INIT;
	bool readable;

	/* An answer made anew in the same millisecond could be the same by chance. */
	if (clock_now() == sent->at)
		clock_fake_advance(1);
	sent->at = clock_now();
	if (carry(server, p, from, &sent->bytes, false, &answer, &readable, &e))
		return world_fail(w, "the answer cannot be made: %s", e.text);
	if (!readable)
		return result_refused(out, &e);
	if (response_of(w, &answer, &response) ||
	    judge(w, p, server, p->current ? &p->held[p->current - 1] : NULL, sent, &answer, false, out))
		return -1;
	if (response.n == sent->answer.n && memcmp(response.data, sent->answer.data, response.n) == 0)
		return result_code(out, "SAME");
	buf_clear(&sent->answer);
	buf_add(&sent->answer, response.data, response.n);
	return 0;
}
