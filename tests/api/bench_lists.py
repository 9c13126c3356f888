#!/usr/bin/python3
"""Measures lists of many product instances (targets.md): the whole list in pieces and its memory, pages by cursor for each
filter and order, and what products notice of it.

usage: BUILD_DIR=FOLDER tests/api/bench_lists.py [INSTANCES]      (1000000)

A system of its own is started from the optimised programs in BUILD_DIR, the satellite is stopped, its database is
filled, and it is started again. Prints one line for each figure; fails if a page takes longer than PAGE_MS or the whole
list more memory above idle than ABOVE_MIB. tests/soak calls it.
"""

import json
import os
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import bench_sync   # noqa: E402
import satellite   # noqa: E402
from bench_sync import Peak, latency, pid_of, rss_mib, say   # noqa: E402

PAGE_MS, ABOVE_MIB, ROUNDS = 20, 16, 5


class Caller:
    def __init__(self, system):
        self.connection = satellite.UnixConnection(system.control_socket, 600)
        self.path = "/api/v1" + system.path() + "/devices"

    def ask(self, body):
        self.connection.request("POST", self.path, body=json.dumps(body).encode(),
                                headers={"Content-Type": "application/json"})
        return self.connection.getresponse()

    def page(self, body):
        began = time.monotonic()
        data = self.ask(body).read()
        return json.loads(data), (time.monotonic() - began) * 1000

    def whole(self, body):
        """Seconds to the first byte and to the last, and bytes."""
        began, first, size = time.monotonic(), None, 0
        answer = self.ask(body)
        while True:
            piece = answer.read1(1 << 20)
            first = first or time.monotonic() - began
            if not piece:
                return first, time.monotonic() - began, size
            size += len(piece)


def measure_whole(system, pid, what, body):
    idle = rss_mib(pid, "RssAnon")
    with Peak(pid) as peak:
        first, took, size = Caller(system).whole(body)
    say(f"whole list, {what}", f"{took:.1f}", "s")
    say("  first byte", f"{first * 1000:.1f}", "ms")
    say("  bytes", f"{size / 1e6:.0f}", "MB")
    say("  memory above idle", f"{peak.most - idle:.1f}", "MiB")
    return peak.most - idle


def far(caller, filters, elements):
    """The cursor behind so many elements."""
    cursor = None
    while elements > 0:
        answer = caller.page(dict(filters, limit=min(elements, 20000), **({"cursor": cursor} if cursor else {})))[0]
        elements -= len(answer["devices"])
        if answer["nextCursor"] is None:
            break
        cursor = answer["nextCursor"]
    return cursor


def measure_pages(system, what, filters, places):
    caller, worst = Caller(system), 0.0
    for name, elements in places:
        body = dict(filters, limit=50)
        cursor = far(caller, filters, elements)
        if cursor:
            body["cursor"] = cursor
        answer = caller.page(body)[0]
        median = statistics.median(caller.page(body)[1] for _ in range(ROUNDS))
        say(f"page of {len(answer['devices'])}, {what}, {name}", f"{median:.1f}", "ms")
        worst = max(worst, median)
    return worst


def measure_products(system, pid):
    quiet, loaded = latency(system, 5), {}
    say("AUTHORIZATION while nothing else runs, p99", f"{quiet['p99Ms']:.1f}", "ms")
    load = threading.Thread(target=lambda: loaded.update(latency(system, 8)))
    load.start()
    time.sleep(1)
    measure_whole(system, pid, "while products report", {"limit": -1})
    load.join()
    say("AUTHORIZATION meanwhile, p99", f"{loaded['p99Ms']:.1f}", "ms")


def measure(system, instances):
    pid = pid_of(system, "satellite")
    license_name = Caller(system).page({"limit": 1})[0]["devices"][0]["licenseUsage"][0]["license"]
    everywhere = (("beginning", 0), ("middle", instances // 2), ("end", instances - 100))
    above = measure_whole(system, pid, "JSON", {"limit": -1})
    above = max(above, measure_whole(system, pid, "CSV", {"limit": -1, "format": "csv"}))
    worst = 0.0
    for what, filters, places in (
            ("by registration", {}, everywhere), ("by name", {"sort": "name"}, everywhere),
            ("search ucm-9", {"search": "ucm-9"}, (("beginning", 0), ("end", instances // 10))),
            ("search F0000", {"search": "F0000"}, (("beginning", 0), )), ("search by identifier", {"search": "0a1b"}, (("beginning", 0), )),
            ("license", {"license": license_name}, everywhere),
            ("license by name", {"license": license_name, "sort": "name"}, (("beginning", 0), )),
            ("status Authorized", {"status": "Authorized"}, (("beginning", 0), )),
            ("status of none", {"status": "Registration Expired"}, (("beginning", 0), )),
            ("productType of none", {"productType": "none"}, (("beginning", 0), ))):
        worst = max(worst, measure_pages(system, what, filters, places))
    measure_products(system, pid)
    if worst > PAGE_MS or above > ABOVE_MIB:
        raise SystemExit(f"A page took {worst:.1f} ms, the whole list {above:.0f} MiB; at most {PAGE_MS} ms and "
                         f"{ABOVE_MIB} MiB are wanted.")


def main():
    instances = int(sys.argv[1]) if len(sys.argv) > 1 else 1000000
    system = satellite.System().start()
    system.run_tool("--stop")
    bench_sync.fill_satellite(system, instances)
    size = os.path.getsize(os.path.join(system.state, "satellite", "satellite.db"))
    say(f"database with {instances} instances", f"{size / instances:.0f}", "bytes each")
    system.start()
    try:
        measure(system, instances)
    finally:
        system.stop()


if __name__ == "__main__":
    main()
