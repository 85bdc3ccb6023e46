"""Passes what AWS asks on to the gate, and gives back what it answers. Standard library alone.

GATE_URL is where the gate is, GATE_TOKEN the token of the caller (from a secret), GATE_CA a file with the
authority of its certificate where that is not public.
"""

import json
import os
import ssl
import urllib.error
import urllib.request

TIMEOUT_S = 5


def ask(path, event):
    """Return the gate's answer; None where it gave none."""
    body = json.dumps(event).encode()
    token = os.environ.get("GATE_TOKEN", "")
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{os.environ['GATE_URL']}{path}", body, headers)
    context = ssl.create_default_context(cafile=os.environ.get("GATE_CA") or None)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=context) as answer:
            return json.load(answer)
    except (OSError, ValueError) as error:  # away, slow, or no permission: who asks says what that means
        print(f"the gate gave no answer: {error}")
        return None
