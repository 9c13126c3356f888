#include "agent/fetch.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypt/b64.h"
#include "crypt/digest.h"

#define CONNECT_TIMEOUT_S 10L
#define TOTAL_TIMEOUT_S 60L
#define LOW_SPEED_S 20L
#define URL_MAX 2048
#define HOSTS_MAX (1 << 20)
#define QUESTION_SIZE 640

/* Of a host key: SHA256: and 43 characters. */
#define FINGERPRINT_SIZE 64

struct visit {
	const struct fetch *f;
	CURL *curl;
	char *host, *user, *port; /* owned */
	char *own_hosts;          /* dir/known_hosts; owned */
	const char *hosts;        /* the file that is looked into now */
	char *home;               /* ~/.ssh, NULL if there is none; owned */
	bool asked;

	/* where the file goes */
	struct buf *out;
	size_t start, max;
	bool too_large;

	/* what was found about the host's key */
	enum { HOST_UNSEEN, HOST_KNOWN, HOST_MISSING, HOST_OTHER } host_key;
	char type[64], fingerprint[FINGERPRINT_SIZE];
	struct buf line; /* of known_hosts */
	char why[CURL_ERROR_SIZE];
};

static void visit_fini(struct visit *v)
{
	if (v->curl)
		curl_easy_cleanup(v->curl);
	free(v->host);
	free(v->user);
	free(v->port);
	free(v->own_hosts);
	free(v->home);
	buf_fini(&v->line);
}

/* ---- the address ---- */

static char *part(CURLU *u, CURLUPart which, unsigned flags)
{
	char *text = NULL, *copy;

	if (curl_url_get(u, which, &text, flags))
		return NULL;
	copy = mem_strdup(text);
	curl_free(text);
	return copy;
}

static int bad_url(struct err *e, const char *why)
{
	return err_set(e, E_USAGE, "The file cannot be fetched: %s. Give it as sftp://USER@HOST/PATH.", why);
}

static int check_url(struct visit *v, CURLU *u, struct err *e)
{
	AUTO_FREE char *scheme = part(u, CURLUPART_SCHEME, 0);
	AUTO_FREE char *password = part(u, CURLUPART_PASSWORD, 0);
	AUTO_FREE char *path = part(u, CURLUPART_PATH, 0);

	v->host = part(u, CURLUPART_HOST, 0);
	if (v->host && *v->host == '[') { /* IPv6 */
		memmove(v->host, v->host + 1, strlen(v->host));
		v->host[strcspn(v->host, "]")] = '\0';
	}
	v->user = part(u, CURLUPART_USER, CURLU_URLDECODE);
	v->port = part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	if (scheme == NULL || strcmp(scheme, "sftp"))
		return bad_url(e, "only sftp:// is taken");
	if (password) {
		mem_cleanse(password, strlen(password));
		return bad_url(e,
			       "a password does not belong into the address, where others could read it; it is asked for");
	}
	for (const char *c = v->user; c && *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return bad_url(e, "the user's name has a control character");
	if (v->host == NULL || *v->host == '\0' || v->port == NULL)
		return bad_url(e, "the address names no host");
	if (path == NULL || *path == '\0' || path[strlen(path) - 1] == '/')
		return bad_url(e, "the address names no file");
	return 0;
}

static int read_url(struct visit *v, struct err *e)
{
	const char *url = v->f->url;
	CURLU *u;
	int rc;

	if (strlen(url) > URL_MAX)
		return bad_url(e, "the address has more than 2048 characters");
	if (strncasecmp(url, "sftp://", 7))
		return bad_url(e, "only sftp:// is taken");
	u = curl_url();
	rc = u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK ? check_url(v, u, e)
								      : bad_url(e, "the address cannot be read");
	curl_url_cleanup(u);
	return rc;
}

/* ---- the host's key ---- */

/* Its kind is the first text in the key itself (RFC 4253 section 6.6). */
static void note_key(struct visit *v, const struct curl_khkey *key)
{
	const unsigned char *blob = (const unsigned char *)key->key;
	bool standard = strcmp(v->port, "22") == 0;
	unsigned char digest[SHA256_SIZE];
	AUTO_BUF text = BUF_INIT;
	size_t n = 0;

	buf_clear(&v->line);
	if (key->len > 4)
		n = (size_t)blob[0] << 24 | (size_t)blob[1] << 16 | (size_t)blob[2] << 8 | blob[3];
	if (n == 0 || n >= sizeof(v->type) || n > key->len - 4)
		return;
	memcpy(v->type, blob + 4, n);
	v->type[n] = '\0';
	digest_sha256(blob, key->len, digest);
	b64_encode(digest, sizeof(digest), &text);
	text.data[strcspn(text.data, "=")] = '\0';
	str_copy(v->fingerprint, sizeof(v->fingerprint), text.data);
	if (standard)
		buf_printf(&v->line, "%s %s ", v->host, v->type);
	else
		buf_printf(&v->line, "[%s]:%s %s ", v->host, v->port, v->type);
	b64_encode(blob, key->len, &v->line);
	buf_addc(&v->line, '\n');
}

static int on_key(CURL *curl, const struct curl_khkey *known, const struct curl_khkey *found, enum curl_khmatch match,
		  void *arg)
{
	struct visit *v = arg;

	(void)curl, (void)known;
	v->host_key = match == CURLKHMATCH_OK ? HOST_KNOWN : match == CURLKHMATCH_MISMATCH ? HOST_OTHER : HOST_MISSING;
	note_key(v, found);
	return match == CURLKHMATCH_OK ? CURLKHSTAT_FINE : CURLKHSTAT_REJECT;
}

static int no_trust(const struct visit *v, struct err *e)
{
	if (v->host_key == HOST_OTHER)
		return err_set(
			e, E_ANSWER_INVALID,
			"%.128s:%s shows another host key (%s SHA256:%s) than %.128s has for it. If the key was changed "
			"on purpose, correct that file; if not, somebody stands between.",
			v->host, v->port, v->type, v->fingerprint, v->hosts);
	return err_set(
		e, E_ANSWER_INVALID,
		"The host key of %.100s:%s is not known: %s SHA256:%s. Compare it with the server's own, then add it: "
		"ssh-keyscan -p %s %.60s >> %.100s",
		v->host, v->port, v->type, v->fingerprint, v->port, v->host, v->own_hosts);
}

/* Nobody but the person can say whether an unknown key is right. 0: it is, and is kept. */
static int ask_trust(struct visit *v, struct err *e)
{
	AUTO_FREE char *question = mem_printf("The host key of %.128s:%s is not known: %s SHA256:%s. Is it the right one "
					      "(yes/no)? ",
					      v->host, v->port, v->type, v->fingerprint);
	AUTO_BUF answer = BUF_INIT;
	AUTO_BUF file = BUF_INIT;

	if (v->line.n == 0 || v->f->ask == NULL || v->f->ask(v->f->ask_arg, question, false, &answer) || answer.n == 0 ||
	    strcasecmp(answer.data, "yes"))
		return no_trust(v, e);
	if (access(v->own_hosts, F_OK) == 0 && file_read(v->own_hosts, HOSTS_MAX, &file, e))
		return -1;
	if (file.n && file.data[file.n - 1] != '\n')
		buf_addc(&file, '\n');
	buf_add(&file, v->line.data, v->line.n);
	return file_write(v->own_hosts, 0600, file.data, file.n, e);
}

/* ---- the transfer ---- */

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
	struct visit *v = arg;

	n *= size;
	if (v->out->n - v->start + n > v->max) {
		v->too_large = true;
		return 0;
	}
	buf_add(v->out, data, n);
	return n;
}

