"""The cloud manager's side of synchronization over HTTPS, asked by a satellite that was written from the protocol alone."""

import hashlib
import os
import secrets
import unittest

import product as P
import sync_satellite as S
from case import BY_NAME, Case
from test_manager import ManagerEndpoint

GZIP = {"Content-Type": "application/gzip"}


class SyncManager(Case):
    def setUp(self):
        self.site = "py " + secrets.token_hex(4)
        self.enhanced = BY_NAME["Enhanced"]["tag"]
        self.http = self.sat.client(self.sat.manager_url)
        self.addCleanup(self.http.close)
        self.manager("virtual-account", "add", self.site, "--account", self.sat.account)
        self.manager("order", "add", "--account", self.sat.account, "--virtual-account", self.site, "--license",
                     "Enhanced", "--quantity", "5", "--type", "PERPETUAL")
        self.py = S.Satellite(name="py " + self.site[3:])

    def manager(self, *command):
        return self.done(self.sat.ctl(*command, manager=True))

    def post(self, path, data, **headers):
        return self.http.request("POST", path, data, dict(GZIP, **headers))

    def register(self, code=None):
        code = code or self.manager("satellite-code", "create", "--account", self.sat.account, "--virtual-account",
                                    self.site)["registrationCode"]["code"]
        self.file = self.py.registration(self.sat.account, self.site)
        reply = self.post("/sync/v1/register", self.file, Authorization="Bearer " + code)
        self.assertEqual(200, reply.status, reply)
        self.py.authorized(reply.body)
        return code, reply.body

    def exchange(self, data, kind="response"):
        reply = self.post("/sync/v1/exchange", data)
        self.assertEqual(200, reply.status, reply)
        self.assertEqual(kind, S.manifest_of(reply.body)["kind"])
        self.assertEqual(kind, reply.headers["X-Sync-Kind"])
        return reply

    def refused_with(self, name, data, says=None):
        before = self.known()
        reply = self.post("/sync/v1/exchange", data)
        self.assertGreaterEqual(reply.status, 400, reply)
        value = reply.json()
        self.assertEqual(name, value["error"]["name"], value)
        if says:
            self.assertIn(says, value["statusMessage"])
        self.assertEqual(before, self.known())

    def known(self):
        row = self.manager("satellite", "show", self.py.uuid)["satellite"]
        return row, self.license(), self.devices()

    def license(self):
        return [r for r in self.sat.licenses(self.site, manager=True) if r["entitlementTag"] == self.enhanced][0]

    def devices(self):
        return self.sat.rest_ok("GET", self.sat.path(self.site) + "/devices", manager=True)["devices"]

    def test_all_of_it(self):
        code, answer = self.register()
        lots = S.records(answer, "license_lots")
        self.assertEqual([5], [lot["count"] for lot in lots if lot["tag"] == self.enhanced])
        self.assertEqual("Served Elsewhere", self.license()["status"])
        # The answer was lost: the same again. Another file gets nothing for this code.
        reply = self.post("/sync/v1/register", self.file, Authorization="Bearer " + code)
        self.assertEqual(answer, reply.body)
        reply = self.post("/sync/v1/register", self.py.registration(self.sat.account, self.site),
                          Authorization="Bearer " + code)
        self.assertEqual("REGISTRATION_CODE_INVALID", reply.json()["error"]["name"])

        one, two = self.py.instance("py1"), self.py.instance("py2")
        first = self.py.request(product_instances=[one, two], usage=[self.py.usage(one, self.enhanced, 4),
                                                                     self.py.usage(two, self.enhanced, 2)])
        reply = self.exchange(first)
        manifest = S.manifest_of(reply.body)
        self.assertEqual((1, self.py.digest), (manifest["in_reply_to"], manifest["request_sha256"]))
        self.assertEqual((self.py.uuid, "Py"), (manifest["satellite"], manifest["account"]))
        self.assertEqual(reply.body, self.exchange(first).body)
        row = self.license()
        self.assertEqual((6, "Out Of Compliance", -1), (row["inUse"], row["status"], row["available"]))
        self.assertEqual({"py1", "py2"}, {d["hostName"] for d in self.devices()})
        self.assertEqual([None, None], [d["lastContactDate"] for d in self.devices()])

        # A standard one, on its base; by hand it is the same.
        self.py.base = 1
        path = os.path.join(self.sat.state, self.py.uuid + ".sync")
        with open(path, "wb") as f:
            f.write(self.py.request("standard", product_instances=[two], usage=[self.py.usage(two, self.enhanced, 1)],
                                    removed=[{"id": one["id"], "kind": "product_instance"}]))
        self.manager("satellite", "answer", path, path + ".answer")
        os.unlink(path)
        os.unlink(path + ".answer")
        row = self.license()
        self.assertEqual((1, "In Compliance"), (row["inUse"], row["status"]))

        # Licenses leave; a product instance is to be removed.
        self.py.base = 2
        result = self.manager("license", "transfer", "--account", self.sat.account, "--from", self.site, "--to", "Direct",
                              "--license", "Enhanced", "--quantity", "2")
        self.assertIn("gives them up", result["results"][0]["statusMessage"])
        self.assertEqual([{"targetVirtualAccount": "Direct", "quantity": 2}], self.license()["leaving"])
        self.assertEqual(self.py.name, self.manager("instance", "remove", two["id"], "--reason", "gone")["servedBy"])
        reply = self.exchange(self.py.request("standard"))
        self.assertEqual([3], [x["count"] for x in S.records(reply.body, "license_lots") if x["tag"] == self.enhanced])
        self.assertEqual([(two["id"], "gone")],
                         [(r["piid"], r["reason"]) for r in S.records(reply.body, "removals")])
        self.assertEqual(5, self.license()["quantity"])
        self.py.base = 3
        reply = self.exchange(self.py.request("standard", removed=[{"id": two["id"], "kind": "product_instance"}]))
        self.assertEqual([], S.records(reply.body, "removals"))
        self.assertEqual((3, 0, []), (self.license()["quantity"], self.license()["inUse"], self.license()["leaving"]))
        shown = self.manager("satellite", "show", self.py.name)["satellite"]["virtualAccounts"][0]
        self.assertEqual((4, "standard", 1), (shown["sequence"], shown["mode"], shown["fullSyncSequence"]))

        # A base that nobody knows.
        self.py.base = 3
        self.py.previous = hashlib.sha256(b"another").hexdigest()
        reply = self.exchange(self.py.request("standard"), "resync")
        self.assertEqual(6, S.manifest_of(reply.body)["next_sequence"])

        self.manager("satellite", "remove", self.py.name)
        reply = self.post("/sync/v1/exchange", self.py.request())
        self.assertEqual("SATELLITE_REMOVED", reply.json()["error"]["name"])
        self.assertEqual([], self.devices())

    def test_records_that_cannot_be(self):
        self.register()
        one, two = self.py.instance("py1"), self.py.instance("py2")
        good = self.py.usage(one, self.enhanced, 1)
        for what, name, says, parts in (
                ("twice", "SYNC_DAMAGED", "product_instances.ndjson, line 2",
                 {"product_instances": [one, one]}),
                ("usage of nobody", "SYNC_DAMAGED", "usage.ndjson, line 1", {"usage": [good]}),
                ("usage in another order", "SYNC_DAMAGED", "usage.ndjson, line 2",
                 {"product_instances": [one, two], "usage": [self.py.usage(two, self.enhanced, 1), good]}),
                ("usage twice", "SYNC_DAMAGED", "usage.ndjson, line 2",
                 {"product_instances": [one], "usage": [good, good]}),
                ("a tag that nobody knows", "ENTITLEMENT_UNKNOWN", "no.such.tag",
                 {"product_instances": [one], "usage": [self.py.usage(one, "no.such.tag", 1)]}),
                ("a virtual account of nobody", "SYNC_DAMAGED", "product_instances.ndjson, line 1",
                 {"product_instances": [dict(one, virtual_account=two["id"])]}),
                ("removed from a full one", "SYNC_DAMAGED", "removed.ndjson, line 1",
                 {"removed": [{"id": one["id"], "kind": "product_instance"}]}),
                ("no member", "SYNC_DAMAGED", "hostname",
                 {"product_instances": [{k: v for k, v in one.items() if k != "hostname"}]})):
            with self.subTest(what):
                self.refused_with(name, self.py.request(**parts), says)
        self.exchange(self.py.request(product_instances=[one], usage=[good]))

    def test_lot_that_the_manager_does_not_know(self):
        self.register()
        lot = {"lot": "11111111-2222-4333-8444-555555555555", "count": 1}
        reservation = {"id": self.py.instance("x")["id"], "virtual_account": self.py.place, "state": "RESERVED",
                       "udi_pid": "UCM", "udi_serial_number": "x", "uuid": "", "created_at": 1, "licenses": [lot]}
        self.exchange(self.py.request(reservations=[reservation]))
        shown = self.sat.rest_ok("GET", "/reservations/" + reservation["id"], manager=True)["reservation"]
        self.assertEqual([], shown["licenses"])

    def test_identifier_of_a_product_instance_that_is_registered_here(self):
        self.register()
        mine = P.Product(ManagerEndpoint(self.sat), role="manager")
        self.addCleanup(mine.client.close)
        self.ok(mine.register(self.sat.new_token("Direct", manager=True)))
        self.exchange(self.py.request(product_instances=[dict(self.py.instance("theirs"), id=mine.identifier)]))
        removed = self.manager("instance", "remove", mine.identifier)
        self.assertEqual((None, None), (removed["servedBy"], removed["removal"]))

    def test_large_files_are_judged_by_their_beginning(self):
        self.register()
        many = [dict(self.py.instance("py%d" % i), hostname=secrets.token_hex(60)) for i in range(4500)]
        whole = self.py.request(product_instances=many)
        self.assertGreater(len(whole), 300000)
        self.refused_with("TOO_LARGE", whole + bytes(4 * 1024 * 1024))
        other = S.Satellite()
        other.sub_ca, other.signer, other.signer_key = self.py.sub_ca, self.py.signer, self.py.signer_key
        other.key = self.py.key
        self.refused_with("SATELLITE_UNKNOWN", other.request(product_instances=many))
        self.refused_with("SYNC_DAMAGED", whole[:60] + bytes(400000))
        self.exchange(whole)

    def test_files_of_others(self):
        self.register()
        other = S.Satellite()
        other.sub_ca, other.signer, other.signer_key = self.py.sub_ca, self.py.signer, self.py.signer_key
        other.key = self.py.key
        self.refused_with("SATELLITE_UNKNOWN", other.request())
        other.uuid = self.py.uuid
        other.account = "Nobody"
        self.refused_with("ACCOUNT_UNKNOWN", other.request(), "“Py”")
        self.refused_with("SATELLITE_KEY_CHANGED", self.py.request(csr_key=S.P.new_key()))
        self.refused_with("SYNC_WRONG_KIND", self.file, "satellite authorize")
        whole = self.py.request()
        self.refused_with("SYNC_DAMAGED", whole[:-40])
        self.refused_with("SYNC_NOT_A_BUNDLE", b"hello")
        # A product's certificate is no satellite's signer; the real satellite's key does not sign for this one.
        made = self.registered()
        self.py.signer, self.py.signer_key = made.certificate, made.key
        chain, self.py.sub_ca = self.py.sub_ca, made.chain[0]
        self.refused_with("SYNC_UNTRUSTED", self.py.request())
        self.py.sub_ca = chain

    def test_registration_without_a_code(self):
        data = self.py.registration(self.sat.account, self.site)
        for head in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer " + "0" * 32}):
            reply = self.post("/sync/v1/register", data, **head)
            self.assertEqual((403, "REGISTRATION_CODE_INVALID"), (reply.status, reply.json()["error"]["name"]))


if __name__ == "__main__":
    unittest.main()
