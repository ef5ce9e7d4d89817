/** Incidents of public threads on PostgreSQL: what Alembic does, what the guard says, and whether its cures work. */
import { playAll } from './play-all.ts'

await playAll('postgresql')
