/* test_server.c - src/http as a whole: bodies and answers that are files, slow steps, and the end of the server among
 * them. Requests come over the Unix socket and TLS. Time moves only where a test moves it. */
#include <check.h>
#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "ctl/client.h"
#include "db/q.h"
#include "http/server.h"
#include "lic/own_tls.h"
#include "lic/site.h"
#include "tests/lib/clock_fake.h"
#include "tests/lib/light.h"

#define MIB ((int64_t)1 << 20)
#define SMALL_MAX ((size_t)1 << 20)
#define WAIT_MS 20000 /* for what must come */

static struct err e;
static int64_t big; /* bytes of the file `sparse` */
static char dir[64], socket_path[96], database[96], sparse[96], target[96];
static struct site site;
static struct writer *writer;
static struct tls *tls;
static struct server *server;
static struct client *client;
static const struct actor system_actor = { .kind = ACTOR_SYSTEM, .name = "test" };

static void must(int rc)
{
	if (rc)
		ck_abort_msg("%s: %s", err_name(e.code), e.text);
}

/* ---- the routes ---- */

static char steps[64]; /* first letters of the steps that ran, in this order */
static pthread_mutex_t steps_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int64_t taken_n; /* bytes of the last body */
static _Atomic int taken;       /* requests that reached a step */
static sem_t entered, gate;

static void note(char letter)
{
	size_t n;

	pthread_mutex_lock(&steps_lock);
	n = strlen(steps);
	if (n + 1 < sizeof(steps))
		steps[n] = letter;
	pthread_mutex_unlock(&steps_lock);
}

static struct reply *ok(struct req *r)
{
	return reply_json(r, 200, json_pack("{s:s}", "status", "SUCCESS"));
}

static struct reply *step_ping(struct req *r)
{
	ck_assert_int_eq(r->body_fd, -1);
	return ok(r);
}

static struct reply *step_take(struct req *r)
{
	struct stat st;

	if (r->route->body == BODY_FILE) {
		ck_assert_int_eq(fstat(r->body_fd, &st), 0);
		ck_assert_int_eq(st.st_size, (int64_t)r->body_n);
		ck_assert_int_eq(st.st_nlink, 0);
		ck_assert_int_eq(lseek(r->body_fd, 0, SEEK_CUR), 0);
	}
	taken_n = (int64_t)r->body_n;
	taken++;
	return ok(r);
}

/* `n`: no; `s`: yes, if it is small. */
static struct reply *step_early(struct req *r)
{
	struct err why = ERR_INIT;
	struct stat st;
	char first;

	ck_assert_ptr_nonnull(r->tx.db);
	ck_assert_int_eq(read(r->body_fd, &first, 1), 1);
	ck_assert_int_eq(fstat(r->body_fd, &st), 0);
	ck_assert_int_ge(st.st_size, EARLY_BYTES);
	note('e');
	if (first == 's')
		r->body_max = 300000;
	return first == 'n' ? err_set(&why, E_NOT_ENOUGH, NULL), reply_error(r, &why) : NULL;
}

static struct reply *step_echo(struct req *r)
{
	struct reply *p = reply_file(r, 200, "application/gzip", dup(r->body_fd), r->body_n);

	reply_header(p, "X-Sync-Mode", "full");
	return p;
}

static int made_file(int64_t size)
{
	int fd;

	must(file_temporary(dir, &fd, &e));
	ck_assert_int_eq(ftruncate(fd, size), 0);
	return fd;
}

static struct reply *step_file(struct req *r)
{
	return reply_file(r, 200, "application/gzip", made_file(5 * MIB), 5 * MIB);
}

static struct reply *step_empty(struct req *r)
{
	return reply_file(r, 200, "application/gzip", made_file(0), 0);
}

/* It says more than there is. */
static struct reply *step_short(struct req *r)
{
	return reply_file(r, 200, "application/gzip", made_file(5 * MIB), 6 * MIB);
}

static struct reply *step_read(struct req *r)
{
	ck_assert_ptr_nonnull(r->tx.db);
	ck_assert_ptr_null(r->work);
	note('r');
	return NULL;
}

static int turn_set(struct tx *tx, void *arg, struct err *err)
{
	ck_assert_str_eq(tx->actor->name, (const char *)arg);
	return q_setting_set(tx->db, "slow", "done", err);
}

static int turn_get(struct tx *tx, void *arg, struct err *err)
{
	return q_setting_get(tx->db, tx->arena, "slow", arg, err) == 1 ? 0 : -1;
}

static void wait_gate(void)
{
	sem_post(&entered);
	while (sem_wait(&gate))
		continue;
}

static struct reply *step_slow(struct req *r)
{
	const char *what = r->param[0], *value = NULL;
	struct err why = ERR_INIT;

