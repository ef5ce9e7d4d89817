/** Runs every command that the rules print for their examples, in projects with different layouts. */
import { afterAll, describe, expect, test } from 'vitest'
import { commandForms } from '../../src/commands/forms/command-forms.ts'
import { readCall } from '../../src/commands/shell/call-options.ts'
import type { OptionInputs } from '../../src/commands/shell/option-values.ts'
import { type CommandForms, typedRemedy } from '../../src/core/findings/command-forms.ts'
import type { Rule } from '../../src/core/diagnosis/rule.ts'
import type { Remedy } from '../../src/core/findings/finding.ts'
import { remedyCommand } from '../../src/report/text/layout.ts'
import { fallbackRule, rules } from '../../src/rules/index.ts'
import { quietContext } from '../support/context.ts'
import { diagnosisOf } from '../support/example.ts'
import { findJudges } from '../support/judges.ts'
import { incidents } from './data/index.ts'
import type { Incident, Step } from './incident.ts'
import { misspelt } from './play.ts'
import { type World, Worlds } from './world.ts'

const judges = await findJudges('printed-commands')
const worlds = new Worlds(judges, 'sqlite')
afterAll(() => worlds.clear())

/** A project layout, with guard options and environment variables. */
interface Layout {
  readonly name: string
  readonly flask?: true
  readonly steps: readonly Step[]
  readonly given: OptionInputs
  readonly place: { readonly config: string; readonly section: string; readonly scriptLocation: string }
  readonly shell: string
}

const layouts: readonly Layout[] = [
  {
    name: 'plain Alembic',
    steps: [],
    given: {},
    place: { config: 'alembic.ini', section: 'alembic', scriptLocation: 'migrations' },
    shell: '',
  },
  {
    name: 'Flask-Migrate in a folder of another name, uv',
    flask: true,
    steps: [{ git: ['mv', 'migrations', 'db'] }, { commit: { './uv.lock': '' } }],
    given: { directory: 'db' },
    place: { config: 'db/alembic.ini', section: 'alembic', scriptLocation: 'db' },
    shell: '',
  },
  {
    name: 'another file, section and variable, Poetry',
    steps: [
      {
        commit: {
          'etc/the shop.ini': '[shop]\nscript_location = migrations\n',
          './poetry.lock': '',
        },
      },
    ],
    given: {
      config: ['etc/the shop.ini'],
      name: 'shop',
      'database-url-env': 'SHOP_URL',
      'version-table': 'alembic_version',
    },
    place: { config: 'etc/the shop.ini', section: 'shop', scriptLocation: 'migrations' },
    shell: 'export SHOP_URL="$DATABASE_URL"; unset DATABASE_URL; ',
  },
]

const all: readonly Rule[] = [fallbackRule, ...rules]

/** Returns the remedies for a rule's example. */
async function remediesOf(rule: Rule): Promise<readonly Remedy[]> {
  const { findings } = await diagnosisOf(rule.examples.bad)
  return findings.flatMap(({ code, remedies }) => (code === rule.code ? remedies : []))
}

const printing = (
  await Promise.all(all.map(async (rule) => ({ rule, remedies: await remediesOf(rule) })))
).filter(({ remedies }) => remedies.some(({ argv }) => argv !== null))

/** Creates the example's files and rows in this layout. */
async function worldOf({ examples: { bad } }: Rule, { flask, steps }: Layout): Promise<World> {
  const incident: Incident = {
    name: 'example',
    thread: '',
    ...(flask ? { flask } : {}),
    steps: [],
    alembic: 'succeeds',
    verdict: 'either',
  }
  const world = await worlds.begin(incident)
  const files = Object.entries(bad.files).map(([name, text]) => [`migrations/versions/${name}`, text])
  await world.take({ commit: { ...Object.fromEntries(files), 'migrations/versions/README': '' } })
  await world.take({ rows: (bad.versions ?? []).flatMap((row) => (row === null ? [] : [row])) })
  for (const step of steps) await world.take(step)
  return world
}

async function formsOf(world: World, { given, place }: Layout): Promise<CommandForms> {
  return commandForms(quietContext(world.folder, ''), readCall(given, {}), place)
}

describe.skipIf(judges.python === null).each(layouts.map((layout) => [layout.name, layout] as const))(
  '%s',
  (_, layout) => {
    test.each(printing.map(({ rule, remedies }) => [rule.code, rule, remedies] as const))(
      'the commands of %s',
      async (_code, rule, remedies) => {
        const world = await worldOf(rule, layout)
        const forms = await formsOf(world, layout)
        for (const remedy of remedies) {
          const line = remedyCommand(typedRemedy(remedy, forms))
          if (line === null) continue
          const said = world.shell(layout.shell + line)
          expect(misspelt(said), `${line}\n${said.text}`).toBe(false)
        }
        await worlds.clear()
      },
    )
  },
)

/** Rules that need no remedy, or whose remedies are tested elsewhere. */
const noIncident: Readonly<Record<string, string>> = {
  AG208: 'in release-remedies.test.ts: afterwards there are two version tables',
  AG212: 'in release-remedies.test.ts, with a session that holds a lock',
  AG304: 'a note: its incident shows that the upgrade works without a cure',
}

test('an incident runs a remedy of every rule about history, database and schema to its end', () => {
  const cured = new Set(incidents.flatMap(({ code = '', cure }) => (cure === 'none' ? [] : code.split('|'))))
  const missing = all.flatMap(({ code }) =>
    /^AG[123]/.test(code) && !cured.has(code) && !(code in noIncident) ? [code] : [],
  )
  expect(missing).toEqual([])
})
