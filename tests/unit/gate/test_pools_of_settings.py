"""Pools, poolers and servers' limits: from settings people have to the world, each number with its row."""

from __future__ import annotations

import json

import pytest

from tidegate.errors import InputError
from tidegate.gate.command_line import Options
from tidegate.gate.deployed import world_from_files
from tidegate.gate.settings.connection_string import target_of
from tidegate.gate.settings.names import meaning_of

SCALE = Options(scale="40:120")
HEAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 40
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
      - name: shop
        env:
"""
URL = "postgres://shop:hunter2@pgbouncer:6432/shop"
PGBOUNCER = """\
[databases]
shop = host=orders-db.internal port=5432 dbname=shop
[pgbouncer]
pool_mode = transaction
max_client_conn = 2000
default_pool_size = 90
reserve_pool_size = 5
"""
POSTGRES = "max_connections = 100  # all\nsuperuser_reserved_connections = 3\nreserved_connections = 2\n"


def deployment(*, more: str = "", **env: object) -> str:
    rows = "".join(f'        - {{name: {name}, value: "{value}"}}\n' for name, value in env.items())
    return HEAD + rows + more


def made(*files: tuple[str, str], options: Options = SCALE):
    return world_from_files([(text, name) for name, text in files], options)


def of_env(*, more: str = "", options: Options = SCALE, **env: object):
    return made(("app.yaml", deployment(more=more, **env)), options=options)


def pool_of(found, name="app"):
    return found.file.world.clients[name].pool_count


def rows(found):
    """Return what each setting became, by its name; empty where it was left out."""
    return {row.says.partition("=")[0]: (row.means, row.value) for row in found.read}


@pytest.mark.parametrize(
    ("name", "protocol"),
    [
        ("DB_POOL_SIZE", "sql"), ("DB_POOL", "sql"), ("POOL_SIZE", ""), ("MAX_POOL_SIZE", ""),
        ("DATABASE_POOL_MAX", "sql"), ("SPRING_DATASOURCE_HIKARI_MAXIMUMPOOLSIZE", "sql"),
        ("SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE", "sql"), ("DB_MAX_OPEN_CONNS", "sql"),
        ("spring.datasource.hikari.maximum-pool-size", "sql"), ("maxPoolSize", ""),
        ("spring.data.redis.lettuce.pool.max-active", "redis"), ("REDIS_MAX_CONNECTIONS", "redis"),
        ("SQLALCHEMY_POOL_SIZE", "sql"), ("MONGO_MAX_POOL_SIZE", "mongodb"), ("PG_POOL_MAX", "postgres"),
        ("MYSQL_CONNECTION_LIMIT", "mysql"), ("RAILS_MAX_THREADS", "sql"),
    ],
)  # fmt: skip
def test_names_that_people_use_are_pools(name, protocol):
    """The largest size, and what it leads to where the name tells."""
    found = meaning_of(name)
    assert found is not None
    assert ("most", protocol) == (found.role, found.protocol)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("THREAD_POOL_SIZE", "other"), ("spring.task.execution.pool.max-size", "other"),
        ("MAX_CONNECTIONS", "unclear"), ("server.tomcat.max-connections", "unclear"),
        ("DB_POOL_MIN", "least"),
        ("spring.datasource.hikari.minimum-idle", "least"), ("DB_MAX_OVERFLOW", "overflow"),
        ("DB_POOL_TIMEOUT", "wait"), ("hikari.idle-timeout", "idle"), ("SQLALCHEMY_POOL_RECYCLE", "age"),
        ("WEB_CONCURRENCY", "processes"), ("CACHE_SIZE", None), ("LOG_LEVEL", None), ("MAX", None),
        ("idle_timeout", None), ("WORKERS", None),
    ],
)  # fmt: skip
def test_other_names_are_what_they_are(name, role):
    """Threads are no connections, and a limit of nobody named is not taken for a pool."""
    found = meaning_of(name)
    assert role == (None if found is None else found.role)


@pytest.mark.parametrize(
    ("text", "where", "pool"),
    [
        ("postgresql+psycopg2://u:p@db/x?pool_size=7", ("postgres", "db", 5432, "x"), 7),
        ("jdbc:postgresql://db:5433/x?user=u&maximumPoolSize=3", ("postgres", "db", 5433, "x"), 3),
        ("mysql://u:p@db/x?connection_limit=7", ("mysql", "db", 3306, "x"), 7),
        ("postgres://db/x?pool_max_conns=9", ("postgres", "db", 5432, "x"), 9),
        ("mongodb://a:1,b:2/x?maxPoolSize=50", ("mongodb", "a", 1, "x"), 50),
        ("host=db port=5433 dbname=x user=u", ("postgres", "db", 5433, "x"), None),
        ("Server=tcp:sql1,1433;Database=x;Max Pool Size=200;", ("sql", "sql1", 1433, "x"), 200),
        ("Host=pg;Port=5;Database=d;Username=u;Maximum Pool Size=9", ("postgres", "pg", 5, "d"), 9),
        ("https://example.org/x", None, None),
        ("nothing", None, None),
    ],
)
def test_connection_strings_say_where_they_lead_and_how_many(text, where, pool):
    """In the forms of the libraries that read them."""
    found = target_of(text)
    told = None if found is None else (found.protocol, found.host, found.port, found.database)
    assert where == told
    assert pool == (None if found is None else found.numbers.get("most"))


def test_a_pool_of_the_environment_is_the_fleets():
    """With its line; nobody's password is shown."""
    found = of_env(DATABASE_URL=URL, DB_POOL_SIZE=20)
    assert (20, "pgbouncer") == (pool_of(found), found.file.world.clients["app"].service)
    row = next(row for row in found.read if row.says == "DB_POOL_SIZE=20")
    assert ("app.yaml", 13, "clients.app.pool", "20") == (row.source, row.line, row.means, row.value)
    assert not any("hunter2" in row.says + row.why for row in found.read)


