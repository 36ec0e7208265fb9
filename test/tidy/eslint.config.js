/** The rules of style that ESLint can check. `make check` runs it over everything that we wrote. */

import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Rules of this house that are a shape of the syntax tree. */
const FORBIDDEN_SHAPES = {
  exportAll: {
    selector: "ExportAllDeclaration",
    message: "Name what is exported; an index.ts is a list that a reader can trust.",
  },
  exportDefault: {
    selector: "ExportDefaultDeclaration",
    message: "Use a named export: one thing has one name everywhere.",
  },
  booleanParameter: {
    selector:
      ":matches(FunctionDeclaration, FunctionExpression, ArrowFunctionExpression, TSMethodSignature, " +
      "TSFunctionType, TSEmptyBodyFunctionExpression)" +
      " > .params[typeAnnotation.typeAnnotation.type='TSBooleanKeyword']",
    message:
      "A bare true at the call says nothing: use two functions, a union or an options object.",
  },
  booleanParameterDefault: {
    selector:
      ":function > AssignmentPattern.params[right.type='Literal'][right.raw=/^(true|false)$/]",
    message:
      "A bare true at the call says nothing: use two functions, a union or an options object.",
  },
};

const EVERYWHERE = {
  "no-restricted-syntax": ["error", ...Object.values(FORBIDDEN_SHAPES)],
  "max-params": "off",
  "@typescript-eslint/max-params": ["error", { max: 4 }],
  "no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx", "hack"] }],
  "no-console": "error",
  eqeqeq: "error",
  "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
  "@typescript-eslint/explicit-module-boundary-types": "error",
  "@typescript-eslint/switch-exhaustiveness-check": [
    "error",
    { considerDefaultExhaustiveForUnions: true },
  ],
  // `return reject(error)` says that this is the end of the function, and hides nothing.
  "@typescript-eslint/no-confusing-void-expression": [
    "error",
    { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
  ],
  // A leading underscore says that the signature is not ours to choose.
  "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
};

/** Sizes past which a file or a function lacks a noun. Tests and measures may be longer. */
const SIZES = {
  "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
  "max-lines-per-function": ["error", { max: 70, skipBlankLines: true, skipComments: true }],
};

export default defineConfig(
  { ignores: ["**/dist/", "**/target/", "generated/", "node_modules/", "data/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts"],
    extends: [
      js.configs.recommended,
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
    ],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: process.cwd() },
    },
    rules: EVERYWHERE,
  },
  { files: ["src/**/*.ts", "clients/**/*.ts"], rules: SIZES },
  {
    // The one function whose whole meaning is a condition.
    files: ["src/base/assert.ts"],
    rules: {
      "no-restricted-syntax": ["error", FORBIDDEN_SHAPES.exportAll, FORBIDDEN_SHAPES.exportDefault],
    },
  },
  {
    // Types of a package that is not ours have the shape of that package.
    files: ["**/*.d.ts"],
    rules: { "no-restricted-syntax": "off" },
  },
  {
    // Here the terminal is what is written to.
    files: [
      "src/app/cli/**/*.ts",
      "test/**/*.ts",
      "bench/**/*.ts",
      "clients/typescript/examples/**/*.ts",
    ],
    rules: { "no-console": "off" },
  },
  {
    // Chai's assertions are property reads, and a test's return type is of no interest.
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/explicit-module-boundary-types": "off",
    },
  },
);
