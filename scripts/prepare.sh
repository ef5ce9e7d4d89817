# Sourced by the other scripts, from the top folder: installs the packages when the lock file changed, and builds
# when a source changed. Quick when there is nothing to do.

node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || {
  echo "alembic-guard needs Node 20.19 or newer; this is $(node --version)" >&2
  exit 1
}

mkdir -p .cache
stamp=.cache/installed
wanted="$(node --version) $(git hash-object package-lock.json)"
if [ ! -d node_modules ] || [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  echo 'Installing packages ...'
  # Where no binary of better-sqlite3 can be fetched it is compiled: with the headers that came with Node, if they
  # did, because they would be fetched otherwise.
  node_home=$(node -p 'path.dirname(path.dirname(fs.realpathSync(process.execPath)))')
  if [ -f "$node_home/include/node/node.h" ]; then export npm_config_nodedir="$node_home"; fi
  npm ci --no-audit --no-fund --loglevel=error >.cache/install.log 2>&1 || {
    cat .cache/install.log >&2
    echo 'npm ci failed; its output is above' >&2
    exit 1
  }
  # It is optional to users, so npm says nothing when it can't be built; the demo and the tests need it.
  node -e 'new (require("better-sqlite3"))(":memory:")' 2>>.cache/install.log || {
    cat .cache/install.log >&2
    echo 'better-sqlite3 is missing: it needs its binary from the network, or python3, make and a C++ compiler' >&2
    exit 1
  }
  printf '%s' "$wanted" >"$stamp"
fi

if [ ! -f dist/cli.js ] || [ -n "$(find src scripts package.json tsconfig.json -newer dist/cli.js -type f -print | head -n 1)" ]; then
  echo 'Building ...'
  node scripts/build.mjs
fi
