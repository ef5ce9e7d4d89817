/** Creates scratch databases for untrusted migrations, owned by a role with no other privileges. */

export async function scratchDatabases(server) {
  const role = `stranger_${process.pid}`
  const admin = await server.createDatabase()
  await admin.execute(`CREATE ROLE ${role} LOGIN`)
  const { port, hostname } = new URL(server.adminUrl)
  const host = encodeURIComponent(server.socketFolder ?? hostname)
  let number = 0
  const handle = (name) => {
    const url = `postgresql://${role}@/${name}?host=${host}&port=${port}`
    return {
      name,
      url,
      pythonUrl: url.replace('postgresql:', 'postgresql+psycopg2:'),
      execute: (sql) => inDatabase(server, name, sql),
      /**
       * Runs SQL as the unprivileged role, so that it owns any new objects. Returns false if the SQL fails.
       */
      tamper: (sql) =>
        inDatabase(server, name, `SET ROLE ${role}; ${sql}`).then(
          () => true,
          () => false,
        ),
      drop: () => admin.execute(`DROP DATABASE "${name}" WITH (FORCE)`),
    }
  }
  const make = async (template) => {
    const name = `real_${process.pid}_${(number += 1)}`
    await admin.execute(`CREATE DATABASE "${name}" OWNER ${role} TEMPLATE "${template}"`)
    return handle(name)
  }
  return {
    async create() {
      const database = await make('template1')
      await database.execute(`ALTER SCHEMA public OWNER TO ${role}`)
      return database
    },
    copy: ({ name }) => make(name),
    end: () => admin.drop(),
  }
}

async function inDatabase(server, name, sql) {
  const { Client } = await import('pg')
  const url = new URL(server.adminUrl)
  url.pathname = `/${name}`
  const client = new Client({ connectionString: url.href })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
