/* dev_answer.h - answers to products, as texts (protocol.md section 5). */
#ifndef EDGE_DEV_ANSWER_H
#define EDGE_DEV_ANSWER_H

#include "base/buf.h"
#include "lic/instance.h"
#include "lic/site.h"
#include "lic/usage.h"

struct dev_answer {
	int64_t timestamp;
	const char *nonce, *response_type, *piid;
	const char *status;      /* OK, OK_TRY_AGAIN, FAILED */
	const struct err *error; /* FAILED: code and message */
	const char *data;        /* response_data: JSON text */
};

/* The `response` string: the bytes that are signed. From the arena. */
const char *dev_answer_text(struct arena *a, const struct site *site, const struct dev_answer *in);

/* The whole answer. signature (base64) and credential NULL: unsigned (HELLO). */
void dev_answer_envelope(const char *response, const char *signature, const char *credential, struct buf *out);

/* response_data of each type. From the arena. */
const char *dev_answer_hello(struct arena *a, const struct site *site, int64_t now);
const char *dev_answer_registered(struct arena *a, const struct identity *issuer, const struct registered *in);

struct authorized {
	bool out_of_compliance, export_allowed;
	int64_t renew_at, expires_at;
	struct usage_answer *rows;
	size_t n;
};
const char *dev_answer_authorized(struct arena *a, const struct authorized *in);

#endif
