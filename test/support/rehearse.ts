/** A hotel project with three migrations, for rehearsals. */
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { migration, scaffold } from './guard.ts'

/** Returns a migration file with these function bodies. */
export function migrationOf(
  id: string,
  parent: string | null,
  upgrade: readonly string[],
  downgrade: readonly string[] = ['pass'],
): string {
  const body = (lines: readonly string[]): string => lines.map((line) => `    ${line}`).join('\n')
  return migration(id, parent)
    .replace(/def upgrade\(\):\n[^]*$/, () => `def upgrade():\n${body(upgrade)}\n\n\n`)
    .concat(`def downgrade():\n${body(downgrade)}\n`)
}

const status = `sa.Enum('free', 'taken', name='room_status')`

/** As in migrations that Alembic generates, the downgrade doesn't drop the enum type. */
export const hotel: Readonly<Record<string, string>> = {
  ...scaffold,
  'migrations/versions/base_001.py': migrationOf(
    'base_001',
    null,
    [
      `op.create_table('guests', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('name', sa.String(50)))`,
    ],
    [`op.drop_table('guests')`],
  ),
  'migrations/versions/rooms_002.py': migrationOf(
    'rooms_002',
    'base_001',
    [
      `op.create_table('rooms', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('status', ${status}))`,
      `op.add_column('guests', sa.Column('email', sa.String(80)))`,
    ],
    [`op.drop_column('guests', 'email')`, `op.drop_table('rooms')`],
  ),
  'migrations/versions/email_003.py': migrationOf(
    'email_003',
    'rooms_002',
    [`op.create_index('guests_email', 'guests', ['email'])`],
    [`op.drop_index('guests_email')`],
  ),
}

/** The schema at `base_001`, with a row that must not be copied. */
export const hotelAtBase = `CREATE TABLE guests (id serial PRIMARY KEY, name varchar(50));
INSERT INTO guests (name) VALUES ('Ann Example');
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY);
INSERT INTO alembic_version VALUES ('base_001');`

/** Creates a temporary folder per test file, so that test files don't interfere with each other. */
export function scratchPlace(): { readonly env: { readonly TMPDIR: string }; left(): string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'rehearse-'))
  // The account that runs PostgreSQL needs access.
  chmodSync(folder, 0o755)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return { env: { TMPDIR: folder }, left: () => readdirSync(folder) }
}
