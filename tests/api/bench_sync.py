#!/usr/bin/python3
"""Measures synchronization with many product instances (targets.md): how long, how much memory, and what products
notice of it.

usage: BUILD_DIR=FOLDER tests/api/bench_sync.py [INSTANCES [LOTS]]      (1000000, 100000)

A system of its own is started from the optimised programs in BUILD_DIR, the satellite is stopped, its database is
filled, and it is started again. Prints one line for each figure; fails if a full request takes longer than REQUEST_S or
more memory above idle than ABOVE_MIB. tests/soak calls it.
"""

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import satellite   # noqa: E402

BUILD = os.environ["BUILD_DIR"]
REQUEST_S, ABOVE_MIB = 60, 64   # of a full request

FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :instances)
INSERT INTO product_instance (uuid, virtual_account_id, state, udi_pid, udi_serial, udi_uuid, software_tag,
  product_version, hostname, ip_address, registered_at, registration_expires_at, last_contact_at, authorized_at,
  authorization_expires_at, holding, holds_until, changed)
SELECT lower(printf('%s-%s-4%s-8%s-%s', hex(randomblob(4)), hex(randomblob(2)), substr(hex(randomblob(2)), 2),
  substr(hex(randomblob(2)), 2), hex(randomblob(6)))), :va, 'REGISTERED', 'UCM', printf('F%08d', i),
  lower(hex(randomblob(16))), 'regid.2016-07.com.cisco.UCM,12.0', '12.5.1', printf('ucm-%d.example.com', i),
  printf('10.%d.%d.%d', i / 65536 % 256, i / 256 % 256, i % 256), :now, :now + 31536000000, :now, :now,
  :now + 7776000000, 1, :now + 7776000000, 1 FROM n
"""

USAGE = """
INSERT INTO usage (instance_id, entitlement_id, asked, granted, virtual_account_id)
SELECT i.id, e.id, 1, 1, i.virtual_account_id FROM product_instance i CROSS JOIN
  (SELECT id FROM entitlement ORDER BY id LIMIT 2) e WHERE i.udi_serial LIKE 'F%'
"""

LOTS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :lots)
INSERT INTO license_lot (uuid, account_id, entitlement_id, quantity, license_type, start_at, end_at, subscription_id,
  created_at)
SELECT lower(printf('%s-%s-4%s-8%s-%s', hex(randomblob(4)), hex(randomblob(2)), substr(hex(randomblob(2)), 2),
  substr(hex(randomblob(2)), 2), hex(randomblob(6)))), :account, :kind, 25, 'TERM', :now, :now + 31536000000,
  printf('Sub-%d', i), :now FROM n
"""

SHARES = """
INSERT INTO lot_share (uuid, lot_id, entitlement_id, virtual_account_id, quantity)
SELECT lower(printf('%s-%s-4%s-8%s-%s', hex(randomblob(4)), hex(randomblob(2)), substr(hex(randomblob(2)), 2),
  substr(hex(randomblob(2)), 2), hex(randomblob(6)))), id, entitlement_id, :va, quantity FROM license_lot
WHERE subscription_id LIKE 'Sub-%'
"""


def say(what, value, unit=""):
    print(f"{what:<58} {value:>10} {unit}", flush=True)


def rss_mib(pid, name="VmRSS"):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith(name + ":"):
                return int(line.split()[1]) / 1024
    return 0.0


class Peak:
    """The most memory that a process had while this was active."""

    def __init__(self, pid):
        self.pid, self.most, self.over = pid, 0.0, False
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.over:
            self.most = max(self.most, rss_mib(self.pid, "RssAnon"))
            time.sleep(0.02)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *ignored):
        self.over = True
        self.thread.join()


def fill(path, statements, values):
    base = sqlite3.connect(path)
    base.execute("PRAGMA synchronous = OFF")
    base.execute("PRAGMA cache_size = -400000")
    values = dict(values, va=base.execute(values["which"]).fetchone()[0], now=int(time.time() * 1000))
    del values["which"]
    for statement in statements:
        names = {name: value for name, value in values.items() if ":" + name in statement}
        base.execute(statement, names)
    base.commit()
    base.close()


def fill_satellite(system, instances):
    path = os.path.join(system.state, "satellite", "satellite.db")
    pool = """INSERT INTO pool (virtual_account_id, entitlement_id, in_use)
              SELECT virtual_account_id, entitlement_id, sum(granted) FROM usage WHERE virtual_account_id = :va GROUP BY 1, 2
              ON CONFLICT DO UPDATE SET in_use = excluded.in_use"""
    fill(path, [FILL, USAGE, pool], {"instances": instances,
                                     "which": "SELECT id FROM virtual_account WHERE is_default = 1 ORDER BY id LIMIT 1"})


