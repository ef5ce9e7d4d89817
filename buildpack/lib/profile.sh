# Sourced by every dyno: adds the guard to the end of the PATH.
export PATH="$PATH:$HOME/.alembic-guard/bin"