def test_each_process_keeps_a_pool_with_its_overflow():
    """(5 + 2) × 4, however the server of Python is told of its processes."""
    sizes = {"DB_POOL_SIZE": 5, "DB_MAX_OVERFLOW": 2}
    assert 28 == pool_of(of_env(**sizes, WEB_CONCURRENCY=4))
    assert 28 == pool_of(of_env(**sizes, more="        command: [gunicorn, app, --workers, '4']\n"))
    assert 28 == pool_of(of_env(**sizes, GUNICORN_CMD_ARGS="--timeout 5 -w 4"))


def test_sqlalchemy_opens_ten_more_than_its_pool():
    """Its own max_overflow, where nothing is said of it."""
    assert 15 == pool_of(of_env(SQLALCHEMY_POOL_SIZE=5))
    assert 5 == pool_of(of_env(SQLALCHEMY_POOL_SIZE=5, SQLALCHEMY_MAX_OVERFLOW=0))


def test_variables_come_from_config_maps_and_other_variables():
    """`configMapKeyRef`, `envFrom`, `$(NAME)`; what stands in a Secret that is not given is told."""
    more = """\
        - {name: DB_HOST, valueFrom: {configMapKeyRef: {name: c, key: host}}}
        - {name: DATABASE_URL, value: "postgres://$(DB_HOST)/shop"}
        - {name: OTHER_DATABASE_URL, valueFrom: {secretKeyRef: {name: s, key: url}}}
        envFrom: [{configMapRef: {name: d}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {host: orders-db}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: d}
data: {DB_POOL_SIZE: "12"}
"""
    found = of_env(more=more)
    assert (12, "orders_db") == (pool_of(found), found.file.world.clients["app"].service)
    assert any("stands in the Secret s, which was not given" == row.why for row in found.read)
    assert not any(note.startswith("Not used: ConfigMap") for note in found.notes)


def test_a_second_pool_is_a_population_that_grows_in_step():
    """Each pod keeps ten connections to the cache as well."""
    cache = {"REDIS_URL": "redis://cache:6379/0", "REDIS_MAX_CONNECTIONS": 10}
    found = of_env(DATABASE_URL=URL, DB_POOL_SIZE=20, **cache)
    world = found.file.world
    assert (10, "cache") == (pool_of(found, "app_cache"), world.clients["app_cache"].service)
    assert ("app", "app_cache") == world.activities["scale"].clients_added
    assert "redis" == world.services["cache"].protocol


def test_an_option_goes_before_what_was_read():
    """And the row says so."""
    found = of_env(DB_POOL_SIZE=20, options=Options(scale="40:120", pool="7"))
    assert 7 == pool_of(found)
    assert ["--pool says 7"] == [row.why for row in found.read if row.says == "DB_POOL_SIZE=20"]


