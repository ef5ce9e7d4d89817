/** The context for a command that runs in the test's own process: quiet, without a terminal or line wrapping. */
import type { Context } from '../../src/commands/shell/command.ts'
import { noProgress } from '../../src/commands/shell/progress.ts'

/** Returns a context in the given folder. The database URL is its only environment variable. */
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
