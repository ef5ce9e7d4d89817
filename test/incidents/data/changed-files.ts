/** Files that were deleted, renamed or rewritten after a database ran them. */
import type { Files, Incident } from '../incident.ts'

const shop: Files = {
  users_1: ': table users email',
  phone_2: 'users_1: column users.phone',
  orders_3: 'phone_2: table orders',
}
const numberNote = `op.add_column('users', sa.Column('note', sa.Integer()))`
const numberTotal = `op.add_column('orders', sa.Column('total', sa.Integer()))`
const toNumber = `with op.batch_alter_table('users') as batch: batch.alter_column('note', existing_type=sa.String(40), type_=sa.Integer(), postgresql_using='note::integer')`
const lost = /Can't locate revision identified by/
const heads = /Multiple head revisions/

export const changedFiles: readonly Incident[] = [
  {
    name: 'an applied migration was replaced by one that drops what it made',
    thread: 'https://github.com/zzstoatzz/plyr.fm/pull/1886',
    steps: [
      { commit: { ...shop, spaces_4: 'orders_3: column users.spaces' } },
      { upgrade: ['head'] },
      { commit: { spaces_4: null, unspaced_5: `orders_3: op.drop_column('users', 'spaces')` } },
    ],
    alembic: lost,
    verdict: 'blocked',
    code: 'AG201',
    says: /deleted/,
    hint: /alembic-guard restore spaces_4 --write/,
  },
  {
    name: 'an id was shortened, and the image has no git',
    thread: 'https://github.com/MoonLadderStudios/MoonMind/pull/2373',
    on: ['sqlite'],
    steps: [
      { commit: { ...shop, source_mapping_cutover_with_long_name_4: 'orders_3: table sources name' } },
      { upgrade: ['head'] },
      {
        commit: {
          source_mapping_cutover_with_long_name_4: null,
          source_mapping_4: 'orders_3: table sources name',
          summary_5: 'source_mapping_4: column orders.summary',
        },
      },
      { image: true },
    ],
    alembic: lost,
    verdict: 'blocked',
    code: 'AG201',
    hint: /rollback.*newer release/,
  },
  {
    name: 'three ids were changed at once, and the database is at the second',
    thread: 'https://github.com/IBM/mcp-context-forge/issues/5186',
    steps: [
      {
        commit: {
          ...shop,
          bindings_4: 'orders_3: table bindings',
          plugins_5: 'bindings_4: column users.plugins',
          reference_6: 'plugins_5: column bindings.reference',
        },
      },
      { upgrade: ['plugins_5'] },
      {
        commit: {
          bindings_4: null,
          plugins_5: null,
          reference_6: null,
          '592625561893': 'orders_3: table bindings',
          '1a02944e2671': '592625561893: column users.plugins',
          ff03273d8f93: '1a02944e2671: column bindings.reference',
        },
      },
    ],
    alembic: lost,
    verdict: 'blocked',
    code: 'AG201',
    says: /1a02944e2671/,
    hint: /restamp --from plugins_5 --to 1a02944e2671/,
  },
  {
    name: 'a branch point of years ago was removed',
    thread: 'https://github.com/MerginMaps/server/pull/601',
    flask: true,
    steps: [
      { commit: { ...shop, community_2: 'users_1: ' } },
      { upgrade: ['heads'] },
      { commit: { community_2: null } },
      { commit: { invoices_4: 'orders_3: table invoices' } },
    ],
    alembic: lost,
    verdict: 'blocked',
    code: 'AG201',
    hint: /restamp --remove community_2/,
  },
  {
    name: 'a second root adds a column that create_all() made',
    thread: 'https://github.com/dataelement/Clawith/issues/226',
    steps: [
      { commit: shop },
      { upgrade: ['head'] },
      { sql: ['ALTER TABLE users ADD COLUMN sso VARCHAR(40)'] },
      { commit: { sso_4: ': column users.sso' } },
    ],
    alembic: heads,
    verdict: 'blocked',
    code: 'AG105',
    hint: /sso_4/,
    never: /alembic merge/,
    cure: [{ commit: { sso_4: 'orders_3: ' } }],
  },
  {
    name: 'a fork merged twice, and only one merge goes on',
    thread: 'https://github.com/open-ace/open-ace/issues/1203',
    steps: [
      {
        commit: {
          ...shop,
          left_4: 'orders_3: table lefts',
          right_4: 'orders_3: table rights',
          merge_5: 'left_4 right_4: ',
        },
      },
      { upgrade: ['head'] },
      {
        commit: {
          rules_5: 'left_4 right_4: table rules',
          source_6: 'merge_5: column orders.source',
        },
      },
    ],
    alembic: heads,
    verdict: 'blocked',
    code: 'AG105',
    hint: /rules_5|source_6/,
  },
  {
    name: 'two heads add the same column, and one of them has run',
    thread: 'https://github.com/open-webui/open-webui/issues/24253',
    steps: [
      { commit: { ...shop, custom_4: 'orders_3: column users.scim' } },
      { upgrade: ['head'] },
      { commit: { upstream_4: 'orders_3: column users.scim' } },
    ],
    alembic: heads,
    verdict: 'blocked',
    code: 'AG105',
    says: /users\.scim/,
    never: /alembic merge/,
    cure: [{ commit: { upstream_4: null } }],
  },
  {
    name: 'three heads, and all of them have run in production',
    thread: 'https://github.com/endlessm/azafea/pull/130',
    steps: [
      {
        commit: {
          ...shop,
          one_4: 'orders_3: table ones',
          two_4: 'orders_3: table twos',
          three_4: 'orders_3: table threes',
        },
      },
      { upgrade: ['heads'] },
    ],
    alembic: heads,
    verdict: 'blocked',
    code: 'AG105',
    hint: /merge/,
  },
  {
    name: 'an id that was given to another migration',
    thread: 'https://github.com/vectorize-io/hindsight/pull/1117',
    steps: [
      { commit: { ...shop, drop_4: `orders_3: op.execute('ALTER TABLE users DROP COLUMN phone')` } },
      { upgrade: ['head'] },
      {
        commit: {
          drop_4: null,
          'drop_4@trigram': `orders_3: op.execute('CREATE INDEX ix_users_email ON users (email)')`,
        },
      },
      { commit: { next_5: 'drop_4: table invoices' } },
    ],
    alembic: 'wrong',
    verdict: 'blocked',
    code: 'AG303',
    says: /ix_users_email.*|drop_4/,
    never: /stamp|placeholder/,
    cure: [
      {
        commit: {
          drop_4: `orders_3: op.execute('ALTER TABLE users DROP COLUMN phone')`,
          'drop_4@trigram': null,
          trigram_5: `drop_4: op.execute('CREATE INDEX ix_users_email ON users (email)')`,
          next_5: 'trigram_5: table invoices',
        },
      },
    ],
  },
  {
    name: 'an id that was given to a migration with the same objects: nothing is missing',
    thread: 'https://github.com/vectorize-io/hindsight/pull/1117',
    steps: [
      { commit: { ...shop, note_4: 'orders_3: column users.note; index users.note' } },
      { upgrade: ['head'] },
      { commit: { note_4: null, 'note_4@again': 'orders_3: column users.note; index users.note' } },
      { commit: { next_5: 'note_4: table invoices' } },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'an id that was given to a migration with the same names but another type',
    thread: 'https://github.com/vectorize-io/hindsight/pull/1117',
    steps: [
      { commit: { ...shop, note_4: 'orders_3: column users.note' } },
      { upgrade: ['head'] },
      { commit: { note_4: null, 'note_4@again': `orders_3: ${numberNote}` } },
      { commit: { next_5: 'note_4: table invoices' } },
    ],
    alembic: 'wrong',
    verdict: 'blocked',
    code: 'AG303',
    says: /users\.note is (?:character varying|VARCHAR)\(40\), not sa\.Integer/,
    hint: /Restore note_4_x\.py with the id note_4, and change the type in a new migration/,
    never: /stamp|placeholder/,
    cure: [
      {
        commit: {
          note_4: 'orders_3: column users.note',
          'note_4@again': null,
          retyped_5: `note_4: ${toNumber}`,
          next_5: 'retyped_5: table invoices',
        },
      },
    ],
  },
  {
    name: 'the same names but another type, without git',
    thread: 'https://github.com/vectorize-io/hindsight/pull/1117',
    flask: true,
    steps: [
      { commit: { ...shop, note_4: 'orders_3: column users.note' } },
      { upgrade: ['head'] },
      { commit: { note_4: null, 'note_4@again': `orders_3: ${numberNote}` } },
      { image: true },
    ],
    alembic: 'wrong',
    verdict: 'either',
    code: 'AG303',
    says: /users\.note is (?:character varying|VARCHAR)\(40\), not sa\.Integer/,
    never: /stamp|placeholder/,
  },
  {
    name: 'a type was edited in a migration that had run',
    thread: 'https://github.com/galaxyproject/galaxy/pull/6057',
    steps: [
      { commit: { ...shop, note_4: 'orders_3: column users.note' } },
      { upgrade: ['head'] },
      { commit: { note_4: `orders_3: ${numberNote}` } },
    ],
    alembic: 'wrong',
    verdict: 'either',
    code: 'AG303',
    says: /note_4 was edited after it ran here: column users\.note/,
    never: /stamp|placeholder/,
    cure: [{ commit: { note_4: 'orders_3: column users.note', retyped_5: `note_4: ${toNumber}` } }],
  },
  {
    name: 'a later migration changes the type: nothing is wrong',
    thread: 'https://github.com/Recidiviz/recidiviz-data/pull/775',
    steps: [
      { commit: { ...shop, note_4: 'orders_3: column users.note', retyped_5: `note_4: ${toNumber}` } },
      { upgrade: ['head'] },
      { commit: { next_6: 'retyped_5: table invoices' } },
    ],
    alembic: 'succeeds',
    verdict: 'pass',
  },
  {
    name: 'a type was changed manually after an inserted migration ran',
    thread: 'https://github.com/galaxyproject/galaxy/pull/6057',
    on: ['postgresql'],
    steps: [
      { commit: shop },
      {
        commit: {
          notes_2: `phone_2: ${numberTotal.replace('orders', 'users')}`,
          orders_3: 'notes_2: table orders',
        },
      },
      { upgrade: ['head'] },
      { sql: ['ALTER TABLE users ALTER total TYPE text'] },
    ],
    alembic: 'wrong',
    verdict: 'pass',
    code: 'AG303',
    says: /users\.total is text/,
    never: /stamp|placeholder/,
    cure: 'none',
  },
  {
    name: 'a column was dropped manually, and an earlier edit only removed other lines',
    thread: 'https://github.com/galaxyproject/galaxy/pull/6057',
    steps: [
      { commit: { ...shop, note_4: `orders_3: column users.note; ${numberTotal}; table labels` } },
      { commit: { note_4: `orders_3: column users.note; ${numberTotal}` } },
      { upgrade: ['head'] },
      { sql: ['ALTER TABLE orders DROP COLUMN total'] },
      { commit: { next_5: 'note_4: table invoices' } },
    ],
    alembic: 'wrong',
    verdict: 'pass',
    code: 'AG303',
    says: /note_4 is stamped as applied, but only 1 of 2 effects is present/,
    never: /stamp|placeholder/,
    cure: 'none',
  },
  {
    name: 'a type was changed manually to one of the same kind',
    thread: 'https://github.com/galaxyproject/galaxy/pull/6057',
    on: ['postgresql'],
    steps: [
      { commit: { ...shop, note_4: `orders_3: column users.note; ${numberTotal}` } },
      { upgrade: ['head'] },
      { sql: ['ALTER TABLE users ALTER note TYPE text', 'ALTER TABLE orders ALTER total TYPE bigint'] },
      { commit: { next_5: 'note_4: table invoices' } },
    ],
    alembic: 'wrong',
    verdict: 'pass',
  },
  {
    name: 'an id that was given to another migration, without git',
    thread: 'https://github.com/vectorize-io/hindsight/pull/1117',
    steps: [
      { commit: { ...shop, drop_4: 'orders_3: table labels' } },
      { upgrade: ['head'] },
      { commit: { drop_4: null, 'drop_4@trigram': 'orders_3: index users.email; column orders.total' } },
      { commit: { next_5: 'drop_4: table invoices' } },
      { image: true },
    ],
    alembic: 'wrong',
    verdict: 'either',
    code: 'AG303',
    says: /total/,
    never: /placeholder/,
  },
]
