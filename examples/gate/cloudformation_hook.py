"""A Lambda hook of CloudFormation that asks the gate; IF_AWAY says what counts where that gives no answer."""

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
