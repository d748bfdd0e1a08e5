import { boundaryOverrides } from './boundaries.mjs';

export default {
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  ignorePatterns: ['**/dist/**', '**/build/**'],
  rules: {
    eqeqeq: 'error',
    'no-console': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/consistent-type-imports': 'error',
    'unicorn/prefer-node-protocol': 'error',
    // Sequential work (a training loop, a file read chunk by chunk) is this project's subject.
    'no-await-in-loop': 'off',
    // Typed arrays are filled by index, and a new one is what is meant.
    'unicorn/no-new-array': 'off',
    'unicorn/prefer-set-has': 'off',
    'unicorn/no-array-sort': 'off',
    // Takes a worker for a window; a worker's postMessage has no origin.
    'unicorn/require-post-message-target-origin': 'off',
    // A typed array read inside its bounds is `as number`: `!` is forbidden, and a check would be an untestable branch.
    'typescript/no-unsafe-type-assertion': 'off',
    // A new object is what is meant; writing into the one that was given is not.
    'oxc/no-map-spread': 'off',
    'no-underscore-dangle': 'off',
    // A switch over every case returns in each; the compiler's noImplicitReturns is stricter.
    'typescript/consistent-return': 'off',
    'no-shadow': 'off',
    'import/no-unassigned-import': 'off',
    // What several tests expect alike is a function named expectSomething.
    'vitest/expect-expect': ['error', { assertFunctionNames: ['expect*', 'check*', 'fc.assert'] }],
    // The second argument says which round of a loop failed.
    'vitest/valid-expect': ['error', { maxArgs: 2 }],
    'vitest/require-mock-type-parameters': 'off',
  },
  overrides: [
    ...boundaryOverrides(),
    { files: ['**/*.config.ts', '**/.config/**', '**/release/versions.mjs'], rules: { 'import/no-default-export': 'off' } },
    {
      files: ['**/*.test.ts'],
      rules: { 'typescript/no-non-null-assertion': 'off',
        // A test's own words stay inside the test that uses them.
        'unicorn/consistent-function-scoping': 'off',
      },
    },
    { files: ['**/bench/**', '**/examples/**', '**/src/cli.ts', '**/.ci/**/*.mjs'], rules: { 'no-console': 'off' } },
  ],
};