	ck_assert_ptr_null(r->tx.db);
	ck_assert_int_eq(r->tx.now, clock_now());
	ck_assert_ptr_eq(r->work->arena, r->tx.arena);
	note('s');
	if (strcmp(what, "wait") == 0)
		wait_gate();
	if (strcmp(what, "error") == 0)
		return err_set(&why, E_NOT_ENOUGH, NULL), reply_error(r, &why);
	if (strcmp(what, "answer") == 0)
		return ok(r);
	if (strcmp(what, "stop") == 0) {
		sem_post(&entered);
		while (work_check(r->work, &why) == 0)
			usleep(1000);
	}
	/* Also while the server stops the writer takes what a step begun has to keep. */
	must(r->work->write(r->work, turn_set, r->actor.name, &e));
	must(r->work->read(r->work, turn_get, &value, &e));
	ck_assert_str_eq(value, "done");
	return why.code ? reply_error(r, &why) : NULL;
}

static struct reply *step_write(struct req *r)
{
	ck_assert_ptr_null(r->work);
	ck_assert_ptr_nonnull(r->tx.db);
	note('w');
	return NULL;
}

static struct reply *step_finish(struct req *r)
{
	ck_assert_ptr_null(r->work);
	ck_assert_ptr_null(r->tx.db);
	note('f');
	return ok(r);
}

/* ---- answers in pieces ---- */

#define PIECE 100000
#define PIECES 200

static _Atomic int pieces;
static struct db *_Atomic pieces_db; /* in which the last one was made */

struct stream_state {
	const char *what;
	int n;
};

static int stream_next(struct req *r, void *ctx, struct buf *out, struct err *err)
{
	struct stream_state *s = ctx;

	ck_assert(db_in_transaction(r->tx.db));
	ck_assert_ptr_null(r->tx.arena->head);
	arena_alloc(r->tx.arena, PIECE);
	pieces_db = r->tx.db;
	pieces++;
	s->n++;
	if ((strcmp(s->what, "none") == 0) || (strcmp(s->what, "break") == 0 && s->n == 3))
		return err_set(err, E_NOT_ENOUGH, NULL);
	if (strcmp(s->what, "gaps") == 0 && s->n % 2)
		return 1;
	if (strcmp(s->what, "far") == 0) {
		usleep(10000);
		if (s->n == 1)
			buf_addc(out, '[');
		return s->n < PIECES;
	}
	memset(buf_room(out, PIECE), 'x', PIECE);
	out->n += PIECE;
	if (strcmp(s->what, "one") == 0)
		return 0;
	return s->n < PIECES;
}

static struct reply *step_stream(struct req *r)
{
	struct stream_state *s = arena_alloc(r->tx.arena, sizeof(*s));

	s->what = r->param[0];
	return reply_stream(r, 200, "application/json", stream_next, s);
}

/* Who is signed in takes memory each time that he is looked at. */
static _Atomic bool withdrawn;

static int sign_in(struct req *r, const char *kind, const char *secret, struct err *err)
{
	(void)kind;
	(void)err;
	ck_assert_str_eq(secret, "secret");
	memset(arena_alloc(r->tx.arena, PIECE * 5), 'x', PIECE * 5);
	r->caller.person = 7;
	return 0;
}

static int let_in(struct req *r, struct err *err)
{
	ck_assert_int_eq(r->caller.person, 7);
	return withdrawn ? err_set(err, E_FORBIDDEN, "Not any more.") : 0;
}

static int own_next(struct req *r, void *ctx, struct buf *out, struct err *err)
{
	struct stream_state *s = ctx;

	(void)err;
	ck_assert_int_eq(r->caller.person, 7);
	memset(buf_room(out, PIECE), 'x', PIECE);
	out->n += PIECE;
	s->n++;
	if (strcmp(s->what, "withdrawn") == 0 && s->n == 3)
		withdrawn = true;
	return s->n < PIECES;
}

static struct reply *step_own(struct req *r)
{
	struct stream_state *s = arena_alloc(r->tx.arena, sizeof(*s));

	s->what = r->param[0];
	return reply_stream(r, 200, "application/json", own_next, s);
}

#define ALL DOOR_ANY, RIGHT_OPEN, OF_SERVER
static const struct route routes[] = {
	{ "GET", "/api/v1/ping", ALL, BODY_NONE, 0, step_ping },
	{ "POST", "/api/v1/take", ALL, BODY_FILE, SMALL_MAX, step_take },
	{ "POST", "/api/v1/early", ALL, BODY_FILE, SMALL_MAX, step_take, .early = step_early },
	{ "POST", "/api/v1/raw", ALL, BODY_RAW, SMALL_MAX, step_take },
	{ "POST", "/api/v1/echo", ALL, BODY_FILE, (size_t)8 << 30, step_echo },
	{ "GET", "/api/v1/file", ALL, BODY_NONE, 0, step_file },
	{ "GET", "/api/v1/empty", ALL, BODY_NONE, 0, step_empty },
	{ "GET", "/api/v1/short", ALL, BODY_NONE, 0, step_short },
	{ "GET", "/api/v1/stream/{what}", ALL, BODY_NONE, 0, step_stream },
	{ "GET", "/api/v1/own/{what}", DOOR_ANY, RIGHT_SIGNED, OF_SERVER, BODY_NONE, 0, step_own },
	{ "POST", "/api/v1/slow/{what}", ALL, BODY_NONE, 0, step_read, step_write, step_finish, step_slow },
	{ "POST", "/api/v1/only/{what}", ALL, BODY_NONE, 0, NULL, NULL, step_finish, step_slow },
	{ "POST", "/api/v1/brief/{what}", ALL, BODY_NONE, 0, NULL, NULL, step_finish, step_slow, .brief = true },
	{ NULL },
};
static const struct route *const tables[] = { routes, NULL };

