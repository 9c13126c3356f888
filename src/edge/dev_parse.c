#include "edge/dev_parse.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "crypt/csr.h"
#include "lic/usage.h"

struct envelope {
	const json_t *signature, *credential;
	const char *request;
};

static const struct json_spec envelope_spec[] = {
	{ "signature", JSON_K_OBJECT, 0, offsetof(struct envelope, signature), 0, 0 },
	{ "request", JSON_K_TEXT, 0, offsetof(struct envelope, request), 1, DEV_INNER_MAX },
	{ 0 },
};

static const struct json_spec signature_spec[] = {
	{ "type", JSON_K_TEXT, 0, offsetof(struct dev_request, signature_type), 0, 64 },
	{ "value", JSON_K_TEXT, 0, offsetof(struct dev_request, signature), 0, DEV_TEXT_MAX },
	{ 0 },
};

struct inner {
	const json_t *header;
	const char *nonce, *request_data;
};

static const struct json_spec inner_spec[] = {
	{ "header", JSON_K_OBJECT, 0, offsetof(struct inner, header), 0, 0 },
	{ "nonce", JSON_K_TEXT, 0, offsetof(struct inner, nonce), 0, DEV_TEXT_MAX },
	{ "request_data", JSON_K_TEXT, 0, offsetof(struct inner, request_data), 0, DEV_INNER_MAX },
	{ 0 },
};

struct header_parts {
	struct dev_header *h;
	const char *version;
	const json_t *sudi, *connect_info;
	const char *unused;
};

/* A member that may be absent or null but must not be of another type. */
#define MAYBE (JSON_F_OPTIONAL | JSON_F_NULL)

static const struct json_spec header_spec[] = {
	{ "request_type", JSON_K_TEXT, 0, offsetof(struct dev_header, request_type), 0, 256 },
	{ "timestamp", JSON_K_INT, 0, offsetof(struct dev_header, timestamp), 0, INT64_MAX },
	{ "nonce", JSON_K_TEXT, 0, offsetof(struct dev_header, nonce_text), 0, DEV_TEXT_MAX },
	{ "product_instance_identifier", JSON_K_TEXT, MAYBE, offsetof(struct dev_header, piid), 0, DEV_TEXT_MAX },
	{ "id_cert_serial_number", JSON_K_TEXT, MAYBE, offsetof(struct dev_header, id_cert_serial), 0, DEV_TEXT_MAX },
	{ 0 },
};

static const struct json_spec header_rest_spec[] = {
	{ "version", JSON_K_TEXT, 0, offsetof(struct header_parts, version), 1, DEV_TEXT_MAX },
	{ "locale", JSON_K_TEXT, MAYBE, offsetof(struct header_parts, unused), 0, DEV_TEXT_MAX },
	{ "signing_cert_serial_number", JSON_K_TEXT, MAYBE, offsetof(struct header_parts, unused), 0, DEV_TEXT_MAX },
	{ "sudi", JSON_K_OBJECT, MAYBE, offsetof(struct header_parts, sudi), 0, 0 },
	{ "connect_info", JSON_K_OBJECT, MAYBE, offsetof(struct header_parts, connect_info), 0, 0 },
	{ 0 },
};

static const struct json_spec sudi_spec[] = {
	{ "udi_pid", JSON_K_TEXT, MAYBE, offsetof(struct dev_header, udi_pid), 0, DEV_TEXT_MAX },
	{ "udi_serial_number", JSON_K_TEXT, MAYBE, offsetof(struct dev_header, udi_serial), 0, DEV_TEXT_MAX },
	{ "uuid", JSON_K_TEXT, MAYBE, offsetof(struct dev_header, udi_uuid), 0, DEV_TEXT_MAX },
	{ "udi_vid", JSON_K_TEXT, MAYBE, offsetof(struct dev_header, udi_vid), 0, DEV_TEXT_MAX },
	{ "suvi", JSON_K_TEXT, MAYBE, offsetof(struct dev_header, suvi), 0, DEV_TEXT_MAX },
	{ "host_identifier", JSON_K_TEXT, MAYBE, offsetof(struct dev_header, host_identifier), 0, DEV_TEXT_MAX },
	{ "mac_address", JSON_K_TEXT, MAYBE, offsetof(struct dev_header, mac_address), 0, DEV_TEXT_MAX },
	{ 0 },
};

/* Unsigned 64-bit decimal text without leading zeros. */
static int read_nonce(const char *text, uint64_t *out)
{
	uint64_t v = 0;

	if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
		return -1;
	for (; *text; text++) {
		unsigned digit = (unsigned)*text - '0';

		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return -1;
		v = v * 10 + digit;
	}
	*out = v;
	return 0;
}

static int read_header(const json_t *from, struct dev_header *h, struct err *e)
{
	struct header_parts parts = { .h = h };

	h->piid = h->id_cert_serial = "";
	if (json_decode(from, header_spec, "header.", E_BAD_REQUEST, h, e) ||
	    json_decode(from, header_rest_spec, "header.", E_BAD_REQUEST, &parts, e))
		return -1;
	if (read_nonce(h->nonce_text, &h->nonce))
		return err_field(
			e, E_BAD_REQUEST, "header.nonce",
			"The member 'header.nonce' must be an unsigned 64-bit decimal number without leading zeros.");
	h->has_sudi = parts.sudi != NULL;
	return parts.sudi ? json_decode(parts.sudi, sudi_spec, "header.sudi.", E_BAD_REQUEST, h, e) : 0;
}

