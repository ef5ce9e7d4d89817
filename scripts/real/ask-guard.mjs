/** Asks the built command about one history: its JSON report, as anybody gets it. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const guard = join(import.meta.dirname, '../../dist/cli.js')

/** Runs a command of the guard in `folder`; `{ exitCode, report, text }`, where `report` is null for what is no JSON. */
export async function askGuard(folder, words) {
  const { PATH, HOME } = process.env
  const options = { cwd: folder, env: { PATH, HOME }, maxBuffer: 2 ** 30, timeout: 120_000 }
  const [exitCode, text] = await run(process.execPath, [guard, ...words], options).then(
    ({ stdout }) => [0, stdout],
    ({ code, stdout, stderr }) => [code, stdout || stderr],
  )
  try {
    return { exitCode, text, report: JSON.parse(text) }
  } catch {
    return { exitCode, text, report: null }
  }
}

/** The options that lead the guard to a history, with an env.py of its own or a neutral one. */
export function projectOptions(history, script) {
  return ['--script-location', script, ...history.folders.flatMap((folder) => ['--version-location', folder])]
}

/** `check` of a database, the whole history being the target. */
export function check(history, script, url) {
  return askGuard(history.start, [
    'check',
    ...projectOptions(history, script),
    '--database-url',
    url,
    '--target',
    'heads',
    '--timeout',
    '60',
    '--format',
    'json',
  ])
}
