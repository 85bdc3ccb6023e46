"""A limit of nginx belongs to its location, server and upstream: taken over where it holds for all."""

from __future__ import annotations

import pytest

import protected_world as sample
from tidegate.protect.adopted import Subjects
from tidegate.protect.targets import vendors

AT = "crossings.edge.admission."
ZONE = "  limit_conn_zone $server_name zone=all:1m;\n"
APP = "  upstream app { zone app 64k; server 10.0.0.1 max_conns=20; }\n"
TO_APP = "proxy_pass http://app;"


def http(*lines):
    """Return an http block of lines."""
    return "http {\n" + ZONE + "".join(f"  {line}\n" for line in lines) + "}\n"


TAKEN = {
    "the only server": http(f"server {{ listen 80; limit_conn all 900; {TO_APP} }}"),
    "a dry run that ends": http(
        "limit_conn_dry_run on;",
        f"server {{ listen 80; limit_conn_dry_run off; limit_conn all 900; {TO_APP} }}",
    ),
    "for all servers": http("limit_conn all 900;", f"server {{ listen 80; {TO_APP} }}"),
    "beside Lua": http(
        f"server {{ listen 80; limit_conn all 900; {TO_APP}",
        'location /x { content_by_lua_block { local a = "}" -- { none\n ngx.say([[ { ]]) if a then end } }',
        "}",
    ),
}
TOLD = {
    "a dry run": (
        http("limit_conn_dry_run on;", f"server {{ listen 80; limit_conn all 9; {TO_APP} }}"),
        "only tried out",
    ),
    "a location": (
        http(f"server {{ listen 80; location /big/ {{ limit_conn all 9; {TO_APP} }} }}"),
        "/big/ only",
    ),
    "one of two servers": (
        http(f"server {{ listen 80; limit_conn all 9; {TO_APP} }}", f"server {{ listen 81; {TO_APP} }}"),
        "the server at 80 only, one of 2",
    ),
    "each server by itself": (
        http("limit_conn all 9;", f"server {{ listen 80; {TO_APP} }}", f"server {{ listen 81; {TO_APP} }}"),
        "counts each $server_name by itself",
    ),
    "a location with its own": (
        http(
            "server { listen 80; limit_conn all 9; location /a { limit_conn all 2; }",
            f"location / {{ {TO_APP} }} }}",
        ),
        "does not hold for /a",
    ),
    "a zone of another file": (
        f"server {{ listen 80; location / {{ limit_conn x 9; {TO_APP} }} }}",
        "nginx -T",
    ),
    "an include": (http("include /etc/nginx/conf.d/*.conf;"), "nginx -T"),
    "its own trying again": (
        http(f"server {{ listen 80; proxy_next_upstream_tries 3; {TO_APP} }}"),
        "trying again",
    ),
    "a time-out": (http(f"server {{ listen 80; proxy_connect_timeout 1s; {TO_APP} }}"), "reach an instance"),
    "an upstream that nobody uses": (
        http(
            "upstream old { zone o 1m; server a max_conns=1; }",
            "upstream app { server b; }",
            f"server {{ {TO_APP} }}",
        ),
        "no server hands connections to upstream old",
    ),
    "one upstream of two": (
        http(
            "upstream a1 { zone o 1m; server a max_conns=1; }",
            "upstream a2 { server b; }",
            "server { location /1 { proxy_pass http://a1; } location /2 { proxy_pass http://a2; } }",
        ),
        "upstream a1 only, one of 2",
    ),
    "a server that stands by": (
        http("upstream app { zone o 1m; server a max_conns=1 backup; server b; }", f"server {{ {TO_APP} }}"),
        "while the others do",
    ),
}


def read(text):
    return vendors.named("nginx").read(text, "deployed", Subjects(world=sample.world().world))


def test_what_nginx_prints_of_all_its_files_is_one_text():
    """An include whose files follow is no file that was not read; what nginx says besides is passed over."""
    told = "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n"
    include = "# configuration file /etc/nginx/nginx.conf:\n" + http("include sites/*.conf;")
    site = f"server {{ listen 80; limit_conn all 9; {TO_APP} }}\n"
    adopted = read(f"{told}{include}# configuration file /etc/nginx/sites/a.conf:\n{site}")
    assert 9 == adopted.overlay()[AT + "concurrent"]
    assert () == adopted.ignored


@pytest.mark.parametrize("name", TAKEN)
def test_a_limit_on_all_is_taken_over(name):
    """However it is written that it holds for all connections."""
    assert {AT + "concurrent": 900, AT + "on_excess": "reset"} == read(TAKEN[name]).overlay()


@pytest.mark.parametrize("name", TOLD)
def test_a_limit_on_a_part_is_told(name):
    """It becomes no value of the world, and its line is listed with the reason."""
    text, why = TOLD[name]
    adopted = read(text)
    assert {} == adopted.overlay()
    assert any(why in one.why for one in adopted.ignored), adopted.ignored


def test_an_instance_of_the_upstream_in_use_limits_the_service():
    """The upstream that the only server hands connections to is the service."""
    text = http(APP.strip(), f"server {{ listen 80; {TO_APP} }}")
    assert 20 == read(text).overlay()["services.api.connections"] // 2