#define SET(option, value) rc = rc ? rc : curl_easy_setopt(c, option, value)

static CURLcode transfer(struct visit *v, long auth, const char *key, const char *password)
{
	CURL *c = v->curl;
	CURLcode rc = CURLE_OK;

	curl_easy_reset(c);
	v->out->n = v->start;
	*v->why = '\0';
	v->host_key = HOST_UNSEEN;
	SET(CURLOPT_ERRORBUFFER, v->why);
	SET(CURLOPT_URL, v->f->url);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "sftp");
	SET(CURLOPT_PROXY, ""); /* never what the environment says */
	SET(CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	SET(CURLOPT_TIMEOUT, TOTAL_TIMEOUT_S);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, LOW_SPEED_S);
	SET(CURLOPT_FRESH_CONNECT, 1L);
	SET(CURLOPT_FORBID_REUSE, 1L);
	SET(CURLOPT_SSH_KNOWNHOSTS, v->hosts);
	SET(CURLOPT_SSH_KEYFUNCTION, on_key);
	SET(CURLOPT_SSH_KEYDATA, v);
	SET(CURLOPT_SSH_AUTH_TYPES, auth);
	SET(CURLOPT_USERNAME, v->user);
	SET(CURLOPT_SSH_PRIVATE_KEYFILE, key);
	SET(CURLOPT_PASSWORD, password ? password : "");
	SET(CURLOPT_WRITEFUNCTION, on_data);
	SET(CURLOPT_WRITEDATA, v);
	return rc ? rc : curl_easy_perform(c);
}
#undef SET

/* The same with each file of known hosts in turn, and if the key is in none, with the person's word. */
static int attempt(struct visit *v, long auth, const char *key, const char *password, CURLcode *rc, struct err *e)
{
	AUTO_FREE char *home = v->home ? mem_printf("%s/known_hosts", v->home) : NULL;

	*rc = transfer(v, auth, key, password);
	if (v->host_key == HOST_MISSING && home && v->hosts == v->own_hosts && access(home, R_OK) == 0) {
		v->hosts = home;
		*rc = transfer(v, auth, key, password);
		if (v->host_key == HOST_OTHER)
			return no_trust(v, e);
		v->hosts = v->own_hosts;
	}
	if (v->host_key == HOST_MISSING) {
		if (ask_trust(v, e))
			return -1;
		*rc = transfer(v, auth, key, password);
	}
	return v->host_key == HOST_MISSING || v->host_key == HOST_OTHER ? no_trust(v, e) : 0;
}

