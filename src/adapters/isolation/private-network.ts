/**
 * Closes the way: a network of the command's own (a Linux network namespace) in which nothing answers but the bridge
 * to the scratch server, with the sockets of this machine covered and chosen files read-only (a mount namespace).
 * Knows `unshare` and `mount`; whether this machine permits them is tried, never assumed.
 */
import { writeScratch } from '../scratch/folder.ts'
import { execFile } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findUnixSockets } from './unix-sockets.ts'

/** What is closed besides the network. */
export interface Closing {
  /** A folder of the guard's own, known to the watchdog. */
  readonly folder: string
  /** Folders of production's Unix sockets. */
  readonly socketFolders: readonly string[]
  /** Names that lead to the scratch server instead: production's hosts. */
  readonly hosts: readonly string[]
  /** Files that the command must not change, absolute. Missing ones are skipped. */
  readonly readOnly: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A way to start programs that reach nothing. */
export interface PrivateNetwork {
  readonly kind: 'closed'
  /** Words in front of a program that put it inside. It starts with all rights that the namespace gives. */
  readonly enter: readonly string[]
  /** Words in front of a program inside that give it this user's own id back and take those rights away. */
  readonly drop: readonly string[]
}

/** Or why not: `unshare: unshare failed: Operation not permitted`. */
export type Isolation = PrivateNetwork | { readonly kind: 'open'; readonly reason: string }

/**
 * Run inside, before the program: the loopback interface comes up, sockets are covered by a plain file (whoever
 * connects is refused), files become read-only. A step that fails ends it with a status of its own. The interface is
 * set up by whatever the machine has; the numbers in the last way are AF_INET, SOCK_DGRAM, SIOCSIFFLAGS and
 * IFF_UP | IFF_RUNNING.
 */
const setup = `
folder=$1; shift
PATH="$PATH:/usr/sbin:/sbin"
up() {
  ip link set lo up || ifconfig lo up || busybox ip link set lo up || busybox ifconfig lo up ||
    perl -e 'socket(S, 2, 2, 0) or die; ioctl(S, 0x8914, my $r = pack("a16 s x22", "lo", 0x41)) or die'
}
up 2>/dev/null || exit 91
while IFS= read -r path; do
  [ -S "$path" ] || continue
  mount --bind "$folder/closed" "$path" 2>/dev/null
  [ -S "$path" ] && exit 92
done < "$folder/sockets"
while IFS= read -r path; do
  [ -e "$path" ] || continue
  mount --bind "$path" "$path" || exit 93
  mount -o remount,bind,ro "$path" 2>/dev/null ||
    mount -o remount,bind,ro,nosuid,nodev "$path" 2>/dev/null ||
    mount -o remount,bind,ro,nosuid,nodev,noexec "$path" || exit 93
done < "$folder/read-only"
if [ -e /etc/hosts ]; then mount --bind "$folder/hosts" /etc/hosts || exit 94; fi
exec "$@"
`

const reasons: Readonly<Record<number, string>> = {
  91: 'the loopback interface of a new network namespace does not come up (no ip, ifconfig, busybox or perl)',
  92: 'a Unix socket on which a server may listen can not be covered',
  93: 'a file can not be made read-only',
  94: '/etc/hosts can not be replaced',
}

/** Tries what this machine permits. The files that it needs are written into the folder. */
export async function closeNetwork(closing: Closing): Promise<Isolation> {
  if (process.platform !== 'linux') {
    return { kind: 'open', reason: 'network namespaces exist on Linux only' }
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
      'the rights to undo it can not be taken away from the command (setpriv of util-linux 2.31 does that)'
  }
  return { kind: 'open', reason }
}

/** In a namespace of its own it is this user again, and has no rights in the one around it. */
function ownUser(): readonly string[] {
  const ids = [process.getuid?.() ?? 0, process.getgid?.() ?? 0]
  return ['unshare', '-U', `--map-user=${ids[0]}`, `--map-group=${ids[1]}`, '--']
}

/** Root with what touches files of others and nothing else: no namespaces, no mounts, no processes with more rights. */
const fewRights = [
  'setpriv',
  '--bounding-set=-all,+chown,+dac_override,+fowner,+fsetid,+setgid,+setuid',
  '--inh-caps=-all',
  '--',
]

/** Fails where the program may still mount, and so uncover what was covered, or enter the network of others. */
const harmless = `mount --bind "$1/closed" "$1/hosts" 2>/dev/null && exit 95
[ ! -e /proc/1/ns/net ] || ! nsenter --net=/proc/1/ns/net true 2>/dev/null || exit 96
exit 0`

function writeFiles({ folder, socketFolders, hosts, readOnly }: Closing): void {
  const write = (name: string, lines: readonly string[]): void => {
    writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(''))
    chmodSync(join(folder, name), 0o644)
  }
  // A path with a line break would be read as two; nobody makes one, and it is not covered by half.
  const plain = (paths: readonly string[]): readonly string[] => paths.filter((path) => !path.includes('\n'))
  write('closed', [])
  write(
    'sockets',
    plain(findUnixSockets(socketFolders)).filter((path) => !path.startsWith(`${folder}/`)),
  )
  write('read-only', plain(readOnly))
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
