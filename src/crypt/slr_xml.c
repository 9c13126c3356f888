/* slr_xml.c - the authorization code: `<specificPLR>…</specificPLR>` in one canonical form (see slr.h).
 *
 * There is exactly one text for a code, so it is read as a sequence of known words and texts rather than as XML at
 * large: no declaration, attribute, comment or entity beyond the five can stand anywhere. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/str.h"
#include "crypt/b64.h"
#include "crypt/cms.h"
#include "crypt/digest.h"
#include "crypt/slr.h"
#include "crypt/slr_text.h"

#define BEGIN "<specificPLR>"
#define END "</specificPLR>"
#define INPUT_MAX (4 * SLR_CODE_MAX) /* with what a paste adds */

static const struct {
	char c;
	const char *name;
} entities[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&apos;" } };
#define ENTITIES (sizeof(entities) / sizeof(entities[0]))

/* ---- writing ---- */

static void put_text(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "<%s>", name);
	for (; *text; text++) {
		size_t i = 0;

		while (i < ENTITIES && entities[i].c != *text)
			i++;
		if (i < ENTITIES)
			buf_adds(out, entities[i].name);
		else
			buf_addc(out, *text);
	}
	buf_printf(out, "</%s>", name);
}

static void put_int(struct buf *out, const char *name, int64_t n)
{
	buf_printf(out, "<%s>%" PRId64 "</%s>", name, n, name);
}

static void put_date(struct buf *out, const char *name, int64_t at)
{
	char text[CLOCK_ISO_SIZE];

	put_text(out, name, at ? clock_iso(at, text) : "");
}

static void put_entitlement(struct buf *out, const struct slr_entitlement *t)
{
	buf_adds(out, "<entitlement>");
	put_text(out, "tag", t->tag);
	put_int(out, "count", t->count);
	put_date(out, "startDate", t->start_at);
	put_date(out, "endDate", t->end_at);
	put_text(out, "licenseType", t->license_type);
	put_text(out, "displayName", t->display_name);
	put_text(out, "tagDescription", t->description);
	put_text(out, "subscriptionID", t->subscription_id);
	buf_adds(out, "</entitlement>");
}

static void put_authorization(const struct slr_code *c, struct buf *out)
{
	buf_adds(out, "<authorizationCode><flag>A</flag><version>C</version>");
	put_text(out, "piid", c->piid);
	put_int(out, "timestamp", c->timestamp);
	buf_adds(out, "<entitlements>");
	for (size_t i = 0; i < c->n; i++)
		put_entitlement(out, &c->entitlements[i]);
	buf_adds(out, "</entitlements></authorizationCode>");
}

static void put_udi(const struct slr_code *c, struct buf *out)
{
	AUTO_BUF udi = BUF_INIT;

	slr_udi_write(&c->udi, &udi);
	put_text(out, "udi", udi.data);
}

void slr_signed_bytes(const struct slr_code *c, struct buf *out)
{
	put_authorization(c, out);
	put_udi(c, out);
}

void slr_write(const struct slr_code *c, struct buf *out)
{
	buf_adds(out, BEGIN);
	put_authorization(c, out);
	buf_adds(out, "<signature>");
	b64_encode(c->signature, c->signature_n, out);
	buf_adds(out, "</signature>");
	put_udi(c, out);
	buf_adds(out, END);
}

/* ---- what may stand in a code ---- */

