"""`tidegate discover` from what is no record of flows: each source, several together, and what is refused."""

from __future__ import annotations

import json
import random
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from listed_shop import DB, autoscaler, environment, listed, pods, service, shop, workload
from recorded_flows import Drawn
from tidegate.cli.main import main
from tidegate.world.file.read import read_world

SHORT = ("--no-report", "--format", "json", "--runs", "4", "--set", "horizon=1min")
CLOUDS = Path(__file__).parents[2] / "recorded_clouds"


@pytest.fixture(name="said")
def run_in_process(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*words, **files):
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(text)
        monkeypatch.setattr(sys, "argv", ["tidegate", *words])
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capsys.readouterr()
        return SimpleNamespace(code=caught.value.code or 0, out=out, err=err)

    return run


def world_of(done):
    assert 0 == done.code, done.err
    return read_world(done.out, "world")


def one_line(text):
    return " ".join(text.split())


def test_objects_of_a_cluster_say_who_asks_whom_with_which_pools(said):
    """Settings of a ConfigMap lead to the database; sizes, limits and bindings are those of the objects."""
    done = said("discover", "shop.json", "--no-rank", shop__json=listed(shop()))
    file = world_of(done)
    services = file.world.services
    assert {"api", "web", "db"} == set(services)
    [call] = services["api"].calls
    assert ("db", 20, "eager") == (call.service, call.pool.most_count, call.pool.opened)
    assert ["api"] == [one.service for one in services["web"].calls]
    assert (10, 4, 900, 3) == (
        services["api"].instances_count, services["web"].instances_count, services["db"].connections_count,
        services["db"].reserved_connections_count,
    )  # fmt: skip
    worker, users = file.world.clients["worker"], file.world.clients["users_of_web"]
    assert ("db", 6, 5) == (worker.service, worker.population_count, worker.pool_count)
    assert ("web", "users") == (users.service, users.network)
    assert "apps/v1/Deployment/shop/api" == services["api"].known_as["kubernetes"]
    assert '{namespace="shop",pod=~"api-[a-z0-9]+-[a-z0-9]+"}' == services["api"].known_as["prometheus"]
    growth = file.world.activities["grow_api"]
    assert (10, 40, "api") == (growth.from_count, growth.to_count, growth.service)
    assert "autoscaling/v2/HorizontalPodAutoscaler/shop/api" == growth.known_as["kubernetes"]
    assert "hunter2" not in done.out + done.err


def test_each_number_says_where_it_comes_from(said):
    """What was read says where and when; what was not has a range and how to measure it."""
    file = world_of(said("discover", "shop.json", "--no-rank", shop__json=listed(shop())))
    pool = file.estimates["services.api.calls.0.pool.most"]
    assert ("measured", 20, 20) == (pool.basis, pool.low, pool.high)
    assert re.match(r"shop.json, read on \d+ \w+ \d{4}, Deployment shop/api, DB_POOL_SIZE", pool.source)
    assert "published" == file.estimates["services.db.reserved_connections"].basis
    assumed = [one for one in file.estimates.values() if one.basis == "assumed"]
    assert len(assumed) > 10
    assert all(one.low < one.high and one.measure for one in assumed)


def test_nothing_given_is_ignored_in_silence(said):
    """Objects that say nothing are counted by kind, with why; so is an autoscaler of nothing."""
    objects = [*shop(), autoscaler("gone", 1, 3)]
    done = said("discover", "shop.json", "--no-rank", "--format", "json", shop__json=listed(objects))
    unused = {(one["kind"], one["count"]): one["why"] for one in json.loads(done.out)["unused"]}
    assert "machines" in unused["Node", 1]
    assert "says nothing" in unused["Wand", 1]
    assert "no workload" in unused["HorizontalPodAutoscaler", 1]


