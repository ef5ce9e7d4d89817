/** Incidents of public threads on SQLite: what Alembic does, what the guard says, and whether its cures work. */
import { playAll } from './play-all.ts'

await playAll('sqlite')
