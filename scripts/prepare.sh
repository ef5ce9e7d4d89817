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
  npm ci --no-audit --no-fund --loglevel=error >.cache/install.log 2>&1 || {
    cat .cache/install.log >&2
    echo 'npm ci failed; its output is above' >&2
    exit 1
  }
  printf '%s' "$wanted" >"$stamp"
fi

if [ ! -f dist/cli.js ] || [ -n "$(find src scripts package.json tsconfig.json -newer dist/cli.js -type f -print | head -n 1)" ]; then
  echo 'Building ...'
  node scripts/build.mjs
fi
