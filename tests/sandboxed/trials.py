"""What the tests run inside a sandbox."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import tidegate
from tidegate.adapters.linux.sandbox.namespace import make_namespace
from tidegate.adapters.linux.sandbox.outside import same_python
from tidegate.errors import CannotTellError, Fault, InputError, Place, RigError

DEAF = """
import signal, time
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
print(flush=True)
time.sleep(600)
"""


def where(request, tell):
    """Tell how it looks from inside."""
    sys.stdout.write("noise on standard output\n")
    tell({"links": [name for _, name in socket.if_nameindex()]})
    return {
        "interpreter": sys.executable,
        "package": tidegate.__file__,
        "processes": sorted(int(path.name) for path in Path("/proc").glob("[0-9]*")),
        "own": os.getpid(),
        "directory": str(Path.cwd()),
        "temporary": os.environ["TMPDIR"],
        "routes": len(Path("/proc/thread-self/net/route").read_text().splitlines()[1:]),
        "echo": request,
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
    }


def linger(_request, tell):
    """Start a tree of processes, one of them deaf to everything, and never end."""
    make_namespace("somewhere")
    deaf = [sys.executable, "-c", DEAF]
    with subprocess.Popen(deaf, start_new_session=True, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        Path("made-here").write_text("x")
        tell({"namespace": Path("/proc/self/ns/net").stat().st_ino, "directory": str(Path.cwd())})
        time.sleep(600)


def orphan(_request, _tell):
    """Leave an orphan behind that ends at once; say whether somebody reaped it."""
    number = int(subprocess.check_output(["sh", "-c", "sleep 0.01 >/dev/null & echo $!"], text=True))
    for _ in range(500):
        if not Path(f"/proc/{number}").exists():
            return {"reaped": True}
        time.sleep(0.01)
    return {"reaped": False}


def fail(request, _tell):
    """Raise what is asked for."""
    if request["kind"] == "input":
        place = Place(source="world.yaml", line=3)
        raise InputError(Fault(what="is wrong", path="a.b", place=place), Fault(what="is not there"))
    raise {"rig": RigError, "tell": CannotTellError, "other": ZeroDivisionError}[request["kind"]]("one line")


def speak(_request, _tell):
    """Exchange a word between two namespaces, with a socket opened in each, and a process in one."""
    near, far = make_namespace("near"), make_namespace("far")
    near.run("ip", "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", "far")
    for place, address in ((near, "10.0.0.1/24"), (far, "10.0.0.2/24")):
        place.run("ip", "addr", "add", address, "dev", "wire")
        place.run("ip", "link", "set", "wire", "up")
    far.set("net.ipv4.ip_default_ttl", 77)
    with far.entered():
        listener = socket.create_server(("10.0.0.2", 80))
    words = "import socket; print(socket.create_connection(('10.0.0.2', 80)).recv(9).decode())"
    client = near.start([sys.executable, "-c", words], stdout=subprocess.PIPE, text=True)
    with listener.accept()[0] as accepted:
        accepted.sendall(b"hello")
        peer = accepted.getpeername()[0]
    listener.close()
    return {
        "heard": client.communicate()[0].strip(),
        "peer": peer,
        "links": [name for _, name in socket.if_nameindex()],
        "far_ttl": far.run("cat", "/proc/sys/net/ipv4/ip_default_ttl").strip(),
        "near_ttl": near.run("cat", "/proc/sys/net/ipv4/ip_default_ttl").strip(),
        "module": near.run(*same_python("sandboxed.trials")).strip(),
    }


def break_program(request, _tell):
    """Run a program that fails, or is missing, or set what cannot be set."""
    place = make_namespace("there")
    if request["how"] == "set":
        place.set("net.no_such", 1)
    place.run(*request["command"])
    return {}


if __name__ == "__main__":
    sys.stdout.write(Path(tidegate.__file__).name)
