/** Tests valid and invalid command lines. */
import { expect, test } from 'vitest'
import { parseArguments } from '../../../../src/commands/arguments/parse-arguments.ts'
import { UsageMistake } from '../../../../src/commands/arguments/usage-mistake.ts'
import { commands } from '../../../../src/commands/index.ts'

const surroundings = { name: 'alembic-guard', version: '1.2.3', columns: 80 }

async function mistake(line: string): Promise<string> {
  try {
    await parseArguments(line.split(' '), surroundings)
  } catch (error) {
    if (error instanceof UsageMistake) return `${error.message} | ${error.help}`
    throw error
  }
  return 'no mistake'
}

async function answer(words: readonly string[], columns = 80): Promise<string> {
  const parsed = await parseArguments(words, { ...surroundings, columns })
  return parsed.kind === 'done' ? parsed.text : `run ${parsed.command.name}`
}

test.each([
  // Suggestions for typos.
  ['chek', 'did you mean check? | alembic-guard --help'],
  ['explian AG201', 'did you mean explain?'],
  ['check --databse-url x', 'did you mean --database-url? | alembic-guard check --help'],
  ['graph --frmat svg', 'did you mean --format?'],
  ['lint --pendng', 'did you mean --pending?'],
  ['check --stric=true', 'did you mean --strict?'],
  // Common synonyms.
  ['check --url x', 'did you mean --database-url?'],
  ['check --dsn x', 'did you mean --database-url?'],
  ['check --json', 'did you mean --format json?'],
  ['check -C x', 'did you mean -c?'],
  ['history', 'did you mean graph?'],
  ['stamp', 'did you mean restamp?'],
  ['help chek', 'Unknown command: chek; did you mean check?'],
  // Another command's option isn't a typo.
  ['graph --strict', "graph doesn't accept it (commands that do: check, run, preflight, rehearse)"],
  // The upgrade command must follow "run --".
  ['alembic upgrade head', 'did you mean alembic-guard run -- alembic upgrade head?'],
  ['run alembic upgrade head', 'after "--": alembic-guard run -- alembic upgrade head'],
  ['check foo', 'check accepts only options'],
  ['check postgres://a:secret-word@h/d', 'pass a database URL with --database-url'],
  ['completion tcsh', 'completion requires a shell name: bash, zsh, fish'],
])('%s', async (line, text) => {
  const said = await mistake(line)
  expect(said).toContain(text)
  expect(said).not.toContain('secret-word')
})

test.each([['-x'], ['zebra'], ['check --xylophone 1']])('%s has no suggestion', async (line) => {
  expect(await mistake(line)).not.toContain('did you mean')
})

test('help COMMAND equals COMMAND --help, for every command', async () => {
  for (const { name } of commands) expect(await answer(['help', name])).toBe(await answer([name, '--help']))
  expect(await answer(['help'])).toBe(await answer(['--help']))
})

test('help fits the terminal', async () => {
  const widest = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length))
  const [narrow, wide, wider] = [
    await answer(['check', '--help'], 60),
    await answer(['check', '--help'], 100),
    await answer(['check', '--help'], 300),
  ]
  expect(widest(wide)).toBeLessThanOrEqual(100)
  expect(wider).toBe(wide)
  expect(narrow.split('\n').length).toBeGreaterThan(wide.split('\n').length)
})

test('completion: commands, the options of the current one, the choices of an option', async () => {
  const next = async (...words: string[]): Promise<readonly string[]> =>
    (await answer(['--get-yargs-completions', 'alembic-guard', ...words])).split('\n').filter(Boolean)
  expect(await next('')).toEqual(expect.arrayContaining(['check', 'preflight', 'completion', 'help']))
  expect(await next('restamp', '--')).toEqual(expect.arrayContaining(['--from', '--to', '--yes']))
  expect(await next('restamp', '--')).not.toContain('--pending')
  expect(await next('check', '--format', '')).toEqual(expect.arrayContaining(['human', 'sarif']))
  expect(await next('graph', '--format', '')).toEqual(expect.arrayContaining(['svg', 'mermaid']))
  expect(await next('run', '--', 'alemb')).toEqual([])
  expect((await next('check', '--')).filter((word) => /^--\w$/.test(word))).toEqual([])
})
