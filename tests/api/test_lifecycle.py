"""The life of product instances: moved and removed by administrators, cloned, taken over; export control; orders that
change."""

import json
import secrets
import unittest

import product as P
from case import BASIC, BY_NAME, ENHANCED, RESTRICTED, Case

OTHER_ADDRESS = "127.0.0.2"      # a second one of this machine


def named(product, **more):
    return dict({"sudi": {"udiPid": product.pid, "udiSerialNumber": product.serial, "uuid": product.uuid},
                 "productTagName": product.software_tag}, **more)


class Lifecycle(Case):
    def events(self, kind, subject):
        rows = self.sat.rest_ok("GET", "/events?limit=500")["events"]
        return [row for row in rows if row["kind"] == kind and row["subject"] == subject]

    def raised(self, product, name):
        """Messages of the alerts about a product that the chain of events tells of, newest first."""
        rows = self.sat.rest_ok("GET", "/events?limit=500")["events"]
        found = []
        for row in rows:
            if row["kind"] not in ("alert.raise", "alert.clear"):
                continue
            detail = row["detail"] if isinstance(row["detail"], dict) else json.loads(row["detail"])
            if detail["subject"] == product.identifier and detail["messageType"] == name:
                found.append((row["kind"], detail["message"]))
        return found

    def transfer(self, va, items, **more):
        return self.sat.rest("POST", self.sat.path(va) + "/devices/transfer", dict({"productInstances": items}, **more))

    def remove(self, va, items, spelling="productInstanceRemoveRequests", **more):
        return self.sat.rest("POST", self.sat.path(va) + "/devices/remove", dict({spelling: items}, **more))

    # transfers

    def test_transfer_by_command(self):
        source, target = self.fresh({"Enhanced": 5}), self.fresh({"Enhanced": 3})
        one = self.registered(virtual_account=source)
        self.ok(one.authorize({ENHANCED: 4}))
        serial = one.certificate_serial
        with self.unchanged("a refused transfer"):
            result = self.sat.ctl("instance", "transfer", one.identifier, "--to", target)
            self.refused(result, "NOT_ENOUGH")
            self.assertIn("uses 4 of", result.err)
            self.assertIn("3 are free for it", result.err)
            self.refused(self.sat.ctl("instance", "transfer", one.identifier, "--to", "no such place"),
                         "VIRTUAL_ACCOUNT_UNKNOWN")
            self.refused(self.sat.ctl("instance", "transfer", one.identifier, "--to", source), "INVALID_REQUEST")
            self.refused(self.sat.ctl("instance", "transfer", one.identifier, "--to", target, "--from", target),
                         "INSTANCE_UNKNOWN")
            self.refused(self.sat.ctl("instance", "transfer", "00000000-0000-4000-8000-000000000000", "--to", target),
                         "INSTANCE_UNKNOWN")
        self.ok(one.authorize({ENHANCED: 3}))
        self.done(self.sat.ctl("instance", "transfer", one.hostname, "--to", target, "--from", source, "--account",
                               self.sat.account))
        self.assertEqual(target, self.device(one)["virtualAccount"])
        self.assertEqual((5, 0), self.counts(source, "Enhanced")[:2])
        self.assertEqual((3, 3, "In Compliance"), self.counts(target, "Enhanced"))
        self.assertEqual("AUTHORIZED", self.ok(one.authorize({ENHANCED: 3})).data["authorization_status"])
        self.assertEqual(serial, one.certificate_serial)
        answer = self.ok(one.renew())
        self.assertEqual(target, answer.data["virtual_account"])
        self.done(self.sat.ctl("instance", "transfer", one.identifier, "--to", source))
        self.ok(one.authorize({ENHANCED: 5}))
        self.done(self.sat.ctl("instance", "transfer", one.identifier, "--to", target, "--force"))
        self.assertEqual("Out Of Compliance", self.counts(target, "Enhanced")[2])
        event = self.events("instance.transfer", one.identifier)[0]
        detail = event["detail"] if isinstance(event["detail"], dict) else json.loads(event["detail"])
        self.assertEqual((source, target), (detail["before"], detail["after"]))
        self.ok(one.deregister())

    def test_transfer_by_rest(self):
        source, target = self.fresh({"Basic": 5}), self.fresh({"Basic": 2})
        one, two = (self.registered(virtual_account=source) for _ in range(2))
        self.ok(one.authorize({BASIC: 2}))
        self.ok(two.authorize({BASIC: 2}))
        items = [named(one, targetVirtualAccount=target), named(two, targetVirtualAccount=target)]
        reply = self.transfer(source, items, atomic=True)
        self.assertEqual(200, reply.status, reply)
        self.assertEqual("ERROR", reply.json()["status"])
        self.assertEqual(source, self.device(one)["virtualAccount"])
        value = self.transfer(source, items).json()
        self.assertEqual("PARTIAL", value["status"], value)
        first, second = value["results"]
        self.assertEqual(("SUCCESS", "ERROR"), (first["status"], second["status"]))
        self.assertEqual(one.serial, first["sudi"]["udiSerialNumber"])
        self.assertEqual("NOT_ENOUGH", second["error"]["name"])
        self.assertEqual(target, self.device(one)["virtualAccount"])
        self.assertEqual("SUCCESS", self.transfer(source, items[1:], force=True).json()["status"])
        self.assertEqual((2, 4), self.counts(target, "Basic")[:2])
        with self.unchanged("wrong bodies"):
            for wrong in ([named(one)], [{"sudi": {}, "productTagName": "x", "targetVirtualAccount": target}],
                          [{"targetVirtualAccount": target}], [5], [named(self.product(), targetVirtualAccount=target)]):
                value = self.transfer(target, wrong).json()
                self.assertEqual("ERROR", value["status"], wrong)
                self.assertEqual("ERROR", value["results"][0]["status"], wrong)
            self.assertEqual(400, self.transfer(target, None).status)
            self.assertEqual(404, self.transfer("no such place", items).status)
        reply = self.sat.rest("POST", "/product-instances/%s/transfer" % one.identifier,
                              {"targetVirtualAccount": source, "virtualAccount": target})
        self.assertEqual(200, reply.status, reply)
        reply = self.sat.rest("POST", "/product-instances/%s/transfer" % one.identifier, {"targetVirtualAccount": source})
        self.assertEqual(400, reply.status, reply)
        for each in (one, two):
            self.ok(each.deregister())
        reply = self.sat.rest("POST", "/product-instances/%s/transfer" % one.identifier, {"targetVirtualAccount": target})
        self.assertEqual(404, reply.status, reply)

    # removal

    def test_remove_by_sudi(self):
        place = self.fresh({"Basic": 5})
        one, two, three = (self.registered(virtual_account=place) for _ in range(3))
        self.ok(one.authorize({BASIC: 2}))
        value = self.remove(place, [named(one, returnCode="abcdef-ghijkl")]).json()
        self.assertEqual("ERROR", value["results"][0]["status"], value)
        self.assertIn("no license reservation", value["results"][0]["statusMessage"])
        self.assertEqual(2, self.counts(place, "Basic")[1])
        value = self.remove(place, [named(one, returnCode="")]).json()
        self.assertEqual("SUCCESS", value["status"], value)
        value = self.remove(place, [named(two, returnCode=None)], "productInstacesRemoveRequests").json()
        self.assertEqual("SUCCESS", value["status"], value)
        self.assertEqual(0, self.counts(place, "Basic")[1])
        self.failed(one.authorize({BASIC: 2}), "CERTIFICATE_REVOKED")
        self.failed(two.renew(), "CERTIFICATE_REVOKED")
        value = self.remove(place, [named(one), named(three)]).json()
        self.assertEqual("PARTIAL", value["status"], value)
        self.assertEqual("INSTANCE_UNKNOWN", value["results"][0]["error"]["name"])
        self.assertIsNone(self.device(three))

    # two products, one identity

    def test_clone(self):
        one = self.registered()
        twin = one.clone(OTHER_ADDRESS)
        self.addCleanup(twin.client.close)
        for _ in range(2):
            self.ok(one.authorize({BASIC: 1}))
            self.assertEqual([], self.raised(one, "Duplicate Product Instance"))
            self.ok(twin.authorize({BASIC: 2}))
        kind, message = self.raised(one, "Duplicate Product Instance")[0]
        self.assertEqual("alert.raise", kind)
        for part in ("127.0.0.1", OTHER_ADDRESS, one.serial, "UUID"):
            self.assertIn(part, message)
        for _ in range(2):
            self.ok(one.authorize({BASIC: 1}))
            self.ok(twin.authorize({BASIC: 2}))
        self.assertEqual(1, len(self.raised(one, "Duplicate Product Instance")))
        self.done(self.sat.ctl("instance", "remove", one.identifier))
        self.assertEqual("alert.clear", self.raised(one, "Duplicate Product Instance")[0][0])

    def test_two_ways_out(self):
        """One product that is seen at two addresses, and one whose usage changes, are no clones."""
        one = self.registered()
        other_way = one.clone(OTHER_ADDRESS)
        self.addCleanup(other_way.client.close)
        for count in (1, 2, 1, 2):
            self.ok(one.authorize({BASIC: count}))
            self.ok(other_way.authorize({BASIC: count}))
            message = other_way.authorization({BASIC: count})
            self.ok(other_way.send(message))
            one.send(message)
        self.assertEqual([], self.raised(one, "Duplicate Product Instance"))
        self.ok(one.deregister())

    def test_taken_over(self):
        token = self.sat.new_token()
        old = self.registered(token)
        rebuilt = old.twin(P.new_key())
        self.addCleanup(rebuilt.client.close)
        self.failed(rebuilt.register(token), "ALREADY_REGISTERED")
        self.ok(rebuilt.register(token, force=True))
        self.assertEqual("alert.raise", self.raised(rebuilt, "Product Instance Taken Over")[0][0])
        self.assertEqual([], self.raised(rebuilt, "Duplicate Product Instance"))
        self.failed(old.authorize({BASIC: 1}), "CERTIFICATE_REVOKED")
        self.ok(rebuilt.deregister())
        self.assertEqual("alert.clear", self.raised(rebuilt, "Product Instance Taken Over")[0][0])

    # export control

    def test_restricted_alert(self):
        one = self.registered()
        self.ok(one.authorize({RESTRICTED: 2}))
        kind, message = self.raised(one, "Restricted License Not Available")[0]
        self.assertEqual("alert.raise", kind)
        self.assertIn(one.serial if one.hostname is None else one.hostname, message)
        self.ok(one.authorize({BASIC: 1}))
        self.assertEqual("alert.clear", self.raised(one, "Restricted License Not Available")[0][0])
        self.ok(one.deregister())

    def test_permission_and_terms(self):
        account = "bb " + secrets.token_hex(5)
        place = ("--account", account, "--virtual-account", "Default", "--days", "30", "--uses", "1")
        self.done(self.sat.ctl("account", "add", account, manager=True))
        self.refused(self.sat.ctl("token", "create", *place, "--export-controlled", manager=True), "EXPORT_NOT_ALLOWED")
        self.done(self.sat.ctl("account", "permit-export", account, manager=True))
        self.done(self.sat.ctl("token", "create", *place, "--export-controlled", manager=True))
        self.done(self.sat.ctl("token", "create", *place, manager=True))
        plain, marked = sorted(self.done(self.sat.ctl("token", "list", "--account", account, manager=True))["tokens"],
                               key=lambda row: row["exportControlled"] == "Allowed")
        self.assertEqual((None, None), (plain["termsAcceptedBy"], plain["termsAcceptedDate"]))
        self.assertEqual((marked["createdBy"], marked["createdDate"]),
                         (marked["termsAcceptedBy"], marked["termsAcceptedDate"]))
        shown = self.done(self.sat.ctl("token", "list", "--account", account, manager=True, json_output=False))
        self.assertIn("allowed", shown)
        self.assertEqual((False, False), (plain["exportWithdrawn"], marked["exportWithdrawn"]))
        self.done(self.sat.ctl("account", "withdraw-export", account, manager=True))
        self.assertEqual({"Allowed": True, "Not Allowed": False}, {
            row["exportControlled"]: row["exportWithdrawn"]
            for row in self.done(self.sat.ctl("token", "list", "--account", account, manager=True))["tokens"]})
        shown = self.done(self.sat.ctl("token", "list", "--account", account, manager=True, json_output=False))
        self.assertIn("withdrawn", shown)
        self.assertNotIn("allowed", shown)
        self.refused(self.sat.ctl("token", "create", *place, "--export-controlled", manager=True), "EXPORT_NOT_ALLOWED")

    def test_satellite_does_not_permit(self):
        self.refused(self.sat.ctl("account", "permit-export", self.sat.account))

    # orders

    def test_order_change(self):
        value = self.sat.rest_ok("POST", "/orders", {
            "account": self.sat.account, "virtualAccount": "Direct", "license": "Basic", "quantity": 9,
            "licenseType": "TERM", "endDate": "2090-01-01"}, manager=True)
        order = value["order"]["id"]
        value = self.done(self.sat.ctl("order", "change", order[:8], "--quantity", "4", "--end", "2091-02-03", manager=True))
        self.assertEqual((4, "2091-02-03T00:00:00Z"), (value["order"]["quantity"], value["order"]["endDate"]))
        self.assertEqual(BY_NAME["Basic"]["display_name"], value["order"]["license"])
        shown = self.done(self.sat.ctl("order", "list", manager=True, json_output=False))
        self.assertIn(order[:8], shown)
        self.assertEqual(2, self.sat.ctl("order", "change", order, manager=True).rc)
        self.refused(self.sat.ctl("order", "change", "00000000", "--quantity", "1", manager=True), "ORDER_UNKNOWN")
        for body, status in (({}, 400), ({"quantity": -1}, 400), ({"quantity": 1 << 40}, 400), ({"endDate": "soon"}, 400),
                             ({"endDate": "1999-01-01"}, 400), ({"quantity": True}, 400)):
            reply = self.sat.rest("POST", "/orders/%s/change" % order, body, manager=True)
            self.assertEqual(status, reply.status, (body, reply))
        reply = self.sat.rest("POST", "/orders/none/change", {"quantity": 1}, manager=True)
        self.assertEqual((404, "ORDER_UNKNOWN"), (reply.status, reply.json()["error"]["name"]))
        value = self.done(self.sat.ctl("order", "change", order, "--quantity", "0", manager=True))
        self.assertEqual((None, "Direct"), (value["addedTo"], value["order"]["virtualAccount"]))
        value = self.done(self.sat.ctl("order", "change", order, "--quantity", "2", manager=True))
        self.assertEqual(("Direct", "Direct"), (value["addedTo"], value["order"]["virtualAccount"]))
        self.done(self.sat.ctl("order", "change", order, "--quantity", "0", manager=True))


if __name__ == "__main__":
    unittest.main()
