/** Error for an invalid command line. The message is one sentence for the user. */
export class UsageMistake extends Error {
  /** Help command, such as `alembic-guard check --help`. */
  readonly help: string

  constructor(message: string, help = 'alembic-guard --help') {
    super(message)
    this.name = 'UsageMistake'
    this.help = help
  }
}
