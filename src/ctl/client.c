#include "ctl/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#define BASE "http://localhost/api/v1"
#define CONNECT_TIMEOUT_S 10L
#define CALL_TIMEOUT_S 60L
#define PIECE (64L << 10) /* of a file, to and from the library */
#define SILENCE_S 600L    /* of a server that is at work on a file */

struct client {
	char *socket_path;
	CURL *curl;
	json_t *error; /* owned */
	char error_name[64];
};

struct call {
	const char *method, *path;
	const char *type; /* of the body; NULL: none */
	const char *body;
	size_t body_n;
	struct upload *upload; /* the body instead; NULL: none */
	struct file_new *to;   /* takes an answer that is neither JSON nor an error; NULL: none */
	bool patient;          /* takes its time as long as anything moves */
	size_t max;            /* of the answer in memory */
};

/* A file that is read while it is sent. */
struct upload {
	const char *name;
	int fd;
	int64_t left;
	struct err err;
};

struct answer {
	struct client *client;
	const struct call *call;
	struct buf bytes;
	int64_t filed; /* bytes in call->to */
	bool too_large;
	struct err err; /* of writing the file */
	long http;
	bool json, lines; /* says its content type */
};

int client_open(const char *socket_path, struct client **out, struct err *e)
{
	struct client *c;

	if (strlen(socket_path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return err_set(e, E_CONNECT_FAILED,
			       "%s: the path of a socket has at most %zu bytes. Name a shorter one with -s.", socket_path,
			       sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1);
	c = mem_alloc(sizeof(*c));
	c->socket_path = mem_strdup(socket_path);
	c->curl = curl_easy_init();
	if (c->curl == NULL)
		abort(); /* out of memory */
	*out = c;
	return 0;
}

void client_close(struct client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	json_decref(c->error);
	free(c->socket_path);
	free(c);
}

static void encode(const char *s, struct buf *out)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~";
	bool dots = strcmp(s, ".") == 0 || strcmp(s, "..") == 0;

	for (; *s; s++) {
		if (strchr(plain, *s) || (*s == '.' && !dots))
			buf_addc(out, *s);
		else
			buf_printf(out, "%%%02X", (unsigned char)*s);
	}
}

char *client_path_of(const char *pattern, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;
	size_t n;

	va_start(ap, pattern);
	for (const char *p = pattern; *p; p++) {
		const char *arg;

		if (p[0] != '{' || p[1] != '}') {
			buf_addc(&b, *p);
			continue;
		}
		arg = va_arg(ap, const char *);
		if (arg == NULL)
			abort(); /* fewer arguments than {} */
		encode(arg, &b);
		p++;
	}
	va_end(ap);
	return buf_steal(&b, &n);
}

/* curl tells only that it could not connect; asking again tells why. */
static int why_unreachable(const char *path, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error;

	if (fd < 0)
		return client_unreachable(path, errno, e);
	memcpy(to.sun_path, path, strlen(path) + 1);
	error = connect(fd, (struct sockaddr *)&to, sizeof(to)) ? errno : EAGAIN;
	close(fd);
	return client_unreachable(path, error, e);
}

static int timed_out(const struct client *c, const struct call *call, struct err *e)
{
	static const char then[] = "It may still be at work: look at what it holds before you repeat the command.";

	if (call->patient)
		return err_set(e, E_CONNECT_FAILED,
			       "Nothing came from the server at %s, nor went there, for %ld minutes. %s", c->socket_path,
			       SILENCE_S / 60, then);
	return err_set(e, E_CONNECT_FAILED, "The server at %s did not answer within %ld s. %s", c->socket_path,
		       CALL_TIMEOUT_S, then);
}

static int failed(const struct client *c, const struct call *call, CURLcode rc, const struct answer *a, struct err *e)
{
	if (a->too_large)
		return err_set(e, E_ANSWER_INVALID, "The answer to %s is larger than %zu MiB.", call->path,
			       call->max >> 20);
	if (call->upload && call->upload->err.code)
		return *e = call->upload->err, -1;
	if (a->err.code)
		return *e = a->err, -1;
	if (rc == CURLE_COULDNT_CONNECT)
		return why_unreachable(c->socket_path, e);
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return timed_out(c, call, e);
	if (rc == CURLE_GOT_NOTHING || rc == CURLE_RECV_ERROR || rc == CURLE_SEND_ERROR || rc == CURLE_PARTIAL_FILE)
		return err_set(
			e, E_CONNECT_FAILED,
			"The server at %s closed the connection in the middle (%s). Is it stopping? Look at what it holds before "
			"you repeat the command.",
			c->socket_path, curl_easy_strerror(rc));
	return err_set(e, E_ANSWER_INVALID, "What answers at %s does not speak HTTP as a license server does: %s.",
		       c->socket_path, curl_easy_strerror(rc));
}

/* The status and the type, once the head of the answer is there. */
static void read_head(struct answer *a)
{
	CURL *h = a->client->curl;
	const char *type = NULL;

	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &a->http);
	if (curl_easy_getinfo(h, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK || type == NULL)
		type = "";
	a->json = str_prefix(type, "application/json");
	a->lines = str_prefix(type, "application/x-ndjson");
}

static bool is_file(const struct answer *a)
{
	return a->call->to && !a->json && a->http >= 200 && a->http < 300;
}

static size_t take(char *p, size_t size, size_t n, void *to)
{
	struct answer *a = to;

	n *= size;
	read_head(a);
	if (is_file(a)) {
		if (file_new_add(a->call->to, p, n, &a->err))
			return 0;
		a->filed += (int64_t)n;
		return n;
	}
	if (a->bytes.n + n > a->call->max) {
		a->too_large = true;
		return 0;
	}
	buf_add(&a->bytes, p, n);
	return n;
}

static size_t give(char *p, size_t size, size_t n, void *from)
{
	struct upload *u = from;
	ssize_t got;

	n *= size;
	if ((int64_t)n > u->left)
		n = (size_t)u->left;
	do
		got = read(u->fd, p, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		err_set(&u->err, E_FILE_ERROR, "Cannot read %s: %s.", u->name, strerror(errno));
	else if (got == 0 && n)
		err_set(&u->err, E_FILE_ERROR, "%s became shorter while it was sent. Try again when nobody changes it.",
			u->name);
	if (u->err.code)
		return CURL_READFUNC_ABORT;
	u->left -= got;
	return (size_t)got;
}

static void set_body(CURL *h, const struct call *call)
{
	curl_easy_setopt(h, CURLOPT_POST, 1L);
	if (call->upload) {
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->upload->left);
		curl_easy_setopt(h, CURLOPT_READFUNCTION, give);
		curl_easy_setopt(h, CURLOPT_READDATA, call->upload);
		curl_easy_setopt(h, CURLOPT_UPLOAD_BUFFERSIZE, PIECE);
	} else {
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_n);
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, call->body ? call->body : "");
	}
}

