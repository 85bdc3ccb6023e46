#!/bin/sh
# Asks before a pipeline scales something: usage ci_check.sh ADDRESS FROM TO
# GATE_URL and GATE_TOKEN are set; GATE_CA where the gate's certificate is not public. Ends with 0 where it may go on,
# 3 where a smaller step is safe, 5 where none is, 4 where nothing can be told or the gate gives no answer.
set -eu
answer=$(curl --silent --show-error --fail --max-time 10 ${GATE_CA:+--cacert "$GATE_CA"} \
  --header "Authorization: Bearer $GATE_TOKEN" --header "Content-Type: application/json" \
  --data "{\"changes\": [{\"address\": \"$1\", \"from\": $2, \"to\": $3}], \"reference\": \"${CI_JOB_ID:-}\"}" \
  "$GATE_URL/check") || exit 4
printf '%s\n' "$answer"
case $answer in
  *'"allow":true'*) exit 0 ;;
  *'"verdict":"slow_down"'*) exit 3 ;;
  *'"verdict":"stop"'*) exit 5 ;;
  *) exit 4 ;;
esac
