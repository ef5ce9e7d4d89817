/** The list of commands. A new command needs its own file and a line here. */
import { check } from './check.ts'
import type { Command } from './shell/command.ts'

/** A command's name, headline and loader. */
export interface CommandEntry {
  readonly name: string
  readonly describe: string
  /** Positional arguments in yargs syntax, such as `revision..`. */
  readonly positional?: string
  load(): Promise<Command>
}

/** All commands, in the order of `--help`. Most are loaded on demand. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'check',
    describe: 'Check whether "alembic upgrade" would fail on this database, and why',
    load: async () => check,
  },
  {
    name: 'run',
    describe: 'Check the database, run the command after "--", and verify its result',
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'preflight',
    describe: 'Run all checks against a live database, from a terminal or in CI',
    load: async () => (await import('./preflight.ts')).preflight,
  },
  {
    name: 'rehearse',
    describe: "Run the real upgrade on a copy of production's schema, without data",
    load: async () => (await import('./rehearse.ts')).rehearse,
  },
  {
    name: 'init',
    describe: 'Add the guard to the release command (shows a diff; --write applies it)',
    load: async () => (await import('./init.ts')).init,
  },
  {
    name: 'graph',
    describe: 'Draw the revision graph, with or without a database',
    load: async () => (await import('./graph.ts')).graph,
  },
  {
    name: 'placeholder',
    describe: 'Replace lost migrations with empty ones',
    positional: 'revision..',
    load: async () => (await import('./placeholder.ts')).placeholder,
  },
  {
    name: 'restamp',
    describe: 'Edit the version table, after checking for conflicting evidence',
    load: async () => (await import('./restamp.ts')).restamp,
  },
  {
    name: 'explain',
    describe: 'Show what happened to a revision, or what a finding means (AG201)',
    positional: 'revision..',
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'restore',
    describe: 'Restore a lost migration from git, unchanged',
    positional: 'revision..',
    load: async () => (await import('./restore.ts')).restore,
  },
  {
    name: 'lint',
    describe: 'Report common mistakes in new migrations, without running them',
    positional: 'path..',
    load: async () => (await import('./lint.ts')).lint,
  },
  {
    name: 'report',
    describe: 'report merge FILE...: merge several JSON reports into one verdict',
    positional: 'merge..',
    load: async () => (await import('./report-merge.ts')).reportMerge,
  },
  {
    name: 'recover',
    describe: "Undo a file change that alembic-guard couldn't finish",
    load: async () => (await import('./recover.ts')).recover,
  },
  {
    name: 'manifest',
    describe: 'Save the revisions in the git history to a file, for deployments without git',
    load: async () => (await import('./manifest.ts')).manifest,
  },
]
