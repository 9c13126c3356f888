"""product-agent under a license reservation: codes signed by openssl under a root of the test's own, so that nothing of
the product's code is in what it reads; files from a real sshd on the loopback interface."""

import base64
import datetime
import getpass
import hashlib
import json
import os
import pty
import secrets
import select
import shutil
import signal
import socket
import subprocess
import time
import unittest
import unittest.mock
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from case import BASIC, BY_NAME, ENHANCED, is_license
from test_agent import AgentCase

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
SERIAL, UDI_UUID = "cc920", "e53fc968-0253-4d61-a355-ba908a6cc920"
REQUEST = "P:UCM,S:%s,U:%s" % (SERIAL, UDI_UUID)
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


class Issuer:
    """A licensing root, a satellite's CA below it and its signer, in files."""

    def __init__(self, folder, name="Test"):
        self.folder = folder
        os.makedirs(folder)
        self.root_key, self.root = self.certify(name + " Root", None, None, ca=True)
        self.ca_key, self.ca = self.certify(name + " Satellite", self.root_key, self.root, ca=True, path=0)
        self.key, self.signer = self.certify(name + " Signer", self.ca_key, self.ca, ca=False)
        self.root_file = self.write("root.pem", self.pem(self.root))
        self.write("ca.pem", self.pem(self.ca))
        self.write("signer.pem", self.pem(self.signer))
        self.write("signer.key", self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

    @staticmethod
    def pem(cert):
        return cert.public_bytes(serialization.Encoding.PEM)

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    @staticmethod
    def certify(name, by_key, by, ca, path=None):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                               "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)
        usage.update({"key_cert_sign": True, "crl_sign": True} if ca else {"digital_signature": True})
        issuer_key = by_key or key
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(by.subject if by else subject)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now() - DAY).not_valid_after(now() + 300 * DAY)
                   .add_extension(x509.BasicConstraints(ca, path), True)
                   .add_extension(x509.KeyUsage(**usage), True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
        if by:
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(by_key.public_key()), False)
        if not ca:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        return key, builder.sign(issuer_key, hashes.SHA256())

    def sign(self, data):
        content = self.write("content", data)
        return subprocess.run(
            ["openssl", "cms", "-sign", "-binary", "-in", content, "-signer", os.path.join(self.folder, "signer.pem"),
             "-inkey", os.path.join(self.folder, "signer.key"), "-certfile", os.path.join(self.folder, "ca.pem"),
             "-md", "sha256", "-nosmimecap", "-outform", "DER"], check=True, stdout=subprocess.PIPE).stdout


class Code:
    """An authorization code, and the two codes that follow from it."""

    def __init__(self, issuer, licenses, serial=SERIAL, at=None, ends=None):
        rows = ""
        for name, count in licenses:
            entry = BY_NAME.get(name, {"tag": name, "display_name": name})
            rows += ("<entitlement><tag>%s</tag><count>%d</count><startDate></startDate><endDate>%s</endDate>"
                     "<licenseType>%s</licenseType><displayName>%s</displayName><tagDescription>d</tagDescription>"
                     "<subscriptionID></subscriptionID></entitlement>") % (
                         entry["tag"], count, ends.strftime("%Y-%m-%dT%H:%M:%SZ") if ends else "",
                         "TERM" if ends else "PERPETUAL", entry["display_name"])
        body = ("<authorizationCode><flag>A</flag><version>C</version><piid>%s</piid><timestamp>%d</timestamp>"
                "<entitlements>%s</entitlements></authorizationCode>") % (uuid.uuid4(), at or time.time() * 1000, rows)
        udi = "<udi>P:UCM,S:%s,U:%s</udi>" % (serial, UDI_UUID)
        signed = (body + udi).encode()
        self.text = "<specificPLR>%s<signature>%s</signature>%s</specificPLR>" % (
            body, base64.b64encode(issuer.sign(signed)).decode(), udi)
        self.confirmation = hashlib.sha256(signed).hexdigest()[:8]
        number, digits = int.from_bytes(hashlib.sha256(b"return" + signed).digest(), "big"), ""
        for _ in range(48):
            number, digit = divmod(number, 62)
            digits = DIGITS[digit] + digits
        self.returned = "-".join(digits[i:i + 6] for i in range(0, 48, 6))


