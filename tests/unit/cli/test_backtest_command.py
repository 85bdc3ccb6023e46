"""`tidegate backtest`: past scalings as each of those who did them keeps them, replayed through the gate."""

from __future__ import annotations

import json
import sys
from contextlib import suppress

import botocore.session
import pytest
from botocore.validate import ParamValidator

from gate_sample import SHOP, WORLD
from tidegate.cli.main import main
from tidegate.errors import InputError
from tidegate.gate.asking.worked_out import Found
from tidegate.gate.past.told_by import read_history
from tidegate.verbs import backtest

KEPT = {
    "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "shop-hpa", "namespace": "prod"},
    "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"}},
    "status": {"currentReplicas": 4},
}  # fmt: skip
ECS_WORLD = WORLD.replace("{kubernetes: apps/v1/Deployment/prod/shop}", "{ecs: prod/shop}")
GROUP_WORLD = WORLD.replace("{kubernetes: apps/v1/Deployment/prod/shop}", "{ecs: shop-group}")
MUST = "objectives: {p99: {read: p99, most: 1s}}"
HEAD = "time,address,from,to\n"
DAY = f"""{HEAD}2026-11-01T08:00:00Z,prod/shop,4,10
2026-11-01T08:00:10Z,prod/shop,10,19
2026-11-01T09:00:00Z,prod/shop,19,4
2026-11-01T10:00:00Z,prod/shop,4,10
2026-11-01T11:00:00Z,prod/shop,10,4
"""


def event(at, size, name="shop-hpa", **said):
    about = {"kind": "HorizontalPodAutoscaler", "namespace": "prod", "name": name}
    return {
        "apiVersion": "v1", "kind": "Event", "reason": "SuccessfulRescale", "involvedObject": about,
        "message": f"New size: {size}; reason: cpu resource utilization (percentage of request) above target",
        "firstTimestamp": at, "lastTimestamp": at, "count": 1, **said,
    }  # fmt: skip


def record(name, at, asked, **said):
    return {"eventVersion": "1.08", "eventName": name, "eventTime": at, "requestParameters": asked, **said}


NO_SIZE = record(
    "SetDesiredCapacity",
    "2026-11-01T08:00:00Z",
    {"autoScalingGroupName": "g", "desiredCapacity": "x"},
)
EVENTS = {
    "kind": "List", "apiVersion": "v1",
    "items": [
        KEPT,
        event("2026-11-01T08:00:00Z", 4), event("2026-11-01T09:00:00Z", 30),
        event("2026-11-01T08:00:00Z", 4), event("2026-11-01T10:00:00Z", 9, "lost"),
        event("2026-11-01T11:00:00Z", 4, firstTimestamp="2026-11-01T09:30:00Z", count=5),
        {"kind": "Event", "reason": "ScalingReplicaSet", "involvedObject": {"kind": "Deployment"}},
        {"kind": "Pod"},
    ],
}  # fmt: skip
REPLICAS = {
    "status": "success",
    "data": {
        "resultType": "matrix",
        "result": [
            {
                "metric": {
                    "__name__": "kube_deployment_spec_replicas", "namespace": "prod", "deployment": "shop",
                },
                "values": [[1793520000 + 30 * i, "30" if 10 <= i < 20 else "4"] for i in range(40)]
                + [[1793530000, "9"]],
            }
        ],
    },
}  # fmt: skip
TRAIL = {
    "Records": [
        record("CreateService", "2026-11-01T08:00:00Z",
               {"cluster": "prod", "serviceName": "shop", "desiredCount": 4}),
        record("UpdateService", "2026-11-01T09:00:00Z",
               {"cluster": "arn:aws:ecs:eu-west-1:1:cluster/prod", "service": "shop", "desiredCount": 30}),
        record("UpdateService", "2026-11-01T09:10:00Z", {"service": "shop", "desiredCount": 60},
               errorCode="AccessDenied"),
        record("UpdateService", "2026-11-01T09:11:00Z", {"cluster": "prod", "service": "shop"}),
        record("UpdateService", "2026-11-01T09:30:00Z",
               {"cluster": "prod", "service": "shop", "desiredCount": 4}),
        record("RegisterScalableTarget", "2026-11-01T10:00:00Z",
               {"serviceNamespace": "ecs", "resourceId": "service/prod/shop", "maxCapacity": 90}),
        record("RegisterScalableTarget", "2026-11-01T10:30:00Z",
               {"serviceNamespace": "ecs", "resourceId": "service/prod/shop", "minCapacity": 28,
                "maxCapacity": 90}),
        record("RunInstances", "2026-11-01T10:31:00Z", {}),
    ]
}  # fmt: skip
LOOKED_UP = {
    "Events": [
        {"EventName": one["eventName"], "CloudTrailEvent": json.dumps(one)} for one in TRAIL["Records"]
    ]
}
CAUSE = (
    "At 2026-11-01T09:00:00Z a monitor alarm TargetTracking-shop-v1.2 in state ALARM triggered policy up "
    "changing the desired capacity from 4 to 30.  At 2026-11-01T09:00:08Z an instance was started in "
    "response to a difference between desired and actual capacity, increasing the capacity from 4 to 30."
)
SICK = "At 2026-11-01T09:20:00Z an instance was taken out of service in response to a health check."


