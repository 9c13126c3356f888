#include "sync/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "lic/site.h"
#include "sync/place.h"
#include "sync/trouble.h"

#define CONNECT_TIMEOUT_S 30L
#define STALL_MS (2 * MINUTE_MS) /* while it connects, sends or receives */
#define WAIT_MS (15 * MINUTE_MS) /* while the manager works: it applies a large file before it says anything */
#define KEEPALIVE_S 60L
#define KEPT_MAX 65536 /* of an answer that is no file */

struct post {
	struct work *work;
	const struct client_peer *peer;
	const struct client_file *file;
	struct running *run;
	CURL *curl;

	int64_t sent;
	enum running_stage stage;
	curl_off_t moved_bytes; /* up and down when something last moved, and when that was */
	int64_t moved_at;

	int answer; /* -1 until it is known to be a file */
	int64_t received;
	struct buf kept; /* the beginning of what is no file */
	bool too_large, stopped, stalled;
	struct err error; /* of the local side */
};

/* ---- what the library calls ---- */

static size_t on_read(char *to, size_t size, size_t n, void *arg)
{
	struct post *p = arg;
	ssize_t got;

	n *= size;
	if ((int64_t)n > p->file->bytes - p->sent)
		n = (size_t)(p->file->bytes - p->sent);
	if (n == 0)
		return 0;
	do
		got = pread(p->file->fd, to, n, (off_t)p->sent);
	while (got < 0 && errno == EINTR);
	if (got <= 0) {
		err_set(&p->error, E_FILE_ERROR, "The file for the cloud manager cannot be read: %s.",
			got < 0 ? strerror(errno) : "it became shorter");
		return CURL_READFUNC_ABORT;
	}
	p->sent += got;
	return (size_t)got;
}

/* The library begins again where a connection that was kept turned out to be closed. */
static int on_seek(void *arg, curl_off_t offset, int origin)
{
	struct post *p = arg;

	if (origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	p->sent = offset;
	return CURL_SEEKFUNC_OK;
}

/* 200 and the type of these files: what it holds is for the import to judge. */
static bool is_file(CURL *curl)
{
	static const char type[] = "application/gzip";
	const char *given = NULL;
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &given);
	return status == 200 && given && strncasecmp(given, type, strlen(type)) == 0 &&
	       strchr("; \t", given[strlen(type)]) != NULL; /* or its end */
}

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
	struct post *p = arg;

	n *= size;
	if (p->answer < 0 && !is_file(p->curl)) {
		/* The rest of a page is read to its end, so that the connection closes in order, up to a limit. */
		p->received += (int64_t)n;
		if (p->kept.n < KEPT_MAX)
			buf_add(&p->kept, data, n < KEPT_MAX - p->kept.n ? n : KEPT_MAX - p->kept.n);
		return p->received <= 16 * KEPT_MAX ? n : 0;
	}
	p->too_large = (int64_t)n > p->file->answer_max - p->received;
	if (p->too_large || (p->answer < 0 && file_temporary(p->work->site->spool_dir, &p->answer, &p->error)) ||
	    file_append(p->answer, data, n, &p->error))
		return 0;
	p->received += (int64_t)n;
	return n;
}

/* Connecting, sending, waiting, receiving: whichever it is now. */
static enum running_stage stage_now(const struct post *p, curl_off_t down)
{
	curl_off_t ready = 0;

	if (down > 0 || p->received)
		return STAGE_RECEIVE;
	curl_easy_getinfo(p->curl, CURLINFO_PRETRANSFER_TIME_T, &ready);
	if (ready == 0)
		return STAGE_CONNECT;
	return p->sent < p->file->bytes ? STAGE_SEND : STAGE_WAIT;
}

static void tell(struct post *p, enum running_stage stage, curl_off_t up, curl_off_t down, curl_off_t down_total)
{
	p->stage = stage;
	if (p->run == NULL)
		return;
	sync_running_stage(p->run, stage);
	if (stage == STAGE_SEND)
		sync_running_bytes(p->run, up, p->file->bytes);
	else if (stage == STAGE_RECEIVE)
		sync_running_bytes(p->run, down, down_total);
}

/* About once a second, and whenever something moved. */
static int on_progress(void *arg, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
	struct post *p = arg;
	enum running_stage stage = stage_now(p, down);
	int64_t now = clock_mono();

	(void)up_total;
	if (up + down != p->moved_bytes || stage != p->stage) {
		p->moved_bytes = up + down;
		p->moved_at = now;
	}
	tell(p, stage, up, down, down_total);
	p->stopped = p->work->stopping && p->work->stopping(p->work);
	p->stalled = now - p->moved_at > (stage == STAGE_WAIT ? WAIT_MS : STALL_MS);
	return p->stopped || p->stalled;
}

/* ---- what it is told ---- */

#define SET(option, value) rc = rc ? rc : curl_easy_setopt(c, option, value)

