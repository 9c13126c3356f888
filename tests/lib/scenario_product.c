/* scenario_product.c - the verbs of products. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "crypt/csr.h"
#include "json/json.h"
#include "lic/license.h"
#include "tests/lib/scenario_product.h"

struct product *product_find_named(struct world *w, const char *name)
{
	for (struct product *p = w->products; p; p = p->next)
		if (strcmp(p->name, name) == 0)
			return p;
	world_fail(w, "there is no product '%s'", name);
	return NULL;
}

struct server *product_registration(struct world *w, const char *name, const char **piid, const char **before)
{
	struct server *of_agent = agent_identity(w, name, piid);
	struct product *p;

	*before = "";
	if (of_agent)
		return of_agent;
	p = product_find_named(w, name);
	if (p == NULL)
		return NULL;
	*piid = p->piid;
	*before = p->before_piid;
	return p->server;
}

void products_free(struct world *w)
{
	while (w->products) {
		struct product *next = w->products->next;

		for (size_t i = 0; i < w->products->held_n; i++) {
			key_free(w->products->held[i].key);
			cert_free(w->products->held[i].issuer);
		}
		key_free(w->products->key);
		key_free(w->products->sent_key);
		free(w->products);
		w->products = next;
	}
}

/* ---- product ---- */

static bool key_kind(const char *name, enum key_kind *out)
{
	static const char *const names[] = { "p256", "p384", "rsa2048", "rsa3072", "rsa4096" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0) {
			*out = (enum key_kind)i;
			return true;
		}
	}
	return false;
}

static int take_udi(struct world *w, struct product *p, const char *of, const char *pid, const char *serial,
		    const char *uuid)
{
	struct product *other = of ? product_find_named(w, of) : NULL;
	struct product_kind known;
	char random[UUID_SIZE];

	if (of && other == NULL)
		return -1;
	if (other)
		*p = (struct product){ .kind = p->kind, .server = p->server };
	str_copy(p->pid, sizeof(p->pid), pid ? pid : other ? other->pid : "UCM");
	catalogue_product(p->pid, &known);
	str_copy(p->software_tag, sizeof(p->software_tag), *known.software_tag ? known.software_tag : p->pid);
	rand_uuid(random);
	str_uuid_plain(p->uuid, random);
	if (uuid || other)
		str_copy(p->uuid, sizeof(p->uuid), uuid ? uuid : other->uuid);
	str_copy(p->serial, sizeof(p->serial), serial ? serial : other ? other->serial : random);
	return 0;
}

/* `product ucm1 [pid=UCM_SME] [serial=… uuid=…] [udi=OTHER] [key=rsa2048] [at=manager]` */
static int run_product(struct world *w, struct words *in, struct result *out)
{
	const char *pid = words_value(in, "pid"), *serial = words_value(in, "serial"), *uuid = words_value(in, "uuid");
	const char *of = words_value(in, "udi"), *key = words_value(in, "key"), *name;
	struct server *server = world_server(w, in, SATELLITE);
	struct product *p;
	struct err e = ERR_INIT;

	name = words_next(in);
	if (server == NULL || name == NULL)
		return world_fail(w, "which product, registered where?");
	p = mem_alloc(sizeof(*p));
	if (take_udi(w, p, of, pid, serial, uuid) || (key && !key_kind(key, &p->kind)) ||
	    key_generate(p->kind, &p->key, &e)) {
		free(p);
		return world_fail(w, "the product '%s' cannot be made", name);
	}
	str_copy(p->name, sizeof(p->name), name);
	p->server = server;
	p->next = w->products;
	w->products = p;
	return result_code(out, "OK");
}

