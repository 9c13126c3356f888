/* reservation.h - Specific License Reservation: licenses without any contact with a server (protocol.md section 7).
 *
 *   product                              server
 *   enable, request  -- request code -->
 *   install          <------------------  authorization code
 *                    -- confirmation -->
 *   install          <------------------  authorization code of an update
 *                    -- confirmation -->
 *   return           -- return code --->
 *
 * People carry the codes. While reservation is enabled the product does not register; while a code is installed it
 * sends nothing, its timers stand still, and its use of licenses is judged here by what the code reserves. The license
 * authorization follows from the clock: a term in the code ends by itself. */
#ifndef AGENT_RESERVATION_H
#define AGENT_RESERVATION_H

#include "agent/agent.h"
#include "crypt/slr.h"

/* Begins a reservation; E_RESERVATION_STATE while the product is registered or registering, E_INVALID_REQUEST if no
 * code could name this product. Once more, after cancel or return, it begins the next one. */
int agent_reservation_enable(struct agent *a, int64_t now, struct err *e);

/* Back to registration by token. E_RESERVATION_IN_USE while a code is installed. */
int agent_reservation_disable(struct agent *a, struct err *e);

/* Adds the request code. E_RESERVATION_STATE unless enabled and without a code. */
int agent_reservation_request(struct agent *a, int64_t now, struct buf *code, struct err *e);

/* Withdraws the request. E_RESERVATION_STATE unless one is in progress. */
int agent_reservation_cancel(struct agent *a, struct err *e);

/* Installs the first code or that of an update. What is refused changes nothing: E_CODE_TOO_LONG, E_CODE_INVALID,
 * E_CODE_ALTERED, E_CODE_UNTRUSTED, E_CODE_WRONG_PRODUCT, E_CODE_USED, E_CODE_OLD, E_RESERVATION_STATE. */
int agent_reservation_install(struct agent *a, const char *code, size_t n, int64_t now,
			      char confirmation[SLR_CONFIRMATION_SIZE], struct err *e);

/* Gives the reservation up; the server gets its licenses back when it is told the return code, which the state keeps
 * until another code is installed. E_RESERVATION_STATE if no code is installed. */
int agent_reservation_return(struct agent *a, int64_t now, char code[SLR_RETURN_SIZE], struct err *e);

/* The return code of a code for this product that was never installed, and never will be: from now on it counts as
 * used. Errors of install, and E_RESERVATION_STATE while a code is installed. */
int agent_reservation_return_authorization(struct agent *a, const char *code, size_t n, int64_t now,
					   char return_code[SLR_RETURN_SIZE], struct err *e);

#endif
