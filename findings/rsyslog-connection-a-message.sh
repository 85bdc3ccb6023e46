#!/bin/sh
# rsyslog 8.2302.0 (Debian 12): omfwd over TCP with action.resumeInterval 5 and without end of retries, 40 messages one after
# another to a receiver that accepts and closes (a balancer without instances).
#
# Expected  a connection every five seconds at most, more rarely later: an action that fails is suspended for resumeInterval
#           before it is tried again (https://www.rsyslog.com/doc/rainerscript/action.html), and one that is refused is.
# Seen      as many connections as messages, some ten a second (160 in 4 s at 40 messages a second): each message finds the last
#           connection gone, opens another, and that counts as success, so that the action is never suspended.
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

listener, times = socket.create_server(("127.0.0.1", 0), backlog=100), []
def serve():
    while True:
        connection, _ = listener.accept()
        connection.close()
        times.append(1)
threading.Thread(target=serve, daemon=True).start()
here, port = os.getcwd(), listener.getsockname()[1]
with open("rsyslog.conf", "w") as file:
    file.write(f'module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="{here}/in.sock")\n'
               f'global(workDirectory="{here}")\n*.* action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp"'
               ' action.resumeInterval="5" action.resumeRetryCount="-1" queue.type="LinkedList")\n')
running = subprocess.Popen(["usr/sbin/rsyslogd", "-n", "-f", "rsyslog.conf", "-i", f"{here}/pid", "-M", modules],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    while not os.path.exists("in.sock"):
        time.sleep(0.1)
    time.sleep(1)
    began = time.monotonic()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.connect("in.sock")
        for number in range(40):
            before = len(times)
            log.send(b"<13>app: line %d" % number)
            for _ in range(40):  # until it has made its connection, two seconds at most
                time.sleep(0.05)
                if len(times) > before:
                    break
            time.sleep(0.05)
    spent = time.monotonic() - began
finally:
    running.terminate()
    running.wait()
print(f"40 messages, resume interval 5 s: {len(times)} connections in {spent:.0f} s")
sys.exit(0 if len(times) >= 30 and len(times) > spent else 1)
EOF
python3 run.py