/* `clone ucm1 twin [address=192.0.2.8]`: a copy of the machine as it is now, with its keys and certificates. */
static int run_clone(struct world *w, struct words *in, struct result *out)
{
	const char *address = words_value(in, "address"), *of = words_next(in), *name = words_next(in);
	const struct product *from = product_find_named(w, of ? of : "");
	struct product *p;

	if (from == NULL || name == NULL)
		return world_fail(w, "clone which product as what?");
	p = mem_alloc(sizeof(*p));
	*p = *from;
	p->next = w->products;
	w->products = p;
	str_copy(p->name, sizeof(p->name), name);
	if (address)
		str_copy(p->address, sizeof(p->address), address);
	p->key = key_ref(from->key);
	p->sent_key = from->sent_key ? key_ref(from->sent_key) : NULL;
	for (size_t i = 0; i < p->held_n; i++) {
		p->held[i].key = key_ref(from->held[i].key);
		p->held[i].issuer = cert_ref(from->held[i].issuer);
	}
	return result_code(out, "OK");
}

static struct product *next_product(struct world *w, struct words *in)
{
	const char *name = words_next(in);

	return product_find_named(w, name ? name : "");
}

/* `address ucm1 192.0.2.8`: from now on its messages come from there. */
static int run_address(struct world *w, struct words *in, struct result *out)
{
	struct product *p = next_product(w, in);
	const char *address = words_next(in);

	if (p == NULL || address == NULL)
		return world_fail(w, "which product, at which address?");
	str_copy(p->address, sizeof(p->address), address);
	return result_code(out, "OK");
}

/* `skew ucm1 61min`: its clock is ahead; -61min: behind. */
static int run_skew(struct world *w, struct words *in, struct result *out)
{
	struct product *p = next_product(w, in);
	const char *span = words_next(in);

	if (p == NULL)
		return -1;
	if (span == NULL || !line_span(span, &p->skew))
		return world_fail(w, "skew by how much?");
	return result_code(out, "OK");
}

/* ---- messages ---- */

/* csr=broken: no PEM; csr=altered: a byte of it; csr=null; csr=none: left out. */
static int set_csr(struct world *w, const char *how, const struct key *key, const char *name, json_t *data)
{
	AUTO_BUF csr = BUF_INIT;
	struct err e = ERR_INIT;

	if (how && strcmp(how, "none") == 0)
		return 0;
	if (csr_make(key, name, &csr, &e))
		return world_fail(w, "no request for this key: %s", e.text);
	if (how && strcmp(how, "altered") == 0)
		csr.data[csr.n / 2] = csr.data[csr.n / 2] == 'A' ? 'B' : 'A';
	else if (how && strcmp(how, "broken") && strcmp(how, "null"))
		return world_fail(w, "csr=%s?", how);
	json_set_text(data, "csr",
		      how == NULL || strcmp(how, "altered") == 0 ? csr.data
		      : strcmp(how, "broken") == 0               ? "broken"
								 : NULL);
	return 0;
}

static void want_certificate(struct product *p, struct key *key)
{
	struct key *k = key_ref(key);

	key_free(p->sent_key);
	p->sent_key = k;
}

/* The key to be certified: the product's own, another product's, or `new`. */
static int choose_key(struct world *w, struct product *p, const char *which)
{
	struct product *other;
	struct key *fresh;
	struct err e = ERR_INIT;

	if (which == NULL) {
		want_certificate(p, p->key);
	} else if (strcmp(which, "new") == 0) {
		if (key_generate(p->kind, &fresh, &e))
			return world_fail(w, "no key: %s", e.text);
		want_certificate(p, fresh);
		key_free(fresh);
	} else {
		other = product_find_named(w, which);
		if (other == NULL)
			return -1;
		want_certificate(p, other->key);
	}
	return 0;
}

static int send_and_end(struct world *w, struct outgoing *o, struct result *out)
{
	int rc = outgoing_send(w, o, out);

	outgoing_fini(o);
	return rc;
}

