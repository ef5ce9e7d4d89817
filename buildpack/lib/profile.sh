# Sourced by every dyno; only appends the guard to the PATH.
export PATH="$PATH:$HOME/.alembic-guard/bin"
