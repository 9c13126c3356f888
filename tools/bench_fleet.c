#include "bench_fleet.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/message.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "crypt/csr.h"

#define KEYS_FILE_MAX (64u << 20)
#define KEY_END "-----END PRIVATE KEY-----\n"
#define SOFTWARE_TAG "regid.2016-07.com.cisco.UCM,12.0_00000000-0000-4000-8000-000000000001"

const char bench_answer_ok[] = "\\\"status\\\":\\\"OK\\\"";

/* What a small voice cluster uses. */
static const char *const tags[] = {
	"regid.2016-07.com.cisco.UCM_Enhanced,12.0_66d0d1cf-4863-4761-91d0-d01d3eb1949a",
	"regid.2016-07.com.cisco.UCM_Basic,12.0_ef827a2f-f4ae-4ebb-887f-052737063d3a",
	"regid.2016-07.com.cisco.UCM_Essential,12.0_25f9c396-c67c-4519-aa98-d4b3ad18f805",
};

/* ---- two threads for what takes long ---- */

struct half {
	void (*one)(void *arg, size_t i);
	void *arg;
	size_t first, n, step;
};

static void *half_run(void *arg)
{
	const struct half *h = arg;

	for (size_t i = h->first; i < h->n; i += h->step)
		h->one(h->arg, i);
	return NULL;
}

static void each(size_t n, void (*one)(void *arg, size_t i), void *arg)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t threads = cores > 16 ? 16 : cores > 1 ? (size_t)cores : 1;
	struct half halves[16];
	pthread_t ids[16];

	for (size_t t = 0; t < threads; t++) {
		halves[t] = (struct half){ .one = one, .arg = arg, .first = t, .n = n, .step = threads };
		if (pthread_create(&ids[t], NULL, half_run, &halves[t]))
			abort();
	}
	for (size_t t = 0; t < threads; t++)
		pthread_join(ids[t], NULL);
}

/* ---- keys ---- */

struct key_work {
	enum key_kind kind;
	struct bench_keys *out;
};

static void make_key(void *arg, size_t i)
{
	const struct key_work *w = arg;
	struct err e = ERR_INIT;

	if (w->out->key[i] == NULL && key_generate(w->kind, &w->out->key[i], &e)) {
		fprintf(stderr, "satellite-bench: %s\n", e.text);
		abort();
	}
}

static void make_csr(void *arg, size_t i)
{
	const struct key_work *w = arg;
	struct buf csr = BUF_INIT;
	struct err e = ERR_INIT;

	if (csr_make(w->out->key[i], "bench", &csr, &e)) {
		fprintf(stderr, "satellite-bench: %s\n", e.text);
		abort();
	}
	w->out->csr[i] = buf_steal(&csr, &(size_t){ 0 });
}

/* As many as the file has. One that is not there or not readable has none. */
static void load_keys(const char *file, struct bench_keys *out)
{
	AUTO_BUF text = BUF_INIT;
	struct err e = ERR_INIT;
	char *from, *end;

	if (file == NULL || file_read(file, KEYS_FILE_MAX, &text, &e))
		return;
	from = text.data;
	for (size_t i = 0; i < out->n && from && (end = strstr(from, KEY_END)) != NULL; i++) {
		end += strlen(KEY_END);
		if (key_read_private(from, (size_t)(end - from), &out->key[i], &e))
			return;
		from = end;
	}
}

static void save_keys(const char *file, const struct bench_keys *k)
{
	AUTO_BUF text = BUF_INIT;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < k->n; i++)
		key_write_private(k->key[i], &text);
	if (file_write(file, 0600, text.data, text.n, &e))
		fprintf(stderr, "satellite-bench: the keys are not kept: %s\n", e.text);
}

int bench_keys_make(enum key_kind kind, size_t n, const char *file, struct bench_keys *out, struct err *e)
{
	struct key_work w = { .kind = kind, .out = out };
	bool fresh;

	if (n == 0)
		return err_set(e, E_USAGE, "At least one key is needed.");
	out->n = n;
	out->key = mem_alloc(n * sizeof(struct key *));
	out->csr = mem_alloc(n * sizeof(char *));
	load_keys(file, out);
	fresh = out->key[n - 1] == NULL;
	each(n, make_key, &w);
	each(n, make_csr, &w);
	if (file && fresh)
		save_keys(file, out);
	return 0;
}

void bench_keys_free(struct bench_keys *k)
{
	for (size_t i = 0; i < k->n; i++) {
		key_free(k->key[i]);
		free(k->csr[i]);
	}
	free(k->key);
	free(k->csr);
	memset(k, 0, sizeof(*k));
}

/* ---- products ---- */

void bench_fleet_make(const struct bench_keys *keys, size_t n, struct bench_fleet *out)
{
	out->keys = keys;
	out->n = n;
	out->products = mem_alloc(n * sizeof(*out->products));
	for (size_t i = 0; i < n; i++) {
		rand_hex(out->products[i].uuid, 16);
		str_copy(out->products[i].serial, 11, out->products[i].uuid);
		out->products[i].key = i % keys->n;
	}
}

void bench_fleet_free(struct bench_fleet *f)
{
	free(f->products);
	memset(f, 0, sizeof(*f));
}

/* ---- requests ---- */

struct request_work {
	const struct bench_fleet *fleet;
	enum bench_what what;
	const char *token;
	const struct bench_target *target;
	bool close;
	size_t first;
	struct buf *out;
};

