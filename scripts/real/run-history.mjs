/** Runs a history's migrations with the real Alembic, without privileges or network access. */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const script = join(import.meta.dirname, 'run-history.py')
const secondsPerAnswer = 120

/**
 * Returns the Python executables that have Alembic and psycopg2 installed. Searches `ALEMBIC_PYTHON`
 * (separated as in PATH) or the defaults.
 */
export function findPythons() {
  const given = (process.env.ALEMBIC_PYTHON ?? '').split(':').filter((path) => path !== '')
  const candidates = given.length > 0 ? given : ['python3', '/usr/bin/python3']
  const probe = ['-c', 'import alembic.command, sqlalchemy, psycopg2']
  const able = candidates.filter((python) => spawnSync(python, probe).status === 0)
  return given.length > 0 ? able : able.slice(0, 1)
}

/**
 * Returns a command prefix that removes network access and privileges; null if the system doesn't support it.
 */
export function sandbox() {
  const nobody = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'nobody')
  const words =
    process.getuid() === 0
      ? ['unshare', '--net', 'setpriv', `--reuid=${nobody[2]}`, `--regid=${nobody[3]}`, '--clear-groups']
      : ['unshare', '--user', '--net']
  return spawnSync(words[0], [...words.slice(1), 'true']).status === 0 ? words : null
}

/**
 * Starts real Alembic on a history. `hello` describes the files as Alembic sees them. `upgrade` returns null
 * if the process exits or times out.
 */
export async function startHistory(python, wrapper, history, neutral) {
  const words = [...wrapper, python, script, history.checkout, history.start, neutral, ...history.folders]
  const { PATH } = process.env
  const env = { PATH, HOME: '/nonexistent', LANG: 'C.UTF-8' }
  const child = spawn(words[0], words.slice(1), { env, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] })
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), secondsPerAnswer * 1000)
    const line = await lines.next()
    clearTimeout(timer)
    return line.done ? null : JSON.parse(line.value)
  }
  return {
    hello: await answer(),
    async upgrade(url, target) {
      child.stdin.write(`${JSON.stringify({ url, target })}\n`)
      return answer()
    },
    close: () => child.stdin.end(),
  }
}
