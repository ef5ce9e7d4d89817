/** Templates for the files that `init` writes. */

/** Runs the upgrade through the guard. */
export function guardedUpgrade(upgrade: string): string {
  return `alembic-guard run -- ${upgrade}`
}

/** Lines to insert into env.py after `config = context.config`. They require `import os`. */
export const envUrlLines: readonly string[] = [
  '',
  '# Use the release database. SQLAlchemy only accepts postgresql://, and configparser reads %% as %.',
  'database_url = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://", 1)',
  'config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))',
]

/** A GitHub Actions workflow that checks pull requests against an empty database. */
export function githubWorkflow(version: string, folder: string): string {
  return `name: alembic-guard
on: pull_request
permissions:
  contents: read
jobs:
  migrations:
    runs-on: ubuntu-latest
    services:
      postgres:
        image: postgres:17
        env:
          POSTGRES_HOST_AUTH_METHOD: trust
        ports:
          - 5432:5432
        options: --health-cmd pg_isready --health-interval 2s --health-retries 15
    steps:
      - uses: actions/checkout@v4
      - run: pipx run alembic-guard==${version} check
${folder === '' ? '' : `        working-directory: ${folder}\n`}        env:
          DATABASE_URL: postgresql://localhost:5432/postgres?user=postgres&sslmode=disable
`
}
