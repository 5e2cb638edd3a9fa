#!/bin/sh
# Types, lint and format, architecture, openapi.yaml. Runs all and says at the end which failed.
cd "$(dirname "$0")/.." || exit 1
PATH="$PWD/node_modules/.bin:$PATH"

failed=''
check() {
  name=$1
  shift
  if output=$("$@" </dev/null 2>&1); then
    printf '%s: ok\n' "$name"
  else
    printf '%s: failed\n%s\n' "$name" "$output"
    failed="$failed $name"
  fi
}

check types tsc -p .
check lint biome check --colors=off .
check architecture node test/architecture.test.ts
# Nothing leaves the machine: neither what was run nor a question about newer versions.
check openapi env REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true redocly lint --lint-config=error openapi.yaml

if [ -n "$failed" ]; then
  printf 'check failed:%s\n' "$failed" >&2
  exit 1
fi
