#!/bin/sh
# rsyslog 8.2302.0 (Debian 12): omfwd over TCP with action.resumeInterval 1 and without end of retries, 40 messages a second to
# a receiver that accepts and closes (a balancer without instances), and, for comparison, to one that refuses.
#
# Expected  a connection a second at most, more rarely later: an action that fails is suspended for resumeInterval before it is
#           tried again (https://www.rsyslog.com/doc/rainerscript/action.html).
# Seen      refused: as expected, the messages wait. Closed: about as many connections as messages, 160 in 4 s: each finds the
#           last one gone, opens another, and that counts as success, so that the action is never suspended.
# Matters   log traffic rises in an outage, and behind a balancer every line of it becomes a connection: its table and the NAT
#           before it meet the rate of log lines of all hosts, without back-off, in the moment in which they are short.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
apt-get download -q rsyslog=8.2302.0-1+deb12u2 libestr0 libfastjson4 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
cat >run.py <<'EOF'
import glob, os, socket, subprocess, sys, threading, time

modules = os.path.abspath(os.path.dirname(glob.glob("usr/lib/*/rsyslog/imuxsock.so")[0]))
os.environ["LD_LIBRARY_PATH"] = os.path.dirname(modules)

def failed():
    """Connections that were tried and not had, of the whole machine: the kernel counts them."""
    with open("/proc/net/snmp") as file:
        names, numbers = (line.split() for line in file if line.startswith("Tcp:"))
    return int(numbers[names.index("AttemptFails")])

def connections(closes):
    listener, times = socket.create_server(("127.0.0.1", 0), backlog=100), []
    port = listener.getsockname()[1]
    def serve():
        while True:
            connection, _ = listener.accept()
            times.append(1)
            connection.close()
    if closes:
        threading.Thread(target=serve, daemon=True).start()
    else:
        listener.close()
    for name in "in.sock", "pid":
        if os.path.exists(name):
            os.remove(name)
    with open("rsyslog.conf", "w") as file:
        file.write(f'module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="{os.getcwd()}/in.sock")\n'
                   f'global(workDirectory="{os.getcwd()}")\n*.* action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp"'
                   ' action.resumeInterval="1" action.resumeRetryCount="-1" queue.type="LinkedList")\n')
    running = subprocess.Popen(["usr/sbin/rsyslogd", "-n", "-f", "rsyslog.conf", "-i", f"{os.getcwd()}/pid", "-M", modules],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not os.path.exists("in.sock"):
            time.sleep(0.1)
        time.sleep(0.5)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.connect("in.sock")
            began, before = time.monotonic(), failed()
            for number in range(160):
                log.send(b"<13>app: line %d" % number)
                time.sleep(0.025)
            spent, refused = time.monotonic() - began, failed() - before
    finally:
        running.terminate()
        running.wait()
    return len(times) if closes else refused, spent

closed, refused = connections(True), connections(False)
print(f"closed: {closed[0]} connections in {closed[1]:.0f} s for 160 messages; refused: {refused[0]} attempts in {refused[1]:.0f} s")
sys.exit(0 if closed[0] > 40 and refused[0] < closed[0] / 4 else 1)
EOF
python3 run.py