/* ---- the server ---- */

static void drop_log(enum log_level level, const char *line)
{
	(void)level, (void)line;
}

static struct buf chain, key;

static int make_tls(void *arg, struct db *db, int64_t now, struct err *err)
{
	struct arena arena;
	struct tx tx = { .db = db, .now = now, .site = &site, .actor = &system_actor, .arena = &arena };
	int rc;

	(void)arg;
	arena_init(&arena);
	rc = wall_load(&tx, &site.wall, err);
	if (rc == 0)
		rc = own_tls_ensure(&tx, "localhost", &chain, &key, err);
	arena_fini(&arena);
	return rc;
}

static void start(int helpers, int deadline_s)
{
	struct server_config config = { .site = &site,
					.writer = writer,
					.database = database,
					.tables = tables,
					.threads = 2,
					.helpers = helpers,
					.connection_limit = 200,
					.connection_timeout_s = 5,
					.request_deadline_s = deadline_s,
					.login = sign_in,
					.authorize = let_in };
	struct listener_config listeners[] = {
		{ .name = "control", .listen = socket_path, .fd = -1, .door = DOOR_CONTROL, .mode = 0600 },
		{ .name = "tls", .listen = "127.0.0.1:0", .fd = -1, .door = DOOR_ADMIN, .tls = tls },
	};

	must(server_start(&config, listeners, 2, &server, &e));
}

static void setup(void)
{
	AUTO_FREE char *seal = NULL;
	int fd;

	log_set_sink(drop_log);
	memset(steps, 0, sizeof(steps));
	taken = 0;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	snprintf(dir, sizeof(dir), "/tmp/test_server.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(socket_path, sizeof(socket_path), "%s/s", dir);
	snprintf(database, sizeof(database), "%s/db", dir);
	snprintf(sparse, sizeof(sparse), "%s/sparse", dir);
	snprintf(target, sizeof(target), "%s/target", dir);
	seal = mem_printf("%s/seal", dir);
	site_init(&site);
	site.name = "test";
	site.database = database;
	site.spool_dir = dir;
	sem_init(&entered, 0, 0);
	sem_init(&gate, 0, 0);
	must(seal_key_load(seal, 1, &site.seal, &e));
	must(writer_start(database, 100, NULL, &writer, &e));
	must(writer_call(writer, make_tls, NULL, &e));
	must(tls_new(chain.data, key.data, &tls, &e));
	must(client_open(socket_path, &client, &e));
	big = test_light() ? 48 * MIB : 300 * MIB;
	fd = open(sparse, O_CREAT | O_RDWR, 0600);
	ck_assert_int_eq(ftruncate(fd, big), 0);
	ck_assert_int_eq(pwrite(fd, "end", 3, big - 3), 3);
	close(fd);
}

static void remove_dir(void)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while ((entry = readdir(d)) != NULL)
		unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void teardown(void)
{
	client_close(client);
	server_quiesce(server);
	writer_stop(writer);
	server_free(server);
	tls_free(tls);
	site_fini(&site);
	buf_fini(&chain);
	buf_cleanse(&key);
	remove_dir();
}

/* ---- callers ---- */

static int dial(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", socket_path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void send_text(int fd, const char *text)
{
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* n bytes of nothing; false: the server has closed. */
static bool send_bytes(int fd, size_t n)
{
	static const char zero[65536];

	while (n) {
		ssize_t put = write(fd, zero, n < sizeof(zero) ? n : sizeof(zero));

		if (put < 0)
			return false;
		n -= (size_t)put;
	}
	return true;
}

/* A head without the end of the connection in it. */
static int ask(const char *method, const char *path, const char *framing)
{
	AUTO_FREE char *head = mem_printf("%s /api/v1%s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n", method, path, framing);
	int fd = dial();

	send_text(fd, head);
	return fd;
}

static bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) > 0;
}

/* The status of the next answer, 0 if the connection ended without one. text gets what came. */
static int answer(int fd, char text[4096])
{
	ssize_t n;

	ck_assert(readable(fd, WAIT_MS));
	n = read(fd, text, 4095);
	text[n > 0 ? n : 0] = '\0';
	return n > 12 ? atoi(text + 9) : 0;
}

static void ck_answer(int fd, int status, const char *part)
{
	char text[4096];

	ck_assert_int_eq(answer(fd, text), status);
	ck_assert_msg(strstr(text, part) != NULL, "%s", text);
}

/* Until the server has read all that was sent. */
static void settle(int fd)
{
	int left = 1;

	while (ioctl(fd, SIOCOUTQ, &left) == 0 && left)
		usleep(1000);
	usleep(100000);
}

/* Without those of the database, which each thread opens when it first needs them. */
static int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *entry;
	int n = 0;

	while ((entry = readdir(d)) != NULL) {
		char name[256] = "";

		if (readlinkat(dirfd(d), entry->d_name, name, sizeof(name) - 1) >= 0 &&
		    strncmp(name, database, strlen(database)) != 0)
			n++;
	}
	closedir(d);
	return n;
}