static int by_keys(struct visit *v, CURLcode *rc, struct err *e)
{
	static const char *const names[] = { "id_ed25519", "id_ecdsa", "id_rsa" };

	/* first without any, which no server takes: who is it? */
	if (attempt(v, CURLSSH_AUTH_NONE, NULL, NULL, rc, e))
		return -1;
	if (*rc == CURLE_LOGIN_DENIED && getenv("SSH_AUTH_SOCK") && attempt(v, CURLSSH_AUTH_AGENT, NULL, NULL, rc, e))
		return -1;
	for (size_t i = 0; i < 4 && *rc == CURLE_LOGIN_DENIED; i++) {
		AUTO_FREE char *key = i == 0 ? mem_printf("%s/ssh_key", v->f->dir)
					     : mem_printf("%s/%s", v->home ? v->home : v->f->dir, names[i - 1]);

		if (access(key, R_OK) == 0 && attempt(v, CURLSSH_AUTH_PUBLICKEY, key, NULL, rc, e))
			return -1;
	}
	return 0;
}

static int by_password(struct visit *v, CURLcode *rc, struct err *e)
{
	AUTO_FREE char *question = mem_printf("Password of %s at %s: ", v->user, v->host);
	AUTO_BUF password = BUF_INIT;
	int result = 0;

	if (v->f->ask && v->f->ask(v->f->ask_arg, question, true, &password) == 0) {
		v->asked = true;
		result = attempt(v, CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD, NULL, password.n ? password.data : "",
				 rc, e);
	}
	buf_cleanse(&password);
	return result;
}

static int ask_user(struct visit *v, struct err *e)
{
	AUTO_FREE char *question = mem_printf("User at %s: ", v->host);
	AUTO_BUF answer = BUF_INIT;

	if (v->user)
		return 0;
	if (v->f->ask == NULL || v->f->ask(v->f->ask_arg, question, false, &answer) || answer.n == 0)
		return bad_url(e, "the address names no user");
	v->user = mem_strdup(answer.data);
	return 0;
}

static int result_of(const struct visit *v, CURLcode rc, struct err *e)
{
	const char *why = *v->why ? v->why : curl_easy_strerror(rc);

	if (v->too_large)
		return err_set(
			e, E_CODE_TOO_LONG,
			"%.300s has more than %zu bytes, more than an authorization code can have. Is it the right file?",
			v->f->url, v->max);
	switch (rc) {
	case CURLE_OK:
		return 0;
	case CURLE_LOGIN_DENIED:
		if (v->asked)
			return err_set(e, E_LOGIN_REQUIRED, "%.128s:%s does not let '%.64s' in with this password.",
				       v->host, v->port, v->user);
		return err_set(
			e, E_LOGIN_REQUIRED,
			"%.128s:%s does not let '%.64s' in with a key of this product, and nobody is here to be asked for "
			"a password. Put a private key into %.128s/ssh_key, or use a terminal.",
			v->host, v->port, v->user, v->f->dir);
	case CURLE_REMOTE_FILE_NOT_FOUND:
	case CURLE_REMOTE_ACCESS_DENIED:
		return err_set(e, E_FILE_ERROR, "%.300s cannot be read: %s.", v->f->url,
			       rc == CURLE_REMOTE_FILE_NOT_FOUND ? "there is no such file" : "access is denied");
	case CURLE_SSH:
		return err_set(e, E_FILE_ERROR, "%.300s cannot be read: %.128s.", v->f->url, why);
	default:
		return err_set(e, E_CONNECT_FAILED,
			       "%.128s:%s cannot be reached by SFTP: %.200s. Is it up, and is its port "
			       "right?",
			       v->host, v->port, why);
	}
}

static int visit(struct visit *v, struct err *e)
{
	const char *home = getenv("HOME");
	CURLcode rc;

	if (read_url(v, e) || ask_user(v, e))
		return -1;
	v->own_hosts = mem_printf("%s/known_hosts", v->f->dir);
	v->home = home && *home == '/' ? mem_printf("%s/.ssh", home) : NULL;
	v->hosts = v->own_hosts;
	v->curl = curl_easy_init();
	if (v->curl == NULL)
		return err_set(e, E_INTERNAL, "The SFTP library cannot be set up: no memory.");
	if (by_keys(v, &rc, e) || (rc == CURLE_LOGIN_DENIED && by_password(v, &rc, e)))
		return -1;
	return result_of(v, rc, e);
}

int fetch_sftp(const struct fetch *f, size_t max, struct buf *out, struct err *e)
{
	struct visit v = { .f = f, .out = out, .start = out->n, .max = max };
	int rc = visit(&v, e);

	visit_fini(&v);
	return rc;
}
