# Sourced by other scripts: installs packages if the lock file has changed, and builds if a source has changed.

node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || {
  echo "alembic-guard needs Node 20.19 or later; this is $(node --version)" >&2
  exit 1
}

mkdir -p .cache
stamp=.cache/installed
wanted="$(node --version) $(git hash-object package-lock.json)"
if [ ! -d node_modules ] || [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  echo 'Installing packages ...'
  # In case better-sqlite3 must be compiled, use this Node's headers instead of a download.
  node_home=$(node -p 'path.dirname(path.dirname(fs.realpathSync(process.execPath)))')
  if [ -f "$node_home/include/node/node.h" ]; then export npm_config_nodedir="$node_home"; fi
  npm ci --no-audit --no-fund --loglevel=error >.cache/install.log 2>&1 || {
    cat .cache/install.log >&2
    echo 'npm ci failed; its output is above' >&2
    exit 1
  }
  # npm ignores a failed build of this optional package, but the demo and the tests need it.
  node -e 'new (require("better-sqlite3"))(":memory:")' 2>>.cache/install.log || {
    cat .cache/install.log >&2
    echo 'better-sqlite3 is missing: download its binary, or install python3, make and a C++ compiler' >&2
    exit 1
  }
  printf '%s' "$wanted" >"$stamp"
fi

if [ ! -f dist/cli.js ] || [ -n "$(find src scripts package.json tsconfig.json -newer dist/cli.js -type f -print | head -n 1)" ]; then
  echo 'Building ...'
  node scripts/build.mjs
fi
