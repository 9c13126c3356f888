/* cmd_user.c - users, their roles, and their passwords without echo. */
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

/* ---- making and changing ---- */

/* The first one has to be able to make the others. */
static int choose_role(struct ctl *c, const struct ctl_args *a, json_t *body, struct err *e)
{
	AUTO_JSON *answer = NULL;

	ctl_put_text(body, "role", a, "role");
	if (args_text(a, "role"))
		return 0;
	if (ctl_get_call(c, "/users", &answer, e))
		return -1;
	if (json_array_size(ctl_rows(answer, "users")))
		return err_set(e, E_USAGE, "Say what the user may do: --role auditor, for example.");
	json_set_text(body, "role", "system-administrator");
	return 0;
}

static void put_place(json_t *body, const struct ctl_args *a)
{
	ctl_put_text(body, "account", a, "account");
	ctl_put_text(body, "virtualAccount", a, "virtual-account");
}

/* With a password that is asked for; body gets it too, and is to be dropped soon. */
static int post_password(struct ctl *c, const struct ctl_args *a, const char *path, json_t *body, json_t **answer,
			 struct err *e)
{
	struct buf password = BUF_INIT;
	int rc = get_password(args_text(a, "password-file"), &password, e);

	if (rc == 0) {
		json_set_text(body, "password", password.data);
		if (args_flag(a, "must-change"))
			json_set_bool(body, "mustChange", true);
		rc = ctl_post(c, path, body, answer, e);
	}
	buf_cleanse(&password);
	return rc;
}

int cmd_user_add(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	AUTO_BUF roles = BUF_INIT;

	json_set_text(body, "name", a->pos[0]);
	ctl_put_text(body, "fullName", a, "full-name");
	put_place(body, a);
	if (choose_role(c, a, body, e) || post_password(c, a, "/users", body, &answer, e))
		return -1;
	ctl_add_roles(json_object_get(answer, "user"), &roles);
	ctl_done(c, answer, "User “%s” is added as %s%s.", a->pos[0], roles.data,
		 args_flag(a, "must-change") ? " and changes the password before the first sign-in" : "");
	return 0;
}

int cmd_user_password(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/users/{}/password", a->pos[0]);
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;

	if (post_password(c, a, path, body, &answer, e))
		return -1;
	ctl_done(c, answer, "User “%s” has the new password; whoever is signed in by this name signs in anew.", a->pos[0]);
	return 0;
}

static int change(struct ctl *c, const struct ctl_args *a, const char *verb, const char *sentence, struct err *e)
{
	AUTO_FREE char *base = client_path("/users/{}", a->pos[0]);
	AUTO_FREE char *path = mem_printf("%s/%s", base, verb);
	AUTO_JSON *answer = NULL;

	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	ctl_done(c, answer, "User “%s” %s.", a->pos[0], sentence);
	return 0;
}

int cmd_user_remove(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return change(c, a, "remove", "is removed; the sessions and access tokens are void", e);
}

int cmd_user_disable(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return change(c, a, "disable", "cannot sign in any more; the sessions and access tokens are void", e);
}

int cmd_user_enable(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return change(c, a, "enable", "can sign in", e);
}

static int change_role(struct ctl *c, const struct ctl_args *a, const char *verb, struct err *e)
{
	AUTO_FREE char *base = client_path("/users/{}/roles", a->pos[0]);
	AUTO_FREE char *path = mem_printf("%s%s", base, verb);
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	AUTO_BUF roles = BUF_INIT;

	ctl_put_text(body, "role", a, "role");
	put_place(body, a);
	if (ctl_post(c, path, body, &answer, e))
		return -1;
	ctl_add_roles(json_object_get(answer, "user"), &roles);
	ctl_done(c, answer, "User “%s” is now: %s.", a->pos[0],
		 roles.n ? roles.data : "without a role, and may do nothing");
	return 0;
}

int cmd_user_grant(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return change_role(c, a, "", e);
}

int cmd_user_withdraw(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return change_role(c, a, "/remove", e);
}

/* ---- showing ---- */

static const struct table_col user_cols[] = {
	{ "Name", 0, 12, 0 },          { "Roles", 0, 20, 0 }, { "Signed in", 0, 0, 2 },
	{ "From", TABLE_MAYBE, 0, 3 }, { "Status", 0, 0, 0 },
};