static void ck_files_become(int n)
{
	for (int i = 0; open_files() > n; i++) {
		ck_assert_int_lt(i, WAIT_MS);
		usleep(1000);
	}
}

static void ck_ping(void)
{
	AUTO_JSON *v = NULL;

	must(client_call(client, "GET", "/ping", NULL, &v, &e));
}

/* What the sanitizer keeps of memory that was freed is not to be measured. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4";
}

static int64_t peak(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (int64_t)u.ru_maxrss << 10;
}

/* Under valgrind, memory is something else. */
static void ck_memory(int64_t before)
{
	int64_t more = peak() - before;

	ck_assert_msg(test_light() || more < 48 * MIB, "%" PRId64 " bytes more in memory", more);
}

/* It is the sparse file. */
static void ck_sparse(const char *path)
{
	static char got[1 << 20];
	static const char zero[1 << 20];
	int fd = open(path, O_RDONLY);
	int64_t n = 0;
	ssize_t part;

	ck_assert_int_ge(fd, 0);
	while ((part = read(fd, got, sizeof(got))) > 0) {
		n += part;
		ck_assert_int_eq(memcmp(got, zero, (size_t)part - (n == big ? 3 : 0)), 0);
		if (n == big)
			ck_assert_int_eq(memcmp(got + part - 3, "end", 3), 0);
	}
	ck_assert_int_eq(n, big);
	close(fd);
}

/* ---- bodies that are files ---- */

START_TEST(file_there_and_back)
{
	int64_t before = peak();
	int files;

	start(1, 30);
	ck_ping();
	files = open_files();
	must(client_fetch(client, "POST", "/echo", NULL, sparse, target, &e));
	ck_assert_str_eq(client_header(client, "X-Sync-Mode"), "full");
	ck_memory(before);
	ck_sparse(target);
	ck_files_become(files);
	ck_ping();
}
END_TEST

START_TEST(file_that_is_empty)
{
	char text[4096];
	int fd;

	start(1, 30);
	taken_n = -1;
	fd = ask("POST", "/take", "Content-Length: 0");
	ck_answer(fd, 200, "SUCCESS");
	ck_assert_int_eq(taken_n, 0);
	close(fd);
	fd = ask("POST", "/take", "Transfer-Encoding: chunked\r\n\r\n0");
	ck_answer(fd, 200, "SUCCESS");
	ck_assert_int_eq(taken, 2);
	close(fd);
	fd = ask("POST", "/take", "X: y");
	ck_assert_int_eq(answer(fd, text), 411);
	close(fd);
}
END_TEST

/* Sends n bytes as one chunk, without the last. */
static void send_chunk(int fd, size_t n)
{
	AUTO_FREE char *size = mem_printf("%zx\r\n", n);

	send_text(fd, size);
	if (send_bytes(fd, n))
		send_bytes(fd, 0);
}

START_TEST(file_too_large)
{
	json_t *v = NULL;
	char text[4096];
	int fd;

	start(1, 30);
	/* Announced: at once, also to a client that is still sending. */
	fd = ask("POST", "/take", "Content-Length: 1048577");
	ck_answer(fd, 413, "1048577 bytes; this address takes at most 1048576");
	close(fd);
	ck_assert_int_eq(client_upload(client, "/take", sparse, &v, &e), -1);
	ck_assert_msg(e.code == E_TOO_LARGE, "%s", e.text);
	/* Not announced: at its end, unless that does not come. */
	fd = ask("POST", "/take", "Transfer-Encoding: chunked");
	send_chunk(fd, SMALL_MAX + 1);
	send_text(fd, "\r\n0\r\n\r\n");
	ck_answer(fd, 413, "longer than the 1048576 bytes");
	close(fd);
	fd = ask("POST", "/take", "Transfer-Encoding: chunked");
	send_chunk(fd, 18 << 20);
	ck_assert_int_eq(answer(fd, text), 0);
	close(fd);
	ck_assert_int_eq(taken, 0);
	fd = ask("POST", "/take", "Transfer-Encoding: chunked");
	send_chunk(fd, SMALL_MAX);
	send_text(fd, "\r\n0\r\n\r\n");
	ck_answer(fd, 200, "SUCCESS");
	ck_assert_int_eq(taken_n, SMALL_MAX);
	close(fd);
}
END_TEST

