/* client.h - the server's REST calls over its Unix control socket.
 *
 * Who may call is decided by the socket's permissions and by the peer's user id at the server; there is no
 * password. http_proxy and its like are not used. */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "json/json.h"

#define CLIENT_TEXT_MAX (16u << 20)    /* PEM texts, and errors where a file was asked for, bytes */
#define CLIENT_ANSWER_MAX (512u << 20) /* JSON answers, bytes */

struct client;

/* socket_path is copied. Connects at the first call. E_CONNECT_FAILED: the path does not fit a socket address. */
int client_open(const char *socket_path, struct client **out, struct err *e);
void client_close(struct client *c);

/* A path below /api/v1: each `{}` of the pattern becomes the next argument, percent-encoded (RFC 3986 section 2.1;
 * `.` and `..` too). As many texts as `{}`; the caller frees the result. */
#define client_path(...) client_path_of(__VA_ARGS__, (const char *)NULL)
char *client_path_of(const char *pattern, ...) __attribute__((sentinel));

/* Calls and reads a JSON answer. body NULL is an empty one. *out is owned by the caller.
 *
 * E_CONNECT_FAILED  no connection, or no answer within the time (60 s)
 * E_ANSWER_INVALID  the answer is no JSON object with a status
 * else the error of the server, with its text; client_error_name() has the name if it is none of ours. An answer
 * with status ERROR is an error also if its HTTP status is 200. */
int client_call(struct client *c, const char *method, const char *path, const json_t *body, json_t **out, struct err *e);

/* Files may have any size; they pass piece by piece. Such a call lasts as long as it needs, unless nothing moves for 10
 * minutes: E_CONNECT_FAILED. */

/* client_call() that lasts as long as the server needs, up to those 10 minutes. */
int client_work(struct client *c, const char *method, const char *path, const json_t *body, json_t **out, struct err *e);

/* Sends a file (application/gzip) with POST and reads a JSON answer. It must be a regular file that can be read:
 * E_FILE_ERROR. */
int client_upload(struct client *c, const char *path, const char *file, json_t **out, struct err *e);

/* Puts an answer that is a file into the file `to` (mode 0600), which gets its name when it is whole and on disk; until
 * then, and when anything fails, what was there stays. body and upload_file (POST only) may be NULL, and one of them is. */
int client_fetch(struct client *c, const char *method, const char *path, const json_t *body, const char *upload_file,
		 const char *to, struct err *e);

/* Reads a text of at most CLIENT_TEXT_MAX within the time of client_call(); added to out. */
int client_text(struct client *c, const char *path, struct buf *out, struct err *e);

/* A header of the last call's answer, borrowed until the next call; NULL if it had none of this name. */
const char *client_header(const struct client *c, const char *name);

/* The error answer of the last call, borrowed; NULL if there was none. */
const json_t *client_error_answer(const struct client *c);

/* How the server called the error of the last call; "" if it did not answer with one. */
const char *client_error_name(const struct client *c);

/* Fills e from an answer or from one result in it: its error's name, or E_SERVER_FAILED, and its statusMessage.
 * name gets what the server called it. Returns -1. */
int client_refused(const json_t *answer, char name[64], struct err *e);

#define CLIENT_SOCKET_DEFAULT "/run/license-satellite/control.sock"

/* Why no connection came about, by the errno of connect(2): what is so and what to do. The service of systemd is
 * spoken of only if the path is its own. Returns -1. */
int client_unreachable(const char *socket_path, int error, struct err *e);

#endif
