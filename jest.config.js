/** Jest in ESM mode; see docs/adr/0001-esm-and-jest.md. `jest.mock` does not work here and is banned by lint. */
const shared = {
  testEnvironment: '<rootDir>/test/bed/patient-environment.mjs',
  // Kept from run to run, unlike the temporary folder of one.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

/** @param {string} name @param {string[]} roots */
const project = (name, roots, extra = {}) => ({
  ...shared,
  displayName: name,
  roots: roots.map((root) => `<rootDir>/${root}`),
  testMatch: ['**/*.spec.ts'],
  ...extra,
});

export default {
  // A slow machine is no failure; what waits for ever still ends.
  testTimeout: 20_000,
  projects: [
    project('unit', ['src', 'test/bed']),
    project('e2e', ['test/e2e']),
    project('faults', ['test/faults']),
    project('browser', ['test/browser']),
    project('image', ['test/image']),
  ],
};
