/* webhook_send.h - sends deliveries of alert subscriptions (lic/webhook.h) by HTTPS.
 *
 * The receiver is whatever an account's administrator names, so nothing but a public or private host of his is reached:
 * each address is judged as the connection to it is made, not before, so that a name cannot lead elsewhere meanwhile.
 * Loopback, link-local (where clouds have their metadata), multicast and unspecified addresses are refused, also inside
 * IPv6 (mapped, NAT64, 6to4). Redirects are not followed, proxies not used, answers not kept.
 *
 * Headers: X-Satellite-Timestamp, seconds since 1970; X-Satellite-Signature, `sha256=` and in hex the HMAC-SHA256 of the
 * timestamp, a point and the body, with the secret as the key; X-Satellite-Delivery, a UUID that stays with repetitions
 * of none. 2xx is taken. */
#ifndef SYNC_WEBHOOK_SEND_H
#define SYNC_WEBHOOK_SEND_H

#include <sys/socket.h>

#include "lic/webhook.h"
#include "lic/work.h"

/* Is it an address for deliveries? https only; with loopback (the option webhook_loopback) also http, to this machine.
 * E_INVALID_REQUEST, field `url`. */
int webhook_target(const char *url, bool loopback, struct err *e);

/* May a connection go there? plain: over http, which stays on this machine. */
bool webhook_address(const struct sockaddr *a, bool loopback, bool plain);

/* Sends what the receiver does not know and stores what came of it. *more: there is more, and it was taken. */
int webhook_deliver(struct work *w, const struct webhook_row *row, bool *more, struct err *e);

/* Sends a test, of which nothing is stored. E_WEBHOOK_FAILED says why it was not taken; *status is that of HTTP. */
int webhook_try(struct work *w, const struct webhook_row *row, long *status, struct err *e);

#endif
