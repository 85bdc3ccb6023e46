#!/bin/sh
# circus 0.19.0 (PyPI), Python 3.11: a watcher with max_retry = 5 whose program ends with an error at once.
#
# Expected  some five starts, then the watcher is stopped: the documentation
#           (https://circus.readthedocs.io/en/latest/for-ops/configuration/) has max_retry as the number of times that a
#           start is attempted before the whole watcher is given up.
# Seen      a start at every check_delay for as long as one looks, without back-off. Only a program that cannot be
#           executed at all counts; one that ends at once was started well. (A plug-in against flapping has a max_retry of
#           its own, and is off unless it is set up.)
# Matters   a service that does not find its database at start is started again at a fixed pace by every host, in
#           step: `restart_backoff` in a world has to be written as none, not as five attempts and then silence.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet circus==0.19.0 pyzmq==27.3.0 tornado==6.6.1 psutil==7.2.2 2>/dev/null
cat >run.py <<'EOF'
import os, socket, subprocess, sys, time

def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]
with open("start.sh", "w") as file:
    file.write("#!/bin/sh\necho start >>starts\nexit 1\n")
os.chmod("start.sh", 0o755)
with open("circus.ini", "w") as file:
    file.write(f"[circus]\ncheck_delay = 0.5\nendpoint = tcp://127.0.0.1:{port()}\npubsub_endpoint = tcp://127.0.0.1:{port()}\n"
               f"[watcher:x]\ncmd = {os.getcwd()}/start.sh\nworking_dir = {os.getcwd()}\nmax_retry = 5\n")
running = subprocess.Popen(["own/bin/circusd", "circus.ini"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    time.sleep(15)
finally:
    running.terminate()
    running.wait()
with open("starts") as file:
    starts = len(file.readlines())
print(f"max_retry 5, check_delay 0.5 s: {starts} starts in 15 s")
sys.exit(0 if starts > 15 else 1)
EOF
own/bin/python run.py
