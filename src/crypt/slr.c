#include "crypt/slr.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/str.h"
#include "crypt/digest.h"
#include "crypt/slr_text.h"

#define NONCE_MAX 32
#define REQUEST_MAX 512

/* ---- texts ---- */

bool slr_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void slr_unwrap(const char *text, size_t n, struct buf *out)
{
	while (n && slr_is_space(*text))
		text++, n--;
	while (n && slr_is_space(text[n - 1]))
		n--;
	for (size_t i = 0; i < n; i++)
		if (text[i] != '\r' && text[i] != '\n')
			buf_addc(out, text[i]);
	buf_add(out, "", 0); /* a NUL, whatever there was */
}

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool slr_name_fits(const char *s, size_t n)
{
	if (n == 0 || n > SLR_NAME_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || strchr(",:<>&\"'", s[i]))
			return false;
	return true;
}

bool slr_uuid_fits(const char *s, size_t n)
{
	if (n != 36)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : !((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
			return false;
	}
	return true;
}

/* ---- who a code is for ---- */

void slr_udi_write(const struct slr_udi *udi, struct buf *out)
{
	buf_printf(out, "P:%s,S:%s", udi->pid, udi->serial);
	if (*udi->uuid)
		buf_printf(out, ",U:%s", udi->uuid);
}

int slr_udi_check(const struct slr_udi *udi, struct err *e)
{
	static const char rule[] = "1 to 128 printable ASCII characters without space and , : < > & \" '";

	if (!slr_name_fits(udi->pid, strlen(udi->pid)))
		return err_field(e, E_INVALID_REQUEST, "pid", "A reservation cannot name the product ID '%.40s': use %s.",
				 udi->pid, rule);
	if (!slr_name_fits(udi->serial, strlen(udi->serial)))
		return err_field(e, E_INVALID_REQUEST, "serial",
				 "A reservation cannot name the serial number '%.40s': use %s.", udi->serial, rule);
	if (*udi->uuid && !slr_uuid_fits(udi->uuid, strlen(udi->uuid)))
		return err_field(e, E_INVALID_REQUEST, "uuid",
				 "A reservation cannot name the UUID '%.40s': use lower-case hex digits with dashes.",
				 udi->uuid);
	return 0;
}

/* ---- reservation request ---- */

/* CRC-8, polynomial 07, from 00. */
static unsigned crc8(const char *p, size_t n)
{
	unsigned crc = 0;

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 0x80 ? (crc << 1 ^ 0x07) & 0xff : crc << 1;
	}
	return crc;
}

void slr_request_write(const struct slr_request *r, struct buf *out)
{
	size_t from = out->n;

	if (*r->nonce == '\0') {
		slr_udi_write(&r->udi, out);
		return;
	}
	buf_printf(out, "CB-Z%s:%s-%s-", r->udi.pid, r->udi.serial, r->nonce);
	buf_printf(out, "%02x", crc8(out->data + from, out->n - from));
}

static int no_request(struct err *e, const char *why)
{
	return err_set(e, E_CODE_INVALID,
		       "This is not a reservation request code: %s. It looks like P:UCM,S:SERIAL,U:UUID or "
		       "CB-ZPID:SERIAL-NONCE-86; copy all of what the product shows.",
		       why);
}

/* `U:` with or without dashes, as some products show their UUID. */
static const char *read_uuid(const char *text, struct arena *a)
{
	char plain[33];

	if (str_uuid_plain(plain, text))
		return NULL;
	return arena_printf(a, "%.8s-%.4s-%.4s-%.4s-%.12s", plain, plain + 8, plain + 12, plain + 16, plain + 20);
}

static int read_ucm(const char *text, struct arena *a, struct slr_request *out, struct err *e)
{
	const char *serial = strstr(text, ",S:"), *uuid = serial ? strstr(serial + 3, ",U:") : NULL;

	if (serial == NULL || !slr_name_fits(text + 2, (size_t)(serial - text) - 2))
		return no_request(e, "the product ID after 'P:' and its end ',S:' are not as they must be");
	if (uuid == NULL || !slr_name_fits(serial + 3, (size_t)(uuid - serial) - 3))
		return no_request(e, "the serial number after ',S:' and its end ',U:' are not as they must be");
	out->udi.pid = arena_dup(a, text + 2, (size_t)(serial - text) - 2);
	out->udi.serial = arena_dup(a, serial + 3, (size_t)(uuid - serial) - 3);
	out->udi.uuid = read_uuid(uuid + 3, a);
	out->nonce = "";
	return out->udi.uuid ? 0 : no_request(e, "after ',U:' there must be the 32 hex digits of a UUID");
}

static bool is_nonce(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_alphanumeric(s[i]))
			return false;
	return n > 0 && n <= NONCE_MAX;
}

/* From the right: serial numbers may have dashes, nonces have none. */
static int read_other(const char *text, size_t n, struct arena *a, struct slr_request *out, struct err *e)
{
	const char *pid = text + 4, *colon = strchr(pid, ':'), *serial = colon ? colon + 1 : NULL, *crc, *nonce;

	if (colon == NULL || !slr_name_fits(pid, (size_t)(colon - pid)))
		return no_request(e, "the product ID after '-Z' and its end ':' are not as they must be");
	crc = n >= 3 ? text + n - 3 : text;
	if (crc < serial || crc[0] != '-' || !isxdigit((unsigned char)crc[1]) || !isxdigit((unsigned char)crc[2]))
		return no_request(e, "it must end with '-' and 2 hex digits");
	for (nonce = crc; nonce > serial && nonce[-1] != '-';)
		nonce--;
	if (nonce == serial || !is_nonce(nonce, (size_t)(crc - nonce)))
		return no_request(e, "before the last 3 characters there must be '-' and up to 32 letters and digits");
	if (!slr_name_fits(serial, (size_t)(nonce - serial) - 1))
		return no_request(e, "the serial number after ':' is not as it must be");
	out->udi.pid = arena_dup(a, pid, (size_t)(colon - pid));
	out->udi.serial = arena_dup(a, serial, (size_t)(nonce - serial) - 1);
	out->udi.uuid = "";
	out->nonce = arena_dup(a, nonce, (size_t)(crc - nonce));
	return 0;
}