def fill_manager(system, lots):
    path = os.path.join(system.state, "manager", "satellite.db")
    base = sqlite3.connect(path)
    account = base.execute("SELECT account_id FROM virtual_account WHERE satellite_id IS NOT NULL").fetchone()[0]
    kind = base.execute("SELECT id FROM entitlement ORDER BY id LIMIT 1").fetchone()[0]
    base.close()
    fill(path, [LOTS, SHARES], {"lots": lots, "account": account, "kind": kind,
                                "which": "SELECT id FROM virtual_account WHERE satellite_id IS NOT NULL"})


def latency(system, seconds):
    """What satellite-bench measures of AUTHORIZATION with unchanged usage."""
    out = subprocess.run([os.path.join(BUILD, "satellite-bench"), "--endpoints",
                          os.path.join(system.state, "endpoints.json"), "--key-files",
                          os.path.join(BUILD, "bench-keys"), "--only", "authorization", "--products", "64",
                          "--seconds", str(seconds), "--rounds", "1", "--json"], capture_output=True, text=True, check=False)
    start = out.stdout.find('{"name":"authorization"')
    if start < 0:
        raise SystemExit(out.stdout + out.stderr)
    row = json.JSONDecoder().raw_decode(out.stdout[start:])[0]
    return row


def timed(pid, what, call):
    idle = rss_mib(pid, "RssAnon")
    with Peak(pid) as peak:
        began = time.monotonic()
        call()
        took = time.monotonic() - began
    say(what, f"{took:.1f}", "s")
    say("  memory above idle", f"{peak.most - idle:.0f}", "MiB")
    return took, peak.most - idle


def pid_of(system, name):
    with open(os.path.join(system.state, f"{name}.pid"), encoding="ascii") as file:
        return int(file.read())


def ctl(system, server, *arguments):
    out = subprocess.run([os.path.join(BUILD, "satellitectl"), "-s", os.path.join(system.state, f"{server}.sock"), *arguments],
                         capture_output=True, text=True, check=False)
    if out.returncode:
        raise SystemExit(out.stderr)


def measure(system, instances, lots):
    request, response = (os.path.join(system.state, name) for name in ("request.sync", "response.sync"))
    system.start()
    satellited, manager = pid_of(system, "satellite"), pid_of(system, "manager")

    quiet = latency(system, 5)
    say("AUTHORIZATION while nothing else runs", f"{quiet['rate']:.0f}", "/s")
    say("  p99", f"{quiet['p99Ms']:.1f}", "ms")
    took, above = timed(satellited, f"full request of {instances} instances",
                        lambda: ctl(system, "satellite", "sync", "export", request, "--full"))
    say("  bytes", f"{os.path.getsize(request) / 1e6:.0f}", "MB")

    busy = threading.Thread(target=lambda: timed(satellited, "the same while products report",
                                                 lambda: ctl(system, "satellite", "sync", "export", request, "--full", "--new")))
    loaded = {}
    load = threading.Thread(target=lambda: loaded.update(latency(system, 8)))
    load.start()
    time.sleep(1.5)
    busy.start()
    load.join()
    busy.join()
    say("AUTHORIZATION meanwhile", f"{loaded['rate']:.0f}", "/s")
    say("  p99", f"{loaded['p99Ms']:.1f}", "ms")

    def answer():
        ctl(system, "manager", "satellite", "answer", request, response)

    def take():
        ctl(system, "satellite", "sync", "import", response)

    timed(manager, "the manager's answer to it", answer)
    say("  bytes", f"{os.path.getsize(response) / 1e6:.1f}", "MB")
    timed(satellited, f"import of the response with {lots} lots", take)
    timed(satellited, "standard request of what changed since", lambda: ctl(system, "satellite", "sync", "export", request))
    timed(manager, "the manager's answer to it", answer)
    timed(satellited, "import of the response, nothing changed", take)
    timed(satellited, "full request once more", lambda: ctl(system, "satellite", "sync", "export", request, "--full"))
    timed(manager, "the manager's answer to it, nothing differs", answer)
    if took > REQUEST_S or above > ABOVE_MIB:
        raise SystemExit(f"The full request took {took:.1f} s and {above:.0f} MiB; at most {REQUEST_S} s and {ABOVE_MIB} MiB "
                         "are wanted.")


def main():
    instances = int(sys.argv[1]) if len(sys.argv) > 1 else 1000000
    lots = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    system = satellite.system()
    system.run_tool("--stop")
    fill_satellite(system, instances)
    fill_manager(system, lots)
    size = os.path.getsize(os.path.join(system.state, "satellite", "satellite.db"))
    say(f"database with {instances} instances", f"{size / instances:.0f}", "bytes each")
    measure(system, instances, lots)


if __name__ == "__main__":
    main()