static void ck_early(char first, size_t n, int status, const char *says)
{
	char *body = mem_alloc(n), head[64];
	int fd;

	memset(body, '.', n);
	body[0] = first;
	snprintf(head, sizeof(head), "Content-Length: %zu", n);
	fd = ask("POST", "/early", head);
	while (n) {
		ssize_t sent = send(fd, body, n, MSG_NOSIGNAL);

		ck_assert_int_gt(sent, 0);
		memmove(body, body + sent, n -= (size_t)sent);
	}
	ck_answer(fd, status, says);
	close(fd);
	free(body);
}

/* A large file is judged by its beginning, once; a small one is judged as it always was. */
START_TEST(file_judged_early)
{
	start(1, 30);
	ck_early('n', EARLY_BYTES - 1, 200, "SUCCESS");
	ck_assert_str_eq(steps, "");
	ck_early('n', 600000, 409, "");
	ck_assert_str_eq(steps, "e");
	ck_assert_int_eq(taken, 1);
	ck_early('y', 600000, 200, "SUCCESS");
	ck_assert_int_eq(taken_n, 600000);
	ck_early('s', 300000, 200, "SUCCESS");
	ck_early('s', 300001, 413, "longer than the 300000 bytes");
	ck_assert_int_eq(taken, 3);
	ck_assert_str_eq(steps, "eeee");
}
END_TEST

START_TEST(file_cut_in_the_middle)
{
	struct server_stats stats = { 0 };
	int files, fd;

	start(1, 30);
	ck_ping();
	files = open_files();
	fd = ask("POST", "/take", "Content-Length: 100000");
	ck_assert(send_bytes(fd, 50000));
	settle(fd);
	ck_assert_int_eq(open_files(), files + 3); /* both ends, and the file */
	close(fd);
	ck_files_become(files);
	server_stats(server, &stats);
	ck_assert_int_eq(stats.requests, 2);
	ck_assert_int_eq(taken, 0);
}
END_TEST

START_TEST(disk_full)
{
	struct rlimit old, low;
	json_t *v = NULL;
	int files, rc;

	start(1, 30);
	ck_ping();
	files = open_files();
	getrlimit(RLIMIT_FSIZE, &old);
	low = old;
	low.rlim_cur = 32 * MIB;
	setrlimit(RLIMIT_FSIZE, &low);
	rc = client_upload(client, "/echo", sparse, &v, &e);
	setrlimit(RLIMIT_FSIZE, &old);
	ck_assert_int_eq(rc, -1);
	ck_assert_msg(e.code == E_DISK_FULL, "%s", e.text);
	ck_files_become(files);
	site.spool_dir = "/nonexistent/spool";
	ck_assert_int_eq(client_upload(client, "/echo", sparse, &v, &e), -1);
	ck_assert_msg(e.code == E_FILE_ERROR, "%s", e.text);
	site.spool_dir = dir;
	must(client_fetch(client, "POST", "/echo", NULL, sparse, target, &e));
}
END_TEST

/* The thread that looks does so once a real second. */
static void let_look(void)
{
	usleep(1200000);
}

START_TEST(slow_lines)
{
	char text[4096];
	int quick, drip, raw;

	start(1, 30);
	quick = ask("POST", "/take", "Content-Length: 200000");
	drip = ask("POST", "/take", "Content-Length: 200000");
	raw = ask("POST", "/raw", "Content-Length: 200000");
	for (int i = 0; i < 2; i++) {
		ck_assert(send_bytes(quick, 65536) && send_bytes(drip, i ? 5535 : 60000) && send_bytes(raw, 65536));
		settle(quick);
		settle(drip);
		settle(raw);
		ck_assert(!readable(drip, 0) && !readable(raw, 0));
		clock_fake_advance(29 * SECOND_MS);
		let_look();
	}
	ck_assert_int_eq(answer(drip, text), 0);
	ck_assert_int_eq(answer(raw, text), 0);
	ck_assert(!readable(quick, 0));
	ck_assert(send_bytes(quick, 200000 - 131072));
	ck_answer(quick, 200, "SUCCESS");
	close(quick);
	close(drip);
	close(raw);
}
END_TEST

START_TEST(two_hours)
{
	char text[4096];
	int fd;

	start(1, 3600);
	fd = ask("POST", "/take", "Content-Length: 1000000");
	for (int i = 0; i < 2; i++) {
		ck_assert(send_bytes(fd, 65536));
		settle(fd);
		clock_fake_advance(3600 * SECOND_MS);
	}
	let_look();
	ck_assert(!readable(fd, 0)); /* two hours to the moment */
	ck_assert(send_bytes(fd, 65536));
	settle(fd);
	clock_fake_advance(SECOND_MS);
	let_look();
	ck_assert_int_eq(answer(fd, text), 0);
	close(fd);
}
END_TEST

/* ---- answers that are files ---- */

static size_t count(char *p, size_t size, size_t n, void *to)
{
	(void)p;
	*(int64_t *)to += (int64_t)(size * n);
	return size * n;
}

static const char *bearer;          /* the token that is shown; NULL: none */
static CURLcode fetched = CURLE_OK; /* how it ends */

