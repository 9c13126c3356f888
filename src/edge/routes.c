#include "edge/routes.h"

/* clang-format off */
/* What both kinds of server answer; one a line. */
#define ROUTES_OF_BOTH \
	dev_routes, \
	health_routes, \
	metrics_routes, \
	server_routes, \
	person_routes, \
	session_routes, \
	oauth_routes, \
	account_routes, \
	account_request_routes, \
	virtual_account_routes, \
	webhook_routes, \
	token_routes, \
	license_routes, \
	explain_routes, \
	forecast_routes, \
	instance_routes, \
	alert_routes, \
	reservation_routes, \
	client_routes, \
	event_routes, \
	certificate_routes, \
	backup_routes, \
	report_routes, \
	openapi_routes
/* clang-format on */

const struct route *const satellite_tables[] = { ROUTES_OF_BOTH, sync_routes, connection_routes, NULL };
const struct route *const manager_tables[] = { ROUTES_OF_BOTH, authority_routes, satellite_routes, move_routes, NULL };
