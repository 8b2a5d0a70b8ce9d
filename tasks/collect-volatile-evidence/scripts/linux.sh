#!/bin/sh
# Collects what a node loses when it stops, on Amazon Linux 2, Amazon Linux 2023 and Ubuntu.
#
# Nothing in this file comes from an event. The variables below are set in front of it, each quoted by the task:
#   PUT_<KIND>    a URL that takes one object, once, and lets nobody read: no credential comes onto the host
#   SECONDS_MOST  what all of it may take
#   SUSPECT_PIDS  process ids, separated by spaces
#   SUSPECT_PODS  <namespace>_<pod>, separated by spaces
# It changes nothing on the host but a folder of its own, which it removes. What it prints is what was kept, with its SHA-256.
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
  # Object Lock asks for the digest; If-None-Match makes the URL good for one object only.
  if seconds=$(within 60) && curl --silent --fail --max-time "$seconds" --request PUT --header "Content-MD5: $digest" --header 'If-None-Match: *' \
    --upload-file "$file" "$url" >/dev/null; then
    printf 'kept %s %s\n' "$kind" "$(sha256sum "$file" | cut -d ' ' -f 1)"
  else
    printf 'lost %s\n' "$kind"
  fi
}

# Each is bounded: a host that hangs must not hold up the isolation that waits for it.
bounded() {
  seconds=$(within 20) && timeout "$seconds" "$@" 2>&1
}

{
  bounded date -u +%FT%TZ
  # The cgroup names the container, and its end is what matters; ps would cut it off.
  bounded ps -ww -eo pid,ppid,user:32,lstart,etime,stat,cgroup:256,args --sort=pid
} >"$work/processes"
keep processes "$PUT_PROCESSES"

{ bounded ss -tunapeo || bounded netstat -tunap; } >"$work/sockets"
keep sockets "$PUT_SOCKETS"

{
  bounded ip -s address
  bounded ip route show table all
  bounded ip neighbour
  bounded iptables-save
} >"$work/network"
keep network "$PUT_NETWORK"

{
  bounded uname -a
  bounded cat /proc/modules
  bounded cat /proc/mounts
  bounded dmesg
} >"$work/kernel"
keep kernel "$PUT_KERNEL"

{
  bounded systemctl list-units --all --no-pager --plain
  bounded systemctl list-timers --all --no-pager
} >"$work/services"
keep services "$PUT_SERVICES"

{
  bounded w
  bounded last -F -n 200
  bounded cat /etc/passwd
  for file in /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys /etc/crontab /etc/cron.d/* /var/spool/cron/*; do
    [ -f "$file" ] && printf '== %s\n' "$file" && bounded head -c 1000000 "$file"
  done
} >"$work/logins"
keep logins "$PUT_LOGINS"

{
  if command -v crictl >/dev/null; then
    bounded crictl pods -o json
    bounded crictl ps -a -o json
    bounded crictl images -o json
  else
    bounded ctr -n k8s.io containers ls
    bounded ctr -n k8s.io tasks ls
  fi
} >"$work/containers"
keep containers "$PUT_CONTAINERS"

bounded journalctl -u kubelet -u containerd --since '-6 hours' --no-pager -o short-iso |
  tail -c 20000000 >"$work/kubelet"
keep kubelet "$PUT_KUBELET"

for pod in $SUSPECT_PODS; do
  for log in /var/log/pods/"$pod"_*/*/*.log; do
    [ -f "$log" ] && printf '== %s\n' "$log" && bounded tail -c 2000000 "$log"
  done
done >"$work/suspect-logs"
keep suspect-logs "$PUT_SUSPECT_LOGS"

for pid in $SUSPECT_PIDS; do
  [ -d "/proc/$pid" ] || continue
  printf '== %s\n' "$pid"
  bounded readlink "/proc/$pid/exe"
  bounded sha256sum "/proc/$pid/exe"
  bounded tr '\0' ' ' <"/proc/$pid/cmdline"
  printf '\n'
  bounded tr '\0' '\n' <"/proc/$pid/environ"
  bounded cat "/proc/$pid/status" "/proc/$pid/maps" "/proc/$pid/cgroup" "/proc/$pid/net/tcp" "/proc/$pid/net/tcp6"
  bounded ls -l "/proc/$pid/fd"
done >"$work/suspect-processes"
keep suspect-processes "$PUT_SUSPECT_PROCESSES"
