/* test_ctl_client.c - satellitectl against a server that answers from a script. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "ctl/ctl.h"

static struct ctl_args args;
static struct err err;

/* The words have static life: the parser borrows them. */
#define W(s) ((char *)(uintptr_t)(s))
#define PARSE(...)                                                                                             \
	args_parse(ctl_commands, (int)(sizeof((char *[]){ W("satellitectl"), __VA_ARGS__ }) / sizeof(char *)), \
		   (char *[]){ W("satellitectl"), __VA_ARGS__, NULL }, &args, &err)

START_TEST(test_path)
{
	AUTO_FREE char *p = client_path("/accounts/{}/virtual-accounts/{}/tokens", "WORLD WIDE INC/Zürich?#%", "..");

	ck_assert_str_eq(p, "/accounts/WORLD%20WIDE%20INC%2FZ%C3%BCrich%3F%23%25/virtual-accounts/%2E%2E/tokens");
}
END_TEST

/* A server for one test: it answers each request with the next text of its script, and keeps what it was asked. */
struct script {
	const char *const *answers;
	int listener;
	pthread_t thread;
	char dir[64], path[96];
	char asked[4096];
};

static void serve_one(struct script *s, int fd, const char *answer)
{
	char request[4096];
	size_t n = 0, body = 0;
	char *end = NULL;

	while (n < sizeof(request) - 1 && (end == NULL || n < (size_t)(end + 4 - request) + body)) {
		ssize_t got = read(fd, request + n, sizeof(request) - 1 - n);
		const char *length;

		if (got <= 0)
			break;
		n += (size_t)got;
		request[n] = '\0';
		end = strstr(request, "\r\n\r\n");
		length = strstr(request, "Content-Length: ");
		body = length ? strtoul(length + strlen("Content-Length: "), NULL, 10) : 0;
	}
	request[n] = '\0';
	snprintf(s->asked + strlen(s->asked), sizeof(s->asked) - strlen(s->asked), "%s\n", request);
	if (write(fd, answer, strlen(answer)) < 0)
		abort();
}

static void *serve(void *arg)
{
	struct script *s = arg;

	for (size_t i = 0; s->answers[i]; i++) {
		int fd = accept(s->listener, NULL, NULL);

		serve_one(s, fd, s->answers[i]);
		close(fd);
	}
	return NULL;
}

static int listen_at(const char *path, bool listening)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	if (listening)
		ck_assert_int_eq(listen(fd, 8), 0);
	return fd;
}

