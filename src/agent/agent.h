/* agent.h - the product's side of licensing, to be built into a product.
 *
 * An agent keeps its state in one folder: identity, keys, registration, authorization, usage and timers. It
 * registers the product with a license server (a satellite or the cloud manager), reports which licenses are in
 * use and keeps registration and authorization alive. The rules are protocol.md sections 2 and 4 to 6.
 *
 * A product calls agent_open() once, agent_usage_set() when its use of licenses changes, and agent_tick() whenever
 * agent_next_due() has come, but at least once a minute if it can: then a clock that jumps is seen by
 * agent_clock_watch() before anything follows from it. agent_command() takes the commands of a product administrator.
 *
 * An agent belongs to one thread at a time; several agents are independent of each other. All times are ms UTC.
 * Nothing reads the system's clock but agent_command(); the caller says what time it is. Programs call json_init(),
 * and those that use the agent's own transport curl_global_init(), before threads start.
 *
 * What is written when: keys and the message are saved before a message is sent, what follows from an answer right
 * after it. So a product that loses power in between sends the same bytes again (within the hour) or asks for the
 * same certificate with the same key, and neither registers twice nor loses its registration (section 4). */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct agent;

/* Sends n bytes to url by POST and adds the body of the answer to answer. The bytes are JSON, or XML if they begin
 * with `<` (Call Home); the answer is of the same kind. 0, or -1 with E_CONNECT_FAILED (nobody there), E_BUSY (try
 * later) or E_ANSWER_INVALID (something else answered). */
typedef int (*agent_exchange)(void *arg, const char *url, const char *body, size_t n, struct buf *answer, struct err *e);

/* Asks the person who gave the command, and adds the answer without its line end; hidden: nobody may see it typed. -1:
 * nobody is there, or the person gave up. */
typedef int (*agent_ask)(void *arg, const char *question, bool hidden, struct buf *answer);

/* Everything is borrowed during agent_open() only, but the args. What is NULL is left as the state has it. */
struct agent_options {
	const char *product;     /* `UCM` (first default) or `SME` */
	const char *serial;      /* UDI serial number; five random digits if never given */
	const char *uuid;        /* UDI UUID, with or without dashes; random if never given */
	const char *hostname;    /* sent at registration; the machine's own if never given */
	const char *ip;          /* sent at registration; null if never given */
	const char *ca_pem;      /* CA of the server's TLS certificate, PEM */
	const char *root_pem;    /* licensing root, PEM: the anchor of every answer */
	agent_exchange exchange; /* NULL: HTTPS by libcurl */
	void *arg;               /* for exchange */
	agent_ask ask;           /* NULL: nobody can be asked */
	void *ask_arg;
};

/* Opens, or makes, the state in a folder and locks it against other processes until agent_close(). The evaluation
 * period begins when the state is made. Errors: E_BUSY (another process has it), E_FILE_ERROR, E_CONFLICT (another product, serial
 * number or UUID than the registered one), E_CERTIFICATE_INVALID, E_USAGE (an option that cannot be used). */
int agent_open(const char *dir, const struct agent_options *o, int64_t now, struct agent **out, struct err *e);
void agent_close(struct agent *a); /* NULL is fine */

/* Ends an exchange of the agent's own transport that waits, with E_CONNECT_FAILED, and every later one at once. May
 * be called from a signal handler or another thread. */
void agent_interrupt(struct agent *a);

/* What the last call did, or could not do, that a person must know though it succeeded; "" if nothing. */
const char *agent_warning(const struct agent *a);

/* Who is addressed: a satellite, or the cloud manager. They speak alike and are kept apart for people only. */
enum agent_road { AGENT_GATEWAY, AGENT_DIRECT };

/* Where messages go. `HOST:PORT` is completed to an https:// URL with the path /SmartTransport, or that of Call Home
 * (protocol.md section 3) for this road; IPv6 addresses in brackets; whole URLs are taken as well. http:// must be
 * spelled out, leaves a warning, and servers refuse to register over it. E_USAGE. */
int agent_transport_set(struct agent *a, enum agent_road road, const char *where, bool callhome, struct err *e);

/* The HTTP proxy on the way there: HOST:PORT (http) or http:// or https:// URL; NULL: none. user and password for
 * its login (Basic or Digest), both or neither NULL; the password is kept in the state and never shown. E_USAGE. */
int agent_proxy_set(struct agent *a, const char *where, const char *user, const char *password, struct err *e);

/* What the next registration does not tell the server. */
enum { AGENT_HIDE_HOST = 1, /* host name, IP and MAC address */ AGENT_HIDE_VERSION = 2 /* version of the product */ };
int agent_privacy_set(struct agent *a, unsigned hide, struct err *e);
unsigned agent_privacy(const struct agent *a);

/* The cluster's security mode. Mixed mode needs export-controlled functionality: E_EXPORT_NOT_ALLOWED unless the
 * product is registered with it. Once on it stays on, and AGENT_ALERT_EXPORT says when it should not be. */
int agent_mixed_mode_set(struct agent *a, bool on, int64_t now, struct err *e);
bool agent_mixed_mode(const struct agent *a);

/* Registers with a token and, once registered, reports usage. force: moves or takes over a registration (section 4).
 * E_CONNECT_FAILED, E_ANSWER_INVALID and E_BUSY leave the registration pending: agent_tick() goes on trying.
 * E_ALREADY_REGISTERED without force; else the server's code. */
int agent_register(struct agent *a, const char *token, bool force, int64_t now, struct err *e);

