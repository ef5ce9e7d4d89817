/**
 * Incidents from public threads, on SQLite: tests Alembic's result, the guard's report, and whether its remedies work.
 */
import { playAll } from './play-all.ts'

await playAll('sqlite')
