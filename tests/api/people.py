"""Callers with every role in every kind of place, on one server, and things that not all of them may see.

A world has an account with three virtual accounts, Own, Beside and the default one, and another account. In Own and in
Beside there are a token, a product instance that uses what nobody owns, and a reservation that was begun. `canaries` are
the texts by which an answer gives away the place they are in.
"""

import contextlib
import itertools
import json
import multiprocessing.pool
import secrets
import urllib.parse

import product as P
from case import CUWL
from test_reservation import Unconnected

JSON = {"Content-Type": "application/json"}
ROLES = {"SA": "system-administrator", "SO": "system-operator", "AD": "auditor", "AA": "account-administrator",
         "AU": "account-user", "CO": "courier", "PA": "virtual-account-administrator", "PU": "virtual-account-user"}
# The columns of roles.txt after that of nobody.
COLUMNS = ([("server", r) for r in ("SA", "SO", "AD")] + [("own", r) for r in ("AA", "AU", "AD", "CO", "PA", "PU")] +
           [("foreign", r) for r in ("AA", "AU", "AD", "CO", "PA", "PU")] + [("beside", r) for r in ("PA", "PU")])
NOBODY = ("nobody", "--")
ADDRESSES = itertools.count(1)


class Caller:
    """Somebody with a connection of his own, from an address of his own."""

    def __init__(self, world, place, role):
        self.world, self.place, self.role = world, place, role
        self.name, self.token = "%s %s %s" % (world.mark, place, role), None
        self.password = secrets.token_hex(12)
        n = next(ADDRESSES)
        self.address = "127.%d.%d.%d" % (1 + n // 62500, n // 250 % 250, 1 + n % 250)
        self.client = P.Client(world.url, world.sat.ca_file, source=self.address)

    def __repr__(self):
        return "%s (%s) at the %s" % (ROLES.get(self.role, "nobody"), self.place, self.world.server)

    def sign_in(self, pair=None):
        """pair: id and secret of an API client; else by name and password."""
        fields = {"grant_type": "client_credentials", "client_id": pair[0], "client_secret": pair[1]} if pair else \
                 {"grant_type": "password", "username": self.name, "password": self.password}
        reply = self.client.request("POST", "/oauth/token", json.dumps(fields), JSON)
        assert reply.status == 200, (self, reply)
        self.token = reply.json()["access_token"]
        return self

    def call(self, method, path, body=None, headers=None):
        """body: bytes as they are, or what becomes JSON."""
        head = dict(headers or {})
        if self.token:
            head.setdefault("Authorization", "Bearer " + self.token)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if method == "POST":
            head.setdefault("Content-Type", "application/json")
            body = body or b""
        return self.client.request(method, path, body, head)


class Place:
    """A virtual account, and what is in it."""

    def __init__(self, world, account, name, filled=True):
        self.world, self.account, self.name = world, account, name
        self.path = "/accounts/%s/virtual-accounts/%s" % (urllib.parse.quote(account, safe=""),
                                                          urllib.parse.quote(name, safe=""))
        self.canaries = {name}
        if filled:
            self.fill()

    def fill(self):
        world = self.world
        self.token = world.root("POST", self.path + "/tokens", {
            "description": "token of " + self.name, "expiresAfterDays": 30})["tokenInfo"]["token"]
        self.product = P.Product(world.endpoint, role=world.server, key=P.new_key("P-256"))
        assert self.product.register(self.token).status == "OK"
        assert self.product.authorize({CUWL: 1}).status == "OK"
        self.product.client.close()
        self.instance = self.product.identifier
        self.reserved = Unconnected()
        answer = world.root("POST", self.path + "/reserve-licenses",
                            {"reservationRequests": [{"reservationCode": self.reserved.request}]})
        assert answer["status"] == "SUCCESS", answer
        self.reservation = answer["results"][0]["reservationId"]
        self.canaries |= {self.token, self.product.serial, self.instance, self.reservation, self.reserved.serial}

    def empty(self):
        world = self.world
        for path in ("/product-instances/%s/remove" % self.instance, "/reservations/%s/cancel" % self.reservation,
                     self.path + "/delete"):
            world.sat.rest("POST", path, {}, world.manager)


class World:
    def __init__(self, sat, server):
        self.sat, self.server, self.manager = sat, server, server == "manager"
        self.mark = secrets.token_hex(4)
        self.url = sat.manager_url if self.manager else sat.admin_url
        self.endpoint = sat
        if self.manager:
            from test_manager import ManagerEndpoint
            self.endpoint = ManagerEndpoint(sat)
        self.account, self.foreign_account = sat.account, "Foreign " + self.mark
        self.root("POST", "/accounts", dict({"name": self.foreign_account}, **(
            {} if self.manager else {"smartAccount": "Smart " + self.mark, "virtualAccount": "Site " + self.mark})))
        for name in ("own", "beside"):
            self.root("POST", sat.path() + "/virtual-accounts", {"name": "%s %s" % (name, self.mark)})
        self.own = Place(self, self.account, "own " + self.mark)
        self.beside = Place(self, self.account, "beside " + self.mark)
        self.program = self.root("POST", sat.path() + "/clients", {
            "name": "program " + self.mark, "role": "account-user"})["client"]["clientId"]
        self.programs = [self.program]
        self.event = self.root("GET", "/events?limit=1")["events"][0]["id"]
        self.own.canaries |= {self.program}
        self.foreign = Place(self, self.foreign_account, "Default", filled=False)
        self.foreign.canaries = {self.foreign_account}
        self.callers = {}

    def root(self, method, path, body=None):
        return self.sat.rest_ok(method, path, body, self.manager)

    def add(self, place, role):
        """A user at the satellite, an API client at the cloud manager: roles are the same to both. Signs in."""
        caller = Caller(self, place, role)
        body = {"name": caller.name, "role": ROLES[role]}
        if place != "server":
            body["account"] = self.foreign_account if place == "foreign" else self.account
        if role in ("PA", "PU"):
            body["virtualAccount"] = getattr(self, place).name
        if self.manager:
            made = self.root("POST", "/clients", body)
            self.programs.append(made["client"]["clientId"])
            return caller.sign_in((made["client"]["clientId"], made["clientSecret"]))
        self.root("POST", "/users", dict(body, password=caller.password))
        return caller.sign_in()

    def people(self, columns=COLUMNS):
        """(place, role) -> Caller; four at a time, since each password takes a while."""
        missing = [c for c in columns if c not in self.callers]
        with multiprocessing.pool.ThreadPool(4) as pool:
            made = pool.starmap(self.add, missing)
        self.callers.update(zip(missing, made))
        self.callers.setdefault(NOBODY, Caller(self, *NOBODY))
        return self.callers

    def caller(self, place, role):
        return self.people([(place, role)])[place, role]

    def close(self):
        for caller in self.callers.values():
            caller.client.close()
            if caller.token and not self.manager:
                self.sat.rest("POST", "/users/%s/remove" % urllib.parse.quote(caller.name), {}, self.manager)
        for place in (self.own, self.beside):
            place.empty()
        for program in self.programs:
            for verb in ("revoke", "remove"):
                self.sat.rest("POST", "/clients/%s/%s" % (program, verb), {}, self.manager)
        self.sat.rest("POST", self.sat.path(account=self.foreign_account) + "/delete", {}, self.manager)

    def hidden_from(self, caller):
        """Texts that no answer to him may have."""
        if caller.place == "server":
            return set()
        if caller.place == "foreign":
            return self.own.canaries | self.beside.canaries
        hidden = set(self.foreign.canaries)
        if caller.role in ("PA", "PU"):
            hidden |= self.beside.canaries if caller.place == "own" else self.own.canaries
        if caller.role == "CO":
            hidden |= self.own.canaries | self.beside.canaries
        return hidden


WORLDS = {}


def world(sat, server):
    """One for all tests of a run, each server's."""
    if server not in WORLDS:
        WORLDS[server] = World(sat, server)
    return WORLDS[server]


def close_worlds():
    while WORLDS:
        with contextlib.suppress(AssertionError, OSError):
            WORLDS.popitem()[1].close()
