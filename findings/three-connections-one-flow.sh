#!/bin/sh
# softflowd 1.1.0 and nfpcapd of nfdump 1.7.1 (Debian 12): a capture of three TCP connections, each with SYN and FIN, from the same
# address and port to the same server, three seconds apart (as NAT makes them that gives a port out again).
#
# Expected  three flows in each direction: a FIN ends a flow, RFC 5470, section 5.1.1, has it among the signs of its end.
# Seen      one in each direction, of six seconds and 15 packets, in both: the next SYN is added to what was ended. (softflowd's
#           manual has a time-out for flows that were closed by FIN, which may be set; nfpcapd's says nothing of them.)
# Matters   new connections are counted from flow records, and behind a NAT with few ports, or from clients that keep their port,
#           the count is too low by as often as a port returns: a surge looks smaller than it was just where ports are short.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
apt-get download -q softflowd=1.1.0-1+b1 nfdump=1.7.1-2+deb12u1 libpcap0.8 libdbus-1-3 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
cat >run.py <<'EOF'
import glob, os, re, socket, struct, subprocess, sys

os.environ.update(TZ="UTC", LD_LIBRARY_PATH=":".join({os.path.abspath(os.path.dirname(it)) for it in glob.glob("**/*.so*", recursive=True)}))
CLIENT, SERVER = ("10.0.0.1", 5000), ("10.0.0.2", 80)
SYN, SYN_ACK, ACK, PUSH, FIN = 2, 0x12, 0x10, 0x18, 0x11

def frame(source, target, flags, data=b""):
    tcp = struct.pack("!HHIIBBHHH", source[1], target[1], 0, 0, 0x50, flags, 1000, 0, 0) + data
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, socket.inet_aton(source[0]), socket.inet_aton(target[0]))
    total = sum(struct.unpack("!10H", ip))
    total = (total >> 16) + (total & 0xFFFF)
    return bytes(12) + b"\x08\x00" + ip[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF) + ip[12:] + tcp

talk = [(CLIENT, SERVER, SYN), (SERVER, CLIENT, SYN_ACK), (CLIENT, SERVER, ACK), (CLIENT, SERVER, PUSH, b"x" * 100),
        (SERVER, CLIENT, PUSH, b"y" * 1000), (CLIENT, SERVER, FIN), (SERVER, CLIENT, FIN), (CLIENT, SERVER, ACK)]
with open("capture", "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for connection in range(3):
        for step, packet in enumerate(talk):
            data = frame(*packet)
            file.write(struct.pack("<IIII", 1767261600 + 3 * connection, 10_000 * step, len(data), len(data)) + data)

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
    collector.bind(("127.0.0.1", 0))
    collector.settimeout(10)
    to = f"127.0.0.1:{collector.getsockname()[1]}"
    subprocess.run(["usr/sbin/softflowd", "-r", "capture", "-n", to, "-v", "5", "-d"], capture_output=True, timeout=30, check=True)
    exported = collector.recv(65536)
count = struct.unpack("!H", exported[2:4])[0]
soft = sorted(struct.unpack("!I", exported[24 + 48 * one + 16 : 24 + 48 * one + 20])[0] for one in range(count))
os.mkdir("flows")
subprocess.run(["usr/bin/nfpcapd", "-r", "capture", "-l", "flows", "-w", "flows"], capture_output=True, timeout=30, check=True)
said = subprocess.run(["usr/bin/nfdump", "-R", "flows", "-o", "fmt:%pkt"], capture_output=True, text=True).stdout
pcapd = sorted(int(line) for line in re.findall(r"^\s*(\d+)\s*$", said, re.M))
print(f"packets of each flow of three connections: softflowd {soft}, nfpcapd {pcapd}")
sys.exit(0 if soft == pcapd == [9, 15] else 1)
EOF
python3 run.py
