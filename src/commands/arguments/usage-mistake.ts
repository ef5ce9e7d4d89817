/** Something is wrong with the command line; the message is one sentence for people. */
export class UsageMistake extends Error {
  /** The help that says more: `alembic-guard check --help`. */
  readonly help: string

  constructor(message: string, help = 'alembic-guard --help') {
    super(message)
    this.name = 'UsageMistake'
    this.help = help
  }
}
