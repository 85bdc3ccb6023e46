{{- /*
The certificate, made once and kept at each upgrade: what is in the cluster is taken again. A tool that only
renders finds nothing there and would make another each time; let cert-manager make it then.
*/}}
{{- define "tidegate.made" }}
{{- if and (eq .Values.certificates "self-made") (not (hasKey .Values "made")) }}
{{- $host := printf "gate.%s.svc" .Release.Namespace }}
{{- $hosts := list $host (printf "%s.cluster.local" $host) (printf "gate.%s" .Release.Namespace) "gate" }}
{{- $found := (lookup "v1" "Secret" .Release.Namespace "gate-certificate").data | default dict }}
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
