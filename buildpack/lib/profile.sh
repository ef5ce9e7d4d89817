# Sourced by every dyno: puts the guard last on the PATH, and does nothing else.
export PATH="$PATH:$HOME/.alembic-guard/bin"
