"""A Lambda for ECS: a lifecycle hook at PRE_SCALE_UP, or what EventBridge tells of a PAUSE hook there.

ECS names no sizes, so they are looked up: beside the tasks that run, as many come again while blue and green
stand side by side; a rolling deployment goes as far as its `maximumPercent`.
"""

import math
import os
import time

from hook_call import ask

LEFT_MS = 20_000
"""So much of the function's time is left for the last answer."""


def handler(event, context, ecs=None, sleep=time.sleep):
    """Return a hook's status; continue or roll back what a PAUSE hook holds."""
    if ecs is None:
        import boto3  # Lambda has it

        ecs = boto3.client("ecs")
    if event.get("detail-type") == "ECS Hook State Change":
        return paused(event, context, ecs, sleep)
    service = event.get("serviceArn") or event["executionDetails"]["serviceArn"]
    answer = ask("/ecs", {**event, "hookDetails": {**event.get("hookDetails", {}), **sizes(service, ecs)}})
    if answer is None or "hookStatus" not in answer:
        return {"hookStatus": "SUCCEEDED" if os.environ.get("IF_AWAY", "allow") == "allow" else "IN_PROGRESS"}
    return {key: answer[key] for key in ("hookStatus", "callBackDelay") if key in answer}


def paused(event, context, ecs, sleep):
    """Ask until it may go on, or has to go back; one that nobody answers ends by its own time-out."""
    detail = event["detail"]
    if (detail.get("eventName"), detail.get("lifecycleStage")) != ("HOOK_AWAITING_ACTION", "PRE_SCALE_UP"):
        return {"action": "NONE"}
    while True:
        answer = ask("/ecs", {**event, "hookDetails": sizes(detail["serviceArn"], ecs)}) or {}
        action = answer.get("action", "WAIT" if os.environ.get("IF_AWAY", "allow") != "allow" else "CONTINUE")
        if action in ("CONTINUE", "ROLLBACK"):
            ecs.continue_service_deployment(
                serviceDeploymentArn=detail["serviceDeploymentArn"], hookId=detail["hookId"], action=action
            )
        if action != "WAIT":
            return {"action": action}
        pause_s = answer.get("again_in_s", 10)
        if context.get_remaining_time_in_millis() < pause_s * 1000 + LEFT_MS:
            raise TimeoutError("it has to wait longer: Lambda invokes it again, the hook's time-out ends it")
        sleep(pause_s)


def sizes(service, ecs):
    """Return from how many tasks to how many a service goes while it is deployed."""
    cluster = service.split(":service/")[1].split("/")[0]
    [found] = ecs.describe_services(cluster=cluster, services=[service])["services"]
    set_to = found.get("deploymentConfiguration", {})
    many = found["desiredCount"]
    percent = set_to.get("maximumPercent", 200) if set_to.get("strategy", "ROLLING") == "ROLLING" else 200
    return {"from": found["runningCount"], "to": max(math.floor(many * percent / 100), many)}
