#!/bin/sh
# netflow 0.12.2 (PyPI), Python 3.11, reading what softflowd 1.1.0 (Debian 12) exports: a capture of 20 TCP connections,
# both directions, as NetFlow 5, NetFlow 9 and IPFIX.
#
# Expected  40 flows each time: the README says that `flows` of a parsed packet are its flows.
# Seen      40, 40 and 41. With IPFIX the exporter first tells of itself (its clock, its sampling) in an options record,
#           and that one stands among the flows, without addresses and without a count of bytes.
# Matters   whoever counts flows to size a NAT's or a firewall's table, or divides bytes by flows, has one too many for
#           each export and each time the exporter repeats it; a look-up of the address fails on the first "flow".
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet netflow==0.12.2 2>/dev/null
apt-get download -q softflowd=1.1.0-1+b1 libpcap0.8 libdbus-1-3 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
cat >run.py <<'EOF'
import glob, os, socket, struct, subprocess, sys, time
import netflow

os.environ["LD_LIBRARY_PATH"] = os.path.dirname(glob.glob("usr/lib/*/libpcap.so.0.8")[0])
here, there = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
def frame(source, target, from_port, to_port, flags, size):
    segment = struct.pack("!HHIIBBHHH", from_port, to_port, 1, 1, 0x50, flags, 8192, 0, 0) + bytes(size)
    packet = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 1, 0, 64, 6, 0, source, target) + segment
    return bytes.fromhex("020000000001020000000002") + b"\x08\0" + packet
with open("capture.pcap", "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for number in range(20):
        port = 20000 + number
        for step, (out, flags, size) in enumerate([(1, 2, 0), (0, 18, 0), (1, 24, 100), (0, 24, 1000), (1, 17, 0), (0, 17, 0)]):
            data = frame(here, there, port, 80, flags, size) if out else frame(there, here, 80, port, flags, size)
            file.write(struct.pack("<IIII", 1000 + number, step * 1000, len(data), len(data)) + data)

def flows(version):
    collector = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    collector.bind(("127.0.0.1", 0))
    collector.settimeout(2)
    subprocess.run(["usr/sbin/softflowd", "-r", "capture.pcap", "-n", f"127.0.0.1:{collector.getsockname()[1]}", "-v", version, "-d"],
                   capture_output=True, timeout=30)
    templates, found = {"netflow": {}, "ipfix": {}}, []
    while True:
        try:
            found += [flow.data for flow in netflow.parse_packet(collector.recv(65536), templates).flows]
        except TimeoutError:
            return found

seen = {version: flows(version) for version in ("5", "9", "10")}
counts = {version: len(found) for version, found in seen.items()}
strange = [sorted(flow) for flow in seen["10"] if not any("Address" in name for name in flow)]
print(f"flows: {counts}; without an address: {strange}")
sys.exit(0 if counts == {"5": 40, "9": 40, "10": 41} and len(strange) == 1 else 1)
EOF
own/bin/python run.py
