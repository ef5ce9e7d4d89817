# Sourced by steps that need Docker: starts a temporary engine and builds an image of this machine's PostgreSQL.
# $step is the step's name.

# Reports a missing requirement. The step is skipped and doesn't fail.
not_proven() {
  printf '\n*** NOT PROVEN: %s (%s) ***\n\n' "$step" "$1"
  exit 0
}

[ "$(id -u)" -eq 0 ] || not_proven 'a Docker engine needs root'
command -v apt-get >/dev/null || not_proven 'the engine comes from Debian packages, and there is no apt-get'
binaries=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$binaries" ] || not_proven 'no PostgreSQL on this machine to make an image from'

work=$(mktemp -d)
bridge_was_there=$(ip link show docker0 >/dev/null 2>&1 && echo yes || echo no)

stop_engine() {
  if [ -f "$work/docker.pid" ]; then
    local engine
    engine=$(cat "$work/docker.pid")
    kill "$engine" 2>/dev/null || true
    for _ in $(seq 150); do
      kill -0 "$engine" 2>/dev/null || break
      sleep 0.2
    done
    kill -9 "$engine" 2>/dev/null || true
    [ "$bridge_was_there" = yes ] || ip link delete docker0 2>/dev/null || true
  fi
  # Unmount the engine's folders, deepest first, before removing them.
  awk -v below="$work/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do
    umount --lazy "$mount" || true
  done
  rm -rf "$work"
}
trap stop_engine EXIT

# Starts a Docker engine; sets PATH and DOCKER_HOST.
start_engine() {
  echo '-- a Docker engine'
  local packages library
  packages=(docker.io containerd runc tini busybox-static libdevmapper1.02.1 libseccomp2)
  download() {
    cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}"
  }
  # The package lists may be missing or older than the archive.
  (download 2>/dev/null) || (apt-get -qq update && download) || not_proven 'the engine could not be downloaded'
  for package in "$work"/*.deb; do dpkg -x "$package" "$work"; done
  rm "$work"/*.deb
  library=$(dirname "$(find "$work" -name 'libseccomp.so.2' | head -n 1)")
  export PATH="$work/usr/sbin:$work/usr/bin:$PATH" DOCKER_HOST="unix://$work/docker.sock"

  # Without iptables, the engine doesn't change the firewall. Its proxy serves the mapped ports.
  LD_LIBRARY_PATH="$library" dockerd --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/docker.pid" \
    --host "$DOCKER_HOST" --iptables=false --ip6tables=false >"$work/dockerd.log" 2>&1 &
  started=$!
  for _ in $(seq 150); do
    docker info >/dev/null 2>&1 && break
    kill -0 "$started" 2>/dev/null || break
    sleep 0.2
  done
  if ! docker info >/dev/null 2>&1; then
    tail -n 5 "$work/dockerd.log"
    not_proven 'the Docker engine does not start here'
  fi
  docker info --format 'Docker {{.ServerVersion}}, {{.Driver}}'
}

# Builds the image and sets $image.
make_postgres_image() {
  echo '-- an image of PostgreSQL'
  local root="$work/root" major part parts file
  mkdir -p "$root"/{bin,etc,proc,dev,sys,tmp,run/postgresql,var/lib/postgresql}
  ln -s /run "$root/var/run"
  cp "$work/bin/busybox" "$root/bin/"
  for command in sh cat ls chmod grep awk nc; do ln -s busybox "$root/bin/$command"; done
  echo 'postgres:x:999:999::/var/lib/postgresql:/bin/sh' >"$root/etc/passwd"
  echo 'postgres:x:999:' >"$root/etc/group"
  chown 999:999 "$root/run/postgresql" "$root/var/lib/postgresql"
  chmod 1777 "$root/tmp"
  # Keep the paths, because the binaries look for their files there.
  major=$(basename "$(dirname "$binaries")")
  parts=("$binaries" "$(dirname "$binaries")/lib" "/usr/share/postgresql/$major" /usr/share/zoneinfo)
  for part in "${parts[@]}"; do
    [ ! -e "$part" ] || tar -C / -c "${part#/}" | tar -C "$root" -x
  done
  # Only these commands' libraries are needed, not the extensions'.
  ldd "$binaries"/{postgres,initdb,pg_isready,psql} | grep -oE '/[^ :]+\.so[^ :]*' | sort -u |
    while read -r file; do cp -L --parents "$file" "$root"; done
  # Like the official image, creates the cluster on the first start. POSTGRES_HOST_AUTH_METHOD or POSTGRES_PASSWORD
  # sets the access, and arguments are server settings.
  cat >"$root/entry" <<END
#!/bin/sh
set -e
export PGDATA=/var/lib/postgresql/data PATH=$binaries:/bin
echo "\$POSTGRES_PASSWORD" >/tmp/password
initdb --no-sync --locale=C --encoding=UTF8 --auth=trust --username=postgres \${POSTGRES_PASSWORD:+--pwfile=/tmp/password}
method=\${POSTGRES_PASSWORD:+scram-sha-256}
echo "host all all all \${POSTGRES_HOST_AUTH_METHOD:-\${method:-reject}}" >>"\$PGDATA/pg_hba.conf"
case "\$1" in -*) set -- postgres "\$@" ;; esac
echo "listen_addresses = '*'" >>"\$PGDATA/postgresql.conf"
exec "\$@"
END
  chmod 755 "$root/entry"
  image="local/postgres:$major"
  tar -C "$root" -c . | docker import --change 'USER postgres' --change 'ENTRYPOINT ["/entry"]' \
    --change "ENV PATH=$binaries:/bin" --change 'CMD ["postgres"]' --change 'EXPOSE 5432' - "$image" >/dev/null
  docker image ls --format '{{.Repository}}:{{.Tag}}, {{.Size}}' "$image"
}
