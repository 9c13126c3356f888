/* fuzz_callhome.c - anything as a Call Home envelope. The first byte: 0 it is the envelope, 1 the JSON that an
 * envelope of ours carries, 2 and 3 what stands in the Data of a good envelope, plain and in base64. */
#include <stdbool.h>

#include "base/mem.h"
#include "tests/fuzz/fuzz.h"
#include "xml/callhome.h"

#define BEFORE                                                                                    \
	"<?xml version=\"1.0\"?><e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\">" \
	"<e:Body><b:Block xmlns:b=\"http://www.cisco.com/2004/01/aml-block\"><b:Attachments>"     \
	"<b:Attachment type=\"inline\"><b:Name>" CALLHOME_ATTACHMENT "</b:Name><b:Data encoding=\""
#define AFTER "</b:Data></b:Attachment></b:Attachments></b:Block></e:Body></e:Envelope>"

/* Text that comes out of an envelope as it went in: no control characters, no white space around it. */
static bool is_plain(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < ' ' || p[i] > '~')
			return false;
	return n == 0 || (p[0] != ' ' && p[n - 1] != ' ');
}

static void must_equal(const char *a, const char *b)
{
	MUST((a == NULL) == (b == NULL));
	MUST(a == NULL || strcmp(a, b) == 0);
}

/* What we write for this session and this JSON, we read again. */
static void there_and_back(const struct callhome_session *s, const char *json, size_t n)
{
	AUTO_BUF envelope = BUF_INIT;
	AUTO_BUF message = BUF_INIT;
	struct callhome_session again;
	struct err e = ERR_INIT;
	int rc;

	callhome_write(s, json, n, &envelope);
	MUST(envelope.n);
	if (envelope.n > CALLHOME_MAX)
		return;
	rc = callhome_read(envelope.data, envelope.n, &message, &again, &e);
	if (is_plain(json, n)) {
		MUST(rc == 0);
		MUST(message.n == n && (n == 0 || memcmp(message.data, json, n) == 0));
		must_equal(s->to, again.to);
		must_equal(s->via, again.via);
		must_equal(s->from, again.from);
		must_equal(s->message_id, again.message_id);
	} else if (rc) {
		MUST_EXPLAIN(e);
	}
	callhome_session_fini(&again);
}

static void read_envelope(const char *bytes, size_t n)
{
	AUTO_BUF message = BUF_INIT;
	struct callhome_session s;
	struct err e = ERR_INIT;

	if (callhome_read(bytes, n, &message, &s, &e) == 0) {
		there_and_back(&s, message.n ? message.data : "", message.n);
	} else {
		MUST(e.code == E_BAD_REQUEST || e.code == E_TOO_LARGE);
		MUST_EXPLAIN(e);
	}
	callhome_session_fini(&s);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	static const struct callhome_session session = { .to = "https://satellite.example/",
							 .from = "<a product> & its \"name\"",
							 .message_id = "" };
	static bool begun;
	AUTO_FREE char *p = NULL;
	AUTO_BUF envelope = BUF_INIT;

	if (!begun)
		callhome_init();
	begun = true;
	if (n == 0)
		return 0;
	p = fuzz_copy(data + 1, n - 1);
	switch (data[0] & 3) {
	case 0:
		read_envelope(p, n - 1);
		break;
	case 1:
		there_and_back(&session, p, n - 1);
		break;
	case 2:
	case 3:
		buf_adds(&envelope, BEFORE);
		buf_adds(&envelope, data[0] & 1 ? "base64\">" : "plain\">");
		buf_add(&envelope, p, n - 1);
		buf_adds(&envelope, AFTER);
		read_envelope(envelope.data, envelope.n);
		break;
	}
	return 0;
}
