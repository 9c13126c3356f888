/* account_request.h - accounts that somebody asks for and a system administrator makes, or does not. */
#ifndef LIC_ACCOUNT_REQUEST_H
#define LIC_ACCOUNT_REQUEST_H

#include "db/q_request.h"
#include "lic/access.h"
#include "lic/account.h"

#define REQUEST_PENDING "PENDING"
#define REQUEST_APPROVED "APPROVED"
#define REQUEST_REJECTED "REJECTED"
#define REQUEST_CANCELLED "CANCELLED"

#define REQUESTS_WAITING_MAX 20 /* of one person or API client */
#define REQUESTS_KEPT 1000      /* that are decided */

struct account_wish {
	const char *name, *domain;
	const char *smart_account, *virtual_account; /* satellite: what it is to be bound to; required there */
	const char *message;                         /* what it is for */
};

/* Asks for an account. sees_all: whoever asks may see all accounts of the server, so he is told at once if there is one of
 * this name; others are not told what there is. E_NAME_INVALID, E_INVALID_REQUEST, E_ACCOUNT_EXISTS; E_CONFLICT if he has
 * asked for it already, or for too many. */
int account_request_add(struct tx *tx, const struct caller *caller, bool sees_all, const struct account_wish *in,
			struct account_request_row *out, struct err *e);

/* By its UUID. E_ACCOUNT_REQUEST_UNKNOWN. */
int account_request_find(struct tx *tx, const char *uuid, struct account_request_row *out, struct err *e);

/* The newest first: all, or those of the caller. */
int account_request_list(struct tx *tx, const struct caller *caller, bool all, struct account_request_row **out, size_t *n,
			 struct err *e);

/* Did the caller ask for it? */
bool account_request_own(const struct account_request_row *row, const struct caller *caller);

struct account_permits {
	bool export_permitted, reservation_permitted; /* manager */
};

/* Makes the account. Who asked becomes its account administrator, if it is a person without a role on the whole server;
 * *administrator is his name, else "". E_CONFLICT if it waits no longer; what account_add says. */
int account_request_approve(struct tx *tx, const char *uuid, const struct account_permits *in,
			    struct account_request_row *out, struct account_row *account, const char **administrator,
			    struct err *e);

/* E_CONFLICT if it waits no longer. */
int account_request_reject(struct tx *tx, const char *uuid, const char *reason, struct account_request_row *out,
			   struct err *e);
int account_request_cancel(struct tx *tx, const char *uuid, struct account_request_row *out, struct err *e);

#endif
