#!/usr/bin/python3
"""kill -9 at random moments under load, many times; what test_zy_kill.py asks is asked each time.

usage: tests/api/soak_kill.py [TIMES]

Each time a satellite is killed while 200 products register; when it serves again, every acknowledged registration
must be there, retries must get the same bytes, each product must have taken one use of the token, licenses and usage
must be what they were, and `satellitectl verify` must find the audit chain whole. One satellite lives through all of it.
SOAK_SEED = seed of the moments (printed); environment as for tests/api/run.
"""

import os
import random
import secrets
import signal
import sqlite3
import sys
import time
import traceback
import unittest
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import product                         # noqa: E402
import satellite                       # noqa: E402
from test_zy_kill import COUNT, Kill   # noqa: E402

PROGRESS = 25


class Moment(Kill):
    """One kill, as a test, so that its cleanups run."""
    kill_after, counted = 0, (0, 0)

    def runTest(self):
        Moment.counted = self.round(Moment.kill_after)


def database_whole(system):
    uri = "file:%s?mode=ro" % urllib.parse.quote(system.satellite_database)
    with sqlite3.connect(uri, uri=True, timeout=30) as db:
        found = [row[0] for row in db.execute("PRAGMA integrity_check")]
        found += ["foreign key: %r" % (row,) for row in db.execute("PRAGMA foreign_key_check")]
    return [] if found == ["ok"] else found


def main():
    if len(sys.argv) > 2 or not (len(sys.argv) == 1 or sys.argv[1].isdigit()):
        print(__doc__.splitlines()[2], file=sys.stderr)
        return 2
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = os.environ.get("SOAK_SEED") or secrets.token_hex(4)
    moments = random.Random(seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    product.KEYS.prepare(2048, 8)
    system = satellite.system()
    print("kill: %d times, seed %s, state %s" % (times, seed, system.state), flush=True)
    acknowledged = unanswered = done = 0
    broken, began = False, time.monotonic()
    while done < times and not broken:
        Moment.kill_after = moments.randrange(1, COUNT)
        result = unittest.TestResult()
        unittest.TestSuite([Moment()]).run(result)
        done += 1
        for _, text in result.failures + result.errors:
            print("kill: number %d, after %d answers (seed %s):\n%s" % (done, Moment.kill_after, seed, text))
        broken = not result.wasSuccessful()
        if not broken:
            acknowledged, unanswered = acknowledged + Moment.counted[0], unanswered + Moment.counted[1]
        if done % PROGRESS == 0 or done == times:
            print("kill: %d of %d, %d registrations acknowledged, %d not; %.1f s each" % (
                done, times, acknowledged, unanswered, (time.monotonic() - began) / done), flush=True)
    for finding in database_whole(system):
        print("kill: the database: " + finding)
        broken = True
    rows = system.database_rows()
    satellite.shutdown(keep=broken)
    for line in satellite.FINDINGS:
        print("kill: finding: " + line)
    broken = broken or bool(satellite.FINDINGS)
    print("kill: %d times, %s; %d rows in the database%s" % (
        done, "FAILED" if broken else "nothing lost", sum(rows.values()),
        ", kept in " + system.state if broken else ""))
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        code = main()
    except Exception:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.exit(code)
