/* cmd_user.c - users, and their passwords without echo. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "ctl/ctl.h"

#define PASSWORD_MAX 1024 /* bytes */

static struct termios saved; /* for the handler: echo must come back when the prompt is interrupted */
static int terminal = -1;

static void interrupted(int sig)
{
	tcsetattr(terminal, TCSAFLUSH, &saved);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* One line without its end from fd; byte by byte, so that nothing behind it is taken. */
static int read_line(int fd, const char *from, struct buf *out, struct err *e)
{
	for (;;) {
		char c;
		ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, E_FILE_ERROR, "Cannot read the password from %s: %s.", from, strerror(errno));
		if (n == 0 || c == '\n')
			break;
		if (out->n == PASSWORD_MAX)
			return err_set(e, E_BAD_REQUEST, "The password from %s is longer than %d bytes.", from,
				       PASSWORD_MAX);
		buf_addc(out, c);
	}
	if (out->n && out->data[out->n - 1] == '\r')
		out->data[--out->n] = '\0';
	if (out->n == 0)
		return err_set(e, E_WEAK_PASSWORD, "The password from %s is empty.", from);
	if (!str_utf8(out->data, out->n))
		return err_set(e, E_BAD_REQUEST, "The password from %s is not UTF-8 text.", from);
	return 0;
}

static int prompt(const char *text, struct buf *out, struct err *e)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	struct sigaction handler = { .sa_handler = interrupted }, old[5];
	struct termios silent;
	int rc;

	if (tcgetattr(terminal, &saved))
		return err_set(e, E_FILE_ERROR, "Cannot use the terminal: %s.", strerror(errno));
	silent = saved;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	for (size_t i = 0; i < 5; i++)
		sigaction(signals[i], &handler, &old[i]);
	dprintf(terminal, "%s: ", text);
	tcsetattr(terminal, TCSAFLUSH, &silent);
	rc = read_line(terminal, "the terminal", out, e);
	tcsetattr(terminal, TCSAFLUSH, &saved);
	dprintf(terminal, "\n");
	for (size_t i = 0; i < 5; i++)
		sigaction(signals[i], &old[i], NULL);
	return rc;
}

static int ask_twice(struct buf *out, struct err *e)
{
	struct buf again = BUF_INIT;
	int rc;

	terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (terminal < 0)
		return err_set(e, E_FILE_ERROR, "Cannot open the terminal: %s.", strerror(errno));
	rc = prompt("Password", out, e);
	if (rc == 0)
		rc = prompt("The same again", &again, e);
	if (rc == 0 && strcmp(out->data, again.data) != 0)
		rc = err_set(e, E_BAD_REQUEST, "The two passwords differ. Nothing was changed.");
	close(terminal);
	buf_cleanse(&again);
	return rc;
}

static int get_password(const char *file, struct buf *out, struct err *e)
{
	int fd, rc;

	if (file == NULL)
		return isatty(STDIN_FILENO) ? ask_twice(out, e) : read_line(STDIN_FILENO, "standard input", out, e);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, E_FILE_ERROR, "Cannot open %s: %s.", file, strerror(errno));
	rc = read_line(fd, file, out, e);
	close(fd);
	return rc;
}

int cmd_user_add(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	struct buf password = BUF_INIT;
	int rc;

	rc = get_password(args_text(a, "password-file"), &password, e);
	if (rc == 0) {
		json_set_text(body, "name", a->pos[0]);
		json_set_text(body, "password", password.data);
		ctl_put_choice(body, "role", a, "role");
		rc = ctl_post(c, "/users", body, &answer, e);
	}
	buf_cleanse(&password);
	if (rc == 0)
		ctl_done(c, answer, "User “%s” is added and can sign in.", a->pos[0]);
	return rc;
}

int cmd_user_password(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/users/{}/password", a->pos[0]);
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	struct buf password = BUF_INIT;
	int rc = get_password(args_text(a, "password-file"), &password, e);

	if (rc == 0) {
		json_set_text(body, "password", password.data);
		rc = ctl_post(c, path, body, &answer, e);
	}
	buf_cleanse(&password);
	if (rc == 0)
		ctl_done(c, answer, "User “%s” has the new password; whoever is signed in by this name signs in anew.",
			 a->pos[0]);
	return rc;
}

int cmd_user_remove(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/users/{}/remove", a->pos[0]);
	AUTO_JSON *answer = NULL;

	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	ctl_done(c, answer, "User “%s” is removed; the access tokens are void.", a->pos[0]);
	return 0;
}

static const struct table_col user_cols[] = {
	{ "Name", 0, 16, 0 },           { "Role", TABLE_MAYBE, 10, 0 },
	{ "State", TABLE_MAYBE, 0, 0 }, { "Last seen", TABLE_MAYBE, 0, 1 },
	{ "Added", TABLE_MAYBE, 0, 2 },
};

int cmd_user_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_TABLE t;
	AUTO_JSON *answer = NULL;
	char count[CTL_COUNT_SIZE], status[TEXT_STATUS_SIZE];
	const json_t *row;
	size_t i;

	(void)a;
	table_init(&t, user_cols, sizeof(user_cols) / sizeof(*user_cols));
	if (ctl_get_call(c, "/users", &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	json_array_foreach (ctl_rows(answer, "users"), i, row) {
		table_text(&t, ctl_get(row, "name"));
		table_text(&t, ctl_get(row, "role"));
		table_text(&t,
			   text_status(*ctl_get(row, "state") ? ctl_get(row, "state") : ctl_get(row, "status"), status));
		table_when(&t, ctl_get_time(row, "lastSeenAt"));
		table_when(&t, ctl_get_time(row, "createdAt"));
	}
	if (i == 0) {
		ctl_say(c, "There is no user yet, so nobody can sign in over HTTPS. Add one:");
		ctl_hint(c, "user add NAME");
		return 0;
	}
	ctl_say(c, "%s.", ctl_count((int64_t)i, "user", "users", count));
	table_print(&t, c->width, c->color, &c->out);
	return 0;
}