/* Over TLS; the bytes that came, and what was announced. */
static int64_t get_tls(const char *path, const char *file, bool head, curl_off_t *announced)
{
	AUTO_FREE char *url = mem_printf("https://127.0.0.1:%d/api/v1%s", server_port(server, 1), path);
	FILE *in = file ? fopen(file, "r") : NULL;
	CURL *h = curl_easy_init();
	int64_t n = 0;

	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(h, CURLOPT_NOBODY, head ? 1L : 0L);
	if (bearer) {
		curl_easy_setopt(h, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		curl_easy_setopt(h, CURLOPT_XOAUTH2_BEARER, bearer);
	}
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, count);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, &n);
	if (in) {
		curl_easy_setopt(h, CURLOPT_POST, 1L);
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)big);
		curl_easy_setopt(h, CURLOPT_READDATA, in);
	}
	ck_assert_int_eq(curl_easy_perform(h), fetched);
	curl_easy_getinfo(h, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, announced);
	curl_easy_cleanup(h);
	if (in)
		fclose(in);
	return n;
}

START_TEST(file_over_tls)
{
	int64_t before;
	curl_off_t announced;
	int files;

	start(1, 30);
	ck_assert_int_eq(get_tls("/file", NULL, false, &announced), 5 * MIB);
	ck_assert_int_eq(get_tls("/file", NULL, true, &announced), 0);
	ck_assert_int_eq(announced, 5 * MIB);
	files = open_files();
	before = peak();
	ck_assert_int_eq(get_tls("/echo", sparse, false, &announced), big);
	ck_assert_int_eq(announced, big);
	ck_memory(before);
	ck_files_become(files);
}
END_TEST

