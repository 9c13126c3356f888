#include "edge/routes.h"

/* One a line. */
/* clang-format off */
const struct route *const satellite_tables[] = {
	dev_routes,
	server_routes,
	person_routes,
	oauth_routes,
	account_routes,
	account_request_routes,
	virtual_account_routes,
	token_routes,
	license_routes,
	explain_routes,
	forecast_routes,
	instance_routes,
	alert_routes,
	reservation_routes,
	client_routes,
	event_routes,
	certificate_routes,
	openapi_routes,
	sync_routes,
	connection_routes,
	NULL,
};

const struct route *const manager_tables[] = {
	dev_routes,
	server_routes,
	person_routes,
	oauth_routes,
	account_routes,
	account_request_routes,
	virtual_account_routes,
	token_routes,
	license_routes,
	explain_routes,
	forecast_routes,
	instance_routes,
	alert_routes,
	reservation_routes,
	client_routes,
	event_routes,
	certificate_routes,
	openapi_routes,
	authority_routes,
	satellite_routes,
	move_routes,
	NULL,
};
/* clang-format on */
