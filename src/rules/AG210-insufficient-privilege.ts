import { advice, discovery, edit } from '../core/findings/finding.ts'
import { failureFinding, predictedFailure } from './statement-remedies.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { objectName } from './phrases/statement-failure.ts'
import { quoteIdentifier } from '../core/text/sql-quoting.ts'
import { shown } from '../core/text/display.ts'

const migration = `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`

/** Reports privileges that the upgrade needs but the role lacks. */
const rule: Rule = {
  code: 'AG210',
  name: 'insufficient-privilege',
  severity: 'error',
  summary: "The connection's role lacks privileges that pending migrations need.",
  explanation: `The release connects with a role that can only read and write data. Migrations need more: INSERT, UPDATE
and DELETE on the version table, CREATE on the schema (since PostgreSQL 15, only the owner has it on \`public\`),
ownership of every altered table, USAGE on schemas, and REFERENCES on tables that new foreign keys reference.
Membership in the owning role is enough, and so is superuser status. The guard checks only the privileges that the
pending migrations need.`,
  cure: "Run migrations as the role that owns the tables, or make the release's role a member of it: `GRANT owner TO role`. If only a single privilege is missing, grant it.",
  examples: {
    bad: {
      files: { 'a1.py': migration },
      versions: [],
      database: {
        privileges: {
          writeVersions: false,
          createTables: true,
          versionRows: { insert: false, update: true, delete: true },
        },
      },
    },
    good: {
      files: { 'a1.py': migration },
      versions: ['a1'],
      database: { privileges: { writeVersions: false, createTables: false } },
    },
  },
  explains: ['version-privilege', 'refused-statement'],
  follows: { AG211: 'error' },
  inspect(facts) {
    const refusal = predictedFailure(facts, 'privilege')
    const member = advice(
      'Run migrations as the owner, or make this role a member of the owning role: GRANT owner TO role.',
    )
    if (refusal?.obstacle.kind === 'noSchemaSelected') {
      const object = shown(objectName(refusal.object))
      const message = `A pending migration creates ${object}, but the role has no usable schema in its search path.`
      const grant = advice('Grant this role USAGE and CREATE on a schema in its search path.')
      const path = advice('If the search path is wrong, set it in the URL, on the role, or in env.py.')
      return [failureFinding(refusal, message, [grant, path], facts)]
    }
    if (refusal?.obstacle.kind === 'catalogWrite') {
      const table = shown(objectName(refusal.object))
      const message = `A pending migration writes to the system catalog (${table}), but the role isn't a superuser.`
      const ddl = edit(
        'Use DDL instead, such as op.alter_column(..., type_=...), which the owner is allowed to run.',
        'likely',
      )
      const superuser = advice('Or run this migration once as a superuser.')
      return [failureFinding(refusal, message, [ddl, superuser], facts)]
    }
    if (refusal?.object.kind === 'extension') {
      const { name } = refusal.object
      const message = `A pending migration installs extension ${shown(name)}, but this role isn't allowed to install it.`
      const install = advice(`Run this once as a superuser: CREATE EXTENSION ${quoteIdentifier(name)};`)
      const lenient = edit('Then write CREATE EXTENSION IF NOT EXISTS in the migration.', 'likely')
      const grant = advice(
        'Or grant this role CREATE on the database, which is enough because the extension is trusted.',
      )
      const trusted = refusal.obstacle.kind === 'noPrivilege'
      return [failureFinding(refusal, message, [install, lenient, ...(trusted ? [grant] : [])], facts)]
    }
    if (refusal) {
      return [
        failureFinding(
          refusal,
          `A pending migration needs a privilege on ${shown(objectName(refusal.object))} that the role lacks.`,
          [member, advice('If only one privilege is missing (CREATE, USAGE, REFERENCES), grant it.')],
          facts,
        ),
      ]
    }
    const prediction = facts.database?.prediction
    if (prediction?.outcome !== 'fails' || prediction.cause.kind !== 'version-privilege') return []
    const { statement, table } = prediction.cause
    const creates = statement.startsWith('CREATE')
    return [
      discovery({
        severity: 'error',
        message: creates
          ? `The role isn't allowed to create the version table ${shown(table)}.`
          : `The role lacks ${statement} on the version table ${shown(table)}.`,
        why: 'Alembic would fail when it writes the version table.',
        evidence: [['Error', prediction.error.message]],
        remedies: [
          creates
            ? facts.database?.state.versionTable.schema === null
              ? advice(
                  'Grant this role USAGE and CREATE on a schema in its search path, or set version_table_schema to a schema that it can use.',
                )
              : advice('Grant this role USAGE and CREATE on the schema.')
            : advice(`Grant this role ${statement} on ${shown(table)}.`),
          member,
        ],
      }),
    ]
  },
}

export default rule
