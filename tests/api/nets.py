"""Network namespaces of a test, made without being root: a user namespace in which everything is ours, with a link of its
own for each of them. What listens on a Unix socket is reached from outside all the same."""

import array
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import unittest

HOLD = "echo up; exec sleep 3600"
# Connects inside and hands the socket out: `HOST PORT` comes in, the socket or the number of an error goes out.
DOOR = """
import array, socket, sys
control = socket.socket(fileno=0)
while True:
    asked = control.recv(200)
    if not asked:
        break
    host, port = asked.decode().split()
    try:
        made = socket.create_connection((host, int(port)), 20)
    except OSError as error:
        control.send(b"%d" % (error.errno or 0))
        continue
    control.sendmsg([b"ok"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [made.fileno()]))])
    made.close()
"""


class Nets:
    """Namespaces by name; the first one also owns the user namespace."""

    def __init__(self, *names):
        self.environment = dict(os.environ, PATH=os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin")
        for tool in ("unshare", "nsenter", "ip"):
            if shutil.which(tool, path=self.environment["PATH"]) is None:
                raise unittest.SkipTest("%s is not installed" % tool)
        self.held, self.doors = {}, {}
        try:
            first = self.hold(["unshare", "--user", "--map-root-user", "--net", "--mount"])
            self.held[names[0]] = first
            for name in names[1:]:
                self.held[name] = self.hold([*self.into(names[0]), "unshare", "--net"])
            for name in names:
                self.ip(name, "link set lo up")
        except OSError as error:
            self.close()
            raise unittest.SkipTest("this kernel forbids namespaces: %s" % error)

    @staticmethod
    def hold(command):
        process = subprocess.Popen([*command, "sh", "-c", HOLD], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        said = process.stdout.readline().decode().strip()
        if said != "up":
            process.wait()
            raise OSError("%s: %s" % (" ".join(command), said))
        return process

    def into(self, name):
        """Words in front of a command that run it there."""
        return ["nsenter", "--target", str(self.held[name].pid), "--user", "--preserve-credentials", "--net"]

    def run(self, name, *command, check=True):
        done = subprocess.run([*self.into(name), *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=20, check=False, env=self.environment)
        if check and done.returncode != 0:
            raise OSError("%s in %s: %s" % (" ".join(command), name, done.stdout.decode()))
        return done

    def set(self, name, what, value, check=True):
        """A value below /proc/sys/net; most belong to the namespace."""
        return self.run(name, "sh", "-c", "echo %s >/proc/sys/net/%s" % (value, what), check=check)

    def ip(self, name, words):
        return self.run(name, "ip", *words.split())

    def link(self, one, its_address, other, other_address):
        """A cable; the ends are called to-OTHER and to-ONE. Without IPv6 it carries nothing but what programs send."""
        ends = {one: ("to-" + other, its_address), other: ("to-" + one, other_address)}
        self.ip(one, "link add %s type veth peer name %s netns %d" % (ends[one][0], ends[other][0], self.held[other].pid))
        for name, (device, address) in ends.items():
            self.set(name, "ipv6/conf/%s/disable_ipv6" % device, 1, check=False)
            self.ip(name, "address add %s/24 dev %s" % (address, device))
            self.ip(name, "link set %s up" % device)

    def connect(self, name, host, port):
        """A socket that was connected there."""
        if name not in self.doors:
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            process = subprocess.Popen([*self.into(name), sys.executable, "-c", DOOR], stdin=there)
            there.close()
            self.doors[name] = (here, process)
        door = self.doors[name][0]
        door.send(("%s %d" % (host, port)).encode())
        text, more, _, _ = door.recvmsg(100, socket.CMSG_SPACE(4))
        if text != b"ok":
            raise OSError(int(text or 0), os.strerror(int(text or 0)))
        fds = array.array("i")
        fds.frombytes(more[0][2])
        return socket.socket(fileno=fds[0])

    def counted(self, name):
        """What the namespace has counted of itself since it was made: "Tcp.ActiveOpens" -> number."""
        found = {}
        text = self.run(name, "cat", "/proc/net/snmp").stdout.decode()
        lines = [line.split() for line in text.splitlines()]
        for head, row in zip(lines[::2], lines[1::2]):
            found.update((head[0].rstrip(":") + "." + key, int(value)) for key, value in zip(head[1:], row[1:]))
        return found

    def sent(self, name, device):
        """Packets that left by this link."""
        for line in self.run(name, "cat", "/proc/net/dev").stdout.decode().splitlines():
            if line.strip().startswith(device + ":"):
                return int(line.split(":")[1].split()[9])
        raise OSError("no device " + device)

    def close(self):
        for door, process in self.doors.values():
            door.close()
            process.wait(10)
        for process in self.held.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            process.wait(10)
            process.stdout.close()