def activity(cause=CAUSE, status="Successful"):
    return {"AutoScalingGroupName": "shop-group", "Cause": cause, "StatusCode": status}


GROUP = {"Activities": [activity(), activity(), activity(), activity(status="Failed"), activity(SICK)]}
TARGET = {
    "ScalingActivities": [  # the newest first, as it is printed
        {"ResourceId": "service/prod/shop", "ServiceNamespace": "ecs", "StatusCode": "Successful",
         "Description": "Setting desired count to 30.", "StartTime": 1793523600.171},
        {"ResourceId": "service/prod/shop", "ServiceNamespace": "ecs", "StatusCode": "Successful",
         "Description": "Setting desired count to 4.", "StartTime": "2026-11-01T08:00:00.171000+00:00"},
    ]
}  # fmt: skip
FORMS = {
    # name: (world, file, how many grew, what is said of what was passed over)
    "events": (WORLD, EVENTS, 1, {
        "that were told twice": 1, "of which nothing says the size before": 1, "that changed no size": 1,
        "that Kubernetes folded into another event, so that their time is not told": 3,
        "of autoscaler prod/lost, whose object is in no file (kubectl get events,hpa)": 1,
        "events of another kind than an autoscaler's SuccessfulRescale": 1,
        "objects of Kubernetes that are neither events nor autoscalers (Pod)": 1,
    }),
    "replicas": (WORLD, REPLICAS, 1, {
        "changes after a gap in their series, so that nothing tells when": 1,
    }),
    "trail": (ECS_WORLD, TRAIL, 3, {
        "calls that AWS refused": 1, "calls that left the size as it was": 1,
        "that only said how far a scaler may go": 1, "records of other calls than those that scale": 1,
    }),
    "looked up": (ECS_WORLD, LOOKED_UP, 3, {"calls that AWS refused": 1}),
    "group": (GROUP_WORLD, GROUP, 1, {
        "that were told twice": 2, "activities that did not succeed": 1,
        "activities that tell no change of size (health checks, refreshes)": 1,
    }),
    "target": (ECS_WORLD, TARGET, 1, {"of which nothing says the size before": 1}),
}  # fmt: skip


WORKED_OUT: dict[str, Found] = {}


@pytest.fixture(autouse=True)
def _worked_out_once(monkeypatch):
    """What was worked out for one test is so for the next: whole runs of the same give the same."""
    work_out = backtest.work_out

    def once(question, *, executor):
        key = repr(question)
        if key not in WORKED_OUT:
            WORKED_OUT[key] = work_out(question, executor=executor)
        return WORKED_OUT[key]

    monkeypatch.setattr(backtest, "work_out", once)