def test_a_pool_of_something_unknown_is_not_taken_for_connections():
    """A small pool of browsers would make the fleet look harmless; one of a named string is taken."""
    found = of_env(BROWSER_POOL_SIZE=3)
    assert "does not say what it is a pool of" in next(row.why for row in found.read if "BROWSER" in row.says)
    assert "assumed" in str(found.document["clients"]["app"]["pool"])
    assert 3 == pool_of(of_env(ORDERS_POOL_SIZE=3, ORDERS_URL="postgres://db/orders"))
    assert 3 == pool_of(of_env(CONNECTION_POOL_SIZE=3))


def test_processes_under_another_name_are_told():
    """Whether they keep pools of their own nobody here knows."""
    found = of_env(DB_POOL_SIZE=20, API_WORKERS=8)
    assert "may be processes" in next(row.why for row in found.read if row.says == "API_WORKERS=8")


def test_what_limits_and_is_not_used_is_told():
    """Threads, time-outs and names that say too little, each with why."""
    limits = {"THREAD_POOL_SIZE": 8, "MAX_CONNECTIONS": 50, "REQUEST_TIMEOUT": "30s", "DB_POOL_MIN": 2}
    found = of_env(DB_POOL_SIZE=20, **limits)
    left_out = {row.says.partition("=")[0] for row in found.read if not row.means}
    assert limits.keys() <= left_out


SPRING = """\
spring:
  datasource:
    url: jdbc:postgresql://${DB_HOST:orders-db}:5432/shop
    hikari:
      maximum-pool-size: ${POOL:25}
      minimum-idle: 5
"""


def test_spring_settings_are_read_with_their_placeholders():
    """The variable of the pods goes before what stands behind the colon; as YAML and as properties."""
    found = made(("app.yaml", deployment()), ("application.yaml", SPRING))
    assert (25, "orders_db") == (pool_of(found), found.file.world.clients["app"].service)
    assert 9 == pool_of(made(("app.yaml", deployment(POOL=9)), ("application.yaml", SPRING)))
    properties = "spring.datasource.hikari.maximum-pool-size=33\n"
    assert 33 == pool_of(made(("app.yaml", deployment()), ("application.properties", properties)))


@pytest.mark.parametrize(
    ("name", "value", "age_s", "jitter", "reopen"),
    [
        ("SPRING_DATASOURCE_HIKARI_MAXLIFETIME", "240000", 240.0, 0.0125, "at_once"),
        ("SQLALCHEMY_POOL_RECYCLE", "1800", 1800.0, 0.0, "as_needed"),
        ("PG_POOL_MAX_LIFETIME_SECONDS", "60", 60.0, 0.0, "as_needed"),
        ("DB_CONN_MAX_LIFETIME", "5m", 300.0, 0.0, "as_needed"),
        ("DB_CONN_MAX_AGE", "90", 90.0, 0.0, "as_needed"),
    ],
)
def test_how_old_connections_become_is_read(name, value, age_s, jitter, reopen):
    """By the unit that the library means, with the jitter that it has of its own."""
    found = of_env(DATABASE_URL="postgres://db/x", DB_POOL_SIZE=20, **{name: value})
    clients = found.file.world.clients["app"]
    assert (age_s, jitter) == (clients.connection_age.age_s, clients.connection_age.jitter_ratio)
    assert reopen == clients.reopen
    assert ("clients.app.connection_age.age", f"{age_s:g}s") == rows(found)[name]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("DB_POOL_MAX_LIFETIME", "1800", "does not say its unit"),
        ("SQLALCHEMY_POOL_RECYCLE", "-1", "is no time"),
        ("SQLALCHEMY_POOL_RECYCLE", "0", "any age"),
        ("HIKARI_MAX_LIFETIME", "9000", "30 s at least"),
        ("REDIS_POOL_MAX_LIFETIME", "5m", "no size of a pool stands beside it"),
    ],
)
def test_an_age_that_is_not_known_is_left_out_and_told(name, value, why):
    """A wrong unit would make connections a thousand times as old."""
    found = of_env(DATABASE_URL="postgres://db/x", DB_POOL_SIZE=20, **{name: value})
    assert found.file.world.clients["app"].connection_age is None
    assert any(why in row.why and not row.means for row in found.read if row.says.startswith(name))


