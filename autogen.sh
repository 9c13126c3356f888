#!/bin/sh
# Makes ./configure after a fresh clone.
set -e
cd "$(dirname "$0")"
exec autoreconf --install --warnings=all,no-portability
