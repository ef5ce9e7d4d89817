/** Passwords in arguments, variables and configuration must never be printed or written to a file. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { expect } from 'vitest'
import { cli, folderWith, threeMigrations } from '../support/guard.ts'
import { attacksOn } from './attack.ts'

const attack = attacksOn('passwords')

/** No recognizable part of these passwords may be printed. */
const passwords = [
  'secretZq7',
  'secretZq7/zq8',
  'secretZq7@zq8',
  "secretZq7'zq8",
  'secretZq7%40zq8',
  'secretZq7?zq8',
  'secretZq7:zq8#9',
]

const urls = (password: string): readonly string[] => [
  `postgresql://user:${password}@127.0.0.1:1/app`,
  `postgresql+psycopg2://user:${password}@127.0.0.1:1/app`,
  `mysql://user:${password}@127.0.0.1:1/app`,
]

/** Command lines to try. `$` is replaced with the URL. */
const lines: readonly (readonly string[])[] = [
  ['$'],
  ['check', '$'],
  ['run', '$', '--', 'true'],
  ['chekc', '$'],
  ['check', '--nonsense', '$'],
  ['check', '--nonsense=$'],
  ['check', '--$'],
  ['check', '-$'],
  ['check', '--format', '$'],
  ['check', '--format=$', '--log-level', 'debug'],
  ['check', '--log-level', '$'],
  ['check', '--color', '$'],
  ['check', '--timeout', '$'],
  ['check', '--ignore', '$'],
  ['check', '--report', '$'],
  ['check', '--report', 'json=$'],
  ['check', '--config', '$'],
  ['check', '--script-location', '$'],
  ['check', '--database-url-env', '$'],
  ['check', '--databases', '$'],
  ['check', '--target', '$', '--log-level', 'debug'],
  ['check', '--version-table', '$'],
  ['check', '--help', '$'],
  ['--help', '$'],
  ['--version', '$'],
  ['check', '--format', 'json', '--timeout', '$'],
  ['check', '--format', 'json', '--config', '$'],
  ['check', '--format', 'sarif', '--target', '$'],
  ['check', '--format', 'github', '--target', '$'],
  ['explain', '$'],
  ['explain', '--format', 'json', '$'],
  ['restore', '$'],
  ['placeholder', '$'],
  ['placeholder', '--after', '$'],
  ['restamp', '--from', '$', '--to', '$'],
  ['graph', '--around', '$'],
  ['graph', '--since', '$'],
  ['lint', '$'],
  ['lint', '--since', '$'],
  ['lint', '--rule', '$'],
  ['report', 'merge', '$'],
  ['report', '$'],
  ['init', '--platform', '$'],
  ['manifest', '$'],
  ['recover', '$'],
  ['rehearse', '--scratch-url', '$', '--', 'true'],
  ['rehearse', '--scratch-server', '$', '--', 'true'],
  ['check', 'host=h user=u password=$password'],
  ['check', '--format', 'password=$password'],
  ['check', '--target', 'host=h password=$password'],
  ['check', '--', '$'],
]

function expectSilent(text: string, password: string, what: string): void {
  const forms = new Set([password, decodeURIComponent(password), ...password.split(/[^A-Za-z0-9]/)])
  for (const form of forms) if (form.length > 2) expect(text, what).not.toContain(form)
}

/** Returns the command's output and every file that it wrote. */
function everything(folder: string, args: readonly string[], env: Readonly<Record<string, string>>): string {
  const { stdout, stderr, signal } = spawnSync(process.execPath, [cli, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env },
    encoding: 'utf8',
    timeout: 30_000,
  })
  expect(signal, args.join(' ')).toBeNull()
  const written = readdirSync(folder).filter((name) => name.startsWith('out.'))
  return stdout + stderr + written.map((name) => readFileSync(join(folder, name), 'utf8')).join('')
}

attack(
  'on the command line',
  ({ another }) => {
    const folder = folderWith(threeMigrations)
    let first = true
    for (const [index, line] of lines.entries()) {
      // Use the plain password and two special passwords, which vary from line to line.
      for (const password of [
        'secretZq7',
        passwords[1 + (index % 6)] ?? '',
        passwords[1 + ((index + 2) % 6)] ?? '',
      ]) {
        const url = urls(password)[index % 3] ?? ''
        if (!first) another()
        first = false
        const args = line.map((word) => word.replace('$password', password).replace('$', url))
        expectSilent(everything(folder, args, {}), password, args.join(' '))
      }
    }
  },
  600_000,
)

attack(
  'in the environment and the configuration, at log level debug',
  ({ another }) => {
    let first = true
    for (const password of passwords) {
      for (const [at, url] of urls(password).entries()) {
        const toml = `[tool.alembic-guard]\ntimeout = ${JSON.stringify(url)}\nnonsense = ${JSON.stringify(url)}\n`
        const ini = `[alembic]\nscript_location = migrations\nsqlalchemy.url = ${url.replaceAll('%', '%%')}\n`
        const reports = [
          '--report',
          'json=out.json',
          '--report',
          'html=out.html',
          '--report',
          'junit=out.xml',
        ]
        const cases: readonly (readonly [
          Readonly<Record<string, string>>,
          Readonly<Record<string, string>>,
        ])[] = [
          [{}, { DATABASE_URL: url }],
          [{ 'alembic.ini': ini }, {}],
          [{ 'pyproject.toml': toml }, { DATABASE_URL: url }],
          [{}, { DATABASE_URL: url, ALEMBIC_GUARD_TIMEOUT: url }],
        ]
        const [files, env] = cases[at % cases.length] ?? [{}, {}]
        for (const [more, variables] of [[files, env] as const, cases[3] ?? ([{}, {}] as const)]) {
          if (!first) another()
          first = false
          const folder = folderWith({ ...threeMigrations, ...more })
          const args = ['check', '--log-level', 'debug', '--timeout', '3', ...reports]
          const given =
            'ALEMBIC_GUARD_TIMEOUT' in variables ? args.filter((word) => !/^(--timeout|3)$/.test(word)) : args
          expectSilent(everything(folder, given, variables), password, JSON.stringify(variables))
        }
      }
    }
  },
  600_000,
)