def test_how_old_a_poolers_connections_become_is_read():
    """Those to its database, where sessions do not hold them."""
    app = ("app.yaml", deployment(DATABASE_URL=URL, DB_POOL_SIZE=20))
    aged = made(app, ("pgbouncer.ini", f"{PGBOUNCER}server_lifetime = 1200\n"))
    (call,) = aged.file.world.services["pgbouncer"].calls
    assert 1200.0 == call.connection_age.age_s
    assert ("services.pgbouncer.calls.0.connection_age.age", "1200s") == rows(aged)["server_lifetime"]
    held = PGBOUNCER.replace("transaction", "session")
    told = made(app, ("pgbouncer.ini", f"{held}server_lifetime = 1200\n"))
    assert told.file.world.services["pgbouncer"].calls[0].connection_age is None
    assert any("mode session" in row.why for row in told.read)


def test_a_pooler_stands_before_its_database():
    """Its clients', its server connections, its mode; behind it the database with what it reserves."""
    files = ("app.yaml", deployment(DATABASE_URL=URL, DB_POOL_SIZE=20))
    for order in ((1, 2), (2, 1)):
        beside = {1: ("pgbouncer.ini", PGBOUNCER), 2: ("postgresql.conf", POSTGRES)}
        world = made(files, *(beside[one] for one in order)).file.world
        front, behind = world.services["pgbouncer"], world.services["orders_db_internal"]
        assert front.pooler is not None
        assert (2000, "transaction", 90, 5) == (
            front.connections_count, front.pooler.mode, front.pooler.most_count, front.pooler.reserve_count,
        )  # fmt: skip
        assert (100, 5) == (behind.connections_count, behind.reserved_connections_count)
        assert "orders_db_internal" == front.calls[0].service


def test_the_poolers_pods_are_counted_where_they_are_known():
    """Three pods of the workload that the host is named after open three times as many, on the inside."""
    pods = HEAD.replace("name: shop", "name: pgbouncer").replace("replicas: 40", "replicas: 3")
    app = f"{deployment(DATABASE_URL=URL, DB_POOL_SIZE=20)}---\n{pods}          []\n"
    texts = [(app, "app.yaml"), (PGBOUNCER, "pgbouncer.ini")]
    front = world_from_files(texts, SCALE, workload="shop").file.world.services["pgbouncer"]
    assert (3, "inside") == (front.instances_count, front.network)


def test_a_pooler_says_what_it_does_where_nothing_is_said():
    """PgBouncer's own numbers, told as such."""
    app = deployment(DATABASE_URL=URL, DB_POOL_SIZE=2)
    found = made(("app.yaml", app), ("pgbouncer.ini", "[pgbouncer]\n[databases]\n* =\n"))
    front = found.file.world.services["pgbouncer"]
    assert front.pooler is not None
    assert (100, "session", 20) == (front.connections_count, front.pooler.mode, front.pooler.most_count)
    assert any(row.says == "max_client_conn is 100 where nothing is said" for row in found.read)


@pytest.mark.parametrize(
    ("url", "name", "text", "accepted", "reserved"),
    [
        ("postgres://db/x", "postgresql.conf", POSTGRES, 100, 5),
        ("postgres://db/x", "conf.d/postgresql.conf", "shared_buffers = 1GB\n", 100, 3),
        ("mysql://db/x", "my.cnf", "[client]\nmax_connections=7\n[mysqld]\nmax-connections = 300\n", 300, 0),
        ("mysql://db/x", "my.cnf", "[mysqld]\nport=3306\n", 151, 0),
        ("redis://db:6379/0", "redis.conf", "maxclients 500\nsave 60 1\n", 500, 0),
    ],
)
def test_what_a_server_accepts_is_joined_to_the_pool_that_leads_to_it(url, name, text, accepted, reserved):
    """Its limit, what it reserves, and its vendor's own numbers where nothing is said."""
    size = {f"{url.partition(':')[0].upper()}_POOL_SIZE": 4}
    found = made(("app.yaml", deployment(DATA_URL=url, **size)), (name, text))
    service = found.file.world.services["db"]
    assert (accepted, reserved) == (service.connections_count, service.reserved_connections_count)


def test_what_joins_nothing_is_told():
    """A cache's configuration beside a program without one, another database's pooler, and no setting."""
    other = PGBOUNCER.replace("shop = host", "billing = host")
    elsewhere = "postgres://shop@db.internal:5432/shop"
    found = made(
        ("app.yaml", deployment(DATABASE_URL=elsewhere, DB_POOL_SIZE=20)),
        ("redis.conf", "maxclients 500\n"), ("pgbouncer.ini", other), ("odd.properties", "a=b\n"),
    )  # fmt: skip
    told = {row.source for row in found.read if "joins nothing" in row.why}
    assert {"redis.conf", "pgbouncer.ini", "odd.properties"} == told
    assert {"db_internal"} == set(found.file.world.services)


