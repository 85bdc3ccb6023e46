"""The chart of Helm that makes the same objects: its files, made of the same trees and the same values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tidegate import __version__
from tidegate.gate.installation.blueprint import Set, When
from tidegate.gate.installation.chart_text import template
from tidegate.gate.installation.chart_values import OLDEST_MINOR, SAYABLE
from tidegate.gate.installation.installed_objects import GATE, OPERATOR, TRUST, WEBHOOKS, trees
from tidegate.gate.installation.object_names import CERTIFICATE, CLUSTER_WIDE
from tidegate.gate.installation.object_text import lines

_MADE = '{{- include "tidegate.made" $ }}\n'
_HELPERS = """{{- /*
The certificate, made once and kept at each upgrade: what is in the cluster is taken again. A tool that only
renders finds nothing there and would make another each time; let cert-manager make it then.
*/}}
{{- define "tidegate.made" }}
{{- if and (eq .Values.certificates "self-made") (not (hasKey .Values "made")) }}
{{- $host := printf "gate.%s.svc" .Release.Namespace }}
{{- $hosts := list $host (printf "%s.cluster.local" $host) (printf "gate.%s" .Release.Namespace) "gate" }}
{{- $found := (lookup "v1" "Secret" .Release.Namespace "SECRET").data | default dict }}
{{- if not (and (hasKey $found "ca.crt") (hasKey $found "tls.crt") (hasKey $found "tls.key")) }}
{{- $ca := genCA "gate-authority" (int .Values.certificateDays) }}
{{- $pair := genSignedCert $host nil $hosts (int .Values.certificateDays) $ca }}
{{- $found = dict "tls.crt" (b64enc $pair.Cert) "tls.key" (b64enc $pair.Key) "ca.crt" (b64enc $ca.Cert) }}
{{- end }}
{{- $made := dict "certificate" (index $found "tls.crt") "key" (index $found "tls.key") }}
{{- $made = set $made "authority" (index $found "ca.crt") }}
{{- $made = set $made "authorities" (index $found "ca.crt") }}
{{- $_ := set .Values "made" $made }}
{{- end }}
{{- end }}
""".replace("SECRET", CERTIFICATE)


def chart_files() -> Mapping[str, str]:
    """Return the chart's files, by name."""
    found = trees()
    watched = [When(Set("prometheusOperator"), one) for one in found[OPERATOR]]
    return {
        "Chart.yaml": _chart(),
        "values.yaml": _values(),
        "values.schema.json": _schema(),
        "templates/_made.tpl": _HELPERS,
        "templates/certificate.yaml": _MADE + template(found[TRUST]),
        "templates/gate.yaml": template(found[GATE]),
        "templates/webhooks.yaml": _MADE + template(found[WEBHOOKS]),
        "templates/prometheus.yaml": template(watched),
    }


def _chart() -> str:
    said = {
        "apiVersion": "v2",
        "name": CLUSTER_WIDE,
        "description": "Tidegate's gate: asked by the cluster before anything scales.",
        "type": "application",
        "version": __version__,
        "appVersion": __version__,
        "kubeVersion": f">=1.{OLDEST_MINOR}.0-0",
    }
    return "".join(f"{line}\n" for line in lines(said))


def _values() -> str:
    rows = ["# What may be said, and what holds if nothing is: the same as in `tidegate gate manifests`."]
    for name, one in SAYABLE.items():
        rows += ["", f"# {one.says}", *lines({name: one.default})]
    return "".join(f"{row}\n" for row in rows)


def _schema() -> str:
    alone: Mapping[str, Any] = {
        "if": {"properties": {"storage": {"properties": {"size": {"minLength": 1}}}}},
        "then": {"properties": {"replicas": {"maximum": 1}}},
    }
    properties = {name: {"description": one.says, **one.schema} for name, one in SAYABLE.items()}
    said = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": False,
        "required": sorted(SAYABLE),
        "properties": {**properties, "global": {"type": "object"}},
        **alone,
    }
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"
