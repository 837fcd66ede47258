#!/usr/bin/env bash
# One event through a running AlertFunctions: healthy, recorded, raised, and the mail in maildev's inbox.
# Usage: infra/smoke.sh URL [MAILDEV_URL]; EVENTS_KEY and MANAGE_KEY where the host asks for keys.
set -euo pipefail

url=${1:?the address of AlertFunctions}
inbox=${2:-}
alert="Smoke test $(date +%s)"

# Asks until the answer holds the text, for two minutes: a cold start takes its time.
until_holds() {
  local text=$1 answer=""
  shift
  for _ in $(seq 60); do
    answer=$(curl --silent --show-error --max-time 10 "$@" 2>&1 || true)
    if [[ "$answer" == *"$text"* ]]; then
      return 0
    fi
    sleep 2
  done
  printf 'smoke: "%s" did not come; the last answer was: %s\n' "$text" "$answer" >&2
  return 1
}

until_holds '"storage":"healthy"' "$url/api/health"

answer=$(curl --silent --show-error --fail-with-body --max-time 30 "$url/api/events" \
  --header "x-functions-key: ${EVENTS_KEY:-}" --header "Content-Type: application/json" \
  --data "{\"computer\": \"smoke\", \"alert\": \"$alert\", \"message\": \"from infra/smoke.sh\"}")
if [[ "$answer" != *"\"recorded\":1"* || "$answer" != *"$alert"* ]]; then
  printf 'smoke: the event was not recorded and raised: %s\n' "$answer" >&2
  exit 1
fi

until_holds "$alert" --get "$url/api/alerts" --header "x-functions-key: ${MANAGE_KEY:-}" --data-urlencode "alert=$alert"

if [[ -n "$inbox" ]]; then
  until_holds "$alert" "$inbox/email"
fi

echo "smoke: $url is healthy, records, raises${inbox:+ and mails}."
