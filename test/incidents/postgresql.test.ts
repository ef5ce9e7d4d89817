/**
 * Incidents from public threads, on PostgreSQL: tests Alembic's result, the guard's report, and whether its remedies
 * work.
 */
import { playAll } from './play-all.ts'

await playAll('postgresql')
