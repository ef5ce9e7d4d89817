/** Starts PgBouncer in front of a test server. */
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missing } from './postgres.ts'
import { type LocalCluster, freePort } from './postgres-local.ts'

/** Path of pgbouncer; null if it isn't installed. */
export const pgbouncer =
  ['pgbouncer', '/usr/sbin/pgbouncer'].find((name) => spawnSync(name, ['--version']).status === 0) ??
  missing('pgbouncer', 'not on the PATH')

/** A running PgBouncer. Clients connect as postgres with any password. */
export interface Pooler {
  readonly port: number
  stop(): void
}

/** Starts PgBouncer in `transaction` or `session` mode. */
export async function startPooler(server: LocalCluster, mode: string): Promise<Pooler> {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-pooler-'))
  const port = await freePort()
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]\n* = host=${server.socketFolder} port=${server.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}
unix_socket_dir =\nauth_type = trust\nauth_file = ${join(folder, 'users.txt')}\npool_mode = ${mode}\ndefault_pool_size = 5\n`,
  )
  writeFileSync(join(folder, 'users.txt'), '"postgres" ""\n')
  chmodSync(folder, 0o755)
  // PgBouncer refuses to run as root.
  const account = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn(pgbouncer ?? '', [...account, join(folder, 'pgbouncer.ini')], { stdio: 'ignore' })
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (tries > 100) throw new Error('PgBouncer does not answer')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    port,
    stop: () => {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(socket.destroy() && true))
    socket.once('error', () => resolve(false))
  })
}
