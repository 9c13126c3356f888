"""Synchronization files carried by hand, as couriers, mail filters and attackers bring them: to both sides, of every kind.

Each is refused with what is wrong and what to do, nothing is changed, and the right file is taken afterwards.
"""

import contextlib
import gzip
import io
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import threading
import time
import unittest
import zlib

import satellite
import sync_satellite as S
from case import Case

PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Welcome to this network</body></html>"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
REFUSALS = ("SYNC_DAMAGED", "SYNC_NOT_A_BUNDLE", "SYNC_TOO_LARGE")
BOMB = 256 << 20


def packed(members, form=tarfile.USTAR_FORMAT, level=6, end=b""):
    """A tar archive in gzip; members: (TarInfo or name, bytes)."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=form) as tar:
        for info, data in members:
            if isinstance(info, str):
                info = tarfile.TarInfo(info)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(raw.getvalue() + end, level, mtime=0)


def special(name, kind, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def sized(name, size):
    """A header alone that says so."""
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.USTAR_FORMAT)


class Files(Case):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.done(self.command("sync", "configure", "--url", "none"))

    def file(self, name, data=None):
        path = os.path.join(self.folder, name)
        if data is not None:
            with open(path, "wb") as f:
                f.write(data)
        return path

    def bytes(self, name):
        with open(self.file(name), "rb") as f:
            return f.read()

    def command(self, *words, system=None):
        return (system or self.sat).ctl(*words, "--account", self.sat.account)

    def export(self, name, *options):
        value = self.done(self.command("sync", "export", self.file(name), *options))
        return self.bytes(value["file"]), value

    def manager(self, verb, name, answer):
        return self.sat.ctl("satellite", verb, self.file(name), self.file(answer), manager=True)

    def answered(self, name, answer):
        self.done(self.manager("answer", name, answer))
        return self.bytes(answer)

    def import_file(self, name):
        return self.command("sync", "import", self.file(name))

    def four(self):
        """One file of each kind, of this satellite; the request and its answer are the newest."""
        self.export("registration", "--registration", "--new")
        self.done(self.manager("authorize", "registration", "authorization"))
        self.done(self.import_file("authorization"))
        self.export("request", "--new")
        self.answered("request", "response")

    @contextlib.contextmanager
    def nothing_changed(self, what):
        """Of both sides: what is told, and how many rows every table of the satellite has."""
        def look():
            rows = self.sat.database_rows()
            del rows["sync_history"]    # refused files have their place there
            return dict(self.sat.snapshot(), rows=rows, manager=self.sat.licenses(manager=True),
                        satellites=self.sat.rest_ok("GET", "/satellites", manager=True)["satellites"])
        before = look()
        yield
        after = look()
        for part in before:
            self.assertEqual(before[part], after[part], "%s: %s changed" % (what, part))


class Archives(Files):
    """Real signed files in archives that no honest side makes."""

    def odd(self, good):
        """What -> bytes; the signed members are as they were."""
        members = list(S.read(good).items())
        plain = gzip.decompress(good)
        yield "a path upwards", packed(members + [("../evil.ndjson", b"{}\n")])
        yield "a path upwards first", packed([("../manifest.json", members[0][1])] + members)
        yield "an absolute name", packed(members + [("/tmp/evil.ndjson", b"{}\n")])
        yield "a folder's name", packed(members[:2] + [("a/" + n, d) for n, d in members[2:]])
        yield "a name with ./", packed([("./" + n, d) for n, d in members])
        for what, kind, link in (("symbolic link", tarfile.SYMTYPE, "/etc/passwd"), ("hard link", tarfile.LNKTYPE, "manifest.json"),
                                 ("device", tarfile.CHRTYPE, ""), ("block device", tarfile.BLKTYPE, ""),
                                 ("pipe", tarfile.FIFOTYPE, ""), ("folder", tarfile.DIRTYPE, ""),
                                 ("sparse file", tarfile.GNUTYPE_SPARSE, ""), ("contiguous file", tarfile.CONTTYPE, "")):
            yield what + " added", packed(members + [(special("evil.ndjson", kind, link), b"")])
            yield what + " for a part", packed(members[:-1] + [(special(members[-1][0], kind, link), b"")])
            yield what + " for the manifest", packed([(special("manifest.json", kind, link), b"")] + members[1:])
        info = tarfile.TarInfo("manifest.json")
        info.pax_headers = {"comment": "hello", "SCHILY.xattr.user.x": "1"}
        yield "an extended header", packed([(info, members[0][1])] + members[1:], tarfile.PAX_FORMAT)
        info = tarfile.TarInfo("evil.ndjson")
        info.pax_headers = {"path": "../evil.ndjson", "size": "9" * 18}
        yield "an extended header with a path", packed(members + [(info, b"")], tarfile.PAX_FORMAT)
        yield "a long name", packed(members + [("x" * 200 + ".ndjson", b"{}\n")], tarfile.GNU_FORMAT)
        yield "a part twice", packed(members + members[-1:])
        yield "a part missing", packed(members[:-1])
        if len(members) > 3:
            yield "other order", packed(members[:2] + members[:1:-1])
        yield "signature first", packed([members[1], members[0]] + members[2:])
        yield "no signature", packed(members[:1] + members[2:])
        yield "two gzip members", gzip.compress(plain[:512], mtime=0) + gzip.compress(plain[512:], mtime=0)
        yield "an empty gzip member behind", good + gzip.compress(b"", mtime=0)
        yield "bytes behind the end", good + b"\0"
        yield "bytes behind the archive's end", packed(members, end=b"x" * 512)
        yield "another file behind", good + good
        yield "no end of the archive", gzip.compress(plain.rstrip(b"\0") + bytes(-len(plain.rstrip(b"\0")) % 512), mtime=0)
        yield "the archive not packed", plain
        yield "packed twice", gzip.compress(good, mtime=0)
        yield "zlib instead of gzip", zlib.compress(plain)
        for at in (1, 9, 10, 40, 60, len(good) // 2, len(good) - 8, len(good) - 1):
            yield "cut at %d" % at, good[:at]
        yield "as text", good.replace(b"\n", b"\r\n") + b"\r\n"

    def bombs(self, good):
        """Small files that unpack to 256 MiB."""
        members = list(S.read(good).items())
        zeros = bytes(1 << 20)

        def squeeze(head):
            z = zlib.compressobj(9, zlib.DEFLATED, 31)
            out = [z.compress(head)] + [z.compress(zeros) for _ in range(BOMB >> 20)] + [z.flush()]
            return b"".join(out)
        yield "zeros alone", squeeze(b"")
        yield "a manifest", squeeze(sized("manifest.json", BOMB))
        head = gzip.decompress(packed(members[:2])).rstrip(b"\0")
        head += bytes(-len(head) % 512)
        yield "a part that is signed to be small", squeeze(head + sized(members[2][0], BOMB))
        yield "a part that nobody signed", squeeze(gzip.decompress(packed(members)).rstrip(b"\0") + bytes(512))

    def all_refused(self, good, call):
        self.assertEqual(len(S.read(good)), len(list(S.read(packed(list(S.read(good).items()))))))
        for what, data in list(self.odd(good)) + list(self.bombs(good)):
            with self.subTest(what):
                self.file("odd", data)
                began = time.monotonic()
                result = call("odd")
                self.refused(result, REFUSALS)
                self.assertIn("hanged", result.err, result)
                self.assertLess(time.monotonic() - began, 30, what)
        self.assertFalse(os.path.exists("/tmp/evil.ndjson"))

    def test_at_the_satellite(self):
        self.export("request", "--new")
        good = self.answered("request", "response")
        with self.nothing_changed("odd archives"):
            self.all_refused(good, self.import_file)
        # With another packer but the same content it is the same file.
        self.file("again", packed(list(S.read(good).items()), level=1))
        self.done(self.import_file("again"))

    def test_at_the_manager(self):
        good, _ = self.export("request", "--new")
        with self.nothing_changed("odd archives"):
            self.all_refused(good, lambda name: self.manager("answer", name, "nothing"))
        self.assertFalse(os.path.exists(self.file("nothing")))
        self.file("again", packed(list(S.read(good).items()), level=1))
        one = self.answered("again", "one")
        self.assertEqual(one, self.answered("request", "two"), "it is the same request")
        self.done(self.import_file("one"))

    def test_a_registration(self):
        good, _ = self.export("registration", "--registration", "--new")
        with self.nothing_changed("odd archives"):
            self.all_refused(good, lambda name: self.manager("authorize", name, "nothing"))
        self.done(self.manager("authorize", "registration", "authorization"))
        self.done(self.import_file("authorization"))


class Mixups(Files):
    """Right files at the wrong place, and wrong files at the right one."""

    def says(self, result, code, *words):
        self.refused(result, code)
        for word in words:
            self.assertIn(word, " ".join(result.err.split()), result)

    def test_kinds(self):
        self.four()
        request, response = "bring the request file", "Import it there"
        with self.nothing_changed("mixed up"):
            self.says(self.import_file("registration"), "SYNC_WRONG_KIND", "This is a registration file", "response file is needed")
            self.says(self.import_file("request"), "SYNC_WRONG_KIND", "This is a request file", "response file is needed")
            self.says(self.import_file("authorization"), "SYNC_OUT_OF_ORDER", "already", "Waiting for the answer to request")
            for kind, other in (("authorization", response), ("response", response), ("request", "satellite answer")):
                self.says(self.manager("authorize", kind, "x"), "SYNC_WRONG_KIND", "This is a", other)
            self.says(self.manager("answer", "registration", "x"), "SYNC_WRONG_KIND", "registration file", "satellite authorize")
            for kind in ("authorization", "response"):
                self.says(self.manager("answer", kind, "x"), "SYNC_WRONG_KIND", "This is a", response, request)
        self.assertFalse(os.path.exists(self.file("x")))
        self.done(self.import_file("response"))
        with self.nothing_changed("imported twice"):
            self.says(self.import_file("response"), "SYNC_OUT_OF_ORDER", "was imported on")

    def test_other_things(self):
        things = {"empty": (b"", "is empty"), "page": (PAGE, "web page"), "pdf": (PDF, "does not begin like one"),
                  "zip": (b"PK\x03\x04" + bytes(60), "zip"), "refusal": (b'{"status":"ERROR"}', "JSON"),
                  "root": (open(self.sat.root_file, "rb").read(), "certificate"), "zeros": (bytes(4096), ""),
                  "random": (os.urandom(100000), ""), "program": (b"\x7fELF" + bytes(60), "")}
        self.export("request", "--new")
        self.answered("request", "response")
        with self.nothing_changed("other things"):
            for name, (data, word) in things.items():
                with self.subTest(name):
                    self.file(name, data)
                    for result in (self.import_file(name), self.manager("answer", name, "x"),
                                   self.manager("authorize", name, "x")):
                        self.says(result, REFUSALS, word, "hanged")
        self.done(self.import_file("response"))

    def test_older(self):
        """Requests that were overtaken, and answers to them."""
        self.export("one", "--new")
        self.answered("one", "answer one")
        self.export("two", "--new", "--full")
        self.answered("two", "answer two")
        self.done(self.import_file("answer two"))
        with self.nothing_changed("older"):
            self.says(self.import_file("answer one"), "SYNC_OUT_OF_ORDER", "newer one was imported already")
            self.says(self.import_file("answer two"), "SYNC_OUT_OF_ORDER", "was imported on")
            # The manager gives the answers that it gave.
            for name in ("one", "two"):
                self.assertEqual(self.bytes("answer " + name), self.answered(name, "again"))

    def test_of_another(self):
        """A satellite with its own key and registration, at this manager and here."""
        py = S.Satellite(name="py files " + self.folder[-6:])
        place = "py " + self.folder[-8:]
        self.done(self.sat.ctl("virtual-account", "add", place, "--account", self.sat.account, manager=True))
        self.file("py registration", py.registration(self.sat.account, place))
        self.done(self.manager("authorize", "py registration", "py authorization"))
        py.authorized(self.bytes("py authorization"))
        self.export("request", "--new")
        self.file("py request", py.request())
        ours = self.sat.rest_ok("GET", "/status")["uuid"]
        with self.nothing_changed("another satellite's"):
            self.says(self.import_file("py authorization"), "SYNC_WRONG_SATELLITE", py.uuid, "this one is", ours)
            self.says(self.import_file("py request"), "SYNC_WRONG_KIND", "response file is needed")
            other = S.Satellite(name=py.name)
            other.__dict__.update(py.__dict__, uuid=ours, account=self.sat.account)
            self.file("posing", other.request())
            self.says(self.manager("answer", "posing", "x"), "SYNC_UNTRUSTED", "another one's key")
            other.__dict__.update(py.__dict__, account=self.sat.account)
            self.file("posing", other.request())
            self.says(self.manager("answer", "posing", "x"), "ACCOUNT_UNKNOWN", "but for “%s”" % py.account)
        self.answered("py request", "py response")
        with self.nothing_changed("another satellite's response"):
            self.says(self.import_file("py response"), "SYNC_WRONG_SATELLITE", py.uuid, "this one is")
        self.answered("request", "response")
        self.done(self.import_file("response"))
        self.done(self.sat.ctl("satellite", "remove", py.uuid, manager=True))


class AtOnce(Files):
    def upload(self, path, data, sent, manager=False):
        """The head of a POST with all of data announced, and only the first bytes of it."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(30)
            s.connect(self.sat.manager_control_socket if manager else self.sat.control_socket)
            s.sendall(("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/gzip\r\nContent-Length: %d\r\n\r\n" %
                       (path, len(data))).encode() + data[:sent])

    def test_cut_uploads(self):
        request, _ = self.export("request", "--new")
        response = self.answered("request", "response")
        here = "/api/v1" + self.sat.path() + "/sync/response-file"
        with self.nothing_changed("cut uploads"):
            for part in (0, 1, 100, 0.5, -1):
                for path, data, manager in ((here, response, False), ("/api/v1/satellites/answer", request, True)):
                    n = int(len(data) * part) if isinstance(part, float) else part % len(data)
                    self.upload(path, data, n, manager)
            for n in (0, len(request) // 2, len(request) - 1):
                with contextlib.closing(self.sat.client(self.sat.manager_url)) as client:
                    client.open().sock.sendall((
                        "POST /sync/v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: application/gzip\r\n"
                        "Content-Length: %d\r\n\r\n" % len(request)).encode() + request[:n])
        self.done(self.import_file("response"))

    def together(self, *calls):
        results = [None] * len(calls)

        def run(i):
            results[i] = calls[i]()
        threads = [threading.Thread(target=run, args=(i,)) for i in range(len(calls))]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return results

    def test_two_imports(self):
        for _ in range(3):
            self.export("request", "--new", "--full")
            self.answered("request", "response")
            results = self.together(*[lambda: self.import_file("response")] * 4)
            good = [r for r in results if r.rc == 0]
            self.assertEqual(1, len(good), results)
            for r in results:
                if r.rc:
                    self.refused(r, ("SYNC_OUT_OF_ORDER", "SYNC_RUNNING", "BUSY"))

    def test_two_answers(self):
        """The manager applies it once, and each gets the same bytes."""
        self.export("request", "--new", "--full")
        results = self.together(*[lambda i=i: self.manager("answer", "request", "answer %d" % i) for i in range(4)])
        for r in results:
            self.done(r)
        self.assertEqual(1, len({self.bytes("answer %d" % i) for i in range(4)}))
        self.done(self.import_file("answer 0"))

    def test_import_while_it_exports(self):
        for _ in range(5):
            self.export("request", "--new")
            self.answered("request", "response")
            results = self.together(lambda: self.command("sync", "export", self.file("next"), "--new", "--full"),
                                    lambda: self.import_file("response"),
                                    lambda: self.command("sync", "export", self.file("third")))
            for r in results:
                if r.rc:
                    self.refused(r, ("SYNC_RUNNING", "SYNC_OUT_OF_ORDER", "BUSY"))
        self.export("last", "--new")
        answer = self.answered("last", "answer")
        if S.manifest_of(answer)["kind"] == "resync":
            self.done(self.import_file("answer"))
            self.export("last")
            answer = self.answered("last", "answer")
        self.assertEqual("response", S.manifest_of(answer)["kind"])
        self.done(self.import_file("answer"))


class FullDisk(Files):
    """State folders on a small file system, filled up."""

    @classmethod
    def setUpClass(cls):
        cls.state = tempfile.mkdtemp(prefix="blackbox-full-")
        cls.addClassCleanup(shutil.rmtree, cls.state, ignore_errors=True)
        if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "blackbox", cls.state],
                                          stderr=subprocess.DEVNULL).returncode:
            raise unittest.SkipTest("needs the right to mount a small file system")
        cls.addClassCleanup(subprocess.run, ["umount", "-l", cls.state])
        cls.sat = satellite.System(cls.state)
        cls.addClassCleanup(cls.sat.stop, keep=True)
        cls.sat.start()

    def tearDown(self):
        self.empty()

    def fill(self, spare=0):
        """Until nothing goes in any more, and then this much less."""
        with open(os.path.join(self.state, "ballast"), "ab", buffering=0) as f:
            for size in (1 << 20, 4096):
                with contextlib.suppress(OSError):
                    while True:
                        f.write(bytes(size))
            os.truncate(f.fileno(), max(0, f.tell() - spare))

    def empty(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.state, "ballast"))

    def kept(self):
        """Names in the folders of files, without the database's."""
        return sorted(os.path.relpath(os.path.join(folder, n), self.state) for folder, _, names in os.walk(self.state)
                      for n in names if n.endswith((".sync", ".part")) or "spool" in n)

    def refused_full(self, result):
        self.refused(result, ("DISK_FULL", "DATABASE_ERROR", "FILE_ERROR"))

    def test_export_and_import(self):
        for spare in (0, 8 << 10, 64 << 10):
            with self.subTest(spare=spare):
                kept = self.kept()
                self.fill(spare)
                before = self.sat.database_rows()["sync_exchange"]
                result = self.command("sync", "export", self.file("request"), "--new", "--full")
                if spare == 0:
                    self.refused_full(result)
                    self.assertFalse(os.path.exists(self.file("request")))
                if result.rc:
                    self.assertEqual(before, self.sat.database_rows()["sync_exchange"])
                    self.assertEqual(kept, self.kept(), "a part of a file was left")
                self.empty()
                self.export("request", "--new", "--full")
                self.fill(spare)
                result = self.manager("answer", "request", "response")
                if spare == 0:
                    self.refused_full(result)
                    self.assertFalse(os.path.exists(self.file("response")))
                self.empty()
                self.answered("request", "response")
                with self.sat_unchanged_if_refused(spare):
                    result = self.import_file("response")
                if spare == 0:
                    self.refused_full(result)
                if result.rc:
                    self.done(self.import_file("response"))
        self.assertEqual([], self.sat.sanitizer_findings())

    @contextlib.contextmanager
    def sat_unchanged_if_refused(self, spare):
        before = self.sat.snapshot(), self.sat.database_rows()
        self.fill(spare)
        yield
        self.empty()
        if spare == 0:
            self.assertEqual(before, (self.sat.snapshot(), self.sat.database_rows()))


if __name__ == "__main__":
    unittest.main()