class ReservationCase(AgentCase):
    """Has no tests itself, and needs no server."""

    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        super().setUp()
        self.home = os.path.join(self.top, "home")
        os.makedirs(self.home)
        self.issuer = Issuer(os.path.join(self.top, "issuer"))
        environment = unittest.mock.patch.dict(os.environ, {"HOME": self.home, "TERM": "xterm", "LC_ALL": "C.UTF-8"})
        environment.start()
        self.addCleanup(environment.stop)
        os.environ.pop("SSH_AUTH_SOCK", None)
        self.agent("show ctl", "--product", "UCM", "--serial", SERIAL, "--uuid", UDI_UUID, "--root-file",
                   self.issuer.root_file)

    def requested(self):
        self.agent("license smart reservation enable")
        out, text = self.agent("license smart reservation request")
        self.assertEqual(REQUEST + "\n", out, text)

    def install(self, code):
        out, text = self.agent('license smart reservation install "%s"' % code.text)
        self.assertIn("Confirmation code: %s\n" % code.confirmation, out, text)

    def prompt(self):
        master, slave = pty.openpty()
        process = subprocess.Popen([self.program, "--state", self.folder], stdin=slave, stdout=slave, stderr=slave,
                                   start_new_session=True)
        self.addCleanup(self.kill, process)
        os.close(slave)
        self.addCleanup(os.close, master)
        self.expect(master, "admin:")
        return process, master

    def expect(self, master, words, seconds=20):
        seen, end = "", time.monotonic() + seconds
        while words not in seen:
            left = end - time.monotonic()
            if left <= 0 or not select.select([master], [], [], left)[0]:
                self.fail("'%s' did not come, but: %r" % (words, seen[-2000:]))
            seen += os.read(master, 1).decode("utf-8", "replace")
        return seen

    def kill(self, process):
        if process.poll() is None:
            process.kill()
            process.wait()


