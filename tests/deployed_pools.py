"""Pools and servers as people configure them: the text, its values, what is left out, and what is broken."""

from __future__ import annotations

POOL = "services.web.calls.0.pool."
AGE = "services.web.calls.0.connection_age.age"
HIKARI = """\
server:
  port: 8080
spring:
  datasource:
    url: jdbc:postgresql://orders/shop
    hikari:
      maximum-pool-size: 30
      minimumIdle: 0
      connection-timeout: 5000  # ms
      max-lifetime: 177000
      leak-detection-threshold: 30000
"""
SQLALCHEMY = """\
import os
from sqlalchemy import create_engine

engine = create_engine(
    os.environ["URL"], pool_size=5, max_overflow=10,
    pool_timeout=3.5,
    pool_recycle=1800,
    echo=True,
)
"""
NODE = """\
const { Pool } = require("pg");
const pool = new Pool({
  max: 30, // per process
  idleTimeoutMillis: 30_000,
  connectionTimeoutMillis: Number(process.env.WAIT),
  "maxLifetimeSeconds": 60,
});
"""
SSHD = """\
Include /etc/ssh/sshd_config.d/*.conf
#MaxStartups 10:30:100
maxstartups 10:30:60
MaxStartups 100
LoginGraceTime=1m30s  # as hardened
PerSourceMaxStartups 5
Match User git
  LoginGraceTime 5
"""
NATS = """\
port: 4222
max_connections: 64K; ping_interval: "20s"
authorization {
  users: [ {user: a, password: $A}, {user: b, timeout: 9} ]
  timeout = 2.5 // seconds
}
cluster { authorization { timeout: 7 } }
include "tls.conf"
"""
READ = {
    "hikaricp": (
        HIKARI,
        {f"{POOL}most": 30, f"{POOL}least": 0, f"{POOL}opened": "lazy", f"{POOL}wait": 5.0, AGE: 177.0},
        {11: "no key"},
    ),
    "sqlalchemy": (
        SQLALCHEMY,
        {f"{POOL}most": 15, f"{POOL}least": 5, f"{POOL}opened": "lazy", f"{POOL}wait": 3.5, AGE: 1800.0},
        {},
    ),
    "node-postgres": (
        NODE,
        {f"{POOL}most": 30, f"{POOL}opened": "lazy", f"{POOL}idle_timeout": 30.0, AGE: 60.0},
        {5: "no number"},
    ),
    "sshd": (
        SSHD,
        {
            "services.bastion.login.most": 60,
            "services.bastion.login.drop_from": 10,
            "services.bastion.login.drop": 0.3,
            "services.bastion.login.timeout": 90.0,
        },
        {1: "another file", 4: "the first line", 6: "for each source"},
    ),
    "nats": (
        NATS,
        {
            "services.bus.connections": 64_000,
            "services.bus.connections_when_full": "refuse",
            "services.bus.login.timeout": 2.5,
        },
        {2: "no key", 7: "limits other servers", 8: "another file"},
    ),
}
BROKEN = {
    "hikaricp": (
        "maximumPoolSize=0\nminimumIdle = few\nconnectionTimeout: 5s\n",
        {1: "less than 1", 2: "no whole number", 3: "no whole number"},
    ),
    "sqlalchemy": (
        "create_engine(URL, pool_size=2.5,\n  max_overflow=1.5)\n",
        {1: "no whole number", 2: "no whole number"},
    ),
    "node-postgres": ("new Pool({\n  max: 0,\n})\n", {2: "less than 1"}),
    "sshd": (
        "MaxStartups 100:30:10\nLoginGraceTime soon\n",
        {1: "no MaxStartups", 2: "no time"},
    ),
    "nats": (
        "max_connections: many\nauthorization {\n  timeout: soon\n}\n}\n",
        {1: "no number of connections", 3: "no time-out", 5: "closes no block"},
    ),
}
WORDS = {
    "hikaricp": [
        "maximumPoolSize", "maximum-pool-size", "minimumIdle", "connectionTimeout", "idleTimeout", "=", ":",
        "maxLifetime", "30000", "5", "0", "-1", "x", "\n", "  ", "spring:", "datasource:", "hikari:",
        "spring.datasource.hikari.", "#", "# services.api.calls.0.pool.most", "- ",
        "{", "}", "&a", "*a", "!x",
    ],
    "sqlalchemy": [
        "create_engine(", "URL", ",", ")", "pool_size", "=", "5", "0", "-1", "max_overflow", "1e999", "x",
        " ", "pool_timeout", "pool_recycle", "None", "\n", "POOL", "{", "}", '"pool_size"', ":", "**",
        "# clients.workers.pool",
    ],
    "node-postgres": [
        "new Pool(", "{", "}", ")", "max", ":", "5", "0", ",", "min", "connectionTimeoutMillis", "1_000", "x",
        "idleTimeoutMillis", "maxLifetimeSeconds", "\n", "//", '"', "process.env.X",
        "// services.api.calls.0.pool.most",
    ],
    "sshd": [
        "MaxStartups", "LoginGraceTime", " ", "\n", "10:30:60", "0", "5", "1h", "x", "=", "#", "Match",
        "Include", "# services.api.login.most",
    ],
    "nats": [
        "max_connections", "authorization", "{", "}", "[", "]", "timeout", ":", "=", "5", "0", "64K", "$X",
        "2s", "\n", ";", ",", "#", "//", '"', "x", "# services.api.login.timeout", "include",
    ],
}  # fmt: skip
"""What texts of a target are made of, to be put together at random."""
