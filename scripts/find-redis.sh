#!/bin/sh
# Prints the path of a server we can run: Redis or Valkey, 6.2 or later. Exit 1 when there is none.
# Debian's redis-tools brings no redis-server, but redis-check-rdb is the same binary: it is the server when it is
# called by that name (whoever starts it sees to that).
for name in redis-server valkey-server redis-check-rdb valkey-check-rdb; do
  path=$(command -v "$name") || continue
  # "Redis server v=7.0.15 sha=…" or "redis-check-rdb 7.0.15"
  version=$("$path" --version 2>/dev/null | sed -n 's/^[^0-9]*\([0-9][0-9]*\)\.\([0-9][0-9]*\).*/\1 \2/p' | head -n 1)
  major=${version% *} minor=${version#* }
  if [ "${major:-0}" -gt 6 ] || { [ "${major:-0}" -eq 6 ] && [ "${minor:-0}" -ge 2 ]; }; then
    printf '%s\n' "$path"
    exit 0
  fi
done
exit 1
