/**
 * The Heroku plugin must offer the guard's commands and options. .ci/heroku-plugin tests it in the real CLI.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commands } from '../../src/commands/index.ts'
import { herokuCommands } from '../../src/heroku.ts'

test('every command is in the list, with all its options and no duplicate letters', async () => {
  const plugin = await herokuCommands()
  expect(plugin.map(({ verb }) => verb).sort()).toEqual([
    'check',
    'explain',
    'graph',
    'placeholder',
    'preflight',
    'restamp',
  ])
  for (const { verb, flags } of plugin) {
    const own = await commands.find(({ name }) => name === verb)?.load()
    expect(flags.map(({ name }) => name)).toEqual(own?.options)
    const letters = flags.flatMap(({ char }) => char ?? [])
    expect(new Set(letters).size, verb).toBe(letters.length)
    // The CLI reserves `-h`.
    expect(letters).not.toContain('h')
  }
})

test('the package tells the CLI where its commands are', () => {
  const { oclif, files } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as {
    oclif: { commands: { target: string } }
    files: string[]
  }
  expect(oclif.commands.target).toBe('./heroku-plugin/index.mjs')
  expect(files).toContain('heroku-plugin')
})
