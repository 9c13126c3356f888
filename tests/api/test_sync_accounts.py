"""Two accounts on one satellite: each has its own account at the cloud manager, address, schedule, files and state, and what
happens to one does not touch the other."""

import socket
import threading
import unittest

import agree
import product as P
from case import BASIC, ENHANCED, Case
from pair import Pair
from satellite import free_port_base

NORTH, SOUTH = "North", "South"


class Accounts(Case):
    """One story, in the order of the names."""

    @classmethod
    def setUpClass(cls):
        cls.sat = Pair()
        cls.addClassCleanup(cls.sat.stop)
        cls.sat.start()
        for name in (NORTH, SOUTH):
            cls.sat.smart_account(name)
            cls.sat.order("Enhanced", 10, account=name)
            cls.sat.order("Basic", 10, account=name)
            cls.sat.local_account(name)
        cls.place = dict(cls.sat.rows("manager", "SELECT a.name, v.uuid FROM virtual_account v JOIN account a ON a.id ="
                                      " v.account_id WHERE v.name = 'Site A'"))

    def used(self, account):
        """A product registers and uses something, which the manager is to learn."""
        token = self.sat.rest_ok("POST", self.sat.path("Default", account) + "/tokens", {
            "description": "x", "expiresAfterDays": 1, "numberofUses": 2, "exportControlled": "Not Allowed"})
        made = P.Product(self.sat)
        self.addCleanup(made.client.close)
        self.ok(made.register(token["tokenInfo"]["token"]))
        self.ok(made.authorize({BASIC: 1, ENHANCED: 2}))

    def state(self, account):
        """Of one account alone, from both databases: what its own synchronizations change."""
        row = self.sat.sync_row(account)
        at = "(SELECT id FROM account WHERE name = ?1)"
        return [row, self.sat.rest_ok("GET", self.sat.path(account=account) + "/sync/history")["history"],
                self.sat.rows("satellite", "SELECT * FROM account WHERE name = ?1", account),
                self.sat.rows("satellite", "SELECT * FROM sync_exchange WHERE account_id = " + at, account),
                self.sat.rows("satellite", "SELECT * FROM sync_setting WHERE account_id = " + at, account),
                self.sat.rows("satellite", "SELECT * FROM license_lot WHERE account_id = " + at + " ORDER BY id", account),
                self.sat.rows("manager", "SELECT * FROM remote_state WHERE satellite_account = ?1", account),
                self.sat.rows("manager", "SELECT * FROM remote_instance WHERE virtual_account_id = (SELECT id FROM"
                              " virtual_account WHERE uuid = ?1) ORDER BY id", self.place[account])]

    def differences(self, account):
        return agree.differences(self.sat.satellite_database, self.sat.manager_database, self.place[account])

    def agreed(self, *accounts):
        for account in accounts:
            self.assertEqual([], self.differences(account), account)

    def untouched(self, account):
        """A check for the end: nothing of it is another than now."""
        before = self.state(account)

        def check():
            for one, other in zip(before, self.state(account)):
                self.assertEqual(one, other, account)
        return check

    def test_a_registration(self):
        """One over the network, the other by files; one satellite, one key."""
        self.sat.connect(NORTH)
        check = self.untouched(SOUTH)
        self.assertEqual("OK", self.sat.by_network(NORTH, code=self.sat.code(account=NORTH))["outcome"])
        check()
        self.assertEqual("NOT REGISTERED", self.sat.sync_row(SOUTH)["state"])
        check = self.untouched(NORTH)
        # A code, or a file, of one does nothing for the other.
        self.sat.connect(SOUTH)
        row = self.sat.by_network(SOUTH, code=self.sat.code(account=NORTH))
        self.assertEqual("REGISTRATION_CODE_INVALID", row["outcome"], row)
        self.sat.authorize_by_files(SOUTH)
        check()
        self.assertEqual({"REGISTERED"}, {self.sat.sync_row(a)["state"] for a in (NORTH, SOUTH)})
        rows = self.sat.rest_ok("GET", "/satellites", manager=True)["satellites"]
        self.assertEqual([NORTH, SOUTH], sorted(row["account"] for row in rows), rows)
        self.assertEqual(1, len({row["uuid"] for row in rows}), rows)

    def test_b_one_after_the_other(self):
        for account in (NORTH, SOUTH):
            self.used(account)
        check = self.untouched(SOUTH)
        self.assertEqual("OK", self.sat.by_network(NORTH)["outcome"])
        check()
        self.agreed(NORTH)
        self.assertNotEqual([], self.differences(SOUTH), "that is not known yet")
        check = self.untouched(NORTH)
        self.sat.by_files(SOUTH)
        check()
        self.agreed(NORTH, SOUTH)

    def test_c_files_of_the_other(self):
        self.used(NORTH)
        self.used(SOUTH)
        request = {a: self.sat.post_file(self.sat.path(account=a) + "/sync/request-file").body for a in (NORTH, SOUTH)}
        answer = {a: self.sat.post_file("/satellites/answer", request[a], manager=True).body for a in request}
        for account, other in ((NORTH, SOUTH), (SOUTH, NORTH)):
            check = self.untouched(other)
            reply = self.sat.send_file(self.sat.path(account=account) + "/sync/response-file", answer[other])
            self.assertEqual("SYNC_WRONG_SATELLITE", reply.json()["error"]["name"], reply)
            self.assertIn("is for the account “%s” of this satellite; “%s” was" % (other, account),
                          reply.json()["statusMessage"])
            check()
        for account in (NORTH, SOUTH):
            self.sat.post_file(self.sat.path(account=account) + "/sync/response-file", answer[account])
        self.agreed(NORTH, SOUTH)

    def test_d_both_at_once(self):
        ended = {}
        for _ in range(2):
            for account in (NORTH, SOUTH):
                self.used(account)
            threads = [threading.Thread(target=lambda a=a: ended.update({a: self.sat.by_network(a, mode="full")}))
                       for a in (NORTH, SOUTH)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual({"OK"}, {ended[a]["outcome"] for a in (NORTH, SOUTH)}, ended)
            self.agreed(NORTH, SOUTH)

    def test_e_one_manager_is_not_there(self):
        self.sat.connect(NORTH, managerUrl="https://127.0.0.1:%d" % free_port_base(1), schedule="daily@02:30")
        self.sat.connect(SOUTH, schedule="weekly:mon@03:30")
        self.used(NORTH)
        self.used(SOUTH)
        check = self.untouched(SOUTH)
        self.assertEqual("SYNC_UNREACHABLE", self.sat.by_network(NORTH)["outcome"])
        check()
        check = self.untouched(NORTH)
        self.assertEqual("OK", self.sat.by_network(SOUTH)["outcome"])
        check()
        north, south = self.sat.sync_row(NORTH), self.sat.sync_row(SOUTH)
        self.assertEqual("OK", south["newest"]["outcome"])
        self.assertEqual("SYNC_UNREACHABLE", north["lastFailure"]["code"])
        self.assertEqual(("daily@02:30", "weekly:mon@03:30"), (north["schedule"], south["schedule"]))
        self.assertNotEqual(north["nextAttemptAt"], south["nextAttemptAt"])
        said = " ".join(self.sat.ctl("sync", "status", json_output=False).out.split())
        self.assertIn("synchronization of “%s” failed" % NORTH, said)
        self.assertNotIn("synchronization of “%s” failed" % SOUTH, said)
        self.agreed(SOUTH)
        # Its products are served, and it catches up.
        self.used(NORTH)
        self.sat.connect(NORTH)
        self.assertEqual("OK", self.sat.by_network(NORTH)["outcome"])
        self.agreed(NORTH, SOUTH)

    def test_f_one_manager_does_not_answer(self):
        """While one waits for it, the other goes its way."""
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        self.sat.connect(NORTH, managerUrl="https://127.0.0.1:%d" % silent.getsockname()[1])
        self.used(SOUTH)
        before = self.sat.begin_network(NORTH)
        for _ in range(2):
            self.assertEqual("OK", self.sat.by_network(SOUTH)["outcome"])
        self.agreed(SOUTH)
        self.sat.by_files(SOUTH)
        self.assertIsNotNone(self.sat.sync_row(NORTH)["running"])
        self.sat.rest_ok("POST", self.sat.path(account=NORTH) + "/sync/cancel")
        self.assertEqual("CANCELLED", self.sat.ended(before, NORTH)["outcome"])
        self.sat.connect(NORTH)

    def test_g_removed_for_both(self):
        """One satellite is one: taken away at the manager, either account is told so."""
        uuid = self.sat.rest_ok("GET", "/satellites", manager=True)["satellites"][0]["uuid"]
        self.sat.rest_ok("POST", "/satellites/%s/remove" % uuid, manager=True)
        for account in (NORTH, SOUTH):
            self.assertEqual("SATELLITE_REMOVED", self.sat.by_network(account)["outcome"])


if __name__ == "__main__":
    unittest.main()
