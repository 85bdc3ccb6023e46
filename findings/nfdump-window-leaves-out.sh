#!/bin/sh
# nfdump 1.7.1 (Debian 12): a NetFlow v5 record of a connection from 10:00 to 10:10 with 600 MB and one of 1 s with 1000 bytes,
# asked for by windows of five minutes (-t).
#
# Expected  the long one in both windows, or in one of them: its manual calls -t the time window of the flows to process, and says
#           of no flow that it belongs to none.
# Seen      in neither. Only what begins and ends within the window counts: 10:00 to 10:05 and 10:05 to 10:11 together have
#           1000 bytes of 600 MB; 10:01 to 10:11, too, though nine of its ten minutes are in it.
# Matters   what was going on in the minute of an outage is asked for by such a window, and the answer lacks all that was going on
#           for longer: pools, tunnels, replication. Time series made of windows that meet lose the largest flows.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
apt-get download -q nfdump=1.7.1-2+deb12u1 >/dev/null 2>&1
dpkg -x ./*.deb .
cat >run.py <<'EOF'
import glob, os, re, socket, struct, subprocess, sys, time

os.environ.update(TZ="UTC", LD_LIBRARY_PATH=":".join({os.path.abspath(os.path.dirname(it)) for it in glob.glob("usr/lib/**/*.so*", recursive=True)}))
TEN = 1767261600  # 2026-01-01 10:00

def record(source, octets, begins, ends, up=10_000_000):
    ago = [up - 1000 * (TEN + 700 - at) for at in (begins, ends)]
    return (socket.inet_aton(source) + socket.inet_aton("10.0.0.9") + bytes(4) + struct.pack("!HHIIII", 1, 2, 10, octets, *ago)
            + struct.pack("!HHBBBBHHBBH", 1000, 80, 0, 0x1B, 6, 0, 0, 0, 24, 24, 0))
records = [record("10.0.0.1", 600_000_000, TEN, TEN + 600), record("10.0.0.2", 1000, TEN + 60, TEN + 61)]
packet = struct.pack("!HHIIIIBBH", 5, len(records), 10_000_000, TEN + 700, 0, 0, 0, 0, 0) + b"".join(records)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
os.mkdir("flows")
running = subprocess.Popen(["usr/bin/nfcapd", "-w", "flows", "-p", str(port), "-b", "127.0.0.1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
time.sleep(2)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    sender.sendto(packet, ("127.0.0.1", port))
time.sleep(1)
running.terminate()
running.wait()

def flows(begins, ends):
    asked = ["usr/bin/nfdump", "-R", "flows", "-t", f"2026/01/01.{begins}-2026/01/01.{ends}"]
    said = subprocess.run(asked, capture_output=True, text=True).stdout
    return int(re.search(r"total flows: (\d+)", said).group(1)), re.search(r"total bytes: ([^,]+)", said).group(1)

whole, first, second, most = (flows(*window) for window in
                              [("10:00:00", "10:11:00"), ("10:00:00", "10:05:00"), ("10:05:00", "10:11:00"), ("10:01:00", "10:11:00")])
print(f"flows and bytes, 10:00-10:11: {whole}; 10:00-10:05: {first}; 10:05-10:11: {second}; 10:01-10:11: {most}")
sys.exit(0 if whole == (2, "600.0 M") and first == (1, "1000") and second[0] == 0 and most == (1, "1000") else 1)
EOF
python3 run.py