int dev_request_read(const char *bytes, size_t n, struct dev_request *out, struct err *e)
{
	struct envelope envelope = { 0 };
	struct inner inner = { 0 };
	const json_t *credential;

	memset(out, 0, sizeof(*out));
	if (json_read(bytes, n, E_BAD_REQUEST, &out->envelope, e) ||
	    json_decode(out->envelope, envelope_spec, NULL, E_BAD_REQUEST, &envelope, e) ||
	    json_decode(envelope.signature, signature_spec, "signature.", E_BAD_REQUEST, out, e))
		return -1;
	credential = json_object_get(out->envelope, "credential");
	if (credential && !json_is_null(credential) && !json_is_string(credential))
		return err_field(e, E_BAD_REQUEST, "credential", "The member 'credential' must be null or a string.");
	out->signature_n = json_string_length(json_object_get(envelope.signature, "value"));
	out->request = envelope.request;
	out->request_n = json_string_length(json_object_get(out->envelope, "request"));
	if (json_read(out->request, out->request_n, E_BAD_REQUEST, &out->inner, e) ||
	    json_decode(out->inner, inner_spec, NULL, E_BAD_REQUEST, &inner, e))
		return -1;
	out->request_data = inner.request_data;
	out->request_data_n = json_string_length(json_object_get(out->inner, "request_data"));
	out->header.inner_nonce = inner.nonce;
	return read_header(inner.header, &out->header, e);
}

void dev_request_fini(struct dev_request *r)
{
	json_decref(r->envelope);
	json_decref(r->inner);
	r->envelope = r->inner = NULL;
}

/* ---- request_data ---- */

int dev_data_open(const struct dev_request *r, struct dev_data *out, struct err *e)
{
	struct err why = ERR_INIT;

	memset(out, 0, sizeof(*out));
	if (json_read(r->request_data, r->request_data_n, E_INVALID_REQUEST, &out->object, &why))
		return err_field(e, E_INVALID_REQUEST, "request_data", "The member 'request_data': %s", why.text);
	if (!json_is_object(out->object)) {
		dev_data_fini(out);
		return err_field(e, E_INVALID_REQUEST, "request_data",
				 "The member 'request_data' must hold a JSON object.");
	}
	return 0;
}

void dev_data_fini(struct dev_data *d)
{
	json_decref(d->object);
	d->object = NULL;
}

#define COMMON                                                                              \
	{ "timestamp", JSON_K_INT, 0, offsetof(struct dev_data, timestamp), 0, INT64_MAX }, \
	{                                                                                   \
		"nonce", JSON_K_TEXT, 0, offsetof(struct dev_data, nonce), 1, 20            \
	}

static const struct json_spec other_spec[] = { COMMON, { 0 } };

static const struct json_spec csr_spec[] = {
	{ "csr", JSON_K_TEXT, 0, offsetof(struct dev_data, csr), 1, DEV_TEXT_MAX },
	{ 0 },
};

static const struct json_spec csr_or_null_spec[] = {
	{ "csr", JSON_K_TEXT, MAYBE, offsetof(struct dev_data, csr), 1, DEV_TEXT_MAX },
	{ 0 },
};

static const struct json_spec registration_spec[] = {
	COMMON,
	{ "token", JSON_K_TEXT, 0, offsetof(struct dev_data, token), 1, 1024 },
	{ "software_tag_identifier", JSON_K_TEXT, 0, offsetof(struct dev_data, software_tag), 1, 255 },
	{ "product_version", JSON_K_TEXT, MAYBE, offsetof(struct dev_data, product_version), 0, 255 },
	{ "hostname", JSON_K_TEXT, MAYBE, offsetof(struct dev_data, hostname), 0, 255 },
	{ "ip_address", JSON_K_TEXT, MAYBE, offsetof(struct dev_data, ip_address), 0, 64 },
	{ "force", JSON_K_BOOL, MAYBE, offsetof(struct dev_data, force), 0, 0 },
	{ 0 },
};

static const struct json_spec authorization_spec[] = {
	COMMON,
	{ "entitlements", JSON_K_ARRAY, 0, offsetof(struct dev_data, entitlements), 0, USAGE_TAGS_MAX },
	{ 0 },
};

static int decode(struct dev_data *d, const struct dev_request *r, const struct json_spec *spec, struct err *e)
{
	if (json_decode(d->object, spec, "request_data.", E_INVALID_REQUEST, d, e))
		return -1;
	if (strcmp(r->header.inner_nonce, r->header.nonce_text) != 0)
		return err_field(e, E_INVALID_REQUEST, "nonce", "The member 'nonce' differs from 'header.nonce'.");
	if (strcmp(d->nonce, r->header.nonce_text) != 0)
		return err_field(e, E_INVALID_REQUEST, "request_data.nonce",
				 "The member 'request_data.nonce' differs from 'header.nonce'.");
	return 0;
}

int dev_data_csr(const struct dev_data *d, bool required, const char **csr, struct err *e)
{
	struct dev_data found = { 0 };

	if (json_decode(d->object, required ? csr_spec : csr_or_null_spec, "request_data.", E_INVALID_REQUEST, &found, e))
		return -1;
	*csr = found.csr;
	return 0;
}

int dev_data_registration(struct dev_data *d, const struct dev_request *r, struct err *e)
{
	return decode(d, r, registration_spec, e);
}

int dev_data_authorization(struct dev_data *d, const struct dev_request *r, struct err *e)
{
	return decode(d, r, authorization_spec, e);
}

int dev_data_other(struct dev_data *d, const struct dev_request *r, struct err *e)
{
	return decode(d, r, other_spec, e);
}
