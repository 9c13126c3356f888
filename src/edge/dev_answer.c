#include "edge/dev_answer.h"

#include <inttypes.h>
#include <string.h>

#include "crypt/pem.h"
#include "json/json.h"

/* Answers are written by hand rather than through a tree: they are the largest share of a request's time, and
 * nested three deep each text is escaped once instead of copied as a node. */

#define CAPABILITIES "[\"UTILITY\",\"DLC\",\"AppHA\",\"MULTITIER\",\"EXPORT_2\",\"OK_TRY_AGAIN\"]"

static void add_text(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "\"%s\":", name);
	json_write_string(value, strlen(value), b);
	buf_addc(b, ',');
}

static void add_int(struct buf *b, const char *name, int64_t value)
{
	buf_printf(b, "\"%s\":%" PRId64 ",", name, value);
}

/* The last comma becomes the closing bracket. */
static void close_with(struct buf *b, char bracket)
{
	if (b->data[b->n - 1] == ',')
		b->n--;
	buf_addc(b, bracket);
}

static const char *keep(struct arena *a, struct buf *b)
{
	const char *text = arena_dup(a, b->data, b->n);

	buf_fini(b);
	return text;
}

const char *dev_answer_text(struct arena *a, const struct site *site, const struct dev_answer *in)
{
	struct buf b = BUF_INIT;

	(void)site;
	buf_adds(&b, "{\"header\":{\"version\":\"1.3\",");
	add_int(&b, "timestamp", in->timestamp);
	add_text(&b, "nonce", in->nonce);
	add_text(&b, "response_type", in->response_type);
	add_text(&b, "product_instance_identifier", in->piid);
	buf_adds(&b,
		 "\"connect_info\":{\"name\":\"SSM\",\"version\":\"1.3\",\"production\":true,\"capabilities\":" CAPABILITIES
		 "}},");
	add_text(&b, "nonce", in->nonce);
	add_text(&b, "status", in->status);
	add_text(&b, "status_code", in->error ? err_name(in->error->code) : "");
	add_text(&b, "message", in->error ? in->error->text : "");
	add_text(&b, "response_data", in->data);
	close_with(&b, '}');
	return keep(a, &b);
}

void dev_answer_envelope(const char *response, const char *signature, const char *credential, struct buf *out)
{
	if (signature) {
		buf_printf(out, "{\"signature\":{\"type\":\"SHA-256\",\"value\":\"%s\"},", signature);
		add_text(out, "credential", credential);
	} else {
		buf_adds(out, "{\"signature\":null,\"credential\":null,");
	}
	add_text(out, "response", response);
	close_with(out, '}');
}

const char *dev_answer_hello(struct arena *a, const struct site *site, int64_t now)
{
	struct buf b = BUF_INIT;

	buf_addc(&b, '{');
	add_text(&b, "name", site->name);
	add_text(&b, "role", site_role_name(site));
	buf_adds(&b, "\"capabilities\":" CAPABILITIES ",");
	add_int(&b, "time", now);
	close_with(&b, '}');
	return keep(a, &b);
}

static const char *allowed_text(bool allowed)
{
	return allowed ? "ALLOWED" : "NOT_ALLOWED";
}

const char *dev_answer_registered(struct arena *a, const struct identity *issuer, const struct registered *in)
{
	struct buf b = BUF_INIT, pem = BUF_INIT;

	pem_write("CERTIFICATE", in->der, in->der_n, &pem);
	buf_addc(&b, '{');
	add_text(&b, "product_instance_identifier", in->piid);
	add_text(&b, "id_certificate", pem.data);
	add_text(&b, "ca_chain", issuer->ca_chain);
	add_text(&b, "smart_account", in->account);
	add_text(&b, "virtual_account", in->virtual_account);
	add_text(&b, "export_controlled", allowed_text(in->export_allowed));
	add_int(&b, "registered_at", in->registered_at);
	add_int(&b, "renew_at", in->renew_at);
	add_int(&b, "expires_at", in->expires_at);
	close_with(&b, '}');
	buf_fini(&pem);
	return keep(a, &b);
}

const char *dev_answer_authorized(struct arena *a, const struct authorized *in)
{
	struct buf b = BUF_INIT;

	buf_addc(&b, '{');
	add_text(&b, "authorization_status", in->out_of_compliance ? "OUT_OF_COMPLIANCE" : "AUTHORIZED");
	add_text(&b, "export_controlled", allowed_text(in->export_allowed));
	add_int(&b, "renew_at", in->renew_at);
	add_int(&b, "expires_at", in->expires_at);
	buf_adds(&b, "\"entitlements\":[");
	for (size_t i = 0; i < in->n; i++) {
		const struct usage_answer *row = &in->rows[i];

		buf_addc(&b, '{');
		add_text(&b, "tag", row->tag);
		add_text(&b, "display_name", row->display_name);
		add_text(&b, "description", row->description);
		add_text(&b, "version", row->version);
		add_int(&b, "count", row->count);
		add_text(&b, "status", row->status);
		close_with(&b, '}');
		buf_addc(&b, ',');
	}
	close_with(&b, ']');
	buf_addc(&b, '}');
	return keep(a, &b);
}
