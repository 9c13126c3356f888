/* account.h - accounts and virtual accounts (protocol.md section 1).
 *
 * Manager: smart accounts. Satellite: local accounts, each bound to one virtual account at the manager, split
 * into local virtual accounts of which one is the default. Names are unique without case inside their parent. */
#ifndef LIC_ACCOUNT_H
#define LIC_ACCOUNT_H

#include "base/str.h"
#include "db/q.h"
#include "lic/tx.h"

#define ACCOUNT_PENDING "PENDING" /* satellite: no authorization file imported yet */
#define ACCOUNT_ACTIVE "ACTIVE"
#define ACCOUNT_INACTIVE "INACTIVE"

/* Who switched it off: an administrator here, the manager of a satellite's account. It is on again when both say so. */
#define ACCOUNT_OFF_HERE 1u
#define ACCOUNT_OFF_UPSTREAM 2u

#define DEFAULT_VIRTUAL_ACCOUNT "Default"

struct account_new {
	const char *name;
	const char *domain;
	const char *smart_account, *virtual_account;  /* satellite: what it is bound to; required there */
	bool export_permitted, reservation_permitted; /* manager */
};

/* The form in which a name is compared. E_NAME_INVALID, of the field. */
int account_fold_name(const char *field, const char *name, char key[NAME_KEY_SIZE], struct err *e);

/* Makes an account with its default virtual account. E_NAME_INVALID, E_ACCOUNT_EXISTS, E_INVALID_REQUEST. */
int account_add(struct tx *tx, const struct account_new *in, struct account_row *out, struct err *e);

/* By name without case. E_ACCOUNT_UNKNOWN names it. */
int account_find(struct tx *tx, const char *name, struct account_row *out, struct err *e);

/* ---- what an account has, and its end (account_delete.c) ---- */

/* In words, what has to be done with it next; "" if nothing has to. */
int account_next_step(struct tx *tx, const struct account_row *account, const char **out, struct err *e);

/* Why it cannot be deleted yet, with counts and what removes each; "" if it can. An account in which nothing ever was
 * (on a satellite one that waits for its authorization file, at a manager one without orders, satellites and product
 * instances) can always be deleted; another must be deactivated and hold no registered product instances and no
 * reservations, at a manager no licenses either, and no satellite may serve a part of it. */
int account_kept_by(struct tx *tx, const struct account_row *account, const char **out, struct err *e);

/* May it be deleted, and did whoever asks say its name (confirm; NULL: not said)? The name may be left out where nothing
 * ever was. E_CONFLICT, E_INVALID_REQUEST. */
int account_check_delete(struct tx *tx, const char *name, const char *confirm, struct account_row *out, struct err *e);

/* Forgets some of its product instances that are gone, before it is deleted: a long time has many of them. *more: there
 * are others. Nothing else changes. */
int account_forget(struct tx *tx, const struct account_row *account, bool *more, struct err *e);

/* Deletes it with everything of it but events. *next says in words what the cloud manager has to do; "" if nothing. */
int account_delete(struct tx *tx, const char *name, const char *confirm, const char **next, struct err *e);

/* ---- on and off ---- */

/* Switches an account off (products get ACCOUNT_INACTIVE) or on again. E_CONFLICT if the manager has switched it off. */
int account_set_active(struct tx *tx, const char *name, bool active, struct err *e);

/* Manager: permits export-controlled functionality, or withdraws it (protocol.md section 6): products keep what they
 * were granted and get no more, tokens with the flag register without it; products in use are alerted. */
int account_permit_export(struct tx *tx, const char *name, bool permit, struct err *e);

/* Manager: permits license reservation, or withdraws it: what is reserved stays, and can be returned. */
int account_permit_reservation(struct tx *tx, const char *name, bool permit, struct err *e);

int virtual_account_add(struct tx *tx, const struct account_row *account, const char *name, const char *description,
			struct virtual_account_row *out, struct err *e);

/* By name without case. E_VIRTUAL_ACCOUNT_UNKNOWN names it and the account. */
int virtual_account_find(struct tx *tx, const struct account_row *account, const char *name,
			 struct virtual_account_row *out, struct err *e);

/* E_SERVED_ELSEWHERE, naming the satellite, if another server serves it. */
int virtual_account_served_here(const struct virtual_account_row *va, struct err *e);

/* Deletes it unless it is the default or holds product instances, licenses or reservations; its tokens are revoked. */
int virtual_account_delete(struct tx *tx, const struct account_row *account, const char *name, struct err *e);

#endif
