/* fuzz_message.c - anything as a product's message. The first byte: 0 it is the envelope, 1 the inner object of a
 * good envelope, 2 the request_data of a good inner object. */
#include "base/mem.h"
#include "edge/dev_parse.h"
#include "tests/fuzz/fuzz.h"

#define NONCE "7648446339161391345"

static const char header[] =
	"{\"header\":{\"version\":\"1.3\",\"locale\":\"en_US.UTF-8\",\"sudi\":{\"suvi\":null,\"uuid\":"
	"\"6fe83addc80240bc92dc071ac7a37624\",\"udi_pid\":\"UCM\",\"udi_serial_number\":\"37624\"},\"timestamp\":1764000000000,"
	"\"nonce\":\"" NONCE "\",\"request_type\":\"AUTHORIZATION\",\"product_instance_identifier\":\"\","
	"\"id_cert_serial_number\":\"\"},\"nonce\":\"" NONCE "\",\"request_data\":";

static void read_data(const struct dev_request *r)
{
	int (*const decode[])(struct dev_data *, const struct dev_request *,
			      struct err *) = { dev_data_registration, dev_data_authorization, dev_data_other };
	struct err e = ERR_INIT;
	struct dev_data d;
	const char *csr;

	if (dev_data_open(r, &d, &e)) {
		MUST(e.code == E_INVALID_REQUEST && e.text[0]);
		dev_data_fini(&d);
		return;
	}
	for (int required = 0; required < 2; required++) {
		csr = NULL;
		if (dev_data_csr(&d, required, &csr, &e))
			MUST(e.code == E_INVALID_REQUEST && e.text[0]);
		else
			MUST(csr || !required);
	}
	for (size_t i = 0; i < sizeof(decode) / sizeof(decode[0]); i++) {
		struct err why = ERR_INIT;

		if (decode[i](&d, r, &why))
			MUST(why.code == E_INVALID_REQUEST && why.text[0]);
		else
			MUST(strcmp(d.nonce, r->header.nonce_text) == 0);
	}
	dev_data_fini(&d);
}

static void read_message(const char *bytes, size_t n)
{
	struct dev_request r;
	struct err e = ERR_INIT;

	if (dev_request_read(bytes, n, &r, &e) == 0) {
		MUST(r.request_n == strlen(r.request) && r.request_data_n == strlen(r.request_data));
		MUST(r.signature_n == strlen(r.signature) && r.header.piid && r.header.id_cert_serial);
		read_data(&r);
	} else {
		MUST(e.code == E_BAD_REQUEST && e.text[0]);
	}
	dev_request_fini(&r);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	AUTO_FREE char *p = NULL;
	AUTO_BUF inner = BUF_INIT;
	AUTO_BUF envelope = BUF_INIT;

	if (n == 0)
		return 0;
	p = fuzz_copy(data + 1, n - 1);
	if ((data[0] & 3) == 2) {
		buf_adds(&inner, header);
		json_write_string(p, n - 1, &inner);
		buf_addc(&inner, '}');
	} else {
		buf_add(&inner, p, n - 1);
	}
	if (data[0] & 3) {
		buf_adds(&envelope,
			 "{\"signature\":{\"type\":\"SHA-256\",\"value\":\"AAAA\"},\"credential\":null,\"request\":");
		json_write_string(inner.data, inner.n, &envelope);
		buf_addc(&envelope, '}');
		read_message(envelope.data, envelope.n);
	} else {
		read_message(p, n - 1);
	}
	return 0;
}
