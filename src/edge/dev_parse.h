/* dev_parse.h - the request of a product, decoded (protocol.md section 4). */
#ifndef EDGE_DEV_PARSE_H
#define EDGE_DEV_PARSE_H

#include <stdbool.h>

#include "json/json.h"
#include "lic/tx.h"

#define DEV_TEXT_MAX 65536         /* bytes of a string of the header */
#define DEV_INNER_MAX (512 * 1024) /* bytes of `request` and of `request_data` */

struct dev_header {
	const char *request_type;
	int64_t timestamp;
	const char *nonce_text;
	uint64_t nonce;
	const char *inner_nonce; /* the one beside the header */
	const char *udi_pid, *udi_serial, *udi_uuid, *udi_vid, *suvi, *host_identifier, *mac_address; /* NULL = null */
	const char *piid, *id_cert_serial;                                                            /* "" if absent */
	bool has_sudi;
};

struct dev_request {
	json_t *envelope, *inner; /* owned: they hold all the texts */
	const char *signature;    /* base64; "" if there is none */
	size_t signature_n;
	const char *signature_type;
	const char *request; /* the signed bytes */
	size_t request_n;
	const char *request_data;
	size_t request_data_n;
	struct dev_header header;
};

/* Reads envelope, inner object and header: E_BAD_REQUEST with what is wrong. dev_request_fini in every case. */
int dev_request_read(const char *bytes, size_t n, struct dev_request *out, struct err *e);
void dev_request_fini(struct dev_request *r);

/* Members that every request_data carries, and those of the types. */
struct dev_data {
	json_t *object; /* owned */
	int64_t timestamp;
	const char *nonce;
	/* REGISTRATION */
	const char *token, *csr, *software_tag, *product_version, *hostname, *ip_address;
	bool force;
	/* AUTHORIZATION */
	const json_t *entitlements;
};

/* request_data as a JSON object: E_INVALID_REQUEST. */
int dev_data_open(const struct dev_request *r, struct dev_data *out, struct err *e);
void dev_data_fini(struct dev_data *d);

/* The csr member alone: *csr is NULL if it is null and may be. E_INVALID_REQUEST. */
int dev_data_csr(const struct dev_data *d, bool required, const char **csr, struct err *e);

/* All members of a type. E_INVALID_REQUEST names the one that is wrong; the nonces must be the header's. */
int dev_data_registration(struct dev_data *d, const struct dev_request *r, struct err *e);
int dev_data_authorization(struct dev_data *d, const struct dev_request *r, struct err *e);
int dev_data_other(struct dev_data *d, const struct dev_request *r, struct err *e);

#endif
