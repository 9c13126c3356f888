"""Lists: pages by cursor, the whole of 20 000 product instances in pieces, filters, CSV and JSON lines."""

import csv
import io
import json
import os
import threading
import unittest

import bench_sync
import satellite

INSTANCES = int(os.environ.get("LISTS_INSTANCES", "20000"))
GROWS_MIB = 40   # at most, while the whole list is sent; the sanitizers' own memory included


class Lists(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # What sanitizers keep of memory that was freed is no growth.
        options = os.environ.get("ASAN_OPTIONS", "")
        options += (":" if options else "") + "quarantine_size_mb=4:thread_local_quarantine_size_kb=64"
        cls.sat = satellite.System(environment={"ASAN_OPTIONS": options}).start()
        cls.addClassCleanup(cls.sat.stop)
        cls.sat.run_tool("--stop")
        bench_sync.fill_satellite(cls.sat, INSTANCES)
        cls.sat.start()
        cls.pid = bench_sync.pid_of(cls.sat, "satellite")

    def page(self, **body):
        return self.sat.rest_ok("POST", self.sat.path() + "/devices", body)

    def refused(self, field, **body):
        reply = self.sat.rest("POST", self.sat.path() + "/devices", body)
        self.assertEqual((400, field), (reply.status, reply.json()["error"].get("field")), reply)

    def test_whole(self):
        """All ids once, memory flat, while others come and go."""
        before = bench_sync.rss_mib(self.pid, "RssAnon")
        over = threading.Event()

        def move():
            victims = self.page(limit=50, search="F00")["devices"]
            while victims and not over.is_set():
                self.sat.rest_ok("POST", "/product-instances/%s/remove" % victims.pop()["productInstanceIdentifier"], {})

        mover = threading.Thread(target=move)
        mover.start()
        with bench_sync.Peak(self.pid) as peak:
            answer = self.page(limit=-1)
        over.set()
        mover.join()
        ids = [row["productInstanceIdentifier"] for row in answer["devices"]]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertGreaterEqual(len(ids), INSTANCES - 60)
        self.assertEqual(len(ids), answer["totalRecords"])
        self.assertIsNone(answer["nextCursor"])
        self.assertLess(peak.most - before, GROWS_MIB)

    def test_pages(self):
        seen, cursor = [], None
        while True:
            body = {"limit": 2000, "search": "ucm-1"}
            if cursor:
                body["cursor"] = cursor
            answer = self.page(**body)
            seen += [row["hostName"] for row in answer["devices"]]
            cursor = answer["nextCursor"]
            if cursor is None:
                break
        self.assertEqual(len(seen), len(set(seen)))
        self.assertTrue(all(name.startswith("ucm-1") for name in seen))
        self.assertGreater(len(seen), INSTANCES // 8)
        first = self.page(limit="50", offset=0.0)
        self.assertEqual(50, len(first["devices"]))
        self.assertGreaterEqual(first["totalRecords"], INSTANCES - 200)
        second = self.page(limit=50, cursor=first["nextCursor"])
        third = self.page(limit=50, offset=50)
        self.assertEqual([row["productInstanceIdentifier"] for row in second["devices"]],
                         [row["productInstanceIdentifier"] for row in third["devices"]])

    def test_filters(self):
        one = self.page(limit=1, offset=700)["devices"][0]
        for text in (one["hostName"].upper(), one["sudi"]["udiSerialNumber"].lower(), one["productInstanceIdentifier"]):
            found = self.page(search=text)["devices"]
            self.assertIn(one["productInstanceIdentifier"], [row["productInstanceIdentifier"] for row in found], text)
            self.assertEqual(len(found), len({row["productInstanceIdentifier"] for row in found}))
        names = [row["hostName"] for row in self.page(limit=500, sort="name")["devices"]]
        self.assertEqual(sorted(names, key=str.lower), names)
        used = self.page(limit=20, license=one["licenseUsage"][0]["license"])
        self.assertEqual(20, len(used["devices"]))
        self.assertIsNone(used["totalRecords"])
        # What nothing fits is looked for a while at a time, and the pages end.
        cursor, pages = None, 0
        while pages == 0 or cursor:
            answer = self.page(limit=50, status="Registration Expired", **({"cursor": cursor} if cursor else {}))
            cursor, pages = answer["nextCursor"], pages + 1
            self.assertEqual([], answer["devices"])
        self.assertLess(pages, INSTANCES // 20)

    def test_formats(self):
        get = self.sat.path("Default") + "/devices?limit=30&format="
        reply = self.sat.rest("GET", get + "csv")
        self.assertIn("product-instances-", reply.headers["Content-Disposition"])
        rows = list(csv.DictReader(io.StringIO(reply.body.decode())))
        self.assertEqual(30, len(rows))
        self.assertIn("=1; ", rows[0]["licenseUsage"])
        lines = self.sat.rest("GET", get + "jsonl").body.decode().splitlines()
        self.assertEqual([row["sudi.udiSerialNumber"] for row in rows],
                         [json.loads(line)["sudi"]["udiSerialNumber"] for line in lines])
        reply = self.sat.rest("GET", "/users", headers={"Accept": "text/csv"})
        self.assertTrue(reply.body.startswith(b"name,fullName,"), reply.body)
        for path in ("/accounts/x/nothing", ):
            self.assertEqual(404, self.sat.rest("GET", path).status)

    def test_bad_input(self):
        cursor = self.page(limit=1)["nextCursor"]
        for i in range(0, len(cursor), 7):
            self.refused("cursor", cursor=cursor[:i] + ("0" if cursor[i] != "0" else "1") + cursor[i + 1:])
        self.refused("cursor", cursor=cursor, search="ucm")
        self.refused("cursor", cursor="x" * 5000)
        self.refused("offset", cursor=cursor, offset=3)
        self.refused("format", format="xml")
        self.refused("sort", sort="size")
        self.refused("limit", limit=-2)
        self.refused("search", search=7)

    def test_slow_reader(self):
        """Clients that stop reading hold up nobody, and what others write can leave the log."""
        stalled = []
        for _ in range(6):
            connection = satellite.UnixConnection(self.sat.control_socket, 60)
            connection.request("POST", "/api/v1" + self.sat.path() + "/devices", body=b"{}",
                               headers={"Content-Type": "application/json"})
            stalled.append((connection, connection.getresponse()))
        for _ in range(20):
            self.sat.new_token()
            self.page(limit=10)
        for connection, response in stalled[:5]:
            response.close()
            connection.close()
        whole = json.loads(stalled[5][1].read())
        self.assertEqual(len(whole["devices"]), whole["totalRecords"])
        stalled[5][0].close()


if __name__ == "__main__":
    unittest.main()