class Reservation(ReservationCase):
    def test_the_whole_life(self):
        self.requested()
        self.assertEqual("RESERVATION IN PROGRESS", self.json("show license status")["registration"]["status"])
        first = Code(self.issuer, [("Enhanced", 5)])
        self.install(first)
        out, text = self.agent("show license all")
        for part in ("License Reservation is ENABLED", "Status: REGISTERED - SPECIFIC LICENSE RESERVATION",
                     "Status: AUTHORIZED - RESERVED on ", "Last Confirmation Code: " + first.confirmation,
                     "Next Communication Attempt: NONE (License Reservation)"):
            self.assertIn(part, out, text)
        out, text = self.agent("license usage set Enhanced=6")
        self.assertIn("NOT AUTHORIZED - RESERVED", out, text)
        self.assertIn("6 in use, 5 reserved", out, text)
        out, _ = self.agent("show license summary")
        self.assertRegex(out, ENHANCED + r" +6 +NotAuthorized")
        second = Code(self.issuer, [("Enhanced", 6), ("Basic", 2)])
        self.install(second)
        shown = self.json("show license all")
        self.assertEqual("AUTHORIZED - RESERVED", shown["authorization"]["status"])
        self.assertEqual([(ENHANCED, 6), (BASIC, 2)], [(r["tag"], r["count"]) for r in shown["reservation"]["entitlements"]])
        self.fails('license smart reservation install "%s"' % first.text, 1, "CODE_OLD")
        self.fails("license smart register idtoken T", 1, "RESERVATION_IN_USE", "license smart reservation return")
        self.fails("license smart reservation disable", 1, "RESERVATION_IN_USE")
        out, text = self.agent("license smart reservation return")
        self.assertIn("Return code: %s\n" % second.returned, out, text)
        self.fails('license smart reservation install "%s"' % second.text, 1, "RESERVATION_STATE")
        self.agent("license smart reservation request")
        self.fails('license smart reservation install "%s"' % second.text, 1, "CODE_USED")
        rc, _, err = self.call("license smart reservation disable")
        self.assertEqual(0, rc)
        self.assertIn("return-authorization", err)
        self.fails("license smart register idtoken T", 2, "USAGE", "No server is set")

    def test_refused(self):
        self.requested()
        good = Code(self.issuer, [("Enhanced", 5)])
        stranger = Issuer(os.path.join(self.top, "stranger"), "Other")
        install = 'license smart reservation install "%s"'
        self.fails(install % Code(self.issuer, [("Enhanced", 5)], serial="cc921").text, 1, "CODE_WRONG_PRODUCT", "S:cc921",
                   "S:cc920")
        self.fails(install % Code(stranger, [("Enhanced", 5)]).text, 1, "CODE_UNTRUSTED")
        self.fails(install % good.text.replace("<count>5<", "<count>9<"), 1, "CODE_UNTRUSTED")
        self.fails(install % good.text.replace("<version>C", "<version>D"), 1, "CODE_ALTERED")
        self.fails(install % good.text[:-20], 1, "CODE_INVALID", "is cut")
        self.fails(install % ("x" * 9000), 1, "CODE_TOO_LONG", "9000", "8192")
        self.fails("license smart reservation install", 2, "USAGE")
        self.fails('license smart reservation return-authorization "%s"' % good.text.replace("Enhanced", "Basic"), 1,
                   "CODE_UNTRUSTED")
        self.agent("license smart reservation cancel")
        self.fails(install % good.text, 1, "RESERVATION_STATE")
        out, _ = self.agent('license smart reservation return-authorization "%s"' % good.text)
        self.assertIn("Return code: %s\n" % good.returned, out)
        self.agent("license smart reservation request")
        self.fails(install % good.text, 1, "CODE_USED")

    def test_json(self):
        self.agent("license smart reservation enable")
        self.assertEqual(REQUEST, self.json("license smart reservation request")["requestCode"])
        code = Code(self.issuer, [("Enhanced", 5)])
        done = self.json('license smart reservation install "%s"' % code.text)
        self.assertEqual((code.confirmation, "license smart reservation install"),
                         (done["confirmationCode"], done["command"]))
        self.assertEqual(code.returned, self.json("license smart reservation return")["returnCode"])
        self.assertEqual(code.returned, self.json("show license status")["reservation"]["returnCode"])

    def test_term_ends(self):
        self.requested()
        self.agent("license usage set Enhanced=2")
        self.install(Code(self.issuer, [("Enhanced", 5)], ends=now() + datetime.timedelta(seconds=6)))
        self.assertEqual("AUTHORIZED - RESERVED", self.json("show license status")["authorization"]["status"])
        time.sleep(6.5)
        self.assertEqual("NOT AUTHORIZED - RESERVED", self.json("show license status")["authorization"]["status"])
        self.assertIn("  Term: Ended\n", self.agent("show license all")[0])

    def test_run(self):
        """Left alone it says what it is, and speaks to nobody."""
        self.requested()
        self.install(Code(self.issuer, [("Enhanced", 5)]))
        self.agent("license smart transport gateway 127.0.0.1:1")
        log = open(os.path.join(self.top, "run.log"), "w+b")
        self.addCleanup(log.close)
        process = subprocess.Popen([self.program, "--state", self.folder, "run"], stdin=subprocess.DEVNULL, stderr=log)
        self.addCleanup(self.kill, process)
        time.sleep(3)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(0, process.wait(10))
        log.seek(0)
        text = log.read().decode()
        self.assertIn("registration: REGISTERED - SPECIFIC LICENSE RESERVATION", text)
        self.assertIn("license authorization: AUTHORIZED - RESERVED", text)
        self.assertNotIn("level=warning", text)

    def test_killed(self):
        """Whenever the process is killed, the state is that before or that after, and each code can still be read."""
        self.requested()
        codes = [Code(self.issuer, [("Enhanced", n)]) for n in range(1, 13)]
        held = None
        for i, code in enumerate(codes):
            process = subprocess.Popen([self.program, "--state", self.folder,
                                        'license smart reservation install "%s"' % code.text],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(i * 0.008)
            process.kill()
            process.wait()
            shown = self.json("show license status")["reservation"]
            self.assertIn(shown["confirmationCode"], (held, code.confirmation))
            held = shown["confirmationCode"]
        last = Code(self.issuer, [("Basic", 1)])
        self.install(last)
        for i in range(12):
            process = subprocess.Popen([self.program, "--state", self.folder, "license smart reservation return"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(i * 0.008)
            process.kill()
            process.wait()
            shown = self.json("show license status")["reservation"]
            self.assertIn((shown["confirmationCode"], shown["returnCode"]),
                          ((last.confirmation, None), (None, last.returned)))

    def test_prompt(self):
        """A code of some thousand characters is pasted at the prompt; no history keeps it."""
        self.requested()
        code = Code(self.issuer, [("regid.2030-01.example.%s_%02d" % ("x" * 40, i), i + 1) for i in range(16)])
        self.assertGreater(len(code.text), 5000)
        process, master = self.prompt()
        os.write(master, b"license smart reservation install \"")
        text = (code.text + '"').encode()
        for at in range(0, len(text), 256):
            os.write(master, text[at:at + 256])
            self.drain(master)
        os.write(master, b"\r")                 # its answer is not to be drained with the echo
        self.expect(master, "Confirmation code: " + code.confirmation)
        self.expect(master, "admin:")
        os.write(master, b"license smart reservation return\r")
        self.expect(master, "Return code: " + code.returned)
        self.expect(master, "admin:")
        os.write(master, b"exit\r")
        self.assertEqual(0, process.wait(20))
        with open(os.path.join(self.folder, "history"), encoding="utf-8") as f:
            kept = f.read()
        self.assertIn("return", kept)
        self.assertNotIn("PLR", kept)

    def drain(self, master):
        while select.select([master], [], [], 0.02)[0]:
            os.read(master, 65536)


class Servers(AgentCase):
    """The whole way with the real servers: what one side prints the other takes."""

    def setUp(self):
        super().setUp()
        self.done(self.sat.ctl("account", "permit-reservation", self.sat.account, manager=True))
        request, answer = (os.path.join(self.top, name) for name in ("request.sync", "answer.sync"))
        self.done(self.sat.ctl("sync", "export", request, "--account", self.sat.account, "--full", "--new"))
        self.done(self.sat.ctl("satellite", "answer", request, answer, manager=True))
        self.done(self.sat.ctl("sync", "import", answer, "--account", self.sat.account))

    def journey(self, place, manager):
        serial, name = secrets.token_hex(4), str(uuid.uuid4())
        sudi = {"udiPid": "UCM", "udiSerialNumber": serial, "uuid": name}
        where = self.sat.path(place)

        def wanted(**counts):
            return [{"entitlementTag": BY_NAME[n]["tag"], "quantity": c} for n, c in counts.items()]

        def server(what, name, **item):
            answer = self.sat.rest_ok("POST", where + what, {name: [item]}, manager)
            self.assertEqual("SUCCESS", answer["status"], json.dumps(answer))
            return (answer.get("authorizationCodes") or answer["results"])[0]

        def reserved():
            rows = self.sat.rest_ok("POST", self.sat.path() + "/licenses", {"limit": -1, "virtualAccounts": [place]}, manager)
            return sum(int(r["reserved"]) for r in rows["licenses"] if is_license(r["license"], "Basic"))

        before = reserved()
        self.call("show ctl", options=("--serial", serial, "--uuid", name, "--root-file", self.sat.root_file))
        self.agent("license smart reservation enable")
        request = self.json("license smart reservation request")["requestCode"]
        first = server("/reserve-licenses", "reservationRequests", reservationCode=request, reservationType="SPECIFIC",
                       licenses=wanted(Basic=2))["authorizationCode"]
        self.assertEqual(before + 2, reserved())
        installed = self.json('license smart reservation install "%s"' % first)
        server("/confirm-licenses", "reservationConfirmationRequests", sudi=sudi,
               confirmationCode=installed["confirmationCode"])
        self.agent("license usage set Basic=3")
        self.assertEqual("NOT AUTHORIZED - RESERVED", self.json("show license status")["authorization"]["status"])
        second = server("/update-licenses", "reservationUpdateRequests", sudi=sudi, licenses=wanted(Basic=3))
        self.assertEqual(before + 3, reserved())
        installed = self.json('license smart reservation install "%s"' % second["authorizationCode"])
        self.fails('license smart reservation install "%s"' % first, 1, "CODE_OLD")
        server("/confirm-licenses", "reservationConfirmationRequests", sudi=sudi,
               confirmationCode=installed["confirmationCode"])
        self.assertEqual("AUTHORIZED - RESERVED", self.json("show license status")["authorization"]["status"])
        back = self.json("license smart reservation return")["returnCode"]
        self.assertEqual(before + 3, reserved())
        self.sat.rest_ok("POST", "/reservations/%s/return" % second["reservationId"], {"returnCode": back}, manager)
        self.assertEqual(before, reserved())

    def test_satellite(self):
        self.journey(self.fresh({"Basic": 5}), False)

    def test_manager(self):
        self.journey("Direct", True)

    def test_never_installed(self):
        """What return-authorization prints frees the licenses, and the code stays outside."""
        place = self.fresh({"Basic": 5})
        self.agent("show ctl", "--root-file", self.sat.root_file)
        self.agent("license smart reservation enable")
        answer = self.sat.rest_ok("POST", self.sat.path(place) + "/reserve-licenses", {"reservationRequests": [{
            "reservationCode": self.json("license smart reservation request")["requestCode"],
            "licenses": [{"entitlementTag": BASIC, "quantity": 5}]}]})["authorizationCodes"][0]
        code = answer["authorizationCode"]
        back = self.json('license smart reservation return-authorization "%s"' % code)["returnCode"]
        self.sat.rest_ok("POST", "/reservations/%s/return" % answer["reservationId"], {"returnCode": back})
        self.agent("license smart reservation request")
        self.fails('license smart reservation install "%s"' % code, 1, "CODE_USED")


def find_sshd():
    for path in ("/usr/sbin/sshd", shutil.which("sshd") or ""):
        if path and os.access(path, os.X_OK):
            return path
    raise AssertionError("sshd is missing: apt-get install openssh-server")


class Sftp(ReservationCase):
    """install-file from an sshd that this test starts, as this user, with keys in a temporary folder."""

    def setUp(self):
        super().setUp()
        sshd, server = find_sshd(), os.path.join(self.top, "sshd")
        os.makedirs(server, 0o700)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", 0o755, exist_ok=True)  # a privileged sshd needs this empty folder
        self.host_key = self.keygen(os.path.join(server, "host"))
        self.key = self.keygen(os.path.join(server, "client"))
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        config = os.path.join(server, "config")
        with open(config, "w", encoding="utf-8") as f:
            f.write("Port %d\nListenAddress 127.0.0.1\nHostKey %s\nAuthorizedKeysFile %s.pub\nPidFile none\n"
                    "StrictModes no\nUsePAM no\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\n"
                    "PermitRootLogin yes\nMaxStartups 100\nSubsystem sftp internal-sftp\n"
                    % (self.port, self.host_key, self.key))
        log = open(os.path.join(server, "log"), "wb")
        self.addCleanup(log.close)
        self.sshd = subprocess.Popen([sshd, "-D", "-e", "-f", config], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(self.kill, self.sshd)
        self.user = getpass.getuser()
        self.served = os.path.join(self.top, "served")
        os.makedirs(self.served)
        self.wait()
        self.requested()

    def keygen(self, path):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        return path

    def wait(self):
        for _ in range(100):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            self.assertIsNone(self.sshd.poll(), "sshd ended")
            time.sleep(0.1)
        self.fail("sshd does not answer")

    def trust(self, key=None, hosts=None):
        with open((key or self.host_key) + ".pub", encoding="utf-8") as f:
            kind, text = f.read().split()[:2]
        with open(hosts or os.path.join(self.folder, "known_hosts"), "w", encoding="utf-8") as f:
            f.write("[127.0.0.1]:%d %s %s\n" % (self.port, kind, text))

    def file(self, name, text):
        with open(os.path.join(self.served, name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.url(name)

    def url(self, name):
        return "license smart reservation install-file sftp://%s@127.0.0.1:%d%s/%s" % (
            self.user, self.port, self.served, name)

    def test_by_key(self):
        code = Code(self.issuer, [("Enhanced", 5)])
        command = self.file("code.txt", code.text + "\n")
        fingerprint = subprocess.run(["ssh-keygen", "-lf", self.host_key + ".pub"], check=True, stdout=subprocess.PIPE,
                                     encoding="utf-8").stdout.split()[1]
        # not known, known with another key, known, but without a key of ours
        self.fails(command, 1, "ANSWER_INVALID", "is not known", fingerprint, "known_hosts")
        self.trust(self.key)
        self.fails(command, 1, "ANSWER_INVALID", "another host key")
        self.trust()
        self.fails(command, 1, "LOGIN_REQUIRED", "ssh_key")
        shutil.copy(self.key, os.path.join(self.folder, "ssh_key"))
        out, text = self.agent(command)
        self.assertIn("Confirmation code: %s\n" % code.confirmation, out, text)

    def test_home(self):
        """Key and known hosts of the home folder do as well, also with hashed names."""
        os.makedirs(os.path.join(self.home, ".ssh"))
        shutil.copy(self.key, os.path.join(self.home, ".ssh", "id_ed25519"))
        hosts = os.path.join(self.home, ".ssh", "known_hosts")
        self.trust(hosts=hosts)
        subprocess.run(["ssh-keygen", "-q", "-H", "-f", hosts], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        code = Code(self.issuer, [("Enhanced", 5)])
        self.agent(self.file("code.txt", "\r\n" + code.text + "\r\n"))
        self.trust(self.key, os.path.join(self.home, ".ssh", "known_hosts"))
        self.fails(self.file("code.txt", code.text), 1, "ANSWER_INVALID", "another host key", ".ssh/known_hosts")

    def test_files(self):
        self.trust()
        shutil.copy(self.key, os.path.join(self.folder, "ssh_key"))
        self.fails(self.url("none"), 1, "FILE_ERROR", "there is no such file")
        self.fails(self.file("large", "x" * 100000), 1, "CODE_TOO_LONG", "large")
        self.fails(self.file("empty", ""), 1, "CODE_INVALID")
        self.fails(self.file("else", "Dear administrator"), 1, "CODE_INVALID")
        self.fails(self.file("zero", "").replace(self.served + "/zero", "/dev/zero"), 1, "CODE_TOO_LONG")
        os.makedirs(os.path.join(self.served, "folder"))
        self.fails(self.url("folder"), 1, "FILE_ERROR")
        good = Code(self.issuer, [("Enhanced", 5)])
        self.fails(self.file("altered", good.text.replace("<count>5<", "<count>6<")), 1, "CODE_UNTRUSTED")
        self.fails("license smart reservation install-file file://%s/altered" % self.served, 2, "USAGE", "sftp://")
        self.fails(self.url("altered").replace("@", ":secret@", 1), 2, "USAGE", "password")
        self.kill(self.sshd)
        self.fails(self.url("altered"), 3, "CONNECT_FAILED", "127.0.0.1:%d" % self.port)

    def test_prompt(self):
        """The person says who, whether the host key is right, and a password that nobody sees."""
        code = Code(self.issuer, [("Enhanced", 5)])
        command = self.file("code.txt", code.text)
        process, master = self.prompt()
        os.write(master, command.replace(self.user + "@", "").encode() + b"\r")
        self.expect(master, "User at 127.0.0.1: ")
        os.write(master, self.user.encode() + b"\r")
        self.expect(master, "(yes/no)? ")
        os.write(master, b"no\r")
        self.expect(master, "error: ANSWER_INVALID")
        self.expect(master, "admin:")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "known_hosts")))
        os.write(master, command.encode() + b"\r")
        self.expect(master, "(yes/no)? ")
        os.write(master, b"yes\r")
        self.expect(master, "Password of %s at 127.0.0.1: " % self.user)
        os.write(master, b"NOT-THE-PASSWORD\r")
        self.assertNotIn("NOT-THE-PASSWORD", self.expect(master, "error: LOGIN_REQUIRED"))
        self.expect(master, "admin:")
        shutil.copy(self.key, os.path.join(self.folder, "ssh_key"))
        os.write(master, command.replace(self.user + "@", "").encode() + b"\r")
        self.expect(master, "User at 127.0.0.1: ")
        os.write(master, self.user.encode() + b"\r")
        self.expect(master, "Confirmation code: " + code.confirmation)
        self.expect(master, "admin:")
        os.write(master, command.replace("@", ":SECRET@", 1).encode() + b"\r")
        self.expect(master, "error: USAGE")
        self.expect(master, "admin:")
        os.write(master, b"exit\r")
        self.assertEqual(0, process.wait(20))
        with open(os.path.join(self.folder, "history"), encoding="utf-8") as f:
            kept = f.read()
        self.assertIn("install-file", kept)
        self.assertNotIn("SECRET", kept)
        with open(os.path.join(self.folder, "known_hosts"), encoding="utf-8") as f:
            self.assertTrue(f.read().startswith("[127.0.0.1]:%d ssh-ed25519 " % self.port))
        self.assertNotIn("NOT-THE-PASSWORD", json.dumps(self.json("show license all")))


if __name__ == "__main__":
    unittest.main()