static void show_users(struct ctl *c, const json_t *answer)
{
	AUTO_TABLE t;
	char count[CTL_COUNT_SIZE], status[TEXT_STATUS_SIZE];
	const json_t *row;
	size_t i;

	table_init(&t, user_cols, sizeof(user_cols) / sizeof(*user_cols));
	json_array_foreach ((json_t *)ctl_rows(answer, "users"), i, row) {
		bool active = strcmp(ctl_get(row, "userStatus"), "ACTIVE") == 0;
		AUTO_BUF roles = BUF_INIT;

		ctl_add_roles(row, &roles);
		table_text(&t, ctl_get(row, "name"));
		table_text(&t, roles.n ? roles.data : "none");
		table_when(&t, ctl_get_time(row, "lastSignInDate"));
		table_text(&t, ctl_get(row, "lastSignInAddress"));
		table_text(&t, active && ctl_get_bool(row, "mustChange") ? "Must change password"
									 : text_status(ctl_get(row, "userStatus"), status));
		table_mood(&t, active ? TABLE_PLAIN : TABLE_WARN);
	}
	if (i == 0) {
		ctl_say(c, "There is no user yet, so nobody can sign in over HTTPS. Add one:");
		ctl_hint(c, "user add NAME");
		return;
	}
	ctl_say(c, "%s.", ctl_count((int64_t)i, "user", "users", count));
	table_print(&t, c->width, c->color, &c->out);
}

static const struct table_col place_cols[] = {
	{ "Name", 0, 12, 0 }, { "Role", 0, 0, 0 },         { "Virtual account", TABLE_MAYBE, 12, 0 },
	{ "Given", 0, 0, 2 }, { "By", TABLE_MAYBE, 0, 3 },
};

/* Who may do what in an account. */
static void show_place(struct ctl *c, const json_t *answer)
{
	AUTO_TABLE t;
	const json_t *row;
	size_t i;

	table_init(&t, place_cols, sizeof(place_cols) / sizeof(*place_cols));
	json_array_foreach ((json_t *)ctl_rows(answer, "roles"), i, row) {
		table_text(&t, ctl_get(row, "user"));
		table_text(&t, ctl_get(row, "role"));
		table_text(&t, ctl_get(row, "virtualAccount"));
		table_when(&t, ctl_get_time(row, "createdDate"));
		table_text(&t, ctl_get(row, "createdBy"));
	}
	if (i == 0) {
		ctl_say(c, "Nobody has a role in this account; who has one on the whole server, user list shows.");
		return;
	}
	table_print(&t, c->width, c->color, &c->out);
}

int cmd_user_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	const char *account = args_text(a, "account");
	AUTO_FREE char *path = account ? client_path("/accounts/{}/roles", account) : mem_strdup("/users");
	AUTO_JSON *answer = NULL;

	if (ctl_get_call(c, path, &answer, e))
		return -1;
	if (c->json)
		ctl_json(c, answer);
	else if (account)
		show_place(c, answer);
	else
		show_users(c, answer);
	return 0;
}

int cmd_user_show(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/users/{}", a->pos[0]);
	AUTO_JSON *answer = NULL;
	AUTO_BUF roles = BUF_INIT;
	char status[TEXT_STATUS_SIZE];
	const json_t *user;

	if (ctl_get_call(c, path, &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	user = json_object_get(answer, "user");
	ctl_add_roles(user, &roles);
	ctl_pair(c, "Name", ctl_get(user, "name"));
	ctl_pair(c, "Full name", ctl_get(user, "fullName"));
	ctl_pair(c, "Status", text_status(ctl_get(user, "userStatus"), status));
	ctl_pair(c, "Roles", roles.n ? roles.data : "none: may do nothing");
	ctl_pair_when(c, "Last sign-in", ctl_get_time(user, "lastSignInDate"));
	ctl_pair(c, "From", ctl_get(user, "lastSignInAddress"));
	ctl_pair_when(c, "Password of", ctl_get_time(user, "passwordDate"));
	ctl_pair(c, "To be changed", ctl_get_bool(user, "mustChange") ? "before the next sign-in" : "");
	ctl_pair_when(c, "Created", ctl_get_time(user, "createdDate"));
	ctl_pair(c, "By", ctl_get(user, "createdBy"));
	return 0;
}
