/* satellited - the license satellite. */
#include "daemon.h"

int main(int argc, char **argv)
{
	static const struct daemon_kind kind = {
		.role = SITE_SATELLITE,
		.program = "satellited",
		.config_file = "/etc/license-satellite/satellited.conf",
	};

	return daemon_main(&kind, argc, argv);
}
