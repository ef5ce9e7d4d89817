/** The list of commands. To add one: a file, and a line here. `check` is what runs when none is named. */
import { check } from './check.ts'
import type { Command } from './command.ts'
import { graph } from './graph.ts'

/** Name, headline and the command itself. */
export interface CommandEntry {
  readonly name: string
  readonly describe: string
  readonly command: Command
}

/** Every command, in the order of `--help`. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'check',
    describe: 'Say whether "alembic upgrade" would fail on this database, and why',
    command: check,
  },
  {
    name: 'graph',
    describe: 'Print the revision graph as Alembic sees it; needs no database',
    command: graph,
  },
]
