"""kill -9 of satellite, cloud manager or both at random moments of export, answer, import and exchange: after the next
synchronization both say the same, nothing is damaged or left over, and no request got two different answers.

SOAK_SYNC_KILLS = how often [20]; SOAK_SEED = seed of changes and moments (shown when something is wrong).
"""

import contextlib
import http.client
import os
import random
import secrets
import signal
import threading
import time
import unittest

import agree
import product as P
from case import BASIC, ENHANCED, ESSENTIAL, Case
from pair import Pair
from test_reservation import Unconnected

TIMES = int(os.environ.get("SOAK_SYNC_KILLS", "20"))
BROKEN = (OSError, http.client.HTTPException, AssertionError)
LICENSES = {"Enhanced": ENHANCED, "Basic": BASIC, "Essential": ESSENTIAL}
PLACES = ("Default", "Branch")
FIRST = 25


class KillSync(Case):
    @classmethod
    def setUpClass(cls):
        cls.sat = Pair()
        cls.addClassCleanup(cls.sat.stop)
        cls.sat.start()
        cls.sat.smart_account()
        for name in LICENSES:
            cls.sat.order(name, 200)
            cls.sat.order(name, 100, "Direct")
        cls.sat.local_account()
        cls.sat.authorize_by_files()
        cls.sat.connect()
        cls.sat.rest_ok("POST", cls.sat.path() + "/virtual-accounts", {"name": "Branch"})
        cls.place = cls.sat.rows("manager", "SELECT uuid FROM virtual_account WHERE name = 'Site A'")[0][0]

    def setUp(self):
        self.seed = os.environ.get("SOAK_SEED") or secrets.token_hex(4)
        self.random = random.Random(self.seed)
        self.products, self.reservations, self.answers, self.requests = [], [], {}, {}
        self.token = self.sat.new_token(uses=10000)
        self.lasts = dict.fromkeys(("export", "answer", "import", "exchange"), 0.05)

    def tearDown(self):
        for made in self.products:
            made.client.close()

    # what happens between synchronizations

    def changes(self, count):
        kinds = [self.register, self.use, self.use, self.use, self.deregister, self.remove, self.renew, self.move,
                 self.add_order, self.give, self.take, self.reserve, self.reserve, self.end_reservation, self.place_comes,
                 self.remove_from_above, self.share]
        for _ in range(count):
            self.random.choice(kinds)()

    def some(self):
        return self.random.choice(self.products) if self.products else None

    def register(self):
        made = P.Product(self.sat)
        self.products.append(made)
        self.ok(made.register(self.token))

    def use(self):
        made = self.some()
        if made:
            answer = made.authorize({self.random.choice(list(LICENSES.values())): self.random.randrange(9)
                                     for _ in range(self.random.randrange(1, 4))})
            self.there(made, answer)

    def there(self, made, answer):
        """One that was removed from elsewhere is no longer spoken for."""
        if answer.status == "FAILED" and answer.code in ("UNKNOWN_INSTANCE", "CERTIFICATE_REVOKED"):
            made.client.close()
            self.products.remove(made)
        else:
            self.ok(answer)

    def renew(self):
        made = self.some()
        if made:
            made.hostname = "host-" + secrets.token_hex(3)
            self.there(made, made.renew())

    def deregister(self):
        made = self.some()
        if made:
            answer = made.deregister()
            self.there(made, answer)
            if made in self.products:
                made.client.close()
                self.products.remove(made)

    def udi(self, made):
        return {"sudi": {"udiPid": made.pid, "udiSerialNumber": made.serial, "uuid": made.uuid},
                "productTagName": made.software_tag}

    def remove(self):
        made = self.some()
        if made:
            for place in PLACES:
                self.sat.rest("POST", self.sat.path(place) + "/devices/remove",
                              {"productInstanceRemoveRequests": [self.udi(made)]})

    def remove_from_above(self):
        made = self.some()
        if made and made.identifier:
            self.sat.ctl("instance", "remove", made.identifier, "--reason", "from above", manager=True)

    def move(self):
        made, (one, other) = self.some(), self.random.sample(PLACES, 2)
        if made:
            self.sat.rest("POST", self.sat.path(one) + "/devices/transfer", {"force": True, "productInstances": [
                dict(self.udi(made), targetVirtualAccount=other)]})

    def add_order(self):
        self.sat.order(self.random.choice(list(LICENSES)), self.random.randrange(1, 30))

    def transfer(self, one, other, manager):
        self.sat.rest_ok("POST", self.sat.path(one) + "/licenses/transfer", {"force": True, "licenses": [
            {"license": self.random.choice(list(LICENSES)), "quantity": self.random.randrange(1, 9),
             "targetVirtualAccount": other}]}, manager=manager)

    def give(self):
        self.transfer(*self.random.sample(PLACES, 2), False)

    def take(self):
        self.transfer(*self.random.sample(("Site A", "Direct"), 2), True)

    def reserve(self):
        made = Unconnected()
        answer = self.sat.rest_ok("POST", self.sat.path(self.random.choice(PLACES)) + "/reserve-licenses", {
            "reservationRequests": [{"reservationCode": made.request, "licenses": [
                {"license": self.random.choice(list(LICENSES)), "quantity": self.random.randrange(1, 5)}]
                if self.random.random() < 0.8 else []}]})
        if answer["results"][0]["status"] == "SUCCESS":
            self.reservations.append(made)

    def end_reservation(self):
        if self.reservations:
            rows = self.sat.rest_ok("POST", self.sat.path() + "/reservations", {"limit": -1})["reservations"]
            if rows:
                self.sat.rest("POST", "/reservations/%s/remove" % self.random.choice(rows)["reservationId"], {"reason": "dead"})

    def place_comes(self):
        name = "place " + secrets.token_hex(3)
        self.sat.rest_ok("POST", self.sat.path() + "/virtual-accounts", {"name": name})
        if self.random.random() < 0.5:
            self.sat.rest_ok("POST", self.sat.path(name) + "/delete")

    def share(self):
        if self.random.random() < 0.3:
            self.sat.rest_ok("POST", self.sat.path() + "/sync/settings", {"shareHostname": self.random.random() < 0.5})

    # what is killed

    def export(self):
        made = self.sat.rest("POST", self.sat.path() + "/sync/request-file", {
            "mode": self.random.choice(("standard", "standard", "full")), "new": self.random.random() < 0.6})
        self.assertEqual(200, made.status, made)
        return made.body

    def answer(self, request):
        return self.sat.post_file("/satellites/answer", request, manager=True).body

    def bring(self, answer):
        self.sat.post_file(self.sat.path() + "/sync/response-file", answer)

    def exchange(self):
        self.sat.begin_network()
        while self.sat.sync_row()["running"]:
            time.sleep(0.005)

    def kill_in(self, what, victims):
        """Kills in the middle of it, sometimes just before or after; changes go on meanwhile."""
        given = ()
        if what in ("answer", "import"):
            given = (self.export(),)
        if what == "import":
            given = (self.answer(given[0]),)
        work = {"export": self.export, "answer": self.answer, "import": self.bring, "exchange": self.exchange}[what]
        took = []

        def run():
            began = time.monotonic()
            with contextlib.suppress(*BROKEN):
                work(*given)
                took.append(time.monotonic() - began)

        def meanwhile(made):
            with contextlib.suppress(*BROKEN):
                made.authorize({BASIC: self.random.randrange(9)})
        threads = [threading.Thread(target=run)]
        if self.products and self.random.random() < 0.5:
            threads.append(threading.Thread(target=meanwhile, args=(self.some(),)))
        after = self.random.uniform(0, 1) * self.lasts[what]
        for thread in threads:
            thread.start()
        time.sleep(after)
        for name in victims:
            self.sat.running[name].send_signal(signal.SIGKILL)
        for name in victims:
            self.sat.end(name, signal.SIGKILL)
        for name in victims:
            self.sat.begin(name)
        for name in victims:
            self.sat.wait_for(name)
        for thread in threads:
            thread.join()
        for made in self.products:
            made.client.close()
        if took:
            self.lasts[what] = max(took[0], 0.9 * self.lasts[what])

    # what must hold then

    def synchronize(self):
        """Once, in either way; a request that waits goes before."""
        while self.sat.sync_row()["running"]:
            time.sleep(0.01)
        if self.random.random() < 0.5:
            row = self.sat.by_network()
            self.assertEqual("OK", row["outcome"], row)
            return
        if self.sat.sync_row()["exportedKind"]:
            self.sat.by_files()
        self.sat.by_files()

    def check_whole(self):
        for name in ("satellite", "manager"):
            self.assertEqual([], agree.damage(self.sat.endpoints[name + "_database"]), name)
            self.sat.rest_ok("POST", "/verify", manager=name == "manager")
        self.assertEqual([], agree.differences(self.sat.satellite_database, self.sat.manager_database, self.place))

    def check_left_over(self):
        """No file that was begun and never came to its end."""
        deadline = time.monotonic() + 5
        while True:
            names = [n for folder in ("satellite", "manager") for n in self.kept(folder) if not n.endswith(".sync")]
            if not names:
                return
            self.assertLess(time.monotonic(), deadline, names)
            time.sleep(0.02)

    def kept(self, name):
        folder = os.path.join(self.sat.state, name, "sync")
        return os.listdir(folder) if os.path.isdir(folder) else []

    def check_answers(self):
        """What was answered once stays so, and one sequence is never applied as two."""
        for digest, kind, sequence, answer in self.sat.rows(
                "manager", "SELECT request_sha256, kind, sequence, answer FROM sync_answer ORDER BY id"):
            if answer is not None:
                self.assertEqual((kind, answer), self.answers.setdefault(digest, (kind, answer)), digest.hex())
            if kind == "response":
                self.assertEqual(digest, self.requests.setdefault(sequence, digest), sequence)

    def check_again(self):
        """The newest request once more, by hand: the same bytes."""
        request = self.export()
        answer = self.answer(request)
        self.assertEqual(answer, self.answer(request))
        if self.random.random() < 0.5:
            self.bring(answer)

    def test_at_random_moments(self):
        for _ in range(FIRST):
            self.register()
        self.assertEqual("OK", self.sat.by_network()["outcome"])
        turns = [(what, who) for what, whose in (
            ("exchange", ("satellite", "manager", "both")), ("export", ("satellite",)),
            ("exchange", ("satellite", "manager", "both")), ("answer", ("manager", "both")), ("import", ("satellite",)))
            for who in whose]
        self.random.shuffle(turns)
        for number in range(TIMES):
            what, who = turns[number % len(turns)]
            try:
                self.round(what, ("satellite", "manager") if who == "both" else (who,))
            except Exception as error:
                raise AssertionError("number %d, %s of %s, seed %s: %s" % (number, what, who, self.seed, error)) from error

    def round(self, what, victims):
        self.changes(self.random.randrange(2, 9))
        self.kill_in(what, victims)
        self.check_left_over()
        if self.random.random() < 0.5:
            self.changes(2)
        self.synchronize()
        if self.sat.rows("manager", "SELECT 1 FROM instance_removal"):
            self.synchronize()     # what the answer removed is told by the next request
        self.check_whole()
        self.check_answers()
        if self.random.random() < 0.2:
            self.check_again()


if __name__ == "__main__":
    unittest.main()