/* Gives the licenses back and ends the registration. If the server cannot be reached (E_CONNECT_FAILED,
 * E_ANSWER_INVALID inside) the product is deregistered here only, and agent_warning() says what to remove where by
 * hand. A server that no longer knows the product counts as success; one that refuses or is busy does not, and the
 * product stays registered. E_NOT_REGISTERED_PRODUCT. */
int agent_deregister(struct agent *a, int64_t now, struct err *e);

/* Reports usage now and so renews the authorization. E_NOT_REGISTERED_PRODUCT. */
int agent_authorize(struct agent *a, int64_t now, struct err *e);

/* Gets a new ID certificate for the same key now. E_NOT_REGISTERED_PRODUCT. */
int agent_renew(struct agent *a, int64_t now, struct err *e);

struct agent_usage {
	const char *license; /* a catalogue name (`Enhanced`), without case, or a whole tag */
	int64_t count;       /* 0 releases; at most 2^31 - 1 */
};

/* Sets the use of the licenses named and leaves the others; all of them or, on error, none. Nothing is sent.
 * E_ENTITLEMENT_UNKNOWN; E_EVALUATION_EXPIRED: adding while not registered after the evaluation period. */
int agent_usage_set(struct agent *a, const struct agent_usage *usage, size_t n, int64_t now, struct err *e);

/* Does all that is due: usage report every 24 hours, renewal of authorization and registration, retries. A server
 * that does not answer is no error here; the state says so. Only a state that cannot be saved is. */
int agent_tick(struct agent *a, int64_t now, struct err *e);

/* When agent_tick() has something to do next; INT64_MAX if never. */
int64_t agent_next_due(const struct agent *a);

/* The agent believes the clock unless it stands more than five minutes behind the last time that was seen (kept in
 * the state), or jumps by more than an hour against the monotonic clock. Then AGENT_ALERT_CLOCK is raised, and what
 * is spent or expires stands still at the last time believed, until the clock is right again, a server accepts a
 * message (it compares the clocks), or somebody calls agent_clock_accept() (section 6). */
struct agent_watch {
	int64_t wall, mono; /* the last two readings that agreed; zeroed by the caller at first */
	bool wrong;
};

/* Compares two readings (clock_now(), clock_mono()) with those of the last call; before agent_tick(). One watch
 * serves one agent for as long as the process lives, also over several agent_open(). Errors of saving. */
int agent_clock_watch(struct agent *a, struct agent_watch *w, int64_t now, int64_t mono, struct err *e);
int agent_clock_accept(struct agent *a, int64_t now, struct err *e);

/* Alerts that stand now, as bits. */
enum agent_alert {
	AGENT_ALERT_EXPORT = 1, /* mixed mode without export-controlled functionality */
	AGENT_ALERT_CLOCK = 2,  /* the clock is not believed */
};
unsigned agent_alerts(const struct agent *a, int64_t now);
const char *agent_alert_name(enum agent_alert which); /* `SmartLicenseExportControlNotAllowed` */

/* Adds what happened and what to do, in a sentence or two. */
void agent_alert_text(const struct agent *a, enum agent_alert which, int64_t now, struct buf *out);

enum agent_registration {
	AGENT_UNREGISTERED,
	AGENT_REGISTERING,         /* no answer yet; tried again */
	AGENT_REGISTRATION_FAILED, /* the server refused */
	AGENT_REGISTERED,
	AGENT_REGISTRATION_EXPIRED,
	AGENT_RESERVATION_IN_PROGRESS, /* reservation.h */
	AGENT_RESERVED,
};

enum agent_authorization {
	AGENT_EVALUATION,
	AGENT_EVALUATION_EXPIRED,
	AGENT_AUTHORIZATION_PENDING, /* registered, usage not answered yet */
	AGENT_AUTHORIZED,
	AGENT_OUT_OF_COMPLIANCE,
	AGENT_AUTHORIZATION_EXPIRED, /* 90 days without contact */
	AGENT_AUTHORIZED_RESERVED,
	AGENT_NOT_AUTHORIZED_RESERVED, /* more is in use than reserved */
};

/* The states as they are at that time, and their names as `show license` prints them. */
enum agent_registration agent_registration(const struct agent *a, int64_t now);
enum agent_authorization agent_authorization(const struct agent *a, int64_t now);
const char *agent_registration_name(enum agent_registration r);
const char *agent_authorization_name(enum agent_authorization s);

/* What is left of the evaluation period in ms. */
int64_t agent_evaluation_left(const struct agent *a, int64_t now);

/* Why the last registration, renewal or report failed and when the next try is, as one line for a log; "" if all
 * went well. Returns out. */
char *agent_trouble(const struct agent *a, char out[512]);

/* Runs a command of a product administrator (product-agent(1)) at clock_now() and adds what it prints to out; what
 * agent_warning() says comes besides. E_USAGE: there is no such command; else as the functions above. */
int agent_command(struct agent *a, const char *line, struct buf *out, struct err *e);

/* The same, but adds one JSON object and a line end in every case: `command` (its own words, never what was given
 * to it), `status` SUCCESS or ERROR, `error`, `output` (the text), `warning`, `alerts`, and for `show` what is shown
 * as members. */
int agent_command_json(struct agent *a, const char *line, struct buf *out, struct err *e);

/* What can come next: adds the words, one a line, that the last word of line (up to its end) can become. */
void agent_complete(const char *line, struct buf *out);

/* Does the line hold a token, a password or an authorization code, so that no history may keep it? */
bool agent_line_secret(const char *line);

/* The text of `show license WHAT`: all, summary, status, usage, udi or tech (support). -1 if it is none of them. */
int agent_show(const struct agent *a, const char *what, int64_t now, struct buf *out);

#endif