def test_who_goes_past_the_pooler_is_not_limited_by_it():
    """The string names the database's own host, as the pooler does."""
    app = deployment(DB_HOST="orders-db.prod.svc.cluster.local", DB_NAME="shop", DB_POOL_SIZE=20)
    found = made(("app.yaml", app), ("pgbouncer.ini", PGBOUNCER), ("postgresql.conf", POSTGRES))
    (service,) = found.file.world.services.values()
    assert (None, 100) == (service.pooler, service.connections_count)


def test_of_databases_with_settings_of_their_own_the_hardest_counts():
    """The largest pool (the usual one, where one has none of its own), and the mode that keeps longest."""
    text = """\
[databases]
a = host=db pool_size=4 pool_mode=session max_db_connections=9
b = host=db pool_size=7
c = host=db
[pgbouncer]
pool_mode = transaction
default_pool_size = 20
server_idle_timeout = 60
"""
    env = "DATABASE_URL=postgres://pgbouncer:6432/c\nDB_POOL_SIZE=2\n"
    found = made(("app.env", env), ("pgbouncer.ini", text))
    pooler = next(one.pooler for one in found.file.world.services.values() if one.pooler)
    assert ("session", 20) == (pooler.mode, pooler.most_count)
    told = {row.line for row in found.read if row.why and not row.means and row.source == "pgbouncer.ini"}
    assert {2, 3, 6, 8} == told


def test_kernel_settings_are_told_to_be_of_some_machine():
    """Whose they are they do not say."""
    found = made(("app.yaml", deployment(DB_POOL_SIZE=2)), ("99-sysctl.conf", "net.core.somaxconn = 128\n"))
    assert ("", "") == rows(found)["net.core.somaxconn"]


def test_settings_alone_need_a_change_of_size():
    """With it they are a world."""
    env = ("app.env", "DATABASE_URL=postgres://db/x\nDB_POOL_SIZE=20\n")
    assert (20, 40) == (pool_of(made(env)), made(env).file.world.clients["app"].population_count)
    with pytest.raises(InputError, match="--scale"):
        made(env, options=Options())


def test_configuration_in_mounted_config_maps_is_read():
    """With the line of the manifest at which each number stands."""
    body = "".join(f"    {line}\n" for line in PGBOUNCER.splitlines())
    more = (
        "      volumes: [{name: v, configMap: {name: c}}]\n---\napiVersion: v1\nkind: ConfigMap\n"
        "metadata: {name: c}\ndata:\n  pgbouncer.ini: |\n" + body
    )
    found = of_env(DATABASE_URL=URL, DB_POOL_SIZE=20, more=more)
    row = next(row for row in found.read if row.says == "max_client_conn=2000")
    text = deployment(DATABASE_URL=URL, DB_POOL_SIZE=20, more=more)
    assert "max_client_conn" in text.splitlines()[row.line - 1]


def test_the_configuration_that_the_pooler_mounts_is_read():
    """Of another workload in the same text, to which a Service of the host's name leads."""
    body = "".join(f"    {line}\n" for line in PGBOUNCER.splitlines())
    pooler = HEAD.replace("name: shop", "name: bouncer").replace("replicas: 40", "replicas: 2")
    pooler = pooler.replace("labels: {app: shop}", "labels: {app: bouncer}") + "          []\n"
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: pgbouncer}\nspec: {selector: {app: bouncer}}\n"
    store = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  pgbouncer.ini: |\n{body}"
    app = deployment(DATABASE_URL=URL, DB_POOL_SIZE=20)
    text = f"{app}---\n{pooler}---\n{service}---\n{store}"
    front = world_from_files([(text, "app.yaml")], SCALE, workload="shop").file.world.services["pgbouncer"]
    assert (2, 2000) == (front.instances_count, front.connections_count)