static CURLcode set_trust(CURL *c, const struct client_peer *peer)
{
	/* The row that holds it stays until the transfer is over. */
	struct curl_blob ca = { .data = (void *)(uintptr_t)peer->ca_pem, .len = strlen(peer->ca_pem) };
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CERTINFO, 1L);
	SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	if (*peer->ca_pem) {
		SET(CURLOPT_CAINFO_BLOB, &ca);
		SET(CURLOPT_CAPATH, NULL);
		SET(CURLOPT_PROXY_CAINFO_BLOB, &ca);
		SET(CURLOPT_PROXY_CAPATH, NULL);
	}
	return rc;
}

static CURLcode set_way(CURL *c, const struct client_peer *peer, const char *url)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_PROXY, peer->proxy); /* "" also says: never what the environment says */
	SET(CURLOPT_NOPROXY, "");
	if (*peer->proxy == '\0')
		return rc;
	SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (*peer->proxy_user) {
		SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_ANY);
		SET(CURLOPT_PROXYUSERNAME, peer->proxy_user);
		SET(CURLOPT_PROXYPASSWORD, peer->proxy_password);
	}
	return rc;
}

static CURLcode set_transfer(CURL *c, struct post *p, const struct curl_slist *headers, char *why)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_ERRORBUFFER, why);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L); /* a name server that does not answer is not waited for at the end */
	SET(CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	SET(CURLOPT_TCP_KEEPALIVE, 1L); /* a manager that is gone is noticed while it is waited for */
	SET(CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S);
	SET(CURLOPT_TCP_KEEPINTVL, KEEPALIVE_S);
	SET(CURLOPT_USERAGENT, "license-satellite");
	SET(CURLOPT_HTTPHEADER, headers);
	SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* none of them is for the proxy */
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->file->bytes);
	SET(CURLOPT_READFUNCTION, on_read);
	SET(CURLOPT_READDATA, p);
	SET(CURLOPT_SEEKFUNCTION, on_seek);
	SET(CURLOPT_SEEKDATA, p);
	SET(CURLOPT_WRITEFUNCTION, on_data);
	SET(CURLOPT_WRITEDATA, p);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, p);
	return rc;
}
#undef SET

static struct curl_slist *make_headers(struct arena *a, const char *bearer)
{
	struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/gzip");

	list = list ? curl_slist_append(list, "Accept: application/gzip, application/json") : NULL;
	list = list ? curl_slist_append(list, "Expect:") : NULL;
	if (list && bearer)
		list = curl_slist_append(list, arena_printf(a, "Authorization: Bearer %s", bearer));
	return list;
}

/* ---- what came of it ---- */

static int gather(struct post *p, CURLcode rc, const char *why, struct err *e)
{
	struct arena *a = p->work->arena;
	const struct trouble t = { .arena = a,
				   .curl = p->curl,
				   .place = place_text(a, p->peer->url),
				   .proxy = *p->peer->proxy ? place_text(a, p->peer->proxy) : NULL,
				   .user = p->peer->proxy_user,
				   .why = why,
				   .own_ca = *p->peer->ca_pem != '\0',
				   .stage = p->stage,
				   .stalled_s = p->stalled ? (int)((clock_mono() - p->moved_at) / SECOND_MS) : 0,
				   .answer = p->kept.data ? p->kept.data : "",
				   .answer_n = p->kept.n };

	if (p->stopped)
		return err_set(e, E_CANCELLED, NULL);
	if (p->error.code) {
		*e = p->error;
		return -1;
	}
	if (p->too_large)
		return err_set(e, E_ANSWER_INVALID,
			       "The answer of %.200s is larger than %" PRId64
			       " bytes. Nothing was changed. Check that this is the cloud manager's address.",
			       t.place, p->file->answer_max);
	/* An answer that says no may come before the whole file was sent; then the rest fails. */
	if (rc && !(p->kept.n && p->answer < 0))
		return trouble_transfer(&t, rc, e);
	if (p->answer < 0)
		return trouble_answer(&t, e);
	if (lseek(p->answer, 0, SEEK_SET) < 0)
		return err_set(e, E_FILE_ERROR, "A temporary file cannot be read: %s.", strerror(errno));
	return 0;
}

int sync_post(struct work *w, const struct client_peer *peer, const struct client_file *file, struct running *run,
	      int *answer, struct err *e)
{
	struct post p = { .work = w, .peer = peer, .file = file, .run = run, .answer = -1, .moved_at = clock_mono() };
	const char *url = arena_printf(w->arena, "%s%s", peer->url, file->path);
	struct curl_slist *headers = make_headers(w->arena, file->bearer);
	char why[CURL_ERROR_SIZE] = "";
	CURLcode rc = CURLE_FAILED_INIT;
	int result;

	p.curl = curl_easy_init();
	if (p.curl == NULL || headers == NULL || set_trust(p.curl, peer) || set_way(p.curl, peer, url) ||
	    set_transfer(p.curl, &p, headers, why)) {
		result = err_set(e, E_INTERNAL, "The HTTPS library cannot be set up: %.200s.", *why ? why : "no memory");
	} else {
		rc = curl_easy_perform(p.curl);
		result = gather(&p, rc, *why ? why : curl_easy_strerror(rc), e);
	}
	if (result && p.answer >= 0)
		close(p.answer);
	*answer = result ? -1 : p.answer;
	buf_fini(&p.kept);
	curl_easy_cleanup(p.curl);
	curl_slist_free_all(headers);
	return result;
}
