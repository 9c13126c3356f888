/* client_why.c - why the server cannot be reached, and what to do about it. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/client.h"

static int not_there(const char *path, bool own, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode) && !S_ISLNK(st.st_mode))
		return err_set(e, E_CONNECT_FAILED,
			       "%s is %s and no socket. Name the server's control_socket with -s or in SATELLITE_SOCKET.",
			       path, S_ISDIR(st.st_mode) ? "a folder" : "a file");
	if (own)
		return err_set(
			e, E_CONNECT_FAILED,
			"There is no socket at %s. Either the server is not running (systemctl status license-satellite) or it "
			"listens elsewhere: name its control_socket with -s or in SATELLITE_SOCKET.",
			path);
	return err_set(
		e, E_CONNECT_FAILED,
		"There is no socket at %s. Either the path is another (control_socket of the server's configuration), or "
		"the server is not running.",
		path);
}

int client_unreachable(const char *path, int error, struct err *e)
{
	bool own = strcmp(path, CLIENT_SOCKET_DEFAULT) == 0;
	struct stat st;

	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return not_there(path, own, e);
	case ECONNREFUSED:
		if (stat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
			return not_there(path, own, e);
		return err_set(
			e, E_CONNECT_FAILED, "Nobody listens at %s: the server has stopped and left its socket behind. %s",
			path,
			own ? "Start it: systemctl start license-satellite; journalctl -u license-satellite says why it "
			      "stopped."
			    : "Start it again; its log says why it stopped.");
	case EACCES:
	case EPERM:
		return err_set(
			e, E_CONNECT_FAILED,
			"You may not use %s: permission denied. Run this as root (sudo satellitectl …) or as the server's own user.",
			path);
	case EAGAIN:
		return err_set(e, E_CONNECT_FAILED,
			       "The server at %s has too many connections waiting. Try again in a moment.", path);
	default:
		return err_set(e, E_CONNECT_FAILED, "Cannot connect to %s: %s.", path,
			       error ? strerror(error) : "unknown reason");
	}
}