static void set_patience(CURL *h, const struct call *call)
{
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	if (call->patient) {
		curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, SILENCE_S);
	} else {
		curl_easy_setopt(h, CURLOPT_TIMEOUT, CALL_TIMEOUT_S);
	}
}

static int perform(struct client *c, const struct call *call, struct answer *a, struct err *e)
{
	AUTO_FREE char *url = mem_printf("%s%s", BASE, call->path);
	AUTO_FREE char *type = mem_printf("Content-Type: %s", call->type ? call->type : "");
	struct curl_slist *headers = NULL;
	CURL *h = c->curl;
	CURLcode rc;

	a->client = c;
	a->call = call;
	headers = curl_slist_append(headers, call->type ? type : "Content-Type:");
	headers = curl_slist_append(headers, "Expect:"); /* no round trip before a file */
	curl_easy_reset(h);
	curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, c->socket_path);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h, CURLOPT_USERAGENT, "satellitectl");
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(h, CURLOPT_BUFFERSIZE, PIECE);
	set_patience(h, call);
	if (strcmp(call->method, "POST") == 0)
		set_body(h, call);
	rc = curl_easy_perform(h);
	read_head(a);
	curl_slist_free_all(headers);
	return rc == CURLE_OK ? 0 : failed(c, call, rc, a, e);
}

