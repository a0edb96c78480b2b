#!/bin/bash
# Sends a one-time code by the HTTP door: ./send_code.sh 13800138000
# It needs curl 7.84 or newer, the address in SMS_API_URL, and AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, with
# temporary credentials, AWS_SESSION_TOKEN.
set -euo pipefail

number=$1
code=$(printf %06d $(($(od -An -N4 -tu4 /dev/urandom) % 1000000)))
key=sign-in-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n') # a new code is a new key; keep it with the code
expires_at=$(date -u -d '+5 minutes' +%FT%TZ)
body="{\"phone_numbers\": [\"$number\"], \"template_code\": \"SMS_154950909\", \"template_param\": {\"code\": \"$code\"},
  \"idempotency_key\": \"$key\", \"expires_at\": \"$expires_at\", \"urgent\": true}"
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# Makes one try, signed anew; prints the status, 000 where no answer came, and the seconds to wait before another.
# Key and body come in files that are none, so that the list of processes does not show them.
post() {
  : >"$answer"
  curl --silent --show-error --max-time "${TIMEOUT:-35}" --aws-sigv4 "aws:amz:$AWS_REGION:execute-api" --output "$answer" \
    --config <(printf 'user = "%s:%s"\nheader = "x-amz-security-token: %s"\n' \
      "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "${AWS_SESSION_TOKEN:-}") \
    --header "content-type: application/json" --data @<(printf %s "$body") \
    --write-out '%{http_code} %header{retry-after}' "$SMS_API_URL/v1/messages" || echo " lost"
}

lost=
for pause in 1 3 ''; do # seconds after each try, where the door names no time
  said=$(post)
  read -r status wait <<<"$said"
  if [[ $said == *lost* ]]; then
    status=000 wait=
    : >"$answer"
  fi
  if [[ $status == 20[02] ]] || grep -q '"result": *{' "$answer"; then
    lost= # the stack's own answer; others are API Gateway's
  elif [[ $status == 000 || $status == 5* ]]; then
    lost=yes
  fi
  [[ $status =~ ^(000|409|429|500|503|504)$ && -n $pause ]] && ((${wait:-0} <= 30)) || break
  sleep "${wait:-$pause}"
done

case $status in
  200) outcome=accepted ;;
  202 | 409) outcome=pending ;;
  429 | 503) outcome=later ;;
  502) outcome=operator ;;
  *) outcome=refused ;;
esac
[[ -z $lost ]] || outcome=unknown
reason=$(grep -o '"code": *"[^"]*"' "$answer" | tail -1 | cut -d '"' -f 4 || true)
masked="****"
((${#number} <= 10)) || masked="${number:0:3}****${number: -4}"
echo "$masked: $outcome (${status/000/no answer}) $reason"
[[ $outcome == accepted || $outcome == pending ]]
