#!/bin/sh
# Collects what a Bottlerocket node tells its control container, in which commands of Systems Manager run: the host's
# processes, sockets and containers are out of its sight, and the admin container is normally off.
#
# Nothing in this file comes from an event. The variables below are set in front of it, each quoted by the task:
#   PUT_<KIND>    a URL that takes one object, once, and lets nobody read
#   SECONDS_MOST  what all of it may take
set -u
umask 077
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# All of it ends before the agent would kill it, which would leave the folder behind.
end=$(($(date +%s) + SECONDS_MOST))

# Of so many seconds those that are left; fails where none are.
within() {
  left=$((end - $(date +%s)))
  [ "$left" -gt 0 ] || return 1
  if [ "$left" -lt "$1" ]; then echo "$left"; else echo "$1"; fi
}

# In base64, with nothing but what every host has: openssl is no part of a minimal image.
md5_of() {
  for byte in $(md5sum <"$1" | cut -c 1-32 | sed 's/../& /g'); do
    # shellcheck disable=SC2059
    printf "\\$(printf %03o "0x$byte")"
  done | base64
}

keep() {
  kind=$1
  url=$2
  file="$work/$kind"
  [ -s "$file" ] || printf 'nothing found\n' >"$file"
  digest=$(md5_of "$file")
  if seconds=$(within 60) && curl --silent --fail --max-time "$seconds" --request PUT --header "Content-MD5: $digest" --header 'If-None-Match: *' \
    --upload-file "$file" "$url" >/dev/null; then
    printf 'kept %s %s\n' "$kind" "$(sha256sum "$file" | cut -d ' ' -f 1)"
  else
    printf 'lost %s\n' "$kind"
  fi
}

bounded() {
  seconds=$(within 20) && timeout "$seconds" "$@" 2>&1
}

{
  bounded apiclient get os
  bounded apiclient get settings
} >"$work/settings"
keep settings "$PUT_SETTINGS"

{
  bounded uname -a
  bounded cat /proc/modules
} >"$work/kernel"
keep kernel "$PUT_KERNEL"
