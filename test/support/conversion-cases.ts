/** Column type changes with USING, on tables that have indexes or foreign keys. Each case has a failing variant. */
import type { UnlistedObjectCase } from './unlisted-object-cases.ts'

const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
const moods = run("CREATE TYPE mood AS ENUM ('calm', 'wild')")
const seats =
  "op.create_table('seats', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('mood', sa.Text()))"
const guests = "op.create_table('guests', sa.Column('seat', sa.Integer(), sa.ForeignKey('seats.id')))"
const toMood = run('ALTER TABLE seats ALTER mood TYPE mood USING mood::mood')
const index = (more: string): string => `op.create_index('ix', 'seats', ['mood', 'id']${more})`

/** Cases for PostgreSQL. */
export const conversionCases: readonly UnlistedObjectCase[] = [
  {
    name: 'an indexed column of a table that a foreign key references',
    live: [],
    fails: [moods, seats, guests, index(', postgresql_where=sa.text("mood = \'calm\'")'), toMood],
    error: /operator does not exist: mood = text/,
    passes: [moods, seats, guests, index(''), toMood],
  },
  {
    name: 'a column that a foreign key references',
    live: [],
    fails: [seats, guests, run('ALTER TABLE seats ALTER id TYPE text USING id::text')],
    error: /foreign key constraint "guests_seat_fkey" cannot be implemented/,
    passes: [seats, guests, index(''), run('ALTER TABLE seats ALTER mood TYPE varchar USING mood::varchar')],
  },
]
