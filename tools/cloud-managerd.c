/* cloud-managerd - the upstream authority: the same house with another door. */
#include "daemon.h"

int main(int argc, char **argv)
{
	static const struct daemon_kind kind = {
		.role = SITE_MANAGER,
		.program = "cloud-managerd",
		.config_file = "/etc/license-satellite/cloud-managerd.conf",
	};

	return daemon_main(&kind, argc, argv);
}