def run_in(tmp_path, monkeypatch, capsys, world=WORLD):
    (tmp_path / "shop.yaml").write_text(world)
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["tidegate", "backtest", "shop.yaml", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


@pytest.mark.parametrize(("world", "file", "grew", "passed"), FORMS.values(), ids=FORMS.keys())
def test_each_of_those_who_scale_is_read(tmp_path, monkeypatch, capsys, world, file, grew, passed):
    """Each tells that the shop went from 4 to 30 (28), which is held up; nothing is lost in silence."""
    run = run_in(tmp_path, monkeypatch, capsys, world)
    (tmp_path / "past.json").write_text(json.dumps(file))
    code, out, err = run("--events", "past.json", "--format", "json", "--jobs", "1")
    assert 0 == code, err
    found = json.loads(out)
    assert grew == len(found["rulings"]), found["rulings"]
    assert {} == {why: count for why, count in passed.items() if found["passed_over"].get(why) != count}, (
        found
    )
    held = {one["id"] for one in found["held_up"]}
    words = {one["why"] for one in found["rulings"] if one["id"] in held}
    assert words
    assert all("from 4 only 18 was proven safe" in word for word in words), words
    assert found["verdicts"]["cannot_tell"] == ("CreateService" in json.dumps(file)), (
        "the first comes from none"
    )


def test_steps_within_the_time_of_one_are_one_and_the_answer_stands_first(tmp_path, monkeypatch, capsys):
    """10 to 19 ten seconds after 4 to 10 is judged from 4; the same later is a step of its own."""
    run = run_in(tmp_path, monkeypatch, capsys)
    (tmp_path / "day.csv").write_text(DAY)
    code, out, err = run("--events", "day.csv")
    assert 0 == code, err
    first, counts, long, *_ = out.splitlines()
    assert "Of 3 scalings up 1 would have been held up (shop)." == first
    assert "2 proceed, 1 slow down, 0 stop, 0 cannot tell; 2 made something smaller" in counts
    assert "Held up for 20\u00a0s in all" in long, long
    assert "from 4 only 18 was proven safe, not 19" in out
    assert (code, out) == run("--events", "day.csv")[:2], "the same, to the byte"
    shuffled = DAY.splitlines(keepends=True)
    (tmp_path / "day.csv").write_text("".join([shuffled[0], *reversed(shuffled[1:])]))
    again = run("--events", "day.csv")[1]
    assert out == again.replace("The files are not in order of time; they were put into it.\n", "")


def test_what_this_world_does_not_know_is_named(tmp_path, monkeypatch, capsys):
    run = run_in(tmp_path, monkeypatch, capsys)
    (tmp_path / "past.csv").write_text(
        f"{HEAD}2026-11-01T08:00:00Z,prod/other,1,5\n1793530000,prod/other,5,9\n"
    )
    code, out, _ = run("--events", "past.csv")
    assert (4, True) == (code, "not known to this world, 2 times: prod/other" in out), out


def test_so_many_questions_are_worked_out_and_no_more(tmp_path, monkeypatch, capsys):
    run = run_in(tmp_path, monkeypatch, capsys)
    (tmp_path / "past.csv").write_text(
        f"{HEAD}1793520000,prod/shop,4,6\n1793530000,prod/shop,6,8\n1793540000,prod/shop,8,9\n"
    )
    code, out, _ = run("--events", "past.csv", "--most", "1")
    assert (0, True) == (code, "not worked out, 2: --most sets how many" in out), out


def test_with_what_happened_it_says_how_often_it_would_have_been_right(tmp_path, monkeypatch, capsys):
    """A step that it would have held up and that held is a false alarm; one that failed is a miss."""
    run = run_in(tmp_path, monkeypatch, capsys)
    (tmp_path / "past.csv").write_text(
        f"{HEAD}1793520000,prod/shop,4,25\n1793530000,prod/shop,25,4\n1793540000,prod/shop,4,10\n"
    )
    (tmp_path / "series.yaml").write_text(f"every: 5s\nworlds: {{shop: {{sizes: {{{SHOP}: size}}, {MUST}}}}}")
    rows = ["time,size,p99"]
    for began, after, slow in ((1793520000, 25, 0.1), (1793540000, 10, 3)):
        rows += [f"{began + 5 * i},{after if i > 0 else 4},{slow if i > 0 else 0.1}" for i in range(-20, 9)]
    (tmp_path / "seen.csv").write_text("\n".join(rows) + "\n")
    words = ("--events", "past.csv", "--from", "seen.csv", "--series", "series.yaml")
    code, out, err = run(*words)
    assert 0 == code, err
    assert "2 are known: missed 1 of 1, false alarms 1 of 1." in out
    assert "miss: it went to 10, called safe, and p99 was 3" in out
    [world] = json.loads(run(*words, "--format", "json")[1])["worlds"]
    assert [0.05, 1.0] == [round(one, 3) for one in world["missed_interval"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"kind": "List", "items": [', "is no json, or was cut off"),
        ("{}", "is of no kind that is known"),
        ('{"Reservations": []}', "is of no kind that is known: reservations"),
        ("all is well", "is of no kind that is known"),
        ('{"Records": []}', "tells of nothing that was scaled"),
        (f"{HEAD}1793520000,prod/shop,4\n", "past:2 is no whole row"),
        (f"{HEAD}then,prod/shop,4,9\n", "past:2: time is not a time: then"),
        (f"{HEAD}1793520000,prod/shop,4,nine\n", "past:2: to is no size: nine"),
        (f"{HEAD}1793520000,,4,9\n", "past:2: address is empty"),
        ("time,address,from,to,why\n", "is no column of it: why"),
        (json.dumps({"items": [event("2026-11-01", 4)]}), "is not a time: 2026-11-01"),
        (json.dumps({"items": [{**event("", 4), "message": "grown"}]}), "tells no new size: grown"),
        (json.dumps({"Records": [NO_SIZE]}), "is no size: x"),
        ('{"Events": [{"CloudTrailEvent": "{"}]}', "is no record"),
        ('{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": []}]}}',
         "is no series of replicas"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_is_refused_by_its_name(tmp_path, monkeypatch, capsys, text, said):
    run = run_in(tmp_path, monkeypatch, capsys)
    (tmp_path / "past").write_text(text)
    code, out, err = run("--events", "past")
    told = " ".join(err.split()).lower()
    assert (2, True, "") == (code, said in told, out), told


ODD = (None, True, -1, 1e308, 10**400, "", "x", "1/2/3/4/5/6", [], [[]], {}, {"a": {"b": []}}, float("nan"))


def paths(document, at=()):
    """Yield where each value of a document stands."""
    if at:
        yield at
    inside = document.items() if isinstance(document, dict) else enumerate(document)
    if isinstance(document, dict | list):
        for key, value in inside:
            yield from paths(value, (*at, key)) if isinstance(value, dict | list) else [(*at, key)]


def changed(document, at, odd):
    """Return a document with something else at one place."""
    made = json.loads(json.dumps(document))
    here = made
    for key in at[:-1]:
        here = here[key]
    here[at[-1]] = odd
    return json.dumps(made)


@pytest.mark.parametrize("name", FORMS)
def test_whatever_stands_anywhere_is_a_fault_or_is_counted(name):
    """An odd value at any place is a named fault, or what it is of is passed over; never a traceback."""
    document = FORMS[name][1]
    places = [at for at in paths(document) if len(at) < 6 or at[-1] == 0 or at[3:4] == (1,)]
    for number, at in enumerate(places):
        for odd in ODD[number % 3 :: 3]:
            with suppress(InputError):
                read_history([(changed(document, at, odd), "past.json")])


def test_those_who_left_within_the_time_of_a_step_are_taken_off(tmp_path, monkeypatch, capsys):
    """4, 18, 4, 18 in half a minute: the 14 that left may hold theirs still. Later they hold nothing."""
    run = run_in(tmp_path, monkeypatch, capsys)
    sizes = ((0, 4, 18), (8, 18, 4), (16, 4, 18), (600, 18, 4), (700, 4, 18))
    rows = "".join(f"{1793520000 + at},prod/shop,{before},{after}\n" for at, before, after in sizes)
    (tmp_path / "past.csv").write_text(f"{HEAD}{rows}")
    code, out, err = run("--events", "past.csv", "--format", "json")
    assert 0 == code, err
    said = [(one["verdict"], one["why"]) for one in json.loads(out)["rulings"]]
    assert ["proceed", "stop", "proceed"] == [verdict for verdict, _ in said]
    assert "only 18 was proven safe, not 18 with 14 that left and may still be there" in said[1][1]


def test_a_change_that_is_missing_in_a_record_is_told_by_the_next(tmp_path, monkeypatch, capsys):
    """It says from 4 where 18 was gone to: 14 left at the latest then, and nobody knows when."""
    run = run_in(tmp_path, monkeypatch, capsys)
    rows = "1793520000,prod/shop,4,18\n1793530000,prod/shop,4,18\n"
    (tmp_path / "past.csv").write_text(f"{HEAD}{rows}")
    out = run("--events", "past.csv", "--format", "json")[1]
    assert ["proceed", "stop"] == [one["verdict"] for one in json.loads(out)["rulings"]]


OWED = {
    "Activities": {"ActivityId": "a", "StartTime": "2026-11-01T09:00:00Z"},
    "ScalingActivities": {
        "ActivityId": "a", "ScalableDimension": "ecs:service:DesiredCount", "Cause": "a policy",
    },
    "Events": {},
}  # fmt: skip


@pytest.mark.parametrize(
    ("service", "operation", "document"),
    [
        ("autoscaling", "DescribeScalingActivities", GROUP),
        ("application-autoscaling", "DescribeScalingActivities", TARGET),
        ("cloudtrail", "LookupEvents", LOOKED_UP),
    ],
)
def test_what_is_read_of_aws_is_what_aws_answers(service, operation, document):
    """Each field is one of AWS' own model of the answer, and of its type; what an answer owes is added."""
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    [(listed, items)] = document.items()
    whole = {listed: [{**OWED[listed], **one} for one in items]}
    report = ParamValidator().validate(whole, model.output_shape)
    assert not report.has_errors(), report.generate_report()
    named = model.output_shape.members[listed].member.members
    assert set().union(*items) <= set(named)
