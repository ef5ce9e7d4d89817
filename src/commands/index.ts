/** The list of commands. To add one: a file, and a line here. `check` is what runs when none is named. */
import { check } from './check.ts'
import type { Command } from './shell/command.ts'

/** Name, headline and the command itself. */
export interface CommandEntry {
  readonly name: string
  readonly describe: string
  /** What follows the name, as yargs writes it: `revision..`. */
  readonly positional?: string
  load(): Promise<Command>
}

/** Every command, in the order of `--help`. What a release command calls is at hand; the others are loaded when they run. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'check',
    describe: 'Say whether "alembic upgrade" would fail on this database, and why',
    load: async () => check,
  },
  {
    name: 'run',
    describe: 'Check, then start the command after "--" and compare what it did',
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'preflight',
    describe: 'Everything that check does, by hand or in CI, against a live database',
    load: async () => (await import('./preflight.ts')).preflight,
  },
  {
    name: 'rehearse',
    describe: 'Run the real upgrade on a copy of the schema, without a row of production',
    load: async () => (await import('./rehearse.ts')).rehearse,
  },
  {
    name: 'init',
    describe: 'Show, or write, what puts the guard in front of the upgrade of a release',
    load: async () => (await import('./init.ts')).init,
  },
  {
    name: 'graph',
    describe: 'Draw the revision graph as Alembic sees it, with or without a database',
    load: async () => (await import('./graph.ts')).graph,
  },
  {
    name: 'placeholder',
    describe: 'Stand in for lost revisions in the one place that is right',
    positional: 'revision..',
    load: async () => (await import('./placeholder.ts')).placeholder,
  },
  {
    name: 'restamp',
    describe: 'Change rows of the version table, after a look at what speaks against it',
    load: async () => (await import('./restamp.ts')).restamp,
  },
  {
    name: 'explain',
    describe: 'Find out what became of a revision, or what a finding means (AG201)',
    positional: 'revision..',
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'restore',
    describe: 'Bring a lost migration back from git, exactly as it was',
    positional: 'revision..',
    load: async () => (await import('./restore.ts')).restore,
  },
  {
    name: 'lint',
    describe: 'Read new migrations for what teams have come to regret; runs nothing',
    positional: 'path..',
    load: async () => (await import('./lint.ts')).lint,
  },
  {
    name: 'report',
    describe: 'report merge FILE...: one verdict out of the JSON reports of several checks',
    positional: 'merge..',
    load: async () => (await import('./report-merge.ts')).reportMerge,
  },
  {
    name: 'recover',
    describe: 'Undo a write of alembic-guard that was killed half-way',
    load: async () => (await import('./recover.ts')).recover,
  },
  {
    name: 'manifest',
    describe: 'Keep what git knows of revisions in a file for places without git',
    load: async () => (await import('./manifest.ts')).manifest,
  },
]
