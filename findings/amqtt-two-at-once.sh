#!/bin/sh
# amqtt 0.12.1 (PyPI), Python 3.11: MQTTClient().connect, its settings as they come, a broker that closes every
# connection at once.
#
# Expected  three connections with growing waits: reconnect_retries is 2 and reconnect_max_interval 10 s in its
#           documentation (https://amqtt.readthedocs.io/en/latest/references/client_config/).
# Seen      four: two at the same instant, then 2 and 4 s later. The first repetition does not wait and is not counted.
# Matters   the first second of a storm has twice the connections that the settings say, from every client, without
#           jitter; a broker's accept queue and a NAT's table meet the doubled peak.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet amqtt==0.12.1 transitions==0.9.3 websockets==15.0.1 2>/dev/null
cat >run.py <<'EOF'
import asyncio, logging, socket, sys, threading, time
from amqtt.client import MQTTClient

logging.disable(logging.CRITICAL)
listener, times = socket.create_server(("127.0.0.1", 0)), []
def serve():
    while True:
        listener.accept()[0].close()
        times.append(time.monotonic())
threading.Thread(target=serve, daemon=True).start()
async def connect():
    try:
        await asyncio.wait_for(MQTTClient().connect(f"mqtt://127.0.0.1:{listener.getsockname()[1]}/"), 30)
        return "connected"
    except Exception as error:
        return type(error).__name__
ended = asyncio.run(connect())
seen = [round(at - times[0], 1) for at in times]
print(f"connections at {seen} s, then {ended}")
sys.exit(0 if len(seen) == 4 and seen[1] < 0.3 and 1.8 < seen[2] < 2.5 and 5.5 < seen[3] < 7 else 1)
EOF
own/bin/python run.py
