/**
 * Tests incidents from public threads, on SQLite: Alembic's result, the guard's report, and whether the report's
 * remedies work.
 */
import { playAll } from './play-all.ts'

await playAll('sqlite')
