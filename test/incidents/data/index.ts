/** Every incident. */
import type { Incident } from '../incident.ts'
import { brokenHistories } from './history.ts'
import { lostRevisions } from './lost.ts'
import { wrongRows } from './rows.ts'
import { wrongSchemas } from './schema.ts'

export const incidents: readonly Incident[] = [
  ...lostRevisions,
  ...brokenHistories,
  ...wrongRows,
  ...wrongSchemas,
]