START_TEST(file_over_the_socket)
{
	char text[4096];
	struct stat st;
	int fd, files;

	start(1, 30);
	must(client_fetch(client, "GET", "/file", NULL, NULL, target, &e));
	ck_assert_int_eq(stat(target, &st), 0);
	ck_assert_int_eq(st.st_size, 5 * MIB);
	/* One that breaks off leaves what was there. */
	ck_assert_int_eq(client_fetch(client, "GET", "/short", NULL, NULL, target, &e), -1);
	ck_assert_msg(e.code == E_CONNECT_FAILED, "%s", e.text);
	ck_assert_int_eq(stat(target, &st), 0);
	ck_assert_int_eq(st.st_size, 5 * MIB);
	fd = ask("HEAD", "/file", "X: y");
	ck_answer(fd, 200, "Content-Length: 5242880\r\n");
	ck_assert(!readable(fd, 100));
	send_text(fd, "GET /api/v1/empty HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_answer(fd, 200, "Content-Length: 0\r\n");
	close(fd);
	/* A client that goes away in the middle. */
	ck_ping();
	files = open_files();
	fd = ask("GET", "/file", "X: y");
	ck_assert_int_eq(answer(fd, text), 200);
	close(fd);
	ck_files_become(files);
}
END_TEST

START_TEST(stream_whole)
{
	curl_off_t announced;
	char text[4096];
	int64_t before;
	int fd;

	start(1, 30);
	pieces = 0;
	before = peak();
	ck_assert_int_eq(get_tls("/stream/long", NULL, false, &announced), (int64_t)PIECES * PIECE);
	ck_assert_int_eq(pieces, PIECES);
	ck_assert_int_eq(get_tls("/stream/gaps", NULL, false, &announced), (int64_t)PIECES / 2 * PIECE);
	ck_memory(before);
	/* What fits in one piece has a length. */
	fd = ask("HEAD", "/stream/one", "X: y");
	ck_answer(fd, 200, "Content-Length: 100000\r\n");
	close(fd);
	fd = ask("HEAD", "/stream/long", "X: y");
	ck_answer(fd, 200, "Content-Type: application/json\r\n");
	ck_assert_int_eq(answer(fd, text), 0);
	ck_assert_str_eq(text, "");
	close(fd);
}
END_TEST

/* What is looked for long is not looked for in one go: others that have the same thread have their turn. */
START_TEST(stream_of_few)
{
	struct timespec begun, end;
	int fd[8];

	start(1, 30);
	for (size_t i = 0; i < 8; i++) {
		fd[i] = ask("GET", "/stream/far", "X: y");
		usleep(50000); /* so that no thread takes all of them */
	}
	clock_gettime(CLOCK_MONOTONIC, &begun);
	ck_ping();
	clock_gettime(CLOCK_MONOTONIC, &end);
	ck_assert_int_lt((end.tv_sec - begun.tv_sec) * 1000 + (end.tv_nsec - begun.tv_nsec) / 1000000, 1000);
	for (size_t i = 0; i < 8; i++)
		close(fd[i]);
}
END_TEST

/* Who takes a long answer is looked at for each piece, and then forgotten. */
START_TEST(stream_to_somebody)
{
	curl_off_t announced;
	int64_t before, got;

	start(1, 30);
	bearer = "secret";
	withdrawn = false;
	get_tls("/stream/long", NULL, false, &announced);
	before = peak();
	ck_assert_int_eq(get_tls("/own/x", NULL, false, &announced), (int64_t)PIECES * PIECE);
	ck_memory(before);
	fetched = CURLE_PARTIAL_FILE;
	got = get_tls("/own/withdrawn", NULL, false, &announced);
	ck_assert_int_le(got, 3 * (int64_t)PIECE);
	bearer = NULL;
	fetched = CURLE_OK;
}
END_TEST

/* The first piece can still refuse; later the client sees that the answer is not whole. */
START_TEST(stream_breaks_off)
{
	struct stat st;
	int fd;

	start(1, 30);
	fd = ask("GET", "/stream/none", "X: y");
	ck_answer(fd, 409, "NOT_ENOUGH");
	close(fd);
	ck_assert_int_eq(client_fetch(client, "GET", "/stream/break", NULL, NULL, target, &e), -1);
	ck_assert_msg(e.code == E_CONNECT_FAILED, "%s", e.text);
	ck_assert_int_ne(stat(target, &st), 0);
	ck_ping();
}
END_TEST

/* More clients that read nothing than there are threads: no read is open, nobody waits for them, and memory holds a
 * piece of each. */
START_TEST(stream_to_slow_clients)
{
	char text[4096];
	int fd[8], before;

	start(1, 30);
	ck_ping();
	pieces = 0;
	for (size_t i = 0; i < 8; i++) {
		fd[i] = ask("GET", "/stream/long", "X: y");
		ck_assert_int_eq(answer(fd[i], text), 200);
	}
	usleep(300000);
	before = pieces;
	ck_assert_int_lt(before, 8 * 20);
	ck_assert(!db_in_transaction(pieces_db));
	for (size_t i = 0; i < 4; i++)
		ck_ping();
	usleep(100000);
	ck_assert_int_eq(pieces, before);
	for (size_t i = 0; i < 8; i++)
		close(fd[i]);
	ck_ping();
}
END_TEST

/* ---- slow steps ---- */

#define POST_NOTHING "POST", "/slow/wait", "Content-Length: 0"

static void ck_steps(const char *want)
{
	ck_assert_str_eq(steps, want);
	memset(steps, 0, sizeof(steps));
}

START_TEST(order_of_steps)
{
	json_t *v = NULL;

	start(2, 30);
	must(client_call(client, "POST", "/slow/x", NULL, &v, &e));
	json_decref(v);
	ck_steps("rswf");
	must(client_call(client, "POST", "/only/x", NULL, &v, &e));
	json_decref(v);
	ck_steps("sf");
	must(client_call(client, "POST", "/slow/answer", NULL, &v, &e));
	json_decref(v);
	ck_steps("rs");
	ck_assert_int_eq(client_call(client, "POST", "/slow/error", NULL, &v, &e), -1);
	ck_assert_int_eq(e.code, E_NOT_ENOUGH);
	ck_steps("rs");
}
END_TEST

START_TEST(others_are_answered)
{
	int slow[12];

	start(2, 30);
	for (size_t i = 0; i < 12; i++)
		slow[i] = ask(POST_NOTHING);
	sem_wait(&entered);
	sem_wait(&entered);
	for (int i = 0; i < 100; i++)
		ck_ping();
	for (size_t i = 0; i < 12; i++)
		ck_assert(!readable(slow[i], 0));
	for (size_t i = 0; i < 12; i++)
		sem_post(&gate);
	for (size_t i = 0; i < 12; i++) {
		ck_answer(slow[i], 200, "SUCCESS");
		close(slow[i]);
	}
}
END_TEST

/* Whoever signs in waits for no synchronization, and no synchronization for all those who sign in. */
START_TEST(brief_ones_do_not_wait)
{
	AUTO_JSON *v = NULL;
	int slow[4], brief[3];

	start(2, 30);
	for (size_t i = 0; i < 4; i++)
		slow[i] = ask(POST_NOTHING);
	sem_wait(&entered);
	sem_wait(&entered);
	must(client_call(client, "POST", "/brief/answer", NULL, &v, &e));
	for (size_t i = 0; i < 3; i++)
		brief[i] = ask("POST", "/brief/wait", "Content-Length: 0");
	sem_wait(&entered);
	for (size_t i = 0; i < 7; i++)
		sem_post(&gate);
	for (size_t i = 0; i < 4; i++) {
		ck_answer(slow[i], 200, "SUCCESS");
		close(slow[i]);
	}
	for (size_t i = 0; i < 3; i++) {
		ck_answer(brief[i], 200, "SUCCESS");
		close(brief[i]);
	}
}
END_TEST

START_TEST(brief_ones_hold_up_nobody)
{
	int brief[3], slow;

	start(1, 30);
	for (size_t i = 0; i < 3; i++)
		brief[i] = ask("POST", "/brief/wait", "Content-Length: 0");
	sem_wait(&entered);
	sem_wait(&entered);
	slow = ask("POST", "/slow/answer", "Content-Length: 0");
	settle(slow);
	ck_assert(!readable(slow, 0));
	/* Whichever is let go: the one that takes long ones too takes that first. */
	for (size_t i = 0; i < 3; i++) {
		sem_post(&gate);
		if (readable(slow, 500))
			break;
	}
	ck_answer(slow, 200, "SUCCESS");
	for (size_t i = 0; i < 3; i++)
		sem_post(&gate);
	for (size_t i = 0; i < 3; i++) {
		ck_answer(brief[i], 200, "SUCCESS");
		close(brief[i]);
	}
	close(slow);
}
END_TEST

#define QUEUED 33 /* one more than may wait */

START_TEST(queue_full)
{
	struct pollfd fds[QUEUED];
	int first, refused = 0;

	start(1, 30);
	first = ask(POST_NOTHING);
	sem_wait(&entered);
	for (size_t i = 0; i < QUEUED; i++)
		fds[i] = (struct pollfd){ .fd = ask(POST_NOTHING), .events = POLLIN };
	ck_assert_int_eq(poll(fds, QUEUED, WAIT_MS), 1);
	for (size_t i = 0; i < QUEUED; i++)
		if (fds[i].revents)
			refused = fds[i].fd;
	ck_answer(refused, 503, "Retry-After: 2\r\n");
	send_text(refused, "GET /api/v1/ping HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_answer(refused, 200, "SUCCESS");
	for (size_t i = 0; i < QUEUED; i++)
		sem_post(&gate);
	ck_answer(first, 200, "SUCCESS");
	for (size_t i = 0; i < QUEUED; i++) {
		if (fds[i].fd != refused)
			ck_answer(fds[i].fd, 200, "SUCCESS");
		close(fds[i].fd);
	}
	close(first);
}
END_TEST

START_TEST(client_gone)
{
	struct server_stats stats = { 0 };
	int files, fd;

	start(1, 30);
	ck_ping();
	files = open_files();
	fd = ask(POST_NOTHING);
	sem_wait(&entered);
	close(fd);
	sem_post(&gate);
	for (int i = 0; stats.requests < 2; i++) {
		ck_assert_int_lt(i, WAIT_MS);
		usleep(1000);
		server_stats(server, &stats);
	}
	ck_files_become(files);
	steps[3] = '\0'; /* whether it was noticed before the last step is luck */
	ck_steps("rsw");
}
END_TEST

static void *quiesce(void *arg)
{
	(void)arg;
	server_quiesce(server);
	return NULL;
}

START_TEST(stop_in_a_slow_step)
{
	int running, waiting[5];
	pthread_t thread;

	start(1, 30);
	running = ask("POST", "/slow/stop", "Content-Length: 0");
	sem_wait(&entered);
	for (size_t i = 0; i < 5; i++) {
		waiting[i] = ask(POST_NOTHING);
		settle(waiting[i]);
	}
	pthread_create(&thread, NULL, quiesce, NULL);
	for (size_t i = 0; i < 5; i++) {
		ck_answer(waiting[i], 503, "STOPPING");
		close(waiting[i]);
	}
	ck_answer(running, 409, "CANCELLED");
	pthread_join(thread, NULL);
	close(running);
	ck_steps("rsrrrrr");
}
END_TEST

/* A step that does not look whether it should end is waited for; nobody else is kept waiting. */
START_TEST(stop_waits_for_a_step)
{
	int running, waiting;
	pthread_t thread;

	start(1, 30);
	running = ask(POST_NOTHING);
	sem_wait(&entered);
	waiting = ask(POST_NOTHING);
	settle(waiting);
	pthread_create(&thread, NULL, quiesce, NULL);
	ck_answer(waiting, 503, "STOPPING");
	ck_assert(!readable(running, 200));
	sem_post(&gate);
	ck_answer(running, 200, "SUCCESS");
	pthread_join(thread, NULL);
	close(running);
	close(waiting);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("server");
	TCase *t = tcase_create("server");
	SRunner *r;
	int failed;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	json_init();
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, file_there_and_back);
	tcase_add_test(t, file_that_is_empty);
	tcase_add_test(t, file_too_large);
	tcase_add_test(t, file_judged_early);
	tcase_add_test(t, file_cut_in_the_middle);
	tcase_add_test(t, disk_full);
	tcase_add_test(t, slow_lines);
	tcase_add_test(t, two_hours);
	tcase_add_test(t, file_over_tls);
	tcase_add_test(t, file_over_the_socket);
	tcase_add_test(t, stream_whole);
	tcase_add_test(t, stream_of_few);
	tcase_add_test(t, stream_to_somebody);
	tcase_add_test(t, stream_breaks_off);
	tcase_add_test(t, stream_to_slow_clients);
	tcase_add_test(t, order_of_steps);
	tcase_add_test(t, others_are_answered);
	tcase_add_test(t, brief_ones_do_not_wait);
	tcase_add_test(t, brief_ones_hold_up_nobody);
	tcase_add_test(t, queue_full);
	tcase_add_test(t, client_gone);
	tcase_add_test(t, stop_in_a_slow_step);
	tcase_add_test(t, stop_waits_for_a_step);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	curl_global_cleanup();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