static bool text_fits(const char *s, size_t least)
{
	size_t n = strlen(s);

	if (n < least || n > SLR_TEXT_MAX || !str_utf8(s, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return false;
	return true;
}

static bool date_fits(int64_t at)
{
	return at >= 0 && at % SECOND_MS == 0 && at < INT64_C(253402300800) * SECOND_MS; /* the year 10000 */
}

/* The member that cannot be so, or NULL. */
static const char *entitlement_wrong(const struct slr_entitlement *t)
{
	bool perpetual = strcmp(t->license_type, "PERPETUAL") == 0;

	if (!text_fits(t->tag, 1))
		return "tag";
	if (t->count < 1 || t->count > SLR_COUNT_MAX)
		return "count";
	if (!date_fits(t->start_at))
		return "startDate";
	if (!date_fits(t->end_at) || perpetual != (t->end_at == 0) || (t->end_at && t->end_at <= t->start_at))
		return "endDate";
	if (!perpetual && strcmp(t->license_type, "TERM") != 0 && strcmp(t->license_type, "DEMO") != 0)
		return "licenseType";
	if (!text_fits(t->display_name, 0))
		return "displayName";
	if (!text_fits(t->description, 0))
		return "tagDescription";
	return text_fits(t->subscription_id, 0) ? NULL : "subscriptionID";
}

static const char *code_wrong(const struct slr_code *c)
{
	const char *wrong = NULL;

	if (!slr_uuid_fits(c->piid, strlen(c->piid)))
		return "piid";
	if (c->timestamp < 0)
		return "timestamp";
	if (c->n < 1 || c->n > SLR_ENTITLEMENTS_MAX)
		return "entitlements";
	for (size_t i = 0; i < c->n && wrong == NULL; i++)
		wrong = entitlement_wrong(&c->entitlements[i]);
	return wrong;
}

/* ---- reading ---- */

struct reader {
	const char *at, *end;
	struct arena *arena;
	const char *element; /* the last that began */
	size_t length;       /* of the whole */
	bool cut;            /* it ended too early; otherwise something else stood there */
};

static bool word(struct reader *r, const char *text)
{
	size_t n = strlen(text), left = (size_t)(r->end - r->at);

	if (left < n && memcmp(r->at, text, left) == 0)
		r->cut = true;
	if (left < n || memcmp(r->at, text, n) != 0)
		return false;
	r->at += n;
	return true;
}

static bool open_element(struct reader *r, const char *name)
{
	r->element = name;
	return word(r, "<") && word(r, name) && word(r, ">");
}

static bool close_element(struct reader *r, const char *name)
{
	r->element = name;
	return word(r, "</") && word(r, name) && word(r, ">");
}

/* One of the five entities at r->at. */
static bool entity(struct reader *r, char *out)
{
	for (size_t i = 0; i < ENTITIES; i++) {
		size_t n = strlen(entities[i].name);

		if ((size_t)(r->end - r->at) >= n && memcmp(r->at, entities[i].name, n) == 0) {
			*out = entities[i].c;
			r->at += n;
			return true;
		}
	}
	r->cut = memchr(r->at, ';', (size_t)(r->end - r->at)) == NULL;
	return false;
}

/* `<name>text</name>`; NULL if it is not there. */
static const char *text(struct reader *r, const char *name, size_t max)
{
	size_t n = 0;
	char *out;

	if (!open_element(r, name))
		return NULL;
	out = arena_alloc(r->arena, max + 1);
	while (r->at < r->end && *r->at != '<') {
		if (n == max || *r->at == '\0')
			return NULL;
		if (*r->at != '&')
			out[n++] = *r->at++;
		else if (entity(r, &out[n]))
			n++;
		else
			return NULL;
	}
	return close_element(r, name) ? out : NULL;
}

static bool number(struct reader *r, const char *name, int64_t *out)
{
	const char *digits = text(r, name, 20);

	return digits && str_int(digits, 0, INT64_MAX, out) == 0;
}

static bool date(struct reader *r, const char *name, int64_t *out)
{
	const char *iso = text(r, name, CLOCK_ISO_SIZE), *end;
	struct tm tm = { 0 };

	*out = 0;
	if (iso == NULL)
		return false;
	if (*iso == '\0')
		return true;
	end = strptime(iso, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end == NULL || *end || tm.tm_year < 70)
		return false;
	*out = (int64_t)timegm(&tm) * SECOND_MS;
	return *out > 0;
}

static bool read_entitlement(struct reader *r, struct slr_entitlement *t)
{
	return open_element(r, "entitlement") && (t->tag = text(r, "tag", SLR_TEXT_MAX)) && number(r, "count", &t->count) &&
	       date(r, "startDate", &t->start_at) && date(r, "endDate", &t->end_at) &&
	       (t->license_type = text(r, "licenseType", 16)) && (t->display_name = text(r, "displayName", SLR_TEXT_MAX)) &&
	       (t->description = text(r, "tagDescription", SLR_TEXT_MAX)) &&
	       (t->subscription_id = text(r, "subscriptionID", SLR_TEXT_MAX)) && close_element(r, "entitlement");
}

static bool read_entitlements(struct reader *r, struct slr_code *c)
{
	struct slr_entitlement *list = arena_alloc(r->arena, SLR_ENTITLEMENTS_MAX * sizeof(*list));

	c->entitlements = list;
	if (!open_element(r, "entitlements"))
		return false;
	while (r->end - r->at > 1 && r->at[1] != '/') {
		if (c->n == SLR_ENTITLEMENTS_MAX || !read_entitlement(r, &list[c->n]))
			return false;
		c->n++;
	}
	return close_element(r, "entitlements");
}

/* `P:…,S:…[,U:…]` in the form of slr_udi_write(). */
static bool read_udi(struct reader *r, struct slr_udi *out)
{
	const char *whole = text(r, "udi", SLR_TEXT_MAX + 64), *serial = whole ? strstr(whole, ",S:") : NULL, *uuid;

	if (serial == NULL || !str_prefix(whole, "P:") || serial < whole + 2)
		return false;
	uuid = strstr(serial + 3, ",U:");
	out->pid = arena_dup(r->arena, whole + 2, (size_t)(serial - whole) - 2);
	out->serial = arena_dup(r->arena, serial + 3, uuid ? (size_t)(uuid - serial) - 3 : strlen(serial + 3));
	out->uuid = uuid ? uuid + 3 : "";
	return slr_name_fits(out->pid, strlen(out->pid)) && slr_name_fits(out->serial, strlen(out->serial)) &&
	       (uuid == NULL || slr_uuid_fits(out->uuid, strlen(out->uuid)));
}

static bool read_signature(struct reader *r, struct slr_code *c)
{
	const char *base64 = text(r, "signature", SLR_CODE_MAX);
	AUTO_BUF der = BUF_INIT;

	if (base64 == NULL || *base64 == '\0' || b64_decode(base64, strlen(base64), &der))
		return false;
	c->signature = arena_dup(r->arena, der.data, der.n);
	c->signature_n = der.n;
	return true;
}

static bool read_whole(struct reader *r, struct slr_code *c)
{
	r->element = "specificPLR";
	return word(r, BEGIN) && open_element(r, "authorizationCode") && word(r, "<flag>A</flag><version>C</version>") &&
	       (c->piid = text(r, "piid", 64)) && number(r, "timestamp", &c->timestamp) && read_entitlements(r, c) &&
	       close_element(r, "authorizationCode") && read_signature(r, c) && read_udi(r, &c->udi) &&
	       close_element(r, "specificPLR");
}

static int no_code(struct err *e, const char *why)
{
	return err_set(e, E_CODE_INVALID,
		       "This is not an authorization code: %s. Copy all of it, from " BEGIN " to " END ".", why);
}

static int cut(struct err *e, const struct reader *r)
{
	return err_set(e, E_CODE_INVALID,
		       "The authorization code is cut: it ends after %zu characters, in <%s>. Copy all of it, up to " END
		       ".",
		       r->length, r->element);
}

static int altered(struct err *e, const struct reader *r, const char *element)
{
	return err_set(e, E_CODE_ALTERED,
		       "The authorization code was altered: near character %zu of %zu, in <%s>, there is something that no "
		       "server writes. Copy it again.",
		       r->length - (size_t)(r->end - r->at) + 1, r->length, element);
}

/* Ended it where a word or text was not complete? */
static bool is_cut(const struct reader *r)
{
	return r->cut || r->at == r->end;
}

int slr_read(const char *in, size_t n, struct arena *a, struct slr_code *out, struct err *e)
{
	struct reader r = { .arena = a };
	AUTO_BUF clean = BUF_INIT;
	AUTO_BUF again = BUF_INIT;
	const char *wrong;

	*out = (struct slr_code){ 0 };
	if (n > INPUT_MAX)
		return no_code(e, "it has far more than 8192 characters");
	slr_unwrap(in, n, &clean);
	r.at = clean.data;
	r.end = clean.data + clean.n;
	r.length = clean.n;
	if (clean.n == 0)
		return no_code(e, "it is empty");
	if (clean.n > SLR_CODE_MAX)
		return no_code(e, "it has more than 8192 characters");
	if (!read_whole(&r, out)) {
		if (r.at == clean.data && !is_cut(&r))
			return no_code(e, "it does not begin like one");
		return is_cut(&r) ? cut(e, &r) : altered(e, &r, r.element);
	}
	if (r.at != r.end)
		return altered(e, &r, "specificPLR");
	wrong = code_wrong(out);
	slr_write(out, &again);
	if (wrong || again.n != clean.n || memcmp(again.data, clean.data, clean.n) != 0)
		return err_set(e, E_CODE_ALTERED, "The authorization code was altered%s%s. Copy it again.",
			       wrong ? ": no server writes this " : "", wrong ? wrong : "");
	return 0;
}

/* ---- signing ---- */

int slr_sign(struct slr_code *c, const struct cert *signer, const struct key *k, struct cert *const *chain, size_t chain_n,
	     int64_t at, struct arena *a, struct err *e)
{
	const char *wrong = code_wrong(c);
	AUTO_BUF bytes = BUF_INIT;
	AUTO_BUF der = BUF_INIT;
	AUTO_BUF whole = BUF_INIT;

	if (wrong)
		return err_field(e, E_INVALID_REQUEST, wrong, "The %s cannot stand in an authorization code.", wrong);
	if (slr_udi_check(&c->udi, e))
		return -1;
	slr_signed_bytes(c, &bytes);
	if (cms_sign(bytes.data, bytes.n, signer, k, chain, chain_n, at, &der, e))
		return -1;
	c->signature = arena_dup(a, der.data, der.n);
	c->signature_n = der.n;
	slr_write(c, &whole);
	if (whole.n > SLR_CODE_MAX)
		return err_set(e, E_CODE_TOO_LONG,
			       "The authorization code would have %zu characters, more than the %d that products take: it "
			       "has %zu entries, one for each kind of license and end. Reserve fewer kinds.",
			       whole.n, SLR_CODE_MAX, c->n);
	return 0;
}

int slr_verify(const struct slr_code *c, const struct cert *root, int64_t at, struct err *e)
{
	struct cms_verified by;
	struct err why = ERR_INIT;
	AUTO_BUF bytes = BUF_INIT;

	slr_signed_bytes(c, &bytes);
	/* The roles of section 2 that matter here: a signer issued by the root or by a CA directly below it. */
	if (cms_verify(bytes.data, bytes.n, c->signature, c->signature_n, root, at, &by, &why))
		return err_set(e, E_CODE_UNTRUSTED,
			       "The authorization code was altered, or does not come from a server of this licensing root: "
			       "%s",
			       why.text);
	cms_verified_fini(&by);
	return 0;
}
