/* ctl.h - what the commands of satellitectl share. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "ctl/args.h"
#include "ctl/client.h"
#include "ctl/table.h"
#include "ctl/text.h"
#include "json/json.h"

struct ctl {
	struct client *client; /* NULL for commands that ask no server */
	const char *socket;    /* as chosen */
	bool socket_given;     /* by -s: then commands that texts propose need it too */
	bool json, color;
	size_t width;                /* of the terminal, or 80 */
	struct buf out;              /* becomes stdout when the command ends */
	const struct ctl_args *args; /* of the command that lists, for its ctl_list_fn */
	char refused[64];            /* name of an error that only the server knows; "" else */
	char program[256];           /* of ctl_program() */
};

/* All commands; ends with a row without noun. */
extern const struct ctl_cmd ctl_commands[];

/* ---- output ---- */

/* A sentence, cleaned of control characters, wrapped, with its line end. */
void ctl_say(struct ctl *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A command to copy, on a line of its own: `  satellitectl `, -s if it was given, then the words; the texts behind
 * them replace the `{}` in them, quoted for the shell. Where it is too wide a line ends with a backslash. */
#define ctl_hint(...) ctl_hint_of(__VA_ARGS__, (const char *)NULL)
void ctl_hint_of(struct ctl *c, const char *words, ...) __attribute__((sentinel));

/* `satellitectl`, with -s if it was given: how commands begin that errors and sentences name. */
const char *ctl_program(struct ctl *c);

/* The answer as one line, with --json. */
void ctl_json(struct ctl *c, const json_t *answer);

/* With --json the answer, else the sentence. */
void ctl_done(struct ctl *c, const json_t *answer, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* A label and its value under each other; NULL and "" are left out. */
void ctl_pair(struct ctl *c, const char *label, const char *value);
void ctl_pair_int(struct ctl *c, const char *label, const json_t *value);
void ctl_pair_when(struct ctl *c, const char *label, int64_t at); /* with how far it is from now */

/* `in 59 days`, `3 days ago`. Returns out. */
#define CTL_AWAY_SIZE 64
char *ctl_away(int64_t at, char out[CTL_AWAY_SIZE]);

/* `1 license`, `1,206 licenses`. Returns out. */
#define CTL_COUNT_SIZE 96
char *ctl_count(int64_t n, const char *one, const char *many, char out[CTL_COUNT_SIZE]);

/* ---- reading answers ---- */

const char *ctl_get(const json_t *obj, const char *name); /* "" unless it is a string */
int64_t ctl_get_int(const json_t *obj, const char *name); /* also of a string of digits; 0 if absent */
bool ctl_has_int(const json_t *obj, const char *name);
int64_t ctl_get_time(const json_t *obj, const char *name);     /* ms of an ISO text or of an integer; 0 if absent */
bool ctl_get_bool(const json_t *obj, const char *name);        /* true, "true", "Allowed" */
const json_t *ctl_rows(const json_t *answer, const char *key); /* an array; NULL (no rows) if there is none */

/* Sets body[name] to the value of an option that was given. */
void ctl_put_text(json_t *body, const char *name, const struct ctl_args *a, const char *opt);

/* Adds the roles[] of a user or an API client: `account-user in Demo Account / Branch, auditor`. */
void ctl_add_roles(const json_t *owner, struct buf *out);

/* How many rows have an id that is, or begins with, what was typed: at least the CTL_ID_SHOWN characters that lists
 * show. Of one alone *id is the whole id, else NULL. */
#define CTL_ID_SHOWN 8
size_t ctl_find_id(const json_t *rows, const char *typed, char **id);

/* ---- asking ---- */

/* A call without body whose answer is printed by --json or replaced by the sentence. */
int ctl_post(struct ctl *c, const char *path, const json_t *body, json_t **out, struct err *e);
int ctl_get_call(struct ctl *c, const char *path, json_t **out, struct err *e);

/* Is the server a cloud manager? false when it does not say. */
bool ctl_is_manager(struct ctl *c);

/* The accounts[] of the server. */
int ctl_accounts(struct ctl *c, json_t **out, struct err *e);

/* The account of --account, else the only one: *name, freed by the caller. E_USAGE names them if there are more. */
int ctl_one_account(struct ctl *c, const struct ctl_args *a, char **name, struct err *e);

/* A list of one account; va may be NULL. */
typedef int (*ctl_list_fn)(struct ctl *c, const char *account, const char *va, json_t **out, struct err *e);

/* The list for --account and --virtual-account. Without --account all accounts are asked and their rows joined
 * under key, and under `totals` if there are any, each with its `account`; accounts without that virtual account are
 * passed over. */
int ctl_list(struct ctl *c, const struct ctl_args *a, const char *key, ctl_list_fn list, json_t **out, struct err *e);

/* The list as one JSON object with --json, else as show prints it. */
typedef void (*ctl_show_fn)(struct ctl *c, const json_t *answer);
/* Gets an answer and shows it: with --json as it is, else its member key by show, or the whole of it (key NULL). */
int ctl_get_show(struct ctl *c, const char *path, const char *key, ctl_show_fn show, struct err *e);

int ctl_show_list(struct ctl *c, const struct ctl_args *a, const char *key, ctl_list_fn list, ctl_show_fn show,
		  struct err *e);

/* A list with POST, page by page; body gets limit and cursor. */
int ctl_post_pages(struct ctl *c, const char *path, json_t *body, const char *key, json_t **out, struct err *e);

/* All rows that a list call at a path of an account gives; va may be NULL. */
int ctl_post_list(struct ctl *c, const char *pattern, const char *account, const char *va, json_t **out, struct err *e);

/* ctl_list when the names are known; either may be NULL. */
int ctl_list_of(struct ctl *c, const char *account, const char *va, const char *key, ctl_list_fn list, json_t **out,
		struct err *e);

/* Do the rows come from more than one account? */
bool ctl_many_accounts(const json_t *rows);

/* An answer with a status each: -1 with the first failure in e if any failed (the others go to stderr). */
int ctl_each(struct ctl *c, const json_t *answer, const char *key, struct err *e);

/* ---- errors ---- */

/* `error: NAME: text` on stderr; wrapped if that is a terminal. */
void ctl_error(const char *name, const char *text);

/* `warning: text` there: something was done, and may not be what was meant. */
void ctl_warn(const char *text);

/* Puts what the server said into words of the command line: a command of the other kind of server, and members of a
 * body that are options here. */
void ctl_explain(struct ctl *c, const struct ctl_args *a, struct err *e);

/* ---- help.c ---- */

/* `usage: satellitectl token create --account A …` and its options. */
void help_command(const struct ctl_cmd *cmd, size_t width, struct buf *out);
/* Below a usage error: short, so that the error stays in sight. cmd and noun may be NULL. */
void help_brief(const struct ctl_cmd *cmd, const char *noun, size_t width, struct buf *out);
/* The commands of a noun, or all if it is NULL or unknown. */
void help_noun(const char *noun, size_t width, struct buf *out);
int cmd_help(struct ctl *c, const struct ctl_args *a, struct err *e);

/* ---- commands ---- */

int cmd_status(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_clock_accept(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_verify(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_event_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_event_export(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_event_show(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_add(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_delete(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_webhook_add(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_webhook_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_webhook_update(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_webhook_remove(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_webhook_test(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_show(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_request(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_requests(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_approve(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_reject(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_cancel(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_activate(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_deactivate(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_permit_export(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_withdraw_export(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_permit_reservation(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_account_withdraw_reservation(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_virtual_account_add(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_virtual_account_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_virtual_account_update(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_virtual_account_tag(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_virtual_account_delete(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_token_create(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_token_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_token_revoke(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_license_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_license_explain(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_license_history(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_license_subscriptions(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_license_transfer(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_license_moves(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_license_cancel_move(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_license_forecast(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_instance_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_instance_show(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_instance_transfer(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_instance_removals(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_instance_remove(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_alert_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_alert_acknowledge(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_reservation_create(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_reservation_update(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_reservation_confirm(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_reservation_return(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_reservation_cancel(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_reservation_remove(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_reservation_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_reservation_show(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_certificate_show(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_report(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_backup_make(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_backup_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_backup_fetch(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_backup_remove(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_certificate_request(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_certificate_install(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_certificate_remove(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_certificate_chain(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_sync_export(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_sync_import(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_sync_now(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_sync_cancel(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_sync_history(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_sync_configure(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_sync_privacy(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_sync_register(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_sync_status(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_user_add(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_user_password(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_user_remove(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_user_show(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_user_disable(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_user_enable(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_user_grant(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_user_withdraw(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_session_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_session_end(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_client_create(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_client_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_client_show(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_client_rotate(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_client_revoke(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_client_remove(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_user_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_order_add(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_order_change(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_order_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_satellite_authorize(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_satellite_answer(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_satellite_show(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_satellite_code_create(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_satellite_code_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_satellite_code_revoke(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_satellite_list(struct ctl *c, const struct ctl_args *a, struct err *e);
int cmd_satellite_remove(struct ctl *c, const struct ctl_args *a, struct err *e);

/* Files of synchronization: bytes of one that was just written; with --json, says as an object that it was; a command for
 * another machine, without this one's -s; is there a file that could be one? */
int64_t sync_file_size(const char *file);
void sync_tell_file(struct ctl *c, const char *file, const char *account);
void sync_say_command(struct ctl *c, const char *before, const char *file, const char *after);
int sync_check_file(const char *file, struct err *e);

/* Of a row of /sync/status: what is to be done for the account, if anything: a file that it waits for, a deadline. True if
 * there is. */
bool sync_say_due(struct ctl *c, const json_t *row);

/* The same of its way over the network: what runs, what failed and what to do. */
bool connection_say(struct ctl *c, const json_t *row);
/* The account's state as labels and values. */
void connection_show(struct ctl *c, const json_t *row);
/* `sending 84 KB of 1.2 MB`, of the member `running`. Returns out. */
#define CONNECTION_STAGE_SIZE 128
char *connection_stage(const json_t *running, char out[CONNECTION_STAGE_SIZE]);

/* What the lists print for an answer; the tests look at them. */
void sync_show_import(struct ctl *c, const json_t *answer);
void license_show(struct ctl *c, const json_t *answer);
void license_explain_show(struct ctl *c, const json_t *answer);
void token_show(struct ctl *c, const json_t *answer);
void instance_show_list(struct ctl *c, const json_t *answer);
void alert_show(struct ctl *c, const json_t *answer);
void event_show_list(struct ctl *c, const json_t *answer);

/* `1 major alert is open; 2 are acknowledged.` */
void alert_say_counts(struct ctl *c, int64_t major, int64_t minor, int64_t seen);

#endif
