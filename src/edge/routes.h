/* routes.h - the tables of routes; each file of src/edge holds its own. */
#ifndef EDGE_ROUTES_H
#define EDGE_ROUTES_H

#include "http/http.h"

/* Each ends with a row without method. */
extern const struct route dev_routes[]; /* products */
extern const struct route health_routes[];
extern const struct route metrics_routes[];
extern const struct route server_routes[];  /* status, clock, events, certificates */
extern const struct route person_routes[];  /* users */
extern const struct route session_routes[]; /* sign-in of browsers, sessions, one's own password */
extern const struct route oauth_routes[];   /* access tokens (RFC 6749) */
extern const struct route client_routes[];  /* API clients */
extern const struct route event_routes[];   /* events, verify */
extern const struct route certificate_routes[];
extern const struct route backup_routes[];
extern const struct route report_routes[];
extern const struct route openapi_routes[];         /* what all of this is, for programs */
extern const struct route account_routes[];         /* accounts, virtual accounts */
extern const struct route account_request_routes[]; /* accounts that somebody asked for */
extern const struct route virtual_account_routes[];
extern const struct route webhook_routes[]; /* alert subscriptions */
extern const struct route session_routes[]; /* sign-in of browsers, sessions, one's own password */
extern const struct route token_routes[];
extern const struct route license_routes[];  /* licenses, subscriptions, transfers */
extern const struct route explain_routes[];  /* why a license is in or out of compliance, and when it was out */
extern const struct route forecast_routes[]; /* forecasts, usage history */
extern const struct route instance_routes[]; /* product instances */
extern const struct route reservation_routes[];
extern const struct route alert_routes[];
extern const struct route sync_routes[];       /* satellite: files to and from the cloud manager */
extern const struct route connection_routes[]; /* satellite: the way to the cloud manager over the network */
extern const struct route authority_routes[];  /* manager: orders, permissions */
extern const struct route satellite_routes[];  /* manager: satellites and their files */
extern const struct route move_routes[];       /* manager: licenses that leave what satellites serve */

/* The tables of a satellite and of a manager, each ended by NULL. */
extern const struct route *const satellite_tables[];
extern const struct route *const manager_tables[];

/* For server_config (authorize.c). */
int edge_login(struct req *r, const char *kind, const char *secret, struct err *e);
int edge_authorize(struct req *r, struct err *e);
int edge_seen(struct tx *tx, int64_t session, struct err *e);

#endif
