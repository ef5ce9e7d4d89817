/**
 * Isolates a command in a Linux network namespace, where only the bridge to the scratch server is reachable. A mount
 * namespace hides Unix sockets and protects files.
 */
import { writeScratch } from '../scratch/folder.ts'
import { execFile } from 'node:child_process'
import { chmodSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findUnixSockets } from './unix-sockets.ts'

/** What to isolate besides the network. */
export interface Closing {
  /** The guard's own folder. The watchdog cleans it up. */
  readonly folder: string
  /** Folders that contain Unix sockets of the production server. */
  readonly socketFolders: readonly string[]
  /** Host names of the production server. Inside the namespace, they resolve to the scratch server. */
  readonly hosts: readonly string[]
  /** Absolute paths of files to protect from changes. Missing files are skipped. */
  readonly readOnly: readonly string[]
  /** Absolute paths of folders in which changes are discarded or, failing that, prevented. */
  readonly discarded: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Command prefixes that run a program in isolation. */
export interface PrivateNetwork {
  readonly kind: 'closed'
  /** Starts a program inside the namespace, where it has full privileges. */
  readonly enter: readonly string[]
  /** Inside the namespace, switches back to this user and drops the namespace's privileges. */
  readonly drop: readonly string[]
}

/** The isolation, or the reason why it isn't available. */
export type Isolation = PrivateNetwork | { readonly kind: 'open'; readonly reason: string }

/**
 * Sets up the namespace before the program runs. Mounts a plain file over each socket, so that connections are
 * refused. Each kind of failure has its own exit status. In the Perl command, the numbers are AF_INET, SOCK_DGRAM,
 * SIOCSIFFLAGS and IFF_UP | IFF_RUNNING.
 */
const setup = `
folder=$1; shift
PATH="$PATH:/usr/sbin:/sbin"
up() {
  ip link set lo up || ifconfig lo up || busybox ip link set lo up || busybox ifconfig lo up ||
    perl -e 'socket(S, 2, 2, 0) or die; ioctl(S, 0x8914, my $r = pack("a16 s x22", "lo", 0x41)) or die'
}
readOnly() {
  mount --bind "$1" "$1" && {
    mount -o remount,bind,ro "$1" 2>/dev/null ||
      mount -o remount,bind,ro,nosuid,nodev "$1" 2>/dev/null ||
      mount -o remount,bind,ro,nosuid,nodev,noexec "$1"
  }
}
up 2>/dev/null || exit 91
while IFS= read -r path; do
  [ -d "$path" ] || continue
  (
    layer="$folder/layer"
    mkdir -p "$layer" && mount -t tmpfs tmpfs "$layer" && mkdir "$layer/upper" "$layer/work" &&
      { chown --reference="$path" "$layer/upper"; chmod --reference="$path" "$layer/upper"; true; } &&
      mount -t overlay overlay -o "lowerdir=$path,upperdir=$layer/upper,workdir=$layer/work" "$path"
  ) 2>/dev/null || readOnly "$path" || exit 97
done < "$folder/discarded"
while IFS= read -r path; do
  # A server that is just starting may replace its socket after the mount.
  for attempt in 1 2 3; do
    [ -S "$path" ] || break
    mount --bind "$folder/closed" "$path" 2>/dev/null
  done
  [ -S "$path" ] && exit 92
done < "$folder/sockets"
while IFS= read -r path; do
  [ ! -e "$path" ] || readOnly "$path" || exit 93
done < "$folder/read-only"
if [ -e /etc/hosts ]; then mount --bind "$folder/hosts" /etc/hosts || exit 94; fi
exec "$@"
`

const reasons: Readonly<Record<number, string>> = {
  91: "can't enable the loopback interface in a new network namespace (no ip, ifconfig, busybox or perl)",
  92: "can't hide a Unix socket that may belong to a server",
  93: "can't make a file read-only",
  94: "can't replace /etc/hosts",
  97: "can't protect the project's files from changes",
}

/** Prepares the folder and checks which kind of isolation works here. */
export async function closeNetwork(closing: Closing): Promise<Isolation> {
  if (process.platform !== 'linux') {
    return { kind: 'open', reason: 'network namespaces exist only on Linux' }
  }
  const { folder, env } = closing
  writeScratch(() => writeFiles(closing))
  const root = process.getuid?.() === 0
  const ways = [...(root ? [['-n', '-m']] : []), ['-r', '-n', '-m']]
  let reason = ''
  for (const flags of ways) {
    const enter = ['unshare', ...flags, '--', 'sh', '-c', setup, 'sh', folder]
    const tried = await run([...enter, 'true'], env)
    if (tried.status !== 0) {
      reason = reasons[tried.status] ?? (tried.words || 'unshare failed')
      continue
    }
    for (const drop of flags.includes('-r') ? [ownUser(), fewRights] : [fewRights]) {
      const kept = await run([...enter, ...drop, 'sh', '-c', harmless, 'sh', folder], env)
      if (kept.status === 0) return { kind: 'closed', enter, drop }
    }
    reason =
      "can't drop the privileges that could undo the isolation (needs setpriv from util-linux 2.31 or later)"
  }
  return { kind: 'open', reason }
}

/** Enters a nested user namespace, where the command has this user's id but no privileges outside the namespace. */
function ownUser(): readonly string[] {
  const ids = [process.getuid?.() ?? 0, process.getgid?.() ?? 0]
  return ['unshare', '-U', `--map-user=${ids[0]}`, `--map-group=${ids[1]}`, '--']
}

/**
 * Lets root access other users' files and switch users, but not create namespaces, mount file systems or gain
 * privileges.
 */
const fewRights = [
  'setpriv',
  '--bounding-set=-all,+chown,+dac_override,+fowner,+fsetid,+setgid,+setuid',
  '--inh-caps=-all',
  '--',
]

/**
 * Fails if the program can still enter another network namespace or mount file systems, which could expose hidden
 * sockets.
 */
const harmless = `mount --bind "$1/closed" "$1/hosts" 2>/dev/null && exit 95
[ ! -e /proc/1/ns/net ] || ! nsenter --net=/proc/1/ns/net true 2>/dev/null || exit 96
exit 0`

function writeFiles({ folder, socketFolders, hosts, readOnly, discarded }: Closing): void {
  const write = (name: string, lines: readonly string[]): void => {
    writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(''))
    chmodSync(join(folder, name), 0o644)
  }
  // The setup script reads one path per line.
  const plain = (paths: readonly string[]): readonly string[] => paths.filter((path) => !path.includes('\n'))
  write('closed', [])
  write(
    'sockets',
    plain(findUnixSockets(socketFolders)).filter((path) => !path.startsWith(`${folder}/`)),
  )
  write('read-only', plain(readOnly))
  // Leave out folders that contain the guard's own folder, because the command needs the sockets and scratch files
  // there.
  write(
    'discarded',
    plain(discarded.map((path) => realpathSync(path))).filter(
      (path) => !`${folder}/`.startsWith(`${path}/`) && path !== '/',
    ),
  )
  const names = hosts.filter((host) => /^[\w.-]+$/.test(host) && !/^[\d.]+$/.test(host))
  write('hosts', ['127.0.0.1 localhost', '::1 localhost', ...names.map((host) => `127.0.0.1 ${host}`)])
}

async function run(
  [program = '', ...words]: readonly string[],
  env: Closing['env'],
): Promise<{ readonly status: number; readonly words: string }> {
  return new Promise((resolve) => {
    execFile(
      program,
      words,
      { cwd: '/', env: { PATH: env['PATH'], LC_ALL: 'C' }, timeout: 20_000 },
      (error, _out, err) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 127
        resolve({ status, words: err.trim().split('\n').at(-1)?.slice(0, 200) ?? '' })
      },
    )
  })
}
