"""A Lambda hook of CloudFormation that asks the gate. What happens where the gate is away is IF_AWAY's to say."""

import os

from hook_call import ask


def handler(event, _context):
    """Return the hook's status."""
    answer = ask("/cloudformation", event)
    if answer is not None and answer.get("hookStatus"):
        return answer
    away = {"clientRequestToken": event.get("clientRequestToken", ""), "message": "the gate gave no answer"}
    if os.environ.get("IF_AWAY", "allow") == "allow":
        return {"hookStatus": "SUCCESS", **away}
    return {"hookStatus": "FAILED", "errorCode": "InternalFailure", **away}