int slr_request_read(const char *text, size_t n, struct arena *a, struct slr_request *out, struct err *e)
{
	AUTO_BUF clean = BUF_INIT;

	if (n > REQUEST_MAX)
		return no_request(e, "it has more than 512 characters");
	slr_unwrap(text, n, &clean);
	if (strlen(clean.data) != clean.n)
		return no_request(e, "there is a NUL character in it");
	if (str_prefix(clean.data, "P:"))
		return read_ucm(clean.data, a, out, e);
	if (clean.n > 4 && isupper((unsigned char)clean.data[0]) && isupper((unsigned char)clean.data[1]) &&
	    str_prefix(clean.data + 2, "-Z"))
		return read_other(clean.data, clean.n, a, out, e);
	return no_request(e, clean.n ? "it begins with neither 'P:' nor two capital letters and '-Z'" : "it is empty");
}

/* ---- confirmation ---- */

char *slr_confirmation(const struct slr_code *c, char out[SLR_CONFIRMATION_SIZE])
{
	unsigned char hash[SHA256_SIZE];
	AUTO_BUF bytes = BUF_INIT;

	slr_signed_bytes(c, &bytes);
	digest_sha256(bytes.data, bytes.n, hash);
	return str_hex(out, hash, 4);
}

int slr_confirmation_read(const char *text, size_t n, char out[SLR_CONFIRMATION_SIZE], struct err *e)
{
	size_t got = 0;

	for (size_t i = 0; i < n; i++) {
		if (slr_is_space(text[i]))
			continue;
		if (got == 8)
			return err_set(e, E_CODE_INVALID, "A confirmation code has 8 hex digits; there are more.");
		if (!isxdigit((unsigned char)text[i]))
			return err_set(e, E_CODE_INVALID,
				       "A confirmation code has 8 hex digits (0-9, a-f); character %zu is none.", got + 1);
		out[got++] = (char)tolower((unsigned char)text[i]);
	}
	out[got] = '\0';
	if (got < 8)
		return err_set(e, E_CODE_INVALID, "A confirmation code has 8 hex digits; there are only %zu.", got);
	return 0;
}

/* ---- return ---- */

#define DIGITS 48 /* of base 62 */
#define GROUP 6
static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Big-endian number in place: the quotient stays, the remainder is returned. */
static unsigned divide(unsigned char *number, size_t n, unsigned by)
{
	unsigned rest = 0;

	for (size_t i = 0; i < n; i++) {
		rest = rest << 8 | number[i];
		number[i] = (unsigned char)(rest / by);
		rest %= by;
	}
	return rest;
}

/* number = number * by + plus; -1 if it has no room. */
static int multiply(unsigned char *number, size_t n, unsigned by, unsigned plus)
{
	while (n-- > 0) {
		plus += number[n] * by;
		number[n] = (unsigned char)plus;
		plus >>= 8;
	}
	return plus ? -1 : 0;
}

static void join_groups(const char digits[DIGITS], char out[SLR_RETURN_SIZE])
{
	char *at = out;

	for (size_t i = 0; i < DIGITS; i++) {
		if (i && i % GROUP == 0)
			*at++ = '-';
		*at++ = digits[i];
	}
	*at = '\0';
}

char *slr_return(const struct slr_code *c, char out[SLR_RETURN_SIZE])
{
	unsigned char hash[SHA256_SIZE];
	AUTO_BUF bytes = BUF_INIT;
	char digits[DIGITS];

	buf_adds(&bytes, "return");
	slr_signed_bytes(c, &bytes);
	digest_sha256(bytes.data, bytes.n, hash);
	for (size_t i = DIGITS; i-- > 0;)
		digits[i] = alphabet[divide(hash, sizeof(hash), 62)];
	join_groups(digits, out);
	return out;
}

int slr_return_read(const char *text, size_t n, char out[SLR_RETURN_SIZE], struct err *e)
{
	unsigned char number[SHA256_SIZE] = { 0 };
	size_t got = 0, in_group = 0;
	char digits[DIGITS];

	for (size_t i = 0; i < n; i++) {
		if (slr_is_space(text[i]))
			continue;
		if (text[i] == '-' && in_group == GROUP && got < DIGITS) {
			in_group = 0;
			continue;
		}
		if (in_group == GROUP || got == DIGITS || !is_alphanumeric(text[i]))
			return err_set(e, E_CODE_INVALID,
				       "A return code has 8 groups of 6 letters and digits, joined by '-'; in group %zu "
				       "there is something else.",
				       (got ? got - 1 : 0) / GROUP + 1);
		digits[got++] = text[i];
		in_group++;
	}
	if (got < DIGITS)
		return err_set(
			e, E_CODE_INVALID,
			"A return code has 8 groups of 6 letters and digits, joined by '-'; here are %zu of 48 characters.",
			got);
	for (size_t i = 0; i < DIGITS; i++)
		if (multiply(number, sizeof(number), 62, (unsigned)(strchr(alphabet, digits[i]) - alphabet)))
			return err_set(e, E_CODE_INVALID,
				       "No return code begins like this: there is a typing error in its first groups.");
	join_groups(digits, out);
	return 0;
}
