#include "ctl/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

#define BASE "http://localhost/api/v1"
#define CONNECT_TIMEOUT_S 10L
#define CALL_TIMEOUT_S 60L
#define FILE_TIMEOUT_S 600L

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
	long timeout_s;
	size_t max; /* of the answer */
};

struct answer {
	struct buf bytes;
	size_t max;
	bool too_large;
	long http;
	bool json; /* says its content type */
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

static int not_there(const char *path, bool own, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode) && !S_ISLNK(st.st_mode))
		return err_set(e, E_CONNECT_FAILED,
			       "%s is %s and no socket. Name the server's control_socket with -s or in SATELLITE_SOCKET.",
			       path, S_ISDIR(st.st_mode) ? "a folder" : "a file");
	if (own)
		return err_set(
			e, E_CONNECT_FAILED,
			"There is no socket at %s. Either the server is not running (systemctl status license-satellite) or it "
			"listens elsewhere: name its control_socket with -s or in SATELLITE_SOCKET.",
			path);
	return err_set(
		e, E_CONNECT_FAILED,
		"There is no socket at %s. Either the path is another (control_socket of the server's configuration), or "
		"the server is not running.",
		path);
}

int client_unreachable(const char *path, int error, struct err *e)
{
	bool own = strcmp(path, CLIENT_SOCKET_DEFAULT) == 0;
	struct stat st;

	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return not_there(path, own, e);
	case ECONNREFUSED:
		if (stat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
			return not_there(path, own, e);
		return err_set(
			e, E_CONNECT_FAILED, "Nobody listens at %s: the server has stopped and left its socket behind. %s",
			path,
			own ? "Start it: systemctl start license-satellite; journalctl -u license-satellite says why it "
			      "stopped."
			    : "Start it again; its log says why it stopped.");
	case EACCES:
	case EPERM:
		return err_set(
			e, E_CONNECT_FAILED,
			"You may not use %s: permission denied. Run this as root (sudo satellitectl …) or as the server's own user.",
			path);
	case EAGAIN:
		return err_set(e, E_CONNECT_FAILED,
			       "The server at %s has too many connections waiting. Try again in a moment.", path);
	default:
		return err_set(e, E_CONNECT_FAILED, "Cannot connect to %s: %s.", path,
			       error ? strerror(error) : "unknown reason");
	}
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

static int failed(const struct client *c, const struct call *call, CURLcode rc, const struct answer *a, struct err *e)
{
	if (a->too_large)
		return err_set(e, E_ANSWER_INVALID, "The answer to %s is larger than %zu MiB.", call->path, a->max >> 20);
	if (rc == CURLE_COULDNT_CONNECT)
		return why_unreachable(c->socket_path, e);
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return err_set(
			e, E_CONNECT_FAILED,
			"The server at %s did not answer within %ld s. It may still be at work: look at what it holds before you "
			"repeat the command.",
			c->socket_path, call->timeout_s);
	if (rc == CURLE_GOT_NOTHING || rc == CURLE_RECV_ERROR || rc == CURLE_SEND_ERROR || rc == CURLE_PARTIAL_FILE)
		return err_set(
			e, E_CONNECT_FAILED,
			"The server at %s closed the connection in the middle (%s). Is it stopping? Look at what it holds before "
			"you repeat the command.",
			c->socket_path, curl_easy_strerror(rc));
	return err_set(e, E_ANSWER_INVALID, "What answers at %s does not speak HTTP as a license server does: %s.",
		       c->socket_path, curl_easy_strerror(rc));
}

static size_t take(char *p, size_t size, size_t n, void *to)
{
	struct answer *a = to;

	n *= size;
	if (a->bytes.n + n > a->max) {
		a->too_large = true;
		return 0;
	}
	buf_add(&a->bytes, p, n);
	return n;
}

static int perform(struct client *c, const struct call *call, struct answer *a, struct err *e)
{
	AUTO_FREE char *url = mem_printf("%s%s", BASE, call->path);
	AUTO_FREE char *type = mem_printf("Content-Type: %s", call->type ? call->type : "");
	struct curl_slist *headers = NULL;
	const char *got = NULL;
	CURL *h = c->curl;
	CURLcode rc;

	a->max = call->max;
	headers = curl_slist_append(headers, call->type ? type : "Content-Type:");
	headers = curl_slist_append(headers, "Expect:"); /* no round trip before a file */
	curl_easy_reset(h);
	curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, c->socket_path);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	curl_easy_setopt(h, CURLOPT_TIMEOUT, call->timeout_s);
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h, CURLOPT_USERAGENT, "satellitectl");
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, a);
	if (strcmp(call->method, "POST") == 0) {
		curl_easy_setopt(h, CURLOPT_POST, 1L);
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_n);
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, call->body ? call->body : "");
	}
	rc = curl_easy_perform(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &a->http);
	if (curl_easy_getinfo(h, CURLINFO_CONTENT_TYPE, &got) == CURLE_OK && got)
		a->json = str_prefix(got, "application/json");
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
	struct answer a = { 0 };
	int rc;

	*out = NULL;
	forget(c);
	rc = perform(c, call, &a, e);
	if (rc == 0)
		rc = read_answer(c, call, &a, out, e);
	buf_cleanse(&a.bytes);
	return rc;
}

int client_call(struct client *c, const char *method, const char *path, const json_t *body, json_t **out, struct err *e)
{
	struct call call = { .method = method, .path = path, .timeout_s = CALL_TIMEOUT_S, .max = CLIENT_ANSWER_MAX };
	struct buf text = BUF_INIT;
	int rc;

	if (body) {
		json_write(body, &text);
		call.type = "application/json";
		call.body = text.data;
		call.body_n = text.n;
	}
	rc = call_json(c, &call, out, e);
	buf_cleanse(&text);
	return rc;
}

int client_upload(struct client *c, const char *path, const struct buf *file, json_t **out, struct err *e)
{
	struct call call = { .method = "POST",
			     .path = path,
			     .type = "application/gzip",
			     .body = file->data,
			     .body_n = file->n,
			     .timeout_s = FILE_TIMEOUT_S,
			     .max = CLIENT_ANSWER_MAX };

	return call_json(c, &call, out, e);
}

int client_download(struct client *c, const char *method, const char *path, const struct buf *file, struct buf *out,
		    struct err *e)
{
	struct call call = { .method = method, .path = path, .timeout_s = FILE_TIMEOUT_S, .max = CLIENT_FILE_MAX };
	struct answer a = { 0 };
	json_t *v = NULL;
	int rc;

	if (file) {
		call.type = "application/gzip";
		call.body = file->data;
		call.body_n = file->n;
	}
	forget(c);
	rc = perform(c, &call, &a, e);
	if (rc == 0 && (a.json || a.http != 200)) {
		rc = read_answer(c, &call, &a, &v, e);
		if (rc == 0)
			rc = err_set(e, E_ANSWER_INVALID, "The server answered %s with JSON where a file should be.", path);
		json_decref(v);
	} else if (rc == 0 && a.bytes.n == 0) {
		rc = err_set(e, E_ANSWER_INVALID, "The server answered %s with an empty file.", path);
	} else if (rc == 0) {
		buf_add(out, a.bytes.data, a.bytes.n);
	}
	buf_fini(&a.bytes);
	return rc;
}

const json_t *client_error_answer(const struct client *c)
{
	return c->error;
}

const char *client_error_name(const struct client *c)
{
	return c->error_name;
}