/* `register ucm1 token=T1 [force] [key=OTHER|new] [csr=…] [hostname=…]` and the options of all messages. */
static int run_register(struct world *w, struct words *in, struct result *out)
{
	const char *token = words_value(in, "token"), *key = words_value(in, "key"), *csr = words_value(in, "csr");
	const char *hostname = words_value(in, "hostname");
	bool force = words_flag(in, "force");
	struct product *p = next_product(w, in);
	struct outgoing o = { .p = p, .type = "REGISTRATION" };

	if (p == NULL || choose_key(w, p, key))
		return -1;
	o.data = json_object();
	json_set_text(o.data, "token", world_token(w, token ? token : ""));
	json_set_text(o.data, "software_tag_identifier", p->software_tag);
	json_set_text(o.data, "product_version", "12.5");
	json_set_text(o.data, "hostname", hostname ? hostname : p->name);
	json_set_text(o.data, "ip_address", NULL);
	json_set_bool(o.data, "force", force);
	if (set_csr(w, csr, p->sent_key, p->pid, o.data) || outgoing_options(w, in, &o)) {
		outgoing_fini(&o);
		return -1;
	}
	o.from.product_instance_identifier = o.from.id_cert_serial_number = "";
	/* The key of the request signs, unless the line said otherwise. */
	if (o.sign && !o.stranger)
		o.sign = p->sent_key;
	return send_and_end(w, &o, out);
}

static int add_usage(struct world *w, struct words *in, json_t *data)
{
	json_t *list = json_array(), *row;
	int64_t count;
	char *word;

	json_object_set_new(data, "entitlements", list);
	while ((word = words_next(in)) != NULL) {
		if (!line_count(word, &count))
			return world_fail(w, "'%s' is not LICENSE=COUNT", word);
		row = json_object();
		json_set_text(row, "tag", world_tag(w, word));
		json_set_int(row, "count", count);
		json_array_append_new(list, row);
	}
	return 0;
}

/* `report ucm1 Enhanced=5 Basic=2` and the options of all messages. */
static int run_report(struct world *w, struct words *in, struct result *out)
{
	struct product *p = next_product(w, in);
	struct outgoing o = { .p = p, .type = "AUTHORIZATION" };
	json_t *more;

	if (p == NULL)
		return -1;
	o.data = json_object();
	if (outgoing_options(w, in, &o)) {
		outgoing_fini(&o);
		return -1;
	}
	/* What `data` gave comes last. */
	more = o.data;
	o.data = json_object();
	if (add_usage(w, in, o.data)) {
		json_decref(more);
		outgoing_fini(&o);
		return -1;
	}
	json_object_update(o.data, more);
	json_decref(more);
	return send_and_end(w, &o, out);
}

/* `renew ucm1 [newkey] [csr=…]` */
static int run_renew(struct world *w, struct words *in, struct result *out)
{
	bool newkey = words_flag(in, "newkey");
	const char *csr = words_value(in, "csr");
	struct product *p = next_product(w, in);
	struct outgoing o = { .p = p, .type = "RENEW_REGISTRATION" };

	if (p == NULL || choose_key(w, p, newkey ? "new" : NULL))
		return -1;
	o.data = json_object();
	if (set_csr(w, csr ? csr : newkey ? NULL : "null", p->sent_key, p->pid, o.data) || outgoing_options(w, in, &o)) {
		outgoing_fini(&o);
		return -1;
	}
	if (!newkey && o.held)
		want_certificate(p, o.held->key);
	return send_and_end(w, &o, out);
}

static int send_plain(struct world *w, struct words *in, const char *type, struct result *out)
{
	struct product *p = next_product(w, in);
	struct outgoing o = { .p = p, .type = type };

	if (p == NULL)
		return -1;
	o.data = json_object();
	if (outgoing_options(w, in, &o)) {
		outgoing_fini(&o);
		return -1;
	}
	return send_and_end(w, &o, out);
}

static int run_deregister(struct world *w, struct words *in, struct result *out)
{
	return send_plain(w, in, "DEREGISTRATION", out);
}

