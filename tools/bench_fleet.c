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
#define BATCH 20000 /* requests in memory at a time, of those that are not measured */
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
	const struct bench_keys *keys;
	const struct bench_errand *errands;
	const char *token;
	const struct bench_target *target;
	bool close;
	struct buf *out;
};

static const char *const request_types[] = {
	[BENCH_REGISTER] = "REGISTRATION",
	[BENCH_AUTHORIZE] = "AUTHORIZATION",
	[BENCH_RENEW] = "RENEW_REGISTRATION",
	[BENCH_DEREGISTER] = "DEREGISTRATION",
};

static void registration(const struct request_work *w, const struct bench_product *p, json_t *data)
{
	json_set_text(data, "token", w->token);
	json_set_text(data, "csr", w->keys->csr[p->key]);
	json_set_text(data, "software_tag_identifier", SOFTWARE_TAG);
	json_set_text(data, "product_version", "12.0.1");
	json_set_text(data, "hostname", p->serial);
	json_set_text(data, "ip_address", "192.0.2.1");
	json_set_bool(data, "force", false);
}

static void authorization(unsigned usage, json_t *data)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		json_t *line = json_object();

		json_set_text(line, "tag", tags[i]);
		json_set_int(line, "count", (int64_t)(5 + i + (i < 2 ? usage % 3 : 0)));
		json_array_append_new(list, line);
	}
	json_object_set_new(data, "entitlements", list);
}

static void make_request(void *arg, size_t i)
{
	const struct request_work *w = arg;
	const struct bench_errand *errand = &w->errands[i];
	const struct bench_product *p = errand->product;
	const struct message_sender from = { .udi_pid = "UCM",
					     .udi_serial_number = p->serial,
					     .uuid = p->uuid,
					     .product_instance_identifier = p->piid,
					     .id_cert_serial_number = p->cert_serial };
	AUTO_JSON *data = json_object();
	char nonce[MESSAGE_NONCE_SIZE];
	AUTO_BUF body = BUF_INIT;
	struct err e = ERR_INIT;

	switch (errand->what) {
	case BENCH_REGISTER:
		registration(w, p, data);
		break;
	case BENCH_AUTHORIZE:
		authorization(errand->usage, data);
		break;
	case BENCH_RENEW:
		json_set_text(data, "csr", NULL);
		break;
	case BENCH_DEREGISTER:
		break;
	}
	if (message_build(&from, request_types[errand->what], message_nonce(nonce), clock_now(), data, w->keys->key[p->key],
			  &body, &e)) {
		fprintf(stderr, "satellite-bench: %s\n", e.text);
		abort();
	}
	bench_request(w->target, "/SmartTransport", body.data, body.n, w->close, &w->out[i]);
}

struct buf *bench_requests_make(const struct bench_keys *keys, const struct bench_errand *errands, size_t n,
				const char *token, const struct bench_target *t, bool close)
{
	struct request_work w = { .keys = keys,
				  .errands = errands,
				  .token = token,
				  .target = t,
				  .close = close,
				  .out = mem_alloc((n + 1) * sizeof(struct buf)) };

	each(n, make_request, &w);
	return w.out;
}

void bench_requests_free(struct buf *requests, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_fini(&requests[i]);
	free(requests);
}

/* ---- answers ---- */

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

static int read_identity(const struct buf *body, struct bench_product *p)
{
	AUTO_JSON *envelope = NULL;
	AUTO_JSON *response = NULL;
	AUTO_JSON *data = NULL;
	const char *pem, *piid;
	struct err e = ERR_INIT;
	struct cert *id = NULL;

	if (json_read(body->data, body->n, E_ANSWER_INVALID, &envelope, &e))
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

void bench_kept_init(struct bench_kept *k, const struct bench_errand *errands, size_t n)
{
	k->errands = errands;
	k->n = n;
	k->answers = mem_alloc((n + 1) * sizeof(struct buf));
	k->failed = false;
}

int bench_keep(void *kept, size_t request, const char *body, size_t body_n)
{
	struct bench_kept *k = kept;
	enum bench_what what = k->errands[request].what;

	if (what == BENCH_REGISTER || what == BENCH_RENEW)
		buf_add(&k->answers[request], body, body_n);
	return 0;
}

static void adopt(void *arg, size_t i)
{
	struct bench_kept *k = arg;

	if (k->answers[i].n && read_identity(&k->answers[i], k->errands[i].product))
		__atomic_store_n(&k->failed, true, __ATOMIC_RELAXED);
}

int bench_kept_adopt(struct bench_kept *k)
{
	each(k->n, adopt, k);
	return k->failed ? -1 : 0;
}

void bench_kept_fini(struct bench_kept *k)
{
	bench_requests_free(k->answers, k->n);
}

/* ---- registration of the fleet ---- */

static int send_batch(const struct bench_keys *keys, const struct bench_errand *errands, size_t n, const char *token,
		      const struct bench_target *t, int connections, struct err *e)
{
	struct buf *requests = bench_requests_make(keys, errands, n, token, t, false);
	struct bench_kept kept;
	struct bench_load load = { .target = t,
				   .connections = connections,
				   .requests = requests,
				   .n = n,
				   .seconds = 300,
				   .wanted = bench_answer_ok,
				   .take = bench_keep,
				   .arg = &kept };
	struct bench_result r;
	int rc;

	bench_kept_init(&kept, errands, n);
	rc = bench_run(&load, &r, e);
	if (rc == 0 && (size_t)r.answered != n)
		rc = err_set(e, E_ANSWER_INVALID, "%lld of %zu products were answered OK. The first other answer: %.300s",
			     (long long)r.answered, n, r.first_refusal);
	if (rc == 0 && bench_kept_adopt(&kept))
		rc = err_set(e, E_ANSWER_INVALID, "The server registered products, but its answers cannot be read.");
	bench_kept_fini(&kept);
	bench_requests_free(requests, n);
	return rc;
}

static int send_all(struct bench_fleet *f, enum bench_what what, const char *token, const struct bench_target *t,
		    int connections, struct err *e)
{
	struct bench_errand *errands = mem_alloc(BATCH * sizeof(*errands));
	int rc = 0;

	for (size_t from = 0; from < f->n && rc == 0; from += BATCH) {
		size_t n = f->n - from < BATCH ? f->n - from : BATCH;

		for (size_t i = 0; i < n; i++)
			errands[i] = (struct bench_errand){ .product = &f->products[from + i],
							    .what = what,
							    .usage = f->products[from + i].usage };
		rc = send_batch(f->keys, errands, n, token, t, connections, e);
	}
	free(errands);
	return rc;
}

int bench_fleet_register(struct bench_fleet *f, bool report, const char *token, const struct bench_target *t,
			 int connections, struct err *e)
{
	if (send_all(f, BENCH_REGISTER, token, t, connections, e))
		return -1;
	return report ? send_all(f, BENCH_AUTHORIZE, token, t, connections, e) : 0;
}
