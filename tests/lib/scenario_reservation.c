/* scenario_reservation.c - license reservation: what administrators do with the codes that people carry. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "crypt/slr.h"
#include "lic/account.h"
#include "lic/reservation.h"
#include "tests/lib/scenario_product.h"

#define WISHES_MAX 40

struct deed {
	const char *account, *va;
	struct udi udi;
	const char *request, *text;
	struct reservation_wish wishes[WISHES_MAX];
	size_t n;
	struct reservation_row row;
	const char *code; /* that was issued; NULL if none */
};

static int result_of(struct result *out, int rc, const struct err *e)
{
	return rc ? result_refused(out, e) : result_code(out, "OK");
}

/* The request code of a product, in UCM's form or in the other. */
static const char *request_of(struct world *w, const struct product *p, const char *nonce)
{
	AUTO_BUF text = BUF_INIT;
	struct slr_request r = { .udi = { p->pid, p->serial, reservation_uuid_text(&w->arena, p->uuid) },
				 .nonce = nonce ? nonce : "" };

	slr_request_write(&r, &text);
	return arena_dup(&w->arena, text.data, text.n);
}

static int find_product(struct world *w, struct words *in, struct deed *d)
{
	const char *name = words_next(in);
	struct product *p = name ? product_find_named(w, name) : NULL;

	if (p == NULL)
		return world_fail(w, "which product?");
	d->udi = (struct udi){ .pid = p->pid, .serial = p->serial, .uuid = p->uuid, .software_tag = p->software_tag };
	return 0;
}

static int read_wishes(struct world *w, struct words *in, struct deed *d)
{
	const char *precedence = words_value(in, "precedence");
	char *word;

	while ((word = words_next(in)) != NULL) {
		struct reservation_wish *one = &d->wishes[d->n++];

		if (d->n == WISHES_MAX || !line_count(word, &one->quantity))
			return world_fail(w, "'%s' is not LICENSE=COUNT", word);
		one->license = word;
		one->shortest_first = precedence && strcmp(precedence, "shortest") == 0;
	}
	return 0;
}

/* Keeps a code under its name in the story and shows its entries: `Basic:5:PERPETUAL`; and how far its timestamp is
 * ahead of the clock: `ahead=1ms`. A product believes it. */
static int keep_code(struct world *w, const char *name, const char *code, struct result *out)
{
	struct slr_code c;
	struct err e = ERR_INIT;

	if (code == NULL)
		return 0;
	if (slr_read(code, strlen(code), &w->arena, &c, &e) || slr_verify(&c, w->root, clock_now(), &e))
		return world_fail(w, "the code cannot be used: %s: %s", err_name(e.code), e.text);
	if (name)
		buf_adds(&named_set(&w->messages, name)->bytes, code);
	snprintf(out->rows[out->rows_n++], sizeof(out->rows[0]), "ahead=%" PRId64 "ms", c.timestamp - clock_now());
	for (size_t i = 0; i < c.n && i < 30; i++)
		snprintf(out->rows[out->rows_n++], sizeof(out->rows[0]), "%s:%" PRId64 ":%s",
			 world_tag_name(w, c.entitlements[i].tag), c.entitlements[i].count, c.entitlements[i].license_type);
	return 0;
}

static int create_job(struct tx *tx, void *arg, struct err *e)
{
	struct deed *d = arg;
	struct virtual_account_row va;
	struct account_row account;

	if (account_find(tx, d->account, &account, e) || virtual_account_find(tx, &account, d->va, &va, e))
		return -1;
	return reservation_create(tx, &va, d->request, d->wishes, d->n, &d->row, &d->code, e);
}

/* `reserve p1 as=C1 CUWL=1 Basic=5 [precedence=shortest] [nonce=abc] [request=TEXT] [va=Branch] [at=manager]`: with
 * the request code of the product; nonce: in the form that has one. No license: the request is kept. */
static int run_reserve(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *account = words_value(in, "account"), *va = words_value(in, "va"), *as = words_value(in, "as");
	const char *nonce = words_value(in, "nonce"), *request = words_value(in, "request");
	struct deed d = { .account = account ? account : ACCOUNT, .va = va ? va : DEFAULT_VIRTUAL_ACCOUNT };
	const char *name = words_next(in);
	struct product *p = name ? product_find_named(w, name) : NULL;
	struct err e = ERR_INIT;
	int rc;

	if (s == NULL || p == NULL)
		return world_fail(w, "reserve for which product, where?");
	d.request = request ? request : request_of(w, p, nonce);
	if (read_wishes(w, in, &d))
		return -1;
	rc = server_write(s, &story_administrator, &w->arena, create_job, &d, &e);
	if (rc == 0 && keep_code(w, as, d.code, out))
		return -1;
	return result_of(out, rc, &e);
}

static int update_job(struct tx *tx, void *arg, struct err *e)
{
	struct deed *d = arg;

	return reservation_by_udi(tx, &d->udi, &d->row, e) ? -1
							   : reservation_update(tx, &d->row, d->wishes, d->n, &d->code, e);
}

static int cancel_job(struct tx *tx, void *arg, struct err *e)
{
	struct deed *d = arg;

	return reservation_by_udi(tx, &d->udi, &d->row, e) ? -1 : reservation_cancel(tx, &d->row, &d->code, e);
}

static int confirm_job(struct tx *tx, void *arg, struct err *e)
{
	struct deed *d = arg;

	return reservation_by_udi(tx, &d->udi, &d->row, e) ? -1 : reservation_confirm(tx, &d->row, d->text, e);
}

static int return_job(struct tx *tx, void *arg, struct err *e)
{
	struct deed *d = arg;

	return reservation_return(tx, &d->udi, d->text, &d->row, e);
}