/* `send TYPE ucm1 [data='{…}']` */
static int run_send(struct world *w, struct words *in, struct result *out)
{
	const char *type = words_next(in);

	return type ? send_plain(w, in, type, out) : world_fail(w, "send what?");
}

/* `resend ucm1 [MESSAGE] [from=ADDRESS]`: the last message, or one kept by `as=MESSAGE`, byte by byte. SAME if the answer is, too. */
static int run_resend(struct world *w, struct words *in, struct result *out)
{
	const char *at = words_value(in, "at"), *from = words_value(in, "from"), *name;
	struct product *p = next_product(w, in);
	struct server *server = at ? world_find_server(w, at) : p ? p->server : NULL;
	AUTO_FREE char *last = mem_printf("%s.last", p ? p->name : "");
	struct named_bytes *sent;

	if (p == NULL || server == NULL)
		return -1;
	name = words_next(in);
	sent = named_find(w->messages, name ? name : last);
	if (sent == NULL)
		return world_fail(w, "no such message was sent");
	return outgoing_again(w, p, server, sent, from, out);
}

/* `hello [at=manager]` */
static int run_hello(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const struct message_sender from = { .udi_pid = "UCM",
					     .udi_serial_number = "1",
					     .uuid = "",
					     .product_instance_identifier = "",
					     .id_cert_serial_number = "" };
	AUTO_JSON *none = json_object(), *tree = NULL, *response = NULL, *data = NULL;
	const char *clock = words_value(in, "clock"), *text;
	AUTO_BUF bytes = BUF_INIT;
	AUTO_BUF answer = BUF_INIT;
	struct err e = ERR_INIT;
	int64_t skew = 0;
	bool readable;

	if (s == NULL || (clock && !line_span(clock, &skew)))
		return world_fail(w, "hello at which server, at which time?");
	if (message_build(&from, "HELLO", "1", clock_now() + skew, none, NULL, &bytes, &e) ||
	    server_message(s, bytes.data, bytes.n, false, &answer, &readable, &e) || !readable ||
	    json_read(answer.data, answer.n, E_ANSWER_INVALID, &tree, &e))
		return result_refused(out, &e);
	text = json_string_value(json_object_get(tree, "response"));
	if (!json_is_null(json_object_get(tree, "signature")) || !json_is_null(json_object_get(tree, "credential")) ||
	    json_read(text, strlen(text), E_ANSWER_INVALID, &response, &e))
		return world_fail(w, "HELLO is not answered as section 4 says");
	text = json_string_value(json_object_get(response, "response_data"));
	if (json_read(text, strlen(text), E_ANSWER_INVALID, &data, &e))
		return world_fail(w, "HELLO is not answered as section 4 says");
	result_code(out, json_string_value(json_object_get(response, "status")));
	text = json_string_value(json_object_get(data, "role"));
	if (text)
		snprintf(out->rows[out->rows_n++], sizeof(out->rows[0]), "role=%s", text);
	return 0;
}

/* `post TEXT`: bytes that are no message. */
static int run_post(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *text = words_next(in);
	AUTO_BUF answer = BUF_INIT;
	struct err e = ERR_INIT;
	bool readable;

	if (s == NULL || text == NULL)
		return world_fail(w, "post what, where?");
	if (server_message(s, text, strlen(text), false, &answer, &readable, &e))
		return world_fail(w, "%s", e.text);
	return readable ? result_code(out, "OK") : result_refused(out, &e);
}

const struct verb product_verbs[] = {
	{ "product", run_product, false },
	{ "skew", run_skew, false },
	{ "register", run_register, false },
	{ "report", run_report, false },
	{ "renew", run_renew, false },
	{ "deregister", run_deregister, false },
	{ "send", run_send, false },
	{ "resend", run_resend, false },
	{ "hello", run_hello, false },
	{ "post", run_post, false },
	{ "clone", run_clone, false },
	{ "address", run_address, false },
	{ NULL, NULL, false },
};
