import { advice, discovery, edit } from '../core/findings/finding.ts'
import { failureFinding, predictedFailure } from './statement-remedies.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { objectName } from './phrases/statement-failure.ts'
import { shown } from '../core/text/display.ts'

const migration = `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`

/** The role may not do what the upgrade does. */
const rule: Rule = {
  code: 'AG210',
  name: 'insufficient-privilege',
  severity: 'error',
  summary: "The connection's role lacks privileges that pending migrations need.",
  explanation: `The release connects with a role that may read and write rows, and migrations need more: INSERT, UPDATE
and DELETE on the version table, CREATE on the schema (since PostgreSQL 15 nobody but its owner has it on \`public\`),
ownership of every table that is altered, USAGE on schemas, REFERENCES on the targets of foreign keys. Membership in the
owning role counts, and so does being superuser. The guard looks only at what the pending migrations need.`,
  cure: `Run migrations with the role that owns the tables, or make the release's role a member of it:
\`GRANT owner TO role\`. Where only a right is missing, grant that.`,
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
      'Run migrations with the role that owns it, or make this role a member: GRANT owner TO role.',
    )
    if (refusal?.obstacle.kind === 'noSchemaSelected') {
      const object = shown(objectName(refusal.object))
      const message = `A pending migration creates ${object}, and the role may use no schema of the search path.`
      const grant = advice('Grant USAGE and CREATE on a schema of the search path to this role.')
      const path = advice('If the search path is wrong: set it in the URL, for the role, or in env.py.')
      return [failureFinding(refusal, message, [grant, path], facts)]
    }
    if (refusal?.obstacle.kind === 'catalogWrite') {
      const table = shown(objectName(refusal.object))
      const message = `A pending migration writes to the system catalog (${table}), and the role is no superuser.`
      const ddl = edit(
        'Use DDL instead, such as op.alter_column(..., type_=...), which the owner may run.',
        'likely',
      )
      const superuser = advice('Or run this migration once as a superuser.')
      return [failureFinding(refusal, message, [ddl, superuser], facts)]
    }
    if (refusal) {
      return [
        failureFinding(
          refusal,
          `A pending migration needs rights on ${shown(objectName(refusal.object))} that the role does not have.`,
          [member, advice('If only a right is missing (CREATE, USAGE, REFERENCES): grant it.')],
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
          ? `The role may not create the version table ${shown(table)}.`
          : `The role has no ${statement} on the version table ${shown(table)}.`,
        why: 'Alembic would fail when it writes the version table.',
        evidence: [['Error', prediction.error.message]],
        remedies: [
          creates
            ? facts.database?.state.versionTable.schema === null
              ? advice(
                  'Grant USAGE and CREATE on a schema of the search path to this role, or name one it may use.',
                )
              : advice('Grant USAGE and CREATE on the schema to this role.')
            : advice(`Grant ${statement} on ${shown(table)} to this role.`),
          member,
        ],
      }),
    ]
  },
}

export default rule