static json_t *registration(const struct request_work *w, const struct bench_product *p)
{
	json_t *data = json_object();

	json_set_text(data, "token", w->token);
	json_set_text(data, "csr", w->fleet->keys->csr[p->key]);
	json_set_text(data, "software_tag_identifier", SOFTWARE_TAG);
	json_set_text(data, "product_version", "12.0.1");
	json_set_text(data, "hostname", p->serial);
	json_set_text(data, "ip_address", "192.0.2.1");
	json_set_bool(data, "force", false);
	return data;
}

/* turn: how often the product was asked before; the first two tags go up and down with it. */
static json_t *authorization(const struct request_work *w, size_t turn)
{
	json_t *data = json_object(), *list = json_array();
	size_t changed = w->what == BENCH_AUTHORIZE_CHANGED ? 1 + turn % 2 : 0;

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		json_t *line = json_object();

		json_set_text(line, "tag", tags[i]);
		json_set_int(line, "count", (int64_t)(5 + i + (i < 2 ? changed : 0)));
		json_array_append_new(list, line);
	}
	json_object_set_new(data, "entitlements", list);
	return data;
}

static void make_request(void *arg, size_t i)
{
	const struct request_work *w = arg;
	const struct bench_product *p = &w->fleet->products[(w->first + i) % w->fleet->n];
	const struct message_sender from = { .udi_pid = "UCM",
					     .udi_serial_number = p->serial,
					     .uuid = p->uuid,
					     .product_instance_identifier = p->piid,
					     .id_cert_serial_number = p->cert_serial };
	bool registers = w->what == BENCH_REGISTER;
	AUTO_JSON *data = registers ? registration(w, p) : authorization(w, (w->first + i) / w->fleet->n);
	char nonce[MESSAGE_NONCE_SIZE];
	AUTO_BUF body = BUF_INIT;
	struct err e = ERR_INIT;

	if (message_build(&from, registers ? "REGISTRATION" : "AUTHORIZATION", message_nonce(nonce), clock_now(), data,
			  w->fleet->keys->key[p->key], &body, &e)) {
		fprintf(stderr, "satellite-bench: %s\n", e.text);
		abort();
	}
	bench_request(w->target, "/SmartTransport", body.data, body.n, w->close, &w->out[i]);
}

struct buf *bench_requests_make(const struct bench_fleet *f, enum bench_what what, const char *token,
				const struct bench_target *t, bool close, size_t first, size_t count)
{
	struct request_work w = { .fleet = f,
				  .what = what,
				  .token = token,
				  .target = t,
				  .close = close,
				  .first = first,
				  .out = mem_alloc((count + 1) * sizeof(struct buf)) };

	each(count, make_request, &w);
	return w.out;
}

void bench_requests_free(struct buf *requests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_fini(&requests[i]);
	free(requests);
}

/* ---- registration of the fleet ---- */

/* The parsed value of a member that holds JSON as a string. */
static json_t *unpack(const json_t *from, const char *name)
{
	const json_t *text = json_object_get(from, name);
	struct err e = ERR_INIT;
	json_t *v = NULL;

	if (json_is_string(text))
		(void)json_read(json_string_value(text), json_string_length(text), E_ANSWER_INVALID, &v, &e);
	return v;
}

static int take_registration(void *arg, size_t request, const char *body, size_t n)
{
	const struct bench_fleet *f = arg;
	struct bench_product *p = &f->products[request];
	AUTO_JSON *envelope = NULL;
	AUTO_JSON *response = NULL;
	AUTO_JSON *data = NULL;
	const char *pem, *piid;
	struct err e = ERR_INIT;
	struct cert *id = NULL;

	if (json_read(body, n, E_ANSWER_INVALID, &envelope, &e))
		return -1;
	response = unpack(envelope, "response");
	data = unpack(response, "response_data");
	pem = json_string_value(json_object_get(data, "id_certificate"));
	piid = json_string_value(json_object_get(data, "product_instance_identifier"));
	if (pem == NULL || piid == NULL || cert_read_pem(pem, strlen(pem), &id, &e))
		return -1;
	str_copy(p->piid, sizeof(p->piid), piid);
	cert_serial(id, p->cert_serial);
	cert_free(id);
	return 0;
}

static int send_all(struct bench_fleet *f, enum bench_what what, const char *token, const struct bench_target *t,
		    int connections, int (*take)(void *, size_t, const char *, size_t), struct err *e)
{
	struct buf *requests = bench_requests_make(f, what, token, t, false, 0, f->n);
	struct bench_load load = { .target = t,
				   .connections = connections,
				   .requests = requests,
				   .n = f->n,
				   .seconds = 300,
				   .wanted = bench_answer_ok,
				   .take = take,
				   .arg = f };
	struct bench_result r;
	int rc = bench_run(&load, &r, e);

	bench_requests_free(requests, f->n);
	if (rc)
		return -1;
	if ((size_t)r.answered != f->n)
		return err_set(e, E_ANSWER_INVALID, "%lld of %zu products were answered OK. The first other answer: %.300s",
			       (long long)r.answered, f->n, r.first_refusal);
	return 0;
}

int bench_fleet_register(struct bench_fleet *f, const char *token, const struct bench_target *t, int connections,
			 struct err *e)
{
	if (send_all(f, BENCH_REGISTER, token, t, connections, take_registration, e))
		return -1;
	return send_all(f, BENCH_AUTHORIZE, token, t, connections, NULL, e);
}
