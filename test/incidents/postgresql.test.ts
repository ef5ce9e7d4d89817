/**
 * Incidents from public threads, on PostgreSQL. Tests Alembic's result, the guard's report, and whether the guard's
 * remedies work.
 */
import { playAll } from './play-all.ts'

await playAll('postgresql')
