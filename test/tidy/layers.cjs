/**
 * The floors of the house, from the ground up, and what each may import. dependency-cruiser checks it;
 * `make check` runs that. Tests and measures may import what they like, so they are not looked at.
 */

/** What each floor may import besides itself. The program on top may import all of them. */
const MAY_IMPORT = {
  base: [],
  disk: ["base"],
  log: ["base", "disk"],
  keydir: ["base", "disk"],
  storage: ["base", "disk", "log", "keydir"],
  kv: ["base", "storage"],
  http2: ["base"],
  grpc: ["base", "kv", "http2"],
  app: ["base", "disk", "log", "keydir", "storage", "kv", "http2", "grpc"],
};

/** Parts of Node.js that only compute. The ground floor does no I/O, so it gets no others. */
const PURE_NODE = "^(node:)?(buffer|crypto|util|zlib)$";

const floorsLookDown = Object.entries(MAY_IMPORT).map(([floor, allowed]) => ({
  name: `${floor}-looks-down`,
  comment: `src/${floor} may import ${allowed.length === 0 ? "no other floor" : allowed.join(", ")}.`,
  severity: "error",
  from: { path: `^src/${floor}/` },
  to: { path: "^src/", pathNot: `^src/(${[floor, ...allowed].join("|")})/` },
}));

module.exports = {
  forbidden: [
    ...floorsLookDown,
    {
      name: "no-unknown-floor",
      comment: "A new folder under src/ is a new floor: say in this file what it may import.",
      severity: "error",
      from: { path: "^src/", pathNot: `^src/(${Object.keys(MAY_IMPORT).join("|")})/` },
      to: {},
    },
    {
      name: "no-cycle",
      comment: "Two files that need each other are one idea, or lack a third.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "by-the-front-door",
      comment: "A floor is known to others by its index.ts.",
      severity: "error",
      from: { path: "^src/([^/]+)/" },
      to: { path: "^src/[^/]+/", pathNot: ["^src/$1/", "^src/[^/]+/index\\.ts$"] },
    },
    {
      name: "files-only-in-disk",
      comment: "Everything on disk goes through src/disk, so that a test can crash it.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/disk/" },
      to: { path: "^(node:)?fs(/promises)?$|node_modules/fs-native-extensions/" },
    },
    {
      name: "wire-only-in-grpc",
      comment: "Nothing outside src/grpc knows what the wire looks like.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/grpc/" },
      to: { path: "^generated/|node_modules/(@grpc/|@bufbuild/protobuf/)" },
    },
    {
      name: "base-computes-only",
      comment: "The ground floor is words: no I/O, and nothing that is not ours.",
      severity: "error",
      from: { path: "^src/base/" },
      to: { dependencyTypesNot: ["local", "type-only"], pathNot: PURE_NODE },
    },
    {
      name: "no-tests-in-the-product",
      comment: "What is shipped does not import what tests it or measures it.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(test|bench)/" },
    },
    {
      name: "clients-stand-alone",
      comment: "A client is a package of its own: it knows the schema, and nothing of the server.",
      severity: "error",
      // What plays the cases to clients is a test, and starts the real server as other tests do.
      from: { path: "^clients/", pathNot: "^clients/conformance/" },
      to: { path: "^(src|test|bench)/" },
    },
    {
      name: "no-client-in-the-server",
      comment: "The server speaks its own words; clients are for others.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^clients/" },
    },
    {
      name: "no-development-packages",
      comment: "What is shipped finds only `dependencies` beside it, not `devDependencies`.",
      severity: "error",
      from: {
        path: "^(src|generated|clients)/",
        // A package of a codec is whoever's who uses the codec; the agent is no part of the package.
        pathNot: "^clients/typescript/(src/codecs/(msgpack|cbor)\\.ts$|agent/)",
      },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "resolvable",
      comment: "An import that leads nowhere.",
      severity: "error",
      from: { path: "^src/" },
      to: { couldNotResolve: true, pathNot: "^(node:|fs-native-extensions$)" },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    // Types count too: a floor that knows the type of a higher one knows too much.
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".d.ts"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
    },
  },
};