int client_refused(const json_t *answer, char name[64], struct err *e)
{
	const char *given = json_string_value(json_object_get(json_object_get(answer, "error"), "name"));
	const char *field = json_string_value(json_object_get(json_object_get(answer, "error"), "field"));
	const char *text = json_string_value(json_object_get(answer, "statusMessage"));
	enum err_code code = given ? err_by_name(given) : E_NONE;

	err_field(e, code ? code : E_SERVER_FAILED, field, NULL);
	if (text && *text)
		str_copy(e->text, sizeof(e->text), text);
	str_copy(name, 64, given && *given ? given : err_name(e->code));
	return -1;
}

/* Of an answer with status ERROR the part that says why: itself, or the first of its results that failed. */
static const json_t *reason(const json_t *answer)
{
	static const char *const lists[] = { "results", "tokens" };

	if (json_object_get(answer, "error"))
		return answer;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		const json_t *list = json_object_get(answer, lists[i]), *one;
		size_t at;

		json_array_foreach (list, at, one) {
			const char *status = json_string_value(json_object_get(one, "status"));

			if (status && strcmp(status, "ERROR") == 0)
				return one;
		}
	}
	return answer;
}

/* Reads bytes as an answer with a status; status ERROR and HTTP errors are refusals. */
static int read_answer(struct client *c, const struct call *call, const struct answer *a, json_t **out, struct err *e)
{
	struct err why = ERR_INIT;
	json_t *v = NULL;
	const char *status;

	if (a->bytes.n == 0)
		return err_set(e, E_ANSWER_INVALID, "The server answered %s %s with HTTP status %ld and an empty body.",
			       call->method, call->path, a->http);
	if (json_read(a->bytes.data, a->bytes.n, E_ANSWER_INVALID, &v, &why))
		return err_set(e, E_ANSWER_INVALID, "The answer to %s %s (HTTP status %ld) cannot be read. %s",
			       call->method, call->path, a->http, why.text);
	status = json_string_value(json_object_get(v, "status"));
	if (status == NULL) {
		json_decref(v);
		return err_set(
			e, E_ANSWER_INVALID,
			"The answer to %s %s (HTTP status %ld) has no status. Is it a license server of this version that listens "
			"at %s?",
			call->method, call->path, a->http, c->socket_path);
	}
	if (a->http >= 400 || strcmp(status, "ERROR") == 0) {
		c->error = v;
		return client_refused(reason(v), c->error_name, e);
	}
	*out = v;
	return 0;
}

static void forget(struct client *c)
{
	json_decref(c->error);
	c->error = NULL;
	c->error_name[0] = '\0';
}

static int call_json(struct client *c, const struct call *call, json_t **out, struct err *e)
{
	struct answer a = { .err = ERR_INIT };
	int rc;

	*out = NULL;
	forget(c);
	rc = perform(c, call, &a, e);
	if (rc == 0)
		rc = read_answer(c, call, &a, out, e);
	buf_cleanse(&a.bytes);
	return rc;
}

/* A JSON body; NULL: none. The text is to be cleansed by the caller. */
static void set_json(struct call *call, const json_t *body, struct buf *text)
{
	if (body == NULL)
		return;
	json_write(body, text);
	call->type = "application/json";
	call->body = text->data;
	call->body_n = text->n;
}

static int call_with(struct client *c, struct call *call, const json_t *body, json_t **out, struct err *e)
{
	struct buf text = BUF_INIT;
	int rc;

	set_json(call, body, &text);
	rc = call_json(c, call, out, e);
	buf_cleanse(&text);
	return rc;
}

int client_call(struct client *c, const char *method, const char *path, const json_t *body, json_t **out, struct err *e)
{
	struct call call = { .method = method, .path = path, .max = CLIENT_ANSWER_MAX };

	return call_with(c, &call, body, out, e);
}

int client_work(struct client *c, const char *method, const char *path, const json_t *body, json_t **out, struct err *e)
{
	struct call call = { .method = method, .path = path, .patient = true, .max = CLIENT_ANSWER_MAX };

	return call_with(c, &call, body, out, e);
}

