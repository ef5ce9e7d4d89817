/** Tests which URLs are recognized as referring to different databases, and how certain that is. */
import { expect, test } from 'vitest'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { databasesDiffer } from '../../../../src/adapters/release/compare-databases.ts'

const tree = memoryTree({ files: {} })

test.each<[one: string, other: string, differ: 'certainly' | 'apparently' | null]>([
  ['postgresql://a:b@db.example.com/shop', 'postgres://c@DB.example.com:5432/shop?sslmode=require', null],
  ['postgresql+psycopg2://localhost/shop', 'postgres://127.0.0.1:5432/shop', null],
  ['postgresql://localhost/shop_dev', 'postgres://ec2-1.amazonaws.com/d8abc', 'certainly'],
  ['postgresql://db.example.com/stage', 'postgresql://db.example.com/shop', 'certainly'],
  ['sqlite:///dev.db', 'postgresql://localhost/shop', 'certainly'],
  ['sqlite:///dev.db', 'sqlite:///prod.db', 'certainly'],
  ['sqlite:///dev.db', 'sqlite:///./dev.db', null],
  // Different hosts or ports may still lead to the same database, for example through a pooler or a tunnel.
  ['postgresql://db.internal.example.com/shop', 'postgresql://x1.rds.amazonaws.com/shop', 'apparently'],
  ['postgresql://db.example.com:6432/shop', 'postgresql://db.example.com/shop', 'apparently'],
  ['postgresql://x-pooler.neon.tech/shop', 'postgresql://x.neon.tech/main', 'apparently'],
  ['postgresql://localhost:5433/shop', 'postgresql://db.example.com/shop', 'apparently'],
  ['postgresql://10.0.0.7/shop', 'postgresql://db.example.com/shop', 'apparently'],
  ['postgresql://db/shop', 'postgresql://db.example.com/shop', 'apparently'],
  // These URLs may or may not refer to different databases.
  ['postgresql:///shop', 'postgresql://db.example.com/shop', null],
  ['postgresql://a.example.com,b.example.com/shop', 'postgresql://db.example.com/other', null],
  ['mysql://localhost/shop', 'postgresql://localhost/shop', null],
])('%s and %s', (one, other, differ) => {
  expect(databasesDiffer(tree, one, other)).toBe(differ)
  expect(databasesDiffer(tree, other, one)).toBe(differ)
})

test('an absent URL names no database', () => {
  expect(databasesDiffer(tree, null, 'postgresql://localhost/shop')).toBeNull()
})