static int remove_job(struct tx *tx, void *arg, struct err *e)
{
	struct deed *d = arg;

	return reservation_by_udi(tx, &d->udi, &d->row, e) ? -1 : reservation_remove(tx, &d->row, d->text, e);
}

/* `update p1 as=C2 Basic=7`: the whole new set. */
static int run_update(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *as = words_value(in, "as");
	struct deed d = { .n = 0 };
	struct err e = ERR_INIT;
	int rc;

	if (s == NULL || find_product(w, in, &d) || read_wishes(w, in, &d))
		return -1;
	rc = server_write(s, &story_administrator, &w->arena, update_job, &d, &e);
	if (rc == 0 && keep_code(w, as, d.code, out))
		return -1;
	return result_of(out, rc, &e);
}

/* `cancel p1 [as=C3]` */
static int run_cancel(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *as = words_value(in, "as");
	struct deed d = { .n = 0 };
	struct err e = ERR_INIT;
	int rc;

	if (s == NULL || find_product(w, in, &d))
		return -1;
	rc = server_write(s, &story_administrator, &w->arena, cancel_job, &d, &e);
	if (rc == 0 && keep_code(w, as, d.code, out))
		return -1;
	return result_of(out, rc, &e);
}

/* What a product prints for a code of the story, or the text itself. */
static int answer_of(struct world *w, struct words *in, bool back, const char **out)
{
	const char *name = words_value(in, "code"), *text = words_value(in, "text");
	struct named_bytes *b = name ? named_find(w->messages, name) : NULL;
	char *answer = arena_alloc(&w->arena, SLR_RETURN_SIZE);
	struct slr_code c;
	struct err e;

	*out = text;
	if (text)
		return 0;
	if (b == NULL && name) { /* what was never made */
		*out = name;
		return 0;
	}
	if (b == NULL || slr_read(b->bytes.data, b->bytes.n, &w->arena, &c, &e))
		return world_fail(w, "there is no code '%s'", name ? name : "");
	*out = back ? slr_return(&c, answer) : slr_confirmation(&c, answer);
	return 0;
}

static int answer(struct world *w, struct words *in, struct result *out, bool back)
{
	struct server *s = world_server(w, in, SATELLITE);
	struct deed d = { .n = 0 };
	struct err e = ERR_INIT;

	if (s == NULL || answer_of(w, in, back, &d.text) || find_product(w, in, &d))
		return -1;
	return result_of(out, server_write(s, &story_administrator, &w->arena, back ? return_job : confirm_job, &d, &e),
			 &e);
}

/* `confirm p1 code=C2|text=1fc54c75`: the confirmation code that the product prints when it installs C2. */
static int run_confirm(struct world *w, struct words *in, struct result *out)
{
	return answer(w, in, out, false);
}

/* `return p1 code=C2|text=…`: the return code. */
static int run_return(struct world *w, struct words *in, struct result *out)
{
	return answer(w, in, out, true);
}

/* `remove-reservation p1 reason="burnt down"` */
static int run_remove(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	struct deed d = { .text = words_value(in, "reason") };
	struct err e = ERR_INIT;

	if (d.text == NULL)
		d.text = "";
	if (s == NULL || find_product(w, in, &d))
		return -1;
	return result_of(out, server_write(s, &story_administrator, &w->arena, remove_job, &d, &e), &e);
}

static int64_t blocked_of(const struct reservation_line *lines, size_t n, const char *tag)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (strcmp(lines[i].tag, tag) == 0)
			sum += lines[i].blocked;
	return sum;
}

/* `reservation p1 RESERVED|…|NONE [va=Branch] [Basic=5]…`: its state, and what it blocks of a kind. */
static int run_reservation(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *va_name = words_value(in, "va"), *state;
	struct virtual_account_row va;
	struct reservation_line *lines;
	struct deed d = { .n = 0 };
	struct err e = ERR_INIT;
	struct tx tx;
	size_t n;
	int rc;

	if (s == NULL || find_product(w, in, &d))
		return -1;
	state = words_next(in);
	tx = server_reader(s, &w->arena);
	rc = q_reservation_live(tx.db, tx.arena, &d.udi, &d.row, &e);
	if (state == NULL || rc < 0)
		return world_fail(w, "which state? %s", e.text);
	if (strcmp(state, rc ? d.row.state : "NONE") != 0)
		return world_fail(w, "it is %s, not %s", rc ? d.row.state : "NONE", state);
	if (rc == 0)
		return result_code(out, "OK");
	if (q_virtual_account_by_id(tx.db, tx.arena, d.row.virtual_account_id, &va, &e) != 1 ||
	    q_reservation_lines(tx.db, tx.arena, d.row.id, &lines, &n, &e) || read_wishes(w, in, &d))
		return world_fail(w, "%s", e.text);
	if (va_name && strcmp(va_name, va.name) != 0)
		return world_fail(w, "it is in '%s'", va.name);
	for (size_t i = 0; i < d.n; i++) {
		int64_t is = blocked_of(lines, n, world_tag(w, d.wishes[i].license));

		if (is != d.wishes[i].quantity)
			return world_fail(w, "it blocks %" PRId64 " of %s", is, d.wishes[i].license);
	}
	return result_code(out, "OK");
}

const struct verb reservation_verbs[] = {
	{ "reserve", run_reserve, false },        { "update", run_update, false },
	{ "cancel", run_cancel, false },          { "confirm", run_confirm, false },
	{ "return", run_return, false },          { "remove-reservation", run_remove, false },
	{ "reservation", run_reservation, true }, { NULL, NULL, false },
};