static int set_upload(struct call *call, struct upload *u, const char *file, struct err *e)
{
	*u = (struct upload){ .name = file, .fd = -1, .err = ERR_INIT };
	if (file == NULL)
		return 0;
	call->type = "application/gzip";
	call->upload = u;
	return file_open(file, &u->fd, &u->left, e);
}

static void end_upload(struct upload *u)
{
	if (u->fd >= 0)
		close(u->fd);
}

int client_upload(struct client *c, const char *path, const char *file, json_t **out, struct err *e)
{
	struct call call = { .method = "POST", .path = path, .patient = true, .max = CLIENT_ANSWER_MAX };
	struct upload u;
	int rc;

	*out = NULL;
	forget(c);
	if (set_upload(&call, &u, file, e))
		return -1;
	rc = call_json(c, &call, out, e);
	end_upload(&u);
	return rc;
}

/* An answer that is not what was asked for: an error, or something else. */
static int not_bytes(struct client *c, const struct answer *a, struct err *e)
{
	json_t *v = NULL;

	if (read_answer(c, a->call, a, &v, e))
		return -1;
	json_decref(v);
	return err_set(e, E_ANSWER_INVALID, "The server answered %s with JSON where a file should be.", a->call->path);
}

int client_text(struct client *c, const char *path, struct buf *out, struct err *e)
{
	struct call call = { .method = "GET", .path = path, .max = CLIENT_TEXT_MAX };
	struct answer a = { .err = ERR_INIT };
	int rc;

	forget(c);
	rc = perform(c, &call, &a, e);
	if (rc == 0 && (a.json || a.http != 200))
		rc = not_bytes(c, &a, e);
	else if (rc == 0 && a.bytes.n == 0 && !a.lines)
		rc = err_set(e, E_ANSWER_INVALID, "The server answered %s with an empty text.", path);
	if (rc == 0)
		buf_add(out, a.bytes.data, a.bytes.n);
	buf_fini(&a.bytes);
	return rc;
}

/* Only of an answer that says where it ends can be told that it came whole. */
static bool says_its_end(struct client *c)
{
	const char *encoding = client_header(c, "Transfer-Encoding");
	curl_off_t n = -1;

	curl_easy_getinfo(c->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &n);
	return n >= 0 || (encoding && strcasecmp(encoding, "chunked") == 0);
}

static int fetch(struct client *c, const struct call *call, struct err *e)
{
	struct answer a = { .err = ERR_INIT };
	int rc = perform(c, call, &a, e);

	if (rc == 0 && !is_file(&a))
		rc = not_bytes(c, &a, e);
	else if (rc == 0 && a.filed == 0 && !a.lines)
		rc = err_set(e, E_ANSWER_INVALID, "The server answered %s with an empty file.", call->path);
	else if (rc == 0 && !says_its_end(c))
		rc = err_set(e, E_ANSWER_INVALID, "The server answered %s with a file and did not say how long it is.",
			     call->path);
	buf_fini(&a.bytes);
	return rc ? rc : file_new_keep(call->to, e);
}

int client_fetch(struct client *c, const char *method, const char *path, const json_t *body, const char *upload_file,
		 const char *to, struct err *e)
{
	struct file_new file = FILE_NEW_INIT;
	struct call call = { .method = method, .path = path, .to = &file, .patient = true, .max = CLIENT_TEXT_MAX };
	struct buf text = BUF_INIT;
	struct upload u;
	int rc;

	forget(c);
	set_json(&call, body, &text);
	rc = set_upload(&call, &u, upload_file, e);
	/* Before the server does anything it is clear that its answer can be kept. */
	if (rc == 0)
		rc = file_new_begin(&file, to, 0600, e);
	if (rc == 0)
		rc = fetch(c, &call, e);
	file_new_drop(&file);
	end_upload(&u);
	buf_cleanse(&text);
	return rc;
}

const char *client_header(const struct client *c, const char *name)
{
	struct curl_header *h = NULL;

	return curl_easy_header(c->curl, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : NULL;
}

const json_t *client_error_answer(const struct client *c)
{
	return c->error;
}

const char *client_error_name(const struct client *c)
{
	return c->error_name;
}
