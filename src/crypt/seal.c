#include "crypt/seal.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "crypt/b64.h"
#include "crypt/ossl.h"

#define VERSION 1
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define HEAD_SIZE (1 + NONCE_SIZE)

static int make_key_file(const char *path, struct err *e)
{
	struct seal_key k;
	char text[2 * SEAL_KEY_SIZE + 2];
	int rc;

	rand_bytes(k.bytes, sizeof(k.bytes));
	str_hex(text, k.bytes, sizeof(k.bytes));
	text[2 * SEAL_KEY_SIZE] = '\n';
	rc = file_write(path, 0600, text, 2 * SEAL_KEY_SIZE + 1, e);
	mem_cleanse(&k, sizeof(k));
	mem_cleanse(text, sizeof(text));
	return rc;
}

int seal_key_load(const char *path, int create, struct seal_key *out, struct err *e)
{
	struct buf text = BUF_INIT;
	struct stat st;
	int rc;

	if (stat(path, &st)) {
		if (errno != ENOENT || !create)
			return err_set(e, E_FILE_ERROR,
				       "The seal key %s cannot be read: %s. Without it the secrets in the "
				       "database cannot be opened.",
				       path, strerror(errno));
		if (make_key_file(path, e))
			return -1;
	} else if (st.st_mode & S_IRWXO) {
		return err_set(e, E_FILE_ERROR,
			       "The seal key %s is open to every user of this machine. Run chmod 600 on it.", path);
	}
	rc = file_read(path, 2 * SEAL_KEY_SIZE + 1, &text, e);
	if (rc == 0) {
		if (text.n == 2 * SEAL_KEY_SIZE + 1 && text.data[2 * SEAL_KEY_SIZE] == '\n')
			text.data[--text.n] = '\0';
		if (text.n != 2 * SEAL_KEY_SIZE || str_unhex(out->bytes, SEAL_KEY_SIZE, text.data))
			rc = err_set(e, E_FILE_ERROR, "The seal key %s is not 64 hex digits. Restore it from a backup.",
				     path);
	}
	buf_cleanse(&text);
	return rc;
}

/* The version and the place of the box are bound to it. */
static int add_context(EVP_CIPHER_CTX *ctx, const char *context)
{
	const unsigned char version = VERSION;
	int n;

	return EVP_CipherUpdate(ctx, NULL, &n, &version, 1) == 1 &&
			       EVP_CipherUpdate(ctx, NULL, &n, (const unsigned char *)context, (int)strlen(context)) == 1
		     ? 0
		     : -1;
}

void seal_close(const struct seal_key *k, const char *context, const void *p, size_t n, struct buf *out)
{
	AUTO_OSSL(EVP_CIPHER_CTX) *ctx = ossl_must(EVP_CIPHER_CTX_new());
	unsigned char *box;
	int used = 0, last = 0;

	if (n > INT_MAX / 2)
		abort();
	box = (unsigned char *)buf_room(out, HEAD_SIZE + n + TAG_SIZE);
	box[0] = VERSION;
	rand_bytes(box + 1, NONCE_SIZE);
	/* none of these fails with memory at hand */
	if (EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, k->bytes, box + 1, 1) != 1 || add_context(ctx, context) ||
	    (n && EVP_CipherUpdate(ctx, box + HEAD_SIZE, &used, p, (int)n) != 1) ||
	    EVP_CipherFinal_ex(ctx, box + HEAD_SIZE + used, &last) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, box + HEAD_SIZE + n) != 1)
		abort();
	out->n += HEAD_SIZE + n + TAG_SIZE;
	out->data[out->n] = '\0';
}

static int decrypt(const struct seal_key *k, const char *context, const unsigned char *box, size_t n, unsigned char *plain)
{
	AUTO_OSSL(EVP_CIPHER_CTX) *ctx = ossl_must(EVP_CIPHER_CTX_new());
	size_t body = n - HEAD_SIZE - TAG_SIZE;
	int used = 0, last = 0;

	if (EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, k->bytes, box + 1, 0) != 1 || add_context(ctx, context) ||
	    (body && EVP_CipherUpdate(ctx, plain, &used, box + HEAD_SIZE, (int)body) != 1) ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, (void *)(box + HEAD_SIZE + body)) != 1)
		return -1;
	return EVP_CipherFinal_ex(ctx, plain + used, &last) == 1 ? 0 : -1;
}

