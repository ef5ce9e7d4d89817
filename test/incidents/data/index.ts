/** Every incident. */
import type { Incident } from '../incident.ts'
import { changedFiles } from './changed-files.ts'
import { dependents } from './dependents.ts'
import { createdTwice } from './created-twice.ts'
import { deployments } from './deployments.ts'
import { brokenHistories } from './history.ts'
import { lostRevisions } from './lost.ts'
import { postgresStatements } from './postgres-statements.ts'
import { rareStates } from './rare.ts'
import { upgrades } from './upgrades.ts'
import { wrongRows } from './rows.ts'
import { wrongSchemas } from './schema.ts'
import { refusedStatements } from './statements.ts'

export const incidents: readonly Incident[] = [
  ...lostRevisions,
  ...brokenHistories,
  ...wrongRows,
  ...wrongSchemas,
  ...createdTwice,
  ...changedFiles,
  ...refusedStatements,
  ...postgresStatements,
  ...rareStates,
  ...upgrades,
  ...deployments,
  ...dependents,
]
