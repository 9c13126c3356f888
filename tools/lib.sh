# What tools/run and tools/test share; read with `.` from the top of the source tree.
# shellcheck shell=sh

# Debian packages to build with. libsystemd-dev is for readiness notification.
# shellcheck disable=SC2034 # read by others
build_packages='gcc libc6-dev make autoconf automake pkgconf
	libmicrohttpd-dev libgnutls28-dev libsqlite3-dev libssl-dev libjansson-dev libcurl4-openssl-dev libarchive-dev libxml2-dev
	zlib1g-dev libedit-dev libsystemd-dev python3 python3-yaml'

# Those of a list that are not installed. pkgconf and the older pkg-config do the same work.
packages_missing() {
	command -v dpkg-query >/dev/null 2>&1 || return 0
	# shellcheck disable=SC2086 # a list of words
	dpkg-query --show --showformat='${db:Status-Abbrev} ${Package}\n' $1 2>/dev/null |
		sed -n 's/^ii *//p' >"$2"
	for package in $1; do
		[ "$package" = pkgconf ] && command -v pkg-config >/dev/null 2>&1 && continue
		grep -qx -- "$package" "$2" || printf '%s ' "$package"
	done
}

# packages_install LIST LOG: installs what is missing, where that is possible. Says what it does; fails with the
# names when it cannot.
packages_install() {
	missing=$(packages_missing "$1" "$2.installed")
	rm -f "$2.installed"
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
		echo "These Debian packages are missing: $missing" >&2
		echo "Install them as root: apt-get install $missing" >&2
		return 1
	fi
	echo "Installing $missing"
	# shellcheck disable=SC2086 # a list of words
	if ! (
		export DEBIAN_FRONTEND=noninteractive
		apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing
	) </dev/null >"$2" 2>&1; then
		echo "The packages cannot be installed. The end of $2:" >&2
		tail -n 15 "$2" >&2
		return 1
	fi
}

# build DIR LOG CONFIGURE-OPTION…: configures if need be and makes everything but the tests.
build() {
	build_dir=$1 build_log=$2
	shift 2
	mkdir -p "$build_dir" || return 1
	{
		{ [ -x configure ] || ./autogen.sh; } &&
			if ! [ -f "$build_dir/Makefile" ] || [ "$*" != "$(cat "$build_dir/.configured" 2>/dev/null)" ]; then
				top=$PWD
				(cd "$build_dir" && "$top/configure" "$@") && echo "$*" >"$build_dir/.configured"
			fi &&
			make -C "$build_dir" -j2
	} </dev/null >"$build_log" 2>&1
}
