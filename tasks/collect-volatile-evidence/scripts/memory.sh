#!/bin/sh
# Takes the memory of a node with AVML, on Amazon Linux 2, Amazon Linux 2023 and Ubuntu, and uploads it in parts.
#
# Nothing in this file comes from an event. The variables below are set in front of it, each quoted by the task:
#   STEP            take, upload or remove
#   FOLDER          a folder that is made for the image, read by root alone, and removed in the end
#   GET_BINARY      take: a URL by which the organisation's AVML can be read, and nothing else
#   BINARY_SHA256   take: what AVML must be before it is run
#   MOST_PARTS, LEAST_PART_MIB, MOST_PART_MIB
#                   take: into what the image is divided
#   PART_MIB        upload: what a part takes
#   PARTS           upload: a line for each part, its number, its SHA-256 in base64 and a URL that takes these very bytes
# It prints one line for each part, or one word that says why there is none.
set -u
umask 077

case $STEP in
remove)
  rm -rf -- "$FOLDER"
  exit 0
  ;;
upload)
  printf '%s\n' "$PARTS" | while read -r number checksum url; do
    # One part at a time lies there twice: a pipe would have no length, which S3 asks for.
    dd if="$FOLDER/image" of="$FOLDER/part" bs=1048576 skip=$(((number - 1) * PART_MIB)) count="$PART_MIB" 2>/dev/null
    if curl --silent --fail --retry 2 --request PUT --header "x-amz-checksum-sha256: $checksum" \
      --upload-file "$FOLDER/part" "$url" >/dev/null; then
      printf 'kept %s\n' "$number"
    else
      printf 'lost %s\n' "$number"
    fi
  done
  rm -f -- "$FOLDER/part"
  exit 0
  ;;
esac

refuse() {
  printf 'failed %s\n' "$1"
  exit 1
}

# Read, not run: the file belongs to whoever rules the host.
case $(sed -n 's/^ID="\{0,1\}\([a-z]*\)"\{0,1\}$/\1/p' /etc/os-release) in
amzn | ubuntu) ;;
*) refuse system ;;
esac

mkdir -- "$FOLDER" || refuse folder
complete=no
trap '[ "$complete" = yes ] || rm -rf -- "$FOLDER"' EXIT

# What cannot be compressed takes a little more than it was.
total=$(awk '/^MemTotal:/ { print int($2 / 1024 * 1.1) + 1 }' /proc/meminfo)
part=$((total / MOST_PARTS + 1))
[ "$part" -ge "$LEAST_PART_MIB" ] || part=$LEAST_PART_MIB
[ "$part" -le "$MOST_PART_MIB" ] || refuse size
room=$(df -Pm "$FOLDER" | awk 'NR == 2 { print $4 }')
[ "$room" -gt $((total + part)) ] || refuse room

curl --silent --fail --max-time 120 --max-filesize 104857600 --output "$FOLDER/avml" "$GET_BINARY" || refuse download
printf '%s  %s\n' "$BINARY_SHA256" "$FOLDER/avml" | sha256sum -c >/dev/null 2>&1 || refuse hash
chmod 700 "$FOLDER/avml"
# Since 0.19 AVML has a command for it; before, it took the image's name alone.
if "$FOLDER/avml" --help 2>/dev/null | grep -q '^ *acquire '; then
  said=$("$FOLDER/avml" acquire --compress "$FOLDER/image" 2>&1)
else
  said=$("$FOLDER/avml" --compress "$FOLDER/image" 2>&1)
fi || case $said in
*'locked down'*) refuse lockdown ;;
*) refuse avml ;;
esac
rm -f -- "$FOLDER/avml"

size=$(stat -c %s "$FOLDER/image") || refuse avml
bytes=$((part * 1048576))
printf 'taken %s\n' "$part"
number=0
while [ $((number * bytes)) -lt "$size" ]; do
  left=$((size - number * bytes))
  [ "$left" -le "$bytes" ] || left=$bytes
  digest=$(dd if="$FOLDER/image" bs=1048576 skip=$((number * part)) count="$part" 2>/dev/null | sha256sum | cut -d ' ' -f 1)
  number=$((number + 1))
  printf 'part %s %s %s\n' "$number" "$left" "$digest"
done
complete=yes
