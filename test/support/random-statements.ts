/** Random statements that don't change a table's structure, such as DML and comments. */
import type { Dice } from './random-migration.ts'

/** Returns statements that PostgreSQL accepts regardless of the column types. */
export function randomStatement(
  dice: Dice,
  table: string,
  columns: readonly string[],
  number: number,
): readonly string[] {
  const column = columns[dice(Math.max(1, columns.length))] ?? 'id'
  const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
  const light = `sa.table('${table}', sa.column('id'), sa.column('${column}'))`
  const forms: readonly (readonly string[])[] = [
    [run(`UPDATE ${table} SET ${column} = ${column}`)],
    [run(`UPDATE ${table} AS x SET ${column} = y.${column} FROM ${table} y WHERE y.id = x.id`)],
    [
      run(
        `WITH few AS (SELECT id FROM ${table}) DELETE FROM ${table} WHERE id IN (SELECT id FROM few) AND false`,
      ),
    ],
    [
      run(
        `INSERT INTO ${table} (id, ${column === 'id' ? 'b' : column}) SELECT id, ${column === 'id' ? 'b' : column} FROM ${table} WHERE false`,
      ),
    ],
    [run(`SELECT count(*), max(id) FROM ${table} WHERE ${column} IS DISTINCT FROM NULL`)],
    [run(`MERGE INTO ${table} x USING (SELECT 1 AS id) y ON x.id = y.id WHEN MATCHED THEN DO NOTHING`)],
    [run(`LOCK TABLE ${table} IN SHARE MODE`)],
    [run(`COMMENT ON COLUMN ${table}.${column} IS 'x'`), run(`COMMENT ON TABLE ${table} IS NULL`)],
    [
      run(`GRANT SELECT, UPDATE (${column}) ON ${table} TO PUBLIC`),
      run(`REVOKE ALL ON TABLE ${table} FROM PUBLIC`),
    ],
    [run(`CREATE VIEW w${number} AS SELECT ${column} FROM ${table}`), run(`DROP VIEW w${number}`)],
    [
      run(`CREATE MATERIALIZED VIEW w${number} AS SELECT id FROM ${table}`),
      run(`CREATE INDEX ix_w${number} ON w${number} (id)`),
      run(`REFRESH MATERIALIZED VIEW w${number}`),
      run(`DROP MATERIALIZED VIEW IF EXISTS w${number}`),
    ],
    [run(`CREATE SEQUENCE s${number}`), run(`ALTER SEQUENCE s${number} RENAME TO s${number}x`)],
    [run(`CREATE TEMP TABLE m${number} AS SELECT id FROM ${table}`), run(`DROP TABLE m${number}`)],
    [run(`SET LOCAL lock_timeout = '9s'`), run(`ANALYZE ${table} (${column})`)],
    [
      run(
        `DO $$ BEGIN IF EXISTS (SELECT 1 FROM ${table}) THEN UPDATE ${table} SET ${column} = ${column}; END IF; END $$`,
      ),
    ],
    [`op.execute(${light}.update().values(${column}=sa.text('${column}')))`],
    [`op.get_bind().execute(sa.delete(${light}).where(sa.false()))`],
    [`op.bulk_insert(${light}, [])`],
    [`op.alter_column('${table}', '${column}', comment='x')`],
  ]
  return forms[dice(forms.length)] ?? []
}