@pytest.mark.parametrize(
    ("name", "text", "way"),
    [
        ("docker-compose.yml", "services:\n  web:\n    image: x\n", "kompose convert -f docker-compose.yml"),
        ("values.yaml", "replicaCount: 3\nimage: {repository: x}\n", "helm template CHART -f values.yaml"),
        ("d.yaml", "apiVersion: v1\nkind: Deployment\nmetadata: {name: {{ .Values.n }}}\n", "helm template"),
        ("kustomization.yaml", "kind: Kustomization\nresources: [a.yaml]\n", "kustomize build"),
        ("kustomization.yaml", "resources:\n- a.yaml\n", "kustomize build"),
    ],
)
def test_what_must_be_rendered_first_says_how(name, text, way):
    """One sentence, with the command."""
    with pytest.raises(InputError) as caught:
        made((name, text))
    assert way in caught.value.faults[0].allowed


def test_templates_of_others_in_rendered_manifests_are_no_charts():
    """Alerts and workflows hold braces too."""
    text = deployment(DB_POOL_SIZE=20, SUMMARY="{{ $labels.job }} {{ template 'x' . }} {{inputs.x}}")
    assert 20 == pool_of(made(("app.yaml", text)))


def test_hostile_settings_take_no_time():
    """Long names, long values, and more numbers than anybody reads."""
    many = "".join(f"a{number}.max: {number}\n" for number in range(5_000))
    long = f"x_URL={'a b ' * 200_000}\n{'A_' * 100_000}POOL_SIZE=3\nDB_POOL_SIZE=4\n"
    found = made(("app.yaml", deployment()), ("many.yaml", many), ("long.properties", long))
    assert 4 == pool_of(found)
    assert len(found.read) <= 1_001


def test_a_world_file_stands_alone():
    """A configuration is read into a world by adopt."""
    with pytest.raises(InputError, match="tidegate adopt"):
        made(("world.yaml", "name: x\nnetworks: {a: {}}\n"), ("pgbouncer.ini", PGBOUNCER))


ENGINE = "engine = create_engine('postgresql+psycopg2://u:hunter2@db/shop', pool_size=10{})\n"


def test_an_engine_of_python_is_the_pool_of_its_own_url():
    """What stands in one call belongs together."""
    found = made(("db.py", ENGINE.format(", max_overflow=20, pool_recycle=1800")))
    assert 30 == pool_of(found)
    assert 1800.0 == found.file.world.clients["app"].connection_age.age_s


@pytest.mark.parametrize("text", [
    ENGINE.format(", max_overflow=-1"),
    ENGINE.format(", max_overflow=5").replace("pool_size=10", "pool_size=0"),
])  # fmt: skip
def test_a_pool_without_a_limit_has_no_size(text):
    """SQLAlchemy: a size of nought, or an overflow below it, is no limit: neither number is the pool's."""
    found = made(("db.py", text))
    assert all(not row.means.endswith(".pool") for row in found.read)
    assert any("is no limit" in row.why for row in found.read)
    assert any("--pool" in note for note in found.notes)
    assert all("hunter2" not in row.says for row in found.read)


@pytest.mark.parametrize(("name", "row"), [
    ("postgresql.conf", "include_dir 'conf.d'"), ("postgresql.conf", "include_if_exists = 'more.conf'"),
    ("my.cnf", "!includedir /etc/mysql/conf.d/"), ("redis.conf", "include /etc/redis/local.conf"),
    ("pgbouncer.ini", "%include /etc/pgbouncer/more.ini"),
])  # fmt: skip
def test_a_file_that_a_configuration_takes_in_is_told(name, row):
    """It may say another limit."""
    text = {"my.cnf": "[mysqld]\n", "pgbouncer.ini": "[databases]\n"}.get(name, "") + f"{row}\n"
    found = made(("app.env", "DATABASE_URL=postgres://db/shop\nDB_POOL_SIZE=10\n"), (name, text))
    assert any("another file" in one.why and one.line == text.count("\n") for one in found.read)


@pytest.mark.parametrize("key", ["ConnectionStrings__Main", "CONNECTION_STRING", "ConnectionStrings:Main"])
def test_connection_strings_of_net_are_found_by_their_section(key):
    """In appsettings.json, and as variables; nobody's password is shown."""
    string = "Server=tcp:db,1433;Database=shop;User Id=sa;Password=hunter2;Max Pool Size=80"
    first, _, second = key.partition(":")
    tree = {first: {second: string}} if second else {first: string}
    found = made(("appsettings.json", json.dumps(tree)))
    assert 80 == pool_of(found)
    assert all("hunter2" not in row.says and "joins nothing" not in row.why for row in found.read)