static void script_start(struct script *s, const char *const *answers)
{
	*s = (struct script){ .answers = answers };
	snprintf(s->dir, sizeof(s->dir), "/tmp/test_ctl.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(s->dir));
	snprintf(s->path, sizeof(s->path), "%s/s", s->dir);
	s->listener = listen_at(s->path, true);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void script_end(struct script *s)
{
	pthread_join(s->thread, NULL);
	close(s->listener);
	unlink(s->path);
	rmdir(s->dir);
}

#define HTTP(status, type, body) "HTTP/1.1 " status "\r\nContent-Type: " type "\r\nConnection: close\r\n\r\n" body
#define OK(body) HTTP("200 OK", "application/json", body)

START_TEST(test_call)
{
	static const char *const answers[] = { OK("{\"a\":1,\"status\":\"SUCCESS\"}"), OK("{\"status\":\"PARTIAL\"}"),
					       NULL };
	struct script s;
	struct client *c = NULL;
	AUTO_JSON *body = json_pack("{s:s}", "name", "x");
	AUTO_JSON *first = NULL;
	AUTO_JSON *second = NULL;

	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("all_proxy", "http://127.0.0.1:1/", 1);
	script_start(&s, answers);
	ck_assert_int_eq(client_open(s.path, &c, &err), 0);
	ck_assert_int_eq(client_call(c, "POST", "/accounts", body, &first, &err), 0);
	ck_assert_int_eq(ctl_get_int(first, "a"), 1);
	ck_assert_int_eq(client_call(c, "POST", "/accounts/%2E%2E/x", NULL, &second, &err), 0);
	client_close(c);
	script_end(&s);
	ck_assert_ptr_nonnull(strstr(s.asked, "POST /api/v1/accounts HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(s.asked, "Content-Type: application/json\r\n"));
	ck_assert_ptr_nonnull(strstr(s.asked, "{\"name\":\"x\"}"));
	ck_assert_ptr_nonnull(strstr(s.asked, "POST /api/v1/accounts/%2E%2E/x HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(s.asked, "Content-Length: 0\r\n"));
}
END_TEST

START_TEST(test_refusals)
{
	static const char *const answers[] = {
		HTTP("409 Conflict", "application/json",
		     "{\"status\":\"ERROR\",\"statusMessage\":\"8 asked, 7 free.\",\"error\":{\"code\":2202,\"name\":\"NOT_ENOUGH\"}}"),
		HTTP("418 x", "application/json",
		     "{\"status\":\"ERROR\",\"statusMessage\":\"\",\"error\":{\"name\":\"OF_TOMORROW\",\"field\":\"f\"}}"),
		OK("{\"results\":[{\"status\":\"SUCCESS\"},{\"status\":\"ERROR\",\"statusMessage\":\"why\"}],\"status\":\"ERROR\"}"),
		OK("{}"),
		OK("[1]"),
		OK("hello"),
		OK(""),
		HTTP("500 x", "text/html", "<html>"),
		"garbage\r\n\r\n",
		"",
		NULL
	};
	static const struct {
		enum err_code code;
		const char *name, *text;
	} want[] = {
		{ E_NOT_ENOUGH, "NOT_ENOUGH", "8 asked, 7 free." },
		{ E_SERVER_FAILED, "OF_TOMORROW", "refused" },
		{ E_SERVER_FAILED, "SERVER_FAILED", "why" },
		{ E_ANSWER_INVALID, "", "no status" },
		{ E_ANSWER_INVALID, "", "no status" },
		{ E_ANSWER_INVALID, "", "not JSON" },
		{ E_ANSWER_INVALID, "", "empty body" },
		{ E_ANSWER_INVALID, "", "500" },
		{ E_ANSWER_INVALID, "", "HTTP" },
		{ E_CONNECT_FAILED, "", "closed the connection" },
	};
	struct script s;
	struct client *c = NULL;

	script_start(&s, answers);
	ck_assert_int_eq(client_open(s.path, &c, &err), 0);
	for (size_t i = 0; answers[i]; i++) {
		json_t *v = NULL;

		err = ERR_INIT;
		ck_assert_int_eq(client_call(c, "GET", "/x", NULL, &v, &err), -1);
		ck_assert_ptr_null(v);
		ck_assert_msg(err.code == want[i].code, "%zu: %s %s", i, err_name(err.code), err.text);
		ck_assert_str_eq(client_error_name(c), want[i].name);
		ck_assert_msg(strstr(err.text, want[i].text) != NULL, "%zu: %s", i, err.text);
		ck_assert_int_eq(client_error_answer(c) != NULL, want[i].name[0] != '\0');
	}
	client_close(c);
	script_end(&s);
}
END_TEST

#define SIZED(n, more, body)                                                                                 \
	"HTTP/1.1 200 OK\r\nContent-Type: application/gzip\r\nContent-Length: " n "\r\n" more "Connection: " \
	"close\r\n\r\n" body

static void write_file(const char *path, const char *text)
{
	ck_assert_int_eq(file_write(path, 0644, text, strlen(text), &err), 0);
}

static void ck_file(const char *path, const char *text)
{
	AUTO_BUF b = BUF_INIT;

	ck_assert_int_eq(file_read(path, 1 << 20, &b, &err), 0);
	ck_assert_str_eq(b.data, text);
}

/* Only the file and what is meant to lie beside it: no temporary one is left. */
static void ck_entries(const char *dir, int n)
{
	DIR *d = opendir(dir);

	while (readdir(d))
		n--;
	closedir(d);
	ck_assert_int_eq(n + 2, 0);
}

START_TEST(test_fetch)
{
	static const char *const answers[] = {
		SIZED("5", "X-Sync-Mode: full\r\n", "bytes"),
		HTTP("400 x", "application/json",
		     "{\"status\":\"ERROR\",\"statusMessage\":\"cut\",\"error\":{\"name\":\"SYNC_DAMAGED\"}}"),
		OK("{\"status\":\"SUCCESS\"}"),
		SIZED("0", "", ""),
		SIZED("6", "", "bytes"),
		HTTP("200 OK", "application/gzip", "bytes"),
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nbytes\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nother\r\n0\r\n\r\n",
		NULL
	};
	static const enum err_code codes[] = { E_SYNC_DAMAGED,   E_ANSWER_INVALID, E_ANSWER_INVALID,
					       E_CONNECT_FAILED, E_ANSWER_INVALID, E_CONNECT_FAILED };
	struct script s;
	struct client *c = NULL;
	AUTO_FREE char *in = NULL, *to = NULL;
	struct stat st;

	script_start(&s, answers);
	in = mem_printf("%s/in", s.dir);
	to = mem_printf("%s/to", s.dir);
	write_file(in, "request");
	write_file(to, "old");
	ck_assert_int_eq(client_open(s.path, &c, &err), 0);
	ck_assert_int_eq(client_fetch(c, "POST", "/x", NULL, in, to, &err), 0);
	ck_file(to, "bytes");
	ck_assert_int_eq(stat(to, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_str_eq(client_header(c, "x-sync-mode"), "full");
	ck_assert_ptr_null(client_header(c, "X-Sync-Other"));
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		err = ERR_INIT;
		ck_assert_int_eq(client_fetch(c, "POST", "/x", NULL, NULL, to, &err), -1);
		ck_assert_msg(err.code == codes[i], "%zu: %s", i, err.text);
		ck_assert_ptr_null(client_header(c, "X-Sync-Mode"));
		ck_file(to, "bytes");
		ck_entries(s.dir, 3);
	}
	ck_assert_int_eq(client_fetch(c, "GET", "/x", NULL, NULL, to, &err), 0);
	ck_file(to, "other");
	client_close(c);
	unlink(in);
	unlink(to);
	script_end(&s);
	ck_assert_ptr_nonnull(strstr(s.asked, "Content-Type: application/gzip\r\n"));
	ck_assert_ptr_nonnull(strstr(s.asked, "\r\n\r\nrequest\n"));
}
END_TEST

static void ck_fetch_fails(struct client *c, const char *in, const char *to, const char *text)
{
	err = ERR_INIT;
	ck_assert_int_eq(client_fetch(c, "POST", "/x", NULL, in, to, &err), -1);
	ck_assert_int_eq(err.code, E_FILE_ERROR);
	ck_assert_msg(strstr(err.text, text) != NULL, "%s", err.text);
}

/* What is wrong with the files is found before the server is asked: nobody listens here. */
START_TEST(test_wrong_files)
{
	char dir[] = "/tmp/test_ctl.XXXXXX";
	AUTO_FREE char *pipe_path = NULL, *to = NULL;
	struct client *c = NULL;
	json_t *v = NULL;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	pipe_path = mem_printf("%s/pipe", dir);
	to = mem_printf("%s/to", dir);
	ck_assert_int_eq(mkfifo(pipe_path, 0600), 0);
	ck_assert_int_eq(client_open("/nonexistent/s", &c, &err), 0);
	ck_assert_int_eq(client_upload(c, "/x", "/nonexistent/in", &v, &err), -1);
	ck_assert_int_eq(err.code, E_FILE_ERROR);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/in: No such file"));
	ck_fetch_fails(c, dir, to, "is a folder");
	ck_fetch_fails(c, pipe_path, to, "is a device or pipe");
	ck_fetch_fails(c, "/dev/null", to, "is a device or pipe");
	ck_fetch_fails(c, NULL, dir, "is a folder");
	ck_fetch_fails(c, NULL, "/dev/null", "is a device or pipe");
	ck_fetch_fails(c, NULL, "/nonexistent/to", "No such file");
	ck_entries(dir, 1);
	client_close(c);
	unlink(pipe_path);
	rmdir(dir);
}
END_TEST

START_TEST(test_text)
{
	static const char *const answers[] = { HTTP("200 OK", "application/x-pem-file", "text"),
					       HTTP("404 x", "application/json",
						    "{\"status\":\"ERROR\",\"error\":{\"name\":\"NOT_FOUND\"}}"),
					       OK("{\"status\":\"SUCCESS\"}"), HTTP("200 OK", "application/x-pem-file", ""),
					       /* A list without elements is no fault. */
					       HTTP("200 OK", "application/x-ndjson", ""), NULL };
	static const enum err_code codes[] = { E_NOT_FOUND, E_ANSWER_INVALID, E_ANSWER_INVALID };
	struct script s;
	struct client *c = NULL;
	AUTO_BUF out = BUF_INIT;

	script_start(&s, answers);
	ck_assert_int_eq(client_open(s.path, &c, &err), 0);
	ck_assert_int_eq(client_text(c, "/x", &out, &err), 0);
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		ck_assert_int_eq(client_text(c, "/x", &out, &err), -1);
		ck_assert_int_eq(err.code, codes[i]);
	}
	ck_assert_int_eq(client_text(c, "/x", &out, &err), 0);
	ck_assert_str_eq(out.data, "text");
	client_close(c);
	script_end(&s);
}
END_TEST

static void ck_unreachable(const char *path, const char *part)
{
	struct client *c = NULL;
	json_t *v = NULL;

	err = ERR_INIT;
	if (client_open(path, &c, &err) == 0)
		ck_assert_int_eq(client_call(c, "GET", "/status", NULL, &v, &err), -1);
	client_close(c);
	ck_assert_int_eq(err.code, E_CONNECT_FAILED);
	ck_assert_msg(strstr(err.text, part) && strstr(err.text, path), "%s", err.text);
}

START_TEST(test_unreachable)
{
	char path[] = "/tmp/test_ctl_dead.XXXXXX", longer[200];
	int fd;

	ck_unreachable("/nonexistent/control.sock", "no socket at");
	ck_assert_ptr_null(strstr(err.text, "systemctl")); /* another server than that of the service */
	client_unreachable(CLIENT_SOCKET_DEFAULT, ENOENT, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "systemctl status license-satellite"));
	ck_unreachable("/tmp", "is a folder and no socket");
	ck_unreachable("/etc/passwd", "is a file and no socket");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	unlink(path);
	fd = listen_at(path, false);
	ck_unreachable(path, "Nobody listens");
	close(fd);
	unlink(path);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ck_unreachable(longer, "at most 107 bytes");
	client_unreachable("/p", EACCES, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "permission denied"));
}
END_TEST

START_TEST(test_list_of_all_accounts)
{
	static const char *const answers[] = {
		OK("{\"accounts\":[{\"name\":\"A\"},{\"name\":\"B C\"},{\"name\":\"D\"}],\"status\":\"SUCCESS\"}"),
		OK("{\"tokens\":[{\"token\":\"1\"}],\"status\":\"SUCCESS\",\"totalRecords\":7}"),
		HTTP("404 x", "application/json",
		     "{\"status\":\"ERROR\",\"error\":{\"name\":\"VIRTUAL_ACCOUNT_UNKNOWN\"}}"),
		OK("{\"tokens\":[{\"token\":\"2\",\"account\":\"own\"}],\"status\":\"SUCCESS\"}"), NULL
	};
	struct ctl c = { .width = 80, .json = true };
	struct script s;

	script_start(&s, answers);
	ck_assert_int_eq(client_open(s.path, &c.client, &err), 0);
	ck_assert_int_eq(PARSE(W("token"), W("list"), W("--virtual-account=V")), 0);
	ck_assert_int_eq(args.cmd->run(&c, &args, &err), 0);
	ck_assert_str_eq(c.out.data,
			 "{\"tokens\":[{\"token\":\"1\",\"account\":\"A\"},{\"token\":\"2\",\"account\":\"own\"}],"
			 "\"status\":\"SUCCESS\",\"statusMessage\":\"\",\"totalRecords\":8}\n");
	client_close(c.client);
	script_end(&s);
	ck_assert_ptr_nonnull(strstr(s.asked, "GET /api/v1/accounts/B%20C/virtual-accounts/V/tokens HTTP"));
	buf_fini(&c.out);
}
END_TEST

START_TEST(test_revoke_by_first_characters)
{
	static const char *const answers[] = {
		OK("{\"accounts\":[{\"name\":\"A\"}],\"status\":\"SUCCESS\"}"),
		OK("{\"tokens\":[{\"token\":\"abcdefgh1\"},{\"token\":\"abcdefgh2\"},{\"token\":\"zzzzzzzz3\"}],\"status\":\"SUCCESS\"}"),
		OK("{\"tokens\":[{\"token\":\"zzzzzzzz3\",\"status\":\"SUCCESS\"},{\"token\":\"q\",\"status\":\"ERROR\","
		   "\"statusMessage\":\"none\",\"error\":{\"name\":\"TOKEN_UNKNOWN\"}}],\"status\":\"PARTIAL\"}"),
		OK("{\"accounts\":[{\"name\":\"A\"}],\"status\":\"SUCCESS\"}"),
		OK("{\"tokens\":[{\"token\":\"abcdefgh1\"},{\"token\":\"abcdefgh2\"}],\"status\":\"SUCCESS\"}"),
		NULL
	};
	struct ctl c = { .width = 80 };
	struct script s;

	script_start(&s, answers);
	ck_assert_int_eq(client_open(s.path, &c.client, &err), 0);
	ck_assert_int_eq(PARSE(W("token"), W("revoke"), W("zzzzzzzz…"), W("q")), 0);
	ck_assert_int_eq(args.cmd->run(&c, &args, &err), -1);
	ck_assert_int_eq(err.code, E_TOKEN_UNKNOWN);
	ck_assert_str_eq(c.refused, "TOKEN_UNKNOWN");
	ck_assert_ptr_nonnull(strstr(c.out.data, "1 token is revoked."));
	ck_assert_int_eq(PARSE(W("token"), W("revoke"), W("abcdef")), 0);
	ck_assert_int_eq(args.cmd->run(&c, &args, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "2 tokens begin with “abcdef”"));
	client_close(c.client);
	script_end(&s);
	ck_assert_ptr_nonnull(strstr(s.asked, "{\"tokens\":[\"zzzzzzzz3\",\"q\"]}"));
	buf_fini(&c.out);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl_client");
	TCase *t;
	SRunner *r;
	int failed;

	text_init();
	setenv("TZ", "UTC", 1);
	t = tcase_create("client");
	tcase_set_timeout(t, 30);
	tcase_add_test(t, test_path);
	tcase_add_test(t, test_call);
	tcase_add_test(t, test_refusals);
	tcase_add_test(t, test_fetch);
	tcase_add_test(t, test_wrong_files);
	tcase_add_test(t, test_text);
	tcase_add_test(t, test_unreachable);
	tcase_add_test(t, test_list_of_all_accounts);
	tcase_add_test(t, test_revoke_by_first_characters);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
