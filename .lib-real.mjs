var __defProp = Object.defineProperty;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __esm = (fn, res, err) => function __init() {
  if (err) throw err[0];
  try {
    return fn && (res = (0, fn[__getOwnPropNames(fn)[0]])(fn = 0)), res;
  } catch (e) {
    throw err = [e], e;
  }
};
var __export = (target, all) => {
  for (var name2 in all)
    __defProp(target, name2, { get: all[name2], enumerable: true });
};

// src/core/text/display.ts
function replaceUnsafe(text4, escape) {
  return text4.replace(unsafe, escape);
}
function printable(text4) {
  return replaceUnsafe(text4, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\r") return "\\r";
    if (character === "	") return "\\t";
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
function shown(text4) {
  const safe = printable(text4);
  const short2 = safe.length > maxLength ? `${safe.slice(0, maxLength - 3)}...` : safe;
  return short2 === "" || short2 !== short2.trim() ? `'${short2}'` : short2;
}
function listed(names2, most = 4) {
  const visible = names2.length <= most ? names2.map(shown) : names2.slice(0, most - 1).map(shown);
  const rest = names2.length - visible.length;
  if (rest > 0) visible.push(`${rest} more`);
  if (visible.length < 2) return visible[0] ?? "";
  return `${visible.slice(0, -1).join(", ")} and ${visible.at(-1)}`;
}
var maxLength, unsafe;
var init_display = __esm({
  "src/core/text/display.ts"() {
    "use strict";
    maxLength = 80;
    unsafe = // eslint-disable-next-line no-misleading-character-class
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
  }
});

// src/errors.ts
var GuardError;
var init_errors = __esm({
  "src/errors.ts"() {
    "use strict";
    GuardError = class extends Error {
      kind;
      hint;
      constructor(kind, message, hint = null, options) {
        super(message, options);
        this.name = "GuardError";
        this.kind = kind;
        this.hint = hint;
      }
    };
  }
});

// src/python/source/decode-source.ts
function decodeSource(bytes) {
  if (bytes.includes(0)) {
    const error = { type: "ValueError", message: "source code string cannot contain null bytes" };
    return { kind: "error", error, line: 1 };
  }
  const mark = bytes[0] === 239 && bytes[1] === 187 && bytes[2] === 191;
  const body2 = mark ? bytes.subarray(3) : bytes;
  const encoding = declaredEncoding(body2);
  if (mark && encoding !== "utf-8") {
    return { kind: "error", error: syntaxError(`encoding problem: ${encoding} with BOM`), line: 1 };
  }
  if (encoding === "utf-8" || encoding === "utf-8-sig") return decodeUtf8(body2);
  if (encoding === "iso-8859-1") return { kind: "text", text: unixLines(bytesAsCharacters(body2)) };
  if (encoding === "ascii" || encoding === "us-ascii") return decodeAscii(body2);
  const known2 = singleByte[encoding];
  if (known2 === void 0) return { kind: "unknown", reason: `the encoding ${encoding} is not understood` };
  const bad = body2.findIndex((byte) => known2.undefinedBytes.includes(String.fromCharCode(byte)));
  if (bad !== -1) {
    const problem = `'charmap' codec can't decode byte ${hex(body2[bad])} in position ${bad}: character maps to <undefined>`;
    return { kind: "error", error: syntaxError(problem), line: 1 };
  }
  const text4 = known2.label === "windows-1252" ? windows1252(body2) : new TextDecoder(known2.label).decode(body2);
  return { kind: "text", text: unixLines(text4) };
}
function utf8Error(content) {
  for (let at = 0; at < content.length; ) {
    const length = sequenceLength(content[at] ?? 0);
    if (length === 0) return unicodeError(content, at, at, "invalid start byte");
    for (let next = 1; next < length; next++) {
      const byte = content[at + next];
      if (byte === void 0) return unicodeError(content, at, at + next - 1, "unexpected end of data");
      if (!continues(content[at] ?? 0, next, byte)) {
        return unicodeError(content, at, at + next - 1, "invalid continuation byte");
      }
    }
    at += length;
  }
  return syntaxError("invalid syntax");
}
function declaredEncoding(body2) {
  let start = 0;
  for (let line = 0; line < 2; line++) {
    if (startsCode(body2[start])) break;
    let end = start;
    while (end < body2.length && body2[end] !== 10 && body2[end] !== 13) end++;
    const text4 = bytesAsCharacters(body2.subarray(start, end));
    const name2 = /^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)/.exec(text4)?.[1];
    if (name2 !== void 0) return normalName(name2);
    if (!/^[ \t\f]*(?:#|$)/.test(text4)) break;
    start = end + (body2[end] === 13 && body2[end + 1] === 10 ? 2 : 1);
  }
  return "utf-8";
}
function startsCode(byte) {
  return byte !== void 0 && byte > 32 && byte !== 35;
}
function normalName(name2) {
  const plain2 = name2.toLowerCase().replaceAll("_", "-");
  if (plain2 === "utf8" || plain2 === "utf-8" || plain2.startsWith("utf-8-")) return "utf-8";
  if (/^(?:latin-1|iso-8859-1|iso-latin-1)(?:-|$)|^(?:latin1|l1|iso8859-1|cp819)$/.test(plain2))
    return "iso-8859-1";
  if (/^iso8859-\d+$/.test(plain2)) return plain2.replace("iso", "iso-");
  return plain2;
}
function decodeUtf8(body2) {
  try {
    return { kind: "text", text: unixLines(utf8.decode(body2)) };
  } catch {
    const offsets = invalidOffsets(body2);
    return { kind: "invalid-utf-8", text: bytesAsCharacters(body2), offsets };
  }
}
function decodeAscii(body2) {
  const bad = body2.findIndex((byte) => byte > 127);
  if (bad === -1) return { kind: "text", text: unixLines(bytesAsCharacters(body2)) };
  const problem = `'ascii' codec can't decode byte ${hex(body2[bad])} in position ${bad}: ordinal not in range(128)`;
  return { kind: "error", error: syntaxError(problem), line: 1 };
}
function invalidOffsets(body2) {
  const offsets = [];
  for (let at = 0; at < body2.length; ) {
    const length = sequenceLength(body2[at] ?? 0);
    let good = length > 0;
    for (let next = 1; good && next < length; next++) {
      const byte = body2[at + next];
      good = byte !== void 0 && continues(body2[at] ?? 0, next, byte);
    }
    if (!good) offsets.push(at);
    at += good ? length : 1;
  }
  return offsets;
}
function sequenceLength(first) {
  if (first < 128) return 1;
  if (first < 194) return 0;
  if (first < 224) return 2;
  if (first < 240) return 3;
  return first < 245 ? 4 : 0;
}
function continues(first, next, byte) {
  if (byte < 128 || byte > 191) return false;
  if (next > 1) return true;
  if (first === 224) return byte >= 160;
  if (first === 237) return byte <= 159;
  if (first === 240) return byte >= 144;
  return first !== 244 || byte <= 143;
}
function unicodeError(content, from, to, problem) {
  const place = from === to ? `byte ${hex(content[from])} in position ${from}` : `bytes in position ${from}-${to}`;
  return syntaxError(`(unicode error) 'utf-8' codec can't decode ${place}: ${problem}`);
}
function syntaxError(message) {
  return { type: "SyntaxError", message };
}
function hex(byte) {
  return `0x${(byte ?? 0).toString(16).padStart(2, "0")}`;
}
function bytesAsCharacters(bytes) {
  const parts2 = [];
  for (let start = 0; start < bytes.length; start += 8192) {
    parts2.push(String.fromCharCode(...bytes.subarray(start, start + 8192)));
  }
  return parts2.join("");
}
function windows1252(bytes) {
  return bytesAsCharacters(bytes).replace(
    /[\x80-\x9f]/g,
    (byte) => upper1252[byte.charCodeAt(0) - 128] ?? byte
  );
}
function unixLines(text4) {
  return text4.includes("\r") ? text4.replace(/\r\n?/g, "\n") : text4;
}
var singleByte, utf8, upper1252;
var init_decode_source = __esm({
  "src/python/source/decode-source.ts"() {
    "use strict";
    singleByte = {
      cp1252: { label: "windows-1252", undefinedBytes: "\x81\x8D\x8F\x90\x9D" },
      "windows-1252": { label: "windows-1252", undefinedBytes: "\x81\x8D\x8F\x90\x9D" },
      cp1251: { label: "windows-1251", undefinedBytes: "\x98" },
      "windows-1251": { label: "windows-1251", undefinedBytes: "\x98" },
      "iso-8859-15": { label: "iso-8859-15", undefinedBytes: "" },
      "latin-9": { label: "iso-8859-15", undefinedBytes: "" },
      "koi8-r": { label: "koi8-r", undefinedBytes: "" }
    };
    utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    upper1252 = "\u20AC\x81\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\x8D\u017D\x8F\x90\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\x9D\u017E\u0178";
  }
});

// src/core/history/migration-module.ts
function emptyModule(path) {
  const unbound2 = { kind: "unbound" };
  return {
    path,
    revision: unbound2,
    downRevision: unbound2,
    branchLabels: unbound2,
    dependsOn: unbound2,
    doc: null,
    upgrade: unbound2,
    downgrade: unbound2,
    raises: null,
    unreadable: null
  };
}
var init_migration_module = __esm({
  "src/core/history/migration-module.ts"() {
    "use strict";
  }
});

// src/python/env/scan-env.ts
function isPlain(text4) {
  if (telling.test(text4)) return false;
  const called = /* @__PURE__ */ new Set();
  const declared = /* @__PURE__ */ new Set();
  for (const { groups = {}, 0: whole } of text4.matchAll(token)) {
    const { string: string3, comment, formatted, decorator, declared: own, called: name2 } = groups;
    if (string3 !== void 0 || comment !== void 0) continue;
    if (formatted !== void 0 || decorator !== void 0 || /^["']/.test(whole)) return false;
    if (own !== void 0) declared.add(own);
    if (name2 !== void 0) called.add(name2);
  }
  return [...called].every((name2) => plainCalls.has(name2) || declared.has(name2) || keywords.has(name2));
}
function readEnvAtAGlance(bytes, path) {
  if (!bytes) return { ...nothingInEnv, path: null };
  const decoded = decodeSource(bytes);
  if (decoded.kind === "error") return brokenEnv(path, decoded.error.message, decoded.line, 1);
  if (decoded.kind === "unknown") return brokenEnv(path, decoded.reason, 1, 1);
  return worthParsing.test(decoded.text) || !isPlain(decoded.text) ? null : { ...nothingInEnv, path };
}
function brokenEnv(path, reason, line, column) {
  return {
    ...nothingInEnv,
    path,
    computed: [{ option: "env.py", expression: reason, span: { path, line, column } }]
  };
}
var worthParsing, plainCalls, telling, token, keywords, nothingInEnv;
var init_scan_env = __esm({
  "src/python/env/scan-env.ts"() {
    "use strict";
    init_decode_source();
    worthParsing = /version_table|version_locations|transaction_per_migration|\*\*|\brun_migrations\s*\(\s*[^\s)]/;
    plainCalls = new Set(
      `configure run_migrations begin_transaction is_offline_mode get_section get_main_option set_main_option
  engine_from_config async_engine_from_config create_engine create_async_engine AsyncEngine connect dispose run
  run_sync fileConfig getLogger info debug warning print str dict join dirname abspath realpath insert append getenv
  get load_dotenv Path get_url get_event_loop run_until_complete close render_as_string replace get_settings getattr hasattr isinstance len`.split(
        /\s+/
      )
    );
    telling = /search_path|schema_translate_map|default_schema_name|connect_args|execution_options|on_version_apply|version_num|_version\b|\boptions\s*=/;
    token = /(?<formatted>(?<!\w)(?:[fF][rR]?|[rR][fF])['"])|(?<string>(?<!\w)[rRbBuU]{0,2}(?:"""(?:\\[^]|[^\\])*?"""|'''(?:\\[^]|[^\\])*?'''|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'))|(?<comment>#[^\n]*)|\b(?:def|class)\s+(?<declared>\w+)|(?<decorator>^[ \t]*@)|(?<called>\w+)\s*\(|\w+|["']/gm;
    keywords = new Set(
      "if elif while and or not in is return assert import from with as for else del lambda await except raise print yield".split(
        " "
      )
    );
    nothingInEnv = {
      versionTable: null,
      versionTableSchema: null,
      transactionPerMigration: false,
      runMigrationsKeywords: [],
      computed: []
    };
  }
});

// src/python/header/module-facts.ts
function bound(value2, span) {
  return { kind: "value", value: value2, span };
}
var headerNames, watchedNames, dynamicNames, stopNames, unbound;
var init_module_facts = __esm({
  "src/python/header/module-facts.ts"() {
    "use strict";
    headerNames = {
      revision: "revision",
      down_revision: "downRevision",
      branch_labels: "branchLabels",
      depends_on: "dependsOn"
    };
    watchedNames = /* @__PURE__ */ new Set([
      ...Object.keys(headerNames),
      "upgrade",
      "downgrade",
      "__doc__"
    ]);
    dynamicNames = ["globals", "locals", "vars", "exec", "setattr", "__dict__", "modules", "exit", "quit"];
    stopNames = /* @__PURE__ */ new Set([...watchedNames, ...dynamicNames]);
    unbound = { kind: "unbound" };
  }
});

// src/python/source/source-position.ts
function lineAt(text4, offset, known2) {
  let { number: line, start } = known2;
  for (let next = text4.indexOf("\n", start); next !== -1 && next < offset; next = text4.indexOf("\n", start)) {
    line++;
    start = next + 1;
  }
  return { number: line, start };
}
function columnAt(text4, offset, line) {
  let column = 1;
  for (let at = line.start; at < offset; at++) {
    const code = text4.charCodeAt(at);
    if (code < 56320 || code > 57343) column++;
  }
  return column;
}
function positionAt(text4, offset) {
  const line = lineAt(text4, offset, firstLine);
  return { line: line.number, column: columnAt(text4, offset, line) };
}
var firstLine;
var init_source_position = __esm({
  "src/python/source/source-position.ts"() {
    "use strict";
    firstLine = { number: 1, start: 0 };
  }
});

// src/python/tokens/token-kinds.ts
var Kind, keywords2, operators;
var init_token_kinds = __esm({
  "src/python/tokens/token-kinds.ts"() {
    "use strict";
    Kind = {
      end: 0,
      newline: 1,
      indent: 2,
      dedent: 3,
      name: 4,
      number: 5,
      string: 6,
      bytes: 7,
      formatted: 8,
      // Punctuation
      openRound: 10,
      closeRound: 11,
      openSquare: 12,
      closeSquare: 13,
      openCurly: 14,
      closeCurly: 15,
      comma: 16,
      colon: 17,
      dot: 18,
      semicolon: 19,
      equal: 20,
      arrow: 21,
      walrus: 22,
      ellipsis: 23,
      at: 24,
      star: 25,
      doubleStar: 26,
      slash: 27,
      /** `+` and `-` */
      sign: 28,
      tilde: 29,
      /** Every other binary operator: `// % | ^ & << >> < > <= >= == !=` */
      binary: 30,
      /** `+=` and its kin */
      augment: 31,
      // Keywords
      false: 40,
      none: 41,
      true: 42,
      and: 43,
      as: 44,
      assert: 45,
      async: 46,
      await: 47,
      break: 48,
      class: 49,
      continue: 50,
      def: 51,
      del: 52,
      elif: 53,
      else: 54,
      except: 55,
      finally: 56,
      for: 57,
      from: 58,
      global: 59,
      if: 60,
      import: 61,
      in: 62,
      is: 63,
      lambda: 64,
      nonlocal: 65,
      not: 66,
      or: 67,
      pass: 68,
      raise: 69,
      return: 70,
      try: 71,
      while: 72,
      with: 73,
      yield: 74
    };
    keywords2 = /* @__PURE__ */ new Map([
      ["False", Kind.false],
      ["None", Kind.none],
      ["True", Kind.true],
      ["and", Kind.and],
      ["as", Kind.as],
      ["assert", Kind.assert],
      ["async", Kind.async],
      ["await", Kind.await],
      ["break", Kind.break],
      ["class", Kind.class],
      ["continue", Kind.continue],
      ["def", Kind.def],
      ["del", Kind.del],
      ["elif", Kind.elif],
      ["else", Kind.else],
      ["except", Kind.except],
      ["finally", Kind.finally],
      ["for", Kind.for],
      ["from", Kind.from],
      ["global", Kind.global],
      ["if", Kind.if],
      ["import", Kind.import],
      ["in", Kind.in],
      ["is", Kind.is],
      ["lambda", Kind.lambda],
      ["nonlocal", Kind.nonlocal],
      ["not", Kind.not],
      ["or", Kind.or],
      ["pass", Kind.pass],
      ["raise", Kind.raise],
      ["return", Kind.return],
      ["try", Kind.try],
      ["while", Kind.while],
      ["with", Kind.with],
      ["yield", Kind.yield]
    ]);
    operators = [
      ["...", Kind.ellipsis],
      ["**=", Kind.augment],
      ["//=", Kind.augment],
      ["<<=", Kind.augment],
      [">>=", Kind.augment],
      ["**", Kind.doubleStar],
      ["//", Kind.binary],
      ["<<", Kind.binary],
      [">>", Kind.binary],
      ["<=", Kind.binary],
      [">=", Kind.binary],
      ["==", Kind.binary],
      ["!=", Kind.binary],
      ["->", Kind.arrow],
      [":=", Kind.walrus],
      ["+=", Kind.augment],
      ["-=", Kind.augment],
      ["*=", Kind.augment],
      ["/=", Kind.augment],
      ["%=", Kind.augment],
      ["&=", Kind.augment],
      ["|=", Kind.augment],
      ["^=", Kind.augment],
      ["@=", Kind.augment],
      ["(", Kind.openRound],
      [")", Kind.closeRound],
      ["[", Kind.openSquare],
      ["]", Kind.closeSquare],
      ["{", Kind.openCurly],
      ["}", Kind.closeCurly],
      [",", Kind.comma],
      [":", Kind.colon],
      [".", Kind.dot],
      [";", Kind.semicolon],
      ["=", Kind.equal],
      ["@", Kind.at],
      ["*", Kind.star],
      ["/", Kind.slash],
      ["+", Kind.sign],
      ["-", Kind.sign],
      ["~", Kind.tilde],
      ["%", Kind.binary],
      ["|", Kind.binary],
      ["^", Kind.binary],
      ["&", Kind.binary],
      ["<", Kind.binary],
      [">", Kind.binary]
    ];
  }
});

// src/python/header/template-form.ts
function sticky(source) {
  return new RegExp(source, "y");
}
function isName(word) {
  return !keywords2.has(word) && !word.startsWith("__") && /^[A-Za-z_]\w*$/.test(word);
}
function remembering(judge) {
  const judged = /* @__PURE__ */ new Map();
  return (text4) => {
    let fine = judged.get(text4);
    if (fine === void 0) {
      fine = judge(text4);
      if (judged.size < maxJudged) judged.set(text4, fine);
    }
    return fine;
  };
}
function readPlainMigration(bytes, path) {
  if (bytes.length > maxLength2) return null;
  const source = decodeSource(bytes);
  const plain2 = source.kind === "text" ? readPlainModule(source.text, path) : null;
  return plain2 && { path, ...plain2.facts, unreadable: null };
}
function readPlainModule(source, path) {
  if (source.length > maxLength2) return null;
  const text4 = source.endsWith("\n") ? source : `${source}
`;
  const walk2 = { text: text4, at: 0, statements: [] };
  const headers = /* @__PURE__ */ new Map();
  const steps = /* @__PURE__ */ new Map();
  let upgrade = [];
  let doc = null;
  let line = firstLine;
  const spanAt = (offset) => {
    line = lineAt(text4, offset, line);
    return { path, line: line.number, column: columnAt(text4, offset, line) };
  };
  matches(walk2, skipped2);
  const opening2 = exec(walk2, docstring);
  if (opening2) doc = valueOf(opening2[1] ?? "");
  while (matches(walk2, skipped2), walk2.at < text4.length) {
    const start = walk2.at;
    if (matches(walk2, imported)) {
      if (!importsOthers(text4.slice(start, walk2.at))) return null;
      continue;
    }
    const assignment2 = exec(walk2, assigned);
    if (assignment2) {
      const [whole, key = "", annotation, single, several] = assignment2;
      if (headers.has(key) || annotation !== void 0 && !isAnnotation(annotation)) return null;
      const value2 = single !== void 0 ? { kind: "str", value: valueOf(single) } : several !== void 0 ? { kind: "tuple", items: elementsOf(several) } : { kind: "none" };
      headers.set(key, bound(value2, spanAt(start + valueOffset(whole))));
      continue;
    }
    const definition2 = exec(walk2, defined);
    const step2 = definition2?.[1];
    if (step2 === void 0 || steps.has(step2)) return null;
    steps.set(step2, { kind: "function", required: [], keywords: [], span: spanAt(start) });
    walk2.statements = [];
    if (!block(walk2, 0, 0)) return null;
    if (step2 === "upgrade") upgrade = walk2.statements;
  }
  return {
    facts: {
      revision: headers.get("revision") ?? unbound,
      downRevision: headers.get("down_revision") ?? unbound,
      branchLabels: headers.get("branch_labels") ?? unbound,
      dependsOn: headers.get("depends_on") ?? unbound,
      upgrade: steps.get("upgrade") ?? unbound,
      downgrade: steps.get("downgrade") ?? unbound,
      doc,
      raises: null
    },
    upgrade
  };
}
function matches(walk2, form2) {
  form2.lastIndex = walk2.at;
  if (!form2.test(walk2.text)) return false;
  walk2.at = form2.lastIndex;
  return true;
}
function exec(walk2, form2) {
  form2.lastIndex = walk2.at;
  const found = form2.exec(walk2.text);
  if (found) walk2.at = form2.lastIndex;
  return found;
}
function valueOf(quoted) {
  const quotes = quoted.startsWith('"""') ? 3 : 1;
  return ` ${quoted.slice(quoted.startsWith("u") ? 2 : quotes, -quotes)}`.slice(1);
}
function elementsOf(several) {
  return [...several.matchAll(elements)].flatMap(
    ([, quoted]) => quoted === void 0 ? [] : [{ kind: "str", value: valueOf(quoted) }]
  );
}
function valueOffset(whole) {
  const equal = whole.indexOf("=");
  return whole[equal + 1] === " " ? equal + 2 : equal + 1;
}
function block(walk2, outer, depth) {
  if (depth > maxDepth2) return false;
  let width = 0;
  for (; ; ) {
    matches(walk2, skipped2);
    const line = walk2.at;
    matches(walk2, indented);
    const start = walk2.at;
    const found = start - line;
    if (width === 0) width = found;
    if (width <= outer || found > width) return false;
    if (found < width) {
      walk2.at = line;
      return true;
    }
    if (!matches(walk2, passed) && !statement(walk2, width, depth)) return false;
    walk2.statements.push({ start, end: walk2.at });
    if (walk2.at === walk2.text.length) return true;
  }
}
function statement(walk2, width, depth) {
  const opening2 = exec(walk2, calling);
  if (!opening2) return false;
  const target = opening2[2];
  if (target !== void 0 && !isOneName(target)) return false;
  if (!areNames(opening2[3] ?? "") || !restOfCall(walk2)) return false;
  let links = 0;
  for (let more = exec(walk2, trailing); more; more = exec(walk2, trailing)) {
    if (++links > maxChain2 || !areNames(more[1] ?? "") || !restOfCall(walk2)) return false;
  }
  if (opening2[1] === void 0) return matches(walk2, ended);
  const entry2 = exec(walk2, entering);
  if (!entry2 || entry2[1] !== void 0 && !isName(entry2[1])) return false;
  return block(walk2, width, depth + 1);
}
function restOfCall(walk2) {
  const open = [[]];
  let isCall2 = true;
  let complete = false;
  let links = 0;
  while (open.length > 0) {
    const found = exec(walk2, complete ? afterItem : item);
    if (!found || open.length > maxDepth2) return false;
    const closer = found[1];
    if (closer !== void 0) {
      isCall2 = closer === ")";
      if (open.pop() !== null !== isCall2) return false;
      complete = true;
    } else if (complete) {
      const comma = found[2];
      const opensCall = found[4];
      if (comma === void 0 && !(isCall2 && areNames(found[3] ?? ""))) return false;
      complete = comma === void 0 && opensCall === void 0;
      links = comma === void 0 ? links + 1 : 0;
      if (links > maxChain2) return false;
      if (opensCall !== void 0) open.push([]);
    } else {
      const opensList = found[3];
      const names2 = found[4];
      const inner = found[5];
      const opensCall = found[6];
      const comma = found[7];
      if (!allowed(open.at(-1) ?? null, found[2])) return false;
      if (names2 !== void 0 && !areNames(names2)) return false;
      if (inner !== void 0 && !isOneName(inner)) return false;
      if (opensList !== void 0) open.push(null);
      else if (opensCall !== void 0) open.push([]);
      if (comma !== void 0 && (opensList ?? opensCall) !== void 0) return false;
      complete = opensList === void 0 && opensCall === void 0 && comma === void 0;
      isCall2 = false;
    }
  }
  return true;
}
function allowed(names2, keyword) {
  if (keyword === void 0) return names2 === null || names2.length === 0;
  if (names2 === null || names2.length >= maxKeywords || names2.includes(keyword)) return false;
  if (!isOneName(keyword)) return false;
  names2.push(keyword);
  return true;
}
var maxDepth2, maxChain2, maxKeywords, maxJudged, maxLength2, blanks, lineEnd, name, dotted, long, short, string, strings, number, constant, skipped2, docstring, imported, assigned, defined, indented, passed, calling, ended, entering, trailing, item, afterItem, isOneName, areNames, importForm, importsOthers, annotationForm, isAnnotation, elements;
var init_template_form = __esm({
  "src/python/header/template-form.ts"() {
    "use strict";
    init_decode_source();
    init_module_facts();
    init_source_position();
    init_token_kinds();
    maxDepth2 = 20;
    maxChain2 = 100;
    maxKeywords = 64;
    maxJudged = 1e4;
    maxLength2 = 1e5;
    blanks = String.raw`[ \n]*(?:#[^\n]*\n[ \n]*)*`;
    lineEnd = String.raw` *(?:#[^\n]*)?\n`;
    name = String.raw`[A-Za-z_]\w*`;
    dotted = String.raw`[A-Za-z_][\w.]*`;
    long = String.raw`"""(?:[^"\\]|"(?!""))*"""`;
    short = String.raw`u?(?:'(?!'')[^'\\\n]*'|"(?!"")[^"\\\n]*")`;
    string = `(?:${long}|${short})`;
    strings = `${string}(?:${blanks}${string})*`;
    number = String.raw`-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?(?![\w.])`;
    constant = String.raw`(?:None|True|False)\b`;
    skipped2 = sticky(`(?:${lineEnd})*`);
    docstring = sticky(`(${long}|${short})${lineEnd}`);
    imported = sticky(String.raw`(?:from|import) [\w., ]+?${lineEnd}`);
    assigned = sticky(
      String.raw`(${Object.keys(headerNames).join("|")}) ?(?:: ?([\w.[\], |]*[\w\]]) ?)?= ?` + String.raw`(?:None|(${short})|\(((?:${blanks}${short}${blanks},)+(?:${blanks}${short})?)${blanks}\))${lineEnd}`
    );
    defined = sticky(String.raw`def (upgrade|downgrade)\(\)(?: ?-> ?None)? ?:${lineEnd}`);
    indented = sticky(" *");
    passed = sticky(`(?:pass|${long}|${short})${lineEnd}`);
    calling = sticky(String.raw`(?:(with )|(${name}) ?=(?!=) ?)?(${dotted})\(`);
    ended = sticky(lineEnd);
    entering = sticky(`(?: as (${name}))? ?:${lineEnd}`);
    trailing = sticky(String.raw`\.(${dotted})\(`);
    item = sticky(
      String.raw`${blanks}(?:([)\]])|(?:(${name}) ?=(?!=) ?)?(?:(\[)|${strings}|${number}|${constant}` + String.raw`|(${dotted})(?:\((?:(?:(${name})=)?(?:${short}|[1-9]\d{0,8}(?=\))|True|False))?\)(?!\.)|(\())?)` + String.raw`(?:${blanks}(,))?)`
    );
    afterItem = sticky(String.raw`${blanks}(?:([)\]])|(,)|\.(${dotted})(\()?)`);
    isOneName = remembering(isName);
    areNames = remembering((text4) => {
      const names2 = text4.split(".");
      return names2.length <= maxChain2 && names2.every(isName);
    });
    importForm = /^(?:from ([\w.]+) import (.+?)|import ([\w.]+(?: as \w+)?)) *(?:#.*)?\n$/;
    importsOthers = remembering((line) => {
      const [, from, names2 = "", plain2] = importForm.exec(line) ?? [];
      if (from === void 0 && plain2 === void 0) return false;
      if (from !== void 0 && !areNames(from)) return false;
      return (plain2 ?? names2).split(",").every((one) => {
        const [what = "", as, alias, ...rest] = one.replace(/^ /, "").split(" ");
        const own = alias ?? what.split(".", 1)[0] ?? "";
        if (rest.length > 0 || as !== void 0 && (as !== "as" || alias === void 0)) return false;
        return (plain2 === void 0 ? isName(what) : areNames(what)) && isName(own) && !stopNames.has(own);
      });
    });
    annotationForm = /^[A-Za-z_][\w.]*(?:\[[A-Za-z_][\w.]*|\]*(?: ?\| ?|, ?)[A-Za-z_][\w.]*)*\]*$/;
    isAnnotation = remembering((text4) => {
      let open = 0;
      for (const character of text4) {
        if (character === "[") open++;
        if (character === "]" && --open < 0) return false;
        if (character === "," && open === 0) return false;
      }
      const words = text4.split(/[^\w.]+/).filter((word) => word !== "");
      return open === 0 && annotationForm.test(text4) && words.every((word) => word === "None" || areNames(word));
    });
    elements = new RegExp(String.raw`#[^\n]*|(${short})`, "g");
  }
});

// src/python/source/excerpt.ts
function shortened(source) {
  const line = source.replace(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 79)}\u2026` : line;
}
var init_excerpt = __esm({
  "src/python/source/excerpt.ts"() {
    "use strict";
  }
});

// src/python/interpreter/format.ts
function formatValue(value2, specification) {
  if (specification === "") return asText(value2);
  const [whole, zero, width = "0", type] = /^(0)?(\d{1,3})?([ds])?$/.exec(specification) ?? [];
  if (whole === void 0) return null;
  if (value2.kind === "int" && type !== "s") {
    const sign = value2.value < 0n ? "-" : "";
    const digits = value2.value.toString().slice(sign.length);
    if (zero === void 0) return (sign + digits).padStart(Number(width));
    return sign + digits.padStart(Number(width) - sign.length, "0");
  }
  return value2.kind === "str" && type !== "d" && zero === void 0 ? value2.value.padEnd(Number(width)) : null;
}
function asText(value2) {
  switch (value2.kind) {
    case "str":
      return value2.value;
    case "int":
      return value2.value.toString();
    case "none":
      return "None";
    case "bool":
      return value2.value ? "True" : "False";
    default:
      return null;
  }
}
function percentFormat(template, argument) {
  const isTuple = argument.kind === "items" && argument.type === "tuple";
  if (!isTuple && argument.kind !== "str" && argument.kind !== "int") return null;
  const values = isTuple ? argument.items : [argument];
  return fill(template, /%(?:(%)|(0?\d{0,3})([sd])|([^]?))/g, values, (found, next) => {
    const [, percent2, width = "", type = "", other] = found;
    if (percent2 !== void 0) return "%";
    if (other !== void 0) return null;
    const value2 = next();
    if (value2 === void 0) return null;
    if (type === "d") return value2.kind === "int" ? formatValue(value2, width) : null;
    return width === "" ? asText(value2) : null;
  });
}
function braceFormat(template, values, keywords3) {
  return fill(template, /\{\{|\}\}|\{([^{}!:]*)(?::([^{}]*))?\}|[{}]/g, values, (found, next) => {
    const [whole, name2, specification = ""] = found;
    if (name2 === void 0) return whole === "{{" ? "{" : whole === "}}" ? "}" : null;
    const value2 = name2 === "" ? next() : /^\d{1,3}$/.test(name2) ? values[Number(name2)] : keywords3.get(name2);
    return value2 === void 0 ? null : formatValue(value2, specification);
  });
}
function fill(template, form2, values, replace2) {
  let used = 0;
  let failed2 = false;
  const next = () => values[used++];
  const value2 = template.replace(form2, (...found) => {
    const part = replace2(found, next);
    failed2 ||= part === null;
    return part ?? "";
  });
  const leftOver = form2.source.startsWith("%") && used !== values.length;
  return failed2 || leftOver ? null : value2;
}
var init_format = __esm({
  "src/python/interpreter/format.ts"() {
    "use strict";
  }
});

// src/python/syntax/grammar-cursor.ts
function refuse(g, message = "invalid syntax", certain = false, token2 = g.at) {
  g.objection ??= {
    at: g.tokens.starts[token2] ?? g.text.length,
    error: { type: "SyntaxError", message },
    certain
  };
  return 0;
}
function sees(g, kind) {
  return g.kinds[g.at] === kind;
}
function takes(g, kind) {
  if (g.kinds[g.at] !== kind) return false;
  g.at++;
  return true;
}
function needs(g, kind, message) {
  return takes(g, kind) || refuse(g, message) !== 0;
}
function nameAt(g) {
  return wordAt(g, g.at);
}
function wordAt(g, token2) {
  return g.text.slice(g.tokens.starts[token2], g.tokens.ends[token2]);
}
var Shape, chainTooLong;
var init_grammar_cursor = __esm({
  "src/python/syntax/grammar-cursor.ts"() {
    "use strict";
    Shape = {
      failed: 0,
      value: 1,
      /** A name, attribute or subscript: may stand left of `=`, `+=`, `:`. */
      target: 2,
      /** A tuple or list of targets: may stand left of `=`. */
      targets: 4,
      /** `*x` */
      starred: 8,
      /** A lone name without parentheses. */
      name: 16,
      /** A tuple without parentheses. */
      bareTuple: 32
    };
    chainTooLong = "a chain of operators or calls is too long";
  }
});

// src/python/syntax/grammar-expressions.ts
function expression(g) {
  const lone = loneAtom(g);
  if (lone !== 0) return lone;
  if (sees(g, Kind.lambda)) return lambda(g);
  const shape = disjunction(g);
  if (shape === 0 || !takes(g, Kind.if)) return shape;
  if (disjunction(g) === 0) return 0;
  if (!needs(g, Kind.else, "expected 'else' after 'if' expression")) return 0;
  return deeper(g, expression) === 0 ? 0 : Shape.value;
}
function loneAtom(g) {
  const next = g.kinds[g.at + 1];
  if (next !== Kind.comma && next !== Kind.closeRound && next !== Kind.closeSquare && next !== Kind.newline) {
    return 0;
  }
  switch (g.kinds[g.at]) {
    case Kind.name:
      g.at++;
      return Shape.value | Shape.target | Shape.name;
    case Kind.string:
    case Kind.number:
    case Kind.none:
    case Kind.true:
    case Kind.false:
      g.at++;
      return Shape.value;
    default:
      return 0;
  }
}
function namedExpression(g) {
  const shape = expression(g);
  if (shape === 0 || !sees(g, Kind.walrus)) return shape;
  if ((shape & Shape.name) === 0) return refuse(g, "invalid syntax", true);
  g.at++;
  return expression(g) === 0 ? 0 : Shape.value;
}
function expressionList(g) {
  return list(g, expression);
}
function subjectList(g) {
  return list(g, namedExpression);
}
function targetList(g) {
  const shape = list(g, operand);
  if (shape === 0) return 0;
  if ((shape & (Shape.target | Shape.targets)) === 0 || (shape & Shape.starred) !== 0) {
    return refuse(g, "invalid syntax", true, g.at - 1);
  }
  return shape;
}
function yieldExpression(g) {
  if (g.scope === "module" || g.scope === "class") return refuse(g, "'yield' outside function", true);
  g.at++;
  if (takes(g, Kind.from)) return expression(g);
  return startsExpression(g) ? expressionList(g) : Shape.value;
}
function startsExpression(g) {
  switch (g.kinds[g.at]) {
    case Kind.name:
    case Kind.number:
    case Kind.string:
    case Kind.bytes:
    case Kind.formatted:
    case Kind.openRound:
    case Kind.openSquare:
    case Kind.openCurly:
    case Kind.ellipsis:
    case Kind.star:
    case Kind.sign:
    case Kind.tilde:
    case Kind.false:
    case Kind.none:
    case Kind.true:
    case Kind.await:
    case Kind.lambda:
    case Kind.not:
      return true;
    default:
      return false;
  }
}
function valueList(g) {
  return sees(g, Kind.yield) ? yieldExpression(g) : expressionList(g);
}
function deeper(g, inner) {
  if (g.depth >= maxDepth3) return refuse(g, "too many nested expressions");
  g.depth++;
  const shape = inner(g);
  g.depth--;
  return shape;
}
function list(g, item2) {
  let shape = starOr(g, item2);
  if (shape === 0 || !sees(g, Kind.comma)) return shape;
  const assignable = Shape.target | Shape.targets;
  let targets = (shape & assignable) !== 0;
  while (takes(g, Kind.comma)) {
    if (!startsExpression(g)) break;
    shape = starOr(g, item2);
    if (shape === 0) return 0;
    targets &&= (shape & assignable) !== 0;
  }
  return Shape.value | Shape.bareTuple | (targets ? Shape.targets : 0);
}
function starOr(g, item2) {
  if (!takes(g, Kind.star)) return item2(g);
  const shape = item2 === operand ? operand(g) : operators2(g);
  return shape === 0 ? 0 : Shape.value | Shape.starred | shape & (Shape.target | Shape.targets);
}
function lambda(g) {
  g.at++;
  const scope = g.scope;
  if (!parameters(g, Kind.colon)) return 0;
  g.at++;
  g.scope = "function";
  const shape = deeper(g, expression);
  g.scope = scope;
  return shape === 0 ? 0 : Shape.value;
}
function disjunction(g) {
  for (let shape = 0; ; ) {
    let negations = 0;
    while (takes(g, Kind.not)) negations++;
    const operands = operators2(g);
    if (operands === 0) return 0;
    shape = shape === 0 && negations === 0 ? operands : Shape.value;
    if (!takes(g, Kind.and) && !takes(g, Kind.or)) return shape;
    if (!sees(g, Kind.not) && !startsExpression(g)) return refuse(g);
    if (sees(g, Kind.star) || sees(g, Kind.lambda)) return refuse(g);
    shape = Shape.value;
  }
}
function operators2(g) {
  let shape = operand(g);
  let links = 0;
  while (shape !== 0 && takesOperator(g)) {
    if (++links > maxChain3) return refuse(g, chainTooLong);
    shape = operand(g) === 0 ? 0 : Shape.value;
  }
  return shape;
}
function takesOperator(g) {
  switch (g.kinds[g.at]) {
    case Kind.binary:
    case Kind.sign:
    case Kind.star:
    case Kind.doubleStar:
    case Kind.slash:
    case Kind.at:
    case Kind.in:
      g.at++;
      return true;
    case Kind.is:
      g.at++;
      takes(g, Kind.not);
      return true;
    case Kind.not:
      if (g.kinds[g.at + 1] !== Kind.in) return false;
      g.at += 2;
      return true;
    default:
      return false;
  }
}
function operand(g) {
  const kind = g.kinds[g.at];
  if (kind !== Kind.sign && kind !== Kind.tilde && kind !== Kind.await) return primary(g);
  while (takes(g, Kind.sign) || takes(g, Kind.tilde)) ;
  if (sees(g, Kind.await)) {
    if (g.scope !== "async") return refuse(g, "'await' outside async function");
    g.at++;
  }
  return primary(g) === 0 ? 0 : Shape.value;
}
function primary(g) {
  let shape = atom(g);
  for (let links = 0; shape !== 0; links++) {
    if (links > maxChain3) return refuse(g, chainTooLong);
    switch (g.kinds[g.at]) {
      case Kind.dot:
        g.at++;
        if (!needs(g, Kind.name)) return 0;
        shape = Shape.value | Shape.target;
        break;
      case Kind.openRound:
        g.at++;
        shape = callArguments(g) ? Shape.value : 0;
        break;
      case Kind.openSquare:
        g.at++;
        shape = subscript(g) ? Shape.value | Shape.target : 0;
        break;
      default:
        return shape;
    }
  }
  return 0;
}
function atom(g) {
  const kind = g.kinds[g.at];
  switch (kind) {
    case Kind.name:
      g.at++;
      return Shape.value | Shape.target | Shape.name;
    case Kind.number:
    case Kind.none:
    case Kind.true:
    case Kind.false:
    case Kind.ellipsis:
      g.at++;
      return Shape.value;
    case Kind.string:
    case Kind.formatted:
    case Kind.bytes:
      return strings2(g, kind === Kind.bytes);
    case Kind.openRound:
      g.at++;
      return display(g, Kind.closeRound);
    case Kind.openSquare:
      g.at++;
      return display(g, Kind.closeSquare);
    case Kind.openCurly:
      g.at++;
      return braces(g);
    default:
      return refuse(g);
  }
}
function strings2(g, bytes) {
  for (; ; ) {
    const kind = g.kinds[g.at];
    if (kind !== Kind.string && kind !== Kind.formatted && kind !== Kind.bytes) return Shape.value;
    if (kind === Kind.bytes !== bytes) return refuse(g, "cannot mix bytes and nonbytes literals", true);
    g.at++;
  }
}
function display(g, closer) {
  const round = closer === Kind.closeRound;
  if (takes(g, closer)) return Shape.value | Shape.targets;
  if (round && sees(g, Kind.yield)) {
    if (yieldExpression(g) === 0) return 0;
    return needs(g, closer) ? Shape.value : 0;
  }
  const first = starOr(g, namedExpression);
  if (first === 0) return 0;
  if (sees(g, Kind.for) || sees(g, Kind.async)) {
    if ((first & Shape.starred) !== 0)
      return refuse(g, "iterable unpacking cannot be used in comprehension", true);
    return comprehension(g) && needs(g, closer) ? Shape.value : 0;
  }
  const assignable = Shape.target | Shape.targets;
  let targets = (first & assignable) !== 0;
  if (round && !sees(g, Kind.comma)) {
    if (!needs(g, closer)) return 0;
    if ((first & Shape.starred) !== 0) {
      return refuse(g, "cannot use starred expression here", true, g.at - 1);
    }
    return Shape.value | first & assignable;
  }
  while (takes(g, Kind.comma)) {
    if (sees(g, closer)) break;
    const shape = starOr(g, namedExpression);
    if (shape === 0) return 0;
    targets &&= (shape & assignable) !== 0;
  }
  return needs(g, closer) ? Shape.value | (targets ? Shape.targets : 0) : 0;
}
function braces(g) {
  if (takes(g, Kind.closeCurly)) return Shape.value;
  let pairs = null;
  do {
    if (sees(g, Kind.closeCurly)) break;
    const pair = entry(g, pairs);
    if (pair === null) return 0;
    if (pairs === null && (sees(g, Kind.for) || sees(g, Kind.async))) {
      return comprehension(g) && needs(g, Kind.closeCurly) ? Shape.value : 0;
    }
    pairs = pair;
  } while (takes(g, Kind.comma));
  return needs(g, Kind.closeCurly) ? Shape.value : 0;
}
function entry(g, pairs) {
  if (sees(g, Kind.doubleStar)) {
    if (pairs === false) return refused(g);
    g.at++;
    return operators2(g) === 0 ? null : true;
  }
  if (sees(g, Kind.star) && pairs === true) return refused(g);
  const shape = starOr(g, namedExpression);
  if (shape === 0) return null;
  const pair = sees(g, Kind.colon);
  if (pairs !== null && pair !== pairs) return refused(g);
  if (!pair) return false;
  g.at++;
  return expression(g) === 0 ? null : true;
}
function refused(g) {
  refuse(g);
  return null;
}
function comprehension(g) {
  do {
    takes(g, Kind.async);
    if (!needs(g, Kind.for) || targetList(g) === 0) return false;
    if (!needs(g, Kind.in) || disjunction(g) === 0) return false;
    while (takes(g, Kind.if)) if (disjunction(g) === 0) return false;
  } while (sees(g, Kind.for) || sees(g, Kind.async));
  return true;
}
function subscript(g) {
  do {
    if (sees(g, Kind.closeSquare)) break;
    if (!sees(g, Kind.colon)) {
      const shape = starOr(g, namedExpression);
      if (shape === 0) return false;
      if ((shape & Shape.starred) !== 0) continue;
    }
    for (let colons = 0; colons < 2 && takes(g, Kind.colon); colons++) {
      if (startsExpression(g) && expression(g) === 0) return false;
    }
  } while (takes(g, Kind.comma));
  if (g.kinds[g.at - 1] === Kind.openSquare) return refuse(g) !== 0;
  return needs(g, Kind.closeSquare);
}
var maxDepth3, maxChain3;
var init_grammar_expressions = __esm({
  "src/python/syntax/grammar-expressions.ts"() {
    "use strict";
    init_grammar_calls();
    init_grammar_cursor();
    init_token_kinds();
    maxDepth3 = 400;
    maxChain3 = 2500;
  }
});

// src/python/syntax/grammar-calls.ts
function callArguments(g) {
  const before = g.nameCount;
  let keywords3 = "none";
  let first = true;
  while (!sees(g, Kind.closeRound)) {
    if (takes(g, Kind.doubleStar)) {
      if (expression(g) === 0) return false;
      keywords3 = "unpacked";
    } else if (sees(g, Kind.star)) {
      if (keywords3 === "unpacked") {
        return refuse(g, "iterable argument unpacking follows keyword argument unpacking") !== 0;
      }
      g.at++;
      if (expression(g) === 0) return false;
    } else if (sees(g, Kind.name) && g.kinds[g.at + 1] === Kind.equal) {
      if (!newName(g, before)) return refuse(g, `keyword argument repeated: ${nameAt(g)}`, true) !== 0;
      g.at += 2;
      if (expression(g) === 0) return false;
      if (keywords3 === "none") keywords3 = "some";
    } else {
      const start = g.at;
      if (namedExpression(g) === 0) return false;
      if (sees(g, Kind.for) || sees(g, Kind.async)) {
        if (!comprehension(g)) return false;
        if (!first || !sees(g, Kind.closeRound)) {
          return refuse(g, "Generator expression must be parenthesized", true, start) !== 0;
        }
      }
      if (keywords3 !== "none") {
        const unpacking = keywords3 === "unpacked" ? " unpacking" : "";
        return refuse(g, `positional argument follows keyword argument${unpacking}`, false, start) !== 0;
      }
    }
    first = false;
    if (!takes(g, Kind.comma)) break;
  }
  g.nameCount = before;
  return needs(g, Kind.closeRound);
}
function newName(g, since) {
  const oldest = Math.max(since, g.nameCount - comparedNames);
  for (let index = g.nameCount - 1; index >= oldest; index--) {
    if (sameText(g, g.names[index] ?? 0, g.at)) return false;
  }
  g.names[g.nameCount++] = g.at;
  return true;
}
function sameText(g, one, other) {
  const { starts, ends } = g.tokens;
  const from = starts[one] ?? 0;
  const to = starts[other] ?? 0;
  const length = (ends[one] ?? 0) - from;
  if (length !== (ends[other] ?? 0) - to) return false;
  for (let index = 0; index < length; index++) {
    if (g.text.charCodeAt(from + index) !== g.text.charCodeAt(to + index)) return false;
  }
  return true;
}
function parameters(g, closer) {
  const before = g.nameCount;
  let defaults = false;
  let star = false;
  let slash = false;
  let bareStar = false;
  while (!sees(g, closer)) {
    if (takes(g, Kind.doubleStar)) {
      if (!parameter(g, closer, before, false)) return false;
      takes(g, Kind.comma);
      if (!sees(g, closer)) return refuse(g, "arguments cannot follow var-keyword argument") !== 0;
      break;
    }
    if (sees(g, Kind.star)) {
      if (star) return refuse(g, "* argument may appear only once") !== 0;
      g.at++;
      star = true;
      bareStar = sees(g, Kind.comma);
      if (!bareStar && !parameter(g, closer, before, true)) return false;
    } else if (sees(g, Kind.slash)) {
      if (slash || star || g.nameCount === before) return refuse(g) !== 0;
      g.at++;
      slash = true;
    } else {
      if (!parameter(g, closer, before, false)) return false;
      bareStar = false;
      if (takes(g, Kind.equal)) {
        if (expression(g) === 0) return false;
        defaults = true;
      } else if (defaults && !star) {
        return refuse(g, "non-default argument follows default argument", true, g.at - 1) !== 0;
      }
    }
    if (!takes(g, Kind.comma)) break;
  }
  g.nameCount = before;
  if (bareStar) return refuse(g, "named arguments must follow bare *") !== 0;
  return sees(g, closer) || refuse(g) !== 0;
}
function parameter(g, closer, since, starred) {
  if (!sees(g, Kind.name)) return refuse(g) !== 0;
  if (!newName(g, since))
    return refuse(g, `duplicate argument '${nameAt(g)}' in function definition`, true) !== 0;
  g.at++;
  if (closer === Kind.colon || !takes(g, Kind.colon)) return true;
  if (starred && takes(g, Kind.star)) return operators2(g) !== 0;
  return expression(g) !== 0;
}
var comparedNames;
var init_grammar_calls = __esm({
  "src/python/syntax/grammar-calls.ts"() {
    "use strict";
    init_grammar_expressions();
    init_grammar_cursor();
    init_token_kinds();
    comparedNames = 64;
  }
});

// src/python/syntax/grammar-simple.ts
function simpleStatement(g) {
  const { scope } = g;
  const kind = g.kinds[g.at];
  switch (kind) {
    case Kind.pass:
      g.at++;
      return true;
    case Kind.break:
    case Kind.continue:
      if (!g.loop) {
        return refuse(
          g,
          kind === Kind.break ? "'break' outside loop" : "'continue' not properly in loop",
          true
        ) !== 0;
      }
      g.at++;
      return true;
    case Kind.return:
      if (scope === "module" || scope === "class") return refuse(g, "'return' outside function", true) !== 0;
      g.at++;
      return !startsExpression(g) || notStarred(g, expressionList(g));
    case Kind.raise:
      g.at++;
      if (!startsExpression(g)) return true;
      return expression(g) !== 0 && (!takes(g, Kind.from) || expression(g) !== 0);
    case Kind.global:
    case Kind.nonlocal:
      if (kind === Kind.nonlocal && scope === "module") {
        return refuse(g, "nonlocal declaration not allowed at module level", true) !== 0;
      }
      do {
        g.at++;
        if (!needs(g, Kind.name)) return false;
      } while (sees(g, Kind.comma));
      return true;
    case Kind.del:
      g.at++;
      return deletion(g);
    case Kind.assert:
      g.at++;
      return expression(g) !== 0 && (!takes(g, Kind.comma) || expression(g) !== 0);
    case Kind.import:
      g.at++;
      return importedModules(g);
    case Kind.from:
      g.at++;
      return importedNames(g);
    case Kind.yield:
      return valueList(g) !== 0 && (!sees(g, Kind.equal) || refuse(g) !== 0);
    default:
      return expressionStatement(g);
  }
}
function notStarred(g, shape) {
  if (shape === 0) return false;
  return (shape & Shape.starred) === 0 || refuse(g, "can't use starred expression here", true, g.at - 1) !== 0;
}
function deletion(g) {
  if (sees(g, Kind.star)) return refuse(g) !== 0;
  const shape = expressionList(g);
  if (shape === 0) return false;
  return (shape & (Shape.target | Shape.targets)) !== 0 || refuse(g, "invalid syntax", false, g.at - 1) !== 0;
}
function importedModules(g) {
  do {
    if (!dottedName(g) || takes(g, Kind.as) && !needs(g, Kind.name)) return false;
  } while (takes(g, Kind.comma));
  return true;
}
function dottedName(g) {
  do {
    if (!needs(g, Kind.name)) return false;
  } while (takes(g, Kind.dot));
  return true;
}
function importedNames(g) {
  let dots = 0;
  while (takes(g, Kind.dot) || takes(g, Kind.ellipsis)) dots++;
  if (dots === 0 && sees(g, Kind.import)) return refuse(g, "invalid syntax", true) !== 0;
  if (!sees(g, Kind.import) && !dottedName(g)) return false;
  if (!needs(g, Kind.import)) return false;
  if (sees(g, Kind.star)) {
    if (g.scope !== "module") return refuse(g, "import * only allowed at module level", true) !== 0;
    g.at++;
    return true;
  }
  const future = dots === 0 && wordAt(g, g.at - 2) === "__future__";
  const round = takes(g, Kind.openRound);
  do {
    if (round && sees(g, Kind.closeRound) && g.kinds[g.at - 1] === Kind.comma) break;
    if (!round && sees(g, Kind.newline) && g.kinds[g.at - 1] === Kind.comma) {
      return refuse(g, "trailing comma not allowed without surrounding parentheses", true) !== 0;
    }
    if (future && sees(g, Kind.name) && !futureFeatures.has(nameAt(g))) {
      return refuse(g, `future feature ${nameAt(g)} is not defined`, true) !== 0;
    }
    if (!needs(g, Kind.name) || takes(g, Kind.as) && !needs(g, Kind.name)) return false;
  } while (takes(g, Kind.comma));
  return !round || needs(g, Kind.closeRound);
}
function expressionStatement(g) {
  if (sees(g, Kind.name) && g.kinds[g.at + 1] === Kind.name && nameAt(g) === "type") return typeAlias(g);
  let shape = expressionList(g);
  if (shape === 0) return false;
  const from = g.at - 1;
  if (takes(g, Kind.colon)) {
    if ((shape & Shape.target) === 0) return refuse(g, "invalid syntax", true, from) !== 0;
    if (expression(g) === 0) return false;
    return !takes(g, Kind.equal) || notStarred(g, valueList(g));
  }
  if (sees(g, Kind.augment)) {
    if ((shape & Shape.target) === 0) return refuse(g) !== 0;
    g.at++;
    return notStarred(g, valueList(g));
  }
  while (sees(g, Kind.equal)) {
    if ((shape & (Shape.target | Shape.targets)) === 0) return refuse(g) !== 0;
    if ((shape & Shape.starred) !== 0) {
      return refuse(g, "starred assignment target must be in a list or tuple", true) !== 0;
    }
    g.at++;
    if (sees(g, Kind.yield)) return valueList(g) !== 0;
    shape = expressionList(g);
    if (shape === 0) return false;
  }
  return notStarred(g, shape);
}
function typeAlias(g) {
  g.at += 2;
  return typeParameters(g) && needs(g, Kind.equal) && expression(g) !== 0;
}
function typeParameters(g) {
  if (!takes(g, Kind.openSquare)) return true;
  do {
    if (sees(g, Kind.closeSquare)) break;
    if (!takes(g, Kind.star)) takes(g, Kind.doubleStar);
    if (!needs(g, Kind.name)) return false;
    if (takes(g, Kind.colon) && expression(g) === 0) return false;
    if (takes(g, Kind.equal) && expressionList(g) === 0) return false;
  } while (takes(g, Kind.comma));
  return needs(g, Kind.closeSquare);
}
var futureFeatures;
var init_grammar_simple = __esm({
  "src/python/syntax/grammar-simple.ts"() {
    "use strict";
    init_grammar_expressions();
    init_grammar_cursor();
    init_token_kinds();
    futureFeatures = /* @__PURE__ */ new Set([
      "nested_scopes",
      "generators",
      "division",
      "absolute_import",
      "with_statement",
      "print_function",
      "unicode_literals",
      "barry_as_FLUFL",
      "generator_stop",
      "annotations"
    ]);
  }
});

// src/python/source/formatted-string.ts
function readFormatted(text4, from, quote, raw, depth = 0) {
  if (depth > maxDepth4) return null;
  const walk2 = { text: text4, fields: [], raw, quote, depth };
  const end = literalPart(walk2, from, false);
  return end === -1 ? null : { end, fields: walk2.fields };
}
function literalPart(walk2, from, specification) {
  const { text: text4, quote, raw } = walk2;
  for (let at = from; at < text4.length; ) {
    const character = text4[at];
    if (text4.startsWith(quote, at)) return specification ? -1 : at + quote.length;
    if (character === "\n" && quote.length === 1) return -1;
    if (character === "\\") {
      const next = text4[at + 1];
      if (!raw && next === "N" && text4[at + 2] === "{") at = text4.indexOf("}", at) + 1 || text4.length;
      else at += next === "{" || next === "}" ? 1 : 2;
    } else if (character === "{") {
      if (text4[at + 1] === "{" && !specification) at += 2;
      else {
        at = field(walk2, at + 1);
        if (at === -1) return -1;
      }
    } else if (character === "}") {
      if (specification) return at;
      if (text4[at + 1] !== "}") return -1;
      at += 2;
    } else at++;
  }
  return -1;
}
function field(walk2, from) {
  if (++walk2.depth > maxDepth4) return -1;
  const end = expressionEnd(walk2, from);
  if (end === -1) return -1;
  const { text: text4 } = walk2;
  walk2.fields.push(from, withoutDebugSign(text4, from, end));
  let at = end;
  if (text4[at] === "!") {
    const conversion2 = /[a-zA-Z]*[ \t]*/y;
    conversion2.lastIndex = at + 1;
    if (!/^[rsa][ \t]*$/.test(conversion2.exec(text4)?.[0] ?? "")) return -1;
    at = conversion2.lastIndex;
  }
  if (text4[at] === ":") at = literalPart(walk2, at + 1, true);
  walk2.depth--;
  return at !== -1 && text4[at] === "}" ? at + 1 : -1;
}
function withoutDebugSign(text4, from, end) {
  const source = text4.slice(from, end);
  const sign = /(?<![=!<>:])=[ \t\n]*$/.exec(source);
  return sign ? from + sign.index : end;
}
function expressionEnd(walk2, from) {
  const { text: text4 } = walk2;
  let open = 0;
  for (let at = from; at < text4.length; ) {
    const character = text4[at] ?? "";
    if (character === '"' || character === "'") {
      at = stringEnd(walk2, at);
      if (at === -1) return -1;
      continue;
    }
    if ("([{".includes(character)) open++;
    else if (open > 0 && ")]}".includes(character)) open--;
    else if (open === 0 && (character === "}" || character === ":")) return at;
    else if (open === 0 && character === "!" && text4[at + 1] !== "=") return at;
    else if (character === "#") {
      const line = text4.indexOf("\n", at);
      if (line === -1) return -1;
      at = line;
      continue;
    } else if (character === "\\" && text4[at + 1] !== "\n") return -1;
    at++;
  }
  return -1;
}
function stringEnd(walk2, at) {
  const { text: text4 } = walk2;
  const prefix = /(?<![\p{ID_Continue}])[rbuftRBUFT]{1,2}$/u.exec(text4.slice(Math.max(0, at - 3), at))?.[0] ?? "";
  const mark = text4[at] ?? "";
  const quote = text4.startsWith(mark.repeat(3), at) ? mark.repeat(3) : mark;
  if (/[ft]/i.test(prefix)) {
    return readFormatted(text4, at + quote.length, quote, /r/i.test(prefix), walk2.depth + 1)?.end ?? -1;
  }
  for (let next = at + quote.length; next < text4.length; next++) {
    if (text4.startsWith(quote, next)) return next + quote.length;
    if (text4[next] === "\n" && quote.length === 1) return -1;
    if (text4[next] === "\\") next++;
  }
  return -1;
}
var maxDepth4;
var init_formatted_string = __esm({
  "src/python/source/formatted-string.ts"() {
    "use strict";
    maxDepth4 = 150;
  }
});

// src/python/source/string-literal.ts
function quoteAt(text4, mark) {
  const quote = text4[mark] ?? "";
  return text4[mark + 1] === quote && text4[mark + 2] === quote ? quote.repeat(3) : quote;
}
function plainString(text4, mark, quote) {
  const code = quote.charCodeAt(0);
  const triple = quote.length === 3;
  let escapes = false;
  for (let at = mark + quote.length; at < text4.length; at++) {
    const next = text4.charCodeAt(at);
    if (next === 92) {
      at++;
      escapes = true;
    } else if (next === code) {
      if (!triple) return { end: at + 1, escapes };
      if (text4.charCodeAt(at + 1) === code && text4.charCodeAt(at + 2) === code)
        return { end: at + 3, escapes };
    } else if (next === 10 && !triple) return null;
  }
  return null;
}
function simpleString(text4, mark) {
  const quote = text4.charCodeAt(mark);
  for (let at = mark + 1; at < text4.length; at++) {
    const code = text4.charCodeAt(at);
    if (code === 92 || code === 10) return -1;
    if (code === quote) return at === mark + 1 && text4.charCodeAt(at + 1) === quote ? -1 : at + 1;
  }
  return -1;
}
function literalProblem(text4, prefix, from, to, escapes) {
  const bytes = prefix.includes("b");
  if (bytes && /[^\x00-\x7f]/.test(text4.slice(from, to))) {
    return { at: from, message: "bytes can only contain ASCII literal characters" };
  }
  if (!escapes || prefix.includes("r")) return null;
  for (let at = text4.indexOf("\\", from); at !== -1 && at < to; at = text4.indexOf("\\", at + 2)) {
    const letter = text4[at + 1] ?? "";
    const wanted = hexDigitsAfter(letter, bytes);
    if (wanted > 0) {
      const digits = /^[\da-fA-F]*/.exec(text4.slice(at + 2, Math.min(to, at + 2 + wanted)))?.[0] ?? "";
      if (digits.length < wanted && bytes) {
        return { at, message: `(value error) invalid \\x escape at position ${at - from}` };
      }
      const form2 = `\\${letter}${"X".repeat(wanted)}`;
      if (digits.length < wanted)
        return unicodeProblem(text4, from, at, digits.length + 1, `truncated ${form2} escape`);
      if (wanted === 8 && parseInt(digits, 16) > 1114111) {
        return unicodeProblem(text4, from, at, 9, "illegal Unicode character");
      }
    } else if (letter === "N" && !bytes && !/^\{[^{}]+\}/.test(text4.slice(at + 2, Math.min(to, at + 130)))) {
      return unicodeProblem(text4, from, at, 1, "malformed \\N character escape");
    }
  }
  return null;
}
function hexDigitsAfter(letter, bytes) {
  if (letter === "x") return 2;
  if (bytes) return 0;
  return letter === "u" ? 4 : letter === "U" ? 8 : 0;
}
function unicodeProblem(text4, from, at, length, problem) {
  const place = at - from + 9 * text4.slice(from, at).replace(/[\0-\x7f]/g, "").length;
  const where = `position ${place}-${place + length}`;
  return { at, message: `(unicode error) 'unicodeescape' codec can't decode bytes in ${where}: ${problem}` };
}
function stringValue(source) {
  const { value: value2, named: named3 } = unescaped(source);
  return named3 ? null : value2;
}
function docValue(source) {
  return unescaped(source).value;
}
function unescaped(source) {
  const mark = source.search(/['"]/);
  const quote = quoteAt(source, mark);
  const inside = source.slice(mark + quote.length, source.length - quote.length);
  let named3 = false;
  if (!inside.includes("\\") || /r/i.test(source.slice(0, mark))) {
    return { value: ` ${inside}`.slice(1), named: named3 };
  }
  const value2 = inside.replace(escapeForm, (...found) => {
    const [whole = "", octal, hex2, short2, long2, other] = found;
    if (octal !== void 0) return String.fromCodePoint(parseInt(octal, 8));
    const code = hex2 ?? short2 ?? long2;
    if (code !== void 0) return String.fromCodePoint(Math.min(parseInt(code, 16), 1114111));
    if (other === void 0) return "";
    if (other === "N") named3 = true;
    return simpleEscapes[other] ?? whole;
  });
  return { value: value2, named: named3 };
}
var escapeForm, simpleEscapes;
var init_string_literal = __esm({
  "src/python/source/string-literal.ts"() {
    "use strict";
    escapeForm = /\\(?:\n|([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g;
    simpleEscapes = {
      "\\": "\\",
      "'": "'",
      '"': '"',
      a: "\x07",
      b: "\b",
      f: "\f",
      n: "\n",
      r: "\r",
      t: "	",
      v: "\v"
    };
  }
});

// src/python/tokens/tokenize.ts
function tokenArrays() {
  return { kinds: [], starts: [], ends: [] };
}
function scanTokens(text4, arrays2 = tokenArrays()) {
  const scan = {
    text: text4,
    kinds: arrays2.kinds,
    starts: arrays2.starts,
    ends: arrays2.ends,
    count: 0,
    fields: [],
    problem: null,
    indents: [0],
    narrowIndents: [0],
    open: []
  };
  let at = indentation(scan, 0);
  while (at < text4.length && scan.problem === null) {
    if (text4.charCodeAt(at) === 32) at++;
    else at = nextToken(scan, at);
  }
  if (scan.problem === null) finish(scan);
  push(scan, Kind.end, text4.length, text4.length);
  return scan;
}
function push(scan, kind, start, end) {
  const index = scan.count++;
  scan.kinds[index] = kind;
  scan.starts[index] = start;
  scan.ends[index] = end;
}
function object(scan, at, message, type = "SyntaxError", certain = true) {
  scan.problem ??= { at, error: { type, message }, certain };
  return scan.text.length;
}
function nextToken(scan, at) {
  const { text: text4 } = scan;
  const code = text4.charCodeAt(at);
  switch (code < 128 ? startOf[code] : Start.name) {
    case Start.blank:
      return at + 1;
    case Start.newline:
      if (scan.open.length > 0) return at + 1;
      push(scan, Kind.newline, at, at + 1);
      return indentation(scan, at + 1);
    case Start.comment: {
      const end = text4.indexOf("\n", at);
      return end === -1 ? text4.length : end;
    }
    case Start.name:
      return nameOrPrefix(scan, at);
    case Start.digit:
      return number2(scan, at);
    case Start.quote:
      return string2(scan, at, at);
    case Start.operator:
      return operator(scan, at, code);
    case Start.backslash:
      return continuation(scan, at);
    default:
      return invalidCharacter(scan, at);
  }
}
function indentation(scan, from) {
  const { text: text4 } = scan;
  let at = from;
  for (; ; ) {
    const margin = at;
    while (text4.charCodeAt(at) === 32) at++;
    let width = at - margin;
    let narrow2 = width;
    let frozen = false;
    for (; at < text4.length; at++) {
      const code2 = text4.charCodeAt(at);
      if (code2 === 92 && text4.charCodeAt(at + 1) === 10) {
        if (at + 2 >= text4.length) return object(scan, at, "unexpected EOF while parsing");
        at++;
        frozen = frozen || width > 0;
        continue;
      }
      if (code2 !== 32 && code2 !== 9 && code2 !== 12) break;
      if (frozen) continue;
      if (code2 === 32) {
        width++;
        narrow2++;
      } else if (code2 === 9) {
        width = (Math.floor(width / 8) + 1) * 8;
        narrow2++;
      } else width = narrow2 = 0;
    }
    if (at >= text4.length) return at;
    const code = text4.charCodeAt(at);
    if (code === 35) {
      const end = text4.indexOf("\n", at);
      if (end === -1) return text4.length;
      at = end + 1;
    } else if (code === 10) at++;
    else {
      block2(scan, at, width, narrow2);
      return scan.problem === null ? at : text4.length;
    }
  }
}
function block2(scan, at, width, narrow2) {
  const { indents, narrowIndents } = scan;
  const tabError = "inconsistent use of tabs and spaces in indentation";
  const current = indents.at(-1) ?? 0;
  if (width > current) {
    if (narrow2 <= (narrowIndents.at(-1) ?? 0)) object(scan, at, tabError, "TabError");
    else if (indents.length >= maxIndents)
      object(scan, at, "too many levels of indentation", "IndentationError");
    indents.push(width);
    narrowIndents.push(narrow2);
    push(scan, Kind.indent, at, at);
    return;
  }
  while (width < (indents.at(-1) ?? 0)) {
    indents.pop();
    narrowIndents.pop();
    push(scan, Kind.dedent, at, at);
  }
  if (width !== indents.at(-1)) {
    object(scan, at, "unindent does not match any outer indentation level", "IndentationError");
  } else if (narrow2 !== narrowIndents.at(-1)) object(scan, at, tabError, "TabError");
}
function finish(scan) {
  const opener = scan.open.at(-1);
  if (opener !== void 0) {
    object(scan, opener, `'${scan.text[opener]}' was never closed`);
    return;
  }
  const end = scan.text.length;
  if (scan.count > 0 && scan.kinds[scan.count - 1] !== Kind.newline) push(scan, Kind.newline, end, end);
  for (let level = scan.indents.length; level > 1; level--) push(scan, Kind.dedent, end, end);
}
function nameOrPrefix(scan, from) {
  const { text: text4 } = scan;
  let at = from;
  let code = text4.charCodeAt(at);
  while (code < 128 && (startOf[code] === Start.name || startOf[code] === Start.digit))
    code = text4.charCodeAt(++at);
  if (code >= 128) {
    restOfName.lastIndex = from;
    restOfName.test(text4);
    at = restOfName.lastIndex;
    const odd = oddCharacter(text4.slice(from, at));
    if (odd !== -1) return invalidCharacter(scan, from + odd);
    code = text4.charCodeAt(at);
  }
  const length = at - from;
  if (length <= 2 && (code === 34 || code === 39) && /^(?:[rubft]|br|rb|fr|rf|tr|rt)$/i.test(text4.slice(from, at))) {
    return string2(scan, from, at);
  }
  const candidate2 = ((keywordLengths[text4.charCodeAt(from)] ?? 0) & 1 << length) !== 0 && length <= 8;
  const kind = candidate2 ? keywords2.get(text4.slice(from, at)) ?? Kind.name : Kind.name;
  push(scan, kind, from, at);
  return at;
}
function oddCharacter(name2) {
  let index = 0;
  for (const character of name2) {
    if (!/^[\p{ID_Continue}\p{Cn}]+$/u.test(character.normalize("NFKC"))) return index;
    index += character.length;
  }
  return -1;
}
function invalidCharacter(scan, at) {
  const point = scan.text.codePointAt(at) ?? 0;
  const character = String.fromCodePoint(point);
  if (character === "$" || character === "?" || character === "!" || character === "`") {
    return object(scan, at, "invalid syntax");
  }
  const code = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  const printable2 = !/[\p{C}\p{Z}]/u.test(character);
  return object(
    scan,
    at,
    printable2 ? `invalid character '${character}' (${code})` : `invalid non-printable character ${code}`
  );
}
function number2(scan, from) {
  const { text: text4 } = scan;
  numberForm.lastIndex = from;
  const form2 = numberForm.exec(text4)?.[0] ?? "";
  const end = from + form2.length;
  push(scan, Kind.number, from, end);
  if (/^0[\d_]*[1-9][\d_]*$/.test(form2)) {
    const advice = "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers";
    return object(scan, from, advice);
  }
  const next = text4.charCodeAt(end);
  const glued = next >= 128 || startOf[next] === Start.name || startOf[next] === Start.digit;
  if (glued && !/^(?:and|else|for|if|in|is|or|not)/.test(text4.slice(end, end + 4))) {
    const base2 = /^0[xX]/.test(form2) ? "hexadecimal" : /[jJ]$/.test(form2) ? "imaginary" : "decimal";
    return object(scan, from, `invalid ${base2} literal`);
  }
  return end;
}
function operator(scan, from, code) {
  const { text: text4 } = scan;
  if (code === 46 && startOf[text4.charCodeAt(from + 1)] === Start.digit) return number2(scan, from);
  const kind = kindOf[code] ?? 0;
  if (kind >= Kind.openRound && kind <= Kind.closeCurly) {
    push(scan, kind, from, from + 1);
    return kind % 2 === 0 ? openBracket(scan, from) : closeBracket(scan, from);
  }
  if (kind !== 0 && startOf[text4.charCodeAt(from + 1)] !== Start.operator) {
    push(scan, kind, from, from + 1);
    return from + 1;
  }
  for (const [sign, signKind] of operatorsFrom[code] ?? []) {
    if (!text4.startsWith(sign, from)) continue;
    push(scan, signKind, from, from + sign.length);
    return from + sign.length;
  }
  return invalidCharacter(scan, from);
}
function openBracket(scan, at) {
  if (scan.open.length >= maxBrackets) return object(scan, at, "too many nested parentheses");
  scan.open.push(at);
  return at + 1;
}
function closeBracket(scan, at) {
  const closer = scan.text[at] ?? "";
  const opener = scan.open.pop();
  if (opener === void 0) return object(scan, at, `unmatched '${closer}'`);
  const opened = scan.text[opener] ?? "";
  if ("([{".indexOf(opened) === ")]}".indexOf(closer)) return at + 1;
  const line = positionAt(scan.text, opener).line;
  const where = line === positionAt(scan.text, at).line ? "" : ` on line ${line}`;
  return object(
    scan,
    at,
    `closing parenthesis '${closer}' does not match opening parenthesis '${opened}'${where}`
  );
}
function continuation(scan, at) {
  const { text: text4 } = scan;
  if (text4.charCodeAt(at + 1) === 10 && at + 2 < text4.length) return at + 2;
  if (at + 2 >= text4.length && (at + 1 >= text4.length || text4.charCodeAt(at + 1) === 10)) {
    return object(scan, at, "unexpected EOF while parsing");
  }
  return object(scan, at, "unexpected character after line continuation character");
}
function string2(scan, from, mark) {
  const { text: text4 } = scan;
  if (from === mark) {
    const end = simpleString(text4, mark);
    if (end !== -1) {
      push(scan, Kind.string, from, end);
      return end;
    }
  }
  const prefix = text4.slice(from, mark).toLowerCase();
  const formatted = prefix.includes("f") || prefix.includes("t");
  const quote = quoteAt(text4, mark);
  if (formatted) {
    const found = readFormatted(text4, mark + quote.length, quote, prefix.includes("r"));
    if (found !== null) {
      push(scan, Kind.formatted, from, found.end);
      for (const offset of found.fields) scan.fields.push(offset);
      return found.end;
    }
  }
  const literal2 = plainString(text4, mark, quote);
  if (literal2 === null) return unterminated(scan, from, quote);
  if (formatted) {
    push(scan, Kind.formatted, from, literal2.end);
    return object(scan, from, "f-string: invalid syntax", "SyntaxError", false);
  }
  push(scan, prefix.includes("b") ? Kind.bytes : Kind.string, from, literal2.end);
  const problem = literalProblem(
    text4,
    prefix,
    mark + quote.length,
    literal2.end - quote.length,
    literal2.escapes
  );
  return problem === null ? literal2.end : object(scan, problem.at, problem.message);
}
function unterminated(scan, from, quote) {
  const { text: text4 } = scan;
  const last = positionAt(text4, text4.endsWith("\n") ? text4.length - 1 : text4.length).line;
  const [form2, line] = quote.length === 3 ? ["triple-quoted string", last] : ["string", positionAt(text4, from).line];
  return object(scan, from, `unterminated ${form2} literal (detected at line ${line})`);
}
var Start, startOf, operatorsFrom, kindOf, maxBrackets, maxIndents, keywordLengths, restOfName, numberForm;
var init_tokenize = __esm({
  "src/python/tokens/tokenize.ts"() {
    "use strict";
    init_formatted_string();
    init_source_position();
    init_string_literal();
    init_token_kinds();
    Start = {
      invalid: 0,
      blank: 1,
      newline: 2,
      comment: 3,
      name: 4,
      digit: 5,
      quote: 6,
      operator: 7,
      backslash: 8
    };
    startOf = new Uint8Array(128);
    operatorsFrom = [];
    kindOf = new Uint8Array(128);
    for (const [sign, kind] of operators) {
      const code = sign.charCodeAt(0);
      startOf[code] = Start.operator;
      operatorsFrom[code] = [...operatorsFrom[code] ?? [], [sign, kind]];
      if (sign.length === 1) kindOf[code] = kind;
    }
    for (const character of " 	\f") startOf[character.charCodeAt(0)] = Start.blank;
    for (const character of "0123456789") startOf[character.charCodeAt(0)] = Start.digit;
    for (const character of "_abcdefghijklmnopqrstuvwxyz") startOf[character.charCodeAt(0)] = Start.name;
    for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZ") startOf[character.charCodeAt(0)] = Start.name;
    for (const character of `'"`) startOf[character.charCodeAt(0)] = Start.quote;
    startOf[10] = Start.newline;
    startOf[35] = Start.comment;
    startOf[92] = Start.backslash;
    maxBrackets = 200;
    maxIndents = 100;
    keywordLengths = new Uint16Array(128);
    for (const word of keywords2.keys()) {
      const code = word.charCodeAt(0);
      keywordLengths[code] = (keywordLengths[code] ?? 0) | 1 << word.length;
    }
    restOfName = /[\w\P{ASCII}]*/uy;
    numberForm = /0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?[jJ]?/y;
  }
});

// src/python/syntax/grammar.ts
function recogniseModule(tokens) {
  const statements = [];
  const g = recogniser(tokens);
  while (!sees(g, Kind.end)) {
    if (sees(g, Kind.indent)) {
      indentationError(g, "unexpected indent");
      break;
    }
    statements.push(g.at);
    if (!statement2(g, statements)) break;
  }
  return { statements, objection: firstOf(g.objection, tokens.problem, g.text) ?? inFields(tokens, 0) };
}
function recogniser(tokens) {
  const { text: text4, kinds: kinds2 } = tokens;
  return {
    tokens,
    text: text4,
    kinds: kinds2,
    at: 0,
    objection: null,
    depth: 0,
    scope: "module",
    loop: false,
    names: [],
    nameCount: 0
  };
}
function firstOf(grammar2, scanning, text4) {
  if (scanning === null || grammar2 === null) return grammar2 ?? scanning;
  const { message, type } = scanning.error;
  const unclosed = message.endsWith("was never closed");
  const later = unclosed ? positionAt(text4, grammar2.at).line > positionAt(text4, scanning.at).line : type === "SyntaxError" && message !== "invalid syntax" && message !== "unexpected EOF while parsing";
  const first = grammar2.at >= scanning.at && !unclosed;
  return later || first ? scanning : { ...grammar2, certain: grammar2.certain || scanning.certain };
}
function inFields(tokens, depth) {
  const { fields: fields2, text: text4 } = tokens;
  for (let index = 0; index < fields2.length; index += 2) {
    const at = fields2[index] ?? 0;
    const source = text4.slice(at, fields2[index + 1]);
    const inner = scanTokens(`(${source})`);
    const g = recogniser(inner);
    g.scope = "async";
    const fine = inner.problem === null && source.trim() !== "" && takes(g, Kind.openRound) && valueListOrNamed(g) && takes(g, Kind.closeRound) && sees(g, Kind.newline);
    if (!fine || depth < maxFieldDepth && inFields(inner, depth + 1) !== null) {
      return { at, error: { type: "SyntaxError", message: "f-string: invalid syntax" }, certain: false };
    }
  }
  return null;
}
function valueListOrNamed(g) {
  if (valueList(g) === 0) return false;
  return takes(g, Kind.walrus) ? expression(g) !== 0 : true;
}
function indentationError(g, message, at = g.at) {
  g.objection ??= {
    at: g.tokens.starts[at] ?? g.text.length,
    error: { type: "IndentationError", message },
    certain: true
  };
  return false;
}
function statement2(g, starts) {
  switch (g.kinds[g.at]) {
    case Kind.if:
      return ifStatement(g);
    case Kind.while:
      return header(g, "'while' statement", (s) => namedExpression(s) !== 0) && loopRest(g);
    case Kind.for:
      return forStatement(g);
    case Kind.try:
      return tryStatement(g);
    case Kind.with:
      return withStatement(g);
    case Kind.def:
      return functionDefinition(g, "function");
    case Kind.class:
      return classDefinition(g);
    case Kind.at:
      return decorated(g);
    case Kind.async:
      return asyncStatement(g);
    case Kind.name:
      if (g.kinds[g.at + 1] === Kind.equal || g.kinds[g.at + 1] === Kind.dot) break;
      if (startsMatch(g)) return matchStatement(g);
  }
  return simpleLine(g, starts);
}
function simpleLine(g, starts) {
  for (; ; ) {
    if (!simpleStatement(g)) return false;
    if (takes(g, Kind.newline)) return true;
    if (!takes(g, Kind.semicolon)) return refuse(g, sayWhy(g)) !== 0;
    if (takes(g, Kind.newline)) return true;
    starts?.push(g.at);
  }
}
function sayWhy(g) {
  let first = g.at;
  while (first > 0 && !endsStatement(g.kinds[first - 1])) first--;
  const word = g.text.slice(g.tokens.starts[first], g.tokens.ends[first]);
  if ((word === "print" || word === "exec") && first === g.at - 1) {
    return `Missing parentheses in call to '${word}'. Did you mean ${word}(...)?`;
  }
  return "invalid syntax";
}
function endsStatement(kind) {
  return kind === Kind.newline || kind === Kind.indent || kind === Kind.dedent || kind === Kind.semicolon;
}
function block3(g, what, from) {
  if (!needs(g, Kind.colon, "expected ':'")) return false;
  if (!takes(g, Kind.newline)) return simpleLine(g, null);
  if (!takes(g, Kind.indent)) {
    if (g.tokens.problem !== null && sees(g, Kind.end)) return false;
    const line = positionAt(g.text, g.tokens.starts[from] ?? 0).line;
    return indentationError(g, `expected an indented block after ${what} on line ${line}`);
  }
  while (!takes(g, Kind.dedent)) {
    if (sees(g, Kind.end)) return refuse(g) !== 0;
    if (sees(g, Kind.indent)) return indentationError(g, "unexpected indent");
    if (!statement2(g, null)) return false;
  }
  return true;
}
function header(g, what, head, loop = true) {
  const from = g.at++;
  if (!head(g)) return false;
  const outer = g.loop;
  g.loop = loop || outer;
  const fine = block3(g, what, from);
  g.loop = outer;
  return fine;
}
function elseBlock(g) {
  const from = g.at;
  return !takes(g, Kind.else) || block3(g, "'else' statement", from);
}
function loopRest(g) {
  return elseBlock(g);
}
function ifStatement(g) {
  const test = (s) => namedExpression(s) !== 0;
  if (!header(g, "'if' statement", test, false)) return false;
  while (sees(g, Kind.elif)) if (!header(g, "'elif' statement", test, false)) return false;
  return elseBlock(g);
}
function forStatement(g) {
  const head = (s) => targetList(s) !== 0 && needs(s, Kind.in) && expressionList(s) !== 0;
  return header(g, "'for' statement", head) && loopRest(g);
}
function tryStatement(g) {
  const from = g.at++;
  if (!block3(g, "'try' statement", from)) return false;
  let handlers = 0;
  let bare = false;
  while (sees(g, Kind.except)) {
    const at2 = g.at++;
    if (bare) return refuse(g, "default 'except:' must be last", true, at2) !== 0;
    handlers++;
    const group = takes(g, Kind.star);
    if (sees(g, Kind.colon) && !group) bare = true;
    else {
      if (expression(g) === 0) return false;
      if (sees(g, Kind.comma)) return refuse(g, "multiple exception types must be parenthesized") !== 0;
      if (takes(g, Kind.as) && !needs(g, Kind.name)) return false;
    }
    if (!block3(g, `'except${group ? "*" : ""}' statement`, at2)) return false;
  }
  if (handlers > 0 && !elseBlock(g)) return false;
  const at = g.at;
  if (takes(g, Kind.finally)) return block3(g, "'finally' statement", at);
  if (handlers > 0) return true;
  if (g.tokens.problem !== null && sees(g, Kind.end)) return false;
  return refuse(g, "expected 'except' or 'finally' block", true) !== 0;
}
function withStatement(g) {
  const from = g.at++;
  const start = g.at;
  if (takes(g, Kind.openRound) && withItems(g, Kind.closeRound) && takes(g, Kind.closeRound) && sees(g, Kind.colon)) {
    g.objection = null;
  } else {
    g.objection = null;
    g.at = start;
    if (!withItems(g, Kind.colon)) return false;
  }
  return block3(g, "'with' statement", from);
}
function withItems(g, closer) {
  do {
    if (closer === Kind.closeRound && sees(g, closer)) return true;
    if (expression(g) === 0) return false;
    if (takes(g, Kind.as)) {
      const shape = takes(g, Kind.star) ? 0 : expression(g);
      if (shape === 0) return refuse(g) !== 0;
      if ((shape & (Shape.target | Shape.targets)) === 0)
        return refuse(g, "invalid syntax", false, g.at - 1) !== 0;
    }
  } while (takes(g, Kind.comma));
  return true;
}
function functionDefinition(g, scope) {
  const from = g.at++;
  if (!needs(g, Kind.name) || !typeParameters(g) || !needs(g, Kind.openRound)) return false;
  if (!parameters(g, Kind.closeRound)) return false;
  g.at++;
  if (takes(g, Kind.arrow) && expression(g) === 0) return false;
  return body(g, scope, "function definition", from);
}
function classDefinition(g) {
  const from = g.at++;
  if (!needs(g, Kind.name) || !typeParameters(g)) return false;
  if (takes(g, Kind.openRound) && !callArguments(g)) return false;
  return body(g, "class", "class definition", from);
}
function body(g, scope, what, from) {
  const outer = g.scope;
  const loop = g.loop;
  g.scope = scope;
  g.loop = false;
  const fine = block3(g, what, from);
  g.scope = outer;
  g.loop = loop;
  return fine;
}
function decorated(g) {
  while (takes(g, Kind.at)) {
    if (namedExpression(g) === 0 || !needs(g, Kind.newline)) return false;
  }
  if (sees(g, Kind.def)) return functionDefinition(g, "function");
  if (sees(g, Kind.class)) return classDefinition(g);
  if (sees(g, Kind.async) && g.kinds[g.at + 1] === Kind.def) return asyncStatement(g);
  return refuse(g, "invalid syntax", true) !== 0;
}
function asyncStatement(g) {
  const next = g.kinds[g.at + 1];
  g.at++;
  if (next === Kind.def) return functionDefinition(g, "async");
  if (next !== Kind.with && next !== Kind.for) return refuse(g) !== 0;
  if (g.scope !== "async") {
    return refuse(g, `'async ${next === Kind.with ? "with" : "for"}' outside async function`, true, g.at - 1) !== 0;
  }
  return next === Kind.with ? withStatement(g) : forStatement(g);
}
function startsMatch(g) {
  if (nameAt(g) !== "match") return false;
  const from = g.at++;
  const fine = startsExpression(g) && subjectList(g) !== 0 && takes(g, Kind.colon) && takes(g, Kind.newline) && takes(g, Kind.indent) && nameAt(g) === "case";
  g.at = from;
  g.objection = null;
  return fine;
}
function matchStatement(g) {
  while (!takes(g, Kind.indent)) g.at++;
  while (!takes(g, Kind.dedent)) {
    const from = g.at;
    if (nameAt(g) !== "case") return refuse(g) !== 0;
    for (let open = 0; open > 0 || !sees(g, Kind.colon); g.at++) {
      const kind = g.kinds[g.at] ?? Kind.end;
      if (kind === Kind.newline || kind === Kind.end) return refuse(g, "expected ':'") !== 0;
      if (kind === Kind.openRound || kind === Kind.openSquare || kind === Kind.openCurly) open++;
      if (kind === Kind.closeRound || kind === Kind.closeSquare || kind === Kind.closeCurly) open--;
    }
    if (!block3(g, "'case' statement", from)) return false;
  }
  return true;
}
var maxFieldDepth;
var init_grammar = __esm({
  "src/python/syntax/grammar.ts"() {
    "use strict";
    init_grammar_calls();
    init_grammar_expressions();
    init_grammar_simple();
    init_grammar_cursor();
    init_tokenize();
    init_source_position();
    init_token_kinds();
    maxFieldDepth = 20;
  }
});

// src/python/syntax/syntax-tree.ts
import { isASTNode, parse } from "py-ast";
function parsePython(source) {
  const unmarked = source.startsWith("\uFEFF") ? source.slice(1) : source;
  const tokens = scanTokens(unmarked.includes("\r") ? unmarked.replace(/\r\n?/g, "\n") : unmarked);
  return parseTokens(tokens, recogniseModule(tokens).objection);
}
function parseTokens(tokens, objection) {
  const { text: text4 } = tokens;
  if (objection?.error.message === chainTooLong) {
    const reason = `${chainTooLong} for some versions of Python to compile`;
    return { kind: "unknown", reason, ...positionAt(text4, objection.at) };
  }
  if (objection?.certain === true) return errorFrom(objection, text4);
  if (text4.length > maxTextLength) {
    return { kind: "unknown", reason: "the file is too large to be parsed", line: 1, column: 1 };
  }
  const lines = linesOf2(tokens);
  try {
    return { kind: "tree", tree: treeOf(parse(lines.parserText), lines) };
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "MODULE_NOT_FOUND") throw thrown;
    if (thrown instanceof RangeError) {
      return { kind: "unknown", reason: "the file is nested too deeply to be parsed", line: 1, column: 1 };
    }
    if (objection === null) {
      return { kind: "unknown", reason: "a form of Python that is not understood", ...placeOf(thrown, lines) };
    }
    if (objection.error.message === onlyFrom314) {
      const reason = "except with several types and no parentheses is valid only from Python 3.14 on";
      return { kind: "unknown", reason, ...positionAt(text4, objection.at) };
    }
    return errorFrom(objection, text4);
  }
}
function errorFrom(objection, text4) {
  return { kind: "error", error: objection.error, ...positionAt(text4, objection.at) };
}
function constantOf(node, tree) {
  const value2 = node.value;
  if (value2 === null) return { kind: "none" };
  if (typeof value2 === "boolean") return { kind: "bool", value: value2 };
  if (typeof value2 === "string") {
    if (node.quote_style === void 0) return { kind: "ellipsis" };
    if (/b/i.test(node.quote_style)) return { kind: "bytes", value: value2 };
    return value2.includes("\\N{") && /(?<!\\)(?:\\\\)*\\N\{/.test(tree.sourceOf(node)) ? { kind: "named-character" } : { kind: "str", value: value2 };
  }
  const source = tree.sourceOf(node).replaceAll("_", "");
  if (/^(?:0[xob][\da-f]+|\d+)$/i.test(source)) return { kind: "int", value: BigInt(source).toString() };
  return { kind: /j$/i.test(source) ? "complex" : "float" };
}
function isSyntaxNode(part) {
  return isASTNode(part);
}
function childrenOf(node) {
  const children = [];
  for (const part of Object.values(node)) {
    if (Array.isArray(part)) {
      for (const item2 of part) if (isSyntaxNode(item2)) children.push(item2);
    } else if (isSyntaxNode(part)) children.push(part);
  }
  return children;
}
function linesOf2(tokens) {
  const { text: text4 } = tokens;
  const original = text4.split("\n");
  const shifts = /* @__PURE__ */ new Map();
  if (!/[\t\f]/.test(text4)) return { parserText: text4, original, shifts };
  const parts2 = [];
  let line = 1;
  let from = 0;
  let fresh = true;
  for (let index = 0; index < tokens.count; index++) {
    const kind = tokens.kinds[index];
    if (kind === Kind.indent || kind === Kind.dedent) continue;
    const start = tokens.starts[index] ?? 0;
    const end = tokens.ends[index] ?? 0;
    const gap = text4.slice(from, start);
    line += newlinesIn(gap);
    const margin = fresh ? gap.slice(gap.lastIndexOf("\n") + 1) : "";
    const width = columnsOf(margin);
    if (width !== margin.length) shifts.set(line, margin.length - width);
    parts2.push(gap.slice(0, gap.length - margin.length).replaceAll("\f", " "), " ".repeat(width));
    const token2 = text4.slice(start, end);
    parts2.push(token2);
    line += newlinesIn(token2);
    from = end;
    fresh = kind === Kind.newline;
  }
  return { parserText: parts2.join(""), original, shifts };
}
function newlinesIn(text4) {
  let count = 0;
  for (let at = text4.indexOf("\n"); at !== -1; at = text4.indexOf("\n", at + 1)) count++;
  return count;
}
function columnsOf(blank) {
  let columns = 0;
  for (const character of blank) {
    if (character === "\f") columns = 0;
    else columns = character === "	" ? (Math.floor(columns / 8) + 1) * 8 : columns + 1;
  }
  return columns;
}
function treeOf(module, lines) {
  const plain2 = lines.shifts.size === 0 && isAscii(lines.parserText);
  const place = (line, bytes) => plain2 ? bytes : charactersIn(lines, line, bytes);
  let offsets = null;
  const offsetOf = (line) => {
    offsets ??= lineOffsets(lines.original);
    return offsets[line - 1] ?? 0;
  };
  return {
    body: module.body,
    rangeOf(node) {
      const {
        lineno = 1,
        col_offset = 0,
        end_lineno = lineno,
        end_col_offset = col_offset
      } = node;
      const from = place(lineno, col_offset);
      const to = place(end_lineno, end_col_offset);
      return {
        line: lineno,
        column: (plain2 ? from : codePoints((lines.original[lineno - 1] ?? "").slice(0, from))) + 1,
        endLine: end_lineno,
        endColumn: (plain2 ? to : codePoints((lines.original[end_lineno - 1] ?? "").slice(0, to))) + 1,
        start: offsetOf(lineno) + from,
        end: offsetOf(end_lineno) + to
      };
    },
    positionOf(node) {
      const { lineno = 1, col_offset = 0 } = node;
      const text4 = lines.original[lineno - 1] ?? "";
      return { line: lineno, column: codePoints(text4.slice(0, place(lineno, col_offset))) + 1 };
    },
    sourceOf(node) {
      const { lineno, col_offset, end_lineno, end_col_offset } = node;
      if (lineno === void 0 || end_lineno === void 0) return "";
      const start = place(lineno, col_offset ?? 0);
      const end = place(end_lineno, end_col_offset ?? 0);
      if (lineno === end_lineno) return (lines.original[lineno - 1] ?? "").slice(start, end);
      const between = lines.original.slice(lineno, end_lineno - 1);
      const first = (lines.original[lineno - 1] ?? "").slice(start);
      return [first, ...between, (lines.original[end_lineno - 1] ?? "").slice(0, end)].join("\n");
    }
  };
}
function charactersIn(lines, line, bytes) {
  const text4 = lines.original[line - 1] ?? "";
  const wanted = bytes + (lines.shifts.get(line) ?? 0);
  let index = 0;
  for (let seen = 0; seen < wanted && index < text4.length; ) {
    const point = text4.codePointAt(index) ?? 0;
    seen += point < 128 ? 1 : point < 2048 ? 2 : point < 65536 ? 3 : 4;
    index += point < 65536 ? 1 : 2;
  }
  return index;
}
function isAscii(text4) {
  return /^[\u0000-\u007f]*$/.test(text4);
}
function lineOffsets(lines) {
  let at = 0;
  return lines.map((line) => {
    const start = at;
    at += line.length + 1;
    return start;
  });
}
function codePoints(text4) {
  let count = 0;
  for (const _ of text4) count++;
  return count;
}
function placeOf(thrown, lines) {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const { lineno, col_offset } = thrown instanceof Error ? thrown : new Error(message);
  const line = lineno ?? Number(/ at line (\d+)/.exec(message)?.[1] ?? 1);
  const bytes = col_offset ?? Number(/ column (\d+)$/.exec(message)?.[1] ?? 0);
  const text4 = lines.original[line - 1] ?? "";
  return { line, column: codePoints(text4.slice(0, charactersIn(lines, line, bytes))) + 1 };
}
var maxTextLength, onlyFrom314;
var init_syntax_tree = __esm({
  "src/python/syntax/syntax-tree.ts"() {
    "use strict";
    init_grammar();
    init_tokenize();
    init_grammar_cursor();
    init_source_position();
    init_token_kinds();
    maxTextLength = 5e6;
    onlyFrom314 = "multiple exception types must be parenthesized";
  }
});

// src/python/interpreter/run.ts
function startRun(host2, file) {
  return {
    host: host2,
    file,
    under: null,
    budget: maxSteps,
    depth: 0,
    callees: [],
    managers: [],
    silent: false,
    raised: null
  };
}
function spend(run, steps = 1) {
  run.budget -= steps;
  if (run.budget < 0) throw new TooMuch();
}
function spanOf(run, node) {
  return { path: run.file.path, ...run.file.tree.positionOf(node) };
}
function sourceOf(run, node) {
  return run.file.tree.sourceOf(node);
}
function mayAct(node) {
  return childrenOf(node).some((child) => child.nodeType === "Call" || mayAct(child));
}
function unfollowed(run, node, reason) {
  if (!run.silent) run.host.unfollowed(run, node, reason);
}
var maxSteps, TooMuch;
var init_run = __esm({
  "src/python/interpreter/run.ts"() {
    "use strict";
    init_syntax_tree();
    maxSteps = 1e6;
    TooMuch = class extends Error {
    };
  }
});

// src/python/interpreter/values.ts
function unknownBecause(reason) {
  return { kind: "unknown", foreign: false, reason };
}
function foreignBecause(reason) {
  return { kind: "unknown", foreign: true, reason };
}
function text(value2) {
  return { kind: "str", value: value2 };
}
function int(value2) {
  return { kind: "int", value: BigInt(value2) };
}
function bool(value2) {
  return { kind: "bool", value: value2 };
}
function list2(items2, type = "list") {
  return { kind: "items", type, items: [...items2], spoiled: false };
}
function setOf(items2, type = "set") {
  const kept = /* @__PURE__ */ new Map();
  for (const item2 of items2) {
    const key = keyOf(item2);
    if (!kept.has(key)) kept.set(key, item2);
  }
  return { ...list2([...kept.values()], type), spoiled: kept.has(null) };
}
function spoil(...terms) {
  const seen = /* @__PURE__ */ new Set();
  const pending = [...terms];
  for (let term = pending.pop(); term !== void 0; term = pending.pop()) {
    if (seen.has(term)) continue;
    seen.add(term);
    if (term.kind === "items") {
      if (term.type !== "tuple" && term.type !== "frozenset") term.spoiled = true;
      pending.push(...term.items);
    } else if (term.kind === "dict") {
      term.spoiled = true;
      for (const { value: value2 } of term.entries.values()) pending.push(value2);
    } else if (term.kind === "member") pending.push(term.owner);
  }
}
function keyOf(term, left = { parts: maxKeyParts }) {
  left.parts -= 1;
  if (left.parts < 0) return null;
  if (term.kind === "bool") return `int:${term.value ? 1 : 0}`;
  if (term.kind === "str" || term.kind === "int") return `${term.kind}:${term.value}`;
  if (term.kind === "none") return "none";
  if (term.kind !== "items" || term.spoiled || term.type !== "tuple") return null;
  const keys = term.items.map((item2) => keyOf(item2, left));
  return keys.includes(null) ? null : JSON.stringify(keys);
}
function itemsOfTerm(term) {
  if (term.kind === "items") {
    return term.spoiled || isSet(term) && term.items.length > 1 ? null : term.items;
  }
  if (term.kind === "dict") return term.spoiled ? null : [...term.entries.values()].map(({ key }) => key);
  if (term.kind === "str") return Array.from(term.value, text);
  if (term.kind === "class" && isEnumClass(term)) return [...term.members.values()];
  return null;
}
function isSet({ type }) {
  return type === "set" || type === "frozenset";
}
function unorderedItems(term) {
  return term.kind === "items" && !term.spoiled ? term.items : itemsOfTerm(term);
}
function isEnumClass(term) {
  return term.bases.some((base2) => /(?:^|\.)(?:Str|Int)?Enum$/.test(base2));
}
function truthOf(term) {
  switch (term.kind) {
    case "none":
      return false;
    case "bool":
      return term.value;
    case "str":
      return term.value !== "";
    case "int":
      return term.value !== 0n;
    case "items":
      if (term.type === "iterator") return true;
      return term.spoiled ? null : term.items.length > 0;
    case "dict":
      return term.spoiled ? null : term.entries.size > 0;
    case "imported":
      return term.path === "typing.TYPE_CHECKING" ? false : null;
    case "function":
    case "class":
    case "bind":
    case "batch":
    case "context":
      return true;
    case "unknown":
      return term.truth ?? null;
    default:
      return null;
  }
}
function stringOf(term) {
  return term?.kind === "str" ? term.value : null;
}
function flagOf(term, otherwise) {
  return term === void 0 || term.kind === "none" ? otherwise : truthOf(term);
}
function stringsOf(term) {
  if (term === void 0) return null;
  if (term.kind === "str") return [term.value];
  const items2 = itemsOfTerm(term)?.map((item2) => stringOf(item2));
  if (items2 === void 0) return null;
  const strings3 = items2.filter((item2) => item2 !== null);
  return strings3.length === items2.length ? strings3 : null;
}
function moduleNameOf2(path) {
  return fileNameOf2(path).replace(/[^\p{L}\p{N}_]/gu, "_");
}
function fileNameOf2(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}
var hole, none, reasonless, unknown, foreign, maxKeyParts;
var init_values = __esm({
  "src/python/interpreter/values.ts"() {
    "use strict";
    hole = "\uFFFC";
    none = { kind: "none" };
    reasonless = "only running the file would tell";
    unknown = { kind: "unknown", foreign: false, reason: reasonless };
    foreign = { kind: "unknown", foreign: true, reason: reasonless };
    maxKeyParts = 1e3;
  }
});

// src/python/interpreter/scope.ts
function newScope(parent, comprehension3 = false) {
  return { names: /* @__PURE__ */ new Map(), sites: /* @__PURE__ */ new Map(), parent, comprehension: comprehension3, anyName: null };
}
function bind(scope, name2, value2, node) {
  scope.names.set(name2, value2);
  scope.sites.set(name2, node);
}
function moduleOf(scope) {
  let at = scope;
  while (at.parent !== null) at = at.parent;
  return at;
}
function lookUp(name2, scope) {
  let at = scope;
  let anyName = null;
  for (; at !== null; at = at.parent) {
    const found = at.names.get(name2);
    if (found !== void 0) return found;
    anyName ??= at.anyName;
  }
  if (anyName !== null) return foreignBecause(anyName.reason);
  if (builtins.has(name2)) return { kind: "imported", path: `builtins.${name2}` };
  return foreignBecause(`${name2} is not assigned in this file`);
}
function namesOf(scope) {
  const found = [];
  for (let at = scope; at !== null; at = at.parent) {
    const { names: names2, sites, anyName } = at;
    found.push({ scope: at, names: new Map(names2), sites: new Map(sites), anyName });
  }
  return found;
}
function restore(names2) {
  for (const kept of names2) {
    replace(kept.scope.names, kept.names);
    replace(kept.scope.sites, kept.sites);
    kept.scope.anyName = kept.anyName;
  }
}
function replace(live, kept) {
  live.clear();
  for (const [name2, value2] of kept) live.set(name2, value2);
}
function merge(ends, doubt2) {
  const [first] = ends;
  if (first === void 0) return;
  restore(first);
  first.forEach(({ scope }, index) => {
    const each2 = ends.flatMap((names2) => names2[index] ?? []);
    scope.anyName = each2.map((end) => end.anyName).find((one) => one !== null) ?? null;
    for (const name2 of new Set(each2.flatMap(({ names: names2 }) => [...names2.keys()]))) {
      const terms = each2.map(({ names: names2 }) => names2.get(name2));
      const [one] = terms;
      if (one !== void 0 && terms.every((term) => term === one || isSame(term, one))) continue;
      const risky = terms.some((term) => term === void 0 || isRisky(term));
      for (const term of terms) if (term !== void 0) spoil(term);
      bind(scope, name2, risky ? foreignBecause(doubt2.reason) : unknownBecause(doubt2.reason), doubt2.node);
    }
  });
}
function eitherOf(parts2, doubt2, scope, run, goesOn2 = () => true) {
  const start = namesOf(scope);
  const before = run.under;
  const ends = [];
  const results = parts2.map((part) => {
    restore(start);
    run.under = before ?? doubt2.reason;
    const result = part();
    if (goesOn2(result)) ends.push(namesOf(scope));
    return result;
  });
  run.under = before;
  if (ends.length === 0) restore(start);
  else merge(ends, doubt2);
  return results;
}
function perhaps(part, doubt2, scope, run) {
  return eitherOf([part, () => null], doubt2, scope, run)[0] ?? null;
}
function agreed(results) {
  const [one] = results;
  if (one === void 0) return none;
  if (results.every((result) => result === one || isSame(result, one))) return one;
  return results.some(isRisky) ? foreignBecause("it depends on a condition") : unknown;
}
function isSame(left, right) {
  if (left === void 0 || left.kind !== right.kind) return false;
  if (left.kind === "imported" && right.kind === "imported") return left.path === right.path;
  if (left.kind === "unknown" && right.kind === "unknown") return left.foreign === right.foreign;
  if (left.kind === "bind" && right.kind === "bind") return left.other === right.other;
  if (left.kind === "context") return true;
  const key = keyOf(left);
  return key !== null && key === keyOf(right);
}
function isRisky(term) {
  return term.kind === "function" || term.kind === "batch" || term.kind === "class" || term.kind === "globals" || term.kind === "member" || term.kind === "imported" && !term.path.startsWith("builtins.") || term.kind === "unknown" && term.foreign;
}
function forget(body2, scope, doubt2) {
  const pending = [...body2];
  for (let node = pending.pop(); node !== void 0; node = pending.pop()) {
    for (const name2 of namesBoundBy(node)) {
      const held = scope.names.get(name2);
      const risky = held === void 0 || isRisky(held);
      if (held !== void 0) spoil(held);
      bind(scope, name2, risky ? foreignBecause(doubt2.reason) : unknownBecause(doubt2.reason), doubt2.node);
    }
    if (node.nodeType === "FunctionDef" || node.nodeType === "ClassDef" || node.nodeType === "Lambda")
      continue;
    pending.push(...childrenOf(node));
  }
}
function namesBoundBy(node) {
  switch (node.nodeType) {
    case "Name":
      return node.ctx.nodeType === "Load" ? [] : [node.id];
    case "FunctionDef":
    case "AsyncFunctionDef":
    case "ClassDef":
      return [node.name];
    case "Alias":
      return node.name === "*" ? [] : [node.asname ?? node.name.split(".")[0] ?? node.name];
    case "ExceptHandler":
    case "MatchAs":
    case "MatchStar":
      return node.name === void 0 ? [] : [node.name];
    case "MatchMapping":
      return node.rest === void 0 ? [] : [node.rest];
    default:
      return [];
  }
}
function forgetModule(scope, doubt2) {
  const module = moduleOf(scope);
  module.anyName = doubt2;
  for (const [name2, held] of module.names) {
    const isDunder = name2.startsWith("__");
    if (isDunder || held.kind === "imported") continue;
    spoil(held);
    bind(module, name2, foreignBecause(doubt2.reason), doubt2.node);
  }
}
var builtins, harmlessStars;
var init_scope = __esm({
  "src/python/interpreter/scope.ts"() {
    "use strict";
    init_syntax_tree();
    init_values();
    builtins = new Set(
      "abs all any bool bytes callable chr dict divmod enumerate filter float format frozenset getattr globals hasattr hash hex id int isinstance issubclass iter len list locals map max min next object open ord print range repr reversed round set setattr sorted str sum super tuple type vars zip exec eval compile __import__ Exception ValueError exit quit RuntimeError NotImplementedError KeyError TypeError AssertionError".split(" ")
    );
    harmlessStars = /^(?:sqlalchemy|sqlalchemy_utils|geoalchemy2|peewee|typing|datetime|uuid|enum|json|alembic\.op)(?:$|\.)/;
  }
});

// src/python/interpreter/builtins.ts
function callBuiltin(name2, call3, run) {
  const { args, keywords: keywords3, node } = call3;
  const [first, second] = args;
  const items2 = first === void 0 ? null : itemsOfTerm(first);
  switch (name2) {
    case "exec":
    case "eval":
    case "compile":
    case "__import__":
      unfollowed(run, node, `${name2}()`);
      forgetModule(call3.scope, { reason: "the names of the module are bound by a call", node });
      return foreign;
    case "exit":
    case "quit":
      return endProcess(call3, run);
    case "list":
    case "tuple":
      if (first === void 0) return list2([], name2);
      return items2 === null ? unknownOr(first) : list2(items2, name2);
    case "set":
    case "frozenset": {
      if (first === void 0) return list2([], name2);
      const unordered = unorderedItems(first);
      return unordered === null ? unknownOr(first) : setOf(unordered, name2);
    }
    case "dict":
      if (first !== void 0 || keywords3.has("**")) return unknown;
      return {
        kind: "dict",
        entries: new Map([...keywords3].map(([key, value2]) => [`str:${key}`, { key: text(key), value: value2 }])),
        spoiled: false
      };
    case "sorted":
      return sorted(first, call3);
    case "reversed":
      return items2 === null ? unknown : list2(items2.toReversed(), "iterator");
    case "enumerate": {
      const start = second ?? keywords3.get("start");
      if (items2 === null || start !== void 0 && start.kind !== "int") return unknown;
      const from = start?.value ?? 0n;
      return list2(
        items2.map((item2, index) => list2([int(from + BigInt(index)), item2], "tuple")),
        "iterator"
      );
    }
    case "zip":
      return zipped(args);
    case "range":
      return range2(args);
    case "len": {
      const all = first === void 0 ? null : unorderedItems(first);
      return all === null ? unknown : int(all.length);
    }
    case "any":
    case "all":
      return anyOrAll(name2, first);
    case "str":
      if (first?.kind === "template" || first?.kind === "file") return first;
      if (first?.kind === "path") return { kind: "file", name: first.name };
      return first === void 0 ? text("") : textOr(asText(first), first);
    case "int":
      return integer(first);
    case "bool": {
      const truth = first === void 0 ? false : truthOf(first);
      return truth === null ? unknown : bool(truth);
    }
    case "globals":
      return { kind: "globals", scope: moduleOf(call3.scope) };
    case "locals":
    case "vars":
      giveAway(call3, run);
      return first === void 0 && run.depth === 0 ? { kind: "globals", scope: call3.scope } : foreign;
    case "print":
      return none;
    case "setattr":
      forgetModule(call3.scope, { reason: "the names of the module are bound by a call", node });
      return reached(name2, call3, run);
    case "getattr":
    case "map":
    case "filter":
    case "next":
    case "super":
      return reached(name2, call3, run);
    default:
      return isException(name2) ? unknown : unknownBecause(`only running ${name2}() would tell`);
  }
}
function isException(name2) {
  return /^[A-Z]/.test(name2);
}
function unknownOr(term) {
  return term.kind === "unknown" ? unknownBecause(term.reason) : unknown;
}
function textOr(value2, term) {
  return value2 === null ? unknownOr(term) : text(value2);
}
function reached(name2, call3, run) {
  const [first] = call3.args;
  if (giveAway(call3, run)) {
    unfollowed(run, call3.node, `${name2}() of what changes the database`);
    return foreign;
  }
  return first?.kind === "imported" || first?.kind === "unknown" && first.foreign ? foreign : unknown;
}
function endProcess(call3, run) {
  if (run.under === null) {
    const [status] = call3.node.args;
    const message = status === void 0 ? "" : shortened(sourceOf(run, status));
    run.raised ??= { error: { type: "SystemExit", message }, span: spanOf(run, call3.node) };
  }
  return unknown;
}
function sorted(first, call3) {
  const items2 = first === void 0 || call3.keywords.size > 0 ? null : unorderedItems(first);
  const strings3 = items2?.flatMap((item2) => item2.kind === "str" ? [item2.value] : []) ?? [];
  if (items2 === null || strings3.length !== items2.length) return unknown;
  return list2(strings3.toSorted((left, right) => left < right ? -1 : left > right ? 1 : 0).map(text));
}
function zipped(args) {
  const lists = args.flatMap((term) => {
    const items2 = itemsOfTerm(term);
    return items2 === null ? [] : [items2];
  });
  if (lists.length !== args.length || lists.length === 0) return unknown;
  const length = Math.min(...lists.map((each2) => each2.length));
  const rows2 = Array.from(
    { length },
    (_, index) => list2(
      lists.map((each2) => each2[index] ?? unknown),
      "tuple"
    )
  );
  return list2(rows2, "iterator");
}
function range2(args) {
  const numbers = args.flatMap((each2) => each2.kind === "int" ? [Number(each2.value)] : []);
  if (numbers.length !== args.length) return unknown;
  const [from, to, step2] = numbers.length === 1 ? [0, numbers[0] ?? 0, 1] : [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 1];
  const length = step2 === 0 ? 0 : Math.max(0, Math.ceil((to - from) / step2));
  if (length > maxRounds) return unknown;
  return list2(
    Array.from({ length }, (_, index) => int(from + index * step2)),
    "view"
  );
}
function anyOrAll(name2, first) {
  const truths = (first === void 0 ? null : unorderedItems(first))?.map(truthOf);
  if (truths === void 0) return unknown;
  const decisive = name2 === "any";
  if (truths.includes(decisive)) return bool(decisive);
  return truths.includes(null) ? unknown : bool(!decisive);
}
function integer(value2) {
  if (value2?.kind === "int") return value2;
  if (value2?.kind !== "str" || !/^\s*[+-]?\d+\s*$/.test(value2.value)) return unknown;
  return { kind: "int", value: BigInt(value2.value.trim().replace("+", "")) };
}
function copied(path, term) {
  if (term.kind === "str" || term.kind === "template" || term.kind === "made") return term;
  if (term.kind !== "items" || !path.startsWith("copy.")) return null;
  const isFlat = term.items.every((item2) => keyOf(item2) !== null);
  return isFlat || path === "copy.copy" ? { ...term, items: [...term.items] } : unknown;
}
function callStandard(path, call3, run) {
  const [first] = call3.args;
  if (path === "sys.exit") return endProcess(call3, run);
  if (path === "contextlib.suppress") return { kind: "manager", does: "suppress" };
  if (first === void 0 || call3.args.length > 1 || call3.keywords.size > 0) return null;
  if (passesOn.has(path)) return copied(path, first);
  switch (path) {
    case "os.path.basename":
      if (first.kind === "file") return text(first.name);
      return first.kind === "str" ? text(fileNameOf2(first.value)) : null;
    case "os.path.abspath":
      return first.kind === "file" ? first : null;
    case "os.path.splitext":
      return first.kind === "str" ? extensionOf(first.value) : null;
    case "pathlib.Path":
    case "pathlib.PurePath":
      return first.kind === "file" || first.kind === "path" ? { kind: "path", name: first.name } : null;
    default:
      return null;
  }
}
function extensionOf(path) {
  const name2 = fileNameOf2(path);
  const dot = name2.lastIndexOf(".");
  const extension = dot > 0 && /[^.]/.test(name2.slice(0, dot)) ? name2.slice(dot) : "";
  return list2([text(path.slice(0, path.length - extension.length)), text(extension)], "tuple");
}
var maxRounds, passesOn;
var init_builtins = __esm({
  "src/python/interpreter/builtins.ts"() {
    "use strict";
    init_excerpt();
    init_calls();
    init_format();
    init_run();
    init_scope();
    init_values();
    maxRounds = 1e3;
    passesOn = /* @__PURE__ */ new Set(["textwrap.dedent", "inspect.cleandoc", "copy.copy", "copy.deepcopy"]);
  }
});

// src/python/interpreter/methods.ts
function callTextMethod(call3, owner, name2) {
  const value2 = owner.kind === "str" ? stringMethod(owner.value, name2, call3) : null;
  if (value2 !== null) return value2;
  const template = owner.kind === "str" ? owner.value : owner.text;
  if (name2 === "format") return { kind: "template", text: template.replace(/\{[^{}]*\}/g, hole) };
  if (name2 === "strip" || name2 === "rstrip" || name2 === "lstrip") return owner;
  return call3.args.find((arg) => arg.kind === "unknown") ?? unknown;
}
function stringMethod(owner, name2, { args, keywords: keywords3 }) {
  if (name2 === "format") return textOrNull(braceFormat(owner, args, keywords3));
  if (keywords3.size > 0) return null;
  if (name2 === "join") return joinAll(owner, args);
  const words = [];
  for (const value2 of args) {
    if (value2.kind !== "str" && value2.kind !== "int") return null;
    words.push(value2.value.toString());
  }
  const strings3 = args.every((value2) => value2.kind === "str");
  const [first, second] = words;
  const ascii = /^[\x00-\x7f]*$/.test(owner);
  switch (name2) {
    // Python's rules for letters beyond ASCII differ in places.
    case "lower":
      return ascii && words.length === 0 ? text(owner.toLowerCase()) : null;
    case "upper":
      return ascii && words.length === 0 ? text(owner.toUpperCase()) : null;
    case "strip":
    case "lstrip":
    case "rstrip":
      return ascii && strings3 && words.length <= 1 ? text(stripped(owner, name2, first)) : null;
    case "replace":
      if (!strings3 || first === void 0 || second === void 0 || words.length > 2) return null;
      return text(owner.replaceAll(first, () => second));
    case "split":
    case "rsplit":
      return strings3 || first !== void 0 && args[0]?.kind === "str" ? split(owner, name2, words) : null;
    case "zfill":
      if (args[0]?.kind !== "int" || /^[+-]/.test(owner)) return null;
      return text(owner.padStart(Math.min(Number(first), 1e3), "0"));
    case "removesuffix":
    case "removeprefix":
      if (!strings3 || first === void 0 || words.length > 1) return null;
      if (first === "") return text(owner);
      if (name2 === "removesuffix") return text(owner.endsWith(first) ? owner.slice(0, -first.length) : owner);
      return text(owner.startsWith(first) ? owner.slice(first.length) : owner);
    case "startswith":
    case "endswith":
      if (!strings3 || first === void 0 || words.length > 1) return null;
      return bool(name2 === "startswith" ? owner.startsWith(first) : owner.endsWith(first));
    default:
      return null;
  }
}
function textOrNull(value2) {
  return value2 === null ? null : text(value2);
}
function joinAll(separator, args) {
  const [joined4] = args;
  const items2 = joined4?.kind === "items" && args.length === 1 ? itemsOfTerm(joined4) : null;
  const strings3 = items2?.flatMap((item2) => item2.kind === "str" ? [item2.value] : []) ?? [];
  return items2 !== null && strings3.length === items2.length ? text(strings3.join(separator)) : null;
}
function stripped(owner, name2, characters) {
  const drops = characters ?? " 	\n\r\v\f";
  let from = 0;
  let to = owner.length;
  if (name2 !== "rstrip") while (from < to && drops.includes(owner.charAt(from))) from++;
  if (name2 !== "lstrip") while (to > from && drops.includes(owner.charAt(to - 1))) to--;
  return owner.slice(from, to);
}
function split(owner, name2, words) {
  const [separator, limit] = words;
  if (separator === void 0 || separator === "" || words.length > 2) return null;
  const parts2 = owner.split(separator);
  const most = limit === void 0 || Number(limit) < 0 ? parts2.length : Number(limit);
  if (parts2.length - 1 > most) {
    if (name2 === "split") parts2.push(parts2.splice(most).join(separator));
    else parts2.unshift(parts2.splice(0, parts2.length - most).join(separator));
  }
  return list2(parts2.map(text));
}
function callItemsMethod(call3, owner, name2, run) {
  const [first] = call3.args;
  const changes = !["index", "count", "copy", "isdisjoint", "issubset", "issuperset"].includes(name2);
  if (name2 === "copy" && !owner.spoiled) return list2(owner.items, owner.type);
  if (first !== void 0 && call3.args.length === 1 && run.under === null && owner.type === "list") {
    if (name2 === "append") {
      owner.items.push(first);
      return none;
    }
    const more = name2 === "extend" ? itemsOfTerm(first) : null;
    if (more !== null) {
      owner.items.splice(owner.items.length, 0, ...more);
      return none;
    }
  }
  if (changes && owner.type !== "tuple" && owner.type !== "frozenset") owner.spoiled = true;
  return unknownBecause("it is changed by an expression");
}
function callDictMethod(call3, owner, name2) {
  const [first, second] = call3.args;
  const entries2 = [...owner.entries.values()];
  if (owner.spoiled) return unknown;
  switch (name2) {
    case "items":
      return list2(
        entries2.map(({ key, value: value2 }) => list2([key, value2], "tuple")),
        "view"
      );
    case "keys":
      return list2(
        entries2.map(({ key }) => key),
        "view"
      );
    case "values":
      return list2(
        entries2.map(({ value: value2 }) => value2),
        "view"
      );
    case "get":
      if (first?.kind === "str") return owner.entries.get(`str:${first.value}`)?.value ?? second ?? none;
      return unknown;
    case "copy":
      return { kind: "dict", entries: new Map(owner.entries), spoiled: false };
    default:
      owner.spoiled = true;
      return unknown;
  }
}
var init_methods = __esm({
  "src/python/interpreter/methods.ts"() {
    "use strict";
    init_format();
    init_values();
  }
});

// src/python/interpreter/operators.ts
function textOrTemplate(whole) {
  return whole.includes(hole) ? { kind: "template", text: whole } : text(whole);
}
function toText(term) {
  if (term.kind === "template") return term.text;
  const holdsText = /^(?:alembic\.op\.f|sqlalchemy\.text|sqlalchemy\.sql\..*text)$/;
  if (term.kind === "made" && holdsText.test(term.path)) {
    const [first] = term.args;
    return first === void 0 ? hole : toText(first);
  }
  return asText(term) ?? hole;
}
function operated(left, operator2, right) {
  if (left.kind === "items" && right.kind === "items") return combined(left, operator2, right);
  if (operator2 === "Mod" && (left.kind === "str" || left.kind === "template")) return percent(left, right);
  if (left.kind === "int" && right.kind === "int") {
    if (operator2 === "Add") return { kind: "int", value: left.value + right.value };
    return operator2 === "Sub" ? { kind: "int", value: left.value - right.value } : unknown;
  }
  const isText = (term) => term.kind === "str" || term.kind === "template";
  if (operator2 === "Add" && (isText(left) || isText(right)) && ![left.kind, right.kind].some(isNoText)) {
    return textOrTemplate(toText(left) + toText(right));
  }
  if (left.kind === "made" || right.kind === "made") return expression2;
  return left.kind === "unknown" ? left : right.kind === "unknown" ? right : unknown;
}
function isNoText(kind) {
  return ["none", "bool", "int", "other", "items", "dict"].includes(kind);
}
function combined(left, operator2, right) {
  const isSequence = left.type === "list" || left.type === "tuple";
  if (left.type !== right.type || operator2 !== "Add" || !isSequence) return unknown;
  return { ...list2([...left.items, ...right.items], left.type), spoiled: left.spoiled || right.spoiled };
}
function percent(left, right) {
  const template = left.kind === "str" ? left.value : left.text;
  const value2 = percentFormat(template, right);
  if (value2 !== null) return textOrTemplate(value2);
  return { kind: "template", text: template.replace(/%(?:\(\w+\))?[\d.]*[a-z]/gi, hole) };
}
function same(left, right) {
  if (left.kind === "none" && neverNone.has(right.kind)) return false;
  if (right.kind === "none" && neverNone.has(left.kind)) return false;
  if (!comparable.has(left.kind) || !comparable.has(right.kind)) return null;
  if (left.kind !== right.kind) {
    return left.kind === "none" || right.kind === "none" || left.kind === "str" || right.kind === "str" ? false : null;
  }
  const key = keyOf(left);
  return key === null ? null : key === keyOf(right);
}
function contains(container2, item2) {
  if (container2.kind === "str") return item2.kind === "str" ? container2.value.includes(item2.value) : null;
  const items2 = unorderedItems(container2);
  if (items2 === null) return null;
  const equal = items2.map((each2) => same(each2, item2));
  return equal.includes(true) ? true : equal.includes(null) ? null : false;
}
function compared(left, operators3, others) {
  const [operator2] = operators3;
  const [right] = others;
  if (others.length !== 1 || right === void 0 || operator2 === void 0) return unknown;
  const version = versionTest(left, operator2, right);
  if (version !== null) return bool(version);
  if (left.kind === "made" || right.kind === "made") return expression2;
  if (operator2 === "In" || operator2 === "NotIn") {
    const held = contains(right, left);
    return held === null ? unknown : bool(held === (operator2 === "In"));
  }
  if (left.kind === "int" && right.kind === "int") {
    const order = left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
    if (operator2 === "Lt" || operator2 === "GtE") return bool(order < 0 === (operator2 === "Lt"));
    if (operator2 === "Gt" || operator2 === "LtE") return bool(order > 0 === (operator2 === "Gt"));
  }
  const equal = same(left, right);
  if (equal === null) return unknown;
  if (operator2 === "Eq" || operator2 === "Is") return bool(equal);
  return operator2 === "NotEq" || operator2 === "IsNot" ? bool(!equal) : unknown;
}
function versionTest(left, operator2, right) {
  if (left.kind !== "imported" || left.path !== "sys.version_info" || right.kind !== "items") return null;
  const [major, minor] = (itemsOfTerm(right) ?? []).map(
    (item2) => item2.kind === "int" ? Number(item2.value) : null
  );
  if (major === void 0 || major === null || minor === null || right.items.length > 2) return null;
  const surely = major < 3 || major === 3 && (minor ?? 0) <= 6;
  const never = major > 3;
  if (!surely && !never) return null;
  if (operator2 === "GtE" || operator2 === "Gt") return surely;
  return operator2 === "Lt" || operator2 === "LtE" ? never : null;
}
var expression2, comparable, neverNone;
var init_operators = __esm({
  "src/python/interpreter/operators.ts"() {
    "use strict";
    init_format();
    init_values();
    expression2 = {
      kind: "made",
      path: "sqlalchemy.expression",
      args: [],
      keywords: /* @__PURE__ */ new Map(),
      source: ""
    };
    comparable = /* @__PURE__ */ new Set(["none", "str", "bool", "int"]);
    neverNone = /* @__PURE__ */ new Set(["items", "dict", "bind", "batch", "context", "function", "class", "template"]);
  }
});

// src/python/interpreter/expressions.ts
function evaluate(node, scope, run) {
  spend(run);
  const value2 = valueOf2(node, scope, run);
  if (node.nodeType === "Constant" || node.nodeType === "Name") return value2;
  const size = value2.kind === "str" ? value2.value.length : value2.kind === "items" ? value2.items.length : 0;
  spend(run, Math.floor(size / sizePerStep));
  return size > maxComputed ? unknownBecause("it is too long to be followed") : value2;
}
function valueOf2(node, scope, run) {
  switch (node.nodeType) {
    case "Constant":
      return constant2(node, run);
    case "Name":
      return lookUp(node.id, scope);
    case "Attribute":
      return attributeOf(evaluate(node.value, scope, run), node, scope, run);
    case "Call":
      return call(node, scope, run);
    case "List":
    case "Tuple":
    case "Set":
      return display2(node, scope, run);
    case "Dict":
      return dictionary(node, scope, run);
    case "JoinedStr":
      return joined2(node, scope, run);
    case "BinOp": {
      const left = evaluate(node.left, scope, run);
      return operated(left, node.op.nodeType, evaluate(node.right, scope, run));
    }
    case "UnaryOp":
      return unary(node, scope, run);
    case "BoolOp":
      return logical(node, scope, run);
    case "Compare": {
      const left = evaluate(node.left, scope, run);
      const others = node.comparators.map((other) => evaluate(other, scope, run));
      return compared(
        left,
        node.ops.map((operator2) => operator2.nodeType),
        others
      );
    }
    case "IfExp":
      return conditional(node, scope, run);
    case "Subscript":
      return subscript2(node, scope, run);
    case "NamedExpr": {
      const value2 = evaluate(node.value, scope, run);
      let target = scope;
      while (target.comprehension && target.parent !== null) target = target.parent;
      if (node.target.nodeType === "Name") bind(target, node.target.id, value2, node.value);
      return value2;
    }
    case "ListComp":
    case "SetComp":
    case "GeneratorExp":
      return comprehension2(node, scope, run);
    case "DictComp":
      return dictComprehension(node, scope, run);
    case "Lambda":
      return {
        kind: "function",
        node,
        scope,
        file: run.file,
        defaults: defaultsOf(node, scope, run),
        decorated: false
      };
    case "Starred":
    case "Await":
      return evaluate(node.value, scope, run);
    default:
      for (const child of childrenOf(node)) evaluate(child, scope, run);
      return unknown;
  }
}
function constant2(node, run) {
  const found = constantOf(node, run.file.tree);
  switch (found.kind) {
    case "none":
    case "str":
    case "bool":
      return found;
    case "int":
      return { kind: "int", value: BigInt(found.value) };
    case "named-character":
      return unknownBecause("it names a character, and the table of names is not at hand");
    default:
      return { kind: "other", type: found.kind };
  }
}
function defaultsOf({ args }, scope, run) {
  const defaults = /* @__PURE__ */ new Map();
  const positional = [...args.posonlyargs, ...args.args];
  const first = positional.length - args.defaults.length;
  args.defaults.forEach((value2, index) => {
    defaults.set(positional[first + index]?.arg ?? "", evaluate(value2, scope, run));
  });
  args.kw_defaults.forEach((value2, index) => {
    if (value2) defaults.set(args.kwonlyargs[index]?.arg ?? "", evaluate(value2, scope, run));
  });
  return defaults;
}
function attributeOf(owner, node, scope, run) {
  const name2 = node.attr;
  const isModules = owner.kind === "imported" && owner.path === "sys" && name2 === "modules";
  if (isModules || reachesNames.test(name2)) {
    forgetModule(scope, { reason: "the names of the module are bound by a call", node });
    return foreign;
  }
  switch (owner.kind) {
    case "imported":
      return { kind: "imported", path: `${owner.path}.${name2}` };
    case "class":
      return owner.members.get(name2) ?? { kind: "member", owner, name: name2 };
    case "str":
    case "int":
      return name2 === "value" ? owner : { kind: "member", owner, name: name2 };
    case "path":
      return pathPart(owner.name, name2) ?? { kind: "member", owner, name: name2 };
    case "unknown":
      return owner;
    default:
      return run.host.attributeOf(owner, name2, run) ?? { kind: "member", owner, name: name2 };
  }
}
function pathPart(file, name2) {
  const dot = file.lastIndexOf(".");
  const end = dot > 0 ? dot : file.length;
  if (name2 === "name") return text(file);
  if (name2 === "stem") return text(file.slice(0, end));
  return name2 === "suffix" ? text(file.slice(end)) : null;
}
function call(node, scope, run) {
  const called = evaluate(node.func, scope, run);
  run.callees.push(called);
  const args = [];
  const keywords3 = /* @__PURE__ */ new Map();
  for (const argument of node.args) {
    const value2 = evaluate(argument, scope, run);
    if (argument.nodeType !== "Starred") args.push(value2);
    else {
      const several = itemsOfTerm(value2);
      if (several === null) keywords3.set("**", value2);
      args.push(...several ?? [unknown]);
    }
  }
  for (const keyword of node.keywords) {
    const value2 = evaluate(keyword.value, scope, run);
    if (keyword.arg !== void 0) keywords3.set(keyword.arg, value2);
    else spread(value2, keywords3);
  }
  run.callees.pop();
  return callTerm({ called, args, keywords: keywords3, node, scope }, run);
}
function spread(value2, keywords3) {
  if (value2.kind !== "dict" || value2.spoiled) {
    keywords3.set("**", value2);
    return;
  }
  for (const { key, value: inner } of value2.entries.values()) {
    if (key.kind === "str") keywords3.set(key.value, inner);
  }
}
function display2(node, scope, run) {
  const items2 = [];
  let spoiled = false;
  for (const element of node.elts) {
    const value2 = evaluate(element, scope, run);
    if (element.nodeType !== "Starred") items2.push(value2);
    else {
      const several = node.nodeType === "Set" ? unorderedItems(value2) : itemsOfTerm(value2);
      if (several === null) spoiled = true;
      else items2.push(...several);
    }
  }
  const made2 = node.nodeType === "Set" ? setOf(items2) : list2(items2, node.nodeType === "Tuple" ? "tuple" : "list");
  return spoiled ? { ...made2, spoiled } : made2;
}
function dictionary(node, scope, run) {
  const found = { kind: "dict", entries: /* @__PURE__ */ new Map(), spoiled: false };
  node.values.forEach((valueNode, index) => {
    const keyNode = node.keys[index];
    const key = keyNode === null || keyNode === void 0 ? null : evaluate(keyNode, scope, run);
    const value2 = evaluate(valueNode, scope, run);
    const name2 = key === null ? null : keyOf(key);
    if (key !== null && name2 !== null) found.entries.set(name2, { key, value: value2 });
    else if (key === null && value2.kind === "dict" && !value2.spoiled) {
      for (const [inner, entry2] of value2.entries) found.entries.set(inner, entry2);
    } else found.spoiled = true;
  });
  return found;
}
function joined2(node, scope, run) {
  let whole = "";
  for (const part of node.values) {
    if (part.nodeType !== "FormattedValue") {
      const value3 = part.nodeType === "Constant" ? part.value : null;
      whole += typeof value3 === "string" && !value3.includes("\\N{") ? value3 : hole;
      continue;
    }
    const value2 = evaluate(part.value, scope, run);
    const specification = part.format_spec === void 0 ? text("") : evaluate(part.format_spec, scope, run);
    const plain2 = specification.kind === "str" && (part.conversion === -1 || part.conversion === 115);
    if (!plain2) whole += hole;
    else
      whole += specification.value === "" ? toText(value2) : formatValue(value2, specification.value) ?? hole;
  }
  return textOrTemplate(whole);
}
function unary(node, scope, run) {
  const value2 = evaluate(node.operand, scope, run);
  if (node.op.nodeType === "USub" && value2.kind === "int") return { kind: "int", value: -value2.value };
  if (node.op.nodeType !== "Not") return value2.kind === "unknown" ? value2 : unknown;
  const test = truthOf(value2);
  return test === null ? unknown : bool(!test);
}
function logical(node, scope, run) {
  const isOr = node.op.nodeType === "Or";
  const doubt2 = { reason: "under a condition", node };
  let last = unknown;
  let certain = true;
  for (const operand2 of node.values) {
    last = certain ? evaluate(operand2, scope, run) : perhaps(() => evaluate(operand2, scope, run), doubt2, scope, run) ?? unknown;
    const test = truthOf(last);
    if (test === isOr) return certain ? last : { ...unknown, truth: isOr };
    if (test === null) certain = false;
  }
  return certain || node.values.length === 1 ? last : unknown;
}
function conditional(node, scope, run) {
  const test = truthOf(evaluate(node.test, scope, run));
  if (test !== null) return evaluate(test ? node.body : node.orelse, scope, run);
  const sides = [node.body, node.orelse].map((side) => () => evaluate(side, scope, run));
  const [body2 = unknown, orelse = unknown] = eitherOf(
    sides,
    { reason: "under a condition", node },
    scope,
    run
  );
  return agreed([body2, orelse]);
}
function subscript2(node, scope, run) {
  const owner = evaluate(node.value, scope, run);
  if (node.slice.nodeType === "Slice") return slice(owner, node.slice, scope, run);
  const index = evaluate(node.slice, scope, run);
  if (owner.kind === "globals") {
    return index.kind === "str" ? lookUp(index.value, moduleOf(owner.scope)) : foreign;
  }
  if (owner.kind === "dict") {
    const key = keyOf(index);
    return key === null || owner.spoiled ? unknown : owner.entries.get(key)?.value ?? unknown;
  }
  if (owner.kind === "class") {
    return index.kind === "str" ? owner.members.get(index.value) ?? unknown : unknown;
  }
  const items2 = owner.kind === "items" || owner.kind === "str" ? sequenceOf(owner) : null;
  if (items2 !== null && index.kind === "int") return items2.at(Number(index.value)) ?? unknown;
  return owner.kind === "unknown" ? owner : owner.kind === "imported" ? foreign : unknown;
}
function sequenceOf(owner) {
  return owner.kind === "items" && owner.type !== "list" && owner.type !== "tuple" ? null : itemsOfTerm(owner);
}
function slice(owner, { lower, upper, step: step2 }, scope, run) {
  const [from, to, by] = [lower, upper, step2].map(
    (end) => end === void 0 || end === null ? null : evaluate(end, scope, run)
  );
  const ends = [from, to].map(
    (end) => end === null ? void 0 : end?.kind === "int" ? Number(end.value) : null
  );
  const items2 = owner.kind === "items" || owner.kind === "str" ? sequenceOf(owner) : null;
  if (items2 === null || by !== null || ends.includes(null)) return owner.kind === "unknown" ? owner : unknown;
  const part = items2.slice(ends[0] ?? 0, ends[1] ?? void 0);
  if (owner.kind === "items") return list2(part, owner.type);
  return text(part.map((item2) => item2.kind === "str" ? item2.value : "").join(""));
}
function generate(generators, scope, run, produce) {
  const [first, ...rest] = generators;
  if (first === void 0) {
    produce();
    return true;
  }
  const round = (item2) => {
    bindTarget(first.target, item2, scope, run);
    const tests = first.ifs.map((test) => truthOf(evaluate(test, scope, run)));
    if (tests.includes(false)) return true;
    if (!tests.includes(null)) return generate(rest, scope, run, produce);
    const doubt3 = { reason: "under a condition", node: first.iter };
    perhaps(() => generate(rest, scope, run, produce), doubt3, scope, run);
    return false;
  };
  const source = first.is_async ? null : itemsOfTerm(evaluate(first.iter, scope, run));
  if (source !== null) return source.map(round).every(Boolean);
  const doubt2 = { reason: "in a loop that only running would tell", node: first.iter };
  perhaps(() => round(unknown), doubt2, scope, run);
  return false;
}
function comprehension2(node, scope, run) {
  const inner = newScope(scope, true);
  const items2 = [];
  const complete = generate(node.generators, inner, run, () => {
    items2.push(evaluate(node.elt, inner, run));
  });
  const type = node.nodeType === "ListComp" ? "list" : "iterator";
  const made2 = node.nodeType === "SetComp" ? setOf(items2) : list2(items2, type);
  return complete ? made2 : { ...made2, spoiled: true };
}
function dictComprehension(node, scope, run) {
  const inner = newScope(scope, true);
  const found = { kind: "dict", entries: /* @__PURE__ */ new Map(), spoiled: false };
  const complete = generate(node.generators, inner, run, () => {
    const key = evaluate(node.key, inner, run);
    const value2 = evaluate(node.value, inner, run);
    const name2 = keyOf(key);
    if (name2 === null) found.spoiled = true;
    else found.entries.set(name2, { key, value: value2 });
  });
  return complete ? found : { ...found, spoiled: true };
}
function bindTarget(target, value2, scope, run, source = target) {
  switch (target.nodeType) {
    case "Name": {
      const once = value2.kind === "items" && value2.type === "iterator";
      return bind(scope, target.id, once ? unknown : value2, source);
    }
    case "Tuple":
    case "List":
      return unpack(target.elts, value2, scope, run, source);
    case "Starred":
      return bindTarget(target.value, value2, scope, run, source);
    case "Subscript":
      return bindItem(target, value2, scope, run, source);
    case "Attribute": {
      const owner = evaluate(target.value, scope, run);
      if (owner.kind === "imported" && /^(?:alembic|sqlalchemy)\b/.test(owner.path)) {
        unfollowed(run, target, "a part of Alembic or SQLAlchemy is replaced");
      }
      return;
    }
    default:
      return;
  }
}
function unpack(targets, value2, scope, run, source) {
  const items2 = itemsOfTerm(value2);
  const star = targets.findIndex((target) => target.nodeType === "Starred");
  const fits = items2 !== null && (star === -1 ? items2.length === targets.length : items2.length >= targets.length - 1);
  if (!fits) {
    const rest = value2.kind === "unknown" ? value2 : unknownBecause("it is unpacked from a value that does not fit");
    for (const target of targets) bindTarget(target, rest, scope, run, source);
    return;
  }
  const after = star === -1 ? 0 : targets.length - star - 1;
  targets.forEach((target, index) => {
    if (index === star) {
      return bindTarget(target, list2(items2.slice(star, items2.length - after)), scope, run, source);
    }
    const item2 = star !== -1 && index > star ? items2[items2.length - (targets.length - index)] : items2[index];
    bindTarget(target, item2 ?? unknown, scope, run, source);
  });
}
function bindItem(target, value2, scope, run, source) {
  const owner = evaluate(target.value, scope, run);
  const key = target.slice.nodeType === "Slice" ? unknown : evaluate(target.slice, scope, run);
  const name2 = keyOf(key);
  if (owner.kind === "dict" && name2 !== null && run.under === null) owner.entries.set(name2, { key, value: value2 });
  else if (owner.kind === "dict" || owner.kind === "items") owner.spoiled = true;
  else if (owner.kind === "globals") {
    if (key.kind === "str" && run.depth === 0 && run.under === null)
      bind(owner.scope, key.value, value2, source);
    else forgetModule(scope, { reason: "the names of the module are bound by a call", node: target });
  }
}
var maxComputed, sizePerStep, reachesNames;
var init_expressions = __esm({
  "src/python/interpreter/expressions.ts"() {
    "use strict";
    init_syntax_tree();
    init_calls();
    init_format();
    init_operators();
    init_run();
    init_scope();
    init_values();
    maxComputed = 1e6;
    sizePerStep = 16;
    reachesNames = /^(?:__dict__|__setattr__)$/;
  }
});

// src/python/interpreter/statements.ts
function followModule(body2, run) {
  const scope = newScope(null);
  const [first] = body2;
  if (first !== void 0) {
    bind(scope, "__file__", { kind: "file", name: fileNameOf2(run.file.path) }, first);
    bind(scope, "__name__", text(moduleNameOf2(run.file.path)), first);
    if (first.nodeType === "Expr" && first.value.nodeType === "Constant") {
      const doc = evaluate(first.value, scope, run);
      if (doc.kind === "str") bind(scope, "__doc__", doc, first);
    }
  }
  const flow = followBlock(body2, { scope, results: [] }, run);
  if (flow === "raise" && run.raised === null && first !== void 0) {
    forgetModule(scope, { reason: "the file raises an exception", node: first });
  }
  return scope;
}
function followBlock(body2, frame, run) {
  const before = run.under;
  const exits = [];
  let end = "next";
  for (const statement3 of body2) {
    const flow = follow(statement3, frame, run);
    if (run.raised !== null) return "raise";
    if (flow === "maybe") {
      exits.push(namesOf(frame.scope));
      run.under ??= afterReturn;
    } else if (flow !== "next") {
      end = flow;
      break;
    }
  }
  run.under = before;
  const [last] = body2;
  if (exits.length === 0 || last === void 0) return end;
  if (end === "raise") return "raise";
  merge([namesOf(frame.scope), ...exits], { reason: afterReturn, node: last });
  return "maybe";
}
function follow(statement3, frame, run) {
  spend(run);
  const { scope } = frame;
  switch (statement3.nodeType) {
    case "Expr":
      evaluate(statement3.value, scope, run);
      return "next";
    case "Assign": {
      const value2 = evaluate(statement3.value, scope, run);
      for (const target of statement3.targets) bindTarget(target, value2, scope, run, statement3.value);
      return "next";
    }
    case "AnnAssign":
      if (statement3.value !== void 0) {
        bindTarget(statement3.target, evaluate(statement3.value, scope, run), scope, run, statement3.value);
      }
      return "next";
    case "AugAssign":
      augment(statement3, scope, run);
      return "next";
    case "Import":
    case "ImportFrom":
      bindImports(statement3, scope);
      return "next";
    case "FunctionDef":
      define(statement3, scope, run);
      return "next";
    case "AsyncFunctionDef":
      bind(scope, statement3.name, foreignBecause("it is a coroutine"), statement3);
      return "next";
    case "ClassDef":
      bindClass(statement3, scope, run);
      return "next";
    case "Return":
      frame.results.push(statement3.value === void 0 ? none : evaluate(statement3.value, scope, run));
      return "return";
    case "Raise":
      raise(statement3, scope, run);
      return "raise";
    case "Break":
      return "break";
    case "Continue":
      return "continue";
    case "If":
      return followIf(statement3, frame, run);
    case "For":
      return followFor(statement3, frame, run);
    case "While":
      return followUnknownLoop(statement3, frame, run);
    case "Try":
      return followTry(statement3, frame, run);
    case "With":
      return followWith(statement3, frame, run);
    case "Global":
    case "Nonlocal":
      globalNames(statement3, scope);
      return "next";
    case "Pass":
      return "next";
    case "Delete":
      for (const target of statement3.targets) unbind(target, scope, run);
      return "next";
    case "Assert":
      return followAssert(statement3, scope, run);
    default:
      return passBy(statement3, scope, run);
  }
}
function passBy(statement3, scope, run) {
  if (mayAct(statement3)) unfollowed(run, statement3, "a statement that is not followed");
  const doubt2 = { reason: "it is bound by a statement that is not followed", node: statement3 };
  const silent = run.silent;
  run.silent = true;
  perhaps(() => evaluateCalls(statement3, scope, run), doubt2, scope, run);
  run.silent = silent;
  forget([statement3], scope, doubt2);
  return "maybe";
}
function evaluateCalls(node, scope, run) {
  if (node.nodeType === "Call") evaluate(node, scope, run);
  else if (node.nodeType !== "FunctionDef" && node.nodeType !== "Lambda") {
    for (const child of childrenOf(node)) evaluateCalls(child, scope, run);
  }
}
function globalNames(statement3, scope) {
  if (scope.parent === null) return;
  for (const name2 of statement3.names) {
    for (let at = scope; at !== null; at = at.parent) {
      bind(at, name2, foreignBecause("a function that is called may bind it"), statement3);
    }
  }
}
function unbind(target, scope, run) {
  if (target.nodeType === "Name") {
    scope.names.delete(target.id);
    return;
  }
  if (target.nodeType !== "Subscript") return bindTarget(target, foreign, scope, run);
  const owner = evaluate(target.value, scope, run);
  if (owner.kind === "items" || owner.kind === "dict") owner.spoiled = true;
  if (owner.kind === "globals") {
    forgetModule(scope, { reason: "it is deleted in a way that is not followed", node: target });
  }
}
function augment(statement3, scope, run) {
  const { target } = statement3;
  const left = target.nodeType === "Name" ? evaluate(target, scope, run) : unknown;
  const value2 = evaluate(statement3.value, scope, run);
  if (target.nodeType !== "Name") return bindTarget(target, unknown, scope, run, statement3);
  if (left.kind === "items" && (left.type === "list" || left.type === "set")) {
    const more = left.type === "list" && statement3.op.nodeType === "Add" ? itemsOfTerm(value2) : null;
    if (more === null || run.under !== null) left.spoiled = true;
    else left.items.splice(left.items.length, 0, ...more);
    return bind(scope, target.id, left, statement3);
  }
  if (left.kind === "dict") {
    left.spoiled = true;
    return;
  }
  const result = operated(left, statement3.op.nodeType, value2);
  const isLong = result.kind === "str" && result.value.length > 1e6;
  bind(scope, target.id, isLong ? unknownBecause("it is too long to be followed") : result, statement3);
}
function bindImports(statement3, scope) {
  for (const alias of statement3.names) {
    if (statement3.nodeType === "Import") {
      const top = alias.name.split(".")[0] ?? alias.name;
      const path = alias.asname === void 0 ? top : alias.name;
      bind(scope, alias.asname ?? top, { kind: "imported", path }, statement3);
      continue;
    }
    const from = ".".repeat(statement3.level ?? 0) + (statement3.module ?? "");
    if (alias.name === "*") starImport(from, statement3, scope);
    else
      bind(scope, alias.asname ?? alias.name, { kind: "imported", path: `${from}.${alias.name}` }, statement3);
  }
}
function starImport(from, node, scope) {
  const doubt2 = { reason: `it may come from ${from}, which is not read`, node };
  if (!harmlessStars.test(from)) return forgetModule(scope, doubt2);
  for (const [name2, held] of moduleOf(scope).names) {
    const stays = alembicNames2.has(name2) || name2.startsWith("__") || held.kind === "imported";
    if (!stays) bind(moduleOf(scope), name2, unknownBecause(doubt2.reason), node);
  }
}
function define(statement3, scope, run) {
  const decorators = statement3.decorator_list.map((decorator) => evaluate(decorator, scope, run));
  const made2 = {
    kind: "function",
    node: statement3,
    scope,
    file: run.file,
    defaults: defaultsOf(statement3, scope, run),
    decorated: false
  };
  if (decorators.length > 0) mayCall(made2, statement3, run);
  bind(scope, statement3.name, decorators.length > 0 ? { ...made2, decorated: true } : made2, statement3);
}
function bindClass(statement3, scope, run) {
  const around = [...statement3.decorator_list, ...statement3.bases, ...statement3.keywords];
  for (const part of around) evaluate(part, scope, run);
  const inner = newScope(scope);
  followBlock(statement3.body, { scope: inner, results: [] }, run);
  const isMethod = (part) => part.nodeType === "FunctionDef" || part.nodeType === "AsyncFunctionDef";
  const methods = statement3.body.filter(isMethod);
  const names2 = new Set(methods.map(({ name: name2 }) => name2));
  const made2 = {
    kind: "class",
    name: statement3.name,
    members: new Map([...inner.names].filter(([name2]) => !names2.has(name2))),
    bases: statement3.bases.map((base2) => sourceOf(run, base2)),
    methods: names2,
    acts: methods.some((method) => mentions(method, actingNames))
  };
  bind(scope, statement3.name, made2, statement3);
}
function mentions(node, names2) {
  if (node.nodeType === "Name" && names2.test(node.id)) return true;
  if (node.nodeType === "Attribute" && names2.test(node.attr)) return true;
  return childrenOf(node).some((child) => mentions(child, names2));
}
function raise(statement3, scope, run) {
  const error = raisedBy(statement3, scope, run);
  if (run.under === null) run.raised ??= { error, span: spanOf(run, statement3) };
}
function raisedBy({ exc }, scope, run) {
  if (exc === void 0) return { type: "RuntimeError", message: "No active exception to reraise" };
  const made2 = exc.nodeType === "Call" ? exc : null;
  const source = sourceOf(run, made2 === null ? exc : made2.func);
  const type = shortened(source.slice(source.lastIndexOf(".") + 1));
  const [first] = made2?.args ?? [];
  if (first === void 0) return { type, message: "" };
  const value2 = evaluate(first, scope, run);
  return { type, message: value2.kind === "str" ? value2.value : shortened(sourceOf(run, first)) };
}
function followAssert(statement3, scope, run) {
  if (truthOf(evaluate(statement3.test, scope, run)) !== false) return "next";
  if (run.under === null) {
    run.raised ??= { error: { type: "AssertionError", message: "" }, span: spanOf(run, statement3) };
  }
  return "raise";
}
function goesOn(flow) {
  return flow !== "return" && flow !== "raise";
}
function joinFlows(flows) {
  const going = flows.filter((flow) => flow !== "raise");
  const [first] = going;
  if (first === void 0) return "raise";
  return going.every((flow) => flow === first) ? first : "maybe";
}
function followIf(statement3, frame, run) {
  const test = truthOf(evaluate(statement3.test, frame.scope, run));
  if (run.raised !== null) return "raise";
  if (test !== null) return followBlock(test ? statement3.body : statement3.orelse, frame, run);
  const sides = [statement3.body, statement3.orelse].map((side) => () => followBlock(side, frame, run));
  return joinFlows(eitherOf(sides, { reason: underCondition, node: statement3 }, frame.scope, run, goesOn));
}
function followFor(statement3, frame, run) {
  const items2 = itemsOfTerm(evaluate(statement3.iter, frame.scope, run));
  if (items2 === null) return followUnknownLoop(statement3, frame, run);
  const before = run.under;
  const exits = [];
  for (const item2 of items2) {
    bindTarget(statement3.target, item2, frame.scope, run, statement3.iter);
    const flow2 = followBlock(statement3.body, frame, run);
    if (flow2 === "return" || flow2 === "raise" || flow2 === "break") {
      run.under = before;
      if (flow2 === "break") return leaveLoop(statement3, exits, frame.scope);
      return exits.length === 0 || flow2 === "raise" ? flow2 : "maybe";
    }
    if (flow2 === "maybe") {
      exits.push(namesOf(frame.scope));
      run.under ??= afterReturn;
    }
  }
  run.under = before;
  const left = leaveLoop(statement3, exits, frame.scope);
  const flow = followElse(statement3, left === "next", frame, run);
  return left === "maybe" && hasReturn(statement3) ? "maybe" : flow;
}
function leaveLoop(statement3, exits, scope) {
  if (exits.length === 0) return "next";
  merge([namesOf(scope), ...exits], { reason: afterReturn, node: statement3 });
  return "maybe";
}
function hasReturn(node) {
  if (node.nodeType === "Return") return true;
  if (node.nodeType === "FunctionDef" || node.nodeType === "Lambda") return false;
  return childrenOf(node).some(hasReturn);
}
function leaves(node) {
  if (["Return", "Break", "Continue"].includes(node.nodeType)) return true;
  if (node.nodeType === "FunctionDef" || node.nodeType === "Lambda") return false;
  return childrenOf(node).some(leaves);
}
function followUnknownLoop(statement3, frame, run) {
  const { scope } = frame;
  const doubt2 = { reason: inLoop, node: statement3 };
  forget(statement3.body, scope, doubt2);
  if (statement3.nodeType === "For") bindTarget(statement3.target, unknown, scope, run, statement3);
  else evaluate(statement3.test, scope, run);
  eitherOf([() => followBlock(statement3.body, frame, run), () => "next"], doubt2, scope, run, goesOn);
  forget(statement3.body, scope, doubt2);
  const flow = followElse(statement3, false, frame, run);
  return hasReturn(statement3) ? "maybe" : flow;
}
function followElse({ body: body2, orelse }, complete, frame, run) {
  const [first] = orelse;
  if (first === void 0) return "next";
  const rest = () => followBlock(orelse, frame, run);
  if (complete || !body2.some(leaves)) return rest();
  const doubt2 = { reason: inLoop, node: first };
  return joinFlows(eitherOf([rest, () => "next"], doubt2, frame.scope, run, goesOn));
}
function followTry(statement3, frame, run) {
  const rethrows = statement3.handlers.every(
    (handler) => handler.body.at(-1)?.nodeType === "Raise" && !handler.body.some(leaves)
  );
  const body2 = [...statement3.body, ...statement3.orelse];
  if (statement3.finalbody.some(leaves)) return passBy(statement3, frame.scope, run);
  const flow = rethrows ? followBlock(body2, frame, run) : followSwallowing(statement3, body2, frame, run);
  const isBare = (last2) => last2?.nodeType === "Raise" && last2.exc === void 0;
  const raised = statement3.handlers.every((handler) => isBare(handler.body.at(-1))) ? run.raised : null;
  run.raised = null;
  const last = followBlock(statement3.finalbody, frame, run);
  run.raised ??= raised;
  return last === "next" ? flow : last;
}
function followSwallowing(statement3, body2, frame, run) {
  const { scope } = frame;
  const doubt2 = { reason: inTry, node: statement3 };
  const handlers = statement3.handlers.map((handler) => () => {
    forget(body2, scope, doubt2);
    if (handler.name !== void 0) bind(scope, handler.name, unknown, handler);
    return followBlock(handler.body, frame, run);
  });
  const parts2 = [() => followBlock(body2, frame, run), ...handlers];
  return joinFlows(eitherOf(parts2, doubt2, scope, run, goesOn));
}
function followWith(statement3, frame, run) {
  const { scope } = frame;
  const entered = run.managers.length;
  let suppresses = false;
  for (const item2 of statement3.items) {
    const value2 = evaluate(item2.context_expr, scope, run);
    if (value2.kind === "manager" ? value2.does === "suppress" : value2.kind === "unknown" && value2.foreign) {
      suppresses = true;
    }
    run.managers.push(value2);
    if (item2.optional_vars !== void 0) {
      bindTarget(item2.optional_vars, value2, scope, run, item2.context_expr);
    }
  }
  const body2 = () => followBlock(statement3.body, frame, run);
  const doubt2 = { reason: "in a context that is not followed", node: statement3 };
  const flow = suppresses ? joinFlows(eitherOf([body2, () => "next"], doubt2, scope, run, goesOn)) : body2();
  run.managers.length = entered;
  return flow;
}
var afterReturn, inTry, inLoop, underCondition, alembicNames2, actingNames;
var init_statements = __esm({
  "src/python/interpreter/statements.ts"() {
    "use strict";
    init_excerpt();
    init_syntax_tree();
    init_functions();
    init_expressions();
    init_operators();
    init_run();
    init_scope();
    init_values();
    afterReturn = "after a condition that may end the function";
    inTry = "in a try";
    inLoop = "in a loop that only running would tell";
    underCondition = "under a condition";
    alembicNames2 = /* @__PURE__ */ new Set([
      "revision",
      "down_revision",
      "branch_labels",
      "depends_on",
      "upgrade",
      "downgrade"
    ]);
    actingNames = /^(?:op|alembic|context|execute|exec_driver_sql|create|drop|create_all|drop_all|text|DDL|super)$/;
  }
});

// src/python/interpreter/functions.ts
function callFunction(called, args, keywords3, node, run) {
  if (called.decorated || run.depth > maxDepth5) {
    const reason = called.decorated ? "a decorated function" : "functions nested too deeply";
    unfollowed(run, node, reason);
    return foreign;
  }
  const scope = newScope(called.scope);
  bindParameters(called, args, keywords3, scope);
  const before = { file: run.file, under: run.under };
  run.file = called.file;
  run.depth += 1;
  const result = followBody(called, scope, run);
  run.depth -= 1;
  run.file = before.file;
  run.under = before.under;
  return result;
}
function followBody({ node }, scope, run) {
  if (node.nodeType === "Lambda") return evaluate(node.body, scope, run);
  const frame = { scope, results: [] };
  const generates = mayYield(node);
  if (generates) run.under ??= "in a loop that only running would tell";
  const flow = followBlock(node.body, frame, run);
  if (generates) return unknown;
  return agreed(flow === "return" ? frame.results : [...frame.results, none]);
}
function mayCall(called, node, run) {
  if (run.depth > maxDepth5 || called.decorated) return;
  const silent = run.silent;
  run.silent = true;
  const { args } = called.node;
  const given = new Map(
    [...args.posonlyargs, ...args.args, ...args.kwonlyargs].map(({ arg }) => [arg, foreign])
  );
  const reason = `${called.node.nodeType === "Lambda" ? "a function" : called.node.name}() may bind it`;
  perhaps(() => callFunction(called, [], given, node, run), { reason, node }, called.scope, run);
  run.silent = silent;
}
function mayYield(node) {
  if (node.nodeType === "Yield" || node.nodeType === "YieldFrom") return true;
  return childrenOf(node).some(
    (child) => child.nodeType !== "FunctionDef" && child.nodeType !== "Lambda" && mayYield(child)
  );
}
function bindParameters(called, args, keywords3, scope) {
  const { posonlyargs, args: plain2, vararg, kwonlyargs, kwarg } = called.node.args;
  const positional = [...posonlyargs, ...plain2];
  const fallback = keywords3.has("**") ? foreign : void 0;
  const given = (name2) => keywords3.get(name2) ?? fallback ?? called.defaults.get(name2) ?? foreign;
  positional.forEach((parameter2, index) => {
    bind(scope, parameter2.arg, args[index] ?? given(parameter2.arg), parameter2);
  });
  for (const parameter2 of kwonlyargs) bind(scope, parameter2.arg, given(parameter2.arg), parameter2);
  if (vararg) bind(scope, vararg.arg, list2(args.slice(positional.length), "tuple"), vararg);
  if (kwarg) bind(scope, kwarg.arg, unknownBecause("its keys are not known"), kwarg);
}
var maxDepth5;
var init_functions = __esm({
  "src/python/interpreter/functions.ts"() {
    "use strict";
    init_syntax_tree();
    init_expressions();
    init_run();
    init_scope();
    init_statements();
    init_values();
    maxDepth5 = 12;
  }
});

// src/python/interpreter/calls.ts
function callTerm(call3, run) {
  const { called } = call3;
  if (called.kind === "function") return callFunction(called, call3.args, call3.keywords, call3.node, run);
  if (called.kind === "imported") {
    const { path } = called;
    if (path.startsWith(builtin)) return callBuiltin(path.slice(builtin.length), call3, run);
    return callStandard(path, call3, run) ?? run.host.call(call3, run);
  }
  return (called.kind === "member" ? callMethod(call3, called.owner, called.name, run) : null) ?? run.host.call(call3, run);
}
function callMethod(call3, owner, name2, run) {
  switch (owner.kind) {
    case "str":
    case "template":
      return callTextMethod(call3, owner, name2);
    case "items":
      return callItemsMethod(call3, owner, name2, run);
    case "dict":
      return callDictMethod(call3, owner, name2);
    case "path":
      return name2 === "absolute" && call3.args.length === 0 ? owner : null;
    case "globals":
      if (name2 === "get") return null;
      forgetModule(owner.scope, { reason: "the names of the module are bound by a call", node: call3.node });
      return null;
    default:
      return null;
  }
}
function giveAway({ args, keywords: keywords3, node, scope }, run) {
  const given = [...args, ...keywords3.values()];
  spoil(...given);
  for (const term of given.flatMap(parts)) {
    if (term.kind === "function") mayCall(term, node, run);
    if (term.kind === "globals") {
      forgetModule(scope, { reason: "the names of the module are bound by a call", node });
    }
  }
  return given.flatMap(parts).some(isCapable);
}
function parts(term) {
  if (term.kind === "items") return [term, ...term.items];
  if (term.kind === "dict") return [term, ...[...term.entries.values()].map(({ value: value2 }) => value2)];
  return term.kind === "member" ? [term, ...parts(term.owner)] : [term];
}
function isCapable(term) {
  switch (term.kind) {
    case "bind":
    case "batch":
    case "context":
    case "function":
    case "globals":
      return true;
    case "imported":
      return term.path.startsWith("alembic.");
    default:
      return false;
  }
}
var builtin;
var init_calls = __esm({
  "src/python/interpreter/calls.ts"() {
    "use strict";
    init_builtins();
    init_methods();
    init_scope();
    init_functions();
    init_values();
    builtin = "builtins.";
  }
});

// src/python/header/tree-form.ts
function resultOf({ called, args }) {
  const given = args.find((arg) => arg.kind === "unknown");
  if (given !== void 0) return given;
  if (called.kind === "imported") return unknownBecause(`only running ${called.path}() would tell`);
  return called.kind === "unknown" ? called : unknown;
}
function readTree(tree, path) {
  const run = startRun(host, { tree, path });
  const scope = followModule(tree.body, run);
  const doc = scope.names.get("__doc__");
  return {
    revision: header2(scope, "revision", run),
    downRevision: header2(scope, "down_revision", run),
    branchLabels: header2(scope, "branch_labels", run),
    dependsOn: header2(scope, "depends_on", run),
    upgrade: step(scope, "upgrade", run),
    downgrade: step(scope, "downgrade", run),
    doc: doc?.kind === "str" ? doc.value : null,
    raises: run.raised
  };
}
function header2(scope, name2, run) {
  const node = siteOf(scope, name2);
  if (node === null) return unbound;
  const value2 = publicValue(lookUp(name2, scope), { parts: maxParts });
  const span = spanOf(run, node);
  if (value2.kind !== "unknown") return { kind: "value", value: value2, span };
  return { kind: "unreadable", expression: shortened(sourceOf(run, node)), reason: value2.reason, span };
}
function siteOf(scope, name2) {
  return scope.names.has(name2) ? scope.sites.get(name2) ?? null : scope.anyName?.node ?? null;
}
function publicValue(term, left) {
  left.parts -= 1;
  if (left.parts < 0) return unknownBecause("it is too long to be followed");
  switch (term.kind) {
    case "none":
    case "str":
    case "bool":
    case "other":
      return term;
    case "int":
      return { kind: "int", value: term.value.toString() };
    case "dict":
      return { kind: "other", type: "dict" };
    case "items": {
      if (term.spoiled) return unknownBecause("the list is changed elsewhere in the file");
      const items2 = [];
      for (const item2 of term.items) {
        const inner = publicValue(item2, left);
        if (inner.kind === "unknown") return inner;
        items2.push(inner);
      }
      return term.type === "view" || term.type === "iterator" ? unknown : { kind: term.type, items: items2 };
    }
    case "function":
      return unknownBecause("it is a function");
    case "imported":
      return unknownBecause(
        term.path.startsWith("builtins.") ? "it is a builtin" : `it comes from ${term.path}, which is not read`
      );
    case "unknown":
      return term;
    default:
      return unknown;
  }
}
function step(scope, name2, run) {
  const node = siteOf(scope, name2);
  if (node === null) return unbound;
  const span = spanOf(run, node);
  const held = scope.names.get(name2);
  if (held?.kind !== "function" || held.decorated || held.node.nodeType === "Lambda")
    return { kind: "unreadable", span };
  const { args } = held.node;
  const positional = [...args.posonlyargs, ...args.args, ...args.kwonlyargs];
  const raises = firstRaise(held, run);
  return {
    kind: "function",
    required: positional.map(({ arg }) => arg).filter((arg) => !held.defaults.has(arg)),
    keywords: args.kwarg === void 0 ? [...args.args, ...args.kwonlyargs].map(({ arg }) => arg) : null,
    span,
    ...raises === null ? {} : { raises }
  };
}
function firstRaise({ node, scope }, run) {
  if (node.nodeType === "Lambda") return null;
  const first = node.body.find(
    (one) => one.nodeType !== "Pass" && (one.nodeType !== "Expr" || one.value.nodeType !== "Constant")
  );
  return first?.nodeType === "Raise" ? raisedBy(first, scope, run) : null;
}
var host, maxParts;
var init_tree_form = __esm({
  "src/python/header/tree-form.ts"() {
    "use strict";
    init_calls();
    init_run();
    init_scope();
    init_statements();
    init_values();
    init_excerpt();
    init_module_facts();
    host = {
      call(call3, run) {
        giveAway(call3, run);
        return resultOf(call3);
      },
      attributeOf: () => null,
      unfollowed() {
      }
    };
    maxParts = 1e4;
  }
});

// src/python/header/literal-form.ts
function readHeader(tokens, statements, path) {
  const { text: text4, kinds: kinds2 } = tokens;
  const reader = {
    tokens,
    text: text4,
    kinds: kinds2,
    path,
    at: 0,
    known: /* @__PURE__ */ new Map(),
    headers: /* @__PURE__ */ new Map(),
    steps: /* @__PURE__ */ new Map(),
    functions: /* @__PURE__ */ new Set(),
    called: false,
    definitions: [],
    line: firstLine
  };
  const first = statements[0];
  if (first !== void 0 && kinds2[first] === Kind.openRound) return null;
  for (let index = 0; index < statements.length; index++) {
    const start = statements[index] ?? 0;
    if (!readStatement(reader, start, statements[index + 1] ?? tokens.count - 1)) return null;
  }
  if (reader.called && reachesOut(reader)) return null;
  if ([...reader.headers].some(([name2, binding]) => mayChange(reader, name2, binding))) return null;
  const { headers, steps } = reader;
  return {
    revision: headers.get("revision") ?? unbound,
    downRevision: headers.get("down_revision") ?? unbound,
    branchLabels: headers.get("branch_labels") ?? unbound,
    dependsOn: headers.get("depends_on") ?? unbound,
    upgrade: steps.get("upgrade") ?? unbound,
    downgrade: steps.get("downgrade") ?? unbound,
    doc: first === void 0 ? null : docstring2(reader, first),
    raises: null
  };
}
function mayChange(reader, name2, binding) {
  if (binding.kind !== "value" || binding.value.kind !== "list" && binding.value.kind !== "set")
    return false;
  return reader.text.indexOf(name2) !== reader.text.lastIndexOf(name2);
}
function isMutable(value2) {
  return value2.kind === "list" || value2.kind === "set";
}
function docstring2(reader, first) {
  const parts2 = [];
  let at = first;
  for (; reader.kinds[at] === Kind.string; at++) parts2.push(docValue(wordAt2(reader, at)));
  const ends = reader.kinds[at] === Kind.newline || reader.kinds[at] === Kind.semicolon;
  return parts2.length > 0 && ends ? parts2.join("") : null;
}
function readStatement(reader, start, next) {
  const { kinds: kinds2 } = reader;
  switch (kinds2[start]) {
    case Kind.string:
      return harmless(reader, start, next);
    case Kind.name:
      if (kinds2[start + 1] === Kind.equal || kinds2[start + 1] === Kind.colon) return assignment(reader, start);
      return harmless(reader, start, next);
    case Kind.def:
      return definition(reader, start, next);
    case Kind.raise:
    case Kind.assert:
      return false;
    case Kind.import:
    case Kind.from:
      return imported2(reader, start, next);
    default:
      return harmless(reader, start, next);
  }
}
function imported2(reader, start, next) {
  const { kinds: kinds2, known: known2 } = reader;
  const named3 = kinds2[start] === Kind.from ? kinds2.indexOf(Kind.import, start) : start;
  if (kinds2[named3 + 1] === Kind.star) {
    known2.clear();
    const { starts, ends } = reader.tokens;
    return harmlessStars.test(reader.text.slice(starts[start + 1], ends[named3 - 1]));
  }
  for (let at = named3 + 1; at < next; at++) {
    if (kinds2[at] !== Kind.name || kinds2[at - 1] === Kind.dot || kinds2[at + 1] === Kind.as) continue;
    const name2 = wordAt2(reader, at);
    if (stopNames.has(name2)) return false;
    known2.delete(name2);
  }
  return true;
}
function assignment(reader, start) {
  const { kinds: kinds2 } = reader;
  const names2 = [wordAt2(reader, start)];
  let at = start + 1;
  if (kinds2[at] === Kind.colon) {
    const equal = endOfAnnotation(reader, at);
    if (equal === null) return false;
    if (kinds2[equal] !== Kind.equal) return true;
    at = equal;
  }
  while (kinds2[at + 1] === Kind.name && kinds2[at + 2] === Kind.equal) {
    names2.push(wordAt2(reader, at + 1));
    at += 2;
  }
  reader.at = at + 1;
  const value2 = tupleOrValue(reader);
  const shared = names2.length > 1 && value2 !== null && isMutable(value2);
  const read = value2 !== null && !shared && endsStatement2(kinds2[reader.at]);
  for (const name2 of names2) {
    if (!read && watchedNames.has(name2)) return false;
    if (!read) reader.known.delete(name2);
    else if (name2 in headerNames) reader.headers.set(name2, bound(value2, spanOf2(reader, at + 1)));
    else if (watchedNames.has(name2)) return false;
    if (read) reader.known.set(name2, value2);
  }
  return read || harmless(reader, at + 1, endOfLine(reader, at + 1));
}
function endOfAnnotation(reader, colon) {
  let open = 0;
  for (let at = colon + 1; ; at++) {
    const kind = reader.kinds[at] ?? Kind.end;
    if (kind === Kind.walrus) return null;
    if (kind >= Kind.openRound && kind <= Kind.closeCurly) open += kind % 2 === 0 ? 1 : -1;
    if (open === 0 && (kind === Kind.equal || endsStatement2(kind))) return at;
  }
}
function endsStatement2(kind) {
  return kind === Kind.newline || kind === Kind.semicolon || kind === Kind.end;
}
function endOfLine(reader, from) {
  let at = from;
  while (!endsStatement2(reader.kinds[at])) at++;
  return at;
}
function harmless(reader, start, next) {
  const { kinds: kinds2, known: known2 } = reader;
  for (let at = start; at < next; at++) {
    const kind = kinds2[at];
    if (kind === Kind.walrus || kind === Kind.global) return false;
    if (kind === Kind.raise && kinds2[start] === Kind.if) return false;
    if (kind === Kind.star && kinds2[at - 1] === Kind.import) return false;
    if (kind !== Kind.name) continue;
    const name2 = wordAt2(reader, at);
    if (stopNames.has(name2)) return false;
    reader.called ||= reader.functions.has(name2);
    known2.delete(name2);
  }
  return true;
}
function definition(reader, start, next) {
  const name2 = wordAt2(reader, start + 1);
  reader.known.delete(name2);
  reader.functions.add(name2);
  reader.definitions.push(start, next);
  if (!watchedNames.has(name2)) return true;
  if (name2 !== "upgrade" && name2 !== "downgrade") return false;
  const signature = signatureAt(reader, start + 2);
  if (signature === null || name2 === "upgrade" && beginsByRaising(reader, start, next)) return false;
  reader.steps.set(name2, { kind: "function", ...signature, span: spanOf2(reader, start) });
  return true;
}
function beginsByRaising({ kinds: kinds2 }, start, next) {
  let at = start;
  while (at < next && kinds2[at] !== Kind.indent && kinds2[at] !== Kind.raise) at++;
  if (kinds2[at] === Kind.indent) at++;
  if (kinds2[at] === Kind.string && kinds2[at + 1] === Kind.newline) at += 2;
  return kinds2[at] === Kind.raise;
}
function reachesOut({ tokens, text: text4, definitions }) {
  for (let index = 0; index < definitions.length; index += 2) {
    const [start = 0, next = 0] = definitions.slice(index, index + 2);
    const source = text4.slice(tokens.starts[start], tokens.starts[next]);
    if (reachingWords.some((word) => source.includes(word))) return true;
  }
  return false;
}
function signatureAt(reader, from) {
  const { kinds: kinds2 } = reader;
  if (kinds2[from] !== Kind.openRound) return null;
  const required = [];
  let keywords3 = [];
  let open = 0;
  let stars = 0;
  for (let at = from; ; at++) {
    const kind = kinds2[at] ?? Kind.end;
    if (kind === Kind.walrus || kind === Kind.lambda || kind === Kind.end) return null;
    if (kind >= Kind.openRound && kind <= Kind.closeCurly) open += kind % 2 === 0 ? 1 : -1;
    if (open === 0) return { required, keywords: keywords3 };
    if (open > 1 || kinds2[at] !== Kind.openRound && kinds2[at] !== Kind.comma) continue;
    stars = kinds2[at + 1] === Kind.star ? 1 : kinds2[at + 1] === Kind.doubleStar ? 2 : 0;
    if (kinds2[at + 1] === Kind.slash) {
      keywords3 = [];
      continue;
    }
    const parameter2 = at + 1 + (stars > 0 ? 1 : 0);
    if (kinds2[parameter2] !== Kind.name) continue;
    if (stars === 2) keywords3 = null;
    if (stars > 0) continue;
    keywords3?.push(wordAt2(reader, parameter2));
    if (!hasDefault(reader, parameter2)) required.push(wordAt2(reader, parameter2));
  }
}
function hasDefault(reader, parameter2) {
  let open = 0;
  for (let at = parameter2 + 1; ; at++) {
    const kind = reader.kinds[at] ?? Kind.end;
    if (kind >= Kind.openRound && kind <= Kind.closeCurly) open += kind % 2 === 0 ? 1 : -1;
    if (open === 0 && kind === Kind.equal) return true;
    if (open < 0 || open === 0 && kind === Kind.comma || kind === Kind.end) return false;
  }
}
function wordAt2(reader, at) {
  return reader.text.slice(reader.tokens.starts[at], reader.tokens.ends[at]);
}
function spanOf2(reader, at) {
  const { text: text4, path } = reader;
  const offset = reader.tokens.starts[at] ?? 0;
  reader.line = lineAt(text4, offset, offset < reader.line.start ? firstLine : reader.line);
  return { path, line: reader.line.number, column: columnAt(text4, offset, reader.line) };
}
function tupleOrValue(reader) {
  const first = literal(reader);
  if (first === null || reader.kinds[reader.at] !== Kind.comma) return first;
  return items(reader, [first], "tuple", null);
}
function literal(reader) {
  const { kinds: kinds2 } = reader;
  const kind = kinds2[reader.at];
  switch (kind) {
    case Kind.none:
      reader.at++;
      return { kind: "none" };
    case Kind.true:
    case Kind.false:
      reader.at++;
      return { kind: "bool", value: kind === Kind.true };
    case Kind.string:
      return stringsAt(reader);
    case Kind.name:
      return knownName(reader);
    case Kind.openRound:
    case Kind.openSquare:
    case Kind.openCurly:
      return container(reader, kind);
    default:
      return null;
  }
}
function stringsAt(reader) {
  const parts2 = [];
  for (; reader.kinds[reader.at] === Kind.string; reader.at++) {
    const part = stringValue(wordAt2(reader, reader.at));
    if (part === null) return null;
    parts2.push(part);
  }
  if (reader.kinds[reader.at] === Kind.formatted) return null;
  return { kind: "str", value: parts2.join("") };
}
function knownName(reader) {
  const found = reader.known.get(wordAt2(reader, reader.at)) ?? null;
  if (found === null || isMutable(found)) return null;
  reader.at++;
  return found;
}
function container(reader, opener) {
  const kind = opener === Kind.openSquare ? "list" : opener === Kind.openCurly ? "set" : "tuple";
  const closer = opener + 1;
  reader.at++;
  if (reader.kinds[reader.at] === closer) {
    if (kind === "set") return null;
    reader.at++;
    return { kind, items: [] };
  }
  const first = literal(reader);
  if (first === null) return null;
  if (kind === "tuple" && reader.kinds[reader.at] === closer) {
    reader.at++;
    return first;
  }
  return items(reader, [first], kind, closer);
}
function items(reader, found, kind, closer) {
  const { kinds: kinds2 } = reader;
  while (kinds2[reader.at] === Kind.comma) {
    reader.at++;
    if (closer === null ? endsStatement2(kinds2[reader.at]) : kinds2[reader.at] === closer) break;
    const item2 = literal(reader);
    if (item2 === null) return null;
    found.push(item2);
  }
  if (closer !== null) {
    if (kinds2[reader.at] !== closer) return null;
    reader.at++;
  }
  if (kind !== "set") return { kind, items: found };
  if (found.some((item2) => item2.kind !== "str")) return null;
  const seen = new Map(found.map((item2) => [item2.kind === "str" ? item2.value : "", item2]));
  return { kind, items: [...seen.values()] };
}
var reachingWords;
var init_literal_form = __esm({
  "src/python/header/literal-form.ts"() {
    "use strict";
    init_scope();
    init_module_facts();
    init_source_position();
    init_string_literal();
    init_token_kinds();
    reachingWords = ["global", "locals", "vars(", "exec(", "setattr", "__dict__", "sys.modules"];
  }
});

// src/python/header/read-migration.ts
var read_migration_exports = {};
__export(read_migration_exports, {
  messageOf: () => messageOf,
  readAnyMigration: () => readAnyMigration,
  readMigration: () => readMigration
});
function readMigration(bytes, path) {
  return readPlainMigration(bytes, path) ?? readAnyMigration(bytes, path);
}
function readAnyMigration(bytes, path) {
  const tokens = tokensOf(bytes, path);
  if ("path" in tokens) return tokens;
  const { objection, statements } = recogniseModule(tokens);
  if (objection === null) {
    const facts = readHeader(tokens, statements, path);
    if (facts !== null) return { path, ...facts, unreadable: null };
  }
  return fromTree(parseTokens(tokens, objection), path);
}
function messageOf(doc) {
  const stripped2 = (doc ?? "").replace(/^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g, "");
  return stripped2.split("\n\n")[0] ?? "";
}
function tokensOf(bytes, path) {
  if (bytes.length > maxFileLength) {
    const reason = `the file is larger than ${maxFileLength / 1e6} MB`;
    return { ...emptyModule(path), unreadable: { reason, span: { path, line: 1, column: 1 } } };
  }
  const source = decodeSource(bytes);
  if (source.kind === "text") return scanTokens(source.text, arrays);
  if (source.kind === "invalid-utf-8") return withoutInvalidBytes(source, path);
  if (source.kind === "error") return failing(path, source.error, { path, line: source.line, column: 1 });
  return { ...emptyModule(path), unreadable: { reason: source.reason, span: { path, line: 1, column: 1 } } };
}
function withoutInvalidBytes(source, path) {
  const { text: text4, offsets } = source;
  const tokens = scanTokens(text4);
  let next = 0;
  for (let index = 0; index < tokens.count; index++) {
    const start = tokens.starts[index] ?? 0;
    const end = tokens.ends[index] ?? 0;
    while ((offsets[next] ?? Infinity) < start) next++;
    const at = offsets[next];
    if (at === void 0) break;
    if (at >= end || tokens.kinds[index] === Kind.end) continue;
    const token2 = text4.slice(start, end);
    const inside = /^[a-zA-Z]{0,2}('''|"""|'|")([^]*)\1$/.exec(token2)?.[2] ?? token2;
    const bytes2 = Uint8Array.from(inside, (character) => character.charCodeAt(0));
    return failing(path, utf8Error(bytes2), { path, ...positionAt(text4, at) });
  }
  const bytes = Uint8Array.from(text4, (character) => character.charCodeAt(0));
  return scanTokens(new TextDecoder().decode(bytes));
}
function fromTree(parsed2, path) {
  const span = parsed2.kind === "tree" ? { path, line: 1, column: 1 } : { path, line: parsed2.line, column: parsed2.column };
  if (parsed2.kind === "error") return failing(path, parsed2.error, span);
  if (parsed2.kind === "unknown") return { ...emptyModule(path), unreadable: { reason: parsed2.reason, span } };
  try {
    return { path, ...readTree(parsed2.tree, path), unreadable: null };
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TooMuch)) throw error;
    const reason = error instanceof TooMuch ? "goes on too long" : "is nested too deeply";
    return { ...emptyModule(path), unreadable: { reason: `the file ${reason} to be followed`, span } };
  }
}
function failing(path, error, span) {
  return { ...emptyModule(path), raises: { error, span } };
}
var maxFileLength, arrays;
var init_read_migration = __esm({
  "src/python/header/read-migration.ts"() {
    "use strict";
    init_migration_module();
    init_decode_source();
    init_tree_form();
    init_run();
    init_grammar();
    init_literal_form();
    init_template_form();
    init_tokenize();
    init_source_position();
    init_syntax_tree();
    init_token_kinds();
    maxFileLength = 16e6;
    arrays = tokenArrays();
  }
});

// src/python/env/env-values.ts
function constant3(value2) {
  return { kind: "constant", value: value2 };
}
function text2(value2) {
  return { kind: "text", text: value2 };
}
function lookUp2(frame, name2) {
  for (let at = frame; at; at = at.outer) {
    const value2 = at.names.get(name2);
    if (value2) return value2;
  }
  return void 0;
}
function truthOf2(value2) {
  switch (value2.kind) {
    case "constant":
      return value2.value === true;
    case "text":
      if (value2.text === "") return false;
      return value2.text.replaceAll(hole, "") === "" ? null : true;
    case "list":
      return value2.items.length > 0;
    case "function":
    case "class":
    case "imported":
      return value2.kind === "imported" ? null : true;
    default:
      return null;
  }
}
function textOf3(value2) {
  return value2.kind === "text" ? value2.text : hole;
}
function joined3(a, b) {
  if (!a || !b) return a ?? b ?? unknown2;
  if (a === b) return a;
  if (a.kind === "text" && b.kind === "text" && a.text === b.text) return a;
  if (a.kind === "constant" && b.kind === "constant" && a.value === b.value) return a;
  if (a.kind === "database" || b.kind === "database") {
    const same2 = a.kind === "database" && b.kind === "database" && a.connection === b.connection;
    return same2 ? a : { kind: "database", connection: null };
  }
  return unknown2;
}
function percentFormatted(format, value2) {
  const values = value2.kind === "list" ? value2.items : [value2];
  let index = 0;
  return format.replaceAll(/%(?:\((?<key>\w+)\))?[sdr]|%%/g, (form2, key) => {
    if (form2 === "%%") return "%";
    if (key !== void 0) return value2.kind === "dict" ? textOf3(value2.entries.get(key) ?? unknown2) : hole;
    return textOf3(values[index++] ?? unknown2);
  });
}
function braceFormatted(format, values, named3) {
  let index = 0;
  return format.replaceAll(/\{\{|\}\}|\{(?<field>[^{}]*)\}/g, (form2, field2) => {
    if (field2 === void 0) return form2.charAt(0);
    if (field2 === "") return textOf3(values[index++] ?? unknown2);
    if (/^\d+$/.test(field2)) return textOf3(values[Number(field2)] ?? unknown2);
    return textOf3(named3.get(field2) ?? unknown2);
  });
}
var unknown2;
var init_env_values = __esm({
  "src/python/env/env-values.ts"() {
    "use strict";
    init_values();
    unknown2 = { kind: "unknown" };
  }
});

// src/python/env/env-run.ts
function spanOf3({ tree, path }, node) {
  return { path, ...node ? tree.positionOf(node) : { line: 1, column: 1 } };
}
function doubt(run, node, touches, what) {
  if (run.ran) return;
  const span = spanOf3(run, node);
  const known2 = run.doubts.some((one) => one.what === what && one.span.line === span.line);
  if (!known2) run.doubts.push({ what, span, touches });
}
var maxSteps2, maxDepth6;
var init_env_run = __esm({
  "src/python/env/env-run.ts"() {
    "use strict";
    maxSteps2 = 2e4;
    maxDepth6 = 12;
  }
});

// src/python/env/env-events.ts
function decorate(run, frame, decorator, made2) {
  if (decorator.nodeType !== "Call") return;
  const { func } = decorator;
  const name2 = func.nodeType === "Attribute" ? func.attr : func.nodeType === "Name" ? func.id : "";
  if (name2 !== "listens_for") return;
  const values = decorator.args.map((one) => evaluate2(run, frame, one));
  listen(run, [...values, made2], decorator);
}
function listen(run, [target, event, handler], node) {
  if (event?.kind !== "text") return;
  if (rewriting.test(event.text)) {
    doubt(run, node, { kind: "everything" }, `listens to ${event.text}, which may change every statement`);
    return;
  }
  if (handler?.kind === "imported" && (connecting.test(event.text) || making.test(event.text))) {
    doubt(run, node, { kind: "everything" }, `listens to ${event.text} with a function of another file`);
    return;
  }
  if (handler?.kind !== "function") return;
  const database = { kind: "database", connection: null };
  const values = handler.node.args.args.map((_, index) => index === 0 ? database : unknown2);
  if (connecting.test(event.text)) {
    const { certain } = run;
    run.certain &&= target?.kind === "database" || commits(handler.node);
    invoke(run, handler, values, /* @__PURE__ */ new Map());
    run.certain = certain;
  } else if (making.test(event.text)) calledBack(run, handler);
}
function commits(node) {
  if (node.nodeType === "Attribute" && /^(?:autocommit|commit)$/.test(node.attr)) return true;
  return Object.values(node).flat().some((part) => isSyntaxNode(part) && commits(part));
}
var connecting, making, rewriting;
var init_env_events = __esm({
  "src/python/env/env-events.ts"() {
    "use strict";
    init_syntax_tree();
    init_env_values();
    init_env_run();
    init_env_statements();
    init_env_expressions();
    connecting = /^(?:connect|first_connect|checkout|engine_connect|do_connect|begin|after_begin)$/;
    making = /^(?:before_create|after_create|before_drop|after_drop)$/;
    rewriting = /^(?:before_execute|before_cursor_execute|do_execute|do_execute_no_params)$/;
  }
});

// src/python/operations/sql/tokens.ts
function tokensOfSql(text4) {
  const tokens = [];
  for (let at = 0; at < text4.length; ) {
    const special = specialAt(text4, at);
    if (special === null) return null;
    if (special !== "none") {
      if (special.token !== null) tokens.push(special.token);
      at = special.end;
      continue;
    }
    form.lastIndex = at;
    const found = form.exec(text4);
    if (found === null) return null;
    const end = form.lastIndex;
    const { word, number: number4, quoted, hole: gap, mark } = found.groups ?? {};
    if (word !== void 0) tokens.push({ kind: "word", word: word.toLowerCase(), start: at, end });
    else if (number4 !== void 0) tokens.push({ kind: "number", word: number4, start: at, end });
    else if (quoted !== void 0)
      tokens.push({ kind: "quoted", word: quoted.replaceAll('""', '"'), start: at, end });
    else if (gap !== void 0) tokens.push({ kind: "hole", word: hole, start: at, end });
    else if (mark === '"' || mark === "'") return null;
    else if (mark !== void 0) tokens.push({ kind: "mark", word: mark, start: at, end });
    at = end;
  }
  return tokens;
}
function specialAt(text4, at) {
  if (text4.startsWith("/*", at)) {
    let depth = 0;
    for (let index = at; index < text4.length; index++) {
      if (text4.startsWith("/*", index)) {
        depth++;
        index++;
      } else if (text4.startsWith("*/", index)) {
        depth--;
        index++;
        if (depth === 0) return { token: null, end: index + 1 };
      }
    }
    return null;
  }
  const quote = /(?:[eE](?<escaped>)|[bBxXnN]|[uU]&)?'|\$(?<tag>[A-Za-z_\u0080-\uFFFB]?[\w\u0080-\uFFFB]*)\$/y;
  quote.lastIndex = at;
  const found = quote.exec(text4);
  if (found === null) return "none";
  if (found.groups?.["tag"] !== void 0) {
    const end = text4.indexOf(found[0], quote.lastIndex);
    if (end === -1) return null;
    const word2 = text4.slice(quote.lastIndex, end);
    return {
      token: { kind: "string", word: word2, start: at, end: end + found[0].length },
      end: end + found[0].length
    };
  }
  const escapes = found.groups?.["escaped"] !== void 0;
  let word = "";
  for (let index = quote.lastIndex; index < text4.length; index++) {
    const character = text4.charAt(index);
    if (character === "\\" && escapes) word += text4.charAt(++index);
    else if (character !== "'") word += character;
    else if (text4.charAt(index + 1) === "'") {
      word += "'";
      index++;
    } else return { token: { kind: "string", word, start: at, end: index + 1 }, end: index + 1 };
  }
  return null;
}
function statementsOf(tokens) {
  const statements = [[]];
  for (const token2 of tokens) {
    if (token2.kind === "mark" && token2.word === ";") statements.push([]);
    else statements.at(-1)?.push(token2);
  }
  return statements.filter((statement3) => statement3.length > 0);
}
function cursorOf(tokens, text4) {
  return { tokens, text: text4, at: 0 };
}
function accept(cursor, ...words) {
  const fits = words.every((word, index) => isWord(cursor.tokens[cursor.at + index], word));
  if (fits) cursor.at += words.length;
  return fits;
}
function isWord(token2, word) {
  return token2 !== void 0 && (token2.kind === "word" || token2.kind === "mark") && token2.word === word;
}
function peek(cursor, word) {
  return isWord(cursor.tokens[cursor.at], word);
}
function atEnd(cursor) {
  return cursor.at >= cursor.tokens.length;
}
function identifier(cursor) {
  const token2 = cursor.tokens[cursor.at];
  if (token2 === void 0 || token2.kind !== "word" && token2.kind !== "quoted") return null;
  cursor.at++;
  return token2.word;
}
function objectName(cursor) {
  const first = identifier(cursor);
  if (first === null) return null;
  if (!accept(cursor, ".")) return { schema: null, name: first };
  const second = identifier(cursor);
  if (second === null || peek(cursor, ".")) return null;
  return { schema: first, name: second };
}
function bracketed(cursor) {
  if (!peek(cursor, "(")) return null;
  const start = cursor.at;
  let depth = 0;
  for (; cursor.at < cursor.tokens.length; cursor.at++) {
    if (peek(cursor, "(")) depth++;
    else if (peek(cursor, ")")) depth--;
    if (depth === 0) {
      cursor.at++;
      return cursor.tokens.slice(start + 1, cursor.at - 1);
    }
  }
  return null;
}
function commaParts(tokens) {
  const parts2 = [[]];
  let depth = 0;
  for (const token2 of tokens) {
    if (token2.kind === "mark" && "([".includes(token2.word)) depth++;
    else if (token2.kind === "mark" && ")]".includes(token2.word)) depth--;
    if (depth === 0 && token2.kind === "mark" && token2.word === ",") parts2.push([]);
    else parts2.at(-1)?.push(token2);
  }
  return parts2.filter((part) => part.length > 0);
}
function textOfTokens(tokens, text4) {
  const [first] = tokens;
  const last = tokens.at(-1);
  return first === void 0 || last === void 0 ? "" : text4.slice(first.start, last.end);
}
var form;
var init_tokens = __esm({
  "src/python/operations/sql/tokens.ts"() {
    "use strict";
    init_values();
    form = /\s+|--[^\n]*|(?<word>[A-Za-z_\u0080-\uFFFB][\w$\u0080-\uFFFB]*)|(?<number>\d[\w.]*)|"(?<quoted>(?:[^"]|"")*)"|(?<hole>\uFFFC)|(?<mark>::|[^\s])/y;
  }
});

// src/python/operations/sql/tables.ts
function sqlType(cursor) {
  const start = cursor.at;
  const words = [];
  let plain2 = true;
  while (!atEnd(cursor)) {
    const token2 = cursor.tokens[cursor.at];
    if (token2 === void 0 || token2.kind !== "word" && token2.kind !== "quoted") break;
    if (token2.kind === "word" && behindType.has(token2.word)) break;
    const zone2 = words.length > 0 && ["with", "without"].includes(token2.word);
    const more = `${words.join(" ")} ${token2.word}` in sameTypes || words.length === 0 || zone2;
    if (!more) break;
    if (zone2) break;
    if (token2.kind === "quoted") plain2 = false;
    words.push(token2.word);
    cursor.at++;
    if (accept(cursor, ".")) {
      const inner = identifier(cursor);
      if (inner === null) return null;
      words.splice(0, words.length, `${token2.word}.${inner}`);
      break;
    }
  }
  if (words.length === 0) return null;
  const sized2 = bracketed(cursor);
  const zone = accept(cursor, "with", "time", "zone") ? " with time zone" : accept(cursor, "without", "time", "zone") ? " without time zone" : "";
  const written = textOfTokens(cursor.tokens.slice(start, cursor.at), cursor.text);
  let dimensions = accept(cursor, "array");
  while (accept(cursor, "[")) {
    if (!peek(cursor, "]")) cursor.at++;
    if (!accept(cursor, "]")) return null;
    dimensions = true;
  }
  const name2 = words.join(" ");
  const base2 = postgresType(name2, sized2, zone, plain2);
  return {
    source: shortened(textOfTokens(cursor.tokens.slice(start, cursor.at), cursor.text)),
    postgres: base2 === null ? null : dimensions ? `${base2}[]` : base2,
    sqlite: dimensions ? null : written,
    enum: null
  };
}
function postgresType(name2, sized2, zone, plain2) {
  const size = sized2?.map((token2) => token2.word).join("") ?? "";
  if (sized2 !== null && !/^\d+(?:,-?\d+)?$/.test(size)) return null;
  if (name2 === "timestamp" || name2 === "time") {
    return `${name2}${size === "" ? "" : `(${size})`}${zone === "" ? " without time zone" : zone}`;
  }
  const known2 = plain2 ? sameTypes[name2] : void 0;
  if (!plain2 && name2 in sameTypes) return null;
  if (known2 === void 0) return sized2 === null && (plain2 || /^[a-z_]\w*$/.test(name2)) ? name2 : null;
  if (name2 === "float" && size !== "") return Number(size) < 25 ? "real" : known2;
  if (known2 === "character" && size === "") return "character(1)";
  if (known2.endsWith("zone")) return size === "" ? known2 : known2.replace(" ", `(${size}) `);
  if (known2 === "numeric" && size !== "" && !size.includes(",")) return `numeric(${size},0)`;
  return size === "" ? known2 : `${known2}(${size})`;
}
function columnClause(tokens, text4) {
  const cursor = cursorOf(tokens, text4);
  const name2 = identifier(cursor);
  if (name2 === null) return null;
  const type = sqlType(cursor) ?? { source: "", postgres: null, sqlite: "", enum: null };
  const serial = /^(?:small|big)?serial\d?$/i.test(type.source);
  let nullable = !serial;
  let serverDefault = serial ? { kind: "present", text: null } : { kind: "none" };
  let primaryKey = false;
  let identity = false;
  const constraints = [];
  while (!atEnd(cursor)) {
    const given = accept(cursor, "constraint") ? identifier(cursor) : null;
    const named3 = { name: given, exact: given !== null };
    if (accept(cursor, "not", "null")) nullable = false;
    else if (accept(cursor, "null")) nullable = true;
    else if (accept(cursor, "default")) serverDefault = { kind: "present", text: expression3(cursor) };
    else if (accept(cursor, "primary", "key")) {
      primaryKey = true;
      if (!accept(cursor, "asc")) accept(cursor, "desc");
      accept(cursor, "autoincrement");
      constraints.push({ ...named3, kind: "primaryKey", columns: [name2] });
    } else if (accept(cursor, "unique")) constraints.push({ ...named3, kind: "unique", columns: [name2] });
    else if (accept(cursor, "check")) {
      const condition = bracketed(cursor);
      if (condition === null) return null;
      constraints.push({ ...named3, kind: "check", text: textOfTokens(condition, text4) });
    } else if (peek(cursor, "references")) {
      const key = reference(cursor, [name2], named3.name);
      if (key === null) return null;
      constraints.push(key);
    } else if (accept(cursor, "collate")) {
      if (objectName(cursor) === null) return null;
    } else if (accept(cursor, "generated")) {
      if (!accept(cursor, "always")) accept(cursor, "by", "default");
      if (!accept(cursor, "as")) return null;
      if (accept(cursor, "identity")) {
        nullable = false;
        identity = true;
      } else serverDefault = { kind: "present", text: null };
      bracketed(cursor);
      accept(cursor, "stored");
    } else return null;
  }
  if (primaryKey) nullable = false;
  const column = {
    name: name2,
    type,
    nullable,
    serverDefault,
    primaryKey,
    ...identity && { identity: true }
  };
  return { column, constraints };
}
function expression3(cursor) {
  const start = cursor.at;
  while (!atEnd(cursor)) {
    const token2 = cursor.tokens[cursor.at];
    const first = cursor.at === start;
    if (!first && token2?.kind === "word" && endsExpression.has(token2.word)) break;
    if (bracketed(cursor) === null) cursor.at++;
  }
  return textOfTokens(cursor.tokens.slice(start, cursor.at), cursor.text);
}
function reference(cursor, columns, name2) {
  if (!accept(cursor, "references")) return null;
  const target = objectName(cursor);
  if (target === null) return null;
  const listed2 = bracketed(cursor);
  const targetColumns = listed2 === null ? [] : names(listed2);
  if (targetColumns === null) return null;
  for (let more = true; more; ) {
    more = ["match", "initially"].some((word) => accept(cursor, word) && identifier(cursor) !== null) || accept(cursor, "deferrable") || accept(cursor, "not", "deferrable");
    if (accept(cursor, "on", "delete") || accept(cursor, "on", "update")) {
      const action2 = [["no", "action"], ["set", "null"], ["set", "default"], ["cascade"], ["restrict"]];
      if (!action2.some((words) => accept(cursor, ...words))) return null;
      more = true;
    }
  }
  return { kind: "foreignKey", name: name2, exact: name2 !== null, columns, target, targetColumns };
}
function names(tokens) {
  const found = [];
  for (const [token2, ...more] of commaParts(tokens)) {
    if (token2 === void 0 || more.length > 0) return null;
    if (token2.kind !== "word" && token2.kind !== "quoted") return null;
    found.push(token2.word);
  }
  return found;
}
function tableConstraint(tokens, text4) {
  const cursor = cursorOf(tokens, text4);
  const given = accept(cursor, "constraint") ? identifier(cursor) : null;
  const named3 = { name: given, exact: given !== null };
  if (accept(cursor, "check")) {
    const condition = bracketed(cursor);
    if (condition === null) return null;
    return { ...named3, kind: "check", text: textOfTokens(condition, text4), ...unchecked(tokens) };
  }
  if (accept(cursor, "exclude")) return { ...named3, kind: "exclude" };
  const foreign2 = accept(cursor, "foreign", "key");
  const kind = accept(cursor, "primary", "key") ? "primaryKey" : accept(cursor, "unique") ? "unique" : null;
  if (kind === "unique" && accept(cursor, "nulls")) {
    accept(cursor, "not");
    accept(cursor, "distinct");
  }
  if (!foreign2 && kind === null) return null;
  const listed2 = bracketed(cursor);
  const columns = listed2 === null ? null : names(listed2);
  if (columns === null) return null;
  if (kind !== null) return { ...named3, kind, columns };
  const key = reference(cursor, columns, given);
  return key === null ? null : { ...key, ...unchecked(tokens) };
}
function unchecked(tokens) {
  const [before, last] = tokens.slice(-2);
  return before?.word === "not" && last?.word === "valid" ? { notValid: true } : {};
}
function isTableConstraint(tokens) {
  const [first] = tokens;
  return first?.kind === "word" && ["constraint", "primary", "unique", "check", "foreign", "exclude"].includes(first.word);
}
function indexedColumn([first, second, third]) {
  if (first === void 0 || first.kind !== "word" && first.kind !== "quoted") return null;
  if (second === void 0) return first.word;
  if (second.kind !== "word" && second.kind !== "quoted") return null;
  return third === void 0 || !["is", "in", "and", "or", "not", "between"].includes(second.word) ? first.word : null;
}
var sameTypes, behindType, endsExpression;
var init_tables = __esm({
  "src/python/operations/sql/tables.ts"() {
    "use strict";
    init_excerpt();
    init_tokens();
    sameTypes = {
      int: "integer",
      int4: "integer",
      integer: "integer",
      serial: "integer",
      serial4: "integer",
      int8: "bigint",
      bigint: "bigint",
      bigserial: "bigint",
      serial8: "bigint",
      int2: "smallint",
      smallint: "smallint",
      smallserial: "smallint",
      varchar: "character varying",
      "character varying": "character varying",
      char: "character",
      character: "character",
      bpchar: "character",
      text: "text",
      bool: "boolean",
      boolean: "boolean",
      float: "double precision",
      float8: "double precision",
      "double precision": "double precision",
      float4: "real",
      real: "real",
      decimal: "numeric",
      numeric: "numeric",
      timestamptz: "timestamp with time zone",
      timetz: "time with time zone"
    };
    behindType = /* @__PURE__ */ new Set([
      "not",
      "null",
      "default",
      "primary",
      "unique",
      "references",
      "check",
      "constraint",
      "collate",
      "generated",
      "using",
      "as",
      "autoincrement",
      "deferrable",
      "initially",
      "on"
    ]);
    endsExpression = /* @__PURE__ */ new Set(["not", "null", "primary", "unique", "references", "check", "constraint", "generated", "collate"]);
  }
});

// src/python/operations/sql/alter-table.ts
function alterTable(cursor, span) {
  const ifExists2 = accept(cursor, "if", "exists");
  accept(cursor, "only");
  const table = objectName(cursor);
  if (table === null) return null;
  accept(cursor, "*");
  const steps = [];
  for (const part of commaParts(cursor.tokens.slice(cursor.at))) {
    const read = action(cursorOf(part, cursor.text), table, ifExists2, span);
    if (read === null) return null;
    steps.push(...read);
  }
  steps.sort((a, b) => passOf(a) - passOf(b));
  const plain2 = steps.every((step2) => step2.kind === "renameTable" || step2.kind === "unrelated");
  return ifExists2 && !plain2 ? null : steps;
}
function passOf({ kind, ...step2 }) {
  if (kind === "dropColumn" || kind === "dropConstraint") return 0;
  if (kind === "alterColumn") return "type" in step2 && step2.type !== null ? 1 : 3;
  return kind === "addColumn" ? 2 : 4;
}
function action(cursor, table, ifExists2, span) {
  if (accept(cursor, "add")) return add(cursor, table, span);
  if (accept(cursor, "drop")) return drop(cursor, table, span);
  if (accept(cursor, "rename")) return rename(cursor, table, ifExists2, span);
  if (accept(cursor, "alter")) {
    accept(cursor, "column");
    const column = identifier(cursor);
    return column === null || peek(cursor, "constraint") ? null : alterColumn(cursor, table, column, span);
  }
  if (accept(cursor, "set", "schema")) {
    const schema = identifier(cursor);
    return schema === null ? null : [{ kind: "renameTable", table, to: { schema, name: table.name }, ifExists: ifExists2, span }];
  }
  const first = identifier(cursor);
  return first !== null && asides.has(first) ? [{ kind: "unrelated", what: "setting", span }] : null;
}
function add(cursor, table, span) {
  const rest = cursor.tokens.slice(cursor.at);
  if (isTableConstraint(rest)) {
    const constraint = tableConstraint(rest, cursor.text);
    return constraint === null ? null : [{ kind: "addConstraint", table, constraint, span }];
  }
  accept(cursor, "column");
  const ifNotExists2 = accept(cursor, "if", "not", "exists");
  const clause = columnClause(cursor.tokens.slice(cursor.at), cursor.text);
  if (clause === null) return null;
  const { column, constraints } = clause;
  return [{ kind: "addColumn", table, column, constraints, indexes: [], ifNotExists: ifNotExists2, span }];
}
function drop(cursor, table, span) {
  const constraint = accept(cursor, "constraint");
  if (!constraint) accept(cursor, "column");
  const present = accept(cursor, "if", "exists");
  const name2 = identifier(cursor);
  const cascade = accept(cursor, "cascade");
  if (!cascade) accept(cursor, "restrict");
  if (name2 === null || cascade || !atEnd(cursor)) return null;
  return constraint ? [{ kind: "dropConstraint", table, name: name2, exact: true, type: null, ifExists: present, span }] : [{ kind: "dropColumn", table, column: name2, ifExists: present, span }];
}
function rename(cursor, table, ifExists2, span) {
  if (accept(cursor, "to")) {
    const name2 = identifier(cursor);
    return name2 === null ? null : [{ kind: "renameTable", table, to: { ...table, name: name2 }, ifExists: ifExists2, span }];
  }
  if (peek(cursor, "constraint")) return null;
  accept(cursor, "column");
  const column = identifier(cursor);
  const newName2 = accept(cursor, "to") ? identifier(cursor) : null;
  return column === null || newName2 === null ? null : [{ ...unchanged(table, column, span), newName: newName2 }];
}
function alterColumn(cursor, table, column, span) {
  const step2 = unchanged(table, column, span);
  if (accept(cursor, "set", "not", "null")) return [{ ...step2, nullable: false }];
  if (accept(cursor, "drop", "not", "null")) return [{ ...step2, nullable: true }];
  if (accept(cursor, "drop", "default")) return [{ ...step2, serverDefault: { kind: "none" } }];
  if (accept(cursor, "set", "default")) {
    const text4 = textOfTokens(cursor.tokens.slice(cursor.at), cursor.text);
    return [{ ...step2, serverDefault: { kind: "present", text: text4 } }];
  }
  if (accept(cursor, "type") || accept(cursor, "set", "data", "type")) {
    const type = sqlType(cursor);
    return type === null ? null : [{ ...step2, type }];
  }
  const storage = ["storage", "statistics", "compression"].some((word) => accept(cursor, "set", word));
  return storage ? [{ kind: "unrelated", what: "setting", span }] : null;
}
function unchanged(table, column, span) {
  return {
    kind: "alterColumn",
    table,
    column,
    newName: null,
    type: null,
    nullable: null,
    serverDefault: null,
    span
  };
}
var asides;
var init_alter_table = __esm({
  "src/python/operations/sql/alter-table.ts"() {
    "use strict";
    init_tables();
    init_tokens();
    asides = /* @__PURE__ */ new Set(["validate", "enable", "disable", "owner", "set", "reset", "cluster", "replica", "force", "no"]);
  }
});

// src/python/operations/sql/harmless-calls.ts
var harmlessCalls;
var init_harmless_calls = __esm({
  "src/python/operations/sql/harmless-calls.ts"() {
    "use strict";
    harmlessCalls = /^(?:setval|nextval|currval|set_config|count|max|min|sum|avg|coalesce|lower|upper|now|exists|pg_advisory_\w+|pg_try_advisory_\w+|pg_sleep|pg_get_serial_sequence|pg_notify|to_regclass|version|current_\w+|json\w*|array\w*|string_agg|concat|length|cast|distinct|row_number|nullif|greatest|least|case|substring|replace|trim|regexp_\w+|unnest|generate_series|pg_backend_pid|pg_terminate_backend|last_insert_rowid|sqlite_version|extract|date_trunc|round|abs|has_\w+|pg_\w*size\w*|pg_extension\w*|find_srid|st_\w+|quote_\w+)$/;
  }
});

// src/python/operations/sql/do-block.ts
function namesInDoBlock(statement3) {
  const bodies = statement3.filter((token2) => token2.kind === "string");
  const others = statement3.filter((token2) => token2.kind !== "string").map((token2) => token2.word);
  const [body2] = bodies;
  if (body2 === void 0 || bodies.length > 1) return null;
  if (!/^do(?: language plpgsql)?$/.test(others.join(" "))) return null;
  const tokens = tokensOfSql(body2.word);
  if (tokens === null || tokens.length > maxWords || tokens.some((token2) => token2.kind === "hole"))
    return null;
  const isUnbound = tokens.some(
    (token2, index) => token2.kind === "word" && reaching.has(token2.word) || isCall(tokens, index)
  );
  return isUnbound ? null : tokens.flatMap((_, index) => nameAt2(tokens, index));
}
function nameAt2(tokens, index) {
  const token2 = tokens[index];
  if (token2?.kind !== "word" && token2?.kind !== "quoted") return [];
  const schema = tokens[index - 1]?.word === "." ? tokens[index - 2]?.word : void 0;
  return [{ schema: schema ?? null, name: token2.word }];
}
function isCall(tokens, index) {
  const token2 = tokens[index];
  const opens = tokens[index + 1];
  if (opens?.kind !== "mark" || opens.word !== "(") return false;
  if (token2?.kind !== "word" && token2?.kind !== "quoted") return false;
  let before = index - 1;
  while (tokens[before]?.word === ".") before -= 2;
  if (beforeColumns.has(tokens[before]?.word ?? "")) return false;
  return token2.kind === "quoted" || !(grammar.has(token2.word) || harmlessCalls.test(token2.word));
}
var reaching, beforeColumns, grammar, maxWords;
var init_do_block = __esm({
  "src/python/operations/sql/do-block.ts"() {
    "use strict";
    init_harmless_calls();
    init_tokens();
    reaching = /* @__PURE__ */ new Set(["execute", "call", "perform", "cascade", "extension", "search_path", "set_config", "owned", "import", "inherits", "inherit", "owner", "reassign"]);
    beforeColumns = /* @__PURE__ */ new Set(["table", "exists", "into", "on", "only", "references", "view", "index"]);
    grammar = /* @__PURE__ */ new Set(["in", "values", "exists", "and", "or", "not", "if", "elsif", "then", "select", "where", "on", "using", "check", "key", "unique", "from", "any", "all", "some", "array", "over", "as", "when", "while", "enum", "varchar", "varying", "character", "char", "numeric", "decimal", "timestamp", "time", "bit", "default", "case", "else", "return", "by", "having", "set", "column", "include"]);
    maxWords = 5e3;
  }
});

// src/python/operations/sql/row-statements.ts
function rowsWritten(cursor) {
  if (accept(cursor, "delete", "from")) {
    accept(cursor, "only");
    const table2 = objectName(cursor);
    return table2 && { statement: "delete", table: table2, columns: [] };
  }
  if (accept(cursor, "insert", "into")) {
    const table2 = objectName(cursor);
    if (table2 === null) return null;
    if (accept(cursor, "as")) identifier(cursor);
    return { statement: "insert", table: table2, columns: listedColumns(bracketed(cursor) ?? []) };
  }
  if (!accept(cursor, "update")) return null;
  accept(cursor, "only");
  const table = objectName(cursor);
  if (table === null) return null;
  if (!peek(cursor, "set")) {
    accept(cursor, "as");
    identifier(cursor);
  }
  if (!accept(cursor, "set")) return null;
  const columns = commaParts(cursor.tokens.slice(cursor.at)).flatMap((part) => assignedColumns(part, cursor));
  return { statement: "update", table, columns };
}
function listedColumns(inside) {
  const [first] = inside;
  if (first?.kind === "word" && ["select", "with", "values", "table"].includes(first.word)) return [];
  return commaParts(inside).flatMap((part) => part.length === 1 ? nameOf(part[0]) : []);
}
function assignedColumns(part, { text: text4 }) {
  const cursor = cursorOf(part, text4);
  const listed2 = bracketed(cursor);
  if (listed2 !== null) return peek(cursor, "=") ? listedColumns(listed2) : [];
  return part[1]?.kind === "mark" && part[1].word === "=" ? nameOf(part[0]) : [];
}
function nameOf(token2) {
  return token2?.kind === "word" || token2?.kind === "quoted" ? [token2.word] : [];
}
var init_row_statements = __esm({
  "src/python/operations/sql/row-statements.ts"() {
    "use strict";
    init_tokens();
  }
});

// src/python/operations/sql/statements.ts
function operationsOfSql(text4, span) {
  const tokens = tokensOfSql(text4);
  const opaque2 = (reason, source, touches) => {
    const shown2 = shortened(source.replaceAll(hole, "{\u2026}"));
    return { kind: "opaque", reason, source: shown2, touches, span };
  };
  if (tokens === null) return [opaque2("SQL that is not understood", text4, null)];
  return wholeBodies(statementsOf(tokens)).flatMap((statement3, number4) => {
    const cursor = cursorOf(statement3, text4);
    const read = readStatement2(cursor, span)?.map(
      (step2) => numbered.has(step2.kind) ? { ...step2, sql: number4 } : step2
    );
    if (read === void 0) {
      const reason = textHasHole(statement3, text4) ? "SQL with a part that only running would tell" : `SQL that is not followed: ${leadingWords(statement3)}`;
      const step2 = opaque2(reason, textOfTokens(statement3, text4), touchedBy(statement3, text4));
      const mentions2 = isKeyword(statement3[0], "do") ? namesInDoBlock(statement3) : null;
      return [mentions2 === null ? step2 : { ...step2, mentions: mentions2 }];
    }
    const unsure2 = textHasHole(statement3, text4);
    if (!unsure2) return read;
    if (read.every((step2) => step2.kind === "data" || step2.kind === "unrelated"))
      return read.map(withoutWrites);
    return [opaque2("SQL with a part that only running would tell", textOfTokens(statement3, text4), null)];
  });
}
function withoutWrites(step2) {
  return step2.kind === "data" ? { kind: "data", span: step2.span } : step2;
}
function wholeBodies(statements) {
  const whole = [];
  let inBody = false;
  for (const statement3 of statements) {
    if (inBody) whole.at(-1)?.push(...statement3);
    else whole.push([...statement3]);
    const [first] = statement3;
    if (inBody) inBody = first?.kind !== "word" || first.word !== "end";
    else inBody = isKeyword(first, "create") && statement3.some((token2) => isKeyword(token2, "begin"));
  }
  return whole;
}
function isKeyword(token2, word) {
  return token2?.kind === "word" && token2.word === word;
}
function textHasHole(statement3, text4) {
  return textOfTokens(statement3, text4).includes(hole);
}
function leadingWords(statement3) {
  const words = statement3.slice(0, 2).filter((token2) => token2.kind === "word");
  return words.map((token2) => token2.word.toUpperCase()).join(" ") || "no statement";
}
function touchedBy(statement3, text4) {
  const cursor = cursorOf(statement3, text4);
  if (!accept(cursor, "alter", "table") && !accept(cursor, "create", "table")) return null;
  ifExists(cursor);
  ifNotExists(cursor);
  accept(cursor, "only");
  const table = objectName(cursor);
  const drops = statement3.some((token2) => token2.word === "cascade" || token2.kind === "hole");
  return table === null || drops ? null : [table];
}
function readStatement2(cursor, span) {
  const [first] = cursor.tokens;
  if (first?.kind !== "word") return null;
  const aside = asides2[first.word];
  if (aside !== void 0) return [{ kind: "unrelated", what: aside, span }];
  if (rows.has(first.word)) {
    const writes = rowsWritten(cursor);
    return [writes === null ? { kind: "data", span } : { kind: "data", writes, span }];
  }
  switch (first.word) {
    case "select":
    case "with":
      return query(cursor, span);
    case "set":
      return cursor.tokens.some((token2) => token2.word === "search_path") ? null : [{ kind: "unrelated", what: "setting", span }];
    case "create":
      cursor.at++;
      return create(cursor, span);
    case "drop":
      cursor.at++;
      return drop2(cursor, span);
    case "alter":
      cursor.at++;
      return alter(cursor, span);
    default:
      return null;
  }
}
function query(cursor, span) {
  const { tokens } = cursor;
  const calls = tokens.some(
    (token2, index) => index > 0 && token2.kind === "word" && ["select", "from", "join", "lateral"].includes(tokens[index - 1]?.word ?? "") && tokens[index + 1]?.word === "(" && !harmlessCalls.test(token2.word)
  );
  const into = tokens[0]?.word === "select" && tokens.some((token2) => token2.word === "into");
  const path = tokens.some((token2) => token2.kind === "string" && token2.word === "search_path");
  return calls || into || path ? null : [{ kind: "data", span }];
}
function ifNotExists(cursor) {
  return accept(cursor, "if", "not", "exists");
}
function ifExists(cursor) {
  return accept(cursor, "if", "exists");
}
function create(cursor, span) {
  if (accept(cursor, "or", "replace")) {
    accept(cursor, "constraint");
  }
  const temporary = ["temp", "temporary"].some((word) => accept(cursor, word));
  accept(cursor, "unlogged");
  if (accept(cursor, "table")) {
    return temporary ? [{ kind: "unrelated", what: "temporary table", span }] : createTable(cursor, span);
  }
  const unique = accept(cursor, "unique");
  if (accept(cursor, "index")) return createIndex(cursor, span, unique);
  if (unique) return null;
  if (accept(cursor, "type")) return createType(cursor, span);
  if (accept(cursor, "schema")) return createSchema(cursor, span);
  accept(cursor, "materialized");
  accept(cursor, "recursive");
  accept(cursor, "constraint");
  const thing = identifier(cursor);
  if (thing === null || !otherThings.test(thing) || peek(cursor, "table")) return null;
  return [{ kind: "unrelated", what: thing, span }];
}
function createTable(cursor, span) {
  const missingOnly = ifNotExists(cursor);
  const table = objectName(cursor);
  if (table === null) return null;
  const unknown4 = {
    kind: "createTable",
    table,
    columns: null,
    constraints: [],
    indexes: [],
    ifNotExists: missingOnly,
    span
  };
  const body2 = bracketed(cursor);
  if (body2 === null) return peek(cursor, "as") || peek(cursor, "partition") ? [unknown4] : null;
  const inherits = ["inherits", "as", "of"].some(
    (word) => cursor.tokens.slice(cursor.at).some((token2) => token2.kind === "word" && token2.word === word)
  );
  if (inherits || commaParts(body2).some(([first]) => first?.kind === "word" && first.word === "like")) {
    return [unknown4];
  }
  const parts2 = commaParts(body2).map(
    (part) => isTableConstraint(part) ? tableConstraint(part, cursor.text) : columnClause(part, cursor.text)
  );
  if (parts2.includes(null)) return null;
  const clauses = parts2.flatMap((part) => part !== null && "column" in part ? [part] : []);
  const constraints = [
    ...clauses.flatMap((clause) => clause.constraints),
    ...parts2.flatMap((part) => part !== null && "kind" in part ? [part] : [])
  ];
  const key = new Set(constraints.flatMap((one) => one.kind === "primaryKey" ? one.columns : []));
  const columns = clauses.map(
    ({ column }) => key.has(column.name) ? { ...column, nullable: false, primaryKey: true } : column
  );
  return [{ ...unknown4, columns, constraints }];
}
function createIndex(cursor, span, unique) {
  const concurrently = accept(cursor, "concurrently");
  const missingOnly = ifNotExists(cursor);
  const index = peek(cursor, "on") ? null : objectName(cursor);
  if (!accept(cursor, "on")) return null;
  accept(cursor, "only");
  const table = objectName(cursor);
  if (table === null) return null;
  if (accept(cursor, "using") && identifier(cursor) === null) return null;
  const listed2 = bracketed(cursor);
  if (listed2 === null) return null;
  const columns = commaParts(listed2).map((part) => indexedColumn(part));
  const name2 = index?.name ?? null;
  const some = cursor.tokens.slice(cursor.at).some((token2) => token2.kind === "word" && token2.word === "where");
  return [
    {
      kind: "createIndex",
      table,
      index: {
        name: name2,
        exact: name2 !== null,
        columns,
        unique,
        concurrently,
        ...some && { partial: true }
      },
      ifNotExists: missingOnly,
      span
    }
  ];
}
function createType(cursor, span) {
  const type = objectName(cursor);
  if (type === null) return null;
  if (!accept(cursor, "as", "enum")) return [{ kind: "unrelated", what: "type", span }];
  const listed2 = bracketed(cursor);
  if (listed2 === null || !atEnd(cursor)) return null;
  const values = [];
  for (const [value2, ...more] of commaParts(listed2)) {
    if (value2?.kind !== "string" || more.length > 0) return null;
    values.push(value2.word);
  }
  return [{ kind: "createEnum", enum: type, values, ifNotExists: false, span }];
}
function createSchema(cursor, span) {
  const missingOnly = ifNotExists(cursor);
  const schema = identifier(cursor);
  if (schema === null) return null;
  if (accept(cursor, "authorization")) identifier(cursor);
  return atEnd(cursor) ? [{ kind: "createSchema", schema, ifNotExists: missingOnly, span }] : null;
}
function drop2(cursor, span) {
  const cascade = cursor.tokens.at(-1)?.word === "cascade" && cursor.tokens.at(-1)?.kind === "word";
  if (accept(cursor, "table")) {
    return each(cursor, (table, present) => ({ kind: "dropTable", table, ifExists: present, cascade, span }));
  }
  if (accept(cursor, "index")) {
    const concurrently = accept(cursor, "concurrently");
    return each(cursor, (index, present) => ({
      kind: "dropIndex",
      index,
      table: null,
      ifExists: present,
      concurrently,
      exact: true,
      span
    }));
  }
  if (accept(cursor, "type")) {
    return each(cursor, (type, present) => ({
      kind: "dropEnum",
      enum: type,
      ifExists: present,
      cascade,
      span
    }));
  }
  if (accept(cursor, "schema")) {
    return each(cursor, ({ name: name2 }, present) => ({
      kind: "dropSchema",
      schema: name2,
      ifExists: present,
      cascade,
      span
    }));
  }
  accept(cursor, "materialized");
  const thing = identifier(cursor);
  if (thing === null || !otherThings.test(thing) || peek(cursor, "table")) return null;
  if (cascade && !["view", "trigger", "policy", "rule"].includes(thing)) return null;
  return [{ kind: "unrelated", what: thing, span }];
}
function each(cursor, step2) {
  const present = ifExists(cursor);
  const steps = [];
  do {
    const name2 = objectName(cursor);
    if (name2 === null) return null;
    steps.push(step2(name2, present));
  } while (accept(cursor, ","));
  if (!accept(cursor, "cascade")) accept(cursor, "restrict");
  return atEnd(cursor) ? steps : null;
}
function alter(cursor, span) {
  if (accept(cursor, "table")) return alterTable(cursor, span);
  if (accept(cursor, "type")) return alterType(cursor, span);
  if (accept(cursor, "index")) {
    const present = ifExists(cursor);
    const index = objectName(cursor);
    if (index === null || !accept(cursor, "rename", "to")) return null;
    const to = identifier(cursor);
    return to === null ? null : [{ kind: "renameIndex", index, to, ifExists: present, span }];
  }
  accept(cursor, "materialized");
  const thing = identifier(cursor);
  if (thing === null || !otherThings.test(thing) || peek(cursor, "table")) return null;
  return cursor.tokens.some((token2) => token2.word === "search_path") ? null : [{ kind: "unrelated", what: thing, span }];
}
function alterType(cursor, span) {
  const type = objectName(cursor);
  if (type === null) return null;
  if (accept(cursor, "owner")) return [{ kind: "unrelated", what: "privilege", span }];
  if (accept(cursor, "rename", "to")) {
    const to = identifier(cursor);
    return to === null ? null : [{ kind: "renameEnum", enum: type, to, span }];
  }
  if (!accept(cursor, "add", "value")) return null;
  const missingOnly = ifNotExists(cursor);
  const value2 = cursor.tokens[cursor.at];
  if (value2?.kind !== "string") return null;
  return [{ kind: "addEnumValue", enum: type, value: value2.word, ifNotExists: missingOnly, span }];
}
var numbered, rows, asides2, otherThings;
var init_statements2 = __esm({
  "src/python/operations/sql/statements.ts"() {
    "use strict";
    init_excerpt();
    init_values();
    init_alter_table();
    init_do_block();
    init_harmless_calls();
    init_row_statements();
    init_tables();
    init_tokens();
    numbered = /* @__PURE__ */ new Set([
      "addColumn",
      "alterColumn",
      "addConstraint",
      "dropConstraint",
      "dropTable",
      "dropEnum"
    ]);
    rows = /* @__PURE__ */ new Set(["insert", "update", "delete", "truncate", "copy", "merge", "values", "replace", "lock", "explain"]);
    asides2 = {
      comment: "comment",
      grant: "privilege",
      revoke: "privilege",
      reset: "setting",
      pragma: "setting",
      begin: "transaction",
      start: "transaction",
      commit: "transaction",
      end: "transaction",
      savepoint: "transaction",
      release: "transaction",
      analyze: "maintenance",
      vacuum: "maintenance",
      reindex: "maintenance",
      refresh: "view",
      notify: "notification",
      listen: "notification"
    };
    otherThings = /^(?:view|function|procedure|trigger|rule|policy|extension|sequence|domain|aggregate|cast|operator|collation|role|user|statistics|publication|subscription|event|server|foreign|language|database|default|text|access|system|tablespace|group|conversion|routine|large|transform)$/;
  }
});

// src/python/env/env-sql.ts
function effectsOfSql(text4, span) {
  const tokens = tokensOfSql(text4);
  if (tokens === null || text4.trim() === hole)
    return [{ kind: "unknown", touches: { kind: "everything" }, statement: text4 }];
  return statementsOf(tokens).flatMap((statement3) => effectOf(statement3, text4, span) ?? []);
}
function effectOf(statement3, text4, span) {
  const own = textOfTokens(statement3, text4);
  const words = statement3.map(({ kind, word }) => kind === "word" || kind === "mark" ? word : "");
  const [first = "", second = ""] = words;
  switch (first) {
    case "set":
      return settingOf(statement3, words);
    case "reset":
      if (second === "role") return { kind: "no role" };
      return /^(?:search_path|all)$/.test(second) ? { kind: "searchPath", schemas: null } : null;
    case "begin":
    case "start":
    case "commit":
    case "end":
    case "rollback":
    case "savepoint":
    case "release":
    case "pragma":
    case "show":
    case "explain":
    case "listen":
    case "notify":
    case "lock":
    case "analyze":
    case "vacuum":
    case "grant":
    case "comment":
      return null;
    case "select": {
      const path = setConfig(statement3);
      if (path !== void 0) return { kind: "searchPath", schemas: path };
      break;
    }
    case "create":
      if (second === "extension" && knownExtension(statement3)) return null;
      if (second === "schema" && own.includes(hole)) return unknown3("names", own);
      break;
    default:
  }
  const operations = operationsOfSql(own, span);
  if (/^(?:select|values)$/.test(first) && operations.every(({ kind }) => kind === "data")) return null;
  const opaque2 = operations.find((step2) => step2.kind === "opaque");
  if (!opaque2) return { kind: "operations", operations };
  return opaque2.touches === null ? unknown3("everything", own) : { kind: "unknown", touches: { kind: "tables", tables: opaque2.touches }, statement: own };
}
function unknown3(kind, statement3) {
  return { kind: "unknown", touches: { kind }, statement: statement3 };
}
function settingOf(statement3, words) {
  const local = words[1] === "local" || words[1] === "session" && words[2] !== "authorization" ? 2 : 1;
  const name2 = statement3[local];
  if (name2?.kind === "hole") return unknown3("everything", words.join(" "));
  const after = words[local + 1] === "=" || words[local + 1] === "to" ? local + 2 : local + 1;
  const value2 = statement3.slice(after);
  switch (words[local]) {
    case "search_path":
      return { kind: "searchPath", schemas: schemasOf(value2) };
    case "schema":
      return { kind: "searchPath", schemas: schemasOf(value2) };
    case "role":
      return roleOf(value2);
    case "session":
      return roleOf(statement3.slice(3));
    default:
      return null;
  }
}
function roleOf([token2, ...more]) {
  if (!token2 || more.length > 0 || token2.word.includes(hole)) return { kind: "role", role: null };
  const own = token2.kind === "word" && /^(?:none|default)$/.test(token2.word);
  return own ? { kind: "no role" } : { kind: "role", role: token2.word };
}
function schemasOf(value2) {
  const schemas = [];
  for (const [token2, ...more] of commaParts(value2)) {
    if (!token2 || more.length > 0 || token2.word.includes(hole)) return null;
    if (token2.kind === "word" && token2.word === "default") return null;
    schemas.push(token2.word);
  }
  return usablePath(schemas);
}
function usablePath(schemas) {
  return schemas.length === 0 || schemas.some((name2) => name2.startsWith("pg_")) ? null : schemas;
}
function setConfig(statement3) {
  const at = statement3.findIndex(
    ({ kind, word }, index) => kind === "string" && word === "search_path" && statement3[index - 2]?.word === "set_config"
  );
  if (at === -1) return void 0;
  const value2 = statement3[at + 2];
  return value2?.kind === "string" ? pathOf2(value2.word) : null;
}
function pathOf2(setting) {
  const tokens = tokensOfSql(setting);
  return tokens === null ? null : schemasOf(tokens);
}
function knownExtension(statement3) {
  return statement3.some(
    ({ kind, word }) => (kind === "word" || kind === "quoted") && knownExtensions.test(word)
  );
}
var knownExtensions;
var init_env_sql = __esm({
  "src/python/env/env-sql.ts"() {
    "use strict";
    init_statements2();
    init_tokens();
    init_values();
    knownExtensions = /^(?:uuid-ossp|pgcrypto|citext|hstore|pg_trgm|btree_gin|btree_gist|unaccent|fuzzystrmatch|vector|ltree|intarray|cube|isn|tablefunc|plpgsql)$/;
  }
});

// src/python/env/env-settings.ts
function runSql(run, statement3, connection, node) {
  if (run.ran) return;
  if (statement3.kind !== "text") {
    const code = shortened(run.tree.sourceOf(node));
    doubt(run, node, { kind: "everything" }, `runs ${code}, which the guard can't read`);
    return;
  }
  if (/search_path/i.test(statement3.text)) run.mention = null;
  for (const effect of effectsOfSql(statement3.text, spanOf3(run, node))) apply(run, effect, connection, node);
}
function apply(run, effect, connection, node) {
  const condition = "under a condition that the guard can't evaluate";
  switch (effect.kind) {
    case "searchPath":
      setPath(run, effect.schemas, connection, node);
      return;
    case "no role":
      run.role = null;
      return;
    case "role":
      if (effect.role !== null && run.certain) run.role = { role: effect.role, connection, node };
      else {
        const why = effect.role === null ? "to one that the guard can't read" : condition;
        doubt(run, node, { kind: "rights" }, `sets the role ${why}`);
      }
      return;
    case "unknown":
      doubt(run, node, effect.touches, `runs ${shownSql(effect.statement)}, which the guard can't follow`);
      return;
    default:
      if (run.certain) run.operations.push(...effect.operations);
      else for (const step2 of effect.operations) unsure(run, step2, node, condition);
  }
}
function shownSql(statement3) {
  return `"${shortened(statement3.replaceAll(hole, "{\u2026}"))}"`;
}
function setPath(run, schemas, connection, node) {
  if (run.ran) return;
  if (schemas !== null && run.certain) {
    run.searchPath = { schemas, connection, node };
    run.doubts = run.doubts.filter(({ touches }) => touches.kind !== "names");
    return;
  }
  run.searchPath = null;
  const why = schemas === null ? "to something that the guard can't read" : "under a condition that the guard can't evaluate";
  doubt(run, node, { kind: "names" }, `sets search_path ${why}`);
}
function unsure(run, step2, node, condition) {
  const touches = step2.kind === "createSchema" ? { kind: "schema", schema: step2.schema } : "table" in step2 && step2.table ? { kind: "tables", tables: [step2.table] } : step2.kind === "data" || step2.kind === "unrelated" ? null : { kind: "everything" };
  if ("table" in step2 && /version/.test(step2.table?.name ?? ""))
    doubt(run, node, { kind: "version width" }, `changes the version table ${condition}`);
  else if (touches) doubt(run, node, touches, `changes the schema ${condition}`);
}
function connectArguments(run, value2, node) {
  if (value2?.kind !== "dict") return;
  const options = textOf3(value2.entries.get("options") ?? text2(""));
  const settings = value2.entries.get("server_settings");
  const path = /(?:-c\s*|--)search_path=((?:\\.|[^\s\\])*)/.exec(options)?.[1]?.replaceAll(/\\(.)/g, "$1") ?? (settings?.kind === "dict" && settings.entries.has("search_path") ? textOf3(settings.entries.get("search_path") ?? unknown2) : void 0);
  if (path !== void 0) {
    run.mention = null;
    setPath(run, path.includes(hole) ? null : pathOf2(path), null, node);
  } else if (options.includes(hole)) {
    doubt(run, node, { kind: "names" }, "connects with options that the guard can't read");
  }
}
var init_env_settings = __esm({
  "src/python/env/env-settings.ts"() {
    "use strict";
    init_excerpt();
    init_values();
    init_env_sql();
    init_env_values();
    init_env_run();
  }
});

// src/python/env/env-calls.ts
function call2(run, frame, node) {
  const { func } = node;
  const receiver = func.nodeType === "Attribute" ? evaluate2(run, frame, func.value) : null;
  const callee = func.nodeType === "Attribute" && receiver?.kind === "imported" ? { kind: "imported", name: `${receiver.name}.${func.attr}` } : func.nodeType === "Attribute" ? unknown2 : evaluate2(run, frame, func);
  const name2 = func.nodeType === "Attribute" ? func.attr : lastName(callee, func);
  const { mention } = run;
  const values = node.args.map((one) => evaluate2(run, frame, one));
  const named3 = /* @__PURE__ */ new Map();
  for (const { arg, value: value2 } of node.keywords) {
    const inner = evaluate2(run, frame, value2);
    if (arg !== void 0) named3.set(arg, inner);
    else if (inner.kind === "dict") for (const [key, one] of inner.entries) named3.set(key, one);
  }
  if (speaks.test(name2)) run.mention = mention;
  const given = { node, values, named: named3 };
  if (callee.kind === "function") return invoke(run, callee, values, named3);
  if (callee.kind === "class") return construct(run, callee);
  const known2 = calledByName(run, name2, receiver, callee, given);
  return known2 ?? unfollowed2(run, frame, name2, receiver, callee, given);
}
function lastName(callee, func) {
  if (callee.kind === "imported") return callee.name.split(".").at(-1) ?? "";
  return func.nodeType === "Name" ? func.id : "";
}
function calledByName(run, name2, receiver, callee, given) {
  const { node, values, named: named3 } = given;
  const [first = unknown2] = values;
  switch (name2) {
    case "is_offline_mode":
      return constant3(false);
    case "get": {
      const { func } = node;
      const of = func.nodeType === "Attribute" ? func.value : null;
      if (of?.nodeType === "Attribute" && of.attr === "attributes")
        return { kind: "imported", name: "config.attributes" };
      if (receiver?.kind === "dict") return receiver.entries.get(textOf3(first)) ?? values[1] ?? constant3(null);
      return null;
    }
    case "configure": {
      const connection = named3.get("connection") ?? first;
      if (connection.kind === "database") run.migrating = connection.connection;
      const applied = named3.get("on_version_apply");
      if (applied) calledBack(run, applied);
      return unknown2;
    }
    case "run_migrations":
      run.ran = true;
      return unknown2;
    case "execute":
    case "exec_driver_sql":
    case "executescript":
    case "executemany":
    case "stream":
    case "scalar":
    case "scalars":
    case "fetch":
    case "fetchval":
    case "fetchrow":
      if (values.length > 0 || named3.has("statement") || named3.has("sql"))
        runSql(
          run,
          values[0] ?? named3.get("statement") ?? named3.get("sql") ?? unknown2,
          connectionOf(receiver),
          node
        );
      return unknown2;
    case "create_engine":
    case "create_async_engine":
    case "engine_from_config":
    case "async_engine_from_config":
    case "create_pool_from_url": {
      connectArguments(run, named3.get("connect_args"), node);
      return { kind: "database", connection: null };
    }
    case "AsyncEngine":
    case "get_engine":
      return { kind: "database", connection: null };
    case "connect":
    case "begin":
    case "raw_connection":
    case "get_bind":
    case "get_raw_connection":
      if (receiver?.kind === "database" && receiver.connection !== null) return receiver;
      return { kind: "database", connection: ++run.connections };
    case "cursor":
    case "begin_nested":
    case "enter_context":
    case "enter_async_context":
    case "closing":
      return receiver?.kind === "database" ? receiver : first;
    case "execution_options": {
      const map = named3.get("schema_translate_map");
      if (map && truthOf2(map) !== false)
        doubt(run, node, { kind: "names" }, "maps schemas to others (schema_translate_map)");
      return receiver ?? unknown2;
    }
    case "run_sync":
      if (first.kind === "function") {
        return invoke(run, first, [receiver ?? unknown2, ...values.slice(1)], named3);
      }
      return null;
    case "listens_for":
      return unknown2;
    case "listen":
      listen(run, values, node);
      return unknown2;
    case "create_all":
    case "drop_all":
    case "reflect":
      if (name2 === "reflect") return unknown2;
      doubt(
        run,
        node,
        { kind: name2 === "create_all" ? "new objects" : "everything" },
        `calls ${name2}(), which ${name2 === "create_all" ? "makes tables that are missing" : "drops tables"}`
      );
      return unknown2;
    case "text":
    case "DDL":
    case "dedent":
    case "str":
    case "cast":
    case "quoted_name":
      return name2 === "cast" ? values[1] ?? unknown2 : first.kind === "text" ? first : values[0] ?? unknown2;
    case "quote":
    case "quote_schema":
    case "quote_identifier":
    case "quote_ident":
      return text2(`"${textOf3(first).replaceAll('"', '""')}"`);
    case "CreateSchema": {
      const missingOnly = truthOf2(named3.get("if_not_exists") ?? unknown2) === true ? "IF NOT EXISTS " : "";
      return text2(`CREATE SCHEMA ${missingOnly}"${textOf3(first).replaceAll('"', '""')}"`);
    }
    case "DropSchema":
      return text2(`DROP SCHEMA "${textOf3(first)}"`);
    case "select":
      return text2(`SELECT ${values.map((one) => one.kind === "text" ? one.text : "1").join(", ")}`);
    case "insert":
    case "update":
    case "delete":
    case "pg_insert":
      if (values.some(({ kind }) => kind === "database")) return null;
      return receiver?.kind === "dict" || name2 === "update" && receiver === null ? unknown2 : text2("INSERT");
    case "get_backend_name":
      return text2(run.dialect);
    case "getattr":
      return first.kind === "database" ? first : values[2] ?? unknown2;
    case "bool": {
      const truth = truthOf2(first);
      return truth === null ? unknown2 : constant3(truth);
    }
    case "list":
    case "tuple":
    case "set":
      return values.length === 0 ? { kind: "list", items: [] } : first;
    case "dict":
      return { kind: "dict", entries: named3 };
    default:
  }
  if (callee.kind === "imported" && /(?:^|\.)func\.\w+$/.test(callee.name)) {
    const listed2 = values.map((one) => one.kind === "text" ? `'${one.text.replaceAll("'", "''")}'` : hole);
    return text2(`${name2}(${listed2.join(", ")})`);
  }
  return receiver?.kind === "text" ? ofText(name2, receiver.text, given) : ofUrl(run, name2, given);
}
function ofText(name2, own, { values, named: named3 }) {
  const [a = unknown2, b = unknown2] = values;
  switch (name2) {
    case "format":
      return text2(braceFormatted(own, values, named3));
    case "strip":
    case "rstrip":
    case "lstrip":
      return text2(own.trim());
    case "lower":
      return text2(own.toLowerCase());
    case "upper":
      return text2(own.toUpperCase());
    case "replace":
      return a.kind === "text" && b.kind === "text" ? text2(own.replaceAll(a.text, b.text)) : text2(hole);
    case "join":
      return a.kind === "list" ? text2(a.items.map(textOf3).join(own)) : text2(hole);
    case "startswith":
      return a.kind === "text" && !own.includes(hole) ? constant3(own.startsWith(a.text)) : unknown2;
    case "bindparams":
    case "columns":
    case "execution_options":
    case "execute_if":
    case "options":
    case "values":
    case "where":
    case "limit":
    case "select_from":
    case "label":
    case "render_as_string":
    case "on_conflict_do_nothing":
      return text2(own);
    default:
      return unknown2;
  }
}
function ofUrl(run, name2, { node, values }) {
  const { func } = node;
  const [first] = values;
  if (name2 !== "startswith" || func.nodeType !== "Attribute" || first?.kind !== "text") return null;
  const found = isUrl(run.tree.sourceOf(func.value)) ? isOfUrl(run, first.text) : null;
  return found === null ? unknown2 : constant3(found);
}
function connectionOf(receiver) {
  return receiver?.kind === "database" ? receiver.connection : null;
}
function isHarmless(name2, callee) {
  const ofProject = callee.kind === "imported" && !libraries.test(callee.name);
  return speaks.test(name2) || /^\w*Session\w*$/.test(name2) || !ofProject && harmless2.test(name2);
}
function unfollowed2(run, frame, name2, receiver, callee, given) {
  const { node, values, named: named3 } = given;
  const { func, args, keywords: keywords3 } = node;
  const all = [...values, ...named3.values()];
  if (name2 !== "configure") {
    for (const one of all) if (one.kind === "function") calledBack(run, one);
  }
  const passed2 = all.some(({ kind }) => kind === "database") || [...args, ...keywords3.map(({ value: value2 }) => value2)].some((one) => isConnectionName(frame, one));
  const own = receiver?.kind === "database";
  const method = func.nodeType === "Attribute";
  const suspicious = !method || receiver !== null && receiver.kind !== "text";
  if (passed2 && suspicious && !own && !isHarmless(name2, callee)) {
    doubt(run, node, { kind: "everything" }, `calls ${shownCall(run, node)}, which the guard can't follow`);
  } else if (!passed2 && worksOnSchema.test(name2) && !/\./.test(name2)) {
    doubt(run, node, { kind: "everything" }, `calls ${shownCall(run, node)}, which the guard can't follow`);
  }
  if (own && name2 === "callproc") doubt(run, node, { kind: "everything" }, "calls a procedure");
  return unknown2;
}
function shownCall(run, node) {
  return shortened(run.tree.sourceOf(node));
}
function isConnectionName(frame, node) {
  if (node.nodeType !== "Name") return false;
  const value2 = lookUp2(frame, node.id);
  if (value2 && value2.kind !== "unknown") return false;
  return /^(?:\w+_)?(?:conn|connection|connectable|engine|bind|session|cursor)$/i.test(node.id);
}
var speaks, harmless2, libraries, worksOnSchema;
var init_env_calls = __esm({
  "src/python/env/env-calls.ts"() {
    "use strict";
    init_excerpt();
    init_values();
    init_env_values();
    init_env_run();
    init_env_statements();
    init_env_expressions();
    init_env_events();
    init_env_settings();
    speaks = /^(?:print|debug|info|warning|warn|error|exception|critical|log|echo|secho)$/;
    harmless2 = /^(?:inspect|from_engine|isinstance|hasattr|id|len|type|repr|Session|sessionmaker|async_sessionmaker|scoped_session|closing|Operations|append|add|setdefault|set|update|get|pop|extend|set_main_option|set_section_option|get_context|EnvironmentContext|MigrationContext|instrument|instrument_engine|dispose|close|aclosing|callable|vars|map|filter|sorted|zip|enumerate|partial|has_table|get_table_names|get_schema_names|invalidate|set_session|set_isolation_level|commit|rollback|run|run_until_complete|gather|create_task|ensure_future|nullcontext|info|debug|warning|error|print|exception|setattr|remove|bind)$/;
    libraries = /^(?:sqlalchemy\w*|sqlmodel|alembic|asyncio|anyio|logging|contextlib|functools|typing|inspect|flask\w*|loguru|os|sys|builtins)(?:\.|$)/;
    worksOnSchema = /^(?:create|ensure|init|setup|prepare|drop|reset|make|upgrade|bootstrap)_(?:all_)?(?:\w+_)?(?:schemas?|tables?|extensions?|db|roles?|types?|enums?)(?:_if_\w+)?$/;
  }
});

// src/python/env/env-expressions.ts
function evaluate2(run, frame, node) {
  run.steps++;
  switch (node.nodeType) {
    case "Constant": {
      const value2 = constantOf(node, run.tree);
      if (value2.kind === "str") {
        if (!run.ran && value2.value.includes("search_path")) run.mention ??= node;
        return text2(value2.value);
      }
      if (value2.kind === "int") return text2(value2.value);
      if (value2.kind === "none") return constant3(null);
      return value2.kind === "bool" ? constant3(value2.value) : unknown2;
    }
    case "JoinedStr": {
      const whole = node.values.map((part) => formattedPart(run, frame, part)).join("");
      if (!run.ran && whole.includes("search_path")) run.mention ??= node;
      return text2(whole);
    }
    case "Name":
      return lookUp2(frame, node.id) ?? unknown2;
    case "Attribute":
      return attributeOf2(run, frame, node);
    case "Call":
      return call2(run, frame, node);
    case "Await":
      return evaluate2(run, frame, node.value);
    case "NamedExpr": {
      const value2 = evaluate2(run, frame, node.value);
      assign(run, frame, node.target, value2);
      return value2;
    }
    case "BinOp": {
      const left = evaluate2(run, frame, node.left);
      const right = evaluate2(run, frame, node.right);
      if (node.op.nodeType === "Add" && (left.kind === "text" || right.kind === "text"))
        return text2(textOf3(left) + textOf3(right));
      return node.op.nodeType === "Mod" && left.kind === "text" ? text2(percentFormatted(left.text, right)) : unknown2;
    }
    case "BoolOp": {
      const and = node.op.nodeType === "And";
      let doubtful = false;
      let last = unknown2;
      for (const one of node.values) {
        last = evaluate2(run, frame, one);
        const truth = truthOf2(last);
        if (truth === null) doubtful = true;
        else if (truth !== and) return doubtful && and === truth ? unknown2 : doubtful ? decided(and) : last;
      }
      return doubtful ? unknown2 : last;
    }
    case "UnaryOp": {
      const truth = truthOf2(evaluate2(run, frame, node.operand));
      return node.op.nodeType === "Not" && truth !== null ? constant3(!truth) : unknown2;
    }
    case "Compare":
      return compared2(run, frame, node);
    case "IfExp": {
      const truth = truthOf2(evaluate2(run, frame, node.test));
      if (truth !== null) return evaluate2(run, frame, truth ? node.body : node.orelse);
      const { certain } = run;
      run.certain = false;
      const value2 = joined3(evaluate2(run, frame, node.body), evaluate2(run, frame, node.orelse));
      run.certain = certain;
      return value2;
    }
    case "List":
    case "Tuple":
    case "Set": {
      const items2 = node.elts.map((one) => evaluate2(run, frame, one));
      return node.elts.some(({ nodeType }) => nodeType === "Starred") ? unknown2 : { kind: "list", items: items2 };
    }
    case "Dict": {
      const entries2 = /* @__PURE__ */ new Map();
      for (const [index, key] of node.keys.entries()) {
        const value2 = node.values[index];
        const inner = value2 ? evaluate2(run, frame, value2) : unknown2;
        if (key) entries2.set(keyText(evaluate2(run, frame, key)), inner);
        else if (inner.kind === "dict") for (const [name2, one] of inner.entries) entries2.set(name2, one);
      }
      return { kind: "dict", entries: entries2 };
    }
    case "Subscript": {
      const of = evaluate2(run, frame, node.value);
      const key = keyText(evaluate2(run, frame, node.slice));
      return of.kind === "dict" ? of.entries.get(key) ?? unknown2 : unknown2;
    }
    case "Starred":
      return evaluate2(run, frame, node.value);
    case "Lambda":
      return { kind: "function", node, frame };
    case "ListComp":
    case "SetComp":
    case "GeneratorExp":
      for (const { target, iter } of node.generators) {
        evaluate2(run, frame, iter);
        assign(run, frame, target, unknown2);
      }
      maybe(run, () => {
        evaluate2(run, frame, node.elt);
        return "goes on";
      });
      return unknown2;
    default:
      return unknown2;
  }
}
function formattedPart(run, frame, part) {
  if (part.nodeType === "FormattedValue") {
    const value3 = textOf3(evaluate2(run, frame, part.value));
    return part.format_spec === void 0 && part.conversion === -1 ? value3 : hole;
  }
  const value2 = part.nodeType === "Constant" ? part.value : null;
  return typeof value2 === "string" ? value2 : hole;
}
function decided(and) {
  return constant3(!and);
}
function keyText(value2) {
  return value2.kind === "constant" ? `\0${String(value2.value)}` : textOf3(value2);
}
function attributeOf2(run, frame, node) {
  const { attr } = node;
  if (attr === "TYPE_CHECKING") return constant3(false);
  if (attr === "name" && node.value.nodeType === "Attribute" && node.value.attr === "dialect") {
    evaluate2(run, frame, node.value);
    return text2(run.dialect);
  }
  const of = evaluate2(run, frame, node.value);
  if (of.kind === "imported") return { kind: "imported", name: `${of.name}.${attr}` };
  if (of.kind === "database") {
    if (attr === "name") return text2(run.dialect);
    return /^(?:engine|sync_engine|bind|connection|sync_connection|dbapi_connection|driver_connection)$/.test(
      attr
    ) ? of : unknown2;
  }
  return /^(?:engine|sync_engine|bind|session)$/.test(attr) ? { kind: "database", connection: null } : unknown2;
}
function compared2(run, frame, node) {
  const left = evaluate2(run, frame, node.left);
  const rights = node.comparators.map((one) => evaluate2(run, frame, one));
  const [right] = rights;
  const [op] = node.ops;
  if (!right || !op || rights.length > 1) return unknown2;
  const negative = /^(?:NotEq|IsNot|NotIn)$/.test(op.nodeType);
  if (/^(?:Eq|NotEq|Is|IsNot)$/.test(op.nodeType)) {
    const same2 = isSame2(left, right);
    return same2 === null ? unknown2 : constant3(same2 !== negative);
  }
  if (!/^(?:In|NotIn)$/.test(op.nodeType)) return unknown2;
  if (right.kind === "list" && left.kind === "text") {
    const all = right.items.map((item2) => isSame2(left, item2));
    if (all.includes(true)) return constant3(!negative);
    return all.includes(null) ? unknown2 : constant3(negative);
  }
  const [place] = node.comparators;
  if (left.kind === "text" && place && isUrl(run.tree.sourceOf(place))) {
    const found = isOfUrl(run, left.text);
    return found === null ? unknown2 : constant3(found !== negative);
  }
  return unknown2;
}
function isSame2(a, b) {
  if (a.kind === "text" && b.kind === "text")
    return a.text.includes(hole) || b.text.includes(hole) ? null : a.text === b.text;
  if (a.kind === "constant" && b.kind === "constant") return a.value === b.value;
  const kinds2 = /* @__PURE__ */ new Set([a.kind, b.kind]);
  if (kinds2.has("unknown") || kinds2.has("imported")) return null;
  return kinds2.has("constant") ? false : null;
}
function isUrl(source) {
  return /url|uri|dsn/i.test(source);
}
function isOfUrl({ dialect }, part) {
  if (/^sqlite/i.test(part)) return dialect === "sqlite" ? /^sqlite$/i.test(part) ? true : null : false;
  if (/^postgres(?:ql)?$/i.test(part)) return dialect === "postgresql";
  return /^postgres/i.test(part) && dialect === "sqlite" ? false : null;
}
var init_env_expressions = __esm({
  "src/python/env/env-expressions.ts"() {
    "use strict";
    init_values();
    init_syntax_tree();
    init_env_values();
    init_env_statements();
    init_env_calls();
  }
});

// src/python/env/env-statements.ts
function follow2(run, frame, body2, returned) {
  let course = "goes on";
  const { certain } = run;
  for (const statement3 of body2) {
    run.steps++;
    if (run.steps > maxSteps2) return "ends";
    const after = followOne(run, frame, statement3, returned);
    if (after === "ends") return course === "may end" ? "ends" : after;
    if (after === "may end") {
      course = "may end";
      run.certain = false;
    }
  }
  if (course === "goes on") run.certain = certain;
  return course;
}
function followOne(run, frame, node, returned) {
  switch (node.nodeType) {
    case "FunctionDef":
    case "AsyncFunctionDef": {
      const made2 = { kind: "function", node, frame };
      frame.names.set(node.name, made2);
      for (const decorator of node.decorator_list) decorate(run, frame, decorator, made2);
      return "goes on";
    }
    case "ClassDef":
      frame.names.set(node.name, { kind: "class", node, frame });
      for (const one of node.body) {
        if (one.nodeType === "FunctionDef" && one.name === "version_table_impl")
          doubt(run, one, { kind: "version width" }, "makes a version table of its own");
      }
      return "goes on";
    case "Import":
      for (const { name: name2, asname } of node.names) {
        const [first = name2] = name2.split(".");
        frame.names.set(asname ?? first, { kind: "imported", name: asname === void 0 ? first : name2 });
      }
      return "goes on";
    case "ImportFrom":
      for (const { name: name2, asname } of node.names) {
        frame.names.set(asname ?? name2, { kind: "imported", name: `${node.module ?? ""}.${name2}` });
      }
      return "goes on";
    case "Expr":
      if (node.value.nodeType !== "Constant") evaluate2(run, frame, node.value);
      return "goes on";
    case "Assign": {
      const value2 = evaluate2(run, frame, node.value);
      for (const target of node.targets) assign(run, frame, target, value2);
      return "goes on";
    }
    case "AnnAssign":
      if (node.value) assign(run, frame, node.target, evaluate2(run, frame, node.value));
      return "goes on";
    case "AugAssign": {
      const value2 = evaluate2(run, frame, node.value);
      const before = node.target.nodeType === "Name" ? lookUp2(frame, node.target.id) : void 0;
      const both = before?.kind === "text" ? text2(before.text + textOf3(value2)) : unknown2;
      assign(run, frame, node.target, both);
      return "goes on";
    }
    case "Return":
      returned.push(node.value ? evaluate2(run, frame, node.value) : constant3(null));
      return "ends";
    case "Raise":
      if (node.exc) evaluate2(run, frame, node.exc);
      return "ends";
    case "If":
      return followIf2(run, frame, node, returned);
    case "For":
    case "AsyncFor":
      return followFor2(run, frame, node, returned);
    case "While":
      evaluate2(run, frame, node.test);
      return maybe(run, () => follow2(run, frame, node.body, returned));
    case "With":
    case "AsyncWith":
      for (const { context_expr: context, optional_vars: target } of node.items) {
        const value2 = evaluate2(run, frame, context);
        if (target) assign(run, frame, target, value2);
      }
      return follow2(run, frame, node.body, returned);
    case "Try":
    case "TryStar":
      return followTry2(run, frame, node, returned);
    case "Match":
      evaluate2(run, frame, node.subject);
      for (const { body: body2 } of node.cases) maybe(run, () => follow2(run, frame, body2, returned));
      return "goes on";
    case "Assert":
      evaluate2(run, frame, node.test);
      return "goes on";
    default:
      return "goes on";
  }
}
function maybe(run, follows) {
  const { certain } = run;
  run.certain = false;
  const course = follows();
  run.certain = certain;
  return course === "goes on" ? "goes on" : "may end";
}
function followIf2(run, frame, node, returned) {
  const truth = truthOf2(evaluate2(run, frame, node.test));
  if (truth !== null) return follow2(run, frame, truth ? node.body : node.orelse, returned);
  const { certain, ran } = run;
  run.certain = false;
  const before = new Map(frame.names);
  const first = follow2(run, frame, node.body, returned);
  const ranFirst = run.ran;
  const afterFirst = new Map(frame.names);
  restore2(frame, before);
  run.certain = false;
  run.ran = ran;
  const second = follow2(run, frame, node.orelse, returned);
  run.ran = ranFirst && run.ran || ran;
  run.certain = certain;
  if (first === "ends" && second === "ends") return "ends";
  if (second === "ends") restore2(frame, afterFirst);
  else if (first !== "ends") {
    for (const [name2, value2] of afterFirst) frame.names.set(name2, joined3(value2, frame.names.get(name2)));
  }
  return first === "goes on" && second === "goes on" ? "goes on" : "may end";
}
function restore2(frame, names2) {
  frame.names.clear();
  for (const [name2, value2] of names2) frame.names.set(name2, value2);
}
function followFor2(run, frame, node, returned) {
  const items2 = evaluate2(run, frame, node.iter);
  if (items2.kind === "list" && items2.items.length <= maxItems) {
    for (const item2 of items2.items) {
      assign(run, frame, node.target, item2);
      if (follow2(run, frame, node.body, returned) !== "goes on") return "may end";
    }
    return "goes on";
  }
  assign(run, frame, node.target, unknown2);
  return maybe(run, () => follow2(run, frame, node.body, returned));
}
function followTry2(run, frame, node, returned) {
  const swallows = node.handlers.some(({ body: body2 }) => !givesUp(body2.at(-1)));
  const { certain } = run;
  if (swallows) run.certain = false;
  const course = follow2(run, frame, [...node.body, ...node.orelse], returned);
  run.certain = certain;
  let handled = "ends";
  for (const { body: body2, name: name2 } of node.handlers) {
    if (name2 !== void 0) frame.names.set(name2, unknown2);
    if (maybe(run, () => follow2(run, frame, body2, returned)) === "goes on") handled = "goes on";
  }
  const end = follow2(run, frame, node.finalbody, returned);
  if (end === "ends" || course === "goes on") return end;
  return handled === "goes on" ? "may end" : course;
}
function givesUp(last) {
  if (last?.nodeType !== "Expr" || last.value.nodeType !== "Call") return last?.nodeType === "Raise";
  const { func } = last.value;
  return /^_?exit$/.test(func.nodeType === "Attribute" ? func.attr : func.nodeType === "Name" ? func.id : "");
}
function assign(run, frame, target, value2) {
  switch (target.nodeType) {
    case "Name":
      frame.names.set(target.id, value2);
      return;
    case "Tuple":
    case "List":
      for (const [index, one] of target.elts.entries()) {
        assign(run, frame, one, value2.kind === "list" ? value2.items[index] ?? unknown2 : unknown2);
      }
      return;
    case "Starred":
      assign(run, frame, target.value, unknown2);
      return;
    case "Subscript": {
      const of = evaluate2(run, frame, target.value);
      const key = textOf3(evaluate2(run, frame, target.slice));
      if (of.kind !== "dict" || target.value.nodeType !== "Name") return;
      frame.names.set(target.value.id, { kind: "dict", entries: new Map([...of.entries, [key, value2]]) });
      return;
    }
    case "Attribute":
      evaluate2(run, frame, target.value);
      if (/^(?:_version|version_num|type)$/.test(target.attr) && /version/i.test(run.tree.sourceOf(target)))
        doubt(run, target, { kind: "version width" }, "changes the version table");
      return;
    default:
  }
}
function invoke(run, { node, frame }, values, named3) {
  if (run.calls.includes(node) || run.calls.length >= maxDepth6) return unknown2;
  const inner = { names: /* @__PURE__ */ new Map(), outer: frame };
  const { posonlyargs, args, kwonlyargs, defaults, kw_defaults: kwDefaults, vararg, kwarg } = node.args;
  const positional = [...posonlyargs, ...args];
  for (const [index, { arg }] of positional.entries()) {
    const value2 = defaults[index - (positional.length - defaults.length)];
    const given = values[index] ?? named3.get(arg);
    inner.names.set(arg, given ?? (value2 ? evaluate2(run, frame, value2) : unknown2));
  }
  for (const [index, { arg }] of kwonlyargs.entries()) {
    const value2 = kwDefaults[index];
    inner.names.set(arg, named3.get(arg) ?? (value2 ? evaluate2(run, frame, value2) : unknown2));
  }
  for (const one of [vararg, kwarg]) if (one) inner.names.set(one.arg, unknown2);
  run.calls.push(node);
  const { certain } = run;
  const returned = [];
  if (node.nodeType === "Lambda") returned.push(evaluate2(run, inner, node.body));
  else {
    const course = follow2(run, inner, node.body, returned);
    if (course !== "ends") returned.push(constant3(null));
  }
  run.certain = certain;
  run.calls.pop();
  return returned.length === 0 ? unknown2 : returned.reduce((a, b) => joined3(a, b));
}
function calledBack(run, value2) {
  if (value2.kind !== "function") return;
  const { certain } = run;
  run.certain = false;
  const database = { kind: "database", connection: null };
  invoke(
    run,
    value2,
    value2.node.args.args.map(() => database),
    /* @__PURE__ */ new Map()
  );
  run.certain = certain;
}
function construct(run, { node, frame }) {
  for (const one of node.body) {
    if (one.nodeType === "FunctionDef" || one.nodeType === "AsyncFunctionDef")
      calledBack(run, { kind: "function", node: one, frame });
  }
  return unknown2;
}
var maxItems;
var init_env_statements = __esm({
  "src/python/env/env-statements.ts"() {
    "use strict";
    init_env_values();
    init_env_run();
    init_env_expressions();
    init_env_events();
    maxItems = 20;
  }
});

// src/python/env/env-effects.ts
function effectsOfEnv(tree, path, dialect) {
  const run = {
    tree,
    path,
    dialect,
    searchPath: null,
    role: null,
    operations: [],
    doubts: [],
    ran: false,
    certain: true,
    migrating: null,
    connections: 0,
    calls: [],
    steps: 0,
    mention: null
  };
  const module = { names: /* @__PURE__ */ new Map([["__name__", text2("env_py")]]), outer: null };
  try {
    follow2(run, module, tree.body, []);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    run.ran = false;
    doubt(run, tree.body[0], { kind: "everything" }, "is nested too deeply to be followed");
  }
  if (run.steps > maxSteps2) doubt(run, tree.body[0], { kind: "everything" }, "is too long to be followed");
  const elsewhere = (set) => set !== null && set.connection !== null && run.migrating !== null && set.connection !== run.migrating;
  run.ran = false;
  if (run.searchPath && elsewhere(run.searchPath)) {
    doubt(run, run.searchPath.node, { kind: "names" }, "sets search_path on another connection");
    run.searchPath = null;
  }
  if (run.role && elsewhere(run.role)) {
    doubt(run, run.role.node, { kind: "rights" }, "sets the role on another connection");
    run.role = null;
  }
  const { searchPath, role, operations, doubts, mention } = run;
  const heard = searchPath ?? doubts.find(({ touches }) => /^(?:names|everything)$/.test(touches.kind));
  if (mention && !heard) doubt(run, mention, { kind: "names" }, "may set search_path");
  return {
    ...searchPath && { searchPath: searchPath.schemas },
    ...role && { role: role.role },
    operations,
    doubts
  };
}
var init_env_effects = __esm({
  "src/python/env/env-effects.ts"() {
    "use strict";
    init_env_values();
    init_env_run();
    init_env_statements();
  }
});

// src/python/env/read-env.ts
var read_env_exports = {};
__export(read_env_exports, {
  readEnv: () => readEnv
});
function readEnv(bytes, path) {
  const seen = readEnvAtAGlance(bytes, path);
  const decoded = bytes && decodeSource(bytes);
  if (seen || !decoded || !("text" in decoded)) return seen ?? { ...nothingInEnv, path };
  const parsed2 = parsePython(decoded.text);
  if (parsed2.kind === "error") return brokenEnv(path, parsed2.error.message, parsed2.line, parsed2.column);
  if (parsed2.kind === "unknown") return brokenEnv(path, parsed2.reason, parsed2.line, parsed2.column);
  const { tree } = parsed2;
  const effects = {
    postgresql: effectsOfEnv(tree, path, "postgresql"),
    sqlite: effectsOfEnv(tree, path, "sqlite")
  };
  return { ...factsOf(tree, path), effects };
}
function factsOf(tree, path) {
  const names2 = namesOf2(tree);
  const computed2 = [];
  const note = (option2, node) => {
    const expression4 = oneLine(tree.sourceOf(node));
    const known2 = computed2.some((entry2) => entry2.option === option2 && entry2.expression === expression4);
    if (!known2) computed2.push({ option: option2, expression: expression4, span: { path, ...tree.positionOf(node) } });
  };
  for (const node of names2.versionLocations) note("version_locations", node);
  const calls = names2.configureCalls.map((call3) => argumentsOf(call3.node, tree, names2, note));
  const online = calls.filter((_, index) => names2.configureCalls[index]?.offline === false);
  const deciding = online.length > 0 ? online : calls;
  const option = (name2) => {
    const said = deciding.map((call3) => call3.get(name2));
    const first = said.find((one) => one !== void 0);
    if (!first) return null;
    const values = new Set(said.map((one) => one?.kind === "value" ? one.value : null));
    const agreed2 = values.size === 1 && said.every((one) => one?.kind === "value");
    if (first.kind === "value" && agreed2) return first.value;
    for (const one of said) if (one) note(name2, one.node);
    return null;
  };
  const versionTable = option("version_table");
  const versionTableSchema = option("version_table_schema");
  return {
    path,
    versionTable: typeof versionTable === "string" ? versionTable : null,
    versionTableSchema: typeof versionTableSchema === "string" ? versionTableSchema : null,
    transactionPerMigration: option("transaction_per_migration") === true,
    runMigrationsKeywords: runMigrationsKeywords(names2.runCalls, note),
    computed: computed2
  };
}
function runMigrationsKeywords(calls, note) {
  const keywords3 = /* @__PURE__ */ new Set();
  for (const { keywords: given } of calls) {
    for (const keyword of given) {
      if (keyword.arg === void 0) note("run_migrations", keyword.value);
      else keywords3.add(keyword.arg);
    }
  }
  return [...keywords3];
}
function argumentsOf(call3, tree, names2, note) {
  const said = /* @__PURE__ */ new Map();
  for (const { arg, value: value2 } of call3.keywords) {
    if (arg !== void 0) {
      said.set(arg, valueOf3(value2, tree, names2));
      continue;
    }
    const entries2 = entriesOf3(value2, tree, names2);
    if (!entries2) {
      note("**", value2);
      continue;
    }
    for (const [key, inner] of entries2) said.set(key, inner);
  }
  return said;
}
function valueOf3(node, tree, names2) {
  const target = node.nodeType === "Name" ? names2.boundOnce(node.id) : node;
  if (target?.nodeType !== "Constant") return { kind: "computed", node };
  const constant4 = constantOf(target, tree);
  if (constant4.kind === "str" || constant4.kind === "bool")
    return { kind: "value", value: constant4.value, node };
  return constant4.kind === "none" ? { kind: "value", value: null, node } : { kind: "computed", node };
}
function entriesOf3(node, tree, names2) {
  const target = node.nodeType === "Name" ? names2.boundOnce(node.id) : node;
  if (!target || node.nodeType === "Name" && names2.changed.has(node.id)) return null;
  const entries2 = /* @__PURE__ */ new Map();
  if (target.nodeType === "Dict") {
    for (const [index, key] of target.keys.entries()) {
      const value2 = target.values[index];
      const constant4 = key?.nodeType === "Constant" ? constantOf(key, tree) : null;
      if (constant4?.kind !== "str" || !value2) return null;
      entries2.set(constant4.value, valueOf3(value2, tree, names2));
    }
    return entries2;
  }
  if (target.nodeType !== "Call" || target.func.nodeType !== "Name" || target.func.id !== "dict") return null;
  if (target.args.length > 0) return null;
  for (const { arg, value: value2 } of target.keywords) {
    if (arg === void 0) return null;
    entries2.set(arg, valueOf3(value2, tree, names2));
  }
  return entries2;
}
function namesOf2(tree) {
  const bindings = /* @__PURE__ */ new Map();
  const bind2 = (name2, value2) => {
    bindings.set(name2, [...bindings.get(name2) ?? [], value2]);
  };
  const configureCalls = [];
  const runCalls = [];
  const versionLocations = [];
  const changed = /* @__PURE__ */ new Set();
  const imported3 = /* @__PURE__ */ new Set();
  visit(tree.body, false, "", (node, plain2, functionName) => {
    switch (node.nodeType) {
      case "Call":
        if (callOf(node, imported3) === "configure")
          configureCalls.push({ node, offline: isOffline(node, functionName) });
        if (callOf(node, imported3) === "run_migrations") runCalls.push(node);
        break;
      case "Assign":
      case "AnnAssign": {
        const targets = node.nodeType === "Assign" ? node.targets : [node.target];
        const set = targets.some((one) => one.nodeType === "Attribute" && one.attr === "version_locations");
        if (set && node.value) versionLocations.push(node.value);
        const only = targets.length === 1 ? targets[0] : void 0;
        if (only?.nodeType === "Name") bind2(only.id, plain2 ? node.value ?? null : null);
        else for (const target of targets) for (const name2 of storedNames(target)) bind2(name2, null);
        break;
      }
      case "AugAssign":
      case "For":
      case "AsyncFor":
      case "NamedExpr":
      case "Comprehension":
        for (const name2 of storedNames(node.target)) bind2(name2, null);
        break;
      case "WithItem":
        if (node.optional_vars) for (const name2 of storedNames(node.optional_vars)) bind2(name2, null);
        break;
      case "ImportFrom":
        if (node.module === "alembic.context") for (const { name: name2 } of node.names) imported3.add(name2);
        break;
      case "Arg":
        bind2(node.arg, null);
        break;
      case "Alias":
        bind2(node.asname ?? node.name.split(".", 1)[0] ?? "", null);
        break;
      case "FunctionDef":
      case "AsyncFunctionDef":
      case "ClassDef":
        bind2(node.name, null);
        break;
      case "Attribute":
      case "Subscript":
        if (node.value.nodeType === "Name") changed.add(node.value.id);
        break;
      default:
    }
  });
  return {
    configureCalls,
    runCalls,
    versionLocations,
    changed,
    boundOnce(name2) {
      const values = bindings.get(name2);
      return values?.length === 1 ? values[0] ?? null : null;
    }
  };
}
function callOf({ func }, imported3) {
  if (func.nodeType === "Name") return imported3.has(func.id) ? func.id : null;
  if (func.nodeType !== "Attribute") return null;
  const { value: value2 } = func;
  const name2 = value2.nodeType === "Name" ? value2.id : value2.nodeType === "Attribute" ? value2.attr : "";
  return /context$/i.test(name2) ? func.attr : null;
}
function isOffline(call3, functionName) {
  const given = new Set(call3.keywords.map((keyword) => keyword.arg));
  if (given.has("connection") || call3.args.length > 0) return false;
  return given.has("url") || given.has("dialect_name") || /offline/i.test(functionName);
}
function storedNames(target) {
  if (target.nodeType === "Name") return [target.id];
  if (target.nodeType === "Starred") return storedNames(target.value);
  return target.nodeType === "Tuple" || target.nodeType === "List" ? target.elts.flatMap(storedNames) : [];
}
function visit(statements, inside, functionName, visitor) {
  const waiting = statements.map((node) => ({ node, inside, name: functionName })).toReversed();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node } = next;
    visitor(node, !next.inside, next.name);
    const isFunction = node.nodeType === "FunctionDef" || node.nodeType === "AsyncFunctionDef";
    const child = {
      inside: next.inside || uncertain.has(node.nodeType),
      name: isFunction ? node.name : next.name
    };
    const children = Object.values(node).flat().filter(isNode);
    for (const inner of children.toReversed()) waiting.push({ node: inner, ...child });
  }
}
function isNode(value2) {
  return typeof value2 === "object" && value2 !== null && "nodeType" in value2;
}
function oneLine(source) {
  const line = source.replace(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 117)}...` : line;
}
var uncertain;
var init_read_env = __esm({
  "src/python/env/read-env.ts"() {
    "use strict";
    init_decode_source();
    init_env_effects();
    init_scan_env();
    init_syntax_tree();
    uncertain = /* @__PURE__ */ new Set(["If", "For", "AsyncFor", "While", "Try", "TryStar", "Match", "ClassDef"]);
  }
});

// src/adapters/files/regular-file.ts
import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from "node:fs";
function readRegularFile(path, limit = maxFileBytes) {
  return withRegularFile(path, (file, size) => {
    if (size > limit) throw tooLarge();
    return readBytes(file, size);
  });
}
function readFirstBytes(path, count) {
  return withRegularFile(path, (file) => readBytes(file, count));
}
function withRegularFile(path, read) {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(file);
    return status.isFile() ? read(file, status.size) : null;
  } finally {
    closeSync(file);
  }
}
function readBytes(file, count) {
  const bytes = Buffer.allocUnsafe(count);
  let filled = 0;
  while (filled < count) {
    const more = readSync(file, bytes, filled, count - filled, null);
    if (more === 0) break;
    filled += more;
  }
  return filled === count ? bytes : bytes.subarray(0, filled);
}
function tooLarge() {
  return Object.assign(new Error("EFBIG: file too large"), { code: "EFBIG" });
}
var maxFileBytes;
var init_regular_file = __esm({
  "src/adapters/files/regular-file.ts"() {
    "use strict";
    maxFileBytes = 16 * 1024 * 1024;
  }
});

// src/core/text/sql-quoting.ts
function quoteIdentifier(name2) {
  return `"${name2.replaceAll('"', '""')}"`;
}
function quoteText(text4) {
  return `'${text4.replaceAll("'", "''")}'`;
}
function quotePostgresText(text4) {
  return `E${quoteText(text4.replaceAll("\\", "\\\\"))}`;
}
var init_sql_quoting = __esm({
  "src/core/text/sql-quoting.ts"() {
    "use strict";
  }
});

// src/adapters/files/deadline.ts
function abortsAfter(ms, caller) {
  const controller = new AbortController();
  const stop = () => controller.abort();
  setTimeout(stop, Math.max(1, Math.ceil(ms))).unref();
  if (caller?.aborted) stop();
  else caller?.addEventListener("abort", stop, { once: true });
  return controller.signal;
}
function startDeadline(timeoutMs, caller) {
  const end = performance.now() + timeoutMs;
  const signal = abortsAfter(timeoutMs, caller);
  return {
    signal,
    timeoutMs,
    remainingMs: () => Math.max(1, Math.ceil(end - performance.now())),
    pause: (ms) => new Promise((resolve3) => {
      if (signal.aborted) return resolve3();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve3();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done);
    }),
    expired: (doing) => caller?.aborted ? new GuardError("unavailable", `${doing} was interrupted.`) : new GuardError(
      "unavailable",
      `${doing} took longer than ${seconds(timeoutMs)}.`,
      "Look whether the address is right and a firewall lets this machine through, or raise --timeout."
    )
  };
}
function seconds(ms) {
  return `${Number((ms / 1e3).toFixed(1))} s`;
}
var defaultTimeoutMs;
var init_deadline = __esm({
  "src/adapters/files/deadline.ts"() {
    "use strict";
    init_errors();
    defaultTimeoutMs = 1e4;
  }
});

// src/adapters/database/driver-values.ts
function postgresVersionRow(type, text4, driver) {
  if (text4 === null) return { kind: "null" };
  const notText2 = (repr) => ({ kind: "not-text", repr });
  if (integerTypes.has(type)) return notText2(text4);
  if (type === "bool") return notText2(text4 === "t" ? "True" : "False");
  if (type === "float4" || type === "float8") return notText2(pythonFloat(Number(text4)));
  if (type === "numeric") return notText2(`Decimal('${text4}')`);
  if (type === "bytea") {
    const asBytes = driver !== null && uuidDrivers.has(driver);
    return notText2(asBytes ? pythonBytes(Buffer.from(text4.slice(2), "hex")) : "<memory at 0x\u2026>");
  }
  if (type === "uuid")
    return driver !== null && uuidDrivers.has(driver) ? notText2(`UUID('${text4}')`) : { kind: "text", value: text4 };
  if (/^_|^(?:json|jsonb|date|time|timetz|timestamp|timestamptz|interval)$/.test(type)) return notText2(text4);
  return { kind: "text", value: text4 };
}
function sqliteVersionRow(storage, text4) {
  if (text4 === null || storage === "null") return { kind: "null" };
  if (storage === "integer") return { kind: "not-text", repr: text4 };
  if (storage === "real") return { kind: "not-text", repr: pythonFloat(Number(text4)) };
  if (storage === "blob") return { kind: "not-text", repr: pythonBytes(Buffer.from(text4, "hex")) };
  return { kind: "text", value: text4 };
}
function pythonFloat(value2) {
  if (Number.isNaN(value2)) return "nan";
  if (!Number.isFinite(value2)) return value2 > 0 ? "inf" : "-inf";
  if (Object.is(value2, -0)) return "-0.0";
  const [digits = "", exponentText = "0"] = value2.toExponential().split("e");
  const exponent = Number(exponentText);
  if (value2 !== 0 && (exponent < -4 || exponent >= 16)) {
    const sign = exponent < 0 ? "-" : "+";
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const text4 = String(value2);
  return /^-?\d+$/.test(text4) ? `${text4}.0` : text4;
}
function pythonBytes(bytes) {
  const quote = bytes.includes(39) && !bytes.includes(34) ? '"' : "'";
  const named3 = { 9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\" };
  const body2 = [...bytes].map((byte) => {
    if (named3[byte] !== void 0) return named3[byte];
    if (byte === quote.charCodeAt(0)) return `\\${quote}`;
    return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `b${quote}${body2.join("")}${quote}`;
}
var integerTypes, uuidDrivers;
var init_driver_values = __esm({
  "src/adapters/database/driver-values.ts"() {
    "use strict";
    integerTypes = /* @__PURE__ */ new Set(["int2", "int4", "int8", "oid", "xid", "cid"]);
    uuidDrivers = /* @__PURE__ */ new Set(["psycopg", "psycopg_async", "asyncpg", "pg8000"]);
  }
});

// src/adapters/sqlite/wal.ts
function isWalMode(header3) {
  return header3[18] === 2 || header3[19] === 2;
}
function imageOf(database, wal) {
  let image = Buffer.from(database);
  const { pageSize, pages, pageCount } = committedPages(wal);
  if (pageCount > 0) {
    const grown = Buffer.alloc(pageCount * pageSize);
    image.copy(grown);
    image = grown;
    for (const [page, content] of pages) if (page <= pageCount) image.set(content, (page - 1) * pageSize);
  }
  if (image.length >= 20) image.fill(1, 18, 20);
  return image;
}
function committedPages(wal) {
  const nothing = { pageSize: 0, pages: /* @__PURE__ */ new Map(), pageCount: 0 };
  if (wal.length < headerLength) return nothing;
  const view = new DataView(wal.buffer, wal.byteOffset, wal.byteLength);
  const magic = view.getUint32(0);
  if (magic !== 931071618 && magic !== 931071619) return nothing;
  const littleEndian = magic === 931071618;
  const pageSize = view.getUint32(8);
  if (pageSize < 512 || pageSize > 65536) return nothing;
  let sum = checksum([0, 0], view, 0, 24, littleEndian);
  if (sum[0] !== view.getUint32(24) || sum[1] !== view.getUint32(28)) return nothing;
  const pages = /* @__PURE__ */ new Map();
  const pending = /* @__PURE__ */ new Map();
  let pageCount = 0;
  const frameLength = frameHeaderLength + pageSize;
  for (let at = headerLength; at + frameLength <= wal.length; at += frameLength) {
    const sameLog = view.getUint32(at + 8) === view.getUint32(16) && view.getUint32(at + 12) === view.getUint32(20);
    if (!sameLog) break;
    sum = checksum(sum, view, at, 8, littleEndian);
    sum = checksum(sum, view, at + frameHeaderLength, pageSize, littleEndian);
    if (sum[0] !== view.getUint32(at + 16) || sum[1] !== view.getUint32(at + 20)) break;
    pending.set(view.getUint32(at), wal.subarray(at + frameHeaderLength, at + frameLength));
    const sizeAfterCommit = view.getUint32(at + 4);
    if (sizeAfterCommit === 0) continue;
    for (const [page, content] of pending) pages.set(page, content);
    pending.clear();
    pageCount = sizeAfterCommit;
  }
  return { pageSize, pages, pageCount };
}
function checksum([first, second], view, from, length, littleEndian) {
  let a = first;
  let b = second;
  for (let at = from; at < from + length; at += 8) {
    a = a + view.getUint32(at, littleEndian) + b >>> 0;
    b = b + view.getUint32(at + 4, littleEndian) + a >>> 0;
  }
  return [a, b];
}
var headerLength, frameHeaderLength;
var init_wal = __esm({
  "src/adapters/sqlite/wal.ts"() {
    "use strict";
    headerLength = 32;
    frameHeaderLength = 24;
  }
});

// src/adapters/sqlite/choose-source.ts
import { statSync as statSync2 } from "node:fs";
function sourceWithoutTraces(path, shown2, drivers) {
  for (const end of ["-journal", "-wal"])
    if (!mayBeFile(path + end))
      throw unavailable(`${shown2}${end}, which SQLite would read, is not a file.`, "Take it away.");
  if (!isWalMode(bytesOf(path, 20))) return { kind: "file", path };
  if ((bytesOf(`${path}-journal`, 1)[0] ?? 0) !== 0) throw unfinishedWrite(shown2);
  const image = imageSource(path, drivers);
  if (image) return image;
  if (sizeOf(`${path}-wal`) !== null && sizeOf(`${path}-shm`) !== null) return { kind: "file", path };
  return unopenedSource(path, shown2, drivers);
}
function unopenedSource(path, shown2, drivers) {
  const image = imageSource(path, drivers);
  if (image) return image;
  const log = sizeOf(`${path}-wal`) ?? 0;
  if (log === 0 && drivers.some(({ name: name2 }) => name2 === "node:sqlite")) return { kind: "immutable", path };
  throw unavailable(
    `The SQLite file ${shown2} is in WAL mode, nobody has it open, and reading it here would leave files beside it.`,
    log === 0 ? "Use Node 22.15 or newer, or look while the application has it open." : "Its -wal file holds what no checkpoint has written: open it once with the sqlite3 command."
  );
}
function unfinishedWrite(shown2) {
  return unavailable(
    `The SQLite file ${shown2} can't be read without writing beside it: a write was interrupted, and ${shown2}-journal holds what it has to take back.`,
    "Open it once with the application or the sqlite3 command, and look again."
  );
}
function imageSource(path, drivers) {
  if (!drivers.some(({ name: name2 }) => name2 === "better-sqlite3")) return null;
  if ((sizeOf(path) ?? 0) + (sizeOf(`${path}-wal`) ?? 0) > maxImageBytes) return null;
  const image = stableImage(path);
  return image && { kind: "image", image };
}
function stableImage(path) {
  const logHeader = () => sizeOf(`${path}-wal`) === null ? null : bytesOf(`${path}-wal`, 32).toString("hex");
  for (let round = 0; round < 5; round++) {
    const before = logHeader();
    const database = readRegularFile(path, 2 * maxImageBytes);
    const log = before === null ? new Uint8Array() : readRegularFile(`${path}-wal`, 2 * maxImageBytes);
    if (database === null || log === null) return null;
    if (logHeader() === before && isWalMode(database)) return imageOf(database, log);
  }
  return null;
}
function mayBeFile(path) {
  try {
    return statSync2(path, { throwIfNoEntry: false })?.isFile() !== false;
  } catch {
    return false;
  }
}
function sizeOf(path) {
  return mayBeFile(path) ? statSync2(path, { throwIfNoEntry: false })?.size ?? null : null;
}
function bytesOf(path, count) {
  return (sizeOf(path) === null ? null : readFirstBytes(path, count)) ?? Buffer.alloc(0);
}
function unavailable(message, hint) {
  return new GuardError("unavailable", message, hint);
}
var maxImageBytes;
var init_choose_source = __esm({
  "src/adapters/sqlite/choose-source.ts"() {
    "use strict";
    init_errors();
    init_regular_file();
    init_wal();
    maxImageBytes = 64 * 1024 * 1024;
  }
});

// src/adapters/sqlite/errors.ts
function sqliteCodeOf(error) {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
function isLocked(error) {
  return /^SQLITE_(?:BUSY|LOCKED)/.test(sqliteCodeOf(error));
}
function explainSqliteError(shown2, error, timeoutMs) {
  if (error instanceof GuardError) return error;
  const code = sqliteCodeOf(error);
  const words = error instanceof Error ? error.message : String(error);
  if (isLocked(error))
    return unavailable2(
      `The SQLite file ${shown2} is locked by another process (waited ${Math.round(timeoutMs / 100) / 10} s).`,
      "Wait until the other process has finished writing; alembic upgrade would meet the same lock."
    );
  if (code.startsWith("SQLITE_NOTADB"))
    return unavailable2(
      `The file ${shown2} is not an SQLite database, or it is encrypted.`,
      "Look whether the URL names the right file; what SQLCipher and the like encrypt can not be read here."
    );
  if (code.startsWith("SQLITE_CORRUPT")) return damaged(shown2, words);
  if (code === "SQLITE_READONLY_ROLLBACK") return unfinishedWrite(shown2);
  if (code === "EACCES") return unreadableError(shown2);
  if (/^SQLITE_(?:READONLY|CANTOPEN)/.test(code))
    return unavailable2(
      `The SQLite file ${shown2} can't be read without writing beside it (${code}).`,
      "A -journal file next to it means an unfinished write: open it once with the sqlite3 command."
    );
  return unavailable2(
    `Reading the SQLite file ${shown2} failed: ${words}`,
    "Open it with the sqlite3 command and see what that says."
  );
}
function unreadableError(shown2) {
  return unavailable2(
    `The SQLite file ${shown2} may not be read by this user.`,
    "Run as the user that runs alembic upgrade, or let this one read it."
  );
}
function damaged(shown2, words) {
  const more = words.startsWith("malformed database schema") ? ` (${words})` : "";
  return unavailable2(
    `The SQLite file ${shown2} is damaged${more}.`,
    'PRAGMA integrity_check says where; put a backup in its place, or save what is left with ".recover" of the sqlite3 command.'
  );
}
function unavailable2(message, hint) {
  return new GuardError("unavailable", message, hint);
}
var init_errors2 = __esm({
  "src/adapters/sqlite/errors.ts"() {
    "use strict";
    init_errors();
    init_choose_source();
  }
});

// src/adapters/sqlite/locate-file.ts
import { constants as constants2, accessSync, lstatSync as lstatSync2, readlinkSync as readlinkSync2, statSync as statSync3 } from "node:fs";
import { dirname, resolve } from "node:path";
function sqliteFileOf(url2, cwd) {
  const given = url2.path === url2.decodedPath || kindOf3(resolve(cwd, url2.path)) ? url2.path : url2.decodedPath;
  const shown2 = kindOf3(resolve(cwd, given)) ? given : url2.path;
  return { shown: shown2, path: targetOf2(resolve(cwd, shown2)) };
}
function kindOf3(path) {
  try {
    const stat = statSync3(path, { throwIfNoEntry: false });
    if (!stat) return null;
    return stat.isFile() ? "file" : "other";
  } catch {
    return "unreachable";
  }
}
function requireFile(shown2, path, kind, mode) {
  if (kind === "other")
    throw unavailable3(`The SQLite path ${shown2} is not a file.`, "Name the database file itself.");
  if (kind === "unreachable") throw unreachable(shown2, path);
  if (kind === "file") {
    if (mayAccess(path, constants2.R_OK)) return;
    throw unreadableError(shown2);
  }
  if (mode === "ro" || mode === "rw")
    throw unavailable3(
      `The SQLite file ${shown2} does not exist, and mode=${mode} does not create it.`,
      "Name a file that is there, or leave the mode out."
    );
  const folder = dirname(path);
  if (kindOf3(folder) === "other" && statSync3(folder).isDirectory()) return;
  throw unavailable3(
    `The folder of the SQLite file ${shown2} does not exist.`,
    "A relative path starts in the working directory; an absolute one needs four slashes: sqlite:////path; a link has to lead somewhere."
  );
}
function readOnlyReason(path, kind, mode) {
  if (mode === "ro") return "the URL opens it with mode=ro";
  if (kind === "file" && (bytesOf(path, 19)[18] ?? 0) > 2)
    return "its format is one that SQLite may only read";
  if (kind === "file" && !mayAccess(path, constants2.W_OK)) return "the file is write-protected";
  return mayAccess(dirname(path), constants2.W_OK) ? null : "its folder is write-protected";
}
function unreachable(shown2, path) {
  let code = "";
  try {
    statSync3(path);
  } catch (error) {
    if (error instanceof Error && "code" in error) code = String(error.code);
  }
  if (code === "ELOOP")
    return unavailable3(
      `The SQLite path ${shown2} is a link that leads in a circle.`,
      "Name the database file itself."
    );
  if (code === "EACCES")
    return unavailable3(
      `A folder on the way to the SQLite file ${shown2} may not be entered by this user.`,
      "Run as the user that runs alembic upgrade, or let this one in."
    );
  return unavailable3(`The SQLite path ${shown2} leads nowhere (${code}).`, "Name the database file itself.");
}
function targetOf2(path) {
  let place = path;
  try {
    for (let step2 = 0; step2 < 40; step2 += 1) {
      if (!lstatSync2(place, { throwIfNoEntry: false })?.isSymbolicLink()) return place;
      place = resolve(dirname(place), readlinkSync2(place));
    }
  } catch {
  }
  return path;
}
function mayAccess(path, mode) {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
function unavailable3(message, hint) {
  return new GuardError("unavailable", message, hint);
}
var init_locate_file = __esm({
  "src/adapters/sqlite/locate-file.ts"() {
    "use strict";
    init_errors();
    init_errors2();
    init_choose_source();
  }
});

// src/adapters/sqlite/connect.ts
import { createRequire, isBuiltin } from "node:module";
import { pathToFileURL } from "node:url";
async function loadSqliteDrivers(betterSqlite = requireBetterSqlite, nodeSqlite = isBuiltin("node:sqlite") ? requireNodeSqlite : null) {
  const drivers = [];
  let problem = null;
  try {
    const driver = betterDriver(await betterSqlite());
    driver.open({ kind: "nothing" })?.close();
    drivers.push(driver);
  } catch (error) {
    problem = error;
  }
  if (nodeSqlite) drivers.push(nodeDriver(nodeSqlite));
  if (drivers.length > 0) return drivers;
  throw noDriver(problem);
}
function noDriver(problem) {
  const code = problem instanceof Error && "code" in problem ? problem.code : "";
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND")
    return new GuardError(
      "unavailable",
      "The package better-sqlite3, which reads SQLite files, is not installed.",
      "Run npm install better-sqlite3, or use a Node that has SQLite built in (22.13 or newer)."
    );
  return new GuardError(
    "unavailable",
    `The native part of better-sqlite3 was ${code === "ERR_DLOPEN_FAILED" ? "built for another Node" : "not built"}.`,
    "Run npm install better-sqlite3 (or npm rebuild better-sqlite3) with the Node that runs alembic-guard."
  );
}
function betterDriver({ default: Sqlite }) {
  return {
    name: "better-sqlite3",
    open(source) {
      if (source.kind === "immutable") return null;
      const options = {
        readonly: source.kind !== "writable",
        fileMustExist: true,
        timeout: busyTimeoutMs
      };
      const database = source.kind === "nothing" ? new Sqlite(":memory:") : source.kind === "image" ? new Sqlite(source.image, { readonly: true }) : new Sqlite(source.path, source.kind === "scratch" ? {} : options);
      return {
        all: (sql) => database.prepare(sql).all(),
        exec: (sql) => void database.exec(sql),
        copyTo: async (path) => void await database.backup(path),
        close: () => void database.close()
      };
    }
  };
}
async function requireBetterSqlite() {
  return { default: createRequire(import.meta.url)("better-sqlite3") };
}
function requireNodeSqlite() {
  return createRequire(import.meta.url)(["node", "sqlite"].join(":"));
}
function nodeDriver(load2) {
  return {
    name: "node:sqlite",
    open(source) {
      if (source.kind === "image") return null;
      const { DatabaseSync } = load2();
      const path = source.kind === "nothing" ? ":memory:" : source.kind === "immutable" ? new URL(`${pathToFileURL(source.path).href}?immutable=1`) : source.path;
      try {
        const database = new DatabaseSync(path, {
          readOnly: source.kind === "file" || source.kind === "immutable",
          timeout: busyTimeoutMs
        });
        return {
          all: (sql) => named2(() => database.prepare(sql).all()),
          exec: (sql) => named2(() => database.exec(sql)),
          // Only the newest have the backup; this makes the same file.
          copyTo: async (to) => named2(() => database.exec(`VACUUM INTO ${quoteText(to)}`)),
          close: () => database.close()
        };
      } catch (error) {
        throw withCode(error);
      }
    }
  };
}
function named2(work) {
  try {
    return work();
  } catch (error) {
    throw withCode(error);
  }
}
function withCode(error) {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return error;
  return Object.assign(new Error(error.message), {
    code: resultCodes[error.errcode & 255] ?? "SQLITE_ERROR"
  });
}
var busyTimeoutMs, resultCodes;
var init_connect = __esm({
  "src/adapters/sqlite/connect.ts"() {
    "use strict";
    init_sql_quoting();
    init_errors();
    busyTimeoutMs = 50;
    resultCodes = {
      5: "SQLITE_BUSY",
      6: "SQLITE_LOCKED",
      8: "SQLITE_READONLY",
      10: "SQLITE_IOERR",
      11: "SQLITE_CORRUPT",
      14: "SQLITE_CANTOPEN",
      26: "SQLITE_NOTADB"
    };
  }
});

// src/adapters/database/database-url.ts
function parseDatabaseUrl(text4) {
  rejectWrapping(text4);
  const groups = urlPattern.exec(text4)?.groups;
  if (!groups) throw unavailable5("The database URL is not a URL.", notUrlHint(text4));
  const [dialect = "", driver = null] = groups["scheme"]?.split(/\+(.*)/s, 2) ?? [];
  const read = readers.get(dialect);
  if (read) return read(driver, groups);
  const named3 = foreignDialects.has(dialect) ? `a ${dialect} database` : "a database of an unknown dialect";
  throw unavailable5(`The database URL leads to ${named3}, which can't be read.`, readable);
}
function rejectWrapping(text4) {
  if (text4.trim() === "")
    throw unavailable5("The database URL is empty.", "Set DATABASE_URL, or give --database-url.");
  if (text4.includes("\0")) throw unavailable5("The database URL holds a NUL character.", null);
  if (/^\s*["'`]|["'`]\s*$/.test(text4) && /^\s*(["'`])[^]*\1\s*$/.test(text4))
    throw unavailable5("The database URL stands in quotation marks.", "Remove the quotes around the value.");
  const variable = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=/.exec(text4);
  if (variable)
    throw unavailable5(
      'The database URL begins with the name of a variable and "=".',
      'Give only what stands after the "=".'
    );
  if (text4 !== text4.trim())
    throw unavailable5(
      "The database URL begins or ends with a blank or a line break.",
      "Remove it: SQLAlchemy takes it for a part of the URL."
    );
}
function notUrlHint(text4) {
  if (/\b(host|dbname|user)\s*=/.test(text4))
    return 'It looks like "host=\u2026 dbname=\u2026"; write it as postgresql://user:password@host:5432/database.';
  return "It should look like postgresql://user:password@host:5432/database or sqlite:///path/to/file.db.";
}
function postgresUrl(driver, groups) {
  if (groups["database"]?.includes("@"))
    throw unavailable5(
      'An "@" stands in the path of the database URL.',
      'Write "@" as %40 and "/" as %2F where they belong to the user, password or database name.'
    );
  const parameters3 = parseQuery(groups["query"] ?? "");
  const take = (name2) => {
    const value2 = parameters3.get(name2)?.at(-1) ?? null;
    parameters3.delete(name2);
    return value2;
  };
  const listed2 = parameters3.get("host") ?? [];
  parameters3.delete("host");
  const ports = take("port");
  const inAuthority = splitHosts(groups["hosts"] ?? "");
  const hosts = queryHosts(listed2, ports) ?? inAuthority;
  const user = take("user") ?? nonEmpty(unquote(groups["user"] ?? ""));
  const password = take("password") ?? nonEmpty(unquote(groups["password"] ?? ""));
  const database = take("dbname") ?? nonEmpty(unquote(groups["database"] ?? ""));
  return {
    dialect: "postgresql",
    kind: "server",
    driver,
    user,
    password,
    hosts,
    database,
    parameters: new Map([...parameters3].map(([name2, values]) => [name2, values.at(-1) ?? ""]))
  };
}
function splitHosts(text4) {
  if (text4 === "") return [];
  return text4.split(",").map((part) => {
    const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]*))(?::(?<port>.*))?$/s.exec(part);
    if (!match?.groups) throw unavailable5("The host in the database URL is malformed.", ipv6Hint);
    const host2 = unquote(match.groups["v6"] ?? match.groups["name"] ?? "");
    const port = match.groups["port"];
    return { host: checkedHost(host2), port: port === void 0 ? null : parsePort(port) };
  });
}
function queryHosts(listed2, ports) {
  if (listed2.length > 1 && ports === null) return listed2.flatMap(splitHosts);
  const single = listed2.at(-1);
  if (single === void 0) return null;
  const portList = ports === null ? [] : ports.split(",");
  const names2 = single.split(",");
  return names2.map((name2, index) => {
    if (!name2.startsWith("/") && ports === null && /^[^:]+:\d+$/.test(name2)) return splitHosts(name2)[0];
    const port = portList.length === 1 ? portList[0] : portList[index];
    return { host: checkedHost(name2), port: port ? parsePort(port) : null };
  });
}
function checkedHost(host2) {
  if (host2 === "") return null;
  if (/^[/@]/.test(host2) || /^[\w.:%-]+$/.test(host2)) return host2;
  throw unavailable5(
    "The host in the database URL holds characters that no host name has.",
    "Characters such as @ / : ? # in a user or password have to be written as %40 %2F %3A %3F %23."
  );
}
function parsePort(text4) {
  const port = /^\d{1,5}$/.test(text4) ? Number(text4) : 0;
  if (port >= 1 && port <= 65535) return port;
  throw unavailable5(
    "The port in the database URL is not a number from 1 to 65535.",
    'If this is a password: it is followed by "@" and the host, and "@" or "/" in it are written %40 and %2F.'
  );
}
function sqliteUrl(driver, groups) {
  if (driver !== null && !["pysqlite", "aiosqlite", "pysqlite_numeric", "pysqlite_dollar"].includes(driver))
    throw unavailable5(
      "The database URL leads to an encrypted or remote SQLite, which can't be read.",
      readable
    );
  if (groups["hosts"] || groups["user"] || groups["password"])
    throw unavailable5(
      "The SQLite URL has something between the second and the third slash.",
      "Write sqlite:///relative/path.db or sqlite:////absolute/path.db."
    );
  const query2 = parseQuery(groups["query"] ?? "");
  const raw = groups["database"] ?? "";
  const uri = /^(?:1|t|true|y|yes|on)$/i.test(query2.get("uri")?.at(-1) ?? "") && raw.startsWith("file:");
  const path = uri ? fileUriPath(raw) : raw;
  const mode = uri ? query2.get("mode")?.at(-1) ?? null : null;
  if (path === "" || path === ":memory:" || mode === "memory")
    throw unavailable5(
      "The database URL leads to an in-memory SQLite database, and there is nothing to look at.",
      "Name the file: sqlite:///path/to/file.db."
    );
  return {
    dialect: "sqlite",
    kind: "file",
    path,
    decodedPath: uri ? path : unquote(path),
    mode: mode === "ro" || mode === "rw" || mode === "rwc" ? mode : null
  };
}
function fileUriPath(uri) {
  const path = uri.slice("file:".length).replace(/#.*$/s, "");
  const authority = /^\/\/(?<host>[^/]*)(?<rest>.*)$/s.exec(path)?.groups;
  if (!authority) return unquote(path);
  if (authority["host"] !== "" && authority["host"] !== "localhost")
    throw unavailable5("The file: URI in the SQLite URL names another host, which SQLite doesn't open.", null);
  return unquote(authority["rest"] ?? "");
}
function parseQuery(query2) {
  const parameters3 = /* @__PURE__ */ new Map();
  for (const pair of query2.split("&")) {
    const [name2 = "", value2 = ""] = pair.split(/=(.*)/s, 2).map((part) => unquote(part.replaceAll("+", " ")));
    if (value2 !== "") parameters3.set(name2, [...parameters3.get(name2) ?? [], value2]);
  }
  return parameters3;
}
function unquote(text4) {
  return text4.replace(
    /(?:%[0-9a-f]{2})+/gi,
    (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8")
  );
}
function nonEmpty(text4) {
  return text4 === "" ? null : text4;
}
function unavailable5(message, hint) {
  return new GuardError("unavailable", message, hint);
}
var readable, urlPattern, foreignDialects, readers, ipv6Hint;
var init_database_url = __esm({
  "src/adapters/database/database-url.ts"() {
    "use strict";
    init_errors();
    readable = "alembic-guard reads PostgreSQL (postgresql://\u2026) and SQLite (sqlite:///\u2026) databases.";
    urlPattern = /^(?<scheme>[\w+]+):\/\/(?:(?<user>[^:/]*)(?::(?<password>[^@]*(?:@[^@/?]*)*))?@)?(?<hosts>[^/?]*)(?:\/(?<database>[^?]*))?(?:\?(?<query>[^]*))?$/;
    foreignDialects = new Set(
      "mysql mariadb mssql oracle cockroachdb redshift snowflake bigquery databricks duckdb clickhouse firebird sybase access db2 ibm_db_sa hana teradata trino presto hive spanner crate awsathena".split(
        " "
      )
    );
    readers = /* @__PURE__ */ new Map([
      ["postgresql", postgresUrl],
      ["postgres", postgresUrl],
      ["sqlite", sqliteUrl]
    ]);
    ipv6Hint = "An IPv6 address stands in brackets: postgresql://user@[::1]:5432/database.";
  }
});

// src/adapters/libpq/libpq-parameters.ts
import { statSync as statSync4 } from "node:fs";
import { isIP } from "node:net";
function readDemands(parameters3, given) {
  for (const name2 of parameters3.keys()) {
    if (!known.has(name2)) {
      const called = /^[a-z_]{1,40}$/.test(name2) ? `"${name2}"` : "a parameter";
      throw unavailable6(
        `The database URL has ${called} in its query, which libpq doesn't know; the upgrade couldn't connect either.`,
        "Remove it from the URL, or look for a typing error."
      );
    }
  }
  requireNumber("connect_timeout", given("connect_timeout", "PGCONNECT_TIMEOUT"));
  for (const [name2, variable, harmless4] of notHonoured) {
    const value2 = given(name2, variable);
    if (value2 !== null && !harmless4.includes(value2))
      throw unavailable6(
        `The connection asks for ${name2} (${variable}), which the guard doesn't support.`,
        "Give the guard a URL without it."
      );
  }
  const gss = oneOf("gssencmode", given("gssencmode", "PGGSSENCMODE"), ["disable", "prefer", "require"]);
  if (gss === "require")
    throw unavailable6(
      "The connection asks for gssencmode=require, and the guard can't encrypt with GSSAPI.",
      "Give the guard a URL with sslmode=require instead."
    );
  const minVersion = tlsVersion(
    "ssl_min_protocol_version",
    given("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION")
  );
  const maxVersion = tlsVersion(
    "ssl_max_protocol_version",
    given("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION")
  );
  const least = minVersion ?? "TLSv1.2";
  if (maxVersion !== null && tlsVersions.indexOf(maxVersion) < tlsVersions.indexOf(least))
    throw unavailable6(
      "The ssl_max_protocol_version of the connection is below ssl_min_protocol_version.",
      null
    );
  return {
    addresses: addressesIn(given("hostaddr", "PGHOSTADDR")),
    channelBinding: oneOf("channel_binding", given("channel_binding", "PGCHANNELBINDING"), [
      "disable",
      "prefer",
      "require"
    ]) ?? "prefer",
    requirePeer: given("requirepeer", "PGREQUIREPEER"),
    minVersion,
    maxVersion
  };
}
function checkKeepalives(parameters3) {
  for (const name2 of [
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout"
  ])
    requireNumber(name2, parameters3.get(name2) ?? null);
}
function requireNumber(name2, text4) {
  if (text4 !== null && !/^\s*[-+]?\d+\s*$/.test(text4))
    throw unavailable6(`The ${name2} of the connection is not a whole number, and libpq refuses it.`, null);
}
function oneOf(name2, text4, values) {
  if (text4 === null) return null;
  const value2 = values.find((one) => one === text4);
  if (value2 !== void 0) return value2;
  throw unavailable6(
    `The ${name2} of the connection is none that libpq knows.`,
    `It is one of ${values.join(", ")}.`
  );
}
function tlsVersion(name2, text4) {
  if (text4 === null) return null;
  const value2 = tlsVersions.find((one) => one.toLowerCase() === text4.toLowerCase());
  if (value2 !== void 0) return value2;
  throw unavailable6(
    `The ${name2} of the connection is none that libpq knows.`,
    `It is one of ${tlsVersions.join(", ")}.`
  );
}
function addressesIn(text4) {
  return (text4 === null ? [] : text4.split(",")).map((address) => {
    if (address === "") return null;
    if (isIP(address) !== 0) return address;
    throw unavailable6(
      "The hostaddr of the connection (PGHOSTADDR) is no IP address, and libpq refuses it.",
      "Put a host name into host."
    );
  });
}
function keyProblem(path) {
  const stat = statSync4(path, { throwIfNoEntry: false });
  if (!stat)
    return unavailable6(
      "The connection has a client certificate, and its private key is missing.",
      "Name it with sslkey=."
    );
  if (!stat.isFile())
    return unavailable6("The private key of the connection (sslkey) is not a regular file.", null);
  if ((stat.mode & (stat.uid === 0 ? 31 : 63)) === 0) return null;
  return unavailable6(
    "Others may read the private key of the connection (sslkey), so libpq refuses to use it.",
    "Give it mode 0600 (chmod 600)."
  );
}
function unavailable6(message, hint) {
  return new GuardError("unavailable", message, hint);
}
var known, notHonoured, tlsVersions;
var init_libpq_parameters = __esm({
  "src/adapters/libpq/libpq-parameters.ts"() {
    "use strict";
    init_errors();
    known = new Set(
      `application_name authtype channel_binding client_encoding connect_timeout dbname fallback_application_name gssdelegation
  gssencmode gsslib host hostaddr keepalives keepalives_count keepalives_idle keepalives_interval krbsrvname
  load_balance_hosts max_protocol_version min_protocol_version oauth_client_id oauth_client_secret oauth_issuer oauth_scope
  options passfile password port replication require_auth requirepeer requiressl scram_client_key scram_server_key service
  servicefile sslcert sslcertmode sslcompression sslcrl sslcrldir sslkey sslkeylogfile sslmode sslnegotiation sslpassword
  sslrootcert sslsni ssl_max_protocol_version ssl_min_protocol_version target_session_attrs tcp_user_timeout tty user
  autocommit plugin prepare_threshold ssl`.split(/\s+/)
    );
    notHonoured = [
      ["require_auth", "PGREQUIREAUTH", []],
      ["sslcrldir", "PGSSLCRLDIR", []],
      ["sslcertmode", "PGSSLCERTMODE", ["allow"]],
      ["sslnegotiation", "PGSSLNEGOTIATION", ["postgres"]],
      ["scram_client_key", "PGSCRAMCLIENTKEY", []],
      ["replication", "PGREPLICATION", ["false", "off", "no", "0"]]
    ];
    tlsVersions = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
  }
});

// src/adapters/libpq/libpq.ts
import { existsSync, statSync as statSync5 } from "node:fs";
import { homedir, userInfo } from "node:os";
import { isIP as isIP2 } from "node:net";
import { isAbsolute, join, resolve as resolve2 } from "node:path";
function planConnection(url2, env, cwd) {
  const given = (name2, variable) => url2.parameters.get(name2) ?? (env[variable] || null);
  if (given("service", "PGSERVICE") !== null)
    throw unavailable7(
      "The connection names a service (PGSERVICE or service=), and the service file isn't read.",
      "Write host, port, user and database into the URL."
    );
  const usesLibpq = !withoutLibpq.has(url2.driver ?? "");
  const demands = usesLibpq ? readDemands(url2.parameters, given) : noDemands;
  const home = env["HOME"] || homedir();
  const user = url2.user ?? (env["PGUSER"] || userInfo().username);
  const database = url2.database ?? (env["PGDATABASE"] || user);
  const password = url2.password ?? (env["PGPASSWORD"] || null);
  const sslmode = url2.parameters.get("sslmode") ?? url2.parameters.get("ssl") ?? (env["PGSSLMODE"] || "prefer");
  requireSslmode(sslmode);
  const pathOf3 = (name2, variable, standard) => {
    const path = given(name2, variable);
    return path === null ? join(home, ".postgresql", standard) : atPath(path, cwd, home);
  };
  const tls = () => {
    const cert = readIfThere(pathOf3("sslcert", "PGSSLCERT", "postgresql.crt"));
    const key = pathOf3("sslkey", "PGSSLKEY", "postgresql.key");
    const rootCert = given("sslrootcert", "PGSSLROOTCERT");
    const attempts = tlsAttempts(sslmode, {
      ca: rootCert === "system" ? rootCert : readIfThere(pathOf3("sslrootcert", "PGSSLROOTCERT", "root.crt")),
      crl: readIfThere(pathOf3("sslcrl", "PGSSLCRL", "root.crl")),
      cert,
      key: cert === null ? null : readIfThere(key),
      keyProblem: cert === null || sslmode === "disable" ? null : keyProblem(key),
      passphrase: url2.parameters.get("sslpassword") ?? null
    });
    const { minVersion, maxVersion } = demands;
    const versions = { ...minVersion && { minVersion }, ...maxVersion && { maxVersion } };
    return attempts.map((one) => one === false ? one : { ...one, ...versions });
  };
  const passfile = password === null ? readPassfile(given("passfile", "PGPASSFILE"), cwd, home) : [];
  const hosts = hostsOf(url2, env, demands.addresses);
  const targets = hosts.map(({ host: host2, port, address }) => {
    const local = address === null && isSocket(host2);
    if (local && demands.requirePeer !== null)
      throw unavailable7(
        "The connection asks for requirepeer, and the guard can't see which user a socket's server runs as.",
        "Give the guard a URL without it."
      );
    if (!local && usesLibpq) checkKeepalives(url2.parameters);
    const name2 = address === null || isSocket(host2) ? {} : { host: host2, ...isIP2(host2) === 0 && { servername: host2 } };
    return {
      host: host2,
      address,
      port,
      password: password ?? lookUpPassword(passfile, { host: host2, port, database, user }),
      tls: local ? [false] : tls().map((one) => one === false ? one : { ...one, ...name2 })
    };
  });
  return {
    targets,
    user,
    database,
    applicationName: given("application_name", "PGAPPNAME") ?? "alembic-guard",
    settings: parseServerOptions(given("options", "PGOPTIONS") ?? ""),
    attributes: sessionAttributes(given("target_session_attrs", "PGTARGETSESSIONATTRS") ?? "any"),
    connectTimeoutMs: connectTimeout(given("connect_timeout", "PGCONNECT_TIMEOUT")),
    sslmode,
    channelBinding: demands.channelBinding
  };
}
function requireSslmode(sslmode) {
  if (!sslmodes.includes(sslmode))
    throw unavailable7(
      "The sslmode of the connection is none that libpq knows.",
      `It is one of ${sslmodes.join(", ")}.`
    );
}
function isSocket(host2) {
  return host2.startsWith("/") || host2.startsWith("@");
}
function hostsOf(url2, env, addresses) {
  const ports = (env["PGPORT"] ?? "").split(",").map(Number);
  const standardPort = (index) => (ports.length > 1 ? ports[index] : ports[0]) || 5432;
  const fromEnvironment = (env["PGHOST"] ?? "").split(",").filter((host2) => host2 !== "").map((host2) => ({ host: host2, port: null }));
  const named3 = url2.hosts.length > 0 ? url2.hosts : fromEnvironment;
  const names2 = named3.some(({ host: host2 }) => host2 !== null) ? named3 : [];
  if (names2.length > 0 && addresses.length > 0 && names2.length !== addresses.length)
    throw unavailable7(
      `The connection names ${names2.length} hosts and ${addresses.length} addresses (hostaddr, PGHOSTADDR), and libpq refuses that.`,
      "Give one address for each host."
    );
  const blank = { host: null, port: named3[0]?.port ?? null };
  const unnamed = addresses.length > 0 ? addresses.map(() => blank) : named3.length > 0 ? named3 : [blank];
  return (names2.length > 0 ? names2 : unnamed).map(({ host: host2, port }, index) => {
    const where = port ?? standardPort(index);
    const address = addresses[index] ?? null;
    return {
      host: host2 ?? address ?? fromEnvironment[0]?.host ?? localServer(where),
      port: where,
      address
    };
  });
}
function localServer(port) {
  return socketFolders.find((folder) => existsSync(join(folder, `.s.PGSQL.${port}`))) ?? "localhost";
}
function tlsAttempts(sslmode, files) {
  requireSslmode(sslmode);
  if (sslmode === "disable") return [false];
  if (files.keyProblem) {
    if (sslmode === "allow" || sslmode === "prefer") return [false];
    throw files.keyProblem;
  }
  const client = {
    ...files.cert !== null && files.key !== null ? { cert: files.cert, key: files.key } : {},
    ...files.passphrase !== null ? { passphrase: files.passphrase } : {},
    ...files.crl && files.ca !== null ? { crl: files.crl } : {}
  };
  if (files.ca === "system") {
    if (sslmode === "verify-full") return [client];
    throw unavailable7(
      `sslmode ${sslmode} is too weak for sslrootcert=system; libpq refuses it.`,
      "Use verify-full."
    );
  }
  const encrypted = files.ca === null ? { ...client, rejectUnauthorized: false } : { ...client, ca: files.ca, checkServerIdentity: () => void 0 };
  if (sslmode === "allow") return [false, encrypted];
  if (sslmode === "prefer") return [encrypted, false];
  if (sslmode === "require") return [encrypted];
  if (files.ca === null)
    throw unavailable7(
      `sslmode ${sslmode} needs a root certificate, and there is none.`,
      "Name it with sslrootcert=, or put it at ~/.postgresql/root.crt; sslmode=require encrypts without checking."
    );
  return sslmode === "verify-ca" ? [encrypted] : [{ ...client, ca: files.ca }];
}
function parseServerOptions(options) {
  const words = (options.match(/(?:\\[^]|[^\s\\])+/g) ?? []).map((word) => word.replace(/\\([^])/g, "$1"));
  const settings = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    const setting = word === "-c" ? words[++index] : /^(?:-c|--)(.+)$/s.exec(word)?.[1];
    const parts2 = /^([^=]+)=(.*)$/s.exec(setting ?? "");
    const name2 = parts2?.[1]?.replaceAll("-", "_").toLowerCase();
    if (parts2 && name2 && settingsThatMatter.has(name2)) settings.push({ name: name2, value: parts2[2] ?? "" });
  }
  return settings;
}
function sessionAttributes(text4) {
  if (text4 === "prefer-standby") return ["standby", "any"];
  const known2 = ["any", "read-write", "read-only", "primary", "standby"];
  const attribute = known2.find((name2) => name2 === text4);
  if (attribute) return [attribute];
  throw unavailable7("The target_session_attrs of the connection is none that libpq knows.", null);
}
function connectTimeout(text4) {
  const seconds2 = Number(text4 ?? 0);
  return Number.isFinite(seconds2) && seconds2 > 0 ? Math.max(2, seconds2) * 1e3 : null;
}
function readPassfile(path, cwd, home) {
  const file = path === null ? join(home, ".pgpass") : atPath(path, cwd, home);
  if (readableByOthers(file)) return [];
  return parsePassfile(readIfThere(file) ?? "");
}
function readableByOthers(path) {
  try {
    return (statSync5(path).mode & 63) !== 0;
  } catch {
    return true;
  }
}
function parsePassfile(text4) {
  return text4.split(/\r?\n/).flatMap((line) => {
    if (line.startsWith("#")) return [];
    const fields2 = line.match(/(?:^|:)((?:\\[^]|[^:\\])*)/g)?.map((field2, index) => field2.slice(index && 1));
    if (!fields2 || fields2.length < 5) return [];
    const [host2 = "", port = "", database = "", user = "", password = ""] = fields2.map(
      (field2) => field2.replace(/\\([^])/g, "$1")
    );
    return [[host2, port, database, user, password]];
  });
}
function lookUpPassword(lines, wanted) {
  const host2 = socketFolders.includes(wanted.host) ? "localhost" : wanted.host;
  const values = [host2, String(wanted.port), wanted.database, wanted.user];
  const line = lines.find(
    (fields2) => values.every((value2, index) => fields2[index] === "*" || fields2[index] === value2)
  );
  return line?.[4] || null;
}
function atPath(path, cwd, home) {
  if (path.startsWith("~/")) return join(home, path.slice(2));
  return isAbsolute(path) ? path : resolve2(cwd, path);
}
function readIfThere(path) {
  try {
    return readRegularFile(path)?.toString() ?? null;
  } catch {
    return null;
  }
}
function unavailable7(message, hint) {
  return new GuardError("unavailable", message, hint);
}
var sslmodes, settingsThatMatter, socketFolders, withoutLibpq, noDemands;
var init_libpq = __esm({
  "src/adapters/libpq/libpq.ts"() {
    "use strict";
    init_errors();
    init_regular_file();
    init_libpq_parameters();
    sslmodes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
    settingsThatMatter = /* @__PURE__ */ new Set(["search_path", "role", "row_security", "default_transaction_read_only"]);
    socketFolders = ["/var/run/postgresql", "/tmp"];
    withoutLibpq = /* @__PURE__ */ new Set(["asyncpg", "pg8000"]);
    noDemands = {
      addresses: [],
      channelBinding: "prefer",
      requirePeer: null,
      minVersion: null,
      maxVersion: null
    };
  }
});

// src/adapters/postgres/errors.ts
function ownFailure(kind) {
  return Object.assign(new Error(kind), { code: ownFailures[kind] });
}
function codeOf(error) {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return typeof code === "string" ? code : "";
}
function textOf4(error) {
  return error instanceof Error ? error.message : String(error);
}
function saidByServer(error) {
  return /^[0-9A-Z]{5}$/.test(codeOf(error)) && error instanceof Error && "severity" in error;
}
function lacksTls(error) {
  return noTlsOffered.test(textOf4(error)) || noTlsAnswer.test(textOf4(error));
}
function isTlsFailure(error) {
  const code = codeOf(error);
  return lacksTls(error) || /^(?:ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_OSSL)/.test(
    code
  ) || /socket disconnected before secure TLS connection/.test(textOf4(error));
}
function callsForOtherTls(error) {
  return isTlsFailure(error) || codeOf(error) === "28000" || /SSL required/i.test(textOf4(error));
}
function mayPass(error) {
  const code = codeOf(error);
  return code === "ECONNREFUSED" || code === "57P03" || code === "53300" || code === "08P01" && /too many|no more connections|query_wait_timeout|server_login_retry/i.test(textOf4(error));
}
function callsForOtherHost(error) {
  return !saidByServer(error) ? codeOf(error) !== ownFailures.noPassword : mayPass(error);
}
function explainConnectionFailure(error, context) {
  const { plan, target, deadline } = context;
  if (error instanceof GuardError) return error;
  const where = addressOf(target);
  if (deadline.signal.aborted) return deadline.expired(`Connecting to ${where}`);
  const code = codeOf(error);
  const known2 = connectionProblems(where, plan)[code] ?? fromServerText(where, plan, error);
  if (known2) return unavailable8(...known2);
  if (isTlsFailure(error)) return explainTls(error, where, plan);
  if (/Connection terminated/.test(textOf4(error)))
    return unavailable8(
      `${capital(where)} closed the connection before it said anything.`,
      "Look whether a PostgreSQL server listens there, and at its log."
    );
  return explainUnknown(error, `Connecting to ${where} failed`, plan);
}
function explainQueryFailure(error, doing, context) {
  if (error instanceof GuardError) return error;
  if (context.deadline.signal.aborted) return context.deadline.expired(doing);
  const code = codeOf(error);
  if (code === "57014")
    return unavailable8(
      `${doing} was cancelled by the server: it took too long.`,
      "Raise --timeout, or try again."
    );
  if (code === "42501")
    return unavailable8(
      `${doing} failed: the role of the connection has no permission.`,
      "Grant it USAGE on the schema and SELECT on the table, or use the URL that the migration uses."
    );
  if (code === "08P01" && /query_wait_timeout/.test(textOf4(error)))
    return unavailable8(
      `${doing} failed: the pooler had no free connection to the server.`,
      "Use the URL of the server itself, or release at a quieter time."
    );
  if (/^57P0|^08/.test(code) || /Connection terminated|ECONNRESET|EPIPE/.test(`${code} ${textOf4(error)}`))
    return unavailable8(
      `${doing} failed: the server ended the connection.`,
      "Try again; the server may be restarting or failing over."
    );
  if (code === ownFailures.noise || code === "" && /received invalid response/.test(textOf4(error)))
    return unavailable8(`${doing} failed: what the server answers can't be understood.`, noiseHint);
  return explainUnknown(error, `${doing} failed`, context.plan);
}
function connectionProblems(where, plan) {
  const unknownHost = [
    `The name of ${where} can't be resolved.`,
    "Look for a typing error in the host of the database URL, or for a network without name service."
  ];
  const notReachable = [`${capital(where)} can't be reached from this network.`, null];
  return {
    ENOTFOUND: unknownHost,
    EAI_AGAIN: unknownHost,
    ECONNREFUSED: [`Nothing listens at ${where}.`, "Look whether the server runs and the port is right."],
    ENOENT: [`There is no server socket at ${where}.`, "Look whether the server runs on this machine."],
    EACCES: [`This user may not open the server socket at ${where}.`, null],
    ECONNRESET: [`${capital(where)} broke the connection off.`, "Look at the log of the server."],
    EHOSTUNREACH: notReachable,
    ENETUNREACH: notReachable,
    ETIMEDOUT: [`${capital(where)} did not answer.`, "Look whether a firewall lets this machine through."],
    [ownFailures.hostTimeout]: [`${capital(where)} did not answer within connect_timeout.`, null],
    [ownFailures.noPassword]: [
      `${capital(where)} asks for a password, and none was given.`,
      "Put it into the database URL, PGPASSWORD or ~/.pgpass (which must have mode 0600)."
    ],
    [ownFailures.noChannelBinding]: [
      `${capital(where)} offers no channel binding, and channel_binding=require asks for it.`,
      "It takes TLS and a password that is stored as scram-sha-256."
    ],
    [ownFailures.notPostgres]: [
      `What answers at ${where} is not a PostgreSQL server.`,
      "Look at the port of the database URL."
    ],
    [ownFailures.noise]: [`What ${where} answers can't be understood.`, noiseHint],
    [ownFailures.wrongKind]: [
      `${capital(where)} is not of the kind that target_session_attrs asks for (${plan.attributes[0]}).`,
      null
    ],
    "28P01": [`${capital(where)} refuses the password or does not know the user.`, credentialsHint],
    "3D000": [`There is no database "${plan.database}" at ${where}.`, null],
    "57P03": [`${capital(where)} is starting up or shutting down.`, "Try again in a moment."],
    "53300": [
      `${capital(where)} has no connection left for this role or database.`,
      "Close connections that nobody needs, or release at a quieter time."
    ],
    "42501": [`The role may not connect to the database "${plan.database}" at ${where}.`, null]
  };
}
function fromServerText(where, plan, error) {
  const text4 = textOf4(error);
  if (!saidByServer(error)) return null;
  if (/pg_hba\.conf|SSL required|encryption|SSL off/i.test(text4))
    return plan.sslmode === "disable" || /no encryption|SSL off|SSL required/i.test(text4) ? [
      `${capital(where)} lets this user in only over TLS (or from other addresses).`,
      "Try sslmode=require in the database URL; otherwise the server has to allow this address."
    ] : [`The pg_hba.conf of ${where} has no entry that lets this user in from here.`, null];
  if (codeOf(error) === "28000" || /auth|password|no such user/i.test(text4))
    return [`${capital(where)} refuses the password or does not know the user.`, credentialsHint];
  if (/no such database/i.test(text4)) return [`There is no database "${plan.database}" at ${where}.`, null];
  if (mayPass(error)) return connectionProblems(where, plan)["53300"] ?? null;
  return null;
}
function explainTls(error, where, plan) {
  const code = codeOf(error);
  if (noTlsOffered.test(textOf4(error)))
    return unavailable8(
      `${capital(where)} offers no TLS, and sslmode ${plan.sslmode} asks for it.`,
      "If the network is trusted, use sslmode=prefer."
    );
  if (noTlsAnswer.test(textOf4(error)))
    return unavailable8(`What answers at ${where} is not a PostgreSQL server, or it is out of order.`, null);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return unavailable8(
      `The certificate of ${where} was made for another name.`,
      "Use the name in the certificate, or sslmode=verify-ca."
    );
  if (code === "CERT_HAS_EXPIRED") return unavailable8(`The certificate of ${where} has expired.`, null);
  if (/^(?:DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_)/.test(code))
    return unavailable8(
      `The certificate of ${where} can't be verified (${code}).`,
      "Give the right root certificate with sslrootcert=; sslmode=require without one encrypts unverified."
    );
  return unavailable8(`TLS with ${where} failed (${code || "broken off"}).`, null);
}
function explainUnknown(error, what, plan) {
  const code = codeOf(error) || "no code";
  const text4 = textOf4(error);
  const secrets = [plan.user, ...plan.targets.map((target) => target.password ?? "")];
  const tells = !saidByServer(error) || secrets.some((secret) => secret !== "" && text4.includes(secret));
  const words = text4.replace(/\s+/g, " ").slice(0, 300);
  return unavailable8(tells ? `${what} (${code}).` : `${what}: ${words} (${code}).`, null);
}
function addressOf(target) {
  if (/^[/@]/.test(target.host)) return `the server in ${target.host} (port ${target.port})`;
  const host2 = target.host.includes(":") ? `[${target.host}]` : target.host;
  return `the server ${host2}:${target.port}`;
}
function capital(text4) {
  return text4.charAt(0).toUpperCase() + text4.slice(1);
}
function unavailable8(message, hint) {
  return new GuardError("unavailable", message, hint);
}
var ownFailures, noTlsOffered, noTlsAnswer, noiseHint, credentialsHint;
var init_errors3 = __esm({
  "src/adapters/postgres/errors.ts"() {
    "use strict";
    init_errors();
    ownFailures = {
      noPassword: "GUARD_NO_PASSWORD",
      notPostgres: "GUARD_NOT_POSTGRES",
      wrongKind: "GUARD_WRONG_KIND",
      hostTimeout: "GUARD_HOST_TIMEOUT",
      noise: "GUARD_NOISE",
      noChannelBinding: "GUARD_NO_CHANNEL_BINDING"
    };
    noTlsOffered = /does not support SSL/;
    noTlsAnswer = /error establishing an SSL connection/;
    noiseHint = "Try again; look what stands between this machine and the server.";
    credentialsHint = "Credentials may have been rotated: compare with what the platform shows now.";
  }
});

// src/adapters/postgres/answer-shape.ts
function oneOf2(...all) {
  const known2 = new Set(all);
  return (value2) => known2.has(value2);
}
function orNull2(shape) {
  return (value2) => value2 === null || shape(value2);
}
function listOf(shape) {
  return (value2) => Array.isArray(value2) && value2.every((item2) => shape(item2));
}
function row(...shapes) {
  return (value2) => Array.isArray(value2) && value2.length === shapes.length && shapes.every((shape, index) => shape(value2[index]));
}
function fields(shapes) {
  const all = Object.entries(shapes);
  return (value2) => typeof value2 === "object" && value2 !== null && all.every(([name2, shape]) => shape(value2[name2]));
}
function parseAnswer(json, shape) {
  const value2 = json === null || json === void 0 ? void 0 : parsed(json);
  if (shape(value2)) return value2;
  throw new GuardError(
    "unavailable",
    "The server answered a question about its catalog with something else than it asked for.",
    "Connect to PostgreSQL itself and not through a proxy that rewrites queries; if it is PostgreSQL itself, please report its version."
  );
}
function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    return void 0;
  }
}
var text3, number3, flag;
var init_answer_shape = __esm({
  "src/adapters/postgres/answer-shape.ts"() {
    "use strict";
    init_errors();
    text3 = (value2) => typeof value2 === "string";
    number3 = (value2) => typeof value2 === "number";
    flag = (value2) => typeof value2 === "boolean";
  }
});

// src/adapters/postgres/query-schema.ts
function schemaFrom(json) {
  const all = parseAnswer(json, answerShape);
  const tables = /* @__PURE__ */ new Map();
  for (const [oid, schema, name2, visible, places] of all.tables) {
    tables.set(oid, {
      schema,
      name: name2,
      visible,
      columns: [],
      indexes: [],
      constraints: [],
      droppedColumns: places
    });
  }
  for (const [oid, name2, type, nullable, serverDefault] of all.columns) {
    const table = tables.get(oid);
    if (!table) continue;
    table.columns.push({ name: name2, type, nullable, serverDefault });
    table.droppedColumns -= 1;
  }
  for (const [oid, name2, unique, definition2] of all.indexes) {
    tables.get(oid)?.indexes.push({ name: name2, unique, definition: definition2 });
  }
  for (const [oid, name2, kind, definition2] of all.constraints) {
    tables.get(oid)?.constraints.push({ name: name2, kind: constraintKinds[kind] ?? "other", definition: definition2 });
  }
  return {
    dialect: "postgresql",
    defaultSchema: all.defaultSchema,
    schemas: all.schemas,
    tables: [...tables.values()],
    enums: all.enums.map(([schema, name2, visible, labels]) => ({
      schema,
      name: name2,
      visible,
      values: labels ?? []
    }))
  };
}
function transactionsFrom(json) {
  if (json === null) return { kind: "unavailable", reason: "the server did not answer" };
  const all = parseAnswer(json, transactionShape);
  if (all.whole !== true) {
    return {
      kind: "unavailable",
      reason: "the catalog was made anew by a dump and restore or a server upgrade"
    };
  }
  const rows2 = (all.versions ?? []).map(([version, xid]) => ({
    version: version ?? "",
    made: all.made.filter((object2) => object2[0] === xid).map(([, kind, schema, name2, owner]) => ({ kind, schema, name: name2, table: owner }))
  }));
  if (all.tables > 0 && all.tablesOfRows === all.tables) {
    return {
      kind: "unavailable",
      reason: "one transaction made all tables, so it does not tell the last migration from the others"
    };
  }
  return { kind: "available", rows: rows2 };
}
function transactionQuery({ schema, name: name2 }) {
  const qualified3 = `${quoteIdentifier(schema)}.${quoteIdentifier(name2)}`;
  return `WITH v AS (SELECT CASE WHEN version_num IS NOT NULL THEN pg_catalog.format('%s', version_num) END AS version, xmin::text AS xid FROM ${qualified3}),
  t AS (SELECT c.oid, n.nspname, c.relname, a.xmin::text AS xid FROM ${tablesOf}
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = -1),
  this AS (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ${quotePostgresText(schema)} AND c.relname = ${quotePostgresText(name2)}),
  made AS (
    SELECT n.xmin::text AS xid, 'schema' AS kind, n.nspname AS schema, n.nspname AS name, NULL::name AS owner
      FROM pg_catalog.pg_namespace n WHERE ${ours}
    UNION ALL SELECT xid, 'table', nspname, relname, NULL FROM t WHERE oid NOT IN (SELECT oid FROM this)
    UNION ALL SELECT a.xmin::text, 'column', t.nspname, a.attname, t.relname FROM t
      JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE a.xmin::text <> t.xid
    UNION ALL SELECT a.xmin::text, 'droppedColumn', t.nspname, '', t.relname FROM t
      JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND a.attisdropped
      WHERE a.xmin::text <> t.xid
    UNION ALL SELECT i.xmin::text, 'index', t.nspname, x.relname, t.relname FROM t
      JOIN pg_catalog.pg_index i ON i.indrelid = t.oid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
      WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = t.oid)
    UNION ALL SELECT k.xmin::text, 'constraint', t.nspname, k.conname, t.relname FROM t
      JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid AND k.contype <> 'n' WHERE k.xmin::text <> t.xid
    UNION ALL SELECT y.xmin::text, 'enum', n.nspname, y.typname, NULL FROM pg_catalog.pg_type y
      JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace AND y.typtype = 'e' AND ${ours}
    UNION ALL SELECT c.xmin::text, CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'view' END, n.nspname, c.relname, NULL
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND ${ours}
      WHERE c.relkind IN ('S', 'v', 'm'))
  SELECT pg_catalog.json_build_object(
    'versions', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(version, xid)) FROM v),
    'whole', (SELECT pg_catalog.bool_or(a.xmin::text = k.xmin::text) FROM this
      JOIN pg_catalog.pg_attribute a ON a.attrelid = this.oid AND a.attnum = -1
      JOIN pg_catalog.pg_constraint k ON k.conrelid = this.oid AND k.contype = 'p'),
    'tables', (SELECT pg_catalog.count(*) FROM t WHERE oid NOT IN (SELECT oid FROM this)),
    'tablesOfRows', (SELECT pg_catalog.count(*) FROM t WHERE oid NOT IN (SELECT oid FROM this) AND xid IN (SELECT xid FROM v)),
    'made', COALESCE((SELECT pg_catalog.json_agg(pg_catalog.json_build_array(xid, kind, schema, name, owner))
      FROM made WHERE xid IN (SELECT xid FROM v)), '[]'::json))`;
}
function locksOf(oid) {
  return `COALESCE((SELECT pg_catalog.json_agg(${lockObject})
    FROM ${locksOfOthers} AND l.relation = ${oid}), '[]'::json)`;
}
var answerShape, constraintKinds, firstUserOid, ours, tablesOf, listOf2, schemaQuery, transactionShape, lockObject, locksOfOthers, locksOfAll;
var init_query_schema = __esm({
  "src/adapters/postgres/query-schema.ts"() {
    "use strict";
    init_sql_quoting();
    init_answer_shape();
    answerShape = fields({
      defaultSchema: orNull2(text3),
      schemas: listOf(text3),
      tables: listOf(row(number3, text3, text3, flag, number3)),
      columns: listOf(row(number3, text3, text3, flag, orNull2(text3))),
      indexes: listOf(row(number3, text3, flag, text3)),
      constraints: listOf(row(number3, text3, text3, text3)),
      enums: listOf(row(text3, text3, flag, orNull2(listOf(text3))))
    });
    constraintKinds = {
      p: "primaryKey",
      u: "unique",
      f: "foreignKey",
      c: "check",
      x: "exclude"
    };
    firstUserOid = 16384;
    ours = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;
    tablesOf = `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  AND c.relkind IN ('r', 'p') AND ${ours}`;
    listOf2 = (values, from) => `COALESCE((SELECT pg_catalog.json_agg(pg_catalog.json_build_array(${values})) FROM ${from}), '[]'::json)`;
    schemaQuery = `SELECT pg_catalog.json_build_object(
  'defaultSchema', pg_catalog.current_schema(),
  'schemas', COALESCE((SELECT pg_catalog.json_agg(n.nspname) FROM pg_catalog.pg_namespace n WHERE ${ours}), '[]'::json),
  'tables', ${listOf2("c.oid::bigint, n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid), c.relnatts", tablesOf)},
  'columns', ${listOf2(
      `a.attrelid::bigint, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
     CASE WHEN a.atthasdef THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END`,
      `(SELECT a.* FROM pg_catalog.pg_attribute a JOIN ${tablesOf} ON c.oid = a.attrelid
      WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum) a
     LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum`
    )},
  'indexes', ${listOf2(
      "i.indrelid::bigint, x.relname, i.indisunique, pg_catalog.pg_get_indexdef(i.indexrelid)",
      `pg_catalog.pg_index i JOIN ${tablesOf} ON c.oid = i.indrelid
     JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid`
    )},
  'constraints', ${listOf2(
      "k.conrelid::bigint, k.conname, k.contype, pg_catalog.pg_get_constraintdef(k.oid)",
      `pg_catalog.pg_constraint k JOIN ${tablesOf} ON c.oid = k.conrelid WHERE k.contype <> 'n'`
    )},
  'enums', ${listOf2(
      `n.nspname, t.typname, pg_catalog.pg_type_is_visible(t.oid),
     (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)`,
      `pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace AND t.typtype = 'e' AND ${ours}`
    )})`;
    transactionShape = fields({
      versions: orNull2(listOf(row(orNull2(text3), text3))),
      whole: orNull2(flag),
      tables: number3,
      tablesOfRows: number3,
      made: listOf(
        row(
          text3,
          oneOf2("schema", "table", "column", "droppedColumn", "index", "constraint", "enum", "sequence", "view"),
          text3,
          text3,
          orNull2(text3)
        )
      )
    });
    lockObject = `pg_catalog.json_build_object(
      'pid', COALESCE(l.pid, 0), 'mode', l.mode,
      'state', CASE WHEN l.pid IS NULL THEN 'prepared transaction' ELSE s.state END,
      'application', NULLIF(s.application_name, ''),
      'transactionAge', pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - s.xact_start),
      'blocksWrites', l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    ) ORDER BY l.pid, l.mode`;
    locksOfOthers = `pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity s ON s.pid = l.pid
    WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`;
    locksOfAll = `SELECT l.relation, pg_catalog.json_agg(${lockObject}) AS held
    FROM ${locksOfOthers} GROUP BY l.relation`;
  }
});

// src/adapters/postgres/relation-shape.ts
var lockShape, relationShape;
var init_relation_shape = __esm({
  "src/adapters/postgres/relation-shape.ts"() {
    "use strict";
    init_answer_shape();
    lockShape = fields({
      pid: number3,
      mode: text3,
      state: orNull2(text3),
      application: orNull2(text3),
      transactionAge: orNull2(number3),
      blocksWrites: flag
    });
    relationShape = fields({
      schema: text3,
      name: text3,
      kind: text3,
      visible: flag,
      readable: flag,
      writable: flag,
      mayInsert: flag,
      mayUpdate: flag,
      mayDelete: flag,
      unique: flag,
      runsCode: flag,
      columns: listOf(
        fields({
          name: text3,
          type: text3,
          nullable: flag,
          hasDefault: flag,
          base: text3,
          width: orNull2(number3)
        })
      ),
      locks: listOf(lockShape)
    });
  }
});

// src/adapters/postgres/query-objects.ts
function objectsFrom(json) {
  const all = parseAnswer(json, answerShape2);
  const tables = /* @__PURE__ */ new Map();
  for (const [oid, schema, name2, visible, related, owned, references, locks, described] of all.tables) {
    const access2 = { owned, references };
    const parts2 = { columns: [], indexes: [], constraints: [], dependents: [] };
    tables.set(oid, { schema, name: name2, visible, related, access: access2, locks, described, ...parts2 });
  }
  for (const [oid, name2, type, nullable, userType] of all.columns) {
    tables.get(oid)?.columns.push({ name: name2, type, nullable, serverDefault: null, userType });
  }
  for (const [oid, name2, unique, columns] of all.indexes) {
    tables.get(oid)?.indexes.push({ name: name2, unique, definition: null, columns });
  }
  for (const [oid, name2, kind, columns] of all.constraints) {
    const known2 = columns === null ? {} : { columns };
    const parts2 = { name: name2, kind: constraintKinds[kind] ?? "other", definition: null, ...known2 };
    tables.get(oid)?.constraints.push(parts2);
  }
  for (const [of, schema, name2, columns] of all.views) {
    const place = { kind: "view", schema, table: name2, name: name2, key: null };
    tables.get(of)?.dependents.push({ ...place, columns });
  }
  for (const [of, schema, table, name2, columns, key] of all.references) {
    tables.get(of)?.dependents.push({ kind: "foreign key", schema, table, name: name2, columns, key });
  }
  const relations = all.relations.map(([kind, schema, name2, table]) => ({ kind, schema, name: name2, table }));
  const types = all.types.map(([schema, name2]) => ({ schema, name: name2 }));
  const access = all.schemas.map(([name2, usage, create2, owned]) => ({
    name: name2,
    usage,
    create: create2,
    owned
  }));
  const enums = all.enums.map(
    ([schema, name2, visible, owned, values, described, users]) => ({
      schema,
      name: name2,
      visible,
      owned,
      values: values ?? [],
      described,
      dependents: (users ?? []).map(([where, table, column]) => ({
        kind: "column",
        schema: where,
        table,
        name: column,
        columns: null,
        key: null
      }))
    })
  );
  const { createSchemas, pathSetting } = all;
  return {
    dialect: "postgresql",
    defaultSchema: all.defaultSchema,
    schemas: access.map(({ name: name2 }) => name2),
    tables: [...tables.values()],
    enums,
    surroundings: { relations, types, access, createSchemas, pathSetting }
  };
}
function objectsQuery({ names: names2, schemas }) {
  return `WITH wanted AS (SELECT pg_catalog.unnest(${arrayOf(names2.filter((name2) => !name2.includes("\0")))}) AS name),
  named AS (
    SELECT c.*, n.nspname FROM (SELECT DISTINCT name FROM wanted) w
    JOIN pg_catalog.pg_class c ON c.relname = w.name
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'),
  t AS (SELECT * FROM named WHERE relkind IN ('r', 'p')),
  locks AS (${locksOfAll})
  SELECT pg_catalog.json_build_object(
    'defaultSchema', pg_catalog.current_schema(),
    'pathSetting', (SELECT COALESCE(pg_catalog.json_agg(
        CASE p WHEN '$user' THEN CURRENT_USER::text ELSE p END), '[]'::json)
      FROM (SELECT pg_catalog.btrim(x, ' "') AS p FROM pg_catalog.unnest(
        pg_catalog.string_to_array(pg_catalog.current_setting('search_path'), ',')) x) y),
    'createSchemas', pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
    'schemas', ${listOf2(
    `n.nspname, pg_catalog.has_schema_privilege(n.oid, 'USAGE'), pg_catalog.has_schema_privilege(n.oid, 'CREATE'),
       pg_catalog.pg_has_role(n.nspowner, 'USAGE')`,
    `pg_catalog.pg_namespace n WHERE n.nspname = ANY (${arrayOf(schemas.filter((name2) => !name2.includes("\0")))})
       OR n.nspname = ANY (pg_catalog.current_schemas(false)) OR n.oid IN (SELECT relnamespace FROM t)`
  )},
    'tables', ${listOf2(
    `t.oid::bigint, t.nspname, t.relname, pg_catalog.pg_table_is_visible(t.oid),
       t.relispartition OR t.relhassubclass OR EXISTS (SELECT 1 FROM pg_catalog.pg_inherits i WHERE i.inhrelid = t.oid),
       pg_catalog.pg_has_role(t.relowner, 'USAGE'), pg_catalog.has_any_column_privilege(t.oid, 'REFERENCES'),
       COALESCE(l.held, '[]'::json), pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, t.oid, 0)`,
    "t LEFT JOIN locks l ON l.relation = t.oid"
  )},
    'columns', ${listOf2(
    `a.attrelid::bigint, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
       (SELECT CASE WHEN b.oid::bigint < ${firstUserOid} THEN NULL
           WHEN b.typtype IN ('b', 'e') AND b.typelem = 0 AND NOT EXISTS (
             SELECT 1 FROM pg_catalog.pg_opclass o WHERE o.opcintype = b.oid AND NOT EXISTS (
               SELECT 1 FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_opclass'::regclass AND e.objid = o.oid
                 AND e.deptype = 'e')) THEN 'plain' ELSE 'equality' END
         FROM pg_catalog.pg_type y JOIN pg_catalog.pg_type b
           ON b.oid = CASE y.typtype WHEN 'd' THEN y.typbasetype ELSE y.oid END WHERE y.oid = a.atttypid)`,
    `(SELECT a.* FROM pg_catalog.pg_attribute a JOIN t ON t.oid = a.attrelid
        WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum) a`
  )},
    'indexes', ${listOf2(
    `i.indrelid::bigint, x.relname, i.indisunique,
       (SELECT pg_catalog.json_agg(a.attname ORDER BY k.place) FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY k(number, place)
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0)`,
    `pg_catalog.pg_index i JOIN t ON t.oid = i.indrelid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid`
  )},
    'constraints', ${listOf2(
    `k.conrelid::bigint, k.conname, k.contype,
       (SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.unnest(k.conkey) c(number)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.number)`,
    `pg_catalog.pg_constraint k JOIN t ON t.oid = k.conrelid WHERE k.contype <> 'n'`
  )},
    'views', ${listOf2(
    `v.refobjid::bigint, n.nspname, v.relname, v.columns`,
    `(SELECT d.refobjid, c.relname, c.relnamespace,
          COALESCE(pg_catalog.json_agg(DISTINCT a.attname::text) FILTER (WHERE a.attname IS NOT NULL), '[]'::json) AS columns
        FROM t JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = t.oid
          AND d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.deptype = 'n'
        JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid AND r.ev_class <> t.oid
        JOIN pg_catalog.pg_class c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm')
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
        GROUP BY d.refobjid, c.relname, c.relnamespace) v JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace`
  )},
    'references', ${listOf2(
    `k.confrelid::bigint, n.nspname, c.relname, k.conname,
       (SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.unnest(k.confkey) f(number)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = f.number),
       (SELECT p.conname FROM pg_catalog.pg_constraint p WHERE p.conrelid = k.confrelid
          AND p.conindid = k.conindid AND p.contype IN ('p', 'u') LIMIT 1)`,
    `pg_catalog.pg_constraint k JOIN t ON t.oid = k.confrelid AND k.contype = 'f' AND k.conrelid <> k.confrelid
       JOIN pg_catalog.pg_class c ON c.oid = k.conrelid AND NOT c.relispartition
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`
  )},
    'relations', ${listOf2(
    `CASE o.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'view'
         WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' ELSE 'other' END, o.nspname, o.relname,
       (SELECT b.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class b ON b.oid = i.indrelid
        WHERE i.indexrelid = o.oid)`,
    `named o WHERE o.relkind NOT IN ('r', 'p')`
  )},
    'enums', ${listOf2(
    `y.nspname, y.typname, pg_catalog.pg_type_is_visible(y.oid), pg_catalog.pg_has_role(y.typowner, 'USAGE'),
       (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = y.oid),
       pg_catalog.pg_describe_object('pg_catalog.pg_type'::regclass, y.oid, 0),
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(m.nspname, c.relname, a.attname))
        FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p')
        JOIN pg_catalog.pg_namespace m ON m.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND a.attnum > 0
        WHERE d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (y.oid, y.typarray)
          AND d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'n')`,
    `${typesNamed} AND y.typtype = 'e'`
  )},
    'types', ${listOf2("y.nspname, y.typname", `${typesNamed} AND y.typtype <> 'e' AND y.typrelid = 0`)})`;
}
var answerShape2, arrayOf, typesNamed;
var init_query_objects = __esm({
  "src/adapters/postgres/query-objects.ts"() {
    "use strict";
    init_sql_quoting();
    init_answer_shape();
    init_query_schema();
    init_relation_shape();
    answerShape2 = fields({
      defaultSchema: orNull2(text3),
      pathSetting: listOf(text3),
      createSchemas: flag,
      schemas: listOf(row(text3, flag, flag, flag)),
      tables: listOf(row(number3, text3, text3, flag, flag, flag, flag, listOf(lockShape), text3)),
      columns: listOf(row(number3, text3, text3, flag, orNull2(oneOf2("equality", "plain")))),
      indexes: listOf(row(number3, text3, flag, listOf(orNull2(text3)))),
      constraints: listOf(row(number3, text3, text3, orNull2(listOf(text3)))),
      relations: listOf(row(oneOf2("index", "sequence", "view", "other"), text3, text3, orNull2(text3))),
      enums: listOf(row(text3, text3, flag, flag, orNull2(listOf(text3)), text3, orNull2(listOf(row(text3, text3, text3))))),
      types: listOf(row(text3, text3)),
      views: listOf(row(number3, text3, text3, listOf(text3))),
      references: listOf(row(number3, text3, text3, text3, listOf(text3), orNull2(text3)))
    });
    arrayOf = (texts) => `ARRAY[${texts.map((name2) => quotePostgresText(name2)).join(", ")}]::text[]::name[]`;
    typesNamed = `(SELECT y.*, n.nspname FROM (SELECT DISTINCT name FROM wanted) w
  JOIN pg_catalog.pg_type y ON y.typname = w.name JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema') y WHERE true`;
  }
});

// src/adapters/postgres/query-rows.ts
function rowStatements(questions) {
  if (questions.length === 0) return [];
  return [
    `SELECT pg_catalog.set_config('statement_timeout', '${rowTimeoutMs}', true), pg_catalog.set_config('lock_timeout', '100', true),
      pg_catalog.set_config('row_security', 'off', true)`,
    ...questions.slice(0, maxQuestions).map((question2) => `SELECT ${rowsQuestion(question2)}`)
  ];
}
function rowsQuestion(question2) {
  const table = qualified(question2.table);
  if (question2.kind === "rows") return `EXISTS (SELECT 1 FROM ${table})`;
  const columns = question2.columns.map((column) => quoteIdentifier(column));
  if (question2.kind === "nulls") {
    const [column = "NULL"] = columns;
    return `EXISTS (SELECT 1 FROM (SELECT ${column} AS c FROM ${table} LIMIT ${maxRows2}) s WHERE c IS NULL)`;
  }
  const list3 = columns.join(", ");
  if (question2.kind === "orphans") return orphansQuestion(question2, columns);
  const complete = columns.map((column) => `${column} IS NOT NULL`).join(" AND ");
  return `EXISTS (SELECT 1 FROM (SELECT ${list3} FROM ${table} WHERE ${complete} LIMIT ${maxRows2}) s GROUP BY ${list3} HAVING pg_catalog.count(*) > 1)`;
}
function qualified({ schema, name: name2 }) {
  return schema === null ? quoteIdentifier(name2) : `${quoteIdentifier(schema)}.${quoteIdentifier(name2)}`;
}
function orphansQuestion({ table, target, targetColumns }, columns) {
  const complete = columns.map((column) => `${column} IS NOT NULL`).join(" AND ");
  const equal = targetColumns.map((column, index) => `t.${quoteIdentifier(column)} = s.${columns[index] ?? ""}`).join(" AND ");
  return `NOT pg_catalog.row_security_active(${quotePostgresText(qualified(target))}) AND EXISTS (
    SELECT 1 FROM (SELECT ${columns.join(", ")} FROM ${qualified(table)} WHERE ${complete} LIMIT ${maxReferences}) s
    WHERE NOT EXISTS (SELECT 1 FROM ${qualified(target)} t WHERE ${equal} OFFSET 0))`;
}
var maxRows2, maxReferences, rowTimeoutMs, maxQuestions;
var init_query_rows = __esm({
  "src/adapters/postgres/query-rows.ts"() {
    "use strict";
    init_sql_quoting();
    maxRows2 = 5e4;
    maxReferences = 1e4;
    rowTimeoutMs = 400;
    maxQuestions = 12;
  }
});

// src/adapters/postgres/query-counters.ts
function writeCountersFrom(json, versionTable) {
  if (json === null) return null;
  const { places, inserted, updated, older } = parseAnswer(json, answerShape3);
  const count = places ?? (inserted > 0 ? inserted + updated : null);
  return count === null ? null : {
    kind: "stampWrites",
    versionTable,
    count,
    older: older.map(([schema, name2]) => ({ schema, name: name2 }))
  };
}
function writeCountersQuery({ schema, name: name2 }) {
  const qualified3 = `${quoteIdentifier(schema)}.${quoteIdentifier(name2)}`;
  return `WITH v AS (SELECT c.oid, c.relpages, c.relfilenode FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ${quotePostgresText(schema)} AND c.relname = ${quotePostgresText(name2)} AND c.relkind = 'r'),
    p AS (SELECT (ctid::text::point)[0]::int AS page, (ctid::text::point)[1]::int AS place FROM ${qualified3})
  SELECT pg_catalog.json_build_object(
    'places', CASE WHEN v.relpages = 0 AND v.relfilenode = v.oid AND (SELECT pg_catalog.max(page) FROM p) = 0
      THEN (SELECT pg_catalog.max(place) FROM p) END,
    'inserted', pg_catalog.pg_stat_get_tuples_inserted(v.oid),
    'updated', pg_catalog.pg_stat_get_tuples_updated(v.oid),
    'older', COALESCE((SELECT pg_catalog.json_agg(pg_catalog.json_build_array(n.nspname, c.relname))
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.oid < v.oid),
      '[]'::json)) FROM v`;
}
var answerShape3;
var init_query_counters = __esm({
  "src/adapters/postgres/query-counters.ts"() {
    "use strict";
    init_sql_quoting();
    init_answer_shape();
    answerShape3 = fields({
      places: orNull2(number3),
      inserted: number3,
      updated: number3,
      older: listOf(row(text3, text3))
    });
  }
});

// src/adapters/postgres/query-batch.ts
async function runSnapshotBatch(session, wanted) {
  const { objects = null, transactionsOf: table = null, countersOf = null, rows: rows2 = [], last = false } = wanted;
  const ofSchema = objects && [{ ownPath: objects === "all" ? schemaQuery : objectsQuery(objects) }];
  const named3 = namedTable(table);
  const counted = namedTable(countersOf);
  const ofTransactions = named3 ? [transactionQuery(named3)] : [];
  const ofTally = counted ? [writeCountersQuery(counted)] : [];
  const statements = [...ofSchema ?? [], ...ofTransactions, ...ofTally, ...rowStatements(rows2)];
  const { answers, error } = statements.length === 0 ? { answers: [], error: null } : await (last ? session.tryLast(...statements) : session.tryQuery(...statements));
  const texts = answers.map((answer) => answer[0]?.[0] ?? null);
  const schemaText = ofSchema ? texts.shift() : null;
  if (schemaText === void 0) throw error;
  const transactionText = named3 ? texts.shift() ?? null : null;
  const countersText = counted ? texts.shift() ?? null : null;
  const schemaOf2 = objects === "all" ? schemaFrom : objectsFrom;
  return {
    schema: ofSchema ? schemaOf2(schemaText ?? "{}") : null,
    transactions: table && !named3 ? {
      kind: "unavailable",
      reason: table.exists ? "the version table is a view" : "there is no version table"
    } : table && transactionsFrom(transactionText),
    counters: counted && writeCountersFrom(countersText, counted.name),
    // The first of them are the settings.
    rows: rows2.map((_question, index) => {
      const value2 = texts[index + 1] ?? null;
      return value2 === null ? null : value2 === "t";
    })
  };
}
function namedTable(table) {
  return table?.relation === "table" && table.schema !== null ? { schema: table.schema, name: table.name } : null;
}
var init_query_batch = __esm({
  "src/adapters/postgres/query-batch.ts"() {
    "use strict";
    init_query_objects();
    init_query_rows();
    init_query_schema();
    init_query_counters();
  }
});

// src/adapters/postgres/query-sizes.ts
async function readPostgresSizes(session) {
  const { answers, error } = await session.tryQuery({ ownPath: question });
  if (error !== null) return null;
  const all = parseAnswer(answers[0]?.[0]?.[0], listOf(row(text3, text3, flag, number3, number3, flag)));
  const tables = /* @__PURE__ */ new Map();
  for (const [schema, name2, visible, rows2, bytes, empty] of all) {
    const table = { table: { schema, name: name2 }, rows: rows2, bytes, empty };
    tables.set(`${schema}.${name2}`, table);
    if (visible) tables.set(name2, table);
  }
  return {
    sizeOf: ({ schema, name: name2 }) => tables.get(schema === null ? name2 : `${schema}.${name2}`) ?? null
  };
}
var question;
var init_query_sizes = __esm({
  "src/adapters/postgres/query-sizes.ts"() {
    "use strict";
    init_answer_shape();
    question = `WITH RECURSIVE tree AS (
    SELECT c.oid AS root, c.oid AS leaf FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION SELECT tree.root, i.inhrelid FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.leaf),
  sizes AS (
    SELECT tree.root, c.reltuples, pg_catalog.pg_relation_size(c.oid) AS heap, pg_catalog.pg_total_relation_size(c.oid) AS bytes
      FROM tree JOIN pg_catalog.pg_class c ON c.oid = tree.leaf AND c.relkind = 'r'),
  sums AS (
    SELECT root, pg_catalog.sum(CASE WHEN reltuples > 0 THEN reltuples ELSE 0 END)::bigint AS counted,
      pg_catalog.bool_or(reltuples <= 0 AND heap > 0) AS uncounted, pg_catalog.sum(heap) AS heap, pg_catalog.sum(bytes)::bigint AS bytes FROM sizes GROUP BY root)
  SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_array(n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid),
      CASE WHEN s.uncounted AND s.counted = 0 THEN -1 ELSE COALESCE(s.counted, 0) END, COALESCE(s.bytes, 0), COALESCE(s.heap, 0) = 0)), '[]'::json)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN sums s ON s.root = c.oid WHERE c.oid IN (SELECT root FROM tree WHERE root = leaf)`;
  }
});

// src/adapters/postgres/version-table-query.ts
async function runQuery(asked, doing, question2) {
  try {
    return await question2();
  } catch (error) {
    throw explainQueryFailure(error, doing, {
      plan: asked.plan,
      target: asked.session.target,
      deadline: asked.deadline
    });
  }
}
function versionTableOf(question2, found, searchPath) {
  if (!found)
    return {
      schema: question2.versionTableSchema ?? searchPath[0] ?? null,
      name: question2.versionTable,
      exists: false,
      relation: null,
      width: null,
      columns: [],
      unique: false
    };
  const version = found.columns.find((column) => column.name === "version_num");
  return {
    schema: found.schema,
    name: found.name,
    exists: true,
    relation: relationOf(found),
    width: version?.width ?? null,
    columns: found.columns.map(({ name: name2, type, nullable, hasDefault: hasDefault2 }) => ({
      name: name2,
      type,
      nullable,
      hasDefault: hasDefault2
    })),
    unique: found.unique
  };
}
function relationOf({ kind }) {
  if (kind === "r" || kind === "p") return "table";
  return kind === "v" ? "view" : "other";
}
function versionRowsOf({
  mayInsert,
  mayUpdate,
  mayDelete
}) {
  return { insert: mayInsert, update: mayUpdate, delete: mayDelete };
}
function refusalToRead({ schema, name: name2, kind, runsCode: runs }) {
  if (!runs) return null;
  const by = kind === "v" ? "a view that calls" : "a table with policies that call";
  return new GuardError(
    "unavailable",
    `The version table ${schema}.${name2} is ${by} functions of the database, and the guard runs none with your role's rights.`,
    "Make it a plain table, or give a role to which no policy applies."
  );
}
var versionUniquenessSql, versionColumnsSql, rowPrivileges, ofUsers, runsCode;
var init_version_table_query = __esm({
  "src/adapters/postgres/version-table-query.ts"() {
    "use strict";
    init_errors3();
    init_errors();
    init_query_schema();
    versionUniquenessSql = `EXISTS (
  SELECT 1 FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
  WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1
    AND i.indpred IS NULL AND i.indexprs IS NULL AND a.attname = 'version_num')`;
    versionColumnsSql = `COALESCE((
  SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
    'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
    'nullable', NOT (a.attnotnull OR t.typnotnull),
    'hasDefault', a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
    'base', b.typname,
    'width', CASE WHEN b.oid IN (1042, 1043) AND m.modifier > 4 THEN m.modifier - 4 END
  ) ORDER BY a.attnum)
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_type b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
  CROSS JOIN LATERAL (SELECT CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END AS modifier) m
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]'::json)`;
    rowPrivileges = `'mayInsert', pg_catalog.has_table_privilege(c.oid, 'INSERT'),
        'mayUpdate', pg_catalog.has_any_column_privilege(c.oid, 'UPDATE'),
        'mayDelete', pg_catalog.has_table_privilege(c.oid, 'DELETE')`;
    ofUsers = `d.refclassid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass,
  'pg_catalog.pg_type'::regclass) AND d.refobjid::bigint >= ${firstUserOid}`;
    runsCode = `CASE WHEN c.relkind = 'f' THEN false
  WHEN c.relkind = 'v' OR pg_catalog.row_security_active(c.oid) THEN EXISTS (
    WITH RECURSIVE below AS (
      SELECT c.oid AS oid UNION SELECT d.refobjid FROM below b JOIN pg_catalog.pg_rewrite r ON r.ev_class = b.oid
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
          AND d.refclassid = 'pg_catalog.pg_class'::regclass)
    SELECT 1 FROM below b JOIN pg_catalog.pg_rewrite r ON r.ev_class = b.oid
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid AND ${ofUsers}
    UNION ALL SELECT 1 FROM below b JOIN pg_catalog.pg_policy p ON p.polrelid = b.oid
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_policy'::regclass AND d.objid = p.oid AND ${ofUsers})
  ELSE false END`;
  }
});

// src/adapters/postgres/client.ts
function connectionOf2(client) {
  return Reflect.get(client, "connection");
}
function ignoreEnvironment(client) {
  const parameters3 = Reflect.get(client, "connectionParameters");
  parameters3["options"] = void 0;
  parameters3["replication"] = void 0;
}
function endOnNoise(client) {
  const connection = connectionOf2(client);
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream) => {
    const before = new Set(stream.listeners("data"));
    attach(stream);
    for (const read of stream.listeners("data").filter((listener) => !before.has(listener))) {
      stream.removeListener("data", read);
      stream.on("data", (chunk) => {
        try {
          read(chunk);
        } catch {
          stream.destroy(ownFailure("noise"));
        }
      });
    }
  };
}
function looksLikePostgres(chunk) {
  const kind = String.fromCharCode(chunk[0] ?? 0);
  if (!"RENv".includes(kind)) return false;
  return chunk.length < 5 || chunk.readUInt32BE(1) >= 4 && chunk.readUInt32BE(1) < 3e4;
}
var init_client = __esm({
  "src/adapters/postgres/client.ts"() {
    "use strict";
    init_errors3();
  }
});

// src/adapters/postgres/safe-path.ts
function keepOtherPath(schemas) {
  const path = schemas.map(quoteIdentifier).join(", ");
  return `SELECT pg_catalog.set_config('${keptPath}', ${quotePostgresText(path)}, true)`;
}
function sentAs(statement3) {
  if (typeof statement3 === "string") return { texts: [statement3], answer: 0 };
  const texts = [
    `DECLARE alembic_guard NO SCROLL CURSOR FOR ${statement3.ownPath}`,
    `SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting('${keptPath}'), true)`,
    "FETCH ALL FROM alembic_guard",
    setSafePath,
    "CLOSE alembic_guard"
  ];
  return { texts, answer: 2 };
}
function readOnlyMessage(query2) {
  return ["BEGIN READ ONLY", setSafePath, query2, "COMMIT"].join(";\n");
}
var safePath, keptPath, setSafePath, keepPath;
var init_safe_path = __esm({
  "src/adapters/postgres/safe-path.ts"() {
    "use strict";
    init_sql_quoting();
    safePath = "pg_catalog, pg_temp";
    keptPath = "alembic_guard.search_path";
    setSafePath = `SET LOCAL search_path TO ${safePath}`;
    keepPath = [
      `SELECT pg_catalog.set_config('${keptPath}', pg_catalog.current_setting('search_path'), true)`,
      setSafePath
    ];
  }
});

// src/adapters/postgres/session.ts
function openSession(wire, begins, deadline) {
  const stop = () => wire.destroy();
  deadline.signal.addEventListener("abort", stop);
  let open = false;
  let closed = false;
  let adopted = [];
  const opening2 = () => [...begins(), ...adopted];
  let first = [];
  const send = async (before, statements) => {
    const lead = [...first, ...before];
    first = [];
    const sent = statements.map(sentAs);
    const { answers, error } = await wire.ask([...lead, ...sent.flatMap(({ texts }) => texts)].join(";\n"));
    let end = lead.length;
    const complete = sent.flatMap(({ texts, answer }) => {
      const start = end;
      end += texts.length;
      return end <= answers.length ? [answers[start + answer] ?? []] : [];
    });
    return { answers: complete, error };
  };
  const begin = () => {
    const before = open ? [] : opening2();
    open = true;
    return before;
  };
  const attempt2 = async (statements, last) => {
    const before = [...begin(), "SAVEPOINT look"];
    const answered = await send(before, last ? [...statements, "ROLLBACK"] : statements);
    if (answered.error !== null) first = ["ROLLBACK TO SAVEPOINT look"];
    else if (last) open = false;
    return { ...answered, answers: answered.answers.slice(0, statements.length) };
  };
  const apart = async (statements, last) => {
    const before = [...open ? ["COMMIT"] : [], ...opening2()];
    open = true;
    const between = ["COMMIT", ...opening2()];
    const all = statements.flatMap((one, index) => [...index === 0 ? [] : between, one]);
    const { answers, error } = await send(before, last ? [...all, "COMMIT"] : all);
    if (error !== null) throw error;
    open = !last;
    return statements.map((_text, index) => answers[index * (between.length + 1)] ?? []);
  };
  return {
    target: wire.target,
    query: async (...statements) => {
      const { answers, error } = await send(begin(), statements);
      if (error !== null) throw error;
      return answers;
    },
    tryQuery: async (...statements) => attempt2(statements, false),
    tryLast: async (...statements) => attempt2(statements, true),
    queryApart: async (...statements) => apart(statements, false),
    queryApartLast: async (...statements) => apart(statements, true),
    adopt: (settings) => {
      adopted = settings;
    },
    restart: () => {
      if (open) first = ["ROLLBACK"];
      open = false;
    },
    close: async () => {
      if (closed) return;
      closed = true;
      try {
        if (!deadline.signal.aborted && !wire.gone()) {
          if (open || first.length > 0) await wire.ask("ROLLBACK");
          await wire.end();
        }
      } catch {
      } finally {
        deadline.signal.removeEventListener("abort", stop);
        wire.destroy();
      }
    }
  };
}
var init_session = __esm({
  "src/adapters/postgres/session.ts"() {
    "use strict";
    init_safe_path();
  }
});

// src/adapters/postgres/connect.ts
import { Socket } from "node:net";
async function connectPostgres(plan, deadline) {
  return openSession(wireOf(await connect(plan, deadline)), () => opening(plan, deadline), deadline);
}
async function writePostgres(plan, deadline) {
  const { client, socket, target } = await connect(plan, deadline);
  socket.setKeepAlive(true, 3e4);
  const announced = Reflect.get(client, "processID");
  const ask = async (text4) => (await answersOf(client, text4)).at(-1) ?? [];
  return {
    target,
    announcedPid: typeof announced === "number" ? announced : null,
    ask,
    read: async (query2) => readAlone(client, query2),
    gone: new Promise((resolve3) => socket.once("close", () => resolve3())),
    close: async () => {
      if (!socket.destroyed) await Promise.race([client.end().catch(() => void 0), pause(1e3)]);
      socket.destroy();
    }
  };
}
async function answersOf(client, text4) {
  const answer = await client.query({ text: text4, rowMode: "array" });
  return [answer].flat().map(({ rows: rows2 }) => rows2);
}
async function readAlone(client, query2) {
  try {
    return (await answersOf(client, readOnlyMessage(query2))).at(-2) ?? [];
  } catch (error) {
    if (!endsConnection(error)) await answersOf(client, "ROLLBACK");
    throw error;
  }
}
async function pause(ms) {
  await new Promise((resolve3) => setTimeout(resolve3, ms).unref());
}
async function connect(plan, deadline) {
  for (let round = 0; ; round++) {
    const outcome = await tryServers(plan, deadline);
    if ("client" in outcome) return outcome;
    const rest = retryPauses[round];
    const again = rest !== void 0 && mayPass(outcome.error) && deadline.remainingMs() > rest;
    if (!again) throw explainConnectionFailure(outcome.error, { plan, target: outcome.target, deadline });
    await deadline.pause(rest);
  }
}
async function tryServers(plan, deadline) {
  let failed2 = null;
  for (const attribute of plan.attributes) {
    for (const target of plan.targets) {
      const outcome = await tryServer(plan, target, attribute, deadline);
      if ("client" in outcome || !callsForOtherHost(outcome.error) || deadline.signal.aborted) return outcome;
      if (failed2 === null || !mayPass(failed2.error)) failed2 = outcome;
    }
  }
  if (failed2 === null) throw new TypeError("a plan without a server");
  return failed2;
}
async function tryServer(plan, target, attribute, deadline) {
  let first = null;
  for (const tls of target.tls) {
    try {
      return await attempt(plan, target, tls, attribute, deadline);
    } catch (error) {
      if (callsForOtherTls(error) && tls !== target.tls.at(-1)) {
        first ??= error;
        continue;
      }
      const second = first !== null && codeOf(error) === "28000" && !lacksTls(first);
      return { error: second ? first : error, target };
    }
  }
  return { error: first, target };
}
async function attempt(plan, target, tls, attribute, deadline) {
  const { default: pg } = await import("pg");
  const socket = new Socket();
  let offered = [];
  const bindingFails = () => plan.channelBinding === "require" && (tls === false || !offered.includes("SCRAM-SHA-256-PLUS"));
  const client = new pg.Client({
    host: target.address ?? target.host,
    port: target.port,
    user: plan.user,
    database: plan.database,
    // Asked only when the server wants one, so that a missing password is noticed here and pg looks nowhere else.
    password: () => {
      if (bindingFails()) throw ownFailure("noChannelBinding");
      if (target.password === null) throw ownFailure("noPassword");
      return target.password;
    },
    // A copy, because pg hides the key of what it is given.
    ssl: tls === false ? false : { ...tls },
    sslnegotiation: "postgres",
    enableChannelBinding: plan.channelBinding === "require",
    stream: () => socket,
    application_name: plan.applicationName,
    types: { getTypeParser: () => (value2) => value2 }
  });
  ignoreEnvironment(client);
  endOnNoise(client);
  const { startup } = plan;
  if (startup) {
    Reflect.set(client, "getStartupConf", () => ({ ...startup, user: plan.user, database: plan.database }));
  }
  const announced = /* @__PURE__ */ new Map();
  connectionOf2(client).on(
    "parameterStatus",
    (told) => announced.set(told.parameterName, told.parameterValue)
  );
  connectionOf2(client).on("authenticationSASL", ({ mechanisms }) => {
    offered = mechanisms;
  });
  client.on("error", () => void 0);
  let impostor = false;
  if (tls === false)
    socket.once("data", (chunk) => {
      impostor = !looksLikePostgres(chunk);
      if (impostor) socket.destroy();
    });
  const hostLimit = plan.connectTimeoutMs === null ? null : AbortSignal.timeout(plan.connectTimeoutMs);
  const stop = () => void socket.destroy(ownFailure("hostTimeout"));
  deadline.signal.addEventListener("abort", stop);
  hostLimit?.addEventListener("abort", stop);
  try {
    deadline.signal.throwIfAborted();
    await client.connect();
    if (bindingFails()) throw ownFailure("noChannelBinding");
    if (attribute !== "any" && !await hasAttribute(client, attribute)) throw ownFailure("wrongKind");
    return { client, socket, target, announced, Query: pg.Query };
  } catch (error) {
    socket.destroy();
    throw impostor ? ownFailure("notPostgres") : error;
  } finally {
    deadline.signal.removeEventListener("abort", stop);
    hostLimit?.removeEventListener("abort", stop);
  }
}
async function hasAttribute(client, attribute) {
  const [row2 = []] = await readAlone(
    client,
    "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('default_transaction_read_only')"
  );
  const [recovering, readOnly] = row2.map((value2) => value2 === "t" || value2 === "on");
  if (attribute === "primary") return !recovering;
  if (attribute === "standby") return recovering === true;
  return attribute === "read-only" === (recovering || readOnly);
}
function opening(plan, deadline) {
  return ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", transactionSettings(plan, deadline), ...keepPath];
}
function transactionSettings(plan, deadline) {
  const statementTimeout = Math.max(50, deadline.remainingMs() - 200);
  const ours2 = {
    statement_timeout: String(statementTimeout),
    lock_timeout: String(Math.max(25, Math.min(lockTimeoutMs, Math.floor(statementTimeout / 2)))),
    idle_in_transaction_session_timeout: String(deadline.remainingMs() + 1e3),
    bytea_output: "hex"
  };
  const settings = [...plan.settings, ...Object.entries(ours2).map(([name2, value2]) => ({ name: name2, value: value2 }))];
  const calls = settings.map(
    ({ name: name2, value: value2 }) => `pg_catalog.set_config(${quotePostgresText(name2)}, ${quotePostgresText(value2)}, true)`
  );
  return `SELECT ${calls.join(", ")}`;
}
function wireOf({ client, socket, target, Query }) {
  const gone = new Promise((_resolve, reject) => {
    socket.once("close", () => reject(new Error("Connection terminated unexpectedly")));
  });
  gone.catch(() => void 0);
  return {
    target,
    ask: async (text4) => {
      if (socket.destroyed) return gone;
      const question2 = { text: text4, rowMode: "array" };
      const query2 = new Query(question2);
      const answered = new Promise((resolve3) => {
        query2.once("end", () => resolve3(null));
        query2.on("error", resolve3);
      });
      client.query(query2);
      const error = await Promise.race([answered, gone]);
      if (error !== null && endsConnection(error)) throw error;
      return { answers: completed(query2), error };
    },
    gone: () => socket.destroyed,
    end: () => client.end(),
    destroy: () => void socket.destroy()
  };
}
function endsConnection(error) {
  return !saidByServer(error) || error instanceof Error && Reflect.get(error, "severity") !== "ERROR";
}
function completed(query2) {
  const results = Reflect.get(query2, "_results");
  return [results].flat().flatMap((result) => {
    if (typeof result !== "object" || result === null || !Reflect.get(result, "command")) return [];
    const rows2 = Reflect.get(result, "rows");
    return [rows2];
  });
}
var retryPauses, lockTimeoutMs;
var init_connect2 = __esm({
  "src/adapters/postgres/connect.ts"() {
    "use strict";
    init_sql_quoting();
    init_client();
    init_errors3();
    init_safe_path();
    init_session();
    retryPauses = [250, 1e3];
    lockTimeoutMs = 3e3;
  }
});

// src/adapters/postgres/query-tenants.ts
var query_tenants_exports = {};
__export(query_tenants_exports, {
  readSchemaStates: () => readSchemaStates
});
async function readSchemaStates(asked, question2) {
  const { server, schemas } = await runQuery(asked, "Reading the catalog", async () => {
    const [answer] = await asked.session.query({ ownPath: catalogQuestion(question2) });
    return parseAnswer(answer?.[0]?.[0], answerShape4);
  });
  if (schemas.length === 0) {
    throw new GuardError(
      "usage",
      `No schema matches ${listed(question2.patterns)}.`,
      "A pattern is the name of a schema, with * for any characters and ? for one."
    );
  }
  const rows2 = await readAllRows(asked, schemas);
  const groups = /* @__PURE__ */ new Map();
  for (const facts of schemas) {
    const read = rows2.get(facts.schema) ?? [];
    const key = keyOf2(facts, read);
    const group = groups.get(key);
    if (group) group.schemas.push(facts.schema);
    else {
      const state = read instanceof GuardError ? read : stateOf(asked, question2, server, facts, read);
      groups.set(key, { schemas: [facts.schema], state });
    }
  }
  return [...groups.values()];
}
function keyOf2({ schema, relation, ...rest }, rows2) {
  const told = rows2 instanceof GuardError ? rows2.message.replaceAll(schema, "") : rows2;
  return JSON.stringify([{ ...rest, schema: "" }, relation && { ...relation, schema: "" }, told]);
}
function stateOf({ session, plan }, { versionTable }, { server, database, readOnly, searchPath }, { schema, relation, mayCreate }, versions) {
  const found = relation ?? void 0;
  return {
    dialect: "postgresql",
    server,
    host: session.target.host,
    name: database || plan.database,
    readOnly,
    searchPath,
    versionTable: versionTableOf({ versionTable, versionTableSchema: schema }, found, searchPath),
    versions,
    otherVersionTables: [],
    locks: found?.locks ?? [],
    transactionalDdl: true,
    privileges: {
      writeVersions: found ? found.writable : mayCreate,
      createTables: mayCreate,
      ...found && { versionRows: versionRowsOf(found) }
    }
  };
}
async function readAllRows(asked, schemas) {
  const rows2 = /* @__PURE__ */ new Map();
  const byType = /* @__PURE__ */ new Map();
  for (const { schema, mayUse, lockedBy, relation } of schemas) {
    const version = relation?.columns.find(({ name: name2 }) => name2 === "version_num");
    if (!relation || !version) continue;
    const table = `${schema}.${relation.name}`;
    const refusal = refusalToRead(relation);
    if (refusal) {
      rows2.set(schema, refusal);
    } else if (!mayUse || !relation.readable) {
      rows2.set(schema, unavailable9(`The role may not read the version table ${table}.`));
    } else if (lockedBy !== null) {
      rows2.set(
        schema,
        unavailable9(`The version table ${table} is locked by process ${lockedBy}, even for reading.`)
      );
    } else {
      rows2.set(schema, []);
      byType.set(version.base, [...byType.get(version.base) ?? [], relation]);
    }
  }
  const batches = [...byType].flatMap(
    ([base2, relations]) => batchesOf(relations).map((some) => ({ base: base2, relations: some }))
  );
  if (batches.length === 0) return rows2;
  const keep = (base2, relations, answer) => {
    for (const [index, value2] of answer) {
      const relation = relations[Number(index)];
      const kept = relation && rows2.get(relation.schema);
      if (Array.isArray(kept)) kept.push(postgresVersionRow(base2, value2 ?? null, asked.driver));
    }
  };
  try {
    const answers = await asked.session.queryApartLast(...batches.map(({ relations }) => rowsOf(relations)));
    for (const [index, { base: base2, relations }] of batches.entries()) keep(base2, relations, answers[index] ?? []);
  } catch {
    for (const { relations } of batches) for (const { schema } of relations) rows2.set(schema, []);
    asked.session.restart();
    for (const { base: base2, relations } of batches) {
      await readParts(asked, relations, (some, answer) => keep(base2, some, answer), rows2);
    }
  }
  return rows2;
}
async function readParts(asked, relations, keep, rows2) {
  const [relation] = relations;
  if (!relation) return;
  try {
    const doing = `Reading the version table ${relation.schema}.${relation.name}`;
    const [answer] = await runQuery(asked, doing, () => asked.session.queryApart(rowsOf(relations)));
    keep(relations, answer ?? []);
  } catch (error) {
    if (!(error instanceof GuardError) || asked.deadline.signal.aborted) throw error;
    asked.session.restart();
    if (relations.length === 1) {
      rows2.set(relation.schema, error);
      return;
    }
    const half = Math.ceil(relations.length / 2);
    await readParts(asked, relations.slice(0, half), keep, rows2);
    await readParts(asked, relations.slice(half), keep, rows2);
  }
}
function batchesOf(relations) {
  const count = Math.ceil(relations.length / tablesPerStatement);
  return Array.from(
    { length: count },
    (_nothing, index) => relations.slice(index * tablesPerStatement, (index + 1) * tablesPerStatement)
  );
}
function rowsOf(relations) {
  return relations.map(
    ({ schema, name: name2 }, index) => `(SELECT ${index}, version_num FROM ${quoteIdentifier(schema)}.${quoteIdentifier(name2)} LIMIT ${rowLimit2})`
  ).join(" UNION ALL ");
}
function unavailable9(message) {
  return new GuardError("unavailable", message);
}
function expressionOf(pattern) {
  const escaped2 = pattern.replaceAll(/[.\\+^$()[\]{}|]/g, "\\$&");
  return `^(?:${escaped2.replaceAll("*", ".*").replaceAll("?", ".")})$`;
}
function catalogQuestion({ patterns, versionTable }) {
  const matching = patterns.map((pattern) => `n.nspname ~ ${quotePostgresText(expressionOf(pattern))}`).join(" OR ");
  return `WITH locks AS MATERIALIZED (
    SELECT l.relation, pg_catalog.min(l.pid) FILTER (WHERE l.mode = 'AccessExclusiveLock') AS exclusive,
      pg_catalog.json_agg(pg_catalog.json_build_object(
        'pid', COALESCE(l.pid, 0), 'mode', l.mode, 'state', s.state,
        'application', NULLIF(s.application_name, ''),
        'transactionAge', pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - s.xact_start),
        'blocksWrites', l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
      ) ORDER BY l.pid, l.mode) AS held
    FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity s ON s.pid = l.pid
    WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    GROUP BY l.relation
  )
  SELECT pg_catalog.json_build_object(
    'server', pg_catalog.json_build_object(
      'server', pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1),
      'database', pg_catalog.current_database(),
      'readOnly', CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'a standby server'
        WHEN pg_catalog.current_setting('default_transaction_read_only') = 'on'
        THEN 'default_transaction_read_only is on' END,
      'searchPath', pg_catalog.current_schemas(false)),
    'schemas', COALESCE((
      SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'schema', n.nspname, 'mayUse', u.may, 'mayCreate', u.may AND pg_catalog.has_schema_privilege(n.oid, 'CREATE'),
        'lockedBy', l.exclusive,
        'relation', CASE WHEN c.oid IS NOT NULL THEN pg_catalog.json_build_object(
          'schema', n.nspname, 'name', c.relname, 'kind', c.relkind, 'visible', false,
          'readable', u.may AND pg_catalog.has_table_privilege(c.oid, 'SELECT'),
          'writable', u.may AND pg_catalog.has_table_privilege(c.oid, 'INSERT')
            AND pg_catalog.has_table_privilege(c.oid, 'UPDATE') AND pg_catalog.has_table_privilege(c.oid, 'DELETE'),
          ${rowPrivileges},
          'unique', ${versionUniquenessSql}, 'runsCode', ${runsCode}, 'columns', ${versionColumnsSql}, 'locks', COALESCE(l.held, '[]'::json)) END
      ) ORDER BY n.nspname)
      FROM pg_catalog.pg_namespace n
      CROSS JOIN LATERAL (SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS may) u
      LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = ${quotePostgresText(versionTable)}
        AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      LEFT JOIN locks l ON l.relation = c.oid
      WHERE (${matching}) AND n.nspname !~ '^pg_(temp|toast)'
    ), '[]'::json))`;
}
var tablesPerStatement, rowLimit2, answerShape4;
var init_query_tenants = __esm({
  "src/adapters/postgres/query-tenants.ts"() {
    "use strict";
    init_sql_quoting();
    init_display();
    init_errors();
    init_driver_values();
    init_version_table_query();
    init_relation_shape();
    init_answer_shape();
    tablesPerStatement = 500;
    rowLimit2 = 1e3;
    answerShape4 = fields({
      server: fields({ server: text3, database: text3, readOnly: orNull2(text3), searchPath: listOf(text3) }),
      schemas: listOf(
        fields({
          schema: text3,
          mayUse: flag,
          mayCreate: flag,
          lockedBy: orNull2(number3),
          relation: orNull2(relationShape)
        })
      )
    });
  }
});

// src/adapters/postgres/query-state.ts
var query_state_exports = {};
__export(query_state_exports, {
  openPostgresDatabase: () => openPostgresDatabase
});
async function openPostgresDatabase(url2, options) {
  const deadline = startDeadline(options.timeoutMs ?? defaultTimeoutMs, options.signal);
  const plan = planConnection(url2, options.env, options.cwd);
  const session = await connectPostgres(plan, deadline);
  const asked = { session, plan, deadline, driver: url2.driver };
  return {
    readState: (question2) => readPostgresState(asked, question2),
    readStates: async (question2) => {
      const { readSchemaStates: readSchemaStates2 } = await Promise.resolve().then(() => (init_query_tenants(), query_tenants_exports));
      return readSchemaStates2(asked, question2);
    },
    readSchema: async () => {
      const { schema } = await runQuery(
        asked,
        "Reading the schema",
        () => runSnapshotBatch(session, { objects: "all" })
      );
      if (!schema) throw new TypeError("no schema");
      return schema;
    },
    look: (wanted) => runQuery(asked, "Reading the schema", () => runSnapshotBatch(session, wanted)),
    readTableSizes: () => readPostgresSizes(session),
    close: () => session.close()
  };
}
async function readPostgresState(asked, question2) {
  const { session, plan } = asked;
  if (`${question2.versionTable}${question2.versionTableSchema ?? ""}`.includes("\0"))
    throw new GuardError("usage", "The name of the version table holds a NUL character.");
  const { catalog, refusedRole } = await readCatalog(asked, question2);
  const found = catalog.relations.find(
    (relation) => question2.versionTableSchema === null ? relation.visible : relation.schema === question2.versionTableSchema
  );
  const others = catalog.relations.filter((relation) => relation !== found);
  const { versions, otherVersionTables } = await readRows2(asked, found, others);
  return {
    dialect: "postgresql",
    server: catalog.server,
    host: session.target.host,
    name: catalog.database || plan.database,
    readOnly: readOnlyReason2(catalog),
    searchPath: catalog.searchPath,
    versionTable: versionTableOf(question2, found, catalog.searchPath),
    versions,
    otherVersionTables,
    locks: found?.locks ?? [],
    transactionalDdl: true,
    ...refusedRole !== null ? { rightsUnknown: `env.py sets the role ${refusedRole}, which this connection may not take` } : { privileges: privilegesOf(catalog, found) }
  };
}
function privilegesOf(catalog, found) {
  return {
    writeVersions: found ? found.writable : catalog.mayCreateVersionTable,
    createTables: catalog.mayCreateHere,
    ...found && { versionRows: versionRowsOf(found) }
  };
}
async function readCatalog(asked, question2) {
  const { session } = asked;
  const { searchPath, role } = question2.session ?? {};
  const path = searchPath ? [keepOtherPath(searchPath)] : [];
  const query2 = async () => {
    const [answer] = await session.query({ ownPath: catalogQuestion2(question2) });
    return parseAnswer(answer?.[0]?.[0], catalogShape);
  };
  return runQuery(asked, "Reading the catalog", async () => {
    session.adopt([...path, ...role === void 0 ? [] : [`SET LOCAL ROLE ${quoteIdentifier(role)}`]]);
    try {
      return { catalog: await query2(), refusedRole: null };
    } catch (error) {
      if (role === void 0 || !roleRefused.has(codeOf(error) ?? "")) throw error;
      session.restart();
      session.adopt(path);
      return { catalog: await query2(), refusedRole: role };
    }
  });
}
function readOnlyReason2(catalog) {
  if (catalog.inRecovery) return "a standby server";
  return catalog.defaultReadOnly ? "default_transaction_read_only is on" : null;
}
async function readRows2(asked, found, others) {
  const version = found?.columns.find(({ name: name2 }) => name2 === "version_num");
  const refusal = found && version ? refusalToRead(found) : null;
  if (refusal) throw refusal;
  const readable3 = others.filter(mayBeRead).slice(0, otherTableLimit);
  const own = found && version ? [`SELECT version_num FROM ${qualified2(found)} LIMIT ${maxVersionRows + 1}`] : [];
  const elsewhere = readable3.map(
    (relation) => `SELECT version_num FROM ${qualified2(relation)} WHERE version_num IS NOT NULL LIMIT ${otherRowLimit}`
  );
  const table = found ? `${found.schema}.${found.name}` : "elsewhere";
  const answers = await runQuery(asked, `Reading the version table ${table}`, async () => {
    if (own.length + elsewhere.length === 0) return [];
    const answered = await asked.session.tryQuery(...own, ...elsewhere);
    if (answered.answers.length >= own.length) return answered.answers;
    throw found && codeOf(answered.error) === "55P03" ? await lockedError(asked.session, found) : answered.error;
  });
  const [rows2 = []] = own.length > 0 ? answers : [];
  if (rows2.length > maxVersionRows)
    throw new GuardError(
      "unavailable",
      `${table} has more than ${maxVersionRows} rows and can't be a version table.`,
      "Look at version_table and version_table_schema in env.py."
    );
  return {
    versions: rows2.map(([value2]) => postgresVersionRow(version?.base ?? "", value2 ?? null, asked.driver)),
    otherVersionTables: others.map((relation) => ({
      schema: relation.schema,
      name: relation.name,
      visible: relation.visible,
      versions: readable3.includes(relation) ? (answers[own.length + readable3.indexOf(relation)] ?? []).map(([value2]) => value2 ?? "") : []
    }))
  };
}
function mayBeRead({ kind, readable: readable3, runsCode: runs, columns: all, locks }) {
  return (kind === "r" || kind === "p") && readable3 && !runs && all.some(({ name: name2 }) => name2 === "version_num") && locks.every(({ mode }) => mode !== "AccessExclusiveLock");
}
async function lockedError(session, relation) {
  session.restart();
  const [answer] = await session.query(
    `SELECT ${locksOf(`${quotePostgresText(qualified2(relation))}::regclass`)}`
  );
  const locks = parseAnswer(answer?.[0]?.[0], listOf(lockShape));
  const holder = locks.find((lock) => lock.mode === "AccessExclusiveLock");
  const details = [
    holder?.state,
    holder?.application && `application ${JSON.stringify(holder.application)}`,
    typeof holder?.transactionAge === "number" && `for ${Math.round(holder.transactionAge)} s`
  ].filter(Boolean);
  const who = holder ? `process ${holder.pid}${details.length > 0 ? ` (${details.join(", ")})` : ""}` : "another session";
  return new GuardError(
    "unavailable",
    `The version table ${relation.schema}.${relation.name} is locked by ${who}, even for reading.`,
    "Wait for the other migration to end, or end that session; alembic upgrade would wait for it as well."
  );
}
function qualified2({ schema, name: name2 }) {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name2)}`;
}
function catalogQuestion2({ versionTable, versionTableSchema }) {
  const here = "pg_catalog.current_schema()";
  const mayCreateIn = (schema) => `(SELECT pg_catalog.has_schema_privilege(oid, 'USAGE') AND pg_catalog.has_schema_privilege(oid, 'CREATE')
      FROM pg_catalog.pg_namespace WHERE nspname = ${schema})`;
  return `SELECT pg_catalog.json_build_object(
    'server', pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1),
    'database', pg_catalog.current_database(),
    'inRecovery', pg_catalog.pg_is_in_recovery(),
    'defaultReadOnly', pg_catalog.current_setting('default_transaction_read_only') = 'on',
    'searchPath', pg_catalog.current_schemas(false),
    'mayCreateHere', ${mayCreateIn(here)},
    'mayCreateVersionTable', ${mayCreateIn(versionTableSchema === null ? here : quotePostgresText(versionTableSchema))},
    'relations', COALESCE((
      SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'schema', n.nspname, 'name', c.relname, 'kind', c.relkind, 'visible', v.visible,
        'readable', pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'),
        'writable', pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'INSERT')
          AND pg_catalog.has_table_privilege(c.oid, 'UPDATE') AND pg_catalog.has_table_privilege(c.oid, 'DELETE'),
        ${rowPrivileges},
        'unique', ${versionUniquenessSql}, 'runsCode', ${runsCode}, 'columns', ${versionColumnsSql}, 'locks', ${locksOf("c.oid")}
      ) ORDER BY v.visible DESC, n.nspname)
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL (SELECT pg_catalog.pg_table_is_visible(c.oid) AS visible) v
      WHERE c.relname = ${quotePostgresText(versionTable)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND n.nspname !~ '^pg_(temp|toast)'
    ), '[]'::json))`;
}
var maxVersionRows, otherTableLimit, otherRowLimit, catalogShape, roleRefused;
var init_query_state = __esm({
  "src/adapters/postgres/query-state.ts"() {
    "use strict";
    init_sql_quoting();
    init_errors();
    init_deadline();
    init_driver_values();
    init_libpq();
    init_errors3();
    init_answer_shape();
    init_query_batch();
    init_query_schema();
    init_query_sizes();
    init_relation_shape();
    init_version_table_query();
    init_connect2();
    init_safe_path();
    maxVersionRows = 1e4;
    otherTableLimit = 20;
    otherRowLimit = 20;
    catalogShape = fields({
      server: text3,
      database: text3,
      inRecovery: flag,
      defaultReadOnly: flag,
      searchPath: listOf(text3),
      mayCreateHere: orNull2(flag),
      mayCreateVersionTable: orNull2(flag),
      relations: listOf(relationShape)
    });
    roleRefused = /* @__PURE__ */ new Set(["42501", "22023", "42704"]);
  }
});

// src/adapters/postgres/release-lock.ts
var releaseLockKey, isOurs;
var init_release_lock = __esm({
  "src/adapters/postgres/release-lock.ts"() {
    "use strict";
    releaseLockKey = { classid: 1634493805, objid: 1735745906 };
    isOurs = `l.locktype = 'advisory' AND l.granted AND l.classid = ${releaseLockKey.classid}
  AND l.objid = ${releaseLockKey.objid} AND l.objsubid = 2`;
  }
});

// src/adapters/database/version-write.ts
function sameRows(a, b) {
  return a.length === b.length && JSON.stringify([...a].toSorted()) === JSON.stringify([...b].toSorted());
}
var init_version_write = __esm({
  "src/adapters/database/version-write.ts"() {
    "use strict";
  }
});

// src/adapters/postgres/write-versions.ts
var write_versions_exports = {};
__export(write_versions_exports, {
  writePostgresVersions: () => writePostgresVersions
});
async function writePostgresVersions(url2, write, options) {
  const deadline = startDeadline(options.timeoutMs ?? defaultTimeoutMs, options.signal);
  const plan = planConnection(url2, options.env, options.cwd);
  const connection = await writePostgres(plan, deadline);
  const ask = (statement3) => inTime(connection, deadline, statement3);
  const { script } = write;
  let doing = "Beginning the transaction";
  try {
    await ask(script.begin);
    await ask(transactionSettings(plan, deadline));
    await ask(setSafePath);
    doing = "Waiting for the release lock";
    await ask(`SELECT pg_catalog.pg_advisory_xact_lock(${releaseLockKey.classid}, ${releaseLockKey.objid})`);
    doing = "Locking the version table";
    if (script.lock !== null) await ask(script.lock);
    doing = "Reading the version rows";
    const before = await rowsOf2(ask, script.read);
    if (!sameRows(before, write.before)) {
      await ask("ROLLBACK");
      return { kind: "changed meanwhile", rows: before };
    }
    doing = "Changing the version rows";
    for (const statement3 of script.changes) await ask(statement3);
    const after = await rowsOf2(ask, script.read);
    if (!sameRows(after, write.after)) {
      await ask("ROLLBACK");
      return { kind: "other rows", rows: after };
    }
    const [[transaction = null] = []] = await ask("SELECT pg_catalog.txid_current()");
    return await committed(ask, script.commit, transaction, script.read);
  } catch (error) {
    if (codeOf(error) === "55P03") {
      const release = doing === "Waiting for the release lock";
      return {
        kind: "failed",
        message: release ? "A release, or another change of the stamp, is at work and holds the release lock." : "Another session uses the version table and did not let go of it in time.",
        hint: "Let it end, look again, and repeat."
      };
    }
    const { message, hint } = explainQueryFailure(error, doing, { plan, target: connection.target, deadline });
    return { kind: "failed", message, hint: codeOf(error) === "42501" ? writePermissionHint : hint };
  } finally {
    await connection.close();
  }
}
async function committed(ask, commit, transaction, read) {
  try {
    await ask(commit);
    return { kind: "written" };
  } catch (error) {
    if (saidByServer(error) && !/^(?:57P|08|40003)/.test(codeOf(error))) throw error;
    return {
      kind: "unknown",
      message: "The commit was sent and not answered: the connection was lost, or the time was up.",
      look: [...transaction === null ? [] : [`SELECT pg_catalog.txid_status(${transaction})`], read]
    };
  }
}
async function rowsOf2(ask, read) {
  return (await ask(read)).map(([value2 = null]) => value2);
}
async function inTime(connection, { signal }, statement3) {
  signal.throwIfAborted();
  let stop = () => void 0;
  const over = new Promise((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  const answer = connection.ask(statement3);
  answer.catch(() => void 0);
  try {
    return await Promise.race([answer, over]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
var writePermissionHint;
var init_write_versions = __esm({
  "src/adapters/postgres/write-versions.ts"() {
    "use strict";
    init_deadline();
    init_libpq();
    init_errors3();
    init_connect2();
    init_release_lock();
    init_version_write();
    init_safe_path();
    writePermissionHint = "Use the URL that the migration uses: its role may write the version table.";
  }
});

// src/adapters/sqlite/write-versions.ts
var write_versions_exports2 = {};
__export(write_versions_exports2, {
  writeSqliteVersions: () => writeSqliteVersions
});
async function writeSqliteVersions(url2, { script, before, after }, options) {
  const deadline = startDeadline(options.timeoutMs ?? defaultTimeoutMs, options.signal);
  const { shown: shown2, path } = sqliteFileOf(url2, options.cwd);
  const [driver] = await loadSqliteDrivers();
  let connection = null;
  try {
    connection = driver?.open({ kind: "writable", path }) ?? null;
    if (!connection) return failed(shown2, new Error("no driver opens it for writing"));
    const open = connection;
    await patiently2(deadline, () => open.exec(script.begin));
    const found = rowsOf3(open, script.read);
    if (!sameRows(found, before)) return { kind: "changed meanwhile", rows: found };
    for (const statement3 of script.changes) open.exec(statement3);
    const left = rowsOf3(open, script.read);
    if (!sameRows(left, after)) return { kind: "other rows", rows: left };
    try {
      await patiently2(deadline, () => open.exec(script.commit));
    } catch (error) {
      if (isLocked(error)) throw error;
      return {
        kind: "unknown",
        message: `Committing to the SQLite file ${shown2} failed: ${wordsOf(error)}`,
        look: [script.read]
      };
    }
    return { kind: "written" };
  } catch (error) {
    return failed(shown2, error);
  } finally {
    connection?.close();
  }
}
function rowsOf3(connection, read) {
  return connection.all(read).map((row2) => {
    const value2 = row2["version_num"] ?? Object.values(row2)[0] ?? null;
    return value2 === null ? null : String(value2);
  });
}
async function patiently2(deadline, work) {
  for (; ; ) {
    try {
      return work();
    } catch (error) {
      if (!isLocked(error) || deadline.signal.aborted) throw error;
    }
    await deadline.pause(lockPauseMs2);
  }
}
function failed(shown2, error) {
  return isLocked(error) ? {
    kind: "failed",
    message: `The SQLite file ${shown2} is locked by another process.`,
    hint: "Wait until it has finished writing, look again, and repeat."
  } : { kind: "failed", message: `Writing the SQLite file ${shown2} failed: ${wordsOf(error)}`, hint: null };
}
function wordsOf(error) {
  return error instanceof Error ? error.message : String(error);
}
var lockPauseMs2;
var init_write_versions2 = __esm({
  "src/adapters/sqlite/write-versions.ts"() {
    "use strict";
    init_deadline();
    init_errors2();
    init_locate_file();
    init_connect();
    init_version_write();
    lockPauseMs2 = 50;
  }
});

// src/adapters/project/locate-project.ts
import { posix as posix6 } from "node:path";

// src/core/history/alembic-version.ts
var newestKnownVersion = { major: 1, minor: 20, patch: 0 };
function parseAlembicVersion(text4) {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?![\d])/.exec(text4.trim());
  if (!match) return null;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) };
}
function formatAlembicVersion(version) {
  return `${version.major}.${version.minor}.${version.patch}`;
}
function compareAlembicVersions(a, b) {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}
function atLeast(version, text4) {
  const wanted = parseAlembicVersion(text4);
  if (!wanted) throw new TypeError(`not an Alembic version: ${text4}`);
  return compareAlembicVersions(version, wanted) >= 0;
}

// src/core/text/python-text.ts
function pythonLength(text4) {
  let length = 0;
  for (const _ of text4) length += 1;
  return length;
}
function comparePythonText(a, b) {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let index = 0; index < left.length && index < right.length; index += 1) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
function pythonRepr(text4) {
  const quote = text4.includes("'") && !text4.includes('"') ? '"' : "'";
  let body2 = "";
  for (const character of text4) body2 += escaped(character, quote);
  return quote + body2 + quote;
}
var named = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "	": "\\t" };
function escaped(character, quote) {
  if (character === quote) return `\\${character}`;
  const escape = named[character];
  if (escape !== void 0) return escape;
  const code = character.codePointAt(0) ?? 0;
  if (character === " " || !/[\p{C}\p{Z}]/u.test(character)) return character;
  if (code < 256) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 65536) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}
function fileNameOf(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}
function moduleNameOf(path) {
  return fileNameOf(path).replace(/[^\p{L}\p{N}_]/gu, "_");
}

// src/adapters/project/locate-project.ts
init_display();
init_errors();

// src/python/source/python-error.ts
init_decode_source();
var PythonRaise = class extends Error {
  error;
  constructor(type, message) {
    super(`${type}: ${message}`);
    this.name = "PythonRaise";
    this.error = { type, message };
  }
};
var space = "\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
var firstNonSpace = new RegExp(`[^${space}]`);
var spaceCharacter = new RegExp(`[${space}]`);
function indentOf(text4) {
  return text4.search(firstNonSpace);
}
function pythonTrimEnd(text4) {
  let end = text4.length;
  while (end > 0 && spaceCharacter.test(text4.charAt(end - 1))) end -= 1;
  return text4.slice(0, end);
}
function pythonTrim(text4) {
  const start = indentOf(text4);
  return start < 0 ? "" : pythonTrimEnd(text4.slice(start));
}
function decodeUtf82(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const words = utf8Error(bytes).message.replace("(unicode error) ", "");
    throw new PythonRaise("UnicodeDecodeError", words);
  }
}

// src/python/config/configparser.ts
var defaultSection = "DEFAULT";
var sectionHeader = /^\[([^\n]+)\]/;
var maxChain = 10;
var maxValueLength = 1e7;
function parseIni(text4, context) {
  const defaults = /* @__PURE__ */ new Map();
  const sections = /* @__PURE__ */ new Map();
  const seen = /* @__PURE__ */ new Map();
  const broken = [];
  let sectionName = "";
  let section = null;
  let optionName = "";
  let indent = 0;
  let lineNumber = 0;
  for (const line of linesOf(text4)) {
    lineNumber += 1;
    const value2 = pythonTrim(line);
    if (value2.startsWith("#") || value2.startsWith(";")) continue;
    if (value2 === "") {
      if (optionName !== "") section?.get(optionName)?.push("");
      continue;
    }
    const lineIndent = indentOf(line);
    if (section && optionName !== "" && lineIndent > indent) {
      section.get(optionName)?.push(value2);
      continue;
    }
    indent = lineIndent;
    const header3 = sectionHeader.exec(value2)?.[1];
    if (header3 !== void 0) {
      sectionName = header3;
      optionName = "";
      if (header3 === defaultSection) {
        section = defaults;
      } else {
        if (sections.has(header3)) {
          throw new PythonRaise("DuplicateSectionError", duplicate(context, lineNumber, "section", header3));
        }
        section = /* @__PURE__ */ new Map();
        sections.set(header3, section);
      }
      continue;
    }
    if (!section) {
      throw new PythonRaise(
        "MissingSectionHeaderError",
        `File contains no section headers.
file: ${context.source}, line: ${lineNumber}
${pythonRepr(line)}`
      );
    }
    const delimiter = value2.search(/[=:]/);
    if (delimiter < 0) {
      broken.push(brokenLine(lineNumber, line));
      continue;
    }
    if (delimiter === 0) broken.push(brokenLine(lineNumber, line));
    optionName = pythonTrimEnd(value2.slice(0, delimiter)).toLowerCase();
    const names2 = seen.get(sectionName) ?? /* @__PURE__ */ new Set();
    seen.set(sectionName, names2);
    if (names2.has(optionName)) {
      const where = `${pythonRepr(optionName)} in section ${pythonRepr(sectionName)}`;
      throw new PythonRaise("DuplicateOptionError", duplicate(context, lineNumber, "option", where, true));
    }
    names2.add(optionName);
    section.set(optionName, [pythonTrim(value2.slice(delimiter + 1))]);
  }
  if (broken.length > 0) {
    throw new PythonRaise(
      "ParsingError",
      `Source contains parsing errors: ${context.source}${broken.join("")}`
    );
  }
  return {
    defaults: new Map([["here", context.here], ...joined(defaults)]),
    sections: new Map([...sections].map(([name2, options]) => [name2, joined(options)]))
  };
}
function hasSection(ini, section) {
  return ini.sections.has(section);
}
function hasOption(ini, section, option) {
  return optionsOf(ini, section)?.has(option.toLowerCase()) ?? false;
}
function readOption(ini, section, option) {
  const options = optionsOf(ini, section);
  const name2 = option.toLowerCase();
  const raw = options?.get(name2);
  return options && raw !== void 0 ? interpolate(raw, { section, option: name2, raw, options }) : null;
}
function readSection(ini, section) {
  const options = optionsOf(ini, section);
  if (!options || !hasSection(ini, section)) return null;
  return new Map(
    [...options].map(([option, raw]) => [option, interpolate(raw, { section, option, raw, options })])
  );
}
function optionsOf(ini, section) {
  if (section === defaultSection) return ini.defaults;
  const own = ini.sections.get(section);
  return own ? new Map([...ini.defaults, ...own]) : null;
}
function interpolate(raw, asked) {
  const out = [];
  const budget = { left: maxValueLength };
  substitute(raw, asked, 1, out, budget);
  return out.join("");
}
function substitute(text4, asked, depth, out, budget) {
  const where = `option ${pythonRepr(asked.option)} in section ${pythonRepr(asked.section)} contains an interpolation key`;
  if (depth > maxChain) {
    throw new PythonRaise(
      "InterpolationDepthError",
      `Recursion limit exceeded in value substitution: ${where} which cannot be substituted in ${maxChain} steps. Raw value: ${pythonRepr(asked.raw)}`
    );
  }
  let position = 0;
  while (position < text4.length) {
    const percent2 = text4.indexOf("%", position);
    if (percent2 < 0) {
      out.push(text4.slice(position));
      return;
    }
    out.push(text4.slice(position, percent2));
    const next = text4[percent2 + 1];
    if (next === "%") {
      out.push("%");
      position = percent2 + 2;
      continue;
    }
    if (next !== "(") {
      const found = pythonRepr(text4.slice(percent2));
      throw new PythonRaise("InterpolationSyntaxError", `'%' must be followed by '%' or '(', found: ${found}`);
    }
    const close = text4.indexOf(")", percent2);
    if (close < percent2 + 3 || text4[close + 1] !== "s") {
      const found = pythonRepr(text4.slice(percent2));
      throw new PythonRaise("InterpolationSyntaxError", `bad interpolation variable reference ${found}`);
    }
    const name2 = text4.slice(percent2 + 2, close).toLowerCase();
    position = close + 2;
    const value2 = asked.options.get(name2);
    if (value2 === void 0) {
      throw new PythonRaise(
        "InterpolationMissingOptionError",
        `Bad value substitution: ${where} ${pythonRepr(name2)} which is not a valid option name. Raw value: ${pythonRepr(asked.raw)}`
      );
    }
    budget.left -= 1 + value2.length;
    if (budget.left < 0)
      throw new PythonRaise("MemoryError", "the value grows without end when it is substituted");
    if (value2.includes("%")) substitute(value2, asked, depth + 1, out, budget);
    else out.push(value2);
  }
}
function linesOf(text4) {
  const lines = text4.replace(/\r\n?/g, "\n").split(/(?<=\n)/);
  return lines.length === 1 && lines[0] === "" ? [] : lines;
}
function joined(options) {
  return new Map([...options].map(([name2, lines]) => [name2, pythonTrimEnd(lines.join("\n"))]));
}
function brokenLine(lineNumber, line) {
  return `
	[line ${String(lineNumber).padStart(2)}]: ${pythonRepr(line)}`;
}
function duplicate(context, line, what, name2, quoted = false) {
  const shown2 = quoted ? name2 : pythonRepr(name2);
  return `While reading from ${context.source} [line ${String(line).padStart(2)}]: ${what} ${shown2} already exists`;
}

// src/python/config/toml.ts
async function parseToml(text4) {
  const { parse: parse2, TomlError, TomlDate: ParsedDate } = await import("smol-toml");
  if (text4.startsWith("\uFEFF")) {
    throw new PythonRaise("TOMLDecodeError", "Invalid statement (at line 1, column 1)");
  }
  const plain2 = (value2) => {
    if (value2 instanceof ParsedDate) {
      if (value2.isDate()) return { date: "datetime.date" };
      return { date: value2.isTime() ? "datetime.time" : "datetime.datetime" };
    }
    if (Array.isArray(value2)) return value2.map(plain2);
    if (typeof value2 === "object" && value2 !== null) return table(value2);
    if (typeof value2 === "bigint" || typeof value2 === "number" || typeof value2 === "boolean") return value2;
    return String(value2);
  };
  const table = (value2) => new Map(Object.entries(value2).map(([key, inner]) => [key, plain2(inner)]));
  try {
    return table(parse2(text4, { integersAsBigInt: true }));
  } catch (error) {
    if (error instanceof TomlError) {
      const reason = /Invalid TOML document: ([^\n]*)/.exec(error.message)?.[1] ?? "invalid";
      throw new PythonRaise("TOMLDecodeError", `${reason} (at line ${error.line}, column ${error.column})`);
    }
    if (error instanceof RangeError) {
      throw new PythonRaise("RecursionError", "maximum recursion depth exceeded");
    }
    throw error;
  }
}
function isTable(value2) {
  return value2 instanceof Map;
}
function alembicTable(document) {
  const tool = document.get("tool");
  if (tool === void 0) return /* @__PURE__ */ new Map();
  if (!isTable(tool)) {
    throw new PythonRaise("AttributeError", `'${typeName(tool)}' object has no attribute 'get'`);
  }
  const table = tool.get("alembic");
  if (table === void 0) return /* @__PURE__ */ new Map();
  if (!isTable(table)) throw new PythonRaise("CommandError", "Incorrect TOML format");
  return table;
}
function readTomlOption(table, name2, rules) {
  const value2 = table.get(name2);
  if (value2 === void 0) return { kind: "absent" };
  const formatted = (item2) => {
    if (typeof item2 === "string") return formatPercent(item2, { here: rules.here });
    const type = typeName(item2);
    throw new PythonRaise("TypeError", `unsupported operand type(s) for %: '${type}' and 'dict'`);
  };
  if (typeof value2 === "string") return { kind: "text", value: formatted(value2) };
  if (Array.isArray(value2)) {
    const items2 = value2;
    if (!isTable(items2[0])) return { kind: "list", values: items2.map(formatted) };
    return {
      kind: "tables",
      tables: items2.map((item2) => {
        if (!isTable(item2)) {
          throw new PythonRaise("AttributeError", `'${typeName(item2)}' object has no attribute 'items'`);
        }
        for (const inner of item2.values()) formatted(inner);
        return [...item2.keys()];
      })
    };
  }
  if (isTable(value2)) {
    for (const inner of value2.values()) formatted(inner);
    return { kind: "table", keys: [...value2.keys()] };
  }
  if (rules.integers && (typeof value2 === "bigint" || typeof value2 === "boolean")) {
    return { kind: "int", value: BigInt(value2), bool: typeof value2 === "boolean" };
  }
  const which = rules.booleans ? ` for key: ${pythonRepr(name2)}` : "";
  throw new PythonRaise("CommandError", `unsupported TOML value type${which}`);
}
function readTomlSwitch(table, name2, rules) {
  if (!rules.booleans) {
    const option = readTomlOption(table, name2, rules);
    return option.kind === "text" && option.value === "true";
  }
  const value2 = table.get(name2) ?? false;
  if (typeof value2 === "boolean") return value2;
  throw new PythonRaise("CommandError", `boolean value expected for TOML parameter ${pythonRepr(name2)}`);
}
function typeName(value2) {
  if (typeof value2 === "string") return "str";
  if (typeof value2 === "bigint") return "int";
  if (typeof value2 === "number") return "float";
  if (typeof value2 === "boolean") return "bool";
  if (Array.isArray(value2)) return "list";
  return "date" in value2 ? value2.date : "dict";
}
var conversion = /(?<flags>[#0\- +]*)(?<width>\*|\d*)(?:\.(?<precision>\*|\d*))?[hlL]?(?<type>[^#0-9\- +*.hlL])/uy;
function formatPercent(text4, values) {
  let out = "";
  let position = 0;
  for (; ; ) {
    const percent2 = text4.indexOf("%", position);
    if (percent2 < 0) return out + text4.slice(position);
    out += text4.slice(position, percent2);
    const name2 = text4[percent2 + 1] === "(" ? keyAt(text4, percent2 + 2) : void 0;
    conversion.lastIndex = percent2 + 1 + (name2 === void 0 ? 0 : name2.length + 2);
    const groups = conversion.exec(text4)?.groups;
    if (!groups) throw new PythonRaise("ValueError", "incomplete format");
    position = conversion.lastIndex;
    const { flags = "", width = "", precision, type = "" } = groups;
    if (type === "%") {
      out += "%";
      continue;
    }
    if (width === "*" || precision === "*") throw new PythonRaise("TypeError", "* wants int");
    if (name2 !== void 0 && !Object.hasOwn(values, name2))
      throw new PythonRaise("KeyError", pythonRepr(name2));
    if ("diouxXeEfFgGc".includes(type)) throw wrongType(type, name2 === void 0 ? "dict" : "str");
    if (!"sra".includes(type)) {
      const code = (type.codePointAt(0) ?? 0).toString(16);
      const index = Array.from(text4.slice(0, position)).length - 1;
      throw new PythonRaise(
        "ValueError",
        `unsupported format character '${type}' (0x${code}) at index ${index}`
      );
    }
    const value2 = name2 === void 0 ? dictRepr(values) : values[name2] ?? "";
    const shown2 = type === "s" || name2 === void 0 ? value2 : pythonRepr(value2);
    const cut = precision === void 0 ? shown2 : Array.from(shown2).slice(0, Number(precision || 0)).join("");
    const pad = " ".repeat(Math.min(Math.max(0, Number(width || 0) - Array.from(cut).length), 4096));
    out += flags.includes("-") ? cut + pad : pad + cut;
  }
}
function keyAt(text4, start) {
  let open = 1;
  for (let index = start; index < text4.length; index += 1) {
    if (text4[index] === "(") open += 1;
    if (text4[index] === ")") open -= 1;
    if (open === 0) return text4.slice(start, index);
  }
  throw new PythonRaise("ValueError", "incomplete format key");
}
function wrongType(type, given) {
  if (type === "c") return new PythonRaise("TypeError", "%c requires int or char");
  const wanted = "oxX".includes(type) ? "an integer is required" : "a real number is required";
  if ("eEfFgG".includes(type)) return new PythonRaise("TypeError", `must be real number, not ${given}`);
  return new PythonRaise("TypeError", `%${type} format: ${wanted}, not ${given}`);
}
function dictRepr(values) {
  const items2 = Object.entries(values).map(([key, value2]) => `${pythonRepr(key)}: ${pythonRepr(value2)}`);
  return `{${items2.join(", ")}}`;
}

// src/adapters/project/version-locations.ts
function separatorKeys(version) {
  if (atLeast(version, "1.16.0")) return ["path_separator", "version_path_separator"];
  return atLeast(version, "1.7.0") ? ["version_path_separator"] : [];
}
function splitVersionLocations(text4, separator, version) {
  if (!separator) return text4.split(/, *| +/);
  const parts2 = text4.split(separatorCharacter(separator, version)).filter((part) => part !== "");
  return atLeast(version, "1.13.3") ? parts2.map(pythonTrim) : parts2;
}
function splitPrependSysPath(text4, separator, version) {
  if (!separator || !atLeast(version, "1.16.0")) return text4.split(/, *| +|:/);
  return text4.split(separatorCharacter(separator, version)).filter((part) => part !== "").map(pythonTrim);
}
function separatorCharacter(separator, version) {
  const newline = atLeast(version, "1.13.3");
  const characters = new Map([
    ["space", " "],
    ...newline ? [["newline", "\n"]] : [],
    ["os", ":"],
    [":", ":"],
    [";", ";"]
  ]);
  const character = characters.get(separator.value);
  if (character !== void 0) return character;
  const expected = [...characters.keys()].map((name2) => `'${name2}'`).join(", ");
  throw new PythonRaise(
    "ValueError",
    `'${separator.value}' is not a valid value for ${separator.key}; expected ${expected}`
  );
}

// src/adapters/project/alembic-options.ts
var OptionRefused = class extends Error {
  at;
  raise;
  constructor(at, raise2) {
    super(raise2.message);
    this.name = "OptionRefused";
    this.at = at;
    this.raise = raise2;
  }
};
function readScriptOptions(config, locate) {
  const { version, overrides } = config;
  const withToml = atLeast(version, "1.16.0");
  const text4 = (key) => textOf(asking(key, () => optionOf(config, key)));
  const asking = (key, read) => {
    try {
      return read();
    } catch (error) {
      if (error instanceof PythonRaise) throw new OptionRefused({ file: fileOf(config, key), key }, error);
      throw error;
    }
  };
  const versionLocations = () => overrides.versionLocations ?? asking("version_locations", () => readVersionLocations(config));
  const scriptLocation = overrides.scriptLocation === null ? asking("script_location", () => optionOf(config, "script_location")) : { kind: "text", value: overrides.scriptLocation };
  if (scriptLocation.kind === "absent") {
    const missing = new PythonRaise("CommandError", "No 'script_location' key found in configuration.");
    const file = config.iniName ?? config.toml?.name ?? null;
    throw new OptionRefused({ file, key: "script_location" }, missing);
  }
  const slugLength = asking(
    "truncate_slug_length",
    () => slugLengthOf(optionOf(config, "truncate_slug_length"))
  );
  const early = withToml ? null : versionLocations();
  const prependSysPath = asking("prepend_sys_path", () => readPrependSysPath(config));
  const recursive = atLeast(version, "1.10.0") && asking("recursive_version_locations", () => switchOf(config, "recursive_version_locations"));
  const location = asking("script_location", () => locate(pathOf(scriptLocation), prependSysPath));
  const fileTemplate = text4("file_template") ?? "";
  const sourceless = asking("sourceless", () => switchOf(config, "sourceless"));
  const outputEncoding = text4("output_encoding") ?? "utf-8";
  const late = withToml ? versionLocations() : early;
  const timezone = text4("timezone");
  try {
    checkHooks(config);
  } catch (error) {
    const file = hasSection(config.ini, "post_write_hooks") ? config.iniName : config.toml?.name ?? null;
    if (error instanceof PythonRaise) throw new OptionRefused({ file, key: null }, error);
    throw error;
  }
  return {
    scriptLocation: location,
    versionLocations: late && late.length > 0 ? late : null,
    prependSysPath,
    recursive,
    sourceless,
    fileTemplate,
    outputEncoding,
    slugLength,
    timezone
  };
}
function fileOf(config, key) {
  const inIni = hasOption(config.ini, config.section, key);
  return inIni || !config.toml ? config.iniName : config.toml.name;
}
function optionOf(config, key) {
  const { ini, section, version } = config;
  if (!atLeast(version, "1.16.0")) {
    const value2 = mainOption(config, key);
    return value2 === null ? { kind: "absent" } : { kind: "text", value: value2 };
  }
  if (hasOption(ini, section, key)) return { kind: "text", value: readOption(ini, section, key) ?? "" };
  return tomlOption(config, key);
}
function mainOption(config, key) {
  const { ini, section, iniName } = config;
  if (!hasSection(ini, section)) {
    const name2 = iniName === null ? "None" : pythonRepr(iniName);
    const message = `No config file ${name2} found, or file has no '[${section}]' section`;
    throw new PythonRaise("CommandError", message);
  }
  return readOption(ini, section, key);
}
function tomlOption(config, key) {
  const { toml } = config;
  if (!toml) return { kind: "absent" };
  if (toml.table instanceof PythonRaise) throw toml.table;
  return readTomlOption(toml.table, key, tomlRules(config, toml.here));
}
function tomlRules(config, here) {
  return { here, booleans: atLeast(config.version, "1.16.4"), integers: atLeast(config.version, "1.16.5") };
}
function switchOf(config, key) {
  const { ini, section, toml, version } = config;
  if (!atLeast(version, "1.16.0")) return mainOption(config, key) === "true";
  if (hasOption(ini, section, key)) return readOption(ini, section, key) === "true";
  if (!toml) return false;
  if (toml.table instanceof PythonRaise) throw toml.table;
  return readTomlSwitch(toml.table, key, tomlRules(config, toml.here));
}
function textOf(option) {
  return option.kind === "text" ? option.value : null;
}
function pathOf(option) {
  if (option.kind === "text") return option.value;
  const type = pythonTypeOf(option);
  throw new PythonRaise("TypeError", `expected str, bytes or os.PathLike object, not ${type}`);
}
function pythonTypeOf(option) {
  switch (option.kind) {
    case "int":
      return option.bool ? "bool" : "int";
    case "table":
      return "dict";
    case "list":
    case "tables":
      return "list";
    default:
      return "str";
  }
}
function slugLengthOf(option) {
  if (option.kind === "absent") return 40;
  if (option.kind === "int") return Number(option.value) || 40;
  if (option.kind === "text") {
    const text4 = pythonTrim(option.value);
    if (/^[+-]?\p{Nd}+(?:_\p{Nd}+)*$/u.test(text4)) return Number(text4.replaceAll("_", "")) || 40;
    throw new PythonRaise("ValueError", `invalid literal for int() with base 10: ${pythonRepr(option.value)}`);
  }
  const wanted = "a string, a bytes-like object or a real number";
  throw new PythonRaise("TypeError", `int() argument must be ${wanted}, not '${pythonTypeOf(option)}'`);
}
function readVersionLocations(config) {
  const { ini, section, version } = config;
  const inToml = atLeast(version, "1.16.0");
  const text4 = inToml ? readOption(ini, section, "version_locations") : mainOption(config, "version_locations");
  if (text4 !== null && text4 !== "") {
    return splitVersionLocations(text4, separatorOf(config, separatorKeys(version)), version);
  }
  return inToml ? pathsOf(tomlOption(config, "version_locations")) : null;
}
function readPrependSysPath(config) {
  const { ini, section, version } = config;
  const inToml = atLeast(version, "1.16.0");
  const text4 = inToml ? readOption(ini, section, "prepend_sys_path") : mainOption(config, "prepend_sys_path");
  if (text4 !== null && text4 !== "") {
    const separator = inToml ? separatorOf(config, ["path_separator"]) : null;
    return splitPrependSysPath(text4, separator, version);
  }
  return inToml ? pathsOf(tomlOption(config, "prepend_sys_path")) ?? [] : [];
}
function separatorOf(config, keys) {
  for (const key of keys) {
    const value2 = mainOption(config, key);
    if (value2 !== null) return { key, value: value2 };
  }
  return null;
}
function pathsOf(option) {
  switch (option.kind) {
    case "absent":
      return null;
    case "text":
      return Array.from(option.value);
    case "list":
      return option.values;
    case "table":
      return option.keys;
    case "tables":
      throw new PythonRaise("TypeError", "expected str, bytes or os.PathLike object, not dict");
    default:
      if (option.value === 0n) return null;
      throw new PythonRaise("TypeError", `'${pythonTypeOf(option)}' object is not iterable`);
  }
}
function checkHooks(config) {
  const { ini, version } = config;
  if (hasSection(ini, "post_write_hooks")) {
    readSection(ini, "post_write_hooks");
    return;
  }
  if (!atLeast(version, "1.16.0")) return;
  const hooks = tomlOption(config, "post_write_hooks");
  if (hooks.kind === "tables" && hooks.tables.some((keys) => !keys.includes("name"))) {
    throw new PythonRaise("KeyError", "'name'");
  }
}

// src/adapters/project/detect-alembic-version.ts
import { posix as posix2 } from "node:path";

// src/core/release/version-specifier.ts
import { compare, maxSatisfying } from "@renovatebot/pep440";
function newestAllowed(releases, clauses) {
  return maxSatisfying([...releases], clauses.map(asPep440).join(","));
}
function asPep440(clause) {
  const match = /^(?<operator>[\^~=]?)v?(?<release>\d+(?:\.\d+)*)(?<rest>\.\*)?$/.exec(clause);
  const { operator: operator2, release = "", rest = "" } = match?.groups ?? {};
  const numbers = release.split(".").map(Number);
  if (operator2 === "" || operator2 === "=") return `==${release}${rest}`;
  if (operator2 === "^") return range(numbers, Math.max(1, numbers.findIndex((number4) => number4 > 0) + 1));
  if (operator2 === "~") return range(numbers, Math.min(2, numbers.length));
  return clause;
}
function range(numbers, kept) {
  return `>=${numbers.join(".")},==${numbers.slice(0, kept).join(".")}.*`;
}

// src/core/release/requirements.ts
function readRequirementsText(text4) {
  const requirements = [];
  const includes = [];
  for (const line of text4.replace(/\\\r?\n/g, " ").split(/\r?\n/)) {
    const stripped2 = line.replace(/(?:^|\s)#.*$/, "").trim();
    const include = /^(?:-[rc]\s*|--(?:requirement|constraint)(?:\s+|=))(?<file>\S.*)$/.exec(stripped2)?.groups;
    if (include?.["file"] !== void 0) includes.push(include["file"].trim());
    const requirement = readRequirement(stripped2);
    if (requirement) requirements.push(requirement);
  }
  return { requirements, includes };
}
function readRequirement(text4) {
  const match = /^(?<name>[A-Za-z0-9][\w.-]*)\s*(?:\[(?<extras>[^\]]*)\])?\s*(?<rest>[^]*)$/.exec(text4.trim());
  if (!match?.groups) return null;
  const { name: name2 = "", extras = "", rest = "" } = match.groups;
  return {
    name: normalized(name2),
    extras: extras.split(",").map(normalized).filter(Boolean),
    specifier: rest.startsWith("@") ? rest : rest.replace(/(?:;|\s--).*$/s, "").replace(/[()]/g, "").trim()
  };
}
function readPackageTables(text4) {
  const requirements = [];
  let name2 = "";
  for (const line of text4.split("\n")) {
    if (line.startsWith("[")) {
      name2 = "";
      continue;
    }
    const pair = /^(?<key>name|version)\s*=\s*["'](?<value>[^"']*)["']/.exec(line)?.groups;
    if (pair?.["key"] === "name") name2 = normalized(pair["value"] ?? "");
    if (pair?.["key"] === "version" && name2 !== "")
      requirements.push({ name: name2, extras: [], specifier: `==${pair["value"] ?? ""}` });
  }
  return requirements;
}
function normalized(name2) {
  return name2.trim().toLowerCase().replace(/[-_.]+/g, "-");
}

// src/core/release/alembic-pin.ts
var lastPatches = [11, 0, 1, 3, 3, 8, 5, 7, 1, 4, 4, 3, 1, 3, 1, 2, 5, 2, 5, 1, 0];
var knownReleases = lastPatches.flatMap(
  (last, minor) => Array.from({ length: last + 1 }, (_, patch) => ({ major: 1, minor, patch }))
);
function parseRequirements(text4) {
  const { requirements, includes } = readRequirementsText(text4);
  return { pin: newest(requirements.map(pinOfRequirement).filter((pin) => pin !== null)), includes };
}
function parseRequirement(requirement) {
  const read = readRequirement(requirement);
  return read && pinOfRequirement(read);
}
function pinOfRequirement({ name: name2, specifier }) {
  if (!isAlembic(name2)) return null;
  if (!specifier.startsWith("@")) return pinOf(specifier);
  const version = /alembic-(\d[\w.]*?)(?:-py|\.tar|\.zip|$)|@rel_(\d+_\d+_\d+)/.exec(specifier);
  return exactly((version?.[1] ?? version?.[2] ?? "").replaceAll("_", "."));
}
function parsePackageTables(text4) {
  return newest(
    readPackageTables(text4).map(pinOfRequirement).filter((pin) => pin !== null)
  );
}
function parsePipfileLock(text4) {
  let lock;
  try {
    lock = JSON.parse(text4);
  } catch {
    return null;
  }
  for (const section of ["default", "develop"]) {
    const packages = member(lock, section);
    const version = member(member(packages, "alembic"), "version");
    const pin = typeof version === "string" ? pinOf(version) : null;
    if (pin) return pin;
  }
  return null;
}
function pinInPyproject(document) {
  const project = member(document, "project");
  const poetry = member(member(document, "tool"), "poetry");
  const lists = [
    member(project, "dependencies"),
    ...members(member(project, "optional-dependencies")),
    ...members(member(document, "dependency-groups"))
  ];
  const tables = [
    member(poetry, "dependencies"),
    member(poetry, "dev-dependencies"),
    ...members(member(poetry, "group")).map((group) => member(group, "dependencies"))
  ];
  for (const list3 of lists) {
    if (!Array.isArray(list3)) continue;
    const pins = list3.map((item2) => typeof item2 === "string" ? parseRequirement(item2) : null);
    const pin = newest(pins.filter((found) => found !== null));
    if (pin) return pin;
  }
  for (const table of tables) {
    for (const [name2, value2] of entries(table)) {
      const specifier = typeof value2 === "string" ? value2 : member(value2, "version");
      if (isAlembic(String(name2)) && typeof specifier === "string") {
        const pin = pinOf(specifier);
        if (pin) return pin;
      }
    }
  }
  return null;
}
function pinOf(specifier) {
  const alternatives = specifier.split("||").map((part) => part.trim());
  if (alternatives.length > 1) {
    return newest(alternatives.map(pinOf).filter((pin) => pin !== null));
  }
  const clauses = specifier.replace(/(?<=[=<>~^!])\s+/g, "").split(/[\s,]+/).filter((clause) => clause !== "" && clause !== "*");
  if (clauses.length === 0) return null;
  const named3 = /^(?:={2,3})?(\d[^*\s]*)$/.exec(clauses.length === 1 ? clauses[0] ?? "" : "");
  if (named3?.[1] !== void 0) return exactly(named3[1]);
  const allowed2 = newestAllowed(knownReleases.map(formatAlembicVersion), clauses);
  const version = allowed2 === null ? null : parseAlembicVersion(allowed2);
  return version && { version, exact: false };
}
function exactly(text4) {
  const version = parseAlembicVersion(text4);
  return version ? { version, exact: true } : null;
}
function isAlembic(name2) {
  return name2.toLowerCase() === "alembic";
}
function newest(pins) {
  return pins.reduce(
    (best, pin) => best && compareAlembicVersions(best.version, pin.version) >= 0 ? best : pin,
    null
  );
}
function entries(value2) {
  if (value2 instanceof Map) return [...value2];
  return typeof value2 === "object" && value2 !== null ? Object.entries(value2) : [];
}
function members(value2) {
  return entries(value2).map(([, inner]) => inner);
}
function member(value2, key) {
  return entries(value2).find(([name2]) => name2 === key)?.[1];
}

// src/adapters/project/detect-alembic-version.ts
init_errors();

// src/adapters/files/tree-path.ts
import { posix } from "node:path";
function purePath(text4) {
  const root = /^\/\/(?!\/)/.test(text4) ? "//" : text4.startsWith("/") ? "/" : "";
  const rest = text4.split("/").filter((segment) => segment !== "" && segment !== ".");
  return root + rest.join("/") || ".";
}
function joinPath(base2, path) {
  if (path.startsWith("/") || base2 === "") return path;
  return base2.endsWith("/") ? base2 + path : `${base2}/${path}`;
}
function shownPath(cwd, path) {
  if (path.startsWith(`${cwd}/`)) {
    const below = path.slice(cwd.length + 1);
    if (!/(?:^|\/)\.{0,2}(?:\/|$)/.test(below)) return below;
  }
  const relative = posix.relative(cwd, joinPath(cwd, path));
  return relative === "" ? "." : /^\.\.(\/|$)/.test(relative) ? posix.normalize(joinPath(cwd, path)) : relative;
}

// src/adapters/project/detect-alembic-version.ts
var maxRequirementsFiles = 50;
var forDevelopment = /dev|test|lint|doc|local|ci\b|example/i;
async function readAssumedAlembic(tree, folders, option) {
  if (option !== null) {
    const version = parseAlembicVersion(option);
    if (version) return { version, source: "--alembic-version" };
    throw new GuardError(
      "usage",
      `'${option}' (--alembic-version) is not a version of Alembic`,
      "write a release like 1.13.3"
    );
  }
  let range3 = null;
  for (const { path, read } of pinFiles(tree, folders)) {
    const pin = await read();
    if (!pin) continue;
    const assumed = { version: pin.version, source: shownPath(tree.cwd, path) };
    if (pin.exact) return assumed;
    range3 ??= assumed;
  }
  return range3 ?? { version: newestKnownVersion, source: null };
}
function* pinFiles(tree, folders) {
  const locks = ["poetry.lock", "uv.lock", "pdm.lock", "pylock.toml"];
  for (const folder of new Set(folders)) {
    const at = (name2) => joinPath(folder, name2);
    const requirements = (name2) => ({
      path: at(name2),
      read: () => pinInRequirements(tree, at(name2), /* @__PURE__ */ new Set())
    });
    const others = requirementsFiles(tree, folder);
    yield requirements("requirements.txt");
    yield* others.filter((name2) => !forDevelopment.test(name2)).map(requirements);
    yield requirements("constraints.txt");
    for (const name2 of locks) yield { path: at(name2), read: () => pinIn(tree, at(name2), parsePackageTables) };
    yield { path: at("Pipfile.lock"), read: () => pinIn(tree, at("Pipfile.lock"), parsePipfileLock) };
    yield* others.filter((name2) => forDevelopment.test(name2)).map(requirements);
    yield { path: at("pyproject.toml"), read: () => pinInProject(tree, at("pyproject.toml")) };
  }
}
function requirementsFiles(tree, folder) {
  const names2 = (path) => (tree.readDirectory(path) ?? []).filter((entry2) => entry2.kind === "file").map((entry2) => entry2.name);
  return [
    ...names2(folder).filter((name2) => /^requirements.+\.txt$/.test(name2)),
    ...names2(joinPath(folder, "requirements")).filter((name2) => name2.endsWith(".txt")).map((name2) => `requirements/${name2}`)
  ].sort();
}
function pinInRequirements(tree, path, visited) {
  if (visited.has(path) || visited.size >= maxRequirementsFiles) return null;
  visited.add(path);
  const text4 = textOf2(tree, path);
  if (text4 === null) return null;
  const { pin, includes } = parseRequirements(text4);
  if (pin?.exact) return pin;
  const included = includes.filter((include) => !include.includes("://")).map(
    (include) => pinInRequirements(tree, posix2.normalize(joinPath(posix2.dirname(path), include)), visited)
  ).filter((found) => found !== null);
  return included.find((found) => found.exact) ?? pin ?? included[0] ?? null;
}
function pinIn(tree, path, parse2) {
  const text4 = textOf2(tree, path);
  return text4?.includes("alembic") ? parse2(text4) : null;
}
async function pinInProject(tree, path) {
  const text4 = textOf2(tree, path);
  if (!text4?.toLowerCase().includes("alembic")) return null;
  try {
    return pinInPyproject(await parseToml(text4));
  } catch (error) {
    if (error instanceof PythonRaise) return null;
    throw error;
  }
}
function textOf2(tree, path) {
  const bytes = tree.readFile(path);
  return bytes ? new TextDecoder().decode(bytes) : null;
}

// src/adapters/project/config-files.ts
import { posix as posix3 } from "node:path";
async function readConfigFiles(tree, names2, version, overrides) {
  return {
    version,
    section: names2.section,
    iniName: names2.ini,
    ini: readIni(tree, names2, version),
    toml: names2.toml === null ? null : await readToml(tree, names2.toml),
    overrides
  };
}
function readIni(tree, { ini: name2, section }, version) {
  if (name2 === null) return { defaults: /* @__PURE__ */ new Map([["here", ""]]), sections: /* @__PURE__ */ new Map([[section, /* @__PURE__ */ new Map()]]) };
  const withPathlib = atLeast(version, "1.16.0");
  const path = withPathlib ? purePath(name2) : name2;
  const absolute = joinPath(tree.cwd, path);
  const here = withPathlib ? posix3.dirname(absolute) : posix3.dirname(posix3.normalize(absolute));
  const bytes = tree.readFile(name2);
  if (!bytes) return { defaults: /* @__PURE__ */ new Map([["here", here]]), sections: /* @__PURE__ */ new Map() };
  try {
    return parseIni(decodeUtf82(bytes), {
      here,
      source: withPathlib ? `PosixPath(${pythonRepr(path)})` : pythonRepr(path)
    });
  } catch (error) {
    if (error instanceof PythonRaise) throw new OptionRefused({ file: name2, key: null }, error);
    throw error;
  }
}
async function readToml(tree, name2) {
  const table = await readAlembicTable(tree, name2);
  if (!table) return null;
  return { name: name2, here: posix3.dirname(joinPath(tree.cwd, purePath(name2))), table };
}
async function readAlembicTable(tree, name2) {
  const bytes = tree.readFile(name2);
  if (!bytes) return null;
  try {
    return alembicTable(await parseToml(decodeUtf82(bytes)));
  } catch (error) {
    if (error instanceof PythonRaise) return error;
    throw error;
  }
}

// src/adapters/project/config-hints.ts
init_display();
function hintFor({ file, key }, error, sections) {
  const option = key ?? "the option";
  const place = file ?? "the configuration";
  switch (error.type) {
    case "DuplicateOptionError":
      return "keep one of the two lines";
    case "DuplicateSectionError":
      return "merge the two sections into one";
    case "MissingSectionHeaderError":
      return "begin the file with [alembic], and save it without a byte order mark";
    case "ParsingError":
      return "write `key = value` on these lines, or indent them to continue the value above";
    case "InterpolationMissingOptionError":
    case "InterpolationSyntaxError":
      return "write %% for a percent sign that is meant as such";
    case "InterpolationDepthError":
      return "the value refers to itself: write it out";
    case "UnicodeDecodeError":
      return `save ${place} as UTF-8`;
    case "TOMLDecodeError":
      return `mend ${place}: Alembic reads it since 1.16, also beside an alembic.ini`;
    case "ModuleNotFoundError":
      return hintForPackage(key);
    case "ValueError":
      return hintForValue(option, error.message);
    case "CommandError":
      return hintForCommandError(option, place, error.message, sections);
    default:
      return key === null ? null : `change ${option} in ${place}`;
  }
}
function hintForPackage(key) {
  const option = key === "version_locations" ? "--version-location" : "--script-location";
  return `the package is not below this folder: name its folder with ${option} DIR`;
}
function hintForValue(option, message) {
  if (message === "Empty module name") return `a colon in ${option} means a package; separate paths otherwise`;
  const separator = / is not a valid value for (\w+);/.exec(message)?.[1];
  if (separator !== void 0 && /^'[^']*[#;] ?[^']+'/.test(message)) {
    return `move the comment of ${separator} to a line of its own: an ini file has no comments behind a value`;
  }
  if (separator !== void 0) return `write one of these values for ${separator}`;
  return `change ${option}`;
}
function hintForCommandError(option, place, message, sections) {
  if (message.startsWith("No ") && sections.length > 0) {
    return `name one of the sections of ${place} that have it: ${sections.map((name2) => `-n ${shown(name2)}`).join(", ")}`;
  }
  if (message.startsWith("No ")) {
    return `add script_location to ${place}, name another file with -c FILE or another section with -n NAME, or pass --script-location DIR (with Flask-Migrate: -d DIR)`;
  }
  if (message.startsWith("Path doesn't exist")) {
    return "a relative script_location counts from the working directory: go to the right folder, or pass --script-location DIR";
  }
  if (message.startsWith("boolean value")) return `write true or false without quotes for ${option}`;
  if (message.startsWith("unsupported TOML"))
    return `write a text in quotes for ${option}, or use a newer Alembic`;
  return null;
}

// src/adapters/project/config-refused.ts
init_errors();
var ConfigRefused = class extends GuardError {
  error;
  constructor(at, error, hint) {
    const safe = { type: error.type, message: withoutSecrets(error, at.key) };
    const where = [at.file, at.key].filter((part) => part !== null).join(", ");
    const words = `Alembic stops with ${safe.type}: ${safe.message.replace(/\s*\n\s*/g, " ")}`;
    super("usage", where === "" ? words : `${where}: ${words}`, hint);
    this.name = "ConfigRefused";
    this.error = safe;
  }
};
var url = /[a-z][a-z0-9+.-]*:\/\/[^\s'"]*/gi;
var value = /(found: |Raw value: |variable reference )[^]*$/;
function withoutSecrets(error, key) {
  const { type, message } = error;
  if (type === "ParsingError") return message.replace(/^(\t\[line +\d+\]:).*$/gm, "$1 \u2026");
  if (type === "MissingSectionHeaderError") return message.split("\n").slice(0, 2).join("\n");
  if (type.startsWith("Interpolation") && key === null) return message.replace(value, "$1\u2026");
  return message.replace(url, "\u2026");
}

// src/adapters/files/file-tree.ts
var FileUnreadable = class extends Error {
  path;
  /** The operating system's short code: `EACCES`. */
  code;
  constructor(path, code, options) {
    super(`${path} can't be read (${code})`, options);
    this.name = "FileUnreadable";
    this.path = path;
    this.code = code;
  }
};

// src/adapters/project/package-resource.ts
function isPackageResource(text4) {
  return !text4.startsWith("/") && text4.includes(":");
}
function locateResource(tree, text4, roots) {
  const [name2 = "", ...folders] = text4.split(":");
  if (name2 === "") throw new PythonRaise("ValueError", "Empty module name");
  if (name2.startsWith(".")) {
    const relative = `the 'package' argument is required to perform a relative import for ${pythonRepr(name2)}`;
    throw new PythonRaise("TypeError", relative);
  }
  let places = roots;
  let imported3 = "";
  for (const segment of name2.split(".")) {
    const module = imported3 === "" ? segment : `${imported3}.${segment}`;
    const found = findModule(tree, segment, places);
    if (found.length === 0)
      throw new PythonRaise("ModuleNotFoundError", `No module named ${pythonRepr(module)}`);
    places = found;
    imported3 = module;
  }
  const [first = ""] = folders;
  const place = places.find((candidate2) => tree.kindOf(joinPath(candidate2, first)) !== null) ?? places[0] ?? "";
  return folders.reduce(joinPath, place);
}
function findModule(tree, segment, places) {
  if (segment === "" || segment.includes("/")) return [];
  const namespace = [];
  for (const place of places) {
    const folder = joinPath(place, segment);
    if (tree.kindOf(folder) !== "directory") continue;
    if (tree.kindOf(`${folder}/__init__.py`) === "file") return [folder];
    namespace.push(folder);
  }
  return namespace;
}

// src/adapters/project/choose-config.ts
import { posix as posix5 } from "node:path";
init_display();
init_errors();

// src/adapters/project/search-projects.ts
import { posix as posix4 } from "node:path";
var maxDepth = 5;
var maxFolders = 4e3;
var skipped = /* @__PURE__ */ new Set([
  "node_modules",
  "site-packages",
  "venv",
  "env",
  "virtualenv",
  "__pycache__",
  "bower_components",
  "vendor"
]);
function searchProjects(tree) {
  const configs = [];
  const scriptLocations = [];
  let level = [tree.cwd];
  let seen = 0;
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth += 1) {
    const next = [];
    for (const folder of level) {
      seen += 1;
      if (seen > maxFolders) return { configs, scriptLocations, incomplete: true };
      const entries2 = entriesOf(tree, folder);
      const has = (name2, kind) => entries2.some((entry2) => entry2.name === name2 && entry2.kind === kind);
      if (has("pyvenv.cfg", "file")) continue;
      if (has("alembic.ini", "file") && folder !== tree.cwd) configs.push(candidate(tree, folder));
      if (has("env.py", "file") && has("versions", "directory")) {
        scriptLocations.push(shownPath(tree.cwd, folder));
      }
      for (const { name: name2, kind, link } of entries2) {
        if (kind !== "directory" || link || name2.startsWith(".") || skipped.has(name2)) continue;
        next.push(joinPath(folder, name2));
      }
    }
    level = next.sort();
  }
  return { configs, scriptLocations, incomplete: false };
}
function entriesOf(tree, folder) {
  try {
    return tree.readDirectory(folder) ?? [];
  } catch (error) {
    if (error instanceof FileUnreadable) return [];
    throw error;
  }
}
function candidate(tree, folder) {
  const path = shownPath(tree.cwd, joinPath(folder, "alembic.ini"));
  const parent = posix4.dirname(path);
  const byFile = { path, advice: `-c ${path}` };
  let location;
  try {
    location = scriptLocationIn(tree, folder);
  } catch (error) {
    if (error instanceof PythonRaise || error instanceof FileUnreadable) return byFile;
    throw error;
  }
  const beside = tree.kindOf(joinPath(folder, "env.py")) === "file";
  if (location === null) return beside ? { path, advice: `-d ${parent}` } : byFile;
  if (isPackageResource(location)) return byFile;
  if (tree.kindOf(joinPath(tree.cwd, location)) === "directory") return byFile;
  if (tree.kindOf(joinPath(folder, location)) === "directory") return { path, advice: `cd ${parent}` };
  return beside ? { path, advice: `-c ${path} --script-location ${parent}` } : byFile;
}
function scriptLocationIn(tree, folder) {
  const bytes = tree.readFile(joinPath(folder, "alembic.ini"));
  if (!bytes) return null;
  const ini = parseIni(new TextDecoder().decode(bytes), { here: folder, source: "'alembic.ini'" });
  return readOption(ini, "alembic", "script_location");
}

// src/adapters/project/choose-config.ts
var flaskDefault = "migrations";
async function chooseConfiguration(tree, options, version) {
  const section = options.name ?? "alembic";
  const names2 = alembicNames(options, version);
  const alembic = { ...names2, section, flaskDirectory: null, foundFolder: null, remarks: [] };
  const flask = (directory) => ({
    ...alembic,
    ini: joinPath(directory, "alembic.ini"),
    toml: null,
    flaskDirectory: directory
  });
  if (options.directory !== void 0) return flask(options.directory);
  if (options.config?.length || options.alembicConfigEnv !== void 0) return alembic;
  if (names2.ini !== null && tree.kindOf(names2.ini) === "file") return alembic;
  const table = names2.toml === null ? null : await readAlembicTable(tree, names2.toml);
  if (table && !(table instanceof PythonRaise) && table.size > 0) return alembic;
  if (options.scriptLocation !== void 0) return alembic;
  if (isFlaskMigrate(tree)) {
    return {
      ...flask(flaskDefault),
      remarks: ["migrations/alembic.ini has no script_location: read as Flask-Migrate's"]
    };
  }
  const folder = onlyFolder(tree, version, table);
  const remarks = [`no configuration of Alembic: ${folder} is the only folder with env.py and versions`];
  return { ...alembic, ini: null, toml: null, foundFolder: folder, remarks };
}
function alembicNames(options, version) {
  const named3 = options.config ?? [];
  const environment = options.alembicConfigEnv;
  if (!atLeast(version, "1.16.0")) {
    const ini = named3.at(-1) ?? environment ?? "alembic.ini";
    return { ini: ini === "" ? null : ini, toml: null };
  }
  const isToml = (name2) => posix5.basename(name2) === "pyproject.toml";
  const tomls = named3.filter(isToml);
  const inis = named3.filter((name2) => !isToml(name2));
  const twice = tomls.length > 1 ? "pyproject.toml indicated more than once" : "only one ini file may be indicated";
  if (tomls.length > 1 || inis.length > 1) {
    throw new OptionRefused({ file: null, key: "-c" }, new PythonRaise("CommandError", twice));
  }
  const fromEnvironment = environment === void 0 || environment === "" ? null : environment;
  const environmentToml = fromEnvironment !== null && isToml(fromEnvironment);
  return {
    toml: tomls[0] ?? (environmentToml ? fromEnvironment : "pyproject.toml"),
    // An empty name falls back, as Python's `or` does.
    ini: (inis[0] ?? "") || (environmentToml ? null : fromEnvironment) || "alembic.ini"
  };
}
function isFlaskMigrate(tree) {
  if (tree.kindOf(`${flaskDefault}/alembic.ini`) !== "file") return false;
  try {
    return scriptLocationIn(tree, joinPath(tree.cwd, flaskDefault)) === null;
  } catch (error) {
    if (error instanceof PythonRaise || error instanceof FileUnreadable) return false;
    throw error;
  }
}
function onlyFolder(tree, version, table) {
  const { configs, scriptLocations, incomplete } = searchProjects(tree);
  if (configs.length > 0) {
    const advice = configs.map((config) => config.advice);
    const found = listed(configs.map((config) => config.path));
    throw new GuardError(
      "usage",
      `there is no alembic.ini in this folder, but below it: ${found}`,
      configs.length === 1 ? `use \`${advice[0]}\`` : `use one of: ${advice.map((line) => `\`${line}\``).join(", ")}`
    );
  }
  if (table instanceof PythonRaise) throw new OptionRefused({ file: "pyproject.toml", key: null }, table);
  const [folder, ...others] = scriptLocations;
  if (folder === void 0) {
    const files = atLeast(version, "1.16.0") ? "alembic.ini, [tool.alembic] in pyproject.toml" : "alembic.ini";
    const extent = incomplete ? " (the search ended before it had seen every folder)" : "";
    throw new GuardError(
      "usage",
      `no Alembic project here: looked for ${files}, migrations/alembic.ini and a folder with env.py and versions${extent}`,
      "go to the folder with alembic.ini, or pass -c FILE, -d DIR (Flask-Migrate) or --script-location DIR"
    );
  }
  if (others.length > 0) {
    const commands = scriptLocations.map((path) => `\`--script-location ${path}\``);
    throw new GuardError(
      "usage",
      `nothing configures Alembic here, and several folders look like its: ${listed(scriptLocations)}`,
      `use one of: ${commands.join(", ")}`
    );
  }
  return purePath(folder);
}

// src/adapters/project/locate-project.ts
async function locateProject(tree, options = {}) {
  let config = null;
  try {
    const alembic = await readAssumedAlembic(
      tree,
      foldersOfConfig(tree, options),
      options.alembicVersion ?? null
    );
    const choice = await chooseConfiguration(tree, options, alembic.version);
    const overrides = {
      scriptLocation: options.scriptLocation ?? choice.flaskDirectory ?? choice.foundFolder,
      versionLocations: options.versionLocations?.length ? options.versionLocations : null
    };
    config = await readConfigFiles(tree, choice, alembic.version, overrides);
    return describe(tree, config, choice, alembic);
  } catch (error) {
    if (error instanceof OptionRefused) {
      const { at, raise: raise2 } = error;
      const sections = [...config?.ini.sections.keys() ?? []];
      const usable = sections.filter((name2) => config && hasOption(config.ini, name2, "script_location"));
      throw new ConfigRefused(at, raise2.error, hintFor(at, raise2.error, usable));
    }
    if (error instanceof FileUnreadable) {
      const message = `${shownPath(tree.cwd, error.path)} can't be read (${error.code})`;
      throw new GuardError("unavailable", message, "let the user who runs the guard read it", {
        cause: error
      });
    }
    throw error;
  }
}
function foldersOfConfig(tree, options) {
  const files = [...options.config ?? [], options.alembicConfigEnv ?? ""].filter((path) => path !== "");
  const folders = files.map((path) => posix6.dirname(joinPath(tree.cwd, path)));
  const directory = options.directory === void 0 ? [] : [joinPath(tree.cwd, options.directory)];
  return [tree.cwd, ...folders, ...directory];
}
function describe(tree, config, choice, alembic) {
  const remarks = [...choice.remarks];
  const script = readScriptOptions(
    config,
    (text4, prepended) => locateFolder(tree, config, text4, prepended, remarks)
  );
  checkExists(tree, config, script.scriptLocation);
  const folder = joinPath(tree.cwd, script.scriptLocation);
  const locations = (script.versionLocations ?? []).map((text4) => {
    try {
      return locateFolder(tree, config, text4, script.prependSysPath, remarks);
    } catch (error) {
      if (!(error instanceof PythonRaise)) throw error;
      throw new OptionRefused(
        { file: config.iniName ?? config.toml?.name ?? null, key: "version_locations" },
        error
      );
    }
  });
  const paths = locations.length > 0 ? locations : [joinPath(script.scriptLocation, "versions")];
  const envPy = joinPath(folder, "env.py");
  if (tree.kindOf(envPy) !== "file") {
    remarks.push(`${shownPath(tree.cwd, envPy)} is missing`);
  } else {
    remarks.push(...wholeSectionRemarks(tree, config, envPy));
  }
  if (choice.flaskDirectory !== null && tree.kindOf(choice.ini ?? "") !== "file") {
    remarks.push(`${choice.ini} is missing: the env.py that Flask-Migrate writes fails without it`);
  }
  if (script.sourceless) remarks.push("sourceless = true: compiled files count as migrations");
  return {
    config: configFile(tree, config),
    section: config.section,
    flaskMigrate: choice.flaskDirectory !== null,
    scriptLocation: folder,
    versionLocations: paths.map(
      (path) => (
        // os.path.abspath takes `..` away; pathlib, which has replaced it in 1.16, does not.
        atLeast(config.version, "1.16.0") ? joinPath(tree.cwd, path) : posix6.resolve(tree.cwd, path)
      )
    ),
    defaultLocation: locations.length === 0,
    recursive: script.recursive,
    sourceless: script.sourceless,
    alembic,
    fileTemplate: script.fileTemplate,
    outputEncoding: script.outputEncoding,
    slugLength: script.slugLength,
    timezone: script.timezone,
    remarks: [...new Set(remarks)]
  };
}
function locateFolder(tree, config, text4, prepended, remarks) {
  if (!isPackageResource(text4)) return atLeast(config.version, "1.16.0") ? purePath(text4) : text4;
  const importable = prepended.map((path2) => posix6.resolve(tree.cwd, path2));
  const beside = config.iniName === null ? tree.cwd : posix6.dirname(joinPath(tree.cwd, config.iniName));
  const elsewhere = [tree.cwd, beside].flatMap((folder) => [folder, `${folder}/src`, rootOfPackage(tree, folder)]).map((path2) => posix6.normalize(path2));
  const path = locateResource(tree, text4, [.../* @__PURE__ */ new Set([...importable, ...elsewhere])]);
  if (!importable.some((root) => path.startsWith(`${root}/`))) {
    const name2 = shown(text4.split(":", 1)[0] ?? "");
    remarks.push(
      `the package ${name2} is read from ${shownPath(tree.cwd, path)}; Alembic imports the installed one`
    );
  }
  return path;
}
function rootOfPackage(tree, folder) {
  let root = folder;
  while (root !== "/" && tree.kindOf(joinPath(root, "__init__.py")) === "file") root = posix6.dirname(root);
  return root;
}
function checkExists(tree, config, path) {
  if (path !== "" && tree.kindOf(path) !== null) return;
  const name2 = atLeast(config.version, "1.16.0") ? path : pythonRepr(posix6.resolve(tree.cwd, path));
  const message = `Path doesn't exist: ${name2}.  Please use the 'init' command to create a new scripts folder.`;
  const file = config.overrides.scriptLocation === null ? config.iniName ?? config.toml?.name ?? null : null;
  const key = file === null ? "--script-location" : "script_location";
  throw new OptionRefused({ file, key }, new PythonRaise("CommandError", message));
}
function wholeSectionRemarks(tree, config, envPy) {
  const { ini, section } = config;
  if (!hasSection(ini, section)) return [];
  const type = errorOf(() => readSection(ini, section));
  if (type === null) return [];
  const bytes = tree.readFile(envPy);
  if (!bytes || !/get_section\s*\(/.test(new TextDecoder().decode(bytes))) return [];
  const options = /* @__PURE__ */ new Set([...ini.defaults.keys(), ...ini.sections.get(section)?.keys() ?? []]);
  const broken = [...options].filter((option) => errorOf(() => readOption(ini, section, option)) !== null);
  const names2 = broken.map(shown).join(", ");
  return [
    `${config.iniName}: env.py reads the whole section, and ${names2} gives ${type}: write %% for each %`
  ];
}
function errorOf(read) {
  try {
    read();
    return null;
  } catch (error) {
    if (error instanceof PythonRaise) return error.error.type;
    throw error;
  }
}
function configFile(tree, config) {
  const { iniName, toml } = config;
  if (iniName !== null && tree.kindOf(iniName) === "file") return shownPath(tree.cwd, iniName);
  if (!toml || toml.table instanceof PythonRaise || toml.table.size === 0) return null;
  return shownPath(tree.cwd, toml.name);
}

// src/adapters/project/read-repository.ts
init_migration_module();
init_scan_env();
init_template_form();

// src/adapters/project/migration-files.ts
import { posix as posix7 } from "node:path";
function listMigrationFiles(tree, rules) {
  const found = { files: [], remarks: [], error: null, seen: /* @__PURE__ */ new Set(), cwd: realCwd(tree) };
  for (const location of rules.versionLocations) {
    if (atLeast(rules.version, "1.10.0")) walk(tree, rules, location, found);
    else listOnce(tree, rules, location, found);
  }
  return { files: found.files, remarks: found.remarks, error: found.error };
}
function walk(tree, rules, location, found) {
  const waiting = [location];
  for (let root = waiting.pop(); root !== void 0; root = waiting.pop()) {
    const entries2 = entriesOf2(tree, root, found);
    if (!entries2) continue;
    const folders = entries2.filter((entry2) => entry2.kind === "directory");
    const cache = posix7.basename(root).endsWith("__pycache__");
    if (!cache) {
      const files = entries2.filter((entry2) => entry2.kind !== "directory" || linkLoadedAsFile(entry2, rules));
      const realRoot = tree.realPath(root) ?? root;
      const byName = new Map(files.map((entry2) => [entry2.name, entry2]));
      for (const name2 of sortedAsPython(files.map((entry2) => entry2.name))) {
        const entry2 = byName.get(name2);
        if (entry2) loadResolved(tree, rules, candidateIn(tree, root, realRoot, entry2), found);
      }
      if (rules.sourceless) {
        const names3 = new Set(files.map((entry2) => beforeDot(entry2.name)));
        for (const compiled of cachedIn(tree, root, names3, found)) loadResolved(tree, rules, compiled, found);
      }
      if (!rules.recursive) return;
    }
    const names2 = folders.filter((entry2) => !entry2.link).map((entry2) => entry2.name);
    const below = cache ? names2 : sortedAsPython(names2);
    waiting.push(...below.map((name2) => joinPath(root, name2)).toReversed());
  }
}
function sortedAsPython(names2) {
  const wide = names2.some((name2) => /[\ud800-\udfff]/.test(name2));
  return wide ? names2.toSorted(comparePythonText) : names2.toSorted();
}
function linkLoadedAsFile(entry2, rules) {
  return entry2.kind === "directory" && entry2.link && atLeast(rules.version, "1.16.0");
}
function loadResolved(tree, rules, candidate2, found) {
  const { kind, real } = candidate2;
  if (real === null) {
    if (!atLeast(rules.version, "1.16.0") && !counts(posix7.basename(candidate2.path), rules)) return;
    const reason = "it is a link that leads in a circle, on which Alembic fails in one way or another";
    found.files.push({ kind: "unreadable", shown: shownPath(tree.cwd, candidate2.path), reason });
    return;
  }
  if (kind !== "directory" && !firstSeen(real, found)) return;
  if (!countsAt(tree, real, posix7.basename(real), rules)) return;
  if (kind === "directory") {
    const reason = "it is a link to a folder, which Alembic tries to load as a file on Python 3.12 and newer";
    found.files.push({ kind: "unreadable", shown: shownPath(found.cwd, real), reason });
    return;
  }
  load(tree, { path: real, kind, shown: shownPath(found.cwd, real) }, found);
}
function listOnce(tree, rules, location, found) {
  const fail = (error) => {
    if (found.files.length === 0) found.error ??= error;
    else found.files.push({ kind: "raises", shown: shownPath(tree.cwd, location), error });
  };
  const path = posix7.resolve(tree.cwd, location);
  const entries2 = entriesOf2(tree, path, found);
  const kind = entries2 ? "directory" : tree.kindOf(path);
  const notFolder = { type: "NotADirectoryError", message: `[Errno 20] Not a directory: ${pythonRepr(path)}` };
  const missing = {
    type: "FileNotFoundError",
    message: `[Errno 2] No such file or directory: ${pythonRepr(path)}`
  };
  if (kind === null) {
    if (rules.defaultLocation) fail(tree.kindOf(posix7.dirname(path)) === "file" ? notFolder : missing);
    return;
  }
  if (!entries2) {
    fail(notFolder);
    return;
  }
  const realRoot = tree.realPath(path) ?? path;
  const candidates = entries2.map((entry2) => candidateIn(tree, path, realRoot, entry2));
  if (rules.sourceless) {
    candidates.push(...cachedIn(tree, path, new Set(entries2.map((entry2) => beforeDot(entry2.name))), found));
  }
  for (const candidate2 of candidates) {
    const name2 = candidate2.path.slice(path.length + 1);
    if (!firstSeen(candidate2.real ?? candidate2.path, found)) continue;
    if (!countsAt(tree, candidate2.path, name2, rules)) continue;
    const shown2 = shownPath(tree.cwd, candidate2.path);
    load(tree, { path: candidate2.path, kind: candidate2.kind, shown: shown2 }, found);
  }
}
function load(tree, file, found) {
  const { path, kind, shown: shown2 } = file;
  if (/\.py[co]$/.test(path)) {
    const reason = "it is a compiled file (sourceless = true), and only running it would tell what it holds";
    found.files.push({ kind: "unreadable", shown: shown2, reason });
  } else if (kind === "directory") {
    const message = `[Errno 21] Is a directory: ${pythonRepr(path)}`;
    found.files.push({ kind: "raises", shown: shown2, error: { type: "IsADirectoryError", message } });
  } else if (kind === "broken" && compiledBeside(tree, path)) {
    const reason = "it is a link that leads nowhere, and Alembic would load a compiled file that stayed behind";
    found.files.push({ kind: "unreadable", shown: shown2, reason });
  } else if (kind === "broken") {
    const message = `Can't find Python file ${path}`;
    found.files.push({ kind: "raises", shown: shown2, error: { type: "ImportError", message } });
  } else if (kind === "other") {
    found.files.push({
      kind: "unreadable",
      shown: shown2,
      reason: "it is not a regular file, or not open to this user"
    });
  } else {
    found.files.push({ kind: "source", path, shown: shown2 });
  }
}
function firstSeen(real, found) {
  if (!found.seen.has(real)) {
    found.seen.add(real);
    return true;
  }
  const file = shownPath(found.cwd, real);
  found.remarks.push(`File ${file} loaded twice! ignoring. Please ensure version_locations is unique.`);
  return false;
}
function counts(name2, rules) {
  return (rules.sourceless ? /^(?!\.#|__init__).*\.py[co]?\n?$/ : /^(?!\.#|__init__).*\.py\n?$/).test(name2);
}
function countsAt(tree, path, name2, rules) {
  if (!counts(name2, rules)) return false;
  const compiled = /^(?<source>.*\.py)(?<letter>[co])$/.exec(path)?.groups;
  if (!compiled) return true;
  const source = compiled["source"] ?? "";
  if (tree.kindOf(source) !== null) return false;
  return compiled["letter"] === "c" || tree.kindOf(`${source}c`) === null;
}
function candidateIn(tree, root, realRoot, entry2) {
  const path = joinPath(root, entry2.name);
  if (!entry2.link) return { path, kind: entry2.kind, real: joinPath(realRoot, entry2.name) };
  return { path, kind: entry2.kind, real: tree.realPath(path) ?? brokenTarget(tree, path) };
}
function entriesOf2(tree, folder, found) {
  try {
    return tree.readDirectory(folder);
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error;
    const reason = `this folder can't be read (${error.code}), and Alembic would load what is in it`;
    found.files.push({ kind: "unreadable", shown: shownPath(found.cwd, folder), reason });
    return [];
  }
}
function cachedIn(tree, root, names2, found) {
  const cache = joinPath(root, "__pycache__");
  const realCache = tree.realPath(cache) ?? cache;
  return (entriesOf2(tree, cache, found) ?? []).filter((entry2) => !names2.has(beforeDot(entry2.name))).map((entry2) => candidateIn(tree, cache, realCache, entry2));
}
function brokenTarget(tree, link) {
  let path = link;
  const visited = /* @__PURE__ */ new Set();
  for (let target = tree.readLink(path); target !== null; target = tree.readLink(path)) {
    if (visited.has(path)) return null;
    visited.add(path);
    path = joinPath(posix7.dirname(path), target);
    const parent = tree.realPath(posix7.dirname(path));
    path = parent === null ? posix7.normalize(path) : joinPath(parent, posix7.basename(path));
  }
  return path;
}
function compiledBeside(tree, path) {
  const stem = posix7.basename(path, ".py");
  const folder = posix7.dirname(path);
  const cached = tree.readDirectory(joinPath(folder, "__pycache__")) ?? [];
  return tree.kindOf(joinPath(folder, `${stem}.pyc`)) !== null || cached.some((entry2) => entry2.name.startsWith(`${stem}.`) && entry2.name.endsWith(".pyc"));
}
function beforeDot(name2) {
  return name2.split(".", 1)[0] ?? "";
}
function realCwd(tree) {
  return tree.realPath(tree.cwd) ?? tree.cwd;
}

// src/adapters/project/read-repository.ts
var filesPerTurn = 64;
async function readRepository(tree, location, onProgress = () => {
}) {
  const { files, remarks, error } = listMigrationFiles(tree, {
    version: location.alembic.version,
    versionLocations: location.versionLocations,
    defaultLocation: location.defaultLocation,
    recursive: location.recursive,
    sourceless: location.sourceless
  });
  const modules = [];
  for (const file of files) {
    modules.push(readModule(tree, file, readPlainMigration) ?? await readAnyModule(tree, file));
    if (modules.length % filesPerTurn > 0) continue;
    onProgress(modules.length, files.length);
    await new Promise((resolve3) => setImmediate(resolve3));
  }
  return {
    config: location.config,
    section: location.section,
    scriptLocation: shownPath(tree.cwd, location.scriptLocation),
    versionLocations: location.versionLocations.map((path) => shownPath(tree.cwd, path)),
    recursive: location.recursive,
    alembic: location.alembic,
    env: await readEnvFile(tree, joinPath(location.scriptLocation, "env.py")),
    fileTemplate: location.fileTemplate,
    outputEncoding: location.outputEncoding,
    slugLength: location.slugLength,
    timezone: location.timezone,
    modules,
    listingError: error,
    remarks: [...location.remarks, ...remarks]
  };
}
async function readAnyModule(tree, file) {
  const { readAnyMigration: readAnyMigration2 } = await Promise.resolve().then(() => (init_read_migration(), read_migration_exports));
  return readModule(tree, file, readAnyMigration2);
}
function readModule(tree, file, read) {
  if (file.kind === "raises") {
    const span = { path: file.shown, line: 1, column: 1 };
    return { ...emptyModule(file.shown), raises: { error: file.error, span } };
  }
  if (file.kind === "unreadable") return unreadable(file.shown, file.reason);
  try {
    const bytes = tree.readFile(file.path);
    return bytes ? read(bytes, file.shown) : unreadable(file.shown, "it was listed, but there is no such file");
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error;
    const reason = error.code === "EFBIG" ? "it is too large to be read" : `it can't be read (${error.code})`;
    return unreadable(file.shown, reason);
  }
}
async function readEnvFile(tree, path) {
  const shown2 = shownPath(tree.cwd, path);
  try {
    const bytes = tree.readFile(path);
    return readEnvAtAGlance(bytes, shown2) ?? (await Promise.resolve().then(() => (init_read_env(), read_env_exports))).readEnv(bytes, shown2);
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error;
    const span = { path: shown2, line: 1, column: 1 };
    return {
      ...nothingInEnv,
      path: shown2,
      computed: [{ option: "env.py", expression: `can't be read (${error.code})`, span }]
    };
  }
}
function unreadable(path, reason) {
  return { ...emptyModule(path), unreadable: { reason, span: { path, line: 1, column: 1 } } };
}

// src/adapters/files/disk-tree.ts
import {
  lstatSync,
  opendirSync,
  readlinkSync,
  realpathSync,
  statSync
} from "node:fs";
import { posix as posix8 } from "node:path";
init_regular_file();
var nothingThere = /* @__PURE__ */ new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EINVAL"]);
function diskTree(cwd) {
  const at = (path) => path.startsWith("/") ? path : `${cwd}/${path}`;
  return {
    cwd,
    readFile: (path) => orNull(path, () => readRegularFile(at(path))),
    readDirectory: (path) => orNull(path, () => readEntries(at(path))),
    kindOf: (path) => orNull(path, () => kindOf2(statSync(at(path)))),
    realPath: (path) => orNull(path, () => realpathSync.native(at(path))),
    readLink: (path) => orNull(path, () => readlinkSync(at(path)))
  };
}
function orNull(path, read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof FileUnreadable) throw error;
    const code = systemCode(error);
    if (code === null) throw error;
    if (nothingThere.has(code) || code === "ERR_INVALID_ARG_VALUE") return null;
    throw new FileUnreadable(path, code, { cause: error });
  }
}
function systemCode(error) {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
function readEntries(absolute) {
  const directory = opendirSync(absolute, { bufferSize: 512 });
  try {
    const entries2 = [];
    for (let entry2 = directory.readSync(); entry2; entry2 = directory.readSync()) {
      entries2.push(treeEntry(absolute, entry2));
    }
    return entries2;
  } finally {
    directory.closeSync();
  }
}
function treeEntry(directory, entry2) {
  const { name: name2 } = entry2;
  if (entry2.isFile()) return { name: name2, kind: "file", link: false };
  if (entry2.isDirectory()) return { name: name2, kind: "directory", link: false };
  const path = posix8.join(directory, name2);
  const link = entry2.isSymbolicLink() || (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false);
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    return { name: name2, kind: status ? kindOf2(status) : "broken", link };
  } catch (error) {
    const code = systemCode(error);
    if (code !== null && nothingThere.has(code)) return { name: name2, kind: "broken", link };
    return { name: name2, kind: "other", link };
  }
}
function kindOf2(status) {
  if (status.isFile()) return "file";
  return status.isDirectory() ? "directory" : "other";
}

// src/python/operations/read-operations.ts
init_decode_source();
init_run();
init_functions();
init_values();
init_scope();
init_statements();

// src/python/operations/calls.ts
init_calls();
init_run();
init_values();

// src/python/operations/columns.ts
init_sql_quoting();

// src/python/operations/column-types.ts
init_excerpt();
init_values();
var plain = (postgres, sqlite2) => (sizes) => sizes.length === 0 ? [postgres, sqlite2] : [null, null];
var sized = (postgres, sqlite2) => ([size]) => size === void 0 ? [postgres, sqlite2] : [postgres === null ? null : `${postgres}(${size})`, sqlite2 === null ? null : `${sqlite2}(${size})`];
var exact = (sqlite2) => ([precision, scale]) => {
  if (precision === void 0) return ["numeric", sqlite2];
  if (scale === void 0) return [`numeric(${precision},0)`, `${sqlite2}(${precision})`];
  return [`numeric(${precision},${scale})`, `${sqlite2}(${precision}, ${scale})`];
};
var float = ([precision]) => [
  precision !== void 0 && Number(precision) < 25 ? "real" : "double precision",
  "FLOAT"
];
var moment = (postgres, sqlite2) => ([precision], zone) => [
  `${postgres}${precision === void 0 ? "" : `(${precision})`} with${zone ? "" : "out"} time zone`,
  precision === void 0 ? sqlite2 : null
];
var spellings = {
  Integer: plain("integer", "INTEGER"),
  INTEGER: plain("integer", "INTEGER"),
  INT: plain("integer", "INTEGER"),
  SmallInteger: plain("smallint", "SMALLINT"),
  SMALLINT: plain("smallint", "SMALLINT"),
  BigInteger: plain("bigint", "BIGINT"),
  BIGINT: plain("bigint", "BIGINT"),
  String: sized("character varying", "VARCHAR"),
  Unicode: sized("character varying", "VARCHAR"),
  VARCHAR: sized("character varying", "VARCHAR"),
  CHAR: ([size = "1"]) => [`character(${size})`, size === "1" ? null : `CHAR(${size})`],
  Text: sized("text", "TEXT"),
  UnicodeText: sized("text", "TEXT"),
  TEXT: sized("text", "TEXT"),
  Boolean: plain("boolean", "BOOLEAN"),
  BOOLEAN: plain("boolean", "BOOLEAN"),
  Date: plain("date", "DATE"),
  DATE: plain("date", "DATE"),
  DateTime: moment("timestamp", "DATETIME"),
  DATETIME: plain(null, "DATETIME"),
  TIMESTAMP: moment("timestamp", "TIMESTAMP"),
  Time: moment("time", "TIME"),
  TIME: moment("time", "TIME"),
  Interval: plain("interval", "DATETIME"),
  INTERVAL: plain("interval", null),
  Float: float,
  FLOAT: float,
  REAL: plain("real", "REAL"),
  Double: plain("double precision", "DOUBLE"),
  DOUBLE: plain(null, "DOUBLE"),
  DOUBLE_PRECISION: ([precision]) => [
    "double precision",
    precision === void 0 ? "DOUBLE_PRECISION" : null
  ],
  Numeric: exact("NUMERIC"),
  NUMERIC: exact("NUMERIC"),
  DECIMAL: exact("DECIMAL"),
  LargeBinary: ([size]) => ["bytea", size === void 0 ? "BLOB" : null],
  PickleType: plain("bytea", "BLOB"),
  BYTEA: plain("bytea", null),
  BLOB: plain(null, "BLOB"),
  JSON: plain("json", "JSON"),
  JSONB: plain("jsonb", null),
  Uuid: plain("uuid", "CHAR(32)"),
  UUID: plain("uuid", null),
  AutoString: sized("character varying", "VARCHAR"),
  INET: plain("inet", null),
  CIDR: plain("cidr", null),
  MACADDR: plain("macaddr", null),
  MACADDR8: plain("macaddr8", null),
  TSVECTOR: plain("tsvector", null),
  HSTORE: plain("hstore", null),
  CITEXT: plain("citext", null),
  BIT: ([size = "1"]) => [`bit(${size})`, null],
  OID: plain("oid", null),
  MONEY: plain("money", null),
  INT4RANGE: plain("int4range", null),
  INT8RANGE: plain("int8range", null),
  NUMRANGE: plain("numrange", null),
  DATERANGE: plain("daterange", null),
  TSRANGE: plain("tsrange", null),
  TSTZRANGE: plain("tstzrange", null)
};
var ownTypes = /^(?:sqlalchemy(?:\.|$)|sqlmodel\.sql\.sqltypes\.|sqlmodel\.AutoString$|citext\.)/;
var sizeKeywords = ["length", "precision", "scale"];
function typeFacts(term, source) {
  const shown2 = shortened(source);
  const unknownType = {
    type: { source: shown2, postgres: null, sqlite: null, enum: null },
    enum: null
  };
  const made2 = term.kind === "made" ? term : term.kind === "imported" ? { kind: "made", path: term.path, args: [], keywords: /* @__PURE__ */ new Map(), source } : null;
  if (made2 === null || !ownTypes.test(made2.path)) return unknownType;
  const name2 = made2.path.slice(made2.path.lastIndexOf(".") + 1);
  if (name2 === "Enum" || name2 === "ENUM") return enumFacts(made2, name2, shown2) ?? unknownType;
  if (name2 === "ARRAY") return arrayFacts(made2, shown2) ?? unknownType;
  if (/\.(?:mysql|mssql|oracle)\./.test(made2.path)) return unknownType;
  const spelling = spellings[name2];
  const sizes = sizesOf(made2, name2);
  const zone = flagOf(made2.keywords.get("timezone") ?? zoneArgument(made2, name2), false);
  if (spelling === void 0 || sizes === null || zone === null) return unknownType;
  const [postgres, sqlite2] = spelling(sizes, zone);
  return { type: { source: shown2, postgres, sqlite: sqlite2, enum: null }, enum: null };
}
function zoneArgument(made2, name2) {
  return /^(?:DateTime|Time|TIMESTAMP|TIME)$/.test(name2) ? made2.args[0] : void 0;
}
function sizesOf(made2, name2) {
  const takesSize = /^(?:String|Unicode|VARCHAR|CHAR|Text|UnicodeText|TEXT|LargeBinary|AutoString|Float|FLOAT|Numeric|NUMERIC|DECIMAL|BIT)$/;
  const given = takesSize.test(name2) ? made2.args.slice(0, /^(?:N|D)/.test(name2) ? 2 : 1) : [];
  const named3 = sizeKeywords.flatMap((key) => made2.keywords.get(key) ?? []);
  const sizes = [...given, ...named3].filter((size) => size.kind !== "none");
  const known2 = sizes.flatMap((size) => size.kind === "int" ? [size.value.toString()] : []);
  return known2.length === sizes.length ? known2 : null;
}
function arrayFacts(made2, shown2) {
  const item2 = made2.args[0] ?? made2.keywords.get("item_type");
  if (item2 === void 0) return null;
  const inner = typeFacts(item2, shown2);
  const postgres = inner.type.postgres === null ? null : `${inner.type.postgres}[]`;
  return { type: { source: shown2, postgres, sqlite: null, enum: null }, enum: inner.enum };
}
function enumFacts(made2, name2, shown2) {
  const native = flagOf(made2.keywords.get("native_enum"), true);
  if (native === null) return null;
  const values = enumValues(made2);
  const length = made2.keywords.get("length");
  const longest = values === null ? null : Math.max(1, ...values.map((value2) => Array.from(value2).length));
  const width = length?.kind === "int" ? Math.max(Number(length.value), longest ?? 0) : longest;
  const sqlite2 = width === null || name2 === "ENUM" ? null : `VARCHAR(${width})`;
  if (!native) {
    const postgres = width === null ? null : `character varying(${width})`;
    return { type: { source: shown2, postgres, sqlite: sqlite2, enum: null }, enum: null };
  }
  const given = made2.keywords.get("name");
  const [only] = made2.args;
  const own = given !== void 0 ? stringOf(given) : only?.kind === "class" ? only.name.toLowerCase() : null;
  if (own === null) return { type: { source: shown2, postgres: null, sqlite: sqlite2, enum: null }, enum: null };
  const schema = made2.keywords.get("schema");
  if (schema !== void 0 && schema.kind !== "str" && schema.kind !== "none") return null;
  const type = { schema: stringOf(schema), name: own };
  const asked = flagOf(made2.keywords.get("create_type"), true);
  const depends = ["metadata", "inherit_schema"].some((key) => made2.keywords.has(key));
  const created = depends || name2 === "Enum" && asked === false ? null : asked;
  return {
    type: { source: shown2, postgres: null, sqlite: sqlite2, enum: type },
    enum: { enum: type, values, created }
  };
}
function enumValues(made2) {
  if (made2.keywords.has("values_callable")) return null;
  const [only] = made2.args;
  if (only?.kind === "class") return isEnumClass(only) ? [...only.members.keys()] : null;
  const values = made2.args.map((value2) => stringOf(value2));
  const known2 = values.filter((value2) => value2 !== null);
  return known2.length === values.length ? known2 : null;
}
function enumOf(term) {
  if (term.kind !== "made" || !/^sqlalchemy\..*\bE(?:num|NUM)$/.test(term.path)) return null;
  return typeFacts(term, term.source).enum;
}
function flattened(terms) {
  return terms.flatMap((term) => term.kind === "items" ? itemsOfTerm(term) ?? [term] : [term]);
}

// src/python/operations/columns.ts
init_tables();
init_tokens();
init_values();
function givenName(term) {
  if (term === void 0 || term.kind === "none") return { name: null, exact: false };
  if (term.kind === "str") return { name: term.value, exact: false };
  if (term.kind === "made" && term.path === "alembic.op.f") {
    const name2 = stringOf(term.args[0] ?? term.keywords.get("name"));
    return name2 === null ? null : { name: name2, exact: true };
  }
  return null;
}
function classOf(term) {
  if (term.kind !== "made" || !/^(?:sqlalchemy|sqlmodel)\./.test(term.path)) return null;
  return term.path.slice(term.path.lastIndexOf(".") + 1);
}
function columnOf(made2) {
  const positional = [...made2.args];
  const named3 = positional[0]?.kind === "str" ? positional.shift() : made2.keywords.get("name");
  const name2 = stringOf(named3);
  if (name2 === null) return null;
  const first = positional[0];
  const isType = first !== void 0 && !columnParts.has(classOf(first) ?? "");
  const typeTerm = isType ? positional.shift() : made2.keywords.get("type_") ?? made2.keywords.get("type");
  const facts = typeTerm === void 0 ? null : typeFacts(typeTerm, typeTerm.kind === "made" ? typeTerm.source : "");
  const constraints = [];
  let serverDefault = defaultOf(made2.keywords.get("server_default"));
  let identity = false;
  for (const part of positional) {
    const kind = classOf(part);
    if (part.kind !== "made" || kind === null) return null;
    if (kind === "ForeignKey") {
      const key = foreignKeyOf(part, name2);
      if (key === null) return null;
      constraints.push(key);
    } else if (kind === "Identity" || kind === "Computed") {
      if (kind === "Computed") serverDefault = { kind: "present", text: null };
      identity ||= kind === "Identity";
    } else if (kind === "FetchedValue" || kind === "DefaultClause") {
      serverDefault = { kind: "present", text: null };
    } else if (kind === "CheckConstraint") {
      const check = constraintOf(part);
      if (check === null) return null;
      constraints.push(check);
    } else if (!["Sequence", "ColumnDefault"].includes(kind)) return null;
  }
  const primaryKey = flagOf(made2.keywords.get("primary_key"), false);
  const unique = flagOf(made2.keywords.get("unique"), false);
  const indexed = flagOf(made2.keywords.get("index"), false);
  if (primaryKey === null || unique === null || indexed === null) return null;
  const unnamed = { name: null, exact: false };
  if (primaryKey) constraints.push({ ...unnamed, kind: "primaryKey", columns: [name2] });
  if (unique && !indexed) constraints.push({ ...unnamed, kind: "unique", columns: [name2] });
  const given = made2.keywords.get("nullable");
  const nullable = primaryKey ? false : identity && given === void 0 ? null : flagOf(given, true);
  const type = facts?.type ?? { source: "", postgres: null, sqlite: null, enum: null };
  return {
    column: { name: name2, type, nullable, serverDefault, primaryKey, ...identity && { identity: true } },
    constraints,
    indexes: indexed ? [{ ...unnamed, columns: [name2], unique, concurrently: false }] : [],
    enum: facts?.enum ?? null
  };
}
var columnParts = /* @__PURE__ */ new Set(["ForeignKey", "Identity", "Computed", "FetchedValue", "DefaultClause", "CheckConstraint", "Sequence", "ColumnDefault"]);
function defaultOf(term) {
  if (term === void 0 || term.kind === "none") return { kind: "none" };
  if (term.kind === "str") return { kind: "present", text: quoteText(term.value) };
  if (term.kind === "made" && classOf(term) === "text") {
    return { kind: "present", text: stringOf(term.args[0] ?? term.keywords.get("text")) };
  }
  if (term.kind === "made") return { kind: "present", text: constructText(term) };
  if (term.kind === "template") return { kind: "present", text: null };
  return { kind: "unknown" };
}
function constructText(made2) {
  const name2 = classOf(made2);
  if (name2 === null || made2.args.length > 0) return null;
  if (/\.func\.\w+$/.test(made2.path)) return `${name2}()`;
  return name2 === "true" || name2 === "false" ? name2 : null;
}
function foreignKeyOf(made2, column) {
  const target = targetOf(made2.args[0] ?? made2.keywords.get("column"));
  const named3 = givenName(made2.keywords.get("name"));
  if (target === null || named3 === null || isLeftOut(made2)) return null;
  return {
    ...named3,
    kind: "foreignKey",
    columns: [column],
    target: target.table,
    targetColumns: target.column === null ? [] : [target.column]
  };
}
function isLeftOut(made2) {
  return flagOf(made2.keywords.get("use_alter"), false) !== false;
}
function targetOf(term) {
  const parts2 = stringOf(term)?.split(".");
  if (parts2 === void 0 || parts2.length > 3) return null;
  if (parts2.length === 1) return { table: { schema: null, name: parts2[0] ?? "" }, column: null };
  const column = parts2.at(-1) ?? "";
  return { table: { schema: parts2.length === 3 ? parts2[0] ?? "" : null, name: parts2.at(-2) ?? "" }, column };
}
function constraintOf(made2) {
  const named3 = givenName(made2.keywords.get("name"));
  if (named3 === null) return null;
  switch (classOf(made2)) {
    case "PrimaryKeyConstraint":
    case "UniqueConstraint": {
      const columns = columnNames(made2.args);
      const kind = classOf(made2) === "UniqueConstraint" ? "unique" : "primaryKey";
      return columns === null ? null : { ...named3, kind, columns };
    }
    case "ForeignKeyConstraint": {
      if (isLeftOut(made2)) return null;
      const columns = stringsOf(made2.args[0] ?? made2.keywords.get("columns"));
      const targets = stringsOf(made2.args[1] ?? made2.keywords.get("refcolumns"));
      const third = made2.args[2] === void 0 ? named3 : givenName(made2.args[2]);
      const parsed2 = targets?.map((target) => targetOf({ kind: "str", value: target })) ?? [];
      const [first] = parsed2;
      if (columns === null || first === void 0 || first === null || third === null) return null;
      const targetColumns = parsed2.flatMap((target) => target?.column ?? []);
      return { ...third, kind: "foreignKey", columns, target: first.table, targetColumns };
    }
    case "CheckConstraint": {
      const second = made2.args[1] === void 0 ? named3 : givenName(made2.args[1]);
      return second === null ? null : { ...second, kind: "check", text: conditionOf(made2.args[0]) };
    }
    case "ExcludeConstraint":
      return { ...named3, kind: "exclude" };
    default:
      return null;
  }
}
function conditionOf(term) {
  if (term?.kind === "made" && classOf(term) === "text") return stringOf(term.args[0]);
  return stringOf(term);
}
function columnNames(args) {
  const flat = args.flatMap((arg) => arg.kind === "items" ? itemsOfTerm(arg) ?? [arg] : [arg]);
  const found = flat.flatMap((arg) => stringOf(arg) ?? []);
  return found.length === flat.length ? found : null;
}
function columnOfExpression(made2) {
  const source = /^(?:text|literal_column|column)$/.test(classOf(made2) ?? "") ? stringOf(made2.args[0]) : null;
  const tokens = source === null ? null : tokensOfSql(source);
  return tokens === null ? null : indexedColumn(tokens);
}
function indexColumns(term) {
  if (term === void 0) return null;
  const items2 = term.kind === "str" ? [term] : itemsOfTerm(term);
  if (items2 === null) return null;
  const columns = items2.map((item2) => item2.kind === "made" ? columnOfExpression(item2) : stringOf(item2));
  return columns.some((column, index) => column === null && items2[index]?.kind !== "made") ? null : columns;
}

// src/python/operations/directives.ts
init_values();
var parameters2 = {
  create_table: ["table_name"],
  drop_table: ["table_name"],
  rename_table: ["old_table_name", "new_table_name"],
  add_column: ["table_name", "column"],
  drop_column: ["table_name", "column_name"],
  alter_column: ["table_name", "column_name"],
  create_index: ["index_name|name", "table_name|tablename", "columns"],
  drop_index: ["index_name|name", "table_name|tablename"],
  create_unique_constraint: ["constraint_name|name", "table_name|source", "columns|local_cols"],
  create_primary_key: ["constraint_name|name", "table_name", "columns|cols"],
  create_check_constraint: ["constraint_name|name", "table_name|source", "condition"],
  create_exclude_constraint: ["constraint_name", "table_name"],
  create_foreign_key: [
    "constraint_name|name",
    "source_table|source",
    "referent_table|referent",
    "local_cols",
    "remote_cols"
  ],
  drop_constraint: ["constraint_name|name", "table_name|tablename", "type_|type"]
};
var batchDrops = /* @__PURE__ */ new Set(["table_name", "table_name|tablename", "table_name|source", "source_table|source"]);
var asides3 = /* @__PURE__ */ new Set(["create_table_comment", "drop_table_comment"]);
function isDirective(name2) {
  return name2 in parameters2 || asides3.has(name2) || name2 === "bulk_insert";
}
function operationsOfDirective(call3) {
  const { name: name2, span } = call3;
  if (asides3.has(name2)) return [{ kind: "unrelated", what: "comment", span }];
  if (name2 === "bulk_insert") {
    const writes = rowsInserted(call3);
    return [writes === null ? { kind: "data", span } : { kind: "data", writes, span }];
  }
  const wanted = parameters2[name2];
  if (wanted === void 0 || call3.keywords.has("**")) return null;
  const names2 = call3.batch === null ? wanted : wanted.filter((each2) => !batchDrops.has(each2));
  const given = (key) => {
    const index = names2.findIndex((each2) => each2.split("|").includes(key));
    const positional = index === -1 ? void 0 : call3.args[index];
    const aliases = names2[index]?.split("|") ?? [key];
    return positional ?? aliases.map((alias) => call3.keywords.get(alias)).find((term) => term !== void 0);
  };
  const rest = call3.args.slice(names2.length);
  const schema = schemaOf(call3.keywords.get("schema") ?? call3.keywords.get("source_schema"));
  const table = call3.batch === null ? tableOf(given("table_name") ?? given("source_table"), schema) : call3.batch.table;
  const steps = readDirective(call3, given, rest, schema, table);
  const { batch } = call3;
  return batch === null || steps === null ? steps : steps.map((step2) => ({ ...step2, inBatch: batch.way }));
}
function tableOfCall(call3) {
  if (call3.batch !== null) return call3.batch.table;
  const index = parameters2[call3.name]?.findIndex(
    (each2) => /^(?:table_name|source_table|old_table)/.test(each2)
  );
  if (index === void 0 || index === -1) return null;
  const named3 = ["table_name", "source_table", "tablename", "source", "old_table_name"];
  const keyword = named3.map((name2) => call3.keywords.get(name2)).find((term) => term !== void 0);
  return tableOf(call3.args[index] ?? keyword, schemaOf(call3.keywords.get("schema")));
}
function rowsInserted({ args, keywords: keywords3 }) {
  const into = args[0] ?? keywords3.get("table");
  const rows2 = args[1] ?? keywords3.get("rows");
  const [first] = rows2 === void 0 ? [] : itemsOfTerm(rows2) ?? [];
  if (into?.kind !== "made" || !/^table$/i.test(classOf(into) ?? "") || first?.kind !== "dict") return null;
  const table = tableOf(into.args[0], schemaOf(into.keywords.get("schema")));
  const declared = into.args.flatMap((part) => part.kind === "made" ? stringOf(part.args[0]) ?? [] : []);
  const columns = declared.filter((column) => first.entries.has(`str:${column}`));
  return table && { statement: "insert", table, columns: first.spoiled ? [] : columns };
}
function schemaOf(term) {
  if (term === void 0 || term.kind === "none") return null;
  return stringOf(term) ?? void 0;
}
function tableOf(term, schema) {
  const name2 = stringOf(term);
  return name2 === null || schema === void 0 ? null : { schema, name: name2 };
}
function readDirective(call3, given, rest, schema, table) {
  const { span, keywords: keywords3 } = call3;
  if (call3.name === "rename_table") {
    const from = stringOf(given("old_table_name"));
    const to = stringOf(given("new_table_name"));
    if (from === null || to === null || schema === void 0) return null;
    const renamed = { schema, name: to };
    return [{ kind: "renameTable", table: { schema, name: from }, to: renamed, ifExists: false, span }];
  }
  if (call3.name === "drop_index") return dropIndex(call3, given, schema, table);
  if (table === null) return null;
  switch (call3.name) {
    case "create_table":
      return createTable2(call3, rest, table);
    case "drop_table": {
      const present = flagOf(keywords3.get("if_exists"), false);
      if (present === null || rest.length > 0) return null;
      return [{ kind: "dropTable", table, ifExists: present, cascade: false, span }];
    }
    case "add_column":
      return addColumn(call3, given("column"), table);
    case "drop_column": {
      const column = columnName(given("column_name"));
      const present = flagOf(keywords3.get("if_exists"), false);
      if (column === null || present === null) return null;
      return [{ kind: "dropColumn", table, column, ifExists: present, span }];
    }
    case "alter_column":
      return alterColumn2(call3, given("column_name"), rest, table);
    case "create_index":
      return createIndex2(call3, given, table);
    case "drop_constraint": {
      const named3 = givenName(given("constraint_name"));
      const present = flagOf(keywords3.get("if_exists"), false);
      const type = constraintTypes[stringOf(given("type_")) ?? ""] ?? null;
      if (named3 === null || named3.name === null || present === null) return null;
      const { name: name2, exact: exact2 } = named3;
      return [{ kind: "dropConstraint", table, name: name2, exact: exact2, type, ifExists: present, span }];
    }
    default: {
      const constraint = addedConstraint(call3, given);
      return constraint === null ? null : [{ kind: "addConstraint", table, constraint, span }];
    }
  }
}
var constraintTypes = {
  foreignkey: "foreignKey",
  primary: "primaryKey",
  unique: "unique",
  check: "check"
};
function columnName(term) {
  if (term?.kind === "made" && classOf(term) === "Column") return stringOf(term.args[0]);
  return stringOf(term);
}
function createEnum(type, span) {
  if (type.created === null) {
    const reason = "an enum type that only some versions of SQLAlchemy create";
    return [{ kind: "opaque", reason, source: type.enum.name, touches: [], span }];
  }
  if (!type.created) return [];
  return [
    { kind: "createEnum", enum: type.enum, values: type.values, ifNotExists: true, implied: true, span }
  ];
}
function createTable2(call3, rest, table) {
  const missingOnly = flagOf(call3.keywords.get("if_not_exists"), false);
  const prefixes = call3.keywords.has("prefixes");
  if (missingOnly === null || prefixes) return null;
  const steps = [];
  const columns = [];
  const constraints = [];
  const indexes = [];
  for (const part of flattened(rest)) {
    if (part.kind !== "made") return null;
    const kind = classOf(part);
    if (kind === "Column") {
      const facts = columnOf(part);
      if (facts === null) return null;
      const types = facts.enum === null ? [] : createEnum(facts.enum, call3.span);
      steps.push(...types);
      columns.push(facts.column);
      constraints.push(...facts.constraints);
      indexes.push(...facts.indexes);
    } else if (kind === "Index") {
      const named3 = givenName(part.args[0]);
      const unique = flagOf(part.keywords.get("unique"), false);
      const [, ...expressions] = part.args;
      const listed2 = indexColumns({ kind: "items", type: "list", items: expressions, spoiled: false });
      if (named3 === null || unique === null || listed2 === null) return null;
      indexes.push({ ...named3, columns: listed2, unique, concurrently: false });
    } else {
      const constraint = constraintOf(part);
      if (constraint === null) return null;
      constraints.push(constraint);
    }
  }
  const keys = constraints.flatMap((each2) => each2.kind === "primaryKey" ? [each2] : []);
  const key = [...new Set(keys.flatMap((each2) => each2.columns))];
  const [first] = keys;
  const merged = constraints.filter((each2) => each2.kind !== "primaryKey");
  if (first !== void 0) {
    const named3 = keys.find((each2) => each2.name !== null) ?? first;
    merged.unshift({ ...named3, columns: key });
  }
  steps.push({
    kind: "createTable",
    table,
    columns: columns.map(numbered2(key)).map(
      (column) => (
        // An explicit nullable=True stands on SQLite, not on PostgreSQL; the default does not say which it was.
        key.includes(column.name) && !column.primaryKey ? { ...column, primaryKey: true, nullable: column.nullable === true ? null : column.nullable } : column
      )
    ),
    constraints: merged,
    indexes,
    ifNotExists: missingOnly,
    span: call3.span
  });
  return steps;
}
function numbered2(key) {
  return (column) => {
    const integer2 = /^(?:small|big)?int/.test(column.type.postgres ?? "integer");
    const open = key.includes(column.name) && integer2 && column.serverDefault.kind === "none";
    return open ? { ...column, serverDefault: { kind: "unknown" } } : column;
  };
}
function addColumn(call3, term, table) {
  const missingOnly = flagOf(call3.keywords.get("if_not_exists"), false);
  if (missingOnly === null || term?.kind !== "made" || classOf(term) !== "Column") return null;
  const facts = columnOf(term);
  if (facts === null) return null;
  const inline = flagOf(call3.keywords.get("inline_primary_key"), false) === true;
  const { indexes } = facts;
  const { primaryKey } = facts.column;
  const defaulted = numbered2([primaryKey ? facts.column.name : ""])(facts.column);
  const column = { ...defaulted, primaryKey: primaryKey && inline };
  const constraints = facts.constraints.filter((each2) => inline || each2.kind !== "primaryKey");
  return [
    { kind: "addColumn", table, column, constraints, indexes, ifNotExists: missingOnly, span: call3.span }
  ];
}
function typeOf(term) {
  if (term === void 0 || term.kind === "none") return null;
  return typeFacts(term, term.kind === "made" ? term.source : "").type;
}
function alterColumn2(call3, named3, rest, table) {
  const { keywords: keywords3, span } = call3;
  const column = stringOf(named3);
  if (column === null || rest.length > 0) return null;
  const renamed = keywords3.get("new_column_name") ?? keywords3.get("name");
  const newName2 = renamed === void 0 || renamed.kind === "none" ? null : stringOf(renamed);
  if (newName2 === null && renamed !== void 0 && renamed.kind !== "none") return null;
  const typeTerm = keywords3.get("type_");
  const type = typeOf(typeTerm);
  const existingType = typeOf(keywords3.get("existing_type"));
  const given = keywords3.get("nullable");
  const nullable = given === void 0 || given.kind === "none" ? null : flagOf(given, true) ?? "unknown";
  const fallback = keywords3.get("server_default");
  const kept = fallback === void 0 || fallback.kind === "bool" && !fallback.value;
  const step2 = {
    kind: "alterColumn",
    table,
    column,
    newName: newName2,
    type,
    nullable,
    serverDefault: kept ? null : defaultOf(fallback),
    ...existingType === null ? {} : { existingType },
    span
  };
  const nothing = newName2 === null && type === null && nullable === null && step2.serverDefault === null;
  return nothing ? [{ kind: "unrelated", what: "comment", span }] : [step2];
}
function createIndex2(call3, given, table) {
  const named3 = givenName(given("index_name"));
  const columns = indexColumns(given("columns"));
  const unique = flagOf(call3.keywords.get("unique"), false);
  const missingOnly = flagOf(call3.keywords.get("if_not_exists"), false);
  const concurrently = flagOf(call3.keywords.get("postgresql_concurrently"), false);
  if (named3 === null || columns === null || unique === null || missingOnly === null) return null;
  const some = ["postgresql_where", "sqlite_where"].some((key) => call3.keywords.has(key));
  const index = {
    ...named3,
    columns,
    unique,
    concurrently: concurrently === true,
    ...some && { partial: true }
  };
  return [{ kind: "createIndex", table, index, ifNotExists: missingOnly, span: call3.span }];
}
function dropIndex(call3, given, schema, table) {
  const named3 = givenName(given("index_name"));
  const present = flagOf(call3.keywords.get("if_exists"), false);
  const concurrently = flagOf(call3.keywords.get("postgresql_concurrently"), false);
  if (named3 === null || named3.name === null || present === null || schema === void 0) return null;
  return [
    {
      kind: "dropIndex",
      index: { schema: table?.schema ?? schema, name: named3.name },
      table,
      ifExists: present,
      concurrently: concurrently === true,
      exact: named3.exact,
      span: call3.span
    }
  ];
}
function unchecked2({ keywords: keywords3 }) {
  return flagOf(keywords3.get("postgresql_not_valid"), false) === true ? { notValid: true } : {};
}
function addedConstraint(call3, given) {
  const named3 = givenName(given("constraint_name"));
  if (named3 === null) return null;
  switch (call3.name) {
    case "create_unique_constraint":
    case "create_primary_key": {
      const columns = stringsOf(given("columns"));
      const kind = call3.name === "create_primary_key" ? "primaryKey" : "unique";
      return columns === null ? null : { ...named3, kind, columns };
    }
    case "create_foreign_key": {
      const target = stringOf(given("referent_table"));
      const columns = stringsOf(given("local_cols"));
      const targetColumns = stringsOf(given("remote_cols"));
      const schema = schemaOf(call3.keywords.get("referent_schema"));
      if (target === null || columns === null || targetColumns === null || schema === void 0) return null;
      const key = { ...named3, kind: "foreignKey", columns, target: { schema, name: target } };
      return { ...key, targetColumns, ...unchecked2(call3) };
    }
    case "create_check_constraint":
      return { ...named3, kind: "check", text: conditionOf(given("condition")), ...unchecked2(call3) };
    case "create_exclude_constraint":
      return { ...named3, kind: "exclude" };
    default:
      return null;
  }
}

// src/python/operations/harmless-modules.ts
var harmless3 = new Set(
  "abc argparse array ast base64 binascii bisect calendar collections contextlib copy csv dataclasses datetime decimal difflib enum fractions functools gc getpass glob hashlib hmac html inspect io ipaddress itertools json locale logging math numbers operator os pathlib pickle platform pprint random re secrets shutil socket statistics string struct sys tempfile textwrap threading time timeit traceback types typing typing_extensions unicodedata urllib uuid warnings weakref xml zipfile zlib zoneinfo __future__ six dateutil pytz tqdm structlog yaml simplejson orjson slugify importlib.resources pkg_resources packaging colorama click rich unidecode cryptography passlib bcrypt ulid loguru oslo_log oslo_utils oslo_serialization oslo_config faker nanoid shortuuid babel humanize markdown bs4 jinja2 attr attrs uuid_utils funcy shapely requests httpx werkzeug dotenv pydantic numpy".split(" ")
);
var acting = /^os\.(?:system|exec|spawn|popen|fork)|^sys\.modules/;
function isHarmlessModule(path) {
  const root = path.split(".")[0] ?? "";
  return (harmless3.has(root) || path.startsWith("importlib.resources")) && !acting.test(path);
}

// src/core/history/operation.ts
function hasEffect({ kind }, { namedEnums, schemas }) {
  switch (kind) {
    case "createEnum":
    case "dropEnum":
    case "renameEnum":
    case "addEnumValue":
      return namedEnums;
    case "createSchema":
    case "dropSchema":
      return schemas !== null;
    default:
      return true;
  }
}
function changesSchema(operation) {
  return operation.kind !== "data" && operation.kind !== "unrelated";
}

// src/python/operations/recording.ts
init_run();
init_statements2();
init_excerpt();
function emit(context, steps, node) {
  const { run } = context;
  if (run.silent) return;
  const { under } = run;
  const autocommit = run.managers.some((one) => one.kind === "manager" && one.does === "autocommit");
  for (const step2 of steps) {
    if (under !== null && step2.kind === "data") context.steps.push(withoutWrites(step2));
    else if (under === null || step2.kind === "opaque" || !changesSchema(step2))
      context.steps.push(autocommit ? { ...step2, autocommit: true } : step2);
    else emitOpaque(context, node, under, touchesOf(step2));
  }
}
function emitOpaque({ run, steps }, node, reason, touches) {
  if (run.silent) return;
  const source = shortened(sourceOf(run, node));
  steps.push({ kind: "opaque", reason, source, touches, span: spanOf(run, node) });
}
function touchesOf(step2) {
  switch (step2.kind) {
    case "renameTable":
      return [step2.table, step2.to];
    case "dropTable":
      return step2.cascade ? null : [step2.table];
    case "dropIndex":
      return step2.table === null ? null : [step2.table];
    case "createEnum":
    case "addEnumValue":
    case "createSchema":
      return [];
    case "createTable":
    case "addColumn":
    case "dropColumn":
    case "alterColumn":
    case "createIndex":
    case "addConstraint":
    case "dropConstraint":
      return [step2.table];
    case "opaque":
      return step2.touches;
    case "dropEnum":
      return step2.cascade ? null : [];
    default:
      return null;
  }
}

// src/python/operations/calls.ts
init_statements2();
function recordingHost(dialect) {
  const recording = { dialect, steps: [] };
  const host2 = {
    call: (call3, run) => callTerm2(call3, { ...recording, run }),
    attributeOf: (owner, name2) => attributeOf3(owner, name2, dialect),
    unfollowed: (run, node, reason) => emitOpaque({ ...recording, run }, node, reason, null)
  };
  return { host: host2, recording };
}
function attributeOf3(owner, name2, dialect) {
  const dialectName = () => dialect === null ? unknown : text(dialect);
  switch (owner.kind) {
    case "bind":
      if (name2 === "engine" || name2 === "bind" || name2 === "connection") return owner;
      return name2 === "name" ? dialectName() : null;
    case "context":
      if (name2 === "bind" || name2 === "connection") return { kind: "bind" };
      return name2 === "impl" ? foreign : null;
    case "member": {
      const base2 = owner.owner.kind;
      if (owner.name !== "dialect" || base2 !== "bind" && base2 !== "context") return null;
      return name2 === "name" ? dialectName() : unknown;
    }
    default:
      return null;
  }
}
function callTerm2(call3, context) {
  const { called } = call3;
  switch (called.kind) {
    case "imported":
      return callImported(call3, called.path, context);
    case "member":
      return callMember(call3, called.owner, called.name, context);
    case "bind":
      return called;
    case "class":
      return called.acts ? foreign : unknown;
    case "unknown":
      return callUnknown(call3, called.foreign, context);
    default:
      return unknown;
  }
}
function isInColumn({ run }) {
  return run.callees.some(
    (called) => called.kind === "imported" && /^sqlalchemy\..*(?:Column|Enum|ENUM)$/.test(called.path)
  );
}
function opaque(call3, reason, context) {
  emitOpaque(context, call3.node, reason, null);
}
var givenAway = "the connection is given away";
function callUnknown(call3, isForeign, context) {
  if (isInColumn(context)) return isForeign ? foreign : unknown;
  if (isLogging.test(sourceOf(context.run, call3.node.func))) return unknown;
  const capable = giveAway(call3, context.run);
  if (isForeign) opaque(call3, "a call of something that is not read", context);
  else if (capable) opaque(call3, givenAway, context);
  return isForeign ? foreign : unknown;
}
function made(call3, path, { run }) {
  const source = sourceOf(run, call3.node);
  return { kind: "made", path, args: call3.args, keywords: call3.keywords, source };
}
function callImported(call3, path, context) {
  if (path.startsWith("alembic.op.")) return callOp(call3, path.slice("alembic.op.".length), context);
  if (path === "alembic.context.get_context") return { kind: "context" };
  if (path === "alembic.context.get_bind") return { kind: "bind" };
  if (path === "alembic.context.execute") return executed(call3, context);
  if (/^alembic\.(?:context|util)\./.test(path)) return unknown;
  if (/^(?:sqlalchemy|sqlmodel|flask_sqlalchemy)(?:\.|$)/.test(path))
    return callSqlalchemy(call3, path, context);
  if (isLogging.test(path)) return unknown;
  const capable = giveAway(call3, context.run);
  if (isHarmlessModule(path)) {
    if (capable) opaque(call3, givenAway, context);
    return unknown;
  }
  const last = path.slice(path.lastIndexOf(".") + 1);
  if (isInColumn(context) || /^_*[A-Z]/.test(last)) return made(call3, path, context);
  opaque(call3, `a call into ${path.startsWith(".") ? "the project" : path.split(".")[0]}`, context);
  return foreign;
}
var isLogging = /(?:^|[._])(?:log|logger|logging)\.(?:debug|info|warn|warning|error|exception|critical|log)$/i;
function callSqlalchemy(call3, path, context) {
  const last = path.slice(path.lastIndexOf(".") + 1);
  if (last === "inspect") return unknown;
  if (/^(?:create_engine|engine_from_config|Session|sessionmaker|scoped_session|SQLAlchemy)$/.test(last)) {
    return giveAway(call3, context.run) ? { kind: "bind" } : { kind: "bind", other: true };
  }
  if (/^listens?(?:_for)?$/.test(last)) opaque(call3, "an event of SQLAlchemy", context);
  return made(call3, path, context);
}
function callOp(call3, name2, context) {
  switch (name2) {
    case "get_bind":
      return { kind: "bind" };
    case "get_context":
      return { kind: "context" };
    case "f":
      return made(call3, "alembic.op.f", context);
    case "inline_literal":
      return call3.args[0] ?? unknown;
    case "execute":
      return executed(call3, context);
    case "batch_alter_table": {
      const schema = call3.keywords.get("schema");
      const table = stringOf(call3.args[0] ?? call3.keywords.get("table_name"));
      const known2 = table !== null && (schema === void 0 || schema.kind === "none" || schema.kind === "str");
      const options = ["recreate", "copy_from", "reflect_args", "table_args", "naming_convention"];
      const way = options.some((key) => call3.keywords.has(key)) || call3.args.length > 2 ? "other" : "auto";
      return { kind: "batch", table: known2 ? { schema: stringOf(schema), name: table } : null, way };
    }
    default:
      return directive(call3, name2, null, context);
  }
}
function directive(call3, name2, batch, context) {
  const { args, keywords: keywords3, node } = call3;
  const span = spanOf(context.run, node);
  if (!isDirective(name2)) {
    const reason = `a directive that Alembic itself does not have: ${name2}`;
    emitOpaque(context, node, reason, batch?.table == null ? null : [batch.table]);
    return unknown;
  }
  const directiveCall = { name: name2, args, keywords: keywords3, batch, span };
  const steps = operationsOfDirective(directiveCall);
  if (steps !== null) emit(context, steps, node);
  else {
    const table = tableOfCall(directiveCall);
    const only = table !== null && name2 !== "drop_table" && name2 !== "rename_table" ? [table] : null;
    emitOpaque(context, node, `arguments of ${name2} that only running would tell`, only);
  }
  return name2 === "create_table" ? made(call3, "sqlalchemy.table", context) : none;
}
function executed(call3, context) {
  const statement3 = call3.args[0] ?? call3.keywords.get("sqltext") ?? call3.keywords.get("statement");
  if (statement3 === void 0) return unknown;
  const steps = stepsOf(statement3, call3, context);
  const isOther = call3.called.kind === "member" && call3.called.owner.kind === "bind" && call3.called.owner.other;
  if (steps === null) opaque(call3, "SQL that only running would tell", context);
  else emit(context, isOther === true ? steps.map(withoutWrites) : steps, call3.node);
  return unknown;
}
function stepsOf(statement3, call3, context) {
  const span = spanOf(context.run, call3.node);
  if (statement3.kind === "str") return operationsOfSql(statement3.value, span);
  if (statement3.kind === "template") return operationsOfSql(statement3.text, span);
  if (statement3.kind === "items") {
    const inner = statement3.items.map((item2) => stepsOf(item2, call3, context) ?? [null]);
    const steps = inner.flat();
    return statement3.spoiled || steps.includes(null) ? null : steps.filter((step2) => step2 !== null);
  }
  if (statement3.kind === "member") return stepsOf(statement3.owner, call3, context);
  const kind = classOf(statement3);
  if (statement3.kind !== "made" || kind === null) return null;
  const [first] = statement3.args;
  const name2 = stringOf(first);
  if (/^(?:text|DDL)$/.test(kind)) return first === void 0 ? null : stepsOf(first, call3, context);
  if (kind === "CreateSchema" && name2 !== null) {
    const present = flagOf(statement3.keywords.get("if_not_exists"), false);
    return present === null ? null : [{ kind: "createSchema", schema: name2, ifNotExists: present, span }];
  }
  if (/^(?:Create|Drop)Sequence$/.test(kind)) return [{ kind: "unrelated", what: "sequence", span }];
  if (/^(?:Create|Drop|Add|Set|Alter|Rename)[A-Z]/.test(kind)) return null;
  return [{ kind: "data", span }];
}
function callMember(call3, owner, name2, context) {
  switch (owner.kind) {
    case "bind":
      return callBind(call3, owner, name2, context);
    case "context":
      if (name2 === "execute") return executed(call3, context);
      if (name2 === "autocommit_block") return { kind: "manager", does: "autocommit" };
      if (name2 === "run_migrations") opaque(call3, "migrations are run by hand", context);
      return owner;
    case "batch":
      if (name2 === "f") return made(call3, "alembic.op.f", context);
      if (name2 === "execute") return executed(call3, context);
      return directive(call3, name2, { table: owner.table, way: owner.way }, context);
    case "made":
      return callMade(call3, owner, name2, context);
    case "member":
      return callNested(call3, owner, name2, context);
    case "class":
      if (owner.acts) return callUnknown(call3, true, context);
      return owner.methods.has(name2) ? unknown : callUnknown(call3, false, context);
    default:
      return callUnknown(call3, owner.kind === "unknown" && owner.foreign, context);
  }
}
var handsOn = /* @__PURE__ */ new Set(["connect", "begin", "begin_nested", "connection", "execution_options", "get_bind", "configure", "no_autoflush", "engine", "__enter__", "registry"]);
function callBind(call3, owner, name2, context) {
  if (/^(?:execute|exec|exec_driver_sql|scalars?|executemany|execute_many)$/.test(name2))
    return executed(call3, context);
  if (handsOn.has(name2)) return owner;
  if (/^run_|^(?:create|drop)/.test(name2)) opaque(call3, givenAway, context);
  return unknown;
}
function callMade(call3, owner, name2, context) {
  if (classOf(owner) === null && owner.path !== "alembic.op.f") {
    if (isInColumn(context)) return unknown;
    const capable = giveAway(call3, context.run);
    const acts = /^(?:run|execute|create|drop|apply|upgrade|migrate|save|commit)/.test(name2);
    if (capable) opaque(call3, givenAway, context);
    else if (acts) opaque(call3, "a call of something that is not read", context);
    return capable ? foreign : unknown;
  }
  if (name2 === "create" || name2 === "drop") return createMade(call3, owner, name2, context);
  if (name2 === "create_all" || name2 === "drop_all") {
    opaque(call3, `${name2} of a MetaData`, context);
    return unknown;
  }
  if (name2 === "bindparams" || name2 === "columns" || name2 === "execution_options" || name2 === "copy")
    return owner;
  if (name2 === "with_variant") return variant(call3, owner, context);
  return made({ ...call3, args: [], keywords: /* @__PURE__ */ new Map() }, "sqlalchemy.construct", context);
}
function variant(call3, owner, context) {
  const [other, ...dialects2] = call3.args;
  const names2 = dialects2.map((each2) => stringOf(each2));
  if (other === void 0 || context.dialect === null || names2.includes(null)) return unknown;
  return names2.includes(context.dialect) ? other : owner;
}
function createMade(call3, owner, name2, context) {
  const span = spanOf(context.run, call3.node);
  const type = enumOf(owner);
  const checked = flagOf(call3.keywords.get("checkfirst") ?? call3.args[1], true) !== false;
  if (type !== null) {
    const step2 = name2 === "create" ? { kind: "createEnum", enum: type.enum, values: type.values, ifNotExists: checked, span } : { kind: "dropEnum", enum: type.enum, ifExists: checked, cascade: false, span };
    emit(context, [step2], call3.node);
    return none;
  }
  const kind = classOf(owner);
  if (kind === "Sequence") {
    emit(context, [{ kind: "unrelated", what: "sequence", span }], call3.node);
    return none;
  }
  const [tableName, , ...parts2] = owner.args;
  if (kind === "Table" && tableName !== void 0 && !/\b(?:autoload|extend_existing)/.test(owner.source)) {
    const keywords3 = new Map(owner.keywords);
    keywords3.set(name2 === "create" ? "if_not_exists" : "if_exists", { kind: "bool", value: checked });
    const args = name2 === "create" ? [tableName, ...parts2] : [tableName];
    return directive({ ...call3, args, keywords: keywords3 }, `${name2}_table`, null, context);
  }
  opaque(call3, `${name2} of something made with SQLAlchemy`, context);
  return unknown;
}
function callNested(call3, owner, name2, context) {
  let root = owner;
  while (root.kind === "member") root = root.owner;
  if (/^(?:create|drop)(?:_all)?$/.test(name2)) {
    opaque(call3, `${name2} of something that is not read`, context);
    return unknown;
  }
  if (root.kind === "made") {
    return classOf(root) === null && giveAway(call3, context.run) ? callUnknown(call3, true, context) : made({ ...call3, args: [], keywords: /* @__PURE__ */ new Map() }, "sqlalchemy.construct", context);
  }
  if (root.kind === "bind" || root.kind === "context") return unknown;
  return callUnknown(call3, root.kind === "class" && root.acts, context);
}

// src/python/operations/read-operations.ts
init_syntax_tree();
function readOperations(bytes, path, dialect = null, engineName = null) {
  const source = decodeSource(bytes);
  if (source.kind !== "text") {
    const nothing = unreadable2("the file can not be decoded", { path, line: 1, column: 1 });
    return { upgrade: nothing, downgrade: nothing };
  }
  const parsed2 = parsePython(source.text);
  if (parsed2.kind !== "tree") {
    const reason = parsed2.kind === "error" ? parsed2.error.message : parsed2.reason;
    const nothing = unreadable2(reason, { path, line: parsed2.line, column: parsed2.column });
    return { upgrade: nothing, downgrade: nothing };
  }
  return operationsOfTree(parsed2.tree, path, dialect, engineName);
}
function operationsOfTree(tree, path, dialect, engineName = null) {
  const read = (name2) => operationsOf(tree, name2, path, dialect, engineName);
  return { upgrade: read("upgrade"), downgrade: read("downgrade") };
}
function unreadable2(reason, span) {
  return { kind: "unreadable", reason, span };
}
function operationsOf(tree, name2, path, dialect, engineName) {
  const { host: host2, recording } = recordingHost(dialect);
  const run = startRun(host2, { tree, path });
  const start = { path, line: 1, column: 1 };
  try {
    const module = followModule(tree.body, run);
    recording.steps.length = 0;
    run.raised = null;
    if (!module.names.has(name2)) return { kind: "operations", operations: [] };
    const called = lookUp(name2, module);
    if (called.kind !== "function") return unreadable2(`${name2} is no plain function of this file`, start);
    if (called.decorated) return unreadable2(`${name2} is decorated`, spanOf(run, called.node));
    callFunction(called, [], engineNamed(engineName), called.node, run);
    return { kind: "operations", operations: recording.steps };
  } catch (error) {
    if (error instanceof TooMuch) return unreadable2("it goes on too long to be followed", start);
    if (error instanceof RangeError) return unreadable2("it is nested too deeply to be followed", start);
    throw error;
  }
}
function engineNamed(engineName) {
  return new Map(engineName === null ? [] : [["engine_name", text(engineName)]]);
}

// src/adapters/project/read-operations.ts
function readAllOperations(tree, graph, dialect, only = null, onProgress = () => {
}) {
  const operations = /* @__PURE__ */ new Map();
  let read = 0;
  for (const { id, revision } of graph.map.byId.values()) {
    onProgress(read += 1, graph.map.byId.size);
    if (revision.path === "" || only && !only.has(id)) continue;
    try {
      const bytes = tree.readFile(revision.path);
      if (bytes) operations.set(id, readOperations(bytes, revision.path, dialect).upgrade);
    } catch (error) {
      if (!(error instanceof FileUnreadable)) throw error;
    }
  }
  return operations;
}

// src/adapters/sqlite/query-state.ts
init_sql_quoting();
init_display();
init_errors();
init_deadline();
init_driver_values();
init_errors2();
init_locate_file();

// src/adapters/sqlite/query-schema.ts
init_sql_quoting();
function readSqliteSchema(connection, names2 = null) {
  const wanted = names2 && [...names2, ...names2.map((name2) => `_alembic_tmp_${name2}`)];
  const list3 = (wanted ?? []).map((name2) => `lower(${quoteText(name2)})`).join(", ");
  const owners = `(SELECT tbl_name FROM main.sqlite_master WHERE lower(name) IN (${list3}) OR lower(tbl_name) IN (${list3}))`;
  const among = wanted === null ? "1" : `(m.type IN ('view', 'trigger') OR m.tbl_name IN ${owners})`;
  const tables = /* @__PURE__ */ new Map();
  const master = connection.all(
    `SELECT type, name, tbl_name AS owner, sql FROM main.sqlite_master m
     WHERE type IN ('table', 'index', 'view', 'trigger') AND ${among} ORDER BY type DESC, rowid`
  );
  const indexed = indexColumns2(connection, among);
  const relations = [];
  for (const { type, name: name2, owner, sql } of master) {
    if (type === "view") relations.push({ kind: "view", schema: null, name: String(name2), table: null });
    else if (type === "table" && !String(name2).startsWith("sqlite_")) {
      const constraints = constraintsIn(String(sql ?? ""));
      tables.set(String(name2), {
        schema: null,
        name: String(name2),
        visible: true,
        columns: [],
        indexes: [],
        constraints
      });
    } else if (type === "index" && sql !== null) {
      const unique = /^\s*create\s+unique/i.test(String(sql));
      tables.get(String(owner))?.indexes.push({
        name: String(name2),
        unique,
        definition: String(sql),
        ...indexed.columns.get(String(name2))
      });
    }
  }
  const columns = connection.all(
    `SELECT m.name AS owner, c.name AS name, c.type AS type, c."notnull" AS required, c.dflt_value AS fallback, c.pk AS key
     FROM main.sqlite_master m, pragma_table_info(m.name, 'main') c
     WHERE m.type = 'table' AND ${among} AND m.sql NOT LIKE 'create virtual%' ORDER BY m.rowid, c.cid`
  );
  for (const { owner, name: name2, type, required, fallback, key } of columns) {
    const held = key === 0 ? indexed.held.get(`${String(owner)}\0${String(name2)}`) : "PRIMARY KEY";
    tables.get(String(owner))?.columns.push({
      name: String(name2),
      type: String(type),
      nullable: required === 0,
      serverDefault: fallback === null || fallback === void 0 ? null : String(fallback),
      ...held && { blockedBy: held }
    });
  }
  const programs = master.some(({ type }) => type === "view" || type === "trigger");
  return {
    dialect: "sqlite",
    defaultSchema: null,
    schemas: [],
    tables: [...tables.values()],
    enums: [],
    surroundings: { relations, types: [], access: [], createSchemas: true, pathSetting: [], programs }
  };
}
function readSqliteWriteCounters(connection, versionTable) {
  const count = connection.all("PRAGMA main.schema_version")[0]?.["schema_version"];
  const name2 = quoteText(versionTable);
  const older = connection.all(
    `SELECT name FROM main.sqlite_master WHERE type = 'table'
     AND rowid < (SELECT rowid FROM main.sqlite_master WHERE type = 'table' AND lower(name) = lower(${name2}))`
  );
  return typeof count === "number" ? {
    kind: "schemaChanges",
    versionTable,
    count,
    older: older.map((table) => ({ schema: null, name: String(table.name) }))
  } : null;
}
function indexColumns2(connection, among) {
  const columns = /* @__PURE__ */ new Map();
  const held = /* @__PURE__ */ new Map();
  const found = connection.all(
    `SELECT m.name AS owner, m.sql AS sql, l.name AS name, l.origin AS origin, i.name AS column,
       (SELECT count(*) FROM pragma_index_info(l.name, 'main')) AS width
     FROM main.sqlite_master m, pragma_index_list(m.name, 'main') l, pragma_index_info(l.name, 'main') i
     WHERE m.type = 'table' AND ${among} AND m.sql NOT LIKE 'create virtual%' AND l.partial = 0 AND l.origin <> 'pk'
     ORDER BY m.rowid, l.seq, i.seqno`
  );
  for (const { owner, sql, name: name2, origin, column, width } of found) {
    const text4 = typeof column === "string" ? column : null;
    if (origin === "c") {
      const known2 = columns.get(String(name2));
      if (known2) known2.columns.push(text4);
      else columns.set(String(name2), { columns: [text4] });
    } else if (text4 !== null) {
      const lists = [...String(sql).matchAll(/\bunique\s*\(([^)]*)\)/gi)].map(
        ([, list3 = ""]) => list3.toLowerCase()
      );
      const ofTable = width !== 1 || lists.some((list3) => list3.includes(text4.toLowerCase()));
      held.set(`${String(owner)}\0${text4}`, ofTable ? "table" : "UNIQUE");
    }
  }
  return { columns, held };
}
var maxRows = 2e4;
function askSqliteRows(connection, questions) {
  return questions.map((question2) => {
    if (question2.kind === "orphans") return null;
    const table = `main.${quoteIdentifier(question2.table.name)}`;
    const columns = question2.kind === "rows" ? [] : question2.columns.map((column) => quoteIdentifier(column));
    const complete = columns.map((column) => `${column} IS NOT NULL`).join(" AND ");
    const list3 = columns.join(", ");
    const inner = {
      rows: `SELECT 1 FROM ${table}`,
      nulls: `SELECT 1 FROM (SELECT ${list3} AS c FROM ${table} LIMIT ${maxRows}) WHERE c IS NULL`,
      duplicates: `SELECT 1 FROM (SELECT ${list3} FROM ${table} WHERE ${complete} LIMIT ${maxRows}) GROUP BY ${list3} HAVING count(*) > 1`
    }[question2.kind];
    try {
      return connection.all(`SELECT EXISTS (${inner}) AS yes`)[0]?.["yes"] === 1;
    } catch {
      return null;
    }
  });
}
var kinds = [
  [/^primary/i, "primaryKey"],
  [/^unique/i, "unique"],
  [/^(?:foreign|references)/i, "foreignKey"],
  [/^check/i, "check"]
];
function constraintsIn(sql) {
  const pattern = /\bconstraint\s+(?:"((?:[^"]|"")+)"|`([^`]+)`|\[([^\]]+)\]|'([^']+)'|(\w+))\s+(\w+)/gi;
  return [...sql.replace(/'(?:[^']|'')*'/g, (text4) => /\s/.test(text4) ? "''" : text4).matchAll(pattern)].map(
    ([, quoted, ticked, bracketed2, single, bare, word = ""]) => ({
      name: quoted?.replaceAll('""', '"') ?? ticked ?? bracketed2 ?? single ?? bare ?? "",
      kind: kinds.find(([head]) => head.test(word))?.[1] ?? "other",
      definition: null
    })
  );
}

// src/adapters/sqlite/query-state.ts
init_choose_source();
init_wal();
init_connect();
var rowLimit = 1e4;
var lockPauseMs = 100;
async function openSqliteDatabase(url2, options) {
  const deadline = startDeadline(options.timeoutMs ?? defaultTimeoutMs, options.signal);
  const { shown: shown2, path } = sqliteFileOf(url2, options.cwd);
  const kind = kindOf3(path);
  requireFile(shown2, path, kind, url2.mode);
  const drivers = await loadSqliteDrivers();
  const connection = await patiently(shown2, deadline, () => openAndBegin(path, shown2, kind, drivers));
  return {
    readState: (question2) => patiently(
      shown2,
      deadline,
      () => readSqliteState(connection, question2, shown2, readOnlyReason(path, kind, url2.mode))
    ),
    readStates: async () => {
      throw new GuardError("usage", "An SQLite file has no schemas.", "Leave --schemas out.");
    },
    readSchema: () => patiently(shown2, deadline, () => readSqliteSchema(connection)),
    readTableSizes: async () => null,
    look: ({ objects, transactionsOf, countersOf, rows: rows2 }) => patiently(shown2, deadline, () => ({
      schema: objects ? readSqliteSchema(connection, objects === "all" ? null : objects.names) : null,
      transactions: transactionsOf ? { kind: "unavailable", reason: "SQLite does not keep which transaction made what" } : null,
      counters: countersOf ? readSqliteWriteCounters(connection, countersOf.name) : null,
      rows: askSqliteRows(connection, rows2 ?? [])
    })),
    close: async () => connection.close()
  };
}
function openAndBegin(path, shown2, kind, drivers) {
  const source = kind === null ? { kind: "nothing" } : sourceWithoutTraces(path, shown2, drivers);
  try {
    return begun(source, drivers);
  } catch (error) {
    const refused2 = source.kind === "file" && /^SQLITE_(?:CANTOPEN|READONLY)/.test(sqliteCodeOf(error));
    if (!refused2 || !isWalMode(bytesOf(path, 20))) throw error;
    return begun(unopenedSource(path, shown2, drivers), drivers);
  }
}
function begun(source, drivers) {
  for (const driver of drivers) {
    const connection = driver.open(source);
    if (!connection) continue;
    try {
      connection.exec("BEGIN");
      connection.all("SELECT count(*) FROM main.sqlite_master");
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }
  throw new TypeError(`no driver opens a source of kind ${source.kind}`);
}
async function patiently(shown2, deadline, work) {
  for (; ; ) {
    try {
      return work();
    } catch (error) {
      if (!isLocked(error) || deadline.signal.aborted)
        throw explainSqliteError(shown2, error, deadline.timeoutMs);
    }
    await deadline.pause(lockPauseMs);
  }
}
function readSqliteState(connection, { versionTable, versionTableSchema }, shown2, readOnly) {
  if (versionTableSchema !== null && versionTableSchema.toLowerCase() !== "main")
    throw unavailable4(
      `The version table lies in the schema ${JSON.stringify(versionTableSchema)}, which this SQLite file does not have.`,
      "A file that env.py attaches can not be seen here."
    );
  const table = readVersionTable(connection, versionTable, shown2);
  return {
    dialect: "sqlite",
    server: String(connection.all("SELECT sqlite_version() AS version")[0]?.["version"]),
    host: null,
    name: shown2,
    readOnly,
    searchPath: [],
    versionTable: table,
    versions: readRows(connection, table, shown2),
    otherVersionTables: [],
    locks: [],
    transactionalDdl: false
  };
}
function readVersionTable(connection, name2, shown2) {
  const [found] = connection.all(
    `SELECT name, type, sql FROM main.sqlite_master WHERE type IN ('table', 'view') AND name = ${quoteText(name2)} COLLATE NOCASE`
  );
  if (!found)
    return { schema: null, name: name2, exists: false, relation: null, width: null, columns: [], unique: false };
  const actual = String(found["name"]);
  if (found["type"] === "view")
    throw unavailable4(
      `${shown(actual)} is a view of the SQLite file ${shown2}, not a table, and is not asked for its rows.`,
      "Alembic can not write to it either: name the real table as version_table in env.py."
    );
  const virtual = /^\s*create\s+virtual/i.test(String(found["sql"] ?? ""));
  const info = connection.all(`PRAGMA main.table_info(${quoteText(actual)})`);
  return {
    schema: null,
    name: actual,
    exists: true,
    relation: virtual ? "other" : "table",
    // SQLite takes `VARCHAR(32)` for a remark.
    width: null,
    columns: info.map((column) => ({
      name: String(column["name"]),
      type: String(column["type"]),
      nullable: column["notnull"] === 0,
      hasDefault: column["dflt_value"] !== null
    })),
    unique: isUnique(connection, actual, info)
  };
}
function isUnique(connection, table, info) {
  const key = info.filter((column) => Number(column["pk"]) > 0);
  if (key.length === 1 && isVersionColumn(key[0]?.["name"])) return true;
  return connection.all(`PRAGMA main.index_list(${quoteText(table)})`).filter((index) => index["unique"] === 1 && index["partial"] === 0).some((index) => {
    const parts2 = connection.all(`PRAGMA main.index_info(${quoteText(String(index["name"]))})`);
    return parts2.length === 1 && isVersionColumn(parts2[0]?.["name"]);
  });
}
function isVersionColumn(name2) {
  return typeof name2 === "string" && name2.toLowerCase() === "version_num";
}
function readRows(connection, table, shown2) {
  if (!table.columns.some(({ name: name2 }) => isVersionColumn(name2))) return [];
  const rows2 = connection.all(
    `SELECT typeof(version_num) AS storage, CASE typeof(version_num) WHEN 'real' THEN version_num
       WHEN 'blob' THEN hex(version_num) ELSE CAST(version_num AS TEXT) END AS value
     FROM main.${quoteIdentifier(table.name)} LIMIT ${rowLimit + 1}`
  );
  if (rows2.length > rowLimit)
    throw unavailable4(
      `The table ${table.name} has more than ${rowLimit} rows and can't be a version table.`,
      "Look at version_table in env.py."
    );
  const lost = connection.all(
    `SELECT count(*) AS rows FROM main.${quoteIdentifier(table.name)} a NOT INDEXED WHERE a.version_num IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM main.${quoteIdentifier(table.name)} b WHERE b.version_num = a.version_num)`
  );
  if (lost[0]?.["rows"] !== 0) throw damaged(shown2, "");
  return rows2.map(
    ({ storage, value: value2 }) => sqliteVersionRow(String(storage), value2 === null || value2 === void 0 ? null : String(value2))
  );
}
function unavailable4(message, hint) {
  return new GuardError("unavailable", message, hint);
}

// src/adapters/adapter.ts
init_database_url();
function adapterFor(text4) {
  const url2 = parseDatabaseUrl(text4);
  return url2.dialect === "sqlite" ? sqliteAdapter(url2) : postgresAdapter(url2);
}
function postgresAdapter(url2) {
  return {
    open: async (options) => (await Promise.resolve().then(() => (init_query_state(), query_state_exports))).openPostgresDatabase(url2, options),
    write: async (change, options) => (await Promise.resolve().then(() => (init_write_versions(), write_versions_exports))).writePostgresVersions(url2, change, options)
  };
}
function sqliteAdapter(url2) {
  return {
    open: (options) => openSqliteDatabase(url2, options),
    write: async (change, options) => (await Promise.resolve().then(() => (init_write_versions2(), write_versions_exports2))).writeSqliteVersions(url2, change, options)
  };
}

// src/adapters/open-database.ts
async function openDatabase(url2, options) {
  return adapterFor(url2).open(options);
}

// src/core/history/cycle-check.ts
function findCycle(round, byId, heads, bases, down, up) {
  if (byId.size === 0) return null;
  const detected = (ids) => ({
    kind: "cycle",
    error: { type: "CommandError", message: `${round} is detected in revisions (${ids.join(", ")})` },
    otherMessages: [],
    ids
  });
  if (heads.size === 0 || bases.length === 0) return detected([...byId.keys()]);
  const below = idsWithin(byId, heads, down, true);
  if ("kind" in below) return below;
  const above = idsWithin(byId, bases, up, false);
  if ("kind" in above) return above;
  const outside = [...byId.keys()].filter((id) => !below.has(id) || !above.has(id));
  return outside.length > 0 ? detected(outside.sort(comparePythonText)) : null;
}
function keyError(key, node) {
  const error = { type: "KeyError", message: key };
  return { kind: "missing-down-revision", error, otherMessages: [], ids: [node.id] };
}
function idsWithin(byId, starts, links, downwards) {
  const seen = /* @__PURE__ */ new Set();
  const ids = /* @__PURE__ */ new Set();
  for (const start of starts) {
    const todo = [start];
    for (let node = todo.pop(); node; node = todo.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      ids.add(node.id);
      const missing = downwards ? missingAmong(node, links(node), byId) : null;
      if (missing !== null) return keyError(missing, node);
      for (const id of links(node)) {
        const next = byId.get(id);
        if (next) todo.push(next);
      }
    }
  }
  return ids;
}
function missingAmong(node, names2, known2) {
  const { strangeParent } = node.revision;
  let place = 0;
  for (const name2 of names2) {
    if (place === strangeParent?.index) return strangeParent.repr;
    if (!known2.has(name2)) return pythonRepr(name2);
    place += 1;
  }
  return strangeParent?.repr ?? null;
}

// src/core/history/revision-map.ts
function buildRevisionMap(revisions) {
  const byId = /* @__PURE__ */ new Map();
  const nodes = revisions.map((revision, index) => {
    const node = {
      id: revision.id,
      revision,
      index,
      down: revision.downRevisions,
      dependencies: [],
      ownDependencies: [],
      before: [],
      children: /* @__PURE__ */ new Set(),
      dependents: /* @__PURE__ */ new Set(),
      depth: 0
    };
    byId.set(revision.id, node);
    return node;
  });
  const byName = new Map(byId);
  const heads = new Set(nodes);
  const realHeads = new Set(nodes);
  let problem = mapLabels(nodes, byName);
  problem ??= resolveDependencies(nodes, byName);
  for (const node of byName.values()) {
    const found = linkParents(node, byName, heads, realHeads);
    problem ??= found;
  }
  problem ??= normalizeDependencies(nodes, byName);
  const bases = nodes.filter(({ revision }) => revision.isBase);
  const realBases = nodes.filter(({ revision }) => revision.isRealBase);
  problem ??= findCycle(
    "Cycle",
    byId,
    heads,
    bases,
    (node) => node.down,
    (node) => node.children
  ) ?? findCycle(
    "Dependency cycle",
    byId,
    realHeads,
    realBases,
    parentsAndDependencies,
    (node) => node.dependents
  );
  const orderly = byId.size === nodes.length && measureDepths(nodes, byId);
  return { nodes, byId, byName, heads: [...heads], realHeads: [...realHeads], bases, problem, orderly };
}
function reach(map, starts, links) {
  const seen = /* @__PURE__ */ new Set();
  const todo = [...starts];
  for (let node = todo.pop(); node; node = todo.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const id of node[links]) {
      const next = map.byId.get(id);
      if (next && !seen.has(next)) todo.push(next);
    }
  }
  return seen;
}
function parentsAndDependencies(node) {
  if (node.dependencies.length === 0 && node.down.length < 2) return node.down;
  return [.../* @__PURE__ */ new Set([...node.down, ...node.dependencies])];
}
function mapLabels(nodes, byName) {
  const messages = /* @__PURE__ */ new Set();
  const ids = /* @__PURE__ */ new Set();
  const byLabel = /* @__PURE__ */ new Map();
  for (const node of nodes) {
    for (const label of node.revision.branchLabels) byLabel.set(label, [...byLabel.get(label) ?? [], node]);
  }
  const report = (label, node, other) => {
    messages.add(`Branch name '${label}' in revision ${node.id} already used by revision ${other.id}`);
    ids.add(node.id).add(other.id);
  };
  for (const [label, users] of byLabel) {
    const owner = byName.get(label);
    users.forEach((node, place) => {
      if (owner) report(label, node, owner);
      else users.forEach((other, otherPlace) => place !== otherPlace && report(label, other, node));
    });
    const [first] = users;
    if (!owner && first) byName.set(label, first);
  }
  return problemOf("label-collision", "CommandError", messages, ids);
}
function resolveDependencies(nodes, byName) {
  const messages = /* @__PURE__ */ new Set();
  const ids = /* @__PURE__ */ new Set();
  for (const node of nodes) {
    const { dependsOn, strangeDependency, unorderedDependencies } = node.revision;
    if (dependsOn.length === 0 && !strangeDependency) continue;
    const found = [];
    const missing = [];
    dependsOn.forEach((name2, place) => {
      if (strangeDependency?.index === place) missing.push(strangeDependency.repr);
      const target = byName.get(name2);
      if (target) found.push(target.id);
      else missing.push(pythonRepr(name2));
    });
    if (strangeDependency) missing.push(strangeDependency.repr);
    node.dependencies = found;
    for (const key of unorderedDependencies ? missing : missing.slice(0, 1)) messages.add(key);
    if (missing.length > 0) ids.add(node.id);
  }
  return problemOf("missing-dependency", "KeyError", messages, ids);
}
function linkParents(node, byName, heads, realHeads) {
  const { strangeParent } = node.revision;
  let problem = null;
  if (strangeParent) {
    problem = { kind: "wrong-type", error: strangeParent.error, otherMessages: [], ids: [node.id] };
  }
  for (const name2 of parentsAndDependencies(node)) {
    const parent = byName.get(name2);
    if (!parent) {
      problem ??= {
        kind: "missing-down-revision",
        error: { type: "KeyError", message: pythonRepr(name2) },
        otherMessages: [],
        ids: [node.id]
      };
      continue;
    }
    parent.dependents.add(node.id);
    const isParent = node.down.includes(name2);
    if (node.down.includes(parent.id)) parent.children.add(node.id);
    if (isParent) heads.delete(parent);
    realHeads.delete(parent);
  }
  return problem;
}
function normalizeDependencies(nodes, byName) {
  const users = /* @__PURE__ */ new Map();
  for (const { dependencies } of nodes) {
    for (const id of new Set(dependencies)) users.set(id, (users.get(id) ?? 0) + 1);
  }
  const sound = nodes.every(
    ({ down, revision }) => !revision.strangeParent && down.every((name2) => byName.get(name2)?.id === name2)
  );
  let problem = null;
  for (const node of nodes) {
    const own = new Set(node.dependencies);
    const shared = new Set(node.dependencies.filter((id) => (users.get(id) ?? 0) > 1));
    if (shared.size > 0 || own.size > 0 && !sound) {
      problem ??= dropInherited(node, own, sound ? shared : null, byName);
    }
    node.ownDependencies = [...own];
    node.before = own.size === 0 && node.down.length < 2 ? node.down : [.../* @__PURE__ */ new Set([...node.down, ...node.ownDependencies])];
  }
  return problem;
}
function dropInherited(node, own, open, byName) {
  const seen = /* @__PURE__ */ new Set([node]);
  const todo = [node];
  let problem = null;
  for (let next = todo.pop(); next; next = todo.pop()) {
    if (next !== node) {
      for (const id of next.dependencies) {
        own.delete(id);
        open?.delete(id);
      }
    }
    if (open?.size === 0) return null;
    const missing = missingAmong(next, next.down, byName);
    if (missing !== null) problem ??= keyError(missing, node);
    for (const name2 of next.down) {
      const parent = byName.get(name2);
      if (parent && parent.id !== name2) {
        const error = { type: "CommandError", message: "Dependency resolution failed; broken map" };
        problem ??= { kind: "missing-down-revision", error, otherMessages: [], ids: [node.id] };
      } else if (parent && !seen.has(parent)) {
        seen.add(parent);
        todo.push(parent);
      }
    }
  }
  return problem;
}
function measureDepths(nodes, byId) {
  const waiting = /* @__PURE__ */ new Map();
  const ready = [];
  for (const node of nodes) {
    const parents = parentsAndDependencies(node).filter((id) => byId.has(id)).length;
    if (parents === 0) ready.push(node);
    else waiting.set(node, parents);
  }
  let done = 0;
  for (let node = ready.pop(); node; node = ready.pop()) {
    done += 1;
    for (const id of node.dependents) {
      const child = byId.get(id);
      if (!child) continue;
      child.depth = Math.max(child.depth, node.depth + 1);
      const left = (waiting.get(child) ?? 0) - 1;
      waiting.set(child, left);
      if (left === 0) ready.push(child);
    }
  }
  return done === nodes.length;
}
function problemOf(kind, type, messages, ids) {
  const [message, ...otherMessages] = messages;
  if (message === void 0) return null;
  return { kind, error: { type, message }, otherMessages, ids: [...ids] };
}

// src/core/history/graph-defects.ts
function cyclesIn(map) {
  if (map.orderly) return [];
  return knotsIn(map).flatMap((knot) => {
    const path = closedPath(map, knot);
    if (path === null) return [];
    const throughDependency = path.some((node, place) => {
      const next = path[(place + 1) % path.length];
      return next !== void 0 && !node.down.includes(next.id);
    });
    return [{ ids: path.map(({ id }) => id), throughDependency }];
  });
}
function redundantParentsIn(map) {
  return [...map.byId.values()].flatMap(
    (node) => node.before.length < 2 ? [] : node.before.flatMap((parent) => {
      const ancestorOf = node.before.find((other) => other !== parent && comesBefore(map, parent, other));
      return ancestorOf === void 0 ? [] : [{ revision: node.revision, parent, ancestorOf }];
    })
  );
}
function comesBefore(map, earlier, later) {
  const low = map.byId.get(earlier);
  const high = map.byId.get(later);
  if (!low || !high) return false;
  if (!map.orderly) return reach(map, [high], "before").has(low);
  if (low.depth >= high.depth) return false;
  const between = ({ depth }) => depth >= low.depth && depth <= high.depth;
  const down = { seen: /* @__PURE__ */ new Set([high]), todo: [high], links: "before" };
  const up = { seen: /* @__PURE__ */ new Set([low]), todo: [low], links: "dependents" };
  for (; ; ) {
    for (const walk2 of [up, down]) {
      const node = walk2.todo.pop();
      if (!node) return false;
      for (const id of node[walk2.links]) {
        const next = map.byId.get(id);
        if (next === (walk2 === up ? high : low)) return true;
        if (!next || walk2.seen.has(next) || !between(next)) continue;
        walk2.seen.add(next);
        walk2.todo.push(next);
      }
    }
  }
}
function linksOf(map, node) {
  return parentsAndDependencies(node).flatMap((id) => map.byId.get(id) ?? []);
}
function knotsIn(map) {
  const numbers = /* @__PURE__ */ new Map();
  const lowest = /* @__PURE__ */ new Map();
  const open = [];
  const isOpen = /* @__PURE__ */ new Set();
  const knots = [];
  const enter = (node) => {
    numbers.set(node, numbers.size);
    lowest.set(node, numbers.size - 1);
    open.push(node);
    isOpen.add(node);
    return { node, links: linksOf(map, node), next: 0 };
  };
  const lower = (node, value2) => {
    lowest.set(node, Math.min(lowest.get(node) ?? value2, value2));
  };
  for (const root of map.byId.values()) {
    if (numbers.has(root)) continue;
    const path = [enter(root)];
    for (let frame = path.at(-1); frame; frame = path.at(-1)) {
      const { node } = frame;
      const link = frame.links[frame.next];
      frame.next += 1;
      if (link) {
        const number4 = numbers.get(link);
        if (number4 === void 0) path.push(enter(link));
        else if (isOpen.has(link)) lower(node, number4);
        continue;
      }
      path.pop();
      const low = lowest.get(node) ?? 0;
      const below = path.at(-1);
      if (below) lower(below.node, low);
      if (low !== numbers.get(node)) continue;
      const knot = new Set(open.splice(open.lastIndexOf(node)));
      for (const member2 of knot) isOpen.delete(member2);
      if (knot.size > 1 || linksOf(map, node).includes(node)) knots.push(knot);
    }
  }
  return knots;
}
function closedPath(map, knot) {
  const [start] = [...knot].sort((a, b) => a.index - b.index);
  if (!start) return null;
  const cameFrom = /* @__PURE__ */ new Map();
  const todo = [start];
  for (const node of todo) {
    for (const next of linksOf(map, node)) {
      if (next === start) {
        const path = [node];
        for (let step2 = cameFrom.get(node); step2; step2 = cameFrom.get(step2)) path.push(step2);
        return path.toReversed();
      }
      if (!knot.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      todo.push(next);
    }
  }
  return null;
}

// src/core/history/revision-values.ts
var base = {
  names: [],
  isBase: true,
  unordered: false,
  strange: null,
  looped: false,
  raises: null
};
var noDependencies = { names: [], none: true, unordered: false, strange: null };
function downRevisionOf(value2, alembic) {
  const modern = atLeast(alembic, "1.12.1");
  if (value2.kind === "none") return base;
  if (value2.kind === "str") {
    if (value2.value === "" && !modern) return base;
    return { ...base, isBase: false, names: [value2.value], looped: value2.value !== "" };
  }
  if (value2.kind === "bool" || value2.kind === "int") {
    const falsy = isFalsy(value2);
    if (!modern) return falsy ? base : { ...base, raises: `object of type '${value2.kind}' has no len()` };
    const error = falsy ? { type: "KeyError", message: reprOf(value2) } : { type: "TypeError", message: notText(0, value2.kind) };
    return { ...base, isBase: false, strange: { index: 0, repr: reprOf(value2), error } };
  }
  if (value2.kind === "other") return null;
  const unordered = value2.kind === "set" || value2.kind === "frozenset";
  const items2 = unordered ? distinct(value2.items) : value2.items;
  const parents = parentsAmong(items2, unordered);
  if (items2.length !== 1 || !unordered || modern) return parents;
  return { ...parents ?? base, raises: `'${value2.kind}' object is not subscriptable` };
}
function parentsAmong(items2, unordered) {
  const [first] = items2;
  if (!first || items2.length === 1 && first.kind === "none") return base;
  const names2 = items2.flatMap((item2) => item2.kind === "str" ? [item2.value] : []);
  const found = {
    ...base,
    isBase: false,
    names: names2,
    unordered: unordered && items2.length > 1,
    looped: true
  };
  const place = items2.findIndex((item2) => item2.kind !== "str");
  const odd = items2[place];
  if (!odd) return found;
  if (unordered || items2.length === 1 || !isSimple(odd)) return null;
  const error = { type: "TypeError", message: notText(place, typeOf2(odd)) };
  return { ...found, strange: { index: place, repr: reprOf(odd), error } };
}
function dependsOnOf(binding) {
  if (binding.kind === "unreadable") return null;
  if (binding.kind === "unbound" || binding.value.kind === "none") return noDependencies;
  const { value: value2 } = binding;
  if (value2.kind === "str") return onDependency(value2.value);
  if (value2.kind === "bool" || value2.kind === "int") {
    const strange2 = isFalsy(value2) ? null : { index: 0, repr: reprOf(value2) };
    return { ...noDependencies, none: false, strange: strange2 };
  }
  if (value2.kind === "other") return null;
  const set = value2.kind === "set" || value2.kind === "frozenset";
  const items2 = set ? distinct(value2.items) : value2.items;
  const [first] = items2;
  if (!first || items2.length === 1 && first.kind === "none") return noDependencies;
  if (items2.length === 1) return first.kind === "str" ? onDependency(first.value) : null;
  const index = items2.findIndex((item2) => item2.kind !== "str");
  const odd = items2[index];
  if (odd && (set || !items2.every(isSimple))) return null;
  return {
    names: items2.flatMap((item2) => item2.kind === "str" ? [item2.value] : []),
    none: false,
    unordered: set,
    strange: odd ? { index, repr: reprOf(odd) } : null
  };
}
function onDependency(name2) {
  return { ...noDependencies, none: false, names: name2 === "" ? [] : [name2] };
}
function labelsOf(binding) {
  if (binding.kind === "unreadable") return null;
  if (binding.kind === "unbound" || binding.value.kind === "none") return [];
  if (binding.value.kind === "str") return [binding.value.value];
  if (!("items" in binding.value)) return null;
  const names2 = binding.value.items.flatMap((item2) => item2.kind === "str" ? [item2.value] : []);
  return names2.length === binding.value.items.length ? names2 : null;
}
function distinct(items2) {
  const seen = /* @__PURE__ */ new Set();
  return items2.filter((item2) => {
    const key = JSON.stringify(item2);
    return !seen.has(key) && seen.add(key);
  });
}
function isFalsy(value2) {
  return value2.kind === "bool" ? !value2.value : /^-?0+$/.test(value2.value);
}
function isSimple(value2) {
  return value2.kind === "none" || value2.kind === "str" || value2.kind === "bool" || value2.kind === "int";
}
function typeOf2(value2) {
  if (value2.kind === "none") return "NoneType";
  return value2.kind === "other" ? value2.type : value2.kind;
}
function notIterable(value2) {
  if (value2.kind === "none" || value2.kind === "bool" || value2.kind === "int") return typeOf2(value2);
  if (value2.kind !== "other" || value2.type === "bytes" || value2.type === "dict") return null;
  return value2.type;
}
function notText(index, type) {
  return `sequence item ${index}: expected str instance, ${type} found`;
}
function reprOf(value2) {
  if (value2.kind === "str") return pythonRepr(value2.value);
  if (value2.kind === "bool") return value2.value ? "True" : "False";
  return value2.kind === "int" ? value2.value : "None";
}

// src/core/history/revision.ts
function loadFile(module, alembic) {
  const { path } = module;
  if (module.unreadable) {
    const { reason, span: span2 } = module.unreadable;
    return { kind: "unreadable", path, span: span2, expression: null, reason: { kind: "file", reason }, id: null };
  }
  if (module.raises) return { kind: "raises", path, ...module.raises, defect: "module", refused: null };
  const start = { path, line: 1, column: 1 };
  const raises = (defect, span2, type, message) => ({
    kind: "raises",
    path,
    span: span2,
    error: { type, message },
    defect,
    refused: null
  });
  if (module.revision.kind === "unreadable") return computed(module, "revision", module.revision, null);
  const named3 = module.revision.kind === "unbound" ? legacyId(path) : module.revision.value;
  if (named3 === null) {
    const text4 = `Could not determine revision id from filename ${fileNameOf(path)}. Be sure the 'revision' variable is declared inside the script (please see 'Upgrading from Alembic 0.1 to 0.2' in the documentation).`;
    return raises("no-revision", start, "CommandError", text4);
  }
  const span = module.revision.kind === "value" ? module.revision.span : start;
  const id = named3.kind === "str" ? named3.value : null;
  if (module.downRevision.kind === "unbound") {
    const text4 = `module '${moduleNameOf(path)}' has no attribute 'down_revision'`;
    return raises("no-down-revision", span, "AttributeError", text4);
  }
  if (named3.kind !== "str") {
    const type = notIterable(named3);
    if (type !== null) return raises("wrong-type", span, "TypeError", `'${type}' object is not iterable`);
    return strange(module, "revision", span, named3, null);
  }
  if (module.downRevision.kind === "unreadable")
    return computed(module, "down_revision", module.downRevision, id);
  const parents = downRevisionOf(module.downRevision.value, alembic);
  if (parents === null)
    return strange(module, "down_revision", module.downRevision.span, module.downRevision.value, id);
  const labels = labelsOf(module.branchLabels);
  const dependencies = dependsOnOf(module.dependsOn);
  const refused2 = (defect, message, at) => ({
    kind: "raises",
    path,
    span: at.kind === "value" ? at.span : span,
    error: { type: "CommandError", message },
    defect,
    refused: revisionOf(named3.value, parents, dependencies ?? noDependencies, labels ?? [], module)
  });
  if (parents.names.includes(named3.value) && parents.looped)
    return refused2("self-loop", `Self-loop is detected in revisions (${named3.value})`, module.downRevision);
  if (module.dependsOn.kind === "unreadable") return computed(module, "depends_on", module.dependsOn, id);
  if (dependencies === null)
    return strange(module, "depends_on", spanOr(module.dependsOn, span), valueOf4(module.dependsOn), id);
  if (dependencies.names.includes(named3.value)) {
    const text4 = `Dependency self-loop is detected in revisions (${named3.value})`;
    return refused2("dependency-self-loop", text4, module.dependsOn);
  }
  const illegal = illegalCharacters(named3.value, alembic);
  if (illegal.length > 0) {
    const text4 = `Character(s) '${illegal.join(", ")}' not allowed in revision identifier '${named3.value}'`;
    return refused2("illegal-id", text4, module.revision);
  }
  if (parents.raises !== null) {
    return raises("wrong-type", module.downRevision.span, "TypeError", parents.raises);
  }
  if (module.branchLabels.kind === "unreadable")
    return computed(module, "branch_labels", module.branchLabels, id);
  if (labels === null)
    return strange(
      module,
      "branch_labels",
      spanOr(module.branchLabels, span),
      valueOf4(module.branchLabels),
      id
    );
  return { kind: "revision", revision: revisionOf(named3.value, parents, dependencies, labels, module) };
}
function illegalCharacters(id, alembic) {
  const refused2 = atLeast(alembic, "1.17.1") ? ["+", "-", ":", "@"] : ["+", "-", "@"];
  return refused2.filter((character) => id.includes(character)).sort(comparePythonText);
}
function revisionOf(id, parents, dependencies, labels, module) {
  return {
    id,
    path: module.path,
    downRevisions: parents.names,
    dependsOn: dependencies.names,
    branchLabels: labels,
    message: (module.doc ?? "").trim().split("\n\n")[0] ?? "",
    module,
    unorderedParents: parents.unordered,
    unorderedDependencies: dependencies.unordered,
    strangeParent: parents.strange,
    strangeDependency: dependencies.strange,
    isBase: parents.isBase,
    isRealBase: parents.isBase && dependencies.none
  };
}
function legacyId(path) {
  const match = /^([a-f0-9]+)\.py$/.exec(fileNameOf(path));
  return match?.[1] === void 0 ? null : { kind: "str", value: match[1] };
}
function computed(module, name2, binding, id) {
  const { expression: expression4, span } = binding;
  const reason = { kind: "variable", name: name2, reason: binding.reason };
  return { kind: "unreadable", path: module.path, span, expression: expression4, reason, id };
}
function strange(module, name2, span, value2, id) {
  const reason = { kind: "value", name: name2, value: value2 };
  return { kind: "unreadable", path: module.path, span, expression: null, reason, id };
}
function spanOr(binding, otherwise) {
  return binding.kind === "unbound" ? otherwise : binding.span;
}
function valueOf4(binding) {
  return binding.kind === "value" ? binding.value : { kind: "none" };
}

// src/core/history/revision-graph.ts
function buildGraph(repository) {
  const { version } = repository.alembic;
  const files = repository.modules.map((module) => loadFile(module, version));
  const revisions = files.flatMap((file) => file.kind === "revision" ? [file.revision] : []);
  const map = buildRevisionMap(revisions);
  const winners = [...map.byId.values()];
  const refused2 = files.flatMap((file) => file.kind === "raises" && file.refused ? [file] : []);
  const loops = refused2.filter(({ defect }) => defect === "self-loop" || defect === "dependency-self-loop");
  const selfLoops = loops.flatMap(
    ({ refused: revision, defect }) => revision ? [{ revision, dependency: defect === "dependency-self-loop" }] : []
  );
  const problem = problemOf2(repository, files, map);
  return {
    files,
    revisions,
    heads: map.heads.map(({ id }) => id),
    realHeads: map.realHeads.map(({ id }) => id),
    bases: map.bases.map(({ id }) => id),
    branchPoints: winners.filter(({ children }) => children.size > 1).map(({ id }) => id),
    mergePoints: winners.filter(({ down }) => down.length > 1).map(({ id }) => id),
    problem,
    duplicates: duplicatesIn(map),
    missingParents: missingIn(map, files, (revision) => revision.downRevisions, "id"),
    missingDependencies: missingIn(map, files, (revision) => revision.dependsOn, "idOrLabel"),
    labelCollisions: collisionsIn(map),
    illegalIds: [
      ...refused2.flatMap(
        ({ refused: revision, defect }) => revision && defect === "illegal-id" ? [
          {
            revision,
            reason: { kind: "illegal", characters: illegalCharacters(revision.id, version) },
            refused: true
          }
        ] : []
      ),
      ...winners.flatMap(({ revision }) => {
        const reason = trouble(revision.id);
        return reason === null ? [] : [{ revision, reason, refused: false }];
      })
    ],
    selfLoops,
    cycles: [
      ...selfLoops.map(({ revision, dependency }) => ({
        ids: [revision.id],
        throughDependency: dependency,
        detectedByAlembic: true
      })),
      ...cyclesIn(map).map((cycle) => ({ ...cycle, detectedByAlembic: map.problem?.kind === "cycle" }))
    ],
    redundantParents: redundantParentsIn(map),
    map,
    get: (id) => map.byId.get(id)?.revision
  };
}
function ancestorsOf(graph, ids) {
  return idsOf(reach(graph.map, nodesOf(graph, ids), "before"));
}
function descendantsOf(graph, ids) {
  return idsOf(reach(graph.map, nodesOf(graph, ids), "dependents"));
}
function nodesOf(graph, ids) {
  return [...ids].flatMap((id) => graph.map.byId.get(id) ?? []);
}
function idsOf(nodes) {
  const ids = /* @__PURE__ */ new Set();
  for (const { id } of nodes) ids.add(id);
  return ids;
}
function problemOf2(repository, files, map) {
  const ordered = atLeast(repository.alembic.version, "1.10.0");
  if (repository.listingError) {
    return { kind: "listing", error: repository.listingError, messageUncertain: false, otherMessages: [] };
  }
  const bad = files.filter((file) => file.kind !== "revision");
  const raising = bad.flatMap((file) => file.kind === "raises" ? [file] : []);
  const [first] = raising;
  if (first) {
    const { error, path, span, defect } = first;
    const later = ordered ? [] : raising.slice(1).map((file) => file.error.message);
    const otherMessages2 = [...new Set(later)].filter((message) => message !== error.message);
    const overtaken = bad[0] !== first || !ordered && bad.length > raising.length;
    return {
      kind: "file",
      path,
      span,
      defect,
      id: first.refused?.id ?? null,
      error,
      messageUncertain: overtaken || otherMessages2.length > 0,
      otherMessages: overtaken ? [] : otherMessages2
    };
  }
  const [unreadable3] = bad;
  if (unreadable3?.kind === "unreadable") {
    const { path, span, reason } = unreadable3;
    return { kind: "unreadable", error: null, path, span, reason };
  }
  if (!map.problem) return null;
  const { otherMessages, ...problem } = map.problem;
  if (ordered) return { ...problem, otherMessages, messageUncertain: otherMessages.length > 0 };
  return { ...problem, otherMessages: [], messageUncertain: map.byId.size > 1 };
}
function duplicatesIn(map) {
  if (map.byId.size === map.nodes.length) return [];
  const groups = /* @__PURE__ */ new Map();
  for (const { id, revision } of map.nodes) groups.set(id, [...groups.get(id) ?? [], revision]);
  return [...groups].flatMap(([id, revisions]) => revisions.length > 1 ? [{ id, revisions }] : []);
}
function missingIn(map, files, namesIn, accepted) {
  const elsewhere = /* @__PURE__ */ new Set();
  for (const file of files) {
    if (file.kind === "raises" && file.refused) {
      elsewhere.add(file.refused.id);
      for (const label of file.refused.branchLabels) elsewhere.add(label);
    } else if (file.kind === "raises") {
      if (file.defect === "module") return [];
    } else if (file.kind === "unreadable") {
      if (file.id === null || accepted === "idOrLabel") return [];
      elsewhere.add(file.id);
    }
  }
  const known2 = accepted === "id" ? map.byId : map.byName;
  return map.nodes.flatMap(
    ({ revision }) => [...new Set(namesIn(revision))].filter((name2) => !known2.has(name2) && !elsewhere.has(name2)).map((missing) => ({ revision, missing, isLabel: map.byName.has(missing) }))
  );
}
function collisionsIn(map) {
  const taken = /* @__PURE__ */ new Map();
  return map.nodes.flatMap(
    ({ revision }) => revision.branchLabels.flatMap((label) => {
      const other = map.byId.get(label)?.revision ?? taken.get(label);
      taken.set(label, revision);
      return other ? [{ label, revision, other }] : [];
    })
  );
}
function trouble(id) {
  if (id === "") return { kind: "empty" };
  if (id === "head" || id === "heads" || id === "base") return { kind: "symbol" };
  if (id.includes("'")) return { kind: "quote" };
  return id.includes(":") ? { kind: "colon" } : null;
}

// src/core/lost/plan-placeholder.ts
function withPlaceholders(repository, lost) {
  const modules = lost.map(standIn);
  return buildGraph({ ...repository, modules: [...repository.modules, ...modules] });
}
function isPlaceholderFor(graph, id) {
  return graph.get(id)?.path === "";
}
function standIn(id) {
  const path = "";
  const span = { path, line: 1, column: 1 };
  const unbound2 = { kind: "unbound" };
  const step2 = { kind: "function", required: [], keywords: null, span };
  return {
    path,
    revision: { kind: "value", value: { kind: "str", value: id }, span },
    downRevision: { kind: "value", value: { kind: "none" }, span },
    branchLabels: unbound2,
    dependsOn: unbound2,
    doc: null,
    upgrade: step2,
    downgrade: step2,
    raises: null,
    unreadable: null
  };
}
function positionAfter(graph, parents, known2) {
  return { parents, applied: ancestorsOf(graph, [...parents, ...known2]) };
}
function positionOnTop(graph, applied, { known: known2, lost }) {
  const covered = ancestorsOf(graph, known2);
  const open = [...applied].filter((id) => !covered.has(id) && !lost.includes(id));
  const before = new Set(open.flatMap((id) => [...ancestorsOf(graph, [id])].filter((other) => other !== id)));
  const tips = open.filter((id) => !before.has(id));
  if (tips.length > 0 || known2.length === 0) return { parents: tips, applied };
  const forks = graph.revisions.filter(({ id }) => !applied.has(id) && !lost.includes(id)).flatMap(({ downRevisions }) => downRevisions.filter((id) => covered.has(id) && !known2.includes(id)));
  const depth = (id) => graph.map.byId.get(id)?.depth ?? 0;
  const [fork] = forks.toSorted((a, b) => depth(b) - depth(a));
  return { parents: fork === void 0 ? graph.get(known2[0] ?? "")?.downRevisions ?? [] : [fork], applied };
}
function positionByName(graph, lost) {
  const [id] = lost;
  if (id === void 0 || lost.length > 1) return null;
  const after = descendantsOf(graph, [id]);
  if (after.size < 2) return null;
  const heads = graph.heads.filter((head) => !after.has(head));
  const lone = graph.revisions.length > after.size ? heads : [];
  if (lone.some((head) => isPlaceholderFor(graph, head))) return null;
  return lone.length === 1 || graph.revisions.length === after.size ? lone : null;
}

// src/core/dialect/postgresql.ts
init_sql_quoting();
function failure(condition, text4, type = "ProgrammingError") {
  return { type, message: `(psycopg2.errors.${condition}) ${text4}` };
}
var families = [
  ["number", /^(?:smallint|integer|bigint|numeric|real|double precision)$/],
  ["text", /^(?:text|character varying|character|name|"char"|citext)$/],
  ["date", /^(?:date|timestamp(?: with(?:out)? time zone)?)$/],
  // A time is cast to an interval where one is wanted.
  ["time", /^(?:time(?: with(?:out)? time zone)?|interval)$/],
  ["inet", /^(?:inet|cidr)$/],
  ["uuid", /^uuid$/],
  ["boolean", /^boolean$/],
  ["bytea", /^bytea$/],
  ["macaddr", /^macaddr$/]
];
function familyOfType(type) {
  const base2 = type.replace(/\(.*?\)/, "").replace(/(?:\[\])+$/, "");
  const family = families.find(([, types]) => types.test(base2))?.[0] ?? null;
  return family !== null && type.endsWith("[]") ? `${base2}[]` : family;
}
var ofRelation = (table, column) => `column "${column}" of relation "${table}" does not exist`;
var columnTexts = {
  select: (table, column) => `column ${table}.${column} does not exist`,
  insert: ofRelation,
  update: ofRelation,
  alter: ofRelation,
  rename: (_, column) => `column "${column}" does not exist`,
  index: (_, column) => `column "${column}" does not exist`,
  key: (_, column) => `column "${column}" named in key does not exist`,
  "foreign key": (_, column) => `column "${column}" referenced in foreign key constraint does not exist`
};
var postgresql = {
  name: "postgresql",
  product: "PostgreSQL",
  majorOf: (server) => {
    const major = Number.parseInt(server, 10);
    return Number.isNaN(major) ? null : major;
  },
  transactionalDdl: true,
  recordsTransactions: true,
  writeTransaction: {
    // The rows that others committed while this one waited for the lock have to be seen.
    begin: "BEGIN ISOLATION LEVEL READ COMMITTED",
    // Readers have to wait as well: a running upgrade has read the rows and holds on to what it read.
    lock: (table) => `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`
  },
  schemas: { initial: "public", isSystem: (schema) => /^(?:pg_|information_schema$)/.test(schema) },
  maxIdentifierBytes: 63,
  rowNumbers: [],
  systemColumns: /* @__PURE__ */ new Set(["ctid", "oid", "xmin", "xmax", "cmin", "cmax", "tableoid"]),
  foldName: (name2) => name2,
  quoteIdentifier,
  // `standard_conforming_strings` decides how a backslash in a plain constant is read.
  quoteText: (text4) => text4.includes("\\") ? quotePostgresText(text4) : quoteText(text4),
  typeOf: ({ postgres }) => postgres,
  familyOfType,
  comparesLikeKeys: (type) => /^(?:smallint|integer|bigint|numeric|real|double precision|character varying|text|uuid|boolean|bytea|date|timestamp)\b(?!.*\[\]$)/.test(
    type
  ),
  enforcesWidth: true,
  namedEnums: true,
  altersInPlace: true,
  verifiesConstraints: true,
  createsIndexForUnique: true,
  checksIndexNameFirst: false,
  errors: {
    readOnly: (statement3) => failure(
      "ReadOnlySqlTransaction",
      `cannot execute ${statement3} in a read-only transaction`,
      "InternalError"
    ),
    syntax: (near) => failure("SyntaxError", `syntax error at or near "${near}"`),
    missingTable: (given, name2, use) => failure(
      "UndefinedTable",
      use === "drop" ? `table "${name2}" does not exist` : `relation "${given}" does not exist`
    ),
    missingColumn: (table, column, use) => failure("UndefinedColumn", columnTexts[use](table, column)),
    missingIndex: (index, statement3) => statement3 === "drop" ? failure("UndefinedObject", `index "${index}" does not exist`) : failure("UndefinedTable", `relation "${index}" does not exist`),
    missingSchema: (schema) => failure("InvalidSchemaName", `schema "${schema}" does not exist`),
    missingType: (given) => failure("UndefinedObject", `type "${given}" does not exist`),
    missingConstraint: (table, constraint) => failure("UndefinedObject", `constraint "${constraint}" of relation "${table}" does not exist`),
    nameTaken: (name2) => failure("DuplicateTable", `relation "${name2}" already exists`),
    typeTaken: (name2) => failure("DuplicateObject", `type "${name2}" already exists`),
    duplicateColumn: (table, column) => failure("DuplicateColumn", `column "${column}" of relation "${table}" already exists`),
    duplicateConstraint: (table, constraint) => failure("DuplicateObject", `constraint "${constraint}" for relation "${table}" already exists`),
    duplicateLabel: (label) => failure("DuplicateObject", `enum label "${label}" already exists`),
    duplicateSchema: (schema) => failure("DuplicateSchema", `schema "${schema}" already exists`),
    secondPrimaryKey: (table) => failure("InvalidTableDefinition", `multiple primary keys for table "${table}" are not allowed`),
    nullsInColumn: (table, column) => failure(
      "NotNullViolation",
      `column "${column}" of relation "${table}" contains null values`,
      "IntegrityError"
    ),
    duplicateRows: (index) => failure("UniqueViolation", `could not create unique index "${index ?? ""}"`, "IntegrityError"),
    orphanedRows: (table, key) => failure(
      "ForeignKeyViolation",
      `insert or update on table "${table}" violates foreign key constraint "${key}"`,
      "IntegrityError"
    ),
    incompatibleTypes: (key) => failure("DatatypeMismatch", `foreign key constraint "${key}" cannot be implemented`),
    stillNeeded: (described) => failure(
      "DependentObjectsStillExist",
      `cannot drop ${described} because other objects depend on it`,
      "InternalError"
    ),
    notOwner: (kind, name2) => failure("InsufficientPrivilege", `must be owner of ${kind} ${name2}`),
    noSchemaSelected: () => failure("InvalidSchemaName", "no schema has been selected to create in"),
    permissionDenied: (object2) => failure("InsufficientPrivilege", `permission denied for ${object2}`),
    textTooLong: (type, width) => failure("StringDataRightTruncation", `value too long for type ${type}(${width})`, "DataError"),
    nullValue: (table, { name: name2 }, server) => {
      const relation = Number.parseInt(server, 10) >= 13 ? ` of relation "${table}"` : "";
      const text4 = `null value in column "${name2}"${relation} violates not-null constraint`;
      return failure("NotNullViolation", text4, "IntegrityError");
    }
  }
};

// src/core/dialect/sqlite.ts
init_sql_quoting();
function sqliteError(text4, type = "OperationalError") {
  return { type, message: `(sqlite3.${type}) ${text4}` };
}
function inSql(name2) {
  const reserved = /^(?:add|all|alter|and|as|asc|between|by|case|check|collate|column|commit|constraint|create|default|delete|desc|distinct|drop|else|end|escape|except|exists|false|for|foreign|from|full|glob|group|having|if|in|index|inner|insert|intersect|into|is|isnull|join|left|like|limit|match|natural|not|notnull|null|of|offset|on|or|order|outer|plan|pragma|primary|query|raise|references|reindex|rename|replace|restrict|right|rollback|row|select|set|table|temp|temporary|then|to|transaction|trigger|true|union|unique|update|using|vacuum|values|view|virtual|when|where)$/;
  return /^[a-z_][a-z0-9_$]*$/.test(name2) && !reserved.test(name2) ? name2 : `"${name2}"`;
}
function nameTaken(name2, wanted, kind) {
  if (wanted === "index")
    return kind === "index" ? `index ${name2} already exists` : `there is already a table named ${name2}`;
  if (kind === "index") return `there is already an index named ${name2}`;
  return `${kind === "view" ? "view" : "table"} ${inSql(name2)} already exists`;
}
var sqlite = {
  name: "sqlite",
  product: "SQLite",
  majorOf: () => null,
  transactionalDdl: false,
  recordsTransactions: false,
  writeTransaction: { begin: "BEGIN IMMEDIATE", lock: null },
  schemas: null,
  maxIdentifierBytes: null,
  rowNumbers: ["rowid", "oid", "_rowid_"],
  systemColumns: /* @__PURE__ */ new Set(),
  foldName: (name2) => name2.toLowerCase(),
  quoteIdentifier,
  quoteText,
  typeOf: ({ sqlite: type }) => type,
  familyOfType: () => null,
  comparesLikeKeys: () => false,
  enforcesWidth: false,
  namedEnums: false,
  altersInPlace: false,
  verifiesConstraints: false,
  createsIndexForUnique: false,
  checksIndexNameFirst: true,
  errors: {
    readOnly: () => sqliteError("attempt to write a readonly database"),
    syntax: (near) => sqliteError(`near "${near}": syntax error`),
    missingTable: (given, _, use) => sqliteError(`no such table: ${use === "index" ? "main." : ""}${given}`),
    missingColumn: (table, column, use) => {
      if (use === "select") return sqliteError(`no such column: ${table}.${column}`);
      if (use === "insert") return sqliteError(`table ${table} has no column named ${column}`);
      return sqliteError(`no such column: ${use === "index" || use === "update" ? column : `"${column}"`}`);
    },
    missingIndex: (index, statement3) => sqliteError(statement3 === "drop" ? `no such index: ${index}` : 'near "INDEX": syntax error'),
    nameTaken: (...taken) => sqliteError(nameTaken(...taken)),
    renameTaken: (name2) => sqliteError(`there is already another table or index with this name: ${name2}`),
    duplicateColumn: (_, column) => sqliteError(`duplicate column name: ${column}`),
    nullsInColumn: () => sqliteError("Cannot add a NOT NULL column with default value NULL"),
    duplicateRows: (_, columns) => sqliteError(`UNIQUE constraint failed: ${columns.join(", ")}`, "IntegrityError"),
    readOnlyView: (name2) => sqliteError(`cannot modify ${name2} because it is a view`),
    // INTEGER may be the key that SQLite counts up.
    nullValue: (table, { name: name2, type }) => /^integer$/i.test(type.trim()) ? null : sqliteError(`NOT NULL constraint failed: ${table}.${name2}`, "IntegrityError")
  }
};

// src/core/dialect/index.ts
var dialects = { postgresql, sqlite };
function dialectOf({ dialect }) {
  return dialects[dialect];
}

// src/core/schema/object-keys.ts
function keysOf(naming) {
  const { foldName: fold, schemas } = dialectOf(naming);
  const name2 = ({ schema, name: own }) => `${schema === null || schema === naming.defaultSchema || schemas === null ? "" : `${schema}.`}${fold(own)}`;
  return {
    name: name2,
    table: (table) => `table ${name2(table)}`,
    column: (table, column) => `column ${name2(table)}.${fold(column)}`,
    nullable: (table, column) => `nullable ${name2(table)}.${fold(column)}`,
    type: (table, column) => `type ${name2(table)}.${fold(column)}`,
    index: (index) => `index ${name2(index)}`,
    constraint: (table, constraint) => `constraint ${name2(table)}.${fold(constraint)}`,
    enum: (type) => `enum type ${name2(type)}`,
    value: (type, value2) => `value ${name2(type)}.${value2}`,
    schema: (schema) => `schema ${schema}`
  };
}

// src/core/evidence/dropped-objects.ts
function dropAmbiguity(graph, question2) {
  const { lost, known: known2, applied, excluded } = question2;
  if (lost.length === 0) return { unless: [], dropped: [] };
  const behind = descendantsOf(graph, [...lost, ...known2]);
  const next = [...graph.map.byId.values()].filter(
    ({ id, before }) => !applied.has(id) && !behind.has(id) && !excluded.has(id) && [...before].every((parent) => applied.has(parent))
  );
  const about = next.map(({ id }) => ({ id, columns: columnsSay(id, question2) }));
  const those = (answer) => about.filter(({ columns }) => columns === answer).map(({ id }) => id);
  return { unless: those("nothing"), dropped: those("dropped") };
}
function columnsSay(id, question2) {
  const { operations, schema, applied, original } = question2;
  const own = operations.get(id);
  if (own?.kind !== "operations") return "nothing";
  const naming = { dialect: schema.dialect, defaultSchema: schema.defaultSchema };
  const keys = keysOf(naming);
  let said = "nothing";
  for (const step2 of own.operations) {
    if (step2.kind !== "addColumn" || step2.ifNotExists) continue;
    const key = keys.table(step2.table);
    const table = schema.tables.find((one) => keys.table(one) === key);
    const renamed = table ? mayBeRenamed(table, own, question2) : "no";
    if (renamed === "all") said = "dropped";
    if (renamed !== "no") continue;
    const dropped = table?.droppedColumns ?? null;
    if (dropped === null || !original) continue;
    const explained = [...applied].reduce((sum, one) => sum + dropsOf(operations.get(one), key, keys), 0);
    if (dropped === 0 || dropped === explained) return "never";
    if (dropped > explained) said = "dropped";
  }
  return said;
}
function mayBeRenamed(table, { operations: steps }, question2) {
  const { schema } = question2;
  const keys = keysOf({ dialect: schema.dialect, defaultSchema: schema.defaultSchema });
  const kind = (type) => type?.replace(/\(.*/, "") ?? null;
  const foreign2 = foreignColumns(table, question2).map(({ type }) => kind(type));
  const added = steps.flatMap(
    (step2) => step2.kind === "addColumn" && keys.table(step2.table) === keys.table(table) ? [step2.column.type] : []
  );
  const fits = added.every((type) => {
    const wanted = kind(dialectOf(schema).typeOf(type));
    const at = wanted === null ? foreign2.length - 1 : foreign2.indexOf(wanted);
    return at >= 0 && foreign2.splice(at, 1).length === 1;
  });
  if (!fits) return "no";
  return foreign2.length === 0 && added.length === steps.filter(changesSchema).length ? "all" : "some";
}
function foreignColumns(table, { operations, schema, applied }) {
  const naming = { dialect: schema.dialect, defaultSchema: schema.defaultSchema };
  const keys = keysOf(naming);
  const made2 = /* @__PURE__ */ new Set();
  for (const id of applied) {
    const steps = operations.get(id);
    for (const step2 of steps?.kind === "operations" ? steps.operations : []) {
      if (!("table" in step2) || step2.table === null) continue;
      const home = step2.kind === "renameTable" ? step2.to : step2.table;
      if (step2.kind === "createTable" && step2.columns === null) return [];
      const names2 = step2.kind === "createTable" ? (step2.columns ?? []).map(({ name: name2 }) => name2) : step2.kind === "addColumn" ? [step2.column.name] : step2.kind === "alterColumn" && step2.newName !== null ? [step2.newName] : [];
      for (const name2 of names2) made2.add(keys.column(home, name2));
    }
  }
  return table.columns.filter(({ name: name2 }) => !made2.has(keys.column(table, name2)));
}
function dropsOf(steps, table, keys) {
  if (steps?.kind !== "operations") return 0;
  return steps.operations.filter(
    (step2) => step2.kind === "dropColumn" && !step2.ifExists && keys.table(step2.table) === table
  ).length;
}

// src/core/evidence/live-states.ts
var behindConstraint = "behind a constraint";
function liveStates(schema, naming) {
  const keys = keysOf(naming);
  const live = /* @__PURE__ */ new Map();
  for (const table of schema.tables) {
    live.set(keys.table(table), "present");
    for (const { name: name2, type, nullable } of table.columns) {
      live.set(keys.column(table, name2), "present");
      live.set(keys.nullable(table, name2), String(nullable));
      live.set(keys.type(table, name2), type);
    }
    const constraints = new Set(table.constraints.map(({ name: name2 }) => name2));
    for (const { name: name2 } of table.indexes) {
      const state = constraints.has(name2) ? behindConstraint : "present";
      live.set(keys.index({ schema: table.schema, name: name2 }), state);
    }
    for (const name2 of constraints) live.set(keys.constraint(table, name2), "present");
  }
  for (const type of schema.enums) {
    live.set(keys.enum(type), "present");
    for (const value2 of type.values) live.set(keys.value(type, value2), "present");
  }
  for (const name2 of schema.schemas) live.set(keys.schema(name2), "present");
  return live;
}

// src/core/evidence/object-lifecycle.ts
var maxDefaultName = 63;
function trackObjects(graph, operations, naming) {
  const tracing = {
    keys: keysOf(naming),
    naming,
    objects: /* @__PURE__ */ new Map(),
    models: /* @__PURE__ */ new Map(),
    wild: [],
    revision: ""
  };
  const order = [...graph.map.byId.values()].toSorted((a, b) => a.depth - b.depth || a.index - b.index);
  for (const { id } of order) {
    tracing.revision = id;
    const steps = operations.get(id);
    if (!steps || steps.kind === "unreadable") tracing.wild.push({ revision: id, tables: null });
    else for (const step2 of steps.operations) trace(tracing, step2);
  }
  const place = new Map(order.map(({ id }, index) => [id, index]));
  const before = orderTest(graph);
  return [...tracing.objects].flatMap(([key, tracked]) => {
    const touches = withWild(tracked, tracing.wild, place);
    const ordered = touches.every(({ revision }, index) => {
      const next = touches[index + 1];
      return !next || before(revision, next.revision);
    });
    const gone = tracing.objects.get(tracked.table ?? "")?.touches.filter(({ after }) => after === "absent") ?? [];
    const beside = gone.some(
      (drop3) => touches.some(
        ({ revision }) => revision !== drop3.revision && !before(revision, drop3.revision) && !before(drop3.revision, revision)
      )
    );
    const property = /^(?:nullable|type) /.test(key);
    if (!ordered || beside || property && !tracked.altered) return [];
    const label = property ? `${key.replace(/^\w+/, "column")} (${key.split(" ", 1)[0] ?? ""})` : key;
    return [
      {
        key,
        label,
        kind: property ? "property" : "presence",
        inexact: tracked.inexact,
        table: tracked.table,
        touches
      }
    ];
  });
}
function orderTest(graph) {
  const known2 = /* @__PURE__ */ new Map();
  const linear = graph.branchPoints.length === 0 && graph.bases.length <= 1;
  return (a, b) => {
    if (linear) return true;
    const found = known2.get(b) ?? ancestorsOf(graph, [b]);
    known2.set(b, found);
    return found.has(a);
  };
}
function withWild({ touches, table }, wild, place) {
  const doubtful = new Set(
    wild.flatMap(
      ({ revision, tables }) => tables === null || table !== null && tables.has(table) ? [revision] : []
    )
  );
  if (doubtful.size === 0) return touches;
  const [first] = touches;
  const own = touches.map((one) => {
    if (!doubtful.has(one.revision)) return one;
    return { ...one, before: one === first && one.before === "absent" ? one.before : null, after: null };
  });
  const touching = new Set(touches.map(({ revision }) => revision));
  const others = [...doubtful].filter((revision) => !touching.has(revision));
  const at = (revision) => place.get(revision) ?? 0;
  const mattering = first?.before === "absent" ? others.filter((id) => at(id) > at(first.revision)) : others;
  return [...own, ...mattering.map((revision) => ({ revision, before: null, after: null }))].toSorted(
    (a, b) => at(a.revision) - at(b.revision)
  );
}
function touch(tracing, key, [before, after], about = {}) {
  const table = about.table ? tracing.keys.table(about.table) : null;
  const tracked = tracing.objects.get(key) ?? { touches: [], table, inexact: false, altered: false };
  tracing.objects.set(key, tracked);
  tracked.inexact ||= about.inexact ?? false;
  tracked.altered ||= about.altered ?? false;
  const last = tracked.touches.at(-1);
  if (last?.revision === tracing.revision) {
    tracked.touches[tracked.touches.length - 1] = { ...last, after };
  } else tracked.touches.push({ revision: tracing.revision, before, after });
}
function modelOf(tracing, table) {
  const key = tracing.keys.table(table);
  const model = tracing.models.get(key) ?? { parts: /* @__PURE__ */ new Map() };
  tracing.models.set(key, model);
  return model;
}
function needs2(state, lenient) {
  return lenient ? null : state;
}
function addPart(tracing, table, key, columns, { lenient = false, inexact = false, unsure: unsure2 = false } = {}) {
  const after = unsure2 ? null : "present";
  touch(tracing, key, [needs2("absent", lenient), after], { table, inexact });
  modelOf(tracing, table).parts.set(key, columns);
}
function addColumn2(tracing, table, column, lenient) {
  const { keys, naming } = tracing;
  addPart(tracing, table, keys.column(table, column.name), [column.name], { lenient });
  const type = dialectOf(naming).typeOf(column.type);
  const nullable = column.nullable === null ? null : String(column.nullable);
  const states = [
    [keys.nullable(table, column.name), nullable],
    [keys.type(table, column.name), type]
  ];
  for (const [key, state] of states) {
    touch(tracing, key, [lenient ? null : "absent", lenient ? null : state], { table });
    modelOf(tracing, table).parts.set(key, [column.name]);
  }
}
function mayLoseChecks({ naming }) {
  return !dialectOf(naming).altersInPlace;
}
function nameByDefault(table, constraint) {
  if (constraint.kind === "primaryKey") return `${table}_pkey`;
  if (constraint.kind !== "foreignKey" && constraint.kind !== "unique") return null;
  const name2 = `${table}_${constraint.columns.join("_")}_${constraint.kind === "unique" ? "key" : "fkey"}`;
  return name2.length > maxDefaultName ? null : name2;
}
function addConstraints(tracing, table, constraints, lenient) {
  for (const constraint of constraints) {
    if (constraint.kind === "check" && mayLoseChecks(tracing)) continue;
    const columns = "columns" in constraint ? constraint.columns : [null];
    if (constraint.name === null) {
      const likely = nameByDefault(table.name, constraint);
      if (likely !== null) touch(tracing, tracing.keys.constraint(table, likely), [null, null], { table });
      continue;
    }
    const key = tracing.keys.constraint(table, constraint.name);
    addPart(tracing, table, key, columns, { lenient, inexact: !constraint.exact });
  }
}
function addIndexes(tracing, table, indexes, lenient) {
  for (const { name: name2, columns, exact: exact2 } of indexes) {
    if (name2 === null) continue;
    const key = tracing.keys.index({ schema: table.schema, name: name2 });
    addPart(tracing, table, key, columns, { lenient, inexact: !exact2 });
  }
}
function leaveParts(tracing, table, after) {
  const { parts: parts2 } = modelOf(tracing, table);
  for (const key of parts2.keys()) touch(tracing, key, [null, after], { table });
  parts2.clear();
}
function trace(tracing, step2) {
  const { keys, naming } = tracing;
  const dialect = dialectOf(naming);
  if (!hasEffect(step2, dialect)) return;
  switch (step2.kind) {
    case "createTable":
      touch(tracing, keys.table(step2.table), [needs2("absent", step2.ifNotExists), "present"], {
        table: step2.table
      });
      for (const column of step2.columns ?? []) addColumn2(tracing, step2.table, column, step2.ifNotExists);
      addConstraints(tracing, step2.table, step2.constraints, step2.ifNotExists);
      addIndexes(tracing, step2.table, step2.indexes, step2.ifNotExists);
      return;
    case "dropTable":
      touch(tracing, keys.table(step2.table), [needs2("present", step2.ifExists), "absent"], {
        table: step2.table
      });
      leaveParts(tracing, step2.table, "absent");
      return;
    case "renameTable": {
      const { parts: parts2 } = modelOf(tracing, step2.table);
      const columns = [...parts2].filter(([key]) => key.startsWith("column "));
      touch(tracing, keys.table(step2.table), [needs2("present", step2.ifExists), "absent"], {
        table: step2.table
      });
      touch(
        tracing,
        keys.table(step2.to),
        [step2.ifExists ? null : "absent", step2.ifExists ? null : "present"],
        {
          table: step2.to
        }
      );
      for (const [key] of parts2) {
        touch(tracing, key, [null, key.startsWith("index ") ? null : "absent"], { table: step2.table });
      }
      parts2.clear();
      for (const [, [column]] of columns) {
        if (column) addPart(tracing, step2.to, keys.column(step2.to, column), [column]);
      }
      return;
    }
    case "addColumn":
      addColumn2(tracing, step2.table, step2.column, step2.ifNotExists);
      addConstraints(tracing, step2.table, step2.constraints, step2.ifNotExists);
      addIndexes(tracing, step2.table, step2.indexes, step2.ifNotExists);
      return;
    case "dropColumn": {
      const { parts: parts2 } = modelOf(tracing, step2.table);
      const own = keys.column(step2.table, step2.column);
      touch(tracing, own, [needs2("present", step2.ifExists), "absent"], { table: step2.table });
      parts2.delete(own);
      for (const [key, columns] of parts2) {
        if (!columns.some((column) => column === null || column === step2.column)) continue;
        const property = /^(?:nullable|type) /.test(key);
        touch(tracing, key, [null, property ? "absent" : null], { table: step2.table });
        parts2.delete(key);
      }
      return;
    }
    case "alterColumn": {
      const { parts: parts2 } = modelOf(tracing, step2.table);
      const about = { table: step2.table, altered: true };
      const old = step2.column;
      if (step2.nullable !== null) {
        const after = step2.nullable === "unknown" ? null : String(step2.nullable);
        touch(tracing, keys.nullable(step2.table, old), [null, after], about);
      }
      if (step2.type !== null) {
        const after = dialect.typeOf(step2.type);
        touch(tracing, keys.type(step2.table, old), [null, after], about);
      }
      if (step2.newName !== null && step2.newName !== old) {
        touch(tracing, keys.column(step2.table, old), ["present", "absent"], { table: step2.table });
        for (const key of [keys.nullable(step2.table, old), keys.type(step2.table, old)]) {
          touch(tracing, key, [null, "absent"], { table: step2.table });
          parts2.delete(key);
        }
        parts2.delete(keys.column(step2.table, old));
        addPart(tracing, step2.table, keys.column(step2.table, step2.newName), [step2.newName]);
      }
      return;
    }
    case "createIndex":
      addIndexes(tracing, step2.table, [step2.index], step2.ifNotExists);
      return;
    case "dropIndex": {
      const schema = step2.index.schema ?? step2.table?.schema ?? null;
      touch(
        tracing,
        keys.index({ schema, name: step2.index.name }),
        [needs2("present", step2.ifExists), "absent"],
        {
          table: step2.table,
          inexact: !step2.exact
        }
      );
      return;
    }
    case "renameIndex":
      touch(tracing, keys.index(step2.index), [needs2("present", step2.ifExists), "absent"]);
      touch(tracing, keys.index({ ...step2.index, name: step2.to }), [null, step2.ifExists ? null : "present"]);
      return;
    case "addConstraint":
      addConstraints(tracing, step2.table, [step2.constraint], false);
      return;
    case "dropConstraint":
      if (step2.type === "check" && mayLoseChecks(tracing)) return;
      touch(
        tracing,
        keys.constraint(step2.table, step2.name),
        // It may have been made without a name that a migration gives.
        [needs2("present", step2.ifExists), "absent"],
        { table: step2.table, inexact: !step2.exact }
      );
      return;
    case "createEnum":
      touch(tracing, keys.enum(step2.enum), [needs2("absent", step2.ifNotExists), "present"]);
      for (const value2 of step2.values ?? []) {
        const after = step2.ifNotExists ? null : "present";
        touch(tracing, keys.value(step2.enum, value2), [null, after]);
      }
      return;
    case "dropEnum":
      touch(tracing, keys.enum(step2.enum), [needs2("present", step2.ifExists), "absent"]);
      return;
    case "renameEnum":
      touch(tracing, keys.enum(step2.enum), ["present", "absent"]);
      touch(tracing, keys.enum({ ...step2.enum, name: step2.to }), ["absent", "present"]);
      return;
    case "addEnumValue":
      touch(tracing, keys.value(step2.enum, step2.value), [needs2("absent", step2.ifNotExists), "present"]);
      return;
    case "createSchema":
      touch(tracing, keys.schema(step2.schema), [needs2("absent", step2.ifNotExists), "present"]);
      return;
    case "dropSchema":
      touch(tracing, keys.schema(step2.schema), [needs2("present", step2.ifExists), "absent"]);
      tracing.wild.push({ revision: tracing.revision, tables: null });
      return;
    case "opaque": {
      const tables = step2.touches && new Set(step2.touches.map((table) => keys.table(table)));
      tracing.wild.push({ revision: tracing.revision, tables });
      return;
    }
    case "data":
    case "unrelated":
  }
}

// src/core/evidence/schema-constraints.ts
function constraintOf2(object2, states) {
  const live = states.get(object2.key) ?? "absent";
  const { touches } = object2;
  if (live === behindConstraint || object2.inexact && live === "absent") return null;
  const left = [touches[0]?.before ?? null, ...touches.map(({ after }) => after)].map(
    (state, index) => state ?? touches[index]?.before ?? null
  );
  if (object2.kind === "property" && (live === "absent" || !left.includes(live))) return null;
  const allowed2 = left.flatMap((state, index) => state === null || state === live ? [index] : []);
  return allowed2.length === left.length ? null : { object: object2, live, allowed: allowed2 };
}
function narrow(graph, { lost, known: known2 }, constraints) {
  const applied = new Set(ancestorsOf(graph, known2));
  for (const id of lost) applied.delete(id);
  const absent = new Set([...descendantsOf(graph, [...known2, ...lost])].filter((id) => !known2.includes(id)));
  for (const id of lost) absent.delete(id);
  for (const id of applied) absent.delete(id);
  const conflicts = [];
  let open = [...constraints];
  for (let changed = true; changed; ) {
    changed = false;
    const next = [];
    for (const one of open) {
      const { touches } = one.object;
      const low = touches.findLastIndex(({ revision }) => applied.has(revision)) + 1;
      const firstAbsent = touches.findIndex(({ revision }) => absent.has(revision));
      const high = firstAbsent < 0 ? touches.length : firstAbsent;
      const left = one.allowed.filter((index) => index >= low && index <= high);
      const least = left[0];
      const most = left.at(-1);
      if (least === void 0 || most === void 0) {
        const late = one.allowed.every((index) => index < low);
        conflicts.push({ constraint: one, rest: late ? "applied" : "not applied" });
        changed = true;
        continue;
      }
      const ran = least > low ? touches[least - 1] : void 0;
      const not = most < high ? touches[most] : void 0;
      if (ran) for (const id of ancestorsOf(graph, [ran.revision])) applied.add(id);
      if (not) for (const id of descendantsOf(graph, [not.revision])) absent.add(id);
      for (const id of lost) applied.delete(id);
      for (const id of lost) absent.delete(id);
      changed ||= ran !== void 0 || not !== void 0;
      next.push(one);
    }
    open = next;
  }
  return { applied, absent, conflicts };
}
function holds({ object: object2, allowed: allowed2 }, applied) {
  return allowed2.includes(object2.touches.findLastIndex(({ revision }) => applied.has(revision)) + 1);
}
function excludedByPresence(id, constraints) {
  return constraints.some(({ object: object2, live, allowed: allowed2 }) => {
    const at = object2.touches.findIndex(({ revision }) => revision === id);
    return at >= 0 && live !== "absent" && allowed2.every((index) => index <= at);
  });
}

// src/core/evidence/likely-cut.ts
var maxCuts = 4e3;
function likelyCut(graph, stamps, operations, live, naming) {
  const cuts = possibleCuts(graph, stamps);
  if (cuts === null) return null;
  const constraints = trackObjects(graph, readable2(operations), naming).flatMap(
    (object2) => constraintOf2(object2, live) ?? []
  );
  const judged = cuts.map((applied) => ({ applied, ...toExplain(applied, constraints) }));
  const least = Math.min(...judged.map(({ weight }) => weight));
  const best = judged.filter(({ weight }) => weight === least);
  const [first] = best.toSorted((a, b) => a.applied.size - b.applied.size);
  if (!first) return null;
  const beyond = new Set(best.flatMap(({ applied }) => [...applied].filter((id) => !first.applied.has(id))));
  const nested = best.every(({ applied }) => [...first.applied].every((id) => applied.has(id)));
  if (!nested || [...beyond].some((id) => mayChangeSchema(operations.get(id)))) return null;
  return { applied: first.applied, changed: [...first.violated.values()], silent: [...beyond] };
}
function mayChangeSchema(steps) {
  return steps?.kind !== "operations" || steps.operations.some(changesSchema);
}
function possibleCuts(graph, { lost, known: known2 }) {
  const least = new Set([...ancestorsOf(graph, known2)].filter((id) => !lost.includes(id)));
  const behind = descendantsOf(graph, [...known2, ...lost]);
  const open = [...graph.map.byId.values()].filter(({ id }) => !least.has(id) && !behind.has(id)).toSorted((a, b) => a.depth - b.depth || a.index - b.index);
  const place = new Map(open.map(({ id }, index) => [id, index]));
  const cuts = [];
  const grow = (cut, from) => {
    if (cuts.push(cut) > maxCuts) return false;
    return open.slice(from).every(({ id, before }) => {
      const ready = [...before].every((parent) => cut.has(parent) || !place.has(parent));
      return !ready || grow(/* @__PURE__ */ new Set([...cut, id]), (place.get(id) ?? 0) + 1);
    });
  };
  return grow(least, 0) ? cuts : null;
}
function toExplain(applied, constraints) {
  const violated = /* @__PURE__ */ new Map();
  const made2 = /* @__PURE__ */ new Set();
  for (const one of constraints) {
    if (holds(one, applied)) continue;
    const group = one.object.table ?? one.object.key;
    if (!violated.has(group)) violated.set(group, one.object.label);
    if (one.object.kind === "presence" && one.live === "present") made2.add(group);
  }
  return { violated, weight: violated.size + made2.size };
}
function readable2(operations) {
  return new Map(
    [...operations].map(([id, steps]) => [
      id,
      {
        kind: "operations",
        operations: steps.kind === "operations" ? steps.operations.filter(({ kind }) => kind !== "opaque") : []
      }
    ])
  );
}

// src/core/evidence/write-counters.ts
function countersAgree(graph, counters, counting) {
  if (!counters) return null;
  const { applied, lost, operations, schema } = counting;
  const keys = keysOf({ dialect: schema.dialect, defaultSchema: schema.defaultSchema });
  const ours2 = trackObjects(graph, operations, schema).flatMap(
    ({ key, touches }) => touches.some(({ revision }) => applied.has(revision)) ? [key] : []
  );
  const made2 = new Set(ours2);
  if (counters.older.some((table) => made2.has(keys.table(table)))) return null;
  const { count } = counters;
  if (counters.kind === "stampWrites") return count === applied.size + lost ? counters : null;
  const changes = changesOf(graph, counting);
  const expected = changes === null ? null : 1 + changes + unexplained(schema, made2, counters.versionTable);
  return count === expected ? counters : null;
}
function unexplained(schema, made2, versionTable) {
  const keys = keysOf({ dialect: schema.dialect, defaultSchema: schema.defaultSchema });
  const tables = schema.tables.filter(({ name: name2 }) => name2 !== versionTable);
  return tables.reduce(
    (sum, table) => {
      const parts2 = made2.has(keys.table(table)) ? table.columns.filter(({ name: name2 }) => !made2.has(keys.column(table, name2))).length : 1;
      const indexes = table.indexes.filter(({ name: name2 }) => !made2.has(keys.index({ schema: null, name: name2 })));
      return sum + parts2 + indexes.length;
    },
    (schema.surroundings?.relations ?? []).filter(({ kind }) => kind === "view").length
  );
}
function changesOf(graph, { applied, operations }) {
  const order = [...graph.map.byId.values()].toSorted((a, b) => a.depth - b.depth || a.index - b.index);
  const indexes = /* @__PURE__ */ new Map();
  let sum = 0;
  for (const { id } of order) {
    if (!applied.has(id)) continue;
    const steps = operations.get(id);
    if (steps?.kind !== "operations") return null;
    for (const group of batchesOf2(steps.operations)) sum += statementsOf2(group, indexes);
  }
  return sum;
}
function batchesOf2(steps) {
  const groups = [];
  for (const step2 of steps) {
    const last = groups.at(-1);
    const [first] = last ?? [];
    const same2 = first?.inBatch !== void 0 && step2.inBatch !== void 0 && tableOf2(first) === tableOf2(step2);
    if (same2) last?.push(step2);
    else groups.push([step2]);
  }
  return groups;
}
function statementsOf2(group, indexes) {
  const [first] = group;
  const copies = first?.inBatch === "auto" && group.some((step2) => !inPlace.has(step2.kind));
  let sum = 0;
  for (const step2 of group) {
    const own = tableOf2(step2);
    const ofTable = indexes.get(own) ?? /* @__PURE__ */ new Map();
    indexes.set(own, ofTable);
    if ("ifNotExists" in step2 && step2.ifNotExists) continue;
    if ("ifExists" in step2 && step2.ifExists) continue;
    const added = "indexes" in step2 ? step2.indexes : step2.kind === "createIndex" ? [step2.index] : [];
    for (const { name: name2, columns } of added) if (name2 !== null) ofTable.set(name2, columns);
    if (step2.kind === "dropIndex") for (const one of indexes.values()) one.delete(step2.index.name);
    if (step2.kind === "dropColumn") {
      for (const [name2, columns] of ofTable) if (columns.includes(step2.column)) ofTable.delete(name2);
    }
    if (step2.kind === "dropTable") ofTable.clear();
    if (step2.kind === "renameTable") {
      indexes.set(step2.to.name.toLowerCase(), ofTable);
      indexes.delete(own);
    }
    if (countedKinds.has(step2.kind) && !copies) sum += step2.kind === "createIndex" ? 1 : 1 + added.length;
  }
  return copies ? 3 + (indexes.get(first ? tableOf2(first) : "")?.size ?? 0) : sum;
}
var inPlace = /* @__PURE__ */ new Set(["addColumn", "createIndex", "dropIndex"]);
var countedKinds = /* @__PURE__ */ new Set([
  "createTable",
  "dropTable",
  "renameTable",
  "addColumn",
  "dropColumn",
  "alterColumn",
  "createIndex",
  "dropIndex"
]);
function tableOf2(step2) {
  const table = "table" in step2 ? step2.table : null;
  return table === null ? "" : table.name.toLowerCase();
}

// src/core/evidence/applied-revisions.ts
var maxCandidates = 200;
function judgeEvidence(graph, { lost, known: known2 }, operations, schema, original = false, counters = null) {
  const naming = { dialect: schema.dialect, defaultSchema: schema.defaultSchema };
  const live = liveStates(schema, naming);
  const standIns = lost.map((id) => [
    id,
    { kind: "operations", operations: [] }
  ]);
  const all = new Map([...operations, ...standIns]);
  const objects = trackObjects(graph, all, naming);
  const constraints = objects.flatMap((object2) => constraintOf2(object2, live) ?? []);
  const bounds = narrow(graph, { lost, known: known2 }, constraints);
  const open = [...graph.map.byId.keys()].filter(
    (id) => !bounds.applied.has(id) && !bounds.absent.has(id) && !lost.includes(id)
  );
  const strict = cutOf(graph, bounds, open, constraints);
  const likely = lost.length > 0 ? likelyCut(graph, { lost, known: known2 }, all, live, naming) : null;
  const left = likely ? withRival(strict, likely) : strict;
  const excluded = new Set([...graph.map.byId.keys()].filter((id) => excludedByPresence(id, constraints)));
  const ambiguityOf = (applied) => dropAmbiguity(graph, { lost, known: known2, applied, excluded, operations, schema, original });
  const doubt2 = left.kind === "proven" ? ambiguityOf(left.applied) : { unless: [], dropped: [] };
  const doubtful = doubted(left, doubt2, bounds);
  const cut = doubtful.kind === "proven" && doubtful.unless.length > 0 ? {
    ...doubtful,
    counted: countersAgree(graph, counters, {
      applied: doubtful.applied,
      lost: lost.length,
      operations: all,
      schema
    })
  } : doubtful;
  const partial = new Set(
    bounds.conflicts.flatMap(({ constraint }) => constraint.object.touches.map((one) => one.revision))
  );
  const revisions = new Map(
    [...graph.map.byId.values()].filter(({ id }) => !lost.includes(id)).toSorted((a, b) => a.depth - b.depth || a.index - b.index).map(({ id }) => {
      const about = aboutRevision(id, constraints, bounds, partial, operations);
      const silence = doubt2.dropped.includes(id) ? { kind: "droppedColumns" } : about.silence;
      return [id, { ...about, silence }];
    })
  );
  if (!likely || cut.kind === "proven" || doubt2.dropped.length > 0) return { revisions, cut };
  const { unless, dropped } = ambiguityOf(/* @__PURE__ */ new Set([...likely.applied, ...likely.silent]));
  if (dropped.length > 0) return { revisions, cut };
  return { revisions, cut, likely: { ...assumedFor(likely, left, operations), unless } };
}
function withRival(strict, { applied }) {
  if (strict.kind !== "proven") return strict;
  const between = [...strict.applied].filter((id) => !applied.has(id));
  const beyond = [...applied].filter((id) => !strict.applied.has(id));
  if (between.length + beyond.length === 0) return strict;
  return {
    kind: "several",
    candidates: [applied, strict.applied],
    more: false,
    deciding: [...between, ...beyond],
    applied: new Set([...applied].filter((id) => strict.applied.has(id))),
    absent: /* @__PURE__ */ new Set()
  };
}
function assumedFor({ applied, changed, silent }, strict, operations) {
  const deciding = strict.kind === "several" ? new Set(strict.deciding) : null;
  const unread = [...operations].flatMap(([id, steps]) => {
    const opaque2 = steps.kind !== "operations" || steps.operations.some(isOpaque);
    return opaque2 && !applied.has(id) && (deciding?.has(id) ?? true) ? [id] : [];
  });
  const rows2 = silent.filter((id) => {
    const steps = operations.get(id);
    return steps?.kind === "operations" && steps.operations.some(({ kind }) => kind === "data");
  });
  return { applied, assumed: { changed, unread, silent, rows: rows2 } };
}
function isOpaque({ kind }) {
  return kind === "opaque";
}
function doubted(cut, { unless, dropped }, { applied, absent }) {
  if (cut.kind !== "proven") return cut;
  if (dropped.length === 0) return { ...cut, unless };
  return {
    kind: "several",
    candidates: [cut.applied, ...dropped.map((id) => /* @__PURE__ */ new Set([...cut.applied, id]))],
    more: false,
    deciding: dropped,
    applied,
    absent: new Set([...absent].filter((id) => !dropped.includes(id)))
  };
}
function cutOf(graph, { applied, absent, conflicts }, open, constraints) {
  if (conflicts.length > 0) return { kind: "contradiction", where: conflicts.slice(0, 3).map(misfitOf) };
  const both = [...applied].filter((id) => absent.has(id));
  if (both.length > 0) {
    return { kind: "contradiction", where: both.slice(0, 5).map((id) => ({ kind: "both", id })) };
  }
  if (open.length === 0) return { kind: "proven", applied, unless: [], counted: null };
  const candidates = [];
  const seen = /* @__PURE__ */ new Set();
  const queue = [[]];
  for (let next = queue.shift(); next !== void 0 && seen.size < maxCandidates * 4; next = queue.shift()) {
    const cut = /* @__PURE__ */ new Set([...applied, ...next]);
    if (constraints.every((one) => holds(one, cut))) candidates.push(cut);
    for (const id of open) {
      if (cut.has(id) || (graph.map.byId.get(id)?.before ?? []).some((parent) => open.includes(parent) && !cut.has(parent)))
        continue;
      const more2 = [...next, id].toSorted();
      const key = more2.join("\0");
      if (seen.has(key)) continue;
      seen.add(key);
      queue.push(more2);
    }
  }
  const more = queue.length > 0 || candidates.length > maxCandidates;
  const [only] = candidates;
  if (only && candidates.length === 1 && !more)
    return { kind: "proven", applied: only, unless: [], counted: null };
  if (!only && !more) {
    return { kind: "contradiction", where: [{ kind: "none", among: open.slice(0, 5) }] };
  }
  const deciding = more ? open : open.filter((id) => candidates.some((cut) => cut.has(id)) && candidates.some((cut) => !cut.has(id)));
  return { kind: "several", candidates: candidates.slice(0, maxCandidates), more, deciding, applied, absent };
}
function misfitOf({ constraint: { object: object2, live }, rest }) {
  const state = object2.kind === "property" ? { value: live } : live === "present" ? "present" : "absent";
  const names2 = new Set(object2.touches.filter(({ after }) => after !== null).map(({ revision }) => revision));
  return { kind: "object", label: object2.label, state, revisions: [...names2], rest };
}
function aboutRevision(id, constraints, { applied, absent }, partial, operations) {
  let effects = 0;
  let present = 0;
  for (const { object: object2, live } of constraints) {
    const own = object2.touches.find(({ revision }) => revision === id);
    if (!own || own.after === null || own.after === own.before) continue;
    effects += 1;
    if (own.after === live) present += 1;
  }
  const state = partial.has(id) ? "partial" : applied.has(id) ? "applied" : absent.has(id) ? "absent" : "unknown";
  return { id, state, effects, present, silence: effects > 0 ? null : silenceOf(operations.get(id)) };
}
function silenceOf(steps) {
  if (!steps) return { kind: "unread" };
  if (steps.kind === "unreadable") return { kind: "unreadable", reason: steps.reason };
  const opaque2 = steps.operations.find(({ kind }) => kind === "opaque");
  if (opaque2?.kind === "opaque") return { kind: "opaque", reason: opaque2.reason };
  if (steps.operations.some(({ kind }) => kind === "data")) return { kind: "rows" };
  return { kind: steps.operations.length === 0 ? "empty" : "indistinct" };
}

// src/core/history/alembic-failure.ts
var AlembicFailure = class extends Error {
  error;
  subject;
  /** Alembic joins a set, so it may word it otherwise: as one of `otherMessages`, or in too many ways to list. */
  messageUncertain;
  otherMessages;
  constructor(error, subject, messageUncertain = false, otherMessages = []) {
    super(error.message);
    this.name = "AlembicFailure";
    this.error = error;
    this.subject = subject;
    this.messageUncertain = messageUncertain;
    this.otherMessages = otherMessages;
  }
};
var NotPredictable = class extends Error {
  reason;
  constructor(reason) {
    super(reason.kind);
    this.name = "NotPredictable";
    this.reason = reason;
  }
};
function cannotLocate(argument, candidates = []) {
  const message = `Can't locate revision identified by '${argument}'`;
  return new AlembicFailure({ type: "CommandError", message }, { kind: "not-found", argument, candidates });
}
function assertionFailure(message = "") {
  return new AlembicFailure({ type: "AssertionError", message }, { kind: "assertion" });
}
function severalHeads(heads, argument, target) {
  const shown2 = target === "" ? argument : target;
  const message = `Multiple head revisions are present for given argument '${shown2}'; please specify a specific target revision, '<branchname>@${shown2}' to narrow to a specific head, or 'heads' for all heads`;
  return new AlembicFailure({ type: "CommandError", message }, { kind: "several-heads", heads, argument });
}

// src/core/history/resolve-revision.ts
function revisionFor(lookup, text4) {
  const { ids, label } = symbolsOf(lookup, text4);
  if (ids.length > 1) throw severalHeads(ids, text4 ?? "", lookup.target);
  return revisionNamed(lookup, ids[0] ?? null, label);
}
function inLineage(lookup, targets, against) {
  const { ids, label } = symbolsOf(lookup, against);
  const shares = label ? [label, ...ids] : ids;
  return targets.filter((target) => sharesLineage(lookup, target, shares));
}
function namesBeginning(map, text4) {
  return [...map.byName.keys()].filter((name2) => name2.startsWith(text4) && pythonLength(name2) > 3);
}
function symbolsOf(lookup, text4) {
  const at = text4?.indexOf("@") ?? -1;
  const label = text4 !== null && at >= 0 ? text4.slice(0, at) : null;
  const name2 = text4 !== null && at >= 0 ? text4.slice(at + 1) : text4;
  const { map } = lookup;
  if (name2 === null || name2 === "base") return { ids: [], label };
  if (name2 !== "head" && name2 !== "heads") return { ids: [name2], label };
  if (name2 === "heads" && !label) return { ids: map.realHeads.map(({ id }) => id), label };
  const heads = map.heads.map(({ id }) => id);
  const ids = label ? inLineage(lookup, heads, label) : heads;
  if (name2 === "heads") return { ids, label };
  if (ids.length > 1) throw severalHeads(ids, label ? `${label}@head` : "head", lookup.target);
  return { ids: ids.filter((id) => id !== ""), label };
}
function revisionNamed(lookup, name2, label) {
  const branch = label ? branchOf(lookup, label) : null;
  if (name2 === null) return null;
  let found = lookup.map.byName.get(name2);
  if (!found) {
    if (name2 === "") throw assertionFailure();
    const all = namesBeginning(lookup.map, name2);
    const names2 = branch && label ? inLineage(lookup, all, label) : all;
    found = names2.length === 1 ? lookup.map.byName.get(names2[0] ?? "") : void 0;
    if (!found) throw cannotLocate(name2, names2);
  }
  if (branch) {
    if (name2 === "") throw assertionFailure();
    const shares = branch.id === "" ? [] : [branch.id];
    if (!sharesLineage(lookup, found.id, shares)) throw cannotLocate(name2);
  }
  return found;
}
function branchOf(lookup, label) {
  const exact2 = lookup.map.byName.get(label);
  if (exact2) return exact2;
  if (namesBeginning(lookup.map, label).length !== 1) throw cannotLocate(label);
  return revisionNamed(lookup, label, null);
}
function sharesLineage(lookup, target, shares) {
  if (shares.length === 0) return true;
  const node = typeof target === "string" ? revisionNamed(lookup, target, null) : target;
  if (node === null) throw assertionFailure();
  const tested = shares.map((share) => revisionNamed(lookup, share, null));
  const descendants = reach(lookup.map, [node], "children");
  const ancestors = reach(lookup.map, [node], "down");
  return tested.some((one) => one !== null && (descendants.has(one) || ancestors.has(one)));
}

// src/core/history/identifier.ts
function resolveIdentifier(graph, text4) {
  if (text4 === "head" || text4 === "heads" || text4 === "base" || text4.includes("@") || /^\s*-\d+\s*$/.test(text4)) {
    return { kind: "symbol", text: text4 };
  }
  if (text4 === "") return graph.get("") ? { kind: "revision", id: "", exact: true } : { kind: "unknown" };
  try {
    const found = revisionFor({ map: graph.map, target: text4 }, text4);
    if (found) return { kind: "revision", id: found.id, exact: graph.map.byId.has(text4) };
  } catch (error) {
    if (!(error instanceof AlembicFailure) && !(error instanceof NotPredictable)) throw error;
  }
  const candidates = namesBeginning(graph.map, text4);
  return candidates.length > 1 ? { kind: "ambiguous", candidates } : { kind: "unknown" };
}

// src/core/lost/choose-position.ts
function choosePosition(graph, stamps, evidence, after, target) {
  const { lost, known: known2 } = stamps;
  const facts = evidence ? positionFacts(graph, evidence) : [];
  const refused2 = (reason) => ({ kind: "refused", reason, evidence: facts });
  if (after !== null) {
    const found = after === "base" ? null : resolveIdentifier(graph, after);
    if (found && (found.kind !== "revision" || lost.includes(found.id) || isPlaceholderFor(graph, found.id))) {
      return refused2({ kind: "after", after });
    }
    const parents = found?.kind === "revision" ? [found.id] : [];
    return {
      kind: "place",
      place: positionAfter(graph, parents, known2),
      certainty: "given",
      doubt: [],
      evidence: facts
    };
  }
  if (evidence?.cut.kind === "proven") {
    const { applied, unless, counted } = evidence.cut;
    return {
      kind: "place",
      place: positionOnTop(graph, applied, stamps),
      certainty: unless.length > 0 ? "likely" : "proven",
      doubt: counted === null ? unless : [],
      evidence: facts
    };
  }
  const likely = evidence && likelyPosition(graph, stamps, evidence);
  if (evidence?.cut.kind === "contradiction") {
    return likely ?? refused2({ kind: "misfit", where: evidence.cut.where });
  }
  const named3 = target === "head" ? positionByName(graph, lost) : null;
  if (named3) {
    const place = positionAfter(graph, named3, known2);
    const children = descendantsOf(graph, lost);
    const beside = (id) => !children.has(id) && !place.applied.has(id);
    const { cut } = evidence ?? { cut: null };
    const fits = cut?.kind === "several" ? !cut.deciding.some(beside) && cut.candidates.some(
      (applied) => applied.size === place.applied.size && [...applied].every((id) => place.applied.has(id))
    ) : !graph.revisions.some(({ id }) => beside(id));
    if (fits) return { kind: "place", place, certainty: "by name", doubt: [], evidence: facts };
  }
  if (likely) return likely;
  if (evidence?.cut.kind === "several") {
    const { deciding, candidates, more } = evidence.cut;
    const places = candidates.map((cut) => tipsOf(graph, cut));
    return refused2({ kind: "several", places, more, deciding });
  }
  return refused2({ kind: "noEvidence" });
}
function likelyPosition(graph, stamps, { likely, revisions }) {
  if (!likely) return null;
  const { applied, assumed, unless } = likely;
  if (assumed.silent.length > 0 && descendantsOf(graph, stamps.lost).size > stamps.lost.length) return null;
  const cut = { kind: "proven", applied, unless, counted: null };
  return {
    kind: "place",
    place: positionOnTop(graph, applied, stamps),
    certainty: isUncertain(assumed) || unless.length > 0 ? "likely" : "proven",
    doubt: unless,
    assumed,
    evidence: [...positionFacts(graph, { cut, revisions }), { kind: "assumed", assumed }]
  };
}
function isUncertain(assumed) {
  return assumed !== void 0 && assumed.changed.length + assumed.unread.length + assumed.rows.length > 0;
}
function positionFacts(graph, { cut, revisions }) {
  if (cut.kind === "contradiction") return [];
  const { applied } = cut;
  const absent = [...revisions.values()].filter(({ id, state }) => state === "absent" && !applied.has(id));
  const first = absent.filter(
    ({ id }) => (graph.get(id)?.downRevisions ?? []).every((parent) => applied.has(parent))
  );
  const undecided = cut.kind === "several" ? cut.deciding : [];
  const { unless, counted } = cut.kind === "proven" ? cut : { unless: [], counted: null };
  return [
    { kind: "applied", tips: tipsOf(graph, applied) },
    ...(first.length > 0 ? first : absent).slice(0, 3).map(({ id, effects, present }) => ({
      kind: "absent",
      id,
      effects,
      missing: effects - present
    })),
    ...unless.slice(0, 3).map((id) => ({ kind: "undropped", id, counted })),
    ...undecided.slice(0, 5).map((id) => ({ kind: "undecided", id, silence: revisions.get(id)?.silence ?? null }))
  ];
}
function tipsOf(graph, applied) {
  const before = /* @__PURE__ */ new Set();
  for (const id of applied) {
    for (const other of graph.map.byId.get(id)?.before ?? []) before.add(other);
  }
  return [...applied].filter((id) => !before.has(id) && ancestorsOf(graph, [id]).size > 0);
}
export {
  choosePosition,
  diskTree,
  judgeEvidence,
  likelyCut,
  liveStates,
  locateProject,
  openDatabase,
  readAllOperations,
  readRepository,
  withPlaceholders
};