def test_what_decides_is_to_be_measured_first(said):
    """The limit of a cache that nobody knows flips the growth, and stands before all that does not."""
    objects = [workload("api", 10, environment(REDIS_URL="redis://cache:6379")), autoscaler("api", 10, 42)]
    done = said("discover", "shop.json", "--format", "json", shop__json=listed(objects))
    found = json.loads(done.out)
    said_of = [one["what"] for one in found["unseen"]]
    assert found["is_ranked"]
    decides = ["decides grow_api" in one for one in said_of]
    assert decides == sorted(decides, reverse=True)
    assert any("services.cache.connections" in one and "decides" in one for one in said_of), said_of
    assert not decides[-1]


@pytest.mark.parametrize("hidden", ["nothing", pytest.param("secret", marks=pytest.mark.evidence)])
def test_a_world_that_lacks_what_decides_is_never_let_through(said, hidden):
    """Who grows may ask what nobody can see: then it cannot be told, and it is said what is missing."""
    grown = workload("jobs", 10, environment(MODE="fast"))
    if hidden == "secret":
        grown["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"secretRef": {"name": "jobs"}}]
    objects = [grown, autoscaler("jobs", 10, 30)]
    file = world_of(said("discover", "jobs.json", "--no-rank", "--out", "-", jobs__json=listed(objects)))
    assert file.world.services["behind_jobs"].connections_count == 300
    (Path("world.yaml")).write_text(
        said("discover", "jobs.json", "--no-rank", jobs__json=listed(objects)).out
    )
    done = said("check", "world.yaml", *SHORT)
    verdicts = json.loads(done.out)["verdicts"]
    assert ["cannot_tell"] == [one["verdict"] for one in verdicts]


def test_a_world_that_fails_is_said_to_fail(said):
    """Forty pods with pools of twenty want more than the database lets in: what was discovered says so."""
    objects = [one for one in shop(connections=300) if one["metadata"]["name"] in {"api", "api-env", "db"}]
    objects = [one for one in objects if (one["kind"], one["metadata"]["name"]) != ("Service", "api")]
    done = said("discover", "shop.json", "--no-rank", "--out", "w.yaml", shop__json=listed(objects))
    assert 0 == done.code
    done = said("check", "w.yaml", *SHORT)
    [verdict] = json.loads(done.out)["verdicts"]
    assert "stop" == verdict["verdict"]
    assert "accepts 297 connections" in done.out


def test_two_sources_that_disagree_keep_the_range_of_both(said):
    """Fewer pods run than are stated, a server's file says another limit: both stay, and it is said."""
    objects = [
        *shop(connections=900),
        *pods("api", 7, "10.1.1"),
        *pods("web", 4, "10.1.2"),
        *pods("worker", 6, "10.1.3"),
    ]
    text = "max_connections = 500\nshared_buffers = 1GB\n"
    done = said(
        "discover",
        "shop.json",
        "postgresql.conf",
        "--no-rank",
        shop__json=listed(objects),
        postgresql__conf=text,
    )
    file = world_of(done)
    api, db = file.estimates["services.api.instances"], file.estimates["services.db.connections"]
    assert (10, 7, 10) == (api.value, api.low, api.high)
    assert (500, 500, 900) == (db.value, db.low, db.high)
    assert "connections is said to be 500 (postgresql.conf" in one_line(done.err)


def test_configurations_of_proxies_go_to_the_only_thing_they_can_be_of(said):
    """HAProxy's limit is the entrance's; one that could be of several things is told, and not guessed."""
    proxy = (
        "frontend web\n  bind *:80\n  maxconn 1000\n  default_backend api\nbackend api\n  server a "
        "10.0.0.1:80\n"
    )
    done = said(
        "discover", "shop.json", "h.cfg", "99-nat.conf", "--no-rank", shop__json=listed(shop()), h__cfg=proxy,
        **{"99-nat__conf": "net.netfilter.nf_conntrack_max = 131072\n"},
    )  # fmt: skip
    file = world_of(done)
    assert 1000 == file.world.crossings["entrance"].admission.concurrent_count
    assert "measured" == file.estimates["crossings.entrance.admission.concurrent"].basis
    assert "settings of a kernel: nothing says of which machine" in one_line(done.err)


def test_a_configuration_that_looks_like_several_is_told_with_the_command_that_takes_it(said):
    """It is left out of the world, as one of which nothing says what it is about; the world stands."""
    both = "frontend fe\n  bind :80\nhttp {\n  server {\n  }\n}\n"
    done = said("discover", "shop.json", "both.conf", "--no-rank", shop__json=listed(shop()), both__conf=both)
    assert "api" in world_of(done).world.services
    told = one_line(done.err)
    assert "looks like several (--as with one of nftables" in told
    assert "`tidegate adopt WORLD --from both.conf` with that option" in told


def test_calls_in_a_circle_and_too_many_ways_are_populations(said):
    """Two that ask each other: a world has one call, and connections for the other; nobody is left out."""
    objects = [
        workload("a", 2, environment(B_URL="http://b:80")), service("a", 80, address="10.96.0.1"),
        workload("b", 3, environment(A_URL="http://a:80")), service("b", 80, address="10.96.0.2"),
    ]  # fmt: skip
    done = said("discover", "ab.json", "--no-rank", ab__json=listed(objects))
    world = world_of(done).world
    assert ["b"] == [one.service for one in world.services["a"].calls] or ["a"] == [
        one.service for one in world.services["b"].calls
    ]
    assert any(name in world.clients for name in ("b_to_a", "a_to_b"))
    assert "asks it in turn" in one_line(done.err)


def test_pseudonyms_leave_no_name_anywhere(said):
    """Labels stand for names in the world and in what is said, the same each time; errors show no value."""
    text = listed(shop())
    done = said("discover", "shop.json", "--pseudonyms", "--no-rank", shop__json=text)
    assert 0 == done.code, done.err
    everything = (done.out + done.err).lower()
    names = ("shop", "10.96", "api", "postgres:16", "wand", "acme", "db_pool", "hunter2", "svc")
    allowed = everything.replace("client's api", "")
    assert not [name for name in names if name in allowed]
    world = read_world(done.out, "world").world
    assert [call.service for call in world.services["service_1"].calls] == ["service_3"]
    assert done.out == said("discover", "shop.json", "--pseudonyms", "--no-rank", shop__json=text).out
    broken = listed([workload("api-secretname", "ten", [], space="payroll")])
    done = said("discover", "x.json", "--pseudonyms", "--no-rank", x__json=broken)
    assert 2 == done.code
    assert "secretname" not in done.err
    assert "payroll" not in done.err


# -- clouds --------------------------------------------------------------------------------------


def test_descriptions_of_aws_join_by_address_and_resource(said):
    """What the CLI printed: two gateways are one crossing, tasks ask the database by its host."""
    done = said(
        "discover",
        *(str(one) for one in sorted(CLOUDS.glob("*.json")) if "azure" not in one.name),
        "--no-rank",
    )
    file = world_of(done)
    world = file.world
    nat = next(one for one in world.crossings.values() if one.device == "aws-nat-gateway")
    assert (2, 55_000) == (nat.devices_count, nat.ports.per_destination_count)
    [call] = world.services["api"].calls
    assert ("shop", 15) == (call.service, call.pool.most_count)
    shop_connections = file.estimates["services.shop.connections"]
    assert ("published", 901) == (shop_connections.basis, shop_connections.value)
    assert "inside" == world.services["shop"].network
    assert "api" == world.clients["users_of_shop_web"].service
    growth = world.activities["grow_api"]
    assert (12, 80, "prod/api") == (growth.from_count, growth.to_count, growth.known_as["ecs"])
    assert "instances is said to be 12" in one_line(done.err)


@pytest.mark.parametrize(
    ("name", "device", "path", "value"),
    [
        ("gcloud-nat.yaml", "google-cloud-nat-dynamic", "ports.block.most", 1024),
        ("gcloud-nat.yaml", "google-cloud-nat-dynamic", "ports.per_destination", 129_024),
        ("gcloud-nat.yaml", "google-cloud-nat-dynamic", "ports.hold", 30),
        ("azure-nat.json", "azure-nat-gateway", "table.idle_timeout", 600),
        ("azure-outbound.json", "azure-load-balancer-snat", "ports.block.least", 4000),
    ],
)
def test_port_settings_of_clouds_are_the_crossings(said, name, device, path, value):
    """A NAT's own settings go before what its kind has by default."""
    objects = [workload("jobs", 4, environment(DATABASE_URL="mysql://u:p@db.example.com/x?pool=5"))]
    file = world_of(
        said("discover", str(CLOUDS / name), "jobs.json", "--no-rank", jobs__json=listed(objects))
    )
    [(crossing, found)] = file.world.crossings.items()
    assert device == found.device
    assert value == file.estimates[f"crossings.{crossing}.{path}"].value


def state(*resources):
    listed_resources = [
        {"address": f"{kind}.main", "mode": "managed", "type": kind, "name": "main", "values": values}
        for kind, values in resources
    ]
    return json.dumps({
        "format_version": "1.0", "terraform_version": "1.9.0",
        "values": {"root_module": {"resources": listed_resources}},
    })  # fmt: skip


DATABASE = {
    "arn": "arn:aws:rds:eu-west-1:1:db:shop", "address": "shop.x.eu-west-1.rds.amazonaws.com", "port": 5432,
    "engine": "postgres", "instance_class": "db.m5.large",
}  # fmt: skip


def test_a_state_of_terraform_joins_the_cluster_by_the_databases_host(said):
    """The same database by its resource and by what pods connect to: one service, bound to both."""
    text = state(
        ("aws_db_instance", DATABASE), ("aws_nat_gateway", {"id": "nat-1"}), ("aws_iam_role", {"name": "x"})
    )
    objects = [
        workload(
            "jobs",
            4,
            environment(DATABASE_URL=f"postgres://u:p@{DATABASE['address']}/shop", DB_POOL_SIZE="8"),
        )
    ]
    done = said(
        "discover", "state.json", "jobs.json", "--no-rank", state__json=text, jobs__json=listed(objects)
    )
    world = world_of(done).world
    [(name, database)] = world.services.items()
    assert ("aws_db_instance.main", 901) == (database.known_as["terraform"], database.connections_count)
    assert (name, 8) == (world.clients["jobs"].service, world.clients["jobs"].pool_count)
    assert "1 aws_iam_role" in done.err
    file_of_state = json.dumps({
        "version": 4, "terraform_version": "1.9.0", "resources": [
            {"mode": "managed", "type": "aws_db_instance", "name": "main",
             "instances": [{"attributes": DATABASE}]},
        ],
    })  # fmt: skip
    again = said(
        "discover",
        "x.tfstate",
        "jobs.json",
        "--no-rank",
        x__tfstate=file_of_state,
        jobs__json=listed(objects),
    )
    assert {"aws_db_instance.main"} == {
        one.known_as["terraform"] for one in world_of(again).world.services.values()
    }


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion"', "Is not JSON, or was cut off"),
        ('{"apiVersion": "v1", "kind": "List", "items": [3]}', "Is no object"),
        ('{"apiVersion": "v1", "kind": "List", "items": []}', "Holds no object of Kubernetes"),
        ('{"apiVersion": "v1", "items": ' + "[" * 100_000, "Is nested too deep"),
        ('{"terraform_version": "1.0", "version": 3}', "Is no state that is known: version 3"),
        ('{"terraform_version": "1.0", "values": {', "Is not JSON"),
        ('{"NatGateways": {"a": 1}', "Is not JSON"),
        ('{"kind": "compute#router", "name": "x"}', "Describes no NAT and no database"),
        ('{"type": "Microsoft.Compute/virtualMachines"}', "Describes nothing that is read"),
        (listed([workload("a", "many", [])]), "Is not a number Kubernetes takes here: many"),
        (
            listed([{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}]),
            "Show nothing that answers",
        ),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(said, text, told):
    """Damaged, empty, foreign or hostile: exit 2, what and where, and no world."""
    done = said("discover", "x.json", "--no-rank", x__json=text)
    assert (2, "") == (done.code, done.out)
    assert told.lower() in one_line(done.err).lower()
    assert "traceback" not in done.err.lower()


def test_names_and_options_that_lead_nowhere_are_faults(said):
    """No source, a file that is not there, credentials for nobody, a time that is none."""
    assert 2 == said("discover").code
    assert 2 == said("discover", "absent.json").code
    assert 2 == said("discover", "shop.json", "--credentials", "x", shop__json=listed(shop())).code
    done = said("discover", "prometheus=http://127.0.0.1:9", "--over", "1s")
    assert 2 == done.code
    assert "between 10min and 30d" in one_line(done.err)
    assert DB not in done.out


# -- with records of flows -----------------------------------------------------------------------


def test_records_of_flows_are_the_workloads_whose_pods_sent_them(said):
    """Sources are pods of the worker, the place is the database's Service: one service, both pools kept."""
    made = Drawn(random.Random(3), 60.0, hold_s=30.0)  # noqa: S311  drawn, not secret
    for i in range(1, 7):
        made.kept_before(f"10.1.3.{i}", ("10.96.0.7", 5432), 8)
        made.opened([f"10.1.3.{i}"], ("10.96.0.7", 5432), 0.2, 0.004)
    objects = [*shop(), *pods("worker", 6, "10.1.3"), *pods("api", 10, "10.1.1"), *pods("web", 4, "10.1.2")]
    done = said(
        "discover", "shop.json", "events.txt", "dump.txt", "--no-rank",
        shop__json=listed(objects), events__txt=made.events(), dump__txt=made.dump(),
    )  # fmt: skip
    file = world_of(done)
    assert {"api", "web", "db"} == set(file.world.services)
    kept = {
        name: one
        for name, one in file.world.clients.items()
        if one.known_as.get("kubernetes") == "apps/v1/Deployment/shop/worker" and one.connection == "pool"
    }
    [(name, clients)] = kept.items()
    pool = file.estimates[f"clients.{name}.pool"]
    assert ("db", 6, 8) == (clients.service, clients.population_count, pool.value)
    assert (5, 8) == (pool.low, pool.high)
    assert "pool is said to be 8" in one_line(done.err)
    hidden = said(
        "discover", "shop.json", "events.txt", "dump.txt", "--no-rank", "--pseudonyms",
        shop__json=listed(objects), events__txt=made.events(), dump__txt=made.dump(),
    )  # fmt: skip
    assert 0 == hidden.code
    alone = said(
        "discover", "events.txt", "dump.txt", "--pseudonyms", events__txt=made.events(), dump__txt=made.dump()
    )
    assert 0 == alone.code
    assert "10.96." not in alone.out + alone.err + hidden.out + hidden.err
    assert "10.1.3" not in alone.out + alone.err + hidden.out + hidden.err
    assert "address-1" in alone.err


def test_what_is_said_of_flows_needs_a_record_of_flows(said):
    done = said("discover", "shop.json", "--device", "foo", shop__json=listed(shop()))
    assert 2 == done.code
    assert "Has no record that it is said of: foo" in one_line(done.err)


def checked(said, *words, world="w.yaml"):
    """Return the only verdict of a growth that `check` gives, with what it says."""
    few = ("--runs", "10", "--set", "objectives.collapse_probability=50%", "--set", "horizon=1min")
    done = said("check", world, "--no-report", "--format", "json", *few, *words)
    [verdict] = json.loads(done.out)["verdicts"]
    return verdict


AMPLE = ("concurrency=64", "service_time=2.5ms", "setup_time=200us")


def test_a_limit_that_flows_do_not_show_is_not_taken_for_none(said):
    """Eight hosts keep four connections each: whether the database takes half as many again is unknown."""
    drawn = Drawn(random.Random(3), 60.0)  # noqa: S311  a record that is drawn
    for i in range(1, 9):
        drawn.kept_before(f"10.0.0.{i}", ("10.1.0.7", 5432), 4)
    dump = "\n".join(drawn.open_at_end)
    done = said("discover", "dump.txt", "--no-rank", "--out", "w.yaml", dump__txt=dump)
    assert 0 == done.code, done.err
    known = [word for one in AMPLE for word in ("--set", f"services.postgres.{one}")]
    verdict = checked(said, "--activity", "grow", *known)
    assert ("cannot_tell", "services.postgres.connections") == (verdict["verdict"], verdict["deciding"])


@pytest.mark.parametrize("pods_count", [5, 8])
def test_others_that_nobody_listed_may_take_what_is_left_of_a_limit(said, pods_count):
    """Pods with pools of five, and 112 connections by the class of the database: who else has the others?"""
    grown = workload("api", 4, environment(DATABASE_URL="postgres://db.aws:5432/x", DB_POOL_SIZE="5"))
    database = {"DBInstanceIdentifier": "db", "Engine": "postgres", "DBInstanceClass": "db.t3.micro",
                "Endpoint": {"Address": "db.aws", "Port": 5432}}  # fmt: skip
    given = {
        "api__json": listed([grown, autoscaler("api", 4, pods_count)]),
        "rds__json": json.dumps({"DBInstances": [database]}),
    }
    done = said("discover", "api.json", "rds.json", "--no-rank", "--out", "w.yaml", **given)
    assert 0 == done.code, done.err
    assert "pg_stat_activity" in Path("w.yaml").read_text()
    known = [word for one in AMPLE for word in ("--set", f"services.db.{one}")]
    verdict = checked(said, *known)
    assert "cannot_tell" == verdict["verdict"]
    assert "clients.others_of_db.pool" in {one["path"] for one in verdict["needed"]}
    assert "proceed" == checked(said, *known, "--set", "clients.others_of_db.pool=3")["verdict"]


def test_busy_addresses_are_not_taken_for_as_many_clients(said):
    """Six addresses ask ten times a second each: thousands behind them may connect anew at once."""
    drawn = Drawn(random.Random(3), 30.0)  # noqa: S311  a record that is drawn
    drawn.opened([f"10.0.0.{i}" for i in range(1, 7)], ("10.1.0.7", 8000), 60.0, 0.002)
    done = said("discover", "events.txt", "--no-rank", "--out", "w.yaml", events__txt=drawn.events())
    assert 0 == done.code, done.err
    assert "how many clients stand behind the 6 busy addresses" in one_line(done.out + done.err)
    file = read_world(Path("w.yaml").read_text(), "world")
    known = file.estimates["clients.of_tcp_8000.population"]
    assert ("assumed", 6) == (known.basis, known.low)
    assert known.high >= 6000
    ample = [*AMPLE, "connections=100000"]
    words = [word for one in ample for word in ("--set", f"services.tcp_8000.{one}")]
    assert checked(said, "--activity", "reconnect", *words)["verdict"] in {"cannot_tell", "slow_down"}


def test_very_many_who_ask_are_read_again_and_what_has_no_room_is_counted(said):
    """Of 500 addresses that are no neighbours not all have room in a world file; none is lost in silence."""
    rows = [
        f"2 1 eni-1 10.{i // 100}.{i % 100}.7 10.200.0.9 {40000 + i} 5432 6 6 400 {at} {at + 1} ACCEPT OK"
        for at in range(1795888543, 1795888743, 20)
        for i in range(500)
    ]
    head = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end "
    text = "\n".join([f"{head}action log-status", *rows])
    done = said("discover", "flows.log", "--no-rank", flows__log=text)
    [clients] = world_of(done).world.clients.values()
    assert 500 == clients.population_count
    assert re.search(r"10\.0\.0\.7, 10\.0\.1\.7, .* and \d+ more$", clients.known_as["addresses"])
