/** Runs the built command and returns its JSON report. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { measureMemory } from './peak-memory.mjs'

const run = promisify(execFile)
const guard = join(import.meta.dirname, '../../dist/cli.js')

/** Runs one of the guard's commands. `report` is null if the output isn't JSON. */
export async function askGuard(folder, words, variables = {}) {
  const { PATH, HOME } = process.env
  const options = { cwd: folder, env: { PATH, HOME, ...variables }, maxBuffer: 2 ** 30, timeout: 120_000 }
  const running = run(process.execPath, [guard, ...words], options)
  const peaks = measureMemory(running.child.pid)
  const [exitCode, text] = await running.then(
    ({ stdout }) => [0, stdout],
    ({ code, stdout, stderr }) => [code, stdout || stderr],
  )
  const memory = peaks()
  try {
    return { exitCode, text, memory, report: JSON.parse(text) }
  } catch {
    return { exitCode, text, memory, report: null }
  }
}

/** Returns the options that select a history's migrations and its env.py. */
export function projectOptions(history, script) {
  return ['--script-location', script, ...history.folders.flatMap((folder) => ['--version-location', folder])]
}

/** Runs `check` on a database, with the target `heads`. */
export function check(history, script, url) {
  const words = ['check', ...projectOptions(history, script), '--target', 'heads', '--timeout', '60']
  return askGuard(history.start, [...words, '--format', 'json'], { DATABASE_URL: url })
}