int seal_open(const struct seal_key *k, const char *context, const void *box, size_t n, struct buf *out, struct err *e)
{
	const unsigned char *b = box;
	unsigned char *plain;
	size_t body;

	if (n < HEAD_SIZE + TAG_SIZE || n > INT_MAX / 2 || b[0] != VERSION)
		return err_set(e, E_DATABASE_CORRUPT,
			       "A sealed secret (%s) is cut or of an unknown form. Restore the newest backup.", context);
	body = n - HEAD_SIZE - TAG_SIZE;
	plain = (unsigned char *)buf_room(out, body + 1);
	ossl_begin();
	if (decrypt(k, context, b, n, plain)) {
		ossl_begin();
		mem_cleanse(plain, body);
		*plain = '\0';
		return err_set(e, E_DATABASE_CORRUPT,
			       "A sealed secret (%s) cannot be opened: it was altered or the seal key is another. "
			       "Restore database and key from the same backup.",
			       context);
	}
	out->n += body;
	out->data[out->n] = '\0';
	return 0;
}

#define SALT_SIZE 16
#define HASH_SIZE 32

/* Cost of scrypt (RFC 7914): N = 2^log_n. */
struct cost {
	int64_t log_n, r, p;
};

static const struct cost standard = { 15, 8, 1 };

static int scrypt(const char *password, const void *salt, size_t salt_n, const struct cost *c, unsigned char out[HASH_SIZE])
{
	uint64_t n = UINT64_C(1) << c->log_n;
	uint64_t memory = 2 * 128 * n * (uint64_t)c->r; /* twice the need; OpenSSL's own limit is too low */

	ossl_begin();
	return EVP_PBE_scrypt(password, strlen(password), salt, salt_n, n, (uint64_t)c->r, (uint64_t)c->p, memory, out,
			      HASH_SIZE) == 1
		     ? 0
		     : -1;
}

int password_hash(const char *password, struct buf *out, struct err *e)
{
	unsigned char salt[SALT_SIZE], hash[HASH_SIZE];
	char reason[OSSL_REASON_SIZE];

	rand_bytes(salt, sizeof(salt));
	if (scrypt(password, salt, sizeof(salt), &standard, hash))
		return err_set(e, E_INTERNAL, "The password could not be hashed: %s.", ossl_reason(reason));
	buf_printf(out, "scrypt$%" PRId64 "$%" PRId64 "$%" PRId64 "$", standard.log_n, standard.r, standard.p);
	b64_encode(salt, sizeof(salt), out);
	buf_addc(out, '$');
	b64_encode(hash, sizeof(hash), out);
	return 0;
}

/* The next piece up to '$' or the end; NULL if there is none. */
static char *piece(char **rest)
{
	return *rest ? strsep(rest, "$") : NULL;
}

static int bounded(char **rest, int64_t max, int64_t *out)
{
	const char *text = piece(rest);

	return text ? str_int(text, 1, max, out) : -1;
}

static int bytes(char **rest, struct buf *out)
{
	const char *text = piece(rest);

	return text ? b64_decode(text, strlen(text), out) : -1;
}

int password_check(const char *password, const char *hash)
{
	AUTO_FREE char *copy = mem_strdup(hash);
	AUTO_BUF salt = BUF_INIT, want = BUF_INIT;
	char *rest = copy, *kind = piece(&rest);
	unsigned char got[HASH_SIZE];
	struct cost c;

	/* the text comes from the database: whatever stands there costs 128 MiB and seconds at most */
	if (kind == NULL || strcmp(kind, "scrypt") != 0 || bounded(&rest, 17, &c.log_n) || bounded(&rest, 8, &c.r) ||
	    bounded(&rest, 4, &c.p) || bytes(&rest, &salt) || bytes(&rest, &want) || rest || salt.n < 8 || salt.n > 64 ||
	    want.n != HASH_SIZE)
		return -1;
	if (scrypt(password, salt.data, salt.n, &c, got))
		return -1;
	return digest_equal(got, want.data, HASH_SIZE) ? 0 : -1;
}
