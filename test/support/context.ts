/** Runs commands in the test's own process. */
import type { Context } from '../../src/commands/shell/command.ts'
import { noProgress } from '../../src/commands/shell/progress.ts'

/** Returns a quiet context without a terminal. The database URL is its only variable. */
export function quietContext(cwd: string, url: string): Context {
  const quiet = (): void => {}
  return {
    tool: { name: 'alembic-guard', version: '0.0.0' },
    cwd,
    env: { DATABASE_URL: url },
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    signal: new AbortController().signal,
    wrapped: [],
    self: [],
    terminal: false,
    width: 80,
    onSignal: () => quiet,
    untilDone: (work) => work(),
    progress: noProgress,
    tell: quiet,
  }
}
